//! Reason Codes.

use core::fmt;

use super::packet_type::ControlPacketType;

/// The one-byte result of an operation (section 2.4). Below 0x80 it is a success.
///
/// The byte alone decides the variant: 0x00 is [`Success`](Self::Success) in every packet, though
/// the standard calls it "Normal disconnection" in DISCONNECT and "Granted QoS 0" in SUBACK;
/// [`name_in`](Self::name_in) tells them apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ReasonCode {
    /// Success; normal disconnection; QoS 0 granted.
    #[default]
    Success = 0x00,
    /// The subscription is accepted with at most QoS 1.
    GrantedQos1 = 0x01,
    /// The subscription is accepted with at most QoS 2.
    GrantedQos2 = 0x02,
    /// The Client leaves and wants its Will Message published.
    DisconnectWithWillMessage = 0x04,
    /// Accepted, but nobody is subscribed.
    NoMatchingSubscribers = 0x10,
    /// There was no such subscription to end.
    NoSubscriptionExisted = 0x11,
    /// Another step of the authentication follows.
    ContinueAuthentication = 0x18,
    /// A new authentication begins.
    ReAuthenticate = 0x19,
    /// The sender does not say why; in 3.1.1, SUBACK's failure.
    UnspecifiedError = 0x80,
    /// The packet could not be parsed.
    MalformedPacket = 0x81,
    /// The packet breaks a rule no other code covers.
    ProtocolError = 0x82,
    /// Valid, but not accepted by this implementation.
    ImplementationSpecificError = 0x83,
    /// The Server does not speak this version.
    UnsupportedProtocolVersion = 0x84,
    /// The Client Identifier is not allowed.
    ClientIdentifierNotValid = 0x85,
    /// The User Name or Password is not accepted.
    BadUserNameOrPassword = 0x86,
    /// The Client may not do this.
    NotAuthorized = 0x87,
    /// The Server cannot serve now.
    ServerUnavailable = 0x88,
    /// Try again later.
    ServerBusy = 0x89,
    /// The Client is banned by administrative action.
    Banned = 0x8a,
    /// The Server is going away.
    ServerShuttingDown = 0x8b,
    /// The method is not supported or not the one in use.
    BadAuthenticationMethod = 0x8c,
    /// Nothing was received for one and a half Keep Alives.
    KeepAliveTimeout = 0x8d,
    /// Another connection uses the same Client Identifier.
    SessionTakenOver = 0x8e,
    /// Well formed, but not accepted.
    TopicFilterInvalid = 0x8f,
    /// Well formed, but not accepted.
    TopicNameInvalid = 0x90,
    /// Both sides disagree about what is in flight.
    PacketIdentifierInUse = 0x91,
    /// Nothing with that Packet Identifier is in flight.
    PacketIdentifierNotFound = 0x92,
    /// More was sent unacknowledged than allowed.
    ReceiveMaximumExceeded = 0x93,
    /// 0, or above the Topic Alias Maximum.
    TopicAliasInvalid = 0x94,
    /// Above the Maximum Packet Size.
    PacketTooLarge = 0x95,
    /// Data arrives too fast.
    MessageRateTooHigh = 0x96,
    /// A limit of the implementation or the administrator is exceeded.
    QuotaExceeded = 0x97,
    /// Closed by an administrator.
    AdministrativeAction = 0x98,
    /// The payload is not what the Payload Format Indicator says.
    PayloadFormatInvalid = 0x99,
    /// The Server keeps no retained messages.
    RetainNotSupported = 0x9a,
    /// The QoS is above the Maximum QoS.
    QosNotSupported = 0x9b,
    /// Go there for now.
    UseAnotherServer = 0x9c,
    /// Go there from now on.
    ServerMoved = 0x9d,
    /// The Server has no Shared Subscriptions for this Client.
    SharedSubscriptionsNotSupported = 0x9e,
    /// Too many connections in too short a time.
    ConnectionRateExceeded = 0x9f,
    /// The time allowed for this connection is over.
    MaximumConnectTime = 0xa0,
    /// The Server has none; the subscription is not accepted.
    SubscriptionIdentifiersNotSupported = 0xa1,
    /// The Server has none; the subscription is not accepted.
    WildcardSubscriptionsNotSupported = 0xa2,
}

impl ReasonCode {
    /// Every Reason Code, in the order of their numbers.
    pub const ALL: [Self; 43] = [
        Self::Success,
        Self::GrantedQos1,
        Self::GrantedQos2,
        Self::DisconnectWithWillMessage,
        Self::NoMatchingSubscribers,
        Self::NoSubscriptionExisted,
        Self::ContinueAuthentication,
        Self::ReAuthenticate,
        Self::UnspecifiedError,
        Self::MalformedPacket,
        Self::ProtocolError,
        Self::ImplementationSpecificError,
        Self::UnsupportedProtocolVersion,
        Self::ClientIdentifierNotValid,
        Self::BadUserNameOrPassword,
        Self::NotAuthorized,
        Self::ServerUnavailable,
        Self::ServerBusy,
        Self::Banned,
        Self::ServerShuttingDown,
        Self::BadAuthenticationMethod,
        Self::KeepAliveTimeout,
        Self::SessionTakenOver,
        Self::TopicFilterInvalid,
        Self::TopicNameInvalid,
        Self::PacketIdentifierInUse,
        Self::PacketIdentifierNotFound,
        Self::ReceiveMaximumExceeded,
        Self::TopicAliasInvalid,
        Self::PacketTooLarge,
        Self::MessageRateTooHigh,
        Self::QuotaExceeded,
        Self::AdministrativeAction,
        Self::PayloadFormatInvalid,
        Self::RetainNotSupported,
        Self::QosNotSupported,
        Self::UseAnotherServer,
        Self::ServerMoved,
        Self::SharedSubscriptionsNotSupported,
        Self::ConnectionRateExceeded,
        Self::MaximumConnectTime,
        Self::SubscriptionIdentifiersNotSupported,
        Self::WildcardSubscriptionsNotSupported,
    ];

    /// The Reason Code with this number; `None` where the standard defines none.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0x00 => Self::Success,
            0x01 => Self::GrantedQos1,
            0x02 => Self::GrantedQos2,
            0x04 => Self::DisconnectWithWillMessage,
            0x10 => Self::NoMatchingSubscribers,
            0x11 => Self::NoSubscriptionExisted,
            0x18 => Self::ContinueAuthentication,
            0x19 => Self::ReAuthenticate,
            0x80 => Self::UnspecifiedError,
            0x81 => Self::MalformedPacket,
            0x82 => Self::ProtocolError,
            0x83 => Self::ImplementationSpecificError,
            0x84 => Self::UnsupportedProtocolVersion,
            0x85 => Self::ClientIdentifierNotValid,
            0x86 => Self::BadUserNameOrPassword,
            0x87 => Self::NotAuthorized,
            0x88 => Self::ServerUnavailable,
            0x89 => Self::ServerBusy,
            0x8a => Self::Banned,
            0x8b => Self::ServerShuttingDown,
            0x8c => Self::BadAuthenticationMethod,
            0x8d => Self::KeepAliveTimeout,
            0x8e => Self::SessionTakenOver,
            0x8f => Self::TopicFilterInvalid,
            0x90 => Self::TopicNameInvalid,
            0x91 => Self::PacketIdentifierInUse,
            0x92 => Self::PacketIdentifierNotFound,
            0x93 => Self::ReceiveMaximumExceeded,
            0x94 => Self::TopicAliasInvalid,
            0x95 => Self::PacketTooLarge,
            0x96 => Self::MessageRateTooHigh,
            0x97 => Self::QuotaExceeded,
            0x98 => Self::AdministrativeAction,
            0x99 => Self::PayloadFormatInvalid,
            0x9a => Self::RetainNotSupported,
            0x9b => Self::QosNotSupported,
            0x9c => Self::UseAnotherServer,
            0x9d => Self::ServerMoved,
            0x9e => Self::SharedSubscriptionsNotSupported,
            0x9f => Self::ConnectionRateExceeded,
            0xa0 => Self::MaximumConnectTime,
            0xa1 => Self::SubscriptionIdentifiersNotSupported,
            0xa2 => Self::WildcardSubscriptionsNotSupported,
            _ => return None,
        })
    }

    /// The byte on the wire.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// Whether it reports a failure: 0x80 and above.
    pub const fn is_error(self) -> bool {
        self.as_u8() >= 0x80
    }

    /// The standard's name, such as `Not authorized`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::GrantedQos1 => "Granted QoS 1",
            Self::GrantedQos2 => "Granted QoS 2",
            Self::DisconnectWithWillMessage => "Disconnect with Will Message",
            Self::NoMatchingSubscribers => "No matching subscribers",
            Self::NoSubscriptionExisted => "No subscription existed",
            Self::ContinueAuthentication => "Continue authentication",
            Self::ReAuthenticate => "Re-authenticate",
            Self::UnspecifiedError => "Unspecified error",
            Self::MalformedPacket => "Malformed Packet",
            Self::ProtocolError => "Protocol Error",
            Self::ImplementationSpecificError => "Implementation specific error",
            Self::UnsupportedProtocolVersion => "Unsupported Protocol Version",
            Self::ClientIdentifierNotValid => "Client Identifier not valid",
            Self::BadUserNameOrPassword => "Bad User Name or Password",
            Self::NotAuthorized => "Not authorized",
            Self::ServerUnavailable => "Server unavailable",
            Self::ServerBusy => "Server busy",
            Self::Banned => "Banned",
            Self::ServerShuttingDown => "Server shutting down",
            Self::BadAuthenticationMethod => "Bad authentication method",
            Self::KeepAliveTimeout => "Keep Alive timeout",
            Self::SessionTakenOver => "Session taken over",
            Self::TopicFilterInvalid => "Topic Filter invalid",
            Self::TopicNameInvalid => "Topic Name invalid",
            Self::PacketIdentifierInUse => "Packet Identifier in use",
            Self::PacketIdentifierNotFound => "Packet Identifier not found",
            Self::ReceiveMaximumExceeded => "Receive Maximum exceeded",
            Self::TopicAliasInvalid => "Topic Alias invalid",
            Self::PacketTooLarge => "Packet too large",
            Self::MessageRateTooHigh => "Message rate too high",
            Self::QuotaExceeded => "Quota exceeded",
            Self::AdministrativeAction => "Administrative action",
            Self::PayloadFormatInvalid => "Payload format invalid",
            Self::RetainNotSupported => "Retain not supported",
            Self::QosNotSupported => "QoS not supported",
            Self::UseAnotherServer => "Use another server",
            Self::ServerMoved => "Server moved",
            Self::SharedSubscriptionsNotSupported => "Shared Subscriptions not supported",
            Self::ConnectionRateExceeded => "Connection rate exceeded",
            Self::MaximumConnectTime => "Maximum connect time",
            Self::SubscriptionIdentifiersNotSupported => "Subscription Identifiers not supported",
            Self::WildcardSubscriptionsNotSupported => "Wildcard Subscriptions not supported",
        }
    }

    /// The standard's name for this code in that packet: 0x00 has three.
    pub const fn name_in(self, packet: ControlPacketType) -> &'static str {
        match (self, packet) {
            (Self::Success, ControlPacketType::Disconnect) => "Normal disconnection",
            (Self::Success, ControlPacketType::Suback) => "Granted QoS 0",
            _ => self.name(),
        }
    }

    /// Whether 5.0 allows this code in that packet (table 2-6 and the packet's own section).
    pub const fn is_allowed_in(self, packet: ControlPacketType) -> bool {
        use ControlPacketType as Type;
        match packet {
            Type::Connack => matches!(
                self,
                Self::Success
                    | Self::UnspecifiedError
                    | Self::MalformedPacket
                    | Self::ProtocolError
                    | Self::ImplementationSpecificError
                    | Self::UnsupportedProtocolVersion
                    | Self::ClientIdentifierNotValid
                    | Self::BadUserNameOrPassword
                    | Self::NotAuthorized
                    | Self::ServerUnavailable
                    | Self::ServerBusy
                    | Self::Banned
                    | Self::BadAuthenticationMethod
                    | Self::TopicNameInvalid
                    | Self::PacketTooLarge
                    | Self::QuotaExceeded
                    | Self::PayloadFormatInvalid
                    | Self::RetainNotSupported
                    | Self::QosNotSupported
                    | Self::UseAnotherServer
                    | Self::ServerMoved
                    | Self::ConnectionRateExceeded
            ),
            Type::Puback | Type::Pubrec => matches!(
                self,
                Self::Success
                    | Self::NoMatchingSubscribers
                    | Self::UnspecifiedError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::TopicNameInvalid
                    | Self::PacketIdentifierInUse
                    | Self::QuotaExceeded
                    | Self::PayloadFormatInvalid
            ),
            Type::Pubrel | Type::Pubcomp => {
                matches!(self, Self::Success | Self::PacketIdentifierNotFound)
            }
            Type::Suback => matches!(
                self,
                Self::Success
                    | Self::GrantedQos1
                    | Self::GrantedQos2
                    | Self::UnspecifiedError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::TopicFilterInvalid
                    | Self::PacketIdentifierInUse
                    | Self::QuotaExceeded
                    | Self::SharedSubscriptionsNotSupported
                    | Self::SubscriptionIdentifiersNotSupported
                    | Self::WildcardSubscriptionsNotSupported
            ),
            Type::Unsuback => matches!(
                self,
                Self::Success
                    | Self::NoSubscriptionExisted
                    | Self::UnspecifiedError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::TopicFilterInvalid
                    | Self::PacketIdentifierInUse
            ),
            Type::Disconnect => matches!(
                self,
                Self::Success
                    | Self::DisconnectWithWillMessage
                    | Self::UnspecifiedError
                    | Self::MalformedPacket
                    | Self::ProtocolError
                    | Self::ImplementationSpecificError
                    | Self::NotAuthorized
                    | Self::ServerBusy
                    | Self::ServerShuttingDown
                    | Self::BadAuthenticationMethod
                    | Self::KeepAliveTimeout
                    | Self::SessionTakenOver
                    | Self::TopicFilterInvalid
                    | Self::TopicNameInvalid
                    | Self::ReceiveMaximumExceeded
                    | Self::TopicAliasInvalid
                    | Self::PacketTooLarge
                    | Self::MessageRateTooHigh
                    | Self::QuotaExceeded
                    | Self::AdministrativeAction
                    | Self::PayloadFormatInvalid
                    | Self::RetainNotSupported
                    | Self::QosNotSupported
                    | Self::UseAnotherServer
                    | Self::ServerMoved
                    | Self::SharedSubscriptionsNotSupported
                    | Self::ConnectionRateExceeded
                    | Self::MaximumConnectTime
                    | Self::SubscriptionIdentifiersNotSupported
                    | Self::WildcardSubscriptionsNotSupported
            ),
            Type::Auth => matches!(
                self,
                Self::Success | Self::ContinueAuthentication | Self::ReAuthenticate
            ),
            Type::Connect
            | Type::Publish
            | Type::Subscribe
            | Type::Unsubscribe
            | Type::Pingreq
            | Type::Pingresp => false,
        }
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02x})", self.name(), self.as_u8())
    }
}
