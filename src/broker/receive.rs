//! One Control Packet from a Client: what it means in the state the connection is in.

use super::event::{ClosedCause, Violation};
use super::input::ConnectionId;
use super::machine::Machine;
use crate::codec::{
    ControlPacket, ControlPacketType, DecodeError, IncomingAliases, Peer, ReasonCode, decode,
};
use crate::time::Instant;

impl Machine {
    /// Handles bytes, in pieces of any size.
    pub(super) fn receive(&mut self, id: ConnectionId, bytes: &[u8], now: Instant) {
        let Some(&place) = self.connection_places.get(&id) else {
            return;
        };
        let Some(connection) = self.connections.at_mut(place) else {
            return;
        };
        connection.bytes_received += bytes.len() as u64;
        self.counters.bytes_received += bytes.len() as u64;
        let mut stream = core::mem::take(&mut connection.stream);
        let mut input = bytes;
        loop {
            match stream.splitter.next(&mut input) {
                Ok(Some(raw)) => self.handle_packet(place, raw, &mut stream.aliases, now),
                Ok(None) => break,
                Err(error) => {
                    self.handle_malformed(place, error, &[], now);
                    return;
                }
            }
            // What follows a packet that ended the connection is not looked at [MQTT-3.14.4-1].
            if self.connection_places.get(&id) != Some(&place)
                || self.doomed.iter().any(|&(doomed, ..)| doomed == id)
            {
                return;
            }
        }
        if let Some(connection) = self.connections.at_mut(place) {
            connection.stream = stream;
        }
    }

    fn handle_packet(
        &mut self,
        place: u32,
        raw: &[u8],
        aliases: &mut IncomingAliases,
        now: Instant,
    ) {
        self.counters.packets_received += 1;
        let Some(connection) = self.connections.at_mut(place) else {
            return;
        };
        let Some(connected) = &mut connection.connected else {
            self.handle_first_packet(place, raw, aliases, now);
            return;
        };
        connected.last_heard = now;
        let packet = match decode(raw, connected.version) {
            Ok(packet) => packet,
            Err(error) => {
                self.handle_malformed(place, error, raw, now);
                return;
            }
        };
        let version = connected.version;
        let checked = packet.check_sender(Peer::Client, version);
        let result = match checked {
            Ok(()) => self.on_packet(place, &packet, aliases, now),
            // A Server takes no CONNECT twice, whoever may send it.
            Err(error) => Err(Violation::WrongDirection(error)),
        };
        if let Err(violation) = result {
            self.violate(place, violation, now);
        }
    }

    fn on_packet(
        &mut self,
        place: u32,
        packet: &ControlPacket<'_>,
        aliases: &mut IncomingAliases,
        now: Instant,
    ) -> Result<(), Violation> {
        match packet {
            ControlPacket::Publish(publish) => self.on_publish(place, publish, aliases, now),
            ControlPacket::Puback(a) | ControlPacket::Pubrec(a) | ControlPacket::Pubcomp(a) => {
                let kind = packet.packet_type();
                self.on_acknowledgement(place, kind, a.packet_id, a.reason_code, now)
            }
            ControlPacket::Pubrel(pubrel) => {
                self.on_pubrel(place, pubrel.packet_id);
                Ok(())
            }
            ControlPacket::Subscribe(subscribe) => self.on_subscribe(place, subscribe, now),
            ControlPacket::Unsubscribe(unsubscribe) => {
                self.on_unsubscribe(place, unsubscribe);
                Ok(())
            }
            ControlPacket::Pingreq => {
                self.answer(place, &ControlPacket::Pingresp);
                Ok(())
            }
            ControlPacket::Disconnect(disconnect) => self.on_disconnect(place, disconnect, now),
            ControlPacket::Connect(_) => Err(Violation::SecondConnect),
            // No CONNECT with an Authentication Method is accepted here, so none may follow.
            ControlPacket::Auth(_)
            | ControlPacket::Connack(_)
            | ControlPacket::Suback(_)
            | ControlPacket::Unsuback(_)
            | ControlPacket::Pingresp => Err(Violation::UnexpectedPacket(packet.packet_type())),
        }
    }

    /// Bytes that are no packet. One that does not belong here at all, such as a second CONNECT, is
    /// that first, whatever else is wrong with it.
    fn handle_malformed(&mut self, place: u32, error: DecodeError, raw: &[u8], now: Instant) {
        let Some(connection) = self.connections.at(place) else {
            return;
        };
        if connection.connected.is_none() {
            self.refuse_malformed(place, error, raw, now);
            return;
        }
        let reason = match error.packet {
            Some(ControlPacketType::Connect | ControlPacketType::Auth) => ReasonCode::ProtocolError,
            Some(packet) if !packet.sent_by_client() => ReasonCode::ProtocolError,
            _ => error.reason_code(),
        };
        self.close(place, ClosedCause::Malformed(error), Some(reason), now);
    }

    /// Ends a connection because the Client broke a rule (section 4.13).
    pub(super) fn violate(&mut self, place: u32, violation: Violation, now: Instant) {
        let reason = violation.reason_code();
        self.close(place, ClosedCause::Violation(violation), Some(reason), now);
    }
}
