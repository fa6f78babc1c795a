//! The Consent at the source: saved, found again, read back, closed. Each is one act that nobody retries here.
//!
//! Law: what was saved counts only after it was read back; a lost answer is found by our identifier, and the server's
//! word that it searched for it is not believed.

use serde_json::Value;

use super::{
    compare::{Difference, compare},
    read::{StoredConsent, withdraw},
    write,
};
use crate::{
    connection::ConnectionId,
    fhir::{ConsentId, FhirClient, FhirError, SourcePatientId},
};

/// Saves a Consent, unless one with the same identifier is there already (conditional create, R4 http "ccreate").
///
/// # Errors
/// When it was not saved, or the answer names no id.
pub async fn save(
    client: &FhirClient<'_>,
    consent: &Value,
    identifier: ConnectionId,
) -> Result<ConsentId, FhirError> {
    let none_like_it = format!("identifier={}", write::identifier_token(identifier));
    let written = client.create(consent, Some(&none_like_it)).await?;
    ConsentId::parse(&written.id).ok_or(FhirError::NotConfirmed { said: None })
}

/// Reads a Consent back and compares it with what was posted. Empty: it is what was signed.
///
/// # Errors
/// When it cannot be read.
pub async fn read_back(
    client: &FhirClient<'_>,
    id: &ConsentId,
    posted: &Value,
) -> Result<Vec<Difference>, FhirError> {
    Ok(compare(posted, &client.read("Consent", id.as_str()).await?.resource))
}

/// The Consents that carry our identifier, oldest first. More than one: the source ignored `If-None-Exist`.
///
/// # Errors
/// When the list cannot be read to its end.
pub async fn find(
    client: &FhirClient<'_>,
    patient: &SourcePatientId,
    identifier: ConnectionId,
) -> Result<Vec<StoredConsent>, FhirError> {
    let token = write::identifier_token(identifier);
    let found = client.search("Consent", &[("patient", patient.as_str()), ("identifier", &token)]).await?;
    let ours = write::identifier(identifier);
    let mut found: Vec<StoredConsent> = found
        .iter()
        .filter_map(StoredConsent::read)
        .filter(|consent| consent.identifiers.contains(&ours))
        .collect();
    found.sort_by_key(|consent| consent.given_at);
    Ok(found)
}

/// All Consents of a patient.
///
/// # Errors
/// When the list cannot be read to its end.
pub async fn list(
    client: &FhirClient<'_>,
    patient: &SourcePatientId,
) -> Result<Vec<StoredConsent>, FhirError> {
    let found = client.search("Consent", &[("patient", patient.as_str()), ("_count", "200")]).await?;
    Ok(found.iter().filter_map(StoredConsent::read).collect())
}

/// One Consent. `None` when what is there cannot be read as one.
///
/// # Errors
/// When it cannot be read.
pub async fn one(client: &FhirClient<'_>, id: &ConsentId) -> Result<Option<StoredConsent>, FhirError> {
    Ok(StoredConsent::read(&client.read("Consent", id.as_str()).await?.resource))
}

/// Sets a Consent to `inactive`, if it is still the version that was read. One that is no longer in force stays as it is.
///
/// # Errors
/// 412 when it changed meanwhile; [`FhirError::NotConfirmed`] when it is in force after all.
pub async fn close(client: &FhirClient<'_>, id: &ConsentId) -> Result<(), FhirError> {
    let stored = client.read("Consent", id.as_str()).await?;
    if is_closed(&stored.resource) {
        return Ok(());
    }
    client.update(&withdraw(stored.resource), stored.etag.as_deref()).await?;
    let after = client.read("Consent", id.as_str()).await?;
    if is_closed(&after.resource) { Ok(()) } else { Err(FhirError::NotConfirmed { said: None }) }
}

/// Sets a Consent to `inactive`; where it cannot be updated at all, deletes it.
///
/// # Errors
/// As [`close`], or when it cannot be deleted either.
pub async fn close_or_delete(client: &FhirClient<'_>, id: &ConsentId) -> Result<(), FhirError> {
    match close(client, id).await {
        Err(error) if matches!(error.status(), Some(405 | 501)) => client.delete("Consent", id.id()).await,
        other => other,
    }
}

/// Whether a Consent is in force, as it reads now.
///
/// # Errors
/// When it cannot be read; 404 and 410 when it is gone.
pub async fn is_in_force(client: &FhirClient<'_>, id: &ConsentId) -> Result<bool, FhirError> {
    Ok(!is_closed(&client.read("Consent", id.as_str()).await?.resource))
}

fn is_closed(consent: &Value) -> bool {
    matches!(
        consent.get("status").and_then(Value::as_str),
        Some("inactive" | "entered-in-error" | "rejected" | "not-done")
    )
}

#[cfg(test)]
#[path = "at_source_tests.rs"]
mod tests;
