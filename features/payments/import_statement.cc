#include "import_statement.h"

#include <algorithm>
#include <map>

#include "base/crypto.h"
#include "base/ids.h"
#include "kernel/notify/notify.h"

namespace tinhso::payments {
namespace {

constexpr size_t kFileNameMax = 200;
constexpr int64_t kStatementsListed = 50;

Result<store::Account> AccountOf(Service::Impl& m, const std::string& account_no, const http::Principal* who) {
  const Error foreign = MakeError(ErrorCode::kForbidden, "payment_account_foreign");
  db::Database& shared = m.deps.router.Shared();
  if (account_no.empty()) {
    if (who == nullptr) return FieldInvalid("?account_no", "field_required");
    TINHSO_ASSIGN(auto used, shared.Read([&](db::Tx& tx) { return store::AccountInUse(tx, who->authority_id); }));
    return used ? Result<store::Account>(std::move(*used)) : Result<store::Account>(foreign);
  }
  TINHSO_ASSIGN(auto known, shared.Read([&](db::Tx& tx) { return store::AccountsByNo(tx, account_no); }));
  if (who != nullptr) {
    const auto mine = m.deps.orgs.snapshot()->ActsFor(who->authority_id);
    std::erase_if(known, [&](const store::Account& a) { return std::find(mine.begin(), mine.end(), a.authority_id) == mine.end(); });
  }
  if (known.size() != 1) return foreign;
  return std::move(known.front());
}

struct Taken {
  std::vector<bool> is_new;
  int64_t settled = 0, queued = 0;
};

// The credits of the file, one by one; the transaction is the caller's, so one that does not fit takes all of them back.
Result<Taken> TakeLines(Service::Impl& m, db::Tx& tx, const Statement& statement, const store::Account& account, bool dry_run) {
  Taken out;
  for (const StatementLine& line : statement.lines) {
    store::Credit c;
    c.authority_id = account.authority_id;
    c.bank_credit_id = NewId();
    c.bank_bin = account.bank_bin;
    c.account_no = account.account_no;
    c.transaction_no = line.transaction_no;
    c.source = "statement";
    c.amount_vnd = line.amount_vnd;
    c.remittance = line.remittance;
    c.payer_name = line.payer_name;
    c.payer_account_no = line.payer_account_no;
    c.booked_at_us = FromLocal(line.booked_on, 0);
    c.stored_at_us = m.Now();
    std::optional<store::Credit> known;
    if (dry_run) {
      TINHSO_ASSIGN(known, store::FindCredit(tx, c));
    } else {
      auto received = m.Receive(tx, c);
      if (!received.ok() && received.error().reason == "bank_transaction_differs") return StatementLineError(line.line_no, "bank_transaction_differs");
      TINHSO_TRY(received);
      if (received->bank_credit_id != c.bank_credit_id) known = *received;
      else ++(received->state == "settled" ? out.settled : out.queued);
    }
    if (known && known->amount_vnd != c.amount_vnd) return StatementLineError(line.line_no, "bank_transaction_differs");
    // A message may have come a little before midnight; the day is the one of the bank's books.
    if (known && !dry_run && LocalDate(known->booked_at_us) != line.booked_on) {
      known->booked_at_us = c.booked_at_us;
      TINHSO_TRY(store::SetBooked(tx, *known));
    }
    out.is_new.push_back(!known);
  }
  return out;
}

// What the books are held to: days that are over, as the newest file has them.
Status PutDays(db::Tx& tx, const Statement& statement, const store::BankStatement& of, Date today) {
  if (statement.from_on.empty()) return Ok();
  std::map<std::string, std::pair<int64_t, int64_t>> by_day;
  for (const StatementLine& line : statement.lines) {
    auto& [count, vnd] = by_day[FormatDate(line.booked_on)];
    ++count;
    vnd += line.amount_vnd;
  }
  TINHSO_ASSIGN(Date day, ParseDate(statement.from_on));
  TINHSO_ASSIGN(const Date last, ParseDate(statement.to_on));
  for (size_t i = 0; i < kStatementDaysMax && !(last < day) && day < today; ++i, day = AddDays(day, 1)) {
    const auto& [count, vnd] = by_day[FormatDate(day)];
    TINHSO_TRY(store::PutStatementDay(tx, {of.authority_id, of.bank_bin, of.account_no, FormatDate(day), FromLocal(day, 0), FromLocal(AddDays(day, 1), 0), count, vnd,
                                           of.statement_id}));
  }
  return Ok();
}

std::string AnswerOf(Service::Impl& m, const Statement& statement, const store::BankStatement& of, const Taken& taken, bool dry_run, bool again) {
  const Bank* bank = m.FindBank(of.bank_bin);
  json::Writer out(16384);
  out.BeginObject().Bool("imported", !dry_run).Bool("known", again).Text("format", of.format).Text("account_no", of.account_no);
  out.Text("bank_name", bank != nullptr ? bank->name : of.bank_bin);
  if (of.from_on.empty()) out.Null("from_on").Null("to_on");
  else out.Text("from_on", of.from_on).Text("to_on", of.to_on);
  out.Int("credits", of.credits).Int("credits_vnd", of.credits_vnd).Int("credits_new", of.credits_new).Int("settled", taken.settled).Int("queued", taken.queued);
  out.Array("lines");
  for (size_t i = 0; i < std::min(statement.lines.size(), kStatementShown); ++i) {
    const StatementLine& line = statement.lines[i];
    out.BeginObject().Int("line_no", line.line_no).Text("transaction_no", line.transaction_no).Text("booked_on", FormatDate(line.booked_on));
    out.Int("amount_vnd", line.amount_vnd).Text("remittance", line.remittance).Text("payer_name", line.payer_name).Bool("is_new", taken.is_new[i]).EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

}  // namespace

Result<std::string> ImportStatement(Service::Impl& m, const StatementFile& file, const http::Principal* who) {
  TINHSO_ASSIGN(const Statement statement, ParseStatement(m.profiles, file.bytes));
  if (!statement.account_no.empty() && !file.account_no.empty() && statement.account_no != file.account_no)
    return MakeError(ErrorCode::kForbidden, "payment_account_foreign");
  TINHSO_ASSIGN(const store::Account account, AccountOf(m, statement.account_no.empty() ? file.account_no : statement.account_no, who));
  store::BankStatement of{account.authority_id, NewId(), account.bank_bin, account.account_no, file.file_name.substr(0, kFileNameMax),
                          crypto::Sha256Hex(file.bytes), statement.format, statement.from_on, statement.to_on};
  of.credits = static_cast<int64_t>(statement.lines.size());
  for (const StatementLine& line : statement.lines) of.credits_vnd += line.amount_vnd;
  of.account_id = who != nullptr ? who->account_id : 0;
  of.imported_name = who != nullptr ? who->full_name : "tinhso ledger import";
  of.imported_at_us = m.Now();
  Taken taken;
  bool again = false;
  auto count_new = [&] { of.credits_new = std::count(taken.is_new.begin(), taken.is_new.end(), true); };
  if (file.dry_run) {
    TINHSO_ASSIGN(taken, m.Db(of.authority_id).Read([&](db::Tx& tx) { return TakeLines(m, tx, statement, account, true); }));
    count_new();
    return AnswerOf(m, statement, of, taken, true, false);
  }
  TINHSO_TRY(m.Db(of.authority_id).Write([&](db::Tx& tx) -> Status {
    TINHSO_ASSIGN(taken, TakeLines(m, tx, statement, account, false));
    count_new();
    TINHSO_ASSIGN(const bool first, store::InsertStatement(tx, of));
    again = !first;
    if (again) return Ok();
    TINHSO_TRY(PutDays(tx, statement, of, LocalDate(m.Now())));
    audit::Event record;
    if (who != nullptr) record = m.Record(*who, "payment.statement_imported", of.statement_id, of.authority_id);
    record.kind = "payment.statement_imported";
    record.subject_kind = "bank_statement";
    record.subject_id = of.statement_id;
    record.authority_id = of.authority_id;
    record.at_us = of.imported_at_us;
    record.data = {{"sha256", of.sha256}, {"format", of.format}, {"credits", of.credits}, {"credits_new", of.credits_new}, {"amount_vnd", of.credits_vnd}};
    TINHSO_TRY(audit::Stage(tx, record));
    return notify::SignalAuthority(tx, of.authority_id);
  }));
  m.deps.runner.Wake();
  return AnswerOf(m, statement, of, taken, false, again);
}

Result<std::string> ListStatements(Service::Impl& m, const http::Principal& who) {
  std::vector<store::BankStatement> all;
  for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(who.authority_id)) {
    TINHSO_ASSIGN(auto some, m.Db(authority_id).Read([&](db::Tx& tx) { return store::StatementsIn(tx, authority_id, INT64_MAX, kStatementsListed); }));
    all.insert(all.end(), some.begin(), some.end());
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.statement_id > b.statement_id; });
  if (all.size() > static_cast<size_t>(kStatementsListed)) all.resize(kStatementsListed);
  json::Writer out(8192);
  out.BeginObject().Array("items");
  for (const store::BankStatement& s : all) {
    out.BeginObject().Text("statement_id", std::to_string(s.statement_id)).Text("file_name", s.file_name).Text("format", s.format).Text("account_no", s.account_no);
    if (s.from_on.empty()) out.Null("from_on").Null("to_on");
    else out.Text("from_on", s.from_on).Text("to_on", s.to_on);
    out.Int("credits", s.credits).Int("credits_vnd", s.credits_vnd).Int("credits_new", s.credits_new).Text("imported_name", s.imported_name);
    out.Text("imported_at", FormatTime(s.imported_at_us)).EndObject();
  }
  out.EndArray().Array("profiles");
  for (const StatementProfile& p : m.profiles) {
    out.BeginObject().Text("id", p.id).Object("name").Text("vi", p.name_vi).Text("en", p.name_en).EndObject();
    out.Array("columns");
    for (const std::string& column : {p.booked_on, p.transaction_no, p.amount, p.remittance}) out.Text(column);
    out.EndArray().EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

Result<std::string> Service::ImportStatement(const std::string& bytes, const std::string& file_name, const std::string& account_no) {
  return payments::ImportStatement(*impl_, {bytes, file_name, account_no, false}, nullptr);
}

}  // namespace tinhso::payments
