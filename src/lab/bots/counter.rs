//! A counter: 1, 2, 3 and so on, so that what is lost or doubled is seen at once.

use core::time::Duration;

use super::beat::Beat;
use super::message::Message;
use crate::time::Instant;

/// Where it counts.
pub(super) const TOPIC: &str = "counter";

/// Counts every second, connected or not: a number that could not be sent is a gap.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    topic: String,
    pub(super) beat: Beat,
    number: u64,
}

impl Counter {
    pub(super) const PERIOD: Duration = Duration::from_secs(1);

    pub(super) fn new(prefix: &str) -> Self {
        Self {
            topic: format!("{prefix}{TOPIC}"),
            beat: Beat::new(Self::PERIOD),
            number: 0,
        }
    }

    pub(super) fn poll_publish(&mut self, now: Instant) -> Option<Message> {
        let beats = self.beat.take(now);
        if beats == 0 {
            return None;
        }
        self.number = self.number.saturating_add(beats);
        Some(Message::text(self.topic.as_str(), self.number.to_string()))
    }
}
