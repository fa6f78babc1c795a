//! The page itself: whose records, from where, and how it stands.

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};

use crate::{
    hospital::{Hospital, Site},
    logins::Person,
    records::ConnectionState,
    secret,
    smart::{Form, apps, browser},
    store::{Browser, ConnectionRow, Link, NewConnection, Under},
    web::pages::{self, text},
};

use super::{PATH, launch};

/// How long a person may take at the other EHR, in seconds.
const LIFE: i64 = 900;

pub(super) async fn show(State(site): State<Site>, headers: HeaderMap) -> Response {
    match apps::signed_in(&site, &headers) {
        Some((browser, person)) => {
            page(&site, &browser, person).unwrap_or_else(|error| pages::broken(&site, &error))
        }
        None => apps::ask(&site, &headers, None, PATH),
    }
}

pub(super) async fn begin(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string()),
    };
    let person = browser.username.as_deref().and_then(|name| site.people.person(name));
    let Some(chart) = person.and_then(|person| person.chart(form.only("patient"))) else {
        return apps::ask(&site, &headers, None, PATH);
    };
    let (Ok(state), Ok(verifier)) = (secret::random_text(), secret::random_text()) else {
        return pages::broken(&site, &secret::NoRandomness);
    };
    let link = Link { state, verifier, browser: browser.id, patient: chart.patient.clone() };
    let now = site.second();
    if let Err(error) = site.store.begin_link(&link, now, now.saturating_add(LIFE)) {
        return pages::broken(&site, &error);
    }
    match launch::address(&site, &link).await {
        Ok(address) => (StatusCode::SEE_OTHER, [(LOCATION, address.to_string())]).into_response(),
        Err(error) => pages::error(&site, StatusCode::BAD_GATEWAY, &error.to_string()),
    }
}

/// The browser comes back from the other EHR. Only the browser that left can finish.
pub(super) async fn back(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let form = Form::read(query.unwrap_or_default().as_bytes());
    let late = || {
        pages::error(
            &site,
            StatusCode::BAD_REQUEST,
            "This is no longer open, or it began in another browser.",
        )
    };
    let Some(browser) = browser::current(&site, &headers) else { return late() };
    let link = match site.store.finish_link(form.only("state"), &browser.id, site.second()) {
        Ok(Some(link)) => link,
        Ok(None) => return late(),
        Err(error) => return pages::broken(&site, &error),
    };
    // RFC 9207: an answer of somebody else is none.
    let foreign = form.one("iss").is_ok_and(|iss| iss.is_some_and(|iss| *iss != site.peer.issuer));
    if foreign || form.only("code").is_empty() {
        return pages::error(&site, StatusCode::FORBIDDEN, "The other hospital did not let us in.");
    }
    let tokens = match launch::redeem(&site, &link, form.only("code")).await {
        Ok(tokens) => tokens,
        Err(error) => return pages::error(&site, StatusCode::BAD_GATEWAY, &error.to_string()),
    };
    let (Some(patient), Some(refresh)) = (tokens.patient, tokens.refresh_token) else {
        return pages::error(&site, StatusCode::BAD_GATEWAY, "The other hospital let us in for nobody.");
    };
    let kept = site.store.keep_link_token(&link.patient, &refresh).and_then(|()| {
        site.store.connect(&NewConnection {
            source: site.peer.base.as_str(),
            consent: &format!("SignIn/{patient}"),
            patient: &link.patient,
            until: None,
        })
    });
    if let Err(error) = kept {
        return pages::broken(&site, &error);
    }
    site.journal.changed();
    site.wake.notify_one();
    (StatusCode::SEE_OTHER, [(LOCATION, PATH)]).into_response()
}

pub(super) async fn end(State(site): State<Site>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Form::read(&body);
    let browser = match browser::posted(&site, &headers, &form) {
        Ok(browser) => browser,
        Err(stranger) => return pages::error(&site, StatusCode::FORBIDDEN, &stranger.to_string()),
    };
    let person = browser.username.as_deref().and_then(|name| site.people.person(name));
    let Some(chart) = person.and_then(|person| person.chart(form.only("patient"))) else {
        return apps::ask(&site, &headers, None, PATH);
    };
    if let Err(error) = give_back(&site, &chart.patient).await {
        return pages::error(&site, StatusCode::BAD_GATEWAY, &error.to_string());
    }
    (StatusCode::SEE_OTHER, [(LOCATION, PATH)]).into_response()
}

async fn give_back(site: &Hospital, patient: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    if let Some(token) = site.store.link_token(patient)? {
        launch::revoke(site, &token).await?;
    }
    for row in linked(site, patient)? {
        site.store.end_connection(row.id)?;
    }
    site.journal.changed();
    Ok(())
}

fn linked(site: &Hospital, patient: &str) -> rusqlite::Result<Vec<ConnectionRow>> {
    let rows = site.store.connections()?;
    Ok(rows
        .into_iter()
        .filter(|row| row.patient == patient && matches!(row.under(), Under::SignIn { .. }))
        .collect())
}

fn page(site: &Hospital, browser: &Browser, person: &Person) -> rusqlite::Result<Response> {
    let mut charts = String::new();
    for chart in &person.charts {
        let row = linked(site, &chart.patient)?.into_iter().next_back();
        let (action, button, state) = match row.map(|row| row.state) {
            Some(ConnectionState::Copying) => ("/end", "Stop getting them", "We get them now."),
            Some(ConnectionState::Refused) => ("", "Connect again", "The other hospital refuses us."),
            Some(ConnectionState::Ended) | None => ("", "Connect", "Not connected."),
        };
        charts.push_str(&format!(
            "<li><form method=\"post\" action=\"{PATH}{action}\"><p><strong>Records of {name} from {peer}\
             </strong> <span class=\"quiet\">{state}</span></p>\
             <input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\
             <input type=\"hidden\" name=\"patient\" value=\"{patient}\">\
             <button type=\"submit\">{button}</button></form></li>\n",
            name = text(&chart.name),
            peer = text(site.peer_name()),
            csrf = text(&browser.csrf),
            patient = text(&chart.patient),
        ));
    }
    let body = format!(
        "<h1>Get my records from another hospital</h1>\n\
         <p>You are signed in as {who}. You will sign in at the other hospital and decide there what we may \
         read. You can end it there or here at any time.</p>\n<ul class=\"plain\">\n{charts}</ul>\n",
        who = text(&person.who),
    );
    Ok(pages::page(site, StatusCode::OK, "Records from elsewhere", &body))
}
