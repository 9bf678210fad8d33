#include "parse.h"

#include "cells.h"

namespace tinhso::procedures {
namespace {

using cells::Strip;

// National codes "1.001193", provincial instances "1.001776.000.00.00.H12", "1.012753.H19".
bool IsProcedureCode(std::string_view code) {
  if (code.size() < 3 || code.size() > 40 || !cells::IsDigit(code[0]) ||
      code.find('.') == std::string_view::npos) {
    return false;
  }
  for (char c : code) {
    if (!cells::IsDigit(c) && c != '.' && !(c >= 'A' && c <= 'Z')) return false;
  }
  return code.back() != '.';
}

std::string Raw(const Procedure& procedure, std::string_view key) {
  for (const RawField& field : procedure.raw) {
    if (field.key == key) return field.text;
  }
  return "";
}

}  // namespace

Result<Procedure> ParseRecord(std::string_view json_line) {
  if (json_line.size() > kRecordBytesMax)
    return MakeError(ErrorCode::kTooLarge, "procedure_record_too_large");
  TINHSO_ASSIGN(const json::value document, json::Parse(json_line));
  if (!document.is_object()) return MakeError(ErrorCode::kInvalid, "procedure_record_not_object");
  Procedure out;
  for (const auto& [key, value] : document.get_object()) {
    if (value.is_null()) continue;
    if (!value.is_string())
      return MakeError(ErrorCode::kInvalid, "procedure_field_not_text", std::string(key));
    const auto& text = value.get_string();
    if (text.size() > kFieldBytesMax)
      return MakeError(ErrorCode::kTooLarge, "procedure_field_too_large", std::string(key));
    out.raw.push_back({std::string(key), std::string(text)});
  }
  out.code = Strip(Raw(out, "ma_thu_tuc"));
  if (!IsProcedureCode(out.code)) return MakeError(ErrorCode::kInvalid, "procedure_code_malformed");
  out.name = Strip(Raw(out, "ten_thu_tuc"));
  if (out.name.empty()) return MakeError(ErrorCode::kInvalid, "procedure_name_missing");
  out.field = Strip(Raw(out, "linh_vuc"));
  out.decision_no = Strip(Raw(out, "so_quyet_dinh"));
  out.conditions = Strip(Raw(out, "yeu_cau_dieu_kien"));
  out.agency = Strip(Raw(out, "co_quan_thuc_hien"));
  out.levels = ParseLevels(Raw(out, "cap_thuc_hien"));
  out.subjects = ParseSubjects(Raw(out, "doi_tuong_thuc_hien"));
  const std::string steps = Raw(out, "trinh_tu_thuc_hien");
  out.channels = ParseChannels(Raw(out, "cach_thuc_thuc_hien"), steps + " " + out.conditions);
  out.papers = ParsePapers(Raw(out, "thanh_phan_ho_so"));
  out.steps = ParseSteps(steps);
  ParsedResults results = ParseResults(Raw(out, "ket_qua_xu_ly"));
  out.results = std::move(results.results);
  out.keywords = std::move(results.keywords);
  out.legal_bases = ParseLegalBases(Raw(out, "can_cu_phap_ly"));
  return out;
}

ParseCounts CountParts(const Procedure& procedure) {
  ParseCounts out;
  out.records = 1;
  for (const Channel& channel : procedure.channels) {
    ++out.channels;
    if (channel.time_limit) {
      ++out.channels_stating_time;
      switch (channel.time_limit->source) {
        case UnitSource::kCell:
        case UnitSource::kDescription:
          ++out.time_limits_in_source;
          break;
        case UnitSource::kChannel:
        case UnitSource::kText:
          ++out.time_limits_from_text;
          break;
        case UnitSource::kAssumed:
          ++out.time_limits_assumed;
          if (channel.time_limit->value == 1) ++out.time_limits_filler;
          break;
      }
    }
    for (const Fee& fee : channel.fees) {
      ++out.fees;
      if (fee.kind == "free" || fee.kind == "amount" || fee.kind == "other_currency") ++out.fees_read;
    }
  }
  for (const Paper& paper : procedure.papers) {
    ++out.papers;
    ++(paper.kind == "unspecified" ? out.papers_quantity_zero : out.papers_split);
    if (!paper.form_files.empty()) ++out.papers_with_form;
  }
  const std::string paper_text = Raw(procedure, "thanh_phan_ho_so");
  if (paper_text.size() > 2 && procedure.papers.empty()) ++out.papers_text_left;
  if (procedure.steps.size() > 1) ++out.steps_split;
  if (procedure.steps.size() == 1) ++out.steps_whole;
  for (const ResultPaper& result : procedure.results) {
    ++out.results;
    if (!result.code.empty()) ++out.results_with_code;
  }
  for (const LegalBasis& basis : procedure.legal_bases) {
    ++out.legal_bases;
    if (!basis.number.empty()) ++out.legal_bases_with_number;
  }
  return out;
}

}  // namespace tinhso::procedures
