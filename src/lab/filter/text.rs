//! Finding a text in topics and payloads.

use core::fmt;
use core::ops::Range;
use std::sync::Arc;

use memchr::{memchr, memchr2};

/// The longest text to look for, in bytes.
pub const SEARCH_TEXT_MAXIMUM: usize = 256;

/// How much of a payload a regular expression looks at, in bytes. It takes time for each byte and
/// each part of the pattern, and one payload must not stop the page.
pub const PATTERN_PAYLOAD_MAXIMUM: usize = 65_536;

/// How much memory a compiled pattern may take, in bytes; what it takes is also what it costs for
/// each byte that is looked at.
const PATTERN_SIZE_MAXIMUM: usize = 1 << 15;

/// Why a pattern is none. The words are the pattern reader's own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no regular expression that can be used: {words}")]
pub struct PatternError {
    /// What is wrong, in lower case.
    pub words: String,
}

/// A text to look for.
#[derive(Clone, Debug)]
pub(in crate::lab) enum TextMatcher {
    Plain(Plain),
    /// Behind a trait, so that only whoever makes one brings the code of patterns along.
    Pattern(Arc<dyn Pattern>),
}

/// Something that finds itself in a text.
pub(in crate::lab) trait Pattern: fmt::Debug + Send + Sync {
    /// The leftmost match that begins at `from` or later.
    fn find(&self, text: &str, from: usize) -> Option<Range<usize>>;
}

impl TextMatcher {
    /// Reads what was typed.
    pub(in crate::lab) fn new(text: &str, is_case_sensitive: bool) -> Self {
        Self::Plain(Plain::new(text.as_bytes(), is_case_sensitive))
    }

    /// Reads a regular expression.
    pub(super) fn pattern(text: &str, is_case_sensitive: bool) -> Result<Self, PatternError> {
        let regex = regex_lite::RegexBuilder::new(text)
            .case_insensitive(!is_case_sensitive)
            .size_limit(PATTERN_SIZE_MAXIMUM)
            .build()
            .map_err(|error| PatternError {
                words: match error.to_string() {
                    // It tells no limit; and which it was is told by nothing but its words.
                    words if words.ends_with("size limit") => {
                        format!("it is too large: taken apart it has more than {PATTERN_SIZE_MAXIMUM} bytes")
                    }
                    words => words,
                },
            })?;
        Ok(Self::Pattern(Arc::new(Regex(regex))))
    }

    /// Whether `bytes` have it; and whether they were looked through to their end, or to the match.
    pub(in crate::lab) fn is_in(&self, bytes: &[u8]) -> (bool, bool) {
        match self {
            Self::Plain(plain) => (plain.find(bytes, 0).is_some(), true),
            Self::Pattern(pattern) => {
                let part = bytes.get(..PATTERN_PAYLOAD_MAXIMUM).unwrap_or(bytes);
                // What is no text lies between the texts that are looked through.
                let found = part
                    .utf8_chunks()
                    .any(|chunk| pattern.find(chunk.valid(), 0).is_some());
                (found, found || part.len() == bytes.len())
            }
        }
    }

    /// Where `text` has it: up to `maximum` places, none of them empty, in order.
    pub(in crate::lab) fn spans(&self, text: &str, maximum: usize) -> Vec<Range<usize>> {
        let mut spans = Vec::new();
        let mut from = 0;
        while spans.len() < maximum && from <= text.len() {
            let found = match self {
                Self::Plain(plain) => plain.find(text.as_bytes(), from),
                Self::Pattern(pattern) => pattern.find(text, from),
            };
            let Some(span) = found else { break };
            from = if span.is_empty() {
                // On to the next character.
                let rest = text.get(span.end..).unwrap_or_default();
                span.end + rest.chars().next().map_or(1, char::len_utf8)
            } else {
                span.end
            };
            if !span.is_empty() {
                spans.push(span);
            }
        }
        spans
    }

    /// What it costs to look through so many bytes, in steps of long work.
    pub(super) const fn cost(&self, bytes: usize) -> usize {
        match self {
            Self::Plain(_) => bytes / 512,
            Self::Pattern(_) => 4 + bytes / 16,
        }
    }
}

#[derive(Debug)]
struct Regex(regex_lite::Regex);

impl Pattern for Regex {
    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        self.0.find_at(text, from).map(|found| found.range())
    }
}

/// A text to be found as it is. Without regard to case, A to Z are a to z, and nothing else is
/// anything else.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Plain {
    /// In lower case where case does not matter.
    needle: Vec<u8>,
    folds: bool,
    /// The place in the needle of the byte that payloads have least often.
    rare: usize,
    /// For each place of the needle, how many bytes before it and with it the needle begins with:
    /// what keeps a search linear where needle and text are made of the same few bytes.
    borders: Vec<usize>,
}

impl Plain {
    fn new(text: &[u8], is_case_sensitive: bool) -> Self {
        let folds = !is_case_sensitive && text.iter().any(u8::is_ascii_alphabetic);
        let mut needle = text.to_vec();
        if folds {
            needle.make_ascii_lowercase();
        }
        let places = needle.iter().enumerate();
        let rare = places.min_by_key(|(_, byte)| commonness(**byte));
        Self {
            rare: rare.map_or(0, |(place, _)| place),
            borders: borders(&needle),
            needle,
            folds,
        }
    }

    fn find(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let length = self.needle.len();
        let Some(&rare) = self.needle.get(self.rare) else {
            return (from <= text.len()).then_some(from..from);
        };
        let mut start = from;
        let mut spent = 0;
        while let Some(window) = text.get(start + self.rare..) {
            let hit = if self.folds && rare.is_ascii_alphabetic() {
                memchr2(rare, rare.to_ascii_uppercase(), window)
            } else {
                memchr(rare, window)
            };
            start += hit?;
            let end = start + length;
            if self.equals(text.get(start..end)?) {
                return Some(start..end);
            }
            spent += length;
            start += 1;
            if spent > 4 * (start - from) + 4_096 {
                return self.find_steadily(text, start);
            }
        }
        None
    }

    fn equals(&self, candidate: &[u8]) -> bool {
        if self.folds {
            candidate.eq_ignore_ascii_case(&self.needle)
        } else {
            *candidate == *self.needle
        }
    }

    /// Looks at each byte once (Knuth, Morris, Pratt).
    fn find_steadily(&self, text: &[u8], from: usize) -> Option<Range<usize>> {
        let length = self.needle.len();
        let mut matched = 0;
        for (place, &byte) in text.iter().enumerate().skip(from) {
            let byte = if self.folds {
                byte.to_ascii_lowercase()
            } else {
                byte
            };
            while matched > 0 && self.needle.get(matched) != Some(&byte) {
                matched = border_before(&self.borders, matched);
            }
            if self.needle.get(matched) == Some(&byte) {
                matched += 1;
            }
            if matched == length {
                return Some(place + 1 - length..place + 1);
            }
        }
        None
    }
}

fn border_before(borders: &[usize], matched: usize) -> usize {
    let last = matched.checked_sub(1);
    last.and_then(|last| borders.get(last).copied())
        .unwrap_or(0)
}

fn borders(needle: &[u8]) -> Vec<usize> {
    let mut borders = Vec::with_capacity(needle.len());
    let mut matched = 0;
    for (place, byte) in needle.iter().enumerate() {
        while matched > 0 && needle.get(matched) != Some(byte) {
            matched = border_before(&borders, matched);
        }
        if place > 0 && needle.get(matched) == Some(byte) {
            matched += 1;
        }
        borders.push(matched);
    }
    borders
}

/// How often a byte is met in topics and payloads, roughly: JSON and numbers for the most part.
const fn commonness(byte: u8) -> u8 {
    match byte {
        b'"' | b'e' | b' ' | b'0' | b'1' | b'2' => 9,
        b'a' | b't' | b'i' | b'n' | b'o' | b's' | b'r' | b':' | b',' | b'.' | b'/' => 8,
        b'3'..=b'9' => 7,
        b'l' | b'm' | b'd' | b'u' | b'c' | b'p' | b'h' => 6,
        b'a'..=b'z' | b'{' | b'}' => 5,
        b'A'..=b'Z' | b'_' | b'-' => 3,
        0 | 0xff | 0xc3 => 3,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(text: &str) -> TextMatcher {
        TextMatcher::new(text, false)
    }

    #[test]
    fn text_is_found_with_and_without_regard_to_case() {
        let payload = br#"{"Temperature":21.5,"room":"K\xfcche"}"#;
        for (text, is_case_sensitive, expected) in [
            ("temperature", false, true),
            ("temperature", true, false),
            ("Temperature", true, true),
            ("21.5", true, true),
            ("21,5", false, false),
            ("\":\"K", true, true),
            ("\"}", true, true),
            ("", false, true),
        ] {
            let matcher = TextMatcher::new(text, is_case_sensitive);
            assert_eq!(matcher.is_in(payload), (expected, true), "{text}");
        }
        assert!(!plain("Ä").is_in("ä".as_bytes()).0, "only A to Z");
    }

    #[test]
    fn patterns_search_the_texts_between_bytes_that_are_none() {
        let matcher = TextMatcher::pattern(r"t\d+$", false).unwrap();
        assert_eq!(matcher.is_in(b"T17\xff"), (true, true));
        assert_eq!(matcher.is_in(b"\xff\xfet 17"), (false, true));
        let error = TextMatcher::pattern("a(b", true).unwrap_err();
        assert!(error.to_string().contains("regular expression"), "{error}");
        assert!(TextMatcher::pattern("(a{500}){500}", true).is_err());
    }

    #[test]
    fn a_pattern_that_would_take_too_long_is_refused_in_words() {
        for text in ["((x{100}){100}){100}", r"(\w{999}){9}"] {
            let error = TextMatcher::pattern(text, true).unwrap_err();
            let words = "it is too large: taken apart it has more than 32768 bytes";
            assert_eq!(error.words, words, "{text}");
        }
        let nested = "(".repeat(400) + &")".repeat(400);
        let error = TextMatcher::pattern(&nested, true).unwrap_err();
        assert!(error.words.contains("nest"), "{error}");
    }

    #[test]
    fn what_a_pattern_did_not_look_at_is_said() {
        let matcher = TextMatcher::pattern("x", true).unwrap();
        let mut payload = vec![b'a'; PATTERN_PAYLOAD_MAXIMUM];
        assert_eq!(matcher.is_in(&payload), (false, true));
        payload.push(b'x');
        assert_eq!(matcher.is_in(&payload), (false, false));
    }

    #[test]
    fn spans_are_in_order_and_never_empty() {
        assert_eq!(plain("ab").spans("abABxab", 9), [0..2, 2..4, 5..7]);
        assert_eq!(plain("ab").spans("ababab", 2).len(), 2);
        let pattern = TextMatcher::pattern("x*", true).unwrap();
        assert_eq!(pattern.spans("aüxxbx", 9), [3..5, 6..7]);
        assert_eq!(pattern.spans("", 9), []);
    }

    #[test]
    fn few_different_bytes_do_not_make_it_slow() {
        // Four hundred times ten million comparisons would take minutes.
        let text = vec![b'a'; 10_000_000];
        let needle = ["a".repeat(120), "b".into(), "a".repeat(120)].concat();
        let mut matcher = Plain::new(needle.as_bytes(), false);
        matcher.rare = 3;
        assert_eq!(matcher.find(&text, 0), None);
    }

    proptest! {
        #[test]
        fn it_finds_what_a_naive_search_finds(
            text in "[abAB]{0,60}", needle in "[abAB]{1,6}", from in 0_usize..8, folds: bool, steadily: bool,
        ) {
            let matcher = Plain::new(needle.as_bytes(), !folds);
            let (text, needle) = if folds {
                (text.to_ascii_lowercase(), needle.to_ascii_lowercase())
            } else {
                (text, needle)
            };
            let expected = text.get(from..).and_then(|rest| rest.find(&needle));
            let expected = expected.map(|place| place + from..place + from + needle.len());
            let found = if steadily {
                matcher.find_steadily(text.as_bytes(), from)
            } else {
                matcher.find(text.as_bytes(), from)
            };
            prop_assert_eq!(found, expected);
        }
    }
}
