//! Encounters and appointments.

use jiff::ToSpan;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::chart::{Chart, workday};
use super::codes::{ACT, at, snomed};
use super::staff::Role;

/// A visit that other things happened at.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) day: Date,
    pub(super) role: Role,
    reference: String,
}

impl Visit {
    pub(super) fn encounter(&self) -> Value {
        json!({"reference": self.reference})
    }
}

/// Kinds of visit, with their SNOMED CT code and the class of the encounter.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    CheckUp,
    FollowUp,
    Problem,
    Consultation,
    WellChild,
    Prenatal,
    Emergency,
    /// Days in hospital.
    Inpatient(i32),
}

impl Kind {
    fn code(self) -> (&'static str, &'static str) {
        match self {
            Self::CheckUp => ("185349003", "Encounter for check up"),
            Self::FollowUp => ("390906007", "Follow-up encounter"),
            Self::Problem => ("185347001", "Encounter for problem"),
            Self::Consultation => ("11429006", "Consultation"),
            Self::WellChild => ("410620009", "Well child visit"),
            Self::Prenatal => ("424619006", "Prenatal visit"),
            Self::Emergency => ("50849002", "Emergency room admission"),
            Self::Inpatient(_) => ("32485007", "Hospital admission"),
        }
    }

    fn class(self) -> (&'static str, &'static str) {
        match self {
            Self::Emergency => ("EMER", "emergency"),
            Self::Inpatient(_) => ("IMP", "inpatient encounter"),
            _ => ("AMB", "ambulatory"),
        }
    }
}

impl Chart {
    /// A finished visit.
    pub(super) fn visit(&mut self, day: Date, kind: Kind, role: Role, reason: &str) -> Visit {
        let (code, display) = kind.code();
        let (class, class_display) = kind.class();
        let hour = u8::try_from(self.around(15, 2)).unwrap_or(15);
        let last = match kind {
            Kind::Inpatient(days) => day.saturating_add(days.days()).min(self.today),
            _ => day,
        };
        let end = if last == day { at(last, hour, 35) } else { at(last, hour.max(16), 0) };
        let body = json!({
            "status": "finished",
            "class": {"system": ACT, "code": class, "display": class_display},
            "type": [snomed(code, display)],
            "subject": self.subject(),
            "participant": [{"individual": self.staff.practitioner(role)}],
            "period": {"start": at(day, hour, 5), "end": end},
            "reasonCode": [{"text": reason}],
            "location": [{"location": self.staff.location()}],
            "serviceProvider": self.staff.organization(),
        });
        let reference = self.add("Encounter", last, body);
        Visit { day, role, reference }
    }

    /// An appointment that was kept.
    pub(super) fn kept_appointment(&mut self, visit: &Visit, what: &str) {
        let booked = visit.day.saturating_sub(30.days());
        self.appointment("fulfilled", visit.day, booked, visit.role, what);
    }

    /// An appointment still to come.
    pub(super) fn next_appointment(&mut self, days_ahead: i32, role: Role, what: &str) {
        let day = workday(self.today.saturating_add(days_ahead.days()));
        let booked = self.months_ago(1);
        self.appointment("booked", day, booked, role, what);
    }

    fn appointment(&mut self, status: &str, day: Date, booked: Date, role: Role, what: &str) {
        let body = json!({
            "status": status,
            "description": what,
            "start": at(day, 15, 0),
            "end": at(day, 15, 30),
            "minutesDuration": 30,
            "created": booked,
            "participant": [
                {"actor": self.subject(), "required": "required", "status": "accepted"},
                {"actor": self.staff.practitioner(role), "required": "required", "status": "accepted"},
                {"actor": self.staff.location(), "status": "accepted"},
            ],
        });
        self.add("Appointment", booked, body);
    }
}
