// Dossiers received at any one-stop desk for the competent unit (tiếp nhận không phụ thuộc địa giới hành chính): the dossier is the
// competent unit's from the first moment, its time counts from reception; what travels is paper. Both desks keep the record.
#include "transfer.h"

#include <algorithm>

#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"

namespace tinhso::dossiers {

namespace {

int64_t DayOrNone(const std::optional<int64_t>& at_us) { return at_us ? FactDay(*at_us) : kNoDay; }

int64_t ReceivingAuthority(const orgs::Snapshot& units, const store::Transfer& t) {
  const orgs::Unit* desk = units.ById(t.reception_unit_id);
  return desk == nullptr ? 0 : desk->authority_id;
}

Service::TransferFact FactOf(const orgs::Snapshot& units, const store::Transfer& t) {
  Service::TransferFact f;
  f.authority_id = t.key.authority_id;
  f.dossier_id = t.key.dossier_id;
  f.other_authority_id = t.side == "here" ? t.key.authority_id : ReceivingAuthority(units, t);
  f.procedure_code = t.procedure_code;
  f.received_day = FactDay(t.received_at_us);
  f.due_day = DaysFromCivil(*ParseDate(t.due_on));
  f.sent_day = DayOrNone(t.sent_at_us);
  f.taken_day = DayOrNone(t.taken_at_us);
  f.returned_day = DayOrNone(t.returned_at_us);
  f.papers = t.papers != "[]";
  f.return_here = t.return_unit_id != 0;
  return f;
}

TimeUs StartOfDay(int64_t day) { return FromLocal(CivilFromDays(day), 0); }

}  // namespace

std::string Service::Impl::TransferDueOn(const store::Dossier& d, TimeUs received_at_us) const {
  const calendar::Calendar& calendar = deps.orgs.snapshot()->CalendarOf(d.reception_unit_id);
  const Date day = LocalDate(received_at_us);
  const bool after_hours = LocalMinuteOfDay(received_at_us) >= kTransferNextDayMinute;
  return FormatDate(after_hours || !calendar.IsWorkingDay(day) ? calendar.NextWorkingDay(day) : day);
}

Status Service::Impl::StoreTransfer(db::Tx& tx, const Loaded& filed, TimeUs now_us) const {
  const store::Dossier& d = filed.d;
  store::Transfer t;
  t.key = KeyOf(d);
  t.reception_unit_id = d.reception_unit_id;
  t.return_unit_id = d.return_unit_id;
  t.procedure_code = d.procedure_code;
  json::array papers;
  for (const store::Paper& p : filed.papers)
    if (p.originals + p.copies > 0) papers.push_back(json::object{{"name", p.name}, {"originals", p.originals}, {"copies", p.copies}});
  t.papers = json::serialize(papers);
  t.received_at_us = now_us;
  t.due_on = TransferDueOn(d, now_us);
  if (papers.empty()) t.sent_at_us = t.taken_at_us = now_us;  // the data is there at once, and nothing travels
  t.authority_id = d.authority_id;
  t.side = "elsewhere";
  TINHSO_TRY(store::InsertTransfer(tx, t));
  t.authority_id = ReceivingAuthority(*deps.orgs.snapshot(), t);
  t.side = "here";
  return store::InsertTransfer(tx, t);
}

Status Service::Impl::EndTransfer(db::Tx& tx, const store::Dossier& d, TimeUs now_us) const {
  TINHSO_ASSIGN(auto t, store::FindTransfer(tx, KeyOf(d)));
  if (!t || t->returned_at_us) return Ok();
  t->returned_at_us = now_us;
  TINHSO_TRY(store::UpdateTransfer(tx, *t, d.authority_id));
  return store::UpdateTransfer(tx, *t, ReceivingAuthority(*deps.orgs.snapshot(), *t));
}

Service::Impl::Transferring Service::Impl::MayTransfer(const store::Dossier& d, const store::Transfer& t, const http::Principal& who) const {
  if (!who.Has("dossier.receive") || !who.Has("dossier.act")) return {};
  const auto units = deps.orgs.snapshot();
  return {!t.sent_at_us && who.unit_id == units->ActingFor(d.reception_unit_id), !t.taken_at_us && who.unit_id == units->ActingFor(d.desk_unit_id)};
}

void Service::Impl::WriteTransfer(json::Writer& out, const Loaded& loaded, const http::Principal& who) const {
  if (ViewerOf(loaded.d, who) < Viewer::kReception) return;  // between offices
  if (!loaded.transfer) {
    out.Null("transfer");
    return;
  }
  const store::Transfer& t = *loaded.transfer;
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* desk = units->ActingOn(t.reception_unit_id, FormatDate(LocalDate(t.received_at_us)));
  const orgs::Unit* competent = units->ById(t.key.authority_id);
  const Transferring may = MayTransfer(loaded.d, t, who);
  out.Object("transfer").Text("reception_unit", desk == nullptr ? "" : desk->name).Text("competent_unit", competent == nullptr ? "" : competent->name);
  out.Bool("return_here", t.return_unit_id != 0).Text("received_at", FormatTime(t.received_at_us)).Text("due_on", t.due_on).Raw("papers", t.papers);
  WriteTime(out, "sent_at", t.sent_at_us);
  out.Text("sent_by", t.sent_by).Text("sent_position", t.sent_position).Text("sent_note", t.sent_note);
  WriteTime(out, "taken_at", t.taken_at_us);
  out.Text("taken_by", t.taken_by).Text("taken_position", t.taken_position).Text("taken_note", t.taken_note);
  WriteTime(out, "returned_at", t.returned_at_us);
  out.Bool("at_reception", ViewerOf(loaded.d, who) == Viewer::kReception).Bool("may_send", may.send).Bool("may_take", may.take).EndObject();
}

Result<std::string> Service::Transfer(const TransferParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  const bool send = params.step == "send";
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindVisible(tx, authority_id, params.dossier_code, who));
    if (d.version != params.version_seen) return MakeError(ErrorCode::kConflict, "dossier_version_stale", "version is " + std::to_string(d.version));
    TINHSO_ASSIGN(auto t, store::FindTransfer(tx, KeyOf(d)));
    const Impl::Transferring may = t ? m.MayTransfer(d, *t, who) : Impl::Transferring{};
    if (!(send ? may.send : may.take)) return MakeError(ErrorCode::kConflict, "transfer_not_allowed");
    TINHSO_ASSIGN(const bool touched, store::TouchVersion(tx, KeyOf(d), d.version));
    if (!touched) return MakeError(ErrorCode::kConflict, "dossier_version_stale");
    const auto units = m.deps.orgs.snapshot();
    const TimeUs now = m.deps.clock.NowUs();
    store::Event event = m.EventBy(who, now);
    if (send) {
      t->sent_at_us = now;
      t->sent_by = event.actor_name;
      t->sent_position = event.actor_position;
      t->sent_note = params.note;
    } else {
      // They are there, so they were sent.
      if (!t->sent_at_us) t->sent_at_us = now;
      t->taken_at_us = now;
      t->taken_by = event.actor_name;
      t->taken_position = event.actor_position;
      t->taken_note = params.note;
    }
    TINHSO_TRY(store::UpdateTransfer(tx, *t, d.authority_id));
    TINHSO_TRY(store::UpdateTransfer(tx, *t, ReceivingAuthority(*units, *t)));
    // In full: short names of desks repeat from commune to commune.
    const orgs::Unit* own = units->ById(who.unit_id);
    const orgs::Unit* other = units->ById(units->ActingFor(send ? d.desk_unit_id : d.reception_unit_id));
    event.action = send ? kTransferSent : kTransferTaken;
    event.from_state = event.to_state = d.state;
    event.national_state = d.national_state;
    event.due_on = d.due_on;
    event.actor_unit = own == nullptr ? "" : own->name;
    event.to_name = other == nullptr ? "" : other->name;
    event.note = params.note;
    json::array names;
    for (const json::value& paper : ParseArray(t->papers)) names.push_back(paper.as_object().at("name"));
    event.items = json::serialize(names);
    TINHSO_TRY(store::InsertEvent(tx, KeyOf(d), event));
    if (send) {
      TINHSO_ASSIGN(auto accounts, m.deps.identity.AccountsWith(tx, units->ActingFor(d.desk_unit_id), "one_stop_officer"));
      for (int64_t account_id : accounts)
        TINHSO_TRY(notify::Add(tx, {account_id, "dossier.transfer_sent", d.dossier_code, "/can-bo/ho-so/" + d.dossier_code,
                                    "transfer:" + std::to_string(event.event_id)}, now));
    }
    audit::Event record = audit::By(who, "dossier.transferred", "dossier", d.dossier_id, d.authority_id, now);
    record.person_id = d.person_id;
    record.data = {{"step", params.step}, {"event_id", event.event_id}};
    return audit::Stage(tx, record);
  }));
  m.deps.runner.Wake();
  return Get(params.dossier_code, who);
}

Status Service::ForEachTransfer(int64_t authority_id, bool here, int64_t from_day, int64_t to_day,
                                const std::function<void(const TransferFact&)>& visit) const {
  const auto units = impl_->deps.orgs.snapshot();
  return impl_->deps.router.For(authority_id).Read([&](db::Tx& tx) {
    return store::ForEachTransfer(tx, {authority_id, here ? "here" : "elsewhere", StartOfDay(from_day), StartOfDay(to_day + 1), INT64_MAX},
                                  [&](const store::Transfer& t) { return visit(FactOf(*units, t)), true; });
  });
}

Result<std::string> Service::ListTransfers(const TransferMatch& params, const http::Principal& who) {
  Impl& m = *impl_;
  if (!who.Has("dossier.read") || who.authority_id == 0) return MakeError(ErrorCode::kForbidden, "permission_denied");
  int64_t before = INT64_MAX;
  if (!params.cursor.empty()) {
    TINHSO_ASSIGN(auto parts, http::DecodeCursor(params.cursor, 1));
    before = std::strtoll(parts[0].c_str(), nullptr, 10);
    if (before <= 0) return MakeError(ErrorCode::kMalformed, "cursor_malformed");
  }
  const auto units = m.deps.orgs.snapshot();
  std::vector<store::Transfer> found;
  for (int64_t authority_id : units->ActsFor(who.authority_id)) {
    int64_t taken = 0;
    TINHSO_TRY(m.deps.router.For(authority_id).Read([&](db::Tx& tx) {
      return store::ForEachTransfer(tx, {authority_id, params.here ? "here" : "elsewhere", StartOfDay(params.from_day), StartOfDay(params.to_day + 1), before},
                                    [&](const store::Transfer& t) {
                                      if (!params.match(FactOf(*units, t))) return true;
                                      found.push_back(t);
                                      return ++taken <= params.limit;
                                    });
    }));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.key.dossier_id > b.key.dossier_id; });
  const bool more = static_cast<int64_t>(found.size()) > params.limit;
  if (more) found.resize(static_cast<size_t>(params.limit));
  std::vector<store::Dossier> shown;
  json::Writer out(512 + found.size() * 768);
  out.BeginObject().Array("items");
  for (const store::Transfer& t : found) {
    TINHSO_ASSIGN(auto d, m.deps.router.For(t.key.authority_id).Read([&](db::Tx& tx) { return store::FindById(tx, t.key); }));
    if (!d) continue;
    const orgs::Unit* other = units->ById(FactOf(*units, t).other_authority_id);
    const bool sees = m.ViewerOf(*d, who) >= Viewer::kReception;
    out.BeginObject().Text("dossier_code", d->dossier_code).Text("procedure_code", d->procedure_code).Text("procedure_name", d->procedure_name);
    out.Text("applicant_name", d->applicant_name).Text("other_unit", other == nullptr ? "" : other->short_name);
    m.WriteState(out, *d, m.FlowOf(*d).get());
    out.Text("received_at", FormatTime(t.received_at_us)).Text("due_on", t.due_on).Bool("papers", t.papers != "[]").Bool("return_here", t.return_unit_id != 0);
    WriteTime(out, "sent_at", t.sent_at_us);
    WriteTime(out, "taken_at", t.taken_at_us);
    WriteTime(out, "returned_at", t.returned_at_us);
    out.Bool("may_open", sees).EndObject();
    shown.push_back(std::move(*d));
  }
  out.EndArray();
  if (more) out.Text("next_cursor", http::EncodeCursor({std::to_string(found.back().key.dossier_id)}));
  else out.Null("next_cursor");
  out.EndObject();
  TINHSO_TRY(m.AuditList(shown, who));
  return out.Take();
}

}  // namespace tinhso::dossiers
