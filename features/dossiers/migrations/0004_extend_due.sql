-- A letter of apology gives a dossier a new day, once (decree 118/2025): the day, and how long the clock had stood before it.
ALTER TABLE dossier ADD COLUMN extended_on TEXT;
ALTER TABLE dossier ADD COLUMN extended_paused_minutes BIGINT NOT NULL DEFAULT 0;
