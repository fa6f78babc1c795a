//! How a share stands: its state, its legal moves, its steps and its proof, from the journal and what the source lists.
//! Pure: no clock, no network, no disk.

use jiff::{ToSpan, civil::Date};

use crate::{
    authorization::Authorization,
    connection::{
        Move, Rung, RungState, RungView, ShareState, ShareView, StepView,
        journal::{EndStep, Next, Status, Step, StepState},
        way::Way,
    },
    kind::Kind,
    problem::{Problem, What},
    smart::{scopes::Scopes, syntax::ScopeSyntax},
};

/// What the state of a share depends on, beside its journal.
pub(super) struct Facts<'a> {
    pub(super) running: bool,
    pub(super) fresh: bool,
    /// Whether the set-up itself read the source's list after the last look.
    pub(super) confirmed: bool,
    pub(super) entry: Option<&'a Authorization>,
    pub(super) more: bool,
    pub(super) last_day: Option<Date>,
    pub(super) today: Date,
    /// Whether our Consent is in force, as the last look found it. `None` when it was not looked at.
    pub(super) consent: Option<bool>,
    /// Whether the time that the source enforces has run out, which is not the person's midnight.
    pub(super) over: bool,
}

pub(super) fn state(status: &Status, facts: &Facts<'_>) -> ShareState {
    let next = status.next();
    if status.end_asked_at.is_some() {
        let was_live = status.was_live();
        let turned_away = status.proven.iter().any(|(rung, _)| *rung == Rung::TurnedAway);
        let way = status.way();
        return match next {
            // Nothing was given, so nothing has to be shown.
            Next::Closed if !way.is_listed() && !may_have_shared(status) => ShareState::NothingShared,
            Next::Closed if !way.is_listed() && facts.over => ShareState::Ended,
            Next::Closed if !way.is_listed() && !turned_away => ShareState::AskedToStop,
            Next::Closed if !way.is_listed() => ShareState::Stopped,
            Next::Closed if was_live => ShareState::Stopped,
            Next::Closed => ShareState::NothingShared,
            // The list no longer has it: only the paper is left.
            Next::End(EndStep::CloseConsent) if was_live => ShareState::Stopped,
            _ if status.problem.is_some() && !facts.running => ShareState::NotStopped,
            _ => ShareState::Stopping,
        };
    }
    match next {
        Next::Active if facts.over && facts.entry.is_none() => ShareState::Ended,
        Next::Active if !status.way().is_listed() && facts.over => ShareState::Ended,
        Next::Active if !facts.fresh => ShareState::CannotCheck,
        Next::Active if status.way() == Way::Filed && facts.consent == Some(false) => {
            ShareState::GoneElsewhere
        }
        Next::Active if status.way() == Way::Filed => ShareState::OnFile,
        Next::Active if status.way() == Way::ReferenceTokens => ShareState::OnUnlisted,
        Next::Active => match facts.entry {
            None if facts.confirmed && ends_soon(facts) => ShareState::EndsSoon,
            None if facts.confirmed => ShareState::On,
            None => ShareState::GoneElsewhere,
            Some(entry) if entry.trouble.is_some() => ShareState::OnCheckThis,
            Some(_) if facts.more => ShareState::MoreThanPicked,
            Some(_) if ends_soon(facts) => ShareState::EndsSoon,
            Some(_) => ShareState::On,
        },
        _ if facts.running => ShareState::SettingUp,
        _ if !status.any_trace() => ShareState::NothingShared,
        _ => ShareState::HalfDone,
    }
}

/// Whether anything was given to the target, or put on file for it.
fn may_have_shared(status: &Status) -> bool {
    status.trace(status.way().grants().unwrap_or(Step::FileConsent))
}

fn ends_soon(facts: &Facts<'_>) -> bool {
    let soon = facts.today.checked_add(14.days()).ok();
    facts.last_day.zip(soon).is_some_and(|(last, soon)| last <= soon)
}

pub(super) fn moves(
    state: ShareState,
    status: &Status,
    problem: Option<&Problem>,
    signed_in_from: bool,
    signed_in_to: bool,
) -> Vec<Move> {
    let mut moves = match state {
        ShareState::SettingUp => vec![Move::TakeBack],
        ShareState::HalfDone => vec![Move::Finish, Move::TakeBack],
        ShareState::NothingShared if status.end_asked_at.is_none() => vec![Move::Finish, Move::TakeBack],
        ShareState::On
        | ShareState::OnCheckThis
        | ShareState::EndsSoon
        | ShareState::MoreThanPicked
        | ShareState::NotFromHere
        | ShareState::CannotCheck
        | ShareState::OnUnlisted
        | ShareState::OnFile => vec![Move::Stop],
        // There may be more to do on the hospital's own page.
        ShareState::AskedToStop => vec![Move::ShareAgain],
        ShareState::NotStopped => vec![Move::TryStopAgain],
        ShareState::Stopping => Vec::new(),
        ShareState::Stopped | ShareState::Ended | ShareState::GoneElsewhere | ShareState::NothingShared
            if status.adopted() =>
        {
            Vec::new()
        }
        ShareState::Stopped | ShareState::Ended | ShareState::GoneElsewhere | ShareState::NothingShared => {
            vec![Move::ShareAgain]
        }
    };
    let over = matches!(
        state,
        ShareState::Stopped
            | ShareState::Ended
            | ShareState::NothingShared
            | ShareState::Stopping
            | ShareState::SettingUp
            | ShareState::AskedToStop
    );
    if !signed_in_from && !over {
        moves.push(Move::SignInFrom);
    }
    let wants_sign_in =
        problem.is_some_and(|p| matches!(p.what, What::SignInNeeded | What::DifferentPatient));
    if !signed_in_to && state == ShareState::HalfDone && wants_sign_in {
        moves.push(Move::SignInTo);
    }
    moves
}

/// 0: needs the person, 1: on, 2: past.
pub(super) fn group(share: &ShareView) -> u8 {
    match share.state {
        ShareState::HalfDone
        | ShareState::OnCheckThis
        | ShareState::MoreThanPicked
        | ShareState::NotStopped => 0,
        ShareState::NotFromHere if !share.known => 0,
        ShareState::NothingShared if share.moves.contains(&Move::Finish) => 0,
        ShareState::SettingUp
        | ShareState::On
        | ShareState::EndsSoon
        | ShareState::Stopping
        | ShareState::NotFromHere
        | ShareState::OnUnlisted
        | ShareState::OnFile
        | ShareState::AskedToStop
        | ShareState::CannotCheck => 1,
        ShareState::Stopped | ShareState::Ended | ShareState::GoneElsewhere | ShareState::NothingShared => 2,
    }
}

/// Whether the target may get records now, as far as anybody here knows.
pub(super) fn can_get(share: &ShareView) -> bool {
    match share.state {
        ShareState::On
        | ShareState::OnCheckThis
        | ShareState::EndsSoon
        | ShareState::MoreThanPicked
        | ShareState::Stopping
        | ShareState::NotStopped
        | ShareState::NotFromHere
        | ShareState::OnUnlisted
        | ShareState::OnFile
        | ShareState::AskedToStop
        | ShareState::CannotCheck => true,
        ShareState::HalfDone | ShareState::SettingUp => share.steps.iter().any(|s| {
            Some(s.step) == share.way.grants()
                && matches!(s.state, StepState::Doing | StepState::Done | StepState::NotKnown)
        }),
        ShareState::Stopped | ShareState::Ended | ShareState::GoneElsewhere | ShareState::NothingShared => {
            false
        }
    }
}

pub(super) fn step_view(status: &Status, step: Step) -> StepView {
    let progress = status.step(step);
    // What undoes a step: a target that was told asks in vain once the source no longer lists it.
    let (begun, done) = match step {
        Step::FileConsent => (EndStep::CloseConsent, EndStep::CloseConsent),
        Step::Authorize | Step::Connect if status.way().is_listed() => (EndStep::Revoke, EndStep::LookAgain),
        // What was given there cannot be taken back.
        Step::Authorize | Step::Connect | Step::ReadBack | Step::CheckIdCard | Step::Confirm => {
            return StepView { step, state: progress.state, at: progress.at };
        }
    };
    let ending = status.end_asked_at.is_some();
    let state = match progress.state {
        StepState::Later | StepState::Failed => progress.state,
        _ if status.end(done).state == StepState::Done => StepState::Undone,
        _ if ending && status.end(begun).state != StepState::Later => StepState::Doing,
        // Left alone when the stop was asked for.
        StepState::Doing if ending => StepState::NotKnown,
        state => state,
    };
    StepView { step, state, at: progress.at }
}

pub(super) fn proof(status: &Status, can_tell: bool) -> Vec<RungView> {
    let listed = status.way().is_listed();
    let first = if listed { Rung::SaidSo } else { Rung::Closed };
    [first, Rung::NotListed, Rung::TurnedAway]
        .into_iter()
        .map(|rung| {
            let at = status.proven.iter().rev().find(|(r, _)| *r == rung).map(|(_, at)| *at);
            let end = match rung {
                Rung::SaidSo => Some(status.end(EndStep::Revoke).state),
                Rung::NotListed if !listed => {
                    return RungView { rung, state: RungState::CannotShow, at: None };
                }
                Rung::NotListed => Some(status.end(EndStep::LookAgain).state),
                Rung::Closed => Some(status.end(EndStep::SeeClosed).state),
                Rung::TurnedAway => None,
            };
            let state = match (end, at) {
                (Some(StepState::Done), Some(_)) | (None, Some(_)) => RungState::Proven,
                (Some(StepState::Failed), _) => RungState::Failed,
                (None, None) if !can_tell => RungState::CannotShow,
                _ => RungState::Waiting,
            };
            RungView { rung, state, at: at.filter(|_| state == RungState::Proven) }
        })
        .collect()
}

/// The scopes of a Consent as it stands that go beyond what was picked, as far as its server can spell that.
pub(super) fn beyond(picked: &[Kind], syntax: ScopeSyntax, scopes: &[String]) -> Vec<String> {
    let known = Scopes::granting(picked, syntax);
    let stated: Scopes = scopes.iter().map(String::as_str).collect();
    stated.beyond(&known).iter().map(|s| crate::text::quoted(s, 80)).collect()
}
