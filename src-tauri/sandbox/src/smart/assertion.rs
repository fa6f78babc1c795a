//! Grant `jwt-bearer`: another EHR buys a token under a Consent (CCDE dialect T, RFC 7523).
//!
//! The assertion is signed with the key that the patient authorized, is for this token endpoint
//! alone, lives for minutes and works once. What it buys is dictated by the Consent: its scopes, its
//! patient, never longer than the authorization. There is no `scope` parameter.

use crate::{
    audit::{self, Deed},
    cavs,
    ccde::{consent::Reading, grant},
    hospital::Hospital,
    jws::{self, Claims},
    store::{Authorization, Owner},
};

use super::{
    configuration::token_path,
    error::TokenError,
    form::Form,
    token::{self, Tokens},
};

/// Grant type URI.
pub(crate) const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Longest life of an assertion in seconds.
const LONGEST_LIFE: i64 = 300;

/// Leeway for `iat` in seconds.
const SKEW: i64 = 60;

pub(super) async fn exchange(site: &Hospital, form: &Form) -> Result<Tokens, TokenError> {
    let assertion = form.one("assertion")?.ok_or_else(|| TokenError::missing("assertion"))?;
    if form.one("scope")?.is_some() {
        return Err(TokenError::InvalidScope(
            "the Consent dictates the scopes, so none can be asked".to_owned(),
        ));
    }
    let named = named_authorization(site, assertion)?;
    // Before the signature is checked it is nobody's deed: a stranger must not fill a patient's log
    // in the name of a hospital.
    let claims = signed(&named, assertion)?;
    cavs::again(site, named.id).await;
    let named = site.store.authorization(named.id)?.unwrap_or(named);
    match check(site, &named, claims) {
        Ok((scope, life)) => {
            let owner = Owner::Authorization(named.id);
            let access_token = token::access(site, owner, &scope, life)?;
            site.store.count_token(named.id)?;
            site.store.forget_old_tokens(site.second().saturating_sub(86_400))?;
            audit::write(site, &(&named).into(), &Deed::Token);
            Ok(Tokens {
                access_token,
                token_type: "Bearer",
                expires_in: life,
                scope,
                patient: Some(named.patient),
                refresh_token: None,
                id_token: None,
                need_patient_banner: false,
            })
        }
        Err(error) => {
            site.store.count_refusal(named.id)?;
            audit::write(site, &(&named).into(), &Deed::Refused { reason: &error.to_string() });
            Err(error)
        }
    }
}

/// The authorization that an assertion speaks of, found by what it claims and not yet believed.
/// One that was never granted has no patient whose log it could be written to.
fn named_authorization(site: &Hospital, assertion: &str) -> Result<Authorization, TokenError> {
    let issuer = jws::claimed_issuer(assertion)
        .map_err(|error| TokenError::grant(format!("the assertion is refused: {error}")))?;
    let consent =
        jws::claimed_consent(assertion).map_err(|_| TokenError::grant("the assertion names no Consent"))?;
    site.store
        .latest_authorization(&consent, &issuer)?
        .ok_or_else(|| TokenError::grant("this app has no authorization under that Consent"))
}

/// The claims, once the key that the patient authorized is known to have signed them.
fn signed(authorization: &Authorization, assertion: &str) -> Result<Claims, TokenError> {
    let key = serde_json::from_str(&authorization.key).map_err(|error| TokenError::broken(&error))?;
    jws::check_with(assertion, &key)
        .map_err(|error| TokenError::grant(format!("the assertion is refused: {error}")))
}

fn check(
    site: &Hospital,
    authorization: &Authorization,
    claims: Claims,
) -> Result<(String, i64), TokenError> {
    let now = site.second();
    let endpoint = site.address.link(token_path(site));
    if !claims.aud.is_some_and(|aud| aud.is_only(&endpoint)) {
        return Err(TokenError::grant("the assertion is for another endpoint"));
    }
    if claims.exp <= now {
        return Err(TokenError::grant("the assertion has expired"));
    }
    if claims.exp > now.saturating_add(LONGEST_LIFE + SKEW) {
        return Err(TokenError::grant("the assertion lives too long"));
    }
    if claims.iat.is_some_and(|iat| iat > now.saturating_add(SKEW)) {
        return Err(TokenError::grant("the assertion is from the future"));
    }
    if claims.sub.is_some_and(|sub| sub != authorization.app) {
        return Err(TokenError::grant("the assertion speaks for somebody else"));
    }
    let jti = claims.jti.ok_or_else(|| TokenError::grant("the assertion has no jti"))?;
    if !site.store.use_assertion(&authorization.app, &jti, now, claims.exp)? {
        return Err(TokenError::grant("the assertion was used before"));
    }
    let stored =
        site.resources.read("Consent", &authorization.consent).map_err(|error| TokenError::broken(&error))?;
    let reading = stored.as_ref().map(|stored| Reading::of(site.ways.fhir, &stored.json));
    let scopes = grant::standing(site.ways.dialect, authorization, reading.as_ref(), now)
        .map_err(|over| TokenError::grant(over.to_string()))?;
    let left = authorization.until.saturating_sub(now);
    Ok((scopes.to_string(), site.access_life.min(left)))
}
