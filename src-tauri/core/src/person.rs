//! The person whose records these are, as each hospital has them written down, and whether two charts
//! look like the same person. The app never decides that they are: it shows, and asks.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// A person as one hospital has them written down. Names are cleaned for display.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// Full name.
    pub name: String,
    /// Birth date, `YYYY-MM-DD` or shorter.
    pub birth_date: Option<String>,
    /// Administrative sex: male, female, other, unknown.
    pub sex: Option<String>,
    /// The name of who signed in, when that is somebody else (a parent, a carer).
    pub signed_in_as: Option<String>,
}

/// One line of the comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChartRow {
    /// Which fact.
    pub fact: ChartFact,
    /// What the source has.
    pub from: Option<String>,
    /// What the target has.
    pub to: Option<String>,
    /// How they compare.
    pub same: Sameness,
}

/// The facts that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ChartFact {
    /// The name.
    Name,
    /// The birth date.
    BirthDate,
    /// The sex.
    Sex,
}

/// How two facts compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Sameness {
    /// Equal, apart from case, accents and the order of names.
    Same,
    /// Not equal.
    Different,
    /// One side does not have it.
    Unknown,
}

/// What the comparison allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ChartsVerdict {
    /// Nothing speaks against it. The person is asked all the same.
    LooksSame,
    /// Something differs or is missing: look closely.
    LookClosely,
    /// The birth dates differ: the app does not go on.
    TwoPeople,
}

/// Two charts side by side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChartsView {
    /// At the source.
    pub from: PersonView,
    /// At the target.
    pub to: PersonView,
    /// Fact by fact.
    pub rows: Vec<ChartRow>,
    /// What follows.
    pub verdict: ChartsVerdict,
}

/// What the person said of the two charts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ChartsAnswer {
    /// Both are me.
    BothMe,
    /// Both are the person I care for.
    BothMyCharge,
}

/// Compares two charts.
#[must_use]
pub fn compare(from: &PersonView, to: &PersonView) -> ChartsView {
    let name = if words(&from.name) == words(&to.name) { Sameness::Same } else { Sameness::Different };
    let birth = same(from.birth_date.as_deref(), to.birth_date.as_deref());
    let sex = same(from.sex.as_deref(), to.sex.as_deref());
    let verdict = match (birth, name, sex) {
        (Sameness::Different, _, _) => ChartsVerdict::TwoPeople,
        (Sameness::Same, Sameness::Same, Sameness::Same) => ChartsVerdict::LooksSame,
        _ => ChartsVerdict::LookClosely,
    };
    let row = |fact, from: Option<&str>, to: Option<&str>, same| ChartRow {
        fact,
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        same,
    };
    ChartsView {
        rows: vec![
            row(ChartFact::Name, Some(&from.name), Some(&to.name), name),
            row(ChartFact::BirthDate, from.birth_date.as_deref(), to.birth_date.as_deref(), birth),
            row(ChartFact::Sex, from.sex.as_deref(), to.sex.as_deref(), sex),
        ],
        from: from.clone(),
        to: to.clone(),
        verdict,
    }
}

fn same(a: Option<&str>, b: Option<&str>) -> Sameness {
    match (a, b) {
        (Some(a), Some(b)) if a == b => Sameness::Same,
        (Some(_), Some(_)) => Sameness::Different,
        _ => Sameness::Unknown,
    }
}

/// Whether `typed` is how `signer` would sign: all of the name, or at least two of its words and no other.
#[must_use]
pub fn is_signature(typed: &str, signer: &str) -> bool {
    let (mut typed, signer) = (words(typed), words(signer));
    if typed.is_empty() || typed == signer {
        return !typed.is_empty();
    }
    typed.dedup();
    typed.len() >= 2 && typed.iter().all(|word| signer.contains(word))
}

/// The words of a name, without accents and case, in order of the alphabet.
#[must_use]
pub fn words(name: &str) -> Vec<String> {
    let plain: String = name
        .nfd()
        .filter(|c| !is_combining_mark(*c))
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut words: Vec<String> = plain.to_lowercase().split_whitespace().map(str::to_owned).collect();
    words.sort();
    words
}

#[cfg(test)]
mod tests {
    use super::{ChartsVerdict, PersonView, compare, is_signature};

    fn person(name: &str, birth: Option<&str>) -> PersonView {
        PersonView {
            name: name.to_owned(),
            birth_date: birth.map(str::to_owned),
            sex: Some("male".to_owned()),
            signed_in_as: None,
        }
    }

    #[test]
    fn accents_case_and_order_of_names_do_not_matter() {
        let verdict =
            compare(&person("José Núñez", Some("1972-05-04")), &person("NUNEZ, Jose", Some("1972-05-04")))
                .verdict;
        assert_eq!(verdict, ChartsVerdict::LooksSame);
    }

    #[test]
    fn near_namesakes_with_other_birth_dates_are_two_people() {
        let verdict = compare(
            &person("Jon Lindqvist", Some("1972-11-08")),
            &person("John Lindquist", Some("1972-08-11")),
        )
        .verdict;
        assert_eq!(verdict, ChartsVerdict::TwoPeople);
    }

    #[test]
    fn a_signature_is_the_name_or_its_first_and_last_words() {
        assert!(is_signature("paul tindall", "Paul Everett Tindall"));
        assert!(is_signature("Tindall, Paul Everett", "Paul Everett Tindall"));
        assert!(!is_signature("Paul", "Paul Everett Tindall"));
        assert!(!is_signature("Paul Tyndall", "Paul Everett Tindall"));
        assert!(!is_signature("Paul Paul", "Paul Everett Tindall"));
        assert!(!is_signature("", "Paul"));
        assert!(!is_signature("", ""));
    }

    #[test]
    fn a_missing_birth_date_asks_to_look_closely() {
        let verdict =
            compare(&person("Paul Tindall", None), &person("Paul Tindall", Some("1961-03-14"))).verdict;
        assert_eq!(verdict, ChartsVerdict::LookClosely);
    }
}
