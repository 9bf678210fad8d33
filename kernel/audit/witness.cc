// Co-signing: our checkpoints at other installations, theirs here (C2SP tlog-witness).
#include <algorithm>

#include "base/crypto.h"
#include "impl.h"
#include "kernel/http/log.h"

namespace tinhso::audit {
namespace {

constexpr int64_t kUsPerHour = 3600 * kUsPerSecond;
// A cosignature says when it was given: renewed even when nothing has happened, so that silence can be told from age.
constexpr int64_t kRenewUs = 24 * kUsPerHour;
constexpr size_t kUrlLengthMax = 300;

http::Response PlainAnswer(int status, std::string text, std::string content_type = "text/plain; charset=utf-8") {
  http::Response out = http::Response::Text(std::move(text), std::move(content_type));
  out.status = status;
  return out;
}

http::Response SizeAnswer(int64_t size) { return PlainAnswer(409, std::to_string(size) + "\n", "text/x.tlog.size"); }

std::string AddCheckpointUrl(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  return url + "/add-checkpoint";
}

std::optional<int64_t> SizeIn(const std::string& body) {
  if (body.size() < 2 || body.size() > 20 || body.back() != '\n') return std::nullopt;
  int64_t out = 0;
  for (const char c : std::string_view(body).substr(0, body.size() - 1)) {
    if (c < '0' || c > '9' || out > INT64_MAX / 10 - 1) return std::nullopt;
    out = out * 10 + (c - '0');
  }
  return out;
}

}  // namespace

// --- Our log at its witnesses.

Status Log::AddWitness(std::string_view verifier_key, std::string_view url, const http::Principal* by) {
  Impl& m = *impl_;
  auto key = VerifierKey::Parse(verifier_key);
  if (!key.ok() || key->type != KeyType::kCosignature) return FieldInvalid("/verifier_key", "audit_key_malformed");
  if (url.size() > kUrlLengthMax || (!url.starts_with("https://") && !url.starts_with("http://")))
    return FieldInvalid("/url", "audit_url_malformed");
  store::WitnessRow row;
  row.key_id = key->IdHex();
  row.verifier_key = key->Text();
  row.url = std::string(url);
  row.state_at_us = m.clock.NowUs();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto all, store::Witnesses(tx));
    if (all.size() >= kWitnessesMax) return MakeError(ErrorCode::kConflict, "audit_witnesses_full");
    TINHSO_ASSIGN(const bool made, store::InsertWitness(tx, row));
    if (!made) return MakeError(ErrorCode::kConflict, "audit_witness_exists");
    return Ok();
  }));
  return m.Record("audit.changed", {{"witness", key->Text()}, {"url", row.url}}, by);
}

Status Log::RemoveWitness(std::string_view key_id, const http::Principal* by) {
  const std::string id(key_id);
  TINHSO_ASSIGN(const bool gone, impl_->database.Write([&](db::Tx& tx) { return store::DeleteWitness(tx, id); }));
  if (!gone) return MakeError(ErrorCode::kNotFound, "audit_witness_not_found");
  return impl_->Record("audit.changed", {{"witness_removed", id}}, by);
}

Status Log::Cosign(const WitnessTransport& send) {
  Impl& m = *impl_;
  std::lock_guard lock(m.cosign_mutex);
  std::vector<store::WitnessRow> witnesses;
  TINHSO_ASSIGN(const auto head, m.database.Read([&](db::Tx& tx) -> Result<std::optional<Head>> {
    TINHSO_ASSIGN(witnesses, store::Witnesses(tx));
    if (witnesses.empty()) return std::optional<Head>();
    return m.Latest(tx);
  }));
  if (!head) return Ok();
  for (store::WitnessRow& witness : witnesses) {
    const bool recent = m.clock.NowUs() - witness.seen_at_us < kRenewUs;
    if (witness.state == "ok" && witness.seen_size == head->size && recent) continue;
    TINHSO_TRY(m.CosignWith(std::move(witness), *head, send));
  }
  return Ok();
}

Status Log::Impl::CosignWith(store::WitnessRow witness, const Head& head, const WitnessTransport& send) {
  const std::string was = witness.state;
  const auto become = [&](const char* state, std::string detail) {
    witness.state = state;
    witness.state_detail = std::move(detail);
  };
  auto key = VerifierKey::Parse(witness.verifier_key);
  if (!key.ok()) return key.error();
  std::vector<store::CosignatureRow> cosignatures;
  // Twice: the second time with the size that the witness says it has seen.
  for (int attempt = 0; attempt < 2;) {
    if (witness.seen_size > head.size) {
      become("alarm", "the witness has seen " + std::to_string(witness.seen_size) + " leaves, this log has " +
                          std::to_string(head.size));
      break;
    }
    int64_t size = head.size;
    std::string signed_text = head.note;
    audit::AddCheckpoint request{witness.seen_size, {}, ""};
    TINHSO_ASSIGN(request.hashes, database.Read([&](db::Tx& tx) -> Result<std::vector<std::string>> {
      // A witness that knows an older key is led over every change of it.
      TINHSO_ASSIGN(const auto rotations, store::Rotations(tx));
      const auto next = std::find_if(rotations.begin(), rotations.end(),
                                     [&](const auto& one) { return one.tree_size > witness.seen_size; });
      if (next != rotations.end() && witness.seen_size > 0) {
        size = next->tree_size;
        signed_text = next->note;
      }
      return ConsistencyProof(witness.seen_size, size, Reader(tx));
    }));
    TINHSO_ASSIGN(Note note, Note::Parse(signed_text));
    // The log's own: another witness's are none of this one's business.
    std::erase_if(note.signatures, [&](const Signature& one) { return one.name != this->key.name; });
    request.note = note.Serialize();
    auto answer = send(AddCheckpointUrl(witness.url), request.Serialize());
    if (!answer.ok()) {
      if (was != "alarm") become("unreachable", answer.error().reason);
      break;
    }
    const std::optional<int64_t> seen = answer->status == 409 ? SizeIn(answer->body) : std::nullopt;
    if (answer->status == 200) {
      auto signed_note = Note::Parse(note.text + "\n" + answer->body);
      const Signature* valid = signed_note.ok() ? FindValid(*signed_note, *key) : nullptr;
      if (valid == nullptr) {
        become("refused", "the answer holds no cosignature of this witness's key");
        break;
      }
      cosignatures.push_back({size, witness.key_id, valid->Line()});
      witness.seen_size = size;
      witness.seen_at_us = clock.NowUs();
      become("ok", "");
      if (size == head.size) break;
      continue;
    }
    if (seen && *seen != witness.seen_size) {
      witness.seen_size = *seen;
      ++attempt;
      continue;
    }
    // It has another tree of this size, or the history that it knows is not the beginning of ours.
    if (seen || answer->status == 422)
      become("alarm", "the witness knows another history of the first " + std::to_string(witness.seen_size) + " leaves");
    else
      become("refused", "status " + std::to_string(answer->status));
    break;
  }
  witness.state_at_us = clock.NowUs();
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    for (const auto& one : cosignatures) TINHSO_TRY(store::InsertCosignature(tx, one));
    return store::SaveWitness(tx, witness);
  }));
  if (witness.state == "alarm" && was != "alarm") {
    log::Error("audit: witness " + witness.key_id + " contradicts this log: " + witness.state_detail);
    return Record("audit.alarm", {{"witness", witness.verifier_key}, {"detail", witness.state_detail}}, nullptr);
  }
  if (witness.state != "ok" && was != witness.state)
    log::Warn("audit: witness " + witness.key_id + " " + witness.state + ": " + witness.state_detail);
  return Ok();
}

// --- Other logs here.

Status Log::AddWatched(std::string_view verifier_key, const http::Principal* by) {
  Impl& m = *impl_;
  auto key = VerifierKey::Parse(verifier_key);
  if (!key.ok() || key->type != KeyType::kLog || key->name == m.key.name)
    return FieldInvalid("/verifier_key", "audit_key_malformed");
  store::WatchedRow row;
  row.key_id = key->IdHex();
  row.origin = key->name;
  row.verifier_key = key->Text();
  TINHSO_TRY(m.database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(auto all, store::Watched(tx));
    if (all.size() >= kWatchedMax) return MakeError(ErrorCode::kConflict, "audit_watched_full");
    TINHSO_ASSIGN(const bool made, store::InsertWatched(tx, row));
    if (!made) return MakeError(ErrorCode::kConflict, "audit_watched_exists");
    return Ok();
  }));
  return m.Record("audit.changed", {{"watched", row.verifier_key}}, by);
}

Status Log::RemoveWatched(std::string_view key_id, const http::Principal* by) {
  const std::string id(key_id);
  TINHSO_ASSIGN(const bool gone, impl_->database.Write([&](db::Tx& tx) { return store::DeleteWatched(tx, id); }));
  if (!gone) return MakeError(ErrorCode::kNotFound, "audit_watched_not_found");
  return impl_->Record("audit.changed", {{"watched_removed", id}}, by);
}

Result<http::Response> Log::AddCheckpoint(std::string_view body) {
  Impl& m = *impl_;
  auto request = audit::AddCheckpoint::Parse(body);
  auto note = request.ok() ? Note::Parse(request->note) : Result<Note>(request.error());
  auto next = note.ok() ? Checkpoint::Parse(note->text) : Result<Checkpoint>(note.error());
  if (!next.ok()) return PlainAnswer(400, next.error().reason + "\n");
  TINHSO_ASSIGN(auto watched, m.database.Read([&](db::Tx& tx) { return store::FindWatched(tx, next->origin); }));
  if (!watched) return PlainAnswer(404, "unknown origin\n");
  TINHSO_ASSIGN(const VerifierKey key, VerifierKey::Parse(watched->verifier_key));
  const Signature* by_log = FindValid(*note, key);
  if (by_log == nullptr) return PlainAnswer(403, "not signed by the log's key\n");
  // The log's next key counts from this checkpoint on, which both have signed.
  std::optional<VerifierKey> next_key;
  if (!next->next_key.empty()) {
    auto named = VerifierKey::Parse(next->next_key);
    if (!named.ok() || named->type != KeyType::kLog || named->name != key.name || FindValid(*note, *named) == nullptr)
      return PlainAnswer(403, "not signed by the log's next key\n");
    next_key = std::move(*named);
  }
  if (request->old_size > next->size) return PlainAnswer(400, "old size above the checkpoint's size\n");
  std::string known_root;
  if (watched->tree_size > 0) {
    TINHSO_ASSIGN(const Note known_note, Note::Parse(watched->note));
    TINHSO_ASSIGN(const Checkpoint known, Checkpoint::Parse(known_note.text));
    known_root = known.root;
  }
  const std::string kept_note = Note{note->text, {*by_log}}.Serialize();
  // Kept as evidence. Two signed trees of one size prove a rewritten history; a proof that does not hold might also be
  // somebody else's, sent with a genuine checkpoint.
  const auto alarm = [&](const char* what) -> Status {
    if (watched->alarm == "rewritten" || watched->alarm == what) return Ok();
    watched->alarm = what;
    watched->alarm_note = kept_note;
    watched->alarm_at_us = m.clock.NowUs();
    TINHSO_TRY(m.database.Write([&](db::Tx& tx) { return store::SaveAlarm(tx, *watched); }));
    log::Error("audit: watched log key=" + watched->key_id + " " + what);
    return m.Record("audit.alarm", {{"watched", watched->verifier_key}, {"detail", what}}, nullptr);
  };
  if (next->size == watched->tree_size && watched->tree_size > 0 && next->root != known_root) {
    TINHSO_TRY(alarm("rewritten"));
    return SizeAnswer(watched->tree_size);
  }
  if (request->old_size != watched->tree_size) return SizeAnswer(watched->tree_size);
  const bool holds = watched->tree_size == 0 ? request->hashes.empty()
                                             : ConsistencyHolds(watched->tree_size, next->size, request->hashes,
                                                                known_root, next->root);
  if (!holds) {
    if (watched->tree_size > 0) TINHSO_TRY(alarm("proof_refused"));
    return PlainAnswer(422, "the consistency proof does not hold\n");
  }
  // Durable before it is said; from the size that was compared only, so that two at once cannot take it back.
  const int64_t old_size = watched->tree_size;
  const std::string old_key = watched->verifier_key, old_key_id = watched->key_id;
  if (next_key) {
    watched->verifier_key = next_key->Text();
    watched->key_id = next_key->IdHex();
  }
  watched->tree_size = next->size;
  watched->note = kept_note;
  watched->seen_at_us = m.clock.NowUs();
  TINHSO_ASSIGN(const bool advanced, m.database.Write([&](db::Tx& tx) -> Result<bool> {
    TINHSO_ASSIGN(const bool moved, store::AdvanceWatched(tx, *watched, old_key_id, old_size));
    // A log that proves its history after all was not the one that failed to.
    if (moved && watched->alarm == "proof_refused") {
      store::WatchedRow calm = *watched;
      calm.alarm = calm.alarm_note = "";
      calm.alarm_at_us = 0;
      TINHSO_TRY(store::SaveAlarm(tx, calm));
    }
    return moved;
  }));
  if (!advanced) {
    TINHSO_ASSIGN(auto now, m.database.Read([&](db::Tx& tx) { return store::FindWatched(tx, next->origin); }));
    return now ? SizeAnswer(now->tree_size) : PlainAnswer(404, "unknown origin\n");
  }
  if (watched->verifier_key != old_key)
    TINHSO_TRY(m.Record("audit.changed", {{"watched", watched->verifier_key}, {"rotated_from", old_key}}, nullptr));
  return PlainAnswer(200, audit::Cosign(m.witness_key, note->text, watched->seen_at_us / kUsPerSecond).Line());
}

}  // namespace tinhso::audit
