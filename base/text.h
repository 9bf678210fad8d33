// Vietnamese text: Unicode normal form, folding for search, checks at the edge.
// Thread rule: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tinhso::text {

// NFC form. Error kInvalid "text_not_utf8" for bad UTF-8; "text_control_character" for NUL and other C0
// controls except tab, newline, carriage return; "text_too_many_marks" for more than 30 combining marks in a
// row (UAX #15 stream-safe text; longer runs make ordering them quadratic).
Result<std::string> Normalize(std::string_view utf8);

// The one folding used for search: lower case, đ → d, marks stripped, every run of characters that are not
// letters or digits becomes one space, trimmed. "Đăng ký  KHAI SINH" → "dang ky khai sinh". Bad bytes are
// skipped. Exactly: NFKD ("m²" → "m2"), drop marks (category M), lower case, đ ð ɖ → d, what is not L or N →
// space. web/src/lib/text/fold.ts does the same; tests/fixtures/fold.json holds both to it.
std::string Fold(std::string_view utf8);

// Splits on spaces; no empty words.
std::vector<std::string> Words(std::string_view folded);

// Number of code points.
size_t Length(std::string_view utf8);

// Key that sorts names in Vietnamese order bytewise (a ă â b … đ … ; tone marks after letters; last name last
// word rule not applied). Printable ASCII. Tones count by syllable, so that "hoà" and "hòa" stand together.
std::string SortKey(std::string_view utf8);

std::string Trim(std::string_view s);
std::string ToLower(std::string_view utf8);
// "nguyễn thị lan" → "NGUYỄN THỊ LAN"
std::string ToUpper(std::string_view utf8);
bool StartsWith(std::string_view s, std::string_view prefix);

// 1500000 → "1.500.000"
std::string FormatNumber(int64_t n);

}  // namespace tinhso::text
