//! The `$SYS` topics: what the broker tells about itself.
//!
//! The standard leaves them to the Server (section 4.7.2); the names are those of Mosquitto, which
//! most others took over. They are retained, and a value is published only when it has changed.

use core::time::Duration;

use super::views::Counters;
use crate::time::Instant;

/// What the values are made of.
#[derive(Clone, Copy, Debug)]
pub struct SystemSnapshot<'a> {
    /// What has been counted.
    pub counters: &'a Counters,
    /// Since when the broker runs.
    pub started_at: Instant,
    /// Clients that are connected.
    pub connected: usize,
    /// Sessions, with and without connection.
    pub sessions: usize,
    /// Sessions that have expired since the broker was made.
    pub sessions_expired: u64,
    /// Subscriptions, the shared ones included.
    pub subscriptions: usize,
    /// Groups that share a filter.
    pub shared_groups: usize,
    /// Retained messages, these included.
    pub retained: usize,
    /// Messages that wait in queues.
    pub queued: usize,
}

/// Every topic with the value that it has now, in a fixed order.
pub fn system_values(
    snapshot: SystemSnapshot<'_>,
    now: Instant,
) -> impl Iterator<Item = (&'static str, String)> {
    TOPICS
        .iter()
        .map(move |(topic, value)| (*topic, value(&snapshot, now).to_string()))
        .chain([(VERSION, VERSION_TEXT.to_owned())])
}

/// When the topics are due, and what was last published on each.
#[derive(Clone, Debug, Default)]
pub struct SystemTopics {
    interval: Duration,
    due: Option<Instant>,
    published: [Option<u64>; TOPICS.len()],
    is_version_published: bool,
}

impl SystemTopics {
    /// Publishes every `interval` from now on, at once for the first time; never, if it is zero.
    /// The same interval as before changes nothing.
    pub fn set_interval(&mut self, interval: Duration, now: Instant) {
        if interval != self.interval {
            self.interval = interval;
            self.due = (!interval.is_zero()).then_some(now);
        }
    }

    /// Takes nothing for published any more: the retained messages are gone, or time begins anew.
    pub fn forget(&mut self, now: Instant) {
        self.published = [None; TOPICS.len()];
        self.is_version_published = false;
        self.due = self.due.map(|_| now);
    }

    /// When the topics are due next.
    pub const fn poll_timeout(&self) -> Option<Instant> {
        self.due
    }

    /// If the topics are due: hands what has changed to `publish`. Tells whether they were due.
    pub fn tick(
        &mut self,
        snapshot: SystemSnapshot<'_>,
        now: Instant,
        mut publish: impl FnMut(&'static str, &str),
    ) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        // After a long sleep or a jump in time, one is enough.
        self.due = Some(now + self.interval);
        for ((topic, value), published) in TOPICS.iter().zip(&mut self.published) {
            let value = value(&snapshot, now);
            if *published != Some(value) {
                *published = Some(value);
                publish(topic, &value.to_string());
            }
        }
        if !self.is_version_published {
            self.is_version_published = true;
            publish(VERSION, VERSION_TEXT);
        }
        true
    }
}

const VERSION: &str = "$SYS/broker/version";
const VERSION_TEXT: &str = concat!("MQTT Lab ", env!("CARGO_PKG_VERSION"));

/// How many topics [`system_values`] gives.
pub const SYSTEM_TOPICS: usize = TOPICS.len() + 1;

type Value = fn(&SystemSnapshot<'_>, Instant) -> u64;

const TOPICS: [(&str, Value); 18] = [
    ("$SYS/broker/uptime", |snapshot, now| {
        now.saturating_since(snapshot.started_at).as_secs()
    }),
    ("$SYS/broker/clients/total", |snapshot, _| {
        snapshot.sessions as u64
    }),
    ("$SYS/broker/clients/connected", |snapshot, _| {
        snapshot.connected as u64
    }),
    ("$SYS/broker/clients/disconnected", |snapshot, _| {
        snapshot.sessions.saturating_sub(snapshot.connected) as u64
    }),
    ("$SYS/broker/clients/maximum", |snapshot, _| {
        snapshot.counters.connections_maximum as u64
    }),
    ("$SYS/broker/clients/expired", |snapshot, _| {
        snapshot.sessions_expired
    }),
    ("$SYS/broker/connections/accepted", |snapshot, _| {
        snapshot.counters.connections_accepted
    }),
    ("$SYS/broker/bytes/received", |snapshot, _| {
        snapshot.counters.bytes_received
    }),
    ("$SYS/broker/bytes/sent", |snapshot, _| {
        snapshot.counters.bytes_sent
    }),
    ("$SYS/broker/messages/received", |snapshot, _| {
        snapshot.counters.packets_received
    }),
    ("$SYS/broker/messages/sent", |snapshot, _| {
        snapshot.counters.packets_sent
    }),
    ("$SYS/broker/publish/messages/received", |snapshot, _| {
        snapshot.counters.publish_received
    }),
    ("$SYS/broker/publish/messages/sent", |snapshot, _| {
        snapshot.counters.publish_sent
    }),
    ("$SYS/broker/publish/messages/dropped", |snapshot, _| {
        snapshot.counters.dropped
    }),
    ("$SYS/broker/store/messages/count", |snapshot, _| {
        snapshot.queued as u64
    }),
    ("$SYS/broker/retained messages/count", |snapshot, _| {
        snapshot.retained as u64
    }),
    ("$SYS/broker/subscriptions/count", |snapshot, _| {
        snapshot.subscriptions as u64
    }),
    ("$SYS/broker/shared_subscriptions/count", |snapshot, _| {
        snapshot.shared_groups as u64
    }),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::TopicName;

    #[test]
    fn only_what_has_changed_is_published() {
        let mut topics = SystemTopics::default();
        let mut counters = Counters::default();
        assert!(tick(&mut topics, &counters, 0).is_none());
        topics.set_interval(Duration::from_secs(10), Instant::from_millis(1_000));
        assert_eq!(topics.poll_timeout(), Some(Instant::from_millis(1_000)));

        let first = tick(&mut topics, &counters, 1_000).unwrap();
        assert_eq!(first.len(), TOPICS.len() + 1);
        assert!(first.contains(&("$SYS/broker/clients/disconnected", "2".to_owned())));
        assert!(tick(&mut topics, &counters, 10_999).is_none());

        counters.publish_received = 7;
        topics.set_interval(Duration::from_secs(10), Instant::from_millis(5_000));
        assert_eq!(
            tick(&mut topics, &counters, 11_000).unwrap(),
            [
                ("$SYS/broker/uptime", "11".to_owned()),
                ("$SYS/broker/publish/messages/received", "7".to_owned())
            ]
        );
        // An hour is jumped over.
        let late = tick(&mut topics, &counters, 3_600_000).unwrap();
        assert_eq!(late, [("$SYS/broker/uptime", "3600".to_owned())]);
        assert_eq!(topics.poll_timeout(), Some(Instant::from_millis(3_610_000)));

        topics.forget(Instant::from_millis(3_601_000));
        let anew = tick(&mut topics, &counters, 3_601_000).unwrap();
        assert_eq!(anew.len(), first.len());

        topics.set_interval(Duration::ZERO, Instant::from_millis(3_602_000));
        assert_eq!(topics.poll_timeout(), None);
        topics.forget(Instant::from_millis(3_602_000));
        assert!(tick(&mut topics, &counters, 9_999_999).is_none());
    }

    #[test]
    fn all_values_can_be_read_at_any_time() {
        let counters = Counters::default();
        let all: Vec<_> = system_values(snapshot(&counters), Instant::from_millis(2_500)).collect();
        assert_eq!(all.len(), TOPICS.len() + 1);
        assert_eq!(all[0], ("$SYS/broker/uptime", "2".to_owned()));
        for (topic, _) in all {
            assert!(TopicName::parse(topic).unwrap().begins_with_dollar());
        }
    }

    fn snapshot(counters: &Counters) -> SystemSnapshot<'_> {
        SystemSnapshot {
            counters,
            started_at: Instant::ORIGIN,
            connected: 1,
            sessions: 3,
            sessions_expired: 0,
            subscriptions: 5,
            shared_groups: 1,
            retained: 4,
            queued: 0,
        }
    }

    fn tick(
        topics: &mut SystemTopics,
        counters: &Counters,
        milliseconds: u64,
    ) -> Option<Vec<(&'static str, String)>> {
        let mut published = Vec::new();
        let now = Instant::from_millis(milliseconds);
        let is_due = topics.tick(snapshot(counters), now, |topic, value| {
            published.push((topic, value.to_owned()));
        });
        is_due.then_some(published)
    }
}
