//! The trace: one bounded, append-only log behind every pane.
//!
//! Everything that happens in the lab is appended here once, and every list, diagram and export is
//! a view of it. A record never changes, and it never moves to another [`Sequence`]. The memory
//! has a budget; when that is used up the oldest chunk of records goes, and [`Trace::dropped`]
//! says how many records that were and from when. Nothing else removes a record, but
//! [`Trace::clear`].
//!
//! - To append is O(1) on average, and allocates nothing but a chunk (about a mebibyte) now and
//!   then, and the name of a topic that no kept record has. To read is O(log chunks).
//! - A record costs its bytes and 32 more.
//! - **The newest record is always kept**, even where it alone is larger than the whole budget. It
//!   goes when the next one comes. Only where the machine has no memory for it is it counted as
//!   dropped at once, with all those before it: the kept records never have a gap.

mod broker_note;
mod chunk;
mod fault_note;
mod list;
mod note;
mod record;
#[cfg(test)]
mod tests;
mod topics;

use core::mem::size_of;
use core::ops::Range;
use std::collections::VecDeque;

use chunk::{Chunk, Entry};
use topics::Topics;

pub use broker_note::{
    BrokerNote, ConnectionChange, Inflight, QueueChange, RetainedChange, SessionChange,
    SubscriptionChange, SystemChange, WillChange,
};
pub use fault_note::FaultNote;
pub use list::RecordList;
pub use note::{ClockChange, ClosedBy, Note, RefusalCause, RefusedAction};
pub use record::{Direction, PacketFacts, Record, RecordKind, Sequence};
pub use topics::TopicId;

use crate::codec::PacketId;
use crate::lab::ClientKey;
use crate::time::Instant;

/// The largest ordinary chunk; a larger record gets a chunk of just its own size.
const LARGEST_CHUNK: usize = 1 << 20;
/// The smallest ordinary chunk, for budgets that are next to nothing.
const SMALLEST_CHUNK: usize = 1 << 10;
/// A budget is made of at least so many ordinary chunks, so that little goes at a time.
const CHUNKS_IN_BUDGET: usize = 16;

/// The memory for encoding notes that is kept from one to the next; hardly any is larger.
const LARGEST_SCRATCH: usize = 1 << 10;

/// What went because the budget was used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// How many records.
    pub records: u64,
    /// The times of the first and the last of them, `None` where there is none.
    pub span: Option<(Instant, Instant)>,
}

/// The log. See the [module](self) for what it promises.
#[derive(Debug)]
pub struct Trace {
    chunks: VecDeque<Chunk>,
    /// The sum of the chunks' memory.
    chunk_bytes: usize,
    topics: Topics,
    budget: usize,
    next: u64,
    dropped: Dropped,
    /// Where notes are encoded before they are copied, so that none of them allocates.
    scratch: Vec<u8>,
    /// Lets tests run out of memory.
    #[cfg(test)]
    memory_denied: bool,
}

impl Trace {
    /// The budget that a lab starts with, in bytes.
    pub const DEFAULT_BUDGET: usize = 256 << 20;

    /// An empty log that may use `budget` bytes of memory.
    pub fn new(budget: usize) -> Self {
        Self {
            chunks: VecDeque::new(),
            chunk_bytes: 0,
            topics: Topics::default(),
            budget,
            next: 0,
            dropped: Dropped::default(),
            scratch: Vec::new(),
            #[cfg(test)]
            memory_denied: false,
        }
    }

    /// Changes the budget; where it is smaller now, the oldest records go at once.
    pub fn set_budget(&mut self, budget: usize) {
        self.budget = budget;
        self.drop_what_is_over();
    }

    /// Appends one whole Control Packet.
    ///
    /// Facts that contradict the bytes (a payload beyond the end) are taken as not known.
    pub fn append_packet(
        &mut self,
        now: Instant,
        client: ClientKey,
        direction: Direction,
        raw: &[u8],
        facts: PacketFacts<'_>,
    ) -> Sequence {
        let kind = match direction {
            Direction::Sent => RecordKind::Sent,
            Direction::Received => RecordKind::Received,
        };
        self.append_packet_at(now, kind, client, raw, facts)
    }

    /// Appends one whole Control Packet as it was at the lab broker's end of the link.
    pub fn append_broker_packet(
        &mut self,
        now: Instant,
        client: ClientKey,
        direction: Direction,
        raw: &[u8],
        facts: PacketFacts<'_>,
    ) -> Sequence {
        let kind = match direction {
            Direction::Sent => RecordKind::BrokerReceived,
            Direction::Received => RecordKind::BrokerSent,
        };
        self.append_packet_at(now, kind, client, raw, facts)
    }

    fn append_packet_at(
        &mut self,
        now: Instant,
        kind: RecordKind,
        client: ClientKey,
        raw: &[u8],
        facts: PacketFacts<'_>,
    ) -> Sequence {
        let entry = Entry {
            time: now,
            kind,
            client: Some(client),
            topic: facts.topic.and_then(|topic| self.topics.acquire(topic)),
            payload_offset: facts
                .payload_offset
                .filter(|&offset| offset <= raw.len())
                .and_then(|offset| u32::try_from(offset).ok()),
            packet_id: facts.packet_id,
            subscription: facts.subscription,
            version: Some(facts.version),
            delivered: facts.delivered,
            malformed: facts.malformed,
            by_hand: facts.by_hand,
        };
        self.append(&entry, raw)
    }

    /// Appends something that is no Control Packet; `client` is `None` where it concerns them all.
    pub fn append_note(
        &mut self,
        now: Instant,
        client: Option<ClientKey>,
        note: &Note<'_>,
    ) -> Sequence {
        self.append_note_about(now, client, None, None, note)
    }

    /// [`Self::append_note`] with the Topic Name and the Packet Identifier that it is about.
    pub fn append_note_about(
        &mut self,
        now: Instant,
        client: Option<ClientKey>,
        topic: Option<&str>,
        packet_id: Option<PacketId>,
        note: &Note<'_>,
    ) -> Sequence {
        let topic = topic.and_then(|topic| self.topics.acquire(topic));
        let entry = Entry {
            time: now,
            kind: note.kind(),
            client,
            topic,
            payload_offset: None,
            packet_id,
            subscription: None,
            version: None,
            delivered: false,
            malformed: false,
            by_hand: false,
        };
        let mut bytes = core::mem::take(&mut self.scratch);
        bytes.clear();
        note.encode(&mut bytes);
        let sequence = self.append(&entry, &bytes);
        if bytes.capacity() <= LARGEST_SCRATCH {
            self.scratch = bytes;
        }
        sequence
    }

    /// The record at `sequence`; `None` where it has been dropped or has not happened yet.
    pub fn get(&self, sequence: Sequence) -> Option<Record<'_>> {
        let number = sequence.number();
        // What was appended last is asked for first.
        let newest = self.chunks.back()?;
        let chunk = if newest.first() <= number {
            newest
        } else {
            let after = self.chunks.partition_point(|chunk| chunk.first() <= number);
            self.chunks.get(after.checked_sub(1)?)?
        };
        let position = usize::try_from(number.checked_sub(chunk.first())?).ok()?;
        let (entry, raw) = chunk.record(position)?;
        Some(Record {
            sequence,
            entry,
            raw,
            topics: &self.topics,
        })
    }

    /// The kept records from `range.start` up to, but without, `range.end`; both ends may lie
    /// anywhere.
    pub fn records(
        &self,
        range: Range<Sequence>,
    ) -> impl DoubleEndedIterator<Item = Record<'_>> + '_ {
        let start = range.start.max(self.first()).number();
        let end = range.end.min(self.next()).number();
        (start..end).filter_map(|number| self.get(Sequence::new(number)))
    }

    /// The oldest record that is kept; equal to [`Self::next`] where there is none.
    pub fn first(&self) -> Sequence {
        let first = self.chunks.front().map_or(self.next, Chunk::first);
        Sequence::new(first)
    }

    /// The position that the next record will get.
    pub fn next(&self) -> Sequence {
        Sequence::new(self.next)
    }

    /// How many records are kept.
    pub fn len(&self) -> usize {
        usize::try_from(self.next - self.first().number()).unwrap_or(usize::MAX)
    }

    /// Whether no record is kept.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// When the oldest record that is kept happened.
    pub fn oldest_time(&self) -> Option<Instant> {
        Some(self.get(self.first())?.time())
    }

    /// What has gone because the budget was used up, since the lab was opened.
    pub fn dropped(&self) -> Dropped {
        self.dropped
    }

    /// The memory in use: chunks whole, whether full or not, with the topics' names and tables.
    ///
    /// At most the budget, unless one chunk alone is over it.
    pub fn bytes_used(&self) -> usize {
        self.chunk_bytes + self.chunks.capacity() * size_of::<Chunk>() + self.topics.bytes_used()
    }

    /// The memory that may be used, in bytes.
    pub fn budget(&self) -> usize {
        self.budget
    }

    /// The Topic Name with this number, as long as a kept record has it.
    pub fn topic(&self, id: TopicId) -> Option<&str> {
        self.topics.name(id)
    }

    /// The number of a Topic Name, as long as a kept record has it.
    pub fn topic_id(&self, name: &str) -> Option<TopicId> {
        self.topics.id(name)
    }

    /// How many kept records have this topic.
    pub fn topic_records(&self, id: TopicId) -> usize {
        self.topics.records(id)
    }

    /// How many different topics the kept records have.
    pub fn topic_count(&self) -> usize {
        self.topics.len()
    }

    /// Forgets every record, because a person asked for it: this is not counted as dropped.
    /// Sequence numbers go on.
    pub fn clear(&mut self) {
        self.chunks = VecDeque::new();
        self.chunk_bytes = 0;
        self.topics.clear();
    }

    fn append(&mut self, entry: &Entry, bytes: &[u8]) -> Sequence {
        let sequence = Sequence::new(self.next);
        self.next += 1;
        if self.store(sequence, entry, bytes) {
            self.drop_what_is_over();
        } else {
            self.count_dropped(1, entry.time, entry.time);
            if let Some(topic) = entry.topic {
                self.topics.release(topic);
            }
        }
        sequence
    }

    /// Puts the record into the newest chunk or a new one; `false` where there is no memory.
    fn store(&mut self, sequence: Sequence, entry: &Entry, bytes: &[u8]) -> bool {
        // Over budget there is one chunk only, and it must not grow: the names of its topics can
        // be far larger than its records, when these have Topic Aliases.
        if self.bytes_used() <= self.budget
            && let Some(newest) = self.chunks.back_mut()
            && newest.push(entry, bytes)
        {
            return true;
        }
        let Some(mut chunk) = self.open_chunk(sequence.number(), bytes.len()) else {
            return false;
        };
        let is_stored = chunk.push(entry, bytes);
        self.chunk_bytes += chunk.footprint();
        self.chunks.push_back(chunk);
        is_stored
    }

    /// A new chunk with room for a record of `length` bytes. Where there is no memory for one,
    /// every older record has been dropped when this returns.
    fn open_chunk(&mut self, first: u64, length: usize) -> Option<Chunk> {
        if let Some(newest) = self.chunks.back_mut() {
            self.chunk_bytes -= newest.footprint();
            newest.seal();
            self.chunk_bytes += newest.footprint();
        }
        let size = Chunk::size_for(length).map(|needed| needed.max(self.ordinary_chunk()));
        // Room is made first: the peak counts as well. The memory of the chunk that goes is
        // mostly just what the new one needs.
        let mut reused = None;
        while !self.chunks.is_empty()
            && size.is_none_or(|size| self.bytes_used().saturating_add(size) > self.budget)
        {
            reused = self.drop_oldest();
        }
        loop {
            if let Some(chunk) = self.allocate(first, size?, reused.take()) {
                return Some(chunk);
            }
            // The machine has less than the budget allows.
            drop(self.drop_oldest()?);
        }
    }

    fn allocate(&self, first: u64, size: usize, reused: Option<Vec<u8>>) -> Option<Chunk> {
        #[cfg(test)]
        if self.memory_denied {
            return None;
        }
        Chunk::empty(first, size, reused)
    }

    fn ordinary_chunk(&self) -> usize {
        (self.budget / CHUNKS_IN_BUDGET).clamp(SMALLEST_CHUNK, LARGEST_CHUNK)
    }

    /// Drops the oldest chunks until the rest is within the budget, but never the newest one.
    fn drop_what_is_over(&mut self) {
        while self.chunks.len() > 1 && self.bytes_used() > self.budget {
            drop(self.drop_oldest());
        }
    }

    /// Drops the oldest chunk with the topics that only it used; its memory, for the next one.
    fn drop_oldest(&mut self) -> Option<Vec<u8>> {
        let chunk = self.chunks.pop_front()?;
        self.chunk_bytes -= chunk.footprint();
        let mut span = None;
        for (entry, _) in (0..chunk.len()).filter_map(|position| chunk.record(position)) {
            let (from, _) = *span.get_or_insert((entry.time, entry.time));
            span = Some((from, entry.time));
            if let Some(topic) = entry.topic {
                self.topics.release(topic);
            }
        }
        if let Some((from, to)) = span {
            self.count_dropped(chunk.len() as u64, from, to);
        }
        Some(chunk.into_block())
    }

    fn count_dropped(&mut self, records: u64, from: Instant, to: Instant) {
        self.dropped.records += records;
        let from = self.dropped.span.map_or(from, |(from, _)| from);
        self.dropped.span = Some((from, to));
    }
}
