//! A connection is our record of one share: source and target linked under one Consent, with its journal.
//! The person reads "a share".

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use crate::{
    connection::{
        journal::{Step, StepState},
        way::Way,
    },
    ehr::EhrId,
    kind::Kind,
    problem::Problem,
    statement::Statement,
};

pub mod conductor;
pub mod end;
pub mod journal;
pub mod reconcile;
pub mod run;
pub mod way;

/// Our name for a connection. It is also the Consent's `identifier`, by which a lost answer is found again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct ConnectionId(#[ts(type = "string")] Uuid);

impl ConnectionId {
    /// A fresh id.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::new_v4())
    }

    /// Reads an id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Uuid::parse_str(text).ok().map(Self)
    }

    /// The short form that is read aloud on the phone, for example `A81D-03CF`.
    #[must_use]
    pub fn spoken(&self) -> String {
        let hex = self.0.simple().to_string().to_uppercase();
        let (a, b) = (hex.get(..4).unwrap_or_default(), hex.get(4..8).unwrap_or_default());
        format!("{a}-{b}")
    }
}

impl std::fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.hyphenated())
    }
}

/// The state of a share, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ShareState {
    /// The calls are running.
    SettingUp,
    /// Begun and not finished: finish it or take it back.
    HalfDone,
    /// The source lists it without an error.
    On,
    /// The source lists it with an error.
    OnCheckThis,
    /// On, with 14 days or fewer to go.
    EndsSoon,
    /// The source gives more than was picked.
    MoreThanPicked,
    /// The stop is sent and not proven.
    Stopping,
    /// The stop failed, or the source still lists it.
    NotStopped,
    /// Stopped, proven by a fresh list.
    Stopped,
    /// Its time ran out.
    Ended,
    /// The source no longer lists it, and nobody here stopped it.
    GoneElsewhere,
    /// Taken back, or failed before anything was allowed.
    NothingShared,
    /// The source lists it; it was not started here.
    NotFromHere,
    /// The source cannot be asked now.
    CannotCheck,
    /// Set up as the hospitals said, at a source that lists nothing: it cannot be shown here.
    OnUnlisted,
    /// The person's wish is on file at the source; what the source makes of it, it does not tell.
    OnFile,
    /// Everything that the source lets this app do was done, and whether records still go cannot be shown here.
    AskedToStop,
}

/// What the person may do with a share now. Moves that are not legal are not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Move {
    /// Go on where the set-up stopped.
    Finish,
    /// Undo a set-up.
    TakeBack,
    /// Stop sharing.
    Stop,
    /// Try the stop again now.
    TryStopAgain,
    /// Sign in at the source to go on.
    SignInFrom,
    /// Sign in at the target to go on.
    SignInTo,
    /// Note that the person knows an entry that was not started here.
    KnowIt,
    /// Start a new share with the same choices.
    ShareAgain,
}

/// One end of a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EndView {
    /// The hospital, when the app knows it.
    pub ehr: Option<EhrId>,
    /// Its name.
    pub name: String,
    /// Host of its address, when known.
    pub host: Option<String>,
}

/// One step of the set-up or of taking it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// Which step.
    pub step: Step,
    /// How far it is.
    pub state: StepState,
    /// When it came to that state.
    #[ts(type = "string | null")]
    pub at: Option<Timestamp>,
}

/// The rungs of the proof that a stop took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Rung {
    /// The source said so.
    SaidSo,
    /// A fresh list no longer has it.
    NotListed,
    /// The target asked and was turned away, as the source's own log says.
    TurnedAway,
    /// The Consent reads as no longer in force.
    Closed,
}

/// How far a rung is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RungState {
    /// Proven.
    Proven,
    /// Not yet.
    Waiting,
    /// This hospital cannot show it.
    CannotShow,
    /// It went wrong.
    Failed,
}

/// One rung of the proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RungView {
    /// Which rung.
    pub rung: Rung,
    /// How far.
    pub state: RungState,
    /// When it was proven.
    #[ts(type = "string | null")]
    pub at: Option<Timestamp>,
}

/// What has arrived at the target through this share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArrivedView {
    /// Records in all.
    pub total: u32,
    /// Records by kind.
    pub by_kind: Vec<KindCount>,
    /// When the target said so.
    #[ts(type = "string")]
    pub as_of: Timestamp,
}

/// A count of records of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KindCount {
    /// Which kind.
    pub kind: Kind,
    /// How many.
    pub count: u32,
}

/// A share as the window shows it, made here or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShareView {
    /// Connection id, or an opaque id of the source's entry.
    pub id: String,
    /// The source.
    pub from: EndView,
    /// The target.
    pub to: EndView,
    /// How it is set up and ended.
    pub way: Way,
    /// Its state.
    pub state: ShareState,
    /// What was picked, or what the Consent says when it was not made here.
    pub kinds: Vec<Kind>,
    /// Scopes that belong to no kind, raw: beyond what was picked, or unknown.
    pub other_scopes: Vec<String>,
    /// The last day, when known.
    #[ts(type = "string | null")]
    pub last_day: Option<Date>,
    /// The signed sentence, when it can be read here.
    pub statement: Option<Statement>,
    /// When the person signed.
    #[ts(type = "string | null")]
    pub signed_at: Option<Timestamp>,
    /// When the app first saw an entry that was not made here.
    #[ts(type = "string | null")]
    pub first_seen: Option<Timestamp>,
    /// Whether the person said that they know an entry that was not made here.
    pub known: bool,
    /// When the source last confirmed what is shown.
    #[ts(type = "string | null")]
    pub as_of: Option<Timestamp>,
    /// Set-up steps, while they matter.
    pub steps: Vec<StepView>,
    /// Whether the set-up is being undone.
    pub taking_back: bool,
    /// What went wrong last.
    pub problem: Option<Problem>,
    /// What the source or target said that deserves to be read.
    pub notes: Vec<String>,
    /// The proof of a stop, once it was asked for.
    pub proof: Vec<RungView>,
    /// When the stop was asked for.
    #[ts(type = "string | null")]
    pub stop_asked_at: Option<Timestamp>,
    /// What arrived at the target, when the target tells.
    pub arrived: Option<ArrivedView>,
    /// When the target last asked the source, when the source tells.
    #[ts(type = "string | null")]
    pub last_asked: Option<Timestamp>,
    /// When the app tries again by itself.
    #[ts(type = "string | null")]
    pub next_try: Option<Timestamp>,
    /// Number to read to the hospital on the phone.
    pub spoken_id: String,
    /// Legal moves now.
    pub moves: Vec<Move>,
}

/// How fresh a hospital's list is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Freshness {
    /// Asked and answered.
    Fresh {
        /// When.
        #[ts(type = "string")]
        as_of: Timestamp,
    },
    /// Being asked now.
    Asking {
        /// The list shown is from then.
        #[ts(type = "string | null")]
        as_of: Option<Timestamp>,
    },
    /// The last try failed.
    Stale {
        /// The list shown is from then.
        #[ts(type = "string | null")]
        as_of: Option<Timestamp>,
        /// Why.
        because: Problem,
    },
    /// Sign in to see the list.
    SignedOut {
        /// The list shown is from then.
        #[ts(type = "string | null")]
        as_of: Option<Timestamp>,
    },
    /// This hospital keeps no such list.
    NotOffered,
}

/// A hospital's list and how fresh it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ListView {
    /// The hospital.
    pub ehr: EhrId,
    /// Its name.
    pub name: String,
    /// How fresh.
    pub freshness: Freshness,
}

/// Everything on the home screen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SharingView {
    /// How many places can get records now, as far as known.
    pub can_get: u32,
    /// How many shares need the person.
    pub need_you: u32,
    /// Whether any list is old, failed or signed out, so that the numbers may be wrong.
    pub unsure: bool,
    /// All shares: needs you, on, past; nearest end first inside.
    pub shares: Vec<ShareView>,
    /// Each hospital's list.
    pub lists: Vec<ListView>,
}

/// What one side says in the comparison of a share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "says", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Says {
    /// It agrees with what was picked.
    Agrees {
        /// Its words.
        words: String,
    },
    /// It says something else.
    Differs {
        /// Its words.
        words: String,
    },
    /// It does not tell.
    DoesNotTell,
    /// It could not be asked.
    CannotAsk,
}

/// The lines of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum TruthFact {
    /// What is shared.
    What,
    /// Until when.
    Until,
    /// Who gets it.
    Who,
    /// How it stands.
    State,
}

/// One line: picked, source, target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TruthRow {
    /// Which fact.
    pub fact: TruthFact,
    /// What the person picked.
    pub picked: String,
    /// What the source says.
    pub source: Says,
    /// What the target says.
    pub target: Says,
}

/// Who said a line of the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum SaidBy {
    /// This app.
    Us,
    /// The source.
    Source,
    /// The target.
    Target,
}

/// What happened, for the history of a share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Happened {
    /// The person signed.
    Signed,
    /// The source saved the choices.
    ConsentSaved,
    /// They were read back and match.
    ReadBack,
    /// The target's ID card was checked.
    IdCardChecked,
    /// The source said yes.
    Allowed,
    /// The target was told where to ask.
    Told,
    /// Both sides were checked.
    Checked,
    /// A step failed.
    Failed,
    /// The target asked for records.
    Asked,
    /// The target was turned away.
    TurnedAway,
    /// The person asked to stop.
    StopAsked,
    /// The source said stopped.
    SaidStopped,
    /// A fresh list no longer had it.
    NotListed,
    /// The Consent was closed.
    ConsentClosed,
    /// It was read as closed.
    SeenClosed,
}

/// One line of a share's history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HistoryLine {
    /// When.
    #[ts(type = "string")]
    pub at: Timestamp,
    /// What.
    pub happened: Happened,
    /// Who said so.
    pub by: SaidBy,
    /// One fact more, plain text.
    pub detail: Option<String>,
}

/// One share in full.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ShareDetail {
    /// The share.
    pub share: ShareView,
    /// Picked, source, target. Empty for entries that were not made here.
    pub truth: Vec<TruthRow>,
    /// Newest first.
    pub history: Vec<HistoryLine>,
}
