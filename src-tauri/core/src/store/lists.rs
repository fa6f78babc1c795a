//! The lists of hospitals: where each is, its anchors, and the last copy of those that come as one document.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::{Store, StoreError};

/// A list as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListRow {
    /// Our id.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// Where it is.
    pub address: String,
    /// `directory` or `brands`.
    pub kind: String,
    /// Certificates as DER in base64, as JSON.
    pub anchors: String,
    /// Whether the person added it; those of practice come with the program.
    pub own: bool,
    /// The last copy, when it is kept.
    pub copy: Option<ListCopy>,
}

/// The last copy of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCopy {
    /// The server's name for this version of it.
    pub etag: Option<String>,
    /// When the server was last asked.
    pub as_of: Timestamp,
    /// The hospitals, as JSON of ours.
    pub hospitals: String,
}

impl Store {
    /// Adds a list, or replaces what is known of the one at the same address; its copy goes then.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_list(&self, row: &ListRow) -> Result<(), StoreError> {
        self.db().execute(
            "INSERT INTO hospital_list (id, name, address, kind, anchors, own) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (address) DO UPDATE SET name = ?2, kind = ?4, anchors = ?5, own = ?6, etag = NULL,
             as_of = NULL, copy = NULL",
            params![row.id, row.name, row.address, row.kind, row.anchors, row.own],
        )?;
        Ok(())
    }

    /// Keeps the last copy of a list.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn put_list_copy(&self, id: &str, copy: &ListCopy) -> Result<(), StoreError> {
        self.db().execute(
            "UPDATE hospital_list SET etag = ?2, as_of = ?3, copy = ?4 WHERE id = ?1",
            params![id, copy.etag, copy.as_of.to_string(), copy.hospitals],
        )?;
        Ok(())
    }

    /// Forgets a list.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_list(&self, id: &str) -> Result<(), StoreError> {
        self.db().execute("DELETE FROM hospital_list WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Forgets the lists that came with the program.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn forget_given_lists(&self) -> Result<(), StoreError> {
        self.db().execute("DELETE FROM hospital_list WHERE own = 0", [])?;
        Ok(())
    }

    /// All lists, in the order in which they were added.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn lists(&self) -> Result<Vec<ListRow>, StoreError> {
        let db = self.db();
        let mut query = db.prepare(
            "SELECT id, name, address, kind, anchors, own, etag, as_of, copy FROM hospital_list ORDER BY rowid",
        )?;
        let rows = query.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
        Ok(rows)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<ListRow> {
    let hospitals: Option<String> = row.get(8)?;
    let copy = match hospitals {
        None => None,
        Some(hospitals) => Some(ListCopy { etag: row.get(6)?, as_of: super::time(row, 7)?, hospitals }),
    };
    Ok(ListRow {
        id: row.get(0)?,
        name: row.get(1)?,
        address: row.get(2)?,
        kind: row.get(3)?,
        anchors: row.get(4)?,
        own: row.get(5)?,
        copy,
    })
}

#[cfg(test)]
mod tests {
    use super::{ListCopy, ListRow};
    use crate::store::Store;

    fn row(id: &str, address: &str) -> ListRow {
        ListRow {
            id: id.to_owned(),
            name: "Coast".to_owned(),
            address: address.to_owned(),
            kind: "brands".to_owned(),
            anchors: "[]".to_owned(),
            own: true,
            copy: None,
        }
    }

    #[test]
    fn a_list_is_kept_once_for_each_address_and_its_copy_goes_with_a_change() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        store.put_list(&row("a", "https://a.example")).unwrap();
        store.put_list(&row("b", "https://b.example")).unwrap();
        let copy = ListCopy {
            etag: Some("\"1\"".to_owned()),
            as_of: "2026-01-15T10:00:00Z".parse().unwrap(),
            hospitals: "[]".to_owned(),
        };
        store.put_list_copy("a", &copy).unwrap();
        assert_eq!(store.lists().unwrap()[0].copy, Some(copy));
        store.put_list(&row("c", "https://a.example")).unwrap();
        let lists = store.lists().unwrap();
        assert_eq!((lists.len(), lists[0].id.as_str(), lists[0].copy.is_none()), (2, "a", true));
        store.forget_list("a").unwrap();
        store.put_list(&ListRow { own: false, ..row("p", "https://p.example") }).unwrap();
        store.forget_given_lists().unwrap();
        assert_eq!(store.lists().unwrap(), [row("b", "https://b.example")]);
    }
}
