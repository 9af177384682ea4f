//! Doing something again and again.

use core::time::Duration;

use super::PERIODS;
use crate::time::Instant;

/// A steady beat. It does not drift, and what was slept through is not made up for: it is only
/// told how many beats it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Beat {
    period: Duration,
    next: Option<Instant>,
}

impl Beat {
    /// A beat that has not begun; the period is brought within [`PERIODS`].
    pub(super) fn new(period: Duration) -> Self {
        Self {
            period: period.clamp(*PERIODS.start(), *PERIODS.end()),
            next: None,
        }
    }

    pub(super) const fn period(&self) -> Duration {
        self.period
    }

    /// Begins; the first beat comes after one period.
    pub(super) fn start(&mut self, now: Instant) {
        self.next = Some(now + self.period);
    }

    pub(super) const fn stop(&mut self) {
        self.next = None;
    }

    /// Goes on with another period from now on, if it has begun.
    pub(super) fn set_period(&mut self, period: Duration, now: Instant) {
        let is_going = self.next.is_some();
        *self = Self::new(period);
        if is_going {
            self.start(now);
        }
    }

    /// How many beats have come since the last call.
    pub(super) fn take(&mut self, now: Instant) -> u64 {
        let Some(next) = self.next.filter(|&next| next <= now) else {
            return 0;
        };
        // A period is never shorter than the shortest of `PERIODS`.
        let behind = now.saturating_since(next).as_micros();
        let beats = behind / self.period.as_micros().max(1) + 1;
        let beats = u64::try_from(beats).unwrap_or(u64::MAX);
        let period = u64::try_from(self.period.as_micros()).unwrap_or(u64::MAX);
        let on = Duration::from_micros(period.saturating_mul(beats));
        // At the end of time there is no next beat.
        let later = next + on;
        self.next = (later > now).then_some(later);
        beats
    }

    pub(super) const fn next(&self) -> Option<Instant> {
        self.next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Instant {
        Instant::from_millis(1_000 * seconds)
    }

    #[test]
    fn it_does_not_drift_and_tells_how_much_was_slept_through() {
        let mut beat = Beat::new(Duration::from_secs(2));
        assert_eq!((beat.take(s(100)), beat.next()), (0, None));
        beat.start(s(0));
        assert_eq!(beat.take(s(1)), 0);
        assert_eq!(beat.take(s(3)), 1);
        assert_eq!(beat.next(), Some(s(4)));
        assert_eq!(beat.take(s(9)), 3);
        assert_eq!(beat.next(), Some(s(10)));
        assert_eq!(beat.take(s(10)), 1);
        beat.set_period(Duration::from_secs(5), s(11));
        assert_eq!(beat.next(), Some(s(16)));
        beat.stop();
        beat.set_period(Duration::from_secs(7), s(12));
        assert_eq!((beat.next(), beat.period()), (None, Duration::from_secs(7)));
    }

    #[test]
    fn it_is_never_endless() {
        for period in [Duration::ZERO, Duration::MAX] {
            let mut beat = Beat::new(period);
            beat.start(s(0));
            assert!(PERIODS.contains(&beat.period()));
            let end = Instant::from_micros(u64::MAX);
            assert!(beat.take(end) >= 1);
            assert_eq!(beat.take(end), 0);
        }
    }
}
