// Private parts shared by the .cc files of the log.
#pragma once
#include <mutex>

#include "kernel/audit/log.h"
#include "merkle.h"
#include "note.h"
#include "store.h"

namespace tinhso::audit {

struct Log::Impl {
  Impl(db::Database& d, const Clock& c, SignerKey log_key, SignerKey witness)
      : database(d), clock(c), key(std::move(log_key)), witness_key(std::move(witness)) {}
  db::Database& database;
  const Clock& clock;
  const SignerKey key, witness_key;
  std::mutex cosign_mutex;  // one round with the witnesses at a time

  Result<std::optional<Head>> Latest(db::Tx& tx) const;
  // Node hashes as stored, for trees up to what is sealed.
  static NodeReader Reader(db::Tx& tx);
  Status Record(const char* kind, json::object data, const http::Principal* by);

  // witness.cc
  Status CosignWith(store::WitnessRow witness, const Head& head, const WitnessTransport& send);

  // routes.cc and routes_person.cc
  Result<http::Response> Tile(std::string_view path);
  void AddPublicRoutes(std::vector<http::Route>& routes);
  void AddAdminRoutes(std::vector<http::Route>& routes, Log& log, const Wiring& wiring);
  void AddPersonRoutes(std::vector<http::Route>& routes, Log& log, const Wiring& wiring);
};

}  // namespace tinhso::audit
