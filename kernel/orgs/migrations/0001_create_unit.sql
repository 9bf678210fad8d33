CREATE TABLE unit (
  unit_id BIGINT NOT NULL PRIMARY KEY,
  parent_id BIGINT NOT NULL,
  authority_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('province', 'department', 'commune', 'centre', 'division', 'one_stop_desk')),
  unit_code TEXT NOT NULL UNIQUE,
  area_code TEXT NOT NULL,
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  folded TEXT NOT NULL,
  name_by_admin INTEGER NOT NULL CHECK (name_by_admin IN (0, 1)),
  valid_from_on TEXT NOT NULL,
  valid_to_on TEXT NOT NULL,
  version BIGINT NOT NULL
);

CREATE TABLE unit_alias (
  alias TEXT NOT NULL PRIMARY KEY,
  unit_id BIGINT NOT NULL
);

CREATE TABLE unit_event (
  unit_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (unit_id, event_id)
);

CREATE TABLE special_day (
  special_on TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL CHECK (kind IN ('holiday', 'compensatory', 'swapped_off', 'swapped_work')),
  name TEXT NOT NULL,
  source TEXT NOT NULL,
  by_admin INTEGER NOT NULL CHECK (by_admin IN (0, 1)),
  removed INTEGER NOT NULL CHECK (removed IN (0, 1))
);

CREATE TABLE working_span (
  unit_id BIGINT NOT NULL,
  weekday INTEGER NOT NULL CHECK (weekday BETWEEN 0 AND 6),
  from_minute INTEGER NOT NULL,
  to_minute INTEGER NOT NULL,
  PRIMARY KEY (unit_id, weekday, from_minute),
  CHECK (from_minute >= 0 AND from_minute < to_minute AND to_minute <= 1440)
);
