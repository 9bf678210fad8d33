#include "kernel/audit/audit.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "base/crypto.h"
#include "base/ids.h"
#include "merkle.h"
#include "store.h"

namespace tinhso::audit {
namespace {

constexpr int kSaltBytes = 16;
// Leaves moved in one transaction: on SQLite it holds the writer's thread.
constexpr int64_t kSealChunk = 500;
constexpr size_t kProblemsMax = 100;

bool IsKnownKind(const std::string& kind) {
  static const std::unordered_set<std::string_view> kinds = [] {
    std::unordered_set<std::string_view> out;
    for (const auto& k : EventKinds()) out.insert(k.kind);
    return out;
  }();
  return kinds.contains(kind);
}

// The leaf is a salted hash of the event's canonical form: who holds the tree alone learns nothing from it, not even
// by guessing events.
std::string LeafHashOf(const store::EventRow& e) {
  const json::object fields = {
      {"audit_id", e.audit_id},           {"authority_id", e.authority_id}, {"kind", e.kind},
      {"subject_kind", e.subject_kind},   {"subject_id", e.subject_id},     {"account_id", e.account_id},
      {"assignment_id", e.assignment_id}, {"person_id", e.person_id},       {"at_us", e.at_us},
      {"data", e.data},
  };
  return LeafHash(crypto::Sha256Bytes(e.salt + json::Canonical(fields)));
}

Result<int64_t> SealSome(db::Database& database, int64_t authority_id, int64_t count, TimeUs now_us) {
  return database.Write([&](db::Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(auto tree, store::LockTree(tx, authority_id, now_us));
    TINHSO_ASSIGN(auto frontier, Frontier::Parse(tree.tree_size, tree.frontier));
    TINHSO_ASSIGN(auto moved, store::MoveStaged(tx, authority_id, tree.tree_size, count));
    if (moved.empty()) return int64_t{0};
    for (auto& leaf : moved) frontier.Append(std::move(leaf.leaf_hash));
    TINHSO_TRY(store::SaveTree(tx, authority_id, {frontier.size(), frontier.Root(), frontier.Serialize()}, now_us));
    return static_cast<int64_t>(moved.size());
  });
}

class Checker {
 public:
  Checker(db::Tx& tx, CheckReport& report) : tx_(tx), report_(report) {}

  Status Authority(int64_t authority_id) {
    authority_id_ = authority_id;
    ++report_.authorities;
    TINHSO_ASSIGN(auto checkpoints, store::Checkpoints(tx_, authority_id));
    TINHSO_ASSIGN(auto tree, store::Tree(tx_, authority_id));
    Frontier frontier;
    size_t next_checkpoint = 0;
    TINHSO_TRY(store::EachSealed(tx_, authority_id, [&](const store::LeafWithEvent& row) {
      ++report_.leaves;
      if (row.leaf.leaf_index != frontier.size())
        Problem("leaf " + std::to_string(frontier.size()) + " is missing or out of order");
      // The tree is computed from the event, not from the stored hash: a change of both is found too.
      frontier.Append(CheckEvent(row, "leaf " + std::to_string(row.leaf.leaf_index)));
      if (next_checkpoint < checkpoints.size() && checkpoints[next_checkpoint].first == frontier.size()) {
        if (checkpoints[next_checkpoint].second != frontier.Root())
          Problem("the events do not give the tree sealed at " + std::to_string(frontier.size()) + " leaves");
        ++next_checkpoint;
      }
    }));
    if (next_checkpoint < checkpoints.size())
      Problem("the log has fewer leaves than the checkpoint at " + std::to_string(checkpoints.back().first));
    const std::string root = frontier.size() == 0 && tree.tree_size == 0 ? tree.root_hash : frontier.Root();
    if (tree.tree_size != frontier.size() || tree.root_hash != root)
      Problem("the tree's head does not match its " + std::to_string(frontier.size()) + " leaves");
    TINHSO_TRY(store::EachStaged(tx_, authority_id, [&](const store::LeafWithEvent& row) {
      ++report_.staged;
      (void)CheckEvent(row, "staged event " + std::to_string(row.leaf.audit_id));
    }));
    TINHSO_ASSIGN(const int64_t loose, store::CountEventsWithoutLeaf(tx_, authority_id));
    if (loose > 0) Problem(std::to_string(loose) + " events have no leaf");
    return Ok();
  }

 private:
  // The hash the event gives now.
  std::string CheckEvent(const store::LeafWithEvent& row, const std::string& where) {
    if (row.event.kind.empty()) {
      Problem(where + ": its event " + std::to_string(row.leaf.audit_id) + " is gone");
      return row.leaf.leaf_hash;
    }
    std::string hash = LeafHashOf(row.event);
    if (hash != row.leaf.leaf_hash)
      Problem(where + ": event " + std::to_string(row.leaf.audit_id) + " does not match its hash");
    return hash;
  }

  void Problem(const std::string& what) {
    if (report_.problems.size() == kProblemsMax) report_.problems.push_back("more problems are not listed");
    if (report_.problems.size() < kProblemsMax)
      report_.problems.push_back("audit authority " + std::to_string(authority_id_) + ": " + what);
  }

  db::Tx& tx_;
  CheckReport& report_;
  int64_t authority_id_ = 0;
};

}  // namespace

Status Stage(db::Tx& tx, const Event& event) {
  if (!IsKnownKind(event.kind)) return MakeError(ErrorCode::kInternal, "audit_kind_unknown", event.kind);
  store::EventRow row;
  row.authority_id = event.authority_id;
  row.audit_id = NewId();
  row.kind = event.kind;
  row.subject_kind = event.subject_kind;
  row.subject_id = event.subject_id;
  row.account_id = event.account_id;
  row.assignment_id = event.assignment_id;
  row.person_id = event.person_id;
  row.at_us = event.at_us;
  row.data = json::Canonical(event.data);
  row.salt = crypto::HexEncode(crypto::RandomBytes(kSaltBytes));
  return store::InsertEvent(tx, row, LeafHashOf(row));
}

Event By(const http::Principal& who, std::string kind, std::string subject_kind, int64_t subject_id,
         int64_t authority_id, TimeUs at_us) {
  Event event;
  event.authority_id = authority_id;
  event.kind = std::move(kind);
  event.subject_kind = std::move(subject_kind);
  event.subject_id = subject_id;
  event.account_id = who.account_id;
  event.assignment_id = who.assignment_id;
  event.at_us = at_us;
  return event;
}

Result<int64_t> Seal(db::Database& database, int64_t batch_max, TimeUs now_us) {
  TINHSO_ASSIGN(auto authorities, database.Read([](db::Tx& tx) { return store::StagedAuthorities(tx); }));
  int64_t sealed = 0;
  for (const int64_t authority_id : authorities) {
    while (sealed < batch_max) {
      TINHSO_ASSIGN(const int64_t moved,
                    SealSome(database, authority_id, std::min(kSealChunk, batch_max - sealed), now_us));
      sealed += moved;
      if (moved < kSealChunk) break;
    }
  }
  return sealed;
}

Result<CheckReport> Check(db::Database& database) {
  return database.Read([](db::Tx& tx) -> Result<CheckReport> {
    CheckReport report;
    Checker checker(tx, report);
    TINHSO_ASSIGN(auto authorities, store::Authorities(tx));
    for (const int64_t authority_id : authorities) TINHSO_TRY(checker.Authority(authority_id));
    return report;
  });
}

}  // namespace tinhso::audit
