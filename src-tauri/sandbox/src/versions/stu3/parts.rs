//! The differences of STU3 that are like no other. Each function changes one object; pairs are each other's way back.

use serde_json::{Value, json};

use super::super::step::{Object, code_of, first_of, put};

/// STU3 has no `Meta.source`; later releases name this extension for it.
const SOURCE: &str = "http://hl7.org/fhir/4.0/StructureDefinition/extension-Meta.source";
const RFC_3986: &str = "urn:ietf:rfc:3986";
const DICOM_UID: &str = "urn:dicom:uid";
const COVERAGE_CLASS: &str = "http://terminology.hl7.org/CodeSystem/coverage-class";
const ACHIEVEMENT: &str = "http://terminology.hl7.org/CodeSystem/goal-achievement";

pub(super) fn source_there(meta: &mut Object) {
    if let Some(source) = meta.remove("source") {
        put(meta, "extension", vec![json!({"url": SOURCE, "valueUri": source})]);
    }
}

pub(super) fn source_back(meta: &mut Object) {
    let extensions = meta.remove("extension");
    let (source, rest): (Vec<Value>, Vec<Value>) = extensions
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .cloned()
        .partition(|extension| extension.get("url").is_some_and(|url| url == SOURCE));
    if let Some(uri) = source.first().and_then(|extension| extension.get("valueUri")) {
        meta.insert("source".to_owned(), uri.clone());
    }
    put(meta, "extension", rest);
}

/// The value of the extension.
pub(in crate::versions) fn source_of(resource: &Value) -> Option<&Value> {
    let extensions = resource.pointer("/meta/extension")?.as_array()?;
    extensions.iter().find(|extension| extension.get("url").is_some_and(|url| url == SOURCE))?.get("valueUri")
}

/// STU3: who acted is a reference or an identifier of its own.
pub(super) fn old_agent(agent: &mut Object) {
    let Some(mut who) = agent.remove("who") else { return };
    match who.get_mut("identifier").map(Value::take) {
        Some(identifier) => agent.insert("userId".to_owned(), identifier),
        None => agent.insert("reference".to_owned(), who),
    };
}

/// STU3: who wrote it down is an identifier and the name of a place.
pub(super) fn old_observer(source: &mut Object) {
    if let Some(name) = source.remove("observer").and_then(|observer| observer.get("display").cloned()) {
        source.insert("identifier".to_owned(), json!({"value": name}));
        source.insert("site".to_owned(), name);
    }
}

/// STU3 groups what R4 lists as classes; classes that are no part of a group are dropped.
const GROUPS: [(&str, &str, &str); 6] = [
    ("group", "group", "groupDisplay"),
    ("subgroup", "subGroup", "subGroupDisplay"),
    ("plan", "plan", "planDisplay"),
    ("subplan", "subPlan", "subPlanDisplay"),
    ("class", "class", "classDisplay"),
    ("subclass", "subClass", "subClassDisplay"),
];

pub(super) fn grouping_there(coverage: &mut Object) {
    let classes = coverage.remove("class");
    let mut grouping = Object::new();
    for class in classes.as_ref().and_then(Value::as_array).into_iter().flatten() {
        let code = class.get("type").and_then(code_of);
        let group = GROUPS.iter().find(|(kind, ..)| code.as_ref().is_some_and(|code| code == kind));
        if let Some((_, value, display)) = group {
            for (from, to) in [("value", value), ("name", display)] {
                if let Some(text) = class.get(from) {
                    grouping.insert((*to).to_owned(), text.clone());
                }
            }
        }
    }
    if !grouping.is_empty() {
        coverage.insert("grouping".to_owned(), Value::Object(grouping));
    }
}

pub(super) fn grouping_back(coverage: &mut Object) {
    let Some(grouping) = coverage.remove("grouping") else { return };
    let classes = GROUPS.iter().filter_map(|(kind, value, display)| {
        let mut class = json!({
            "type": {"coding": [{"system": COVERAGE_CLASS, "code": kind}]},
            "value": grouping.get(value)?,
        });
        if let (Some(name), Some(class)) = (grouping.get(display), class.as_object_mut()) {
            class.insert("name".to_owned(), name.clone());
        }
        Some(class)
    });
    put(coverage, "class", classes.collect());
}

/// STU3 has one status where R4 says how far a goal is and how it goes. The first fit counts.
const GOAL: [(&str, Option<&str>, &str); 11] = [
    ("active", Some("achieved"), "achieved"),
    ("active", Some("improving"), "on-target"),
    ("active", Some("sustaining"), "sustaining"),
    ("active", Some("worsening"), "behind-target"),
    ("active", None, "in-progress"),
    ("completed", None, "achieved"),
    ("proposed", None, "proposed"),
    ("accepted", None, "accepted"),
    ("planned", None, "planned"),
    ("on-hold", None, "on-hold"),
    ("cancelled", None, "cancelled"),
];

pub(super) fn goal_there(goal: &mut Object) {
    let cycle = goal.remove("lifecycleStatus");
    let achieved = goal.remove("achievementStatus").as_ref().and_then(code_of);
    let fit = GOAL.iter().find(|(stage, achievement, _)| {
        cycle.as_ref().is_some_and(|cycle| cycle == stage)
            && achievement.is_none_or(|wanted| achieved.as_ref().is_some_and(|code| code == wanted))
    });
    // What is left has the same word in both.
    let status = fit.map(|(.., status)| json!(status)).or(cycle);
    goal.extend(status.map(|status| ("status".to_owned(), status)));
}

pub(super) fn goal_back(goal: &mut Object) {
    let Some(status) = goal.remove("status") else { return };
    match GOAL.iter().find(|(.., word)| status == *word) {
        Some((stage, achievement, _)) => {
            goal.insert("lifecycleStatus".to_owned(), json!(stage));
            if let Some(code) = achievement {
                let achievement = json!({"coding": [{"system": ACHIEVEMENT, "code": code}]});
                goal.insert("achievementStatus".to_owned(), achievement);
            }
        }
        None => drop(goal.insert("lifecycleStatus".to_owned(), status)),
    }
}

/// STU3: a study is named by its uid, and says how its pictures can be had.
pub(super) fn study_there(study: &mut Object) {
    let identifiers = study.remove("identifier");
    let (uids, rest): (Vec<Value>, Vec<Value>) = identifiers
        .as_ref()
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .cloned()
        .partition(|identifier| identifier.get("system").is_some_and(|system| system == DICOM_UID));
    if let Some(uid) = uids.first().and_then(|identifier| identifier.get("value")) {
        study.insert("uid".to_owned(), uid.clone());
    }
    put(study, "identifier", rest);
    if study.remove("status").is_some_and(|status| status == "available") {
        study.insert("availability".to_owned(), json!("ONLINE"));
    }
}

pub(super) fn study_back(study: &mut Object) {
    let mut identifiers = match study.remove("identifier") {
        Some(Value::Array(identifiers)) => identifiers,
        _ => Vec::new(),
    };
    if let Some(uid) = study.remove("uid") {
        identifiers.insert(0, json!({"system": DICOM_UID, "value": uid}));
    }
    put(study, "identifier", identifiers);
    let online = study.remove("availability").is_some_and(|availability| availability == "ONLINE");
    study.insert("status".to_owned(), json!(if online { "available" } else { "unknown" }));
}

/// STU3 writes a DICOM uid as a URI.
pub(super) fn uid_there(object: &mut Object) {
    if let Some(uid) = object.get("uid").and_then(Value::as_str) {
        let uid = format!("urn:oid:{uid}");
        object.insert("uid".to_owned(), json!(uid));
    }
}

pub(super) fn uid_back(object: &mut Object) {
    if let Some(uid) = object.get("uid").and_then(Value::as_str).and_then(|uid| uid.strip_prefix("urn:oid:"))
    {
        let uid = uid.to_owned();
        object.insert("uid".to_owned(), json!(uid));
    }
}

pub(super) fn instance_there(instance: &mut Object) {
    uid_there(instance);
    if let Some(code) = instance.remove("sopClass").and_then(|class| class.get("code").cloned()) {
        instance.insert("sopClass".to_owned(), code);
    }
}

pub(super) fn instance_back(instance: &mut Object) {
    uid_back(instance);
    if let Some(code) = instance.remove("sopClass") {
        instance.insert("sopClass".to_owned(), json!({"system": RFC_3986, "code": code}));
    }
}

/// STU3: only practitioners vaccinate.
pub(super) fn vaccinator_there(immunization: &mut Object) {
    if let Some(Value::Array(mut performers)) = immunization.remove("performer") {
        performers.retain(|performer| {
            let reference = performer.pointer("/actor/reference").and_then(Value::as_str);
            reference.is_some_and(|reference| reference.contains("Practitioner/"))
        });
        put(immunization, "performer", performers);
    }
}

/// STU3 has one dose and rate, in the dosage itself.
const DOSES: [&str; 5] = ["doseQuantity", "doseRange", "rateQuantity", "rateRange", "rateRatio"];

pub(super) fn dose_there(dosage: &mut Object) {
    first_of(dosage, "doseAndRate");
    if let Some(Value::Object(mut dose)) = dosage.remove("doseAndRate") {
        for name in DOSES {
            dosage.extend(dose.remove(name).map(|value| (name.to_owned(), value)));
        }
    }
}

pub(super) fn dose_back(dosage: &mut Object) {
    let mut dose = Object::new();
    for name in DOSES {
        dose.extend(dosage.remove(name).map(|value| (name.to_owned(), value)));
    }
    if !dose.is_empty() {
        put(dosage, "doseAndRate", vec![Value::Object(dose)]);
    }
}

/// STU3 counts repeats from 1.
pub(super) fn repeats_there(dispense: &mut Object) {
    if dispense.get("numberOfRepeatsAllowed").is_some_and(|repeats| repeats == 0) {
        dispense.remove("numberOfRepeatsAllowed");
    }
}
