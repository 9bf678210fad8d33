// Joint procedures (thủ tục liên thông): one file, several dossiers at their own units, some waiting for another's result. How they are
// filed: filing.cc. The result of one goes to the next as a paper and starts its clock; where none will come, what waits for it ends.
#include <algorithm>

#include "base/ids.h"
#include "impl.h"
#include "kernel/audit/audit.h"

namespace tinhso::dossiers {

namespace {

http::Principal TheSystem() {
  http::Principal system;
  system.full_name = "Hệ thống";
  return system;
}

}  // namespace

Result<store::Joint> Service::Impl::FindJoint(std::string_view joint_code, const http::Principal& who) const {
  const Error not_found = MakeError(ErrorCode::kNotFound, "joint_not_found");
  if (!joint_code.starts_with(kJointPrefix)) return not_found;
  const auto authority_id = AuthorityOfCode(joint_code.substr(std::string_view(kJointPrefix).size()));
  if (!authority_id.ok()) return not_found;
  TINHSO_ASSIGN(auto joint, deps.router.For(*authority_id).Read([&](db::Tx& tx) { return store::FindJoint(tx, *authority_id, joint_code); }));
  if (!joint) return not_found;
  store::Head head;
  head.person_id = joint->person_id;
  head.proxy_person_id = joint->proxy_person_id;
  const Viewer viewer = ViewerOf(head, who);
  // A consent withdrawn at one part ends the proxy's view of that part; of the whole it ends with the first.
  if (viewer == Viewer::kApplicant) return std::move(*joint);
  for (const store::JointPart& part : joint->parts) {
    TINHSO_ASSIGN(auto d, deps.router.For(part.key.authority_id).Read([&](db::Tx& tx) { return store::FindById(tx, part.key); }));
    if (d && ViewerOf(*d, who) != Viewer::kNone) return std::move(*joint);
  }
  return not_found;
}

Result<std::string> Service::GetJoint(std::string_view joint_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const store::Joint joint, m.FindJoint(joint_code, who));
  const auto units = m.deps.orgs.snapshot();
  const TimeUs now = m.deps.clock.NowUs();
  json::Writer out(2048);
  out.BeginObject().Text("joint_code", joint.joint_code).Text("procedure_code", joint.procedure_code);
  out.Text("procedure_name", joint.procedure_name).Text("submitted_at", FormatTime(joint.submitted_at_us)).Array("parts");
  bool open = false, own = false;
  std::map<std::string, std::string> code_of;
  for (const store::JointPart& part : joint.parts) {
    std::optional<store::DossierResult> result;
    TINHSO_ASSIGN(auto d, m.deps.router.For(part.key.authority_id).Read([&](db::Tx& tx) -> Result<std::optional<store::Dossier>> {
      TINHSO_ASSIGN(result, store::GetResult(tx, part.key));
      return store::FindById(tx, part.key);
    }));
    if (!d) return MakeError(ErrorCode::kInternal, "dossier_missing");
    const Viewer viewer = m.ViewerOf(*d, who);
    if (viewer == Viewer::kOfficer) TINHSO_TRY(m.AuditRead(*d, who, "dossier.read"));
    own = own || viewer == Viewer::kApplicant;
    open = open || !d->finished_at_us;
    code_of[part.part_id] = part.dossier_code;
    const orgs::Unit* unit = units->ById(d->authority_id);
    const auto flow = m.FlowOf(*d);
    out.BeginObject().Text("part", part.part_id).Text("dossier_code", d->dossier_code).Text("procedure_name", d->procedure_name);
    out.Text("unit_name", unit != nullptr ? unit->short_name : "");
    m.WriteState(out, *d, flow.get());
    if (part.waits_for.empty()) out.Null("waits_for");
    else out.Text("waits_for", code_of[part.waits_for]);
    out.Bool("waiting", d->Waits());
    WriteTime(out, "received_at", d->received_at_us);
    WriteTime(out, "due_at", d->due_at_us);
    WriteOptional(out, "due_on", d->due_on);
    out.Text("deadline", m.DeadlineOf(*d, now));
    if (result) out.Text("result_number", result->number);
    else out.Null("result_number");
    out.Bool("may_open", viewer != Viewer::kNone).EndObject();
  }
  out.EndArray().Bool("may_withdraw", own && open).EndObject();
  return out.Take();
}

Result<std::string> Service::WithdrawJoint(std::string_view joint_code, std::string_view reason, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const store::Joint joint, m.FindJoint(joint_code, who));
  struct Open {
    store::Dossier d;
    std::shared_ptr<const workflow::Workflow> flow;
    const workflow::Transition* withdraw;
  };
  // All or nothing: every part that is open can be withdrawn, or none is.
  std::vector<Open> open;
  for (const store::JointPart& part : joint.parts) {
    TINHSO_ASSIGN(auto d, m.deps.router.For(part.key.authority_id).Read([&](db::Tx& tx) { return store::FindById(tx, part.key); }));
    if (!d) return MakeError(ErrorCode::kInternal, "dossier_missing");
    if (m.ViewerOf(*d, who) != Viewer::kApplicant) return MakeError(ErrorCode::kForbidden, "permission_denied");
    if (d->finished_at_us) continue;
    auto flow = m.FlowOf(*d);
    const workflow::Transition* withdraw = flow == nullptr ? nullptr : flow->Find(d->state, "withdraw", {workflow::kApplicant});
    if (withdraw == nullptr) return MakeError(ErrorCode::kConflict, "joint_part_not_withdrawable", part.dossier_code);
    open.push_back({std::move(*d), std::move(flow), withdraw});
  }
  if (open.empty()) return MakeError(ErrorCode::kConflict, "joint_finished");
  ActParams params;
  params.action = "withdraw";
  params.reason = std::string(reason);
  const TimeUs now = m.deps.clock.NowUs();
  TINHSO_TRY(m.deps.router.For(joint.authority_id).Write([&](db::Tx& tx) -> Status {
    for (const Open& one : open) {
      store::Dossier d = one.d;
      TINHSO_TRY(m.Apply(tx, d, {*one.flow, *one.withdraw, who, params, now, true, Filing::kKnown}));
      TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, d, one.d.version, now));
      if (!updated) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    }
    audit::Event record = audit::By(who, "dossier.joint_withdrawn", "dossier", joint.parts.front().key.dossier_id, joint.authority_id, now);
    record.person_id = joint.person_id;
    record.data = {{"joint_code", joint.joint_code}, {"dossiers", open.size()}};
    return audit::Stage(tx, record);
  }));
  m.deps.runner.Wake();
  return GetJoint(joint_code, who);
}

Status Service::Impl::ReleasePart(db::Tx& tx, store::Dossier d, const store::JointPart& part, const Loaded& awaited) const {
  const auto flow = FlowOf(d);
  if (flow == nullptr) return MakeError(ErrorCode::kInternal, "workflow_missing", d.workflow_id);
  const int64_t seen = d.version;
  const TimeUs now = deps.clock.NowUs();
  ActParams params;
  workflow::Transition step;
  step.from = {d.state};
  step.by = {workflow::kSystem};
  if (EndedWithout(awaited.d.national_state)) {
    const workflow::State* stopped = nullptr;
    for (const workflow::State& state : flow->states())
      if (state.final && state.national_state == 8) stopped = &state;
    if (stopped == nullptr) return MakeError(ErrorCode::kInternal, "dossier_state_unknown", d.workflow_id);
    std::string why;
    for (const store::Event& e : awaited.events)
      if (!e.reason.empty() && EndedWithout(e.national_state)) why = e.reason;
    step.action = kJointStopped;
    step.to = stopped->id;
    step.effects = {"stop_clock"};
    params.reason = "Hồ sơ " + awaited.d.dossier_code + " (" + awaited.d.procedure_name + ") kết thúc mà không có kết quả" +
                    (why.empty() ? "" : ": " + why) + (why.ends_with('.') ? "" : ".") + " Phần này cần kết quả đó nên dừng theo.";
  } else {
    // The awaited result is what was missing: from here the dossier is complete and received.
    const workflow::Transition* accept = nullptr;
    for (const workflow::Transition& t : flow->transitions())
      if (t.action == "accept" && std::find(t.from.begin(), t.from.end(), d.state) != t.from.end()) accept = &t;
    if (accept == nullptr) return MakeError(ErrorCode::kInternal, "dossier_action_not_allowed", d.workflow_id);
    step.action = kJointReady;
    step.to = accept->to;
    step.effects = accept->effects;
    const store::DossierResult& result = *awaited.result;
    auto on = ParseDate(result.issued_on);
    const orgs::Unit* by = deps.orgs.snapshot()->ById(awaited.d.authority_id);
    const std::string named = "số " + result.number + " ngày " + (on.ok() ? FormatDateVi(*on) : result.issued_on) + ", " + (by != nullptr ? by->name : "");
    params.reason = "Đã có kết quả " + named + " của hồ sơ " + awaited.d.dossier_code + ": thời hạn giải quyết bắt đầu tính.";
    d.joint_ready_at_us = now;
    if (!part.result_paper.empty()) {
      TINHSO_ASSIGN(auto known, terms.Find(d.procedure_code));
      std::string name = awaited.d.procedure_name;
      for (const json::value& v : known->papers)
        if (json::GetText(v.as_object(), "id") == part.result_paper) name = json::GetText(v.as_object().at("name").as_object(), "vi");
      TINHSO_ASSIGN(const files::File file, deps.files.Get(*result.file_id));
      const int64_t submitted_paper_id = NewId();
      TINHSO_TRY(store::InsertPaper(tx, KeyOf(d), {submitted_paper_id, part.result_paper, name, 0, 0, 0, 3, awaited.d.dossier_code}));
      TINHSO_TRY(store::InsertFile(tx, KeyOf(d), {submitted_paper_id, file.file_id, file.name, file.media_type, file.size_bytes}));
    }
    if (!part.result_field.empty()) {
      TINHSO_ASSIGN(store::Body body, store::GetBody(tx, KeyOf(d)));
      json::object answers = ParseObject(body.answers);
      answers[part.result_field] = named;
      TINHSO_TRY(store::UpdateAnswers(tx, KeyOf(d), json::serialize(answers)));
    }
  }
  const http::Principal system = TheSystem();
  TINHSO_TRY(Apply(tx, d, {*flow, step, system, params, now, false, Filing::kKnown}));
  TINHSO_ASSIGN(bool updated, store::UpdateDossier(tx, d, seen, now));
  if (!updated) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
  return Ok();
}

Status Service::Impl::FollowJoint(store::Key key) const {
  db::Database& database = deps.router.For(key.authority_id);
  auto load = [&]() {
    return database.Read([&](db::Tx& tx) -> Result<Loaded> {
      TINHSO_ASSIGN(auto d, store::FindById(tx, key));
      if (!d) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
      return Load(tx, *d);
    });
  };
  TINHSO_ASSIGN(Loaded awaited, load());
  TINHSO_ASSIGN(const int64_t joint_authority_id, AuthorityOfCode(std::string_view(awaited.d.joint_code).substr(std::string_view(kJointPrefix).size())));
  TINHSO_ASSIGN(auto joint, deps.router.For(joint_authority_id).Read([&](db::Tx& tx) {
    return store::FindJoint(tx, joint_authority_id, awaited.d.joint_code);
  }));
  if (!joint) return MakeError(ErrorCode::kInternal, "joint_not_found", awaited.d.joint_code);
  if (!EndedWithout(awaited.d.national_state)) {
    // Its paper is what the others wait for. Rendering twice changes nothing.
    TINHSO_TRY(RenderResult(key));
    TINHSO_ASSIGN(awaited, load());
    if (!awaited.result || !awaited.result->file_id) return MakeError(ErrorCode::kNotFound, "result_not_ready");
  }
  const auto me = std::find_if(joint->parts.begin(), joint->parts.end(), [&](const store::JointPart& p) { return p.key.dossier_id == key.dossier_id; });
  if (me == joint->parts.end()) return MakeError(ErrorCode::kInternal, "joint_not_found", awaited.d.joint_code);
  for (const store::JointPart& part : joint->parts) {
    if (part.waits_for != me->part_id) continue;
    TINHSO_TRY(deps.router.For(part.key.authority_id).Write([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(auto d, store::FindById(tx, part.key));
      // Released before, or withdrawn by the person meanwhile.
      if (!d || !d->Waits()) return Ok();
      return ReleasePart(tx, std::move(*d), part, awaited);
    }));
  }
  deps.runner.Wake();
  return Ok();
}

}  // namespace tinhso::dossiers
