-- Work that counts as late whatever its date says is ordered and coloured by due_at_us like all others; this is the date it is shown
-- with, 0 = due_at_us itself.
ALTER TABLE inbox_item ADD COLUMN stated_due_at_us BIGINT NOT NULL DEFAULT 0;
