//! What the broker knows of one Network Connection.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use super::SessionKey;
use super::input::ConnectionId;
use super::options::BrokerOptions;
use crate::codec::{
    IncomingAliases, OutgoingAliases, PacketId, PacketIdSet, PacketSplitter, ProtocolVersion, Qos,
};
use crate::time::Instant;

/// A Network Connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) id: ConnectionId,
    pub(super) since: Instant,
    /// What reads its stream; taken out while a packet is handled.
    pub(super) stream: Stream,
    /// `None` until a CONNECT is accepted.
    pub(super) connected: Option<Box<Connected>>,
    pub(super) congested: bool,
    /// Bytes transmitted since the transport takes no more.
    pub(super) unsent_bytes: usize,
    pub(super) bytes_received: u64,
    pub(super) bytes_sent: u64,
    pub(super) messages_received: u64,
    pub(super) messages_sent: u64,
}

impl Connection {
    pub(super) const fn new(id: ConnectionId, maximum_packet_size: u32, now: Instant) -> Self {
        Self {
            id,
            since: now,
            stream: Stream {
                splitter: PacketSplitter::new(maximum_packet_size),
                aliases: IncomingAliases::new(0),
            },
            connected: None,
            congested: false,
            unsent_bytes: 0,
            bytes_received: 0,
            bytes_sent: 0,
            messages_received: 0,
            messages_sent: 0,
        }
    }
}

/// What one direction of a connection needs to be read.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub(super) splitter: PacketSplitter,
    pub(super) aliases: IncomingAliases,
}

impl Default for Stream {
    fn default() -> Self {
        Self {
            splitter: PacketSplitter::new(0),
            aliases: IncomingAliases::new(0),
        }
    }
}

/// What CONNACK of 5.0 says that a Client may use: the options may change later, but not for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    pub(super) maximum_qos: Qos,
    pub(super) retain: bool,
    pub(super) wildcards: bool,
    pub(super) shared: bool,
    pub(super) subscription_identifiers: bool,
}

impl Told {
    pub(super) const fn new(options: &BrokerOptions) -> Self {
        Self {
            maximum_qos: options.maximum_qos,
            retain: options.retain_available,
            wildcards: options.wildcard_subscription_available,
            shared: options.shared_subscription_available,
            subscription_identifiers: options.subscription_identifiers_available,
        }
    }
}

/// What lives from an accepted CONNECT to the end of the connection.
#[derive(Clone, Debug)]
pub(super) struct Connected {
    pub(super) session: SessionKey,
    pub(super) client_id: Arc<str>,
    pub(super) version: ProtocolVersion,
    pub(super) username: Option<Arc<str>>,
    /// In seconds; 0 is none.
    pub(super) keep_alive: u16,
    pub(super) last_heard: Instant,
    /// How many messages of QoS 1 and 2 may be on their way to the Client.
    pub(super) send_quota: u16,
    /// How many of those there are.
    pub(super) unacknowledged: u16,
    /// What the session still has to send again on this connection, in order.
    pub(super) resend: VecDeque<PacketId>,
    /// The Client's limits, as it said them.
    pub(super) client_receive_maximum: u16,
    pub(super) client_maximum_packet_size: u32,
    pub(super) outgoing_aliases: OutgoingAliases,
    /// Whether Reason Strings may stand in any packet [MQTT-3.1.2-29].
    pub(super) problem_information: bool,
    /// The limit that the Client was told for what it sends.
    pub(super) receive_maximum: u16,
    /// What else the Client was told.
    pub(super) told: Told,
    /// QoS 2 messages of this connection that await PUBREL: they count for that limit.
    pub(super) unreleased: PacketIdSet,
    /// The Session Expiry Interval in seconds that CONNECT asked for.
    pub(super) asked_session_expiry: u32,
    /// Whether the session waits for the outputs to be taken, to go on sending.
    pub(super) is_starved: bool,
}

impl Connected {
    /// One and a half Keep Alives after the last packet.
    pub(super) fn keep_alive_deadline(&self) -> Option<Instant> {
        let limit = Duration::from_millis(u64::from(self.keep_alive) * 1_500);
        (self.keep_alive > 0).then(|| self.last_heard + limit)
    }

    pub(super) const fn has_quota(&self) -> bool {
        self.unacknowledged < self.send_quota
    }
}
