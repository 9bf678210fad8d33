-- What the national portal knows of each dossier: one row, from the first change after it was connected.
CREATE TABLE portal_dossier (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  dossier_code TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'refused')),
  changes BIGINT NOT NULL,
  changed_at_us BIGINT NOT NULL,
  sent_event_id BIGINT NOT NULL,
  sent_at_us BIGINT NOT NULL,
  attempts INTEGER NOT NULL,
  error_code TEXT NOT NULL,
  error_text TEXT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);
CREATE INDEX portal_dossier_waiting ON portal_dossier (authority_id, changed_at_us) WHERE state = 'waiting';

CREATE INDEX portal_dossier_refused ON portal_dossier (authority_id, changed_at_us) WHERE state = 'refused';
