// Holds the stored log to the events, and the signed checkpoints to the log.
#include "check.h"

#include <algorithm>
#include <set>

#include "base/crypto.h"
#include "entry.h"
#include "merkle.h"
#include "note.h"

namespace tinhso::audit {
namespace {

constexpr size_t kProblemsMax = 100;

json::object MapJson(const std::map<int64_t, int64_t>& map) {
  json::object out;
  for (const auto& [key, value] : map) out[std::to_string(key)] = value;
  return out;
}

std::map<int64_t, int64_t> MapOf(const json::object& state, std::string_view name) {
  std::map<int64_t, int64_t> out;
  const json::value* map = state.if_contains(name);
  if (map == nullptr || !map->is_object()) return out;
  for (const auto& [key, value] : map->as_object())
    if (value.is_int64()) out[std::strtoll(std::string(key).c_str(), nullptr, 10)] = value.as_int64();
  return out;
}

json::object ReportJson(const CheckReport& r) {
  return {{"leaves", r.leaves},           {"staged", r.staged},
          {"erased", r.erased},           {"checkpoints", r.checkpoints},
          {"cosignatures", r.cosignatures}, {"problems", json::array(r.problems.begin(), r.problems.end())}};
}

// The keys that signed the log, by the tree size above which each did.
class KeyChain {
 public:
  void Add(int64_t above, VerifierKey key) { keys_.insert_or_assign(above, std::move(key)); }
  const VerifierKey* For(int64_t tree_size) const {
    auto it = keys_.lower_bound(tree_size);
    return it == keys_.begin() ? nullptr : &std::prev(it)->second;
  }

 private:
  std::map<int64_t, VerifierKey> keys_;
};

class LogChecker {
 public:
  LogChecker(db::Tx& tx, CheckState& state) : tx_(tx), state_(state), report_(state.report) {}

  Result<bool> Run(std::string_view verifier_key, int64_t slice) {
    TINHSO_ASSIGN(const auto head, store::FindLog(tx_));
    const int64_t size = head ? head->tree_size : 0;
    const bool first = !state_.begun;
    if (first) {
      state_.begun = true;
      state_.until = size;
      TINHSO_TRY(store::EachStaged(tx_, [&](const store::EntryWithEvent& row) {
        if (row.event.kind == "audit.erased") state_.staged_erasures.insert(row.event.audit_id);
      }));
    }
    TINHSO_ASSIGN(frontier_, Frontier::Parse(report_.leaves, state_.frontier));
    TINHSO_TRY(ReadKeys(verifier_key.empty() && head ? head->verifier_key : std::string(verifier_key), first));
    if (state_.next < state_.until) {
      TINHSO_TRY(Leaves(std::min(state_.next + slice, state_.until)));
      return false;
    }
    if (!state_.seen_done) {
      TINHSO_TRY(Seen(slice));
      return false;
    }
    // What was sealed since the beginning; the last of it and the rest in one transaction.
    TINHSO_ASSIGN(const int64_t end, store::EntriesEnd(tx_));
    const bool last = end - state_.next <= slice;
    TINHSO_TRY(Leaves(last ? end : state_.next + slice));
    if (last) TINHSO_TRY(Finish(head, size));
    if (erased_meanwhile_) {
      const TimeUs started_at_us = state_.started_at_us;
      state_ = {};
      state_.started_at_us = started_at_us;
      return false;
    }
    return last;
  }

 private:
  // Each change of the key must be signed by the old one and the new one: then whoever holds today's key vouches for all of them.
  Status ReadKeys(const std::string& verifier_key, bool report) {
    auto now = VerifierKey::Parse(verifier_key);
    if (!now.ok()) return Ok();  // every checkpoint will be a problem
    TINHSO_ASSIGN(const auto rotations, store::Rotations(tx_));
    VerifierKey key = *now;
    for (auto it = rotations.rbegin(); it != rotations.rend(); ++it) {
      keys_.Add(it->tree_size, key);
      auto old_key = VerifierKey::Parse(it->old_key);
      auto note = Note::Parse(it->note);
      auto said = note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.error());
      if (!old_key.ok() || !said.ok() || it->new_key != key.Text() || said->next_key != it->new_key ||
          old_key->name != key.name || FindValid(*note, *old_key) == nullptr || FindValid(*note, key) == nullptr) {
        if (report) Problem("the change of key at " + std::to_string(it->tree_size) + " is not signed by both keys");
        return Ok();  // what came before is signed by nobody we know
      }
      key = *old_key;
    }
    keys_.Add(-1, key);
    return Ok();
  }

  Status Leaves(int64_t to) {
    const int64_t above = state_.next == 0 ? -1 : frontier_.size();
    TINHSO_TRY(store::EachCheckpoint(tx_, above, frontier_.size() + to - state_.next, [&](const auto& row) { ReadCheckpoint(row); }));
    if (above < 0) HoldToRoot();
    TINHSO_TRY(store::EachEntry(tx_, state_.next, to, [&](const store::EntryWithEvent& row) { Entry(row); }));
    state_.next = to;
    state_.frontier = frontier_.Serialize();
    return Nodes();
  }

  void ReadCheckpoint(const store::CheckpointRow& row) {
    ++report_.checkpoints;
    const std::string where = "checkpoint at " + std::to_string(row.tree_size);
    roots_[row.tree_size] = row.root_hash;
    auto note = Note::Parse(row.note);
    auto said = note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.error());
    const VerifierKey* key = keys_.For(row.tree_size);
    if (!said.ok() || said->size != row.tree_size || crypto::HexEncode(said->root) != row.root_hash)
      Problem(where + ": its note says something else");
    else if (key == nullptr || said->origin != key->name || FindValid(*note, *key) == nullptr)
      Problem(where + ": not signed by this log's key");
  }

  void Entry(const store::EntryWithEvent& row) {
    ++report_.leaves;
    const int64_t index = frontier_.size();
    const std::string where = "leaf " + std::to_string(row.entry.leaf_index);
    if (row.entry.leaf_index != index) Problem("leaf " + std::to_string(index) + " is missing or out of order");
    auto stored = crypto::HexDecode(row.entry.entry_hash);
    std::string entry = stored.ok() ? *stored : row.entry.entry_hash;
    if (!row.event.kind.empty()) ++state_.with_event;
    if (row.event.kind.empty()) {
      Problem(where + ": its event " + std::to_string(row.entry.audit_id) + " is gone");
    } else if (row.event.erased_by != 0) {
      // Without its salt an event gives no entry: the stored one is held by the checkpoints.
      ++report_.erased;
      ++state_.erased[row.event.erased_by];
      if (!row.event.data.empty() || !row.event.salt.empty()) Problem(where + ": erased, but not empty");
    } else {
      // The tree is computed from the event, not from the stored entry: a change of both is found too.
      std::string computed = EntryOf(row.event);
      if (computed != entry)
        Problem(where + ": event " + std::to_string(row.entry.audit_id) + " does not match its hash");
      entry = std::move(computed);
      ReadSpecial(row.event, index);
    }
    frontier_.Append(LeafHash(entry), [&](int height, int64_t at, const std::string& hash) {
      if (height % kTileHeight == 0) nodes_[height / kTileHeight][at] = crypto::HexEncode(hash);
    });
    HoldToRoot();
  }

  void HoldToRoot() {
    if (auto it = roots_.find(frontier_.size()); it != roots_.end() && it->second != crypto::HexEncode(frontier_.Root()))
      Problem("the events do not give the tree signed at " + std::to_string(frontier_.size()) + " leaves");
  }

  // index: of its leaf; -1 = staged.
  void ReadSpecial(const store::EventRow& event, int64_t index) {
    const bool erasing = event.kind == "audit.erased";
    // Only these have more in their data to hold; parsing every event would triple the time.
    if (!erasing && event.data.find("\"people\":[") == std::string::npos) return;
    auto data = json::Parse(event.data);
    if (!data.ok() || !data->is_object()) return;
    if (erasing) {
      state_.said[event.audit_id] = json::GetInt(data->as_object(), "events");
      state_.said_lists += json::GetInt(data->as_object(), "lists");
      erased_meanwhile_ |= (index < 0 || index >= state_.until) && !state_.staged_erasures.contains(event.audit_id);
      return;
    }
    const json::value* people = data->as_object().if_contains("people");
    if (people == nullptr || !people->is_array() || index < 0 || index >= state_.until) return;
    std::set<std::string> marks;
    for (const json::value& mark : people->as_array())
      if (mark.is_string()) marks.emplace(mark.as_string());
    state_.marks += static_cast<int64_t>(marks.size());
  }

  Status Nodes() {
    for (auto& of_level : nodes_) {
      const int64_t level = of_level.first;
      auto& wanted = of_level.second;
      if (wanted.empty()) continue;
      const int64_t from = wanted.begin()->first, count = wanted.rbegin()->first - from + 1;
      TINHSO_TRY(store::EachNode(tx_, {level, from}, count, [&](int64_t index, const std::string& hash) {
        auto node = wanted.extract(index);
        if (!node.empty() && node.mapped() != hash)
          Problem("tile hash " + std::to_string(level) + "/" + std::to_string(index) + " is wrong");
      }));
      state_.missing_nodes += static_cast<int64_t>(wanted.size());
    }
    return Ok();
  }

  // Those who were shown in lists: each row must name somebody whom its event names.
  Status Seen(int64_t slice) {
    int64_t rows = 0;
    TINHSO_TRY(store::EachSeen(tx_, state_.seen, slice, [&](const store::SeenWithEvent& row) {
      ++rows;
      state_.seen = row.key;
      if (row.erased_by != 0 || row.leaf_index >= state_.until) return;
      if (row.leaf_index >= 0 && row.data.find("\"" + PersonMark(row.salt, row.key.person_id) + "\"") != std::string::npos)
        ++state_.shown;
      else
        Problem("leaf " + std::to_string(row.leaf_index) + ": a person is listed who was not shown");
    }));
    state_.seen_done = rows < slice;
    return Ok();
  }

  Status Finish(const std::optional<store::LogRow>& head, int64_t size) {
    TINHSO_TRY(store::EachCheckpoint(tx_, frontier_.size(), INT64_MAX, [&](const store::CheckpointRow& row) {
      ReadCheckpoint(row);
      Problem("the log has fewer leaves than the checkpoint at " + std::to_string(row.tree_size));
    }));
    if (size != frontier_.size() || (head && head->frontier != frontier_.Serialize()))
      Problem("the log's head does not match its " + std::to_string(frontier_.size()) + " leaves");
    int64_t staged_with_event = 0;
    TINHSO_TRY(store::EachStaged(tx_, [&](const store::EntryWithEvent& row) {
      ++report_.staged;
      if (!row.event.kind.empty()) ++staged_with_event;
      const std::string entry = row.event.kind.empty() ? "" : EntryOf(row.event);
      if (row.entry.entry_hash != crypto::HexEncode(entry) &&
          row.entry.entry_hash != "leaf:" + crypto::HexEncode(LeafHash(entry)))
        Problem("staged event " + std::to_string(row.entry.audit_id) + " does not match its hash");
      else
        ReadSpecial(row.event, -1);
    }));
    TINHSO_ASSIGN(const int64_t events, store::CountEvents(tx_));
    if (const int64_t loose = events - state_.with_event - staged_with_event; loose > 0)
      Problem(std::to_string(loose) + " events have no entry");
    TINHSO_ASSIGN(const int64_t nodes, store::CountNodes(tx_));
    int64_t wanted = -state_.missing_nodes;
    for (int64_t level = frontier_.size() >> kTileHeight; level > 0; level >>= kTileHeight) wanted += level;
    if (state_.missing_nodes > 0) Problem(std::to_string(state_.missing_nodes) + " tile hashes are missing");
    if (nodes > wanted) Problem(std::to_string(nodes - wanted) + " tile hashes are of no leaves");
    for (const auto& [erased_by, count] : state_.erased) {
      const auto said = state_.said.find(erased_by);
      if (said == state_.said.end() || said->second < count)
        Problem(std::to_string(count) + " events were erased without a record of it");
    }
    if (const int64_t missing = state_.marks - state_.shown; missing > state_.said_lists)
      Problem("persons were taken out of " + std::to_string(missing - state_.said_lists) + " lists without a record of it");
    return Witnesses();
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
  CheckState& state_;
  CheckReport& report_;
  Frontier frontier_;
  KeyChain keys_;
  std::map<int64_t, std::string> roots_;  // of this slice's checkpoints, by size
  std::map<int64_t, std::map<int64_t, std::string>> nodes_;  // of this slice's leaves, by level and index
  bool erased_meanwhile_ = false;
};

}  // namespace

CheckState CheckState::Parse(const std::string& text) {
  auto parsed = json::Parse(text);
  if (!parsed.ok() || !parsed->is_object()) return {};
  const json::object& o = parsed->as_object();
  const json::value* report = o.if_contains("report");
  const json::value* staged = o.if_contains("staged_erasures");
  if (report == nullptr || !report->is_object() || staged == nullptr || !staged->is_array()) return {};
  CheckState out;
  out.started_at_us = json::GetInt(o, "started_at_us");
  out.begun = true;
  out.until = json::GetInt(o, "until");
  out.next = json::GetInt(o, "next");
  out.frontier = json::GetText(o, "frontier");
  out.seen_done = json::GetInt(o, "seen_done") != 0;
  out.seen = {json::GetInt(o, "seen_person_id"), json::GetInt(o, "seen_audit_id")};
  out.marks = json::GetInt(o, "marks");
  out.shown = json::GetInt(o, "shown");
  out.with_event = json::GetInt(o, "with_event");
  out.missing_nodes = json::GetInt(o, "missing_nodes");
  out.erased = MapOf(o, "erased");
  out.said = MapOf(o, "said");
  out.said_lists = json::GetInt(o, "said_lists");
  for (const json::value& id : staged->as_array())
    if (id.is_int64()) out.staged_erasures.insert(id.as_int64());
  const json::object& r = report->as_object();
  out.report.leaves = json::GetInt(r, "leaves");
  out.report.erased = json::GetInt(r, "erased");
  out.report.checkpoints = json::GetInt(r, "checkpoints");
  if (const json::value* problems = r.if_contains("problems"); problems != nullptr && problems->is_array())
    for (const json::value& one : problems->as_array())
      if (one.is_string()) out.report.problems.emplace_back(one.as_string());
  return out.begun && Frontier::Parse(out.report.leaves, out.frontier).ok() ? out : CheckState{};
}

std::string CheckState::Serialize() const {
  if (!begun) return "";
  return json::Canonical(json::object{{"started_at_us", started_at_us},
                                      {"until", until},
                                      {"next", next},
                                      {"frontier", frontier},
                                      {"seen_done", seen_done ? 1 : 0},
                                      {"seen_person_id", seen.person_id},
                                      {"seen_audit_id", seen.audit_id},
                                      {"marks", marks},
                                      {"shown", shown},
                                      {"with_event", with_event},
                                      {"missing_nodes", missing_nodes},
                                      {"erased", MapJson(erased)},
                                      {"said", MapJson(said)},
                                      {"said_lists", said_lists},
                                      {"staged_erasures", json::array(staged_erasures.begin(), staged_erasures.end())},
                                      {"report", ReportJson(report)}});
}

std::string CheckState::ReportText() const { return json::Canonical(ReportJson(report)); }

Result<bool> CheckSome(db::Database& database, std::string_view verifier_key, CheckState& state, int64_t slice) {
  return database.Read([&](db::Tx& tx) -> Result<bool> {
    CheckState changed = state;
    TINHSO_ASSIGN(const bool done, LogChecker(tx, changed).Run(verifier_key, slice));
    state = std::move(changed);
    return done;
  });
}

Result<CheckReport> Check(db::Database& database, std::string_view verifier_key) {
  CheckState state;
  for (bool done = false; !done;) {
    TINHSO_ASSIGN(done, CheckSome(database, verifier_key, state, kCheckSlice));
  }
  return std::move(state.report);
}

}  // namespace tinhso::audit
