-- A number may be claimed by somebody who is not its holder until an officer has decided; a paper that was replaced still finds its
-- person. Takes over what identity_paper held.
CREATE TABLE person_paper (
  person_id BIGINT NOT NULL,
  paper_id BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('personal_no', 'old_identity_no', 'passport', 'tax_no')),
  number TEXT NOT NULL,
  name_folded TEXT NOT NULL,
  birth_on TEXT NOT NULL,
  issuer TEXT NOT NULL,
  issued_on TEXT NOT NULL,
  valid_to_on TEXT NOT NULL,
  source TEXT NOT NULL CHECK (source IN ('typed', 'chip_card', 'provider', 'officer')),
  state TEXT NOT NULL CHECK (state IN ('held', 'claimed', 'withdrawn')),
  recorded_at_us BIGINT NOT NULL,
  PRIMARY KEY (person_id, paper_id)
);

CREATE UNIQUE INDEX person_paper_holder ON person_paper (kind, number) WHERE state = 'held';

CREATE UNIQUE INDEX person_paper_claim ON person_paper (kind, number, name_folded, birth_on) WHERE state <> 'withdrawn';

INSERT INTO person_paper (person_id, paper_id, kind, number, name_folded, birth_on, issuer, issued_on, valid_to_on, source, state,
                          recorded_at_us)
SELECT i.person_id, i.person_id, i.kind, i.number, TRIM(p.folded), p.birth_on, '', i.valid_from_on, i.valid_to_on, 'typed', 'held',
       p.created_at_us
FROM identity_paper i JOIN person p ON p.person_id = i.person_id WHERE i.kind = 'personal_no';

DROP TABLE identity_paper;

-- The map of merges: a record points to the one it was joined to; taking apart deletes the row.
CREATE TABLE person_merge (
  person_id BIGINT NOT NULL PRIMARY KEY,
  into_person_id BIGINT NOT NULL,
  conflict_id BIGINT NOT NULL,
  merged_at_us BIGINT NOT NULL
);

CREATE INDEX person_merge_into ON person_merge (into_person_id);

-- person_b 0: a mistake the person reports.
CREATE TABLE person_conflict (
  conflict_id BIGINT NOT NULL PRIMARY KEY,
  person_a BIGINT NOT NULL,
  person_b BIGINT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('details_differ', 'details_missing', 'papers_point_apart', 'number_differs', 'suspected', 'reported')),
  paper_kind TEXT NOT NULL,
  paper_number TEXT NOT NULL,
  note TEXT NOT NULL,
  queue_authority_id BIGINT NOT NULL,
  opened_by BIGINT NOT NULL,
  opened_at_us BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'later', 'same', 'different', 'closed')),
  merged_person_id BIGINT NOT NULL,
  reason TEXT NOT NULL,
  decided_by BIGINT NOT NULL,
  decided_name TEXT NOT NULL,
  decided_at_us BIGINT NOT NULL,
  version BIGINT NOT NULL
);

CREATE UNIQUE INDEX person_conflict_pair ON person_conflict (person_a, person_b) WHERE person_b <> 0;

CREATE INDEX person_conflict_a ON person_conflict (person_a, conflict_id);

CREATE INDEX person_conflict_b ON person_conflict (person_b, conflict_id);

CREATE INDEX person_conflict_state ON person_conflict (state, conflict_id);

-- Append-only: what happened to a record, by whom and why.
CREATE TABLE person_event (
  person_id BIGINT NOT NULL,
  event_id BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  kind TEXT NOT NULL,
  other_person_id BIGINT NOT NULL,
  account_id BIGINT NOT NULL,
  actor_name TEXT NOT NULL,
  actor_unit TEXT NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  PRIMARY KEY (person_id, event_id)
);
