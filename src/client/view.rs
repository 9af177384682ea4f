//! What a screen can ask a Client.

use super::by_hand::Framing;
use super::event::PublishToken;
use super::options::{ConnectOptions, WillMessage};
use super::outbound::Outbound;
use super::session::SessionView;
use super::state::{State, StateView};
use super::timer::Timer;
use super::{Client, Negotiated};
use crate::codec::PacketId;
use crate::time::Instant;

/// How much a Client has under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Publications that wait in the Client.
    pub waiting: usize,
    /// Their bytes.
    pub waiting_bytes: usize,
    /// Publications sent and not yet fully acknowledged.
    pub outbound: usize,
    /// How many more QoS 1 and 2 publications the Server takes now.
    pub send_quota: u16,
    /// QoS 2 messages received whose PUBREL has not come.
    pub inbound: usize,
    /// SUBSCRIBEs and UNSUBSCRIBEs without an answer.
    pub requests: usize,
    /// Packet Identifiers in use by this Client.
    pub packet_ids: usize,
    /// Of those, the ones that messages published by hand use.
    pub by_hand: usize,
    /// Subscriptions the Server has accepted.
    pub subscriptions: usize,
    /// Topic Aliases given out on this connection.
    pub outgoing_aliases: usize,
}

/// One publication that is in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InFlight {
    /// Its Packet Identifier.
    pub packet_id: PacketId,
    /// Which publication.
    pub token: PublishToken,
    /// What it waits for.
    pub state: Outbound,
    /// Bytes kept for sending it again; 0 once only PUBREL can be.
    pub bytes: usize,
}

impl Client {
    /// Where the Client is.
    pub fn state(&self) -> StateView<'_> {
        let deadline = |since| {
            let connect = self.machine.outbox.timers.deadline(Timer::Connect);
            connect.unwrap_or(since)
        };
        match &self.machine.state {
            State::Disconnected { last } => StateView::Disconnected {
                last: last.as_ref(),
            },
            &State::Opening { since, .. } => StateView::Opening {
                since,
                deadline: deadline(since),
            },
            &State::AwaitingConnack { since, .. } => StateView::AwaitingConnack {
                since,
                deadline: deadline(since),
            },
            State::Connected(connected) => StateView::Connected {
                since: connected.since,
                session_present: connected.negotiated.session_present,
                negotiated: &connected.negotiated,
            },
            &State::WithoutConnect { since } => StateView::WithoutConnect { since },
            State::Closing { since, reason, .. } => StateView::Closing {
                since: *since,
                reason,
            },
            State::ReconnectDelay {
                until,
                attempt,
                last,
            } => StateView::ReconnectDelay {
                until: *until,
                attempt: *attempt,
                last,
            },
        }
    }

    /// What both sides have agreed on, while connected.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        match &self.machine.state {
            State::Connected(connected) => Some(&connected.negotiated),
            _ => None,
        }
    }

    /// The options of the latest accepted [`connect`](Self::connect).
    pub const fn options(&self) -> &ConnectOptions {
        &self.machine.options
    }

    /// The will the Server holds for this connection: from CONNACK until the connection ends.
    pub fn armed_will(&self) -> Option<&WillMessage> {
        match &self.machine.state {
            State::Connected(_) => self.machine.options.will.as_ref(),
            _ => None,
        }
    }

    /// Where the stream to the Server stands: bytes made by hand may have left it within a packet.
    pub const fn framing(&self) -> Framing {
        self.machine.outbox.framing
    }

    /// Whether [`send_by_hand`](Self::send_by_hand) has a connection to send on.
    pub const fn takes_by_hand(&self) -> bool {
        self.machine.takes_by_hand()
    }

    /// Whether a Packet Identifier is in use by this Client, or by a packet made by hand.
    pub fn uses_packet_id(&self, packet_id: PacketId) -> bool {
        self.machine.session.packet_ids.contains(packet_id)
    }

    /// When PINGREQ is due, if nothing is sent before.
    pub fn next_ping(&self) -> Option<Instant> {
        match &self.machine.state {
            State::Connected(_) => self.machine.outbox.timers.deadline(Timer::KeepAlive),
            _ => None,
        }
    }

    /// Until when the Server must be heard, after a PINGREQ.
    pub const fn ping_response_due(&self) -> Option<Instant> {
        self.machine.outbox.timers.deadline(Timer::PingResponse)
    }

    /// The local session state, if there is any.
    pub fn session(&self) -> Option<SessionView<'_>> {
        let session = &self.machine.session;
        session.identity.as_ref().map(|identity| SessionView {
            client_id: &identity.client_id,
            expiry_interval: session.expiry_interval,
            expires_at: session.expires_at,
            outbound: session.outbound.len(),
            awaiting_pubrel: session.awaiting_pubrel.len(),
            subscriptions: self.machine.subscriptions.len(),
        })
    }

    /// Publications in flight, by Packet Identifier.
    pub fn in_flight(&self) -> impl Iterator<Item = InFlight> + '_ {
        let exchanges = self.machine.session.outbound.iter();
        exchanges.map(|(packet_id, exchange)| InFlight {
            packet_id,
            token: exchange.token,
            state: exchange.state,
            bytes: exchange.packet.len(),
        })
    }

    /// QoS 2 messages received whose PUBREL has not come, by Packet Identifier.
    pub fn awaiting_pubrel(&self) -> impl Iterator<Item = PacketId> + '_ {
        self.machine.session.awaiting_pubrel.iter()
    }

    /// SUBSCRIBEs and UNSUBSCRIBEs without an answer, by Packet Identifier.
    pub fn requests(&self) -> impl Iterator<Item = PacketId> + '_ {
        let connected = match &self.machine.state {
            State::Connected(connected) => Some(connected),
            _ => None,
        };
        connected
            .into_iter()
            .flat_map(|connected| connected.requests.packet_ids())
    }

    /// How much is under way.
    pub fn counts(&self) -> Counts {
        let machine = &self.machine;
        let mut counts = Counts {
            waiting: machine.waiting.len(),
            waiting_bytes: machine.waiting.bytes(),
            outbound: machine.session.outbound.len(),
            inbound: machine.session.awaiting_pubrel.len(),
            packet_ids: machine.session.packet_ids.in_use(),
            by_hand: machine.session.by_hand.held(),
            subscriptions: machine.subscriptions.len(),
            ..Counts::default()
        };
        if let State::Connected(connected) = &machine.state {
            counts.send_quota = connected.quota;
            counts.requests = connected.requests.len();
            counts.outgoing_aliases = connected.outgoing_aliases.len();
        }
        counts
    }
}
