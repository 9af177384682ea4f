//! The session state on the Server's side (section 4.1); what waits in it is in `queue.rs`.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::event::InflightState;
use super::message::Message;
use super::queue::Queue;
use super::will::StoredWill;
use crate::codec::{
    ControlPacketType, PacketId, PacketIdSet, PacketIds, Qos, ReasonCode, SubscriptionIdentifiers,
};
use crate::time::Instant;

/// Everything that outlives a Network Connection, but the subscriptions: those stand in the index.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) client_id: Arc<str>,
    /// The place of its connection.
    pub(super) connection: Option<u32>,
    /// Who may publish and subscribe for it, for the Will Message after the connection.
    pub(super) username: Option<Arc<str>>,
    /// Seconds it outlives its connection; `u32::MAX` is for ever.
    pub(super) expiry_interval: u32,
    /// When it ends, while there is no connection.
    pub(super) expires_at: Option<Instant>,
    pub(super) packet_ids: PacketIds,
    pub(super) exchanges: Exchanges,
    /// QoS 2 messages received, whose PUBREL has not come [MQTT-4.3.3-10].
    pub(super) awaiting_pubrel: PacketIdSet,
    pub(super) queue: Queue,
    pub(super) will: Option<Box<StoredWill>>,
    /// Which publication this session was last found for, and where among its matches.
    pub(super) matched: (u64, usize),
}

impl Session {
    pub(super) fn new(client_id: Arc<str>) -> Self {
        Self {
            client_id,
            connection: None,
            username: None,
            expiry_interval: 0,
            expires_at: None,
            packet_ids: PacketIds::default(),
            exchanges: Exchanges::default(),
            awaiting_pubrel: PacketIdSet::default(),
            queue: Queue::default(),
            will: None,
            matched: (0, 0),
        }
    }
}

/// A message on its way to one session.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) message: Arc<Message>,
    pub(super) qos: Qos,
    /// The RETAIN flag it is sent with.
    pub(super) retain: bool,
    pub(super) identifiers: SubscriptionIdentifiers<'static>,
}

/// One message the Client has not fully acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) state: Awaiting,
    /// The message, to be sent again; `None` once it is not needed.
    pub(super) delivery: Option<Delivery>,
    /// Whether it takes one place of the Client's Receive Maximum on this connection.
    pub(super) counted: bool,
    /// Position among the PUBLISHes, from PUBREC on among the PUBRELs [MQTT-4.6.0-1].
    order: u64,
}

/// What an exchange to the Client waits for; see the diagram in `outbound.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaiting {
    Puback,
    Pubrec,
    Pubcomp,
}

/// What follows from an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The exchange is over and the Client has the message.
    Complete,
    /// The exchange is over and the Client did not take the message.
    Refused,
    /// PUBREL goes out; the exchange goes on.
    Release,
}

impl Awaiting {
    pub(super) const fn view(self) -> InflightState {
        match self {
            Self::Puback => InflightState::AwaitingPuback,
            Self::Pubrec => InflightState::AwaitingPubrec,
            Self::Pubcomp => InflightState::AwaitingPubcomp,
        }
    }

    /// The consequence of an acknowledgement; `None` where it breaks the protocol.
    pub(super) fn step(
        self,
        acknowledgement: ControlPacketType,
        reason_code: ReasonCode,
    ) -> Option<Step> {
        use ControlPacketType::{Puback, Pubcomp, Pubrec};
        match (self, acknowledgement) {
            (Self::Puback, Puback) | (Self::Pubrec, Pubrec) if reason_code.is_error() => {
                Some(Step::Refused)
            }
            (Self::Puback, Puback) | (Self::Pubcomp, Pubcomp) => Some(Step::Complete),
            // A repeated PUBREC is answered like the first.
            (Self::Pubrec | Self::Pubcomp, Pubrec) => Some(Step::Release),
            _ => None,
        }
    }
}

/// The exchanges of QoS 1 and 2 to the Client, one for each Packet Identifier.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchanges {
    by_id: BTreeMap<PacketId, Exchange>,
    next_order: u64,
    /// Of the messages that are kept to be sent again.
    bytes: usize,
}

impl Exchanges {
    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PacketId, &Exchange)> {
        self.by_id.iter().map(|(&id, exchange)| (id, exchange))
    }

    pub(super) fn at(&self, packet_id: PacketId) -> Option<&Exchange> {
        self.by_id.get(&packet_id)
    }

    pub(super) fn at_mut(&mut self, packet_id: PacketId) -> Option<&mut Exchange> {
        self.by_id.get_mut(&packet_id)
    }

    /// Begins an exchange whose PUBLISH is being sent.
    pub(super) fn begin(&mut self, packet_id: PacketId, delivery: Delivery) -> Awaiting {
        let state = match delivery.qos {
            Qos::ExactlyOnce => Awaiting::Pubrec,
            _ => Awaiting::Puback,
        };
        let order = self.take_order();
        self.bytes += delivery.message.size();
        let exchange = Exchange {
            state,
            delivery: Some(delivery),
            counted: true,
            order,
        };
        self.by_id.insert(packet_id, exchange);
        state
    }

    /// Goes on to PUBREL; the message is not needed any more. Whether it is the first time.
    pub(super) fn release(&mut self, packet_id: PacketId) -> bool {
        let order = self.take_order();
        let Some(exchange) = self.by_id.get_mut(&packet_id) else {
            return false;
        };
        let is_first = exchange.state != Awaiting::Pubcomp;
        if is_first {
            exchange.state = Awaiting::Pubcomp;
            exchange.order = order;
            if let Some(delivery) = exchange.delivery.take() {
                self.bytes -= delivery.message.size();
            }
        }
        is_first
    }

    pub(super) fn end(&mut self, packet_id: PacketId) -> Option<Exchange> {
        let exchange = self.by_id.remove(&packet_id)?;
        if let Some(delivery) = &exchange.delivery {
            self.bytes -= delivery.message.size();
        }
        Some(exchange)
    }

    /// What a new connection has to send again, in order; nothing of it counts there yet.
    pub(super) fn resume(&mut self) -> VecDeque<PacketId> {
        let mut ids: Vec<(u64, PacketId)> = Vec::with_capacity(self.by_id.len());
        for (&packet_id, exchange) in &mut self.by_id {
            exchange.counted = false;
            ids.push((exchange.order, packet_id));
        }
        ids.sort_unstable();
        ids.into_iter().map(|(_, packet_id)| packet_id).collect()
    }

    fn take_order(&mut self) -> u64 {
        self.next_order += 1;
        self.next_order
    }
}
