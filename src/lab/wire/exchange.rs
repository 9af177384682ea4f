//! Which packets belong together: the exchanges of MQTT, and a packet's part in one.
//!
//! An exchange is on one hop, between one Client and one Server. Its packets come in the order of
//! [`ExchangeKind::steps`], in turns: the side that begins it sends the first, third ... and the
//! other side answers. Those of QoS 1 and 2 have the same Packet Identifier throughout, and the two
//! sides number theirs independently.

use crate::codec::{
    ControlPacket, ControlPacketType, PacketId, ProtocolVersion, Qos, ReasonCode, decode,
};
use crate::lab::trace::{Direction, Record};

/// A kind of exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ExchangeKind {
    /// CONNECT and its answer, with the AUTH packets between them.
    Connect,
    /// Re-authentication.
    Authenticate,
    /// A message at QoS 1.
    AtLeastOnce,
    /// A message at QoS 2.
    ExactlyOnce,
    /// SUBSCRIBE and its answer.
    Subscribe,
    /// UNSUBSCRIBE and its answer.
    Unsubscribe,
    /// PINGREQ and its answer.
    Ping,
}

impl ExchangeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Connect,
        Self::Authenticate,
        Self::AtLeastOnce,
        Self::ExactlyOnce,
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Ping,
    ];

    /// Its packets, in their order.
    pub const fn steps(self) -> &'static [ControlPacketType] {
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
        }
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "Connecting",
            Self::Authenticate => "Re-authentication",
            Self::AtLeastOnce => "QoS 1 delivery",
            Self::ExactlyOnce => "QoS 2 delivery",
            Self::Subscribe => "Subscribing",
            Self::Unsubscribe => "Unsubscribing",
            Self::Ping => "Ping",
        }
    }

    /// Whether it can go on over another connection, where the session does (section 4.4).
    pub const fn outlives_connection(self) -> bool {
        matches!(self, Self::AtLeastOnce | Self::ExactlyOnce)
    }
}

/// A packet's part in an exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The kind of exchange.
    pub kind: ExchangeKind,
    /// Which way its first packet goes.
    pub initiator: Direction,
    /// Which of its packets this one is, from 0.
    pub step: usize,
    /// The Packet Identifier that the exchange has.
    pub packet_id: Option<PacketId>,
}

impl Part {
    /// Whether nothing follows it.
    pub const fn is_last(self) -> bool {
        self.step + 1 >= self.kind.steps().len()
    }

    /// Whether the side sent it that began the exchange.
    pub const fn is_by_initiator(self) -> bool {
        self.step & 1 == 0
    }
}

/// The part of a packet that went `direction`; `None` for one that stands alone (PUBLISH at QoS 0,
/// DISCONNECT), for a malformed one, and for an event.
pub fn part_of(record: &Record<'_>) -> Option<Part> {
    if record.malformed() {
        return None;
    }
    let direction = record.direction()?;
    let (kind, step) = match record.packet_type()? {
        ControlPacketType::Connect => (ExchangeKind::Connect, 0),
        ControlPacketType::Connack => (ExchangeKind::Connect, 1),
        ControlPacketType::Publish => match record.qos()? {
            Qos::AtMostOnce => return None,
            Qos::AtLeastOnce => (ExchangeKind::AtLeastOnce, 0),
            Qos::ExactlyOnce => (ExchangeKind::ExactlyOnce, 0),
        },
        ControlPacketType::Puback => (ExchangeKind::AtLeastOnce, 1),
        ControlPacketType::Pubrec => (ExchangeKind::ExactlyOnce, 1),
        ControlPacketType::Pubrel => (ExchangeKind::ExactlyOnce, 2),
        ControlPacketType::Pubcomp => (ExchangeKind::ExactlyOnce, 3),
        ControlPacketType::Subscribe => (ExchangeKind::Subscribe, 0),
        ControlPacketType::Suback => (ExchangeKind::Subscribe, 1),
        ControlPacketType::Unsubscribe => (ExchangeKind::Unsubscribe, 0),
        ControlPacketType::Unsuback => (ExchangeKind::Unsubscribe, 1),
        ControlPacketType::Pingreq => (ExchangeKind::Ping, 0),
        ControlPacketType::Pingresp => (ExchangeKind::Ping, 1),
        ControlPacketType::Disconnect => return None,
        // Only a Client begins; what a Server sends is an answer.
        ControlPacketType::Auth => match direction {
            Direction::Sent => (ExchangeKind::Authenticate, 0),
            Direction::Received => (ExchangeKind::Authenticate, 1),
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

/// Whether a packet ends its exchange before the last step, because it refuses: a PUBREC with a
/// Reason Code of 0x80 or above (section 4.3.3).
pub fn refuses(record: &Record<'_>) -> bool {
    record.packet_type() == Some(ControlPacketType::Pubrec)
        && record.version() == Some(ProtocolVersion::V5_0)
        && match decode(record.raw(), ProtocolVersion::V5_0) {
            Ok(ControlPacket::Pubrec(pubrec)) => pubrec.reason_code.is_error(),
            _ => false,
        }
}

/// Whether an AUTH asks for another one (0x18), so that the exchange is not at its end.
pub fn asks_for_more(record: &Record<'_>) -> bool {
    let Some(version) = record.version() else {
        return false;
    };
    match decode(record.raw(), version) {
        Ok(ControlPacket::Auth(auth)) => auth.reason_code == ReasonCode::ContinueAuthentication,
        _ => false,
    }
}
