//! One Control Packet of the trace, taken apart for the screen.

use super::payload::foreign_words;
use super::trace::{Direction, Record, Sequence};
use super::wire::inspect::{InspectedField, inspect};
use super::{ClientKey, Lab, format};
use crate::codec::{FieldKind, ProtocolVersion};

/// A Control Packet with its fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketView {
    /// The record.
    pub sequence: Sequence,
    /// What it is: `PUBACK 17`.
    pub title: String,
    /// When, exactly.
    pub time: String,
    /// Which way it went: `from alice to the server`.
    pub way: String,
    /// Whose it is, while that client is there.
    pub client: Option<ClientKey>,
    /// Its length: `4 bytes`.
    pub size: String,
    /// The version it is written in.
    pub version: ProtocolVersion,
    /// Its fields, in the order of their bytes.
    pub fields: Vec<FieldRow>,
    /// What is wrong with it, where something is.
    pub fault: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A field of a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldRow {
    /// The standard's name of it.
    pub name: &'static str,
    /// What stands in it; empty for a heading.
    pub value: String,
    /// What that value is called, where it has a name.
    pub meaning: &'static str,
    /// The section of the standard that describes it.
    pub section: String,
    /// Its bytes: `byte 0`, `bytes 2 to 7`, or the bits of a byte.
    pub place: String,
    /// How many headings it stands under.
    pub depth: u8,
    /// Whether it is a heading.
    pub is_heading: bool,
}

impl Lab {
    /// A packet of the trace; `None` where the record is none, or has been dropped.
    pub fn packet_view(&self, sequence: Sequence) -> Option<PacketView> {
        let record = self.trace.get(sequence)?;
        let version = record.version()?;
        let inspection = inspect(record.raw(), version, None);
        let client = record.client().and_then(|key| self.client(key));
        let name = record.client().and_then(|key| self.name_of(key));
        let name = name.as_deref().unwrap_or("a client");
        let way = match record.direction()? {
            Direction::Sent => ["from ", name, " to the server"].concat(),
            Direction::Received => ["from the server to ", name].concat(),
        };
        Some(PacketView {
            sequence,
            title: title(&record),
            time: self.exact_time(record.time()),
            way,
            client: client.map(|client| client.key()),
            size: format::exact_bytes(record.raw().len() as u64),
            version,
            fields: inspection.fields().map(field_row).collect(),
            fault: inspection.fault.map(|fault| fault.name.to_owned()),
            bytes: record.raw().to_vec(),
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

/// How many records are looked through for the next packet of a client.
const NEIGHBOURHOOD: u64 = 1_000;

fn title(record: &Record<'_>) -> String {
    let name = record
        .packet_type()
        .map_or("packet of a reserved type", |packet_type| {
            packet_type.name()
        });
    match (record.packet_id(), record.topic()) {
        (Some(packet_id), _) => format!("{name} {packet_id}"),
        (None, Some(topic)) => format!("{name} {}", foreign_words(topic)),
        (None, None) => name.to_owned(),
    }
}

fn field_row(field: InspectedField) -> FieldRow {
    FieldRow {
        name: field.name,
        value: field.value,
        meaning: field.reading,
        section: field.clause,
        place: field.place,
        depth: field.depth,
        is_heading: field.kind == FieldKind::Group,
    }
}
