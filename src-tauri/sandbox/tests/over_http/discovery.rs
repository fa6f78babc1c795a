//! Where an EHR says how to sign in, in each of the ways real servers have.

use consentry_sandbox::{Discovery, Ehr, ScopeSyntax, Ways};
use reqwest::StatusCode;
use serde_json::Value;

use crate::{
    bench::{Bench, client, link, until},
    person::{Callback, Launch},
};

async fn document(place: &str) -> Option<Value> {
    let answer = client().get(place).send().await.unwrap();
    if answer.status() != StatusCode::OK {
        return None;
    }
    Some(answer.json().await.unwrap())
}

async fn below_base(ehr: &Ehr, path: &str) -> Option<Value> {
    document(&format!("{}/{path}", ehr.base())).await
}

/// Address of the extension and of the token endpoint in the CapabilityStatement.
fn oauth_uris(statement: &Value) -> Option<(String, String)> {
    let extension = statement.pointer("/rest/0/security/extension/0")?;
    let parts = extension["extension"].as_array().unwrap();
    let token = parts.iter().find(|part| part["url"] == "token").unwrap();
    Some((extension["url"].as_str().unwrap().to_owned(), token["valueUri"].as_str().unwrap().to_owned()))
}

#[tokio::test]
async fn the_endpoints_are_where_the_way_says_and_nowhere_else() {
    for discovery in Discovery::ALL {
        let bench = Bench::speaking(Ways { discovery, ..Ways::default() }, Ways::default()).await;
        let ehr = bench.source();
        let smart = below_base(ehr, ".well-known/smart-configuration").await;
        let openid = below_base(ehr, ".well-known/openid-configuration").await;
        let statement = below_base(ehr, "metadata").await.unwrap();
        let extension = oauth_uris(&statement);
        let issuer = document(&link(ehr, ".well-known/openid-configuration")).await;
        use Discovery as D;
        let expected = match discovery {
            D::Everywhere | D::Relative => (true, true, true),
            D::SmartConfiguration | D::Sparse => (true, false, false),
            D::CapabilityStatement | D::CapabilityStatementDstu2 => (false, false, true),
            D::OpenId => (false, true, false),
        };
        assert_eq!((smart.is_some(), openid.is_some(), extension.is_some()), expected, "{discovery:?}");
        assert!(issuer.is_some(), "{discovery:?}");
        if let Some((url, token)) = extension {
            let spelling =
                if discovery == D::CapabilityStatementDstu2 { "http://DSTU2/" } else { "http://fhir-" };
            assert!(url.starts_with(spelling), "{url}");
            assert_eq!(token.starts_with('/'), discovery == D::Relative, "{token}");
        }
        if let (D::Sparse, Some(smart)) = (discovery, smart) {
            let fields: Vec<&String> = smart.as_object().unwrap().keys().collect();
            assert_eq!(fields, ["authorization_endpoint", "capabilities", "token_endpoint"]);
        }
    }
}

#[tokio::test]
async fn without_id_tokens_nothing_promises_them() {
    let silent = Ways { without_id_tokens: true, ..Ways::default() };
    let bench = Bench::speaking(silent, Ways::default()).await;
    let ehr = bench.source();
    assert!(document(&link(ehr, ".well-known/openid-configuration")).await.is_none());
    let smart = below_base(ehr, ".well-known/smart-configuration").await.unwrap();
    assert!(smart.get("issuer").is_none());
    assert!(!smart["capabilities"].as_array().unwrap().contains(&"sso-openid-connect".into()));
    let session =
        crate::bench::session(ehr, "Paul Tindall", "openid fhirUser launch/patient patient/Patient.rs").await;
    assert!(session.reply.get("id_token").is_none());
    assert_eq!(session.reply["scope"], "launch/patient patient/Patient.rs");
}

#[tokio::test]
async fn the_other_ehr_fetches_whatever_the_documents_look_like() {
    for discovery in [Discovery::Relative, Discovery::OpenId, Discovery::CapabilityStatementDstu2] {
        let way = || Ways { discovery, ..Ways::default() };
        let bench = Bench::speaking(way(), way()).await;
        let (paul, at_target) = (bench.paul_at_source().await, bench.paul_at_target().await);
        let consent = bench.authorized(&paul).await;
        assert_eq!(bench.connect(&at_target, &consent).await.status(), StatusCode::OK);
        until(bench.target(), "records arrive", |records| {
            records.connections.first().is_some_and(|connection| connection.total > 0)
        })
        .await;
    }
}

#[tokio::test]
async fn scopes_in_another_syntax_are_refused_as_a_whole() {
    let (v1, v2, granular) = (
        "launch/patient patient/Observation.read",
        "launch/patient patient/Observation.rs",
        "launch/patient patient/Observation.rs?category=laboratory",
    );
    for (scopes, capabilities, takes) in [
        (ScopeSyntax::V1, ["permission-v1"].as_slice(), [true, false, false]),
        (ScopeSyntax::V2, &["permission-v2"], [false, true, false]),
        (ScopeSyntax::V2Granular, &["permission-v2"], [false, true, true]),
        (ScopeSyntax::All, &["permission-v1", "permission-v2"], [true, true, true]),
    ] {
        let bench = Bench::speaking(Ways { scopes, ..Ways::default() }, Ways::default()).await;
        let ehr = bench.source();
        let smart = below_base(ehr, ".well-known/smart-configuration").await.unwrap();
        let said: Vec<&str> =
            smart["capabilities"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let said: Vec<&str> =
            said.into_iter().filter(|one| matches!(*one, "permission-v1" | "permission-v2")).collect();
        assert_eq!(said, capabilities, "{scopes:?}");
        for (scope, taken) in [v1, v2, granular].into_iter().zip(takes) {
            let answer = Launch::new(ehr, scope).open().await;
            if taken {
                assert_eq!(answer.status(), StatusCode::OK, "{scopes:?} {scope}");
            } else {
                assert_eq!(Callback::of(&answer).get("error"), Some("invalid_scope"), "{scopes:?} {scope}");
            }
        }
    }
}
