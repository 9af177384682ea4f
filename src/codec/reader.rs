//! Takes the fields of a packet from its bytes, one after the other.

use super::decode_error::{DecodeErrorKind, Fault};
use super::field::{FieldValue, Observer};
use super::utf8_field::{TextFault, check_text, is_plain_text};
use super::{
    ControlPacketType, FieldName, PacketId, PropertyId, ReasonCode, TopicFilter, TopicFilterError,
    TopicName, TopicNameError,
};

/// The bytes of a packet, or of its properties, that are not read yet.
pub(crate) struct Reader<'a, 'o, O> {
    rest: &'a [u8],
    end: usize,
    pub(crate) observer: &'o mut O,
}

impl<'a, 'o, O: Observer<'a>> Reader<'a, 'o, O> {
    /// Reads `bytes`, the last of which stands right before the offset `end`.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn new(bytes: &'a [u8], end: usize, observer: &'o mut O) -> Self {
        Self {
            rest: bytes,
            end,
            observer,
        }
    }

    /// Where the next field begins, in bytes from the packet's first.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn offset(&self) -> usize {
        self.end - self.rest.len()
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn remaining(&self) -> usize {
        self.rest.len()
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// What is not read yet.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Everything that is left, as one field.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn take_rest(&mut self, name: FieldName) -> &'a [u8] {
        let start = self.offset();
        let bytes = core::mem::take(&mut self.rest);
        self.observer
            .value(start..self.end, name, FieldValue::Bytes(bytes));
        bytes
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn byte(&mut self, name: FieldName) -> Result<u8, Fault> {
        let [byte] = self.array(name)?;
        self.report(1, name, FieldValue::Number(u32::from(byte)));
        Ok(byte)
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn two_bytes(&mut self, name: FieldName) -> Result<u16, Fault> {
        let number = u16::from_be_bytes(self.array(name)?);
        self.report(2, name, FieldValue::Number(u32::from(number)));
        Ok(number)
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn four_bytes(&mut self, name: FieldName) -> Result<u32, Fault> {
        let number = u32::from_be_bytes(self.array(name)?);
        self.report(4, name, FieldValue::Number(number));
        Ok(number)
    }

    /// A Variable Byte Integer (section 1.5.5).
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn variable(&mut self, name: FieldName) -> Result<u32, Fault> {
        if let Some((&byte, rest)) = self.rest.split_first()
            && byte < 0x80
        {
            self.rest = rest;
            self.report(1, name, FieldValue::Number(u32::from(byte)));
            return Ok(u32::from(byte));
        }
        self.long_variable(name)
    }

    #[cold]
    fn long_variable(&mut self, name: FieldName) -> Result<u32, Fault> {
        let start = self.offset();
        match variable_byte_integer(self.rest) {
            Ok(Some((number, length))) => {
                self.rest = self.rest.get(length..).unwrap_or_default();
                self.report(length, name, FieldValue::Number(number));
                Ok(number)
            }
            Ok(None) => Err(self.truncated(name, self.rest.len() + 1)),
            Err(kind) => Err(kind.at(start)),
        }
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn packet_id(&mut self) -> Result<PacketId, Fault> {
        const NAME: FieldName = FieldName::PacketIdentifier;
        let start = self.offset();
        let number = self.two_bytes(NAME)?;
        let Some(packet_id) = PacketId::new(number) else {
            return Err(DecodeErrorKind::PacketIdZero.at(start));
        };
        self.observer.reading(FieldValue::PacketId(packet_id));
        Ok(packet_id)
    }

    /// A Reason Code that `packet` can have.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn reason_code(
        &mut self,
        name: FieldName,
        packet: ControlPacketType,
    ) -> Result<ReasonCode, Fault> {
        let start = self.offset();
        let code = self.byte(name)?;
        match ReasonCode::from_u8(code) {
            Some(reason_code) if reason_code.is_allowed_in(packet) => {
                let value = FieldValue::ReasonCode(reason_code, packet);
                self.observer.reading(value);
                Ok(reason_code)
            }
            _ => Err(DecodeErrorKind::ReasonCodeNotAllowed { code }.at(start)),
        }
    }

    /// Binary Data: two bytes of length, then as many bytes.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn binary(&mut self, name: FieldName) -> Result<&'a [u8], Fault> {
        self.field(name, FieldValue::Bytes)
    }

    /// A UTF-8 Encoded String.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn text(&mut self, name: FieldName) -> Result<&'a str, Fault> {
        let bytes = self.field(name, FieldValue::Bytes)?;
        match check_text(bytes) {
            Ok(text) => {
                self.observer.reading(FieldValue::Text(text));
                Ok(text)
            }
            Err(fault) => Err(self.text_fault(fault, bytes.len(), name)),
        }
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn topic_name(&mut self, name: FieldName) -> Result<TopicName<'a>, Fault> {
        let bytes = self.field(name, FieldValue::Bytes)?;
        match TopicName::from_field(bytes) {
            Ok(topic) => {
                self.observer.reading(FieldValue::Text(topic.as_str()));
                Ok(topic)
            }
            Err(error) => Err(self.topic_name_fault(error, bytes.len(), name)),
        }
    }

    /// A Topic Name that may be empty, which is `None`.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn optional_topic_name(
        &mut self,
        name: FieldName,
    ) -> Result<Option<TopicName<'a>>, Fault> {
        if let Some(rest) = self.rest.strip_prefix(&[0, 0]) {
            self.rest = rest;
            let end = self.offset();
            self.observer
                .prefixed(end - 2..end, name, FieldValue::Text(""));
            return Ok(None);
        }
        self.topic_name(name).map(Some)
    }

    pub(crate) fn topic_filter(
        &mut self,
        name: FieldName,
        has_shared: bool,
    ) -> Result<TopicFilter<'a>, Fault> {
        let bytes = self.field(name, FieldValue::Bytes)?;
        let filter = TopicFilter::from_field(bytes).and_then(|filter| match has_shared {
            true => TopicFilter::parse(filter.as_str()),
            false => Ok(filter),
        });
        match filter {
            Ok(filter) => {
                self.observer.reading(FieldValue::Text(filter.as_str()));
                Ok(filter)
            }
            Err(error) => {
                let inner = match error {
                    TopicFilterError::NotUtf8 { offset }
                    | TopicFilterError::NullCharacter { offset }
                    | TopicFilterError::SingleLevelWildcardNotAlone { offset }
                    | TopicFilterError::MultiLevelWildcardNotAlone { offset }
                    | TopicFilterError::MultiLevelWildcardNotLast { offset } => offset,
                    _ => 0,
                };
                let start = self.offset() - bytes.len();
                Err(DecodeErrorKind::TopicFilter(error).at(start + inner))
            }
        }
    }

    /// Checks a text without keeping it as one. ASCII without U+0000 is recognised eight bytes at
    /// a time.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn checked_text(&mut self, name: FieldName) -> Result<(), Fault> {
        let bytes = self.field(name, FieldValue::Bytes)?;
        if !O::LOOKS && is_plain_text(bytes) {
            return Ok(());
        }
        match check_text(bytes) {
            Ok(text) => {
                self.observer.reading(FieldValue::Text(text));
                Ok(())
            }
            Err(fault) => Err(self.text_fault(fault, bytes.len(), name)),
        }
    }

    /// The properties' bytes, behind the Property Length, with a reader of their own.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn properties(&mut self) -> Result<Reader<'a, '_, O>, Fault> {
        const NAME: FieldName = FieldName::PropertyLength;
        let length = self.variable(NAME)? as usize;
        let Some((properties, rest)) = self.rest.split_at_checked(length) else {
            let name = FieldName::Properties;
            return Err(self.truncated(name, length));
        };
        self.rest = rest;
        let end = self.end - rest.len();
        Ok(Reader::new(properties, end, self.observer))
    }

    /// The identifier of the next property.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn property_id(&mut self) -> Result<PropertyId, Fault> {
        const NAME: FieldName = FieldName::PropertyIdentifier;
        let start = self.offset();
        let identifier = self.variable(NAME)?;
        let property = u8::try_from(identifier).ok().and_then(PropertyId::from_u8);
        let Some(property) = property else {
            return Err(DecodeErrorKind::UnknownProperty { identifier }.at(start));
        };
        self.observer.reading(FieldValue::Property(property));
        Ok(property)
    }

    /// An error where bytes are left.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(DecodeErrorKind::TrailingBytes { count }.at(self.offset())),
        }
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn field(
        &mut self,
        name: FieldName,
        value: impl FnOnce(&'a [u8]) -> FieldValue<'a>,
    ) -> Result<&'a [u8], Fault> {
        let Some((length, rest)) = self.rest.split_first_chunk::<2>() else {
            return Err(self.truncated(name, 2));
        };
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((bytes, rest)) = rest.split_at_checked(length) else {
            return Err(self.truncated(name, 2 + length));
        };
        self.rest = rest;
        let end = self.offset();
        self.observer
            .prefixed(end - length - 2..end, name, value(bytes));
        Ok(bytes)
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn array<const N: usize>(&mut self, name: FieldName) -> Result<[u8; N], Fault> {
        let Some((array, rest)) = self.rest.split_first_chunk::<N>() else {
            return Err(self.truncated(name, N));
        };
        self.rest = rest;
        Ok(*array)
    }

    /// Reports the field whose last byte was just read.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn report(&mut self, length: usize, name: FieldName, value: FieldValue<'a>) {
        let end = self.offset();
        self.observer.value(end - length..end, name, value);
    }

    #[cold]
    fn truncated(&self, name: FieldName, needed: usize) -> Fault {
        DecodeErrorKind::Truncated {
            field: name.name(),
            needed,
            available: self.rest.len(),
        }
        .at(self.offset())
    }

    #[cold]
    fn text_fault(&self, fault: TextFault, length: usize, name: FieldName) -> Fault {
        let field = name.name();
        let start = self.offset() - length;
        match fault {
            TextFault::NotUtf8 { offset } => DecodeErrorKind::NotUtf8 { field }.at(start + offset),
            TextFault::NullCharacter { offset } => {
                DecodeErrorKind::NullCharacter { field }.at(start + offset)
            }
        }
    }

    #[cold]
    fn topic_name_fault(&self, error: TopicNameError, length: usize, name: FieldName) -> Fault {
        let inner = match error {
            TopicNameError::Empty | TopicNameError::TooLong { .. } => 0,
            TopicNameError::NotUtf8 { offset }
            | TopicNameError::NullCharacter { offset }
            | TopicNameError::Wildcard { offset, .. } => offset,
        };
        let field = name.name();
        DecodeErrorKind::TopicName { field, error }.at(self.offset() - length + inner)
    }
}

/// Reads a Variable Byte Integer: its value and length, or `None` where more bytes are needed.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn variable_byte_integer(bytes: &[u8]) -> Result<Option<(u32, usize)>, DecodeErrorKind> {
    let mut value = 0_u32;
    for (index, &byte) in bytes.iter().enumerate().take(4) {
        value |= u32::from(byte & 0x7f) << (7 * index);
        if byte < 0x80 {
            if byte == 0 && index > 0 {
                let length = index as u8 + 1;
                return Err(DecodeErrorKind::VariableByteIntegerNotShortest { value, length });
            }
            return Ok(Some((value, index + 1)));
        }
    }
    match bytes.len() {
        0..4 => Ok(None),
        _ => Err(DecodeErrorKind::VariableByteIntegerTooLong),
    }
}
