//! What the fields of Control Packets are called.

use super::{PropertyId, ProtocolVersion};

/// A field, or a heading over several, by the name that the standard has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldName {
    /// The heading over the first bytes of every packet.
    FixedHeader,
    /// The first byte.
    FirstByte,
    /// Its high four bits.
    PacketType,
    /// Its low four bits, in every packet but PUBLISH.
    Flags,
    /// Whether a PUBLISH was sent before.
    Dup,
    /// The QoS of a PUBLISH.
    Qos,
    /// Whether a PUBLISH is, or is to be, retained.
    Retain,
    /// How many bytes follow the fixed header.
    RemainingLength,
    /// What ties a packet to its acknowledgement.
    PacketIdentifier,
    /// How many bytes of properties follow.
    PropertyLength,
    /// The heading over all properties.
    Properties,
    /// The heading over one property.
    Property,
    /// Which property follows.
    PropertyIdentifier,
    /// The value of a property; for a User Property see the next two.
    PropertyValue(PropertyId),
    /// The name in a User Property.
    UserPropertyName,
    /// The value in a User Property.
    UserPropertyValue,
    /// `MQTT` or `MQIsdp`.
    ProtocolName,
    /// The version asked for; Protocol Level before 5.0.
    ProtocolVersion,
    /// The byte that says what CONNECT holds.
    ConnectFlags,
    /// Whether there is a User Name.
    UserNameFlag,
    /// Whether there is a Password.
    PasswordFlag,
    /// Whether the Will Message is to be retained.
    WillRetain,
    /// The QoS of the Will Message.
    WillQos,
    /// Whether there is a Will Message.
    WillFlag,
    /// Whether to begin a new session (5.0).
    CleanStart,
    /// Whether to begin a new session that ends with the connection (before 5.0).
    CleanSession,
    /// The lowest of the Connect Flags.
    ConnectReserved,
    /// How long the Client may be silent.
    KeepAlive,
    /// Who the Client is.
    ClientIdentifier,
    /// The heading over the Will Message.
    WillMessage,
    /// Where the Will Message is published.
    WillTopic,
    /// The payload of the Will Message.
    WillPayload,
    /// The User Name.
    UserName,
    /// The Password.
    Password,
    /// The first byte of CONNACK's own.
    ConnackFlags,
    /// The upper seven bits of that.
    ConnackReserved,
    /// Whether the Server had kept a session.
    SessionPresent,
    /// The result in CONNACK (5.0).
    ConnectReasonCode,
    /// The result in CONNACK (before 5.0).
    ConnectReturnCode,
    /// Where a message is published.
    TopicName,
    /// The Application Message.
    Payload,
    /// The result in an acknowledgement; Return Code in a SUBACK before 5.0.
    ReasonCode,
    /// The heading over one Topic Filter and its options.
    Subscription,
    /// What is subscribed to, or no longer.
    TopicFilter,
    /// How to subscribe; Requested QoS before 5.0.
    SubscriptionOptions,
    /// The bits of that byte that mean nothing.
    SubscriptionReserved,
    /// Which retained messages to send.
    RetainHandling,
    /// Whether the RETAIN flag stays as it was published.
    RetainAsPublished,
    /// Whether the Client's own messages stay away.
    NoLocal,
    /// The highest QoS wanted.
    SubscriptionQos,
    /// Why the connection ends.
    DisconnectReasonCode,
    /// What step of an enhanced authentication this is.
    AuthenticateReasonCode,
    /// The bytes behind a fault.
    NotDecoded,
    /// The bytes of the fields beyond [`MAXIMUM_FIELDS`](super::MAXIMUM_FIELDS).
    NotListed,
}

impl FieldName {
    /// The name in the words of MQTT 5.0, such as `Keep Alive`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FixedHeader => "Fixed header",
            Self::FirstByte => "Packet type and flags",
            Self::PacketType => "Packet type",
            Self::Flags => "Flags",
            Self::Dup => "DUP",
            Self::Qos => "QoS",
            Self::Retain => "RETAIN",
            Self::RemainingLength => "Remaining Length",
            Self::PacketIdentifier => "Packet Identifier",
            Self::PropertyLength => "Property Length",
            Self::Properties => "Properties",
            Self::Property => "Property",
            Self::PropertyIdentifier => "Property Identifier",
            Self::PropertyValue(property) => property.name(),
            Self::UserPropertyName => "Name",
            Self::UserPropertyValue => "Value",
            Self::ProtocolName => "Protocol Name",
            Self::ProtocolVersion => "Protocol Version",
            Self::ConnectFlags => "Connect Flags",
            Self::UserNameFlag => "User Name Flag",
            Self::PasswordFlag => "Password Flag",
            Self::WillRetain => "Will Retain",
            Self::WillQos => "Will QoS",
            Self::WillFlag => "Will Flag",
            Self::CleanStart => "Clean Start",
            Self::CleanSession => "Clean Session",
            Self::ConnectReserved | Self::ConnackReserved | Self::SubscriptionReserved => {
                "Reserved"
            }
            Self::KeepAlive => "Keep Alive",
            Self::ClientIdentifier => "Client Identifier",
            Self::WillMessage => "Will Message",
            Self::WillTopic => "Will Topic",
            Self::WillPayload => "Will Payload",
            Self::UserName => "User Name",
            Self::Password => "Password",
            Self::ConnackFlags => "Connect Acknowledge Flags",
            Self::SessionPresent => "Session Present",
            Self::ConnectReasonCode => "Connect Reason Code",
            Self::ConnectReturnCode => "Connect Return code",
            Self::TopicName => "Topic Name",
            Self::Payload => "Payload",
            Self::ReasonCode => "Reason Code",
            Self::Subscription => "Subscription",
            Self::TopicFilter => "Topic Filter",
            Self::SubscriptionOptions => "Subscription Options",
            Self::RetainHandling => "Retain Handling",
            Self::RetainAsPublished => "Retain As Published",
            Self::NoLocal => "No Local",
            Self::SubscriptionQos => "Maximum QoS",
            Self::DisconnectReasonCode => "Disconnect Reason Code",
            Self::AuthenticateReasonCode => "Authenticate Reason Code",
            Self::NotDecoded => "Not decoded",
            Self::NotListed => "Not listed",
        }
    }

    /// The name in the words of that version.
    pub const fn name_in(self, version: ProtocolVersion) -> &'static str {
        match (self, version) {
            (_, ProtocolVersion::V5_0) => self.name(),
            (Self::ProtocolVersion, _) => "Protocol Level",
            (Self::SubscriptionOptions, _) => "Requested QoS",
            (Self::SubscriptionQos, _) => "QoS",
            (Self::ReasonCode, _) => "Return Code",
            _ => self.name(),
        }
    }
}
