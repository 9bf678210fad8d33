#include "messages.h"

namespace tinhso::packs {
namespace {

struct PackMessage {
  std::string_view reason, vi, en;  // {} is the word
};

constexpr PackMessage kMessages[] = {
    // YAML
    {"yaml_syntax", "không đọc được YAML: {}", "not readable as YAML: {}"},
    {"yaml_alias", "không dùng neo và bí danh (& *) trong gói", "anchors and aliases (& *) are not allowed in a pack"},
    {"yaml_tag", "không dùng thẻ kiểu '{}'", "type tag '{}' is not allowed"},
    {"yaml_too_deep", "lồng nhau quá sâu", "nested too deeply"},
    {"yaml_too_many_nodes", "quá nhiều phần tử", "too many nodes"},
    {"yaml_too_large", "tệp quá lớn", "the file is too large"},
    {"yaml_empty", "tệp trống", "the file is empty"},
    {"yaml_second_document", "một tệp chỉ có một tài liệu YAML", "a file holds one YAML document only"},
    {"yaml_key_repeated", "khóa '{}' lặp lại", "key '{}' is repeated"},
    {"yaml_key_not_text", "khóa phải là chữ", "a key must be text"},
    {"text_not_utf8", "chữ không phải UTF-8", "text is not UTF-8"},
    {"text_control_character", "có ký tự điều khiển", "text holds a control character"},
    // schema
    {"member_missing", "thiếu '{}'", "'{}' is missing"},
    {"member_unknown", "không có mục tên '{}'", "there is no member named '{}'"},
    {"schema_type", "sai kiểu giá trị", "the value is of the wrong type"},
    {"schema_enum", "giá trị không nằm trong các giá trị cho phép", "the value is none of those allowed"},
    {"schema_number_too_large", "số phải không lớn hơn {}", "the number must be at most {}"},
    {"schema_number_too_small", "số phải không nhỏ hơn {}", "the number must be at least {}"},
    {"schema_list_too_long", "danh sách có nhiều hơn {} phần tử", "the list has more than {} items"},
    {"schema_list_too_short", "danh sách có ít hơn {} phần tử", "the list has fewer than {} items"},
    {"schema_text_too_long", "chữ dài hơn {} ký tự", "the text is longer than {} characters"},
    {"schema_text_too_short", "chữ ngắn hơn {} ký tự", "the text is shorter than {} characters"},
    {"schema_other", "không đúng lược đồ: {}", "does not follow the schema: {}"},
    {"schema_malformed", "lược đồ '{}' hỏng hoặc thiếu", "schema '{}' is missing or broken"},
    // files
    {"file_unreadable", "không đọc được tệp '{}'", "cannot read file '{}'"},
    {"too_many_files", "quá nhiều tệp", "too many files"},
    {"file_name_differs", "tên tệp phải trùng với mã '{}'", "the file must be named after its id '{}'"},
    {"id_taken", "mã '{}' đã có ở gói chung", "id '{}' already exists in the common pack"},
    // forms and workflows
    {"not_an_object", "phải là một khối khóa: giá trị", "must be a block of key: value"},
    {"not_a_yes_no", "'{}' phải là true hoặc false", "'{}' must be true or false"},
    {"not_a_list_of_words", "phải là một từ hoặc danh sách từ", "must be a word or a list of words"},
    {"id_malformed", "mã '{}' không đúng dạng", "id '{}' is malformed"},
    {"id_repeated", "mã '{}' lặp lại", "id '{}' is repeated"},
    {"version_malformed", "version phải là số nguyên từ 1", "version must be an integer from 1"},
    {"text_vi_missing", "thiếu chữ tiếng Việt (vi)", "the Vietnamese text (vi) is missing"},
    {"groups_missing", "biểu mẫu phải có nhóm (groups)", "a form must have groups"},
    {"too_many_groups", "quá nhiều nhóm", "too many groups"},
    {"fields_missing", "phải có trường (fields)", "fields are missing"},
    {"too_many_fields", "quá nhiều trường", "too many fields"},
    {"field_type_unknown", "không có loại trường '{}'", "there is no field type '{}'"},
    {"repeat_nested", "nhóm lặp không được lồng trong nhóm lặp", "a repeat may not hold a repeat"},
    {"key_not_for_type", "khóa '{}' không dùng cho loại trường này", "key '{}' is not for this type of field"},
    {"number_out_of_range", "'{}' không phải số hoặc ngoài giới hạn", "'{}' is not a number or is out of range"},
    {"min_over_max", "giới hạn dưới lớn hơn giới hạn trên", "the lower bound is over the upper bound"},
    {"date_malformed", "ngày phải có dạng 2026-11-23", "a date is written 2026-11-23"},
    {"options_missing", "trường chọn phải có các lựa chọn (options)", "a choice needs options"},
    {"option_value_malformed", "value của lựa chọn phải là chữ", "an option's value must be text"},
    {"option_repeated", "lựa chọn '{}' lặp lại", "option '{}' is repeated"},
    {"pattern_malformed", "mẫu chữ không hợp lệ: {}", "the pattern is not valid: {}"},
    {"prefill_unknown", "không có nguồn điền sẵn '{}' (hoặc không dùng được ở đây)", "prefill '{}' does not exist (or not here)"},
    {"condition_malformed", "điều kiện (when) không đúng dạng", "the condition (when) is malformed"},
    {"condition_field_unknown", "không có trường '{}' trong biểu mẫu", "the form has no field '{}'"},
    {"condition_value_unknown", "trường đó không bao giờ có giá trị '{}'", "that field never has the value '{}'"},
    {"states_missing", "quy trình phải có trạng thái (states)", "a workflow must have states"},
    {"transitions_missing", "quy trình phải có bước chuyển (transitions)", "a workflow must have transitions"},
    {"state_unknown", "không có trạng thái '{}'", "there is no state '{}'"},
    {"state_unreachable", "không thể đi tới trạng thái '{}' từ trạng thái đầu", "state '{}' cannot be reached from the initial one"},
    {"state_without_way_out", "trạng thái '{}' không có lối ra và không phải trạng thái cuối",
     "state '{}' has no way out and is not final"},
    {"final_state_has_way_out", "trạng thái cuối '{}' không được có lối ra", "final state '{}' may not have a way out"},
    {"no_final_state", "không có trạng thái cuối nào đi tới được", "no final state can be reached"},
    {"national_state_unknown", "national_state phải từ 1 đến 10", "national_state must be 1 to 10"},
    {"clock_unknown", "không có trạng thái đồng hồ '{}'", "there is no clock '{}'"},
    {"clock_unlawful", "đồng hồ của '{}' không hợp với national_state: chỉ 5 và 6 tạm dừng, chỉ 2 và 4 chạy, chỉ 1 chờ",
     "the clock of '{}' does not fit its national_state: only 5 and 6 pause, only 2 and 4 run, only 1 waits"},
    {"extend_due_malformed", "gia hạn (extend_due) chỉ ở trạng thái đang chạy, 'to: $same', cần reason và due_on: '{}'",
     "extend_due belongs to a running state, with 'to: $same', and requires reason and due_on: '{}'"},
    {"final_clock_not_stopped", "trạng thái cuối '{}' phải có clock: stopped", "final state '{}' must have clock: stopped"},
    {"holder_missing", "trạng thái '{}' phải nêu người giữ (holder)", "state '{}' must name its holder"},
    {"holder_malformed", "holder phải là applicant hoặc {role, unit}", "holder must be applicant or {role, unit}"},
    {"holder_unit_unknown", "không có đơn vị giữ '{}' (desk, handling, authority, department)",
     "there is no holder unit '{}' (desk, handling, authority, department)"},
    {"role_unknown", "không có vai trò '{}'", "there is no role '{}'"},
    {"time_limit_malformed", "thời hạn không đúng dạng", "the time limit is malformed"},
    {"consult_malformed", "số ngày xin ý kiến không đúng: default_days từ 1, days_max không nhỏ hơn và không quá 365", "the days of an opinion are wrong: default_days from 1, days_max no less and at most 365"},
    {"consult_not_running", "chỉ xin ý kiến được ở bước cán bộ giữ và thời hạn đang chạy", "opinions are asked only in a step held by officers while the clock runs"},
    {"action_unknown", "không có hành động '{}'", "there is no action '{}'"},
    {"input_unknown", "không có thông tin yêu cầu '{}'", "there is no input '{}'"},
    {"effect_unknown", "không có hiệu lực '{}'", "there is no effect '{}'"},
    {"transition_repeated", "bước chuyển lặp lại: {}", "the transition is repeated: {}"},
    {"back_without_before", "$back từ '{}' nhưng không có bước nào đi vào", "$back from '{}', which nothing leads to"},
    {"pause_clock_missing", "đi vào '{}' phải có hiệu lực pause_clock", "entering '{}' needs effect pause_clock"},
    {"resume_clock_missing", "rời trạng thái tạm dừng tới '{}' phải có resume_clock", "leaving a pause to '{}' needs effect resume_clock"},
    {"start_clock_missing", "đi vào '{}' phải có hiệu lực start_clock", "entering '{}' needs effect start_clock"},
    {"stop_clock_missing", "đi vào '{}' phải có hiệu lực stop_clock", "entering '{}' needs effect stop_clock"},
    {"pause_clock_not_paused", "pause_clock nhưng '{}' không phải trạng thái tạm dừng", "pause_clock, but '{}' is not paused"},
    {"resume_clock_not_paused", "resume_clock nhưng '{}' không phải trạng thái tạm dừng", "resume_clock, but '{}' is not paused"},
    // references
    {"form_unknown", "không có biểu mẫu '{}'", "there is no form '{}'"},
    {"workflow_unknown", "không có quy trình '{}'", "there is no workflow '{}'"},
    {"print_unknown", "không có mẫu in '{}'", "there is no print template '{}'"},
    {"print_field_unknown", "mẫu in dùng '{}' nhưng biểu mẫu của thủ tục không có trường này",
     "the template uses '{}', which the procedure's form does not have"},
    {"unit_unknown", "không có đơn vị '{}' trong units.yaml", "there is no unit '{}' in units.yaml"},
    {"unit_suffix_unknown", "có xã, phường không có đơn vị mang đuôi mã '{}'", "some communes have no unit with suffix '{}'"},
    {"units_handling_missing", "quy trình cần đơn vị xử lý: nêu units.handling", "the workflow has a handling unit: name units.handling"},
    {"units_department_missing", "quy trình cần đơn vị cấp sở: nêu units.department", "the workflow has a department: name units.department"},
    {"collect_fee_not_financial", "hiệu ứng collect_fee phải vào trạng thái quốc gia 6, không phải '{}'", "the effect collect_fee leads into national state 6, not '{}'"},
    {"fee_amount_missing", "mỗi khoản phí có hoặc amount_vnd hoặc tiers", "a fee has either amount_vnd or tiers"},
    {"fee_tiers_incomplete", "tiers đi cùng tier_field", "tiers go with tier_field"},
    {"joint_has_own", "thủ tục liên thông không có '{}' của riêng mình: các phần có", "a joint procedure has no '{}' of its own: its parts have"},
    {"joint_first_elsewhere", "phần đầu '{}' phải ở xã, phường nơi nộp và không chờ phần nào", "the first part '{}' is at the commune it is filed with and waits for nothing"},
    {"part_unknown", "không có phần '{}' đứng trước phần này", "no earlier part is called '{}'"},
    {"part_waits_for_nothing", "phần '{}' nhận kết quả (result) nhưng không chờ phần nào (waits_for)", "part '{}' takes a result but waits for nothing"},
    {"part_procedure_unknown", "không có thủ tục '{}' được cấu hình làm phần của liên thông", "no procedure '{}' is configured that could be a part"},
    {"part_paper_unknown", "không có thành phần hồ sơ '{}'", "there is no paper '{}'"},
    {"part_workflow_unfit", "quy trình '{}' phải có 'accept' từ trạng thái đầu và trạng thái cuối có national_state 8", "workflow '{}' needs 'accept' from its initial state and a final state of national_state 8"},
    {"channel_repeated", "kênh '{}' lặp lại", "channel '{}' is repeated"},
    {"username_repeated", "tài khoản '{}' lặp lại", "account '{}' is repeated"},
    {"template_invalid", "{}", "{}"},
};

std::string WithWord(std::string_view pattern, std::string_view word) {
  std::string out(pattern);
  // The first {} only: "{role, unit}" in a text is not a place for the word.
  if (const size_t at = out.find("{}"); at != out.npos) out.replace(at, 2, word);
  return out;
}

}  // namespace

Problem MakeProblem(std::string file, int line, std::string_view reason, std::string_view word) {
  for (const auto& m : kMessages) {
    if (m.reason == reason) return {std::move(file), line, WithWord(m.vi, word), WithWord(m.en, word)};
  }
  const std::string text = std::string(reason) + (word.empty() ? "" : ": " + std::string(word));
  return {std::move(file), line, text, text};
}

bool HasMessage(std::string_view reason) {
  for (const auto& m : kMessages) {
    if (m.reason == reason) return true;
  }
  return false;
}

}  // namespace tinhso::packs
