//! Makes go wrong what [`crate::Faults`] says: statuses, HTML pages, lost replies, stalls, and
//! Consents that grant more when read back.

use axum::{
    body::{self, Body},
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT},
    },
    middleware::Next,
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use crate::{
    ccde::consent::SCOPES,
    faults::{Exchange, Fault},
    hospital::{Hospital, Site},
    http::PEER_AGENT,
    listen::Cutter,
};

use super::MORE;

/// Largest answer that is rewritten.
const LARGEST_ANSWER: usize = 4 * 1024 * 1024;

pub(super) async fn meddle(
    State(site): State<Site>,
    ConnectInfo(connection): ConnectInfo<Cutter>,
    request: Request,
    next: Next,
) -> Response {
    let manners = site.faults.manners();
    if manners.down {
        return html(StatusCode::SERVICE_UNAVAILABLE);
    }
    let exchange = Exchange::of(request.method().as_str(), request.uri().path(), is_peer(request.headers()));
    let fault = exchange.and_then(|exchange| site.faults.take(exchange));
    let response = match fault {
        None => next.run(request).await,
        Some(Fault::Status(status, body)) => answer(status, body),
        Some(Fault::Html(status)) => html(status_code(status)),
        Some(Fault::LoseReplyBeforeCommit) => lose(&connection),
        Some(Fault::LoseReplyAfterCommit) => {
            next.run(request).await;
            lose(&connection)
        }
        Some(Fault::StallBeforeCommit) => stall(&site).await,
        Some(Fault::StallAfterCommit) => {
            next.run(request).await;
            site.journal.changed();
            stall(&site).await
        }
    };
    let is_consent =
        matches!(exchange, Some(Exchange::ConsentCreate | Exchange::ConsentRead | Exchange::ConsentUpdate));
    if manners.grants_more && is_consent { widen(response).await } else { response }
}

fn is_peer(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes() == PEER_AGENT.as_bytes())
}

fn answer(status: u16, body: Option<Value>) -> Response {
    let status = status_code(status);
    let Some(body) = body else {
        return status.into_response();
    };
    let media = if body.get("resourceType").is_some() {
        "application/fhir+json; charset=utf-8"
    } else {
        "application/json"
    };
    (status, [(CONTENT_TYPE, media)], body.to_string()).into_response()
}

fn html(status: StatusCode) -> Response {
    let reason = status.canonical_reason().unwrap_or("Error");
    let page = format!(
        "<!doctype html>\n<html lang=\"en\"><title>{reason}</title><h1>{} {reason}</h1></html>\n",
        status.as_u16()
    );
    (status, Html(page)).into_response()
}

/// The status never reaches anybody: the connection is cut before it can be written.
fn lose(connection: &Cutter) -> Response {
    connection.cut();
    StatusCode::OK.into_response()
}

/// Waits until the caller gives up (then this is dropped) or the sandbox stops.
async fn stall(site: &Hospital) -> Response {
    site.stop.cancelled().await;
    StatusCode::SERVICE_UNAVAILABLE.into_response()
}

fn status_code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Adds a scope to every Consent in the answer.
async fn widen(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = body::to_bytes(body, LARGEST_ANSWER).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let Ok(mut json) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(parts, Body::from(bytes));
    };
    widen_consent(&mut json);
    for entry in json.get_mut("entry").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(resource) = entry.get_mut("resource") {
            widen_consent(resource);
        }
    }
    let text = json.to_string();
    parts.headers.insert(CONTENT_LENGTH, HeaderValue::from(text.len()));
    Response::from_parts(parts, Body::from(text))
}

fn widen_consent(json: &mut Value) {
    let is_consent = json.get("resourceType").is_some_and(|kind| kind == "Consent");
    if !is_consent {
        return;
    }
    // STU3, R4 and R5 each have their own place for it.
    for place in ["/except/0/class", "/provision/provision/0/class", "/provision/0/documentType"] {
        if let Some(classes) = json.pointer_mut(place).and_then(Value::as_array_mut) {
            classes.push(json!({ "system": SCOPES, "code": MORE }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widens_consents_and_nothing_else() {
        for (consent, place) in [
            (json!({ "except": [{ "class": [] }] }), "/except/0/class/0/code"),
            (
                json!({ "provision": { "provision": [{ "class": [] }] } }),
                "/provision/provision/0/class/0/code",
            ),
            (json!({ "provision": [{ "documentType": [] }] }), "/provision/0/documentType/0/code"),
        ] {
            let mut consent = consent;
            consent["resourceType"] = json!("Consent");
            widen_consent(&mut consent);
            assert_eq!(consent.pointer(place).unwrap(), MORE);
        }
        let mut other = json!({ "resourceType": "OperationOutcome" });
        widen_consent(&mut other);
        assert_eq!(other, json!({ "resourceType": "OperationOutcome" }));
    }
}
