#include <gmock/gmock.h>

#include "soft_authenticator.h"
#include "testing.h"
#include "webauthn.h"

namespace tinhso::identity {
namespace {

constexpr const char* kChallenge = "dGh1LXRoYWNoLWN1YS1jaHVuZy10b2k";
const RelyingParty kParty{"tinh.example", {"https://dvc.tinh.example"}};

SoftAuthenticator Device() {
  SoftAuthenticator device;
  device.rp_id = kParty.id;
  device.origin = kParty.origins[0];
  return device;
}

template <class T>
std::string Why(const Result<T>& result) {
  return result.ok() ? "" : result.error().reason + ":" + result.error().detail;
}

TEST(WebAuthn, RegistersAndSigns) {
  SoftAuthenticator device = Device();
  auto fresh = VerifyRegistration(kParty, kChallenge, device.Register(kChallenge));
  ASSERT_TRUE(fresh.ok()) << Why(fresh);
  EXPECT_EQ(fresh->algorithm, -7);
  EXPECT_EQ(fresh->public_key.size(), 64u);
  EXPECT_EQ(fresh->credential_id, crypto::Base64UrlEncode(device.credential_id));
  auto signed_in = VerifyAssertion(kParty, kChallenge, {fresh->algorithm, fresh->public_key, 0}, device.Sign(kChallenge));
  ASSERT_TRUE(signed_in.ok()) << Why(signed_in);
  EXPECT_EQ(signed_in->sign_count, 0);
}

// Each thing the standard has us look at, wrong by itself.
TEST(WebAuthn, EachWrongPartIsFound) {
  struct Case {
    const char* why;
    void (*bend)(SoftAuthenticator&);
  };
  const Case cases[] = {
      {"passkey_invalid:origin", [](SoftAuthenticator& d) { d.origin = "https://dvc.tinh.example.evil.example"; }},
      {"passkey_invalid:origin", [](SoftAuthenticator& d) { d.origin = "http://dvc.tinh.example"; }},
      {"passkey_invalid:origin", [](SoftAuthenticator& d) { d.origin = "http://localhost:8080"; }},
      {"passkey_invalid:rpIdHash", [](SoftAuthenticator& d) { d.rp_id = "evil.example"; }},
      {"passkey_invalid:type", [](SoftAuthenticator& d) { d.type = "webauthn.other"; }},
      {"passkey_invalid:crossOrigin", [](SoftAuthenticator& d) { d.cross_origin = true; }},
      {"passkey_invalid:userPresent", [](SoftAuthenticator& d) { d.flags = 0x04; }},
      {"passkey_unverified_user:", [](SoftAuthenticator& d) { d.flags = 0x01; }},
  };
  SoftAuthenticator good = Device();
  auto known = VerifyRegistration(kParty, kChallenge, good.Register(kChallenge));
  ASSERT_TRUE(known.ok());
  for (const Case& one : cases) {
    SoftAuthenticator bent = good;
    one.bend(bent);
    EXPECT_EQ(Why(VerifyRegistration(kParty, kChallenge, bent.Register(kChallenge))), one.why);
    EXPECT_EQ(Why(VerifyAssertion(kParty, kChallenge, {known->algorithm, known->public_key, 0}, bent.Sign(kChallenge))), one.why);
  }
  EXPECT_EQ(Why(VerifyRegistration(kParty, kChallenge, good.Register("YW5vdGhlcg"))), "passkey_invalid:challenge");
  EXPECT_EQ(Why(VerifyAssertion(kParty, kChallenge, {known->algorithm, known->public_key, 0}, good.Sign("YW5vdGhlcg"))), "passkey_invalid:challenge");
  // A registration is no sign-in and the other way round.
  EXPECT_EQ(Why(VerifyAssertion(kParty, kChallenge, {known->algorithm, known->public_key, 0}, good.Register(kChallenge))), "passkey_invalid:type");
}

TEST(WebAuthn, AnotherKeysSignatureIsRefused) {
  SoftAuthenticator mine = Device(), other = Device();
  auto known = VerifyRegistration(kParty, kChallenge, mine.Register(kChallenge));
  EXPECT_EQ(Why(VerifyAssertion(kParty, kChallenge, {known->algorithm, known->public_key, 0}, other.Sign(kChallenge))), "passkey_invalid:signature");
  // Nor does a key pass under another algorithm's name.
  for (int algorithm : {-8, -257, 0, 5}) EXPECT_FALSE(VerifyAssertion(kParty, kChallenge, {algorithm, known->public_key, 0}, mine.Sign(kChallenge)).ok());
}

TEST(WebAuthn, TheCounterMustGrow) {
  SoftAuthenticator device = Device();
  auto known = VerifyRegistration(kParty, kChallenge, device.Register(kChallenge));
  auto with = [&](uint32_t sent, int64_t stored) {
    device.count = sent;
    return Why(VerifyAssertion(kParty, kChallenge, {known->algorithm, known->public_key, stored}, device.Sign(kChallenge)));
  };
  EXPECT_EQ(with(0, 0), "");
  EXPECT_EQ(with(1, 0), "");
  EXPECT_EQ(with(0xffffffff, 7), "");
  EXPECT_EQ(with(7, 7), "passkey_copied:");
  EXPECT_EQ(with(6, 7), "passkey_copied:");
  EXPECT_EQ(with(0, 7), "passkey_copied:");
}

// Cut anywhere, the bytes of an authenticator must be refused, never read past their end.
TEST(WebAuthn, CutBytesAreRefused) {
  SoftAuthenticator device = Device();
  json::object whole = device.Register(kChallenge);
  std::string text(whole["response"].as_object()["attestationObject"].as_string());
  std::string bytes = *crypto::Base64UrlDecode(text);
  for (size_t length = 0; length < bytes.size(); ++length) {
    json::object cut = whole;
    cut["response"].as_object()["attestationObject"] = crypto::Base64UrlEncode(bytes.substr(0, length));
    EXPECT_FALSE(VerifyRegistration(kParty, kChallenge, cut).ok()) << length;
  }
  for (const char* bad : {"{}", R"({"id":1,"response":2})", R"({"id":"x","response":{}})", R"({"response":{"clientDataJSON":"!!!"}})"})
    EXPECT_FALSE(VerifyRegistration(kParty, kChallenge, json::Parse(bad)->as_object()).ok()) << bad;
}

class PasskeyTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    Create(Wanted("lan"));
  }
  std::string ChallengeFor(Browser& browser, const char* path) { return json::GetText(Body(Call(browser, "POST", path)), "challenge"); }
  http::Response Add(Browser& browser, const SoftAuthenticator& device) {
    std::string challenge = ChallengeFor(browser, "/api/v1/me/passkeys/options");
    return Call(browser, "POST", "/api/v1/me/passkeys", json::serialize(json::object{{"name", "Điện thoại"}, {"credential", device.Register(challenge)}}));
  }
  http::Response SignInWith(Browser& browser, const SoftAuthenticator& device) {
    std::string challenge = ChallengeFor(browser, "/api/v1/session/passkey/options");
    return Call(browser, "POST", "/api/v1/session/passkey", json::serialize(json::object{{"credential", device.Sign(challenge)}}));
  }
  json::array Keys(Browser& browser) { return Body(Call(browser, "GET", "/api/v1/me/security"))["passkeys"].as_array(); }
};
TINHSO_ON_BOTH_ENGINES(PasskeyTest);

TEST_P(PasskeyTest, AKeySignsInByItself) {
  Browser browser = SignedIn("lan");
  SoftAuthenticator device;
  std::string before = browser.cookies["tinhso_session"];
  auto added = Add(browser, device);
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_NE(browser.cookies["tinhso_session"], before);
  EXPECT_EQ(json::GetText(Keys(browser)[0].as_object(), "name"), "Điện thoại");
  Browser fresh;
  auto in = SignInWith(fresh, device);
  EXPECT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(json::GetText(Body(in), "username"), "lan");
  EXPECT_FALSE(Keys(fresh)[0].as_object().at("used_at").is_null());
  // The same key is stored once.
  EXPECT_EQ(Reason(Add(fresh, device)), "passkey_exists");
  EXPECT_EQ(Audited("passkey.changed"), 1);
}

// The key and what unlocks it are two factors: the app is not asked for after it.
TEST_P(PasskeyTest, AKeyIsTwoFactors) {
  CreateOfficer("quan-tri", "H99", "administrator");
  Service::Options options;
  options.second_factor_roles = {"administrator"};
  Start(options);
  Browser admin = SignedIn("quan-tri");
  SoftAuthenticator device;
  ASSERT_EQ(Add(admin, device).status, 201);
  EXPECT_EQ(Call(admin, "GET", "/api/v1/admin/accounts").status, 200);
  Browser fresh;
  EXPECT_EQ(SignInWith(fresh, device).status, 200);
  EXPECT_EQ(Call(fresh, "GET", "/api/v1/admin/accounts").status, 200);
  // The password alone now leads to the key.
  Browser half;
  auto asked = SignIn(half, "quan-tri");
  EXPECT_EQ(asked.status, 202);
  EXPECT_EQ(Body(asked)["second_factor"].as_array(), json::array{"passkey"});
}

TEST_P(PasskeyTest, AChallengeWorksOnceAndForItsPurpose) {
  Browser browser = SignedIn("lan");
  SoftAuthenticator device;
  ASSERT_EQ(Add(browser, device).status, 201);
  Browser fresh;
  std::string challenge = ChallengeFor(fresh, "/api/v1/session/passkey/options");
  auto use = [&](const std::string& with) {
    return Call(fresh, "POST", "/api/v1/session/passkey", json::serialize(json::object{{"credential", device.Sign(with)}}));
  };
  EXPECT_EQ(use(challenge).status, 200);
  EXPECT_EQ(Reason(use(challenge)), "passkey_invalid");
  EXPECT_EQ(Reason(use(std::string(43, 'A'))), "passkey_invalid");
  EXPECT_EQ(Reason(use(ChallengeFor(browser, "/api/v1/me/passkeys/options"))), "passkey_invalid");
  challenge = ChallengeFor(fresh, "/api/v1/session/passkey/options");
  clock_.Advance(600 * kUsPerSecond);
  EXPECT_EQ(Reason(use(challenge)), "passkey_invalid");
  // Another person's challenge for adding a key.
  Create(Wanted("minh"));
  Browser minh = SignedIn("minh");
  browser = SignedIn("lan");
  std::string his = ChallengeFor(minh, "/api/v1/me/passkeys/options");
  SoftAuthenticator second;
  second.credential_id = "khoa-khac";
  EXPECT_EQ(Reason(Call(browser, "POST", "/api/v1/me/passkeys", json::serialize(json::object{{"name", "x"}, {"credential", second.Register(his)}}))), "passkey_invalid");
}

TEST_P(PasskeyTest, ACopiedKeyIsRefusedAndItsOwnerTold) {
  Browser browser = SignedIn("lan");
  SoftAuthenticator device;
  ASSERT_EQ(Add(browser, device).status, 201);
  device.count = 5;
  Browser fresh;
  EXPECT_EQ(SignInWith(fresh, device).status, 200);
  EXPECT_EQ(Reason(SignInWith(fresh, device)), "passkey_copied");
  EXPECT_EQ(Audited("session.failed"), 1);
  EXPECT_EQ(Body(Call(browser, "GET", "/api/v1/me"))["unread_notices"].as_int64(), 2);  // added, copied
}

TEST_P(PasskeyTest, KeysAreRenamedAndRemovedByTheirOwnerOnly) {
  Browser browser = SignedIn("lan");
  SoftAuthenticator device;
  std::string id = json::GetText(Body(Add(browser, device)), "passkey_id");
  Create(Wanted("minh"));
  Browser minh = SignedIn("minh");
  EXPECT_EQ(Call(minh, "DELETE", "/api/v1/me/passkeys/" + id).status, 404);
  EXPECT_EQ(Call(minh, "PATCH", "/api/v1/me/passkeys/" + id, R"({"name":"x"})").status, 404);
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me/passkeys/" + id, R"({"name":""})").status, 422);
  EXPECT_EQ(Call(browser, "PATCH", "/api/v1/me/passkeys/" + id, R"({"name":"Máy ở nhà"})").status, 204);
  EXPECT_EQ(json::GetText(Keys(browser)[0].as_object(), "name"), "Máy ở nhà");
  EXPECT_EQ(Call(browser, "DELETE", "/api/v1/me/passkeys/" + id).status, 204);
  EXPECT_TRUE(Keys(browser).empty());
  Browser fresh;
  EXPECT_EQ(Reason(SignInWith(fresh, device)), "passkey_unknown");
}

TEST_P(PasskeyTest, AKeyConfirmsItsOwnerAndNobodyElse) {
  Browser browser = SignedIn("lan");
  SoftAuthenticator device;
  ASSERT_EQ(Add(browser, device).status, 201);
  Create(Wanted("minh"));
  Browser minh = SignedIn("minh");
  clock_.Advance(901 * kUsPerSecond);
  auto confirm = [&](Browser& who) {
    std::string challenge = ChallengeFor(who, "/api/v1/session/passkey/options");
    return Call(who, "POST", "/api/v1/me/confirm", json::serialize(json::object{{"credential", device.Sign(challenge)}}));
  };
  EXPECT_EQ(Reason(confirm(minh)), "passkey_unknown");
  EXPECT_EQ(Reason(Call(minh, "POST", "/api/v1/me/totp")), "confirmation_required");
  EXPECT_EQ(confirm(browser).status, 204);
  EXPECT_EQ(Call(browser, "POST", "/api/v1/me/totp").status, 200);
}

}  // namespace
}  // namespace tinhso::identity
