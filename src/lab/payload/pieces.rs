//! A long text in pieces of bounded cost, so that a payload of any size can be put on the screen bit
//! by bit.

use super::text::{Segment, segments};

/// The most bytes of a piece.
const PIECE_BYTES: usize = 16_384;
/// The most runs of a piece: bytes that are no text cost an element each.
const PIECE_RUNS: usize = 512;

/// A stretch of a text view that is drawn in one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What to show.
    pub text: String,
    /// Whether it stands for something invisible or for bytes that are no text, so that it must not
    /// look like text.
    pub is_mark: bool,
}

/// The first piece of a text view, and how many bytes of `payload` it stands for: all of them where
/// the payload is short, and none only where it is empty.
///
/// A piece ends after a line feed if it can, so that pieces may be drawn as blocks below one another.
pub fn first_piece(payload: &[u8]) -> (Vec<Run>, usize) {
    let piece = payload.get(..piece_end(payload)).unwrap_or(payload);
    let mut runs: Vec<Run> = Vec::new();
    let mut taken = 0;
    for segment in segments(piece) {
        let is_mark = !matches!(segment, Segment::Plain(_));
        let label = segment.label();
        let is_full = runs.len() >= PIECE_RUNS;
        match runs.last_mut() {
            Some(last) if last.is_mark && is_mark => {
                last.text.push(' ');
                last.text.push_str(&label);
            }
            _ if is_full => break,
            _ => runs.push(Run {
                text: label,
                is_mark,
            }),
        }
        taken += match segment {
            Segment::Plain(text) => text.len(),
            Segment::Hidden(character) => character.len_utf8(),
            Segment::BadByte(_) => 1,
        };
    }
    (runs, taken)
}

/// Where a piece may end: after the last line feed of its later half, else between two characters.
fn piece_end(payload: &[u8]) -> usize {
    if payload.len() <= PIECE_BYTES {
        return payload.len();
    }
    let head = payload.get(..PIECE_BYTES).unwrap_or(payload);
    let line_end = head.iter().rposition(|&byte| byte == b'\n');
    if let Some(place) = line_end.filter(|&place| place >= PIECE_BYTES / 2) {
        return place + 1;
    }
    // A character has at most three bytes after its first.
    let is_inside = |&end: &usize| payload.get(end).is_some_and(|byte| byte & 0xc0 == 0x80);
    let mut ends = (PIECE_BYTES - 3..=PIECE_BYTES).rev();
    ends.find(|end| !is_inside(end)).unwrap_or(PIECE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn run(text: &str, is_mark: bool) -> Run {
        Run {
            text: text.to_owned(),
            is_mark,
        }
    }

    #[test]
    fn a_short_text_is_one_piece_with_its_marks() {
        let (runs, taken) = first_piece(b"a\n\x00\xffb");
        assert_eq!(
            runs,
            [run("a\n", false), run("U+0000 0xFF", true), run("b", false)]
        );
        assert_eq!(taken, 5);
        assert_eq!(first_piece(b""), (Vec::new(), 0));
    }

    #[test]
    fn a_long_text_is_cut_after_a_line_or_between_characters() {
        let lines = "a line of text\n".repeat(10_000);
        let (runs, taken) = first_piece(lines.as_bytes());
        assert!(runs[0].text.ends_with('\n') && taken <= PIECE_BYTES);
        for shift in 0..4 {
            let text = "x".repeat(shift) + &"😀".repeat(10_000);
            let (runs, taken) = first_piece(text.as_bytes());
            assert_eq!((runs.len(), runs[0].text.len()), (1, taken));
        }
    }

    #[test]
    fn bytes_that_are_no_text_make_short_pieces() {
        let payload: Vec<u8> = b"a\xff".repeat(10_000);
        let (runs, taken) = first_piece(&payload);
        assert_eq!((runs.len(), taken), (PIECE_RUNS, PIECE_RUNS));
    }

    proptest! {
        #[test]
        fn pieces_come_to_an_end_and_leave_nothing_out(
            mut payload in prop::collection::vec(any::<u8>(), 0..3_000),
            times in 1_usize..8,
        ) {
            payload = payload.repeat(times);
            let mut rest = payload.as_slice();
            let mut whole = String::new();
            while !rest.is_empty() {
                let (runs, taken) = first_piece(rest);
                prop_assert!(taken > 0 && taken <= PIECE_BYTES && runs.len() <= PIECE_RUNS);
                whole.extend(runs.iter().map(|run| run.text.replace(' ', "")));
                rest = &rest[taken..];
            }
            let expected: String = segments(&payload).map(|segment| segment.label().replace(' ', "")).collect();
            prop_assert_eq!(whole, expected);
        }
    }
}
