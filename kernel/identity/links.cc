// Signing in through an identity provider, and which account that leads to.
#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "impl.h"

namespace tinhso::identity {
namespace {

constexpr const char* kVisitCookie = "tinhso_oidc";
constexpr const char* kVisitPath = "/api/v1/session/oidc";
constexpr const char* kReturnPage = "/dang-nhap/tro-ve";
constexpr int kUsernameRandom = 10;

// The same person by name and birth date, as far as both sides give them.
bool SamePerson(const Person& person, const Claims& claims) {
  bool birth = claims.birth_on.empty() || person.birth_on.empty() || claims.birth_on == person.birth_on;
  bool name = claims.full_name.empty() || text::Fold(claims.full_name) == text::Fold(person.full_name);
  return birth && name;
}

}  // namespace

Result<http::Response> Service::Impl::StartAtProvider(const std::string& provider_id, int64_t account_id) {
  auto it = providers.find(provider_id);
  if (it == providers.end()) return MakeError(ErrorCode::kNotFound, "provider_not_found");
  OidcClient::Start start{options.public_base_url + kReturnPage, NewToken(), NewToken(), NewToken()};
  TINHSO_ASSIGN(std::string url, it->second->AuthorizationUrl(start));
  TINHSO_ASSIGN(std::string visit, BeginCeremony("oidc", account_id, {{"provider", provider_id},
                                                                      {"state", start.state},
                                                                      {"nonce", start.nonce},
                                                                      {"verifier", start.verifier}}));
  http::Response response = http::Response::Json(json::object{{"authorization_url", url}});
  // The answer counts only in the browser that asked: a code sent to a victim signs nobody in.
  response.headers.emplace_back("Set-Cookie", std::string(kVisitCookie) + "=" + visit + "; Path=" + kVisitPath + "; SameSite=Strict; HttpOnly; Max-Age=" +
                                                  std::to_string(kCeremonyUs / kUsPerSecond) + (options.secure_cookie ? "; Secure" : ""));
  return response;
}

Result<http::Response> Service::Impl::OidcStart(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string provider_id = in.Text("provider", 1, 40);
  TINHSO_TRY(in.Finish());
  return StartAtProvider(provider_id, 0);
}

Result<http::Response> Service::Impl::LinkStart(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string provider_id = in.Text("provider", 1, 40);
  TINHSO_TRY(in.Finish());
  return StartAtProvider(provider_id, request.principal->account_id);
}

Result<http::Response> Service::Impl::OidcFinish(http::Request& request) {
  TINHSO_TRY(RefuseCrossSite(request));
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string state = in.Text("state", 1, 200), code = in.Text("code", 1, 4000);
  std::string issuer = in.OptionalText("iss", 500).value_or("");
  TINHSO_TRY(in.Finish());
  TimeUs now = clock.NowUs();
  std::string visit = CookieOf(request, kVisitCookie);
  TINHSO_ASSIGN(auto ceremony, database.Write([&](db::Tx& tx) { return store::TakeCeremony(tx, TokenHash(visit), "oidc", now); }));
  Error wrong = MakeError(ErrorCode::kForbidden, "oidc_state_wrong");
  if (!ceremony) return wrong;
  TINHSO_ASSIGN(json::value data, json::Parse(ceremony->data));
  const json::object& begun = data.as_object();
  if (!crypto::EqualConstantTime(json::GetText(begun, "state"), state)) return wrong;
  bool linking = ceremony->account_id != 0;
  if (linking && (!request.principal || request.principal->account_id != ceremony->account_id)) return wrong;
  auto it = providers.find(json::GetText(begun, "provider"));
  if (it == providers.end()) return MakeError(ErrorCode::kNotFound, "provider_not_found");
  OidcClient::Start start{options.public_base_url + kReturnPage, state, json::GetText(begun, "nonce"), json::GetText(begun, "verifier")};
  auto claims = it->second->Exchange(start, code, issuer);
  if (!claims.ok()) {
    TINHSO_TRY(database.Write([&](db::Tx& tx) {
      audit::Event event = SystemEvent("session.failed", ceremony->account_id, now);
      event.data["reason"] = claims.error().reason;
      event.data["provider"] = it->first;
      return audit::Stage(tx, event);
    }));
    return claims.error();
  }
  const Provider& provider = it->second->provider();
  TINHSO_ASSIGN(int64_t account_id, database.Write([&](db::Tx& tx) {
    return linking ? LinkOwn(tx, provider, *claims, ceremony->account_id) : AccountOfClaims(tx, provider, *claims);
  }));
  if (linking) return GetMe(request);
  TINHSO_ASSIGN(auto account, database.Read([&](db::Tx& tx) { return store::AccountById(tx, account_id); }));
  if (!account) return MakeError(ErrorCode::kNotFound, "account_not_found");
  return Admit(request, *account, {"oidc:" + provider.id, claims->strong});
}

Status Service::Impl::AddLink(db::Tx& tx, const Provider& provider, const Claims& claims, int64_t account_id, int64_t person_id) {
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(bool inserted, store::InsertLink(tx, {provider.id, claims.subject, account_id, claims.level, now, now}));
  if (!inserted) return MakeError(ErrorCode::kConflict, "oidc_link_taken");
  audit::Event event = SystemEvent("link.changed", account_id, now);
  event.person_id = person_id;
  event.data["change"] = "added";
  event.data["provider"] = provider.id;
  event.data["level"] = claims.level;
  TINHSO_TRY(audit::Stage(tx, event));
  return Tell(tx, account_id, "account.linked", now);
}

Result<int64_t> Service::Impl::LinkOwn(db::Tx& tx, const Provider& provider, const Claims& claims, int64_t account_id) {
  TINHSO_ASSIGN(auto link, store::LinkBySubject(tx, provider.id, claims.subject));
  if (link && link->account_id == account_id) return account_id;
  if (link) return MakeError(ErrorCode::kConflict, "oidc_link_taken");
  TINHSO_ASSIGN(auto account, store::AccountById(tx, account_id));
  if (!account) return MakeError(ErrorCode::kNotFound, "account_not_found");
  TINHSO_ASSIGN(auto person, persons.ById(tx, account->person_id));
  Error other = MakeError(ErrorCode::kConflict, "oidc_other_person");
  if (person && !claims.personal_no.empty()) {
    if (!person->personal_no.empty() && person->personal_no != claims.personal_no) return other;
    if (person->personal_no.empty() && claims.personal_no_verified) {
      if (!SamePerson(*person, claims)) return other;
      TINHSO_ASSIGN(bool inserted, persons.GivePersonalNo(tx, claims.personal_no, person->person_id));
      if (!inserted) return other;
    }
  }
  TINHSO_TRY(AddLink(tx, provider, claims, account_id, account->person_id));
  return account_id;
}

Result<int64_t> Service::Impl::AccountOfClaims(db::Tx& tx, const Provider& provider, const Claims& claims) {
  TimeUs now = clock.NowUs();
  TINHSO_ASSIGN(auto link, store::LinkBySubject(tx, provider.id, claims.subject));
  if (link) {
    link->level = claims.level;
    TINHSO_TRY(store::TouchLink(tx, *link, now));
    return link->account_id;
  }
  Person person;
  if (!claims.personal_no.empty()) {
    TINHSO_ASSIGN(auto known, persons.ByPersonalNo(tx, claims.personal_no));
    int64_t account_id = 0;
    if (known) {
      TINHSO_ASSIGN(account_id, AccountOfPerson(tx, known->person_id));
    }
    // A number that is only claimed opens nobody's account: its owner signs in first and links it himself.
    if (account_id != 0 && !claims.personal_no_verified) return MakeError(ErrorCode::kForbidden, "oidc_link_needs_sign_in");
    if (known && claims.personal_no_verified) {
      if (!SamePerson(*known, claims)) return MakeError(ErrorCode::kConflict, "oidc_other_person");
      person = *known;
    }
    if (account_id != 0) {
      TINHSO_TRY(AddLink(tx, provider, claims, account_id, person.person_id));
      return account_id;
    }
  }
  if (person.person_id == 0) {
    person.full_name = claims.full_name;
    person.birth_on = claims.birth_on;
    person.sex = claims.sex;
    if (claims.personal_no_verified) person.personal_no = claims.personal_no;
    if (person.full_name.empty()) return MakeError(ErrorCode::kInvalid, "oidc_claims_missing");
  }
  store::AccountRow account;
  account.account_id = NewId();
  account.username = provider.id + "-" + RandomCode(kUsernameRandom);
  account.full_name = person.full_name;
  account.created_at_us = now;
  TINHSO_ASSIGN(int64_t account_id, InsertAccountRow(tx, account, person));
  if (account_id == 0) return MakeError(ErrorCode::kUnavailable, "db_busy");
  audit::Event event = SystemEvent("account.created", account_id, now);
  event.person_id = account.person_id;
  event.data["provider"] = provider.id;
  TINHSO_TRY(audit::Stage(tx, event));
  TINHSO_TRY(AddLink(tx, provider, claims, account_id, account.person_id));
  return account_id;
}

Result<http::Response> Service::Impl::DeleteLink(http::Request& request) {
  TINHSO_TRY(RequireConfirmed(request));
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto account, store::AccountById(tx, who.account_id));
    TINHSO_ASSIGN(auto passkeys, store::PasskeysOf(tx, who.account_id));
    TINHSO_ASSIGN(auto links, store::LinksOf(tx, who.account_id));
    // The last door must not be walled up from inside.
    bool other_way = (account && !account->password_hash.empty()) || !passkeys.empty() || links.size() > 1;
    if (!other_way) return MakeError(ErrorCode::kConflict, "last_way_in");
    TINHSO_ASSIGN(bool deleted, store::DeleteLink(tx, who.account_id, request.Param("provider")));
    if (!deleted) return MakeError(ErrorCode::kNotFound, "link_not_found");
    audit::Event event = audit::By(who, "link.changed", "account", who.account_id, who.authority_id, now);
    event.data["change"] = "removed";
    event.data["provider"] = std::string(request.Param("provider"));
    TINHSO_TRY(audit::Stage(tx, event));
    return Tell(tx, who.account_id, "account.unlinked", now);
  }));
  return http::Response::NoContent();
}

}  // namespace tinhso::identity
