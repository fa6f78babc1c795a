//! What R4 changed since STU3, for the elements that the records use: <https://hl7.org/fhir/STU3/resourcelist.html>.
//!
//! Dropped on the way to STU3: whoever gave a vaccination and is no practitioner, "no repeats" of a prescription (it
//! counts from 1 there), all categories of a report or note but the first, display and text of what is
//! a plain code there. The status of a study becomes its availability.

mod parts;

use serde_json::Value;

use super::step::{Given, Step, first, gone, inside, listed, new, one_way, other, plain, renamed, words};

/// Steps of every type.
pub(super) const ALL: &[Step] = &[other("meta", parts::source_there, parts::source_back)];

const CONTEXT: Step = renamed("", "encounter", "context");

/// Steps of single types, from R4 to STU3.
pub(super) const TYPES: &[(&str, &[Step])] = &[
    (
        "AllergyIntolerance",
        &[
            plain("", "clinicalStatus", "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical"),
            plain(
                "",
                "verificationStatus",
                "http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
            ),
            renamed("", "recordedDate", "assertedDate"),
        ],
    ),
    (
        "AuditEvent",
        &[
            one_way("agent", parts::old_agent),
            one_way("source", parts::old_observer),
            renamed("entity", "what", "reference"),
        ],
    ),
    ("Bundle", &[gone("", "timestamp")]),
    ("CarePlan", &[CONTEXT, listed("", "author"), words("", "status", &[("revoked", "cancelled")])]),
    ("CareTeam", &[CONTEXT, first("participant", "role")]),
    (
        "Condition",
        &[
            CONTEXT,
            plain("", "clinicalStatus", "http://terminology.hl7.org/CodeSystem/condition-clinical"),
            plain("", "verificationStatus", "http://terminology.hl7.org/CodeSystem/condition-ver-status"),
            renamed("", "recordedDate", "assertedDate"),
        ],
    ),
    ("Coverage", &[other("", parts::grouping_there, parts::grouping_back)]),
    ("DiagnosticReport", &[CONTEXT, first("", "category"), inside("", "performer", "actor")]),
    (
        "DocumentReference",
        &[
            renamed("", "date", "indexed"),
            renamed("", "category", "class"),
            first("", "class"),
            first("context", "encounter"),
        ],
    ),
    ("Encounter", &[renamed("", "reasonCode", "reason")]),
    ("Goal", &[other("", parts::goal_there, parts::goal_back), first("", "target")]),
    (
        "ImagingStudy",
        &[
            CONTEXT,
            renamed("", "subject", "patient"),
            other("", parts::study_there, parts::study_back),
            other("series", parts::uid_there, parts::uid_back),
            other("series.instance", parts::instance_there, parts::instance_back),
        ],
    ),
    (
        "Immunization",
        &[
            renamed("", "occurrenceDateTime", "date"),
            new("", "notGiven", Given::No),
            one_way("", parts::vaccinator_there),
            renamed("", "performer", "practitioner"),
            renamed("practitioner", "function", "role"),
        ],
    ),
    (
        "MedicationRequest",
        &[
            CONTEXT,
            first("", "category"),
            inside("", "requester", "agent"),
            other("dosageInstruction", parts::dose_there, parts::dose_back),
            one_way("dispenseRequest", parts::repeats_there),
        ],
    ),
    (
        "MedicationStatement",
        &[new("", "taken", Given::Code("y")), other("dosage", parts::dose_there, parts::dose_back)],
    ),
    ("Observation", &[CONTEXT, first("", "interpretation")]),
    ("OperationDefinition", &[gone("", "affectsState")]),
    ("Procedure", &[CONTEXT, renamed("performer", "function", "role")]),
    ("RelatedPerson", &[first("", "relationship")]),
];

/// Code systems that moved, in R4 and in STU3.
const SYSTEMS: &[(&str, &str)] = &[
    ("http://terminology.hl7.org/CodeSystem/audit-event-type", "http://hl7.org/fhir/audit-event-type"),
    ("http://terminology.hl7.org/CodeSystem/condition-category", "http://hl7.org/fhir/condition-category"),
    (
        "http://terminology.hl7.org/CodeSystem/medication-statement-category",
        "http://hl7.org/fhir/medication-statement-category",
    ),
    (
        "http://terminology.hl7.org/CodeSystem/medicationrequest-category",
        "http://hl7.org/fhir/medication-request-category",
    ),
    (
        "http://terminology.hl7.org/CodeSystem/observation-category",
        "http://hl7.org/fhir/observation-category",
    ),
    ("http://terminology.hl7.org/CodeSystem/organization-type", "http://hl7.org/fhir/organization-type"),
    (
        "http://terminology.hl7.org/CodeSystem/subscriber-relationship",
        "http://hl7.org/fhir/policyholder-relationship",
    ),
    ("http://terminology.hl7.org/CodeSystem/v2-0074", "http://hl7.org/fhir/v2/0074"),
    ("http://terminology.hl7.org/CodeSystem/v2-0203", "http://hl7.org/fhir/v2/0203"),
    ("http://terminology.hl7.org/CodeSystem/v3-ActCode", "http://hl7.org/fhir/v3/ActCode"),
    ("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "http://hl7.org/fhir/v2/0078"),
    ("http://terminology.hl7.org/CodeSystem/v3-RoleCode", "http://hl7.org/fhir/v3/RoleCode"),
];

pub(super) use parts::source_of;

/// Names code systems as STU3 does.
pub(super) fn write_systems(resource: &mut Value) {
    move_systems(resource, &|system| SYSTEMS.iter().find(|(r4, _)| *r4 == system).map(|(_, stu3)| *stu3));
}

/// Names code systems as R4 does.
pub(super) fn read_systems(resource: &mut Value) {
    move_systems(resource, &|system| SYSTEMS.iter().find(|(_, stu3)| *stu3 == system).map(|(r4, _)| *r4));
}

fn move_systems(value: &mut Value, moved: &dyn Fn(&str) -> Option<&'static str>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| move_systems(item, moved)),
        Value::Object(object) => {
            for (name, member) in object {
                match member {
                    Value::String(system) if name == "system" => {
                        if let Some(new) = moved(system) {
                            new.clone_into(system);
                        }
                    }
                    other => move_systems(other, moved),
                }
            }
        }
        _ => {}
    }
}
