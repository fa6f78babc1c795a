//! Finds out whether a step happened whose answer nobody has: by reading from the hospital, twice when it says no,
//! because a server may commit after we gave up. Never sends anything again.

use crate::{
    connection::{
        journal::{Evidence, Step},
        run,
    },
    consent::at_source,
    context::{Context, Place, ask},
    exchange::authorizations::{authorizations, same_app},
    fhir::audit,
    problem::{Problem, Records, What},
    store::connections::ConnectionRow,
};

/// What reading found.
#[derive(Debug)]
pub enum Finding {
    /// It happened.
    Happened(Evidence),
    /// It did not.
    DidNot,
    /// Nobody can tell now.
    Unclear(Problem),
}

/// Looks for the effect of a step.
///
/// # Errors
/// When the disk refuses.
pub async fn step(ctx: &Context, row: &ConnectionRow, step: Step) -> Result<Finding, Problem> {
    let found = look(ctx, row, step).await?;
    if matches!(found, Finding::DidNot) && step.leaves_a_trace() {
        tokio::time::sleep(ctx.pace.again).await;
        return look(ctx, row, step).await;
    }
    Ok(found)
}

/// Looks once.
///
/// # Errors
/// When the disk refuses.
pub async fn look(ctx: &Context, row: &ConnectionRow, step: Step) -> Result<Finding, Problem> {
    match step {
        Step::FileConsent => consent(ctx, row).await,
        // Nothing lists it, and a handle that never came opens nothing.
        Step::Authorize if !row.way.is_listed() => Ok(Finding::DidNot),
        Step::Authorize => authorization(ctx, row).await,
        Step::Connect => connected(ctx, row).await,
        Step::ReadBack | Step::CheckIdCard | Step::Confirm => Ok(Finding::DidNot),
    }
}

async fn consent(ctx: &Context, row: &ConnectionRow) -> Result<Finding, Problem> {
    let patient = run::source_patient(row)?;
    Ok(match ask!(ctx, Place::source(row), fhir => at_source::find(fhir, &patient, row.id).await) {
        Ok(found) => found
            .into_iter()
            .next()
            .map_or(Finding::DidNot, |c| Finding::Happened(Evidence { consent: Some(c.id), note: None })),
        Err(error) => Finding::Unclear(error.problem().records(Records::NothingShared)),
    })
}

async fn authorization(ctx: &Context, row: &ConnectionRow) -> Result<Finding, Problem> {
    let id = run::consent_id(ctx, row)?;
    Ok(match ask!(ctx, Place::source(row), fhir => authorizations(fhir, &id).await) {
        Ok(list) if list.iter().any(|l| same_app(&l.app, &row.issuer)) => {
            Finding::Happened(Evidence::default())
        }
        Ok(_) => Finding::DidNot,
        Err(error) => Finding::Unclear(error.problem().records(Records::NotKnown)),
    })
}

/// `$connect` has no read side. A target that asked at the source was told; else nobody can tell, and it is never sent
/// again unasked.
async fn connected(ctx: &Context, row: &ConnectionRow) -> Result<Finding, Problem> {
    let (id, patient) = (run::consent_id(ctx, row)?, run::source_patient(row)?);
    let looks = ask!(ctx, Place::source(row), fhir => audit::looks(fhir, &patient, &id).await);
    if looks.is_ok_and(|looks| looks.iter().any(|l| same_app(&l.app, &row.issuer))) {
        return Ok(Finding::Happened(Evidence::default()));
    }
    let name = row.to.as_ref().and_then(|to| ctx.ehr(to).ok()).map(|e| e.name).unwrap_or_default();
    Ok(Finding::Unclear(Problem::new(What::NotConfirmed).at(name).records(Records::AlreadyAllowed)))
}
