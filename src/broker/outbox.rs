//! What the broker has to say, until it is taken.

use std::collections::VecDeque;

use super::event::Event;
use super::input::{ConnectionId, Output};

/// How many bytes of packets may lie here before messages wait in their sessions' bounded queues
/// instead: one PUBLISH to many large packets' worth of subscribers must not take all memory.
const MAXIMUM_BYTES: usize = 64 * 1024 * 1024;

/// What an output takes besides its packet's bytes.
pub(super) const OUTPUT_COST: usize = 96;

/// The queue of outputs.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    outputs: VecDeque<Output>,
    bytes: usize,
    makes_events: bool,
}

impl Outbox {
    pub(super) const fn new(makes_events: bool) -> Self {
        Self {
            outputs: VecDeque::new(),
            bytes: 0,
            makes_events,
        }
    }

    pub(super) const fn set_makes_events(&mut self, makes_events: bool) {
        self.makes_events = makes_events;
    }

    pub(super) const fn makes_events(&self) -> bool {
        self.makes_events
    }

    pub(super) fn poll(&mut self) -> Option<Output> {
        let output = self.outputs.pop_front();
        if output.is_none() {
            self.bytes = 0;
        }
        output
    }

    /// Whether so much lies here that messages have to wait elsewhere.
    pub(super) const fn is_full(&self) -> bool {
        self.bytes >= MAXIMUM_BYTES
    }

    pub(super) fn transmit(&mut self, connection: ConnectionId, bytes: Vec<u8>) {
        self.bytes += bytes.len() + OUTPUT_COST;
        self.outputs
            .push_back(Output::Transmit { connection, bytes });
    }

    pub(super) fn close(&mut self, connection: ConnectionId) {
        self.outputs.push_back(Output::Close { connection });
    }

    /// Tells what has happened; where nobody wants to know, it is not even put together.
    pub(super) fn event(&mut self, event: impl FnOnce() -> Event) {
        if self.makes_events {
            self.outputs.push_back(Output::Event(event()));
        }
    }
}
