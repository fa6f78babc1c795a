//! Which scopes of a sign-in request are offered.
//!
//! Unknown scopes are left out, as RFC 6749 §3.3 allows; the app sees it in `scope` of the token. Scopes in a syntax
//! that this EHR does not take fail the whole request, so that the app learns which one to use.

use crate::{ccde, resources::types, scope::Scopes, uma, ways::Ways};

/// Scopes that are not about resources.
const PLAIN: [&str; 7] = [
    "openid",
    "fhirUser",
    "profile",
    "launch/patient",
    "offline_access",
    ccde::OPERATION_SCOPE,
    uma::PROTECTION,
];

/// Those of [`PLAIN`] that say who signed in.
const IDENTITY: [&str; 3] = ["openid", "fhirUser", "profile"];

/// How a `patient/…` scope is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    V1,
    V2,
    Granular,
}

/// The offered ones, in the order asked; or why none is.
pub(super) fn offered<'a>(ways: &Ways, asked: &'a Scopes) -> Result<Vec<&'a str>, &'static str> {
    for scope in asked.iter() {
        takes(ways, scope)?;
    }
    Ok(asked
        .iter()
        .filter(|scope| PLAIN.contains(scope) || mails(ways, scope) || opens_something(scope))
        .filter(|scope| !ways.without_id_tokens || !IDENTITY.contains(scope))
        .collect())
}

/// Whether it is the scope that opens mailing, at an EHR that mails.
fn mails(ways: &Ways, scope: &str) -> bool {
    ways.direct.is_some() && scope == ccde::push::FLOW_SCOPE
}

/// Whether the syntax of a scope about resources is taken here.
pub(super) fn takes(ways: &Ways, scope: &str) -> Result<(), &'static str> {
    match written(scope) {
        Some(Written::V1) if !ways.scopes.takes_v1() => Err("SMART v1 scopes are not taken here"),
        Some(Written::V2 | Written::Granular) if !ways.scopes.takes_v2() => {
            Err("SMART v2 scopes are not taken here")
        }
        Some(Written::Granular) if !ways.scopes.takes_granular() => {
            Err("scopes with a query are not taken here")
        }
        _ => Ok(()),
    }
}

fn written(scope: &str) -> Option<Written> {
    let (level, rest) = scope.split_once('/')?;
    if !matches!(level, "patient" | "user" | "system") {
        return None;
    }
    let (rest, query) = rest.split_once('?').map_or((rest, false), |(rest, _)| (rest, true));
    Some(match rest.split_once('.')?.1 {
        _ if query => Written::Granular,
        "read" | "write" | "*" => Written::V1,
        _ => Written::V2,
    })
}

fn opens_something(scope: &str) -> bool {
    if !scope.starts_with("patient/") {
        return false;
    }
    let alone = Scopes::parse(scope);
    types::SERVED.iter().any(|served| ['c', 'r', 'u', 'd', 's'].iter().any(|op| alone.may(served.name, *op)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ways::ScopeSyntax;

    #[test]
    fn offers_known_scopes_in_the_order_asked() {
        let asked = Scopes::parse(
            "launch/patient launch system/*.cruds patient/Observation.rs patient/Spaceship.rs openid",
        );
        let offered = offered(&Ways::default(), &asked).unwrap();
        assert_eq!(offered, ["launch/patient", "patient/Observation.rs", "openid"]);
    }

    #[test]
    fn offers_to_mail_only_where_records_are_mailed() {
        let asked = Scopes::parse("launch/patient Consent/flow");
        assert_eq!(offered(&Ways::default(), &asked).unwrap(), ["launch/patient"]);
        let mails = Ways { direct: Some(crate::ways::Direct::default()), ..Ways::default() };
        assert_eq!(offered(&mails, &asked).unwrap(), ["launch/patient", "Consent/flow"]);
    }

    #[test]
    fn takes_only_its_own_syntax() {
        let (v1, v2, granular) =
            ("patient/*.read", "patient/Observation.rs", "patient/Observation.rs?category=laboratory");
        for (syntax, takes) in [
            (ScopeSyntax::All, [true, true, true]),
            (ScopeSyntax::V1, [true, false, false]),
            (ScopeSyntax::V2, [false, true, false]),
            (ScopeSyntax::V2Granular, [false, true, true]),
        ] {
            let ways = Ways { scopes: syntax, ..Ways::default() };
            let got = [v1, v2, granular].map(|scope| offered(&ways, &Scopes::parse(scope)).is_ok());
            assert_eq!(got, takes, "{syntax:?}");
        }
    }

    #[test]
    fn offers_no_identity_without_id_tokens() {
        let ways = Ways { without_id_tokens: true, ..Ways::default() };
        let asked = Scopes::parse("openid fhirUser launch/patient");
        assert_eq!(offered(&ways, &asked).unwrap(), ["launch/patient"]);
    }
}
