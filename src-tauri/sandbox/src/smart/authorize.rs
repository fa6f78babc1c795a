//! `GET /oauth/authorize`: RFC 6749 §4.1.1 with PKCE (RFC 7636), `aud` (SMART App Launch) and `iss`
//! in the answer (RFC 9207).
//!
//! Until client and redirect are known to be right, every error is a page: redirecting would make
//! this EHR a signpost to strangers. After that, errors go back to the app.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use crate::{
    client::{Client, Purpose, Redirects},
    hospital::{Hospital, Site},
    scope::Scopes,
    secret,
    store::Asked,
    ways::Dialect,
    web::pages,
};

use super::{browser, form::Form, offer, redirect, sign_in};

/// How long a person may take, in seconds.
pub(super) const LIFE: i64 = 900;

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq)]
enum Wrong {
    /// Told on a page.
    Page(&'static str),
    /// Told to the app at its redirect: state, error code, description.
    App { to: String, state: Option<String>, error: &'static str, text: &'static str },
}

pub(super) async fn handle(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let asked = match check(&site, &form) {
        Ok(asked) => asked,
        Err(Wrong::Page(message)) => {
            return pages::error(&site, StatusCode::BAD_REQUEST, message);
        }
        Err(Wrong::App { to, state, error, text }) => {
            return refuse(&site, &to, state.as_deref(), error, text);
        }
    };
    begin(&site, &headers, &asked).unwrap_or_else(|error| pages::broken(&site, &*error))
}

/// Sends the browser back to the app without a code.
pub(super) fn refuse(site: &Hospital, to: &str, state: Option<&str>, error: &str, text: &str) -> Response {
    let mut parameters = vec![("error", error), ("error_description", text)];
    parameters.extend(state.map(|state| ("state", state)));
    back(site, to, &parameters)
}

/// Sends the browser to the app with these parameters and `iss`.
pub(super) fn back(site: &Hospital, to: &str, parameters: &[(&str, &str)]) -> Response {
    let mut parameters = parameters.to_vec();
    // RFC 9207 is of 2022.
    if site.ways.dialect != Dialect::Reference {
        parameters.push(("iss", &site.address.issuer));
    }
    match redirect::answer(to, &parameters) {
        Some(location) => (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response(),
        None => pages::error(site, StatusCode::BAD_REQUEST, "The app's address is not valid."),
    }
}

fn check(site: &Hospital, form: &Form) -> Result<Asked, Wrong> {
    let page = |message| move |_| Wrong::Page(message);
    let named = form.one("client_id").map_err(page("The app was named twice."))?;
    let (client, redirects) = known(site, named)?;
    let to = form
        .one("redirect_uri")
        .map_err(page("The app's address was given twice."))?
        .filter(|uri| redirect::is_registered(uri, &redirects))
        .ok_or(Wrong::Page("The app's address is not one it registered."))?;
    // A state that came twice cannot be given back.
    let state = form.one("state").ok().flatten();
    let wrong = |error, text| Wrong::App { to: to.to_owned(), state: state.map(str::to_owned), error, text };
    let invalid = |text| wrong("invalid_request", text);
    let one = |name, text| form.one(name).map_err(|_| invalid(text));

    let state = state.ok_or_else(|| invalid("state is missing"))?;
    match one("response_type", "response_type was given twice")? {
        Some("code") => {}
        Some(_) => return Err(wrong("unsupported_response_type", "only code is offered")),
        None => return Err(invalid("response_type is missing")),
    }
    if one("request", "request was given twice")?.is_some()
        || one("request_uri", "request_uri was given twice")?.is_some()
    {
        return Err(wrong("request_not_supported", "request objects are not offered"));
    }
    if one("aud", "aud was given twice")? != Some(site.address.base.as_str()) {
        return Err(invalid("aud is not the FHIR base of this EHR"));
    }
    if one("code_challenge_method", "code_challenge_method was given twice")? != Some("S256") {
        return Err(invalid("code_challenge_method must be S256"));
    }
    let challenge = one("code_challenge", "code_challenge was given twice")?
        .filter(|challenge| is_s256(challenge))
        .ok_or_else(|| invalid("code_challenge must be an S256 value"))?;
    let nonce = one("nonce", "nonce was given twice")?;
    let scopes = Scopes::parse(one("scope", "scope was given twice")?.unwrap_or(""));
    let offered = offer::offered(&site.ways, &scopes).map_err(|text| wrong("invalid_scope", text))?;
    if offered.is_empty() {
        return Err(wrong("invalid_scope", "no scope was asked that this EHR offers"));
    }
    Ok(Asked {
        client: client.id,
        redirect_uri: to.to_owned(),
        scope: offered.join(" "),
        state: state.to_owned(),
        challenge: challenge.to_owned(),
        nonce: nonce.map(str::to_owned),
    })
}

/// The app, when people may let it in.
fn known(site: &Hospital, named: Option<&str>) -> Result<(Client, Redirects), Wrong> {
    let found = named.map(|id| site.store.client(id)).transpose().map_err(|error| {
        tracing::error!(%error, "looking up an app failed");
        Wrong::Page("Something failed inside this EHR.")
    })?;
    let client = found.flatten().ok_or(Wrong::Page("This app is not registered here."))?;
    let Purpose::Launch { redirects } = client.purpose.clone() else {
        return Err(Wrong::Page("This app is registered for work without a person."));
    };
    if !site.ways.clients.kinds.contains(&client.credential.kind()) {
        return Err(Wrong::Page("Apps that prove themselves in this way are not let in here."));
    }
    Ok((client, redirects))
}

fn is_s256(challenge: &str) -> bool {
    challenge.len() == 43
        && challenge.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

fn begin(
    site: &Hospital,
    headers: &HeaderMap,
    asked: &Asked,
) -> Result<Response, Box<dyn std::error::Error>> {
    let (browser, cookie) = browser::open(site, headers)?;
    let id = secret::random_text()?;
    let now = site.second();
    site.store.add_request(&id, &browser.id, asked, now, now.saturating_add(LIFE))?;
    let mut response = sign_in::page(site, &browser, &id, &site.app_name(&asked.client), None);
    browser::keep(response.headers_mut(), cookie);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_verifier_is_no_challenge() {
        assert!(is_s256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
        assert!(!is_s256("short"));
        assert!(!is_s256("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c="));
    }
}
