//! Who may connect, publish and subscribe: the user list and the rules.
//!
//! **The first rule that fits decides; where none fits, it is allowed.** A last rule that denies `#`
//! for everybody turns that round.

use super::options::{AclAction, AclEffect, AclRule, BrokerOptions};
use crate::codec::{ReasonCode, TopicFilter, TopicName, matches};

/// Why a Client is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LoginFault {
    /// It gave no User Name, and only known users may connect.
    Anonymous,
    /// There is no user of that name. A Client is told the same as for a wrong Password.
    UnknownUser,
    /// The user is known, and the Password is wrong or missing.
    WrongPassword,
}

impl LoginFault {
    /// What the CONNACK says; before 5.0 it is mapped to the Connect Return code of that meaning.
    pub const fn reason_code(self) -> ReasonCode {
        match self {
            Self::Anonymous => ReasonCode::NotAuthorized,
            Self::UnknownUser | Self::WrongPassword => ReasonCode::BadUserNameOrPassword,
        }
    }
}

impl BrokerOptions {
    /// Whether a Client with this User Name and Password may connect.
    ///
    /// # Errors
    ///
    /// Why not.
    pub fn check_login(
        &self,
        username: Option<&str>,
        password: Option<&[u8]>,
    ) -> Result<(), LoginFault> {
        if self.users.is_empty() {
            return Ok(());
        }
        let Some(username) = username else {
            return if self.allow_anonymous {
                Ok(())
            } else {
                Err(LoginFault::Anonymous)
            };
        };
        let user = self
            .users
            .iter()
            .find(|user| user.name == username)
            .ok_or(LoginFault::UnknownUser)?;
        if password == Some(user.password.as_bytes()) {
            Ok(())
        } else {
            Err(LoginFault::WrongPassword)
        }
    }

    /// Whether this user (`None` is one without a User Name) may publish on `topic`.
    pub fn may_publish(&self, username: Option<&str>, topic: TopicName<'_>) -> bool {
        self.decide(username, |rule, filter| {
            matches!(rule.action, AclAction::Publish | AclAction::Both) && matches(filter, topic)
        })
    }

    /// Whether this user may subscribe to `filter`. A rule fits when every Topic Name that `filter`
    /// can match is one of the rule's; for a filter that reaches further than a rule that denies,
    /// [`Self::may_receive`] is asked message by message.
    pub fn may_subscribe(&self, username: Option<&str>, filter: TopicFilter<'_>) -> bool {
        self.decide(username, |rule, of_rule| match rule.action {
            AclAction::Publish => false,
            AclAction::Subscribe | AclAction::Both => covers(of_rule, filter),
            AclAction::SubscribeExactly => filter.matched_part() == of_rule,
        })
    }

    /// Whether a message on `topic` may go to this user, who has a subscription that matches it.
    pub fn may_receive(&self, username: Option<&str>, topic: TopicName<'_>) -> bool {
        self.decide(username, |rule, filter| {
            matches!(rule.action, AclAction::Subscribe | AclAction::Both) && matches(filter, topic)
        })
    }

    fn decide(
        &self,
        username: Option<&str>,
        fits: impl Fn(&AclRule, TopicFilter<'_>) -> bool,
    ) -> bool {
        self.acl
            .iter()
            .filter(|rule| rule.user.is_none() || rule.user.as_deref() == username)
            .find(|rule| {
                TopicFilter::parse_without_shared(&rule.filter)
                    .is_ok_and(|filter| fits(rule, filter))
            })
            .is_none_or(|rule| rule.effect == AclEffect::Allow)
    }
}

/// Whether `wide` takes every Topic Name that `narrow` takes. A Shared Subscription's filter is the
/// one that it shares.
pub fn covers(wide: TopicFilter<'_>, narrow: TopicFilter<'_>) -> bool {
    let (wide, narrow) = (wide.matched_part().as_str(), narrow.matched_part().as_str());
    let is_wild = |text: &str| text.starts_with(['+', '#']);
    if is_wild(wide) && narrow.starts_with('$') {
        return false;
    }
    // A name has at least one level, and is not empty, so `#` is `+/#`, and `/#` is `/+/#`; written so, they
    // can be compared level by level.
    let spelt_out = |text| match text {
        "#" => "+/#",
        "/#" => "/+/#",
        _ => text,
    };
    let mut wide = spelt_out(wide).split('/');
    let mut narrow = spelt_out(narrow).split('/');
    loop {
        match (wide.next(), narrow.next()) {
            (Some("#"), _) | (None, None) => return true,
            // What is left of `narrow` also takes the parent level, and any number of others.
            (_, Some("#")) | (None, Some(_)) | (Some(_), None) => return false,
            (Some("+"), Some(_)) => {}
            (Some(wide), Some(narrow)) if wide == narrow => {}
            (Some(_), Some(_)) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::broker::User;

    #[test]
    fn users_are_let_in_by_name_and_password() {
        let mut options = BrokerOptions::default();
        assert_eq!(options.check_login(None, None), Ok(()));
        assert_eq!(options.check_login(Some("anyone"), Some(b"x")), Ok(()));
        options.users = vec![User {
            name: "ann".to_owned(),
            password: "secret".to_owned(),
        }];
        assert_eq!(options.check_login(Some("ann"), Some(b"secret")), Ok(()));
        for (username, password, fault) in [
            (None, None, LoginFault::Anonymous),
            (Some("ann"), None, LoginFault::WrongPassword),
            (Some("ann"), Some("Secret"), LoginFault::WrongPassword),
            (Some("ann"), Some(""), LoginFault::WrongPassword),
            (Some("Ann"), Some("secret"), LoginFault::UnknownUser),
            (Some(""), Some("secret"), LoginFault::UnknownUser),
        ] {
            let password = password.map(str::as_bytes);
            assert_eq!(options.check_login(username, password), Err(fault));
        }
        options.allow_anonymous = true;
        assert_eq!(options.check_login(None, None), Ok(()));
        assert_eq!(
            options.check_login(Some("bob"), None),
            Err(LoginFault::UnknownUser)
        );
        assert_eq!(
            LoginFault::Anonymous.reason_code(),
            ReasonCode::NotAuthorized
        );
        assert_eq!(
            LoginFault::UnknownUser.reason_code(),
            LoginFault::WrongPassword.reason_code()
        );
    }

    #[test]
    fn the_first_rule_that_fits_decides() {
        use AclAction::{Both, Publish, Subscribe};
        use AclEffect::{Allow, Deny};
        let options = with_rules(&[
            (Allow, Both, "#", Some("admin")),
            (Deny, Both, "secret/#", None),
            (Allow, Publish, "in/+", Some("ann")),
            (Deny, Publish, "in/#", None),
            (Allow, Subscribe, "public/#", None),
            (Deny, Subscribe, "public/+/x", None),
        ]);
        for (user, topic, publish, receive) in [
            (Some("admin"), "secret/a", true, true),
            (None, "secret/a", false, false),
            (None, "secret", false, false),
            (Some("ann"), "in/a", true, true),
            (Some("ann"), "in/a/b", false, true),
            (Some("bob"), "in/a", false, true),
            (None, "public/a/x", true, true),
            (None, "elsewhere", true, true),
        ] {
            let topic = TopicName::parse(topic).unwrap();
            assert_eq!(
                options.may_publish(user, topic),
                publish,
                "{user:?} {topic}"
            );
            assert_eq!(
                options.may_receive(user, topic),
                receive,
                "{user:?} {topic}"
            );
        }
        for (user, filter, expected) in [
            (None, "secret/a", false),
            (None, "secret/#", false),
            (None, "$share/g/secret/+", false),
            // It reaches further than the rule: granted, and held back message by message.
            (None, "#", true),
            (None, "+/a", true),
            (Some("admin"), "secret/#", true),
            (None, "public/1/x", true),
        ] {
            let filter = TopicFilter::parse(filter).unwrap();
            assert_eq!(
                options.may_subscribe(user, filter),
                expected,
                "{user:?} {filter}"
            );
        }
    }

    #[test]
    fn all_can_be_denied_but_what_is_allowed() {
        use AclAction::{Both, Subscribe};
        use AclEffect::{Allow, Deny};
        let options = with_rules(&[(Allow, Subscribe, "a/+", None), (Deny, Both, "#", None)]);
        let may_subscribe =
            |filter| options.may_subscribe(None, TopicFilter::parse(filter).unwrap());
        assert!(may_subscribe("a/b") && may_subscribe("a/+"));
        assert!(!may_subscribe("a/#") && !may_subscribe("#") && !may_subscribe("+/b"));
        assert!(!options.may_publish(None, TopicName::parse("a/b").unwrap()));
        // As no wildcard takes it, the last rule does not either.
        assert!(may_subscribe("$SYS/#"));
    }

    #[test]
    fn one_filter_alone_can_be_refused() {
        let options = with_rules(&[(AclEffect::Deny, AclAction::SubscribeExactly, "#", None)]);
        let may_subscribe =
            |filter| options.may_subscribe(None, TopicFilter::parse(filter).unwrap());
        assert!(!may_subscribe("#") && !may_subscribe("$share/g/#"));
        assert!(may_subscribe("+/#") && may_subscribe("a"));
        let topic = TopicName::parse("a").unwrap();
        assert!(options.may_receive(None, topic) && options.may_publish(None, topic));
    }

    #[test]
    fn the_parent_of_an_empty_level_is_no_name() {
        let covers = |wide, narrow| {
            let [wide, narrow] = [wide, narrow].map(|text| TopicFilter::parse(text).unwrap());
            covers(wide, narrow)
        };
        assert!(covers("/+/#", "/#") && covers("/#", "/+/#"));
        assert!(covers("/#", "/") && !covers("/", "/#"));
        assert!(!covers("a/+/#", "a/#"), "`a` itself");
    }

    proptest! {
        #[test]
        fn a_filter_covers_another_when_it_takes_all_its_names(
            wide in "((\\$?a?|\\+)(/(|a|b|\\+)){0,2}(/#)?|#)",
            narrow in "((\\$?a?|\\+)(/(|a|b|\\+)){0,2}(/#)?|#)",
        ) {
            let (Ok(wide), Ok(narrow)) = (TopicFilter::parse(&wide), TopicFilter::parse(&narrow)) else {
                return Ok(());
            };
            // `z` stands for whatever no filter names.
            let levels = ["", "a", "b", "z", "$", "$a"];
            let mut names: Vec<String> = levels.map(str::to_owned).into();
            let mut last = names.clone();
            for _ in 0..3 {
                last = last.iter().flat_map(|name| levels.map(|level| format!("{name}/{level}"))).collect();
                names.extend_from_slice(&last);
            }
            let expected = names.iter().filter_map(|name| TopicName::parse(name).ok())
                .all(|name| !matches(narrow, name) || matches(wide, name));
            prop_assert_eq!(covers(wide, narrow), expected, "{} {}", wide, narrow);
        }
    }

    fn with_rules(rules: &[(AclEffect, AclAction, &str, Option<&str>)]) -> BrokerOptions {
        BrokerOptions {
            acl: rules
                .iter()
                .map(|&(effect, action, filter, user)| AclRule {
                    effect,
                    action,
                    filter: filter.to_owned(),
                    user: user.map(str::to_owned),
                })
                .collect(),
            ..BrokerOptions::default()
        }
    }
}
