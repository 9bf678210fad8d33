-- Queue numbers of a day. No personal data: a ticket is a number.
CREATE TABLE queue_ticket (
  authority_id BIGINT NOT NULL,
  ticket_id BIGINT NOT NULL,
  on_day TEXT NOT NULL,
  service_group TEXT NOT NULL,
  ticket_no TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'called', 'done', 'no_show')),
  desk TEXT NOT NULL,
  account_id BIGINT NOT NULL,
  taken_at_us BIGINT NOT NULL,
  order_at_us BIGINT NOT NULL,
  queued_at_us BIGINT NOT NULL,
  called_at_us BIGINT,
  shown_at_us BIGINT,
  finished_at_us BIGINT,
  calls INTEGER NOT NULL,
  version BIGINT NOT NULL,
  PRIMARY KEY (authority_id, ticket_id)
);
CREATE UNIQUE INDEX queue_ticket_of_day ON queue_ticket (authority_id, on_day, ticket_no);
CREATE INDEX queue_ticket_waiting ON queue_ticket (authority_id, on_day, state, order_at_us, ticket_id);

-- What a unit's counter serves, and the hash of the key its ticket machine shows.
CREATE TABLE queue_setting (
  authority_id BIGINT NOT NULL,
  service_groups TEXT NOT NULL,
  kiosk_key_sha256 TEXT NOT NULL,
  PRIMARY KEY (authority_id)
);
