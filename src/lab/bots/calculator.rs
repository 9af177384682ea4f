//! A calculator that answers requests.

use core::time::Duration;
use std::collections::VecDeque;

use super::beat::Beat;
use super::behaviour::Reaction;
use super::expression::evaluate;
use super::message::{Incoming, Message};
use crate::codec::TopicName;
use crate::time::Instant;

/// Where requests go: a sum such as `2 + 3 * 4`. Who cannot name a Response Topic (before 5.0)
/// adds a level of its own, such as `calculator/request/ann`.
pub(super) const REQUESTS: &str = "calculator/request";

/// Where answers go that have no Response Topic: with the same level of one's own, such as
/// `calculator/reply/ann`.
pub(super) const REPLIES: &str = "calculator/reply";

/// How many answers may wait; further requests are refused.
const WAITING: usize = 100;

#[derive(Clone, Debug)]
pub(super) struct Calculator {
    prefix: String,
    /// Answers come as they are asked for; the beat is not used.
    pub(super) beat: Beat,
    answers: VecDeque<Message>,
}

impl Calculator {
    pub(super) const PERIOD: Duration = Duration::from_secs(1);

    pub(super) fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
            beat: Beat::new(Self::PERIOD),
            answers: VecDeque::new(),
        }
    }

    pub(super) fn subscription(&self) -> String {
        format!("{}{REQUESTS}/#", self.prefix)
    }

    /// Answers of an earlier connection are for nobody.
    pub(super) fn connected(&mut self) {
        self.answers.clear();
    }

    pub(super) fn poll_publish(&mut self, _: Instant) -> Option<Message> {
        self.answers.pop_front()
    }

    pub(super) fn handle_message(&mut self, message: &Incoming<'_>) -> Reaction {
        let Some(topic) = self.reply_topic(message) else {
            return Reaction::Refused;
        };
        if self.answers.len() >= WAITING {
            return Reaction::Refused;
        }
        let answer = match evaluate(message.payload) {
            Ok(number) => number.to_string(),
            Err(error) => format!("error: {error}"),
        };
        self.answers.push_back(Message {
            correlation_data: message.correlation_data.map(<[u8]>::to_vec),
            ..Message::text(topic, answer)
        });
        Reaction::Obeyed
    }

    /// Where the answer goes; `None` if it would be a request itself, without end.
    fn reply_topic(&self, message: &Incoming<'_>) -> Option<String> {
        let requests = format!("{}{REQUESTS}", self.prefix);
        let own_level = |topic: &str| {
            let rest = topic.strip_prefix(&requests)?;
            (rest.is_empty() || rest.starts_with('/')).then(|| rest.to_owned())
        };
        let topic = match message.response_topic {
            Some(topic) if own_level(topic).is_some() => return None,
            Some(topic) => topic.to_owned(),
            None => format!("{}{REPLIES}{}", self.prefix, own_level(message.topic)?),
        };
        TopicName::parse(&topic).is_ok().then_some(topic)
    }
}
