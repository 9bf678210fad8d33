CREATE INDEX notice_recent ON notice (notice_id);

-- The last change to the work of an authority's officers: a new signal_id each time. A few thousand rows, read whole.
CREATE TABLE live_signal (
  authority_id BIGINT NOT NULL PRIMARY KEY,
  signal_id BIGINT NOT NULL
);
