//! The page behind `user_access_policy_uri`: the owner ticks what the other hospital may read, or nothing any more.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use crate::{
    hospital::{Hospital, Site},
    logins::{Chart, Person},
    smart::{Form, apps, browser},
    store::Browser,
    web::pages::{self, text},
};

use super::account;

const PATH: &str = "/my/sharing";

pub(super) async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    page_for(&site, &headers, None)
}

/// The same page, at the records of whoever owns this resource set.
pub(super) async fn show_from(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let patient = site.store.resource_set(&id).ok().flatten().map(|set| set.patient);
    page_for(&site, &headers, patient)
}

fn page_for(site: &Hospital, headers: &HeaderMap, patient: Option<String>) -> Response {
    let Some((browser, person)) = apps::signed_in(site, headers) else {
        return apps::ask(site, headers, None, PATH);
    };
    let chart = patient.and_then(|patient| person.chart(&patient)).or_else(|| person.charts.first());
    match chart {
        Some(chart) => {
            page(site, &browser, person, chart).unwrap_or_else(|error| pages::broken(site, &error))
        }
        None => pages::error(site, StatusCode::NOT_FOUND, "You have no records here."),
    }
}

pub(super) async fn decide(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string()),
    };
    let person = browser.username.as_deref().and_then(|name| site.people.person(name));
    let Some(chart) = person.and_then(|person| person.chart(form.only("patient"))) else {
        return apps::ask(&site, &headers, None, PATH);
    };
    let ticked: Vec<&str> = form.all("allow").collect();
    for set in site.store.resource_sets(Some(&chart.patient)).unwrap_or_default() {
        let scopes: Vec<String> = set
            .scope
            .split(' ')
            .filter(|scope| ticked.contains(&format!("{} {scope}", set.id).as_str()))
            .map(str::to_owned)
            .collect();
        let client = site.peer.base.to_string();
        if account::set_or_end(&site, &set, client, &scopes, set.name.clone(), String::new()).is_err() {
            return pages::error(&site, StatusCode::INTERNAL_SERVER_ERROR, "This could not be saved.");
        }
    }
    site.journal.changed();
    let first = site.store.resource_sets(Some(&chart.patient)).ok().and_then(|sets| sets.into_iter().next());
    let back = first.map_or_else(|| PATH.to_owned(), |set| format!("{PATH}/{}", set.id));
    (StatusCode::SEE_OTHER, [(LOCATION, back)]).into_response()
}

fn page(site: &Hospital, browser: &Browser, person: &Person, chart: &Chart) -> rusqlite::Result<Response> {
    let policies = site.store.policies()?;
    let mut boxes = String::new();
    for set in site.store.resource_sets(Some(&chart.patient))? {
        for (number, scope) in set.scope.split(' ').enumerate() {
            let allowed = policies.iter().any(|policy| {
                policy.resource == set.id
                    && policy.ended.is_none()
                    && policy.scope.split(' ').any(|own| own == scope)
            });
            boxes.push_str(&format!(
                "<div class=\"choice\"><input type=\"checkbox\" id=\"{id}-{number}\" name=\"allow\" \
                 value=\"{id} {scope}\"{checked}><label for=\"{id}-{number}\">{words}</label></div>\n",
                id = text(&set.id),
                scope = text(scope),
                checked = if allowed { " checked" } else { "" },
                words = text(&apps::words(scope)),
            ));
        }
    }
    let body = format!(
        "<h1>Who may read this record?</h1>\n\
         <p>You are signed in as {who}. The record is that of <strong>{name}</strong>.</p>\n\
         <form method=\"post\" action=\"{PATH}\" id=\"sharing\">\n\
         <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n\
         <input type=\"hidden\" name=\"patient\" value=\"{patient}\">\n\
         <fieldset><legend>{peer} may</legend>\n{boxes}</fieldset>\n\
         <p class=\"quiet\">It goes on until you untick it here.</p>\n\
         <div class=\"buttons\"><button type=\"submit\" id=\"save-button\">Save</button></div>\n</form>\n",
        who = text(&person.who),
        name = text(&chart.name),
        csrf = text(&browser.csrf),
        patient = text(&chart.patient),
        peer = text(site.peer_name()),
    );
    Ok(pages::page(site, StatusCode::OK, "Who may read", &body))
}
