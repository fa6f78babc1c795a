//! The server of 2017: its quirks byte by byte, its weak points included, and that records really move.

use consentry_sandbox::{AuthorizationState, ConnectionState, Dialect, Ehr, Ways};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    bench::{
        Bench, CONSENT_SCOPES, SOURCE_SCOPE, Session, TARGET_SCOPE, client, consent, introduction, link,
        parameters, post_fhir, redeem, session, until,
    },
    person::{Launch, Person},
};

async fn bench() -> Bench {
    let ways = Ways { dialect: Dialect::Reference, ..Ways::default() };
    Bench::speaking(ways.clone(), ways).await
}

fn months(count: Value) -> Value {
    json!({ "name": "duration", "valueDuration": {
        "value": count, "system": "http://unitsofmeasure.org", "code": "mo"
    } })
}

fn jwt(text: &str) -> Value {
    json!({ "name": "jwt", "valueString": text })
}

/// The answer names no patient; the hospital's own records do.
fn patient(ehr: &Ehr) -> String {
    ehr.records().sign_ins.last().unwrap().patient.clone().unwrap()
}

async fn filed(bench: &Bench, paul: &Session) -> String {
    let body = consent(&patient(bench.source()), CONSENT_SCOPES, "2099-01-01");
    let made = post_fhir(bench.source(), "Consent", paul.access(), &body).await;
    assert_eq!(made.status(), StatusCode::CREATED);
    let made: Value = made.json().await.unwrap();
    made["id"].as_str().unwrap().to_owned()
}

async fn authorize(bench: &Bench, paul: &Session, consent: &str, body: &[Value]) -> Response {
    post_fhir(bench.source(), &format!("Consent/{consent}/$authorize"), paul.access(), &parameters(body))
        .await
}

/// Its errors are XML, whatever was asked for.
async fn says(answer: Response, status: u16, words: &str) {
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    let (got, text) = (answer.status().as_u16(), answer.text().await.unwrap());
    assert_eq!(got, status, "{text}");
    assert!(kind.starts_with("application/fhir+xml"), "{kind}");
    assert!(text.contains("<severity value=\"error\"/>"), "{text}");
    assert!(text.contains(&words.replace('"', "&quot;")), "{text}");
}

async fn token(bench: &Bench, jwt: Option<&str>, handle: &str) -> (StatusCode, Value) {
    let mut request = client()
        .post(link(bench.source(), "oauth/token"))
        .form(&[("grant_type", "client_credentials"), ("scope", handle)]);
    if let Some(jwt) = jwt {
        request = request.bearer_auth(jwt);
    }
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

struct Shared {
    paul: Session,
    consent: String,
    jwt: String,
    handle: String,
}

async fn authorized(bench: &Bench) -> Shared {
    let paul = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    let consent = filed(bench, &paul).await;
    let given = introduction(bench.target(), bench.source()).await.trim().to_owned();
    let answer = authorize(bench, &paul, &consent, &[months(json!("3")), jwt(&given)]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    let named: Vec<&str> =
        answer["parameter"].as_array().unwrap().iter().map(|p| p["name"].as_str().unwrap()).collect();
    assert_eq!(named, ["message", "endorsement", "id"], "no duration");
    let handle = answer["parameter"][2]["valueId"].as_str().unwrap().to_owned();
    assert_eq!(handle.len(), 36);
    Shared { paul, consent, jwt: given, handle }
}

#[tokio::test]
async fn introduces_itself_by_hand_and_shows_one_bare_key() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    let bench = bench().await;
    let given = introduction(bench.target(), bench.source()).await;
    assert!(given.ends_with("\r\n"));
    let parts: Vec<String> = given
        .trim()
        .split('.')
        .take(2)
        .map(|part| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
        .collect();
    assert!(parts[0].starts_with(r#"{"alg" : "RS256","kid" : "http"#), "{}", parts[0]);
    let claims: Value = serde_json::from_str(&parts[1]).unwrap();
    assert!(claims["iat"].is_string() && claims["exp"].is_number());
    assert!(claims["iss"].as_str().unwrap().starts_with("urn:uuid:"));
    assert!(!claims["sub"].as_str().unwrap().contains("://"));
    assert!(claims.get("aud").is_none() && claims.get("jti").is_none());

    let key: Value =
        client().get(link(bench.target(), "auth3/auth_key")).send().await.unwrap().json().await.unwrap();
    assert!(key.get("keys").is_none());
    assert_eq!(key["kty"], "RSA");
    let header: Value = serde_json::from_str(&parts[0]).unwrap();
    assert_eq!(key["kid"], header["kid"]);
}

#[tokio::test]
async fn gives_its_jwt_as_parameters_to_a_post_and_not_without_a_source() {
    let bench = bench().await;
    let body = parameters(&[json!({ "name": "source", "valueUri": "https://source.example.org/fhir" })]);
    let answer = post_fhir(bench.target(), "$jwt", "nobody", &body).await;
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["parameter"][0]["name"], "jwt");
    let nothing = client().get(format!("{}/$jwt", bench.target().base())).send().await.unwrap();
    says(nothing, 500, "No Source System specified").await;
}

#[tokio::test]
async fn is_discovered_by_its_capability_statement_and_a_crooked_openid_document() {
    let bench = bench().await;
    let at = |path: &str| client().get(format!("{}{path}", bench.source().base()));
    let smart = at("/.well-known/smart-configuration").send().await.unwrap();
    assert_eq!(smart.status(), StatusCode::NOT_FOUND);
    let moved = at("/.well-known/openid-configuration").send().await.unwrap();
    assert_eq!(moved.status(), StatusCode::MOVED_PERMANENTLY);
    let there = moved.headers()["location"].to_str().unwrap().to_owned();
    let openid: Value = client().get(there).send().await.unwrap().json().await.unwrap();
    assert!(!openid["issuer"].as_str().unwrap().contains("://"));
    assert_eq!(openid["subject_types_supported"], "public");
    assert!(openid["registration_endpoint"].as_str().unwrap().starts_with("mailto:"));

    let metadata: Value = at("/metadata").send().await.unwrap().json().await.unwrap();
    let uris = metadata["rest"][0]["security"]["extension"][0]["extension"].as_array().unwrap();
    let named: Vec<&str> = uris.iter().map(|uri| uri["url"].as_str().unwrap()).collect();
    assert_eq!(named, ["authorize", "token"]);
    let text = metadata.to_string();
    assert!(text.contains("http://hl7.org/fhir/OperationDefinition/Consent-authorize"));
    assert!(!text.contains("revokeAuthorization") && !text.contains("authorizations"));
}

#[tokio::test]
async fn answers_an_app_with_strings_capitals_and_no_patient() {
    let bench = bench().await;
    let paul = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    assert_eq!(paul.reply["expires_in"], "300");
    assert_eq!(paul.reply["patient"], "");
    assert!(paul.access().starts_with("urn:oauth:"));
    assert!(paul.reply["scope"].as_str().unwrap().contains("Patient/Observation.rs"));

    let launch = Launch::new(bench.source(), SOURCE_SCOPE);
    let code = Person::of(bench.source(), "Paul Tindall").allows(&launch, None).await.code();
    redeem(bench.source(), &launch.token_form(&code)).await;
    let again = redeem(bench.source(), &launch.token_form(&code)).await;
    assert_eq!(again.status(), StatusCode::INTERNAL_SERVER_ERROR, "an OAuth error at 500");
    let again: Value = again.json().await.unwrap();
    assert_eq!(again["error"], "invalid_grant");
}

#[tokio::test]
async fn refuses_to_authorize_in_the_words_of_then() {
    let bench = bench().await;
    let paul = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    let id = filed(&bench, &paul).await;
    let given = introduction(bench.target(), bench.source()).await.trim().to_owned();
    let ask = |body: Vec<Value>| {
        let (bench, paul, id) = (&bench, &paul, id.clone());
        async move { authorize(bench, paul, &id, &body).await }
    };
    says(ask(vec![jwt(&given)]).await, 500, "Parameter duration not found").await;
    says(ask(vec![months(json!(3))]).await, 500, "Parameter \"jwt\" not found").await;
    let binary = json!({ "name": "jwt", "valueBase64Binary": "YS5iLmM=" });
    let misleading = "Parameter duration must have a value of type String";
    says(ask(vec![months(json!(3)), binary]).await, 500, misleading).await;
    says(ask(vec![months(json!(3)), jwt("a.b.c")]).await, 500, "Exception reading JWT").await;
    says(ask(vec![months(json!(2_000)), jwt(&given)]).await, 500, "before the end of the nominated duration")
        .await;
    says(authorize(&bench, &paul, "nothing", &[]).await, 404, "Consent not found").await;
    let stranger = Session { reply: json!({ "access_token": "urn:oauth:nobody" }) };
    says(authorize(&bench, &stranger, &id, &[]).await, 401, "token").await;
    assert!(bench.source().records().authorizations.is_empty());
}

#[tokio::test]
async fn refuses_to_connect_in_the_words_of_then() {
    let bench = bench().await;
    let shared = authorized(&bench).await;
    let paul = session(bench.target(), "Paul Tindall", TARGET_SCOPE).await;
    let form = |leave: &str, put: &str| {
        let source = bench.source().base().to_string();
        let all = [
            ("source", source.as_str()),
            ("consent", &shared.consent),
            ("expires_in", "7621372"),
            ("jwt", &shared.jwt),
            ("authorization", &shared.handle),
        ];
        let form: Vec<(String, String)> = all
            .into_iter()
            .map(|(name, value)| (name.to_owned(), if name == leave { put } else { value }.to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        client().post(format!("{}/$connect", bench.target().base())).bearer_auth(paul.access()).form(&form)
    };
    let of_source = bench.source().base().as_str();
    let theirs = introduction(bench.source(), bench.target()).await.trim().to_owned();
    for (name, value, words) in [
        ("source", "", "\"source\" must be provided, and must be an absolute URL"),
        ("source", "nowhere", "\"source\" must be provided, and must be an absolute URL"),
        ("consent", "", "\"consent\" must be provided, and must be a valid FHIR id"),
        ("consent", of_source, "\"consent\" must be provided, and must be a valid FHIR id"),
        ("expires_in", "soon", "\"expires_in\" must be provided, and must be a valid integer"),
        ("expires_in", "99999999999", "\"expires_in\" must be provided, and must be a valid integer"),
        ("jwt", "", "\"jwt\" must be provided, and must be a JWT returned from $jwt"),
        ("jwt", "x", "Exception reading JWT"),
        ("jwt", theirs.as_str(), "\"jwt\" must be provided, and must be a JWT returned from $jwt"),
        ("authorization", "", "\"authorization\" must be provided, and must be shorter than 64 chars long"),
        (
            "authorization",
            "x".repeat(64).as_str(),
            "\"authorization\" must be provided, and must be shorter than 64 chars long",
        ),
    ] {
        says(form(name, value).send().await.unwrap(), 400, words).await;
    }
    assert!(bench.target().records().connections.is_empty());
}

#[tokio::test]
async fn a_token_is_given_for_both_halves_and_for_nothing_less() {
    let bench = bench().await;
    let shared = authorized(&bench).await;
    let no = |(status, body): (StatusCode, Value)| {
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(body["error"], "invalid_request");
        body["error_description"].as_str().unwrap().to_owned()
    };
    assert_eq!(no(token(&bench, Some(&shared.jwt), "unknown").await), "Unrecognised Token");
    let fresh = introduction(bench.target(), bench.source()).await.trim().to_owned();
    bench.sandbox.advance_clock(std::time::Duration::from_secs(2));
    let later = introduction(bench.target(), bench.source()).await.trim().to_owned();
    assert_ne!(fresh, later, "each call gives another JWT");
    assert_eq!(no(token(&bench, Some(&later), &shared.handle).await), "JWT mismatch");
    assert_eq!(no(token(&bench, Some("x"), &shared.handle).await), "Unable to read JWT");
    let (status, _) = token(&bench, None, &shared.handle).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);

    let (status, reply) = token(&bench, Some(&shared.jwt), &shared.handle).await;
    assert_eq!(status, StatusCode::OK);
    assert!(reply["expires_in"].as_str().unwrap().parse::<u64>().unwrap() > 80 * 86_400);
    assert_eq!(reply["patient"], patient(bench.source()));
    assert!(reply.get("refresh_token").is_none());

    bench.sandbox.advance_clock(std::time::Duration::from_secs(100 * 86_400));
    assert_eq!(no(token(&bench, Some(&shared.jwt), &shared.handle).await), "The authorization has expired");
}

#[tokio::test]
async fn records_move_and_closing_the_consent_does_not_stop_them() {
    let bench = bench().await;
    let shared = authorized(&bench).await;
    let at_target = session(bench.target(), "Paul Tindall", TARGET_SCOPE).await;
    let body = parameters(&[
        json!({ "name": "source", "valueUri": bench.source().base().as_str() }),
        json!({ "name": "consent", "valueId": shared.consent }),
        json!({ "name": "expires_in", "valueString": "7621372" }),
        json!({ "name": "patient", "valueId": patient(bench.target()) }),
        json!({ "name": "authorization", "valueId": shared.handle }),
        json!({ "name": "jwt", "valueString": shared.jwt }),
    ]);
    let answer = post_fhir(bench.target(), "$connect", at_target.access(), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let answer: Value = answer.json().await.unwrap();
    let issue = json!({ "severity": "error", "code": "informational", "diagnostics": "Connection Accepted" });
    assert_eq!(answer["issue"], json!([issue]));
    until(bench.target(), "records arrive", |records| records.connections.iter().any(|c| c.total > 0)).await;

    let path = format!("{}/Consent/{}", bench.source().base(), shared.consent);
    let read = client().get(&path).bearer_auth(shared.paul.access()).send().await.unwrap();
    let mut consent: Value = read.json().await.unwrap();
    consent["status"] = json!("inactive");
    let put = client()
        .put(&path)
        .bearer_auth(shared.paul.access())
        .header("content-type", "application/fhir+json")
        .body(consent.to_string());
    assert_eq!(put.send().await.unwrap().status(), StatusCode::OK);
    let rounds = bench.target().records().connections[0].rounds;
    let records = until(bench.target(), "two rounds more", |records| {
        records.connections.iter().any(|c| c.rounds > rounds + 2)
    })
    .await;
    assert_eq!(records.connections[0].state, ConnectionState::Copying);
    assert_eq!(bench.source().records().authorizations[0].state, AuthorizationState::Live);
}
