-- Joint procedures (liên thông): one file opens several dossiers, and some wait for another's result. `joint_waits_for` is the code of
-- the dossier awaited, for ever; `joint_ready_at_us` when its result came: from then on it is its unit's like any other.
ALTER TABLE dossier ADD COLUMN joint_code TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier ADD COLUMN joint_waits_for TEXT NOT NULL DEFAULT '';
ALTER TABLE dossier ADD COLUMN joint_ready_at_us BIGINT;
-- Of the authority it was filed with.
CREATE TABLE joint_file (
  authority_id BIGINT NOT NULL,
  joint_code TEXT NOT NULL,
  procedure_code TEXT NOT NULL,
  procedure_name TEXT NOT NULL,
  person_id BIGINT NOT NULL,
  proxy_person_id BIGINT NOT NULL,
  submitted_at_us BIGINT NOT NULL,
  PRIMARY KEY (authority_id, joint_code)
);
-- Its dossiers, each at its own authority. `result_paper` and `result_field` are where the awaited result goes.
CREATE TABLE joint_part (
  authority_id BIGINT NOT NULL,
  joint_code TEXT NOT NULL,
  part_no INTEGER NOT NULL,
  part_id TEXT NOT NULL,
  part_authority_id BIGINT NOT NULL,
  dossier_id BIGINT NOT NULL,
  dossier_code TEXT NOT NULL,
  waits_for TEXT NOT NULL,
  result_paper TEXT NOT NULL,
  result_field TEXT NOT NULL,
  PRIMARY KEY (authority_id, joint_code, part_no)
);
