//! One patient's chart while it is being written.
//!
//! Ids come from the seed, the hospital and the person, so that they look like nothing and yet never change.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Hospital;
use super::codes::at;
use super::staff::Staff;

/// A chart and the dice for what varies in it.
pub(super) struct Chart {
    pub(super) hospital: Hospital,
    pub(super) staff: Staff,
    pub(super) today: Date,
    pub(super) username: &'static str,
    pub(super) patient_id: String,
    pub(super) resources: Vec<Value>,
    dice: ChaCha20Rng,
}

impl Chart {
    pub(super) fn open(staff: &Staff, seed: u64, username: &'static str, today: Date) -> Self {
        let mut dice = dice(staff.hospital, seed, username);
        let patient_id = id(&mut dice);
        Self {
            hospital: staff.hospital,
            staff: staff.clone(),
            today,
            username,
            patient_id,
            resources: Vec::new(),
            dice,
        }
    }

    /// Adds a resource that became known on that day. Returns its reference.
    pub(super) fn add(&mut self, resource_type: &str, known: Date, body: Value) -> String {
        let id = id(&mut self.dice);
        let reference = format!("{resource_type}/{id}");
        self.add_as(resource_type, &id, known, body);
        reference
    }

    pub(super) fn add_as(&mut self, resource_type: &str, id: &str, known: Date, mut body: Value) {
        if let Some(resource) = body.as_object_mut() {
            resource.insert("resourceType".to_owned(), json!(resource_type));
            resource.insert("id".to_owned(), json!(id));
            resource.insert("meta".to_owned(), json!({"lastUpdated": at(known.min(self.today), 21, 0)}));
            // What is not known is left out: FHIR JSON has no null members and no empty arrays.
            resource.retain(|_, value| {
                !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty())
            });
        }
        self.resources.push(body);
    }

    pub(super) fn subject(&self) -> Value {
        json!({"reference": format!("Patient/{}", self.patient_id)})
    }

    /// A number around `middle`, at most `spread` away.
    pub(super) fn around(&mut self, middle: i32, spread: i32) -> i32 {
        self.dice.random_range(middle.saturating_sub(spread)..=middle.saturating_add(spread))
    }

    /// A secret that nobody is told.
    pub(super) fn untold(&mut self) -> String {
        id(&mut self.dice)
    }

    /// A working day that many months before today, at least one day before it.
    pub(super) fn months_ago(&self, months: i32) -> Date {
        workday(self.today.saturating_sub(months.months()).saturating_sub(1.days()))
    }

    /// A working day on or before the date, never after today.
    pub(super) fn on(&self, date: Date) -> Date {
        workday(date.min(self.today))
    }
}

/// Clinics see people on working days.
pub(super) fn workday(date: Date) -> Date {
    match date.weekday() {
        Weekday::Saturday => date.saturating_sub(1.days()),
        Weekday::Sunday => date.saturating_sub(2.days()),
        _ => date,
    }
}

/// Dice for one purpose at one hospital.
pub(super) fn dice(hospital: Hospital, seed: u64, purpose: &str) -> ChaCha20Rng {
    let mut hash = Sha256::new();
    hash.update(seed.to_be_bytes());
    hash.update(hospital.domain());
    hash.update([0]);
    hash.update(purpose);
    ChaCha20Rng::from_seed(hash.finalize().into())
}

/// A new id: 32 hexadecimal digits, half of what FHIR allows.
pub(super) fn id(dice: &mut ChaCha20Rng) -> String {
    format!("{:032x}", dice.random::<u128>())
}
