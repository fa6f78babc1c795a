//! `POST /oauth/cavs` with `jwt=…`: says of the application that signed it what the register holds. Anybody may ask.
//!
//! Whether the JWT is still fresh is the question of the EHR it was given to; here it only names who signed.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse as _, Response},
};
use jsonwebtoken::jwk::{Jwk, JwkSet, ThumbprintHash};
use serde::Deserialize;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::verdict::{Endorsement, Verdict};
use crate::{
    hospital::{Hospital, Site},
    jws::{self, Unbelievable},
    ways::CavsLayout,
};

pub(super) async fn handle(State(site): State<Site>, body: Bytes) -> Response {
    let Some(cavs) = &site.ways.cavs else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut given = form_urlencoded::parse(&body).filter(|(name, _)| name == "jwt").map(|(_, jwt)| jwt);
    let (Some(jwt), None) = (given.next(), given.next()) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_request" }))).into_response();
    };
    let document = match judge(&site, &jwt) {
        Ok((verdict, endorsements)) => answer(site.names.full(), &verdict, &endorsements, cavs.layout),
        Err(Judged::Invalid(error)) => json!({ "status": "invalid", "message": error.to_string() }),
        Err(Judged::Broken) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    ([(CACHE_CONTROL, "no-store")], Json(document)).into_response()
}

/// Why there is no verdict.
enum Judged {
    /// The JWT proves nothing.
    Invalid(Unbelievable),
    /// The register failed.
    Broken,
}

#[derive(Deserialize)]
struct Anything {}

fn judge(site: &Hospital, jwt: &str) -> Result<(Verdict, Vec<Endorsement>), Judged> {
    let issuer = jws::claimed_issuer(jwt).map_err(Judged::Invalid)?;
    let known = site.store.applications(&issuer).map_err(|_| Judged::Broken)?;
    let keys: Vec<Jwk> = known.iter().filter_map(|one| serde_json::from_str(&one.key).ok()).collect();
    if keys.is_empty() {
        return Ok((Verdict::Unknown, Vec::new()));
    }
    let key = match jws::check::<Anything>(jwt, &JwkSet { keys }) {
        Ok((key, _)) => key,
        Err(Unbelievable::UnknownKey) => return Ok((Verdict::Unknown, Vec::new())),
        Err(error) => return Err(Judged::Invalid(error)),
    };
    let thumbprint = key.thumbprint(ThumbprintHash::SHA256).map_err(|_| Judged::Broken)?;
    let found = known.into_iter().find(|one| one.thumbprint == thumbprint);
    let Some(found) = found else { return Ok((Verdict::Unknown, Vec::new())) };
    let verdict = serde_json::from_str(&found.verdict).map_err(|_| Judged::Broken)?;
    let endorsements = serde_json::from_str(&found.endorsements).map_err(|_| Judged::Broken)?;
    Ok((verdict, endorsements))
}

fn answer(name: &str, verdict: &Verdict, endorsements: &[Endorsement], layout: CavsLayout) -> Value {
    let (status, message) = match verdict {
        Verdict::Approved => ("approved", format!("Approved for use by {name}")),
        Verdict::Unknown => return json!({ "status": "unknown", "message": "Unknown JWT" }),
        Verdict::Unsuitable(status) => {
            ("unsuitable", format!("This application cannot be used because its status is {status}"))
        }
        Verdict::Other(word) => (word.as_str(), format!("Its status is {word}")),
    };
    let endorsements: Vec<Value> = endorsements.iter().map(|one| endorsement(one, layout)).collect();
    json!({ "status": status, "message": message, "endorsements": endorsements })
}

fn endorsement(one: &Endorsement, layout: CavsLayout) -> Value {
    let (kind, comment) = (one.kind.code(), &one.comment);
    match layout {
        CavsLayout::Inside => json!({
            "endorser": { "name": one.endorser, "url": one.url, "type": kind, "comment": comment }
        }),
        CavsLayout::Beside => json!({
            "type": kind, "comment": comment, "endorser": { "name": one.endorser, "url": one.url }
        }),
    }
}
