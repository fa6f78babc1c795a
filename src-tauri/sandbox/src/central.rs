//! A central server that is asked about every token (RFC 7662), as a network of hospitals may run one.
//!
//! The EHRs' own token endpoints write to it; their resource servers know nothing and ask it, over HTTP, each with a
//! secret of its own. An answer is used again only as long as the central server allowed (`Cache-Control`), and never
//! beyond the token (RFC 7662 §4). Without an answer nobody is let in.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CACHE_CONTROL},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use crate::{
    bearer,
    fhir::{Access, Denied, outcome::outcome},
    hospital::{Address, Hospital, Site},
    http::{self, Unusable},
    scope::Scopes,
    secret,
    smart::{self, Form},
    ways::Introspection,
};

/// Where it is asked.
const PATH: &str = "/introspect";

/// How many answers are remembered.
const REMEMBERED: usize = 1_000;

/// How one EHR asks it.
pub(crate) struct Asking {
    place: String,
    secret: String,
    kept: Mutex<HashMap<String, (Value, i64)>>,
}

impl Asking {
    /// At the central server of this address, with a fresh secret.
    pub(crate) fn at(server: &Address) -> Result<Self, secret::NoRandomness> {
        Ok(Self { place: server.link(PATH), secret: secret::random_text()?, kept: Mutex::default() })
    }
}

/// What the running central server tells and is told.
#[derive(Default)]
pub(crate) struct Desk {
    pub(crate) asked: AtomicU64,
    pub(crate) down: AtomicBool,
}

tokio::task_local! {
    /// What the central server said about the token of the request at hand.
    static SAID: Result<Access, Denied>;
}

/// What was said about the request at hand; none where nobody was asked.
pub(crate) fn said(site: &Hospital) -> Option<Result<Access, Denied>> {
    site.central.as_ref()?;
    SAID.try_with(Clone::clone).ok()
}

/// Asks about the token of a request to the FHIR API, before anything else looks at it.
pub(crate) async fn ask_first(State(site): State<Site>, request: Request, next: Next) -> Response {
    let is_for_records = request.uri().path().starts_with("/fhir/");
    let hash = bearer::token_hash(request.headers()).filter(|_| is_for_records);
    let (Some(asking), Some(hash)) = (&site.central, hash) else {
        return next.run(request).await;
    };
    let token = bearer::shown(request.headers()).unwrap_or_default().to_owned();
    match about(&site, asking, &hash, &token).await {
        Ok(answer) => SAID.scope(opened(&answer), next.run(request)).await,
        Err(error) => {
            tracing::warn!(%error, "the central server gave no answer");
            outcome(StatusCode::SERVICE_UNAVAILABLE, "transient", "the central server gave no answer")
        }
    }
}

/// The answer about a token: a remembered one while that is allowed, else a fresh one.
async fn about(site: &Hospital, asking: &Asking, hash: &str, token: &str) -> Result<Value, Unusable> {
    let now = site.second();
    let kept = asking.kept.lock().unwrap_or_else(PoisonError::into_inner).get(hash).cloned();
    if let Some((answer, until)) = kept
        && now < until
    {
        return Ok(answer);
    }
    let answer = site
        .http
        .post(&asking.place)
        .basic_auth(site.names.slug, Some(&asking.secret))
        .header("accept", "application/json")
        .form(&[("token", token), ("token_type_hint", "access_token")])
        .send()
        .await?
        .error_for_status()?;
    let allowed = max_age(answer.headers().get("cache-control").and_then(|value| value.to_str().ok()));
    let answer: Value = http::json(answer).await?;
    let until = answer["exp"].as_i64().unwrap_or(now).min(now.saturating_add(allowed));
    let mut kept = asking.kept.lock().unwrap_or_else(PoisonError::into_inner);
    kept.retain(|_, (_, until)| now < *until);
    if until > now && kept.len() < REMEMBERED {
        kept.insert(hash.to_owned(), (answer.clone(), until));
    }
    Ok(answer)
}

/// Seconds for which an answer may be used again.
fn max_age(header: Option<&str>) -> i64 {
    let parts = || header.unwrap_or_default().split(',').map(str::trim);
    if parts().any(|part| part == "no-store" || part == "no-cache") {
        return 0;
    }
    parts().find_map(|part| part.strip_prefix("max-age=")?.parse().ok()).unwrap_or(0)
}

/// What the answer opens.
fn opened(answer: &Value) -> Result<Access, Denied> {
    if answer["active"] != true {
        return Err(Denied::Invalid("this access token is not, or no longer, good".to_owned()));
    }
    let text = |name: &str| answer[name].as_str().map(str::to_owned);
    let scope = text("scope").unwrap_or_default();
    let patient = text("patient");
    let user = text("fhirUser").and_then(|user| {
        let mut parts = user.rsplit('/');
        let (id, kind) = (parts.next()?, parts.next()?);
        Some(format!("{kind}/{id}"))
    });
    Ok(Access {
        who: text("username").unwrap_or_default(),
        // Only a token without a patient is a backend client's.
        scopes: if patient.is_none() { Scopes::backend(&scope) } else { Scopes::parse(&scope) },
        patient,
        user,
        consent: text("consent"),
    })
}

/// The server itself, for these EHRs.
pub(crate) fn server(sites: Vec<Site>, desk: Arc<Desk>) -> Router {
    Router::new().route(PATH, post(answer)).with_state((Arc::new(sites), desk))
}

type Whole = (Arc<Vec<Site>>, Arc<Desk>);

async fn answer(State((sites, desk)): State<Whole>, headers: HeaderMap, body: Bytes) -> Response {
    if desk.down.load(Ordering::SeqCst) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    // Each resource server learns about tokens for itself, and of no other.
    let named = smart::basic(&headers);
    let site = sites.iter().find(|site| {
        named.as_ref().is_some_and(|(name, shown)| {
            site.names.slug == name
                && site.central.as_ref().is_some_and(|asking| secret::same(shown, &asking.secret))
        })
    });
    let Some(site) = site else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    desk.asked.fetch_add(1, Ordering::SeqCst);
    let form = Form::read(&body);
    let told = smart::introspect::about(site, &secret::hash(form.only("token")));
    let Ok(told) = told else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let may_keep = match site.ways.introspection {
        Introspection::Central { keep } if keep.as_secs() > 0 => {
            format!("private, max-age={}", keep.as_secs())
        }
        _ => "no-store".to_owned(),
    };
    let told = told.unwrap_or_else(|| json!({ "active": false }));
    ([(CACHE_CONTROL, may_keep)], axum::Json(told)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_kept_only_where_that_is_allowed() {
        for (header, seconds) in [
            (None, 0),
            (Some("no-store"), 0),
            (Some("private, max-age=20"), 20),
            (Some("max-age=20, no-store"), 0),
            (Some("max-age=soon"), 0),
        ] {
            assert_eq!(max_age(header), seconds, "{header:?}");
        }
    }
}
