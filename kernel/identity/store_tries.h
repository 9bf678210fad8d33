// The SQL of wrong tries at signing in, and of the places somebody signed in from.
#pragma once
#include <map>
#include <span>
#include <string>

#include "kernel/db/db.h"

namespace tinhso::identity::store {

struct TryRow {
  int64_t tries = 0;  // 0 = not a count: a place signed in from
  TimeUs last_at_us = 0;
};

// At most four keys; those without a row are absent.
Result<std::map<std::string, TryRow>> TriesOf(db::Tx& tx, std::span<const std::string> key_hashes);
// One more try; begins anew when the last was before `forget_before_us`.
Status CountTry(db::Tx& tx, std::string_view key_hash, TimeUs now_us, TimeUs forget_before_us, TimeUs expires_at_us);
Status ForgetTries(db::Tx& tx, std::string_view key_hash);
// Writes only when the place is new or was last noted before `older_than_us`.
Status RememberPlace(db::Tx& tx, std::string_view key_hash, TimeUs now_us, TimeUs older_than_us, TimeUs expires_at_us);
Status SweepTries(db::Tx& tx, TimeUs now_us);

}  // namespace tinhso::identity::store
