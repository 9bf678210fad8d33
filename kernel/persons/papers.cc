#include <algorithm>
#include <iterator>

#include "base/clock.h"
#include "kernel/persons/persons.h"

namespace tinhso::persons {
namespace {

// Codes of the 63 provinces before 01/7/2025 (General Statistics Office). Numbers given then stay after the mergers, and new ones
// still begin with these.
constexpr int kProvinceCodes[] = {1,  2,  4,  6,  8,  10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33,
                                  34, 35, 36, 37, 38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66,
                                  67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96};
static_assert(std::size(kProvinceCodes) == 63);
constexpr int kForeignCodeMin = 100;  // countries of birth registration

bool AllDigits(std::string_view s) {
  return std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string CheckPersonalNo(std::string_view personal_no, std::string_view birth_on, std::string_view sex) {
  if (personal_no.size() != 12 || !AllDigits(personal_no)) return "personal_no_malformed";
  auto number = [&](size_t at, size_t n) {
    int value = 0;
    for (char c : personal_no.substr(at, n)) value = value * 10 + (c - '0');
    return value;
  };
  int place = number(0, 3);
  if (place < kForeignCodeMin && !std::binary_search(std::begin(kProvinceCodes), std::end(kProvinceCodes), place)) {
    return "personal_no_province_unknown";
  }
  int century_sex = number(3, 1);
  int birth_year = 1900 + century_sex / 2 * 100 + number(4, 2);
  if (!birth_on.empty()) {
    auto birth = ParseDate(birth_on);
    if (!birth.ok() || birth->year != birth_year) return "personal_no_birth_mismatch";
  }
  if (!sex.empty() && sex != (century_sex % 2 == 0 ? "male" : "female")) return "personal_no_sex_mismatch";
  return "";
}

std::string CheckOldIdentityNo(std::string_view number) {
  if (number.size() == 9 && AllDigits(number)) return "";
  return number.size() == 12 && CheckPersonalNo(number, "", "").empty() ? "" : "old_identity_no_malformed";
}

std::string CheckPassportNo(std::string_view number) {
  bool plain = std::all_of(number.begin(), number.end(), [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
  bool numbered = std::any_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return plain && numbered && number.size() >= 6 && number.size() <= 9 ? "" : "passport_no_malformed";
}

std::string CheckTaxNo(std::string_view number) {
  if (number.size() == 12) return CheckPersonalNo(number, "", "").empty() ? "" : "tax_no_malformed";
  // 14 characters: thirteen digits and the hyphen before the branch.
  bool branch = number.size() == 14 && number[10] == '-' && AllDigits(number.substr(11)) && number.substr(11) != "000";
  if ((number.size() != 10 && !branch) || !AllDigits(number.substr(0, 10))) return "tax_no_malformed";
  constexpr int kWeights[] = {31, 29, 23, 19, 17, 13, 7, 5, 3};
  int sum = 0;
  for (size_t i = 0; i < std::size(kWeights); ++i) sum += (number[i] - '0') * kWeights[i];
  // A value of 10 is no digit: such numbers were never given.
  return 10 - sum % 11 == number[9] - '0' ? "" : "tax_no_check_digit";
}

std::string CheckPaperNo(std::string_view kind, std::string_view number) {
  if (kind == "personal_no") return CheckPersonalNo(number, "", "");
  if (kind == "old_identity_no") return CheckOldIdentityNo(number);
  if (kind == "passport") return CheckPassportNo(number);
  if (kind == "tax_no") return CheckTaxNo(number);
  return "paper_kind_unknown";
}

}  // namespace tinhso::persons
