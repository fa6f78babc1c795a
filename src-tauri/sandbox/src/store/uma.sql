-- What the UMA authorization server keeps. Tickets and tokens are present only as SHA-256.

CREATE TABLE IF NOT EXISTS uma_resources (
  id      TEXT PRIMARY KEY,
  patient TEXT NOT NULL,
  name    TEXT NOT NULL,
  type    TEXT NOT NULL,
  scope   TEXT NOT NULL,
  UNIQUE (patient, name)
) STRICT;

-- Who may do what with a resource. One that was ended stays, so that the next request is refused and not asked about.
CREATE TABLE IF NOT EXISTS uma_policies (
  id          TEXT PRIMARY KEY,
  resource    TEXT NOT NULL REFERENCES uma_resources (id) ON DELETE CASCADE,
  client      TEXT NOT NULL,
  scope       TEXT NOT NULL,
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  set_at      INTEGER NOT NULL,
  ended       INTEGER
) STRICT;

-- What somebody asked for and the owner has not decided.
CREATE TABLE IF NOT EXISTS uma_wishes (
  resource TEXT NOT NULL REFERENCES uma_resources (id) ON DELETE CASCADE,
  client   TEXT NOT NULL,
  scope    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  PRIMARY KEY (resource, client)
) STRICT;

CREATE TABLE IF NOT EXISTS uma_tickets (
  hash        TEXT PRIMARY KEY,
  permissions TEXT NOT NULL,
  client      TEXT,
  expires     INTEGER NOT NULL,
  spent       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- Tokens of the resource server (PAT) and of requesting parties (RPT).
CREATE TABLE IF NOT EXISTS uma_tokens (
  hash        TEXT PRIMARY KEY,
  kind        TEXT NOT NULL CHECK (kind IN ('pat', 'rpt')),
  client      TEXT NOT NULL,
  permissions TEXT NOT NULL,
  expires     INTEGER NOT NULL,
  reads       INTEGER NOT NULL DEFAULT 0
) STRICT;
