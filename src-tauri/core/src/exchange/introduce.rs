//! `GET [target]/$jwt?source=[source base]`: the target introduces itself with a signed JWT.
//!
//! Laws: an [`Introduction`] exists only after the signature fits the target's own keys and issuer, audience and times
//! are right (RFC 7523 §3, RFC 8725); the JWT is kept byte for byte, in memory only, and is a secret; without keys
//! there is no introduction, unless its certificates lead to an anchor that the person has. Who was shown to the
//! person is a [`Recipient`]: an issuer and a key, not a name.

use base64::{Engine, prelude::BASE64_STANDARD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Act, credentials::credentials};
use crate::{
    dialect::Dialect,
    ehr::FhirBase,
    fhir::{FhirClient, FhirError, Reply, parameters::Parameter},
    http::Http,
    problem::{Problem, What},
    review::{CertificateView, CredentialsView},
    secret::Secret,
    smart::{
        anchor::Anchor,
        discovery::{Endpoints, Features},
        jwt::{self, Claims, JwtError},
        operations::Taken,
        pem,
        x5c::{Chain, Confirmed, X5cError},
    },
};

/// A card that ends sooner than this is not used: the next calls could find it expired.
const SHORTEST_LIFE: i64 = 60;
/// A card that lasts longer than this has its time in another unit.
const LONGEST_LIFE: i64 = 400 * 86_400;
/// By how much a server's clock may be ahead of ours.
const SKEW: i64 = 300;

/// Who gets the records: what the person's yes is bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipient {
    /// The `iss` of its JWT, which is also its `app-id`.
    pub issuer: String,
    /// Thumbprint of its key (RFC 7638, SHA-256, base64url).
    pub thumbprint: String,
}

/// A checked JWT of the target. `$authorize` takes nothing else.
#[derive(Clone, Debug)]
pub struct Introduction {
    card: Card,
    recipient: Recipient,
    name: Option<String>,
    good_until: Timestamp,
    credentials: CredentialsView,
    certificate: CertificateView,
}

impl Introduction {
    /// Whether this is who was shown.
    #[must_use]
    pub fn is(&self, shown: &Recipient) -> bool {
        self.recipient == *shown
    }

    /// Who it is.
    #[must_use]
    pub fn recipient(&self) -> Recipient {
        self.recipient.clone()
    }

    /// The `iss` of the JWT.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.recipient.issuer
    }

    /// Thumbprint of the key that signed it.
    #[must_use]
    pub fn thumbprint(&self) -> &str {
        &self.recipient.thumbprint
    }

    /// The name that it gives itself, cleaned.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Until when the JWT is good.
    #[must_use]
    pub const fn good_until(&self) -> Timestamp {
        self.good_until
    }

    /// As whom it asks, in its own words.
    #[must_use]
    pub const fn credentials(&self) -> &CredentialsView {
        &self.credentials
    }

    /// Whether somebody whom the person trusts confirms it.
    #[must_use]
    pub const fn certificate(&self) -> &CertificateView {
        &self.certificate
    }

    /// Whether it can still be used at `now`.
    #[must_use]
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        now.as_second().saturating_add(SHORTEST_LIFE) <= self.good_until.as_second()
    }

    /// What the target showed, for the bodies of `$authorize` and `$connect` only.
    pub(super) const fn card(&self) -> &Card {
        &self.card
    }

    /// Whether it is a bare key: nobody signed for a name.
    #[must_use]
    pub const fn is_bare_key(&self) -> bool {
        matches!(self.card, Card::Key(_))
    }
}

/// What a target shows of itself.
#[derive(Clone, Debug)]
pub(super) enum Card {
    /// A signed JWT, byte for byte.
    Jwt(Secret),
    /// Its public key, as PEM.
    Key(String),
}

/// Why the target could not be introduced.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntroduceError {
    /// `$jwt` did not answer as it should.
    #[error(transparent)]
    Fhir(#[from] FhirError),
    /// The answer holds no JWT.
    #[error("no JWT in the answer")]
    NoJwt,
    /// The target publishes no keys, so nobody can check the JWT.
    #[error("the target publishes no keys")]
    NoKeys,
    /// The keys or the signature.
    #[error(transparent)]
    Jwt(#[from] JwtError),
    /// Its certificates prove the contrary.
    #[error(transparent)]
    Certificates(#[from] X5cError),
    /// It is somebody else's.
    #[error("another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("another audience")]
    Audience,
    /// Expired, not good yet, or without an end.
    #[error("out of date")]
    OutOfDate,
}

impl IntroduceError {
    /// What this means for the person. Nothing was shared by it.
    #[must_use]
    pub fn problem(&self, target_name: &str) -> Problem {
        let what = match self {
            Self::Fhir(error) => return Act::Introduce.problem(error, target_name),
            Self::NoJwt | Self::NoKeys | Self::Jwt(JwtError::Keys(_)) => What::NoIdCard,
            Self::Jwt(_) | Self::Certificates(_) | Self::Issuer | Self::Audience | Self::OutOfDate => {
                What::IdCardWrong
            }
        };
        Problem::new(what).at(target_name)
    }
}

/// Fetches the target's JWT for this source and checks it: with the target's published keys, and with its certificates
/// when the person has anchors to check them with. Certificates that lead to an anchor are enough by themselves.
///
/// # Errors
/// See [`IntroduceError`].
pub async fn introduce(
    http: &Http,
    target: &FhirClient<'_>,
    endpoints: &Endpoints,
    dialect: Option<Dialect>,
    source: &FhirBase,
    anchors: &[Anchor],
    now: Timestamp,
) -> Result<Introduction, IntroduceError> {
    let jwt = fetch(target, source).await?;
    let (claims, certificate) = match &endpoints.jwks {
        Some(keys) => {
            let claims = jwt::verify_at(http, keys, &jwt).await?;
            let certificate = certified(&jwt, &claims, anchors, now)?;
            (claims, certificate)
        }
        None => confirmed_only(&jwt, anchors, now)?,
    };
    let mut found = judge(
        jwt,
        &claims,
        target.base(),
        &Expected { issuer: endpoints.issuer.as_deref(), dialect },
        source,
        now,
    )?;
    found.certificate = certificate;
    Ok(found)
}

/// What the certificates add to a JWT whose signature is good. Without an anchor they are not looked at; with one, they
/// must be good, or of somebody whom nobody here knows.
fn certified(
    jwt: &Secret,
    claims: &Claims,
    anchors: &[Anchor],
    now: Timestamp,
) -> Result<CertificateView, IntroduceError> {
    let chain = match Chain::of(jwt) {
        Ok(None) => return Ok(CertificateView::None),
        _ if anchors.is_empty() => return Ok(CertificateView::Unchecked),
        found => found?.ok_or(X5cError::Malformed)?,
    };
    chain.is_signed_by(claims)?;
    match chain.confirm(claims.text("iss").ok_or(IntroduceError::Issuer)?, anchors, now) {
        Ok(Confirmed { by, organization }) => Ok(CertificateView::Confirmed { by, organization }),
        Err(X5cError::UnknownIssuer) => Ok(CertificateView::UnknownIssuer),
        Err(error) => Err(error.into()),
    }
}

/// A target without published keys: its certificates must lead to an anchor.
fn confirmed_only(
    jwt: &Secret,
    anchors: &[Anchor],
    now: Timestamp,
) -> Result<(Claims, CertificateView), IntroduceError> {
    let chain = Chain::of(jwt)?.filter(|_| !anchors.is_empty()).ok_or(IntroduceError::NoKeys)?;
    let claims = chain.verify(jwt)?;
    let issuer = claims.text("iss").ok_or(IntroduceError::Issuer)?;
    let Confirmed { by, organization } = match chain.confirm(issuer, anchors, now) {
        Err(X5cError::UnknownIssuer) => return Err(IntroduceError::NoKeys),
        found => found?,
    };
    Ok((claims, CertificateView::Confirmed { by, organization }))
}

async fn fetch(target: &FhirClient<'_>, source: &FhirBase) -> Result<Secret, IntroduceError> {
    let answer = target.jwt(source).await?;
    // Goes into the JWT check and into `$authorize`; white space around it is the transport's.
    let text = std::str::from_utf8(&answer.body).map_err(|_| IntroduceError::NoJwt)?.trim();
    if looks_like_jwt(text) {
        return Ok(Secret::new(text));
    }
    let Ok(Reply::Parameters(parameters)) = Reply::read(&answer) else { return Err(IntroduceError::NoJwt) };
    let value = parameters.get("jwt").and_then(Parameter::text).ok_or(IntroduceError::NoJwt)?;
    let value = value.trim();
    if looks_like_jwt(value) {
        return Ok(Secret::new(value));
    }
    // "JWT (as binary)", as the track page has it.
    let decoded = BASE64_STANDARD.decode(value).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    decoded.filter(|text| looks_like_jwt(text)).map(Secret::new).ok_or(IntroduceError::NoJwt)
}

/// Three parts in base64url. Whether it is one is found out by checking it.
fn looks_like_jwt(text: &str) -> bool {
    let mut parts = text.split('.');
    let part = |part: Option<&str>| {
        part.is_some_and(|p| {
            !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        })
    };
    part(parts.next()) && part(parts.next()) && part(parts.next()) && parts.next().is_none()
}

fn judge(
    jwt: Secret,
    claims: &Claims,
    target: &FhirBase,
    expected: &Expected<'_>,
    source: &FhirBase,
    now: Timestamp,
) -> Result<Introduction, IntroduceError> {
    let iss = claims.text("iss").ok_or(IntroduceError::Issuer)?;
    if !expected.names(iss, claims.text("sub"), target) {
        return Err(IntroduceError::Issuer);
    }
    if claims.0.get("aud").is_some_and(|aud| !is_for(aud, source)) {
        return Err(IntroduceError::Audience);
    }
    let now = now.as_second();
    let exp = claims.0.get("exp").and_then(seconds).ok_or(IntroduceError::OutOfDate)?;
    let in_time = exp >= now.saturating_add(SHORTEST_LIFE) && exp <= now.saturating_add(LONGEST_LIFE);
    let begun =
        claims.0.get("nbf").is_none_or(|nbf| seconds(nbf).is_some_and(|nbf| nbf <= now.saturating_add(SKEW)));
    if !in_time || !begun {
        return Err(IntroduceError::OutOfDate);
    }
    let name = claims.text("client_name").or_else(|| claims.text("name")).map(crate::text::name);
    Ok(Introduction {
        card: Card::Jwt(jwt),
        recipient: Recipient { issuer: iss.to_owned(), thumbprint: claims.key_thumbprint().to_owned() },
        name: name.filter(|name| !name.is_empty()),
        good_until: Timestamp::from_second(exp).map_err(|_| IntroduceError::OutOfDate)?,
        credentials: credentials(&claims.0),
        certificate: CertificateView::None,
    })
}

/// Who the target must say it is.
struct Expected<'a> {
    issuer: Option<&'a str>,
    dialect: Option<Dialect>,
}

impl Expected<'_> {
    fn names(&self, iss: &str, sub: Option<&str>, target: &FhirBase) -> bool {
        if self.dialect == Some(Dialect::Reference) && iss.starts_with("urn:uuid:") {
            // A name that leads nowhere: the host beside it must be the target's, and the person's yes binds the key.
            let id = iss.trim_start_matches("urn:uuid:");
            return uuid::Uuid::parse_str(id).is_ok() && sub == Some(target.host().as_str());
        }
        same_url(iss, target.as_str()) || self.issuer.is_some_and(|issuer| same_url(iss, issuer))
    }
}

/// Whether the target goes by its key: it gives no JWT, or the source says that it takes none.
#[must_use]
pub fn by_key(source: &Features, target: &Features) -> bool {
    let takes = &source.operations.takes;
    let only_key =
        takes.contains(&Taken::Key) && !takes.contains(&Taken::Text) && !takes.contains(&Taken::Binary);
    only_key || !target.operations.introduces
}

/// Takes the target by the key that it publishes: for one that gives no JWT, and for a source that takes none. Its name is
/// its address.
///
/// # Errors
/// When there is no such key.
pub async fn introduce_by_key(
    http: &Http,
    target: &FhirBase,
    endpoints: &Endpoints,
    until: Timestamp,
) -> Result<Introduction, IntroduceError> {
    let jwks = endpoints.jwks.as_ref().ok_or(IntroduceError::NoKeys)?;
    let key = pem::public_key(http, jwks).await.map_err(JwtError::from)?;
    Ok(Introduction {
        card: Card::Key(key.pem),
        recipient: Recipient { issuer: target.as_str().to_owned(), thumbprint: key.thumbprint },
        name: None,
        good_until: until,
        credentials: CredentialsView::default(),
        certificate: CertificateView::None,
    })
}

/// Equal but for one trailing slash.
fn same_url(a: &str, b: &str) -> bool {
    let bare = |text: &'_ str| text.strip_suffix('/').unwrap_or(text).to_owned();
    !a.is_empty() && bare(a) == bare(b)
}

/// Whether one of the audiences lies at the source: its FHIR base, its issuer, or its token endpoint.
fn is_for(aud: &Value, source: &FhirBase) -> bool {
    let at_source = |aud: &Value| {
        aud.as_str().is_some_and(|aud| {
            same_url(aud, source.as_str())
                || Url::parse(aud).is_ok_and(|url| url.origin() == source.url().origin())
        })
    };
    match aud {
        Value::Array(many) => many.iter().any(at_source),
        one => at_source(one),
    }
}

/// A NumericDate. The server that first ran the track wrote some of them as strings.
fn seconds(value: &Value) -> Option<i64> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        number => number.as_i64(),
    }
}

#[cfg(test)]
#[path = "introduce_tests.rs"]
pub(super) mod tests;
