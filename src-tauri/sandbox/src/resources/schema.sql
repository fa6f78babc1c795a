-- Current resources, their earlier versions, and what they can be searched by. Times are milliseconds since 1970.
CREATE TABLE IF NOT EXISTS fhir_resource (
    key INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    patient TEXT,
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    dated_from INTEGER,
    dated_to INTEGER,
    source TEXT,
    digest BLOB,
    json TEXT NOT NULL,
    UNIQUE (type, id)
) STRICT;
CREATE INDEX IF NOT EXISTS fhir_resource_of_patient ON fhir_resource (type, patient, dated_from);
CREATE INDEX IF NOT EXISTS fhir_resource_by_source ON fhir_resource (source, patient) WHERE source IS NOT NULL;

CREATE TABLE IF NOT EXISTS fhir_version (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    patient TEXT,
    updated INTEGER NOT NULL,
    json TEXT NOT NULL,
    PRIMARY KEY (type, id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS fhir_token (
    resource INTEGER NOT NULL REFERENCES fhir_resource (key) ON DELETE CASCADE,
    param TEXT NOT NULL,
    system TEXT NOT NULL,
    code TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS fhir_token_of_resource ON fhir_token (resource, param, code);

-- References in copies that still point at the EHR they came from, until what they name is copied too.
CREATE TABLE IF NOT EXISTS fhir_awaited (
    url TEXT NOT NULL,
    patient TEXT NOT NULL,
    resource INTEGER NOT NULL REFERENCES fhir_resource (key) ON DELETE CASCADE,
    PRIMARY KEY (url, patient, resource)
) STRICT, WITHOUT ROWID;
