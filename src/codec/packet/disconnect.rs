//! DISCONNECT (section 3.14).

use crate::codec::decode_error::Fault;
use crate::codec::field::Observer;
use crate::codec::properties::{not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    ControlPacketType, EncodeError, FieldName, PropertyId, ProtocolVersion, ReasonCode,
    UserProperties,
};

/// The last packet of a Network Connection. Before 5.0 it is sent by the Client only and is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Why; always [`ReasonCode::Success`] before 5.0.
    pub reason_code: ReasonCode,
    /// Seconds the Server keeps the session; only from a Client, which replaces the value it gave
    /// in CONNECT.
    pub session_expiry_interval: Option<u32>,
    /// Words for a human.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// Another Server to use.
    pub server_reference: Option<&'a str>,
}

impl<'a> Disconnect<'a> {
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let mut disconnect = Self::default();
        if version != ProtocolVersion::V5_0 || reader.is_empty() {
            return Ok(disconnect);
        }
        let name = FieldName::DisconnectReasonCode;
        disconnect.reason_code = reader.reason_code(name, ControlPacketType::Disconnect)?;
        if reader.is_empty() {
            return Ok(disconnect);
        }
        disconnect.user_properties = read_properties(reader, None, |property, reader| {
            match property {
                PropertyId::SessionExpiryInterval => {
                    disconnect.session_expiry_interval = reader.number_property(property)?;
                }
                PropertyId::ReasonString => {
                    disconnect.reason_string = reader.text_property(property)?;
                }
                PropertyId::ServerReference => {
                    disconnect.server_reference = reader.text_property(property)?;
                }
                _ => return not_allowed(property, reader),
            }
            Ok(())
        })?;
        Ok(disconnect)
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        let packet = ControlPacketType::Disconnect;
        if version != ProtocolVersion::V5_0 {
            if self.reason_code != ReasonCode::Success {
                return Err(EncodeError::reason(packet, self.reason_code));
            }
            return put_properties(sink, version, self);
        }
        if !self.reason_code.is_allowed_in(packet) {
            return Err(EncodeError::reason(packet, self.reason_code));
        }
        let is_bare = self.session_expiry_interval.is_none()
            && self.reason_string.is_none()
            && self.server_reference.is_none()
            && self.user_properties.is_empty();
        if is_bare && self.reason_code == ReasonCode::Success {
            return Ok(());
        }
        sink.byte(self.reason_code.as_u8())?;
        match is_bare {
            true => Ok(()),
            false => put_properties(sink, version, self),
        }
    }
}

impl Properties for Disconnect<'_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        sink.number_property(
            PropertyId::SessionExpiryInterval,
            self.session_expiry_interval,
        )?;
        sink.text_property(PropertyId::ReasonString, self.reason_string)?;
        sink.run(PropertyId::UserProperty, &self.user_properties.0)?;
        sink.text_property(PropertyId::ServerReference, self.server_reference)
    }
}
