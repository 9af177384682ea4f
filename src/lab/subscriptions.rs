//! The Subscriptions panel: its form and its rows.

use super::keys::SubscriptionKey;
use crate::codec::{Qos, ReasonCode, RetainHandling, SubscriptionIdentifier};

/// How many subscriptions a client can hold.
pub const SUBSCRIPTIONS_MAXIMUM: usize = 1_000;

/// How many colours there are; a colour is a number below this one.
pub const COLOURS: u8 = 12;

/// The form that *Add New Topic Subscription* opens, as it was typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscribeForm {
    /// Topic Filter.
    pub filter: String,
    /// The highest QoS at which messages shall be delivered.
    pub qos: Qos,
    /// The colour, below [`COLOURS`]; `None` takes the next one.
    pub colour: Option<u8>,
    /// 5.0: not to be given messages which this client itself has published.
    pub no_local: bool,
    /// 5.0: to be given the Retain flag as it was published.
    pub retain_as_published: bool,
    /// 5.0: when to be given retained messages.
    pub retain_handling: RetainHandling,
    /// 5.0: Subscription Identifier, 1 to 268,435,455; empty leaves it out.
    pub subscription_identifier: String,
}

impl Default for SubscribeForm {
    fn default() -> Self {
        Self {
            filter: "testtopic/#".to_owned(),
            qos: Qos::ExactlyOnce,
            colour: None,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
            subscription_identifier: String::new(),
        }
    }
}

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
    /// The colour, below [`COLOURS`].
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
}
