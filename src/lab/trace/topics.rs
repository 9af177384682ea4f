//! The Topic Names of the records that are kept, each stored once.

use core::hash::BuildHasherDefault;
use core::mem::size_of;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::sync::Arc;

/// Fixed keys: what the trace keeps must not depend on anything but what it was given.
type Table<Key, Value> = HashMap<Key, Value, BuildHasherDefault<DefaultHasher>>;

/// The number of one Topic Name in the trace.
///
/// It stays the same for as long as any record with that topic is kept. Once none is, the number
/// is retired, and is given to another topic only after more than four thousand million others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicId(u32);

impl TopicId {
    /// The number that no topic has.
    pub(super) const NONE: u32 = u32::MAX;

    /// The plain number.
    pub const fn number(self) -> u32 {
        self.0
    }

    pub(super) const fn from_number(number: u32) -> Option<Self> {
        if number == Self::NONE {
            None
        } else {
            Some(Self(number))
        }
    }
}

/// A topic in use and how many of the records that are kept have it.
#[derive(Debug)]
struct Use {
    id: TopicId,
    records: u32,
}

/// All topics of the kept records, by name and by number.
#[derive(Debug, Default)]
pub(super) struct Topics {
    by_name: Table<Arc<str>, Use>,
    by_id: Table<TopicId, Arc<str>>,
    next: u32,
    /// What the names themselves take, with what an allocation costs beside them.
    name_bytes: usize,
}

/// Two counters before the name, and what an allocator keeps for itself.
const NAME_OVERHEAD: usize = 2 * size_of::<usize>() + 16;

impl Topics {
    /// Counts one more record with this topic. `None` where it is new and all numbers are in use,
    /// or there is no memory for it.
    pub(super) fn acquire(&mut self, name: &str) -> Option<TopicId> {
        if let Some(known) = self.by_name.get_mut(name) {
            known.records = known.records.saturating_add(1);
            return Some(known.id);
        }
        self.by_name.try_reserve(1).ok()?;
        self.by_id.try_reserve(1).ok()?;
        let id = self.unused_id()?;
        let name: Arc<str> = Arc::from(name);
        self.name_bytes += name.len() + NAME_OVERHEAD;
        self.by_id.insert(id, Arc::clone(&name));
        self.by_name.insert(name, Use { id, records: 1 });
        Some(id)
    }

    /// Counts one record less; the last one takes the topic with it.
    pub(super) fn release(&mut self, id: TopicId) {
        let Some(name) = self.by_id.get(&id) else {
            return;
        };
        let Some(known) = self.by_name.get_mut(name) else {
            return;
        };
        known.records = known.records.saturating_sub(1);
        if known.records > 0 {
            return;
        }
        self.name_bytes -= name.len() + NAME_OVERHEAD;
        self.by_name.remove(name);
        self.by_id.remove(&id);
        // A flood of topics that has passed must not keep its tables; twice the need leaves room
        // to grow again, so that this stays O(1) on average.
        if self.by_id.len() < self.by_id.capacity() / 4 {
            self.by_id.shrink_to(self.by_id.len() * 2);
        }
        if self.by_name.len() < self.by_name.capacity() / 4 {
            self.by_name.shrink_to(self.by_name.len() * 2);
        }
    }

    pub(super) fn clear(&mut self) {
        // Numbers go on: whoever still holds an old one must not find another topic under it.
        *self = Self {
            next: self.next,
            ..Self::default()
        };
    }

    pub(super) fn name(&self, id: TopicId) -> Option<&str> {
        self.by_id.get(&id).map(AsRef::as_ref)
    }

    pub(super) fn id(&self, name: &str) -> Option<TopicId> {
        self.by_name.get(name).map(|known| known.id)
    }

    /// How many kept records have this topic.
    pub(super) fn records(&self, id: TopicId) -> usize {
        self.name(id)
            .and_then(|name| self.by_name.get(name))
            .map_or(0, |known| known.records as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// The memory of names and tables. The tables' part is reckoned from their capacity: an entry
    /// and a control byte a slot, an eighth of the slots always free.
    pub(super) fn bytes_used(&self) -> usize {
        let table = |capacity: usize, entry: usize| capacity.saturating_mul(entry + 1) / 7 * 8;
        self.name_bytes
            + table(self.by_name.capacity(), size_of::<(Arc<str>, Use)>())
            + table(self.by_id.capacity(), size_of::<(TopicId, Arc<str>)>())
    }

    fn unused_id(&mut self) -> Option<TopicId> {
        if self.by_id.len() >= TopicId::NONE as usize {
            return None;
        }
        loop {
            let number = self.next;
            self.next = self.next.wrapping_add(1);
            if let Some(id) = TopicId::from_number(number)
                && !self.by_id.contains_key(&id)
            {
                return Some(id);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_lives_as_long_as_its_last_record() {
        let mut topics = Topics::default();
        let id = topics.acquire("testtopic/1").unwrap();
        assert_eq!(topics.acquire("testtopic/1"), Some(id));
        assert_ne!(topics.acquire("testtopic/2"), Some(id));
        assert_eq!(topics.records(id), 2);
        topics.release(id);
        assert_eq!(topics.name(id), Some("testtopic/1"));
        topics.release(id);
        assert_eq!(topics.name(id), None);
        assert_eq!(topics.id("testtopic/1"), None);
        assert_eq!(topics.records(id), 0);
        assert_eq!(topics.len(), 1);
        topics.release(id);
        assert_ne!(topics.acquire("testtopic/1"), Some(id));
    }

    #[test]
    fn numbers_in_use_are_passed_over_after_the_last() {
        let mut topics = Topics::default();
        let first = topics.acquire("a").unwrap();
        topics.next = u32::MAX;
        let second = topics.acquire("b").unwrap();
        assert_eq!((first.number(), second.number()), (0, 1));
    }

    #[test]
    fn a_flood_of_topics_leaves_no_memory_behind() {
        let mut topics = Topics::default();
        let kept = topics.acquire("kept").unwrap();
        let before = topics.bytes_used();
        let ids: Vec<_> = (0..100_000)
            .map(|number| topics.acquire(&format!("flood/{number}")).unwrap())
            .collect();
        assert!(topics.bytes_used() > before + 100_000 * 30);
        for id in ids {
            topics.release(id);
        }
        assert_eq!(topics.name(kept), Some("kept"));
        assert!(topics.bytes_used() <= before * 8, "{}", topics.bytes_used());
    }
}
