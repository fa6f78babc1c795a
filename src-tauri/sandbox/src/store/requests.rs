//! Browsers, authorization requests on their way through the pages, and the codes they end in.

use rusqlite::{OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::{SignIn, Store, sign_ins::start_sign_in};

/// What the app asked for, checked (RFC 6749 §4.1.1, RFC 7636, SMART App Launch).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) client: String,
    pub(crate) redirect_uri: String,
    pub(crate) scope: String,
    pub(crate) state: String,
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
}

/// A browser that holds a session cookie.
#[derive(Debug, Clone)]
pub(crate) struct Browser {
    /// Hash of the cookie.
    pub(crate) id: String,
    pub(crate) csrf: String,
    /// Signed in for the page of apps; signing in for an app does not set it.
    pub(crate) username: Option<String>,
}

/// An authorization request and how far it has come.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) id: String,
    pub(crate) asked: Asked,
    pub(crate) username: Option<String>,
    pub(crate) patient: Option<String>,
}

/// A code as stored.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) asked: Asked,
    pub(crate) username: String,
    pub(crate) patient: Option<String>,
    pub(crate) scope: String,
    pub(crate) expires: i64,
}

/// What became of an attempt to use a code.
#[derive(Debug)]
pub(crate) enum Redeemed {
    /// Not used before; it is now, for this sign-in.
    Now(i64),
    /// Used before.
    Before,
}

impl Store {
    pub(crate) fn add_browser(&self, browser: &Browser, expires: i64) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute("DELETE FROM browsers WHERE expires < ?1 - 86400", [expires])?;
        db.execute(
            "INSERT INTO browsers (cookie, csrf, username, expires) VALUES (?1, ?2, ?3, ?4)",
            params![browser.id, browser.csrf, browser.username, expires],
        )?;
        Ok(())
    }

    pub(crate) fn browser(&self, id: &str, now: i64) -> rusqlite::Result<Option<Browser>> {
        self.lock()
            .query_row(
                "SELECT cookie, csrf, username FROM browsers WHERE cookie = ?1 AND expires > ?2",
                params![id, now],
                |row| Ok(Browser { id: row.get(0)?, csrf: row.get(1)?, username: row.get(2)? }),
            )
            .optional()
    }

    pub(crate) fn drop_browser(&self, id: &str) -> rusqlite::Result<()> {
        self.lock().execute("DELETE FROM browsers WHERE cookie = ?1", [id])?;
        Ok(())
    }

    pub(crate) fn add_request(
        &self,
        id: &str,
        browser: &str,
        asked: &Asked,
        now: i64,
        expires: i64,
    ) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute("DELETE FROM requests WHERE expires < ?1", [now])?;
        db.execute(
            "INSERT INTO requests (id, browser, asked, expires) VALUES (?1, ?2, ?3, ?4)",
            params![id, browser, to_json(asked)?, expires],
        )?;
        Ok(())
    }

    /// An open request of this very browser.
    pub(crate) fn request(&self, id: &str, browser: &str, now: i64) -> rusqlite::Result<Option<Request>> {
        self.lock()
            .query_row(
                "SELECT id, asked, username, patient FROM requests
                 WHERE id = ?1 AND browser = ?2 AND expires > ?3",
                params![id, browser, now],
                |row| {
                    Ok(Request {
                        id: row.get(0)?,
                        asked: asked(row, 1)?,
                        username: row.get(2)?,
                        patient: row.get(3)?,
                    })
                },
            )
            .optional()
    }

    /// Notes who signed in, and which patient it is about once that is decided.
    pub(crate) fn advance_request(
        &self,
        id: &str,
        username: &str,
        patient: Option<&str>,
    ) -> rusqlite::Result<()> {
        self.lock().execute(
            "UPDATE requests SET username = ?2, patient = ?3 WHERE id = ?1",
            params![id, username, patient],
        )?;
        Ok(())
    }

    /// Ends a request; false when it was already answered.
    pub(crate) fn end_request(&self, id: &str) -> rusqlite::Result<bool> {
        Ok(self.lock().execute("DELETE FROM requests WHERE id = ?1", [id])? == 1)
    }

    pub(crate) fn add_code(&self, hash: &str, code: &Code) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO codes (hash, asked, username, patient, scope, expires)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![hash, to_json(&code.asked)?, code.username, code.patient, code.scope, code.expires],
        )?;
        Ok(())
    }

    pub(crate) fn code(&self, hash: &str) -> rusqlite::Result<Option<Code>> {
        self.lock()
            .query_row(
                "SELECT asked, username, patient, scope, expires FROM codes WHERE hash = ?1",
                [hash],
                |row| {
                    Ok(Code {
                        asked: asked(row, 0)?,
                        username: row.get(1)?,
                        patient: row.get(2)?,
                        scope: row.get(3)?,
                        expires: row.get(4)?,
                    })
                },
            )
            .optional()
    }

    /// Whether the code was used already.
    pub(crate) fn code_was_used(&self, hash: &str) -> rusqlite::Result<bool> {
        let used: Option<bool> = self
            .lock()
            .query_row("SELECT used FROM codes WHERE hash = ?1", [hash], |row| row.get(0))
            .optional()?;
        Ok(used.unwrap_or(false))
    }

    /// The sign-in that a used code led to.
    pub(crate) fn code_sign_in(&self, hash: &str) -> rusqlite::Result<Option<i64>> {
        let sign_in = self
            .lock()
            .query_row("SELECT sign_in FROM codes WHERE hash = ?1", [hash], |row| row.get(0))
            .optional()?;
        Ok(sign_in.flatten())
    }

    /// Uses a code up and starts the sign-in it stands for, in one transaction: of two requests with
    /// the same code one gets [`Redeemed::Now`], and the other [`Redeemed::Before`].
    pub(crate) fn redeem(&self, hash: &str, sign_in: &SignIn) -> rusqlite::Result<Redeemed> {
        let mut db = self.lock();
        let change = db.transaction()?;
        let fresh = change.execute("UPDATE codes SET used = 1 WHERE hash = ?1 AND used = 0", [hash])?;
        if fresh == 0 {
            return Ok(Redeemed::Before);
        }
        let id = start_sign_in(&change, sign_in)?;
        change.execute("UPDATE codes SET sign_in = ?2 WHERE hash = ?1", params![hash, id])?;
        change.commit()?;
        Ok(Redeemed::Now(id))
    }
}

fn to_json(asked: &Asked) -> rusqlite::Result<String> {
    serde_json::to_string(asked).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn asked(row: &Row<'_>, column: usize) -> rusqlite::Result<Asked> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
