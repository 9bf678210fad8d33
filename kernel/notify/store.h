// The only SQL of kernel/notify.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "base/json.h"
#include "kernel/notify/notify.h"

namespace tinhso::notify::store {

struct NoticeRow {
  int64_t notice_id;
  std::string kind, subject, link;
  TimeUs created_at_us, read_at_us;  // read_at_us 0 = unread
};

// False when the account has one with this dedup_key.
Result<bool> Insert(db::Tx& tx, const Notice& notice, int64_t notice_id, TimeUs now_us);
// Newest first, ids below `before_id` (ids grow with time).
Result<std::vector<NoticeRow>> Page(db::Tx& tx, int64_t account_id, int64_t before_id, int64_t limit);
Result<int64_t> CountUnread(db::Tx& tx, int64_t account_id);
// How many became read.
Result<int64_t> MarkAllRead(db::Tx& tx, int64_t account_id, TimeUs now_us);


// Oldest first, ids above `after_id`.
Result<std::vector<NoticeRow>> After(db::Tx& tx, int64_t account_id, int64_t after_id, int64_t limit);
// Everybody's from `floor_id` on, oldest first.
Status Recent(db::Tx& tx, int64_t floor_id, int64_t limit,
              const std::function<void(int64_t account_id, NoticeRow row)>& fn);
Status Signal(db::Tx& tx, int64_t authority_id, int64_t signal_id);
Status Signals(db::Tx& tx, int64_t floor_id, const std::function<void(int64_t authority_id, int64_t signal_id)>& fn);

}  // namespace tinhso::notify::store

namespace tinhso::notify {
json::object NoticeJson(const store::NoticeRow& row);
}
