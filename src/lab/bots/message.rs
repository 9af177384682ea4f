//! What bots say and hear.

use crate::client::Delivered;
use crate::codec::{PayloadFormat, PublishProperties, Qos};

/// A message that a bot wants published, at the QoS it is set to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Where to.
    pub topic: String,
    /// The content.
    pub payload: Vec<u8>,
    /// Whether the Server is to keep it.
    pub retain: bool,
    /// What the content is, such as `application/json`; only told in 5.0.
    pub content_type: Option<&'static str>,
    /// What ties it to a request; only told in 5.0.
    pub correlation_data: Option<Vec<u8>>,
}

impl Message {
    /// A message of plain text, not retained.
    pub fn text(topic: impl Into<String>, payload: impl Into<String>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into().into_bytes(),
            ..Self::default()
        }
    }

    /// A message of JSON, not retained.
    pub fn json(topic: impl Into<String>, payload: impl Into<String>) -> Self {
        Self {
            content_type: Some("application/json"),
            ..Self::text(topic, payload)
        }
    }

    /// The same, to be kept by the Server.
    pub fn retained(self) -> Self {
        Self {
            retain: true,
            ..self
        }
    }

    /// Its properties in 5.0.
    pub(super) fn properties(&self) -> PublishProperties<'_> {
        PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Utf8),
            content_type: self.content_type,
            correlation_data: self.correlation_data.as_deref(),
            ..PublishProperties::default()
        }
    }
}

/// A message that has come for a bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Incoming<'a> {
    /// Where it was published.
    pub topic: &'a str,
    /// The content.
    pub payload: &'a [u8],
    /// The QoS it came with.
    pub qos: Qos,
    /// Where an answer should go (5.0).
    pub response_topic: Option<&'a str>,
    /// What ties the answer to it (5.0).
    pub correlation_data: Option<&'a [u8]>,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(
        delivered: Delivered<'a>,
        properties: Option<&PublishProperties<'a>>,
    ) -> Self {
        Self {
            topic: delivered.topic.as_str(),
            payload: delivered.payload,
            qos: delivered.qos,
            response_topic: properties
                .and_then(|properties| properties.response_topic)
                .map(|topic| topic.as_str()),
            correlation_data: properties.and_then(|properties| properties.correlation_data),
        }
    }
}
