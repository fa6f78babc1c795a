//! An OperationOutcome as XML, which is how the server of 2017 wrote its errors whatever was asked for.

use serde_json::Value;

/// The XML of an OperationOutcome, when the JSON is one.
pub(super) fn outcome(json: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(json).ok()?;
    if json.get("resourceType")? != "OperationOutcome" {
        return None;
    }
    let issues: String = json.get("issue")?.as_array()?.iter().map(issue).collect();
    Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OperationOutcome xmlns=\"http://hl7.org/fhir\">\n{issues}</OperationOutcome>\n"
    ))
}

fn issue(issue: &Value) -> String {
    let part = |name: &str| {
        let value = issue.get(name).and_then(Value::as_str)?;
        Some(format!("    <{name} value=\"{}\"/>\n", escaped(value)))
    };
    let parts: String = ["severity", "code", "diagnostics"].into_iter().filter_map(part).collect();
    format!("  <issue>\n{parts}  </issue>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::outcome;

    #[test]
    fn writes_an_outcome_and_nothing_else() {
        let xml = outcome(
            br#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid","diagnostics":"\"jwt\" < & >"}]}"#,
        );
        assert!(xml.unwrap().contains("<diagnostics value=\"&quot;jwt&quot; &lt; &amp; &gt;\"/>"));
        assert!(outcome(br#"{"resourceType":"Patient"}"#).is_none());
        assert!(outcome(b"<html>").is_none());
    }
}
