//! Runs one step of a share at a hospital and says what came of it. Knows nothing of the journal.

use jiff::Timestamp;
use serde_json::Value;

use crate::{
    choice::{Choice, end_of},
    connection::{
        journal::{Evidence, Step},
        way::Way,
    },
    consent::{
        at_source,
        write::{Signed, write},
    },
    context::{CallError, Context, Place, Words, ask},
    dialect::Dialect,
    exchange::{
        authorizations::{authorizations, same_app},
        authorize::{Authorized, authorize},
        connect::{Shown, Tell, connect},
        file,
        introduce::{Introduction, by_key, introduce, introduce_by_key},
        problem::Act,
    },
    fhir::{ConsentId, SourcePatientId, TargetPatientId},
    problem::{Problem, Records, What},
    secret::Secret,
    smart::discovery::Features,
    store::connections::ConnectionRow,
};

/// What is held in memory between the steps of one drive, and nowhere else.
#[derive(Default)]
pub struct Held {
    introduction: Option<Introduction>,
    /// What the source gave for it.
    handle: Option<Secret>,
}

impl Held {
    /// Whether a checked JWT of the target is held that is still good.
    #[must_use]
    pub fn introduces_at(&self, now: Timestamp) -> bool {
        self.introduction.as_ref().is_some_and(|found| found.is_good_at(now))
    }

    /// Whether the target can be told: in the way of 2017 with the JWT and the handle, and with nothing else.
    #[must_use]
    pub fn can_tell(&self, way: Way, now: Timestamp) -> bool {
        way != Way::ReferenceTokens || (self.handle.is_some() && self.introduces_at(now))
    }
}

/// What came of a step.
#[derive(Debug)]
pub enum Outcome {
    /// The hospital said that it is done.
    Done(Evidence),
    /// It certainly did not happen.
    NotDone(Problem),
    /// It may have happened.
    Unknown(Problem),
}

/// Runs a step.
///
/// # Errors
/// When the disk refuses.
pub async fn step(
    ctx: &Context,
    row: &ConnectionRow,
    step: Step,
    held: &mut Held,
) -> Result<Outcome, Problem> {
    let outcome = match step {
        Step::FileConsent => file_consent(ctx, row).await,
        Step::ReadBack => read_back(ctx, row).await,
        Step::CheckIdCard => check_id_card(ctx, row, held).await,
        Step::Authorize => authorize_target(ctx, row, held).await,
        Step::Connect => tell_target(ctx, row, held).await,
        Step::Confirm => confirm(ctx, row).await,
    };
    match outcome {
        Err(problem) if problem.what == What::DiskTrouble => Err(problem),
        Err(problem) => Ok(Outcome::NotDone(problem)),
        Ok(outcome) => Ok(outcome),
    }
}

/// What a failed call means for the step.
fn failed(error: &CallError, problem: Problem) -> Outcome {
    if error.certain() { Outcome::NotDone(problem) } else { Outcome::Unknown(problem) }
}

/// The Consent of a connection, made anew from what was signed.
///
/// # Errors
/// [`What::Internal`] when the words cannot be read on this computer: then it cannot be posted any more.
pub fn consent_of(ctx: &Context, row: &ConnectionRow) -> Result<Value, Problem> {
    let words = ctx.words(row.id, row.sealed.as_deref()).ok_or_else(|| Problem::new(What::Internal))?;
    let signed_at =
        super::conductor::status(ctx, row.id)?.signed_at.ok_or_else(|| Problem::new(What::Internal))?;
    let choice = choice_of(row, &words)?;
    Ok(write(&Signed {
        version: words.fhir,
        syntax: words.scopes,
        choice: &choice,
        statement: &words.statement,
        patient: &source_patient(row)?,
        performer: ctx.performer(&row.from, &row.patient_from),
        source_name: &words.from,
        target_name: &words.to,
        identifier: row.id,
        at: signed_at,
    }))
}

/// The patient at the source.
///
/// # Errors
/// [`What::Internal`] when what is kept is no FHIR id.
pub fn source_patient(row: &ConnectionRow) -> Result<SourcePatientId, Problem> {
    SourcePatientId::parse(&row.patient_from).ok_or_else(|| Problem::new(What::Internal))
}

fn choice_of(row: &ConnectionRow, words: &Words) -> Result<Choice, Problem> {
    let (Some(to), Some(last_day)) = (row.to.clone(), row.last_day) else {
        return Err(Problem::new(What::Internal));
    };
    Ok(Choice {
        from: row.from.clone(),
        to,
        way: row.way,
        under: None,
        kinds: row.kinds.clone(),
        purpose: words.purpose.clone(),
        last_day,
    })
}

async fn file_consent(ctx: &Context, row: &ConnectionRow) -> Result<Outcome, Problem> {
    let consent = consent_of(ctx, row)?;
    let saved = if ctx.ehr(&row.from)?.features.dialect == Some(Dialect::Fast) {
        let patient = source_patient(row)?;
        ask!(ctx, Place::source(row), fhir => file::file_consent(fhir, &consent, &patient, row.id).await)
    } else {
        ask!(ctx, Place::source(row), fhir => at_source::save(fhir, &consent, row.id).await)
    };
    Ok(match saved {
        Ok(id) => Outcome::Done(Evidence { consent: Some(id.to_string()), note: None }),
        Err(error) => failed(&error, error.during(Act::SaveConsent)),
    })
}

async fn read_back(ctx: &Context, row: &ConnectionRow) -> Result<Outcome, Problem> {
    let id = consent_id(ctx, row)?;
    let posted = consent_of(ctx, row)?;
    Ok(match ask!(ctx, Place::source(row), fhir => at_source::read_back(fhir, &id, &posted).await) {
        Ok(differences) if differences.is_empty() => Outcome::Done(Evidence::default()),
        Ok(differences) => {
            let named: Vec<String> = differences.iter().map(ToString::to_string).collect();
            let source = ctx.ehr(&row.from)?;
            Outcome::NotDone(Problem::new(What::ConsentDiffers).at(source.name).detail(named.join(", ")))
        }
        Err(error) => failed(&error, error.problem().records(Records::NothingShared)),
    })
}

async fn introduction(ctx: &Context, row: &ConnectionRow) -> Result<Result<Introduction, Outcome>, Problem> {
    let (source, to) = (ctx.ehr(&row.from)?, Place::target(row)?);
    let target = ctx.ehr(to.ehr)?;
    let at = ctx.at(to).await?;
    let found = if by_key(&source.features, &target.features) {
        let until = row.last_day.and_then(end_of).ok_or_else(|| Problem::new(What::Internal))?;
        introduce_by_key(&ctx.http, &target.base, &target.features.endpoints, until).await
    } else {
        let Features { endpoints, dialect, .. } = &target.features;
        introduce(&ctx.http, &at.fhir(ctx), endpoints, *dialect, &source.base, &ctx.anchors()?, ctx.now())
            .await
    };
    Ok(match found {
        Ok(found)
            if found.issuer() == row.issuer && Some(found.thumbprint()) == row.thumbprint.as_deref() =>
        {
            Ok(found)
        }
        Ok(_) => Err(Outcome::NotDone(Problem::new(What::IdCardChanged).at(target.name))),
        Err(error) => Err(Outcome::NotDone(error.problem(&target.name))),
    })
}

async fn check_id_card(ctx: &Context, row: &ConnectionRow, held: &mut Held) -> Result<Outcome, Problem> {
    match introduction(ctx, row).await? {
        Ok(found) => {
            held.introduction = Some(found);
            Ok(Outcome::Done(Evidence::default()))
        }
        Err(outcome) => Ok(outcome),
    }
}

async fn authorize_target(ctx: &Context, row: &ConnectionRow, held: &mut Held) -> Result<Outcome, Problem> {
    let id = consent_id(ctx, row)?;
    let introduced = held.introduction.as_ref().ok_or_else(|| Problem::new(What::IdCardChanged))?;
    let takes = ctx.ehr(&row.from)?.features.operations.takes;
    let until = row.last_day.and_then(end_of).ok_or_else(|| Problem::new(What::Internal))?;
    let now = ctx.now();
    Ok(
        match ask!(ctx, Place::source(row), fhir => authorize(fhir, &id, introduced, &takes, now, until).await)
        {
            Ok(said) => {
                let evidence = Evidence { consent: None, note: note(&said) };
                held.handle = said.handle;
                if held.handle.is_none() && row.way == Way::ReferenceTokens {
                    let source = ctx.ehr(&row.from)?;
                    let problem = Problem::new(What::NotConfirmed).at(source.name);
                    return Ok(Outcome::NotDone(problem.records(Records::NothingShared)));
                }
                Outcome::Done(evidence)
            }
            // Every failed check was a 500 there, with its reason.
            Err(CallError::Fhir(error, name))
                if row.way == Way::ReferenceTokens && error.said().is_some() =>
            {
                let problem = Problem::new(What::AuthorizeRefused).at(name).said(error.said());
                Outcome::NotDone(problem.records(Records::NothingShared))
            }
            Err(error) => failed(&error, error.during(Act::Authorize)),
        },
    )
}

/// Everything that the source said beside its yes: its message, what others say about the target, and more time than asked.
fn note(said: &Authorized) -> Option<String> {
    let longer = said.longer_than_asked.then(|| "This may last longer than you picked.".to_owned());
    let parts: Vec<String> = said.message.iter().chain(&said.endorsements).cloned().chain(longer).collect();
    (!parts.is_empty()).then(|| crate::text::quoted(&parts.join(" · "), 300))
}

async fn tell_target(ctx: &Context, row: &ConnectionRow, held: &mut Held) -> Result<Outcome, Problem> {
    let handle = held.handle.take();
    let introduced = match held.introduction.take() {
        Some(held) => Some(held),
        None if row.way.is_listed() && goes_by_key(ctx, row)? => match introduction(ctx, row).await? {
            Ok(found) => Some(found),
            Err(outcome) => return Ok(outcome),
        },
        None => None,
    };
    let shown = match (&introduced, &handle) {
        (Some(introduced), Some(handle)) if row.way == Way::ReferenceTokens => {
            Shown::Both(introduced, handle)
        }
        (Some(introduced), _) if introduced.is_bare_key() => Shown::Key(introduced),
        (_, Some(handle)) => Shown::Handle(handle),
        _ => Shown::Nothing,
    };
    let source = ctx.ehr(&row.from)?;
    let id = consent_id(ctx, row)?;
    let patient = row.patient_to.as_deref().and_then(TargetPatientId::parse);
    let until = row.last_day.and_then(end_of).ok_or_else(|| Problem::new(What::Internal))?;
    let tell =
        Tell { source: &source.base, consent: &id, patient: patient.as_ref(), now: ctx.now(), until, shown };
    Ok(match ask!(ctx, Place::target(row)?, fhir => connect(fhir, &tell).await) {
        Ok(accepted) => Outcome::Done(Evidence {
            consent: None,
            note: accepted.note.map(|n| crate::text::quoted(&n, 300)),
        }),
        Err(error) => failed(&error, error.during(Act::Connect)),
    })
}

fn goes_by_key(ctx: &Context, row: &ConnectionRow) -> Result<bool, Problem> {
    let target = ctx.ehr(Place::target(row)?.ehr)?;
    Ok(by_key(&ctx.ehr(&row.from)?.features, &target.features))
}

async fn confirm(ctx: &Context, row: &ConnectionRow) -> Result<Outcome, Problem> {
    let id = consent_id(ctx, row)?;
    Ok(match ask!(ctx, Place::source(row), fhir => authorizations(fhir, &id).await) {
        Ok(list) if list.iter().any(|l| same_app(&l.app, &row.issuer)) => Outcome::Done(Evidence::default()),
        Ok(_) => {
            let source = ctx.ehr(&row.from)?;
            Outcome::NotDone(Problem::new(What::NotConfirmed).at(source.name))
        }
        Err(error) => failed(&error, error.during(Act::List).records(Records::NotKnown)),
    })
}

/// The Consent's id at the source.
///
/// # Errors
/// [`What::Internal`] when it is not known yet.
pub fn consent_id(ctx: &Context, row: &ConnectionRow) -> Result<ConsentId, Problem> {
    super::conductor::status(ctx, row.id)?
        .consent
        .as_deref()
        .and_then(ConsentId::parse)
        .ok_or_else(|| Problem::new(What::Internal))
}
