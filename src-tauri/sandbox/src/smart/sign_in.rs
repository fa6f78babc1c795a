//! The sign-in page, and what happens to the password typed there.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use crate::{
    hospital::{Hospital, Site},
    logins::Person,
    store::Browser,
    web::pages::{self, text},
};

use super::{browser, choose, decision, form::Form};

/// What was wrong with the last try.
pub(crate) struct Failed<'a> {
    username: &'a str,
}

pub(super) async fn handle(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => {
            return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string());
        }
    };
    let id = form.only("request");
    let request = match site.store.request(id, &browser.id, site.second()) {
        Ok(Some(request)) => request,
        Ok(None) => return too_late(&site),
        Err(error) => return pages::broken(&site, &error),
    };
    let username = form.only("username");
    let Some(person) = verified(&site, username, form.only("password")) else {
        let app = site.app_name(&request.asked.client);
        return page(&site, &browser, id, &app, Some(&Failed { username }));
    };
    // One chart only: nothing to choose.
    let only = match person.charts.as_slice() {
        [only] => Some(only.patient.as_str()),
        _ => None,
    };
    if let Err(error) = site.store.advance_request(id, &person.username, only) {
        return pages::broken(&site, &error);
    }
    let next = if only.is_some() { decision::PATH } else { choose::PATH };
    (StatusCode::SEE_OTHER, [(LOCATION, format!("{next}?request={id}"))]).into_response()
}

/// The person behind a username and password. Takes as long for an unknown username as for a wrong
/// password.
pub(super) fn verified<'a>(site: &'a Hospital, username: &str, password: &str) -> Option<&'a Person> {
    let person = site.people.person(username);
    let is_right = site.people.password_fits(&site.store, username, password);
    person.filter(|_| is_right)
}

/// Said when a request was answered before, is too old, or belongs to another browser.
pub(super) fn too_late(site: &Hospital) -> Response {
    pages::error(
        site,
        StatusCode::BAD_REQUEST,
        "This sign-in is no longer open. It was finished already, or it took too long.",
    )
}

/// The page that asks for username and password.
pub(super) fn page(
    site: &Hospital,
    browser: &Browser,
    request: &str,
    app: &str,
    failed: Option<&Failed<'_>>,
) -> Response {
    let body = format!(
        "<h1>Sign in to {name}</h1>\n\
         <p>The app <strong>{app}</strong> on this computer asks to work with your record. You \
         decide on the next page what it may do.</p>\n\
         <form method=\"post\" action=\"/oauth/sign-in\" id=\"sign-in\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\n\
         {fields}\
         </form>\n\
         {logins}",
        name = text(site.names.full()),
        app = text(app),
        request = text(request),
        fields = fields(&browser.csrf, failed),
        logins = practice_logins(site),
    );
    let status = if failed.is_some() { StatusCode::UNAUTHORIZED } else { StatusCode::OK };
    pages::page(site, status, "Sign in", &body)
}

/// CSRF value, username, password and button; shared with the page of apps.
pub(super) fn fields(csrf: &str, failed: Option<&Failed<'_>>) -> String {
    let (error, marks) = match failed {
        Some(_) => (
            "<p class=\"error\" id=\"sign-in-error\" role=\"alert\">That username and password do \
             not belong together.</p>\n",
            " aria-invalid=\"true\" aria-describedby=\"sign-in-error\"",
        ),
        None => ("", ""),
    };
    format!(
        "<input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n\
         {error}\
         <div class=\"field\"><label for=\"username\">Username</label>\
         <input type=\"text\" id=\"username\" name=\"username\" value=\"{username}\" \
         autocomplete=\"username\" autocapitalize=\"none\" spellcheck=\"false\" required{marks}>\
         </div>\n\
         <div class=\"field\"><label for=\"password\">Password</label>\
         <input type=\"password\" id=\"password\" name=\"password\" \
         autocomplete=\"current-password\" required{marks}></div>\n\
         <div class=\"buttons\"><button type=\"submit\" id=\"sign-in-button\">Sign in</button></div>\n",
        csrf = text(csrf),
        username = failed.map_or_else(String::new, |failed| text(failed.username)),
    )
}

impl<'a> Failed<'a> {
    pub(super) fn with(username: &'a str) -> Self {
        Self { username }
    }
}

/// Practice passwords are no secret: without them nobody could practise.
pub(super) fn practice_logins(site: &Hospital) -> String {
    let rows: String = site
        .people
        .logins()
        .iter()
        .map(|login| {
            format!(
                "<dt>{}</dt><dd>Username <code>{}</code>, password <code>{}</code></dd>\n",
                text(&login.who),
                text(&login.username),
                text(&login.password)
            )
        })
        .collect();
    format!("<details>\n<summary>Practice logins</summary>\n<dl>\n{rows}</dl>\n</details>\n")
}
