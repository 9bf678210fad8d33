#include "kernel/audit/log.h"

#include <algorithm>
#include <charconv>

#include "base/crypto.h"
#include "check.h"
#include "entry.h"
#include "impl.h"
#include "keys.h"
#include "kernel/http/log.h"

namespace tinhso::audit {
namespace {

constexpr TimeUs kCheckAgeUsMax = 24 * 3600 * kUsPerSecond;

// What a proof file's `extra` says about the leaf, in lines: the salt; for an event that showed many, which person; after an
// empty line the event exactly as hashed (not JSON in JSON: a parser might normalise what it passes on).
struct ProofExtra {
  std::string salt;
  int64_t person_id = 0;
  std::string event;

  std::string Serialize() const {
    return "salt " + salt + "\n" + (person_id ? "person " + std::to_string(person_id) + "\n" : "") + "\n" + event;
  }
  static std::optional<ProofExtra> Parse(std::string_view text) {
    ProofExtra out;
    const size_t split = text.find("\n\n");
    if (split == std::string_view::npos || !text.starts_with("salt ")) return std::nullopt;
    out.event = std::string(text.substr(split + 2));
    const std::string_view head = text.substr(5, split - 5);
    const size_t line = std::min(head.find('\n'), head.size());
    out.salt = std::string(head.substr(0, line));
    if (line == head.size()) return out;
    const std::string_view person = head.substr(line + 1);
    if (!person.starts_with("person ")) return std::nullopt;
    const std::string_view digits = person.substr(7);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out.person_id);
    if (error != std::errc() || end != digits.data() + digits.size() || out.person_id <= 0) return std::nullopt;
    return out;
  }
};

}  // namespace

Log::Log(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Log::~Log() = default;

Result<std::unique_ptr<Log>> Log::Open(db::Database& database, const Clock& clock, LogOptions options) {
  TINHSO_ASSIGN(auto log, database.Read([](db::Tx& tx) { return store::FindLog(tx); }));
  const std::string known = log ? log->verifier_key : "";
  TINHSO_ASSIGN(auto keys, ReadKeys(options.key_file, known));
  if (!keys) {
    if (!known.empty()) return MakeError(ErrorCode::kInternal, "audit_key_missing", options.key_file);
    TINHSO_ASSIGN(keys, MakeKeys(options.key_file, options.origin));
  }
  if (known.empty()) {
    const std::string mine = keys->log.Verifier().Text();
    TINHSO_ASSIGN(const std::string now_known, database.Write([&](db::Tx& tx) -> Result<std::string> {
      TINHSO_TRY(store::LockLog(tx));
      TINHSO_TRY(store::SetVerifierKey(tx, mine));  // the first server of several sets it
      TINHSO_ASSIGN(auto row, store::LockLog(tx));
      return row.verifier_key;
    }));
    if (now_known != mine) return MakeError(ErrorCode::kInternal, "audit_key_mismatch", options.key_file);
  } else if (known != keys->log.Verifier().Text()) {
    return MakeError(ErrorCode::kInternal, "audit_key_mismatch", options.key_file);
  }
  auto impl = std::make_unique<Impl>(database, clock, std::move(keys->log), std::move(keys->witness));
  return std::unique_ptr<Log>(new Log(std::move(impl)));
}

std::string Log::origin() const { return impl_->key.name; }
std::string Log::verifier_key() const { return impl_->key.Verifier().Text(); }
std::string Log::witness_key() const { return impl_->witness_key.Verifier().Text(); }

Result<int64_t> Log::Seal(int64_t batch_max) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const int64_t sealed, audit::Seal(m.database, batch_max, m.clock.NowUs()));
  const auto unsigned_yet = [](db::Tx& tx, const std::optional<store::LogRow>& log) -> Result<bool> {
    if (!log || log->tree_size == 0) return false;
    TINHSO_ASSIGN(auto latest, store::LatestCheckpoint(tx));
    return !latest || latest->tree_size < log->tree_size;
  };
  TINHSO_ASSIGN(const bool grown, m.database.Read([&](db::Tx& tx) -> Result<bool> {
    TINHSO_ASSIGN(auto log, store::FindLog(tx));
    return unsigned_yet(tx, log);
  }));
  if (!grown) return sealed;
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto log, store::LockLog(tx));
    TINHSO_ASSIGN(const bool still, unsigned_yet(tx, log));
    if (!still) return Ok();  // another server was first
    // Changed under a running server: what the old key signed from now on, nobody would believe.
    if (log.verifier_key != m.key.Verifier().Text()) return MakeError(ErrorCode::kConflict, "audit_key_rotated");
    TINHSO_ASSIGN(auto frontier, Frontier::Parse(log.tree_size, log.frontier));
    const Checkpoint checkpoint{m.key.name, frontier.size(), frontier.Root(), ""};
    const Note note{checkpoint.Text(), {Sign(m.key, checkpoint.Text())}};
    return store::InsertCheckpoint(
        tx, {checkpoint.size, crypto::HexEncode(checkpoint.root), note.Serialize(), m.clock.NowUs()});
  }));
  return sealed;
}

Result<std::optional<Head>> Log::Impl::Latest(db::Tx& tx) const {
  TINHSO_ASSIGN(auto row, store::LatestCheckpoint(tx));
  if (!row) return std::optional<Head>();
  Head head{row->tree_size, "", row->note, row->signed_at_us};
  TINHSO_ASSIGN(head.root, crypto::HexDecode(row->root_hash));
  TINHSO_ASSIGN(auto cosignatures, store::CosignaturesAt(tx, row->tree_size));
  for (const auto& cosignature : cosignatures) head.note += cosignature.line;
  return std::optional<Head>(std::move(head));
}

Result<std::optional<Head>> Log::Latest() {
  return impl_->database.Read([this](db::Tx& tx) { return impl_->Latest(tx); });
}

NodeReader Log::Impl::Reader(db::Tx& tx) {
  return [&tx](int height, int64_t index) -> Result<std::string> {
    // The node's own tile level, and the run of that tile's hashes below it.
    const int level = height / kTileHeight, above = height % kTileHeight;
    const int64_t count = int64_t{1} << above, from = index << above;
    TINHSO_ASSIGN(auto hashes, level == 0 ? store::EntryHashes(tx, from, count)
                                          : store::NodeHashes(tx, {level, from}, count));
    if (static_cast<int64_t>(hashes.size()) != count) return MakeError(ErrorCode::kInternal, "audit_node_missing");
    Frontier tree;
    for (const std::string& hash : hashes) {
      TINHSO_ASSIGN(std::string bytes, crypto::HexDecode(hash));
      tree.Append(level == 0 ? LeafHash(bytes) : std::move(bytes));
    }
    return tree.Root();
  };
}

Result<std::string> Log::Prove(int64_t audit_id, int64_t person_id) {
  Impl& m = *impl_;
  return m.database.Read([&](db::Tx& tx) -> Result<std::string> {
    const Error absent = MakeError(ErrorCode::kNotFound, "audit_event_not_found");
    TINHSO_ASSIGN(auto entry, store::FindEntry(tx, audit_id));
    TINHSO_ASSIGN(auto head, m.Latest(tx));
    if (!entry || !head || entry->leaf_index >= head->size) {
      // Staged, or sealed after the newest checkpoint: there in seconds. A person learns of own events only.
      if (person_id != 0) {
        TINHSO_ASSIGN(auto mine, store::EventsAbout(tx, person_id, 0, audit_id + 1, 1));
        if (mine.empty() || mine[0].event.audit_id != audit_id) return absent;
      } else if (!entry) {
        TINHSO_ASSIGN(const bool staged, store::IsStaged(tx, audit_id));
        if (!staged) return absent;
      }
      return MakeError(ErrorCode::kConflict, "audit_event_not_sealed");
    }
    TINHSO_ASSIGN(auto event, store::FindEvent(tx, entry->event_authority_id, audit_id));
    if (!event) return absent;
    if (person_id != 0 && event->person_id != person_id) {
      TINHSO_ASSIGN(const bool shown, store::IsSeenBy(tx, person_id, audit_id));
      if (!shown) return absent;
    }
    if (event->erased_by != 0) return MakeError(ErrorCode::kConflict, "audit_event_erased");
    ProofFile file;
    ProofExtra extra{event->salt, 0, CanonicalEvent(*event)};
    if (event->person_id != person_id) extra.person_id = person_id;
    file.extra = extra.Serialize();
    file.index = entry->leaf_index;
    TINHSO_ASSIGN(file.hashes, InclusionProof(entry->leaf_index, head->size, Impl::Reader(tx)));
    file.note = head->note;
    return file.Serialize();
  });
}

Result<CheckReport> Log::Check() { return audit::Check(impl_->database, verifier_key()); }

Result<int64_t> Log::Alarms() {
  return impl_->database.Read([](db::Tx& tx) -> Result<int64_t> {
    TINHSO_ASSIGN(const auto witnesses, store::Witnesses(tx));
    TINHSO_ASSIGN(const auto watched, store::Watched(tx));
    return std::count_if(witnesses.begin(), witnesses.end(), [](const auto& one) { return one.state == "alarm"; }) +
           std::count_if(watched.begin(), watched.end(), [](const auto& one) { return !one.alarm.empty(); });
  });
}

Status Log::Impl::Record(const char* kind, json::object data, const http::Principal* by) {
  const TimeUs now_us = clock.NowUs();
  return database.Write([&](db::Tx& tx) -> Status {
    Event event = by ? By(*by, kind, "audit_log", 0, 0, now_us) : Event{};
    event.kind = kind;
    event.subject_kind = "audit_log";
    event.at_us = now_us;
    event.data = data;
    return Stage(tx, event);
  });
}

Result<bool> Log::Verify(int64_t budget_us) {
  Impl& m = *impl_;
  const int64_t until_us = MonotonicUs() + budget_us;
  TINHSO_ASSIGN(auto row, m.database.Read([](db::Tx& tx) { return store::FindCheckState(tx); }));
  CheckState state = CheckState::Parse(row.state);
  // One left lying is begun anew: it says how the log was then.
  if (m.clock.NowUs() - state.started_at_us > kCheckAgeUsMax) state = {};
  if (state.started_at_us == 0) state.started_at_us = m.clock.NowUs();
  for (bool done = false; !done;) {
    TINHSO_ASSIGN(done, CheckSome(m.database, verifier_key(), state, kCheckSlice));
    row.state = done ? "" : state.Serialize();
    const std::string report = done ? state.ReportText() : "";
    TINHSO_ASSIGN(const bool mine, m.database.Write([&](db::Tx& tx) -> Result<bool> {
      TINHSO_ASSIGN(const bool saved, store::SaveCheckState(tx, row));
      if (saved && done) TINHSO_TRY(store::SaveVerification(tx, m.clock.NowUs(), report));
      return saved;
    }));
    if (!mine) return true;  // another job is on it
    ++row.version;
    if (done && !state.report.problems.empty())
      log::Error("audit: the check found " + std::to_string(state.report.problems.size()) + " problems");
    if (!done && MonotonicUs() >= until_us) return false;
  }
  return true;
}

Result<VerifiedProof> VerifyProof(std::string_view bytes, std::string_view verifier_key,
                                  const std::vector<std::string>& witness_keys) {
  TINHSO_ASSIGN(const ProofFile file, ProofFile::Parse(bytes));
  TINHSO_ASSIGN(const VerifierKey key, VerifierKey::Parse(verifier_key));
  TINHSO_ASSIGN(const Note note, Note::Parse(file.note));
  TINHSO_ASSIGN(const Checkpoint checkpoint, Checkpoint::Parse(note.text));
  if (key.type != KeyType::kLog || checkpoint.origin != key.name || FindValid(note, key) == nullptr)
    return MakeError(ErrorCode::kInvalid, "audit_proof_signature");
  const Error no_event = MakeError(ErrorCode::kInvalid, "audit_proof_event");
  const auto extra = ProofExtra::Parse(file.extra);
  auto event = extra ? json::Parse(extra->event) : Result<json::value>(no_event);
  if (!event.ok() || !event->is_object()) return no_event;
  if (!InclusionHolds(LeafHash(EntryOf(extra->salt, extra->event)), file.index, checkpoint.size, file.hashes, checkpoint.root))
    return MakeError(ErrorCode::kInvalid, "audit_proof_inclusion");
  VerifiedProof out{checkpoint.origin, checkpoint.size, file.index, {}, std::move(event->as_object())};
  if (extra->person_id != 0) {
    auto data = json::Parse(json::GetText(out.event, "data"));
    const json::value* people = data.ok() && data->is_object() ? data->as_object().if_contains("people") : nullptr;
    const json::value mark(PersonMark(extra->salt, extra->person_id));
    if (people == nullptr || !people->is_array() ||
        std::find(people->as_array().begin(), people->as_array().end(), mark) == people->as_array().end())
      return MakeError(ErrorCode::kInvalid, "audit_proof_person");
  }
  for (const std::string& text : witness_keys) {
    TINHSO_ASSIGN(const VerifierKey witness, VerifierKey::Parse(text));
    if (FindValid(note, witness) != nullptr) out.witnesses.push_back(witness.name);
  }
  return out;
}

}  // namespace tinhso::audit
