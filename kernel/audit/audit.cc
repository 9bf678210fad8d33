#include "kernel/audit/audit.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "base/crypto.h"
#include "base/ids.h"
#include "base/text.h"
#include "entry.h"
#include "kernel/http/log.h"
#include "merkle.h"

namespace tinhso::audit {
namespace {

constexpr int kSaltBytes = 16;
constexpr size_t kPersonMarkBytes = 16;
// Entries moved in one transaction: on SQLite it holds the writer's thread.
constexpr int64_t kSealChunk = 500;
constexpr std::string_view kOldLeaf = "leaf:";

// Entries staged before migration 2 carry the leaf's hash. The event must still give it; else the entry becomes that
// hash, which no event gives, and Check says so.
Result<std::string> EntryOfOld(db::Tx& tx, const store::EntryRow& row) {
  const std::string leaf_hash = row.entry_hash.substr(kOldLeaf.size());
  TINHSO_ASSIGN(auto event, store::FindEvent(tx, row.event_authority_id, row.audit_id));
  if (event) {
    const std::string entry = EntryOf(*event);
    if (crypto::HexEncode(LeafHash(entry)) == leaf_hash) return entry;
  }
  log::Error("audit: an event does not match its hash audit_id=" + std::to_string(row.audit_id));
  return crypto::HexDecode(leaf_hash);
}

Result<int64_t> SealSome(db::Database& database, int64_t count, TimeUs now_us) {
  return database.Write([&](db::Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(auto first, store::NextStagedAuthority(tx, -1));
    if (!first) return int64_t{0};
    TINHSO_ASSIGN(auto head, store::LockLog(tx));
    TINHSO_ASSIGN(auto frontier, Frontier::Parse(head.tree_size, head.frontier));
    std::vector<std::pair<store::NodeKey, std::string>> nodes;
    const auto completed = [&](int height, int64_t index, const std::string& hash) {
      if (height % kTileHeight == 0) nodes.push_back({{height / kTileHeight, index}, crypto::HexEncode(hash)});
    };
    for (auto authority_id = first; authority_id && frontier.size() - head.tree_size < count;) {
      const int64_t left = count - (frontier.size() - head.tree_size);
      TINHSO_ASSIGN(auto moved, store::MoveStaged(tx, *authority_id, frontier.size(), left));
      for (store::EntryRow& row : moved) {
        std::string entry;
        if (row.entry_hash.starts_with(kOldLeaf)) {
          TINHSO_ASSIGN(entry, EntryOfOld(tx, row));
          TINHSO_TRY(store::SetEntryHash(tx, row.leaf_index, crypto::HexEncode(entry)));
        } else {
          TINHSO_ASSIGN(entry, crypto::HexDecode(row.entry_hash));
        }
        frontier.Append(LeafHash(entry), completed);
      }
      TINHSO_ASSIGN(authority_id, store::NextStagedAuthority(tx, *authority_id));
    }
    for (const auto& [key, hash] : nodes) TINHSO_TRY(store::InsertNode(tx, key, hash));
    TINHSO_TRY(store::SaveHead(tx, frontier.size(), frontier.Serialize(), now_us));
    return frontier.size() - head.tree_size;
  });
}

}  // namespace

const EventKind* FindKind(std::string_view kind) {
  static const std::unordered_map<std::string_view, const EventKind*> kinds = [] {
    std::unordered_map<std::string_view, const EventKind*> out;
    for (const auto& k : EventKinds()) out.emplace(k.kind, &k);
    return out;
  }();
  const auto it = kinds.find(kind);
  return it == kinds.end() ? nullptr : it->second;
}

std::string CanonicalEvent(const store::EventRow& e) {
  const json::object fields = {
      {"audit_id", e.audit_id},           {"authority_id", e.authority_id}, {"kind", e.kind},
      {"subject_kind", e.subject_kind},   {"subject_id", e.subject_id},     {"account_id", e.account_id},
      {"assignment_id", e.assignment_id}, {"person_id", e.person_id},       {"at_us", e.at_us},
      {"data", e.data},
  };
  return json::Canonical(fields);
}

std::string EntryOf(std::string_view salt, std::string_view canonical) {
  return crypto::Sha256Bytes(std::string(salt) + std::string(canonical));
}

std::string EntryOf(const store::EventRow& event) { return EntryOf(event.salt, CanonicalEvent(event)); }

std::string PersonMark(std::string_view salt, int64_t person_id) {
  return crypto::Sha256Hex(std::string(salt) + ":" + std::to_string(person_id)).substr(0, 2 * kPersonMarkBytes);
}

Status Stage(db::Tx& tx, const Event& event) {
  if (FindKind(event.kind) == nullptr) return MakeError(ErrorCode::kInternal, "audit_kind_unknown", event.kind);
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
  row.salt = crypto::HexEncode(crypto::RandomBytes(kSaltBytes));
  json::object data = event.data;
  if (event.assignment_id != 0) {
    json::object by{{"position", event.by_position}, {"unit_id", event.by_unit_id}};
    if (event.by_delegation_id != 0) {
      by["delegation_id"] = event.by_delegation_id;
      by["on_behalf_account_id"] = event.by_on_behalf_account_id;
    }
    data["by"] = std::move(by);
  }
  std::string people;
  if (!event.people.empty()) {
    json::array marks;
    for (const int64_t person_id : std::set<int64_t>(event.people.begin(), event.people.end())) {
      marks.push_back(json::value(PersonMark(row.salt, person_id)));
      people += (people.empty() ? "" : " ") + std::to_string(person_id);
    }
    data["people"] = std::move(marks);
  }
  row.data = json::Canonical(data);
  return store::InsertEvent(tx, row, crypto::HexEncode(EntryOf(row)), people);
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
  event.by_position = who.position;
  event.by_unit_id = who.unit_id;
  event.by_delegation_id = who.on_behalf_of.delegation_id;
  event.by_on_behalf_account_id = who.on_behalf_of.account_id;
  event.at_us = at_us;
  return event;
}

Result<int64_t> Seal(db::Database& database, int64_t batch_max, TimeUs now_us) {
  int64_t sealed = 0;
  while (sealed < batch_max) {
    const int64_t wanted = std::min(kSealChunk, batch_max - sealed);
    TINHSO_ASSIGN(const int64_t moved, SealSome(database, wanted, now_us));
    sealed += moved;
    if (moved < wanted) break;
  }
  return sealed;
}

Result<Erased> Erase(db::Database& database, const Erasure& erasure, TimeUs now_us) {
  if (erasure.person_id == 0 && erasure.account_id == 0) return FieldInvalid("/person_id", "field_required");
  if (text::Trim(erasure.basis).empty()) return FieldInvalid("/basis", "field_required");
  // What is staged has no place in the log yet: sealed first, so that its leaf stays.
  for (;;) {
    TINHSO_ASSIGN(const int64_t sealed, Seal(database, kSealChunk, now_us));
    if (sealed == 0) break;
  }
  TINHSO_ASSIGN(const auto found, database.Read([&](db::Tx& tx) {
    return store::EventsToErase(tx, erasure.person_id, erasure.account_id);
  }));
  return database.Write([&](db::Tx& tx) -> Result<Erased> {
    Erased out;
    const int64_t erased_by = NewId();
    for (const auto& [authority_id, audit_id] : found) {
      TINHSO_ASSIGN(const bool changed, store::EraseEvent(tx, authority_id, audit_id, erasure.account_id, erased_by));
      out.events += changed;
    }
    if (erasure.person_id != 0) {
      TINHSO_ASSIGN(out.lists, store::DeleteSeen(tx, erasure.person_id));
    }
    store::EventRow row;
    row.audit_id = erased_by;
    row.kind = "audit.erased";
    row.subject_kind = "person";
    row.at_us = now_us;
    row.data = json::Canonical(json::object{{"basis", erasure.basis}, {"events", out.events}, {"lists", out.lists}});
    row.salt = crypto::HexEncode(crypto::RandomBytes(kSaltBytes));
    TINHSO_TRY(store::InsertEvent(tx, row, crypto::HexEncode(EntryOf(row)), ""));
    return out;
  });
}

}  // namespace tinhso::audit
