-- What packs brought in. Reference data: no authority. A published version never changes, so a running dossier finds the
-- form and the workflow it started with; is_current marks what new dossiers get.
CREATE TABLE pack_release (
  release_id BIGINT PRIMARY KEY,
  pack TEXT NOT NULL,
  version INTEGER NOT NULL,
  content_sha256 TEXT NOT NULL,
  manifest TEXT NOT NULL,
  form_count INTEGER NOT NULL,
  workflow_count INTEGER NOT NULL,
  procedure_count INTEGER NOT NULL,
  print_count INTEGER NOT NULL,
  account_id BIGINT NOT NULL,
  published_at_us BIGINT NOT NULL
);
CREATE INDEX pack_release_by_pack ON pack_release (pack, release_id);
CREATE TABLE pack_item (
  kind TEXT NOT NULL CHECK (kind IN ('form', 'workflow', 'procedure', 'print')),
  item_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  pack TEXT NOT NULL,
  content_sha256 TEXT NOT NULL,
  definition TEXT NOT NULL,
  is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
  published_at_us BIGINT NOT NULL,
  PRIMARY KEY (kind, item_id, version)
);
