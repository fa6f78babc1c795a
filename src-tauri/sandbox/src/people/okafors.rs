//! Maria Okafor and her daughter Ada: migraine, a pregnancy, contraception; and a childhood with asthma.
//!
//! Maria may act for Ada at both hospitals.

mod ada;
mod maria;

use jiff::civil::{Date, date};

use super::chart::Chart;
use super::demographics::Identity;
use super::staff::Role;
use super::{Hospital, Person};

const MARIA_BORN: Date = date(1984, 9, 2);
const ADA_BORN: Date = date(2016, 5, 21);
const STREET: &str = "8 Sandpiper Court";

/// Maria, then Ada.
pub(super) fn both(mut maria: Chart, mut ada: Chart) -> (Person, Person) {
    let mother = Identity {
        given: &["Maria", "Ifeoma"],
        family: "Okafor",
        birth_date: MARIA_BORN,
        sex: "female",
        record_number: match maria.hospital {
            Hospital::SpruceHarbor => "SH-311052",
            Hospital::TernBay => "TB-0102967",
        },
        street: STREET,
        city: "Dunmarrow",
        phone: "555-0137",
        doctor: Role::PrimaryCare,
        about: "Also looks after her daughter Ada's records",
    };
    let daughter = Identity {
        given: &["Ada", "Chioma"],
        family: "Okafor",
        birth_date: ADA_BORN,
        record_number: match ada.hospital {
            Hospital::SpruceHarbor => "SH-347765",
            Hospital::TernBay => "TB-0102968",
        },
        doctor: Role::Pediatrician,
        about: "A child; her mother Maria acts for her",
        ..mother
    };
    match maria.hospital {
        Hospital::SpruceHarbor => {
            maria::migraine_and_motherhood(&mut maria, &mother);
            ada::childhood(&mut ada, &daughter);
        }
        Hospital::TernBay => {
            maria::holiday_headache(&mut maria, &mother);
            ada::holiday_wheeze(&mut ada, &daughter);
        }
    }
    let since = ada.on(ADA_BORN);
    ada.relative(&mother, "MTH", "mother", since);
    let untold = ada.untold();
    let ada = ada.close(&daughter, untold);
    let mut maria = maria.close(&mother, "practice".to_owned());
    maria.proxy_for.push(ada.patient_id.clone());
    (maria, ada)
}
