//! Writes down every request, counts what other EHRs read or were refused, and audits it.
//!
//! Only method, path, status and whose token it was: never a query, a body or a token.

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::Response,
};

use crate::{
    audit::{self, Actor, Deed},
    bearer::{self, Holder},
    ccde::{consent::Reading, grant},
    hospital::{Hospital, Site},
    records::RequestRecord,
    store::Authorization,
    uma::Bought,
};

pub(super) async fn record(State(site): State<Site>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let holder = bearer::holder(&site, request.headers());
    let response = next.run(request).await;
    let status = response.status();
    let who = holder.as_ref().map_or_else(|| "nobody".to_owned(), |(_, holder)| holder.name());
    if method == Method::GET && path.starts_with("/fhir/") {
        match &holder {
            Some((hash, Holder::Target(authorization))) => {
                count(&site, hash, authorization, status, &path);
            }
            Some((_, Holder::Party(bought))) => party(&site, bought, status, &path),
            Some((_, Holder::App(_) | Holder::Backend(_))) | None => {}
        }
    }
    site.journal.add(RequestRecord {
        at: site.clock.now(),
        method: method.to_string(),
        path,
        status: status.as_u16(),
        who,
    });
    response
}

/// One read of another EHR. The first one with each token stands for its whole round in the audit.
fn count(site: &Hospital, hash: &str, authorization: &Authorization, status: StatusCode, path: &str) {
    let counted = if status.is_success() {
        site.store.count_authorized_read(authorization.id).and_then(|()| {
            if site.store.count_read(hash)? {
                audit::write(site, &authorization.into(), &Deed::Round { path });
            }
            Ok(())
        })
    } else if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) {
        let reason = refusal(site, authorization);
        audit::write(site, &authorization.into(), &Deed::Refused { reason: &reason });
        site.store.count_refusal(authorization.id)
    } else {
        Ok(())
    };
    if let Err(error) = counted {
        tracing::error!(%error, "a read could not be counted");
    }
}

/// One read with a requesting party token.
fn party(site: &Hospital, bought: &Bought, status: StatusCode, path: &str) {
    let actor = Actor::party(site, bought);
    if status.is_success() {
        if site.store.count_uma_read(&bought.hash).unwrap_or_default() {
            audit::write(site, &actor, &Deed::Round { path });
        }
    } else if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND) {
        let reason = "the owner does not allow it, or the token was no longer good";
        audit::write(site, &actor, &Deed::Refused { reason });
    }
}

fn refusal(site: &Hospital, authorization: &Authorization) -> String {
    let stored = site.resources.read("Consent", &authorization.consent).ok().flatten();
    let current = site.store.authorization(authorization.id).ok().flatten();
    let reading = stored.as_ref().map(|stored| Reading::of(site.ways.fhir, &stored.json));
    let current = current.as_ref().unwrap_or(authorization);
    match grant::standing(site.ways.dialect, current, reading.as_ref(), site.second()) {
        Err(over) => over.to_string(),
        Ok(_) => "the request went beyond the Consent or its token was no longer good".to_owned(),
    }
}
