//! ID tokens: OpenID Connect Core §2, with SMART's `fhirUser`.
//!
//! The user is the person who signed in: a Patient, or for a proxy the RelatedPerson of the child.

use serde::Serialize;

use crate::{hospital::Hospital, jws, scope::Scopes, secret, store::SignIn};

#[derive(Serialize)]
struct IdToken<'a> {
    iss: &'a str,
    sub: String,
    aud: &'a str,
    exp: i64,
    iat: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    #[serde(rename = "fhirUser", skip_serializing_if = "Option::is_none")]
    fhir_user: Option<String>,
}

/// A person's `sub`: stable, and tells nobody the username.
pub(super) fn subject(site: &Hospital, username: &str) -> String {
    secret::hash(&format!("{} {username}", site.names.slug))
}

/// The ID token of a sign-in.
pub(super) fn sign(
    site: &Hospital,
    sign_in: &SignIn,
    scopes: &Scopes,
    nonce: Option<&str>,
) -> Result<String, jsonwebtoken::errors::Error> {
    let user = site
        .people
        .person(&sign_in.username)
        .and_then(|person| person.chart(sign_in.patient.as_deref()?))
        .map(|chart| format!("{}/{}", site.address.base, chart.user));
    let tells_user = scopes.contains("fhirUser") || scopes.contains("profile");
    let now = site.second();
    jws::sign_under(
        site.keys.signing(),
        &site.kid(),
        &IdToken {
            iss: site.issuer(),
            sub: subject(site, &sign_in.username),
            aud: &sign_in.client,
            exp: now.saturating_add(site.access_life),
            iat: now,
            nonce,
            fhir_user: user.filter(|_| tells_user),
        },
    )
}
