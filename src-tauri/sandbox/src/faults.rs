//! What an EHR does wrong on request: a queue of faults per exchange, and bad manners that stay.
//!
//! Faults happen on the wire and not in the app, so recovery is exercised against real lost replies,
//! real stalls and real refusals.

use std::{
    collections::{HashMap, VecDeque},
    str::FromStr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Faults of one EHR; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Faults {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug, Default)]
struct Inner {
    queues: HashMap<Exchange, VecDeque<Fault>>,
    manners: Manners,
}

/// Bad manners that stay until they are taken back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Manners {
    pub(crate) lies_on_revoke: bool,
    pub(crate) grants_more: bool,
    pub(crate) refuses_target: Option<String>,
    pub(crate) refuses_connect: Option<String>,
    pub(crate) connect_accepts_as_error: bool,
    pub(crate) down: bool,
}

/// What happens to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answered with this status and nothing done. The body, when given, is sent as JSON, as
    /// `application/fhir+json` when it has a `resourceType`.
    Status(u16, Option<serde_json::Value>),
    /// Answered with this status and an HTML error page; nothing done.
    Html(u16),
    /// Nothing done, and the connection breaks without an answer.
    LoseReplyBeforeCommit,
    /// Everything done, and the connection breaks without an answer.
    LoseReplyAfterCommit,
    /// Nothing done, and no answer ever.
    StallBeforeCommit,
    /// Everything done, and no answer ever.
    StallAfterCommit,
}

/// One kind of request. `Peer…` are requests of the other EHR, all others those of apps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exchange {
    /// `GET /fhir/.well-known/smart-configuration`
    SmartConfiguration,
    /// `GET /fhir/metadata`
    Metadata,
    /// `GET /jwks`
    Jwks,
    /// `POST /oauth/token`
    Token,
    /// `POST /fhir/Consent`
    ConsentCreate,
    /// `GET /fhir/Consent/{id}` and `GET /fhir/Consent`
    ConsentRead,
    /// `PUT /fhir/Consent/{id}`
    ConsentUpdate,
    /// `GET /fhir/$jwt`
    Jwt,
    /// `POST /fhir/Consent/{id}/$authorize`
    Authorize,
    /// `POST /fhir/$connect`
    Connect,
    /// `GET /fhir/Consent/{id}/$authorizations`
    Authorizations,
    /// `POST /fhir/Consent/{id}/$revokeAuthorization`
    Revoke,
    /// `POST /oauth/cavs`
    Cavs,
    /// `GET /fhir/Patient/{id}` and `GET /fhir/Patient`
    Patient,
    /// `GET /fhir/AuditEvent` and below
    Audit,
    /// The verification service, asked by an EHR
    PeerCavs,
    /// Smart-configuration, asked by the other EHR
    PeerSmartConfiguration,
    /// JWKS, asked by the other EHR
    PeerJwks,
    /// Token exchange of the other EHR
    PeerToken,
    /// Any read or search of the other EHR
    PeerRead,
}

/// No exchange has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no exchange is called {0:?}")]
pub struct UnknownExchange(String);

impl Exchange {
    /// All of them.
    pub const ALL: [Self; 20] = [
        Self::SmartConfiguration,
        Self::Metadata,
        Self::Jwks,
        Self::Token,
        Self::ConsentCreate,
        Self::ConsentRead,
        Self::ConsentUpdate,
        Self::Jwt,
        Self::Authorize,
        Self::Connect,
        Self::Authorizations,
        Self::Revoke,
        Self::Cavs,
        Self::Patient,
        Self::Audit,
        Self::PeerCavs,
        Self::PeerSmartConfiguration,
        Self::PeerJwks,
        Self::PeerToken,
        Self::PeerRead,
    ];

    /// Name in scripts, such as `consent-create`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SmartConfiguration => "smart-configuration",
            Self::Metadata => "metadata",
            Self::Jwks => "jwks",
            Self::Token => "token",
            Self::ConsentCreate => "consent-create",
            Self::ConsentRead => "consent-read",
            Self::ConsentUpdate => "consent-update",
            Self::Jwt => "jwt",
            Self::Authorize => "authorize",
            Self::Connect => "connect",
            Self::Authorizations => "authorizations",
            Self::Revoke => "revoke",
            Self::Cavs => "cavs",
            Self::PeerCavs => "peer-cavs",
            Self::Patient => "patient",
            Self::Audit => "audit",
            Self::PeerSmartConfiguration => "peer-smart-configuration",
            Self::PeerJwks => "peer-jwks",
            Self::PeerToken => "peer-token",
            Self::PeerRead => "peer-read",
        }
    }

    /// Which exchange a request is, if any.
    pub(crate) fn of(method: &str, path: &str, from_peer: bool) -> Option<Self> {
        let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
        if from_peer {
            return match (method, parts.as_slice()) {
                ("GET", ["fhir", ".well-known", "smart-configuration"]) => Some(Self::PeerSmartConfiguration),
                ("GET", ["jwks"]) => Some(Self::PeerJwks),
                ("POST", ["oauth", "token"]) => Some(Self::PeerToken),
                ("POST", ["oauth", "cavs"]) => Some(Self::PeerCavs),
                ("GET", ["fhir", ..]) => Some(Self::PeerRead),
                _ => None,
            };
        }
        match (method, parts.as_slice()) {
            ("GET", ["fhir", ".well-known", "smart-configuration"]) => Some(Self::SmartConfiguration),
            ("GET", ["fhir", "metadata"]) => Some(Self::Metadata),
            ("GET", ["jwks"]) => Some(Self::Jwks),
            ("POST", ["oauth", "token"]) => Some(Self::Token),
            ("POST", ["oauth", "cavs"]) => Some(Self::Cavs),
            ("POST", ["fhir", "Consent"]) => Some(Self::ConsentCreate),
            ("GET", ["fhir", "Consent"] | ["fhir", "Consent", _]) => Some(Self::ConsentRead),
            ("PUT", ["fhir", "Consent", _]) => Some(Self::ConsentUpdate),
            ("GET", ["fhir", "$jwt"]) => Some(Self::Jwt),
            ("POST", ["fhir", "$connect"]) => Some(Self::Connect),
            ("POST", ["fhir", "Consent", _, "$authorize"]) => Some(Self::Authorize),
            ("GET", ["fhir", "Consent", _, "$authorizations"]) => Some(Self::Authorizations),
            ("POST", ["fhir", "Consent", _, "$revokeAuthorization"]) => Some(Self::Revoke),
            ("GET", ["fhir", "Patient", ..]) => Some(Self::Patient),
            ("GET", ["fhir", "AuditEvent", ..]) => Some(Self::Audit),
            _ => None,
        }
    }
}

impl FromStr for Exchange {
    type Err = UnknownExchange;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|exchange| exchange.name() == name)
            .ok_or_else(|| UnknownExchange(name.to_owned()))
    }
}

impl Faults {
    /// Queues a fault for the next request of this kind that has none waiting.
    pub fn next(&self, exchange: Exchange, fault: Fault) {
        self.lock().queues.entry(exchange).or_default().push_back(fault);
    }

    /// Faults that no request has met yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.lock().queues.values().map(VecDeque::len).sum()
    }

    /// Takes back everything: queues and manners.
    pub fn clear(&self) {
        *self.lock() = Inner::default();
    }

    /// Answers 200 to `$revokeAuthorization` and keeps the authorization.
    pub fn lie_on_revoke(&self, on: bool) {
        self.lock().manners.lies_on_revoke = on;
    }

    /// Token replies, Consents read back and `$authorizations` carry more scopes than were asked for.
    pub fn grants_more(&self, on: bool) {
        self.lock().manners.grants_more = on;
    }

    /// `$authorize` refuses every target with this reason.
    pub fn refuse_target(&self, reason: Option<&str>) {
        self.lock().manners.refuses_target = reason.map(str::to_owned);
    }

    /// `$connect` refuses with this reason.
    pub fn refuse_connect(&self, reason: Option<&str>) {
        self.lock().manners.refuses_connect = reason.map(str::to_owned);
    }

    /// `$connect` says yes the way the 2017 server did: 200 with an issue of severity `error`, code
    /// `informational`, "Connection Accepted".
    pub fn connect_accepts_as_error(&self, on: bool) {
        self.lock().manners.connect_accepts_as_error = on;
    }

    /// Every request is answered 503 and the copier rests.
    pub fn down(&self, on: bool) {
        self.lock().manners.down = on;
    }

    pub(crate) fn manners(&self) -> Manners {
        self.lock().manners.clone()
    }

    pub(crate) fn take(&self, exchange: Exchange) -> Option<Fault> {
        self.lock().queues.get_mut(&exchange).and_then(VecDeque::pop_front)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_met_in_order_and_once() {
        let faults = Faults::default();
        faults.next(Exchange::Token, Fault::Html(502));
        faults.next(Exchange::Token, Fault::LoseReplyAfterCommit);
        assert_eq!(faults.take(Exchange::Jwks), None);
        assert_eq!(faults.take(Exchange::Token), Some(Fault::Html(502)));
        assert_eq!(faults.take(Exchange::Token), Some(Fault::LoseReplyAfterCommit));
        assert_eq!(faults.take(Exchange::Token), None);
    }

    #[test]
    fn every_exchange_is_found_by_its_name() {
        for exchange in Exchange::ALL {
            assert_eq!(exchange.name().parse(), Ok(exchange));
        }
        assert!("tea".parse::<Exchange>().is_err());
    }

    #[test]
    fn a_fault_for_apps_is_not_met_by_the_other_ehr() {
        assert_eq!(Exchange::of("POST", "/oauth/token", false), Some(Exchange::Token));
        assert_eq!(Exchange::of("POST", "/oauth/token", true), Some(Exchange::PeerToken));
        assert_eq!(Exchange::of("POST", "/fhir/Consent/7/$authorize", false), Some(Exchange::Authorize));
        assert_eq!(Exchange::of("GET", "/fhir/Consent/7", false), Some(Exchange::ConsentRead));
    }
}
