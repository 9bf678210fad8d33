// The small language inside template texts. Hand-written: three marks and one kind of place need no parser
// library.
#include "expression.h"

#include <utility>

#include "base/text.h"

namespace tinhso::printing {
namespace {

Error Bad(std::string message) {
  return MakeError(ErrorCode::kInvalid, "template_invalid", std::move(message));
}

bool IsPathCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

constexpr std::pair<std::string_view, FilterKind> kFilters[] = {
    {"date", FilterKind::kDate},         {"longdate", FilterKind::kLongDate},
    {"datetime", FilterKind::kDateTime}, {"upper", FilterKind::kUpper},
    {"signer", FilterKind::kSigner},     {"money", FilterKind::kMoney},
    {"number", FilterKind::kNumber},     {"datewords", FilterKind::kDateWords},
    {"default", FilterKind::kDefault}};

// "…" with \" and \\ inside; `at` stands on the opening quote and ends after the closing one.
Result<std::string> ReadQuoted(std::string_view source, size_t& at) {
  std::string out;
  for (++at; at < source.size(); ++at) {
    if (source[at] == '"') {
      ++at;
      return out;
    }
    if (source[at] == '\\' && at + 1 < source.size()) ++at;
    out += source[at];
  }
  return Bad("text in quotes is not closed");
}

void SkipSpaces(std::string_view source, size_t& at) {
  while (at < source.size() && source[at] == ' ') ++at;
}

// The inside of {{ }}: `at` stands after the braces and ends after the closing ones.
Result<Piece> ReadPlace(std::string_view source, size_t& at) {
  Piece piece;
  SkipSpaces(source, at);
  size_t begin = at;
  while (at < source.size() && (IsPathCharacter(source[at]) || source[at] == '.')) ++at;
  TINHSO_ASSIGN(piece.path, ParsePath(source.substr(begin, at - begin)));
  for (;;) {
    SkipSpaces(source, at);
    if (source.substr(at, 2) == "}}") {
      at += 2;
      return piece;
    }
    if (at >= source.size()) return Bad("'{{' is not closed");
    if (source[at] != '|') return Bad("unexpected '" + std::string(1, source[at]) + "' inside {{ }}");
    ++at;
    SkipSpaces(source, at);
    begin = at;
    while (at < source.size() && IsPathCharacter(source[at])) ++at;
    std::string_view name = source.substr(begin, at - begin);
    Filter filter{};
    bool known = false;
    for (const auto& [filter_name, kind] : kFilters) {
      if (filter_name != name) continue;
      filter.kind = kind;
      known = true;
    }
    if (!known) return Bad("unknown filter '" + std::string(name) + "'");
    if (filter.kind == FilterKind::kDefault) {
      if (source.substr(at, 2) != ":\"") return Bad("filter default needs a text: default:\"…\"");
      ++at;
      TINHSO_ASSIGN(filter.argument, ReadQuoted(source, at));
    }
    piece.filters.push_back(std::move(filter));
  }
}

}  // namespace

std::string Path::Text() const {
  std::string out;
  for (const auto& step : steps) out += (out.empty() ? "" : ".") + step;
  return out;
}

Result<Path> ParsePath(std::string_view source) {
  Path path;
  std::string step;
  for (size_t i = 0; i <= source.size(); ++i) {
    if (i == source.size() || source[i] == '.') {
      if (step.empty()) return Bad("path '" + std::string(source) + "' has an empty step");
      path.steps.push_back(std::exchange(step, {}));
    } else if (IsPathCharacter(source[i])) {
      step += source[i];
    } else {
      return Bad("'" + std::string(source) + "' is not a path: only letters, digits, _ - and dots");
    }
  }
  if (path.steps.size() > kPathDepthMax) return Bad("path '" + std::string(source) + "' is too deep");
  return path;
}

Result<TextTemplate> ParseText(std::string_view source, int line) {
  TextTemplate out;
  out.line = line;
  bool bold = false, italic = false;
  std::string literal;
  auto flush = [&] {
    if (literal.empty()) return;
    Piece piece;
    piece.literal = std::exchange(literal, {});
    piece.bold = bold;
    piece.italic = italic;
    out.pieces.push_back(std::move(piece));
  };
  size_t at = 0;
  while (at < source.size()) {
    char c = source[at];
    if (c == '\\' && at + 1 < source.size()) {
      literal += source[at + 1];
      at += 2;
    } else if (source.substr(at, 2) == "{{") {
      flush();
      at += 2;
      TINHSO_ASSIGN(Piece piece, ReadPlace(source, at));
      piece.bold = bold;
      piece.italic = italic;
      out.pieces.push_back(std::move(piece));
    } else if (source.substr(at, 2) == "}}") {
      return Bad("'}}' without '{{'");
    } else if (source.substr(at, 2) == "**") {
      flush();
      bold = !bold;
      at += 2;
    } else if (c == '*') {
      flush();
      italic = !italic;
      ++at;
    } else {
      literal += c;
      ++at;
    }
  }
  flush();
  if (bold) return Bad("'**' is not closed (write \\* for a star)");
  if (italic) return Bad("'*' is not closed (write \\* for a star)");
  for (Piece& piece : out.pieces) {
    auto clean = CleanText(piece.literal);
    if (!clean) return Bad("text is not UTF-8");
    piece.literal = std::move(*clean);
  }
  return out;
}

Result<Condition> ParseCondition(std::string_view source) {
  Condition condition;
  std::string trimmed = text::Trim(source);
  std::string_view rest = trimmed;
  if (text::StartsWith(rest, "!")) {
    condition.negated = true;
    rest.remove_prefix(1);
  }
  size_t at = 0;
  while (at < rest.size() && (IsPathCharacter(rest[at]) || rest[at] == '.')) ++at;
  TINHSO_ASSIGN(condition.path, ParsePath(rest.substr(0, at)));
  SkipSpaces(rest, at);
  if (at == rest.size()) return condition;
  std::string_view comparison = rest.substr(at, 2);
  if (comparison != "==" && comparison != "!=" && comparison != "^=")
    return Bad("condition '" + trimmed + "' is not a path, or a path with ==, != or ^= and a text");
  condition.kind = comparison == "^=" ? Condition::Kind::kBegins : Condition::Kind::kEqual;
  if (comparison == "!=") condition.negated = !condition.negated;
  at += 2;
  SkipSpaces(rest, at);
  if (at >= rest.size() || rest[at] != '"') return Bad("a condition compares with a text in quotes");
  TINHSO_ASSIGN(condition.text, ReadQuoted(rest, at));
  SkipSpaces(rest, at);
  if (at != rest.size()) return Bad("condition '" + trimmed + "' goes on after the text");
  return condition;
}

}  // namespace tinhso::printing
