//! The options of the lab broker one by one: their names, their help, and how each is written.

use core::num::NonZeroU16;
use core::time::Duration;

use crate::broker::{BrokerOptions, DropWhenFull, Overlapping};
use crate::codec::Qos;
use crate::lab::form_check::{TEXT_MAXIMUM, whole_number};
use crate::lab::refusal::{FormCause, RefusalCause};

/// One option that is set by a control of its own. Users and rules are lists, and stand beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    missing_docs,
    reason = "each has the name and the words of the option it is"
)]
pub enum BrokerOption {
    MaximumQos,
    RetainAvailable,
    Wildcards,
    Shared,
    SharedBeforeV5,
    Identifiers,
    AllowAnonymous,
    QueuedMessages,
    QueuedBytes,
    DropWhenFull,
    QueueQos0,
    Overlapping,
    ReceiveMaximum,
    MaximumInflight,
    TopicAliasMaximum,
    OutgoingAliases,
    MaximumPacketSize,
    ServerKeepAlive,
    ConnectTimeout,
    SessionExpiry,
    SessionExpiryBeforeV5,
    ClientIdMaximum,
    ClientIdMaximumV31,
    SystemInterval,
    ReasonStrings,
    ResponseInformation,
    MaximumConnections,
    MaximumSessions,
    MaximumSubscriptions,
    MaximumSubscriptionBytes,
    MaximumSubscriptionBytesInAll,
    MaximumRetained,
    MaximumRetainedBytes,
}

/// A heading of the options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionGroup {
    /// What of MQTT there is.
    Available,
    /// Who may connect, publish and subscribe.
    Access,
    /// Messages that wait.
    Queues,
    /// What one connection may do.
    Connections,
    /// Sessions and Client Identifiers.
    Sessions,
    /// What the broker tells of itself.
    Telling,
    /// How much of everything there can be.
    Capacity,
}

impl OptionGroup {
    /// All of them, in the order of the dialog.
    pub const ALL: [Self; 7] = [
        Self::Available,
        Self::Access,
        Self::Queues,
        Self::Connections,
        Self::Sessions,
        Self::Telling,
        Self::Capacity,
    ];

    /// Its words.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Available => "What there is",
            Self::Access => "Who may do what",
            Self::Queues => "Messages that wait",
            Self::Connections => "Connections",
            Self::Sessions => "Sessions and Client Identifiers",
            Self::Telling => "What the broker tells",
            Self::Capacity => "How much there can be",
        }
    }

    /// Its options, in the order of the dialog.
    pub fn options(self) -> impl Iterator<Item = BrokerOption> {
        let all = BrokerOption::ALL.into_iter();
        all.filter(move |option| option.group() == self)
    }
}

/// How an option is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OptionControl {
    /// A box to tick.
    Flag,
    /// One of a few: what stands for each, and its words.
    Choice(&'static [(&'static str, &'static str)]),
    /// A whole number.
    Number {
        /// The least.
        minimum: u64,
        /// The most.
        maximum: u64,
        /// What is counted, and with that what a number comes to.
        unit: Unit,
        /// What an empty field means, where it may be empty.
        empty: Option<&'static str>,
    },
    /// A text.
    Text,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Things.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
}

/// The first page of a 5.0 length: no packet can be larger.
const PACKET_MAXIMUM: u64 = 268_435_460;

impl BrokerOption {
    /// Every option, in the order of the dialog.
    pub const ALL: [Self; 33] = [
        Self::MaximumQos,
        Self::RetainAvailable,
        Self::Wildcards,
        Self::Shared,
        Self::SharedBeforeV5,
        Self::Identifiers,
        Self::AllowAnonymous,
        Self::QueuedMessages,
        Self::QueuedBytes,
        Self::DropWhenFull,
        Self::QueueQos0,
        Self::Overlapping,
        Self::ReceiveMaximum,
        Self::MaximumInflight,
        Self::TopicAliasMaximum,
        Self::OutgoingAliases,
        Self::MaximumPacketSize,
        Self::ServerKeepAlive,
        Self::ConnectTimeout,
        Self::SessionExpiry,
        Self::SessionExpiryBeforeV5,
        Self::ClientIdMaximum,
        Self::ClientIdMaximumV31,
        Self::SystemInterval,
        Self::ReasonStrings,
        Self::ResponseInformation,
        Self::MaximumConnections,
        Self::MaximumSessions,
        Self::MaximumSubscriptions,
        Self::MaximumSubscriptionBytes,
        Self::MaximumSubscriptionBytesInAll,
        Self::MaximumRetained,
        Self::MaximumRetainedBytes,
    ];

    /// The heading it stands under.
    pub const fn group(self) -> OptionGroup {
        match self {
            Self::MaximumQos
            | Self::RetainAvailable
            | Self::Wildcards
            | Self::Shared
            | Self::SharedBeforeV5
            | Self::Identifiers => OptionGroup::Available,
            Self::AllowAnonymous => OptionGroup::Access,
            Self::QueuedMessages
            | Self::QueuedBytes
            | Self::DropWhenFull
            | Self::QueueQos0
            | Self::Overlapping => OptionGroup::Queues,
            Self::ReceiveMaximum
            | Self::MaximumInflight
            | Self::TopicAliasMaximum
            | Self::OutgoingAliases
            | Self::MaximumPacketSize
            | Self::ServerKeepAlive
            | Self::ConnectTimeout => OptionGroup::Connections,
            Self::SessionExpiry
            | Self::SessionExpiryBeforeV5
            | Self::ClientIdMaximum
            | Self::ClientIdMaximumV31 => OptionGroup::Sessions,
            Self::SystemInterval | Self::ReasonStrings | Self::ResponseInformation => {
                OptionGroup::Telling
            }
            Self::MaximumConnections
            | Self::MaximumSessions
            | Self::MaximumSubscriptions
            | Self::MaximumSubscriptionBytes
            | Self::MaximumSubscriptionBytesInAll
            | Self::MaximumRetained
            | Self::MaximumRetainedBytes => OptionGroup::Capacity,
        }
    }

    /// Its name on the screen.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MaximumQos => "Maximum QoS",
            Self::RetainAvailable => "Retained messages",
            Self::Wildcards => "Wildcards in subscriptions",
            Self::Shared => "Shared subscriptions",
            Self::SharedBeforeV5 => "Shared before 5.0",
            Self::Identifiers => "Subscription Identifiers",
            Self::AllowAnonymous => "Allow anonymous",
            Self::QueuedMessages => "Maximum queued messages",
            Self::QueuedBytes => "Maximum queued bytes",
            Self::DropWhenFull => "When a queue is full",
            Self::QueueQos0 => "Queue QoS 0 for the absent",
            Self::Overlapping => "Overlapping subscriptions",
            Self::ReceiveMaximum => "Receive Maximum",
            Self::MaximumInflight => "Maximum in flight to a client",
            Self::TopicAliasMaximum => "Topic Alias Maximum",
            Self::OutgoingAliases => "Topic Aliases to a client",
            Self::MaximumPacketSize => "Maximum Packet Size",
            Self::ServerKeepAlive => "Server Keep Alive",
            Self::ConnectTimeout => "Time for CONNECT",
            Self::SessionExpiry => "Maximum session expiry",
            Self::SessionExpiryBeforeV5 => "Session expiry before 5.0",
            Self::ClientIdMaximum => "Longest Client Identifier",
            Self::ClientIdMaximumV31 => "Longest Client Identifier in 3.1",
            Self::SystemInterval => "$SYS interval",
            Self::ReasonStrings => "Reason Strings",
            Self::ResponseInformation => "Response Information",
            Self::MaximumConnections => "Connections",
            Self::MaximumSessions => "Sessions",
            Self::MaximumSubscriptions => "Subscriptions of one session",
            Self::MaximumSubscriptionBytes => "Bytes of one session's subscriptions",
            Self::MaximumSubscriptionBytesInAll => "Bytes of all subscriptions",
            Self::MaximumRetained => "Retained messages kept",
            Self::MaximumRetainedBytes => "Bytes of retained messages",
        }
    }

    /// One sentence or two about it, for people who are learning MQTT.
    pub const fn help(self) -> &'static str {
        match self {
            Self::MaximumQos => {
                "The highest QoS this broker knows. Who publishes with a higher one is cut off; a \
                 subscription that asks for more is granted this much."
            }
            Self::RetainAvailable => {
                "Whether the broker keeps the last message of a topic that was published with \
                 Retain. Without it, a 5.0 client that sets Retain is cut off."
            }
            Self::Wildcards => {
                "Whether subscriptions may hold + and #. Some cloud services forbid them."
            }
            Self::Shared => {
                "Whether $share/group/filter shares the work: each message goes to one member of \
                 the group."
            }
            Self::SharedBeforeV5 => {
                "Whether $share works for 3.1 and 3.1.1 too, as in most brokers. The standards of \
                 those versions do not know it."
            }
            Self::Identifiers => {
                "Whether a 5.0 subscription may carry a number that comes back with each message it \
                 matched."
            }
            Self::AllowAnonymous => {
                "Whether clients without a user name may connect although there are users. Without \
                 any user, everybody may."
            }
            Self::QueuedMessages => {
                "How many messages wait for one session while its client is absent or slow."
            }
            Self::QueuedBytes => "How many bytes of topics and payloads wait for one session.",
            Self::DropWhenFull => {
                "Which message is lost when one more would wait: the one that has waited longest, \
                 or the one that has just come."
            }
            Self::QueueQos0 => {
                "Whether messages of QoS 0 wait for a client that is absent, too. The standard \
                 leaves it open; most brokers drop them."
            }
            Self::Overlapping => {
                "What a client gets when two of its subscriptions match one message. The standard \
                 allows both."
            }
            Self::ReceiveMaximum => {
                "How many unacknowledged messages of QoS 1 and 2 a client may have on the way to \
                 the broker. 5.0 clients are told, and cut off if they send more."
            }
            Self::MaximumInflight => {
                "How many unacknowledged messages of QoS 1 and 2 the broker sends to one client. \
                 The next one waits for an acknowledgement."
            }
            Self::TopicAliasMaximum => {
                "How many topics a 5.0 client may replace by a number when it publishes; 0 is none."
            }
            Self::OutgoingAliases => {
                "For how many topics the broker itself uses a number towards one 5.0 client, if \
                 that allows it."
            }
            Self::MaximumPacketSize => {
                "The largest packet the broker takes. 5.0 clients are told; who sends a larger one \
                 is cut off."
            }
            Self::ServerKeepAlive => {
                "The Keep Alive that every client has to use instead of its own. 5.0 clients are \
                 told; empty leaves it to the client, 0 switches it off."
            }
            Self::ConnectTimeout => {
                "How long a connection may be open before its CONNECT comes. A port scanner never \
                 sends one."
            }
            Self::SessionExpiry => {
                "How long a 5.0 session may outlive its connection at most, whatever the client \
                 asks for. Empty is for ever."
            }
            Self::SessionExpiryBeforeV5 => {
                "How long a session without Clean Session is kept for 3.1 and 3.1.1. Empty is for \
                 ever, which is what the standard says; real brokers clean up some day."
            }
            Self::ClientIdMaximum => {
                "How many characters a Client Identifier may have. Every broker has to take 23."
            }
            Self::ClientIdMaximumV31 => {
                "The same for MQTT 3.1, whose standard allows 23 characters and no more."
            }
            Self::SystemInterval => {
                "How often the broker publishes what it counts on topics below $SYS; 0 is never."
            }
            Self::ReasonStrings => {
                "Whether a 5.0 client is told in words why something failed, where it allows that."
            }
            Self::ResponseInformation => {
                "What a 5.0 client that asks for it is told to begin its Response Topics with; \
                 empty for nothing."
            }
            Self::MaximumConnections => {
                "How many connections there may be. One more is refused with Server busy."
            }
            Self::MaximumSessions => {
                "How many sessions there may be, with and without a connection."
            }
            Self::MaximumSubscriptions => {
                "How many subscriptions one session may have. One more is refused with Quota \
                 exceeded."
            }
            Self::MaximumSubscriptionBytes => {
                "How much memory the topic filters of one session may take. One more is refused \
                 with Quota exceeded."
            }
            Self::MaximumSubscriptionBytesInAll => {
                "How much memory the topic filters of all sessions may take together."
            }
            Self::MaximumRetained => {
                "How many retained messages there may be. One more is not kept."
            }
            Self::MaximumRetainedBytes => {
                "How many bytes of topics and payloads all retained messages may have together."
            }
        }
    }

    /// How it is set.
    pub const fn control(self) -> OptionControl {
        const fn number(minimum: u64, maximum: u64, unit: Unit) -> OptionControl {
            OptionControl::Number {
                minimum,
                maximum,
                unit,
                empty: None,
            }
        }
        const fn optional(maximum: u64, empty: &'static str) -> OptionControl {
            OptionControl::Number {
                minimum: 0,
                maximum,
                unit: Unit::Seconds,
                empty: Some(empty),
            }
        }
        match self {
            Self::MaximumQos => OptionControl::Choice(&[
                ("2", "2: everything"),
                ("1", "1: no QoS 2"),
                ("0", "0: no QoS 1 and 2"),
            ]),
            Self::DropWhenFull => OptionControl::Choice(&[
                ("newest", "drop the newest"),
                ("oldest", "drop the oldest"),
            ]),
            Self::Overlapping => OptionControl::Choice(&[
                ("one", "one copy, with the highest QoS"),
                ("each", "a copy for each subscription"),
            ]),
            Self::RetainAvailable
            | Self::Wildcards
            | Self::Shared
            | Self::SharedBeforeV5
            | Self::Identifiers
            | Self::AllowAnonymous
            | Self::QueueQos0
            | Self::ReasonStrings => OptionControl::Flag,
            Self::ResponseInformation => OptionControl::Text,
            Self::QueuedMessages => number(0, 1_000_000, Unit::Count),
            Self::QueuedBytes => number(0, GIGABYTE, Unit::Bytes),
            Self::ReceiveMaximum | Self::MaximumInflight => number(1, 65_535, Unit::Count),
            Self::TopicAliasMaximum | Self::OutgoingAliases => number(0, 65_535, Unit::Count),
            Self::MaximumPacketSize => number(
                BrokerOptions::SMALLEST_PACKET_SIZE as u64,
                PACKET_MAXIMUM,
                Unit::Bytes,
            ),
            Self::ServerKeepAlive => optional(65_535, "as the client asks"),
            Self::ConnectTimeout => number(1, 3_600, Unit::Seconds),
            Self::SessionExpiry | Self::SessionExpiryBeforeV5 => {
                optional(FOR_EVER as u64 - 1, "for ever")
            }
            Self::ClientIdMaximum | Self::ClientIdMaximumV31 => number(23, 65_535, Unit::Count),
            Self::SystemInterval => number(0, 86_400, Unit::Seconds),
            Self::MaximumConnections | Self::MaximumSessions | Self::MaximumSubscriptions => {
                number(1, 1_000_000, Unit::Count)
            }
            Self::MaximumRetained => number(0, 1_000_000, Unit::Count),
            Self::MaximumSubscriptionBytes
            | Self::MaximumSubscriptionBytesInAll
            | Self::MaximumRetainedBytes => number(0, GIGABYTE, Unit::Bytes),
        }
    }

    /// What stands in its control for these options.
    pub(super) fn read(self, options: &mut BrokerOptions) -> String {
        match self.slot(options) {
            Slot::Flag(flag) => if *flag { TICKED } else { "" }.to_owned(),
            Slot::Qos(qos) => qos.as_u8().to_string(),
            Slot::Drop(DropWhenFull::Newest) => "newest".to_owned(),
            Slot::Drop(DropWhenFull::Oldest) => "oldest".to_owned(),
            Slot::Overlapping(Overlapping::OneCopy) => "one".to_owned(),
            Slot::Overlapping(Overlapping::CopyPerSubscription) => "each".to_owned(),
            Slot::U16(number) => number.to_string(),
            Slot::NonZero(number) => number.to_string(),
            Slot::KeepAlive(seconds) => {
                seconds.map_or_else(String::new, |number| number.to_string())
            }
            Slot::Size(number) => number.to_string(),
            Slot::Expiry(&mut FOR_EVER) => String::new(),
            Slot::Expiry(seconds) => seconds.to_string(),
            Slot::Usize(number) => number.to_string(),
            Slot::Seconds(duration) => duration.as_secs().to_string(),
            Slot::Text(text) => text.clone(),
        }
    }

    /// Puts what stands in its control into the options.
    pub(super) fn write(self, text: &str, options: &mut BrokerOptions) -> Result<(), RefusalCause> {
        let number = self.number(text)?;
        let small = |number: u64| u16::try_from(number).unwrap_or(u16::MAX);
        let wide = |number: u64| u32::try_from(number).unwrap_or(FOR_EVER);
        let there = number.unwrap_or_default();
        match self.slot(options) {
            Slot::Flag(flag) => *flag = text == TICKED,
            Slot::Qos(qos) => {
                *qos = match text {
                    "0" => Qos::AtMostOnce,
                    "1" => Qos::AtLeastOnce,
                    _ => Qos::ExactlyOnce,
                }
            }
            Slot::Drop(drop) => {
                *drop = match text {
                    "oldest" => DropWhenFull::Oldest,
                    _ => DropWhenFull::Newest,
                }
            }
            Slot::Overlapping(overlapping) => {
                *overlapping = match text {
                    "each" => Overlapping::CopyPerSubscription,
                    _ => Overlapping::OneCopy,
                }
            }
            Slot::U16(place) => *place = small(there),
            Slot::NonZero(place) => {
                *place = NonZeroU16::new(small(there)).unwrap_or(NonZeroU16::MIN)
            }
            Slot::KeepAlive(place) => *place = number.map(small),
            Slot::Size(place) => *place = wide(there),
            Slot::Expiry(place) => *place = number.map_or(FOR_EVER, wide),
            Slot::Usize(place) => *place = usize::try_from(there).unwrap_or(usize::MAX),
            Slot::Seconds(place) => {
                // Parts of a second cannot be typed, and stay where nothing else was.
                if place.as_secs() != there {
                    *place = Duration::from_secs(there);
                }
            }
            Slot::Text(place) => {
                if let Some(offset) = text.bytes().position(|byte| byte == 0) {
                    return Err(RefusalCause::InForm(FormCause::NullCharacter { offset }));
                }
                if text.len() > TEXT_MAXIMUM {
                    let (length, maximum) = (text.len(), TEXT_MAXIMUM);
                    return Err(RefusalCause::InForm(FormCause::TooLong { length, maximum }));
                }
                text.clone_into(place);
            }
        }
        Ok(())
    }

    fn number(self, text: &str) -> Result<Option<u64>, RefusalCause> {
        match self.control() {
            OptionControl::Number { empty: Some(_), .. } if text.trim().is_empty() => Ok(None),
            OptionControl::Number {
                minimum, maximum, ..
            } => whole_number(text, minimum, maximum).map(Some),
            OptionControl::Flag | OptionControl::Choice(_) | OptionControl::Text => Ok(None),
        }
    }

    fn slot(self, options: &mut BrokerOptions) -> Slot<'_> {
        match self {
            Self::MaximumQos => Slot::Qos(&mut options.maximum_qos),
            Self::RetainAvailable => Slot::Flag(&mut options.retain_available),
            Self::Wildcards => Slot::Flag(&mut options.wildcard_subscription_available),
            Self::Shared => Slot::Flag(&mut options.shared_subscription_available),
            Self::SharedBeforeV5 => Slot::Flag(&mut options.shared_subscription_before_v5),
            Self::Identifiers => Slot::Flag(&mut options.subscription_identifiers_available),
            Self::AllowAnonymous => Slot::Flag(&mut options.allow_anonymous),
            Self::QueuedMessages => Slot::Usize(&mut options.maximum_queued_messages),
            Self::QueuedBytes => Slot::Usize(&mut options.maximum_queued_bytes),
            Self::DropWhenFull => Slot::Drop(&mut options.drop_when_full),
            Self::QueueQos0 => Slot::Flag(&mut options.queue_qos_0_for_absent),
            Self::Overlapping => Slot::Overlapping(&mut options.overlapping),
            Self::ReceiveMaximum => Slot::NonZero(&mut options.receive_maximum),
            Self::MaximumInflight => Slot::NonZero(&mut options.maximum_inflight),
            Self::TopicAliasMaximum => Slot::U16(&mut options.topic_alias_maximum),
            Self::OutgoingAliases => Slot::U16(&mut options.outgoing_topic_aliases),
            Self::MaximumPacketSize => Slot::Size(&mut options.maximum_packet_size),
            Self::ServerKeepAlive => Slot::KeepAlive(&mut options.server_keep_alive),
            Self::ConnectTimeout => Slot::Seconds(&mut options.connect_timeout),
            Self::SessionExpiry => Slot::Expiry(&mut options.maximum_session_expiry),
            Self::SessionExpiryBeforeV5 => Slot::Expiry(&mut options.session_expiry_before_v5),
            Self::ClientIdMaximum => Slot::Usize(&mut options.client_id_maximum),
            Self::ClientIdMaximumV31 => Slot::Usize(&mut options.client_id_maximum_v3_1),
            Self::SystemInterval => Slot::Seconds(&mut options.system_interval),
            Self::ReasonStrings => Slot::Flag(&mut options.reason_strings),
            Self::ResponseInformation => Slot::Text(&mut options.response_information),
            Self::MaximumConnections => Slot::Usize(&mut options.maximum_connections),
            Self::MaximumSessions => Slot::Usize(&mut options.maximum_sessions),
            Self::MaximumSubscriptions => Slot::Usize(&mut options.maximum_subscriptions),
            Self::MaximumSubscriptionBytes => Slot::Usize(&mut options.maximum_subscription_bytes),
            Self::MaximumSubscriptionBytesInAll => {
                Slot::Usize(&mut options.maximum_subscription_bytes_in_all)
            }
            Self::MaximumRetained => Slot::Usize(&mut options.maximum_retained_messages),
            Self::MaximumRetainedBytes => Slot::Usize(&mut options.maximum_retained_bytes),
        }
    }
}

/// What stands for a ticked box; an empty text for one that is not.
pub(super) const TICKED: &str = "yes";

const FOR_EVER: u32 = u32::MAX;

const GIGABYTE: u64 = 1 << 30;

/// An option by its type.
enum Slot<'a> {
    Flag(&'a mut bool),
    Qos(&'a mut Qos),
    Drop(&'a mut DropWhenFull),
    Overlapping(&'a mut Overlapping),
    U16(&'a mut u16),
    NonZero(&'a mut NonZeroU16),
    KeepAlive(&'a mut Option<u16>),
    Size(&'a mut u32),
    Expiry(&'a mut u32),
    Usize(&'a mut usize),
    Seconds(&'a mut Duration),
    Text(&'a mut String),
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::lab::lab_broker::write_options;

    #[test]
    fn every_option_has_a_name_of_its_own_a_place_and_a_sentence() {
        let mut names = BTreeSet::new();
        for option in BrokerOption::ALL {
            assert!(names.insert(option.name()), "{}", option.name());
            let help = option.help();
            assert!(help.ends_with('.') && !help.contains("  "), "{help}");
            assert!(help.len() <= 220, "{help}");
        }
        let grouped: usize = OptionGroup::ALL
            .iter()
            .map(|group| group.options().count())
            .sum();
        assert_eq!(grouped, BrokerOption::ALL.len());
        assert!(BrokerOption::ALL.is_sorted(), "the order of the dialog");
    }

    /// What is kept between visits is everything that there is, so it tells what has no control.
    #[test]
    fn every_option_that_is_kept_can_be_set() {
        let json = write_options(&BrokerOptions::default());
        let kept = json.matches("\":").count();
        // The two lists have controls of their own; the rest of the text is its frame.
        let frame = write_frame();
        assert_eq!(kept - frame, BrokerOption::ALL.len() + 2, "{json}");
    }

    fn write_frame() -> usize {
        crate::lab::storage::write("broker", crate::lab::json_value::Json::Object(Vec::new()))
            .matches("\":")
            .count()
    }

    #[test]
    fn each_changes_what_it_is_named_after_and_nothing_else() {
        for option in BrokerOption::ALL {
            let before = BrokerOptions::default();
            let mut after = before.clone();
            let own = option.read(&mut after);
            let other = match option.control() {
                OptionControl::Flag if own.is_empty() => TICKED.to_owned(),
                OptionControl::Flag => String::new(),
                OptionControl::Choice(choices) => {
                    let mut others = choices.iter().map(|choice| choice.0);
                    others.find(|choice| *choice != own).unwrap().to_owned()
                }
                OptionControl::Number {
                    minimum, maximum, ..
                } => {
                    let ends = [minimum, maximum].map(|end| end.to_string());
                    ends.into_iter().find(|end| *end != own).unwrap()
                }
                OptionControl::Text => "a".to_owned(),
            };
            assert_eq!(option.write(&other, &mut after), Ok(()));
            assert_eq!(option.read(&mut after), other, "{}", option.name());
            assert_ne!(before, after, "{}", option.name());
            assert_eq!(option.write(&own, &mut after), Ok(()));
            assert_eq!(before, after, "{}", option.name());
        }
    }
}
