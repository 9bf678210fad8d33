#include <gmock/gmock.h>

#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/jobs/jobs.h"

namespace tinhso::jobs {
namespace {

class JobRoutesTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_jobs()});
    RunnerOptions options;
    options.attempts_max = 1;
    runner_ = std::make_unique<Runner>(database(), clock_, options);
    runner_->On("mail", [this](const Job&) -> Status {
      if (broken_) return MakeError(ErrorCode::kUnavailable, "mail_refused");
      return Ok();
    });
    router_.Add(Routes(database(), clock_, runner_.get()));
    who_.account_id = 42;
    who_.assignment_id = 43;
    who_.permissions = {"jobs.admin"};
  }

  http::Response Call(const char* method, std::string path, std::map<std::string, std::string> query = {}) {
    http::Request request;
    request.method = method;
    request.path = std::move(path);
    request.query = std::move(query);
    return http::Dispatch(
        router_, [this](const http::Request&) -> Result<std::optional<http::Principal>> { return std::optional(who_); },
        request);
  }
  json::object Body(const http::Response& response) {
    auto parsed = json::Parse(response.body);
    EXPECT_TRUE(parsed.ok()) << response.body;
    return parsed.ok() && parsed->is_object() ? parsed->as_object() : json::object{};
  }
  std::string AddDead() {
    auto job_id = database().Write([&](db::Tx& tx) {
      NewJob job;
      job.authority_id = 9;
      job.kind = "mail";
      job.payload = {{"dossier_id", "5"}};
      return Enqueue(tx, job, clock_.NowUs());
    });
    EXPECT_TRUE(runner_->RunDue().ok());
    return std::to_string(*job_id);
  }
  int64_t Events(std::string_view kind) {
    auto row = database().Read([&](db::Tx& tx) {
      return tx.QueryOne("SELECT COUNT(*) FROM audit_event WHERE kind = $1 AND account_id = 42 AND assignment_id = 43 "
                         "AND authority_id = 9", {kind});
    });
    return row.ok() ? (*row)->Int(0) : -1;
  }

  FixedClock clock_{1'790'000'000'000'000};
  bool broken_ = true;
  http::Principal who_;
  http::Router router_;
  std::unique_ptr<Runner> runner_;
};
TINHSO_ON_BOTH_ENGINES(JobRoutesTest);

TEST_P(JobRoutesTest, ListsDeadLettersFirstByPages) {
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(AddDead());
  auto first = Call("GET", "/api/v1/admin/jobs", {{"limit", "2"}});
  ASSERT_EQ(first.status, 200) << first.body;
  auto page = Body(first);
  ASSERT_EQ(page["items"].as_array().size(), 2u);
  const auto& newest = page["items"].as_array()[0].as_object();
  EXPECT_EQ(json::GetText(newest, "job_id"), ids[2]);
  EXPECT_EQ(json::GetText(newest, "last_error"), "mail_refused");
  EXPECT_EQ(json::GetText(newest, "state"), "dead");
  EXPECT_EQ(json::GetInt(newest, "attempts"), 1);
  EXPECT_EQ(json::GetText(newest.at("payload").as_object(), "dossier_id"), "5");
  EXPECT_EQ(json::GetInt(page["counts"].as_object(), "dead"), 3);
  auto second = Body(Call("GET", "/api/v1/admin/jobs", {{"limit", "2"}, {"cursor", json::GetText(page, "next_cursor")}}));
  ASSERT_EQ(second["items"].as_array().size(), 1u);
  EXPECT_EQ(json::GetText(second["items"].as_array()[0].as_object(), "job_id"), ids[0]);
  EXPECT_TRUE(second["next_cursor"].is_null());
  EXPECT_TRUE(Body(Call("GET", "/api/v1/admin/jobs", {{"state", "waiting"}}))["items"].as_array().empty());
}

TEST_P(JobRoutesTest, BadQueriesAreRefused) {
  EXPECT_EQ(Call("GET", "/api/v1/admin/jobs", {{"state", "eaten"}}).status, 422);
  EXPECT_EQ(Call("GET", "/api/v1/admin/jobs", {{"limit", "0"}}).status, 422);
  EXPECT_EQ(Call("GET", "/api/v1/admin/jobs", {{"cursor", "%%"}}).status, 400);
  EXPECT_EQ(Call("GET", "/api/v1/admin/jobs", {{"cursor", http::EncodeCursor({"x"})}}).status, 400);
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/12x/retry").status, 404);
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/999/retry").status, 404);
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/99999999999999999999999/discard").status, 404);
}

TEST_P(JobRoutesTest, ARetriedJobRunsAgainAndIsOnRecord) {
  const auto id = AddDead();
  broken_ = false;
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/" + id + "/retry").status, 204);
  EXPECT_EQ(Events("job.retried"), 1);
  EXPECT_EQ(*runner_->RunDue(), 1);
  EXPECT_EQ(Count(database())->done, 1);
  // not dead any more: refused, and no second event
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/" + id + "/retry").status, 409);
  EXPECT_EQ(Events("job.retried"), 1);
}

TEST_P(JobRoutesTest, ADiscardedJobIsGoneFromTheDeadLettersAndOnRecord) {
  const auto id = AddDead();
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/" + id + "/discard").status, 204);
  EXPECT_EQ(Events("job.discarded"), 1);
  EXPECT_EQ(Count(database())->dead, 0);
  EXPECT_EQ(*runner_->RunDue(), 0);
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/" + id + "/discard").status, 409);
}

TEST_P(JobRoutesTest, WithoutThePermissionNothingIsShownOrDone) {
  const auto id = AddDead();
  who_.permissions = {"dossier.act"};
  EXPECT_EQ(Call("GET", "/api/v1/admin/jobs").status, 403);
  EXPECT_EQ(Call("POST", "/api/v1/admin/jobs/" + id + "/retry").status, 403);
  EXPECT_EQ(Count(database())->dead, 1);
}

}  // namespace
}  // namespace tinhso::jobs
