//! The broker's options by name, as they are typed: `maximum_qos=1`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use mqtt_lab::broker::{
    AclAction, AclEffect, AclRule, BrokerOptions, DropWhenFull, Overlapping, User,
};
use mqtt_lab::codec::{Qos, TopicFilter};

/// Sets one option from its `key=value`.
///
/// # Errors
///
/// What is wrong with it, and what is allowed.
pub fn set(options: &mut BrokerOptions, text: &str) -> Result<(), OptionError> {
    let fault = |allowed| OptionError {
        text: text.to_owned(),
        allowed,
    };
    let (key, value) = text.split_once('=').ok_or_else(|| fault("key=value"))?;
    let option = OPTIONS
        .iter()
        .find(|option| option.key == key)
        .ok_or_else(|| fault("one of the keys that --help lists"))?;
    (option.set)(options, value).ok_or_else(|| fault(option.values))
}

/// Every option with its values, a line each.
pub fn help() -> String {
    OPTIONS
        .iter()
        .map(|option| format!("  {}=<{}>\n", option.key, option.values))
        .collect()
}

/// An option that cannot be set so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionError {
    text: String,
    allowed: &'static str,
}

impl fmt::Display for OptionError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "option `{}` cannot be had; allowed is {}",
            self.text, self.allowed
        )
    }
}

impl std::error::Error for OptionError {}

struct Named {
    key: &'static str,
    values: &'static str,
    set: fn(&mut BrokerOptions, &str) -> Option<()>,
}

const SWITCH: &str = "true or false";
const NUMBER: &str = "a number";
const NUMBER_16: &str = "0 to 65535";
const NUMBER_16_FROM_1: &str = "1 to 65535";
const SECONDS: &str = "seconds";

macro_rules! plain {
    ($key:ident, $values:expr) => {
        Named {
            key: stringify!($key),
            values: $values,
            set: |options, value| put(&mut options.$key, value),
        }
    };
}

const OPTIONS: &[Named] = &[
    Named {
        key: "maximum_qos",
        values: "0, 1 or 2",
        set: |options, value| {
            options.maximum_qos = Qos::from_u8(value.parse().ok()?)?;
            Some(())
        },
    },
    plain!(retain_available, SWITCH),
    plain!(wildcard_subscription_available, SWITCH),
    plain!(shared_subscription_available, SWITCH),
    plain!(subscription_identifiers_available, SWITCH),
    plain!(shared_subscription_before_v5, SWITCH),
    Named {
        key: "user",
        values: "name:password, once for each user",
        set: |options, value| {
            let (name, password) = value.split_once(':')?;
            options.users.push(User {
                name: name.to_owned(),
                password: password.to_owned(),
            });
            Some(())
        },
    },
    plain!(allow_anonymous, SWITCH),
    Named {
        key: "acl",
        values: "allow|deny,publish|subscribe|both|exactly,filter[,user], once for each rule, in order",
        set: |options, value| {
            options.acl.push(rule(value)?);
            Some(())
        },
    },
    plain!(maximum_queued_messages, NUMBER),
    plain!(maximum_queued_bytes, NUMBER),
    Named {
        key: "drop_when_full",
        values: "oldest or newest",
        set: |options, value| {
            options.drop_when_full = match value {
                "oldest" => DropWhenFull::Oldest,
                "newest" => DropWhenFull::Newest,
                _ => return None,
            };
            Some(())
        },
    },
    plain!(queue_qos_0_for_absent, SWITCH),
    Named {
        key: "overlapping",
        values: "one or several",
        set: |options, value| {
            options.overlapping = match value {
                "one" => Overlapping::OneCopy,
                "several" => Overlapping::CopyPerSubscription,
                _ => return None,
            };
            Some(())
        },
    },
    plain!(receive_maximum, NUMBER_16_FROM_1),
    plain!(maximum_inflight, NUMBER_16_FROM_1),
    plain!(topic_alias_maximum, NUMBER_16),
    plain!(outgoing_topic_aliases, NUMBER_16),
    plain!(maximum_packet_size, "16 to 268435460"),
    Named {
        key: "server_keep_alive",
        values: "0 to 65535 seconds, or none",
        set: |options, value| {
            options.server_keep_alive = match value {
                "none" => None,
                seconds => Some(seconds.parse().ok()?),
            };
            Some(())
        },
    },
    plain!(maximum_session_expiry, SECONDS),
    plain!(session_expiry_before_v5, SECONDS),
    plain!(client_id_maximum, NUMBER),
    plain!(client_id_maximum_v3_1, NUMBER),
    plain!(response_information, "text"),
    plain!(reason_strings, SWITCH),
    Named {
        key: "connect_timeout",
        values: SECONDS,
        set: |options, value| {
            options.connect_timeout = Duration::from_secs(value.parse().ok()?);
            Some(())
        },
    },
    plain!(maximum_connections, NUMBER),
    plain!(maximum_sessions, NUMBER),
    plain!(maximum_subscriptions, NUMBER),
    plain!(maximum_subscription_bytes, NUMBER),
    plain!(maximum_subscription_bytes_in_all, NUMBER),
    plain!(maximum_retained_messages, NUMBER),
    plain!(maximum_retained_bytes, NUMBER),
    Named {
        key: "system_interval",
        values: "seconds; 0 for no $SYS topics",
        set: |options, value| {
            options.system_interval = Duration::from_secs(value.parse().ok()?);
            Some(())
        },
    },
];

fn put<T: FromStr>(place: &mut T, value: &str) -> Option<()> {
    *place = value.parse().ok()?;
    Some(())
}

fn rule(value: &str) -> Option<AclRule> {
    let mut parts = value.splitn(4, ',');
    let effect = match parts.next()? {
        "allow" => AclEffect::Allow,
        "deny" => AclEffect::Deny,
        _ => return None,
    };
    let action = match parts.next()? {
        "publish" => AclAction::Publish,
        "subscribe" => AclAction::Subscribe,
        "both" => AclAction::Both,
        "exactly" => AclAction::SubscribeExactly,
        _ => return None,
    };
    let filter = parts.next()?;
    TopicFilter::parse(filter).ok()?;
    Some(AclRule {
        effect,
        action,
        filter: filter.to_owned(),
        user: parts.next().map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_set_by_name() {
        let mut options = BrokerOptions::default();
        for text in [
            "maximum_qos=1",
            "retain_available=false",
            "receive_maximum=7",
            "server_keep_alive=30",
            "user=ann:a:b",
            "acl=deny,subscribe,a/+,ann",
            "acl=allow,both,#",
            "drop_when_full=oldest",
            "overlapping=several",
            "system_interval=10",
            "response_information=reply/here",
        ] {
            assert_eq!(set(&mut options, text), Ok(()), "{text}");
        }
        assert_eq!(options.maximum_qos, Qos::AtLeastOnce);
        assert!(!options.retain_available);
        assert_eq!(options.receive_maximum.get(), 7);
        assert_eq!(options.server_keep_alive, Some(30));
        assert_eq!(options.users[0].password, "a:b");
        assert_eq!(options.acl[0].user.as_deref(), Some("ann"));
        assert_eq!(options.acl[1].user, None);
        assert_eq!(options.system_interval, Duration::from_secs(10));
        assert_eq!(options.check(), Ok(()));
        assert_eq!(set(&mut options, "server_keep_alive=none"), Ok(()));
        assert_eq!(options.server_keep_alive, None);
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_can() {
        let before = BrokerOptions::default();
        let mut options = before.clone();
        for (text, words) in [
            ("maximum_qos", "key=value"),
            ("speed=1", "--help"),
            ("maximum_qos=3", "0, 1 or 2"),
            ("receive_maximum=0", "1 to 65535"),
            ("topic_alias_maximum=65536", "0 to 65535"),
            ("retain_available=yes", "true or false"),
            ("acl=deny,subscribe,a/#/b", "filter"),
            ("acl=forbid,both,#", "allow|deny"),
        ] {
            let error = set(&mut options, text).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
        }
        assert_eq!(options, before);
    }

    #[test]
    fn every_option_is_in_the_help_once() {
        let help = help();
        for option in OPTIONS {
            assert_eq!(help.matches(&format!("  {}=", option.key)).count(), 1);
        }
    }
}
