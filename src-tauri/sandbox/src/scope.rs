//! SMART scopes as a server reads them: what a token may do, and whether one set is within another.
//!
//! Syntax v1 (`patient/X.read`) and v2 (`patient/X.rs?param=value`): SMART App Launch 2.2, "Scopes and
//! Launch Context". The law kept here: what is not understood grants nothing, and is never widened.

use std::collections::BTreeSet;
use std::fmt;

use crate::resources::types::SERVED;

/// The five things a v2 scope can allow, in the order in which the letters must stand.
const LETTERS: [char; 5] = ['c', 'r', 'u', 'd', 's'];

/// A space-separated list of scopes, in the order given and without repeats.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Scopes {
    each: Vec<Scope>,
    /// Whether `system/…` scopes count, and only they: the scopes of a client without a person.
    backend: bool,
}

/// One scope, with the text it was written as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    raw: String,
    grant: Option<Grant>,
}

/// What a `patient/…` or `user/…` scope allows; among backend scopes, a `system/…` scope. Everything else (`openid`,
/// `launch/patient`) opens no resource.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    level: Level,
    /// `None` is `*`.
    resource_type: Option<String>,
    operations: BTreeSet<char>,
    /// Empty: no narrowing.
    query: BTreeSet<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Patient,
    User,
    System,
}

/// How much of one resource type a set of scopes opens for one operation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    /// No scope names it.
    Nothing,
    /// Every resource of the type in the patient's compartment.
    Everything,
    /// Only what matches at least one of these search queries (`category=…&code=…`).
    Only(Vec<&'a str>),
}

impl Scopes {
    /// Reads a space-separated list. Unknown scopes are kept and grant nothing, as RFC 6749 §3.3 lets a server do.
    pub(crate) fn parse(text: &str) -> Self {
        let mut scopes = Self::default();
        for raw in text.split_whitespace() {
            scopes.push(raw);
        }
        scopes
    }

    /// Reads the scopes of a backend client. No other scopes open anything for it.
    pub(crate) fn backend(text: &str) -> Self {
        let mut scopes = Self { backend: true, ..Self::default() };
        for raw in text.split_whitespace() {
            scopes.push(raw);
        }
        scopes
    }

    /// Whether these are the scopes of a client without a person.
    pub(crate) fn is_backend(&self) -> bool {
        self.backend
    }

    /// The same, from scopes that come one by one, such as the codings of a Consent.
    pub(crate) fn from_each<'a>(each: impl IntoIterator<Item = &'a str>) -> Self {
        let mut scopes = Self::default();
        for raw in each {
            // A single scope with white space inside would be two once printed in a token response.
            for part in raw.split_whitespace() {
                scopes.push(part);
            }
        }
        scopes
    }

    fn push(&mut self, raw: &str) {
        if !self.contains(raw) {
            let grant = Grant::parse(raw).filter(|grant| (grant.level == Level::System) == self.backend);
            self.each.push(Scope { raw: raw.to_owned(), grant });
        }
    }

    /// The scopes as written, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.each.iter().map(|scope| scope.raw.as_str())
    }

    /// Whether exactly this text is one of the scopes. For the scopes that are not about resources.
    pub(crate) fn contains(&self, raw: &str) -> bool {
        self.each.iter().any(|scope| scope.raw == raw)
    }

    /// Whether any scope opens `op` (`c r u d s`) for the type, be it narrowed by a query or not.
    pub(crate) fn may(&self, resource_type: &str, op: char) -> bool {
        self.reach(resource_type, op) != Reach::Nothing
    }

    /// What exactly is open: see [`Reach`].
    pub(crate) fn reach(&self, resource_type: &str, op: char) -> Reach<'_> {
        let mut queries = Vec::new();
        for scope in &self.each {
            let Some(grant) = &scope.grant else { continue };
            if !grant.opens(resource_type, op) {
                continue;
            }
            if grant.query.is_empty() {
                return Reach::Everything;
            }
            if let Some((_, query)) = scope.raw.split_once('?') {
                queries.push(query);
            }
        }
        if queries.is_empty() { Reach::Nothing } else { Reach::Only(queries) }
    }

    /// Whether every `patient/…` scope of `other` is within these. A scope without a query covers one with a
    /// query, never the reverse; what cannot be read in `other` is not covered.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        other.each.iter().filter(|scope| scope.raw.starts_with("patient/")).all(|scope| {
            scope.grant.as_ref().is_some_and(|wanted| {
                wanted.operations.iter().all(|op| self.grants().any(|mine| mine.covers(wanted, *op)))
            })
        })
    }

    /// The served types that may be read, `*` expanded, in the server's order.
    pub(crate) fn types_readable(&self) -> Vec<&'static str> {
        SERVED.iter().map(|served| served.name).filter(|name| self.may(name, 'r')).collect()
    }

    fn grants(&self) -> impl Iterator<Item = &Grant> {
        self.each.iter().filter_map(|scope| scope.grant.as_ref())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, raw) in self.iter().enumerate() {
            if index > 0 {
                f.write_str(" ")?;
            }
            f.write_str(raw)?;
        }
        Ok(())
    }
}

impl Grant {
    fn parse(raw: &str) -> Option<Self> {
        let (level, rest) = raw.split_once('/')?;
        let level = match level {
            "patient" => Level::Patient,
            "user" => Level::User,
            "system" => Level::System,
            _ => return None,
        };
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (resource_type, letters) = rest.split_once('.')?;
        let resource_type = match resource_type {
            "*" => None,
            name if is_type_name(name) => Some(name.to_owned()),
            _ => return None,
        };
        let operations = match letters {
            "read" | "write" | "*" if query.is_some() => return None,
            "read" => BTreeSet::from(['r', 's']),
            "write" => BTreeSet::from(['c', 'u', 'd']),
            "*" => BTreeSet::from(LETTERS),
            letters => operations(letters)?,
        };
        let query = match query {
            None => BTreeSet::new(),
            Some(query) => {
                let parts: BTreeSet<String> = query.split('&').map(str::to_owned).collect();
                // `?` with nothing usable behind it must not read as "no narrowing".
                if parts.iter().any(|part| !part.contains('=')) {
                    return None;
                }
                parts
            }
        };
        Some(Self { level, resource_type, operations, query })
    }

    fn opens(&self, resource_type: &str, op: char) -> bool {
        self.operations.contains(&op)
            && self.resource_type.as_deref().is_none_or(|mine| mine == resource_type)
    }

    fn covers(&self, wanted: &Self, op: char) -> bool {
        let level = self.level == wanted.level || self.level == Level::User;
        let resource_type = match (&self.resource_type, &wanted.resource_type) {
            (None, _) => true,
            (Some(mine), Some(theirs)) => mine == theirs,
            (Some(_), None) => false,
        };
        // Each part of a query narrows further, so fewer parts reach more.
        level && resource_type && self.operations.contains(&op) && self.query.is_subset(&wanted.query)
    }
}

/// Letters of a v2 scope: at least one, each at most once, in the order c r u d s.
fn operations(letters: &str) -> Option<BTreeSet<char>> {
    let mut positions = Vec::new();
    for letter in letters.chars() {
        positions.push(LETTERS.iter().position(|known| *known == letter)?);
    }
    let ordered = positions.windows(2).all(|pair| match pair {
        [first, second] => first < second,
        _ => true,
    });
    (ordered && !positions.is_empty()).then(|| letters.chars().collect())
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|letter| letter.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(scope: &str) -> String {
        let scopes = Scopes::parse(scope);
        LETTERS.into_iter().filter(|op| scopes.may("Observation", *op)).collect()
    }

    #[test]
    fn reads_the_two_syntaxes() {
        for (scope, expected) in [
            ("patient/Observation.read", "rs"),
            ("patient/Observation.write", "cud"),
            ("patient/Observation.*", "cruds"),
            ("patient/*.read", "rs"),
            ("patient/*.*", "cruds"),
            ("user/*.*", "cruds"),
            ("patient/Observation.rs", "rs"),
            ("patient/Observation.s", "s"),
            ("patient/Observation.cruds", "cruds"),
            ("patient/Observation.rs?category=laboratory", "rs"),
        ] {
            assert_eq!(allowed(scope), expected, "{scope}");
        }
    }

    #[test]
    fn grants_nothing_for_what_it_does_not_understand() {
        for scope in [
            "patient/Condition.rs",
            "patient/Observation.sr",
            "patient/Observation.rrs",
            "patient/Observation.",
            "patient/Observation",
            "patient/Observation.rx",
            "patient/observation.rs",
            "patient/Observation.read?category=laboratory",
            "patient/Observation.rs?",
            "patient/Observation.rs?category",
            "system/*.cruds",
            "launch/patient",
            "openid",
            "offline_access",
            "operation/Consent.authorize",
        ] {
            assert_eq!(allowed(scope), "", "{scope}");
        }
    }

    #[test]
    fn keeps_order_drops_repeats_and_prints_what_it_read() {
        let scopes = Scopes::parse("  openid patient/*.rs  openid\tlaunch/patient ");
        assert_eq!(scopes.to_string(), "openid patient/*.rs launch/patient");
        assert!(scopes.contains("launch/patient"));
        assert!(!scopes.contains("launch"));
        assert_eq!(Scopes::from_each(["openid", "patient/*.rs"]).to_string(), "openid patient/*.rs");
        assert_eq!(Scopes::parse(" ").to_string(), "");
    }

    #[test]
    fn covers_only_what_is_within() {
        for (mine, other, expected) in [
            ("patient/*.rs", "patient/Observation.rs", true),
            ("patient/*.read", "patient/Observation.rs", true),
            ("patient/*.rs", "patient/*.cruds", false),
            ("patient/Observation.rs", "patient/*.rs", false),
            ("patient/Observation.r patient/Observation.s", "patient/Observation.rs", true),
            ("patient/Observation.rs", "patient/Observation.rs?category=laboratory", true),
            ("patient/Observation.rs?category=laboratory", "patient/Observation.rs", false),
            (
                "patient/Observation.rs?category=laboratory",
                "patient/Observation.rs?code=4548-4&category=laboratory",
                true,
            ),
            (
                "patient/Observation.rs?category=laboratory",
                "patient/Observation.rs?category=vital-signs",
                false,
            ),
            ("patient/Patient.r", "openid launch/patient offline_access", true),
            ("patient/*.cruds", "patient/Observation.nonsense", false),
            ("user/*.*", "patient/Observation.rs", true),
            ("", "patient/Patient.r", false),
            ("", "", true),
        ] {
            assert_eq!(Scopes::parse(mine).covers(&Scopes::parse(other)), expected, "{mine} covers {other}");
        }
    }

    #[test]
    fn tells_a_narrowed_reach_from_a_full_one() {
        let narrow = Scopes::parse("patient/Observation.rs?category=a|b patient/Observation.r?code=c");
        assert_eq!(narrow.reach("Observation", 'r'), Reach::Only(vec!["category=a|b", "code=c"]));
        assert_eq!(narrow.reach("Observation", 's'), Reach::Only(vec!["category=a|b"]));
        assert_eq!(narrow.reach("Observation", 'u'), Reach::Nothing);
        let wide = Scopes::parse("patient/Observation.rs?category=a|b patient/*.r");
        assert_eq!(wide.reach("Observation", 'r'), Reach::Everything);
    }

    #[test]
    fn only_a_backend_client_is_opened_anything_by_system_scopes() {
        let text = "system/Observation.rs patient/Condition.rs user/*.rs";
        let (backend, other) = (Scopes::backend(text), Scopes::parse("system/*.cruds"));
        assert!(backend.may("Observation", 'r') && !backend.may("Condition", 'r'));
        assert!(backend.is_backend() && !other.is_backend() && !other.may("Observation", 'r'));
    }

    #[test]
    fn expands_the_star_to_the_served_types() {
        let all = Scopes::parse("patient/*.read").types_readable();
        assert_eq!(all.len(), SERVED.len());
        assert_eq!(
            Scopes::parse("patient/Observation.r patient/Patient.s patient/Spaceship.r").types_readable(),
            vec!["Observation"]
        );
    }
}
