//! What care aims at, who gives it, and how.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::chart::Chart;
use super::codes::{concept, hl7, loinc, quantity, snomed};
use super::staff::Role;

/// A measurable aim.
pub(super) struct Aim<'a> {
    pub(super) words: &'a str,
    /// LOINC code of what is measured.
    pub(super) measure: (&'a str, &'a str),
    /// Highest value that meets it: steps, decimals, unit, UCUM.
    pub(super) at_most: (i32, u32, &'a str, &'a str),
    pub(super) met: bool,
}

impl Chart {
    /// Returns the reference of the goal.
    pub(super) fn goal(&mut self, aim: &Aim<'_>, condition: &str, since: Date) -> String {
        let (code, display) = if aim.met { ("achieved", "Achieved") } else { ("improving", "Improving") };
        let (value, places, unit, ucum) = aim.at_most;
        let body = json!({
            "lifecycleStatus": "active",
            "achievementStatus": hl7("goal-achievement", code, display),
            "description": {"text": aim.words},
            "subject": self.subject(),
            "startDate": since,
            "target": [{
                "measure": loinc(aim.measure.0, aim.measure.1),
                "detailRange": {"high": quantity(value, places, unit, ucum)},
                "dueDate": self.today.saturating_add(6.months()),
            }],
            "addresses": [{"reference": condition}],
        });
        self.add("Goal", since, body)
    }

    /// Returns the reference of the team.
    pub(super) fn care_team(&mut self, name: &str, members: &[(Role, &str, &str)], since: Date) -> String {
        let participants: Vec<Value> = members
            .iter()
            .map(|(role, code, display)| json!({"role": [snomed(code, display)], "member": self.staff.practitioner(*role)}))
            .collect();
        let body = json!({
            "status": "active",
            "name": name,
            "subject": self.subject(),
            "period": {"start": since},
            "participant": participants,
            "managingOrganization": [self.staff.organization()],
        });
        self.add("CareTeam", since, body)
    }

    pub(super) fn care_plan(
        &mut self,
        title: &str,
        team: &str,
        goals: &[String],
        conditions: &[&str],
        steps: &[&str],
        since: Date,
    ) {
        let reference = |text: &str| json!({"reference": text});
        let activity: Vec<Value> = steps
            .iter()
            .map(|step| json!({"detail": {"status": "in-progress", "description": step}}))
            .collect();
        let category = concept(
            "http://hl7.org/fhir/us/core/CodeSystem/careplan-category",
            "assess-plan",
            "Assessment and Plan of Treatment",
        );
        let body = json!({
            "status": "active",
            "intent": "plan",
            "category": [category],
            "title": title,
            "subject": self.subject(),
            "period": {"start": since},
            "author": self.staff.practitioner(Role::PrimaryCare),
            "careTeam": [reference(team)],
            "addresses": conditions.iter().map(|condition| reference(condition)).collect::<Vec<_>>(),
            "goal": goals.iter().map(|goal| reference(goal)).collect::<Vec<_>>(),
            "activity": activity,
        });
        self.add("CarePlan", since, body);
    }
}
