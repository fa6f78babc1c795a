//! Where the next page goes on, as text that means nothing to a client.
//!
//! A cursor belongs to one query of one patient: used with another it is refused, because the rows it skips would be
//! the wrong ones. It opens nothing by itself, so it needs no signature.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::resources::Position;

/// Bytes of the query's fingerprint that a cursor carries.
const BOUND: usize = 8;

/// Writes a cursor.
pub(super) fn write(position: Position, query: &str) -> String {
    let mut bytes = Vec::with_capacity(BOUND + 16);
    bytes.extend_from_slice(&bound(query));
    bytes.extend_from_slice(&position.value.to_be_bytes());
    bytes.extend_from_slice(&position.key.to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads a cursor; none when it is not one of this query's.
pub(super) fn read(text: &str, query: &str) -> Option<Position> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (bound_to, rest) = bytes.split_first_chunk::<BOUND>()?;
    let (value, rest) = rest.split_first_chunk::<8>()?;
    let key: [u8; 8] = rest.try_into().ok()?;
    (*bound_to == bound(query))
        .then(|| Position { value: i64::from_be_bytes(*value), key: i64::from_be_bytes(key) })
}

fn bound(query: &str) -> [u8; BOUND] {
    let digest = Sha256::digest(query);
    let mut bound = [0; BOUND];
    for (to, from) in bound.iter_mut().zip(digest) {
        *to = from;
    }
    bound
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_only_for_the_query_it_was_made_for() {
        let position = Position { value: -9_000_000_000_000_000, key: 17 };
        let cursor = write(position, "Observation?_count=10");
        assert_eq!(read(&cursor, "Observation?_count=10"), Some(position));
        assert_eq!(read(&cursor, "Condition?_count=10"), None);
        for broken in ["", "x", "AAAA", "not base64!", &format!("{cursor}AAAA")] {
            assert_eq!(read(broken, "Observation?_count=10"), None, "{broken}");
        }
    }
}
