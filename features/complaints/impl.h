// Private parts shared by the .cc files of this feature.
#pragma once
#include "complaints.h"
#include "kernel/audit/audit.h"
#include "kernel/audit/reads.h"
#include "store.h"

namespace tinhso::complaints {

struct Rule {
  std::string valid_from;
  int answer_working_days = 0;
};

struct Service::Impl {
  explicit Impl(Deps d) : deps(d) {}
  Deps deps;
  std::vector<Rule> rules;  // by their day
  audit::Reads reads;

  int AnswerDaysOn(const std::string& day) const;
  // The authority named in a complaint's code. kNotFound "complaint_not_found".
  Result<int64_t> AuthorityOf(std::string_view complaint_code) const;
  Result<store::Complaint> FindForLeader(std::string_view complaint_code, const http::Principal& who) const;
  struct Held {
    int64_t authority_id = 0;
    std::vector<int64_t> leaders;  // who may answer
  };
  Result<Held> HeldBy(db::Tx& tx, int64_t authority_id, const dossiers::Service::Handling& handling) const;
};
using Impl = Service::Impl;

}  // namespace tinhso::complaints
