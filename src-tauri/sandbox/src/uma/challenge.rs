//! The resource server's answer to somebody without a good token: a ticket, and where to take it (UMA Grant §3.2).
//!
//! It stands beside the Bearer challenge, because apps of patients come to the same door. Only a read that names one
//! patient's records gets a ticket; asking for the patient itself gets one for everything of that patient.

use axum::{
    extract::{Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri, header::AUTHORIZATION, header::WWW_AUTHENTICATE,
    },
    middleware::Next,
    response::Response,
};

use crate::{
    hospital::{Hospital, Site},
    store::{Permission, ResourceSet, UmaKind},
};

use super::{pat, permission};

pub(super) async fn invite(State(site): State<Site>, request: Request, next: Next) -> Response {
    let invited = (request.method() == Method::GET && may_be_invited(&site, request.headers()))
        .then(|| request.uri().clone());
    let mut response = next.run(request).await;
    let refused = matches!(response.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if let (Some(uri), true) = (invited, refused)
        && let Some(challenge) = challenge(&site, &uri)
    {
        response.headers_mut().append(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Who shows no token, or a requesting party's that does not reach. The app of a patient has nothing to gain here.
fn may_be_invited(site: &Hospital, headers: &HeaderMap) -> bool {
    !headers.contains_key(AUTHORIZATION)
        || pat::hash(headers)
            .is_some_and(|hash| matches!(site.store.uma_token(&hash, UmaKind::Rpt), Ok(Some(_))))
}

fn challenge(site: &Hospital, uri: &Uri) -> Option<HeaderValue> {
    let permissions = wanted(site, uri)?;
    let ticket = permission::issue(site, permissions, None).ok()?;
    let issuer = &site.address.issuer;
    HeaderValue::try_from(format!("UMA realm=\"fhir\", as_uri=\"{issuer}\", ticket=\"{ticket}\"")).ok()
}

/// The permissions that a request would need. `None` when it names no patient of this hospital.
fn wanted(site: &Hospital, uri: &Uri) -> Option<Vec<Permission>> {
    let path = uri.path().trim_start_matches('/');
    let path = path.strip_prefix("fhir/").unwrap_or(path);
    let (kind, id) = path.split_once('/').unwrap_or((path, ""));
    let patient = if kind == "Patient" {
        id.to_owned()
    } else {
        url::form_urlencoded::parse(uri.query()?.as_bytes())
            .find(|(name, _)| name == "patient")
            .map(|(_, value)| value.trim_start_matches("Patient/").to_owned())?
    };
    let sets = site.store.resource_sets(Some(&patient)).ok()?;
    let permissions: Vec<Permission> =
        sets.iter().filter(|set| kind == "Patient" || set.name == kind).map(all_of).collect();
    (!permissions.is_empty()).then_some(permissions)
}

fn all_of(set: &ResourceSet) -> Permission {
    Permission {
        resource_id: set.id.clone(),
        resource_scopes: set.scope.split(' ').map(str::to_owned).collect(),
    }
}
