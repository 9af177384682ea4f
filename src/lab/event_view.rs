//! A record of the trace that is no Control Packet, in words for the screen.

use super::explain::{self, About};
use super::trace::Sequence;
use super::{ClientKey, Lab};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventView {
    /// The record.
    pub sequence: Sequence,
    /// What it is, in two or three words.
    pub title: &'static str,
    /// What happened, in whole sentences.
    pub text: String,
    /// When, exactly.
    pub time: String,
    /// Whose it is, while that client is there.
    pub client: Option<ClientKey>,
}

impl Lab {
    /// A record that is no packet; `None` where it is one, or has been dropped.
    pub fn event_view(&self, sequence: Sequence) -> Option<EventView> {
        let record = self.trace.get(sequence)?;
        let note = record.note()?;
        let client = record.client().and_then(|key| self.client(key));
        let name = record.client().and_then(|key| self.name_of(key));
        let about = About {
            client: name.as_deref(),
            topic: record.topic(),
            packet_id: record.packet_id(),
            time: &|at| self.clock().time_of_day(at),
        };
        let words = explain::event(&note, &about);
        Some(EventView {
            sequence,
            title: words.title,
            text: words.text,
            time: self.exact_time(record.time()),
            client: client.map(|client| client.key()),
        })
    }
}
