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
}
