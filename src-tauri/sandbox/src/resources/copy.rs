//! Keeping a resource that another EHR shared: under an id of our own, about our patient, marked with where it came from.
//!
//! The laws kept here: storing the same thing twice changes nothing; a copy never becomes the patient's main record
//! (R4 `Patient.link`, type `refer`); a reference to a person other than the shared patient is never turned into
//! that patient, so that a mother's history cannot end up as her child's.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::types::Served;
use super::write::{self, Origin};
use super::{Resources, StoreError, Stored, current, index, name_of};
use crate::versions;
use crate::ways::FhirVersion;

impl Resources {
    /// Stores one resource as fetched from `source_base` (the FHIR base it was read from), which speaks `release`, in
    /// the release spoken here. Returns whether it is new
    /// or changed. Left out, and `false`: types that only their own EHR can vouch for (Consent, AuditEvent), and what
    /// is itself a copy there, or two EHRs that share both ways would copy each other's copies without end.
    pub(crate) fn put_copy(
        &self,
        source_base: &str,
        release: FhirVersion,
        patient_here: &str,
        fetched: &Value,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut copy = versions::home(release, fetched.clone());
        let (resource_type, id) = name_of(fetched).ok_or(StoreError::Nameless)?;
        let served = write::known(resource_type)?;
        if !served.copied || copy.pointer("/meta/source").is_some() {
            return Ok(false);
        }
        let from = Source {
            base: source_base.trim_end_matches('/'),
            patient_here,
            patient_there: patient_of(served, &copy),
        };
        let local = from.local_id(resource_type, id);
        let digest = Sha256::digest(fetched.to_string()).to_vec();

        let mut db = self.lock();
        let tx = db.transaction()?;
        let kept: Option<Vec<u8>> = tx
            .prepare_cached("SELECT digest FROM fhir_resource WHERE type = ?1 AND id = ?2")?
            .query_row(params![resource_type, local], |row| row.get(0))
            .optional()?;
        if kept.as_ref() == Some(&digest) {
            return Ok(false);
        }

        let mut awaited = Vec::new();
        let here = |kind: &str, id: &str| current(&tx, kind, id).map(|found| found.is_some());
        from.rewrite(&mut copy, &here, &mut awaited)?;
        from.mark(&mut copy, resource_type);
        let copy = versions::native(self.version, copy);
        let before = current(&tx, resource_type, &local)?;
        if let Some(before) = &before {
            write::remember(&tx, resource_type, before)?;
        }
        let version = before.map_or(1, |before| before.version.saturating_add(1));
        let stored = write::version(resource_type, &local, version, copy, Some(patient_here), now)?;
        let origin = Origin { source: from.base.to_owned(), digest };
        let key = write::put(&tx, served, &stored, Some(&origin))?;

        tx.prepare_cached("DELETE FROM fhir_awaited WHERE resource = ?1")?.execute([key])?;
        for url in awaited {
            tx.prepare_cached(
                "INSERT OR IGNORE INTO fhir_awaited (url, patient, resource) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![url, patient_here, key])?;
        }
        from.arrived(&tx, resource_type, id, now)?;
        tx.commit()?;
        Ok(true)
    }
}

/// Whose resources are being copied from where.
struct Source<'a> {
    base: &'a str,
    patient_here: &'a str,
    /// The patient's id at the source, as this resource names it.
    patient_there: Option<String>,
}

impl Source<'_> {
    /// The id of the copy. The patient is part of it, so that two people's copies never share a row.
    fn local_id(&self, resource_type: &str, id: &str) -> String {
        let mut hash = Sha256::new();
        for part in [self.base, resource_type, id, self.patient_here] {
            hash.update(part.as_bytes());
            hash.update([0]);
        }
        hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Turns references towards what is here; what is not here keeps pointing at the source and is noted as awaited.
    fn rewrite(
        &self,
        value: &mut Value,
        here: &impl Fn(&str, &str) -> Result<bool, StoreError>,
        awaited: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        match value {
            Value::Array(items) => items.iter_mut().try_for_each(|item| self.rewrite(item, here, awaited)),
            Value::Object(object) => object.iter_mut().try_for_each(|(name, member)| match member {
                Value::String(text) if name == "reference" => {
                    if let Some(new) = self.reference(text, here, awaited)? {
                        *text = new;
                    }
                    Ok(())
                }
                other => self.rewrite(other, here, awaited),
            }),
            _ => Ok(()),
        }
    }

    fn reference(
        &self,
        text: &str,
        here: &impl Fn(&str, &str) -> Result<bool, StoreError>,
        awaited: &mut Vec<String>,
    ) -> Result<Option<String>, StoreError> {
        let relative = text.strip_prefix(self.base).map_or(text, |rest| rest.trim_start_matches('/'));
        let Some((kind, id)) = local_reference(relative) else {
            return Ok(None);
        };
        if kind == "Patient" && self.patient_there.as_deref() == Some(id) {
            return Ok(Some(format!("Patient/{}", self.patient_here)));
        }
        let local = self.local_id(kind, id);
        if here(kind, &local)? {
            return Ok(Some(format!("{kind}/{local}")));
        }
        let url = format!("{}/{kind}/{id}", self.base);
        awaited.push(url.clone());
        Ok(Some(url))
    }

    fn mark(&self, copy: &mut Value, resource_type: &str) {
        let Some(resource) = copy.as_object_mut() else {
            return;
        };
        let meta = resource.entry("meta").or_insert_with(|| Value::Object(Map::new()));
        if let Some(meta) = meta.as_object_mut() {
            meta.insert("source".to_owned(), json!(self.base));
        }
        if resource_type == "Patient" {
            let main =
                json!({"other": {"reference": format!("Patient/{}", self.patient_here)}, "type": "refer"});
            resource.insert("link".to_owned(), json!([main]));
        }
    }

    /// Points earlier copies that were waiting for this one at it.
    fn arrived(
        &self,
        db: &rusqlite::Connection,
        resource_type: &str,
        id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let url = format!("{}/{resource_type}/{id}", self.base);
        let local = format!("{resource_type}/{}", self.local_id(resource_type, id));
        let waiting: Vec<(String, String)> = db
            .prepare_cached(
                "SELECT r.type, r.id FROM fhir_awaited a JOIN fhir_resource r ON r.key = a.resource
                 WHERE a.url = ?1 AND a.patient = ?2",
            )?
            .query_map(params![url, self.patient_here], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (kind, id) in waiting {
            if let Some(before) = current(db, &kind, &id)? {
                let json = pointed_at(&before, &url, &local);
                write::replace(db, &kind, &before, json, now)?;
            }
        }
        db.prepare_cached("DELETE FROM fhir_awaited WHERE url = ?1 AND patient = ?2")?
            .execute(params![url, self.patient_here])?;
        Ok(())
    }
}

fn pointed_at(before: &Stored, url: &str, local: &str) -> Value {
    fn walk(value: &mut Value, url: &str, local: &str) {
        match value {
            Value::Array(items) => items.iter_mut().for_each(|item| walk(item, url, local)),
            Value::Object(object) => {
                for (name, member) in object {
                    match member {
                        Value::String(text) if name == "reference" && text == url => local.clone_into(text),
                        other => walk(other, url, local),
                    }
                }
            }
            _ => {}
        }
    }
    let mut json = before.json.clone();
    walk(&mut json, url, local);
    json
}

/// The patient's id at the source, by the elements that put the resource in the compartment.
fn patient_of(served: &Served, json: &Value) -> Option<String> {
    if served.name == "Patient" {
        return json.get("id")?.as_str().map(str::to_owned);
    }
    served
        .patient
        .iter()
        .flat_map(|path| index::at(json, path))
        .filter_map(|element| element.get("reference")?.as_str())
        .find_map(|text| text.rsplit_once("Patient/").map(|(_, id)| id.to_owned()))
}

/// `Type/id`, and nothing else: no fragment, no URL, no version.
fn local_reference(text: &str) -> Option<(&str, &str)> {
    let (kind, id) = text.split_once('/')?;
    let kind_fits = kind.starts_with(|first: char| first.is_ascii_uppercase())
        && kind.bytes().all(|byte| byte.is_ascii_alphabetic());
    let id_fits = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
    (kind_fits && id_fits).then_some((kind, id))
}
