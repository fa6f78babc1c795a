//! A real Keycloak in development mode, with a realm made here: sign-in with PKCE, refresh with rotation, revocation.

use std::{
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use consentry_core::{kind::Kind, view::SignInFor};
use jiff::SignedDuration;
use serde_json::{Value, json};
use url::Url;

use crate::{
    facade::{Facade, PATIENT},
    hands::Hands,
    oidc::refresh,
    place::{Desk, Program, free_port, program},
};

/// The first start builds the server anew.
const PATIENCE: Duration = Duration::from_secs(240);
const ADMIN: &str = "admin";
const REALM: &str = "practice";

/// A running Keycloak.
pub(crate) struct Keycloak {
    pub(crate) root: Url,
    http: reqwest::Client,
    _program: Program,
}

impl Keycloak {
    /// Starts it and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    #[expect(clippy::disallowed_methods, reason = "the test's own client, not the app's way out")]
    pub(crate) async fn start() -> Self {
        let (folder, port) = (program("CONSENTRY_KEYCLOAK"), free_port());
        // Each run begins with nothing.
        let _ = std::fs::remove_dir_all(folder.join("data"));
        // What unpacks it may not know which files can run.
        let mut command = Command::new("sh");
        command
            .arg(folder.join("bin/kc.sh"))
            .args(["start-dev", "--http-host=127.0.0.1", &format!("--http-port={port}")])
            .env("KC_BOOTSTRAP_ADMIN_USERNAME", ADMIN)
            .env("KC_BOOTSTRAP_ADMIN_PASSWORD", ADMIN)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let program = Program::start(&mut command);
        let root = Url::parse(&format!("http://127.0.0.1:{port}/")).expect("a URL");
        let http = reqwest::Client::builder().no_proxy().build().expect("a client");
        let until = Instant::now() + PATIENCE;
        let ready = root.join("realms/master/.well-known/openid-configuration").expect("a URL");
        while http.get(ready.clone()).send().await.map_or(true, |answer| !answer.status().is_success()) {
            assert!(Instant::now() < until, "Keycloak does not answer");
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        Self { root, http, _program: program }
    }

    /// Somebody of the practice realm, or the administrator of all.
    async fn token(&self, realm: &str, form: &[(&str, &str)]) -> Value {
        let url = self.root.join(&format!("realms/{realm}/protocol/openid-connect/token")).expect("a URL");
        self.http.post(url).form(form).send().await.expect("an answer").json().await.expect("JSON")
    }

    /// Tells Keycloak, as its administrator.
    ///
    /// # Panics
    /// When it refuses.
    pub(crate) async fn administer(&self, path: &str, body: &Value) {
        let form = [
            ("grant_type", "password"),
            ("client_id", "admin-cli"),
            ("username", ADMIN),
            ("password", ADMIN),
        ];
        let token = self.token("master", &form).await;
        let url = self.root.join(&format!("admin/{path}")).expect("a URL");
        let bearer = token["access_token"].as_str().expect("an administrator's token");
        let answer = self.http.post(url).bearer_auth(bearer).json(body).send().await.expect("an answer");
        let status = answer.status();
        assert!(status.is_success(), "{path}: {status} {}", answer.text().await.unwrap_or_default());
    }

    /// Makes the realm: Paul, the app as a public client, and the SMART scopes.
    pub(crate) async fn make_realm(&self) {
        let realm = json!({
            "realm": REALM,
            "enabled": true,
            "sslRequired": "none",
            "userManagedAccessAllowed": true,
            "revokeRefreshToken": true,
            "refreshTokenMaxReuse": 0,
            "accessTokenLifespan": 300,
            "users": [{
                "username": "paul",
                "enabled": true,
                "email": "paul@example.org",
                "emailVerified": true,
                "firstName": "Paul",
                "lastName": "Tindall",
                "realmRoles": ["offline_access", "uma_authorization"],
                "credentials": [{"type": "password", "value": "practice", "temporary": false}],
            }],
        });
        self.administer("realms", &realm).await;
        let scopes = scopes();
        for name in &scopes {
            let scope = json!({
                "name": name,
                "protocol": "openid-connect",
                "attributes": {"include.in.token.scope": "true", "display.on.consent.screen": "false"},
            });
            self.administer(&format!("realms/{REALM}/client-scopes"), &scope).await;
        }
        let client = json!({
            "clientId": "consentry",
            "publicClient": true,
            "standardFlowEnabled": true,
            "redirectUris": ["http://127.0.0.1/*"],
            "attributes": {"pkce.code.challenge.method": "S256"},
            "optionalClientScopes": scopes.iter().map(String::as_str).chain(["offline_access"]).collect::<Vec<_>>(),
            "protocolMappers": [
                mapper("patient", PATIENT, &json!({"access.tokenResponse.claim": "true"})),
                mapper("fhirUser", &format!("Patient/{PATIENT}"), &json!({"id.token.claim": "true"})),
            ],
        });
        self.administer(&format!("realms/{REALM}/clients"), &client).await;
    }

    /// What the realm says of itself.
    pub(crate) async fn openid(&self) -> Value {
        let url = self.root.join(&format!("realms/{REALM}/.well-known/openid-configuration")).expect("a URL");
        self.http.get(url).send().await.expect("an answer").json().await.expect("JSON")
    }
}

/// A claim with a fixed value.
fn mapper(claim: &str, value: &str, places: &Value) -> Value {
    let mut config = json!({"claim.name": claim, "claim.value": value, "jsonType.label": "String"});
    for (place, on) in places.as_object().into_iter().flatten() {
        config[place] = on.clone();
    }
    json!({
        "name": claim,
        "protocol": "openid-connect",
        "protocolMapper": "oidc-hardcoded-claim-mapper",
        "config": config,
    })
}

fn scopes() -> Vec<String> {
    let kinds = Kind::ALL.iter().flat_map(|kind| kind.scopes()).copied();
    let ours = [
        "launch/patient",
        "fhirUser",
        "patient/Consent.crus",
        "operation/Consent.authorize",
        "patient/AuditEvent.rs",
    ];
    kinds.chain(ours).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn signs_in_refreshes_and_ends_the_sign_in() {
    let keycloak = Keycloak::start().await;
    keycloak.make_realm().await;
    let openid = keycloak.openid().await;
    let facade = Facade::start(&openid).await;
    let desk = Desk::open(&facade.base, &keycloak.root, Hands::of("paul", "practice")).await;

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
    let token_endpoint = openid["token_endpoint"].as_str().expect("an endpoint");
    assert_eq!(refresh(token_endpoint, &second).await, Err("invalid_grant".to_owned()), "ended at Keycloak");
}
