//! As whom, in which role and for what the target says that it asks: claims of its JWT, its own words.
//!
//! Three ways are read: `extensions.hl7-b2b` (HL7 UDAP Security, TEFCA, Carequality), `extensions.ihe_iua` (IHE IUA),
//! and the `urn:oasis:names:tc:xspa` names that CommonWell took over from SAML.

use serde_json::Value;

use crate::{
    review::CredentialsView,
    text::{name, quoted},
};

/// Most purposes that are shown.
const MOST: usize = 6;

const XSPA: &str = "urn:oasis:names:tc:xspa:1.0:subject:";
const XACML_ROLE: &str = "urn:oasis:names:tc:xacml:2.0:subject:role";

/// Reads the claims, cleaned. What is missing is missing.
#[must_use]
pub fn credentials(claims: &Value) -> CredentialsView {
    let of = |names: &[&str], pointer: &str| {
        let inside = claims.pointer(pointer);
        names.iter().find_map(|name| inside?.get(*name)).cloned()
    };
    let (b2b, iua) = ("/extensions/hl7-b2b", "/extensions/ihe_iua");
    let xspa = |part: &str| claims.get(format!("{XSPA}{part}")).cloned();
    let organization = of(&["organization_name"], b2b)
        .or_else(|| of(&["subject_organization"], iua))
        .or_else(|| xspa("organization"));
    let organization_id = of(&["organization_id"], b2b)
        .or_else(|| of(&["subject_organization_id"], iua))
        .or_else(|| xspa("organization-id"));
    let role = of(&["subject_role"], b2b)
        .or_else(|| of(&["subject_role"], iua))
        .or_else(|| claims.get(XACML_ROLE).cloned());
    let purposes = of(&["purpose_of_use"], b2b)
        .or_else(|| of(&["purpose_of_use"], iua))
        .or_else(|| xspa("purposeofuse"));
    CredentialsView {
        organization: organization.and_then(|v| words(&v)),
        organization_id: organization_id
            .as_ref()
            .and_then(Value::as_str)
            .map(|id| quoted(id, 120))
            .filter(filled),
        role: role.and_then(|v| words(&v)),
        purposes: purposes.as_ref().map(codes).unwrap_or_default(),
    }
}

/// The words of a text, of a coded value, or of the first in a list.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(name(text.rsplit('#').next().unwrap_or(text))),
        Value::Array(list) => list.iter().find_map(words),
        Value::Object(coded) => {
            ["display", "text", "code"].iter().find_map(|member| coded.get(*member)?.as_str()).map(name)
        }
        _ => None,
    }
    .filter(filled)
}

/// The codes of one value or a list: `TREAT`, `urn:oid:…#TREAT`, `system|TREAT` or a coded value.
fn codes(value: &Value) -> Vec<String> {
    let one = |value: &Value| {
        let text = match value {
            Value::Object(coded) => coded.get("code")?.as_str()?,
            other => other.as_str()?,
        };
        let code = text.rsplit(['#', '|']).next().unwrap_or(text);
        Some(quoted(code, 60)).filter(filled)
    };
    let mut found: Vec<String> = Vec::new();
    let list = value.as_array().map_or_else(|| std::slice::from_ref(value), Vec::as_slice);
    for code in list.iter().filter_map(one) {
        if found.len() < MOST && !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

#[expect(clippy::ptr_arg, reason = "a filter of Option<String>")]
fn filled(text: &String) -> bool {
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::credentials;
    use crate::review::CredentialsView;

    fn full() -> CredentialsView {
        CredentialsView {
            organization: Some("Tern Bay".to_owned()),
            organization_id: Some("https://tern.example".to_owned()),
            role: Some("Nurse".to_owned()),
            purposes: vec!["TREAT".to_owned()],
        }
    }

    #[test]
    fn the_three_ways_say_the_same() {
        let b2b = json!({"extensions": {"hl7-b2b": {
            "version": "1", "organization_name": "Tern Bay", "organization_id": "https://tern.example",
            "subject_role": "http://nucc.org/provider-taxonomy#Nurse",
            "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT", "TREAT"],
        }}});
        let iua = json!({"extensions": {"ihe_iua": {
            "subject_organization": "Tern Bay", "subject_organization_id": "https://tern.example",
            "subject_role": [{"system": "s", "code": "1", "display": "Nurse"}],
            "purpose_of_use": [{"system": "urn:oid:2.16.840.1.113883.5.8", "code": "TREAT"}],
        }}});
        let xspa = json!({
            "urn:oasis:names:tc:xspa:1.0:subject:organization": "Tern Bay",
            "urn:oasis:names:tc:xspa:1.0:subject:organization-id": "https://tern.example",
            "urn:oasis:names:tc:xacml:2.0:subject:role": "Nurse",
            "urn:oasis:names:tc:xspa:1.0:subject:purposeofuse": "TREAT",
        });
        for claims in [b2b, iua, xspa] {
            assert_eq!(credentials(&claims), full(), "{claims}");
        }
    }

    #[test]
    fn what_is_odd_or_missing_is_nothing() {
        let empty = CredentialsView::default();
        for claims in [
            json!({}),
            json!({"extensions": 7}),
            json!({"extensions": {"hl7-b2b": []}}),
            json!({"extensions": {"hl7-b2b": {"organization_name": 1, "purpose_of_use": {"x": 1}, "subject_role": ""}}}),
            Value::Null,
        ] {
            assert_eq!(credentials(&claims), empty, "{claims}");
        }
    }

    #[test]
    fn words_are_cleaned_and_few() {
        let many: Vec<String> = (0..50).map(|n| format!("P{n}")).collect();
        let claims = json!({"extensions": {"hl7-b2b": {
            "organization_name": format!("Tern\u{202E}\n{}", "x".repeat(500)), "purpose_of_use": many,
        }}});
        let read = credentials(&claims);
        assert!(
            read.organization.is_some_and(|name| name.starts_with("Tern xx") && name.chars().count() <= 81)
        );
        assert_eq!(read.purposes.len(), 6);
    }
}
