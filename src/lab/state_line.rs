//! What the state line of a client says, as plain data.

use super::diagnose::Remedy;
use super::{ClientKey, Lab, format};
use crate::client::{Negotiated, StateView};
use crate::codec::ProtocolVersion;
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

impl StateLine {
    /// That of a client which nothing has been done with.
    pub(super) fn before_the_first() -> Self {
        Self {
            phase: ConnectionPhase::Disconnected,
            status: DISCONNECTED.to_owned(),
            sentence: NOT_YET.to_owned(),
            since: None,
            closed: None,
        }
    }
}

/// How a connection ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closed {
    /// Who ended it: "you", "this client", "the server", "the network or the server"; empty where
    /// there never was a connection.
    pub by: String,
    /// Why, in whole sentences.
    pub why: String,
    /// What the cause may be and what to try, most likely first. Empty where nothing went wrong.
    pub advice: Vec<String>,
    /// Changes that may help and can be made with one click, by
    /// [`Command::ApplyRemedy`](super::Command::ApplyRemedy).
    pub remedies: Vec<Remedy>,
    /// Whether it ended as it was asked to.
    pub as_asked: bool,
}

impl Closed {
    /// Who ended it, in a few words.
    pub fn heading(&self) -> String {
        if self.by.is_empty() {
            return "No connection was made".to_owned();
        }
        ["Ended by ", &self.by].concat()
    }
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
    /// The connection is open, and CONNECT was not sent: what goes over it is made by hand.
    WithoutConnect,
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
            Self::Opening
                | Self::AwaitingConnack
                | Self::Connected
                | Self::WithoutConnect
                | Self::ReconnectDelay
        )
    }

    /// Whether publishing and subscribing are possible.
    pub const fn is_connected(self) -> bool {
        matches!(self, Self::Connected)
    }
}

impl Lab {
    pub(super) fn state_line_here(&self, client: ClientKey) -> Option<StateLine> {
        let client = self.client(client)?;
        let now = self.now;
        let url = client.url().unwrap_or_default();
        let lab_broker = client.is_at_lab_broker();
        let transport = if lab_broker {
            "connection"
        } else {
            "WebSocket"
        };
        let (status, sentence, since) = match client.mqtt.state() {
            StateView::Disconnected { .. } => {
                let sentence = match &client.closed {
                    Some(closed) => format!("{}. {}", closed.heading(), closed.why),
                    None => NOT_YET.to_owned(),
                };
                (DISCONNECTED.to_owned(), sentence, None)
            }
            StateView::Opening { since, deadline } => (
                CONNECTING.to_owned(),
                if lab_broker {
                    format!("Opening a connection to {url} ({})", left(deadline, now))
                } else {
                    format!("Opening the WebSocket {url} ({})", left(deadline, now))
                },
                Some(since),
            ),
            StateView::AwaitingConnack { since, deadline } => (
                CONNECTING.to_owned(),
                if client.challenge.is_some() {
                    "The server asks for a further step of authentication, and waits for the answer."
                        .to_owned()
                } else {
                    format!(
                        "The {transport} is open and CONNECT is sent. Waiting for CONNACK ({})",
                        left(deadline, now)
                    )
                },
                Some(since),
            ),
            StateView::Connected {
                since, negotiated, ..
            } => (
                "connected".to_owned(),
                format!(
                    "Connected for {} to {url} as {}, MQTT {}. {}",
                    format::duration(now.saturating_since(since)),
                    negotiated.client_id,
                    negotiated.protocol_version,
                    session_words(negotiated)
                ),
                Some(since),
            ),
            StateView::WithoutConnect { since } => (
                "open without CONNECT".to_owned(),
                format!(
                    "The {transport} {url} is open, and this client has sent no CONNECT: packets \
                     are made by hand, and what comes is not answered."
                ),
                Some(since),
            ),
            StateView::Closing { since, .. } => (
                DISCONNECTED.to_owned(),
                format!("Closing the {transport}."),
                Some(since),
            ),
            StateView::ReconnectDelay { until, attempt, .. } => {
                let seconds = seconds_left(until, now);
                let why = client.closed.as_ref().map_or("", |closed| &closed.why);
                (
                    format!("reconnecting in {seconds} s"),
                    format!("Attempt {attempt} to connect again follows in {seconds} s. {why}"),
                    None,
                )
            }
        };
        let phase = client.phase();
        let is_over = matches!(
            phase,
            ConnectionPhase::Disconnected | ConnectionPhase::ReconnectDelay
        );
        Some(StateLine {
            phase,
            status,
            sentence,
            since,
            closed: client.closed.clone().filter(|_| is_over),
        })
    }
}

const CONNECTING: &str = "connecting ...";
const DISCONNECTED: &str = "disconnected";
const NOT_YET: &str = "Not connected yet.";

fn session_words(negotiated: &Negotiated) -> &'static str {
    match (negotiated.session_present, negotiated.protocol_version) {
        (_, ProtocolVersion::V3_1) => "MQTT 3.1 does not tell whether a session was present.",
        (true, _) if negotiated.session_adopted => {
            "Session present: the server had kept it from an earlier connection, and this client \
             takes it over."
        }
        (true, _) => "Session present: the server had kept it.",
        (false, _) => "Session not present: the server begins a new one.",
    }
}

fn left(deadline: Instant, now: Instant) -> String {
    format!("{} s left", seconds_left(deadline, now))
}

/// Whole seconds, rounded up, so that the last one is told as 1.
fn seconds_left(until: Instant, now: Instant) -> u64 {
    let micros = until.as_micros().saturating_sub(now.as_micros());
    micros.div_ceil(1_000_000)
}
