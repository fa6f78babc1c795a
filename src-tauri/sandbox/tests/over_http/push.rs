//! Direct push: what really leaves as sealed mail, what never does, and what the list says of it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use consentry_sandbox::{AddressForm, Direct, MailServer as Server, PushState, Ways};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::{
    bench::{
        Bench, CONSENT_SCOPES, Session, client, consent, get_fhir, knows, outcome, parameters, post_fhir,
        session, until,
    },
    mail::{MailServer, Mailbox, Mood},
};

const SCOPE: &str = "openid fhirUser launch/patient patient/Patient.rs patient/Observation.rs \
                     patient/AuditEvent.rs patient/Consent.crus Consent/flow";

const ADDRESS: &str = "records@direct.elsewhere.example";

/// A source that mails to a mail server of the test.
struct Scene {
    bench: Bench,
    server: MailServer,
    mailbox: Mailbox,
    paul: Session,
}

impl Scene {
    async fn new() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut Direct)) -> Self {
        let (server, mailbox) = (MailServer::start().await, Mailbox::new(ADDRESS));
        let mut direct = Direct {
            server: Server::At(server.at),
            certificates: BTreeMap::from([(ADDRESS.to_owned(), mailbox.certificate())]),
            form: AddressForm::Either,
        };
        change(&mut direct);
        let bench = Bench::speaking(Ways { direct: Some(direct), ..Ways::default() }, Ways::default()).await;
        let paul = session(bench.source(), "Paul Tindall", SCOPE).await;
        Self { bench, server, mailbox, paul }
    }

    async fn call(&self, id: &str, name: &str, parameter: &[Value]) -> reqwest::Response {
        let path = format!("Consent/{id}/${name}");
        post_fhir(self.bench.source(), &path, self.paul.access(), &parameters(parameter)).await
    }

    async fn start(&self, id: &str) {
        let answer = self.call(id, "pushStart", &[to(&format!("mailto:{ADDRESS}"))]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    }

    async fn stop(&self, id: &str) {
        let answer = self.call(id, "pushStop", &[to(&format!("mailto:{ADDRESS}"))]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
    }

    async fn list(&self, id: &str) -> Value {
        let path = format!("Consent/{id}/$listPush");
        let answer = get_fhir(self.bench.source(), &path, self.paul.access()).await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    /// Waits until the status of the one push says so.
    async fn told(&self, id: &str, words: &str) {
        let says = |list: &Value| {
            list.pointer("/parameter/0/part/1/valueString").and_then(Value::as_str).map(str::to_owned)
        };
        let mut changes = self.bench.source().watch();
        let wait = async {
            loop {
                changes.borrow_and_update();
                if says(&self.list(id).await).is_some_and(|status| status.contains(words)) {
                    return;
                }
                changes.changed().await.unwrap();
            }
        };
        if tokio::time::timeout(Duration::from_secs(30), wait).await.is_err() {
            panic!("never told {words}: {}", self.list(id).await);
        }
    }

    /// A nurse corrects one measurement of Paul's.
    fn correct_one_record(&self) {
        let db = rusqlite::Connection::open(self.bench.source_file()).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        let changed = db
            .execute(
                "UPDATE fhir_resource SET version = version + 1 WHERE key =
                 (SELECT MIN(key) FROM fhir_resource WHERE type = 'Observation' AND patient = ?1)",
                [self.paul.patient()],
            )
            .unwrap();
        assert_eq!(changed, 1);
    }

    /// Lets the sender look several more times: each round of another push proves one.
    async fn some_rounds(&self) {
        let other = self.bench.consent_with(&self.paul, &["patient/Patient.rs"], "2099-01-01").await;
        for domain in ["one.example", "two.example", "three.example"] {
            let answer = self.call(&other, "pushStart", &[to(&format!("x@{domain}"))]).await;
            assert_eq!(answer.status(), StatusCode::OK);
            until(self.bench.source(), "a later push was looked at", |records| {
                let tried = |push: &&consentry_sandbox::PushRecord| push.address.ends_with(domain);
                records.pushes.iter().find(tried).is_some_and(|push| push.trouble.is_some())
            })
            .await;
        }
    }
}

fn to(address: &str) -> Value {
    json!({ "name": "address", "valueUri": address })
}

fn resources(bundle: &Value) -> Vec<&Value> {
    bundle["entry"].as_array().unwrap().iter().map(|entry| &entry["resource"]).collect()
}

#[tokio::test]
async fn mails_exactly_what_the_consent_grants_signed_and_sealed() {
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    let letters = scene.server.wait_for(1).await;
    let letter = &letters[0];
    assert_eq!(letter.from, "records@direct.spruce-harbor.example");
    assert_eq!(letter.to, ADDRESS);
    let clear = String::from_utf8_lossy(&letter.raw);
    assert!(clear.contains("application/pkcs7-mime"));
    assert!(!clear.contains("Tindall") && !clear.contains("resourceType"));

    let own = scene.bench.source().mail_certificate().unwrap();
    let bundle = scene.mailbox.open(letter, &own);
    assert_eq!(bundle["type"], "collection");
    let kinds: BTreeSet<&str> =
        resources(&bundle).iter().map(|resource| resource["resourceType"].as_str().unwrap()).collect();
    assert_eq!(kinds, BTreeSet::from(["Observation", "Patient"]));
    let me = format!("Patient/{}", scene.paul.patient());
    for resource in resources(&bundle) {
        let about = match resource["resourceType"].as_str() {
            Some("Patient") => format!("Patient/{}", resource["id"].as_str().unwrap()),
            _ => resource["subject"]["reference"].as_str().unwrap().to_owned(),
        };
        assert_eq!(about, me);
    }
    let counted = get_fhir(scene.bench.source(), "Observation?_summary=count", scene.paul.access()).await;
    let counted: Value = counted.json().await.unwrap();
    let records = u64::try_from(resources(&bundle).len()).unwrap();
    assert_eq!(records, counted["total"].as_u64().unwrap() + 1);
    scene.told(&id, &format!("{records} records sent; last ")).await;
    let kept = until(scene.bench.source(), "counted", |records| records.pushes[0].letters == 1).await;
    assert_eq!(kept.pushes[0].records, records);
    assert_eq!(kept.pushes[0].state, PushState::Live);
    assert!(!scene.mailbox.verifies(&scene.mailbox.certificate()), "somebody else's signature must not do");
}

#[tokio::test]
async fn a_narrowed_scope_narrows_the_letter() {
    let scene = Scene::new().await;
    let scopes = ["patient/Observation.rs?category=laboratory"];
    let id = scene.bench.consent_with(&scene.paul, &scopes, "2099-01-01").await;
    scene.start(&id).await;
    let letters = scene.server.wait_for(1).await;
    let bundle = scene.mailbox.open(&letters[0], &scene.bench.source().mail_certificate().unwrap());
    for resource in resources(&bundle) {
        assert_eq!(resource["category"][0]["coding"][0]["code"], "laboratory", "{resource}");
    }
}

#[tokio::test]
async fn sends_nothing_twice_and_what_changed_once_more() {
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    scene.server.wait_for(1).await;
    scene.start(&id).await;
    scene.some_rounds().await;
    assert_eq!(scene.server.letters().len(), 1);
    scene.correct_one_record();
    let letters = scene.server.wait_for(2).await;
    let bundle = scene.mailbox.open(&letters[1], &scene.bench.source().mail_certificate().unwrap());
    assert_eq!(resources(&bundle).len(), 1);
    assert_eq!(resources(&bundle)[0]["resourceType"], "Observation");
    scene.some_rounds().await;
    assert_eq!(scene.server.letters().len(), 2);
}

#[tokio::test]
async fn nothing_more_arrives_after_a_stop() {
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    scene.server.wait_for(1).await;
    scene.stop(&id).await;
    let sent = scene.server.letters().len();
    scene.correct_one_record();
    scene.some_rounds().await;
    assert_eq!(scene.server.letters().len(), sent);
    assert_eq!(scene.list(&id).await, json!({ "resourceType": "Parameters" }));
    // A lost reply can be asked for again.
    scene.stop(&id).await;
}

#[tokio::test]
async fn nothing_more_arrives_once_the_consent_is_closed() {
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    scene.server.wait_for(1).await;
    let mut closed = consent(scene.paul.patient(), CONSENT_SCOPES, "2099-01-01");
    closed["id"] = json!(id);
    closed["status"] = json!("inactive");
    let url = format!("{}/Consent/{id}", scene.bench.source().base());
    let request = client().put(url).bearer_auth(scene.paul.access());
    let answer = request
        .header("content-type", "application/fhir+json")
        .body(closed.to_string())
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let sent = scene.server.letters().len();
    scene.correct_one_record();
    scene.some_rounds().await;
    assert_eq!(scene.server.letters().len(), sent);
    scene.told(&id, "not sent: the Consent is not active").await;
}

#[tokio::test]
async fn nothing_more_arrives_once_its_time_is_over() {
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    let two_days = json!({ "name": "duration", "valueDuration": { "value": 2, "code": "d" } });
    let answer = scene.call(&id, "pushStart", &[to(ADDRESS), two_days]).await;
    let answer: Value = answer.json().await.unwrap();
    let given = answer.pointer("/parameter/1/valueDuration/value").and_then(Value::as_i64).unwrap();
    assert!((172_790..=172_800).contains(&given), "{answer}");
    until(scene.bench.source(), "one went out", |records| records.pushes[0].letters == 1).await;
    scene.bench.sandbox.advance_clock(Duration::from_secs(3 * 86_400));
    scene.correct_one_record();
    let records =
        until(scene.bench.source(), "over", |records| records.pushes[0].state == PushState::Over).await;
    assert_eq!(records.pushes[0].letters, 1);
    assert_eq!(scene.server.letters().len(), 1);
}

#[tokio::test]
async fn an_address_without_a_certificate_gets_nothing_and_is_told() {
    let scene = Scene::with(|direct| direct.certificates.clear()).await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    scene.told(&id, "not sent: no certificate is known for this address; nothing sent yet").await;
    assert!(scene.server.letters().is_empty());
}

#[tokio::test]
async fn the_certificate_of_another_address_seals_nothing() {
    let stranger = Mailbox::new("somebody@direct.other.example").certificate();
    let scene = Scene::with(|direct| {
        direct.certificates.insert(ADDRESS.to_owned(), stranger);
    })
    .await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    scene.told(&id, "the certificate that is known for this address belongs to another").await;
    assert!(scene.server.letters().is_empty());
}

#[tokio::test]
async fn a_refusal_and_a_pause_of_the_mail_server_are_told_and_tried_again() {
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.server.mood(Mood::Refuses);
    scene.start(&id).await;
    scene.told(&id, "refuses: 5.1.1 nobody of that name").await;
    scene.server.mood(Mood::Later);
    scene.told(&id, "asks to try later").await;
    assert!(scene.server.letters().is_empty());
    scene.server.mood(Mood::Takes);
    scene.server.wait_for(1).await;
    scene.told(&id, "records sent; last ").await;
}

#[tokio::test]
async fn a_mail_server_that_is_down_is_told_and_tried_again() {
    let mut scene = Scene::new().await;
    let at = scene.server.at;
    drop(std::mem::replace(&mut scene.server, MailServer::start().await));
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    scene.told(&id, "the mail server cannot be reached").await;
    scene.server = MailServer::at(at).await;
    scene.server.wait_for(1).await;
    assert_eq!(scene.server.letters().len(), 1);
}

#[tokio::test]
async fn a_way_decides_which_form_of_address_is_taken_and_both_mean_the_same_mailbox() {
    let bare = "records@DIRECT.elsewhere.example";
    let mailto = format!("mailto:{ADDRESS}");
    for (form, taken, refused) in
        [(AddressForm::MailtoOnly, mailto.as_str(), bare), (AddressForm::BareOnly, bare, mailto.as_str())]
    {
        let scene = Scene::with(|direct| direct.form = form).await;
        let id = scene.bench.consent(&scene.paul).await;
        let before = knows(scene.bench.source());
        outcome(scene.call(&id, "pushStart", &[to(refused)]).await, StatusCode::BAD_REQUEST).await;
        assert_eq!(knows(scene.bench.source()), before);
        let answer = scene.call(&id, "pushStart", &[to(taken)]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{form:?}");
    }
    let scene = Scene::new().await;
    let id = scene.bench.consent(&scene.paul).await;
    scene.start(&id).await;
    assert_eq!(scene.call(&id, "pushStop", &[to(bare)]).await.status(), StatusCode::OK);
    assert_eq!(knows(scene.bench.source()).pushes.len(), 1);
    assert_eq!(knows(scene.bench.source()).pushes[0].state, PushState::Stopped);
}

#[tokio::test]
async fn refuses_what_is_not_allowed_and_changes_nothing() {
    let scene = Scene::new().await;
    let source = scene.bench.source();
    let id = scene.bench.consent(&scene.paul).await;
    let wide = scene.bench.consent_with(&scene.paul, &["patient/Condition.rs"], "2099-01-01").await;
    let without = session(source, "Paul Tindall", &SCOPE.replace(" Consent/flow", "")).await;
    let jon = session(source, "Jon Lindqvist", SCOPE).await;
    let before = knows(source);

    for odd in ["mailto:", "nobody", "a@b.example,c@d.example", "a@b.example?cc=c@d.example"] {
        outcome(scene.call(&id, "pushStart", &[to(odd)]).await, StatusCode::BAD_REQUEST).await;
    }
    outcome(scene.call(&id, "pushStart", &[]).await, StatusCode::BAD_REQUEST).await;
    outcome(scene.call(&wide, "pushStart", &[to(ADDRESS)]).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    let long = json!({ "name": "duration", "valueDuration": { "value": 200, "code": "a" } });
    outcome(scene.call(&id, "pushStart", &[to(ADDRESS), long]).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    outcome(scene.call(&id, "pushStop", &[to(ADDRESS)]).await, StatusCode::NOT_FOUND).await;
    let path = format!("Consent/{id}/$pushStart");
    let body = parameters(&[to(ADDRESS)]);
    outcome(post_fhir(source, &path, without.access(), &body).await, StatusCode::FORBIDDEN).await;
    outcome(post_fhir(source, &path, jon.access(), &body).await, StatusCode::NOT_FOUND).await;
    let list = format!("Consent/{id}/$listPush");
    outcome(get_fhir(source, &list, without.access()).await, StatusCode::FORBIDDEN).await;
    outcome(get_fhir(source, &list, jon.access()).await, StatusCode::NOT_FOUND).await;

    assert_eq!(knows(source), before);
    assert!(scene.server.letters().is_empty());
}

#[tokio::test]
async fn an_ehr_that_does_not_mail_offers_no_such_scope_and_operation() {
    let bench = Bench::start().await;
    let paul = session(bench.source(), "Paul Tindall", SCOPE).await;
    assert!(!paul.reply["scope"].as_str().unwrap().contains("Consent/flow"));
    let metadata = get_fhir(bench.source(), "metadata", "").await.text().await.unwrap();
    assert!(!metadata.contains("pushStart"));
    let scene = Scene::new().await;
    let metadata = get_fhir(scene.bench.source(), "metadata", "").await.text().await.unwrap();
    assert!(metadata.contains("pushStart") && metadata.contains("listPush") && metadata.contains("pushStop"));
}

#[tokio::test]
async fn the_other_hospital_opens_the_letter_and_keeps_the_records_in_the_right_chart() {
    let mails = || Ways { direct: Some(Direct::default()), ..Ways::default() };
    let bench = Bench::speaking(mails(), mails()).await;
    let paul = session(bench.source(), "Paul Tindall", SCOPE).await;
    let there = bench.paul_at_target().await;
    let id = bench.consent(&paul).await;
    let address = bench.target().mail_address().unwrap();
    let path = format!("Consent/{id}/$pushStart");
    let answer = post_fhir(bench.source(), &path, paul.access(), &parameters(&[to(&address)])).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let got = until(bench.target(), "a letter was taken in", |records| !records.letters.is_empty()).await;
    assert_eq!(got.letters[0].patient, there.patient());
    let sent = until(bench.source(), "counted", |records| records.pushes[0].letters == 1).await;
    assert_eq!(got.letters[0].records, sent.pushes[0].records);
    let found = format!("Patient?_source={}&_summary=count", bench.source().base());
    let found: Value = get_fhir(bench.target(), &found, there.access()).await.json().await.unwrap();
    assert_eq!(found["total"], 1);
}
