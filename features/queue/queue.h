// Queue numbers (số thứ tự) at the counter: a machine gives them, officers call them, a screen on the wall shows them. Numbers of
// a unit, day and service group run from 1 without a gap or a repeat. A ticket is a number and nobody's name.
// Thread rule: Service is thread-safe.
#pragma once
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/orgs/orgs.h"

TINHSO_DECLARE_MIGRATIONS(features_queue);

namespace tinhso::queue {

inline constexpr int64_t kTicketsOfGroupMax = 999;  // a day
inline constexpr size_t kGroupsMax = 12;
inline constexpr size_t kDeskLengthMax = 20;
inline constexpr int kFiguresDaysMax = 92;

struct Group {
  std::string service_group;  // one capital letter, the first of its tickets' numbers: "A"
  std::string vi, en;
};

class Service {
 public:
  Service(db::TenantRouter& router, const Clock& clock, orgs::Service& orgs) : router_(router), clock_(clock), orgs_(orgs) {}

  // Answers are JSON text of the contract's schemas.

  // For the screen on the wall and the ticket machine: groups with how many wait, who is called where, the day's averages.
  // kNotFound "unit_not_found".
  Result<std::string> Board(std::string_view unit_code);
  // A ticket from the machine that holds the unit's key. kForbidden "queue_key_wrong"; kInvalid "queue_group_unknown";
  // kConflict "queue_full".
  struct IssueParams {
    std::string unit_code, key, service_group;
  };
  Result<std::string> Issue(const IssueParams& params);

  // What this officer has at hand, who waits, who did not come.
  Result<std::string> Mine(const http::Principal& who);
  // Ends the one at hand and calls who has waited longest, of the groups named or of all. Two officers never get the same.
  struct NextParams {
    std::string desk;
    std::vector<std::string> service_groups;
  };
  Result<std::string> Next(const NextParams& params, const http::Principal& who);
  // "recall", "done", "no_show", "transfer" (to service_group) of the one at hand; "requeue" of one who did not come.
  // kNotFound "queue_ticket_not_found"; kConflict "queue_ticket_changed".
  struct ActionParams {
    int64_t ticket_id = 0, version_seen = 0;
    std::string action, service_group;
  };
  Result<std::string> Act(const ActionParams& params, const http::Principal& who);
  // Called, not come, average wait and service by day and desk. kInvalid "date_malformed", "date_range", "queue_period_too_long".
  Result<std::string> Figures(std::string_view from, std::string_view to, const http::Principal& who);

  Result<std::string> SetGroups(const std::vector<Group>& groups, const http::Principal& who);
  // A new key for the ticket machine; the one before stops working.
  Result<std::string> NewKioskKey(const http::Principal& who);

  std::vector<http::Route> Routes();

 private:
  Result<int64_t> AuthorityOf(std::string_view unit_code) const;
  std::string Today() const { return FormatDate(LocalDate(clock_.NowUs())); }

  db::TenantRouter& router_;
  const Clock& clock_;
  orgs::Service& orgs_;
};

}  // namespace tinhso::queue
