//! The retained messages: at most one for each Topic Name (section 3.3.1.3).
//!
//! A Topic Filter costs what its levels and the topics under them cost; other topics do not count.
//! Expiry goes by an ordered list, so nothing is ever looked through for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Message;
use super::level_trie::{LevelTrie, NodeId};
use crate::codec::{TopicFilter, TopicName};
use crate::time::Instant;

/// What the index has to know of a message.
pub trait Retained {
    /// Its Topic Name.
    fn topic(&self) -> &str;
    /// How many bytes it takes, its Topic Name included.
    fn size(&self) -> usize;
    /// When it is over its Message Expiry Interval, where it has one.
    fn expires_at(&self) -> Option<Instant>;
}

impl Retained for Arc<Message> {
    fn topic(&self) -> &str {
        Message::topic(self)
    }

    fn size(&self) -> usize {
        Message::size(self)
    }

    fn expires_at(&self) -> Option<Instant> {
        Message::expires_at(self)
    }
}

/// All retained messages.
#[derive(Clone, Debug)]
pub struct RetainedIndex<M> {
    topics: LevelTrie<M>,
    by_expiry: BTreeSet<(Instant, NodeId)>,
    count: usize,
    message_bytes: usize,
    limits: RetainedLimits,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainedLimits {
    /// How many messages.
    pub messages: usize,
    /// How many bytes, those that the topics' levels take in the index included (some 100 for a
    /// level that no other topic has).
    pub bytes: usize,
}

/// Why a message is not kept. What was retained on its topic before stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RetainedFull {
    /// There are as many as there may be.
    #[error("{limit} messages are retained; there may be at most {limit}")]
    Messages {
        /// The most there may be.
        limit: usize,
    },
    /// They would take more memory than they may.
    #[error("retained messages would take {bytes} bytes; they may take at most {limit}")]
    Bytes {
        /// What they would take.
        bytes: usize,
        /// What they may take.
        limit: usize,
    },
}

impl<M: Retained> RetainedIndex<M> {
    /// An empty index.
    pub fn new(limits: RetainedLimits) -> Self {
        Self {
            topics: LevelTrie::default(),
            by_expiry: BTreeSet::new(),
            count: 0,
            message_bytes: 0,
            limits,
        }
    }

    /// The limits that are held.
    pub const fn limits(&self) -> RetainedLimits {
        self.limits
    }

    /// Holds these limits from now on. What is already there stays, also where it is more: only what
    /// comes then is refused.
    pub const fn set_limits(&mut self, limits: RetainedLimits) {
        self.limits = limits;
    }

    /// Keeps `message` in place of the one on its topic, if there is one; gives that back.
    ///
    /// # Errors
    ///
    /// When a limit would be passed. Then nothing changes: the Server has to refuse the message
    /// (0x97 "Quota exceeded"), or to forward it unkept.
    pub fn set(&mut self, message: M) -> Result<Option<M>, RetainedFull> {
        let former = self.topics.find(message.topic());
        let former_size = former
            .and_then(|at| self.topics.value(at))
            .map(Retained::size);
        let path_cost = match former {
            // All of its levels are there.
            Some(_) => 0,
            None => self.topics.cost(message.topic()),
        };
        let bytes = self.footprint() - former_size.unwrap_or(0) + message.size() + path_cost;
        let limits = self.limits;
        if bytes > limits.bytes && former_size.is_none_or(|former| message.size() > former) {
            let limit = limits.bytes;
            return Err(RetainedFull::Bytes { bytes, limit });
        }
        if former_size.is_none() && self.count >= limits.messages {
            let limit = limits.messages;
            return Err(RetainedFull::Messages { limit });
        }

        let (size, expires_at) = (message.size(), message.expires_at());
        let Some(at) = former.or_else(|| self.topics.insert(message.topic())) else {
            let limit = self.count;
            return Err(RetainedFull::Messages { limit });
        };
        let former = self
            .topics
            .value_mut(at)
            .and_then(|place| place.replace(message));
        if let Some(former) = &former {
            self.forget(at, former);
        }
        self.count += 1;
        self.message_bytes += size;
        if let Some(expires_at) = expires_at {
            self.by_expiry.insert((expires_at, at));
        }
        Ok(former)
    }

    /// Takes out the message on `topic`, if there is one.
    pub fn clear(&mut self, topic: &TopicName<'_>) -> Option<M> {
        let at = self.topics.find(topic.as_str())?;
        self.take(at)
    }

    /// The message on `topic`, if there is one.
    pub fn message(&self, topic: &TopicName<'_>) -> Option<&M> {
        self.topics.value(self.topics.find(topic.as_str())?)
    }

    /// Calls `visit` with each message whose topic `filter` takes, in the order in which the topics'
    /// levels first came. A Shared Subscription's filter is the one that it shares.
    pub fn matches<'a>(&'a self, filter: &TopicFilter<'_>, visit: impl FnMut(&'a M)) {
        self.topics.names_taken_by(*filter, visit);
    }

    /// All messages; a topic comes before the topics below it.
    pub fn iter(&self) -> impl Iterator<Item = &M> {
        self.topics.values()
    }

    /// When the next message expires.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.by_expiry.first().map(|&(at, _)| at)
    }

    /// Takes out one message that has expired by `now`, the earliest first. To be called until
    /// `None`.
    pub fn expire(&mut self, now: Instant) -> Option<M> {
        let &(expires_at, at) = self.by_expiry.first()?;
        if expires_at > now {
            return None;
        }
        self.take(at)
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// About how many bytes they take, the index included.
    pub const fn footprint(&self) -> usize {
        self.topics.footprint() + self.message_bytes
    }

    fn take(&mut self, at: NodeId) -> Option<M> {
        let message = self.topics.take(at)?;
        self.forget(at, &message);
        Some(message)
    }

    /// What must be done for a message that is no longer at `at`.
    fn forget(&mut self, at: NodeId, message: &M) {
        self.count -= 1;
        self.message_bytes -= message.size();
        if let Some(expires_at) = message.expires_at() {
            self.by_expiry.remove(&(expires_at, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::codec::matches;

    #[derive(Clone, Debug, PartialEq, Eq)]
    struct Kept {
        topic: String,
        value: usize,
        expires_at: Option<u64>,
    }

    impl Retained for Kept {
        fn topic(&self) -> &str {
            &self.topic
        }

        fn size(&self) -> usize {
            self.topic.len() + self.value
        }

        fn expires_at(&self) -> Option<Instant> {
            self.expires_at.map(Instant::from_millis)
        }
    }

    const PLENTY: RetainedLimits = RetainedLimits {
        messages: 1_000,
        bytes: 1_000_000,
    };

    #[test]
    fn one_message_for_each_topic() {
        let mut index = RetainedIndex::new(PLENTY);
        assert_eq!(index.set(kept("a/b", 1, None)), Ok(None));
        assert_eq!(
            index.set(kept("a/b", 2, None)),
            Ok(Some(kept("a/b", 1, None)))
        );
        assert_eq!(index.set(kept("a", 3, None)), Ok(None));
        assert_eq!(index.set(kept("$SYS/x", 4, None)), Ok(None));
        assert_eq!(index.len(), 3);
        assert_eq!(found(&index, "#"), ["a", "a/b"]);
        assert_eq!(found(&index, "a/#"), ["a", "a/b"]);
        assert_eq!(found(&index, "+/b"), ["a/b"]);
        assert_eq!(found(&index, "$SYS/#"), ["$SYS/x"]);
        assert_eq!(found(&index, "+/x"), Vec::<&str>::new());
        let name = |text| TopicName::parse(text).unwrap();
        assert_eq!(index.message(&name("a/b")), Some(&kept("a/b", 2, None)));
        assert_eq!(index.clear(&name("a")), Some(kept("a", 3, None)));
        assert_eq!(index.clear(&name("a")), None);
        assert_eq!(index.clear(&name("a/b/c")), None);
        assert_eq!(found(&index, "#"), ["a/b"]);
        index.clear(&name("a/b"));
        index.clear(&name("$SYS/x"));
        assert_eq!((index.len(), index.footprint()), (0, 0));
    }

    #[test]
    fn messages_expire_in_their_order() {
        let mut index = RetainedIndex::new(PLENTY);
        for (topic, expires_at) in [("c", 30), ("a", 10), ("b", 20), ("d", 20)] {
            index.set(kept(topic, 0, Some(expires_at))).unwrap();
        }
        index.set(kept("for ever", 0, None)).unwrap();
        assert_eq!(index.poll_timeout(), Some(Instant::from_millis(10)));
        assert_eq!(index.expire(Instant::from_millis(9)), None);
        // A new message has a new life.
        index.set(kept("a", 0, Some(40))).unwrap();
        assert_eq!(index.expire(Instant::from_millis(19)), None);
        let now = Instant::from_millis(30);
        let expired: Vec<_> = std::iter::from_fn(|| index.expire(now)).collect();
        let topics: Vec<_> = expired
            .iter()
            .map(|message| message.topic.as_str())
            .collect();
        assert_eq!(topics, ["b", "d", "c"]);
        assert_eq!(index.poll_timeout(), Some(Instant::from_millis(40)));
        index.clear(&TopicName::parse("a").unwrap());
        assert_eq!(index.poll_timeout(), None);
        assert_eq!(index.len(), 1);
    }

    #[test]
    fn what_is_too_much_is_refused_and_changes_nothing() {
        let mut index = RetainedIndex::new(RetainedLimits {
            messages: 2,
            bytes: 1_000,
        });
        index.set(kept("a", 100, None)).unwrap();
        index.set(kept("b", 100, None)).unwrap();
        assert_eq!(
            index.set(kept("c", 0, None)),
            Err(RetainedFull::Messages { limit: 2 })
        );
        let before = index.footprint();
        let refused = index.set(kept("a", 900, None));
        assert_eq!(
            refused,
            Err(RetainedFull::Bytes {
                bytes: before + 800,
                limit: 1_000
            })
        );
        assert_eq!(index.footprint(), before);
        assert_eq!(
            index.set(kept("a", 200, None)),
            Ok(Some(kept("a", 100, None)))
        );
        // Levels count too.
        index.clear(&TopicName::parse("b").unwrap());
        assert!(matches!(
            index.set(kept(&"/".repeat(65_535), 0, None)),
            Err(RetainedFull::Bytes {
                bytes: 6_000_000..,
                ..
            })
        ));
        assert_eq!(index.len(), 1);
        // With limits that are already passed, what gets no larger is still replaced.
        index.set_limits(RetainedLimits {
            messages: 0,
            bytes: 0,
        });
        assert!(index.set(kept("a", 200, None)).is_ok());
        assert!(index.set(kept("a", 201, None)).is_err());
        assert!(index.set(kept("b", 0, None)).is_err());
    }

    proptest! {
        #[test]
        fn the_index_agrees_with_one_topic_at_a_time(
            deeds in prop::collection::vec(
                ("\\$?[ab]?(/(|a|b)){0,3}", 0_usize..50, prop::option::of(0_u64..100), 0_u8..4), 1..80),
            filters in prop::collection::vec("(\\$share/g/)?((\\$?[ab]?|\\+)(/(|a|b|\\+)){0,3}(/#)?|#)", 1..10),
        ) {
            let limits = RetainedLimits { messages: 12, bytes: 1_500 };
            let mut index = RetainedIndex::new(limits);
            let mut model: BTreeMap<String, Kept> = BTreeMap::new();
            let mut time = 0;
            for (topic, value, lives_for, kind) in deeds {
                let Ok(name) = TopicName::parse(&topic) else { continue };
                match kind {
                    0 => prop_assert_eq!(index.clear(&name), model.remove(&topic)),
                    1 => {
                        time += value as u64;
                        while let Some(expired) = index.expire(Instant::from_millis(time)) {
                            prop_assert!(expired.expires_at.is_some_and(|at| at <= time));
                            prop_assert_eq!(model.remove(&expired.topic), Some(expired));
                        }
                        prop_assert!(model.values().all(|kept| kept.expires_at.is_none_or(|at| at > time)));
                    }
                    _ => {
                        let message = kept(&topic, value, lives_for.map(|life| time + life));
                        match index.set(message.clone()) {
                            Ok(former) => prop_assert_eq!(former, model.insert(topic, message)),
                            Err(RetainedFull::Messages { .. }) => {
                                prop_assert!(model.len() >= 12 && !model.contains_key(&topic));
                            }
                            Err(RetainedFull::Bytes { bytes, limit }) => prop_assert!(bytes > limit),
                        }
                    }
                }
                prop_assert!(index.footprint() <= limits.bytes);
                prop_assert_eq!(index.len(), model.len());
                let next = model.values().filter_map(|kept| kept.expires_at).min();
                prop_assert_eq!(index.poll_timeout(), next.map(Instant::from_millis));
            }
            for text in filters {
                let Ok(filter) = TopicFilter::parse(&text) else { continue };
                let mut expected: Vec<&str> = model.keys().map(String::as_str)
                    .filter(|topic| matches(filter, TopicName::parse(topic).unwrap())).collect();
                expected.sort_unstable();
                prop_assert_eq!(found(&index, &text), expected, "{}", text);
            }
            prop_assert_eq!(index.iter().count(), model.len());
        }
    }

    fn kept(topic: &str, value: usize, expires_at: Option<u64>) -> Kept {
        Kept {
            topic: topic.to_owned(),
            value,
            expires_at,
        }
    }

    fn found<'a>(index: &'a RetainedIndex<Kept>, filter: &str) -> Vec<&'a str> {
        let mut found = Vec::new();
        index.matches(&TopicFilter::parse(filter).unwrap(), |kept| {
            found.push(kept.topic.as_str());
        });
        found.sort_unstable();
        found
    }
}
