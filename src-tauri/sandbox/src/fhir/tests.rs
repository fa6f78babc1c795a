//! The API over real HTTP on the loopback, with a token that spells out what it may do.

mod consents;
mod doors;
mod searches;

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::HeaderMap;
use reqwest::{Method, RequestBuilder, StatusCode};
use rusqlite::Connection;
use serde_json::{Value, json};

use super::*;
use crate::ways::FhirVersion;

/// A running server. Its tokens read `patient;consent;scopes`, either of the first two may be empty.
struct Server {
    root: String,
    base: String,
    client: reqwest::Client,
    resources: Arc<Resources>,
    changes: Arc<AtomicU32>,
}

/// What came back.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

const ALL: &str = "paul;;patient/*.cruds";

impl Server {
    async fn start() -> Self {
        Self::speaking(FhirVersion::R4).await
    }

    async fn speaking(version: FhirVersion) -> Self {
        let db = Arc::new(Mutex::new(Connection::open_in_memory().unwrap()));
        let resources = Arc::new(Resources::open(db, version).unwrap());
        let changes = Arc::new(AtomicU32::new(0));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let base = format!("{root}/fhir");
        let counted = changes.clone();
        let state = FhirState {
            resources: resources.clone(),
            ways: Ways { fhir: version, ..Ways::default() },
            base: base.parse().unwrap(),
            name: "Spruce Harbor Clinic".to_owned(),
            authenticate: Arc::new(authenticate),
            now: Arc::new(|| "2026-01-15T10:00:00Z".parse().unwrap()),
            changed: Arc::new(move || {
                counted.fetch_add(1, Ordering::SeqCst);
            }),
            oauth: Some(OauthUris {
                extension: "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris",
                uris: vec![("authorize", format!("{root}/authorize")), ("token", format!("{root}/token"))],
            }),
        };
        // Operations are added beside these routes, so the two must not get in each other's way.
        let operations = Router::new()
            .route("/Consent/{id}/$authorize", post(async || "authorized"))
            .route("/$connect", post(async || "connected"));
        let app = Router::new().nest("/fhir", routes(state).merge(operations));
        tokio::spawn(async { axum::serve(listener, app).await.unwrap() });
        Self { root, base, client: client(), resources, changes }
    }

    fn load(&self, patient: &str, resources: &[Value]) {
        self.resources.load(resources, Some(patient), "2026-01-15T09:00:00Z".parse().unwrap()).unwrap();
    }

    fn request(&self, method: Method, path: &str, token: &str) -> RequestBuilder {
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base) };
        self.client.request(method, url).bearer_auth(token)
    }

    async fn get(&self, path: &str, token: &str) -> Answer {
        send(self.request(Method::GET, path, token)).await
    }

    /// Ids of a search, in order.
    async fn ids(&self, path: &str, token: &str) -> String {
        let answer = self.get(path, token).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.json);
        ids(&answer.json).join(" ")
    }
}

impl Answer {
    /// Status and issue code, for refusals.
    fn refused(&self) -> (u16, &str) {
        assert_eq!(self.json["resourceType"], "OperationOutcome", "{}", self.json);
        assert_eq!(self.json["issue"][0]["severity"], "error");
        (self.status.as_u16(), self.json["issue"][0]["code"].as_str().unwrap())
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

#[expect(clippy::disallowed_methods, reason = "a test's own client, for the loopback only")]
fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let json = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or(Value::Null);
    Answer { status, headers, json }
}

fn authenticate(headers: &HeaderMap) -> Result<Access, Denied> {
    let token = headers.get("authorization").ok_or(Denied::Missing)?.to_str().unwrap();
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match token.trim_start_matches("Bearer ").splitn(3, ';').collect::<Vec<_>>().as_slice() {
        [patient, consent, scopes] => Ok(Access {
            user: None,
            who: "app".to_owned(),
            patient: some(patient),
            scopes: Scopes::parse(scopes),
            consent: some(consent),
        }),
        _ => Err(Denied::Invalid("the token has \"expired\"".to_owned())),
    }
}

fn ids(bundle: &Value) -> Vec<&str> {
    let entries = bundle["entry"].as_array().map(Vec::as_slice).unwrap_or_default();
    entries.iter().map(|entry| entry["resource"]["id"].as_str().unwrap()).collect()
}

fn observation(id: &str, patient: &str, date: &str, category: &str) -> Value {
    json!({
        "resourceType": "Observation", "id": id, "status": "final",
        "category": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": category}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]},
        "subject": {"reference": format!("Patient/{patient}")},
        "effectiveDateTime": date
    })
}
