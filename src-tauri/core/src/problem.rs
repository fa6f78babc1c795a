//! What went wrong, as data: a closed code, what it means for the records, and whose turn it is.
//! The words are the window's. Every error of the core becomes a `Problem` at this border, once.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What happened. One code for each thing that the window says differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The address is not https and is no practice hospital of this program.
    NotSecure,
    /// The text is no web address.
    NotAnAddress,
    /// Nothing there speaks FHIR with SMART sign-in.
    NotAnEhr,
    /// It speaks a release of FHIR that the app does not.
    OtherVersion,
    /// There is no list of hospitals at the address.
    NotAList,
    /// The text is no certificate that confirms others.
    NotACertificate,
    /// What the hospital can do is told only to those who are signed in.
    NotPublic,
    /// The hospital's settings contradict each other.
    SettingsContradict,
    /// The hospital offers only sign-in protection that is too weak.
    SignInTooWeak,
    /// No answer: network, name, or the hospital is down.
    Unreachable,
    /// The secure connection could not be confirmed.
    NotTrusted,
    /// The hospital answers that it has trouble (5xx).
    EhrTrouble,
    /// The hospital asks to wait.
    TooBusy,
    /// The hospital tried to send a request elsewhere.
    SentElsewhere,
    /// The answer could not be understood.
    Unreadable,
    /// The person said no on the hospital's page.
    SignInCancelled,
    /// The person was away too long.
    SignInTimedOut,
    /// The hospital refused the sign-in.
    SignInRefused,
    /// The hospital does not know this app.
    AppUnknown,
    /// The secret or key by which the hospital knows this app is not at hand.
    AppSecretMissing,
    /// The hospital did not register this app.
    RegistrationRefused,
    /// Every port that the hospital knows is taken by another program.
    PortsTaken,
    /// The answer came from somewhere else than where the person went.
    SignInMixedUp,
    /// Who answered could not be confirmed (id_token).
    SignInNotConfirmed,
    /// The person must sign in (again).
    SignInNeeded,
    /// The person did not allow all that is needed.
    ScopesShort,
    /// No patient came with the sign-in.
    NoPatient,
    /// Another patient than before at the same hospital.
    DifferentPatient,
    /// The two charts are of two people.
    TwoPeople,
    /// This computer's clock is off.
    ClockWrong,
    /// The target's ID card could not be fetched.
    NoIdCard,
    /// The target's ID card is false or out of date.
    IdCardWrong,
    /// The target changed since it was shown: look again.
    IdCardChanged,
    /// The source refused the choices.
    ConsentRefused,
    /// The source stored something else than was signed.
    ConsentDiffers,
    /// The source said no to the target.
    AuthorizeRefused,
    /// The target said no, or did not confirm.
    ConnectRefused,
    /// Nobody knows whether a call went through; the app will look.
    NotConfirmed,
    /// The source said stopped and still lists it.
    StillListed,
    /// The source and the target share in different ways, so that neither understands the other.
    DoNotFit,
    /// The target has no way to be told where to get records.
    CannotReceive,
    /// The hospital does not offer this.
    NotOffered,
    /// The hospital does not allow this for this account.
    NotAllowed,
    /// The hospital no longer has this.
    Gone,
    /// The target gets records under this permission already.
    AlreadyShared,
    /// It changed meanwhile.
    ChangedMeanwhile,
    /// The signature does not fit, or an answer is missing on the form.
    FormIncomplete,
    /// This computer could not write it down.
    DiskTrouble,
    /// Something in this app.
    Internal,
}

/// What it means for the person's records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Records {
    /// Nothing was shared by this.
    NothingShared,
    /// The target is already allowed, but does not know it.
    AlreadyAllowed,
    /// Sharing goes on.
    StillShared,
    /// Nobody can tell now.
    NotKnown,
    /// As before: this changed nothing.
    Unchanged,
}

/// Whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Turn {
    /// The person.
    You,
    /// The hospital's staff.
    Hospital,
    /// Nobody: wait, the app tries again.
    Wait,
}

/// A failure, ready to be put into words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What happened.
    pub what: What,
    /// Name of the hospital it is about.
    pub ehr: Option<String>,
    /// The hospital's own words: plain text, at most 300 characters, to be quoted, never markup.
    pub said: Option<String>,
    /// One fact more: the missing kinds, the address, minutes of clock error, time to wait until.
    pub detail: Option<String>,
    /// What it means for the records.
    pub records: Records,
    /// Whose turn it is.
    pub turn: Turn,
    /// Short code to read to a helper, for example `L-4821`; also in the log.
    pub reference: String,
}

impl Problem {
    /// A problem of this kind with its usual meaning for records and turn.
    #[must_use]
    pub fn new(what: What) -> Self {
        let (records, turn) = usual(what);
        Self { what, ehr: None, said: None, detail: None, records, turn, reference: reference() }
    }

    /// Names the hospital it is about.
    #[must_use]
    pub fn at(mut self, ehr: impl Into<String>) -> Self {
        self.ehr = Some(ehr.into());
        self
    }

    /// Adds the hospital's own words, cleaned and cut.
    #[must_use]
    pub fn said(mut self, words: Option<impl AsRef<str>>) -> Self {
        self.said = words.map(|w| crate::text::quoted(w.as_ref(), 300)).filter(|w| !w.is_empty());
        self
    }

    /// Adds one fact.
    #[must_use]
    pub fn detail(mut self, fact: impl Into<String>) -> Self {
        self.detail = Some(fact.into());
        self
    }

    /// Says what it means for the records here.
    #[must_use]
    pub fn records(mut self, records: Records) -> Self {
        self.records = records;
        self
    }
}

fn usual(what: What) -> (Records, Turn) {
    use Records::{AlreadyAllowed, NotKnown, NothingShared, StillShared, Unchanged};
    use Turn::{Hospital, Wait, You};
    match what {
        What::NotSecure
        | What::NotAnAddress
        | What::SignInCancelled
        | What::SignInTimedOut
        | What::ScopesShort
        | What::DifferentPatient
        | What::TwoPeople
        | What::ClockWrong
        | What::IdCardChanged
        | What::AppSecretMissing
        | What::PortsTaken
        | What::NotAList
        | What::NotACertificate
        | What::FormIncomplete => (NothingShared, You),
        What::NotAnEhr
        | What::OtherVersion
        | What::NotPublic
        | What::SettingsContradict
        | What::SignInTooWeak
        | What::NotTrusted
        | What::SignInRefused
        | What::AppUnknown
        | What::RegistrationRefused
        | What::SignInMixedUp
        | What::SignInNotConfirmed
        | What::NoPatient
        | What::NoIdCard
        | What::IdCardWrong
        | What::ConsentRefused
        | What::ConsentDiffers
        | What::AuthorizeRefused
        | What::DoNotFit
        | What::CannotReceive => (NothingShared, Hospital),
        What::Unreachable | What::EhrTrouble | What::TooBusy => (Unchanged, Wait),
        What::SentElsewhere | What::Unreadable | What::NotOffered | What::NotAllowed => (Unchanged, Hospital),
        What::SignInNeeded
        | What::Gone
        | What::AlreadyShared
        | What::ChangedMeanwhile
        | What::DiskTrouble => (Unchanged, You),
        What::ConnectRefused => (AlreadyAllowed, You),
        What::NotConfirmed => (NotKnown, Wait),
        What::StillListed => (StillShared, Hospital),
        What::Internal => (Unchanged, You),
    }
}

fn reference() -> String {
    format!("L-{:04}", rand::random_range(0..10_000))
}
