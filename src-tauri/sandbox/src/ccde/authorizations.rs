//! `GET [source]/Consent/[id]/$authorizations`: who may fetch under a Consent, and for how long.
//!
//! One repeating parameter `token` with the parts `app-id`, and `duration` (what is left) or `error`
//! (why it opens nothing although nobody revoked it). Revoked ones are not listed.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use serde_json::{Value, json};

use crate::{fhir::outcome::Refusal, hospital::Site};

use super::{
    consent::Reading,
    done,
    duration::seconds,
    grant::{Over, standing},
    managed_consent,
};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (_, _, stored) = managed_consent(&site, &headers, &id)?;
    let reading = Reading::of(site.ways.fhir, &stored.json);
    let now = site.second();
    let mut tokens: Vec<(String, Value)> = Vec::new();
    for authorization in site.store.authorizations()? {
        if authorization.consent != stored.id {
            continue;
        }
        // Only the newest one of an app counts: the ones before are spent or renewed.
        tokens.retain(|(app, _)| *app != authorization.app);
        let app_id = json!({ "name": "app-id", "valueUri": super::listed_as(&site, &authorization.app) });
        let mut parts = vec![app_id];
        match standing(site.ways.dialect, &authorization, Some(&reading), now) {
            Ok(_) => parts.push(json!({
                "name": "duration",
                "valueDuration": seconds(authorization.until.saturating_sub(now))
            })),
            Err(Over::Revoked) => continue,
            Err(over) => parts.push(json!({ "name": "error", "valueString": over.to_string() })),
        }
        if site.faults.manners().grants_more {
            parts.push(json!({
                "name": "scope",
                "valueString": format!("{} {}", authorization.scope, crate::web::MORE)
            }));
        }
        tokens.push((authorization.app, json!({ "name": "token", "part": parts })));
    }
    let mut answer = json!({ "resourceType": "Parameters" });
    if !tokens.is_empty() {
        // An empty `parameter` array is not valid FHIR.
        answer["parameter"] = tokens.into_iter().map(|(_, token)| token).collect();
    }
    Ok(done(&answer))
}
