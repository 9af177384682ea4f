//! Control Packets to bytes.

use super::packet::ControlPacket;
use super::sink::{Counter, MAXIMUM_REMAINING_LENGTH, Sink, Written, variable_byte_integer};
use super::{ControlPacketType, EncodeError, ProtocolVersion};

/// Appends `packet`, in its shortest form, to `out`, and returns how many bytes it has.
///
/// Properties are written in the order of the fields of their struct, which is the order in which
/// the standard describes them.
///
/// # Errors
///
/// What the decoder would refuse to read is refused here; `out` is as before then.
#[inline]
pub fn encode(
    packet: &ControlPacket<'_>,
    version: ProtocolVersion,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    match packet {
        ControlPacket::Publish(publish) => publish.encode(version, out),
        _ => encode_body(first_byte(packet), &Body { packet, version }, out),
    }
}

/// How many bytes [`encode`] would append.
///
/// # Errors
///
/// As [`encode`].
pub fn encoded_len(
    packet: &ControlPacket<'_>,
    version: ProtocolVersion,
) -> Result<usize, EncodeError> {
    let remaining = remaining_length(&Body { packet, version })?;
    let (_, length) = variable_byte_integer(remaining);
    Ok(1 + length + remaining as usize)
}

/// What stands behind the fixed header.
pub(crate) trait PutBody {
    fn put(&self, sink: &mut impl Sink) -> Written;
}

#[inline(always)]
pub(crate) fn encode_body(
    first_byte: u8,
    body: &impl PutBody,
    out: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    let remaining = remaining_length(body)?;
    let (bytes, length) = variable_byte_integer(remaining);
    let whole = 1 + length + remaining as usize;
    out.reserve(whole);
    out.push(first_byte);
    out.extend_from_slice(bytes.get(..length).unwrap_or_default());
    body.put(out)?;
    Ok(whole)
}

#[inline(always)]
fn remaining_length(body: &impl PutBody) -> Result<u32, EncodeError> {
    debug_assert_eq!(MAXIMUM_REMAINING_LENGTH, (1 << 28) - 1);
    let mut counter = Counter::default();
    body.put(&mut counter)?;
    counter.remaining_length()
}

struct Body<'p, 'a> {
    packet: &'p ControlPacket<'a>,
    version: ProtocolVersion,
}

impl PutBody for Body<'_, '_> {
    fn put(&self, sink: &mut impl Sink) -> Written {
        use ControlPacketType as Type;
        let version = self.version;
        match self.packet {
            ControlPacket::Connect(packet) => packet.put(sink, version),
            ControlPacket::Connack(packet) => packet.put(sink, version),
            ControlPacket::Publish(packet) => packet.put(sink, version),
            ControlPacket::Puback(packet) => packet.put(sink, Type::Puback, version),
            ControlPacket::Pubrec(packet) => packet.put(sink, Type::Pubrec, version),
            ControlPacket::Pubrel(packet) => packet.put(sink, Type::Pubrel, version),
            ControlPacket::Pubcomp(packet) => packet.put(sink, Type::Pubcomp, version),
            ControlPacket::Subscribe(packet) => packet.put(sink, version),
            ControlPacket::Suback(packet) => packet.put(sink, version),
            ControlPacket::Unsubscribe(packet) => packet.put(sink, version),
            ControlPacket::Unsuback(packet) => packet.put(sink, version),
            ControlPacket::Pingreq | ControlPacket::Pingresp => Ok(()),
            ControlPacket::Disconnect(packet) => packet.put(sink, version),
            ControlPacket::Auth(packet) => packet.put(sink, version),
        }
    }
}

fn first_byte(packet: &ControlPacket<'_>) -> u8 {
    match packet {
        ControlPacket::Publish(publish) => publish.first_byte(),
        _ => packet.packet_type().as_u8() << 4 | packet.packet_type().fixed_flags(),
    }
}
