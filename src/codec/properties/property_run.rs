//! Properties that may repeat, kept as the bytes they were read from.

use std::borrow::Cow;

use super::{PropertyId, PropertyType};

/// All properties with one identifier, out of one packet, in their order.
///
/// They stay encoded: reading them allocates nothing and writing them is one copy. Where other
/// properties stand between the first and the last one, those stay in `bytes` and are skipped.
///
/// Invariant: `bytes` is a sequence of whole, valid properties, of which `count` have the wanted
/// identifier and take `encoded_len` bytes.
#[derive(Clone)]
pub(crate) struct PropertyRun<'a> {
    bytes: Cow<'a, [u8]>,
    count: u32,
    encoded_len: u32,
}

impl<'a> PropertyRun<'a> {
    pub(crate) const EMPTY: Self = Self::borrowed(&[], 0, 0);

    /// Takes properties that the decoder has checked; see the invariant.
    pub(crate) const fn borrowed(bytes: &'a [u8], count: u32, encoded_len: u32) -> Self {
        Self {
            bytes: Cow::Borrowed(bytes),
            count,
            encoded_len,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.count as usize
    }

    pub(crate) fn encoded_len(&self) -> usize {
        self.encoded_len as usize
    }

    /// The bytes, where nothing else stands between the properties.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn dense(&self) -> Option<&[u8]> {
        (self.bytes.len() == self.encoded_len()).then_some(&*self.bytes)
    }

    /// The values (without identifier) of the properties called `wanted`.
    pub(crate) fn values(&self, wanted: PropertyId) -> Values<'_> {
        Values {
            rest: &self.bytes,
            wanted,
        }
    }

    pub(crate) fn encode(&self, wanted: PropertyId, out: &mut Vec<u8>) {
        if let Some(bytes) = self.dense() {
            out.extend_from_slice(bytes);
            return;
        }
        for value in self.values(wanted) {
            out.push(wanted.as_u8());
            out.extend_from_slice(value);
        }
    }

    /// Adds one more. `append` writes identifier and value.
    pub(crate) fn push(&mut self, wanted: PropertyId, append: impl FnOnce(&mut Vec<u8>)) {
        // An owned run holds only the wanted properties: both ways to get one see to that.
        let count = self.count.saturating_add(1);
        let mut bytes = core::mem::take(self).into_owned(wanted).bytes.into_owned();
        append(&mut bytes);
        *self = Self {
            count,
            encoded_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            bytes: Cow::Owned(bytes),
        };
    }

    /// The same properties, without a copy of their bytes.
    pub(crate) fn as_borrowed(&self) -> PropertyRun<'_> {
        PropertyRun::borrowed(&self.bytes, self.count, self.encoded_len)
    }

    pub(crate) fn into_owned(self, wanted: PropertyId) -> PropertyRun<'static> {
        let bytes = match self.bytes {
            Cow::Owned(bytes) => bytes,
            Cow::Borrowed(_) => {
                let mut bytes = Vec::with_capacity(self.encoded_len());
                self.encode(wanted, &mut bytes);
                bytes
            }
        };
        PropertyRun {
            bytes: Cow::Owned(bytes),
            count: self.count,
            encoded_len: self.encoded_len,
        }
    }
}

impl Default for PropertyRun<'_> {
    fn default() -> Self {
        Self::EMPTY
    }
}

/// Iterates over the encoded values of one property.
#[derive(Clone)]
pub(crate) struct Values<'b> {
    rest: &'b [u8],
    wanted: PropertyId,
}

impl<'b> Iterator for Values<'b> {
    type Item = &'b [u8];

    fn next(&mut self) -> Option<&'b [u8]> {
        loop {
            let (&identifier, value) = self.rest.split_first()?;
            let property = PropertyId::from_u8(identifier)?;
            let (value, rest) = value.split_at_checked(value_len(property, value)?)?;
            self.rest = rest;
            if property == self.wanted {
                return Some(value);
            }
        }
    }
}

fn value_len(property: PropertyId, value: &[u8]) -> Option<usize> {
    Some(match property.property_type() {
        PropertyType::Byte => 1,
        PropertyType::TwoByteInteger => 2,
        PropertyType::FourByteInteger => 4,
        PropertyType::VariableByteInteger => 1 + value.iter().take_while(|b| **b >= 0x80).count(),
        PropertyType::Utf8String | PropertyType::BinaryData => prefixed_len(value)?,
        PropertyType::Utf8StringPair => {
            let name = prefixed_len(value)?;
            name + prefixed_len(value.get(name..)?)?
        }
    })
}

/// The length of a field together with the two bytes that hold it.
fn prefixed_len(bytes: &[u8]) -> Option<usize> {
    let length = bytes.first_chunk::<2>()?;
    Some(2 + usize::from(u16::from_be_bytes(*length)))
}
