// The only SQL of calendar feeds. Every function runs in the caller's Tx.
#pragma once
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "kernel/db/db.h"

namespace tinhso::calendar_feed::store {

struct Feed {
  int64_t account_id = 0;
  std::string secret_sha256;
  TimeUs made_at_us = 0;
};
Result<std::optional<Feed>> Find(db::Tx& tx, int64_t account_id);
Result<std::optional<Feed>> FindBySecret(db::Tx& tx, std::string_view secret_sha256);
Status Put(db::Tx& tx, const Feed& feed);
Result<bool> Delete(db::Tx& tx, int64_t account_id);

}  // namespace tinhso::calendar_feed::store
