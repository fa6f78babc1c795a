//! A certified OpenID provider (npm `oidc-provider`): sign-in with PKCE, refresh with rotation, revocation, `iss`.

use std::{
    io::{BufRead as _, BufReader},
    process::{Command, Stdio},
};

use consentry_core::{kind::Kind, view::SignInFor};
use jiff::SignedDuration;
use serde_json::Value;
use url::Url;

use crate::{
    facade::Facade,
    hands::Hands,
    place::{Desk, Program, program},
};

struct Provider {
    issuer: Url,
    openid: Value,
    _program: Program,
}

async fn provider() -> Provider {
    let folder = program("CONSENTRY_OIDC_PROVIDER");
    let scopes: Vec<&str> = Kind::ALL.iter().flat_map(|kind| kind.scopes()).copied().collect();
    let ours =
        "launch/patient fhirUser patient/Consent.crus operation/Consent.authorize patient/AuditEvent.rs";
    let mut command = Command::new("node");
    command
        .arg("provider.mjs")
        .current_dir(folder)
        .env("SCOPES", format!("{} {ours}", scopes.join(" ")))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut program = Program::start(&mut command);
    let mut issuer = String::new();
    let out = program.output().expect("its output");
    BufReader::new(out).read_line(&mut issuer).expect("it says where it listens");
    let issuer = Url::parse(issuer.trim()).expect("an issuer");
    let openid = get(issuer.join(".well-known/openid-configuration").expect("an address")).await;
    Provider { issuer, openid, _program: program }
}

#[expect(clippy::disallowed_methods, reason = "the test's own look, not the app's way out")]
async fn get(url: Url) -> Value {
    let answer = reqwest::Client::builder().no_proxy().build().expect("a client").get(url).send().await;
    answer.expect("an answer").json().await.expect("JSON")
}

/// What the provider answers to a refresh token: `Ok` when it still works.
#[expect(clippy::disallowed_methods, reason = "the test's own look, not the app's way out")]
pub(crate) async fn refresh(token_endpoint: &str, refresh_token: &str) -> Result<Value, String> {
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", refresh_token), ("client_id", "consentry")];
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.post(token_endpoint).form(&form).send().await.expect("an answer");
    let good = answer.status().is_success();
    let body: Value = answer.json().await.expect("JSON");
    if good { Ok(body) } else { Err(body["error"].as_str().unwrap_or_default().to_owned()) }
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_refreshes_with_rotation_and_ends_the_sign_in() {
    let provider = provider().await;
    let facade = Facade::start(&provider.openid).await;
    let desk = Desk::open(&facade.base, &provider.issuer, Hands::of("paul", "practice")).await;
    assert_eq!(
        provider.openid["authorization_response_iss_parameter_supported"], true,
        "`iss` is checked here"
    );

    desk.sign_in(&SignInFor::Source { kinds: vec![Kind::LabTests, Kind::Vaccines] })
        .await
        .expect("signed in");
    assert!(desk.is_signed_in());
    let first = desk.refresh_token().expect("a refresh token is kept");
    assert_eq!(facade.bearers().len(), 1, "the patient was read");

    desk.clock.by(SignedDuration::from_secs(280));
    desk.app.check_now().await.expect("it is looked at");
    let second = desk.refresh_token().expect("the new refresh token is kept");
    assert_ne!(first, second, "it was rotated");
    assert_eq!(facade.bearers().len(), 2, "a new access token was used");

    desk.app.sign_out(&desk.ehr).await.expect("signed out");
    assert!(!desk.is_signed_in());
    assert_eq!(desk.refresh_token(), None);
    let token_endpoint = provider.openid["token_endpoint"].as_str().expect("an endpoint");
    assert_eq!(
        refresh(token_endpoint, &second).await,
        Err("invalid_grant".to_owned()),
        "ended at the provider"
    );
}
