// The installation's log towards the outside: signed checkpoints, tiles and entry bundles (C2SP tlog-checkpoint,
// tlog-tiles), proofs, co-signing witnesses and the logs this installation itself co-signs (tlog-witness).
// Nothing published holds or reveals personal data: entries are salted hashes. docs/formats/audit-log.md.
// Thread rule: thread-safe. Cosign blocks on the network: call it from a thread of its own.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "kernel/audit/audit.h"

namespace tinhso::audit {

inline constexpr size_t kWitnessesMax = 16;
inline constexpr size_t kWatchedMax = 1000;

struct LogOptions {
  // Holds the log's and the witness's private keys; made with mode 0600 when it and the log are both new. Every server of
  // one installation needs the same file. Lost: the log cannot be signed any more. Stolen: history can be forged.
  std::string key_file;
  // The log's name, a URL without scheme, "dvc.example.gov.vn/audit"; only used when the key is made. "" = a name of its own
  // below localhost.
  std::string origin;
};

// The newest signed checkpoint.
struct Head {
  int64_t size = 0;
  std::string root;  // 32 bytes
  std::string note;  // with cosignatures
  TimeUs signed_at_us = 0;
};

// How a witness is reached: POST of a text body. kUnavailable when there is no answer.
struct WitnessAnswer {
  int status = 0;
  std::string content_type, body;
};
using WitnessTransport = std::function<Result<WitnessAnswer>(const std::string& url, const std::string& body)>;

// What the routes need from modules above.
struct Wiring {
  std::function<std::string(int64_t unit_id)> unit_name;  // for the page "who has seen my data"
  std::function<Status(db::Tx&)> enqueue_verify;          // leaves the job that calls Verify
  std::function<void()> wake_jobs;
};

class Log {
 public:
  // kInternal "audit_key_unreadable", "audit_key_too_open" (mode), "audit_key_malformed", "audit_key_missing" (the log has
  // a key, the file is not there), "audit_key_mismatch" (the log is another key's).
  static Result<std::unique_ptr<Log>> Open(db::Database& database, const Clock& clock, LogOptions options);
  ~Log();

  std::string origin() const;
  std::string verifier_key() const;  // of the log
  std::string witness_key() const;   // under which this installation co-signs others

  // Seals at most `batch_max` events and signs the tree if it has grown since the last checkpoint.
  Result<int64_t> Seal(int64_t batch_max);
  Result<std::optional<Head>> Latest();
  // A proof file about one event: kNotFound "audit_event_not_found"; kConflict "audit_event_not_sealed" (try again in
  // seconds), "audit_event_erased". `person_id` not 0: only what is about that person.
  Result<std::string> Prove(int64_t audit_id, int64_t person_id = 0);
  // audit::Check under the key in the file.
  Result<CheckReport> Check();

  // Witnesses of this log. kInvalid with a field, kConflict "audit_witness_exists", "audit_witnesses_full".
  Status AddWitness(std::string_view verifier_key, std::string_view url, const http::Principal* by);
  Status RemoveWitness(std::string_view key_id, const http::Principal* by);  // kNotFound "audit_witness_not_found"
  // Sends the newest checkpoint to every witness that has not signed it. A witness that has seen another history, or a
  // longer one, raises the alarm: state "alarm", the event audit.alarm and a line in the program's log.
  Status Cosign(const WitnessTransport& send);

  // Witnesses that contradict this log, and watched logs that contradict themselves: for the operator's metrics.
  Result<int64_t> Alarms();

  // Logs that this installation co-signs.
  Status AddWatched(std::string_view verifier_key, const http::Principal* by);  // kConflict "audit_watched_exists", "audit_watched_full"
  Status RemoveWatched(std::string_view key_id, const http::Principal* by);     // kNotFound "audit_watched_not_found"
  // The answer to POST add-checkpoint (tlog-witness): 200, 400, 403, 404, 409 or 422.
  Result<http::Response> AddCheckpoint(std::string_view body);

  // Check in slices, its report kept for the administrator's page. For a background job: false when the time was up before the end;
  // what was done is kept, and the next call goes on from there, in whatever process.
  Result<bool> Verify(int64_t budget_us);
  // Changes of the log's key, oldest first.
  struct Rotation {
    int64_t tree_size = 0;  // of the checkpoint that announced it
    std::string old_key, new_key;
    TimeUs rotated_at_us = 0;
  };
  Result<std::vector<Rotation>> Rotations();
  // Published: /audit/…, /api/v1/audit/…; the person's: /api/v1/me/data-access…; the administrator's: /api/v1/admin/audit…
  std::vector<http::Route> Routes(Wiring wiring);

 private:
  struct Impl;
  explicit Log(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Gives the log a new key: announces it in a checkpoint that the old and the new one sign, and forgets the old one's private half.
// Witnesses and verifiers follow that checkpoint. No server may be running; one that does stops signing ("audit_key_rotated").
// The new verifier key. Run again after a crash it is done anew, with one more key. Errors: those of Open; kConflict
// "audit_rotation_busy" when another process seals at the same time.
Result<std::string> RotateKey(db::Database& database, const Clock& clock, const std::string& key_file);

// --- Without a server: proof files.
struct VerifiedProof {
  std::string origin;
  int64_t tree_size = 0, leaf_index = 0;
  std::vector<std::string> witnesses;  // those of the given keys whose cosignature holds
  json::object event;                  // as recorded
};
// kMalformed "audit_proof_malformed", "audit_key_malformed"; kInvalid "audit_proof_signature" (not signed by the key),
// "audit_proof_inclusion" (the leaf is not in the tree), "audit_proof_event" (the event does not give the leaf),
// "audit_proof_person" (the person is not among those shown).
Result<VerifiedProof> VerifyProof(std::string_view file, std::string_view verifier_key,
                                  const std::vector<std::string>& witness_keys);

}  // namespace tinhso::audit
