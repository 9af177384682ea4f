//! MQTT Control Packets as bytes and as values.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod topic_filter;
mod topic_match;
mod topic_name;
mod utf8_field;

pub use topic_filter::{TopicFilter, TopicFilterError};
pub use topic_match::{
    LevelExplanation, LevelVerdict, MatchExplanation, MatchVerdict, explain, matches,
};
pub use topic_name::{TopicName, TopicNameError};
pub use utf8_field::MAXIMUM_TEXT_LENGTH;
