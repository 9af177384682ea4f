//! Messages from a Client: QoS 0, 1 and 2 as the receiver (section 4.3).
//!
//! At QoS 2 a message is given on when its PUBLISH comes, and its Packet Identifier is kept until
//! PUBREL, so that a repetition is known.

use super::BrokerOptions;
use super::connection::Told;
use super::event::{Event, InflightState, Violation};
use super::machine::Machine;
use super::publication::Publication;
use crate::codec::{
    ControlPacketType, IncomingAliases, PacketId, Publish, Qos, ReasonCode, TopicName,
};
use crate::time::Instant;

impl Machine {
    pub(super) fn on_publish(
        &mut self,
        place: u32,
        publish: &Publish<'_>,
        aliases: &mut IncomingAliases,
        now: Instant,
    ) -> Result<(), Violation> {
        self.counters.publish_received += 1;
        let Some(connection) = self.connections.at_mut(place) else {
            return Ok(());
        };
        connection.messages_received += 1;
        let Some(connected) = &connection.connected else {
            return Ok(());
        };
        let is_v5 = connected.version.has_properties();
        let key = connected.session;
        let Some(session) = self.sessions.at(key.value()) else {
            return Ok(());
        };
        let topic = resolve_alias(aliases, publish)?;
        // Before 5.0 nothing was told: what is allowed now is.
        let told = match is_v5 {
            true => connected.told,
            false => Told::new(&self.options),
        };
        if publish.qos > told.maximum_qos {
            return Err(Violation::QosNotSupported {
                qos: publish.qos,
                maximum: told.maximum_qos,
            });
        }
        if publish.retain && !told.retain {
            return Err(Violation::RetainNotSupported);
        }
        let repeats = |id| publish.qos == Qos::ExactlyOnce && session.awaiting_pubrel.contains(id);
        if let Some(packet_id) = publish.packet_id {
            let is_counted = connected.unreleased.contains(packet_id);
            let received = connected.unreleased.len() + usize::from(!is_counted);
            if is_v5 && received > usize::from(connected.receive_maximum) {
                return Err(Violation::ReceiveMaximumExceeded {
                    received,
                    maximum: connected.receive_maximum,
                });
            }
            if repeats(packet_id) {
                // The Server has it already [MQTT-4.3.3-10].
                self.count_unreleased(place, packet_id);
                let kind = ControlPacketType::Pubrec;
                self.acknowledge(place, kind, packet_id, ReasonCode::Success);
                return Ok(());
            }
        }
        let username = connected.username.clone();
        if !self.may_publish(username.as_deref(), topic) {
            self.refuse_publish(place, publish, topic, ReasonCode::NotAuthorized);
            return Ok(());
        }
        let properties = &publish.properties;
        let (payload, qos) = (publish.payload, publish.qos);
        let mut publication =
            Publication::new(topic, payload, qos, publish.retain, properties, now);
        let receivers = self.take_in(&mut publication, Some(key));
        if let Some(packet_id) = publish.packet_id {
            let reason = match receivers.len() {
                0 => ReasonCode::NoMatchingSubscribers,
                _ => ReasonCode::Success,
            };
            self.accept_publish(place, publish.qos, packet_id, reason);
        }
        self.forward(&mut publication, receivers, Some(key), now);
        Ok(())
    }

    /// Acknowledges a message of QoS 1 or 2 that is new.
    fn accept_publish(&mut self, place: u32, qos: Qos, packet_id: PacketId, reason: ReasonCode) {
        if qos == Qos::AtLeastOnce {
            self.acknowledge(place, ControlPacketType::Puback, packet_id, reason);
            return;
        }
        self.count_unreleased(place, packet_id);
        let Some(connected) = self.connected_mut(place) else {
            return;
        };
        let key = connected.session;
        if let Some(session) = self.sessions.at_mut(key.value()) {
            session.awaiting_pubrel.insert(packet_id);
            self.outbox.event(|| Event::Inflight {
                client_id: session.client_id.clone(),
                packet_id,
                state: InflightState::AwaitingPubrel,
            });
        }
        self.acknowledge(place, ControlPacketType::Pubrec, packet_id, reason);
    }

    pub(super) fn on_pubrel(&mut self, place: u32, packet_id: PacketId) {
        let Some(connected) = self.connected_mut(place) else {
            return;
        };
        connected.unreleased.remove(packet_id);
        let key = connected.session;
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return;
        };
        let reason = match session.awaiting_pubrel.remove(packet_id) {
            true => {
                self.outbox.event(|| Event::Inflight {
                    client_id: session.client_id.clone(),
                    packet_id,
                    state: InflightState::Released,
                });
                ReasonCode::Success
            }
            false => ReasonCode::PacketIdentifierNotFound,
        };
        self.acknowledge(place, ControlPacketType::Pubcomp, packet_id, reason);
    }

    /// The message is not given on. Before 5.0 there is no way to say so: it is acknowledged as
    /// any other (3.1.1 [MQTT-3.3.5-2]).
    fn refuse_publish(
        &mut self,
        place: u32,
        publish: &Publish<'_>,
        topic: TopicName<'_>,
        code: ReasonCode,
    ) {
        let Some(connected) = self.connected_mut(place) else {
            return;
        };
        let client_id = connected.client_id.clone();
        let is_v5 = connected.version.has_properties();
        self.outbox.event(|| Event::PublishRefused {
            client_id,
            topic: topic.as_str().into(),
            code,
        });
        let Some(packet_id) = publish.packet_id else {
            return;
        };
        let kind = match publish.qos {
            Qos::ExactlyOnce => ControlPacketType::Pubrec,
            _ => ControlPacketType::Puback,
        };
        match is_v5 {
            true => self.acknowledge(place, kind, packet_id, code),
            false => self.accept_publish(place, publish.qos, packet_id, code),
        }
    }

    fn count_unreleased(&mut self, place: u32, packet_id: PacketId) {
        if let Some(connected) = self.connected_mut(place) {
            connected.unreleased.insert(packet_id);
        }
    }
}

/// The Topic Name of a PUBLISH: an alias with a name is defined anew, one without must have a
/// name.
fn resolve_alias<'a>(
    aliases: &'a mut IncomingAliases,
    publish: &Publish<'a>,
) -> Result<TopicName<'a>, Violation> {
    let Some(alias) = publish.properties.topic_alias else {
        // The codec takes no PUBLISH with neither.
        return publish
            .topic
            .ok_or(Violation::TopicAliasUnknown { alias: 0 });
    };
    if !aliases.allows(alias) {
        return Err(Violation::TopicAliasTooLarge {
            alias: alias.get(),
            maximum: aliases.maximum(),
        });
    }
    if let Some(name) = publish.topic {
        aliases.define(alias, name);
        let (bytes, maximum) = (aliases.bytes(), BrokerOptions::MAXIMUM_ALIAS_BYTES);
        if bytes > maximum {
            return Err(Violation::TopicAliasesTooLarge { bytes, maximum });
        }
    }
    aliases
        .name(alias)
        .ok_or(Violation::TopicAliasUnknown { alias: alias.get() })
}
