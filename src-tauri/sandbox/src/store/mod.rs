//! The SQLite database of one EHR. SQL of the sandbox lives here (and in the FHIR store) only.
//!
//! One connection behind one lock: a check and the change that depends on it happen under the same
//! guard, so a code or an assertion cannot be used twice by two requests at once.

mod applications;
mod authorizations;
mod backend_tokens;
mod clients;
mod connections;
mod facts;
mod handles;
mod letters;
mod links;
mod pushes;
mod requests;
mod sign_ins;
mod tokens;
mod uma;

use std::{
    fs, io,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

pub(crate) use applications::{Application, Vouched};
pub(crate) use authorizations::{Authorization, NewAuthorization};
pub(crate) use backend_tokens::BackendToken;
pub(crate) use connections::{ConnectionRow, NewConnection, Under};
pub(crate) use handles::Presented;
pub(crate) use letters::NewLetter;
pub(crate) use links::Link;
pub(crate) use pushes::{NewPush, Push};
pub(crate) use requests::{Asked, Browser, Code, Redeemed, Request};
pub(crate) use sign_ins::SignIn;
pub(crate) use tokens::{Kind, NewToken, Owner};
pub(crate) use uma::{Permission, Policy, ResourceSet, Ticket, UmaKind, UmaToken};

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// The folder or the file cannot be made.
    #[error(transparent)]
    File(#[from] io::Error),
    /// SQLite cannot use it.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
}

/// The database; clones share it.
#[derive(Clone)]
pub(crate) struct Store {
    db: Arc<Mutex<Connection>>,
}

impl Store {
    /// A database that ends with the process.
    pub(crate) fn in_memory() -> Result<Self, rusqlite::Error> {
        Self::prepare(Connection::open_in_memory()?)
    }

    /// A database in a file that only its owner can read.
    pub(crate) fn in_file(path: &Path) -> Result<Self, OpenError> {
        owner_only(path)?;
        let db = Connection::open(path)?;
        // Write-ahead logging keeps a killed sandbox whole; SQLite gives its files the same mode.
        db.pragma_update(None, "journal_mode", "wal")?;
        db.pragma_update(None, "synchronous", "normal")?;
        Ok(Self::prepare(db)?)
    }

    fn prepare(db: Connection) -> Result<Self, rusqlite::Error> {
        db.pragma_update(None, "foreign_keys", true)?;
        db.execute_batch(include_str!("schema.sql"))?;
        db.execute_batch(include_str!("uma.sql"))?;
        db.execute_batch(include_str!("links.sql"))?;
        Ok(Self { db: Arc::new(Mutex::new(db)) })
    }

    /// The connection that the FHIR store shares.
    pub(crate) fn shared(&self) -> Arc<Mutex<Connection>> {
        Arc::clone(&self.db)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic elsewhere leaves SQLite itself consistent: an open transaction was rolled back.
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes the file before SQLite does, because SQLite would let the umask decide.
fn owner_only(path: &Path) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let file = options.open(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.set_permissions(fs::Permissions::from_mode(0o600))?;
    }
    drop(file);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_database_file_is_readable_by_its_owner_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/ehr.sqlite");
        let store = Store::in_file(&path).unwrap();
        store.bump("something").unwrap();
        for file in fs::read_dir(path.parent().unwrap()).unwrap() {
            let mode = file.unwrap().metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }
}
