//! What lists say, and what is made of it.

use serde_json::{Value, json};

use super::Bag;
use crate::{
    directory::{Listed, Reach},
    http::{Http, Limits},
};

fn listed(entries: Value) -> Vec<Listed> {
    let mut bag = Bag::default();
    bag.add(&json!({ "resourceType": "Bundle", "entry": entries }));
    bag.hospitals(&Http::new(Limits::default()).unwrap())
}

fn organization(more: Value) -> Value {
    let mut organization =
        json!({ "resourceType": "Organization", "id": "o", "active": true, "name": "Tern Bay" });
    for (name, value) in more.as_object().unwrap() {
        organization[name] = value.clone();
    }
    json!({ "fullUrl": "https://list.example/Organization/o", "resource": organization })
}

fn endpoint(id: &str, more: Value) -> Value {
    let mut endpoint = json!({
        "resourceType": "Endpoint", "id": id, "status": "active",
        "connectionType": { "code": "hl7-fhir-rest" }, "address": "https://tern.example/r4/",
    });
    for (name, value) in more.as_object().unwrap() {
        endpoint[name] = value.clone();
    }
    json!({ "fullUrl": format!("urn:uuid:{id}"), "resource": endpoint })
}

fn refers(reference: &str) -> Value {
    json!({ "endpoint": [{ "reference": reference }] })
}

#[test]
fn an_endpoint_is_found_by_any_spelling_of_its_reference() {
    for reference in ["Endpoint/e", "urn:uuid:e", "https://list.example/r4/Endpoint/e"] {
        let found = listed(json!([organization(refers(reference)), endpoint("e", json!({}))]));
        assert_eq!(found[0].address.as_deref(), Some("https://tern.example/r4"), "{reference}");
        assert_eq!(found[0].reach, Reach::Ready);
    }
    let portal = json!({ "extension": [{
        "url": "http://hl7.org/fhir/StructureDefinition/organization-portal",
        "extension": [{ "url": "portalEndpoint", "valueReference": { "reference": "Endpoint/e" } }],
    }]});
    assert_eq!(listed(json!([organization(portal), endpoint("e", json!({}))]))[0].reach, Reach::Ready);
}

#[test]
fn a_branch_is_reached_where_the_brand_is_that_it_is_part_of() {
    let branch = json!({ "resource": {
        "resourceType": "Organization", "id": "b", "name": "Old Mill", "partOf": { "reference": "Organization/o" },
    }});
    let found = listed(json!([organization(refers("Endpoint/e")), branch, endpoint("e", json!({}))]));
    assert_eq!(found.iter().filter(|one| one.reach == Reach::Ready).count(), 2);
}

#[test]
fn what_cannot_be_asked_is_listed_with_the_reason() {
    let extension = |version: &str| json!([{ "url": "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version", "valueCode": version }]);
    for (name, more, reach) in [
        ("R4", json!({ "extension": extension("4.0.1") }), Reach::Ready),
        (
            "R5's way",
            json!({ "connectionType": [{ "coding": [{ "code": "hl7-fhir-rest" }] }] }),
            Reach::Ready,
        ),
        ("DSTU2", json!({ "extension": extension("1.0.2") }), Reach::OtherVersion),
        ("SOAP", json!({ "connectionType": { "code": "ihe-xcpd" } }), Reach::NotFhir),
        ("no connection type", json!({ "connectionType": null }), Reach::NotFhir),
        ("http", json!({ "address": "http://tern.example/r4" }), Reach::NotSecure),
        ("a script", json!({ "address": "javascript:alert(1)" }), Reach::NoAddress),
        ("a file", json!({ "address": "file:///etc/passwd" }), Reach::NoAddress),
        ("user info", json!({ "address": "https://a:b@tern.example/r4" }), Reach::NoAddress),
        ("hidden characters", json!({ "address": "https://tern.example/\u{202E}4r" }), Reach::NoAddress),
        ("none", json!({ "address": null }), Reach::NoAddress),
        ("closed", json!({ "status": "off" }), Reach::NoAddress),
    ] {
        let found = listed(json!([organization(refers("Endpoint/e")), endpoint("e", more)]));
        assert_eq!((found.len(), found[0].reach), (1, reach), "{name}");
        assert_eq!(found[0].address.is_some(), matches!(reach, Reach::Ready | Reach::OtherVersion), "{name}");
    }
}

#[test]
fn names_and_places_are_cleaned() {
    let more = json!({
        "name": format!("Tern\u{202E}\n Bay {}", "x".repeat(500)), "alias": ["TB\u{0}", 7],
        "address": [{ "line": ["1 Quay"], "city": "Tern Bay", "state": "ME", "postalCode": "04998" }],
    });
    let found = listed(json!([organization(more)]));
    let one = &found[0];
    assert!(one.name.starts_with("Tern Bay x") && one.name.chars().count() <= 81);
    assert_eq!(
        (one.aliases.as_slice(), one.place.as_deref()),
        (&["TB".to_owned()][..], Some("Tern Bay, ME"))
    );
    assert!(one.fits("tb", "quay 04998"));
}

#[test]
fn what_is_no_hospital_is_left_out() {
    for more in [
        json!({ "active": false }),
        json!({ "name": "" }),
        json!({ "name": 7 }),
        json!({ "resourceType": "Patient" }),
    ] {
        assert_eq!(listed(json!([organization(more.clone())])), [], "{more}");
    }
    for entries in [json!([]), json!([null, 7, {}]), json!([{ "resource": [] }])] {
        assert_eq!(listed(entries), []);
    }
    let included =
        json!({ "resource": organization(json!({}))["resource"], "search": { "mode": "include" } });
    assert_eq!(listed(json!([included])), [], "only a parent that came along");
}
