-- Where numbers of a merged authority's series are taken from now on. Reference data, a row per merged authority.
CREATE TABLE series_home (
  authority_id BIGINT NOT NULL PRIMARY KEY,
  continued_by BIGINT NOT NULL
);
