// Secrets at rest: what a stolen copy of the database gives, what a lost or changed key does.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/crypto.h"
#include "secret_keys.h"
#include "testing.h"
#include "totp.h"

namespace tinhso::identity {
namespace {

class SecretsTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    Create(Wanted("lan"));
  }
  static std::string One(const char* key, const std::string& value) { return json::serialize(json::object{{key, value}}); }
  std::string CodeOf(const std::string& secret) { return HotpCode(Base32Decode(secret), static_cast<uint64_t>(clock_.NowUs() / kTotpPeriodUs)); }
  std::string Enrol(const std::string& username) {
    Browser browser = SignedIn(username);
    std::string secret = json::GetText(Body(Call(browser, "POST", "/api/v1/me/totp")), "secret");
    auto confirmed = Call(browser, "POST", "/api/v1/me/totp/confirm", One("code", CodeOf(secret)));
    EXPECT_EQ(confirmed.status, 200) << confirmed.body;
    json::object body = Body(confirmed);
    recovery_code_ = std::string(body["recovery_codes"].as_array()[0].as_string());
    clock_.Advance(kTotpPeriodUs);
    return secret;
  }
  http::Response SecondStep(const std::string& username, const std::string& code) {
    Browser fresh;
    const std::string ceremony = json::GetText(Body(SignIn(fresh, username)), "ceremony");
    clock_.Advance(kTotpPeriodUs);
    return Call(fresh, "POST", "/api/v1/session/second-factor", json::serialize(json::object{{"ceremony", ceremony}, {"code", code}}));
  }
  http::Response SignInWithApp(const std::string& username, const std::string& secret) {
    clock_.Advance(kTotpPeriodUs);
    Browser fresh;
    const std::string ceremony = json::GetText(Body(SignIn(fresh, username)), "ceremony");
    return Call(fresh, "POST", "/api/v1/session/second-factor", json::serialize(json::object{{"ceremony", ceremony}, {"code", CodeOf(secret)}}));
  }
  std::vector<std::string> Stored() {
    static constexpr db::Sql kAll = "SELECT secret FROM totp ORDER BY account_id";
    std::vector<std::string> out;
    EXPECT_TRUE(database().Read([&](db::Tx& tx) {
      return tx.ForEach(kAll, {}, [&](const db::Row& row) { return out.push_back(row.Text(0)), true; });
    }).ok());
    return out;
  }
  // As a version before sealing left it, or as somebody who writes to the database puts it.
  void StoreOpen(const std::string& secret) {
    static constexpr db::Sql kOpen = "UPDATE totp SET secret = $1";
    EXPECT_TRUE(database().Write([&](db::Tx& tx) { return tx.Execute(kOpen, {secret}); }).ok());
  }
  static std::string Bytes(const std::string& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  // Everything SQLite has on disk.
  std::string Disk() {
    const std::string path = test_database_.options().sqlite_path;
    return Bytes(path) + Bytes(path + "-wal");
  }
  std::string recovery_code_;
};
TINHSO_ON_BOTH_ENGINES(SecretsTest);

// A stolen copy of the database, without the file of keys, gives no codes.
TEST_P(SecretsTest, TheDatabaseHoldsNoSecretOpen) {
  const std::string secret = Enrol("lan");
  ASSERT_EQ(Stored().size(), 1u);
  EXPECT_TRUE(Stored()[0].starts_with("v1:")) << Stored()[0];
  EXPECT_EQ(Stored()[0].find(secret), std::string::npos);
  EXPECT_EQ(SignInWithApp("lan", secret).status, 200);
  if (on_postgres()) return;
  test_database_.Close();
  EXPECT_EQ(Disk().find(secret), std::string::npos);
  EXPECT_EQ(Disk().find(Base32Decode(secret)), std::string::npos);
}

TEST_P(SecretsTest, WhatAnOlderVersionLeftOpenIsSealedAtTheStart) {
  const std::string secret = Enrol("lan");
  StoreOpen(secret);
  EXPECT_EQ(SignInWithApp("lan", secret).status, 200);  // a server of both versions on one database
  Start({});
  EXPECT_TRUE(Stored()[0].starts_with("v1:"));
  EXPECT_EQ(SignInWithApp("lan", secret).status, 200);
  EXPECT_EQ(*service_->UnreadableSecrets(), 0);
  if (on_postgres()) return;
  test_database_.Close();
  EXPECT_EQ(Disk().find(secret), std::string::npos);
}

// A row moved to another account is not opened there: somebody who writes to the database gives himself nobody's app.
TEST_P(SecretsTest, ASecretIsBoundToItsAccount) {
  Create(Wanted("minh"));
  const std::string lans = Enrol("lan"), of_lan = Stored()[0];
  Enrol("minh");
  StoreOpen(of_lan);  // into every row
  EXPECT_EQ(Reason(SignInWithApp("minh", lans)), "authenticator_unreadable");
  EXPECT_EQ(SignInWithApp("lan", lans).status, 200);
  EXPECT_EQ(*service_->UnreadableSecrets(), 1);
}

TEST_P(SecretsTest, TheKeyIsChangedUnderARunningServer) {
  const std::string secret = Enrol("lan"), before = Stored()[0], old_file = Bytes(key_file());
  auto sealed = RotateSecretKey(database(), clock_, key_file(), false);
  ASSERT_TRUE(sealed.ok()) << sealed.error().reason;
  EXPECT_EQ(*sealed, 1);
  EXPECT_NE(Stored()[0].substr(0, 12), before.substr(0, 12));
  EXPECT_EQ(SignInWithApp("lan", secret).status, 200);
  EXPECT_EQ(Audited("secret_key.rotated"), 1);
  // The old key is gone from the file, and opens nothing of today.
  const std::string now = Bytes(key_file());
  const std::string old_key = old_file.substr(old_file.find("tinhso-secret-key-v1"));
  EXPECT_EQ(now.find(old_key), std::string::npos);
  std::ofstream(key_file(), std::ios::trunc) << old_file;
  Start({});
  EXPECT_EQ(Reason(SignInWithApp("lan", secret)), "authenticator_unreadable");
}

// A restore that forgot the file must not begin with new keys and shut everybody out unseen.
TEST_P(SecretsTest, AMissingFileStopsTheStartUntilItIsDeclaredLost) {
  const std::string secret = Enrol("lan");
  std::filesystem::rename(key_file(), key_file() + ".away");
  Service forgotten(database(), clock_, orgs_, {.secret_key_file = key_file()});
  EXPECT_EQ(forgotten.OpenSecrets().error().reason, "secret_key_missing");
  EXPECT_EQ(RotateSecretKey(database(), clock_, key_file(), false).error().reason, "secret_key_missing");
  auto begun = RotateSecretKey(database(), clock_, key_file(), true);
  ASSERT_TRUE(begun.ok()) << begun.error().reason;
  EXPECT_EQ(RotateSecretKey(database(), clock_, key_file(), true).error().reason, "secret_key_not_lost");
  Start({});
  EXPECT_EQ(*service_->UnreadableSecrets(), 1);
  EXPECT_EQ(Reason(SignInWithApp("lan", secret)), "authenticator_unreadable");
  EXPECT_EQ(SecondStep("lan", recovery_code_).status, 200);  // the way back in
}

TEST_P(SecretsTest, AFileThatOthersMayReadOrThatIsDamagedIsRefused) {
  struct stat info {};
  ASSERT_EQ(::stat(key_file().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  ASSERT_EQ(::chmod(key_file().c_str(), 0640), 0);
  EXPECT_EQ(SecretKeys(key_file()).Load().error().reason, "secret_key_too_open");
  ASSERT_EQ(::chmod(key_file().c_str(), 0600), 0);
  for (const char* text : {"", "nonsense\n", "tinhso-secret-key-v1 AAAA\n", "tinhso-secret-key-v1 %%%\n"}) {
    std::ofstream(key_file(), std::ios::trunc) << text;
    EXPECT_EQ(SecretKeys(key_file()).Load().error().reason, "secret_key_malformed") << text;
  }
}

TEST(Seal, OpensOnlyWholeUnderItsKeyInItsPlace) {
  const std::string key(crypto::kSealKeyBytes, 'k'), other(crypto::kSealKeyBytes, 'o');
  const std::string sealed = crypto::Seal(key, "secret", "place");
  EXPECT_EQ(*crypto::Unseal(key, sealed, "place"), "secret");
  EXPECT_NE(crypto::Seal(key, "secret", "place"), sealed);  // a nonce of its own
  EXPECT_FALSE(crypto::Unseal(other, sealed, "place").ok());
  EXPECT_FALSE(crypto::Unseal(key, sealed, "elsewhere").ok());
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] ^= 1;
    EXPECT_FALSE(crypto::Unseal(key, changed, "place").ok()) << i;
    EXPECT_FALSE(crypto::Unseal(key, sealed.substr(0, i), "place").ok()) << i;
  }
  EXPECT_EQ(*crypto::Unseal(key, crypto::Seal(key, "", ""), ""), "");
}

}  // namespace
}  // namespace tinhso::identity
