//! The kinds of bot, and words for them.

use core::time::Duration;

use super::calculator::Calculator;
use super::counter::Counter;
use super::fleet::Fleet;
use super::lamp::Lamp;
use super::presence::Presence;
use super::thermometer::Thermometer;
use super::{calculator, counter, lamp, presence, thermometer};

/// A device that can be simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BotKind {
    /// The sensors of a building.
    Fleet,
    /// A thermometer that speaks JSON.
    Thermometer,
    /// A lamp that obeys commands.
    Lamp,
    /// A calculator that answers requests.
    Calculator,
    /// A device with birth and will messages.
    Presence,
    /// A counter.
    Counter,
}

/// Words for a kind of bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BotWords {
    /// Its name in a menu.
    pub title: &'static str,
    /// What it does.
    pub does: &'static str,
    /// What to try with it.
    pub try_this: &'static str,
    /// A Topic Filter that shows what it publishes, without a prefix.
    pub watch: &'static str,
}

impl BotKind {
    /// Every kind, in the order in which they are offered.
    pub const ALL: [Self; 6] = [
        Self::Fleet,
        Self::Thermometer,
        Self::Lamp,
        Self::Calculator,
        Self::Presence,
        Self::Counter,
    ];

    /// What its Client Identifier begins with, and what the page's address calls it.
    pub const fn slug(self) -> &'static str {
        match self {
            Self::Fleet => "fleet",
            Self::Thermometer => "thermometer",
            Self::Lamp => "lamp",
            Self::Calculator => "calculator",
            Self::Presence => "gate",
            Self::Counter => "counter",
        }
    }

    /// How often it publishes by itself, as new.
    pub const fn period(self) -> Duration {
        match self {
            Self::Fleet => Fleet::PERIOD,
            Self::Thermometer => Thermometer::PERIOD,
            Self::Lamp => Lamp::PERIOD,
            Self::Calculator => Calculator::PERIOD,
            Self::Presence => Presence::PERIOD,
            Self::Counter => Counter::PERIOD,
        }
    }

    /// The Topic Names and Topic Filters that it uses, without a prefix.
    pub const fn topics(self) -> &'static str {
        match self {
            Self::Fleet => "sensors/#",
            Self::Thermometer => thermometer::TOPIC,
            Self::Lamp => "home/lamp/set, home/lamp/state",
            Self::Calculator => "calculator/request/#, calculator/reply/#",
            Self::Presence => presence::STATUS,
            Self::Counter => counter::TOPIC,
        }
    }

    /// Words for it.
    pub const fn words(self) -> BotWords {
        match self {
            Self::Fleet => BotWords {
                title: "Building sensors",
                does: "Publishes the readings of five sensors on several floors and a heartbeat, \
                       all of them every period.",
                try_this: "Subscribe to `sensors/floor3/#`, then to `sensors/+/temperature/+`.",
                watch: "sensors/#",
            },
            Self::Thermometer => BotWords {
                title: "Thermometer",
                does: "Publishes temperature and humidity as JSON, each reading close to the one \
                       before.",
                try_this: "Look at a message as JSON. With MQTT 5.0 it also says what its content \
                           is.",
                watch: thermometer::TOPIC,
            },
            Self::Lamp => BotWords {
                title: "Lamp",
                does: "Obeys what is published to `home/lamp/set` and reports its state as a \
                       retained message on `home/lamp/state`.",
                try_this: "Publish `on`, `off`, `toggle` or a brightness from `0` to `100` to \
                           `home/lamp/set`.",
                watch: lamp::STATE,
            },
            Self::Calculator => BotWords {
                title: "Calculator",
                does: "Answers requests: to the Response Topic with the same Correlation Data in \
                       MQTT 5.0, otherwise to `calculator/reply/` and what follows \
                       `calculator/request/`.",
                try_this: "Subscribe to `calculator/reply/me`, then publish `2 + 3 * 4` to \
                           `calculator/request/me`.",
                watch: "calculator/reply/#",
            },
            Self::Presence => BotWords {
                title: "Device with a will",
                does: "Says `online` on a retained status topic when it connects, and `offline` \
                       when it leaves. Its will says `offline` when it cannot.",
                try_this: "Subscribe to `devices/+/status`, then cut its connection.",
                watch: presence::STATUS,
            },
            Self::Counter => BotWords {
                title: "Counter",
                does: "Counts 1, 2, 3 and so on, connected or not, so that every gap and every \
                       duplicate shows.",
                try_this: "Let it count at QoS 0, 1 and 2, and swallow a PUBACK or cut its \
                           connection.",
                watch: counter::TOPIC,
            },
        }
    }
}

/// What a calculator is asked on, without a prefix.
pub const CALCULATOR_REQUESTS: &str = calculator::REQUESTS;

/// What a lamp takes commands on, without a prefix.
pub const LAMP_COMMANDS: &str = lamp::COMMANDS;
