//! Who sent a request: the access token behind `Authorization: Bearer` (RFC 6750).
//!
//! A token of an app lives with its sign-in. A token of another EHR lives with its authorization
//! *and* with the Consent: revoked, expired, inactive or narrowed, and it opens nothing from the
//! next request on.

use axum::http::{HeaderMap, header::AUTHORIZATION};

use crate::{
    ccde::{consent, grant},
    hospital::Hospital,
    scope::Scopes,
    secret,
    store::{Authorization, Kind, Owner, SignIn},
};

/// Why a request is not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unknown {
    /// No `Authorization: Bearer` header, or not exactly one.
    #[error("this needs an access token")]
    Missing,
    /// A token that was never given out, or is no longer good.
    #[error("this access token is not, or no longer, good")]
    Dead,
    /// The EHR's own store failed.
    #[error("the EHR could not look up the token")]
    Broken,
}

/// A live access token and what it stands for.
#[derive(Debug)]
pub(crate) struct Visitor {
    /// Username and client, or the `app-id` of the other EHR.
    pub(crate) who: String,
    pub(crate) patient: Option<String>,
    pub(crate) scopes: Scopes,
    /// Set when the token belongs to another EHR: the Consent it reads under.
    pub(crate) consent: Option<String>,
}

/// Whose token a request carries, dead or alive.
#[derive(Debug)]
pub(crate) enum Holder {
    /// An app that somebody let in.
    App(SignIn),
    /// Another EHR.
    Target(Box<Authorization>),
}

impl Holder {
    /// Name for the list of requests.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::App(sign_in) => format!("{} with {}", sign_in.username, sign_in.client),
            Self::Target(authorization) => authorization.app.clone(),
        }
    }
}

/// The visitor behind a request's token.
pub(crate) fn visitor(site: &Hospital, headers: &HeaderMap) -> Result<Visitor, Unknown> {
    let hash = token_hash(headers).ok_or(Unknown::Missing)?;
    let now = site.second();
    let token = site.store.token(&hash).map_err(broken)?.ok_or(Unknown::Dead)?;
    if token.kind != Kind::Access || !token.is_live(now) {
        return Err(Unknown::Dead);
    }
    let scopes = Scopes::parse(&token.scope);
    match token.owner {
        Owner::SignIn(id) => {
            let sign_in = site.store.sign_in(id).map_err(broken)?.ok_or(Unknown::Dead)?;
            if sign_in.ended.is_some() {
                return Err(Unknown::Dead);
            }
            Ok(Visitor {
                who: sign_in.username,
                patient: sign_in.patient,
                scopes,
                consent: None,
            })
        }
        Owner::Authorization(id) => {
            let authorization =
                site.store.authorization(id).map_err(broken)?.ok_or(Unknown::Dead)?;
            let stored =
                site.resources.read("Consent", &authorization.consent).map_err(broken)?;
            let consent = stored.as_ref().map(|stored| consent::Reading::of(&stored.json));
            let permitted = grant::standing(&authorization, consent.as_ref(), now)
                .map_err(|_| Unknown::Dead)?;
            if !permitted.covers(&scopes) {
                return Err(Unknown::Dead);
            }
            Ok(Visitor {
                who: authorization.app,
                patient: Some(authorization.patient),
                scopes,
                consent: Some(authorization.consent),
            })
        }
    }
}

/// Whose token it is, also when it no longer opens anything. For counting and the list of requests.
pub(crate) fn holder(site: &Hospital, headers: &HeaderMap) -> Option<(String, Holder)> {
    let hash = token_hash(headers)?;
    let holder = match site.store.token(&hash).ok()??.owner {
        Owner::SignIn(id) => Holder::App(site.store.sign_in(id).ok()??),
        Owner::Authorization(id) => {
            Holder::Target(Box::new(site.store.authorization(id).ok()??))
        }
    };
    Some((hash, holder))
}

fn token_hash(headers: &HeaderMap) -> Option<String> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret::hash(token.trim()))
}

fn broken(error: impl std::fmt::Display) -> Unknown {
    tracing::error!(%error, "looking up a token failed");
    Unknown::Broken
}
