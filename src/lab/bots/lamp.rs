//! A lamp that obeys commands and reports its state.

use core::time::Duration;

use super::beat::Beat;
use super::behaviour::Reaction;
use super::message::{Incoming, Message};
use crate::time::Instant;

/// Where it takes commands: `on`, `off`, `toggle`, or a brightness from `0` to `100`.
pub(super) const COMMANDS: &str = "home/lamp/set";

/// Where it reports its state, retained: `{"on":true,"brightness":80}`. It does so when it has
/// connected, when it was changed or asked to, and once in every period.
pub(super) const STATE: &str = "home/lamp/state";

#[derive(Clone, Debug)]
pub(super) struct Lamp {
    prefix: String,
    pub(super) beat: Beat,
    is_on: bool,
    /// In per cent, 1 to 100; kept while it is off.
    brightness: u8,
    is_to_report: bool,
}

impl Lamp {
    pub(super) const PERIOD: Duration = Duration::from_secs(60);

    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            beat: Beat::new(Self::PERIOD),
            is_on: false,
            brightness: 100,
            is_to_report: false,
        }
    }

    pub(super) fn subscription(&self) -> String {
        format!("{}{COMMANDS}", self.prefix)
    }

    pub(super) const fn connected(&mut self) {
        self.is_to_report = true;
    }

    pub(super) fn poll_publish(&mut self, now: Instant) -> Option<Message> {
        let is_time = self.beat.take(now) > 0;
        if !core::mem::take(&mut self.is_to_report) && !is_time {
            return None;
        }
        let state = format!(
            r#"{{"on":{},"brightness":{}}}"#,
            self.is_on, self.brightness
        );
        Some(Message::json(format!("{}{STATE}", self.prefix), state).retained())
    }

    pub(super) fn handle_message(&mut self, message: &Incoming<'_>) -> Reaction {
        let Ok(command) = core::str::from_utf8(message.payload) else {
            return Reaction::Refused;
        };
        let command = command.trim();
        let is = |word: &str| command.eq_ignore_ascii_case(word);
        if is("on") {
            self.is_on = true;
        } else if is("off") {
            self.is_on = false;
        } else if is("toggle") {
            self.is_on = !self.is_on;
        } else {
            match command.parse() {
                Ok(0) => self.is_on = false,
                Ok(brightness @ 1..=100) => {
                    self.is_on = true;
                    self.brightness = brightness;
                }
                _ => return Reaction::Refused,
            }
        }
        self.is_to_report = true;
        Reaction::Obeyed
    }
}
