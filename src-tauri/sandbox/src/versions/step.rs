//! The differences between R4 and another release, each with its way back.
//!
//! A step works on every object at its path; lists on the way are crossed. Paths and names are R4's unless told
//! otherwise, and a step sees what the steps before it left.

use serde_json::{Map, Value, json};

/// A resource, or an object in it.
pub(super) type Object = Map<String, Value>;

/// One difference.
pub(super) struct Step {
    /// Path of the objects that differ, dotted; empty is the resource itself.
    at: &'static str,
    change: Change,
}

enum Change {
    Renamed(&'static str, &'static str),
    First(&'static str),
    Listed(&'static str),
    Inside(&'static str, &'static str),
    Concept(&'static str),
    Plain(&'static str, &'static str),
    Coded(&'static str, &'static str),
    Words(&'static str, &'static [(&'static str, &'static str)]),
    Reasons(&'static str, &'static str, &'static str),
    Gone(&'static str),
    New(&'static str, Given),
    OneWay(fn(&mut Object)),
    Other(fn(&mut Object), fn(&mut Object)),
}

/// A value that the other release requires and R4 does not have.
#[derive(Clone, Copy)]
pub(super) enum Given {
    No,
    Code(&'static str),
}

/// The element has another name there.
pub(super) const fn renamed(at: &'static str, here: &'static str, there: &'static str) -> Step {
    Step { at, change: Change::Renamed(here, there) }
}

/// A list here, one value there: the first goes, the rest is dropped.
pub(super) const fn first(at: &'static str, name: &'static str) -> Step {
    Step { at, change: Change::First(name) }
}

/// One value here, a list there: on the way back the first is kept.
pub(super) const fn listed(at: &'static str, name: &'static str) -> Step {
    Step { at, change: Change::Listed(name) }
}

/// Each value is the only `member` of an object there. On the way back, values without that member are dropped.
pub(super) const fn inside(at: &'static str, name: &'static str, member: &'static str) -> Step {
    Step { at, change: Change::Inside(name, member) }
}

/// Each Coding is a CodeableConcept there. On the way back its first Coding is kept.
pub(super) const fn concept(at: &'static str, name: &'static str) -> Step {
    Step { at, change: Change::Concept(name) }
}

/// A CodeableConcept here, a code there. Display and text are dropped; the way back knows the system.
pub(super) const fn plain(at: &'static str, name: &'static str, system: &'static str) -> Step {
    Step { at, change: Change::Plain(name, system) }
}

/// A code here, a CodeableConcept there.
pub(super) const fn coded(at: &'static str, name: &'static str, system: &'static str) -> Step {
    Step { at, change: Change::Coded(name, system) }
}

/// Some codes have another word there. Of two words for one, the way back takes the first.
pub(super) const fn words(
    at: &'static str,
    name: &'static str,
    pairs: &'static [(&'static str, &'static str)],
) -> Step {
    Step { at, change: Change::Words(name, pairs) }
}

/// A list of concepts and a list of references here, one list of CodeableReferences there (R5).
pub(super) const fn reasons(
    at: &'static str,
    concepts: &'static str,
    references: &'static str,
    there: &'static str,
) -> Step {
    Step { at, change: Change::Reasons(concepts, references, there) }
}

/// The other release has no place for it.
pub(super) const fn gone(at: &'static str, name: &'static str) -> Step {
    Step { at, change: Change::Gone(name) }
}

/// The other release requires it, R4 does not know it.
pub(super) const fn new(at: &'static str, name: &'static str, given: Given) -> Step {
    Step { at, change: Change::New(name, given) }
}

/// A difference without a way back: what was dropped does not return, and what nobody copies need not.
pub(super) const fn one_way(at: &'static str, there: fn(&mut Object)) -> Step {
    Step { at, change: Change::OneWay(there) }
}

/// A difference that is like no other, with its way back.
pub(super) const fn other(at: &'static str, there: fn(&mut Object), back: fn(&mut Object)) -> Step {
    Step { at, change: Change::Other(there, back) }
}

impl Step {
    /// From R4 to the other release.
    pub(super) fn there(&self, resource: &mut Value) {
        each(resource, self.at, &mut |object| match self.change {
            Change::Renamed(here, there) => rename(object, here, there),
            Change::First(name) => first_of(object, name),
            Change::Listed(name) => list_of(object, name),
            Change::Inside(name, member) => map(object, name, |value| Some(json!({member: value}))),
            Change::Concept(name) => map(object, name, |coding| Some(json!({"coding": [coding]}))),
            Change::Plain(name, _) => map(object, name, |concept| code_of(&concept)),
            Change::Coded(name, system) => map(object, name, |code| concept_of(code, system)),
            Change::Words(name, pairs) => map(object, name, |code| Some(word(code, pairs.iter().copied()))),
            Change::Reasons(concepts, references, there) => {
                let mut reasons = wrapped(object.remove(concepts), "concept");
                reasons.append(&mut wrapped(object.remove(references), "reference"));
                put(object, there, reasons);
            }
            Change::Gone(name) => drop(object.remove(name)),
            Change::New(name, given) => {
                let given = match given {
                    Given::No => json!(false),
                    Given::Code(code) => json!(code),
                };
                object.entry(name).or_insert(given);
            }
            Change::OneWay(there) | Change::Other(there, _) => there(object),
        });
    }

    /// From the other release to R4.
    pub(super) fn back(&self, resource: &mut Value) {
        each(resource, self.at, &mut |object| match self.change {
            Change::Renamed(here, there) => rename(object, there, here),
            Change::First(name) => list_of(object, name),
            Change::Listed(name) => first_of(object, name),
            Change::Inside(name, member) => {
                map(object, name, |mut value| Some(value.get_mut(member)?.take()))
            }
            Change::Concept(name) => {
                map(object, name, |mut value| Some(value.pointer_mut("/coding/0")?.take()))
            }
            Change::Plain(name, system) => map(object, name, |code| concept_of(code, system)),
            Change::Coded(name, _) => map(object, name, |concept| code_of(&concept)),
            Change::Words(name, pairs) => {
                map(object, name, |code| Some(word(code, pairs.iter().map(|(here, there)| (*there, *here)))));
            }
            Change::Reasons(concepts, references, there) => {
                let reasons = object.remove(there);
                for (name, member) in [(concepts, "concept"), (references, "reference")] {
                    put(object, name, unwrapped(reasons.as_ref(), member));
                }
            }
            Change::Gone(_) | Change::OneWay(_) => {}
            Change::New(name, _) => drop(object.remove(name)),
            Change::Other(_, back) => back(object),
        });
    }
}

/// Calls back for every object at a path.
fn each(value: &mut Value, path: &str, see: &mut dyn FnMut(&mut Object)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each(item, path, see)),
        Value::Object(object) if path.is_empty() => see(object),
        Value::Object(object) => {
            let (name, rest) = path.split_once('.').unwrap_or((path, ""));
            if let Some(member) = object.get_mut(name) {
                each(member, rest, see);
            }
        }
        _ => {}
    }
}

/// Changes a member, or each item of it; what becomes nothing is left out, and so is a list that ends up empty.
fn map(object: &mut Object, name: &str, change: impl Fn(Value) -> Option<Value>) {
    let changed = match object.remove(name) {
        None => None,
        Some(Value::Array(items)) => {
            let items: Vec<Value> = items.into_iter().filter_map(change).collect();
            (!items.is_empty()).then_some(Value::Array(items))
        }
        Some(value) => change(value),
    };
    if let Some(value) = changed {
        object.insert(name.to_owned(), value);
    }
}

fn rename(object: &mut Object, from: &str, to: &str) {
    if let Some(value) = object.remove(from) {
        object.insert(to.to_owned(), value);
    }
}

/// Inserts a list, unless it is empty: FHIR JSON has no empty lists.
pub(super) fn put(object: &mut Object, name: &str, items: Vec<Value>) {
    if !items.is_empty() {
        object.insert(name.to_owned(), Value::Array(items));
    }
}

pub(super) fn first_of(object: &mut Object, name: &str) {
    if let Some(Value::Array(items)) = object.get_mut(name) {
        match items.first_mut().map(Value::take) {
            Some(value) => object.insert(name.to_owned(), value),
            None => object.remove(name),
        };
    }
}

fn list_of(object: &mut Object, name: &str) {
    if let Some(value) = object.get_mut(name).filter(|value| !value.is_array()) {
        *value = Value::Array(vec![value.take()]);
    }
}

/// The code of a concept's first Coding.
pub(super) fn code_of(concept: &Value) -> Option<Value> {
    concept.pointer("/coding/0/code").cloned()
}

fn concept_of(code: Value, system: &str) -> Option<Value> {
    code.is_string().then(|| json!({"coding": [{"system": system, "code": code}]}))
}

fn word<'a>(code: Value, mut pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Value {
    pairs.find(|(from, _)| code == *from).map_or(code, |(_, to)| json!(to))
}

/// The items of a list, each as the only `member` of an object.
pub(super) fn wrapped(list: Option<Value>, member: &str) -> Vec<Value> {
    let items = match list {
        Some(Value::Array(items)) => items,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    items.into_iter().map(|item| json!({member: item})).collect()
}

/// The `member`s of a list's items, where they have one.
pub(super) fn unwrapped(list: Option<&Value>, member: &str) -> Vec<Value> {
    let items = list.and_then(Value::as_array).into_iter().flatten();
    items.filter_map(|item| item.get(member).cloned()).collect()
}
