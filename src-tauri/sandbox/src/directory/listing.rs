//! Who is listed: the two hospitals, a branch of one of them, and a neighbour who speaks only the older exchange.

use serde_json::{Value, json};

use crate::hospital::{Address, Hospital, NAMES};

const CONNECTION: &str = "http://terminology.hl7.org/CodeSystem/endpoint-connection-type";
const VERSION: &str = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version";
const PORTAL: &str = "http://hl7.org/fhir/StructureDefinition/organization-portal";
const BRAND: &str = "http://hl7.org/fhir/StructureDefinition/organization-brand";

/// The place of each hospital, in the order of [`NAMES`].
const PLACES: [(&str, &str, &str); 2] = [("Port Alder", "ME", "04999"), ("Tern Bay", "ME", "04998")];

/// Which of the two this is.
fn own(site: &Hospital) -> usize {
    usize::from(site.names.slug != NAMES[0].slug)
}

/// Where both are.
fn both(site: &Hospital) -> [(usize, &Address); 2] {
    if own(site) == 0 { [(0, &site.address), (1, &site.peer)] } else { [(0, &site.peer), (1, &site.address)] }
}

/// Every Organization and Endpoint of the directory.
pub(super) fn all(site: &Hospital) -> Vec<Value> {
    let mut listed = Vec::new();
    for (which, address) in both(site) {
        // The other hospital's version is not known here: details are in its own CapabilityStatement.
        let version = address.is_base(site.address.base.as_str()).then(|| site.ways.fhir.number());
        listed.push(organization(which));
        listed.push(endpoint(which, address, version));
    }
    let (city, state, code) = PLACES[0];
    listed.push(json!({
        "resourceType": "Organization",
        "id": "spruce-harbor-children",
        "active": true,
        "name": "Spruce Harbor Children's Clinic",
        "alias": ["Little Spruce"],
        "address": [{ "line": ["8 Ferry Road"], "city": "Old Mill", "state": state, "postalCode": "04997" }],
        "partOf": { "reference": format!("Organization/{}", NAMES[0].slug) },
        "endpoint": [{ "reference": format!("Endpoint/{}", NAMES[0].slug) }],
    }));
    listed.push(json!({
        "resourceType": "Organization",
        "id": "gull-point",
        "active": true,
        "name": "Gull Point Urgent Care",
        "address": [{ "city": city, "state": state, "postalCode": code }],
        "endpoint": [{ "reference": "Endpoint/gull-point" }],
    }));
    listed.push(json!({
        "resourceType": "Endpoint",
        "id": "gull-point",
        "status": "active",
        "connectionType": { "system": CONNECTION, "code": "ihe-xcpd" },
        "payloadType": [{ "text": "Documents" }],
        "address": "https://gull-point.example/xcpd",
    }));
    listed
}

fn organization(which: usize) -> Value {
    let (names, (city, state, code)) = (&NAMES[which.min(1)], PLACES[which.min(1)]);
    json!({
        "resourceType": "Organization",
        "id": names.slug,
        "active": true,
        "identifier": [{ "system": "urn:ietf:rfc:3986", "value": format!("https://{}.example", names.slug) }],
        "name": names.full(),
        "address": [{ "line": ["1 Hospital Way"], "city": city, "state": state, "postalCode": code }],
        "endpoint": [{ "reference": format!("Endpoint/{}", names.slug) }],
    })
}

fn endpoint(which: usize, address: &Address, version: Option<&str>) -> Value {
    let names = &NAMES[which.min(1)];
    let mut endpoint = json!({
        "resourceType": "Endpoint",
        "id": names.slug,
        "status": "active",
        "connectionType": { "system": CONNECTION, "code": "hl7-fhir-rest" },
        "name": format!("{} for patients", names.full()),
        "payloadType": [{ "text": "Patient access" }],
        "address": address.base.as_str(),
    });
    if let Some(version) = version {
        endpoint["extension"] = json!([{ "url": VERSION, "valueCode": version }]);
    }
    endpoint
}

/// Where its patients go: its own page when it has one.
fn portal(site: &Hospital) -> String {
    if site.ways.connects_itself {
        site.address.link(crate::elsewhere::PATH)
    } else {
        format!("https://{}.example/portal", site.names.slug)
    }
}

/// The bundle of this hospital alone.
pub(super) fn brands(site: &Hospital) -> Value {
    let own = own(site);
    let mut brand = organization(own);
    let contained = format!("Endpoint/{}", site.names.slug);
    brand["extension"] = json!([
        { "url": BRAND, "extension": [
            { "url": "brandLogo", "valueUrl": format!("https://{}.example/logo.svg", site.names.slug) }
        ] },
        { "url": PORTAL, "extension": [
            { "url": "portalName", "valueString": format!("My {}", site.names.full()) },
            { "url": "portalUrl", "valueUrl": portal(site) },
            { "url": "portalEndpoint", "valueReference": { "reference": contained } }
        ] }
    ]);
    let entry = |resource: Value| {
        let path = format!(
            "{}/{}",
            resource["resourceType"].as_str().unwrap_or_default(),
            resource["id"].as_str().unwrap_or_default()
        );
        json!({ "fullUrl": site.address.link(&format!("{}/{path}", super::BRANDS)), "resource": resource })
    };
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": "2026-01-15T00:00:00Z",
        "entry": [entry(brand), entry(endpoint(own, &site.address, Some(site.ways.fhir.number())))],
    })
}
