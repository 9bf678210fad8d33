// Private parts shared by the .cc files of this module.
#pragma once
#include "base/ids.h"
#include "base/json.h"
#include "kernel/audit/audit.h"
#include "kernel/audit/reads.h"
#include "kernel/persons/persons.h"
#include "store.h"

namespace tinhso::persons {

struct Service::Impl {
  Impl(Service& service_in, db::Database& database_in, const Clock& clock_in, orgs::Service& orgs_in)
      : service(service_in), database(database_in), clock(clock_in), orgs(orgs_in) {}
  Service& service;
  db::Database& database;
  const Clock& clock;
  orgs::Service& orgs;
  std::function<Result<int64_t>(db::Tx&, int64_t)> account_of;
  std::mutex load_mutex;            // one Load at a time, so that an older map never replaces a newer
  mutable std::mutex groups_mutex;  // guards the pointer only
  std::shared_ptr<const Groups> groups = std::make_shared<Groups>();
  audit::Reads reads;

  // matching.cc
  struct Plan;
  Result<Plan> Match(db::Tx& tx, const Person& wanted);
  // Puts the pair into the queue unless it is there or was decided, or the two are one person already.
  Status OpenConflict(db::Tx& tx, store::ConflictRow conflict, const http::Principal* who = nullptr);

  // groups.cc: the person's own trace, and the installation's log.
  Status Record(db::Tx& tx, store::EventRow event, const http::Principal* who);
  Status Audit(db::Tx& tx, const http::Principal& who, const char* kind, int64_t person_id, json::object data);

  // conflicts.cc
  Status Decide(const Decision& decision, const http::Principal& who);
  Status Merge(db::Tx& tx, store::ConflictRow& conflict, int64_t keep_person_id);
  Status Unmerge(db::Tx& tx, store::ConflictRow& conflict);
  Status Tell(db::Tx& tx, int64_t person_id, const char* kind, int64_t conflict_id);
  // Whether the caller's queue holds it: his authority, those it continues, or all at the root unit.
  bool InQueueOf(const store::ConflictRow& conflict, const http::Principal& who) const;

  // routes.cc
  Result<http::Response> Find(http::Request& request);
  Result<http::Response> Scan(http::Request& request);
  Result<http::Response> Get(http::Request& request);
  Result<http::Response> Correct(http::Request& request);
  Result<http::Response> AddPaper(http::Request& request);
  Result<http::Response> EndPaper(http::Request& request);
  Result<http::Response> OwnPapers(http::Request& request);
  Result<http::Response> Report(http::Request& request);
  Result<Person> Known(db::Tx& tx, int64_t person_id);  // kNotFound "person_not_found"
  Status AuditRead(int64_t person_id, const http::Principal& who, const char* purpose);

  // routes_conflicts.cc
  Result<http::Response> ListConflicts(http::Request& request);
  Result<http::Response> GetConflict(http::Request& request);
  Result<http::Response> Suspect(http::Request& request);
  Result<http::Response> PostDecision(http::Request& request);
  Result<json::object> SideJson(db::Tx& tx, int64_t person_id);
};

// Who a record is joined to in the end, read in the transaction.
Result<int64_t> RootIn(db::Tx& tx, int64_t person_id);
json::object PaperJson(const store::PaperRow& paper, bool masked);
json::object ConflictJson(const store::ConflictRow& conflict, const orgs::Snapshot& units);
Result<int64_t> ParsePersonId(std::string_view text);  // kNotFound "person_not_found"
inline std::string IdText(int64_t id) { return std::to_string(id); }

}  // namespace tinhso::persons
