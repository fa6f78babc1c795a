//! What R5 changed since R4, for the elements that the records use: <https://hl7.org/fhir/R5/resourcelist.html>.
//!
//! Dropped on the way to R5: all roles of a care team's member but the first, all payers of a coverage but the first.
//! The steps of a care plan become contained requests, because R5 describes no activity in the plan itself.

mod parts;

use super::step::{
    Given, Step, coded, concept, first, gone, inside, listed, new, one_way, other, reasons, renamed, words,
};

/// Steps of every type.
pub(super) const ALL: &[Step] = &[];

const REASON: Step = reasons("", "reasonCode", "reasonReference", "reason");
const MEDICINE_NAMED: Step = renamed("", "medicationCodeableConcept", "medication");
const MEDICINE_WRAPPED: Step = inside("", "medication", "concept");

/// Steps of single types, from R4 to R5.
pub(super) const TYPES: &[(&str, &[Step])] = &[
    (
        "AllergyIntolerance",
        &[
            coded("", "type", "http://hl7.org/fhir/allergy-intolerance-type"),
            inside("reaction", "manifestation", "concept"),
        ],
    ),
    ("Appointment", &[REASON, other("participant", parts::required_there, parts::required_back)]),
    ("AuditEvent", &[one_way("", parts::new_event), gone("agent", "name")]),
    (
        "CarePlan",
        &[
            renamed("", "author", "custodian"),
            inside("", "addresses", "reference"),
            other("", parts::activity_there, parts::activity_back),
        ],
    ),
    ("CareTeam", &[first("participant", "role")]),
    (
        "Coverage",
        &[
            new("", "kind", Given::Code("insurance")),
            renamed("", "payor", "insurer"),
            first("", "insurer"),
            inside("", "subscriberId", "value"),
            listed("", "subscriberId"),
            inside("class", "value", "value"),
        ],
    ),
    ("DiagnosticReport", &[renamed("", "imagingStudy", "study")]),
    (
        "DocumentReference",
        &[
            other("", parts::context_there, parts::context_back),
            other("content.attachment", parts::size_there, parts::size_back),
        ],
    ),
    (
        "Encounter",
        &[
            words("", "status", &[("finished", "completed"), ("onleave", "on-hold")]),
            concept("", "class"),
            listed("", "class"),
            renamed("participant", "individual", "actor"),
            renamed("", "period", "actualPeriod"),
            REASON,
            inside("", "reason", "value"),
            listed("reason", "value"),
        ],
    ),
    (
        "ImagingStudy",
        &[
            REASON,
            concept("series", "modality"),
            concept("series", "bodySite"),
            inside("series", "bodySite", "concept"),
        ],
    ),
    ("Immunization", &[REASON]),
    (
        "MedicationRequest",
        &[
            MEDICINE_NAMED,
            MEDICINE_WRAPPED,
            REASON,
            renamed("dosageInstruction", "asNeededBoolean", "asNeeded"),
        ],
    ),
    (
        "MedicationStatement",
        &[
            MEDICINE_NAMED,
            MEDICINE_WRAPPED,
            REASON,
            listed("", "category"),
            listed("", "informationSource"),
            other("", parts::adherence_there, parts::adherence_back),
            renamed("dosage", "asNeededBoolean", "asNeeded"),
        ],
    ),
    ("Organization", &[other("", parts::telecom_there, parts::telecom_back)]),
    (
        "Procedure",
        &[
            renamed("", "performedPeriod", "occurrencePeriod"),
            renamed("", "performedDateTime", "occurrenceDateTime"),
            REASON,
        ],
    ),
];
