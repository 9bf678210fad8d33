#include <algorithm>
#include <iterator>

#include "kernel/identity/identity.h"

namespace tinhso::identity {
namespace {

// Codes of the 63 provinces before 01/7/2025 (General Statistics Office). Numbers given then stay after the mergers, and new ones
// still begin with these.
constexpr int kProvinceCodes[] = {1,  2,  4,  6,  8,  10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33,
                                  34, 35, 36, 37, 38, 40, 42, 44, 45, 46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66,
                                  67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92, 93, 94, 95, 96};
static_assert(std::size(kProvinceCodes) == 63);
constexpr int kForeignCodeMin = 100;  // countries of birth registration

}  // namespace

std::string CheckPersonalNo(std::string_view personal_no, std::string_view birth_on, std::string_view sex) {
  bool digits = std::all_of(personal_no.begin(), personal_no.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (personal_no.size() != 12 || !digits) return "personal_no_malformed";
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

}  // namespace tinhso::identity
