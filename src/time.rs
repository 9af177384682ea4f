//! The one notion of time below the screen: microseconds since the lab was opened.
//!
//! Nothing in the core reads a clock; whoever drives it passes an [`Instant`] in. Durations are
//! [`core::time::Duration`].

use core::ops::Add;
use core::time::Duration;

/// A point in time: whole microseconds since the lab was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The moment at which the lab was opened.
    pub const ORIGIN: Self = Self(0);

    /// The instant `microseconds` after the lab was opened.
    pub const fn from_micros(microseconds: u64) -> Self {
        Self(microseconds)
    }

    /// The instant `milliseconds` after the lab was opened.
    pub const fn from_millis(milliseconds: u64) -> Self {
        Self(milliseconds.saturating_mul(1_000))
    }

    /// Microseconds since the lab was opened.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this instant, zero where `earlier` is the later one.
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// The instant `duration` later, at most the last one that can be told.
    fn add(self, duration: Duration) -> Self {
        let microseconds = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(microseconds))
    }
}

/// Makes one time of the two clocks that a browser has: the steady one, which on many computers
/// stands still while they sleep, and the one on the wall, which a person can set.
///
/// It goes with the steady clock, never back, and makes up for what that has slept through.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AwakeClock {
    slept: f64,
    latest: Instant,
}

impl AwakeClock {
    /// The time when either clock has gone on by so many milliseconds since the lab was opened.
    pub fn at(&mut self, steady: f64, wall: f64) -> Instant {
        let behind = wall - (steady + self.slept);
        if behind > SLEPT {
            self.slept += behind;
        }
        let microseconds = ((steady + self.slept) * 1_000.0).max(0.0) as u64;
        self.latest = self.latest.max(Instant::from_micros(microseconds));
        self.latest
    }
}

/// How far the steady clock must be behind, in milliseconds: no clock on a wall is set that far
/// without a person or a sleep.
const SLEPT: f64 = 2_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_and_subtracting_saturate() {
        let late = Instant::from_micros(u64::MAX);
        assert_eq!(late + Duration::from_secs(1), late);
        assert_eq!(Instant::ORIGIN.saturating_since(late), Duration::ZERO);
        assert_eq!(
            Instant::from_millis(3).saturating_since(Instant::from_millis(1)),
            Duration::from_millis(2)
        );
    }

    #[test]
    fn a_sleep_is_made_up_for_and_a_clock_set_back_is_not_followed() {
        let mut clock = AwakeClock::default();
        let mut at = |steady, wall| clock.at(steady, wall).as_micros();
        assert_eq!(at(1_000.25, 1_001.0), 1_000_250);
        // The wall clock is corrected a little.
        assert_eq!(at(2_000.0, 3_900.0), 2_000_000);
        // An hour of sleep, which the steady clock does not know of.
        assert_eq!(at(3_000.0, 3_603_000.0), 3_603_000_000);
        assert_eq!(at(4_000.0, 3_604_000.0), 3_604_000_000);
        // The wall clock is set back by a day.
        assert_eq!(at(5_000.0, -82_795_000.0), 3_605_000_000);
        // Neither clock may turn the time back, or be no number.
        assert_eq!(at(0.0, 0.0), 3_605_000_000);
        assert_eq!(at(f64::NAN, f64::NAN), 3_605_000_000);
    }
}
