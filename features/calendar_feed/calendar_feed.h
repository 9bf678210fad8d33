// Calendar feed (lịch cá nhân): a person's dates as an iCalendar file (RFC 5545) that calendar programs read again by themselves from a
// secret address: when results are due and until when bills can be paid. The address can be revoked; the database holds its hash only.
// What is told is the procedure's name and the dossier's code, nothing else of anybody.
// Thread rule: Service is thread-safe.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "features/dossiers/dossiers.h"
#include "features/payments/payments.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/identity/identity.h"

TINHSO_DECLARE_MIGRATIONS(features_calendar_feed);

namespace tinhso::calendar_feed {

inline constexpr int64_t kFeedDossiersMax = 200;  // newest dossiers whose dates are told

struct Deps {
  db::TenantRouter& router;
  const Clock& clock;
  identity::Service& identity;
  dossiers::Service& dossiers;
  payments::Service& payments;
  std::string public_base_url;
};

class Service {
 public:
  explicit Service(Deps deps) : deps_(std::move(deps)) {}

  // Answers are JSON text of the contract's schemas.
  Result<std::string> Get(const http::Principal& who);
  // A new address, told once; the one before stops working. kConflict "calendar_feed_without_person" for an account of nobody.
  Result<std::string> Make(const http::Principal& who);
  // The address stops working; none is nothing to do.
  Status Revoke(const http::Principal& who);
  // The file of an address: "<secret>.ics". kNotFound "calendar_feed_not_found".
  Result<std::string> File(std::string_view file_name);

  std::vector<http::Route> Routes();

 private:
  const Deps deps_;
};

}  // namespace tinhso::calendar_feed
