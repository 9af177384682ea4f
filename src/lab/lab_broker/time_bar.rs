//! The time bar: the lab's time in words, and what comes next in it.

use core::time::Duration;

use super::time::TimePhase;
use crate::broker::Due;
use crate::client::Timer;
use crate::lab::{ConnectionPhase, Lab, LabClient, format};
use crate::time::Instant;

/// What the time bar shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeBar {
    /// The time in the lab, to the second, as the settings say that times are shown: `14:03:22`.
    pub clock: String,
    /// `runs`, `paused`, or how far a jump has come.
    pub status: String,
    /// How many percent of a jump that takes long are done; `None` where none is under way.
    pub percent: Option<u8>,
    /// Whether time stands still.
    pub is_paused: bool,
    /// By how much it was moved in all, such as `1:00:00 ahead`; empty where it was not.
    pub ahead: String,
    /// What comes next by itself and when, such as `in 43 s: alice sends PINGREQ`.
    pub next: Option<String>,
    /// Why time can be neither paused nor moved; `None` where it can be.
    pub refusal: Option<String>,
}

impl TimeBar {
    /// That of a lab which has not done anything.
    pub(in crate::lab) fn before_anything(lab: &Lab) -> Self {
        Self {
            clock: lab.clock_words(),
            status: RUNS.to_owned(),
            percent: None,
            is_paused: false,
            ahead: String::new(),
            next: None,
            refusal: None,
        }
    }
}

const RUNS: &str = "runs";

impl Lab {
    /// Whether the time bar is.
    pub(in crate::lab) fn is_time_of_use(&self) -> bool {
        self.has_time_of_its_own() || !self.time.is_usual()
    }

    pub(in crate::lab) fn time_bar_here(&self) -> TimeBar {
        let facts = self.time_facts();
        let percent = match facts.phase {
            TimePhase::Jumps { from, to } => Some(percent(from, self.now, to)),
            TimePhase::Runs | TimePhase::Paused => None,
        };
        let status = match (percent, self.time.is_running()) {
            (Some(percent), _) => format!("jumping, {percent} %"),
            (None, true) => RUNS.to_owned(),
            (None, false) => "paused".to_owned(),
        };
        let ahead = match facts.ahead {
            Duration::ZERO => String::new(),
            ahead => format!("{} ahead", format::duration(ahead)),
        };
        TimeBar {
            clock: self.clock_words(),
            status,
            percent,
            is_paused: !self.time.is_running(),
            ahead,
            next: self.next_words(),
            refusal: facts.refusal,
        }
    }

    /// The lab's time as messages show it, without the milliseconds.
    fn clock_words(&self) -> String {
        let time = self.shown_time(self.now);
        match time.split_once('.') {
            Some((seconds, rest)) => {
                let unit = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
                [seconds, unit].concat()
            }
            None => time,
        }
    }

    /// Whether the lab's time stands still, so that nothing expires and nobody is given up.
    pub fn is_time_paused(&self) -> bool {
        !self.time.is_running()
    }

    /// Whether the lab's time means something: somebody is at the lab broker, or would be.
    pub(super) fn has_time_of_its_own(&self) -> bool {
        let is_there = |client: &LabClient| match client.phase() {
            ConnectionPhase::Disconnected => {
                client.is_at_lab_broker() || client.connection_form().lab_broker
            }
            _ => client.is_at_lab_broker(),
        };
        self.roster.iter().any(is_there) || self.server.has_bot_at_lab_broker()
    }

    /// What comes next by itself, and in how long.
    fn next_words(&self) -> Option<String> {
        let mut next: Option<(Instant, String)> = None;
        let mut offer = |at: Instant, what: &dyn Fn() -> String| {
            if next.as_ref().is_none_or(|(earliest, _)| at < *earliest) {
                next = Some((at, what()));
            }
        };
        for client in self.roster.iter() {
            if let Some((at, timer)) = client.mqtt.next_timer() {
                offer(at, &|| [client.name(), " ", timer_words(timer)].concat());
            }
        }
        let server = self.server.state();
        if let Some((at, words)) = server.and_then(|state| state.broker_due()) {
            offer(at, &|| words.clone());
        }
        if let Some(at) = self.wires.poll_timeout() {
            offer(at, &|| "a delayed packet arrives".to_owned());
        }
        if let Some(at) = server.and_then(|state| state.bots_timeout()) {
            offer(at, &|| "a device has something to do".to_owned());
        }
        let (at, what) = next?;
        let left = at.saturating_since(self.now);
        let seconds = left.as_millis().div_ceil(1_000);
        Some(match seconds {
            0 => format!("now: {what}"),
            1..60 => format!("in {seconds} s: {what}"),
            _ => format!("in {}: {what}", format::duration(left)),
        })
    }
}

/// What a client does when its deadline comes.
const fn timer_words(timer: Timer) -> &'static str {
    match timer {
        Timer::Connect => "gives up connecting",
        Timer::Drain => "sends more of what waits",
        Timer::KeepAlive => "sends PINGREQ",
        Timer::PingResponse => "gives the server up, which owes a PINGRESP",
        Timer::Close => "lets go of its connection",
        Timer::Reconnect => "connects again",
        Timer::SessionExpiry => "forgets its session",
    }
}

/// What the broker does when its deadline comes.
pub(super) fn due_words(due: Due<'_>) -> String {
    match due {
        Due::Connect => "the broker gives up a connection without CONNECT".to_owned(),
        Due::KeepAlive { client_id } => {
            format!("the broker gives {client_id} up: 1.5 Keep Alives of silence")
        }
        Due::WillDelay { client_id } => format!("the will of {client_id} is published"),
        Due::SessionExpiry { client_id } => format!("the session of {client_id} ends"),
        Due::MessageExpiry { client_id } => {
            format!("a message that waits for {client_id} expires")
        }
        Due::RetainedExpiry => "a retained message expires".to_owned(),
        Due::SystemTopics => "the broker publishes its $SYS topics".to_owned(),
        Due::Sending => "the broker sends more of what waits".to_owned(),
    }
}

/// How much of the way from one instant to another is done, from 0 to 100.
fn percent(from: Instant, now: Instant, to: Instant) -> u8 {
    let whole = to.saturating_since(from).as_micros();
    let done = now.saturating_since(from).as_micros();
    let percent = (done * 100).checked_div(whole).unwrap_or(100);
    u8::try_from(percent.min(100)).unwrap_or(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_says_how_far_it_has_come() {
        let at = Instant::from_millis;
        assert_eq!(percent(at(10), at(10), at(20)), 0);
        assert_eq!(percent(at(10), at(15), at(20)), 50);
        assert_eq!(percent(at(10), at(20), at(20)), 100);
        assert_eq!(percent(at(10), at(30), at(20)), 100);
        assert_eq!(percent(at(10), at(10), at(10)), 100);
    }
}
