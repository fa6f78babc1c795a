//! Which ways are tried, in which order, and what each asks.

use super::{Asking, Features};
use crate::{
    kind::Kind,
    smart::{
        discovery::{Endpoints, S256},
        syntax::ScopeSyntax::{self, V1, V2, V2Granular},
    },
    version::FhirVersion,
    view::SignInFor,
};

fn features(scopes: ScopeSyntax, supported: &[&str], says_who: bool) -> Features {
    let url = |path: &str| format!("https://ehr.example/{path}").parse().unwrap();
    Features {
        name: String::new(),
        fhir: FhirVersion::R4,
        dialect: None,
        endpoints: Endpoints {
            issuer: None,
            authorize: url("authorize"),
            token: url("token"),
            revoke: None,
            jwks: None,
            manage: None,
            iss_promised: false,
            s256: S256::NotSaid,
            says_who,
        },
        abilities: Vec::new(),
        scopes_supported: supported.iter().map(|scope| (*scope).to_owned()).collect(),
        scopes,
        clients: crate::smart::client::ClientsOffered::default(),
        cavs: None,
        operations: crate::smart::operations::Operations::default(),
        describes: crate::ehr::Describes::NotSaid,
        brands: None,
    }
}

fn way(syntax: ScopeSyntax, exchange: bool) -> Asking {
    Asking { syntax, exchange }
}

#[test]
fn first_without_the_scopes_of_the_track_then_in_another_spelling() {
    assert_eq!(
        Asking::ways(&features(V2Granular, &[], true), None),
        [
            way(V2Granular, true),
            way(V2Granular, false),
            way(V2, true),
            way(V2, false),
            way(V1, true),
            way(V1, false)
        ]
    );
}

#[test]
fn a_server_that_lists_them_is_always_asked_with_them() {
    let ways = Asking::ways(&features(V1, &["operation/Consent.authorize"], true), None);
    assert_eq!(ways, [way(V1, true), way(V2Granular, true), way(V2, true)]);
}

#[test]
fn what_worked_the_last_time_comes_first_and_once() {
    let ways = Asking::ways(&features(V2Granular, &[], true), Some(way(V1, false)));
    assert_eq!(ways.first(), Some(&way(V1, false)));
    assert_eq!(ways.iter().filter(|one| **one == way(V1, false)).count(), 1);
    assert_eq!(ways.len(), 6);
}

#[test]
fn every_way_asks_for_the_same_kinds() {
    let purpose = SignInFor::Source { kinds: vec![Kind::LabTests, Kind::Medicines] };
    let features = features(V2Granular, &[], true);
    for way in Asking::ways(&features, None) {
        let scopes = way.scopes(&purpose, &features);
        let kinds = scopes.kinds().0;
        assert!(kinds.contains(&Kind::LabTests) && kinds.contains(&Kind::Medicines), "{way:?}");
        assert_eq!(scopes.iter().any(|s| s == "operation/Consent.authorize"), way.exchange);
    }
}

#[test]
fn who_signed_in_is_asked_in_the_words_that_the_server_knows() {
    let asked = |supported: &[&str], says_who| {
        let features = features(V1, supported, says_who);
        let scopes = way(V1, true).scopes(&SignInFor::Manage, &features);
        let who: Vec<&str> =
            scopes.iter().filter(|s| matches!(*s, "openid" | "fhirUser" | "profile")).collect();
        who.join(" ")
    };
    assert_eq!(asked(&[], true), "openid fhirUser");
    assert_eq!(asked(&["openid", "fhirUser", "profile"], true), "openid fhirUser");
    assert_eq!(asked(&["openid", "profile"], true), "openid profile");
    assert_eq!(asked(&[], false), "openid fhirUser", "nothing is said, so nothing is refused");
    assert_eq!(asked(&["launch/patient"], false), "");
    assert_eq!(asked(&["launch/patient", "profile"], false), "");
}
