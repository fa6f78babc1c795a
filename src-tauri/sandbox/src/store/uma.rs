//! Resource sets, policies, tickets and tokens of the UMA authorization server.

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use serde::{Deserialize, Serialize};

use super::Store;

/// A registered resource set (UMA Federated Authorization §3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceSet {
    pub(crate) id: String,
    /// The owner: the patient whose records these are.
    pub(crate) patient: String,
    pub(crate) name: String,
    /// `type`, a URI.
    pub(crate) kind: String,
    /// `resource_scopes`, space-separated.
    pub(crate) scope: String,
}

/// What the owner allowed a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) id: String,
    pub(crate) resource: String,
    pub(crate) client: String,
    /// Allowed scopes, space-separated.
    pub(crate) scope: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) set_at: i64,
    pub(crate) ended: Option<i64>,
}

/// One permission of a ticket or a token, in the shape that introspection shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Permission {
    pub(crate) resource_id: String,
    pub(crate) resource_scopes: Vec<String>,
}

/// A ticket as stored.
#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) permissions: Vec<Permission>,
    /// Set once a client has used it: what follows it is for that client alone.
    pub(crate) client: Option<String>,
    pub(crate) expires: i64,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UmaKind {
    /// Protection API access token, of the resource server.
    Pat,
    /// Requesting party token.
    Rpt,
}

impl UmaKind {
    const fn name(self) -> &'static str {
        match self {
            Self::Pat => "pat",
            Self::Rpt => "rpt",
        }
    }
}

/// A token as stored.
#[derive(Debug, Clone)]
pub(crate) struct UmaToken {
    pub(crate) client: String,
    pub(crate) permissions: Vec<Permission>,
    pub(crate) expires: i64,
}

impl Store {
    /// Registers a resource set, or renews the one of the same owner and name; gives its id.
    pub(crate) fn register_resource(&self, new: &ResourceSet) -> rusqlite::Result<String> {
        self.lock().query_row(
            "INSERT INTO uma_resources (id, patient, name, type, scope) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (patient, name) DO UPDATE SET type = excluded.type, scope = excluded.scope
             RETURNING id",
            params![new.id, new.patient, new.name, new.kind, new.scope],
            |row| row.get(0),
        )
    }

    pub(crate) fn resource_set(&self, id: &str) -> rusqlite::Result<Option<ResourceSet>> {
        self.lock()
            .query_row(
                "SELECT id, patient, name, type, scope FROM uma_resources WHERE id = ?1",
                [id],
                resource_set,
            )
            .optional()
    }

    /// All resource sets, or those of one owner.
    pub(crate) fn resource_sets(&self, patient: Option<&str>) -> rusqlite::Result<Vec<ResourceSet>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT id, patient, name, type, scope FROM uma_resources
             WHERE ?1 IS NULL OR patient = ?1 ORDER BY patient, name",
        )?;
        let rows = query.query_map([patient], resource_set)?;
        rows.collect()
    }

    /// Removes a resource set with its policies. False when there was none.
    pub(crate) fn remove_resource(&self, id: &str) -> rusqlite::Result<bool> {
        Ok(self.lock().execute("DELETE FROM uma_resources WHERE id = ?1", [id])? == 1)
    }

    /// Sets what a client may do with a resource: one policy in force for each pair. Its id.
    pub(crate) fn set_policy(&self, new: &Policy) -> rusqlite::Result<String> {
        let mut db = self.lock();
        let change = db.transaction()?;
        let standing: Option<String> = change
            .query_row(
                "UPDATE uma_policies SET scope = ?3, name = ?4, description = ?5
                 WHERE resource = ?1 AND client = ?2 AND ended IS NULL RETURNING id",
                params![new.resource, new.client, new.scope, new.name, new.description],
                |row| row.get(0),
            )
            .optional()?;
        let id = match standing {
            Some(id) => id,
            None => {
                change.execute(
                    "INSERT INTO uma_policies (id, resource, client, scope, name, description, set_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    params![
                        new.id,
                        new.resource,
                        new.client,
                        new.scope,
                        new.name,
                        new.description,
                        new.set_at
                    ],
                )?;
                new.id.clone()
            }
        };
        forget_wish(&change, &new.resource, &new.client)?;
        change.commit()?;
        Ok(id)
    }

    /// Ends what a client may do with a resource. False when nothing was in force.
    pub(crate) fn end_policy(&self, resource: &str, client: &str, now: i64) -> rusqlite::Result<bool> {
        let db = self.lock();
        forget_wish(&db, resource, client)?;
        let changed = db.execute(
            "UPDATE uma_policies SET ended = ?3 WHERE resource = ?1 AND client = ?2 AND ended IS NULL",
            params![resource, client, now],
        )?;
        Ok(changed > 0)
    }

    /// Every policy, ended ones too, oldest first.
    pub(crate) fn policies(&self) -> rusqlite::Result<Vec<Policy>> {
        let db = self.lock();
        let mut query = db.prepare_cached(
            "SELECT id, resource, client, scope, name, description, set_at, ended
             FROM uma_policies ORDER BY set_at, rowid",
        )?;
        let rows = query.query_map([], policy)?;
        rows.collect()
    }

    /// Writes down what a client asked for, for the owner to decide.
    pub(crate) fn wish(&self, resource: &str, client: &str, scope: &str, now: i64) -> rusqlite::Result<()> {
        self.lock().execute(
            "INSERT INTO uma_wishes (resource, client, scope, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (resource, client) DO UPDATE SET scope = excluded.scope",
            params![resource, client, scope, now],
        )?;
        Ok(())
    }

    /// Undecided wishes about a resource: client and scopes.
    pub(crate) fn wishes(&self, resource: &str) -> rusqlite::Result<Vec<(String, String)>> {
        let db = self.lock();
        let mut query =
            db.prepare_cached("SELECT client, scope FROM uma_wishes WHERE resource = ?1 ORDER BY at")?;
        let rows = query.query_map([resource], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    pub(crate) fn add_ticket(&self, hash: &str, ticket: &Ticket, now: i64) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute("DELETE FROM uma_tickets WHERE expires < ?1 - 86400", [now])?;
        db.execute(
            "INSERT INTO uma_tickets (hash, permissions, client, expires) VALUES (?1, ?2, ?3, ?4)",
            params![hash, json(&ticket.permissions)?, ticket.client, ticket.expires],
        )?;
        Ok(())
    }

    /// Spends a ticket. `None` when it is unknown or was spent before.
    pub(crate) fn spend_ticket(&self, hash: &str) -> rusqlite::Result<Option<Ticket>> {
        self.lock()
            .query_row(
                "UPDATE uma_tickets SET spent = 1 WHERE hash = ?1 AND spent = 0
                 RETURNING permissions, client, expires",
                [hash],
                |row| {
                    Ok(Ticket {
                        permissions: permissions(row, 0)?,
                        client: row.get(1)?,
                        expires: row.get(2)?,
                    })
                },
            )
            .optional()
    }

    pub(crate) fn add_uma_token(
        &self,
        hash: &str,
        kind: UmaKind,
        token: &UmaToken,
        now: i64,
    ) -> rusqlite::Result<()> {
        let db = self.lock();
        db.execute("DELETE FROM uma_tokens WHERE expires < ?1 - 86400", [now])?;
        db.execute(
            "INSERT INTO uma_tokens (hash, kind, client, permissions, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![hash, kind.name(), token.client, json(&token.permissions)?, token.expires],
        )?;
        Ok(())
    }

    /// A token of this kind, whether or not it is still good.
    pub(crate) fn uma_token(&self, hash: &str, kind: UmaKind) -> rusqlite::Result<Option<UmaToken>> {
        self.lock()
            .query_row(
                "SELECT client, permissions, expires FROM uma_tokens WHERE hash = ?1 AND kind = ?2",
                params![hash, kind.name()],
                |row| {
                    Ok(UmaToken {
                        client: row.get(0)?,
                        permissions: permissions(row, 1)?,
                        expires: row.get(2)?,
                    })
                },
            )
            .optional()
    }

    /// Counts one read with a requesting party token; true when it is the first one.
    pub(crate) fn count_uma_read(&self, hash: &str) -> rusqlite::Result<bool> {
        let reads: Option<i64> = self
            .lock()
            .query_row(
                "UPDATE uma_tokens SET reads = reads + 1 WHERE hash = ?1 RETURNING reads",
                [hash],
                |row| row.get(0),
            )
            .optional()?;
        Ok(reads == Some(1))
    }
}

fn forget_wish(db: &Connection, resource: &str, client: &str) -> rusqlite::Result<()> {
    db.execute("DELETE FROM uma_wishes WHERE resource = ?1 AND client = ?2", params![resource, client])?;
    Ok(())
}

fn json(permissions: &[Permission]) -> rusqlite::Result<String> {
    serde_json::to_string(permissions)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// What cannot be read permits nothing.
fn permissions(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Permission>> {
    let text: String = row.get(column)?;
    Ok(serde_json::from_str(&text).unwrap_or_default())
}

fn resource_set(row: &Row<'_>) -> rusqlite::Result<ResourceSet> {
    Ok(ResourceSet {
        id: row.get(0)?,
        patient: row.get(1)?,
        name: row.get(2)?,
        kind: row.get(3)?,
        scope: row.get(4)?,
    })
}

fn policy(row: &Row<'_>) -> rusqlite::Result<Policy> {
    Ok(Policy {
        id: row.get(0)?,
        resource: row.get(1)?,
        client: row.get(2)?,
        scope: row.get(3)?,
        name: row.get(4)?,
        description: row.get(5)?,
        set_at: row.get(6)?,
        ended: row.get(7)?,
    })
}
