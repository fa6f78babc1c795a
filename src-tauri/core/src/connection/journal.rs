//! The journal of a connection: what was begun, and what came of it. State is a function of it and of nothing else,
//! so that a program killed at any line knows at its next start what may be live at a hospital.
//!
//! Law: `Began` is on disk before the request leaves. `Began` without an outcome means "we do not know": the app then
//! reads from the hospital, and never sends again blindly. Giving up halfway and stopping later are the same act.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{
    connection::{Rung, way::Way},
    problem::{Problem, What},
};

/// A step of setting up a share. Which ones, and in which order, is in [`Way::plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Post the Consent at the source.
    FileConsent,
    /// Read it back and compare.
    ReadBack,
    /// Fetch the target's JWT again and check that it is still who was signed for.
    CheckIdCard,
    /// `$authorize` at the source.
    Authorize,
    /// `$connect` at the target.
    Connect,
    /// Look at the source's list.
    Confirm,
}

impl Step {
    /// How many there are, in all ways.
    const COUNT: usize = Self::Confirm as usize + 1;

    /// Whether the step changes something at a hospital. The others can simply run again.
    #[must_use]
    pub const fn leaves_a_trace(self) -> bool {
        matches!(self, Self::FileConsent | Self::Authorize | Self::Connect)
    }
}

/// A step of ending a share. Which ones, and in which order, is in [`Way::end_plan`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EndStep {
    /// `$revokeAuthorization` at the source.
    Revoke,
    /// A fresh `$authorizations` that no longer has it.
    LookAgain,
    /// The Consent set to inactive, or deleted, or taken off the file: what the source can.
    CloseConsent,
    /// The Consent read once more: no longer in force, or gone.
    SeeClosed,
}

impl EndStep {
    /// All of them, in all ways.
    pub const ALL: [Self; 4] = [Self::Revoke, Self::LookAgain, Self::CloseConsent, Self::SeeClosed];

    /// Whether the step asks the source to let the target in no more.
    #[must_use]
    pub const fn takes_back(self) -> bool {
        matches!(self, Self::Revoke)
    }
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not begun.
    Later,
    /// Begun; no outcome is written.
    Doing,
    /// Done, as the server said.
    Done,
    /// It certainly did not happen.
    Failed,
    /// It may have happened; the hospital could not tell yet.
    NotKnown,
    /// Undone.
    Undone,
}

/// What a server gave us when a step was done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Evidence {
    /// The Consent's id at the source.
    pub consent: Option<String>,
    /// What the hospital said, cleaned.
    pub note: Option<String>,
}

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "entry", rename_all = "kebab-case")]
pub enum Entry {
    /// The person said yes.
    Signed,
    /// The person shares under a Consent that the source already has.
    Under {
        /// The Consent's id at the source.
        consent: String,
    },
    /// An entry of the source that was not made here; the person wants it stopped.
    Adopted {
        /// The Consent's id at the source.
        consent: String,
    },
    /// A step is about to run.
    Began {
        /// Which.
        step: Step,
    },
    /// A step is done.
    Did {
        /// Which.
        step: Step,
        /// What the server gave.
        evidence: Evidence,
    },
    /// A step certainly did not happen.
    NotDone {
        /// Which.
        step: Step,
        /// Why.
        problem: Problem,
    },
    /// A step may have happened.
    Unclear {
        /// Which.
        step: Step,
        /// Why nobody knows.
        problem: Problem,
    },
    /// The person wants a step tried again.
    Retry {
        /// Which.
        step: Step,
    },
    /// The person wants it ended: halfway (take back) or later (stop).
    EndAsked,
    /// A step of ending is about to run.
    Ending {
        /// Which.
        step: EndStep,
    },
    /// A step of ending is done.
    EndDone {
        /// Which.
        step: EndStep,
    },
    /// A step of ending failed; it will be tried again.
    EndFailed {
        /// Which.
        step: EndStep,
        /// Why.
        problem: Problem,
    },
    /// A rung of the proof was reached.
    Proven {
        /// Which.
        rung: Rung,
    },
}

impl Entry {
    /// The step of the plan that the line is about.
    #[must_use]
    pub const fn step(&self) -> Option<Step> {
        match self {
            Self::Began { step }
            | Self::Did { step, .. }
            | Self::NotDone { step, .. }
            | Self::Unclear { step, .. }
            | Self::Retry { step } => Some(*step),
            Self::Signed
            | Self::Under { .. }
            | Self::Adopted { .. }
            | Self::EndAsked
            | Self::Ending { .. }
            | Self::EndDone { .. }
            | Self::EndFailed { .. }
            | Self::Proven { .. } => None,
        }
    }
}

/// A line with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// When it was written.
    pub at: Timestamp,
    /// What it says.
    pub entry: Entry,
}

/// What has to happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Run this step.
    Run(Step),
    /// Find out whether this step happened, by reading.
    Reconcile(Step),
    /// Ask the person: finish or take back.
    Ask(Step),
    /// Run this step of ending.
    End(EndStep),
    /// Everything is done; the share is on.
    Active,
    /// Nothing of it is left at a hospital.
    Closed,
}

/// One step with its state and the time of its last line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How far.
    pub state: StepState,
    /// Since when.
    pub at: Option<Timestamp>,
}

/// What a journal says, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    way: Way,
    steps: [Progress; Step::COUNT],
    ends: [Progress; EndStep::ALL.len()],
    tried: [bool; Step::COUNT],
    in_doubt: [bool; Step::COUNT],
    adopted: bool,
    may_come_late: bool,
    /// The Consent's id at the source, when known.
    pub consent: Option<String>,
    /// When the person said yes.
    pub signed_at: Option<Timestamp>,
    /// When the person asked to end it.
    pub end_asked_at: Option<Timestamp>,
    /// The last problem that is still open.
    pub problem: Option<Problem>,
    /// What hospitals said.
    pub notes: Vec<String>,
    /// Rungs of the proof that were reached.
    pub proven: Vec<(Rung, Timestamp)>,
    /// How often ending failed in a row.
    pub end_failures: u32,
}

impl Status {
    /// Reads the journal of a share that is set up and ended in this way.
    #[must_use]
    pub fn of(way: Way, lines: &[Line]) -> Self {
        let blank = Progress { state: StepState::Later, at: None };
        let mut status = Self {
            way,
            steps: [blank; Step::COUNT],
            ends: [blank; EndStep::ALL.len()],
            tried: [false; Step::COUNT],
            in_doubt: [false; Step::COUNT],
            adopted: false,
            may_come_late: false,
            consent: None,
            signed_at: None,
            end_asked_at: None,
            problem: None,
            notes: Vec::new(),
            proven: Vec::new(),
            end_failures: 0,
        };
        for line in lines {
            status.read(line);
        }
        status
    }

    fn read(&mut self, line: &Line) {
        let at = line.at;
        match &line.entry {
            Entry::Signed => self.signed_at = Some(at),
            Entry::Under { consent } => self.consent = Some(consent.clone()),
            // It is taken up to be stopped, and for nothing else.
            Entry::Adopted { consent } => {
                self.adopted = true;
                self.end_asked_at.get_or_insert(at);
                self.consent = Some(consent.clone());
            }
            Entry::Began { step } => {
                if let Some(tried) = self.tried.get_mut(*step as usize) {
                    *tried = true;
                }
                self.set(*step, StepState::Doing, at, None);
            }
            Entry::Did { step, evidence } => {
                if evidence.consent.is_some() {
                    self.consent.clone_from(&evidence.consent);
                }
                self.notes.extend(evidence.note.clone());
                self.set(*step, StepState::Done, at, None);
            }
            Entry::NotDone { step, problem } => {
                // The list did not have it, twice; it may come all the same.
                self.may_come_late |= self.grants(*step) && problem.what == What::NotConfirmed;
                self.set(*step, StepState::Failed, at, Some(problem.clone()));
            }
            Entry::Unclear { step, problem } => {
                if self.end_asked_at.is_some() {
                    self.end_failures = self.end_failures.saturating_add(1);
                }
                self.set(*step, StepState::NotKnown, at, Some(problem.clone()));
            }
            Entry::Retry { step } => self.set(*step, StepState::Later, at, None),
            Entry::EndAsked => {
                self.end_asked_at.get_or_insert(at);
                self.end_failures = 0;
                self.problem = None;
            }
            Entry::Ending { step } => self.set_end(*step, StepState::Doing, at, None),
            Entry::EndDone { step } => {
                self.end_failures = 0;
                self.set_end(*step, StepState::Done, at, None);
            }
            Entry::EndFailed { step, problem } => {
                // A list that still has it takes back what the source said before.
                if *step == EndStep::LookAgain && problem.what == What::StillListed {
                    for back in self.way.end_plan().iter().filter(|step| step.takes_back()) {
                        self.set_end(*back, StepState::Failed, at, None);
                    }
                }
                self.end_failures = self.end_failures.saturating_add(1);
                self.set_end(*step, StepState::Failed, at, Some(problem.clone()));
            }
            Entry::Proven { rung } => self.proven.push((*rung, at)),
        }
    }

    fn set(&mut self, step: Step, state: StepState, at: Timestamp, problem: Option<Problem>) {
        self.problem = problem;
        if let Some(doubt) = self.in_doubt.get_mut(step as usize) {
            *doubt = match state {
                StepState::NotKnown => true,
                StepState::Done | StepState::Failed | StepState::Undone => false,
                // Trying again tells nothing of the time before.
                StepState::Later | StepState::Doing => *doubt,
            };
        }
        if let Some(slot) = self.steps.get_mut(step as usize) {
            *slot = Progress { state, at: Some(at) };
        }
    }

    fn set_end(&mut self, step: EndStep, state: StepState, at: Timestamp, problem: Option<Problem>) {
        self.problem = problem;
        if let Some(slot) = self.ends.get_mut(step as usize) {
            *slot = Progress { state, at: Some(at) };
        }
    }

    /// How it is set up and ended.
    #[must_use]
    pub const fn way(&self) -> Way {
        self.way
    }

    fn grants(&self, step: Step) -> bool {
        self.way.grants() == Some(step)
    }

    /// How far a step is.
    #[must_use]
    pub fn step(&self, step: Step) -> Progress {
        self.steps.get(step as usize).copied().unwrap_or(Progress { state: StepState::Later, at: None })
    }

    /// How far a step of ending is.
    #[must_use]
    pub fn end(&self, step: EndStep) -> Progress {
        self.ends.get(step as usize).copied().unwrap_or(Progress { state: StepState::Later, at: None })
    }

    /// Whether it is an entry that was not made here.
    #[must_use]
    pub const fn adopted(&self) -> bool {
        self.adopted
    }

    /// Whether a step was begun before, however it went.
    #[must_use]
    pub fn tried(&self, step: Step) -> bool {
        self.tried.get(step as usize).copied().unwrap_or_default()
    }

    /// Whether something of the plan may have left something at a hospital.
    #[must_use]
    pub fn any_trace(&self) -> bool {
        self.way.plan().iter().any(|step| step.leaves_a_trace() && self.trace(*step))
    }

    /// Whether the target was, or may have been, allowed at the source at some time.
    #[must_use]
    pub fn was_live(&self) -> bool {
        let asked_back = |step: &EndStep| step.takes_back() && self.end(*step).state != StepState::Later;
        self.adopted
            || self.way.grants().is_some_and(|step| self.trace(step))
            || self.way.end_plan().iter().any(asked_back)
    }

    /// Whether the target may be allowed at the source now: done, begun, or not known, and not proven ended.
    #[must_use]
    pub fn may_be_live(&self) -> bool {
        let may = self.was_live() || self.may_come_late;
        may && self.end(EndStep::LookAgain).state != StepState::Done
    }

    /// Whether a step may have left something at a hospital.
    #[must_use]
    pub fn trace(&self, step: Step) -> bool {
        self.in_doubt(step)
            || matches!(self.step(step).state, StepState::Doing | StepState::Done | StepState::NotKnown)
    }

    /// Whether nobody could tell what came of an earlier try of a step.
    #[must_use]
    pub fn in_doubt(&self, step: Step) -> bool {
        self.in_doubt.get(step as usize).copied().unwrap_or_default()
    }

    /// What has to happen next.
    #[must_use]
    pub fn next(&self) -> Next {
        if self.end_asked_at.is_some() { self.next_of_ending() } else { self.next_of_plan() }
    }

    fn next_of_plan(&self) -> Next {
        for &step in self.way.plan() {
            match self.step(step).state {
                StepState::Done => {}
                StepState::Later | StepState::Undone => return Next::Run(step),
                StepState::Doing if step.leaves_a_trace() => return Next::Reconcile(step),
                StepState::Doing => return Next::Run(step),
                StepState::Failed | StepState::NotKnown => return Next::Ask(step),
            }
        }
        Next::Active
    }

    fn next_of_ending(&self) -> Next {
        if !self.adopted && !self.any_trace() {
            return Next::Closed;
        }
        if self.way.files_a_consent() && self.consent.is_none() {
            return Next::Reconcile(Step::FileConsent);
        }
        let wanted = |step: EndStep| match step {
            EndStep::Revoke => self.was_live(),
            // What came late is not on record here: only the list tells.
            EndStep::LookAgain => {
                self.was_live() || self.may_come_late || self.end(step).state != StepState::Later
            }
            // The paper of somebody else's entry is theirs.
            EndStep::CloseConsent | EndStep::SeeClosed => !self.adopted,
        };
        self.way
            .end_plan()
            .iter()
            .find(|step| wanted(**step) && self.end(**step).state != StepState::Done)
            .map_or(Next::Closed, |step| Next::End(*step))
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
