//! Reads a Consent, ours or anybody's, as tolerantly as possible.
//!
//! Law: in doubt it tells more than is granted, never less: every class of a rule that does not deny is taken for a
//! scope, wherever the server put it.

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Value, json};

pub use super::compare::{Difference, Fact, compare};
use super::{SCOPES_SYSTEM, URI_SYSTEM};
use crate::fhir::{
    ConsentId,
    time::{Edge, moment},
};

/// Rules inside rules that are looked at.
const DEEPEST: u8 = 8;

/// What a stored Consent says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConsent {
    /// Its id, checked against the grammar of FHIR.
    pub id: String,
    /// Its status, as the server spells it.
    pub status: String,
    /// The patient's reference.
    pub patient: Option<String>,
    /// The SMART scopes that it grants, each once, in order.
    pub scopes: Vec<String>,
    /// The end of its period.
    pub period_end: Option<Timestamp>,
    /// Values of its identifiers that are URIs.
    pub identifiers: Vec<String>,
    /// The name of who gets the records. From a server: clean it before it is shown.
    pub recipient: Option<String>,
    /// The narrative as plain text. From a server: never markup, clean it before it is shown.
    pub narrative: Option<String>,
    /// When it was given.
    pub given_at: Option<Timestamp>,
}

impl StoredConsent {
    /// Reads a Consent. `None` when it is another resource or has no proper id.
    #[must_use]
    pub fn read(consent: &Value) -> Option<Self> {
        if text(consent, "resourceType") != Some("Consent") {
            return None;
        }
        let rules = rules(consent);
        Some(Self {
            id: ConsentId::parse(text(consent, "id")?)?.to_string(),
            status: text(consent, "status").unwrap_or_default().to_owned(),
            patient: consent.get("patient").and_then(|p| text(p, "reference")).map(str::to_owned),
            scopes: scopes(&rules),
            period_end: period(consent, "end"),
            identifiers: each(consent, "identifier")
                .filter(|id| text(id, "system") == Some(URI_SYSTEM))
                .filter_map(|id| text(id, "value"))
                .map(str::to_owned)
                .collect(),
            recipient: recipients(consent).into_iter().next(),
            narrative: narrative(consent),
            given_at: text(consent, "dateTime").and_then(|at| moment(at, Edge::Start)),
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

/// The Consent with status `inactive`; everything else stays as the server stored it.
#[must_use]
pub fn withdraw(mut consent: Value) -> Value {
    if let Some(fields) = consent.as_object_mut() {
        fields.insert("status".to_owned(), json!("inactive"));
    }
    consent
}

/// One rule of a Consent, with the rules inside it behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule<'a> {
    pub(super) depth: u8,
    pub(super) decision: Option<&'a str>,
    pub(super) actions: Vec<&'a str>,
    /// System and code.
    pub(super) classes: Vec<(Option<&'a str>, &'a str)>,
}

/// All rules, outer ones first. R4 has one root rule; a list of them is read too.
pub(super) fn rules(consent: &Value) -> Vec<Rule<'_>> {
    let mut rules = Vec::new();
    collect(consent, 0, &mut rules);
    rules
}

fn collect<'a>(parent: &'a Value, depth: u8, rules: &mut Vec<Rule<'a>>) {
    if depth > DEEPEST {
        return;
    }
    for rule in each(parent, "provision") {
        rules.push(Rule {
            depth,
            decision: text(rule, "type"),
            actions: each(rule, "action")
                .flat_map(|a| each(a, "coding"))
                .filter_map(|c| text(c, "code"))
                .collect(),
            classes: each(rule, "class")
                .filter_map(|c| Some((text(c, "system"), text(c, "code")?)))
                .collect(),
        });
        collect(rule, depth.saturating_add(1), rules);
    }
}

fn scopes(rules: &[Rule<'_>]) -> Vec<String> {
    let mut scopes: Vec<String> = Vec::new();
    let granted = rules.iter().filter(|rule| rule.decision != Some("deny")).flat_map(|rule| &rule.classes);
    for (_, code) in granted.filter(|(system, _)| system.is_none_or(|system| system == SCOPES_SYSTEM)) {
        if !scopes.iter().any(|known| known == code) {
            scopes.push((*code).to_owned());
        }
    }
    scopes
}

/// One bound of the period: R4's root rule, or where STU3 had it.
pub(super) fn period(consent: &Value, bound: &str) -> Option<Timestamp> {
    let edge = if bound == "end" { Edge::End } else { Edge::Start };
    let at = |holder: Option<&Value>| {
        holder?.get("period").and_then(|p| text(p, bound)).and_then(|at| moment(at, edge))
    };
    at(each(consent, "provision").next()).or_else(|| at(Some(consent)))
}

/// Names of who gets the records.
pub(super) fn recipients(consent: &Value) -> Vec<String> {
    each(consent, "provision")
        .flat_map(|rule| each(rule, "actor"))
        .filter_map(|actor| actor.get("reference").and_then(|r| text(r, "display")))
        .map(str::to_owned)
        .collect()
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

pub(super) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

pub(super) fn each<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    crate::fhir::each(value, key)
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
