-- Received at another unit's desk (tiếp nhận không phụ thuộc địa giới hành chính): the desk that received it, and the desk where its
-- result is handed over. 0 = the competent unit's own desk.
ALTER TABLE dossier ADD COLUMN reception_unit_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dossier ADD COLUMN return_unit_id BIGINT NOT NULL DEFAULT 0;
-- The record of the transfer, kept twice: with the authority that received it (side 'here') and with the competent one ('elsewhere').
-- papers: what was received on paper, as JSON; without any there is nothing to hand over, and it is sent as it is received.
CREATE TABLE dossier_transfer (
  authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  side TEXT NOT NULL CHECK (side IN ('here', 'elsewhere')),
  subject_authority_id BIGINT NOT NULL,
  reception_unit_id BIGINT NOT NULL,
  return_unit_id BIGINT NOT NULL,
  procedure_code TEXT NOT NULL,
  papers TEXT NOT NULL,
  received_at_us BIGINT NOT NULL,
  due_on TEXT NOT NULL,
  sent_at_us BIGINT,
  sent_by TEXT NOT NULL DEFAULT '',
  sent_position TEXT NOT NULL DEFAULT '',
  sent_note TEXT NOT NULL DEFAULT '',
  taken_at_us BIGINT,
  taken_by TEXT NOT NULL DEFAULT '',
  taken_position TEXT NOT NULL DEFAULT '',
  taken_note TEXT NOT NULL DEFAULT '',
  returned_at_us BIGINT,
  PRIMARY KEY (authority_id, dossier_id)
);
CREATE INDEX dossier_transfer_by_received ON dossier_transfer (authority_id, received_at_us, dossier_id);
