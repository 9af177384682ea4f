//! Messages per second, over the last whole seconds.

use crate::time::Instant;

/// Over how many seconds a rate is taken.
const SECONDS: usize = 4;

/// Counts events and tells their rate. Costs a multiplication for an event and no memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rate {
    /// Events in each of the latest seconds, at the second modulo their number.
    counts: [u32; SECONDS + 1],
    /// The latest second that was counted in.
    second: u64,
}

impl Rate {
    /// Counts one event.
    pub fn count(&mut self, now: Instant) {
        self.add(1, now);
    }

    /// Counts several events at once, such as the bytes of a packet.
    pub fn add(&mut self, events: usize, now: Instant) {
        self.advance(now);
        let place = place(self.second);
        if let Some(count) = self.counts.get_mut(place) {
            *count = count.saturating_add(u32::try_from(events).unwrap_or(u32::MAX));
        }
    }

    /// Events per second, over the last four whole seconds before `now`.
    pub fn per_second(&self, now: Instant) -> f64 {
        let mut rate = *self;
        rate.advance(now);
        let current = rate.counts.get(place(rate.second)).copied().unwrap_or(0);
        let total: u32 = rate
            .counts
            .iter()
            .fold(0, |sum, count| sum.saturating_add(*count));
        f64::from(total - current) / SECONDS as f64
    }

    /// Whether the rate is other than 0 and so changes with time alone.
    pub fn is_moving(&self, now: Instant) -> bool {
        now.as_micros() / 1_000_000 <= self.second + SECONDS as u64
            && self.counts.iter().any(|&count| count > 0)
    }

    fn advance(&mut self, now: Instant) {
        // Under a flood nearly every event: no division for it.
        let start = self.second.saturating_mul(1_000_000);
        if now.as_micros().wrapping_sub(start) < 1_000_000 {
            return;
        }
        let second = now.as_micros() / 1_000_000;
        let passed = second.saturating_sub(self.second).min(SECONDS as u64 + 1);
        for step in 0..passed {
            if let Some(count) = self.counts.get_mut(place(second - step)) {
                *count = 0;
            }
        }
        self.second = self.second.max(second);
    }
}

fn place(second: u64) -> usize {
    (second % (SECONDS as u64 + 1)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_and_its_end() {
        let mut rate = Rate::default();
        for tenth in 0..100 {
            rate.count(Instant::from_millis(tenth * 100));
        }
        assert_eq!(rate.per_second(Instant::from_millis(10_000)), 10.0);
        assert_eq!(rate.per_second(Instant::from_millis(12_000)), 5.0);
        assert!(rate.is_moving(Instant::from_millis(12_000)));
        assert_eq!(rate.per_second(Instant::from_millis(14_500)), 0.0);
        assert!(!rate.is_moving(Instant::from_millis(14_500)));
        assert_eq!(rate.per_second(Instant::from_millis(9_000_000)), 0.0);
    }
}
