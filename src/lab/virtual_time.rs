//! The lab's own time, which can stand still and be jumped forward.
//!
//! The driver knows one time, the real one; everything in the lab lives in lab time, and deadlines
//! are turned back into real ones. Both are [`Instant`]s, and begin together.

use core::time::Duration;

use crate::time::Instant;

/// Maps real time to lab time. Lab time never goes back, as long as real time does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VirtualTime {
    /// A moment for which both times are known.
    real: Instant,
    lab: Instant,
    is_running: bool,
}

impl Default for VirtualTime {
    /// Running, with both times the same.
    fn default() -> Self {
        Self {
            real: Instant::ORIGIN,
            lab: Instant::ORIGIN,
            is_running: true,
        }
    }
}

impl VirtualTime {
    /// The lab time at a real one.
    pub fn at(&self, real: Instant) -> Instant {
        match self.is_running {
            true => self.lab + real.saturating_since(self.real),
            false => self.lab,
        }
    }

    /// Whether lab time goes on.
    pub const fn is_running(&self) -> bool {
        self.is_running
    }

    /// How far the lab is ahead of the real time by jumps, less what it stood still; zero where it
    /// is behind.
    pub fn ahead(&self, real: Instant) -> Duration {
        self.at(real).saturating_since(real)
    }

    /// Lets lab time stand still.
    pub fn pause(&mut self, real: Instant) {
        self.meet(real);
        self.is_running = false;
    }

    /// Lets lab time go on from where it stands.
    pub fn resume(&mut self, real: Instant) {
        self.meet(real);
        self.is_running = true;
    }

    /// Jumps forward, running or not, at most to the last instant that can be told. Gives the lab
    /// time from now on.
    pub fn jump_by(&mut self, duration: Duration, real: Instant) -> Instant {
        self.meet(real);
        self.lab = self.lab + duration;
        self.lab
    }

    /// Jumps to an instant of the lab; one that has passed changes nothing. Gives the lab time from
    /// now on.
    pub fn jump_to(&mut self, lab: Instant, real: Instant) -> Instant {
        self.meet(real);
        self.lab = self.lab.max(lab);
        self.lab
    }

    /// When, in real time, a deadline of the lab has come: at once if it has passed; `None` if time
    /// must go on for it to come, and does not, or never gets there.
    pub fn deadline(&self, lab: Instant) -> Option<Instant> {
        let ahead = lab.saturating_since(self.lab);
        if ahead.is_zero() {
            return Some(self.real);
        }
        let real = self.real + ahead;
        (self.is_running && real.saturating_since(self.real) == ahead).then_some(real)
    }

    fn meet(&mut self, real: Instant) {
        let real = real.max(self.real);
        self.lab = self.at(real);
        self.real = real;
    }
}

/// A jump over several deadlines: what is due on the way happens at its own time, in its order,
/// and not all of it at the end.
///
/// [`next_stop`](Self::next_stop) is where to jump to first; then let everything happen that is due
/// there, and ask again with the next deadline, until there is no stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Jump {
    target: Instant,
    is_over: bool,
}

impl Jump {
    /// A jump to an instant of the lab.
    pub const fn to(target: Instant) -> Self {
        Self {
            target,
            is_over: false,
        }
    }

    /// Where it ends.
    pub const fn target(self) -> Instant {
        self.target
    }

    /// The next instant to stop at, when the lab's next deadline is this one. The last stop is the
    /// target itself.
    pub fn next_stop(&mut self, deadline: Option<Instant>) -> Option<Instant> {
        match deadline {
            Some(deadline) if deadline <= self.target => Some(deadline),
            _ if self.is_over => None,
            _ => {
                self.is_over = true;
                Some(self.target)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn s(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1_000)
    }

    const TEN: Duration = Duration::from_secs(10);

    #[test]
    fn it_begins_as_the_real_time() {
        let time = VirtualTime::default();
        assert!(time.is_running());
        for at in [s(0), s(1), Instant::from_micros(u64::MAX)] {
            assert_eq!(time.at(at), at);
            assert_eq!(time.deadline(at), Some(at));
        }
    }

    #[test]
    fn it_stands_still_while_paused_and_goes_on_where_it_stood() {
        let mut time = VirtualTime::default();
        time.pause(s(5));
        time.pause(s(7));
        assert!(!time.is_running());
        assert_eq!(time.at(s(100)), s(5));
        assert_eq!(time.deadline(s(6)), None);
        // What is due already needs no time.
        assert_eq!(time.deadline(s(5)), Some(s(7)));
        assert_eq!(time.deadline(s(1)), Some(s(7)));
        time.resume(s(100));
        assert_eq!(time.at(s(101)), s(6));
        assert_eq!(time.deadline(s(6)), Some(s(101)));
        time.resume(s(102));
        assert_eq!(time.at(s(103)), s(8));
        assert_eq!(time.ahead(s(103)), Duration::ZERO);
    }

    #[test]
    fn jumps_add_up_running_or_not_and_never_lead_back() {
        let mut time = VirtualTime::default();
        assert_eq!(time.jump_by(TEN, s(1)), s(11));
        assert_eq!(time.at(s(2)), s(12));
        assert_eq!(time.deadline(s(20)), Some(s(10)));
        assert_eq!(time.ahead(s(2)), TEN);
        assert_eq!(time.jump_to(s(5), s(3)), s(13));
        time.pause(s(3));
        assert_eq!(time.jump_to(s(60), s(4)), s(60));
        assert_eq!(time.at(s(9)), s(60));
        assert_eq!(time.deadline(s(60)), Some(s(4)));
        time.resume(s(10));
        assert_eq!(time.at(s(11)), s(61));
    }

    #[test]
    fn a_real_time_that_goes_back_does_not_take_the_lab_along() {
        let mut time = VirtualTime::default();
        time.jump_by(TEN, s(100));
        assert_eq!(time.at(s(50)), s(110));
        time.pause(s(50));
        assert_eq!(time.at(s(50)), s(110));
        time.resume(s(50));
        assert_eq!(time.at(s(101)), s(111));
    }

    #[test]
    fn two_hundred_years_fit_and_the_end_of_time_holds() {
        let mut time = VirtualTime::default();
        let years = Duration::from_secs(200 * 365 * 86_400);
        assert_eq!(time.jump_by(years, s(0)), Instant::ORIGIN + years);
        let end = Instant::from_micros(u64::MAX);
        assert_eq!(time.jump_to(end, s(1)), end);
        assert_eq!(time.jump_by(TEN, s(2)), end);
        assert_eq!(time.at(s(3)), end);
        // A deadline that no real time reaches.
        let mut late = VirtualTime::default();
        late.pause(s(10));
        late.resume(s(20));
        assert_eq!(late.deadline(end), None);
    }

    #[test]
    fn every_lab_deadline_comes_exactly_at_its_real_one() {
        let mut random = crate::random::SplitMix64::new(3);
        let mut time = VirtualTime::default();
        let mut real = Instant::ORIGIN;
        let mut last = Instant::ORIGIN;
        for _ in 0..2_000 {
            real = real + Duration::from_micros(random.below(3_000_000).into());
            let by = Duration::from_micros(random.below(5_000_000).into());
            match random.below(5) {
                0 => time.pause(real),
                1 => time.resume(real),
                2 => assert_eq!(time.jump_by(by, real), time.at(real)),
                3 => assert_eq!(time.jump_to(last + by, real), time.at(real)),
                _ => {}
            }
            let lab = time.at(real);
            assert!(lab >= last, "lab time went back");
            last = lab;
            match time.deadline(lab + by) {
                Some(due) => {
                    assert!(time.at(due.max(real)) >= lab + by);
                    let before = Instant::from_micros(due.as_micros().saturating_sub(1));
                    assert!(due <= real || time.at(before) < lab + by);
                }
                None => assert!(!time.is_running() && !by.is_zero()),
            }
        }
    }

    #[test]
    fn a_jump_stops_at_every_deadline_on_its_way_and_at_its_end_once() {
        let mut jump = Jump::to(s(10));
        assert_eq!(jump.target(), s(10));
        assert_eq!(jump.next_stop(Some(s(3))), Some(s(3)));
        assert_eq!(jump.next_stop(Some(s(10))), Some(s(10)));
        assert_eq!(jump.next_stop(Some(s(11))), Some(s(10)));
        // What happens at the target may have set another deadline for that very moment.
        assert_eq!(jump.next_stop(Some(s(10))), Some(s(10)));
        assert_eq!(jump.next_stop(Some(s(11))), None);
        assert_eq!(jump.next_stop(None), None);
    }
}
