//! Stands between the app and one practice hospital: passes everything on under its own address, remembers what both
//! said, and changes single answers as a test wants.
//!
//! To the app, the hospital lives here. Its issuer and its id_tokens keep the hospital's own name, which the SMART
//! configuration says openly; its introductions are signed anew, because they name the address.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{
    Algorithm, EncodingKey, Header,
    jwk::{Jwk, PublicKeyUse},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};
use url::{Url, form_urlencoded};

/// Largest body that is passed on.
const LARGEST: usize = 16 * 1024 * 1024;
const KID: &str = "in-between";

/// What the app asks of a hospital.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Call {
    /// The SMART configuration.
    Smart,
    /// `/metadata`.
    Metadata,
    /// The keys.
    Jwks,
    /// Code or refresh token for tokens.
    Token,
    /// RFC 7009.
    EndToken,
    /// Save a Consent.
    ConsentCreate,
    /// Read one Consent.
    ConsentRead,
    /// Look for Consents.
    ConsentSearch,
    /// Change a Consent.
    ConsentUpdate,
    /// `$jwt`.
    Jwt,
    /// `$authorize`.
    Authorize,
    /// `$connect`.
    Connect,
    /// `$authorizations`.
    Authorizations,
    /// `$revokeAuthorization`.
    Revoke,
    /// A Patient.
    Patient,
    /// AuditEvents.
    Audit,
    /// Anything else.
    Other,
}

impl Call {
    fn of(method: &str, path: &str) -> Self {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        match (method, parts.as_slice()) {
            ("GET", ["fhir", ".well-known", "smart-configuration"]) => Self::Smart,
            ("GET", ["fhir", "metadata"]) => Self::Metadata,
            ("GET", ["jwks"]) => Self::Jwks,
            ("POST", ["oauth", "token"]) => Self::Token,
            ("POST", ["oauth", "revoke"]) => Self::EndToken,
            ("POST", ["fhir", "Consent"]) => Self::ConsentCreate,
            ("GET", ["fhir", "Consent"]) => Self::ConsentSearch,
            ("GET", ["fhir", "Consent", _]) => Self::ConsentRead,
            ("PUT", ["fhir", "Consent", _]) => Self::ConsentUpdate,
            ("GET", ["fhir", "$jwt"]) => Self::Jwt,
            ("POST", ["fhir", "$connect"]) => Self::Connect,
            ("POST", ["fhir", "Consent", _, "$authorize"]) => Self::Authorize,
            ("GET", ["fhir", "Consent", _, "$authorizations"]) => Self::Authorizations,
            ("POST", ["fhir", "Consent", _, "$revokeAuthorization"]) => Self::Revoke,
            ("GET", ["fhir", "Patient", ..]) => Self::Patient,
            ("GET", ["fhir", "AuditEvent", ..]) => Self::Audit,
            _ => Self::Other,
        }
    }
}

/// An answer of the test's own.
#[derive(Clone, Debug)]
pub struct Canned {
    /// The status.
    pub status: u16,
    /// Header fields.
    pub fields: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Canned {
    /// A body of some type.
    #[must_use]
    pub fn new(status: u16, media: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, fields: vec![("content-type", media.to_owned())], body: body.into() }
    }

    /// JSON, called FHIR when it has a `resourceType`.
    #[must_use]
    pub fn json(status: u16, body: &Value) -> Self {
        let fhir = body.get("resourceType").is_some();
        Self::new(status, if fhir { "application/fhir+json" } else { "application/json" }, body.to_string())
    }

    /// A page, as a network that wants a sign-in shows it.
    #[must_use]
    pub fn page(status: u16) -> Self {
        Self::new(status, "text/html", "<!doctype html><title>Welcome</title><h1>Guest network</h1>")
    }

    /// No body.
    #[must_use]
    pub const fn bare(status: u16) -> Self {
        Self { status, fields: Vec::new(), body: Vec::new() }
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, to: &str) -> Self {
        Self { status, fields: vec![("location", to.to_owned())], body: Vec::new() }
    }
}

type Edit = Arc<dyn Fn(&mut Value) + Send + Sync>;

/// What happens to an answer.
#[derive(Clone)]
pub enum Twist {
    /// The hospital hears nothing, the app gets this.
    Instead(Canned),
    /// The hospital does it, the app gets this.
    After(Canned),
    /// The hospital's JSON is changed on its way.
    Edit(Edit),
    /// The hospital's answer comes with these instead of its own fields of the same name.
    Fields(Vec<(&'static str, String)>),
    /// Half of the hospital's body.
    Half,
}

impl Twist {
    /// Changes the hospital's JSON.
    pub fn edit(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Edit(Arc::new(change))
    }
}

struct Rule {
    call: Call,
    twist: Twist,
    once: bool,
}

/// One request and its answer, as the app sees them.
#[derive(Clone, Debug)]
pub struct Seen {
    /// What was asked.
    pub call: Call,
    /// Path and query.
    pub target: String,
    /// The `Authorization` field.
    pub authorization: Option<String>,
    /// The body of the request.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The body of the answer.
    pub answered: String,
}

/// What the two stand-ins of a pair of hospitals share: who stands for whom, and the key of the introductions.
pub struct Pair {
    /// Origins: as the app sees it, and the hospital's own.
    names: Mutex<Vec<(String, String)>>,
    /// Introductions signed here, and what they stand for.
    originals: Mutex<HashMap<String, String>>,
    key: EncodingKey,
    jwk: Jwk,
}

impl Pair {
    /// A pair of nobody yet.
    ///
    /// # Panics
    /// When no key can be made.
    #[must_use]
    pub fn new() -> Arc<Self> {
        let key = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect("a key");
        let key = EncodingKey::from_ec_der(key.to_pkcs8v1().expect("a key").as_ref());
        let mut jwk = Jwk::from_encoding_key(&key, Algorithm::ES256).expect("a public key");
        jwk.common.key_id = Some(KID.to_owned());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Arc::new(Self { names: Mutex::default(), originals: Mutex::default(), key, jwk })
    }

    /// Signs claims with the key that the stand-ins publish.
    ///
    /// # Panics
    /// When they cannot be signed.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(KID.to_owned()), ..Header::new(Algorithm::ES256) };
        jsonwebtoken::encode(&header, claims, &self.key).expect("a JWT")
    }

    /// Its key, as a set.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({"keys": [self.jwk]})
    }

    fn introduces(&self, original: &str) -> Option<String> {
        let claims = BASE64_URL_SAFE_NO_PAD.decode(original.trim().split('.').nth(1)?).ok()?;
        let claims = self.for_app(&String::from_utf8(claims).ok()?);
        let signed = self.sign(&serde_json::from_str(&claims).ok()?);
        lock(&self.originals).insert(signed.clone(), original.trim().to_owned());
        Some(signed)
    }

    fn for_app(&self, text: &str) -> String {
        lock(&self.names).iter().fold(text.to_owned(), |text, (front, back)| text.replace(back, front))
    }

    /// The other way, also where it is percent-encoded.
    #[must_use]
    pub fn for_hospital(&self, text: &str) -> String {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let text = lock(&self.names).iter().fold(text.to_owned(), |text, (front, back)| {
            text.replace(front, back).replace(&encoded(front), &encoded(back))
        });
        lock(&self.originals).iter().fold(text, |text, (signed, original)| text.replace(signed, original))
    }
}

/// A stand-in for one hospital.
pub struct Proxy {
    base: Url,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

struct Inner {
    back: String,
    pair: Arc<Pair>,
    rules: Mutex<Vec<Rule>>,
    seen: Mutex<Vec<Seen>>,
    http: reqwest::Client,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Starts to stand for the hospital whose FHIR base this is.
    ///
    /// # Panics
    /// When no port can be opened.
    #[expect(clippy::disallowed_methods, reason = "a stand-in is not the app's way out")]
    pub async fn start(pair: Arc<Pair>, hospital: &Url) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let front = format!("http://127.0.0.1:{}", listener.local_addr().expect("an address").port());
        let back = hospital.origin().ascii_serialization();
        lock(&pair.names).push((front.clone(), back.clone()));
        let base = Url::parse(&format!("{front}{}", hospital.path())).expect("a base");
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build();
        let inner = Arc::new(Inner {
            back,
            pair,
            rules: Mutex::default(),
            seen: Mutex::default(),
            http: http.expect("a client"),
        });
        let router = Router::new().fallback(pass).with_state(inner.clone());
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Self { base, inner, task }
    }

    /// The hospital's FHIR base, as the app knows it.
    #[must_use]
    pub fn base(&self) -> &Url {
        &self.base
    }

    /// Twists the next answer to a call.
    pub fn once(&self, call: Call, twist: Twist) {
        lock(&self.inner.rules).push(Rule { call, twist, once: true });
    }

    /// Twists every answer to a call, until [`Proxy::honest`].
    pub fn always(&self, call: Call, twist: Twist) {
        lock(&self.inner.rules).push(Rule { call, twist, once: false });
    }

    /// Twists nothing any more.
    pub fn honest(&self) {
        lock(&self.inner.rules).clear();
    }

    /// Everything that was asked and answered.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        lock(&self.inner.seen).clone()
    }
}

impl Inner {
    fn twist(&self, call: Call) -> Option<Twist> {
        let mut rules = lock(&self.rules);
        let at = rules.iter().position(|rule| rule.call == call)?;
        if rules.get(at)?.once { Some(rules.remove(at).twist) } else { Some(rules.get(at)?.twist.clone()) }
    }

    /// The hospital's answer, in the app's terms.
    async fn ask(&self, call: Call, method: &str, target: &str, fields: &HeaderMap, body: &str) -> Canned {
        let url = format!("{}{}", self.back, self.pair.for_hospital(target));
        let mut request = self.http.request(method.parse().expect("a method"), url);
        for (name, value) in fields {
            let own = [header::HOST, header::CONTENT_LENGTH, header::CONNECTION, header::TRANSFER_ENCODING];
            if !own.contains(name) {
                let value = self.pair.for_hospital(value.to_str().unwrap_or_default());
                request = request.header(name.clone(), value);
            }
        }
        let answer = request.body(self.pair.for_hospital(body)).send().await;
        let Ok(answer) = answer else { return Canned::bare(502) };
        let status = answer.status().as_u16();
        let field = |name: &'static str| {
            let value = answer.headers().get(name)?.to_str().ok()?;
            Some((name, self.pair.for_app(value)))
        };
        let fields = ["content-type", "etag", "location", "content-location", "date"].into_iter();
        let fields = fields.filter_map(field).collect();
        let text = answer.text().await.unwrap_or_default();
        Canned { status, fields, body: self.translated(call, status, &text).into_bytes() }
    }

    fn translated(&self, call: Call, status: u16, text: &str) -> String {
        match call {
            Call::Jwt if status == 200 => {
                self.pair.introduces(text).unwrap_or_else(|| self.pair.for_app(text))
            }
            Call::Smart => {
                let mut document: Value = serde_json::from_str(&self.pair.for_app(text)).unwrap_or_default();
                document["issuer"] = json!(self.back);
                document.to_string()
            }
            Call::Jwks => {
                let mut keys: Value = serde_json::from_str(text).unwrap_or_default();
                if let Some(keys) = keys.get_mut("keys").and_then(Value::as_array_mut) {
                    keys.push(serde_json::to_value(&self.pair.jwk).unwrap_or_default());
                }
                keys.to_string()
            }
            _ => self.pair.for_app(text),
        }
    }
}

async fn pass(State(inner): State<Arc<Inner>>, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST).await.unwrap_or_default();
    let asked = String::from_utf8_lossy(&body).into_owned();
    let target = parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let call = Call::of(parts.method.as_str(), parts.uri.path());
    let hospital = inner.ask(call, parts.method.as_str(), &target, &parts.headers, &asked);
    let answer = match inner.twist(call) {
        None => hospital.await,
        Some(Twist::Instead(canned)) => canned,
        Some(Twist::After(canned)) => {
            hospital.await;
            canned
        }
        Some(Twist::Edit(change)) => {
            let mut answer = hospital.await;
            if let Ok(mut json) = serde_json::from_slice(&answer.body) {
                change(&mut json);
                answer.body = json.to_string().into_bytes();
            }
            answer
        }
        Some(Twist::Fields(fields)) => {
            let mut answer = hospital.await;
            answer.fields.retain(|(name, _)| fields.iter().all(|(own, _)| own != name));
            answer.fields.extend(fields);
            answer
        }
        Some(Twist::Half) => {
            let mut answer = hospital.await;
            answer.body.truncate(answer.body.len() / 2);
            answer
        }
    };
    let authorization = parts.headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    lock(&inner.seen).push(Seen {
        call,
        target: target.clone(),
        authorization: authorization.map(str::to_owned),
        asked: asked.clone(),
        status: answer.status,
        answered: String::from_utf8_lossy(&answer.body).into_owned(),
    });
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).expect("a status");
    for (name, value) in answer.fields {
        let value = HeaderValue::from_str(&value).expect("a field");
        response.headers_mut().insert(HeaderName::from_static(name), value);
    }
    response
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
