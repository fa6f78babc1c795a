//! One look at one source: its Consents for this patient, the authorizations under each, and what its log says.
//! Either the whole list was read, or the look failed: half a list is no list.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::{
    authorization::{Authorization, Look},
    connection::{
        Rung, conductor,
        journal::{Entry, Next, Status, Step, StepState},
    },
    consent::at_source,
    context::{Context, Place, ask},
    dialect::Dialect,
    ehr::{Ability, EhrId},
    event::Event,
    exchange::{
        authorizations::{authorizations, same_app},
        problem::Act,
    },
    fhir::{ConsentId, SourcePatientId, audit},
    problem::{Problem, What},
    store::seen::Sighting,
};

/// A Consent of ours whose share is over for so long is not asked about any more, unless it is in force again.
const OVER: SignedDuration = SignedDuration::from_hours(24);

/// What one complete look found.
struct Found {
    patient: String,
    at: Timestamp,
    entries: Vec<Authorization>,
    in_force: BTreeSet<String>,
    looks: Vec<Look>,
    unanswered: BTreeSet<String>,
}

/// Looks at a source and keeps what was found, or why it could not look. Tells the window when something changed.
/// One look at a time for each source: the last word is that of the last look.
pub async fn look(ctx: &Context, id: &EhrId) {
    let turn = ctx.turn_to_look(id);
    let _turn = turn.lock().await;
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
    if let Some(patient) = ctx.with_list(id, |list| list.patient.clone()) {
        let source = Place { ehr: id, patient: &patient };
        conductor::note_late_grants(ctx, source);
        prove_turned_away(ctx, source);
    }
    conductor::count_arrivals(ctx, id).await;
    if changed {
        ctx.tell(Event::SharingChanged);
    }
}

/// A look that was overtaken, by a newer one or by somebody else's sign-in, is dropped.
fn keep(ctx: &Context, id: &EhrId, found: Found) -> bool {
    let overtaken = ctx.ehr(id).is_err()
        || !ctx.is_signed_in(Place { ehr: id, patient: &found.patient })
        || ctx.with_list(id, |list| {
            list.patient.as_ref() == Some(&found.patient) && list.as_of.is_some_and(|at| at > found.at)
        });
    if overtaken {
        ctx.with_list(id, |list| list.asking = false);
        return false;
    }
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
        list.in_force = found.in_force;
        list.looks = found.looks;
        list.unanswered = found.unanswered;
        true
    })
}

async fn read(ctx: &Context, id: &EhrId) -> Result<Found, Problem> {
    let patient =
        ctx.sessions.granted(id).map(|g| g.patient).ok_or_else(|| Problem::new(What::SignInNeeded))?;
    let ehr = ctx.ehr(id)?;
    let at = ctx.now();
    let here = Place { ehr: id, patient: &patient };
    let subject = SourcePatientId::parse(&patient)
        .ok_or_else(|| Problem::new(What::Unreadable).at(ehr.name.clone()))?;
    let mut consents =
        ask!(ctx, here, fhir => at_source::list(fhir, &subject).await).map_err(|e| e.problem())?;
    let (ours, live) = ours(ctx, here);
    // An index may lag: what is known here is asked about by its id.
    for own in &ours {
        let missed = ConsentId::parse(own).filter(|_| consents.iter().all(|c| c.id != *own));
        let Some(missed) = missed else { continue };
        match ask!(ctx, here, fhir => at_source::one(fhir, &missed).await) {
            Ok(found) => consents.extend(found),
            Err(error) if error.is_gone() => {}
            Err(error) => return Err(error.problem()),
        }
    }
    let in_force = consents.iter().filter(|c| c.is_active()).map(|c| c.id.clone()).collect();
    // In the other dialects there is no list; their Consents are looked at all the same.
    let lists = ehr.features.dialect == Some(Dialect::Track);
    let with_log = ehr.features.abilities.contains(&Ability::TellWhoLooked);
    let (mut entries, mut looks, mut unanswered) = (Vec::new(), Vec::new(), BTreeSet::new());
    for consent in consents {
        // An inactive Consent of ours is still asked about: a source may go on honouring it.
        if !consent.is_active() && !ours.contains(&consent.id) {
            continue;
        }
        let Some(consent_id) = ConsentId::parse(&consent.id) else { continue };
        let listed = if lists {
            ask!(ctx, here, fhir => authorizations(fhir, &consent_id).await)
        } else {
            Ok(Vec::new())
        };
        let listed = match listed {
            Ok(listed) => listed,
            // Nothing was found for a share that is on, while its Consent is there: no list, so it stays as it was.
            Err(error) if error.is_gone() && live.contains(&consent.id) => {
                entries.extend(ctx.with_list(id, |list| list.under(&patient, &consent.id)));
                unanswered.insert(consent.id);
                continue;
            }
            // Not a Consent of this kind, or gone meanwhile: it lists nobody.
            Err(error) if error.is_gone() => continue,
            Err(error) => return Err(error.during(Act::List)),
        };
        let log = if with_log && (!listed.is_empty() || ours.contains(&consent.id)) {
            ask!(ctx, here, fhir => audit::looks(fhir, &subject, &consent_id).await).unwrap_or_default()
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
                last_asked: log
                    .iter()
                    .filter(|l| same_app(&l.app, &one.app) && l.allowed)
                    .map(|l| l.at)
                    .max(),
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
    Ok(Found { patient, at, entries, in_force, looks, unanswered })
}

/// The Consents of our connections that are asked about, and of these the ones whose share should be on.
fn ours(ctx: &Context, here: Place<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let now = ctx.now();
    let over = |status: &Status| {
        status.next() == Next::Closed && status.end_asked_at.is_some_and(|at| now.duration_since(at) > OVER)
    };
    let (mut ours, mut live) = (BTreeSet::new(), BTreeSet::new());
    for (_, status) in conductor::connections_of(ctx, here) {
        let Some(consent) = status.consent.clone().filter(|_| !over(&status)) else { continue };
        if status.end_asked_at.is_none() && status.step(Step::Confirm).state == StepState::Done {
            live.insert(consent.clone());
        }
        ours.insert(consent);
    }
    (ours, live)
}

/// Writes the third rung of a stop when the source's log shows that the target was turned away after it.
fn prove_turned_away(ctx: &Context, source: Place<'_>) {
    let looks = ctx.with_list(source.ehr, |list| list.looks.clone());
    for (row, status) in conductor::connections_of(ctx, source) {
        let (Some(asked), Some(consent)) = (status.end_asked_at, status.consent.as_deref()) else { continue };
        if status.proven.iter().any(|(rung, _)| *rung == Rung::TurnedAway) {
            continue;
        }
        let turned_away = looks
            .iter()
            .any(|l| l.consent == consent && same_app(&l.app, &row.issuer) && !l.allowed && l.at >= asked);
        if turned_away && conductor::write(ctx, row.id, Entry::Proven { rung: Rung::TurnedAway }).is_err() {
            tracing::error!("a proof could not be written down");
        }
    }
}
