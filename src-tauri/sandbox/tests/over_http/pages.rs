//! Attacks on the sign-in pages and the authorization request.

use reqwest::StatusCode;

use crate::{
    bench::{Bench, client, get_fhir, knows, link, redeem, session_for},
    person::{Callback, Launch, Page, Person, REDIRECT},
};

const SCOPE: &str = "launch/patient patient/Patient.rs patient/Observation.rs";

/// Opens a bad request; nothing may change and no page to sign in may appear.
async fn refused_to_the_app(bench: &Bench, launch: &Launch, error: &str) -> Callback {
    let before = knows(bench.source());
    let callback = Callback::of(&launch.open().await);
    assert_eq!(callback.get("error"), Some(error), "{callback:?}");
    assert_eq!(callback.get("code"), None);
    let issuer = bench.source().origin().as_str().trim_end_matches('/').to_owned();
    assert_eq!(callback.get("iss"), Some(issuer.as_str()));
    assert_eq!(knows(bench.source()), before);
    callback
}

async fn refused_on_a_page(bench: &Bench, launch: &Launch) {
    let before = knows(bench.source());
    let answer = launch.open().await;
    assert!(answer.headers().get("location").is_none());
    let page = Page::of(answer).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.values("password").is_empty() && !page.html.contains("name=\"password\""));
    assert_eq!(knows(bench.source()), before);
}

#[tokio::test]
async fn refuses_a_plain_challenge() {
    let bench = Bench::start().await;
    let launch = Launch::new(bench.source(), SCOPE).with("code_challenge_method", "plain");
    refused_to_the_app(&bench, &launch, "invalid_request").await;
    let launch = launch.without("code_challenge_method");
    refused_to_the_app(&bench, &launch, "invalid_request").await;
}

#[tokio::test]
async fn refuses_a_missing_challenge() {
    let bench = Bench::start().await;
    let launch = Launch::new(bench.source(), SCOPE).without("code_challenge");
    let callback = refused_to_the_app(&bench, &launch, "invalid_request").await;
    assert_eq!(callback.get("state"), Some("state-of-this-try"));
}

#[tokio::test]
async fn refuses_the_base_of_another_ehr_as_aud() {
    let bench = Bench::start().await;
    let other = bench.target().base().as_str();
    let launch = Launch::new(bench.source(), SCOPE).with("aud", other);
    refused_to_the_app(&bench, &launch, "invalid_request").await;
    refused_to_the_app(&bench, &launch.without("aud"), "invalid_request").await;
}

#[tokio::test]
async fn refuses_a_missing_state() {
    let bench = Bench::start().await;
    let launch = Launch::new(bench.source(), SCOPE).without("state");
    refused_to_the_app(&bench, &launch, "invalid_request").await;
}

#[tokio::test]
async fn refuses_the_implicit_flow_and_unknown_scopes() {
    let bench = Bench::start().await;
    let launch = Launch::new(bench.source(), SCOPE);
    let implicit = launch.clone().with("response_type", "token");
    refused_to_the_app(&bench, &implicit, "unsupported_response_type").await;
    let nothing = launch.with("scope", "system/*.cruds launch");
    refused_to_the_app(&bench, &nothing, "invalid_scope").await;
}

#[tokio::test]
async fn never_redirects_to_a_stranger() {
    let bench = Bench::start().await;
    for uri in [
        "http://localhost:43117/callback/spruce-harbor",
        "https://evil.example/callback/spruce-harbor",
        "http://127.0.0.1:43117/elsewhere",
    ] {
        let launch = Launch::new(bench.source(), SCOPE).with("redirect_uri", uri);
        refused_on_a_page(&bench, &launch).await;
    }
    let unknown = Launch::new(bench.source(), SCOPE).with("client_id", "somebody-else");
    refused_on_a_page(&bench, &unknown).await;
}

#[tokio::test]
async fn refuses_a_parameter_that_comes_twice() {
    let bench = Bench::start().await;
    let launch = Launch::new(bench.source(), SCOPE);
    let mut twice: Vec<(String, String)> = launch.parameters.clone().into_iter().collect();
    twice.push(("redirect_uri".into(), "http://127.0.0.1:43117/callback/other".into()));
    let answer = client().get(link(bench.source(), "oauth/authorize")).query(&twice).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn refuses_a_wrong_password() {
    let bench = Bench::start().await;
    let before = knows(bench.source());
    let paul = Person::of(bench.source(), "Paul Tindall");
    let page = paul.opens(&Launch::new(bench.source(), SCOPE)).await;
    let answer = paul.signs_in(&page, "not-the-password").await;
    let page = Page::of(answer).await;
    assert_eq!(page.status, StatusCode::UNAUTHORIZED);
    assert!(page.html.contains("aria-invalid=\"true\""));
    // The same page takes the right one afterwards.
    assert_eq!(paul.signs_in(&page, &paul.login.password).await.status(), StatusCode::SEE_OTHER);
    assert_eq!(knows(bench.source()), before);
}

#[tokio::test]
async fn skipping_the_sign_in_leads_nowhere() {
    let bench = Bench::start().await;
    let paul = Person::of(bench.source(), "Paul Tindall");
    let page = paul.opens(&Launch::new(bench.source(), SCOPE)).await;
    let form = [
        ("csrf".to_owned(), page.hidden("csrf")),
        ("request".to_owned(), page.hidden("request")),
        ("decision".to_owned(), "allow".to_owned()),
        ("scope".to_owned(), "patient/Patient.rs".to_owned()),
    ];
    let answer = paul.post("oauth/allow", &form).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert!(answer.headers().get("location").is_none());
}

#[tokio::test]
async fn refuses_to_allow_without_the_csrf_value() {
    let bench = Bench::start().await;
    let before = knows(bench.source());
    let paul = Person::of(bench.source(), "Paul Tindall");
    let page = paul.reaches_decision(&Launch::new(bench.source(), SCOPE), None).await;
    let mut form = vec![
        ("request".to_owned(), page.hidden("request")),
        ("decision".to_owned(), "allow".to_owned()),
        ("scope".to_owned(), "patient/Patient.rs".to_owned()),
    ];
    assert_eq!(paul.post("oauth/allow", &form).await.status(), StatusCode::FORBIDDEN);
    form.push(("csrf".to_owned(), "guessed".to_owned()));
    assert_eq!(paul.post("oauth/allow", &form).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(knows(bench.source()), before);
}

#[tokio::test]
async fn refuses_a_form_from_another_browser() {
    let bench = Bench::start().await;
    let paul = Person::of(bench.source(), "Paul Tindall");
    let page = paul.reaches_decision(&Launch::new(bench.source(), SCOPE), None).await;
    let form = [
        ("csrf".to_owned(), page.hidden("csrf")),
        ("request".to_owned(), page.hidden("request")),
        ("decision".to_owned(), "allow".to_owned()),
        ("scope".to_owned(), "patient/Patient.rs".to_owned()),
    ];
    paul.forgets_cookies();
    assert_eq!(paul.post("oauth/allow", &form).await.status(), StatusCode::FORBIDDEN);
    // A second browser with a session of its own cannot take over the first one's request either.
    paul.opens(&Launch::new(bench.source(), SCOPE)).await;
    assert_eq!(paul.post("oauth/allow", &form).await.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn refuses_a_chart_that_is_not_theirs() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let paul = session_for(ehr, "Paul Tindall", SCOPE, None).await;
    let maria = Person::of(ehr, "Maria Okafor");
    let page = maria.opens(&Launch::new(ehr, SCOPE)).await;
    let answer = maria.signs_in(&page, &maria.login.password).await;
    let next = answer.headers()["location"].to_str().unwrap().to_owned();
    let page = maria.get(&next).await;
    assert_eq!(page.values("patient").len(), 2, "herself and Ada");
    let before = knows(ehr);
    let answer = maria.chooses(&page, paul.patient()).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(knows(ehr), before);
}

#[tokio::test]
async fn a_mother_signs_in_for_her_child_as_a_related_person() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let maria = Person::of(ehr, "Maria Okafor");
    let page = maria.opens(&Launch::new(ehr, SCOPE)).await;
    let answer = maria.signs_in(&page, &maria.login.password).await;
    let page = maria.get(answer.headers()["location"].to_str().unwrap()).await;
    let ada = page.values("patient")[1].clone();
    let scope = "openid fhirUser launch/patient patient/Patient.rs patient/RelatedPerson.rs";
    let session = session_for(ehr, "Maria Okafor", scope, Some(&ada)).await;
    assert_eq!(session.patient(), ada);
    let id_token = session.reply["id_token"].as_str().unwrap();
    let claims: serde_json::Value = jsonwebtoken::dangerous::insecure_decode_claims(id_token).unwrap();
    let user = claims["fhirUser"].as_str().unwrap();
    let user = user.strip_prefix(ehr.base().as_str()).unwrap().trim_start_matches('/');
    assert!(user.starts_with("RelatedPerson/"), "{user}");
    let read = get_fhir(ehr, user, session.access()).await;
    assert_eq!(read.status(), StatusCode::OK);
}

#[tokio::test]
async fn grants_only_what_stays_ticked_and_only_what_was_asked() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let launch = Launch::new(ehr, SCOPE);
    let paul = Person::of(ehr, "Paul Tindall");
    let callback = paul.decides(&launch, None, &["patient/Observation.rs"], "allow").await;
    let reply = redeem(ehr, &launch.token_form(&callback.code())).await;
    let reply: serde_json::Value = reply.json().await.unwrap();
    assert_eq!(reply["scope"], "launch/patient patient/Patient.rs");

    let page = paul.reaches_decision(&launch, None).await;
    let form = [
        ("csrf".to_owned(), page.hidden("csrf")),
        ("request".to_owned(), page.hidden("request")),
        ("decision".to_owned(), "allow".to_owned()),
        ("scope".to_owned(), "patient/Patient.rs".to_owned()),
        ("scope".to_owned(), "patient/*.cruds".to_owned()),
    ];
    let callback = Callback::of(&paul.post("oauth/allow", &form).await);
    let reply = redeem(ehr, &launch.token_form(&callback.code())).await;
    let reply: serde_json::Value = reply.json().await.unwrap();
    assert_eq!(reply["scope"], "patient/Patient.rs");
}

#[tokio::test]
async fn a_person_can_say_no() {
    let bench = Bench::start().await;
    let before = knows(bench.source());
    let paul = Person::of(bench.source(), "Paul Tindall");
    let callback = paul.decides(&Launch::new(bench.source(), SCOPE), None, &[], "deny").await;
    assert_eq!(callback.get("error"), Some("access_denied"));
    assert_eq!(callback.get("state"), Some("state-of-this-try"));
    assert_eq!(knows(bench.source()), before);
}

#[tokio::test]
async fn pages_allow_no_script_no_frame_and_no_cache() {
    let bench = Bench::start().await;
    let answer = Launch::new(bench.source(), SCOPE).open().await;
    let headers = answer.headers().clone();
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"));
    assert_eq!(headers["x-frame-options"], "DENY");
    assert_eq!(headers["cache-control"], "no-store");
    let cookie = headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"));
    let page = Page::of(answer).await;
    assert!(page.html.contains("PRACTICE - made-up people"));
    assert!(!page.html.contains("<script") && !page.html.contains(" style="));
    assert!(!REDIRECT.is_empty() && page.html.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn a_person_ends_an_app_on_the_page_of_apps() {
    let bench = Bench::start().await;
    let ehr = bench.source();
    let session = session_for(ehr, "Paul Tindall", SCOPE, None).await;
    let paul = Person::of(ehr, "Paul Tindall");
    let page = paul.get("my/apps").await;
    let answer = paul
        .post(
            "my/apps/sign-in",
            &[
                ("csrf".to_owned(), page.hidden("csrf")),
                ("username".to_owned(), paul.login.username.clone()),
                ("password".to_owned(), paul.login.password.clone()),
            ],
        )
        .await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let page = paul.get("my/apps").await;
    let id = page.hidden("sign-in");
    let form = [("csrf".to_owned(), page.hidden("csrf")), ("sign-in".to_owned(), id)];
    assert_eq!(paul.post("my/apps/end", &form).await.status(), StatusCode::SEE_OTHER);
    assert!(!ehr.records().sign_ins[0].live);
    let path = format!("Patient/{}", session.patient());
    assert_eq!(get_fhir(ehr, &path, session.access()).await.status(), StatusCode::UNAUTHORIZED);
}
