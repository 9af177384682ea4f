//! Properties of 5.0 in a form: any of them in any packet, right or wrong.

use super::value::{Content, Number, ValueFault, Width, number, write_variable};
use crate::codec::{ControlPacketType, PropertyId};

/// One property of a list, as typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PropertyForm {
    /// Its identifier as a number, which the standard may not know.
    pub identifier: String,
    /// Its value.
    pub value: PropertyValue,
}

/// The value of a property, in the form that its identifier has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyValue {
    /// A number.
    Number(Number),
    /// A text or bytes, with their length in front.
    Sized(Content),
    /// The name and the value of a User Property.
    Pair(Content, Content),
    /// Bytes as they are, behind an identifier that the standard does not know.
    Raw(Content),
}

impl PropertyForm {
    /// An empty property with this identifier.
    pub fn new(property: PropertyId) -> Self {
        Self {
            identifier: property.as_u8().to_string(),
            value: PropertyValue::of(Some(property)),
        }
    }

    /// Which property it is; `None` where the standard knows none.
    pub fn property(&self) -> Option<PropertyId> {
        let identifier = u8::try_from(number(&self.identifier)?).ok()?;
        PropertyId::from_u8(identifier)
    }

    /// Takes another identifier, and the form of value that goes with it.
    pub fn set_identifier(&mut self, identifier: String) {
        let before = self.property();
        self.identifier = identifier;
        let property = self.property();
        if property == before {
            return;
        }
        let value = PropertyValue::of(property);
        if core::mem::discriminant(&value) != core::mem::discriminant(&self.value) {
            self.value = value;
        } else if let (PropertyValue::Number(own), PropertyValue::Number(new)) =
            (&mut self.value, &value)
        {
            own.width = new.width;
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), ValueFault> {
        let identifier = Number {
            text: self.identifier.clone(),
            width: Width::Variable,
        };
        identifier.write(out)?;
        match &self.value {
            PropertyValue::Number(number) => number.write(out),
            PropertyValue::Sized(content) => content.write_sized(out),
            PropertyValue::Pair(name, value) => {
                name.write_sized(out)?;
                value.write_sized(out)
            }
            PropertyValue::Raw(content) => {
                out.extend_from_slice(&content.bytes()?);
                Ok(())
            }
        }
    }
}

impl PropertyValue {
    /// An empty value of the property's form.
    fn of(property: Option<PropertyId>) -> Self {
        match property.map(value_kind) {
            Some(ValueKind::Number(width)) => Self::Number(Number::new(0, width)),
            Some(ValueKind::Text) => Self::Sized(Content::default()),
            Some(ValueKind::Bytes) => Self::Sized(Content {
                text: String::new(),
                is_hexadecimal: true,
            }),
            Some(ValueKind::Pair) => Self::Pair(Content::default(), Content::default()),
            None => Self::Raw(Content {
                text: String::new(),
                is_hexadecimal: true,
            }),
        }
    }
}

/// The form of a property's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ValueKind {
    Number(Width),
    Text,
    Bytes,
    Pair,
}

/// Table 2-4.
pub(super) const fn value_kind(property: PropertyId) -> ValueKind {
    use PropertyId as Id;
    match property {
        Id::PayloadFormatIndicator
        | Id::RequestProblemInformation
        | Id::RequestResponseInformation
        | Id::MaximumQos
        | Id::RetainAvailable
        | Id::WildcardSubscriptionAvailable
        | Id::SubscriptionIdentifierAvailable
        | Id::SharedSubscriptionAvailable => ValueKind::Number(Width::One),
        Id::ServerKeepAlive | Id::ReceiveMaximum | Id::TopicAliasMaximum | Id::TopicAlias => {
            ValueKind::Number(Width::Two)
        }
        Id::MessageExpiryInterval
        | Id::SessionExpiryInterval
        | Id::WillDelayInterval
        | Id::MaximumPacketSize => ValueKind::Number(Width::Four),
        Id::SubscriptionIdentifier => ValueKind::Number(Width::Variable),
        Id::ContentType
        | Id::ResponseTopic
        | Id::AssignedClientIdentifier
        | Id::AuthenticationMethod
        | Id::ResponseInformation
        | Id::ServerReference
        | Id::ReasonString => ValueKind::Text,
        Id::CorrelationData | Id::AuthenticationData => ValueKind::Bytes,
        Id::UserProperty => ValueKind::Pair,
    }
}

/// Where a list of properties stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PropertyPlace {
    /// In a packet of this type.
    Packet(ControlPacketType),
    /// With the will of a CONNECT.
    Will,
}

/// The properties that belong there, in the order of their numbers (table 2-4).
pub fn properties_of(place: PropertyPlace) -> Vec<PropertyId> {
    let all = PropertyId::ALL.into_iter();
    all.filter(|property| belongs(*property, place)).collect()
}

fn belongs(property: PropertyId, place: PropertyPlace) -> bool {
    use ControlPacketType as Type;
    use PropertyId as Id;
    let PropertyPlace::Packet(packet) = place else {
        return matches!(
            property,
            Id::WillDelayInterval
                | Id::PayloadFormatIndicator
                | Id::MessageExpiryInterval
                | Id::ContentType
                | Id::ResponseTopic
                | Id::CorrelationData
                | Id::UserProperty
        );
    };
    match property {
        Id::UserProperty => !matches!(packet, Type::Pingreq | Type::Pingresp),
        Id::PayloadFormatIndicator
        | Id::MessageExpiryInterval
        | Id::ContentType
        | Id::ResponseTopic
        | Id::CorrelationData
        | Id::TopicAlias => packet == Type::Publish,
        Id::SubscriptionIdentifier => matches!(packet, Type::Publish | Type::Subscribe),
        Id::SessionExpiryInterval => {
            matches!(packet, Type::Connect | Type::Connack | Type::Disconnect)
        }
        Id::AuthenticationMethod | Id::AuthenticationData => {
            matches!(packet, Type::Connect | Type::Connack | Type::Auth)
        }
        Id::RequestProblemInformation | Id::RequestResponseInformation => packet == Type::Connect,
        Id::WillDelayInterval => false,
        Id::AssignedClientIdentifier
        | Id::ServerKeepAlive
        | Id::ResponseInformation
        | Id::MaximumQos
        | Id::RetainAvailable
        | Id::WildcardSubscriptionAvailable
        | Id::SubscriptionIdentifierAvailable
        | Id::SharedSubscriptionAvailable => packet == Type::Connack,
        Id::ServerReference => matches!(packet, Type::Connack | Type::Disconnect),
        Id::ReasonString => !matches!(
            packet,
            Type::Connect
                | Type::Publish
                | Type::Subscribe
                | Type::Unsubscribe
                | Type::Pingreq
                | Type::Pingresp
        ),
        Id::ReceiveMaximum | Id::TopicAliasMaximum | Id::MaximumPacketSize => {
            matches!(packet, Type::Connect | Type::Connack)
        }
    }
}

/// A list of properties as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PropertyList {
    /// The Property Length by hand; `None` counts it.
    pub length: Option<String>,
    /// The properties, in their order.
    pub properties: Vec<PropertyForm>,
}

impl PropertyList {
    pub(super) fn write(&self, out: &mut Vec<u8>) -> Result<(), PropertyFault> {
        let mut body = Vec::new();
        for (index, property) in self.properties.iter().enumerate() {
            property.write(&mut body).map_err(|fault| PropertyFault {
                index: Some(index),
                fault,
            })?;
        }
        match &self.length {
            Some(text) => {
                let length = Number {
                    text: text.clone(),
                    width: Width::Variable,
                };
                length
                    .write(out)
                    .map_err(|fault| PropertyFault { index: None, fault })?;
            }
            None => write_variable(u32::try_from(body.len()).unwrap_or(u32::MAX), out),
        }
        out.extend_from_slice(&body);
        Ok(())
    }

    /// Reads what stands behind the Property Length.
    pub(super) fn read(mut bytes: &[u8]) -> Self {
        let mut properties = Vec::new();
        while !bytes.is_empty() {
            let Some((property, rest)) = read_property(bytes) else {
                break;
            };
            properties.push(property);
            bytes = rest;
        }
        if let Some((&identifier, rest)) = bytes.split_first() {
            // What cannot be read is kept as it is, behind the number that it begins with.
            properties.push(PropertyForm {
                identifier: identifier.to_string(),
                value: PropertyValue::Raw(Content {
                    text: super::hex_text::write_hex(rest),
                    is_hexadecimal: true,
                }),
            });
        }
        Self {
            length: None,
            properties,
        }
    }
}

/// What was typed into a list of properties and stands for no bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PropertyFault {
    pub(super) index: Option<usize>,
    pub(super) fault: ValueFault,
}

fn read_property(bytes: &[u8]) -> Option<(PropertyForm, &[u8])> {
    let (&identifier, rest) = bytes.split_first()?;
    let property = PropertyId::from_u8(identifier)?;
    let (value, rest) = match value_kind(property) {
        ValueKind::Number(width) => {
            let (value, rest) = read_number(rest, width)?;
            (PropertyValue::Number(Number::new(value, width)), rest)
        }
        ValueKind::Text | ValueKind::Bytes => {
            let (content, rest) = read_sized(rest)?;
            (PropertyValue::Sized(Content::of(content)), rest)
        }
        ValueKind::Pair => {
            let (name, rest) = read_sized(rest)?;
            let (value, rest) = read_sized(rest)?;
            (
                PropertyValue::Pair(Content::of(name), Content::of(value)),
                rest,
            )
        }
    };
    let identifier = identifier.to_string();
    Some((PropertyForm { identifier, value }, rest))
}

pub(super) fn read_number(bytes: &[u8], width: Width) -> Option<(u32, &[u8])> {
    let length = match width {
        Width::One => 1,
        Width::Two => 2,
        Width::Four => 4,
        Width::Variable => return read_variable(bytes),
    };
    let (field, rest) = bytes.split_at_checked(length)?;
    let value = field
        .iter()
        .fold(0, |value, byte| value << 8 | u32::from(*byte));
    Some((value, rest))
}

/// A Variable Byte Integer in its shortest form.
pub(super) fn read_variable(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let length = 1 + bytes
        .iter()
        .take(3)
        .take_while(|byte| **byte >= 0x80)
        .count();
    let (field, rest) = bytes.split_at_checked(length)?;
    let mut value = 0;
    for (place, byte) in field.iter().enumerate() {
        value |= u32::from(byte & 0x7f) << (7 * place);
    }
    let mut written = Vec::new();
    write_variable(value, &mut written);
    (written == field).then_some((value, rest))
}

pub(super) fn read_sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = read_number(bytes, Width::Two)?;
    rest.split_at_checked(length as usize)
}
