//! The person's lists of hospitals, and the certificates that they bring.

use base64::{Engine, prelude::BASE64_STANDARD};
use url::Url;

use crate::{
    smart::anchor::Anchor,
    store::{Store, StoreError, lists::ListRow},
};

/// A list of hospitals that this process runs for practice.
#[derive(Clone, Debug)]
pub struct PracticeList {
    /// Its name.
    pub name: String,
    /// Base of its FHIR directory.
    pub address: Url,
    /// The certificates that confirm its hospitals, in PEM.
    pub anchors: String,
}

/// Keeps the lists that come with the program in place of those that came last time.
pub(super) fn keep_given(store: &Store, lists: &[PracticeList]) -> Result<(), StoreError> {
    store.forget_given_lists()?;
    for list in lists {
        store.put_list(&ListRow {
            id: format!("given-{}", list.address),
            name: list.name.clone(),
            address: list.address.as_str().trim_end_matches('/').to_owned(),
            kind: "directory".to_owned(),
            anchors: kept(&Anchor::read(&list.anchors).unwrap_or_default()),
            own: false,
            copy: None,
        })?;
    }
    Ok(())
}

/// Anchors as they are kept.
fn kept(anchors: &[Anchor]) -> String {
    let ders: Vec<String> = anchors.iter().map(|anchor| BASE64_STANDARD.encode(anchor.der())).collect();
    serde_json::to_string(&ders).unwrap_or_default()
}
