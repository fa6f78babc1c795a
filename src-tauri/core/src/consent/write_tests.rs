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
    smart::{scopes::Scopes, syntax::ScopeSyntax},
    statement::{Facts, Statement, statement},
    version::FhirVersion,
};

const CONNECTION: &str = "a81de03d-cfad-462d-a81b-3f8254909622";

fn choice(kinds: &[Kind], purpose: Purpose, last_day: Date) -> Choice {
    Choice {
        from: EhrId::stored("s"),
        to: EhrId::stored("t"),
        way: Way::ConsentTokens,
        under: None,
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
    written_in(FhirVersion::R4, choice, statement)
}

fn written_in(version: FhirVersion, choice: &Choice, statement: &Statement) -> Value {
    spelled(version, ScopeSyntax::V2Granular, choice, statement)
}

fn spelled(version: FhirVersion, syntax: ScopeSyntax, choice: &Choice, statement: &Statement) -> Value {
    write(&Signed {
        version,
        syntax,
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
fn in_r4_it_is_this_document_to_the_letter() {
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

const NARRATIVE: &str = "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>I, Paul Tindall, let Spruce Harbor Clinic share my vaccines with Tern Bay Hospital, for my care, until July 15, 2026.</p></div>";

fn vaccines(version: FhirVersion) -> Value {
    let choice = choice(&[Kind::Vaccines], Purpose::MyCare, date(2026, 7, 15));
    written_in(version, &choice, &sentence(&choice, "Paul Tindall", None))
}

#[test]
fn in_r4b_it_is_the_document_of_r4() {
    assert_eq!(vaccines(FhirVersion::R4b), vaccines(FhirVersion::R4));
}

#[test]
fn in_stu3_it_is_this_document_to_the_letter() {
    assert_eq!(
        vaccines(FhirVersion::Stu3),
        json!({
            "resourceType": "Consent",
            "text": {"status": "generated", "div": NARRATIVE},
            "identifier": {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:a81de03d-cfad-462d-a81b-3f8254909622"},
            "status": "active",
            "patient": {"reference": "Patient/paul-1"},
            "period": {"start": "2026-01-15T00:00:00Z", "end": "2026-07-15T23:59:59Z"},
            "dateTime": "2026-01-15T10:00:00Z",
            "consentingParty": [{"reference": "Patient/paul-1"}],
            "actor": [{
                "role": {"coding": [{
                    "system": "http://hl7.org/fhir/v3/ParticipationType",
                    "code": "IRCP",
                    "display": "information recipient"
                }]},
                "reference": {"display": "Tern Bay Hospital"}
            }],
            "organization": [{"display": "Spruce Harbor Clinic"}],
            "policyRule": "http://hl7.org/fhir/ConsentDefinition/simple-oauth",
            "purpose": [
                {"system": "http://hl7.org/fhir/v3/ActReason", "code": "TREAT", "display": "treatment"},
                {"display": "care"}
            ],
            "except": [{
                "type": "permit",
                "action": [{"coding": [{
                    "system": "http://hl7.org/fhir/consentaction",
                    "code": "access",
                    "display": "Access"
                }]}],
                "class": [{"system": "http://smarthealthit.org/fhir/scopes", "code": "patient/Immunization.rs"}]
            }]
        })
    );
}

#[test]
fn in_r5_it_is_this_document_to_the_letter() {
    assert_eq!(
        vaccines(FhirVersion::R5),
        json!({
            "resourceType": "Consent",
            "text": {"status": "generated", "div": NARRATIVE},
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": "urn:uuid:a81de03d-cfad-462d-a81b-3f8254909622"}],
            "status": "active",
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "subject": {"reference": "Patient/paul-1"},
            "date": "2026-01-15",
            "period": {"start": "2026-01-15T00:00:00Z", "end": "2026-07-15T23:59:59Z"},
            "grantor": [{"reference": "Patient/paul-1"}],
            "grantee": [{"display": "Tern Bay Hospital"}],
            "controller": [{"display": "Spruce Harbor Clinic"}],
            "policyBasis": {"url": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"},
            "decision": "deny",
            "provision": [{
                "action": [{"coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/consentaction",
                    "code": "access",
                    "display": "Access"
                }]}],
                "documentType": [{"system": "http://smarthealthit.org/fhir/scopes", "code": "patient/Immunization.rs"}]
            }]
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
    for (version, child, parent) in [
        (FhirVersion::Stu3, "patient", "consentingParty"),
        (FhirVersion::R4, "patient", "performer"),
        (FhirVersion::R4b, "patient", "performer"),
        (FhirVersion::R5, "subject", "grantor"),
    ] {
        let consent = write(&Signed {
            version,
            syntax: ScopeSyntax::V2Granular,
            choice: &choice,
            statement: &statement,
            patient: &SourcePatientId::parse("ada").unwrap(),
            performer: "RelatedPerson/maria".to_owned(),
            source_name: "Spruce Harbor Clinic",
            target_name: "Tern Bay Hospital",
            identifier: ConnectionId::parse(CONNECTION).unwrap(),
            at: Timestamp::UNIX_EPOCH,
        });
        assert_eq!(consent[child]["reference"], "Patient/ada", "{version:?}");
        assert_eq!(consent[parent], json!([{"reference": "RelatedPerson/maria"}]), "{version:?}");
    }
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
    /// What is on the screen, what is sent, and what can be read back are one and the same, in every release.
    #[test]
    fn what_is_written_is_what_was_picked_and_read(
        version in proptest::sample::select(FhirVersion::ALL.to_vec()),
        syntax in proptest::sample::select(vec![ScopeSyntax::V1, ScopeSyntax::V2, ScopeSyntax::V2Granular]),
        kinds in kinds(),
        purpose in purposes(),
        days in 0_i32..800,
        patient in any::<String>(),
    ) {
        let last_day = date(2026, 1, 15).checked_add(jiff::ToSpan::days(days)).unwrap();
        let choice = choice(&kinds, purpose, last_day);
        let statement = sentence(&choice, &patient, None);
        let consent = stored(spelled(version, syntax, &choice, &statement));
        let text = serde_json::to_string(&consent).unwrap();
        let over_the_wire: Value = crate::http::json::value(text.as_bytes()).unwrap();
        let read = StoredConsent::read(&over_the_wire).unwrap();
        prop_assert_eq!(&read.scopes, &syntax.of_kinds(&kinds, version));
        prop_assert_eq!(read.patient.as_deref(), Some("Patient/paul-1"));
        prop_assert_eq!(read.recipient.as_deref(), Some("Tern Bay Hospital"));
        prop_assert_eq!(&read.identifiers, &[super::identifier(ConnectionId::parse(CONNECTION).unwrap())]);
        prop_assert_eq!(read.narrative.clone(), Some(statement.text()));
        prop_assert_eq!(read.period_end, end_of(last_day));
        prop_assert_eq!(read.last_day(), Some(last_day));
        prop_assert_eq!(&read.opaque, &[]);
        let granted = Scopes::parse(&read.scopes.join(" "));
        if syntax == ScopeSyntax::V2Granular {
            prop_assert_eq!(granted.kinds(), (kinds, vec![]));
        } else {
            let covered = granted.kinds().0;
            prop_assert!(kinds.iter().all(|kind| covered.contains(kind)));
        }
        prop_assert_eq!(compare(&consent, &over_the_wire), vec![]);
    }

    /// The base refuses, in the words of the release: a base that permits would turn the person's wish around.
    #[test]
    fn the_base_refuses_whatever_was_picked(
        version in proptest::sample::select(FhirVersion::ALL.to_vec()),
        kinds in kinds(),
        purpose in purposes(),
    ) {
        let choice = choice(&kinds, purpose, date(2026, 7, 15));
        let consent = written_in(version, &choice, &sentence(&choice, "Paul Tindall", None));
        let (base, permit) = match version {
            FhirVersion::Stu3 => (&consent["policyRule"], &consent["except"]),
            FhirVersion::R4 | FhirVersion::R4b => {
                (&consent["policyRule"]["coding"][0]["code"], &consent["provision"]["provision"])
            }
            FhirVersion::R5 => (&consent["policyBasis"]["url"], &consent["provision"]),
        };
        prop_assert_eq!(base, "http://hl7.org/fhir/ConsentDefinition/simple-oauth");
        prop_assert_eq!(permit.as_array().map(Vec::len), Some(1));
        let decision = (version == FhirVersion::R5).then(|| json!("deny"));
        prop_assert_eq!(consent.get("decision"), decision.as_ref());
        prop_assert_eq!(consent.get("scope").is_some(), matches!(version, FhirVersion::R4 | FhirVersion::R4b));
        prop_assert_eq!(permit[0].get("type").is_none(), version == FhirVersion::R5);
    }
}
