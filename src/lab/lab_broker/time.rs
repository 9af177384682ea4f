//! The lab's time: it runs with the driver's, stands still, or jumps forward, and what falls due on
//! the way happens in order, each at its own instant.

use core::time::Duration;

use crate::client::Input;
use crate::lab::refusal::{FormCause, Refusal, RefusalCause};
use crate::lab::trace::{ClockChange, Note};
use crate::lab::virtual_time::VirtualTime;
use crate::lab::{ConnectionPhase, Lab, LabClient};
use crate::time::Instant;

/// How many deadlines one call lets pass; more wait for [`Lab::work`].
const DEADLINES_AT_ONCE: usize = 500;

/// The furthest that time can be moved at once: a week.
const JUMP_MAXIMUM: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Where the lab's time stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimePhase {
    /// It runs with the clock on the wall.
    Runs,
    /// It stands still.
    Paused,
    /// It is on its way to a later instant.
    Jumps {
        /// Where it started.
        from: Instant,
        /// Where it will be.
        to: Instant,
    },
}

/// What the time bar shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeFacts {
    /// Where it stands.
    pub phase: TimePhase,
    /// The lab's time now.
    pub now: Instant,
    /// By how much it has been moved forward in all.
    pub ahead: Duration,
    /// When the next thing falls due: a Keep Alive, a delay, an expiry.
    pub next_timer: Option<Instant>,
    /// Why time can be neither paused nor moved, in words; `None` where it can be.
    pub refusal: Option<String>,
}

/// The lab's time beside the driver's.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::lab) struct LabTime {
    clock: VirtualTime,
    /// The latest time that the driver has told.
    told: Instant,
    /// The instant that the lab is to reach.
    target: Instant,
    /// Where the jump started that is under way.
    jumped_from: Option<Instant>,
    /// By how much it was moved in all.
    jumped: Duration,
}

impl LabTime {
    /// Takes in what time it is for the driver.
    fn tell(&mut self, told: Instant) {
        self.told = self.told.max(told);
        self.target = self.target.max(self.clock.at(self.told));
    }

    fn jump(&mut self, from: Instant, by: Duration) {
        self.jumped = self.jumped.saturating_add(by);
        self.target = self.target.max(self.clock.jump_by(by, self.told));
        self.jumped_from.get_or_insert(from);
    }

    /// The instant that the lab is to reach.
    pub(in crate::lab) const fn target(&self) -> Instant {
        self.target
    }

    /// Whether it goes on as usual: it neither stands still nor jumps.
    pub(super) const fn is_usual(&self) -> bool {
        self.clock.is_running() && self.jumped_from.is_none()
    }

    /// Whether it runs with the clock on the wall.
    pub(super) const fn is_running(&self) -> bool {
        self.clock.is_running()
    }

    /// Whether a Server outside this page, whose time does not stand still, can be connected to.
    pub(in crate::lab) fn check_real_server(&self) -> Result<(), Refusal> {
        if !self.is_usual() {
            return Err(Refusal::new(RefusalCause::TimeDoesNotRun));
        }
        Ok(())
    }
}

impl Lab {
    /// What the time bar shows.
    pub fn time_facts(&self) -> TimeFacts {
        let phase = match (self.time.jumped_from, self.time.clock.is_running()) {
            (Some(from), _) => TimePhase::Jumps {
                from,
                to: self.time.target,
            },
            (None, false) => TimePhase::Paused,
            (None, true) => TimePhase::Runs,
        };
        let refusal = self.check_time().err();
        TimeFacts {
            phase,
            now: self.now,
            ahead: self.time.jumped,
            next_timer: self.next_deadline(),
            refusal: refusal.map(|refusal| refusal.words()),
        }
    }

    /// Takes in that the time told by [`Lab::poll_timeout`] has come. Early calls do no harm.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.revision += 1;
        self.tell_time(now);
        if !self.is_behind() {
            // What is due at this very instant.
            self.let_due_happen();
        }
        self.pump();
    }

    /// When [`Lab::handle_timeout`] must be called, if nothing else happens before, as the driver
    /// counts time. While a clock or a rate is on the screen that is at each full second at the
    /// latest.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let due = self.next_deadline();
        let mut clients = self.roster.iter();
        let has_clock =
            self.has_time_of_its_own() || clients.any(|client| client.has_running_clock(self.now));
        let due = if has_clock {
            let second = self.now.as_micros() / MICROS_PER_SECOND + 1;
            let tick = Instant::from_micros(second.saturating_mul(MICROS_PER_SECOND));
            Some(due.map_or(tick, |due| due.min(tick)))
        } else {
            due
        };
        self.time.clock.deadline(due?)
    }

    /// Takes in what time it is for the driver: lets everything happen that fell due before, or as
    /// much of it as one call may.
    pub(in crate::lab) fn tell_time(&mut self, now: Instant) {
        self.time.tell(now);
        self.catch_up();
    }

    /// Whether the lab has not yet come to the instant that it is to reach.
    pub(in crate::lab) fn is_behind(&self) -> bool {
        self.now < self.time.target
    }

    pub(in crate::lab) fn catch_up_here(&mut self) {
        let target = self.time.target;
        if self.roster.iter().any(uses_real_server) || self.server.outside().is_some() {
            // The Server's time has gone on as well, whatever the page could do meanwhile.
            self.now = self.now.max(target);
            self.end_jump();
            return;
        }
        for _ in 0..DEADLINES_AT_ONCE {
            if self.wires.has_parcels() {
                self.pump();
                if self.wires.has_parcels() {
                    return;
                }
            }
            match self.next_deadline_here() {
                Some(due) if due <= target && self.now < target => {
                    self.now = self.now.max(due);
                    self.let_due_happen();
                }
                _ => {
                    self.now = self.now.max(target);
                    self.end_jump();
                    return;
                }
            }
        }
    }

    pub(in crate::lab) fn next_deadline_here(&self) -> Option<Instant> {
        let clients = self.roster.iter();
        let clients = clients.filter_map(|client| client.mqtt.poll_timeout());
        clients
            .chain(self.wires.poll_timeout())
            .chain(self.server.poll_timeout())
            .min()
    }

    /// Has everything happen that is due now.
    pub(in crate::lab) fn let_due_happen_here(&mut self) {
        let now = self.now;
        self.revision += 1;
        if let Some(deeds) = self.server.deeds() {
            deeds.drain_networks(self);
        }
        let is_due = |client: &&mut LabClient| {
            let due = client.mqtt.poll_timeout();
            due.is_some_and(|due| due <= now)
        };
        let mut due = Vec::new();
        for client in self.roster.iter_mut().filter(is_due) {
            client.mqtt.handle_input(Input::Timeout, now);
            due.push(client.key);
        }
        for key in due {
            self.drain(key);
        }
        let Some(deeds) = self.server.deeds() else {
            return;
        };
        deeds.bots_are_due(self);
        // What the clients have just sent comes before the broker gives them up for lost.
        self.pump();
        let due = self.server.state().and_then(|state| state.broker_timeout());
        if due.is_some_and(|due| due <= now) {
            deeds.broker_is_due(self);
            self.pump();
        }
    }

    fn end_jump(&mut self) {
        if let Some(from) = self.time.jumped_from.take() {
            self.note_clock(ClockChange::Arrived, self.now.saturating_since(from));
        }
    }

    fn note_clock(&mut self, change: ClockChange, jump: Duration) {
        let note = Note::Clock { change, jump };
        self.trace.append_note(self.now, None, &note);
        self.revision += 1;
    }

    /// Whether time can be paused and moved: not while it is also somebody else's.
    fn check_time(&self) -> Result<(), Refusal> {
        let outside = self.roster.iter().find(|client| uses_real_server(client));
        let name = outside.map(|client| client.name.as_str());
        match name.or_else(|| self.server.outside()) {
            Some(client) => Err(Refusal::new(RefusalCause::TimeIsShared {
                client: client.to_owned(),
            })),
            None => self.server.tabs.check_time(),
        }
    }

    pub(in crate::lab) fn pause_time(&mut self) -> Result<(), Refusal> {
        self.check_time()?;
        if self.time.clock.is_running() {
            self.time.clock.pause(self.time.told);
            self.note_clock(ClockChange::Paused, Duration::ZERO);
        }
        Ok(())
    }

    pub(in crate::lab) fn run_time(&mut self) -> Result<(), Refusal> {
        if !self.time.clock.is_running() {
            self.time.clock.resume(self.time.told);
            self.note_clock(ClockChange::Runs, Duration::ZERO);
        }
        Ok(())
    }

    pub(in crate::lab) fn jump_time(&mut self, by: Duration) -> Result<(), Refusal> {
        self.check_time()?;
        if by > JUMP_MAXIMUM {
            return Err(Refusal::new(RefusalCause::InForm(FormCause::OutOfRange {
                value: by.as_secs(),
                minimum: 0,
                maximum: JUMP_MAXIMUM.as_secs(),
            })));
        }
        self.note_clock(ClockChange::Jumps, by);
        self.time.jump(self.now, by);
        self.catch_up();
        Ok(())
    }

    pub(in crate::lab) fn jump_to_next_timer(&mut self) -> Result<(), Refusal> {
        self.check_time()?;
        let due = self.next_deadline();
        let Some(due) = due else {
            return Err(Refusal::new(RefusalCause::NothingIsDue));
        };
        self.jump_time(due.saturating_since(self.now))?;
        if !self.is_behind() {
            self.let_due_happen();
        }
        Ok(())
    }
}

/// Whether a client has, or tries to have, a connection to a Server outside this page.
fn uses_real_server(client: &LabClient) -> bool {
    client.phase() != ConnectionPhase::Disconnected
        && client
            .destination
            .as_ref()
            .is_some_and(|destination| !destination.is_in_this_page())
}

const MICROS_PER_SECOND: u64 = 1_000_000;
