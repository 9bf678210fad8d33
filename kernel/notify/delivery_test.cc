// From a notice to what a provider is given: choices, proved addresses, hours, retries, crashes, and never twice.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <thread>

#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"

namespace tinhso::notify {
namespace {

constexpr db::Sql kCode = "SELECT code FROM notice_delivery WHERE purpose = 'verify' AND account_id = $1 ORDER BY delivery_id DESC LIMIT 1";
constexpr db::Sql kStates = "SELECT state FROM notice_delivery WHERE account_id = $1 AND purpose = $2 ORDER BY delivery_id";

// What the next messages meet; empty = they are taken.
struct Script {
  std::mutex mutex;
  std::vector<Message> taken;
  std::vector<Outcome> next;
  std::function<void()> in_handover;
};

class ScriptedProvider : public Provider {
 public:
  explicit ScriptedProvider(Script& script) : script_(script) {}
  Outcome Send(const Message& message, const std::function<bool()>& before_handover) override {
    std::unique_lock lock(script_.mutex);
    Outcome outcome{Outcome::Kind::kSent, ""};
    if (!script_.next.empty()) {
      outcome = script_.next.front();
      script_.next.erase(script_.next.begin());
    }
    lock.unlock();
    if (outcome.kind == Outcome::Kind::kSent || outcome.kind == Outcome::Kind::kUnknown) {
      if (!before_handover()) return {Outcome::Kind::kTemporary, "lease_lost"};
      lock.lock();
      script_.taken.push_back(message);
    }
    return outcome;
  }

 private:
  Script& script_;
};

class DeliveryTest : public db_testing::DbTest {
 protected:
  void SetUp() override {
    options_.smtp = {.host = "127.0.0.1", .port = 1, .security = "none", .from_address = "x@example.vn"};
    options_.sms = "sandbox";
    options_.sandbox_dir = temp_dir() + "/outbox";
    options_.templates_dir = TINHSO_SOURCE_DIR "/packs/_common/notices";
    options_.public_base_url = "https://example.vn";
    service_ = std::make_unique<Service>(database(), clock_, options_);
    ASSERT_EQ(service_->problem(), "");
    router_.Add(service_->Routes());
    sender_ = NewSender();
    who_.account_id = 1;
    who_.permissions = {"notices.admin"};
  }
  std::unique_ptr<Sender> NewSender() {
    auto sender = std::make_unique<Sender>(database(), clock_, options_);
    sender->SetTemplates(*Templates::Load(options_.templates_dir));
    sender->Add("email", std::make_unique<ScriptedProvider>(script_));
    return sender;
  }
  http::Response Call(const char* method, const std::string& path, const std::string& body = "", std::map<std::string, std::string> query = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.body = body;
    request.query = std::move(query);
    return http::Dispatch(router_, [this](const http::Request&) { return Result<std::optional<http::Principal>>(who_); }, request);
  }
  static json::object Body(const http::Response& response) { return boost::json::parse(response.body).as_object(); }
  static std::string Reason(const http::Response& response) {
    auto body = Body(response);
    auto& errors = body["errors"].as_array();
    return errors.empty() ? json::GetText(body, "reason") : json::GetText(errors[0].as_object(), "reason");
  }
  std::string Code() { return (*database().Read([&](db::Tx& tx) { return tx.QueryOne(kCode, {who_.account_id}); }))->Text(0); }
  std::vector<std::string> States(const std::string& purpose, int64_t account_id = 1) {
    std::vector<std::string> out;
    auto rows = database().Read([&](db::Tx& tx) { return tx.Query(kStates, {account_id, purpose}); });
    for (const auto& row : *rows) out.push_back(row.Text(0));
    return out;
  }
  void Prove(const std::string& address = "lan@example.com") {
    auto asked = Call("PUT", "/api/v1/me/notice-addresses/email", R"({"address":")" + address + "\"}");
    ASSERT_EQ(asked.status, 200) << asked.body;
    const std::string code = Code();
    SendDue();
    auto done = Call("POST", "/api/v1/me/notice-addresses/email/confirm", R"({"code":")" + code + "\"}");
    ASSERT_EQ(done.status, 200) << done.body;
    script_.taken.clear();
  }
  void Tell(const std::string& kind, const std::string& code = "H1-1", int64_t account_id = 1) {
    ASSERT_TRUE(database().Write([&](db::Tx& tx) { return Add(tx, {account_id, kind, code, "/ho-so/" + code, ""}, clock_.NowUs()); }).ok());
  }
  int SendDue() {
    auto tried = sender_->SendDue();
    EXPECT_TRUE(tried.ok());
    return tried.ok() ? *tried : -1;
  }
  static constexpr int64_t kMinuteUs = 60 * kUsPerSecond;

  const bool migrated_ = (Migrate({db::Migrations_kernel_audit(), db::Migrations_kernel_notify()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  Options options_;
  Script script_;
  std::unique_ptr<Service> service_;
  std::unique_ptr<Sender> sender_;
  http::Router router_;
  http::Principal who_;
};
TINHSO_ON_BOTH_ENGINES(DeliveryTest);

// Somebody may type a stranger's address: before the code comes back nothing but the code goes there.
TEST_P(DeliveryTest, NothingButTheCodeGoesToAnAddressThatIsNotProved) {
  Tell("dossier.request_supplement");
  EXPECT_EQ(Call("PUT", "/api/v1/me/notice-addresses/email", R"({"address":"lan@example.com"})").status, 200);
  Tell("dossier.request_supplement");
  EXPECT_EQ(SendDue(), 1);
  ASSERT_EQ(script_.taken.size(), 1u);
  EXPECT_EQ(script_.taken[0].address, "lan@example.com");
  EXPECT_EQ(script_.taken[0].text.find("H1-1"), std::string::npos);
  EXPECT_NE(script_.taken[0].text.find("Mã xác nhận"), std::string::npos);
  EXPECT_EQ(Code(), "") << "a code that was sent stands nowhere";
}

TEST_P(DeliveryTest, NoticeGoesOnceToAProvedAddressAndSaysWhatBecameOfIt) {
  Prove();
  Tell("dossier.request_supplement");
  Tell("dossier.request_supplement", "H1-2", 2);  // somebody who proved nothing
  EXPECT_EQ(SendDue(), 1);
  EXPECT_EQ(SendDue(), 0);
  ASSERT_EQ(script_.taken.size(), 1u);
  const Message& mail = script_.taken[0];
  EXPECT_EQ(mail.subject, "Cần bổ sung giấy tờ cho hồ sơ H1-1");
  EXPECT_NE(mail.text.find("https://example.vn/ho-so/H1-1"), std::string::npos);
  EXPECT_NE(mail.unsubscribe_url.find("https://example.vn/api/v1/notices/unsubscribe/"), std::string::npos);
  auto shown = Body(Call("GET", "/api/v1/notices"))["items"].as_array()[0].as_object()["deliveries"].as_array();
  ASSERT_EQ(shown.size(), 1u);
  EXPECT_EQ(json::GetText(shown[0].as_object(), "state"), "sent");
  auto listed = Body(Call("GET", "/api/v1/admin/deliveries", "", {{"state", "sent"}, {"channel", "email"}}))["items"].as_array();
  ASSERT_EQ(listed.size(), 2u);  // the code and the notice
  EXPECT_EQ(json::GetText(listed[0].as_object(), "address"), "l***@example.com");
}

TEST_P(DeliveryTest, TemporaryFailureIsTriedAgainWithTheSameIdUntilItIsTooOld) {
  Prove();
  ASSERT_EQ(Call("PUT", "/api/v1/me/notice-settings", R"({"language":"en","digest_at":"07:30","choices":{}})").status, 200);
  Tell("dossier.approve");
  script_.next.assign(2, {Outcome::Kind::kTemporary, "RCPT 451 4.7.1"});
  EXPECT_EQ(SendDue(), 1);
  EXPECT_EQ(SendDue(), 0) << "not before its pause";
  clock_.Advance(kMinuteUs);
  EXPECT_EQ(SendDue(), 1);
  clock_.Advance(kMinuteUs);
  EXPECT_EQ(SendDue(), 0) << "the pauses grow";
  clock_.Advance(kMinuteUs);
  EXPECT_EQ(SendDue(), 1);
  ASSERT_EQ(script_.taken.size(), 1u);
  EXPECT_EQ(script_.taken[0].subject, "The result of dossier H1-1 is ready");

  Tell("dossier.stop");
  script_.next.assign(100, {Outcome::Kind::kTemporary, "CONNECT curl 7"});
  for (int i = 0; i < 40 && States("notice").back() != "failed"; ++i) {
    SendDue();
    clock_.Advance(4 * 60 * kMinuteUs);
  }
  EXPECT_EQ(States("notice").back(), "failed");
  script_.next.clear();
  auto dead = Body(Call("GET", "/api/v1/admin/deliveries", "", {{"state", "failed"}}))["items"].as_array();
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(json::GetText(dead[0].as_object(), "last_error"), "CONNECT curl 7");
  const std::string id = json::GetText(dead[0].as_object(), "delivery_id");
  EXPECT_EQ(Call("POST", "/api/v1/admin/deliveries/" + id + "/retry").status, 204);
  EXPECT_EQ(Reason(Call("POST", "/api/v1/admin/deliveries/" + id + "/retry")), "delivery_not_failed");
  EXPECT_EQ(SendDue(), 1);
  EXPECT_EQ(States("notice").back(), "sent");
  EXPECT_EQ(script_.taken.back().message_id, "notice." + id);
}

// The server died between claiming a message and handing it over: nobody has it, so it is sent.
TEST_P(DeliveryTest, SenderThatDiedBeforeHandingOverLosesNothing) {
  Prove();
  Tell("dossier.approve");
  auto claim = [&] {
    return *database().Write([&](db::Tx& tx) { return store::Claim(tx, "email", clock_.NowUs(), clock_.NowUs() + kMinuteUs, 7); });
  };
  ASSERT_TRUE(claim().has_value());
  EXPECT_EQ(SendDue(), 0) << "the lease still runs";
  clock_.Advance(2 * kMinuteUs);
  EXPECT_EQ(SendDue(), 1);
  EXPECT_EQ(script_.taken.size(), 1u);
}

// It died after handing over: whether the message arrived is not known, and it is not sent twice to find out.
TEST_P(DeliveryTest, SenderThatDiedAfterHandingOverLeavesItUnknown) {
  Prove();
  Tell("dossier.approve");
  auto claimed = *database().Write([&](db::Tx& tx) { return store::Claim(tx, "email", clock_.NowUs(), clock_.NowUs() + kMinuteUs, 7); });
  ASSERT_TRUE(claimed.has_value());
  claimed->address = "lan@example.com";
  ASSERT_TRUE(*database().Write([&](db::Tx& tx) { return store::MarkHanding(tx, *claimed); }));
  clock_.Advance(2 * kMinuteUs);
  EXPECT_EQ(SendDue(), 0);
  EXPECT_EQ(*database().Write([&](db::Tx& tx) { return store::GiveUpHanding(tx, clock_.NowUs()); }), 1);
  EXPECT_EQ(States("notice"), std::vector<std::string>{"unknown"});
  EXPECT_EQ(SendDue(), 0);
  EXPECT_TRUE(script_.taken.empty());
  // The late sender comes back to life: its lease is gone, what it says does not count.
  claimed->state = "sent";
  ASSERT_TRUE(database().Write([&](db::Tx& tx) { return store::Finish(tx, *claimed); }).ok());
  EXPECT_EQ(States("notice"), std::vector<std::string>{"unknown"});
}

TEST_P(DeliveryTest, AnswerThatNeverCameIsUnknownAndNotSentAgain) {
  Prove();
  Tell("dossier.approve");
  script_.next = {{Outcome::Kind::kUnknown, "DATA curl 56"}};
  EXPECT_EQ(SendDue(), 1);
  clock_.Advance(24 * 60 * kMinuteUs);
  EXPECT_EQ(SendDue(), 0);
  EXPECT_EQ(States("notice"), std::vector<std::string>{"unknown"});
  EXPECT_EQ(script_.taken.size(), 1u);
}

TEST_P(DeliveryTest, RefusedAddressIsNotWrittenToAgainAndItsOwnerLearnsOfIt) {
  Prove();
  Tell("dossier.approve");
  script_.next = {{Outcome::Kind::kAddressRefused, "RCPT 550 5.1.1"}};
  SendDue();
  EXPECT_EQ(States("notice"), std::vector<std::string>{"failed"});
  Tell("dossier.stop");
  EXPECT_EQ(SendDue(), 0);
  auto newest = Body(Call("GET", "/api/v1/notices"))["items"].as_array();
  EXPECT_EQ(json::GetText(newest[1].as_object(), "kind"), "address.refused");
  auto settings = Body(Call("GET", "/api/v1/me/notice-settings"));
  EXPECT_TRUE(settings["channels"].as_array()[0].as_object()["refused"].as_bool());
  Prove();  // proved anew, it is used again
  Tell("dossier.stop", "H1-3");
  EXPECT_EQ(SendDue(), 1);
}

TEST_P(DeliveryTest, QuietHoursWaitAndTheDigestGathers) {
  Prove();
  clock_.Set(FromLocal({2026, 11, 23}, 22 * 60));
  Tell("dossier.approve");
  Tell("dossier.accept", "H1-2");
  Tell("dossier.take", "H1-2");
  EXPECT_EQ(SendDue(), 0);
  clock_.Set(FromLocal({2026, 11, 24}, 7 * 60));
  EXPECT_EQ(SendDue(), 1);
  EXPECT_NE(script_.taken[0].subject.find("H1-1"), std::string::npos);
  clock_.Set(FromLocal({2026, 11, 24}, 7 * 60 + 30));
  EXPECT_EQ(SendDue(), 1);
  ASSERT_EQ(script_.taken.size(), 2u);
  EXPECT_EQ(script_.taken[1].subject, "2 thông báo mới về hồ sơ");
  EXPECT_NE(script_.taken[1].text.find("- Hồ sơ H1-2 đã được tiếp nhận: https://example.vn/ho-so/H1-2"), std::string::npos);
  EXPECT_EQ(States("notice"), (std::vector<std::string>{"sent", "sent", "sent"}));
  Tell("dossier.propose", "H1-2");
  EXPECT_EQ(SendDue(), 0);
  clock_.Advance(24 * 60 * kMinuteUs);
  EXPECT_EQ(SendDue(), 1);
  EXPECT_EQ(script_.taken[2].subject, "1 thông báo mới về hồ sơ");
}

TEST_P(DeliveryTest, ChoicesHoldAndUnknownOnesAreRefused) {
  Prove();
  auto put = [&](const std::string& choices) {
    return Call("PUT", "/api/v1/me/notice-settings", R"({"language":"vi","quiet_from":null,"quiet_to":null,"digest_at":"06:00","choices":)" + choices + "}");
  };
  EXPECT_EQ(put(R"({"result":{"email":"off"},"progress":{"email":"now"}})").status, 200);
  Tell("dossier.approve");
  Tell("dossier.accept", "H1-2");
  EXPECT_EQ(SendDue(), 1);
  EXPECT_NE(script_.taken[0].subject.find("H1-2"), std::string::npos);
  EXPECT_EQ(Reason(put(R"({"nothing":{"email":"off"}})")), "field_option_unknown");
  EXPECT_EQ(Reason(put(R"({"result":{"fax":"off"}})")), "field_option_unknown");
  EXPECT_EQ(Reason(put(R"({"result":{"sms":"digest"}})")), "field_option_unknown");
  EXPECT_EQ(Reason(put(R"({"deadline":{"email":"off"}})")), "field_option_unknown") << "officers' only";
  EXPECT_EQ(Reason(Call("PUT", "/api/v1/me/notice-settings", R"({"language":"vi","quiet_from":"25:00","quiet_to":"07:00","digest_at":"06:00","choices":{}})")), "time_of_day_malformed");
  who_.assignment_id = 5;
  EXPECT_EQ(put(R"({"deadline":{"email":"off"}})").status, 200);
}

TEST_P(DeliveryTest, GuessingACodeEndsAndSoDoesAskingForThem) {
  auto ask = [&] { return Call("PUT", "/api/v1/me/notice-addresses/email", R"({"address":"lan@example.com"})"); };
  auto confirm = [&](const std::string& code) { return Call("POST", "/api/v1/me/notice-addresses/email/confirm", R"({"code":")" + code + "\"}"); };
  ASSERT_EQ(ask().status, 200);
  const std::string right = Code(), wrong = right == "000000" ? "000001" : "000000";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Reason(confirm(wrong)), "notice_code_wrong");
  EXPECT_EQ(Reason(confirm(right)), "notice_code_expired");
  ASSERT_EQ(ask().status, 200);
  clock_.Advance(kCodeMinutes * kMinuteUs);
  EXPECT_EQ(Reason(confirm(Code())), "notice_code_expired");
  SendDue();
  EXPECT_TRUE(script_.taken.empty()) << "an old code is not worth sending";
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask().status, 200);
  auto refused = ask();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(Reason(refused), "notice_codes_max");
  EXPECT_EQ(Call("DELETE", "/api/v1/me/notice-addresses/email").status, 200);
  EXPECT_EQ(ask().status, 429) << "removing the address does not reset the count";
  clock_.Advance(kUsPerDay);
  EXPECT_EQ(ask().status, 200);
  EXPECT_EQ(Reason(Call("PUT", "/api/v1/me/notice-addresses/email", R"({"address":"x\r\ny@example.com"})")), "email_malformed");
  EXPECT_EQ(Reason(Call("PUT", "/api/v1/me/notice-addresses/zalo", R"({"address":"0912345678"})")), "notice_channel_off");
}

TEST_P(DeliveryTest, LinkInTheMailEndsMailWithoutSigningIn) {
  Prove();
  Tell("dossier.approve");
  SendDue();
  const std::string path = script_.taken[0].unsubscribe_url.substr(std::string("https://example.vn").size());
  Tell("dossier.stop");
  EXPECT_EQ(Call("POST", path).status, 204);
  EXPECT_EQ(Call("POST", path.substr(0, path.size() - 1) + "!").status, 404);
  EXPECT_EQ(SendDue(), 0) << "what waited is not sent either";
  Tell("dossier.refuse");
  EXPECT_EQ(SendDue(), 0);
  EXPECT_EQ(Body(Call("GET", "/api/v1/notices"))["items"].as_array().size(), 3u) << "the list stays";
}

TEST_P(DeliveryTest, TwoSendersAtOnceSendEachOnce) {
  Prove();
  for (int i = 0; i < 40; ++i) Tell("dossier.approve", "H1-" + std::to_string(i));
  auto other = NewSender();
  std::thread one([&] { (void)sender_->SendDue(); }), two([&] { (void)other->SendDue(); });
  one.join();
  two.join();
  std::set<std::string> ids;
  for (const Message& mail : script_.taken) EXPECT_TRUE(ids.insert(mail.message_id).second);
  EXPECT_EQ(ids.size(), 40u);
}

TEST_P(DeliveryTest, SandboxWritesEachMessageAsALine) {
  ASSERT_EQ(Call("PUT", "/api/v1/me/notice-addresses/sms", R"({"address":"+84 912 345 678"})").status, 200);
  ASSERT_TRUE(service_->SendDue().ok());
  std::ifstream file(options_.sandbox_dir + "/sms.jsonl");
  std::string line, more;
  ASSERT_TRUE(std::getline(file, line));
  EXPECT_FALSE(std::getline(file, more));
  auto message = boost::json::parse(line).as_object();
  EXPECT_EQ(json::GetText(message, "to"), "0912345678");
  EXPECT_NE(json::GetText(message, "text").find("ma xac nhan"), std::string::npos);
}

TEST_P(DeliveryTest, BrokenOptionsSwitchTheChannelOffAndAreTold) {
  options_.smtp.security = "none";
  options_.smtp.host = "mail.example.vn";
  Service refused(database(), clock_, options_);
  EXPECT_NE(refused.problem().find("loopback"), std::string::npos);
  options_.templates_dir = "/nowhere";
  Service silent(database(), clock_, options_);
  EXPECT_NE(silent.problem().find("vi.yaml"), std::string::npos);
}

}  // namespace
}  // namespace tinhso::notify
