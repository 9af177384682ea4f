//! Lists of records: some of the trace's sequence numbers, in order.

use core::mem::size_of;
use core::ops::Range;
use std::collections::VecDeque;

use super::record::Sequence;

/// Entries of one block.
const BLOCK: usize = 2048;

/// A growing list of records of the trace, such as the messages of one client.
///
/// It holds sequence numbers only, four bytes each, in blocks, so that it never moves what it
/// holds. Once per frame, or before it is read, [`Self::retain_from`] takes the trace's first kept
/// record, and what the trace has dropped leaves the list too.
#[derive(Debug, Default)]
pub struct RecordList {
    blocks: VecDeque<Block>,
    /// Entries at the front of the first block that have left the list.
    skipped: usize,
    length: usize,
    trimmed: u64,
    /// Entries older than those in the blocks, youngest first, until they fill a block: what
    /// [`Self::push_front`] has brought last.
    front: Vec<Sequence>,
}

/// Where the count of entries in blocks starts, so that there is room for older ones.
const FIRST_START: u64 = 1 << 40;

/// A stretch of the list, in ascending order.
#[derive(Debug)]
struct Block {
    /// The sequence number that the offsets count from.
    base: u64,
    /// How many entries were ever in blocks before this one.
    start: u64,
    offsets: Vec<u32>,
}

impl RecordList {
    /// An empty list.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a record. The list is in the trace's order: `false`, with nothing done, where
    /// `sequence` is not above the last one.
    pub fn push_back(&mut self, sequence: Sequence) -> bool {
        if self.last().is_some_and(|last| sequence <= last) {
            return false;
        }
        let number = sequence.number();
        let offset = |block: &Block| u32::try_from(number.checked_sub(block.base)?).ok();
        match self.blocks.back_mut() {
            Some(block) if block.offsets.len() < BLOCK && offset(block).is_some() => {
                block.offsets.extend(offset(block));
            }
            last => {
                let start = last.map_or(FIRST_START, |last| last.end());
                let mut offsets = Vec::with_capacity(FIRST_CAPACITY);
                offsets.push(0);
                self.blocks.push_back(Block {
                    base: number,
                    start,
                    offsets,
                });
            }
        }
        self.length += 1;
        true
    }

    /// Puts a record before all others, which are younger: how a search that goes back in time
    /// gathers what it finds. `false`, with nothing done, where `sequence` is not below the first
    /// one, and where records have left the list already that are younger than it.
    pub fn push_front(&mut self, sequence: Sequence) -> bool {
        if self.skipped > 0 || self.first().is_some_and(|first| sequence >= first) {
            return false;
        }
        let youngest = self.front.first().copied().unwrap_or(sequence);
        let is_far = youngest.number() - sequence.number() > u64::from(u32::MAX);
        if self.front.len() >= BLOCK || is_far {
            self.close_front();
        }
        self.front.push(sequence);
        self.length += 1;
        true
    }

    /// Makes a block of the older entries that have gathered.
    fn close_front(&mut self) {
        let Some(base) = self.front.last().map(|oldest| oldest.number()) else {
            return;
        };
        let count = self.front.len() as u64;
        let start = self.blocks.front().map_or(FIRST_START, |block| block.start);
        let offsets = self.front.iter().rev();
        // Within four bytes: `push_front` sees to it.
        let offsets = offsets
            .map(|entry| (entry.number() - base) as u32)
            .collect();
        self.blocks.push_front(Block {
            base,
            start: start.saturating_sub(count),
            offsets,
        });
        self.front.clear();
    }

    /// How many records the list has.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether the list has no records.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The record at `index`, 0 being the oldest in the list.
    pub fn at(&self, index: usize) -> Option<Sequence> {
        if index >= self.length {
            return None;
        }
        let Some(index) = index.checked_sub(self.front.len()) else {
            let from_end = self.front.len().checked_sub(index)?.checked_sub(1)?;
            return self.front.get(from_end).copied();
        };
        let place = self.blocks.front()?.start + (self.skipped + index) as u64;
        let after = self.blocks.partition_point(|block| block.start <= place);
        let block = self.blocks.get(after.checked_sub(1)?)?;
        block.at(usize::try_from(place - block.start).ok()?)
    }

    /// The oldest record in the list.
    pub fn first(&self) -> Option<Sequence> {
        self.at(0)
    }

    /// The newest record in the list.
    pub fn last(&self) -> Option<Sequence> {
        self.at(self.length.checked_sub(1)?)
    }

    /// The records at a range of indices, cut to those that exist.
    pub fn range(&self, indices: Range<usize>) -> impl DoubleEndedIterator<Item = Sequence> + '_ {
        (indices.start..indices.end.min(self.length)).filter_map(|index| self.at(index))
    }

    /// The index of a record, `Err` with the index of the next younger one where it is not in the
    /// list: what stood at the edge of a window is found again after the list was trimmed.
    pub fn position(&self, sequence: Sequence) -> Result<usize, usize> {
        let number = sequence.number();
        let fronts = self.front.len();
        if self
            .front
            .first()
            .is_some_and(|youngest| sequence <= *youngest)
        {
            // Descending.
            let place = self.front.partition_point(|entry| *entry > sequence);
            let found = self.front.get(place) == Some(&sequence);
            return if found {
                Ok(fronts - 1 - place)
            } else {
                Err(fronts - place)
            };
        }
        let (mut low, mut high) = (fronts, self.length);
        let after = self.blocks.partition_point(|block| block.base <= number);
        let Some((block, front)) = after
            .checked_sub(1)
            .and_then(|index| self.blocks.get(index))
            .zip(self.blocks.front())
        else {
            return Err(fronts);
        };
        // Within the one block that can hold it.
        let before = usize::try_from(block.start - front.start).unwrap_or(usize::MAX);
        low = low.max(before.saturating_sub(self.skipped) + fronts);
        high = high.min((before + block.offsets.len()).saturating_sub(self.skipped) + fronts);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.at(middle).map(|found| found.cmp(&sequence)) {
                Some(core::cmp::Ordering::Less) => low = middle + 1,
                Some(core::cmp::Ordering::Equal) => return Ok(middle),
                Some(core::cmp::Ordering::Greater) | None => high = middle,
            }
        }
        Err(low)
    }

    /// Takes out the records before `first`, the oldest that the trace keeps, and says how many
    /// those were. O(1) on average.
    pub fn retain_from(&mut self, first: Sequence) -> usize {
        if self.first().is_none_or(|oldest| oldest >= first) {
            return 0;
        }
        let (Ok(gone) | Err(gone)) = self.position(first);
        self.length -= gone;
        self.trimmed += gone as u64;
        let of_front = gone.min(self.front.len());
        self.front.truncate(self.front.len() - of_front);
        self.skipped += gone - of_front;
        while let Some(block) = self.blocks.front()
            && self.skipped >= block.offsets.len()
        {
            self.skipped -= block.offsets.len();
            self.blocks.pop_front();
        }
        if self.blocks.is_empty() {
            self.blocks = VecDeque::new();
        }
        gone
    }

    /// How many records [`Self::retain_from`] has taken out since the list was made or cleared.
    pub fn trimmed(&self) -> u64 {
        self.trimmed
    }

    /// Empties the list, because a person asked for it. The trace keeps its records.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// The memory the list uses, in bytes.
    pub fn bytes_used(&self) -> usize {
        let offsets: usize = self
            .blocks
            .iter()
            .map(|block| block.offsets.capacity() * size_of::<u32>())
            .sum();
        let front = self.front.capacity() * size_of::<Sequence>();
        offsets + front + self.blocks.capacity() * size_of::<Block>()
    }
}

/// A list of a few records, of which a page has many, takes little.
const FIRST_CAPACITY: usize = 16;

impl Block {
    fn at(&self, index: usize) -> Option<Sequence> {
        let offset = self.offsets.get(index)?;
        Some(Sequence::new(self.base + u64::from(*offset)))
    }

    fn end(&self) -> u64 {
        self.start + self.offsets.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn list_of(numbers: impl IntoIterator<Item = u64>) -> RecordList {
        let mut list = RecordList::new();
        for number in numbers {
            assert!(list.push_back(Sequence::new(number)));
        }
        list
    }

    #[test]
    fn records_come_in_the_order_of_the_trace() {
        let mut list = list_of([3, 4, 900]);
        for number in [0, 899, 900] {
            assert!(!list.push_back(Sequence::new(number)));
        }
        assert_eq!(list.len(), 3);
        assert_eq!(list.last(), Some(Sequence::new(900)));
    }

    #[test]
    fn an_entry_costs_four_bytes() {
        let list = list_of((0..1_000_000).map(|number| number * 3));
        assert!(list.bytes_used() < 4_200_000, "{}", list.bytes_used());
    }

    #[test]
    fn a_window_is_found_again_after_trimming() {
        let mut list = list_of((0..10_000).map(|number| number * 2));
        let edge = list.at(6_000).unwrap();
        assert_eq!(list.retain_from(Sequence::new(8_001)), 4_001);
        assert_eq!(list.trimmed(), 4_001);
        assert_eq!(list.position(edge), Ok(6_000 - 4_001));
        assert_eq!(list.position(Sequence::new(5)), Err(0));
        assert_eq!(list.retain_from(Sequence::new(8_001)), 0);
        assert_eq!(list.retain_from(Sequence::new(u64::MAX)), 5_999);
        assert!(list.is_empty());
        assert_eq!(list.bytes_used(), 0);
    }

    proptest! {
        #[test]
        fn behaves_as_a_vec_does(
            steps in proptest::collection::vec((0_u8..40, 1_u64..6_000_000_000, 0_usize..5_000), 0..60),
        ) {
            let mut list = RecordList::new();
            let mut model: Vec<Sequence> = Vec::new();
            let mut next = 0;
            for (step, gap, count) in steps {
                match step {
                    0 => {
                        list.clear();
                        model.clear();
                    }
                    1..10 => {
                        let first = model.get(count).copied().unwrap_or(Sequence::new(next));
                        // Between two entries as well as at one.
                        let first = Sequence::new(first.number() + gap % 2);
                        let before = model.len();
                        model.retain(|&sequence| sequence >= first);
                        prop_assert_eq!(list.retain_from(first), before - model.len());
                    }
                    13..20 => {
                        let trimmed = list.trimmed() > 0;
                        for _ in 0..count {
                            let first = model.first().map_or(next, |first| first.number());
                            let Some(older) = first.checked_sub(1 + gap % 7_000_000_000) else { break };
                            if trimmed {
                                // Whether it is taken depends on what has gone; both ways are in order.
                                if list.push_front(Sequence::new(older)) {
                                    model.insert(0, Sequence::new(older));
                                }
                                break;
                            }
                            prop_assert!(list.push_front(Sequence::new(older)) || model.is_empty());
                            if list.len() > model.len() {
                                model.insert(0, Sequence::new(older));
                            }
                        }
                    }
                    10..13 => {
                        next += gap;
                        prop_assert!(list.push_back(Sequence::new(next)));
                        model.push(Sequence::new(next));
                    }
                    _ => for _ in 0..count {
                        next += 1 + gap % 7;
                        prop_assert!(list.push_back(Sequence::new(next)));
                        model.push(Sequence::new(next));
                    }
                }
                prop_assert_eq!(list.len(), model.len());
                prop_assert_eq!(list.first(), model.first().copied());
                prop_assert_eq!(list.last(), model.last().copied());
                prop_assert_eq!(list.at(count), model.get(count).copied());
                let probe = Sequence::new(gap % (next + 2));
                prop_assert_eq!(list.position(probe), model.binary_search(&probe));
            }
            prop_assert!(list.range(0..usize::MAX).eq(model.iter().copied()));
            for (index, &sequence) in model.iter().enumerate().step_by(97) {
                prop_assert_eq!(list.position(sequence), Ok(index));
            }
        }
    }
}
