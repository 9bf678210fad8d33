// The one folding used for search, the same as text::Fold of base/text.h: NFKD, marks dropped, lower case, đ → d, every run of
// characters that are neither letters nor numbers becomes one space. One corpus of cases (tests/fixtures/fold.json) is run by both.
export function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[đðɖ]/g, 'd')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
