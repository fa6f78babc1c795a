//! Letters with records that were taken in here.

use rusqlite::{OptionalExtension as _, params};

use super::Store;

/// A letter that was opened, verified and put into a chart.
#[derive(Debug)]
pub(crate) struct NewLetter<'a> {
    /// Bare mailbox.
    pub(crate) sender: &'a str,
    /// The patient's address at the sender.
    pub(crate) about: &'a str,
    /// The patient here.
    pub(crate) patient: &'a str,
    pub(crate) records: usize,
    pub(crate) now: i64,
}

/// One of them as stored.
#[derive(Debug, Clone)]
pub(crate) struct Letter {
    pub(crate) sender: String,
    pub(crate) patient: String,
    pub(crate) records: u64,
    pub(crate) at: i64,
}

impl Store {
    pub(crate) fn keep_letter(&self, new: &NewLetter<'_>) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO letters (sender, about, patient, records, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                new.sender,
                new.about,
                new.patient,
                i64::try_from(new.records).unwrap_or(i64::MAX),
                new.now
            ],
        )?;
        Ok(())
    }

    /// In whose chart earlier letters about the same patient of the same sender are.
    pub(crate) fn patient_of_letters(&self, sender: &str, about: &str) -> rusqlite::Result<Option<String>> {
        self.lock()
            .query_row(
                "SELECT patient FROM letters WHERE sender = ?1 AND about = ?2 ORDER BY id DESC LIMIT 1",
                [sender, about],
                |row| row.get(0),
            )
            .optional()
    }

    /// Every letter, oldest first.
    pub(crate) fn letters(&self) -> rusqlite::Result<Vec<Letter>> {
        let db = self.lock();
        let mut query = db.prepare_cached("SELECT sender, patient, records, at FROM letters ORDER BY id")?;
        let rows = query.query_map([], |row| {
            Ok(Letter {
                sender: row.get(0)?,
                patient: row.get(1)?,
                records: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
                at: row.get(3)?,
            })
        })?;
        rows.collect()
    }
}
