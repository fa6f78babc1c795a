//! FHIR's `Duration` with UCUM units: how long an authorization lasts, as asked and as granted.
//!
//! <https://hl7.org/fhir/R4/datatypes.html#Duration>. Law: what is sent never reaches beyond the Consent, and is
//! always whole hours or whole days.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Number, Value, json};

use super::json::text;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;
/// Room for the call itself and for clocks that differ: the server adds the duration to its own "now".
const MARGIN: i64 = 300;

/// A duration to send: whole hours, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hours(i64);

impl Hours {
    /// The whole hours from `now` that end at or before `end`. `None` when there is not one left.
    #[must_use]
    pub fn until(now: Timestamp, end: Timestamp) -> Option<Self> {
        let hours = (end.as_second().checked_sub(now.as_second())?.checked_sub(MARGIN)?) / HOUR;
        (hours > 0).then_some(Self(hours))
    }

    /// The duration itself.
    #[must_use]
    pub const fn length(self) -> SignedDuration {
        SignedDuration::from_secs(self.0.saturating_mul(HOUR))
    }

    /// As a FHIR `Duration`: days when they are whole, else hours.
    #[must_use]
    pub fn to_fhir(self) -> Value {
        let (value, unit, code) =
            if self.0 % 24 == 0 { (self.0 / 24, "days", "d") } else { (self.0, "hours", "h") };
        json!({"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": code})
    }
}

/// How long something lasts, as a server says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lasts {
    /// It does not say.
    NotSaid,
    /// That long. Months and years are of average length.
    For(SignedDuration),
    /// It says something that cannot be understood: a unit nobody knows, or less than nothing.
    NotUnderstood,
}

impl Lasts {
    /// Reads a `Duration`, or a `Quantity` in its place.
    #[must_use]
    pub fn read(value: Option<&Value>) -> Self {
        match value {
            None | Some(Value::Null) => Self::NotSaid,
            Some(value) => length(value).map_or(Self::NotUnderstood, Self::For),
        }
    }

    /// Whether the server says more than was asked.
    #[must_use]
    pub fn is_longer_than(self, asked: Hours) -> bool {
        matches!(self, Self::For(length) if length > asked.length())
    }
}

fn length(value: &Value) -> Option<SignedDuration> {
    let number = match value.get("value")? {
        Value::Number(number) => Number::as_f64(number)?,
        // The track's own example writes the number as a string.
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        _ => return None,
    };
    let seconds = text(value, "code").and_then(unit).or_else(|| text(value, "unit").and_then(unit))?;
    (number >= 0.0).then(|| SignedDuration::try_from_secs_f64(number * seconds).ok()).flatten()
}

/// Seconds of one UCUM unit, or of the words that servers write in its place.
fn unit(name: &str) -> Option<f64> {
    let day = 86_400.0;
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "ms" => 0.001,
        "s" | "sec" | "second" | "seconds" => 1.0,
        "min" | "minute" | "minutes" => 60.0,
        "h" | "hr" | "hour" | "hours" => 3_600.0,
        "d" | "day" | "days" => day,
        "wk" | "week" | "weeks" => 7.0 * day,
        "mo" | "mo_j" | "month" | "months" => 30.4375 * day,
        "a" | "a_j" | "y" | "yr" | "year" | "years" => 365.25 * day,
        _ => return None,
    })
}

const _: () = assert!(DAY == 86_400);

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};
    use proptest::prelude::*;
    use serde_json::json;

    use super::{DAY, Hours, Lasts};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn sends_whole_days_or_hours_that_end_before_the_consent_does() {
        let end = at("2026-07-15T23:59:59Z");
        for (now, sent) in [
            (
                "2026-07-12T23:50:00Z",
                json!({"value": 3, "unit": "days", "system": "http://unitsofmeasure.org", "code": "d"}),
            ),
            (
                "2026-07-15T10:00:00Z",
                json!({"value": 13, "unit": "hours", "system": "http://unitsofmeasure.org", "code": "h"}),
            ),
        ] {
            assert_eq!(Hours::until(at(now), end).unwrap().to_fhir(), sent, "from {now}");
        }
    }

    #[test]
    fn less_than_an_hour_is_not_sent_at_all() {
        let end = at("2026-07-15T23:59:59Z");
        assert_eq!(Hours::until(at("2026-07-15T23:00:00Z"), end), None);
        assert_eq!(Hours::until(end, end), None);
        assert_eq!(Hours::until(at("2026-07-16T10:00:00Z"), end), None, "the consent is over");
    }

    proptest! {
        #[test]
        fn never_reaches_beyond_the_consent(now in 0_i64..4_000_000_000, left in -DAY..3 * 366 * DAY) {
            let (now, end) = (Timestamp::from_second(now).unwrap(), Timestamp::from_second(now + left).unwrap());
            if let Some(hours) = Hours::until(now, end) {
                prop_assert!(now.checked_add(hours.length()).unwrap() <= end);
                prop_assert_eq!(Lasts::read(Some(&hours.to_fhir())), Lasts::For(hours.length()));
            } else {
                prop_assert!(left < 2 * 3_600);
            }
        }
    }

    #[test]
    fn reads_any_ucum_unit_and_sloppy_values() {
        for (value, seconds) in [
            (json!({"value": 3, "code": "mo"}), 3 * 2_629_800),
            (
                json!({"value": "3", "unit": "months", "system": "http://unitsofmeasure.org", "code": "mo"}),
                3 * 2_629_800,
            ),
            (json!({"value": 1, "code": "a"}), 31_557_600),
            (json!({"value": 2, "code": "wk"}), 14 * DAY),
            (json!({"value": 1.5, "code": "d"}), 36 * 3_600),
            (json!({"value": 90, "code": "min"}), 5_400),
            (json!({"value": 10, "code": "s"}), 10),
            (json!({"value": 5000, "code": "ms"}), 5),
            (json!({"value": 4, "unit": "Hours"}), 4 * 3_600),
            (json!({"value": 0, "code": "d"}), 0),
        ] {
            assert_eq!(Lasts::read(Some(&value)), Lasts::For(SignedDuration::from_secs(seconds)), "{value}");
        }
    }

    #[test]
    fn nothing_said_is_not_the_same_as_not_understood() {
        assert_eq!(Lasts::read(None), Lasts::NotSaid);
        for strange in [
            json!({"value": -1, "code": "d"}),
            json!({"value": 1, "code": "fortnight"}),
            json!({"value": 1}),
            json!({"code": "d"}),
            json!({"value": "NaN", "code": "d"}),
            json!({"value": 1e300, "code": "a"}),
            json!("3 months"),
        ] {
            assert_eq!(Lasts::read(Some(&strange)), Lasts::NotUnderstood, "{strange}");
        }
    }

    #[test]
    fn notices_when_more_is_granted_than_was_asked() {
        let asked = Hours::until(at("2026-01-01T00:00:00Z"), at("2026-01-03T00:00:00Z")).unwrap();
        assert!(Lasts::For(SignedDuration::from_hours(48)).is_longer_than(asked));
        assert!(!Lasts::For(asked.length()).is_longer_than(asked));
        assert!(!Lasts::NotSaid.is_longer_than(asked));
    }
}
