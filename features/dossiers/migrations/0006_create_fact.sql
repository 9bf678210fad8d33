-- What reports count of a dossier, without personal data: a row written in the transaction that files or moves it. Days are counted
-- since 1970-01-01 in Viet Nam; 9999999 = not yet. `standing` is the last one while it was open.
CREATE TABLE dossier_fact (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  procedure_code TEXT NOT NULL,
  channel TEXT NOT NULL,
  handling_unit_id BIGINT NOT NULL,
  filed_day INTEGER NOT NULL,
  received_day INTEGER NOT NULL,
  finished_day INTEGER NOT NULL,
  returned_day INTEGER NOT NULL,
  outcome TEXT NOT NULL CHECK (outcome IN ('', 'settled', 'refused', 'withdrawn', 'stopped')),
  standing TEXT NOT NULL CHECK (standing IN ('waiting', 'running', 'supplement', 'financial')),
  standing_day INTEGER NOT NULL,
  due_day INTEGER NOT NULL,
  supplement_count INTEGER NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);
CREATE INDEX dossier_fact_by_finished ON dossier_fact (authority_id, finished_day);

-- Earlier standings of a received dossier, from a day until the day before `until_day`, so that the report of a past period says
-- what was true at its end.
CREATE TABLE dossier_fact_before (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  standing_day INTEGER NOT NULL,
  until_day INTEGER NOT NULL,
  standing TEXT NOT NULL,
  due_day INTEGER NOT NULL,
  supplement_count INTEGER NOT NULL,
  PRIMARY KEY (authority_id, dossier_id, standing_day)
);
CREATE INDEX dossier_fact_before_until ON dossier_fact_before (authority_id, until_day);

-- Authorities whose older dossiers have no facts yet; filled from the events at the next start.
CREATE TABLE dossier_fact_pending (
  authority_id BIGINT NOT NULL,
  PRIMARY KEY (authority_id)
);
INSERT INTO dossier_fact_pending (authority_id) SELECT DISTINCT authority_id FROM dossier;
