//! A thermometer that speaks JSON.

use core::time::Duration;

use super::beat::Beat;
use super::message::Message;
use crate::random::SplitMix64;
use crate::time::Instant;

/// Where it publishes.
pub(super) const TOPIC: &str = "home/kitchen/climate";

/// A reading every few seconds, never far from the one before:
/// `{"celsius":21.3,"humidity":45,"reading":12}`.
#[derive(Clone, Debug)]
pub(super) struct Thermometer {
    topic: String,
    random: SplitMix64,
    pub(super) beat: Beat,
    /// In tenths of a degree Celsius.
    temperature: i32,
    /// In per cent.
    humidity: i32,
    reading: u64,
}

impl Thermometer {
    pub(super) const PERIOD: Duration = Duration::from_secs(5);

    pub(super) fn new(prefix: &str, seed: u64) -> Self {
        Self {
            topic: format!("{prefix}{TOPIC}"),
            random: SplitMix64::new(seed),
            beat: Beat::new(Self::PERIOD),
            temperature: 215,
            humidity: 45,
            reading: 0,
        }
    }

    pub(super) fn poll_publish(&mut self, now: Instant) -> Option<Message> {
        if self.beat.take(now) == 0 {
            return None;
        }
        self.reading += 1;
        self.temperature = (self.temperature + self.step(4)).clamp(150, 290);
        self.humidity = (self.humidity + self.step(1)).clamp(30, 70);
        let (whole, tenth) = (self.temperature / 10, self.temperature % 10);
        Some(Message::json(
            self.topic.as_str(),
            format!(
                r#"{{"celsius":{whole}.{tenth},"humidity":{},"reading":{}}}"#,
                self.humidity, self.reading
            ),
        ))
    }

    /// Between `-most` and `most`.
    fn step(&mut self, most: u8) -> i32 {
        let drawn = self.random.below(2 * u32::from(most) + 1);
        i32::try_from(drawn).unwrap_or_default() - i32::from(most)
    }
}
