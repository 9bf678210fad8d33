-- The catalogue is reference data: no authority_id (ADR: storage rules 2).
CREATE TABLE procedure (
  procedure_code TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  field TEXT NOT NULL,
  field_folded TEXT NOT NULL,
  levels TEXT NOT NULL,
  raw_sha256 TEXT NOT NULL,
  parser_version INTEGER NOT NULL,
  brief_json TEXT NOT NULL,
  updated_at_us BIGINT NOT NULL
);

-- Bodies apart from the list row: a start reads every list row and no body.
CREATE TABLE procedure_version (
  procedure_code TEXT NOT NULL,
  version INTEGER NOT NULL,
  decision_no TEXT NOT NULL,
  effective_on TEXT NOT NULL,
  raw_sha256 TEXT NOT NULL,
  body_json TEXT NOT NULL,
  raw_json TEXT NOT NULL,
  imported_at_us BIGINT NOT NULL,
  PRIMARY KEY (procedure_code, version)
);

CREATE TABLE procedure_config (
  procedure_code TEXT NOT NULL PRIMARY KEY,
  config_version INTEGER NOT NULL,
  form_id TEXT NOT NULL,
  workflow_id TEXT NOT NULL,
  result_template TEXT NOT NULL,
  definition_json TEXT NOT NULL,
  updated_at_us BIGINT NOT NULL
);

-- One row; every change of the catalogue raises it, so that other processes know to read again.
CREATE TABLE procedure_revision (
  revision_id INTEGER NOT NULL PRIMARY KEY CHECK (revision_id = 1),
  revision BIGINT NOT NULL
);
INSERT INTO procedure_revision (revision_id, revision) VALUES (1, 1);
