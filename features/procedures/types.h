// A procedure (thủ tục hành chính) and its parts, as published in the national catalogue.
// Law: Decree 63/2010/NĐ-CP art. 8 (the parts a procedure must have), Decree 118/2025/NĐ-CP (one-stop
// mechanism). Every part keeps the source's own words in `raw`: what a parser could not read is still shown
// to people. Thread rule: values.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace tinhso::procedures {

// How sure a time limit is.
enum class UnitSource {
  kCell,         // "5 Ngày làm việc" in the table cell
  kDescription,  // the channel's own description says it
  kChannel,      // another channel of the procedure has the same number with a unit
  kText,         // the steps or conditions name the same number with one unit only
  kAssumed,  // the source gives a bare number; working days are assumed (Decree 118/2025) — show it as such
};
// "cell", "description", "channel", "text", "assumed"
const char* UnitSourceName(UnitSource source);

// Time limit (thời hạn giải quyết). `unit` is a word of base/calendar: "working_day", "day", "hour", "month".
struct TimeLimit {
  int64_t value = 0;  // 0 = same day
  std::string unit;
  UnitSource source = UnitSource::kCell;
};

// Fee (phí, lệ phí).
struct Fee {
  std::string kind;                   // "free", "amount", "other_currency", "see_note", "unknown"
  std::optional<int64_t> amount_vnd;  // only for "free" (0) and "amount"
  std::string note;
  std::string raw;
};

// Way of submitting (cách thức thực hiện).
struct Channel {
  std::string channel;  // "counter", "online", "post"
  std::optional<TimeLimit> time_limit;
  std::string time_raw;
  std::vector<Fee> fees;
  std::string description;
  std::string raw;
};

// Required paper (thành phần hồ sơ).
struct Paper {
  std::string case_name;  // the case the paper belongs to; "" = all cases
  std::string name;
  int originals = 0;
  int copies = 0;
  std::string kind;  // "original", "copy", "original_and_copy", "unspecified"
  std::vector<std::string> form_files;
  std::string raw;
};

struct Step {
  std::string title;  // "Bước 1" or ""
  std::string text;
};

struct ResultPaper {
  std::string code;  // "KQ.G15.000031"
  std::string name;
};

struct LegalBasis {
  std::string name;
  std::string number;  // "123/2015/NĐ-CP"
};

// One field of the source record, word for word.
struct RawField {
  std::string key;  // "thanh_phan_ho_so"
  std::string text;
};

struct Procedure {
  std::string code;  // "1.001193"
  std::string name;
  std::string field;                // lĩnh vực
  std::vector<std::string> levels;  // "ministry", "province", "district", "commune", "other"
  std::string decision_no;          // "163/QĐ-BTP"
  std::vector<std::string> subjects;
  std::vector<Channel> channels;
  std::vector<Paper> papers;
  std::vector<Step> steps;
  std::vector<ResultPaper> results;
  std::vector<LegalBasis> legal_bases;
  std::string conditions;
  std::string agency;  // competent agency; the portal's export does not have it
  std::vector<std::string> keywords;
  std::vector<RawField> raw;
};

// What was read and what was not, over one record or a whole file.
struct ParseCounts {
  int64_t records = 0;
  int64_t channels = 0;
  int64_t channels_stating_time = 0;  // the cell has a number, or the description a limit
  int64_t time_limits_in_source = 0;  // value and unit both from the cell or the channel's description
  int64_t time_limits_from_text = 0;  // bare number, unit found elsewhere in the same procedure
  int64_t time_limits_assumed = 0;    // bare number, unit nowhere
  int64_t time_limits_filler = 0;     // of those: a bare 1, which the portal fills in when nothing was typed
  int64_t fees = 0;
  int64_t fees_read = 0;  // free, amount or other currency
  int64_t papers = 0;
  int64_t papers_split = 0;          // name, quantity and kind known
  int64_t papers_quantity_zero = 0;  // the quantity cell says 0 (mostly notes between papers) or was cut off
  int64_t papers_with_form = 0;
  int64_t papers_text_left = 0;  // records whose paper text was not (wholly) a table
  int64_t steps_split = 0;       // records with more than one step
  int64_t steps_whole = 0;       // records whose steps stay one text
  int64_t results = 0;
  int64_t results_with_code = 0;
  int64_t legal_bases = 0;
  int64_t legal_bases_with_number = 0;
  void Add(const ParseCounts& other);
};

// The procedure as api/openapi.yaml's schema Procedure shows it, without version and configuration. Raw
// fields apart.
json::object BodyJson(const Procedure& procedure);
json::object RawJson(const Procedure& procedure);

// The lowest level that handles it: "commune", "province", "ministry" or "other".
std::string MainLevel(const std::vector<std::string>& levels);
// "5 ngày làm việc", "Trong ngày"; "" when no channel states a limit.
std::string TimeText(const Procedure& procedure);
// "Miễn phí", "70.000 đồng", "Có phí, xem chi tiết"; "" when the source says nothing.
std::string FeeText(const Procedure& procedure);

}  // namespace tinhso::procedures
