// The bench of the identity tests: a small province, some accounts, and a browser with a cookie jar. Tests only.
#pragma once
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "kernel/audit/audit.h"
#include "kernel/db_testing/db_testing.h"
#include "kernel/identity/identity.h"
#include "kernel/notify/notify.h"

namespace tinhso::identity {

inline constexpr const char* kPassword = "mat-khau-thu-nghiem";

// Keeps cookies as a browser does and sends the CSRF header as the web application does.
struct Browser {
  std::map<std::string, std::string> cookies;
  bool send_csrf = true;
  std::string address = "203.0.113.7";
  std::vector<std::pair<std::string, std::string>> extra_headers;
};

class IdentityFixture : public db_testing::DbTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(database()
                    .Write([&](db::Tx& tx) -> Status {
                      using NewUnit = orgs::Service::NewUnit;
                      const NewUnit units[] = {
                          {"H99", "", "province", "Ủy ban nhân dân tỉnh Mẫu", "Tỉnh Mẫu", "99", "2025-07-01", {}},
                          {"H99.101", "H99", "commune", "Ủy ban nhân dân xã Một", "Xã Một", "99001", "2025-07-01", {}},
                          {"H99.101.01", "H99.101", "one_stop_desk", "Một cửa xã Một", "", "", "2025-07-01", {}},
                          {"H99.102", "H99", "commune", "Ủy ban nhân dân xã Hai", "Xã Hai", "99002", "2025-07-01", {}}};
                      for (const NewUnit& unit : units) TINHSO_TRY(orgs_.UpsertUnit(tx, unit));
                      return Ok();
                    })
                    .ok());
    ASSERT_TRUE(orgs_.Load().ok());
    Start({});
  }
  // As a restart of the server: nothing kept in memory.
  void Start(Service::Options options) {
    if (options.secret_key_file.empty()) options.secret_key_file = key_file();
    service_ = std::make_unique<Service>(database(), clock_, orgs_, options);
    const Status opened = service_->OpenSecrets();
    EXPECT_TRUE(opened.ok()) << opened.error().reason;
    router_ = std::make_unique<http::Router>();
    router_->Add(service_->Routes());
    authenticator_ = service_->authenticator();
  }
  std::string key_file() const { return temp_dir() + "/secrets.key"; }
  int64_t UnitId(const char* code) { return orgs_.snapshot()->ByCode(code)->unit_id; }
  NewAccount Wanted(const std::string& username, std::vector<NewAccount::Assignment> assignments = {}) {
    NewAccount account;
    account.username = username;
    account.password = kPassword;
    account.full_name = "Nguyễn Thị " + username;
    account.assignments = std::move(assignments);
    return account;
  }
  int64_t Create(const NewAccount& account) {
    auto id = service_->CreateAccount(account);
    EXPECT_TRUE(id.ok()) << (id.ok() ? "" : id.error().reason);
    return id.ok() ? *id : 0;
  }
  int64_t CreateOfficer(const std::string& username, const char* unit_code, const char* role) {
    return Create(Wanted(username, {{UnitId(unit_code), role, "Chức vụ"}}));
  }
  http::Response Call(Browser& browser, const char* method, const std::string& path, const std::string& body = "",
                      std::map<std::string, std::string> query = {}) {
    http::Request request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.remote_address = browser.address;
    if (!body.empty()) {
      request.body = body;
      request.headers.emplace_back("content-type", "application/json");
    }
    std::string jar;
    for (const auto& [name, value] : browser.cookies) jar += (jar.empty() ? "" : "; ") + name + "=" + value;
    if (!jar.empty()) request.headers.emplace_back("cookie", jar);
    auto csrf = browser.cookies.find("tinhso_csrf");
    if (browser.send_csrf && csrf != browser.cookies.end()) request.headers.emplace_back("x-tinhso-csrf", csrf->second);
    for (const auto& header : browser.extra_headers) request.headers.push_back(header);
    http::Response response = http::Dispatch(*router_, authenticator_, request);
    for (const auto& [name, value] : response.headers) {
      if (name != "Set-Cookie") continue;
      size_t equals = value.find('='), end = value.find(';');
      std::string cookie = value.substr(0, equals), content = value.substr(equals + 1, end - equals - 1);
      if (content.empty()) {
        browser.cookies.erase(cookie);
      } else {
        browser.cookies[cookie] = content;
      }
    }
    return response;
  }
  http::Response SignIn(Browser& browser, const std::string& username, const std::string& password = kPassword) {
    return Call(browser, "POST", "/api/v1/session",
                json::serialize(json::object{{"username", username}, {"password", password}}));
  }
  Browser SignedIn(const std::string& username) {
    Browser browser;
    auto response = SignIn(browser, username);
    EXPECT_EQ(response.status, 200) << response.body;
    return browser;
  }
  static json::object Body(const http::Response& response) {
    return response.body.empty() ? json::object() : boost::json::parse(response.body).as_object();
  }
  static std::string Reason(const http::Response& response) { return json::GetText(Body(response), "reason"); }
  // Who signs in with a second factor, an administrator's approval and so on: proves again that he is there.
  void ConfirmAs(Browser& browser) {
    auto confirmed = Call(browser, "POST", "/api/v1/me/confirm", json::serialize(json::object{{"password", kPassword}}));
    EXPECT_EQ(confirmed.status, 204) << confirmed.body;
  }
  // How many audit events of a kind there are.
  int64_t Audited(const char* kind) {
    static constexpr db::Sql kCount = "SELECT COUNT(*) FROM audit_event WHERE kind = $1";
    auto row = database().Read([&](db::Tx& tx) { return tx.QueryOne(kCount, {kind}); });
    return row.ok() && *row ? (*row)->Int(0) : -1;
  }

  // Before the services: they keep a reference to the database, which migrating may open anew.
  const bool migrated_ = (Migrate({
      db::Migrations_kernel_audit(), db::Migrations_kernel_orgs(), db::Migrations_kernel_notify(), db::Migrations_kernel_identity(), db::Migrations_kernel_persons()}), true);
  FixedClock clock_{FromLocal({2026, 11, 23}, 9 * 60)};
  orgs::Service orgs_{database(), clock_};
  std::unique_ptr<Service> service_;
  std::unique_ptr<http::Router> router_;
  http::Authenticator authenticator_;
};

}  // namespace tinhso::identity
