//! Whether two hospitals can share with each other at all, and in which ways: said before anything is granted.
//!
//! Dialects (HL7 CCDE track 2017): a source of one dialect gives what a target of another cannot use.

use crate::{
    connection::way::Way,
    context::Ehr,
    dialect::Dialect,
    ehr::Ability,
    problem::{Problem, Records, What},
    smart::operations::Taken,
};

/// The ways, best first; never empty.
///
/// # Errors
/// Why there is none: [`What::DoNotFit`] names the source, and in `detail` the target; [`What::CannotReceive`] the target;
/// [`What::NotOffered`] the source.
pub(super) fn ways(from: &Ehr, to: &Ehr) -> Result<Vec<Way>, Problem> {
    let problem = |what, at: &Ehr| Problem::new(what).at(at.name.clone()).records(Records::NothingShared);
    let saves = from.features.abilities.contains(&Ability::SaveChoices);
    match (from.features.dialect, to.features.dialect) {
        (Some(Dialect::Track), Some(Dialect::Track)) if !can_be_named(from, to) => {
            Err(problem(What::DoNotFit, from).detail(to.name.clone()))
        }
        (Some(Dialect::Track), Some(Dialect::Track)) => Ok(vec![Way::ConsentTokens, Way::ExistingConsent]),
        (Some(Dialect::Reference), Some(Dialect::Reference)) => Ok(vec![Way::ReferenceTokens]),
        (Some(Dialect::Track), Some(Dialect::Reference))
        | (Some(Dialect::Reference), Some(Dialect::Track)) => {
            Err(problem(What::DoNotFit, from).detail(to.name.clone()))
        }
        (Some(Dialect::Track | Dialect::Reference), Some(Dialect::Fast) | None) => {
            Err(problem(What::CannotReceive, to))
        }
        (Some(Dialect::Fast), _) => Ok(vec![Way::Filed]),
        (None, _) if saves => Ok(vec![Way::Filed]),
        (None, _) => Err(problem(What::NotOffered, from)),
    }
}

/// Whether the source takes the target by something that the target has.
fn can_be_named(from: &Ehr, to: &Ehr) -> bool {
    let takes = &from.features.operations.takes;
    let jwt = to.features.operations.introduces;
    let key = to.features.endpoints.jwks.is_some();
    let by = |taken: &Taken| match taken {
        Taken::Text | Taken::Binary => jwt,
        Taken::Key => key,
    };
    // A source that does not say is asked.
    if takes.is_empty() { jwt || key } else { takes.iter().any(by) }
}
