//! Finding a secret in bytes, also when it is encoded.

use std::collections::HashMap;

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};

/// Bytes that are compared first; a shorter secret cannot be searched for.
const KEY: usize = 8;

/// A secret and what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Canary {
    pub(crate) what: &'static str,
    pub(crate) text: String,
}

/// Every clothing, by name.
pub(crate) fn forms(secret: &str) -> Vec<(&'static str, Vec<u8>)> {
    let bytes = secret.as_bytes();
    let each = |write: fn(&u8) -> String, between: &str| {
        bytes.iter().map(write).collect::<Vec<_>>().join(between).into_bytes()
    };
    let mut forms = vec![
        ("plain", bytes.to_vec()),
        ("hex", each(|b| format!("{b:02x}"), "")),
        ("HEX", each(|b| format!("{b:02X}"), "")),
        ("hex, spaced", each(|b| format!("{b:02x}"), " ")),
        ("percent-encoded", each(|b| format!("%{b:02X}"), "")),
        ("form-encoded", url::form_urlencoded::byte_serialize(bytes).collect::<String>().into_bytes()),
        ("numbers", each(ToString::to_string, ", ")),
        ("numbers, close", each(ToString::to_string, ",")),
        ("UTF-16LE", secret.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        ("UTF-16BE", secret.encode_utf16().flat_map(u16::to_be_bytes).collect()),
    ];
    // In the middle of something larger, base64 looks in three ways; the edges depend on the neighbours.
    for before in 0..3_usize {
        let padded = [&vec![b'x'; before][..], bytes].concat();
        let sure = |text: String| {
            let (from, to) = ((before * 8).div_ceil(6), padded.len() * 8 / 6);
            text.as_bytes().get(from..to).unwrap_or_default().to_vec()
        };
        forms.push(("base64", sure(BASE64_STANDARD.encode(&padded))));
        forms.push(("base64url", sure(BASE64_URL_SAFE_NO_PAD.encode(&padded))));
    }
    forms
}

/// All secrets in all clothings, ready to be searched for in one pass.
pub(crate) struct Search {
    needles: Vec<(String, Vec<u8>)>,
    by_key: HashMap<[u8; KEY], Vec<usize>>,
}

impl Search {
    pub(crate) fn of(canaries: &[Canary]) -> Self {
        let (mut needles, mut by_key) = (Vec::new(), HashMap::<_, Vec<usize>>::new());
        for canary in canaries {
            assert!(canary.text.len() >= KEY, "too short to search for: {canary:?}");
            for (form, needle) in forms(&canary.text) {
                let key = *needle.first_chunk::<KEY>().expect("no form is shorter");
                by_key.entry(key).or_default().push(needles.len());
                needles.push((format!("{}, {form}: {}", canary.what, canary.text), needle));
            }
        }
        Self { needles, by_key }
    }

    /// What of it is in there.
    pub(crate) fn found(&self, hay: &[u8]) -> Vec<String> {
        let mut found: Vec<String> = hay
            .windows(KEY)
            .enumerate()
            .filter_map(|(at, window)| Some((at, self.by_key.get(window)?)))
            .flat_map(|(at, candidates)| {
                candidates.iter().filter_map(move |one| {
                    let (name, needle) = self.needles.get(*one)?;
                    hay.get(at..)?.starts_with(needle).then(|| name.clone())
                })
            })
            .collect();
        found.sort();
        found.dedup();
        found
    }
}

#[test]
fn a_planted_secret_is_found_in_every_clothing() {
    let secret = Canary { what: "planted", text: "s3cret-Tok.en_value~91".to_owned() };
    let search = Search::of(std::slice::from_ref(&secret));
    for (form, clothed) in forms(&secret.text) {
        let hay = [b"2026-01-01T00:00:00Z INFO consentry: exchange ", &clothed[..], b" done\n"].concat();
        let found = search.found(&hay);
        assert!(found.iter().any(|f| f.contains(form)), "{form}: {found:?}");
    }
    for before in 0..7 {
        let around = format!("{}{}{}", "a".repeat(before), secret.text, "z".repeat(before));
        for text in [BASE64_STANDARD.encode(&around), BASE64_URL_SAFE_NO_PAD.encode(&around)] {
            assert!(!search.found(text.as_bytes()).is_empty(), "{before} bytes into something larger");
        }
        let debug = format!("{:?}", around.as_bytes());
        assert!(!search.found(debug.as_bytes()).is_empty(), "as Debug prints bytes");
        let json = serde_json::to_string(&around).expect("JSON");
        assert!(!search.found(json.as_bytes()).is_empty());
    }
}

#[test]
fn what_is_not_there_is_not_found() {
    let secret = Canary { what: "absent", text: "s3cret-Tok.en_value~91".to_owned() };
    let search = Search::of(&[secret]);
    assert!(search.found(b"s3cret-Tok.en_value~9 and 2 other things").is_empty());
    assert!(search.found(b"").is_empty());
}
