-- The deadline of the present step beside that of the work, and which notice of it the holders have had.
ALTER TABLE inbox_item ADD COLUMN step_due_at_us BIGINT NOT NULL DEFAULT 253402300799000000;
ALTER TABLE inbox_item ADD COLUMN step_warned INTEGER NOT NULL DEFAULT 0 CHECK (step_warned IN (0, 1, 2));

CREATE INDEX inbox_item_step_warned ON inbox_item (step_warned, step_due_at_us);
