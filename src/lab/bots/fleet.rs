//! The sensors of an air-conditioned building, as one client.

use core::time::Duration;

use super::beat::Beat;
use super::message::Message;
use crate::random::SplitMix64;
use crate::time::Instant;

/// The topics of the readings; each round has one of each, in this order.
pub const TOPICS: [&str; 5] = [
    "sensors/floor3/temperature/AC1",
    "sensors/floor3/temperature/AC2",
    "sensors/floor10/temperature/boiler",
    "sensors/floor4/temperature/heater",
    "sensors/floor3/humidity/H1",
];

/// Where the fleet says that it is alive, at the end of each round: the parent of all its topics.
pub const HEARTBEAT: &str = "sensors";

/// Six messages every two seconds: whole numbers from -10 to 30, and a heartbeat.
#[derive(Clone, Debug)]
pub(super) struct Fleet {
    prefix: String,
    random: SplitMix64,
    pub(super) beat: Beat,
    round: u64,
    /// How many messages of the round have been taken.
    taken: usize,
}

impl Fleet {
    pub(super) const PERIOD: Duration = Duration::from_secs(2);

    pub(super) fn new(prefix: &str, seed: u64) -> Self {
        Self {
            prefix: prefix.to_owned(),
            random: SplitMix64::new(seed),
            beat: Beat::new(Self::PERIOD),
            round: 0,
            taken: TOPICS.len() + 1,
        }
    }

    pub(super) fn poll_publish(&mut self, now: Instant) -> Option<Message> {
        let is_between_rounds = self.taken > TOPICS.len();
        if is_between_rounds && self.beat.take(now) > 0 {
            self.round += 1;
            self.taken = 0;
        }
        let message = match TOPICS.get(self.taken) {
            Some(topic) => {
                let reading = i64::from(self.random.below(41)) - 10;
                Message::text(format!("{}{topic}", self.prefix), reading.to_string())
            }
            None if self.taken == TOPICS.len() => {
                let topic = format!("{}{HEARTBEAT}", self.prefix);
                Message::text(topic, format!("round {}", self.round))
            }
            None => return None,
        };
        self.taken += 1;
        Some(message)
    }
}
