//! The lab's words: what a code, an error or a control means, for people who are learning MQTT.
//!
//! Every `match` here is complete, so that nothing new stays without words.

mod close_code;
mod decode_error;
mod encode_error;
mod faults;
mod help;
mod reason_code;
mod records;
mod topic;
pub mod wire;

pub use close_code::close_code;
pub use decode_error::decode_error;
pub use encode_error::encode_error;
pub use faults::{
    CUT, CUT_AT_REAL_SERVER, FaultWords, fault_at_real_server, fault_deed, fault_kind, fault_line,
    fault_record, ways,
};
pub use help::{Help, help};
pub use reason_code::{connect_return_code, reason_code, suback_return_code};
pub use records::{About, EventWords, connection_cause, event};
pub use topic::{level_verdict, match_verdict, shared_group, topic_filter_error, topic_name_error};

/// Words for one thing that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Its short name; for a code, the standard's.
    pub name: &'static str,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// What to do next or what is allowed; empty where there is nothing to do.
    pub hint: &'static str,
}

impl Explanation {
    const fn new(name: &'static str, meaning: &'static str, hint: &'static str) -> Self {
        Self {
            name,
            meaning,
            hint,
        }
    }
}

#[cfg(test)]
fn assert_well_worded(explanation: Explanation) {
    let Explanation {
        name,
        meaning,
        hint,
    } = explanation;
    assert!(!name.is_empty() && !name.ends_with('.'), "{name}");
    assert!(
        meaning.ends_with('.') && !meaning.contains("  "),
        "{meaning}"
    );
    assert!(hint.is_empty() || hint.ends_with('.'), "{hint}");
    assert!(!hint.contains("  "), "{hint}");
    assert!(
        meaning.len() + hint.len() <= 420,
        "too long: {meaning} {hint}"
    );
}
