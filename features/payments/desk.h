// What officers do with money at the desk and in the queue. Each runs one transaction; after an error nothing has changed.
#pragma once
#include <optional>
#include <string>

#include "impl.h"

namespace tinhso::payments {

using Impl = Service::Impl;

// Cash for the whole of what is left. kConflict "invoice_not_open", "invoice_amount_changed" when it is not `amount_vnd` any more.
Status CollectCash(Impl& m, int64_t invoice_id, int64_t amount_vnd, const http::Principal& who);
Status CancelInvoice(Impl& m, int64_t invoice_id, const std::string& reason, const http::Principal& who);

struct CreditAction {
  int64_t bank_credit_id = 0, version_seen = 0, invoice_id = 0;
  std::string action;  // "assign", "keep", "cash_deposit"
};
// kNotFound "bank_credit_not_found"; kConflict "bank_credit_stale", "bank_credit_settled", "invoice_not_open".
Status ActOnCredit(Impl& m, const CreditAction& action, const http::Principal& who);

// Proposes to give back what is left of a credit, or the whole of an invoice's money. kConflict "refund_open_already",
// "bank_credit_settled", "invoice_not_paid".
Result<int64_t> ProposeRefund(Impl& m, store::Refund refund, const http::Principal& who);
struct RefundDecision {
  int64_t refund_id = 0, version_seen = 0;
  bool approve = false;
  std::string note;
};
// By another person than the one who proposed: kForbidden "refund_by_same_person". kConflict "refund_stale", "refund_decided".
Status DecideRefund(Impl& m, const RefundDecision& decision, const http::Principal& who);

struct Replacement {
  int64_t receipt_id = 0;
  std::string payer_name, payer_address, reason;
};
// A wrong receipt is cancelled and one of the next number takes its place. kNotFound "receipt_not_found"; kConflict "receipt_cancelled".
Status ReplaceReceipt(Impl& m, const Replacement& replacement, const http::Principal& who);

}  // namespace tinhso::payments
