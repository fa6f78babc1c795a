//! The Consent exactly as it goes out, and nothing in it that was not picked.

use jiff::{Timestamp, civil::Date, civil::date};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Signed, write};
use crate::{
    choice::{Choice, Purpose, end_of},
    connection::{ConnectionId, way::Way},
    consent::read::{StoredConsent, compare},
    ehr::EhrId,
    fhir::SourcePatientId,
    kind::Kind,
    statement::{Facts, Statement, statement},
};

const CONNECTION: &str = "a81de03d-cfad-462d-a81b-3f8254909622";

fn choice(kinds: &[Kind], purpose: Purpose, last_day: Date) -> Choice {
    Choice {
        from: EhrId::stored("s"),
        to: EhrId::stored("t"),
        way: Way::ConsentTokens,
        kinds: kinds.to_vec(),
        purpose,
        last_day,
    }
}

fn sentence(choice: &Choice, patient: &str, signer: Option<&str>) -> Statement {
    statement(&Facts {
        patient: Some(patient),
        signer,
        from: Some("Spruce Harbor Clinic"),
        to: Some("Tern Bay Hospital"),
        kinds: &choice.kinds,
        purpose: Some(&choice.purpose),
        last_day: Some(choice.last_day),
    })
}

fn written(choice: &Choice, statement: &Statement) -> Value {
    write(&Signed {
        choice,
        statement,
        patient: &SourcePatientId::parse("paul-1").unwrap(),
        performer: "Patient/paul-1".to_owned(),
        source_name: "Spruce Harbor Clinic",
        target_name: "Tern Bay Hospital",
        identifier: ConnectionId::parse(CONNECTION).unwrap(),
        at: "2026-01-15T10:00:00.123Z".parse().unwrap(),
    })
}

/// As the source would give it back.
fn stored(mut consent: Value) -> Value {
    consent["id"] = json!("c1");
    consent
}

#[test]
fn is_this_document_to_the_letter() {
    let choice = choice(&[Kind::AboutYou, Kind::LabTests], Purpose::MyCare, date(2026, 7, 15));
    let scope = |code: &str| json!({"system": "http://smarthealthit.org/fhir/scopes", "code": code});
    assert_eq!(
        written(&choice, &sentence(&choice, "Paul Tindall", None)),
        json!({
            "resourceType": "Consent",
            "text": {
                "status": "generated",
                "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>I, Paul Tindall, let Spruce Harbor Clinic share my personal details and lab tests with Tern Bay Hospital, for my care, until July 15, 2026.</p></div>"
            },
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:a81de03d-cfad-462d-a81b-3f8254909622"}],
            "status": "active",
            "scope": {"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/consentscope",
                "code": "patient-privacy",
                "display": "Privacy Consent"
            }]},
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": {"reference": "Patient/paul-1"},
            "dateTime": "2026-01-15T10:00:00Z",
            "performer": [{"reference": "Patient/paul-1"}],
            "organization": [{"display": "Spruce Harbor Clinic"}],
            "policy": [{"uri": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"}],
            "policyRule": {"coding": [
                {"system": "urn:ietf:rfc:3986", "code": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"},
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "OPTOUTE", "display": "opt-out with exceptions"}
            ]},
            "provision": {
                "period": {"start": "2026-01-15T00:00:00Z", "end": "2026-07-15T23:59:59Z"},
                "actor": [{
                    "role": {"coding": [{
                        "system": "http://terminology.hl7.org/CodeSystem/v3-ParticipationType",
                        "code": "IRCP",
                        "display": "information recipient"
                    }]},
                    "reference": {"display": "Tern Bay Hospital"}
                }],
                "purpose": [
                    {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "TREAT", "display": "treatment"},
                    {"display": "care"}
                ],
                "provision": [{
                    "type": "permit",
                    "action": [{"coding": [{
                        "system": "http://terminology.hl7.org/CodeSystem/consentaction",
                        "code": "access",
                        "display": "Access"
                    }]}],
                    "class": [
                        scope("patient/Patient.rs"),
                        scope("patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory"),
                        scope("patient/DiagnosticReport.rs")
                    ]
                }]
            }
        })
    );
}

#[test]
fn the_root_rule_has_no_type_and_no_classes() {
    let choice = choice(&Kind::ALL, Purpose::SecondOpinion, date(2026, 7, 15));
    let consent = written(&choice, &sentence(&choice, "Paul Tindall", None));
    assert!(consent.pointer("/provision/type").is_none() && consent.pointer("/provision/class").is_none());
    assert_eq!(consent.pointer("/provision/provision").and_then(Value::as_array).map(Vec::len), Some(1));
}

#[test]
fn a_parent_signs_for_the_child() {
    let choice = choice(&[Kind::Vaccines], Purpose::MyCare, date(2026, 7, 15));
    let statement = sentence(&choice, "Ada Okafor", Some("Maria Okafor"));
    let consent = write(&Signed {
        choice: &choice,
        statement: &statement,
        patient: &SourcePatientId::parse("ada").unwrap(),
        performer: "RelatedPerson/maria".to_owned(),
        source_name: "Spruce Harbor Clinic",
        target_name: "Tern Bay Hospital",
        identifier: ConnectionId::parse(CONNECTION).unwrap(),
        at: Timestamp::UNIX_EPOCH,
    });
    assert_eq!(consent["patient"]["reference"], "Patient/ada");
    assert_eq!(consent["performer"], json!([{"reference": "RelatedPerson/maria"}]));
}

#[test]
fn the_persons_own_reason_is_a_patients_request() {
    let choice = choice(
        &[Kind::Vaccines],
        Purpose::Other { words: "for\u{202E} school".to_owned() },
        date(2026, 7, 15),
    );
    let consent = written(&choice, &sentence(&choice, "Ada Okafor", None));
    assert_eq!(consent["provision"]["purpose"][0]["code"], "PATRQT");
    assert_eq!(consent["provision"]["purpose"][1], json!({"display": "for school"}));
}

fn kinds() -> impl Strategy<Value = Vec<Kind>> {
    (1_u16..1 << Kind::ALL.len()).prop_map(|bits| {
        Kind::ALL
            .into_iter()
            .enumerate()
            .filter(|(i, _)| bits & (1 << i) != 0)
            .map(|(_, kind)| kind)
            .collect()
    })
}

fn purposes() -> impl Strategy<Value = Purpose> {
    prop_oneof![
        Just(Purpose::MyCare),
        Just(Purpose::SecondOpinion),
        Just(Purpose::MovingCare),
        any::<String>().prop_map(|words| Purpose::Other { words }),
    ]
}

proptest! {
    /// What is on the screen, what is sent, and what can be read back are one and the same.
    #[test]
    fn what_is_written_is_what_was_picked_and_read(
        kinds in kinds(),
        purpose in purposes(),
        days in 0_i32..800,
        patient in any::<String>(),
    ) {
        let last_day = date(2026, 1, 15).checked_add(jiff::ToSpan::days(days)).unwrap();
        let choice = choice(&kinds, purpose, last_day);
        let statement = sentence(&choice, &patient, None);
        let consent = stored(written(&choice, &statement));
        let text = serde_json::to_string(&consent).unwrap();
        let over_the_wire: Value = crate::http::json::value(text.as_bytes()).unwrap();
        let read = StoredConsent::read(&over_the_wire).unwrap();
        prop_assert_eq!(&read.scopes, &choice.scopes());
        prop_assert_eq!(read.narrative.clone(), Some(statement.text()));
        prop_assert_eq!(read.period_end, end_of(last_day));
        prop_assert_eq!(read.last_day(), Some(last_day));
        prop_assert_eq!(read.scopes.iter().map(String::as_str).collect::<crate::smart::scopes::Scopes>().kinds(), (kinds, vec![]));
        prop_assert_eq!(compare(&consent, &over_the_wire), vec![]);
    }
}
