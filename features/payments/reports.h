// The desk's cash day (báo cáo quỹ ngày) and the reconciliation of a period.
#pragma once
#include <string>

#include "impl.h"

namespace tinhso::payments {

struct Day {
  std::string on;
  std::vector<store::Payment> payments;
  std::vector<store::Refund> refunds;
  std::vector<store::Receipt> receipts;
  int64_t cash_in_vnd = 0, transfer_in_vnd = 0, cash_out_vnd = 0, transfer_out_vnd = 0;
};
Result<Day> DayOf(Service::Impl& m, const std::string& on, const http::Principal& who);
std::string DayJson(const Day& day);
std::string DayCsv(const Day& day);  // UTF-8 with a byte order mark, semicolons, as spreadsheets here open it
Result<std::string> DayPdf(Service::Impl& m, const Day& day, const http::Principal& who);

// Ledger, bank and receipts of the unit over days from…to side by side; each difference is a number that has to be 0.
Result<std::string> Reconciliation(Service::Impl& m, const std::string& from_on, const std::string& to_on, const http::Principal& who);

}  // namespace tinhso::payments
