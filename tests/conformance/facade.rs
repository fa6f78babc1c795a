//! A FHIR base with one made-up patient, whose sign-in is a program that nobody here wrote.

use std::sync::{Arc, Mutex, PoisonError};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::get,
};
use serde_json::{Value, json};
use url::Url;

/// The patient of the sign-ins.
pub(crate) const PATIENT: &str = "p1";

/// A running FHIR base.
pub(crate) struct Facade {
    pub(crate) base: Url,
    bearers: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone)]
struct Known {
    configuration: Arc<Value>,
    bearers: Arc<Mutex<Vec<String>>>,
}

impl Facade {
    /// Starts one that names these sign-in endpoints (a document of OpenID discovery) as its own.
    ///
    /// # Panics
    /// When no socket is free.
    pub(crate) async fn start(openid: &Value) -> Self {
        let bearers = Arc::<Mutex<Vec<String>>>::default();
        let known = Known { configuration: Arc::new(configuration(openid)), bearers: bearers.clone() };
        let routes = Router::new()
            .route("/fhir/.well-known/smart-configuration", get(smart_configuration))
            .route("/fhir/metadata", get(metadata))
            .route("/fhir/Patient/p1", get(patient))
            .route("/fhir/Consent", get(consents))
            .with_state(known);
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { base: Url::parse(&format!("http://127.0.0.1:{port}/fhir")).expect("a base"), bearers }
    }

    /// Every access token that was shown, each once, in order.
    pub(crate) fn bearers(&self) -> Vec<String> {
        let mut seen = self.bearers.lock().unwrap_or_else(PoisonError::into_inner).clone();
        seen.dedup();
        seen
    }
}

fn configuration(openid: &Value) -> Value {
    let mut document = json!({
        "capabilities": ["launch-standalone", "client-public", "sso-openid-connect", "permission-offline", "permission-v2"],
        "scopes_supported": ["openid", "fhirUser", "launch/patient", "offline_access", "patient/*.rs"],
    });
    for member in [
        "issuer",
        "jwks_uri",
        "authorization_endpoint",
        "token_endpoint",
        "revocation_endpoint",
        "introspection_endpoint",
        "grant_types_supported",
        "code_challenge_methods_supported",
        "authorization_response_iss_parameter_supported",
    ] {
        document[member] = openid[member].clone();
    }
    document
}

async fn smart_configuration(State(known): State<Known>) -> Json<Value> {
    Json(known.configuration.as_ref().clone())
}

async fn metadata() -> Json<Value> {
    Json(json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-01-15",
        "kind": "instance",
        "implementation": {"description": "Made-up Clinic"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": [
            {"type": "Patient", "interaction": [{"code": "read"}]},
            {"type": "Consent", "interaction": [{"code": "create"}, {"code": "search-type"}]},
        ]}],
    }))
}

fn heard(known: &Known, headers: &HeaderMap) -> Result<(), StatusCode> {
    let bearer =
        headers.get("authorization").and_then(|v| v.to_str().ok()).and_then(|v| v.strip_prefix("Bearer "));
    let bearer = bearer.ok_or(StatusCode::UNAUTHORIZED)?;
    known.bearers.lock().unwrap_or_else(PoisonError::into_inner).push(bearer.to_owned());
    Ok(())
}

async fn patient(State(known): State<Known>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    heard(&known, &headers)?;
    Ok(Json(json!({
        "resourceType": "Patient",
        "id": PATIENT,
        "name": [{"family": "Tindall", "given": ["Paul", "Everett"]}],
        "birthDate": "1961-03-14",
        "gender": "male",
    })))
}

async fn consents(State(known): State<Known>, headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    heard(&known, &headers)?;
    Ok(Json(json!({"resourceType": "Bundle", "type": "searchset", "total": 0})))
}
