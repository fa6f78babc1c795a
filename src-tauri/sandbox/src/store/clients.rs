//! Apps that registered, or were registered, here.

use rusqlite::{OptionalExtension as _, params};

use super::Store;
use crate::client::Client;

impl Store {
    /// Adds an app, or puts another in the place of one with the same id.
    pub(crate) fn keep_client(&self, client: &Client) -> rusqlite::Result<()> {
        let json = serde_json::to_string(client)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        self.lock().execute(
            "INSERT INTO clients (id, client) VALUES (?1, ?2)
             ON CONFLICT (id) DO UPDATE SET client = excluded.client",
            params![client.id, json],
        )?;
        Ok(())
    }

    pub(crate) fn client(&self, id: &str) -> rusqlite::Result<Option<Client>> {
        let json: Option<String> = self
            .lock()
            .query_row("SELECT client FROM clients WHERE id = ?1", [id], |row| row.get(0))
            .optional()?;
        json.map(|json| {
            serde_json::from_str(&json).map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error))
            })
        })
        .transpose()
    }

    /// How many apps are known.
    pub(crate) fn clients_known(&self) -> rusqlite::Result<u32> {
        self.lock().query_row("SELECT COUNT(*) FROM clients", [], |row| row.get(0))
    }
}
