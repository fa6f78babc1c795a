//! Every planted difference between the posted and the stored Consent is found.

use jiff::civil::date;
use serde_json::{Value, json};

use super::{Fact, compare};
use crate::{
    choice::{Choice, Purpose},
    connection::{ConnectionId, way::Way},
    consent::write::{Signed, write},
    ehr::EhrId,
    fhir::SourcePatientId,
    kind::Kind,
    smart::syntax::ScopeSyntax,
    statement::{Facts, statement},
    version::FhirVersion,
};

fn posted() -> Value {
    posted_in(FhirVersion::R4)
}

fn posted_in(version: FhirVersion) -> Value {
    let choice = Choice {
        from: EhrId::stored("s"),
        to: EhrId::stored("t"),
        way: Way::ConsentTokens,
        under: None,
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
        version,
        syntax: ScopeSyntax::V2Granular,
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
    found_in(FhirVersion::R4, change)
}

fn found_in(version: FhirVersion, change: impl FnOnce(&mut Value)) -> Vec<Fact> {
    let posted = posted_in(version);
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
fn finds_what_narrows_the_grant() {
    let label = json!([{"system": "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "code": "N"}]);
    assert_eq!(found(|c| c["provision"]["dataPeriod"] = json!({"start": "2020"})), [Fact::Limits]);
    assert_eq!(found(|c| permit(c)["securityLabel"] = label.clone()), [Fact::Limits]);
    assert_eq!(found(|c| permit(c)["period"] = json!({"end": "2026-02"})), [Fact::Limits]);
    assert_eq!(found_in(FhirVersion::Stu3, |c| c["securityLabel"] = label.clone()), [Fact::Limits]);
    assert_eq!(found_in(FhirVersion::Stu3, |c| c["except"][0]["securityLabel"] = label), [Fact::Limits]);
    assert_eq!(
        found_in(FhirVersion::R5, |c| c["provision"][0]["expression"] = json!({"language": "text/fhirpath"})),
        [Fact::Limits]
    );
}

#[test]
fn in_every_release_what_a_server_adds_is_no_difference_and_what_it_changes_is_one() {
    for version in FhirVersion::ALL {
        let (whose, permit, classes, policy) = match version {
            FhirVersion::Stu3 => ("/patient/reference", "/except/0", "class", "/policyRule"),
            FhirVersion::R4 | FhirVersion::R4b => {
                ("/patient/reference", "/provision/provision/0", "class", "/policyRule/coding/0/code")
            }
            FhirVersion::R5 => ("/subject/reference", "/provision/0", "documentType", "/policyBasis/url"),
        };
        let period = if matches!(version, FhirVersion::R4 | FhirVersion::R4b) {
            "/provision/period"
        } else {
            "/period"
        };
        let found = |change: &dyn Fn(&mut Value)| found_in(version, change);
        let at = |c: &mut Value, path: &str, value: Value| *c.pointer_mut(path).unwrap() = value;
        let name = format!("{version:?}");

        assert_eq!(found(&|_| {}), [], "{name}");
        assert_eq!(found(&|c| at(c, whose, json!("https://source.example/fhir/Patient/p1"))), [], "{name}");
        assert_eq!(
            found(&|c| at(c, &format!("{period}/end"), json!("2026-07-15T23:59:59.0+00:00"))),
            [],
            "{name}"
        );
        let uri = json!({"system": "urn:ietf:rfc:3986", "code": "http://smarthealthit.org/fhir/scopes/patient/Immunization.rs"});
        let last = format!("{permit}/{classes}/2");
        assert_eq!(found(&|c| at(c, &last, uri.clone())), [], "{name}: a scope as a URI is the same scope");

        assert_eq!(found(&|c| at(c, whose, json!("Patient/p2"))), [Fact::Patient], "{name}");
        assert_eq!(found(&|c| c["status"] = json!("draft")), [Fact::Status], "{name}");
        assert_eq!(
            found(&|c| at(c, &format!("{period}/end"), json!("2027-07-15"))),
            [Fact::Period],
            "{name}"
        );
        assert_eq!(
            found(&|c| at(c, &format!("{last}/code"), json!("patient/*.rs"))),
            [Fact::Scopes],
            "{name}"
        );
        assert_eq!(
            found(&|c| list(c.pointer_mut(&format!("{permit}/{classes}")).unwrap())
                .push(json!({"system": "http://hl7.org/fhir/resource-types", "code": "Condition"}))),
            [Fact::Scopes],
            "{name}"
        );
        assert_eq!(
            found(&|c| at(c, &format!("{permit}/action/0/coding/0/code"), json!("correct"))),
            [Fact::Decision],
            "{name}"
        );
        let turned = |c: &mut Value| match version {
            FhirVersion::R5 => c["decision"] = json!("permit"),
            _ => at(c, &format!("{permit}/type"), json!("deny")),
        };
        assert_eq!(found(&turned), [Fact::Decision], "{name}");
        assert_eq!(found(&|c| c["identifier"] = json!({"value": "7"})), [Fact::Identifier], "{name}");
        let other = json!("http://hl7.org/fhir/ConsentPolicy/opt-in");
        let changed = found(&|c| {
            if let Some(fields) = c.as_object_mut() {
                fields.remove("policy");
            }
            at(c, policy, other.clone());
        });
        assert_eq!(changed, [Fact::Policy], "{name}");
    }
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
            Fact::Recipient,
        ]
    );
    assert_eq!(all[1].to_string(), "status: active → ");
    assert_eq!(all[3].to_string(), "period: 2026-01-15T00:00:00Z to 2026-07-15T23:59:59Z → open to open");
}
