//! Connections that a person makes on this EHR's own page: under way, and the token that keeps one going. This EHR is
//! the client here, so the token itself is kept, not its hash.

use rusqlite::{OptionalExtension as _, params};

use super::Store;

/// One that is under way at the other EHR's sign-in.
#[derive(Debug, Clone)]
pub(crate) struct Link {
    pub(crate) state: String,
    /// PKCE.
    pub(crate) verifier: String,
    /// The browser that left.
    pub(crate) browser: String,
    /// Patient id here.
    pub(crate) patient: String,
}

impl Store {
    pub(crate) fn begin_link(&self, link: &Link, now: i64, expires: i64) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute("DELETE FROM links WHERE expires < ?1", [now])?;
        db.execute(
            "INSERT INTO links (state, verifier, browser, patient, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![link.state, link.verifier, link.browser, link.patient, expires],
        )?;
        Ok(())
    }

    /// Takes up what this browser began; once.
    pub(crate) fn finish_link(&self, state: &str, browser: &str, now: i64) -> rusqlite::Result<Option<Link>> {
        self.lock()
            .query_row(
                "DELETE FROM links WHERE state = ?1 AND browser = ?2 AND expires > ?3
                 RETURNING state, verifier, browser, patient",
                params![state, browser, now],
                |row| {
                    Ok(Link {
                        state: row.get(0)?,
                        verifier: row.get(1)?,
                        browser: row.get(2)?,
                        patient: row.get(3)?,
                    })
                },
            )
            .optional()
    }

    /// Keeps the newest refresh token for a patient's records elsewhere.
    pub(crate) fn keep_link_token(&self, patient: &str, token: &str) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO link_tokens (patient, token) VALUES (?1, ?2)
             ON CONFLICT (patient) DO UPDATE SET token = excluded.token",
            params![patient, token],
        )?;
        Ok(())
    }

    pub(crate) fn link_token(&self, patient: &str) -> rusqlite::Result<Option<String>> {
        self.lock()
            .query_row("SELECT token FROM link_tokens WHERE patient = ?1", [patient], |row| row.get(0))
            .optional()
    }
}
