//! Patient and RelatedPerson: who somebody is, where they live, who may speak for them.

use jiff::civil::Date;
use serde_json::json;

use super::Person;
use super::chart::Chart;
use super::codes::{ROLE, concept, hl7};
use super::staff::Role;

/// What a hospital knows of a person at the front desk. Both hospitals know the same, but for the record number.
pub(super) struct Identity {
    pub(super) given: &'static [&'static str],
    pub(super) family: &'static str,
    pub(super) birth_date: Date,
    pub(super) sex: &'static str,
    pub(super) record_number: &'static str,
    pub(super) street: &'static str,
    pub(super) city: &'static str,
    pub(super) phone: &'static str,
    pub(super) doctor: Role,
    pub(super) about: &'static str,
}

impl Identity {
    pub(super) fn name(&self) -> String {
        let first = self.given.first().copied().unwrap_or_default();
        format!("{first} {}", self.family)
    }
}

impl Chart {
    /// The Patient resource. Comes first in every chart.
    pub(super) fn register(&mut self, who: &Identity, since: Date) {
        let domain = self.hospital.domain();
        let body = json!({
            "active": true,
            "identifier": [{
                "use": "usual",
                "type": hl7("v2-0203", "MR", "Medical record number"),
                "system": format!("https://{domain}/mrn"),
                "value": who.record_number,
            }],
            "name": [{"use": "official", "family": who.family, "given": who.given}],
            "telecom": [{"system": "phone", "value": who.phone, "use": "mobile"}],
            "gender": who.sex,
            "birthDate": who.birth_date,
            "address": [{
                "use": "home", "line": [who.street], "city": who.city, "state": "ME", "postalCode": "00000", "country": "US",
            }],
            "communication": [{
                "language": concept("urn:ietf:bcp:47", "en-US", "English (United States)"),
                "preferred": true,
            }],
            "generalPractitioner": [self.staff.practitioner(who.doctor)],
            "managingOrganization": self.staff.organization(),
        });
        let id = self.patient_id.clone();
        self.add_as("Patient", &id, since, body);
    }

    /// Somebody who may act for the patient.
    pub(super) fn relative(&mut self, who: &Identity, code: &str, display: &str, since: Date) {
        let body = json!({
            "active": true,
            "patient": self.subject(),
            "relationship": [concept(ROLE, code, display)],
            "name": [{"use": "official", "family": who.family, "given": who.given}],
            "telecom": [{"system": "phone", "value": who.phone, "use": "mobile"}],
            "gender": who.sex,
            "birthDate": who.birth_date,
            "period": {"start": since},
        });
        self.add("RelatedPerson", since, body);
    }

    /// The chart is written; the person comes out of it.
    pub(super) fn close(self, who: &Identity, password: String) -> Person {
        Person {
            patient_id: self.patient_id,
            name: who.name(),
            birth_date: who.birth_date,
            resources: self.resources,
            proxy_for: Vec::new(),
            username: self.username.to_owned(),
            password,
            about: who.about.to_owned(),
        }
    }
}
