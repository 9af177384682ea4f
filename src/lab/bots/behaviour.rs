//! What the bots do, as one.

use core::time::Duration;

use super::beat::Beat;
use super::calculator::Calculator;
use super::counter::Counter;
use super::fleet::Fleet;
use super::kind::BotKind;
use super::lamp::Lamp;
use super::message::{Incoming, Message};
use super::presence::Presence;
use super::thermometer::Thermometer;
use crate::client::WillMessage;
use crate::codec::Qos;
use crate::time::Instant;

/// What a message has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It was a command or a request, and is done or will be answered.
    Obeyed,
    /// It was not understood, or there was no room for the answer.
    Refused,
}

/// What a device does, without a connection: the same seed and the same calls give the same
/// messages.
#[derive(Clone, Debug)]
pub struct Behaviour {
    device: Device,
}

#[derive(Clone, Debug)]
enum Device {
    Fleet(Fleet),
    Thermometer(Thermometer),
    Lamp(Lamp),
    Calculator(Calculator),
    Presence(Presence),
    Counter(Counter),
}

impl Behaviour {
    /// A device as new. `prefix` is put before each of its topics as it is.
    pub fn new(kind: BotKind, prefix: &str, seed: u64) -> Self {
        let device = match kind {
            BotKind::Fleet => Device::Fleet(Fleet::new(prefix, seed)),
            BotKind::Thermometer => Device::Thermometer(Thermometer::new(prefix, seed)),
            BotKind::Lamp => Device::Lamp(Lamp::new(prefix)),
            BotKind::Calculator => Device::Calculator(Calculator::new(prefix)),
            BotKind::Presence => Device::Presence(Presence::new(prefix)),
            BotKind::Counter => Device::Counter(Counter::new(prefix)),
        };
        Self { device }
    }

    /// The will it connects with, at this QoS.
    pub fn will(&self, qos: Qos) -> Option<WillMessage> {
        match &self.device {
            Device::Presence(presence) => Some(presence.will(qos)),
            Device::Fleet(_)
            | Device::Thermometer(_)
            | Device::Lamp(_)
            | Device::Calculator(_)
            | Device::Counter(_) => None,
        }
    }

    /// The Topic Filter it listens to.
    pub fn subscription(&self) -> Option<String> {
        match &self.device {
            Device::Lamp(lamp) => Some(lamp.subscription()),
            Device::Calculator(calculator) => Some(calculator.subscription()),
            Device::Fleet(_)
            | Device::Thermometer(_)
            | Device::Presence(_)
            | Device::Counter(_) => None,
        }
    }

    /// It is switched on: its time begins.
    pub fn start(&mut self, now: Instant) {
        if let Device::Presence(presence) = &mut self.device {
            presence.started(now);
        }
        self.beat_mut().start(now);
    }

    /// It is switched off.
    pub fn stop(&mut self) {
        self.beat_mut().stop();
    }

    /// The Server has accepted its connection.
    pub fn connected(&mut self) {
        match &mut self.device {
            Device::Lamp(lamp) => lamp.connected(),
            Device::Calculator(calculator) => calculator.connected(),
            Device::Presence(presence) => presence.connected(),
            Device::Fleet(_) | Device::Thermometer(_) | Device::Counter(_) => {}
        }
    }

    /// What it says before it leaves politely.
    pub fn farewell(&self) -> Option<Message> {
        match &self.device {
            Device::Presence(presence) => Some(presence.farewell()),
            Device::Fleet(_)
            | Device::Thermometer(_)
            | Device::Lamp(_)
            | Device::Calculator(_)
            | Device::Counter(_) => None,
        }
    }

    /// Takes in a message that matched its subscription.
    pub fn handle_message(&mut self, message: &Incoming<'_>) -> Reaction {
        match &mut self.device {
            Device::Lamp(lamp) => lamp.handle_message(message),
            Device::Calculator(calculator) => calculator.handle_message(message),
            Device::Fleet(_)
            | Device::Thermometer(_)
            | Device::Presence(_)
            | Device::Counter(_) => Reaction::Refused,
        }
    }

    /// The next message it has to publish by `now`. Call it until there is none.
    pub fn poll_publish(&mut self, now: Instant) -> Option<Message> {
        match &mut self.device {
            Device::Fleet(fleet) => fleet.poll_publish(now),
            Device::Thermometer(thermometer) => thermometer.poll_publish(now),
            Device::Lamp(lamp) => lamp.poll_publish(now),
            Device::Calculator(calculator) => calculator.poll_publish(now),
            Device::Presence(presence) => presence.poll_publish(now),
            Device::Counter(counter) => counter.poll_publish(now),
        }
    }

    /// When it has something to publish again, unless a message comes first.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match &self.device {
            Device::Calculator(_) => None,
            _ => self.beat().next(),
        }
    }

    /// How often it publishes by itself; `None` if it only answers.
    pub fn period(&self) -> Option<Duration> {
        match &self.device {
            Device::Calculator(_) => None,
            _ => Some(self.beat().period()),
        }
    }

    /// Changes how often it publishes by itself, within [`PERIODS`](super::PERIODS), from now on.
    pub fn set_period(&mut self, period: Duration, now: Instant) {
        self.beat_mut().set_period(period, now);
    }

    fn beat(&self) -> &Beat {
        match &self.device {
            Device::Fleet(fleet) => &fleet.beat,
            Device::Thermometer(thermometer) => &thermometer.beat,
            Device::Lamp(lamp) => &lamp.beat,
            Device::Calculator(calculator) => &calculator.beat,
            Device::Presence(presence) => &presence.beat,
            Device::Counter(counter) => &counter.beat,
        }
    }

    fn beat_mut(&mut self) -> &mut Beat {
        match &mut self.device {
            Device::Fleet(fleet) => &mut fleet.beat,
            Device::Thermometer(thermometer) => &mut thermometer.beat,
            Device::Lamp(lamp) => &mut lamp.beat,
            Device::Calculator(calculator) => &mut calculator.beat,
            Device::Presence(presence) => &mut presence.beat,
            Device::Counter(counter) => &mut counter.beat,
        }
    }
}
