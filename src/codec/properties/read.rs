//! Reads the properties of a packet.

use core::num::{NonZeroU16, NonZeroU32};

use super::{PayloadFormat, PropertyId, PropertyRun, SubscriptionIdentifier, UserProperties};
use crate::codec::FieldName;
use crate::codec::TopicName;
use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::Observer;
use crate::codec::reader::Reader;

/// Reads the Property Length and all properties. `take` is given each one but the User Properties,
/// reads its value, and refuses those the packet cannot have; a second one of a kind does not get
/// that far, save for `repeated`.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn read_properties<'a, O: Observer<'a>>(
    reader: &mut Reader<'a, '_, O>,
    repeated: Option<PropertyId>,
    mut take: impl FnMut(PropertyId, &mut Reader<'a, '_, O>) -> Result<(), Fault>,
) -> Result<UserProperties<'a>, Fault> {
    let properties = reader.properties()?;
    if properties.is_empty() {
        return Ok(UserProperties::EMPTY);
    }
    // On the page the loop is compiled once, for all packets; elsewhere speed matters more.
    #[cfg(target_arch = "wasm32")]
    let take: &mut Take<'_, 'a, O> = &mut take;
    #[cfg(not(target_arch = "wasm32"))]
    let take = &mut take;
    read_section(properties, repeated, take)
}

/// What is done with a property, whichever packet has it.
#[cfg(target_arch = "wasm32")]
type Take<'t, 'a, O> =
    dyn for<'o> FnMut(PropertyId, &mut Reader<'a, 'o, O>) -> Result<(), Fault> + 't;

/// Reads properties, of which there are some.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn read_section<'a, 'o, O: Observer<'a>>(
    mut properties: Reader<'a, 'o, O>,
    repeated: Option<PropertyId>,
    take: &mut (impl FnMut(PropertyId, &mut Reader<'a, 'o, O>) -> Result<(), Fault> + ?Sized),
) -> Result<UserProperties<'a>, Fault> {
    const PROPERTIES: FieldName = FieldName::Properties;
    let section = properties.rest();
    let base = properties.offset();
    let mut users = RunReader::new(section, base);
    let mut seen = 0_u64;
    properties.observer.open(base, PROPERTIES);
    while !properties.is_empty() {
        let start = properties.offset();
        properties.observer.open(start, FieldName::Property);
        let property = properties.property_id()?;
        if property == PropertyId::UserProperty {
            properties.checked_text(FieldName::UserPropertyName)?;
            properties.checked_text(FieldName::UserPropertyValue)?;
            users.add(start, properties.offset());
        } else {
            let bit = 1_u64 << property.as_u8();
            if seen & bit != 0 && repeated != Some(property) {
                return Err(DecodeErrorKind::DuplicateProperty(property).at(start));
            }
            seen |= bit;
            take(property, &mut properties)?;
        }
        let end = properties.offset();
        properties.observer.close(end);
    }
    let end = properties.offset();
    properties.observer.close(end);
    Ok(UserProperties(users.finish()))
}

/// The error for a property that the packet cannot have. The reader stands behind its identifier.
#[cold]
pub(crate) fn not_allowed<'a, T, O: Observer<'a>>(
    property: PropertyId,
    reader: &Reader<'a, '_, O>,
) -> Result<T, Fault> {
    Err(DecodeErrorKind::PropertyNotAllowed(property).at(reader.offset() - 1))
}

/// Collects the properties of one kind without copying them.
pub(crate) struct RunReader<'a> {
    section: &'a [u8],
    base: usize,
    first: usize,
    last: usize,
    count: u32,
    encoded_len: u32,
}

impl<'a> RunReader<'a> {
    /// `base` is the offset of `section` in the packet.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn new(section: &'a [u8], base: usize) -> Self {
        Self {
            section,
            base,
            first: 0,
            last: 0,
            count: 0,
            encoded_len: 0,
        }
    }

    /// One more, from its identifier to its end.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn add(&mut self, start: usize, end: usize) {
        if self.count == 0 {
            self.first = start;
        }
        self.last = end;
        self.count += 1;
        // A section is shorter than 2^28 bytes.
        self.encoded_len += (end - start) as u32;
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn finish(self) -> PropertyRun<'a> {
        if self.count == 0 {
            return PropertyRun::EMPTY;
        }
        let range = self.first - self.base..self.last - self.base;
        let bytes = self.section.get(range).unwrap_or_default();
        PropertyRun::borrowed(bytes, self.count, self.encoded_len)
    }
}

/// The values of single properties, each with the rules of its kind.
impl<'a, O: Observer<'a>> Reader<'a, '_, O> {
    pub(crate) fn flag_property(&mut self, property: PropertyId) -> Result<Option<bool>, Fault> {
        use crate::codec::field::FieldValue;
        let start = self.offset();
        let value = match self.byte(property.field_name())? {
            0 => false,
            1 => true,
            value => return Err(illegal(property, u32::from(value), start)),
        };
        self.observer.reading(FieldValue::Flag(value));
        Ok(Some(value))
    }

    pub(crate) fn payload_format(&mut self) -> Result<Option<PayloadFormat>, Fault> {
        use crate::codec::field::FieldValue;
        const PROPERTY: PropertyId = PropertyId::PayloadFormatIndicator;
        let start = self.offset();
        let value = self.byte(PROPERTY.field_name())?;
        let Some(format) = PayloadFormat::from_u8(value) else {
            return Err(illegal(PROPERTY, u32::from(value), start));
        };
        self.observer.reading(FieldValue::PayloadFormat(format));
        Ok(Some(format))
    }

    pub(crate) fn number_property(&mut self, property: PropertyId) -> Result<Option<u32>, Fault> {
        self.four_bytes(property.field_name()).map(Some)
    }

    pub(crate) fn size_property(
        &mut self,
        property: PropertyId,
    ) -> Result<Option<NonZeroU32>, Fault> {
        let start = self.offset();
        match NonZeroU32::new(self.four_bytes(property.field_name())?) {
            None => Err(illegal(property, 0, start)),
            value => Ok(value),
        }
    }

    pub(crate) fn short_property(&mut self, property: PropertyId) -> Result<Option<u16>, Fault> {
        self.two_bytes(property.field_name()).map(Some)
    }

    pub(crate) fn count_property(
        &mut self,
        property: PropertyId,
    ) -> Result<Option<NonZeroU16>, Fault> {
        let start = self.offset();
        match NonZeroU16::new(self.two_bytes(property.field_name())?) {
            None => Err(illegal(property, 0, start)),
            value => Ok(value),
        }
    }

    pub(crate) fn text_property(&mut self, property: PropertyId) -> Result<Option<&'a str>, Fault> {
        self.text(property.field_name()).map(Some)
    }

    pub(crate) fn binary_property(
        &mut self,
        property: PropertyId,
    ) -> Result<Option<&'a [u8]>, Fault> {
        self.binary(property.field_name()).map(Some)
    }

    pub(crate) fn response_topic(&mut self) -> Result<Option<TopicName<'a>>, Fault> {
        self.topic_name(PropertyId::ResponseTopic.field_name())
            .map(Some)
    }

    pub(crate) fn subscription_identifier(&mut self) -> Result<SubscriptionIdentifier, Fault> {
        const PROPERTY: PropertyId = PropertyId::SubscriptionIdentifier;
        let start = self.offset();
        match SubscriptionIdentifier::new(self.variable(PROPERTY.field_name())?) {
            Some(identifier) => Ok(identifier),
            None => Err(illegal(PROPERTY, 0, start)),
        }
    }
}

#[cold]
pub(crate) fn illegal(property: PropertyId, value: u32, offset: usize) -> Fault {
    DecodeErrorKind::PropertyValue { property, value }.at(offset)
}
