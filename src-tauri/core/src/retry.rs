//! When to try again, and when never: reads with growing pauses, changes only when nothing of the first try
//! was sent (RFC 9110 §9.2.2, §10.2.3; RFC 7009 §2.2.1).

use std::time::Duration;

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::http::HttpError;

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);
/// Tries of one read, the first included.
const MOST_TRIES: u32 = 3;

/// What sending a request twice would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: a read.
    None,
    /// It would change something twice.
    Changes,
}

/// Runs `exchange` again after failures for which that is safe: a read after trouble on the way, a change
/// only when nothing was sent, and once. Answers with any status are given back as they are.
///
/// # Errors
/// The last failure.
pub async fn with_retries<T, Run>(effect: Effect, exchange: impl Fn() -> Run) -> Result<T, HttpError>
where
    Run: Future<Output = Result<T, HttpError>>,
{
    let mut tries = 1;
    loop {
        match exchange().await {
            Err(error) if may_repeat(effect, error, tries) => {
                tokio::time::sleep(pause(tries, rand::random())).await;
                tries = tries.saturating_add(1);
            }
            answer => return answer,
        }
    }
}

/// Whether to try once more after `error`, when `tries` were made.
#[must_use]
pub const fn may_repeat(effect: Effect, error: HttpError, tries: u32) -> bool {
    let on_the_way = matches!(error, HttpError::Unreachable { .. } | HttpError::TooSlow { .. });
    match effect {
        Effect::None => on_the_way && tries < MOST_TRIES,
        Effect::Changes => on_the_way && error.unsent() && tries < 2,
    }
}

/// The pause after a number of failures: half a second, doubled each time, at most 5 minutes, of which
/// `roll` (0 up to 1) decides the upper half, so that many clients do not come back at once.
#[must_use]
pub fn pause(failures: u32, roll: f64) -> Duration {
    let longest = Duration::from_secs(300);
    let doubled = 2_u32.saturating_pow(failures.saturating_sub(1).min(16));
    let full = Duration::from_millis(500).saturating_mul(doubled).min(longest);
    full / 2 + (full / 2).mul_f64(roll.clamp(0.0, 1.0))
}

/// What `Retry-After` asks for: seconds or a date, between 1 second and 1 hour. `None` when it is missing,
/// comes twice with different values, or cannot be read.
#[must_use]
pub fn asked_to_wait(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let mut values = headers.get_all(RETRY_AFTER).iter();
    let value = values.next()?;
    if values.any(|other| other != value) {
        return None;
    }
    let text = value.to_str().ok()?.trim();
    let wait = if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        Duration::from_secs(text.parse().unwrap_or(u64::MAX))
    } else {
        let until = rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
        Duration::try_from(until.duration_since(now)).unwrap_or(Duration::ZERO)
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicU32, Ordering},
        time::Duration,
    };

    use jiff::Timestamp;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::{Effect, asked_to_wait, may_repeat, pause, with_retries};
    use crate::http::HttpError;

    fn wait(values: &[&'static str]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(RETRY_AFTER, HeaderValue::from_static(value));
        }
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        asked_to_wait(&headers, now).map(|d| d.as_secs())
    }

    #[test]
    fn reads_retry_after_as_seconds_or_date_within_bounds() {
        assert_eq!(wait(&["5"]), Some(5));
        assert_eq!(wait(&["0"]), Some(1));
        assert_eq!(wait(&["99999999999999999999999"]), Some(3600));
        assert_eq!(wait(&["Sat, 21 Nov 2026 10:02:00 GMT"]), Some(120));
        assert_eq!(wait(&["Sat, 21 Nov 2026 12:00:30 +0200"]), Some(30), "a date in another zone");
        assert_eq!(wait(&["Sat, 21 Nov 2020 10:02:00 GMT"]), Some(1), "a date that passed");
        assert_eq!(wait(&["7", "7"]), Some(7));
    }

    #[test]
    fn ignores_retry_after_that_says_nothing() {
        for values in [&["-1"][..], &["soon"], &[""], &["5", "6"], &["1.5"], &[]] {
            assert_eq!(wait(values), None, "{values:?}");
        }
    }

    #[test]
    fn pauses_grow_and_stay_bounded() {
        assert_eq!(pause(1, 0.0), Duration::from_millis(250));
        assert_eq!(pause(1, 1.0), Duration::from_millis(500));
        assert_eq!(pause(3, 1.0), Duration::from_secs(2));
        assert_eq!(pause(u32::MAX, 1.0), Duration::from_secs(300));
        assert_eq!(pause(0, -4.0), Duration::from_millis(250));
    }

    #[test]
    fn a_change_is_repeated_only_when_nothing_was_sent() {
        let (lost, refused) =
            (HttpError::Unreachable { written: true }, HttpError::Unreachable { written: false });
        assert!(may_repeat(Effect::None, lost, 1));
        assert!(!may_repeat(Effect::Changes, lost, 1));
        assert!(may_repeat(Effect::Changes, refused, 1));
        assert!(!may_repeat(Effect::Changes, refused, 2));
        assert!(!may_repeat(Effect::None, lost, 3));
        assert!(!may_repeat(Effect::None, HttpError::NotTrusted, 1));
        assert!(!may_repeat(Effect::None, HttpError::Redirected, 1));
    }

    #[tokio::test]
    async fn gives_back_the_answer_of_the_try_that_worked() {
        let tries = AtomicU32::new(0);
        let answer = with_retries(Effect::None, || async {
            match tries.fetch_add(1, Ordering::SeqCst) {
                0 => Err(HttpError::TooSlow { written: true }),
                n => Ok(n),
            }
        });
        assert_eq!(answer.await, Ok(1));
        let change = with_retries(Effect::Changes, || async {
            tries.fetch_add(1, Ordering::SeqCst);
            Err::<(), _>(HttpError::TooSlow { written: true })
        });
        assert_eq!(change.await, Err(HttpError::TooSlow { written: true }));
        assert_eq!(tries.load(Ordering::SeqCst), 3);
    }
}
