//! Access tokens of backend clients, by their hashes. No person stands behind them.

use rusqlite::{OptionalExtension as _, params};

use super::Store;

/// A token that is still good.
#[derive(Debug, Clone)]
pub(crate) struct BackendToken {
    pub(crate) client: String,
    /// `system/…` scopes, space-separated.
    pub(crate) scope: String,
    pub(crate) expires: i64,
}

impl Store {
    pub(crate) fn add_backend_token(
        &self,
        hash: &str,
        client: &str,
        scope: &str,
        now: i64,
        expires: i64,
    ) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute("DELETE FROM backend_tokens WHERE expires < ?1", [now])?;
        db.execute(
            "INSERT INTO backend_tokens (hash, client, scope, expires) VALUES (?1, ?2, ?3, ?4)",
            params![hash, client, scope, expires],
        )?;
        Ok(())
    }

    pub(crate) fn backend_token(&self, hash: &str, now: i64) -> rusqlite::Result<Option<BackendToken>> {
        self.lock()
            .query_row(
                "SELECT client, scope, expires FROM backend_tokens WHERE hash = ?1 AND expires > ?2",
                params![hash, now],
                |row| Ok(BackendToken { client: row.get(0)?, scope: row.get(1)?, expires: row.get(2)? }),
            )
            .optional()
    }

    /// Ends a client's own token.
    pub(crate) fn end_backend_token(&self, hash: &str, client: &str) -> rusqlite::Result<()> {
        self.lock()
            .execute("DELETE FROM backend_tokens WHERE hash = ?1 AND client = ?2", params![hash, client])?;
        Ok(())
    }
}
