//! Drives a connection: reads the journal, does what is next, writes what came of it, until it comes to rest.
//! Only who holds the connection's gate acts on it.

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    connection::{
        ArrivedView, ConnectionId, KindCount, Rung, end,
        journal::{EndStep, Entry, Line, Next, Status, Step},
        reconcile, run,
    },
    context::{Context, ask},
    ehr::EhrId,
    event::Event,
    fhir::count,
    problem::{Problem, What},
    store::connections::ConnectionRow,
};

/// Writes a line; when this returns it is on disk. Then tells the window.
///
/// # Errors
/// [`What::DiskTrouble`]: the call that the line announces must not be sent.
pub fn write(ctx: &Context, id: ConnectionId, entry: Entry) -> Result<(), Problem> {
    let step = entry.step();
    ctx.store.append(id, &Line { at: ctx.now(), entry })?;
    ctx.tell(Event::ConnectionChanged { id, step });
    Ok(())
}

/// What a connection's journal says.
///
/// # Errors
/// When the disk refuses.
pub fn status(ctx: &Context, id: ConnectionId) -> Result<Status, Problem> {
    Ok(Status::of(&ctx.store.journal(id)?))
}

/// A connection as it is kept.
///
/// # Errors
/// [`What::Gone`] when there is none.
pub fn row(ctx: &Context, id: ConnectionId) -> Result<ConnectionRow, Problem> {
    ctx.store.connection(id)?.ok_or_else(|| Problem::new(What::Gone))
}

/// The connections from one source, for the patient who is signed in there.
#[must_use]
pub fn connections_from(ctx: &Context, ehr: &EhrId) -> Vec<(ConnectionRow, Status)> {
    let patient = ctx.sessions.granted(ehr).map(|g| g.patient);
    let rows = ctx.store.connections().unwrap_or_default();
    rows.into_iter()
        .filter(|row| row.from == *ehr && patient.as_ref().is_none_or(|p| *p == row.patient_from))
        .filter_map(|row| {
            let status = status(ctx, row.id).ok()?;
            Some((row, status))
        })
        .collect()
}

/// The Consents of our connections at a source.
#[must_use]
pub fn consents_at(ctx: &Context, ehr: &EhrId) -> BTreeSet<String> {
    connections_from(ctx, ehr).into_iter().filter_map(|(_, status)| status.consent).collect()
}

/// Goes on until the connection is on, closed, or waits for the person.
///
/// # Errors
/// When the disk refuses. What hospitals refuse stands in the journal.
pub async fn drive(ctx: &Context, id: ConnectionId) -> Result<(), Problem> {
    let gate = ctx.gate(id);
    let _alone = gate.lock().await;
    let row = row(ctx, id)?;
    let mut held = run::Held::default();
    loop {
        match status(ctx, id)?.next() {
            Next::Run(step) => {
                write(ctx, id, Entry::Began { step })?;
                let outcome = run::step(ctx, &row, step, &mut held).await?;
                settle(ctx, &row, step, outcome).await?;
            }
            Next::Reconcile(step) => reconcile_step(ctx, &row, step).await?,
            Next::End(step) => {
                if !end::step(ctx, &row, step).await? {
                    return Ok(());
                }
            }
            Next::Ask(_) | Next::Active | Next::Closed => return Ok(()),
        }
    }
}

/// Goes on because the person said so: what did not happen is tried again, also when that is only found out now.
///
/// # Errors
/// When the disk refuses.
pub async fn finish(ctx: &Context, id: ConnectionId) -> Result<(), Problem> {
    retry(ctx, id)?;
    drive(ctx, id).await?;
    if status(ctx, id)?.problem.is_some_and(|p| p.what == What::NotConfirmed) {
        retry(ctx, id)?;
        drive(ctx, id).await?;
    }
    Ok(())
}

fn retry(ctx: &Context, id: ConnectionId) -> Result<(), Problem> {
    match status(ctx, id)?.next() {
        Next::Ask(step) => write(ctx, id, Entry::Retry { step }),
        _ => Ok(()),
    }
}

/// Writes what came of a step. When nobody knows, looks first.
async fn settle(
    ctx: &Context,
    row: &ConnectionRow,
    step: Step,
    outcome: run::Outcome,
) -> Result<(), Problem> {
    match outcome {
        run::Outcome::Done(evidence) => write(ctx, row.id, Entry::Did { step, evidence }),
        run::Outcome::NotDone(problem) => write(ctx, row.id, Entry::NotDone { step, problem }),
        run::Outcome::Unknown(problem) if step.leaves_a_trace() => {
            tracing::warn!(?step, what = ?problem.what, "reply lost; looking");
            reconcile_step(ctx, row, step).await
        }
        run::Outcome::Unknown(problem) => write(ctx, row.id, Entry::NotDone { step, problem }),
    }
}

async fn reconcile_step(ctx: &Context, row: &ConnectionRow, step: Step) -> Result<(), Problem> {
    let entry = match reconcile::step(ctx, row, step).await? {
        reconcile::Finding::Happened(evidence) => Entry::Did { step, evidence },
        reconcile::Finding::DidNot => Entry::NotDone {
            step,
            problem: Problem::new(What::NotConfirmed).records(crate::problem::Records::NothingShared),
        },
        reconcile::Finding::Unclear(problem) => Entry::Unclear { step, problem },
    };
    write(ctx, row.id, entry)
}

/// After a start: finds out what became of calls that were under way when the program ended, by reading only.
/// Unfinished endings go on by themselves; unfinished set-ups wait for the person.
pub async fn find_out(ctx: &Context) {
    for row in ctx.store.connections().unwrap_or_default() {
        let Ok(status) = status(ctx, row.id) else { continue };
        if status.end_asked_at.is_some() {
            continue;
        }
        if let Next::Reconcile(step) = status.next() {
            let gate = ctx.gate(row.id);
            let Ok(_alone) = gate.try_lock() else { continue };
            if reconcile_step(ctx, &row, step).await.is_err() {
                tracing::error!("a journal could not be written");
            }
        }
    }
}

/// Goes on with every ending that is not proven yet. Also reopens one whose source lists it again.
pub async fn carry_on_endings(ctx: &Context) {
    for row in ctx.store.connections().unwrap_or_default() {
        let Ok(found) = status(ctx, row.id) else { continue };
        if found.end_asked_at.is_none() || ctx.is_running(row.id) {
            continue;
        }
        reopen_if_listed(ctx, &row, &found);
        let Ok(found) = status(ctx, row.id) else { continue };
        if found.next() != Next::Closed && drive(ctx, row.id).await.is_err() {
            tracing::error!("a journal could not be written");
        }
    }
}

/// A source that lists again what it said was stopped has not stopped it.
fn reopen_if_listed(ctx: &Context, row: &ConnectionRow, found: &Status) {
    let Some(consent) = found.consent.as_deref() else { return };
    let proven_at = found.end(EndStep::LookAgain).at;
    let listed = ctx.with_list(&row.from, |list| {
        list.is_fresh()
            && list.as_of > proven_at
            && list.entry(consent, &row.issuer).is_some_and(|e| e.trouble.is_none())
    });
    if listed && found.next() == Next::Closed {
        let problem = Problem::new(What::StillListed);
        if write(ctx, row.id, Entry::EndFailed { step: EndStep::LookAgain, problem }).is_err() {
            tracing::error!("a journal could not be written");
        }
    }
}

/// Starts to drive in the background.
pub fn drive_soon(ctx: &Arc<Context>, id: ConnectionId) {
    let ctx = ctx.clone();
    tokio::spawn(async move { rested(&ctx, drive(&ctx, id).await) });
}

/// Starts to finish in the background.
pub fn finish_soon(ctx: &Arc<Context>, id: ConnectionId) {
    let ctx = ctx.clone();
    tokio::spawn(async move { rested(&ctx, finish(&ctx, id).await) });
}

fn rested(ctx: &Context, result: Result<(), Problem>) {
    if let Err(problem) = result {
        tracing::error!(what = ?problem.what, "a connection could not go on");
    }
    ctx.tell(Event::SharingChanged);
}

/// Counts what arrived at the targets of the shares from this source, where the target lets us count.
pub async fn count_arrivals(ctx: &Context, from: &EhrId) {
    let Ok(source) = ctx.ehr(from) else { return };
    for (row, status) in connections_from(ctx, from) {
        let (true, Some(to)) =
            (status.next() == Next::Active || status.end_asked_at.is_some(), row.to.clone())
        else {
            continue;
        };
        let stopped = status.proven.iter().any(|(rung, _)| *rung == Rung::TurnedAway);
        let Some(granted) = ctx.sessions.granted(&to) else { continue };
        if row.patient_to.as_deref() != Some(granted.patient.as_str())
            || (stopped && ctx.arrived(row.id).is_some())
        {
            continue;
        }
        let counted = ask!(ctx, &to, fhir => count::of_kinds(fhir, &granted.patient, &row.kinds, Some(&source.base)).await);
        let by_kind: Vec<KindCount> = counted
            .unwrap_or_default()
            .into_iter()
            .filter_map(|c| Some(KindCount { kind: c.kind, count: c.count? }))
            .collect();
        if !by_kind.is_empty() {
            let total = by_kind.iter().map(|k| k.count).sum();
            let view = ArrivedView { total, by_kind, as_of: ctx.now() };
            let changed = ctx.arrived(row.id).is_none_or(|old| old.total != view.total);
            ctx.put_arrived(row.id, view);
            if changed {
                ctx.tell(Event::ConnectionChanged { id: row.id, step: None });
            }
        }
    }
}
