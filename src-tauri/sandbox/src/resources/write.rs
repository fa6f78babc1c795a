//! Writing one version of one resource, with everything it can be searched by, inside the caller's transaction.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Map, Value, json};

use super::types::{Served, served};
use super::{StoreError, Stored, index};

/// Where a copy came from, and the fingerprint of what was copied.
pub(super) struct Origin {
    pub(super) source: String,
    pub(super) digest: Vec<u8>,
}

/// Version 1 of a new resource.
pub(super) fn insert(
    db: &Connection,
    resource_type: &str,
    id: &str,
    json: Value,
    patient: Option<&str>,
    now: Timestamp,
) -> Result<Stored, StoreError> {
    let stored = version(resource_type, id, 1, json, patient, now)?;
    put(db, known(resource_type)?, &stored, None)?;
    Ok(stored)
}

/// The next version; the one before goes to the history.
pub(super) fn replace(
    db: &Connection,
    resource_type: &str,
    before: &Stored,
    json: Value,
    now: Timestamp,
) -> Result<Stored, StoreError> {
    remember(db, resource_type, before)?;
    let next = before.version.saturating_add(1);
    let stored = version(resource_type, &before.id, next, json, before.patient.as_deref(), now)?;
    put(db, known(resource_type)?, &stored, None)?;
    Ok(stored)
}

/// Keeps a version that is about to be replaced.
pub(super) fn remember(db: &Connection, resource_type: &str, before: &Stored) -> Result<(), StoreError> {
    db.prepare_cached(
        "INSERT OR IGNORE INTO fhir_version (type, id, version, patient, updated, json) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        resource_type,
        before.id,
        before.version,
        before.patient,
        before.updated.as_millisecond(),
        before.json.to_string(),
    ])?;
    Ok(())
}

/// Gives a resource its id, version and time, in the row and in its own `meta` alike.
pub(super) fn version(
    resource_type: &str,
    id: &str,
    version: u32,
    mut json: Value,
    patient: Option<&str>,
    now: Timestamp,
) -> Result<Stored, StoreError> {
    // The column holds milliseconds; `meta` must say the same instant.
    let updated = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
    let resource = json.as_object_mut().ok_or(StoreError::Nameless)?;
    resource.insert("resourceType".to_owned(), json!(resource_type));
    resource.insert("id".to_owned(), json!(id));
    let meta = resource.entry("meta").or_insert_with(|| Value::Object(Map::new()));
    if !meta.is_object() {
        *meta = Value::Object(Map::new());
    }
    if let Some(meta) = meta.as_object_mut() {
        meta.insert("versionId".to_owned(), json!(version.to_string()));
        meta.insert("lastUpdated".to_owned(), json!(updated.to_string()));
    }
    Ok(Stored { id: id.to_owned(), version, updated, patient: patient.map(str::to_owned), json })
}

/// Writes the row and its index. Returns the row's key. Without an origin, the one it has stays.
pub(super) fn put(
    db: &Connection,
    served: &Served,
    stored: &Stored,
    origin: Option<&Origin>,
) -> Result<i64, StoreError> {
    let dated = index::dated(served, &stored.json);
    let key: i64 = db
        .prepare_cached(
            "INSERT INTO fhir_resource (type, id, patient, version, updated, dated_from, dated_to, source, digest, json)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (type, id) DO UPDATE SET
                 version = excluded.version, updated = excluded.updated,
                 dated_from = excluded.dated_from, dated_to = excluded.dated_to,
                 source = COALESCE(excluded.source, source), digest = COALESCE(excluded.digest, digest),
                 json = excluded.json
             RETURNING key",
        )?
        .query_row(
            params![
                served.name,
                stored.id,
                stored.patient,
                stored.version,
                stored.updated.as_millisecond(),
                dated.map(|dated| dated.from),
                dated.map(|dated| dated.to),
                origin.map(|origin| &origin.source),
                origin.map(|origin| &origin.digest),
                stored.json.to_string(),
            ],
            |row| row.get(0),
        )?;
    db.prepare_cached("DELETE FROM fhir_token WHERE resource = ?1")?.execute([key])?;
    let mut insert =
        db.prepare_cached("INSERT INTO fhir_token (resource, param, system, code) VALUES (?1, ?2, ?3, ?4)")?;
    for token in index::tokens(served, &stored.json) {
        insert.execute(params![key, token.param, token.system, token.code])?;
    }
    Ok(key)
}

/// The table row of a type, or the error that says it has none.
pub(super) fn known(resource_type: &str) -> Result<&'static Served, StoreError> {
    served(resource_type).ok_or_else(|| StoreError::NotServed(resource_type.to_owned()))
}
