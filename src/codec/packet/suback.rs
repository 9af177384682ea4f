//! SUBACK (section 3.9) and UNSUBACK (section 3.11).

use super::acknowledgement::{ReasonProperties, ReasonRef};
use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::Observer;
use crate::codec::reader::Reader;
use crate::codec::sink::{Sink, Written, put_properties};
use crate::codec::{
    ControlPacketType, EncodeError, FieldName, PacketId, ProtocolVersion, ReasonCode,
    UserProperties,
};

/// The Server's answer to SUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suback<'a> {
    /// That of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// Words for a human (5.0).
    pub reason_string: Option<&'a str>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// One for each Topic Filter, in the order of the SUBSCRIBE. Before 5.0 only granted QoS 0
    /// ([`ReasonCode::Success`]), 1 and 2, and the failure 0x80 ([`ReasonCode::UnspecifiedError`]).
    pub reason_codes: Vec<ReasonCode>,
}

/// The Server's answer to UNSUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsuback<'a> {
    /// That of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Words for a human (5.0).
    pub reason_string: Option<&'a str>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// One for each Topic Filter, in the order of the UNSUBSCRIBE; empty before 5.0, which has
    /// none.
    pub reason_codes: Vec<ReasonCode>,
}

impl<'a> Suback<'a> {
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let packet_id = reader.packet_id()?;
        let reasons = match version {
            ProtocolVersion::V5_0 => ReasonProperties::decode(reader)?,
            _ => ReasonProperties::default(),
        };
        Ok(Self {
            packet_id,
            reason_string: reasons.reason_string,
            user_properties: reasons.user_properties,
            reason_codes: read_codes(reader, ControlPacketType::Suback, version)?,
        })
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        sink.two_bytes(self.packet_id.value())?;
        let reasons = ReasonRef {
            reason_string: self.reason_string,
            user_properties: &self.user_properties,
        };
        put_properties(sink, version, &reasons)?;
        put_codes(sink, &self.reason_codes, ControlPacketType::Suback, version)
    }
}

impl<'a> Unsuback<'a> {
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let packet_id = reader.packet_id()?;
        let (reasons, reason_codes) = match version {
            ProtocolVersion::V5_0 => (
                ReasonProperties::decode(reader)?,
                read_codes(reader, ControlPacketType::Unsuback, version)?,
            ),
            _ => (ReasonProperties::default(), Vec::new()),
        };
        Ok(Self {
            packet_id,
            reason_string: reasons.reason_string,
            user_properties: reasons.user_properties,
            reason_codes,
        })
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        sink.two_bytes(self.packet_id.value())?;
        let reasons = ReasonRef {
            reason_string: self.reason_string,
            user_properties: &self.user_properties,
        };
        put_properties(sink, version, &reasons)?;
        if version == ProtocolVersion::V5_0 {
            return put_codes(
                sink,
                &self.reason_codes,
                ControlPacketType::Unsuback,
                version,
            );
        }
        match self.reason_codes.is_empty() {
            true => Ok(()),
            false => Err(EncodeError::NotInVersion {
                what: "a reason code in UNSUBACK",
                version,
            }),
        }
    }
}

fn read_codes<'a, O: Observer<'a>>(
    reader: &mut Reader<'a, '_, O>,
    packet: ControlPacketType,
    version: ProtocolVersion,
) -> Result<Vec<ReasonCode>, Fault> {
    if reader.is_empty() {
        return Err(DecodeErrorKind::NoReasonCode.at(reader.offset()));
    }
    let mut codes = Vec::with_capacity(reader.remaining());
    while !reader.is_empty() {
        let start = reader.offset();
        let code = reader.reason_code(FieldName::ReasonCode, packet)?;
        if !is_allowed(code, packet, version) {
            let code = code.as_u8();
            return Err(DecodeErrorKind::ReasonCodeNotAllowed { code }.at(start));
        }
        codes.push(code);
    }
    Ok(codes)
}

fn put_codes(
    sink: &mut (impl Sink + ?Sized),
    codes: &[ReasonCode],
    packet: ControlPacketType,
    version: ProtocolVersion,
) -> Written {
    if codes.is_empty() {
        return Err(EncodeError::NoReasonCode);
    }
    for &code in codes {
        if !is_allowed(code, packet, version) {
            return Err(EncodeError::reason(packet, code));
        }
        sink.byte(code.as_u8())?;
    }
    Ok(())
}

/// 3.1 has no code for a refusal, but servers answer 0x80 there too.
fn is_allowed(code: ReasonCode, packet: ControlPacketType, version: ProtocolVersion) -> bool {
    code.is_allowed_in(packet)
        && (version == ProtocolVersion::V5_0
            || code <= ReasonCode::GrantedQos2
            || code == ReasonCode::UnspecifiedError)
}
