-- Opaque ids, addresses, scopes and times. No token, no JWT, no clinical data; names and sentences only sealed.
CREATE TABLE ehr (
  id TEXT PRIMARY KEY,
  base TEXT NOT NULL UNIQUE,
  features TEXT NOT NULL,
  checked_at TEXT NOT NULL,
  remembered TEXT,
  sealed BLOB
) STRICT;

CREATE TABLE connection (
  id TEXT PRIMARY KEY,
  from_ehr TEXT NOT NULL,
  to_ehr TEXT,
  patient_from TEXT NOT NULL,
  patient_to TEXT,
  issuer TEXT NOT NULL,
  thumbprint TEXT,
  kinds TEXT NOT NULL,
  last_day TEXT,
  consent_hash TEXT,
  sealed BLOB
) STRICT;

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  connection TEXT NOT NULL REFERENCES connection(id),
  at TEXT NOT NULL,
  entry TEXT NOT NULL
) STRICT;
CREATE INDEX journal_by_connection ON journal(connection, seq);

-- Entries that a source listed, as last seen: shown as "as of" after a restart, and how long we have known them.
CREATE TABLE seen (
  id TEXT PRIMARY KEY,
  ehr TEXT NOT NULL,
  patient TEXT NOT NULL,
  consent TEXT NOT NULL,
  app TEXT NOT NULL,
  first_seen TEXT NOT NULL,
  known INTEGER NOT NULL DEFAULT 0,
  listed INTEGER NOT NULL,
  entry TEXT NOT NULL,
  UNIQUE (ehr, consent, app)
) STRICT;
CREATE TABLE asked (
  ehr TEXT PRIMARY KEY,
  patient TEXT NOT NULL,
  as_of TEXT NOT NULL
) STRICT;

CREATE TABLE sealed (
  name TEXT PRIMARY KEY,
  value BLOB NOT NULL
) STRICT;
