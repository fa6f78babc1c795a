//! JSON from outside, read with bounds: UTF-8 only, at most 64 levels, no name twice in an object, nothing
//! after the end. serde_json alone keeps the last of two equal names without a word; two readers of one
//! document could then disagree about what it says.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Number, Value};

use super::HttpError;

/// The deepest nesting that is read.
const DEPTH: usize = 64;

/// Reads a value.
///
/// # Errors
/// [`HttpError::Unreadable`] for anything outside the bounds or of another shape.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, HttpError> {
    serde_json::from_value(value(bytes)?).map_err(|_| HttpError::Unreadable)
}

/// Reads a document as it is.
///
/// # Errors
/// [`HttpError::Unreadable`] for anything outside the bounds.
pub fn value(bytes: &[u8]) -> Result<Value, HttpError> {
    let text = std::str::from_utf8(bytes).map_err(|_| HttpError::Unreadable)?;
    if deepest(bytes) > DEPTH {
        return Err(HttpError::Unreadable);
    }
    // The bounds are checked above and inside `Once`; the library's text may quote a secret.
    serde_json::from_str::<Once>(text).map(|Once(value)| value).map_err(|_| HttpError::Unreadable)
}

fn deepest(bytes: &[u8]) -> usize {
    let (mut depth, mut most, mut quoted, mut escaped) = (0_usize, 0_usize, false, false);
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth = depth.saturating_add(1);
                most = most.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// A value in which no object has a name twice.
struct Once(Value);

impl<'de> Deserialize<'de> for Once {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OnceVisitor)
    }
}

struct OnceVisitor;

impl<'de> Visitor<'de> for OnceVisitor {
    type Value = Once;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Once, E> {
        Ok(Once(Value::Null))
    }

    fn visit_bool<E: de::Error>(self, v: bool) -> Result<Once, E> {
        Ok(Once(Value::Bool(v)))
    }

    fn visit_i64<E: de::Error>(self, v: i64) -> Result<Once, E> {
        Ok(Once(v.into()))
    }

    fn visit_u64<E: de::Error>(self, v: u64) -> Result<Once, E> {
        Ok(Once(v.into()))
    }

    fn visit_f64<E: de::Error>(self, v: f64) -> Result<Once, E> {
        Number::from_f64(v).map(|n| Once(Value::Number(n))).ok_or_else(|| E::custom("number"))
    }

    fn visit_str<E: de::Error>(self, v: &str) -> Result<Once, E> {
        Ok(Once(Value::String(v.to_owned())))
    }

    fn visit_string<E: de::Error>(self, v: String) -> Result<Once, E> {
        Ok(Once(Value::String(v)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Once, A::Error> {
        let mut items = Vec::new();
        while let Some(Once(item)) = seq.next_element()? {
            items.push(item);
        }
        Ok(Once(Value::Array(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Once, A::Error> {
        let mut members = Map::new();
        while let Some((name, Once(item))) = map.next_entry::<String, Once>()? {
            if members.insert(name, item).is_some() {
                return Err(de::Error::custom("name twice"));
            }
        }
        Ok(Once(Value::Object(members)))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::value;

    #[test]
    fn reads_what_it_should() {
        let text = r#"{"a":[1,-2,2.5,true,null,"[[{\"x\\"],"b":{"a":{}}}"#;
        assert_eq!(value(text.as_bytes()), Ok(json!({"a":[1,-2,2.5,true,null,"[[{\"x\\"],"b":{"a":{}}})));
    }

    #[test]
    fn refuses_a_name_that_comes_twice() {
        assert!(value(br#"{"iss":"a","iss":"b"}"#).is_err());
        assert!(value(br#"{"x":[{"iss":"a","i\u0073s":"b"}]}"#).is_err(), "also when one is escaped");
    }

    #[test]
    fn refuses_too_deep_and_takes_the_limit() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(value(nested(64).as_bytes()).is_ok());
        assert!(value(nested(65).as_bytes()).is_err());
        assert!(value("[".repeat(200_000).as_bytes()).is_err());
    }

    #[test]
    fn refuses_other_bytes_before_inside_and_after() {
        for bad in [
            &b"\xEF\xBB\xBF{}"[..],
            b"{} x",
            b"{}{}",
            b"{\"a\":\"\xFF\"}",
            b"{\"a\":1e400}",
            b"",
            b"{\"a\":\"\\ud800\"}",
            b"<html>",
        ] {
            assert!(value(bad).is_err(), "{bad:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200), text in "[\\[\\]{}\",:a0-9. -]{0,80}") {
            let _ = value(&bytes);
            let ours = value(text.as_bytes()).ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text).ok();
            proptest::prop_assert!(ours.is_none() || ours == theirs, "never another reading of the same text");
        }
    }
}
