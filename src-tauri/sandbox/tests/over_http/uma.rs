//! The UMA 2.0 authorization server: what an owner allows is what a requesting party gets, and every attack leaves the
//! policies as they were.

use std::time::Duration;

use consentry_sandbox::{ConnectionState, Ehr, PolicyRecord, Uma, Ways};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    assertion::rsa_key,
    bench::{
        Bench, SOURCE_SCOPE, Session, client, get_fhir, introduction, link, outcome, parameters, post_fhir,
        session, until,
    },
    person::Person,
};

const TICKET_GRANT: &str = "urn:ietf:params:oauth:grant-type:uma-ticket";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

async fn bench(uma: Uma, pace: Duration) -> Bench {
    let ways = [Ways { uma, ..Ways::default() }, Ways::default()];
    Bench::with_ways(ways, pace).await
}

/// A target that does nothing by itself: the test plays it.
async fn played() -> Bench {
    bench(Uma::Api, Duration::from_secs(3_600)).await
}

fn key(file: &std::path::Path) -> EncodingKey {
    let db = rusqlite::Connection::open(file).unwrap();
    let pkcs8: Vec<u8> =
        db.query_row("SELECT pkcs8 FROM keys WHERE algorithm = 'RS256'", [], |row| row.get(0)).unwrap();
    rsa_key(&pkcs8)
}

/// A client assertion of an EHR for the source's UMA token endpoint.
fn signed(bench: &Bench, who: &Ehr) -> String {
    let is_target = who.base() == bench.target().base();
    let file = if is_target { bench.target_file() } else { bench.source_file() };
    let now = bench.source().records().sign_ins[0].at.as_second();
    let claims = json!({
        "iss": who.base().as_str(), "sub": who.base().as_str(), "aud": link(bench.source(), "uma/token"),
        "iat": now, "exp": now + 240, "jti": uuid::Uuid::new_v4().to_string()
    });
    jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key(&file)).unwrap()
}

async fn ask(bench: &Bench, who: &Ehr, more: &[(&str, &str)]) -> Response {
    let assertion = signed(bench, who);
    let mut form = vec![("client_assertion_type", ASSERTION_TYPE), ("client_assertion", assertion.as_str())];
    form.extend_from_slice(more);
    client().post(link(bench.source(), "uma/token")).form(&form).send().await.unwrap()
}

/// The target shows a ticket and who it is.
async fn show(bench: &Bench, ticket: &str, more: &[(&str, &str)]) -> Response {
    let jwt = introduction(bench.target(), bench.source()).await;
    let mut form = vec![
        ("grant_type", TICKET_GRANT),
        ("ticket", ticket),
        ("claim_token", jwt.as_str()),
        ("claim_token_format", JWT),
    ];
    form.extend_from_slice(more);
    ask(bench, bench.target(), &form).await
}

async fn rpt(bench: &Bench, path: &str) -> String {
    let answer = show(bench, &ticket(bench, path).await, &[]).await;
    assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    json(answer).await["access_token"].as_str().unwrap().to_owned()
}

async fn pat(bench: &Bench) -> String {
    let form = [("grant_type", "client_credentials"), ("scope", "uma_protection")];
    let answer = ask(bench, bench.source(), &form).await;
    assert_eq!(answer.status(), StatusCode::OK);
    json(answer).await["access_token"].as_str().unwrap().to_owned()
}

async fn json(answer: Response) -> Value {
    answer.json().await.unwrap()
}

async fn refused(answer: Response, status: StatusCode, error: &str) -> Value {
    let got = answer.status();
    let body = json(answer).await;
    assert_eq!((got, body["error"].as_str()), (status, Some(error)), "{body}");
    body
}

/// The UMA challenge for a read without a token.
fn challenge(answer: &Response) -> Option<String> {
    let mut values = answer.headers().get_all("www-authenticate").iter();
    let found = values.find_map(|value| value.to_str().unwrap().strip_prefix("UMA "))?;
    let (_, rest) = found.split_once("ticket=\"").unwrap();
    assert!(found.contains("as_uri=\"http://127.0.0.1:"), "{found}");
    Some(rest.split_once('"').unwrap().0.to_owned())
}

async fn ticket(bench: &Bench, path: &str) -> String {
    let answer = client().get(format!("{}/{path}", bench.source().base())).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    challenge(&answer).unwrap()
}

fn user(bench: &Bench) -> String {
    format!("service-account-{}", bench.target().base())
}

async fn get(bench: &Bench, path: &str, token: &str) -> Response {
    client().get(link(bench.source(), path)).bearer_auth(token).send().await.unwrap()
}

/// The owner's resource set of a type.
async fn set(bench: &Bench, owner: &Session, name: &str) -> String {
    let sets = json(get(bench, "account/resources", owner.access()).await).await;
    let found = sets.as_array().unwrap().iter().find(|set| set["name"] == name);
    found.unwrap()["_id"].as_str().unwrap().to_owned()
}

async fn decide(bench: &Bench, owner: &Session, name: &str, scopes: &[&str]) -> Response {
    let path = format!("account/resources/{}/permissions", set(bench, owner, name).await);
    let body = json!([{ "username": user(bench), "scopes": scopes }]);
    client().put(link(bench.source(), &path)).bearer_auth(owner.access()).json(&body).send().await.unwrap()
}

async fn allow(bench: &Bench, owner: &Session, types: &[&str]) {
    for name in types {
        let answer = decide(bench, owner, name, &[&format!("patient/{name}.rs")]).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    }
}

fn policies(bench: &Bench) -> Vec<PolicyRecord> {
    bench.source().records().policies
}

async fn tell_target(bench: &Bench, owner: &Session) {
    let there = bench.paul_at_target().await;
    let url = format!("{}/Patient/{}", bench.source().base(), owner.patient());
    let body = parameters(&[json!({ "name": "url", "valueUri": url })]);
    let answer = post_fhir(bench.target(), "$connect", there.access(), &body).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn the_target_fetches_as_a_requesting_party_until_the_owner_ends_it() {
    let bench = bench(Uma::Api, Duration::from_millis(40)).await;
    let paul = bench.paul_at_source().await;
    allow(&bench, &paul, &["Patient", "Immunization"]).await;
    tell_target(&bench, &paul).await;
    let records =
        until(bench.target(), "two rounds", |r| r.connections.first().is_some_and(|c| c.rounds >= 2)).await;
    let types: Vec<&String> = records.connections[0].received.keys().collect();
    assert_eq!(types, ["Immunization", "Patient"]);
    assert!(records.connections[0].total > 5);

    for name in ["Patient", "Immunization"] {
        assert_eq!(decide(&bench, &paul, name, &[]).await.status(), StatusCode::NO_CONTENT);
    }
    let after =
        until(bench.target(), "a refusal", |r| r.connections[0].state == ConnectionState::Refused).await;
    assert_eq!(after.connections[0].refusal.as_deref(), Some("request_denied"));
    assert!(policies(&bench).iter().all(|policy| !policy.live));
    let log =
        get_fhir(bench.source(), &format!("AuditEvent?patient={}", paul.patient()), paul.access()).await;
    let log = json(log).await;
    let said: Vec<&str> =
        log["entry"].as_array().unwrap().iter().filter_map(|e| e["resource"]["outcome"].as_str()).collect();
    assert!(said.contains(&"0") && said.contains(&"8"), "{said:?}");
}

#[tokio::test]
async fn discovery_names_every_endpoint_and_only_an_api_for_owners_where_there_is_one() {
    for (uma, has_api) in [(Uma::Api, true), (Uma::Page, false)] {
        let bench = bench(uma, Duration::from_secs(3_600)).await;
        let answer =
            client().get(link(bench.source(), ".well-known/uma2-configuration")).send().await.unwrap();
        let found = json(answer).await;
        for name in [
            "issuer",
            "token_endpoint",
            "introspection_endpoint",
            "resource_registration_endpoint",
            "permission_endpoint",
        ] {
            assert!(found[name].is_string(), "{name}");
        }
        assert_eq!(found["policy_endpoint"].is_string(), has_api);
        let paul = bench.paul_at_source().await;
        let status = get(&bench, "account/resources", paul.access()).await.status();
        assert_eq!(status == StatusCode::OK, has_api);
    }
    let off = Bench::without_copier().await;
    let answer = client().get(link(off.source(), ".well-known/uma2-configuration")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let paul = off.paul_at_source().await;
    let knock =
        client().get(format!("{}/Patient/{}", off.source().base(), paul.patient())).send().await.unwrap();
    assert_eq!(challenge(&knock), None);
}

#[tokio::test]
async fn tells_who_must_show_more_who_must_wait_and_who_was_refused() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    let path = format!("Immunization?patient={}", paul.patient());
    let first = ticket(&bench, &path).await;
    let bare = ask(&bench, bench.target(), &[("grant_type", TICKET_GRANT), ("ticket", &first)]).await;
    let need = refused(bare, StatusCode::FORBIDDEN, "need_info").await;
    assert_eq!(need["required_claims"][0]["claim_token_format"][0], JWT);

    let wait = show(&bench, need["ticket"].as_str().unwrap(), &[]).await;
    let wait = refused(wait, StatusCode::FORBIDDEN, "request_submitted").await;
    assert!(wait["interval"].is_number());
    let wishes =
        format!("account/resources/{}/permissions/requests", set(&bench, &paul, "Immunization").await);
    let wishes = json(get(&bench, &wishes, paul.access()).await).await;
    assert_eq!(wishes[0]["username"], user(&bench));

    allow(&bench, &paul, &["Immunization"]).await;
    let given = show(&bench, wait["ticket"].as_str().unwrap(), &[]).await;
    assert_eq!(given.status(), StatusCode::OK);
    assert_eq!(json(given).await["scope"], "patient/Immunization.rs");

    decide(&bench, &paul, "Immunization", &[]).await;
    let late = show(&bench, &ticket(&bench, &path).await, &[]).await;
    refused(late, StatusCode::FORBIDDEN, "request_denied").await;
}

#[tokio::test]
async fn a_ticket_works_once_for_one_client_and_for_minutes() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    allow(&bench, &paul, &["Patient"]).await;
    let path = format!("Patient/{}", paul.patient());
    let before = policies(&bench);

    let used = ticket(&bench, &path).await;
    assert_eq!(show(&bench, &used, &[]).await.status(), StatusCode::OK);
    refused(show(&bench, &used, &[]).await, StatusCode::BAD_REQUEST, "invalid_grant").await;
    refused(show(&bench, "practice-ticket-made-up", &[]).await, StatusCode::BAD_REQUEST, "invalid_grant")
        .await;

    // A ticket that followed on need_info is the target's alone.
    let first = ticket(&bench, &path).await;
    let need = ask(&bench, bench.target(), &[("grant_type", TICKET_GRANT), ("ticket", &first)]).await;
    let next = json(need).await["ticket"].as_str().unwrap().to_owned();
    let thief = ask(&bench, bench.source(), &[("grant_type", TICKET_GRANT), ("ticket", &next)]).await;
    refused(thief, StatusCode::BAD_REQUEST, "invalid_grant").await;

    let wider = ticket(&bench, &path).await;
    let wider = show(&bench, &wider, &[("scope", "patient/*.cruds")]).await;
    refused(wider, StatusCode::BAD_REQUEST, "invalid_scope").await;
    assert_eq!(policies(&bench), before);
}

#[tokio::test]
async fn an_expired_ticket_buys_nothing() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    allow(&bench, &paul, &["Patient"]).await;
    let old = ticket(&bench, &format!("Patient/{}", paul.patient())).await;
    // The client's assertion would be too old as well, so it is made after the wait.
    bench.sandbox.advance_clock(Duration::from_secs(301));
    session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    let now = bench.source().records().sign_ins[1].at.as_second();
    let claims = json!({
        "iss": bench.target().base().as_str(), "sub": bench.target().base().as_str(),
        "aud": link(bench.source(), "uma/token"), "iat": now, "exp": now + 240, "jti": "late"
    });
    let assertion =
        jsonwebtoken::encode(&Header::new(Algorithm::RS256), &claims, &key(&bench.target_file())).unwrap();
    let form = [
        ("grant_type", TICKET_GRANT),
        ("ticket", &old),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion),
    ];
    let answer = client().post(link(bench.source(), "uma/token")).form(&form).send().await.unwrap();
    refused(answer, StatusCode::BAD_REQUEST, "invalid_grant").await;
}

#[tokio::test]
async fn a_client_must_prove_who_it_is_and_speak_for_itself() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    allow(&bench, &paul, &["Patient"]).await;
    let path = format!("Patient/{}", paul.patient());
    let form = [("grant_type", TICKET_GRANT), ("ticket", &ticket(&bench, &path).await)];
    let nobody = client().post(link(bench.source(), "uma/token")).form(&form).send().await.unwrap();
    refused(nobody, StatusCode::UNAUTHORIZED, "invalid_client").await;

    let assertion = signed(&bench, bench.target());
    let jwt = introduction(bench.target(), bench.source()).await;
    for _ in 0..2 {
        let ticket = ticket(&bench, &path).await;
        let form = [
            ("grant_type", TICKET_GRANT),
            ("ticket", &ticket),
            ("claim_token", &jwt),
            ("claim_token_format", JWT),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", &assertion),
        ];
        let answer = client().post(link(bench.source(), "uma/token")).form(&form).send().await.unwrap();
        if answer.status() != StatusCode::OK {
            // The second time the assertion is a copy.
            refused(answer, StatusCode::UNAUTHORIZED, "invalid_client").await;
            return;
        }
    }
    panic!("an assertion worked twice");
}

#[tokio::test]
async fn a_requesting_party_token_opens_one_persons_records_as_far_as_allowed_and_nothing_else() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    let jon = session(bench.source(), "Jon Lindqvist", SOURCE_SCOPE).await;
    allow(&bench, &paul, &["Patient"]).await;
    allow(&bench, &jon, &["Patient"]).await;
    let token = rpt(&bench, &format!("Patient/{}", paul.patient())).await;
    let source = bench.source();
    let own = get_fhir(source, &format!("Patient/{}", paul.patient()), &token).await;
    assert_eq!(own.status(), StatusCode::OK);
    let foreign = get_fhir(source, &format!("Patient/{}", jon.patient()), &token).await;
    outcome(foreign, StatusCode::NOT_FOUND).await;
    let wider = get_fhir(source, &format!("Condition?patient={}", paul.patient()), &token).await;
    assert!(challenge(&wider).is_some(), "it is told where to ask for more");
    outcome(wider, StatusCode::FORBIDDEN).await;
    let consent = crate::bench::consent(paul.patient(), &["patient/Patient.rs"], "2099-01-01");
    outcome(post_fhir(source, "Consent", &token, &consent).await, StatusCode::FORBIDDEN).await;
    let url = json!({ "name": "url", "valueUri": format!("{}/Patient/1", bench.target().base()) });
    outcome(post_fhir(source, "$connect", &token, &parameters(&[url])).await, StatusCode::FORBIDDEN).await;

    // Two people never end up in one token.
    let jons = ticket(&bench, &format!("Patient/{}", jon.patient())).await;
    let mixed = show(&bench, &jons, &[("rpt", &token)]).await;
    refused(mixed, StatusCode::BAD_REQUEST, "invalid_grant").await;

    // Gone is gone at once, also for a token that was good a moment ago.
    decide(&bench, &paul, "Patient", &[]).await;
    let late = get_fhir(source, &format!("Patient/{}", paul.patient()), &token).await;
    assert!(challenge(&late).is_some());
    outcome(late, StatusCode::UNAUTHORIZED).await;
}

#[tokio::test]
async fn a_token_can_grow_by_a_second_ticket_about_the_same_person() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    allow(&bench, &paul, &["Patient", "Immunization"]).await;
    let first = rpt(&bench, &format!("Immunization?patient={}", paul.patient())).await;
    let second = ticket(&bench, &format!("Patient/{}", paul.patient())).await;
    let grown = json(show(&bench, &second, &[("rpt", &first)]).await).await;
    assert_eq!(grown["upgraded"], true);
    assert_eq!(grown["scope"], "patient/Immunization.rs patient/Patient.rs");
}

#[tokio::test]
async fn only_the_resource_server_has_the_protection_api() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    allow(&bench, &paul, &["Patient"]).await;
    let before = policies(&bench);
    let form = [("grant_type", "client_credentials"), ("scope", "uma_protection")];
    refused(ask(&bench, bench.target(), &form).await, StatusCode::UNAUTHORIZED, "invalid_client").await;
    let form = [("grant_type", "client_credentials"), ("scope", "patient/*.rs")];
    refused(ask(&bench, bench.source(), &form).await, StatusCode::BAD_REQUEST, "invalid_scope").await;

    let pat = pat(&bench).await;
    let path = format!("Patient/{}", paul.patient());
    outcome(get_fhir(bench.source(), &path, &pat).await, StatusCode::UNAUTHORIZED).await;
    refused(get(&bench, "account/resources", &pat).await, StatusCode::UNAUTHORIZED, "invalid_token").await;

    let body = json!({ "name": "X", "owner": paul.patient(), "resource_scopes": ["patient/Patient.rs"] });
    for token in [paul.access(), &rpt(&bench, &path).await] {
        for path in ["authz/protection/resource_set", "authz/protection/permission"] {
            let request = client().post(link(bench.source(), path)).bearer_auth(token).json(&body);
            let answer = request.send().await.unwrap();
            assert!(matches!(answer.status(), StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED));
        }
    }
    bench.sandbox.advance_clock(Duration::from_secs(301));
    let late = get(&bench, "authz/protection/resource_set", &pat).await;
    refused(late, StatusCode::UNAUTHORIZED, "invalid_token").await;
    assert_eq!(policies(&bench), before);
}

#[tokio::test]
async fn the_resource_server_registers_asks_and_introspects() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    let pat = pat(&bench).await;
    let sets = link(bench.source(), "authz/protection/resource_set");
    let body = json!({
        "name": "Dental", "type": "http://example.org/dental", "owner": paul.patient(),
        "resource_scopes": ["patient/Procedure.rs"]
    });
    let made = client().post(&sets).bearer_auth(&pat).json(&body).send().await.unwrap();
    assert_eq!(made.status(), StatusCode::CREATED);
    let made = json(made).await;
    let id = made["_id"].as_str().unwrap();
    assert!(made["user_access_policy_uri"].as_str().unwrap().ends_with(id));
    let shown = json(client().get(format!("{sets}/{id}")).bearer_auth(&pat).send().await.unwrap()).await;
    assert_eq!(shown["name"], "Dental");

    let permission = link(bench.source(), "authz/protection/permission");
    let wrong = json!({ "resource_id": id, "resource_scopes": ["patient/Patient.rs"] });
    let wrong = client().post(&permission).bearer_auth(&pat).json(&wrong).send().await.unwrap();
    refused(wrong, StatusCode::BAD_REQUEST, "invalid_scope").await;
    let unknown = json!([{ "resource_id": "none", "resource_scopes": ["patient/Patient.rs"] }]);
    let unknown = client().post(&permission).bearer_auth(&pat).json(&unknown).send().await.unwrap();
    refused(unknown, StatusCode::BAD_REQUEST, "invalid_resource_id").await;
    allow_set(&bench, &paul, id, "patient/Procedure.rs").await;
    let right = json!([{ "resource_id": id, "resource_scopes": ["patient/Procedure.rs"] }]);
    let right = client().post(&permission).bearer_auth(&pat).json(&right).send().await.unwrap();
    assert_eq!(right.status(), StatusCode::CREATED);
    let ticket = json(right).await["ticket"].as_str().unwrap().to_owned();
    let token = json(show(&bench, &ticket, &[]).await).await["access_token"].as_str().unwrap().to_owned();

    let about = introspect(&bench, &pat, &token).await;
    assert_eq!((&about["active"], &about["permissions"][0]["resource_id"]), (&json!(true), &json!(id)));
    assert!(about["permissions"][0]["exp"].is_number());
    assert_eq!(introspect(&bench, &pat, paul.access()).await, json!({ "active": false }));
    let spy = client().post(link(bench.source(), "uma/introspect")).bearer_auth(&token);
    let spy = spy.form(&[("token", &token)]).send().await.unwrap();
    assert_eq!(spy.status(), StatusCode::FORBIDDEN);

    let gone = client().delete(format!("{sets}/{id}")).bearer_auth(&pat).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert_eq!(introspect(&bench, &pat, &token).await, json!({ "active": false }));
}

async fn allow_set(bench: &Bench, owner: &Session, id: &str, scope: &str) {
    let body = json!([{ "username": user(bench), "scopes": [scope] }]);
    let path = link(bench.source(), &format!("account/resources/{id}/permissions"));
    let answer = client().put(path).bearer_auth(owner.access()).json(&body).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

async fn introspect(bench: &Bench, pat: &str, token: &str) -> Value {
    let request = client().post(link(bench.source(), "uma/introspect")).bearer_auth(pat);
    json(request.form(&[("token", token)]).send().await.unwrap()).await
}

#[tokio::test]
async fn only_the_owner_decides_and_only_what_there_is() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    let jon = session(bench.source(), "Jon Lindqvist", SOURCE_SCOPE).await;
    let reader = session(bench.source(), "Paul Tindall", "launch/patient patient/Patient.rs").await;
    let pauls = set(&bench, &paul, "Patient").await;
    let path = link(bench.source(), &format!("account/resources/{pauls}/permissions"));
    let put = async |token: &str, body: Value| {
        client().put(&path).bearer_auth(token).json(&body).send().await.unwrap()
    };
    let right = json!([{ "username": user(&bench), "scopes": ["patient/Patient.rs"] }]);
    refused(put(jon.access(), right.clone()).await, StatusCode::NOT_FOUND, "not_found").await;
    refused(put(reader.access(), right.clone()).await, StatusCode::FORBIDDEN, "access_denied").await;
    let wrong = json!([{ "username": user(&bench), "scopes": ["patient/Condition.rs"] }]);
    refused(put(paul.access(), wrong).await, StatusCode::BAD_REQUEST, "invalid_scope").await;
    let wrong = json!([{ "username": "somebody", "scopes": ["patient/Patient.rs"] }]);
    refused(put(paul.access(), wrong).await, StatusCode::BAD_REQUEST, "invalid_request").await;
    refused(put(paul.access(), json!([])).await, StatusCode::BAD_REQUEST, "invalid_request").await;
    assert_eq!(policies(&bench), []);
    assert_eq!(put(paul.access(), right).await.status(), StatusCode::NO_CONTENT);
    let token = rpt(&bench, &format!("Patient/{}", paul.patient())).await;
    let party = put(&token, json!([{ "username": user(&bench), "scopes": [] }])).await;
    refused(party, StatusCode::FORBIDDEN, "access_denied").await;
    assert!(policies(&bench)[0].live);
}

#[tokio::test]
async fn an_owner_may_use_the_policy_api_too() {
    let bench = played().await;
    let paul = bench.paul_at_source().await;
    let jon = session(bench.source(), "Jon Lindqvist", SOURCE_SCOPE).await;
    let set = set(&bench, &paul, "Patient").await;
    let api = link(bench.source(), "authz/protection/uma-policy");
    let body = json!({
        "name": "For my care", "description": "d", "scopes": ["patient/Patient.rs"],
        "clients": [bench.target().base().as_str()]
    });
    let made = client().post(format!("{api}/{set}")).bearer_auth(paul.access()).json(&body);
    let made = made.send().await.unwrap();
    assert_eq!(made.status(), StatusCode::OK);
    let made = json(made).await;
    assert_eq!((&made["type"], &made["clients"][0]), (&json!("uma"), &json!(bench.target().base().as_str())));
    let id = made["id"].as_str().unwrap();
    let list = client().get(format!("{api}?resource={set}")).bearer_auth(paul.access());
    assert_eq!(json(list.send().await.unwrap()).await, json!([made]));
    let jons = client().delete(format!("{api}/{id}")).bearer_auth(jon.access()).send().await.unwrap();
    refused(jons, StatusCode::NOT_FOUND, "not_found").await;
    assert!(policies(&bench)[0].live);
    let gone = client().delete(format!("{api}/{id}")).bearer_auth(paul.access()).send().await.unwrap();
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert!(!policies(&bench)[0].live);
}

#[tokio::test]
async fn an_owner_decides_on_the_page_behind_the_policy_address() {
    let bench = bench(Uma::Page, Duration::from_millis(40)).await;
    let paul = session(bench.source(), "Paul Tindall", &format!("{SOURCE_SCOPE} uma_protection")).await;
    let ids = json(get(&bench, "authz/protection/resource_set", paul.access()).await).await;
    let id = ids[0].as_str().unwrap();
    let shown = json(get(&bench, &format!("authz/protection/resource_set/{id}"), paul.access()).await).await;
    let uri = shown["user_access_policy_uri"].as_str().unwrap();
    let path = uri.strip_prefix(&link(bench.source(), "")).unwrap();

    let owner = Person::of(bench.source(), "Paul Tindall");
    let page = owner.get(path).await;
    let form = [
        ("csrf", page.hidden("csrf")),
        ("next", page.hidden("next")),
        ("username", owner.login.username.clone()),
        ("password", owner.login.password.clone()),
    ];
    let signed_in = owner.post("my/apps/sign-in", &form.map(|(k, v)| (k.to_owned(), v))).await;
    assert_eq!(signed_in.headers()["location"], "/my/sharing");
    let page = owner.get("my/sharing").await;
    let boxes = page.values("allow");
    let vaccines = boxes.iter().find(|one| one.ends_with(" patient/Immunization.rs")).unwrap();
    let mut form = vec![
        ("csrf".to_owned(), page.hidden("csrf")),
        ("patient".to_owned(), page.hidden("patient")),
        ("allow".to_owned(), vaccines.clone()),
    ];
    assert_eq!(owner.post("my/sharing", &form).await.status(), StatusCode::SEE_OTHER);
    assert!(policies(&bench).iter().any(|policy| policy.live && policy.resource == "Immunization"));
    tell_target(&bench, &paul).await;
    until(bench.target(), "a round", |r| r.connections.first().is_some_and(|c| c.rounds >= 1)).await;

    form[0].1 = "forged".to_owned();
    form.pop();
    assert_eq!(owner.post("my/sharing", &form).await.status(), StatusCode::FORBIDDEN);
    assert!(policies(&bench).iter().any(|policy| policy.live));
    form[0].1 = owner.get("my/sharing").await.hidden("csrf");
    owner.post("my/sharing", &form).await;
    assert!(policies(&bench).iter().all(|policy| !policy.live));
    until(bench.target(), "a refusal", |r| r.connections[0].state == ConnectionState::Refused).await;
}
