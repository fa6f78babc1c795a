//! The door of every request: does it want what we speak, who is it, and what of this type may they see.
//!
//! A type that no scope opens is 403; another patient's resource does not exist (404, or an empty search). Scopes
//! narrowed by a query become search criteria here, and one that cannot be understood opens nothing.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, StatusCode};

use super::outcome::Refusal;
use super::{Access, Denied, FhirState, query};
use crate::resources::types::{Served, served};
use crate::resources::{Criterion, Page, Search, Sort, SortBy};
use crate::scope::Reach;
use crate::ways::FhirVersion;

/// A request that was let in.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) access: Access,
    /// The one patient of this visitor; a client without a person sees them all.
    pub(super) patient: Option<String>,
    pub(super) served: &'static Served,
    /// Alternatives that the scopes leave; empty when they do not narrow.
    pub(super) reach: Vec<Vec<Criterion>>,
}

/// Checks a request for `op` (`c r u d s`) on a type.
pub(super) fn enter(
    state: &FhirState,
    headers: &HeaderMap,
    raw_query: Option<&str>,
    resource_type: &str,
    op: char,
) -> Result<Visit, Refusal> {
    let version = state.ways.fhir;
    speaks_json(version, headers, raw_query)?;
    let access = (state.authenticate)(headers)?;
    tracing::debug!(who = access.who, resource_type, %op, "asks for records");
    let served = served(resource_type).ok_or_else(|| {
        Refusal::new(StatusCode::NOT_FOUND, "not-supported", format!("this server keeps no {resource_type}"))
    })?;
    let patient = access.patient.clone();
    // What works without a person only reads.
    if patient.is_none() && !(access.scopes.is_backend() && matches!(op, 'r' | 's')) {
        return Err(Refusal::forbidden("this token is not about any patient"));
    }
    let reach = match access.scopes.reach(served.name, op) {
        Reach::Everything => Vec::new(),
        Reach::Nothing => vec![own_user(&access, served, op).ok_or_else(|| beyond(served, op))?],
        Reach::Only(queries) => {
            let reach: Vec<_> = queries
                .into_iter()
                .filter_map(|text| query::narrowing(version, served, text, state.base()))
                .collect();
            if reach.is_empty() {
                return Err(beyond(served, op));
            }
            reach
        }
    };
    Ok(Visit { access, patient, served, reach })
}

/// The resource of who signed in (SMART App Launch "Scopes for requesting identity data"): to be read by its id, and
/// nothing else of its type.
fn own_user(access: &Access, served: &Served, op: char) -> Option<Vec<Criterion>> {
    let (kind, id) = access.user.as_deref()?.split_once('/')?;
    let told = op == 'r' && kind == served.name && access.scopes.contains("fhirUser");
    told.then(|| vec![Criterion::Id(vec![id.to_owned()])])
}

impl Visit {
    /// The one patient; a visitor without one cannot do this.
    pub(super) fn own_patient(&self) -> Result<&str, Refusal> {
        let nobody = || Refusal::forbidden("this token is not about any patient");
        self.patient.as_deref().ok_or_else(nobody)
    }

    /// The one resource of this id, if this visitor may see it.
    pub(super) fn one(&self, id: &str) -> Search {
        self.search(vec![Criterion::Id(vec![id.to_owned()])])
    }

    /// A search within what this visitor may see, newest first, one entry.
    pub(super) fn search(&self, criteria: Vec<Criterion>) -> Search {
        Search {
            served: self.served,
            patient: self.patient.clone(),
            criteria,
            reach: self.reach.clone(),
            sort: Sort { by: SortBy::Dated, descending: true },
            after: None,
            limit: 1,
        }
    }

    /// The first entry, or that there is none.
    pub(super) fn found(&self, page: Page, id: &str) -> Result<crate::resources::Stored, Refusal> {
        page.entries.into_iter().next().ok_or_else(|| Refusal::not_found(self.served.name, id))
    }
}

fn beyond(served: &Served, op: char) -> Refusal {
    Denied::Insufficient(format!("the token's scopes do not allow patient/{}.{op}", served.name)).into()
}

/// Content negotiation: JSON of this server's release is all there is.
pub(super) fn speaks_json(
    version: FhirVersion,
    headers: &HeaderMap,
    raw_query: Option<&str>,
) -> Result<(), Refusal> {
    let format = url::form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes())
        .find(|(name, _)| name == "_format")
        .map(|(_, value)| value.into_owned());
    // `+` in a query is a space, and clients forget to escape it.
    let fits = match format {
        Some(format) => is_json(version, &format.replace(' ', "+")),
        None => {
            let mut accepted = headers
                .get_all(ACCEPT)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .flat_map(|value| value.split(','))
                .peekable();
            accepted.peek().is_none() || accepted.any(|range| is_json(version, range))
        }
    };
    if fits {
        return Ok(());
    }
    let text = format!("this server speaks application/fhir+json, FHIR {}", version.parameter());
    Err(Refusal::new(StatusCode::NOT_ACCEPTABLE, "not-supported", text))
}

fn is_json(spoken: FhirVersion, range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let version = parts.find_map(|part| {
        part.strip_prefix("fhirVersion=").map(|version| version.trim_matches('"').to_owned())
    });
    matches!(
        media.as_str(),
        "*/*" | "application/*" | "application/fhir+json" | "application/json" | "text/json" | "json"
    ) && version.is_none_or(|version| version == spoken.parameter())
}
