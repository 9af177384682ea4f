//! What one record of the trace is, and how it is read.

use core::fmt;

use super::chunk::Entry;
use super::note::Note;
use super::topics::{TopicId, Topics};
use crate::codec::{ControlPacket, ControlPacketType, PacketId, ProtocolVersion, Qos, TopicName};
use crate::lab::ClientKey;
use crate::time::Instant;

/// The position of a record in the trace: 0 for the first one ever, and never given twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

impl Sequence {
    /// The position with the given number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number of this position.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The position right after this one.
    #[must_use]
    pub const fn following(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Which way a Control Packet went, as its Client sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the Client to the Server.
    Sent,
    /// From the Server to the Client.
    Received,
}

/// What a record tells. It takes one byte of the index, so there is room for many more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RecordKind {
    /// A link is being opened: [`Note::LinkOpening`].
    LinkOpening = 0,
    /// The link is open, and no byte has passed it yet: [`Note::LinkOpen`].
    LinkOpen = 1,
    /// The link is closed, by whom and why: [`Note::LinkClose`].
    LinkClose = 2,
    /// A Control Packet was given to the link.
    Sent = 3,
    /// A Control Packet came from the link.
    Received = 4,
    /// Something asked for was refused here, before anything was sent: [`Note::Refused`].
    Refused = 5,
    /// Something was broken on purpose: [`Note::Fault`].
    Fault = 6,
    /// The lab's time was paused or moved: [`Note::Clock`].
    Clock = 7,
    /// A Control Packet arrived at the lab broker. Recorded only while a fault is, or has been, in
    /// place on that link: without one it arrives as it was sent, at the instant of the
    /// [`Sent`](Self::Sent) record.
    BrokerReceived = 8,
    /// The lab broker sent a Control Packet. Recorded only while a fault is, or has been, in place
    /// on that link: without one the client's [`Received`](Self::Received) record is the same
    /// packet at the same instant.
    BrokerSent = 9,
    /// A Network Connection at the lab broker: [`BrokerNote::Connection`](super::BrokerNote).
    BrokerConnection = 10,
    /// A session of the lab broker.
    BrokerSession = 11,
    /// A subscription at the lab broker.
    BrokerSubscription = 12,
    /// A retained message of the lab broker.
    BrokerRetained = 13,
    /// A message in, or not in, a session's queue.
    BrokerQueue = 14,
    /// An exchange of QoS 1 or 2 as the lab broker sees it.
    BrokerInflight = 15,
    /// A Will Message of the lab broker.
    BrokerWill = 16,
    /// A message that the lab broker took in, or refused.
    BrokerPublished = 17,
    /// The lab broker itself: started, stopped, `$SYS`.
    BrokerSystem = 18,
}

impl RecordKind {
    /// Every kind, in the order of their numbers.
    pub const ALL: [Self; 19] = [
        Self::LinkOpening,
        Self::LinkOpen,
        Self::LinkClose,
        Self::Sent,
        Self::Received,
        Self::Refused,
        Self::Fault,
        Self::Clock,
        Self::BrokerReceived,
        Self::BrokerSent,
        Self::BrokerConnection,
        Self::BrokerSession,
        Self::BrokerSubscription,
        Self::BrokerRetained,
        Self::BrokerQueue,
        Self::BrokerInflight,
        Self::BrokerWill,
        Self::BrokerPublished,
        Self::BrokerSystem,
    ];

    /// Whether records of this kind carry a Control Packet.
    pub const fn is_packet(self) -> bool {
        matches!(
            self,
            Self::Sent | Self::Received | Self::BrokerReceived | Self::BrokerSent
        )
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }
}

/// What is known of a Control Packet when it is recorded, kept so that a row of a list can be
/// shown without decoding the packet again.
///
/// QoS, RETAIN and DUP are not here: the record reads them from the packet's first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PacketFacts<'a> {
    /// The version that the packet was written in, without which it could not be decoded again
    /// once the CONNECT has been dropped.
    pub version: ProtocolVersion,
    /// The Topic Name of a PUBLISH, with a Topic Alias resolved.
    pub topic: Option<&'a str>,
    /// Where the payload of a PUBLISH begins in the packet; it goes to the end of the packet.
    pub payload_offset: Option<usize>,
    /// The Packet Identifier, where the packet has one.
    pub packet_id: Option<PacketId>,
    /// Whether the Application Message of a received PUBLISH was given to the application. It is
    /// not where QoS 2 de-duplication has recognised a message that was given before.
    pub delivered: bool,
    /// Whether the packet breaks the protocol, so that it cannot be decoded to its end.
    pub malformed: bool,
    /// Whether a person made the packet by hand.
    pub by_hand: bool,
    /// The lab's number of the client's subscription that the message came for.
    pub subscription: Option<u16>,
}

impl<'a> PacketFacts<'a> {
    /// The facts of a packet of which only the version is known.
    pub const fn new(version: ProtocolVersion) -> Self {
        Self {
            version,
            topic: None,
            payload_offset: None,
            packet_id: None,
            delivered: false,
            malformed: false,
            by_hand: false,
            subscription: None,
        }
    }

    /// The facts that a decoded packet, and `raw`, the bytes it was decoded from, tell by
    /// themselves. Without a Topic Name in the packet there is none here either: whoever knows the
    /// Topic Alias puts it in.
    pub fn of(packet: &ControlPacket<'a>, raw: &[u8], version: ProtocolVersion) -> Self {
        let mut facts = Self::new(version);
        facts.packet_id = match packet {
            ControlPacket::Publish(publish) => publish.packet_id,
            ControlPacket::Puback(acknowledgement)
            | ControlPacket::Pubrec(acknowledgement)
            | ControlPacket::Pubrel(acknowledgement)
            | ControlPacket::Pubcomp(acknowledgement) => Some(acknowledgement.packet_id),
            ControlPacket::Subscribe(subscribe) => Some(subscribe.packet_id),
            ControlPacket::Suback(suback) => Some(suback.packet_id),
            ControlPacket::Unsubscribe(unsubscribe) => Some(unsubscribe.packet_id),
            ControlPacket::Unsuback(unsuback) => Some(unsuback.packet_id),
            ControlPacket::Connect(_)
            | ControlPacket::Connack(_)
            | ControlPacket::Pingreq
            | ControlPacket::Pingresp
            | ControlPacket::Disconnect(_)
            | ControlPacket::Auth(_) => None,
        };
        if let ControlPacket::Publish(publish) = packet {
            facts.topic = publish.topic.map(TopicName::as_str);
            facts.payload_offset = raw.len().checked_sub(publish.payload.len());
        }
        facts
    }
}

/// One record, read in place.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    pub(super) sequence: Sequence,
    pub(super) entry: Entry,
    pub(super) raw: &'a [u8],
    pub(super) topics: &'a Topics,
}

impl<'a> Record<'a> {
    /// The record's position in the trace.
    pub fn sequence(&self) -> Sequence {
        self.sequence
    }

    /// When it happened. A time more than 2,283 years after the lab was opened is told as the
    /// last one before that.
    pub fn time(&self) -> Instant {
        self.entry.time
    }

    /// The client it happened to; `None` where it concerns the whole lab.
    pub fn client(&self) -> Option<ClientKey> {
        self.entry.client
    }

    /// What the record tells.
    pub fn kind(&self) -> RecordKind {
        self.entry.kind
    }

    /// Which way the Control Packet went; `None` for a note.
    pub fn direction(&self) -> Option<Direction> {
        match self.entry.kind {
            RecordKind::Sent | RecordKind::BrokerReceived => Some(Direction::Sent),
            RecordKind::Received | RecordKind::BrokerSent => Some(Direction::Received),
            _ => None,
        }
    }

    /// The whole Control Packet, or the encoded note.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// The note, for the kinds that are no Control Packets.
    pub fn note(&self) -> Option<Note<'a>> {
        Note::decode(self.entry.kind, self.raw)
    }

    /// The Control Packet type; `None` for a note, and for a packet of the reserved type.
    pub fn packet_type(&self) -> Option<ControlPacketType> {
        ControlPacketType::from_u8(self.first_byte()? >> 4)
    }

    /// The version that the Control Packet was written in; `None` for a note.
    pub fn version(&self) -> Option<ProtocolVersion> {
        self.entry.version
    }

    /// The Topic Name of a PUBLISH, with a Topic Alias resolved.
    pub fn topic(&self) -> Option<&'a str> {
        self.topics.name(self.entry.topic?)
    }

    /// The number of the Topic Name, to compare and to count topics by.
    pub fn topic_id(&self) -> Option<TopicId> {
        self.entry.topic
    }

    /// The payload of a PUBLISH.
    pub fn payload(&self) -> Option<&'a [u8]> {
        self.raw.get(self.payload_offset()?..)
    }

    /// Where the payload begins in [`Self::raw`].
    pub fn payload_offset(&self) -> Option<usize> {
        Some(self.entry.payload_offset? as usize)
    }

    /// The QoS of a PUBLISH; `None` where both its bits are set, which is malformed.
    pub fn qos(&self) -> Option<Qos> {
        Qos::from_u8((self.publish_flags()? >> 1) & 0b11)
    }

    /// Whether this is a PUBLISH with RETAIN set.
    pub fn retain(&self) -> bool {
        self.publish_flags()
            .is_some_and(|flags| flags & 0b0001 != 0)
    }

    /// Whether this is a PUBLISH with DUP set.
    pub fn dup(&self) -> bool {
        self.publish_flags()
            .is_some_and(|flags| flags & 0b1000 != 0)
    }

    /// The Packet Identifier, where the packet has one.
    pub fn packet_id(&self) -> Option<PacketId> {
        self.entry.packet_id
    }

    /// Whether the packet's Application Message was given to the application.
    pub fn delivered(&self) -> bool {
        self.entry.delivered
    }

    /// Whether the packet breaks the protocol.
    pub fn malformed(&self) -> bool {
        self.entry.malformed
    }

    /// Whether a person made the packet by hand.
    pub fn by_hand(&self) -> bool {
        self.entry.by_hand
    }

    /// The lab's number of the subscription that the message came for.
    pub fn subscription(&self) -> Option<u16> {
        self.entry.subscription
    }

    fn first_byte(&self) -> Option<u8> {
        if !self.entry.kind.is_packet() {
            return None;
        }
        self.raw.first().copied()
    }

    fn publish_flags(&self) -> Option<u8> {
        let is_publish = self.packet_type()? == ControlPacketType::Publish;
        is_publish.then_some(self.first_byte()? & 0x0f)
    }
}

impl fmt::Debug for Record<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Record")
            .field("sequence", &self.sequence)
            .field("entry", &self.entry)
            .field("topic", &self.topic())
            .field("length", &self.raw.len())
            .finish()
    }
}
