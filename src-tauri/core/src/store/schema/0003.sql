-- Lists of hospitals that the person searches, the certificates that each brings as anchors, and the last copy of those
-- that come as one document. Public things: no name of the person, no search.
CREATE TABLE hospital_list (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  address TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  anchors TEXT NOT NULL,
  own INTEGER NOT NULL,
  etag TEXT,
  as_of TEXT,
  copy TEXT
) STRICT;
