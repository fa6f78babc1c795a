//! Small readings of JSON that never fail: what is not there, or is of another type, is nothing.

use serde_json::Value;

/// The text at `key`.
pub(crate) fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str)
}

/// Everything at `key`: each item of a list, or the single thing that a sloppy server wrote without one.
pub(crate) fn each<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    let (many, one): (&[Value], Option<&Value>) = match value.get(key) {
        Some(Value::Array(items)) => (items, None),
        Some(Value::Null) | None => (&[], None),
        Some(single) => (&[], Some(single)),
    };
    many.iter().chain(one)
}

/// The `resourceType`.
pub(crate) fn kind(value: &Value) -> Option<&str> {
    text(value, "resourceType")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{each, text};

    #[test]
    fn reads_a_list_or_the_single_thing() {
        let value = json!({"many": [1, 2], "one": {"a": "b"}, "none": null});
        assert_eq!(each(&value, "many").count(), 2);
        assert_eq!(each(&value, "one").filter_map(|v| text(v, "a")).collect::<Vec<_>>(), ["b"]);
        assert_eq!(each(&value, "none").count() + each(&value, "absent").count(), 0);
        assert_eq!(text(&json!({"a": 1}), "a"), None);
    }
}
