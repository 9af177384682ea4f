//! The broker's options as they are kept between visits.

use core::num::NonZeroU16;
use core::time::Duration;

use crate::broker::{
    AclAction, AclEffect, AclRule, BrokerOptions, DropWhenFull, Overlapping, User,
};
use crate::lab::connection_form::UserPropertyList;
use crate::lab::effect::StorageError;
use crate::lab::storage;
use crate::lab::stored::{self, Slot, Stored, StoredNumber, StoredWord};

/// The options as JSON.
pub(in crate::lab) fn write_options(options: &BrokerOptions) -> String {
    storage::write("broker", stored::write(&mut Kept::from(options.clone())))
}

/// The options from JSON. Whether they are sound, the broker says.
pub(in crate::lab) fn read_options(json: &str) -> Result<BrokerOptions, StorageError> {
    let json = storage::read(json, "broker")?;
    let mut kept = Kept::from(BrokerOptions::default());
    stored::read(&mut kept, &json).ok_or(StorageError::Unreadable)?;
    kept.into_options().ok_or(StorageError::Unreadable)
}

/// The options with their lists as pairs of texts.
struct Kept {
    options: BrokerOptions,
    users: UserPropertyList,
    /// `deny subscribe` with the user after it if it is for one, and the Topic Filter.
    acl: UserPropertyList,
}

impl From<BrokerOptions> for Kept {
    fn from(options: BrokerOptions) -> Self {
        let users = options.users.iter();
        let acl = options.acl.iter();
        Self {
            users: users
                .map(|user| (user.name.clone(), user.password.clone()))
                .collect(),
            acl: acl
                .map(|rule| {
                    let mut who =
                        [effect_word(rule.effect), " ", action_word(rule.action)].concat();
                    if let Some(user) = &rule.user {
                        who.push(' ');
                        who.push_str(user);
                    }
                    (who, rule.filter.clone())
                })
                .collect(),
            options,
        }
    }
}

impl Kept {
    fn into_options(self) -> Option<BrokerOptions> {
        let users = self.users.into_iter();
        let acl = self.acl.into_iter();
        Some(BrokerOptions {
            users: users
                .map(|(name, password)| User { name, password })
                .collect(),
            acl: acl
                .map(|(who, filter)| {
                    let mut words = who.splitn(3, ' ');
                    Some(AclRule {
                        effect: effect(words.next()?)?,
                        action: action(words.next()?)?,
                        user: words.next().map(str::to_owned),
                        filter,
                    })
                })
                .collect::<Option<_>>()?,
            ..self.options
        })
    }
}

fn effect_word(effect: AclEffect) -> &'static str {
    match effect {
        AclEffect::Allow => "allow",
        AclEffect::Deny => "deny",
    }
}

fn effect(word: &str) -> Option<AclEffect> {
    let all = [AclEffect::Allow, AclEffect::Deny];
    all.into_iter().find(|&effect| effect_word(effect) == word)
}

fn action_word(action: AclAction) -> &'static str {
    match action {
        AclAction::Publish => "publish",
        AclAction::Subscribe => "subscribe",
        AclAction::SubscribeExactly => "subscribe_exactly",
        AclAction::Both => "both",
    }
}

fn action(word: &str) -> Option<AclAction> {
    let all = [
        AclAction::Publish,
        AclAction::Subscribe,
        AclAction::SubscribeExactly,
        AclAction::Both,
    ];
    all.into_iter().find(|&action| action_word(action) == word)
}

impl StoredNumber for u16 {
    fn number(&self) -> u32 {
        (*self).into()
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = Self::try_from(number).ok()?;
        Some(())
    }
}

impl StoredNumber for NonZeroU16 {
    fn number(&self) -> u32 {
        self.get().into()
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = Self::new(u16::try_from(number).ok()?)?;
        Some(())
    }
}

/// One more than the largest stands for none.
impl StoredNumber for Option<u16> {
    fn number(&self) -> u32 {
        self.map_or(NO_NUMBER, u32::from)
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = match number {
            NO_NUMBER => None,
            number => Some(u16::try_from(number).ok()?),
        };
        Some(())
    }
}

const NO_NUMBER: u32 = 65_536;

impl StoredNumber for usize {
    fn number(&self) -> u32 {
        u32::try_from(*self).unwrap_or(u32::MAX)
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = Self::try_from(number).ok()?;
        Some(())
    }
}

/// Milliseconds.
impl StoredNumber for Duration {
    fn number(&self) -> u32 {
        u32::try_from(self.as_millis()).unwrap_or(u32::MAX)
    }

    fn set_number(&mut self, number: u32) -> Option<()> {
        *self = Self::from_millis(number.into());
        Some(())
    }
}

impl StoredWord for DropWhenFull {
    fn word(&self) -> &'static str {
        match self {
            Self::Oldest => "oldest",
            Self::Newest => "newest",
        }
    }

    fn set_word(&mut self, word: &str) -> Option<()> {
        *self = match word {
            "oldest" => Self::Oldest,
            "newest" => Self::Newest,
            _ => return None,
        };
        Some(())
    }
}

impl StoredWord for Overlapping {
    fn word(&self) -> &'static str {
        match self {
            Self::OneCopy => "one",
            Self::CopyPerSubscription => "each",
        }
    }

    fn set_word(&mut self, word: &str) -> Option<()> {
        *self = match word {
            "one" => Self::OneCopy,
            "each" => Self::CopyPerSubscription,
            _ => return None,
        };
        Some(())
    }
}

impl Stored for Kept {
    fn slots(&mut self) -> Vec<(&'static str, Slot<'_>)> {
        let options = &mut self.options;
        macro_rules! slots {
            ($($kind:ident $field:ident),+ $(,)?) => {
                vec![
                    $((stringify!($field), Slot::$kind(&mut options.$field))),+,
                    ("users", Slot::Pairs(&mut self.users)),
                    ("acl", Slot::Pairs(&mut self.acl)),
                ]
            };
        }
        slots!(
            Number maximum_qos,
            Flag retain_available,
            Flag wildcard_subscription_available,
            Flag shared_subscription_available,
            Flag subscription_identifiers_available,
            Flag shared_subscription_before_v5,
            Flag allow_anonymous,
            Number maximum_queued_messages,
            Number maximum_queued_bytes,
            Word drop_when_full,
            Flag queue_qos_0_for_absent,
            Word overlapping,
            Number receive_maximum,
            Number maximum_inflight,
            Number topic_alias_maximum,
            Number outgoing_topic_aliases,
            Number maximum_packet_size,
            Number server_keep_alive,
            Number maximum_session_expiry,
            Number session_expiry_before_v5,
            Number client_id_maximum,
            Number client_id_maximum_v3_1,
            Text response_information,
            Flag reason_strings,
            Number connect_timeout,
            Number maximum_connections,
            Number maximum_sessions,
            Number maximum_subscriptions,
            Number maximum_subscription_bytes,
            Number maximum_subscription_bytes_in_all,
            Number maximum_retained_messages,
            Number maximum_retained_bytes,
            Number system_interval,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broker::Preset;

    #[test]
    fn every_preset_is_read_back_as_it_was_written() {
        for preset in Preset::ALL {
            let mut options = preset.options();
            options.users.push(User {
                name: "a b".to_owned(),
                password: "c".to_owned(),
            });
            options.acl.push(AclRule {
                effect: AclEffect::Deny,
                action: AclAction::Publish,
                filter: "a b/#".to_owned(),
                user: Some("a b".to_owned()),
            });
            options.server_keep_alive = Some(5);
            assert_eq!(read_options(&write_options(&options)), Ok(options));
        }
    }

    #[test]
    fn every_option_is_kept() {
        let json = write_options(&BrokerOptions::default());
        let listed = format!("{:?}", BrokerOptions::default());
        let mut fields = 0;
        for (before, _) in listed.match_indices(": ") {
            let name = listed[..before].rsplit([' ', '{']).next().unwrap();
            // Whether the lab takes notice of its broker is no option of a person.
            if name != "events" {
                fields += 1;
                assert!(json.contains(&format!("\"{name}\":")), "{name} in {json}");
            }
        }
        assert!(fields > 30, "{listed}");
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for json in [
            "",
            "{\"version\":1,\"broker\":{\"receive_maximum\":0}}",
            "{\"version\":1,\"broker\":{\"acl\":[[\"forbid publish\",\"a\"]]}}",
            "{\"version\":1,\"broker\":{\"overlapping\":\"some\"}}",
        ] {
            assert_eq!(read_options(json), Err(StorageError::Unreadable), "{json}");
        }
    }
}
