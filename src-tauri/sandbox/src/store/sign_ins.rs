//! Sign-ins: one app that one person let in. All tokens of a sign-in live and die with it.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::Store;

/// A sign-in as stored.
#[derive(Debug, Clone)]
pub(crate) struct SignIn {
    pub(crate) id: i64,
    pub(crate) client: String,
    pub(crate) username: String,
    pub(crate) patient: Option<String>,
    /// What was granted on the page; a refresh never goes beyond it.
    pub(crate) scope: String,
    pub(crate) at: i64,
    pub(crate) ended: Option<i64>,
}

impl Store {
    pub(crate) fn sign_in(&self, id: i64) -> rusqlite::Result<Option<SignIn>> {
        self.lock()
            .query_row(
                "SELECT id, client, username, patient, scope, at, ended FROM sign_ins WHERE id = ?1",
                [id],
                read,
            )
            .optional()
    }

    /// Ends a sign-in with all its tokens. False when it had ended before.
    pub(crate) fn end_sign_in(&self, id: i64, now: i64) -> rusqlite::Result<bool> {
        let changed = self
            .lock()
            .execute("UPDATE sign_ins SET ended = ?2 WHERE id = ?1 AND ended IS NULL", params![id, now])?;
        Ok(changed == 1)
    }

    /// Every sign-in, oldest first.
    pub(crate) fn sign_ins(&self) -> rusqlite::Result<Vec<SignIn>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT id, client, username, patient, scope, at, ended FROM sign_ins ORDER BY id",
        )?;
        let rows = query.query_map([], read)?;
        rows.collect()
    }
}

/// Starts a sign-in; the given `id` and `ended` are not used.
pub(super) fn start_sign_in(db: &Connection, sign_in: &SignIn) -> rusqlite::Result<i64> {
    db.execute(
        "INSERT INTO sign_ins (client, username, patient, scope, at) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![sign_in.client, sign_in.username, sign_in.patient, sign_in.scope, sign_in.at],
    )?;
    Ok(db.last_insert_rowid())
}

fn read(row: &Row<'_>) -> rusqlite::Result<SignIn> {
    Ok(SignIn {
        id: row.get(0)?,
        client: row.get(1)?,
        username: row.get(2)?,
        patient: row.get(3)?,
        scope: row.get(4)?,
        at: row.get(5)?,
        ended: row.get(6)?,
    })
}
