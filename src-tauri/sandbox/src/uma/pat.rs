//! The protection API access token: `client_credentials` with scope `uma_protection`, for the hospital's own resource
//! server alone (Federated Authorization §1.3). The owner's app may look at its person's own resource sets with the
//! same scope, and change nothing.

use axum::http::{HeaderMap, header::AUTHORIZATION};

use crate::{
    bearer::{self, Holder},
    hospital::Hospital,
    secret::{self, Secret},
    smart::Form,
    store::{UmaKind, UmaToken},
};

use super::{PROTECTION, error::UmaError};

/// Life in seconds.
pub(super) const LIFE: i64 = 300;

/// Whose view of the protection API a request has.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The resource server: everything it registered.
    Server,
    /// The app of an owner: the owner's, to read.
    Owner(String),
}

/// Gives the resource server its token.
pub(super) fn give(site: &Hospital, form: &Form, client: String) -> Result<String, UmaError> {
    if form.one("scope")?.is_none_or(|scope| !scope.split_whitespace().any(|one| one == PROTECTION)) {
        return Err(UmaError::InvalidScope(format!("only {PROTECTION} can be had like this")));
    }
    if client != site.address.base.as_str() {
        return Err(UmaError::InvalidClient(
            "only this hospital's resource server protects records".to_owned(),
        ));
    }
    let secret = Secret::fresh("pat")?;
    let now = site.second();
    let token = UmaToken { client, permissions: Vec::new(), expires: now.saturating_add(LIFE) };
    site.store.add_uma_token(&secret.hash(), UmaKind::Pat, &token, now)?;
    Ok(secret.reveal().to_owned())
}

/// The resource server's token and nobody else's.
pub(super) fn require(site: &Hospital, headers: &HeaderMap) -> Result<(), UmaError> {
    match view(site, headers)? {
        View::Server => Ok(()),
        View::Owner(_) => Err(UmaError::Forbidden),
    }
}

/// Whose view it is.
pub(super) fn view(site: &Hospital, headers: &HeaderMap) -> Result<View, UmaError> {
    if let Some(hash) = hash(headers)
        && let Some(token) = site.store.uma_token(&hash, UmaKind::Pat)?
    {
        return if token.expires > site.second() { Ok(View::Server) } else { Err(UmaError::Unauthorized) };
    }
    match (bearer::access(site, headers), bearer::holder(site, headers)) {
        (Ok(access), Some((_, Holder::App(_)))) if access.scopes.contains(PROTECTION) => {
            access.patient.map(View::Owner).ok_or(UmaError::Forbidden)
        }
        (Ok(_), _) => Err(UmaError::Forbidden),
        (Err(_), _) => Err(UmaError::Unauthorized),
    }
}

/// The hash of a bearer token.
pub(super) fn hash(headers: &HeaderMap) -> Option<String> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| secret::hash(token.trim()))
}
