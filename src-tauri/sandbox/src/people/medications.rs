//! Prescriptions and what somebody takes of their own accord.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::chart::{Chart, workday};
use super::codes::{hl7, quantity, rxnorm, snomed};
use super::staff::Role;

/// A course of one medicine.
pub(super) struct Course<'a> {
    /// RxNorm code and name.
    pub(super) medicine: (&'a str, &'a str),
    /// What the label says.
    pub(super) directions: &'a str,
    /// Times a day; 0 is "as needed".
    pub(super) per_day: u32,
    pub(super) since: Date,
    /// None: still taken.
    pub(super) until: Option<Date>,
    /// The condition it is for.
    pub(super) reason: &'a str,
    pub(super) by: Role,
}

impl Chart {
    /// One order a year, as long as it is taken; only the last of an unfinished course is active.
    pub(super) fn prescribe(&mut self, course: &Course<'_>) {
        let last = course.until.unwrap_or(self.today);
        let mut day = course.since;
        loop {
            let next = workday(day.saturating_add(1.year()));
            let current = course.until.is_none() && next > last;
            self.order(course, day, if current { "active" } else { "completed" });
            // Nobody renews what ends within two months.
            let renewed_until = if course.until.is_some() { next.saturating_add(60.days()) } else { next };
            if renewed_until > last || next <= day {
                break;
            }
            day = next;
        }
    }

    fn order(&mut self, course: &Course<'_>, day: Date, status: &str) {
        let mut dosage = json!({
            "text": course.directions,
            "asNeededBoolean": course.per_day == 0,
            "route": snomed("26643006", "Oral route"),
            "doseAndRate": [{"doseQuantity": {"value": 1, "unit": "dose"}}],
        });
        if course.per_day > 0
            && let Some(dosage) = dosage.as_object_mut()
        {
            let timing = json!({"repeat": {"frequency": course.per_day, "period": 1, "periodUnit": "d"}});
            dosage.insert("timing".to_owned(), timing);
        }
        if course.directions.starts_with("Inhale")
            && let Some(dosage) = dosage.as_object_mut()
        {
            dosage.insert("route".to_owned(), snomed("447694001", "Respiratory tract route"));
        }
        let days = course.until.map_or(365, |until| (until - course.since).get_days().clamp(1, 365));
        let body = json!({
            "status": status,
            "intent": "order",
            "category": [hl7("medicationrequest-category", "outpatient", "Outpatient")],
            "medicationCodeableConcept": rxnorm(course.medicine.0, course.medicine.1),
            "subject": self.subject(),
            "authoredOn": day,
            "requester": self.staff.practitioner(course.by),
            "reasonReference": [{"reference": course.reason}],
            "dosageInstruction": [dosage],
            "dispenseRequest": {
                "numberOfRepeatsAllowed": if days >= 90 { 3 } else { 0 },
                "expectedSupplyDuration": quantity(days.min(90), 0, "days", "d"),
            },
        });
        self.add("MedicationRequest", day, body);
    }

    /// Something taken without a prescription of this hospital, as the patient tells it.
    pub(super) fn takes(&mut self, medicine: Value, directions: &str, since: Date, told: Date) {
        let body = json!({
            "status": "active",
            "category": hl7("medication-statement-category", "community", "Community"),
            "medicationCodeableConcept": medicine,
            "subject": self.subject(),
            "effectivePeriod": {"start": since},
            "dateAsserted": told,
            "informationSource": self.subject(),
            "dosage": [{"text": directions}],
        });
        self.add("MedicationStatement", told, body);
    }
}
