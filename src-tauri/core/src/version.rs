//! The releases of FHIR that the app speaks. What differs between them is written by hand for each, never converted.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A release of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum FhirVersion {
    /// 3.0
    Stu3,
    /// 4.0
    R4,
    /// 4.3
    R4b,
    /// 5.0
    R5,
}

impl FhirVersion {
    /// All of them, oldest first.
    pub const ALL: [Self; 4] = [Self::Stu3, Self::R4, Self::R4b, Self::R5];

    /// Reads `CapabilityStatement.fhirVersion`, for example `4.0.1`. `None` for a release that is not spoken here.
    #[must_use]
    pub fn of(number: &str) -> Option<Self> {
        let mut parts = number.trim().split('.');
        match (parts.next()?, parts.next()?) {
            ("3", "0") => Some(Self::Stu3),
            ("4", "0") => Some(Self::R4),
            ("4", "3") => Some(Self::R4b),
            ("5", "0") => Some(Self::R5),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FhirVersion;

    #[test]
    fn releases_are_told_by_their_first_two_numbers() {
        for (number, version) in [
            ("3.0.1", Some(FhirVersion::Stu3)),
            ("3.0.2", Some(FhirVersion::Stu3)),
            ("4.0.0", Some(FhirVersion::R4)),
            ("4.0.1", Some(FhirVersion::R4)),
            ("4.3.0", Some(FhirVersion::R4b)),
            ("5.0.0", Some(FhirVersion::R5)),
            ("1.0.2", None),
            ("4.1.0", None),
            ("6.0.0-ballot3", None),
            ("40.0.1", None),
            ("4", None),
            ("", None),
        ] {
            assert_eq!(FhirVersion::of(number), version, "{number}");
        }
    }
}
