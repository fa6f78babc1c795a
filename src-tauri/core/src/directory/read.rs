//! Organizations and Endpoints as hospitals (FHIR R4 and R5, and the User-Access Brands profiles).
//!
//! An endpoint is the organisation's own, its portal's, or, when it has none, that of the brand it is part of.

use std::collections::HashMap;

use serde_json::Value;
use url::Url;

use super::{Listed, MOST, Reach};
use crate::{
    http::Http,
    text::{name, quoted},
    version::FhirVersion,
};

const PORTAL: &str = "/StructureDefinition/organization-portal";
const VERSION: &str = "/StructureDefinition/endpoint-fhir-version";

/// Most endpoints of one organisation, and most of its other names and addresses, that are looked at.
const FEW: usize = 8;

/// What a list holds, by reference: relative (`Endpoint/1`) and absolute.
#[derive(Default)]
pub struct Bag {
    organizations: Vec<Value>,
    index: HashMap<String, Value>,
}

impl Bag {
    /// Adds the entries of a Bundle. Organisations that are matches count, others are only looked up.
    pub fn add(&mut self, bundle: &Value) {
        let entries = bundle.get("entry").and_then(Value::as_array).into_iter().flatten();
        for entry in entries.take(2 * MOST) {
            let Some(resource) = entry.get("resource") else { continue };
            let Some(kind) = text(resource, "resourceType") else { continue };
            if !matches!(kind, "Organization" | "Endpoint") {
                continue;
            }
            if let Some(id) = text(resource, "id") {
                self.index.insert(format!("{kind}/{id}"), resource.clone());
            }
            if let Some(url) = text(entry, "fullUrl") {
                self.index.insert(url.to_owned(), resource.clone());
            }
            let included = entry.pointer("/search/mode").and_then(Value::as_str) == Some("include");
            if kind == "Organization" && !included && self.organizations.len() < MOST {
                self.organizations.push(resource.clone());
            }
        }
    }

    /// References to endpoints that the organisations name and that did not come with them, by their ids.
    #[must_use]
    pub fn missing_endpoints(&self) -> Vec<String> {
        let mut missing: Vec<String> = Vec::new();
        for organization in &self.organizations {
            for reference in references(organization) {
                let id = reference.strip_prefix("Endpoint/").unwrap_or_default();
                let is_id = (1..=64).contains(&id.len())
                    && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
                if is_id && self.find(reference).is_none() && !missing.iter().any(|one| one == id) {
                    missing.push(id.to_owned());
                }
            }
        }
        missing
    }

    /// The hospitals, one for each address that can be asked; one that has none is listed once, with the reason.
    #[must_use]
    pub fn hospitals(&self, http: &Http) -> Vec<Listed> {
        let mut found = Vec::new();
        for organization in &self.organizations {
            if organization.get("active").and_then(Value::as_bool) == Some(false) {
                continue;
            }
            let Some(named) = text(organization, "name").map(name).filter(|name| !name.is_empty()) else {
                continue;
            };
            let mut ends: Vec<End> = self.endpoints(organization).filter_map(|e| end(http, e)).collect();
            ends.sort_by_key(|end| end.reach);
            let best = ends.first().map_or(Reach::NoAddress, |end| end.reach);
            if best == Reach::Ready {
                ends.retain(|end| end.reach == Reach::Ready);
            } else {
                ends.truncate(1);
            }
            if ends.is_empty() {
                ends.push(End { address: None, version: None, reach: Reach::NoAddress });
            }
            for End { address, version, reach } in ends {
                let (place, places) = places(organization);
                found.push(Listed {
                    name: named.clone(),
                    aliases: aliases(organization),
                    place,
                    places,
                    address,
                    version,
                    reach,
                });
            }
        }
        found
    }

    fn endpoints<'a>(&'a self, organization: &'a Value) -> impl Iterator<Item = &'a Value> {
        let own: Vec<&Value> = references(organization).filter_map(|one| self.find(one)).collect();
        let parent = organization.pointer("/partOf/reference").and_then(Value::as_str);
        let parent = parent.filter(|_| own.is_empty()).and_then(|one| self.find(one));
        let inherited =
            parent.into_iter().flat_map(|parent| references(parent).filter_map(|one| self.find(one)));
        own.into_iter().chain(inherited).take(FEW)
    }

    fn find(&self, reference: &str) -> Option<&Value> {
        self.index.get(reference).or_else(|| {
            // `https://…/Endpoint/1` and `Endpoint/1` are one when the list has only one of that id.
            let mut parts = reference.rsplit('/');
            let (id, kind) = (parts.next()?, parts.next()?);
            self.index.get(&format!("{kind}/{id}"))
        })
    }
}

/// An address of a hospital.
struct End {
    address: Option<String>,
    version: Option<String>,
    reach: Reach,
}

fn end(http: &Http, endpoint: &Value) -> Option<End> {
    if text(endpoint, "resourceType") != Some("Endpoint") {
        return None;
    }
    let on = text(endpoint, "status").is_none_or(|status| matches!(status, "active" | "limited"));
    if !on {
        return None;
    }
    if !speaks_fhir(endpoint) {
        return Some(End { address: None, version: None, reach: Reach::NotFhir });
    }
    let version = extension(endpoint, VERSION)
        .and_then(|one| one.get("valueCode").or_else(|| one.get("valueString"))?.as_str())
        .map(|version| quoted(version, 20));
    let Some(address) = text(endpoint, "address") else {
        return Some(End { address: None, version, reach: Reach::NoAddress });
    };
    let reach = match http.address(address) {
        Err(_) if Url::parse(address).is_ok_and(|url| url.scheme() == "http") => Reach::NotSecure,
        Err(_) => return Some(End { address: None, version, reach: Reach::NoAddress }),
        Ok(_) if version.as_deref().is_some_and(|number| FhirVersion::of(number).is_none()) => {
            Reach::OtherVersion
        }
        Ok(_) => Reach::Ready,
    };
    let address = http.address(address).ok().map(|base| base.as_str().to_owned());
    Some(End { address, version, reach })
}

/// R4: one Coding. R5: a list of CodeableConcepts.
fn speaks_fhir(endpoint: &Value) -> bool {
    let is_rest = |coding: &Value| text(coding, "code") == Some("hl7-fhir-rest");
    match endpoint.get("connectionType") {
        Some(Value::Object(_)) => endpoint.get("connectionType").is_some_and(is_rest),
        Some(Value::Array(list)) => list
            .iter()
            .flat_map(|concept| concept.get("coding").and_then(Value::as_array).into_iter().flatten())
            .any(is_rest),
        _ => false,
    }
}

/// References to the endpoints of an organisation and of its portals.
fn references(organization: &Value) -> impl Iterator<Item = &str> {
    let own = organization.get("endpoint").and_then(Value::as_array).into_iter().flatten();
    let portals = organization
        .get("extension")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|one| text(one, "url").is_some_and(|url| url.ends_with(PORTAL)))
        .flat_map(|portal| portal.get("extension").and_then(Value::as_array).into_iter().flatten())
        .filter(|part| text(part, "url") == Some("portalEndpoint"))
        .filter_map(|part| part.get("valueReference"));
    own.chain(portals).filter_map(|reference| text(reference, "reference")).take(FEW)
}

fn extension<'a>(resource: &'a Value, ending: &str) -> Option<&'a Value> {
    let list = resource.get("extension")?.as_array()?;
    list.iter().find(|one| text(one, "url").is_some_and(|url| url.ends_with(ending)))
}

fn aliases(organization: &Value) -> Vec<String> {
    let list = organization.get("alias").and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).map(name).filter(|name| !name.is_empty()).take(FEW).collect()
}

/// The first town with its state, and everything that can be searched. R5 has addresses in `contact`, too.
fn places(organization: &Value) -> (Option<String>, String) {
    let contacts = organization.get("contact").and_then(Value::as_array).into_iter().flatten();
    let contacts = contacts.filter_map(|contact| contact.get("address"));
    let addresses: Vec<&Value> = organization
        .get("address")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .chain(contacts)
        .take(FEW)
        .collect();
    let town = |address: &&Value| {
        let parts = ["city", "state"].into_iter().filter_map(|part| text(address, part));
        let town = name(&parts.collect::<Vec<_>>().join(", "));
        (!town.is_empty()).then_some(town)
    };
    let words = |address: &&Value| {
        let lines =
            address.get("line").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        let parts = ["city", "district", "state", "postalCode", "country", "text"];
        lines.chain(parts.into_iter().filter_map(|part| text(address, part))).collect::<Vec<_>>().join(" ")
    };
    let all = addresses.iter().map(words).collect::<Vec<_>>().join(" ");
    (addresses.iter().find_map(town), quoted(&all, 400).to_lowercase())
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value.get(member)?.as_str()
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
