// Synchronisation with the National Public Service Portal (Cổng Dịch vụ công quốc gia): every change of a dossier is told in the
// portal's shape, in the order it happened, as often as needed until it is taken. Law: NĐ 107/2021/NĐ-CP, TT 21/2023/TT-BTTTT
// (interconnection); fields and codes: docs/protocols/national-portal.md says how sure each is.
//
// The change and its row in the outbox (portal_dossier) are one transaction. One server of an installation sends at a time. What the
// portal refuses waits for a person; an unreachable portal only delays. Thread rule: thread-safe; Send blocks on the network.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "features/dossiers/dossiers.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(features_portal);

namespace tinhso::portal {

struct Options {
  std::string url;            // of the adapter, "https://…/adapter"; "" = not connected
  std::string unit_code;      // this province's code there, "000.00.00.H12"
  std::string username, password;
  std::string public_url = "https://dichvucong.gov.vn";  // where people file when they do not file here
  bool citizens_file_here = true;
};

struct Deps {
  db::TenantRouter& router;
  const Clock& clock;
  dossiers::Service& dossiers;
  std::string public_base_url;
  Options options;
};

// How often waiting changes are looked for; how long an unreachable portal is left alone, at first and at most.
inline constexpr int64_t kSendPeriodUs = 2 * kUsPerSecond;
inline constexpr int64_t kPauseFirstUs = 5 * kUsPerSecond;
inline constexpr int64_t kPauseMaxUs = 300 * kUsPerSecond;
// Dossiers sent in one turn, and rows of a page of the administrators' list.
inline constexpr int64_t kTurnMax = 100;
inline constexpr int64_t kPageMax = 100;
inline constexpr size_t kErrorTextMax = 500;

class Service {
 public:
  explicit Service(Deps deps);
  ~Service();

  // Follows dossiers from now on, when a portal is configured. Before serving.
  void Follow();
  // Sends what waits; returns how many dossiers were sent or refused. Nothing while the portal is left alone.
  Result<int64_t> Send();
  // GET /api/v1/admin/portal, POST /api/v1/admin/portal/{dossier_code}/resend
  std::vector<http::Route> Routes();

  struct Counts {
    int64_t waiting = 0, refused = 0;
  };
  Result<Counts> Count() const;

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::portal
