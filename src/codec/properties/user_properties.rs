//! User Properties (section 3.3.2.3.7 and its likes).

use core::fmt;

use super::{PropertyId, PropertyRun};
use crate::codec::MAXIMUM_TEXT_LENGTH;
use crate::codec::utf8_field::{holds_null, position};

/// Pairs of name and value, in order; a name may repeat.
///
/// They are kept as they are on the wire, so that those of a received packet cost nothing until
/// they are looked at.
#[derive(Clone, Default)]
pub struct UserProperties<'a>(pub(crate) PropertyRun<'a>);

impl<'a> UserProperties<'a> {
    /// None at all.
    pub const EMPTY: Self = Self(PropertyRun::EMPTY);

    /// Collects pairs of name and value.
    ///
    /// # Errors
    ///
    /// As [`push`](Self::push).
    pub fn from_pairs<'b>(
        pairs: impl IntoIterator<Item = (&'b str, &'b str)>,
    ) -> Result<UserProperties<'static>, UserPropertyError> {
        let mut properties = UserProperties::EMPTY;
        for (name, value) in pairs {
            properties.push(name, value)?;
        }
        Ok(properties)
    }

    /// Adds a pair behind the others.
    ///
    /// # Errors
    ///
    /// Where the name or the value is longer than 65,535 bytes or holds U+0000; nothing is added
    /// then.
    pub fn push(&mut self, name: &str, value: &str) -> Result<(), UserPropertyError> {
        let name_length = check(name)?;
        let value_length = check(value)?;
        self.0.push(PropertyId::UserProperty, |bytes| {
            bytes.push(PropertyId::UserProperty.as_u8());
            bytes.extend_from_slice(&name_length.to_be_bytes());
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(&value_length.to_be_bytes());
            bytes.extend_from_slice(value.as_bytes());
        });
        Ok(())
    }

    /// How many bytes they take in a packet: five a pair, and those of its texts.
    pub fn encoded_len(&self) -> usize {
        self.0.encoded_len()
    }

    /// How many pairs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no pair.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The pairs, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.0.values(PropertyId::UserProperty);
        values.filter_map(|value| {
            let (name, rest) = split_text(value)?;
            let (value, _) = split_text(rest)?;
            Some((name, value))
        })
    }

    /// The same pairs, without a copy of their bytes.
    pub fn as_borrowed(&self) -> UserProperties<'_> {
        UserProperties(self.0.as_borrowed())
    }

    /// The same pairs, in bytes of their own.
    pub fn into_owned(self) -> UserProperties<'static> {
        UserProperties(self.0.into_owned(PropertyId::UserProperty))
    }
}

impl PartialEq for UserProperties<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for UserProperties<'_> {}

impl fmt::Debug for UserProperties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Why a User Property cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserPropertyError {
    /// The name or the value does not fit its two length bytes.
    #[error("user property text is {length} bytes; at most 65535 are allowed")]
    TooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The name or the value holds U+0000 [MQTT-1.5.4-2].
    #[error("user property text holds U+0000 at byte {offset}")]
    NullCharacter {
        /// Where, in bytes from its beginning.
        offset: usize,
    },
}

fn check(text: &str) -> Result<u16, UserPropertyError> {
    let length = text.len();
    if holds_null(text.as_bytes()) {
        let offset = position(text.as_bytes(), |byte| byte == 0);
        return Err(UserPropertyError::NullCharacter { offset });
    }
    debug_assert_eq!(MAXIMUM_TEXT_LENGTH, usize::from(u16::MAX));
    u16::try_from(length).map_err(|_| UserPropertyError::TooLong { length })
}

fn split_text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((core::str::from_utf8(text).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_keep_their_order_and_their_repetitions() {
        let pairs = [("a", "1"), ("b", ""), ("", "2"), ("a", "3")];
        let properties = UserProperties::from_pairs(pairs).unwrap();
        assert_eq!(properties.len(), 4);
        assert!(properties.iter().eq(pairs));
        assert_eq!(properties.0.encoded_len(), 4 * 5 + 6);
        assert_eq!(
            format!("{properties:?}"),
            r#"[("a", "1"), ("b", ""), ("", "2"), ("a", "3")]"#
        );
    }

    #[test]
    fn pairs_with_other_properties_between_them_are_the_same_pairs() {
        // User Property a=1, Topic Alias 7, Subscription Identifier 300, User Property b=2.
        let section = b"\x26\0\x01a\0\x011\x23\0\x07\x0b\xac\x02\x26\0\x01b\0\x012";
        let spread = UserProperties(PropertyRun::borrowed(section, 2, 14));
        let dense = UserProperties::from_pairs([("a", "1"), ("b", "2")]).unwrap();
        assert_eq!(spread, dense);
        let mut bytes = Vec::new();
        spread.0.encode(PropertyId::UserProperty, &mut bytes);
        assert_eq!(bytes, b"\x26\0\x01a\0\x011\x26\0\x01b\0\x012");
        let mut more = spread.clone();
        more.push("c", "3").unwrap();
        assert!(more.iter().eq([("a", "1"), ("b", "2"), ("c", "3")]));
        assert_eq!(more.0.encoded_len(), 21);
        assert_eq!(spread.into_owned(), dense);
    }

    #[test]
    fn what_cannot_be_sent_is_refused_and_changes_nothing() {
        let mut properties = UserProperties::EMPTY;
        assert_eq!(
            properties.push("ok", "a\0"),
            Err(UserPropertyError::NullCharacter { offset: 1 })
        );
        let long = "x".repeat(65_536);
        let error = properties.push(&long, "").unwrap_err();
        assert_eq!(
            error.to_string(),
            "user property text is 65536 bytes; at most 65535 are allowed"
        );
        assert!(properties.is_empty());
    }
}
