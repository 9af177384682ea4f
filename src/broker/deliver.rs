//! A message to one session: sent at once, or made to wait within the limits.

use super::SessionKey;
use super::event::{DropReason, Event};
use super::machine::Machine;
use super::options::DropWhenFull;
use super::publication::{Form, Publication};
use super::queue::Queue;
use super::session::{Awaiting, Delivery};
use super::timer::Timer;
use crate::codec::{
    AliasUse, ControlPacketType, PacketId, Qos, ReasonCode, SubscriptionIdentifiers,
};
use crate::time::Instant;

/// One who gets a message, and how.
#[derive(Clone, Debug)]
pub(super) struct Receiver {
    pub(super) session: SessionKey,
    pub(super) qos: Qos,
    /// The RETAIN flag it gets.
    pub(super) retain: bool,
    pub(super) identifiers: SubscriptionIdentifiers<'static>,
}

impl Machine {
    /// Sends a message to a session or lets it wait; whether either was possible.
    pub(super) fn deliver(
        &mut self,
        publication: &mut Publication<'_>,
        receiver: Receiver,
        now: Instant,
    ) -> bool {
        let key = receiver.session;
        let Some(session) = self.sessions.at(key.value()) else {
            return false;
        };
        let Some(place) = session.connection else {
            if receiver.qos == Qos::AtMostOnce && !self.options.queue_qos_0_for_absent {
                self.drop_message(key, publication, receiver.qos, DropReason::Absent);
                return false;
            }
            return self.queue(publication, receiver, now);
        };
        let goes_now = match receiver.qos {
            // Messages of QoS 0 keep their order among themselves, and pass the others.
            Qos::AtMostOnce => !session.queue.holds_qos_0(),
            _ => session.queue.is_empty() && self.has_room(key, place),
        };
        match goes_now && self.may_send(key, place) {
            true => self.send(place, publication, receiver),
            false => self.queue(publication, receiver, now),
        }
    }

    /// Sends what waits for a session, as far as that goes: first what a new connection has to
    /// repeat, then the queue [MQTT-4.4.0-1] [MQTT-4.6.0-1].
    pub(super) fn pump(&mut self, key: SessionKey, now: Instant) {
        let place = self
            .sessions
            .at(key.value())
            .and_then(|session| session.connection);
        let Some(place) = place else {
            return;
        };
        if !self.resend(key, place, now) {
            return;
        }
        while self.may_send(key, place) {
            let has_room = self.has_room(key, place);
            let Some(session) = self.sessions.at_mut(key.value()) else {
                return;
            };
            let Some(next) = session.queue.next_qos() else {
                self.timers.stop(Timer::MessageExpiry(key));
                return;
            };
            if next != Qos::AtMostOnce && !has_room {
                return;
            }
            let Some(delivery) = session.queue.pop() else {
                return;
            };
            if delivery.message.has_expired(now) {
                self.counters.expired += 1;
                self.outbox.event(|| Event::MessageExpired {
                    client_id: session.client_id.clone(),
                    topic: delivery.message.topic().clone(),
                });
                continue;
            }
            let receiver = Receiver {
                session: key,
                qos: delivery.qos,
                retain: delivery.retain,
                identifiers: delivery.identifiers,
            };
            if let Some(mut publication) = Publication::kept(&delivery.message, false, now) {
                self.send(place, &mut publication, receiver);
            }
        }
    }

    /// Goes on with a session that waited for the outputs to be taken.
    pub(super) fn pump_starved(&mut self, key: SessionKey, now: Instant) {
        let place = self
            .sessions
            .at(key.value())
            .and_then(|session| session.connection);
        let connection = place.and_then(|place| self.connections.at_mut(place));
        if let Some(connected) = connection.and_then(|connection| connection.connected.as_mut()) {
            connected.is_starved = false;
            self.pump(key, now);
        }
    }

    /// Whether messages may go to a connection now at all.
    fn may_send(&mut self, key: SessionKey, place: u32) -> bool {
        let Some(connection) = self.connections.at_mut(place) else {
            return false;
        };
        let Some(connected) = &mut connection.connected else {
            return false;
        };
        if connection.congested {
            return false;
        }
        if !self.outbox.is_full() {
            return true;
        }
        if !connected.is_starved {
            connected.is_starved = true;
            self.starved.push_back(key);
        }
        false
    }

    /// Whether one more message of QoS 1 or 2 may be on its way [MQTT-3.3.4-9].
    fn has_room(&self, key: SessionKey, place: u32) -> bool {
        let Some(session) = self.sessions.at(key.value()) else {
            return false;
        };
        let connection = self.connections.at(place);
        let connected = connection.and_then(|connection| connection.connected.as_ref());
        connected.is_some_and(|connected| connected.has_quota() && connected.resend.is_empty())
            && !session.packet_ids.exhausted()
            && session.exchanges.bytes() < self.options.maximum_queued_bytes.max(1)
    }

    /// Sends a message for the first time; whether it was sent.
    fn send(&mut self, place: u32, publication: &mut Publication<'_>, receiver: Receiver) -> bool {
        let key = receiver.session;
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return false;
        };
        let packet_id = match receiver.qos {
            Qos::AtMostOnce => None,
            _ => session.packet_ids.allocate(),
        };
        if !self.transmit_publish(place, publication, &receiver, packet_id, false) {
            if let (Some(session), Some(id)) = (self.sessions.at_mut(key.value()), packet_id) {
                session.packet_ids.release(id);
            }
            self.drop_message(key, publication, receiver.qos, DropReason::TooLarge);
            return false;
        }
        let Some(packet_id) = packet_id else {
            return true;
        };
        let delivery = Delivery {
            message: publication.message().clone(),
            qos: receiver.qos,
            retain: receiver.retain,
            identifiers: receiver.identifiers,
        };
        if let Some(connected) = self.connected_mut(place) {
            connected.unacknowledged += 1;
        }
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return true;
        };
        let state = session.exchanges.begin(packet_id, delivery);
        self.outbox.event(|| Event::Inflight {
            client_id: session.client_id.clone(),
            packet_id,
            state: state.view(),
        });
        true
    }

    /// Sends again what was in flight when the connection before ended; whether all of it is sent.
    fn resend(&mut self, key: SessionKey, place: u32, now: Instant) -> bool {
        loop {
            let may_send = self.may_send(key, place);
            let Some(connected) = self.connected_mut(place) else {
                return false;
            };
            let Some(&packet_id) = connected.resend.front() else {
                return true;
            };
            let has_quota = connected.has_quota();
            let exchange = self
                .sessions
                .at(key.value())
                .and_then(|session| session.exchanges.at(packet_id));
            let Some(exchange) = exchange else {
                self.pop_resend(place);
                continue;
            };
            let delivery = exchange.delivery.clone();
            if exchange.state == Awaiting::Pubcomp {
                self.pop_resend(place);
                let success = ReasonCode::Success;
                self.acknowledge(place, ControlPacketType::Pubrel, packet_id, success);
                continue;
            }
            if !may_send || !has_quota {
                return false;
            }
            self.pop_resend(place);
            if let Some(delivery) = delivery {
                self.resend_publish(place, key, packet_id, &delivery, now);
            }
        }
    }

    fn resend_publish(
        &mut self,
        place: u32,
        key: SessionKey,
        packet_id: PacketId,
        delivery: &Delivery,
        now: Instant,
    ) {
        let Some(mut publication) = Publication::kept(&delivery.message, false, now) else {
            return;
        };
        let receiver = Receiver {
            session: key,
            qos: delivery.qos,
            retain: delivery.retain,
            identifiers: delivery.identifiers.clone(),
        };
        let sent = self.transmit_publish(place, &mut publication, &receiver, Some(packet_id), true);
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        if !sent {
            // The Client allows less than it did: as if it had been delivered [MQTT-3.1.2-25].
            session.exchanges.end(packet_id);
            session.packet_ids.release(packet_id);
            self.drop_message(key, &publication, delivery.qos, DropReason::TooLarge);
            return;
        }
        if let Some(exchange) = session.exchanges.at_mut(packet_id) {
            exchange.counted = true;
        }
        if let Some(connected) = self.connected_mut(place) {
            connected.unacknowledged += 1;
        }
    }

    /// Writes and transmits a PUBLISH, unless it is above what the Client takes.
    fn transmit_publish(
        &mut self,
        place: u32,
        publication: &mut Publication<'_>,
        receiver: &Receiver,
        packet_id: Option<PacketId>,
        dup: bool,
    ) -> bool {
        let topic = publication.topic;
        let Some(connected) = self.connected_mut(place) else {
            return false;
        };
        let mut alias = connected.outgoing_aliases.choose(topic);
        let form = Form {
            version: connected.version,
            qos: receiver.qos,
            retain: receiver.retain,
            dup,
            packet_id,
            alias,
        };
        let largest = connected.client_maximum_packet_size as usize;
        let identifiers = &receiver.identifiers;
        let mut written = publication.write(form, identifiers);
        let fits = |bytes: &Vec<u8>| bytes.len() <= largest;
        // An alias takes three bytes: what fits without must not be lost to it.
        if alias != AliasUse::None && !written.as_ref().is_some_and(fits) {
            alias = AliasUse::None;
            written = publication.write(Form { alias, ..form }, identifiers);
        }
        let Some(bytes) = written.filter(fits) else {
            return false;
        };
        if let AliasUse::Define(alias) = alias {
            connected.outgoing_aliases.define(alias, topic);
        }
        self.transmit(place, bytes);
        true
    }

    /// Lets a message wait; whether there was room for it.
    fn queue(
        &mut self,
        publication: &mut Publication<'_>,
        receiver: Receiver,
        now: Instant,
    ) -> bool {
        let key = receiver.session;
        let message = publication.message().clone();
        let (messages, bytes) = (
            self.options.maximum_queued_messages,
            self.options.maximum_queued_bytes,
        );
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return false;
        };
        let size = message.size();
        let fits_alone = messages > 0 && size <= bytes;
        let is_full = |queue: &Queue| queue.is_full(size, messages, bytes);
        if is_full(&session.queue)
            && (self.options.drop_when_full == DropWhenFull::Newest || !fits_alone)
        {
            let reason = self.full_reason(key);
            self.drop_message(key, publication, receiver.qos, reason);
            return false;
        }
        while let Some(session) = self.sessions.at_mut(key.value())
            && is_full(&session.queue)
            && let Some(oldest) = session.queue.pop_message()
        {
            let reason = self.full_reason(key);
            if let Some(dropped) = Publication::kept(&oldest.message, false, now) {
                self.drop_message(key, &dropped, oldest.qos, reason);
            }
        }
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return false;
        };
        if let Some(at) = message.expires_at() {
            let timer = Timer::MessageExpiry(key);
            if self.timers.deadline(timer).is_none_or(|armed| at < armed) {
                self.timers.set(timer, at);
            }
        }
        session.queue.push(Delivery {
            message,
            qos: receiver.qos,
            retain: receiver.retain,
            identifiers: receiver.identifiers,
        });
        self.outbox.event(|| Event::Queued {
            client_id: session.client_id.clone(),
            topic: publication.topic_text(),
            qos: receiver.qos,
            queued: session.queue.len(),
        });
        true
    }

    fn full_reason(&self, key: SessionKey) -> DropReason {
        let session = self.sessions.at(key.value());
        let place = session.and_then(|session| session.connection);
        let connection = place.and_then(|place| self.connections.at(place));
        match connection.is_some_and(|connection| connection.congested) {
            true => DropReason::Congested,
            false => DropReason::QueueFull,
        }
    }

    fn drop_message(
        &mut self,
        key: SessionKey,
        publication: &Publication<'_>,
        qos: Qos,
        reason: DropReason,
    ) {
        self.counters.dropped += 1;
        if let Some(session) = self.sessions.at(key.value()) {
            self.outbox.event(|| Event::Dropped {
                client_id: session.client_id.clone(),
                topic: publication.topic_text(),
                qos,
                reason,
            });
        }
    }

    pub(super) fn connected_mut(
        &mut self,
        place: u32,
    ) -> Option<&mut super::connection::Connected> {
        self.connections.at_mut(place)?.connected.as_deref_mut()
    }

    fn pop_resend(&mut self, place: u32) {
        if let Some(connected) = self.connected_mut(place) {
            connected.resend.pop_front();
        }
    }
}
