// The only SQL of payments (store*.cc). Every function runs in the caller's Tx. Members are the columns.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "fees.h"
#include "kernel/db/db.h"

namespace tinhso::payments::store {

struct Account {
  std::string bank_bin, account_no;
  int64_t authority_id = 0;
  std::string holder_name;
  bool in_use = true, by_admin = false;
  TimeUs changed_at_us = 0;
};
Result<std::optional<Account>> FindAccount(db::Tx& tx, std::string_view bank_bin, std::string_view account_no);
Result<std::optional<Account>> AccountInUse(db::Tx& tx, int64_t authority_id);
Result<std::vector<Account>> AccountsInUse(db::Tx& tx);
// The unit's other accounts stay known, no longer in use.
Status PutAccount(db::Tx& tx, const Account& account);

struct Invoice {
  int64_t authority_id = 0, invoice_id = 0;
  std::string reference;
  int64_t dossier_id = 0;
  std::string dossier_code, procedure_code, procedure_name;
  int64_t person_id = 0;
  std::string payer_name, state;
  int64_t amount_vnd = 0, paid_vnd = 0;
  std::string bank_bin, account_no, holder_name;
  TimeUs issued_at_us = 0;
  std::string expires_on;
  std::optional<int64_t> paid_at_us, cancelled_at_us;
  std::string cancel_reason;
  int64_t version = 1;
  int64_t LeftVnd() const { return amount_vnd - paid_vnd; }
  bool Open() const { return state == "issued" || state == "partial"; }
};
Status InsertInvoice(db::Tx& tx, const Invoice& invoice, const std::vector<FeeLine>& lines);
// Holds the row to the end of the transaction: who else pays it waits.
Result<std::optional<Invoice>> LockInvoice(db::Tx& tx, int64_t authority_id, int64_t invoice_id);
// State, paid_vnd and what goes with them.
Status UpdateInvoice(db::Tx& tx, const Invoice& invoice);
// Of any unit.
Result<std::optional<Invoice>> FindInvoice(db::Tx& tx, int64_t invoice_id);
Result<std::optional<Invoice>> InvoiceByReference(db::Tx& tx, std::string_view reference);
Result<std::vector<Invoice>> InvoicesOfDossier(db::Tx& tx, int64_t authority_id, int64_t dossier_id);
// Newest first, invoice_id < before.
Result<std::vector<Invoice>> InvoicesIn(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t before, int64_t limit);
Result<std::vector<FeeLine>> LinesOf(db::Tx& tx, int64_t authority_id, int64_t invoice_id);

struct Payment {
  int64_t authority_id = 0, payment_id = 0, invoice_id = 0;
  std::string method;  // "cash", "transfer"
  int64_t amount_vnd = 0, bank_credit_id = 0;
  std::string paid_on;
  TimeUs at_us = 0;
  int64_t account_id = 0;
  std::string cashier_name;
};
Status InsertPayment(db::Tx& tx, const Payment& payment);
Result<std::vector<Payment>> PaymentsOf(db::Tx& tx, int64_t authority_id, int64_t invoice_id);
Result<std::vector<Payment>> PaymentsOn(db::Tx& tx, int64_t authority_id, std::string_view paid_on);

struct Receipt {
  int64_t authority_id = 0, receipt_id = 0;
  std::string form_no, symbol;
  int64_t year = 0, receipt_no = 0, invoice_id = 0;
  std::string payer_name, payer_address;
  int64_t amount_vnd = 0;
  std::string method;
  int64_t account_id = 0;
  std::string cashier_name;
  TimeUs issued_at_us = 0;
  std::string issued_on, state = "valid";
  std::optional<int64_t> cancelled_at_us;
  int64_t cancelled_by = 0;
  std::string cancelled_name, cancel_reason;
  int64_t replaces_receipt_id = 0;
};
Status InsertReceipt(db::Tx& tx, const Receipt& receipt);
// False when it is cancelled already.
Result<bool> CancelReceipt(db::Tx& tx, const Receipt& receipt);
Result<std::optional<Receipt>> FindReceipt(db::Tx& tx, int64_t receipt_id);
Result<std::vector<Receipt>> ReceiptsOf(db::Tx& tx, int64_t authority_id, int64_t invoice_id);
Result<std::vector<Receipt>> ReceiptsOn(db::Tx& tx, int64_t authority_id, std::string_view issued_on);

struct Credit {
  int64_t authority_id = 0, bank_credit_id = 0;
  std::string bank_bin, account_no, transaction_no, source;
  int64_t amount_vnd = 0;
  std::string remittance, payer_name, payer_account_no;
  TimeUs booked_at_us = 0, stored_at_us = 0;
  std::string state = "queued", problem = "unknown";
  int64_t invoice_id = 0, left_vnd = 0, held_vnd = 0, version = 1;
};
// False when this transaction of the bank is known.
Result<bool> InsertCredit(db::Tx& tx, const Credit& credit);
Result<std::optional<Credit>> FindCredit(db::Tx& tx, const Credit& same);  // by bank, account and transaction
Result<std::optional<Credit>> LockCredit(db::Tx& tx, int64_t authority_id, int64_t bank_credit_id);
Status UpdateCredit(db::Tx& tx, const Credit& credit);
// Partial credits of an invoice that is whole now need nobody's look.
Status SettlePartials(db::Tx& tx, int64_t authority_id, int64_t invoice_id);
Result<std::vector<Credit>> CreditsIn(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t before, int64_t limit);

struct Event {
  int64_t authority_id = 0;
  std::string provider, event_id, body_sha256, answer;
};
// False when the provider has sent this event before.
Result<bool> InsertEvent(db::Tx& tx, const Event& event, TimeUs now_us);
Status SetEventAnswer(db::Tx& tx, const Event& event);
Result<std::optional<Event>> FindEvent(db::Tx& tx, const Event& same);

struct Refund {
  int64_t authority_id = 0, refund_id = 0, invoice_id = 0, bank_credit_id = 0, amount_vnd = 0;
  std::string method, to_bank_bin, to_account_no, to_name, reason, state = "proposed";
  int64_t proposed_by = 0;
  std::string proposed_name;
  TimeUs proposed_at_us = 0;
  int64_t decided_by = 0;
  std::string decided_name;
  std::optional<int64_t> decided_at_us;
  std::string decided_on, decision_note;
  int64_t version = 1;
};
Status InsertRefund(db::Tx& tx, const Refund& refund);
Result<std::optional<Refund>> LockRefund(db::Tx& tx, int64_t authority_id, int64_t refund_id);
Status UpdateRefund(db::Tx& tx, const Refund& refund);
Result<std::vector<Refund>> RefundsIn(db::Tx& tx, int64_t authority_id, std::string_view state, int64_t before, int64_t limit);
Result<bool> HasOpenRefund(db::Tx& tx, int64_t authority_id, int64_t invoice_id);
Result<std::vector<Refund>> RefundsOn(db::Tx& tx, int64_t authority_id, std::string_view decided_on);

struct Posting {
  const char* ledger_account;
  int64_t debit_vnd = 0, credit_vnd = 0;
};
struct Entry {
  int64_t authority_id = 0;
  const char* kind = "";
  TimeUs at_us = 0;
  int64_t account_id = 0, invoice_id = 0, bank_credit_id = 0, refund_id = 0;
};
// kInternal "ledger_unbalanced" when the debits are not the credits, or a posting has both or neither.
Status Post(db::Tx& tx, const Entry& entry, std::initializer_list<Posting> postings);

// For the check and the reconciliation: sums by what they are of.
struct Sum {
  int64_t id = 0;
  std::string word;
  int64_t a = 0, b = 0, c = 0;
};
Result<int64_t> CountEntries(db::Tx& tx, int64_t authority_id);
Result<std::vector<Sum>> UnbalancedEntries(db::Tx& tx, int64_t authority_id);            // id = entry, a = debit, b = credit, c = postings
Result<std::vector<Sum>> InvoiceDifferences(db::Tx& tx, int64_t authority_id);           // id = invoice, word = what
Result<std::vector<Sum>> CreditDifferences(db::Tx& tx, int64_t authority_id);            // id = credit, word = what
Result<std::vector<Sum>> ReceiptDifferences(db::Tx& tx, int64_t authority_id);           // id = invoice, a = receipts, b = their sum
Result<std::vector<Sum>> ReceiptSeries(db::Tx& tx, int64_t authority_id);                // word = symbol, id = year, a = count, b = highest
// Of a period of days: balance of each ledger account (word; a = debit, b = credit).
Result<std::vector<Sum>> Balances(db::Tx& tx, int64_t authority_id, std::string_view from_on, std::string_view to_on);
// What rows other than the ledger's say of the same period. Times for what has no day of its own.
struct Period {
  int64_t authority_id = 0;
  std::string from_on, to_on;
  TimeUs from_us = 0, to_us = 0;  // [from, to)
};
struct Figures {
  int64_t credits_vnd = 0, credits = 0, payments_cash_vnd = 0, payments_transfer_vnd = 0, payments = 0;
  int64_t refunds_transfer_vnd = 0, refunds_cash_vnd = 0, refunds = 0, receipts_vnd = 0, receipts = 0, receipts_cancelled = 0;
  int64_t paid_invoices_vnd = 0, paid_invoices = 0, queued = 0, queued_vnd = 0;
};
Result<Figures> FiguresOf(db::Tx& tx, const Period& period);

}  // namespace tinhso::payments::store
