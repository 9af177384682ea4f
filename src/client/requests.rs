//! SUBSCRIBEs and UNSUBSCRIBEs whose answer has not come. They end with their connection.

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

/// The requests of a connection, in the order of their Packet Identifiers. A map would be compiled
/// for this alone, and requests are few.
#[derive(Clone, Debug, Default)]
pub(super) struct Requests(Vec<(PacketId, Request)>);

impl Requests {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Topic Filters that become subscriptions if the Server grants all that was asked for.
    pub(super) fn subscriptions(&self) -> usize {
        self.0
            .iter()
            .map(|(_, request)| match request {
                Request::Subscribe { filters, .. } => filters.len(),
                Request::Unsubscribe { .. } => 0,
            })
            .sum()
    }

    pub(super) fn insert(&mut self, packet_id: PacketId, request: Request) {
        match self.place_of(packet_id) {
            Ok(place) => {
                if let Some((_, own)) = self.0.get_mut(place) {
                    *own = request;
                }
            }
            Err(place) => self.0.insert(place, (packet_id, request)),
        }
    }

    pub(super) fn get(&self, packet_id: PacketId) -> Option<&Request> {
        let place = self.place_of(packet_id).ok()?;
        self.0.get(place).map(|(_, request)| request)
    }

    pub(super) fn remove(&mut self, packet_id: PacketId) -> Option<Request> {
        let place = self.place_of(packet_id).ok()?;
        Some(self.0.remove(place).1)
    }

    pub(super) fn packet_ids(&self) -> impl Iterator<Item = PacketId> + '_ {
        self.0.iter().map(|(packet_id, _)| *packet_id)
    }

    /// Everything that will have no answer any more, in the order of asking.
    pub(super) fn into_ordered(self) -> Vec<(PacketId, Request)> {
        in_order(self.0, |(_, request)| match request {
            Request::Subscribe { token, .. } => token.value(),
            Request::Unsubscribe { token, .. } => token.value(),
        })
    }

    fn place_of(&self, packet_id: PacketId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&packet_id, |(own, _)| *own)
    }
}
