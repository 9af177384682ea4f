//! What happens in the broker, for people to read.

use std::sync::Arc;

use super::input::{ConnectionId, Memory};
use crate::codec::{
    ControlPacketType, DecodeError, DirectionError, PacketId, ProtocolVersion, Qos, ReasonCode,
    SubscriptionIdentifier,
};
use crate::time::Instant;

/// Something that has happened in the broker. Texts are shared, so that a copy costs no allocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A Client is connected.
    ConnectionAccepted {
        /// Where.
        connection: ConnectionId,
        /// Who.
        client_id: Arc<str>,
        /// Whether the broker chose the Client Identifier.
        assigned: bool,
        /// In which version.
        version: ProtocolVersion,
        /// Whether a session was there.
        session_present: bool,
    },
    /// A CONNECT was refused.
    ConnectionRefused {
        /// Where.
        connection: ConnectionId,
        /// Who, where that was still read.
        client_id: Option<Arc<str>>,
        /// Why.
        cause: RefusedCause,
        /// The code, as 5.0 has it; `None` where no answer was given.
        code: Option<ReasonCode>,
    },
    /// A Network Connection that was open is no more.
    ConnectionClosed {
        /// Which.
        connection: ConnectionId,
        /// Whose; `None` before an accepted CONNECT.
        client_id: Option<Arc<str>>,
        /// Why.
        cause: ClosedCause,
        /// The Reason Code of the last DISCONNECT, of either end; `None` where there was none.
        reason_code: Option<ReasonCode>,
    },
    /// There is a new session.
    SessionCreated {
        /// Whose.
        client_id: Arc<str>,
    },
    /// A session goes on with a new connection.
    SessionResumed {
        /// Whose.
        client_id: Arc<str>,
        /// How many messages wait in it.
        queued: usize,
        /// How many exchanges to the Client are unfinished.
        inflight: usize,
    },
    /// A session is gone.
    SessionDiscarded {
        /// Whose.
        client_id: Arc<str>,
        /// Why.
        cause: DiscardCause,
    },
    /// A session has outlived its connection by its Session Expiry Interval.
    SessionExpired {
        /// Whose.
        client_id: Arc<str>,
    },
    /// A subscription is granted.
    Subscribed {
        /// To whom.
        client_id: Arc<str>,
        /// The Topic Filter, with `$share/` and the group where it is shared.
        filter: Arc<str>,
        /// The QoS granted.
        qos: Qos,
        /// Its Subscription Identifier.
        identifier: Option<SubscriptionIdentifier>,
        /// Whether it took the place of one with the same filter.
        replaced: bool,
    },
    /// A subscription was refused.
    SubscriptionRefused {
        /// To whom.
        client_id: Arc<str>,
        /// The Topic Filter.
        filter: Arc<str>,
        /// Why, as 5.0 has it.
        code: ReasonCode,
    },
    /// A subscription is ended.
    Unsubscribed {
        /// Whose.
        client_id: Arc<str>,
        /// The Topic Filter.
        filter: Arc<str>,
    },
    /// A retained message is kept, in place of the one before if there was one.
    RetainedSet {
        /// Where.
        topic: Arc<str>,
        /// With which QoS.
        qos: Qos,
        /// The payload's length in bytes.
        length: usize,
        /// Whether it took the place of one.
        replaced: bool,
    },
    /// A retained message is cleared.
    RetainedCleared {
        /// Where.
        topic: Arc<str>,
    },
    /// A retained message is over its Message Expiry Interval.
    RetainedExpired {
        /// Where.
        topic: Arc<str>,
    },
    /// A message was not retained, because there are too many.
    RetainedRefused {
        /// Where.
        topic: Arc<str>,
    },
    /// A message waits for a session.
    Queued {
        /// Whose.
        client_id: Arc<str>,
        /// Its topic.
        topic: Arc<str>,
        /// The QoS it will be delivered with.
        qos: Qos,
        /// How many wait now.
        queued: usize,
    },
    /// A message will not be delivered to this session.
    Dropped {
        /// Whose.
        client_id: Arc<str>,
        /// Its topic.
        topic: Arc<str>,
        /// The QoS it would have been delivered with.
        qos: Qos,
        /// Why.
        reason: DropReason,
    },
    /// An exchange of QoS 1 or 2 has moved on.
    Inflight {
        /// Whose.
        client_id: Arc<str>,
        /// Its Packet Identifier; the two directions have identifiers of their own.
        packet_id: PacketId,
        /// What it waits for now.
        state: InflightState,
    },
    /// A Will Message is kept for a connection.
    WillStored {
        /// Whose.
        client_id: Arc<str>,
        /// Where it would be published.
        topic: Arc<str>,
    },
    /// A Will Message will not be published.
    WillDiscarded {
        /// Whose.
        client_id: Arc<str>,
        /// Where it would have been published.
        topic: Arc<str>,
        /// Why not.
        cause: WillDiscardCause,
    },
    /// A Will Message is published.
    WillFired {
        /// Whose.
        client_id: Arc<str>,
        /// Where.
        topic: Arc<str>,
        /// Why.
        cause: WillFireCause,
    },
    /// A Will Message will be published unless the Client comes back (section 3.1.3.2.2).
    WillDelayed {
        /// Whose.
        client_id: Arc<str>,
        /// Where.
        topic: Arc<str>,
        /// When: at the end of the delay or of the session, whichever comes first.
        until: Instant,
    },
    /// A delayed Will Message will not be published, because the Client came back in time.
    WillCancelled {
        /// Whose.
        client_id: Arc<str>,
        /// Where.
        topic: Arc<str>,
    },
    /// A waiting message is over its Message Expiry Interval.
    MessageExpired {
        /// For whom.
        client_id: Arc<str>,
        /// Its topic.
        topic: Arc<str>,
    },
    /// A message was taken in and given on.
    Published {
        /// By whom; `None` for the broker itself.
        client_id: Option<Arc<str>>,
        /// Where.
        topic: Arc<str>,
        /// With which QoS.
        qos: Qos,
        /// Whether it was to be retained.
        retain: bool,
        /// To how many sessions it was delivered or queued.
        receivers: usize,
    },
    /// A publication was not accepted.
    PublishRefused {
        /// By whom.
        client_id: Arc<str>,
        /// Where.
        topic: Arc<str>,
        /// Why, as 5.0 has it.
        code: ReasonCode,
    },
    /// The `$SYS` topics were published.
    SystemTick,
    /// The broker runs.
    Started {
        /// What it remembers.
        memory: Memory,
    },
    /// The broker does not run.
    Stopped,
}

/// Why a CONNECT was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusedCause {
    /// The broker is stopped.
    Stopped,
    /// It was told to refuse the next CONNECT.
    AsTold,
    /// The packet cannot be read, or is no CONNECT that the version allows.
    Malformed(DecodeError),
    /// The first packet was not CONNECT [MQTT-3.1.0-1].
    NotConnect(ControlPacketType),
    /// The version is not spoken here.
    UnsupportedVersion,
    /// The Client Identifier is not accepted.
    ClientIdentifier,
    /// User Name and Password are not accepted.
    Credentials,
    /// There is no User Name.
    Anonymous,
    /// Enhanced authentication is not spoken here (section 4.12).
    AuthenticationMethod,
    /// The Will Message has a QoS above the highest.
    WillQos,
    /// The Will Message is to be retained, and nothing is retained here.
    WillRetain,
    /// The Will Message may not be published by this Client.
    WillNotAuthorized,
    /// There are too many connections or sessions.
    TooMany,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClosedCause {
    /// The Client sent DISCONNECT.
    Disconnect,
    /// The transport ended without DISCONNECT.
    NetworkLost,
    /// Nothing came for one and a half Keep Alives [MQTT-3.1.2-22].
    KeepAliveTimeout,
    /// No CONNECT came in time.
    ConnectTimeout,
    /// The Client Identifier connected anew [MQTT-3.1.4-3].
    TakenOver,
    /// The Client's bytes are no Control Packets.
    Malformed(DecodeError),
    /// The Client broke a rule.
    Violation(Violation),
    /// The CONNECT was refused.
    Refused,
    /// A person at the broker ended it.
    Administrative,
    /// The broker was stopped.
    Stopped,
    /// The Client takes nothing off the transport, and too much waits there.
    NotReading,
    /// The Client's Maximum Packet Size is too small for an answer that it must get.
    PacketTooLarge,
}

/// A rule that a well-formed packet broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A second CONNECT [MQTT-3.1.0-2].
    #[error("connect was sent twice on one connection")]
    SecondConnect,
    /// A packet, code or property that a Client does not send.
    #[error("{0}")]
    WrongDirection(DirectionError),
    /// A packet that has no place in a connection: AUTH, where no enhanced authentication was begun.
    #[error("{0} is not expected here")]
    UnexpectedPacket(ControlPacketType),
    /// An acknowledgement that does not belong to the exchange's state.
    #[error("{packet} does not belong to the state of packet identifier {packet_id}")]
    WrongAcknowledgement {
        /// The packet.
        packet: ControlPacketType,
        /// Its Packet Identifier.
        packet_id: PacketId,
    },
    /// More QoS 1 and 2 messages at once than allowed [MQTT-3.3.4-9].
    #[error("{received} messages are unacknowledged; at most {maximum} are allowed")]
    ReceiveMaximumExceeded {
        /// How many.
        received: usize,
        /// How many are allowed.
        maximum: u16,
    },
    /// A Topic Alias above the Topic Alias Maximum [MQTT-3.2.2-18].
    #[error("topic alias is {alias}; the highest is {maximum}")]
    TopicAliasTooLarge {
        /// The alias.
        alias: u16,
        /// The maximum.
        maximum: u16,
    },
    /// Topic Names behind Topic Aliases that take more memory than they may.
    #[error("topic names of aliases take {bytes} bytes; they may take at most {maximum}")]
    TopicAliasesTooLarge {
        /// What they take, in bytes.
        bytes: usize,
        /// What they may take, in bytes.
        maximum: usize,
    },
    /// A Topic Alias that stands for no Topic Name.
    #[error("topic alias {alias} stands for no topic name")]
    TopicAliasUnknown {
        /// The alias.
        alias: u16,
    },
    /// A QoS above the Maximum QoS [MQTT-3.2.2-11].
    #[error("QoS is {qos}; the highest is {maximum}")]
    QosNotSupported {
        /// The QoS.
        qos: Qos,
        /// The highest.
        maximum: Qos,
    },
    /// A retained message where none are kept [MQTT-3.2.2-14].
    #[error("retained messages are not available")]
    RetainNotSupported,
    /// A Shared Subscription where there are none [MQTT-3.2.2-21].
    #[error("shared subscriptions are not available")]
    SharedSubscriptionsNotSupported,
    /// A Subscription Identifier where there are none.
    #[error("subscription identifiers are not available")]
    SubscriptionIdentifiersNotSupported,
    /// A wildcard where there are none.
    #[error("wildcard subscriptions are not available")]
    WildcardSubscriptionsNotSupported,
    /// A Session Expiry Interval in DISCONNECT although CONNECT said 0 [MQTT-3.1.2-23].
    #[error("session expiry interval is set in disconnect, but was 0 in connect")]
    SessionExpiryFromZero,
}

impl Violation {
    /// The Reason Code of 5.0 to answer with.
    pub const fn reason_code(&self) -> ReasonCode {
        match self {
            Self::SecondConnect
            | Self::UnexpectedPacket(_)
            | Self::WrongAcknowledgement { .. }
            | Self::TopicAliasUnknown { .. }
            | Self::SessionExpiryFromZero => ReasonCode::ProtocolError,
            Self::WrongDirection(error) => error.reason_code(),
            Self::ReceiveMaximumExceeded { .. } => ReasonCode::ReceiveMaximumExceeded,
            Self::TopicAliasTooLarge { .. } => ReasonCode::TopicAliasInvalid,
            Self::TopicAliasesTooLarge { .. } => ReasonCode::QuotaExceeded,
            Self::QosNotSupported { .. } => ReasonCode::QosNotSupported,
            Self::RetainNotSupported => ReasonCode::RetainNotSupported,
            Self::SharedSubscriptionsNotSupported => ReasonCode::SharedSubscriptionsNotSupported,
            Self::SubscriptionIdentifiersNotSupported => {
                ReasonCode::SubscriptionIdentifiersNotSupported
            }
            Self::WildcardSubscriptionsNotSupported => {
                ReasonCode::WildcardSubscriptionsNotSupported
            }
        }
    }
}

/// Why a session is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiscardCause {
    /// It lives no longer than its connection.
    WithConnection,
    /// The Client asked for a new one [MQTT-3.1.2-4].
    CleanStart,
    /// A person at the broker discarded it.
    Administrative,
    /// The broker's memory was lost.
    MemoryLost,
}

/// Why a message is not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// The queue is full.
    QueueFull,
    /// The session has no connection, and QoS 0 does not wait.
    Absent,
    /// The transport takes no more, and too much waits.
    Congested,
    /// It is above the Client's Maximum Packet Size [MQTT-3.1.2-25].
    TooLarge,
    /// The Client refused it.
    RefusedByClient(ReasonCode),
    /// The session ended.
    SessionEnded,
}

/// What an exchange of QoS 1 or 2 waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InflightState {
    /// To the Client at QoS 1: PUBLISH is sent, PUBACK is awaited.
    AwaitingPuback,
    /// To the Client at QoS 2: PUBLISH is sent, PUBREC is awaited.
    AwaitingPubrec,
    /// To the Client at QoS 2: PUBREL is sent, PUBCOMP is awaited.
    AwaitingPubcomp,
    /// To the Client: over.
    Complete,
    /// From the Client at QoS 2: PUBREC is sent, PUBREL is awaited.
    AwaitingPubrel,
    /// From the Client: over.
    Released,
}

/// Why a Will Message is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WillDiscardCause {
    /// The Client left with DISCONNECT [MQTT-3.14.4-3].
    Disconnect,
    /// The Client may not publish there any more.
    NotAuthorized,
    /// The broker's memory was lost.
    MemoryLost,
}

/// Why a Will Message is published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WillFireCause {
    /// The transport ended without DISCONNECT.
    NetworkLost,
    /// Nothing came for one and a half Keep Alives.
    KeepAliveTimeout,
    /// The broker closed the connection because of a fault of the Client's.
    ProtocolError,
    /// The Client Identifier connected anew.
    TakenOver,
    /// The Client asked for it in DISCONNECT (0x04).
    DisconnectWithWillMessage,
    /// The Client left with a DISCONNECT that says what went wrong.
    DisconnectWithError,
    /// A person at the broker ended the connection.
    Administrative,
    /// The broker was stopped.
    Stopped,
    /// The Will Delay Interval is over.
    DelayElapsed,
    /// The session has ended.
    SessionEnded,
}
