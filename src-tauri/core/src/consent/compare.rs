//! Finds what a source stored differently from what was posted: patient, status, scopes, period, identifier, decision.
//!
//! Law: `$authorize` comes only after a comparison without a difference. What a server adds of its own (id, meta, a
//! narrative made anew, further identifiers) is no difference; what widens or narrows the grant is.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;

use super::read::{Rule, each, period, recipients, rules, text};
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
    let same: [Reading<String>; 5] = [
        (Fact::Patient, patient),
        (Fact::Status, status),
        (Fact::Scopes, classes),
        (Fact::Period, both_ends),
        (Fact::Decision, decision),
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
    let reference = consent.get("patient").and_then(|p| text(p, "reference")).unwrap_or_default();
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
    let rules = rules(consent);
    let classes = rules.iter().flat_map(|rule| &rule.classes);
    list(
        classes
            .map(|(system, code)| {
                if *system == Some(super::SCOPES_SYSTEM) {
                    (*code).to_owned()
                } else {
                    format!("{}|{code}", system.unwrap_or_default())
                }
            })
            .collect(),
    )
}

/// As moments: `…Z`, `…+00:00` and fractions are one and the same.
fn both_ends(consent: &Value) -> String {
    let bound = |name| period(consent, name).map_or_else(|| "open".to_owned(), instant);
    format!("{} to {}", bound("start"), bound("end"))
}

/// The shape of the rules: how deep, what they decide, which actions, and whether classes limit them.
fn decision(consent: &Value) -> String {
    let shape = |rule: &Rule<'_>| {
        let actions: BTreeSet<&str> = rule.actions.iter().copied().collect();
        let actions: Vec<&str> = actions.into_iter().collect();
        let limit = if rule.classes.is_empty() { "" } else { " to classes" };
        let line = format!(
            "{}{} {}{limit}",
            ">".repeat(rule.depth.into()),
            rule.decision.unwrap_or("-"),
            actions.join("+")
        );
        line.trim_end().to_owned()
    };
    rules(consent).iter().map(shape).collect::<Vec<_>>().join("; ")
}

fn identifiers(consent: &Value) -> BTreeSet<String> {
    each(consent, "identifier")
        .map(|id| {
            format!("{}|{}", text(id, "system").unwrap_or_default(), text(id, "value").unwrap_or_default())
        })
        .collect()
}

fn policies(consent: &Value) -> BTreeSet<String> {
    let uris = each(consent, "policy").filter_map(|policy| text(policy, "uri"));
    let codes = each(consent, "policyRule")
        .flat_map(|rule| each(rule, "coding"))
        .filter_map(|coding| text(coding, "code"));
    uris.chain(codes).map(str::to_owned).collect()
}

fn list(facts: BTreeSet<String>) -> String {
    facts.into_iter().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[path = "compare_tests.rs"]
mod tests;
