// Private parts shared by the .cc files of this feature.
#pragma once
#include <list>
#include <map>
#include <mutex>
#include <unordered_map>

#include "dossiers.h"
#include "store.h"
#include "terms.h"
#include "kernel/inbox/inbox.h"

namespace tinhso::dossiers {

enum class Viewer { kNone, kApplicant, kOfficer };

// Everything of one dossier that a page shows.
struct Loaded {
  store::Dossier d;
  store::Body body;
  std::vector<store::Paper> papers;
  std::vector<store::PaperFile> files;
  std::vector<store::Event> events;
  std::optional<store::DossierResult> result;
  std::optional<store::Rating> rating;
};

struct Service::Impl {
  explicit Impl(Deps d) : deps(std::move(d)) {}
  Deps deps;

  // access.cc
  Viewer ViewerOf(const store::Dossier& d, const http::Principal& who) const;
  int64_t HolderUnit(const store::Dossier& d, const workflow::State& state) const;
  std::vector<const workflow::Transition*> AllowedFor(const store::Dossier& d, const workflow::Workflow& flow,
                                                      const http::Principal& who) const;
  // The authority named in a dossier code; kNotFound "dossier_not_found".
  Result<int64_t> AuthorityOfCode(std::string_view dossier_code) const;
  // Finds a dossier the caller may see.
  Result<store::Dossier> FindVisible(db::Tx& tx, int64_t authority_id, std::string_view dossier_code,
                                     const http::Principal& who) const;
  Status AuditRead(const store::Dossier& d, const http::Principal& who, const char* kind);

  // intake.cc
  struct Checked {
    Terms terms;
    const orgs::Unit* authority = nullptr;
    std::shared_ptr<const orgs::Snapshot> units;
    std::shared_ptr<const forms::Form> form;
    std::shared_ptr<const workflow::Workflow> flow;
    json::object answers;
    identity::Person applicant;
    std::vector<std::pair<PaperInput, std::vector<files::File>>> papers;
  };
  Result<Checked> Check(const SubmitParams& params, const http::Principal& who);
  // What forms need of areas: communes of today are known; a stored code is named as it was on `on`.
  void AddAreas(forms::Context& context, const std::string& on) const;
  forms::Context FormContext(const http::Principal& who) const;
  Status CheckPapers(const Terms& terms, const json::object& answers, const std::vector<PaperInput>& input,
                     const std::string& channel, const http::Principal& who, bool all_required,
                     std::vector<std::pair<PaperInput, std::vector<files::File>>>* out) const;
  Status InsertPapers(db::Tx& tx, store::Key key, int64_t round,
                      const std::vector<std::pair<PaperInput, std::vector<files::File>>>& papers) const;
  store::Dossier NewRow(const Checked& checked, const SubmitParams& params, const http::Principal& who, TimeUs now) const;

  // moves.cc
  struct Move {
    const workflow::Workflow& flow;
    const workflow::Transition& transition;
    const http::Principal& who;
    const ActParams& params;
    TimeUs now_us;
    bool by_applicant;
  };
  // Changes `d` and writes the event, inbox, notices, audit and jobs of one transition. The caller writes `d` itself.
  Status Apply(db::Tx& tx, store::Dossier& d, const Move& move) const;
  void Recompute(store::Dossier& d) const;
  calendar::Due DueOf(const store::Dossier& d) const;
  Status PutInbox(db::Tx& tx, const store::Dossier& d, const workflow::Workflow& flow, TimeUs now_us) const;
  Status NotifyApplicant(db::Tx& tx, const store::Dossier& d, const std::string& action, int64_t event_id, TimeUs now_us) const;
  store::Event EventBy(const http::Principal& who, TimeUs now_us) const;

  // view.cc
  Result<Loaded> Load(db::Tx& tx, const store::Dossier& d) const;
  Result<Loaded> LoadVisible(int64_t authority_id, std::string_view dossier_code, const http::Principal& who) const;
  json::object Render(const Loaded& loaded, const http::Principal& who) const;
  json::object RenderSummary(const store::Dossier& d) const;
  json::object StateJson(const store::Dossier& d, const workflow::Workflow* flow) const;
  json::array StepsJson(const store::Dossier& d, const workflow::Workflow& flow, const std::vector<store::Event>& events) const;
  const char* DeadlineOf(const store::Dossier& d, TimeUs now_us) const;
  std::shared_ptr<const workflow::Workflow> FlowOf(const store::Dossier& d) const {
    return deps.library.FindWorkflow(d.workflow_id, static_cast<int>(d.workflow_version));
  }
  std::shared_ptr<const forms::Form> FormOf(const store::Dossier& d) const {
    return deps.library.FindForm(d.form_id, static_cast<int>(d.form_version));
  }

  // documents.cc
  json::object PrintData(const Loaded& loaded) const;
  Status RenderResult(store::Key key);
  Status AnnounceToHolders(store::Key key);

  // Reads of a dossier by one officer are recorded once in ten minutes.
  std::mutex reads_mutex;
  std::unordered_map<std::string, TimeUs> reads;
};

inline json::object TextJson(const workflow::Text& text) { return {{"vi", text.vi}, {"en", text.en}}; }
// JSON this feature stored itself: empty when a column does not hold what it should.
inline json::object ParseObject(const std::string& text) {
  auto v = json::Parse(text);
  return v.ok() && v->is_object() ? v->as_object() : json::object();
}
inline json::array ParseArray(const std::string& text) {
  auto v = json::Parse(text);
  return v.ok() && v->is_array() ? v->as_array() : json::array();
}
inline store::Key KeyOf(const store::Dossier& d) { return {d.authority_id, d.dossier_id}; }

}  // namespace tinhso::dossiers
