//! A message from a line that this page has exported.

use super::base64;
use crate::codec::{
    ControlPacket, PacketId, PayloadFormat, ProtocolVersion, Publish, PublishProperties, Qos,
    SubscriptionIdentifier, SubscriptionIdentifiers, TopicName, UserProperties, encode,
};
use crate::lab::ClientKey;
use crate::lab::filter::read_utc;
use crate::lab::json_value::Json;
use crate::lab::trace::{Direction, PacketFacts, Sequence, Trace};

/// Why a line is no message.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// Not even JSON.
    #[error("it is not JSON")]
    NotJson,
    /// Not UTF-8.
    #[error("it is not UTF-8 text")]
    NotText,
    /// A member is missing, or is not what it should be.
    #[error("its \"{name}\" is missing or is not what this page writes")]
    Member {
        /// Which.
        name: &'static str,
    },
    /// What it tells cannot be a PUBLISH.
    #[error("no PUBLISH can be made of it")]
    NotPublish,
    /// No line break comes for a long time.
    #[error("it is longer than {maximum} bytes")]
    TooLong {
        /// The longest line that is read.
        maximum: usize,
    },
}

/// Reads a line and appends its message to `trace`, as one of `client`.
pub(super) fn read_line(
    line: &[u8],
    client: ClientKey,
    trace: &mut Trace,
) -> Result<Sequence, LineError> {
    let text = str::from_utf8(line).map_err(|_| LineError::NotText)?;
    let json = Json::parse(text).map_err(|_| LineError::NotJson)?;
    let message = Message(&json);
    let at = message.required("time", |value| read_utc(value.text()?))?;
    let direction = message.required("direction", |value| match value.text()? {
        "received" => Some(Direction::Received),
        "sent" => Some(Direction::Sent),
        _ => None,
    })?;
    let topic = message.required("topic", |value| TopicName::parse(value.text()?).ok())?;
    let qos = message.required("qos", |value| Qos::from_u8(value.byte()?))?;
    let retain = message.required("retain", Json::flag)?;
    let dup = message.required("dup", Json::flag)?;
    let packet_id = message.optional("packet_id", |value| {
        PacketId::new(u16::try_from(value.number()?).ok()?)
    })?;
    let version = message.required("version", |value| match value.text()? {
        "3.1" => Some(ProtocolVersion::V3_1),
        "3.1.1" => Some(ProtocolVersion::V3_1_1),
        "5.0" => Some(ProtocolVersion::V5_0),
        _ => None,
    })?;
    let is_text = message.required("encoding", |value| match value.text()? {
        "utf8" => Some(true),
        "base64" => Some(false),
        _ => None,
    })?;
    let payload = message.required("payload", |value| {
        let text = value.text()?;
        if is_text {
            Some(text.as_bytes().to_vec())
        } else {
            base64::read(text)
        }
    })?;
    let correlation_data =
        message.property("correlation_data", |value| base64::read(value.text()?))?;
    let mut properties = message.properties()?;
    properties.correlation_data = correlation_data.as_deref();
    let publish = Publish {
        dup: dup && qos != Qos::AtMostOnce,
        qos,
        retain,
        topic: Some(topic),
        packet_id: packet_id
            .or(PacketId::new(1))
            .filter(|_| qos != Qos::AtMostOnce),
        properties,
        payload: &payload,
    };
    let mut raw = Vec::with_capacity(payload.len() + topic.as_str().len() + 16);
    let packet = ControlPacket::Publish(publish);
    encode(&packet, version, &mut raw).map_err(|_| LineError::NotPublish)?;
    let mut facts = PacketFacts::of(&packet, &raw, version);
    facts.delivered = direction == Direction::Received;
    Ok(trace.append_packet(at, client, direction, &raw, facts))
}

impl Json {
    fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            _ => None,
        }
    }

    fn byte(&self) -> Option<u8> {
        u8::try_from(self.number()?).ok()
    }
}

struct Message<'a>(&'a Json);

impl<'a> Message<'a> {
    fn required<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<T, LineError> {
        let value = self.0.member(name).and_then(read);
        value.ok_or(LineError::Member { name })
    }

    fn optional<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, LineError> {
        let Some(value) = self.0.member(name) else {
            return Ok(None);
        };
        read(value).map(Some).ok_or(LineError::Member { name })
    }

    fn property<T>(
        &self,
        name: &'static str,
        read: impl FnOnce(&'a Json) -> Option<T>,
    ) -> Result<Option<T>, LineError> {
        self.0.member("properties").map_or(Ok(None), |properties| {
            Message(properties).optional(name, read)
        })
    }

    fn properties(&self) -> Result<PublishProperties<'a>, LineError> {
        Ok(PublishProperties {
            payload_format_indicator: self.property("payload_format_indicator", |value| {
                PayloadFormat::from_u8(value.byte()?)
            })?,
            message_expiry_interval: self.property("message_expiry_interval", |value| {
                u32::try_from(value.number()?).ok()
            })?,
            response_topic: self.property("response_topic", |value| {
                TopicName::parse(value.text()?).ok()
            })?,
            content_type: self.property("content_type", Json::text)?,
            subscription_identifiers: self
                .property("subscription_identifiers", identifiers)?
                .unwrap_or_default(),
            user_properties: self
                .property("user_properties", user_properties)?
                .unwrap_or_default(),
            ..PublishProperties::default()
        })
    }
}

fn identifiers(value: &Json) -> Option<SubscriptionIdentifiers<'static>> {
    let mut identifiers = SubscriptionIdentifiers::default();
    for value in value.list()? {
        let number = u32::try_from(value.number()?).ok()?;
        identifiers.push(SubscriptionIdentifier::new(number)?);
    }
    Some(identifiers)
}

fn user_properties(value: &Json) -> Option<UserProperties<'static>> {
    let mut pairs = UserProperties::default();
    for pair in value.list()? {
        let [name, value] = pair.list()? else {
            return None;
        };
        pairs.push(name.text()?, value.text()?).ok()?;
    }
    Some(pairs)
}
