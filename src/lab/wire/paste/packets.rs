//! Bytes to packets: where one ends and the next begins, and which version they are.

use core::ops::Range;

use crate::codec::{ControlPacket, ControlPacketType, Peer, ProtocolVersion, decode};
use crate::lab::trace::Direction;

/// The most packets that are listed.
pub const PACKETS_MAXIMUM: usize = 500;

/// The most that a Remaining Length can announce.
pub(super) const REMAINING_MAXIMUM: u64 = 268_435_455;

/// One packet of what was pasted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastedPacket {
    /// Its bytes among all of them.
    pub span: Range<usize>,
    /// Its type; `None` for the reserved one.
    pub packet_type: Option<ControlPacketType>,
    /// What the row of a list says: `PUBLISH 17 a/b`.
    pub title: String,
    /// The version it is read as.
    pub version: ProtocolVersion,
    /// Which way it is taken to have gone.
    pub direction: Direction,
    /// Why that is guessed.
    pub direction_why: &'static str,
    /// How it stands with its length.
    pub extent: Extent,
    /// What is wrong with it in this version.
    pub fault: Option<String>,
    /// The version that it is valid in, where it is not in this one.
    pub valid_as: Option<ProtocolVersion>,
}

/// Whether all of a packet is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// It is.
    Whole,
    /// It announces more than there is.
    Truncated {
        /// All bytes that it announces, with the fixed header.
        announced: u64,
        /// How many are there.
        there: u64,
    },
    /// The bytes end within the fixed header.
    HeaderCut,
    /// Remaining Length goes on after its fourth byte.
    LengthTooLong {
        /// What it would announce with one byte more.
        value: u64,
    },
}

/// The fixed header's length, and what it announces behind itself.
fn announced(bytes: &[u8]) -> Extent {
    let mut value = 0_u64;
    for (place, byte) in bytes.iter().skip(1).take(5).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if place >= 4 {
            return Extent::LengthTooLong { value };
        }
        if byte & 0x80 == 0 {
            let announced = 2 + place as u64 + value;
            let there = bytes.len() as u64;
            return match announced <= there {
                true => Extent::Whole,
                false => Extent::Truncated { announced, there },
            };
        }
    }
    match bytes.len() {
        // Four bytes of length that all say that another follows.
        5.. => Extent::LengthTooLong { value },
        _ => Extent::HeaderCut,
    }
}

/// Cuts the bytes into packets, as many as are listed; whether there are more.
pub(super) fn cut(bytes: &[u8]) -> (Vec<(Range<usize>, Extent)>, bool) {
    let mut cuts = Vec::new();
    let mut start = 0;
    while let Some(rest) = bytes.get(start..).filter(|rest| !rest.is_empty()) {
        if cuts.len() == PACKETS_MAXIMUM {
            return (cuts, true);
        }
        let extent = announced(rest);
        let length = match extent {
            Extent::Whole => whole_length(rest),
            _ => rest.len(),
        };
        cuts.push((start..start + length, extent));
        start += length;
    }
    (cuts, false)
}

/// The length of the packet at the front, which is whole.
fn whole_length(bytes: &[u8]) -> usize {
    let (mut value, mut length) = (0_usize, 1);
    for (place, byte) in bytes.iter().skip(1).take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * place);
        length += 1;
        if byte & 0x80 == 0 {
            break;
        }
    }
    (length + value).min(bytes.len())
}

/// How much sense bytes make as MQTT: 2 where all are whole packets of one version, 1 where they begin like
/// one, 0 otherwise.
pub(super) fn quality(bytes: &[u8]) -> u8 {
    let (cuts, _) = cut(bytes);
    let mut packets = cuts
        .iter()
        .filter_map(|(span, extent)| Some((bytes.get(span.clone())?, extent)));
    let fits_all = |version| {
        packets
            .clone()
            .all(|(raw, extent)| *extent == Extent::Whole && decode(raw, version).is_ok())
    };
    if !cuts.is_empty() && ProtocolVersion::ALL.into_iter().any(fits_all) {
        return 2;
    }
    let begins = packets.next().is_some_and(|(raw, extent)| match extent {
        Extent::Whole => ProtocolVersion::ALL
            .iter()
            .any(|version| decode(raw, *version).is_ok()),
        Extent::Truncated { announced, .. } => {
            let packet_type = raw.first().map(|first| first >> 4);
            let is_type = packet_type.and_then(ControlPacketType::from_u8).is_some();
            is_type && *announced < 100_000
        }
        _ => false,
    });
    u8::from(begins)
}

/// Whether bytes are packets by their lengths, right or wrong.
pub(super) fn is_whole(bytes: &[u8]) -> bool {
    let (cuts, _) = cut(bytes);
    !cuts.is_empty() && cuts.iter().all(|(_, extent)| *extent == Extent::Whole)
}

/// Whether bytes are whole packets.
pub(super) fn is_likely(bytes: &[u8]) -> bool {
    quality(bytes) == 2
}

/// Reads one packet.
pub(super) fn packet(
    raw: &[u8],
    span: Range<usize>,
    extent: Extent,
    version: ProtocolVersion,
    direction: Option<Direction>,
) -> PastedPacket {
    let packet_type = raw
        .first()
        .and_then(|first| ControlPacketType::from_u8(first >> 4));
    let decoded = decode(raw, version);
    let valid_as = (decoded.is_err() && extent == Extent::Whole)
        .then(|| valid_as(raw))
        .flatten();
    let (guessed, why) = guess_direction(packet_type, decoded.as_ref().ok(), version);
    PastedPacket {
        title: title(packet_type, decoded.as_ref().ok()),
        direction: direction.unwrap_or(guessed),
        direction_why: if direction.is_some() {
            "You chose it."
        } else {
            why
        },
        fault: decoded.err().map(|error| error.to_string()),
        span,
        packet_type,
        version,
        extent,
        valid_as,
    }
}

/// The newest version that a packet is valid in.
fn valid_as(raw: &[u8]) -> Option<ProtocolVersion> {
    let mut newest_first = ProtocolVersion::ALL.into_iter().rev();
    newest_first.find(|version| decode(raw, *version).is_ok())
}

fn title(packet_type: Option<ControlPacketType>, packet: Option<&ControlPacket<'_>>) -> String {
    let mut title = packet_type
        .map_or("Reserved type", ControlPacketType::name)
        .to_owned();
    let packet_id = packet.and_then(|packet| match packet {
        ControlPacket::Publish(publish) => publish.packet_id,
        ControlPacket::Puback(own)
        | ControlPacket::Pubrec(own)
        | ControlPacket::Pubrel(own)
        | ControlPacket::Pubcomp(own) => Some(own.packet_id),
        ControlPacket::Subscribe(own) => Some(own.packet_id),
        ControlPacket::Suback(own) => Some(own.packet_id),
        ControlPacket::Unsubscribe(own) => Some(own.packet_id),
        ControlPacket::Unsuback(own) => Some(own.packet_id),
        _ => None,
    });
    if let Some(packet_id) = packet_id {
        title.push_str(&format!(" {packet_id}"));
    }
    let text = packet.and_then(|packet| match packet {
        ControlPacket::Publish(publish) => publish.topic.map(|topic| topic.as_str()),
        ControlPacket::Subscribe(own) => own.subscriptions.first().map(|one| one.filter.as_str()),
        ControlPacket::Unsubscribe(own) => own.filters.first().map(|filter| filter.as_str()),
        ControlPacket::Connect(connect) => Some(connect.client_id),
        _ => None,
    });
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        title.push(' ');
        title.push_str(&crate::lab::payload::preview(text.as_bytes(), 40));
    }
    title
}

/// Who sends such a packet, and why that is thought.
fn guess_direction(
    packet_type: Option<ControlPacketType>,
    packet: Option<&ControlPacket<'_>>,
    version: ProtocolVersion,
) -> (Direction, &'static str) {
    let Some(packet_type) = packet_type else {
        return (
            Direction::Sent,
            "Nobody sends this type; a client is assumed.",
        );
    };
    let may_server = packet_type.sent_by_server()
        && (version.has_properties() || packet_type != ControlPacketType::Disconnect);
    match (packet_type.sent_by_client(), may_server) {
        (true, false) => (Direction::Sent, "Only a client sends packets of this type."),
        (false, _) => (
            Direction::Received,
            "Only a server sends packets of this type.",
        ),
        (true, true) => {
            let may = |peer| packet.is_none_or(|packet| packet.check_sender(peer, version).is_ok());
            match (may(Peer::Client), may(Peer::Server)) {
                (false, true) => (
                    Direction::Received,
                    "It holds something that only a server sends.",
                ),
                (true, false) => (
                    Direction::Sent,
                    "It holds something that only a client sends.",
                ),
                _ => (
                    Direction::Sent,
                    "Client and server both send such packets; the client is assumed.",
                ),
            }
        }
    }
}
