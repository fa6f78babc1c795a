-- What an EHR keeps besides its FHIR resources. Times are whole seconds since 1970.
-- Codes and tokens are present only as SHA-256, passwords only as PBKDF2.

CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS keys (algorithm TEXT PRIMARY KEY, pkcs8 BLOB NOT NULL) STRICT;

CREATE TABLE IF NOT EXISTS users (
  username TEXT PRIMARY KEY,
  salt     BLOB NOT NULL,
  password BLOB NOT NULL
) STRICT;

-- A browser, before and after somebody signed in with it.
CREATE TABLE IF NOT EXISTS browsers (
  cookie   TEXT PRIMARY KEY,
  csrf     TEXT NOT NULL,
  username TEXT,
  expires  INTEGER NOT NULL
) STRICT;

-- An authorization request on its way through the pages.
CREATE TABLE IF NOT EXISTS requests (
  id       TEXT PRIMARY KEY,
  browser  TEXT NOT NULL,
  asked    TEXT NOT NULL,
  username TEXT,
  patient  TEXT,
  expires  INTEGER NOT NULL
) STRICT;

CREATE TABLE IF NOT EXISTS codes (
  hash     TEXT PRIMARY KEY,
  asked    TEXT NOT NULL,
  username TEXT NOT NULL,
  patient  TEXT,
  scope    TEXT NOT NULL,
  expires  INTEGER NOT NULL,
  used     INTEGER NOT NULL DEFAULT 0,
  sign_in  INTEGER
) STRICT;

-- One app that one person let in; the family of its tokens.
CREATE TABLE IF NOT EXISTS sign_ins (
  id       INTEGER PRIMARY KEY,
  client   TEXT NOT NULL,
  username TEXT NOT NULL,
  patient  TEXT,
  scope    TEXT NOT NULL,
  at       INTEGER NOT NULL,
  ended    INTEGER
) STRICT;

CREATE TABLE IF NOT EXISTS tokens (
  hash          TEXT PRIMARY KEY,
  kind          TEXT NOT NULL CHECK (kind IN ('access', 'refresh')),
  sign_in       INTEGER REFERENCES sign_ins (id),
  authorization INTEGER REFERENCES authorizations (id),
  scope         TEXT NOT NULL,
  expires       INTEGER NOT NULL,
  ended         INTEGER,
  spent         INTEGER NOT NULL DEFAULT 0,
  reads         INTEGER NOT NULL DEFAULT 0,
  CHECK ((sign_in IS NULL) <> (authorization IS NULL))
) STRICT;

-- Which other EHR may fetch for which Consent ($authorize).
CREATE TABLE IF NOT EXISTS authorizations (
  id         INTEGER PRIMARY KEY,
  consent    TEXT NOT NULL,
  app        TEXT NOT NULL,
  app_name   TEXT NOT NULL,
  patient    TEXT NOT NULL,
  scope      TEXT NOT NULL,
  ceiling    TEXT NOT NULL,
  key        TEXT NOT NULL,
  granted_at INTEGER NOT NULL,
  until      INTEGER NOT NULL,
  revoked_at INTEGER,
  tokens     INTEGER NOT NULL DEFAULT 0,
  reads      INTEGER NOT NULL DEFAULT 0,
  refusals   INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What the verification service knows of other systems: each is an issuer and a key.
CREATE TABLE IF NOT EXISTS applications (
  issuer       TEXT NOT NULL,
  thumbprint   TEXT NOT NULL,
  key          TEXT NOT NULL,
  verdict      TEXT NOT NULL,
  endorsements TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (issuer, thumbprint)
) STRICT;

-- What the service said when it was last asked about an authorization.
CREATE TABLE IF NOT EXISTS vouched (
  authorization INTEGER PRIMARY KEY REFERENCES authorizations (id),
  jwt           TEXT NOT NULL,
  was_approved  INTEGER NOT NULL,
  doubt         TEXT
) STRICT;

CREATE TABLE IF NOT EXISTS assertions (
  app     TEXT NOT NULL,
  jti     TEXT NOT NULL,
  expires INTEGER NOT NULL,
  PRIMARY KEY (app, jti)
) STRICT;

-- What this EHR fetches from the other one ($connect).
CREATE TABLE IF NOT EXISTS connections (
  id           INTEGER PRIMARY KEY,
  source       TEXT NOT NULL,
  consent      TEXT NOT NULL,
  patient      TEXT NOT NULL,
  until        INTEGER,
  state        TEXT NOT NULL CHECK (state IN ('copying', 'refused', 'ended')),
  received     TEXT NOT NULL DEFAULT '{}',
  rounds       INTEGER NOT NULL DEFAULT 0,
  refusals     INTEGER NOT NULL DEFAULT 0,
  last_fetch   INTEGER,
  last_refusal INTEGER,
  refusal_text TEXT,
  UNIQUE (source, consent, patient)
) STRICT;

-- Dialect of 2017, at the source: the handle that $authorize gave out and the JWT it belongs to, both as hashes.
CREATE TABLE IF NOT EXISTS handles (
  authorization INTEGER PRIMARY KEY REFERENCES authorizations (id),
  handle        TEXT NOT NULL UNIQUE,
  jwt           TEXT NOT NULL
) STRICT;

-- Dialect of 2017, at the target: what $connect was given and is shown at the source.
CREATE TABLE IF NOT EXISTS presented (
  connection INTEGER PRIMARY KEY REFERENCES connections (id),
  jwt        TEXT NOT NULL,
  handle     TEXT NOT NULL
) STRICT;

-- An app that is known here, as JSON; its secret only as SHA-256.
CREATE TABLE IF NOT EXISTS clients (id TEXT PRIMARY KEY, client TEXT NOT NULL) STRICT;

-- What this EHR mails to whom under which Consent ($pushStart). The address is a bare mailbox.
CREATE TABLE IF NOT EXISTS pushes (
  id         INTEGER PRIMARY KEY,
  consent    TEXT NOT NULL,
  address    TEXT NOT NULL,
  patient    TEXT NOT NULL,
  ceiling    TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  until      INTEGER,
  stopped_at INTEGER,
  letters    INTEGER NOT NULL DEFAULT 0,
  records    INTEGER NOT NULL DEFAULT 0,
  last_sent  INTEGER,
  trouble    TEXT
) STRICT;

-- Which version of which record went out last under a push.
CREATE TABLE IF NOT EXISTS pushed (
  push    INTEGER NOT NULL REFERENCES pushes (id) ON DELETE CASCADE,
  type    TEXT NOT NULL,
  id      TEXT NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (push, type, id)
) STRICT, WITHOUT ROWID;

-- Mailed records that were taken in here. "about" is the patient's address at the sender.
CREATE TABLE IF NOT EXISTS letters (
  id       INTEGER PRIMARY KEY,
  sender   TEXT NOT NULL,
  about    TEXT NOT NULL,
  patient  TEXT NOT NULL,
  records  INTEGER NOT NULL,
  at       INTEGER NOT NULL
) STRICT;

-- Tokens of clients without a person (SMART Backend Services).
CREATE TABLE IF NOT EXISTS backend_tokens (
  hash    TEXT PRIMARY KEY,
  client  TEXT NOT NULL,
  scope   TEXT NOT NULL,
  expires INTEGER NOT NULL
) STRICT;
