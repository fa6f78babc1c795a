//! What this computer keeps: one SQLite file, owner-only, one writer. The only room with SQL in it.
//!
//! Law: a journal line is on disk (`synchronous=FULL`) before the call that it announces leaves.
//! No token, no JWT, no clinical data, and no name that is not sealed.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rusqlite::Connection;

pub mod connections;
pub mod drafts;
pub mod ehrs;
pub mod lists;
pub mod seal;
pub mod seen;
mod words;

/// Why the store did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another Consentry uses this folder.
    #[error("another instance uses this folder")]
    InUse,
    /// The file was written by a newer Consentry.
    #[error("the file is from a newer version")]
    Newer,
    /// Disk full, read-only, damaged, or not ours to write.
    #[error("the disk refused")]
    Disk,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(code = ?error.sqlite_error_code(), "store");
        Self::Disk
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        tracing::error!(kind = ?error.kind(), "store");
        Self::Disk
    }
}

/// The versions of the file, oldest first, each with its number (`user_version`).
const SCHEMA: [(u32, &str); 4] = [
    (1, include_str!("schema/0001.sql")),
    (2, include_str!("schema/0002.sql")),
    (3, include_str!("schema/0003.sql")),
    (4, include_str!("schema/0004.sql")),
];

/// The open file, and the lock on its folder.
#[derive(Debug)]
pub struct Store {
    db: Mutex<Connection>,
    folder: PathBuf,
    words: words::Words,
    _lock: File,
}

impl Store {
    /// Opens or makes the store in `folder`, which becomes readable by its owner only.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another instance holds the folder, [`StoreError::Newer`] for a file of a newer version.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder)?;
        owner_only(folder, 0o700)?;
        let lock = File::options().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        owner_only(&folder.join("lock"), 0o600)?;
        lock.try_lock().map_err(|_| StoreError::InUse)?;
        let path = folder.join("consentry.sqlite");
        // Made by us first, so that it is never readable by others, not even for a moment.
        File::options().create(true).truncate(false).write(true).open(&path)?;
        owner_only(&path, 0o600)?;
        let mut db = Connection::open(&path)?;
        db.pragma_update(None, "journal_mode", "DELETE")?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.pragma_update(None, "foreign_keys", true)?;
        migrate(&mut db)?;
        Ok(Self {
            db: Mutex::new(db),
            folder: folder.to_owned(),
            words: words::Words::default(),
            _lock: lock,
        })
    }

    /// Seals what names somebody from now on. Without a key it is not written at all.
    pub fn seal_with(&self, key: seal::SealKey) {
        self.words.seal_with(key);
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads a time column.
fn time(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<jiff::Timestamp> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| unreadable(column))
}

/// A column that holds something else than we wrote.
fn unreadable(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, String::new(), rusqlite::types::Type::Text)
}

fn migrate(db: &mut Connection) -> Result<(), StoreError> {
    let version: u32 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if SCHEMA.last().is_some_and(|(newest, _)| version > *newest) {
        return Err(StoreError::Newer);
    }
    for (number, sql) in SCHEMA.iter().filter(|(number, _)| *number > version) {
        let change = db.transaction()?;
        change.execute_batch(sql)?;
        change.pragma_update(None, "user_version", number)?;
        change.commit()?;
    }
    Ok(())
}

#[cfg(unix)]
fn owner_only(path: &Path, mode: u32) -> Result<(), StoreError> {
    use std::os::unix::fs::PermissionsExt;
    if fs::symlink_metadata(path)?.file_type().is_symlink() {
        return Err(StoreError::Disk);
    }
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(mode))?)
}

/// On Windows the user's profile folder is already the user's alone.
#[cfg(not(unix))]
fn owner_only(_path: &Path, _mode: u32) -> Result<(), StoreError> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Store, StoreError};

    #[test]
    fn one_writer_only() {
        let folder = tempfile::tempdir().unwrap();
        let first = Store::open(folder.path()).unwrap();
        assert!(matches!(Store::open(folder.path()), Err(StoreError::InUse)));
        drop(first);
        Store::open(folder.path()).expect("a lock ends with its owner");
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(Store::open(folder.path()).unwrap());
        let db = rusqlite::Connection::open(folder.path().join("consentry.sqlite")).unwrap();
        db.pragma_update(None, "user_version", 99).unwrap();
        drop(db);
        assert!(matches!(Store::open(folder.path()), Err(StoreError::Newer)));
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let _store = Store::open(&folder.path().join("data")).unwrap();
        let mode = |p: &str| std::fs::metadata(folder.path().join(p)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("data"), 0o700);
        assert_eq!(mode("data/consentry.sqlite"), 0o600);
    }

    #[cfg(unix)]
    #[test]
    fn a_planted_symlink_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), folder.path().join("data")).unwrap();
        assert!(matches!(Store::open(&folder.path().join("data")), Err(StoreError::Disk)));
    }
}
