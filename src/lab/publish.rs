//! The Publish panel: its form, and what became of what was published.

use core::time::Duration;

use super::connection_form::UserPropertyList;
use super::keys::PublicationKey;
use crate::codec::{PacketId, Qos, ReasonCode};
use crate::time::Instant;

/// How many publications of a client are remembered; the oldest that is finished goes first.
pub const PUBLICATIONS_MAXIMUM: usize = 200;

/// The longest message, in bytes of what was typed, that a remembered publication keeps.
pub const RECALLED_MESSAGE_MAXIMUM: usize = 65_536;

/// The Publish panel's form, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishForm {
    /// Topic Name.
    pub topic: String,
    /// Quality of Service.
    pub qos: Qos,
    /// The Retain flag.
    pub retain: bool,
    /// The payload, in the form that `message_format` says. May be empty.
    pub message: String,
    /// How `message` becomes bytes.
    pub message_format: MessageFormat,
    /// 5.0: whether to declare the payload to be UTF-8 (Payload Format Indicator 1).
    pub payload_is_utf8: bool,
    /// 5.0: Message Expiry Interval in seconds; empty leaves it out: never.
    pub message_expiry_interval: String,
    /// 5.0: Content Type; empty leaves it out.
    pub content_type: String,
    /// 5.0: Response Topic; empty leaves it out.
    pub response_topic: String,
    /// 5.0: Correlation Data, as text; empty leaves it out.
    pub correlation_data: String,
    /// 5.0: User Properties.
    pub user_properties: UserPropertyList,
}

impl Default for PublishForm {
    fn default() -> Self {
        Self {
            topic: "testtopic/1".to_owned(),
            qos: Qos::AtMostOnce,
            retain: false,
            message: String::new(),
            message_format: MessageFormat::Text,
            payload_is_utf8: false,
            message_expiry_interval: String::new(),
            content_type: String::new(),
            response_topic: String::new(),
            correlation_data: String::new(),
            user_properties: Vec::new(),
        }
    }
}

/// How a typed message becomes the bytes of a payload.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MessageFormat {
    /// The UTF-8 bytes of the text.
    #[default]
    Text,
    /// Pairs of hexadecimal digits; spaces and line breaks between pairs are ignored.
    Hex,
}

/// One publication and the state of its handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Its key.
    pub key: PublicationKey,
    /// Topic Name.
    pub topic: String,
    /// Quality of Service.
    pub qos: Qos,
    /// The Retain flag.
    pub retain: bool,
    /// Length of the payload in bytes.
    pub payload_size: usize,
    /// Packet Identifier; none for QoS 0.
    pub packet_id: Option<PacketId>,
    /// The form as it was when it was published, to fill the panel with it again. `None` where its
    /// message was longer than [`RECALLED_MESSAGE_MAXIMUM`].
    pub form: Option<Box<PublishForm>>,
    /// Bytes of the PUBLISH on the wire, as they were sent.
    pub wire_size: Option<usize>,
    /// What has happened, first to last; each step once.
    pub steps: Vec<HandshakeStep>,
    /// Where it stands now.
    pub state: PublicationState,
}

/// One packet of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeStep {
    /// Which one.
    pub kind: HandshakeStepKind,
    /// When.
    pub at: Instant,
    /// Time since the step before; zero for the first.
    pub after: Duration,
}

/// The packets of the QoS 1 and QoS 2 handshakes, as the publisher sees them (section 4.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeStepKind {
    /// PUBLISH was sent.
    Publish,
    /// PUBLISH was sent again with DUP set, after a reconnect.
    PublishAgain,
    /// PUBACK came: the end of QoS 1.
    Puback,
    /// PUBREC came.
    Pubrec,
    /// PUBREL was sent.
    Pubrel,
    /// PUBREL was sent again, after a reconnect.
    PubrelAgain,
    /// PUBCOMP came: the end of QoS 2.
    Pubcomp,
}

impl HandshakeStepKind {
    /// The packet's name in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish | Self::PublishAgain => "PUBLISH",
            Self::Puback => "PUBACK",
            Self::Pubrec => "PUBREC",
            Self::Pubrel | Self::PubrelAgain => "PUBREL",
            Self::Pubcomp => "PUBCOMP",
        }
    }

    /// Whether this client sent it; otherwise the server did.
    pub const fn is_sent(self) -> bool {
        !matches!(self, Self::Puback | Self::Pubrec | Self::Pubcomp)
    }

    /// Whether it repeats an earlier step.
    pub const fn is_repeat(self) -> bool {
        matches!(self, Self::PublishAgain | Self::PubrelAgain)
    }
}

/// Where a publication stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicationState {
    /// Waits for its turn: for the server's Receive Maximum, or for the browser to send what it has.
    Queued,
    /// QoS 0: handed to the connection. Nothing more will be known of it.
    Sent,
    /// QoS 1: PUBLISH is sent, PUBACK is awaited.
    AwaitingPuback,
    /// QoS 2: PUBLISH is sent, PUBREC is awaited.
    AwaitingPubrec,
    /// QoS 2: PUBREL is sent, PUBCOMP is awaited.
    AwaitingPubcomp,
    /// The handshake is complete.
    Complete {
        /// 5.0: what the server said of it; [`ReasonCode::Success`] before 5.0.
        reason_code: ReasonCode,
    },
    /// 5.0: the server refused the message.
    Refused {
        /// Why.
        reason_code: ReasonCode,
    },
    /// The connection ended, and with it the session: whether the server has the message is not
    /// known.
    Lost,
}

impl PublicationState {
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(
            self,
            Self::Sent | Self::Complete { .. } | Self::Refused { .. } | Self::Lost
        )
    }
}
