//! Connections of the lab broker that are no more: who was refused, who left, and why.

use core::ops::Range;

use super::LabBroker;
use crate::codec::{ControlPacketType, ReasonCode};
use crate::lab::Lab;
use crate::lab::trace::Sequence;
use crate::time::Instant;

/// How many of them are remembered.
const PAST_CONNECTIONS_MAXIMUM: usize = 100;

/// A connection that was refused or has ended. The lab remembers the latest hundred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastConnection {
    /// For keyed lists: the connection's number.
    pub key: u64,
    /// The Client Identifier; empty where there was none.
    pub client_id: String,
    /// Whether it was refused, or had been accepted and ended.
    pub is_refused: bool,
    /// Why, as one word of the trace: [`explain::connection_cause`](crate::lab::explain::connection_cause)
    /// says it in a sentence.
    pub word: &'static str,
    /// What the broker said about it, if it said anything.
    pub code: Option<ReasonCode>,
    /// When.
    pub at: Instant,
    /// The record of the packet that caused it, or of the event itself.
    pub cause: Option<Sequence>,
}

impl PastConnection {
    /// What the broker said: `0x87 Not authorized`.
    pub fn code_words(&self) -> Option<String> {
        let packet = match self.is_refused {
            true => ControlPacketType::Connack,
            false => ControlPacketType::Disconnect,
        };
        let code = self.code?;
        Some(format!("0x{:02x} {}", code.as_u8(), code.name_in(packet)))
    }
}

impl LabBroker {
    pub(super) fn remember_connection(&mut self, past: PastConnection) {
        if self.past_connections.len() >= PAST_CONNECTIONS_MAXIMUM {
            self.past_connections.pop_front();
        }
        self.past_connections.push_back(past);
    }
}

impl Lab {
    /// The latest connections that were refused or have ended, newest first.
    pub fn past_connections(&self, rows: Range<usize>) -> Vec<PastConnection> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let past = here.past_connections.iter().rev();
        past.skip(rows.start).take(rows.len()).cloned().collect()
    }
}
