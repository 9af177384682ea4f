//! QoS 1 and 2 towards the Server: one exchange per Packet Identifier.
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
//! Every other acknowledgement of an exchange breaks the protocol (sections 4.3.2 and 4.3.3).

use std::collections::BTreeMap;

use super::event::PublishToken;
use super::ordered::in_order;
use crate::codec::{ControlPacketType, PacketId, ReasonCode};

/// What an exchange waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outbound {
    /// QoS 1: PUBLISH is sent.
    AwaitingPuback,
    /// QoS 2: PUBLISH is sent.
    AwaitingPubrec,
    /// QoS 2: PUBREL is sent; the PUBLISH must not be sent again [MQTT-4.3.3-6].
    AwaitingPubcomp,
}

/// What follows from an acknowledgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The exchange is over and the Server has the message.
    Complete,
    /// The exchange is over and the Server did not take the message.
    Refused,
    /// PUBREL goes out; the exchange goes on.
    Release,
    /// PUBREL goes out again; nothing has changed.
    ReleaseAgain,
}

impl Outbound {
    /// The packet type that ends this wait.
    pub const fn awaits(self) -> ControlPacketType {
        match self {
            Self::AwaitingPuback => ControlPacketType::Puback,
            Self::AwaitingPubrec => ControlPacketType::Pubrec,
            Self::AwaitingPubcomp => ControlPacketType::Pubcomp,
        }
    }

    /// The consequence of an acknowledgement; `None` where it breaks the protocol.
    fn step(self, acknowledgement: ControlPacketType, reason_code: ReasonCode) -> Option<Step> {
        use ControlPacketType::{Puback, Pubcomp, Pubrec};
        match (self, acknowledgement) {
            (Self::AwaitingPuback, Puback) | (Self::AwaitingPubrec, Pubrec)
                if reason_code.is_error() =>
            {
                Some(Step::Refused)
            }
            (Self::AwaitingPuback, Puback) | (Self::AwaitingPubcomp, Pubcomp) => {
                Some(Step::Complete)
            }
            // A repeated PUBREC is answered like the first, whatever it says: PUBREL is out, and
            // only PUBCOMP ends the exchange [MQTT-4.3.3-5].
            (Self::AwaitingPubcomp, Pubrec) => Some(Step::ReleaseAgain),
            (Self::AwaitingPubrec, Pubrec) => Some(Step::Release),
            _ => None,
        }
    }
}

/// One message the Server has not fully acknowledged.
#[derive(Clone, Debug)]
pub(super) struct Exchange {
    pub(super) token: PublishToken,
    pub(super) state: Outbound,
    /// The PUBLISH with its full Topic Name, to be sent again; empty once it is not needed.
    pub(super) packet: Vec<u8>,
    /// Whether it takes one place of the Server's Receive Maximum on this connection.
    pub(super) counted: bool,
    /// Position among the PUBLISHes, from PUBREC on among the PUBRELs [MQTT-4.6.0-1].
    order: u64,
}

/// The result of an acknowledgement for the exchange with its identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Acknowledged {
    /// No exchange has this identifier.
    Unknown,
    /// The exchange waits for another packet.
    Wrong { state: Outbound },
    /// The exchange has moved on; `frees_quota` once a place of the Receive Maximum is free.
    Moved {
        token: PublishToken,
        step: Step,
        frees_quota: bool,
    },
}

/// All exchanges of a session.
#[derive(Clone, Debug, Default)]
pub(super) struct OutboundExchanges {
    exchanges: BTreeMap<PacketId, Exchange>,
    bytes: usize,
    next_order: u64,
}

impl OutboundExchanges {
    pub(super) fn len(&self) -> usize {
        self.exchanges.len()
    }

    /// Bytes of packets kept for sending again.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (PacketId, &Exchange)> {
        self.exchanges.iter().map(|(&id, exchange)| (id, exchange))
    }

    /// Begins an exchange whose PUBLISH is being sent.
    pub(super) fn begin(
        &mut self,
        packet_id: PacketId,
        token: PublishToken,
        state: Outbound,
        packet: Vec<u8>,
    ) {
        self.bytes += packet.len();
        let order = self.take_order();
        self.exchanges.insert(
            packet_id,
            Exchange {
                token,
                state,
                packet,
                counted: true,
                order,
            },
        );
    }

    /// Takes an acknowledgement in. An exchange that is over is gone afterwards.
    pub(super) fn acknowledge(
        &mut self,
        packet_id: PacketId,
        acknowledgement: ControlPacketType,
        reason_code: ReasonCode,
    ) -> Acknowledged {
        let order = self.next_order;
        let Some(exchange) = self.exchanges.get_mut(&packet_id) else {
            return Acknowledged::Unknown;
        };
        let state = exchange.state;
        let Some(step) = state.step(acknowledgement, reason_code) else {
            return Acknowledged::Wrong { state };
        };
        let token = exchange.token;
        let mut frees_quota = false;
        match step {
            Step::Release => {
                self.bytes -= exchange.packet.len();
                exchange.packet = Vec::new();
                exchange.state = Outbound::AwaitingPubcomp;
                exchange.order = order;
                self.next_order += 1;
            }
            Step::ReleaseAgain => {}
            Step::Complete | Step::Refused => {
                frees_quota = exchange.counted;
                self.bytes -= exchange.packet.len();
                self.exchanges.remove(&packet_id);
            }
        }
        Acknowledged::Moved {
            token,
            step,
            frees_quota,
        }
    }

    /// What to send again on a resumed session: PUBRELs in the order of their PUBRECs, PUBLISHes
    /// in the order they were first sent [MQTT-4.6.0-1, MQTT-4.6.0-4]. Nothing counts against the
    /// new connection's Receive Maximum until it is sent.
    pub(super) fn begin_resume(&mut self) -> Resume {
        let mut order: Vec<(u64, PacketId, Outbound)> = Vec::with_capacity(self.exchanges.len());
        for (&packet_id, exchange) in &mut self.exchanges {
            exchange.counted = false;
            order.push((exchange.order, packet_id, exchange.state));
        }
        let mut resume = Resume::default();
        for (_, packet_id, state) in in_order(order, |&(order, ..)| order) {
            if state == Outbound::AwaitingPubcomp {
                resume.pubrels.push(packet_id);
            } else {
                resume.publishes.push(packet_id);
            }
        }
        resume
    }

    pub(super) fn get(&self, packet_id: PacketId) -> Option<&Exchange> {
        self.exchanges.get(&packet_id)
    }

    /// Marks an exchange as taking a place of the Receive Maximum of this connection.
    pub(super) fn count(&mut self, packet_id: PacketId) {
        if let Some(exchange) = self.exchanges.get_mut(&packet_id) {
            exchange.counted = true;
        }
    }

    /// Ends an exchange without an acknowledgement.
    pub(super) fn abandon(&mut self, packet_id: PacketId) -> Option<Exchange> {
        let exchange = self.exchanges.remove(&packet_id)?;
        self.bytes -= exchange.packet.len();
        Some(exchange)
    }

    /// Ends all exchanges; their identifiers and tokens in the order they were begun.
    pub(super) fn abandon_all(&mut self) -> Vec<(PacketId, PublishToken)> {
        self.bytes = 0;
        let exchanges = core::mem::take(&mut self.exchanges).into_iter();
        let all = exchanges.map(|(packet_id, exchange)| (packet_id, exchange.token));
        in_order(all.collect(), |(_, token)| token.value())
    }

    const fn take_order(&mut self) -> u64 {
        let order = self.next_order;
        self.next_order += 1;
        order
    }
}

/// What a resumed session sends again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Resume {
    pub(super) pubrels: Vec<PacketId>,
    pub(super) publishes: Vec<PacketId>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use ControlPacketType::{Puback, Pubcomp, Pubrec};

    fn id(value: u16) -> PacketId {
        PacketId::new(value).expect("not zero")
    }

    fn begin(exchanges: &mut OutboundExchanges, value: u16, state: Outbound) {
        let token = PublishToken(u64::from(value));
        exchanges.begin(id(value), token, state, vec![0; 10]);
    }

    #[test]
    fn every_acknowledgement_in_every_state() {
        use Outbound::{AwaitingPuback, AwaitingPubcomp, AwaitingPubrec};
        use Step::{Complete, Refused, Release, ReleaseAgain};
        for (state, packet, good, bad) in [
            (AwaitingPuback, Puback, Some(Complete), Some(Refused)),
            (AwaitingPuback, Pubrec, None, None),
            (AwaitingPuback, Pubcomp, None, None),
            (AwaitingPubrec, Puback, None, None),
            (AwaitingPubrec, Pubrec, Some(Release), Some(Refused)),
            (AwaitingPubrec, Pubcomp, None, None),
            (AwaitingPubcomp, Puback, None, None),
            (
                AwaitingPubcomp,
                Pubrec,
                Some(ReleaseAgain),
                Some(ReleaseAgain),
            ),
            (AwaitingPubcomp, Pubcomp, Some(Complete), Some(Complete)),
        ] {
            assert_eq!(state.step(packet, ReasonCode::Success), good);
            assert_eq!(state.step(packet, ReasonCode::QuotaExceeded), bad);
        }
    }

    #[test]
    fn the_payload_is_kept_until_pubrec() {
        let mut exchanges = OutboundExchanges::default();
        begin(&mut exchanges, 1, Outbound::AwaitingPubrec);
        begin(&mut exchanges, 2, Outbound::AwaitingPuback);
        assert_eq!(exchanges.bytes(), 20);
        exchanges.acknowledge(id(1), Pubrec, ReasonCode::Success);
        assert_eq!(exchanges.bytes(), 10);
        exchanges.acknowledge(id(2), Puback, ReasonCode::Success);
        exchanges.acknowledge(id(1), Pubcomp, ReasonCode::Success);
        assert_eq!((exchanges.bytes(), exchanges.len()), (0, 0));
        let unknown = exchanges.acknowledge(id(1), Pubcomp, ReasonCode::Success);
        assert_eq!(unknown, Acknowledged::Unknown);
    }

    #[test]
    fn mqtt_4_6_0_4_a_resume_keeps_both_orders_and_counts_nothing_yet() {
        let mut exchanges = OutboundExchanges::default();
        for value in [9, 3, 7, 5] {
            begin(&mut exchanges, value, Outbound::AwaitingPubrec);
        }
        exchanges.acknowledge(id(5), Pubrec, ReasonCode::Success);
        exchanges.acknowledge(id(9), Pubrec, ReasonCode::Success);
        let resume = exchanges.begin_resume();
        assert_eq!(resume.pubrels, [id(5), id(9)]);
        assert_eq!(resume.publishes, [id(3), id(7)]);
        let moved = exchanges.acknowledge(id(5), Pubcomp, ReasonCode::Success);
        assert!(matches!(
            moved,
            Acknowledged::Moved {
                frees_quota: false,
                ..
            }
        ));
        exchanges.count(id(3));
        exchanges.acknowledge(id(3), Pubrec, ReasonCode::Success);
        let moved = exchanges.acknowledge(id(3), Pubcomp, ReasonCode::Success);
        assert!(matches!(
            moved,
            Acknowledged::Moved {
                frees_quota: true,
                ..
            }
        ));
        let lost = exchanges.abandon_all();
        assert_eq!(
            lost.iter().map(|(id, _)| id.value()).collect::<Vec<_>>(),
            [7, 9]
        );
    }
}
