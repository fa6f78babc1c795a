//! `POST /uma/token`: the UMA grant (§3.3), and the resource server's own token.
//!
//! A ticket works once. What a requesting party token opens is what the ticket asks for and the owner's policies allow;
//! when that is nothing, the owner is asked, or has said no before.

use std::collections::BTreeSet;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::header::{CACHE_CONTROL, PRAGMA},
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    audit::{self, Actor, Deed},
    hospital::{Hospital, Site},
    secret::{self, Secret},
    smart::Form,
    store::{Permission, Policy, Ticket, UmaKind, UmaToken},
};

use super::{TICKET_GRANT, claims, client, error::UmaError, pat, permission};

pub(super) async fn handle(State(site): State<Site>, body: Bytes) -> Result<Response, UmaError> {
    let form = Form::read(&body);
    let answer = match form.one("grant_type")? {
        Some("client_credentials") => {
            let client = client::authenticated(&site, &form).await?;
            let token = pat::give(&site, &form, client)?;
            json!({
                "access_token": token, "token_type": "Bearer", "expires_in": pat::LIFE,
                "scope": super::PROTECTION
            })
        }
        Some(TICKET_GRANT) => {
            let client = client::authenticated(&site, &form).await?;
            requesting_party(&site, &form, client).await?
        }
        Some(_) => return Err(UmaError::UnsupportedGrantType),
        None => return Err(UmaError::missing("grant_type")),
    };
    site.journal.changed();
    Ok(([(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")], Json(answer)).into_response())
}

async fn requesting_party(
    site: &Hospital,
    form: &Form,
    client: String,
) -> Result<serde_json::Value, UmaError> {
    let shown = form.one("ticket")?.ok_or_else(|| UmaError::missing("ticket"))?;
    let now = site.second();
    let ticket = site
        .store
        .spend_ticket(&secret::hash(shown))?
        .ok_or(UmaError::InvalidGrant("this ticket is unknown or was used before"))?;
    if ticket.expires <= now {
        return Err(UmaError::InvalidGrant("this ticket has expired"));
    }
    if ticket.client.as_ref().is_some_and(|own| *own != client) {
        return Err(UmaError::InvalidGrant("this ticket is another client's"));
    }
    if !claims::prove(site, form, &client).await? {
        let ticket = permission::issue(site, ticket.permissions, Some(client.clone()))?;
        return Err(UmaError::NeedInfo { ticket, issuer: client });
    }
    let wanted = wanted(site, &ticket, form)?;
    let policies = site.store.policies()?;
    let mut granted = allowed(&wanted, &policies, &client);
    if granted.is_empty() {
        return Err(undecided(site, wanted, &policies, client, now)?);
    }
    let before = form.one("rpt")?.map(|rpt| earlier(site, rpt, &client, &granted)).transpose()?;
    let upgraded = before.is_some();
    for permission in before.into_iter().flatten() {
        if !granted.iter().any(|new| new.resource_id == permission.resource_id) {
            granted.push(permission);
        }
    }
    let life = site.access_life;
    let secret = Secret::fresh("rpt")?;
    let scopes: BTreeSet<&str> =
        granted.iter().flat_map(|one| &one.resource_scopes).map(String::as_str).collect();
    let scope = scopes.into_iter().collect::<Vec<_>>().join(" ");
    let patient = owner_of(site, &granted)?;
    let token = UmaToken { client, permissions: granted, expires: now.saturating_add(life) };
    site.store.add_uma_token(&secret.hash(), UmaKind::Rpt, &token, now)?;
    Ok(json!({
        "access_token": secret.reveal(), "token_type": "Bearer", "expires_in": life,
        "upgraded": upgraded, "scope": scope, "patient": patient
    }))
}

/// What the ticket asks for, and what the client asks beside it (§3.3.1, `scope`).
fn wanted(site: &Hospital, ticket: &Ticket, form: &Form) -> Result<Vec<Permission>, UmaError> {
    let mut wanted = ticket.permissions.clone();
    for scope in form.one("scope")?.unwrap_or_default().split_whitespace() {
        let mut found = false;
        for permission in &mut wanted {
            let set = site.store.resource_set(&permission.resource_id)?;
            if set.is_some_and(|set| set.scope.split(' ').any(|own| own == scope)) {
                found = true;
                if !permission.resource_scopes.iter().any(|own| own == scope) {
                    permission.resource_scopes.push(scope.to_owned());
                }
            }
        }
        if !found {
            return Err(UmaError::InvalidScope(format!("nothing that was asked for has the scope {scope}")));
        }
    }
    Ok(wanted)
}

/// The part of permissions that the owner's policies allow a client now.
pub(super) fn allowed(wanted: &[Permission], policies: &[Policy], client: &str) -> Vec<Permission> {
    wanted
        .iter()
        .filter_map(|permission| {
            let policy = policies.iter().find(|policy| {
                policy.resource == permission.resource_id && policy.client == client && policy.ended.is_none()
            })?;
            let scopes: Vec<String> = permission
                .resource_scopes
                .iter()
                .filter(|scope| policy.scope.split(' ').any(|own| own == scope.as_str()))
                .cloned()
                .collect();
            (!scopes.is_empty())
                .then(|| Permission { resource_id: permission.resource_id.clone(), resource_scopes: scopes })
        })
        .collect()
}

/// Nothing is allowed: an owner who ended it before has decided, another one is asked.
fn undecided(
    site: &Hospital,
    wanted: Vec<Permission>,
    policies: &[Policy],
    client: String,
    now: i64,
) -> Result<UmaError, UmaError> {
    let ended = |permission: &Permission| {
        policies.iter().any(|policy| policy.resource == permission.resource_id && policy.client == client)
    };
    if wanted.iter().any(ended) {
        if let Some(patient) = owner_of(site, &wanted)? {
            let actor = Actor { app: &client, name: site.peer_name(), patient: &patient, consent: None };
            audit::write(site, &actor, &Deed::Refused { reason: "the owner of the records ended it" });
        }
        return Ok(UmaError::RequestDenied);
    }
    for permission in &wanted {
        site.store.wish(&permission.resource_id, &client, &permission.resource_scopes.join(" "), now)?;
    }
    Ok(UmaError::RequestSubmitted { ticket: permission::issue(site, wanted, Some(client))? })
}

/// The permissions of a token that is to be upgraded: the same client's, about the same owner.
fn earlier(
    site: &Hospital,
    rpt: &str,
    client: &str,
    granted: &[Permission],
) -> Result<Vec<Permission>, UmaError> {
    let token = site
        .store
        .uma_token(&secret::hash(rpt), UmaKind::Rpt)?
        .filter(|token| token.client == client)
        .ok_or(UmaError::InvalidGrant("the rpt is unknown or another client's"))?;
    if owner_of(site, &token.permissions)? != owner_of(site, granted)? {
        return Err(UmaError::InvalidGrant("the rpt is about somebody else"));
    }
    Ok(token.permissions)
}

/// Whose records permissions are about. A token that would mix two people's is not made.
pub(super) fn owner_of(site: &Hospital, permissions: &[Permission]) -> Result<Option<String>, UmaError> {
    let mut owners = BTreeSet::new();
    for permission in permissions {
        owners.extend(site.store.resource_set(&permission.resource_id)?.map(|set| set.patient));
    }
    if owners.len() > 1 {
        return Err(UmaError::InvalidGrant("one token cannot be about two people"));
    }
    Ok(owners.pop_first())
}
