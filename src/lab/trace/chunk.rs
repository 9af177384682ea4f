//! One chunk of the trace: a single block of memory that is kept, and dropped, as a whole.
//!
//! The bytes of the records are written from the front of the block and their index entries, of
//! one fixed size, from the back; the chunk is full when the two meet. So small and large records
//! use a block equally well, nothing is allocated for a record, and what a chunk costs is exactly
//! the size of its block.

use super::record::RecordKind;
use super::topics::TopicId;
use crate::codec::{PacketId, ProtocolVersion};
use crate::lab::ClientKey;
use crate::time::Instant;

/// The bytes that one record costs beside its own.
pub(super) const ENTRY_SIZE: usize = 32;

/// The last time an entry can tell: 56 bits of microseconds, some 2,283 years.
const LAST_TIME: u64 = (1 << 56) - 1;

/// No payload; a payload that starts there would lie beyond the largest Control Packet.
const NO_PAYLOAD: u32 = u32::MAX;

const HAS_CLIENT: u16 = 1 << 0;
const HAS_SUBSCRIPTION: u16 = 1 << 1;
const DELIVERED: u16 = 1 << 2;
const MALFORMED: u16 = 1 << 3;
const BY_HAND: u16 = 1 << 4;
const LEVEL_SHIFT: u32 = 8;

/// What the index knows of a record, without a look at its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) time: Instant,
    pub(super) kind: RecordKind,
    pub(super) client: Option<ClientKey>,
    pub(super) topic: Option<TopicId>,
    pub(super) payload_offset: Option<u32>,
    pub(super) packet_id: Option<PacketId>,
    pub(super) subscription: Option<u16>,
    /// The version of a Control Packet, `None` for a note.
    pub(super) version: Option<ProtocolVersion>,
    pub(super) delivered: bool,
    pub(super) malformed: bool,
    pub(super) by_hand: bool,
}

impl Entry {
    /// Four words: time and kind, place of the bytes, payload and topic, the small fields.
    fn pack(&self, offset: u32, length: u32) -> [[u8; 8]; 4] {
        let level = self.version.map_or(0, ProtocolVersion::level);
        let mut flags = u16::from(level) << LEVEL_SHIFT;
        for (is_set, flag) in [
            (self.client.is_some(), HAS_CLIENT),
            (self.subscription.is_some(), HAS_SUBSCRIPTION),
            (self.delivered, DELIVERED),
            (self.malformed, MALFORMED),
            (self.by_hand, BY_HAND),
        ] {
            if is_set {
                flags |= flag;
            }
        }
        let client = self.client.map_or(0, |client| client.number());
        let topic = self.topic.map_or(TopicId::NONE, TopicId::number);
        [
            (self.time.as_micros().min(LAST_TIME) << 8) | u64::from(self.kind as u8),
            u64::from(offset) | (u64::from(length) << 32),
            u64::from(self.payload_offset.unwrap_or(NO_PAYLOAD)) | (u64::from(topic) << 32),
            u64::from(client)
                | (u64::from(self.packet_id.map_or(0, PacketId::value)) << 16)
                | (u64::from(self.subscription.unwrap_or(0)) << 32)
                | (u64::from(flags) << 48),
        ]
        .map(u64::to_le_bytes)
    }

    /// The entry and where its bytes stand in the block.
    fn unpack(bytes: &[u8; ENTRY_SIZE]) -> Option<(Self, usize, usize)> {
        let (words, _) = bytes.as_chunks::<8>();
        let &[first, second, third, fourth] = words else {
            return None;
        };
        let [first, second, third, fourth] = [first, second, third, fourth].map(u64::from_le_bytes);
        let flags = (fourth >> 48) as u16;
        let entry = Self {
            time: Instant::from_micros(first >> 8),
            kind: RecordKind::from_number(first as u8)?,
            client: (flags & HAS_CLIENT != 0).then(|| ClientKey::new(fourth as u16)),
            topic: TopicId::from_number((third >> 32) as u32),
            payload_offset: Some(third as u32).filter(|&offset| offset != NO_PAYLOAD),
            packet_id: PacketId::new((fourth >> 16) as u16),
            subscription: (flags & HAS_SUBSCRIPTION != 0).then_some((fourth >> 32) as u16),
            version: ProtocolVersion::ALL
                .into_iter()
                .find(|version| u16::from(version.level()) == flags >> LEVEL_SHIFT),
            delivered: flags & DELIVERED != 0,
            malformed: flags & MALFORMED != 0,
            by_hand: flags & BY_HAND != 0,
        };
        Some((entry, second as u32 as usize, (second >> 32) as usize))
    }
}

/// A block of memory with the records of one stretch of the log.
#[derive(Debug)]
pub(super) struct Chunk {
    /// The sequence number of the first record.
    first: u64,
    records: usize,
    /// Where the bytes of the records end.
    data_end: usize,
    /// Bytes from the front, index entries from the back; its length never exceeds its capacity.
    block: Vec<u8>,
}

impl Chunk {
    /// The block size that a record of `length` bytes needs, `None` where the index cannot tell it.
    pub(super) fn size_for(length: usize) -> Option<usize> {
        u32::try_from(length)
            .ok()
            .filter(|&length| length < NO_PAYLOAD)?;
        length.checked_add(ENTRY_SIZE)
    }

    /// An empty chunk of `size` bytes, in `reused` memory where that has the right size; `None`
    /// where there is no memory for it.
    pub(super) fn empty(first: u64, size: usize, reused: Option<Vec<u8>>) -> Option<Self> {
        let block = match reused.filter(|block| block.len() == size) {
            Some(block) => block,
            None => {
                let mut block = Vec::new();
                block.try_reserve_exact(size).ok()?;
                block.resize(size, 0);
                block
            }
        };
        Some(Self {
            first,
            records: 0,
            data_end: 0,
            block,
        })
    }

    /// The sequence number of the first record.
    pub(super) fn first(&self) -> u64 {
        self.first
    }

    /// How many records stand here.
    pub(super) fn len(&self) -> usize {
        self.records
    }

    /// The memory the chunk holds, used or not.
    pub(super) fn footprint(&self) -> usize {
        self.block.capacity()
    }

    /// The room that is left for bytes and index entries.
    pub(super) fn free(&self) -> usize {
        self.index_start().saturating_sub(self.data_end)
    }

    /// Appends a record; `false`, with nothing done, where it does not fit.
    pub(super) fn push(&mut self, entry: &Entry, bytes: &[u8]) -> bool {
        self.try_push(entry, bytes).is_some()
    }

    /// The record at `position`, from 0.
    pub(super) fn record(&self, position: usize) -> Option<(Entry, &[u8])> {
        if position >= self.records {
            return None;
        }
        let end = self.block.len().checked_sub(position * ENTRY_SIZE)?;
        let packed = self.block.get(..end)?.last_chunk::<ENTRY_SIZE>()?;
        let (entry, offset, length) = Entry::unpack(packed)?;
        let bytes = self.block.get(offset..offset.checked_add(length)?)?;
        Some((entry, bytes))
    }

    /// Gives back the room that is left, where that is worth a move of the index: called when the
    /// next record did not fit, so that a large packet behind a few small ones wastes nothing.
    pub(super) fn seal(&mut self) {
        if self.free() <= self.block.len() / 8 {
            return;
        }
        let index_start = self.index_start();
        let index_length = self.block.len().saturating_sub(index_start);
        self.block.copy_within(index_start.., self.data_end);
        self.block.truncate(self.data_end + index_length);
        self.block.shrink_to_fit();
    }

    /// The memory of a chunk that is dropped, for the next one.
    pub(super) fn into_block(self) -> Vec<u8> {
        self.block
    }

    fn index_start(&self) -> usize {
        self.block
            .len()
            .saturating_sub(self.records.saturating_mul(ENTRY_SIZE))
    }

    fn try_push(&mut self, entry: &Entry, bytes: &[u8]) -> Option<()> {
        let packed = entry.pack(
            u32::try_from(self.data_end).ok()?,
            u32::try_from(bytes.len()).ok()?,
        );
        let index_start = self.index_start();
        let (data, _) = self.block.split_at_mut_checked(index_start)?;
        let (data, slot) = data.split_last_chunk_mut::<ENTRY_SIZE>()?;
        let data_end = self.data_end.checked_add(bytes.len())?;
        data.get_mut(self.data_end..data_end)?
            .copy_from_slice(bytes);
        slot.copy_from_slice(packed.as_flattened());
        self.data_end = data_end;
        self.records += 1;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(time: u64) -> Entry {
        Entry {
            time: Instant::from_micros(time),
            kind: RecordKind::Received,
            client: Some(ClientKey::new(7)),
            topic: TopicId::from_number(9),
            payload_offset: Some(4),
            packet_id: Some(PacketId::MAX),
            subscription: Some(0),
            version: Some(ProtocolVersion::V5_0),
            delivered: true,
            malformed: false,
            by_hand: true,
        }
    }

    #[test]
    fn an_entry_comes_back_as_it_went_in() {
        let bare = Entry {
            time: Instant::ORIGIN,
            kind: RecordKind::Clock,
            client: None,
            topic: None,
            payload_offset: None,
            packet_id: None,
            subscription: None,
            version: None,
            delivered: false,
            malformed: true,
            by_hand: false,
        };
        let full = Entry {
            time: Instant::from_micros(LAST_TIME),
            client: Some(ClientKey::new(u16::MAX)),
            subscription: Some(u16::MAX),
            payload_offset: Some(268_435_460),
            ..entry(0)
        };
        for expected in [bare, full, entry(1)] {
            let packed = expected.pack(3, 268_435_460);
            let bytes: [u8; ENTRY_SIZE] = packed.as_flattened().try_into().unwrap();
            assert_eq!(Entry::unpack(&bytes), Some((expected, 3, 268_435_460)));
        }
    }

    #[test]
    fn a_time_beyond_the_last_is_told_as_the_last() {
        let mut chunk = Chunk::empty(0, 64, None).unwrap();
        assert!(chunk.push(&entry(u64::MAX), b""));
        assert_eq!(
            chunk.record(0).unwrap().0.time,
            Instant::from_micros(LAST_TIME)
        );
    }

    #[test]
    fn a_chunk_is_full_when_bytes_and_index_meet() {
        let mut chunk = Chunk::empty(5, 2 * ENTRY_SIZE + 7, None).unwrap();
        assert!(chunk.push(&entry(1), b"abcd"));
        assert!(!chunk.push(&entry(2), b"efgh"));
        assert!(chunk.push(&entry(2), b"efg"));
        assert_eq!(chunk.free(), 0);
        assert!(!chunk.push(&entry(3), b""));
        assert_eq!(chunk.record(0), Some((entry(1), b"abcd".as_slice())));
        assert_eq!(chunk.record(1), Some((entry(2), b"efg".as_slice())));
        assert_eq!(chunk.record(2), None);
    }

    #[test]
    fn sealing_gives_memory_back_and_moves_nothing_that_can_be_seen() {
        let mut chunk = Chunk::empty(0, 4096, None).unwrap();
        for time in 0..3 {
            assert!(chunk.push(&entry(time), b"12345"));
        }
        chunk.seal();
        assert_eq!(chunk.footprint(), 3 * (ENTRY_SIZE + 5));
        for time in 0..3 {
            let record = chunk.record(time as usize);
            assert_eq!(record, Some((entry(time), b"12345".as_slice())));
        }
    }

    #[test]
    fn memory_that_cannot_be_had_is_no_panic() {
        assert!(Chunk::empty(0, usize::MAX, None).is_none());
        assert_eq!(Chunk::size_for(10), Some(10 + ENTRY_SIZE));
        #[cfg(target_pointer_width = "64")]
        assert_eq!(Chunk::size_for(1 << 32), None);
    }
}
