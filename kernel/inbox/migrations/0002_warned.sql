-- Which notice of its deadline the item's holders have had: 0 none, 1 due soon, 2 overdue.
ALTER TABLE inbox_item ADD COLUMN warned INTEGER NOT NULL DEFAULT 0 CHECK (warned IN (0, 1, 2));

CREATE INDEX inbox_item_warned ON inbox_item (warned, due_at_us);
