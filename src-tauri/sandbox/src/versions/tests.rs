//! Every made-up record in every release and back.

use std::collections::BTreeSet;

use jiff::civil::date;

use super::*;
use crate::people::{Hospital, directory, people};

/// Everything that is made up, in R4.
fn records() -> Vec<Value> {
    let today = date(2026, 1, 15);
    [Hospital::SpruceHarbor, Hospital::TernBay]
        .into_iter()
        .flat_map(|hospital| {
            let people = people(hospital, 7, today).into_iter().flat_map(|person| person.resources);
            people.chain(directory(hospital, 7)).collect::<Vec<_>>()
        })
        .collect()
}

/// Paths at which two values differ, list positions left out.
fn differences(one: &Value, other: &Value, path: &str, found: &mut BTreeSet<String>) {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            let names: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
            for name in names {
                let null = Value::Null;
                let (one, other) = (one.get(name).unwrap_or(&null), other.get(name).unwrap_or(&null));
                differences(one, other, &format!("{path}.{name}"), found);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (one, other) in one.iter().zip(other) {
                differences(one, other, path, found);
            }
        }
        (one, other) if one == other => {}
        _ => drop(found.insert(path.to_owned())),
    }
}

fn lost(version: FhirVersion) -> Vec<String> {
    let mut found = BTreeSet::new();
    for record in records() {
        let kind = record["resourceType"].as_str().unwrap();
        differences(&record, &home(version, native(version, record.clone())), kind, &mut found);
    }
    found.into_iter().collect()
}

#[test]
fn r4b_writes_the_records_as_r4_does() {
    for record in records() {
        assert_eq!(native(FhirVersion::R4b, record.clone()), record);
    }
}

#[test]
fn what_comes_back_from_stu3_lacks_only_what_is_told() {
    let told = [
        "AllergyIntolerance.clinicalStatus.coding.display",
        "AllergyIntolerance.clinicalStatus.text",
        "AllergyIntolerance.verificationStatus.coding.display",
        "AllergyIntolerance.verificationStatus.text",
        "Condition.clinicalStatus.coding.display",
        "Condition.clinicalStatus.text",
        "Condition.verificationStatus.coding.display",
        "Condition.verificationStatus.text",
        "Coverage.class.type.coding.display",
        "Coverage.class.type.text",
        "Goal.achievementStatus.coding.display",
        "Goal.achievementStatus.text",
        "Immunization.performer",
        "MedicationRequest.dispenseRequest.numberOfRepeatsAllowed",
    ];
    assert_eq!(lost(FhirVersion::Stu3), told);
}

#[test]
fn what_comes_back_from_r5_lacks_nothing() {
    assert_eq!(lost(FhirVersion::R5), Vec::<String>::new());
}

#[test]
fn a_second_journey_changes_nothing_more() {
    for version in FhirVersion::ALL {
        for record in records() {
            let there = native(version, record);
            assert_eq!(native(version, home(version, there.clone())), there, "{version}");
        }
    }
}
