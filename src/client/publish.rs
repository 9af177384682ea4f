//! Publishing: local checks, flow control, and the Client's side of QoS 1 and 2.

use core::time::Duration;

use super::close_reason::Violation;
use super::error::PublishError;
use super::event::{Event, PublishState, PublishToken};
use super::machine::Machine;
use super::negotiated::ServerLimits;
use super::options::PublishRequest;
use super::outbound::{Acknowledged, Outbound, Step};
use super::state::{Connected, State};
use super::timer::Timer;
use super::waiting::Waiting;
use crate::codec::{
    Acknowledgement, AliasUse, ControlPacket, ControlPacketType, PacketId, ProtocolVersion,
    Publish, PublishProperties, Qos, ReasonCode, TopicName, decode, encode, encoded_len,
};
use crate::time::Instant;

impl Machine {
    pub(super) fn publish(
        &mut self,
        request: PublishRequest<'_>,
        now: Instant,
    ) -> Result<PublishToken, PublishError> {
        let State::Connected(connected) = &self.state else {
            return Err(PublishError::NotConnected);
        };
        let version = self.version();
        check(&request, version, &connected.negotiated.server)?;
        let qos = request.qos;
        let packet = encode_publish(request, version, &connected.negotiated.server)?;
        let quota = self.has_quota(connected);
        let waits = self.congested
            || self.is_pausing()
            || self.waiting.has_before(qos)
            || (qos != Qos::AtMostOnce && !quota);
        self.check_room(packet.len(), qos, waits)?;

        let token = PublishToken(self.take_token());
        let message = Waiting { token, qos, packet };
        if waits {
            self.waiting.push(message);
            self.progress(token, None, PublishState::Waiting);
        } else {
            self.send(message, now);
        }
        Ok(token)
    }

    /// Every message that is kept, waiting or for sending again, is counted.
    fn check_room(&self, size: usize, qos: Qos, waits: bool) -> Result<(), PublishError> {
        if waits && self.waiting.len() >= self.limits.waiting_messages {
            return Err(PublishError::TooManyWaiting {
                waiting: self.waiting.len(),
                maximum: self.limits.waiting_messages,
            });
        }
        let bytes = self.waiting.bytes() + self.session.outbound.bytes() + size;
        if (waits || qos != Qos::AtMostOnce) && bytes > self.limits.kept_bytes {
            return Err(PublishError::TooManyBytes {
                bytes,
                maximum: self.limits.kept_bytes,
            });
        }
        Ok(())
    }

    /// Whether a new QoS 1 or 2 message may go out: the Server takes one more [MQTT-4.9.0-2], a
    /// Packet Identifier is free, and nothing of the resumed session is before it.
    fn has_quota(&self, connected: &Connected) -> bool {
        connected.quota > 0 && connected.resend.is_empty() && !self.session.packet_ids.exhausted()
    }

    /// Whether the transport is being given time to say that it is congested.
    const fn is_pausing(&self) -> bool {
        self.outbox.timers.deadline(Timer::Drain).is_some()
    }

    /// Sends what may go out now, the resumed session's messages first. Not more than a burst at
    /// once: the rest follows when its timer fires.
    pub(super) fn drain(&mut self, now: Instant) {
        if self.is_pausing() {
            return;
        }
        let burst = self.outbox.transmitted + self.limits.burst_bytes as u64;
        loop {
            let State::Connected(connected) = &mut self.state else {
                return;
            };
            if self.congested || (self.waiting.is_empty() && connected.resend.is_empty()) {
                return;
            }
            if self.outbox.transmitted >= burst {
                self.outbox.timers.set(Timer::Drain, now + PAUSE);
                return;
            }
            if connected.quota > 0
                && let Some(packet_id) = connected.resend.pop_front()
            {
                self.send_again(packet_id, now);
                continue;
            }
            let connected = &*connected;
            let quota = connected.quota > 0
                && connected.resend.is_empty()
                && !self.session.packet_ids.exhausted();
            let Some(message) = self.waiting.pop(quota) else {
                return;
            };
            // It may have been accepted on an earlier connection with other limits.
            match check_again(&message.packet, &connected.negotiated.server) {
                Ok(()) => self.send(message, now),
                Err(error) => self.progress(message.token, None, PublishState::Abandoned(error)),
            }
        }
    }

    fn send(&mut self, message: Waiting, now: Instant) {
        let Waiting {
            token,
            qos,
            mut packet,
        } = message;
        let State::Connected(connected) = &mut self.state else {
            return;
        };
        let state = match qos {
            Qos::AtMostOnce => {
                let packet = with_alias(connected, &packet).unwrap_or(packet);
                self.outbox.transmit(packet, now);
                self.progress(token, None, PublishState::Sent);
                return;
            }
            Qos::AtLeastOnce => Outbound::AwaitingPuback,
            Qos::ExactlyOnce => Outbound::AwaitingPubrec,
        };
        let Some(packet_id) = self.session.packet_ids.allocate() else {
            // Whoever calls has seen that one is free.
            self.waiting.push(Waiting { token, qos, packet });
            return;
        };
        set_packet_id(&mut packet, packet_id);
        connected.quota -= 1;
        let sent = with_alias(connected, &packet).unwrap_or_else(|| packet.clone());
        self.session.outbound.begin(packet_id, token, state, packet);
        self.outbox.transmit(sent, now);
        self.progress(token, Some(packet_id), state.into());
    }

    /// Sends a PUBLISH of the resumed session again, with DUP, its identifier and its full Topic
    /// Name [MQTT-3.3.1-1, MQTT-4.4.0-1].
    fn send_again(&mut self, packet_id: PacketId, now: Instant) {
        let State::Connected(connected) = &mut self.state else {
            return;
        };
        let Some(exchange) = self.session.outbound.get(packet_id) else {
            return;
        };
        if exchange.state == Outbound::AwaitingPubcomp {
            // PUBREC has come meanwhile: no PUBLISH after PUBREL [MQTT-4.3.3-6].
            return;
        }
        if let Err(error) = check_again(&exchange.packet, &connected.negotiated.server) {
            let token = exchange.token;
            self.session.outbound.abandon(packet_id);
            self.session.packet_ids.release(packet_id);
            self.progress(token, Some(packet_id), PublishState::Abandoned(error));
            return;
        }
        let mut packet = exchange.packet.clone();
        if let Some(first) = packet.first_mut() {
            *first |= DUP;
        }
        connected.quota -= 1;
        self.session.outbound.count(packet_id);
        self.outbox.transmit(packet, now);
    }

    /// PUBACK, PUBREC or PUBCOMP.
    pub(super) fn on_acknowledgement(
        &mut self,
        kind: ControlPacketType,
        acknowledgement: &Acknowledgement<'_>,
        now: Instant,
    ) -> Result<(), Violation> {
        let &Acknowledgement {
            packet_id,
            reason_code,
            reason_string,
            ..
        } = acknowledgement;
        let outbound = &mut self.session.outbound;
        match outbound.acknowledge(packet_id, kind, reason_code) {
            Acknowledged::Unknown => {
                if self.answers_by_hand(kind, packet_id, reason_code) {
                    self.drain(now);
                    return Ok(());
                }
                if kind == ControlPacketType::Pubrec && !reason_code.is_error() {
                    self.release_unknown(packet_id, now);
                }
            }
            Acknowledged::Wrong { .. } if self.answers_by_hand(kind, packet_id, reason_code) => {}
            Acknowledged::Wrong { state } => {
                return Err(Violation::wrong_acknowledgement(kind, packet_id, state));
            }
            Acknowledged::Moved {
                token,
                step,
                frees_quota,
            } => {
                if let State::Connected(connected) = &mut self.state
                    && frees_quota
                {
                    connected.quota += 1;
                }
                let state = match step {
                    Step::Release | Step::ReleaseAgain => {
                        let pubrel = ControlPacket::Pubrel(Acknowledgement::success(packet_id));
                        self.transmit(&pubrel, now);
                        if step == Step::ReleaseAgain {
                            return Ok(());
                        }
                        PublishState::AwaitingPubcomp
                    }
                    Step::Complete => PublishState::Complete { reason_code },
                    Step::Refused => PublishState::Refused {
                        reason_code,
                        reason_string: reason_string.map(str::to_owned),
                    },
                };
                if state.is_final() {
                    self.session.packet_ids.release(packet_id);
                }
                self.progress(token, Some(packet_id), state);
                self.drain(now);
            }
        }
        Ok(())
    }

    /// Lets the Server end an exchange this Client knows nothing of: in 5.0 it is told so, before
    /// it gets the PUBREL it waits for (section 4.3.3).
    fn release_unknown(&mut self, packet_id: PacketId, now: Instant) {
        let reason_code = if self.version().has_properties() {
            ReasonCode::PacketIdentifierNotFound
        } else {
            ReasonCode::Success
        };
        let pubrel = Acknowledgement::with_reason(packet_id, reason_code);
        self.transmit(&ControlPacket::Pubrel(pubrel), now);
    }

    fn progress(&mut self, token: PublishToken, packet_id: Option<PacketId>, state: PublishState) {
        self.outbox.event(Event::Publish {
            token,
            packet_id,
            state,
        });
    }
}

impl From<Outbound> for PublishState {
    fn from(outbound: Outbound) -> Self {
        match outbound {
            Outbound::AwaitingPuback => Self::AwaitingPuback,
            Outbound::AwaitingPubrec => Self::AwaitingPubrec,
            Outbound::AwaitingPubcomp => Self::AwaitingPubcomp,
        }
    }
}

/// How long the transport has between two bursts.
const PAUSE: Duration = Duration::from_millis(1);

/// DUP, in the first byte of PUBLISH.
const DUP: u8 = 0x08;

fn check(
    request: &PublishRequest<'_>,
    version: ProtocolVersion,
    server: &ServerLimits,
) -> Result<(), PublishError> {
    if request.properties.topic_alias.is_some() {
        return Err(PublishError::TopicAliasIsAutomatic);
    }
    if !request.properties.subscription_identifiers.is_empty() {
        return Err(PublishError::SubscriptionIdentifier);
    }
    if !version.has_properties() && request.properties != PublishProperties::default() {
        return Err(PublishError::NeedsVersion5);
    }
    check_features(request.qos, request.retain, server)
}

fn check_features(qos: Qos, retain: bool, server: &ServerLimits) -> Result<(), PublishError> {
    if qos > server.maximum_qos {
        return Err(PublishError::QosNotSupported {
            qos,
            maximum: server.maximum_qos,
        });
    }
    if retain && !server.retain_available {
        return Err(PublishError::RetainNotAvailable);
    }
    Ok(())
}

/// Whether the limits of this connection let a packet of an earlier one go out.
fn check_again(packet: &[u8], server: &ServerLimits) -> Result<(), PublishError> {
    let first = packet.first().copied().unwrap_or_default();
    let qos = Qos::from_u8(first >> 1 & 3).unwrap_or_default();
    check_features(qos, first & 1 == 1, server)?;
    check_size(packet.len(), server)
}

fn check_size(size: usize, server: &ServerLimits) -> Result<(), PublishError> {
    let maximum = server.largest_packet();
    if size > maximum {
        return Err(PublishError::PacketTooLarge { size, maximum });
    }
    Ok(())
}

/// The PUBLISH with its full Topic Name; at QoS 1 and 2 the Packet Identifier is filled in when it
/// is sent.
fn encode_publish(
    request: PublishRequest<'_>,
    version: ProtocolVersion,
    server: &ServerLimits,
) -> Result<Vec<u8>, PublishError> {
    let publish = Publish {
        dup: false,
        qos: request.qos,
        retain: request.retain,
        topic: Some(TopicName::parse(request.topic).map_err(PublishError::Topic)?),
        packet_id: (request.qos != Qos::AtMostOnce).then_some(PacketId::MIN),
        properties: request.properties,
        payload: request.payload,
    };
    // Far above any limit, the sizes alone tell; nothing is copied for a message that is refused.
    check_size(publish.payload.len(), server)?;
    let publish = ControlPacket::Publish(publish);
    let size = encoded_len(&publish, version).map_err(PublishError::Encode)?;
    check_size(size, server)?;
    let mut packet = Vec::with_capacity(size);
    encode(&publish, version, &mut packet).map_err(PublishError::Encode)?;
    Ok(packet)
}

/// Writes the Packet Identifier into an encoded PUBLISH of QoS 1 or 2: behind the fixed header and
/// the Topic Name.
fn set_packet_id(packet: &mut [u8], packet_id: PacketId) {
    let header = 2 + packet
        .iter()
        .skip(1)
        .take_while(|&&byte| byte >= 0x80)
        .count();
    let topic = match packet.get(header..header + 2) {
        Some(&[high, low]) => usize::from(u16::from_be_bytes([high, low])),
        _ => return,
    };
    let offset = header + 2 + topic;
    if let Some(field) = packet.get_mut(offset..offset + 2) {
        field.copy_from_slice(&packet_id.value().to_be_bytes());
    }
}

/// The same PUBLISH with a Topic Alias, if there is one for its Topic Name and it still fits.
fn with_alias(connected: &mut Connected, packet: &[u8]) -> Option<Vec<u8>> {
    let aliases = &mut connected.outgoing_aliases;
    if aliases.is_off() {
        return None;
    }
    let ControlPacket::Publish(mut publish) = decode(packet, ProtocolVersion::V5_0).ok()? else {
        return None;
    };
    let name = publish.topic?;
    let choice = aliases.choose(name);
    match choice {
        AliasUse::None => return None,
        AliasUse::Define(alias) => publish.properties.topic_alias = Some(alias),
        AliasUse::Use(alias) => {
            publish.properties.topic_alias = Some(alias);
            publish.topic = None;
        }
    }
    let mut aliased = Vec::with_capacity(packet.len() + 3);
    encode(
        &ControlPacket::Publish(publish),
        ProtocolVersion::V5_0,
        &mut aliased,
    )
    .ok()?;
    if aliased.len() > connected.negotiated.server.largest_packet() {
        return None;
    }
    if let AliasUse::Define(alias) = choice {
        aliases.define(alias, name);
    }
    Some(aliased)
}
