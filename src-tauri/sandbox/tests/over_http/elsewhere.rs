//! Pattern 1: a person connects the target to the source on the target's own page, and ends it where they want.

use std::time::Duration;

use consentry_sandbox::{AuthorizationState, ConnectionState, Ways};
use reqwest::{Response, StatusCode, header::LOCATION};

use crate::{
    bench::{Bench, SOURCE_SCOPE, client, get_fhir, link, session, until},
    person::{Page, Person},
};

const PAGE: &str = "my/records-elsewhere";

async fn bench() -> Bench {
    let ways = [Ways::default(), Ways { connects_itself: true, ..Ways::default() }];
    Bench::with_ways(ways, Duration::from_millis(40)).await
}

fn fields(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn location(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// Signs in to the page, by the target's own sign-in.
async fn signed_in<'a>(bench: &'a Bench) -> (Person<'a>, Page) {
    let paul = Person::of(bench.target(), "Paul Tindall");
    let page = paul.get(PAGE).await;
    let login = paul.login.clone();
    let form = fields(&[
        ("csrf", &page.hidden("csrf")),
        ("next", &page.hidden("next")),
        ("username", &login.username),
        ("password", &login.password),
    ]);
    assert_eq!(location(&paul.post("my/apps/sign-in", &form).await), "/my/records-elsewhere");
    let page = paul.get(PAGE).await;
    (paul, page)
}

/// Leaves the page for the source's sign-in, and allows there. The way back, not yet gone.
async fn allowed_at_source(bench: &Bench, paul: &Person<'_>, page: &Page) -> String {
    let form = fields(&[("csrf", &page.hidden("csrf")), ("patient", &page.hidden("patient"))]);
    let away = location(&paul.post(PAGE, &form).await);
    assert!(away.starts_with(&link(bench.source(), "oauth/authorize")), "{away}");
    let there = Person::of(bench.source(), "Paul Tindall");
    let path = away.strip_prefix(&link(bench.source(), "")).unwrap();
    let sign_in = there.get(path).await;
    assert!(sign_in.html.contains("Tern Bay Hospital"), "the person sees who asks");
    let password = there.login.password.clone();
    let next = location(&there.signs_in(&sign_in, &password).await);
    let decision = there.get(&next).await;
    let mut form = fields(&[
        ("csrf", &decision.hidden("csrf")),
        ("request", &decision.hidden("request")),
        ("decision", "allow"),
    ]);
    form.extend(decision.values("scope").into_iter().map(|scope| ("scope".to_owned(), scope)));
    location(&there.post("oauth/allow", &form).await)
}

/// All the way.
async fn connected(bench: &Bench) -> Person<'_> {
    let (paul, page) = signed_in(bench).await;
    let back = allowed_at_source(bench, &paul, &page).await;
    let path = back.strip_prefix(&link(bench.target(), "")).unwrap().to_owned();
    let page = paul.get(&path).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.html);
    until(bench.target(), "two rounds", |r| r.connections.first().is_some_and(|c| c.rounds >= 2)).await;
    paul
}

#[tokio::test]
async fn a_person_connects_the_target_on_its_own_page_and_the_source_lists_it() {
    let bench = bench().await;
    connected(&bench).await;
    let source = bench.source().records();
    assert_eq!(source.authorizations.len(), 1);
    assert_eq!(source.authorizations[0].app, bench.target().base().as_str());
    assert_eq!(source.authorizations[0].state, AuthorizationState::Live);
    assert_eq!(source.consents.len(), 1, "the sign-in wrote a Consent");
    assert_eq!(source.refresh_reuse, 0, "every refresh token was used once");
    let app = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    let path = format!("Consent/{}/$authorizations", source.consents[0].id);
    let list = get_fhir(bench.source(), &path, app.access()).await.text().await.unwrap();
    assert!(list.contains(bench.target().base().as_str()), "{list}");
}

#[tokio::test]
async fn it_ends_at_the_source_by_the_patients_app() {
    let bench = bench().await;
    connected(&bench).await;
    let app = session(bench.source(), "Paul Tindall", SOURCE_SCOPE).await;
    let consent = bench.source().records().consents[0].id.clone();
    assert_eq!(bench.revoke(&app, &consent).await.status(), StatusCode::OK);
    until(bench.target(), "a refusal", |r| r.connections[0].state == ConnectionState::Refused).await;
}

#[tokio::test]
async fn it_ends_on_the_sources_page_of_apps() {
    let bench = bench().await;
    connected(&bench).await;
    let paul = Person::of(bench.source(), "Paul Tindall");
    let page = paul.get("my/apps").await;
    let login = paul.login.clone();
    let form = fields(&[
        ("csrf", &page.hidden("csrf")),
        ("username", &login.username),
        ("password", &login.password),
    ]);
    paul.post("my/apps/sign-in", &form).await;
    let page = paul.get("my/apps").await;
    assert!(page.html.contains("Tern Bay Hospital fetches the record"), "{}", page.html);
    let form = fields(&[("csrf", &page.hidden("csrf")), ("sign-in", &page.hidden("sign-in"))]);
    assert_eq!(paul.post("my/apps/end", &form).await.status(), StatusCode::SEE_OTHER);
    until(bench.target(), "a refusal", |r| r.connections[0].state == ConnectionState::Refused).await;
    assert_eq!(bench.source().records().authorizations[0].state, AuthorizationState::Revoked);
}

#[tokio::test]
async fn it_ends_at_the_target_by_giving_the_tokens_back() {
    let bench = bench().await;
    let paul = connected(&bench).await;
    let page = paul.get(PAGE).await;
    let form = fields(&[("csrf", &page.hidden("csrf")), ("patient", &page.hidden("patient"))]);
    assert_eq!(location(&paul.post("my/records-elsewhere/end", &form).await), "/my/records-elsewhere");
    assert_eq!(bench.target().records().connections[0].state, ConnectionState::Ended);
    assert_eq!(bench.source().records().authorizations[0].state, AuthorizationState::Revoked);
}

#[tokio::test]
async fn only_the_browser_that_left_can_come_back_and_only_once() {
    let bench = bench().await;
    let (paul, page) = signed_in(&bench).await;
    let back = allowed_at_source(&bench, &paul, &page).await;
    let stranger = client().get(&back).send().await.unwrap();
    assert_eq!(stranger.status(), StatusCode::BAD_REQUEST);
    let path = back.strip_prefix(&link(bench.target(), "")).unwrap().to_owned();
    let foreign = path.replace("iss=", "iss=http%3A%2F%2Felsewhere.example&was=");
    assert_eq!(paul.get(&foreign).await.status, StatusCode::FORBIDDEN);
    assert_eq!(paul.get(&path).await.status, StatusCode::BAD_REQUEST, "a mixed-up answer spends the try");
    assert_eq!(bench.target().records().connections, []);
    assert_eq!(bench.source().records().authorizations, []);
}

#[tokio::test]
async fn a_form_from_elsewhere_begins_nothing() {
    let bench = bench().await;
    let (paul, page) = signed_in(&bench).await;
    let form = fields(&[("csrf", "forged"), ("patient", &page.hidden("patient"))]);
    assert_eq!(paul.post(PAGE, &form).await.status(), StatusCode::FORBIDDEN);
    let plain = Bench::without_copier().await;
    let answer = client().get(link(plain.target(), PAGE)).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NOT_FOUND, "most hospitals have no such page");
}
