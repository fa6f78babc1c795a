//! One round of fetching: every granted type of the patient, page by page, into the chart here.

use std::collections::{BTreeMap, BTreeSet};

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use crate::{
    hospital::Hospital,
    http::{self, Unusable},
    resources::types::{self, Served},
    scope::Reach,
    store::ConnectionRow,
    ways::FhirVersion,
};

use super::{Failed, token::Token};

/// Resources asked for per page.
const PAGE: &str = "200";

/// Most pages of one search; an honest source needs a handful.
const MOST_PAGES: usize = 200;

/// Fetches all that the token opens and keeps it as copies.
pub(super) async fn everything(
    site: &Hospital,
    connection: &ConnectionRow,
    token: &Token,
) -> Result<(), Failed> {
    let mut received = BTreeMap::new();
    let release = release(site).await?;
    for name in token.scopes.types_readable() {
        let Some(served) = types::served(name).filter(|served| served.copied) else { continue };
        // Two narrowed scopes can bring the same resource; it counts once.
        let mut seen = BTreeSet::new();
        for first in searches(site, served, token)? {
            pages(site, connection, token, release, first, &mut seen).await?;
        }
        received.insert(name.to_owned(), u64::try_from(seen.len()).unwrap_or(u64::MAX));
        site.store.note_received(connection.id, &received, site.second())?;
        site.journal.changed();
    }
    Ok(())
}

/// The FHIR release of the source, as its CapabilityStatement says. What has another shape than expected would be
/// stored wrongly, so without an answer nothing is fetched.
async fn release(site: &Hospital) -> Result<FhirVersion, Failed> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Statement {
        fhir_version: String,
    }
    let address = format!("{}/metadata", site.peer.base);
    let answer =
        site.http.get(address).header("accept", "application/fhir+json").send().await?.error_for_status()?;
    let statement: Statement = http::json(answer).await?;
    FhirVersion::of_number(&statement.fhir_version)
        .ok_or_else(|| Failed::Trouble(format!("the source speaks FHIR {}", statement.fhir_version)))
}

/// The requests that together bring one type: the patient itself is read, everything else searched.
fn searches(site: &Hospital, served: &Served, token: &Token) -> Result<Vec<Url>, Failed> {
    let address = |path: String| {
        Url::parse(&format!("{}/{path}", site.peer.base)).map_err(|error| Failed::Trouble(error.to_string()))
    };
    if served.name == "Patient" {
        return Ok(vec![address(format!("Patient/{}", token.patient))?]);
    }
    let queries = match token.scopes.reach(served.name, 's') {
        Reach::Nothing => return Ok(Vec::new()),
        Reach::Everything => vec![""],
        Reach::Only(queries) => queries,
    };
    queries
        .into_iter()
        .map(|query| {
            let mut url = address(format!("{}?{query}", served.name))?;
            {
                let mut pairs = url.query_pairs_mut();
                if served.has_patient_param() {
                    pairs.append_pair("patient", &token.patient);
                }
                pairs.append_pair("_count", PAGE);
            }
            Ok(url)
        })
        .collect()
}

/// Follows `next` links; every one must stay at the source, for the token goes with it.
async fn pages(
    site: &Hospital,
    connection: &ConnectionRow,
    token: &Token,
    release: FhirVersion,
    first: Url,
    seen: &mut BTreeSet<String>,
) -> Result<(), Failed> {
    let mut keep = |resource: &Value| -> Result<(), Failed> {
        site.resources.put_copy(
            &connection.source,
            release,
            &connection.patient,
            resource,
            site.clock.now(),
        )?;
        if let Some(id) = resource.get("id").and_then(Value::as_str) {
            seen.insert(id.to_owned());
        }
        Ok(())
    };
    let mut next = Some(first);
    for _ in 0..MOST_PAGES {
        let Some(url) = next.take() else { return Ok(()) };
        if !site.peer.holds(&url) {
            return Err(Unusable::Stranger.into());
        }
        let json = get(site, token, url).await?;
        if json.get("resourceType").is_none_or(|kind| kind != "Bundle") {
            return keep(&json);
        }
        for entry in json.get("entry").and_then(Value::as_array).into_iter().flatten() {
            let is_match = entry.pointer("/search/mode").is_none_or(|mode| mode == "match");
            if let Some(resource) = entry.get("resource").filter(|_| is_match) {
                keep(resource)?;
            }
        }
        next = next_link(&json)?;
    }
    Err(Failed::Trouble("the search has no end".to_owned()))
}

fn next_link(bundle: &Value) -> Result<Option<Url>, Failed> {
    bundle
        .get("link")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .find(|link| link.get("relation").is_some_and(|relation| relation == "next"))
        .and_then(|link| link.get("url").and_then(Value::as_str))
        .map(|url| Url::parse(url).map_err(|error| Failed::Trouble(error.to_string())))
        .transpose()
}

async fn get(site: &Hospital, token: &Token, url: Url) -> Result<Value, Failed> {
    let answer =
        site.http.get(url).bearer_auth(&token.value).header("accept", "application/fhir+json").send().await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(http::json(answer).await?);
    }
    let said = http::json::<Value>(answer)
        .await
        .ok()
        .and_then(|outcome| {
            outcome.pointer("/issue/0/diagnostics").and_then(Value::as_str).map(str::to_owned)
        })
        .unwrap_or_else(|| format!("the source answered {status}"));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
            Err(Failed::Refused(said))
        }
        _ => Err(Failed::Trouble(said)),
    }
}
