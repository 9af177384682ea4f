//! A device of which everybody knows whether it is there: birth and will.

use core::time::Duration;

use super::beat::Beat;
use super::message::Message;
use crate::client::WillMessage;
use crate::codec::Qos;
use crate::time::Instant;

/// Where it says `online` when it has connected, and `offline` before it leaves politely; the will
/// says `offline` where it cannot. All retained.
pub(super) const STATUS: &str = "devices/gate/status";

/// Where it counts the seconds since it was started, once in every period.
pub(super) const UPTIME: &str = "devices/gate/uptime";

#[derive(Clone, Debug)]
pub(super) struct Presence {
    prefix: String,
    pub(super) beat: Beat,
    started: Option<Instant>,
    is_to_report: bool,
}

impl Presence {
    pub(super) const PERIOD: Duration = Duration::from_secs(10);

    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            beat: Beat::new(Self::PERIOD),
            started: None,
            is_to_report: false,
        }
    }

    pub(super) fn will(&self, qos: Qos) -> WillMessage {
        WillMessage {
            qos,
            retain: true,
            ..WillMessage::new(format!("{}{STATUS}", self.prefix), "offline")
        }
    }

    pub(super) const fn started(&mut self, now: Instant) {
        self.started = Some(now);
    }

    pub(super) const fn connected(&mut self) {
        self.is_to_report = true;
    }

    pub(super) fn farewell(&self) -> Message {
        self.status("offline")
    }

    pub(super) fn poll_publish(&mut self, now: Instant) -> Option<Message> {
        if core::mem::take(&mut self.is_to_report) {
            return Some(self.status("online"));
        }
        if self.beat.take(now) == 0 {
            return None;
        }
        let seconds = now.saturating_since(self.started?).as_secs();
        let topic = format!("{}{UPTIME}", self.prefix);
        Some(Message::text(topic, seconds.to_string()))
    }

    fn status(&self, status: &str) -> Message {
        Message::text(format!("{}{STATUS}", self.prefix), status).retained()
    }
}
