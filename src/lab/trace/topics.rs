//! The Topic Names of the records that are kept, each stored once.

use core::hash::BuildHasherDefault;
use core::mem::size_of;
use std::collections::HashMap;
use std::hash::DefaultHasher;
use std::sync::Arc;

/// Fixed keys: what the trace keeps must not depend on anything but what it was given.
type Table<Key, Value> = HashMap<Key, Value, BuildHasherDefault<DefaultHasher>>;

/// How many parts the tables are split into. A table that grows moves all it holds at once; a
/// million topics in one table would stop the page for a quarter of a second.
const SHARDS: usize = 64;
const SHARD_BITS: u32 = SHARDS.ilog2();

/// Two counters before a name, and what an allocator keeps for itself.
const NAME_OVERHEAD: usize = 2 * size_of::<usize>() + 16;

/// The number of one Topic Name in the trace.
///
/// It stays the same for as long as any record with that topic is kept. Once none is, the number
/// is retired, and is given to another topic only after some 67 million others at the least.
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

    /// The part of the tables that has this topic stands in the number's lowest bits.
    fn shard(self) -> usize {
        self.0 as usize % SHARDS
    }
}

/// All topics of the kept records, by name and by number.
#[derive(Debug)]
pub(super) struct Topics {
    shards: Vec<Shard>,
    length: usize,
    /// The memory of all shards, kept up to date because every append asks for it.
    bytes_used: usize,
}

impl Default for Topics {
    fn default() -> Self {
        Self {
            shards: (0..SHARDS).map(|_| Shard::default()).collect(),
            length: 0,
            bytes_used: 0,
        }
    }
}

impl Topics {
    /// Counts one more record with this topic. `None` where it is new and all numbers are in use,
    /// or there is no memory for it.
    pub(super) fn acquire(&mut self, name: &str) -> Option<TopicId> {
        let place = shard_of(name);
        let shard = self.shards.get_mut(place)?;
        if let Some(known) = shard.by_name.get_mut(name) {
            known.records = known.records.saturating_add(1);
            return Some(known.id);
        }
        self.bytes_used -= shard.bytes_used();
        let id = shard.insert(name, place);
        self.bytes_used += shard.bytes_used();
        self.length += usize::from(id.is_some());
        id
    }

    /// Counts one record less; the last one takes the topic with it.
    pub(super) fn release(&mut self, id: TopicId) {
        let Some(shard) = self.shards.get_mut(id.shard()) else {
            return;
        };
        let before = shard.bytes_used();
        if shard.release(id) {
            self.bytes_used -= before;
            self.bytes_used += shard.bytes_used();
            self.length -= 1;
        }
    }

    pub(super) fn clear(&mut self) {
        for shard in &mut self.shards {
            // Numbers go on: whoever still holds an old one must not find another topic under it.
            *shard = Shard {
                next: shard.next,
                ..Shard::default()
            };
        }
        self.length = 0;
        self.bytes_used = 0;
    }

    pub(super) fn name(&self, id: TopicId) -> Option<&str> {
        let shard = self.shards.get(id.shard())?;
        shard.by_id.get(&id).map(AsRef::as_ref)
    }

    pub(super) fn id(&self, name: &str) -> Option<TopicId> {
        self.usage(name).map(|known| known.id)
    }

    /// How many kept records have this topic.
    pub(super) fn records(&self, id: TopicId) -> usize {
        self.name(id)
            .and_then(|name| self.usage(name))
            .map_or(0, |known| known.records as usize)
    }

    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// The memory of names and tables.
    pub(super) fn bytes_used(&self) -> usize {
        self.bytes_used
    }

    fn usage(&self, name: &str) -> Option<&Use> {
        self.shards.get(shard_of(name))?.by_name.get(name)
    }
}

/// Spreads names over the shards; names that all fall on one cost time, not correctness.
fn shard_of(name: &str) -> usize {
    let hash = name.as_bytes().chunks(8).fold(0_u64, |hash, part| {
        let word = part
            .iter()
            .fold(0, |word, &byte| (word << 8) | u64::from(byte));
        (hash.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    (hash >> (u64::BITS - SHARD_BITS)) as usize
}

/// A topic in use and how many of the records that are kept have it.
#[derive(Debug)]
struct Use {
    id: TopicId,
    records: u32,
}

/// One part of the tables.
#[derive(Debug, Default)]
struct Shard {
    by_name: Table<Arc<str>, Use>,
    by_id: Table<TopicId, Arc<str>>,
    /// The upper bits of the number that is tried next.
    next: u32,
    /// What the names themselves take, with what an allocation costs beside them.
    name_bytes: usize,
}

impl Shard {
    fn insert(&mut self, name: &str, place: usize) -> Option<TopicId> {
        self.by_name.try_reserve(1).ok()?;
        self.by_id.try_reserve(1).ok()?;
        let id = self.unused_id(place)?;
        let name: Arc<str> = Arc::from(name);
        self.name_bytes += name.len() + NAME_OVERHEAD;
        self.by_id.insert(id, Arc::clone(&name));
        self.by_name.insert(name, Use { id, records: 1 });
        Some(id)
    }

    /// Whether this was the last record of its topic.
    fn release(&mut self, id: TopicId) -> bool {
        let Some(name) = self.by_id.get(&id) else {
            return false;
        };
        let Some(known) = self.by_name.get_mut(name) else {
            return false;
        };
        known.records = known.records.saturating_sub(1);
        if known.records > 0 {
            return false;
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
        true
    }

    fn unused_id(&mut self, place: usize) -> Option<TopicId> {
        // One less than there are: the last shard lacks the number that no topic has.
        if self.by_id.len() >= (u32::MAX >> SHARD_BITS) as usize {
            return None;
        }
        let place = u32::try_from(place).ok()?;
        loop {
            let number = (self.next << SHARD_BITS) | place;
            self.next = self.next.wrapping_add(1);
            if let Some(id) = TopicId::from_number(number)
                && !self.by_id.contains_key(&id)
            {
                return Some(id);
            }
        }
    }

    /// The memory of this part. The tables' is reckoned from their capacity: an entry and a
    /// control byte a slot, an eighth of the slots always free.
    fn bytes_used(&self) -> usize {
        let table = |capacity: usize, entry: usize| capacity.saturating_mul(entry + 1) / 7 * 8;
        self.name_bytes
            + table(self.by_name.capacity(), size_of::<(Arc<str>, Use)>())
            + table(self.by_id.capacity(), size_of::<(TopicId, Arc<str>)>())
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
        let mut shard = Shard::default();
        let place = SHARDS - 1;
        let first = shard.insert("a", place).unwrap();
        shard.next = u32::MAX >> SHARD_BITS;
        // The very last number is not one, and the first is taken.
        let second = shard.insert("b", place).unwrap();
        assert_eq!((first.number(), second.number()), (63, 127));
        assert_eq!(second.shard(), place);
    }

    #[test]
    fn clearing_retires_the_numbers() {
        let mut topics = Topics::default();
        let id = topics.acquire("a").unwrap();
        topics.clear();
        assert_eq!((topics.len(), topics.bytes_used()), (0, 0));
        assert_eq!((topics.name(id), topics.id("a")), (None, None));
        assert_ne!(topics.acquire("a"), Some(id));
    }

    #[test]
    fn names_are_spread_over_the_shards() {
        let mut topics = Topics::default();
        for number in 0..64_000 {
            topics.acquire(&format!("flood/{number}/value")).unwrap();
        }
        let most = topics.shards.iter().map(|shard| shard.by_id.len()).max();
        assert!(most < Some(2_000), "{most:?}");
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
        assert_eq!(topics.len(), 1);
        // At most a smallest table is left in each shard.
        let left = topics.bytes_used() - before;
        assert!(left < SHARDS * 250, "{left}");
    }
}
