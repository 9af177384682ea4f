//! Bytes to Control Packets.

use super::decode_error::{DecodeErrorKind, Fault};
use super::field::{FieldValue, Observer, Silent};
use super::packet::{
    Acknowledgement, Auth, Connack, Connect, ControlPacket, Disconnect, Publish, Suback, Subscribe,
    Unsuback, Unsubscribe, UsualPublish,
};
use super::reader::{Reader, variable_byte_integer};
use super::{ControlPacketType, DecodeError, FieldName, ProtocolVersion};

/// Decodes `raw`, which must be exactly one whole Control Packet of that version.
///
/// CONNECT names its own version: for it, `version` is not looked at.
///
/// # Errors
///
/// The first rule of the standard that the bytes break.
#[inline]
pub fn decode(raw: &[u8], version: ProtocolVersion) -> Result<ControlPacket<'_>, DecodeError> {
    if let Some(usual) = UsualPublish::read(raw, version) {
        return Ok(ControlPacket::Publish(usual.into_publish()));
    }
    decode_by_grammar(raw, version)
}

/// Apart, so that the commonest packet is read by code that knows no other.
#[inline(never)]
fn decode_by_grammar(
    raw: &[u8],
    version: ProtocolVersion,
) -> Result<ControlPacket<'_>, DecodeError> {
    decode_observed(raw, version, &mut Silent)
}

#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
pub(crate) fn decode_observed<'a, O: Observer<'a>>(
    raw: &'a [u8],
    version: ProtocolVersion,
    observer: &mut O,
) -> Result<ControlPacket<'a>, DecodeError> {
    let mut reader = Reader::new(raw, raw.len(), observer);
    let (packet_type, first) = match read_header(&mut reader, version) {
        Ok(header) => header,
        Err(fault) => return Err(in_packet(fault, raw)),
    };
    // The one packet whose speed matters is put together right here, so that it is not moved about.
    if packet_type == ControlPacketType::Publish {
        return Publish::decode(reader, first, version);
    }
    decode_other(reader, packet_type, first, version).map_err(|fault| in_packet(fault, raw))
}

#[cold]
fn in_packet(fault: Fault, raw: &[u8]) -> DecodeError {
    let first = raw.first().copied().unwrap_or_default();
    fault.in_packet(ControlPacketType::from_u8(first >> 4))
}

/// The fixed header at the front of `bytes`: the packet's type and its whole length, which may be
/// more than there is. `None` where the header itself is not whole yet.
///
/// Flags that no version allows are an error here; what only some versions allow is left to the
/// decoder.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
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

/// Reads the fixed header, and holds the Remaining Length against what there is.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn read_header<'a, O: Observer<'a>>(
    reader: &mut Reader<'a, '_, O>,
    version: ProtocolVersion,
) -> Result<(ControlPacketType, u8), Fault> {
    reader.observer.open(0, FieldName::FixedHeader);
    let first = reader.byte(FieldName::FirstByte)?;
    report_first_byte(first, reader.observer);
    let packet_type = match check_first_byte(first, version) {
        Ok(packet_type) => packet_type,
        Err(kind) => return Err(kind.at(0)),
    };
    let remaining = reader.variable(FieldName::RemainingLength)? as usize;
    let end = reader.offset();
    reader.observer.close(end);
    let available = reader.remaining();
    if remaining != available {
        if O::LOOKS {
            look_further(reader, remaining, packet_type, first, version);
        }
        return Err(wrong_length(remaining, end, available));
    }
    Ok((packet_type, first))
}

#[inline(never)]
fn decode_other<'a, O: Observer<'a>>(
    mut reader: Reader<'a, '_, O>,
    packet_type: ControlPacketType,
    first: u8,
    version: ProtocolVersion,
) -> Result<ControlPacket<'a>, Fault> {
    use ControlPacketType as Type;
    let packet = match packet_type {
        Type::Publish => {
            return Publish::decode(reader, first, version)
                .map_err(|error| error.kind.at(error.offset));
        }
        Type::Puback => {
            ControlPacket::Puback(Acknowledgement::decode(&mut reader, packet_type, version)?)
        }
        Type::Pubrec => {
            ControlPacket::Pubrec(Acknowledgement::decode(&mut reader, packet_type, version)?)
        }
        Type::Pubrel => {
            ControlPacket::Pubrel(Acknowledgement::decode(&mut reader, packet_type, version)?)
        }
        Type::Pubcomp => {
            ControlPacket::Pubcomp(Acknowledgement::decode(&mut reader, packet_type, version)?)
        }
        Type::Connect => ControlPacket::Connect(Box::new(Connect::decode(&mut reader)?)),
        Type::Connack => ControlPacket::Connack(Box::new(Connack::decode(&mut reader, version)?)),
        Type::Subscribe => ControlPacket::Subscribe(Subscribe::decode(&mut reader, version)?),
        Type::Suback => ControlPacket::Suback(Suback::decode(&mut reader, version)?),
        Type::Unsubscribe => ControlPacket::Unsubscribe(Unsubscribe::decode(&mut reader, version)?),
        Type::Unsuback => ControlPacket::Unsuback(Unsuback::decode(&mut reader, version)?),
        Type::Pingreq => ControlPacket::Pingreq,
        Type::Pingresp => ControlPacket::Pingresp,
        Type::Disconnect => ControlPacket::Disconnect(Disconnect::decode(&mut reader, version)?),
        Type::Auth => ControlPacket::Auth(Auth::decode(&mut reader)?),
    };
    reader.finish()?;
    Ok(packet)
}

#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn check_first_byte(
    first: u8,
    version: ProtocolVersion,
) -> Result<ControlPacketType, DecodeErrorKind> {
    if first >> 4 != ControlPacketType::Publish.as_u8() {
        return check_fixed_flags(first, version);
    }
    match first & 0x0e {
        0x06 | 0x0e => Err(DecodeErrorKind::ReservedQos),
        0x08 => Err(DecodeErrorKind::DupAtQos0),
        _ => Ok(ControlPacketType::Publish),
    }
}

/// Checks the first byte of any packet but PUBLISH.
fn check_fixed_flags(
    first: u8,
    version: ProtocolVersion,
) -> Result<ControlPacketType, DecodeErrorKind> {
    let flags = first & 0x0f;
    let packet_type = match ControlPacketType::from_u8(first >> 4) {
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

/// Shows the observer as much of a packet of a wrong length as there is: its length is the fault, and
/// what its fields come to is still worth a look.
fn look_further<'a, O: Observer<'a>>(
    reader: &mut Reader<'a, '_, O>,
    remaining: usize,
    packet_type: ControlPacketType,
    first: u8,
    version: ProtocolVersion,
) {
    let body = reader.rest();
    let body = body.get(..remaining).unwrap_or(body);
    let end = reader.offset() + body.len();
    let body = Reader::new(body, end, &mut *reader.observer);
    // The fault that is told is the length, also where this finds another.
    let _ = decode_other(body, packet_type, first, version);
}

/// Also of a byte that is wrong, so that the fault is seen in its bits.
#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn report_first_byte<'a, O: Observer<'a>>(first: u8, observer: &mut O) {
    use FieldName as Name;
    if !O::LOOKS {
        return;
    }
    let packet_type = ControlPacketType::from_u8(first >> 4);
    let type_bits = packet_type.map_or(
        FieldValue::Number(u32::from(first >> 4)),
        FieldValue::PacketType,
    );
    observer.bits(0xf0, Name::PacketType, type_bits);
    if packet_type == Some(ControlPacketType::Publish) {
        let flag = |mask| FieldValue::Flag(first & mask != 0);
        let qos = super::Qos::from_u8((first >> 1) & 0x03);
        let qos = qos.map_or(FieldValue::Number(3), FieldValue::Qos);
        observer.bits(0x08, Name::Dup, flag(0x08));
        observer.bits(0x06, Name::Qos, qos);
        observer.bits(0x01, Name::Retain, flag(0x01));
    } else {
        let flags = FieldValue::Number(u32::from(first & 0x0f));
        observer.bits(0x0f, Name::Flags, flags);
    }
}

#[cold]
fn wrong_length(remaining: usize, offset: usize, available: usize) -> Fault {
    if remaining < available {
        let count = available - remaining;
        return DecodeErrorKind::TrailingBytes { count }.at(offset + remaining);
    }
    DecodeErrorKind::Truncated {
        field: "packet body",
        needed: remaining,
        available,
    }
    .at(offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ReasonCode, TopicNameError};

    const V3_1: ProtocolVersion = ProtocolVersion::V3_1;
    const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
    const V5: ProtocolVersion = ProtocolVersion::V5_0;

    fn error(raw: &[u8], version: ProtocolVersion) -> DecodeError {
        decode(raw, version).unwrap_err()
    }

    #[test]
    fn version_3_1_sends_requests_again_with_dup() {
        for (raw, kind) in [
            (
                &b"\x8a\x06\0\x01\0\x01a\0"[..],
                ControlPacketType::Subscribe,
            ),
            (b"\xaa\x05\0\x01\0\x01a", ControlPacketType::Unsubscribe),
            (b"\x6a\x02\0\x01", ControlPacketType::Pubrel),
        ] {
            let packet = decode(raw, V3_1).unwrap();
            assert_eq!(packet.packet_type(), kind);
            for version in [V3, V5] {
                let error = error(raw, version);
                assert_eq!(error.packet, Some(kind));
                let flags = 0x0a;
                let expected = 0x02;
                let flags = DecodeErrorKind::FixedHeaderFlags { flags, expected };
                assert_eq!((error.kind, error.offset), (flags, 0));
            }
        }
        assert!(decode(b"\xca\x00", V3_1).is_err());
    }

    #[test]
    fn version_3_1_connect_may_end_before_user_name_and_password() {
        let full = b"\x10\x15\0\x06MQIsdp\x03\xc2\0\x0a\0\x01c\0\x01u\0\x01p";
        let ControlPacket::Connect(connect) = decode(full, V3).unwrap() else {
            unreachable!("a CONNECT");
        };
        assert_eq!(connect.protocol_version, V3_1);
        assert_eq!(connect.username, Some("u"));
        assert_eq!(connect.password, Some(&b"p"[..]));
        let without = b"\x10\x0f\0\x06MQIsdp\x03\xc2\0\x0a\0\x01c";
        let ControlPacket::Connect(connect) = decode(without, V3_1).unwrap() else {
            unreachable!("a CONNECT");
        };
        assert_eq!((connect.username, connect.password), (None, None));
        let without = b"\x10\x0d\0\x04MQTT\x04\xc2\0\x0a\0\x01c";
        assert!(matches!(
            error(without, V3).kind,
            DecodeErrorKind::Truncated { .. }
        ));
    }

    #[test]
    fn an_empty_client_identifier_needs_a_version_that_allows_it() {
        let v3_1 = b"\x10\x0e\0\x06MQIsdp\x03\x02\0\x0a\0\0";
        assert_eq!(error(v3_1, V3_1).kind, DecodeErrorKind::ClientIdMissing);
        let kept = b"\x10\x0c\0\x04MQTT\x04\0\0\x0a\0\0";
        let error = error(kept, V3);
        assert_eq!(
            (error.kind, error.offset),
            (DecodeErrorKind::ClientIdMissing, 12)
        );
        assert_eq!(error.reason_code(), ReasonCode::ClientIdentifierNotValid);
        assert!(decode(b"\x10\x0c\0\x04MQTT\x04\x02\0\x0a\0\0", V3).is_ok());
        assert!(decode(b"\x10\x0d\0\x04MQTT\x05\0\0\x0a\0\0\0", V5).is_ok());
    }

    #[test]
    fn errors_say_the_packet_the_byte_the_clause_and_the_answer() {
        for (raw, version, text, clause, code) in [
            (
                &b"\x30\x05\0\x03a/+"[..],
                V3,
                "PUBLISH at byte 6: Topic Name is not valid: topic name holds the wildcard '+' at \
                 byte 2",
                "MQTT-4.7.0-1",
                ReasonCode::MalformedPacket,
            ),
            (
                b"\x32\x06\0\x01a\0\0x",
                V3,
                "PUBLISH at byte 5: packet identifier is 0; it must be 1 to 65535",
                "MQTT-2.2.1-3",
                ReasonCode::ProtocolError,
            ),
            (
                b"\x30\x07\0\x01a\x03\x23\0\0",
                V5,
                "PUBLISH at byte 7: property Topic Alias (0x23) has the value 0, which is not \
                 allowed",
                "MQTT-3.3.2-8",
                ReasonCode::TopicAliasInvalid,
            ),
            (
                b"\x20\x03\0\0",
                V3,
                "CONNACK at byte 2: packet body needs 3 bytes; 2 are left",
                "2.1.4",
                ReasonCode::MalformedPacket,
            ),
            (
                b"\xf0\x00",
                V3,
                "AUTH at byte 0: packet type 15 is reserved",
                "2.1.2",
                ReasonCode::MalformedPacket,
            ),
            (
                b"",
                V5,
                "packet at byte 0: Packet type and flags needs 1 bytes; 0 are left",
                "2.1.4",
                ReasonCode::MalformedPacket,
            ),
        ] {
            let error = error(raw, version);
            assert_eq!(error.to_string(), text);
            assert_eq!((error.clause(), error.reason_code()), (clause, code));
        }
    }

    #[test]
    fn mqtt_1_5_4_3_a_byte_order_mark_is_kept() {
        let raw = b"\x30\x06\0\x04\xef\xbb\xbfa";
        let ControlPacket::Publish(publish) = decode(raw, V3).unwrap() else {
            unreachable!("a PUBLISH");
        };
        assert_eq!(publish.topic.unwrap().as_str(), "\u{feff}a");
    }

    #[test]
    fn mqtt_1_5_4_1_surrogates_are_refused() {
        let error = error(b"\x30\x05\0\x03\xed\xa0\x80", V3);
        let field = "Topic Name";
        let name = TopicNameError::NotUtf8 { offset: 0 };
        assert_eq!(
            (error.kind, error.offset),
            (DecodeErrorKind::TopicName { field, error: name }, 4)
        );
        assert_eq!(error.reason_code(), ReasonCode::MalformedPacket);
    }

    #[test]
    fn a_payload_that_is_not_what_its_indicator_says_is_no_fault_of_the_packet() {
        let raw = b"\x30\x08\0\x01a\x02\x01\x01\xff\xfe";
        assert!(decode(raw, V5).is_ok());
    }

    /// The short way for the commonest packet reads nothing that the grammar would refuse, and
    /// nothing otherwise than the grammar does.
    #[test]
    fn the_short_way_is_of_one_mind_with_the_grammar() {
        let check = |raw: &[u8]| {
            for version in ProtocolVersion::ALL {
                let expected = decode_by_grammar(raw, version);
                assert_eq!(decode(raw, version), expected, "{raw:02x?} {version:?}");
            }
        };
        let packets: [&[u8]; 6] = [
            b"\x30\x05\0\x01ahi",
            b"\x32\x16\0\x10site/7/room/21/v\x10\xda!!",
            b"\x3d\x1d\0\x14site/7/room/21/valve\x10\xda\0{}!!",
            b"\x30\x08\0\x06\xc3\xa4/\xe2\x82\xac",
            b"\x31\x0a\0\0\x03\x23\0\x01hi!!",
            b"\x34\x08\0\x03a/b\0\0\0",
        ];
        for packet in packets {
            check(packet);
            for length in 0..packet.len() {
                check(&packet[..length]);
            }
            for position in 0..packet.len() {
                let mut changed = packet.to_vec();
                for byte in 0..=255 {
                    changed[position] = byte;
                    check(&changed);
                }
            }
        }
    }
}
