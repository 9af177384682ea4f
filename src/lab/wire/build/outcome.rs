//! What came of a packet made by hand.

use core::time::Duration;

use crate::codec::{ControlPacket, ControlPacketType, decode};
use crate::lab::trace::{ClosedBy, Note, Record, RecordKind, Sequence};
use crate::lab::{ClientKey, Lab, format};

/// What happened to a client after a packet of its own was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was sent by hand together, then what came, in order.
    pub rows: Vec<OutcomeRow>,
    /// Whether more came than is listed.
    pub has_more: bool,
    /// Whether nothing has come yet that could be the answer.
    pub is_waiting: bool,
}

/// One thing that was sent, came or happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeRow {
    /// Its record.
    pub sequence: Sequence,
    /// How long after the first.
    pub after: Duration,
    /// Whether it was sent by this client.
    pub is_sent: bool,
    /// Whether it is the end of the connection.
    pub is_end: bool,
    /// What it is, in a few words.
    pub words: String,
}

impl OutcomeRow {
    /// How long after the first, as it is written.
    pub fn after_words(&self) -> String {
        let micros = self.after.as_micros();
        match micros {
            0 => "at once".to_owned(),
            1..1_000_000 => format!("+{}.{} ms", micros / 1_000, micros / 100 % 10),
            _ => format!("+{}", format::short_duration(self.after)),
        }
    }
}

/// How many rows there are at most, and how many records are looked through for them.
const ROWS: usize = 12;
const RECORDS: u64 = 400;

/// Reason Codes of a SUBACK that are listed.
const CODES: usize = 8;

impl Lab {
    /// What a client has sent by hand from `first` on, and what came then, until the connection ended.
    /// It looks through a few hundred records at most.
    pub fn outcome(&self, client: ClientKey, first: Sequence) -> Outcome {
        let mut outcome = Outcome {
            is_waiting: true,
            ..Outcome::default()
        };
        let Some(start) = self.trace.get(first).map(|record| record.time()) else {
            return Outcome::default();
        };
        let numbers = first.number()..first.number().saturating_add(RECORDS);
        for number in numbers {
            let Some(record) = self.trace.get(Sequence::new(number)) else {
                return outcome;
            };
            if record.client() != Some(client) || !is_of_interest(&record) {
                continue;
            }
            if outcome.rows.len() >= ROWS {
                outcome.has_more = true;
                return outcome;
            }
            let is_end = record.kind() == RecordKind::LinkClose;
            let is_sent = record.kind() == RecordKind::Sent;
            outcome.is_waiting &= is_sent;
            outcome.rows.push(OutcomeRow {
                sequence: record.sequence(),
                after: record.time().saturating_since(start),
                is_sent,
                is_end,
                words: words(&record),
            });
            if is_end {
                return outcome;
            }
        }
        outcome.has_more = true;
        outcome
    }

    /// The first record of what the client sent by hand last, on the connection there is or was last.
    pub fn sent_by_hand(&self, client: ClientKey) -> Option<Sequence> {
        self.client(client)?.by_hand.map(|sent| sent.first)
    }
}

fn is_of_interest(record: &Record<'_>) -> bool {
    match record.kind() {
        RecordKind::Received | RecordKind::LinkClose => true,
        // What the client itself sends meanwhile is not of this.
        RecordKind::Sent => record.by_hand(),
        _ => false,
    }
}

fn words(record: &Record<'_>) -> String {
    if let Some(Note::LinkClose { by, code, .. }) = record.note() {
        let who = match by {
            ClosedBy::Client => "this client",
            ClosedBy::Server => "the server",
            ClosedBy::Network => "the server or the network",
            ClosedBy::Fault => "a fault",
        };
        return match code {
            Some(code) => format!("Connection closed by {who}, code {code}"),
            None => format!("Connection closed by {who}"),
        };
    }
    let raw = record.raw();
    let name = record.packet_type().map_or("no packet", |t| t.name());
    let length = raw.len();
    let packet = record
        .version()
        .and_then(|version| decode(raw, version).ok());
    let facts = match &packet {
        None => format!("{length} bytes, not readable"),
        Some(ControlPacket::Connack(connack)) => connack.code.to_string(),
        Some(
            ControlPacket::Puback(own)
            | ControlPacket::Pubrec(own)
            | ControlPacket::Pubrel(own)
            | ControlPacket::Pubcomp(own),
        ) => format!("packet {}, {}", own.packet_id, own.reason_code),
        Some(ControlPacket::Suback(suback)) => {
            let codes = suback.reason_codes.iter().take(CODES);
            let codes: Vec<_> = codes
                .map(|code| code.name_in(ControlPacketType::Suback))
                .collect();
            let more = if suback.reason_codes.len() > CODES {
                ", ..."
            } else {
                ""
            };
            format!("packet {}, {}{more}", suback.packet_id, codes.join(", "))
        }
        Some(ControlPacket::Disconnect(own)) => own.reason_code.to_string(),
        Some(ControlPacket::Auth(own)) => own.reason_code.to_string(),
        Some(ControlPacket::Publish(publish)) => {
            let topic = record.topic().map(crate::lab::payload::foreign_words);
            format!("{}, QoS {}", topic.unwrap_or_default(), publish.qos)
        }
        Some(_) => match record.packet_id() {
            Some(packet_id) => format!("packet {packet_id}"),
            None => format!("{length} bytes"),
        },
    };
    format!("{name}, {facts}")
}
