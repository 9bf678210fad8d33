-- Administrative areas (đơn vị hành chính) are reference data: the same for every authority. A code may name another area after a
-- reorganisation, so an area is a code and the day it begins. '' in valid_from_on: from before the records begin.
CREATE TABLE area (
  area_code TEXT NOT NULL,
  valid_from_on TEXT NOT NULL,
  valid_to_on TEXT NOT NULL,
  level TEXT NOT NULL CHECK (level IN ('province', 'district', 'commune')),
  name TEXT NOT NULL,
  parent_code TEXT NOT NULL,
  listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
  PRIMARY KEY (area_code, valid_from_on)
);

CREATE TABLE area_alias (
  alias TEXT NOT NULL PRIMARY KEY,
  area_code TEXT NOT NULL
);

CREATE TABLE area_succession (
  from_code TEXT NOT NULL,
  to_code TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  part TEXT NOT NULL CHECK (part IN ('full', 'partial')),
  note TEXT NOT NULL,
  PRIMARY KEY (from_code, effective_on, to_code)
);

CREATE TABLE area_boundary (
  area_code TEXT NOT NULL,
  valid_from_on TEXT NOT NULL,
  zoom INTEGER NOT NULL CHECK (zoom BETWEEN 0 AND 2),
  geometry TEXT NOT NULL,
  PRIMARY KEY (area_code, valid_from_on, zoom)
);
