//! A Control Packet taken apart for people: its fields, what each means and why it has its value, and
//! what is wrong with it.
//!
//! What is kept is the bytes and, for each field, a few bytes more; words are made for the fields that
//! someone looks at, so that a packet of twenty thousand fields costs no more than it must.

mod bytes;
mod fault;
mod field;
mod record;
mod tree;
mod why;
mod why_property;

#[cfg(test)]
mod tests;

use core::ops::Range;

use crate::codec::{
    ControlPacketType, DirectionError, Dissection, Field, FieldKind, FieldName, FieldValue, Peer,
    PropertyId, ProtocolVersion, Qos, decode, dissect,
};
use crate::lab::explain::wire::{Home, packet_words};
use crate::lab::trace::Direction;
use crate::lab::{format, payload::foreign_words};

pub use bytes::{ByteCell, ByteRow, byte_row_count};
pub use fault::InspectedFault;
pub use field::{FieldLine, InspectedField};
pub use record::InspectedRecord;
pub use tree::{FieldTree, TreeRow, TreeStep};
use why_property::why_property;

/// Bytes that are, or should be, a Control Packet, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Inspection {
    /// Where it comes from, for a packet of the trace.
    pub record: Option<InspectedRecord>,
    /// What it is: `PUBACK 17`.
    pub title: String,
    /// What such a packet is for, in one sentence.
    pub words: &'static str,
    /// Its type; `None` where the first byte has none.
    pub packet: Option<ControlPacketType>,
    /// The version it was read in. A CONNECT says its own.
    pub version: ProtocolVersion,
    /// Which way it went, or is said to go.
    pub direction: Option<Direction>,
    /// What is wrong with it.
    pub fault: Option<InspectedFault>,
    /// What else there is to say about it, in whole sentences.
    pub remarks: Vec<String>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// A field, without the bytes that its value borrows from the packet.
#[derive(Clone, Debug, PartialEq)]
struct Entry {
    span: Range<usize>,
    depth: u8,
    kind: FieldKind,
    name: FieldName,
    value: Kept,
    in_will: bool,
}

/// The value of a field; a text and bytes are found again in the packet.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kept {
    Text,
    Bytes,
    Other(FieldValue<'static>),
}

/// Takes any bytes apart as one Control Packet of that version; a CONNECT is read in its own.
///
/// What is wrong is taken apart up to the fault. `direction` is as the Client sees it; where it is
/// known, it is also said that this end does not send such a packet.
pub fn inspect(raw: &[u8], version: ProtocolVersion, direction: Option<Direction>) -> Inspection {
    let dissection = dissect(raw, version);
    let packet = raw
        .first()
        .and_then(|byte| ControlPacketType::from_u8(byte >> 4));
    let own_version = dissection
        .fields
        .iter()
        .find_map(|field| match field.value {
            FieldValue::Version(version) => Some(version),
            _ => None,
        });
    let version = own_version.unwrap_or(version);
    let fault = dissection
        .error
        .map(|error| InspectedFault::new(&error, raw, version));
    let mut remarks = Vec::new();
    match &dissection.error {
        Some(_) => remarks.extend(remark_on_versions(raw, version, packet)),
        None => remarks.extend(remark_on_direction(raw, version, direction)),
    }
    Inspection {
        record: None,
        title: title_of(packet, &dissection),
        words: match packet {
            Some(_) if raw.len() < 2 => "",
            Some(packet) => packet_words(packet),
            None => "",
        },
        packet,
        version,
        direction,
        fault,
        remarks,
        bytes: raw.to_vec(),
        entries: entries(dissection.fields),
    }
}

impl Inspection {
    /// The bytes, as they are.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// How long it is: `4 bytes`.
    pub fn size(&self) -> String {
        format::exact_bytes(self.bytes.len() as u64)
    }

    /// How many fields it has, headings and bits included. They are numbered in the order of their
    /// bytes, a heading before what is in it.
    pub fn field_count(&self) -> usize {
        self.entries.len()
    }

    /// The bytes of a field.
    pub fn span(&self, field: usize) -> Option<Range<usize>> {
        self.entries.get(field).map(|entry| entry.span.clone())
    }

    /// The bits of a byte that a field is, where it is no more than that.
    pub fn mask(&self, field: usize) -> Option<u8> {
        match self.entries.get(field)?.kind {
            FieldKind::Bits(mask) => Some(mask),
            FieldKind::Group | FieldKind::Value | FieldKind::LengthPrefixed => None,
        }
    }

    /// The field that a byte belongs to: no heading, and no bits.
    pub fn field_at(&self, offset: usize) -> Option<usize> {
        let after = self
            .entries
            .partition_point(|entry| entry.span.start <= offset);
        let before = self.entries.get(..after)?.iter().rev();
        let (back, _) = before
            .enumerate()
            .find(|(_, entry)| entry.is_leaf() && entry.span.contains(&offset))?;
        Some(after - 1 - back)
    }

    /// The field at which the fault is shown: the one that holds its byte, or the last.
    pub fn faulty_field(&self) -> Option<usize> {
        let fault = self.fault.as_ref()?;
        self.field_at(fault.offset)
            .or_else(|| self.entries.iter().rposition(Entry::is_leaf))
    }

    /// The byte that a field of bits belongs to, or the field itself.
    pub fn whole_byte(&self, field: usize) -> usize {
        match self.mask(field) {
            Some(_) => self
                .span(field)
                .and_then(|span| self.field_at(span.start))
                .unwrap_or(field),
            None => field,
        }
    }

    /// The fields that are bits of the byte that `field` is.
    pub fn bits_of(&self, field: usize) -> Range<usize> {
        let start = field + 1;
        let rest = self.entries.get(start..).unwrap_or_default();
        let count = rest
            .iter()
            .take_while(|entry| matches!(entry.kind, FieldKind::Bits(_)))
            .count();
        start..start + count
    }

    /// The fields that have words of their own and are no heading, around one of them: at most `most`
    /// before it and after it.
    pub fn sentences_around(&self, field: usize, most: usize) -> Vec<usize> {
        let speaks = |index: &usize| {
            self.entries
                .get(*index)
                .is_some_and(|entry| entry.kind != FieldKind::Group)
        };
        let field = field.min(self.entries.len());
        let mut before: Vec<usize> = (0..field).rev().filter(speaks).take(most).collect();
        before.reverse();
        let behind = (field..self.entries.len()).filter(speaks).take(most + 1);
        before.extend(behind);
        before
    }

    /// All fields with their words.
    pub fn fields(&self) -> impl Iterator<Item = InspectedField> + '_ {
        (0..self.entries.len()).filter_map(|field| self.field(field))
    }

    fn home(&self, entry: &Entry) -> Home {
        Home {
            packet: self.packet,
            in_will: entry.in_will,
        }
    }

    /// What stands in a field.
    fn value<'a>(&'a self, entry: &Entry) -> FieldValue<'a> {
        let bytes = || {
            let span = match entry.kind {
                FieldKind::LengthPrefixed => entry.span.start + 2..entry.span.end,
                _ => entry.span.clone(),
            };
            self.bytes.get(span).unwrap_or_default()
        };
        match entry.value {
            Kept::Text => {
                let text = core::str::from_utf8(bytes());
                text.map_or(FieldValue::Bytes(bytes()), FieldValue::Text)
            }
            Kept::Bytes => FieldValue::Bytes(bytes()),
            Kept::Other(value) => value,
        }
    }

    /// What stands in the first field of that name.
    fn value_of(&self, name: FieldName) -> Option<FieldValue<'_>> {
        let entry = self.entries.iter().find(|entry| entry.name == name)?;
        Some(self.value(entry))
    }

    /// Whether there is a Topic Name, and not an empty one.
    fn has_topic(&self) -> bool {
        matches!(self.value_of(FieldName::TopicName), Some(FieldValue::Text(topic)) if !topic.is_empty())
    }

    fn qos(&self) -> Option<Qos> {
        match self.value_of(FieldName::Qos) {
            Some(FieldValue::Qos(qos)) => Some(qos),
            _ => None,
        }
    }

    /// Which property the heading at that place stands over.
    fn property_at(&self, field: usize) -> Option<PropertyId> {
        match self.entries.get(field + 1)?.value {
            Kept::Other(FieldValue::Property(property)) => Some(property),
            _ => None,
        }
    }
}

impl Entry {
    const fn is_leaf(&self) -> bool {
        matches!(self.kind, FieldKind::Value | FieldKind::LengthPrefixed)
    }
}

fn entries(fields: Vec<Field<'_>>) -> Vec<Entry> {
    let mut in_will = false;
    let entry = |field: Field<'_>| {
        in_will &= field.depth > 0;
        let entry = Entry {
            span: field.span,
            depth: field.depth,
            kind: field.kind,
            name: field.name,
            value: keep(field.value),
            in_will,
        };
        in_will |= entry.name == FieldName::WillMessage;
        entry
    };
    fields.into_iter().map(entry).collect()
}

const fn keep(value: FieldValue<'_>) -> Kept {
    Kept::Other(match value {
        FieldValue::Text(_) => return Kept::Text,
        FieldValue::Bytes(_) => return Kept::Bytes,
        FieldValue::None => FieldValue::None,
        FieldValue::Number(number) => FieldValue::Number(number),
        FieldValue::Flag(flag) => FieldValue::Flag(flag),
        FieldValue::PacketType(packet) => FieldValue::PacketType(packet),
        FieldValue::PacketId(packet_id) => FieldValue::PacketId(packet_id),
        FieldValue::Version(version) => FieldValue::Version(version),
        FieldValue::Qos(qos) => FieldValue::Qos(qos),
        FieldValue::RetainHandling(handling) => FieldValue::RetainHandling(handling),
        FieldValue::PayloadFormat(format) => FieldValue::PayloadFormat(format),
        FieldValue::Property(property) => FieldValue::Property(property),
        FieldValue::ReturnCode(code) => FieldValue::ReturnCode(code),
        FieldValue::ReasonCode(code, packet) => FieldValue::ReasonCode(code, packet),
    })
}

const NAMELESS: &str = "Packet of a reserved type";

fn title_of(packet: Option<ControlPacketType>, dissection: &Dissection<'_>) -> String {
    let Some(packet) = packet else {
        return NAMELESS.to_owned();
    };
    let named = |name| {
        let mut fields = dissection.fields.iter();
        fields.find(|field| field.name == name)
    };
    let number = named(FieldName::PacketIdentifier);
    let topic = named(FieldName::TopicName);
    match (
        number.map(|field| field.value),
        topic.map(|field| field.value),
    ) {
        (Some(FieldValue::PacketId(packet_id)), _) => format!("{packet} {packet_id}"),
        (_, Some(FieldValue::Text(topic))) if !topic.is_empty() => {
            format!("{packet} {}", foreign_words(topic))
        }
        _ => packet.name().to_owned(),
    }
}

/// Whether the bytes would be right in another version. (A CONNECT is read in its own anyway.)
fn remark_on_versions(
    raw: &[u8],
    version: ProtocolVersion,
    packet: Option<ControlPacketType>,
) -> Option<String> {
    if packet == Some(ControlPacketType::Connect) {
        return None;
    }
    let others = ProtocolVersion::ALL
        .into_iter()
        .filter(|other| *other != version && decode(raw, *other).is_ok());
    let names: Vec<&str> = others.map(ProtocolVersion::name).collect();
    (!names.is_empty()).then(|| {
        let names = names.join(" and ");
        format!("Read as a packet of MQTT {names}, nothing is wrong with it. Was that the version?")
    })
}

fn remark_on_direction(
    raw: &[u8],
    version: ProtocolVersion,
    direction: Option<Direction>,
) -> Option<String> {
    let sender = match direction? {
        Direction::Sent => Peer::Client,
        Direction::Received => Peer::Server,
    };
    let error = decode(raw, version)
        .ok()?
        .check_sender(sender, version)
        .err()?;
    let who = match sender {
        Peer::Client => "a client",
        Peer::Server => "a broker",
    };
    Some(match error {
        DirectionError::PacketType { packet, version } => {
            format!("The packet is whole, but {who} never sends {packet} in MQTT {version}.")
        }
        DirectionError::ReasonCode {
            packet,
            reason_code,
        } => {
            let code = reason_code.as_u8();
            format!("The packet is whole, but {who} never sends {packet} with the code 0x{code:02x}.")
        }
        DirectionError::SessionExpiryInterval => {
            "The packet is whole, but a broker never puts a Session Expiry Interval into DISCONNECT."
                .to_owned()
        }
        DirectionError::SubscriptionIdentifier => {
            "The packet is whole, but a client never puts a Subscription Identifier into PUBLISH: only \
             the broker knows which subscriptions match."
                .to_owned()
        }
    })
}
