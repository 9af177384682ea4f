//! Views of a payload: the bytes stay as they came, and each view is made from them when asked for.
//!
//! Nothing here changes or drops a byte silently: a view that shows a part says how much, and bytes
//! or characters that would be invisible come as items of their own, so that the screen can mark
//! them.

mod hex;
mod json;
mod leaves;
mod pieces;
mod preview;
mod text;

pub use hex::{BYTES_PER_ROW, HexRow, hex_row_count, hex_rows, hex_text};
pub use json::{JsonError, MAXIMUM_JSON_DEPTH, PrettyJson, check_json, pretty_json};
pub use leaves::{
    JsonPath, JsonStep, LEAVES_MAXIMUM, Leaf, Leaves, NumberAt, leaves, number_at, numbers_in,
};
pub use pieces::{Run, first_piece};
pub use preview::{foreign_words, preview};
pub use text::{NotText, Segment, Segments, as_text, head, is_hidden, segments};

/// What a payload looks like, which tells the view to begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayloadKind {
    /// No byte at all. Published with Retain, it clears the topic's retained message.
    Empty,
    /// A JSON object or array.
    Json,
    /// Text.
    Text,
    /// Neither: best seen as hexadecimal.
    Binary,
}

/// Payloads above this size, in bytes, are not tried as JSON when guessing.
const LARGEST_JSON_GUESS: usize = 1_000_000;

/// What `payload` looks like. A lone JSON number or string counts as text.
pub fn guess_kind(payload: &[u8]) -> PayloadKind {
    if payload.is_empty() {
        return PayloadKind::Empty;
    }
    if !text::looks_like_text(payload) {
        return PayloadKind::Binary;
    }
    let first = payload.iter().find(|byte| !byte.is_ascii_whitespace());
    let may_be_json = matches!(first, Some(b'{' | b'[')) && payload.len() <= LARGEST_JSON_GUESS;
    if may_be_json && check_json(payload).is_ok() {
        return PayloadKind::Json;
    }
    PayloadKind::Text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_guessed_from_the_bytes() {
        for (payload, kind) in [
            (&b""[..], PayloadKind::Empty),
            (b"23.5", PayloadKind::Text),
            (b"\"hello\"", PayloadKind::Text),
            (b" ", PayloadKind::Text),
            (b"{\"t\": 1}", PayloadKind::Json),
            (b" \n[1, 2]\n", PayloadKind::Json),
            (b"{\"t\": }", PayloadKind::Text),
            (b"<script>alert(1)</script>", PayloadKind::Text),
            ("grüße 😀".as_bytes(), PayloadKind::Text),
            (b"a\tb\r\nc", PayloadKind::Text),
            (b"\xff\xd8\xff", PayloadKind::Binary),
            (b"ab\0", PayloadKind::Binary),
            (b"\x01\x02\x03", PayloadKind::Binary),
            (b"\x1b[31mred\x1b[0m and so on", PayloadKind::Text),
        ] {
            assert_eq!(guess_kind(payload), kind, "{payload:?}");
        }
    }

    #[test]
    fn a_large_payload_is_not_tried_as_json() {
        let mut payload = vec![b' '; LARGEST_JSON_GUESS];
        payload.splice(0..1, *b"[");
        payload.push(b']');
        assert_eq!(guess_kind(&payload), PayloadKind::Text);
    }
}
