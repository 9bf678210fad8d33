// The SQL of statement files (store*.cc). Every function runs in the caller's Tx. Members are the columns.
#pragma once
#include <string>
#include <vector>

#include "store.h"

namespace tinhso::payments::store {

struct BankStatement {
  int64_t authority_id = 0, statement_id = 0;
  std::string bank_bin, account_no, file_name, sha256, format, from_on, to_on;
  int64_t credits = 0, credits_vnd = 0, credits_new = 0, account_id = 0;
  std::string imported_name;
  TimeUs imported_at_us = 0;
};
// False when this content was read in before.
Result<bool> InsertStatement(db::Tx& tx, const BankStatement& statement);
Result<std::vector<BankStatement>> StatementsIn(db::Tx& tx, int64_t authority_id, int64_t before, int64_t limit);

struct StatementDay {
  int64_t authority_id = 0;
  std::string bank_bin, account_no, booked_on;
  TimeUs begin_us = 0, end_us = 0;
  int64_t credits = 0, credits_vnd = 0, statement_id = 0;
};
Status PutStatementDay(db::Tx& tx, const StatementDay& day);

// A day as the bank's statement has it and as the credits have it.
struct DayProof {
  std::string account_no, booked_on;
  int64_t statement = 0, statement_vnd = 0, credits = 0, credits_vnd = 0;
};
Result<std::vector<DayProof>> DayProofs(db::Tx& tx, int64_t authority_id, std::string_view from_on, std::string_view to_on);

// Accounts of any unit with this number, used now or before.
Result<std::vector<Account>> AccountsByNo(db::Tx& tx, std::string_view account_no);
// The day of a credit as the bank's books have it.
Status SetBooked(db::Tx& tx, const Credit& credit);

}  // namespace tinhso::payments::store
