//! The claims in which a hospital says as whom, in which role and for what it asks. Three ways are out there.

use serde_json::{Value, json};

/// How an introduction says organisation, role and purpose of use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Credentials {
    /// It does not.
    #[default]
    None,
    /// `extensions.hl7-b2b`, as UDAP, TEFCA and Carequality have it.
    B2b,
    /// `extensions.ihe_iua`, IHE Internet User Authorization.
    Iua,
    /// `urn:oasis:names:tc:xspa:…`, as CommonWell took them over from SAML.
    Xspa,
}

/// Which certificate an introduction carries in `x5c`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Certificate {
    /// None.
    #[default]
    None,
    /// A good chain below the sandbox's anchor.
    Good,
    /// One that has expired.
    Expired,
    /// One for another system.
    OtherName,
    /// One for another key than the one that signed.
    OtherKey,
    /// A chain of somebody whom nobody knows.
    UnknownRoot,
}

/// Adds the claims of a hospital.
pub(crate) fn add(claims: &mut Value, kind: Credentials, name: &str, base: &str) {
    match kind {
        Credentials::None => {}
        Credentials::B2b => {
            claims["extensions"] = json!({ "hl7-b2b": {
                "version": "1",
                "organization_name": name,
                "organization_id": base,
                "subject_role": "Hospital system",
                "purpose_of_use": ["urn:oid:2.16.840.1.113883.5.8#TREAT"],
            } });
        }
        Credentials::Iua => {
            claims["extensions"] = json!({ "ihe_iua": {
                "subject_organization": name,
                "subject_organization_id": base,
                "subject_role": [{ "system": "urn:ietf:rfc:3986", "code": "system", "display": "Hospital system" }],
                "purpose_of_use": [{ "system": "urn:oid:2.16.840.1.113883.5.8", "code": "TREAT" }],
            } });
        }
        Credentials::Xspa => {
            claims["urn:oasis:names:tc:xspa:1.0:subject:organization"] = json!(name);
            claims["urn:oasis:names:tc:xspa:1.0:subject:organization-id"] = json!(base);
            claims["urn:oasis:names:tc:xacml:2.0:subject:role"] = json!("Hospital system");
            claims["urn:oasis:names:tc:xspa:1.0:subject:purposeofuse"] = json!("TREATMENT");
        }
    }
}
