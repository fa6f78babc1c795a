//! What of a resource can be searched: its tokens and references, and when it happened.
//!
//! Token rules: <https://hl7.org/fhir/R4/search.html#token>. Which elements count is decided by the table in
//! `types`; an element that has another shape than its release gives it is simply not found by a search.

use serde_json::Value;

use super::dates::Stretch;
use super::types::{Kind, Served};

/// One searchable value. `system` is empty when the element has none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) param: &'static str,
    pub(super) system: String,
    pub(super) code: String,
}

/// All tokens and references of a resource.
pub(super) fn tokens(served: &Served, json: &Value) -> Vec<Token> {
    let mut found = Vec::new();
    for param in served.indexed() {
        if param.kind == Kind::Date {
            continue;
        }
        for element in param.paths.iter().flat_map(|path| at(json, path)) {
            match param.kind {
                Kind::Reference => push(&mut found, param.name, None, element.get("reference")),
                _ => token(&mut found, param.name, element),
            }
        }
    }
    found
}

/// When it happened, by the type's own date parameter.
pub(super) fn dated(served: &Served, json: &Value) -> Option<Stretch> {
    let dates = served.indexed().iter().filter(|param| param.kind == Kind::Date);
    dates.flat_map(|param| param.paths).flat_map(|path| at(json, path)).find_map(Stretch::of)
}

/// The elements at a dotted path, arrays crossed.
pub(crate) fn at<'a>(json: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut here = vec![json];
    for name in path.split('.') {
        here = here
            .into_iter()
            .filter_map(|value| value.get(name))
            .flat_map(|value| match value {
                Value::Array(items) => items.iter().collect(),
                other => vec![other],
            })
            .collect();
    }
    here
}

fn token(found: &mut Vec<Token>, param: &'static str, element: &Value) {
    if element.is_string() {
        return push(found, param, None, Some(element));
    }
    for coding in at(element, "coding") {
        push(found, param, coding.get("system"), coding.get("code"));
    }
    // A Coding has a code, an Identifier a value.
    for name in ["code", "value"] {
        push(found, param, element.get("system"), element.get(name));
    }
}

fn push(found: &mut Vec<Token>, param: &'static str, system: Option<&Value>, code: Option<&Value>) {
    if let Some(code) = code.and_then(Value::as_str) {
        found.push(Token {
            param,
            system: system.and_then(Value::as_str).unwrap_or_default().to_owned(),
            code: code.to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::types::served;
    use super::*;

    #[test]
    fn finds_codes_codings_identifiers_and_references() {
        let observation = json!({
            "status": "final",
            "identifier": [{"system": "urn:a", "value": "7"}],
            "category": [{"coding": [{"system": "urn:c", "code": "laboratory"}]}],
            "code": {"coding": [{"system": "urn:l", "code": "1"}, {"code": "2"}]},
            "encounter": {"reference": "Encounter/e"},
            "effectivePeriod": {"start": "2024-01-01", "end": "2024-01-02"}
        });
        let observed = served("Observation").unwrap();
        let tokens: Vec<String> = tokens(observed, &observation)
            .into_iter()
            .map(|token| format!("{}={}|{}", token.param, token.system, token.code))
            .collect();
        assert_eq!(
            tokens,
            [
                "status=|final",
                "category=urn:c|laboratory",
                "code=urn:l|1",
                "code=|2",
                "identifier=urn:a|7",
                "encounter=|Encounter/e"
            ]
        );
        assert!(dated(observed, &observation).is_some());
    }
}
