//! Topic Names: what an Application Message is published to (section 4.7).

use core::fmt;

use super::utf8_field::{self, MAXIMUM_TEXT_LENGTH};

/// A valid Topic Name: 1 to 65,535 bytes of UTF-8 without U+0000, `+` and `#`.
///
/// Names are compared byte for byte: case counts, and so does every `/`, also the first, the last
/// and one right after another [MQTT-4.7.3-4].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicName<'a>(&'a str);

impl<'a> TopicName<'a> {
    /// Takes `text` as a Topic Name.
    ///
    /// # Errors
    ///
    /// The first thing about `text` that no Topic Name may have.
    pub fn parse(text: &'a str) -> Result<Self, TopicNameError> {
        check(text)?;
        Ok(Self(text))
    }

    /// Takes the bytes of one field (without its two length bytes) as a Topic Name.
    ///
    /// # Errors
    ///
    /// As [`TopicName::parse`], and for bytes that are not well-formed UTF-8.
    #[inline]
    pub fn from_field(field: &'a [u8]) -> Result<Self, TopicNameError> {
        let text = core::str::from_utf8(field);
        match text {
            Ok(text) if is_ordinary(field) => Ok(Self(text)),
            Ok(text) => Self::parse(text),
            Err(error) => Err(TopicNameError::NotUtf8 {
                offset: error.valid_up_to(),
            }),
        }
    }

    /// Takes the bytes of one field as a Topic Name if they are those of a name that needs no
    /// second look: short, and ASCII without U+0000 and wildcards.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn from_plain_field(field: &'a [u8]) -> Option<Self> {
        if field.is_empty() || !utf8_field::is_short_plain_topic(field) {
            return None;
        }
        core::str::from_utf8(field).ok().map(Self)
    }

    /// The name as text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The levels between the slashes, first to last; a level may be empty.
    pub fn levels(self) -> impl Iterator<Item = &'a str> + Clone {
        self.0.split('/')
    }

    /// Whether the name begins with `$`, which keeps it from filters that begin with a wildcard
    /// [MQTT-4.7.2-1].
    pub fn begins_with_dollar(self) -> bool {
        self.0.starts_with('$')
    }
}

impl fmt::Display for TopicName<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Why a text is not a Topic Name. Offsets are in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicNameError {
    /// It has no character [MQTT-4.7.3-1].
    #[error("topic name is empty; it needs at least 1 character")]
    Empty,
    /// It does not fit the two length bytes [MQTT-4.7.3-3].
    #[error("topic name is {length} bytes; at most 65535 are allowed")]
    TooLong {
        /// Its length in bytes of UTF-8.
        length: usize,
    },
    /// It is not well-formed UTF-8 [MQTT-1.5.4-1].
    #[error("topic name is not well-formed UTF-8 from byte {offset} on")]
    NotUtf8 {
        /// The first byte that is no part of a character.
        offset: usize,
    },
    /// It holds U+0000 [MQTT-4.7.3-2].
    #[error("topic name holds U+0000 at byte {offset}")]
    NullCharacter {
        /// Where.
        offset: usize,
    },
    /// It holds `+` or `#`, which only Topic Filters may [MQTT-4.7.0-1].
    #[error("topic name holds the wildcard '{character}' at byte {offset}")]
    Wildcard {
        /// `+` or `#`.
        character: char,
        /// Where.
        offset: usize,
    },
}

impl TopicNameError {
    /// The byte at which the fault stands, where it is one byte's.
    pub const fn offset(self) -> Option<usize> {
        match self {
            Self::Empty | Self::TooLong { .. } => None,
            Self::NotUtf8 { offset }
            | Self::NullCharacter { offset }
            | Self::Wildcard { offset, .. } => Some(offset),
        }
    }

    /// The statement of MQTT 5.0 that the text breaks.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Empty => "MQTT-4.7.3-1",
            Self::TooLong { .. } => "MQTT-4.7.3-3",
            Self::NotUtf8 { .. } => "MQTT-1.5.4-1",
            Self::NullCharacter { .. } => "MQTT-4.7.3-2",
            Self::Wildcard { .. } => "MQTT-4.7.0-1",
        }
    }
}

/// Whether the bytes are those of a name that needs no second look.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn is_ordinary(field: &[u8]) -> bool {
    !field.is_empty() && field.len() <= MAXIMUM_TEXT_LENGTH && utf8_field::is_plain_topic(field)
}

fn check(text: &str) -> Result<(), TopicNameError> {
    let length = text.len();
    if length == 0 {
        return Err(TopicNameError::Empty);
    }
    if length > MAXIMUM_TEXT_LENGTH {
        return Err(TopicNameError::TooLong { length });
    }
    if utf8_field::holds_null_or_wildcard(text.as_bytes()) {
        return Err(find_fault(text));
    }
    Ok(())
}

#[cold]
fn find_fault(text: &str) -> TopicNameError {
    let offset = utf8_field::position(text.as_bytes(), |byte| matches!(byte, 0 | b'+' | b'#'));
    match text.as_bytes().get(offset) {
        Some(b'+') => TopicNameError::Wildcard {
            character: '+',
            offset,
        },
        Some(b'#') => TopicNameError::Wildcard {
            character: '#',
            offset,
        },
        _ => TopicNameError::NullCharacter { offset },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_odd_are_valid() {
        for name in [
            "a",
            "/",
            "//",
            "/finance",
            "sport/",
            " ",
            "Accounts payable",
            "$SYS/broker/uptime",
            "$",
            "$share/g/a",
            "grüße/😀",
            "a\u{1}b",
            "ACCOUNTS",
            "\u{feff}",
        ] {
            assert_eq!(TopicName::parse(name).map(TopicName::as_str), Ok(name));
            assert!(TopicName::from_field(name.as_bytes()).is_ok());
        }
    }

    #[test]
    fn mqtt_4_7_3_1_a_name_has_at_least_one_character() {
        assert_eq!(TopicName::parse(""), Err(TopicNameError::Empty));
    }

    #[test]
    fn mqtt_4_7_3_3_a_name_has_at_most_65535_bytes() {
        let longest = "ä".repeat(32_767) + "a";
        assert_eq!(longest.len(), 65_535);
        assert!(TopicName::parse(&longest).is_ok());
        let length = 65_536;
        let error = TopicName::parse(&"a".repeat(length)).unwrap_err();
        assert_eq!(error, TopicNameError::TooLong { length });
        assert_eq!(
            error.to_string(),
            "topic name is 65536 bytes; at most 65535 are allowed"
        );
    }

    #[test]
    fn mqtt_4_7_0_1_a_name_holds_no_wildcard_and_the_error_says_where() {
        for (name, character, offset) in [
            ("#", '#', 0),
            ("home/+/temp", '+', 5),
            ("grüße/#", '#', 8),
            ("abcdefghijklmnopqrstuvwxyz+", '+', 26),
        ] {
            let expected = TopicNameError::Wildcard { character, offset };
            assert_eq!(TopicName::parse(name), Err(expected));
        }
    }

    #[test]
    fn mqtt_4_7_3_2_and_1_5_4_1_a_name_is_utf8_without_null() {
        assert_eq!(
            TopicName::parse("ab\0+"),
            Err(TopicNameError::NullCharacter { offset: 2 })
        );
        assert_eq!(
            TopicName::from_field(b"ab\xff"),
            Err(TopicNameError::NotUtf8 { offset: 2 })
        );
    }

    #[test]
    fn levels_keep_empty_ones() {
        let levels = |name| TopicName::parse(name).unwrap().levels().collect::<Vec<_>>();
        assert_eq!(levels("a/b"), ["a", "b"]);
        assert_eq!(levels("/a/"), ["", "a", ""]);
        assert_eq!(levels("/"), ["", ""]);
    }
}
