//! How a sign-in asks for what it needs, and how it asks again when a server refuses the way it was asked.
//!
//! A server may know another spelling of scopes, or none of the scopes of this track, and then answers `invalid_scope`
//! (RFC 6749 §4.1.2.1). Laws: the narrowest way is asked first; every way asks for the same kinds; each is asked once.

use serde::{Deserialize, Serialize};

use super::{
    discovery::Features,
    scopes::{Scopes, of_track},
    syntax::ScopeSyntax,
};
use crate::view::SignInFor;

/// One way to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asking {
    /// The spelling.
    pub syntax: ScopeSyntax,
    /// With the scopes of this track.
    pub exchange: bool,
}

impl Asking {
    /// The ways to ask a server, in order. `learned` is the one that it took the last time.
    #[must_use]
    pub fn ways(features: &Features, learned: Option<Self>) -> Vec<Self> {
        let known = features.scopes_supported.iter().any(|scope| of_track(scope));
        let mut ways: Vec<Self> = learned.into_iter().collect();
        let others = features.scopes.others();
        for syntax in [features.scopes, others[0], others[1]] {
            let with = Self { syntax, exchange: true };
            let without = Self { syntax, exchange: false };
            // A server that lists them does not refuse because of them.
            let both = if known { vec![with] } else { vec![with, without] };
            ways.extend(both.into_iter().filter(|way| Some(*way) != learned));
        }
        ways
    }

    /// The scopes of a sign-in, asked in this way.
    #[must_use]
    pub fn scopes(self, purpose: &SignInFor, features: &Features) -> Scopes {
        let all = Scopes::for_sign_in(purpose, self.syntax, features.fhir);
        let lists = |scope: &str| features.scopes_supported.iter().any(|own| own == scope);
        // The name of before SMART 1.0, where only that is known.
        let older = lists("profile") && !lists("fhirUser");
        // A server that proves nobody's name and does not list it would refuse it.
        let nobody =
            !features.endpoints.says_who && !features.scopes_supported.is_empty() && !lists("openid");
        all.iter()
            .filter(|scope| self.exchange || !of_track(scope))
            .filter(|scope| !(nobody && matches!(*scope, "openid" | "fhirUser")))
            .map(|scope| if older && scope == "fhirUser" { "profile" } else { scope })
            .collect()
    }
}

#[cfg(test)]
#[path = "asking_tests.rs"]
mod tests;
