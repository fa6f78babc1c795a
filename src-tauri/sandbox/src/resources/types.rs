//! The resource types that this EHR serves, where each names its patient, and what it can be searched by.
//!
//! One table feeds the index, the search, the scopes and the CapabilityStatement, so that what is promised is what
//! is done. Search parameters: <https://hl7.org/fhir/R4/searchparameter-registry.html>; compartment:
//! <https://hl7.org/fhir/R4/compartmentdefinition-patient.html>.

/// One served type.
#[derive(Debug)]
pub(crate) struct Served {
    /// R4 type name.
    pub(crate) name: &'static str,
    /// Elements that hold a reference to the patient. Empty: shared by all patients (a practitioner, a hospital).
    pub(crate) patient: &'static [&'static str],
    /// Search parameters besides `_id`, `_lastUpdated`, `_source`, `patient` and `subject`.
    pub(crate) params: &'static [Param],
    /// Whether a copy may be kept by another EHR. A copied Consent or AuditEvent would be read as one of its own.
    pub(crate) copied: bool,
}

/// One search parameter, and the elements that it looks at. A path crosses arrays by itself.
#[derive(Debug)]
pub(crate) struct Param {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) paths: &'static [&'static str],
}

/// The R4 search parameter types in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Token,
    Reference,
    /// Each type has at most one; it is also what `_sort=date` sorts by.
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
    pub(crate) fn has_subject_param(&self) -> bool {
        self.patient.contains(&"subject")
    }

    /// The search parameter of this name.
    pub(crate) fn param(&self, name: &str) -> Option<&'static Param> {
        self.params.iter().find(|param| param.name == name)
    }

    /// The parameter that dates a resource of this type.
    pub(crate) fn date_param(&self) -> Option<&'static Param> {
        self.params.iter().find(|param| param.kind == Kind::Date)
    }
}

/// The table row of a type, or none when this EHR does not serve it.
pub(crate) fn served(name: &str) -> Option<&'static Served> {
    SERVED.iter().find(|served| served.name == name)
}

const fn token(name: &'static str, paths: &'static [&'static str]) -> Param {
    Param { name, kind: Kind::Token, paths }
}

const fn reference(name: &'static str, paths: &'static [&'static str]) -> Param {
    Param { name, kind: Kind::Reference, paths }
}

const fn date(name: &'static str, paths: &'static [&'static str]) -> Param {
    Param { name, kind: Kind::Date, paths }
}

const fn clinical(name: &'static str, patient: &'static [&'static str], params: &'static [Param]) -> Served {
    Served { name, patient, params, copied: true }
}

const fn own(name: &'static str, patient: &'static [&'static str], params: &'static [Param]) -> Served {
    Served { name, patient, params, copied: false }
}

const SUBJECT: &[&str] = &["subject"];
const PATIENT: &[&str] = &["patient"];
const STATUS: Param = token("status", &["status"]);
const CATEGORY: Param = token("category", &["category"]);
const CODE: Param = token("code", &["code"]);
const IDENTIFIER: Param = token("identifier", &["identifier"]);
const ENCOUNTER: Param = reference("encounter", &["encounter"]);

/// All of them, in the order in which the CapabilityStatement lists them.
pub(crate) const SERVED: &[Served] = &[
    clinical(
        "Patient",
        &["id"],
        &[IDENTIFIER, token("gender", &["gender"]), date("birthdate", &["birthDate"])],
    ),
    clinical("RelatedPerson", PATIENT, &[IDENTIFIER, token("relationship", &["relationship"])]),
    clinical(
        "AllergyIntolerance",
        PATIENT,
        &[CATEGORY, CODE, token("clinical-status", &["clinicalStatus"]), date("date", &["recordedDate"])],
    ),
    clinical(
        "Appointment",
        &["participant.actor"],
        &[STATUS, token("service-type", &["serviceType"]), date("date", &["start"])],
    ),
    clinical("CarePlan", SUBJECT, &[STATUS, CATEGORY, date("date", &["period"])]),
    clinical("CareTeam", SUBJECT, &[STATUS, CATEGORY, date("date", &["period"])]),
    clinical(
        "Condition",
        SUBJECT,
        &[
            CATEGORY,
            CODE,
            token("clinical-status", &["clinicalStatus"]),
            ENCOUNTER,
            date("recorded-date", &["recordedDate"]),
        ],
    ),
    clinical("Coverage", &["beneficiary"], &[STATUS, IDENTIFIER, token("type", &["type"])]),
    clinical(
        "DiagnosticReport",
        SUBJECT,
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
    clinical(
        "DocumentReference",
        SUBJECT,
        &[
            STATUS,
            CATEGORY,
            IDENTIFIER,
            token("type", &["type"]),
            reference("encounter", &["context.encounter"]),
            date("date", &["date"]),
        ],
    ),
    clinical(
        "Encounter",
        SUBJECT,
        &[
            STATUS,
            IDENTIFIER,
            token("class", &["class"]),
            token("type", &["type"]),
            date("date", &["period"]),
        ],
    ),
    clinical(
        "FamilyMemberHistory",
        PATIENT,
        &[STATUS, token("relationship", &["relationship"]), date("date", &["date"])],
    ),
    clinical(
        "Goal",
        SUBJECT,
        &[CATEGORY, token("lifecycle-status", &["lifecycleStatus"]), date("start-date", &["startDate"])],
    ),
    clinical(
        "ImagingStudy",
        SUBJECT,
        &[
            STATUS,
            IDENTIFIER,
            token("modality", &["series.modality"]),
            ENCOUNTER,
            date("started", &["started"]),
        ],
    ),
    clinical(
        "Immunization",
        PATIENT,
        &[STATUS, IDENTIFIER, token("vaccine-code", &["vaccineCode"]), date("date", &["occurrenceDateTime"])],
    ),
    clinical(
        "MedicationRequest",
        SUBJECT,
        &[
            STATUS,
            CATEGORY,
            IDENTIFIER,
            token("intent", &["intent"]),
            token("code", &["medicationCodeableConcept"]),
            ENCOUNTER,
            date("authoredon", &["authoredOn"]),
        ],
    ),
    clinical(
        "MedicationStatement",
        SUBJECT,
        &[
            STATUS,
            CATEGORY,
            token("code", &["medicationCodeableConcept"]),
            date("effective", &["effectiveDateTime", "effectivePeriod"]),
        ],
    ),
    clinical(
        "Observation",
        SUBJECT,
        &[
            STATUS,
            CATEGORY,
            CODE,
            IDENTIFIER,
            ENCOUNTER,
            date("date", &["effectiveDateTime", "effectivePeriod"]),
        ],
    ),
    clinical(
        "Procedure",
        SUBJECT,
        &[STATUS, CATEGORY, CODE, ENCOUNTER, date("date", &["performedDateTime", "performedPeriod"])],
    ),
    clinical("Location", &[], &[STATUS, IDENTIFIER]),
    clinical("Organization", &[], &[IDENTIFIER]),
    clinical("Practitioner", &[], &[IDENTIFIER]),
    own(
        "AuditEvent",
        &["agent.who", "entity.what"],
        &[
            token("type", &["type"]),
            token("action", &["action"]),
            token("outcome", &["outcome"]),
            reference("entity", &["entity.what"]),
            reference("agent", &["agent.who"]),
            date("date", &["recorded"]),
        ],
    ),
    own(
        "Consent",
        PATIENT,
        &[
            STATUS,
            CATEGORY,
            IDENTIFIER,
            token("scope", &["scope"]),
            reference("organization", &["organization"]),
            date("date", &["dateTime"]),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_each_type_and_each_parameter_once() {
        for served in SERVED {
            assert_eq!(SERVED.iter().filter(|other| other.name == served.name).count(), 1, "{}", served.name);
            let dates = served.params.iter().filter(|param| param.kind == Kind::Date).count();
            assert!(dates <= 1, "{} has {dates} dates", served.name);
            for param in served.params {
                assert_eq!(
                    served.params.iter().filter(|other| other.name == param.name).count(),
                    1,
                    "{}",
                    param.name
                );
            }
        }
    }
}
