// What the log publishes, and the administrator's page about it.
#include "base/crypto.h"
#include "impl.h"

namespace tinhso::audit {
namespace {

constexpr int64_t kAddCheckpointBytesMax = 16 * 1024;
constexpr const char* kForever = "public, max-age=31536000, immutable";

json::value WhenOrNull(TimeUs at_us) { return at_us ? json::value(FormatTime(at_us)) : json::value(nullptr); }

json::array HashList(const std::vector<std::string>& hashes) {
  json::array out;
  for (const std::string& hash : hashes) out.push_back(json::value(crypto::Base64Encode(hash)));
  return out;
}

json::value HeadJson(const std::optional<Head>& head) {
  if (!head) return nullptr;
  return json::object{{"tree_size", head->size},
                      {"root_hash", crypto::Base64Encode(head->root)},
                      {"signed_at", FormatTime(head->signed_at_us)}};
}

json::object WitnessJson(const store::WitnessRow& w) {
  auto key = VerifierKey::Parse(w.verifier_key);
  return {{"key_id", w.key_id},       {"name", key.ok() ? key->name : ""},  {"verifier_key", w.verifier_key},
          {"url", w.url},             {"state", w.state},                   {"state_detail", w.state_detail},
          {"seen_size", w.seen_size}, {"seen_at", WhenOrNull(w.seen_at_us)}};
}

json::object WatchedJson(const store::WatchedRow& w) {
  return {{"key_id", w.key_id},       {"origin", w.origin},
          {"verifier_key", w.verifier_key}, {"seen_size", w.tree_size},
          {"seen_at", WhenOrNull(w.seen_at_us)}, {"alarm", w.alarm},
          {"alarm_note", w.alarm_note}, {"alarm_at", WhenOrNull(w.alarm_at_us)}};
}

json::value ReportJson(const store::LogRow& log) {
  auto report = json::Parse(log.verify_report);
  if (!report.ok() || !report->is_object()) return nullptr;
  json::object out = std::move(report->as_object());
  out["verified_at"] = FormatTime(log.verified_at_us);
  return out;
}

}  // namespace

Result<http::Response> Log::Impl::Tile(std::string_view text) {
  const Error absent = MakeError(ErrorCode::kNotFound, "audit_tile_not_found");
  const auto path = TilePath::Parse(text);
  if (!path || path->level > 7) return absent;
  return database.Read([&](db::Tx& tx) -> Result<http::Response> {
    TINHSO_ASSIGN(auto head, Latest(tx));
    const int64_t available = head ? head->size >> (kTileHeight * path->level) : 0, from = path->index * kTileWidth;
    if (path->index > available / kTileWidth || from + path->width > available) return absent;
    TINHSO_ASSIGN(auto hashes, path->level == 0 ? store::EntryHashes(tx, from, path->width)
                                                : store::NodeHashes(tx, {path->level, from}, path->width));
    if (static_cast<int>(hashes.size()) != path->width) return MakeError(ErrorCode::kInternal, "audit_node_missing");
    std::string out;
    for (const std::string& hash : hashes) {
      TINHSO_ASSIGN(const std::string bytes, crypto::HexDecode(hash));
      if (path->entries) out += std::string({static_cast<char>(bytes.size() >> 8), static_cast<char>(bytes.size() & 0xFF)}) + bytes;
      else out += path->level == 0 ? LeafHash(bytes) : bytes;
    }
    http::Response response = http::Response::Bytes(std::move(out), "application/octet-stream");
    response.headers.emplace_back("Cache-Control", kForever);
    return response;
  });
}

void Log::Impl::AddPublicRoutes(std::vector<http::Route>& routes) {
  const auto get = [&](const char* pattern, http::Handler handler) {
    routes.push_back({"GET", pattern, "public", "", http::BodyKind::kNone, std::move(handler)});
  };
  get("/audit/checkpoint", [this](http::Request&) -> Result<http::Response> {
    TINHSO_ASSIGN(auto head, database.Read([this](db::Tx& tx) { return Latest(tx); }));
    if (!head) return MakeError(ErrorCode::kNotFound, "audit_log_empty");
    return http::Response::Text(head->note);
  });
  const auto tile = [this](http::Request& r) -> Result<http::Response> {
    std::string path(r.Param("level"));
    for (const char* part : {"a", "b", "c", "d"})
      if (const auto value = r.Param(part); !value.empty()) path += "/" + std::string(value);
    return Tile(path);
  };
  // A tile's number is written in groups of three digits, and a partial tile adds its width.
  get("/audit/tile/{level}/{a}", tile);
  get("/audit/tile/{level}/{a}/{b}", tile);
  get("/audit/tile/{level}/{a}/{b}/{c}", tile);
  get("/audit/tile/{level}/{a}/{b}/{c}/{d}", tile);
  get("/api/v1/audit/inclusion", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t index, r.QueryInt("leaf_index", 0, INT64_MAX, -1));
    TINHSO_ASSIGN(const int64_t wanted, r.QueryInt("tree_size", 1, INT64_MAX, -1));
    return database.Read([&](db::Tx& tx) -> Result<http::Response> {
      TINHSO_ASSIGN(auto head, Latest(tx));
      const int64_t size = wanted < 0 ? (head ? head->size : 0) : wanted;
      if (!head || size > head->size || index < 0 || index >= size) return MakeError(ErrorCode::kNotFound, "audit_proof_range");
      const NodeReader node = Reader(tx);
      TINHSO_ASSIGN(const std::string leaf, node(0, index));
      TINHSO_ASSIGN(const auto hashes, audit::InclusionProof(index, size, node));
      TINHSO_ASSIGN(const std::string root, TreeRoot(size, node));
      return http::Response::Json(json::object{{"leaf_index", index},
                                               {"tree_size", size},
                                               {"leaf_hash", crypto::Base64Encode(leaf)},
                                               {"hashes", HashList(hashes)},
                                               {"root_hash", crypto::Base64Encode(root)}});
    });
  });
  get("/api/v1/audit/consistency", [this](http::Request& r) -> Result<http::Response> {
    TINHSO_ASSIGN(const int64_t from, r.QueryInt("from", 0, INT64_MAX, -1));
    TINHSO_ASSIGN(const int64_t wanted, r.QueryInt("to", 0, INT64_MAX, -1));
    return database.Read([&](db::Tx& tx) -> Result<http::Response> {
      TINHSO_ASSIGN(auto head, Latest(tx));
      const int64_t to = wanted < 0 ? (head ? head->size : 0) : wanted;
      if (!head || from < 0 || from > to || to > head->size) return MakeError(ErrorCode::kNotFound, "audit_proof_range");
      const NodeReader node = Reader(tx);
      TINHSO_ASSIGN(const auto hashes, audit::ConsistencyProof(from, to, node));
      TINHSO_ASSIGN(const std::string from_root, TreeRoot(from, node));
      TINHSO_ASSIGN(const std::string to_root, TreeRoot(to, node));
      return http::Response::Json(json::object{{"from", from},
                                               {"to", to},
                                               {"hashes", HashList(hashes)},
                                               {"from_root_hash", crypto::Base64Encode(from_root)},
                                               {"to_root_hash", crypto::Base64Encode(to_root)}});
    });
  });
  get("/api/v1/audit/log", [this](http::Request&) -> Result<http::Response> {
    return database.Read([&](db::Tx& tx) -> Result<http::Response> {
      TINHSO_ASSIGN(auto head, Latest(tx));
      TINHSO_ASSIGN(auto witnesses, store::Witnesses(tx));
      json::array keys;
      for (const auto& witness : witnesses) keys.push_back(json::value(witness.verifier_key));
      TINHSO_ASSIGN(const auto changes, store::Rotations(tx));
      json::array rotations;
      for (const auto& one : changes)
        rotations.push_back(json::object{{"tree_size", one.tree_size},
                                         {"old_key", one.old_key},
                                         {"new_key", one.new_key},
                                         {"rotated_at", FormatTime(one.rotated_at_us)},
                                         {"checkpoint", one.note}});
      return http::Response::Json(json::object{{"origin", key.name},
                                               {"verifier_key", key.Verifier().Text()},
                                               {"witness_key", witness_key.Verifier().Text()},
                                               {"head", HeadJson(head)},
                                               {"witness_keys", std::move(keys)},
                                               {"rotations", std::move(rotations)}});
    });
  });
}

void Log::Impl::AddAdminRoutes(std::vector<http::Route>& routes, Log& log, const Wiring& wiring) {
  routes.push_back({"GET", "/api/v1/admin/audit", "audit.read", "", http::BodyKind::kNone,
                    [this](http::Request&) -> Result<http::Response> {
    return database.Read([&](db::Tx& tx) -> Result<http::Response> {
      TINHSO_ASSIGN(auto head, Latest(tx));
      TINHSO_ASSIGN(auto row, store::FindLog(tx));
      TINHSO_ASSIGN(const auto counts, store::CountLog(tx));
      TINHSO_ASSIGN(const auto witness_rows, store::Witnesses(tx));
      TINHSO_ASSIGN(const auto watched_rows, store::Watched(tx));
      json::array witnesses, watched;
      for (const auto& one : witness_rows) witnesses.push_back(WitnessJson(one));
      for (const auto& one : watched_rows) watched.push_back(WatchedJson(one));
      return http::Response::Json(json::object{{"origin", key.name},
                                               {"verifier_key", key.Verifier().Text()},
                                               {"witness_key", witness_key.Verifier().Text()},
                                               {"sealed", row ? row->tree_size : 0},
                                               {"staged", counts.staged},
                                               {"checkpoints", counts.checkpoints},
                                               {"head", HeadJson(head)},
                                               {"verification", row ? ReportJson(*row) : json::value(nullptr)},
                                               {"witnesses", std::move(witnesses)},
                                               {"watched", std::move(watched)}});
    });
  }});
  routes.push_back({"POST", "/api/v1/admin/audit/verify", "audit.admin", "audit.verified", http::BodyKind::kNone,
                    [this, wiring](http::Request& r) -> Result<http::Response> {
    const TimeUs now_us = clock.NowUs();
    TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
      TINHSO_TRY(wiring.enqueue_verify(tx));
      return Stage(tx, By(*r.principal, "audit.verified", "audit_log", 0, 0, now_us));
    }));
    wiring.wake_jobs();
    http::Response response = http::Response::NoContent();
    response.status = 202;
    return response;
  }});
  const auto change = [&](const char* method, const char* pattern, http::BodyKind body,
                          std::function<Status(http::Request&)> run) {
    routes.push_back({method, pattern, "audit.admin", "audit.changed", body,
                      [run = std::move(run)](http::Request& r) -> Result<http::Response> {
                        TINHSO_TRY(run(r));
                        return http::Response::NoContent();
                      }});
  };
  change("POST", "/api/v1/admin/audit/witnesses", http::BodyKind::kJson, [&log](http::Request& r) -> Status {
    TINHSO_ASSIGN(const json::value body, r.Json());
    json::Reader in(body);
    const std::string verifier_key = in.Text("verifier_key", 1, 400), url = in.Text("url", 1, 300);
    TINHSO_TRY(in.Finish());
    return log.AddWitness(verifier_key, url, &*r.principal);
  });
  change("DELETE", "/api/v1/admin/audit/witnesses/{key_id}", http::BodyKind::kNone,
         [&log](http::Request& r) { return log.RemoveWitness(r.Param("key_id"), &*r.principal); });
  change("POST", "/api/v1/admin/audit/watched", http::BodyKind::kJson, [&log](http::Request& r) -> Status {
    TINHSO_ASSIGN(const json::value body, r.Json());
    json::Reader in(body);
    const std::string verifier_key = in.Text("verifier_key", 1, 400);
    TINHSO_TRY(in.Finish());
    return log.AddWatched(verifier_key, &*r.principal);
  });
  change("DELETE", "/api/v1/admin/audit/watched/{key_id}", http::BodyKind::kNone,
         [&log](http::Request& r) { return log.RemoveWatched(r.Param("key_id"), &*r.principal); });
}

std::vector<http::Route> Log::Routes(Wiring wiring) {
  std::vector<http::Route> routes;
  impl_->AddPublicRoutes(routes);
  routes.push_back({"POST", "/audit/witness/add-checkpoint", "public", "audit.alarm", http::BodyKind::kText,
                    [this](http::Request& r) { return AddCheckpoint(r.body); }, kAddCheckpointBytesMax});
  impl_->AddAdminRoutes(routes, *this, wiring);
  impl_->AddPersonRoutes(routes, *this, wiring);
  return routes;
}

}  // namespace tinhso::audit
