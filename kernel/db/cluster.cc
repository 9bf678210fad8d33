#include "kernel/db/cluster.h"

#include <cstring>
#include <utility>

#include "base/crypto.h"
#include "base/ids.h"

namespace tinhso::db {
namespace {

constexpr Sql kRaise = R"sql(
  INSERT INTO cluster_revision (cache, revision) VALUES ($1, 1)
  ON CONFLICT (cache) DO UPDATE SET revision = cluster_revision.revision + 1)sql";
constexpr Sql kRevisions = "SELECT cache, revision FROM cluster_revision";
constexpr Sql kRevision = "SELECT revision FROM cluster_revision WHERE cache = $1";
constexpr Sql kTake = R"sql(
  INSERT INTO cluster_lease (work, holder, until_us) VALUES ($1, $2, $3)
  ON CONFLICT (work) DO UPDATE SET holder = excluded.holder, until_us = excluded.until_us
  WHERE cluster_lease.holder = excluded.holder OR cluster_lease.until_us <= $4)sql";
constexpr Sql kGiveBack = "DELETE FROM cluster_lease WHERE holder = $1";

std::string NodeWork(int node) { return "node/" + std::to_string(node); }

int64_t RandomHolder() {
  int64_t holder = 0;
  std::memcpy(&holder, crypto::RandomBytes(sizeof holder).data(), sizeof holder);
  return holder & INT64_MAX;
}

}  // namespace

Status Touch(Tx& tx, std::string_view cache) { return tx.Send(kRaise, {cache}); }

Result<int64_t> Revision(Tx& tx, std::string_view cache) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kRevision, {cache}));
  return row ? row->Int(0) : int64_t{0};
}

void Watcher::On(std::string cache, std::function<Status()> reload) {
  std::lock_guard lock(mutex_);
  watched_[std::move(cache)].reload = std::move(reload);
}

Status Watcher::Poll() {
  std::lock_guard lock(mutex_);
  TINHSO_ASSIGN(const Rows rows, database_.Read([](Tx& tx) { return tx.Query(kRevisions, {}); }));
  std::map<std::string, int64_t> revisions;
  for (const Row& row : rows) revisions[row.Text(0)] = row.Int(1);
  const bool first = std::exchange(first_, false);
  Status worst = Ok();
  for (auto& [cache, watched] : watched_) {
    const auto found = revisions.find(cache);
    const int64_t revision = found == revisions.end() ? 0 : found->second;
    if (!first && revision != watched.revision) {
      if (Status loaded = watched.reload(); !loaded.ok()) {
        worst = std::move(loaded);
        continue;
      }
    }
    watched.revision = revision;
  }
  return worst;
}

Result<std::unique_ptr<Member>> Member::Join(Database& database, const Clock& clock, int wanted) {
  std::unique_ptr<Member> member(new Member(database, clock, RandomHolder()));
  TINHSO_TRY(member->TakeNode(wanted));
  return member;
}

Member::~Member() {
  (void)database_.Write([&](Tx& tx) { return tx.Execute(kGiveBack, {holder_}); });
}

int Member::node() const {
  std::lock_guard lock(mutex_);
  return node_;
}

Result<bool> Member::Take(std::string_view work, TimeUs now_us) {
  TINHSO_ASSIGN(const int64_t changed, database_.Write([&](Tx& tx) {
    return tx.Execute(kTake, {work, holder_, now_us + kLeaseUs, now_us});
  }));
  const bool taken = changed == 1;
  std::lock_guard lock(mutex_);
  if (taken) held_until_us_[std::string(work)] = now_us + kLeaseUs;
  else held_until_us_.erase(std::string(work));
  return taken;
}

Status Member::TakeNode(int wanted) {
  const TimeUs now_us = clock_.NowUs();
  for (int node = std::max(wanted, 0); node <= (wanted >= 0 ? wanted : kNodeMax); ++node) {
    TINHSO_ASSIGN(const bool taken, Take(NodeWork(node), now_us));
    if (!taken) continue;
    SetNode(node);
    std::lock_guard lock(mutex_);
    node_ = node;
    return Ok();
  }
  if (wanted >= 0) return MakeError(ErrorCode::kConflict, "server_node_taken", std::to_string(wanted));
  return MakeError(ErrorCode::kUnavailable, "server_nodes_used_up", "a number of a process that died is free again after a minute");
}

Result<bool> Member::Hold(std::string_view work) {
  const TimeUs now_us = clock_.NowUs();
  {
    std::lock_guard lock(mutex_);
    const auto held = held_until_us_.find(work);
    // A clock that was set back must not make a lease longer.
    if (held != held_until_us_.end() && held->second - now_us > kLeaseUs - kRenewPeriodUs && held->second - now_us <= kLeaseUs) return true;
  }
  return Take(work, now_us);
}

Status Member::Renew() {
  TINHSO_ASSIGN(const bool kept, Take(NodeWork(node()), clock_.NowUs()));
  return kept ? Ok() : TakeNode(-1);
}

}  // namespace tinhso::db
