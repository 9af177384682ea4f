//! PUBLISH (section 3.3).

use core::num::NonZeroU16;

use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::encode::{PutBody, encode_body};
use crate::codec::field::{FieldName, Observer};
use crate::codec::properties::{RunReader, not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    ControlPacketType, EncodeError, PacketId, PayloadFormat, PropertyId, ProtocolVersion, Qos,
    SubscriptionIdentifiers, TopicName, UserProperties,
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
    #[inline]
    pub fn encode(
        &self,
        version: ProtocolVersion,
        out: &mut Vec<u8>,
    ) -> Result<usize, EncodeError> {
        let body = Body {
            publish: self,
            version,
        };
        encode_body(self.first_byte(), &body, out)
    }

    #[inline(always)]
    pub(crate) fn first_byte(&self) -> u8 {
        ControlPacketType::Publish.as_u8() << 4
            | u8::from(self.dup) << 3
            | self.qos.as_u8() << 1
            | u8::from(self.retain)
    }

    #[inline(always)]
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        first_byte: u8,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let qos = match first_byte & 0x06 {
            0x00 => Qos::AtMostOnce,
            0x02 => Qos::AtLeastOnce,
            _ => Qos::ExactlyOnce,
        };
        let start = reader.offset();
        let name = FieldName::new("Topic Name", "3.3.2.1");
        let (topic, packet_id, properties);
        if version == ProtocolVersion::V5_0 {
            topic = reader.optional_topic_name(name)?;
            packet_id = read_packet_id(reader, qos)?;
            properties = PublishProperties::decode(reader)?;
            if topic.is_none() && properties.topic_alias.is_none() {
                return Err(DecodeErrorKind::EmptyTopicName.at(start));
            }
        } else {
            topic = Some(reader.topic_name(name)?);
            packet_id = read_packet_id(reader, qos)?;
            properties = PublishProperties::default();
        }
        Ok(Self {
            dup: first_byte & 0x08 != 0,
            qos,
            retain: first_byte & 0x01 != 0,
            topic,
            packet_id,
            properties,
            payload: reader.take_rest(FieldName::new("Payload", "3.3.3")),
        })
    }

    #[inline(always)]
    pub(crate) fn put(&self, sink: &mut impl Sink, version: ProtocolVersion) -> Written {
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

struct Body<'p, 'a> {
    publish: &'p Publish<'a>,
    version: ProtocolVersion,
}

impl PutBody for Body<'_, '_> {
    #[inline(always)]
    fn put(&self, sink: &mut impl Sink) -> Written {
        self.publish.put(sink, self.version)
    }
}

#[inline(always)]
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
    #[inline(always)]
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
    #[inline(always)]
    fn put(&self, sink: &mut impl Sink) -> Written {
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
