//! The identifiers of the properties of 5.0 (section 2.2.2.2, table 2-4).

use core::fmt;

use crate::codec::FieldName;

/// Which property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PropertyId {
    /// What the payload is.
    PayloadFormatIndicator = 0x01,
    /// How long the message lives.
    MessageExpiryInterval = 0x02,
    /// What the content is.
    ContentType = 0x03,
    /// Where a response should go.
    ResponseTopic = 0x08,
    /// What ties a response to its request.
    CorrelationData = 0x09,
    /// Which subscription.
    SubscriptionIdentifier = 0x0b,
    /// How long the session outlives the connection.
    SessionExpiryInterval = 0x11,
    /// The Client Identifier the Server chose.
    AssignedClientIdentifier = 0x12,
    /// The Keep Alive the Server wants.
    ServerKeepAlive = 0x13,
    /// The method of enhanced authentication.
    AuthenticationMethod = 0x15,
    /// Data of that method.
    AuthenticationData = 0x16,
    /// Whether failures may be explained.
    RequestProblemInformation = 0x17,
    /// How long the Will Message is held back.
    WillDelayInterval = 0x18,
    /// Whether Response Information is wanted.
    RequestResponseInformation = 0x19,
    /// The base of a Response Topic.
    ResponseInformation = 0x1a,
    /// Another Server to use.
    ServerReference = 0x1c,
    /// Words for a human.
    ReasonString = 0x1f,
    /// How many QoS 1 and 2 messages are taken at once.
    ReceiveMaximum = 0x21,
    /// The highest Topic Alias accepted.
    TopicAliasMaximum = 0x22,
    /// A number that stands for the Topic Name.
    TopicAlias = 0x23,
    /// The highest QoS the Server supports.
    MaximumQos = 0x24,
    /// Whether the Server keeps retained messages.
    RetainAvailable = 0x25,
    /// A name and a value of the applications' own.
    UserProperty = 0x26,
    /// The largest packet accepted.
    MaximumPacketSize = 0x27,
    /// Whether wildcards may be subscribed to.
    WildcardSubscriptionAvailable = 0x28,
    /// Whether Subscription Identifiers may be used.
    SubscriptionIdentifierAvailable = 0x29,
    /// Whether Shared Subscriptions may be used.
    SharedSubscriptionAvailable = 0x2a,
}

/// How a property's value is written (section 1.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PropertyType {
    Byte,
    TwoByteInteger,
    FourByteInteger,
    VariableByteInteger,
    Utf8String,
    BinaryData,
    Utf8StringPair,
}

impl PropertyId {
    /// Every property, in the order of their numbers.
    pub const ALL: [Self; 27] = [
        Self::PayloadFormatIndicator,
        Self::MessageExpiryInterval,
        Self::ContentType,
        Self::ResponseTopic,
        Self::CorrelationData,
        Self::SubscriptionIdentifier,
        Self::SessionExpiryInterval,
        Self::AssignedClientIdentifier,
        Self::ServerKeepAlive,
        Self::AuthenticationMethod,
        Self::AuthenticationData,
        Self::RequestProblemInformation,
        Self::WillDelayInterval,
        Self::RequestResponseInformation,
        Self::ResponseInformation,
        Self::ServerReference,
        Self::ReasonString,
        Self::ReceiveMaximum,
        Self::TopicAliasMaximum,
        Self::TopicAlias,
        Self::MaximumQos,
        Self::RetainAvailable,
        Self::UserProperty,
        Self::MaximumPacketSize,
        Self::WildcardSubscriptionAvailable,
        Self::SubscriptionIdentifierAvailable,
        Self::SharedSubscriptionAvailable,
    ];

    /// The property with this identifier; `None` where the standard defines none.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0x01 => Self::PayloadFormatIndicator,
            0x02 => Self::MessageExpiryInterval,
            0x03 => Self::ContentType,
            0x08 => Self::ResponseTopic,
            0x09 => Self::CorrelationData,
            0x0b => Self::SubscriptionIdentifier,
            0x11 => Self::SessionExpiryInterval,
            0x12 => Self::AssignedClientIdentifier,
            0x13 => Self::ServerKeepAlive,
            0x15 => Self::AuthenticationMethod,
            0x16 => Self::AuthenticationData,
            0x17 => Self::RequestProblemInformation,
            0x18 => Self::WillDelayInterval,
            0x19 => Self::RequestResponseInformation,
            0x1a => Self::ResponseInformation,
            0x1c => Self::ServerReference,
            0x1f => Self::ReasonString,
            0x21 => Self::ReceiveMaximum,
            0x22 => Self::TopicAliasMaximum,
            0x23 => Self::TopicAlias,
            0x24 => Self::MaximumQos,
            0x25 => Self::RetainAvailable,
            0x26 => Self::UserProperty,
            0x27 => Self::MaximumPacketSize,
            0x28 => Self::WildcardSubscriptionAvailable,
            0x29 => Self::SubscriptionIdentifierAvailable,
            0x2a => Self::SharedSubscriptionAvailable,
            _ => return None,
        })
    }

    /// The identifier on the wire.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The standard's name, such as `Topic Alias`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PayloadFormatIndicator => "Payload Format Indicator",
            Self::MessageExpiryInterval => "Message Expiry Interval",
            Self::ContentType => "Content Type",
            Self::ResponseTopic => "Response Topic",
            Self::CorrelationData => "Correlation Data",
            Self::SubscriptionIdentifier => "Subscription Identifier",
            Self::SessionExpiryInterval => "Session Expiry Interval",
            Self::AssignedClientIdentifier => "Assigned Client Identifier",
            Self::ServerKeepAlive => "Server Keep Alive",
            Self::AuthenticationMethod => "Authentication Method",
            Self::AuthenticationData => "Authentication Data",
            Self::RequestProblemInformation => "Request Problem Information",
            Self::WillDelayInterval => "Will Delay Interval",
            Self::RequestResponseInformation => "Request Response Information",
            Self::ResponseInformation => "Response Information",
            Self::ServerReference => "Server Reference",
            Self::ReasonString => "Reason String",
            Self::ReceiveMaximum => "Receive Maximum",
            Self::TopicAliasMaximum => "Topic Alias Maximum",
            Self::TopicAlias => "Topic Alias",
            Self::MaximumQos => "Maximum QoS",
            Self::RetainAvailable => "Retain Available",
            Self::UserProperty => "User Property",
            Self::MaximumPacketSize => "Maximum Packet Size",
            Self::WildcardSubscriptionAvailable => "Wildcard Subscription Available",
            Self::SubscriptionIdentifierAvailable => "Subscription Identifier Available",
            Self::SharedSubscriptionAvailable => "Shared Subscription Available",
        }
    }

    pub(crate) const fn field_name(self) -> FieldName {
        FieldName::PropertyValue(self)
    }

    pub(crate) const fn property_type(self) -> PropertyType {
        match self {
            Self::PayloadFormatIndicator
            | Self::RequestProblemInformation
            | Self::RequestResponseInformation
            | Self::MaximumQos
            | Self::RetainAvailable
            | Self::WildcardSubscriptionAvailable
            | Self::SubscriptionIdentifierAvailable
            | Self::SharedSubscriptionAvailable => PropertyType::Byte,
            Self::ServerKeepAlive
            | Self::ReceiveMaximum
            | Self::TopicAliasMaximum
            | Self::TopicAlias => PropertyType::TwoByteInteger,
            Self::MessageExpiryInterval
            | Self::SessionExpiryInterval
            | Self::WillDelayInterval
            | Self::MaximumPacketSize => PropertyType::FourByteInteger,
            Self::SubscriptionIdentifier => PropertyType::VariableByteInteger,
            Self::ContentType
            | Self::ResponseTopic
            | Self::AssignedClientIdentifier
            | Self::AuthenticationMethod
            | Self::ResponseInformation
            | Self::ServerReference
            | Self::ReasonString => PropertyType::Utf8String,
            Self::CorrelationData | Self::AuthenticationData => PropertyType::BinaryData,
            Self::UserProperty => PropertyType::Utf8StringPair,
        }
    }
}

impl fmt::Display for PropertyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02x})", self.name(), self.as_u8())
    }
}
