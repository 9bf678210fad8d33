// Getting back into an account that lost its password or second factor: one administrator proposes, another approves, the person uses a
// code once. No single person can take an account over.

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"

namespace tinhso::identity {
namespace {

constexpr int64_t kProposalUs = 7 * kUsPerDay;
constexpr int64_t kRecoveryCodeUs = kUsPerDay;
constexpr int kRecoveryLength = 20;
constexpr size_t kRecoveryReasonMax = 500;
constexpr int64_t kRecoveriesPerPage = 50;

}  // namespace

Result<json::object> Service::Impl::RecoveryJson(db::Tx& tx, const store::RecoveryRow& recovery) {
  auto name = [&](int64_t account_id) -> Result<json::value> {
    if (account_id == 0) return json::value(nullptr);
    TINHSO_ASSIGN(auto account, store::AccountById(tx, account_id));
    return json::value(account ? account->full_name : "");
  };
  TINHSO_ASSIGN(auto account, store::AccountById(tx, recovery.account_id));
  TINHSO_ASSIGN(json::value proposed_by, name(recovery.proposed_by));
  TINHSO_ASSIGN(json::value decided_by, name(recovery.decided_by));
  bool open = recovery.state == "proposed" || recovery.state == "approved";
  return json::object{{"recovery_id", std::to_string(recovery.recovery_id)},
                      {"username", account ? account->username : ""},
                      {"full_name", account ? account->full_name : ""},
                      {"state", open && recovery.expires_at_us <= clock.NowUs() ? "expired" : recovery.state},
                      {"reason", recovery.reason},
                      {"proposed_by", proposed_by},
                      {"proposed_at", TimeJson(recovery.proposed_at_us)},
                      {"decided_by", decided_by},
                      {"decided_at", TimeJson(recovery.decided_at_us)},
                      {"expires_at", TimeJson(recovery.expires_at_us)}};
}

Result<http::Response> Service::Impl::ListRecoveries(http::Request& request) {
  const http::Principal& who = *request.principal;
  TINHSO_ASSIGN(int64_t limit, request.QueryInt("limit", 1, 100, kRecoveriesPerPage));
  TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(request.Query("cursor")));
  json::value next = nullptr;
  TINHSO_ASSIGN(json::array items, database.Read([&](db::Tx& tx) -> Result<json::array> {
    json::array out;
    TINHSO_ASSIGN(auto recoveries, store::RecentRecoveries(tx, before, limit + 1));
    if (static_cast<int64_t>(recoveries.size()) > limit) {
      recoveries.resize(limit);
      next = json::value(http::EncodeCursor({std::to_string(recoveries.back().recovery_id)}));
    }
    for (const auto& recovery : recoveries) {
      if (!AccountInScope(tx, recovery.account_id, who).ok()) continue;
      TINHSO_ASSIGN(json::object item, RecoveryJson(tx, recovery));
      // Neither one's own account, nor what one proposed oneself.
      item["may_decide"] = recovery.state == "proposed" && recovery.expires_at_us > clock.NowUs() && recovery.proposed_by != who.account_id &&
                           recovery.account_id != who.account_id;
      out.push_back(std::move(item));
    }
    return out;
  }));
  return http::Response::Json(json::object{{"items", std::move(items)}, {"next_cursor", std::move(next)}});
}

Result<http::Response> Service::Impl::ProposeRecovery(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  std::string reason = text::Trim(in.Text("reason", 1, kRecoveryReasonMax));
  TINHSO_TRY(in.Finish());
  TINHSO_ASSIGN(int64_t account_id, ParseId(request.Param("account_id"), "account_not_found"));
  const http::Principal& who = *request.principal;
  if (account_id == who.account_id) return MakeError(ErrorCode::kConflict, "account_is_own");
  TimeUs now = clock.NowUs();
  store::RecoveryRow recovery{NewId(), account_id, "proposed", reason, who.account_id, now, 0, 0, "", now + kProposalUs};
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_TRY(AccountInScope(tx, account_id, who));
    TINHSO_ASSIGN(auto open, store::OpenRecoveryOf(tx, account_id, now));
    if (open) return MakeError(ErrorCode::kConflict, "recovery_open");
    TINHSO_TRY(store::InsertRecovery(tx, recovery));
    audit::Event event = audit::By(who, "recovery.proposed", "account", account_id, who.authority_id, now);
    event.data["recovery_id"] = std::to_string(recovery.recovery_id);
    TINHSO_TRY(audit::Stage(tx, event));
    TINHSO_TRY(Tell(tx, account_id, "account.recovery_proposed", now));
    return RecoveryJson(tx, recovery);
  }));
  answer["may_decide"] = false;
  return http::Response::Json(answer, 201);
}

Result<http::Response> Service::Impl::DecideRecovery(http::Request& request) {
  TINHSO_ASSIGN(auto body, request.Json());
  json::Reader in(body);
  bool approve = in.Bool("approve");
  TINHSO_TRY(in.Finish());
  TINHSO_TRY(RequireConfirmed(request));
  TINHSO_ASSIGN(int64_t recovery_id, ParseId(request.Param("recovery_id"), "recovery_not_found"));
  const http::Principal& who = *request.principal;
  TimeUs now = clock.NowUs();
  std::string code = approve ? RandomCode(kRecoveryLength) : "";
  TINHSO_ASSIGN(json::object answer, database.Write([&](db::Tx& tx) -> Result<json::object> {
    Error absent = MakeError(ErrorCode::kNotFound, "recovery_not_found");
    TINHSO_ASSIGN(auto recovery, store::RecoveryById(tx, recovery_id));
    if (!recovery || !AccountInScope(tx, recovery->account_id, who).ok()) return absent;
    if (recovery->account_id == who.account_id) return MakeError(ErrorCode::kConflict, "account_is_own");
    if (recovery->proposed_by == who.account_id) return MakeError(ErrorCode::kForbidden, "recovery_needs_second_person");
    if (recovery->state != "proposed" || recovery->expires_at_us <= now) return MakeError(ErrorCode::kConflict, "recovery_decided");
    recovery->state = approve ? "approved" : "refused";
    recovery->decided_by = who.account_id;
    recovery->decided_at_us = now;
    recovery->code_hash = approve ? TokenHash(code) : "";
    recovery->expires_at_us = approve ? now + kRecoveryCodeUs : recovery->expires_at_us;
    TINHSO_ASSIGN(bool decided, store::DecideRecovery(tx, *recovery));
    if (!decided) return MakeError(ErrorCode::kConflict, "recovery_decided");
    audit::Event event = audit::By(who, "recovery.decided", "account", recovery->account_id, who.authority_id, now);
    event.data["recovery_id"] = std::to_string(recovery_id);
    event.data["approved"] = approve;
    TINHSO_TRY(audit::Stage(tx, event));
    TINHSO_TRY(Tell(tx, recovery->account_id, approve ? "account.recovery_approved" : "account.recovery_refused", now));
    return RecoveryJson(tx, *recovery);
  }));
  answer["may_decide"] = false;
  if (approve) {
    std::string shown;
    for (size_t at = 0; at < code.size(); at += 4) shown += (at == 0 ? "" : "-") + code.substr(at, 4);
    answer["one_time_code"] = shown;
  }
  return http::Response::Json(answer);
}

}  // namespace tinhso::identity
