//! The made-up people of the two hospitals, and their records.
//!
//! Everything is drawn from a seed and a day, so that two runs of one day are the same to the last digit. Codes are
//! real (LOINC, SNOMED CT, RxNorm, CVX, UCUM); people, streets and hospitals are not. One file per clinical area says
//! how a thing is recorded; `paul`, `okafors` and `namesakes` say what happened.

mod chart;
mod codes;
mod coverage;
mod demographics;
mod documents;
mod imaging;
mod immunizations;
mod labs;
mod lifestyle;
mod medications;
mod namesakes;
mod okafors;
mod paul;
mod plans;
mod problems;
mod procedures;
mod staff;
mod visits;
mod vitals;

use jiff::civil::Date;
use serde_json::Value;

use chart::Chart;
use staff::Staff;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Hospital {
    SpruceHarbor,
    TernBay,
}

/// A person with a chart at one hospital.
#[derive(Clone)]
pub(crate) struct Person {
    /// Id of the Patient resource at this hospital; another one at the other.
    pub(crate) patient_id: String,
    pub(crate) name: String,
    pub(crate) birth_date: Date,
    /// Everything in the patient's compartment, the Patient first, each with id and `meta.lastUpdated`.
    pub(crate) resources: Vec<Value>,
    /// Patient ids here that this person may act for.
    pub(crate) proxy_for: Vec<String>,
    pub(crate) username: String,
    /// For practice only. A child's is random and told to nobody.
    pub(crate) password: String,
    /// One line for the practice sign-in page.
    pub(crate) about: String,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Person")
            .field("patient_id", &self.patient_id)
            .field("username", &self.username)
            .field("password", &"[secret]")
            .field("resources", &self.resources.len())
            .finish_non_exhaustive()
    }
}

impl Hospital {
    /// The full name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SpruceHarbor => "Spruce Harbor Clinic",
            Self::TernBay => "Tern Bay Hospital",
        }
    }

    /// The host part of this hospital's identifier systems.
    fn domain(self) -> &'static str {
        match self {
            Self::SpruceHarbor => "spruceharbor.example",
            Self::TernBay => "ternbay.example",
        }
    }
}

/// The five people as one hospital knows them. `today` is the last day on which anything can have happened.
pub(crate) fn people(hospital: Hospital, seed: u64, today: Date) -> Vec<Person> {
    let staff = Staff::new(hospital, seed);
    let open = |username| Chart::open(&staff, seed, username, today);
    let (maria, ada) = okafors::both(open("maria.okafor"), open("ada.okafor"));
    vec![
        paul::record(open("paul.tindall")),
        maria,
        ada,
        namesakes::jon(open("jon.lindqvist")),
        namesakes::john(open("john.lindquist")),
    ]
}

/// The organizations, places and practitioners that the records refer to; they belong to no patient.
pub(crate) fn directory(hospital: Hospital, seed: u64) -> Vec<Value> {
    Staff::new(hospital, seed).resources()
}

#[cfg(test)]
mod tests;
