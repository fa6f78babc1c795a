//! `/my/apps`, SMART's `management_endpoint`: which apps and hospitals may open a person's records,
//! and a button to end each.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use jiff::Timestamp;

use crate::{
    ccde::{consent::Reading, grant},
    hospital::{Hospital, Site},
    logins::Person,
    store::Browser,
    web::pages::{self, text},
};

use super::{
    browser, decision,
    form::Form,
    linked,
    sign_in::{Failed, fields, practice_logins, verified},
};

const PATH: &str = "/my/apps";

/// Whoever is signed in to their own pages with this browser.
pub(crate) fn signed_in<'a>(site: &'a Hospital, headers: &HeaderMap) -> Option<(Browser, &'a Person)> {
    let browser = browser::current(site, headers)?;
    let person = site.people.person(browser.username.as_deref()?)?;
    Some((browser, person))
}

/// What a scope lets somebody do, in words.
pub(crate) fn words(scope: &str) -> String {
    decision::words(scope)
}

pub(super) async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    match signed_in(&site, &headers) {
        Some((browser, person)) => {
            list(&site, &browser, person).unwrap_or_else(|error| pages::broken(&site, &error))
        }
        None => ask(&site, &headers, None, PATH),
    }
}

pub(super) async fn sign_in(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let before = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => {
            return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string());
        }
    };
    let username = form.only("username");
    let Some(person) = verified(&site, username, form.only("password")) else {
        return ask(&site, &headers, Some(&Failed::with(username)), next(&form));
    };
    // A fresh cookie: one that was planted before the sign-in must not become a signed-in one.
    match browser::start(&site, Some(&person.username)) {
        Ok((_, cookie)) => {
            if let Err(error) = site.store.drop_browser(&before.id) {
                return pages::broken(&site, &error);
            }
            let mut response = (StatusCode::SEE_OTHER, [(LOCATION, next(&form))]).into_response();
            browser::keep(response.headers_mut(), Some(cookie));
            response
        }
        Err(error) => pages::broken(&site, &*error),
    }
}

pub(super) async fn sign_out(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    match browser::posted(&site, &headers, &Form::read(&body)) {
        Ok(browser) => match site.store.drop_browser(&browser.id) {
            Ok(()) => back(),
            Err(error) => pages::broken(&site, &error),
        },
        Err(stranger) => pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string()),
    }
}

pub(super) async fn end(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => {
            return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string());
        }
    };
    let Some(person) = browser.username.as_deref().and_then(|name| site.people.person(name)) else {
        return back();
    };
    match end_one(&site, person, &form) {
        Ok(()) => back(),
        Err(error) => pages::broken(&site, &error),
    }
}

/// Ends a sign-in or an authorization of the signed-in person; others' are passed over.
fn end_one(site: &Hospital, person: &Person, form: &Form) -> rusqlite::Result<()> {
    let now = site.second();
    if let Ok(id) = form.only("sign-in").parse::<i64>()
        && let Some(sign_in) = site.store.sign_in(id)?
        && sign_in.username == person.username
    {
        site.store.end_sign_in(id, now)?;
        linked::end(site, &sign_in)?;
    }
    if let Ok(id) = form.only("authorization").parse::<i64>()
        && let Some(authorization) = site.store.authorization(id)?
        && person.chart(&authorization.patient).is_some()
    {
        site.store.revoke(&authorization.consent, &authorization.app, now)?;
    }
    site.journal.changed();
    Ok(())
}

fn back() -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, PATH)]).into_response()
}

/// Where to go after signing in: one of our own pages and nowhere else.
fn next(form: &Form) -> &'static str {
    const PAGES: [&str; 3] = [PATH, "/my/sharing", "/my/records-elsewhere"];
    PAGES.into_iter().find(|page| *page == form.only("next")).unwrap_or(PATH)
}

/// Asks somebody to sign in to their own pages, and goes on to `next`.
pub(crate) fn ask(
    site: &Hospital,
    headers: &HeaderMap,
    failed: Option<&Failed<'_>>,
    next: &'static str,
) -> Response {
    let (browser, cookie) = match browser::open(site, headers) {
        Ok(opened) => opened,
        Err(error) => return pages::broken(site, &*error),
    };
    let body = format!(
        "<h1>Your own pages</h1>\n\
         <p>Sign in to see who may open your record, and to decide about it.</p>\n\
         <form method=\"post\" action=\"{PATH}/sign-in\" id=\"sign-in\">\n\
         <input type=\"hidden\" name=\"next\" value=\"{next}\">\n{fields}</form>\n{logins}",
        fields = fields(&browser.csrf, failed),
        logins = practice_logins(site),
    );
    let status = if failed.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    let mut response = pages::page(site, status, "Sign in", &body);
    browser::keep(response.headers_mut(), cookie);
    response
}

fn list(site: &Hospital, browser: &Browser, person: &Person) -> rusqlite::Result<Response> {
    let mut hospitals = String::new();
    for authorization in site.store.authorizations()? {
        let Some(chart) = person.chart(&authorization.patient) else { continue };
        let stored = site.resources.read("Consent", &authorization.consent).ok().flatten();
        let reading = stored.as_ref().map(|stored| Reading::of(site.ways.fhir, &stored.json));
        if grant::standing(site.ways.dialect, &authorization, reading.as_ref(), site.second()).is_err() {
            continue;
        }
        hospitals.push_str(&item(
            browser,
            "authorization",
            authorization.id,
            &format!("{} fetches the record of {}", authorization.app_name, chart.name),
            &format!("until {}", day(authorization.until)),
        ));
    }
    let mut apps = String::new();
    for sign_in in site.store.sign_ins()? {
        if sign_in.username != person.username || sign_in.ended.is_some() {
            continue;
        }
        let chart = sign_in.patient.as_deref().and_then(|patient| person.chart(patient));
        let whose = chart.map_or("nobody in particular", |chart| chart.name.as_str());
        apps.push_str(&item(
            browser,
            "sign-in",
            sign_in.id,
            &format!("{} works with the record of {whose}", sign_in.client),
            &format!("since {}", day(sign_in.at)),
        ));
    }
    let shown = |items: String| match items.as_str() {
        "" => "<p>None.</p>\n".to_owned(),
        items => format!("<ul class=\"plain\">\n{items}</ul>\n"),
    };
    let body = format!(
        "<h1>My apps</h1>\n<p>You are signed in as {who}.</p>\n\
         <h2>Hospitals that may fetch</h2>\n{hospitals}\
         <h2>Apps you let in</h2>\n{apps}\
         <form method=\"post\" action=\"{PATH}/sign-out\"><input type=\"hidden\" name=\"csrf\" \
         value=\"{csrf}\"><div class=\"buttons\"><button type=\"submit\" class=\"second\">Sign out\
         </button></div></form>\n",
        who = text(&person.who),
        hospitals = shown(hospitals),
        apps = shown(apps),
        csrf = text(&browser.csrf),
    );
    Ok(pages::page(site, StatusCode::OK, "My apps", &body))
}

fn item(browser: &Browser, kind: &str, id: i64, what: &str, when: &str) -> String {
    format!(
        "<li><form method=\"post\" action=\"{PATH}/end\"><p><strong>{what}</strong> \
         <span class=\"quiet\">{when}</span></p><input type=\"hidden\" name=\"csrf\" \
         value=\"{csrf}\"><input type=\"hidden\" name=\"{kind}\" value=\"{id}\">\
         <button type=\"submit\" class=\"second\" aria-label=\"End: {what}\">End</button></form></li>\n",
        what = text(what),
        when = text(when),
        csrf = text(&browser.csrf),
    )
}

fn day(second: i64) -> String {
    Timestamp::from_second(second).map(|time| time.strftime("%-d %B %Y").to_string()).unwrap_or_default()
}
