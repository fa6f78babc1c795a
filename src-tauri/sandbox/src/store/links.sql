-- Connections that people make on this EHR's own page (pattern 1).

CREATE TABLE IF NOT EXISTS links (
  state    TEXT PRIMARY KEY,
  verifier TEXT NOT NULL,
  browser  TEXT NOT NULL,
  patient  TEXT NOT NULL,
  expires  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS link_tokens (patient TEXT PRIMARY KEY, token TEXT NOT NULL) STRICT;
