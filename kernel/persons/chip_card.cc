#include <algorithm>

#include "base/text.h"
#include "kernel/persons/persons.h"

namespace tinhso::persons {
namespace {

constexpr size_t kLineBytesMax = 2000;
constexpr size_t kCardNameLengthMax = 120, kCardAddressLengthMax = 300;  // as everywhere a person is typed

size_t BytesOfFirst(std::string_view utf8) {
  size_t n = 1;
  while (n < utf8.size() && (static_cast<unsigned char>(utf8[n]) & 0xC0) == 0x80) ++n;
  return n;
}

// Names on cards begin each word with a capital; Caps Lock and input methods lose that.
std::string TitleCase(std::string_view name) {
  std::string out;
  for (const std::string& word : text::Words(name)) {
    if (!out.empty()) out += ' ';
    size_t first = BytesOfFirst(word);
    out += text::ToUpper(std::string_view(word).substr(0, first)) + text::ToLower(std::string_view(word).substr(first));
  }
  return out;
}

// Caps Lock while the reader typed: "lÊ tHỊ lAN".
bool IsInverted(std::string_view name) {
  size_t first = BytesOfFirst(name);
  std::string_view head = name.substr(0, first);
  std::vector<std::string> words = text::Words(name.substr(first));
  return text::ToUpper(head) != head && !words.empty() && text::ToLower(words[0]) != words[0];
}

std::string SwapCase(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    std::string_view one = s.substr(0, BytesOfFirst(s));
    std::string lower = text::ToLower(one);
    out += lower != one ? lower : text::ToUpper(one);
    s.remove_prefix(one.size());
  }
  return out;
}

// "21031992", also with the separators some readers put in; "" when it is no day.
std::string DayOf(std::string_view typed) {
  std::string digits;
  for (char c : typed) {
    if (c != '/' && c != '-' && c != '.') digits += c;
  }
  if (digits.size() != 8) return "";
  std::string iso = digits.substr(4) + "-" + digits.substr(2, 2) + "-" + digits.substr(0, 2);
  return ParseDate(iso).ok() ? iso : "";
}

bool HasDigit(std::string_view s) {
  return std::any_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Result<ChipCard> ReadChipCard(std::string_view line) {
  Error malformed = MakeError(ErrorCode::kInvalid, "card_line_malformed");
  if (line.size() > kLineBytesMax) return malformed;
  TINHSO_ASSIGN(std::string clean, text::Normalize(line));
  clean = text::Trim(clean);
  // What a reader set to name its codes types first (ISO/IEC 15424).
  if (text::StartsWith(clean, "]Q") && clean.size() > 3) clean = clean.substr(3);
  // Two lines run together would mix two persons.
  if (clean.find_first_of("\r\n") != std::string::npos) return malformed;
  std::vector<std::string> parts;
  for (size_t at = 0; at <= clean.size();) {
    size_t end = std::min(clean.find('|', at), clean.size());
    parts.push_back(text::Trim(std::string_view(clean).substr(at, end - at)));
    at = end + 1;
  }
  // The first cards had no place for an old number: the name stands second.
  const bool no_old_no = parts.size() > 2 && !parts[1].empty() && !HasDigit(parts[1]) && !DayOf(parts[2]).empty();
  if (no_old_no) parts.insert(parts.begin() + 1, "");
  // Up to the residence; the day of issue may have been lost, newer cards append more.
  if (parts.size() < 6) return malformed;
  ChipCard card;
  card.personal_no = parts[0];
  if (CheckPersonalNo(card.personal_no, "", "") == "personal_no_malformed") return malformed;
  card.old_identity_no = parts[1];
  if (!parts[1].empty() && !CheckOldIdentityNo(parts[1]).empty()) return MakeError(ErrorCode::kInvalid, "card_old_no_malformed");
  if (parts[2].empty() || HasDigit(parts[2]) || text::Fold(parts[2]).empty() || text::Length(parts[2]) > kCardNameLengthMax)
    return MakeError(ErrorCode::kInvalid, "card_name_missing");
  card.full_name = TitleCase(parts[2]);
  card.birth_on = DayOf(parts[3]);
  if (card.birth_on.empty()) return MakeError(ErrorCode::kInvalid, "card_birth_on_malformed");
  // An input method may have eaten the accent of "Nữ"; the number says it too.
  const std::string sex = text::Fold(parts[4]);
  card.sex = sex == "nam" ? "male" : sex == "nu" ? "female" : (card.personal_no[3] - '0') % 2 == 0 ? "male" : "female";
  if (std::string bad = CheckPersonalNo(card.personal_no, card.birth_on, card.sex); !bad.empty())
    return MakeError(ErrorCode::kInvalid, bad);
  card.address = IsInverted(parts[2]) ? SwapCase(parts[5]) : parts[5];
  if (text::Length(card.address) > kCardAddressLengthMax) return malformed;
  if (parts.size() > 6 && !parts[6].empty()) {
    card.issued_on = DayOf(parts[6]);
    if (card.issued_on.empty()) return MakeError(ErrorCode::kInvalid, "card_issued_on_malformed");
  }
  return card;
}

}  // namespace tinhso::persons
