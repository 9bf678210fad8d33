#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "procedures.h"

namespace tinhso::procedures {
namespace {

constexpr const char* kSynonymsFile = TINHSO_SOURCE_DIR "/packs/_common/synonyms.yaml";
constexpr const char* kLabels = TINHSO_SOURCE_DIR "/tests/fixtures/procedures/labels.jsonl";

std::string Record(
    std::string_view code, std::string_view name, std::string_view decision = "163/QĐ-BTP",
    std::string_view papers = "--Tên giấy tờMẫu đơn, tờ khaiSố lượngGiấy chứng sinh1 bản chính") {
  return json::serialize(
             json::object{{"ma_thu_tuc", code},
                          {"ten_thu_tuc", name},
                          {"linh_vuc", "Hộ tịch"},
                          {"cap_thuc_hien", "Cấp xã"},
                          {"so_quyet_dinh", decision},
                          {"doi_tuong_thuc_hien", "Công dân Việt Nam"},
                          {"cach_thuc_thuc_hien",
                           "Hình thức nộpThời gianPhí, lệ phíMô tảTrực tiếp1 Ngày làm việc8,000 VNĐ"},
                          {"thanh_phan_ho_so", papers},
                          {"trinh_tu_thuc_hien", "Bước 1: Nộp. Bước 2: Nhận."},
                          {"ket_qua_xu_ly", "Giấy khai sinhMã: KQ.G15.000031Từ khóaKhông có thông tin"}}) +
         "\n";
}

class CatalogueTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_features_procedures()});
    catalogue_ = std::make_unique<Catalogue>(database(), clock_, kSynonymsFile);
    ASSERT_TRUE(catalogue_->Load().ok());
  }

  std::string WriteFile(const std::string& name, const std::string& text) {
    const std::string path = temp_dir() + "/" + name;
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

  std::string WriteGzip(const std::string& name, const std::string& text) {
    const std::string path = temp_dir() + "/" + name;
    gzFile file = gzopen(path.c_str(), "wb");
    gzwrite(file, text.data(), static_cast<unsigned>(text.size()));
    gzclose(file);
    return path;
  }

  ImportReport Import(const std::string& path) {
    auto report = catalogue_->Import({{path}, std::nullopt}, {});
    EXPECT_TRUE(report.ok()) << (report.ok() ? "" : report.error().reason + " " + report.error().detail);
    return report.ok() ? *report : ImportReport{};
  }

  std::vector<std::string> Codes(const std::string& words) {
    Query query;
    query.words = words;
    std::vector<std::string> out;
    const auto page = catalogue_->Search(query);
    for (const Summary& s : page->items) out.push_back(s.code);
    return out;
  }

  Configured BirthRegistration(const std::string& form) {
    Configured out;
    out.code = "1.001193";
    out.version = 3;
    out.form_id = form;
    out.workflow_id = "commune-three-step";
    out.result_template = "birth-certificate";
    out.definition = json::Parse(R"({"procedure":"1.001193","version":3,"effective_from":"2025-07-01",
      "name":{"vi":"Thủ tục đăng ký khai sinh","en":"Birth registration"},"field":{"vi":"Hộ tịch","en":"Civil status"},
      "level":"commune","decision":"1/QĐ-UBND","service_level":"full","keywords":["làm giấy khai sinh cho cháu"],
      "subjects":[{"vi":"Công dân Việt Nam","en":"Citizens"}],
      "channels":[{"channel":"online","time_limit":{"value":1,"unit":"working_day"},"fee_vnd":0},
                  {"channel":"counter","time_limit":{"value":1,"unit":"working_day"},"fee_vnd":8000}],
      "papers":[{"id":"birth_proof","name":{"vi":"Giấy chứng sinh","en":"Birth notification"},"required":true,"originals":1,"copies":0}],
      "steps":[{"vi":"Nộp hồ sơ","en":"File"}],
      "result":{"name":{"vi":"Giấy khai sinh","en":"Birth certificate"},"code":"KQ.G15.000031"},
      "legal_bases":[{"name":"Luật Hộ tịch","number":"60/2014/QH13"}]})")
                         .value()
                         .get_object();
    return out;
  }

  FixedClock clock_{FromLocal({2026, 11, 23}, 8 * 60)};
  std::unique_ptr<Catalogue> catalogue_;
};
TINHSO_ON_BOTH_ENGINES(CatalogueTest);

TEST_P(CatalogueTest, ImportingTwiceChangesNothing) {
  const std::string path =
      WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh") + Record("1.000894", "Đăng ký kết hôn"));
  const ImportReport first = Import(path);
  EXPECT_EQ(first.lines, 2);
  EXPECT_EQ(first.added, 2);
  clock_.Advance(kUsPerDay);
  const ImportReport second = Import(path);
  EXPECT_EQ(second.added + second.changed + second.reread, 0);
  EXPECT_EQ(second.unchanged, 2);
  const auto versions = catalogue_->Versions("1.001193");
  ASSERT_TRUE(versions.ok());
  ASSERT_EQ(versions->size(), 1u);
  EXPECT_EQ(versions->at(0).imported_at_us, clock_.NowUs() - kUsPerDay);
}

// Who changed the catalogue from the command line must show in the log, an import that changed nothing too.
TEST_P(CatalogueTest, EachImportedFileIsInTheAuditLog) {
  const std::string path = WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh"));
  Import(path);
  Import(path);
  static constexpr db::Sql kCount = "SELECT COUNT(*) FROM audit_event WHERE kind = 'procedure.imported'";
  auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(kCount, {}); });
  ASSERT_TRUE(row.ok() && *row);
  EXPECT_EQ((*row)->Int(0), 2);
}

// A new decision makes a new version; the old one can still be read as it was.
TEST_P(CatalogueTest, AChangeMakesANewVersionAndKeepsTheOld) {
  Import(WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh")));
  clock_.Advance(kUsPerDay);
  auto report = catalogue_->Import(
      {{WriteFile("b.jsonl", Record("1.001193", "Đăng ký khai sinh", "999/QĐ-BTP",
                                    "--Tên giấy tờMẫu đơn, tờ khaiSố lượngTờ khai2 bản chính"))},
       Date{2026, 12, 1}},
      {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->changed, 1);
  const auto versions = catalogue_->Versions("1.001193");
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ(versions->at(0).version, 2);
  EXPECT_EQ(versions->at(0).decision_no, "999/QĐ-BTP");
  EXPECT_EQ(versions->at(0).effective_on, "2026-12-01");
  EXPECT_EQ(versions->at(1).decision_no, "163/QĐ-BTP");
  EXPECT_EQ(versions->at(1).effective_on, "2026-11-23");
  const auto newest = catalogue_->Get("1.001193");
  ASSERT_TRUE(newest.ok());
  EXPECT_EQ((*newest)->at("version"), 2);
  EXPECT_EQ((*newest)->at("papers").at(0).at("name"), "Tờ khai");
  const auto old = catalogue_->Get("1.001193", 1);
  ASSERT_TRUE(old.ok());
  EXPECT_EQ((*old)->at("papers").at(0).at("name"), "Giấy chứng sinh");
  EXPECT_EQ((*old)->at("raw").at("so_quyet_dinh"), "163/QĐ-BTP");
  EXPECT_EQ(catalogue_->Get("1.001193", 3).error().reason, "procedure_not_found");
}

TEST_P(CatalogueTest, BadLinesAreCountedAndTheRestComesIn) {
  const std::string path =
      WriteGzip("a.jsonl.gz", "{broken\n" + Record("1.001193", "Đăng ký khai sinh") + "\n[]\n" +
                                  std::string(600 * 1024, 'x') + "\n" + Record("1.001193", "Bản khác") +
                                  Record("1.000894", "Đăng ký kết hôn"));
  const ImportReport report = Import(path);
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.repeated, 1);
  EXPECT_EQ(report.bad, 3);
  ASSERT_EQ(report.bad_lines.size(), 3u);
  EXPECT_EQ(report.bad_lines[0].line, 1);
  EXPECT_EQ(report.bad_lines[0].reason, "json_malformed");
  EXPECT_EQ(report.bad_lines[1].reason, "procedure_record_not_object");
  EXPECT_EQ(report.bad_lines[2].reason, "procedure_record_too_large");
  EXPECT_EQ((*catalogue_->Get("1.001193"))->at("name"), "Đăng ký khai sinh");
  const json::value line = json::Parse(report.ToJsonLine()).value();
  EXPECT_EQ(line.at("bad"), 3);
  EXPECT_EQ(line.at("imported"), 2);
  EXPECT_EQ(report.ToJsonLine().find('\n'), std::string::npos);
  EXPECT_NE(report.ToTable().find("Thời hạn"), std::string::npos);
}

TEST_P(CatalogueTest, ADamagedArchiveKeepsWhatCameBefore) {
  std::string text;
  for (int i = 0; i < 400; ++i)
    text += Record("1." + std::to_string(100000 + i), "Thủ tục " + std::to_string(i * 7919));
  const std::string whole = WriteGzip("whole.jsonl.gz", text);
  std::ifstream in(whole, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  const std::string cut = WriteFile("cut.jsonl.gz", bytes.substr(0, bytes.size() / 2));
  auto report = catalogue_->Import({{cut}, std::nullopt}, {});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().reason, "import_gzip_damaged");
  const int64_t kept = catalogue_->Size();
  EXPECT_LT(kept, 400);
  const ImportReport again = Import(whole);
  EXPECT_EQ(again.added, 400 - kept);
  EXPECT_EQ(catalogue_->Size(), 400);
  EXPECT_EQ(catalogue_->Import({{"/nonexistent.jsonl"}, std::nullopt}, {}).error().reason,
            "import_file_unreadable");
}

TEST_P(CatalogueTest, ProgressEndsAtTheWholeFile) {
  const std::string path = WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh"));
  ImportProgress last;
  auto report = catalogue_->Import({{path}, std::nullopt}, [&](const ImportProgress& p) { last = p; });
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(last.lines, 1);
  EXPECT_GT(last.bytes_total, 0);
  EXPECT_EQ(last.bytes_read, last.bytes_total);
}

TEST_P(CatalogueTest, DecomposedTextIsStoredComposedAndScriptStaysText) {
  Import(WriteFile("a.jsonl", Record("1.001193", "\u0110a\u0306ng ky\u0301 <script>alert(1)</script>")));
  EXPECT_EQ((*catalogue_->Get("1.001193"))->at("name"), "Đăng ký <script>alert(1)</script>");
  EXPECT_EQ(Codes("dang ky"), std::vector<std::string>{"1.001193"});
}

TEST_P(CatalogueTest, APackLaysItsWordsOverTheCatalogueAndFallsBackWhenGone) {
  Import(WriteFile("a.jsonl", Record("1.001193", "Thủ tục đăng ký khai sinh (toàn quốc)") +
                                  Record("1.000894", "Đăng ký kết hôn")));
  ASSERT_TRUE(catalogue_->Configure({BirthRegistration("birth-registration")}).ok());
  auto body = catalogue_->Get("1.001193");
  ASSERT_TRUE(body.ok());
  const json::object& configured = **body;
  EXPECT_EQ(configured.at("configured"), true);
  EXPECT_EQ(configured.at("version"), 3);
  EXPECT_EQ(configured.at("form_id"), "birth-registration");
  EXPECT_EQ(configured.at("name_en"), "Birth registration");
  EXPECT_EQ(configured.at("papers").at(0).at("paper_id"), "birth_proof");
  EXPECT_EQ(configured.at("channels").at(1).at("fee_vnd"), 8000);
  EXPECT_EQ(configured.at("raw").at("ma_thu_tuc"), "1.001193");
  // Found by the pack's keyword and by English; listed first.
  EXPECT_EQ(Codes("giay khai sinh cho chau").at(0), "1.001193");
  EXPECT_EQ(Codes("birth registration").at(0), "1.001193");
  EXPECT_EQ(Codes("").at(0), "1.001193");
  // A changed form is seen; the same set again is not a change.
  ASSERT_TRUE(catalogue_->Configure({BirthRegistration("birth-registration-2")}).ok());
  EXPECT_EQ((*catalogue_->Get("1.001193"))->at("form_id"), "birth-registration-2");
  ASSERT_TRUE(catalogue_->Configure({}).ok());
  body = catalogue_->Get("1.001193");
  EXPECT_EQ((*body)->at("configured"), false);
  EXPECT_EQ((*body)->at("version"), 1);
  EXPECT_EQ((*body)->at("name"), "Thủ tục đăng ký khai sinh (toàn quốc)");
}

// A pack may configure a procedure that was never imported (the demo province needs no file).
TEST_P(CatalogueTest, AConfiguredProcedureNeedsNoImport) {
  ASSERT_TRUE(catalogue_->Configure({BirthRegistration("f")}).ok());
  auto body = catalogue_->Get("1.001193");
  ASSERT_TRUE(body.ok());
  EXPECT_EQ((*body)->at("level"), "commune");
  EXPECT_EQ((*body)->at("results").at(0).at("code"), "KQ.G15.000031");
  ASSERT_TRUE(catalogue_->Load().ok());
  EXPECT_EQ(Codes("lam giay khai sinh"), std::vector<std::string>{"1.001193"});
  EXPECT_EQ(catalogue_->Get("1.000000").error().reason, "procedure_not_found");
}

TEST_P(CatalogueTest, PagesFollowEachOtherWithoutGapsAndFiltersCount) {
  std::string text;
  for (int i = 0; i < 23; ++i)
    text += Record("1." + std::to_string(100000 + i), "Đăng ký khai sinh loại " + std::to_string(i));
  Import(WriteFile("a.jsonl", text));
  for (const char* words : {"", "khai sinh"}) {
    Query query;
    query.words = words;
    query.limit = 10;
    std::vector<std::string> seen;
    int pages = 0;
    do {
      auto page = catalogue_->Search(query);
      ASSERT_TRUE(page.ok());
      EXPECT_EQ(page->total, 23);
      EXPECT_EQ(page->fields.at(0).count, 23);
      for (const Summary& s : page->items) seen.push_back(s.code);
      query.cursor = page->next_cursor;
    } while (!query.cursor.empty() && ++pages < 10);
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::unique(seen.begin(), seen.end()) - seen.begin(), 23);
    EXPECT_EQ(seen.size(), 23u);
  }
  Query query;
  query.level = "ministry";
  EXPECT_EQ(catalogue_->Search(query)->total, 0);
  query.level = "commune";
  query.field = "Đất đai";
  EXPECT_EQ(catalogue_->Search(query)->total, 0);
  query.field = "Hộ tịch";
  EXPECT_EQ(catalogue_->Search(query)->total, 23);
  query.configured_only = true;
  EXPECT_EQ(catalogue_->Search(query)->total, 0);
  query.cursor = "%%%";
  EXPECT_EQ(catalogue_->Search(query).error().reason, "cursor_malformed");
}

TEST_P(CatalogueTest, ACodeTypedWholeFindsItsProcedure) {
  Import(
      WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh") + Record("1.000894", "Đăng ký kết hôn")));
  EXPECT_EQ(Codes(" 1.000894 "), std::vector<std::string>{"1.000894"});
}

// Another process (the command line) imported: a new catalogue object sees it, also after a restart.
TEST_P(CatalogueTest, WhatOneProcessImportedAnotherLoads) {
  Catalogue other(database(), clock_, "");
  ASSERT_TRUE(other.Load().ok());
  EXPECT_EQ(other.Size(), 0);
  Import(WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh")));
  ASSERT_TRUE(other.Load().ok());
  EXPECT_EQ(other.Size(), 1);
}

// Real shapes end to end, on both engines: the labelled papers of sixty procedures.
TEST_P(CatalogueTest, LabelledRecordsComeThroughTheDatabaseUnchanged) {
  std::ifstream in(kLabels);
  std::string file;
  std::vector<std::pair<std::string, std::string>> texts;
  for (std::string line; std::getline(in, line);) {
    const json::value label = json::Parse(line).value();
    texts.emplace_back(json::GetText(label.get_object(), "code"), json::GetText(label.get_object(), "text"));
    file += Record(texts.back().first, "Thủ tục", "1/QĐ", texts.back().second);
  }
  ASSERT_EQ(Import(WriteFile("a.jsonl", file)).added, 60);
  for (const auto& [code, text] : texts) {
    EXPECT_EQ((*catalogue_->Get(code))->at("raw").at("thanh_phan_ho_so").get_string(), text);
  }
}

http::Request Get(std::string path, std::map<std::string, std::string> query = {}) {
  http::Request request;
  request.method = "GET";
  request.path = std::move(path);
  request.query = std::move(query);
  return request;
}

TEST_P(CatalogueTest, RoutesAnswerTheContract) {
  Import(
      WriteFile("a.jsonl", Record("1.001193", "Đăng ký khai sinh") + Record("1.000894", "Đăng ký kết hôn")));
  http::Router router;
  router.Add(Routes(*catalogue_));
  const http::Authenticator nobody = [](const http::Request&) -> Result<std::optional<http::Principal>> {
    return std::optional<http::Principal>();
  };
  const auto answer = [&](http::Request request) { return http::Dispatch(router, nobody, request); };
  const auto reason = [](const http::Response& r) {
    return json::GetText(json::Parse(r.body).value().get_object(), "reason");
  };

  http::Response list = answer(Get("/api/v1/procedures", {{"q", "khai sinh"}, {"limit", "1"}}));
  ASSERT_EQ(list.status, 200) << list.body;
  const json::value page = json::Parse(list.body).value();
  const json::value& item = page.at("items").at(0);
  EXPECT_EQ(item.at("procedure_code"), "1.001193");
  EXPECT_EQ(item.at("level"), "commune");
  EXPECT_EQ(item.at("configured"), false);
  EXPECT_EQ(item.at("time_text"), "1 ngày làm việc");
  EXPECT_EQ(item.at("fee_text"), "8.000 đồng");
  EXPECT_TRUE(page.at("next_cursor").is_null() || page.at("next_cursor").is_string());
  EXPECT_EQ(page.at("fields").at(0).at("field"), "Hộ tịch");

  http::Response one = answer(Get("/api/v1/procedures/1.001193"));
  ASSERT_EQ(one.status, 200);
  const json::value body = json::Parse(one.body).value();
  for (const char* key : {"procedure_code", "name", "field", "level", "configured", "version", "channels",
                          "papers", "steps", "results", "legal_bases", "subjects", "raw"}) {
    EXPECT_TRUE(body.get_object().contains(key)) << key;
  }
  EXPECT_EQ(body.at("channels").at(0).at("time_limit").at("unit"), "working_day");

  EXPECT_EQ(answer(Get("/api/v1/procedures/9.999999")).status, 404);
  EXPECT_EQ(reason(answer(Get("/api/v1/procedures", {{"level", "planet"}}))), "validation_failed");
  EXPECT_EQ(reason(answer(Get("/api/v1/procedures", {{"limit", "1000"}}))), "validation_failed");
  EXPECT_EQ(reason(answer(Get("/api/v1/procedures", {{"q", std::string(801, 'a')}}))), "validation_failed");
  EXPECT_EQ(reason(answer(Get("/api/v1/procedures", {{"cursor", "zzz"}}))), "cursor_malformed");
}

}  // namespace
}  // namespace tinhso::procedures
