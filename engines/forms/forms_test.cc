#include "engines/forms/forms.h"

#include <gtest/gtest.h>

namespace tinhso::forms {
namespace {

json::value J(std::string_view text) { return boost::json::parse(boost::json::string_view(text.data(), text.size())); }

// A form of one group with these fields (JSON texts).
json::value FormWith(std::string_view fields) {
  return J(R"({"form":"test","version":3,"title":{"vi":"Thử","en":"Test"},"groups":[{"id":"one","title":{"vi":"Một","en":"One"},"fields":[)" +
           std::string(fields) + "]}]}");
}

std::string Field(std::string_view rest) { return R"({"label":{"vi":"Nhãn","en":"Label"},)" + std::string(rest) + "}"; }

// The first problem as "pointer reason".
std::string ProblemOf(const json::value& definition) {
  auto form = Form::FromJson(definition);
  if (form.ok()) return "";
  EXPECT_EQ(form.error().reason, "form_invalid");
  return form.error().fields.front().pointer + " " + form.error().fields.front().reason;
}

Context Today() {
  Context context;
  context.today = {2026, 11, 23};
  context.area_name = [](std::string_view code) { return "phường An Xuyên, tỉnh Cà Mau (" + std::string(code) + ")"; };
  return context;
}

TEST(FormParseTest, MistakesOfAnAuthorAreNamedWithTheirPlace) {
  struct Case {
    std::string fields, problem;
  };
  const Case cases[] = {
      {Field(R"("id":"a","type":"text")"), ""},
      {Field(R"("id":"A","type":"text")"), "/groups/0/fields/0/id id_malformed"},
      {Field(R"("id":"a-b","type":"text")"), "/groups/0/fields/0/id id_malformed"},
      {Field(R"("id":"a","type":"colour")"), "/groups/0/fields/0/type field_type_unknown"},
      {Field(R"("id":"a","type":"text")") + "," + Field(R"("id":"a","type":"date")"), "/groups/0/fields/1/id id_repeated"},
      {R"({"id":"a","type":"text"})", "/groups/0/fields/0 member_missing"},
      {R"({"id":"a","type":"text","label":{"en":"Only"}})", "/groups/0/fields/0/label text_vi_missing"},
      {Field(R"("id":"a","type":"text","past":true)"), "/groups/0/fields/0/past key_not_for_type"},
      {Field(R"("id":"a","type":"text","requird":true)"), "/groups/0/fields/0/requird key_not_for_type"},
      {Field(R"("id":"a","type":"text","required":"yes")"), "/groups/0/fields/0/required not_a_yes_no"},
      {Field(R"("id":"a","type":"text","length_max":0)"), "/groups/0/fields/0/length_max number_out_of_range"},
      {Field(R"("id":"a","type":"text","length_min":9,"length_max":3)"), "/groups/0/fields/0/length_min number_out_of_range"},
      {Field(R"("id":"a","type":"text","pattern":"[")"), "/groups/0/fields/0/pattern pattern_malformed"},
      {Field(R"("id":"a","type":"text","pattern":"(a)\\1")"), "/groups/0/fields/0/pattern pattern_malformed"},
      {Field(R"("id":"a","type":"number","min":5,"max":3)"), "/groups/0/fields/0/min min_over_max"},
      {Field(R"("id":"a","type":"number","decimals":5)"), "/groups/0/fields/0/decimals number_out_of_range"},
      {Field(R"("id":"a","type":"date","min":"1/1/2026")"), "/groups/0/fields/0/min date_malformed"},
      {Field(R"("id":"a","type":"choice")"), "/groups/0/fields/0 options_missing"},
      {Field(R"("id":"a","type":"choice","options":[{"value":"x","label":{"vi":"X"}},{"value":"x","label":{"vi":"X"}}])"),
       "/groups/0/fields/0/options/1/value option_repeated"},
      {Field(R"("id":"a","type":"choice","options":[{"value":1,"label":{"vi":"X"}}])"), "/groups/0/fields/0/options/0/value option_value_malformed"},
      {Field(R"("id":"a","type":"text","prefill":"person.salary")"), "/groups/0/fields/0/prefill prefill_unknown"},
      {Field(R"("id":"a","type":"text","when":{"field":"b","equals":1})"), "/groups/0/fields/0/when/field condition_field_unknown"},
      {Field(R"("id":"a","type":"text","when":{"all":[{"field":"b","present":true}]})"),
       "/groups/0/fields/0/when/all/0/field condition_field_unknown"},
      {Field(R"("id":"a","type":"text","when":{"field":"a"})"), "/groups/0/fields/0/when condition_malformed"},
      {Field(R"("id":"a","type":"text","when":{"field":"a","equals":1,"present":true})"), "/groups/0/fields/0/when condition_malformed"},
      {Field(R"("id":"a","type":"text","when":true)"), "/groups/0/fields/0/when condition_malformed"},
      {Field(R"("id":"k","type":"yes_no")") + "," + Field(R"("id":"a","type":"text","when":{"field":"k","equals":"true"})"),
       "/groups/0/fields/1/when/equals condition_value_unknown"},
      {Field(R"("id":"k","type":"choice","options":[{"value":"x","label":{"vi":"X"}}])") + "," +
           Field(R"("id":"a","type":"text","when":{"field":"k","in":["x","y"]})"),
       "/groups/0/fields/1/when/in/1 condition_value_unknown"},
      {Field(R"("id":"a","type":"personal_no","birth_field":"b")"), "/groups/0/fields/0/birth_field condition_field_unknown"},
      {Field(R"("id":"r","type":"repeat","fields":[{"id":"x","type":"repeat","label":{"vi":"X"},"fields":[]}])"),
       "/groups/0/fields/0/fields/0/type repeat_nested"},
      {Field(R"("id":"r","type":"repeat")"), "/groups/0/fields/0 fields_missing"},
      {Field(R"("id":"r","type":"repeat","fields":[{"id":"x","type":"text","label":{"vi":"X"},"prefill":"person.phone"}])"),
       "/groups/0/fields/0/fields/0/prefill prefill_unknown"},
  };
  for (const auto& c : cases) EXPECT_EQ(ProblemOf(FormWith(c.fields)), c.problem) << c.fields;
  EXPECT_EQ(ProblemOf(J("[]")), " not_an_object");
  EXPECT_EQ(ProblemOf(J(R"({"form":"x","version":1,"title":{"vi":"T"},"groups":[]})")), "/groups groups_missing");
  EXPECT_EQ(ProblemOf(J(R"({"form":"x","version":0,"title":{"vi":"T"},"groups":[]})")), "/version version_malformed");
}

// A form that a browser cannot show and a person cannot fill is a mistake, not a big form.
TEST(FormParseTest, ThreeHundredFieldsAreTheLimit) {
  std::string fields;
  for (int i = 0; i < 300; ++i) fields += (i ? "," : "") + Field(R"("id":"f)" + std::to_string(i) + R"(","type":"text")");
  EXPECT_EQ(ProblemOf(FormWith(fields)), "");
  EXPECT_EQ(ProblemOf(FormWith(fields + "," + Field(R"("id":"g","type":"text")"))), "/groups/0/fields/300 too_many_fields");
}

// Hostile answers must not make the list of errors itself the attack.
TEST(FormValidateTest, AtMostAHundredErrorsAreReported) {
  auto form = Form::FromJson(FormWith(Field(R"("id":"a","type":"text")")));
  json::object answers;
  for (int i = 0; i < 5000; ++i) answers["x" + std::to_string(i)] = 1;
  auto checked = form->Validate(answers, Today());
  ASSERT_FALSE(checked.ok());
  EXPECT_EQ(checked.error().fields.size(), 100u);
}

TEST(FormValidateTest, TextsStayOnOneLineUnlessTheFieldIsATextarea) {
  auto form = Form::FromJson(FormWith(Field(R"("id":"a","type":"text")") + "," + Field(R"("id":"b","type":"textarea")")));
  auto checked = form->Validate(J(R"({"a":"x\ny\tz","b":"x\ny"})").as_object(), Today());
  ASSERT_TRUE(checked.ok());
  EXPECT_EQ(json::GetText(*checked, "a"), "x y z");
  EXPECT_EQ(json::GetText(*checked, "b"), "x\ny");
}

const char* kDescribed =
    R"({"id":"name","type":"text","label":{"vi":"Họ tên","en":"Name"},"prefill":"person.full_name"},
       {"id":"born","type":"date","label":{"vi":"Ngày sinh","en":"Born"},"prefill":"person.birth_on"},
       {"id":"sex","type":"choice","label":{"vi":"Giới tính","en":"Sex"},"prefill":"person.sex",
        "options":[{"value":"male","label":{"vi":"Nam","en":"Male"}},{"value":"female","label":{"vi":"Nữ","en":"Female"}}]},
       {"id":"lines","type":"choices","label":{"vi":"Ngành nghề","en":"Lines"},
        "options":[{"value":"a","label":{"vi":"Ăn uống","en":"Food"}},{"value":"b","label":{"vi":"Sửa chữa","en":"Repair"}}]},
       {"id":"capital","type":"money","label":{"vi":"Vốn","en":"Capital"}},
       {"id":"area","type":"number","decimals":2,"unit":"m²","label":{"vi":"Diện tích","en":"Area"}},
       {"id":"ready","type":"yes_no","label":{"vi":"Đã xong","en":"Ready"}},
       {"id":"place","type":"address","label":{"vi":"Nơi ở","en":"Residence"},"prefill":"person.address"},
       {"id":"owner","type":"person","label":{"vi":"Chủ hộ","en":"Owner"},"prefill":"person"},
       {"id":"hidden","type":"text","label":{"vi":"Ẩn","en":"Hidden"},"when":{"field":"ready","equals":false}},
       {"id":"members","type":"repeat","label":{"vi":"Thành viên","en":"Members"},"fields":[
         {"id":"full_name","type":"text","label":{"vi":"Tên","en":"Name"}},
         {"id":"born_on","type":"date","label":{"vi":"Sinh ngày","en":"Born on"}}]},
       {"id":"help","type":"note","text":{"vi":"Chú ý","en":"Note"}},
       {"id":"mail","type":"email","label":{"vi":"Thư","en":"Mail"},"prefill":"person.email"})";

const char* kAnswers =
    R"({"name":"Lê Văn Tư","born":"1990-02-01","sex":"male","lines":["b","a"],"capital":5000000000,"area":1072.5,"ready":true,
        "place":{"area_code":"31999","detail":"số 12, ấp 3"},
        "owner":{"full_name":"Trần Thị Bé","personal_no":"096190001234","birth_on":"1990-05-06","sex":"female"},
        "members":[{"full_name":"A","born_on":"2020-01-02"},{"full_name":"B"}]})";

TEST(FormTextTest, PrintTextsAreWrittenTheWayOfficialPapersAre) {
  auto form = Form::FromJson(FormWith(kDescribed));
  ASSERT_TRUE(form.ok()) << form.error().detail;
  auto texts = form->TextOf(J(kAnswers).as_object(), Today());
  EXPECT_EQ(json::GetText(texts, "born"), "01/02/1990");
  EXPECT_EQ(json::GetText(texts, "sex"), "Nam");
  EXPECT_EQ(json::GetText(texts, "lines"), "Sửa chữa; Ăn uống");
  EXPECT_EQ(json::GetText(texts, "capital"), "5.000.000.000 đồng");
  EXPECT_EQ(json::GetText(texts, "area"), "1.072,5 m²");
  EXPECT_EQ(json::GetText(texts, "ready"), "Có");
  EXPECT_EQ(json::GetText(texts, "place"), "số 12, ấp 3, phường An Xuyên, tỉnh Cà Mau (31999)");
  EXPECT_EQ(json::GetText(texts, "owner"), "Trần Thị Bé, sinh ngày 06/05/1990, giới tính Nữ, số định danh 096190001234");
  EXPECT_EQ(json::GetText(texts, "mail"), "");
  EXPECT_FALSE(texts.contains("hidden"));
  EXPECT_FALSE(texts.contains("help"));
  EXPECT_EQ(json::serialize(texts.at("members")),
            R"([{"no":1,"full_name":"A","born_on":"02/01/2020"},{"no":2,"full_name":"B","born_on":""}])");
}

TEST(FormTextTest, SummaryFollowsTheFormInBothLanguages) {
  auto form = Form::FromJson(FormWith(kDescribed));
  auto vi = form->Describe(J(kAnswers).as_object(), "vi", Today());
  auto en = form->Describe(J(kAnswers).as_object(), "en", Today());
  ASSERT_EQ(vi.size(), 1u);
  const auto& items = en[0].as_object().at("items").as_array();
  // 13 fields less the hidden one and the note.
  ASSERT_EQ(items.size(), 11u);
  EXPECT_EQ(json::GetText(vi[0].as_object(), "title"), "Một");
  EXPECT_EQ(json::GetText(items[1].as_object(), "label"), "Born");
  EXPECT_EQ(json::GetText(items[1].as_object(), "value"), "1 February 1990");
  EXPECT_EQ(json::GetText(items[4].as_object(), "value"), "5,000,000,000 VND");
  EXPECT_EQ(json::GetText(items[5].as_object(), "value"), "1,072.5 m²");
  const auto& members = vi[0].as_object().at("items").as_array()[9].as_object();
  EXPECT_EQ(json::GetText(members, "value"), "1. Tên: A; Sinh ngày: 02/01/2020\n2. Tên: B");
  EXPECT_EQ(members.at("rows").as_array().size(), 2u);
}

TEST(FormPrefillTest, OnlyWhatFitsIsFilledAndItsSourceIsNamed) {
  auto form = Form::FromJson(FormWith(kDescribed));
  auto filled = form->Prefill(J(R"({"person":{"full_name":"Lê Văn Tư","personal_no":"096090001234","birth_on":"1990-02-01","sex":"male",
      "phone":"0912345678","email":"","address":"ấp 3","area_code":"31999"}})").as_object());
  EXPECT_EQ(json::serialize(filled.at("name")), R"({"value":"Lê Văn Tư","source":"person.full_name"})");
  EXPECT_EQ(json::serialize(filled.at("sex").as_object().at("value")), R"("male")");
  EXPECT_EQ(json::serialize(filled.at("place").as_object().at("value")), R"({"area_code":"31999","detail":"ấp 3"})");
  EXPECT_EQ(json::GetText(filled.at("owner").as_object().at("value").as_object(), "personal_no"), "096090001234");
  EXPECT_FALSE(filled.contains("mail"));
  auto strange = form->Prefill(J(R"({"person":{"full_name":5,"sex":"unknown","birth_on":"hôm qua","address":"ấp 3"}})").as_object());
  EXPECT_TRUE(strange.empty()) << json::serialize(strange);
  EXPECT_TRUE(form->Prefill({}).empty());
}

TEST(FormConditionTest, ConditionsOfPapersAreHeldToTheForm) {
  auto form = Form::FromJson(FormWith(kDescribed));
  EXPECT_TRUE(form->CheckCondition(J(R"({"any":[{"field":"ready","equals":true},{"not":{"field":"lines","in":["a"]}}]})")).ok());
  auto broken = form->CheckCondition(J(R"({"any":[{"field":"ready","equals":true},{"field":"full_name","present":true}]})"));
  ASSERT_FALSE(broken.ok());
  EXPECT_EQ(broken.error().fields[0].pointer, "/any/1/field");
  EXPECT_EQ(broken.error().fields[0].reason, "condition_field_unknown");
}

TEST(FormConditionTest, HoldsLooksIntoListsAndTreatsBlankAsAbsent) {
  const auto answers = J(R"({"a":["x","y"],"n":1.0,"t":"  ","f":false})").as_object();
  EXPECT_TRUE(Form::Holds(J(R"({"field":"a","equals":"x"})"), answers));
  EXPECT_FALSE(Form::Holds(J(R"({"field":"a","equals":"z"})"), answers));
  EXPECT_TRUE(Form::Holds(J(R"({"field":"a","in":["z","y"]})"), answers));
  EXPECT_TRUE(Form::Holds(J(R"({"field":"n","equals":1})"), answers));
  EXPECT_FALSE(Form::Holds(J(R"({"field":"t","present":true})"), answers));
  EXPECT_TRUE(Form::Holds(J(R"({"field":"t","present":false})"), answers));
  EXPECT_TRUE(Form::Holds(J(R"({"field":"f","present":true})"), answers));
  EXPECT_TRUE(Form::Holds(J(R"({"field":"f","equals":false})"), answers));
  EXPECT_FALSE(Form::Holds(J(R"({"field":"gone","equals":false})"), answers));
  EXPECT_TRUE(Form::Holds(J(R"({"not":{"field":"gone","equals":false}})"), answers));
  EXPECT_FALSE(Form::Holds(J(R"({"field":"a"})"), answers));
  EXPECT_FALSE(Form::Holds(J("[]"), answers));
}

}  // namespace
}  // namespace tinhso::forms
