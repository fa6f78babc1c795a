//! Text that came from a server, made safe to show: a quotation, never markup, never a trick of direction.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// NFC, without control, bidi-control and zero-width characters, white space folded, cut at `most` graphemes.
#[must_use]
pub fn quoted(text: &str, most: usize) -> String {
    let clean: String = text
        .nfc()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !hidden(*c))
        .collect();
    let folded = clean.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut cut: String = folded.graphemes(true).take(most).collect();
    if cut.len() < folded.len() {
        cut.push('…');
    }
    cut
}

/// A name given by a server: as [`quoted`], at most 80 characters.
#[must_use]
pub fn name(text: &str) -> String {
    quoted(text, 80)
}

/// Characters that change direction or cannot be seen. ZWJ stays: emoji and Indic scripts need it.
fn hidden(c: char) -> bool {
    matches!(c, '\u{200B}' | '\u{200C}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}' | '\u{00AD}'
        | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn drops_direction_tricks_and_controls() {
        assert_eq!(quoted("a\u{202E}b\n\tc\u{0}d", 80), "ab cd");
    }

    #[test]
    fn cuts_at_characters_a_person_sees() {
        assert_eq!(quoted("éé\u{301}é", 2), "éé\u{301}…");
    }
}
