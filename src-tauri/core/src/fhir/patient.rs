//! The person as one hospital has them written down, and who signed in for them.
//!
//! <https://hl7.org/fhir/R4/patient.html>, <https://hl7.org/fhir/R4/relatedperson.html>; `fhirUser`: SMART App Launch,
//! "Scopes for requesting identity data".

use serde_json::Value;

use super::{
    FhirClient, FhirError, LocalReference,
    json::{each, kind, text},
};
use crate::{person::PersonView, text::name as cleaned};

/// Reads the patient, and, when `fhir_user` says that somebody else is signed in, that person's name too.
///
/// # Errors
/// When either cannot be read: a proxy whose name is not known cannot sign. A `fhirUser` on another server is not
/// followed, so it cannot be read either.
pub async fn person(
    client: &FhirClient<'_>,
    patient: &str,
    fhir_user: Option<&str>,
) -> Result<PersonView, FhirError> {
    let mut person = view(&client.read("Patient", patient).await?.resource).ok_or(FhirError::Unreadable)?;
    let own = format!("Patient/{patient}");
    let Some(fhir_user) = fhir_user.filter(|who| *who != own && !who.ends_with(&format!("/{own}"))) else {
        return Ok(person);
    };
    let who = LocalReference::parse(fhir_user, client.base()).ok_or(FhirError::Unreadable)?;
    let resource = client.read(who.kind(), who.id().as_str()).await?.resource;
    person.signed_in_as = Some(full_name(&resource).ok_or(FhirError::Unreadable)?);
    Ok(person)
}

/// Reads a Patient for display. `None` when it is none, or has no name.
#[must_use]
pub fn view(patient: &Value) -> Option<PersonView> {
    if kind(patient) != Some("Patient") {
        return None;
    }
    Some(PersonView {
        name: full_name(patient)?,
        birth_date: text(patient, "birthDate").and_then(birth_date),
        sex: text(patient, "gender")
            .filter(|sex| matches!(*sex, "male" | "female" | "other" | "unknown"))
            .map(str::to_owned),
        signed_in_as: None,
    })
}

/// The name to show of a Patient, RelatedPerson, Practitioner or Person: the official one, else the usual one, else
/// the first that is not a former name. Cleaned.
#[must_use]
pub fn full_name(resource: &Value) -> Option<String> {
    let mut names: Vec<&Value> = each(resource, "name").collect();
    names.sort_by_key(|name| match text(name, "use") {
        Some("official") => 0,
        Some("usual") => 1,
        Some("old" | "maiden" | "anonymous" | "temp") => 3,
        _ => 2,
    });
    names.into_iter().find_map(spelled)
}

fn spelled(name: &Value) -> Option<String> {
    let written = text(name, "text").map(cleaned).filter(|name| !name.is_empty());
    let joined = || {
        let given = each(name, "given").filter_map(Value::as_str);
        let words: Vec<&str> = given.chain(text(name, "family")).collect();
        Some(cleaned(&words.join(" "))).filter(|name| !name.is_empty())
    };
    written.or_else(joined)
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`.
fn birth_date(date: &str) -> Option<String> {
    let fits = matches!(date.len(), 4 | 7 | 10)
        && date
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 4 | 7) { b == b'-' } else { b.is_ascii_digit() });
    fits.then(|| date.to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{full_name, person, view};
    use crate::fhir::{
        FhirError,
        stage::{Says, Stage},
    };

    #[test]
    fn shows_the_official_name() {
        let patient = json!({"resourceType": "Patient", "birthDate": "1961-03-14", "gender": "male", "name": [
            {"use": "old", "text": "Paul Former"},
            {"use": "usual", "given": ["Pauly"], "family": "Tindall"},
            {"use": "official", "given": ["Paul", "J"], "family": "Tindall"},
        ]});
        let view = view(&patient).unwrap();
        assert_eq!(view.name, "Paul J Tindall");
        assert_eq!((view.birth_date.as_deref(), view.sex.as_deref()), (Some("1961-03-14"), Some("male")));
        assert_eq!(view.signed_in_as, None);
    }

    #[test]
    fn prefers_the_name_as_written() {
        let resource = json!({"name": [{"text": "Maria Okafor", "family": "Okafor"}]});
        assert_eq!(full_name(&resource).as_deref(), Some("Maria Okafor"));
    }

    #[test]
    fn cleans_what_a_server_may_put_into_a_name() {
        let resource =
            json!({"name": [{"text": "  "}, {"given": ["Pa\u{202E}ul\n"], "family": "T\u{0}indall"}]});
        assert_eq!(full_name(&resource).as_deref(), Some("Paul Tindall"));
    }

    #[test]
    fn strange_facts_are_left_out_and_no_name_is_no_person() {
        let patient = json!({"resourceType": "Patient", "birthDate": "14.3.1961", "gender": 1, "name": {"family": "Tindall"}});
        let view = view(&patient).unwrap();
        assert_eq!((view.name.as_str(), view.birth_date, view.sex), ("Tindall", None, None));
        assert!(super::view(&json!({"resourceType": "Patient"})).is_none());
        assert!(super::view(&json!({"resourceType": "RelatedPerson", "name": [{"text": "x"}]})).is_none());
    }

    fn family() -> Stage {
        Stage::open(|asked| match asked.path() {
            "/r4/Patient/ada" => Says::json(
                200,
                &json!({"resourceType": "Patient", "id": "ada", "name": [{"text": "Ada Okafor"}]}),
            ),
            "/r4/RelatedPerson/maria" => Says::json(
                200,
                &json!({"resourceType": "RelatedPerson", "id": "maria", "name": [{"text": "Maria Okafor"}]}),
            ),
            _ => Says::status(404),
        })
    }

    #[tokio::test]
    async fn names_the_proxy_who_signed_in() {
        let stage = family();
        let parent = format!("{}/RelatedPerson/maria", stage.base);
        for fhir_user in ["RelatedPerson/maria", &parent] {
            let person = person(&stage.client(), "ada", Some(fhir_user)).await.unwrap();
            assert_eq!(
                (person.name.as_str(), person.signed_in_as.as_deref()),
                ("Ada Okafor", Some("Maria Okafor"))
            );
        }
    }

    #[tokio::test]
    async fn a_patient_who_signs_in_is_no_proxy() {
        let stage = family();
        let own = format!("{}/Patient/ada", stage.base);
        for fhir_user in [None, Some("Patient/ada"), Some(own.as_str())] {
            assert_eq!(person(&stage.client(), "ada", fhir_user).await.unwrap().signed_in_as, None);
        }
        assert!(stage.asked().iter().all(|asked| asked.path() == "/r4/Patient/ada"));
    }

    #[tokio::test]
    async fn a_proxy_that_cannot_be_read_is_not_passed_over() {
        let stage = family();
        let missing = person(&stage.client(), "ada", Some("RelatedPerson/gone")).await.unwrap_err();
        assert_eq!(missing.status(), Some(404));
        let foreign =
            person(&stage.client(), "ada", Some("https://evil.example/r4/RelatedPerson/maria")).await;
        assert_eq!(foreign.unwrap_err(), FhirError::Unreadable);
    }

    #[tokio::test]
    async fn an_id_that_could_climb_is_never_sent() {
        let stage = family();
        assert_eq!(person(&stage.client(), "../Consent/1", None).await.unwrap_err(), FhirError::NotSent);
        assert!(stage.asked().is_empty());
    }
}
