//! One look at one source: its Consents for this patient, the authorizations under each, and what its log says.
//! Either the whole list was read, or the look failed: half a list is no list.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::{
    authorization::{Authorization, Look},
    connection::{Rung, conductor, journal::Entry},
    consent::at_source,
    context::{Context, ask},
    ehr::{Ability, EhrId},
    event::Event,
    exchange::authorizations::authorizations,
    fhir::{ConsentId, SourcePatientId, audit},
    problem::{Problem, What},
    store::seen::Sighting,
};

/// What one complete look found.
struct Found {
    patient: String,
    at: Timestamp,
    entries: Vec<Authorization>,
    looks: Vec<Look>,
}

/// Looks at a source and keeps what was found, or why it could not look. Tells the window when something changed.
pub async fn look(ctx: &Context, id: &EhrId) {
    ctx.with_list(id, |list| list.asking = true);
    let found = read(ctx, id).await;
    let changed = match found {
        Ok(found) => keep(ctx, id, found),
        Err(problem) => ctx.with_list(id, |list| {
            list.asking = false;
            list.failures = list.failures.saturating_add(1);
            let changed = list.failure.as_ref().map(|p| p.what) != Some(problem.what);
            list.failure = Some(problem);
            changed
        }),
    };
    prove_turned_away(ctx, id);
    conductor::count_arrivals(ctx, id).await;
    if changed {
        ctx.tell(Event::SharingChanged);
    }
}

fn keep(ctx: &Context, id: &EhrId, found: Found) -> bool {
    let sightings: Vec<Sighting> = found
        .entries
        .iter()
        .filter_map(|e| {
            let entry = serde_json::to_string(e).ok()?;
            Some(Sighting { consent: e.consent.clone(), app: e.app.clone(), entry })
        })
        .collect();
    if ctx.store.saw(id, &found.patient, found.at, &sightings).is_err() {
        tracing::error!("a list could not be written down");
    }
    ctx.with_list(id, |list| {
        list.patient = Some(found.patient);
        list.asking = false;
        list.failure = None;
        list.failures = 0;
        list.as_of = Some(found.at);
        list.entries = found.entries;
        list.looks = found.looks;
        true
    })
}

async fn read(ctx: &Context, id: &EhrId) -> Result<Found, Problem> {
    let patient =
        ctx.sessions.granted(id).map(|g| g.patient).ok_or_else(|| Problem::new(What::SignInNeeded))?;
    let ehr = ctx.ehr(id)?;
    let at = ctx.now();
    let subject = SourcePatientId::parse(&patient)
        .ok_or_else(|| Problem::new(What::Unreadable).at(ehr.name.clone()))?;
    let consents = ask!(ctx, id, fhir => at_source::list(fhir, &subject).await).map_err(|e| e.problem())?;
    let ours: BTreeSet<String> = conductor::consents_at(ctx, id);
    let with_log = ehr.features.abilities.contains(&Ability::TellWhoLooked);
    let (mut entries, mut looks) = (Vec::new(), Vec::new());
    for consent in consents {
        // An inactive Consent of ours is still asked about: a source may go on honouring it.
        if !consent.is_active() && !ours.contains(&consent.id) {
            continue;
        }
        let Some(consent_id) = ConsentId::parse(&consent.id) else { continue };
        let listed = ask!(ctx, id, fhir => authorizations(fhir, &consent_id).await);
        let listed = match listed {
            Ok(listed) => listed,
            // Not a Consent of this kind, or gone meanwhile: it lists nobody.
            Err(error) if error.is_gone() => continue,
            Err(error) => return Err(error.problem()),
        };
        let log = if with_log && (!listed.is_empty() || ours.contains(&consent.id)) {
            ask!(ctx, id, fhir => audit::looks(fhir, &subject, &consent_id).await).unwrap_or_default()
        } else {
            Vec::new()
        };
        for one in &listed {
            entries.push(Authorization {
                consent: consent.id.clone(),
                app: one.app.clone(),
                trouble: one.trouble.as_deref().map(|t| crate::text::quoted(t, 300)),
                until: one.lasts.and_then(|lasts| at.checked_add(lasts).ok()),
                scopes: consent.scopes.clone(),
                recipient: consent.recipient.as_deref().map(crate::text::name),
                last_asked: log.iter().filter(|l| l.app == one.app && l.allowed).map(|l| l.at).max(),
            });
        }
        looks.extend(log.into_iter().map(|l| Look {
            consent: consent.id.clone(),
            app: l.app,
            at: l.at,
            allowed: l.allowed,
            detail: l.detail.map(|d| crate::text::quoted(&d, 120)),
        }));
    }
    looks.sort_by_key(|l| std::cmp::Reverse(l.at));
    Ok(Found { patient, at, entries, looks })
}

/// Writes the third rung of a stop when the source's log shows that the target was turned away after it.
fn prove_turned_away(ctx: &Context, id: &EhrId) {
    let looks = ctx.with_list(id, |list| list.looks.clone());
    for (row, status) in conductor::connections_from(ctx, id) {
        let (Some(asked), Some(consent)) = (status.end_asked_at, status.consent.as_deref()) else { continue };
        if status.proven.iter().any(|(rung, _)| *rung == Rung::TurnedAway) {
            continue;
        }
        let turned_away =
            looks.iter().any(|l| l.consent == consent && l.app == row.issuer && !l.allowed && l.at >= asked);
        if turned_away && conductor::write(ctx, row.id, Entry::Proven { rung: Rung::TurnedAway }).is_err() {
            tracing::error!("a proof could not be written down");
        }
    }
}
