//! Ending this app's own sign-in at an EHR (RFC 7009). It ends no share, and nobody should think so.

use std::time::Duration;

use jiff::Timestamp;

use super::{client::Credential, discovery::Endpoints};
use crate::{http::Http, secret::Secret};

/// What became of a token that was to be revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RevokeOutcome {
    /// The EHR ended it.
    Done,
    /// The EHR offers no way, or not for this kind of token: it runs out by itself.
    NotOffered,
    /// The EHR says that it still exists (503).
    StillThere,
    /// Nobody knows.
    NotConfirmed,
}

/// Which token it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// A refresh token; access tokens of the same grant should end with it.
    Refresh,
    /// An access token.
    Access,
}

/// Revokes one token. 200 is yes, also for tokens that the EHR does not know (§2.2).
pub async fn revoke(
    http: &Http,
    endpoints: &Endpoints,
    credential: &Credential,
    token: &Secret,
    hint: Hint,
    now: Timestamp,
) -> RevokeOutcome {
    let Some(endpoint) = &endpoints.revoke else { return RevokeOutcome::NotOffered };
    let hint = match hint {
        Hint::Refresh => "refresh_token",
        Hint::Access => "access_token",
    };
    let form = vec![("token".to_owned(), token.clone()), ("token_type_hint".to_owned(), Secret::new(hint))];
    let Ok(request) = credential.post(endpoint, &endpoints.token, form, now) else {
        return RevokeOutcome::NotConfirmed;
    };
    let request = request.named("revoke").limit(64 * 1024).deadline(Duration::from_secs(10));
    match http.send(request).await.map(|answer| answer.status) {
        Ok(200 | 204) => RevokeOutcome::Done,
        Ok(503) => RevokeOutcome::StillThere,
        Ok(400..=499) => RevokeOutcome::NotOffered,
        _ => RevokeOutcome::NotConfirmed,
    }
}
