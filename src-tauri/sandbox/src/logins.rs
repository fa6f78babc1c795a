//! Who can sign in at one EHR, and whose charts they may open.

use std::fmt;

use serde_json::Value;

use crate::{
    people,
    secret::{self, NoRandomness},
    store::Store,
};

/// A practice login, to be shown to whoever practises.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Name of the person.
    pub who: String,
    /// Username at this EHR.
    pub username: String,
    /// Password at this EHR. Opens made-up records only.
    pub password: String,
    /// One line about the person.
    pub about: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login")
            .field("who", &self.who)
            .field("username", &self.username)
            .field("password", &"[secret]")
            .finish_non_exhaustive()
    }
}

/// Somebody who can sign in.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) username: String,
    pub(crate) who: String,
    /// Their own chart first, then those of people they act for.
    pub(crate) charts: Vec<Chart>,
    login: Login,
}

/// A chart somebody may open.
#[derive(Debug, Clone)]
pub(crate) struct Chart {
    /// Patient id here.
    pub(crate) patient: String,
    pub(crate) name: String,
    /// Birth date, for telling namesakes apart.
    pub(crate) about: String,
    /// Who the signed-in person is in this chart: `Patient/…` or `RelatedPerson/…` (SMART `fhirUser`).
    pub(crate) user: String,
}

impl Person {
    /// One of the person's charts.
    pub(crate) fn chart(&self, patient: &str) -> Option<&Chart> {
        self.charts.iter().find(|chart| chart.patient == patient)
    }
}

/// Everybody at one EHR.
#[derive(Debug)]
pub(crate) struct People {
    persons: Vec<Person>,
    patients: Vec<String>,
}

impl People {
    /// Sorts out who may open what. A person for whom somebody else acts does not sign in.
    pub(crate) fn of(cast: &[people::Person]) -> Self {
        let is_ward =
            |person: &people::Person| cast.iter().any(|other| other.proxy_for.contains(&person.patient_id));
        let persons = cast
            .iter()
            .filter(|person| !is_ward(person))
            .map(|person| {
                let wards = cast
                    .iter()
                    .filter(|ward| person.proxy_for.contains(&ward.patient_id))
                    .filter_map(|ward| Some(chart(ward, related(person, ward)?)));
                Person {
                    username: person.username.clone(),
                    who: person.name.clone(),
                    charts: std::iter::once(chart(person, format!("Patient/{}", person.patient_id)))
                        .chain(wards)
                        .collect(),
                    login: Login {
                        who: person.name.clone(),
                        username: person.username.clone(),
                        password: person.password.clone(),
                        about: person.about.clone(),
                    },
                }
            })
            .collect();
        let patients = cast.iter().map(|person| person.patient_id.clone()).collect();
        Self { persons, patients }
    }

    /// Stores the password of everybody who has none yet.
    pub(crate) fn enrol(&self, store: &Store) -> Result<(), EnrolError> {
        for person in &self.persons {
            if store.password(&person.username)?.is_none() {
                let (salt, hash) = secret::hash_password(&person.login.password)?;
                store.keep_password(&person.username, &salt, &hash)?;
            }
        }
        Ok(())
    }

    /// All logins, for the people who practise.
    pub(crate) fn logins(&self) -> Vec<Login> {
        self.persons.iter().map(|person| person.login.clone()).collect()
    }

    /// Patient ids of this EHR.
    pub(crate) fn patients(&self) -> impl Iterator<Item = &str> {
        self.patients.iter().map(String::as_str)
    }

    pub(crate) fn person(&self, username: &str) -> Option<&Person> {
        self.persons.iter().find(|person| person.username == username)
    }

    /// Whether the password is the one of this username. An unknown username costs the same time.
    pub(crate) fn password_fits(&self, store: &Store, username: &str, password: &str) -> bool {
        match store.password(username).ok().flatten() {
            Some((salt, hash)) => secret::password_fits(password, &salt, &hash),
            None => {
                // The work is what matters; nothing fits an empty hash.
                let _ = secret::password_fits(password, &[0; 16], &[0; 32]);
                false
            }
        }
    }
}

/// Why the logins could not be stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EnrolError {
    #[error(transparent)]
    Store(#[from] rusqlite::Error),
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

fn chart(person: &people::Person, user: String) -> Chart {
    Chart {
        patient: person.patient_id.clone(),
        name: person.name.clone(),
        about: format!("born {}", person.birth_date.strftime("%-d %B %Y")),
        user,
    }
}

/// The RelatedPerson in the ward's chart who is this person: same birth date, same name.
fn related(person: &people::Person, ward: &people::Person) -> Option<String> {
    let born = person.birth_date.to_string();
    ward.resources
        .iter()
        .filter(|resource| text(resource, "/resourceType") == Some("RelatedPerson"))
        .filter(|resource| text(resource, "/birthDate") == Some(born.as_str()))
        .find(|resource| text(resource, "/name/0/family").is_some_and(|family| person.name.ends_with(family)))
        .and_then(|resource| text(resource, "/id"))
        .map(|id| format!("RelatedPerson/{id}"))
}

fn text<'a>(json: &'a Value, pointer: &str) -> Option<&'a str> {
    json.pointer(pointer).and_then(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_mother_reaches_her_child_and_the_child_does_not_sign_in() {
        let cast = people::people(people::Hospital::SpruceHarbor, 7, date(2026, 1, 15));
        let people = People::of(&cast);
        let maria = people.person("maria.okafor").unwrap();
        assert_eq!(maria.charts.len(), 2);
        assert!(maria.charts[0].user.starts_with("Patient/"));
        assert!(maria.charts[1].user.starts_with("RelatedPerson/"));
        assert!(people.person("ada.okafor").is_none());
        assert_eq!(people.logins().len(), 4);
        assert_eq!(people.patients().count(), 5);
    }

    #[test]
    fn namesakes_have_their_own_charts() {
        let cast = people::people(people::Hospital::TernBay, 7, date(2026, 1, 15));
        let people = People::of(&cast);
        let (jon, john) = (people.person("jon.lindqvist").unwrap(), people.person("john.lindquist").unwrap());
        assert!(jon.chart(&john.charts[0].patient).is_none());
    }
}
