// Construction, the map of merges in memory, and what is read and written without matching.
#include <algorithm>

#include "impl.h"

namespace tinhso::persons {

int64_t Groups::RootOf(int64_t person_id) const {
  auto it = root_.find(person_id);
  return it == root_.end() ? person_id : it->second;
}

std::vector<int64_t> Groups::Of(int64_t person_id) const {
  std::vector<int64_t> out{person_id};
  if (auto it = members_.find(RootOf(person_id)); it != members_.end()) {
    for (int64_t id : it->second) {
      if (id != person_id) out.push_back(id);
    }
  }
  return out;
}

Service::Service(db::Database& database, const Clock& clock, orgs::Service& orgs)
    : impl_(std::make_unique<Impl>(*this, database, clock, orgs)) {}
Service::~Service() = default;

void Service::SetAccountOf(std::function<Result<int64_t>(db::Tx&, int64_t)> account_of) { impl_->account_of = std::move(account_of); }

std::shared_ptr<const Groups> Service::groups() const {
  std::lock_guard lock(impl_->groups_mutex);
  return impl_->groups;
}

Status Service::Load() {
  std::lock_guard one(impl_->load_mutex);
  TINHSO_ASSIGN(auto edges, impl_->database.Read([](db::Tx& tx) { return store::AllMerges(tx); }));
  auto fresh = std::make_shared<Groups>();
  auto root_of = [&](int64_t id) {
    for (auto it = edges.find(id); it != edges.end(); it = edges.find(id)) id = it->second;
    return id;
  };
  for (const auto& [id, into] : edges) {
    int64_t root = root_of(into);
    fresh->root_[id] = root;
    auto& members = fresh->members_[root];
    if (members.empty()) members.push_back(root);
    members.push_back(id);
  }
  std::lock_guard lock(impl_->groups_mutex);
  impl_->groups = std::move(fresh);
  return Ok();
}

Result<std::optional<Person>> Service::ById(db::Tx& tx, int64_t person_id) { return store::ById(tx, person_id); }

Result<std::optional<Person>> Service::ByPersonalNo(db::Tx& tx, std::string_view personal_no) {
  return store::ByPersonalNo(tx, personal_no);
}

Status Service::UpdateContact(db::Tx& tx, const Person& person) { return store::UpdateContact(tx, person); }

Result<int64_t> RootIn(db::Tx& tx, int64_t person_id) {
  for (;;) {
    TINHSO_ASSIGN(auto merge, store::MergeOf(tx, person_id));
    if (!merge) return person_id;
    person_id = merge->into_person_id;
  }
}

Status Service::Impl::Record(db::Tx& tx, store::EventRow event, const http::Principal* who) {
  event.event_id = NewId();
  event.at_us = clock.NowUs();
  if (who != nullptr) {
    event.account_id = who->account_id;
    event.actor_name = who->full_name;
    if (const orgs::Unit* unit = orgs.snapshot()->ById(who->unit_id); unit != nullptr) event.actor_unit = unit->name;
  }
  return store::InsertEvent(tx, event);
}

Status Service::Impl::Audit(db::Tx& tx, const http::Principal& who, const char* kind, int64_t person_id, json::object data) {
  audit::Event event = audit::By(who, kind, "person", person_id, who.authority_id, clock.NowUs());
  event.person_id = person_id;
  event.data = std::move(data);
  event.data["purpose"] = "reconcile";
  return audit::Stage(tx, event);
}

}  // namespace tinhso::persons
