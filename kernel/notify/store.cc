#include "store.h"

namespace tinhso::notify::store {
namespace {

constexpr db::Sql kInsertNotice = R"sql(
  INSERT INTO notice (account_id, notice_id, kind, subject, link, dedup_key, created_at_us, read_at_us)
  VALUES ($1, $2, $3, $4, $5, $6, $7, 0)
  ON CONFLICT (account_id, dedup_key) DO NOTHING)sql";
constexpr db::Sql kSelectNotices = R"sql(
  SELECT notice_id, kind, subject, link, created_at_us, read_at_us FROM notice
  WHERE account_id = $1 AND notice_id < $2 ORDER BY notice_id DESC LIMIT $3)sql";
constexpr db::Sql kCountUnread = "SELECT COUNT(*) FROM notice WHERE account_id = $1 AND read_at_us = 0";
constexpr db::Sql kMarkAllRead = "UPDATE notice SET read_at_us = $1 WHERE account_id = $2 AND read_at_us = 0";
constexpr db::Sql kSelectAfter = R"sql(
  SELECT notice_id, kind, subject, link, created_at_us, read_at_us FROM notice
  WHERE account_id = $1 AND notice_id > $2 ORDER BY notice_id LIMIT $3)sql";
constexpr db::Sql kSelectRecent = R"sql(
  SELECT notice_id, kind, subject, link, created_at_us, read_at_us, account_id FROM notice
  WHERE notice_id >= $1 ORDER BY notice_id LIMIT $2)sql";
constexpr db::Sql kUpsertSignal = R"sql(
  INSERT INTO live_signal (authority_id, signal_id) VALUES ($1, $2)
  ON CONFLICT (authority_id) DO UPDATE SET signal_id = excluded.signal_id)sql";
constexpr db::Sql kSelectSignals = "SELECT authority_id, signal_id FROM live_signal WHERE signal_id >= $1";

NoticeRow NoticeOf(const db::Row& row) {
  return {row.Int(0), row.Text(1), row.Text(2), row.Text(3), row.Int(4), row.Int(5)};
}

}  // namespace

Result<bool> Insert(db::Tx& tx, const Notice& notice, int64_t notice_id, TimeUs now_us) {
  // A notice without a key gets one of its own, so that one plain unique index serves both.
  std::string dedup_key = notice.dedup_key.empty() ? "#" + std::to_string(notice_id) : notice.dedup_key;
  TINHSO_ASSIGN(int64_t made, tx.Execute(kInsertNotice, {notice.account_id, notice_id, notice.kind, notice.subject,
                                                         notice.link, dedup_key, now_us}));
  return made == 1;
}

Result<std::vector<NoticeRow>> Page(db::Tx& tx, int64_t account_id, int64_t before_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectNotices, {account_id, before_id, limit}));
  std::vector<NoticeRow> out;
  for (const auto& row : rows) out.push_back(NoticeOf(row));
  return out;
}

Result<std::vector<NoticeRow>> After(db::Tx& tx, int64_t account_id, int64_t after_id, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectAfter, {account_id, after_id, limit}));
  std::vector<NoticeRow> out;
  for (const auto& row : rows) out.push_back(NoticeOf(row));
  return out;
}

Status Recent(db::Tx& tx, int64_t floor_id, int64_t limit, const std::function<void(int64_t, NoticeRow)>& fn) {
  return tx.ForEach(kSelectRecent, {floor_id, limit}, [&](const db::Row& row) {
    fn(row.Int(6), NoticeOf(row));
    return true;
  });
}

Status Signal(db::Tx& tx, int64_t authority_id, int64_t signal_id) {
  TINHSO_TRY(tx.Execute(kUpsertSignal, {authority_id, signal_id}));
  return Ok();
}

Status Signals(db::Tx& tx, int64_t floor_id, const std::function<void(int64_t, int64_t)>& fn) {
  return tx.ForEach(kSelectSignals, {floor_id}, [&](const db::Row& row) {
    fn(row.Int(0), row.Int(1));
    return true;
  });
}

Result<int64_t> CountUnread(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kCountUnread, {account_id}));
  return row ? row->Int(0) : 0;
}

Result<int64_t> MarkAllRead(db::Tx& tx, int64_t account_id, TimeUs now_us) {
  return tx.Execute(kMarkAllRead, {now_us, account_id});
}

}  // namespace tinhso::notify::store
