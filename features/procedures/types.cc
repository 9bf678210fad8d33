#include "types.h"

#include <algorithm>

#include "base/text.h"

namespace tinhso::procedures {
namespace {

json::array TextArray(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& text : texts) out.emplace_back(text);
  return out;
}

std::string FeeTextOf(const Fee& fee) {
  if (fee.kind == "free") return "Miễn phí";
  if (fee.kind == "amount") {
    return text::FormatNumber(*fee.amount_vnd) + " đồng" + (fee.note.empty() ? "" : " (" + fee.note + ")");
  }
  if (fee.kind == "unknown") return "";
  return fee.note.empty() ? fee.raw : fee.note;
}

json::object ChannelJson(const Channel& channel) {
  json::object out{{"channel", channel.channel}};
  if (channel.time_limit) {
    out["time_limit"] = json::object{{"value", channel.time_limit->value},
                                     {"unit", channel.time_limit->unit},
                                     {"unit_source", UnitSourceName(channel.time_limit->source)}};
  } else {
    out["time_limit"] = nullptr;
  }
  out["time_raw"] = channel.time_raw;
  std::string fee_text;
  json::value fee_vnd = nullptr;
  json::array fees;
  for (const Fee& fee : channel.fees) {
    json::object item{{"kind", fee.kind}, {"amount_vnd", nullptr}, {"note", fee.note}, {"raw", fee.raw}};
    if (fee.amount_vnd) {
      item["amount_vnd"] = *fee.amount_vnd;
      // Several fees are several choices, not a sum.
      fee_vnd = channel.fees.size() == 1 ? json::value(*fee.amount_vnd) : json::value(nullptr);
    }
    if (const std::string text = FeeTextOf(fee); !text.empty())
      fee_text += (fee_text.empty() ? "" : "; ") + text;
    fees.push_back(std::move(item));
  }
  out["fee_text"] = fee_text;
  out["fee_vnd"] = fee_vnd;
  out["fees"] = std::move(fees);
  out["description"] = channel.description;
  out["raw"] = channel.raw;
  return out;
}

json::object PaperJson(const Paper& paper, size_t number) {
  std::string files;
  for (const std::string& file : paper.form_files) files += (files.empty() ? "" : "; ") + file;
  return json::object{
      {"paper_id", "p" + std::to_string(number)},
      {"case", paper.case_name},
      {"name", paper.name},
      {"originals", paper.originals},
      {"copies", paper.copies},
      {"kind", paper.kind},
      // The catalogue lists papers of all cases: none is demanded by the machine, the desk decides.
      {"required", false},
      {"form_file", files},
      {"form_files", TextArray(paper.form_files)},
      {"raw", paper.raw}};
}

}  // namespace

const char* UnitSourceName(UnitSource source) {
  switch (source) {
    case UnitSource::kCell:
      return "cell";
    case UnitSource::kDescription:
      return "description";
    case UnitSource::kChannel:
      return "channel";
    case UnitSource::kText:
      return "text";
    case UnitSource::kAssumed:
      return "assumed";
  }
  return "assumed";
}

void ParseCounts::Add(const ParseCounts& other) {
  records += other.records;
  channels += other.channels;
  channels_stating_time += other.channels_stating_time;
  time_limits_in_source += other.time_limits_in_source;
  time_limits_from_text += other.time_limits_from_text;
  time_limits_assumed += other.time_limits_assumed;
  time_limits_filler += other.time_limits_filler;
  fees += other.fees;
  fees_read += other.fees_read;
  papers += other.papers;
  papers_split += other.papers_split;
  papers_quantity_zero += other.papers_quantity_zero;
  papers_with_form += other.papers_with_form;
  papers_text_left += other.papers_text_left;
  steps_split += other.steps_split;
  steps_whole += other.steps_whole;
  results += other.results;
  results_with_code += other.results_with_code;
  legal_bases += other.legal_bases;
  legal_bases_with_number += other.legal_bases_with_number;
}

json::object BodyJson(const Procedure& procedure) {
  json::object out;
  out["procedure_code"] = procedure.code;
  out["name"] = procedure.name;
  out["field"] = procedure.field;
  out["level"] = MainLevel(procedure.levels);
  out["levels"] = TextArray(procedure.levels);
  out["decision"] = procedure.decision_no;
  out["agency"] = procedure.agency;
  out["conditions"] = procedure.conditions;
  out["subjects"] = TextArray(procedure.subjects);
  json::array channels;
  for (const Channel& channel : procedure.channels) channels.push_back(ChannelJson(channel));
  out["channels"] = std::move(channels);
  json::array papers;
  for (const Paper& paper : procedure.papers) papers.push_back(PaperJson(paper, papers.size() + 1));
  out["papers"] = std::move(papers);
  json::array steps;
  for (const Step& step : procedure.steps)
    steps.push_back(json::object{{"title", step.title}, {"text", step.text}});
  out["steps"] = std::move(steps);
  json::array results;
  for (const ResultPaper& result : procedure.results) {
    results.push_back(json::object{{"name", result.name}, {"code", result.code}});
  }
  out["results"] = std::move(results);
  json::array bases;
  for (const LegalBasis& basis : procedure.legal_bases) {
    bases.push_back(json::object{{"name", basis.name}, {"number", basis.number}});
  }
  out["legal_bases"] = std::move(bases);
  return out;
}

json::object RawJson(const Procedure& procedure) {
  json::object out;
  for (const RawField& field : procedure.raw) out[field.key] = field.text;
  return out;
}

std::string MainLevel(const std::vector<std::string>& levels) {
  for (const char* level : {"commune", "province", "ministry"}) {
    if (std::find(levels.begin(), levels.end(), level) != levels.end()) return level;
  }
  return "other";
}

std::string TimeText(const Procedure& procedure) {
  const TimeLimit* chosen = nullptr;
  for (const Channel& channel : procedure.channels) {
    // An assumed unit is shown on the procedure's own page, with its source, not as a promise in a list.
    if (!channel.time_limit || channel.time_limit->source == UnitSource::kAssumed) continue;
    if (!chosen || channel.channel == "counter") chosen = &*channel.time_limit;
    if (channel.channel == "counter") break;
  }
  if (!chosen) return "";
  if (chosen->value == 0) return "Trong ngày";
  const std::string number = std::to_string(chosen->value);
  if (chosen->unit == "working_day") return number + " ngày làm việc";
  if (chosen->unit == "day") return number + " ngày";
  if (chosen->unit == "hour") return number + " giờ";
  return number + " tháng";
}

std::string FeeText(const Procedure& procedure) {
  std::optional<int64_t> amount;
  bool other = false;
  bool any = false;
  for (const Channel& channel : procedure.channels) {
    for (const Fee& fee : channel.fees) {
      if (fee.kind == "unknown") continue;
      any = true;
      if (!fee.amount_vnd || (amount && *amount != *fee.amount_vnd)) {
        other = true;
      } else {
        amount = fee.amount_vnd;
      }
    }
  }
  if (!any) return "";
  if (other || !amount) return "Có phí, xem chi tiết";
  return *amount == 0 ? "Miễn phí" : text::FormatNumber(*amount) + " đồng";
}

}  // namespace tinhso::procedures
