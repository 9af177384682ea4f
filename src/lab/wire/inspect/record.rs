//! Packets of the trace, taken apart.

use super::{Inspection, NAMELESS, inspect};
use crate::lab::payload::foreign_words;
use crate::lab::trace::{Direction, Record, Sequence};
use crate::lab::{ClientKey, Lab};

/// Where a packet of the trace comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedRecord {
    /// The record.
    pub sequence: Sequence,
    /// When, exactly.
    pub time: String,
    /// Which way: `from alice to the server`.
    pub way: String,
    /// Whose it is, while that client is there.
    pub client: Option<ClientKey>,
}

impl Lab {
    /// A packet of the trace, taken apart; `None` where the record is none, or has been dropped.
    pub fn inspection(&self, sequence: Sequence) -> Option<Inspection> {
        let record = self.trace.get(sequence)?;
        let direction = record.direction()?;
        let mut inspection = inspect(record.raw(), record.version()?, Some(direction));
        inspection.title = title_of_record(&record);
        inspection.record = Some(self.inspected_record(&record, direction));
        Some(inspection)
    }

    fn inspected_record(&self, record: &Record<'_>, direction: Direction) -> InspectedRecord {
        let client = record.client().and_then(|key| self.client(key));
        let name = record.client().and_then(|key| self.name_of(key));
        let name = name.as_deref().unwrap_or("a client");
        InspectedRecord {
            sequence: record.sequence(),
            time: self.exact_time(record.time()),
            way: match direction {
                Direction::Sent => ["from ", name, " to the server"].concat(),
                Direction::Received => ["from the server to ", name].concat(),
            },
            client: client.map(|client| client.key()),
        }
    }
}

/// As [`title_of`], but with the topic behind a Topic Alias.
fn title_of_record(record: &Record<'_>) -> String {
    let Some(packet) = record.packet_type() else {
        return NAMELESS.to_owned();
    };
    match (record.packet_id(), record.topic()) {
        (Some(packet_id), _) => format!("{packet} {packet_id}"),
        (None, Some(topic)) => format!("{packet} {}", foreign_words(topic)),
        (None, None) => packet.name().to_owned(),
    }
}
