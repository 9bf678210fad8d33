#include "words.h"

#include <vector>

namespace tinhso::payments {
namespace {

constexpr const char* kDigitWords[] = {"không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"};
constexpr const char* kScaleWords[] = {"", "nghìn", "triệu", "tỷ", "nghìn tỷ"};

// Three digits; `full` says hundreds and tens although they are 0, as every group after the first does.
void AppendGroup(int n, bool full, std::vector<const char*>& out) {
  const int hundreds = n / 100, tens = n / 10 % 10, ones = n % 10;
  if (hundreds != 0 || full) {
    out.push_back(kDigitWords[hundreds]);
    out.push_back("trăm");
  }
  if (tens == 0) {
    if (ones == 0) return;
    if (hundreds != 0 || full) out.push_back("linh");
    out.push_back(kDigitWords[ones]);
    return;
  }
  if (tens == 1) {
    out.push_back("mười");
  } else {
    out.push_back(kDigitWords[tens]);
    out.push_back("mươi");
  }
  if (ones == 0) return;
  // hai mươi mốt, mười một; hai mươi lăm, mười lăm
  if (ones == 1 && tens > 1) out.push_back("mốt");
  else if (ones == 5) out.push_back("lăm");
  else out.push_back(kDigitWords[ones]);
}

}  // namespace

std::string AmountInWords(int64_t amount_vnd) {
  if (amount_vnd < 0 || amount_vnd >= 1'000'000'000'000'000) return "";
  std::vector<const char*> words;
  int groups[5] = {};
  int top = 0;
  for (int i = 0; amount_vnd > 0; ++i, amount_vnd /= 1000) {
    groups[i] = static_cast<int>(amount_vnd % 1000);
    top = i;
  }
  for (int i = top; i >= 0; --i) {
    if (groups[i] == 0) continue;
    AppendGroup(groups[i], i != top, words);
    // "nghìn tỷ" is one scale of two words: the second is said by the group of tỷ, if that says anything.
    if (i == 4 && groups[3] != 0) words.push_back("nghìn");
    else if (i > 0) words.push_back(kScaleWords[i]);
  }
  if (words.empty()) words.push_back(kDigitWords[0]);
  std::string out;
  for (const char* word : words) out += (out.empty() ? "" : " ") + std::string(word);
  out += " đồng";
  // The first word begins with a capital; its first letter is ASCII or "k", "m", "h", "b", "n", "s", "t", "c".
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

}  // namespace tinhso::payments
