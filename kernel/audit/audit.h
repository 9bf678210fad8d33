// Audit log: one leaf per event that matters for security or law. The business transaction stages the leaf's hash;
// a sealer moves batches into the log and the Merkle tree (RFC 6962 shape) off the hot path.
// Thread rule: Stage runs inside the caller's Tx; Sealer has its own job.
#pragma once
#include <cstdint>
#include <string>

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
  TimeUs at_us = 0;
  json::object data;            // no personal data beyond ids
};

// The closed list of event kinds with Vietnamese and English labels (docs/audit-events.md is generated from it).
struct EventKind {
  const char* kind;
  const char* vi;
  const char* en;
};
const std::vector<EventKind>& EventKinds();

// Inserts the event and its salted leaf hash into the stage, in the caller's transaction. kInternal "audit_kind_unknown".
Status Stage(db::Tx& tx, const Event& event);
// Fills account, assignment from the principal.
Event By(const http::Principal& who, std::string kind, std::string subject_kind, int64_t subject_id, int64_t authority_id, TimeUs at_us);

// Moves staged leaves into the log and tree of each authority, at most `batch_max` per call. Returns how many were sealed.
Result<int64_t> Seal(db::Database& database, int64_t batch_max, TimeUs now_us);

struct CheckReport {
  int64_t authorities = 0, leaves = 0, staged = 0;
  std::vector<std::string> problems;  // empty when the log is sound
};
// Recomputes every leaf hash and every tree from the events.
Result<CheckReport> Check(db::Database& database);

}  // namespace tinhso::audit
