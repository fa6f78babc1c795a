//! Search parameters, from text to criteria: <https://hl7.org/fhir/R4/search.html>.
//!
//! What is not known is left out and then missing from the self link, or refused when the client asked for
//! `handling=strict`. A known parameter with a value or modifier that cannot be honoured is always refused, because
//! leaving it out would show more than was asked for.

use super::outcome::Refusal;
use crate::resources::dates::Stretch;
use crate::resources::types::{Kind, Served};
use crate::resources::{Comparator, Criterion, Sort, SortBy, TokenMatch};
use crate::ways::FhirVersion;

const ENTRIES: u32 = 50;
const MOST_ENTRIES: u32 = 250;

/// A query that was understood.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) criteria: Vec<Criterion>,
    pub(super) sort: Sort,
    /// Entries per page; 0 only counts.
    pub(super) limit: u32,
    pub(super) with_total: bool,
    pub(super) cursor: Option<String>,
    /// The patient that was named, when any may be.
    pub(super) patient: Option<String>,
    /// What was used, in the order given, without the cursor.
    pub(super) used: Vec<(String, String)>,
}

/// Where a query is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) version: FhirVersion,
    pub(super) served: &'static Served,
    /// None for a client that sees every patient.
    pub(super) patient: Option<&'a str>,
    pub(super) base: &'a str,
    pub(super) strict: bool,
}

/// Name and value pairs of a query string or form.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    url::form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// The criteria of a scope's query part, or none when any of it is not understood.
pub(crate) fn narrowing(
    version: FhirVersion,
    served: &'static Served,
    text: &str,
    base: &str,
) -> Option<Vec<Criterion>> {
    // Only what says something about a resource can narrow; `_count` cannot.
    pairs(text)
        .iter()
        .map(|(name, value)| criterion(version, served, base, name, value).ok().flatten())
        .collect()
}

impl Context<'_> {
    /// Reads a whole query.
    pub(super) fn parse(self, pairs: Vec<(String, String)>) -> Result<Asked, Refusal> {
        let mut asked = Asked {
            criteria: Vec::new(),
            sort: Sort { by: SortBy::Dated, descending: true },
            limit: ENTRIES,
            with_total: true,
            cursor: None,
            patient: None,
            used: Vec::new(),
        };
        for (name, value) in pairs {
            if name == "_cursor" {
                asked.cursor = Some(value);
            } else if self.take(&mut asked, &name, &value)? {
                asked.used.push((name, value));
            } else if self.strict && name != "_format" {
                return Err(Refusal::invalid(format!(
                    "{} cannot be searched by {name}={value}",
                    self.served.name
                )));
            }
        }
        Ok(asked)
    }

    /// Returns whether the parameter was used.
    fn take(self, asked: &mut Asked, name: &str, value: &str) -> Result<bool, Refusal> {
        match name {
            _ if value.is_empty() => return Ok(false),
            "_count" => {
                let count: u32 = value.parse().map_err(|_| unusable(name, value))?;
                // A count already asked for by `_summary` stays a count.
                asked.limit = asked.limit.min(1).saturating_mul(count.min(MOST_ENTRIES));
            }
            "_summary" if value == "count" => asked.limit = 0,
            "_summary" => return Ok(value == "false"),
            "_total" => match value {
                "none" => asked.with_total = false,
                "accurate" | "estimate" => asked.with_total = true,
                _ => return Err(unusable(name, value)),
            },
            "_sort" => asked.sort = self.sort(value)?,
            "patient" | "patient:Patient" if self.served.has_patient_param() => self.about(asked, value)?,
            "subject" | "subject:Patient" if self.served.has_subject_param(self.version) => {
                self.about(asked, value)?;
            }
            _ => match criterion(self.version, self.served, self.base, name, value)? {
                Some(criterion) => asked.criteria.push(criterion),
                None => return Ok(false),
            },
        }
        Ok(true)
    }

    fn sort(self, value: &str) -> Result<Sort, Refusal> {
        let (name, descending) = value.strip_prefix('-').map_or((value, false), |name| (name, true));
        let own_date = self.served.date_param(self.version).map(|param| param.name);
        let by = match name {
            "_lastUpdated" => SortBy::Updated,
            "date" => SortBy::Dated,
            name if Some(name) == own_date => SortBy::Dated,
            _ => return Err(unusable("_sort", value)),
        };
        Ok(Sort { by, descending })
    }

    /// Which patient it is about. A compartment is one patient's already; naming another is an attempt at more.
    fn about(self, asked: &mut Asked, value: &str) -> Result<(), Refusal> {
        let named: Vec<String> = split(value, ',')
            .iter()
            .map(|reference| {
                let relative = relative(reference, self.base);
                relative.strip_prefix("Patient/").unwrap_or(relative).to_owned()
            })
            .collect();
        match (self.patient, named.as_slice()) {
            (Some(own), named) if named.iter().all(|one| one == own) => Ok(()),
            (Some(_), _) => Err(Refusal::forbidden("this token is about another patient")),
            (None, [one]) if asked.patient.as_ref().is_none_or(|other| other == one) => {
                asked.patient = Some(one.clone());
                Ok(())
            }
            (None, _) => Err(Refusal::invalid("one search is about one patient")),
        }
    }
}

/// One criterion; none when the type has no such parameter.
fn criterion(
    version: FhirVersion,
    served: &'static Served,
    base: &str,
    full_name: &str,
    value: &str,
) -> Result<Option<Criterion>, Refusal> {
    let (name, modifier) =
        full_name.split_once(':').map_or((full_name, None), |(name, modifier)| (name, Some(modifier)));
    let criterion = match name {
        "_id" => Criterion::Id(split(value, ',')),
        "_source" => Criterion::Source(
            split(value, ',').iter().map(|source| source.trim_end_matches('/').to_owned()).collect(),
        ),
        "_lastUpdated" => {
            let (comparator, stretch) = date(full_name, value)?;
            Criterion::Updated(comparator, stretch)
        }
        name => {
            let Some(param) = served.param(version, name) else {
                return Ok(None);
            };
            match param.kind {
                Kind::Date => {
                    let (comparator, stretch) = date(full_name, value)?;
                    Criterion::Dated(comparator, stretch)
                }
                Kind::Reference => Criterion::Token {
                    param: param.name,
                    any: split(value, ',')
                        .iter()
                        .map(|reference| TokenMatch {
                            system: None,
                            code: Some(relative(reference, base).to_owned()),
                        })
                        .collect(),
                },
                Kind::Token => Criterion::Token {
                    param: param.name,
                    any: split_escaped(value, ',').iter().map(|token| token_match(token)).collect(),
                },
            }
        }
    };
    match modifier {
        None => Ok(Some(criterion)),
        Some(modifier) => {
            Err(Refusal::invalid(format!("the modifier :{modifier} is not supported on {name}")))
        }
    }
}

fn date(name: &str, value: &str) -> Result<(Comparator, Stretch), Refusal> {
    let (comparator, text) = match value.split_at_checked(2) {
        Some(("eq", text)) => (Comparator::Eq, text),
        Some(("ne", text)) => (Comparator::Ne, text),
        Some(("ge", text)) => (Comparator::Ge, text),
        Some(("gt", text)) => (Comparator::Gt, text),
        Some(("le", text)) => (Comparator::Le, text),
        Some(("lt", text)) => (Comparator::Lt, text),
        Some(("sa", text)) => (Comparator::StartsAfter, text),
        Some(("eb", text)) => (Comparator::EndsBefore, text),
        _ => (Comparator::Eq, value),
    };
    // A `+` of a time zone that was not escaped arrives as a space.
    let stretch = Stretch::parse(&text.replace(' ', "+")).ok_or_else(|| unusable(name, value))?;
    Ok((comparator, stretch))
}

fn token_match(text: &str) -> TokenMatch {
    let parts = split(text, '|');
    let some = |text: &String| (!text.is_empty()).then(|| text.clone());
    match parts.as_slice() {
        [system, code, ..] => TokenMatch { system: Some(system.clone()), code: some(code) },
        [code] => TokenMatch { system: None, code: some(code) },
        [] => TokenMatch { system: None, code: None },
    }
}

/// `[base]/Type/id` as `Type/id`.
fn relative<'a>(reference: &'a str, base: &str) -> &'a str {
    reference.strip_prefix(base).map_or(reference, |rest| rest.trim_start_matches('/'))
}

fn split(text: &str, separator: char) -> Vec<String> {
    split_escaped(text, separator).iter().map(|part| unescape(part)).collect()
}

/// Parts between separators that have no backslash before them; escapes stay.
fn split_escaped(text: &str, separator: char) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        if letter == separator && !escaped {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
        escaped = letter == '\\' && !escaped;
    }
    parts
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            other => plain.push(other),
        }
    }
    plain
}

fn unusable(name: &str, value: &str) -> Refusal {
    Refusal::invalid(format!("{name}={value} cannot be used"))
}
