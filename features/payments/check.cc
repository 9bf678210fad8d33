// The books held to themselves and to everything that they are about.
#include "impl.h"
#include "store_statements.h"

namespace tinhso::payments {
namespace {

void Add(Service::Checked& out, const orgs::Unit& unit, const std::string& what) {
  ++out.differences;
  if (out.examples.size() < Service::kDifferencesShown) out.examples.push_back(unit.unit_code + ": " + what);
}

}  // namespace

Result<Service::Checked> Service::Check() {
  Impl& m = *impl_;
  Checked out;
  const auto units = m.deps.orgs.snapshot();
  for (const orgs::Unit& unit : units->all()) {
    if (unit.authority_id != unit.unit_id) continue;
    TINHSO_TRY(m.Db(unit.unit_id).Read([&](db::Tx& tx) -> Status {
      const int64_t id = unit.unit_id;
      TINHSO_ASSIGN(int64_t entries, store::CountEntries(tx, id));
      out.entries += entries;
      TINHSO_ASSIGN(auto entries_wrong, store::UnbalancedEntries(tx, id));
      for (const auto& s : entries_wrong) Add(out, unit, "bút toán / entry " + std::to_string(s.id) + ": nợ / debit " + std::to_string(s.a) + " <> có / credit " + std::to_string(s.b));
      TINHSO_ASSIGN(auto invoices, store::InvoiceDifferences(tx, id));
      for (const auto& s : invoices) Add(out, unit, "hóa đơn / invoice " + std::to_string(s.id) + ": " + s.word + " " + std::to_string(s.a) + " <> " + std::to_string(s.b));
      TINHSO_ASSIGN(auto credits, store::CreditDifferences(tx, id));
      for (const auto& s : credits) Add(out, unit, "báo có / credit " + std::to_string(s.id) + ": " + s.word + " " + std::to_string(s.a) + " <> " + std::to_string(s.b));
      TINHSO_ASSIGN(auto receipts, store::ReceiptDifferences(tx, id));
      for (const auto& s : receipts) Add(out, unit, "biên lai của hóa đơn / receipts of invoice " + std::to_string(s.id) + " (" + s.word + "): " + std::to_string(s.a) + ", " + std::to_string(s.b));
      TINHSO_ASSIGN(auto days, store::DayProofs(tx, id, "0000-01-01", "9999-12-31"));
      for (const auto& d : days)
        if (d.statement != d.credits || d.statement_vnd != d.credits_vnd)
          Add(out, unit, "sao kê ngày / statement of " + d.booked_on + ", " + d.account_no + ": " + std::to_string(d.statement) + ", " + std::to_string(d.statement_vnd) +
                             " <> báo có / credits " + std::to_string(d.credits) + ", " + std::to_string(d.credits_vnd));
      // A merged unit's numbers go on in its successor's series from the higher of the two: no run without gaps to hold it to.
      if (units->ActingFor(id) != id || units->ActsFor(id).size() > 1) return Ok();
      TINHSO_ASSIGN(auto series, store::ReceiptSeries(tx, id));
      for (const auto& s : series)
        if (s.a != s.b || s.c != 1) Add(out, unit, "biên lai / receipts " + s.word + " " + std::to_string(s.id) + ": " + std::to_string(s.a) + " <> " + std::to_string(s.c) + "…" + std::to_string(s.b));
      return Ok();
    }));
  }
  return out;
}

}  // namespace tinhso::payments
