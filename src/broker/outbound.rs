//! Acknowledgements from a Client: QoS 1 and 2 as the sender (section 4.3).
//!
//! ```text
//!             PUBLISH (QoS 1)                       PUBLISH (QoS 2)
//!                  |                                     |
//!          AwaitingPuback                         AwaitingPubrec --PUBREC >= 0x80--> refused
//!            |        |                                  | PUBREC
//!   PUBACK < 0x80  PUBACK >= 0x80                        | PUBREL
//!            |        |                           AwaitingPubcomp <-+
//!        complete   refused                           |      |      | PUBREC again: PUBREL again
//!                                                  PUBCOMP   +------+
//!                                                     |
//!                                                  complete
//! ```
//!
//! Every other acknowledgement of an exchange breaks the protocol. One of no exchange is late or
//! repeated, and is passed over; but a PUBREC is answered, so that the Client can finish.

use super::event::{DropReason, Event, InflightState, Violation};
use super::machine::Machine;
use super::session::Step;
use crate::codec::{ControlPacketType, PacketId, ReasonCode};
use crate::time::Instant;

impl Machine {
    pub(super) fn on_acknowledgement(
        &mut self,
        place: u32,
        kind: ControlPacketType,
        packet_id: PacketId,
        reason_code: ReasonCode,
        now: Instant,
    ) -> Result<(), Violation> {
        let Some(connected) = self.connected_mut(place) else {
            return Ok(());
        };
        let key = connected.session;
        let Some(session) = self.sessions.at_mut(key.value()) else {
            return Ok(());
        };
        let Some(exchange) = session.exchanges.at(packet_id) else {
            if kind == ControlPacketType::Pubrec && !reason_code.is_error() {
                let unknown = ReasonCode::PacketIdentifierNotFound;
                self.acknowledge(place, ControlPacketType::Pubrel, packet_id, unknown);
            }
            return Ok(());
        };
        let Some(step) = exchange.state.step(kind, reason_code) else {
            return Err(Violation::WrongAcknowledgement {
                packet: kind,
                packet_id,
            });
        };
        let client_id = session.client_id.clone();
        if step == Step::Release {
            let is_first = session.exchanges.release(packet_id);
            if is_first {
                self.outbox.event(|| Event::Inflight {
                    client_id,
                    packet_id,
                    state: InflightState::AwaitingPubcomp,
                });
            }
            let success = ReasonCode::Success;
            self.acknowledge(place, ControlPacketType::Pubrel, packet_id, success);
            return Ok(());
        }
        let Some(ended) = session.exchanges.end(packet_id) else {
            return Ok(());
        };
        session.packet_ids.release(packet_id);
        if step == Step::Refused
            && let Some(delivery) = &ended.delivery
        {
            self.counters.dropped += 1;
            self.outbox.event(|| Event::Dropped {
                client_id: client_id.clone(),
                topic: delivery.message.topic().clone(),
                qos: delivery.qos,
                reason: DropReason::RefusedByClient(reason_code),
            });
        }
        self.outbox.event(|| Event::Inflight {
            client_id,
            packet_id,
            state: InflightState::Complete,
        });
        if let Some(connected) = self.connected_mut(place)
            && ended.counted
        {
            connected.unacknowledged = connected.unacknowledged.saturating_sub(1);
        }
        self.pump(key, now);
        Ok(())
    }
}
