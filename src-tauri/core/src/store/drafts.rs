//! Small values that may name somebody: kept sealed, one for each name.

use rusqlite::{OptionalExtension, params};

use super::{Store, StoreError};

impl Store {
    /// Keeps a sealed value.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_sealed(&self, name: &str, value: &[u8]) -> Result<(), StoreError> {
        self.db().execute(
            "INSERT INTO sealed (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            params![name, value],
        )?;
        Ok(())
    }

    /// Reads a sealed value.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn sealed(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .db()
            .query_row("SELECT value FROM sealed WHERE name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    /// Forgets a sealed value.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_sealed(&self, name: &str) -> Result<(), StoreError> {
        self.db().execute("DELETE FROM sealed WHERE name = ?1", [name])?;
        Ok(())
    }
}
