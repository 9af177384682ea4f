//! Which fields a packet of a type has, in their order.

use super::value::Width;
use crate::codec::{ControlPacketType, ProtocolVersion};

/// A field of a packet behind its fixed header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PartName {
    /// Protocol Name of CONNECT.
    ProtocolName,
    /// Protocol Level (Protocol Version in 5.0) of CONNECT.
    ProtocolLevel,
    /// Connect Flags.
    ConnectFlags,
    /// Keep Alive.
    KeepAlive,
    /// Properties.
    Properties,
    /// Client Identifier.
    ClientId,
    /// The properties of the will.
    WillProperties,
    /// Will Topic.
    WillTopic,
    /// Will Payload.
    WillPayload,
    /// User Name.
    UserName,
    /// Password.
    Password,
    /// Connect Acknowledge Flags.
    ConnackFlags,
    /// A Reason Code, or return code before 5.0.
    ReasonCode,
    /// Topic Name.
    TopicName,
    /// Packet Identifier.
    PacketId,
    /// Payload.
    Payload,
    /// Topic Filter.
    TopicFilter,
    /// Subscription Options; before 5.0 the Requested QoS.
    SubscriptionOptions,
    /// Bytes behind the last field, where none should be.
    Extra,
}

impl PartName {
    /// Every field.
    pub const ALL: [Self; 19] = [
        Self::ProtocolName,
        Self::ProtocolLevel,
        Self::ConnectFlags,
        Self::KeepAlive,
        Self::Properties,
        Self::ClientId,
        Self::WillProperties,
        Self::WillTopic,
        Self::WillPayload,
        Self::UserName,
        Self::Password,
        Self::ConnackFlags,
        Self::ReasonCode,
        Self::TopicName,
        Self::PacketId,
        Self::Payload,
        Self::TopicFilter,
        Self::SubscriptionOptions,
        Self::Extra,
    ];

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProtocolName => "Protocol Name",
            Self::ProtocolLevel => "Protocol Level",
            Self::ConnectFlags => "Connect Flags",
            Self::KeepAlive => "Keep Alive",
            Self::Properties => "Properties",
            Self::ClientId => "Client Identifier",
            Self::WillProperties => "Will Properties",
            Self::WillTopic => "Will Topic",
            Self::WillPayload => "Will Payload",
            Self::UserName => "User Name",
            Self::Password => "Password",
            Self::ConnackFlags => "Acknowledge Flags",
            Self::ReasonCode => "Reason Code",
            Self::TopicName => "Topic Name",
            Self::PacketId => "Packet Identifier",
            Self::Payload => "Payload",
            Self::TopicFilter => "Topic Filter",
            Self::SubscriptionOptions => "Subscription Options",
            Self::Extra => "Further bytes",
        }
    }

    /// What belongs there, in a sentence.
    pub const fn help(self) -> &'static str {
        match self {
            Self::ProtocolName => "MQTT; MQIsdp in version 3.1. Anything else is not MQTT.",
            Self::ProtocolLevel => "The version as a number: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.0.",
            Self::ConnectFlags => {
                "One bit for each thing that follows, so that the server knows what to read."
            }
            Self::KeepAlive => {
                "Seconds without a packet after which the server may give the client up, at one and \
                 a half times this; 0 is never."
            }
            Self::Properties => {
                "MQTT 5.0: a list of named values. Its length stands in front of it by itself."
            }
            Self::ClientId => "The name of the session at the server.",
            Self::WillProperties => "MQTT 5.0: properties of the will message.",
            Self::WillTopic => "Where the server publishes the will.",
            Self::WillPayload => "What the server publishes as the will.",
            Self::UserName => "Who wants to connect.",
            Self::Password => "Any bytes that prove it.",
            Self::ConnackFlags => {
                "Bit 0 says that the server had kept the session; all others are 0."
            }
            Self::ReasonCode => "How it went: 0 is success, from 128 on it is a failure.",
            Self::TopicName => "Where the message is published, without wildcards.",
            Self::PacketId => {
                "A number from 1 to 65535 that ties the packets of one exchange together. PUBLISH \
                 has it with QoS 1 and 2 alone."
            }
            Self::Payload => "The message: any bytes, also none.",
            Self::TopicFilter => "What is subscribed to; + and # are wildcards.",
            Self::SubscriptionOptions => {
                "The highest QoS that is wanted, and in MQTT 5.0 further options."
            }
            Self::Extra => "Bytes behind the last field. There should be none.",
        }
    }
}

/// How a field is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number(Width),
    /// Two bytes of length, and as many bytes.
    Sized,
    Properties,
    /// Everything to the end.
    Rest,
}

/// When a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Presence {
    /// Always; but a packet may end before it.
    Always,
    /// If the packet goes on.
    IfMore,
    /// In a PUBLISH of QoS 1, 2 or 3.
    WithQos,
    /// If this bit of the Connect Flags is set.
    WithFlag(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) name: PartName,
    pub(super) kind: Kind,
    pub(super) presence: Presence,
}

/// The fields of a packet, then those that repeat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) fields: &'static [Slot],
    pub(super) repeated: &'static [Slot],
}

/// The layout of a packet of this type; of the reserved type 0, any bytes.
pub(super) fn layout(packet_type: u8, version: ProtocolVersion) -> Layout {
    use ControlPacketType as Type;
    let is_v5 = version.has_properties();
    let (fields, repeated): (&[Slot], &[Slot]) = match ControlPacketType::from_u8(packet_type) {
        None => (const { &[EXTRA] }, &[]),
        Some(Type::Connect) if is_v5 => (CONNECT_5, &[]),
        Some(Type::Connect) => (CONNECT_3, &[]),
        Some(Type::Connack) if is_v5 => (const { &[CONNACK_FLAGS, CODE, PROPERTIES, EXTRA] }, &[]),
        Some(Type::Connack) => (const { &[CONNACK_FLAGS, CODE, EXTRA] }, &[]),
        Some(Type::Publish) if is_v5 => (
            const { &[TOPIC_NAME, PUBLISH_ID, PROPERTIES, PAYLOAD] },
            &[],
        ),
        Some(Type::Publish) => (const { &[TOPIC_NAME, PUBLISH_ID, PAYLOAD] }, &[]),
        Some(Type::Puback | Type::Pubrec | Type::Pubrel | Type::Pubcomp) if is_v5 => (
            const { &[PACKET_ID, CODE_IF_MORE, PROPERTIES_IF_MORE, EXTRA] },
            &[],
        ),
        Some(Type::Puback | Type::Pubrec | Type::Pubrel | Type::Pubcomp) => {
            (const { &[PACKET_ID, EXTRA] }, &[])
        }
        Some(Type::Subscribe) if is_v5 => (
            const { &[PACKET_ID, PROPERTIES] },
            const { &[TOPIC_FILTER, OPTIONS] },
        ),
        Some(Type::Subscribe) => (const { &[PACKET_ID] }, const { &[TOPIC_FILTER, OPTIONS] }),
        Some(Type::Suback | Type::Unsuback) if is_v5 => {
            (const { &[PACKET_ID, PROPERTIES] }, const { &[CODE] })
        }
        Some(Type::Suback) => (const { &[PACKET_ID] }, const { &[CODE] }),
        Some(Type::Unsuback) => (const { &[PACKET_ID, EXTRA] }, &[]),
        Some(Type::Unsubscribe) if is_v5 => (
            const { &[PACKET_ID, PROPERTIES] },
            const { &[TOPIC_FILTER] },
        ),
        Some(Type::Unsubscribe) => (const { &[PACKET_ID] }, const { &[TOPIC_FILTER] }),
        Some(Type::Disconnect | Type::Auth) if is_v5 => {
            (const { &[CODE_IF_MORE, PROPERTIES_IF_MORE, EXTRA] }, &[])
        }
        Some(Type::Pingreq | Type::Pingresp | Type::Disconnect | Type::Auth) => {
            (const { &[EXTRA] }, &[])
        }
    };
    Layout { fields, repeated }
}

pub(super) const WILL_FLAG: u8 = 0x04;
pub(super) const PASSWORD_FLAG: u8 = 0x40;
pub(super) const USER_NAME_FLAG: u8 = 0x80;

const CONNECT_3: &[Slot] = &[
    PROTOCOL_NAME,
    PROTOCOL_LEVEL,
    CONNECT_FLAGS,
    KEEP_ALIVE,
    CLIENT_ID,
    WILL_TOPIC,
    WILL_PAYLOAD,
    USER_NAME,
    PASSWORD,
    EXTRA,
];

const CONNECT_5: &[Slot] = &[
    PROTOCOL_NAME,
    PROTOCOL_LEVEL,
    CONNECT_FLAGS,
    KEEP_ALIVE,
    PROPERTIES,
    CLIENT_ID,
    WILL_PROPERTIES,
    WILL_TOPIC,
    WILL_PAYLOAD,
    USER_NAME,
    PASSWORD,
    EXTRA,
];

const fn slot(name: PartName, kind: Kind, presence: Presence) -> Slot {
    Slot {
        name,
        kind,
        presence,
    }
}

const fn always(name: PartName, kind: Kind) -> Slot {
    slot(name, kind, Presence::Always)
}

const ONE: Kind = Kind::Number(Width::One);
const TWO: Kind = Kind::Number(Width::Two);

const PROTOCOL_NAME: Slot = always(PartName::ProtocolName, Kind::Sized);
const PROTOCOL_LEVEL: Slot = always(PartName::ProtocolLevel, ONE);
const CONNECT_FLAGS: Slot = always(PartName::ConnectFlags, ONE);
const KEEP_ALIVE: Slot = always(PartName::KeepAlive, TWO);
const PROPERTIES: Slot = always(PartName::Properties, Kind::Properties);
const CLIENT_ID: Slot = always(PartName::ClientId, Kind::Sized);
const WILL_PROPERTIES: Slot = slot(
    PartName::WillProperties,
    Kind::Properties,
    Presence::WithFlag(WILL_FLAG),
);
const WILL_TOPIC: Slot = slot(
    PartName::WillTopic,
    Kind::Sized,
    Presence::WithFlag(WILL_FLAG),
);
const WILL_PAYLOAD: Slot = slot(
    PartName::WillPayload,
    Kind::Sized,
    Presence::WithFlag(WILL_FLAG),
);
const USER_NAME: Slot = slot(
    PartName::UserName,
    Kind::Sized,
    Presence::WithFlag(USER_NAME_FLAG),
);
const PASSWORD: Slot = slot(
    PartName::Password,
    Kind::Sized,
    Presence::WithFlag(PASSWORD_FLAG),
);
const CONNACK_FLAGS: Slot = always(PartName::ConnackFlags, ONE);
const CODE: Slot = always(PartName::ReasonCode, ONE);
const CODE_IF_MORE: Slot = slot(PartName::ReasonCode, ONE, Presence::IfMore);
const PROPERTIES_IF_MORE: Slot = slot(PartName::Properties, Kind::Properties, Presence::IfMore);
const TOPIC_NAME: Slot = always(PartName::TopicName, Kind::Sized);
const PUBLISH_ID: Slot = slot(PartName::PacketId, TWO, Presence::WithQos);
const PACKET_ID: Slot = always(PartName::PacketId, TWO);
const PAYLOAD: Slot = always(PartName::Payload, Kind::Rest);
const TOPIC_FILTER: Slot = always(PartName::TopicFilter, Kind::Sized);
const OPTIONS: Slot = always(PartName::SubscriptionOptions, ONE);
const EXTRA: Slot = slot(PartName::Extra, Kind::Rest, Presence::IfMore);
