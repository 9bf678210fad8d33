-- How each submitted paper came: 0 not digitised, 1 digitised, 2 reused from another dossier's paper, 3 from an earlier result.
ALTER TABLE dossier_paper ADD COLUMN digitisation INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dossier_paper ADD COLUMN source_dossier_code TEXT NOT NULL DEFAULT '';
UPDATE dossier_paper SET digitisation = 1 WHERE EXISTS (
  SELECT 1 FROM dossier_file f WHERE f.authority_id = dossier_paper.authority_id AND f.dossier_id = dossier_paper.dossier_id
    AND f.submitted_paper_id = dossier_paper.submitted_paper_id);
-- Who filed for the person, while the consent holds; 0 = nobody.
ALTER TABLE dossier ADD COLUMN proxy_person_id BIGINT NOT NULL DEFAULT 0;
CREATE TABLE dossier_proxy (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  person_id BIGINT NOT NULL,
  full_name TEXT NOT NULL,
  personal_no TEXT NOT NULL,
  phone TEXT NOT NULL,
  relation TEXT NOT NULL CHECK (relation IN ('relative', 'community_team', 'other')),
  relation_note TEXT NOT NULL,
  consent TEXT NOT NULL CHECK (consent IN ('paper', 'statement')),
  consent_on TEXT NOT NULL,
  recorded_at_us BIGINT NOT NULL,
  withdrawn_at_us BIGINT,
  PRIMARY KEY (authority_id, dossier_id)
);
