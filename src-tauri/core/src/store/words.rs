//! Words inside kept JSON that may name somebody: names of hospitals, and what hospitals said. They are taken out before
//! anything is written, and go to disk sealed; without a keyring they stay in memory.
//!
//! Law: what is left in clear is enough to list and to stop.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::seal::SealKey;

/// Where words are, in lines of a journal and in entries of a list, and what stays there in clear.
const NAMING: [(&str, Option<&str>); 6] = [
    ("/problem/ehr", None),
    ("/problem/said", None),
    ("/problem/detail", None),
    ("/evidence/note", None),
    ("/recipient", None),
    // That there is one decides the state of a share.
    ("/trouble", Some("")),
];
const MARK: &str = "words";

/// The key of the words, or the words themselves where there is none.
#[derive(Debug, Default)]
pub(super) struct Words {
    key: Mutex<Option<SealKey>>,
    held: Mutex<HashMap<String, Map<String, Value>>>,
}

impl Words {
    /// Seals from now on.
    pub(super) fn seal_with(&self, key: SealKey) {
        *self.key.lock().unwrap_or_else(PoisonError::into_inner) = Some(key);
    }

    /// Takes the words out. `about` names the row and is kept with it.
    pub(super) fn take(&self, about: &str, json: &mut Value) {
        let mut words = Map::new();
        for (place, instead) in NAMING {
            if let Some(slot) = json.pointer_mut(place)
                && slot.is_string()
            {
                words.insert(place.to_owned(), std::mem::replace(slot, json!(instead)));
            }
        }
        let Some(members) = json.as_object_mut().filter(|_| !words.is_empty()) else { return };
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let sealed = key.as_ref().and_then(|key| key.seal(about, &words));
        let sealed = sealed.map(|bytes| BASE64_STANDARD.encode(bytes));
        if sealed.is_none() {
            self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(about.to_owned(), words);
        }
        members.insert(MARK.to_owned(), json!({"about": about, "sealed": sealed}));
    }

    /// Puts the words back, where they can be read here.
    pub(super) fn put_back(&self, json: &mut Value) {
        let Some(mark) = json.as_object_mut().and_then(|members| members.remove(MARK)) else { return };
        let Some(about) = mark.get("about").and_then(Value::as_str) else { return };
        let key = self.key.lock().unwrap_or_else(PoisonError::into_inner);
        let sealed = mark.get("sealed").and_then(Value::as_str).and_then(|s| BASE64_STANDARD.decode(s).ok());
        let words: Option<Map<String, Value>> = match sealed {
            Some(sealed) => key.as_ref().and_then(|key| key.open(about, &sealed)),
            None => self.held.lock().unwrap_or_else(PoisonError::into_inner).get(about).cloned(),
        };
        for (place, word) in words.unwrap_or_default() {
            if let Some(slot) = json.pointer_mut(&place) {
                *slot = word;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{SealKey, Words};

    fn line() -> Value {
        json!({"entry": "not-done", "problem": {"what": "gone", "ehr": "Tern Bay", "said": "No, Paul", "detail": null}})
    }

    #[test]
    fn words_leave_and_come_back() {
        for key in [None, Some(SealKey::fresh())] {
            let words = Words::default();
            key.into_iter().for_each(|key| words.seal_with(key));
            let mut json = line();
            words.take("line/1", &mut json);
            let kept = json.to_string();
            assert!(!kept.contains("Tern") && !kept.contains("Paul") && kept.contains("gone"), "{kept}");
            words.put_back(&mut json);
            assert_eq!(json, line());
        }
    }

    #[test]
    fn a_lost_key_costs_the_words_and_nothing_else() {
        let words = Words::default();
        words.seal_with(SealKey::fresh());
        let mut json = json!({"consent": "c1", "trouble": "Paul said so", "recipient": "Tern Bay"});
        words.take("entry/1", &mut json);
        Words::default().put_back(&mut json);
        assert_eq!(json, json!({"consent": "c1", "trouble": "", "recipient": null}));
    }

    #[test]
    fn what_has_no_words_is_left_alone() {
        let mut json = json!({"entry": "signed"});
        Words::default().take("line/1", &mut json);
        assert_eq!(json, json!({"entry": "signed"}));
        let mut text = json!("x");
        Words::default().take("line/1", &mut text);
        Words::default().put_back(&mut text);
        assert_eq!(text, json!("x"));
    }
}
