//! What one letter carries: new or changed records of the patient that the Consent grants, as a FHIR Bundle.
//!
//! <https://hl7.org/fhir/R4/bundle.html>, type `collection`. The law kept here: only the patient's own compartment, only
//! granted scopes, only types that another EHR may keep, and nothing that came from another EHR itself.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    fhir,
    hospital::Hospital,
    resources::{
        Search, Sort, SortBy, StoreError, Stored,
        types::{SERVED, Served},
    },
    scope::{Reach, Scopes},
    store::Push,
    versions,
};

/// Most records of one letter; the rest goes with the next.
const MOST: usize = 400;

/// Records per query.
const PAGE: u32 = 250;

/// One record of a letter.
pub(super) struct Enclosed {
    pub(super) kind: &'static str,
    pub(super) stored: Stored,
}

/// What was not sent yet in this version.
pub(super) fn unsent(
    site: &Hospital,
    push: &Push,
    scopes: &Scopes,
    sent: &BTreeMap<(String, String), u32>,
) -> Result<Vec<Enclosed>, StoreError> {
    let mut found = Vec::new();
    for served in SERVED.iter().filter(|served| served.copied && served.in_compartment()) {
        let Some(reach) = reach(site, served, scopes) else { continue };
        let mut search = Search {
            served,
            patient: Some(push.patient.clone()),
            criteria: Vec::new(),
            reach,
            sort: Sort { by: SortBy::Updated, descending: false },
            after: None,
            limit: PAGE,
        };
        loop {
            let page = site.resources.search(&search)?;
            for stored in page.entries {
                let is_own = versions::source(site.ways.fhir, &stored.json).is_none();
                let last = sent.get(&(served.name.to_owned(), stored.id.clone()));
                if is_own && last.is_none_or(|version| *version < stored.version) {
                    found.push(Enclosed { kind: served.name, stored });
                }
                if found.len() >= MOST {
                    return Ok(found);
                }
            }
            match page.next {
                Some(next) => search.after = Some(next),
                None => break,
            }
        }
    }
    Ok(found)
}

/// The criteria that the scopes leave; none when they do not open the type.
fn reach(
    site: &Hospital,
    served: &'static Served,
    scopes: &Scopes,
) -> Option<Vec<Vec<crate::resources::Criterion>>> {
    match scopes.reach(served.name, 'r') {
        Reach::Nothing => None,
        Reach::Everything => Some(Vec::new()),
        Reach::Only(queries) => {
            let base = site.address.base.as_str();
            let all: Vec<_> = queries
                .into_iter()
                .filter_map(|text| fhir::narrowing(site.ways.fhir, served, text, base))
                .collect();
            (!all.is_empty()).then_some(all)
        }
    }
}

/// The Bundle of a letter, each entry under the address that it has at this EHR.
pub(super) fn bundle(site: &Hospital, enclosed: &[Enclosed]) -> Value {
    let base = &site.address.base;
    let entries: Vec<Value> = enclosed
        .iter()
        .map(|record| {
            json!({
                "fullUrl": format!("{base}/{}/{}", record.kind, record.stored.id),
                "resource": record.stored.json
            })
        })
        .collect();
    let bundle = json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": site.clock.now(),
        "entry": entries
    });
    versions::native(site.ways.fhir, bundle)
}
