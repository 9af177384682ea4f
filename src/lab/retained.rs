//! The topics for which a client was given a retained message.

use std::collections::BTreeMap;

use super::trace::Sequence;
use crate::codec::Qos;
use crate::time::Instant;

/// How many topics a client's retained view keeps.
pub const RETAINED_MAXIMUM: usize = 10_000;
/// How many bytes of Topic Names a client's retained view keeps: ten thousand topics of 800 bytes.
pub const RETAINED_TOPIC_BYTES_MAXIMUM: usize = 8_000_000;

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

/// What is known of one delivered message, for this view.
#[derive(Clone, Copy, Debug)]
pub(super) struct DeliveredFacts<'a> {
    pub(super) topic: &'a str,
    pub(super) sequence: Sequence,
    pub(super) qos: Qos,
    pub(super) at: Instant,
    pub(super) payload_size: usize,
    pub(super) retain: bool,
    /// Whether the subscription it came for asked for Retain As Published.
    pub(super) retain_as_published: bool,
}

/// The retained view of one client.
#[derive(Clone, Debug, Default)]
pub(super) struct RetainedTopics {
    rows: BTreeMap<String, RetainedRow>,
    /// The length of all topics together.
    topic_bytes: usize,
    left_out: u64,
}

impl RetainedTopics {
    pub(super) fn iter(&self) -> impl ExactSizeIterator<Item = &RetainedRow> {
        self.rows.values()
    }

    pub(super) fn left_out(&self) -> u64 {
        self.left_out
    }

    pub(super) fn find(&self, topic: &str) -> Option<&RetainedRow> {
        self.rows.get(topic)
    }

    /// Takes in a message that was given to the client.
    pub(super) fn take(&mut self, message: DeliveredFacts<'_>) {
        if !message.retain {
            if let Some(row) = self.rows.get_mut(message.topic) {
                row.later = Some(LaterMessage {
                    sequence: message.sequence,
                    at: message.at,
                    may_be_retained: !message.retain_as_published,
                });
            }
            return;
        }
        if message.payload_size == 0 {
            // Only with Retain As Published: somebody has cleared it just now.
            self.remove(message.topic);
            return;
        }
        let is_known = self.rows.contains_key(message.topic);
        let topic_bytes = self.topic_bytes + message.topic.len();
        let is_full =
            self.rows.len() >= RETAINED_MAXIMUM || topic_bytes > RETAINED_TOPIC_BYTES_MAXIMUM;
        if !is_known && is_full {
            self.left_out = self.left_out.saturating_add(1);
            return;
        }
        if !is_known {
            self.topic_bytes = topic_bytes;
        }
        let row = RetainedRow {
            topic: message.topic.to_owned(),
            sequence: message.sequence,
            qos: message.qos,
            at: message.at,
            payload_size: message.payload_size,
            later: None,
            state: RetainedState::Held,
        };
        self.rows.insert(row.topic.clone(), row);
    }

    pub(super) fn set_state(&mut self, topic: &str, state: RetainedState) {
        if let Some(row) = self.rows.get_mut(topic) {
            row.state = state;
        }
    }

    /// The server has it no more.
    pub(super) fn remove(&mut self, topic: &str) {
        if self.rows.remove(topic).is_some() {
            self.topic_bytes -= topic.len();
        }
    }

    /// Forgets everything: what another server keeps says nothing about this one.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(topic: &str, number: u64, retain: bool) -> DeliveredFacts<'_> {
        DeliveredFacts {
            topic,
            sequence: Sequence::new(number),
            qos: Qos::AtMostOnce,
            at: Instant::from_millis(number),
            payload_size: 3,
            retain,
            retain_as_published: false,
        }
    }

    #[test]
    fn only_the_flag_makes_a_row_and_later_values_are_told_apart() {
        let mut retained = RetainedTopics::default();
        retained.take(message("a", 1, false));
        assert_eq!(retained.iter().len(), 0);
        retained.take(message("a", 2, true));
        retained.take(message("a", 3, false));
        let row = retained.find("a").unwrap();
        assert_eq!(row.sequence, Sequence::new(2));
        let later = row.later.unwrap();
        assert_eq!(
            (later.sequence, later.may_be_retained),
            (Sequence::new(3), true)
        );
        retained.take(DeliveredFacts {
            retain_as_published: true,
            ..message("a", 4, false)
        });
        assert!(!retained.find("a").unwrap().later.unwrap().may_be_retained);
        retained.take(DeliveredFacts {
            payload_size: 0,
            ..message("a", 5, true)
        });
        assert!(retained.find("a").is_none());
    }

    #[test]
    fn beyond_the_bound_topics_are_counted() {
        let mut retained = RetainedTopics::default();
        for number in 0..RETAINED_MAXIMUM as u64 + 5 {
            retained.take(message(&number.to_string(), number, true));
        }
        assert_eq!(
            (retained.iter().len(), retained.left_out()),
            (RETAINED_MAXIMUM, 5)
        );
        retained.take(message("7", 99_999, true));
        assert_eq!(retained.left_out(), 5);
        assert_eq!(retained.find("7").unwrap().sequence, Sequence::new(99_999));
    }

    #[test]
    fn long_topics_are_bounded_by_their_bytes() {
        let mut retained = RetainedTopics::default();
        let topic = |number: usize| format!("{number}/{}", "x".repeat(60_000));
        for number in 0..200 {
            retained.take(message(&topic(number), number as u64, true));
        }
        let kept = retained.iter().len();
        assert!(
            kept * 60_000 <= RETAINED_TOPIC_BYTES_MAXIMUM && kept > 100,
            "{kept}"
        );
        assert_eq!(retained.left_out(), 200 - kept as u64);
        for number in 0..200 {
            retained.remove(&topic(number));
        }
        assert_eq!(retained.topic_bytes, 0);
        retained.take(message("a", 1, true));
        retained.take(message("a", 2, true));
        assert_eq!(retained.topic_bytes, 1);
    }
}
