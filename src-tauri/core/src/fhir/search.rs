//! Search and paging: <https://hl7.org/fhir/R4/search.html>, <https://hl7.org/fhir/R4/http.html#paging>.
//!
//! Laws: a next link is followed below our own base only; a list that could not be read to its end is no list, because
//! "it is not listed" is a proof only in a complete one.

use std::collections::HashSet;

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::{
    FhirClient, FhirError,
    json::{each, kind, text},
    outcome::Outcome,
    reply,
};
use crate::http::Request;

/// Most bytes of one page.
const ONE_PAGE: usize = 8 * 1024 * 1024;
/// Most pages of one list.
const MOST_PAGES: usize = 64;

impl FhirClient<'_> {
    /// Everything of a type that a search finds, in the server's order, at most 64 pages.
    ///
    /// # Errors
    /// When a page does not come, is no Bundle, or leads elsewhere; when there are more pages; when the server says
    /// that it left something out.
    pub async fn search(
        &self,
        resource_type: &str,
        params: &[(&str, &str)],
    ) -> Result<Vec<Value>, FhirError> {
        let (mut found, mut seen) = (Vec::new(), HashSet::new());
        let mut url = self.search_url(resource_type, params);
        loop {
            let bundle = self.page(Self::asks(&url)).await?;
            take(&bundle, resource_type, &mut found)?;
            let Some(next) = link(&bundle, "next") else {
                // Something was announced and nothing came.
                return if found.is_empty() && announces(&bundle) {
                    Err(FhirError::Unreadable)
                } else {
                    Ok(found)
                };
            };
            seen.insert(url.to_string());
            let next =
                url.join(next).ok().filter(|to| self.base().contains(to) && !seen.contains(to.as_str()));
            url = match next {
                Some(next) if seen.len() < MOST_PAGES => next,
                _ => {
                    tracing::warn!(ehr = %self.base().host(), pages = seen.len(), "a list could not be read to its end");
                    return Err(FhirError::Unreadable);
                }
            };
        }
    }

    /// The first page of what a search finds. Says nothing about what is not on it.
    ///
    /// # Errors
    /// When it does not come or is no Bundle.
    pub async fn newest(
        &self,
        resource_type: &str,
        params: &[(&str, &str)],
    ) -> Result<Vec<Value>, FhirError> {
        let mut found = Vec::new();
        let first = Self::asks(&self.search_url(resource_type, params));
        take(&self.page(first).await?, resource_type, &mut found)?;
        Ok(found)
    }

    /// How many there are. `None` when the server does not count, or may have left out one of the criteria.
    ///
    /// # Errors
    /// When there is no answer, or the sign-in is over.
    pub async fn count(
        &self,
        resource_type: &str,
        params: &[(&str, &str)],
    ) -> Result<Option<u32>, FhirError> {
        let mut asked = params.to_vec();
        asked.push(("_summary", "count"));
        // An unknown criterion must be an error, not a larger number. Lists are filtered by their readers instead.
        let strict = Self::asks(&self.search_url(resource_type, &asked)).header("prefer", "handling=strict");
        let bundle = match self.page(strict).await {
            Ok(bundle) => bundle,
            // "I do not count this" in the many ways in which servers say it.
            Err(
                FhirError::Status { status: 400 | 403 | 404 | 405 | 422 | 501, .. }
                | FhirError::Unreadable
                | FhirError::NotConfirmed { .. },
            ) => return Ok(None),
            Err(error) => return Err(error),
        };
        let total = bundle.get("total").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        Ok(total.filter(|_| kept(&bundle, params)))
    }

    fn search_url(&self, resource_type: &str, params: &[(&str, &str)]) -> Url {
        let mut url = self.base().join(resource_type);
        url.query_pairs_mut().extend_pairs(params);
        url
    }

    fn asks(url: &Url) -> Request {
        Request::get(url.clone()).named("fhir-search").accept("application/fhir+json").limit(ONE_PAGE)
    }

    async fn page(&self, request: Request) -> Result<Value, FhirError> {
        let bundle = reply::resource(&self.send(request).await?)?;
        if let Some(outcome) = Outcome::read(&bundle) {
            return Err(FhirError::NotConfirmed { said: outcome.said() });
        }
        let right = kind(&bundle) == Some("Bundle")
            && text(&bundle, "type").is_none_or(|kind| kind == "searchset" || kind == "collection");
        if right { Ok(bundle) } else { Err(FhirError::Unreadable) }
    }
}

fn take(bundle: &Value, resource_type: &str, found: &mut Vec<Value>) -> Result<(), FhirError> {
    for entry in each(bundle, "entry") {
        if !entry.is_object() {
            return Err(FhirError::Unreadable);
        }
        let Some(resource) = entry.get("resource") else { continue };
        if kind(resource) == Some(resource_type) {
            found.push(resource.clone());
        } else if let Some(outcome) = Outcome::read(resource).filter(Outcome::is_bad) {
            return Err(FhirError::NotConfirmed { said: outcome.said() });
        }
    }
    Ok(())
}

/// Whether a page without a find says that there is one.
fn announces(bundle: &Value) -> bool {
    bundle.get("total").and_then(Value::as_u64).is_some_and(|total| total > 0)
        || each(bundle, "entry").any(|entry| entry.get("resource").is_none())
}

/// A value for a search parameter: `\ , | $` have a meaning there (R4 search, "Escaping Search Parameters").
#[must_use]
pub(super) fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for c in value.chars() {
        if matches!(c, '\\' | ',' | '|' | '$') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn link<'a>(bundle: &'a Value, relation: &str) -> Option<&'a str> {
    each(bundle, "link")
        .find(|link| text(link, "relation") == Some(relation))
        .and_then(|link| text(link, "url"))
}

/// Whether the server says, in its `self` link, that it used every criterion. Without a self link the plain ones are
/// believed; `_source`, which many servers leave out silently, is not.
fn kept(bundle: &Value, params: &[(&str, &str)]) -> bool {
    let Some(own) = link(bundle, "self") else {
        return !params.iter().any(|(name, _)| *name == "_source");
    };
    let query = own.split_once('?').map_or("", |(_, query)| query);
    let used: HashSet<String> = form_urlencoded::parse(query.as_bytes())
        .map(|(name, _)| name.split(':').next().unwrap_or_default().to_owned())
        .collect();
    params.iter().all(|(name, _)| used.contains(*name))
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
