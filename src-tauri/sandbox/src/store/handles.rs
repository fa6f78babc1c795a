//! What the dialect of 2017 hands from hospital to hospital: an authorization handle and the JWT it belongs to.
//!
//! The source keeps hashes. The target must show both halves as they are, so it keeps them as they are.

use rusqlite::{OptionalExtension as _, params};

use super::{Authorization, NewAuthorization, NewConnection, Store};

/// What a target shows at the source.
pub(crate) struct Presented {
    pub(crate) jwt: String,
    pub(crate) handle: String,
}

impl Store {
    /// Adds an authorization with its handle. Asking twice gives two, as it did in 2017.
    pub(crate) fn hand_out(
        &self,
        new: &NewAuthorization<'_>,
        handle: &str,
        jwt: &str,
    ) -> rusqlite::Result<()> {
        let mut db = self.lock();
        let change = db.transaction()?;
        change.execute(
            "INSERT INTO authorizations
             (consent, app, app_name, patient, scope, ceiling, key, granted_at, until)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                new.consent,
                new.app,
                new.app_name,
                new.patient,
                new.scope,
                new.ceiling,
                new.key,
                new.now,
                new.until
            ],
        )?;
        change.execute(
            "INSERT INTO handles (authorization, handle, jwt) VALUES (?1, ?2, ?3)",
            params![change.last_insert_rowid(), handle, jwt],
        )?;
        change.commit()
    }

    /// The authorization behind a handle, and the hash of its JWT.
    pub(crate) fn handed_out(&self, handle: &str) -> rusqlite::Result<Option<(Authorization, String)>> {
        let found: Option<(i64, String)> = self
            .lock()
            .query_row("SELECT authorization, jwt FROM handles WHERE handle = ?1", [handle], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((id, jwt)) = found else { return Ok(None) };
        Ok(self.authorization(id)?.map(|authorization| (authorization, jwt)))
    }

    /// Takes a connection up with what it is to show at the source.
    pub(crate) fn present(&self, new: &NewConnection<'_>, shown: &Presented) -> rusqlite::Result<()> {
        self.connect(new)?;
        self.lock().execute(
            "INSERT INTO presented (connection, jwt, handle)
             SELECT id, ?4, ?5 FROM connections WHERE source = ?1 AND consent = ?2 AND patient = ?3
             ON CONFLICT (connection) DO UPDATE SET jwt = excluded.jwt, handle = excluded.handle",
            params![new.source, new.consent, new.patient, shown.jwt, shown.handle],
        )?;
        Ok(())
    }

    /// What a connection shows at the source, if it was set up that way.
    pub(crate) fn presented(&self, connection: i64) -> rusqlite::Result<Option<Presented>> {
        self.lock()
            .query_row("SELECT jwt, handle FROM presented WHERE connection = ?1", [connection], |row| {
                Ok(Presented { jwt: row.get(0)?, handle: row.get(1)? })
            })
            .optional()
    }
}
