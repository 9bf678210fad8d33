// The reference of an invoice: what a transfer has to say so that it is matched. Letters and digits without look-alikes, the last one
// a check character, so that a mistyped one is nobody's. Thread rule: pure functions, but MakeReference draws random bytes.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tinhso::payments {

inline constexpr size_t kReferenceLength = 12;      // "TS", nine random, one check character
inline constexpr size_t kReferencesPerTextMax = 8;  // candidates looked up for one credit

std::string MakeReference();
// Every reference that stands in a remittance text, in order, without repeats. Banks put words before and after, change case, and
// break lines and insert spaces or points anywhere: "MBVCB.123 ts7k 2M9-qx4pb ct tu 0123" holds TS7K2M9QX4PB.
std::vector<std::string> FindReferences(std::string_view remittance);

}  // namespace tinhso::payments
