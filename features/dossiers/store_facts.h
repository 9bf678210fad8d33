// The SQL of reporting facts. Every function runs in the caller's Tx.
#pragma once
#include <functional>
#include <vector>

#include "facts.h"
#include "store.h"

namespace tinhso::dossiers {

struct FactLog {
  Fact fact;
  std::vector<EarlierStanding> before;
  bool operator==(const FactLog&) const = default;
};
// The facts of a dossier by its events alone; what no event tells (who it is, its procedure) is taken from the row.
FactLog FactsOf(const store::Dossier& d, const std::vector<store::Event>& events);

// Words of a fact: what is true of an open dossier (`received` by now), how one ended, a day written out.
const char* StandingOf(int64_t national_state, bool received);
const char* OutcomeOf(int64_t national_state);
int64_t DayOfDate(const std::optional<std::string>& on);

namespace store {

Status InsertFacts(db::Tx& tx, const FactLog& facts);
// What a change of the row means for its facts; nothing when `d.reported` says they stand.
Status FollowFacts(db::Tx& tx, const Dossier& d, TimeUs now_us);
Result<FactLog> GetFacts(db::Tx& tx, Key key);

// Facts of an authority that count in the days from `from_day` to `to_day`: filed by then and not finished before. Their standing is
// that at the end of `to_day`.
Status ForEachFact(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(Fact&)>& visit);
// The same, newest first, before a dossier; `visit` returns false to stop.
Status ForEachFactDown(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day, int64_t before_dossier_id,
                       const std::function<bool(Fact&)>& visit);
Result<FactExtras> Extras(db::Tx& tx, Key key);
Status ForEachExtras(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day,
                     const std::function<void(int64_t dossier_id, const FactExtras&)>& visit);

// Ratings of dossiers that ended in the days, each once, with all its answers.
Status ForEachRated(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(const Rated&)>& visit);

Result<std::vector<int64_t>> PendingAuthorities(db::Tx& tx);
Status ForgetPending(db::Tx& tx, int64_t authority_id);

}  // namespace store
}  // namespace tinhso::dossiers
