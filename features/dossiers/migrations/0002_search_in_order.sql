-- An officer's search walks an index in the order of the answer, however many dossiers there are: by full name, by given
-- name, by personal number, by what is open. Each index ends in the order of its list.
DROP INDEX dossier_by_name;
DROP INDEX dossier_by_given;
DROP INDEX dossier_by_personal_no;
DROP INDEX dossier_by_submitted;
CREATE INDEX dossier_by_full_name ON dossier (authority_id, name_folded, dossier_id DESC);
CREATE INDEX dossier_by_given_name ON dossier (authority_id, given_folded, dossier_id DESC);
CREATE INDEX dossier_of_number ON dossier (authority_id, personal_no, dossier_id);
CREATE INDEX dossier_open ON dossier (authority_id, dossier_id) WHERE finished_at_us IS NULL;
