// Electronic receipts (biên lai điện tử): numbered without gaps in each unit, symbol and year; cancelled and replaced with a trail.
#include "base/ids.h"
#include "base/text.h"
#include "engines/numbering/numbering.h"
#include "engines/printing/printing.h"
#include "impl.h"
#include "words.h"

namespace tinhso::payments {

Status Service::Impl::IssueReceipt(db::Tx& tx, const store::Invoice& invoice, const Money& money, const store::Receipt* replaced) {
  const Date today = LocalDate(money.at_us);
  store::Receipt r;
  r.authority_id = invoice.authority_id;
  r.receipt_id = NewId();
  r.form_no = receipt_form;
  r.symbol = receipt_symbol;
  char year[4];
  std::snprintf(year, sizeof year, "%02d", today.year % 100);
  if (const size_t at = r.symbol.find("{yy}"); at != std::string::npos) r.symbol.replace(at, 4, year);
  r.year = today.year;
  r.invoice_id = invoice.invoice_id;
  r.payer_name = invoice.payer_name;
  r.amount_vnd = invoice.amount_vnd;
  r.method = money.method;
  r.account_id = money.account_id;
  r.cashier_name = money.cashier_name;
  r.issued_at_us = money.at_us;
  r.issued_on = FormatDate(today);
  if (replaced != nullptr) {
    r.replaces_receipt_id = replaced->receipt_id;
    r.payer_name = replaced->payer_name;
    r.payer_address = replaced->payer_address;
    r.method = replaced->method;
  }
  // Last, because PostgreSQL holds the series' row from here to the commit.
  TINHSO_ASSIGN(r.receipt_no, numbering::Next(tx, r.authority_id, "receipt:" + r.symbol + "/" + std::to_string(r.year)));
  return store::InsertReceipt(tx, r);
}

Result<std::string> Service::Impl::ReceiptPdf(const store::Receipt& r, const store::Invoice& invoice) {
  const auto print = deps.library.FindPrint("receipt");
  if (print == nullptr) return MakeError(ErrorCode::kNotFound, "print_template_missing", "receipt");
  TINHSO_ASSIGN(auto lines, Db(r.authority_id).Read([&](db::Tx& tx) { return store::LinesOf(tx, r.authority_id, r.invoice_id); }));
  const auto units = deps.orgs.snapshot();
  const orgs::Unit* unit = units->ActingOn(r.authority_id, r.issued_on);
  const orgs::Unit* parent = unit != nullptr ? units->ById(unit->parent_id) : nullptr;
  char serial[24];
  std::snprintf(serial, sizeof serial, "%07lld", static_cast<long long>(r.receipt_no));
  json::array rows;
  for (const FeeLine& line : lines)
    rows.push_back(json::object{{"name", line.name_vi}, {"quantity", line.quantity}, {"unit_vnd", line.unit_vnd}, {"amount_vnd", line.amount_vnd},
                                {"exempt", line.exempt_vi}});
  json::object receipt{{"form_no", r.form_no},     {"symbol", r.symbol},           {"number", serial},
                       {"payer_name", r.payer_name}, {"payer_address", r.payer_address}, {"amount_vnd", r.amount_vnd},
                       {"amount_words", AmountInWords(r.amount_vnd)}, {"method_text", r.method == "cash" ? "Tiền mặt" : "Chuyển khoản"},
                       {"cashier_name", r.cashier_name}, {"issued_on", r.issued_on}, {"issued_at", FormatTime(r.issued_at_us)},
                       {"cancelled", r.state == "cancelled"}, {"cancel_reason", r.cancel_reason}};
  json::object data{{"receipt", std::move(receipt)},
                    {"lines", std::move(rows)},
                    {"dossier", json::object{{"dossier_code", invoice.dossier_code}, {"procedure_name", invoice.procedure_name}}},
                    {"unit", json::object{{"name", unit != nullptr ? unit->name : ""}, {"parent_name", parent != nullptr ? parent->name : ""},
                                          {"place", unit != nullptr ? unit->short_name : ""}, {"unit_code", unit != nullptr ? unit->unit_code : ""}}}};
  return printing::Render(*print, data);
}

}  // namespace tinhso::payments
