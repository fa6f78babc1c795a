//! A User-Access Brands bundle: fetched whole, asked again only for what changed (RFC 9110 §13.1.2).

use reqwest::header::ETAG;
use serde_json::Value;
use url::Url;

use super::{Listed, read::Bag};
use crate::http::{Http, HttpError, Request};

/// Longest bundle that is read: the largest vendors list some ten thousand hospitals.
const LONGEST: usize = 32 * 1024 * 1024;

/// What the server answered.
#[derive(Debug)]
pub enum Brands {
    /// The copy is still right.
    Unchanged,
    /// The hospitals now.
    Now {
        /// The server's name for this version.
        etag: Option<String>,
        /// All of them.
        hospitals: Vec<Listed>,
    },
}

/// Why there is no list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListError {
    /// It could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The server has trouble, or does not have it.
    #[error("status {0}")]
    Status(u16),
    /// It is no list of hospitals.
    #[error("no list of hospitals")]
    NotAList,
}

/// Fetches a bundle, unless it is still the version with this `etag`.
///
/// # Errors
/// See [`ListError`].
pub async fn fetch(http: &Http, place: &Url, etag: Option<&str>) -> Result<Brands, ListError> {
    let mut request = Request::get(place.clone())
        .named("brands")
        .accept("application/fhir+json, application/json;q=0.9")
        .limit(LONGEST)
        .follow_same_origin(true);
    if let Some(etag) = etag {
        request = request.header("if-none-match", etag);
    }
    let answer = http.send(request).await?;
    match answer.status {
        304 if etag.is_some() => return Ok(Brands::Unchanged),
        200 => {}
        status => return Err(ListError::Status(status)),
    }
    let bundle: Value = answer.json().map_err(|_| ListError::NotAList)?;
    let is_bundle = bundle.get("resourceType").and_then(Value::as_str) == Some("Bundle");
    let is_search = bundle.get("type").and_then(Value::as_str) == Some("searchset");
    if !is_bundle || is_search {
        return Err(ListError::NotAList);
    }
    let mut bag = Bag::default();
    bag.add(&bundle);
    let etag = answer.headers.get(ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
    let etag = etag.filter(|etag| etag.len() <= 256);
    Ok(Brands::Now { etag, hospitals: bag.hospitals(http) })
}
