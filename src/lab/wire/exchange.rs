//! What part a packet has in a handshake, for who follows them as they go on.
//!
//! A handshake is on one hop, between one Client and one Server. Its packets come in the order of
//! [`HandshakeKind::steps`], in turns: the side that begins it sends the first, third ... and the
//! other side answers. Those of QoS 1 and 2 have the same Packet Identifier throughout, and the two
//! sides number theirs independently.

use crate::codec::{
    ControlPacket, ControlPacketType, PacketId, ProtocolVersion, Qos, ReasonCode, decode,
};
use crate::lab::trace::{Direction, Record};
use crate::lab::wire::HandshakeKind;

impl HandshakeKind {
    /// Its packets, in their order.
    pub(super) const fn steps(self) -> &'static [ControlPacketType] {
        use ControlPacketType::{
            Auth, Connack, Connect, Pingreq, Pingresp, Puback, Pubcomp, Publish, Pubrec, Pubrel,
            Suback, Subscribe, Unsuback, Unsubscribe,
        };
        match self {
            Self::Connect => &[Connect, Connack],
            Self::Authenticate => &[Auth, Auth],
            Self::AtLeastOnce => &[Publish, Puback],
            Self::ExactlyOnce => &[Publish, Pubrec, Pubrel, Pubcomp],
            Self::Subscribe => &[Subscribe, Suback],
            Self::Unsubscribe => &[Unsubscribe, Unsuback],
            Self::Ping => &[Pingreq, Pingresp],
            Self::Alone => &[],
        }
    }

    /// Whether it can go on over another connection, where the session does (section 4.4).
    pub(super) const fn outlives_connection(self) -> bool {
        matches!(self, Self::AtLeastOnce | Self::ExactlyOnce)
    }
}

/// A packet's part in a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// What the handshake is about.
    pub(super) kind: HandshakeKind,
    /// Which way its first packet goes.
    pub(super) initiator: Direction,
    /// Which of its packets this one is, from 0.
    pub(super) step: usize,
    /// The Packet Identifier that the handshake has.
    pub(super) packet_id: Option<PacketId>,
}

impl Part {
    /// Whether the side sent it that began the handshake.
    pub(super) const fn is_by_initiator(self) -> bool {
        self.step & 1 == 0
    }
}

/// The part of a packet that went `direction`; `None` for one that stands alone (PUBLISH at QoS 0,
/// DISCONNECT), for a malformed one, and for an event.
pub(super) fn part_of(record: &Record<'_>) -> Option<Part> {
    if record.malformed() {
        return None;
    }
    let direction = record.direction()?;
    let (kind, step) = match record.packet_type()? {
        ControlPacketType::Connect => (HandshakeKind::Connect, 0),
        ControlPacketType::Connack => (HandshakeKind::Connect, 1),
        ControlPacketType::Publish => match record.qos()? {
            Qos::AtMostOnce => return None,
            Qos::AtLeastOnce => (HandshakeKind::AtLeastOnce, 0),
            Qos::ExactlyOnce => (HandshakeKind::ExactlyOnce, 0),
        },
        ControlPacketType::Puback => (HandshakeKind::AtLeastOnce, 1),
        ControlPacketType::Pubrec => (HandshakeKind::ExactlyOnce, 1),
        ControlPacketType::Pubrel => (HandshakeKind::ExactlyOnce, 2),
        ControlPacketType::Pubcomp => (HandshakeKind::ExactlyOnce, 3),
        ControlPacketType::Subscribe => (HandshakeKind::Subscribe, 0),
        ControlPacketType::Suback => (HandshakeKind::Subscribe, 1),
        ControlPacketType::Unsubscribe => (HandshakeKind::Unsubscribe, 0),
        ControlPacketType::Unsuback => (HandshakeKind::Unsubscribe, 1),
        ControlPacketType::Pingreq => (HandshakeKind::Ping, 0),
        ControlPacketType::Pingresp => (HandshakeKind::Ping, 1),
        ControlPacketType::Disconnect => return None,
        // Only a Client begins; what a Server sends is an answer.
        ControlPacketType::Auth => match direction {
            Direction::Sent => (HandshakeKind::Authenticate, 0),
            Direction::Received => (HandshakeKind::Authenticate, 1),
        },
    };
    let initiator = match (direction, step % 2) {
        (Direction::Sent, 0) | (Direction::Received, 1) => Direction::Sent,
        _ => Direction::Received,
    };
    Some(Part {
        kind,
        initiator,
        step,
        packet_id: record.packet_id(),
    })
}

/// Whether a packet ends its handshake before the last step, because it refuses: a PUBREC with a
/// Reason Code of 0x80 or above (section 4.3.3).
pub(super) fn refuses(record: &Record<'_>) -> bool {
    record.packet_type() == Some(ControlPacketType::Pubrec)
        && record.version() == Some(ProtocolVersion::V5_0)
        && match decode(record.raw(), ProtocolVersion::V5_0) {
            Ok(ControlPacket::Pubrec(pubrec)) => pubrec.reason_code.is_error(),
            _ => false,
        }
}

/// Whether an AUTH asks for another one (0x18), so that the handshake is not at its end.
pub(super) fn asks_for_more(record: &Record<'_>) -> bool {
    let Some(version) = record.version() else {
        return false;
    };
    match decode(record.raw(), version) {
        Ok(ControlPacket::Auth(auth)) => auth.reason_code == ReasonCode::ContinueAuthentication,
        _ => false,
    }
}
