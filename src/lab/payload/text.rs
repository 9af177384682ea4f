//! Bytes as text, with everything that would be invisible made visible.

use core::str::Utf8Chunks;

/// The payload as text.
///
/// # Errors
///
/// Where the first byte stands that is no UTF-8.
pub fn as_text(payload: &[u8]) -> Result<&str, NotText> {
    core::str::from_utf8(payload).map_err(|error| {
        let offset = error.valid_up_to();
        NotText {
            offset,
            byte: payload.get(offset).copied().unwrap_or_default(),
            is_cut: error.error_len().is_none(),
        }
    })
}

/// Why a payload is not UTF-8 text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not UTF-8 text: byte 0x{byte:02x} at offset {offset} is not part of a character")]
pub struct NotText {
    /// Where the first bad byte stands, counted from 0.
    pub offset: usize,
    /// That byte.
    pub byte: u8,
    /// Whether the payload ends in the middle of a character that has begun well.
    pub is_cut: bool,
}

/// A piece of a text view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'a> {
    /// Characters to show as they are; line feeds and tabs among them.
    Plain(&'a str),
    /// A character that is invisible or would rearrange the text around it.
    Hidden(char),
    /// A byte that is no UTF-8.
    BadByte(u8),
}

impl Segment<'_> {
    /// What to show for it: `U+202E` for a hidden character, `0xFF` for a bad byte; the text
    /// itself for a plain piece.
    pub fn label(&self) -> String {
        match *self {
            Self::Plain(text) => text.to_owned(),
            Self::Hidden(character) => {
                let mut label = String::from("U+");
                push_hex(&mut label, u32::from(character), 4);
                label
            }
            Self::BadByte(byte) => {
                let mut label = String::from("0x");
                push_hex(&mut label, u32::from(byte), 2);
                label
            }
        }
    }
}

/// Cuts a payload into pieces that can be shown without confusing anyone. Together they are all of
/// `payload`; it need not be UTF-8.
pub fn segments(payload: &[u8]) -> Segments<'_> {
    Segments {
        chunks: payload.utf8_chunks(),
        text: "",
        bad: &[],
    }
}

/// The beginning of a payload: at most `limit` bytes, and fewer where the limit would fall into a
/// character. What is left out is for the screen to tell.
pub fn head(payload: &[u8], limit: usize) -> &[u8] {
    const IS_CONTINUATION: core::ops::Range<u8> = 0x80..0xc0;
    const LONGEST_CHARACTER: usize = 4;
    if payload.len() <= limit {
        return payload;
    }
    for end in (limit.saturating_sub(LONGEST_CHARACTER - 1)..=limit).rev() {
        let begins_character = payload
            .get(end)
            .is_some_and(|byte| !IS_CONTINUATION.contains(byte));
        if begins_character {
            return payload.get(..end).unwrap_or(payload);
        }
    }
    // So many continuation bytes in a row are no UTF-8 anyhow.
    payload.get(..limit).unwrap_or(payload)
}

/// The pieces of a payload; see [`segments`].
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    chunks: Utf8Chunks<'a>,
    text: &'a str,
    bad: &'a [u8],
}

impl<'a> Iterator for Segments<'a> {
    type Item = Segment<'a>;

    fn next(&mut self) -> Option<Segment<'a>> {
        while self.text.is_empty() && self.bad.is_empty() {
            let chunk = self.chunks.next()?;
            self.text = chunk.valid();
            self.bad = chunk.invalid();
        }
        if self.text.is_empty() {
            let (&byte, rest) = self.bad.split_first()?;
            self.bad = rest;
            return Some(Segment::BadByte(byte));
        }
        let hidden = self.text.char_indices().find(|&(_, c)| is_hidden(c));
        match hidden {
            Some((0, character)) => {
                self.take_text(character.len_utf8());
                Some(Segment::Hidden(character))
            }
            Some((offset, _)) => Some(Segment::Plain(self.take_text(offset))),
            None => Some(Segment::Plain(core::mem::take(&mut self.text))),
        }
    }
}

impl<'a> Segments<'a> {
    /// The next so many bytes of text, at the end of which a character ends.
    fn take_text(&mut self, bytes: usize) -> &'a str {
        let parts = self.text.split_at_checked(bytes);
        let (taken, rest) = parts.unwrap_or((self.text, ""));
        self.text = rest;
        taken
    }
}

/// Whether a character is invisible, or changes the order in which its neighbours are drawn.
///
/// Line feed and tab are not; nor are the two variation selectors that emoji are written with.
pub const fn is_hidden(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\0'..='\x1f' | '\x7f'..='\u{9f}' => true,
        // Soft hyphen, grapheme joiner, Arabic letter mark, fillers and blank vowels.
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' => {
            true
        }
        '\u{180b}'..='\u{180f}' | '\u{3164}' | '\u{ffa0}' => true,
        // Zero widths, marks, line separators, embeddings, overrides, isolates, invisible operators.
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0d}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' => true,
        // Tags and the other variation selectors, with which text can be smuggled.
        '\u{e0000}'..='\u{e0fff}' => true,
        _ => false,
    }
}

/// Whether the beginning of `payload` is UTF-8 with few control characters and no U+0000.
pub(super) fn looks_like_text(payload: &[u8]) -> bool {
    const ENOUGH: usize = 4_096;
    let (sample, is_part) = match payload.get(..ENOUGH) {
        Some(sample) if payload.len() > ENOUGH => (sample, true),
        _ => (payload, false),
    };
    let text = match core::str::from_utf8(sample) {
        Ok(text) => text,
        // A character that our own cut went through is no fault.
        Err(error) if is_part && error.error_len().is_none() => {
            let valid = sample.get(..error.valid_up_to()).unwrap_or_default();
            core::str::from_utf8(valid).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let (mut all, mut hidden) = (0_usize, 0_usize);
    for character in text.chars() {
        if character == '\0' {
            return false;
        }
        all += 1;
        hidden += usize::from(is_hidden(character) && character != '\r');
    }
    hidden * 4 <= all
}

pub(super) fn push_hex(text: &mut String, number: u32, width: u32) {
    let digits = (32 - number.leading_zeros()).div_ceil(4).max(width);
    for place in (0..digits).rev() {
        let digit = (number >> (place * 4)) & 0xf;
        text.push(
            char::from_digit(digit, 16)
                .unwrap_or('0')
                .to_ascii_uppercase(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_bad_byte_is_told() {
        assert_eq!(as_text("grün".as_bytes()), Ok("grün"));
        let error = as_text(b"abc\xffdef").unwrap_err();
        assert_eq!(
            error.to_string(),
            "not UTF-8 text: byte 0xff at offset 3 is not part of a character"
        );
        assert!(!error.is_cut);
        assert!(as_text(b"ab\xc3").unwrap_err().is_cut);
    }

    #[test]
    fn hostile_characters_come_as_items_of_their_own() {
        let payload = "a\u{202e}b\u{0}\n\tc\u{200b}\u{200b}".as_bytes();
        let all: Vec<_> = segments(payload).collect();
        assert_eq!(
            all,
            [
                Segment::Plain("a"),
                Segment::Hidden('\u{202e}'),
                Segment::Plain("b"),
                Segment::Hidden('\0'),
                Segment::Plain("\n\tc"),
                Segment::Hidden('\u{200b}'),
                Segment::Hidden('\u{200b}'),
            ]
        );
        assert_eq!(all[1].label(), "U+202E");
        assert_eq!(all[3].label(), "U+0000");
        assert_eq!(Segment::Hidden('\u{e0041}').label(), "U+E0041");
    }

    #[test]
    fn bad_bytes_stand_between_the_text() {
        let all: Vec<_> = segments(b"a\xff\xc3b\xed\xa0").collect();
        assert_eq!(
            all,
            [
                Segment::Plain("a"),
                Segment::BadByte(0xff),
                Segment::BadByte(0xc3),
                Segment::Plain("b"),
                Segment::BadByte(0xed),
                Segment::BadByte(0xa0),
            ]
        );
        assert_eq!(all[1].label(), "0xFF");
        assert_eq!(segments(b"").next(), None);
    }

    #[test]
    fn a_head_ends_between_characters() {
        assert_eq!(head("grün".as_bytes(), 5), "grün".as_bytes());
        assert_eq!(head("grün".as_bytes(), 4), "grü".as_bytes());
        assert_eq!(head("grün".as_bytes(), 3), b"gr");
        assert_eq!(head("😀😀".as_bytes(), 7), "😀".as_bytes());
        assert_eq!(head("😀".as_bytes(), 3), b"");
        assert_eq!(head(b"abc", 0), b"");
        assert_eq!(head(&[0x80; 9], 6), [0x80; 6]);
    }

    #[test]
    fn ordinary_writing_stays_as_it_is() {
        for text in [
            "<b>&amp;</b>",
            "grüße",
            "مرحبا",
            "日本語",
            "❤\u{fe0f}",
            "a b\u{a0}c",
            "😀",
        ] {
            let all: Vec<_> = segments(text.as_bytes()).collect();
            assert_eq!(all, [Segment::Plain(text)]);
        }
    }

    proptest! {
        #[test]
        fn the_pieces_are_the_whole(payload in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut again = Vec::new();
            for segment in segments(&payload) {
                match segment {
                    Segment::Plain(text) => {
                        prop_assert!(!text.is_empty() && !text.contains(is_hidden));
                        again.extend_from_slice(text.as_bytes());
                    }
                    Segment::Hidden(c) => again.extend_from_slice(c.to_string().as_bytes()),
                    Segment::BadByte(byte) => again.push(byte),
                }
            }
            prop_assert_eq!(again, payload);
        }
    }
}
