//! What a WebSocket has told and the lab has not been told yet.
//!
//! A frame may hold millions of packets, and to handle them all at once would stop the page for
//! seconds. So a large frame goes to the lab in parts, a few milliseconds' worth in each task, and
//! what comes after it waits behind it: the order is never changed. The bytes that wait would
//! otherwise wait in the browser, which lets nobody ask a peer to send slower.

use std::collections::VecDeque;

use crate::lab::LinkEvent;

/// What goes to the lab at once, in bytes: of the smallest packets some milliseconds' worth.
pub(super) const PART: usize = 16 << 10;

/// The events of one WebSocket that wait, oldest first.
#[derive(Default)]
pub(super) struct Backlog(VecDeque<Held>);

/// An event that waits, with what it borrowed.
enum Held {
    /// A binary frame, and how much of it the lab has had.
    Frame(Vec<u8>, usize),
    Text(String),
    Closed {
        code: u16,
        reason: String,
        clean: bool,
    },
}

/// An event, or a part of one, on its way to the lab.
pub(super) struct Part {
    held: Held,
    end: usize,
}

impl Backlog {
    /// Whether `event` must wait: it is too large for one task, or something waits already.
    pub(super) fn concerns(&self, event: &LinkEvent<'_>) -> bool {
        match event {
            LinkEvent::Received(bytes) => bytes.len() > PART || !self.is_empty(),
            LinkEvent::ReceivedText(_) | LinkEvent::Closed { .. } => !self.is_empty(),
            // The one comes before everything, the other speaks of what is sent.
            LinkEvent::Opened { .. } | LinkEvent::Buffered(_) => false,
        }
    }

    /// Keeps an event that [`Self::concerns`].
    pub(super) fn push(&mut self, event: &LinkEvent<'_>) {
        self.0.push_back(match *event {
            LinkEvent::Received(bytes) => Held::Frame(bytes.to_vec(), 0),
            LinkEvent::ReceivedText(text) => Held::Text(text.to_owned()),
            LinkEvent::Closed {
                code,
                reason,
                clean,
            } => Held::Closed {
                code,
                reason: reason.to_owned(),
                clean,
            },
            LinkEvent::Opened { .. } | LinkEvent::Buffered(_) => return,
        });
    }

    /// The next thing for the lab; what is left of a frame comes back by [`Self::put_back`].
    pub(super) fn pop(&mut self) -> Option<Part> {
        let held = self.0.pop_front()?;
        let end = match &held {
            Held::Frame(bytes, at) => bytes.len().min(at.saturating_add(PART)),
            Held::Text(_) | Held::Closed { .. } => 0,
        };
        Some(Part { held, end })
    }

    /// Takes back a part that the lab has had.
    pub(super) fn put_back(&mut self, part: Part) {
        if let Held::Frame(bytes, _) = part.held
            && part.end < bytes.len()
        {
            self.0.push_front(Held::Frame(bytes, part.end));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Part {
    /// What the lab is told.
    pub(super) fn event(&self) -> LinkEvent<'_> {
        match &self.held {
            Held::Frame(bytes, at) => {
                LinkEvent::Received(bytes.get(*at..self.end).unwrap_or_default())
            }
            Held::Text(text) => LinkEvent::ReceivedText(text),
            Held::Closed {
                code,
                reason,
                clean,
            } => LinkEvent::Closed {
                code: *code,
                reason,
                clean: *clean,
            },
        }
    }
}
