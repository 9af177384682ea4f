//! PUBLISH (section 3.3).

use core::num::NonZeroU16;

use crate::codec::{
    PacketId, PayloadFormat, Qos, SubscriptionIdentifiers, TopicName, UserProperties,
};

/// An Application Message on its way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publish<'a> {
    /// Sent before, perhaps. Always `false` at QoS 0 [MQTT-3.3.1-2].
    pub dup: bool,
    /// How it is delivered.
    pub qos: Qos,
    /// From a Client: keep this message for future subscribers. From a Server: this message was
    /// kept (sections 3.3.1.3).
    pub retain: bool,
    /// Where it is published. `None` is the empty Topic Name, which 5.0 allows together with a
    /// Topic Alias.
    pub topic: Option<TopicName<'a>>,
    /// Present exactly when the QoS is 1 or 2.
    pub packet_id: Option<PacketId>,
    /// Properties (5.0).
    pub properties: PublishProperties<'a>,
    /// The content; any bytes, also none.
    pub payload: &'a [u8],
}

/// The properties of PUBLISH (section 3.3.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishProperties<'a> {
    /// What the payload is. That it really is UTF-8 is not checked here.
    pub payload_format_indicator: Option<PayloadFormat>,
    /// Seconds the message lives; absent is for ever.
    pub message_expiry_interval: Option<u32>,
    /// A number that stands for the Topic Name on this Network Connection.
    pub topic_alias: Option<NonZeroU16>,
    /// Where a response should go.
    pub response_topic: Option<TopicName<'a>>,
    /// What ties the response to the request.
    pub correlation_data: Option<&'a [u8]>,
    /// User Properties, in their order.
    pub user_properties: UserProperties<'a>,
    /// Which subscriptions the message matched; only from a Server [MQTT-3.3.4-6].
    pub subscription_identifiers: SubscriptionIdentifiers<'a>,
    /// What the content is, in words the applications agree on (often a MIME type).
    pub content_type: Option<&'a str>,
}
