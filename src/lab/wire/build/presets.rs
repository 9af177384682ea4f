//! Examples to begin with, right and wrong ones, and what a server ought to answer.

use super::form::{PacketForm, PartValue};
use super::layout::PartName;
use super::property::{PropertyForm, PropertyValue};
use super::value::{Content, Number, Width};
use crate::codec::{ControlPacketType as Type, PropertyId, ProtocolVersion};

/// An example.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// PUBLISH of QoS 1.
    ValidPublish,
    /// PUBLISH of QoS 2.
    ValidPublishQos2,
    /// The PUBREL that ends it.
    PubrelOfIt,
    /// SUBSCRIBE to two filters.
    ValidSubscribe,
    /// PINGREQ.
    ValidPingreq,
    /// DISCONNECT.
    ValidDisconnect,
    /// Two packets at once.
    TwoPackets,
    /// CONNECT where there is a connection.
    SecondConnect,
    /// A CONNECT for a connection that was opened without.
    FirstConnect,
    /// PUBLISH to a filter.
    Wildcard,
    /// SUBSCRIBE with flags 0000.
    ReservedFlags,
    /// QoS 3.
    Qos3,
    /// DUP with QoS 0.
    DupAtQos0,
    /// SUBSCRIBE to nothing.
    NoFilter,
    /// Packet Identifier 0.
    PacketIdZero,
    /// PUBREL for nothing.
    UnknownPubrel,
    /// A packet that ends too soon.
    LengthTooLong,
    /// A packet with bytes behind its end.
    LengthTooShort,
    /// Remaining Length of five bytes.
    LengthOfFiveBytes,
    /// A topic that is no UTF-8.
    NotUtf8,
    /// A topic with U+0000.
    NullCharacter,
    /// A packet that servers send.
    FromServer,
    /// Type 0.
    ReservedType,
    /// Topic Alias 0.
    TopicAliasZero,
    /// A Topic Alias that was not defined.
    TopicAliasUnknown,
    /// Content Type twice.
    PropertyTwice,
    /// Receive Maximum in PUBLISH.
    PropertyElsewhere,
    /// AUTH where no method was agreed upon.
    AuthWithoutMethod,
}

impl Preset {
    /// All of them, the right ones first.
    pub const ALL: [Self; 28] = [
        Self::ValidPublish,
        Self::ValidPublishQos2,
        Self::PubrelOfIt,
        Self::ValidSubscribe,
        Self::ValidPingreq,
        Self::ValidDisconnect,
        Self::TwoPackets,
        Self::FirstConnect,
        Self::SecondConnect,
        Self::Wildcard,
        Self::ReservedFlags,
        Self::Qos3,
        Self::DupAtQos0,
        Self::NoFilter,
        Self::PacketIdZero,
        Self::UnknownPubrel,
        Self::LengthTooLong,
        Self::LengthTooShort,
        Self::LengthOfFiveBytes,
        Self::NotUtf8,
        Self::NullCharacter,
        Self::FromServer,
        Self::ReservedType,
        Self::TopicAliasZero,
        Self::TopicAliasUnknown,
        Self::PropertyTwice,
        Self::PropertyElsewhere,
        Self::AuthWithoutMethod,
    ];

    /// Whether a version of MQTT has what it is about.
    pub const fn is_of(self, version: ProtocolVersion) -> bool {
        version.has_properties()
            || !matches!(
                self,
                Self::TopicAliasZero
                    | Self::TopicAliasUnknown
                    | Self::PropertyTwice
                    | Self::PropertyElsewhere
                    | Self::AuthWithoutMethod
            )
    }

    /// Whether nothing is wrong with it; a CONNECT is right on a connection that was opened without.
    pub const fn is_right(self) -> bool {
        matches!(
            self,
            Self::ValidPublish
                | Self::ValidPublishQos2
                | Self::PubrelOfIt
                | Self::ValidSubscribe
                | Self::ValidPingreq
                | Self::ValidDisconnect
                | Self::TwoPackets
                | Self::FirstConnect
        )
    }

    /// What it is called.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ValidPublish => "A valid PUBLISH, QoS 1",
            Self::ValidPublishQos2 => "A valid PUBLISH, QoS 2",
            Self::PubrelOfIt => "The PUBREL of that PUBLISH",
            Self::ValidSubscribe => "A valid SUBSCRIBE, two filters",
            Self::ValidPingreq => "A PINGREQ",
            Self::ValidDisconnect => "A DISCONNECT",
            Self::TwoPackets => "Two packets at once",
            Self::FirstConnect => "A valid CONNECT",
            Self::SecondConnect => "A second CONNECT",
            Self::Wildcard => "PUBLISH with a wildcard",
            Self::ReservedFlags => "Reserved flag bits in SUBSCRIBE",
            Self::Qos3 => "PUBLISH with QoS 3",
            Self::DupAtQos0 => "DUP with QoS 0",
            Self::NoFilter => "SUBSCRIBE without filters",
            Self::PacketIdZero => "Packet Identifier 0",
            Self::UnknownPubrel => "PUBREL for an unknown id",
            Self::LengthTooLong => "Remaining Length too long",
            Self::LengthTooShort => "Remaining Length too short",
            Self::LengthOfFiveBytes => "Remaining Length of five bytes",
            Self::NotUtf8 => "Topic that is not UTF-8",
            Self::NullCharacter => "Topic with U+0000",
            Self::FromServer => "CONNACK from a client",
            Self::ReservedType => "Packet type 0",
            Self::TopicAliasZero => "Topic Alias 0",
            Self::TopicAliasUnknown => "Topic Alias nobody defined",
            Self::PropertyTwice => "The same property twice",
            Self::PropertyElsewhere => "Property of another packet",
            Self::AuthWithoutMethod => "AUTH without a method",
        }
    }

    /// What a server ought to answer, with the statement of the standard.
    pub const fn answer(self, version: ProtocolVersion) -> &'static str {
        let is_v5 = version.has_properties();
        match self {
            Self::ValidPublish => {
                "PUBACK with the same Packet Identifier [MQTT-4.3.2-4]; subscribers get the message."
            }
            Self::ValidPublishQos2 => {
                "PUBREC with the same Packet Identifier [MQTT-4.3.3-8]. The next step, PUBREL, is yours: \
                 this client leaves to you what you begin."
            }
            Self::PubrelOfIt => "PUBCOMP with the same Packet Identifier [MQTT-4.3.3-11].",
            Self::ValidSubscribe => "SUBACK with one code for each filter [MQTT-3.8.4-6].",
            Self::ValidPingreq => "PINGRESP [MQTT-3.12.4-1].",
            Self::ValidDisconnect => {
                "No packet: the server forgets the will and closes the connection [MQTT-3.14.4-3]."
            }
            Self::TwoPackets => "PINGRESP for each: packets need nothing between them.",
            Self::FirstConnect => {
                "CONNACK [MQTT-3.1.4-5]. Open the connection without CONNECT first, so that this one \
                 is the first packet."
            }
            Self::SecondConnect if is_v5 => {
                "DISCONNECT 0x82, Protocol Error, and the end of the connection [MQTT-3.1.0-2]."
            }
            Self::SecondConnect => {
                "The end of the connection: a second CONNECT breaks the protocol [MQTT-3.1.0-2]."
            }
            Self::Wildcard if is_v5 => {
                "DISCONNECT 0x81 or 0x90, and the end of the connection: a Topic Name has no wildcards \
                 [MQTT-3.3.2-2]."
            }
            Self::Wildcard => {
                "The end of the connection: a Topic Name has no wildcards [MQTT-3.3.2-2]."
            }
            Self::ReservedFlags => {
                "The end of the connection: the flags of SUBSCRIBE are 0010 [MQTT-3.8.1-1]."
            }
            Self::Qos3 => "The end of the connection: there is no QoS 3 [MQTT-3.3.1-4].",
            Self::DupAtQos0 => {
                "The end of the connection, if the server looks: DUP is 0 with QoS 0 [MQTT-3.3.1-2]. \
                 Some let it pass."
            }
            Self::NoFilter => {
                "The end of the connection: SUBSCRIBE has at least one filter [MQTT-3.8.3-2]."
            }
            Self::PacketIdZero => {
                "The end of the connection: a Packet Identifier is not 0 [MQTT-2.2.1-3]."
            }
            Self::UnknownPubrel if is_v5 => {
                "PUBCOMP with 0x92, Packet Identifier not found (4.3.3). The connection goes on."
            }
            Self::UnknownPubrel => {
                "PUBCOMP, as if the id were known [MQTT-4.3.3-11]. The connection goes on."
            }
            Self::LengthTooLong => {
                "Nothing: the server waits for the missing bytes, takes the next packets for them, and \
                 closes when Keep Alive has passed one and a half times [MQTT-3.1.2-22]."
            }
            Self::LengthTooShort => {
                "The end of the connection: what is left over is read as the next packet, and is none \
                 (2.1.4)."
            }
            Self::LengthOfFiveBytes => {
                "The end of the connection: Remaining Length has at most four bytes (1.5.5)."
            }
            Self::NotUtf8 => "The end of the connection: a topic is UTF-8 text [MQTT-1.5.4-1].",
            Self::NullCharacter => {
                "The end of the connection: no text holds U+0000 [MQTT-1.5.4-2]."
            }
            Self::FromServer => "The end of the connection: only servers send CONNACK (2.1.2).",
            Self::ReservedType => "The end of the connection: packet type 0 is reserved (2.1.2).",
            Self::TopicAliasZero => {
                "DISCONNECT 0x94, Topic Alias invalid, and the end of the connection [MQTT-3.3.2-8]."
            }
            Self::TopicAliasUnknown => {
                "DISCONNECT 0x82 or 0x94, and the end of the connection: nobody has given this alias a \
                 name (3.3.2.3.4)."
            }
            Self::PropertyTwice => {
                "DISCONNECT 0x82, Protocol Error: only User Properties may stand twice (2.2.2.2)."
            }
            Self::PropertyElsewhere => {
                "DISCONNECT 0x81 or 0x82: Receive Maximum does not belong in PUBLISH (2.2.2.2)."
            }
            Self::AuthWithoutMethod => {
                "DISCONNECT 0x82 or 0x8C: CONNECT agreed on no authentication [MQTT-4.12.0-7]."
            }
        }
    }

    /// Its bytes in a version.
    pub fn bytes(self, version: ProtocolVersion) -> Vec<u8> {
        match self {
            Self::TwoPackets => return vec![0xc0, 0, 0xc0, 0],
            Self::LengthOfFiveBytes => return vec![0x30, 0x80, 0x80, 0x80, 0x80, 0x01, 0x00],
            _ => {}
        }
        self.form(version).write().unwrap_or_default()
    }

    fn form(self, version: ProtocolVersion) -> PacketForm {
        let mut form = PacketForm::new(self.packet_type(), version);
        match self {
            Self::ValidPublish => form.set_flags(0x02),
            Self::ValidPublishQos2 => form.set_flags(0x04),
            Self::ValidSubscribe => {
                form.add_item();
                set_filter(&mut form, 1, "testtopic/#");
                set_options(&mut form, 0, 1);
            }
            Self::Wildcard => form.set_text(PartName::TopicName, "testtopic/#"),
            Self::ReservedFlags => form.flags = 0,
            Self::Qos3 => form.set_flags(0x06),
            Self::DupAtQos0 => form.flags = 0x08,
            Self::NoFilter => form.remove_item(0),
            Self::PacketIdZero => {
                form.set_flags(0x02);
                form.set_text(PartName::PacketId, "0");
            }
            Self::UnknownPubrel => form.set_text(PartName::PacketId, "4711"),
            Self::LengthTooLong => form.remaining_length = Some("40".to_owned()),
            Self::LengthTooShort => {
                form.set_text(PartName::Payload, "\u{1}hello");
                let written = form.write().map_or(0, |bytes| bytes.len());
                let length = written.saturating_sub("\u{1}hello".len() + 2);
                form.remaining_length = Some(length.to_string());
            }
            Self::NotUtf8 => set_hex(&mut form, PartName::TopicName, "ff fe 61"),
            Self::NullCharacter => set_hex(&mut form, PartName::TopicName, "61 00 62"),
            Self::TopicAliasZero => form.add_property(alias(0)),
            Self::TopicAliasUnknown => {
                form.set_text(PartName::TopicName, "");
                form.add_property(alias(1));
            }
            Self::PropertyTwice => {
                for content in ["text/plain", "text/html"] {
                    let mut property = PropertyForm::new(PropertyId::ContentType);
                    property.value = PropertyValue::Sized(Content::text(content));
                    form.add_property(property);
                }
            }
            Self::PropertyElsewhere => {
                let mut property = PropertyForm::new(PropertyId::ReceiveMaximum);
                property.value = PropertyValue::Number(Number::new(10, Width::Two));
                form.add_property(property);
            }
            Self::PubrelOfIt
            | Self::ValidPingreq
            | Self::ValidDisconnect
            | Self::TwoPackets
            | Self::FirstConnect
            | Self::SecondConnect
            | Self::LengthOfFiveBytes
            | Self::FromServer
            | Self::ReservedType
            | Self::AuthWithoutMethod => {}
        }
        form
    }

    const fn packet_type(self) -> u8 {
        let packet_type = match self {
            Self::ReservedType => return 0,
            Self::PubrelOfIt | Self::UnknownPubrel => Type::Pubrel,
            Self::ValidSubscribe | Self::ReservedFlags | Self::NoFilter => Type::Subscribe,
            Self::ValidPingreq | Self::TwoPackets => Type::Pingreq,
            Self::ValidDisconnect => Type::Disconnect,
            Self::FirstConnect | Self::SecondConnect => Type::Connect,
            Self::FromServer => Type::Connack,
            Self::AuthWithoutMethod => Type::Auth,
            _ => Type::Publish,
        };
        packet_type.as_u8()
    }
}

fn alias(value: u32) -> PropertyForm {
    let mut property = PropertyForm::new(PropertyId::TopicAlias);
    property.value = PropertyValue::Number(Number::new(value, Width::Two));
    property
}

fn set_hex(form: &mut PacketForm, name: PartName, hex: &str) {
    if let Some(part) = form.part_mut(name) {
        part.value = PartValue::Sized(Content {
            text: hex.to_owned(),
            is_hexadecimal: true,
        });
    }
}

fn set_filter(form: &mut PacketForm, item: usize, filter: &str) {
    let parts = form.parts.iter_mut();
    let mut parts = parts.filter(|p| p.item == Some(item) && p.name == PartName::TopicFilter);
    if let Some(part) = parts.next() {
        part.value = PartValue::Sized(Content::text(filter));
    }
}

fn set_options(form: &mut PacketForm, item: usize, options: u32) {
    let parts = form.parts.iter_mut();
    let mut parts =
        parts.filter(|p| p.item == Some(item) && p.name == PartName::SubscriptionOptions);
    if let Some(part) = parts.next() {
        part.value = PartValue::Number(Number::new(options, Width::One));
    }
}
