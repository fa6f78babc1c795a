//! Searching the directory: `name`, `address`, `address-city`, `address-state`, `_id`, `_include`, and pages.
//!
//! <https://hl7.org/fhir/R4/search.html>. String parameters match from the start, `:contains` anywhere, both without
//! regard to case. A parameter that it does not know is an error, so that nobody takes a longer list for an answer.

use axum::{
    extract::{Path, RawQuery, State},
    http::StatusCode,
    response::Response,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{DIRECTORY, listing};
use crate::{
    fhir::{outcome::Refusal, reply},
    hospital::{Hospital, Site},
};

/// Organizations on one page when nothing is asked, and at most.
const PAGE: usize = 20;

/// What was asked.
#[derive(Default)]
struct Asked {
    criteria: Vec<(&'static str, bool, String)>,
    ids: Option<Vec<String>>,
    include: bool,
    count: usize,
    skip: usize,
}

pub(super) async fn metadata(State(site): State<Site>) -> Response {
    let params = ["name", "address", "address-city", "address-state"];
    let params: Vec<Value> = params.iter().map(|name| json!({ "name": name, "type": "string" })).collect();
    let statement = json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-15",
        "kind": "instance",
        "implementation": { "description": "Harbor Health directory", "url": site.address.link(DIRECTORY) },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [{ "mode": "server", "resource": [
            { "type": "Organization", "interaction": [{ "code": "read" }, { "code": "search-type" }],
              "searchInclude": ["Organization:endpoint"], "searchParam": params },
            { "type": "Endpoint", "interaction": [{ "code": "read" }, { "code": "search-type" }] }
        ] }],
    });
    reply::json(StatusCode::OK, &statement)
}

pub(super) async fn read(
    State(site): State<Site>,
    Path((kind, id)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let found = of_kind(&site, &kind).into_iter().find(|resource| resource["id"] == id.as_str());
    let found = found.ok_or_else(|| Refusal::new(StatusCode::NOT_FOUND, "not-found", "it is not listed"))?;
    Ok(reply::json(StatusCode::OK, &found))
}

pub(super) async fn handle(
    State(site): State<Site>,
    Path(kind): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    if !matches!(kind.as_str(), "Organization" | "Endpoint") {
        return Err(Refusal::new(StatusCode::NOT_FOUND, "not-supported", "only organizations are listed"));
    }
    let asked = asked(query.as_deref().unwrap_or_default(), kind == "Organization")?;
    let matches: Vec<Value> =
        of_kind(&site, &kind).into_iter().filter(|resource| fits(resource, &asked)).collect();
    let total = matches.len();
    let page: Vec<Value> = matches.into_iter().skip(asked.skip).take(asked.count).collect();
    let mut entries = Vec::new();
    if asked.include {
        for endpoint in of_kind(&site, "Endpoint") {
            let reference = format!("Endpoint/{}", endpoint["id"].as_str().unwrap_or_default());
            let wanted = page.iter().any(|one| {
                one["endpoint"]
                    .as_array()
                    .is_some_and(|all| all.iter().any(|e| e["reference"] == reference.as_str()))
            });
            if wanted {
                entries.push(entry(&site, &endpoint, "include"));
            }
        }
    }
    let mut found: Vec<Value> = page.iter().map(|one| entry(&site, one, "match")).collect();
    found.append(&mut entries);
    let mut bundle = json!({ "resourceType": "Bundle", "type": "searchset", "total": total });
    if !found.is_empty() {
        bundle["entry"] = Value::Array(found);
    }
    let next = asked.skip.saturating_add(asked.count);
    if next < total {
        let link = site.address.link(&format!("{DIRECTORY}/{kind}?{}&_skip={next}", bare(query.as_deref())));
        bundle["link"] = json!([{ "relation": "next", "url": link }]);
    }
    Ok(reply::json(StatusCode::OK, &bundle))
}

/// The query without the place in the list.
fn bare(query: Option<&str>) -> String {
    let parts = query.unwrap_or_default().split('&').filter(|part| !part.starts_with("_skip="));
    parts.collect::<Vec<_>>().join("&")
}

fn of_kind(site: &Hospital, kind: &str) -> Vec<Value> {
    listing::all(site).into_iter().filter(|resource| resource["resourceType"] == kind).collect()
}

fn entry(site: &Hospital, resource: &Value, mode: &str) -> Value {
    let path = format!(
        "{DIRECTORY}/{}/{}",
        resource["resourceType"].as_str().unwrap_or_default(),
        resource["id"].as_str().unwrap_or_default()
    );
    json!({ "fullUrl": site.address.link(&path), "resource": resource, "search": { "mode": mode } })
}

fn asked(query: &str, organizations: bool) -> Result<Asked, Refusal> {
    let mut asked = Asked { count: PAGE, ..Asked::default() };
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let (name, modifier) = name.split_once(':').unwrap_or((&name, ""));
        let anywhere = match modifier {
            "" => false,
            "contains" => true,
            _ => return Err(Refusal::invalid(format!("the modifier {modifier} is not known"))),
        };
        let number = || value.parse::<usize>().map_err(|_| Refusal::invalid("a number was expected"));
        match name {
            "_id" => asked.ids = Some(value.split(',').map(str::to_owned).collect()),
            "_count" => asked.count = number()?.clamp(1, PAGE),
            "_skip" => asked.skip = number()?,
            "_include" if value == "Organization:endpoint" => asked.include = true,
            "active" if organizations => {}
            "status" if !organizations => {}
            "name" | "address" | "address-city" | "address-state" if organizations => {
                let name =
                    ["name", "address", "address-city", "address-state"].into_iter().find(|n| *n == name);
                asked.criteria.push((name.unwrap_or_default(), anywhere, value.to_lowercase()));
            }
            _ => return Err(Refusal::invalid(format!("the parameter {name} is not known"))),
        }
    }
    Ok(asked)
}

fn fits(resource: &Value, asked: &Asked) -> bool {
    let id = resource["id"].as_str().unwrap_or_default();
    asked.ids.as_ref().is_none_or(|ids| ids.iter().any(|one| one == id))
        && asked.criteria.iter().all(|(name, anywhere, wanted)| {
            texts(resource, name).iter().any(|text| {
                let text = text.to_lowercase();
                if *anywhere { text.contains(wanted.as_str()) } else { text.starts_with(wanted.as_str()) }
            })
        })
}

fn texts(resource: &Value, name: &str) -> Vec<String> {
    let strings = |value: &Value| match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let addresses = resource["address"].as_array().cloned().unwrap_or_default();
    let of_addresses = |members: &[&str]| {
        addresses
            .iter()
            .flat_map(|a| members.iter().flat_map(|m| strings(&a[*m])).collect::<Vec<_>>())
            .collect()
    };
    match name {
        "name" => [strings(&resource["name"]), strings(&resource["alias"])].concat(),
        "address-city" => of_addresses(&["city"]),
        "address-state" => of_addresses(&["state"]),
        _ => of_addresses(&["line", "city", "state", "postalCode"]),
    }
}
