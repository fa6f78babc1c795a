//! The records: the same each time, whole, coded, plausible.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::date;
use serde_json::json;

use super::*;
use crate::resources::index::at;
use crate::resources::types::served;

const TODAY: Date = date(2026, 1, 15);
const HOSPITALS: [Hospital; 2] = [Hospital::SpruceHarbor, Hospital::TernBay];

/// Elements that R4 requires (1..), by type; `a|b` is a choice.
const REQUIRED: [(&str, &[&str]); 20] = [
    ("Patient", &["identifier", "name", "birthDate", "gender"]),
    ("RelatedPerson", &["patient"]),
    ("AllergyIntolerance", &["patient", "clinicalStatus", "reaction.manifestation"]),
    ("Appointment", &["status", "participant.status"]),
    ("CarePlan", &["status", "intent", "subject"]),
    ("CareTeam", &["subject"]),
    ("Condition", &["subject", "clinicalStatus", "code"]),
    ("Coverage", &["status", "beneficiary", "payor"]),
    ("DiagnosticReport", &["status", "code", "subject"]),
    ("DocumentReference", &["status", "content.attachment", "subject"]),
    ("Encounter", &["status", "class", "subject"]),
    ("FamilyMemberHistory", &["status", "patient", "relationship"]),
    ("Goal", &["lifecycleStatus", "description", "subject"]),
    (
        "ImagingStudy",
        &[
            "status",
            "subject",
            "series.uid",
            "series.modality",
            "series.instance.uid",
            "series.instance.sopClass",
        ],
    ),
    ("Immunization", &["status", "vaccineCode", "patient", "occurrenceDateTime"]),
    ("MedicationRequest", &["status", "intent", "medicationCodeableConcept", "subject"]),
    ("MedicationStatement", &["status", "medicationCodeableConcept", "subject"]),
    ("Observation", &["status", "code", "category", "subject", "effectiveDateTime"]),
    ("Procedure", &["status", "subject", "code"]),
    ("Practitioner", &["name"]),
];

fn type_of(resource: &Value) -> &str {
    resource["resourceType"].as_str().unwrap()
}

fn everybody() -> impl Iterator<Item = (Hospital, Person)> {
    HOSPITALS
        .into_iter()
        .flat_map(|hospital| people(hospital, 7, TODAY).into_iter().map(move |person| (hospital, person)))
}

/// Calls back for every object in a value.
fn each_object(value: &Value, see: &mut impl FnMut(&serde_json::Map<String, Value>)) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| each_object(item, see)),
        Value::Object(object) => {
            see(object);
            object.values().for_each(|member| each_object(member, see));
        }
        _ => {}
    }
}

#[test]
fn the_same_seed_and_day_give_the_same_records() {
    for hospital in HOSPITALS {
        let (first, second) = (people(hospital, 7, TODAY), people(hospital, 7, TODAY));
        for (first, second) in first.iter().zip(&second) {
            assert_eq!(first.resources, second.resources);
            assert_eq!(first.password, second.password);
        }
        assert_eq!(directory(hospital, 7), directory(hospital, 7));
        let other = people(hospital, 8, TODAY);
        assert_ne!(first.first().unwrap().patient_id, other.first().unwrap().patient_id);
    }
    let ids: BTreeSet<String> = everybody().map(|(_, person)| person.patient_id).collect();
    assert_eq!(ids.len(), 10, "nobody has the same id twice");
}

#[test]
fn the_records_are_as_large_as_told() {
    for (hospital, person) in everybody() {
        let count = person.resources.len();
        let expected = match (hospital, person.username.as_str()) {
            (Hospital::SpruceHarbor, "paul.tindall") => 400..700,
            (Hospital::SpruceHarbor, _) => 30..121,
            (Hospital::TernBay, "paul.tindall") => 20..60,
            (Hospital::TernBay, _) => 5..21,
        };
        assert!(expected.contains(&count), "{} at {}: {count}", person.name, hospital.name());
    }
    let paul = people(Hospital::SpruceHarbor, 7, TODAY).into_iter().next().unwrap();
    let mut types: BTreeMap<&str, usize> = BTreeMap::new();
    for resource in &paul.resources {
        *types.entry(type_of(resource)).or_default() += 1;
    }
    assert!(types.len() >= 14, "{types:?}");
}

#[test]
fn the_five_are_who_they_are_at_both_hospitals() {
    for hospital in HOSPITALS {
        let people = people(hospital, 7, TODAY);
        let known: Vec<String> = people
            .iter()
            .map(|person| {
                let sex = person.resources.first().unwrap()["gender"].as_str().unwrap();
                format!("{} {} {sex}", person.name, person.birth_date)
            })
            .collect();
        assert_eq!(
            known,
            [
                "Paul Tindall 1961-03-14 male",
                "Maria Okafor 1984-09-02 female",
                "Ada Okafor 2016-05-21 female",
                "Jon Lindqvist 1972-11-08 male",
                "John Lindquist 1972-08-11 male"
            ]
        );
        for person in &people {
            let chart = person.resources.first().unwrap();
            assert_eq!(
                (type_of(chart), chart["id"].as_str().unwrap()),
                ("Patient", person.patient_id.as_str())
            );
            assert_eq!(chart["birthDate"], json!(person.birth_date));
            assert!(chart["telecom"][0]["value"].as_str().unwrap().starts_with("555-01"));
        }
        let [_, maria, ada, ..] = people.as_slice() else { panic!("five people") };
        assert_eq!(maria.proxy_for, std::slice::from_ref(&ada.patient_id));
        assert!(ada.password.len() == 32 && ada.proxy_for.is_empty());
        let relative = ada.resources.iter().find(|resource| type_of(resource) == "RelatedPerson").unwrap();
        assert_eq!(relative["relationship"][0]["coding"][0]["code"], "MTH");
    }
}

#[test]
fn every_resource_has_what_r4_requires() {
    for (_, person) in everybody() {
        for resource in &person.resources {
            let name = type_of(resource);
            let (_, required) = REQUIRED
                .iter()
                .find(|(required, _)| *required == name)
                .unwrap_or_else(|| panic!("{name} is not in the table"));
            for path in *required {
                assert!(!at(resource, path).is_empty(), "{name} without {path}: {resource}");
            }
            assert!(resource["meta"]["lastUpdated"].is_string());
            each_object(resource, &mut |object| {
                assert!(!object.is_empty(), "an empty object in {resource}");
                for (member, value) in object {
                    assert!(!value.is_null(), "{member} is null in {resource}");
                    assert!(
                        value.as_array().is_none_or(|items| !items.is_empty()),
                        "{member} is empty in {resource}"
                    );
                }
            });
        }
    }
}

#[test]
fn every_reference_leads_somewhere_in_the_set() {
    for (hospital, person) in everybody() {
        let shared = directory(hospital, 7);
        let known: BTreeSet<String> = person
            .resources
            .iter()
            .chain(&shared)
            .map(|resource| format!("{}/{}", type_of(resource), resource["id"].as_str().unwrap()))
            .collect();
        assert_eq!(known.len(), person.resources.len() + shared.len(), "ids are unique");
        for resource in person.resources.iter().chain(&shared) {
            each_object(resource, &mut |object| {
                if let Some(reference) = object.get("reference") {
                    assert!(known.contains(reference.as_str().unwrap()), "{reference} in {resource}");
                }
            });
        }
    }
}

#[test]
fn every_resource_is_in_its_patients_compartment() {
    for (_, person) in everybody() {
        let patient = format!("Patient/{}", person.patient_id);
        for resource in &person.resources {
            let served = served(type_of(resource)).unwrap();
            assert!(served.in_compartment());
            if served.name != "Patient" {
                let references: Vec<_> = served
                    .patient
                    .iter()
                    .flat_map(|path| at(resource, path))
                    .map(|element| element["reference"].clone())
                    .collect();
                assert!(references.contains(&json!(patient)), "{resource}");
            }
        }
    }
    for hospital in HOSPITALS {
        assert!(
            directory(hospital, 7)
                .iter()
                .all(|resource| !served(type_of(resource)).unwrap().in_compartment())
        );
    }
}

#[test]
fn every_observation_has_a_category_a_loinc_code_and_a_unit() {
    let mut categories = BTreeSet::new();
    for (_, person) in everybody() {
        for observation in person.resources.iter().filter(|resource| type_of(resource) == "Observation") {
            let category = &observation["category"][0]["coding"][0];
            assert_eq!(category["system"], "http://terminology.hl7.org/CodeSystem/observation-category");
            categories.insert(category["code"].as_str().unwrap().to_owned());
            assert_eq!(observation["code"]["coding"][0]["system"], "http://loinc.org");
            let values: Vec<&Value> = at(observation, "valueQuantity")
                .into_iter()
                .chain(at(observation, "component.valueQuantity"))
                .collect();
            for value in &values {
                assert!(
                    value["value"].is_number()
                        && value["code"].is_string()
                        && value["system"] == "http://unitsofmeasure.org",
                    "{observation}"
                );
            }
            let other = ["valueCodeableConcept", "valueString", "valueDateTime"]
                .iter()
                .any(|name| observation.get(name).is_some());
            assert!(other == values.is_empty(), "one value, of one kind: {observation}");
            if category["code"] == "laboratory" && !values.is_empty() {
                assert!(
                    observation["referenceRange"][0].is_object()
                        && observation["interpretation"][0].is_object()
                );
            }
        }
    }
    assert_eq!(
        categories.into_iter().collect::<Vec<_>>(),
        ["laboratory", "social-history", "survey", "vital-signs"]
    );
}

#[test]
fn nothing_happened_before_birth_or_after_today() {
    for today in [TODAY, date(2024, 2, 29), date(2031, 12, 31)] {
        for hospital in HOSPITALS {
            for person in people(hospital, 7, today) {
                for resource in &person.resources {
                    let dated = [
                        "effectiveDateTime",
                        "occurrenceDateTime",
                        "authoredOn",
                        "recordedDate",
                        "date",
                        "started",
                        "created",
                        "dateAsserted",
                    ]
                    .iter()
                    .flat_map(|name| at(resource, name))
                    .chain(at(resource, "period.start"))
                    .chain(at(resource, "performedPeriod.start"))
                    .chain(at(resource, "meta.lastUpdated"));
                    for value in dated {
                        let day: Date = value.as_str().unwrap().get(..10).unwrap().parse().unwrap();
                        assert!(day <= today, "{day} is after {today}: {resource}");
                        assert!(
                            day >= person.birth_date.saturating_sub(jiff::ToSpan::days(3)),
                            "{day}: {resource}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn sugar_and_pressure_came_down() {
    let paul = people(Hospital::SpruceHarbor, 7, TODAY).into_iter().next().unwrap();
    let series = |code: &str, pointer: &str| {
        let mut values: Vec<(&str, f64)> = paul
            .resources
            .iter()
            .filter(|resource| {
                type_of(resource) == "Observation" && resource["code"]["coding"][0]["code"] == code
            })
            .map(|resource| {
                (
                    resource["effectiveDateTime"].as_str().unwrap(),
                    resource.pointer(pointer).unwrap().as_f64().unwrap(),
                )
            })
            .collect();
        values.sort_by_key(|(date, _)| *date);
        values.into_iter().map(|(_, value)| value).collect::<Vec<_>>()
    };
    let hba1c = series("4548-4", "/valueQuantity/value");
    assert!(hba1c.first().unwrap() > &8.5 && hba1c.last().unwrap() < &7.0, "{hba1c:?}");
    let systolic = series("85354-9", "/component/0/valueQuantity/value");
    assert!(
        systolic.len() > 25 && systolic.first().unwrap() > &150.0 && systolic.last().unwrap() < &136.0,
        "{systolic:?}"
    );
}

#[test]
fn nobody_learns_a_password_from_a_log() {
    let person = people(Hospital::TernBay, 7, TODAY).into_iter().next().unwrap();
    assert!(!format!("{person:?}").contains(&person.password));
}
