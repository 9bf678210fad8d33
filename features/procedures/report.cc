// The import's report: a table for people, a line for machines.
#include "base/text.h"
#include "procedures.h"

namespace tinhso::procedures {
namespace {

std::string Pad(std::string text, size_t width, bool left) {
  const size_t length = text::Length(text);
  const std::string spaces(length < width ? width - length : 0, ' ');
  return left ? text + spaces : spaces + text;
}

std::string Percent(int64_t part, int64_t whole) {
  if (whole == 0) return "—";
  const int64_t tenths = (part * 1000 + whole / 2) / whole;
  return std::to_string(tenths / 10) + "," + std::to_string(tenths % 10) + " %";
}

void Line(std::string& out, const std::string& what, int64_t whole, int64_t read) {
  out += "  " + Pad(what, 62, true) + Pad(text::FormatNumber(whole), 9, false) +
         Pad(text::FormatNumber(read), 9, false) + Pad(text::FormatNumber(whole - read), 12, false) +
         Pad(Percent(read, whole), 10, false) + "\n";
}

// A part of the line above.
void Share(std::string& out, const std::string& what, int64_t whole, int64_t part) {
  out += "    – " + Pad(what, 58, true) + Pad("", 9, false) + Pad(text::FormatNumber(part), 9, false) +
         Pad("", 12, false) + Pad(Percent(part, whole), 10, false) + "\n";
}

}  // namespace

std::string ImportReport::ToTable() const {
  const ParseCounts& c = counts;
  std::string out;
  out += "Đã đọc " + text::FormatNumber(lines) + " dòng: " + text::FormatNumber(added) + " thủ tục mới, " +
         text::FormatNumber(changed) + " có phiên bản mới, " + text::FormatNumber(reread) + " đọc lại, " +
         text::FormatNumber(unchanged) + " không đổi, " + text::FormatNumber(repeated) + " lặp lại, " +
         text::FormatNumber(bad) + " dòng hỏng.\n";
  out += "\n  " + Pad("Phần", 62, true) + Pad("Có", 9, false) + Pad("Đọc được", 9, false) +
         Pad("Chưa đọc", 12, false) + Pad("Tỷ lệ", 10, false) + "\n";
  Line(out, "Thời hạn (cách nộp có ghi thời hạn)", c.channels_stating_time,
       c.time_limits_in_source + c.time_limits_from_text + c.time_limits_assumed);
  Share(out, "số và đơn vị ghi trong ô hoặc mô tả", c.channels_stating_time, c.time_limits_in_source);
  Share(out, "ô chỉ ghi số, đơn vị lấy từ chỗ khác của thủ tục", c.channels_stating_time,
        c.time_limits_from_text);
  Share(out, "ô chỉ ghi số, coi là ngày làm việc (có đánh dấu)", c.channels_stating_time,
        c.time_limits_assumed);
  Share(out, "  trong đó ô chỉ ghi “1”, số cổng tự điền khi để trống", c.channels_stating_time,
        c.time_limits_filler);
  Line(out, "Phí, lệ phí thành số tiền hoặc miễn phí", c.fees, c.fees_read);
  Line(out, "Giấy tờ tách đủ tên, số lượng, bản chính/bản sao", c.papers, c.papers_split);
  Share(out, "còn lại: ô số lượng ghi 0 hoặc bị cắt cụt", c.papers, c.papers_quantity_zero);
  Share(out, "trong đó có tệp mẫu đơn, tờ khai", c.papers, c.papers_with_form);
  Line(out, "Thủ tục có thành phần hồ sơ dạng bảng", c.records, c.records - c.papers_text_left);
  Line(out, "Trình tự tách thành bước", c.steps_split + c.steps_whole, c.steps_split);
  Line(out, "Kết quả có mã", c.results, c.results_with_code);
  Line(out, "Căn cứ pháp lý có số hiệu", c.legal_bases, c.legal_bases_with_number);
  out += "  Văn bản gốc của mọi phần được giữ nguyên bên cạnh.\n";
  return out;
}

std::string ImportReport::ToJsonLine() const {
  const ParseCounts& c = counts;
  json::object out{{"files", files},         {"lines", lines},       {"imported", added + changed},
                   {"added", added},         {"changed", changed},   {"reread", reread},
                   {"unchanged", unchanged}, {"repeated", repeated}, {"bad", bad}};
  out["parsed"] = json::object{{"records", c.records},
                               {"channels", c.channels},
                               {"channels_stating_time", c.channels_stating_time},
                               {"time_limits_in_source", c.time_limits_in_source},
                               {"time_limits_from_text", c.time_limits_from_text},
                               {"time_limits_assumed", c.time_limits_assumed},
                               {"time_limits_filler", c.time_limits_filler},
                               {"fees", c.fees},
                               {"fees_read", c.fees_read},
                               {"papers", c.papers},
                               {"papers_split", c.papers_split},
                               {"papers_quantity_zero", c.papers_quantity_zero},
                               {"papers_with_form", c.papers_with_form},
                               {"papers_text_left", c.papers_text_left},
                               {"steps_split", c.steps_split},
                               {"steps_whole", c.steps_whole},
                               {"results", c.results},
                               {"results_with_code", c.results_with_code},
                               {"legal_bases", c.legal_bases},
                               {"legal_bases_with_number", c.legal_bases_with_number}};
  return json::serialize(out);
}

}  // namespace tinhso::procedures
