//! Which other EHR may fetch for which Consent, and how often it did.

use rusqlite::{OptionalExtension as _, Row, params};

use super::Store;

/// What `$authorize` settled.
#[derive(Debug)]
pub(crate) struct NewAuthorization<'a> {
    pub(crate) consent: &'a str,
    /// `iss` of the introduction: the other EHR's FHIR base.
    pub(crate) app: &'a str,
    pub(crate) app_name: &'a str,
    pub(crate) patient: &'a str,
    pub(crate) scope: &'a str,
    /// Scopes of the login that granted it; the Consent may never reach further.
    pub(crate) ceiling: &'a str,
    /// The public key that the introduction was signed with, as JWK.
    pub(crate) key: &'a str,
    pub(crate) now: i64,
    pub(crate) until: i64,
}

/// An authorization as stored.
#[derive(Debug, Clone)]
pub(crate) struct Authorization {
    pub(crate) id: i64,
    pub(crate) consent: String,
    pub(crate) app: String,
    pub(crate) app_name: String,
    pub(crate) patient: String,
    pub(crate) scope: String,
    pub(crate) ceiling: String,
    pub(crate) key: String,
    pub(crate) granted_at: i64,
    pub(crate) until: i64,
    pub(crate) revoked_at: Option<i64>,
    /// Why the verification service makes it open nothing now.
    pub(crate) doubt: Option<String>,
    pub(crate) tokens: u64,
    pub(crate) reads: u64,
    pub(crate) refusals: u64,
}

const COLUMNS: &str = "id, consent, app, app_name, patient, scope, ceiling, key, granted_at, \
                       until, revoked_at, tokens, reads, refusals, \
                       (SELECT doubt FROM vouched WHERE vouched.authorization = authorizations.id)";

impl Store {
    /// Adds an authorization, or renews the one that is not revoked: asking twice gives one.
    pub(crate) fn authorize(&self, new: &NewAuthorization<'_>) -> rusqlite::Result<i64> {
        let db = self.lock();
        let standing: Option<i64> = db
            .query_row(
                "UPDATE authorizations
                 SET app_name = ?3, scope = ?5, ceiling = ?6, key = ?7, until = ?9
                 WHERE consent = ?1 AND app = ?2 AND patient = ?4 AND revoked_at IS NULL
                   AND until > ?8
                 RETURNING id",
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
                |row| row.get(0),
            )
            .optional()?;
        if let Some(id) = standing {
            return Ok(id);
        }
        db.execute(
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
        Ok(db.last_insert_rowid())
    }

    pub(crate) fn authorization(&self, id: i64) -> rusqlite::Result<Option<Authorization>> {
        self.lock()
            .query_row(&format!("SELECT {COLUMNS} FROM authorizations WHERE id = ?1"), [id], read)
            .optional()
    }

    /// The newest authorization of an app on a Consent, revoked or not.
    pub(crate) fn latest_authorization(
        &self,
        consent: &str,
        app: &str,
    ) -> rusqlite::Result<Option<Authorization>> {
        self.lock()
            .query_row(
                &format!(
                    "SELECT {COLUMNS} FROM authorizations WHERE consent = ?1 AND app = ?2
                     ORDER BY id DESC LIMIT 1"
                ),
                [consent, app],
                read,
            )
            .optional()
    }

    /// Every authorization, oldest first.
    pub(crate) fn authorizations(&self) -> rusqlite::Result<Vec<Authorization>> {
        let db = self.lock();
        let mut query = db.prepare_cached(&format!("SELECT {COLUMNS} FROM authorizations ORDER BY id"))?;
        let rows = query.query_map([], read)?;
        rows.collect()
    }

    /// Revokes what an app has on a Consent and ends its tokens, in one transaction.
    pub(crate) fn revoke(&self, consent: &str, app: &str, now: i64) -> rusqlite::Result<()> {
        let mut db = self.lock();
        let change = db.transaction()?;
        change.execute(
            "UPDATE tokens SET ended = ?3 WHERE ended IS NULL AND authorization IN
             (SELECT id FROM authorizations WHERE consent = ?1 AND app = ?2)",
            params![consent, app, now],
        )?;
        change.execute(
            "UPDATE authorizations SET revoked_at = ?3
             WHERE consent = ?1 AND app = ?2 AND revoked_at IS NULL",
            params![consent, app, now],
        )?;
        change.commit()
    }

    pub(crate) fn count_token(&self, id: i64) -> rusqlite::Result<()> {
        self.count("UPDATE authorizations SET tokens = tokens + 1 WHERE id = ?1", id)
    }

    pub(crate) fn count_authorized_read(&self, id: i64) -> rusqlite::Result<()> {
        self.count("UPDATE authorizations SET reads = reads + 1 WHERE id = ?1", id)
    }

    pub(crate) fn count_refusal(&self, id: i64) -> rusqlite::Result<()> {
        self.count("UPDATE authorizations SET refusals = refusals + 1 WHERE id = ?1", id)
    }

    fn count(&self, sql: &str, id: i64) -> rusqlite::Result<()> {
        self.lock().execute(sql, [id])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Authorization> {
    let count = |value: i64| u64::try_from(value).unwrap_or(0);
    Ok(Authorization {
        id: row.get(0)?,
        consent: row.get(1)?,
        app: row.get(2)?,
        app_name: row.get(3)?,
        patient: row.get(4)?,
        scope: row.get(5)?,
        ceiling: row.get(6)?,
        key: row.get(7)?,
        granted_at: row.get(8)?,
        until: row.get(9)?,
        revoked_at: row.get(10)?,
        tokens: count(row.get(11)?),
        reads: count(row.get(12)?),
        refusals: count(row.get(13)?),
        doubt: row.get(14)?,
    })
}
