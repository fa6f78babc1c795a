//! One resource in every FHIR release. The records are made up once, in R4; here they are written in the release of
//! the EHR, and what another EHR shared in its own release comes back to R4.
//!
//! The law kept here: for each type there is one list of steps, and each step has its way back (`stu3`, `r5`; R4B
//! changed none of these types). What a release has no place for is named in those lists and dropped; elements that
//! no list names pass unchanged. A Consent never comes here: it stays as the patient wrote it.

mod r5;
mod step;
mod stu3;

use serde_json::Value;

use crate::ways::FhirVersion;
use step::Step;

/// Writes an R4 resource in another release.
pub(crate) fn native(version: FhirVersion, mut resource: Value) -> Value {
    for step in steps(version, &resource) {
        step.there(&mut resource);
    }
    if version == FhirVersion::Stu3 {
        stu3::write_systems(&mut resource);
    }
    resource
}

/// Writes a resource of another release in R4.
pub(crate) fn home(version: FhirVersion, mut resource: Value) -> Value {
    if version == FhirVersion::Stu3 {
        stu3::read_systems(&mut resource);
    }
    for step in steps(version, &resource).iter().rev() {
        step.back(&mut resource);
    }
    resource
}

/// Where a resource of a release came from, `Meta.source`; none for an EHR's own.
pub(crate) fn source(version: FhirVersion, resource: &Value) -> Option<&str> {
    let source = match version {
        FhirVersion::Stu3 => stu3::source_of(resource),
        FhirVersion::R4 | FhirVersion::R4b | FhirVersion::R5 => resource.pointer("/meta/source"),
    };
    source?.as_str()
}

/// The steps of the type, from R4 to the release.
fn steps(version: FhirVersion, resource: &Value) -> Vec<&'static Step> {
    let (all, types) = match version {
        FhirVersion::R4 | FhirVersion::R4b => return Vec::new(),
        FhirVersion::Stu3 => (stu3::ALL, stu3::TYPES),
        FhirVersion::R5 => (r5::ALL, r5::TYPES),
    };
    let kind = resource.get("resourceType").and_then(Value::as_str).unwrap_or_default();
    let own = types.iter().filter(|(name, _)| *name == kind).flat_map(|(_, steps)| *steps);
    all.iter().chain(own).collect()
}

#[cfg(test)]
mod tests;
