//! What the broker waits for, and until when.

use std::collections::{BTreeMap, BTreeSet};

use super::SessionKey;
use crate::time::Instant;

/// The deadlines there can be; those due at the same moment are handled in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The connection at this place is to have sent its CONNECT.
    Connect(u32),
    /// The connection at this place is to have been heard [MQTT-3.1.2-22].
    KeepAlive(u32),
    /// A Will Message is to be published [MQTT-3.1.3-9].
    WillDelay(SessionKey),
    /// A session ends.
    SessionExpiry(SessionKey),
    /// A waiting message is over its Message Expiry Interval.
    MessageExpiry(SessionKey),
}

/// The running timers. Setting, stopping and finding the next cost a few steps in a tree.
#[derive(Clone, Debug, Default)]
pub(super) struct Timers {
    by_time: BTreeSet<(Instant, Timer)>,
    deadlines: BTreeMap<Timer, Instant>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Instant) {
        if let Some(before) = self.deadlines.insert(timer, at) {
            self.by_time.remove(&(before, timer));
        }
        self.by_time.insert((at, timer));
    }

    pub(super) fn stop(&mut self, timer: Timer) {
        if let Some(at) = self.deadlines.remove(&timer) {
            self.by_time.remove(&(at, timer));
        }
    }

    pub(super) fn deadline(&self, timer: Timer) -> Option<Instant> {
        self.deadlines.get(&timer).copied()
    }

    /// The earliest of all.
    pub(super) fn first(&self) -> Option<(Instant, Timer)> {
        self.by_time.first().copied()
    }

    /// Takes one timer that is due out, the earliest first.
    pub(super) fn take_expired(&mut self, now: Instant) -> Option<(Instant, Timer)> {
        let (at, timer) = self.first().filter(|&(at, _)| at <= now)?;
        self.stop(timer);
        Some((at, timer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_goes_first_and_each_once() {
        let mut timers = Timers::default();
        let session = SessionKey::new(3);
        timers.set(Timer::KeepAlive(1), Instant::from_millis(20));
        timers.set(Timer::SessionExpiry(session), Instant::from_millis(10));
        timers.set(Timer::WillDelay(session), Instant::from_millis(10));
        timers.set(Timer::KeepAlive(1), Instant::from_millis(5));
        let mut due = Vec::new();
        while let Some((_, timer)) = timers.take_expired(Instant::from_millis(10)) {
            due.push(timer);
        }
        let expected = [
            Timer::KeepAlive(1),
            Timer::WillDelay(session),
            Timer::SessionExpiry(session),
        ];
        assert_eq!(due, expected);
        assert_eq!(timers.first(), None);
    }

    #[test]
    fn stopping_forgets() {
        let mut timers = Timers::default();
        timers.set(Timer::Connect(1), Instant::from_millis(1));
        assert_eq!(
            timers.deadline(Timer::Connect(1)),
            Some(Instant::from_millis(1))
        );
        timers.stop(Timer::Connect(1));
        assert_eq!(timers.deadline(Timer::Connect(1)), None);
        assert_eq!(timers.first(), None);
    }
}
