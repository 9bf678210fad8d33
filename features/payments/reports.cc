#include "reports.h"

#include "base/text.h"
#include "engines/printing/printing.h"
#include "words.h"
#include "store_statements.h"

namespace tinhso::payments {
namespace {

const char* MethodText(const std::string& method) { return method == "cash" ? "Tiền mặt" : "Chuyển khoản"; }

// A cell that no spreadsheet takes for a formula.
std::string Cell(const std::string& text) {
  std::string out = "\"";
  if (!text.empty() && std::string_view("=+-@\t").find(text[0]) != std::string_view::npos) out += "'";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string SerialText(const store::Receipt& r) {
  char serial[24];
  std::snprintf(serial, sizeof serial, "%07lld", static_cast<long long>(r.receipt_no));
  return serial;
}

const store::Receipt* ReceiptFor(const Day& day, const store::Payment& p) {
  for (const store::Receipt& r : day.receipts)
    if (r.invoice_id == p.invoice_id && r.state == "valid") return &r;
  return nullptr;
}

}  // namespace

Result<Day> DayOf(Service::Impl& m, const std::string& on, const http::Principal& who) {
  Day day;
  day.on = on;
  for (int64_t authority_id : m.deps.orgs.snapshot()->ActsFor(who.authority_id)) {
    TINHSO_TRY(m.Db(authority_id).Read([&](db::Tx& tx) -> Status {
      auto take = [](auto& all, auto some) {
        all.insert(all.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
      };
      TINHSO_ASSIGN(auto payments, store::PaymentsOn(tx, authority_id, on));
      take(day.payments, std::move(payments));
      TINHSO_ASSIGN(auto refunds, store::RefundsOn(tx, authority_id, on));
      take(day.refunds, std::move(refunds));
      TINHSO_ASSIGN(auto receipts, store::ReceiptsOn(tx, authority_id, on));
      take(day.receipts, std::move(receipts));
      return Ok();
    }));
  }
  for (const store::Payment& p : day.payments) (p.method == "cash" ? day.cash_in_vnd : day.transfer_in_vnd) += p.amount_vnd;
  for (const store::Refund& x : day.refunds) (x.method == "cash" ? day.cash_out_vnd : day.transfer_out_vnd) += x.amount_vnd;
  return day;
}

std::string DayJson(const Day& day) {
  json::Writer out(4096);
  out.BeginObject().Text("on", day.on).Int("cash_in_vnd", day.cash_in_vnd).Int("transfer_in_vnd", day.transfer_in_vnd);
  out.Int("cash_out_vnd", day.cash_out_vnd).Int("transfer_out_vnd", day.transfer_out_vnd).Int("cash_vnd", day.cash_in_vnd - day.cash_out_vnd);
  out.Array("payments");
  for (const store::Payment& p : day.payments) {
    const store::Receipt* r = ReceiptFor(day, p);
    out.BeginObject().Text("invoice_id", std::to_string(p.invoice_id)).Text("at", FormatTime(p.at_us)).Text("method", p.method).Int("amount_vnd", p.amount_vnd);
    out.Text("cashier_name", p.cashier_name).Text("payer_name", r != nullptr ? r->payer_name : "").Text("receipt", r != nullptr ? r->symbol + " " + SerialText(*r) : "");
    out.EndObject();
  }
  out.EndArray().Array("refunds");
  for (const store::Refund& x : day.refunds)
    out.BeginObject().Text("refund_id", std::to_string(x.refund_id)).Text("method", x.method).Int("amount_vnd", x.amount_vnd).Text("to_name", x.to_name).Text("decided_name", x.decided_name).EndObject();
  int64_t cancelled = 0;
  for (const store::Receipt& r : day.receipts) cancelled += r.state == "cancelled" ? 1 : 0;
  out.EndArray().Int("receipts", static_cast<int64_t>(day.receipts.size())).Int("receipts_cancelled", cancelled).EndObject();
  return out.Take();
}

std::string DayCsv(const Day& day) {
  std::string out = "\xEF\xBB\xBF" "STT;Thời gian;Hình thức;Số tiền (đồng);Người nộp;Biên lai;Người thu\r\n";
  int64_t no = 0;
  for (const store::Payment& p : day.payments) {
    const store::Receipt* r = ReceiptFor(day, p);
    out += std::to_string(++no) + ";" + Cell(FormatTime(p.at_us)) + ";" + Cell(MethodText(p.method)) + ";" + std::to_string(p.amount_vnd) + ";" +
           Cell(r != nullptr ? r->payer_name : "") + ";" + Cell(r != nullptr ? r->symbol + " " + SerialText(*r) : "") + ";" + Cell(p.cashier_name) + "\r\n";
  }
  for (const store::Refund& x : day.refunds)
    out += std::to_string(++no) + ";" + Cell(FormatTime(x.decided_at_us.value_or(0))) + ";" + Cell(std::string("Hoàn trả, ") + MethodText(x.method)) + ";-" +
           std::to_string(x.amount_vnd) + ";" + Cell(x.to_name) + ";;" + Cell(x.decided_name) + "\r\n";
  return out;
}

Result<std::string> DayPdf(Service::Impl& m, const Day& day, const http::Principal& who) {
  const auto print = m.deps.library.FindPrint("cash-day");
  if (print == nullptr) return MakeError(ErrorCode::kNotFound, "print_template_missing", "cash-day");
  const auto units = m.deps.orgs.snapshot();
  const orgs::Unit* unit = units->ById(who.authority_id);
  const orgs::Unit* parent = unit != nullptr ? units->ById(unit->parent_id) : nullptr;
  json::array rows;
  for (const store::Payment& p : day.payments) {
    const store::Receipt* r = ReceiptFor(day, p);
    rows.push_back(json::object{{"at", FormatTime(p.at_us)}, {"method", MethodText(p.method)}, {"amount_vnd", p.amount_vnd}, {"payer_name", r != nullptr ? r->payer_name : ""},
                                {"receipt", r != nullptr ? r->symbol + " " + SerialText(*r) : ""}, {"cashier_name", p.cashier_name}});
  }
  json::array refunds;
  for (const store::Refund& x : day.refunds)
    refunds.push_back(json::object{{"method", MethodText(x.method)}, {"amount_vnd", x.amount_vnd}, {"to_name", x.to_name}, {"decided_name", x.decided_name}});
  const int64_t cash = day.cash_in_vnd - day.cash_out_vnd;
  json::object data{{"unit", json::object{{"name", unit != nullptr ? unit->name : ""}, {"parent_name", parent != nullptr ? parent->name : ""}, {"place", unit != nullptr ? unit->short_name : ""}}},
                    {"day", json::object{{"on", day.on}, {"cash_in_vnd", day.cash_in_vnd}, {"transfer_in_vnd", day.transfer_in_vnd}, {"cash_out_vnd", day.cash_out_vnd},
                                         {"transfer_out_vnd", day.transfer_out_vnd}, {"cash_vnd", cash}, {"cash_words", AmountInWords(cash)},
                                         {"payments_count", static_cast<int64_t>(day.payments.size())}, {"refunds_count", static_cast<int64_t>(day.refunds.size())}}},
                    {"officer", json::object{{"full_name", who.full_name}, {"position", who.position}}},
                    {"payments", std::move(rows)},
                    {"refunds", std::move(refunds)}};
  return printing::Render(*print, data);
}

Result<std::string> Reconciliation(Service::Impl& m, const std::string& from_on, const std::string& to_on, const http::Principal& who) {
  TINHSO_ASSIGN(const Date from, ParseDate(from_on));
  TINHSO_ASSIGN(const Date to, ParseDate(to_on));
  const TimeUs from_us = FromLocal(from, 0), to_us = FromLocal(AddDays(to, 1), 0);
  json::Writer out(2048);
  out.BeginObject().Text("from", from_on).Text("to", to_on).Array("units");
  const auto units = m.deps.orgs.snapshot();
  for (int64_t authority_id : units->ActsFor(who.authority_id)) {
    store::Figures f;
    std::vector<store::Sum> balances;
    std::vector<store::DayProof> days;
    TINHSO_TRY(m.Db(authority_id).Read([&](db::Tx& tx) -> Status {
      TINHSO_ASSIGN(f, store::FiguresOf(tx, {authority_id, from_on, to_on, from_us, to_us}));
      TINHSO_ASSIGN(balances, store::Balances(tx, authority_id, from_on, to_on));
      TINHSO_ASSIGN(days, store::DayProofs(tx, authority_id, from_on, to_on));
      return Ok();
    }));
    int64_t bank_debit = 0, bank_credit = 0, cash_debit = 0, cash_credit = 0;
    const orgs::Unit* unit = units->ById(authority_id);
    out.BeginObject().Text("unit_code", unit != nullptr ? unit->unit_code : "").Text("unit_name", unit != nullptr ? unit->short_name : "").Array("accounts");
    for (const store::Sum& s : balances) {
      if (s.word == "bank") bank_debit = s.a, bank_credit = s.b;
      if (s.word == "cash") cash_debit = s.a, cash_credit = s.b;
      out.BeginObject().Text("ledger_account", s.word).Int("debit_vnd", s.a).Int("credit_vnd", s.b).EndObject();
    }
    out.EndArray();
    out.Object("bank").Int("credits", f.credits).Int("credits_vnd", f.credits_vnd).Int("refunds_vnd", f.refunds_transfer_vnd);
    out.Int("ledger_in_vnd", bank_debit).Int("ledger_out_vnd", bank_credit);
    out.Int("difference_vnd", (bank_debit - f.credits_vnd) - (bank_credit - f.refunds_transfer_vnd)).EndObject();
    out.Object("cash").Int("payments_vnd", f.payments_cash_vnd).Int("refunds_vnd", f.refunds_cash_vnd).Int("ledger_in_vnd", cash_debit).Int("ledger_out_vnd", cash_credit);
    out.Int("difference_vnd", cash_debit - f.payments_cash_vnd).EndObject();
    out.Object("receipts").Int("count", f.receipts).Int("cancelled", f.receipts_cancelled).Int("amount_vnd", f.receipts_vnd);
    out.Int("paid_invoices", f.paid_invoices).Int("paid_vnd", f.paid_invoices_vnd).Int("difference_vnd", f.receipts_vnd - f.paid_invoices_vnd).EndObject();
    int64_t statement_vnd = 0, days_vnd = 0, days_wrong = 0;
    for (const store::DayProof& d : days) {
      statement_vnd += d.statement_vnd;
      days_vnd += d.credits_vnd;
      days_wrong += d.statement != d.credits || d.statement_vnd != d.credits_vnd ? 1 : 0;
    }
    out.Object("statements").Int("days", static_cast<int64_t>(days.size())).Int("days_wrong", days_wrong).Int("statement_vnd", statement_vnd);
    out.Int("credits_vnd", days_vnd).Int("difference_vnd", statement_vnd - days_vnd).EndObject();
    out.Object("queue").Int("count", f.queued).Int("left_vnd", f.queued_vnd).EndObject().EndObject();
  }
  out.EndArray().EndObject();
  return out.Take();
}

}  // namespace tinhso::payments
