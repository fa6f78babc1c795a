//! Drives a connection: reads the journal, does what is next, writes what came of it, until it comes to rest.
//! Only who holds the connection's gate acts on it.

use std::{future::Future, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;

use crate::{
    authorization::{round, watch},
    connection::{
        ArrivedView, ConnectionId, KindCount, end,
        journal::{EndStep, Entry, Evidence, Line, Next, Status, Step, StepState},
        reconcile, run,
    },
    context::{Context, Place, ask},
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
    Ok(Status::of(ctx.store.way(id)?, &ctx.store.journal(id)?))
}

/// A connection as it is kept.
///
/// # Errors
/// [`What::Gone`] when there is none.
pub fn row(ctx: &Context, id: ConnectionId) -> Result<ConnectionRow, Problem> {
    ctx.store.connection(id)?.ok_or_else(|| Problem::new(What::Gone))
}

/// The connections of one patient from one source.
#[must_use]
pub fn connections_of(ctx: &Context, source: Place<'_>) -> Vec<(ConnectionRow, Status)> {
    let rows = ctx.store.connections().unwrap_or_default();
    rows.into_iter()
        .filter(|row| row.from == *source.ehr && row.patient_from == source.patient)
        .filter_map(|row| {
            let status = status(ctx, row.id).ok()?;
            Some((row, status))
        })
        .collect()
}

/// Writes down that the person wants it ended. When this returns, no step of the plan begins any more.
///
/// # Errors
/// [`What::DiskTrouble`]: then nothing was asked of the hospital.
pub fn ask_to_end(ctx: &Context, id: ConnectionId) -> Result<(), Problem> {
    {
        let _order = ctx.order();
        if status(ctx, id)?.end_asked_at.is_none() {
            write(ctx, id, Entry::EndAsked)?;
        }
    }
    ctx.stop_bell(id).notify_one();
    Ok(())
}

/// Goes on until the connection is on, closed, or waits for the person.
///
/// # Errors
/// When the disk refuses. What hospitals refuse stands in the journal.
pub async fn drive(ctx: &Context, id: ConnectionId) -> Result<(), Problem> {
    let alone = ctx.gate(id).lock_owned().await;
    drive_alone(ctx, id, &alone).await
}

async fn drive_alone(ctx: &Context, id: ConnectionId, _alone: &OwnedMutexGuard<()>) -> Result<(), Problem> {
    let row = row(ctx, id)?;
    let mut held = run::Held::default();
    loop {
        match begin(ctx, id, &held)? {
            Begun::Step { step, again } => {
                if again && !is_still_to_do(ctx, &row, step).await? {
                    continue;
                }
                if let Some(outcome) =
                    unless_ended(ctx, &row, step, run::step(ctx, &row, step, &mut held)).await
                {
                    settle(ctx, &row, step, outcome?).await?;
                }
            }
            Begun::Other(Next::Reconcile(step)) => {
                if !reconcile_step(ctx, &row, step).await? {
                    return Ok(());
                }
            }
            Begun::Other(Next::End(step)) => {
                if !end::step(ctx, &row, step).await? {
                    return Ok(());
                }
            }
            Begun::Other(Next::Run(_) | Next::Ask(_) | Next::Active | Next::Closed) => return Ok(()),
        }
    }
}

/// What is next, with its line written when it is a step of the plan.
enum Begun {
    Step { step: Step, again: bool },
    Other(Next),
}

fn begin(ctx: &Context, id: ConnectionId, held: &run::Held) -> Result<Begun, Problem> {
    let _order = ctx.order();
    let status = status(ctx, id)?;
    let step = match status.next() {
        // After a restart the JWT is gone, as it must be, and after a wait it may be too old: it is fetched and checked again.
        Next::Run(Step::Authorize) if !held.introduces_at(ctx.now()) => Step::CheckIdCard,
        // So is the handle. One that nobody has opens nothing, so the source is asked for another.
        Next::Run(Step::Connect) if !held.can_tell(status.way(), ctx.now()) => {
            if held.introduces_at(ctx.now()) { Step::Authorize } else { Step::CheckIdCard }
        }
        Next::Run(step) => step,
        next => return Ok(Begun::Other(next)),
    };
    write(ctx, id, Entry::Began { step })?;
    Ok(Begun::Step { step, again: status.tried(step) })
}

/// A step that was tried before may have come about after everybody gave up on it: looks before sending it again.
async fn is_still_to_do(ctx: &Context, row: &ConnectionRow, step: Step) -> Result<bool, Problem> {
    if step != Step::FileConsent && row.way.grants() != Some(step) {
        return Ok(true);
    }
    let entry = match reconcile::look(ctx, row, step).await? {
        reconcile::Finding::Happened(evidence) => Entry::Did { step, evidence },
        // Nothing could ever tell: the person knows, and said to try again.
        reconcile::Finding::Unclear(_) if !row.way.is_listed() && step == Step::Connect => {
            return Ok(status(ctx, row.id)?.end_asked_at.is_none());
        }
        reconcile::Finding::Unclear(problem) if status(ctx, row.id)?.in_doubt(step) => {
            Entry::Unclear { step, problem }
        }
        reconcile::Finding::Unclear(problem) => Entry::NotDone { step, problem },
        // A stop that was asked for meanwhile finds it begun, and ends it like any.
        reconcile::Finding::DidNot => return Ok(status(ctx, row.id)?.end_asked_at.is_none()),
    };
    write(ctx, row.id, entry)?;
    Ok(false)
}

/// Runs a step that gives no rights at the source only until the person wants an end: a stop does not wait for a target
/// that never answers. `None`: left alone.
async fn unless_ended<T>(
    ctx: &Context,
    row: &ConnectionRow,
    step: Step,
    act: impl Future<Output = T>,
) -> Option<T> {
    if step == Step::FileConsent || row.way.grants() == Some(step) {
        return Some(act.await);
    }
    let bell = ctx.stop_bell(row.id);
    tokio::select! {
        outcome = act => Some(outcome),
        () = bell.notified() => None,
    }
}

/// Goes on because the person said so: what did not happen is tried again, also when that is only found out now.
///
/// # Errors
/// When the disk refuses.
pub async fn finish(ctx: &Context, id: ConnectionId) -> Result<(), Problem> {
    let alone = ctx.gate(id).lock_owned().await;
    finish_alone(ctx, id, &alone).await
}

async fn finish_alone(ctx: &Context, id: ConnectionId, alone: &OwnedMutexGuard<()>) -> Result<(), Problem> {
    let retried = retry(ctx, id)?;
    drive_alone(ctx, id, alone).await?;
    // One press, one try.
    if !retried && status(ctx, id)?.problem.is_some_and(|p| p.what == What::NotConfirmed) {
        retry(ctx, id)?;
        drive_alone(ctx, id, alone).await?;
    }
    Ok(())
}

fn retry(ctx: &Context, id: ConnectionId) -> Result<bool, Problem> {
    let Next::Ask(step) = status(ctx, id)?.next() else { return Ok(false) };
    write(ctx, id, Entry::Retry { step })?;
    Ok(true)
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
            reconcile_step(ctx, row, step).await.map(drop)
        }
        run::Outcome::Unknown(problem) => write(ctx, row.id, Entry::NotDone { step, problem }),
    }
}

/// Writes what looking found. `false`: nobody can tell now.
async fn reconcile_step(ctx: &Context, row: &ConnectionRow, step: Step) -> Result<bool, Problem> {
    let (entry, told) = match reconcile::step(ctx, row, step).await? {
        reconcile::Finding::Happened(evidence) => (Entry::Did { step, evidence }, true),
        reconcile::Finding::DidNot => {
            let problem = Problem::new(What::NotConfirmed).records(crate::problem::Records::NothingShared);
            (Entry::NotDone { step, problem }, true)
        }
        reconcile::Finding::Unclear(problem) => (Entry::Unclear { step, problem }, false),
    };
    write(ctx, row.id, entry)?;
    Ok(told)
}

/// After a start: finds out what became of calls that were under way when the program ended, by reading only.
/// Unfinished endings go on by themselves; unfinished set-ups wait for the person.
pub async fn find_out(ctx: &Context) {
    for row in ctx.store.connections().unwrap_or_default() {
        let gate = ctx.gate(row.id);
        let Ok(_alone) = gate.try_lock() else { continue };
        let Ok(status) = status(ctx, row.id) else { continue };
        if status.end_asked_at.is_some() {
            continue;
        }
        if let Next::Reconcile(step) = status.next()
            && reconcile_step(ctx, &row, step).await.is_err()
        {
            tracing::error!("a journal could not be written");
        }
    }
}

/// A source may do what it was asked after everybody gave up on it. Its list says so: then it counts as done.
pub fn note_late_grants(ctx: &Context, source: Place<'_>) {
    for (row, _) in connections_of(ctx, source) {
        let gate = ctx.gate(row.id);
        let Ok(_alone) = gate.try_lock() else { continue };
        let Ok(status) = status(ctx, row.id) else { continue };
        let Some(step) = status.way().grants() else { continue };
        let given_up = matches!(status.step(step).state, StepState::Failed | StepState::NotKnown);
        let (true, None, Some(consent)) = (given_up, status.end_asked_at, status.consent.as_deref()) else {
            continue;
        };
        let listed = ctx.with_list(source.ehr, |list| list.entry(consent, &row.issuer).is_some());
        let entry = Entry::Did { step, evidence: Evidence::default() };
        if listed && write(ctx, row.id, entry).is_err() {
            tracing::error!("a journal could not be written");
        }
    }
}

/// Goes on with every ending that is not proven yet, with pauses that grow. Also reopens one whose source lists it again.
pub async fn carry_on_endings(ctx: &Context) {
    for row in ctx.store.connections().unwrap_or_default() {
        let Ok(found) = status(ctx, row.id) else { continue };
        if found.end_asked_at.is_none() || ctx.is_running(row.id) {
            continue;
        }
        reopen_if_listed(ctx, &row, &found);
        let Ok(found) = status(ctx, row.id) else { continue };
        if found.next() != Next::Closed && is_due(ctx, &row, &found) && drive(ctx, row.id).await.is_err() {
            tracing::error!("a journal could not be written");
        }
    }
}

/// Whether an ending that failed is tried again now. One that needs a sign-in waits for it.
fn is_due(ctx: &Context, row: &ConnectionRow, status: &Status) -> bool {
    let Some(problem) = &status.problem else { return true };
    let rested = || after_a_pause(ctx, status).is_none_or(|at| at <= ctx.now());
    if !needs_the_person(problem.what) {
        return rested();
    }
    // A list that came in since then shows that the sign-in works.
    let works = || {
        ctx.with_list(&row.from, |list| {
            list.is_fresh_for(&row.patient_from) && list.as_of >= failed_at(status)
        })
    };
    ctx.is_signed_in(Place::source(row)) && (works() || rested())
}

fn needs_the_person(what: What) -> bool {
    matches!(what, What::SignInNeeded | What::DifferentPatient | What::Gone)
}

/// When an ending that failed is tried again by itself. `None` when nothing failed, or when it waits for a sign-in.
#[must_use]
pub fn next_try(ctx: &Context, status: &Status) -> Option<Timestamp> {
    status.problem.as_ref().filter(|problem| !needs_the_person(problem.what))?;
    after_a_pause(ctx, status)
}

fn after_a_pause(ctx: &Context, status: &Status) -> Option<Timestamp> {
    let pause = watch::wait(&ctx.pace, true, status.end_failures.saturating_sub(1));
    failed_at(status)?.checked_add(SignedDuration::try_from(pause).ok()?).ok()
}

fn failed_at(status: &Status) -> Option<Timestamp> {
    let ends = EndStep::ALL.map(|step| status.end(step).at);
    ends.into_iter().chain([status.step(Step::FileConsent).at]).flatten().max()
}

/// A source that lists again what it said was stopped has not stopped it.
fn reopen_if_listed(ctx: &Context, row: &ConnectionRow, found: &Status) {
    let Some(consent) = found.consent.as_deref() else { return };
    let proven_at = found.end(EndStep::LookAgain).at;
    let listed = ctx.with_list(&row.from, |list| {
        list.is_fresh_for(&row.patient_from)
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
    soon(ctx, id, false);
}

/// Starts to finish in the background.
pub fn finish_soon(ctx: &Arc<Context>, id: ConnectionId) {
    soon(ctx, id, true);
}

/// The gate is taken here when it is free, so that the connection counts as running from now on.
fn soon(ctx: &Arc<Context>, id: ConnectionId, retrying: bool) {
    let (free, gate, own) = (ctx.gate(id).try_lock_owned(), ctx.gate(id), ctx.clone());
    ctx.spawn(async move {
        let alone = match free {
            Ok(alone) => alone,
            Err(_) => gate.lock_owned().await,
        };
        let result =
            if retrying { finish_alone(&own, id, &alone).await } else { drive_alone(&own, id, &alone).await };
        drop(alone);
        rested(&own, result);
        // What was just done is looked at at once.
        if let Ok(row) = row(&own, id)
            && own.is_signed_in(Place::source(&row))
        {
            round::look(&own, &row.from).await;
        }
    });
}

fn rested(ctx: &Context, result: Result<(), Problem>) {
    if let Err(problem) = result {
        tracing::error!(what = ?problem.what, "a connection could not go on");
    }
    ctx.tell(Event::SharingChanged);
}

/// Counts what arrived at the targets of the shares from this source, where the target lets us count.
pub async fn count_arrivals(ctx: &Context, from: &EhrId) {
    let (Ok(source), Some(granted)) = (ctx.ehr(from), ctx.sessions.granted(from)) else { return };
    for (row, status) in connections_of(ctx, Place { ehr: from, patient: &granted.patient }) {
        let may_have = status.next() == Next::Active || status.end_asked_at.is_some();
        let (true, Ok(to)) = (may_have, Place::target(&row)) else { continue };
        // After a stop one count is enough: nothing more can arrive.
        let stopped_at =
            Some(&status).filter(|s| s.next() == Next::Closed).and_then(|s| s.end(EndStep::LookAgain).at);
        let counted_since = ctx.arrived(row.id).is_some_and(|a| stopped_at.is_some_and(|at| a.as_of > at));
        if !ctx.is_signed_in(to) || counted_since {
            continue;
        }
        let Ok(speaks) = ctx.ehr(to.ehr).map(|target| target.features.fhir) else { continue };
        let counted = ask!(ctx, to, fhir => {
            count::of_kinds(fhir, speaks, to.patient, &row.kinds, Some(&source.base)).await
        });
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
                ctx.tell(Event::SharingChanged);
            }
        }
    }
}
