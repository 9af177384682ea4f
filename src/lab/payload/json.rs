//! JSON with line breaks and indentation, and otherwise exactly as it came.
//!
//! Only white space between tokens changes: numbers keep every digit, names keep their order and
//! their duplicates, strings keep their escapes.

use serde::de::IgnoredAny;

use super::text::{NotText, as_text};

/// How deep arrays and objects may lie in one another to be indented.
pub const MAXIMUM_JSON_DEPTH: usize = 128;

/// Indented JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrettyJson {
    /// The text; it may have hidden characters inside strings, as the payload has.
    pub text: String,
    /// How many bytes of the payload it stands for: fewer than all where it was to become longer
    /// than the limit.
    pub shown: usize,
}

/// Why a payload cannot be shown as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// It is not even text.
    #[error(transparent)]
    NotText(#[from] NotText),
    /// It has no JSON value.
    #[error("not JSON: no value")]
    Empty,
    /// It ends before its value is complete.
    #[error("not JSON: ends too early, at line {line}, column {column}")]
    EndsEarly {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// Something stands where it must not.
    #[error("not JSON: wrong at line {line}, column {column}")]
    Syntax {
        /// Counted from 1.
        line: usize,
        /// Counted from 1, in bytes.
        column: usize,
    },
    /// Arrays and objects lie in one another more than 128 deep.
    #[error("JSON is more than {MAXIMUM_JSON_DEPTH} levels deep")]
    TooDeep,
}

/// Indents `payload` by two spaces a level, to about `limit` bytes of text at most.
///
/// # Errors
///
/// Why it is not JSON, and where.
pub fn pretty_json(payload: &[u8], limit: usize) -> Result<PrettyJson, JsonError> {
    check_json(payload)?;
    let text = as_text(payload)?;
    let (pretty, shown) = indent(text, limit);
    Ok(PrettyJson {
        text: pretty,
        shown,
    })
}

/// Whether `payload` is JSON.
///
/// # Errors
///
/// Why it is not, and where.
pub fn check_json(payload: &[u8]) -> Result<(), JsonError> {
    let text = as_text(payload)?;
    if depth_is_too_large(text) {
        return Err(JsonError::TooDeep);
    }
    match serde_json::from_str::<IgnoredAny>(text) {
        Ok(_) => Ok(()),
        Err(_) if text.trim_ascii().is_empty() => Err(JsonError::Empty),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            Err(if error.is_eof() {
                JsonError::EndsEarly { line, column }
            } else {
                JsonError::Syntax { line, column }
            })
        }
    }
}

/// Follows strings and brackets only; whether the rest is JSON is another's question.
fn depth_is_too_large(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut string = StringState::Outside;
    for byte in text.bytes() {
        string = string.after(byte);
        match byte {
            _ if string != StringState::Outside => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAXIMUM_JSON_DEPTH {
            return true;
        }
    }
    false
}

/// Valid JSON with its white space replaced, and how many bytes of it that is.
fn indent(text: &str, limit: usize) -> (String, usize) {
    let mut pretty = String::with_capacity((text.len() + text.len() / 2).min(limit));
    let mut depth = 0_usize;
    let mut string = StringState::Outside;
    let mut characters = text.char_indices().peekable();
    while let Some((offset, character)) = characters.next() {
        if pretty.len() >= limit {
            return (pretty, offset);
        }
        if string != StringState::Outside || character == '"' {
            string = u8::try_from(character).map_or(string.after(b'a'), |byte| string.after(byte));
            pretty.push(character);
            continue;
        }
        match character {
            ' ' | '\t' | '\n' | '\r' => {}
            '[' | '{' => {
                pretty.push(character);
                while characters
                    .next_if(|&(_, c)| c.is_ascii_whitespace())
                    .is_some()
                {}
                match characters.next_if(|&(_, c)| matches!(c, ']' | '}')) {
                    Some((_, closing)) => pretty.push(closing),
                    None => {
                        depth += 1;
                        break_line(&mut pretty, depth);
                    }
                }
            }
            ']' | '}' => {
                depth = depth.saturating_sub(1);
                break_line(&mut pretty, depth);
                pretty.push(character);
            }
            ',' => {
                pretty.push(',');
                break_line(&mut pretty, depth);
            }
            ':' => pretty.push_str(": "),
            _ => pretty.push(character),
        }
    }
    (pretty, text.len())
}

fn break_line(pretty: &mut String, depth: usize) {
    pretty.push('\n');
    for _ in 0..depth {
        pretty.push_str("  ");
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum StringState {
    Outside,
    Inside,
    Escape,
}

impl StringState {
    const fn after(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Outside, b'"') | (Self::Escape, _) => Self::Inside,
            (Self::Inside, b'"') => Self::Outside,
            (Self::Inside, b'\\') => Self::Escape,
            (state, _) => state,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NO_LIMIT: usize = usize::MAX;

    fn pretty(text: &str) -> String {
        pretty_json(text.as_bytes(), NO_LIMIT).unwrap().text
    }

    #[test]
    fn only_white_space_changes() {
        assert_eq!(
            pretty(r#"{"b":1.50e+2,"a":[1,{"b":null}, "x\"}, [" ],"b":12345678901234567890.10}"#),
            "{\n  \"b\": 1.50e+2,\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    },\n    \
             \"x\\\"}, [\"\n  ],\n  \"b\": 12345678901234567890.10\n}"
        );
        assert_eq!(pretty("[ ]"), "[]");
        assert_eq!(pretty(" {\r\n\t} "), "{}");
        assert_eq!(pretty("[[],{}]"), "[\n  [],\n  {}\n]");
        assert_eq!(pretty("-0.0"), "-0.0");
        assert_eq!(pretty(r#""a\\""#), r#""a\\""#);
        assert_eq!(pretty("[\"ünï: ,\u{2028}\"]"), "[\n  \"ünï: ,\u{2028}\"\n]");
        assert_eq!(pretty(r#"["\ud800"]"#), "[\n  \"\\ud800\"\n]");
    }

    #[test]
    fn what_is_not_json_says_where() {
        let error = |payload: &[u8]| pretty_json(payload, NO_LIMIT).unwrap_err();
        assert_eq!(error(b""), JsonError::Empty);
        assert_eq!(error(b" \n"), JsonError::Empty);
        assert_eq!(
            error(b"{\"a\":1,}"),
            JsonError::Syntax { line: 1, column: 8 }
        );
        assert_eq!(error(b"[1\n2]"), JsonError::Syntax { line: 2, column: 1 });
        assert_eq!(error(b"[1,"), JsonError::EndsEarly { line: 1, column: 3 });
        assert!(matches!(error(b"1 2"), JsonError::Syntax { .. }));
        assert!(matches!(error(b"hello"), JsonError::Syntax { .. }));
        assert!(matches!(error(b"[\"\xff\"]"), JsonError::NotText(_)));
        assert!(matches!(error(b"{'a':1}"), JsonError::Syntax { .. }));
    }

    #[test]
    fn depth_is_limited_before_anything_grows() {
        let nested = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert!(pretty_json(nested(128).as_bytes(), NO_LIMIT).is_ok());
        assert_eq!(
            pretty_json(nested(129).as_bytes(), NO_LIMIT),
            Err(JsonError::TooDeep)
        );
        assert_eq!(
            check_json("[".repeat(5_000_000).as_bytes()),
            Err(JsonError::TooDeep)
        );
        let brackets_in_string = ["\"", &"[".repeat(500), "\""].concat();
        assert_eq!(pretty(&brackets_in_string), brackets_in_string);
    }

    #[test]
    fn a_text_that_would_be_too_long_is_cut_and_says_so() {
        let text = [
            "[".repeat(100),
            "1,".repeat(10_000),
            "1".into(),
            "]".repeat(100),
        ]
        .concat();
        let cut = pretty_json(text.as_bytes(), 20_000).unwrap();
        assert!(cut.text.len() < 20_300);
        assert!(cut.shown < text.len());
        let whole = pretty_json(text.as_bytes(), NO_LIMIT).unwrap();
        assert_eq!(whole.shown, text.len());
        assert!(whole.text.starts_with(&cut.text));
    }

    proptest! {
        #[test]
        fn the_value_is_the_same_and_indenting_twice_changes_nothing(
            text in r#"[\[\]{}",: \\a0-9.é\n]{0,40}|(\[|\{"a": )*("x\\""|1|\[\]|\{ \})(, ?(1|"ü"))*(\]|\})*"#,
        ) {
            let Ok(pretty) = pretty_json(text.as_bytes(), NO_LIMIT) else { return Ok(()) };
            let before: serde_json::Value = serde_json::from_str(&text).unwrap();
            let after: serde_json::Value = serde_json::from_str(&pretty.text).unwrap();
            prop_assert_eq!(before, after);
            let again = pretty_json(pretty.text.as_bytes(), NO_LIMIT).unwrap();
            prop_assert_eq!(&again.text, &pretty.text);
        }
    }
}
