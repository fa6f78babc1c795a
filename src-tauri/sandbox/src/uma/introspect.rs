//! Token introspection for resource servers (Federated Authorization §5, RFC 7662): a requesting party token as its
//! permissions, each with the time at which it ends.

use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use serde_json::{Value, json};

use crate::{hospital::Site, secret, smart::Form, store::UmaKind};

use super::{error::UmaError, pat, rpt};

pub(super) async fn handle(
    State(site): State<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, UmaError> {
    pat::require(&site, &headers)?;
    let form = Form::read(&body);
    let shown = form.one("token")?.ok_or_else(|| UmaError::missing("token"))?;
    let inactive = Json(json!({ "active": false }));
    let Some(token) = site.store.uma_token(&secret::hash(shown), UmaKind::Rpt)? else {
        return Ok(inactive);
    };
    let Ok(permissions) = rpt::standing(&site, &token) else { return Ok(inactive) };
    let permissions: Vec<Value> = permissions
        .into_iter()
        .map(|one| {
            json!({
                "resource_id": one.resource_id,
                "resource_scopes": one.resource_scopes,
                "exp": token.expires
            })
        })
        .collect();
    Ok(Json(json!({
        "active": true,
        "client_id": token.client,
        "exp": token.expires,
        "iss": site.address.issuer,
        "permissions": permissions
    })))
}
