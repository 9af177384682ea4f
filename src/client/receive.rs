//! One Control Packet from the Server: what it means in the state the Client is in.
//!
//! This is the hot path. A PUBLISH costs no look-up but that of its Packet Identifier's bit and of
//! its Topic Alias, and no allocation but that of its acknowledgement.

use core::num::NonZeroU16;

use super::close_reason::{CloseReason, Phase, Violation};
use super::machine::Machine;
use super::output::{Delivered, Received};
use super::state::{Connected, State};
use super::timer::Timer;
use crate::codec::{
    Acknowledgement, ControlPacket, ControlPacketType, DecodeError, Disconnect, PacketId, Peer,
    ProtocolVersion, Publish, Qos, ReasonCode, decode,
};
use crate::time::Instant;

/// Where the Topic Name of a delivered message comes from; `None` where there is nothing to
/// deliver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivery {
    None,
    Named,
    Aliased(NonZeroU16),
}

impl Machine {
    /// Whether packets count at all.
    pub(super) const fn listens(&self) -> bool {
        matches!(
            self.state,
            State::AwaitingConnack { .. } | State::Connected(_) | State::WithoutConnect { .. }
        )
    }

    const fn is_without_connect(&self) -> bool {
        matches!(self.state, State::WithoutConnect { .. })
    }

    /// Handles one whole packet.
    pub(super) fn handle_packet<'a>(&'a mut self, raw: &'a [u8], now: Instant) -> Received<'a> {
        let packet = match self.read(raw) {
            Ok(packet) => packet,
            // Of an open link nothing is asked; whoever made the packets by hand may look at it.
            Err(error) if self.is_without_connect() => {
                return Received {
                    raw,
                    packet: Err(error),
                    delivered: None,
                    violation: None,
                };
            }
            Err(error) => return self.malformed(raw, error, now),
        };
        let result = if let State::Connected(_) = self.state {
            self.on_packet(&packet, now)
        } else if self.is_without_connect() {
            if let ControlPacket::Disconnect(disconnect) = &packet {
                self.on_disconnect(disconnect, now);
            }
            Ok(Delivery::None)
        } else {
            self.on_first_packet(&packet, now).map(|()| Delivery::None)
        };
        match result {
            Ok(delivery) => {
                let delivered = self.delivered(&packet, delivery);
                Received {
                    raw,
                    packet: Ok(packet),
                    delivered,
                    violation: None,
                }
            }
            Err(violation) => {
                self.violate(violation.clone(), now);
                Received {
                    raw,
                    packet: Ok(packet),
                    delivered: None,
                    violation: Some(violation),
                }
            }
        }
    }

    /// What there is of a packet cannot be one.
    pub(super) fn malformed<'a>(
        &mut self,
        raw: &'a [u8],
        error: DecodeError,
        now: Instant,
    ) -> Received<'a> {
        let violation = Violation::Malformed(error);
        self.violate(violation.clone(), now);
        Received {
            raw,
            packet: Err(error),
            delivered: None,
            violation: Some(violation),
        }
    }

    fn read<'a>(&self, raw: &'a [u8]) -> Result<ControlPacket<'a>, DecodeError> {
        // A Server that does not know 5.0 refuses it in the form of 3.1.1, which has no property
        // length.
        if let (
            State::AwaitingConnack { .. } | State::WithoutConnect { .. },
            [0x20, 0x02, 0x00, 1..=5],
        ) = (&self.state, raw)
            && self.version().has_properties()
        {
            return decode(raw, ProtocolVersion::V3_1_1);
        }
        decode(raw, self.version())
    }

    /// The first packet is CONNACK, or before it AUTH where an Authentication Method was set
    /// [MQTT-3.2.0-1].
    fn on_first_packet(
        &mut self,
        packet: &ControlPacket<'_>,
        now: Instant,
    ) -> Result<(), Violation> {
        match packet {
            ControlPacket::Connack(connack) => self.on_connack(connack, now),
            ControlPacket::Auth(auth) => self.on_auth(auth, now),
            other => Err(Violation::UnexpectedPacket {
                packet: other.packet_type(),
                phase: Phase::AwaitingConnack,
            }),
        }
    }

    fn on_packet(
        &mut self,
        packet: &ControlPacket<'_>,
        now: Instant,
    ) -> Result<Delivery, Violation> {
        if let ControlPacket::Publish(publish) = packet {
            return self.on_publish(publish, now);
        }
        packet
            .check_sender(Peer::Server, self.version())
            .map_err(Violation::Direction)?;
        match packet {
            ControlPacket::Puback(a) | ControlPacket::Pubrec(a) | ControlPacket::Pubcomp(a) => {
                let kind = packet.packet_type();
                self.check_explanation(kind, a.reason_string, a.user_properties.is_empty())?;
                self.on_acknowledgement(kind, a, now)?;
            }
            ControlPacket::Pubrel(pubrel) => {
                self.check_explanation(
                    ControlPacketType::Pubrel,
                    pubrel.reason_string,
                    pubrel.user_properties.is_empty(),
                )?;
                self.on_pubrel(pubrel.packet_id, now);
            }
            ControlPacket::Suback(suback) => {
                self.check_explanation(
                    ControlPacketType::Suback,
                    suback.reason_string,
                    suback.user_properties.is_empty(),
                )?;
                self.on_suback(suback, now)?;
            }
            ControlPacket::Unsuback(unsuback) => {
                self.check_explanation(
                    ControlPacketType::Unsuback,
                    unsuback.reason_string,
                    unsuback.user_properties.is_empty(),
                )?;
                self.on_unsuback(unsuback, now)?;
            }
            ControlPacket::Pingresp => self.outbox.timers.stop(Timer::PingResponse),
            ControlPacket::Disconnect(disconnect) => self.on_disconnect(disconnect, now),
            ControlPacket::Auth(auth) => {
                let outcome = self.on_auth(auth, now);
                if outcome.is_err() && !self.session.by_hand.takes_auth() {
                    outcome?;
                }
            }
            ControlPacket::Connack(_) if self.session.by_hand.takes_connack() => {}
            ControlPacket::Connect(_)
            | ControlPacket::Connack(_)
            | ControlPacket::Publish(_)
            | ControlPacket::Subscribe(_)
            | ControlPacket::Unsubscribe(_)
            | ControlPacket::Pingreq => {
                return Err(Violation::UnexpectedPacket {
                    packet: packet.packet_type(),
                    phase: Phase::Connected,
                });
            }
        }
        Ok(Delivery::None)
    }

    fn on_publish(&mut self, publish: &Publish<'_>, now: Instant) -> Result<Delivery, Violation> {
        let State::Connected(connected) = &mut self.state else {
            return Ok(Delivery::None);
        };
        let delivery = resolve_alias(connected, publish, self.limits.incoming_alias_bytes)?;
        let (Qos::AtLeastOnce | Qos::ExactlyOnce, Some(packet_id)) =
            (publish.qos, publish.packet_id)
        else {
            return Ok(delivery);
        };
        if publish.qos == Qos::AtLeastOnce {
            // Acknowledged at once, so only the unfinished QoS 2 messages and this one count.
            check_receive_maximum(connected, connected.unreleased.len() + 1)?;
            let puback = ControlPacket::Puback(Acknowledgement::success(packet_id));
            // What cannot be acknowledged is not taken over: the Server will send it again.
            let sent = self.transmit(&puback, now);
            return Ok(if sent { delivery } else { Delivery::None });
        }
        if !connected.unreleased.contains(packet_id) {
            check_receive_maximum(connected, connected.unreleased.len() + 1)?;
            connected.unreleased.insert(packet_id);
        }
        let pubrec = ControlPacket::Pubrec(Acknowledgement::success(packet_id));
        let new = self.transmit(&pubrec, now) && self.session.awaiting_pubrel.insert(packet_id);
        Ok(if new { delivery } else { Delivery::None })
    }

    fn on_pubrel(&mut self, packet_id: PacketId, now: Instant) {
        if let State::Connected(connected) = &mut self.state {
            connected.unreleased.remove(packet_id);
        }
        let known = self.session.awaiting_pubrel.remove(packet_id);
        let reason_code = if known || !self.version().has_properties() {
            ReasonCode::Success
        } else {
            ReasonCode::PacketIdentifierNotFound
        };
        let pubcomp = Acknowledgement::with_reason(packet_id, reason_code);
        self.transmit(&ControlPacket::Pubcomp(pubcomp), now);
    }

    fn on_disconnect(&mut self, disconnect: &Disconnect<'_>, now: Instant) {
        let reason = CloseReason::ByServer {
            reason_code: disconnect.reason_code,
            reason_string: disconnect.reason_string.map(str::to_owned),
            server_reference: disconnect.server_reference.map(str::to_owned),
        };
        self.close(reason, now);
    }

    /// A Client that asked for no problem information gets none, except in CONNACK, PUBLISH and
    /// DISCONNECT [MQTT-3.1.2-29].
    pub(super) const fn check_explanation(
        &self,
        packet: ControlPacketType,
        reason_string: Option<&str>,
        no_user_properties: bool,
    ) -> Result<(), Violation> {
        if matches!(self.options.request_problem_information, Some(false))
            && (reason_string.is_some() || !no_user_properties)
        {
            return Err(Violation::ProblemInformationUnasked { packet });
        }
        Ok(())
    }

    fn delivered<'a>(
        &'a self,
        packet: &ControlPacket<'a>,
        delivery: Delivery,
    ) -> Option<Delivered<'a>> {
        let ControlPacket::Publish(publish) = packet else {
            return None;
        };
        let topic = match delivery {
            Delivery::None => return None,
            Delivery::Named => publish.topic?,
            Delivery::Aliased(alias) => match &self.state {
                State::Connected(connected) => connected.incoming_aliases.name(alias)?,
                _ => return None,
            },
        };
        Some(Delivered {
            topic,
            payload: publish.payload,
            qos: publish.qos,
            retain: publish.retain,
            dup: publish.dup,
            packet_id: publish.packet_id,
        })
    }
}

/// Takes a Topic Alias in: one with a name is defined anew, one without must have a name.
fn resolve_alias(
    connected: &mut Connected,
    publish: &Publish<'_>,
    maximum_bytes: usize,
) -> Result<Delivery, Violation> {
    let Some(alias) = publish.properties.topic_alias else {
        return Ok(Delivery::Named);
    };
    let aliases = &mut connected.incoming_aliases;
    if !aliases.allows(alias) {
        return Err(Violation::TopicAliasTooLarge {
            alias: alias.get(),
            maximum: aliases.maximum(),
        });
    }
    match publish.topic {
        Some(name) => {
            aliases.define(alias, name);
            let bytes = aliases.bytes();
            if bytes > maximum_bytes {
                return Err(Violation::TopicAliasBytes {
                    bytes,
                    maximum: maximum_bytes,
                });
            }
            Ok(Delivery::Named)
        }
        None if aliases.name(alias).is_some() => Ok(Delivery::Aliased(alias)),
        None => Err(Violation::TopicAliasUnknown { alias: alias.get() }),
    }
}

fn check_receive_maximum(connected: &Connected, received: usize) -> Result<(), Violation> {
    let maximum = connected.negotiated.client.receive_maximum;
    // Before 5.0 only the number of Packet Identifiers is a limit.
    let is_limited = connected.negotiated.protocol_version.has_properties();
    if is_limited && received > usize::from(maximum) {
        return Err(Violation::ReceiveMaximumExceeded { received, maximum });
    }
    Ok(())
}
