//! FHIR dates as stretches of time: `2024` is a whole year, an open period never ends.
//!
//! Comparing follows R4 search, "date": <https://hl7.org/fhir/R4/search.html#date>. Dates without a time zone are
//! read as UTC.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::Value;

/// Milliseconds since 1970 that no FHIR date reaches (year 9999 is about a thirtieth of it).
const FOREVER: i64 = 8_640_000_000_000_000;

/// From the first to the last millisecond, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) from: i64,
    pub(crate) to: i64,
}

impl Stretch {
    /// Reads a date, dateTime or instant; none when it is not one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if let Some((_, time)) = text.split_once('T') {
            let from = instant(text)?.as_millisecond();
            let precision = match (time.matches(':').count(), time.contains('.')) {
                (_, true) => 0,
                // The zone may bring a colon of its own (`10:00+02:00`), so seconds are looked for before it.
                _ if has_seconds(time) => 999,
                _ => 59_999,
            };
            return Some(Self { from, to: from.checked_add(precision)? });
        }
        let mut parts = text.split('-');
        let year: i16 = digits(parts.next()?, 4)?;
        let mut next = || match parts.next() {
            None => Some(None),
            Some(part) => digits::<i8>(part, 2).map(Some),
        };
        let (month, day) = (next()?, next()?);
        if parts.next().is_some() {
            return None;
        }
        let first = Date::new(year, month.unwrap_or(1), day.unwrap_or(1)).ok()?;
        let last = match (month, day) {
            (_, Some(_)) => first,
            (Some(_), None) => first.last_of_month(),
            (None, None) => first.last_of_year(),
        };
        Some(Self { from: start_of(first)?, to: start_of(last)?.checked_add(86_399_999)? })
    }

    /// The stretch of an element: a date, or a Period whose ends may be open.
    pub(crate) fn of(element: &Value) -> Option<Self> {
        match element {
            Value::String(text) => Self::parse(text),
            Value::Object(period) => {
                let end = |name: &str| period.get(name).and_then(Value::as_str).and_then(Self::parse);
                let (start, end) = (end("start"), end("end"));
                if start.is_none() && end.is_none() {
                    return None;
                }
                Some(Self {
                    from: start.map_or(-FOREVER, |start| start.from),
                    to: end.map_or(FOREVER, |end| end.to),
                })
            }
            _ => None,
        }
    }
}

fn instant(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok()?;
        local.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
    })
}

fn has_seconds(time: &str) -> bool {
    let clock = time.split(['Z', '+', '-']).next().unwrap_or(time);
    clock.matches(':').count() == 2
}

fn start_of(date: Date) -> Option<i64> {
    date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp().as_millisecond())
}

fn digits<T: std::str::FromStr>(text: &str, count: usize) -> Option<T> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parsed(text: &str) -> (String, String) {
        let stretch = Stretch::parse(text).unwrap();
        let print = |ms| Timestamp::from_millisecond(ms).unwrap().to_string();
        (print(stretch.from), print(stretch.to))
    }

    #[test]
    fn covers_what_its_precision_says() {
        for (text, from, to) in [
            ("2024", "2024-01-01T00:00:00Z", "2024-12-31T23:59:59.999Z"),
            ("2024-02", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59.999Z"),
            ("2024-02-10", "2024-02-10T00:00:00Z", "2024-02-10T23:59:59.999Z"),
            ("2024-02-10T08:30Z", "2024-02-10T08:30:00Z", "2024-02-10T08:30:59.999Z"),
            ("2024-02-10T08:30:15+02:00", "2024-02-10T06:30:15Z", "2024-02-10T06:30:15.999Z"),
            ("2024-02-10T08:30:15", "2024-02-10T08:30:15Z", "2024-02-10T08:30:15.999Z"),
            ("2024-02-10T08:30:15.250Z", "2024-02-10T08:30:15.25Z", "2024-02-10T08:30:15.25Z"),
        ] {
            assert_eq!(parsed(text), (from.to_owned(), to.to_owned()), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "24",
            "2024-2",
            "2024-13",
            "2024-02-30",
            "2024-02-10-1",
            "yesterday",
            "T",
            "2024-02-10T",
            "-001",
        ] {
            assert_eq!(Stretch::parse(text), None, "{text}");
        }
    }

    #[test]
    fn leaves_an_open_period_open() {
        let stretch = Stretch::of(&json!({"start": "2024-01-01"})).unwrap();
        assert_eq!(stretch.to, FOREVER);
        assert_eq!(Stretch::of(&json!({})), None);
    }
}
