//! Nobody changes a Consent or a push while a letter that rests on it is on its way out.
//!
//! So "data will stop flowing once a 200 is returned" (`$pushStop`) is true to the letter, and for a closed Consent too:
//! the answer waits until the mail server has taken or refused what was being sent.

use axum::{
    extract::{Request, State},
    http::Method,
    middleware::Next,
    response::Response,
};

use crate::hospital::Site;

/// Lets a change through when no letter is being sent.
pub(crate) async fn wait(State(site): State<Site>, request: Request, next: Next) -> Response {
    let changes = request.method() != Method::GET && request.uri().path().contains("/Consent");
    let _closed = match &site.post {
        Some(post) if changes => Some(post.gate.lock().await),
        _ => None,
    };
    next.run(request).await
}
