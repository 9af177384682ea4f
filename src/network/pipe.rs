//! One direction of a link: what is on its way, and when it arrives.

use core::num::NonZeroU32;
use core::time::Duration;
use std::collections::VecDeque;

use super::fate::Fate;
use super::framing::Framing;
use super::link::Delivery;
use crate::time::Instant;

/// What it takes to keep one parcel, besides its bytes.
const PARCEL_COST: usize = 64;

/// One direction of a link.
#[derive(Clone, Debug, Default)]
pub(super) struct Pipe {
    pub(super) framing: Framing,
    /// What was decided about the packet that goes by.
    pub(super) fate: Option<Fate>,
    parcels: VecDeque<Parcel>,
    /// Bytes in the parcels.
    bytes: usize,
    /// How much of the first parcel has been delivered.
    delivered: usize,
    /// When the latest parcel is ready; none is before one that was sent earlier.
    latest: Instant,
    /// Whether the end was sent.
    has_ended: bool,
    line: Line,
    slice: Option<NonZeroU32>,
}

/// Something that was sent together.
#[derive(Clone, Debug)]
struct Parcel {
    /// When it may arrive, if the line is free.
    ready: Instant,
    /// Orders what arrives at the same moment.
    number: u64,
    /// `None` is the end of the connection.
    bytes: Option<Vec<u8>>,
}

/// What limits the rate.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    rate: Option<NonZeroU32>,
    /// Since when the line has been carrying bytes without a pause.
    busy_since: Instant,
    /// How many it has carried since then.
    carried: u64,
}

impl Pipe {
    /// Bytes that wait.
    pub(super) fn waiting(&self) -> usize {
        self.bytes - self.delivered + self.framing.held()
    }

    /// Whether nothing waits, and nothing is to be done to what comes next but to let it pass.
    pub(super) fn is_plain(&self) -> bool {
        self.parcels.is_empty()
            && self.framing.held() == 0
            && self.fate.as_ref().is_none_or(Fate::is_plain)
    }

    /// Bytes that wait, with what keeping them takes.
    pub(super) fn load(&self) -> usize {
        self.waiting() + self.parcels.len() * PARCEL_COST
    }

    /// Puts something behind what is on its way; nothing follows the end.
    pub(super) fn push(&mut self, bytes: Option<Vec<u8>>, ready: Instant, number: u64) {
        if self.has_ended || bytes.as_ref().is_some_and(Vec::is_empty) {
            return;
        }
        self.has_ended = bytes.is_none();
        self.latest = self.latest.max(ready);
        self.bytes += bytes.as_ref().map_or(0, Vec::len);
        self.parcels.push_back(Parcel {
            ready: self.latest,
            number,
            bytes,
        });
    }

    /// Lets everything that was delayed go on.
    pub(super) fn release(&mut self, now: Instant) {
        for parcel in &mut self.parcels {
            parcel.ready = parcel.ready.min(now);
        }
        self.latest = self.latest.min(now);
        if let Some(fate) = &mut self.fate {
            fate.delay = Duration::ZERO;
        }
    }

    pub(super) fn set_slice(&mut self, slice: Option<NonZeroU32>) {
        self.slice = slice;
    }

    /// Changes the rate. What has been carried so far has been carried.
    pub(super) fn set_rate(&mut self, rate: Option<NonZeroU32>, now: Instant) {
        if self.line.rate != rate {
            self.line = Line {
                rate,
                busy_since: now,
                carried: 0,
            };
        }
    }

    /// When the next delivery is due, and its number.
    pub(super) fn due(&self) -> Option<(Instant, u64)> {
        let parcel = self.parcels.front()?;
        let bytes = self.next_bytes(parcel) as u64;
        Some((self.line.carry(parcel.ready, bytes).due(), parcel.number))
    }

    /// Takes the next delivery, which is due.
    pub(super) fn take(&mut self) -> Option<Delivery> {
        let parcel = self.parcels.front_mut()?;
        let ready = parcel.ready;
        let Some(bytes) = &mut parcel.bytes else {
            self.parcels.clear();
            (self.bytes, self.delivered) = (0, 0);
            return Some(Delivery::End);
        };
        let start = self.delivered;
        let length = self
            .line
            .quantum(self.slice)
            .map_or(bytes.len() - start, |most| most.min(bytes.len() - start));
        self.line = self.line.carry(ready, length as u64);
        let end = start + length;
        if end < bytes.len() {
            self.delivered = end;
            return Some(Delivery::Bytes(
                bytes.get(start..end).unwrap_or_default().to_vec(),
            ));
        }
        let mut whole = core::mem::take(bytes);
        self.bytes -= whole.len();
        self.delivered = 0;
        self.parcels.pop_front();
        whole.drain(..start);
        Some(Delivery::Bytes(whole))
    }

    /// Forgets what is on its way: there is another connection now.
    pub(super) fn reset(&mut self, now: Instant) {
        let rate = self.line.rate.take();
        *self = Self {
            slice: self.slice,
            ..Self::default()
        };
        self.set_rate(rate, now);
    }

    fn next_bytes(&self, parcel: &Parcel) -> usize {
        let rest = parcel
            .bytes
            .as_ref()
            .map_or(0, |bytes| bytes.len() - self.delivered);
        self.line
            .quantum(self.slice)
            .map_or(rest, |most| most.min(rest))
    }
}

impl Line {
    /// How many bytes arrive at once: so few that they took a fiftieth of a second, and at least
    /// one.
    fn quantum(self, slice: Option<NonZeroU32>) -> Option<usize> {
        let by_rate = self.rate.map(|rate| (rate.get() / 50).max(1));
        let by_slice = slice.map(NonZeroU32::get);
        let most = match (by_rate, by_slice) {
            (Some(rate), Some(slice)) => Some(rate.min(slice)),
            (one, other) => one.or(other),
        };
        most.map(|most| most as usize)
    }

    /// The line when it has carried `bytes` more, which were there at `ready`.
    fn carry(self, ready: Instant, bytes: u64) -> Self {
        if self.rate.is_none() || ready > self.due() {
            Self {
                busy_since: ready,
                carried: bytes,
                ..self
            }
        } else {
            Self {
                carried: self.carried.saturating_add(bytes),
                ..self
            }
        }
    }

    /// When the last byte is through, in whole microseconds, rounded up.
    fn due(self) -> Instant {
        let Some(rate) = self.rate else {
            return self.busy_since;
        };
        let microseconds = (u128::from(self.carried) * 1_000_000).div_ceil(u128::from(rate.get()));
        let microseconds = u64::try_from(microseconds).unwrap_or(u64::MAX);
        self.busy_since + Duration::from_micros(microseconds)
    }
}
