//! What every request must be, and what every answer carries.
//!
//! `Host` must be the literal address: a web page that rebinds its own name to 127.0.0.1 gets 421
//! and nothing else.

use axum::{
    extract::{Request, State},
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::hospital::Site;

/// No script at all. `form-action` names loopback because Chromium applies it to the redirect back
/// to the app, too.
const POLICY: &str = "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:*; \
                      frame-ancestors 'none'; base-uri 'none'";

const FIXED: [(HeaderName, &str); 5] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

pub(super) async fn guard(State(site): State<Site>, request: Request, next: Next) -> Response {
    let mut hosts = request.headers().get_all(HOST).iter();
    let is_ours = matches!(
        (hosts.next(), hosts.next()),
        (Some(host), None) if host.as_bytes() == site.address.host.as_bytes()
    );
    let mut response = if is_ours {
        next.run(request).await
    } else {
        (StatusCode::MISDIRECTED_REQUEST, "This is not the host you are looking for.\n").into_response()
    };
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
