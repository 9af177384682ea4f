//! SUBSCRIBE (section 3.8).

use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::{FieldValue, Observer};
use crate::codec::properties::{not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    EncodeError, FieldName, PacketId, PropertyId, ProtocolVersion, Qos, SubscriptionIdentifier,
    TopicFilter, UserProperties,
};

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

impl<'a> Subscribe<'a> {
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let packet_id = reader.packet_id()?;
        let mut subscription_identifier = None;
        let user_properties = match version {
            ProtocolVersion::V5_0 => read_properties(reader, None, |property, reader| {
                match property {
                    PropertyId::SubscriptionIdentifier => {
                        subscription_identifier = Some(reader.subscription_identifier()?);
                    }
                    _ => return not_allowed(property, reader),
                }
                Ok(())
            })?,
            _ => UserProperties::EMPTY,
        };
        if reader.is_empty() {
            return Err(DecodeErrorKind::NoTopicFilter.at(reader.offset()));
        }
        let mut subscriptions = Vec::new();
        while !reader.is_empty() {
            subscriptions.push(Subscription::decode(reader, version)?);
        }
        Ok(Self {
            packet_id,
            subscription_identifier,
            user_properties,
            subscriptions,
        })
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        sink.two_bytes(self.packet_id.value())?;
        put_properties(sink, version, self)?;
        if self.subscriptions.is_empty() {
            return Err(EncodeError::NoTopicFilter);
        }
        for subscription in &self.subscriptions {
            subscription.put(sink, version)?;
        }
        Ok(())
    }
}

impl Properties for Subscribe<'_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        if let Some(identifier) = self.subscription_identifier {
            sink.property(PropertyId::SubscriptionIdentifier)?;
            sink.variable(identifier.value())?;
        }
        sink.run(PropertyId::UserProperty, &self.user_properties.0)
    }
}

/// The properties of a packet that has only User Properties.
pub(super) struct UserPropertiesOnly<'p, 'a>(pub(super) &'p UserProperties<'a>);

impl Properties for UserPropertiesOnly<'_, '_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        sink.run(PropertyId::UserProperty, &self.0.0)
    }
}

impl<'a> Subscription<'a> {
    fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        const SUBSCRIPTION: FieldName = FieldName::Subscription;
        let start = reader.offset();
        reader.observer.open(start, SUBSCRIPTION);
        let is_v5 = version == ProtocolVersion::V5_0;
        let filter = reader.topic_filter(FieldName::TopicFilter, is_v5)?;
        let start = reader.offset();
        let byte = reader.byte(FieldName::SubscriptionOptions)?;
        report_options(byte, is_v5, reader.observer);
        let options =
            SubscriptionOptions::from_byte(byte, version).map_err(|kind| kind.at(start))?;
        if options.no_local && filter.shared().is_some() {
            return Err(DecodeErrorKind::NoLocalOnSharedSubscription.at(start));
        }
        let end = reader.offset();
        reader.observer.close(end);
        Ok(Self { filter, options })
    }

    fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        put_filter(sink, self.filter, version)?;
        let options = self.options;
        if version == ProtocolVersion::V5_0 {
            if options.no_local && self.filter.shared().is_some() {
                return Err(EncodeError::NoLocalOnSharedSubscription);
            }
        } else if options != SubscriptionOptions::with_qos(options.qos) {
            return Err(EncodeError::NotInVersion {
                what: "a subscription option other than the QoS",
                version,
            });
        }
        sink.byte(options.as_byte())
    }
}

impl SubscriptionOptions {
    fn from_byte(byte: u8, version: ProtocolVersion) -> Result<Self, DecodeErrorKind> {
        let reserved = match version {
            ProtocolVersion::V5_0 => 0xc0,
            _ => 0xfc,
        };
        if byte & reserved != 0 {
            let options = byte;
            return Err(DecodeErrorKind::ReservedSubscriptionOptions { options });
        }
        let Some(qos) = Qos::from_u8(byte & 0x03) else {
            return Err(DecodeErrorKind::ReservedSubscriptionQos);
        };
        let Some(retain_handling) = RetainHandling::from_u8(byte >> 4 & 0x03) else {
            return Err(DecodeErrorKind::ReservedRetainHandling);
        };
        Ok(Self {
            qos,
            no_local: byte & 0x04 != 0,
            retain_as_published: byte & 0x08 != 0,
            retain_handling,
        })
    }

    /// The byte on the wire.
    pub const fn as_byte(self) -> u8 {
        self.qos.as_u8()
            | (self.no_local as u8) << 2
            | (self.retain_as_published as u8) << 3
            | self.retain_handling.as_u8() << 4
    }
}

/// Also what is wrong with them, so that a fault is seen in its bits.
fn report_options<'a>(byte: u8, is_v5: bool, observer: &mut impl Observer<'a>) {
    use FieldName as Name;
    let reserved: u8 = if is_v5 { 0xc0 } else { 0xfc };
    let shift = reserved.trailing_zeros();
    let value = FieldValue::Number(u32::from(byte & reserved) >> shift);
    observer.bits(reserved, Name::SubscriptionReserved, value);
    if is_v5 {
        let handling = match RetainHandling::from_u8(byte >> 4 & 0x03) {
            Some(handling) => FieldValue::RetainHandling(handling),
            None => FieldValue::Number(3),
        };
        let flag = |mask| FieldValue::Flag(byte & mask != 0);
        observer.bits(0x30, Name::RetainHandling, handling);
        observer.bits(0x08, Name::RetainAsPublished, flag(0x08));
        observer.bits(0x04, Name::NoLocal, flag(0x04));
    }
    let qos = Qos::from_u8(byte & 0x03).map_or(FieldValue::Number(3), FieldValue::Qos);
    observer.bits(0x03, Name::SubscriptionQos, qos);
}

pub(super) fn put_filter(
    sink: &mut (impl Sink + ?Sized),
    filter: TopicFilter<'_>,
    version: ProtocolVersion,
) -> Written {
    let text = filter.as_str();
    if version == ProtocolVersion::V5_0 {
        TopicFilter::parse(text).map_err(EncodeError::TopicFilter)?;
    }
    sink.binary("Topic Filter", text.as_bytes())
}
