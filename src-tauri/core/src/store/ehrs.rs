//! The hospitals that the person added.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::{Store, StoreError};
use crate::ehr::EhrId;

/// A hospital as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EhrRow {
    /// Our id.
    pub id: EhrId,
    /// FHIR base, as the person gave it.
    pub base: String,
    /// What it can do, as JSON; empty when the person forgot it.
    pub features: String,
    /// When it was asked.
    pub checked_at: Timestamp,
    /// The facts of the sign-in that are no secret, as JSON.
    pub remembered: Option<String>,
    /// Its name and the person's, sealed.
    pub sealed: Option<Vec<u8>>,
    /// How the app is known there, as JSON; `None` for the usual way.
    pub client: Option<String>,
    /// The way of asking that worked the last time, as JSON.
    pub asking: Option<String>,
}

const COLUMNS: &str = "id, base, features, checked_at, remembered, sealed, client, asking";

impl Store {
    /// Adds a hospital or replaces what is kept of it.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_ehr(&self, row: &EhrRow) -> Result<(), StoreError> {
        self.db().execute(
            &format!(
                "INSERT INTO ehr ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET base = ?2, features = ?3, checked_at = ?4, remembered = ?5,
                 sealed = ?6, client = ?7, asking = ?8"
            ),
            params![
                row.id.as_str(),
                row.base,
                row.features,
                row.checked_at.to_string(),
                row.remembered,
                row.sealed,
                row.client,
                row.asking
            ],
        )?;
        Ok(())
    }

    /// All hospitals, in the order in which they were added.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn ehrs(&self) -> Result<Vec<EhrRow>, StoreError> {
        let db = self.db();
        let mut query = db.prepare(&format!("SELECT {COLUMNS} FROM ehr ORDER BY rowid"))?;
        let rows = query.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    }

    /// One hospital.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn ehr(&self, id: &EhrId) -> Result<Option<EhrRow>, StoreError> {
        let db = self.db();
        let mut query = db.prepare(&format!("SELECT {COLUMNS} FROM ehr WHERE id = ?1"))?;
        Ok(query.query_row([id.as_str()], read).optional()?)
    }

    /// The id under which the hospital at an address is or was known.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn ehr_at(&self, base: &str) -> Result<Option<EhrId>, StoreError> {
        let db = self.db();
        let mut query = db.prepare("SELECT id FROM ehr WHERE base = ?1")?;
        Ok(query.query_row([base], |row| row.get::<_, String>(0).map(EhrId::stored)).optional()?)
    }

    /// Forgets a hospital and what it listed. Shares made with it stay in the list of shares; as long as there are any, its
    /// id and address stay too, without anything else, so that they can be stopped when it is added again.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_ehr(&self, id: &EhrId) -> Result<(), StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        for sql in [
            "DELETE FROM seen WHERE ehr = ?1",
            "DELETE FROM asked WHERE ehr = ?1",
            "DELETE FROM ehr WHERE id = ?1 AND id NOT IN (SELECT from_ehr FROM connection)
             AND id NOT IN (SELECT to_ehr FROM connection WHERE to_ehr IS NOT NULL)",
            "UPDATE ehr SET features = '', remembered = NULL, sealed = NULL, client = NULL,
             asking = NULL WHERE id = ?1",
        ] {
            change.execute(sql, [id.as_str()])?;
        }
        Ok(change.commit()?)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<EhrRow> {
    Ok(EhrRow {
        id: EhrId::stored(row.get::<_, String>(0)?),
        base: row.get(1)?,
        features: row.get(2)?,
        checked_at: super::time(row, 3)?,
        remembered: row.get(4)?,
        sealed: row.get(5)?,
        client: row.get(6)?,
        asking: row.get(7)?,
    })
}
