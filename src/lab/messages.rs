//! The Messages panel: rows over the trace, and the details of one message.

use super::ClientKey;
use super::trace::{Direction, Sequence};
use crate::codec::Qos;
use crate::time::Instant;

/// One row of the message list. It borrows from the trace; make it for visible rows only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRow<'a> {
    /// The record that carried it, and the row's key.
    pub sequence: Sequence,
    /// When it was received or sent.
    pub at: Instant,
    /// Topic Name, a Topic Alias resolved.
    pub topic: &'a str,
    /// The QoS with which it was delivered.
    pub qos: Qos,
    /// The Retain flag.
    pub retain: bool,
    /// The DUP flag.
    pub dup: bool,
    /// Whether this client sent or received it.
    pub direction: Direction,
    /// Bytes of the whole PUBLISH on the wire.
    pub wire_size: usize,
    /// The payload, all of it.
    pub payload: &'a [u8],
    /// The colour of the first subscription it came for.
    pub colour: Option<u8>,
    /// The client of this page whose will it equals.
    pub will_of: Option<WillMark<'a>>,
}

/// A message that equals the will of another client of this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WillMark<'a> {
    /// That client.
    pub client: ClientKey,
    /// Its name when the message came.
    pub name: &'a str,
}

/// Everything about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDetails<'a> {
    /// What its row says.
    pub row: MessageRow<'a>,
    /// Packet Identifier; none for QoS 0.
    pub packet_id: Option<u16>,
    /// The whole PUBLISH.
    pub raw: &'a [u8],
    /// The Topic Filters of this client's subscriptions that it matches now.
    pub filters: Vec<&'a str>,
    /// 5.0: the properties that it carries.
    pub properties: Vec<MessageProperty>,
    /// What the Retain flag, or its absence, tells here.
    pub retain_words: &'static str,
}

/// One property of a received or sent message, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageProperty {
    /// Its name in the standard.
    pub name: &'static str,
    /// Its value as text.
    pub value: String,
}
