// Reads one record of the national portal's export into a Procedure (docs/formats: the keys are the
// portal's). The portal's table cells run together; the order of columns and the words of the cells are what
// is left to read by. Private to features/procedures. Thread rule: pure functions.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "types.h"

namespace tinhso::procedures {

// Limits of one record. Longer fields are refused, not cut.
inline constexpr size_t kRecordBytesMax = 512 * 1024;
inline constexpr size_t kFieldBytesMax = 64 * 1024;
inline constexpr size_t kChannelsMax = 200;
inline constexpr size_t kPapersMax = 1000;
inline constexpr size_t kPartsMax = 500;  // steps, results, legal bases

// kMalformed "json_…" (base/json.h); kInvalid "procedure_record_not_object", "procedure_code_malformed",
// "procedure_name_missing", "procedure_field_not_text"; kTooLarge "procedure_record_too_large",
// "procedure_field_too_large". Unknown keys are kept in raw.
Result<Procedure> ParseRecord(std::string_view json_line);
ParseCounts CountParts(const Procedure& procedure);

// The parts, each from its own field.
std::vector<Channel> ParseChannels(std::string_view text, std::string_view other_texts);
std::vector<Paper> ParsePapers(std::string_view text);
std::vector<Step> ParseSteps(std::string_view text);
struct ParsedResults {
  std::vector<ResultPaper> results;
  std::vector<std::string> keywords;
};
ParsedResults ParseResults(std::string_view text);
std::vector<LegalBasis> ParseLegalBases(std::string_view text);
std::vector<std::string> ParseSubjects(std::string_view text);
std::vector<std::string> ParseLevels(std::string_view text);

}  // namespace tinhso::procedures
