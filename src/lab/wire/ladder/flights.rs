//! Which arrival belongs to which packet that was sent, while both ends of a link are recorded.
//!
//! A link keeps the order, so the oldest packet that is still on its way is the next to arrive,
//! unless its bytes say otherwise: one before it was lost whole, or one arrives twice.

use std::collections::VecDeque;

use crate::codec::{ControlPacketType, PacketId};
use crate::lab::trace::{Record, RecordKind, Sequence, Trace};
use crate::network::Target;

/// So many packets of one direction can be on their way; beyond that the oldest is given up.
const FLYING_MAXIMUM: usize = 4_096;

/// How many packets an arrival is compared with.
const COMPARED: usize = 256;

/// A packet that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flight {
    /// Its row.
    pub(super) row: u64,
    /// Its record; `None` where only a fault has seen it.
    pub(super) record: Option<Sequence>,
    pub(super) packet_type: Option<ControlPacketType>,
    pub(super) packet_id: Option<PacketId>,
    pub(super) length: usize,
    /// Whether a byte of it was changed on the way.
    pub(super) is_corrupted: bool,
}

impl Flight {
    pub(super) fn of(record: &Record<'_>, row: u64) -> Self {
        Self {
            row,
            record: Some(record.sequence()),
            packet_type: record.packet_type(),
            packet_id: record.packet_id(),
            length: record.raw().len(),
            is_corrupted: false,
        }
    }

    fn is_target(&self, target: Target) -> bool {
        match target {
            Target::Packet {
                packet_type,
                length,
                ..
            } => self.packet_type == Some(packet_type) && self.length == length,
            Target::Bytes { .. } | Target::End => false,
        }
    }

    fn has_bytes_of(&self, arrival: &Record<'_>, trace: &Trace) -> bool {
        match self.record {
            Some(sequence) => trace
                .get(sequence)
                .is_some_and(|record| record.raw() == arrival.raw()),
            None => self.packet_type == arrival.packet_type() && self.length == arrival.raw().len(),
        }
    }
}

/// What an arrival belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// To this packet.
    Of(Flight),
    /// To one that has arrived before.
    CopyOf(Flight),
    /// To none that is known.
    Unknown,
}

/// One direction of a client's link.
#[derive(Debug, Default)]
pub(super) struct Flights {
    flying: VecDeque<Flight>,
    /// What was sent last; `true` where it is neither flying nor has arrived.
    latest: Option<(Flight, bool)>,
    /// What arrived last, and whether it has arrived twice.
    landed: Option<(Flight, bool)>,
    /// What is still on its way on links before this one, which their sender has left.
    behind: VecDeque<Flight>,
    /// One of those that has arrived, and will again.
    behind_doubled: Option<Flight>,
}

impl Flights {
    /// A packet that is surely on its way until it arrives; gives back one that is given up.
    pub(super) fn fly(&mut self, flight: Flight) -> Option<Flight> {
        self.latest = Some((flight, false));
        self.flying.push_back(flight);
        if self.flying.len() > FLYING_MAXIMUM {
            return self.flying.pop_front();
        }
        None
    }

    /// A packet that arrives at once, unless a fault says otherwise next.
    pub(super) fn send(&mut self, flight: Flight) {
        self.latest = Some((flight, true));
    }

    /// Whether something is on its way, or arrives a second time.
    pub(super) fn expects(&self, is_doubled: impl Fn(u64) -> bool) -> bool {
        let again = self.landed.filter(|(_, is_copied)| !is_copied);
        !self.flying.is_empty() || again.is_some_and(|(landed, _)| is_doubled(landed.row))
    }

    /// The packet that a deed of a fault was done to: the one sent last, or one on its way.
    pub(super) fn find(&self, target: Target) -> Option<Flight> {
        let latest = self.latest.map(|(flight, _)| flight);
        latest
            .filter(|flight| flight.is_target(target))
            .or_else(|| {
                let mut flying = self.flying.iter().rev();
                flying.find(|flight| flight.is_target(target)).copied()
            })
    }

    /// The packet sent last is held back; `false` where it is on its way already, or has arrived.
    pub(super) fn hold(&mut self, flight: Flight) -> bool {
        match &mut self.latest {
            Some((latest, is_loose)) if latest.row == flight.row && *is_loose => {
                *is_loose = false;
                self.flying.push_back(flight);
                true
            }
            _ => false,
        }
    }

    pub(super) fn corrupt(&mut self, flight: Flight) {
        let flying = self.flying.iter_mut().rev();
        for flying in flying.filter(|flying| flying.row == flight.row) {
            flying.is_corrupted = true;
        }
    }

    /// It does not arrive.
    pub(super) fn lose(&mut self, flight: Flight) {
        self.flying.retain(|flying| flying.row != flight.row);
        if let Some((latest, is_loose)) = &mut self.latest
            && latest.row == flight.row
        {
            *is_loose = false;
        }
    }

    /// Takes an arrival as the second of the packet that arrived last, if it has the same bytes.
    fn land_copy(&mut self, arrival: &Record<'_>, trace: &Trace) -> Option<Origin> {
        let (landed, is_copied) = self.landed.as_mut()?;
        if *is_copied || !landed.has_bytes_of(arrival, trace) {
            return None;
        }
        *is_copied = true;
        Some(Origin::CopyOf(*landed))
    }

    /// What an arrival belongs to. `is_doubled` says whether the packet of a row is known to arrive
    /// twice; `overtaken` is given what was sent before and has not arrived, because it was not
    /// whole.
    pub(super) fn land(
        &mut self,
        arrival: &Record<'_>,
        trace: &Trace,
        is_doubled: impl Fn(u64) -> bool,
        mut overtaken: impl FnMut(Flight),
    ) -> Origin {
        if self
            .landed
            .is_some_and(|(landed, _)| is_doubled(landed.row))
            && let Some(copy) = self.land_copy(arrival, trace)
        {
            return copy;
        }
        if let Some(origin) = self.land_behind(arrival, trace, is_doubled) {
            return origin;
        }
        let compared = self.flying.iter().take(COMPARED);
        let place = compared
            .enumerate()
            .find(|(_, flight)| flight.has_bytes_of(arrival, trace))
            .map(|(place, _)| place);
        if let Some(place) = place {
            for _ in 0..place {
                self.flying.pop_front().into_iter().for_each(&mut overtaken);
            }
            return self.land_front();
        }
        if let Some((latest, true)) = self.latest
            && latest.has_bytes_of(arrival, trace)
        {
            return self.land_latest(latest);
        }
        if arrival.kind() == RecordKind::BrokerReceived
            && let Some(copy) = self.land_copy(arrival, trace)
        {
            return copy;
        }
        // A byte of it was changed. Of what arrives at the broker that is told only afterwards.
        let is_told_later = arrival.kind() == RecordKind::BrokerReceived;
        let can_be = |flight: &Flight| {
            flight.is_corrupted || is_told_later && flight.length == arrival.raw().len()
        };
        if self.flying.front().is_some_and(can_be) {
            return self.land_front();
        }
        if let Some((latest, true)) = self.latest
            && can_be(&latest)
        {
            return self.land_latest(latest);
        }
        Origin::Unknown
    }

    fn land_behind(
        &mut self,
        arrival: &Record<'_>,
        trace: &Trace,
        is_doubled: impl Fn(u64) -> bool,
    ) -> Option<Origin> {
        let is_it = |flight: &Flight| flight.has_bytes_of(arrival, trace);
        if let Some(flight) = self.behind_doubled.take_if(|flight| is_it(flight)) {
            return Some(Origin::CopyOf(flight));
        }
        let place = self.behind.iter().position(is_it)?;
        let flight = self.behind.remove(place)?;
        self.behind_doubled = Some(flight).filter(|flight| is_doubled(flight.row));
        Some(Origin::Of(flight))
    }

    /// Another link begins. What is on its way on those before can still arrive there; what has
    /// been so for too long is given back.
    pub(super) fn begin_link(&mut self) -> Vec<Flight> {
        self.behind.append(&mut self.flying);
        self.latest = None;
        self.landed = None;
        let too_many = self.behind.len().saturating_sub(COMPARED);
        self.behind.drain(..too_many).collect()
    }

    fn land_front(&mut self) -> Origin {
        let Some(flight) = self.flying.pop_front() else {
            return Origin::Unknown;
        };
        self.landed = Some((flight, false));
        Origin::Of(flight)
    }

    fn land_latest(&mut self, latest: Flight) -> Origin {
        self.latest = Some((latest, false));
        self.landed = Some((latest, false));
        Origin::Of(latest)
    }

    /// What is on its way does not arrive any more.
    pub(super) fn end(&mut self) -> impl Iterator<Item = Flight> {
        self.latest = None;
        self.landed = None;
        core::mem::take(&mut self.flying).into_iter()
    }
}
