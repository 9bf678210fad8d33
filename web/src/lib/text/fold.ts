// The same folding as base/text.h (text::Fold): lower case, marks stripped, đ → d, spaces single. One corpus of cases
// (tests/fixtures/fold.json) is run by both.
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}+/gu, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .trim();
}
