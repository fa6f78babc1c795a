//! The control: documents with one mistake each. A judge that accepts one of them would prove nothing by accepting ours.

use consentry_core::{
    choice::{HowLong, Purpose},
    kind::Kind,
    smart::syntax::ScopeSyntax,
    version::FhirVersion,
};
use serde_json::{Value, json};

use crate::{
    consents::consent,
    judge::{Document, Judge},
};

/// A mistake: what it is, where, and the value that is put there; `null` takes the member away.
type Mistake = (&'static str, &'static str, Value);

/// Mistakes that the models must see in a release.
fn for_models(release: FhirVersion) -> Vec<Mistake> {
    let everywhere = [
        ("a member that FHIR does not have", "/allowedBy", json!("Paul")),
        ("no status", "/status", Value::Null),
        ("a status that is no text", "/status", json!({"code": "active"})),
        ("an identifier without its shape", "/identifier", json!("urn:uuid:1")),
        ("an action that is no concept", "/ACTION/0", json!("access")),
        ("a scope that is no coding", "/CLASSES/0", json!("patient/Patient.rs")),
        ("a scope with a member that codings do not have", "/CLASSES/0/text", json!("all")),
    ];
    let own = match release {
        FhirVersion::Stu3 => vec![
            ("no patient", "/patient", Value::Null),
            ("R4's scope", "/scope", json!({"text": "privacy"})),
            ("R4's provision", "/provision", json!({"type": "permit"})),
            ("R5's decision", "/decision", json!("deny")),
            ("identifiers in a list", "/identifier", json!([{"value": "1"}])),
            ("an actor without a role", "/actor/0/role", Value::Null),
            ("an actor without a reference", "/actor/0/reference", Value::Null),
            ("an exception that does not decide", "/except/0/type", Value::Null),
            ("a policy in R4's shape", "/policyRule", json!({"coding": [{"code": "OPTIN"}]})),
            ("a time that is none", "/dateTime", json!("in January")),
        ],
        FhirVersion::R4 | FhirVersion::R4b => vec![
            ("no scope", "/scope", Value::Null),
            ("no category", "/category", Value::Null),
            ("STU3's exceptions", "/except", json!([{"type": "permit"}])),
            ("R5's decision", "/decision", json!("deny")),
            ("R5's subject", "/subject", json!({"reference": "Patient/p1"})),
            ("the Consent's own period of STU3", "/period", json!({"end": "2026-07-15"})),
            ("two root rules", "/provision", json!([{"type": "permit"}])),
            ("a policy in STU3's shape", "/policyRule", json!("http://example.org/policy")),
            ("an actor without a role", "/provision/actor/0/role", Value::Null),
            ("a time that is none", "/dateTime", json!("in January")),
        ],
        FhirVersion::R5 => vec![
            ("R4's scope", "/scope", json!({"text": "privacy"})),
            ("R4's policy", "/policyRule", json!({"text": "deny"})),
            ("R4's patient", "/patient", json!({"reference": "Patient/p1"})),
            ("R4's performer", "/performer", json!([{"reference": "Patient/p1"}])),
            ("R4's type in a rule", "/provision/0/type", json!("permit")),
            ("R4's class in a rule", "/provision/0/class", json!([{"code": "patient/Patient.rs"}])),
            ("one rule without a list", "/provision", json!({"action": [{"text": "access"}]})),
            ("a moment where the day belongs", "/date", json!("2026-01-15T10:00:00Z")),
            ("the basis as a bare address", "/policyBasis", json!("http://example.org/policy")),
        ],
    };
    everywhere.into_iter().chain(own).collect()
}

/// Mistakes that the R4 package must see. It knows the codes of value sets, and looks less deep.
fn for_r4() -> Vec<Mistake> {
    vec![
        ("a status of R5", "/status", json!("not-done")),
        ("a status of nobody", "/status", json!("on")),
        ("no scope", "/scope", Value::Null),
        ("no category", "/category", Value::Null),
        ("a category that is no list", "/category", json!({"text": "x"})),
        ("R5's decision", "/decision", json!("deny")),
        ("STU3's exceptions", "/except", json!([{"type": "permit"}])),
        ("a time that is none", "/dateTime", json!("yesterday")),
    ]
}

fn with(release: FhirVersion, mistake: &Mistake) -> Document {
    let (name, path, value) = mistake;
    let mut document = consent(
        release,
        ScopeSyntax::V2Granular,
        &[Kind::AboutYou, Kind::LabTests],
        &Purpose::MyCare,
        &HowLong::ThreeMonths,
        false,
    );
    let (rule, classes) = match release {
        FhirVersion::Stu3 => ("/except/0", "class"),
        FhirVersion::R4 | FhirVersion::R4b => ("/provision/provision/0", "class"),
        FhirVersion::R5 => ("/provision/0", "documentType"),
    };
    let path =
        path.replace("/ACTION", &format!("{rule}/action")).replace("/CLASSES", &format!("{rule}/{classes}"));
    put(&mut document.resource, &path, value.clone());
    document.name = (*name).to_owned();
    document
}

fn put(resource: &mut Value, path: &str, value: Value) {
    let (holder, name) = path.rsplit_once('/').expect("a path");
    match resource.pointer_mut(holder).expect("the holder is there") {
        Value::Object(members) if value.is_null() => {
            assert!(members.remove(name).is_some(), "{path} is there to be taken away");
        }
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        other => panic!("{path}: {other}"),
    }
}

fn refused(judge: Judge, documents: &[Document]) {
    let all: Vec<&Document> = documents.iter().collect();
    let passed: Vec<String> = all
        .iter()
        .zip(judge.verdicts(&all))
        .filter(|(_, wrong)| wrong.is_none())
        .map(|(document, _)| format!("{} ({:?})", document.name, document.release))
        .collect();
    assert!(passed.is_empty(), "{judge:?} accepts: {}", passed.join(", "));
}

#[test]
fn the_models_refuse_every_mistake_in_every_release() {
    let documents: Vec<Document> = FhirVersion::ALL
        .into_iter()
        .flat_map(|release| {
            for_models(release).iter().map(|mistake| with(release, mistake)).collect::<Vec<_>>()
        })
        .collect();
    refused(Judge::Models, &documents);
}

#[test]
fn the_r4_package_refuses_every_mistake() {
    let documents: Vec<Document> = for_r4().iter().map(|mistake| with(FhirVersion::R4, mistake)).collect();
    refused(Judge::R4, &documents);
}

#[test]
fn a_consent_of_one_release_is_none_of_another() {
    let neighbours = [
        (FhirVersion::Stu3, FhirVersion::R4),
        (FhirVersion::R4, FhirVersion::Stu3),
        (FhirVersion::R4, FhirVersion::R5),
        (FhirVersion::R5, FhirVersion::R4),
        (FhirVersion::R5, FhirVersion::Stu3),
        (FhirVersion::Stu3, FhirVersion::R5),
    ];
    let documents = neighbours.map(|(written, claimed)| {
        let own = with(written, &("its own", "/language", json!("en")));
        Document { name: format!("{written:?} as {claimed:?}"), release: claimed, resource: own.resource }
    });
    refused(Judge::Models, &documents);
}
