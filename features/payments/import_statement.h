// Reading in a bank's statement file: its credits go where a provider's messages go, and its days are what the books are held to.
#pragma once
#include <string>
#include <vector>

#include "impl.h"
#include "store_statements.h"

namespace tinhso::payments {

inline constexpr size_t kStatementShown = 200;  // lines in an answer

struct StatementFile {
  std::string bytes, file_name;
  std::string account_no;  // for a file that does not say; "" = the account of the caller's unit that is in use
  bool dry_run = false;
};
// All of it or nothing, in one transaction; read in again it changes nothing. Errors: those of ParseStatement; kForbidden
// "payment_account_foreign" when the account is not the caller's unit's; "bank_transaction_differs" at a line whose transaction is known
// with another amount. `who` = nullptr: the operator, for any unit's account. The answer is JSON.
Result<std::string> ImportStatement(Service::Impl& m, const StatementFile& file, const http::Principal* who);
Result<std::string> ListStatements(Service::Impl& m, const http::Principal& who);

}  // namespace tinhso::payments
