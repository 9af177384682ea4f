//! The states of a Client, and what the application sees of them.
//!
//! ```text
//!                      connect
//!    +--------------+ --------> +---------+ TransportOpened +-----------------+
//!    | Disconnected |           | Opening | --------------> | AwaitingConnack |
//!    +--------------+           +---------+     CONNECT     +-----------------+
//!      ^      ^    cancel          |   ^                       |          |
//!      |      |     +--------------|---|------ refused, -------+     CONNACK 0
//!      |      |     |              |   |   violation, timeout,            |
//!      |      |     v   timeout,   |   |       disconnect, die            v
//!      |   +---------+  cancel     |   |                           +-----------+
//!      |   | Closing | <-----------+   |                           | Connected |
//!      |   +---------+ <---------------|--- DISCONNECT either way, +-----------+
//!      |      |                        |    violation, no PINGRESP, die  |
//!      | TransportClosed, or           |                                 |
//!      | it takes too long             | delay over                      |
//!      |      |                +----------------+                        |
//!      +------+--------------> | ReconnectDelay | <--- TransportClosed --+
//!         (if asked to, and    +----------------+      (in any state with
//!          it may help)                                 a transport)
//! ```
//!
//! A transport that is opened without CONNECT leads from `Opening` to `WithoutConnect`, in which nothing is
//! sent but by hand, and from there to `Closing` or `Disconnected`. After a DISCONNECT made by hand, `Closing`
//! waits for the Server to close.

use std::collections::VecDeque;

use super::close_reason::{CloseReason, Phase};
use super::negotiated::Negotiated;
use super::requests::Requests;
use crate::codec::{IncomingAliases, OutgoingAliases, PacketId, PacketIdSet};
use crate::time::Instant;

/// Where a Client is, with what belongs to that place.
#[derive(Debug)]
pub(super) enum State {
    /// No transport, and none wanted.
    Disconnected { last: Option<CloseReason> },
    /// The transport is being opened; CONNECT is ready. It is empty where none is to be sent.
    Opening { since: Instant, connect: Vec<u8> },
    /// CONNECT is sent. `since` is the beginning of the attempt.
    AwaitingConnack { since: Instant, challenged: bool },
    /// CONNACK has accepted the connection.
    Connected(Box<Connected>),
    /// The transport is open, and what goes over it is made by hand.
    WithoutConnect { since: Instant },
    /// The transport is being closed. Nothing that still comes counts.
    Closing {
        since: Instant,
        reason: CloseReason,
        reconnect: bool,
        /// Whether that is left to the Server, after a DISCONNECT made by hand.
        by_server: bool,
    },
    /// No transport; the next attempt is due at `until`.
    ReconnectDelay {
        until: Instant,
        attempt: u32,
        last: CloseReason,
    },
}

/// Everything that lives as long as one accepted connection.
#[derive(Debug)]
pub(super) struct Connected {
    pub(super) since: Instant,
    pub(super) negotiated: Negotiated,
    /// How many more QoS 1 and 2 messages the Server takes now [MQTT-4.9.0-2].
    pub(super) quota: u16,
    pub(super) incoming_aliases: IncomingAliases,
    pub(super) outgoing_aliases: OutgoingAliases,
    /// QoS 2 messages of this connection that count against the Client's Receive Maximum.
    pub(super) unreleased: PacketIdSet,
    pub(super) requests: Requests,
    /// PUBLISHes of the resumed session still to be sent again, in order.
    pub(super) resend: VecDeque<PacketId>,
    pub(super) reauthentication: Reauthentication,
    /// How often the deadline for the Server's sign of life was put off since it was last heard.
    pub(super) postponed: u8,
}

/// Re-authentication within a connection (section 4.12.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reauthentication {
    Idle,
    /// The Client has sent AUTH; the Server is to answer.
    AwaitingServer,
    /// The Server has sent AUTH; the application is to answer.
    AwaitingApplication,
}

impl State {
    /// How far the connection has come; `None` while there is none.
    pub(super) const fn phase(&self) -> Option<Phase> {
        match self {
            Self::Opening { .. } => Some(Phase::Opening),
            Self::AwaitingConnack { .. } => Some(Phase::AwaitingConnack),
            Self::Connected(_) => Some(Phase::Connected),
            Self::WithoutConnect { .. } => Some(Phase::WithoutConnect),
            Self::Disconnected { .. } | Self::Closing { .. } | Self::ReconnectDelay { .. } => None,
        }
    }
}

/// Where a Client is, for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateView<'a> {
    /// There is no connection.
    Disconnected {
        /// How the last one ended; `None` before the first.
        last: Option<&'a CloseReason>,
    },
    /// The transport is being opened.
    Opening {
        /// When the attempt began.
        since: Instant,
        /// When it is given up.
        deadline: Instant,
    },
    /// CONNECT is sent.
    AwaitingConnack {
        /// When the attempt began.
        since: Instant,
        /// When it is given up.
        deadline: Instant,
    },
    /// CONNACK has accepted the connection.
    Connected {
        /// When CONNACK came.
        since: Instant,
        /// Whether the Server had kept the session.
        session_present: bool,
        /// What both sides have agreed on.
        negotiated: &'a Negotiated,
    },
    /// The transport is open, and what goes over it is made by hand.
    WithoutConnect {
        /// Since when.
        since: Instant,
    },
    /// The transport is being closed.
    Closing {
        /// Since when.
        since: Instant,
        /// Why.
        reason: &'a CloseReason,
    },
    /// The next attempt to connect is due.
    ReconnectDelay {
        /// When.
        until: Instant,
        /// Which in a row it will be, from 1.
        attempt: u32,
        /// How the last connection, or attempt at one, ended.
        last: &'a CloseReason,
    },
}
