//! `POST [target]/$connect` as it was: a form, a query or Parameters alike, six parameters, each refusal a 400 in the
//! words of then, and a yes that looks like an error.

use std::collections::HashMap;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use serde_json::json;
use url::{Url, form_urlencoded};

use super::{authorize::unpack, own_id};
use crate::{
    ccde::{done, outcome, parameters::Parameters, patients_app},
    fhir::outcome::Refusal,
    hospital::Site,
    store::{NewConnection, Presented},
};

/// Longest handle.
const LONGEST_HANDLE: usize = 64;

pub(super) async fn handle(
    State(site): State<Site>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let (_, own_patient) = patients_app(&site, &headers)?;
    let given = Given::read(query.as_deref(), &headers, &body)?;
    let source = given
        .one("source")
        .filter(|source| Url::parse(source).is_ok())
        .ok_or_else(|| invalid("\"source\" must be provided, and must be an absolute URL"))?;
    let consent = given
        .one("consent")
        .filter(|id| is_id(id))
        .ok_or_else(|| invalid("\"consent\" must be provided, and must be a valid FHIR id"))?;
    let patient = given.one("patient").filter(|patient| !patient.is_empty());
    if patient.is_some_and(|patient| !is_id(patient)) {
        return Err(invalid("if \"patient\" is provided, it must be a valid FHIR id"));
    }
    let seconds: i32 = given
        .one("expires_in")
        .and_then(|seconds| seconds.parse().ok())
        .ok_or_else(|| invalid("\"expires_in\" must be provided, and must be a valid integer"))?;
    let wrong_jwt = || invalid("\"jwt\" must be provided, and must be a JWT returned from $jwt");
    let jwt = given.one("jwt").ok_or_else(wrong_jwt)?;
    let claims = unpack(jwt).map_err(|_| invalid("Exception reading JWT: not a JWT"))?;
    if claims.iss != own_id(&site) {
        return Err(wrong_jwt());
    }
    let handle =
        given.one("authorization").filter(|handle| handle.len() < LONGEST_HANDLE).ok_or_else(|| {
            invalid("\"authorization\" must be provided, and must be shorter than 64 chars long")
        })?;
    // Two things that it did not look at and a practice hospital must: nobody else's chart, nobody else's server.
    if patient.is_some_and(|patient| patient != own_patient) {
        return Err(Refusal::forbidden("this sign-in is for another patient"));
    }
    if !site.peer.is_base(source) {
        return Err(outcome::against_rules("this EHR does not know that source"));
    }
    if let Some(reason) = site.faults.manners().refuses_connect {
        return Err(invalid(&reason));
    }
    site.store.present(
        &NewConnection {
            source: site.peer.base.as_str(),
            consent,
            patient: &own_patient,
            until: Some(site.second().saturating_add(i64::from(seconds))),
        },
        &Presented { jwt: jwt.to_owned(), handle: handle.to_owned() },
    )?;
    site.journal.changed();
    site.wake.notify_one();
    let mut accepted = outcome::outcome("error", "informational", "Connection Accepted");
    accepted["text"] = json!({
        "status": "generated",
        "div": "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Connection Accepted</p></div>"
    });
    Ok(done(&accepted))
}

fn invalid(text: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, "invalid", text)
}

fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
}

/// The parameters, wherever they came.
struct Given(HashMap<String, String>);

impl Given {
    fn read(query: Option<&str>, headers: &HeaderMap, body: &Bytes) -> Result<Self, Refusal> {
        let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let mut given: HashMap<String, String> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes()).into_owned().collect();
        if media.starts_with("application/x-www-form-urlencoded") {
            given.extend(form_urlencoded::parse(body).into_owned());
        } else {
            let parameters = Parameters::read(headers, body)?;
            for name in ["source", "consent", "patient", "expires_in", "jwt", "authorization"] {
                given.extend(parameters.any(name)?.map(|value| (name.to_owned(), value)));
            }
        }
        Ok(Self(given))
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}
