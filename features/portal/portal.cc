#include "portal.h"

#include <algorithm>

#include "impl.h"
#include "shape.h"

namespace tinhso::portal {

Service::Service(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}
Service::~Service() = default;

void Service::Follow() {
  if (impl_->deps.options.url.empty()) return;
  impl_->deps.dossiers.OnMove([](db::Tx& tx, const dossiers::Moved& moved) {
    return store::Changed(tx, moved.authority_id, moved.dossier_id, moved.dossier_code, moved.now_us);
  });
}

// The dossier as it stands, then each step since; what was taken is never said again unless its answer was lost.
Result<bool> Service::Impl::SendOne(const store::Row& row) {
  auto shared = deps.dossiers.Share(row.authority_id, row.dossier_id);
  if (!shared.ok()) return shared.error();
  json::array whole;
  whole.push_back(DossierRecord(*shared, deps.public_base_url));
  TINHSO_ASSIGN(Answer answer, adapter.Call("DongBoHoSoMC", whole));
  const json::array steps = ProgressRecords(*shared, row.sent_event_id);
  if (answer.taken && !steps.empty()) {
    TINHSO_ASSIGN(answer, adapter.Call("CapNhatTienDoHoSoMC", steps));
  }
  const int64_t last = shared->steps.empty() ? 0 : shared->steps.back().event_id;
  TINHSO_TRY(deps.router.For(row.authority_id).Write([&](db::Tx& tx) -> Status {
    if (answer.taken) return store::Sent(tx, row, last, deps.clock.NowUs());
    return store::Refused(tx, row, answer.code, answer.text);
  }));
  return answer.taken;
}

Result<int64_t> Service::Send() {
  Impl& m = *impl_;
  if (m.deps.options.url.empty()) return 0;
  std::lock_guard sending(m.sending);
  if (m.deps.clock.NowUs() < m.Pause().until_us) return 0;
  TINHSO_ASSIGN(std::vector<store::Row> rows, m.Rows("waiting", kTurnMax));
  int64_t done = 0;
  for (const store::Row& row : rows) {
    auto sent = m.SendOne(row);
    if (!sent.ok()) {
      if (sent.error().reason != "portal_unreachable") return sent.error();
      m.Fail(sent.error().detail);
      return done;
    }
    m.Recover();
    ++done;
  }
  return done;
}

Result<std::vector<store::Row>> Service::Impl::Rows(std::string_view state, int64_t limit) const {
  return deps.router.Shared().Read([&](db::Tx& tx) -> Result<std::vector<store::Row>> {
    std::vector<store::Row> rows;
    for (int64_t at = 0;;) {
      TINHSO_ASSIGN(const auto next, store::NextAuthority(tx, state, at));
      if (!next) break;
      at = *next;
      TINHSO_ASSIGN(auto some, store::List(tx, at, state, limit));
      rows.insert(rows.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
    }
    // Whoever waited longest first, of all units.
    std::sort(rows.begin(), rows.end(), [](const store::Row& a, const store::Row& b) { return a.changed_at_us < b.changed_at_us; });
    if (static_cast<int64_t>(rows.size()) > limit) rows.resize(static_cast<size_t>(limit));
    return rows;
  });
}

Result<Service::Counts> Service::Count() const {
  return impl_->deps.router.Shared().Read([](db::Tx& tx) -> Result<Counts> {
    Counts counts;
    TINHSO_ASSIGN(counts.waiting, store::Count(tx, "waiting"));
    TINHSO_ASSIGN(counts.refused, store::Count(tx, "refused"));
    return counts;
  });
}

PauseState Service::Impl::Pause() const {
  std::lock_guard lock(mutex);
  return pause;
}

void Service::Impl::Fail(const std::string& why) {
  std::lock_guard lock(mutex);
  pause.wait_us = pause.wait_us == 0 ? kPauseFirstUs : std::min(pause.wait_us * 2, kPauseMaxUs);
  pause.until_us = deps.clock.NowUs() + pause.wait_us;
  pause.why = why;
}

void Service::Impl::Recover() {
  std::lock_guard lock(mutex);
  pause = {};
}

}  // namespace tinhso::portal
