//! `private_key_jwt`: a client proves itself by a JWT that it signed just now (RFC 7523 §2.2, SMART App Launch 2.2
//! "Client Authentication: Asymmetric").
//!
//! The key must be one that the client registered and the header names by `kid`; the assertion is for this endpoint
//! alone, lives for five minutes at most and works once.

use jsonwebtoken::{
    Algorithm, DecodingKey, Header, Validation,
    jwk::{Jwk, JwkSet},
};
use serde::Deserialize;
use url::Url;

use crate::{
    client::{Client, Credential},
    hospital::Hospital,
    http,
    jws::Audience,
    ways::Backend,
};

use super::{AIDBOX_TOKEN, authenticate::known, error::TokenError};

/// `client_assertion_type`.
pub(super) const TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Longest life of an assertion in seconds (SMART: five minutes).
const LONGEST_LIFE: i64 = 300;

/// How far two clocks may be apart, in seconds.
const SKEW: i64 = 30;

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    iat: Option<i64>,
    nbf: Option<i64>,
    jti: Option<String>,
}

/// The client that signed an assertion.
pub(super) async fn check(site: &Hospital, assertion: &str) -> Result<Client, TokenError> {
    let wrong = |text: &str| TokenError::client(format!("the assertion is refused: {text}"));
    // An algorithm that the library does not know, such as `none`, does not parse.
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| wrong("it is not a signed token"))?;
    if !offered(site).contains(&header.alg) {
        return Err(wrong("its algorithm is not offered"));
    }
    if header.typ.as_deref() != Some("JWT") {
        return Err(wrong("its typ is not JWT"));
    }
    let kid = header.kid.as_deref().ok_or_else(|| wrong("it names no key"))?;
    let claimed = jsonwebtoken::dangerous::insecure_decode::<Claims>(assertion)
        .map_err(|_| wrong("a claim is missing"))?
        .claims;
    if claimed.iss != claimed.sub {
        return Err(wrong("iss and sub differ"));
    }
    let client = known(site, &claimed.iss)?;
    let keys = keys(site, &client, &header).await?;
    let key = fitting(&keys, kid, header.alg).ok_or_else(|| wrong("the client has no such key"))?;
    let claims = signed(assertion, key, header.alg).ok_or_else(|| wrong("the signature does not fit"))?;
    times(site, &claims).map_err(wrong)?;
    if !is_here(site, &claims.aud) {
        return Err(wrong("it is for another endpoint"));
    }
    let jti = claims.jti.as_deref().ok_or_else(|| wrong("it has no jti"))?;
    // A name that no other EHR's `app-id` can have keeps the two lists of used assertions apart.
    let owner = format!("client {}", client.id);
    if !site.store.use_assertion(&owner, jti, site.second(), claims.exp)? {
        return Err(wrong("it was used before"));
    }
    Ok(client)
}

/// Algorithms in which a client may sign. SMART knows two; RS256 is what others take besides.
pub(super) fn offered(site: &Hospital) -> &'static [Algorithm] {
    match site.ways.backend {
        Backend::Smart => &[Algorithm::RS384, Algorithm::ES384],
        Backend::Aidbox => &[Algorithm::RS384, Algorithm::ES384, Algorithm::RS256],
    }
}

/// Whether the assertion is for the token endpoint and nobody else.
fn is_here(site: &Hospital, audience: &Audience) -> bool {
    audience.is_only(&site.address.link("/oauth/token"))
        || (site.ways.backend == Backend::Aidbox && audience.is_only(&site.address.link(AIDBOX_TOKEN)))
}

/// The key set that the client registered.
async fn keys(site: &Hospital, client: &Client, header: &Header) -> Result<JwkSet, TokenError> {
    let unreadable = || TokenError::client("the client's keys cannot be read");
    match &client.credential {
        Credential::Keys(_) if header.jku.is_some() => {
            Err(TokenError::client("the assertion names keys that were not registered"))
        }
        Credential::Keys(keys) => serde_json::from_value(keys.clone()).map_err(|_| unreadable()),
        Credential::KeysAt(place) => {
            // SMART: a jku must be the registered one, or the token is refused.
            if header.jku.as_deref().is_some_and(|jku| jku != place.as_str()) {
                return Err(TokenError::client("the assertion names keys that were not registered"));
            }
            fetch(site, place).await.ok_or_else(unreadable)
        }
        Credential::None | Credential::Secret(_) => {
            Err(TokenError::client("this client does not sign assertions"))
        }
    }
}

/// A practice EHR asks no machine but its own.
pub(super) fn is_loopback(place: &Url) -> bool {
    place.scheme() == "http" && place.host_str() == Some("127.0.0.1")
}

async fn fetch(site: &Hospital, place: &Url) -> Option<JwkSet> {
    if !is_loopback(place) {
        return None;
    }
    let answer = site.http.get(place.clone()).header("accept", "application/json").send().await.ok()?;
    http::json(answer.error_for_status().ok()?).await.ok()
}

fn fitting<'a>(keys: &'a JwkSet, kid: &str, algorithm: Algorithm) -> Option<&'a Jwk> {
    use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve};
    keys.keys.iter().find(|key| {
        let family = match &key.algorithm {
            AlgorithmParameters::RSA(_) => matches!(algorithm, Algorithm::RS256 | Algorithm::RS384),
            AlgorithmParameters::EllipticCurve(curve) => {
                curve.curve == EllipticCurve::P384 && algorithm == Algorithm::ES384
            }
            _ => false,
        };
        let says = key.common.key_algorithm.is_none_or(|says| says.to_string() == format!("{algorithm:?}"));
        family && says && key.common.key_id.as_deref() == Some(kid)
    })
}

fn signed(assertion: &str, key: &Jwk, algorithm: Algorithm) -> Option<Claims> {
    let mut rules = Validation::new(algorithm);
    rules.required_spec_claims.clear();
    // Compared below, with the EHR's own clock and address.
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    let key = DecodingKey::from_jwk(key).ok()?;
    jsonwebtoken::decode::<Claims>(assertion, &key, &rules).ok().map(|token| token.claims)
}

fn times(site: &Hospital, claims: &Claims) -> Result<(), &'static str> {
    let now = site.second();
    let latest = now.saturating_add(SKEW);
    if claims.exp <= now {
        return Err("it has expired");
    }
    if claims.exp > latest.saturating_add(LONGEST_LIFE) {
        return Err("it lives longer than five minutes");
    }
    if claims.iat.is_some_and(|iat| iat > latest) || claims.nbf.is_some_and(|nbf| nbf > latest) {
        return Err("it is from the future");
    }
    Ok(())
}
