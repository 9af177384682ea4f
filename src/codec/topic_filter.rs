//! Topic Filters: what a subscription asks for (sections 4.7 and 4.8).

use core::fmt;

use super::utf8_field::{self, MAXIMUM_TEXT_LENGTH, TextFault};

/// What a Shared Subscription's Topic Filter begins with (section 4.8.2).
const SHARED_PREFIX: &str = "$share/";

/// A valid Topic Filter: 1 to 65,535 bytes of UTF-8 without U+0000, in which `+` stands alone in
/// its level and `#` stands alone in the last one.
///
/// A filter of the form `$share/group/filter` is a Shared Subscription in MQTT 5.0. In MQTT 3.1
/// and 3.1.1 the standard gives `$share` no meaning, yet mosquitto, EMQX and HiveMQ honour it there
/// too; [`TopicFilter::parse_without_shared`] is for those versions' rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicFilter<'a>(&'a str);

impl<'a> TopicFilter<'a> {
    /// Takes `text` as a Topic Filter by the rules of MQTT 5.0, those of Shared Subscriptions
    /// included.
    ///
    /// # Errors
    ///
    /// The first thing about `text` that no Topic Filter may have.
    pub fn parse(text: &'a str) -> Result<Self, TopicFilterError> {
        let filter = Self::parse_without_shared(text)?;
        check_shared(text)?;
        Ok(filter)
    }

    /// Takes `text` as a Topic Filter by the rules of MQTT 3.1 and 3.1.1, where `$share` is a level
    /// like any other.
    ///
    /// # Errors
    ///
    /// The first thing about `text` that no Topic Filter may have.
    pub fn parse_without_shared(text: &'a str) -> Result<Self, TopicFilterError> {
        check(text)?;
        Ok(Self(text))
    }

    /// Takes the bytes of one field (without its two length bytes) as a Topic Filter.
    ///
    /// # Errors
    ///
    /// As [`TopicFilter::parse_without_shared`], and for bytes that are not well-formed UTF-8.
    pub fn from_field(field: &'a [u8]) -> Result<Self, TopicFilterError> {
        Self::parse_without_shared(utf8_field::check_text(field)?)
    }

    /// The filter as text.
    pub const fn as_str(self) -> &'a str {
        self.0
    }

    /// The levels between the slashes, first to last; a level may be empty. For a Shared
    /// Subscription these include `$share` and the group.
    pub fn levels(self) -> impl Iterator<Item = &'a str> + Clone {
        self.0.split('/')
    }

    /// The group (the standard's ShareName) and the filter that it shares, where this is the
    /// filter of a Shared Subscription.
    pub fn shared(self) -> Option<(&'a str, Self)> {
        let (group, filter) = self.0.strip_prefix(SHARED_PREFIX)?.split_once('/')?;
        let is_valid = !group.is_empty() && !filter.is_empty() && !holds_wildcard(group);
        is_valid.then_some((group, Self(filter)))
    }

    /// The filter that Topic Names are held against: the shared one of a Shared Subscription, else
    /// this one.
    pub fn matched_part(self) -> Self {
        self.shared().map_or(self, |(_, filter)| filter)
    }

    /// Whether `+` or `#` stands in the part that Topic Names are held against.
    pub fn has_wildcard(self) -> bool {
        holds_wildcard(self.matched_part().0)
    }
}

impl fmt::Display for TopicFilter<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

/// Why a text is not a Topic Filter. Offsets are in bytes from its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicFilterError {
    /// It has no character [MQTT-4.7.3-1].
    #[error("topic filter is empty; it needs at least 1 character")]
    Empty,
    /// It does not fit the two length bytes [MQTT-4.7.3-3].
    #[error("topic filter is {length} bytes; at most 65535 are allowed")]
    TooLong {
        /// Its length in bytes of UTF-8.
        length: usize,
    },
    /// It is not well-formed UTF-8 [MQTT-1.5.4-1].
    #[error("topic filter is not well-formed UTF-8 from byte {offset} on")]
    NotUtf8 {
        /// The first byte that is no part of a character.
        offset: usize,
    },
    /// It holds U+0000 [MQTT-4.7.3-2].
    #[error("topic filter holds U+0000 at byte {offset}")]
    NullCharacter {
        /// Where.
        offset: usize,
    },
    /// `+` shares its level with other characters [MQTT-4.7.1-2].
    #[error("'+' at byte {offset} of the topic filter is not alone in its level")]
    SingleLevelWildcardNotAlone {
        /// Where the `+` stands.
        offset: usize,
    },
    /// `#` shares its level with other characters [MQTT-4.7.1-1].
    #[error("'#' at byte {offset} of the topic filter is not alone in its level")]
    MultiLevelWildcardNotAlone {
        /// Where the `#` stands.
        offset: usize,
    },
    /// Another level follows `#` [MQTT-4.7.1-1].
    #[error("'#' at byte {offset} of the topic filter is not in the last level")]
    MultiLevelWildcardNotLast {
        /// Where the `#` stands.
        offset: usize,
    },
    /// Nothing stands between `$share/` and the next slash [MQTT-4.8.2-1].
    #[error("shared subscription has no group; its form is $share/group/filter")]
    SharedGroupMissing,
    /// The group of a Shared Subscription holds `+` or `#` [MQTT-4.8.2-2].
    #[error("group of the shared subscription holds the wildcard '{character}' at byte {offset}")]
    SharedGroupWildcard {
        /// `+` or `#`.
        character: char,
        /// Where.
        offset: usize,
    },
    /// No filter follows the group of a Shared Subscription [MQTT-4.8.2-2].
    #[error("shared subscription has no filter after its group; its form is $share/group/filter")]
    SharedFilterMissing,
}

impl TopicFilterError {
    /// The byte at which the fault stands, where it is one byte's.
    pub const fn offset(self) -> Option<usize> {
        match self {
            Self::Empty
            | Self::TooLong { .. }
            | Self::SharedGroupMissing
            | Self::SharedFilterMissing => None,
            Self::NotUtf8 { offset }
            | Self::NullCharacter { offset }
            | Self::SingleLevelWildcardNotAlone { offset }
            | Self::MultiLevelWildcardNotAlone { offset }
            | Self::MultiLevelWildcardNotLast { offset }
            | Self::SharedGroupWildcard { offset, .. } => Some(offset),
        }
    }

    /// The statement of MQTT 5.0 that the text breaks.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Empty => "MQTT-4.7.3-1",
            Self::TooLong { .. } => "MQTT-4.7.3-3",
            Self::NotUtf8 { .. } => "MQTT-1.5.4-1",
            Self::NullCharacter { .. } => "MQTT-4.7.3-2",
            Self::SingleLevelWildcardNotAlone { .. } => "MQTT-4.7.1-2",
            Self::MultiLevelWildcardNotAlone { .. } | Self::MultiLevelWildcardNotLast { .. } => {
                "MQTT-4.7.1-1"
            }
            Self::SharedGroupMissing => "MQTT-4.8.2-1",
            Self::SharedGroupWildcard { .. } | Self::SharedFilterMissing => "MQTT-4.8.2-2",
        }
    }
}

impl From<TextFault> for TopicFilterError {
    fn from(fault: TextFault) -> Self {
        match fault {
            TextFault::NotUtf8 { offset } => Self::NotUtf8 { offset },
            TextFault::NullCharacter { offset } => Self::NullCharacter { offset },
        }
    }
}

fn check(text: &str) -> Result<(), TopicFilterError> {
    let length = text.len();
    if length == 0 {
        return Err(TopicFilterError::Empty);
    }
    if length > MAXIMUM_TEXT_LENGTH {
        return Err(TopicFilterError::TooLong { length });
    }
    // Most filters have neither, and a wildcard is looked at only where there is one.
    if utf8_field::holds_null_or_wildcard(text.as_bytes()) {
        return check_marks(text.as_bytes());
    }
    Ok(())
}

/// Goes through the U+0000 and wildcards of a filter and judges each by its neighbours.
fn check_marks(bytes: &[u8]) -> Result<(), TopicFilterError> {
    let mut before = None;
    let mut bytes_left = bytes.iter().copied().enumerate().peekable();
    while let Some((offset, byte)) = bytes_left.next() {
        let after = bytes_left.peek().map(|&(_, byte)| byte);
        let begins_level = matches!(before, None | Some(b'/'));
        match byte {
            0 => return Err(TopicFilterError::NullCharacter { offset }),
            b'+' if !begins_level || !matches!(after, None | Some(b'/')) => {
                return Err(TopicFilterError::SingleLevelWildcardNotAlone { offset });
            }
            b'#' if !begins_level || !matches!(after, None | Some(b'/')) => {
                return Err(TopicFilterError::MultiLevelWildcardNotAlone { offset });
            }
            b'#' if after.is_some() => {
                return Err(TopicFilterError::MultiLevelWildcardNotLast { offset });
            }
            _ => {}
        }
        before = Some(byte);
    }
    Ok(())
}

fn check_shared(text: &str) -> Result<(), TopicFilterError> {
    let Some(rest) = text.strip_prefix(SHARED_PREFIX) else {
        return Ok(());
    };
    let (group, filter) = rest.split_once('/').unwrap_or((rest, ""));
    if group.is_empty() {
        return Err(TopicFilterError::SharedGroupMissing);
    }
    if let Some((offset, character)) = group.char_indices().find(|&(_, c)| is_wildcard(c)) {
        return Err(TopicFilterError::SharedGroupWildcard {
            character,
            offset: SHARED_PREFIX.len() + offset,
        });
    }
    if filter.is_empty() {
        return Err(TopicFilterError::SharedFilterMissing);
    }
    Ok(())
}

fn holds_wildcard(text: &str) -> bool {
    text.contains(is_wildcard)
}

const fn is_wildcard(character: char) -> bool {
    matches!(character, '+' | '#')
}

#[cfg(test)]
mod tests {
    use super::TopicFilterError::*;
    use super::*;

    #[test]
    fn valid_filters() {
        for filter in [
            "a",
            "/",
            "//",
            "#",
            "+",
            "+/+",
            "/+",
            "+/",
            "sport/tennis/#",
            "+/tennis/#",
            "sport/+/player1",
            "/#",
            "+/#",
            "a/+/#",
            " ",
            "$SYS/#",
            "$SYS/monitor/+",
            "$share",
            "$share/g/a",
            "$share/g/#",
            "$share/g/+/x",
            "$share/g//",
            "$share/g//a",
            "$share/ g /a",
            "$share/g/$share/h/a",
            "$sharex/",
            "$Share/",
            "grüße/+/😀",
        ] {
            assert_eq!(
                TopicFilter::parse(filter).map(TopicFilter::as_str),
                Ok(filter)
            );
            assert!(TopicFilter::from_field(filter.as_bytes()).is_ok());
        }
    }

    #[test]
    fn each_wrong_filter_says_what_is_wrong_and_where() {
        for (filter, error) in [
            ("", Empty),
            ("a\0", NullCharacter { offset: 1 }),
            ("sport+", SingleLevelWildcardNotAlone { offset: 5 }),
            ("+a", SingleLevelWildcardNotAlone { offset: 0 }),
            ("++", SingleLevelWildcardNotAlone { offset: 0 }),
            ("a/b+/c", SingleLevelWildcardNotAlone { offset: 3 }),
            ("ü/+b", SingleLevelWildcardNotAlone { offset: 3 }),
            ("+#", SingleLevelWildcardNotAlone { offset: 0 }),
            ("sport/tennis#", MultiLevelWildcardNotAlone { offset: 12 }),
            ("#a", MultiLevelWildcardNotAlone { offset: 0 }),
            ("##", MultiLevelWildcardNotAlone { offset: 0 }),
            ("a/#b/c", MultiLevelWildcardNotAlone { offset: 2 }),
            (
                "sport/tennis/#/ranking",
                MultiLevelWildcardNotLast { offset: 13 },
            ),
            ("#/", MultiLevelWildcardNotLast { offset: 0 }),
            ("#/#", MultiLevelWildcardNotLast { offset: 0 }),
            ("$share/", SharedGroupMissing),
            ("$share//a", SharedGroupMissing),
            ("$share//", SharedGroupMissing),
            ("$share/g", SharedFilterMissing),
            ("$share/g/", SharedFilterMissing),
            (
                "$share/+",
                SharedGroupWildcard {
                    character: '+',
                    offset: 7,
                },
            ),
            (
                "$share/+/a",
                SharedGroupWildcard {
                    character: '+',
                    offset: 7,
                },
            ),
            (
                "$share/#",
                SharedGroupWildcard {
                    character: '#',
                    offset: 7,
                },
            ),
            ("$share/g/a#", MultiLevelWildcardNotAlone { offset: 10 }),
            ("$share/g+/a", SingleLevelWildcardNotAlone { offset: 8 }),
        ] {
            assert_eq!(TopicFilter::parse(filter), Err(error), "{filter:?}");
        }
        assert_eq!(
            TopicFilter::from_field(b"a/\xff"),
            Err(NotUtf8 { offset: 2 })
        );
    }

    #[test]
    fn mqtt_4_7_3_3_a_filter_has_at_most_65535_bytes() {
        assert!(TopicFilter::parse(&"/".repeat(65_535)).is_ok());
        let error = TopicFilter::parse(&"/".repeat(65_536)).unwrap_err();
        assert_eq!(error, TooLong { length: 65_536 });
    }

    #[test]
    fn share_is_a_level_like_any_other_before_version_5() {
        for filter in ["$share/", "$share/g", "$share//a", "$share/+/a", "$share/#"] {
            let parsed = TopicFilter::parse_without_shared(filter).unwrap();
            assert_eq!(parsed.shared(), None);
            assert_eq!(parsed.matched_part(), parsed);
        }
    }

    #[test]
    fn a_shared_filter_is_taken_apart() {
        let shared = |text| {
            let filter = TopicFilter::parse(text).unwrap();
            filter
                .shared()
                .map(|(group, filter)| (group, filter.as_str()))
        };
        assert_eq!(shared("$share/g/a/b"), Some(("g", "a/b")));
        assert_eq!(shared("$share/g//a"), Some(("g", "/a")));
        assert_eq!(shared("$share/g/#"), Some(("g", "#")));
        assert_eq!(shared("$share"), None);
        assert_eq!(shared("share/g/a"), None);
    }

    #[test]
    fn wildcards_count_only_where_names_are_matched() {
        let has = |text| TopicFilter::parse(text).unwrap().has_wildcard();
        assert!(has("a/+"));
        assert!(has("$share/g/#"));
        assert!(!has("$share/g/a"));
        assert!(!has("a/b"));
    }
}
