//! How a server spells scopes, and what is lost where it cannot spell fine enough.
//!
//! SMART App Launch 2.2 "Scopes for requesting FHIR Resources": version 1 (`.read`, `.write`), version 2
//! (`.cruds`), and version 2 with a search (`?category=…`). Law: the narrowest spelling that the server is said to know is
//! asked first, and whatever a wider one lets out besides is told, never hidden.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::scopes::Resource;
use crate::{kind::Kind, version::FhirVersion};

/// The code system of Observation categories, from R4 on and in STU3.
const CATEGORIES: &str = "http://terminology.hl7.org/CodeSystem/observation-category";
const CATEGORIES_STU3: &str = "http://hl7.org/fhir/observation-category";

/// How scopes are written for one server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ScopeSyntax {
    /// `patient/Observation.read`
    V1,
    /// `patient/Observation.rs`
    V2,
    /// `patient/Observation.rs?category=…`
    #[default]
    V2Granular,
}

/// A picked kind that cannot be asked for alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Widened {
    /// The picked kind.
    pub kind: Kind,
    /// The kinds that come with it although they were not picked. Empty when all its neighbours were picked; records of no
    /// kind of the glossary may come all the same.
    pub with: Vec<Kind>,
}

impl ScopeSyntax {
    /// What to ask a server in: by what it announces (`permission-v1`, `permission-v2`), else by the scopes that it lists,
    /// else by its FHIR release. Of two that it announces the narrower.
    #[must_use]
    pub fn chosen(capabilities: &[String], supported: &[String], fhir: FhirVersion) -> Self {
        let announces = |name: &str| capabilities.iter().any(|own| own == name);
        let mut listed = supported.iter().filter_map(|scope| Resource::parse(scope)).peekable();
        if announces("permission-v2") {
            return Self::V2Granular;
        }
        if announces("permission-v1") {
            return Self::V1;
        }
        if listed.peek().is_some() {
            return listed.map(|scope| scope.syntax()).max_by_key(|s| s.fineness()).unwrap_or_default();
        }
        // Version 2 was published after R4 and before R4B.
        match fhir {
            FhirVersion::Stu3 | FhirVersion::R4 => Self::V1,
            FhirVersion::R4b | FhirVersion::R5 => Self::V2Granular,
        }
    }

    /// The others, in the order in which to try them when a server refuses this one.
    #[must_use]
    pub const fn others(self) -> [Self; 2] {
        match self {
            Self::V1 => [Self::V2Granular, Self::V2],
            Self::V2 => [Self::V1, Self::V2Granular],
            Self::V2Granular => [Self::V2, Self::V1],
        }
    }

    const fn fineness(self) -> u8 {
        match self {
            Self::V1 => 0,
            Self::V2 => 1,
            Self::V2Granular => 2,
        }
    }

    /// One scope of version 2, spelled so. Version 1 may need two for it.
    #[must_use]
    pub fn spell(self, scope: &str, fhir: FhirVersion) -> Vec<String> {
        let Some(resource) = Resource::parse(scope) else { return vec![scope.to_owned()] };
        let plain = scope.split('?').next().unwrap_or(scope);
        match self {
            Self::V2Granular if fhir == FhirVersion::Stu3 => vec![scope.replace(CATEGORIES, CATEGORIES_STU3)],
            Self::V2Granular => vec![scope.to_owned()],
            Self::V2 => vec![plain.to_owned()],
            Self::V1 => {
                let stem = plain.rsplit_once('.').map_or(plain, |(stem, _)| stem);
                let any = |letters: &str| resource.letters().any(|own| letters.contains(own));
                [("read", "rs"), ("write", "cud")]
                    .into_iter()
                    .filter(|(_, letters)| any(letters))
                    .map(|(word, _)| format!("{stem}.{word}"))
                    .collect()
            }
        }
    }

    /// The scopes for reading these kinds, each once, in the glossary's order.
    #[must_use]
    pub fn of_kinds(self, kinds: &[Kind], fhir: FhirVersion) -> Vec<String> {
        let mut scopes: Vec<String> = Vec::new();
        for scope in kinds.iter().flat_map(|kind| kind.scopes()).flat_map(|scope| self.spell(scope, fhir)) {
            if !scopes.contains(&scope) {
                scopes.push(scope);
            }
        }
        scopes
    }

    /// The picked kinds that this spelling cannot tell from others: their scopes let out more than the kind.
    #[must_use]
    pub fn widened(self, picked: &[Kind]) -> Vec<Widened> {
        if self == Self::V2Granular {
            return Vec::new();
        }
        let searched = |kind: Kind| {
            let scopes = kind.scopes().iter().filter(|scope| scope.contains('?'));
            scopes.filter_map(|scope| scope.split('?').next()).collect::<Vec<_>>()
        };
        let types = |kind: Kind| kind.scopes().iter().filter_map(|scope| scope.split('?').next());
        picked
            .iter()
            .filter(|kind| !searched(**kind).is_empty())
            .map(|kind| Widened {
                kind: *kind,
                with: Kind::ALL
                    .into_iter()
                    .filter(|other| !picked.contains(other))
                    .filter(|other| types(*other).any(|own| searched(*kind).contains(&own)))
                    .collect(),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{ScopeSyntax, Widened};
    use crate::{kind::Kind, smart::scopes::Scopes, version::FhirVersion};

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn is_chosen_by_what_the_server_says_then_by_its_list_then_by_its_release() {
        use FhirVersion::{R4, R4b, R5, Stu3};
        use ScopeSyntax::{V1, V2, V2Granular};
        for (capabilities, supported, fhir, chosen) in [
            (&["permission-v1", "permission-v2"][..], &["patient/*.read"][..], R4, V2Granular),
            (&["permission-v2"], &[], Stu3, V2Granular),
            (&["permission-v2"], &["patient/*.rs"], R4, V2Granular),
            (&["permission-v1"], &["patient/*.rs"], R5, V1),
            (&["permission-patient"], &["openid", "patient/*.read"], R5, V1),
            (&[], &["patient/*.rs", "launch/patient"], R4, V2),
            (&[], &["patient/*.read", "patient/Observation.rs?category=x|lab"], R4, V2Granular),
            (&[], &["openid", "operation/Consent.authorize"], R4, V1),
            (&[], &[], Stu3, V1),
            (&[], &[], R4, V1),
            (&[], &[], R4b, V2Granular),
            (&[], &[], R5, V2Granular),
        ] {
            assert_eq!(
                ScopeSyntax::chosen(&texts(capabilities), &texts(supported), fhir),
                chosen,
                "{capabilities:?} {supported:?} {fhir:?}"
            );
        }
    }

    #[test]
    fn every_spelling_of_a_kind_covers_the_kind() {
        for kind in Kind::ALL {
            for fhir in FhirVersion::ALL {
                let exact = Scopes::of_kinds(&[kind], ScopeSyntax::V2Granular, fhir);
                for syntax in [ScopeSyntax::V1, ScopeSyntax::V2, ScopeSyntax::V2Granular] {
                    let spelled = Scopes::of_kinds(&[kind], syntax, fhir);
                    assert!(spelled.cover(&exact), "{kind:?} {syntax:?} {fhir:?}");
                    assert!(!spelled.to_string().contains(".write"), "reading only");
                }
            }
        }
    }

    #[test]
    fn version_1_has_words_for_letters() {
        let v1 = |scope| ScopeSyntax::V1.spell(scope, FhirVersion::R4);
        assert_eq!(v1("patient/Immunization.rs"), ["patient/Immunization.read"]);
        assert_eq!(v1("patient/Consent.crus"), ["patient/Consent.read", "patient/Consent.write"]);
        assert_eq!(v1("patient/Observation.rs?category=x|lab"), ["patient/Observation.read"]);
        assert_eq!(v1("operation/Consent.authorize"), ["operation/Consent.authorize"]);
        assert_eq!(v1("launch/patient"), ["launch/patient"]);
    }

    #[test]
    fn stu3_has_its_own_code_system_for_categories() {
        let scopes = ScopeSyntax::V2Granular.of_kinds(&[Kind::VitalSigns], FhirVersion::Stu3);
        assert_eq!(
            scopes,
            ["patient/Observation.rs?category=http://hl7.org/fhir/observation-category|vital-signs"]
        );
    }

    #[test]
    fn one_scope_for_two_kinds_is_asked_once() {
        let kinds = [Kind::VitalSigns, Kind::LifeAndHabits];
        assert_eq!(ScopeSyntax::V1.of_kinds(&kinds, FhirVersion::R4), ["patient/Observation.read"]);
    }

    #[test]
    fn tells_which_kinds_cannot_be_told_apart() {
        let picked = [Kind::LabTests, Kind::Vaccines];
        for syntax in [ScopeSyntax::V1, ScopeSyntax::V2] {
            assert_eq!(
                syntax.widened(&picked),
                [Widened { kind: Kind::LabTests, with: vec![Kind::VitalSigns, Kind::LifeAndHabits] }]
            );
        }
        assert_eq!(ScopeSyntax::V2Granular.widened(&picked), []);
        assert_eq!(ScopeSyntax::V1.widened(&[Kind::Vaccines, Kind::Notes]), []);
    }
}
