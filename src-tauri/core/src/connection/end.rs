//! Ends a share, step by step: `$revokeAuthorization`, a fresh list that no longer has it, the Consent set to inactive.
//! Every step may be repeated. Nothing is called ended before the list says so; where there is no list, nothing is.

use crate::{
    connection::{
        Rung, conductor,
        journal::{EndStep, Entry},
        run,
    },
    consent::at_source,
    context::{CallError, Context, Place, ask},
    dialect::Dialect,
    exchange::{
        ConsentId,
        authorizations::{authorizations, same_app},
        file::revoke_consent,
        problem::Act,
        revoke::revoke_authorization,
    },
    problem::{Problem, Records, What},
    store::connections::ConnectionRow,
};

/// Runs one step of ending and writes what came of it. `false`: it failed and is tried again later.
///
/// # Errors
/// When the disk refuses.
pub async fn step(ctx: &Context, row: &ConnectionRow, step: EndStep) -> Result<bool, Problem> {
    conductor::write(ctx, row.id, Entry::Ending { step })?;
    let done = match step {
        EndStep::Revoke => revoke(ctx, row).await,
        EndStep::LookAgain => look_again(ctx, row).await,
        EndStep::CloseConsent => close_consent(ctx, row).await,
        EndStep::SeeClosed => see_closed(ctx, row).await,
    };
    let name = || ctx.ehr(&row.from).map(|e| e.name).unwrap_or_default();
    match done {
        Ok(rung) => {
            // The proof first: "stopped" is only said when it is there.
            if let Some(rung) = rung {
                conductor::write(ctx, row.id, Entry::Proven { rung })?;
            }
            conductor::write(ctx, row.id, Entry::EndDone { step })?;
            Ok(true)
        }
        Err(problem) => {
            let mut problem = problem;
            if problem.ehr.is_none() {
                problem = problem.at(name());
            }
            conductor::write(ctx, row.id, Entry::EndFailed { step, problem })?;
            Ok(false)
        }
    }
}

async fn revoke(ctx: &Context, row: &ConnectionRow) -> Result<Option<Rung>, Problem> {
    let id = run::consent_id(ctx, row)?;
    let app = as_listed(ctx, row, &id).await;
    match ask!(ctx, Place::source(row), fhir => revoke_authorization(fhir, &id, &app).await) {
        Ok(()) => Ok(Some(Rung::SaidSo)),
        // Gone is no proof by itself: the list is read next. It is no reason to stay here either.
        Err(error) if error.is_gone() => Ok(None),
        Err(error) => Err(error.during(Act::Revoke).records(still_shared(&error))),
    }
}

/// The app in the list's own spelling; ours when the list cannot be read or does not have it.
async fn as_listed(ctx: &Context, row: &ConnectionRow, id: &ConsentId) -> String {
    let listed = ask!(ctx, Place::source(row), fhir => authorizations(fhir, id).await).unwrap_or_default();
    let own = listed.into_iter().find(|entry| same_app(&entry.app, &row.issuer));
    own.map_or_else(|| row.issuer.clone(), |entry| entry.app)
}

async fn look_again(ctx: &Context, row: &ConnectionRow) -> Result<Option<Rung>, Problem> {
    let id = run::consent_id(ctx, row)?;
    // Under our own Consent an entry that names nobody can be nobody else's.
    let own = !conductor::status(ctx, row.id)?.adopted();
    match ask!(ctx, Place::source(row), fhir => authorizations(fhir, &id).await) {
        // One with an error is listed too: nobody revoked it, and the error may pass.
        Ok(list) if list.iter().any(|l| same_app(&l.app, &row.issuer) || (own && l.app.is_empty())) => {
            Err(Problem::new(What::StillListed))
        }
        Ok(_) => Ok(Some(Rung::NotListed)),
        // No list: it proves something only when the Consent itself is gone.
        Err(error) if error.is_gone() => {
            match ask!(ctx, Place::source(row), fhir => fhir.read("Consent", id.as_str()).await) {
                Err(error) if error.is_gone() => Ok(Some(Rung::NotListed)),
                Ok(_) => Err(Problem::new(What::NotConfirmed)),
                Err(error) => Err(error.problem().records(Records::NotKnown)),
            }
        }
        Err(error) => Err(error.problem().records(Records::NotKnown)),
    }
}

/// The paper is closed by the app that filed it, and only when nobody else gets records under it.
async fn close_consent(ctx: &Context, row: &ConnectionRow) -> Result<Option<Rung>, Problem> {
    let id = run::consent_id(ctx, row)?;
    if !filed_here(ctx, row, &id) || others_are_listed(ctx, row, &id).await? {
        return Ok(None);
    }
    let closed = if ctx.ehr(&row.from)?.features.dialect == Some(Dialect::Fast) {
        let patient = run::source_patient(row)?;
        ask!(ctx, Place::source(row), fhir => revoke_consent(fhir, &id, &patient).await)
    } else {
        ask!(ctx, Place::source(row), fhir => at_source::close_or_delete(fhir, &id).await)
    };
    match closed {
        Ok(()) => Ok(None),
        Err(error) if error.is_gone() => Ok(None),
        Err(error) => Err(error.problem().records(Records::Unchanged)),
    }
}

/// Whether this app filed a Consent, for this share or for another one from the same source.
fn filed_here(ctx: &Context, row: &ConnectionRow, consent: &ConsentId) -> bool {
    row.way.files_a_consent()
        || conductor::connections_of(ctx, Place::source(row)).iter().any(|(other, status)| {
            other.way.files_a_consent() && status.consent.as_deref() == Some(consent.as_str())
        })
}

async fn others_are_listed(ctx: &Context, row: &ConnectionRow, consent: &ConsentId) -> Result<bool, Problem> {
    match ask!(ctx, Place::source(row), fhir => authorizations(fhir, consent).await) {
        Ok(list) => Ok(list.iter().any(|l| !l.app.is_empty() && !same_app(&l.app, &row.issuer))),
        Err(error) if error.is_gone() => Ok(false),
        Err(error) => Err(error.problem().records(Records::Unchanged)),
    }
}

/// What the source itself now says of the Consent. More it cannot show: it keeps no list.
async fn see_closed(ctx: &Context, row: &ConnectionRow) -> Result<Option<Rung>, Problem> {
    let id = run::consent_id(ctx, row)?;
    match ask!(ctx, Place::source(row), fhir => at_source::is_in_force(fhir, &id).await) {
        Ok(false) => Ok(Some(Rung::Closed)),
        Err(error) if error.is_gone() => Ok(Some(Rung::Closed)),
        Ok(true) => Err(Problem::new(What::NotConfirmed).records(Records::NotKnown)),
        Err(error) => Err(error.problem().records(Records::NotKnown)),
    }
}

fn still_shared(error: &CallError) -> Records {
    if error.certain() { Records::StillShared } else { Records::NotKnown }
}
