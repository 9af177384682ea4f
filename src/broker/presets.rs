//! Options named by what they imitate.
//!
//! Each says only what is widely known of the product it is named after, as it is out of the box;
//! everything else is as in any other broker here. They are like those products, not the same.

use core::num::NonZeroU16;
use core::time::Duration;

use super::options::{AclAction, AclEffect, AclRule, BrokerOptions, DropWhenFull};
use crate::codec::Qos;

/// A set of options with a name.
#[derive(Clone, Copy, Debug)]
pub struct Preset {
    /// What a person chooses it by.
    pub name: &'static str,
    /// What it is called in an address or on a command line.
    pub slug: &'static str,
    /// What is different, a sentence each.
    pub facts: &'static [&'static str],
    change: fn(&mut BrokerOptions),
}

impl Preset {
    /// Every preset; the first one is the default.
    pub const ALL: &'static [Self] = &[
        Self {
            name: "Everything allowed",
            slug: "everything",
            facts: &["All that MQTT has is available, to everybody."],
            change: |_| {},
        },
        Self {
            name: "Mosquitto-like",
            slug: "mosquitto",
            facts: &[
                "At most 20 messages of QoS 1 and 2 are on their way to one client, and 20 from it.",
                "1,000 more may wait; then the newest is dropped.",
                "Clients may use 10 Topic Aliases.",
                "The $SYS topics are published every 10 seconds.",
            ],
            change: |options| {
                options.receive_maximum = number(20);
                options.maximum_inflight = number(20);
                options.maximum_queued_messages = 1_000;
                options.drop_when_full = DropWhenFull::Newest;
                options.topic_alias_maximum = 10;
                options.system_interval = Duration::from_secs(10);
            },
        },
        Self {
            name: "HiveMQ-like",
            slug: "hivemq",
            facts: &[
                "A client may have 10 messages of QoS 1 and 2 on their way to the broker.",
                "1,000 messages may wait for a client; then the newest is dropped.",
                "Clients may use 5 Topic Aliases.",
                "$SYS can be subscribed to, but nothing is published there.",
            ],
            change: |options| {
                options.receive_maximum = number(10);
                options.maximum_queued_messages = 1_000;
                options.drop_when_full = DropWhenFull::Newest;
                options.topic_alias_maximum = 5;
                options.system_interval = Duration::ZERO;
            },
        },
        Self {
            name: "EMQX-like: # refused",
            slug: "emqx",
            facts: &[
                "Subscribing to # and to $SYS/# is refused; +/# is not.",
                "A packet may have 1 MB.",
                "At most 32 messages of QoS 1 and 2 are on their way to one client, and 32 from it.",
                "1,000 more may wait; then the oldest is dropped.",
                "A session of 3.1.1 that is not clean is kept for 2 hours.",
            ],
            change: |options| {
                for (action, filter) in [
                    (AclAction::SubscribeExactly, "#"),
                    (AclAction::Subscribe, "$SYS/#"),
                ] {
                    options.acl.push(AclRule {
                        effect: AclEffect::Deny,
                        action,
                        filter: filter.to_owned(),
                        user: None,
                    });
                }
                options.maximum_packet_size = 1024 * 1024;
                options.receive_maximum = number(32);
                options.maximum_inflight = number(32);
                options.maximum_queued_messages = 1_000;
                options.drop_when_full = DropWhenFull::Oldest;
                options.session_expiry_before_v5 = 2 * 60 * 60;
                options.system_interval = Duration::from_secs(60);
            },
        },
        Self {
            name: "AWS-like: no QoS 2",
            slug: "aws",
            facts: &[
                "There is no QoS 2: who publishes with it is cut off, who subscribes with it gets QoS 1.",
                "A message may have 128 KB.",
                "A client may have 100 messages of QoS 1 on their way to the broker.",
                "A client may have 50 subscriptions, and none with a Subscription Identifier.",
                "Clients may use 8 Topic Aliases.",
                "A Client Identifier may have 128 characters.",
                "A session of 3.1.1 that is not clean is kept for an hour.",
                "There are no $SYS topics.",
            ],
            change: |options| {
                options.maximum_qos = Qos::AtLeastOnce;
                options.maximum_packet_size = 128 * 1024;
                options.receive_maximum = number(100);
                options.maximum_inflight = number(100);
                options.maximum_subscriptions = 50;
                options.subscription_identifiers_available = false;
                options.topic_alias_maximum = 8;
                options.client_id_maximum = 128;
                options.client_id_maximum_v3_1 = 128;
                options.session_expiry_before_v5 = 60 * 60;
                options.system_interval = Duration::ZERO;
            },
        },
        Self {
            name: "Strict MQTT 3.1 and 3.1.1",
            slug: "strict",
            facts: &[
                "In MQTT 3.1 a Client Identifier may have 23 characters, as that standard says.",
                "Before 5.0, $share is a topic level like any other.",
            ],
            change: |options| {
                options.client_id_maximum_v3_1 = 23;
                options.shared_subscription_before_v5 = false;
            },
        },
        Self {
            name: "As little as possible",
            slug: "minimal",
            facts: &[
                "Everything that a broker may leave out is left out: QoS 1 and 2, retained messages, \
                 wildcards, shared subscriptions, Subscription Identifiers, Topic Aliases.",
                "10 messages may wait for a client.",
                "A packet may have 1,024 bytes.",
            ],
            change: |options| {
                options.maximum_qos = Qos::AtMostOnce;
                options.retain_available = false;
                options.wildcard_subscription_available = false;
                options.shared_subscription_available = false;
                options.subscription_identifiers_available = false;
                options.topic_alias_maximum = 0;
                options.outgoing_topic_aliases = 0;
                options.maximum_queued_messages = 10;
                options.maximum_packet_size = 1_024;
            },
        },
    ];

    /// The preset called `slug`.
    pub fn by_slug(slug: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|preset| preset.slug == slug)
    }

    /// The options.
    pub fn options(&self) -> BrokerOptions {
        let mut options = BrokerOptions::default();
        (self.change)(&mut options);
        options
    }
}

const fn number(number: u16) -> NonZeroU16 {
    match NonZeroU16::new(number) {
        Some(number) => number,
        None => NonZeroU16::MIN,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::codec::{TopicFilter, TopicName};

    #[test]
    fn every_preset_can_be_had_and_found_and_is_unlike_the_others() {
        let mut slugs = BTreeSet::new();
        let mut all: Vec<BrokerOptions> = Vec::new();
        for preset in Preset::ALL {
            let options = preset.options();
            assert_eq!(options.check(), Ok(()), "{}", preset.name);
            assert!(!all.contains(&options), "{}", preset.name);
            all.push(options);
            assert!(slugs.insert(preset.slug));
            assert!(!preset.facts.is_empty());
            assert!(preset.facts.iter().all(|fact| fact.ends_with('.')));
            let found = Preset::by_slug(preset.slug).unwrap();
            assert_eq!(found.name, preset.name);
        }
        assert_eq!(all[0], BrokerOptions::default());
        assert!(Preset::by_slug("rabbitmq").is_none());
    }

    #[test]
    fn the_emqx_like_one_refuses_what_emqx_refuses() {
        let options = Preset::by_slug("emqx").unwrap().options();
        let may_subscribe =
            |filter| options.may_subscribe(Some("u"), TopicFilter::parse(filter).unwrap());
        for refused in ["#", "$SYS/#", "$SYS/broker/uptime"] {
            assert!(!may_subscribe(refused), "{refused}");
        }
        for granted in ["+/#", "a/#", "+", "testtopic/#"] {
            assert!(may_subscribe(granted), "{granted}");
        }
        assert!(options.may_publish(None, TopicName::parse("a").unwrap()));
    }
}
