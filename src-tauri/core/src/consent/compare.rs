//! Finds what a source stored differently from what was posted: patient, status, scopes, period, identifier, decision,
//! limits. The same for every release.
//!
//! Law: `$authorize` comes only after a comparison without a difference. What a server adds of its own (id, meta, a
//! narrative made anew, further identifiers) is no difference; what widens or narrows the grant is.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use super::{
    read::{each, period, recipients, subject, text},
    rules::{Class, Decision, Rule, Rules, policies as named_policies},
};
use crate::fhir::time::instant;

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Whose records.
    Patient,
    /// Whether it is in force.
    Status,
    /// What is granted.
    Scopes,
    /// From when until when.
    Period,
    /// Our identifier.
    Identifier,
    /// What permits and what denies, and which actions.
    Decision,
    /// What narrows it beside the scopes: labels, times of the records, single records, people.
    Limits,
    /// The base policy.
    Policy,
    /// Who gets the records.
    Recipient,
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Patient => "patient",
            Self::Status => "status",
            Self::Scopes => "scopes",
            Self::Period => "period",
            Self::Identifier => "identifier",
            Self::Decision => "decision",
            Self::Limits => "limits",
            Self::Policy => "policy",
            Self::Recipient => "recipient",
        })
    }
}

/// One fact that was stored differently. The texts are for staff: FHIR words, the stored one from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which fact.
    pub fact: Fact,
    /// As posted.
    pub posted: String,
    /// As stored.
    pub stored: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} → {}", self.fact, self.posted, self.stored)
    }
}

/// A fact and how to read it from a Consent.
type Reading<T> = (Fact, fn(&Value) -> T);

/// Everything that was stored differently, in a fixed order. Empty: it is what was signed.
#[must_use]
pub fn compare(posted: &Value, stored: &Value) -> Vec<Difference> {
    // These must be equal; of those only nothing may be lost.
    let same: [Reading<String>; 6] = [
        (Fact::Patient, patient),
        (Fact::Status, status),
        (Fact::Scopes, classes),
        (Fact::Period, both_ends),
        (Fact::Decision, decision),
        (Fact::Limits, limits),
    ];
    let kept: [Reading<BTreeSet<String>>; 3] = [
        (Fact::Identifier, identifiers),
        (Fact::Policy, policies),
        (Fact::Recipient, |c| recipients(c).into_iter().collect()),
    ];
    let changed = same.into_iter().filter_map(|(fact, says)| {
        let (posted, stored) = (says(posted), says(stored));
        (posted != stored).then_some(Difference { fact, posted, stored })
    });
    let lost = kept.into_iter().filter_map(|(fact, says)| {
        let (posted, stored) = (says(posted), says(stored));
        (!posted.is_subset(&stored)).then(|| Difference { fact, posted: list(posted), stored: list(stored) })
    });
    let mut differences: Vec<Difference> = changed.chain(lost).collect();
    differences.sort_by_key(|difference| difference.fact);
    differences
}

/// `Patient/id`. A server may write its own base before it.
fn patient(consent: &Value) -> String {
    let reference = subject(consent).unwrap_or_default();
    let mut parts = reference.rsplitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(id), Some("Patient"), base)
            if base.is_none_or(|b| b.starts_with("https://") || b.starts_with("http://")) =>
        {
            format!("Patient/{id}")
        }
        _ => reference.to_owned(),
    }
}

fn status(consent: &Value) -> String {
    text(consent, "status").unwrap_or_default().to_owned()
}

/// Every class of every rule, of whatever system: one of another system would widen the grant too.
fn classes(consent: &Value) -> String {
    let rules = Rules::of(consent);
    let classes = rules.all.iter().flat_map(|rule| &rule.classes);
    list(
        classes
            .map(|class| match class {
                Class::Scope(scope) => (*scope).to_owned(),
                Class::Type(name) => format!("type {name}"),
                Class::Other(system, code) => format!("{system}|{code}"),
            })
            .collect(),
    )
}

/// As moments: `…Z`, `…+00:00` and fractions are one and the same.
fn both_ends(consent: &Value) -> String {
    let bound = |name| period(consent, name).map_or_else(|| "open".to_owned(), instant);
    format!("{} to {}", bound("start"), bound("end"))
}

/// The shape of the rules: the base, how deep, what they decide, which actions, and whether classes limit them.
fn decision(consent: &Value) -> String {
    let shape = |rule: &Rule<'_>| {
        let actions: BTreeSet<&str> = rule.actions.iter().copied().collect();
        let actions: Vec<&str> = actions.into_iter().collect();
        let limit = if rule.classes.is_empty() { "" } else { " to classes" };
        let line = format!(
            "{}{} {}{limit}",
            ">".repeat(rule.depth.into()),
            rule.decision.map_or("-", Decision::word),
            actions.join("+")
        );
        line.trim_end().to_owned()
    };
    // Only R5 says the base in a word of its own; where a policy says it, the policies are compared.
    let base = text(consent, "decision").map(|word| format!("base {word}"));
    base.into_iter().chain(Rules::of(consent).all.iter().map(shape)).collect::<Vec<_>>().join("; ")
}

/// Everything that narrows the grant in another way than by scopes: we write none of it.
fn limits(consent: &Value) -> String {
    let rules = Rules::of(consent);
    let limits = rules.limits.iter().chain(rules.all.iter().flat_map(|rule| &rule.limits));
    list(limits.map(|(name, value)| format!("{name} {value}")).collect())
}

fn identifiers(consent: &Value) -> BTreeSet<String> {
    each(consent, "identifier")
        .map(|id| {
            format!("{}|{}", text(id, "system").unwrap_or_default(), text(id, "value").unwrap_or_default())
        })
        .collect()
}

fn policies(consent: &Value) -> BTreeSet<String> {
    named_policies(consent).map(str::to_owned).collect()
}

fn list(facts: BTreeSet<String>) -> String {
    facts.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
