// Packs: folders of YAML, checked as a whole, published as versions. See docs/formats/pack.md.
// Thread rule: Pack is immutable after loading; Library is thread-safe.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "engines/forms/forms.h"
#include "engines/printing/printing.h"
#include "engines/workflow/workflow.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"

TINHSO_DECLARE_MIGRATIONS(engines_packs);

namespace tinhso::packs {

// One problem: "procedures/1.001193.yaml:14: field 'workflow': không có quy trình 'commune-two-step'".
struct Problem {
  std::string file;
  int line = 0;
  std::string message_vi, message_en;
};

// A configured procedure, as JSON of its YAML plus what it names.
struct ProcedureConfig {
  std::string code;
  int version = 1;
  json::object definition;
  std::string form_id, workflow_id, result_template_id;
};

struct Pack {
  std::string id;
  int version = 0;
  std::string content_sha256;
  json::object manifest;
  std::map<std::string, forms::Form> forms;
  std::map<std::string, workflow::Workflow> workflows;
  std::map<std::string, printing::Template> prints;
  std::map<std::string, ProcedureConfig> procedures;
  std::map<std::string, std::string> print_sources;  // YAML text of `prints`
  std::string dir;  // for units.yaml, calendar.yaml, accounts.yaml, read by their own loaders
};

// Reads DIR and DIR/../_common, checks schema, references and workflow rules. All problems are collected.
// kInvalid "pack_invalid"; problems are appended to `problems` (may be nullptr).
Result<Pack> Load(const std::string& dir, std::vector<Problem>* problems);
// YAML text → JSON; kInvalid "yaml_malformed" with "line N" in detail. Aliases, tags and repeated keys are refused;
// bytes, depth and nodes are bounded (kYamlBytesMax, kYamlDepthMax, kYamlNodesMax in yaml.h).
Result<json::value> YamlToJson(std::string_view yaml, std::string_view file_name);

// One publication of a pack, for the administrator's list.
struct Release {
  std::string id;
  int version = 0;
  std::string content_sha256;
  json::object name;  // {vi, en}
  TimeUs published_at_us = 0;
  int64_t forms = 0, workflows = 0, procedures = 0, prints = 0;
};

// What runs: the published packs, with every form and workflow version ever published (running dossiers keep theirs).
class Library {
 public:
  Library(db::Database& database, const Clock& clock);
  // Stores new versions of forms, workflows and procedures (idempotent on content) and new texts of print templates,
  // with the audit event "pack.published" when anything is new; then Load(). The same id and version with other content is
  // kConflict "pack_version_reused" (detail names it) and nothing changes. account_id 0 = at start.
  Status Publish(const Pack& pack, int64_t account_id);
  Status Load();  // fills the library from the database, then calls the listener
  // Called after every Load, on its thread: the catalogue refreshes what it shows. Set before serving.
  void SetListener(std::function<Status()> listener);
  std::vector<Release> Releases() const;  // newest first, one per pack
  std::shared_ptr<const forms::Form> FindForm(std::string_view id, int version) const;          // version 0 = newest
  std::shared_ptr<const workflow::Workflow> FindWorkflow(std::string_view id, int version) const;
  std::shared_ptr<const printing::Template> FindPrint(std::string_view id, int version = 0) const;  // version 0 = newest
  // The form of the official slip that records `what` on a day: forms change with the circulars, each names the days it is valid.
  struct Slip {
    std::shared_ptr<const printing::Template> print;  // nullptr when that day has no such form
    int version = 0;
  };
  Slip FindSlip(std::string_view what, std::string_view on) const;
  std::vector<ProcedureConfig> Procedures() const;
  // Valid as long as the library; a newer version is another object. nullptr when not configured.
  const ProcedureConfig* FindProcedure(std::string_view code) const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

// GET /api/v1/admin/packs (id, version, published_at, counts), POST /api/v1/admin/packs/check and /publish (re-reads DIR).
std::vector<http::Route> Routes(Library& library, std::vector<std::string> dirs);

}  // namespace tinhso::packs
