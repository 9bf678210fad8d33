// What a unit sent away and waits for: the applicant's papers or payment, another unit, an agency outside.
#include <algorithm>

#include "impl.h"
#include "store_day.h"

namespace tinhso::dossiers {

namespace {

constexpr const char* kWaitingKinds[] = {"supplement", "payment", "unit", "agency"};

bool AsksOutside(const workflow::Workflow& flow, const workflow::State& state) {
  return std::any_of(flow.transitions().begin(), flow.transitions().end(),
                     [&](const workflow::Transition& t) { return t.to == state.id && t.Requires("agency"); });
}

}  // namespace

const char* Service::Impl::WaitingKind(const store::Dossier& d, const workflow::Workflow& flow, const workflow::State& state) const {
  if (state.final) return "";
  if (state.holder_applicant) return state.national_state == 6 ? "payment" : "supplement";
  if (state.holder_role.empty()) return "";
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* holder = units->ById(HolderUnit(d, state));
  if (holder != nullptr && holder->authority_id != units->ActingFor(d.authority_id)) return "unit";
  return AsksOutside(flow, state) ? "agency" : "";
}

// Two may wait: the dossier's own authority for the department, and the department for the applicant.
Status Service::Impl::FollowWaiting(db::Tx& tx, const store::Dossier& d, const Move& move, const workflow::State& from,
                                    const store::Event& event) const {
  if (from.id == d.state || move.filing == Filing::kNew) return Ok();
  const workflow::State* to = move.flow.FindState(d.state);
  if (to == nullptr) return Ok();
  const std::string_view was = WaitingKind(d, move.flow, from), is = WaitingKind(d, move.flow, *to);
  if (was.empty() && is.empty()) return Ok();
  const auto units = deps.orgs.snapshot();
  const int64_t own = units->ActingFor(d.authority_id);
  const int64_t other = d.department_authority_id == 0 ? 0 : units->ActingFor(d.department_authority_id);
  store::Waiting waiting;
  waiting.authority_id = move.who.authority_id;
  waiting.dossier_id = d.dossier_id;
  waiting.subject_authority_id = d.authority_id;
  waiting.unit_id = move.who.unit_id;
  waiting.account_id = move.who.HolderAccountId();
  waiting.kind = is;
  waiting.since_us = move.now_us;
  if (is == "agency") waiting.waits_for = event.to_name;
  if (is == "unit") {
    const orgs::Unit* holder = units->ById(HolderUnit(d, *to));
    waiting.waits_for = holder == nullptr ? "" : holder->short_name;
  }
  const bool by_own = move.who.authority_id == own, by_other = other != 0 && other != own && move.who.authority_id == other;
  const bool at_other = is == "unit" || (by_other && !is.empty());
  if (by_own && !is.empty()) TINHSO_TRY(store::PutWaiting(tx, waiting));
  else if (!at_other) TINHSO_TRY(store::EndWaiting(tx, own, d.dossier_id));
  if (own != d.authority_id && is.empty()) TINHSO_TRY(store::EndWaiting(tx, d.authority_id, d.dossier_id));
  if (by_other && (is == "supplement" || is == "payment" || is == "agency")) return store::PutWaiting(tx, waiting);
  return other != 0 && other != own ? store::EndWaiting(tx, other, d.dossier_id) : Ok();
}

Result<std::string> Service::Waiting(const WaitingParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  const auto units = m.deps.orgs.snapshot();
  TimeUs after_since = INT64_MIN;
  int64_t after_id = 0;
  if (!params.cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(params.cursor, 2));
    after_since = std::strtoll(parts[0].c_str(), nullptr, 10);
    after_id = std::strtoll(parts[1].c_str(), nullptr, 10);
    if (after_id <= 0) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  }
  std::vector<store::Waiting> found;
  std::map<std::string, int64_t> counts;
  for (int64_t authority_id : units->ActsFor(who.authority_id)) {
    store::WaitingFilter filter;
    filter.authority_id = authority_id;
    // A leader sees what all of the office waits for; what a merged office sent away is everybody's.
    if (authority_id == who.authority_id && !who.Has("dossier.assign")) filter.unit_id = who.unit_id;
    if (params.mine) filter.account_id = who.HolderAccountId();
    TINHSO_TRY(m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(auto by_kind, store::CountWaiting(tx, filter));
      for (const auto& one : by_kind) counts[one.kind] += one.count;
      filter.kind = params.kind;
      TINHSO_ASSIGN(auto page, store::WaitingPage(tx, filter, after_since, after_id, params.limit + 1));
      found.insert(found.end(), page.begin(), page.end());
      return Ok();
    }));
  }
  std::sort(found.begin(), found.end(), [](const store::Waiting& a, const store::Waiting& b) {
    return a.since_us != b.since_us ? a.since_us < b.since_us : a.dossier_id < b.dossier_id;
  });
  const bool more = static_cast<int64_t>(found.size()) > params.limit;
  if (more) found.resize(static_cast<size_t>(params.limit));
  const TimeUs now = m.deps.clock.NowUs();
  std::vector<store::Dossier> shown;
  json::Writer out(512 + found.size() * 768);
  out.BeginObject().Array("items");
  for (const store::Waiting& w : found) {
    TINHSO_ASSIGN(auto d, m.deps.router.For(w.subject_authority_id).Read([&](db::Tx& tx) { return store::FindById(tx, {w.subject_authority_id, w.dossier_id}); }));
    if (!d || m.ViewerOf(*d, who) != Viewer::kOfficer) continue;
    json::Writer summary;
    m.WriteSummary(summary, *d, *units, now);
    out.BeginObject().Raw("dossier", summary.Take()).Text("kind", w.kind).Text("waits_for", w.waits_for).Text("since", FormatTime(w.since_us));
    out.Int("days", FactDay(now) - FactDay(w.since_us)).Bool("mine", w.account_id == who.HolderAccountId()).EndObject();
    shown.push_back(std::move(*d));
  }
  out.EndArray().Object("counts");
  for (const char* kind : kWaitingKinds) out.Int(kind, counts[kind]);
  out.EndObject();
  if (more) out.Text("next_cursor", http::EncodeCursor({std::to_string(found.back().since_us), std::to_string(found.back().dossier_id)}));
  else out.Null("next_cursor");
  out.EndObject();
  if (!shown.empty()) TINHSO_TRY(m.AuditList(shown, who));
  return out.Take();
}

}  // namespace tinhso::dossiers
