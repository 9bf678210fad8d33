// The SQL of settings, addresses and deliveries.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "kernel/notify/notify.h"
#include "topics.h"

namespace tinhso::notify::store {

struct Address {
  std::string channel;
  std::string address;  // "" = none proved yet
  TimeUs verified_at_us = 0, refused_at_us = 0;
  std::string pending_address, code_hash;
  TimeUs code_expires_at_us = 0;
  int64_t code_tries = 0;
  std::string codes_sent_on;  // the day that codes_sent counts
  int64_t codes_sent = 0;
  bool usable() const { return !address.empty() && refused_at_us == 0; }
};

struct Delivery {
  int64_t account_id = 0, delivery_id = 0;
  std::string channel, purpose;
  int64_t notice_id = 0;
  std::string dedup_key, address, kind, subject, link, code;
  std::string state = "waiting";
  int64_t tries = 0;
  TimeUs due_at_us = 0;
  int64_t lease_token = 0;
  std::string provider_id, last_error;
  TimeUs created_at_us = 0, finished_at_us = 0;
};

Result<Settings> GetSettings(db::Tx& tx, int64_t account_id);  // the defaults when there are none
Status PutSettings(db::Tx& tx, int64_t account_id, const Settings& settings);
// 0 when no account has this token.
Result<int64_t> AccountOfToken(db::Tx& tx, std::string_view unsubscribe_token);

Result<std::vector<Address>> Addresses(db::Tx& tx, int64_t account_id);
Status PutAddress(db::Tx& tx, int64_t account_id, const Address& address);
Status RefuseAddress(db::Tx& tx, int64_t account_id, std::string_view channel, std::string_view address, TimeUs now_us);
Status DeleteAddress(db::Tx& tx, int64_t account_id, std::string_view channel);

// False when the account has one with this channel and dedup_key.
Result<bool> InsertDelivery(db::Tx& tx, const Delivery& delivery);
Result<bool> AnyDue(db::Tx& tx, std::string_view channel, TimeUs now_us);
// The delivery that has waited longest, as 'sending' until `lease_until_us`. One whose sender died before handing it over is
// taken again.
Result<std::optional<Delivery>> Claim(db::Tx& tx, std::string_view channel, TimeUs now_us, TimeUs lease_until_us,
                                      int64_t lease_token);
// The address the message goes to is part of the record. False when the lease was lost.
Result<bool> MarkHanding(db::Tx& tx, const Delivery& delivery);
// state, due_at_us, last_error, provider_id, code and finished_at_us of `delivery`, if the lease is still its. A digest takes its
// members along when it is over.
Status Finish(db::Tx& tx, const Delivery& delivery);
// 'handing' since before its lease's end: nobody knows.
Result<int64_t> GiveUpHanding(db::Tx& tx, TimeUs now_us);
Status CancelWaiting(db::Tx& tx, int64_t account_id, std::string_view channel, TimeUs now_us);
Status DeleteOld(db::Tx& tx, TimeUs created_before_us);

// The notices that go with this digest; those not yet in one join it.
Result<std::vector<Delivery>> MembersOf(db::Tx& tx, const Delivery& digest, int64_t limit);
Status JoinDigest(db::Tx& tx, const Delivery& digest);

// Of notices first_id … last_id of an account.
Result<std::vector<Delivery>> OfNotices(db::Tx& tx, int64_t account_id, int64_t first_id, int64_t last_id);
// Newest first; state and channel "" = any.
Result<std::vector<Delivery>> List(db::Tx& tx, std::string_view state, std::string_view channel, int64_t before_id, int64_t limit);
struct StateCount {
  std::string channel, state;
  int64_t count;
};
Result<std::vector<StateCount>> CountDeliveries(db::Tx& tx);
Result<std::optional<Delivery>> FindDelivery(db::Tx& tx, int64_t delivery_id);
Result<bool> Revive(db::Tx& tx, const Delivery& delivery, TimeUs now_us);

}  // namespace tinhso::notify::store
