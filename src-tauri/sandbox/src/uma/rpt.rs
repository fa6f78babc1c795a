//! What a requesting party token opens at this second: what it was given, as far as the owner's policies still allow it.

use axum::http::HeaderMap;

use crate::{
    fhir::{Access, Denied},
    hospital::Hospital,
    scope::Scopes,
    store::{Permission, UmaKind, UmaToken},
};

use super::{pat, token};

/// A requesting party token that somebody showed, good or not.
#[derive(Debug, Clone)]
pub(crate) struct Bought {
    pub(crate) hash: String,
    /// FHIR base of the EHR that holds it.
    pub(crate) client: String,
    /// Whose records it is about.
    pub(crate) patient: String,
}

/// The requesting party token of a request, also when it no longer opens anything.
pub(crate) fn bought(site: &Hospital, headers: &HeaderMap) -> Option<Bought> {
    let hash = pat::hash(headers)?;
    let token = site.store.uma_token(&hash, UmaKind::Rpt).ok()??;
    let patient = token::owner_of(site, &token.permissions).ok()??;
    Some(Bought { hash, client: token.client, patient })
}

/// What the token of a request opens; `None` when it is no requesting party token.
pub(crate) fn access(site: &Hospital, hash: &str) -> Option<Result<Access, Denied>> {
    let token = site.store.uma_token(hash, UmaKind::Rpt).ok()??;
    Some(standing(site, &token).and_then(|permissions| opens(site, token, &permissions)))
}

/// The permissions that still stand.
pub(super) fn standing(site: &Hospital, token: &UmaToken) -> Result<Vec<Permission>, Denied> {
    let over = |why: &str| Denied::Invalid(why.to_owned());
    if token.expires <= site.second() {
        return Err(over("this token has expired"));
    }
    let policies = site.store.policies().map_err(|_| over("the policies could not be read"))?;
    let permissions = token::allowed(&token.permissions, &policies, &token.client);
    if permissions.is_empty() {
        return Err(over("the owner of these records has ended it"));
    }
    Ok(permissions)
}

fn opens(site: &Hospital, token: UmaToken, permissions: &[Permission]) -> Result<Access, Denied> {
    let owner = token::owner_of(site, permissions).ok().flatten();
    let patient = owner.ok_or_else(|| Denied::Invalid("this token is about nobody".to_owned()))?;
    let scopes =
        Scopes::from_each(permissions.iter().flat_map(|one| &one.resource_scopes).map(String::as_str));
    Ok(Access {
        who: token.client,
        consent: Some(format!("policy of {patient}")),
        patient: Some(patient),
        scopes,
        user: None,
    })
}
