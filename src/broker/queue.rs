//! What waits for a session: messages, and what a new subscription is still to be sent of the retained ones.
//!
//! A message that waits is kept for this session, within its limits. Retained messages are kept in any case: a new
//! subscription notes which of them it is still to be sent, and takes them from there one by one as the Client takes
//! them. They go behind what waited before, and before what comes later, so that nobody gets the value that a
//! topic had before after the one that it has now.

use std::collections::VecDeque;
use std::sync::Arc;

use super::message::Message;
use super::session::Delivery;
use crate::codec::{Qos, SubscriptionIdentifiers};
use crate::time::Instant;

/// What waits for a session, the next one first.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// Never with an empty backlog, nor with two of them side by side.
    waiting: VecDeque<Waiting>,
    messages: usize,
    bytes: usize,
    qos_0: usize,
    retained: usize,
    retained_bytes: usize,
}

#[derive(Clone, Debug)]
enum Waiting {
    Message(Delivery),
    Retained(VecDeque<Backlog>),
}

/// Retained messages for one new subscription, one at least.
#[derive(Clone, Debug)]
pub(super) struct Backlog {
    pub(super) messages: VecDeque<Arc<Message>>,
    /// The QoS that the subscription was granted.
    pub(super) granted: Qos,
    pub(super) identifiers: SubscriptionIdentifiers<'static>,
}

impl Queue {
    /// How many messages wait, retained ones among them.
    pub(super) const fn len(&self) -> usize {
        self.messages + self.retained
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of all that waits.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes + self.retained_bytes
    }

    /// Whether one more message of this size is more than may wait. Retained ones do not count.
    pub(super) const fn is_full(&self, size: usize, messages: usize, bytes: usize) -> bool {
        self.messages >= messages || self.bytes + size > bytes
    }

    /// How many retained messages wait.
    pub(super) const fn retained(&self) -> usize {
        self.retained
    }

    /// The bytes of the retained messages that wait.
    pub(super) const fn retained_bytes(&self) -> usize {
        self.retained_bytes
    }

    /// Whether messages of QoS 0 are, or may be, among those that wait.
    pub(super) const fn holds_qos_0(&self) -> bool {
        self.qos_0 > 0 || self.retained > 0
    }

    /// Each message with the QoS it will be delivered with.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Arc<Message>, Qos)> {
        self.waiting.iter().flat_map(|waiting| {
            let (message, backlogs) = match waiting {
                Waiting::Message(delivery) => (Some((&delivery.message, delivery.qos)), None),
                Waiting::Retained(backlogs) => (None, Some(backlogs)),
            };
            let retained = backlogs.into_iter().flat_map(|backlogs| backlogs.iter());
            message.into_iter().chain(retained.flat_map(Backlog::iter))
        })
    }

    /// The QoS of the next one.
    pub(super) fn next_qos(&self) -> Option<Qos> {
        match self.waiting.front()? {
            Waiting::Message(delivery) => Some(delivery.qos),
            Waiting::Retained(backlogs) => backlogs.front()?.iter().next().map(|(_, qos)| qos),
        }
    }

    pub(super) fn push(&mut self, delivery: Delivery) {
        self.messages += 1;
        self.bytes += delivery.message.size();
        self.qos_0 += usize::from(delivery.qos == Qos::AtMostOnce);
        self.waiting.push_back(Waiting::Message(delivery));
    }

    pub(super) fn push_retained(&mut self, backlog: Backlog) {
        if backlog.messages.is_empty() {
            return;
        }
        self.retained += backlog.messages.len();
        self.retained_bytes += backlog.bytes();
        if let Some(Waiting::Retained(backlogs)) = self.waiting.back_mut() {
            backlogs.push_back(backlog);
        } else {
            let backlogs = VecDeque::from([backlog]);
            self.waiting.push_back(Waiting::Retained(backlogs));
        }
    }

    pub(super) fn pop(&mut self) -> Option<Delivery> {
        let delivery = match self.waiting.front_mut()? {
            Waiting::Message(_) => return self.pop_message(),
            Waiting::Retained(backlogs) => {
                let backlog = backlogs.front_mut()?;
                let delivery = backlog.pop()?;
                if backlog.messages.is_empty() {
                    backlogs.pop_front();
                }
                if backlogs.is_empty() {
                    self.waiting.pop_front();
                }
                delivery
            }
        };
        self.retained -= 1;
        self.retained_bytes -= delivery.message.size();
        self.give_back();
        Some(delivery)
    }

    /// Takes out the message that has waited longest, past retained ones.
    pub(super) fn pop_message(&mut self) -> Option<Delivery> {
        // At most one backlog stands before it.
        let is_message = |waiting: &Waiting| matches!(waiting, Waiting::Message(_));
        let place = self.waiting.iter().take(2).position(is_message)?;
        let Some(Waiting::Message(delivery)) = self.waiting.remove(place) else {
            return None;
        };
        self.messages -= 1;
        self.bytes -= delivery.message.size();
        self.qos_0 -= usize::from(delivery.qos == Qos::AtMostOnce);
        self.join_backlogs(place);
        self.give_back();
        Some(delivery)
    }

    /// Makes one of two backlogs between which the last message has gone.
    fn join_backlogs(&mut self, place: usize) {
        let Some(before) = place.checked_sub(1) else {
            return;
        };
        let is_retained = |waiting: Option<&Waiting>| matches!(waiting, Some(Waiting::Retained(_)));
        if is_retained(self.waiting.get(before))
            && is_retained(self.waiting.get(place))
            && let Some(Waiting::Retained(mut later)) = self.waiting.remove(place)
            && let Some(Waiting::Retained(backlogs)) = self.waiting.get_mut(before)
        {
            backlogs.append(&mut later);
        }
    }

    fn give_back(&mut self) {
        if self.waiting.is_empty() {
            // An idle session keeps no memory for what once waited.
            self.waiting = VecDeque::new();
        }
    }

    /// Takes out the messages that have expired by `now`, and says when the next one does. Retained ones are looked
    /// at when their turn comes.
    pub(super) fn expire(&mut self, now: Instant) -> (Vec<Delivery>, Option<Instant>) {
        let all = core::mem::take(self);
        let mut expired = Vec::new();
        let mut next: Option<Instant> = None;
        for waiting in all.waiting {
            let delivery = match waiting {
                Waiting::Message(delivery) => delivery,
                Waiting::Retained(backlogs) => {
                    for backlog in backlogs {
                        self.push_retained(backlog);
                    }
                    continue;
                }
            };
            match delivery.message.expires_at() {
                Some(at) if at <= now => {
                    expired.push(delivery);
                    continue;
                }
                Some(at) => next = Some(next.map_or(at, |next| next.min(at))),
                None => {}
            }
            self.push(delivery);
        }
        (expired, next)
    }
}

impl Backlog {
    fn iter(&self) -> impl Iterator<Item = (&Arc<Message>, Qos)> {
        let messages = self.messages.iter();
        messages.map(|message| (message, message.qos().min(self.granted)))
    }

    fn bytes(&self) -> usize {
        self.messages.iter().map(|message| message.size()).sum()
    }

    fn pop(&mut self) -> Option<Delivery> {
        let message = self.messages.pop_front()?;
        Some(Delivery {
            qos: message.qos().min(self.granted),
            message,
            retain: true,
            identifiers: self.identifiers.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{PublishProperties, TopicName};

    fn message(topic: &str, qos: Qos) -> Arc<Message> {
        let topic = TopicName::parse(topic).unwrap();
        let properties = PublishProperties::EMPTY;
        Arc::new(Message::new(topic, b"x", qos, &properties, Instant::ORIGIN))
    }

    fn delivery(topic: &str) -> Delivery {
        Delivery {
            message: message(topic, Qos::AtLeastOnce),
            qos: Qos::AtLeastOnce,
            retain: false,
            identifiers: SubscriptionIdentifiers::default(),
        }
    }

    fn backlog(topics: &[&str]) -> Backlog {
        let messages = topics.iter().map(|topic| message(topic, Qos::ExactlyOnce));
        Backlog {
            messages: messages.collect(),
            granted: Qos::AtLeastOnce,
            identifiers: SubscriptionIdentifiers::default(),
        }
    }

    fn topics(queue: &Queue) -> Vec<String> {
        queue
            .iter()
            .map(|(message, _)| message.topic().to_string())
            .collect()
    }

    #[test]
    fn retained_messages_keep_their_place() {
        let mut queue = Queue::default();
        queue.push(delivery("before"));
        queue.push_retained(backlog(&["a", "b"]));
        queue.push_retained(backlog(&[]));
        queue.push_retained(backlog(&["c"]));
        queue.push(delivery("after"));
        assert_eq!(topics(&queue), ["before", "a", "b", "c", "after"]);
        assert_eq!((queue.len(), queue.bytes()), (5, 6 + 1 + 3 * 2 + 6));
        assert!(queue.is_full(1, 2, 1_000) && !queue.is_full(1, 3, 1_000));
        assert!(queue.holds_qos_0(), "one of them may be");
        let mut order = Vec::new();
        while let Some(qos) = queue.next_qos() {
            let next = queue.pop().unwrap();
            assert_eq!((next.qos, qos), (Qos::AtLeastOnce, Qos::AtLeastOnce));
            assert_eq!(next.retain, next.message.topic().len() == 1);
            order.push(next.message.topic().to_string());
        }
        assert_eq!(order, ["before", "a", "b", "c", "after"]);
        assert_eq!((queue.len(), queue.bytes()), (0, 0));
    }

    #[test]
    fn the_oldest_message_goes_and_no_retained_one() {
        let mut queue = Queue::default();
        queue.push_retained(backlog(&["a"]));
        queue.push(delivery("one"));
        queue.push_retained(backlog(&["b"]));
        queue.push(delivery("two"));
        let mut gone = || {
            queue
                .pop_message()
                .map(|gone| gone.message.topic().to_string())
        };
        assert_eq!(gone().as_deref(), Some("one"));
        assert_eq!(
            gone().as_deref(),
            Some("two"),
            "two backlogs have become one"
        );
        assert_eq!(gone(), None);
        assert_eq!(topics(&queue), ["a", "b"]);
    }
}
