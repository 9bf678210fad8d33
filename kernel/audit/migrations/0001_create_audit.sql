-- What happened: written once, in the transaction of the change, never updated or deleted.
CREATE TABLE audit_event (
  authority_id BIGINT NOT NULL,
  audit_id BIGINT NOT NULL,
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  assignment_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  data TEXT NOT NULL,
  salt TEXT NOT NULL,
  PRIMARY KEY (authority_id, audit_id)
);
-- "Who read my data": a person's own view goes across authorities.
CREATE INDEX audit_event_person ON audit_event (person_id, audit_id) WHERE person_id <> 0;
CREATE INDEX audit_event_subject ON audit_event (authority_id, subject_kind, subject_id, audit_id);

-- Leaf hashes not yet in a tree.
CREATE TABLE audit_stage (
  authority_id BIGINT NOT NULL,
  audit_id BIGINT NOT NULL,
  leaf_hash TEXT NOT NULL,
  PRIMARY KEY (authority_id, audit_id)
);

-- The log: the leaves of each authority's tree, in order.
CREATE TABLE audit_leaf (
  authority_id BIGINT NOT NULL,
  leaf_index BIGINT NOT NULL,
  audit_id BIGINT NOT NULL,
  leaf_hash TEXT NOT NULL,
  PRIMARY KEY (authority_id, leaf_index),
  UNIQUE (authority_id, audit_id)
);

-- The tree's head; frontier: the roots of its perfect subtrees, left to right, from which it grows.
CREATE TABLE audit_tree (
  authority_id BIGINT NOT NULL PRIMARY KEY,
  tree_size BIGINT NOT NULL,
  root_hash TEXT NOT NULL,
  frontier TEXT NOT NULL,
  sealed_at_us BIGINT NOT NULL
);

-- Every head there ever was: a tree rewritten later does not pass through them.
CREATE TABLE audit_checkpoint (
  authority_id BIGINT NOT NULL,
  tree_size BIGINT NOT NULL,
  root_hash TEXT NOT NULL,
  sealed_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, tree_size)
);
