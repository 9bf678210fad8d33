#include "demo_people.h"

#include <algorithm>

#include "base/text.h"

namespace tinhso::dossiers {

namespace {

// The common names more than once: about as often as they are met.
const char* const kSurnames[] = {"Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Lê", "Lê", "Phạm", "Huỳnh", "Huỳnh",
                                 "Võ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Trương", "Lâm", "Phan", "Châu", "Danh", "Thạch", "Mai", "Tô", "Quách", "Tăng"};
const char* const kMaleMiddles[] = {"Văn", "Văn", "Văn", "Minh", "Hữu", "Quốc", "Thanh", "Chí", "Trung", "Hoàng", "Đức", "Công", "Tấn", "Nhật", "Gia"};
const char* const kMaleGivens[] = {"Hùng", "Tâm", "Cường", "Nghĩa", "Sơn", "Lợi", "Hải", "Kiên", "Nam", "Phúc", "Bình", "Dũng", "Đạt", "Giang", "Hiếu", "Khánh",
                                   "Lâm", "Long", "Mẫn", "Nhân", "Phát", "Quang", "Tài", "Thắng", "Tín", "Toàn", "Trí", "Út", "Vinh", "Vũ"};
const char* const kFemaleMiddles[] = {"Thị", "Thị", "Thị", "Thị Mỹ", "Thị Thu", "Ngọc", "Kim", "Bích", "Như", "Cẩm", "Hồng", "Thanh", "Phương", "Thùy", "Tuyết"};
const char* const kFemaleGivens[] = {"Lan", "Hạnh", "Diễm", "Hồng", "Ngân", "Thủy", "Trâm", "Út", "Ý", "Tú", "Anh", "Chi", "Dung", "Giang", "Hà", "Hiền",
                                     "Huệ", "Hương", "Linh", "Loan", "Mai", "Nga", "Nhi", "Oanh", "Phượng", "Quyên", "Thảo", "Trang", "Vân", "Yến"};
const char* const kStreets[] = {"Nguyễn Trãi", "Trần Hưng Đạo", "Lý Thường Kiệt", "Hùng Vương", "Lê Lợi", "Quang Trung", "Ngô Quyền", "Nguyễn Tất Thành",
                                "Lý Bôn", "Phan Bội Châu", "Nguyễn Huệ", "Đề Thám", "Lê Duẩn", "30 Tháng 4", "Võ Văn Kiệt", "Trần Phú"};

struct Example {
  const char* word;  // of the folded label
  std::vector<const char*> texts;
};

// What people write, by a word of the label; the first that fits.
const std::vector<Example>& Examples() {
  static const std::vector<Example> kExamples = {
      {"dan toc", {"Kinh", "Kinh", "Kinh", "Khmer", "Hoa"}},
      {"quoc tich", {"Việt Nam"}},
      {"quan he", {"Con", "Vợ", "Chồng", "Em ruột", "Cháu nội"}},
      {"muc dich", {"Bổ túc hồ sơ xin việc", "Làm thủ tục nhập học cho con", "Vay vốn sản xuất", "Nhà ở"}},
      {"ly do", {"Thông tin trên giấy tờ chưa thống nhất, đề nghị điều chỉnh cho đúng", "Gia đình có nhu cầu, kính mong được xem xét",
                 "Hoàn cảnh gia đình khó khăn, không có thu nhập ổn định"}},
      {"nguyen nhan", {"Tuổi già", "Bệnh tim mạch", "Tai nạn giao thông"}},
      {"ngan hang", {"Nông nghiệp và Phát triển Nông thôn", "Chính sách xã hội", "Công thương"}},
      {"ten ho kinh doanh", {"Hộ kinh doanh Minh Tâm", "Hộ kinh doanh Tạp hóa Út Lan", "Hộ kinh doanh Vật tư Thanh Sơn"}},
      {"nganh nghe", {"4711 - Bán lẻ lương thực, thực phẩm, đồ uống trong cửa hàng tổng hợp", "5610 - Nhà hàng, quán ăn", "0322 - Nuôi trồng thủy sản nội địa"}},
      {"nghe nghiep", {"Làm ruộng", "Nuôi tôm", "Buôn bán nhỏ", "Công nhân"}},
      {"loai dat", {"Đất nuôi trồng thủy sản", "Đất trồng cây lâu năm"}},
      {"tai san", {"Nhà cấp 4", "Quyền sử dụng đất 500 m²"}},
      {"thua dat", {"125", "78", "342", "1206"}},
      {"to ban do", {"5", "12", "27"}},
      {"giay chung nhan", {"CM 123456, cấp ngày 10/5/2018", "BT 765432, cấp ngày 22/11/2014"}},
      {"ngay cap", {"Số 45, ngày 12/5/2023, Ủy ban nhân dân xã", "Số 218, ngày 03/10/2022, Ủy ban nhân dân phường"}},
      {"quyet dinh", {"Số 45/QĐ, ngày 06/6/2023"}},
      {"hop dong", {"Số 1021, ngày 15/3/2025, văn phòng công chứng"}},
      {"trich luc", {"Số 17/TLKT, ngày 20/02/2025"}},
      {"ten tau", {"Thuận Phát 01", "Hải Long 36"}},
      {"may", {"Yanmar 6CH", "Cummins NTA855", "1208457"}},
      {"giay to van ban", {"Bằng tốt nghiệp đại học", "Giấy khai sinh", "Sổ hộ khẩu", "Giấy ủy quyền"}},
      {"co quan", {"Ủy ban nhân dân phường", "Trường đại học"}},
      {"thong tin", {"Ngày sinh", "Tên đệm"}},
      {"noi dung", {"Nguyễn Văn Hùng", "12/5/1980"}},
      {"qua trinh", {"Gia đình khai phá và sử dụng ổn định từ năm 1988 đến nay, không tranh chấp"}},
      {"hoan canh", {"Sống một mình, không có lương hưu, con ở xa"}},
      {"hien trang", {"Nhà một tầng, tường gạch, mái tôn, xây năm 2009"}},
      {"bien co", {"Nhà bị tốc mái do giông lốc"}},
      {"noi dong", {"Cơ sở đóng tàu tại địa phương"}},
      {"chung chi", {"HCM-00012345", "CAM-00004567"}},
      {"so hieu", {"123/2024"}},
      {"so quyen", {"Số 123, quyển 01/2019"}},
      {"so ngay", {"Số 123, ngày 05/9/2019, Ủy ban nhân dân xã"}},
      {"thoi gian cu tru", {"Từ ngày 12/3/2015 đến nay"}},
      {"giai quyet", {"Đề nghị cấp lại giấy tờ đã mất và xác nhận thông tin theo hồ sơ đang lưu"}},
      {"ten co so", {"Bệnh viện đa khoa khu vực", "Trạm y tế xã"}},
      {"que quan", {"Theo quê quán của cha"}},
  };
  return kExamples;
}

std::string Word(const json::object& field, std::string_view key) { return json::GetText(field, key); }

std::string VietnameseOf(const json::object& field, std::string_view key) {
  const json::value* text = field.if_contains(key);
  return text != nullptr && text->is_object() ? json::GetText(text->as_object(), "vi") : std::string();
}

bool FlagOf(const json::object& field, std::string_view key) {
  const json::value* flag = field.if_contains(key);
  return flag != nullptr && flag->is_bool() && flag->as_bool();
}

double NumberOf(const json::object& field, std::string_view key, double fallback) {
  const json::value* v = field.if_contains(key);
  return v != nullptr && v->is_number() ? v->to_number<double>() : fallback;
}

bool Holds(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) { return text.find(word) != std::string::npos; });
}

json::object PersonAnswer(const identity::Person& p) {
  return {{"full_name", p.full_name}, {"personal_no", p.personal_no}, {"birth_on", p.birth_on}, {"sex", p.sex}};
}

class Filler {
 public:
  Filler(const identity::Person& person, const People& people, Dice& dice, Date today)
      : person_(person), people_(people), dice_(dice), today_(today) {}

  // `outer`: the answers around a row of a repeat, which its conditions may look at.
  void Fill(const json::array& fields, json::object& answers, const json::object& outer) {
    for (const json::value& v : fields) {
      const json::object& field = v.as_object();
      const json::value* when = field.if_contains("when");
      if (when != nullptr && when->is_object() && !ShownIn(*when, answers, outer)) continue;
      // People leave out a part of what they may leave out.
      if (!FlagOf(field, "required") && dice_.Once(3)) continue;
      json::value value = Value(field, outer.empty() ? answers : outer);
      if (!value.is_null()) answers[Word(field, "id")] = std::move(value);
    }
  }

 private:
  static bool ShownIn(const json::value& when, const json::object& answers, const json::object& outer) {
    if (outer.empty()) return forms::Form::Holds(when, answers);
    json::object all = outer;
    for (const auto& member : answers) all[member.key()] = member.value();
    return forms::Form::Holds(when, all);
  }

  json::value Value(const json::object& field, const json::object& outer) {
    const std::string type = Word(field, "type"), prefill = Word(field, "prefill");
    if (prefill == "person.full_name") return json::value(person_.full_name);
    if (prefill == "person.personal_no" || type == "personal_no") return json::value(person_.personal_no);
    if (prefill == "person.birth_on") return json::value(person_.birth_on);
    if (prefill == "person.sex") return json::value(person_.sex);
    if (prefill == "person.phone" || type == "phone") return json::value(person_.phone);
    if (type == "number" || type == "money") return Number(field, type == "money");
    if (type == "date") return json::value(FormatDate(Day(field)));
    if (type == "choice" || type == "choices") return Choice(field, type == "choices");
    if (type == "yes_no") return json::value(dice_.Once(3));
    if (type == "email") return json::value("nguoi.dan" + std::to_string(dice_.Below(100'000)) + "@example.vn");
    if (type == "address") return json::object{{"area_code", person_.area_code}, {"detail", person_.address.substr(0, person_.address.rfind(','))}};
    if (type == "person") return Person(field, prefill);
    if (type == "text" || type == "textarea") return json::value(Text(field, type == "textarea"));
    if (type == "repeat") return Rows(field, outer);
    return nullptr;  // a note asks nothing; the demo has no files
  }

  json::value Number(const json::object& field, bool money) {
    const double low = std::max(NumberOf(field, "min", 1), 0.0), high = NumberOf(field, "max", 1e12);
    if (money) return json::value(std::max<int64_t>(static_cast<int64_t>(low), (1 + dice_.Below(500)) * 1'000'000));
    if (low >= 1900) return json::value(std::max<int64_t>(static_cast<int64_t>(low), today_.year - 1 - dice_.Below(30)));  // a year
    const int64_t first = static_cast<int64_t>(low) + (low > static_cast<double>(static_cast<int64_t>(low)) ? 1 : 0);
    const int64_t spread = high >= 1'000 ? 300 : high >= 30 ? 10 : 3;
    return json::value(std::min(first + dice_.Below(spread), static_cast<int64_t>(high)));
  }

  Date Day(const json::object& field) {
    Date day = FlagOf(field, "past") ? AddDays(today_, -3 - static_cast<int>(dice_.Below(1'500))) : AddDays(today_, 7 + static_cast<int>(dice_.Below(60)));
    if (auto low = ParseDate(Word(field, "min")); low.ok()) day = std::max(day, *low);
    if (auto high = ParseDate(Word(field, "max")); high.ok()) day = std::min(day, *high);
    return day;
  }

  json::value Choice(const json::object& field, bool several) {
    const json::value* options = field.if_contains("options");
    if (options == nullptr || !options->is_array() || options->as_array().empty()) return nullptr;
    const json::array& list = options->as_array();
    const size_t first = static_cast<size_t>(dice_.Below(static_cast<int64_t>(list.size())));
    auto value_of = [&](size_t i) { return list[i].is_object() ? json::value(Word(list[i].as_object(), "value")) : list[i]; };
    if (!several) return value_of(first);
    json::array chosen;
    const size_t count = std::min<size_t>(list.size(), static_cast<size_t>(NumberOf(field, "count_min", 1)));
    for (size_t i = 0; i < std::max<size_t>(count, 1); ++i) chosen.push_back(value_of((first + i) % list.size()));
    return chosen;
  }

  json::value Person(const json::object& field, const std::string& prefill) {
    if (prefill == "person") return PersonAnswer(person_);
    const std::string id = Word(field, "id"), label = text::Fold(VietnameseOf(field, "label"));
    if (Holds(id, {"wife", "mother"}) || Holds(label, {"nguoi me"})) return PersonAnswer(people_.Make(dice_, "female"));
    if (Holds(id, {"husband", "father"}) || Holds(label, {"nguoi cha"})) return PersonAnswer(people_.Make(dice_, "male"));
    return PersonAnswer(people_.Make(dice_));
  }

  std::string Text(const json::object& field, bool area) {
    const std::string pattern = Word(field, "pattern");
    if (pattern.starts_with("[0-9]")) return std::to_string(1'000'000'000 + dice_.Below(9'000'000'000));
    const std::string label = text::Fold(VietnameseOf(field, "label"));
    if (!pattern.empty() || Holds(label, {"ho chu dem ten", "chu tai khoan", "ten nguoi", "thiet ke"}))
      return people_.Make(dice_).full_name;
    const size_t length_max = static_cast<size_t>(NumberOf(field, "length_max", area ? 2'000 : 200));
    for (const Example& example : Examples()) {
      if (label.find(example.word) == std::string::npos) continue;
      std::string text = example.texts[static_cast<size_t>(dice_.Below(static_cast<int64_t>(example.texts.size())))];
      if (text::Length(text) <= length_max) return text;
    }
    if (std::string example = FromHint(VietnameseOf(field, "hint")); !example.empty() && text::Length(example) <= length_max) return example;
    return area ? "Kính đề nghị xem xét, giải quyết theo quy định." : "Theo giấy tờ kèm theo";
  }

  // "Ví dụ: ngày sinh, tên đệm" → one of them.
  std::string FromHint(const std::string& hint) {
    static constexpr std::string_view kMark = "Ví dụ: ";
    if (!hint.starts_with(kMark)) return "";
    std::vector<std::string> parts;
    for (size_t at = kMark.size(); at <= hint.size();) {
      const size_t end = std::min(hint.find(", ", at), hint.size());
      parts.push_back(hint.substr(at, end - at));
      at = end + 2;
    }
    return parts[static_cast<size_t>(dice_.Below(static_cast<int64_t>(parts.size())))];
  }

  json::value Rows(const json::object& field, const json::object& outer) {
    const json::value* fields = field.if_contains("fields");
    if (fields == nullptr || !fields->is_array()) return nullptr;
    const int64_t count = std::max<int64_t>(json::GetInt(field, "count_min", 0), 1);
    json::array rows;
    for (int64_t i = 0; i < count; ++i) {
      json::object row;
      Fill(fields->as_array(), row, outer);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  const identity::Person& person_;
  const People& people_;
  Dice& dice_;
  const Date today_;
};

}  // namespace

uint64_t Dice::Next() {
  uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::vector<std::pair<std::string, int64_t>> MakeAnswers(const QuestionSet& set, bool pleased, Dice& dice) {
  std::vector<std::pair<std::string, int64_t>> answers;
  for (const Question& q : set.questions) {
    if (!q.overall && dice.Once(6)) continue;
    // Levels go from the best; who is not pleased overall still finds some things good.
    const int64_t levels = static_cast<int64_t>(q.levels.size());
    const bool good = q.overall ? pleased : pleased ? !dice.Once(20) : dice.Once(2);
    answers.emplace_back(q.id, q.levels[static_cast<size_t>(good ? dice.Below(levels - 1) : levels - 1)].value);
  }
  return answers;
}

People::People(const orgs::Snapshot& units) : communes_(units.OfKind("commune")) {
  // Wards first: the plan makes the first ones busy.
  std::stable_partition(communes_.begin(), communes_.end(),
                        [](const orgs::Unit* unit) { return unit->short_name.starts_with("Phường"); });
  const auto provinces = units.OfKind("province");
  const std::string code = provinces.empty() ? "" : provinces[0]->area_code;
  province_digits_ = (code.empty() ? std::string("1") : code);
  province_digits_.insert(0, 3 - std::min<size_t>(province_digits_.size(), 3), '0');
}

identity::Person People::Make(Dice& dice, std::string_view sex) const {
  identity::Person p;
  const bool female = sex.empty() ? dice.Below(2) == 1 : sex == "female";
  const int year = 1950 + static_cast<int>(dice.Below(55));
  p.full_name = std::string(dice.Pick(kSurnames)) + " " + (female ? dice.Pick(kFemaleMiddles) : dice.Pick(kMaleMiddles)) + " " +
                (female ? dice.Pick(kFemaleGivens) : dice.Pick(kMaleGivens));
  p.sex = female ? "female" : "male";
  p.birth_on = FormatDate({year, 1 + static_cast<int>(dice.Below(12)), 1 + static_cast<int>(dice.Below(28))});
  char number[16];
  std::snprintf(number, sizeof number, "%d%02d%06d", (year >= 2000 ? 2 : 0) + (female ? 1 : 0), year % 100,
                static_cast<int>(dice.Below(1'000'000)));
  p.personal_no = province_digits_ + number;
  char phone[16];
  std::snprintf(phone, sizeof phone, "09%08d", static_cast<int>(dice.Below(100'000'000)));
  p.phone = phone;
  const orgs::Unit& commune = *communes_[static_cast<size_t>(dice.Below(static_cast<int64_t>(communes_.size())))];
  p.area_code = commune.area_code;
  p.address = commune.short_name.starts_with("Phường")
                  ? "Số " + std::to_string(1 + dice.Below(300)) + " đường " + dice.Pick(kStreets) + ", khóm " + std::to_string(1 + dice.Below(9))
                  : "Số " + std::to_string(1 + dice.Below(300)) + ", ấp " + std::to_string(1 + dice.Below(12));
  p.address += ", " + commune.short_name;
  return p;
}

std::string OfficerName(uint64_t seed) {
  Dice dice(seed);
  const bool female = dice.Below(2) == 1;
  return std::string(dice.Pick(kSurnames)) + " " + (female ? dice.Pick(kFemaleMiddles) : dice.Pick(kMaleMiddles)) + " " +
         (female ? dice.Pick(kFemaleGivens) : dice.Pick(kMaleGivens));
}

json::object FillAnswers(const forms::Form& form, const identity::Person& person, const People& people, Dice& dice, Date today) {
  json::object answers;
  Filler filler(person, people, dice, today);
  const json::value* groups = form.definition().if_contains("groups");
  if (groups == nullptr || !groups->is_array()) return answers;
  for (const json::value& group : groups->as_array())
    if (const json::value* fields = group.as_object().if_contains("fields")) filler.Fill(fields->as_array(), answers, {});
  return answers;
}

}  // namespace tinhso::dossiers
