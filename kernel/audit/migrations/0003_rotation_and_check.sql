-- Changes of the log's key, each announced in the checkpoint at tree_size, which both keys signed.
CREATE TABLE audit_rotation (
  authority_id BIGINT NOT NULL,
  tree_size BIGINT NOT NULL,
  old_key TEXT NOT NULL,
  new_key TEXT NOT NULL,
  rotated_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, tree_size)
);
-- A check of the whole log on its way: how far it is and what it has found. version: whoever saves from another one has lost.
CREATE TABLE audit_check (
  authority_id BIGINT NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  state TEXT NOT NULL
);
