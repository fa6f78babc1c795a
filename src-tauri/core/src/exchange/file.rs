//! `$fileConsent` and `$revokeConsent` of HL7's FAST Scalable Consent Management: the Consent is put on file at the source,
//! and taken off again. It lets no application in.
//!
//! <https://build.fhir.org/ig/HL7/fhir-consent-management/>. The answer names no id: the Consent is found by our
//! identifier. Whether it is off the file is known after a read only.

use serde_json::Value;

use super::{ConsentId, SourcePatientId};
use crate::{
    connection::ConnectionId,
    consent::at_source,
    fhir::{FhirClient, FhirError, On, Reply, parameters::Outgoing},
};

/// Files a Consent and finds it again.
///
/// # Errors
/// [`FhirError::NotConfirmed`] when it cannot be found; else what the source answers.
pub async fn file_consent(
    source: &FhirClient<'_>,
    consent: &Value,
    patient: &SourcePatientId,
    identifier: ConnectionId,
) -> Result<ConsentId, FhirError> {
    let input = Outgoing::new().resource("consent", consent);
    said_yes(source.call(On::Type("Consent"), "fileConsent", Some(input)).await?)?;
    let found = at_source::find(source, patient, identifier).await;
    // It was sent: that the search failed does not undo it.
    let found = found.map_err(|_| FhirError::NotConfirmed { said: None })?;
    let id = found.into_iter().next().and_then(|consent| ConsentId::parse(&consent.id));
    id.ok_or(FhirError::NotConfirmed { said: None })
}

/// Takes a Consent off the file.
///
/// # Errors
/// When the source did not say that it was done.
pub async fn revoke_consent(
    source: &FhirClient<'_>,
    consent: &ConsentId,
    patient: &SourcePatientId,
) -> Result<(), FhirError> {
    let input = Outgoing::new()
        .reference("consent", &format!("Consent/{consent}"))
        .reference("patient", &format!("Patient/{}", patient.as_str()));
    said_yes(source.call(On::Type("Consent"), "revokeConsent", Some(input)).await?)
}

fn said_yes(reply: Reply) -> Result<(), FhirError> {
    match reply {
        Reply::Outcome(outcome) if outcome.is_bad() => Err(FhirError::NotConfirmed { said: outcome.said() }),
        Reply::Nothing | Reply::Outcome(_) | Reply::Parameters(_) => Ok(()),
        Reply::Resource(_) => Err(FhirError::NotConfirmed { said: None }),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{file_consent, revoke_consent};
    use crate::{
        connection::ConnectionId,
        consent::write,
        exchange::{ConsentId, SourcePatientId},
        fhir::{
            FhirError,
            stage::{Says, Stage},
        },
    };

    fn patient() -> SourcePatientId {
        SourcePatientId::parse("p1").unwrap()
    }

    #[tokio::test]
    async fn files_a_consent_and_finds_it_by_our_identifier() {
        let id = ConnectionId::fresh();
        let filed = json!({"resourceType": "Consent", "id": "c9", "status": "active",
            "patient": {"reference": "Patient/p1"},
            "identifier": [{"system": "urn:ietf:rfc:3986", "value": write::identifier(id)}]});
        let bundle = json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": filed}]});
        let stage = Stage::in_turn([
            Says::outcome(200, "information", "informational", "on file"),
            Says::json(200, &bundle),
        ]);
        let consent = json!({"resourceType": "Consent"});
        let found = file_consent(&stage.client(), &consent, &patient(), id).await.unwrap();
        assert_eq!(found.as_str(), "c9");
        let asked = stage.asked().remove(0);
        assert_eq!((asked.method.as_str(), asked.target.as_str()), ("POST", "/r4/Consent/$fileConsent"));
        assert_eq!(asked.json()["parameter"], json!([{"name": "consent", "resource": consent}]));
    }

    #[tokio::test]
    async fn what_is_filed_and_not_found_is_not_confirmed() {
        let nothing = json!({"resourceType": "Bundle", "type": "searchset"});
        for second in [Says::json(200, &nothing), Says::status(500)] {
            let stage = Stage::in_turn([Says::status(200), second]);
            let answer = file_consent(&stage.client(), &json!({}), &patient(), ConnectionId::fresh()).await;
            assert_eq!(answer, Err(FhirError::NotConfirmed { said: None }));
        }
    }

    #[tokio::test]
    async fn revokes_by_reference_to_consent_and_patient() {
        let stage = Stage::in_turn([Says::status(200)]);
        revoke_consent(&stage.client(), &ConsentId::parse("c9").unwrap(), &patient()).await.unwrap();
        let asked = stage.asked().remove(0);
        assert_eq!(asked.target, "/r4/Consent/$revokeConsent");
        assert_eq!(
            asked.json()["parameter"],
            json!([
                {"name": "consent", "valueReference": {"reference": "Consent/c9"}},
                {"name": "patient", "valueReference": {"reference": "Patient/p1"}},
            ])
        );
    }

    #[tokio::test]
    async fn an_error_in_a_success_is_no_yes() {
        let stage = Stage::in_turn([Says::outcome(200, "error", "processing", "later")]);
        let answer = revoke_consent(&stage.client(), &ConsentId::parse("c9").unwrap(), &patient()).await;
        assert_eq!(answer, Err(FhirError::NotConfirmed { said: Some("later".to_owned()) }));
    }
}
