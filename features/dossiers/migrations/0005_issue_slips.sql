-- An official slip, from its first printing on: number, form and content stay. event_id is the act it records; 0 for the control
-- sheet, which grows with the dossier and keeps only its number.
CREATE TABLE dossier_slip (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  records TEXT NOT NULL,
  event_id BIGINT NOT NULL,
  slip_no TEXT NOT NULL,
  number BIGINT NOT NULL,
  issued_at_us BIGINT NOT NULL,
  template_id TEXT NOT NULL,
  template_version INTEGER NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id, records, event_id)
);
