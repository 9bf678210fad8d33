-- Named filters of the inbox: an officer's own within an authority, in his order; a shared one is seen by everyone of the office.
CREATE TABLE inbox_view (
  authority_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  view_id BIGINT NOT NULL,
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  place INTEGER NOT NULL,
  shared INTEGER NOT NULL CHECK (shared IN (0, 1)),
  author_name TEXT NOT NULL,
  PRIMARY KEY (authority_id, account_id, view_id)
);
CREATE INDEX inbox_view_shared ON inbox_view (authority_id, name) WHERE shared = 1;
