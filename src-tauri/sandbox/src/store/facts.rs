//! Single values: the port, the seed, counters, signing keys and password hashes.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension as _, params};

use super::Store;

impl Store {
    pub(crate) fn fact(&self, name: &str) -> Result<Option<String>, rusqlite::Error> {
        self.lock().query_row("SELECT value FROM facts WHERE name = ?1", [name], |row| row.get(0)).optional()
    }

    pub(crate) fn keep_fact(&self, name: &str, value: &str) -> Result<(), rusqlite::Error> {
        self.lock().execute(
            "INSERT INTO facts (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value],
        )?;
        Ok(())
    }

    /// One more of something that should never happen.
    pub(crate) fn bump(&self, name: &str) -> Result<(), rusqlite::Error> {
        self.lock().execute(
            "INSERT INTO counters (name, value) VALUES (?1, 1)
             ON CONFLICT (name) DO UPDATE SET value = value + 1",
            [name],
        )?;
        Ok(())
    }

    pub(crate) fn counter(&self, name: &str) -> Result<u64, rusqlite::Error> {
        let value: Option<i64> = self
            .lock()
            .query_row("SELECT value FROM counters WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        Ok(value.and_then(|value| u64::try_from(value).ok()).unwrap_or(0))
    }

    /// Stored private keys, PKCS#8 by algorithm name.
    pub(crate) fn keys(&self) -> Result<BTreeMap<String, Vec<u8>>, rusqlite::Error> {
        let db = self.lock();
        let mut query = db.prepare_cached("SELECT algorithm, pkcs8 FROM keys")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    pub(crate) fn keep_key(&self, algorithm: &str, pkcs8: &[u8]) -> Result<(), rusqlite::Error> {
        self.lock()
            .execute("INSERT INTO keys (algorithm, pkcs8) VALUES (?1, ?2)", params![algorithm, pkcs8])?;
        Ok(())
    }

    /// Salt and hash of a user's password.
    pub(crate) fn password(&self, username: &str) -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
        self.lock()
            .query_row("SELECT salt, password FROM users WHERE username = ?1", [username], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()
    }

    pub(crate) fn keep_password(
        &self,
        username: &str,
        salt: &[u8],
        password: &[u8],
    ) -> Result<(), rusqlite::Error> {
        self.lock().execute(
            "INSERT INTO users (username, salt, password) VALUES (?1, ?2, ?3)
             ON CONFLICT (username) DO UPDATE SET salt = excluded.salt, password = excluded.password",
            params![username, salt, password],
        )?;
        Ok(())
    }
}
