//! The topics for which a client was given a retained message.

use super::trace::Sequence;
use crate::codec::Qos;
use crate::time::Instant;

/// How many topics a client's retained view keeps.
pub const RETAINED_MAXIMUM: usize = 10_000;

/// One topic of the retained view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedRow {
    /// Topic Name.
    pub topic: String,
    /// The record of the message that came with the Retain flag set. Its payload is read from
    /// the trace, which may have dropped it.
    pub sequence: Sequence,
    /// The QoS with which it was delivered.
    pub qos: Qos,
    /// When it came.
    pub at: Instant,
    /// Length of its payload in bytes.
    pub payload_size: usize,
    /// A message that came on this topic later, without the Retain flag.
    pub later: Option<LaterMessage>,
    /// Whether it is being cleared.
    pub state: RetainedState,
}

/// A message on a topic with a retained message, which came later without the Retain flag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaterMessage {
    /// Its record.
    pub sequence: Sequence,
    /// When it came.
    pub at: Instant,
    /// Whether it may have replaced the retained message. It may unless the subscription asked
    /// for Retain As Published: with that, the flag would have told.
    pub may_be_retained: bool,
}

/// What becomes of a retained message that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetainedState {
    /// Nothing was done about it here.
    Held,
    /// The empty retained message is sent, its acknowledgement is awaited.
    Clearing,
    /// Clearing it has failed: the server refused, or the connection was lost.
    ClearingFailed,
}
