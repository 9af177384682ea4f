//! What the state line of a client says, as plain data.

use crate::time::Instant;

/// The state of a client's connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateLine {
    /// Which state it is, to choose colours, shapes and buttons by.
    pub phase: ConnectionPhase,
    /// The short text: `connected`, `disconnected`, `connecting ...` or `reconnecting in 4 s`.
    pub status: String,
    /// What is happening, in a sentence: "Opening the WebSocket ws://...", "Connected for 00:12."
    pub sentence: String,
    /// When this state began.
    pub since: Option<Instant>,
    /// How the last connection, or the attempt at one, ended; `None` where there was none, and
    /// while there is a connection.
    pub closed: Option<Closed>,
}

/// How a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Who ended it: "this page", "the server", "the network".
    pub by: String,
    /// Why, in whole sentences.
    pub why: String,
    /// What the cause may be and what to try, most likely first. Empty where nothing went wrong.
    pub advice: Vec<String>,
    /// Whether it ended as it was asked to.
    pub as_asked: bool,
}

/// The states of a connection, as the screen tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionPhase {
    /// There is no connection.
    Disconnected,
    /// The WebSocket is being opened.
    Opening,
    /// CONNECT is sent, CONNACK is awaited.
    AwaitingConnack,
    /// Connected.
    Connected,
    /// The connection is being closed.
    Closing,
    /// Waiting before the next attempt to connect.
    ReconnectDelay,
}

impl ConnectionPhase {
    /// Whether `Connect` can be pressed.
    pub const fn can_connect(self) -> bool {
        matches!(self, Self::Disconnected | Self::ReconnectDelay)
    }

    /// Whether `Disconnect` can be pressed: there is a connection or an attempt at one.
    pub const fn can_disconnect(self) -> bool {
        matches!(
            self,
            Self::Opening | Self::AwaitingConnack | Self::Connected | Self::ReconnectDelay
        )
    }

    /// Whether publishing and subscribing are possible.
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Connected)
    }
}
