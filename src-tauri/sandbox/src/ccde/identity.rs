//! Checking an introduction: who signed it, found out from the issuer and not from the token.
//!
//! The issuer must be an EHR that this one knows (a request to anywhere else would let strangers
//! send it through the house). Its key comes from the `jwks_uri` of its own documents.

use jsonwebtoken::jwk::{Jwk, JwkSet};

use crate::{
    hospital::{Address, Hospital},
    http::{self, Unusable},
    jws::{self, Claims, Unbelievable},
    peer,
};

use super::pem;

/// Longest name of another EHR that is kept.
const LONGEST_NAME: usize = 120;

/// Leeway for `iat`; both clocks are on one machine or close to it.
const SKEW: i64 = 120;

/// Another EHR whose signature was checked.
#[derive(Debug)]
pub(super) struct Identity {
    /// Its FHIR base.
    pub(super) app: String,
    pub(super) name: String,
    /// The key it signed with.
    pub(super) key: Jwk,
}

/// Why an introduction is not accepted.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotIntroduced {
    #[error("the introduction is not believable: {0}")]
    Unbelievable(#[from] Unbelievable),
    #[error("the introduction comes from a system this EHR does not know")]
    Stranger,
    #[error("the introduction has expired")]
    Expired,
    #[error("the introduction is from the future")]
    Early,
    #[error("the introduction names two different systems")]
    Subject,
    #[error("publicKey is no public key in PEM")]
    NoPem,
    #[error("the keys of that system could not be read: {0}")]
    Keys(#[from] Unusable),
}

/// Checks an introduction as given to `$authorize`.
pub(super) async fn check(site: &Hospital, jwt: &str) -> Result<Identity, NotIntroduced> {
    let issuer = jws::claimed_issuer(jwt)?;
    let known = site.known_target(&issuer).ok_or(NotIntroduced::Stranger)?;
    let keys = fetch_keys(site, &known).await?;
    let (key, claims) = jws::check::<Claims>(jwt, &keys)?;
    let now = site.second();
    if claims.exp <= now {
        return Err(NotIntroduced::Expired);
    }
    if claims.iat.is_some_and(|iat| iat > now.saturating_add(SKEW)) {
        return Err(NotIntroduced::Early);
    }
    if claims.sub.as_deref().is_some_and(|sub| sub != claims.iss) {
        return Err(NotIntroduced::Subject);
    }
    let name = claims.client_name.or(claims.name).unwrap_or_else(|| claims.iss.clone());
    Ok(Identity { app: claims.iss, name: name.chars().take(LONGEST_NAME).collect(), key })
}

/// Checks a bare key: it must be one that the known EHR publishes.
pub(super) async fn check_key(site: &Hospital, text: &str) -> Result<Identity, NotIntroduced> {
    let spki = pem::spki(text).ok_or(NotIntroduced::NoPem)?;
    let keys = fetch_keys(site, &site.peer).await?;
    let key = keys.keys.into_iter().find(|key| pem::is_key(key, &spki)).ok_or(NotIntroduced::Stranger)?;
    let app = site.peer.base.to_string();
    Ok(Identity { name: app.clone(), app, key })
}

/// The key set of another EHR, by way of its own documents.
pub(super) async fn fetch_keys(site: &Hospital, peer: &Address) -> Result<JwkSet, Unusable> {
    let place = peer::jwks(site, peer).await?;
    let answer = site.http.get(place).header("accept", "application/json").send().await?;
    http::json(answer.error_for_status()?).await
}
