//! Pattern 1 of the track, application-managed: the target's own page "Get my records from another hospital".
//!
//! No operation of any track: a person who is signed in here goes to the other EHR's sign-in (SMART App Launch,
//! standalone), lets this EHR in there, and comes back with a code. What follows is fetching, as for any client. It ends
//! where it was allowed, or here by giving the tokens back.

mod launch;
mod page;

use axum::{
    Router,
    routing::{get, post},
};

use crate::{
    client::{Client, Credential},
    hospital::{Hospital, Site},
};

pub(crate) use launch::{NoTokens, Refreshed, refresh};

/// Where the page is.
pub(crate) const PATH: &str = "/my/records-elsewhere";

/// The pages, at an EHR that has them.
pub(crate) fn routes(connects_itself: bool) -> Router<Site> {
    if !connects_itself {
        return Router::new();
    }
    Router::new()
        .route(PATH, get(page::show).post(page::begin))
        .route("/my/records-elsewhere/back", get(page::back))
        .route("/my/records-elsewhere/end", post(page::end))
}

/// Makes an EHR that connects itself known to the other one, as any client is: by hand, beforehand.
pub(crate) fn register(connecting: &Hospital, at: &Hospital) -> rusqlite::Result<()> {
    let client = Client::app(connecting.address.base.as_str(), connecting.names.full(), Credential::None)
        .at_exactly([redirect(connecting)]);
    at.store.keep_client(&client)
}

fn redirect(site: &Hospital) -> String {
    site.address.link("/my/records-elsewhere/back")
}
