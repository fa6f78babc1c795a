//! The resource types that this EHR serves, where each names its patient, and what it can be searched by.
//!
//! One table feeds the index, the search, the scopes and the CapabilityStatement, so that what is promised is what
//! is done. All releases share it: a type that is served exists in each, a path that a release does not have finds
//! nothing, and a parameter names the releases that have it. Search parameters:
//! <https://hl7.org/fhir/R4/searchparameter-registry.html>; compartment:
//! <https://hl7.org/fhir/R4/compartmentdefinition-patient.html>.

use crate::ways::FhirVersion::{self, R4, R4b, R5, Stu3};

/// The releases that have something.
type Releases = &'static [FhirVersion];

const ALL: Releases = &[Stu3, R4, R4b, R5];
const STU3: Releases = &[Stu3];
const SINCE_R4: Releases = &[R4, R4b, R5];
const ONLY_R4: Releases = &[R4, R4b];
const UNTIL_R4: Releases = &[Stu3, R4, R4b];
const SINCE_R5: Releases = &[R5];

/// One served type.
#[derive(Debug)]
pub(crate) struct Served {
    /// Type name, the same in all releases.
    pub(crate) name: &'static str,
    /// Elements that hold a reference to the patient. Empty: shared by all patients (a practitioner, a hospital).
    pub(crate) patient: &'static [&'static str],
    /// Where `subject` is a search parameter.
    subject: Releases,
    /// Search parameters besides `_id`, `_lastUpdated`, `_source`, `patient` and `subject`.
    params: &'static [Param],
    /// Whether a copy may be kept by another EHR. A copied Consent or AuditEvent would be read as one of its own.
    pub(crate) copied: bool,
}

/// One search parameter, and the elements that it looks at. A path crosses arrays by itself.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) paths: &'static [&'static str],
    releases: Releases,
}

/// The search parameter types in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Reference,
    /// Each type has at most one in each release; it is also what `_sort=date` sorts by.
    Date,
}

impl Kind {
    /// The code of this kind in a CapabilityStatement.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Reference => "reference",
            Self::Date => "date",
        }
    }
}

impl Served {
    /// Whether the type belongs to a patient.
    pub(crate) fn in_compartment(&self) -> bool {
        !self.patient.is_empty()
    }

    /// Whether the `patient` search parameter exists: on all that belong to a patient but the patient itself.
    pub(crate) fn has_patient_param(&self) -> bool {
        self.in_compartment() && self.name != "Patient"
    }

    /// Whether the `subject` search parameter exists.
    pub(crate) fn has_subject_param(&self, version: FhirVersion) -> bool {
        self.subject.contains(&version)
    }

    /// The search parameters of a release.
    pub(crate) fn params(&self, version: FhirVersion) -> impl Iterator<Item = &'static Param> {
        self.params.iter().filter(move |param| param.releases.contains(&version))
    }

    /// The search parameter of this name.
    pub(crate) fn param(&self, version: FhirVersion, name: &str) -> Option<&'static Param> {
        self.params(version).find(|param| param.name == name)
    }

    /// The parameter that dates a resource of this type.
    pub(crate) fn date_param(&self, version: FhirVersion) -> Option<&'static Param> {
        self.params(version).find(|param| param.kind == Kind::Date)
    }

    /// The parameters of all releases: what the index keeps.
    pub(crate) fn indexed(&self) -> &'static [Param] {
        self.params
    }
}

/// The table row of a type, or none when this EHR does not serve it.
pub(crate) fn served(name: &str) -> Option<&'static Served> {
    SERVED.iter().find(|served| served.name == name)
}

const fn token(name: &'static str, paths: &'static [&'static str]) -> Param {
    Param { name, kind: Kind::Token, paths, releases: ALL }
}

const fn reference(name: &'static str, paths: &'static [&'static str]) -> Param {
    Param { name, kind: Kind::Reference, paths, releases: ALL }
}

const fn date(name: &'static str, paths: &'static [&'static str]) -> Param {
    Param { name, kind: Kind::Date, paths, releases: ALL }
}

/// A parameter that not all releases have, or not under this name.
const fn only(releases: Releases, param: Param) -> Param {
    Param { releases, ..param }
}

const fn clinical(name: &'static str, patient: &'static [&'static str], params: &'static [Param]) -> Served {
    Served { name, patient, subject: &[], params, copied: true }
}

/// A type whose patient is its `subject`.
const fn about(name: &'static str, params: &'static [Param]) -> Served {
    Served { subject: ALL, ..clinical(name, &["subject"], params) }
}

const fn own(name: &'static str, patient: &'static [&'static str], params: &'static [Param]) -> Served {
    Served { name, patient, subject: &[], params, copied: false }
}

const PATIENT: &[&str] = &["patient"];
const STATUS: Param = token("status", &["status"]);
const CATEGORY: Param = token("category", &["category"]);
const CODE: Param = token("code", &["code"]);
const IDENTIFIER: Param = token("identifier", &["identifier"]);
const ENCOUNTER: Param = reference("encounter", &["encounter", "context"]);
/// Where STU3 has no `encounter` but only a `context`.
const CONTEXT: Param = only(STU3, reference("context", &["context"]));
const MEDICINE: Param = token("code", &["medicationCodeableConcept", "medication.concept"]);

/// All of them, in the order in which the CapabilityStatement lists them.
pub(crate) const SERVED: &[Served] = &[
    clinical(
        "Patient",
        &["id"],
        &[IDENTIFIER, token("gender", &["gender"]), date("birthdate", &["birthDate"])],
    ),
    clinical(
        "RelatedPerson",
        PATIENT,
        &[IDENTIFIER, only(SINCE_R4, token("relationship", &["relationship"]))],
    ),
    clinical(
        "AllergyIntolerance",
        PATIENT,
        &[
            CATEGORY,
            CODE,
            token("clinical-status", &["clinicalStatus"]),
            date("date", &["recordedDate", "assertedDate"]),
        ],
    ),
    clinical(
        "Appointment",
        &["participant.actor"],
        &[STATUS, token("service-type", &["serviceType"]), date("date", &["start"])],
    ),
    about("CarePlan", &[STATUS, CATEGORY, date("date", &["period"])]),
    about("CareTeam", &[STATUS, CATEGORY, date("date", &["period"])]),
    about(
        "Condition",
        &[
            CATEGORY,
            CODE,
            token("clinical-status", &["clinicalStatus"]),
            ENCOUNTER,
            only(SINCE_R4, date("recorded-date", &["recordedDate"])),
            only(STU3, date("asserted-date", &["assertedDate"])),
        ],
    ),
    clinical("Coverage", &["beneficiary"], &[only(SINCE_R4, STATUS), IDENTIFIER, token("type", &["type"])]),
    about(
        "DiagnosticReport",
        &[
            STATUS,
            CATEGORY,
            CODE,
            IDENTIFIER,
            ENCOUNTER,
            reference("result", &["result"]),
            date("date", &["effectiveDateTime", "effectivePeriod"]),
        ],
    ),
    about(
        "DocumentReference",
        &[
            STATUS,
            only(SINCE_R4, CATEGORY),
            only(STU3, token("class", &["class"])),
            IDENTIFIER,
            token("type", &["type"]),
            only(UNTIL_R4, reference("encounter", &["context.encounter"])),
            only(SINCE_R5, reference("context", &["context"])),
            only(SINCE_R4, date("date", &["date"])),
            only(STU3, date("indexed", &["indexed"])),
        ],
    ),
    about(
        "Encounter",
        &[
            STATUS,
            IDENTIFIER,
            token("class", &["class"]),
            token("type", &["type"]),
            date("date", &["period", "actualPeriod"]),
        ],
    ),
    clinical(
        "FamilyMemberHistory",
        PATIENT,
        &[STATUS, token("relationship", &["relationship"]), date("date", &["date"])],
    ),
    about(
        "Goal",
        &[
            CATEGORY,
            only(SINCE_R4, token("lifecycle-status", &["lifecycleStatus"])),
            only(STU3, STATUS),
            date("start-date", &["startDate"]),
        ],
    ),
    Served {
        subject: SINCE_R4,
        ..clinical(
            "ImagingStudy",
            &["subject", "patient"],
            &[
                only(SINCE_R4, STATUS),
                IDENTIFIER,
                token("modality", &["series.modality"]),
                only(SINCE_R4, ENCOUNTER),
                CONTEXT,
                date("started", &["started"]),
            ],
        )
    },
    clinical(
        "Immunization",
        PATIENT,
        &[
            STATUS,
            IDENTIFIER,
            token("vaccine-code", &["vaccineCode"]),
            date("date", &["occurrenceDateTime", "date"]),
        ],
    ),
    about(
        "MedicationRequest",
        &[
            STATUS,
            CATEGORY,
            IDENTIFIER,
            token("intent", &["intent"]),
            MEDICINE,
            only(SINCE_R4, ENCOUNTER),
            CONTEXT,
            date("authoredon", &["authoredOn"]),
        ],
    ),
    about(
        "MedicationStatement",
        &[STATUS, CATEGORY, MEDICINE, date("effective", &["effectiveDateTime", "effectivePeriod"])],
    ),
    about(
        "Observation",
        &[
            STATUS,
            CATEGORY,
            CODE,
            IDENTIFIER,
            ENCOUNTER,
            date("date", &["effectiveDateTime", "effectivePeriod"]),
        ],
    ),
    about(
        "Procedure",
        &[
            STATUS,
            CATEGORY,
            CODE,
            ENCOUNTER,
            date("date", &["performedDateTime", "performedPeriod", "occurrenceDateTime", "occurrencePeriod"]),
        ],
    ),
    clinical("Location", &[], &[STATUS, IDENTIFIER]),
    clinical("Organization", &[], &[IDENTIFIER]),
    clinical("Practitioner", &[], &[IDENTIFIER]),
    own(
        "AuditEvent",
        &["agent.who", "agent.reference", "entity.what", "entity.reference"],
        &[
            only(UNTIL_R4, token("type", &["type"])),
            only(SINCE_R5, CATEGORY),
            only(SINCE_R5, CODE),
            token("action", &["action"]),
            token("outcome", &["outcome", "outcome.code"]),
            reference("entity", &["entity.what", "entity.reference"]),
            reference("agent", &["agent.who", "agent.reference"]),
            date("date", &["recorded"]),
        ],
    ),
    Served {
        subject: SINCE_R5,
        ..own(
            "Consent",
            &["patient", "subject"],
            &[
                STATUS,
                CATEGORY,
                IDENTIFIER,
                only(ONLY_R4, token("scope", &["scope"])),
                only(UNTIL_R4, reference("organization", &["organization"])),
                only(SINCE_R5, reference("controller", &["controller"])),
                date("date", &["dateTime", "date"]),
            ],
        )
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_type_and_each_parameter_once_in_a_release() {
        for served in SERVED {
            assert_eq!(SERVED.iter().filter(|other| other.name == served.name).count(), 1, "{}", served.name);
            for version in FhirVersion::ALL {
                let params: Vec<&Param> = served.params(version).collect();
                let dates = params.iter().filter(|param| param.kind == Kind::Date).count();
                assert!(dates <= 1, "{} has {dates} dates in {version}", served.name);
                for param in &params {
                    let same = params.iter().filter(|other| other.name == param.name).count();
                    assert_eq!(same, 1, "{} {} in {version}", served.name, param.name);
                }
            }
        }
    }
}
