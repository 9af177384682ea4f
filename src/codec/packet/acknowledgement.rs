//! PUBACK, PUBREC, PUBREL and PUBCOMP (sections 3.4 to 3.7): one shape.

use crate::codec::decode_error::Fault;
use crate::codec::field::Observer;
use crate::codec::properties::{not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    ControlPacketType, EncodeError, FieldName, PacketId, PropertyId, ProtocolVersion, ReasonCode,
    UserProperties,
};

/// The body of PUBACK, PUBREC, PUBREL and PUBCOMP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// The Packet Identifier of the PUBLISH this belongs to.
    pub packet_id: PacketId,
    /// The result; always [`ReasonCode::Success`] before 5.0.
    pub reason_code: ReasonCode,
    /// Words for a human (5.0).
    pub reason_string: Option<&'a str>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
}

impl Acknowledgement<'_> {
    /// A plain success, valid in every version.
    pub const fn success(packet_id: PacketId) -> Self {
        Self::with_reason(packet_id, ReasonCode::Success)
    }

    /// An acknowledgement with this Reason Code and no properties.
    pub const fn with_reason(packet_id: PacketId, reason_code: ReasonCode) -> Self {
        Self {
            packet_id,
            reason_code,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
        }
    }
}

impl<'a> Acknowledgement<'a> {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        packet: ControlPacketType,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let mut acknowledgement = Self::success(reader.packet_id()?);
        // In 5.0 a Reason Code of 0 and, behind any code, the lack of properties may be left out.
        if version == ProtocolVersion::V5_0 && !reader.is_empty() {
            let name = FieldName::ReasonCode;
            acknowledgement.reason_code = reader.reason_code(name, packet)?;
            if !reader.is_empty() {
                let reasons = ReasonProperties::decode(reader)?;
                acknowledgement.reason_string = reasons.reason_string;
                acknowledgement.user_properties = reasons.user_properties;
            }
        }
        Ok(acknowledgement)
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn put(
        &self,
        sink: &mut (impl Sink + ?Sized),
        packet: ControlPacketType,
        version: ProtocolVersion,
    ) -> Written {
        sink.two_bytes(self.packet_id.value())?;
        let properties = ReasonRef {
            reason_string: self.reason_string,
            user_properties: &self.user_properties,
        };
        if version != ProtocolVersion::V5_0 {
            if self.reason_code != ReasonCode::Success {
                return Err(EncodeError::reason(packet, self.reason_code));
            }
            return put_properties(sink, version, &properties);
        }
        if !self.reason_code.is_allowed_in(packet) {
            return Err(EncodeError::reason(packet, self.reason_code));
        }
        let is_bare = properties.is_empty();
        if is_bare && self.reason_code == ReasonCode::Success {
            return Ok(());
        }
        sink.byte(self.reason_code.as_u8())?;
        match is_bare {
            true => Ok(()),
            false => put_properties(sink, version, &properties),
        }
    }
}

/// The two properties that every answer has.
#[derive(Default)]
pub(crate) struct ReasonProperties<'a> {
    pub(crate) reason_string: Option<&'a str>,
    pub(crate) user_properties: UserProperties<'a>,
}

impl<'a> ReasonProperties<'a> {
    pub(crate) fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        let mut reason_string = None;
        let user_properties = read_properties(reader, None, |property, reader| {
            match property {
                PropertyId::ReasonString => reason_string = reader.text_property(property)?,
                _ => return not_allowed(property, reader),
            }
            Ok(())
        })?;
        Ok(Self {
            reason_string,
            user_properties,
        })
    }
}

/// The same, to be written.
pub(crate) struct ReasonRef<'p, 'a> {
    pub(crate) reason_string: Option<&'a str>,
    pub(crate) user_properties: &'p UserProperties<'a>,
}

impl ReasonRef<'_, '_> {
    fn is_empty(&self) -> bool {
        self.reason_string.is_none() && self.user_properties.is_empty()
    }
}

impl Properties for ReasonRef<'_, '_> {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        sink.text_property(PropertyId::ReasonString, self.reason_string)?;
        sink.run(PropertyId::UserProperty, &self.user_properties.0)
    }
}
