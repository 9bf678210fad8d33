// Audit log: one entry per event that matters for security or law. The business transaction stages the entry, a salted
// hash of the event; a sealer moves entries into the installation's log, a Merkle tree (RFC 6962) off the hot path.
// log.h signs, proves and publishes that log; reads.h records who has read a person's data.
// Thread rule: Stage runs inside the caller's Tx; everything else is thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(kernel_audit);

namespace tinhso::audit {

struct Event {
  int64_t authority_id = 0;     // 0 = the installation itself
  std::string kind;             // "dossier.submitted": must be in EventKinds()
  std::string subject_kind;     // "dossier", "account", "file" …
  int64_t subject_id = 0;
  int64_t account_id = 0;       // who; 0 = the system
  int64_t assignment_id = 0;
  int64_t person_id = 0;        // whose data, when personal data is read or changed
  std::vector<int64_t> people;  // whose data, when one answer shows many; the entry holds salted hashes of them only
  TimeUs at_us = 0;
  json::object data;            // no personal data beyond ids
  std::string by_position;      // "Chuyên viên" and unit at that time: kept in data as "by", since both change
  int64_t by_unit_id = 0;
  int64_t by_delegation_id = 0;      // under somebody else's assignment: kept in "by" with whose it is
  int64_t by_on_behalf_account_id = 0;
};

// The closed list of event kinds with Vietnamese and English labels (docs/audit-events.md is generated from it).
struct EventKind {
  const char* kind;
  const char* vi;
  const char* en;
};
const std::vector<EventKind>& EventKinds();
const EventKind* FindKind(std::string_view kind);

// Inserts the event and its entry into the stage, in the caller's transaction. kInternal "audit_kind_unknown".
Status Stage(db::Tx& tx, const Event& event);
// Fills account, assignment, position and unit from the principal.
Event By(const http::Principal& who, std::string kind, std::string subject_kind, int64_t subject_id, int64_t authority_id, TimeUs at_us);

// Moves staged entries into the log, at most `batch_max` per call. Returns how many were sealed.
Result<int64_t> Seal(db::Database& database, int64_t batch_max, TimeUs now_us);

// Takes a person's data out of the log: the salt and the body of every sealed event about the person, or done by the
// person's account, and the traces of lists the person stood in. The leaves stay, so every proof of others stays. The
// erasure is an event itself, with the legal basis and the counts that Check holds it to.
struct Erasure {
  int64_t person_id = 0, account_id = 0;  // 0 = none
  std::string basis;                      // "Yêu cầu xóa dữ liệu số 12/2026"
};
struct Erased {
  int64_t events = 0, lists = 0;
};
Result<Erased> Erase(db::Database& database, const Erasure& erasure, TimeUs now_us);

struct CheckReport {
  int64_t leaves = 0, staged = 0, erased = 0, checkpoints = 0, cosignatures = 0;
  std::vector<std::string> problems;  // empty when the log is sound
};
// Recomputes every entry and the tree from the events; holds every checkpoint, its signature and cosignatures to that tree.
// `verifier_key` "" = the key that the database names, which whoever rewrites the database can rewrite too.
Result<CheckReport> Check(db::Database& database, std::string_view verifier_key = {});

}  // namespace tinhso::audit
