//! Why a connection is over: always who ended it, and why.

use core::fmt;
use core::time::Duration;

use crate::codec::{
    ConnackCode, ConnectReturnCode, ControlPacketType, DecodeError, DirectionError, PacketId,
    ReasonCode,
};

use super::outbound::Outbound;

/// Who ended a connection, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloseReason {
    /// The application, through this Client.
    Local(LocalClose),
    /// The Server, with a refusal in CONNACK.
    Refused {
        /// The code.
        code: ConnackCode,
        /// Words for a human (5.0).
        reason_string: Option<String>,
        /// Another Server to use (5.0).
        server_reference: Option<String>,
    },
    /// The Server, with a DISCONNECT (5.0).
    ByServer {
        /// The code.
        reason_code: ReasonCode,
        /// Words for a human.
        reason_string: Option<String>,
        /// Another Server to use.
        server_reference: Option<String>,
    },
    /// The transport closed or failed without a word of MQTT: the Server, something between, or
    /// the network.
    Transport {
        /// What the transport said.
        close: TransportClose,
        /// How far the connection had come.
        phase: Phase,
    },
    /// This Client: no CONNACK in time.
    ConnectTimeout {
        /// How far the connection had come.
        phase: Phase,
        /// The time allowed.
        after: Duration,
    },
    /// This Client: nothing came from the Server after a PINGREQ.
    KeepAliveTimeout {
        /// The time allowed.
        after: Duration,
    },
    /// This Client: the Server's Maximum Packet Size is below a packet without which the protocol
    /// cannot go on, such as an acknowledgement, and which must not be sent then [MQTT-3.2.2-15].
    ServerLimitTooLow {
        /// The packet that was due.
        packet: ControlPacketType,
        /// Its size in bytes.
        size: usize,
        /// The most the Server accepts, in bytes.
        maximum: usize,
    },
    /// This Client: the Server broke a rule.
    Violation(Violation),
}

impl CloseReason {
    /// Whether connecting again with the same options may end better.
    ///
    /// It may not after a local decision, after a breach of the protocol, after a refusal that
    /// names a lasting cause, or when another connection has taken the session over, which would
    /// only be taken back [MQTT-3.1.4-3].
    pub const fn is_transient(&self) -> bool {
        match self {
            Self::Local(_) | Self::ServerLimitTooLow { .. } | Self::Violation(_) => false,
            Self::Refused { code, .. } => match code {
                ConnackCode::V3(code) => matches!(code, ConnectReturnCode::ServerUnavailable),
                ConnackCode::V5(code) => is_transient(*code),
            },
            Self::ByServer { reason_code, .. } => is_transient(*reason_code),
            Self::Transport { .. }
            | Self::ConnectTimeout { .. }
            | Self::KeepAliveTimeout { .. } => true,
        }
    }
}

const fn is_transient(code: ReasonCode) -> bool {
    matches!(
        code,
        ReasonCode::Success
            | ReasonCode::UnspecifiedError
            | ReasonCode::ImplementationSpecificError
            | ReasonCode::ServerUnavailable
            | ReasonCode::ServerBusy
            | ReasonCode::ServerShuttingDown
            | ReasonCode::KeepAliveTimeout
            | ReasonCode::MessageRateTooHigh
            | ReasonCode::QuotaExceeded
            | ReasonCode::ConnectionRateExceeded
            | ReasonCode::MaximumConnectTime
    )
}

impl fmt::Display for CloseReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local(local) => local.fmt(f),
            Self::Refused { code, .. } => write!(f, "refused by the server: {code}"),
            Self::ByServer { reason_code, .. } => {
                write!(f, "closed by the server: {reason_code}")
            }
            Self::Transport { close, phase } => write!(f, "{close} while {phase}"),
            Self::ConnectTimeout { phase, after } => {
                write!(f, "no answer within {} ms while {phase}", after.as_millis())
            }
            Self::KeepAliveTimeout { after } => write!(
                f,
                "nothing heard for {} ms after a ping request",
                after.as_millis()
            ),
            Self::ServerLimitTooLow {
                packet,
                size,
                maximum,
            } => write!(
                f,
                "{} is {size} bytes; server accepts at most {maximum}",
                packet.name()
            ),
            Self::Violation(violation) => write!(f, "the server broke a rule: {violation}"),
        }
    }
}

/// What the application asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LocalClose {
    /// DISCONNECT, with this Reason Code.
    Disconnected(ReasonCode),
    /// The transport was closed with no DISCONNECT, as a crash would.
    Died,
    /// The attempt to connect was cancelled before CONNECT could be sent.
    Cancelled,
}

impl fmt::Display for LocalClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Disconnected(code) => write!(f, "disconnected by this client: {code}"),
            Self::Died => f.write_str("cut off by this client without a DISCONNECT"),
            Self::Cancelled => f.write_str("cancelled by this client"),
        }
    }
}

/// What the transport said when it closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct TransportClose {
    /// The WebSocket close code (RFC 6455 section 7.4), where there is one.
    pub code: Option<u16>,
    /// Whether the other side took part in the closing.
    pub clean: bool,
}

impl fmt::Display for TransportClose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.clean { "closed" } else { "lost" };
        match self.code {
            Some(code) => write!(f, "connection {how} (code {code})"),
            None => write!(f, "connection {how}"),
        }
    }
}

/// How far a connection had come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phase {
    /// The transport was being opened.
    Opening,
    /// CONNECT was sent.
    AwaitingConnack,
    /// CONNACK had accepted it.
    Connected,
    /// The transport was open, and no CONNECT was sent but by hand.
    WithoutConnect,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Opening => "opening the connection",
            Self::AwaitingConnack => "waiting for CONNACK",
            Self::Connected => "connected",
            Self::WithoutConnect => "open without CONNECT",
        })
    }
}

/// A rule the Server broke.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// A packet that cannot be read.
    #[error("{0}")]
    Malformed(DecodeError),
    /// A packet that must not come now: any but CONNACK first, and CONNACK later.
    #[error("{} must not come from a server while {phase}", packet.name())]
    UnexpectedPacket {
        /// Its type.
        packet: ControlPacketType,
        /// How far the connection had come.
        phase: Phase,
    },
    /// Session Present though this Client has no session state.
    #[error("CONNACK says that a session is present; this client has none")]
    SessionPresentWithoutState,
    /// Session Present though CONNECT asked for a new session.
    #[error("CONNACK says that a session is present; CONNECT asked for a new one")]
    SessionPresentAfterCleanStart,
    /// A refusal together with Session Present.
    #[error("CONNACK refuses the connection and says that a session is present")]
    SessionPresentWithRefusal,
    /// More unacknowledged QoS 1 and 2 messages than allowed.
    #[error("server sent {received} unacknowledged messages; client accepts at most {maximum}")]
    ReceiveMaximumExceeded {
        /// How many there are with this one.
        received: usize,
        /// The Client's Receive Maximum.
        maximum: u16,
    },
    /// A Topic Alias above the maximum.
    #[error("topic alias is {alias}; client accepts at most {maximum}")]
    TopicAliasTooLarge {
        /// The alias.
        alias: u16,
        /// The Client's Topic Alias Maximum.
        maximum: u16,
    },
    /// The names of the Topic Aliases together are longer than this Client keeps. The standard
    /// has no limit for it; the Client leaves with Quota exceeded.
    #[error("names of topic aliases take {bytes} bytes; client keeps at most {maximum}")]
    TopicAliasBytes {
        /// What they take with this one.
        bytes: usize,
        /// [`Limits::incoming_alias_bytes`](super::Limits::incoming_alias_bytes).
        maximum: usize,
    },
    /// A Topic Alias without a name that was never given one.
    #[error("topic alias {alias} comes without a topic name and has none from before")]
    TopicAliasUnknown {
        /// The alias.
        alias: u16,
    },
    /// An acknowledgement of the wrong kind.
    #[error("{} acknowledges packet {packet_id}, which waits for {}", packet.name(), awaits.name())]
    WrongAcknowledgement {
        /// The packet that came.
        packet: ControlPacketType,
        /// Its Packet Identifier.
        packet_id: PacketId,
        /// The packet that may come.
        awaits: ControlPacketType,
    },
    /// Not one Reason Code for each Topic Filter.
    #[error("{} has {received} reason codes; {expected} topic filters were sent", packet.name())]
    ReasonCodeCount {
        /// SUBACK or UNSUBACK.
        packet: ControlPacketType,
        /// Topic Filters in the request.
        expected: usize,
        /// Reason Codes in the answer.
        received: usize,
    },
    /// Reason String or User Properties though Request Problem Information was 0.
    #[error("{} explains itself; the client asked for no problem information", packet.name())]
    ProblemInformationUnasked {
        /// The packet that came.
        packet: ControlPacketType,
    },
    /// A packet, or something in it, that only a Client sends.
    #[error("a server must not send this: {0}")]
    Direction(DirectionError),
    /// An AUTH though no Authentication Method was set, or out of order.
    #[error("AUTH ({reason_code}) is not expected while {phase}")]
    UnexpectedAuth {
        /// Its Reason Code.
        reason_code: ReasonCode,
        /// How far the connection had come.
        phase: Phase,
    },
    /// Another Authentication Method than CONNECT's.
    #[error("authentication method is {received:?}; CONNECT said {expected:?}")]
    AuthenticationMethodChanged {
        /// CONNECT's.
        expected: Option<String>,
        /// The Server's.
        received: Option<String>,
    },
    /// The transport carried something that is not MQTT.
    #[error("{0}")]
    Transport(TransportMisuse),
}

impl Violation {
    /// An acknowledgement of the wrong kind for an exchange in `state`.
    pub(super) const fn wrong_acknowledgement(
        packet: ControlPacketType,
        packet_id: PacketId,
        state: Outbound,
    ) -> Self {
        Self::WrongAcknowledgement {
            packet,
            packet_id,
            awaits: state.awaits(),
        }
    }

    /// What the DISCONNECT of 5.0 says (section 4.13), always a code a Client may say there
    /// [MQTT-3.14.2-1].
    pub fn reason_code(&self) -> ReasonCode {
        match self {
            Self::Malformed(error) => match error.reason_code() {
                code if is_said_by_clients(code) => code,
                _ => ReasonCode::ProtocolError,
            },
            Self::Direction(error) => error.reason_code(),
            Self::ReceiveMaximumExceeded { .. } => ReasonCode::ReceiveMaximumExceeded,
            Self::TopicAliasTooLarge { .. } => ReasonCode::TopicAliasInvalid,
            Self::TopicAliasBytes { .. } => ReasonCode::QuotaExceeded,
            Self::UnexpectedPacket { .. }
            | Self::SessionPresentWithoutState
            | Self::SessionPresentAfterCleanStart
            | Self::SessionPresentWithRefusal
            | Self::TopicAliasUnknown { .. }
            | Self::WrongAcknowledgement { .. }
            | Self::ReasonCodeCount { .. }
            | Self::ProblemInformationUnasked { .. }
            | Self::UnexpectedAuth { .. }
            | Self::AuthenticationMethodChanged { .. }
            | Self::Transport(_) => ReasonCode::ProtocolError,
        }
    }

    /// The statement of MQTT 5.0 that was broken; a section where it has no number.
    pub const fn clause(&self) -> &'static str {
        match self {
            Self::Malformed(error) => error.clause(),
            Self::UnexpectedPacket { phase, .. } => match phase {
                Phase::Opening | Phase::AwaitingConnack => "MQTT-3.2.0-1",
                Phase::Connected | Phase::WithoutConnect => "MQTT-3.2.0-2",
            },
            Self::SessionPresentWithoutState => "MQTT-3.2.2-4",
            Self::SessionPresentAfterCleanStart => "MQTT-3.2.2-2",
            Self::SessionPresentWithRefusal => "MQTT-3.2.2-6",
            Self::ReceiveMaximumExceeded { .. } => "MQTT-3.3.4-9",
            Self::TopicAliasTooLarge { maximum: 0, .. } => "MQTT-3.1.2-27",
            Self::TopicAliasTooLarge { .. } => "MQTT-3.1.2-26",
            Self::TopicAliasBytes { .. } => "section 4.13.1",
            Self::TopicAliasUnknown { .. } => "section 3.3.2.3.4",
            Self::WrongAcknowledgement { .. } => "MQTT-3.3.4-1",
            Self::ReasonCodeCount { .. } => "MQTT-3.8.4-6",
            Self::ProblemInformationUnasked { .. } => "MQTT-3.1.2-29",
            Self::Direction(error) => error.clause(),
            Self::UnexpectedAuth { .. } => "section 4.12",
            Self::AuthenticationMethodChanged { .. } => "MQTT-4.12.0-5",
            Self::Transport(TransportMisuse::TextFrame) => "MQTT-6.0.0-1",
            Self::Transport(TransportMisuse::WrongSubprotocol) => "MQTT-6.0.0-4",
            Self::Transport(TransportMisuse::NotReading { .. }) => "MQTT-2.2.1-4",
        }
    }
}

/// The Reason Codes a Client may send in DISCONNECT (table 3-10).
pub(super) const fn is_said_by_clients(reason_code: ReasonCode) -> bool {
    matches!(
        reason_code,
        ReasonCode::Success
            | ReasonCode::DisconnectWithWillMessage
            | ReasonCode::UnspecifiedError
            | ReasonCode::MalformedPacket
            | ReasonCode::ProtocolError
            | ReasonCode::ImplementationSpecificError
            | ReasonCode::TopicNameInvalid
            | ReasonCode::ReceiveMaximumExceeded
            | ReasonCode::TopicAliasInvalid
            | ReasonCode::PacketTooLarge
            | ReasonCode::MessageRateTooHigh
            | ReasonCode::QuotaExceeded
            | ReasonCode::AdministrativeAction
            | ReasonCode::PayloadFormatInvalid
    )
}

/// How a transport can break the rules for carrying MQTT (section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum TransportMisuse {
    /// A WebSocket text frame [MQTT-6.0.0-1].
    #[error("server sent a text frame; MQTT travels in binary frames")]
    TextFrame,
    /// The Server chose no or another WebSocket sub-protocol [MQTT-6.0.0-4].
    #[error("server did not choose the WebSocket sub-protocol of MQTT")]
    WrongSubprotocol,
    /// The Server sends messages and does not read what is sent to it: more acknowledgements wait than
    /// there can be messages unacknowledged (section 4.9; a Packet Identifier in use is not free).
    #[error(
        "server sends and does not read: {waiting} bytes of acknowledgements wait for it; at most {maximum} may"
    )]
    NotReading {
        /// Bytes of acknowledgements that wait to be sent.
        waiting: usize,
        /// How many may wait.
        maximum: usize,
    },
}
