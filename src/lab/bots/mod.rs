//! Devices simulated in the page: each is an ordinary client, of the lab broker or of any other.
//!
//! What a device does is a [`Behaviour`], which knows nothing of connections. A [`Bot`] is a
//! behaviour with a client of its own, as a state machine without I/O: it asks for a link, and
//! does not see what kind of link it is given. A bot's seed makes a run of it repeatable.

mod beat;
mod behaviour;
mod bot;
mod calculator;
mod counter;
mod expression;
mod fleet;
mod kind;
mod lamp;
mod message;
mod presence;
#[cfg(test)]
mod tests;
mod thermometer;

use core::ops::RangeInclusive;
use core::time::Duration;

pub use behaviour::{Behaviour, Reaction};
pub use bot::{Bot, BotCounts, BotInput, BotOptions, BotOutput, BotState};
pub use fleet::{HEARTBEAT as FLEET_HEARTBEAT, TOPICS as FLEET_TOPICS};
pub use kind::{BotKind, BotWords, CALCULATOR_REQUESTS, LAMP_COMMANDS};
pub use message::{Incoming, Message};

/// How often a bot may publish by itself: from a hundred times a second to once a day. What is
/// outside is brought to the nearer end.
pub const PERIODS: RangeInclusive<Duration> =
    Duration::from_millis(10)..=Duration::from_secs(86_400);
