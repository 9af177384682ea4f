//! Bytes to Control Packets.

use super::decode_error::{DecodeErrorKind, Fault};
use super::field::{FieldName, FieldValue, Observer, Silent};
use super::packet::{
    Acknowledgement, Auth, Connack, Connect, ControlPacket, Disconnect, Publish, Suback, Subscribe,
    Unsuback, Unsubscribe,
};
use super::reader::{Reader, variable_byte_integer};
use super::{ControlPacketType, DecodeError, ProtocolVersion};

/// Decodes `raw`, which must be exactly one whole Control Packet of that version.
///
/// CONNECT names its own version: for it, `version` is not looked at.
///
/// # Errors
///
/// The first rule of the standard that the bytes break.
#[inline]
pub fn decode(raw: &[u8], version: ProtocolVersion) -> Result<ControlPacket<'_>, DecodeError> {
    decode_observed(raw, version, &mut Silent)
}

#[inline(always)]
pub(crate) fn decode_observed<'a, O: Observer<'a>>(
    raw: &'a [u8],
    version: ProtocolVersion,
    observer: &mut O,
) -> Result<ControlPacket<'a>, DecodeError> {
    match decode_packet(raw, version, observer) {
        Ok(packet) => Ok(packet),
        Err(Fault { kind, offset }) => Err(DecodeError {
            kind,
            packet: raw
                .first()
                .and_then(|first| ControlPacketType::from_u8(first >> 4)),
            offset,
        }),
    }
}

/// The fixed header at the front of `bytes`: the packet's type and its whole length, which may be
/// more than there is. `None` where the header itself is not whole yet.
///
/// Flags that no version allows are an error here; what only some versions allow is left to the
/// decoder.
#[inline(always)]
pub(crate) fn read_fixed_header(
    bytes: &[u8],
) -> Result<Option<(ControlPacketType, usize)>, DecodeError> {
    let Some((&first, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    let fail = |kind: DecodeErrorKind, offset| DecodeError {
        kind,
        packet: ControlPacketType::from_u8(first >> 4),
        offset,
    };
    let packet_type = match check_first_byte(first, ProtocolVersion::V5_0) {
        Ok(packet_type) => packet_type,
        Err(kind) => match check_first_byte(first, ProtocolVersion::V3_1) {
            Ok(packet_type) => packet_type,
            Err(_) => return Err(fail(kind, 0)),
        },
    };
    match variable_byte_integer(rest) {
        Ok(None) => Ok(None),
        Ok(Some((remaining, length))) => Ok(Some((packet_type, 1 + length + remaining as usize))),
        Err(kind) => Err(fail(kind, 1)),
    }
}

#[inline(always)]
fn decode_packet<'a, O: Observer<'a>>(
    raw: &'a [u8],
    version: ProtocolVersion,
    observer: &mut O,
) -> Result<ControlPacket<'a>, Fault> {
    let mut reader = Reader::new(raw, raw.len(), observer);
    reader
        .observer
        .open(0, FieldName::new("Fixed header", "2.1.1"));
    let first = reader.byte(FieldName::new("Packet type and flags", "2.1.1"))?;
    let packet_type = check_first_byte(first, version).map_err(|kind| kind.at(0))?;
    report_first_byte(first, packet_type, reader.observer);
    let remaining = reader.variable(FieldName::new("Remaining Length", "2.1.4"))? as usize;
    let end = reader.offset();
    reader.observer.close(end);
    let available = reader.remaining();
    if remaining != available {
        return Err(wrong_length(remaining, reader.offset(), available));
    }
    let reader = &mut reader;
    use ControlPacketType as Type;
    let packet = match packet_type {
        Type::Publish => ControlPacket::Publish(Publish::decode(reader, first, version)?),
        Type::Puback => {
            ControlPacket::Puback(Acknowledgement::decode(reader, packet_type, version)?)
        }
        Type::Pubrec => {
            ControlPacket::Pubrec(Acknowledgement::decode(reader, packet_type, version)?)
        }
        Type::Pubrel => {
            ControlPacket::Pubrel(Acknowledgement::decode(reader, packet_type, version)?)
        }
        Type::Pubcomp => {
            ControlPacket::Pubcomp(Acknowledgement::decode(reader, packet_type, version)?)
        }
        Type::Connect => ControlPacket::Connect(Box::new(Connect::decode(reader)?)),
        Type::Connack => ControlPacket::Connack(Box::new(Connack::decode(reader, version)?)),
        Type::Subscribe => ControlPacket::Subscribe(Subscribe::decode(reader, version)?),
        Type::Suback => ControlPacket::Suback(Suback::decode(reader, version)?),
        Type::Unsubscribe => ControlPacket::Unsubscribe(Unsubscribe::decode(reader, version)?),
        Type::Unsuback => ControlPacket::Unsuback(Unsuback::decode(reader, version)?),
        Type::Pingreq => ControlPacket::Pingreq,
        Type::Pingresp => ControlPacket::Pingresp,
        Type::Disconnect => ControlPacket::Disconnect(Disconnect::decode(reader, version)?),
        Type::Auth => ControlPacket::Auth(Auth::decode(reader)?),
    };
    reader.finish()?;
    Ok(packet)
}

#[inline(always)]
fn check_first_byte(
    first: u8,
    version: ProtocolVersion,
) -> Result<ControlPacketType, DecodeErrorKind> {
    let flags = first & 0x0f;
    let packet_type = match ControlPacketType::from_u8(first >> 4) {
        Some(ControlPacketType::Publish) => {
            return match flags & 0x0e {
                0x06 | 0x0e => Err(DecodeErrorKind::ReservedQos),
                0x08 => Err(DecodeErrorKind::DupAtQos0),
                _ => Ok(ControlPacketType::Publish),
            };
        }
        Some(ControlPacketType::Auth) if version != ProtocolVersion::V5_0 => None,
        packet_type => packet_type,
    };
    let Some(packet_type) = packet_type else {
        let packet_type = first >> 4;
        return Err(DecodeErrorKind::ReservedPacketType { packet_type });
    };
    let expected = packet_type.fixed_flags();
    // In 3.1 these packets are QoS 1 messages, which are sent again with DUP set.
    let may_repeat = version == ProtocolVersion::V3_1 && expected == 0x02 && flags == 0x0a;
    if flags != expected && !may_repeat {
        return Err(DecodeErrorKind::FixedHeaderFlags { flags, expected });
    }
    Ok(packet_type)
}

#[inline(always)]
fn report_first_byte<'a>(
    first: u8,
    packet_type: ControlPacketType,
    observer: &mut impl Observer<'a>,
) {
    const TYPE: FieldName = FieldName::new("Packet type", "2.1.2");
    observer.reading(FieldValue::Number(u32::from(first)));
    observer.bits(0xf0, TYPE, FieldValue::PacketType(packet_type));
    if packet_type == ControlPacketType::Publish {
        let flag = |mask| FieldValue::Flag(first & mask != 0);
        let qos = super::Qos::from_u8((first >> 1) & 0x03).unwrap_or_default();
        observer.bits(0x08, FieldName::new("DUP", "3.3.1.1"), flag(0x08));
        observer.bits(0x06, FieldName::new("QoS", "3.3.1.2"), FieldValue::Qos(qos));
        observer.bits(0x01, FieldName::new("RETAIN", "3.3.1.3"), flag(0x01));
    } else {
        let flags = FieldValue::Number(u32::from(first & 0x0f));
        observer.bits(0x0f, FieldName::new("Flags", "2.1.3"), flags);
    }
}

#[cold]
fn wrong_length(remaining: usize, offset: usize, available: usize) -> Fault {
    if remaining < available {
        let count = available - remaining;
        return DecodeErrorKind::TrailingBytes { count }.at(offset + remaining);
    }
    DecodeErrorKind::Truncated {
        field: "Remaining Length",
        needed: remaining,
        available,
    }
    .at(offset)
}
