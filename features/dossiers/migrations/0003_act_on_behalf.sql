ALTER TABLE dossier_event ADD COLUMN on_behalf_account_id BIGINT NOT NULL DEFAULT 0;

ALTER TABLE dossier_event ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';

ALTER TABLE dossier_result ADD COLUMN on_behalf_of TEXT NOT NULL DEFAULT '';

ALTER TABLE dossier_result ADD COLUMN own_position TEXT NOT NULL DEFAULT '';
