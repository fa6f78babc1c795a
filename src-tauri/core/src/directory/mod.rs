//! Lists of hospitals: a FHIR directory that is searched (Organization and Endpoint with a connection type, as Carequality's
//! workgroup wanted it), or a User-Access Brands bundle that is fetched whole (SMART App Launch 2.2).
//!
//! Laws: everything in a list is hostile until checked: few, short, cleaned, and no address but one that the app may ask.
//! A list says where a hospital is; what it can do is asked at the hospital, before anything is added.

pub mod brands;
pub mod read;
pub mod search;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ehr::EhrId, problem::Problem};

/// Most hospitals that are kept of one list.
pub const MOST: usize = 20_000;

/// What kind of list it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ListKind {
    /// A FHIR server that is searched.
    Directory,
    /// One document with all brands.
    Brands,
}

impl ListKind {
    /// As it is kept.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Brands => "brands",
        }
    }

    /// From what was kept.
    #[must_use]
    pub fn stored(text: &str) -> Option<Self> {
        [Self::Directory, Self::Brands].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Whether the app can ask a listed hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Reach {
    /// It has a FHIR address that may be asked.
    Ready,
    /// Its FHIR is of a release that the app does not speak.
    OtherVersion,
    /// Its address is not protected.
    NotSecure,
    /// It speaks something else than FHIR only.
    NotFhir,
    /// The list gives no address.
    NoAddress,
}

/// A hospital as a list has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Other names.
    pub aliases: Vec<String>,
    /// Town and state, for people.
    pub place: Option<String>,
    /// Everything of its addresses that can be searched, in lower case.
    pub places: String,
    /// Its FHIR address.
    pub address: Option<String>,
    /// The release of FHIR there, for example `4.0.1`, when the list tells.
    pub version: Option<String>,
    /// Whether it can be asked.
    pub reach: Reach,
}

impl Listed {
    /// Whether every word of the name and of the place is there, in any order.
    #[must_use]
    pub fn fits(&self, name: &str, place: &str) -> bool {
        let names = std::iter::once(&self.name).chain(&self.aliases).map(|name| folded(name));
        let names = names.collect::<Vec<_>>().join(" ");
        let all =
            |wanted: &str, text: &str| folded(wanted).split_whitespace().all(|word| text.contains(word));
        all(name, &names) && all(place, &folded(&self.places))
    }
}

/// Without case and accents, so that "Sao" finds "São".
fn folded(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect()
}

/// A certificate that a list brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AnchorView {
    /// Who it is of.
    pub name: String,
    /// When it ends.
    #[ts(type = "string")]
    pub until: jiff::Timestamp,
}

/// A list as the window shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HospitalListView {
    /// Our id.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// Host of its address.
    pub host: String,
    /// Its address.
    pub address: String,
    /// Its kind.
    pub kind: ListKind,
    /// The certificates that it brings.
    pub anchors: Vec<AnchorView>,
    /// Whether the person added it, and may remove it.
    pub own: bool,
    /// When the copy on this computer is from, when there is one.
    #[ts(type = "string | null")]
    pub copy_of: Option<jiff::Timestamp>,
}

/// A hospital that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FoundHospital {
    /// Its name, as the list has it.
    pub name: String,
    /// Town and state.
    pub place: Option<String>,
    /// Host of its address: what will be asked.
    pub host: Option<String>,
    /// Its FHIR address.
    pub address: Option<String>,
    /// The release of FHIR, when the list tells.
    pub version: Option<String>,
    /// Whether it can be asked.
    pub reach: Reach,
    /// The names of the lists that have it.
    pub listed_by: Vec<String>,
    /// Our id, when the person added it already.
    pub known: Option<EhrId>,
}

/// How a list answered a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum ListAnswer {
    /// It was asked now.
    Asked,
    /// It could not be asked; this is from a copy.
    Copy {
        /// When the copy is from.
        #[ts(type = "string")]
        as_of: jiff::Timestamp,
        /// Why it could not be asked.
        problem: Problem,
    },
    /// It could not be asked, and there is no copy.
    Failed {
        /// Why.
        problem: Problem,
    },
}

/// One list's part in a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListLook {
    /// Which list.
    pub list: String,
    /// Its name.
    pub name: String,
    /// How it answered.
    pub answer: ListAnswer,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FoundView {
    /// The hospitals, those that can be asked first.
    pub hospitals: Vec<FoundHospital>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// How each list answered.
    pub looks: Vec<ListLook>,
}

#[cfg(test)]
mod tests {
    use super::{Listed, Reach};

    #[test]
    fn words_are_found_in_any_order_without_case_and_accents() {
        let listed = Listed {
            name: "Hospital São José".to_owned(),
            aliases: vec!["Old Mill".to_owned()],
            place: Some("Port Alder, ME".to_owned()),
            places: "1 Quay, Port Alder, ME 04999".to_owned(),
            address: None,
            version: None,
            reach: Reach::NoAddress,
        };
        for (name, place, fits) in [
            ("", "", true),
            ("jose sao", "", true),
            ("MILL", "alder", true),
            ("hosp", "04999", true),
            ("hospital", "boston", false),
            ("harbor", "", false),
            ("São", "port me", true),
        ] {
            assert_eq!(listed.fits(name, place), fits, "{name} in {place}");
        }
    }
}
