//! To whom a message has to go, and whether just that has come.

use std::collections::BTreeSet;

use super::{Awaits, Delivery, Exchange, Message, WITNESS, Waiting, World};
use crate::conformance::packet::{Packet, Value, Version};
use crate::{CLIENTS, FILTERS};

impl World {
    /// A message is published: to whom it has to go, and how.
    pub(super) fn spread(&mut self, message: &Message, expiry: Option<u64>) {
        self.witnessed.push(message.clone());
        if message.retain {
            if message.payload.is_empty() {
                self.retained.remove(&message.topic);
            } else {
                self.retained.insert(message.topic.clone(), message.clone());
            }
        }
        for client in 0..CLIENTS {
            let Some(session) = self.sessions.get_mut(&client) else {
                continue;
            };
            let fitting = session.subscriptions.iter();
            let granted = fitting
                .filter(|(filter, _)| matches(FILTERS[**filter], &message.topic))
                .map(|(_, qos)| *qos)
                .max();
            let Some(granted) = granted else { continue };
            let qos = granted.min(message.qos);
            let copy = Message {
                qos,
                retain: false,
                ..message.clone()
            };
            if self.links.contains_key(&client) {
                self.deliver(client, copy);
            } else if qos > 0 {
                let ends_at = expiry.map(|expiry| self.now + expiry);
                session.queue.push_back(Waiting {
                    message: copy,
                    ends_at,
                });
            }
        }
    }

    /// A connected Client has to be sent this.
    pub(super) fn deliver(&mut self, client: usize, message: Message) {
        let awaits = match message.qos {
            0 => None,
            1 => Some(Awaits::Puback),
            _ => Some(Awaits::Pubrec),
        };
        if let Some(awaits) = awaits {
            let exchange = Exchange {
                message: message.clone(),
                id: None,
                awaits,
            };
            self.sessions
                .get_mut(&client)
                .expect("a session")
                .exchanges
                .push(exchange);
        }
        let delivery = Delivery::Publish {
            message,
            dup: false,
        };
        self.expected.entry(client).or_default().push(delivery);
    }

    /// Nobody has got anything that was not owed, or lacks anything.
    pub(super) fn check(&mut self) {
        for client in 0..CLIENTS {
            if self.links.contains_key(&client) {
                let more = self.check_client(client);
                assert!(more.is_empty(), "client{client} was sent {more:?}");
            }
        }
        let mut seen: Vec<Message> = self
            .packets(WITNESS, Version::V5_0)
            .iter()
            .map(message_of)
            .collect();
        let mut owed: Vec<Message> = std::mem::take(&mut self.witnessed)
            .into_iter()
            .map(|message| Message { qos: 0, ..message })
            .collect();
        // Several Will Messages may come at one time, in any order.
        seen.sort();
        owed.sort();
        assert_eq!(seen, owed, "the witness");
    }

    /// Compares the deliveries and gives back the rest.
    pub(super) fn check_client(&mut self, client: usize) -> Vec<Packet> {
        self.check_sorted(client, false)
    }

    pub(super) fn check_sorted(&mut self, client: usize, any_order: bool) -> Vec<Packet> {
        let link = &self.links[&client];
        let (connection, version) = (link.connection, link.version);
        let packets = self.packets(connection, version);
        let (deliveries, rest): (Vec<Packet>, Vec<Packet>) = packets
            .into_iter()
            .partition(|packet| matches!(packet.name, "publish" | "pubrel"));
        let session = self.sessions.get_mut(&client).expect("a session");
        let mut seen = Vec::new();
        for packet in &deliveries {
            let id = packet.number("id");
            if packet.name == "pubrel" {
                seen.push(Delivery::Pubrel(id.expect("an identifier")));
                continue;
            }
            let message = message_of(packet);
            let dup = packet.number("dup") == Some(1);
            if let Some(id) = id {
                let at = session.exchanges.iter().position(|exchange| {
                    let is_its = if dup {
                        exchange.id == Some(id)
                    } else {
                        exchange.id.is_none()
                    };
                    exchange.message == message && is_its
                });
                let at = at.unwrap_or_else(|| panic!("nobody owes {packet:?}"));
                if !dup {
                    // The order in which they were sent first is that of sending them again.
                    let mut exchange = session.exchanges.remove(at);
                    exchange.id = Some(id);
                    session.exchanges.push(exchange);
                }
            }
            seen.push(Delivery::Publish { message, dup });
        }
        let ids: Vec<u32> = session.exchanges.iter().filter_map(|e| e.id).collect();
        let distinct: BTreeSet<&u32> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "an identifier twice: {ids:?}");
        let mut expected = self.expected.remove(&client).unwrap_or_default();
        if any_order {
            seen.sort();
            expected.sort();
        }
        // PUBLISHes are in order, and PUBRELs are; nothing orders the ones among the others.
        seen.sort_by_key(|delivery| matches!(delivery, Delivery::Pubrel(_)));
        expected.sort_by_key(|delivery| matches!(delivery, Delivery::Pubrel(_)));
        assert_eq!(seen, expected, "client{client}");
        rest
    }
}

fn message_of(packet: &Packet) -> Message {
    let text = |field: &str| match &packet.fields[field][0] {
        Value::Bytes(bytes) => String::from_utf8(bytes.clone()).expect("text"),
        Value::Number(_) => unreachable!("a text"),
    };
    Message {
        topic: text("t"),
        payload: text("p"),
        qos: packet.number("q").expect("a QoS") as u8,
        retain: packet.number("retain") == Some(1),
    }
}

/// Few filters, spelt out.
pub(super) fn matches(filter: &str, topic: &str) -> bool {
    match filter {
        "+" => !topic.contains('/'),
        "a/#" => topic == "a" || topic.starts_with("a/"),
        "+/c" => topic == "a/c",
        exact => exact == topic,
    }
}
