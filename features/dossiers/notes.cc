// Internal notes (ghi chú nội bộ) of officers about a dossier, and who is mentioned in them.
#include <algorithm>

#include "base/ids.h"
#include "base/text.h"
#include "impl.h"
#include "kernel/audit/audit.h"
#include "kernel/notify/notify.h"
#include "store_day.h"

namespace tinhso::dossiers {

namespace {

constexpr const char* kMentionedRoles[] = {"one_stop_officer", "specialist", "leader", "clerk"};

void WriteNote(json::Writer& out, const store::Note& note, const http::Principal& who) {
  out.BeginObject().Text("note_id", std::to_string(note.note_id)).Text("at", FormatTime(note.at_us)).Text("text", note.body);
  out.Text("author_name", note.author_name).Text("author_position", note.author_position).Text("author_unit", note.author_unit);
  out.Text("on_behalf_of", note.on_behalf_of).Bool("mine", note.account_id == who.account_id);
  WriteTime(out, "withdrawn_at", note.withdrawn_at_us);
  out.Raw("mentions", OrEmpty(note.mentions, "[]")).EndObject();
}

}  // namespace

// What is said here is not for the applicant, even where he is an officer himself.
Result<store::Dossier> Service::Impl::FindAsOfficer(db::Tx& tx, int64_t authority_id, std::string_view dossier_code,
                                                    const http::Principal& who) const {
  TINHSO_ASSIGN(auto d, store::FindByCode(tx, authority_id, dossier_code));
  if (!d || ViewerOf(*d, who) != Viewer::kOfficer) return MakeError(ErrorCode::kNotFound, "dossier_not_found");
  return std::move(*d);
}

Result<std::vector<Service::Impl::Handler>> Service::Impl::HandlersOf(db::Tx& tx, const store::Dossier& d) const {
  const auto units = deps.orgs.snapshot();
  std::vector<int64_t> unit_ids;
  for (int64_t unit_id : {d.desk_unit_id, d.handling_unit_id, d.authority_id, d.department_authority_id != 0 ? d.department_unit_id : 0,
                          d.department_authority_id}) {
    const int64_t acting = unit_id == 0 ? 0 : units->ActingFor(unit_id);
    if (acting != 0 && std::find(unit_ids.begin(), unit_ids.end(), acting) == unit_ids.end()) unit_ids.push_back(acting);
  }
  std::vector<Handler> out;
  for (int64_t unit_id : unit_ids) {
    const orgs::Unit* unit = units->ById(unit_id);
    if (unit == nullptr) continue;
    for (const char* role : kMentionedRoles) {
      TINHSO_ASSIGN(auto accounts, deps.identity.AccountsWith(tx, unit_id, role));
      for (int64_t account_id : accounts) {
        const bool known = std::any_of(out.begin(), out.end(), [&](const Handler& h) { return h.account_id == account_id; });
        if (!known) out.push_back({account_id, "", unit->short_name, role});
      }
    }
  }
  return out;
}

Result<json::object> Service::NotePeople(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  return m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<json::object> {
    TINHSO_ASSIGN(store::Dossier d, m.FindAsOfficer(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(auto people, m.HandlersOf(tx, d));
    if (people.size() > kNotePeopleMax) people.resize(kNotePeopleMax);
    json::array items;
    for (const Impl::Handler& one : people) {
      if (one.account_id == who.account_id) continue;
      TINHSO_ASSIGN(std::string name, m.deps.identity.FullNameOf(tx, one.account_id));
      items.push_back(json::object{{"account_id", std::to_string(one.account_id)}, {"full_name", std::move(name)}, {"unit_name", one.unit_name}, {"role", one.role}});
    }
    return json::object{{"items", std::move(items)}};
  });
}

Result<std::string> Service::Notes(std::string_view dossier_code, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  std::vector<store::Note> notes;
  TINHSO_ASSIGN(store::Dossier d, m.deps.router.For(authority_id).Read([&](db::Tx& tx) -> Result<store::Dossier> {
    TINHSO_ASSIGN(store::Dossier found, m.FindAsOfficer(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(notes, store::Notes(tx, KeyOf(found)));
    return found;
  }));
  TINHSO_TRY(m.AuditRead(d, who, "dossier.read"));
  json::Writer out(256 + notes.size() * 512);
  out.BeginObject().Array("items");
  for (const store::Note& note : notes) WriteNote(out, note, who);
  out.EndArray().EndObject();
  return out.Take();
}

Result<std::string> Service::AddNote(const NoteParams& params, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(params.dossier_code));
  db::Database& database = m.deps.router.For(authority_id);
  json::array mentions;
  TINHSO_TRY(database.Read([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindAsOfficer(tx, authority_id, params.dossier_code, who));
    if (params.mentions.empty()) return Ok();
    TINHSO_ASSIGN(auto people, m.HandlersOf(tx, d));
    for (int64_t account_id : params.mentions) {
      const bool handles = std::any_of(people.begin(), people.end(), [&](const Impl::Handler& h) { return h.account_id == account_id; });
      if (!handles) return FieldInvalid("/mentions", "mention_unknown");
      TINHSO_ASSIGN(std::string name, m.deps.identity.FullNameOf(tx, account_id));
      mentions.push_back(json::object{{"account_id", std::to_string(account_id)}, {"full_name", std::move(name)}});
    }
    return Ok();
  }));
  TINHSO_TRY(database.Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindAsOfficer(tx, authority_id, params.dossier_code, who));
    TINHSO_ASSIGN(int64_t count, store::CountNotes(tx, KeyOf(d)));
    if (count >= static_cast<int64_t>(kNotesMax)) return MakeError(ErrorCode::kConflict, "notes_full");
    const TimeUs now = m.deps.clock.NowUs();
    const store::Event by = m.EventBy(who, now);
    store::Note note{NewId(), now, who.account_id, who.assignment_id, by.actor_name, by.actor_position, by.actor_unit, by.on_behalf_of,
                     params.text, json::serialize(mentions), std::nullopt};
    TINHSO_TRY(store::InsertNote(tx, KeyOf(d), note));
    for (int64_t account_id : params.mentions) {
      TINHSO_TRY(store::InsertMention(tx, account_id, {note.note_id, KeyOf(d)}));
      if (account_id != who.account_id)
        TINHSO_TRY(notify::Add(tx, {account_id, "dossier.mentioned", d.dossier_code, "/can-bo/ho-so/" + d.dossier_code + "?phan=notes",
                                    "note:" + std::to_string(note.note_id)}, now));
    }
    audit::Event record = audit::By(who, "dossier.noted", "dossier", d.dossier_id, d.authority_id, now);
    record.person_id = d.person_id;
    record.data = {{"note_id", note.note_id}, {"mentions", mentions.size()}};
    return audit::Stage(tx, record);
  }));
  return Notes(params.dossier_code, who);
}

Result<std::string> Service::WithdrawNote(std::string_view dossier_code, int64_t note_id, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(int64_t authority_id, m.AuthorityOfCode(dossier_code));
  TINHSO_TRY(m.deps.router.For(authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(store::Dossier d, m.FindAsOfficer(tx, authority_id, dossier_code, who));
    TINHSO_ASSIGN(auto note, store::FindNote(tx, KeyOf(d), note_id));
    if (!note) return MakeError(ErrorCode::kNotFound, "note_not_found");
    const TimeUs now = m.deps.clock.NowUs();
    TINHSO_ASSIGN(bool withdrawn, store::WithdrawNote(tx, KeyOf(d), note_id, who.account_id, now));
    if (!withdrawn) return MakeError(ErrorCode::kConflict, "note_not_yours");
    // Nobody needs to look at it any more.
    for (const json::value& one : ParseArray(note->mentions))
      TINHSO_TRY(store::FinishMention(tx, std::strtoll(json::GetText(one.as_object(), "account_id").c_str(), nullptr, 10), note_id, now));
    audit::Event record = audit::By(who, "dossier.note_withdrawn", "dossier", d.dossier_id, d.authority_id, now);
    record.person_id = d.person_id;
    record.data = {{"note_id", note_id}};
    return audit::Stage(tx, record);
  }));
  return Notes(dossier_code, who);
}

Result<std::string> Service::Mentions(const std::string& cursor, int64_t limit, const http::Principal& who) {
  Impl& m = *impl_;
  TINHSO_ASSIGN(const int64_t before, http::DecodeBefore(cursor));
  TINHSO_ASSIGN(auto mentions, m.deps.router.Shared().Read([&](db::Tx& tx) { return store::Mentions(tx, who.HolderAccountId(), before, limit + 1); }));
  const bool more = static_cast<int64_t>(mentions.size()) > limit;
  if (more) mentions.resize(static_cast<size_t>(limit));
  const auto units = m.deps.orgs.snapshot();
  std::vector<store::Dossier> shown;
  json::Writer out(256 + mentions.size() * 1024);
  out.BeginObject().Array("items");
  for (const store::Mention& mention : mentions) {
    TINHSO_TRY(m.deps.router.For(mention.key.authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(auto d, store::FindById(tx, mention.key));
      // Under the assignment one acts under now.
      if (!d || m.ViewerOf(*d, who) != Viewer::kOfficer) return Ok();
      TINHSO_ASSIGN(auto note, store::FindNote(tx, mention.key, mention.note_id));
      if (!note) return Ok();
      out.BeginObject().Raw("note", [&] {
        json::Writer one;
        WriteNote(one, *note, who);
        return one.Take();
      }());
      out.Raw("dossier", [&] {
        json::Writer one;
        m.WriteSummary(one, *d, *units, m.deps.clock.NowUs());
        return one.Take();
      }()).EndObject();
      shown.push_back(std::move(*d));
      return Ok();
    }));
  }
  out.EndArray();
  if (more) out.Text("next_cursor", http::EncodeCursor({std::to_string(mentions.back().note_id)}));
  else out.Null("next_cursor");
  out.EndObject();
  if (!shown.empty()) TINHSO_TRY(m.AuditList(shown, who));
  return out.Take();
}

Status Service::FinishMention(int64_t note_id, const http::Principal& who) {
  Impl& m = *impl_;
  return m.deps.router.Shared().Write([&](db::Tx& tx) -> Status {
    const TimeUs now = m.deps.clock.NowUs();
    TINHSO_ASSIGN(bool finished, store::FinishMention(tx, who.HolderAccountId(), note_id, now));
    if (!finished) return MakeError(ErrorCode::kNotFound, "note_not_found");
    audit::Event record = audit::By(who, "dossier.mention_done", "note", note_id, who.authority_id, now);
    return audit::Stage(tx, record);
  });
}

}  // namespace tinhso::dossiers
