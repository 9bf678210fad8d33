// Text with {{path|filter}} places and **bold**, *italic* marks, parsed once when the template is read.
// The marks belong to the template alone: what the data brings is never parsed.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::printing {

inline constexpr size_t kPathDepthMax = 8;

struct Path {
  std::vector<std::string> steps;
  std::string Text() const;
};

enum class FilterKind { kDate, kLongDate, kDateTime, kDateWords, kUpper, kSigner, kMoney, kNumber, kDefault };

struct Filter {
  FilterKind kind;
  std::string argument;  // of default
};

struct Piece {
  std::string literal;       // used when `path` is absent
  std::optional<Path> path;  // {{path|filters}}
  std::vector<Filter> filters;
  bool bold = false, italic = false;
};

struct TextTemplate {
  std::vector<Piece> pieces;
  int line = 0;
  bool Blank() const { return pieces.empty(); }
};

// `when:` of a block: path, path == "text", path != "text", path ^= "text" (begins with); a leading !
// negates.
struct Condition {
  enum class Kind { kPresent, kEqual, kBegins } kind = Kind::kPresent;
  bool negated = false;
  Path path;
  std::string text;
};

// kInvalid "template_invalid"; detail is the message without file and line, which the caller knows.
Result<TextTemplate> ParseText(std::string_view source, int line);
Result<Path> ParsePath(std::string_view source);
Result<Condition> ParseCondition(std::string_view source);

// Where values come from: the document's data and, inside a table or list, the row at hand.
struct Scope {
  const json::object* data = nullptr;
  const json::value* row = nullptr;  // {{row.name}}, or {{row}} when the row is a plain value
  size_t row_number = 0;             // {{row_number}}, from 1
};

struct StyleRun {
  size_t begin = 0, end = 0;  // bytes
  bool bold = false, italic = false;
};

struct StyledText {
  std::string text;  // NFC, without control characters other than tab and newline
  std::vector<StyleRun> runs;
  bool Blank() const;
};

enum class LetterCase { kAsWritten, kUpper };

// kInvalid "text_not_utf8".
Result<StyledText> Evaluate(const TextTemplate& source, const Scope& scope,
                            LetterCase letters = LetterCase::kAsWritten);
bool Holds(const Condition& condition, const Scope& scope);

// nullptr when the data has no such member.
const json::value* Find(const Path& path, const Scope& scope);
// A value as people read it: numbers without grouping, true "Có", lists joined with ", ", null and objects
// "".
std::string ValueText(const json::value* value);
std::string ApplyFilter(const Filter& filter, std::string value);
// Removes what could hide or reorder printed text: control characters and directional marks; line breaks
// become \n.
Result<std::string> CleanText(std::string_view utf8);

}  // namespace tinhso::printing
