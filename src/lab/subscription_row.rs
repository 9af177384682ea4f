//! One row of the Subscriptions panel.

use core::ops::Range;

use super::keys::SubscriptionKey;
use super::subscriptions::SubscribeForm;
use crate::codec::{
    Qos, ReasonCode, RetainHandling, SubscriptionIdentifier, TopicFilter, TopicName, matches,
};

/// One row of the subscription list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionRow {
    /// Its key.
    pub key: SubscriptionKey,
    /// Topic Filter.
    pub filter: String,
    /// The QoS that was asked for.
    pub requested: Qos,
    /// Where it stands.
    pub state: SubscriptionState,
    /// The colour, below [`COLOURS`](super::COLOURS).
    pub colour: u8,
    /// How many messages have come for it since the row was made. A message for two subscriptions
    /// counts for both.
    pub messages: u64,
    /// 5.0: No Local.
    pub no_local: bool,
    /// 5.0: Retain As Published.
    pub retain_as_published: bool,
    /// 5.0: Retain Handling.
    pub retain_handling: RetainHandling,
    /// 5.0: Subscription Identifier.
    pub subscription_identifier: Option<SubscriptionIdentifier>,
    /// Whether the filter is a Topic Name, so that a message is compared with it and no more.
    pub(super) is_exact: bool,
    /// Which bytes of the filter every topic that it takes begins with.
    pub(super) fixed: Range<usize>,
}

/// Where a subscription stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionState {
    /// SUBSCRIBE is sent, SUBACK is awaited.
    Subscribing,
    /// The server has granted it.
    Granted {
        /// The QoS granted, which may be lower than the one asked for.
        qos: Qos,
    },
    /// The server has refused it.
    Refused {
        /// Why; [`ReasonCode::UnspecifiedError`] (0x80) is all that MQTT 3.1.1 can say.
        reason_code: ReasonCode,
    },
    /// UNSUBSCRIBE is sent, UNSUBACK is awaited.
    Unsubscribing,
    /// The connection is gone and the server keeps no session, or keeps one without it.
    NotActive,
    /// The connection is gone, or has come back with its session: the server has kept it.
    KeptByServer {
        /// The QoS granted when it was made.
        qos: Qos,
    },
}

impl SubscriptionRow {
    /// The QoS granted, where it is granted.
    pub const fn granted(&self) -> Option<Qos> {
        match self.state {
            SubscriptionState::Granted { qos } | SubscriptionState::KeptByServer { qos } => {
                Some(qos)
            }
            _ => None,
        }
    }

    /// Whether the server granted less than was asked for.
    pub fn is_granted_lower(&self) -> bool {
        self.granted().is_some_and(|qos| qos < self.requested)
    }

    /// Whether messages may come for it: the server may deliver before its SUBACK, and until its
    /// UNSUBACK (sections 3.8.4 and 3.10.4).
    pub(super) const fn may_receive(&self) -> bool {
        !matches!(
            self.state,
            SubscriptionState::Refused { .. } | SubscriptionState::NotActive
        )
    }

    pub(super) fn takes(&self, topic: TopicName<'_>) -> bool {
        if self.is_exact {
            return self.filter == topic.as_str();
        }
        // Most filters differ from most topics before their first wildcard, and reading a filter
        // costs twenty times as much as seeing that.
        let fixed = self.filter.get(self.fixed.clone()).unwrap_or_default();
        if !topic.as_str().as_bytes().starts_with(fixed.as_bytes()) {
            return false;
        }
        TopicFilter::parse(&self.filter).is_ok_and(|filter| matches(filter, topic))
    }
}

impl SubscriptionRow {
    /// Takes over what a form asks for.
    pub(super) fn take(
        &mut self,
        form: &SubscribeForm,
        identifier: Option<SubscriptionIdentifier>,
    ) {
        self.requested = form.qos;
        self.state = SubscriptionState::Subscribing;
        self.no_local = form.no_local;
        self.retain_as_published = form.retain_as_published;
        self.retain_handling = form.retain_handling;
        self.subscription_identifier = identifier;
    }

    /// The form that asks for this row.
    pub(super) fn to_form(&self) -> SubscribeForm {
        SubscribeForm {
            filter: self.filter.clone(),
            qos: self.requested,
            colour: Some(self.colour),
            no_local: self.no_local,
            retain_as_published: self.retain_as_published,
            retain_handling: self.retain_handling,
            subscription_identifier: self
                .subscription_identifier
                .map_or_else(String::new, |identifier| identifier.value().to_string()),
        }
    }
}

/// The part of a filter before its first wildcard, without the slash before `#`, which also takes
/// the level above it.
pub(super) fn fixed_part(filter: TopicFilter<'_>) -> Range<usize> {
    let matched = filter.matched_part().as_str();
    let start = filter.as_str().len() - matched.len();
    let before = matched.find(['+', '#']).map(|end| matched.split_at(end));
    let fixed = before.map_or(matched, |(fixed, wildcard)| match wildcard {
        "#" => fixed.strip_suffix('/').unwrap_or(fixed),
        _ => fixed,
    });
    start..start + fixed.len()
}

pub(super) const fn granted(qos: Qos) -> SubscriptionState {
    SubscriptionState::Granted { qos }
}
