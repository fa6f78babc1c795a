//! Connections and their journals.

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};
use serde_json::Value;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::{
    connection::{
        ConnectionId,
        journal::{Entry, Line},
        way::Way,
    },
    ehr::EhrId,
    kind::Kind,
};

/// A connection as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Our id; also the Consent's identifier.
    pub id: ConnectionId,
    /// How it is set up and ended.
    pub way: Way,
    /// The source.
    pub from: EhrId,
    /// The target, when the app knows it.
    pub to: Option<EhrId>,
    /// The patient's id at the source.
    pub patient_from: String,
    /// The patient's id at the target.
    pub patient_to: Option<String>,
    /// The target's `iss`, which the source lists as `app-id`.
    pub issuer: String,
    /// Thumbprint of the target's key that the person signed for.
    pub thumbprint: Option<String>,
    /// What was picked.
    pub kinds: Vec<Kind>,
    /// The last day.
    pub last_day: Option<Date>,
    /// SHA-256 of the Consent as signed.
    pub consent_hash: Option<String>,
    /// Sentence, names and words, sealed.
    pub sealed: Option<Vec<u8>>,
}

const COLUMNS: &str = "id, from_ehr, to_ehr, patient_from, patient_to, issuer, thumbprint, kinds, last_day, consent_hash, sealed, way";

impl Store {
    /// Keeps a new connection and the first lines of its journal, together.
    ///
    /// # Errors
    /// When the disk refuses: then nothing may be sent.
    pub fn add_connection(&self, row: &ConnectionRow, first: &[Line]) -> Result<(), StoreError> {
        let kinds = serde_json::to_string(&row.kinds).map_err(|_| StoreError::Disk)?;
        let mut db = self.db();
        let change = db.transaction()?;
        change.execute(
            &format!(
                "INSERT INTO connection ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
            ),
            params![
                row.id.to_string(),
                row.from.as_str(),
                row.to.as_ref().map(EhrId::as_str),
                row.patient_from,
                row.patient_to,
                row.issuer,
                row.thumbprint,
                kinds,
                row.last_day.map(|d| d.to_string()),
                row.consent_hash,
                row.sealed,
                serde_json::to_string(&row.way).map_err(|_| StoreError::Disk)?
            ],
        )?;
        for line in first {
            self.write_line(&change, row.id, line)?;
        }
        Ok(change.commit()?)
    }

    /// Adds a line to a journal. When this returns, the line is on disk.
    ///
    /// # Errors
    /// When the disk refuses: then the call that the line announces must not be sent.
    pub fn append(&self, id: ConnectionId, line: &Line) -> Result<(), StoreError> {
        self.write_line(&self.db(), id, line)
    }

    /// All connections, oldest first.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn connections(&self) -> Result<Vec<ConnectionRow>, StoreError> {
        let db = self.db();
        let mut query = db.prepare(&format!("SELECT {COLUMNS} FROM connection ORDER BY rowid"))?;
        let rows = query.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    }

    /// One connection.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn connection(&self, id: ConnectionId) -> Result<Option<ConnectionRow>, StoreError> {
        let db = self.db();
        let mut query = db.prepare(&format!("SELECT {COLUMNS} FROM connection WHERE id = ?1"))?;
        Ok(query.query_row([id.to_string()], read).optional()?)
    }

    /// How a connection is set up and ended.
    ///
    /// # Errors
    /// When the disk refuses or there is no such connection.
    pub fn way(&self, id: ConnectionId) -> Result<Way, StoreError> {
        let db = self.db();
        let mut query = db.prepare("SELECT way FROM connection WHERE id = ?1")?;
        Ok(query.query_row([id.to_string()], |row| way(row, 0))?)
    }

    /// A journal, oldest line first.
    ///
    /// # Errors
    /// When the disk refuses or a line cannot be read.
    pub fn journal(&self, id: ConnectionId) -> Result<Vec<Line>, StoreError> {
        let db = self.db();
        let mut query = db.prepare("SELECT at, entry FROM journal WHERE connection = ?1 ORDER BY seq")?;
        let lines = query.query_map([id.to_string()], |row| {
            let entry: String = row.get(1)?;
            let mut entry: Value = serde_json::from_str(&entry).map_err(|_| super::unreadable(1))?;
            self.words.put_back(&mut entry);
            let entry: Entry = serde_json::from_value(entry).map_err(|_| super::unreadable(1))?;
            Ok(Line { at: super::time(row, 0)?, entry })
        })?;
        Ok(lines.collect::<Result<Vec<_>, _>>()?)
    }

    fn write_line(&self, db: &rusqlite::Connection, id: ConnectionId, line: &Line) -> Result<(), StoreError> {
        let mut entry = serde_json::to_value(&line.entry).map_err(|_| StoreError::Disk)?;
        self.words.take(&format!("line/{}", Uuid::new_v4()), &mut entry);
        db.execute(
            "INSERT INTO journal (connection, at, entry) VALUES (?1, ?2, ?3)",
            params![id.to_string(), line.at.to_string(), entry.to_string()],
        )?;
        Ok(())
    }
}

fn way(row: &Row<'_>, column: usize) -> rusqlite::Result<Way> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|_| super::unreadable(column))
}

fn read(row: &Row<'_>) -> rusqlite::Result<ConnectionRow> {
    let id: String = row.get(0)?;
    let kinds: String = row.get(7)?;
    let last_day: Option<String> = row.get(8)?;
    Ok(ConnectionRow {
        id: ConnectionId::parse(&id).ok_or_else(|| super::unreadable(0))?,
        from: EhrId::stored(row.get::<_, String>(1)?),
        to: row.get::<_, Option<String>>(2)?.map(EhrId::stored),
        patient_from: row.get(3)?,
        patient_to: row.get(4)?,
        issuer: row.get(5)?,
        thumbprint: row.get(6)?,
        kinds: serde_json::from_str(&kinds).map_err(|_| super::unreadable(7))?,
        last_day: last_day.map(|d| d.parse().map_err(|_| super::unreadable(8))).transpose()?,
        consent_hash: row.get(9)?,
        sealed: row.get(10)?,
        way: way(row, 11)?,
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{ConnectionRow, Store};
    use crate::{
        connection::{
            ConnectionId,
            journal::{Entry, Line, Step},
            way::Way,
        },
        ehr::EhrId,
        kind::Kind,
    };

    #[test]
    fn a_journal_comes_back_in_order_after_reopening() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let row = ConnectionRow {
            id: ConnectionId::fresh(),
            way: Way::ConsentTokens,
            from: EhrId::fresh(),
            to: None,
            patient_from: "p1".to_owned(),
            patient_to: None,
            issuer: "https://target.example".to_owned(),
            thumbprint: None,
            kinds: vec![Kind::Vaccines],
            last_day: Some(jiff::civil::date(2026, 6, 3)),
            consent_hash: None,
            sealed: None,
        };
        let line = |entry| Line { at: Timestamp::UNIX_EPOCH, entry };
        store.add_connection(&row, &[line(Entry::Signed)]).unwrap();
        store.append(row.id, &line(Entry::Began { step: Step::FileConsent })).unwrap();
        drop(store);
        let store = Store::open(folder.path()).unwrap();
        assert_eq!(store.connections().unwrap(), vec![row.clone()]);
        assert_eq!(
            store.journal(row.id).unwrap(),
            vec![line(Entry::Signed), line(Entry::Began { step: Step::FileConsent })]
        );
    }
}
