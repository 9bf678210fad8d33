// Holds the stored log to the events, and the signed checkpoints to the log.
#include <map>
#include <set>

#include "base/crypto.h"
#include "entry.h"
#include "kernel/audit/audit.h"
#include "merkle.h"
#include "note.h"

namespace tinhso::audit {
namespace {

constexpr size_t kProblemsMax = 100;

class LogChecker {
 public:
  LogChecker(db::Tx& tx, CheckReport& report) : tx_(tx), report_(report) {}

  Status Run(std::string_view verifier_key) {
    TINHSO_ASSIGN(auto head, store::FindLog(tx_));
    TINHSO_TRY(ReadCheckpoints(verifier_key.empty() && head ? head->verifier_key : std::string(verifier_key)));
    TINHSO_TRY(store::EachSeen(tx_, [&](int64_t authority_id, int64_t audit_id, int64_t person_id) {
      seen_[{authority_id, audit_id}].push_back(person_id);
    }));
    TINHSO_TRY(store::EachEntry(tx_, [&](const store::EntryWithEvent& row) { Entry(row); }));
    for (auto it = roots_.lower_bound(frontier_.size() + 1); it != roots_.end(); ++it)
      Problem("the log has fewer leaves than the checkpoint at " + std::to_string(it->first));
    const int64_t size = head ? head->tree_size : 0;
    if (size != frontier_.size() || (head && head->frontier != frontier_.Serialize()))
      Problem("the log's head does not match its " + std::to_string(frontier_.size()) + " leaves");
    TINHSO_TRY(Nodes());
    TINHSO_TRY(store::EachStaged(tx_, [&](const store::EntryWithEvent& row) {
      ++report_.staged;
      const std::string entry = row.event.kind.empty() ? "" : EntryOf(row.event);
      if (row.entry.entry_hash != crypto::HexEncode(entry) &&
          row.entry.entry_hash != "leaf:" + crypto::HexEncode(LeafHash(entry)))
        Problem("staged event " + std::to_string(row.entry.audit_id) + " does not match its hash");
      else if (row.event.kind == "audit.erased")
        ReadSpecial(row.event, "");
    }));
    TINHSO_ASSIGN(const int64_t loose, store::CountEventsWithoutEntry(tx_));
    if (loose > 0) Problem(std::to_string(loose) + " events have no entry");
    Erasures();
    return Witnesses();
  }

 private:
  Status ReadCheckpoints(const std::string& verifier_key) {
    auto key = VerifierKey::Parse(verifier_key);
    TINHSO_TRY(store::EachCheckpoint(tx_, [&](const store::CheckpointRow& row) {
      ++report_.checkpoints;
      const std::string where = "checkpoint at " + std::to_string(row.tree_size);
      roots_[row.tree_size] = row.root_hash;
      auto note = Note::Parse(row.note);
      auto said = note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.error());
      if (!said.ok() || said->size != row.tree_size || crypto::HexEncode(said->root) != row.root_hash)
        Problem(where + ": its note says something else");
      else if (!key.ok() || said->origin != key->name || FindValid(*note, *key) == nullptr)
        Problem(where + ": not signed by this log's key");
    }));
    return Ok();
  }

  void Entry(const store::EntryWithEvent& row) {
    ++report_.leaves;
    const int64_t index = frontier_.size();
    const std::string where = "leaf " + std::to_string(row.entry.leaf_index);
    if (row.entry.leaf_index != index) Problem("leaf " + std::to_string(index) + " is missing or out of order");
    auto stored = crypto::HexDecode(row.entry.entry_hash);
    std::string entry = stored.ok() ? *stored : row.entry.entry_hash;
    if (row.event.kind.empty()) {
      Problem(where + ": its event " + std::to_string(row.entry.audit_id) + " is gone");
    } else if (row.event.erased_by != 0) {
      // Without its salt an event gives no entry: the stored one is held by the checkpoints.
      ++report_.erased;
      ++erased_events_[row.event.erased_by];
      if (!row.event.data.empty() || !row.event.salt.empty()) Problem(where + ": erased, but not empty");
    } else {
      // The tree is computed from the event, not from the stored entry: a change of both is found too.
      std::string computed = EntryOf(row.event);
      if (computed != entry)
        Problem(where + ": event " + std::to_string(row.entry.audit_id) + " does not match its hash");
      entry = std::move(computed);
      ReadSpecial(row.event, where);
    }
    frontier_.Append(LeafHash(entry), [&](int height, int64_t at, const std::string& hash) {
      if (height % kTileHeight == 0) nodes_[{height / kTileHeight, at}] = crypto::HexEncode(hash);
    });
    if (auto it = roots_.find(frontier_.size()); it != roots_.end() && it->second != crypto::HexEncode(frontier_.Root()))
      Problem("the events do not give the tree signed at " + std::to_string(frontier_.size()) + " leaves");
  }

  void ReadSpecial(const store::EventRow& event, const std::string& where) {
    const bool erasing = event.kind == "audit.erased";
    // Only these have more in their data to hold; parsing every event would triple the time.
    if (!erasing && event.data.find("\"people\":[") == std::string::npos) return;
    auto data = json::Parse(event.data);
    if (!data.ok() || !data->is_object()) return;
    if (erasing) {
      said_events_[event.audit_id] = json::GetInt(data->as_object(), "events");
      said_lists_ += json::GetInt(data->as_object(), "lists");
      return;
    }
    const json::value* people = data->as_object().if_contains("people");
    if (people == nullptr || !people->is_array()) return;
    std::set<std::string> marks;
    for (const json::value& mark : people->as_array())
      if (mark.is_string()) marks.emplace(mark.as_string());
    auto rows = seen_.extract({event.authority_id, event.audit_id});
    const size_t shown = rows.empty() ? 0 : rows.mapped().size();
    for (size_t i = 0; i < shown; ++i)
      if (!marks.contains(PersonMark(event.salt, rows.mapped()[i]))) Problem(where + ": a person is listed who was not shown");
    missing_lists_ += static_cast<int64_t>(marks.size()) - static_cast<int64_t>(shown);
  }

  Status Nodes() {
    TINHSO_TRY(store::EachNode(tx_, [&](store::NodeKey key, const std::string& hash) {
      auto node = nodes_.extract({key.level, key.node_index});
      if (node.empty() || node.mapped() != hash)
        Problem("tile hash " + std::to_string(key.level) + "/" + std::to_string(key.node_index) + " is wrong");
    }));
    if (!nodes_.empty()) Problem(std::to_string(nodes_.size()) + " tile hashes are missing");
    return Ok();
  }

  void Erasures() {
    for (const auto& [erased_by, count] : erased_events_) {
      const auto said = said_events_.find(erased_by);
      if (said == said_events_.end() || said->second < count)
        Problem(std::to_string(count) + " events were erased without a record of it");
    }
    if (missing_lists_ > said_lists_)
      Problem("persons were taken out of " + std::to_string(missing_lists_ - said_lists_) + " lists without a record of it");
    if (!seen_.empty()) Problem("persons are listed for " + std::to_string(seen_.size()) + " events that did not show any");
  }

  Status Witnesses() {
    TINHSO_ASSIGN(auto witnesses, store::Witnesses(tx_));
    std::map<std::string, VerifierKey> keys;
    for (const auto& witness : witnesses) {
      if (auto key = VerifierKey::Parse(witness.verifier_key); key.ok()) keys.emplace(witness.key_id, *key);
      if (witness.state == "alarm") Problem("witness " + witness.key_id + " contradicts this log: " + witness.state_detail);
    }
    TINHSO_TRY(store::EachCosignature(tx_, [&](const store::CosignatureRow& row, const std::string& checkpoint) {
      ++report_.cosignatures;
      const auto key = keys.find(row.key_id);
      if (key == keys.end()) return;  // of a witness since removed
      auto note = Note::Parse(checkpoint + row.line);
      if (!note.ok() || FindValid(*note, key->second) == nullptr)
        Problem("cosignature of " + row.key_id + " at " + std::to_string(row.tree_size) + " does not hold");
    }));
    TINHSO_ASSIGN(auto watched, store::Watched(tx_));
    for (const auto& log : watched) {
      if (log.alarm.empty()) continue;
      Problem("the watched log " + log.origin + (log.alarm == "rewritten" ? " has rewritten its history" : " could not prove its history"));
    }
    return Ok();
  }

  void Problem(const std::string& what) {
    if (report_.problems.size() == kProblemsMax) report_.problems.push_back("more problems are not listed");
    if (report_.problems.size() < kProblemsMax) report_.problems.push_back("audit: " + what);
  }

  db::Tx& tx_;
  CheckReport& report_;
  Frontier frontier_;
  std::map<int64_t, std::string> roots_;  // of the checkpoints, by size
  std::map<std::pair<int64_t, int64_t>, std::string> nodes_;
  std::map<std::pair<int64_t, int64_t>, std::vector<int64_t>> seen_;
  std::map<int64_t, int64_t> erased_events_, said_events_;
  int64_t missing_lists_ = 0, said_lists_ = 0;
};

}  // namespace

Result<CheckReport> Check(db::Database& database, std::string_view verifier_key) {
  return database.Read([&](db::Tx& tx) -> Result<CheckReport> {
    CheckReport report;
    TINHSO_TRY(LogChecker(tx, report).Run(verifier_key));
    return report;
  });
}

}  // namespace tinhso::audit
