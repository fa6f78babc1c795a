//! Who works where: the Organization, Location and Practitioner resources that records point to.

use serde_json::{Value, json};

use super::Hospital;
use super::chart::{dice, id};

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    PrimaryCare,
    Surgeon,
    Audiologist,
    Obstetrician,
    Pediatrician,
    EyeDoctor,
    Neurologist,
}

/// The people and places of one hospital.
#[derive(Clone)]
pub(super) struct Staff {
    pub(super) hospital: Hospital,
    organization: String,
    location: String,
    payers: [String; 2],
    practitioners: Vec<(Role, &'static str, &'static str, String)>,
}

/// Who pays for care in these records.
#[derive(Debug, Clone, Copy)]
pub(super) enum Payer {
    Veterans,
    Mutual,
}

const SPRUCE_HARBOR: [(Role, &str, &str); 7] = [
    (Role::PrimaryCare, "Ingrid", "Vasquez-Hale"),
    (Role::Surgeon, "Tobias", "Renner"),
    (Role::Audiologist, "Celeste", "Marwick"),
    (Role::Obstetrician, "Amara", "Delacourt"),
    (Role::Pediatrician, "Ruben", "Ostrander"),
    (Role::EyeDoctor, "Pia", "Thornquist"),
    (Role::Neurologist, "Hollis", "Abernethy-Kane"),
];

const TERN_BAY: [(Role, &str, &str); 7] = [
    (Role::PrimaryCare, "Silas", "Greenholt"),
    (Role::Surgeon, "Nadia", "Bellweather"),
    (Role::Audiologist, "Owen", "Straker"),
    (Role::Obstetrician, "Lucia", "Fennimore"),
    (Role::Pediatrician, "Edda", "Kowalczyk-Moss"),
    (Role::EyeDoctor, "Jasper", "Lund"),
    (Role::Neurologist, "Mina", "Castellane"),
];

impl Staff {
    pub(super) fn new(hospital: Hospital, seed: u64) -> Self {
        let mut dice = dice(hospital, seed, "staff");
        let names = match hospital {
            Hospital::SpruceHarbor => SPRUCE_HARBOR,
            Hospital::TernBay => TERN_BAY,
        };
        Self {
            hospital,
            organization: id(&mut dice),
            location: id(&mut dice),
            payers: [id(&mut dice), id(&mut dice)],
            practitioners: names
                .into_iter()
                .map(|(role, given, family)| (role, given, family, id(&mut dice)))
                .collect(),
        }
    }

    pub(super) fn organization(&self) -> Value {
        json!({"reference": format!("Organization/{}", self.organization), "display": self.hospital.name()})
    }

    pub(super) fn location(&self) -> Value {
        json!({"reference": format!("Location/{}", self.location), "display": self.hospital.name()})
    }

    pub(super) fn payer(&self, payer: Payer) -> Value {
        let [veterans, mutual] = &self.payers;
        let id = match payer {
            Payer::Veterans => veterans,
            Payer::Mutual => mutual,
        };
        json!({"reference": format!("Organization/{id}"), "display": payer.name()})
    }

    pub(super) fn practitioner(&self, role: Role) -> Value {
        self.practitioners
            .iter()
            .find(|(theirs, ..)| *theirs == role)
            .map_or(Value::Null, |(_, given, family, id)| {
                json!({"reference": format!("Practitioner/{id}"), "display": format!("Dr. {given} {family}")})
            })
    }

    pub(super) fn resources(&self) -> Vec<Value> {
        let domain = self.hospital.domain();
        let [veterans, mutual] = &self.payers;
        let mut resources = vec![
            json!({
                "resourceType": "Organization", "id": self.organization, "active": true, "name": self.hospital.name(),
                "identifier": [{"system": format!("https://{domain}/organization"), "value": "1"}],
                "type": [super::codes::hl7("organization-type", "prov", "Healthcare Provider")],
                "telecom": [{"system": "phone", "value": "555-0100", "use": "work"}],
            }),
            json!({
                "resourceType": "Location", "id": self.location, "status": "active", "name": self.hospital.name(),
                "mode": "instance", "managingOrganization": self.organization(),
            }),
            payer(veterans, Payer::Veterans),
            payer(mutual, Payer::Mutual),
        ];
        for (number, (role, given, family, id)) in self.practitioners.iter().enumerate() {
            resources.push(json!({
                "resourceType": "Practitioner", "id": id, "active": true,
                "identifier": [{"system": format!("https://{domain}/staff"), "value": format!("S{:03}", number.saturating_add(101))}],
                "name": [{"use": "official", "family": family, "given": [given], "prefix": ["Dr."]}],
                "qualification": [{"code": {"text": role.name()}}],
            }));
        }
        resources
    }
}

fn payer(id: &str, payer: Payer) -> Value {
    json!({
        "resourceType": "Organization", "id": id, "active": true, "name": payer.name(),
        "type": [super::codes::hl7("organization-type", "pay", "Payer")],
    })
}

impl Payer {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Veterans => "Lantern Veterans Health Plan",
            Self::Mutual => "Gullwing Mutual",
        }
    }
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::PrimaryCare => "Family medicine",
            Self::Surgeon => "Orthopedic surgery",
            Self::Audiologist => "Audiology",
            Self::Obstetrician => "Obstetrics and gynecology",
            Self::Pediatrician => "Pediatrics",
            Self::EyeDoctor => "Ophthalmology",
            Self::Neurologist => "Neurology",
        }
    }
}
