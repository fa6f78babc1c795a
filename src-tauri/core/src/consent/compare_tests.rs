//! Every planted difference between the posted and the stored Consent is found.

use jiff::civil::date;
use serde_json::{Value, json};

use super::{Fact, compare};
use crate::{
    choice::{Choice, Purpose},
    connection::{ConnectionId, way::Way},
    consent::r4::{Signed, write},
    ehr::EhrId,
    fhir::SourcePatientId,
    kind::Kind,
    statement::{Facts, statement},
};

fn posted() -> Value {
    let choice = Choice {
        from: EhrId::stored("s"),
        to: EhrId::stored("t"),
        way: Way::ConsentTokens,
        kinds: vec![Kind::Medicines, Kind::Vaccines],
        purpose: Purpose::MyCare,
        last_day: date(2026, 7, 15),
    };
    let facts = Facts {
        patient: None,
        signer: None,
        from: None,
        to: None,
        kinds: &choice.kinds,
        purpose: None,
        last_day: None,
    };
    write(&Signed {
        choice: &choice,
        statement: &statement(&facts),
        patient: &SourcePatientId::parse("p1").unwrap(),
        performer: "Patient/p1".to_owned(),
        source_name: "Spruce Harbor Clinic",
        target_name: "Tern Bay Hospital",
        identifier: ConnectionId::fresh(),
        at: "2026-01-15T10:00:00Z".parse().unwrap(),
    })
}

fn found(change: impl FnOnce(&mut Value)) -> Vec<Fact> {
    let posted = posted();
    let mut stored = posted.clone();
    stored["id"] = json!("c1");
    stored["meta"] = json!({"versionId": "1", "lastUpdated": "2026-01-15T10:00:01Z"});
    change(&mut stored);
    compare(&posted, &stored).into_iter().map(|difference| difference.fact).collect()
}

fn permit(consent: &mut Value) -> &mut Value {
    &mut consent["provision"]["provision"][0]
}

fn list(value: &mut Value) -> &mut Vec<Value> {
    value.as_array_mut().unwrap()
}

#[test]
fn what_a_server_adds_or_writes_differently_is_no_difference() {
    assert_eq!(found(|_| {}), []);
    assert_eq!(found(|c| c["text"]["div"] = json!("<div>made by the server</div>")), []);
    assert_eq!(
        found(|c| list(&mut c["identifier"]).insert(0, json!({"system": "http://own.example", "value": "1"}))),
        []
    );
    assert_eq!(found(|c| c["patient"]["display"] = json!("Paul")), []);
    assert_eq!(found(|c| c["patient"]["reference"] = json!("https://source.example/r4/Patient/p1")), []);
    assert_eq!(found(|c| c["provision"]["period"]["end"] = json!("2026-07-15T23:59:59.000+00:00")), []);
    assert_eq!(found(|c| list(&mut permit(c)["class"]).reverse()), []);
}

#[test]
fn finds_a_period_without_its_end() {
    assert_eq!(
        found(|c| {
            c["provision"]["period"].as_object_mut().unwrap().remove("end");
        }),
        [Fact::Period]
    );
    assert_eq!(
        found(|c| {
            c["provision"].as_object_mut().unwrap().remove("period");
        }),
        [Fact::Period]
    );
    assert_eq!(found(|c| c["provision"]["period"]["end"] = json!("2027-07-15T23:59:59Z")), [Fact::Period]);
    assert_eq!(
        found(|c| c["provision"]["period"]["end"] = json!("2026-07-15T23:59:59-11:00")),
        [Fact::Period]
    );
}

#[test]
fn finds_another_status() {
    assert_eq!(found(|c| c["status"] = json!("proposed")), [Fact::Status]);
}

#[test]
fn finds_what_was_added_or_left_out() {
    let scope = json!({"system": "http://smarthealthit.org/fhir/scopes", "code": "patient/Condition.rs"});
    assert_eq!(found(|c| list(&mut permit(c)["class"]).push(scope.clone())), [Fact::Scopes]);
    assert_eq!(
        found(|c| {
            list(&mut permit(c)["class"]).pop();
        }),
        [Fact::Scopes]
    );
    let other = json!({"system": "http://hl7.org/fhir/resource-types", "code": "Condition"});
    assert_eq!(found(|c| list(&mut permit(c)["class"]).push(other)), [Fact::Scopes]);
    assert_eq!(found(|c| permit(c)["class"][0]["code"] = json!("patient/*.rs")), [Fact::Scopes]);
    assert_eq!(found(|c| permit(c)["class"][0]["system"] = json!("http://else.example")), [Fact::Scopes]);
}

#[test]
fn finds_another_patient() {
    for reference in [
        "Patient/p2",
        "Patient/p11",
        "Group/p1",
        "Patient/p1/x",
        "https://source.example/r4/Patient/p2",
        "x/Patient/p1",
        "",
    ] {
        assert_eq!(found(|c| c["patient"]["reference"] = json!(reference)), [Fact::Patient], "{reference}");
    }
}

#[test]
fn finds_a_removed_identifier() {
    assert_eq!(
        found(|c| {
            c.as_object_mut().unwrap().remove("identifier");
        }),
        [Fact::Identifier]
    );
    assert_eq!(found(|c| c["identifier"][0]["value"] = json!("urn:uuid:2")), [Fact::Identifier]);
}

#[test]
fn finds_a_root_rule_that_permits() {
    assert_eq!(found(|c| c["provision"]["type"] = json!("permit")), [Fact::Decision]);
}

#[test]
fn finds_every_other_change_of_what_is_decided() {
    assert_eq!(found(|c| permit(c)["type"] = json!("deny")), [Fact::Decision]);
    assert_eq!(
        found(|c| list(&mut c["provision"]["provision"]).push(json!({"type": "permit"}))),
        [Fact::Decision]
    );
    assert_eq!(found(|c| permit(c)["action"][0]["coding"][0]["code"] = json!("disclose")), [Fact::Decision]);
    assert_eq!(
        found(|c| {
            permit(c).as_object_mut().unwrap().remove("action");
        }),
        [Fact::Decision]
    );
    let moved = |c: &mut Value| {
        let class = permit(c).as_object_mut().unwrap().remove("class").unwrap();
        c["provision"]["class"] = class;
    };
    assert_eq!(found(moved), [Fact::Decision], "a permit without classes permits everything");
}

#[test]
fn finds_a_lost_policy_or_recipient() {
    assert_eq!(
        found(|c| {
            c.as_object_mut().unwrap().remove("policy");
            c.as_object_mut().unwrap().remove("policyRule");
        }),
        [Fact::Policy]
    );
    assert_eq!(
        found(|c| c["provision"]["actor"][0]["reference"]["display"] = json!("Somebody else")),
        [Fact::Recipient]
    );
}

#[test]
fn finds_everything_at_once_in_a_fixed_order() {
    let all = compare(&posted(), &json!({"resourceType": "Consent", "id": "c1"}));
    let facts: Vec<Fact> = all.iter().map(|difference| difference.fact).collect();
    assert_eq!(
        facts,
        [
            Fact::Patient,
            Fact::Status,
            Fact::Scopes,
            Fact::Period,
            Fact::Identifier,
            Fact::Decision,
            Fact::Policy,
            Fact::Recipient
        ]
    );
    assert_eq!(all[1].to_string(), "status: active → ");
    assert_eq!(all[3].to_string(), "period: 2026-01-15T00:00:00Z to 2026-07-15T23:59:59Z → open to open");
}
