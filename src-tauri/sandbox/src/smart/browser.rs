//! The browser session behind the pages: one cookie per EHR, and a CSRF value in every form.
//!
//! Cookies do not know ports, and both EHRs live on 127.0.0.1: the cookie's name carries the port.

use axum::http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};

use crate::{
    hospital::Hospital,
    secret::{self, Secret},
    smart::form::Form,
    store::Browser,
};

/// Life of a browser session in seconds.
const LIFE: i64 = 3_600;

/// Why a form is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Stranger {
    /// No session cookie of ours, or an old one.
    #[error("This page is too old, or your browser keeps no cookies.")]
    NoSession,
    /// The form did not come from our page.
    #[error("This form did not come from this page.")]
    Forged,
}

/// The session a request carries, or a new one together with the header that sets it.
pub(crate) fn open(
    site: &Hospital,
    headers: &HeaderMap,
) -> Result<(Browser, Option<HeaderValue>), Box<dyn std::error::Error>> {
    if let Some(browser) = current(site, headers) {
        return Ok((browser, None));
    }
    start(site, None).map(|(browser, cookie)| (browser, Some(cookie)))
}

/// A new session, signed in or not.
pub(crate) fn start(
    site: &Hospital,
    username: Option<&str>,
) -> Result<(Browser, HeaderValue), Box<dyn std::error::Error>> {
    let secret = Secret::fresh("browser")?;
    let browser =
        Browser { id: secret.hash(), csrf: secret::random_text()?, username: username.map(str::to_owned) };
    site.store.add_browser(&browser, site.second().saturating_add(LIFE))?;
    let mut cookie = HeaderValue::from_str(&format!(
        "{}={}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LIFE}",
        name(site),
        secret.reveal()
    ))?;
    cookie.set_sensitive(true);
    Ok((browser, cookie))
}

/// The session a request carries.
pub(crate) fn current(site: &Hospital, headers: &HeaderMap) -> Option<Browser> {
    let name = name(site);
    let value = headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))?;
    site.store.browser(&secret::hash(value), site.second()).ok()?
}

/// The session of a form that came from our own page.
pub(crate) fn posted(site: &Hospital, headers: &HeaderMap, form: &Form) -> Result<Browser, Stranger> {
    let browser = current(site, headers).ok_or(Stranger::NoSession)?;
    let origin = headers.get("origin").and_then(|origin| origin.to_str().ok());
    // A browser that hides the origin says `null`; the CSRF value still has to be right.
    let foreign = origin.is_some_and(|origin| origin != site.address.issuer && origin != "null");
    if foreign || !secret::same(form.only("csrf"), &browser.csrf) {
        return Err(Stranger::Forged);
    }
    Ok(browser)
}

/// Sets the cookie on an answer.
pub(crate) fn keep(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
    }
}

fn name(site: &Hospital) -> String {
    format!("practice-{}-{}", site.names.slug, site.address.origin.port().unwrap_or(0))
}
