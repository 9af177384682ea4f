//! The byte meter: what a client's packets cost on the network, by direction and by type.
//!
//! MQTT bytes are measured: they are in the trace. WebSocket, TCP and IP are out of a page's sight, and
//! are computed from one model: every packet has a frame and a segment of its own; nothing is lost; TCP
//! has no options; what answers a packet carries the acknowledgement of it, and otherwise the receiver
//! sends one without data, as it does when packets are further apart than it waits. A browser may put
//! several packets into one segment, and a flood is acknowledged more seldom: then it is less.
//! Encryption, Ethernet, name look-up and compression are not counted.

mod cost;
mod qos;
#[cfg(test)]
mod tests;
mod words;

pub use cost::{
    CLOSING_FRAMES, Carrier, Cost, IPV4_HEADER, PacketCost, SEGMENT_MAXIMUM, TCP_HEADER, TCP_IP,
    UPGRADE,
};
pub use qos::{HandshakeStepCost, QosComparison, QosCost};
pub use words::MeterFigure;

use crate::codec::{ControlPacketType, ProtocolVersion};
use crate::lab::trace::{Direction, Note, Record, RecordKind, Sequence};
use crate::lab::{ClientKey, Lab};
use crate::time::Instant;

/// What each client's packets cost: a view of the trace, which follows it.
///
/// What has been read is kept, so the totals stay right when the trace drops old records.
#[derive(Clone, Debug, Default)]
pub struct Meter {
    carrier: Carrier,
    next: Sequence,
    clients: Vec<ClientMeter>,
}

/// The totals of one client since its link was opened last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMeter {
    /// Whose they are.
    pub client: ClientKey,
    /// When counting began: when the link was opened, or with the oldest packet that was still kept.
    pub since: Instant,
    /// Whether the link was opened before the oldest record that was still kept, so that these are the
    /// totals of the packets kept and not of all.
    pub is_partial: bool,
    /// Whether the link is open.
    pub is_open: bool,
    /// The version of MQTT spoken on it, once a packet has told.
    pub version: Option<ProtocolVersion>,
    /// What opening the connection took.
    pub opening: Cost,
    /// What its end took, once it has come.
    pub closing: Cost,
    /// The latest PUBLISH that could be read.
    pub latest_publish: Option<Sequence>,
    /// By direction (sent, received), then by the number of the type; 0 is what has none.
    by_type: [[Cost; TYPES]; 2],
}

/// The types of Control Packets, with the reserved one.
const TYPES: usize = 16;

/// A row of the totals: one type of packet both ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterRow {
    /// The type; `None` for what has none.
    pub packet_type: Option<ControlPacketType>,
    /// What the client sent.
    pub sent: Cost,
    /// What the client received.
    pub received: Cost,
}

impl Meter {
    /// A meter that has read nothing yet.
    pub fn new(carrier: Carrier) -> Self {
        Self {
            carrier,
            ..Self::default()
        }
    }

    /// What it takes to carry the packets.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// Reads on, at most so many records; whether there are more.
    pub fn follow(&mut self, lab: &Lab, limit: usize) -> bool {
        let trace = lab.trace();
        if self.next < trace.first() {
            // What went before it could be read is missing from every total.
            for client in self.clients.iter_mut().filter(|client| client.is_open) {
                client.is_partial = true;
            }
            self.next = trace.first();
        }
        let end = self.next.number().saturating_add(limit as u64);
        let end = Sequence::new(end).min(trace.next());
        for record in trace.records(self.next..end) {
            self.take(&record);
        }
        self.next = end;
        end < trace.next()
    }

    /// The totals of a client; `None` where it has had no link since the oldest record that was kept.
    pub fn client(&self, client: ClientKey) -> Option<&ClientMeter> {
        let place = self.place(client).ok()?;
        self.clients.get(place)
    }

    /// Every client with a total, in the order of their keys.
    pub fn clients(&self) -> &[ClientMeter] {
        &self.clients
    }

    fn take(&mut self, record: &Record<'_>) {
        let Some(key) = record.client() else { return };
        match record.kind() {
            RecordKind::LinkOpening => {
                let client = self.client_mut(key, record);
                *client = ClientMeter::new(key, record.time());
            }
            RecordKind::LinkOpen => {
                let opening = Cost::of_opening(self.carrier);
                let client = self.client_mut(key, record);
                client.opening = opening;
                client.is_open = true;
            }
            RecordKind::LinkClose => {
                let carrier = self.carrier;
                let client = self.client_mut(key, record);
                if client.is_open
                    && let Some(Note::LinkClose { by, .. }) = record.note()
                {
                    client.closing = Cost::of_closing(carrier, by);
                }
                client.is_open = false;
            }
            RecordKind::Sent | RecordKind::Received => {
                let Some(cost) = PacketCost::of(record, self.carrier) else {
                    return;
                };
                let client = self.client_mut(key, record);
                client.version = record.version().or(client.version);
                client.is_open = true;
                let packet_type = record.packet_type();
                if packet_type == Some(ControlPacketType::Publish) && !record.malformed() {
                    client.latest_publish = Some(record.sequence());
                }
                client.add(packet_type, cost);
            }
            _ => {}
        }
    }

    /// The totals of a client. Where there are none yet, its link was opened before this record.
    fn client_mut(&mut self, key: ClientKey, record: &Record<'_>) -> &mut ClientMeter {
        let place = self.place(key).unwrap_or_else(|place| {
            let mut client = ClientMeter::new(key, record.time());
            client.is_partial = true;
            self.clients.insert(place, client);
            place
        });
        match self.clients.get_mut(place) {
            Some(client) => client,
            None => unreachable!("it is found or has just been put there"),
        }
    }

    fn place(&self, key: ClientKey) -> Result<usize, usize> {
        self.clients
            .binary_search_by_key(&key, |client| client.client)
    }
}

impl ClientMeter {
    fn new(client: ClientKey, since: Instant) -> Self {
        Self {
            client,
            since,
            is_partial: false,
            is_open: false,
            version: None,
            opening: Cost::default(),
            closing: Cost::default(),
            latest_publish: None,
            by_type: [[Cost::default(); TYPES]; 2],
        }
    }

    fn add(&mut self, packet_type: Option<ControlPacketType>, cost: PacketCost) {
        let number = packet_type.map_or(0, |packet_type| usize::from(packet_type.as_u8()));
        let [sent, received] = &mut self.by_type;
        let way = match cost.direction {
            Direction::Sent => sent,
            Direction::Received => received,
        };
        if let Some(sum) = way.get_mut(number) {
            *sum += cost.cost();
        }
    }

    /// The types that have passed, in the order of their numbers; what is no type comes last.
    pub fn rows(&self) -> Vec<MeterRow> {
        let [sent, received] = &self.by_type;
        let rows = sent.iter().zip(received).enumerate();
        let mut rows: Vec<MeterRow> = rows
            .map(|(number, (sent, received))| MeterRow {
                packet_type: u8::try_from(number)
                    .ok()
                    .and_then(ControlPacketType::from_u8),
                sent: *sent,
                received: *received,
            })
            .filter(|row| row.sent.packets + row.received.packets > 0)
            .collect();
        rows.sort_by_key(|row| row.packet_type.is_none());
        rows
    }

    /// All packets in one direction.
    pub fn way(&self, direction: Direction) -> Cost {
        let [sent, received] = &self.by_type;
        let way = match direction {
            Direction::Sent => sent,
            Direction::Received => received,
        };
        way.iter().copied().sum()
    }

    /// Everything: the packets of both directions, and the connection itself.
    pub fn total(&self) -> Cost {
        self.way(Direction::Sent) + self.way(Direction::Received) + self.opening + self.closing
    }
}
