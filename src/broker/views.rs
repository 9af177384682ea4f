//! The broker's tables, one plain row each. A row's key never changes while the row exists, and a
//! row that goes and comes back has the same one.

use std::sync::Arc;

use super::event::InflightState;
use super::input::ConnectionId;
use super::message::Message;
use crate::codec::{
    PacketId, ProtocolVersion, PublishProperties, Qos, SubscriptionIdentifier, SubscriptionOptions,
};
use crate::time::Instant;

/// What happens next by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due<'a> {
    /// A connection is closed unless its CONNECT comes.
    Connect,
    /// A connection is closed unless something comes: one and a half Keep Alives are over.
    KeepAlive {
        /// Whose.
        client_id: &'a str,
    },
    /// A Will Message is published: its Will Delay Interval is over.
    WillDelay {
        /// Whose.
        client_id: &'a str,
    },
    /// A session ends: its Session Expiry Interval is over.
    SessionExpiry {
        /// Whose.
        client_id: &'a str,
    },
    /// A message that waits in a session is over its Message Expiry Interval.
    MessageExpiry {
        /// Whose session.
        client_id: &'a str,
    },
    /// A retained message is over its Message Expiry Interval.
    RetainedExpiry,
    /// The `$SYS` topics are published.
    SystemTopics,
    /// More of what waits is sent.
    Sending,
}

/// A Network Connection. Its key is [`connection`](Self::connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionView<'a> {
    /// Its number.
    pub connection: ConnectionId,
    /// Who is connected; `None` before an accepted CONNECT.
    pub client: Option<ConnectedView<'a>>,
    /// When it was opened.
    pub since: Instant,
    /// Whether the transport takes no more.
    pub congested: bool,
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// PUBLISH packets received.
    pub messages_received: u64,
    /// PUBLISH packets sent.
    pub messages_sent: u64,
}

/// What an accepted CONNECT said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectedView<'a> {
    /// The Client Identifier.
    pub client_id: &'a str,
    /// The version in use.
    pub version: ProtocolVersion,
    /// The Keep Alive in use, in seconds; 0 is none.
    pub keep_alive: u16,
    /// When the connection is closed if nothing comes: one and a half Keep Alives after the last
    /// packet.
    pub keep_alive_deadline: Option<Instant>,
    /// The User Name.
    pub username: Option<&'a str>,
    /// How many unacknowledged messages the Client takes.
    pub receive_maximum: u16,
    /// The largest packet the Client takes, in bytes; `u32::MAX` is no limit.
    pub maximum_packet_size: u32,
    /// How many Topic Aliases the Client uses.
    pub topic_aliases_received: usize,
    /// How many Topic Aliases the broker uses.
    pub topic_aliases_sent: usize,
}

/// A session. Its key is [`client_id`](Self::client_id).
#[derive(Clone, Debug)]
pub struct SessionView<'a> {
    /// The Client Identifier.
    pub client_id: &'a str,
    /// Its connection, if it has one.
    pub connection: Option<ConnectionId>,
    /// Whether it ends with its connection.
    pub clean: bool,
    /// Seconds it outlives its connection; `u32::MAX` is for ever.
    pub expiry_interval: u32,
    /// When it ends, while it has no connection and does end.
    pub expires_at: Option<Instant>,
    /// How many subscriptions it has.
    pub subscriptions: usize,
    /// How many exchanges to the Client are unfinished.
    pub inflight_out: usize,
    /// How many QoS 2 messages from the Client await PUBREL.
    pub inflight_in: usize,
    /// How many messages wait.
    pub queued: usize,
    /// How many of these are retained ones that a new subscription is still to be sent.
    pub queued_retained: usize,
    /// Bytes of topics, payloads and properties that wait.
    pub queued_bytes: usize,
}

/// An exchange of QoS 1 or 2 that is unfinished. Its key is direction and
/// [`packet_id`](Self::packet_id), within one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InflightView<'a> {
    /// Its Packet Identifier.
    pub packet_id: PacketId,
    /// What it waits for, which also tells the direction.
    pub state: InflightState,
    /// Its topic; `None` from the Client, and from PUBREC on, where it is not kept.
    pub topic: Option<&'a str>,
}

/// A message that waits for a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueuedView<'a> {
    /// The message.
    pub message: &'a Arc<Message>,
    /// The QoS it will be delivered with.
    pub qos: Qos,
}

/// A subscription. Its key is [`client_id`](Self::client_id) and [`filter`](Self::filter).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionView<'a> {
    /// Whose.
    pub client_id: &'a str,
    /// The whole Topic Filter, with `$share/` and the group where it is shared.
    pub filter: &'a str,
    /// The group of a Shared Subscription.
    pub group: Option<&'a str>,
    /// How; the QoS is the one granted.
    pub options: SubscriptionOptions,
    /// Its Subscription Identifier.
    pub identifier: Option<SubscriptionIdentifier>,
}

/// A retained message. Its key is [`topic`](Self::topic).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedView<'a> {
    /// Where.
    pub topic: &'a Arc<str>,
    /// What.
    pub payload: &'a [u8],
    /// With which QoS it was published.
    pub qos: Qos,
    /// Since when.
    pub since: Instant,
    /// Until when, where it has a Message Expiry Interval.
    pub expires_at: Option<Instant>,
    /// The whole message.
    pub message: &'a Arc<Message>,
}

impl RetainedView<'_> {
    /// Its properties, with what is left of the Message Expiry Interval.
    pub fn properties(&self, now: Instant) -> PublishProperties<'_> {
        self.message.properties(now)
    }
}

/// A Will Message that may still be published. Its key is [`client_id`](Self::client_id).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WillView<'a> {
    /// Whose.
    pub client_id: &'a str,
    /// Where.
    pub topic: &'a str,
    /// What.
    pub payload: &'a [u8],
    /// With which QoS.
    pub qos: Qos,
    /// Whether it will be retained.
    pub retain: bool,
    /// The Will Delay Interval in seconds.
    pub delay: u32,
    /// Whether the Client is still there.
    pub state: WillState,
}

/// Where a Will Message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WillState {
    /// The Client is connected.
    Armed,
    /// The connection is lost.
    Delayed {
        /// When it is published, unless the Client comes back: at the end of the delay or of the
        /// session, whichever comes first.
        until: Instant,
    },
}

/// What the broker has counted since it was made or has lost its memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Bytes received.
    pub bytes_received: u64,
    /// Bytes sent.
    pub bytes_sent: u64,
    /// Control Packets received.
    pub packets_received: u64,
    /// Control Packets sent.
    pub packets_sent: u64,
    /// PUBLISH packets received.
    pub publish_received: u64,
    /// PUBLISH packets sent.
    pub publish_sent: u64,
    /// Messages not delivered to a session although one of its subscriptions matched.
    pub dropped: u64,
    /// Messages that were over their Message Expiry Interval before they were delivered.
    pub expired: u64,
    /// Sessions that have expired.
    pub sessions_expired: u64,
    /// Accepted connections.
    pub connections_accepted: u64,
    /// The most connections at once.
    pub connections_maximum: usize,
}
