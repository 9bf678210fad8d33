#include "target.h"

#include "base/text.h"

namespace tinhso::http {
namespace {

constexpr size_t kQueryParametersMax = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Error TargetMalformed() { return MakeError(ErrorCode::kMalformed, "target_malformed"); }

Result<std::string> DecodeText(std::string_view raw, PlusIs plus) {
  TINHSO_ASSIGN(std::string decoded, PercentDecode(raw, plus));
  auto normal = text::Normalize(decoded);
  if (!normal.ok()) return MakeError(ErrorCode::kMalformed, normal.error().reason);
  return std::move(normal).value();
}

// An encoded '/' would move segment borders after decoding, a backslash or a dot segment is only ever a trick
// here.
bool PathIsPlain(std::string_view raw, std::string_view decoded) {
  for (size_t i = 0; i + 2 < raw.size(); ++i) {
    if (raw[i] == '%' && raw[i + 1] == '2' && (raw[i + 2] == 'f' || raw[i + 2] == 'F')) return false;
  }
  size_t start = 1;
  while (start <= decoded.size()) {
    size_t end = decoded.find('/', start);
    if (end == std::string_view::npos) end = decoded.size();
    std::string_view segment = decoded.substr(start, end - start);
    if (segment == "." || segment == "..") return false;
    if (segment.empty() && end < decoded.size()) return false;
    start = end + 1;
  }
  for (unsigned char c : decoded) {
    if (c < 0x20 || c == 0x7f || c == '\\') return false;
  }
  return true;
}

}  // namespace

Result<std::string> PercentDecode(std::string_view text, PlusIs plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return TargetMalformed();
      int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return TargetMalformed();
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else if (text[i] == '+' && plus == PlusIs::kSpace) {
      out.push_back(' ');
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

Result<Target> ParseTarget(std::string_view target) {
  if (target.empty() || target[0] != '/') return TargetMalformed();
  target = target.substr(0, target.find('#'));
  size_t mark = target.find('?');
  std::string_view raw_path = target.substr(0, mark);
  Target out;
  TINHSO_ASSIGN(out.path, DecodeText(raw_path, PlusIs::kPlus));
  if (!PathIsPlain(raw_path, out.path)) return TargetMalformed();
  if (mark == std::string_view::npos) return out;
  std::string_view rest = target.substr(mark + 1);
  while (!rest.empty()) {
    size_t amp = rest.find('&');
    std::string_view pair = rest.substr(0, amp);
    rest = amp == std::string_view::npos ? std::string_view() : rest.substr(amp + 1);
    if (pair.empty()) continue;
    size_t equals = pair.find('=');
    TINHSO_ASSIGN(std::string name, DecodeText(pair.substr(0, equals), PlusIs::kSpace));
    std::string value;
    if (equals != std::string_view::npos) {
      TINHSO_ASSIGN(value, DecodeText(pair.substr(equals + 1), PlusIs::kSpace));
    }
    if (out.query.size() >= kQueryParametersMax) return TargetMalformed();
    // Two values for one name are read differently by different programs: refuse instead of choosing.
    if (!out.query.emplace(std::move(name), std::move(value)).second)
      return MakeError(ErrorCode::kMalformed, "query_repeated");
  }
  return out;
}

}  // namespace tinhso::http
