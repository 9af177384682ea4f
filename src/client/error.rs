//! Local misuse: what a verb refuses before a byte is sent, with the limit and the value.

use crate::codec::{EncodeError, Qos, ReasonCode, TopicFilterError, TopicNameError};

/// Why [`connect`](super::Client::connect) did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// A connection exists or is being made or closed.
    #[error("there is a connection already")]
    AlreadyActive,
    /// An empty Client Identifier needs Clean Session in 3.1.1 [MQTT-3.1.3-7].
    #[error("client identifier is empty; MQTT 3.1.1 allows that only with clean session")]
    EmptyClientIdWithoutCleanSession,
    /// MQTT 3.1 has no empty Client Identifiers.
    #[error("client identifier is empty; MQTT 3.1 needs at least 1 character")]
    EmptyClientId,
    /// A text is too long for its two length bytes.
    #[error("{field} is {length} bytes; at most {maximum} are allowed")]
    TooLong {
        /// Which.
        field: ConnectField,
        /// Its length in bytes.
        length: usize,
        /// The longest allowed.
        maximum: usize,
    },
    /// A text holds U+0000 [MQTT-1.5.4-2].
    #[error("{field} holds U+0000 at byte {offset}")]
    NullCharacter {
        /// Which.
        field: ConnectField,
        /// Where.
        offset: usize,
    },
    /// Before 5.0 a Password needs a User Name [MQTT-3.1.2-22].
    #[error("password without user name; only MQTT 5.0 allows that")]
    PasswordWithoutUsername,
    /// The Will Topic is no Topic Name.
    #[error("will: {0}")]
    WillTopic(TopicNameError),
    /// The will's Response Topic is no Topic Name.
    #[error("will response topic: {0}")]
    WillResponseTopic(TopicNameError),
    /// Authentication Data without Authentication Method (section 3.1.2.11.10).
    #[error("authentication data without authentication method")]
    AuthenticationDataWithoutMethod,
    /// An option that only MQTT 5.0 has.
    #[error("{field} needs MQTT 5.0")]
    NeedsVersion5 {
        /// Which.
        field: ConnectField,
    },
    /// The codec will not write the CONNECT.
    #[error("{0}")]
    Encode(EncodeError),
}

/// Why [`send_by_hand`](super::Client::send_by_hand) did nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ByHandError {
    /// There is no open connection.
    #[error("not connected")]
    NotConnected,
    /// There is not a single byte.
    #[error("there is nothing to send")]
    Empty,
    /// More than is sent at once.
    #[error("this is {length} bytes; at most {maximum} are sent at once")]
    TooLong {
        /// How many bytes there are.
        length: usize,
        /// The most there may be.
        maximum: usize,
    },
    /// The transport has more waiting than it sends.
    #[error("more waits on this connection than it sends")]
    Congested,
}

/// A field of [`ConnectOptions`](super::ConnectOptions), for error messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectField {
    /// Client Identifier.
    ClientId,
    /// User Name.
    Username,
    /// Password.
    Password,
    /// Will payload.
    WillPayload,
    /// Will Content Type.
    WillContentType,
    /// Will Correlation Data.
    WillCorrelationData,
    /// A property of the will.
    WillProperties,
    /// Session Expiry Interval.
    SessionExpiryInterval,
    /// Receive Maximum.
    ReceiveMaximum,
    /// Maximum Packet Size.
    MaximumPacketSize,
    /// Topic Alias Maximum.
    TopicAliasMaximum,
    /// Request Response Information.
    RequestResponseInformation,
    /// Request Problem Information.
    RequestProblemInformation,
    /// User Properties.
    UserProperties,
    /// Authentication Method.
    AuthenticationMethod,
    /// Authentication Data.
    AuthenticationData,
}

impl core::fmt::Display for ConnectField {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::ClientId => "client identifier",
            Self::Username => "user name",
            Self::Password => "password",
            Self::WillPayload => "will payload",
            Self::WillContentType => "will content type",
            Self::WillCorrelationData => "will correlation data",
            Self::WillProperties => "will properties",
            Self::SessionExpiryInterval => "session expiry interval",
            Self::ReceiveMaximum => "receive maximum",
            Self::MaximumPacketSize => "maximum packet size",
            Self::TopicAliasMaximum => "topic alias maximum",
            Self::RequestResponseInformation => "request response information",
            Self::RequestProblemInformation => "request problem information",
            Self::UserProperties => "user properties",
            Self::AuthenticationMethod => "authentication method",
            Self::AuthenticationData => "authentication data",
        })
    }
}

/// Why [`publish`](super::Client::publish) did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// Only a connected Client publishes.
    #[error("not connected")]
    NotConnected,
    /// What should be the Topic Name is none.
    #[error("{0}")]
    Topic(TopicNameError),
    /// A property that only MQTT 5.0 has.
    #[error("message properties need MQTT 5.0")]
    NeedsVersion5,
    /// Topic Aliases are given out by the Client itself
    /// ([`ConnectOptions::topic_aliases`](super::ConnectOptions::topic_aliases)).
    #[error("topic aliases are assigned automatically")]
    TopicAliasIsAutomatic,
    /// Only a Server sends Subscription Identifiers [MQTT-3.3.4-6].
    #[error("a client must not send a subscription identifier with a message")]
    SubscriptionIdentifier,
    /// Above the Server's Maximum QoS [MQTT-3.2.2-11].
    #[error("quality of service is {qos}; server accepts at most {maximum}")]
    QosNotSupported {
        /// The message's.
        qos: Qos,
        /// The Server's maximum.
        maximum: Qos,
    },
    /// The Server keeps no retained messages [MQTT-3.2.2-14].
    #[error("message is to be retained; server keeps no retained messages")]
    RetainNotAvailable,
    /// The whole packet is above the Server's Maximum Packet Size [MQTT-3.2.2-15], or above what
    /// MQTT can carry at all.
    #[error("packet is {size} bytes; server accepts at most {maximum}")]
    PacketTooLarge {
        /// The packet's size in bytes.
        size: usize,
        /// The largest allowed.
        maximum: usize,
    },
    /// As many messages wait in the Client as may.
    #[error("{waiting} messages are waiting; at most {maximum} may")]
    TooManyWaiting {
        /// Messages waiting.
        waiting: usize,
        /// [`Limits::waiting_messages`](super::Limits::waiting_messages).
        maximum: usize,
    },
    /// The messages kept by the Client take as much room as they may.
    #[error("unfinished messages and this one take {bytes} bytes; at most {maximum} are kept")]
    TooManyBytes {
        /// Bytes waiting or in flight, with this message.
        bytes: usize,
        /// [`Limits::kept_bytes`](super::Limits::kept_bytes).
        maximum: usize,
    },
    /// The codec will not write the packet.
    #[error("{0}")]
    Encode(EncodeError),
}

/// Why [`subscribe`](super::Client::subscribe) did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubscribeError {
    /// Only a connected Client subscribes.
    #[error("not connected")]
    NotConnected,
    /// There is nothing to subscribe to [MQTT-3.8.3-2].
    #[error("no topic filter given; at least 1 is needed")]
    NoTopicFilter,
    /// What should be a Topic Filter is none.
    #[error("topic filter {index}: {error}")]
    TopicFilter {
        /// Which, from 0.
        index: usize,
        /// What is wrong with it.
        error: TopicFilterError,
    },
    /// An option or property that only MQTT 5.0 has.
    #[error("subscription options other than the quality of service need MQTT 5.0")]
    NeedsVersion5,
    /// No Local on a Shared Subscription [MQTT-3.8.3-4].
    #[error("topic filter {index}: no local is not allowed on a shared subscription")]
    NoLocalOnShared {
        /// Which, from 0.
        index: usize,
    },
    /// The Server has no wildcard subscriptions (section 3.2.2.3.11).
    #[error("topic filter {index} has a wildcard; server allows none")]
    WildcardNotAvailable {
        /// Which, from 0.
        index: usize,
    },
    /// The Server has no Shared Subscriptions (section 3.2.2.3.13).
    #[error("topic filter {index} is a shared subscription; server allows none")]
    SharedNotAvailable {
        /// Which, from 0.
        index: usize,
    },
    /// The Server has no Subscription Identifiers (section 3.2.2.3.12).
    #[error("subscription identifier given; server allows none")]
    SubscriptionIdentifierNotAvailable,
    /// The whole packet is above the Server's Maximum Packet Size [MQTT-3.2.2-15].
    #[error("packet is {size} bytes; server accepts at most {maximum}")]
    PacketTooLarge {
        /// The packet's size in bytes.
        size: usize,
        /// The largest allowed.
        maximum: usize,
    },
    /// As many requests wait for their answer as may.
    #[error("{waiting} requests await their answer; at most {maximum} may")]
    TooManyRequests {
        /// Requests waiting.
        waiting: usize,
        /// [`Limits::requests`](super::Limits::requests).
        maximum: usize,
    },
    /// As many subscriptions exist as the Client remembers.
    #[error("{subscriptions} subscriptions with these; at most {maximum} are kept")]
    TooManySubscriptions {
        /// Subscriptions there would be.
        subscriptions: usize,
        /// [`Limits::subscriptions`](super::Limits::subscriptions).
        maximum: usize,
    },
    /// All Packet Identifiers are in use.
    #[error("all {in_use} packet identifiers are in use")]
    PacketIdsExhausted {
        /// How many.
        in_use: usize,
    },
    /// The codec will not write the packet.
    #[error("{0}")]
    Encode(EncodeError),
}

/// Why [`disconnect`](super::Client::disconnect) did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DisconnectError {
    /// Before 5.0, DISCONNECT is empty.
    #[error("a disconnect with a reason or properties needs MQTT 5.0")]
    NeedsVersion5,
    /// A Reason Code a Client may not send in DISCONNECT [MQTT-3.14.2-1].
    #[error("a client may not send {reason_code} in DISCONNECT")]
    ReasonCode {
        /// The code.
        reason_code: ReasonCode,
    },
    /// A Session Expiry Interval after CONNECT said 0 (section 3.14.2.2.2).
    #[error("session expiry interval is {requested} s; it was 0 in CONNECT and must stay so")]
    SessionExpiryFromZero {
        /// The interval asked for, in seconds.
        requested: u32,
    },
    /// The codec will not write the packet.
    #[error("{0}")]
    Encode(EncodeError),
}

/// Why [`authenticate`](super::Client::authenticate) or
/// [`reauthenticate`](super::Client::reauthenticate) did nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthenticateError {
    /// CONNECT set no Authentication Method [MQTT-4.12.0-7].
    #[error("no authentication method was set in CONNECT")]
    NoMethod,
    /// The Server has not asked for anything.
    #[error("the server has not asked for authentication")]
    NotAsked,
    /// Re-authentication begins only after CONNACK [MQTT-4.12.1-1].
    #[error("not connected")]
    NotConnected,
    /// One is under way already.
    #[error("a re-authentication is under way already")]
    UnderWay,
    /// The packet would be above the Server's Maximum Packet Size.
    #[error("packet is {size} bytes; server accepts at most {maximum}")]
    PacketTooLarge {
        /// The packet's size in bytes.
        size: usize,
        /// The largest allowed.
        maximum: usize,
    },
    /// The codec will not write the packet.
    #[error("{0}")]
    Encode(EncodeError),
}
