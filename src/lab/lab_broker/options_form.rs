//! The options of the lab broker as they are typed, and what is wrong with them.

use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet};

use super::broker_option::{BrokerOption, OptionControl, TICKED, Unit};
use crate::broker::{AclAction, AclEffect, AclRule, BrokerOptions, Preset, User};
use crate::codec::TopicFilter;
use crate::lab::form_check::TEXT_MAXIMUM;
use crate::lab::refusal::{FormCause, Refusal, RefusalCause};
use crate::lab::{Lab, format};

/// How many users and how many rules there can be.
pub const ACCESS_MAXIMUM: usize = 100;

/// The options as they stand in the dialog.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionsForm {
    /// Who may connect: names with passwords.
    pub users: Vec<(String, String)>,
    /// The rules, in the order in which they are asked.
    pub rules: Vec<RuleForm>,
    values: BTreeMap<BrokerOption, String>,
    /// Where there is no control, as it is.
    rest: BrokerOptions,
}

/// One rule as it is typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleForm {
    /// Allow or deny.
    pub effect: AclEffect,
    /// What.
    pub action: AclAction,
    /// Where.
    pub filter: String,
    /// Who; empty for everybody.
    pub user: String,
}

/// A place of the dialog where something can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionPlace {
    /// The control of an option.
    Option(BrokerOption),
    /// A user, from 0.
    User(usize),
    /// A rule, from 0.
    Rule(usize),
}

/// What is wrong somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptionFault {
    /// Where.
    pub place: OptionPlace,
    /// What, and what is allowed.
    pub words: String,
}

impl Lab {
    /// The options of the lab broker, for the dialog.
    pub fn options_form(&self) -> OptionsForm {
        OptionsForm::new(&self.broker_options())
    }

    /// What the lab broker's options come to: the preset that they are, or that they are a
    /// person's own; then how many users and rules there are.
    pub fn options_words(&self) -> String {
        let options = &self.broker_options();
        let mut words = match preset_of(options) {
            Some(place) => Preset::ALL.get(place).map_or("", |preset| preset.name),
            None => "options of your own",
        }
        .to_owned();
        let mut add = |count: usize, one: &str, many: &str| {
            if count > 0 {
                let unit = if count == 1 { one } else { many };
                words.push_str(&format!(" · {count} {unit}"));
            }
        };
        add(options.users.len(), "user", "users");
        if preset_of(options).is_none() {
            add(options.acl.len(), "rule", "rules");
        }
        words
    }
}

/// The preset that these options are, users left aside.
fn preset_of(options: &BrokerOptions) -> Option<usize> {
    Preset::ALL.iter().position(|preset| {
        let preset = BrokerOptions {
            users: options.users.clone(),
            allow_anonymous: options.allow_anonymous,
            ..preset.options()
        };
        preset == *options
    })
}

impl OptionsForm {
    /// The form that these options make.
    pub fn new(options: &BrokerOptions) -> Self {
        let mut rest = options.clone();
        let values = BrokerOption::ALL.map(|option| (option, option.read(&mut rest)));
        let users = rest.users.iter();
        let rules = rest.acl.iter();
        Self {
            users: users
                .map(|user| (user.name.clone(), user.password.clone()))
                .collect(),
            rules: rules
                .map(|rule| RuleForm {
                    effect: rule.effect,
                    action: rule.action,
                    filter: rule.filter.clone(),
                    user: rule.user.clone().unwrap_or_default(),
                })
                .collect(),
            values: values.into(),
            rest,
        }
    }

    /// What stands in the control of an option: digits, a text, or which of the choices.
    pub fn value(&self, option: BrokerOption) -> &str {
        self.values.get(&option).map_or("", String::as_str)
    }

    /// Whether the box of an option is ticked.
    pub fn is_ticked(&self, option: BrokerOption) -> bool {
        self.value(option) == TICKED
    }

    /// Puts something into the control of an option.
    pub fn set(&mut self, option: BrokerOption, value: String) {
        self.values.insert(option, value);
    }

    /// Ticks the box of an option, or takes the tick away.
    pub fn tick(&mut self, option: BrokerOption, ticked: bool) {
        self.set(option, if ticked { TICKED } else { "" }.to_owned());
    }

    /// What a number comes to: `16.8 MB`, `2:00:00`; nothing where that says no more than the
    /// number.
    pub fn hint(&self, option: BrokerOption) -> Option<String> {
        let OptionControl::Number { unit, empty, .. } = option.control() else {
            return None;
        };
        let text = self.value(option).trim();
        if text.is_empty() {
            return empty.map(str::to_owned);
        }
        let number: u64 = text.parse().ok()?;
        match unit {
            Unit::Count => None,
            Unit::Bytes => Some(format::bytes(number)),
            Unit::Seconds if number < 60 => Some("seconds".to_owned()),
            Unit::Seconds => {
                let words = format::duration(Duration::from_secs(number));
                Some(["seconds: ", &words].concat())
            }
        }
    }

    /// Fills the form from a preset. Who may connect is the person's own, and stays.
    pub fn take_preset(&mut self, preset: &Preset) {
        let own = core::mem::replace(self, Self::new(&preset.options()));
        self.users = own.users.clone();
        let anonymous = own.is_ticked(BrokerOption::AllowAnonymous);
        self.tick(BrokerOption::AllowAnonymous, anonymous);
    }

    /// The position of the preset that the form comes to, if it comes to one.
    pub fn preset(&self) -> Option<usize> {
        preset_of(&self.check().ok()?)
    }

    /// Adds a user without name, where there is room.
    pub fn add_user(&mut self) {
        if self.users.len() < ACCESS_MAXIMUM {
            self.users.push(Default::default());
        }
    }

    /// Adds a rule at the end, where there is room: one that denies nothing until it is filled in.
    pub fn add_rule(&mut self) {
        if self.rules.len() < ACCESS_MAXIMUM {
            self.rules.push(RuleForm {
                effect: AclEffect::Deny,
                action: AclAction::Both,
                filter: String::new(),
                user: String::new(),
            });
        }
    }

    /// Moves a rule one place up, or down.
    pub fn move_rule(&mut self, rule: usize, up: bool) {
        let other = if up {
            rule.checked_sub(1)
        } else {
            rule.checked_add(1)
        };
        if let Some(other) = other
            && rule.max(other) < self.rules.len()
        {
            self.rules.swap(rule, other);
        }
    }

    /// A rule in words: `Nobody may publish on a/#.`
    pub fn rule_words(rule: &RuleForm) -> String {
        let deed = match rule.action {
            AclAction::Publish => "publish on",
            AclAction::Subscribe => "subscribe to and be sent",
            AclAction::SubscribeExactly => "subscribe to exactly",
            AclAction::Both => "publish on, subscribe to and be sent",
        };
        let who = match (rule.effect, rule.user.as_str()) {
            (AclEffect::Allow, "") => "Everybody may".to_owned(),
            (AclEffect::Allow, user) => [user, " may"].concat(),
            (AclEffect::Deny, "") => "Nobody may".to_owned(),
            (AclEffect::Deny, user) => [user, " may not"].concat(),
        };
        [&who, " ", deed, " ", &rule.filter, "."].concat()
    }

    /// The options that the form comes to.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, in the order of the dialog.
    pub fn check(&self) -> Result<BrokerOptions, Vec<OptionFault>> {
        let mut options = self.rest.clone();
        let mut faults = Vec::new();
        let mut fault = |place, cause| {
            let words = Refusal::new(cause).words();
            faults.push(OptionFault { place, words });
        };
        for (&option, text) in &self.values {
            if let Err(cause) = option.write(text, &mut options) {
                fault(OptionPlace::Option(option), cause);
            }
        }
        let mut names = BTreeSet::new();
        for (place, (name, password)) in self.users.iter().enumerate() {
            let place = OptionPlace::User(place);
            if name.is_empty() {
                fault(place, RefusalCause::InForm(FormCause::Empty));
            } else if !names.insert(name) {
                fault(place, RefusalCause::InForm(FormCause::NameTaken));
            }
            if let Some(cause) = text_fault(name).or_else(|| text_fault(password)) {
                fault(place, cause);
            }
        }
        for (place, rule) in self.rules.iter().enumerate() {
            let place = OptionPlace::Rule(place);
            if rule.filter.is_empty() {
                fault(place, RefusalCause::InForm(FormCause::Empty));
            } else if let Err(error) = TopicFilter::parse(&rule.filter) {
                fault(place, RefusalCause::TopicFilter(error));
            }
            if let Some(cause) = text_fault(&rule.user) {
                fault(place, cause);
            }
        }
        options.users = self.users.iter().map(user).collect();
        options.acl = self.rules.iter().map(acl_rule).collect();
        if faults.is_empty() {
            Ok(options)
        } else {
            Err(faults)
        }
    }
}

/// What MQTT cannot carry of a text.
fn text_fault(text: &str) -> Option<RefusalCause> {
    if let Some(offset) = text.bytes().position(|byte| byte == 0) {
        return Some(RefusalCause::InForm(FormCause::NullCharacter { offset }));
    }
    let (length, maximum) = (text.len(), TEXT_MAXIMUM);
    (length > maximum).then_some(RefusalCause::InForm(FormCause::TooLong { length, maximum }))
}

fn user((name, password): &(String, String)) -> User {
    User {
        name: name.clone(),
        password: password.clone(),
    }
}

fn acl_rule(rule: &RuleForm) -> AclRule {
    AclRule {
        effect: rule.effect,
        action: rule.action,
        filter: rule.filter.clone(),
        user: (!rule.user.is_empty()).then(|| rule.user.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form() -> OptionsForm {
        OptionsForm::new(&BrokerOptions::default())
    }

    fn words_at(form: &OptionsForm, place: OptionPlace) -> Vec<String> {
        let faults = form.check().err().unwrap_or_default().into_iter();
        faults
            .filter(|fault| fault.place == place)
            .map(|fault| fault.words)
            .collect()
    }

    #[test]
    fn every_preset_goes_through_the_form_unchanged_and_is_known_again() {
        for (place, preset) in Preset::ALL.iter().enumerate() {
            let options = preset.options();
            let form = OptionsForm::new(&options);
            assert_eq!(form.check(), Ok(options));
            assert_eq!(form.preset(), Some(place), "{}", preset.name);
        }
    }

    #[test]
    fn a_preset_leaves_the_users_as_they_are() {
        let mut form = form();
        form.add_user();
        form.users[0] = ("ada".to_owned(), "x".to_owned());
        form.tick(BrokerOption::AllowAnonymous, true);
        form.add_rule();
        let aws = Preset::by_slug("aws").unwrap();
        form.take_preset(aws);
        assert!(form.rules.is_empty());
        assert_eq!(form.users.len(), 1);
        let options = form.check().unwrap();
        assert!(options.allow_anonymous);
        assert_eq!(options.maximum_qos, aws.options().maximum_qos);
        let chosen = form.preset().and_then(|place| Preset::ALL.get(place));
        assert_eq!(chosen.map(|preset| preset.slug), Some("aws"));
        form.set(BrokerOption::TopicAliasMaximum, "9".to_owned());
        assert_eq!(form.preset(), None);
    }

    #[test]
    fn everything_that_is_wrong_is_said_where_it_is() {
        let mut form = form();
        form.set(BrokerOption::MaximumPacketSize, "15".to_owned());
        form.set(BrokerOption::ReceiveMaximum, "many".to_owned());
        form.users = vec![
            ("ada".to_owned(), String::new()),
            (String::new(), "x".to_owned()),
            ("ada".to_owned(), "y".to_owned()),
        ];
        form.add_rule();
        form.rules[0].filter = "a/#/b".to_owned();
        let at = |place| words_at(&form, place);
        assert_eq!(
            at(OptionPlace::Option(BrokerOption::MaximumPacketSize)),
            ["This is 15; it must be from 16 to 268435460."]
        );
        assert_eq!(
            at(OptionPlace::Option(BrokerOption::ReceiveMaximum)),
            ["This must be a whole number from 1 to 65535."]
        );
        assert!(at(OptionPlace::User(0)).is_empty());
        assert_eq!(at(OptionPlace::User(1)), ["This must not be empty."]);
        assert_eq!(at(OptionPlace::User(2)), ["This name is taken."]);
        assert_eq!(at(OptionPlace::Rule(0)).len(), 1);
        assert_eq!(form.check().unwrap_err().len(), 5);
    }

    #[test]
    fn whatever_the_form_takes_the_broker_takes() {
        let mut form = form();
        form.add_rule();
        for filter in ["", "#", "a/#/b", "$share/x", "$share/x/#", "a+", "a\0"] {
            filter.clone_into(&mut form.rules[0].filter);
            let options = BrokerOptions {
                acl: form.rules.iter().map(acl_rule).collect(),
                ..BrokerOptions::default()
            };
            assert_eq!(form.check().is_ok(), options.check().is_ok(), "{filter}");
        }
    }

    #[test]
    fn what_may_be_empty_has_a_meaning_when_it_is() {
        let mut form = form();
        assert_eq!(form.hint(BrokerOption::SessionExpiry).unwrap(), "for ever");
        form.set(BrokerOption::SessionExpiry, "7200".to_owned());
        form.set(BrokerOption::ServerKeepAlive, " 5 ".to_owned());
        let options = form.check().unwrap();
        assert_eq!(options.maximum_session_expiry, 7_200);
        assert_eq!(options.server_keep_alive, Some(5));
        assert_eq!(
            form.hint(BrokerOption::SessionExpiry).unwrap(),
            "seconds: 2:00:00"
        );
        assert_eq!(form.hint(BrokerOption::QueuedBytes).unwrap(), "16.8 MB");
        assert_eq!(form.hint(BrokerOption::QueuedMessages), None);
    }

    #[test]
    fn rules_are_moved_and_read_as_sentences() {
        let mut form = form();
        form.add_rule();
        form.add_rule();
        form.rules[1].filter = "a/#".to_owned();
        form.rules[1].user = "ada".to_owned();
        form.move_rule(1, true);
        form.move_rule(0, true);
        form.move_rule(1, false);
        assert_eq!(form.rules[0].filter, "a/#");
        let mut rule = form.rules.remove(0);
        rule.action = AclAction::Publish;
        assert_eq!(
            OptionsForm::rule_words(&rule),
            "ada may not publish on a/#."
        );
        rule.effect = AclEffect::Allow;
        rule.user.clear();
        assert_eq!(
            OptionsForm::rule_words(&rule),
            "Everybody may publish on a/#."
        );
    }

    #[test]
    fn there_is_an_end_to_users_and_rules() {
        let mut form = form();
        for _ in 0..2 * ACCESS_MAXIMUM {
            form.add_user();
            form.add_rule();
        }
        assert_eq!((form.users.len(), form.rules.len()), (100, 100));
    }
}
