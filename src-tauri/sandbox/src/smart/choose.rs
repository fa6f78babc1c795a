//! The patient picker, for a person who may open more than one chart.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use crate::{
    hospital::{Hospital, Site},
    logins::Person,
    store::{Browser, Request},
    web::pages::{self, text},
};

use super::{browser, decision, form::Form, sign_in};

pub(super) const PATH: &str = "/oauth/patient";

pub(super) async fn show(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let Some(browser) = browser::current(&site, &headers) else {
        return sign_in::too_late(&site);
    };
    match signed_in(&site, form.only("request"), &browser) {
        Some((request, person)) => page(&site, &browser, &request, person, None),
        None => sign_in::too_late(&site),
    }
}

pub(super) async fn handle(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => {
            return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string());
        }
    };
    let Some((request, person)) = signed_in(&site, form.only("request"), &browser) else {
        return sign_in::too_late(&site);
    };
    let chosen = form.only("patient");
    if chosen.is_empty() {
        return page(&site, &browser, &request, person, Some("Choose one person."));
    }
    let Some(chart) = person.chart(chosen) else {
        return pages::error(&site, StatusCode::FORBIDDEN, "That record is not yours to open.");
    };
    let noted = site.store.advance_request(&request.id, &person.username, Some(&chart.patient));
    if let Err(error) = noted {
        return pages::broken(&site, &error);
    }
    let next = format!("{}?request={}", decision::PATH, request.id);
    (StatusCode::SEE_OTHER, [(LOCATION, next)]).into_response()
}

/// An open request of this browser in which somebody has signed in.
pub(super) fn signed_in<'a>(
    site: &'a Hospital,
    request: &str,
    browser: &Browser,
) -> Option<(Request, &'a Person)> {
    let request = site.store.request(request, &browser.id, site.second()).ok()??;
    let person = site.people.person(request.username.as_deref()?)?;
    Some((request, person))
}

fn page(
    site: &Hospital,
    browser: &Browser,
    request: &Request,
    person: &Person,
    error: Option<&str>,
) -> Response {
    let choices: String = person
        .charts
        .iter()
        .map(|chart| {
            format!(
                "<div class=\"choice\"><input type=\"radio\" id=\"patient-{id}\" name=\"patient\" \
                 value=\"{id}\" required><label for=\"patient-{id}\">{name}</label>\
                 <span class=\"about\">{born}</span></div>\n",
                id = text(&chart.patient),
                name = text(&chart.name),
                born = text(&chart.about),
            )
        })
        .collect();
    let alert = error.map_or_else(String::new, |error| {
        format!("<p class=\"error\" id=\"patient-error\" role=\"alert\">{}</p>\n", text(error))
    });
    let described = if error.is_some() { " aria-describedby=\"patient-error\"" } else { "" };
    let body = format!(
        "<h1>Whose record is it about?</h1>\n\
         <p>You are signed in as {who}.</p>\n\
         <form method=\"post\" action=\"{PATH}\" id=\"choose-patient\">\n\
         <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n\
         <input type=\"hidden\" name=\"request\" value=\"{request}\">\n\
         {alert}<fieldset{described}><legend>Choose one person</legend>\n{choices}</fieldset>\n\
         <div class=\"buttons\"><button type=\"submit\" id=\"patient-button\">Go on</button></div>\n\
         </form>\n",
        who = text(&person.who),
        csrf = text(&browser.csrf),
        request = text(&request.id),
    );
    let status = if error.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    pages::page(site, status, "Whose record", &body)
}
