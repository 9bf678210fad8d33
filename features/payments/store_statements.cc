#include "store_statements.h"

namespace tinhso::payments::store {
namespace {

constexpr db::Sql kInsertStatement = R"sql(
  INSERT INTO bank_statement (authority_id, statement_id, bank_bin, account_no, file_name, sha256, format, from_on, to_on, credits, credits_vnd,
    credits_new, account_id, imported_name, imported_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  ON CONFLICT (authority_id, bank_bin, account_no, sha256) DO NOTHING)sql";
constexpr db::Sql kStatementsIn = R"sql(
  SELECT authority_id, statement_id, bank_bin, account_no, file_name, sha256, format, from_on, to_on, credits, credits_vnd, credits_new, account_id,
    imported_name, imported_at_us
  FROM bank_statement WHERE authority_id = $1 AND statement_id < $2 ORDER BY statement_id DESC LIMIT $3)sql";
constexpr db::Sql kPutStatementDay = R"sql(
  INSERT INTO statement_day (authority_id, bank_bin, account_no, booked_on, begin_us, end_us, credits, credits_vnd, statement_id)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
  ON CONFLICT (authority_id, bank_bin, account_no, booked_on) DO UPDATE SET credits = excluded.credits, credits_vnd = excluded.credits_vnd,
    statement_id = excluded.statement_id)sql";
constexpr db::Sql kDayProofs = R"sql(
  SELECT d.account_no, d.booked_on, d.credits, d.credits_vnd, COUNT(c.bank_credit_id), COALESCE(SUM(c.amount_vnd), 0)
  FROM statement_day d LEFT JOIN bank_credit c ON c.authority_id = d.authority_id AND c.bank_bin = d.bank_bin AND c.account_no = d.account_no
    AND c.booked_at_us >= d.begin_us AND c.booked_at_us < d.end_us
  WHERE d.authority_id = $1 AND d.booked_on >= $2 AND d.booked_on <= $3
  GROUP BY d.bank_bin, d.account_no, d.booked_on, d.credits, d.credits_vnd ORDER BY d.booked_on, d.account_no)sql";
constexpr db::Sql kAccountsByNo = R"sql(
  SELECT bank_bin, account_no, authority_id, holder_name, in_use, by_admin, changed_at_us FROM receiving_account WHERE account_no = $1)sql";
constexpr db::Sql kSetBooked = "UPDATE bank_credit SET booked_at_us = $1 WHERE authority_id = $2 AND bank_credit_id = $3";

}  // namespace

Result<bool> InsertStatement(db::Tx& tx, const BankStatement& s) {
  TINHSO_ASSIGN(int64_t inserted, tx.Execute(kInsertStatement, {s.authority_id, s.statement_id, s.bank_bin, s.account_no, s.file_name, s.sha256, s.format, s.from_on,
                                                                s.to_on, s.credits, s.credits_vnd, s.credits_new, s.account_id, s.imported_name, s.imported_at_us}));
  return inserted == 1;
}

Result<std::vector<BankStatement>> StatementsIn(db::Tx& tx, int64_t authority_id, int64_t before, int64_t limit) {
  std::vector<BankStatement> out;
  TINHSO_TRY(tx.ForEach(kStatementsIn, {authority_id, before, limit}, [&](const db::Row& r) {
    out.push_back({r.Int(0), r.Int(1), r.Text(2), r.Text(3), r.Text(4), r.Text(5), r.Text(6), r.Text(7), r.Text(8), r.Int(9), r.Int(10), r.Int(11), r.Int(12),
                   r.Text(13), r.Int(14)});
    return true;
  }));
  return out;
}

Status PutStatementDay(db::Tx& tx, const StatementDay& d) {
  return tx.Send(kPutStatementDay, {d.authority_id, d.bank_bin, d.account_no, d.booked_on, d.begin_us, d.end_us, d.credits, d.credits_vnd, d.statement_id});
}

Result<std::vector<DayProof>> DayProofs(db::Tx& tx, int64_t authority_id, std::string_view from_on, std::string_view to_on) {
  std::vector<DayProof> out;
  TINHSO_TRY(tx.ForEach(kDayProofs, {authority_id, from_on, to_on}, [&](const db::Row& r) {
    out.push_back({r.Text(0), r.Text(1), r.Int(2), r.Int(3), r.Int(4), r.Int(5)});
    return true;
  }));
  return out;
}

Result<std::vector<Account>> AccountsByNo(db::Tx& tx, std::string_view account_no) {
  std::vector<Account> out;
  TINHSO_TRY(tx.ForEach(kAccountsByNo, {account_no}, [&](const db::Row& r) {
    out.push_back({r.Text(0), r.Text(1), r.Int(2), r.Text(3), r.Int(4) != 0, r.Int(5) != 0, r.Int(6)});
    return true;
  }));
  return out;
}

Status SetBooked(db::Tx& tx, const Credit& c) { return tx.Send(kSetBooked, {c.booked_at_us, c.authority_id, c.bank_credit_id}); }

}  // namespace tinhso::payments::store
