//! SUBSCRIBEs and UNSUBSCRIBEs whose answer has not come. They end with their connection.

use std::collections::BTreeMap;

use super::event::{SubscribeToken, UnsubscribeToken};
use super::ordered::in_order;
use crate::codec::{PacketId, SubscriptionIdentifier, SubscriptionOptions};

/// One request that awaits its answer.
#[derive(Clone, Debug)]
pub(super) enum Request {
    Subscribe {
        token: SubscribeToken,
        filters: Vec<(String, SubscriptionOptions)>,
        identifier: Option<SubscriptionIdentifier>,
    },
    Unsubscribe {
        token: UnsubscribeToken,
        filters: Vec<String>,
    },
}

/// The requests of a connection by their Packet Identifiers.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(BTreeMap<PacketId, Request>);

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Topic Filters that become subscriptions if the Server grants all that was asked for.
    pub(super) fn subscriptions(&self) -> usize {
        self.0
            .values()
            .map(|request| match request {
                Request::Subscribe { filters, .. } => filters.len(),
                Request::Unsubscribe { .. } => 0,
            })
            .sum()
    }

    pub(super) fn insert(&mut self, packet_id: PacketId, request: Request) {
        self.0.insert(packet_id, request);
    }

    pub(super) fn get(&self, packet_id: PacketId) -> Option<&Request> {
        self.0.get(&packet_id)
    }

    pub(super) fn remove(&mut self, packet_id: PacketId) -> Option<Request> {
        self.0.remove(&packet_id)
    }

    pub(super) fn packet_ids(&self) -> impl Iterator<Item = PacketId> + '_ {
        self.0.keys().copied()
    }

    /// Everything that will have no answer any more, in the order of asking.
    pub(super) fn into_ordered(self) -> Vec<(PacketId, Request)> {
        in_order(self.0.into_iter().collect(), |(_, request)| match request {
            Request::Subscribe { token, .. } => token.value(),
            Request::Unsubscribe { token, .. } => token.value(),
        })
    }
}
