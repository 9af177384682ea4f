//! Why bytes are not a Control Packet.

use core::fmt;

use super::properties::PropertyId;
use super::{ControlPacketType, ReasonCode, TopicFilterError, TopicNameError};

/// Why bytes are not a Control Packet, of which type, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// What is wrong.
    pub kind: DecodeErrorKind,
    /// The packet's type, where the first byte has one.
    pub packet: Option<ControlPacketType>,
    /// The byte, counted from the packet's first, at which it is wrong.
    pub offset: usize,
}

/// What is wrong with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeErrorKind {
    /// A type that the version reserves: 0, and before 5.0 also 15.
    #[error("packet type {packet_type} is reserved")]
    ReservedPacketType {
        /// The high four bits of the first byte.
        packet_type: u8,
    },
    /// The low four bits of the first byte are not those of the type.
    #[error("fixed header flags are 0x{flags:x}; they must be 0x{expected:x}")]
    FixedHeaderFlags {
        /// What they are.
        flags: u8,
        /// What they must be.
        expected: u8,
    },
    /// Both QoS bits of a PUBLISH are set.
    #[error("QoS is 3; the highest is 2")]
    ReservedQos,
    /// DUP is set although the QoS is 0.
    #[error("DUP is set although the QoS is 0")]
    DupAtQos0,
    /// A Variable Byte Integer goes on after its fourth byte.
    #[error("variable byte integer is longer than 4 bytes")]
    VariableByteIntegerTooLong,
    /// A Variable Byte Integer takes more bytes than its value needs.
    #[error("variable byte integer {value} takes {length} bytes; it must take fewer")]
    VariableByteIntegerNotShortest {
        /// Its value.
        value: u32,
        /// The bytes it takes.
        length: u8,
    },
    /// The packet is larger than the receiver accepts.
    #[error("packet is {length} bytes; at most {limit} are accepted")]
    PacketTooLarge {
        /// The whole packet in bytes, fixed header included.
        length: u32,
        /// The limit in bytes.
        limit: u32,
    },
    /// A field goes on after the end of the packet, or of the properties it is part of.
    #[error("{field} needs {needed} bytes; {available} are left")]
    Truncated {
        /// The field's name.
        field: &'static str,
        /// What it needs.
        needed: usize,
        /// What is left for it.
        available: usize,
    },
    /// Bytes are left behind the last field.
    #[error("{count} bytes are left over at the end")]
    TrailingBytes {
        /// How many.
        count: usize,
    },
    /// A text is not well-formed UTF-8.
    #[error("{field} is not well-formed UTF-8")]
    NotUtf8 {
        /// The field's name.
        field: &'static str,
    },
    /// A text holds U+0000.
    #[error("{field} holds U+0000")]
    NullCharacter {
        /// The field's name.
        field: &'static str,
    },
    /// A text is no Topic Name.
    #[error("{field} is not valid: {error}")]
    TopicName {
        /// The field's name.
        field: &'static str,
        /// Why.
        error: TopicNameError,
    },
    /// A text is no Topic Filter.
    #[error("{0}")]
    TopicFilter(TopicFilterError),
    /// The Topic Name is empty and no Topic Alias stands for it.
    #[error("topic name is empty and there is no topic alias")]
    EmptyTopicName,
    /// The Packet Identifier is 0.
    #[error("packet identifier is 0; it must be 1 to 65535")]
    PacketIdZero,
    /// The Protocol Name of a CONNECT is neither `MQTT` nor `MQIsdp`.
    #[error("protocol name is not MQTT")]
    UnknownProtocolName,
    /// The Protocol Level of a CONNECT is none that belongs to its Protocol Name.
    #[error("protocol level is {level}; 3 with MQIsdp, 4 and 5 with MQTT are known")]
    UnsupportedProtocolLevel {
        /// The level.
        level: u8,
    },
    /// The lowest bit of the Connect Flags is set.
    #[error("reserved bit 0 of the connect flags is set")]
    ConnectReservedFlag,
    /// Will QoS or Will Retain are set without the Will Flag.
    #[error("will QoS or will retain are set although there is no will")]
    WillFlagsWithoutWill,
    /// Both Will QoS bits are set.
    #[error("will QoS is 3; the highest is 2")]
    ReservedWillQos,
    /// A Password without a User Name, before 5.0.
    #[error("there is a password but no user name")]
    PasswordWithoutUserName,
    /// An empty Client Identifier where the version does not allow it.
    #[error("client identifier is empty although the session is to be kept")]
    ClientIdMissing,
    /// One of the upper seven bits of the Connect Acknowledge Flags is set.
    #[error("connect acknowledge flags are 0x{flags:02x}; only bit 0 may be set")]
    ConnackReservedFlags {
        /// The flags.
        flags: u8,
    },
    /// Session Present is set in a refusal.
    #[error("session present is set although the connection is refused")]
    SessionPresentWithRefusal,
    /// A Connect Return code above 5, before 5.0.
    #[error("connect return code {code} is reserved; 0 to 5 are known")]
    ReservedReturnCode {
        /// The code.
        code: u8,
    },
    /// A Reason Code that this packet does not have.
    #[error("reason code 0x{code:02x} is not one of this packet's")]
    ReasonCodeNotAllowed {
        /// The code.
        code: u8,
    },
    /// A property identifier that the standard does not define.
    #[error("property identifier 0x{identifier:02x} is not defined")]
    UnknownProperty {
        /// The identifier.
        identifier: u32,
    },
    /// A property that this packet cannot have.
    #[error("property {0} does not belong here")]
    PropertyNotAllowed(PropertyId),
    /// A property that may stand once stands twice.
    #[error("property {0} appears more than once")]
    DuplicateProperty(PropertyId),
    /// A property has a value it cannot have.
    #[error("property {property} has the value {value}, which is not allowed")]
    PropertyValue {
        /// The property.
        property: PropertyId,
        /// Its value.
        value: u32,
    },
    /// Authentication Data without an Authentication Method.
    #[error("there is authentication data but no authentication method")]
    AuthenticationDataWithoutMethod,
    /// An AUTH without an Authentication Method.
    #[error("authentication method is missing")]
    AuthenticationMethodMissing,
    /// SUBSCRIBE or UNSUBSCRIBE without a Topic Filter.
    #[error("there is no topic filter; at least 1 is needed")]
    NoTopicFilter,
    /// SUBACK or UNSUBACK without a Reason Code.
    #[error("there is no reason code; at least 1 is needed")]
    NoReasonCode,
    /// Reserved bits of the Subscription Options are set.
    #[error("subscription options are 0x{options:02x}; reserved bits are set")]
    ReservedSubscriptionOptions {
        /// The options.
        options: u8,
    },
    /// The QoS in the Subscription Options is 3.
    #[error("requested QoS is 3; the highest is 2")]
    ReservedSubscriptionQos,
    /// Retain Handling is 3.
    #[error("retain handling is 3; the highest is 2")]
    ReservedRetainHandling,
    /// No Local on a Shared Subscription.
    #[error("no local is set on a shared subscription")]
    NoLocalOnSharedSubscription,
}

impl DecodeError {
    /// The Reason Code of 5.0 to answer with.
    pub fn reason_code(&self) -> ReasonCode {
        use DecodeErrorKind as Kind;
        match self.kind {
            Kind::PacketTooLarge { .. } => ReasonCode::PacketTooLarge,
            Kind::UnknownProtocolName | Kind::UnsupportedProtocolLevel { .. } => {
                ReasonCode::UnsupportedProtocolVersion
            }
            Kind::ClientIdMissing => ReasonCode::ClientIdentifierNotValid,
            // 0x8F and 0x90 say that a filter or name is correctly formed but not accepted, and are
            // not among those for a Malformed Packet (section 4.13.1).
            Kind::TopicName { field, error }
                if field == PropertyId::ResponseTopic.name()
                    && !matches!(
                        error,
                        TopicNameError::NotUtf8 { .. } | TopicNameError::NullCharacter { .. }
                    ) =>
            {
                // A property's value that is not allowed.
                ReasonCode::ProtocolError
            }
            Kind::TopicName { .. } | Kind::TopicFilter(_) => ReasonCode::MalformedPacket,
            Kind::PropertyValue {
                property: PropertyId::TopicAlias,
                ..
            } => ReasonCode::TopicAliasInvalid,
            Kind::EmptyTopicName
            | Kind::PacketIdZero
            | Kind::SessionPresentWithRefusal
            | Kind::DuplicateProperty(_)
            | Kind::PropertyValue { .. }
            | Kind::AuthenticationDataWithoutMethod
            | Kind::AuthenticationMethodMissing
            | Kind::NoTopicFilter
            | Kind::NoReasonCode
            | Kind::ReservedSubscriptionQos
            | Kind::ReservedRetainHandling
            | Kind::NoLocalOnSharedSubscription => ReasonCode::ProtocolError,
            Kind::ReservedPacketType { .. }
            | Kind::FixedHeaderFlags { .. }
            | Kind::ReservedQos
            | Kind::DupAtQos0
            | Kind::VariableByteIntegerTooLong
            | Kind::VariableByteIntegerNotShortest { .. }
            | Kind::Truncated { .. }
            | Kind::TrailingBytes { .. }
            | Kind::NotUtf8 { .. }
            | Kind::NullCharacter { .. }
            | Kind::ConnectReservedFlag
            | Kind::WillFlagsWithoutWill
            | Kind::ReservedWillQos
            | Kind::PasswordWithoutUserName
            | Kind::ConnackReservedFlags { .. }
            | Kind::ReservedReturnCode { .. }
            | Kind::ReasonCodeNotAllowed { .. }
            | Kind::UnknownProperty { .. }
            | Kind::PropertyNotAllowed(_)
            | Kind::ReservedSubscriptionOptions { .. } => ReasonCode::MalformedPacket,
        }
    }

    /// The statement (`MQTT-` and its number) or else the section of MQTT 5.0 that is broken; of
    /// 3.1.1, where 5.0 has no such rule.
    pub const fn clause(&self) -> &'static str {
        use ControlPacketType as Type;
        use DecodeErrorKind as Kind;
        match self.kind {
            Kind::ReservedPacketType { .. } => "2.1.2",
            Kind::FixedHeaderFlags { .. } => match self.packet {
                Some(Type::Pubrel) => "MQTT-3.6.1-1",
                Some(Type::Subscribe) => "MQTT-3.8.1-1",
                Some(Type::Unsubscribe) => "MQTT-3.10.1-1",
                Some(Type::Disconnect) => "MQTT-3.14.1-1",
                Some(Type::Auth) => "MQTT-3.15.1-1",
                _ => "MQTT-2.1.3-1",
            },
            Kind::ReservedQos => "MQTT-3.3.1-4",
            Kind::DupAtQos0 => "MQTT-3.3.1-2",
            Kind::VariableByteIntegerTooLong => "1.5.5",
            Kind::VariableByteIntegerNotShortest { .. } => "MQTT-1.5.5-1",
            Kind::PacketTooLarge { .. } => "MQTT-3.1.2-24",
            Kind::Truncated { .. } | Kind::TrailingBytes { .. } => "2.1.4",
            Kind::NotUtf8 { .. } => "MQTT-1.5.4-1",
            Kind::NullCharacter { .. } => "MQTT-1.5.4-2",
            Kind::TopicName { error, .. } => error.clause(),
            Kind::TopicFilter(error) => error.clause(),
            Kind::EmptyTopicName => "3.3.2.1",
            Kind::PacketIdZero => "MQTT-2.2.1-3",
            Kind::UnknownProtocolName => "MQTT-3.1.2-1",
            Kind::UnsupportedProtocolLevel { .. } => "MQTT-3.1.2-2",
            Kind::ConnectReservedFlag => "MQTT-3.1.2-3",
            Kind::WillFlagsWithoutWill => "MQTT-3.1.2-11",
            Kind::ReservedWillQos => "MQTT-3.1.2-12",
            Kind::PasswordWithoutUserName => "MQTT-3.1.2-22",
            Kind::ClientIdMissing => "MQTT-3.1.3-8",
            Kind::ConnackReservedFlags { .. } => "MQTT-3.2.2-1",
            Kind::SessionPresentWithRefusal => "MQTT-3.2.2-6",
            Kind::ReservedReturnCode { .. } => "3.2.2.3",
            Kind::ReasonCodeNotAllowed { .. } => match self.packet {
                Some(Type::Connack) => "MQTT-3.2.2-8",
                Some(Type::Puback) => "MQTT-3.4.2-1",
                Some(Type::Pubrec) => "MQTT-3.5.2-1",
                Some(Type::Pubrel) => "MQTT-3.6.2-1",
                Some(Type::Pubcomp) => "MQTT-3.7.2-1",
                Some(Type::Suback) => "MQTT-3.9.3-2",
                Some(Type::Unsuback) => "MQTT-3.11.3-2",
                Some(Type::Disconnect) => "MQTT-3.14.2-1",
                Some(Type::Auth) => "MQTT-3.15.2-1",
                _ => "2.4",
            },
            Kind::UnknownProperty { .. }
            | Kind::PropertyNotAllowed(_)
            | Kind::DuplicateProperty(_) => "2.2.2.2",
            Kind::PropertyValue { property, .. } => match property {
                PropertyId::TopicAlias => "MQTT-3.3.2-8",
                PropertyId::SubscriptionIdentifier => "3.8.2.1.2",
                PropertyId::ReceiveMaximum => "3.1.2.11.3",
                PropertyId::MaximumPacketSize => "3.1.2.11.4",
                PropertyId::MaximumQos => "3.2.2.3.4",
                PropertyId::PayloadFormatIndicator => "3.3.2.3.2",
                _ => "2.2.2.2",
            },
            Kind::AuthenticationDataWithoutMethod => "3.1.2.11.10",
            Kind::AuthenticationMethodMissing => "3.15.2.2.2",
            Kind::NoTopicFilter => match self.packet {
                Some(Type::Unsubscribe) => "MQTT-3.10.3-2",
                _ => "MQTT-3.8.3-2",
            },
            Kind::NoReasonCode => match self.packet {
                Some(Type::Unsuback) => "MQTT-3.11.3-1",
                _ => "MQTT-3.9.3-1",
            },
            Kind::ReservedSubscriptionOptions { .. } => "MQTT-3.8.3-5",
            Kind::ReservedSubscriptionQos | Kind::ReservedRetainHandling => "3.8.3.1",
            Kind::NoLocalOnSharedSubscription => "MQTT-3.8.3-4",
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let packet = self.packet.map_or("packet", ControlPacketType::name);
        write!(f, "{packet} at byte {}: {}", self.offset, self.kind)
    }
}

impl core::error::Error for DecodeError {}

/// What is wrong and where, before it is known in which packet. In a box, because it is handed on
/// behind every field that is read, and there is one in a packet that is wrong alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault(Box<(DecodeErrorKind, usize)>);

impl Fault {
    pub(crate) fn in_packet(self, packet: Option<ControlPacketType>) -> DecodeError {
        DecodeError {
            kind: self.0.0,
            packet,
            offset: self.0.1,
        }
    }
}

impl DecodeErrorKind {
    #[cold]
    pub(crate) fn at(self, offset: usize) -> Fault {
        Fault(Box::new((self, offset)))
    }
}
