// Identity providers: every way an ID token can be wrong, and which account claims lead to. A provider's server is tried in tests/api.
#include "oidc.h"

#include <cjose/cjose.h>
#include <gmock/gmock.h>

#include "base/crypto.h"
#include "testing.h"

namespace tinhso::identity {
namespace {

constexpr const char* kIssuer = "https://dinhdanh.example";

struct SigningKey {
  std::shared_ptr<cjose_jwk_t> key;
  std::string kid, alg;
  static SigningKey Rsa(const char* kid) {
    cjose_err error;
    unsigned char exponent[] = {1, 0, 1};
    return {{cjose_jwk_create_RSA_random(2048, exponent, 3, &error), [](cjose_jwk_t* k) { cjose_jwk_release(k); }}, kid, "RS256"};
  }
  static SigningKey Ec(const char* kid) {
    cjose_err error;
    return {{cjose_jwk_create_EC_random(CJOSE_JWK_EC_P_256, &error), [](cjose_jwk_t* k) { cjose_jwk_release(k); }}, kid, "ES256"};
  }
  json::object Public() const {
    cjose_err error;
    char* text = cjose_jwk_to_json(key.get(), false, &error);
    json::object out = boost::json::parse(text).as_object();
    free(text);
    out["kid"] = kid;
    return out;
  }
  std::string Sign(const json::object& claims, const char* with_kid = nullptr) const {
    cjose_err error;
    cjose_header_t* header = cjose_header_new(&error);
    cjose_header_set(header, CJOSE_HDR_ALG, alg.c_str(), &error);
    std::string id = with_kid == nullptr ? kid : with_kid;
    if (!id.empty()) cjose_header_set(header, CJOSE_HDR_KID, id.c_str(), &error);
    std::string payload = json::serialize(claims);
    cjose_jws_t* jws = cjose_jws_sign(key.get(), header, reinterpret_cast<const uint8_t*>(payload.data()), payload.size(), &error);
    const char* text = nullptr;
    cjose_jws_export(jws, &text, &error);
    std::string out = text;
    cjose_jws_release(jws);
    cjose_header_release(header);
    return out;
  }
};

const SigningKey& RsaKey() {
  static const SigningKey key = SigningKey::Rsa("mot");
  return key;
}
const SigningKey& EcKey() {
  static const SigningKey key = SigningKey::Ec("hai");
  return key;
}

Provider Vneid() {
  Provider provider;
  provider.id = "vneid";
  provider.name_vi = provider.name_en = "VNeID";
  provider.issuer = kIssuer;
  provider.client_id = "tinhso";
  provider.client_secret = "bi-mat";
  provider.levels = {"1", "2"};
  provider.level_verified = "2";
  return provider;
}

constexpr int64_t kNowS = 1'800'000'000;
json::object GoodClaims() {
  return {{"iss", kIssuer}, {"sub", "nguoi-1"}, {"aud", "tinhso"}, {"exp", kNowS + 300}, {"iat", kNowS}, {"nonce", "so-mot-lan"}};
}
std::string Verified(const std::string& token, const char* nonce = "so-mot-lan") {
  json::array keys{RsaKey().Public(), EcKey().Public()};
  auto claims = VerifyIdToken(Vneid(), token, keys, nonce, kNowS * kUsPerSecond);
  return claims.ok() ? "" : claims.error().reason + ":" + claims.error().detail;
}

TEST(IdToken, GoodTokensOfBothKinds) {
  EXPECT_EQ(Verified(RsaKey().Sign(GoodClaims())), "");
  EXPECT_EQ(Verified(EcKey().Sign(GoodClaims())), "");
  EXPECT_EQ(Verified(RsaKey().Sign(GoodClaims(), "")), "");  // a token that does not name its key
}

TEST(IdToken, EachWrongClaimIsFound) {
  const std::tuple<const char*, const char*, json::value> cases[] = {
      {"iss", "iss", "https://dinhdanh.example/"}, {"iss", "iss", nullptr}, {"aud", "aud", "khac"}, {"aud", "aud", json::array{"khac"}},
      {"aud", "aud", json::array{"tinhso", "khac"}},  // several, without azp
      {"aud", "azp", "khac"}, {"exp", "exp", kNowS - 60}, {"exp", "exp", "mai"}, {"exp", "exp", nullptr}, {"exp", "exp", -1},
      {"iat", "iat", kNowS + 61}, {"iat", "iat", nullptr}, {"nbf", "nbf", kNowS + 61}, {"nonce", "nonce", "so-khac"},
      {"nonce", "nonce", nullptr}, {"sub", "sub", ""}, {"sub", "sub", nullptr}, {"sub", "sub", json::value(std::string(256, 'a'))}};
  for (const auto& [why, claim, value] : cases) {
    json::object claims = GoodClaims();
    claims[claim] = value;
    EXPECT_EQ(Verified(RsaKey().Sign(claims)), std::string("oidc_token_invalid:") + why) << claim << "=" << json::serialize(value);
  }
  // Within the skew of clocks, and several audiences that name us.
  for (const auto& [claim, value] : {std::pair<const char*, json::value>{"exp", kNowS - 59}, {"iat", kNowS + 60}, {"nbf", kNowS + 60}}) {
    json::object claims = GoodClaims();
    claims[claim] = value;
    EXPECT_EQ(Verified(RsaKey().Sign(claims)), "") << claim;
  }
  json::object several = GoodClaims();
  several["aud"] = json::array{"khac", "tinhso"};
  several["azp"] = "tinhso";
  EXPECT_EQ(Verified(RsaKey().Sign(several)), "");
  EXPECT_EQ(Verified(RsaKey().Sign(GoodClaims()), ""), "oidc_token_invalid:nonce");
}

TEST(IdToken, WhatIsNoSignatureIsRefused) {
  std::string good = RsaKey().Sign(GoodClaims());
  size_t first = good.find('.'), second = good.find('.', first + 1);
  auto header = [](const json::object& h) { return crypto::Base64UrlEncode(json::serialize(h)); };
  std::string payload = good.substr(first, second - first), signature = good.substr(second);
  EXPECT_EQ(Verified(header({{"alg", "none"}}) + payload + "."), "oidc_token_invalid:alg");
  EXPECT_EQ(Verified(header({{"alg", "HS256"}, {"kid", "mot"}}) + payload + signature), "oidc_token_invalid:alg");
  EXPECT_EQ(Verified(header({{"alg", "RS256"}, {"kid", "mot"}, {"crit", json::array{"x"}}}) + payload + signature), "oidc_token_invalid:crit");
  EXPECT_EQ(Verified(header({{"alg", "ES256"}, {"kid", "mot"}}) + payload + signature), "oidc_key_unknown:");  // a key of another kind
  EXPECT_EQ(Verified(RsaKey().Sign(GoodClaims(), "ba")), "oidc_key_unknown:");
  EXPECT_EQ(Verified(SigningKey::Rsa("mot").Sign(GoodClaims())), "oidc_token_invalid:signature");  // a stranger's key under a known name
  std::string bent = good;
  bent[first + 5] = bent[first + 5] == 'A' ? 'B' : 'A';
  EXPECT_EQ(Verified(bent), "oidc_token_invalid:signature");
  EXPECT_EQ(Verified(good.substr(0, second + 1)), "oidc_token_invalid:signature");
  for (const std::string& bad : {std::string(), std::string("a.b"), std::string("a.b.c.d"), std::string("..."), std::string(20'000, 'a'), std::string("!.!.!")})
    EXPECT_TRUE(Verified(bad).starts_with("oidc_token_invalid:")) << bad.substr(0, 10);
}

TEST(IdToken, ShortAndForeignKeysDoNotCount) {
  cjose_err error;
  unsigned char exponent[] = {1, 0, 1};
  SigningKey weak{{cjose_jwk_create_RSA_random(1024, exponent, 3, &error), [](cjose_jwk_t* k) { cjose_jwk_release(k); }}, "yeu", "RS256"};
  json::object for_encryption = RsaKey().Public(), wrong_alg = RsaKey().Public();
  for_encryption["use"] = "enc";
  wrong_alg["alg"] = "PS256";
  auto with = [&](const json::object& key, const std::string& token) {
    auto claims = VerifyIdToken(Vneid(), token, {key}, "so-mot-lan", kNowS * kUsPerSecond);
    return claims.ok() ? "" : claims.error().reason;
  };
  EXPECT_EQ(with(weak.Public(), weak.Sign(GoodClaims())), "oidc_key_unknown");
  EXPECT_EQ(with(for_encryption, RsaKey().Sign(GoodClaims())), "oidc_key_unknown");
  EXPECT_EQ(with(wrong_alg, RsaKey().Sign(GoodClaims())), "oidc_key_unknown");
}

TEST(IdToken, ClaimsAreReadByTheConfiguredNames) {
  Provider provider = Vneid();
  provider.personal_no_claim = "so_dinh_danh";
  provider.birth_on_claim = "ngay_sinh";
  provider.sex_claim = "gioi_tinh";
  provider.level_claim = "muc_do";
  json::object token{{"sub", "x"}, {"so_dinh_danh", "096190001234"}, {"name", " Nguyễn Thị Mỹ Hạnh "}, {"ngay_sinh", "14/05/1990"}, {"gioi_tinh", "Nữ"}, {"muc_do", 2}};
  Claims claims = ReadClaims(provider, token);
  EXPECT_EQ(claims.personal_no, "096190001234");
  EXPECT_EQ(claims.full_name, "Nguyễn Thị Mỹ Hạnh");
  EXPECT_EQ(claims.birth_on, "1990-05-14");
  EXPECT_EQ(claims.sex, "female");
  EXPECT_TRUE(claims.personal_no_verified);
  EXPECT_FALSE(claims.strong);
  token["muc_do"] = "1";
  EXPECT_FALSE(ReadClaims(provider, token).personal_no_verified);
  token["muc_do"] = "9";  // a level nobody configured
  EXPECT_FALSE(ReadClaims(provider, token).personal_no_verified);
  token["muc_do"] = 2;
  token["ngay_sinh"] = "14/05/1991";  // does not agree with the number
  EXPECT_EQ(ReadClaims(provider, token).personal_no, "");
}

// A provider in memory: what it would answer, and what it was asked.
class LinkTest : public IdentityFixture {
 protected:
  void SetUp() override {
    IdentityFixture::SetUp();
    Restart();
    NewAccount hanh = Wanted("hanh");
    hanh.full_name = hanh.person.full_name = "Nguyễn Thị Mỹ Hạnh";
    hanh.person.personal_no = "096190001234";
    hanh.person.birth_on = "1990-05-14";
    hanh.person.sex = "female";
    hanh_ = Create(hanh);
  }
  void Restart() {
    Service::Options options;
    options.public_base_url = "https://dvc.tinh.example";
    options.providers = {Vneid()};
    options.send = [this](const outbound::Request& request) { return Answer(request); };
    Start(options);
  }
  Result<outbound::Response> Answer(const outbound::Request& request) {
    auto json_answer = [](const json::value& v) { return outbound::Response{200, "application/json", json::serialize(v)}; };
    if (down_) return MakeError(ErrorCode::kUnavailable, "outbound_unreachable");
    if (request.url.ends_with("/.well-known/openid-configuration")) {
      return json_answer(json::object{{"issuer", kIssuer}, {"authorization_endpoint", std::string(kIssuer) + "/auth"}, {"token_endpoint", std::string(kIssuer) + "/token"},
                                      {"jwks_uri", std::string(kIssuer) + "/keys"}, {"end_session_endpoint", std::string(kIssuer) + "/end"}, {"authorization_response_iss_parameter_supported", true}});
    }
    if (request.url.ends_with("/keys")) {
      ++keys_asked_;
      return json_answer(json::object{{"keys", json::array{signing_->Public()}}});
    }
    last_token_request_ = request;
    return json_answer(json::object{{"id_token", signing_->Sign(claims_)}, {"access_token", "x"}});
  }
  static std::string Parameter(const std::string& url, const std::string& name) {
    size_t at = url.find(name + "=");
    return at == std::string::npos ? "" : url.substr(at + name.size() + 1, url.find('&', at) - at - name.size() - 1);
  }
  // Goes to the provider and prepares what it will say.
  std::string Visit(Browser& browser, json::object person, const char* path = "/api/v1/session/oidc/start") {
    auto begun = Call(browser, "POST", path, R"({"provider":"vneid"})");
    EXPECT_EQ(begun.status, 200) << begun.body;
    std::string url = json::GetText(Body(begun), "authorization_url");
    EXPECT_TRUE(url.starts_with(std::string(kIssuer) + "/auth?response_type=code&client_id=tinhso")) << url;
    EXPECT_EQ(Parameter(url, "code_challenge_method"), "S256");
    challenge_ = Parameter(url, "code_challenge");
    int64_t now = clock_.NowUs() / kUsPerSecond;
    claims_ = {{"iss", kIssuer}, {"aud", "tinhso"}, {"exp", now + 300}, {"iat", now}, {"nonce", Parameter(url, "nonce")}};
    for (const auto& [name, value] : person) claims_[name] = value;
    return Parameter(url, "state");
  }
  http::Response Back(Browser& browser, const std::string& state, const char* issuer = kIssuer) {
    return Call(browser, "POST", "/api/v1/session/oidc", json::serialize(json::object{{"state", state}, {"code", "ma"}, {"iss", issuer}}));
  }
  http::Response Through(Browser& browser, json::object person) { return Back(browser, Visit(browser, std::move(person))); }
  static json::object Hanh(const char* level) {
    return {{"sub", "hanh-o-vneid"}, {"personal_no", "096190001234"}, {"name", "NGUYỄN THỊ MỸ HẠNH"}, {"birthdate", "1990-05-14"}, {"gender", "female"}, {"level", level}};
  }

  const SigningKey* signing_ = &RsaKey();
  json::object claims_;
  std::string challenge_;
  outbound::Request last_token_request_;
  int keys_asked_ = 0;
  bool down_ = false;
  int64_t hanh_ = 0;
};
TINHSO_ON_BOTH_ENGINES(LinkTest);

TEST_P(LinkTest, AVerifiedNumberLinksTheAccountItBelongsTo) {
  Browser browser;
  auto in = Through(browser, Hanh("2"));
  EXPECT_EQ(in.status, 200) << in.body;
  EXPECT_EQ(json::GetText(Body(in), "username"), "hanh");
  EXPECT_EQ(Audited("link.changed"), 1);
  // From then on the link leads there, whatever the level.
  Browser again;
  EXPECT_EQ(json::GetText(Body(Through(again, Hanh("1"))), "username"), "hanh");
  EXPECT_EQ(Audited("link.changed"), 1);
  // PKCE: the verifier sent is the one whose hash was announced; the client proves itself.
  std::string verifier = Parameter(last_token_request_.body, "code_verifier");
  EXPECT_EQ(crypto::Base64UrlEncode(crypto::Sha256Bytes(verifier)), challenge_);
  EXPECT_EQ(last_token_request_.headers[2].second, "Basic " + crypto::Base64Encode("tinhso:bi-mat"));
  // Signing out goes on at the provider.
  auto out = Call(again, "DELETE", "/api/v1/session");
  EXPECT_EQ(out.status, 200);
  EXPECT_TRUE(json::GetText(Body(out), "continue_url").starts_with(std::string(kIssuer) + "/end?client_id=tinhso"));
}

// The heart of it: a number that is only claimed opens nobody's account.
TEST_P(LinkTest, AClaimedNumberOpensNoAccount) {
  Browser thief;
  auto refused = Through(thief, Hanh("1"));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(Reason(refused), "oidc_link_needs_sign_in");
  EXPECT_TRUE(thief.cookies.find("tinhso_session") == thief.cookies.end());
  json::object other = Hanh("2");
  other["name"] = "Trần Văn Khác";
  EXPECT_EQ(Reason(Through(thief, other)), "oidc_other_person");
  EXPECT_EQ(Audited("link.changed"), 0);
}

TEST_P(LinkTest, OnesOwnSignInLinksAtAnyLevel) {
  Browser browser = SignedIn("hanh");
  std::string state = Visit(browser, Hanh("1"), "/api/v1/me/links");
  EXPECT_EQ(Back(browser, state).status, 200);
  auto links = Body(Call(browser, "GET", "/api/v1/me/security"))["links"].as_array();
  ASSERT_EQ(links.size(), 1u);
  Browser fresh;
  EXPECT_EQ(json::GetText(Body(Through(fresh, Hanh("1"))), "username"), "hanh");
  // A second account cannot take the same identity, nor one take another person's.
  Create(Wanted("minh"));
  Browser minh = SignedIn("minh");
  EXPECT_EQ(Reason(Back(minh, Visit(minh, Hanh("1"), "/api/v1/me/links"))), "oidc_link_taken");
  json::object stranger = Hanh("2");
  stranger["sub"] = "nguoi-khac";
  stranger["personal_no"] = "096085004321";
  stranger["birthdate"] = "1985-11-02";
  stranger["gender"] = "male";
  EXPECT_EQ(Call(browser, "DELETE", "/api/v1/me/links/vneid").status, 204);
  EXPECT_EQ(Reason(Back(browser, Visit(browser, stranger, "/api/v1/me/links"))), "oidc_other_person");
}

// Begun by one account, finished in another's session: nothing is linked.
TEST_P(LinkTest, AVisitBelongsToWhoBeganIt) {
  Create(Wanted("minh"));
  Browser hanh = SignedIn("hanh"), minh = SignedIn("minh");
  std::string state = Visit(hanh, Hanh("2"), "/api/v1/me/links");
  minh.cookies["tinhso_oidc"] = hanh.cookies["tinhso_oidc"];
  EXPECT_EQ(Reason(Back(minh, state)), "oidc_state_wrong");
}

TEST_P(LinkTest, AFirstSignInMakesACitizen) {
  json::object person{{"sub", "moi"}, {"personal_no", "096085004321"}, {"name", "Trần Quốc Bảo"}, {"birthdate", "1985-11-02"}, {"gender", "male"}, {"level", "2"}};
  Browser browser;
  auto me = Body(Through(browser, person));
  EXPECT_EQ(me["roles"].as_array(), json::array{"citizen"});
  EXPECT_EQ(json::GetText(me["person"].as_object(), "personal_no"), "096085004321");
  EXPECT_TRUE(json::GetText(me, "username").starts_with("vneid-"));
  Browser again;
  EXPECT_EQ(json::GetText(Body(Through(again, person)), "username"), json::GetText(me, "username"));
  // It has no other way in: the link stays.
  EXPECT_EQ(Reason(Call(browser, "DELETE", "/api/v1/me/links/vneid")), "last_way_in");
  // Without a verified level the number is not taken down.
  Browser low;
  auto other = Body(Through(low, {{"sub", "thap"}, {"personal_no", "095302007788"}, {"name", "Danh Thị Sô Phi"}, {"level", "1"}}));
  EXPECT_EQ(json::GetText(other["person"].as_object(), "personal_no"), "");
  EXPECT_EQ(Reason(Through(low, {{"sub", "khong-ten"}, {"level", "1"}})), "oidc_claims_missing");
}

TEST_P(LinkTest, TheStateAndItsCookieHold) {
  Browser browser, other;
  std::string state = Visit(browser, Hanh("2"));
  EXPECT_EQ(Reason(Back(other, state)), "oidc_state_wrong");  // another browser: no cookie
  EXPECT_EQ(Reason(Back(browser, "doan-mo")), "oidc_state_wrong");
  EXPECT_EQ(Reason(Back(browser, state)), "oidc_state_wrong");  // the wrong try used it up
  state = Visit(browser, Hanh("2"));
  clock_.Advance(600 * kUsPerSecond);
  EXPECT_EQ(Reason(Back(browser, state)), "oidc_state_wrong");
  state = Visit(browser, Hanh("2"));
  EXPECT_EQ(Reason(Back(browser, state, "https://ke-gia.example")), "oidc_token_invalid");
  EXPECT_EQ(Reason(Call(browser, "POST", "/api/v1/session/oidc/start", R"({"provider":"khac"})")), "provider_not_found");
}

TEST_P(LinkTest, NewKeysAreFetchedWhenATokenNamesThem) {
  Browser browser;
  EXPECT_EQ(Through(browser, Hanh("2")).status, 200);
  EXPECT_EQ(keys_asked_, 1);
  signing_ = &EcKey();
  std::string state = Visit(browser, Hanh("2"));
  EXPECT_EQ(Reason(Back(browser, state)), "oidc_token_invalid");  // within the minute nobody is asked again
  EXPECT_EQ(keys_asked_, 1);
  clock_.Advance(61 * kUsPerSecond);
  EXPECT_EQ(Through(browser, Hanh("2")).status, 200);
  EXPECT_EQ(keys_asked_, 2);
}

TEST_P(LinkTest, AProviderThatIsDownIsSaidSo) {
  down_ = true;
  Browser browser;
  auto refused = Call(browser, "POST", "/api/v1/session/oidc/start", R"({"provider":"vneid"})");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(Reason(refused), "oidc_provider_unreachable");
}

// A disabled account stays shut whoever vouches for its owner; one with an app asks for its code.
TEST_P(LinkTest, OtherRulesOfTheAccountStillHold) {
  Browser browser;
  EXPECT_EQ(Through(browser, Hanh("2")).status, 200);
  CreateOfficer("quan-tri", "H99", "administrator");
  Browser admin = SignedIn("quan-tri");
  ASSERT_EQ(Call(admin, "PATCH", "/api/v1/admin/accounts/" + std::to_string(hanh_), R"({"enabled":false})").status, 200);
  EXPECT_EQ(Reason(Through(browser, Hanh("2"))), "account_disabled");
}

}  // namespace
}  // namespace tinhso::identity
