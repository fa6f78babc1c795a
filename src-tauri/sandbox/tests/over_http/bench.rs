//! A running pair, and the requests an app would send to it.

use std::{path::PathBuf, sync::OnceLock, time::Duration};

use consentry_sandbox::{Ehr, Options, Records, Sandbox, Storage, Ways};
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::person::{Launch, Person};

/// Longest wait for something that must happen.
const DEADLINE: Duration = Duration::from_secs(30);

pub(crate) const CONSENT_SCOPES: &[&str] = &["patient/Patient.rs", "patient/Observation.rs"];

pub(crate) const SOURCE_SCOPE: &str = "openid fhirUser launch/patient offline_access patient/Patient.rs \
                                patient/Observation.rs patient/AuditEvent.rs patient/Consent.crus \
                                operation/Consent.authorize";

pub(crate) const TARGET_SCOPE: &str = "openid fhirUser launch/patient patient/Patient.rs";

/// A pair in a folder, so that a test can also play the target with the target's own key.
pub(crate) struct Bench {
    pub(crate) sandbox: Sandbox,
    pub(crate) folder: tempfile::TempDir,
}

/// Signed-in app at one EHR.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    pub(crate) reply: Value,
}

impl Session {
    pub(crate) fn access(&self) -> &str {
        self.reply["access_token"].as_str().unwrap()
    }

    pub(crate) fn refresh(&self) -> &str {
        self.reply["refresh_token"].as_str().unwrap()
    }

    pub(crate) fn patient(&self) -> &str {
        self.reply["patient"].as_str().unwrap()
    }
}

impl Bench {
    pub(crate) async fn start() -> Self {
        Self::with_pace(Duration::from_millis(40)).await
    }

    /// A target that does not copy while the test plays it.
    pub(crate) async fn without_copier() -> Self {
        Self::with_pace(Duration::from_secs(3_600)).await
    }

    /// Database of the source.
    pub(crate) fn source_file(&self) -> PathBuf {
        self.folder.path().join("spruce-harbor.sqlite")
    }

    async fn with_pace(pace: Duration) -> Self {
        Self::with(|options| options.pace = pace).await
    }

    /// A pair that speaks like this, source first, with a target that does not dawdle.
    pub(crate) async fn speaking(source: Ways, target: Ways) -> Self {
        Self::with(|options| options.ways = [source, target]).await
    }

    /// A pair that speaks as told.
    pub(crate) async fn with_ways(ways: [Ways; 2], pace: Duration) -> Self {
        Self::with(|options| (options.ways, options.pace) = (ways, pace)).await
    }

    /// A pair that differs from the usual one: fast rounds, in a folder of its own.
    pub(crate) async fn with(change: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut options = Options {
            storage: Storage::Folder(folder.path().to_owned()),
            pace: Duration::from_millis(40),
            ..Options::default()
        };
        change(&mut options);
        Self { sandbox: Sandbox::start(options).await.unwrap(), folder }
    }

    pub(crate) fn source(&self) -> &Ehr {
        &self.sandbox.ehrs()[0]
    }

    pub(crate) fn target(&self) -> &Ehr {
        &self.sandbox.ehrs()[1]
    }

    /// Database of the target.
    pub(crate) fn target_file(&self) -> PathBuf {
        self.folder.path().join("tern-bay.sqlite")
    }

    pub(crate) async fn paul_at_source(&self) -> Session {
        session(self.source(), "Paul Tindall", SOURCE_SCOPE).await
    }

    pub(crate) async fn paul_at_target(&self) -> Session {
        session(self.target(), "Paul Tindall", TARGET_SCOPE).await
    }

    /// An active Consent of Paul's at the source; its id.
    pub(crate) async fn consent(&self, paul: &Session) -> String {
        self.consent_with(paul, CONSENT_SCOPES, "2099-01-01").await
    }

    pub(crate) async fn consent_with(&self, paul: &Session, scopes: &[&str], end: &str) -> String {
        let body = consent(paul.patient(), scopes, end);
        let made = post_fhir(self.source(), "Consent", paul.access(), &body).await;
        assert_eq!(made.status(), StatusCode::CREATED);
        let made: Value = made.json().await.unwrap();
        made["id"].as_str().unwrap().to_owned()
    }

    /// The target's introduction.
    pub(crate) async fn introduction(&self) -> String {
        introduction(self.target(), self.source()).await
    }

    pub(crate) async fn authorize(&self, paul: &Session, consent: &str, jwt: &str) -> Response {
        let body = parameters(&[json!({ "name": "jwt", "valueString": jwt })]);
        let path = format!("Consent/{consent}/$authorize");
        post_fhir(self.source(), &path, paul.access(), &body).await
    }

    /// Consent and authorization for Tern Bay; the Consent id.
    pub(crate) async fn authorized(&self, paul: &Session) -> String {
        let consent = self.consent(paul).await;
        let answer = self.authorize(paul, &consent, &self.introduction().await).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
        consent
    }

    pub(crate) async fn connect(&self, paul: &Session, consent: &str) -> Response {
        let body = parameters(&[
            json!({ "name": "url", "valueUri": self.source().base().as_str() }),
            json!({ "name": "Consent", "valueId": consent }),
        ]);
        post_fhir(self.target(), "$connect", paul.access(), &body).await
    }

    pub(crate) async fn revoke(&self, paul: &Session, consent: &str) -> Response {
        let app = json!({ "name": "app-id", "valueUri": self.target().base().as_str() });
        let path = format!("Consent/{consent}/$revokeAuthorization");
        post_fhir(self.source(), &path, paul.access(), &parameters(&[app])).await
    }
}

/// Signs somebody in through the real pages and redeems the code.
pub(crate) async fn session(ehr: &Ehr, who: &str, scope: &str) -> Session {
    session_for(ehr, who, scope, None).await
}

pub(crate) async fn session_for(ehr: &Ehr, who: &str, scope: &str, patient: Option<&str>) -> Session {
    let launch = Launch::new(ehr, scope);
    let code = Person::of(ehr, who).allows(&launch, patient).await.code();
    let reply = redeem(ehr, &launch.token_form(&code)).await;
    assert_eq!(reply.status(), StatusCode::OK, "{}", reply.text().await.unwrap());
    Session { reply: reply.json().await.unwrap() }
}

pub(crate) async fn redeem(ehr: &Ehr, form: &[(&str, &str)]) -> Response {
    client().post(link(ehr, "oauth/token")).form(form).send().await.unwrap()
}

pub(crate) async fn introduction(ehr: &Ehr, source: &Ehr) -> String {
    let answer = client()
        .get(format!("{}/$jwt", ehr.base()))
        .query(&[("source", source.base().as_str())])
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "application/jwt");
    answer.text().await.unwrap()
}

pub(crate) async fn get_fhir(ehr: &Ehr, path: &str, token: &str) -> Response {
    client().get(format!("{}/{path}", ehr.base())).bearer_auth(token).send().await.unwrap()
}

pub(crate) async fn post_fhir(ehr: &Ehr, path: &str, token: &str, body: &Value) -> Response {
    client()
        .post(format!("{}/{path}", ehr.base()))
        .bearer_auth(token)
        .header("content-type", "application/fhir+json")
        .body(body.to_string())
        .send()
        .await
        .unwrap()
}

/// The client of all tests. It keeps no connection open, because each test has a runtime of its own.
pub(crate) fn client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "an app of its own, not the one under test")]
    CLIENT.get_or_init(|| {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .timeout(DEADLINE)
            .build()
            .unwrap()
    })
}

pub(crate) fn link(ehr: &Ehr, path: &str) -> String {
    format!("{}{path}", ehr.origin())
}

pub(crate) fn parameters(parameter: &[Value]) -> Value {
    json!({ "resourceType": "Parameters", "parameter": parameter })
}

pub(crate) fn consent(patient: &str, scopes: &[&str], end: &str) -> Value {
    let class: Vec<Value> = scopes
        .iter()
        .map(|scope| json!({ "system": "http://smarthealthit.org/fhir/scopes", "code": scope }))
        .collect();
    json!({
        "resourceType": "Consent",
        "status": "active",
        "scope": { "coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/consentscope", "code": "patient-privacy"
        }] },
        "category": [{ "coding": [{ "system": "http://loinc.org", "code": "59284-0" }] }],
        "patient": { "reference": format!("Patient/{patient}") },
        "policy": [{ "uri": "http://hl7.org/fhir/ConsentDefinition/simple-oauth" }],
        "policyRule": { "coding": [{
            "system": "urn:ietf:rfc:3986",
            "code": "http://hl7.org/fhir/ConsentDefinition/simple-oauth"
        }] },
        "provision": {
            "period": { "start": "2020-01-01", "end": end },
            "provision": [{
                "type": "permit",
                "action": [{ "coding": [{
                    "system": "http://terminology.hl7.org/CodeSystem/consentaction",
                    "code": "access"
                }] }],
                "class": class
            }]
        }
    })
}

/// What an EHR knows, without the list of requests: that one grows with every attack.
pub(crate) fn knows(ehr: &Ehr) -> Records {
    Records { requests: Vec::new(), ..ehr.records() }
}

/// Waits for the EHR's own records to say so.
pub(crate) async fn until(ehr: &Ehr, what: &str, holds: impl Fn(&Records) -> bool) -> Records {
    let mut changes = ehr.watch();
    let wait = async {
        loop {
            changes.borrow_and_update();
            let records = ehr.records();
            if holds(&records) {
                return records;
            }
            changes.changed().await.unwrap();
        }
    };
    match tokio::time::timeout(DEADLINE, wait).await {
        Ok(records) => records,
        Err(_) => panic!("{} never came to: {what}; it knows {:#?}", ehr.name(), knows(ehr)),
    }
}

/// Asserts an OperationOutcome of this status; gives back its text.
pub(crate) async fn outcome(answer: Response, status: StatusCode) -> String {
    let got = answer.status();
    let body: Value = answer.json().await.unwrap();
    assert_eq!(got, status, "{body}");
    assert_eq!(body["resourceType"], "OperationOutcome");
    body["issue"][0]["diagnostics"].as_str().unwrap().to_owned()
}

/// Asserts an OAuth error.
pub(crate) async fn oauth_error(answer: Response, status: StatusCode, error: &str) {
    let got = answer.status();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body: Value = answer.json().await.unwrap();
    assert_eq!((got, body["error"].as_str()), (status, Some(error)), "{body}");
}
