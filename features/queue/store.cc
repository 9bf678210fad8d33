#include "store.h"

namespace tinhso::queue::store {
namespace {

#define TICKET_COLUMNS \
  "authority_id, ticket_id, on_day, service_group, ticket_no, state, desk, account_id, taken_at_us, order_at_us, queued_at_us, " \
  "called_at_us, shown_at_us, finished_at_us, calls, version "

constexpr db::Sql kInsert = "INSERT INTO queue_ticket (" TICKET_COLUMNS R"sql() VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16))sql";
constexpr db::Sql kFind = "SELECT " TICKET_COLUMNS "FROM queue_ticket WHERE authority_id = $1 AND ticket_id = $2";
// Of two officers who call at once, on PostgreSQL the second passes over the row that the first holds.
constexpr db::Sql kCallNext = R"sql(
  UPDATE queue_ticket SET state = 'called', desk = $1, account_id = $2, called_at_us = $3, shown_at_us = $3, calls = 1,
    version = version + 1
  WHERE authority_id = $4 AND state = 'waiting' AND ticket_id = (
    SELECT ticket_id FROM queue_ticket
    WHERE authority_id = $4 AND on_day = $5 AND state = 'waiting' AND ($6 = '' OR $6 LIKE '%,' || service_group || ',%')
    ORDER BY order_at_us, ticket_id LIMIT 1 /*SKIP_LOCKED*/)
  RETURNING )sql" TICKET_COLUMNS;
constexpr db::Sql kFinishAtHand = R"sql(
  UPDATE queue_ticket SET state = 'done', finished_at_us = $1, version = version + 1
  WHERE authority_id = $2 AND on_day = $3 AND state = 'called' AND account_id = $4)sql";
constexpr db::Sql kUpdate = R"sql(
  UPDATE queue_ticket SET state = $1, service_group = $2, desk = $3, account_id = $4, order_at_us = $5, queued_at_us = $6,
    called_at_us = $7, shown_at_us = $8, finished_at_us = $9, calls = $10, version = version + 1
  WHERE authority_id = $11 AND ticket_id = $12 AND version = $13 AND state = $14)sql";
constexpr db::Sql kAtHand = "SELECT " TICKET_COLUMNS
    "FROM queue_ticket WHERE authority_id = $1 AND on_day = $2 AND state = 'called' AND account_id = $3 ORDER BY shown_at_us DESC LIMIT 1";
constexpr db::Sql kInState = "SELECT " TICKET_COLUMNS
    "FROM queue_ticket WHERE authority_id = $1 AND on_day = $2 AND state = $3 ORDER BY shown_at_us DESC, ticket_id DESC LIMIT $4";
constexpr db::Sql kWaiting = R"sql(
  SELECT service_group, COUNT(*) FROM queue_ticket WHERE authority_id = $1 AND on_day = $2 AND state = 'waiting'
  GROUP BY service_group ORDER BY service_group)sql";
constexpr db::Sql kFigures = R"sql(
  SELECT on_day, desk, COUNT(*), SUM(CASE WHEN state = 'no_show' THEN 1 ELSE 0 END), SUM(CASE WHEN state = 'done' THEN 1 ELSE 0 END),
    SUM(called_at_us - queued_at_us), SUM(CASE WHEN state = 'done' THEN finished_at_us - called_at_us ELSE 0 END)
  FROM queue_ticket WHERE authority_id = $1 AND on_day >= $2 AND on_day <= $3 AND called_at_us IS NOT NULL
  GROUP BY on_day, desk ORDER BY on_day DESC, desk)sql";
constexpr db::Sql kGetSetting = "SELECT service_groups, kiosk_key_sha256 FROM queue_setting WHERE authority_id = $1";
constexpr db::Sql kPutGroups = R"sql(
  INSERT INTO queue_setting (authority_id, service_groups, kiosk_key_sha256) VALUES ($1, $2, '')
  ON CONFLICT (authority_id) DO UPDATE SET service_groups = excluded.service_groups)sql";
constexpr db::Sql kPutKey = R"sql(
  INSERT INTO queue_setting (authority_id, service_groups, kiosk_key_sha256) VALUES ($1, '', $2)
  ON CONFLICT (authority_id) DO UPDATE SET kiosk_key_sha256 = excluded.kiosk_key_sha256)sql";

Ticket Read(const db::Row& row) {
  return {row.Int(0),  row.Int(1),  row.Text(2), row.Text(3),    row.Text(4),    row.Text(5),    row.Text(6), row.Int(7),
          row.Int(8),  row.Int(9),  row.Int(10), row.OptInt(11), row.OptInt(12), row.OptInt(13), row.Int(14), row.Int(15)};
}

Result<std::optional<Ticket>> MaybeTicket(Result<std::optional<db::Row>> row) {
  if (!row.ok()) return row.error();
  return *row ? std::optional<Ticket>(Read(**row)) : std::nullopt;
}

}  // namespace

Status Insert(db::Tx& tx, const Ticket& t) {
  return tx.Send(kInsert, {t.authority_id, t.ticket_id, t.on_day, t.service_group, t.ticket_no, t.state, t.desk, t.account_id, t.taken_at_us,
                           t.order_at_us, t.queued_at_us, t.called_at_us, t.shown_at_us, t.finished_at_us, t.calls, t.version});
}

Result<std::optional<Ticket>> Find(db::Tx& tx, int64_t authority_id, int64_t ticket_id) {
  return MaybeTicket(tx.QueryOne(kFind, {authority_id, ticket_id}));
}

Result<std::optional<Ticket>> CallNext(db::Tx& tx, Day day, const CallParams& p) {
  return MaybeTicket(tx.QueryOne(kCallNext, {p.desk, p.account_id, p.now_us, day.authority_id, day.on_day, p.groups}));
}

Status FinishAtHand(db::Tx& tx, Day day, int64_t account_id, TimeUs now_us) {
  return tx.Send(kFinishAtHand, {now_us, day.authority_id, day.on_day, account_id});
}

Result<bool> Update(db::Tx& tx, const Ticket& t, int64_t version_seen, std::string_view state_seen) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kUpdate, {t.state, t.service_group, t.desk, t.account_id, t.order_at_us, t.queued_at_us,
                                                      t.called_at_us, t.shown_at_us, t.finished_at_us, t.calls, t.authority_id, t.ticket_id,
                                                      version_seen, state_seen}));
  return changed == 1;
}

Result<std::optional<Ticket>> AtHand(db::Tx& tx, Day day, int64_t account_id) {
  return MaybeTicket(tx.QueryOne(kAtHand, {day.authority_id, day.on_day, account_id}));
}

Result<std::vector<Ticket>> InState(db::Tx& tx, Day day, std::string_view state, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kInState, {day.authority_id, day.on_day, state, limit}));
  std::vector<Ticket> out;
  for (const auto& row : rows) out.push_back(Read(row));
  return out;
}

Result<std::vector<Count>> Waiting(db::Tx& tx, Day day) {
  TINHSO_ASSIGN(auto rows, tx.Query(kWaiting, {day.authority_id, day.on_day}));
  std::vector<Count> out;
  for (const auto& row : rows) out.push_back({row.Text(0), row.Int(1)});
  return out;
}

Result<std::vector<Figure>> Figures(db::Tx& tx, int64_t authority_id, std::string_view from, std::string_view to) {
  TINHSO_ASSIGN(auto rows, tx.Query(kFigures, {authority_id, from, to}));
  std::vector<Figure> out;
  for (const auto& row : rows) out.push_back({row.Text(0), row.Text(1), row.Int(2), row.Int(3), row.Int(4), row.Int(5), row.Int(6)});
  return out;
}

Result<Setting> GetSetting(db::Tx& tx, int64_t authority_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetSetting, {authority_id}));
  return row ? Setting{row->Text(0), row->Text(1)} : Setting{};
}

Status PutGroups(db::Tx& tx, int64_t authority_id, std::string_view groups) { return tx.Send(kPutGroups, {authority_id, groups}); }
Status PutKey(db::Tx& tx, int64_t authority_id, std::string_view key_sha256) { return tx.Send(kPutKey, {authority_id, key_sha256}); }

}  // namespace tinhso::queue::store
