// A merger of units (sáp nhập, hợp nhất), run by an administrator as one previewed operation. On its day, in one transaction, the
// old units close, the continuing units begin and number series are carried over; then what points to holders (assignments, inbox
// rows) moves in batches that can be interrupted anywhere. No row's authority_id changes: the successor sees and acts on its
// predecessors' work through Snapshot::ActingFor. ADR "Mergers map, they do not rewrite".
// Law: NQ 76/2025/UBTVQH15 (arrangement of units), NQ 190/2025/QH15 (work goes on under the successor).
// Thread rule: thread-safe after Register.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "kernel/jobs/jobs.h"
#include "kernel/orgs/orgs.h"

namespace tinhso::orgs {

struct UnitMove {
  int64_t from_unit_id = 0, to_unit_id = 0;
  int64_t from_authority_id = 0, to_authority_id = 0;
};

struct MergerPlan {
  std::string effective_on, basis;           // the day it begins; the resolution, as text
  Service::NewUnit successor;                // begins on that day when no unit has its code
  bool successor_is_new = false;
  std::vector<std::string> predecessors;     // unit codes
  struct Line {
    std::string from_code, from_name, to_code, to_name, to_kind, to_parent_code, to_short_name;
    bool is_new = false;
  };
  std::vector<Line> lines;                   // every unit that closes and the one that continues it, parents first
};

// What one module carries over. Registered once at start, in the order they run.
struct Continuation {
  std::string part;                          // "assignments": named in web/messages as merger.part.<part>
  struct Preview {
    int64_t count = 0;
    std::vector<std::string> examples;       // the first few, as people know them
  };
  // Read only. Before the merger the `to` ids of units that do not exist yet are 0.
  std::function<Result<Preview>(db::Tx&, const MergerPlan&, const std::vector<UnitMove>&)> preview;
  // What must change together with the closing of the units; empty = nothing.
  std::function<Status(db::Tx&, const MergerPlan&, const std::vector<UnitMove>&)> at_switch;
  // Moves at most `limit` things and says how many; 0 = all is moved. What was moved is not found again. Empty = nothing to move:
  // the mapping of units is enough.
  std::function<Result<int64_t>(db::Tx&, const MergerPlan&, const std::vector<UnitMove>&, int64_t limit)> move;
  std::function<void()> after;               // caches to drop, snapshots to load
};

class Mergers {
 public:
  Mergers(Service& orgs, jobs::Runner& runner);
  void Register(Continuation continuation);  // before the first use
  void RegisterJobs();
  Service& orgs() { return orgs_; }

  struct Request {
    std::string effective_on, basis;
    std::vector<std::string> predecessors;
    std::string successor_code;              // of a unit that goes on, or of the new one
    std::string name, short_name, area_code; // of a new one
  };
  // kNotFound "unit_not_found"; kForbidden "unit_out_of_scope"; kConflict "unit_closed", "unit_in_merger"; kInvalid
  // "validation_failed" with fields "merger_kinds_differ", "merger_successor_is_predecessor", "date_in_past", "merger_name_required".
  Result<MergerPlan> Plan(const Request& request, const http::Principal& by) const;
  // The plan and what every part will carry over. Audited, changes nothing.
  Result<json::object> Preview(const Request& request, const http::Principal& by);
  // Keeps the plan and runs it on its day (today: at once).
  Result<json::object> Schedule(const Request& request, const http::Principal& by);
  // Until it has begun. kNotFound "merger_not_found"; kConflict "merger_begun".
  Result<json::object> Cancel(int64_t merger_id, const http::Principal& by);
  Result<json::object> Get(int64_t merger_id) const;
  Result<json::array> List() const;
  // What the job does; again after an interruption it goes on where it stopped. Stops early with ok after `budget_us` and leaves
  // the rest to the next job.
  Status Run(int64_t merger_id, int64_t budget_us);

 private:
  Status Switch(int64_t merger_id);
  Result<std::vector<UnitMove>> MovesOf(db::Tx& tx, const MergerPlan& plan) const;
  Result<json::object> PreviewJson(db::Tx& tx, const MergerPlan& plan) const;
  Service& orgs_;
  jobs::Runner& runner_;
  std::vector<Continuation> continuations_;
};

// POST /api/v1/admin/mergers/preview, GET and POST /api/v1/admin/mergers, GET and DELETE /api/v1/admin/mergers/{merger_id}
std::vector<http::Route> Routes(Mergers& mergers);

}  // namespace tinhso::orgs
