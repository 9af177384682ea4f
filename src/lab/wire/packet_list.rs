//! The packets and events that a list shows.

use core::ops::Range;

use super::LOOK;
use super::TailExtent;
use super::packet_filter::{Exchanges, PacketFilter};
use super::packet_row::{Names, PacketRow};
use crate::lab::Lab;
use crate::lab::trace::{RecordList, Sequence};

/// The records of the trace that a filter takes, in their order: four bytes for each, found as the list follows
/// the trace.
#[derive(Debug)]
pub struct PacketList {
    filter: PacketFilter,
    /// Which list it is: each filter begins another one.
    list: u64,
    found: RecordList,
    exchanges: Exchanges,
    /// Where it began, and everything before which was looked at.
    from: Sequence,
    next: Sequence,
    /// How far the trace was when it was last followed.
    end: Sequence,
}

/// How far a list is that has the trace still before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListProgress {
    /// How many records were looked at since it began.
    pub looked_at: u64,
    /// How many there are to look at, those with them.
    pub total: u64,
}

impl PacketList {
    /// A list that has not looked at anything yet.
    pub fn new(filter: PacketFilter) -> Self {
        Self {
            filter,
            list: 0,
            found: RecordList::new(),
            exchanges: Exchanges::default(),
            from: Sequence::default(),
            next: Sequence::default(),
            end: Sequence::default(),
        }
    }

    /// What it shows.
    pub fn filter(&self) -> &PacketFilter {
        &self.filter
    }

    /// Shows something else, from the oldest record on. Nothing happens where the filter is the same.
    pub fn set_filter(&mut self, filter: PacketFilter) {
        if filter != self.filter {
            *self = Self {
                list: self.list + 1,
                ..Self::new(filter)
            };
        }
    }

    /// Looks at up to `limit` records that are new to it, and lets go of what the trace has dropped. `true` where
    /// there are more.
    pub fn follow(&mut self, lab: &Lab, limit: usize) -> bool {
        let trace = lab.trace();
        let first = trace.first();
        self.found.retain_from(first);
        if self.next < first {
            if self.next == self.from {
                self.from = first;
            }
            self.next = first;
        }
        let is_new = self.end != trace.next();
        self.end = trace.next();
        if let Some(packet) = self.filter.handshake() {
            if is_new || self.next < self.end {
                self.follow_handshake(lab, packet);
            }
            return false;
        }
        for record in trace.records(self.next..self.end).take(limit) {
            if self.filter.takes(&record, &mut self.exchanges) {
                self.found.push_back(record.sequence());
            }
            self.next = record.sequence().following();
        }
        self.next < self.end
    }

    /// Shows the handshake of a packet, until what comes is too far from it to belong to it.
    fn follow_handshake(&mut self, lab: &Lab, packet: Sequence) {
        let is_settled = self.next.number() > packet.number().saturating_add(2 * LOOK);
        self.next = self.end;
        let Some(handshake) = lab.handshake(packet).filter(|_| !is_settled) else {
            return;
        };
        let all = handshake.all();
        if !self
            .found
            .range(0..self.found.len())
            .eq(all.iter().copied())
        {
            self.found = RecordList::new();
            for sequence in all {
                self.found.push_back(sequence);
            }
        }
    }

    /// Whether it has looked at this record.
    pub fn has_looked_at(&self, sequence: Sequence) -> bool {
        sequence < self.next
    }

    /// How far it is; `None` where it has looked at everything.
    pub fn progress(&self) -> Option<ListProgress> {
        let total = self.end.number().saturating_sub(self.from.number());
        let left = self.end.number().saturating_sub(self.next.number());
        (left > 0).then(|| ListProgress {
            looked_at: total.saturating_sub(left),
            total,
        })
    }

    /// What the list has now.
    pub fn extent(&self) -> TailExtent {
        let first = self.found.trimmed();
        TailExtent {
            list: self.list,
            first,
            end: first + self.found.len() as u64,
        }
    }

    /// The same without the rows from `sequence` on: the list as it was before that record was made.
    pub fn extent_before(&self, sequence: Sequence) -> TailExtent {
        let (Ok(place) | Err(place)) = self.found.position(sequence);
        let extent = self.extent();
        TailExtent {
            end: extent.first + place as u64,
            ..extent
        }
    }

    /// The number of a record in the list; `None` where it is not in it.
    pub fn number(&self, sequence: Sequence) -> Option<u64> {
        let place = self.found.position(sequence).ok()?;
        Some(self.found.trimmed() + place as u64)
    }

    /// The record with this number in the list.
    pub fn sequence(&self, number: u64) -> Option<Sequence> {
        let place = number.checked_sub(self.found.trimmed())?;
        self.found.at(usize::try_from(place).ok()?)
    }

    /// The rows with these numbers, as they are shown.
    pub fn rows(&self, lab: &Lab, numbers: Range<u64>) -> Vec<PacketRow> {
        let mut names = Names::new(lab);
        numbers
            .filter_map(|number| {
                let record = lab.trace().get(self.sequence(number)?)?;
                Some(PacketRow::new(lab, &record, number, &mut names))
            })
            .collect()
    }
}
