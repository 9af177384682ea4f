//! Charts: numbers in payloads over time.
//!
//! [`Lab::numbers_of`](super::Lab::numbers_of) lists the numbers in a message;
//! [`ChartCommand::AddSeries`] draws one of them for the topic's messages, those that are
//! kept (found in slices, oldest first) and those that come. [`Lab::chart`](super::Lab::chart) gives what each column of
//! pixels shows, at a cost that depends on the columns and hardly on the points. What part of time is
//! seen is a [`ChartWindow`], which the screen holds.

mod axis;
mod command;
mod points;
mod view;

pub use axis::{Tick, number_ticks};
pub use command::ChartCommand;
pub use points::{Column, POINTS_MAXIMUM};
pub use view::{ChartView, ChartWindow, SeriesView};

use super::keys::SeriesKey;
use super::payload::{JsonPath, number_at};
use super::trace::{Record, RecordList, Sequence, Trace};
use points::Points;

/// How many series a client's chart has at most.
pub const SERIES_MAXIMUM: usize = 8;

/// One line of a chart.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) key: SeriesKey,
    pub(super) topic: String,
    /// Where in the JSON of the payload; `None`: the payload is the number.
    pub(super) path: Option<JsonPath>,
    points: Points,
    /// How many messages of the topic had no such number.
    without: u64,
    /// The next message to look at.
    next: Sequence,
    /// [`Self::take`]: whoever draws brings the reading of numbers along.
    take: fn(&mut Self, &Record<'_>),
}

impl Series {
    pub(super) fn new(key: SeriesKey, topic: String, path: Option<JsonPath>) -> Self {
        Self {
            key,
            topic,
            path,
            points: Points::default(),
            without: 0,
            next: Sequence::default(),
            take: Self::take,
        }
    }

    /// Takes in a message that has just come; `newest` was the newest before it.
    pub(super) fn offer(&mut self, record: &Record<'_>, topic: &str, newest: Option<Sequence>) {
        // Where older ones are still being looked at, this one waits for its turn.
        if newest.is_some_and(|newest| newest >= self.next) {
            return;
        }
        self.next = record.sequence().following();
        if self.topic == topic {
            (self.take)(self, record);
        }
    }

    /// Looks at older messages for about `budget` steps; gives what is left of them.
    pub(super) fn work(&mut self, trace: &Trace, base: &RecordList, budget: usize) -> usize {
        let topic = trace.topic_id(&self.topic);
        let (Ok(mut place) | Err(mut place)) = base.position(self.next);
        let mut left = budget;
        while left > 0
            && let Some(sequence) = base.at(place)
        {
            place += 1;
            left -= 1;
            self.next = sequence.following();
            if let Some(record) = trace.get(sequence)
                && topic.is_some()
                && record.topic_id() == topic
            {
                left = left.saturating_sub(record.raw().len() / 64);
                (self.take)(self, &record);
            }
        }
        left
    }

    pub(super) fn has_work(&self, base: &RecordList) -> bool {
        base.last().is_some_and(|newest| newest >= self.next)
    }

    fn take(&mut self, record: &Record<'_>) {
        let payload = record.payload().unwrap_or_default();
        match number_at(payload, self.path.as_ref()) {
            Some(value) => self.points.push(record.time(), value),
            None => self.without = self.without.saturating_add(1),
        }
    }
}
