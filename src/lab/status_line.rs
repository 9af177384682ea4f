//! The small line under a list of messages: how much comes and goes, what is kept, what had to go.

use super::trace::Dropped;
use super::{ClientKey, Lab, format};

/// Rates and counts of a client's messages, and what the trace keeps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MessageStatus {
    /// Messages received per second, over the last four whole seconds.
    pub received_rate: f64,
    /// Messages sent per second.
    pub sent_rate: f64,
    /// Bytes received per second: whole packets of every type.
    pub received_bytes_rate: f64,
    /// Bytes sent per second.
    pub sent_bytes_rate: f64,
    /// How many messages are kept of this client, sent ones too.
    pub kept: u64,
    /// How many received ones have gone because the trace had no room for them any more.
    pub dropped: u64,
    /// The memory that the trace uses, in bytes, and what it may use.
    pub memory: (u64, u64),
}

impl MessageStatus {
    /// `120/s · 9.6 kB/s in`.
    pub fn received_words(&self) -> String {
        rate_words(self.received_rate, self.received_bytes_rate, "in")
    }

    /// `2.0/s · 96 bytes/s out`.
    pub fn sent_words(&self) -> String {
        rate_words(self.sent_rate, self.sent_bytes_rate, "out")
    }
}

fn rate_words(messages: f64, bytes: f64, way: &str) -> String {
    let bytes = format::bytes(bytes.round() as u64);
    format!("{} · {bytes}/s {way}", format::rate(messages))
}

impl Lab {
    /// What the status line of a client, or of the file that was read, tells.
    pub fn message_status(&self, client: ClientKey) -> MessageStatus {
        let (Some(messages), Some(trace)) = (self.messages_of(client), self.trace_of(client))
        else {
            return MessageStatus::default();
        };
        let mut status = MessageStatus {
            kept: messages.base(true).len() as u64,
            dropped: messages.dropped(),
            memory: (trace.bytes_used() as u64, trace.budget() as u64),
            ..MessageStatus::default()
        };
        if let Some(client) = self.client(client) {
            let now = self.now();
            status.received_rate = client.received_rate.per_second(now);
            status.sent_rate = client.sent_rate.per_second(now);
            status.received_bytes_rate = client.received_bytes.per_second(now);
            status.sent_bytes_rate = client.sent_bytes.per_second(now);
        }
        status
    }

    /// What had to go because the trace's budget was used up, in a sentence; `None` where nothing
    /// had to.
    pub fn dropped_words(&self, client: ClientKey) -> Option<String> {
        let Dropped { records, span } = self.trace_of(client)?.dropped();
        let (from, to) = span?;
        Some(format!(
            "The {} oldest records were dropped, from {} to {}: the trace is full. Settings can give \
             it more room.",
            format::count(records),
            self.shown_time_of(client, from),
            self.shown_time_of(client, to)
        ))
    }
}
