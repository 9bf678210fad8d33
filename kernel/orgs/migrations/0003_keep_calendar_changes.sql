-- Every change of the calendar since when it is known, so that a due date given before can be proven with what was known then.
-- removed = 1: from then on the day is as its week has it.
CREATE TABLE special_day_change (
  special_on TEXT NOT NULL,
  known_at_us BIGINT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
  PRIMARY KEY (special_on, known_at_us)
);
INSERT INTO special_day_change (special_on, known_at_us, kind, name, source, removed)
SELECT special_on, 0, kind, name, source, removed FROM special_day;
