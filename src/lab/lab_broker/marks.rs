//! What changed last in the broker's tables, for rows that flash.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::lab::trace::Sequence;
use crate::time::Instant;

/// How a row changed last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// When; `None` where the row is older than what is remembered.
    pub changed_at: Option<Instant>,
    /// What it was before, in the words of the row: "3 in flight", "21.5"; `None` where it is new.
    pub was: Option<String>,
    /// The record of the packet that caused it, or else of the event itself. It may have left the
    /// trace.
    pub cause: Option<Sequence>,
}

/// The rows that are remembered of each table. Beyond that, those whose change is oldest are
/// forgotten: they lose their mark, not their row.
const MARKS_MAXIMUM: usize = 10_000;

/// The changes of all tables, by the keys of the rows.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) sessions: Table<Arc<str>, SessionShape>,
    pub(super) subscriptions: Table<(Arc<str>, Arc<str>), String>,
    pub(super) retained: Table<Arc<str>, Option<Sequence>>,
    pub(super) wills: Table<Arc<str>, &'static str>,
    pub(super) connections: Table<u64, ()>,
}

/// What a session's row is compared by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct SessionShape {
    pub(super) is_connected: bool,
    pub(super) subscriptions: usize,
    pub(super) inflight_out: usize,
    pub(super) inflight_in: usize,
    pub(super) queued: usize,
}

/// The changes of one table.
#[derive(Debug)]
pub(super) struct Table<Key, Was> {
    marks: BTreeMap<Key, Mark<Was>>,
}

impl<Key, Was> Default for Table<Key, Was> {
    fn default() -> Self {
        Self {
            marks: BTreeMap::new(),
        }
    }
}

/// How one row changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark<Was> {
    pub(super) changed_at: Instant,
    pub(super) cause: Option<Sequence>,
    /// What the row is now, as far as a change is told by it.
    pub(super) is: Was,
    /// What it was before its last change.
    pub(super) was: Option<Was>,
}

impl<Key: Ord + Clone, Was: PartialEq> Table<Key, Was> {
    /// Takes in what a row is now; where that is what it was, nothing has changed.
    pub(super) fn set(&mut self, key: &Key, is: Was, now: Instant, cause: Option<Sequence>) {
        if let Some(mark) = self.marks.get_mut(key) {
            if mark.is != is {
                mark.was = Some(core::mem::replace(&mut mark.is, is));
                mark.changed_at = now;
                mark.cause = cause;
            }
            return;
        }
        if self.marks.len() >= MARKS_MAXIMUM {
            self.forget_older_half();
        }
        let mark = Mark {
            changed_at: now,
            cause,
            is,
            was: None,
        };
        self.marks.insert(key.clone(), mark);
    }

    pub(super) fn remove(&mut self, key: &Key) {
        self.marks.remove(key);
    }

    pub(super) fn find<Question>(&self, key: &Question) -> Option<&Mark<Was>>
    where
        Key: core::borrow::Borrow<Question>,
        Question: Ord + ?Sized,
    {
        self.marks.get(key)
    }

    /// Once in `MARKS_MAXIMUM / 2` insertions, so that an insertion stays cheap on average.
    fn forget_older_half(&mut self) {
        let mut times: Vec<_> = self.marks.values().map(|mark| mark.changed_at).collect();
        let middle = times.len() / 2;
        let (_, &mut middle, _) = times.select_nth_unstable(middle);
        let mut to_go = self.marks.len() / 2;
        self.marks.retain(|_, mark| {
            let goes = to_go > 0 && mark.changed_at <= middle;
            to_go -= usize::from(goes);
            !goes
        });
    }
}

impl<Was> Mark<Was> {
    /// The change as it is shown.
    pub(super) fn change(&self, words: impl FnOnce(&Was, &Was) -> Option<String>) -> Change {
        Change {
            changed_at: Some(self.changed_at),
            was: self.was.as_ref().and_then(|was| words(was, &self.is)),
            cause: self.cause,
        }
    }
}

impl SessionShape {
    /// What the first column that differs was.
    pub(super) fn was(&self, is: &Self) -> Option<String> {
        let words = if self.is_connected != is.is_connected {
            if self.is_connected {
                "connected".to_owned()
            } else {
                "not connected".to_owned()
            }
        } else if self.subscriptions != is.subscriptions {
            format!("{} subscriptions", self.subscriptions)
        } else if self.queued != is.queued {
            format!("{} queued", self.queued)
        } else if self.inflight_out != is.inflight_out {
            format!("{} in flight to the client", self.inflight_out)
        } else if self.inflight_in != is.inflight_in {
            format!("{} in flight from the client", self.inflight_in)
        } else {
            return None;
        };
        Some(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_tells_what_was_and_no_change_tells_nothing() {
        let mut table = Table::<u64, &str>::default();
        let at = Instant::from_millis;
        table.set(&1, "a", at(1), None);
        assert_eq!(table.find(&1).unwrap().was, None);
        table.set(&1, "a", at(2), None);
        assert_eq!(table.find(&1).unwrap().changed_at, at(1));
        let cause = Some(Sequence::new(7));
        table.set(&1, "b", at(3), cause);
        let mark = table.find(&1).unwrap();
        assert_eq!((mark.was, mark.cause), (Some("a"), cause));
        assert_eq!(mark.changed_at, at(3));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_the_newest_stays() {
        let mut table = Table::<u64, u64>::default();
        for number in 0..3 * MARKS_MAXIMUM as u64 {
            table.set(&number, number, Instant::from_millis(number / 2), None);
        }
        assert!(table.marks.len() <= MARKS_MAXIMUM);
        assert!(table.find(&(3 * MARKS_MAXIMUM as u64 - 1)).is_some());
        assert!(table.find(&0).is_none());
        let mut same = Table::<u64, u64>::default();
        for number in 0..2 * MARKS_MAXIMUM as u64 {
            same.set(&number, number, Instant::ORIGIN, None);
        }
        assert!(same.marks.len() <= MARKS_MAXIMUM && same.marks.len() >= MARKS_MAXIMUM / 2);
    }
}
