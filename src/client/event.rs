//! What a Client reports.

use core::fmt;
use core::time::Duration;

use super::close_reason::CloseReason;
use super::error::{PublishError, SubscribeError};
use super::negotiated::Negotiated;
use crate::codec::{PacketId, ReasonCode, UserProperties};
use crate::time::Instant;

macro_rules! token {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub(super) u64);

        impl $name {
            /// The number behind the token: unique for one Client, growing.
            pub const fn value(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

token!(
    /// Stands for one accepted [`publish`](super::Client::publish).
    PublishToken
);
token!(
    /// Stands for one SUBSCRIBE.
    SubscribeToken
);
token!(
    /// Stands for one UNSUBSCRIBE.
    UnsubscribeToken
);

/// Something the application should know. What a person sees of a connection is
/// [`state`](super::Client::state); events tell when it changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// CONNACK has accepted the connection. Follows with every successful connection, also a
    /// resumed one.
    Connected(Box<Negotiated>),
    /// A publication has moved on.
    Publish {
        /// Which one.
        token: PublishToken,
        /// Its Packet Identifier, once it has one (never at QoS 0).
        packet_id: Option<PacketId>,
        /// Where it is now.
        state: PublishState,
    },
    /// SUBACK is here: one Reason Code for each Topic Filter, in their order [MQTT-3.9.3-1].
    SubscribeAnswered {
        /// Which request.
        token: SubscribeToken,
        /// What the Server said.
        answer: Answer,
    },
    /// UNSUBACK is here: one Reason Code for each Topic Filter in 5.0, none before.
    UnsubscribeAnswered {
        /// Which request.
        token: UnsubscribeToken,
        /// What the Server said.
        answer: Answer,
    },
    /// The connection went before SUBACK came: whether the Server took it is unknown.
    SubscribeLost {
        /// Which request.
        token: SubscribeToken,
    },
    /// The connection went before UNSUBACK came: whether the Server took it is unknown.
    UnsubscribeLost {
        /// Which request.
        token: UnsubscribeToken,
    },
    /// The Server had no session, so the Client subscribes again to what it had
    /// ([`ConnectOptions::resubscribe`](super::ConnectOptions::resubscribe)). One event, token and
    /// later answer for each SUBSCRIBE.
    Resubscribing {
        /// Stands for this SUBSCRIBE.
        token: SubscribeToken,
        /// Its Topic Filters, in their order.
        filters: Vec<String>,
    },
    /// A Topic Filter could not be subscribed to again.
    NotResubscribed {
        /// Which.
        filter: String,
        /// Why this connection does not allow it.
        error: SubscribeError,
    },
    /// The Server goes on with enhanced authentication; answer it with
    /// [`authenticate`](super::Client::authenticate).
    AuthenticationChallenge {
        /// What the method has to say.
        data: Option<Vec<u8>>,
        /// Words for a human.
        reason_string: Option<String>,
    },
    /// The re-authentication this Client began has succeeded.
    Reauthenticated {
        /// What the method has to say.
        data: Option<Vec<u8>>,
    },
    /// The local session state is gone. Publications that were in it have been reported as
    /// [`PublishState::Lost`].
    SessionEnded(SessionEnd),
    /// The connection, or the attempt at one, is over. Exactly one for each.
    Closed(CloseReason),
    /// The Client will try to connect again.
    ReconnectScheduled {
        /// When.
        until: Instant,
        /// Which attempt in a row this will be, from 1.
        attempt: u32,
    },
    /// The Client will not try again, though it was asked to.
    ReconnectGivenUp(GiveUp),
}

/// Where a publication is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublishState {
    /// In the Client's queue: the transport is congested, or the Server's Receive Maximum or all
    /// Packet Identifiers are in use.
    Waiting,
    /// QoS 0: handed to the transport. Nothing more will be known about it.
    Sent,
    /// QoS 1: PUBLISH is sent.
    AwaitingPuback,
    /// QoS 2: PUBLISH is sent.
    AwaitingPubrec,
    /// QoS 2: PUBREC is here and PUBREL is sent.
    AwaitingPubcomp,
    /// QoS 1 and 2: the Server has it.
    Complete {
        /// What it said; also [`ReasonCode::NoMatchingSubscribers`].
        reason_code: ReasonCode,
    },
    /// QoS 1 and 2: the Server did not take it.
    Refused {
        /// Why.
        reason_code: ReasonCode,
        /// Words for a human.
        reason_string: Option<String>,
    },
    /// The session ended, or at QoS 0 the connection, before it was done: the Server may or may
    /// not have it.
    Lost,
    /// The session was resumed, but this connection's limits do not let the message be sent again.
    Abandoned(PublishError),
}

impl PublishState {
    /// Whether nothing more will be reported about the publication.
    pub const fn is_final(&self) -> bool {
        !matches!(
            self,
            Self::Waiting | Self::AwaitingPuback | Self::AwaitingPubrec | Self::AwaitingPubcomp
        )
    }
}

/// What SUBACK or UNSUBACK said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One for each Topic Filter of the request, in its order; none in an UNSUBACK before 5.0.
    pub reason_codes: Vec<ReasonCode>,
    /// Words for a human.
    pub reason_string: Option<String>,
    /// User Properties.
    pub user_properties: UserProperties<'static>,
}

/// Why the local session state is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SessionEnd {
    /// It ended with its connection: Clean Session before 5.0, Session Expiry Interval 0 in 5.0.
    WithConnection,
    /// The Session Expiry Interval has passed.
    Expired,
    /// CONNECT asked for a new one [MQTT-3.1.2-4].
    CleanStart,
    /// The Server did not have it any more [MQTT-3.2.2-5].
    AbsentAtServer,
    /// The Client connected with another Client Identifier or version, which have another session.
    OtherIdentity,
    /// [`forget_session`](super::Client::forget_session).
    Forgotten,
}

/// Why no further attempt to connect follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GiveUp {
    /// The application said so while a next attempt was due.
    Cancelled,
    /// The next attempt would end in the same way, or would take the session from another client.
    WouldRepeat,
    /// The Server ended several connections in a row soon after accepting them; often two clients
    /// share one Client Identifier and take the session from each other.
    ClosedSoonAfterConnecting {
        /// How many.
        times: u32,
        /// All of them lasted for less than this.
        within: Duration,
    },
}
