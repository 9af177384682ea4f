//! What becomes of one packet.

use core::num::NonZeroU8;
use core::time::Duration;

use super::fault::{Fault, FaultId, Way};
use super::framing::{FixedHeader, PacketIdReader};
use super::record::{Deed, FaultRecord, Target};
use crate::time::Instant;

/// What was decided about a packet when it began.
#[derive(Clone, Debug, Default)]
pub(super) struct Fate {
    /// Whether it does not arrive.
    pub(super) is_lost: bool,
    /// How long it is kept back.
    pub(super) delay: Duration,
    /// A copy of what has passed so far, if it is to arrive twice.
    pub(super) copy: Option<Vec<u8>>,
    corruptions: Vec<Corruption>,
    /// What is to be recorded when it has passed.
    deeds: Vec<(FaultId, Fault, Deed)>,
    /// How much of it has passed, in bytes.
    passed: usize,
    seen: Option<Seen>,
}

/// A byte that is to be changed.
#[derive(Clone, Copy, Debug)]
struct Corruption {
    offset: usize,
    mask: NonZeroU8,
    /// Which of the deeds it is.
    deed: usize,
}

/// What is known of a packet that was seen from its beginning.
#[derive(Clone, Copy, Debug)]
struct Seen {
    header: FixedHeader,
    packet_id: PacketIdReader,
    at: Instant,
}

impl Fate {
    /// For a packet that begins with these bytes.
    pub(super) fn new(header: FixedHeader, bytes: &[u8], at: Instant) -> Self {
        Self {
            seen: Some(Seen {
                header,
                packet_id: PacketIdReader::new(header, bytes),
                at,
            }),
            ..Self::default()
        }
    }

    /// Whether the packet passes as it is.
    pub(super) fn is_plain(&self) -> bool {
        !self.is_lost
            && self.delay.is_zero()
            && self.copy.is_none()
            && self.corruptions.is_empty()
            && self.deeds.is_empty()
    }

    pub(super) fn add_deed(&mut self, id: FaultId, fault: Fault, deed: Deed) {
        self.deeds.push((id, fault, deed));
    }

    pub(super) fn corrupt(&mut self, id: FaultId, fault: Fault, offset: usize, mask: NonZeroU8) {
        self.corruptions.push(Corruption {
            offset,
            mask,
            deed: self.deeds.len(),
        });
        // What the byte was is known when it passes.
        let deed = Deed::Corrupted {
            offset,
            before: 0,
            after: 0,
        };
        self.deeds.push((id, fault, deed));
    }

    /// Does to the next bytes of the packet what is to be done to them.
    pub(super) fn pass(&mut self, bytes: &mut [u8]) {
        if let Some(seen) = &mut self.seen {
            seen.packet_id.read(bytes);
        }
        for corruption in &self.corruptions {
            let index = corruption.offset.checked_sub(self.passed);
            let Some(byte) = index.and_then(|index| bytes.get_mut(index)) else {
                continue;
            };
            let (offset, before) = (corruption.offset, *byte);
            *byte ^= corruption.mask.get();
            if let Some((_, _, deed)) = self.deeds.get_mut(corruption.deed) {
                *deed = Deed::Corrupted {
                    offset,
                    before,
                    after: *byte,
                };
            }
        }
        self.passed += bytes.len();
        if let Some(copy) = &mut self.copy {
            copy.extend_from_slice(bytes);
        }
    }

    /// What was done, once the packet has passed, or does not go on.
    pub(super) fn records(&self, way: Way, now: Instant) -> impl Iterator<Item = FaultRecord> {
        let (at, target) = match self.seen {
            Some(seen) => (
                seen.at,
                Target::Packet {
                    packet_type: seen.header.packet_type,
                    packet_id: seen.packet_id.packet_id(),
                    length: seen.header.length,
                },
            ),
            None => (
                now,
                Target::Bytes {
                    length: self.passed,
                },
            ),
        };
        let passed = self.passed;
        let has_happened = move |deed: &Deed| match *deed {
            // The packet may have been broken off before the byte came.
            Deed::Corrupted { offset, .. } => offset < passed,
            Deed::Lost
            | Deed::Swallowed
            | Deed::Delayed { .. }
            | Deed::Duplicated
            | Deed::Sliced { .. }
            | Deed::Throttled { .. } => true,
        };
        self.deeds
            .iter()
            .filter(move |(_, _, deed)| has_happened(deed))
            .map(move |&(id, fault, deed)| FaultRecord {
                id,
                fault,
                way,
                at,
                target,
                deed,
            })
    }
}
