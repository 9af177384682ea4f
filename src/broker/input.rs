//! What goes into a broker and what comes out of it.

use super::event::Event;

/// A Network Connection, by the number that whoever drives the broker gives it. No number is ever
/// used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionId(u64);

impl ConnectionId {
    /// The connection with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    pub const fn value(self) -> u64 {
        self.0
    }
}

/// What happens to a broker from outside. What is said of a connection that is not open is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// A Network Connection is open; nothing has been received on it yet.
    Opened {
        /// Its number, which is new.
        connection: ConnectionId,
    },
    /// Bytes have come; pieces of any size.
    Received {
        /// Where.
        connection: ConnectionId,
        /// What.
        bytes: &'a [u8],
    },
    /// A Network Connection has ended, and not because of [`Output::Close`].
    Closed {
        /// Which.
        connection: ConnectionId,
    },
    /// Whether more is waiting in the transport than it sends. While it is so, messages wait in the
    /// session's bounded queue, where at QoS 0 they may be dropped.
    Congested {
        /// Which connection.
        connection: ConnectionId,
        /// Whether it takes no more, or takes again.
        congested: bool,
    },
    /// The moment told by [`poll_timeout`](super::Broker::poll_timeout) has come. Early, late and
    /// needless calls are harmless.
    Timeout,
}

/// What a broker asks of whoever drives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// Send these bytes.
    Transmit {
        /// Where.
        connection: ConnectionId,
        /// Exactly one Control Packet.
        bytes: Vec<u8>,
    },
    /// Close this Network Connection, after what was to be transmitted. Nothing is said of it any
    /// more, and nothing need be said of it.
    Close {
        /// Which.
        connection: ConnectionId,
    },
    /// What has happened, for people.
    Event(Event),
}

/// What is left of a broker's memory when it starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Memory {
    /// Sessions and retained messages, as in a broker that stores them.
    Kept,
    /// Nothing.
    Lost,
}

/// There is no connection with this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no connection {}", .0.value())]
pub struct UnknownConnection(pub ConnectionId);
