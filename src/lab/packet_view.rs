//! One Control Packet of the trace, taken apart for the screen.

use core::ops::Range;

use super::payload::foreign_words;
use super::trace::{Direction, Record, Sequence};
use super::{ClientKey, Lab, format, payload};
use crate::codec::{Field, FieldKind, FieldValue, ProtocolVersion, dissect};

/// The bytes of a value that a row of the fields shows.
const VALUE_BYTES: usize = 120;

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
    /// The section of MQTT 5.0 that describes it.
    pub section: &'static str,
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
        let dissection = dissect(record.raw(), version);
        let client = record.client().and_then(|key| self.client(key));
        let bot = record.client().and_then(|key| self.bot_name(key));
        let name = match &bot {
            Some(bot) => bot,
            None => client.map_or("a client", |client| client.name()),
        };
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
            fields: dissection.fields.iter().map(field_row).collect(),
            fault: dissection.error.map(|error| error.to_string()),
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

fn field_row(field: &Field<'_>) -> FieldRow {
    FieldRow {
        name: field.name.name,
        value: match field.value {
            FieldValue::Bytes(bytes) => payload::preview(bytes, VALUE_BYTES),
            FieldValue::Text(text) => payload::preview(text.as_bytes(), VALUE_BYTES),
            other => other.to_string(),
        },
        meaning: field.value.meaning().unwrap_or_default(),
        section: field.name.section,
        place: place(&field.span, field.kind),
        depth: field.depth,
        is_heading: field.kind == FieldKind::Group,
    }
}

fn place(span: &Range<usize>, kind: FieldKind) -> String {
    match (kind, span.len()) {
        (FieldKind::Bits(mask), _) => {
            let bits = (0..8).rev().map(|bit| {
                if mask & (1 << bit) == 0 {
                    '·'
                } else {
                    char::from_digit(bit, 10).unwrap_or('·')
                }
            });
            format!("bits {}", bits.collect::<String>())
        }
        (_, 0) => String::new(),
        (_, 1) => format!("byte {}", span.start),
        (_, _) => format!("bytes {} to {}", span.start, span.end - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_told_in_bytes_and_bits() {
        assert_eq!(place(&(0..1), FieldKind::Value), "byte 0");
        assert_eq!(place(&(2..8), FieldKind::LengthPrefixed), "bytes 2 to 7");
        assert_eq!(
            place(&(0..1), FieldKind::Bits(0b0000_0110)),
            "bits ·····21·"
        );
        assert_eq!(place(&(4..4), FieldKind::Group), "");
    }

    #[test]
    fn a_long_value_is_cut_and_no_markup_is_made_of_it() {
        let bytes = vec![b'<'; 1_000];
        let row = field_row(&Field {
            span: 0..1_000,
            depth: 0,
            kind: FieldKind::Value,
            name: dissect(&[0xc0, 0], ProtocolVersion::V5_0).fields[0].name,
            value: FieldValue::Bytes(&bytes),
        });
        assert!(row.value.len() < 500, "{}", row.value);
        assert!(row.value.starts_with('<'));
    }
}
