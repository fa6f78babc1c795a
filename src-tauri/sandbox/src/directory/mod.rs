//! One directory of hospitals, open to everybody: Organization and Endpoint with a connection type, as Carequality's
//! workgroup wanted it, and each hospital's own User-Access Brands bundle (SMART App Launch 2.2).
//!
//! It lists systems of other kinds as well, because real ones do: who reads it must look at the connection type.

mod brands;
mod listing;
mod search;

use axum::{Router, routing::get};

use crate::hospital::Site;

/// Below the origin.
pub(crate) fn routes() -> Router<Site> {
    Router::new()
        .route(BRANDS, get(brands::handle))
        .route("/directory/metadata", get(search::metadata))
        .route("/directory/{type}", get(search::handle))
        .route("/directory/{type}/{id}", get(search::read))
}

/// Base of the directory.
pub(crate) const DIRECTORY: &str = "/directory";

/// The brands bundle.
pub(crate) const BRANDS: &str = "/brands";
