//! FHIR's `dateTime` and `instant`, which may be as coarse as a year: <https://hl7.org/fhir/R4/datatypes.html#dateTime>.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

/// Which end of a coarse time is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first moment.
    Start,
    /// Its last second: FHIR's `period.end` is inclusive.
    End,
}

/// Reads a `dateTime`. Times without a zone are not FHIR; dates are taken in UTC.
#[must_use]
pub fn moment(text: &str, edge: Edge) -> Option<Timestamp> {
    if text.contains('T') {
        return text.parse().ok();
    }
    let (first, span) = match text.len() {
        4 => (format!("{text}-01-01").parse::<Date>().ok()?, 1.year()),
        7 => (format!("{text}-01").parse::<Date>().ok()?, 1.month()),
        10 => (text.parse::<Date>().ok()?, 1.day()),
        _ => return None,
    };
    match edge {
        Edge::Start => midnight(first),
        Edge::End => midnight(first.checked_add(span).ok()?)?.checked_sub(1.second()).ok(),
    }
}

/// `2026-01-15T10:00:00Z`, without fractions: some servers do not read them.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The first moment of the UTC day of `at`.
#[must_use]
pub fn day_start(at: Timestamp) -> Timestamp {
    midnight(at.to_zoned(TimeZone::UTC).date()).unwrap_or(at)
}

fn midnight(date: Date) -> Option<Timestamp> {
    Some(date.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::{Edge, day_start, instant, moment};

    #[test]
    fn a_coarse_end_is_its_last_second() {
        for (text, start, end) in [
            ("2026", "2026-01-01T00:00:00Z", "2026-12-31T23:59:59Z"),
            ("2026-02", "2026-02-01T00:00:00Z", "2026-02-28T23:59:59Z"),
            ("2026-07-15", "2026-07-15T00:00:00Z", "2026-07-15T23:59:59Z"),
            ("2026-07-15T10:00:00+02:00", "2026-07-15T08:00:00Z", "2026-07-15T08:00:00Z"),
            ("2026-07-15T10:00:00.123Z", "2026-07-15T10:00:00Z", "2026-07-15T10:00:00Z"),
        ] {
            assert_eq!(moment(text, Edge::Start).map(instant).as_deref(), Some(start), "{text}");
            assert_eq!(moment(text, Edge::End).map(instant).as_deref(), Some(end), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_nothing() {
        for text in ["", "soon", "26", "2026-13", "2026-02-30", "2026-07-15T10:00:00", "20260715", "éééé"]
        {
            assert_eq!(moment(text, Edge::End), None, "{text}");
        }
    }

    #[test]
    fn the_day_begins_at_midnight_utc() {
        assert_eq!(
            day_start("2026-01-15T10:00:00.5Z".parse().unwrap()),
            "2026-01-15T00:00:00Z".parse().unwrap()
        );
    }
}
