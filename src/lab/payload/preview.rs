//! A payload in one line of a list.

use super::hex::push_byte;
use super::text::{self, Segment};
use crate::lab::format;

/// One line of at most `length` characters for `payload`.
///
/// Text is shown with its line breaks as `↵` and its tabs as spaces, bytes as `binary, 4,096 bytes:
/// ff d8 …`, nothing as `(empty)`. What does not fit ends in `…`. The cost depends on
/// `length`, not on the size of the payload.
pub fn preview(payload: &[u8], length: usize) -> String {
    if payload.is_empty() {
        return fit("(empty)", length);
    }
    // A character has at most four bytes, and one more tells whether there is more.
    let enough = length.saturating_mul(4).saturating_add(4);
    let sample = payload.get(..enough).unwrap_or(payload);
    let is_whole = sample.len() == payload.len();
    if looks_like_text(sample, is_whole) {
        preview_text(sample, length)
    } else {
        preview_bytes(payload, length)
    }
}

/// One line for words that a server or another client has chosen, to stand in a sentence or a list
/// of the page: cut where they are very long, and with all that would hide or rearrange.
pub fn foreign_words(words: &str) -> String {
    preview(words.as_bytes(), FOREIGN_WORDS_MAXIMUM)
}

/// The longest words of others that are shown, in characters; the packet itself has all of them.
const FOREIGN_WORDS_MAXIMUM: usize = 1_000;

fn looks_like_text(sample: &[u8], is_whole: bool) -> bool {
    let whole_characters = match core::str::from_utf8(sample) {
        Err(error) if !is_whole && error.error_len().is_none() => error.valid_up_to(),
        _ => sample.len(),
    };
    text::looks_like_text(sample.get(..whole_characters).unwrap_or(sample))
}

fn preview_text(sample: &[u8], length: usize) -> String {
    let mut line = Line::new(length);
    let mut segments = text::segments(sample).peekable();
    while let Some(segment) = segments.next() {
        let is_full = match segment {
            Segment::Plain(text) => text.chars().any(|character| {
                line.push(match character {
                    '\n' => '↵',
                    '\t' => ' ',
                    other => other,
                })
            }),
            // The return of a Windows line end says no more than the line feed after it.
            Segment::Hidden('\r') if matches!(segments.peek(), Some(Segment::Plain(text)) if text.starts_with('\n')) => {
                false
            }
            hidden => {
                let label = hidden.label();
                ["⟨", &label, "⟩"].concat().chars().any(|c| line.push(c))
            }
        };
        if is_full {
            break;
        }
    }
    line.text
}

fn preview_bytes(payload: &[u8], length: usize) -> String {
    let mut text = String::from("binary, ");
    text.push_str(&format::exact_bytes(payload.len() as u64));
    text.push(':');
    // Three characters a byte, and two for the ellipsis.
    let room = length.saturating_sub(text.len() + 2) / 3;
    for &byte in payload.iter().take(room) {
        text.push(' ');
        push_byte(&mut text, byte);
    }
    if payload.len() > room {
        text.push_str(" …");
    }
    fit(&text, length)
}

fn fit(text: &str, length: usize) -> String {
    let mut line = Line::new(length);
    let _ = text.chars().any(|character| line.push(character));
    line.text
}

/// A line that never grows over its length.
struct Line {
    text: String,
    characters: usize,
    length: usize,
}

impl Line {
    fn new(length: usize) -> Self {
        Self {
            text: String::with_capacity(length),
            characters: 0,
            length,
        }
    }

    /// Appends, or replaces the last character by an ellipsis and says that the line is full.
    fn push(&mut self, character: char) -> bool {
        if self.characters == self.length {
            if self.text.pop().is_some() {
                self.text.push('…');
            }
            return true;
        }
        self.text.push(character);
        self.characters += 1;
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn previews() {
        for (payload, length, expected) in [
            (&b""[..], 40, "(empty)"),
            (b"21.5", 40, "21.5"),
            (b"line 1\r\nline 2\tx", 40, "line 1↵line 2 x"),
            (b"lone\rreturn", 40, "lone⟨U+000D⟩return"),
            (b"abcdef", 6, "abcdef"),
            (b"abcdefg", 6, "abcde…"),
            ("grüße".as_bytes(), 5, "grüße"),
            ("grüße!".as_bytes(), 5, "grüß…"),
            ("a\u{202e}bcdef".as_bytes(), 40, "a⟨U+202E⟩bcdef"),
            (b"\xff\xd8\xff", 40, "binary, 3 bytes: ff d8 ff"),
            (b"\0", 40, "binary, 1 byte: 00"),
            (b"<b>bold</b>", 40, "<b>bold</b>"),
            (b"abc", 0, ""),
            (b"abc", 1, "…"),
        ] {
            assert_eq!(preview(payload, length), expected);
        }
    }

    #[test]
    fn bytes_are_counted_in_full_and_shown_in_part() {
        let text = preview(&[0xff; 4_096], 40);
        assert_eq!(text, "binary, 4,096 bytes: ff ff ff ff ff ff …");
        assert_eq!(text.chars().count(), 40);
    }

    #[test]
    fn a_character_that_the_sample_cuts_does_not_make_text_binary() {
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"😀".repeat(10_000);
            let shown = preview(text.as_bytes(), 10);
            assert!(shown.contains('😀') && shown.ends_with('…'), "{shown}");
        }
    }

    proptest! {
        #[test]
        fn never_longer_than_asked_for(
            payload in prop::collection::vec(any::<u8>(), 0..300),
            text in "\\PC{0,60}",
            length in 0_usize..80,
        ) {
            for payload in [&payload[..], text.as_bytes()] {
                let line = preview(payload, length);
                prop_assert!(line.chars().count() <= length);
                prop_assert!(!line.contains(text::is_hidden) && !line.contains('\n'));
            }
        }
    }
}
