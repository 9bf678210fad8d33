// Payments (thu phí, lệ phí): what a dossier costs, how it is paid, and the books that prove it. Money is whole đồng.
// Law: NĐ 118/2025/NĐ-CP (financial obligation pauses the clock, state 6), NĐ 123/2020/NĐ-CP and NĐ 70/2025/NĐ-CP (receipts).
// A bank credit is stored before anything is decided about it; what does not fit waits in a queue for a person. Every movement is
// an entry of a double-entry ledger whose rows are only ever added.
// Thread rule: Service is thread-safe once LoadPack has run.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "engines/packs/packs.h"
#include "features/dossiers/dossiers.h"
#include "kernel/db/db.h"
#include "kernel/http/http.h"
#include "kernel/identity/identity.h"
#include "kernel/jobs/jobs.h"
#include "kernel/orgs/orgs.h"

TINHSO_DECLARE_MIGRATIONS(features_payments);

namespace tinhso::payments {

inline constexpr int kWebhookWindowS = 300;        // named limit "webhook_window_s": how far a message's time may be from ours
inline constexpr size_t kWebhookBytesMax = 16 * 1024;
inline constexpr int kInvoiceDays = 30;            // an invoice is paid by itself for so long; later money waits for a person
inline constexpr size_t kReasonMax = 500;

// Who tells us of credits: a bank or a payment intermediary, [payments.NAME] of the configuration.
struct Provider {
  std::string secret;    // shared, base64, may begin with "whsec_" (Standard Webhooks)
  std::string bank_bin;  // its bank; "" = accounts of any
};

struct Deps {
  db::TenantRouter& router;
  const Clock& clock;
  orgs::Service& orgs;
  identity::Service& identity;
  packs::Library& library;
  dossiers::Service& dossiers;
  jobs::Runner& runner;
  std::map<std::string, Provider> providers;
  bool sandbox = false;  // demo data: anybody may let the sandbox bank pay an invoice
};

class Service {
 public:
  explicit Service(Deps deps);
  ~Service();

  // Banks of PACKS/_common/banks.yaml; accounts and receipts of DIR/payments.yaml, unless an administrator has changed them.
  // kInvalid "pack_invalid" with the fault in detail.
  Status LoadPack(const std::string& dir);

  // What a dossier's filing and steps mean for its fees; runs in their transaction.
  Status Follow(db::Tx& tx, const dossiers::Moved& moved);

  // One message of a provider as it came. Repeating it changes nothing and gives the same answer.
  // kNotFound "payment_provider_unknown"; kMalformed "webhook_header_malformed"; kUnauthenticated "webhook_timestamp_outside",
  // "webhook_signature_wrong"; kForbidden "payment_account_foreign"; kConflict "payment_event_reused", "bank_transaction_differs".
  struct Message {
    std::string provider, event_id, timestamp, signature, body;
  };
  Result<std::string> Hear(const Message& message);

  // What is still to be paid for a dossier. No rights are asked: the caller has looked whose it is.
  struct OpenBill {
    int64_t invoice_id = 0;
    std::string expires_on;
  };
  Result<std::vector<OpenBill>> OpenBillsOf(int64_t authority_id, int64_t dossier_id);

  struct Checked {
    int64_t entries = 0, differences = 0;
    std::vector<std::string> examples;  // the first kDifferencesShown, a line each
  };
  static constexpr size_t kDifferencesShown = 50;
  // Holds the ledger to itself, to invoices, payments, credits and receipts. Changes nothing.
  Result<Checked> Check();

  // Reads in a bank's statement file (CSV or camt) for any unit's account; says what it did as JSON. import_statement.h.
  Result<std::string> ImportStatement(const std::string& bytes, const std::string& file_name, const std::string& account_no);

  void RegisterJobs();
  std::vector<http::Route> Routes();

  struct Impl;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace tinhso::payments
