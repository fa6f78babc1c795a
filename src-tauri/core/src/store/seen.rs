//! What the sources listed when they were last asked: kept so that a restart without network shows the list of then,
//! dated, and so that entries that were not made here have a first-seen time.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::ehr::EhrId;

/// An entry of a source's list as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenRow {
    /// Our opaque id of the entry.
    pub id: String,
    /// The source.
    pub ehr: EhrId,
    /// The patient's id there.
    pub patient: String,
    /// The Consent's id there.
    pub consent: String,
    /// The `app-id` exactly as listed.
    pub app: String,
    /// When the app saw it first.
    pub first_seen: Timestamp,
    /// Whether the person said that they know it.
    pub known: bool,
    /// Whether the last complete list had it.
    pub listed: bool,
    /// The entry as JSON.
    pub entry: String,
}

/// An entry of a list that was just read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The Consent's id.
    pub consent: String,
    /// The `app-id` exactly as listed.
    pub app: String,
    /// The entry as JSON.
    pub entry: String,
}

impl Store {
    /// Keeps a complete list of one source for one patient: what is not in it is marked as no longer listed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn saw(
        &self,
        ehr: &EhrId,
        patient: &str,
        at: Timestamp,
        list: &[Sighting],
    ) -> Result<(), StoreError> {
        let mut db = self.db();
        let change = db.transaction()?;
        change.execute(
            "UPDATE seen SET listed = 0 WHERE ehr = ?1 AND patient = ?2",
            params![ehr.as_str(), patient],
        )?;
        let mut already = BTreeSet::new();
        for one in list {
            if !already.insert((&one.consent, &one.app)) {
                continue;
            }
            let about = format!("entry/{}/{}/{}", ehr.as_str(), one.consent, one.app);
            let mut entry: Value = serde_json::from_str(&one.entry).map_err(|_| StoreError::Disk)?;
            self.words.take(&about, &mut entry);
            change.execute(
                "INSERT INTO seen (id, ehr, patient, consent, app, first_seen, listed, entry) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7)
                 ON CONFLICT (ehr, consent, app) DO UPDATE SET patient = ?3, listed = 1, entry = ?7",
                params![Uuid::new_v4().to_string(), ehr.as_str(), patient, one.consent, one.app, at.to_string(), entry.to_string()],
            )?;
        }
        change.execute(
            "INSERT INTO asked (ehr, patient, as_of) VALUES (?1, ?2, ?3) ON CONFLICT (ehr) DO UPDATE SET patient = ?2, as_of = ?3",
            params![ehr.as_str(), patient, at.to_string()],
        )?;
        Ok(change.commit()?)
    }

    /// Everything that was ever listed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn seen(&self) -> Result<Vec<SeenRow>, StoreError> {
        let db = self.db();
        let mut query = db.prepare("SELECT id, ehr, patient, consent, app, first_seen, known, listed, entry FROM seen ORDER BY rowid")?;
        let rows = query.query_map([], |row| {
            let entry: String = row.get(8)?;
            let mut entry: Value = serde_json::from_str(&entry).map_err(|_| super::unreadable(8))?;
            self.words.put_back(&mut entry);
            Ok(SeenRow {
                id: row.get(0)?,
                ehr: EhrId::stored(row.get::<_, String>(1)?),
                patient: row.get(2)?,
                consent: row.get(3)?,
                app: row.get(4)?,
                first_seen: super::time(row, 5)?,
                known: row.get(6)?,
                listed: row.get(7)?,
                entry: entry.to_string(),
            })
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    }

    /// Notes that the person knows an entry.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn know(&self, id: &str) -> Result<(), StoreError> {
        self.db().execute("UPDATE seen SET known = 1 WHERE id = ?1", [id])?;
        Ok(())
    }

    /// When a source last gave a complete list, and for which patient.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn asked(&self, ehr: &EhrId) -> Result<Option<(String, Timestamp)>, StoreError> {
        let db = self.db();
        let mut query = db.prepare("SELECT patient, as_of FROM asked WHERE ehr = ?1")?;
        Ok(query.query_row([ehr.as_str()], |row| Ok((row.get(0)?, super::time(row, 1)?))).optional()?)
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{Sighting, Store};
    use crate::ehr::EhrId;

    #[test]
    fn what_is_no_longer_listed_stays_known() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let ehr = EhrId::fresh();
        let one = Sighting {
            consent: "c1".to_owned(),
            app: "https://a.example".to_owned(),
            entry: "{}".to_owned(),
        };
        store.saw(&ehr, "p1", Timestamp::UNIX_EPOCH, std::slice::from_ref(&one)).unwrap();
        let first = store.seen().unwrap();
        store.saw(&ehr, "p1", Timestamp::UNIX_EPOCH, &[]).unwrap();
        let later = store.seen().unwrap();
        assert_eq!((first.len(), later.len()), (1, 1));
        assert_eq!(first.iter().map(|r| r.listed).collect::<Vec<_>>(), [true]);
        assert_eq!(later.iter().map(|r| r.listed).collect::<Vec<_>>(), [false]);
        assert_eq!(store.asked(&ehr).unwrap(), Some(("p1".to_owned(), Timestamp::UNIX_EPOCH)));
    }
}
