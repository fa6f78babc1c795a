//! Stored Consents as servers really keep them: nested, flat, foreign.

use serde_json::{Value, json};

use super::{StoredConsent, withdraw};
use crate::consent::opaque::Opaque;

const SCOPES: &str = "http://smarthealthit.org/fhir/scopes";

fn consent(fields: Value) -> Value {
    let mut consent = json!({"resourceType": "Consent", "id": "c1", "status": "active"});
    for (key, value) in fields.as_object().unwrap() {
        consent[key] = value.clone();
    }
    consent
}

fn scopes(fields: Value) -> Vec<String> {
    StoredConsent::read(&consent(fields)).unwrap().scopes
}

#[test]
fn reads_scopes_wherever_servers_put_them() {
    let class = json!([{"system": SCOPES, "code": "patient/Patient.rs"}]);
    for provision in [
        json!({"provision": [{"type": "permit", "class": class}]}),
        json!({"type": "permit", "class": class}),
        json!([{"provision": [{"type": "permit", "class": class}]}]),
        json!({"provision": {"type": "permit", "class": class}}),
        json!({"provision": [{"class": class}]}),
        json!({"provision": [{"provision": [{"type": "permit", "class": class}]}]}),
        json!({"provision": [{"type": "permit", "class": [{"code": "patient/Patient.rs"}]}]}),
        json!([{"documentType": class}]),
    ] {
        assert_eq!(scopes(json!({"provision": provision})), ["patient/Patient.rs"], "{provision}");
    }
    let as_uri = json!([{"system": "urn:ietf:rfc:3986", "code": format!("{SCOPES}/patient/Patient.rs")}]);
    for other in [
        json!({"except": [{"type": "permit", "class": class}]}),
        json!({"except": {"type": "permit", "class": class}}),
        json!({"except": [{"class": class}, {"type": "permit", "class": class}]}),
        json!({"except": [{"type": "permit", "class": as_uri}]}),
        json!({"decision": "deny", "provision": [{"documentType": class}]}),
        json!({"decision": "permit", "provision": [{"provision": [{"documentType": class}]}]}),
        json!({"provision": {"provision": [{"type": "permit", "class": as_uri}]}}),
    ] {
        assert_eq!(scopes(other.clone()), ["patient/Patient.rs"], "{other}");
    }
}

#[test]
fn does_not_take_a_refusal_or_another_code_for_a_scope() {
    let class = json!([{"system": SCOPES, "code": "patient/Patient.rs"}]);
    assert!(scopes(json!({"provision": {"provision": [{"type": "deny", "class": class}]}})).is_empty());
    let other = json!([{"system": "http://hl7.org/fhir/resource-types", "code": "Patient"}]);
    assert!(scopes(json!({"provision": {"provision": [{"type": "permit", "class": other}]}})).is_empty());
    assert!(scopes(json!({})).is_empty());
    assert!(scopes(json!({"except": [{"type": "deny", "class": class}]})).is_empty());
    assert!(scopes(json!({"decision": "permit", "provision": [{"documentType": class}]})).is_empty());
    let elsewhere =
        json!([{"system": "urn:ietf:rfc:3986", "code": "http://else.example/patient/Patient.rs"}]);
    assert!(scopes(json!({"provision": {"type": "permit", "class": elsewhere}})).is_empty());
}

#[test]
fn names_types_that_stand_without_a_scope() {
    let class = json!([{"system": "http://hl7.org/fhir/resource-types", "code": "MedicationRequest"}]);
    for fields in [
        json!({"except": [{"type": "permit", "class": class}]}),
        json!({"provision": {"provision": [{"type": "permit", "class": class}]}}),
        json!({"decision": "deny", "provision": [{"resourceType": class}]}),
    ] {
        let read = StoredConsent::read(&consent(fields.clone())).unwrap();
        assert_eq!((read.types, read.scopes), (vec!["MedicationRequest".to_owned()], vec![]), "{fields}");
    }
}

#[test]
fn the_times_of_the_records_are_read_wherever_they_stand() {
    for fields in [
        json!({"dataPeriod": {"start": "2020", "end": "2021-06"}}),
        json!({"provision": {"dataPeriod": {"start": "2020", "end": "2021-06"}}}),
        json!({"decision": "deny", "provision": [{"dataPeriod": {"start": "2020", "end": "2021-06"}}]}),
    ] {
        let (start, end) = StoredConsent::read(&consent(fields.clone())).unwrap().data_period.unwrap();
        assert_eq!(start, "2020-01-01T00:00:00Z".parse().ok(), "{fields}");
        assert_eq!(end, "2021-06-30T23:59:59Z".parse().ok(), "{fields}");
    }
    let open =
        StoredConsent::read(&consent(json!({"provision": {"dataPeriod": {"start": "2020"}}}))).unwrap();
    assert_eq!(open.data_period.map(|(_, end)| end), Some(None));
}

#[test]
fn names_each_scope_once() {
    let class = json!({"system": SCOPES, "code": "patient/Patient.rs"});
    assert_eq!(
        scopes(json!({"provision": {"provision": [{"class": [class, class]}, {"class": [class]}]}})).len(),
        1
    );
}

#[test]
fn the_end_may_be_a_day_or_stand_where_older_releases_had_it() {
    for (fields, day) in [
        (json!({"provision": {"period": {"end": "2026-07-15"}}}), Some("2026-07-15")),
        (json!({"provision": {"period": {"end": "2026-07-15T23:59:59Z"}}}), Some("2026-07-15")),
        (json!({"period": {"end": "2026-07"}}), Some("2026-07-31")),
        (json!({"period": {"end": "2026-07-15T22:00:00-05:00"}}), Some("2026-07-16")),
        (json!({"period": {"end": "2026"}, "decision": "deny"}), Some("2026-12-31")),
        (json!({"provision": {"period": {"start": "2026-01-01"}}}), None),
        (json!({"provision": {"period": {"end": "soon"}}}), None),
    ] {
        let read = StoredConsent::read(&consent(fields.clone())).unwrap();
        assert_eq!(read.last_day().map(|d| d.to_string()).as_deref(), day, "{fields}");
    }
}

#[test]
fn reads_who_what_and_since_when() {
    let read = StoredConsent::read(&consent(json!({
        "patient": {"reference": "Patient/p1"},
        "dateTime": "2026-01-15T10:00:00Z",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}, {"system": "http://own.example", "value": "7"}],
        "provision": {"actor": [{"reference": {"display": "Tern Bay Hospital"}}]},
        "text": {"div": "<div><p>I let A &amp; B share &lt;all&gt;.</p></div>"},
    })))
    .unwrap();
    assert_eq!(read.patient.as_deref(), Some("Patient/p1"));
    assert_eq!(read.identifiers, ["urn:uuid:1"]);
    assert_eq!(read.recipient.as_deref(), Some("Tern Bay Hospital"));
    assert_eq!(read.narrative.as_deref(), Some("I let A & B share <all>."));
    assert_eq!(read.given_at, "2026-01-15T10:00:00Z".parse().ok());
    assert!(read.is_active());
}

#[test]
fn reads_who_what_and_since_when_in_stu3_and_r5_too() {
    let stu3 = json!({
        "patient": {"reference": "Patient/p1"}, "dateTime": "2026-01-15T10:00:00Z",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"},
        "actor": [{"reference": {"display": "Tern Bay Hospital"}}],
    });
    let r5 = json!({
        "subject": {"reference": "Patient/p1"}, "date": "2026-01-15", "decision": "deny",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:1"}],
        "grantee": [{"display": "Tern Bay Hospital"}],
    });
    for (fields, given) in [(stu3, "2026-01-15T10:00:00Z"), (r5, "2026-01-15T00:00:00Z")] {
        let read = StoredConsent::read(&consent(fields)).unwrap();
        assert_eq!(read.patient.as_deref(), Some("Patient/p1"));
        assert_eq!(read.identifiers, ["urn:uuid:1"]);
        assert_eq!(read.recipient.as_deref(), Some("Tern Bay Hospital"));
        assert_eq!(read.given_at, given.parse().ok());
    }
}

#[test]
fn what_is_no_consent_with_an_id_is_not_read() {
    assert!(StoredConsent::read(&json!({"resourceType": "Patient", "id": "c1"})).is_none());
    assert!(StoredConsent::read(&json!({"resourceType": "Consent"})).is_none());
    assert!(StoredConsent::read(&json!({"resourceType": "Consent", "id": "../x"})).is_none());
    assert!(StoredConsent::read(&json!({"resourceType": "Consent", "id": "c1"})).is_some());
}

#[test]
fn survives_wrong_shapes_and_endless_nesting() {
    let mut nest = json!({"class": [{"system": SCOPES, "code": "deep"}]});
    for _ in 0..60 {
        nest = json!({"provision": [nest]});
    }
    assert!(scopes(nest.clone()).is_empty());
    assert!(StoredConsent::read(&consent(nest)).unwrap().opaque.contains(&Opaque::Limits), "not passed over");
    for strange in [
        json!("x"),
        json!(1),
        json!([[]]),
        json!([null]),
        json!({"class": "x", "action": 1, "actor": {"reference": 1}}),
    ] {
        assert!(
            scopes(json!({"provision": strange, "identifier": strange, "patient": strange, "text": strange}))
                .is_empty()
        );
    }
}

#[test]
fn withdrawing_changes_the_status_and_nothing_else() {
    let before = consent(
        json!({"patient": {"reference": "Patient/p1"}, "extension": [{"url": "x"}], "meta": {"versionId": "3"}}),
    );
    let mut expected = before.clone();
    expected["status"] = json!("inactive");
    assert_eq!(withdraw(before), expected);
}
