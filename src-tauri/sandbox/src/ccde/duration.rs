//! R4 Duration in UCUM units, and when it ends. Months and years are those of the calendar.

use jiff::{Span, Timestamp, tz::TimeZone};
use serde_json::{Value, json};

const UCUM: &str = "http://unitsofmeasure.org";

/// A positive length of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Duration {
    value: f64,
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    /// So many seconds each.
    Seconds(u32),
    /// So many months each.
    Months(i64),
}

impl Duration {
    /// Reads a `valueDuration`.
    pub(crate) fn read(json: &Value) -> Option<Self> {
        // Examples of the track wrote the number as a string.
        let value = match json.get("value")? {
            Value::String(text) => text.trim().parse().ok()?,
            number => number.as_f64()?,
        };
        let code = json.get("code").and_then(Value::as_str)?;
        if json.get("system").and_then(Value::as_str).is_some_and(|system| system != UCUM) {
            return None;
        }
        let unit = match code {
            "s" => Unit::Seconds(1),
            "min" => Unit::Seconds(60),
            "h" => Unit::Seconds(3_600),
            "d" => Unit::Seconds(86_400),
            "wk" => Unit::Seconds(604_800),
            "mo" => Unit::Months(1),
            "a" => Unit::Months(12),
            _ => return None,
        };
        (value.is_finite() && value > 0.0 && value < 1e9).then_some(Self { value, unit })
    }

    /// When it is over, in seconds since 1970, rounded up so that nothing ends early.
    pub(crate) fn after(self, now: Timestamp) -> Option<i64> {
        match self.unit {
            Unit::Seconds(seconds) => {
                let length = (self.value * f64::from(seconds)).ceil();
                now.as_second().checked_add(length as i64)
            }
            Unit::Months(months) => {
                if self.value.fract() != 0.0 {
                    return None;
                }
                let months = months.checked_mul(self.value as i64)?;
                let span = Span::new().try_months(months).ok()?;
                let end = now.to_zoned(TimeZone::UTC).checked_add(span).ok()?;
                Some(end.timestamp().as_second())
            }
        }
    }
}

/// A length in seconds, exact to the second.
pub(crate) fn seconds(count: i64) -> Value {
    json!({ "value": count.max(0), "unit": "seconds", "system": UCUM, "code": "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(value: &str) -> Option<String> {
        let now: Timestamp = "2026-01-31T10:00:00Z".parse().unwrap();
        let json: Value = serde_json::from_str(value).unwrap();
        let second = Duration::read(&json)?.after(now)?;
        Some(Timestamp::from_second(second).unwrap().to_string())
    }

    #[test]
    fn months_are_calendar_months() {
        assert_eq!(end(r#"{"value":1,"code":"mo"}"#).unwrap(), "2026-02-28T10:00:00Z");
        assert_eq!(end(r#"{"value":1,"code":"a"}"#).unwrap(), "2027-01-31T10:00:00Z");
        assert_eq!(end(r#"{"value":1.5,"code":"mo"}"#), None);
    }

    #[test]
    fn shorter_units_are_exact() {
        assert_eq!(end(r#"{"value":90,"code":"min"}"#).unwrap(), "2026-01-31T11:30:00Z");
        assert_eq!(end(r#"{"value":0.5,"code":"d"}"#).unwrap(), "2026-01-31T22:00:00Z");
    }

    #[test]
    fn refuses_nothing_negative_and_unknown_units() {
        for odd in [
            r#"{"value":0,"code":"d"}"#,
            r#"{"value":-1,"code":"d"}"#,
            r#"{"value":1,"code":"fortnight"}"#,
            r#"{"value":1}"#,
            r#"{"value":1,"code":"d","system":"urn:mine"}"#,
            r#"{"value":1e30,"code":"a"}"#,
        ] {
            assert_eq!(end(odd), None, "{odd}");
        }
    }
}
