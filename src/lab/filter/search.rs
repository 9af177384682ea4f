//! A search through a long list of messages, in slices, newest first.

use super::verdicts::Verdicts;
use super::{MessageFilter, Verdict};
use crate::lab::format;
use crate::lab::trace::{Record, RecordList, Sequence, Trace};

/// How far a search through the older messages is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchProgress {
    /// How many older messages there are to look at, those that were looked at with them.
    pub total: u64,
    /// How many of them were looked at.
    pub looked_at: u64,
    /// How many messages are found so far, new ones with them, and still kept.
    pub found: u64,
    /// Whether older messages are still being looked at.
    pub is_searching: bool,
    /// Whether it was stopped before its end: the rest was not looked at.
    pub is_stopped: bool,
    /// How many payloads were looked through only in part: see
    /// [`PATTERN_PAYLOAD_MAXIMUM`](super::PATTERN_PAYLOAD_MAXIMUM). None of them is among the found.
    pub partly: u64,
}

impl SearchProgress {
    /// `120 found · 400,000 of 1,000,000 looked at`, and what else there is to say.
    pub fn words(&self) -> String {
        let count = format::count;
        let mut words = format!("{} found", count(self.found));
        if self.is_stopped {
            let rest = self.total.saturating_sub(self.looked_at);
            words.push_str(&format!(
                " · stopped: {} older ones were not looked at",
                count(rest)
            ));
        } else if self.is_searching {
            words.push_str(&format!(
                " · {} of {} looked at",
                count(self.looked_at),
                count(self.total)
            ));
        }
        if self.partly > 0 {
            words.push_str(&format!(
                " · of {} long payloads only the first {} were looked at",
                count(self.partly),
                format::bytes(super::PATTERN_PAYLOAD_MAXIMUM as u64)
            ));
        }
        words
    }
}

/// What is looked for.
#[derive(Debug)]
pub(in crate::lab) enum Wanted {
    /// What a filter takes.
    Filter(Box<MessageFilter>, Verdicts),
    /// The messages of one topic.
    Topic(String),
}

/// The messages that were found, and what is still to be looked at.
#[derive(Debug)]
pub(in crate::lab) struct Search {
    wanted: Wanted,
    found: RecordList,
    /// Everything from here on was looked at.
    below: Sequence,
    /// The number that the first message found after the beginning gets; older ones count down
    /// from it.
    origin: u64,
    older: u64,
    looked_at: u64,
    partly: u64,
    is_stopped: bool,
}

impl Search {
    /// A search through `all` as it is now, or a part of it, and through what will come.
    pub(in crate::lab) fn new(wanted: Wanted, all: &RecordList) -> Self {
        Self {
            wanted,
            found: RecordList::new(),
            below: all.last().map_or(Sequence::default(), Sequence::following),
            origin: all.trimmed() + all.len() as u64,
            older: 0,
            looked_at: 0,
            partly: 0,
            is_stopped: false,
        }
    }

    pub(in crate::lab) fn filter(&self) -> Option<&MessageFilter> {
        match &self.wanted {
            Wanted::Filter(filter, _) => Some(filter),
            Wanted::Topic(_) => None,
        }
    }

    pub(in crate::lab) fn into_wanted(self) -> Wanted {
        self.wanted
    }

    pub(in crate::lab) fn found(&self) -> &RecordList {
        &self.found
    }

    /// The number of the oldest message found, which stays its own when more are found.
    pub(in crate::lab) fn first_number(&self) -> u64 {
        (self.origin + self.found.trimmed()).saturating_sub(self.older)
    }

    /// Looks at a message that has just come.
    pub(in crate::lab) fn offer(&mut self, record: &Record<'_>, topic: &str) {
        let verdict = match &mut self.wanted {
            Wanted::Filter(filter, verdicts) => filter.judge(record, verdicts),
            Wanted::Topic(wanted) => Verdict::plain(wanted == topic),
        };
        self.partly += u64::from(verdict.is_partly);
        if verdict.is_taken {
            self.found.push_back(record.sequence());
        }
    }

    /// Looks at older messages for about `budget` steps; gives what is left of them.
    pub(in crate::lab) fn work(
        &mut self,
        trace: &Trace,
        base: &RecordList,
        budget: usize,
    ) -> usize {
        if self.is_stopped {
            return budget;
        }
        let topic = match &self.wanted {
            Wanted::Topic(name) => trace.topic_id(name),
            Wanted::Filter(..) => None,
        };
        let mut left = budget;
        let mut place = self.place(base);
        while left > 0
            && let Some(before) = place.checked_sub(1)
            && let Some(sequence) = base.at(before)
        {
            place = before;
            self.below = sequence;
            self.looked_at += 1;
            left -= 1;
            let Some(record) = trace.get(sequence) else {
                continue;
            };
            let verdict = match &mut self.wanted {
                Wanted::Filter(filter, verdicts) => filter.judge(&record, verdicts),
                Wanted::Topic(_) => Verdict::plain(topic.is_some() && record.topic_id() == topic),
            };
            left = left.saturating_sub(verdict.cost);
            self.partly += u64::from(verdict.is_partly);
            if verdict.is_taken {
                self.older += u64::from(self.found.push_front(sequence));
            }
        }
        left
    }

    pub(in crate::lab) fn is_searching(&self, base: &RecordList) -> bool {
        !self.is_stopped && self.place(base) > 0
    }

    /// Leaves the rest unlooked at.
    pub(in crate::lab) fn stop(&mut self, base: &RecordList) {
        self.is_stopped |= self.is_searching(base);
    }

    pub(in crate::lab) fn progress(&self, base: &RecordList) -> SearchProgress {
        SearchProgress {
            total: self.looked_at + self.place(base) as u64,
            looked_at: self.looked_at,
            found: self.found.len() as u64,
            is_searching: self.is_searching(base),
            is_stopped: self.is_stopped,
            partly: self.partly,
        }
    }

    pub(in crate::lab) fn retain_from(&mut self, first: Sequence) {
        self.found.retain_from(first);
    }

    /// How many messages of the list were not looked at yet.
    fn place(&self, base: &RecordList) -> usize {
        let (Ok(place) | Err(place)) = base.position(self.below);
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_words() {
        let mut progress = SearchProgress {
            total: 1_000_000,
            looked_at: 400_000,
            found: 120,
            is_searching: true,
            ..SearchProgress::default()
        };
        assert_eq!(
            progress.words(),
            "120 found · 400,000 of 1,000,000 looked at"
        );
        (progress.is_searching, progress.is_stopped) = (false, true);
        assert_eq!(
            progress.words(),
            "120 found · stopped: 600,000 older ones were not looked at"
        );
        (progress.is_stopped, progress.partly) = (false, 2);
        assert_eq!(
            progress.words(),
            "120 found · of 2 long payloads only the first 65.5 kB were looked at"
        );
    }
}
