//! An OperationOutcome in XML, for the servers that write their errors so although JSON was asked for
//! (<https://hl7.org/fhir/R4/xml.html>). No other resource is read from XML.
//!
//! Laws: no document type and so no entity of its own making is ever expanded; the narrative is not read; few levels,
//! few issues.

use quick_xml::{
    Reader,
    events::{BytesStart, Event},
};
use serde_json::{Map, Value, json};

const FHIR: &str = "http://hl7.org/fhir";
/// Levels of elements that are followed.
const DEEPEST: usize = 16;
/// Issues that are kept.
const MOST: usize = 50;

/// The outcome in the form that JSON would have. `None` when it is anything else.
pub(super) fn outcome(body: &[u8]) -> Option<Value> {
    let text = std::str::from_utf8(body).ok()?;
    let mut reader = Reader::from_str(text);
    let (mut path, mut issues) = (Vec::<String>::new(), Vec::<Map<String, Value>>::new());
    loop {
        match reader.read_event().ok()? {
            Event::Start(element) => {
                enter(&element, &path, &mut issues)?;
                path.push(name(&element)?);
                if path.len() > DEEPEST {
                    return None;
                }
            }
            Event::Empty(element) => enter(&element, &path, &mut issues)?,
            Event::End(_) => {
                path.pop()?;
            }
            Event::DocType(_) => return None,
            Event::Eof => break,
            _ => {}
        }
    }
    let whole = path.is_empty() && !issues.is_empty();
    whole.then(|| json!({"resourceType": "OperationOutcome", "issue": issues}))
}

/// Takes what an element says, by where it is. `None`: this is no OperationOutcome.
fn enter(element: &BytesStart<'_>, path: &[String], issues: &mut Vec<Map<String, Value>>) -> Option<()> {
    let name = name(element)?;
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (path.as_slice(), name.as_str()) {
        ([], "OperationOutcome") => {
            return (attribute(element, "xmlns").as_deref() == Some(FHIR)).then_some(());
        }
        ([], _) => return None,
        (["OperationOutcome"], "issue") if issues.len() < MOST => issues.push(Map::new()),
        (["OperationOutcome", "issue"], "severity" | "code" | "diagnostics") => {
            if let (Some(issue), Some(value)) = (issues.last_mut(), attribute(element, "value")) {
                issue.insert(name, Value::String(value));
            }
        }
        (["OperationOutcome", "issue", "details"], "text") => {
            if let (Some(issue), Some(value)) = (issues.last_mut(), attribute(element, "value")) {
                issue.insert("details".to_owned(), json!({"text": value}));
            }
        }
        _ => {}
    }
    Some(())
}

fn name(element: &BytesStart<'_>) -> Option<String> {
    Some(element.name().as_ref().to_owned())
}

/// The value of an attribute; only the five entities that XML itself knows, and characters by number, are resolved.
fn attribute(element: &BytesStart<'_>, wanted: &str) -> Option<String> {
    let found = element.try_get_attribute(wanted).ok()??;
    quick_xml::escape::unescape(&found.value).ok().map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::outcome;

    #[test]
    fn reads_the_answer_of_the_server_of_2017() {
        let xml = r#"<?xml version="1.0" encoding="UTF-8"?>
            <OperationOutcome xmlns="http://hl7.org/fhir">
              <text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml"><p>never</p></div></text>
              <issue><severity value="error"/><code value="informational"/><diagnostics value="&quot;jwt&quot; &lt;x&gt; &#38;"/></issue>
              <issue><severity value="warning"/><details><text value="for people"/></details></issue>
            </OperationOutcome>"#;
        assert_eq!(
            outcome(xml.as_bytes()).unwrap(),
            json!({"resourceType": "OperationOutcome", "issue": [
                {"severity": "error", "code": "informational", "diagnostics": "\"jwt\" <x> &"},
                {"severity": "warning", "details": {"text": "for people"}},
            ]})
        );
    }

    #[test]
    fn expands_no_entity_that_a_document_makes() {
        let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
            <OperationOutcome xmlns="http://hl7.org/fhir"><issue><code value="&b;"/></issue></OperationOutcome>"#;
        assert_eq!(outcome(bomb.as_bytes()), None);
        let undeclared = r#"<OperationOutcome xmlns="http://hl7.org/fhir"><issue><code value="&b;"/></issue></OperationOutcome>"#;
        assert_eq!(outcome(undeclared.as_bytes()).unwrap()["issue"], json!([{}]));
    }

    #[test]
    fn nothing_else_is_an_outcome() {
        for xml in [
            "",
            "<html><body>no</body></html>",
            "<OperationOutcome><issue/></OperationOutcome>",
            r#"<OperationOutcome xmlns="urn:other"><issue/></OperationOutcome>"#,
            r#"<OperationOutcome xmlns="http://hl7.org/fhir"/>"#,
            r#"<OperationOutcome xmlns="http://hl7.org/fhir"><issue>"#,
            r#"<Bundle xmlns="http://hl7.org/fhir"><OperationOutcome xmlns="http://hl7.org/fhir"><issue/></OperationOutcome></Bundle>"#,
        ] {
            assert_eq!(outcome(xml.as_bytes()), None, "{xml}");
        }
        let deep = format!(
            r#"<OperationOutcome xmlns="http://hl7.org/fhir">{}{}</OperationOutcome>"#,
            "<issue>".repeat(40),
            "</issue>".repeat(40)
        );
        assert_eq!(outcome(deep.as_bytes()), None);
    }
}
