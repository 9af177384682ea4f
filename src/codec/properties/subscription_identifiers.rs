//! Subscription Identifiers (sections 3.3.2.3.8 and 3.8.2.1.2).

use core::fmt;
use core::num::NonZeroU32;

use super::{PropertyId, PropertyRun};

/// A number, 1 to 268,435,455, that a Client gives to subscriptions and that the Server repeats
/// with each message they match.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionIdentifier(NonZeroU32);

impl SubscriptionIdentifier {
    /// The smallest Subscription Identifier.
    pub const MIN: Self = Self(NonZeroU32::MIN);

    /// The largest value, which is the largest Variable Byte Integer.
    pub const MAXIMUM: u32 = 268_435_455;

    /// The identifier with this value; `None` for 0 and above 268,435,455.
    pub const fn new(value: u32) -> Option<Self> {
        match NonZeroU32::new(value) {
            Some(number) if value <= Self::MAXIMUM => Some(Self(number)),
            _ => None,
        }
    }

    /// 1 to 268,435,455.
    pub const fn value(self) -> u32 {
        self.0.get()
    }
}

impl fmt::Display for SubscriptionIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The Subscription Identifiers of a PUBLISH: one for each matching subscription that has one, in
/// no particular order; one may repeat.
#[derive(Clone, Default)]
pub struct SubscriptionIdentifiers<'a>(pub(crate) PropertyRun<'a>);

impl<'a> SubscriptionIdentifiers<'a> {
    /// None at all.
    pub const EMPTY: Self = Self(PropertyRun::EMPTY);

    /// Adds one.
    pub fn push(&mut self, identifier: SubscriptionIdentifier) {
        self.0.push(PropertyId::SubscriptionIdentifier, |bytes| {
            bytes.push(PropertyId::SubscriptionIdentifier.as_u8());
            let mut rest = identifier.value();
            while rest >= 0x80 {
                bytes.push(0x80 | (rest & 0x7f) as u8);
                rest >>= 7;
            }
            bytes.push(rest as u8);
        });
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The identifiers, as they stand in the packet.
    pub fn iter(&self) -> impl Iterator<Item = SubscriptionIdentifier> {
        let values = self.0.values(PropertyId::SubscriptionIdentifier);
        values.filter_map(|value| {
            let number = value
                .iter()
                .rev()
                .fold(0_u32, |number, byte| (number << 7) | u32::from(byte & 0x7f));
            SubscriptionIdentifier::new(number)
        })
    }

    /// The same identifiers, without a copy of their bytes.
    pub fn as_borrowed(&self) -> SubscriptionIdentifiers<'_> {
        SubscriptionIdentifiers(self.0.as_borrowed())
    }

    /// The same identifiers, in bytes of their own.
    pub fn into_owned(self) -> SubscriptionIdentifiers<'static> {
        SubscriptionIdentifiers(self.0.into_owned(PropertyId::SubscriptionIdentifier))
    }
}

impl FromIterator<SubscriptionIdentifier> for SubscriptionIdentifiers<'static> {
    fn from_iter<T: IntoIterator<Item = SubscriptionIdentifier>>(identifiers: T) -> Self {
        let mut all = Self::EMPTY;
        for identifier in identifiers {
            all.push(identifier);
        }
        all
    }
}

impl PartialEq for SubscriptionIdentifiers<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl Eq for SubscriptionIdentifiers<'_> {}

impl fmt::Debug for SubscriptionIdentifiers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_of_every_length_come_back() {
        let values = [
            1,
            127,
            128,
            16_383,
            16_384,
            2_097_151,
            2_097_152,
            268_435_455,
        ];
        let all: SubscriptionIdentifiers<'_> = values
            .iter()
            .map(|value| SubscriptionIdentifier::new(*value).unwrap())
            .collect();
        assert!(all.iter().map(SubscriptionIdentifier::value).eq(values));
        assert_eq!(all.0.encoded_len(), 2 * (2 + 3 + 4 + 5));
    }

    #[test]
    fn zero_and_too_large_values_are_none() {
        assert_eq!(SubscriptionIdentifier::new(0), None);
        assert_eq!(SubscriptionIdentifier::new(268_435_456), None);
    }
}
