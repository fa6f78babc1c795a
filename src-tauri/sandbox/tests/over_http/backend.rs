//! SMART Backend Services: a client without a person gets what it is registered for, and only by its own key.

use consentry_sandbox::{Backend, Client, Credential, Ehr, ScopeSyntax, Ways};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, client, consent, get_fhir, link, oauth_error, outcome, post_fhir, redeem},
    signer::{Signer, TYPE, serve_keys},
};

const CLIENT: &str = "night-report";

fn registered(signer: &Signer, scopes: &str) -> Client {
    Client::backend(CLIENT, "Night Report", Credential::Keys(signer.jwks()), scopes)
}

/// An EHR that knows the client for these scopes.
async fn knowing(signer: &Signer, scopes: &str) -> Bench {
    let bench = Bench::start().await;
    bench.source().register(&registered(signer, scopes)).unwrap();
    bench
}

async fn buy(ehr: &Ehr, assertion: &str, scope: &str) -> Response {
    redeem(
        ehr,
        &[
            ("grant_type", "client_credentials"),
            ("client_assertion_type", TYPE),
            ("client_assertion", assertion),
            ("scope", scope),
        ],
    )
    .await
}

/// A token for these scopes.
async fn token(ehr: &Ehr, signer: &Signer, scope: &str) -> Value {
    let answer = buy(ehr, &signer.assertion(ehr, CLIENT), scope).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    answer.json().await.unwrap()
}

fn access(token: &Value) -> &str {
    token["access_token"].as_str().unwrap()
}

#[tokio::test]
async fn a_registered_client_reads_every_patient_within_its_scopes() {
    for signer in [Signer::es384(), Signer::rsa(Algorithm::RS384)] {
        let bench = knowing(&signer, "system/Patient.rs system/Observation.rs").await;
        let ehr = bench.source();
        let answer =
            buy(ehr, &signer.assertion(ehr, CLIENT), "system/Patient.rs system/Observation.rs").await;
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["pragma"], "no-cache");
        let token: Value = answer.json().await.unwrap();
        assert_eq!(token["token_type"], "bearer");
        assert!(token["expires_in"].as_i64().unwrap() <= 300);
        assert_eq!(token["scope"], "system/Patient.rs system/Observation.rs");
        assert!(token.get("refresh_token").is_none() && token.get("patient").is_none());

        let patients: Value = get_fhir(ehr, "Patient", access(&token)).await.json().await.unwrap();
        assert!(patients["total"].as_i64().unwrap() > 1, "{patients}");
        let one = patients["entry"][0]["resource"]["id"].as_str().unwrap();
        let path = format!("Observation?patient=Patient/{one}&_summary=count");
        let (all, ones): (Value, Value) = (
            get_fhir(ehr, "Observation?_summary=count", access(&token)).await.json().await.unwrap(),
            get_fhir(ehr, &path, access(&token)).await.json().await.unwrap(),
        );
        assert!(ones["total"].as_i64() < all["total"].as_i64());
        let beyond = get_fhir(ehr, "Condition", access(&token)).await;
        assert_eq!(beyond.status(), StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_wildcard_comes_back_as_the_list_of_what_it_stands_for() {
    let signer = Signer::es384();
    let bench = knowing(&signer, "system/Patient.read system/Observation.rs?category=laboratory").await;
    for (asked, granted) in [
        ("system/*.read", "system/Patient.read"),
        ("system/*.rs", "system/Patient.rs"),
        ("system/*.cruds", "system/Patient.rs"),
        ("system/*.s patient/Patient.r", "system/Patient.s"),
        ("system/Observation.rs?category=laboratory", "system/Observation.rs?category=laboratory"),
    ] {
        assert_eq!(token(bench.source(), &signer, asked).await["scope"], granted, "{asked}");
    }
    for asked in
        ["system/Condition.rs", "patient/*.rs", "system/Patient.c", "system/Observation.rs", "openid"]
    {
        let answer = buy(bench.source(), &signer.assertion(bench.source(), CLIENT), asked).await;
        oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_scope").await;
    }
}

#[tokio::test]
async fn a_narrowed_scope_narrows_what_is_counted() {
    let signer = Signer::es384();
    let bench = knowing(&signer, "system/*.rs").await;
    let ehr = bench.source();
    let category = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory";
    let narrow = token(ehr, &signer, &format!("system/Observation.rs?category={category}")).await;
    let wide = token(ehr, &signer, "system/Observation.rs").await;
    let count = async |token: &Value| {
        let answer: Value =
            get_fhir(ehr, "Observation?_summary=count", access(token)).await.json().await.unwrap();
        answer["total"].as_i64().unwrap()
    };
    assert!(count(&narrow).await > 0);
    assert!(count(&narrow).await < count(&wide).await);
}

#[tokio::test]
async fn scopes_in_the_other_syntax_are_refused() {
    let signer = Signer::es384();
    let ways = Ways { scopes: ScopeSyntax::V1, ..Ways::default() };
    let bench = Bench::speaking(ways, Ways::default()).await;
    bench.source().register(&registered(&signer, "system/*.read")).unwrap();
    let answer = buy(bench.source(), &signer.assertion(bench.source(), CLIENT), "system/*.rs").await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "invalid_scope").await;
}

#[tokio::test]
async fn a_system_token_changes_nothing_and_is_let_near_no_operation() {
    let signer = Signer::es384();
    let bench = knowing(&signer, "system/*.cruds").await;
    let ehr = bench.source();
    let paul = bench.paul_at_source().await;
    let consent_id = bench.consent(&paul).await;
    let token = token(ehr, &signer, "system/Consent.cruds").await;
    let read = get_fhir(ehr, &format!("Consent/{consent_id}"), access(&token)).await;
    assert_eq!(read.status(), StatusCode::OK);
    let before = crate::bench::knows(ehr);
    let body = consent(paul.patient(), &["patient/*.rs"], "2099-01-01");
    outcome(post_fhir(ehr, "Consent", access(&token), &body).await, StatusCode::FORBIDDEN).await;
    let list = format!("Consent/{consent_id}/$authorizations");
    outcome(get_fhir(ehr, &list, access(&token)).await, StatusCode::FORBIDDEN).await;
    assert_eq!(crate::bench::knows(ehr), before);
}

#[tokio::test]
async fn a_token_ends_with_its_time_or_when_the_client_ends_it() {
    let signer = Signer::es384();
    let bench = knowing(&signer, "system/Patient.rs").await;
    let ehr = bench.source();
    let (first, second) =
        (token(ehr, &signer, "system/Patient.rs").await, token(ehr, &signer, "system/Patient.rs").await);
    let proof = signer.assertion(ehr, CLIENT);
    let form =
        [("token", access(&first)), ("client_assertion_type", TYPE), ("client_assertion", proof.as_str())];
    let ended = client().post(link(ehr, "oauth/revoke")).form(&form).send().await.unwrap();
    assert_eq!(ended.status(), StatusCode::OK);
    assert_eq!(get_fhir(ehr, "Patient", access(&first)).await.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(get_fhir(ehr, "Patient", access(&second)).await.status(), StatusCode::OK);
    bench.sandbox.advance_clock(std::time::Duration::from_secs(301));
    assert_eq!(get_fhir(ehr, "Patient", access(&second)).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn refuses_every_assertion_that_is_not_quite_right() {
    let (signer, stranger) = (Signer::es384(), Signer::es384());
    let rsa = Signer::rsa(Algorithm::RS256);
    let bench = knowing(&signer, "system/Patient.rs").await;
    let ehr = bench.source();
    let with = |name: &str, value: Value| {
        let mut claims = Signer::claims(ehr, CLIENT);
        claims[name] = value;
        signer.sign(&claims)
    };
    let without = |name: &str| {
        let mut claims = Signer::claims(ehr, CLIENT);
        claims.as_object_mut().unwrap().remove(name);
        signer.sign(&claims)
    };
    let good = Signer::claims(ehr, CLIENT);
    let now = good["iat"].as_i64().unwrap();
    let header = |change: fn(&mut Header)| {
        let mut header = signer.header();
        change(&mut header);
        signer.sign_as(&header, &Signer::claims(ehr, CLIENT))
    };
    let hmac = jsonwebtoken::encode(
        &Header { kid: signer.header().kid, ..Header::new(Algorithm::HS384) },
        &good,
        &EncodingKey::from_secret(signer.jwks().to_string().as_bytes()),
    )
    .unwrap();
    for (what, assertion) in [
        ("another key", stranger.assertion(ehr, CLIENT)),
        ("another algorithm", rsa.assertion(ehr, CLIENT)),
        ("an HMAC with the public key", hmac),
        ("no signature", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4IiwiZXhwIjoxfQ.".to_owned()),
        ("not a JWT", "this-is-no-jwt".to_owned()),
        ("no kid", header(|header| header.kid = None)),
        ("another kid", header(|header| header.kid = Some("other".to_owned()))),
        ("another typ", header(|header| header.typ = Some("at+jwt".to_owned()))),
        ("keys from elsewhere", header(|header| header.jku = Some("http://127.0.0.1:1/jwks".to_owned()))),
        ("another issuer", with("iss", json!("somebody"))),
        ("another subject", with("sub", json!("somebody"))),
        ("another endpoint", with("aud", json!(link(bench.target(), "oauth/token")))),
        ("two endpoints", with("aud", json!([link(ehr, "oauth/token"), "http://127.0.0.1:1/"]))),
        ("expired", with("exp", json!(now - 1))),
        ("too long a life", with("exp", json!(now + 400))),
        ("from the future", with("iat", json!(now + 100))),
        ("no iss", without("iss")),
        ("no sub", without("sub")),
        ("no aud", without("aud")),
        ("no exp", without("exp")),
        ("no jti", without("jti")),
    ] {
        let answer = buy(ehr, &assertion, "system/Patient.rs").await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{what}");
        oauth_error(answer, StatusCode::UNAUTHORIZED, "invalid_client").await;
    }
    let once = signer.assertion(ehr, CLIENT);
    assert_eq!(buy(ehr, &once, "system/Patient.rs").await.status(), StatusCode::OK);
    oauth_error(buy(ehr, &once, "system/Patient.rs").await, StatusCode::UNAUTHORIZED, "invalid_client").await;
}

#[tokio::test]
async fn an_app_for_people_gets_no_token_without_one_and_the_reverse() {
    let signer = Signer::es384();
    let bench = knowing(&signer, "system/Patient.rs").await;
    let ehr = bench.source();
    let app = Client::app("desk-app", "Desk App", Credential::Keys(signer.jwks()));
    ehr.register(&app).unwrap();
    let answer = buy(ehr, &signer.assertion(ehr, "desk-app"), "system/Patient.rs").await;
    oauth_error(answer, StatusCode::BAD_REQUEST, "unauthorized_client").await;
    let launch = crate::person::Launch::new(ehr, "patient/Patient.rs").with("client_id", CLIENT);
    let page = crate::person::Page::of(launch.open().await).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.html.contains("without a person"));
}

/// Request and answer shapes as Aidbox documents them; every name and value here is invented.
#[tokio::test]
async fn an_ehr_like_aidbox_is_spoken_to_as_it_documents() {
    let signer = Signer::rsa(Algorithm::RS256);
    let (keys, _) = serve_keys(signer.jwks()).await;
    let bench = Bench::speaking(Ways { backend: Backend::Aidbox, ..Ways::default() }, Ways::default()).await;
    let ehr = bench.source();
    let put = async |path: &str, body: &Value, password: &str| {
        let (root, _) = ehr.administrator();
        client().put(link(ehr, path)).basic_auth(root, Some(password)).json(body).send().await.unwrap()
    };
    let (_, password) = ehr.administrator();
    let new = json!({
        "type": "bulk-api-client",
        "active": true,
        "auth": { "client_credentials": {
            "client_assertion_types": [TYPE], "access_token_expiration": 300, "token_format": "jwt"
        } },
        "scope": ["system/*.read"],
        "jwks_uri": keys,
        "grant_types": ["client_credentials"]
    });
    assert_eq!(put("Client/night-report", &new, "guess").await.status(), StatusCode::UNAUTHORIZED);
    let answer = put("Client/night-report", &new, password).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let mut expected = new.clone();
    expected["resourceType"] = json!("Client");
    expected["id"] = json!("");
    assert_eq!(answer.json::<Value>().await.unwrap(), expected);

    let mut claims = Signer::claims(ehr, CLIENT);
    claims["aud"] = json!(link(ehr, "auth/token"));
    let proof = signer.sign(&claims);
    let form = [
        ("client_assertion", proof.as_str()),
        ("client_assertion_type", TYPE),
        ("grant_type", "client_credentials"),
        ("scope", "system/*.read"),
    ];
    let answer = client().post(link(ehr, "auth/token")).form(&form).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let token: Value = answer.json().await.unwrap();
    assert_eq!((&token["token_type"], &token["expires_in"]), (&json!("Bearer"), &json!(300)));
    assert_eq!((&token["need_patient_banner"], &token["refresh_token"]), (&json!(true), &Value::Null));
    assert!(token.as_object().unwrap().contains_key("refresh_token"));
    let scope = token["scope"].as_str().unwrap();
    assert!(scope.contains("system/Observation.read") && !scope.contains('*'), "{scope}");
    let told = jsonwebtoken::dangerous::insecure_decode::<Value>(access(&token)).unwrap().claims;
    let mut names: Vec<&String> = told.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["exp", "iat", "iss", "jti", "sub"]);
    assert_eq!(told["sub"], "night-report");

    // A token alone opens nothing: a policy must let the client in.
    let search = "Observation?code=4548-4&_count=2";
    assert_eq!(get_fhir(ehr, search, access(&token)).await.status(), StatusCode::FORBIDDEN);
    let policy = json!({ "engine": "allow", "link": [{ "id": "night-report", "resourceType": "Client" }] });
    let answer = put("AccessPolicy/night-report", &policy, password).await;
    let mut expected = policy.clone();
    expected["resourceType"] = json!("AccessPolicy");
    expected["id"] = json!("night-report");
    assert_eq!(answer.json::<Value>().await.unwrap(), expected);
    let bundle: Value = get_fhir(ehr, search, access(&token)).await.json().await.unwrap();
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&json!("Bundle"), &json!("searchset")));
    let entries = bundle["entry"].as_array().unwrap();
    assert!(!entries.is_empty() && entries.len() <= 2);
    for entry in entries {
        assert_eq!(entry["search"]["mode"], "match");
        assert_eq!(entry["link"], json!([{ "relation": "self", "url": entry["fullUrl"] }]));
        assert_eq!(entry["resource"]["code"]["coding"][0]["code"], "4548-4");
    }
}
