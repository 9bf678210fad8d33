// What another system is told of a dossier: its rows as they stand, without rendering. No rights are asked: whoever calls answers for
// where it goes and for the legal basis.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"

namespace tinhso::dossiers {

struct Shared {
  int64_t authority_id = 0, dossier_id = 0;
  std::string dossier_code, procedure_code, procedure_name;
  std::string channel, return_method;     // "online", "counter", "post"
  std::string unit_code, unit_name;       // of the competent authority
  std::string handling_unit_name;
  json::object applicant;                 // full_name, personal_no, birth_on, phone, email, address; absent = unknown
  int national_state = 0;                 // 1–10
  TimeUs submitted_at_us = 0;
  std::optional<TimeUs> received_at_us, due_at_us, finished_at_us, returned_at_us;
  struct File {
    int64_t file_id = 0;
    std::string name;
  };
  struct Paper {
    std::string paper_id, name;
    int64_t originals = 0, copies = 0;
    int digitisation = 0;  // 0 not, 1 digitised, 2 reused from a component, 3 reused from a result
    std::vector<File> files;
  };
  std::vector<Paper> papers;
  struct Step {                           // one event; without officers' notes among themselves
    int64_t event_id = 0;
    TimeUs at_us = 0;
    std::string action, title, actor_name, actor_position, actor_unit, reason;
    std::vector<std::string> items;
    int national_state = 0;
    bool by_applicant = false;
    std::optional<std::string> due_on;
  };
  std::vector<Step> steps;                // in the order they happened
  struct Outcome {
    std::string number, issued_on, verify_code;
    bool has_file = false;
  };
  std::optional<Outcome> outcome;
};

}  // namespace tinhso::dossiers
