//! One row of the packet list, as text that is ready to show.

use super::PacketFamily;
use super::summary::summary;
use crate::codec::ControlPacketType;
use crate::lab::explain::{self, About};
use crate::lab::trace::{Direction, Record, RecordKind, Sequence};
use crate::lab::{ClientKey, Lab, format};

/// One packet, or something that happened between packets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketRow {
    /// The record, and the row's key.
    pub sequence: Sequence,
    /// Its number in the list; see [`TailExtent`](super::TailExtent).
    pub number: u64,
    /// When, as the settings have it, to the millisecond.
    pub time: String,
    /// Whose; `None` where it concerns the whole lab.
    pub client: Option<RowClient>,
    /// Which way the packet went; `None` for an event.
    pub way: Option<Direction>,
    /// The same in a word or two.
    pub way_words: &'static str,
    /// Whether the packet was recorded at the broker's end of the link.
    pub is_at_broker: bool,
    /// The type of the packet; `None` for an event, and for the reserved type.
    pub packet_type: Option<ControlPacketType>,
    /// The family that the packet belongs to.
    pub family: Option<PacketFamily>,
    /// The name of the type, or what happened in two or three words.
    pub label: &'static str,
    /// The Packet Identifier.
    pub packet_id: Option<u16>,
    /// The few fields that matter, in order.
    pub parts: Vec<RowPart>,
    /// Bytes of the packet: `58`; empty for an event.
    pub size: String,
    /// Whether the packet breaks the protocol.
    pub is_malformed: bool,
    /// Whether it is no packet.
    pub is_event: bool,
}

/// Whose a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowClient {
    /// The client's name; a device's Client Identifier.
    pub name: String,
    /// The client's colour. Devices have none.
    pub hue: Option<u8>,
}

/// A field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowPart {
    /// What it is.
    pub kind: PartKind,
    /// What stands there.
    pub text: String,
}

/// How a field of a row is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// Something a machine reads: a topic, a filter, a Client Identifier.
    Code,
    /// A word or a number with its name: `QoS 1`, `Keep Alive 60 s`.
    Word,
    /// A flag that is set: `Retain`, `DUP`.
    Flag,
    /// A code that tells of success.
    Good,
    /// A code that tells of a failure, or what is wrong.
    Bad,
    /// What may be skipped: the beginning of a payload.
    Quiet,
}

impl PacketRow {
    pub(super) fn new(lab: &Lab, record: &Record<'_>, number: u64, names: &mut Names<'_>) -> Self {
        let client = record.client().map(|key| names.of(key));
        let is_packet = record.kind().is_packet();
        let packet_type = record.packet_type();
        let (label, parts, is_malformed) = if is_packet {
            let (mut parts, is_whole) = summary(record);
            let is_wrong = record.malformed() && is_whole;
            for (is_so, kind, text) in [
                (is_wrong, PartKind::Bad, "breaks the protocol"),
                (record.by_hand(), PartKind::Flag, "by hand"),
            ] {
                if is_so {
                    let text = text.to_owned();
                    parts.insert(0, RowPart { kind, text });
                }
            }
            let name = packet_type.map_or("reserved type", ControlPacketType::name);
            (name, parts, record.malformed() || !is_whole)
        } else {
            let (title, text) = event_words(lab, record, client.as_ref());
            let part = RowPart {
                kind: PartKind::Quiet,
                text,
            };
            (title, vec![part], false)
        };
        Self {
            sequence: record.sequence(),
            number,
            time: lab.shown_time(record.time()),
            client,
            way: record.direction(),
            way_words: way_words(record.kind()),
            is_at_broker: matches!(
                record.kind(),
                RecordKind::BrokerReceived | RecordKind::BrokerSent
            ),
            packet_type,
            family: packet_type.map(PacketFamily::of),
            label,
            packet_id: record
                .packet_id()
                .filter(|_| is_packet)
                .map(|id| id.value()),
            parts,
            size: if is_packet {
                format::count(record.raw().len() as u64)
            } else {
                String::new()
            },
            is_malformed,
            is_event: !is_packet,
        }
    }
}

const fn way_words(kind: RecordKind) -> &'static str {
    match kind {
        RecordKind::Sent => "sent",
        RecordKind::Received => "received",
        RecordKind::BrokerReceived => "at the broker",
        RecordKind::BrokerSent => "from the broker",
        _ => "",
    }
}

/// What happened, in two or three words.
pub(super) fn event_title(lab: &Lab, record: &Record<'_>) -> &'static str {
    event_words(lab, record, None).0
}

fn event_words(
    lab: &Lab,
    record: &Record<'_>,
    client: Option<&RowClient>,
) -> (&'static str, String) {
    let Some(note) = record.note() else {
        return ("unknown event", String::new());
    };
    let about = About {
        client: client.map(|client| client.name.as_str()),
        topic: record.topic(),
        packet_id: record.packet_id(),
        time: &|at| lab.clock().time_of_day(at),
    };
    let words = explain::event(&note, &about);
    (words.title, words.text)
}

/// The names of clients and devices, each looked up once for all rows that are drawn.
pub(super) struct Names<'a> {
    lab: &'a Lab,
    known: Vec<(ClientKey, RowClient)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(lab: &'a Lab) -> Self {
        Self {
            lab,
            known: Vec::new(),
        }
    }

    fn of(&mut self, key: ClientKey) -> RowClient {
        if let Some((_, name)) = self.known.iter().find(|(known, _)| *known == key) {
            return name.clone();
        }
        let client = self.lab.client(key);
        let name = RowClient {
            hue: client.map(|client| client.colour()),
            name: match client {
                Some(client) => client.name().to_owned(),
                None => self
                    .lab
                    .name_of(key)
                    .unwrap_or_else(|| "removed".to_owned()),
            },
        };
        self.known.push((key, name.clone()));
        name
    }
}
