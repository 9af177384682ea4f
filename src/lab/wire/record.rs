//! One record: what it is called, and its neighbours on the same link.

use super::packet_row::event_title;
use crate::codec::ControlPacketType;
use crate::lab::Lab;
use crate::lab::trace::Sequence;

/// How many records are looked through for the next packet of a client.
const NEIGHBOURHOOD: u64 = 1_000;

impl Lab {
    /// What a record is, as a heading: `PUBACK 17`; `None` where it has been dropped.
    pub fn record_title(&self, sequence: Sequence) -> Option<String> {
        let record = self.trace().get(sequence)?;
        if !record.kind().is_packet() {
            return Some(event_title(self, &record).to_owned());
        }
        let name = record
            .packet_type()
            .map_or("Packet of the reserved type", ControlPacketType::name);
        Some(match record.packet_id() {
            Some(id) => [name, " ", &id.to_string()].concat(),
            None => name.to_owned(),
        })
    }

    /// The nearest packet before or after a record on the same client's link; `None` where there
    /// is none within a thousand records.
    pub fn neighbour_packet(&self, sequence: Sequence, later: bool) -> Option<Sequence> {
        let client = self.trace.get(sequence).map(|record| record.client());
        let number = sequence.number();
        (1..=NEIGHBOURHOOD)
            .map_while(|step| {
                let number = if later {
                    number.checked_add(step)?
                } else {
                    number.checked_sub(step)?
                };
                self.trace.get(Sequence::new(number))
            })
            .find(|record| {
                record.kind().is_packet() && client.is_none_or(|client| record.client() == client)
            })
            .map(|record| record.sequence())
    }
}
