// A dossier as another system is told of it.
#include "consult.h"
#include "impl.h"
#include "transfer.h"

namespace tinhso::dossiers {

Result<Shared> Service::Share(int64_t authority_id, int64_t dossier_id) const {
  const Impl& m = *impl_;
  TINHSO_ASSIGN(Loaded loaded, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<Loaded> {
    TINHSO_ASSIGN(auto d, store::FindById(tx, {authority_id, dossier_id}));
    if (!d) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
    return m.Load(tx, *d);
  }));
  const store::Dossier& d = loaded.d;
  const auto units = m.deps.orgs.snapshot();
  const auto flow = m.FlowOf(d);
  Shared out;
  out.authority_id = authority_id;
  out.dossier_id = dossier_id;
  out.dossier_code = d.dossier_code;
  out.procedure_code = d.procedure_code;
  out.procedure_name = d.procedure_name;
  out.channel = d.channel;
  out.return_method = d.return_method;
  if (const orgs::Unit* unit = units->ById(authority_id)) {
    out.unit_code = unit->unit_code;
    out.unit_name = unit->name;
  }
  if (const orgs::Unit* unit = units->ById(d.handling_unit_id)) out.handling_unit_name = unit->name;
  out.applicant = ParseObject(loaded.body.applicant);
  out.national_state = static_cast<int>(d.national_state);
  out.submitted_at_us = d.submitted_at_us;
  out.received_at_us = d.received_at_us;
  out.due_at_us = d.due_at_us;
  out.finished_at_us = d.finished_at_us;
  for (const store::Paper& p : loaded.papers) {
    Shared::Paper paper{p.paper_id, p.name, p.originals, p.copies, static_cast<int>(p.digitisation), {}};
    for (const store::PaperFile& f : loaded.files) {
      if (f.submitted_paper_id == p.submitted_paper_id) paper.files.push_back({f.file_id, f.name});
    }
    out.papers.push_back(std::move(paper));
  }
  workflow::Text own;
  for (const store::Event& e : loaded.events) {
    if (IsConsulting(e.action) || IsTransfer(e.action)) continue;  // between offices
    Shared::Step step{e.event_id, e.at_us, e.action, EventTitle(e, flow.get(), own).vi, e.actor_name, e.actor_position, e.actor_unit, e.reason, {},
                      static_cast<int>(e.national_state), e.by_applicant, e.due_on};
    for (const json::value& item : ParseArray(e.items)) {
      if (item.is_string()) step.items.emplace_back(item.as_string());
    }
    if (e.national_state == 10) out.returned_at_us = e.at_us;
    out.steps.push_back(std::move(step));
  }
  if (loaded.result) {
    out.outcome = Shared::Outcome{loaded.result->number, loaded.result->issued_on, loaded.result->verify_code,
                                  loaded.result->file_id.has_value()};
  }
  return out;
}

}  // namespace tinhso::dossiers
