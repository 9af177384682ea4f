//! Packets to one Client.

use super::event::ClosedCause;
use super::machine::Machine;
use super::outbox::OUTPUT_COST;
use crate::codec::{
    Acknowledgement, ControlPacket, ControlPacketType, PacketId, ProtocolVersion, ReasonCode,
    encode,
};

impl Machine {
    /// Sends an answer that the Client waits for. Where it is above the Client's Maximum Packet
    /// Size it must not be sent [MQTT-3.1.2-24], and the protocol cannot go on without it: the
    /// connection is closed then.
    pub(super) fn answer(&mut self, place: u32, packet: &ControlPacket<'_>) {
        if self.try_answer(place, packet) {
            return;
        }
        if let Some(connection) = self.connections.at(place) {
            let reason = ReasonCode::ImplementationSpecificError;
            let doomed = (connection.id, ClosedCause::PacketTooLarge, reason);
            self.doomed.push(doomed);
        }
    }

    /// Sends a packet unless it is above the Client's limit; whether it could.
    pub(super) fn try_answer(&mut self, place: u32, packet: &ControlPacket<'_>) -> bool {
        let Some(connection) = self.connections.at(place) else {
            return true;
        };
        let Some(connected) = &connection.connected else {
            return true;
        };
        let mut bytes = Vec::new();
        let written = encode(packet, connected.version, &mut bytes);
        debug_assert!(written.is_ok(), "{packet:?} does not encode: {written:?}");
        if bytes.len() > connected.client_maximum_packet_size as usize {
            return false;
        }
        self.transmit(place, bytes);
        true
    }

    /// Sends PUBACK, PUBREC, PUBREL or PUBCOMP, in words too where the Client wants them and they
    /// fit.
    pub(super) fn acknowledge(
        &mut self,
        place: u32,
        kind: ControlPacketType,
        packet_id: PacketId,
        reason_code: ReasonCode,
    ) {
        let words = self.words(place, reason_code);
        let (reason_code, words) = match self.version(place) {
            ProtocolVersion::V5_0 => (reason_code, words),
            _ => (ReasonCode::Success, None),
        };
        let packet = |reason_string| {
            let body = Acknowledgement {
                reason_string,
                ..Acknowledgement::with_reason(packet_id, reason_code)
            };
            match kind {
                ControlPacketType::Puback => ControlPacket::Puback(body),
                ControlPacketType::Pubrec => ControlPacket::Pubrec(body),
                ControlPacketType::Pubrel => ControlPacket::Pubrel(body),
                _ => ControlPacket::Pubcomp(body),
            }
        };
        if words.is_none() || !self.try_answer(place, &packet(words)) {
            self.answer(place, &packet(None));
        }
    }

    /// What a Reason String says about a failure, where one may be sent.
    pub(super) fn words(&self, place: u32, reason_code: ReasonCode) -> Option<&'static str> {
        let connected = self.connections.at(place)?.connected.as_ref()?;
        let may = self.options.reason_strings
            && connected.problem_information
            && connected.version.has_properties()
            && reason_code.is_error();
        may.then(|| reason_code.name())
    }

    pub(super) fn version(&self, place: u32) -> ProtocolVersion {
        let connection = self.connections.at(place);
        connection
            .and_then(|connection| connection.connected.as_ref())
            .map_or(ProtocolVersion::default(), |connected| connected.version)
    }

    /// Hands a whole packet to the transport.
    pub(super) fn transmit(&mut self, place: u32, bytes: Vec<u8>) {
        let Some(connection) = self.connections.at_mut(place) else {
            return;
        };
        let length = bytes.len();
        let is_publish = bytes.first().is_some_and(|first| first >> 4 == 3);
        connection.bytes_sent += length as u64;
        connection.messages_sent += u64::from(is_publish);
        self.counters.bytes_sent += length as u64;
        self.counters.packets_sent += 1;
        self.counters.publish_sent += u64::from(is_publish);
        if connection.congested {
            connection.unsent_bytes += length + OUTPUT_COST;
            // Answers go on while messages wait; but not for ever to one who never reads.
            if connection.unsent_bytes > self.options.maximum_queued_bytes {
                let reason = ReasonCode::QuotaExceeded;
                let doomed = (connection.id, ClosedCause::NotReading, reason);
                if self.doomed.last() != Some(&doomed) {
                    self.doomed.push(doomed);
                }
            }
        }
        self.outbox.transmit(connection.id, bytes);
    }
}
