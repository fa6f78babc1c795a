//! The front page, the style sheet, and the EHR's own records as JSON.

use axum::{
    Json,
    extract::State,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

use crate::{ehr, elsewhere, hospital::Site};

use super::pages::{self, text};

pub(super) async fn show(State(site): State<Site>) -> Response {
    let body = format!(
        "<h1>Welcome</h1>\n\
         <p>{name} keeps the records of people who do not exist. Apps find it at \
         <code>{base}</code>.</p>\n\
         <p><a href=\"/my/apps\">See which apps and hospitals may open your record</a></p>\n{elsewhere}",
        name = text(site.names.full()),
        base = text(site.address.base.as_str()),
        elsewhere = elsewhere(&site),
    );
    pages::page(&site, StatusCode::OK, "Welcome", &body)
}

/// The way to the page on which people get their records from elsewhere, where there is one.
fn elsewhere(site: &Site) -> String {
    if site.ways.connects_itself {
        format!("<p><a href=\"{}\">Get my records from another hospital</a></p>\n", elsewhere::PATH)
    } else {
        String::new()
    }
}

pub(super) async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "max-age=600")], include_str!("style.css"))
        .into_response()
}

pub(super) async fn records(State(site): State<Site>) -> Response {
    Json(ehr::snapshot(&site)).into_response()
}
