#include "store_delivery.h"

namespace tinhso::notify::store {
namespace {

constexpr db::Sql kSelectSettings = R"sql(
  SELECT language, choices, quiet_from_minute, quiet_to_minute, digest_minute, unsubscribe_token
  FROM notice_settings WHERE account_id = $1)sql";
constexpr db::Sql kUpsertSettings = R"sql(
  INSERT INTO notice_settings (account_id, language, choices, quiet_from_minute, quiet_to_minute, digest_minute,
                               unsubscribe_token)
  VALUES ($1, $2, $3, $4, $5, $6, $7)
  ON CONFLICT (account_id) DO UPDATE SET language = excluded.language, choices = excluded.choices,
    quiet_from_minute = excluded.quiet_from_minute, quiet_to_minute = excluded.quiet_to_minute,
    digest_minute = excluded.digest_minute, unsubscribe_token = excluded.unsubscribe_token)sql";
constexpr db::Sql kSelectToken = "SELECT account_id FROM notice_settings WHERE unsubscribe_token = $1";

constexpr db::Sql kSelectAddresses = R"sql(
  SELECT channel, address, verified_at_us, refused_at_us, pending_address, code_hash, code_expires_at_us, code_tries,
         codes_sent_on, codes_sent
  FROM notice_address WHERE account_id = $1 ORDER BY channel)sql";
constexpr db::Sql kUpsertAddress = R"sql(
  INSERT INTO notice_address (account_id, channel, address, verified_at_us, refused_at_us, pending_address, code_hash,
                              code_expires_at_us, code_tries, codes_sent_on, codes_sent)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  ON CONFLICT (account_id, channel) DO UPDATE SET address = excluded.address, verified_at_us = excluded.verified_at_us,
    refused_at_us = excluded.refused_at_us, pending_address = excluded.pending_address, code_hash = excluded.code_hash,
    code_expires_at_us = excluded.code_expires_at_us, code_tries = excluded.code_tries,
    codes_sent_on = excluded.codes_sent_on, codes_sent = excluded.codes_sent)sql";
constexpr db::Sql kRefuseAddress = R"sql(
  UPDATE notice_address SET refused_at_us = $1 WHERE account_id = $2 AND channel = $3 AND address = $4)sql";
constexpr db::Sql kDeleteAddress = "DELETE FROM notice_address WHERE account_id = $1 AND channel = $2";

constexpr db::Sql kInsertDelivery = R"sql(
  INSERT INTO notice_delivery (account_id, delivery_id, channel, purpose, notice_id, digest_id, dedup_key, address, kind,
                               subject, link, code, state, tries, due_at_us, lease_token, provider_id, last_error,
                               created_at_us, finished_at_us)
  VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $8, $9, $10, $11, $12, 0, $13, 0, '', '', $14, 0)
  ON CONFLICT (account_id, channel, dedup_key) DO NOTHING)sql";
constexpr db::Sql kAnyDue = R"sql(
  SELECT 1 FROM notice_delivery WHERE channel = $1 AND state IN ('waiting', 'sending') AND due_at_us <= $2 LIMIT 1)sql";
constexpr db::Sql kClaim = R"sql(
  WITH c AS MATERIALIZED (
    SELECT account_id, delivery_id FROM notice_delivery
    WHERE channel = $1 AND state IN ('waiting', 'sending') AND due_at_us <= $2
    ORDER BY due_at_us, delivery_id LIMIT 1 /*SKIP_LOCKED*/)
  UPDATE notice_delivery SET state = 'sending', tries = tries + 1, due_at_us = $3, lease_token = $4
  WHERE (account_id, delivery_id) IN (SELECT account_id, delivery_id FROM c)
  RETURNING account_id, delivery_id, channel, purpose, notice_id, dedup_key, address, kind, subject, link, code, state, tries,
            due_at_us, lease_token, provider_id, last_error, created_at_us, finished_at_us)sql";
constexpr db::Sql kMarkHanding = R"sql(
  UPDATE notice_delivery SET state = 'handing', address = $4, provider_id = $5
  WHERE account_id = $1 AND delivery_id = $2 AND lease_token = $3 AND state = 'sending')sql";
constexpr db::Sql kFinish = R"sql(
  UPDATE notice_delivery SET state = $4, due_at_us = $5, last_error = $6, code = $7, finished_at_us = $8
  WHERE account_id = $1 AND delivery_id = $2 AND lease_token = $3 AND state IN ('sending', 'handing'))sql";
constexpr db::Sql kFinishMembers = R"sql(
  UPDATE notice_delivery SET state = $3, last_error = $4, address = $5, provider_id = $6, finished_at_us = $7
  WHERE account_id = $1 AND digest_id = $2 AND state = 'digest')sql";
constexpr db::Sql kGiveUpHanding = R"sql(
  UPDATE notice_delivery SET state = 'unknown', finished_at_us = $1, code = '', last_error = 'sender_died'
  WHERE state = 'handing' AND due_at_us <= $1)sql";
constexpr db::Sql kGiveUpMembers = R"sql(
  UPDATE notice_delivery SET state = 'unknown', finished_at_us = $1, last_error = 'sender_died'
  WHERE state = 'digest' AND digest_id IN (
    SELECT delivery_id FROM notice_delivery WHERE state = 'unknown' AND purpose = 'digest' AND finished_at_us = $1))sql";
constexpr db::Sql kCancelWaiting = R"sql(
  UPDATE notice_delivery SET state = 'cancelled', finished_at_us = $3, code = '', last_error = 'switched_off'
  WHERE account_id = $1 AND channel = $2 AND state IN ('waiting', 'digest') AND purpose <> 'test')sql";
constexpr db::Sql kDeleteOld = R"sql(
  DELETE FROM notice_delivery WHERE state IN ('sent', 'cancelled') AND created_at_us < $1)sql";

constexpr db::Sql kJoinDigest = R"sql(
  UPDATE notice_delivery SET digest_id = $3
  WHERE account_id = $1 AND channel = $2 AND state = 'digest' AND digest_id = 0)sql";
constexpr db::Sql kSelectMembers = R"sql(
  SELECT account_id, delivery_id, channel, purpose, notice_id, dedup_key, address, kind, subject, link, code, state, tries,
         due_at_us, lease_token, provider_id, last_error, created_at_us, finished_at_us
  FROM notice_delivery WHERE account_id = $1 AND state = 'digest' AND digest_id = $2 ORDER BY delivery_id LIMIT $3)sql";
constexpr db::Sql kSelectOfNotices = R"sql(
  SELECT account_id, delivery_id, channel, purpose, notice_id, dedup_key, address, kind, subject, link, code, state, tries,
         due_at_us, lease_token, provider_id, last_error, created_at_us, finished_at_us
  FROM notice_delivery WHERE account_id = $1 AND notice_id BETWEEN $2 AND $3 ORDER BY delivery_id)sql";
constexpr db::Sql kList = R"sql(
  SELECT account_id, delivery_id, channel, purpose, notice_id, dedup_key, address, kind, subject, link, code, state, tries,
         due_at_us, lease_token, provider_id, last_error, created_at_us, finished_at_us
  FROM notice_delivery WHERE delivery_id < $3 AND ($1 = '' OR state = $1) AND ($2 = '' OR channel = $2)
  ORDER BY delivery_id DESC LIMIT $4)sql";
constexpr db::Sql kListByState = R"sql(
  SELECT account_id, delivery_id, channel, purpose, notice_id, dedup_key, address, kind, subject, link, code, state, tries,
         due_at_us, lease_token, provider_id, last_error, created_at_us, finished_at_us
  FROM notice_delivery WHERE state = $1 AND delivery_id < $3 AND ($2 = '' OR channel = $2)
  ORDER BY delivery_id DESC LIMIT $4)sql";
constexpr db::Sql kCount = "SELECT channel, state, COUNT(*) FROM notice_delivery GROUP BY channel, state";
constexpr db::Sql kFind = R"sql(
  SELECT account_id, delivery_id, channel, purpose, notice_id, dedup_key, address, kind, subject, link, code, state, tries,
         due_at_us, lease_token, provider_id, last_error, created_at_us, finished_at_us
  FROM notice_delivery WHERE delivery_id = $1)sql";
constexpr db::Sql kRevive = R"sql(
  UPDATE notice_delivery SET state = 'waiting', tries = 0, due_at_us = $3, finished_at_us = 0
  WHERE account_id = $1 AND delivery_id = $2 AND state IN ('failed', 'unknown'))sql";
// The members of a digest that is tried again go with it.
constexpr db::Sql kReviveMembers = R"sql(
  UPDATE notice_delivery SET state = 'digest', finished_at_us = 0
  WHERE account_id = $1 AND digest_id = $2 AND state IN ('failed', 'unknown'))sql";

Delivery DeliveryOf(const db::Row& row) {
  Delivery d;
  d.account_id = row.Int(0);
  d.delivery_id = row.Int(1);
  d.channel = row.Text(2);
  d.purpose = row.Text(3);
  d.notice_id = row.Int(4);
  d.dedup_key = row.Text(5);
  d.address = row.Text(6);
  d.kind = row.Text(7);
  d.subject = row.Text(8);
  d.link = row.Text(9);
  d.code = row.Text(10);
  d.state = row.Text(11);
  d.tries = row.Int(12);
  d.due_at_us = row.Int(13);
  d.lease_token = row.Int(14);
  d.provider_id = row.Text(15);
  d.last_error = row.Text(16);
  d.created_at_us = row.Int(17);
  d.finished_at_us = row.Int(18);
  return d;
}

std::vector<Delivery> DeliveriesOf(const db::Rows& rows) {
  std::vector<Delivery> out;
  out.reserve(rows.size());
  for (const auto& row : rows) out.push_back(DeliveryOf(row));
  return out;
}

}  // namespace

Result<Settings> GetSettings(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSelectSettings, {account_id}));
  Settings settings;
  if (!row) return settings;
  settings.language = row->Text(0);
  if (auto choices = json::Parse(row->Text(1)); choices.ok() && choices->is_object())
    settings.choices = std::move(choices->as_object());
  settings.quiet_from_minute = static_cast<int>(row->Int(2));
  settings.quiet_to_minute = static_cast<int>(row->Int(3));
  settings.digest_minute = static_cast<int>(row->Int(4));
  settings.unsubscribe_token = row->Text(5);
  return settings;
}

Status PutSettings(db::Tx& tx, int64_t account_id, const Settings& s) {
  TINHSO_TRY(tx.Execute(kUpsertSettings, {account_id, s.language, json::serialize(s.choices), s.quiet_from_minute,
                                          s.quiet_to_minute, s.digest_minute, s.unsubscribe_token}));
  return Ok();
}

Result<int64_t> AccountOfToken(db::Tx& tx, std::string_view unsubscribe_token) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kSelectToken, {unsubscribe_token}));
  return row ? row->Int(0) : 0;
}

Result<std::vector<Address>> Addresses(db::Tx& tx, int64_t account_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectAddresses, {account_id}));
  std::vector<Address> out;
  for (const auto& row : rows)
    out.push_back({row.Text(0), row.Text(1), row.Int(2), row.Int(3), row.Text(4), row.Text(5), row.Int(6), row.Int(7),
                   row.Text(8), row.Int(9)});
  return out;
}

Status PutAddress(db::Tx& tx, int64_t account_id, const Address& a) {
  TINHSO_TRY(tx.Execute(kUpsertAddress, {account_id, a.channel, a.address, a.verified_at_us, a.refused_at_us,
                                         a.pending_address, a.code_hash, a.code_expires_at_us, a.code_tries,
                                         a.codes_sent_on, a.codes_sent}));
  return Ok();
}

Status RefuseAddress(db::Tx& tx, int64_t account_id, std::string_view channel, std::string_view address, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kRefuseAddress, {now_us, account_id, channel, address}));
  return Ok();
}

Status DeleteAddress(db::Tx& tx, int64_t account_id, std::string_view channel) {
  TINHSO_TRY(tx.Execute(kDeleteAddress, {account_id, channel}));
  return Ok();
}

Result<bool> InsertDelivery(db::Tx& tx, const Delivery& d) {
  TINHSO_ASSIGN(int64_t made, tx.Execute(kInsertDelivery, {d.account_id, d.delivery_id, d.channel, d.purpose, d.notice_id,
                                                           d.dedup_key, d.address, d.kind, d.subject, d.link, d.code,
                                                           d.state, d.due_at_us, d.created_at_us}));
  return made == 1;
}

Result<bool> AnyDue(db::Tx& tx, std::string_view channel, TimeUs now_us) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kAnyDue, {channel, now_us}));
  return row.has_value();
}

Result<std::optional<Delivery>> Claim(db::Tx& tx, std::string_view channel, TimeUs now_us, TimeUs lease_until_us,
                                      int64_t lease_token) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kClaim, {channel, now_us, lease_until_us, lease_token}));
  return row ? std::optional(DeliveryOf(*row)) : std::nullopt;
}

Result<bool> MarkHanding(db::Tx& tx, const Delivery& d) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kMarkHanding, {d.account_id, d.delivery_id, d.lease_token, d.address,
                                                           d.provider_id}));
  return changed == 1;
}

Status Finish(db::Tx& tx, const Delivery& d) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kFinish, {d.account_id, d.delivery_id, d.lease_token, d.state, d.due_at_us,
                                                      d.last_error, d.code, d.finished_at_us}));
  if (changed == 1 && d.purpose == "digest" && d.state != "waiting") {
    TINHSO_TRY(tx.Execute(kFinishMembers, {d.account_id, d.delivery_id, d.state, d.last_error, d.address, d.provider_id,
                                           d.finished_at_us}));
  }
  return Ok();
}

Result<int64_t> GiveUpHanding(db::Tx& tx, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kGiveUpHanding, {now_us}));
  if (changed > 0) TINHSO_TRY(tx.Execute(kGiveUpMembers, {now_us}));
  return changed;
}

Status CancelWaiting(db::Tx& tx, int64_t account_id, std::string_view channel, TimeUs now_us) {
  TINHSO_TRY(tx.Execute(kCancelWaiting, {account_id, channel, now_us}));
  return Ok();
}

Status DeleteOld(db::Tx& tx, TimeUs created_before_us) {
  TINHSO_TRY(tx.Execute(kDeleteOld, {created_before_us}));
  return Ok();
}

Status JoinDigest(db::Tx& tx, const Delivery& digest) {
  TINHSO_TRY(tx.Execute(kJoinDigest, {digest.account_id, digest.channel, digest.delivery_id}));
  return Ok();
}

Result<std::vector<Delivery>> MembersOf(db::Tx& tx, const Delivery& digest, int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectMembers, {digest.account_id, digest.delivery_id, limit}));
  return DeliveriesOf(rows);
}

Result<std::vector<Delivery>> OfNotices(db::Tx& tx, int64_t account_id, int64_t first_id, int64_t last_id) {
  TINHSO_ASSIGN(auto rows, tx.Query(kSelectOfNotices, {account_id, first_id, last_id}));
  return DeliveriesOf(rows);
}

Result<std::vector<Delivery>> List(db::Tx& tx, std::string_view state, std::string_view channel, int64_t before_id,
                                   int64_t limit) {
  TINHSO_ASSIGN(auto rows, tx.Query(state.empty() ? kList : kListByState, {state, channel, before_id, limit}));
  return DeliveriesOf(rows);
}

Result<std::vector<StateCount>> CountDeliveries(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kCount, {}));
  std::vector<StateCount> out;
  for (const auto& row : rows) out.push_back({row.Text(0), row.Text(1), row.Int(2)});
  return out;
}

Result<std::optional<Delivery>> FindDelivery(db::Tx& tx, int64_t delivery_id) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kFind, {delivery_id}));
  return row ? std::optional(DeliveryOf(*row)) : std::nullopt;
}

Result<bool> Revive(db::Tx& tx, const Delivery& d, TimeUs now_us) {
  TINHSO_ASSIGN(int64_t changed, tx.Execute(kRevive, {d.account_id, d.delivery_id, now_us}));
  if (changed == 1 && d.purpose == "digest") TINHSO_TRY(tx.Execute(kReviveMembers, {d.account_id, d.delivery_id}));
  return changed == 1;
}

}  // namespace tinhso::notify::store
