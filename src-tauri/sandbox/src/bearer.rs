//! Who sent a request: the access token behind `Authorization: Bearer` (RFC 6750).
//!
//! A token of an app lives with its sign-in. A token of another EHR lives with its authorization
//! *and* with the Consent: revoked, expired, inactive or narrowed, and it opens nothing from the
//! next request on.

use axum::http::{HeaderMap, header::AUTHORIZATION};

use crate::{
    ccde::{consent, grant, reference::TOKEN_PREFIX},
    central,
    fhir::{Access, Denied},
    hospital::Hospital,
    scope::Scopes,
    secret,
    smart::aidbox,
    store::{Authorization, BackendToken, Kind, Owner, SignIn},
    uma,
    ways::{Backend, Dialect},
};

/// Whose token a request carries, dead or alive.
#[derive(Debug)]
pub(crate) enum Holder {
    /// An app that somebody let in.
    App(SignIn),
    /// Another EHR.
    Target(Box<Authorization>),
    /// Another EHR, by a policy of the owner.
    Party(uma::Bought),
    /// A client without a person; its id.
    Backend(String),
}

impl Holder {
    /// Name for the list of requests.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::App(sign_in) => format!("{} with {}", sign_in.username, sign_in.client),
            Self::Target(authorization) => authorization.app.clone(),
            Self::Party(bought) => bought.client.clone(),
            Self::Backend(client) => client.clone(),
        }
    }
}

/// What the token of a request opens: as this EHR knows it, or as the central server said of this very request.
pub(crate) fn access(site: &Hospital, headers: &HeaderMap) -> Result<Access, Denied> {
    let hash = token_hash(headers).ok_or(Denied::Missing)?;
    central::said(site).unwrap_or_else(|| opens(site, &hash))
}

/// What a token opens, as this EHR knows it.
pub(crate) fn opens(site: &Hospital, hash: &str) -> Result<Access, Denied> {
    let now = site.second();
    if let Some(token) = site.store.backend_token(hash, now).map_err(broken)? {
        return backend(site, token);
    }
    let Some(token) = site.store.token(hash).map_err(broken)? else {
        return uma::access(site, hash).unwrap_or_else(|| Err(dead()));
    };
    if token.kind != Kind::Access || !token.is_live(now) {
        return Err(dead());
    }
    let scopes = Scopes::parse(&token.scope);
    match token.owner {
        Owner::SignIn(id) => {
            let sign_in = site.store.sign_in(id).map_err(broken)?.ok_or_else(dead)?;
            if sign_in.ended.is_some() {
                return Err(dead());
            }
            let person = site.people.person(&sign_in.username);
            let chart =
                person.and_then(|p| p.charts.iter().find(|c| sign_in.patient.as_ref() == Some(&c.patient)));
            let user = chart.map(|c| c.user.clone());
            Ok(Access { who: sign_in.username, patient: sign_in.patient, scopes, user, consent: None })
        }
        Owner::Authorization(id) => {
            let authorization = site.store.authorization(id).map_err(broken)?.ok_or_else(dead)?;
            let stored = site.resources.read("Consent", &authorization.consent).map_err(broken)?;
            let consent = stored.as_ref().map(|stored| consent::Reading::of(site.ways.fhir, &stored.json));
            let permitted = grant::standing(site.ways.dialect, &authorization, consent.as_ref(), now)
                .map_err(|over| Denied::Invalid(over.to_string()))?;
            // In 2017 a token kept what it was given with.
            if site.ways.dialect != Dialect::Reference && !permitted.covers(&scopes) {
                return Err(Denied::Invalid("the Consent was narrowed since".to_owned()));
            }
            Ok(Access {
                who: authorization.app,
                patient: Some(authorization.patient),
                scopes,
                user: None,
                consent: Some(authorization.consent),
            })
        }
    }
}

/// A client without a person: of every patient, within its scopes.
fn backend(site: &Hospital, token: BackendToken) -> Result<Access, Denied> {
    if site.ways.backend == Backend::Aidbox && !aidbox::is_allowed(site, &token.client).map_err(broken)? {
        return Err(Denied::Insufficient("no AccessPolicy lets this client in".to_owned()));
    }
    let scopes = Scopes::backend(&token.scope);
    Ok(Access { who: token.client, patient: None, scopes, user: None, consent: None })
}

/// Whose token it is, also when it no longer opens anything. For counting and the list of requests.
pub(crate) fn holder(site: &Hospital, headers: &HeaderMap) -> Option<(String, Holder)> {
    let hash = token_hash(headers)?;
    if let Some(token) = site.store.backend_token(&hash, site.second()).ok()? {
        return Some((hash, Holder::Backend(token.client)));
    }
    let Some(token) = site.store.token(&hash).ok()? else {
        return uma::bought(site, headers).map(|bought| (hash, Holder::Party(bought)));
    };
    let holder = match token.owner {
        Owner::SignIn(id) => Holder::App(site.store.sign_in(id).ok()??),
        Owner::Authorization(id) => Holder::Target(Box::new(site.store.authorization(id).ok()??)),
    };
    Some((hash, holder))
}

pub(crate) fn token_hash(headers: &HeaderMap) -> Option<String> {
    shown(headers).map(secret::hash)
}

/// The token of a request, as this EHR gave it out.
pub(crate) fn shown(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    // A server of 2017 wrote this before its tokens.
    let token = token.strip_prefix(TOKEN_PREFIX).unwrap_or(token);
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

fn dead() -> Denied {
    Denied::Invalid("this access token is not, or no longer, good".to_owned())
}

fn broken(error: impl std::fmt::Display) -> Denied {
    tracing::error!(%error, "looking up a token failed");
    Denied::Invalid("this access token could not be looked up".to_owned())
}
