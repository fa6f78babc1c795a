//! The register of the verification service, and what it last said of each authorization.

use rusqlite::params;

use super::Store;

/// A registered application: an issuer and one of its keys.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) issuer: String,
    /// RFC 7638, SHA-256.
    pub(crate) thumbprint: String,
    /// Public key as JWK.
    pub(crate) key: String,
    /// JSON.
    pub(crate) verdict: String,
    /// JSON.
    pub(crate) endorsements: String,
}

/// An authorization whose application was asked about.
#[derive(Debug, Clone)]
pub(crate) struct Vouched {
    pub(crate) authorization: i64,
    /// The introduction that it was granted with.
    pub(crate) jwt: String,
    pub(crate) was_approved: bool,
    /// Why it opens nothing now.
    pub(crate) doubt: Option<String>,
}

impl Store {
    /// Registers an application that is not there yet.
    pub(crate) fn register(&self, new: &Application) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT OR IGNORE INTO applications (issuer, thumbprint, key, verdict, endorsements)
             VALUES (?1, ?2, ?3, ?4, ?5)",
            params![new.issuer, new.thumbprint, new.key, new.verdict, new.endorsements],
        )?;
        Ok(())
    }

    /// What is registered of an issuer, one row for each key.
    pub(crate) fn applications(&self, issuer: &str) -> rusqlite::Result<Vec<Application>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT issuer, thumbprint, key, verdict, endorsements FROM applications WHERE issuer = ?1",
        )?;
        let rows = query.query_map([issuer], |row| {
            Ok(Application {
                issuer: row.get(0)?,
                thumbprint: row.get(1)?,
                key: row.get(2)?,
                verdict: row.get(3)?,
                endorsements: row.get(4)?,
            })
        })?;
        rows.collect()
    }

    /// Changes what the service thinks of an issuer.
    pub(crate) fn judge(&self, issuer: &str, verdict: &str) -> rusqlite::Result<()> {
        self.lock().execute("UPDATE applications SET verdict = ?2 WHERE issuer = ?1", [issuer, verdict])?;
        Ok(())
    }

    /// Changes what others say of an issuer.
    pub(crate) fn endorse(&self, issuer: &str, endorsements: &str) -> rusqlite::Result<()> {
        self.lock()
            .execute("UPDATE applications SET endorsements = ?2 WHERE issuer = ?1", [issuer, endorsements])?;
        Ok(())
    }

    /// Keeps with which introduction an authorization was granted, and what was said of it then.
    pub(crate) fn vouch(&self, authorization: i64, jwt: &str, approved: bool) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO vouched (authorization, jwt, was_approved, doubt) VALUES (?1, ?2, ?3, NULL)
             ON CONFLICT (authorization) DO UPDATE SET jwt = ?2, was_approved = ?3, doubt = NULL",
            params![authorization, jwt, approved],
        )?;
        Ok(())
    }

    /// Those that are not revoked; or one of them.
    pub(crate) fn vouched(&self, authorization: Option<i64>) -> rusqlite::Result<Vec<Vouched>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT v.authorization, v.jwt, v.was_approved, v.doubt FROM vouched v
             JOIN authorizations a ON a.id = v.authorization
             WHERE a.revoked_at IS NULL AND (?1 IS NULL OR a.id = ?1)",
        )?;
        let rows = query.query_map([authorization], |row| {
            Ok(Vouched {
                authorization: row.get(0)?,
                jwt: row.get(1)?,
                was_approved: row.get(2)?,
                doubt: row.get(3)?,
            })
        })?;
        rows.collect()
    }

    /// Keeps why an authorization opens nothing now, or that it does again.
    pub(crate) fn doubt(&self, authorization: i64, doubt: Option<&str>) -> rusqlite::Result<()> {
        self.lock().execute(
            "UPDATE vouched SET doubt = ?2, was_approved = was_approved OR ?2 IS NULL WHERE authorization = ?1",
            params![authorization, doubt],
        )?;
        Ok(())
    }
}
