//! The link: two pipes and the faults they share.

use core::num::NonZeroU32;
use core::time::Duration;
use std::collections::VecDeque;

use super::fate::Fate;
use super::fault::{
    COPY_MAXIMUM, Fault, FaultId, FaultView, LinkFull, Packets, TooManyFaults, Way,
};
use super::framing::{FixedHeader, Piece, Place};
use super::pipe::Pipe;
use super::record::{Deed, FaultRecord, Target};
use crate::codec::ControlPacketType;
use crate::random::SplitMix64;
use crate::time::Instant;

/// From so many bytes on that wait in one direction, [`Link::is_full`]: 1 MiB. What was sent at
/// once counts 64 bytes more than it has.
pub const CONGESTED_BYTES: usize = 1024 * 1024;

/// From so many bytes on that wait in one direction, [`Link::send`] refuses: 16 MiB, counted in
/// the same way.
pub const MAXIMUM_BYTES: usize = 16 * 1024 * 1024;

/// How many faults a link can have at once.
pub const MAXIMUM_FAULTS: usize = 32;

/// How many records are kept for [`Link::poll_fault`]. Further ones are counted, not kept.
pub const MAXIMUM_RECORDS: usize = 4_096;

/// What arrives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// Some bytes of the stream, never none.
    Bytes(Vec<u8>),
    /// The sender has ended the connection. Nothing follows in this direction.
    End,
}

/// A Network Connection with faults. See the [module](super) for how to drive it.
#[derive(Clone, Debug)]
pub struct Link {
    random: SplitMix64,
    faults: Vec<Active>,
    next_fault: u64,
    next_parcel: u64,
    up: Pipe,
    down: Pipe,
    records: VecDeque<FaultRecord>,
    records_left_out: u64,
}

/// A fault of the link.
#[derive(Clone, Copy, Debug)]
struct Active {
    id: FaultId,
    fault: Fault,
    left: Option<NonZeroU32>,
    touched: u64,
}

impl Link {
    /// A link without faults. The same seed and the same calls give the same deliveries.
    pub fn new(seed: u64) -> Self {
        Self {
            random: SplitMix64::new(seed),
            faults: Vec::new(),
            next_fault: 0,
            next_parcel: 0,
            up: Pipe::default(),
            down: Pipe::default(),
            records: VecDeque::new(),
            records_left_out: 0,
        }
    }

    /// Sends bytes: one packet, or any part of the stream.
    ///
    /// # Errors
    ///
    /// [`MAXIMUM_BYTES`] or more wait in this direction already; the bytes are not taken. Whoever
    /// sends must have been told by [`is_full`](Self::is_full) long before. Without these bytes
    /// the stream would have a gap: the connection cannot go on.
    pub fn send(&mut self, way: Way, bytes: &[u8], now: Instant) -> Result<(), LinkFull> {
        let waiting = self.pipe(way).load();
        if waiting >= MAXIMUM_BYTES {
            return Err(LinkFull {
                waiting,
                maximum: MAXIMUM_BYTES,
            });
        }
        if self.is_untouched() {
            self.watch(way, bytes);
            self.push(way, Some(bytes.to_vec()), now);
            return Ok(());
        }
        let mut rest = bytes;
        // Taken out, so that the pieces do not borrow the link.
        let mut framing = core::mem::take(&mut self.pipe_mut(way).framing);
        while let Some(piece) = framing.next(&mut rest) {
            self.pass(way, piece, now);
        }
        self.pipe_mut(way).framing = framing;
        self.give_held_if_free(now);
        Ok(())
    }

    /// Ends the connection in this direction, behind what was sent before. In a black hole the end
    /// is lost as well. The same goes for a WebSocket that is closed.
    pub fn end(&mut self, way: Way, now: Instant) {
        self.finish_packet(way, now);
        let hole = self.touch(way, |fault| matches!(fault, Fault::BlackHole { .. }));
        if let Some((id, fault)) = hole {
            self.record(FaultRecord {
                id,
                fault,
                way,
                at: now,
                target: Target::End,
                deed: Deed::Lost,
            });
            return;
        }
        let held = self.pipe_mut(way).framing.give_held();
        let mut fate = Fate::default();
        self.delay(way, &mut fate);
        self.push(way, Some(held), now + fate.delay);
        self.push(way, None, now + fate.delay);
    }

    /// Follows bytes that go past the link, because it [is untouched](Self::is_untouched), so that
    /// it knows where packets begin when the first fault comes. Needed only where what is sent at
    /// once need not be whole packets, as from a WebSocket.
    pub fn watch(&mut self, way: Way, bytes: &[u8]) {
        let pipe = self.pipe_mut(way);
        pipe.fate = None;
        pipe.framing.watch(bytes);
    }

    /// The next thing that has arrived by `now`, in the order of arrival; in each direction that
    /// is the order of sending.
    pub fn poll_delivery(&mut self, now: Instant) -> Option<(Way, Delivery)> {
        let (way, _) = self.next_due().filter(|&(_, due)| due <= now)?;
        let delivery = self.pipe_mut(way).take()?;
        Some((way, delivery))
    }

    /// When the next thing arrives: [`poll_delivery`](Self::poll_delivery) has something from that
    /// moment on, and not before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.next_due().map(|(_, due)| due)
    }

    /// What a fault has done, once for each packet and fault.
    pub fn poll_fault(&mut self) -> Option<FaultRecord> {
        self.records.pop_front()
    }

    /// How many records there was no room for, because nobody took them.
    pub const fn records_left_out(&self) -> u64 {
        self.records_left_out
    }

    /// Adds a fault. It is for packets that begin from now on. Where several are of one kind,
    /// delays add up, and the narrowest rate and the smallest slices count; of several that swallow
    /// or duplicate, the first that fits is used up first.
    ///
    /// # Errors
    ///
    /// There are [`MAXIMUM_FAULTS`] already.
    pub fn add_fault(&mut self, fault: Fault, now: Instant) -> Result<FaultId, TooManyFaults> {
        if self.faults.len() >= MAXIMUM_FAULTS {
            return Err(TooManyFaults {
                faults: self.faults.len(),
                maximum: MAXIMUM_FAULTS,
            });
        }
        let id = FaultId(self.next_fault);
        self.next_fault += 1;
        self.faults.push(Active {
            id,
            fault,
            left: fault.count(),
            touched: 0,
        });
        self.faults_changed(now);
        Ok(id)
    }

    /// Removes a fault, if it is still there. What a delay or a rate limit has held back arrives
    /// at once, in its order; what is lost stays lost.
    pub fn remove_fault(&mut self, id: FaultId, now: Instant) -> Option<Fault> {
        let index = self.faults.iter().position(|active| active.id == id)?;
        let fault = self.faults.remove(index).fault;
        if matches!(fault, Fault::Delay { .. }) {
            for way in Way::ALL {
                if fault.ways().include(way) {
                    self.pipe_mut(way).release(now);
                }
            }
        }
        self.faults_changed(now);
        Some(fault)
    }

    /// Removes all faults, each as with [`remove_fault`](Self::remove_fault).
    pub fn clear_faults(&mut self, now: Instant) {
        while let Some(active) = self.faults.last() {
            self.remove_fault(active.id, now);
        }
    }

    /// The faults there are, in the order in which they were added. One that was for a number of
    /// packets goes with the last of them.
    pub fn faults(&self) -> impl ExactSizeIterator<Item = FaultView> {
        self.faults.iter().map(|active| FaultView {
            id: active.id,
            fault: active.fault,
            left: active.left,
            touched: active.touched,
        })
    }

    /// Whether the link would hand on whatever is sent at once and as it is: then it can as well be
    /// left out. Not while a packet goes by that has a fault, or something is on its way.
    pub fn is_untouched(&self) -> bool {
        self.faults.is_empty() && self.up.is_plain() && self.down.is_plain()
    }

    /// Bytes that are on their way in this direction.
    pub fn waiting(&self, way: Way) -> usize {
        self.pipe(way).waiting()
    }

    /// Whether so much is on its way that the sender should wait: [`CONGESTED_BYTES`].
    pub fn is_full(&self, way: Way) -> bool {
        self.pipe(way).load() >= CONGESTED_BYTES
    }

    /// Begins another Network Connection: what was on its way is gone, the faults stay.
    pub fn reset(&mut self, now: Instant) {
        for way in Way::ALL {
            self.finish_packet(way, now);
            self.pipe_mut(way).reset(now);
        }
    }

    const fn pipe(&self, way: Way) -> &Pipe {
        match way {
            Way::Up => &self.up,
            Way::Down => &self.down,
        }
    }

    const fn pipe_mut(&mut self, way: Way) -> &mut Pipe {
        match way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        }
    }

    fn next_due(&self) -> Option<(Way, Instant)> {
        Way::ALL
            .into_iter()
            .filter_map(|way| self.pipe(way).due().map(|due| (due, way)))
            .min_by_key(|&(due, _)| due)
            .map(|((due, _), way)| (way, due))
    }

    fn push(&mut self, way: Way, bytes: Option<Vec<u8>>, ready: Instant) {
        let number = self.next_parcel;
        self.next_parcel += 1;
        self.pipe_mut(way).push(bytes, ready, number);
    }

    /// Sends a piece of the stream on, as the packet's fate says.
    fn pass(&mut self, way: Way, piece: Piece<'_>, now: Instant) {
        let taken = self.pipe_mut(way).fate.take();
        let (mut fate, ends) = match piece.place {
            Place::Packet { begins, ends } => {
                let fate = match begins {
                    Some(header) => self.decide(way, header, &piece.bytes, now),
                    None => taken.unwrap_or_else(|| self.decide_begun(way)),
                };
                (fate, ends)
            }
            Place::Loose => (self.decide_loose(way), true),
        };
        let mut bytes = piece.bytes.into_owned();
        fate.pass(&mut bytes);
        if !fate.is_lost {
            self.push(way, Some(bytes), now + fate.delay);
        }
        if ends && let Some(copy) = fate.copy.take() {
            self.push(way, Some(copy), now + fate.delay);
        }
        self.pipe_mut(way).fate = Some(fate);
        if ends {
            self.finish_packet(way, now);
        }
    }

    /// What is to become of a packet that begins.
    fn decide(&mut self, way: Way, header: FixedHeader, bytes: &[u8], now: Instant) -> Fate {
        let mut fate = Fate::new(header, bytes, now);
        let packet_type = header.packet_type;
        let is_hole = |fault: Fault| matches!(fault, Fault::BlackHole { .. });
        if let Some((id, fault)) = self.touch(way, is_hole) {
            fate.is_lost = true;
            fate.add_deed(id, fault, Deed::Lost);
            return fate;
        }
        let swallows = |fault: Fault| match fault {
            Fault::Swallow { packets, .. } => packets.include(packet_type),
            _ => false,
        };
        if let Some((id, fault)) = self.touch(way, swallows) {
            fate.is_lost = true;
            fate.add_deed(id, fault, Deed::Swallowed);
            return fate;
        }
        self.corrupt(way, header, &mut fate);
        let duplicates = |fault: Fault| match fault {
            Fault::Duplicate { packets, .. } => {
                header.length <= COPY_MAXIMUM && packets.include(packet_type)
            }
            _ => false,
        };
        if let Some((id, fault)) = self.touch(way, duplicates) {
            fate.copy = Some(Vec::new());
            fate.add_deed(id, fault, Deed::Duplicated);
        }
        self.delay(way, &mut fate);
        self.narrow(way, header.length, &mut fate);
        fate
    }

    /// A packet that began before there was a fault passes, as fast as the link is.
    fn decide_begun(&mut self, way: Way) -> Fate {
        let mut fate = Fate::default();
        self.delay(way, &mut fate);
        fate
    }

    fn decide_loose(&mut self, way: Way) -> Fate {
        let mut fate = Fate::default();
        let is_hole = |fault: Fault| matches!(fault, Fault::BlackHole { .. });
        if let Some((id, fault)) = self.touch(way, is_hole) {
            fate.is_lost = true;
            fate.add_deed(id, fault, Deed::Lost);
        } else {
            self.delay(way, &mut fate);
        }
        fate
    }

    fn corrupt(&mut self, way: Way, header: FixedHeader, fate: &mut Fate) {
        let touches = |packets: Packets, packet_type: ControlPacketType, offset: u32| {
            packets.include(packet_type) && (offset as usize) < header.length
        };
        self.touch_all(way, |id, fault| {
            if let Fault::Corrupt {
                packets,
                offset,
                mask,
                ..
            } = fault
                && touches(packets, header.packet_type, offset)
            {
                fate.corrupt(id, fault, offset as usize, mask);
                return true;
            }
            false
        });
    }

    fn delay(&mut self, way: Way, fate: &mut Fate) {
        let mut random = self.random.clone();
        self.touch_all(way, |id, fault| {
            let Fault::Delay { delay, jitter, .. } = fault else {
                return false;
            };
            let by = delay.saturating_add(part_of(jitter, &mut random));
            fate.delay = fate.delay.saturating_add(by);
            fate.add_deed(id, fault, Deed::Delayed { by });
            true
        });
        self.random = random;
    }

    /// Notes the faults that work where the packet arrives.
    fn narrow(&mut self, way: Way, length: usize, fate: &mut Fate) {
        self.touch_all(way, |id, fault| {
            let deed = match fault {
                Fault::Slice { bytes, .. } if length > bytes.get() as usize => {
                    Deed::Sliced { bytes: bytes.get() }
                }
                Fault::RateLimit {
                    bytes_per_second, ..
                } => Deed::Throttled {
                    bytes_per_second: bytes_per_second.get(),
                },
                _ => return false,
            };
            fate.add_deed(id, fault, deed);
            true
        });
    }

    /// Counts the first fault in this direction that `fits`, and uses it up by one.
    fn touch(&mut self, way: Way, fits: impl Fn(Fault) -> bool) -> Option<(FaultId, Fault)> {
        let mut found = None;
        self.touch_all(way, |id, fault| {
            let is_it = found.is_none() && fits(fault);
            if is_it {
                found = Some((id, fault));
            }
            is_it
        });
        found
    }

    /// Shows every fault in this direction to `touches`, and counts those for which that is true.
    fn touch_all(&mut self, way: Way, mut touches: impl FnMut(FaultId, Fault) -> bool) {
        self.faults.retain_mut(|active| {
            if !active.fault.ways().include(way) || !touches(active.id, active.fault) {
                return true;
            }
            active.touched += 1;
            let Some(left) = active.left else {
                return true;
            };
            active.left = NonZeroU32::new(left.get() - 1);
            active.left.is_some()
        });
    }

    /// Records what was done to the packet that has passed, or does not go on.
    fn finish_packet(&mut self, way: Way, now: Instant) {
        if let Some(fate) = self.pipe_mut(way).fate.take() {
            for record in fate.records(way, now) {
                self.record(record);
            }
        }
    }

    fn record(&mut self, record: FaultRecord) {
        if self.records.len() < MAXIMUM_RECORDS {
            self.records.push_back(record);
        } else {
            self.records_left_out += 1;
        }
    }

    fn faults_changed(&mut self, now: Instant) {
        for way in Way::ALL {
            let in_way = || self.faults.iter().map(|active| active.fault);
            let in_way = || in_way().filter(|fault| fault.ways().include(way));
            let rate = in_way().filter_map(|fault| match fault {
                Fault::RateLimit {
                    bytes_per_second, ..
                } => Some(bytes_per_second),
                _ => None,
            });
            let slice = in_way().filter_map(|fault| match fault {
                Fault::Slice { bytes, .. } => Some(bytes),
                _ => None,
            });
            let (rate, slice) = (rate.min(), slice.min());
            let pipe = self.pipe_mut(way);
            pipe.set_rate(rate, now);
            pipe.set_slice(slice);
        }
        self.give_held_if_free(now);
    }

    /// Nothing is kept back for the sake of faults that are not there.
    fn give_held_if_free(&mut self, now: Instant) {
        if !self.faults.is_empty() {
            return;
        }
        for way in Way::ALL {
            let held = self.pipe_mut(way).framing.give_held();
            self.push(way, Some(held), now);
        }
    }
}

/// Between nothing and all of `jitter`, to the microsecond.
fn part_of(jitter: Duration, random: &mut SplitMix64) -> Duration {
    if jitter.is_zero() {
        return Duration::ZERO;
    }
    let steps = u64::try_from(jitter.as_micros()).unwrap_or(u64::MAX);
    let steps = u128::from(steps) + 1;
    let part = (u128::from(random.next_u64()) * steps) >> 64;
    Duration::from_micros(u64::try_from(part).unwrap_or(u64::MAX))
}
