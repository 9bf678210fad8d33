// Amounts in Vietnamese words, as receipts write them. Thread rule: pure function.
#pragma once
#include <cstdint>
#include <string>

namespace tinhso::payments {

// 1005000 → "Một triệu không trăm linh năm nghìn đồng". Any amount from 0 to 10^15 - 1; "" for another.
std::string AmountInWords(int64_t amount_vnd);

}  // namespace tinhso::payments
