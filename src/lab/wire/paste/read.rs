//! Text to bytes: hexadecimal digits in whatever form they were copied.

use crate::lab::export::base64;
use crate::lab::wire::link::read_base64url;

use super::dump;

/// The longest text that is read, in bytes.
pub const TEXT_MAXIMUM: usize = 1_000_000;

/// What form the text had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PastedForm {
    /// Hexadecimal digits, with anything usual between them or nothing.
    Hex,
    /// A dump with offsets before the bytes of each line, and perhaps characters behind them.
    Dump,
    /// A string of C, Rust, Python or JavaScript with escapes.
    Escaped,
    /// Decimal numbers from 0 to 255 between commas.
    Decimal,
    /// Base64.
    Base64,
}

impl PastedForm {
    /// What it was read as.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Hex => "Read as hexadecimal digits.",
            Self::Dump => {
                "Read as a dump: the offsets before each line and the characters behind it were left out."
            }
            Self::Escaped => "Read as a string with escapes such as \\x10.",
            Self::Decimal => "Read as decimal numbers.",
            Self::Base64 => "Read as base64.",
        }
    }
}

/// Why a text is no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasteError {
    /// There is nothing in it.
    #[error("there is nothing to read")]
    Empty,
    /// It is too long.
    #[error("the text is {length} bytes; at most {TEXT_MAXIMUM} are read")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// A character that is no hexadecimal digit and does not stand between digits.
    #[error("{character:?} in line {line}, column {column} is no hexadecimal digit")]
    NotHex {
        /// The character.
        character: char,
        /// Its line, from 1.
        line: usize,
        /// Its place in the line in characters, from 1.
        column: usize,
    },
    /// A run of digits that cannot be cut into pairs.
    #[error(
        "{digits:?} in line {line} has {count} digits; a byte is 2, so one is missing or too many"
    )]
    OddDigits {
        /// The run, or its beginning.
        digits: String,
        /// How many digits it has.
        count: usize,
        /// Its line, from 1.
        line: usize,
    },
    /// An escape in a string that stands for no byte.
    #[error("the escape {escape:?} in line {line} is none that is known")]
    Escape {
        /// The escape.
        escape: String,
        /// Its line, from 1.
        line: usize,
    },
    /// A decimal number that is no byte.
    #[error("{number} in line {line} is more than 255, which a byte can be at most")]
    Number {
        /// The number.
        number: String,
        /// Its line, from 1.
        line: usize,
    },
}

/// The bytes that a text stands for, and the form it has.
///
/// # Errors
///
/// Where and why it is none.
pub fn read_bytes(text: &str) -> Result<(Vec<u8>, PastedForm), PasteError> {
    if text.len() > TEXT_MAXIMUM {
        return Err(PasteError::TooLong { length: text.len() });
    }
    if text.trim().is_empty() {
        return Err(PasteError::Empty);
    }
    let bytes = if let Some(bytes) = dump::read(text) {
        (bytes, PastedForm::Dump)
    } else if text.contains("\\x") || text.contains("\\u{") {
        (escaped(text)?, PastedForm::Escaped)
    } else {
        numbers(text)?
    };
    match bytes.0.is_empty() {
        true => Err(PasteError::Empty),
        false => Ok(bytes),
    }
}

/// Digits with what usually stands between them; if they are none, perhaps base64.
fn numbers(text: &str) -> Result<(Vec<u8>, PastedForm), PasteError> {
    if let Some(raw) = raw_members(text) {
        return hex(&place(&raw)).map(|bytes| (bytes, PastedForm::Hex));
    }
    let code = code_part(text);
    if let Some(bytes) = decimal(&code)? {
        return Ok((bytes, PastedForm::Decimal));
    }
    match hex(&code) {
        Ok(bytes) => Ok((bytes, PastedForm::Hex)),
        Err(error) => match from_base64(text) {
            Some(bytes) => Ok((bytes, PastedForm::Base64)),
            None => Err(error),
        },
    }
}

/// A character with its line and column.
#[derive(Clone, Copy)]
struct Placed {
    character: char,
    line: usize,
    column: usize,
}

fn place(text: &str) -> Vec<Placed> {
    let (mut line, mut column) = (1, 0);
    let mut placed = Vec::with_capacity(text.len());
    for character in text.chars() {
        column += 1;
        placed.push(Placed {
            character,
            line,
            column,
        });
        if character == '\n' {
            (line, column) = (line + 1, 0);
        }
    }
    placed
}

/// The packets of lines that this page has saved as JSON Lines.
fn raw_members(text: &str) -> Option<String> {
    const MEMBER: &str = "\"raw\":\"";
    let parts = text.split(MEMBER).skip(1);
    let raw: Vec<&str> = parts.filter_map(|part| part.split('"').next()).collect();
    (!raw.is_empty()).then(|| raw.concat())
}

/// The part of a piece of code that holds the numbers: what stands in its last brackets or its string; all
/// of it where there are neither. Comments are left out.
fn code_part(text: &str) -> Vec<Placed> {
    let mut placed = place(text);
    without_comments(&mut placed);
    for (open, close) in [('{', '}'), ('[', ']'), ('"', '"'), ('\'', '\'')] {
        let Some(end) = placed.iter().rposition(|one| one.character == close) else {
            continue;
        };
        let before = placed.get(..end).unwrap_or_default();
        if let Some(start) = before.iter().rposition(|one| one.character == open) {
            let inner = before.get(start + 1..).unwrap_or_default();
            let has_digits = inner.iter().any(|one| one.character.is_ascii_hexdigit());
            if has_digits {
                return inner.to_vec();
            }
        }
    }
    placed
}

fn without_comments(placed: &mut Vec<Placed>) {
    let mut kept = Vec::with_capacity(placed.len());
    let mut rest = placed.iter().copied().peekable();
    while let Some(one) = rest.next() {
        let next = rest.peek().map(|next| next.character);
        match (one.character, next) {
            ('/', Some('/')) => while rest.next_if(|one| one.character != '\n').is_some() {},
            ('/', Some('*')) => {
                let mut before = ' ';
                for one in rest.by_ref().skip(1) {
                    if before == '*' && one.character == '/' {
                        break;
                    }
                    before = one.character;
                }
            }
            _ => kept.push(one),
        }
    }
    *placed = kept;
}

/// Whether a character may stand between numbers.
fn is_between(character: char) -> bool {
    character.is_whitespace() || ",;:-|()[]{}\"'\\&".contains(character)
}

/// The words of a text that stand between separators.
fn words(code: &[Placed]) -> impl Iterator<Item = &[Placed]> {
    code.split(|one| is_between(one.character))
        .filter(|word| !word.is_empty())
}

/// Decimal numbers between commas; `None` where they are none, or could be hexadecimal too.
fn decimal(code: &[Placed]) -> Result<Option<Vec<u8>>, PasteError> {
    let is_list = code.iter().any(|one| one.character == ',');
    let is_decimal = |word: &[Placed]| word.iter().all(|one| one.character.is_ascii_digit());
    // `10, 12, 00` is hexadecimal as people write it, and `16, 12, 0` decimal.
    let is_plain = |word: &[Placed]| word.len() != 2 && word.len() <= 3;
    if !is_list || !words(code).all(is_decimal) || !words(code).any(is_plain) {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    for word in words(code) {
        let number = text_of(word);
        match number.parse::<u8>() {
            Ok(byte) => bytes.push(byte),
            Err(_) => {
                let line = word.first().map_or(1, |one| one.line);
                return Err(PasteError::Number { number, line });
            }
        }
    }
    Ok(Some(bytes))
}

fn hex(code: &[Placed]) -> Result<Vec<u8>, PasteError> {
    let mut bytes = Vec::new();
    // Where all are short, one digit alone is a byte too: `10 c 0 4`.
    let all_short = words(code).all(|word| digits_of(word).len() <= 2) && words(code).count() > 1;
    for word in words(code) {
        let digits = digits_of(word);
        let values = digits.iter().map(|one| {
            one.character.to_digit(16).ok_or(PasteError::NotHex {
                character: one.character,
                line: one.line,
                column: one.column,
            })
        });
        let values = values.collect::<Result<Vec<_>, _>>()?;
        let has_prefix = digits.len() < word.len();
        match values.as_slice() {
            [] => {}
            [one] if all_short || has_prefix => bytes.push(*one as u8),
            values => {
                let (pairs, rest) = values.as_chunks::<2>();
                if !rest.is_empty() {
                    return Err(odd(digits));
                }
                bytes.extend(pairs.iter().map(|[high, low]| (high << 4 | low) as u8));
            }
        }
    }
    Ok(bytes)
}

fn odd(digits: &[Placed]) -> PasteError {
    let shown = digits.get(..digits.len().min(24)).unwrap_or_default();
    PasteError::OddDigits {
        digits: text_of(shown)
            + if shown.len() < digits.len() {
                "…"
            } else {
                ""
            },
        count: digits.len(),
        line: digits.first().map_or(1, |one| one.line),
    }
}

/// A word without what marks it as hexadecimal, and without the type of a Rust number.
fn digits_of(word: &[Placed]) -> &[Placed] {
    let is = |one: &Placed, wanted: char| one.character.eq_ignore_ascii_case(&wanted);
    let mut digits = word;
    match word {
        [zero, x, rest @ ..] if is(zero, '0') && is(x, 'x') => {
            digits = rest;
            if let [rest @ .., u, eight] = digits
                && is(u, 'u')
                && is(eight, '8')
            {
                digits = rest;
            }
            if let [rest @ .., line] = digits
                && is(line, '_')
            {
                digits = rest;
            }
        }
        [dollar, rest @ ..] if is(dollar, '$') || is(dollar, '#') => digits = rest,
        [rest @ .., h] if is(h, 'h') => digits = rest,
        _ => {}
    }
    digits
}

fn text_of(word: &[Placed]) -> String {
    word.iter().map(|one| one.character).collect()
}

/// Strings with escapes, one behind the other, or escapes without quotes.
fn escaped(text: &str) -> Result<Vec<u8>, PasteError> {
    let mut bytes = Vec::new();
    let quote = text.find(['"', '\'']);
    let escape = text.find('\\').unwrap_or(0);
    let quote = quote.filter(|place| *place < escape);
    let quote = quote.and_then(|place| text.get(place..)?.chars().next());
    let mut line = 1;
    let mut is_inside = quote.is_none();
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character == '\n' {
            line += 1;
        }
        if quote == Some(character) {
            is_inside = !is_inside;
            continue;
        }
        if !is_inside {
            continue;
        }
        if character != '\\' {
            // Without quotes white space only separates the escapes.
            let is_text = quote.is_some() || !character.is_whitespace();
            if is_text {
                let mut buffer = [0; 4];
                bytes.extend(character.encode_utf8(&mut buffer).as_bytes());
            }
            continue;
        }
        let fail = |escape: String| PasteError::Escape { escape, line };
        let Some(kind) = rest.next() else {
            return Err(fail("\\".to_owned()));
        };
        let byte = match kind {
            'x' => {
                let digits: String = (0..2)
                    .filter_map(|_| rest.next_if(char::is_ascii_hexdigit))
                    .collect();
                match u8::from_str_radix(&digits, 16) {
                    Ok(byte) => byte,
                    Err(_) => return Err(fail(format!("\\x{digits}"))),
                }
            }
            'u' => {
                let braces: String = core::iter::from_fn(|| {
                    rest.next_if(|one| one.is_ascii_hexdigit() || "{}".contains(*one))
                })
                .take(8)
                .collect();
                let code = u32::from_str_radix(braces.trim_matches(['{', '}']), 16).ok();
                let Some(character) = code.and_then(char::from_u32) else {
                    return Err(fail(format!("\\u{braces}")));
                };
                let mut buffer = [0; 4];
                bytes.extend(character.encode_utf8(&mut buffer).as_bytes());
                continue;
            }
            '0' => 0,
            'n' => b'\n',
            'r' => b'\r',
            't' => b'\t',
            'a' => 7,
            'b' => 8,
            'f' => 12,
            'v' => 11,
            'e' => 27,
            '\\' | '"' | '\'' => kind as u8,
            // A string that goes on in the next line.
            '\n' | '\r' => {
                line += usize::from(kind == '\n');
                while let Some(space) = rest.next_if(|one| one.is_whitespace()) {
                    line += usize::from(space == '\n');
                }
                continue;
            }
            _ => return Err(fail(format!("\\{kind}"))),
        };
        bytes.push(byte);
    }
    Ok(bytes)
}

/// Base64, of either alphabet, where that is likely: it begins like a Control Packet whose length is right.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let letters: String = text.chars().filter(|one| !one.is_whitespace()).collect();
    let letters = letters.trim_matches(['"', '\'']);
    let bytes = base64::read(letters).or_else(|| read_base64url(letters.trim_end_matches('=')))?;
    super::packets::is_likely(&bytes).then_some(bytes)
}
