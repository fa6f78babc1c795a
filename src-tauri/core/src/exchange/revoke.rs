//! `POST [source]/Consent/[id]/$revokeAuthorization`: one app fetches no more under this Consent.
//!
//! Law: the answer is what the source says, not a proof; the proof is the next list without it. Safe to repeat.

use super::ConsentId;
use crate::fhir::{FhirClient, FhirError, On, Reply, parameters::Outgoing};

/// Revokes what `app` may do, named exactly as `$authorizations` named it.
///
/// # Errors
/// When the source did not say that it was done. A 404 is no success by itself: read the list.
pub async fn revoke_authorization(
    source: &FhirClient<'_>,
    consent: &ConsentId,
    app: &str,
) -> Result<(), FhirError> {
    let input = Outgoing::new().uri("app-id", app);
    match source.call(On::Instance("Consent", consent.id()), "revokeAuthorization", Some(input)).await? {
        Reply::Outcome(outcome) if outcome.is_bad() => Err(FhirError::NotConfirmed { said: outcome.said() }),
        Reply::Nothing | Reply::Outcome(_) | Reply::Parameters(_) => Ok(()),
        Reply::Resource(_) => Err(FhirError::NotConfirmed { said: None }),
    }
}

#[cfg(test)]
#[path = "revoke_tests.rs"]
mod tests;
