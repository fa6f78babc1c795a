//! What the person decides, before any FHIR: from whom, to whom, what, why, until when.
//! The draft may be incomplete; a [`Choice`] is complete and dated.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{connection::way::Way, ehr::EhrId, kind::Kind, problem::Problem, statement::Statement};

/// Why the records are shared. Written down in the Consent; no computer enforces it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "why", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Purpose {
    /// My care.
    MyCare,
    /// A second opinion.
    SecondOpinion,
    /// Moving my care.
    MovingCare,
    /// In the person's own words, at most 80 characters.
    Other {
        /// The words.
        words: String,
    },
}

/// How long. No "for ever".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "span", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum HowLong {
    /// One day.
    OneDay,
    /// Three months.
    ThreeMonths,
    /// One year.
    OneYear,
    /// Until the end of a day, at most two years ahead.
    Until {
        /// `YYYY-MM-DD`.
        #[ts(type = "string")]
        date: Date,
    },
}

impl HowLong {
    /// The last day, counted from `today`. `None` when the day has passed or is more than two years ahead.
    #[must_use]
    pub fn last_day(&self, today: Date) -> Option<Date> {
        let day = match self {
            Self::OneDay => today.checked_add(1.day()).ok()?,
            Self::ThreeMonths => today.checked_add(3.months()).ok()?,
            Self::OneYear => today.checked_add(1.year()).ok()?,
            Self::Until { date } => *date,
        };
        let latest = today.checked_add(2.years()).ok()?;
        (day >= today && day <= latest).then_some(day)
    }
}

/// The moment at which `last_day` is over, in UTC: what servers enforce.
#[must_use]
pub fn end_of(last_day: Date) -> Option<Timestamp> {
    let zoned = last_day.at(23, 59, 59, 0).to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

/// What the person has picked so far. Kept on this computer until sent or thrown away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct Draft {
    /// The source.
    pub from: Option<EhrId>,
    /// The target.
    pub to: Option<EhrId>,
    /// How it is shared.
    pub way: Way,
    /// The Consent at the source that the person picked, for a share under one that is already there.
    pub under: Option<String>,
    /// Ticked kinds. Nothing is ticked for the person.
    pub kinds: Vec<Kind>,
    /// Why; none is chosen for the person.
    pub purpose: Option<Purpose>,
    /// How long; none is chosen for the person.
    pub how_long: Option<HowLong>,
}

/// The first thing that is still missing in a draft: where the person goes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum DraftStep {
    /// From and to.
    FromAndTo,
    /// What to share.
    What,
    /// Why and how long.
    WhyAndHowLong,
    /// Sign in at the source.
    SignInFrom,
    /// Sign in at the target.
    SignInTo,
    /// Are both charts you, then check and sign.
    Check,
}

/// A hint beside a ticked kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Hint {
    /// The kind that causes it.
    pub kind: Kind,
    /// The words.
    pub words: String,
}

/// A draft with what follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DraftView {
    /// The draft.
    pub draft: Draft,
    /// The sentence so far; open parts are marked.
    pub statement: Statement,
    /// The last day, when how long is picked and possible: `YYYY-MM-DD`.
    #[ts(type = "string | null")]
    pub last_day: Option<Date>,
    /// Kinds that are not ticked.
    pub not_shared: Vec<Kind>,
    /// What ticked kinds may tell all the same.
    pub hints: Vec<Hint>,
    /// The ways in which the two picked hospitals can share, best first.
    pub ways: Vec<Way>,
    /// Why the two picked hospitals cannot share with each other.
    pub blocked: Option<Problem>,
    /// What is missing first.
    pub next: DraftStep,
}

/// A complete decision: what one share is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The source.
    pub from: EhrId,
    /// The target.
    pub to: EhrId,
    /// How it is shared.
    pub way: Way,
    /// The Consent at the source, for a share under one that is already there.
    pub under: Option<String>,
    /// Ticked kinds, in the glossary's order, at least one; under a Consent that is already there, those that are understood
    /// of it.
    pub kinds: Vec<Kind>,
    /// Why.
    pub purpose: Purpose,
    /// The last day.
    pub last_day: Date,
}

impl Choice {
    /// Completes a draft.
    #[must_use]
    pub fn from_draft(draft: &Draft, today: Date) -> Option<Self> {
        let mut kinds = draft.kinds.clone();
        kinds.sort_unstable();
        kinds.dedup();
        let (from, to) = (draft.from.clone()?, draft.to.clone()?);
        let under = draft.under.clone().filter(|_| draft.way == Way::ExistingConsent);
        let picked = if draft.way == Way::ExistingConsent { under.is_some() } else { !kinds.is_empty() };
        if !picked || from == to {
            return None;
        }
        let purpose = draft.purpose.clone()?;
        if matches!(&purpose, Purpose::Other { words } if words.trim().is_empty()) {
            return None;
        }
        Some(Self {
            from,
            to,
            way: draft.way,
            under,
            kinds,
            purpose,
            last_day: draft.how_long.as_ref()?.last_day(today)?,
        })
    }
}
