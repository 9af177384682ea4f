//! Doing what the builder asks for. The commands carry their deeds with them as functions, so that
//! whoever never builds a packet does not need a byte of it.

use core::fmt;

use crate::client::{ByHandError, Client, RequestByHand, pieces};
use crate::codec::{ControlPacket, Subscribe, Unsubscribe, decode};
use crate::lab::refusal::{Refusal, RefusalCause};
use crate::lab::subscriptions::SubscribeForm;
use crate::lab::{ClientKey, Lab, LabClient, SubscriptionKey};

/// What the builder asks for: a [`Command::ByHand`](crate::lab::Command::ByHand).
#[derive(Clone, PartialEq, Eq)]
pub struct ByHand {
    client: ClientKey,
    bytes: Vec<u8>,
    is_strict: bool,
    deed: Deed,
}

/// What is done. Two are equal: what they do follows from the rest.
#[derive(Clone, Copy)]
struct Deed(fn(&mut Lab, ByHand) -> Result<(), Refusal>);

impl PartialEq for Deed {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Deed {}

impl fmt::Debug for ByHand {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ByHand")
            .field("client", &self.client)
            .field("bytes", &self.bytes)
            .field("is_strict", &self.is_strict)
            .finish_non_exhaustive()
    }
}

impl ByHand {
    /// To send bytes on a client's open connection; where `is_strict`, only if nothing is wrong with
    /// them ([`Lab::packet_faults`]).
    pub fn send(client: ClientKey, bytes: Vec<u8>, is_strict: bool) -> Self {
        Self {
            client,
            bytes,
            is_strict,
            deed: Deed(send),
        }
    }

    /// To open a client's connection without sending CONNECT on it.
    pub fn open_without_connect(client: ClientKey) -> Self {
        Self {
            client,
            bytes: Vec::new(),
            is_strict: false,
            deed: Deed(|lab, by_hand| {
                lab.begin_connection(by_hand.client, Client::open_without_connect)
            }),
        }
    }

    /// The client it is for.
    pub const fn client(&self) -> ClientKey {
        self.client
    }

    pub(in crate::lab) fn carry_out(self, lab: &mut Lab) -> Result<(), Refusal> {
        (self.deed.0)(lab, self)
    }
}

fn send(lab: &mut Lab, by_hand: ByHand) -> Result<(), Refusal> {
    let ByHand {
        client: key, bytes, ..
    } = by_hand;
    let client = lab.roster.find_mut(key)?;
    if !client.mqtt.takes_by_hand() {
        return Err(Refusal::new(RefusalCause::ByHand(
            ByHandError::NotConnected,
        )));
    }
    if by_hand.is_strict {
        let version = client.mqtt.options().protocol_version;
        let faults = lab.packet_faults(key, &bytes, version);
        if let Some(first) = faults.first() {
            return Err(Refusal::new(RefusalCause::PacketFaults {
                faults: faults.len(),
                first: first.words.clone(),
            }));
        }
    }
    let now = lab.now;
    let client = lab.roster.find_mut(key)?;
    let framing = client.mqtt.framing();
    let requests = client
        .mqtt
        .send_by_hand(&bytes, now)
        .map_err(|error| Refusal::new(RefusalCause::ByHand(error)))?;
    let (pieces, _) = pieces(&bytes, framing);
    let version = client.mqtt.options().protocol_version;
    for request in requests {
        let (RequestByHand::Subscribe { piece, .. } | RequestByHand::Unsubscribe { piece, .. }) =
            &request;
        let packet = pieces.get(*piece);
        let packet = packet.and_then(|piece| decode(piece.bytes, version).ok());
        client.list_request(&request, packet.as_ref());
    }
    client.sends_by_hand = true;
    client.is_in_one_go = false;
    lab.drain(key);
    if let Ok(client) = lab.roster.find_mut(key) {
        client.sends_by_hand = false;
    }
    Ok(())
}

impl LabClient {
    /// Shows in the Subscriptions panel what was asked for by hand.
    fn list_request(&mut self, request: &RequestByHand, packet: Option<&ControlPacket<'_>>) {
        match (request, packet) {
            (RequestByHand::Subscribe { token, .. }, Some(ControlPacket::Subscribe(packet))) => {
                let keys = self.list_subscriptions(packet);
                self.subscriptions.await_suback(*token, keys);
            }
            (
                RequestByHand::Unsubscribe { token, .. },
                Some(ControlPacket::Unsubscribe(Unsubscribe { filters, .. })),
            ) => {
                for filter in filters {
                    let rows = self.subscriptions.rows().iter();
                    let mut rows = rows.filter(|row| row.filter == filter.as_str());
                    // One that is not listed keeps its place among the answers.
                    let key = rows.next().map_or(SubscriptionKey::new(0), |row| row.key);
                    self.subscriptions.begin_unsubscribe(*token, key);
                }
            }
            _ => {}
        }
    }

    fn list_subscriptions(&mut self, packet: &Subscribe<'_>) -> Vec<SubscriptionKey> {
        let subscriptions = packet.subscriptions.iter();
        let keys = subscriptions.map(|subscription| {
            let filter = subscription.filter.as_str();
            if self.subscriptions.check_room(filter).is_err() {
                return SubscriptionKey::new(0);
            }
            let options = subscription.options;
            let form = SubscribeForm {
                filter: filter.to_owned(),
                qos: options.qos,
                colour: None,
                no_local: options.no_local,
                retain_as_published: options.retain_as_published,
                retain_handling: options.retain_handling,
                subscription_identifier: String::new(),
            };
            self.subscriptions
                .list(&form, packet.subscription_identifier)
        });
        keys.collect()
    }
}
