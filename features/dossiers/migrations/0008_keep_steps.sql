-- The step a dossier is in: since when (0 = from before steps were kept), how long the clock stood in it, until when by its
-- workflow (NULL = no limit). An event that ends a step keeps the step's due day; `breach` is the rule that the act broke
-- (features/dossiers/clock.h); `to_account_id` and `to_name` whom the work was given to by name.
ALTER TABLE dossier ADD COLUMN step_since_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dossier ADD COLUMN step_paused_minutes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dossier ADD COLUMN step_due_at_us BIGINT;
ALTER TABLE dossier_event ADD COLUMN step_due_on TEXT;
ALTER TABLE dossier_event ADD COLUMN breach TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier_event ADD COLUMN to_account_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dossier_event ADD COLUMN to_name TEXT NOT NULL DEFAULT '';
