-- Every change of working hours since when it is known, as special_day_change keeps days: the spans a unit has from then on, and one
-- row of weekday -1 for each change, so that a week taken away is a change too. Unit 0 is the province.
CREATE TABLE working_hours_change (
  unit_id BIGINT NOT NULL,
  known_at_us BIGINT NOT NULL,
  weekday INTEGER NOT NULL CHECK (weekday BETWEEN -1 AND 6),
  from_minute INTEGER NOT NULL,
  to_minute INTEGER NOT NULL,
  PRIMARY KEY (unit_id, known_at_us, weekday, from_minute)
);
INSERT INTO working_hours_change (unit_id, known_at_us, weekday, from_minute, to_minute)
SELECT unit_id, 0, weekday, from_minute, to_minute FROM working_span;
INSERT INTO working_hours_change (unit_id, known_at_us, weekday, from_minute, to_minute)
SELECT DISTINCT unit_id, 0, -1, 0, 0 FROM working_span;
