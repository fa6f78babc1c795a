//! Who calls the token endpoint: the hospital's own resource server or the other EHR, by `private_key_jwt` (RFC 7523
//! §2.2, OpenID Connect Core §9). A client is named by its FHIR base; its keys come from where it publishes them.

use crate::{
    ccde,
    hospital::Hospital,
    jws::{self, Claims},
    smart::Form,
};

use super::error::UmaError;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest life of an assertion, and leeway for clocks, in seconds.
const LONGEST_LIFE: i64 = 300;
const SKEW: i64 = 60;

/// The client that signed the request.
pub(super) async fn authenticated(site: &Hospital, form: &Form) -> Result<String, UmaError> {
    let refused = |why: &str| UmaError::InvalidClient(format!("the client assertion is refused: {why}"));
    if form.one("client_assertion_type")? != Some(ASSERTION_TYPE) {
        return Err(refused("client_assertion_type must be jwt-bearer"));
    }
    let assertion = form.one("client_assertion")?.ok_or_else(|| refused("there is none"))?;
    let issuer = jws::claimed_issuer(assertion).map_err(|error| refused(&error.to_string()))?;
    let claims: Claims = if issuer == site.address.base.as_str() {
        jws::check(assertion, site.keys.public())
    } else if issuer == site.peer.base.as_str() {
        let keys = ccde::peer_keys(site).await.map_err(|error| refused(&error.to_string()))?;
        jws::check(assertion, &keys)
    } else {
        return Err(refused("this client is not registered here"));
    }
    .map_err(|error| refused(&error.to_string()))?
    .1;
    let now = site.second();
    let endpoint = site.address.link("/uma/token");
    if claims.sub.as_deref() != Some(issuer.as_str()) {
        return Err(refused("iss and sub must be the client"));
    }
    if !claims.aud.is_some_and(|aud| aud.is_only(&endpoint)) {
        return Err(refused("it is for another endpoint"));
    }
    if claims.exp <= now || claims.exp > now.saturating_add(LONGEST_LIFE + SKEW) {
        return Err(refused("it has expired or lives too long"));
    }
    let jti = claims.jti.ok_or_else(|| refused("it has no jti"))?;
    if !site.store.use_assertion(&issuer, &jti, now, claims.exp)? {
        return Err(refused("it was used before"));
    }
    if form.one("client_id")?.is_some_and(|id| id != issuer) {
        return Err(refused("client_id is another"));
    }
    Ok(issuer)
}
