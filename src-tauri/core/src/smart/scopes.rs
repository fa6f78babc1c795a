//! SMART scopes: what is asked, what is granted, and what is missing between the two.
//!
//! SMART App Launch 2.2 "Scopes and Launch Context": `patient/Type.cruds?param=value`. Version 1 scopes
//! (`.read`, `.write`, `.*`) mean `.rs`, `.cud`, `.cruds`. Servers may grant more, less, or other spellings.

use std::{collections::BTreeSet, fmt};

use super::syntax::ScopeSyntax;
use crate::{kind::Kind, version::FhirVersion, view::SignInFor};

/// Who is signed in and stays so; the reply shows the effect of these by itself.
const SESSION: [&str; 4] = ["launch/patient", "openid", "fhirUser", "offline_access"];
/// Managing shares: who the person is, the Consents, the authorizations under them, and who looked. Asked at both
/// ends: only then can home say who may get records from each.
const MANAGE: [&str; 4] =
    ["patient/Patient.rs", "patient/Consent.crus", "operation/Consent.authorize", "patient/AuditEvent.rs"];

/// A set of scopes, in the order in which they came, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<String>);

impl Scopes {
    /// Reads a space-separated list (RFC 6749 §3.3).
    #[must_use]
    pub fn parse(text: &str) -> Self {
        text.split_whitespace().collect()
    }

    /// The scopes that a sign-in asks for: exactly what it is for.
    #[must_use]
    pub fn for_sign_in(purpose: &SignInFor, syntax: ScopeSyntax, fhir: FhirVersion) -> Self {
        let kinds = match purpose {
            SignInFor::Source { kinds } | SignInFor::Target { kinds } => kinds.as_slice(),
            SignInFor::Manage => &[],
        };
        let manage = MANAGE.iter().flat_map(|scope| syntax.spell(scope, fhir));
        let scopes = manage.chain(syntax.of_kinds(kinds, fhir)).collect::<Vec<_>>();
        SESSION.into_iter().chain(scopes.iter().map(String::as_str)).collect()
    }

    /// The scopes for reading these kinds.
    #[must_use]
    pub fn of_kinds(kinds: &[Kind], syntax: ScopeSyntax, fhir: FhirVersion) -> Self {
        syntax.of_kinds(kinds, fhir).iter().map(String::as_str).collect()
    }

    /// The scopes that a Consent for these kinds may grant at a server: exact, in every release's code system, and as
    /// `syntax` has to spell them there.
    #[must_use]
    pub fn granting(kinds: &[Kind], syntax: ScopeSyntax) -> Self {
        let exact = |fhir| ScopeSyntax::V2Granular.of_kinds(kinds, fhir);
        // STU3 has a code system of its own; all others share one.
        let spelled =
            [exact(FhirVersion::R4), exact(FhirVersion::Stu3), syntax.of_kinds(kinds, FhirVersion::R4)];
        spelled.concat().iter().map(String::as_str).collect()
    }

    /// The kinds that these cover in full, and the scopes that say something else or more than the kinds do. A scope for
    /// more than a kind, such as all of Observation, covers its kinds and is named all the same.
    #[must_use]
    pub fn kinds(&self) -> (Vec<Kind>, Vec<String>) {
        let covers = |kind: Kind| {
            [FhirVersion::R4, FhirVersion::Stu3]
                .into_iter()
                .any(|fhir| self.cover(&Self::of_kinds(&[kind], ScopeSyntax::V2Granular, fhir)))
        };
        let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| covers(*kind)).collect();
        (kinds.clone(), self.beyond(&Self::granting(&kinds, ScopeSyntax::V2Granular)))
    }

    /// Those of these that `known` does not allow.
    #[must_use]
    pub fn beyond(&self, known: &Self) -> Vec<String> {
        self.iter().filter(|scope| !known.allow(scope)).map(str::to_owned).collect()
    }

    /// The scopes that managing shares needs.
    #[must_use]
    pub fn managing() -> Self {
        MANAGE.iter().copied().collect()
    }

    /// Each scope.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether everything that `asked` allows is allowed here too.
    #[must_use]
    pub fn cover(&self, asked: &Self) -> bool {
        self.missing(asked).is_empty()
    }

    /// What was asked and is not granted here. Sign-in scopes are left out: a missing patient, id_token or
    /// refresh token tells it better, and many servers do not repeat them.
    #[must_use]
    pub fn missing(&self, asked: &Self) -> Vec<String> {
        asked.iter().filter(|scope| !session(scope) && !self.allow(scope)).map(str::to_owned).collect()
    }

    /// What is granted here without having been asked. To be shown, not to be used.
    #[must_use]
    pub fn extra(&self, asked: &Self) -> Vec<String> {
        self.beyond(asked).into_iter().filter(|scope| !session(scope)).collect()
    }

    /// Whether one of these allows changing anything.
    #[must_use]
    pub fn writes(&self) -> bool {
        self.iter().filter_map(Resource::parse).any(|own| own.letters().any(|letter| "cud".contains(letter)))
    }

    /// Whether `scope` is allowed by one of these, or, for its letters, by several together.
    fn allow(&self, scope: &str) -> bool {
        if self.iter().any(|own| own == scope) {
            return true;
        }
        let Some(wanted) = Resource::parse(scope) else { return false };
        let granted: BTreeSet<char> = self
            .iter()
            .filter_map(Resource::parse)
            .filter(|own| own.reaches(&wanted))
            .flat_map(|own| own.letters)
            .collect();
        wanted.letters.is_subset(&granted)
    }
}

impl<'a> FromIterator<&'a str> for Scopes {
    fn from_iter<T: IntoIterator<Item = &'a str>>(scopes: T) -> Self {
        let mut seen = BTreeSet::new();
        Self(scopes.into_iter().filter(|s| seen.insert(*s)).map(str::to_owned).collect())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// Scopes of this track, which a server may not know (CCDE track page: `$authorize` and its list; direct push).
pub(super) fn of_track(scope: &str) -> bool {
    matches!(scope, "operation/Consent.authorize" | "Consent/flow")
}

/// Scopes that ask for context and identity, not for records.
fn session(scope: &str) -> bool {
    matches!(scope, "openid" | "fhirUser" | "profile" | "offline_access" | "online_access")
        || scope == "launch"
        || scope.starts_with("launch/")
}

/// A scope for a FHIR resource type, read into its parts.
pub(super) struct Resource<'a> {
    context: String,
    kind: &'a str,
    letters: BTreeSet<char>,
    /// Written in the words of version 1.
    words: bool,
    query: BTreeSet<&'a str>,
}

impl<'a> Resource<'a> {
    pub(super) fn parse(scope: &'a str) -> Option<Self> {
        let (scope, query) = scope.split_once('?').unwrap_or((scope, ""));
        let (context, rest) = scope.split_once('/')?;
        // Old servers write `Patient/…` for the context.
        let context = context.to_ascii_lowercase();
        if !matches!(context.as_str(), "patient" | "user" | "system") {
            return None;
        }
        let (kind, actions) = rest.split_once('.')?;
        let letters = match actions {
            "read" => "rs",
            "write" => "cud",
            "*" => "cruds",
            letters => letters,
        };
        let known = !letters.is_empty() && letters.chars().all(|c| "cruds".contains(c));
        known.then(|| Self {
            context,
            kind,
            letters: letters.chars().collect(),
            words: letters != actions,
            query: query.split('&').filter(|part| !part.is_empty()).collect(),
        })
    }

    /// The letters of `cruds` that it grants.
    pub(super) fn letters(&self) -> impl Iterator<Item = char> {
        self.letters.iter().copied()
    }

    /// How it is spelled.
    pub(super) fn syntax(&self) -> ScopeSyntax {
        match (self.words, self.query.is_empty()) {
            (true, _) => ScopeSyntax::V1,
            (false, true) => ScopeSyntax::V2,
            (false, false) => ScopeSyntax::V2Granular,
        }
    }

    /// Whether this is about everything that `wanted` is about: fewer conditions reach further.
    fn reaches(&self, wanted: &Self) -> bool {
        self.context == wanted.context
            && (self.kind == "*" || self.kind == wanted.kind)
            && self.query.is_subset(&wanted.query)
    }
}

#[cfg(test)]
mod tests {
    use super::Scopes;
    use crate::{kind::Kind, smart::syntax::ScopeSyntax, version::FhirVersion, view::SignInFor};

    fn for_sign_in(purpose: &SignInFor) -> Scopes {
        Scopes::for_sign_in(purpose, ScopeSyntax::V2Granular, FhirVersion::R4)
    }

    fn missing(granted: &str, asked: &str) -> Vec<String> {
        Scopes::parse(granted).missing(&Scopes::parse(asked))
    }

    #[test]
    fn keeps_each_scope_once_and_in_order() {
        assert_eq!(Scopes::parse(" b  a\tb ").to_string(), "b a");
        assert!(Scopes::parse("").is_empty());
    }

    #[test]
    fn asks_exactly_for_the_ticked_kinds_and_managing() {
        let source = for_sign_in(&SignInFor::Source { kinds: vec![Kind::AboutYou, Kind::Medicines] });
        assert_eq!(
            source.to_string(),
            "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Consent.crus \
             operation/Consent.authorize patient/AuditEvent.rs patient/MedicationRequest.rs patient/MedicationStatement.rs"
        );
        let target = for_sign_in(&SignInFor::Target { kinds: vec![Kind::Allergies] });
        assert_eq!(
            target.to_string(),
            "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Consent.crus \
             operation/Consent.authorize patient/AuditEvent.rs patient/AllergyIntolerance.rs"
        );
        assert!(for_sign_in(&SignInFor::Manage).cover(&Scopes::managing()));
    }

    #[test]
    fn version_1_asks_in_its_own_words() {
        let purpose = SignInFor::Source { kinds: vec![Kind::LabTests] };
        assert_eq!(
            Scopes::for_sign_in(&purpose, ScopeSyntax::V1, FhirVersion::Stu3).to_string(),
            "launch/patient openid fhirUser offline_access patient/Patient.read patient/Consent.read \
             patient/Consent.write operation/Consent.authorize patient/AuditEvent.read patient/Observation.read \
             patient/DiagnosticReport.read"
        );
    }

    #[test]
    fn kinds_are_found_in_any_spelling_and_the_rest_is_named() {
        let kinds = |text: &str| Scopes::parse(text).kinds();
        for spelled in ["patient/Immunization.rs", "patient/Immunization.read", "Patient/Immunization.rs"] {
            assert_eq!(kinds(spelled), (vec![Kind::Vaccines], vec![]), "{spelled}");
        }
        assert_eq!(
            kinds("patient/Observation.read patient/Immunization.*"),
            (
                vec![Kind::VitalSigns, Kind::LifeAndHabits, Kind::Vaccines],
                vec!["patient/Observation.read".to_owned(), "patient/Immunization.*".to_owned()]
            )
        );
        let (all, rest) = kinds("patient/*.rs");
        assert_eq!((all.len(), rest), (Kind::ALL.len(), vec!["patient/*.rs".to_owned()]));
        for kind in Kind::ALL {
            for fhir in FhirVersion::ALL {
                let own = Scopes::of_kinds(&[kind], ScopeSyntax::V2Granular, fhir);
                assert_eq!(own.kinds(), (vec![kind], vec![]));
            }
        }
    }

    #[test]
    fn same_scopes_in_another_order_miss_nothing() {
        assert!(missing("b patient/Patient.rs a", "a patient/Patient.rs b").is_empty());
    }

    #[test]
    fn tells_what_is_missing() {
        assert_eq!(missing("patient/Patient.r", "patient/Patient.rs"), ["patient/Patient.rs"]);
        assert_eq!(missing("", "operation/Consent.authorize"), ["operation/Consent.authorize"]);
        assert_eq!(missing("patient/Condition.rs", "patient/Patient.rs"), ["patient/Patient.rs"]);
        assert_eq!(
            missing("user/*.cruds system/*.rs", "patient/Patient.rs"),
            ["patient/Patient.rs"],
            "another context"
        );
    }

    #[test]
    fn wider_scopes_cover_narrower_ones() {
        for granted in [
            "patient/*.cruds",
            "patient/*.*",
            "patient/Observation.read",
            "Patient/Observation.rs",
            "patient/Observation.r patient/Observation.s",
        ] {
            assert!(missing(granted, "patient/Observation.rs?category=x|lab").is_empty(), "{granted}");
        }
        assert!(missing("patient/Consent.cu patient/Consent.rs", "patient/Consent.crus").is_empty());
    }

    #[test]
    fn narrower_conditions_do_not_cover_wider_ones() {
        assert_eq!(
            missing("patient/Observation.rs?category=x|lab", "patient/Observation.rs"),
            ["patient/Observation.rs"]
        );
        assert!(
            !missing("patient/Observation.rs?category=x|lab", "patient/Observation.rs?category=x|vital")
                .is_empty()
        );
        assert!(missing("patient/Observation.rs?a=1&b=2", "patient/Observation.rs?b=2&a=1").is_empty());
    }

    #[test]
    fn sign_in_scopes_show_their_effect_elsewhere() {
        assert!(missing("", "launch/patient openid fhirUser offline_access").is_empty());
    }

    #[test]
    fn tells_what_was_granted_without_being_asked() {
        let granted = Scopes::parse("patient/Patient.rs patient/Condition.rs user/*.rs openid");
        assert_eq!(
            granted.extra(&Scopes::parse("patient/Patient.rs")),
            ["patient/Condition.rs", "user/*.rs"]
        );
    }

    #[test]
    fn unknown_scopes_compare_by_their_text() {
        assert!(missing("patient/Patient.xyz", "patient/Patient.xyz").is_empty());
        assert_eq!(missing("patient/Patient.rsx", "patient/Patient.rs"), ["patient/Patient.rs"]);
        assert_eq!(missing("patient/Patient.", "patient/Patient.rs"), ["patient/Patient.rs"]);
    }
}
