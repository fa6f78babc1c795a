//! What is mailed to which address under which Consent, and what went out already.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, Row, params};

use super::Store;

/// What `$pushStart` settled.
#[derive(Debug)]
pub(crate) struct NewPush<'a> {
    pub(crate) consent: &'a str,
    /// Bare mailbox.
    pub(crate) address: &'a str,
    pub(crate) patient: &'a str,
    /// Scopes of the login that started it; the Consent may never reach further.
    pub(crate) ceiling: &'a str,
    pub(crate) now: i64,
    /// None: as long as the Consent stands.
    pub(crate) until: Option<i64>,
}

/// A push as stored.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    pub(crate) id: i64,
    pub(crate) consent: String,
    pub(crate) address: String,
    pub(crate) patient: String,
    pub(crate) ceiling: String,
    pub(crate) started_at: i64,
    pub(crate) until: Option<i64>,
    pub(crate) stopped_at: Option<i64>,
    pub(crate) letters: u64,
    pub(crate) records: u64,
    pub(crate) last_sent: Option<i64>,
    /// Why nothing could be sent last time.
    pub(crate) trouble: Option<String>,
}

const COLUMNS: &str = "id, consent, address, patient, ceiling, started_at, until, stopped_at, letters, \
                       records, last_sent, trouble";

impl Store {
    /// Starts a push, or renews the one that runs: asking twice gives one, and sends nothing twice.
    pub(crate) fn start_push(&self, new: &NewPush<'_>) -> rusqlite::Result<()> {
        let db = self.lock();
        let renewed = db.execute(
            "UPDATE pushes SET ceiling = ?4, until = ?6
             WHERE consent = ?1 AND address = ?2 AND patient = ?3 AND stopped_at IS NULL
               AND (until IS NULL OR until > ?5)",
            params![new.consent, new.address, new.patient, new.ceiling, new.now, new.until],
        )?;
        if renewed == 0 {
            db.execute(
                "INSERT INTO pushes (consent, address, patient, ceiling, started_at, until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                params![new.consent, new.address, new.patient, new.ceiling, new.now, new.until],
            )?;
        }
        Ok(())
    }

    /// Stops what goes to an address under a Consent. Whether there ever was such a push.
    pub(crate) fn stop_push(&self, consent: &str, address: &str, now: i64) -> rusqlite::Result<bool> {
        let mut db = self.lock();
        let change = db.transaction()?;
        change.execute(
            "UPDATE pushes SET stopped_at = ?3
             WHERE consent = ?1 AND address = ?2 AND stopped_at IS NULL",
            params![consent, address, now],
        )?;
        let known = change.query_row(
            "SELECT EXISTS (SELECT 1 FROM pushes WHERE consent = ?1 AND address = ?2)",
            [consent, address],
            |row| row.get(0),
        )?;
        change.commit()?;
        Ok(known)
    }

    pub(crate) fn push(&self, id: i64) -> rusqlite::Result<Option<Push>> {
        self.lock().query_row(&format!("SELECT {COLUMNS} FROM pushes WHERE id = ?1"), [id], read).optional()
    }

    /// Every push, oldest first.
    pub(crate) fn pushes(&self) -> rusqlite::Result<Vec<Push>> {
        let db = self.lock();
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM pushes ORDER BY id"))?;
        let rows = query.query_map([], read)?;
        rows.collect()
    }

    /// The version of each record, by type and id, that went out last.
    pub(crate) fn pushed(&self, push: i64) -> rusqlite::Result<BTreeMap<(String, String), u32>> {
        let db = self.lock();
        let mut query = db.prepare_cached("SELECT type, id, version FROM pushed WHERE push = ?1")?;
        let rows = query.query_map([push], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?;
        rows.collect()
    }

    /// A letter with these records (type, id, version) was taken by the mail server.
    pub(crate) fn note_letter(
        &self,
        push: i64,
        records: &[(&str, &str, u32)],
        now: i64,
    ) -> rusqlite::Result<()> {
        let mut db = self.lock();
        let change = db.transaction()?;
        for (kind, id, version) in records {
            change
                .prepare_cached(
                    "INSERT INTO pushed (push, type, id, version) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT (push, type, id) DO UPDATE SET version = excluded.version",
                )?
                .execute(params![push, kind, id, version])?;
        }
        change.execute(
            "UPDATE pushes SET letters = letters + 1, records = records + ?2, last_sent = ?3 WHERE id = ?1",
            params![push, i64::try_from(records.len()).unwrap_or(i64::MAX), now],
        )?;
        change.commit()
    }

    /// Why the last round sent nothing; none when it did.
    pub(crate) fn note_trouble(&self, push: i64, trouble: Option<&str>) -> rusqlite::Result<()> {
        self.lock().execute("UPDATE pushes SET trouble = ?2 WHERE id = ?1", params![push, trouble])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Push> {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok(Push {
        id: row.get(0)?,
        consent: row.get(1)?,
        address: row.get(2)?,
        patient: row.get(3)?,
        ceiling: row.get(4)?,
        started_at: row.get(5)?,
        until: row.get(6)?,
        stopped_at: row.get(7)?,
        letters: count(row.get(8)?),
        records: count(row.get(9)?),
        last_sent: row.get(10)?,
        trouble: row.get(11)?,
    })
}
