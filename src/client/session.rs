//! The session state on the Client's side (section 4.1), kept as long as the session lives.

use super::by_hand::ByHand;
use super::event::PublishToken;
use super::ordered::in_order;
use super::outbound::OutboundExchanges;
use crate::codec::{
    PacketId, PacketIdSet, PacketIds, ProtocolVersion, SubscriptionIdentifier, SubscriptionOptions,
};
use crate::time::Instant;

/// Everything that outlives a Network Connection.
#[derive(Clone, Debug, Default)]
pub(super) struct Session {
    /// Whose session it is: Client Identifier [MQTT-3.1.3-2] and version. `None` until a Server
    /// has accepted a connection, and again once the state is gone.
    pub(super) identity: Option<Identity>,
    /// Seconds it outlives its connection; `u32::MAX` is for ever.
    pub(super) expiry_interval: u32,
    /// When it ends, while there is no connection.
    pub(super) expires_at: Option<Instant>,
    pub(super) packet_ids: PacketIds,
    pub(super) outbound: OutboundExchanges,
    /// QoS 2 messages received and delivered, whose PUBREL has not come [MQTT-4.3.3-10].
    pub(super) awaiting_pubrel: PacketIdSet,
    /// What packets made by hand have begun.
    pub(super) by_hand: ByHand,
}

/// What the session is stored under, at both sides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) client_id: String,
    pub(super) protocol_version: ProtocolVersion,
}

impl Session {
    pub(super) fn exists(&self) -> bool {
        self.identity.is_some()
    }

    pub(super) fn has_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }
}

/// A summary of the session state for the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionView<'a> {
    /// The Client Identifier it belongs to.
    pub client_id: &'a str,
    /// Seconds it outlives its connection; `u32::MAX` is for ever.
    pub expiry_interval: u32,
    /// When it ends, while there is no connection and it does end.
    pub expires_at: Option<Instant>,
    /// Publications not yet fully acknowledged.
    pub outbound: usize,
    /// QoS 2 messages received whose PUBREL has not come.
    pub awaiting_pubrel: usize,
    /// Subscriptions the Server has accepted.
    pub subscriptions: usize,
}

/// The subscriptions the Server has accepted, in the order they were first made. They are kept
/// beside the session, because an application may want them back after it is gone
/// ([`ConnectOptions::resubscribe`](super::ConnectOptions::resubscribe)).
#[derive(Clone, Debug, Default)]
pub(super) struct Subscriptions {
    /// In the order of the filters. A map would be compiled for this alone.
    live: Vec<(String, Live)>,
    next_order: u64,
}

/// How one Topic Filter is subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Live {
    order: u64,
    pub(super) options: SubscriptionOptions,
    pub(super) identifier: Option<SubscriptionIdentifier>,
}

impl Subscriptions {
    pub(super) fn len(&self) -> usize {
        self.live.len()
    }

    pub(super) fn contains(&self, filter: &str) -> bool {
        self.place_of(filter).is_ok()
    }

    /// Adds a subscription, in place of one with the same filter [MQTT-3.8.4-3].
    pub(super) fn insert(
        &mut self,
        filter: String,
        options: SubscriptionOptions,
        identifier: Option<SubscriptionIdentifier>,
    ) {
        let order = self.next_order;
        self.next_order += 1;
        let mut live = Live {
            order,
            options,
            identifier,
        };
        match self.place_of(&filter) {
            Ok(place) => {
                if let Some((_, own)) = self.live.get_mut(place) {
                    live.order = own.order;
                    *own = live;
                }
            }
            Err(place) => self.live.insert(place, (filter, live)),
        }
    }

    pub(super) fn remove(&mut self, filter: &str) {
        if let Ok(place) = self.place_of(filter) {
            self.live.remove(place);
        }
    }

    pub(super) fn clear(&mut self) {
        self.live.clear();
    }

    /// Takes all of them out, in their order.
    pub(super) fn take(&mut self) -> Vec<(String, Live)> {
        in_order(core::mem::take(&mut self.live), |(_, live)| live.order)
    }

    fn place_of(&self, filter: &str) -> Result<usize, usize> {
        let own = |(own, _): &(String, Live)| own.as_str().cmp(filter);
        self.live.binary_search_by(own)
    }
}

impl Session {
    /// Drops all state; what was in flight, in the order it was published. `None` where there was
    /// no state.
    pub(super) fn end(&mut self) -> Option<Vec<(PacketId, PublishToken)>> {
        self.identity.take()?;
        self.expires_at = None;
        let lost = self.outbound.abandon_all();
        for &(packet_id, _) in &lost {
            self.packet_ids.release(packet_id);
        }
        self.by_hand.end_session(&mut self.packet_ids);
        self.awaiting_pubrel.clear();
        Some(lost)
    }
}
