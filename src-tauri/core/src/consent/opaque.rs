//! What a Consent says that cannot be put into the person's words here. It may still be used by somebody's choice; it
//! is never shown as if it were understood.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{
    read::each,
    rules::{Class, Decision, Rules},
};

/// A part that is not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Opaque {
    /// What happens to everything that it does not name.
    Base,
    /// It allows everything that it does not refuse.
    AllowsTheRest,
    /// It refuses something beside what it allows.
    Refusals,
    /// More than reading is allowed, or it does not say what.
    Actions,
    /// Records that are named in another way than by a scope or a type.
    Records,
    /// Which records, it does not say.
    AnyRecords,
    /// It holds only for some records, people or times.
    Limits,
    /// It says something that changes the meaning of all the rest.
    Modifiers,
}

impl Opaque {
    /// Everything in a Consent that is not understood, each once, in order.
    #[must_use]
    pub fn of(consent: &Value) -> Vec<Self> {
        let rules = Rules::of(consent);
        let refuses = rules.all.iter().any(|rule| rule.decision == Some(Decision::Deny) && !is_frame(rule));
        let more_than_reading = rules
            .granting()
            .filter(|rule| !is_frame(rule))
            .any(|rule| rule.actions.is_empty() || rule.actions.iter().any(|action| *action != "access"));
        let others = rules.granting().flat_map(|rule| &rule.classes);
        let any = rules.all.is_empty()
            || rules.granting().any(|rule| rule.classes.is_empty() && !rule.holds_others);
        let limited = |limits: &[(&str, &Value)]| limits.iter().any(|(name, _)| *name != "dataPeriod");
        let limited = limited(&rules.limits) || rules.all.iter().any(|rule| limited(&rule.limits));
        [
            (Self::Base, rules.base.is_none()),
            (Self::AllowsTheRest, rules.base == Some(Decision::Permit)),
            (Self::Refusals, refuses),
            (Self::Actions, more_than_reading),
            (Self::Records, others.into_iter().any(|class| matches!(class, Class::Other(..)))),
            (Self::AnyRecords, any),
            (Self::Limits, limited || rules.too_deep),
            (
                Self::Modifiers,
                each(consent, "modifierExtension").next().is_some()
                    || consent.get("implicitRules").is_some_and(|rules| !rules.is_null()),
            ),
        ]
        .into_iter()
        .filter_map(|(part, there)| there.then_some(part))
        .collect()
    }
}

/// A rule that only holds others.
fn is_frame(rule: &super::rules::Rule<'_>) -> bool {
    rule.holds_others && rule.classes.is_empty() && rule.actions.is_empty()
}

#[cfg(test)]
#[path = "opaque_tests.rs"]
mod tests;
