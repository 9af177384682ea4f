//! One message at QoS 0, 1 and 2, beside each other.

use crate::codec::{ControlPacketType, Qos};
use crate::lab::Lab;
use crate::lab::trace::{Direction, Record, Sequence};

use super::{Carrier, Cost, PacketCost};
use crate::lab::wire::HandshakeKind;

/// A packet of a handshake with its cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeStepCost {
    /// Its type; `None` for a reserved one.
    pub packet_type: Option<ControlPacketType>,
    /// Its cost.
    pub cost: PacketCost,
    /// The record, where this packet has been sent or received: then its length is measured.
    pub sequence: Option<Sequence>,
}

/// What a message costs at one QoS, on one hop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QosCost {
    /// The QoS.
    pub qos: Qos,
    /// The packets, in their order.
    pub steps: Vec<HandshakeStepCost>,
    /// All of them together.
    pub cost: Cost,
    /// Whether all of them stand in the trace. Otherwise this is what they would be.
    pub is_measured: bool,
}

/// The same message at each QoS. One of them is what really happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QosComparison {
    /// The PUBLISH it starts from.
    pub publish: Sequence,
    /// Its topic.
    pub topic: String,
    /// Bytes of its payload.
    pub payload: u64,
    /// QoS 0, 1 and 2.
    pub columns: [QosCost; 3],
}

/// An acknowledgement of QoS 1 or 2 without a Reason Code: fixed header and Packet Identifier.
const ACKNOWLEDGEMENT: u64 = 4;

impl Lab {
    /// What the handshake of a packet costs, all its packets at the client's end together; `None` where it has only that
    /// one.
    pub fn handshake_cost(
        &self,
        packet: Sequence,
        carrier: Carrier,
    ) -> Option<(HandshakeKind, Cost)> {
        let handshake = self.handshake(packet)?;
        let records = handshake
            .packets
            .iter()
            .filter_map(|at| self.trace().get(*at));
        let costs = records.filter_map(|record| PacketCost::of(&record, carrier));
        let cost: Cost = costs.map(|cost| cost.cost()).sum();
        (cost.packets > 1).then_some((handshake.kind, cost))
    }

    /// One message at QoS 0, 1 and 2; `handshake` are the records of what really happened. `None` where
    /// no PUBLISH is among them.
    pub fn compare_qos(&self, handshake: &[Sequence], carrier: Carrier) -> Option<QosComparison> {
        let records = || handshake.iter().filter_map(|at| self.trace().get(*at));
        let publish = records().find(|record| {
            record.packet_type() == Some(ControlPacketType::Publish) && !record.malformed()
        })?;
        let real = publish.qos()?;
        let steps: Vec<_> = records()
            .filter_map(|record| {
                Some(HandshakeStepCost {
                    packet_type: record.packet_type(),
                    cost: PacketCost::of(&record, carrier)?,
                    sequence: Some(record.sequence()),
                })
            })
            .collect();
        let would_be = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce]
            .map(|qos| column(qos, would_be_steps(&publish, real, qos, carrier)));
        let is_whole = would_be.iter().any(|column| {
            column.qos == real
                && column
                    .steps
                    .iter()
                    .all(|step| has(&steps, step.packet_type))
        });
        let columns = would_be.map(|column_of| match column_of.qos == real && is_whole {
            true => column(real, steps.clone()),
            false => column_of,
        });
        Some(QosComparison {
            publish: publish.sequence(),
            topic: publish.topic().unwrap_or_default().to_owned(),
            payload: publish.payload().map_or(0, <[u8]>::len) as u64,
            columns,
        })
    }
}

fn has(steps: &[HandshakeStepCost], packet_type: Option<ControlPacketType>) -> bool {
    steps.iter().any(|step| step.packet_type == packet_type)
}

fn column(qos: Qos, steps: Vec<HandshakeStepCost>) -> QosCost {
    QosCost {
        qos,
        cost: steps.iter().map(|step| step.cost.cost()).sum(),
        is_measured: steps.iter().all(|step| step.sequence.is_some()),
        steps,
    }
}

/// The packets that carry the message of `publish`, sent with `real`, at `qos`.
fn would_be_steps(
    publish: &Record<'_>,
    real: Qos,
    qos: Qos,
    carrier: Carrier,
) -> Vec<HandshakeStepCost> {
    use ControlPacketType as Type;
    let there = publish.direction().unwrap_or(Direction::Sent);
    let back = match there {
        Direction::Sent => Direction::Received,
        Direction::Received => Direction::Sent,
    };
    let acknowledgements: &[(Type, Direction)] = match qos {
        Qos::AtMostOnce => &[],
        Qos::AtLeastOnce => &[(Type::Puback, back)],
        Qos::ExactlyOnce => &[
            (Type::Pubrec, back),
            (Type::Pubrel, there),
            (Type::Pubcomp, back),
        ],
    };
    let length = publish_length(publish.raw(), real, qos);
    let first = (Type::Publish, there, length);
    let rest = acknowledgements
        .iter()
        .map(|&(packet_type, way)| (packet_type, way, ACKNOWLEDGEMENT));
    core::iter::once(first)
        .chain(rest)
        .map(|(packet_type, way, length)| {
            let is_real = packet_type == Type::Publish && qos == real;
            HandshakeStepCost {
                packet_type: Some(packet_type),
                cost: PacketCost::new(Some(packet_type), Some(qos), way, length, carrier),
                sequence: is_real.then(|| publish.sequence()),
            }
        })
        .collect()
}

/// How long a PUBLISH of `real` is when it is sent at `qos`: two bytes differ, its Packet Identifier, and
/// with them perhaps the length of Remaining Length.
fn publish_length(raw: &[u8], real: Qos, qos: Qos) -> u64 {
    let length_bytes = raw.iter().skip(1).take_while(|byte| **byte >= 0x80).count() + 1;
    let body = raw.len().saturating_sub(1 + length_bytes) as u64;
    let identifier = |qos: Qos| if qos == Qos::AtMostOnce { 0 } else { 2 };
    let body = body.saturating_sub(identifier(real)) + identifier(qos);
    let length_bytes = match body {
        0..=127 => 1,
        128..=16_383 => 2,
        16_384..=2_097_151 => 3,
        _ => 4,
    };
    1 + length_bytes + body
}
