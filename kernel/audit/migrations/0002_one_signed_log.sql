-- One log for the installation instead of one tree for each authority (docs/adr: the audit log's layout). The leaves
-- sealed so far go back to the stage with the hash they had, so that the new log takes up exactly those events.
ALTER TABLE audit_stage RENAME COLUMN leaf_hash TO entry_hash;
-- Persons that an event about many shows data of, for audit_seen: "id id …". Not kept after sealing.
ALTER TABLE audit_stage ADD COLUMN people TEXT NOT NULL DEFAULT '';
UPDATE audit_stage SET entry_hash = 'leaf:' || entry_hash;
INSERT INTO audit_stage (authority_id, audit_id, entry_hash)
  SELECT authority_id, audit_id, 'leaf:' || leaf_hash FROM audit_leaf;
DROP TABLE audit_leaf;
DROP TABLE audit_tree;
DROP TABLE audit_checkpoint;

-- The event audit.erased that took away this event's salt and body; 0 = whole.
ALTER TABLE audit_event ADD COLUMN erased_by BIGINT NOT NULL DEFAULT 0;

-- The log's head. authority_id is 0 in every table of the log: the installation's own, on one shard.
-- frontier: the roots of its perfect subtrees, left to right, from which it grows.
CREATE TABLE audit_log (
  authority_id BIGINT NOT NULL PRIMARY KEY,
  verifier_key TEXT NOT NULL,
  tree_size BIGINT NOT NULL,
  frontier TEXT NOT NULL,
  sealed_at_us BIGINT NOT NULL,
  verified_at_us BIGINT NOT NULL,
  verify_report TEXT NOT NULL
);

-- The entries in order; the leaf of the tree is SHA-256(0x00 || entry).
CREATE TABLE audit_entry (
  authority_id BIGINT NOT NULL,
  leaf_index BIGINT NOT NULL,
  event_authority_id BIGINT NOT NULL,
  audit_id BIGINT NOT NULL,
  entry_hash TEXT NOT NULL,
  PRIMARY KEY (authority_id, leaf_index),
  UNIQUE (authority_id, audit_id)
);

-- Roots of the full subtrees of height 8, 16, 24 … (levels 1, 2, 3 … of the tiles).
CREATE TABLE audit_node (
  authority_id BIGINT NOT NULL,
  level BIGINT NOT NULL,
  node_index BIGINT NOT NULL,
  node_hash TEXT NOT NULL,
  PRIMARY KEY (authority_id, level, node_index)
);

-- Every signed head there ever was: a tree rewritten later does not pass through them.
CREATE TABLE audit_checkpoint (
  authority_id BIGINT NOT NULL,
  tree_size BIGINT NOT NULL,
  root_hash TEXT NOT NULL,
  note TEXT NOT NULL,
  signed_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, tree_size)
);

-- Other installations that co-sign our checkpoints. state: new, ok, unreachable, refused, alarm.
CREATE TABLE audit_witness (
  authority_id BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  verifier_key TEXT NOT NULL,
  url TEXT NOT NULL,
  seen_size BIGINT NOT NULL,
  seen_at_us BIGINT NOT NULL,
  state TEXT NOT NULL,
  state_detail TEXT NOT NULL,
  state_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, key_id)
);
CREATE TABLE audit_cosignature (
  authority_id BIGINT NOT NULL,
  tree_size BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (authority_id, tree_size, key_id)
);

-- Logs of other installations that we co-sign: the newest checkpoint seen. alarm: "", rewritten, proof_refused.
CREATE TABLE audit_watched (
  authority_id BIGINT NOT NULL,
  key_id TEXT NOT NULL,
  origin TEXT NOT NULL,
  verifier_key TEXT NOT NULL,
  tree_size BIGINT NOT NULL,
  note TEXT NOT NULL,
  seen_at_us BIGINT NOT NULL,
  alarm TEXT NOT NULL,
  alarm_note TEXT NOT NULL,
  alarm_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, key_id),
  UNIQUE (authority_id, origin)
);

-- A person's own view of the events that showed many people at once; filled when the event is sealed.
CREATE TABLE audit_seen (
  person_id BIGINT NOT NULL,
  audit_id BIGINT NOT NULL,
  authority_id BIGINT NOT NULL,
  PRIMARY KEY (person_id, audit_id)
);
