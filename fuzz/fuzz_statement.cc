// A bank's statement file: whole or not at all, and what it gives is a credit that may be stored.
#include <cstddef>
#include <cstdint>
#include <set>
#include <string_view>

#include "statements.h"

namespace {

const std::vector<tinhso::payments::StatementProfile>& Profiles() {
  static const auto profiles = [] {
    std::vector<tinhso::payments::StatementProfile> out;
    for (const char* text :
         {R"({"id":"vi","name":{"vi":"x"},"delimiter":";","decimal":",","date_format":"dd/mm/yyyy","columns":{"booked_on":"D","transaction_no":"N","amount":"A","remittance":"R","account_no":"K"}})",
          R"({"id":"en","name":{"vi":"x"},"delimiter":",","decimal":".","date_format":"yyyy-mm-dd","columns":{"booked_on":"D","transaction_no":"N","amount":"A","remittance":"R","payer_name":"P"}})"})
      out.push_back(*tinhso::payments::ReadProfile(tinhso::json::Parse(text)->as_object()));
    return out;
  }();
  return profiles;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  auto read = tinhso::payments::ParseStatement(Profiles(), std::string_view(reinterpret_cast<const char*>(data), size));
  if (!read.ok()) return 0;
  std::set<std::string_view> numbers;
  for (const auto& line : read->lines) {
    if (line.amount_vnd <= 0 || line.line_no < 1 || line.transaction_no.empty() || !numbers.insert(line.transaction_no).second) __builtin_trap();
  }
  return 0;
}
