//! SUBSCRIBE (section 3.8).

use crate::codec::{PacketId, Qos, SubscriptionIdentifier, TopicFilter, UserProperties};

/// A Client's request for one or more subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscribe<'a> {
    /// Ties it to its SUBACK.
    pub packet_id: PacketId,
    /// A number the Server repeats with each message these subscriptions match (5.0).
    pub subscription_identifier: Option<SubscriptionIdentifier>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// At least one [MQTT-3.8.3-2].
    pub subscriptions: Vec<Subscription<'a>>,
}

/// One Topic Filter and how to subscribe to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subscription<'a> {
    /// What to subscribe to.
    pub filter: TopicFilter<'a>,
    /// How.
    pub options: SubscriptionOptions,
}

/// The Subscription Options (section 3.8.3.1). Before 5.0 there is only the QoS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct SubscriptionOptions {
    /// The highest QoS wanted.
    pub qos: Qos,
    /// Do not send back what this Client publishes itself (5.0).
    pub no_local: bool,
    /// Keep the RETAIN flag of forwarded messages as it was published (5.0).
    pub retain_as_published: bool,
    /// Which retained messages to send on subscribing (5.0).
    pub retain_handling: RetainHandling,
}

impl SubscriptionOptions {
    /// Only a QoS: valid in every version.
    pub const fn with_qos(qos: Qos) -> Self {
        Self {
            qos,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
        }
    }
}

/// When retained messages are sent for a subscription (section 3.8.3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum RetainHandling {
    /// 0: at each SUBSCRIBE.
    #[default]
    SendAtSubscribe = 0,
    /// 1: only if the subscription is new.
    SendIfNew = 1,
    /// 2: never.
    DoNotSend = 2,
}

impl RetainHandling {
    /// Every value, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::SendAtSubscribe, Self::SendIfNew, Self::DoNotSend];

    /// The value with this number; `None` above 2.
    pub const fn from_u8(value: u8) -> Option<Self> {
        match value {
            0 => Some(Self::SendAtSubscribe),
            1 => Some(Self::SendIfNew),
            2 => Some(Self::DoNotSend),
            _ => None,
        }
    }

    /// 0, 1 or 2.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
}
