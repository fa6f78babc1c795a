//! `GET [source]/Consent/[id]/$listPush`: where records are mailed under a Consent, and how it goes.
//!
//! One repeating parameter `token` (sic) with the parts `address` and `status`, a text for people; and, as in
//! `$authorizations`, `error` when nothing can be sent. Stopped pushes and those whose time is over are not listed: nothing goes there any more, and nothing will.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{direct::address::Address, fhir::outcome::Refusal, hospital::Site, store::Push};

use super::{
    super::{done, grant::Over},
    flowing, standing,
};

pub(super) async fn handle(
    State(site): State<Site>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (post, _, _, stored) = flowing(&site, &headers, &id)?;
    let now = site.second();
    let mut tokens: Vec<Value> = Vec::new();
    for push in site.store.pushes()?.into_iter().filter(|push| push.consent == stored.id) {
        let error = match standing(site.ways.fhir, &push, Some(&stored), now) {
            Ok(_) => push.trouble.clone(),
            Err(Over::Revoked | Over::Expired) => continue,
            Err(over) => Some(over.to_string()),
        };
        let address = Address::parse(&push.address)
            .map_or_else(|| push.address.clone(), |address| post.form.write(&address));
        let mut parts = vec![
            json!({ "name": "address", "valueUri": address }),
            json!({ "name": "status", "valueString": status(&push, error.as_deref()) }),
        ];
        if let Some(error) = error {
            parts.push(json!({ "name": "error", "valueString": error }));
        }
        tokens.push(json!({ "name": "token", "part": parts }));
    }
    let mut answer = json!({ "resourceType": "Parameters" });
    if !tokens.is_empty() {
        // An empty `parameter` array is not valid FHIR.
        answer["parameter"] = tokens.into();
    }
    Ok(done(&answer))
}

fn status(push: &Push, error: Option<&str>) -> String {
    error.map_or_else(|| sent(push), |error| format!("not sent: {error}; {}", sent(push)))
}

fn sent(push: &Push) -> String {
    let records = if push.records == 1 { "1 record".to_owned() } else { format!("{} records", push.records) };
    match push.last_sent.and_then(|second| Timestamp::from_second(second).ok()) {
        Some(last) => format!("{records} sent; last {last}"),
        None => "nothing sent yet".to_owned(),
    }
}
