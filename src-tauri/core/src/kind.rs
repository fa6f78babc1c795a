//! The kinds of records a person can pick, and the words for them: the one glossary from which the
//! checkbox, the sentence, the Consent's scopes and the comparison are made.
//!
//! Scopes are SMART App Launch 2 scopes (section "Scopes for requesting FHIR Resources").

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One kind of records, in the order in which they are offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Patient.
    AboutYou,
    /// Condition.
    HealthProblems,
    /// MedicationRequest, MedicationStatement.
    Medicines,
    /// AllergyIntolerance.
    Allergies,
    /// Observation (laboratory), DiagnosticReport.
    LabTests,
    /// Observation (vital-signs).
    VitalSigns,
    /// Observation (social-history, survey).
    LifeAndHabits,
    /// Immunization.
    Vaccines,
    /// Procedure.
    Procedures,
    /// Encounter, Appointment.
    Visits,
    /// DocumentReference.
    Notes,
    /// ImagingStudy.
    Images,
    /// CarePlan, Goal, CareTeam.
    Plans,
    /// FamilyMemberHistory.
    FamilyHistory,
    /// Coverage.
    Insurance,
}

const LABORATORY: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
const VITAL_SIGNS: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|vital-signs";
const SOCIAL_HISTORY: &str = "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|social-history";
const SURVEY: &str =
    "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|survey";

/// What the glossary knows of one kind.
struct Entry {
    name: &'static str,
    short: &'static str,
    long: &'static str,
    in_sentence: &'static str,
    scopes: &'static [&'static str],
    may_tell: &'static [Kind],
    hint: &'static str,
}

impl Kind {
    /// All kinds, in the order in which they are offered.
    pub const ALL: [Self; 15] = [
        Self::AboutYou,
        Self::HealthProblems,
        Self::Medicines,
        Self::Allergies,
        Self::LabTests,
        Self::VitalSigns,
        Self::LifeAndHabits,
        Self::Vaccines,
        Self::Procedures,
        Self::Visits,
        Self::Notes,
        Self::Images,
        Self::Plans,
        Self::FamilyHistory,
        Self::Insurance,
    ];

    const fn entry(self) -> Entry {
        match self {
            Self::AboutYou => Entry {
                name: "About you",
                short: "Name, birth date, address, phone",
                long: "Also sex, language, and the contacts you gave.",
                in_sentence: "personal details",
                scopes: &["patient/Patient.rs"],
                may_tell: &[],
                hint: "",
            },
            Self::HealthProblems => Entry {
                name: "Health problems",
                short: "What you have or had",
                long: "The lists that doctors keep, and what was found at each visit.",
                in_sentence: "health problems",
                scopes: &["patient/Condition.rs"],
                may_tell: &[],
                hint: "",
            },
            Self::Medicines => Entry {
                name: "Medicines",
                short: "Drugs you take or took",
                long: "Dose, dates, and who ordered them.",
                in_sentence: "medicines",
                scopes: &["patient/MedicationRequest.rs", "patient/MedicationStatement.rs"],
                may_tell: &[Self::HealthProblems],
                hint: "The name of a drug can show why you take it. You left health problems out.",
            },
            Self::Allergies => Entry {
                name: "Allergies",
                short: "What you react to",
                long: "Drugs, food and other things, and what happened.",
                in_sentence: "allergies",
                scopes: &["patient/AllergyIntolerance.rs"],
                may_tell: &[],
                hint: "",
            },
            Self::LabTests => Entry {
                name: "Lab tests",
                short: "Blood and other tests",
                long: "Each result and the report it came in. Tests cannot be picked one by one.",
                in_sentence: "lab tests",
                scopes: &[LABORATORY, "patient/DiagnosticReport.rs"],
                may_tell: &[Self::HealthProblems],
                hint: "A test can show what you have. You left health problems out.",
            },
            Self::VitalSigns => Entry {
                name: "Vital signs",
                short: "Blood pressure, weight, pulse",
                long: "What is measured at a visit.",
                in_sentence: "vital signs",
                scopes: &[VITAL_SIGNS],
                may_tell: &[],
                hint: "",
            },
            Self::LifeAndHabits => Entry {
                name: "Life and habits",
                short: "Smoking, drinking, work, forms you filled in",
                long: "Answers you gave about your life and how you feel.",
                in_sentence: "life and habits",
                scopes: &[SOCIAL_HISTORY, SURVEY],
                may_tell: &[],
                hint: "",
            },
            Self::Vaccines => Entry {
                name: "Vaccines",
                short: "Shots you had",
                long: "Which shot, and when.",
                in_sentence: "vaccines",
                scopes: &["patient/Immunization.rs"],
                may_tell: &[],
                hint: "",
            },
            Self::Procedures => Entry {
                name: "Procedures",
                short: "Operations and treatments",
                long: "What was done, when, and why.",
                in_sentence: "procedures",
                scopes: &["patient/Procedure.rs"],
                may_tell: &[Self::HealthProblems],
                hint: "A treatment can show what it was for. You left health problems out.",
            },
            Self::Visits => Entry {
                name: "Visits",
                short: "When and where you were seen",
                long: "Past visits and planned ones, with the reason.",
                in_sentence: "visits",
                scopes: &["patient/Encounter.rs", "patient/Appointment.rs"],
                may_tell: &[Self::HealthProblems],
                hint: "The name of a clinic can show why you went. You left health problems out.",
            },
            Self::Notes => Entry {
                name: "Notes and letters",
                short: "What doctors wrote. Can mention anything",
                long: "Visit notes, letters and summaries. They can hold things you left out.",
                in_sentence: "notes and letters",
                scopes: &["patient/DocumentReference.rs"],
                may_tell: &[
                    Self::HealthProblems,
                    Self::Medicines,
                    Self::LabTests,
                    Self::LifeAndHabits,
                    Self::FamilyHistory,
                ],
                hint: "Notes can mention anything, also what you left out.",
            },
            Self::Images => Entry {
                name: "Images",
                short: "X-rays and scans",
                long: "Which images there are and what they show.",
                in_sentence: "images",
                scopes: &["patient/ImagingStudy.rs"],
                may_tell: &[],
                hint: "",
            },
            Self::Plans => Entry {
                name: "Plans and goals",
                short: "What you and your team plan",
                long: "Care plans, goals, and who is in your team.",
                in_sentence: "plans and goals",
                scopes: &["patient/CarePlan.rs", "patient/Goal.rs", "patient/CareTeam.rs"],
                may_tell: &[Self::HealthProblems],
                hint: "A plan says what it is for. You left health problems out.",
            },
            Self::FamilyHistory => Entry {
                name: "Family history",
                short: "What runs in your family",
                long: "Health problems of your relatives.",
                in_sentence: "family history",
                scopes: &["patient/FamilyMemberHistory.rs"],
                may_tell: &[],
                hint: "",
            },
            Self::Insurance => Entry {
                name: "Insurance",
                short: "Who pays for your care",
                long: "Plan, number, and dates of cover.",
                in_sentence: "insurance",
                scopes: &["patient/Coverage.rs"],
                may_tell: &[],
                hint: "",
            },
        }
    }

    /// The name beside the checkbox.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.entry().name
    }

    /// How the kind is called inside the sentence that the person signs.
    #[must_use]
    pub const fn in_sentence(self) -> &'static str {
        self.entry().in_sentence
    }

    /// The SMART scopes that grant reading this kind, and nothing else.
    #[must_use]
    pub const fn scopes(self) -> &'static [&'static str] {
        self.entry().scopes
    }

    /// The hint for this kind when `picked` leaves out something that it may tell all the same.
    #[must_use]
    pub fn hint(self, picked: &[Self]) -> Option<&'static str> {
        let entry = self.entry();
        let tells = picked.contains(&self) && entry.may_tell.iter().any(|k| !picked.contains(k));
        tells.then_some(entry.hint)
    }

    /// What the window shows of this kind.
    #[must_use]
    pub fn view(self) -> KindView {
        let entry = self.entry();
        KindView {
            id: self,
            name: entry.name.to_owned(),
            short: entry.short.to_owned(),
            long: entry.long.to_owned(),
        }
    }
}

/// A kind as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KindView {
    /// Which kind.
    pub id: Kind,
    /// The name beside the checkbox.
    pub name: String,
    /// One line under it.
    pub short: String,
    /// The longer line behind "More".
    pub long: String,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::Kind;

    #[test]
    fn no_scope_belongs_to_two_kinds() {
        let all: Vec<&str> = Kind::ALL.iter().flat_map(|k| k.scopes()).copied().collect();
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), all.len());
    }

    #[test]
    fn no_kind_asks_to_write() {
        for scope in Kind::ALL.iter().flat_map(|k| k.scopes()) {
            assert!(scope.contains(".rs"), "{scope} must read and search only");
        }
    }

    #[test]
    fn hints_only_when_something_is_left_out() {
        assert!(Kind::Medicines.hint(&[Kind::Medicines]).is_some());
        assert!(Kind::Medicines.hint(&[Kind::Medicines, Kind::HealthProblems]).is_none());
        assert!(Kind::Medicines.hint(&[]).is_none());
    }
}
