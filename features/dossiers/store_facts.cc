#include "store_facts.h"

#include <unordered_map>

namespace tinhso::dossiers::store {
namespace {

#define FACT_COLUMNS \
  "dossier_id, procedure_code, channel, handling_unit_id, filed_day, received_day, finished_day, returned_day, outcome, standing, " \
  "standing_day, due_day, supplement_count "

constexpr db::Sql kInsertFact =
    "INSERT INTO dossier_fact (authority_id, " FACT_COLUMNS R"sql() VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
  ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kInsertBefore = R"sql(
  INSERT INTO dossier_fact_before (authority_id, dossier_id, standing_day, until_day, standing, due_day, supplement_count)
  VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING)sql";
// What was true until today is kept; a change of the same day leaves nothing behind.
constexpr db::Sql kKeepStanding = R"sql(
  INSERT INTO dossier_fact_before (authority_id, dossier_id, standing_day, until_day, standing, due_day, supplement_count)
  SELECT authority_id, dossier_id, standing_day, $3, standing, due_day, supplement_count FROM dossier_fact
  WHERE authority_id = $1 AND dossier_id = $2 AND standing_day < $3 ON CONFLICT DO NOTHING)sql";
constexpr db::Sql kStand = R"sql(
  UPDATE dossier_fact SET received_day = $3, standing = $4, standing_day = $5, due_day = $6, supplement_count = $7, handling_unit_id = $8,
    filed_day = $9
  WHERE authority_id = $1 AND dossier_id = $2)sql";
constexpr db::Sql kFinish = R"sql(
  UPDATE dossier_fact SET received_day = $3, finished_day = $4, outcome = $5, handling_unit_id = $6,
    returned_day = CASE WHEN returned_day < $7 THEN returned_day ELSE $7 END
  WHERE authority_id = $1 AND dossier_id = $2)sql";
constexpr db::Sql kMoveHandling = R"sql(
  UPDATE dossier_fact SET handling_unit_id = $3 WHERE authority_id = $1 AND dossier_id = $2)sql";

constexpr db::Sql kGetFact = "SELECT " FACT_COLUMNS "FROM dossier_fact WHERE authority_id = $1 AND dossier_id = $2";
constexpr db::Sql kGetBefore = R"sql(
  SELECT standing_day, until_day, standing, due_day, supplement_count FROM dossier_fact_before
  WHERE authority_id = $1 AND dossier_id = $2 ORDER BY standing_day)sql";
constexpr db::Sql kFacts =
    "SELECT " FACT_COLUMNS "FROM dossier_fact WHERE authority_id = $1 AND finished_day >= $2 AND filed_day <= $3";
constexpr db::Sql kFactsDown =
    "SELECT " FACT_COLUMNS "FROM dossier_fact WHERE authority_id = $1 AND dossier_id < $4 AND finished_day >= $2 AND filed_day <= $3 "
    "ORDER BY dossier_id DESC";
constexpr db::Sql kStandingsOn = R"sql(
  SELECT dossier_id, standing_day, standing, due_day, supplement_count FROM dossier_fact_before
  WHERE authority_id = $1 AND until_day > $2 AND standing_day <= $2)sql";

#define EXTRAS \
  "CASE WHEN EXISTS (SELECT 1 FROM dossier_result r WHERE r.authority_id = f.authority_id AND r.dossier_id = f.dossier_id) THEN 1 ELSE 0 END, " \
  "CASE WHEN EXISTS (SELECT 1 FROM dossier_file p WHERE p.authority_id = f.authority_id AND p.dossier_id = f.dossier_id) THEN 1 ELSE 0 END, " \
  "CASE WHEN EXISTS (SELECT 1 FROM dossier_paper q WHERE q.authority_id = f.authority_id AND q.dossier_id = f.dossier_id AND " \
  "q.source_dossier_code <> '') THEN 1 ELSE 0 END, " \
  "COALESCE((SELECT score FROM dossier_rating s WHERE s.authority_id = f.authority_id AND s.dossier_id = f.dossier_id), 0) FROM dossier_fact f "
constexpr db::Sql kExtras = "SELECT f.dossier_id, " EXTRAS "WHERE f.authority_id = $1 AND f.dossier_id = $2";
constexpr db::Sql kAllExtras = "SELECT f.dossier_id, " EXTRAS "WHERE f.authority_id = $1 AND f.finished_day >= $2 AND f.filed_day <= $3";

constexpr db::Sql kRated = R"sql(
  SELECT r.dossier_id, f.procedure_code, f.handling_unit_id, f.filed_day, f.finished_day, r.score,
    COALESCE(a.question_set, ''), COALESCE(a.question_id, ''), COALESCE(a.value, 0)
  FROM dossier_rating r
  JOIN dossier_fact f ON f.authority_id = r.authority_id AND f.dossier_id = r.dossier_id
  LEFT JOIN dossier_rating_answer a ON a.authority_id = r.authority_id AND a.dossier_id = r.dossier_id
  WHERE r.authority_id = $1 AND f.finished_day >= $2 AND f.finished_day <= $3
  ORDER BY r.dossier_id, a.question_id)sql";

constexpr db::Sql kPending = "SELECT authority_id FROM dossier_fact_pending ORDER BY authority_id";
constexpr db::Sql kForgetPending = "DELETE FROM dossier_fact_pending WHERE authority_id = $1";

Fact ReadFact(const db::Row& row, int64_t authority_id) {
  Fact f;
  f.authority_id = authority_id;
  f.dossier_id = row.Int(0);
  f.procedure_code = row.Text(1);
  f.channel = row.Text(2);
  f.handling_unit_id = row.Int(3);
  f.filed_day = row.Int(4);
  f.received_day = row.Int(5);
  f.finished_day = row.Int(6);
  f.returned_day = row.Int(7);
  f.outcome = row.Text(8);
  f.standing = row.Text(9);
  f.standing_day = row.Int(10);
  f.due_day = row.Int(11);
  f.supplement_count = row.Int(12);
  return f;
}

// Puts the standing of the end of a day in the place of a later one.
class StandingsOn {
 public:
  Status Load(db::Tx& tx, int64_t authority_id, int64_t day) {
    day_ = day;
    return tx.ForEach(kStandingsOn, {authority_id, day}, [&](const db::Row& row) {
      earlier_[row.Int(0)] = {row.Int(1), 0, row.Text(2), row.Int(3), row.Int(4)};
      return true;
    });
  }
  void Apply(Fact& f) const {
    if (f.standing_day <= day_) return;
    const auto it = earlier_.find(f.dossier_id);
    if (it == earlier_.end()) return;
    f.standing = it->second.standing;
    f.standing_day = it->second.standing_day;
    f.due_day = it->second.due_day;
    f.supplement_count = it->second.supplement_count;
  }

 private:
  int64_t day_ = 0;
  std::unordered_map<int64_t, EarlierStanding> earlier_;
};

FactExtras ReadExtras(const db::Row& row) { return {row.Int(1) != 0, row.Int(2) != 0, row.Int(3) != 0, row.Int(4)}; }

}  // namespace

Status InsertFacts(db::Tx& tx, const FactLog& facts) {
  const Fact& f = facts.fact;
  TINHSO_TRY(tx.Send(kInsertFact, {f.authority_id, f.dossier_id, f.procedure_code, f.channel, f.handling_unit_id, f.filed_day, f.received_day,
                                   f.finished_day, f.returned_day, f.outcome, f.standing, f.standing_day, f.due_day, f.supplement_count}));
  for (const EarlierStanding& b : facts.before)
    TINHSO_TRY(tx.Send(kInsertBefore, {f.authority_id, f.dossier_id, b.standing_day, b.until_day, b.standing, b.due_day, b.supplement_count}));
  return Ok();
}

Status FollowFacts(db::Tx& tx, const Dossier& d, TimeUs now_us) {
  const Reported now = ReportedOf(d);
  const Reported& was = d.reported;
  if (now == was) return Ok();
  const int64_t today = FactDay(now_us);
  const int64_t received_day = d.received_at_us ? FactDay(*d.received_at_us) : kNoDay;
  if (now.finished)
    return tx.Send(kFinish, {d.authority_id, d.dossier_id, received_day, FactDay(*d.finished_at_us), OutcomeOf(d.national_state), d.handling_unit_id,
                             now.returned ? today : kNoDay});
  if (now.SameStanding(was)) return tx.Send(kMoveHandling, {d.authority_id, d.dossier_id, d.handling_unit_id});
  if (was.received) TINHSO_TRY(tx.Send(kKeepStanding, {d.authority_id, d.dossier_id, today}));
  return tx.Send(kStand, {d.authority_id, d.dossier_id, received_day, now.standing, now.received ? today : FactDay(d.FiledAt()),
                          DayOfDate(d.due_on), d.supplement_count, d.handling_unit_id, FactDay(d.FiledAt())});
}

Result<FactLog> GetFacts(db::Tx& tx, Key key) {
  FactLog out;
  TINHSO_ASSIGN(auto row, tx.QueryOne(kGetFact, {key.authority_id, key.dossier_id}));
  if (!row) return out;
  out.fact = ReadFact(*row, key.authority_id);
  TINHSO_ASSIGN(auto rows, tx.Query(kGetBefore, {key.authority_id, key.dossier_id}));
  for (const db::Row& b : rows) out.before.push_back({b.Int(0), b.Int(1), b.Text(2), b.Int(3), b.Int(4)});
  return out;
}

Status ForEachFact(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(Fact&)>& visit) {
  StandingsOn standings;
  TINHSO_TRY(standings.Load(tx, authority_id, to_day));
  return tx.ForEach(kFacts, {authority_id, from_day, to_day}, [&](const db::Row& row) {
    Fact f = ReadFact(row, authority_id);
    standings.Apply(f);
    visit(f);
    return true;
  });
}

Status ForEachFactDown(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day, int64_t before_dossier_id,
                       const std::function<bool(Fact&)>& visit) {
  StandingsOn standings;
  TINHSO_TRY(standings.Load(tx, authority_id, to_day));
  return tx.ForEach(kFactsDown, {authority_id, from_day, to_day, before_dossier_id}, [&](const db::Row& row) {
    Fact f = ReadFact(row, authority_id);
    standings.Apply(f);
    return visit(f);
  });
}

Result<FactExtras> Extras(db::Tx& tx, Key key) {
  TINHSO_ASSIGN(auto row, tx.QueryOne(kExtras, {key.authority_id, key.dossier_id}));
  return row ? ReadExtras(*row) : FactExtras{};
}

Status ForEachExtras(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day,
                     const std::function<void(int64_t, const FactExtras&)>& visit) {
  return tx.ForEach(kAllExtras, {authority_id, from_day, to_day}, [&](const db::Row& row) {
    visit(row.Int(0), ReadExtras(row));
    return true;
  });
}

Status ForEachRated(db::Tx& tx, int64_t authority_id, int64_t from_day, int64_t to_day, const std::function<void(const Rated&)>& visit) {
  Rated one;
  TINHSO_TRY(tx.ForEach(kRated, {authority_id, from_day, to_day}, [&](const db::Row& row) {
    if (one.fact.dossier_id != row.Int(0)) {
      if (one.fact.dossier_id != 0) visit(one);
      one = {};
      one.fact.authority_id = authority_id;
      one.fact.dossier_id = row.Int(0);
      one.fact.procedure_code = row.Text(1);
      one.fact.handling_unit_id = row.Int(2);
      one.fact.filed_day = row.Int(3);
      one.fact.finished_day = row.Int(4);
      one.score = row.Int(5);
      one.question_set = row.Text(6);
    }
    if (!one.question_set.empty()) one.answers.emplace_back(row.Text(7), row.Int(8));
    return true;
  }));
  if (one.fact.dossier_id != 0) visit(one);
  return Ok();
}

Result<std::vector<int64_t>> PendingAuthorities(db::Tx& tx) {
  TINHSO_ASSIGN(auto rows, tx.Query(kPending, {}));
  std::vector<int64_t> out;
  for (const db::Row& row : rows) out.push_back(row.Int(0));
  return out;
}

Status ForgetPending(db::Tx& tx, int64_t authority_id) { return tx.Send(kForgetPending, {authority_id}); }

}  // namespace tinhso::dossiers::store
