//! Conditions, allergies and what runs in the family.

use jiff::civil::Date;
use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{ROLE, concept, hl7, snomed};

/// A problem on the problem list.
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) display: &'static str,
    pub(super) since: Date,
    /// When it went away, if it did.
    pub(super) until: Option<Date>,
}

impl Chart {
    /// Returns the reference, for what is done because of it.
    pub(super) fn problem(&mut self, problem: &Problem) -> String {
        let (status, status_display) = match problem.until {
            None => ("active", "Active"),
            Some(_) => ("resolved", "Resolved"),
        };
        let body = json!({
            "clinicalStatus": hl7("condition-clinical", status, status_display),
            "verificationStatus": hl7("condition-ver-status", "confirmed", "Confirmed"),
            "category": [hl7("condition-category", "problem-list-item", "Problem List Item")],
            "code": snomed(problem.code, problem.display),
            "subject": self.subject(),
            "onsetDateTime": problem.since,
            "abatementDateTime": problem.until,
            "recordedDate": problem.since,
        });
        self.add("Condition", problem.until.unwrap_or(problem.since), body)
    }

    /// An allergy. `category` is food, medication, environment or biologic.
    pub(super) fn allergy(
        &mut self,
        code: Value,
        category: &str,
        reaction: (&str, &str),
        severe: bool,
        recorded: Date,
    ) {
        let body = json!({
            "clinicalStatus": hl7("allergyintolerance-clinical", "active", "Active"),
            "verificationStatus": hl7("allergyintolerance-verification", "confirmed", "Confirmed"),
            "type": "allergy",
            "category": [category],
            "criticality": if severe { "high" } else { "low" },
            "code": code,
            "patient": self.subject(),
            "recordedDate": recorded,
            "reaction": [{
                "manifestation": [snomed(reaction.0, reaction.1)],
                "severity": if severe { "severe" } else { "mild" },
            }],
        });
        self.add("AllergyIntolerance", recorded, body);
    }

    /// What a parent had, and from which age.
    pub(super) fn family(
        &mut self,
        relative: (&str, &str),
        condition: (&str, &str),
        age: i32,
        recorded: Date,
    ) {
        let body = json!({
            "status": "completed",
            "patient": self.subject(),
            "date": recorded,
            "relationship": concept(ROLE, relative.0, relative.1),
            "condition": [{
                "code": snomed(condition.0, condition.1),
                "onsetAge": super::codes::quantity(age, 0, "years", "a"),
            }],
        });
        self.add("FamilyMemberHistory", recorded, body);
    }
}
