//! The HTTP server of one EHR: which address leads where, and what every request passes through.
//!
//! From outside in: the guard (`Host`, headers), the recorder (list of requests, counters, audit),
//! the saboteur (faults), the routes. No CORS header is ever sent, so no web page can read an answer.

mod guard;
mod home;
pub(crate) mod pages;
mod recorder;
mod saboteur;

use std::sync::Arc;

use axum::{Router, extract::DefaultBodyLimit, middleware, routing::get};

use crate::{
    bearer, cavs, ccde, central,
    direct::gate,
    directory, elsewhere,
    fhir::{self, FhirState, reply::name_release},
    hospital::Site,
    smart, uma,
    ways::{Backend, Dialect},
};

/// The scope that an EHR adds when it is told to grant more than was asked.
pub(crate) const MORE: &str = "patient/*.cruds";

/// Largest form or Parameters body.
const LARGEST_BODY: usize = 256 * 1024;

/// The server of one EHR.
pub(crate) fn server(site: &Site) -> Router {
    let operations = Router::new()
        .merge(smart::fhir_routes())
        .merge(ccde::routes(&site.ways))
        .with_state(Arc::clone(site));
    let api = uma::guarded(site, operations.merge(fhir::routes(fhir_state(site))))
        .layer(middleware::map_response_with_state(site.ways.fhir, name_release))
        .layer(middleware::from_fn_with_state(Arc::clone(site), gate::wait));
    let layered = Router::new()
        .route("/", get(home::show))
        .route("/style.css", get(home::style))
        .route("/records", get(home::records))
        .merge(smart::routes())
        .merge(cavs::routes())
        .merge(directory::routes())
        .merge(uma::routes(site.ways.uma))
        .merge(if site.ways.backend == Backend::Aidbox { smart::aidbox_routes() } else { Router::new() })
        .merge(elsewhere::routes(site.ways.connects_itself))
        .with_state(Arc::clone(site))
        .nest("/fhir", api);
    let layered = if site.ways.dialect == Dialect::Reference {
        layered.layer(middleware::from_fn_with_state(Arc::clone(site), ccde::reference::manners::of_2017))
    } else {
        layered
    };
    layered
        .layer(middleware::from_fn_with_state(Arc::clone(site), central::ask_first))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(site), saboteur::meddle))
        .layer(middleware::from_fn_with_state(Arc::clone(site), recorder::record))
        .layer(middleware::from_fn_with_state(Arc::clone(site), guard::guard))
}

fn fhir_state(site: &Site) -> FhirState {
    let (door, clock, bell) = (Arc::clone(site), site.clock.clone(), Arc::clone(site));
    FhirState {
        resources: Arc::clone(&site.resources),
        ways: site.ways.clone(),
        base: site.address.base.clone(),
        name: site.names.full().to_owned(),
        authenticate: Arc::new(move |headers| bearer::access(&door, headers)),
        now: Arc::new(move || clock.now()),
        changed: Arc::new(move || bell.journal.changed()),
        oauth: smart::oauth_uris(site),
    }
}
