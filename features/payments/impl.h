// Private parts shared by the .cc files of this feature.
#pragma once
#include <mutex>

#include "base/json_writer.h"
#include "kernel/audit/audit.h"
#include "kernel/audit/reads.h"
#include "payments.h"
#include "statements.h"
#include "store.h"

namespace tinhso::payments {

struct Bank {
  std::string bin, code, name;
};

struct Service::Impl {
  explicit Impl(Deps d) : deps(std::move(d)) {}
  Deps deps;
  // Set by LoadPack, before serving.
  std::vector<Bank> banks;
  std::vector<StatementProfile> profiles;
  std::string receipt_form = "BL", receipt_symbol = "TS-{yy}E";

  db::Database& Db(int64_t authority_id) const { return deps.router.For(authority_id); }
  TimeUs Now() const { return deps.clock.NowUs(); }
  const Bank* FindBank(std::string_view bin) const;

  // billing.cc
  struct Bill {
    const dossiers::Moved& of;
    std::vector<FeeLine> lines;
    int64_t account_id = 0;
  };
  Result<store::Invoice> Issue(db::Tx& tx, const Bill& bill);
  Result<std::vector<FeeLine>> FeesFor(const dossiers::Moved& moved, const std::string& moment) const;
  struct Money {
    std::string method;
    int64_t amount_vnd = 0, bank_credit_id = 0;
    int64_t account_id = 0;  // 0 = the system
    std::string cashier_name;
    TimeUs at_us = 0;
  };
  // Pays a part or the whole of what is left of a locked, open invoice.
  Status Settle(db::Tx& tx, store::Invoice& invoice, const Money& money);
  Status Cancel(db::Tx& tx, store::Invoice& invoice, const std::string& reason, TimeUs at_us, int64_t account_id);
  // An invoice the caller may see; kNotFound "invoice_not_found". `collect` = only the desk of its unit, which may act on it.
  Result<store::Invoice> FindVisible(int64_t invoice_id, const http::Principal& who);
  Result<store::Invoice> FindOwn(int64_t invoice_id, const http::Principal& who);
  bool IsOwn(int64_t authority_id, const http::Principal& who) const;
  Result<store::Invoice> LockOpen(db::Tx& tx, const store::Invoice& seen);

  // bank.cc
  // Stores a credit and matches it. One that is known already comes back as it is; kConflict "bank_transaction_differs".
  Result<store::Credit> Receive(db::Tx& tx, store::Credit credit);
  Status Match(db::Tx& tx, store::Credit& credit);
  // Pays `invoice` from what is left of the credit, and says what remains wrong with it.
  Status Allocate(db::Tx& tx, store::Credit& credit, store::Invoice& invoice, int64_t account_id, const std::string& cashier);

  // receipts.cc
  Status IssueReceipt(db::Tx& tx, const store::Invoice& invoice, const Money& money, const store::Receipt* replaced);
  Result<std::string> ReceiptPdf(const store::Receipt& receipt, const store::Invoice& invoice);

  // view.cc
  Result<std::string> PayloadOf(const store::Invoice& invoice) const;
  Status WriteInvoice(json::Writer& out, db::Tx& tx, const store::Invoice& invoice, const http::Principal& who) const;
  void WriteCredit(json::Writer& out, const store::Credit& credit) const;
  void WriteRefund(json::Writer& out, const store::Refund& refund) const;
  void WriteReceipt(json::Writer& out, const store::Receipt& receipt) const;

  audit::Event Record(const http::Principal& who, const char* kind, int64_t subject_id, int64_t authority_id) const;
  audit::Reads reads;
};

}  // namespace tinhso::payments
