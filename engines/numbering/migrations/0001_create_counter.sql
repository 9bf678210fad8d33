-- One row per series of numbers. The row is locked by the transaction that takes the next value, so a rolled-back
-- transaction gives its number back and no gap is left.
CREATE TABLE counter (
  authority_id BIGINT NOT NULL,
  series TEXT NOT NULL,
  value BIGINT NOT NULL CHECK (value > 0),
  PRIMARY KEY (authority_id, series)
);
