-- What officers write to each other about a dossier: never shown to its applicant, in no paper and no exchange. Nothing is deleted: a
-- note that was withdrawn is shown struck through. `mentions`: [{"account_id": "…", "full_name": "…"}], the names as they were.
CREATE TABLE dossier_note (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  note_id BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  assignment_id BIGINT NOT NULL,
  author_name TEXT NOT NULL,
  author_position TEXT NOT NULL,
  author_unit TEXT NOT NULL,
  on_behalf_of TEXT NOT NULL,
  body TEXT NOT NULL,
  mentions TEXT NOT NULL,
  withdrawn_at_us BIGINT,
  PRIMARY KEY (authority_id, dossier_id, note_id)
);

-- An officer's own view: where he was mentioned, until he says he is done with it.
CREATE TABLE account_mention (
  account_id BIGINT NOT NULL,
  note_id BIGINT NOT NULL,
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  done_at_us BIGINT,
  PRIMARY KEY (account_id, note_id)
);
CREATE INDEX account_mention_open ON account_mention (account_id, note_id) WHERE done_at_us IS NULL;

-- What a unit sent away and waits for; the row goes when it comes back. authority_id: whose unit waits.
CREATE TABLE dossier_waiting (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  subject_authority_id BIGINT NOT NULL,
  unit_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('supplement', 'payment', 'unit', 'agency')),
  waits_for TEXT NOT NULL,
  since_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, dossier_id)
);
CREATE INDEX dossier_waiting_by_since ON dossier_waiting (authority_id, since_us, dossier_id);
INSERT INTO dossier_waiting (authority_id, dossier_id, subject_authority_id, unit_id, account_id, kind, waits_for, since_us)
SELECT authority_id, dossier_id, authority_id, CASE WHEN received_at_us IS NULL THEN desk_unit_id ELSE handling_unit_id END, 0,
       CASE WHEN national_state = 6 THEN 'payment' ELSE 'supplement' END, '', held_since_us
FROM dossier WHERE finished_at_us IS NULL AND national_state IN (5, 6);
