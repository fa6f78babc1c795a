//! Reads a Consent of any release, ours or anybody's, as tolerantly as possible.
//!
//! Law: in doubt it tells more than is granted, never less: every class of a rule that does not deny is taken for a
//! scope, wherever the server put it; what cannot be understood is named as such ([`Opaque`]).

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

pub use super::compare::{Difference, Fact, compare};
use super::{
    URI_SYSTEM,
    opaque::Opaque,
    rules::{Class, Rules},
};
use crate::fhir::{
    ConsentId,
    time::{Edge, moment},
};

/// What a stored Consent says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConsent {
    /// Its id, checked against the grammar of FHIR.
    pub id: String,
    /// Its status, as the server spells it.
    pub status: String,
    /// The patient's reference.
    pub patient: Option<String>,
    /// The SMART scopes that it grants, as they are spelled, each once, in order.
    pub scopes: Vec<String>,
    /// The types of resources that it grants without a scope, each once, in order.
    pub types: Vec<String>,
    /// The beginning of its period.
    pub period_start: Option<Timestamp>,
    /// The end of its period.
    pub period_end: Option<Timestamp>,
    /// From when until when the records must be; either end may be open.
    pub data_period: Option<(Option<Timestamp>, Option<Timestamp>)>,
    /// Values of its identifiers that are URIs.
    pub identifiers: Vec<String>,
    /// The name of who gets the records. From a server: clean it before it is shown.
    pub recipient: Option<String>,
    /// The narrative as plain text. From a server: never markup, clean it before it is shown.
    pub narrative: Option<String>,
    /// When it was given; R5 keeps the day only.
    pub given_at: Option<Timestamp>,
    /// What of it is not understood.
    pub opaque: Vec<Opaque>,
}

impl StoredConsent {
    /// Reads a Consent. `None` when it is another resource or has no proper id.
    #[must_use]
    pub fn read(consent: &Value) -> Option<Self> {
        if text(consent, "resourceType") != Some("Consent") {
            return None;
        }
        let rules = Rules::of(consent);
        let classes: Vec<Class<'_>> =
            rules.granting().flat_map(|rule| rule.classes.iter().copied()).collect();
        let given = text(consent, "dateTime").or_else(|| text(consent, "date"));
        Some(Self {
            id: ConsentId::parse(text(consent, "id")?)?.to_string(),
            status: text(consent, "status").unwrap_or_default().to_owned(),
            patient: subject(consent).map(str::to_owned),
            scopes: once(classes.iter().filter_map(|class| match class {
                Class::Scope(scope) => Some(*scope),
                _ => None,
            })),
            types: once(classes.iter().filter_map(|class| match class {
                Class::Type(name) => Some(*name),
                _ => None,
            })),
            period_start: period(consent, "start"),
            period_end: period(consent, "end"),
            data_period: data_period(&rules),
            identifiers: each(consent, "identifier")
                .filter(|id| text(id, "system") == Some(URI_SYSTEM))
                .filter_map(|id| text(id, "value"))
                .map(str::to_owned)
                .collect(),
            recipient: recipients(consent).into_iter().next(),
            narrative: narrative(consent),
            given_at: given.and_then(|at| moment(at, Edge::Start)),
            opaque: Opaque::of(consent),
        })
    }

    /// Whether it is in force, as far as its status goes.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == "active"
    }

    /// The last day of its period, in UTC.
    #[must_use]
    pub fn last_day(&self) -> Option<Date> {
        self.period_end.map(|end| end.to_zoned(TimeZone::UTC).date())
    }
}

/// The Consent with status `inactive`, which every release has; everything else stays as the server stored it.
#[must_use]
pub fn withdraw(mut consent: Value) -> Value {
    if let Some(fields) = consent.as_object_mut() {
        fields.insert("status".to_owned(), json!("inactive"));
    }
    consent
}

/// Whose records: R5 calls it the subject.
pub(super) fn subject(consent: &Value) -> Option<&str> {
    ["patient", "subject"]
        .into_iter()
        .find_map(|name| consent.get(name).and_then(|who| text(who, "reference")))
}

/// One bound of the period: in R4 the root rule has it, in the others the Consent.
pub(super) fn period(consent: &Value, bound: &str) -> Option<Timestamp> {
    let root = each(consent, "provision").next();
    root.and_then(|rule| rule.get("period"))
        .and_then(|period| self::bound(period, bound))
        .or_else(|| consent.get("period").and_then(|period| self::bound(period, bound)))
}

fn bound(period: &Value, name: &str) -> Option<Timestamp> {
    let edge = if name == "end" { Edge::End } else { Edge::Start };
    text(period, name).and_then(|at| moment(at, edge))
}

fn data_period(rules: &Rules<'_>) -> Option<(Option<Timestamp>, Option<Timestamp>)> {
    let limits = rules.limits.iter().chain(rules.granting().flat_map(|rule| &rule.limits));
    let (_, period) = limits.into_iter().find(|(name, _)| *name == "dataPeriod")?;
    Some((bound(period, "start"), bound(period, "end")))
}

/// Names of who gets the records: R4's actors, STU3's, R5's grantees.
pub(super) fn recipients(consent: &Value) -> Vec<String> {
    let of_rules = each(consent, "provision").flat_map(|rule| each(rule, "actor"));
    let actors = of_rules.chain(each(consent, "actor")).filter_map(|actor| actor.get("reference"));
    let grantees = each(consent, "grantee");
    actors.chain(grantees).filter_map(|who| text(who, "display")).map(str::to_owned).collect()
}

/// The text of the narrative, without its markup. For comparing what was signed with what is stored.
fn narrative(consent: &Value) -> Option<String> {
    let div = consent.get("text").and_then(|t| text(t, "div"))?;
    let mut plain = String::new();
    let mut inside = false;
    for c in div.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => inside = false,
            c if !inside => plain.push(c),
            _ => {}
        }
    }
    // `&amp;` last: what it stands for must not be read a second time.
    let plain = plain
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    Some(plain).filter(|plain| !plain.trim().is_empty())
}

fn once<'a>(words: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for word in words {
        if !all.iter().any(|known| known == word) {
            all.push(word.to_owned());
        }
    }
    all
}

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

pub(super) fn each<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    crate::fhir::each(value, key)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
