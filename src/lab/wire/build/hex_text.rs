//! Bytes as people type and paste them in hexadecimal, and as they are written for them.

use core::fmt::Write as _;

/// Reads bytes in hexadecimal: pairs of digits, with or without spaces, commas, colons, `0x` or `\x`
/// between them. What hex dumps have beside the bytes, offsets in front and the characters behind,
/// is passed over, and so is a comment behind `//` or `#`.
///
/// # Errors
///
/// The first place where there is something else.
pub fn read_hex(text: &str) -> Result<Vec<u8>, HexTextError> {
    let mut bytes = Vec::with_capacity(text.len() / 3);
    for (index, line) in text.lines().enumerate() {
        read_line(line, &mut bytes).map_err(|(column, kind)| HexTextError {
            line: index + 1,
            column,
            kind,
        })?;
    }
    Ok(bytes)
}

/// Writes bytes as pairs of digits, sixteen to a line.
pub fn write_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            text.push(if index % LINE == 0 { '\n' } else { ' ' });
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Where a text is not hexadecimal, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, character {column}: {kind}")]
pub struct HexTextError {
    /// The line, from 1.
    pub line: usize,
    /// The character in it, from 1.
    pub column: usize,
    /// What is wrong there.
    pub kind: HexFault,
}

/// What is wrong with a text that should be hexadecimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HexFault {
    /// A character that is no digit and stands for nothing between digits.
    #[error("{0:?} is no hexadecimal digit; a byte is two of 0 to 9 and a to f")]
    NotADigit(char),
    /// Digits without a partner.
    #[error("an odd number of digits stands here; a byte is two of them")]
    HalfAByte,
}

/// Bytes of a line, here and in most hex dumps.
const LINE: usize = 16;

/// A gap of as many spaces ends the bytes of a line of a hex dump; in the middle some have two.
const GAP: usize = 3;

type Fault = (usize, HexFault);

fn read_line(line: &str, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let line = ["//", "#"]
        .iter()
        .fold(line, |line, mark| line.split(mark).next().unwrap_or(line));
    let offset = offset_column(line);
    let before = bytes.len();
    let mut place = offset.unwrap_or(0);
    let mut gap = 0;
    while let Some(rest) = line.get(place..).filter(|rest| !rest.is_empty()) {
        let word = rest
            .split(|c: char| is_between(c))
            .next()
            .unwrap_or_default();
        if word.is_empty() {
            let separator = rest.chars().next().map_or(1, char::len_utf8);
            gap += 1;
            place += separator;
            continue;
        }
        let read = bytes.len() - before;
        if offset.is_some() && read > 0 && (gap >= GAP || read >= LINE) {
            return Ok(());
        }
        gap = 0;
        if word.starts_with('|') {
            return Ok(());
        }
        let column = line.get(..place).map_or(0, |front| front.chars().count()) + 1;
        read_word(word, column, bytes)?;
        place += word.len();
    }
    Ok(())
}

/// How many bytes of a line its offset takes: digits with a colon behind them, or at least four of
/// them with two spaces.
fn offset_column(line: &str) -> Option<usize> {
    let start = line.len() - line.trim_start().len();
    let rest = line.get(start..)?;
    let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
    let behind = rest.get(digits..)?;
    let is_offset = (digits >= 4 && (behind.starts_with("  ") || behind.starts_with('\t')))
        || (digits >= 3 && behind.starts_with(": "));
    is_offset.then_some(start + digits + 1)
}

fn is_between(character: char) -> bool {
    character.is_whitespace()
        || matches!(
            character,
            ',' | ';' | ':' | '-' | '_' | '"' | '\'' | '[' | ']' | '{' | '}' | '(' | ')' | '.'
        )
}

/// One word without anything between its digits but `0x` and `\x`.
fn read_word(word: &str, column: usize, bytes: &mut Vec<u8>) -> Result<(), Fault> {
    let mut place = 0;
    for part in word.split('\\') {
        let own = place;
        place += part.chars().count() + 1;
        let (digits, is_prefixed, skipped) = match part.as_bytes() {
            [b'0', b'x' | b'X', ..] => (part.get(2..).unwrap_or_default(), true, 2),
            [b'x' | b'X', ..] => (part.get(1..).unwrap_or_default(), true, 1),
            _ => (part, false, 0),
        };
        let column = column + own + skipped;
        if let Some(wrong) = digits.chars().position(|c| !c.is_ascii_hexdigit()) {
            let character = digits.chars().nth(wrong).unwrap_or_default();
            return Err((column + wrong, HexFault::NotADigit(character)));
        }
        let nibble = |digit: u8| (digit as char).to_digit(16).unwrap_or_default() as u8;
        match digits.as_bytes() {
            // `0x5` is a byte as people write it.
            [digit] if is_prefixed => bytes.push(nibble(*digit)),
            digits if digits.len() % 2 == 1 => return Err((column, HexFault::HalfAByte)),
            digits => {
                let (pairs, _) = digits.as_chunks();
                bytes.extend(
                    pairs
                        .iter()
                        .map(|&[high, low]| nibble(high) << 4 | nibble(low)),
                );
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hexadecimal_is_read_however_it_is_written() {
        for text in [
            "10 0e 00 04",
            "100e0004",
            "0x10, 0x0E, 0x0, 0x04",
            "[0x10,0x0e,0x00,0x04]",
            "10:0e:00:04",
            r"\x10\x0e\x00\x04",
            r#""\x10\x0e" "\x00\x04""#,
            "10 0e // the fixed header\n00 04 # a length",
            "00000000: 100e 0004                                ....",
            "00000000  10 0e 00 04                                       |....|",
            "0000   10 0e 00 04                                       ....",
            "0000: 10 0e\n0002: 00 04",
            "  10\n\n\t0e 00,04 ",
        ] {
            assert_eq!(
                read_hex(text).as_deref(),
                Ok(&[0x10, 0x0e, 0, 4][..]),
                "{text}"
            );
        }
        assert_eq!(read_hex(" \n "), Ok(vec![]));
    }

    #[test]
    fn a_whole_dump_is_read_without_its_characters() {
        let bytes: Vec<u8> = (0x61..0x73).collect();
        for dump in [
            "00000000  61 62 63 64 65 66 67 68  69 6a 6b 6c 6d 6e 6f 70  |abcdefghijklmnop|\n\
             00000010  71 72                                             |qr|\n00000012\n",
            "00000000: 6162 6364 6566 6768 696a 6b6c 6d6e 6f70  abcdefghijklmnop\n\
             00000010: 7172                                     qr",
            "0000   61 62 63 64 65 66 67 68 69 6a 6b 6c 6d 6e 6f 70   abcdefghijklmnop\n\
             0010   71 72                                             ab",
        ] {
            let dump = dump.trim_end_matches("00000012\n");
            assert_eq!(read_hex(dump).as_ref(), Ok(&bytes), "{dump}");
        }
    }

    #[test]
    fn what_is_not_hexadecimal_is_told_with_its_place() {
        for (text, words) in [
            (
                "10 0g",
                "line 1, character 5: 'g' is no hexadecimal digit; a byte is two of 0 to 9 and a to f",
            ),
            (
                "10\n 1",
                "line 2, character 2: an odd number of digits stands here; a byte is two of them",
            ),
            (
                "é",
                "line 1, character 1: 'é' is no hexadecimal digit; a byte is two of 0 to 9 and a to f",
            ),
            (
                "10 0xzz",
                "line 1, character 6: 'z' is no hexadecimal digit; a byte is two of 0 to 9 and a to f",
            ),
        ] {
            assert_eq!(read_hex(text).unwrap_err().to_string(), words);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            prop_assert_eq!(read_hex(&write_hex(&bytes)), Ok(bytes));
        }

        #[test]
        fn any_text_is_read_or_refused(text in ".{0,80}") {
            let _ = read_hex(&text);
        }
    }
}
