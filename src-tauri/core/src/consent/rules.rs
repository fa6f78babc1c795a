//! The rules of a Consent, whatever release they were written in: a base and what stands inside it.
//!
//! STU3 has a list `except`, R4 one root `provision` with others inside, R5 a `decision` and provisions that are its
//! exceptions. Servers also write them flat, as lists and as single things; all of it is read.

use serde_json::Value;

use super::{SCOPES_SYSTEM, SIMPLE_OAUTH, URI_SYSTEM, read::each, read::text};

/// Rules inside rules that are looked at.
const DEEPEST: u8 = 8;
/// Members of a rule that make it apply to less than its classes say.
const LIMITS: [&str; 8] =
    ["securityLabel", "dataPeriod", "data", "code", "expression", "actor", "period", "purpose"];

/// What a rule, or the base, decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Permit,
    Deny,
}

impl Decision {
    fn of(code: &str) -> Option<Self> {
        match code {
            "permit" => Some(Self::Permit),
            "deny" => Some(Self::Deny),
            _ => None,
        }
    }

    /// What an exception to it decides.
    const fn exception(self) -> Self {
        match self {
            Self::Permit => Self::Deny,
            Self::Deny => Self::Permit,
        }
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Permit => "permit",
            Self::Deny => "deny",
        }
    }
}

/// What a class stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class<'a> {
    /// A SMART scope, as it is spelled.
    Scope(&'a str),
    /// A type of resource.
    Type(&'a str),
    /// Something else, in its system.
    Other(&'a str, &'a str),
}

impl<'a> Class<'a> {
    /// A coding without a system counts as a scope: in doubt more is granted, not less.
    fn of(coding: &'a Value) -> Option<Self> {
        let code = text(coding, "code")?;
        Some(match text(coding, "system") {
            None | Some(SCOPES_SYSTEM) => Self::Scope(code),
            Some(URI_SYSTEM) => code
                .strip_prefix(SCOPES_SYSTEM)
                .and_then(|rest| rest.strip_prefix('/'))
                .map_or(Self::Other(URI_SYSTEM, code), Self::Scope),
            Some("http://hl7.org/fhir/resource-types" | "http://hl7.org/fhir/fhir-types") => Self::Type(code),
            Some(system) => Self::Other(system, code),
        })
    }
}

/// One rule, with the rules inside it behind it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule<'a> {
    /// 0 is the outermost.
    pub(super) depth: u8,
    /// `None` when it does not say.
    pub(super) decision: Option<Decision>,
    pub(super) actions: Vec<&'a str>,
    pub(super) classes: Vec<Class<'a>>,
    /// What narrows it beside its classes.
    pub(super) limits: Vec<(&'static str, &'a Value)>,
    /// Whether there are rules inside it.
    pub(super) holds_others: bool,
}

/// All rules of a Consent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rules<'a> {
    /// What happens where no rule says anything; `None` when the policy is not one that is known here.
    pub(super) base: Option<Decision>,
    /// Outer ones first.
    pub(super) all: Vec<Rule<'a>>,
    /// What narrows the whole Consent (STU3).
    pub(super) limits: Vec<(&'static str, &'a Value)>,
    /// Whether rules were nested deeper than is looked at.
    pub(super) too_deep: bool,
}

impl<'a> Rules<'a> {
    pub(super) fn of(consent: &'a Value) -> Self {
        let decision = text(consent, "decision").and_then(Decision::of);
        let mut rules = Self {
            base: decision.or_else(|| refuses_by_policy(consent).then_some(Decision::Deny)),
            all: Vec::new(),
            limits: found(consent, &["action", "securityLabel", "dataPeriod", "data"]),
            too_deep: false,
        };
        for rule in each(consent, "except") {
            rules.take(rule, 0, None, false);
        }
        for rule in each(consent, "provision") {
            // The outermost rule of R4 holds the period, recipient and purpose of the whole; in R5 they are limits.
            rules.take(rule, 0, decision.map(Decision::exception), consent.get("decision").is_none());
        }
        rules
    }

    /// Those that grant something, or may.
    pub(super) fn granting(&self) -> impl Iterator<Item = &Rule<'a>> {
        self.all.iter().filter(|rule| rule.decision != Some(Decision::Deny))
    }

    fn take(&mut self, rule: &'a Value, depth: u8, implied: Option<Decision>, frame: bool) {
        if depth > DEEPEST {
            self.too_deep = true;
            return;
        }
        let mut limits = found(rule, &LIMITS);
        if frame {
            limits.retain(|(name, _)| !matches!(*name, "actor" | "period" | "purpose"));
        }
        let classes = ["class", "documentType", "resourceType"].into_iter();
        self.all.push(Rule {
            depth,
            decision: text(rule, "type").and_then(Decision::of).or(implied),
            actions: each(rule, "action")
                .flat_map(|action| each(action, "coding"))
                .filter_map(|coding| text(coding, "code"))
                .collect(),
            classes: classes.flat_map(|name| each(rule, name)).filter_map(Class::of).collect(),
            limits,
            holds_others: each(rule, "provision").next().is_some(),
        });
        for inner in each(rule, "provision") {
            self.take(inner, depth.saturating_add(1), implied.map(Decision::exception), false);
        }
    }
}

fn found<'a>(holder: &'a Value, names: &[&'static str]) -> Vec<(&'static str, &'a Value)> {
    let there = |name: &&'static str| {
        let value = holder.get(*name).filter(|value| !value.is_null())?;
        Some((*name, value))
    };
    names.iter().filter_map(there).collect()
}

/// Whether a policy says that what is not granted is refused.
fn refuses_by_policy(consent: &Value) -> bool {
    let coded = |coding: &Value| match text(coding, "code") {
        Some(SIMPLE_OAUTH) => true,
        Some("OPTOUT" | "OPTOUTE") => text(coding, "system").is_some_and(|s| s.ends_with("v3-ActCode")),
        _ => false,
    };
    policies(consent).any(|uri| uri == SIMPLE_OAUTH)
        || each(consent, "policyRule").flat_map(|rule| each(rule, "coding")).any(coded)
}

/// Every policy that is named, as it is spelled: STU3's `policyRule` is a URI, R4's a concept, R5 has a basis.
pub(super) fn policies(consent: &Value) -> impl Iterator<Item = &str> {
    let uris = each(consent, "policy").filter_map(|policy| policy.as_str().or_else(|| text(policy, "uri")));
    let bare = each(consent, "policyRule").filter_map(Value::as_str);
    let codes = each(consent, "policyRule")
        .flat_map(|rule| each(rule, "coding"))
        .filter_map(|coding| text(coding, "code"));
    let bases = each(consent, "policyBasis").filter_map(|basis| text(basis, "url"));
    uris.chain(bare).chain(codes).chain(bases)
}
