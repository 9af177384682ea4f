//! An Application Message that the broker keeps.

use std::sync::Arc;

use crate::codec::{PayloadFormat, PublishProperties, Qos, TopicName, UserProperties};
use crate::time::Instant;

/// An Application Message in memory of its own: retained, waiting or in flight. It is shared by
/// all who wait for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    topic: Arc<str>,
    payload: Box<[u8]>,
    qos: Qos,
    received_at: Instant,
    expires_at: Option<Instant>,
    properties: Option<Box<OwnedProperties>>,
}

impl Message {
    /// Keeps a message that was received at `received_at` with these properties. Topic Alias and
    /// Subscription Identifiers are no part of the message.
    pub fn new(
        topic: TopicName<'_>,
        payload: &[u8],
        qos: Qos,
        properties: &PublishProperties<'_>,
        received_at: Instant,
    ) -> Self {
        let expires_at = properties
            .message_expiry_interval
            .map(|seconds| received_at + core::time::Duration::from_secs(seconds.into()));
        Self {
            topic: topic.as_str().into(),
            payload: payload.into(),
            qos,
            received_at,
            expires_at,
            properties: OwnedProperties::new(properties).map(Box::new),
        }
    }

    /// The Topic Name.
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// The Topic Name, for the codec.
    pub fn topic_name(&self) -> Option<TopicName<'_>> {
        TopicName::parse(&self.topic).ok()
    }

    /// The content.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The QoS it was published with.
    pub const fn qos(&self) -> Qos {
        self.qos
    }

    /// When the broker got it.
    pub const fn received_at(&self) -> Instant {
        self.received_at
    }

    /// When it is over its Message Expiry Interval, where it has one.
    pub const fn expires_at(&self) -> Option<Instant> {
        self.expires_at
    }

    /// Whether it is over its Message Expiry Interval.
    pub fn has_expired(&self, now: Instant) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// What it counts towards limits: the bytes of its topic, payload and properties.
    pub fn size(&self) -> usize {
        let properties = self.properties.as_ref().map_or(0, |all| all.size());
        self.topic.len() + self.payload.len() + properties
    }

    /// The properties to forward it with: the Message Expiry Interval is what is left of it, in
    /// whole seconds, at least 1 while it lasts [MQTT-3.3.2-6].
    pub fn properties(&self, now: Instant) -> PublishProperties<'_> {
        let mut properties = self
            .properties
            .as_ref()
            .map_or(PublishProperties::EMPTY, |owned| owned.borrow());
        properties.message_expiry_interval = self.remaining(now);
        properties
    }

    fn remaining(&self, now: Instant) -> Option<u32> {
        let left = self.expires_at?.saturating_since(now);
        let seconds = left.as_micros().div_ceil(1_000_000);
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

/// The properties that belong to the message, in memory of their own.
#[derive(Clone, Debug, PartialEq, Eq)]
struct OwnedProperties {
    payload_format_indicator: Option<PayloadFormat>,
    response_topic: Option<Box<str>>,
    correlation_data: Option<Box<[u8]>>,
    user_properties: UserProperties<'static>,
    content_type: Option<Box<str>>,
}

impl OwnedProperties {
    /// `None` where there are none.
    fn new(properties: &PublishProperties<'_>) -> Option<Self> {
        let owned = Self {
            payload_format_indicator: properties.payload_format_indicator,
            response_topic: properties.response_topic.map(|topic| topic.as_str().into()),
            correlation_data: properties.correlation_data.map(Into::into),
            user_properties: properties.user_properties.clone().into_owned(),
            content_type: properties.content_type.map(Into::into),
        };
        let is_empty = owned.payload_format_indicator.is_none()
            && owned.response_topic.is_none()
            && owned.correlation_data.is_none()
            && owned.user_properties.is_empty()
            && owned.content_type.is_none();
        (!is_empty).then_some(owned)
    }

    fn borrow(&self) -> PublishProperties<'_> {
        PublishProperties {
            payload_format_indicator: self.payload_format_indicator,
            response_topic: self
                .response_topic
                .as_ref()
                .and_then(|topic| TopicName::parse(topic).ok()),
            correlation_data: self.correlation_data.as_deref(),
            user_properties: self.user_properties.as_borrowed(),
            content_type: self.content_type.as_deref(),
            ..PublishProperties::EMPTY
        }
    }

    fn size(&self) -> usize {
        let text = |text: &Option<Box<str>>| text.as_ref().map_or(0, |text| text.len());
        text(&self.response_topic)
            + text(&self.content_type)
            + self.correlation_data.as_ref().map_or(0, |data| data.len())
            + self.user_properties.encoded_len()
    }
}
