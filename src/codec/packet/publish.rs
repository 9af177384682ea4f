//! PUBLISH (section 3.3).

use core::num::NonZeroU16;

use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::encode::{PutBody, encode_body};
use crate::codec::field::Observer;
use crate::codec::properties::{RunReader, not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    ControlPacket, ControlPacketType, DecodeError, EncodeError, FieldName, PacketId, PayloadFormat,
    PropertyId, ProtocolVersion, Qos, SubscriptionIdentifiers, TopicName, UserProperties,
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

impl<'a> Publish<'a> {
    /// Appends the packet to `out`, and returns how many bytes it has.
    ///
    /// # Errors
    ///
    /// As [`encode`](crate::codec::encode).
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn encode(
        &self,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<usize, EncodeError> {
        if self.properties.is_empty()
            && let Some(length) = self.encode_usual(&[], version, out)
        {
            return Ok(length);
        }
        self.encode_with_properties(version, out)
    }

    /// Apart, so that the commonest packet is written by code that knows no properties.
    #[inline(never)]
    fn encode_with_properties(
        &self,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<usize, EncodeError> {
        if let Some(users) = self.properties.user_properties_alone()
            && let Some(length) = self.encode_usual(users, version, out)
        {
            return Ok(length);
        }
        let body = Body {
            publish: self,
            version,
        };
        encode_body(self.first_byte(), &body, out)
    }

    /// Writes the packet if it is as nearly all are: with a Topic Name, not large, and with no
    /// properties but User Properties. Anything else, and all that is wrong, is not for here.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn encode_usual(
        &self,
        users: &[u8],
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let topic = self.topic?.as_str().as_bytes();
        let [high, low] = u16::try_from(topic.len()).ok()?.to_be_bytes();
        let is_v5 = version == ProtocolVersion::V5_0;
        let has_id = self.qos != Qos::AtMostOnce;
        if self.packet_id.is_some() != has_id
            || (self.dup && !has_id)
            || users.len() >= 0x80
            || (!users.is_empty() && !is_v5)
        {
            return None;
        }
        let tail_length = 2 * usize::from(has_id) + usize::from(is_v5) + users.len();
        let remaining = 2 + topic.len() + tail_length + self.payload.len();
        if remaining >= 0x4000 {
            return None;
        }
        let first = self.first_byte();
        let whole = match remaining {
            0..0x80 => {
                out.reserve(2 + remaining);
                out.extend_from_slice(&[first, remaining as u8, high, low]);
                2 + remaining
            }
            _ => {
                let length = [remaining as u8 | 0x80, (remaining >> 7) as u8];
                out.reserve(3 + remaining);
                out.extend_from_slice(&[first, length[0], length[1], high, low]);
                3 + remaining
            }
        };
        out.extend_from_slice(topic);
        let property_length = users.len() as u8;
        match (self.packet_id.map(|id| id.value().to_be_bytes()), is_v5) {
            (None, false) => {}
            (None, true) => out.extend_from_slice(&[property_length]),
            (Some([high, low]), false) => out.extend_from_slice(&[high, low]),
            (Some([high, low]), true) => out.extend_from_slice(&[high, low, property_length]),
        }
        if !users.is_empty() {
            out.extend_from_slice(users);
        }
        out.extend_from_slice(self.payload);
        Some(whole)
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn first_byte(&self) -> u8 {
        ControlPacketType::Publish.as_u8() << 4
            | u8::from(self.dup) << 3
            | self.qos.as_u8() << 1
            | u8::from(self.retain)
    }

    /// Reads what stands behind the fixed header. It gives the packet in the very form in which the
    /// decoder gives it, because a packet is long enough that moving it takes longer than reading.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn decode<O: Observer<'a>>(
        mut reader: Reader<'a, '_, O>,
        first_byte: u8,
        version: ProtocolVersion,
    ) -> Result<ControlPacket<'a>, DecodeError> {
        let dup = first_byte & 0x08 != 0;
        let retain = first_byte & 0x01 != 0;
        let qos = match first_byte & 0x06 {
            0x00 => Qos::AtMostOnce,
            0x02 => Qos::AtLeastOnce,
            _ => Qos::ExactlyOnce,
        };
        if version == ProtocolVersion::V5_0 {
            return Self::decode_v5(reader, dup, qos, retain);
        }
        let topic = match reader.topic_name(TOPIC_NAME) {
            Ok(topic) => topic,
            Err(fault) => return Err(in_publish(fault)),
        };
        let packet_id = match read_packet_id(&mut reader, qos) {
            Ok(packet_id) => packet_id,
            Err(fault) => return Err(in_publish(fault)),
        };
        let payload = reader.take_rest(PAYLOAD);
        Ok(ControlPacket::Publish(Self {
            dup,
            qos,
            retain,
            topic: Some(topic),
            packet_id,
            properties: PublishProperties::EMPTY,
            payload,
        }))
    }

    #[inline(never)]
    fn decode_v5<O: Observer<'a>>(
        mut reader: Reader<'a, '_, O>,
        dup: bool,
        qos: Qos,
        retain: bool,
    ) -> Result<ControlPacket<'a>, DecodeError> {
        let start = reader.offset();
        let topic = reader.optional_topic_name(TOPIC_NAME).map_err(in_publish)?;
        let packet_id = read_packet_id(&mut reader, qos).map_err(in_publish)?;
        let properties = PublishProperties::decode(&mut reader).map_err(in_publish)?;
        if topic.is_none() && properties.topic_alias.is_none() {
            return Err(in_publish(DecodeErrorKind::EmptyTopicName.at(start)));
        }
        Ok(ControlPacket::Publish(Self {
            dup,
            qos,
            retain,
            topic,
            packet_id,
            properties,
            payload: reader.take_rest(PAYLOAD),
        }))
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        let topic = match self.topic {
            Some(topic) => topic.as_str(),
            None if version == ProtocolVersion::V5_0 && self.properties.topic_alias.is_some() => "",
            None => return Err(EncodeError::TopicNameMissing),
        };
        sink.binary("Topic Name", topic.as_bytes())?;
        match (self.qos, self.packet_id) {
            (Qos::AtMostOnce, None) if self.dup => return Err(EncodeError::DupAtQos0),
            (Qos::AtMostOnce, None) => {}
            (Qos::AtMostOnce, Some(_)) => return Err(EncodeError::PacketIdAtQos0),
            (_, Some(packet_id)) => sink.two_bytes(packet_id.value())?,
            (_, None) => return Err(EncodeError::PacketIdMissing),
        }
        put_properties(sink, version, &self.properties)?;
        sink.raw(self.payload)
    }
}

/// A PUBLISH as nearly all are: with a Topic Name of ASCII, under 130 bytes, and without
/// properties. What else there is, and all that is wrong, is for the grammar; this only has to be
/// of one mind with it about what it reads.
pub(crate) struct UsualPublish<'a> {
    first_byte: u8,
    qos: Qos,
    topic: TopicName<'a>,
    packet_id: Option<PacketId>,
    payload: &'a [u8],
}

impl<'a> UsualPublish<'a> {
    /// Reads a whole packet, if it is of this kind.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn read(raw: &'a [u8], version: ProtocolVersion) -> Option<Self> {
        let (&[first_byte, remaining, high, low], rest) = raw.split_first_chunk::<4>()?;
        // QoS 0 without DUP, QoS 1 and 2 with and without.
        let is_publish = matches!(first_byte, 0x30..=0x35 | 0x3a..=0x3d);
        if !is_publish || remaining >= 0x80 || usize::from(remaining) + 2 != raw.len() {
            return None;
        }
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (topic, mut rest) = rest.split_at_checked(length)?;
        // Properties are found sooner than what is wrong with a Topic Name.
        let is_v5 = version == ProtocolVersion::V5_0;
        if is_v5 && rest.get(usize::from(first_byte & 0x06 != 0) * 2) != Some(&0) {
            return None;
        }
        let topic = TopicName::from_plain_field(topic)?;
        let (qos, packet_id) = if first_byte & 0x06 == 0 {
            (Qos::AtMostOnce, None)
        } else {
            let (packet_id, behind) = rest.split_first_chunk::<2>()?;
            rest = behind;
            let qos = match first_byte & 0x02 {
                0 => Qos::ExactlyOnce,
                _ => Qos::AtLeastOnce,
            };
            (qos, Some(PacketId::new(u16::from_be_bytes(*packet_id))?))
        };
        if is_v5 {
            rest = rest.strip_prefix(&[0])?;
        }
        Some(Self {
            first_byte,
            qos,
            topic,
            packet_id,
            payload: rest,
        })
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub(crate) fn into_publish(self) -> Publish<'a> {
        Publish {
            dup: self.first_byte & 0x08 != 0,
            qos: self.qos,
            retain: self.first_byte & 0x01 != 0,
            topic: Some(self.topic),
            packet_id: self.packet_id,
            properties: PublishProperties::EMPTY,
            payload: self.payload,
        }
    }
}

const TOPIC_NAME: FieldName = FieldName::TopicName;
const PAYLOAD: FieldName = FieldName::Payload;

#[cold]
fn in_publish(fault: Fault) -> DecodeError {
    fault.in_packet(Some(ControlPacketType::Publish))
}

struct Body<'p, 'a> {
    publish: &'p Publish<'a>,
    version: ProtocolVersion,
}

impl PutBody for Body<'_, '_> {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        self.publish.put(sink, self.version)
    }
}

#[cfg_attr(not(target_arch = "wasm32"), inline(always))]
fn read_packet_id<'a, O: Observer<'a>>(
    reader: &mut Reader<'a, '_, O>,
    qos: Qos,
) -> Result<Option<PacketId>, Fault> {
    match qos {
        Qos::AtMostOnce => Ok(None),
        Qos::AtLeastOnce | Qos::ExactlyOnce => reader.packet_id().map(Some),
    }
}

impl<'a> PublishProperties<'a> {
    /// None at all.
    pub const EMPTY: Self = Self {
        payload_format_indicator: None,
        message_expiry_interval: None,
        topic_alias: None,
        response_topic: None,
        correlation_data: None,
        user_properties: UserProperties::EMPTY,
        subscription_identifiers: SubscriptionIdentifiers::EMPTY,
        content_type: None,
    };

    /// Whether there is none.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    pub fn is_empty(&self) -> bool {
        self.user_properties.is_empty() & !self.has_others()
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn has_others(&self) -> bool {
        self.payload_format_indicator.is_some()
            | self.message_expiry_interval.is_some()
            | self.topic_alias.is_some()
            | self.response_topic.is_some()
            | self.correlation_data.is_some()
            | !self.subscription_identifiers.is_empty()
            | self.content_type.is_some()
    }

    /// The encoded User Properties, if they stand together and there is no other property.
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn user_properties_alone(&self) -> Option<&[u8]> {
        match self.has_others() {
            true => None,
            false => self.user_properties.0.dense(),
        }
    }

    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        let mut properties = Self::default();
        let section = reader.rest();
        let mut identifiers = RunReader::new(section, reader.offset());
        let repeated = Some(PropertyId::SubscriptionIdentifier);
        properties.user_properties = read_properties(reader, repeated, |property, reader| {
            match property {
                PropertyId::PayloadFormatIndicator => {
                    properties.payload_format_indicator = reader.payload_format()?;
                }
                PropertyId::MessageExpiryInterval => {
                    properties.message_expiry_interval = reader.number_property(property)?;
                }
                PropertyId::TopicAlias => {
                    properties.topic_alias = reader.count_property(property)?;
                }
                PropertyId::ResponseTopic => properties.response_topic = reader.response_topic()?,
                PropertyId::CorrelationData => {
                    properties.correlation_data = reader.binary_property(property)?;
                }
                PropertyId::SubscriptionIdentifier => {
                    let start = reader.offset() - 1;
                    reader.subscription_identifier()?;
                    identifiers.add(start, reader.offset());
                }
                PropertyId::ContentType => {
                    properties.content_type = reader.text_property(property)?;
                }
                _ => return not_allowed(property, reader),
            }
            Ok(())
        })?;
        properties.subscription_identifiers = SubscriptionIdentifiers(identifiers.finish());
        Ok(properties)
    }
}

impl Properties for PublishProperties<'_> {
    #[cfg_attr(not(target_arch = "wasm32"), inline(always))]
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        let format = self.payload_format_indicator.map(PayloadFormat::as_u8);
        sink.byte_property(PropertyId::PayloadFormatIndicator, format)?;
        sink.number_property(
            PropertyId::MessageExpiryInterval,
            self.message_expiry_interval,
        )?;
        sink.short_property(
            PropertyId::TopicAlias,
            self.topic_alias.map(NonZeroU16::get),
        )?;
        sink.text_property(
            PropertyId::ResponseTopic,
            self.response_topic.map(TopicName::as_str),
        )?;
        sink.binary_property(PropertyId::CorrelationData, self.correlation_data)?;
        sink.run(PropertyId::UserProperty, &self.user_properties.0)?;
        sink.run(
            PropertyId::SubscriptionIdentifier,
            &self.subscription_identifiers.0,
        )?;
        sink.text_property(PropertyId::ContentType, self.content_type)
    }
}
