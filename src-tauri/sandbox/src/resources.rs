//! Where this EHR keeps its resources: SQLite, current versions and earlier ones, searchable by type, patient and
//! the parameters of `types`.
//!
//! What it holds is written in the release that the EHR speaks, letter by letter as it is served. The law kept here: a
//! search of a type that belongs to patients always names one patient, so no query can reach another's. Every call holds the one connection for a few milliseconds at most.

mod copy;
pub(crate) mod dates;
pub(crate) mod index;
mod search;
pub(crate) mod types;
mod write;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::Value;
use uuid::Uuid;

use crate::versions;
use crate::ways::FhirVersion;

pub(crate) use search::{Comparator, Criterion, Page, Position, Search, Sort, SortBy, TokenMatch};

/// The store. Cheap to share in an `Arc`.
#[derive(Debug)]
pub(crate) struct Resources {
    db: Arc<Mutex<Connection>>,
    version: FhirVersion,
}

/// One version of one resource, as it stands in the store. `json` carries the same id, version and time in `meta`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) version: u32,
    pub(crate) updated: Timestamp,
    /// Id of the patient whose compartment it is in; none for what all patients share.
    pub(crate) patient: Option<String>,
    pub(crate) json: Value,
}

/// Why the store could not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the record store failed: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the resource type {0} is not kept here")]
    NotServed(String),
    #[error("a resource came without a type or an id")]
    Nameless,
}

/// Why an update did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UpdateError {
    #[error("there is no such resource")]
    NotFound,
    #[error("somebody else changed it: the current version is {current}")]
    Conflict { current: u32 },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of a create that must not repeat an existing resource (`If-None-Exist`).
#[derive(Debug)]
pub(crate) enum Unless {
    Created(Stored),
    Exists(Stored),
    /// The search fits several, so nothing was decided.
    Several(u32),
}

impl Resources {
    /// Makes its tables if they are not there yet.
    pub(crate) fn open(db: Arc<Mutex<Connection>>, version: FhirVersion) -> Result<Self, StoreError> {
        let resources = Self { db, version };
        let connection = resources.lock();
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.execute_batch(include_str!("resources/schema.sql"))?;
        drop(connection);
        Ok(resources)
    }

    /// The current version, whoever it belongs to: the caller decides who may see it.
    pub(crate) fn read(&self, resource_type: &str, id: &str) -> Result<Option<Stored>, StoreError> {
        current(&self.lock(), resource_type, id)
    }

    /// One version, current or earlier.
    pub(crate) fn read_version(
        &self,
        resource_type: &str,
        id: &str,
        version: u32,
    ) -> Result<Option<Stored>, StoreError> {
        let db = self.lock();
        if let Some(stored) = current(&db, resource_type, id)?
            && stored.version == version
        {
            return Ok(Some(stored));
        }
        Ok(db
            .query_row(
                "SELECT id, version, updated, patient, json FROM fhir_version WHERE type = ?1 AND id = ?2 AND version = ?3",
                params![resource_type, id, version],
                stored_row,
            )
            .optional()?)
    }

    /// Stores a new resource under a new id. `patient` is whose compartment it joins.
    pub(crate) fn create(
        &self,
        resource_type: &str,
        json: Value,
        patient: Option<&str>,
        now: Timestamp,
    ) -> Result<Stored, StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        let stored = write::insert(&tx, resource_type, &Uuid::new_v4().to_string(), json, patient, now)?;
        tx.commit()?;
        Ok(stored)
    }

    /// The same, unless the search already finds one. Nothing can slip in between.
    pub(crate) fn create_unless(
        &self,
        unless: &Search,
        json: Value,
        patient: Option<&str>,
        now: Timestamp,
    ) -> Result<Unless, StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        let page = search::run(&tx, unless)?;
        let outcome = match (page.total, page.entries.into_iter().next()) {
            (0, _) | (1, None) => {
                let id = Uuid::new_v4().to_string();
                Unless::Created(write::insert(&tx, unless.served.name, &id, json, patient, now)?)
            }
            (1, Some(stored)) => Unless::Exists(stored),
            (several, _) => Unless::Several(several),
        };
        tx.commit()?;
        Ok(outcome)
    }

    /// Puts a new version in place of the current one, which is kept as history. The patient stays the same.
    pub(crate) fn update(
        &self,
        resource_type: &str,
        id: &str,
        json: Value,
        expected_version: Option<u32>,
        now: Timestamp,
    ) -> Result<Stored, UpdateError> {
        let mut db = self.lock();
        let tx = db.transaction().map_err(StoreError::from)?;
        let before = current(&tx, resource_type, id)?.ok_or(UpdateError::NotFound)?;
        if expected_version.is_some_and(|expected| expected != before.version) {
            return Err(UpdateError::Conflict { current: before.version });
        }
        let stored = write::replace(&tx, resource_type, &before, json, now)?;
        tx.commit().map_err(StoreError::from)?;
        Ok(stored)
    }

    /// Fills the store with R4 resources that bring their own ids, all or none. What is already there stays as it is,
    /// so that a kept file survives a restart. A `meta.lastUpdated` in the past is kept.
    pub(crate) fn load(
        &self,
        resources: &[Value],
        patient: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut db = self.lock();
        let tx = db.transaction()?;
        for json in resources {
            let (resource_type, id) = name_of(json).ok_or(StoreError::Nameless)?;
            if current(&tx, resource_type, id)?.is_some() {
                continue;
            }
            let updated = json
                .pointer("/meta/lastUpdated")
                .and_then(Value::as_str)
                .and_then(|text| text.parse::<Timestamp>().ok())
                .map_or(now, |updated| updated.min(now));
            write::insert(
                &tx,
                resource_type,
                id,
                versions::native(self.version, json.clone()),
                patient,
                updated,
            )?;
        }
        tx.commit()?;
        Ok(())
    }

    /// One page of what the search finds, and how many there are in all.
    pub(crate) fn search(&self, search: &Search) -> Result<Page, StoreError> {
        search::run(&self.lock(), search)
    }

    /// The current version of every resource, in no order that matters.
    pub(crate) fn everything(&self) -> Result<Vec<Value>, StoreError> {
        let db = self.lock();
        let mut statement =
            db.prepare_cached("SELECT id, version, updated, patient, json FROM fhir_resource")?;
        let rows = statement.query_map([], |row| Ok(stored_row(row)?.json))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many resources of each type one patient has that came from another EHR.
    #[cfg_attr(
        not(test),
        expect(dead_code, reason = "the count of what is kept, for whoever wants to check the copier's own")
    )]
    pub(crate) fn count_by_source(
        &self,
        source_base: &str,
        patient: &str,
    ) -> Result<BTreeMap<String, u32>, StoreError> {
        let db = self.lock();
        let mut statement = db.prepare_cached(
            "SELECT type, COUNT(*) FROM fhir_resource WHERE source = ?1 AND patient = ?2 GROUP BY type",
        )?;
        let rows = statement.query_map(params![source_base.trim_end_matches('/'), patient], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere cannot leave half a write behind: SQLite rolls an unfinished transaction back.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn current(db: &Connection, resource_type: &str, id: &str) -> Result<Option<Stored>, StoreError> {
    Ok(db
        .prepare_cached(
            "SELECT id, version, updated, patient, json FROM fhir_resource WHERE type = ?1 AND id = ?2",
        )?
        .query_row(params![resource_type, id], stored_row)
        .optional()?)
}

/// Reads the columns `id, version, updated, patient, json`.
fn stored_row(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let unreadable = |column, error: Box<dyn std::error::Error + Send + Sync>| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, error)
    };
    let updated = Timestamp::from_millisecond(row.get(2)?).map_err(|error| unreadable(2, error.into()))?;
    let json: String = row.get(4)?;
    Ok(Stored {
        id: row.get(0)?,
        version: row.get(1)?,
        updated,
        patient: row.get(3)?,
        json: serde_json::from_str(&json).map_err(|error| unreadable(4, error.into()))?,
    })
}

/// Type and id that a resource says it has.
fn name_of(json: &Value) -> Option<(&str, &str)> {
    Some((json.get("resourceType")?.as_str()?, json.get("id")?.as_str()?))
}

#[cfg(test)]
mod tests;
