//! The sentence that the person signs, made from the choice alone. The same value is the sentence on the screen
//! and the Consent's narrative, so that they cannot disagree.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{choice::Purpose, kind::Kind};

/// The sentence in parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// The parts, in order; joined they are the sentence.
    pub parts: Vec<Part>,
}

/// A part of the sentence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// The words.
    pub text: String,
    /// How the part came about.
    pub role: Role,
}

/// How a part of the sentence came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Always there.
    Fixed,
    /// The person chose it.
    Chosen,
    /// The person has not chosen it yet.
    Open,
}

/// What the sentence is made of; missing facts stay open.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whose records.
    pub patient: Option<&'a str>,
    /// Who signs for the patient, when that is somebody else.
    pub signer: Option<&'a str>,
    /// Name of the source.
    pub from: Option<&'a str>,
    /// Name of the target.
    pub to: Option<&'a str>,
    /// Ticked kinds.
    pub kinds: &'a [Kind],
    /// Why.
    pub purpose: Option<&'a Purpose>,
    /// The last day.
    pub last_day: Option<Date>,
}

/// The permission at the source under which one more hospital gets records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Under {
    /// The day on which it was given.
    pub given_on: Option<Date>,
    /// Whether the kinds are all that it covers.
    pub whole: bool,
}

/// Makes the sentence: "I, …, let … share my … with …, for …, until ….".
#[must_use]
pub fn statement(facts: &Facts<'_>) -> Statement {
    sentence(facts, None)
}

/// Makes the sentence for sharing under a permission that the source already has.
#[must_use]
pub fn statement_under(facts: &Facts<'_>, under: Under) -> Statement {
    sentence(facts, Some(under))
}

fn sentence(facts: &Facts<'_>, under: Option<Under>) -> Statement {
    let fixed = |text: &str| Part { text: text.to_owned(), role: Role::Fixed };
    let chosen = |text: Option<String>, open: &str| match text {
        Some(text) => Part { text, role: Role::Chosen },
        None => Part { text: open.to_owned(), role: Role::Open },
    };
    let mut kinds = facts.kinds.to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    let mut parts = match (facts.signer.or(facts.patient), facts.signer) {
        (Some(name), _) => vec![fixed(&format!("I, {name}, let "))],
        (None, _) => vec![fixed("I let ")],
    };
    parts.push(chosen(facts.from.map(str::to_owned), "a hospital"));
    parts.push(fixed(&match (facts.signer, facts.patient) {
        (Some(_), Some(patient)) => format!(" share {patient}’s "),
        _ => " share my ".to_owned(),
    }));
    parts.push(match under {
        None => chosen((!kinds.is_empty()).then(|| list(&kinds)), "records"),
        Some(under) => chosen(Some(covered(&kinds, under)), ""),
    });
    parts.push(fixed(" with "));
    parts.push(chosen(facts.to.map(str::to_owned), "another hospital"));
    parts.push(fixed(", for "));
    parts.push(chosen(facts.purpose.map(|p| purpose_words(p, facts.signer.is_some())), "a reason"));
    parts.push(fixed(", until "));
    parts.push(chosen(facts.last_day.map(day), "a day"));
    if let Some(under) = under {
        parts.push(fixed(", under "));
        let given = under.given_on.map(|on| format!("the permission given on {}", day(on)));
        parts.push(chosen(Some(given.unwrap_or_else(|| "a permission given before".to_owned())), ""));
    }
    parts.push(fixed("."));
    Statement { parts }
}

impl Statement {
    /// The sentence as plain text.
    #[must_use]
    pub fn text(&self) -> String {
        self.parts.iter().map(|p| p.text.as_str()).collect()
    }

    /// Whether nothing is open.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.parts.iter().all(|p| p.role != Role::Open)
    }

    /// The sentence as the XHTML `div` of a FHIR Narrative.
    #[must_use]
    pub fn narrative(&self) -> String {
        let text = self
            .text()
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        format!("<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{text}</p></div>")
    }
}

/// "June 3, 2026".
#[must_use]
pub fn day(date: Date) -> String {
    date.strftime("%B %-d, %Y").to_string()
}

fn purpose_words(purpose: &Purpose, for_another: bool) -> String {
    let whose = if for_another { "their" } else { "my" };
    match purpose {
        Purpose::MyCare => format!("{whose} care"),
        Purpose::SecondOpinion => "a second opinion".to_owned(),
        Purpose::MovingCare => format!("moving {whose} care"),
        Purpose::Other { words } => format!("“{}”", crate::text::quoted(words, 80)),
    }
}

/// What a permission covers, as far as it is understood, and no less.
fn covered(kinds: &[Kind], under: Under) -> String {
    match (kinds.is_empty(), under.whole) {
        (false, true) => list(kinds),
        (false, false) => format!("{}, and whatever else that permission covers,", list(kinds)),
        (true, _) => "records, as far as that permission goes,".to_owned(),
    }
}

fn list(kinds: &[Kind]) -> String {
    match kinds {
        [] => String::new(),
        [one] => one.in_sentence().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(|k| k.in_sentence()).collect();
            format!("{} and {}", most.join(", "), last.in_sentence())
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{Facts, Under, statement, statement_under};
    use crate::{choice::Purpose, kind::Kind};

    #[test]
    fn reads_as_one_sentence_in_the_first_person() {
        let sentence = statement(&Facts {
            patient: Some("Paul Tindall"),
            signer: None,
            from: Some("Spruce Harbor Clinic"),
            to: Some("Tern Bay Hospital"),
            kinds: &[Kind::Vaccines, Kind::Medicines, Kind::LabTests],
            purpose: Some(&Purpose::MyCare),
            last_day: Some(date(2026, 6, 3)),
        });
        assert_eq!(
            sentence.text(),
            "I, Paul Tindall, let Spruce Harbor Clinic share my medicines, lab tests and vaccines with Tern Bay Hospital, for my care, until June 3, 2026."
        );
        assert!(sentence.is_complete());
    }

    #[test]
    fn a_parent_signs_for_the_child() {
        let sentence = statement(&Facts {
            patient: Some("Ada Okafor"),
            signer: Some("Maria Okafor"),
            from: Some("A"),
            to: Some("B"),
            kinds: &[Kind::Vaccines],
            purpose: Some(&Purpose::MyCare),
            last_day: Some(date(2026, 6, 3)),
        });
        assert_eq!(
            sentence.text(),
            "I, Maria Okafor, let A share Ada Okafor’s vaccines with B, for their care, until June 3, 2026."
        );
    }

    #[test]
    fn under_a_permission_the_sentence_never_says_less_than_is_covered() {
        let facts = |kinds: &'static [Kind]| Facts {
            patient: Some("Paul Tindall"),
            signer: None,
            from: Some("A"),
            to: Some("B"),
            kinds,
            purpose: Some(&Purpose::MyCare),
            last_day: Some(date(2026, 6, 3)),
        };
        let given_on = Some(date(2026, 1, 15));
        assert_eq!(
            statement_under(&facts(&[Kind::Vaccines]), Under { given_on, whole: true }).text(),
            "I, Paul Tindall, let A share my vaccines with B, for my care, until June 3, 2026, under the permission given on January 15, 2026."
        );
        assert_eq!(
            statement_under(&facts(&[Kind::Vaccines]), Under { given_on: None, whole: false }).text(),
            "I, Paul Tindall, let A share my vaccines, and whatever else that permission covers, with B, for my care, until June 3, 2026, under a permission given before."
        );
        assert_eq!(
            statement_under(&facts(&[]), Under { given_on, whole: false }).text(),
            "I, Paul Tindall, let A share my records, as far as that permission goes, with B, for my care, until June 3, 2026, under the permission given on January 15, 2026."
        );
    }

    #[test]
    fn what_is_not_chosen_stays_open() {
        let sentence = statement(&Facts {
            patient: None,
            signer: None,
            from: None,
            to: None,
            kinds: &[],
            purpose: None,
            last_day: None,
        });
        assert!(!sentence.is_complete());
        assert_eq!(
            sentence.text(),
            "I let a hospital share my records with another hospital, for a reason, until a day."
        );
    }

    #[test]
    fn words_of_the_person_cannot_become_markup() {
        let sentence = statement(&Facts {
            patient: Some("<b>x</b>"),
            signer: None,
            from: Some("A & B"),
            to: None,
            kinds: &[],
            purpose: Some(&Purpose::Other { words: "<script>".to_owned() }),
            last_day: None,
        });
        assert!(!sentence.narrative().contains("<script") && !sentence.narrative().contains("<b>"));
        assert!(sentence.narrative().contains("A &amp; B"));
    }
}
