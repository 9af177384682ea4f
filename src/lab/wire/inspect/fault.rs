//! What is wrong with a packet: at which byte, what should have stood there, and what does.

use crate::codec::{
    ControlPacketType, DecodeError, DecodeErrorKind, PropertyId, ProtocolVersion, TopicFilterError,
    TopicNameError,
};
use crate::lab::explain::{decode_error, wire::fault_clause};
use crate::lab::{format, payload};

/// A fault, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InspectedFault {
    /// The byte at which it is; where one is missing, the packet's length.
    pub offset: usize,
    /// Its short name: `Field cut off`.
    pub name: &'static str,
    /// What it means, in one or two sentences.
    pub meaning: &'static str,
    /// What is allowed, or what may have happened; may be empty.
    pub hint: &'static str,
    /// What should have stood there.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// Which rule of which standard is broken.
    pub clause: String,
    /// What whoever receives it should do.
    pub answer: String,
}

/// The most characters of a text that are repeated here.
const TEXT_CHARACTERS: usize = 40;

impl InspectedFault {
    pub(super) fn new(error: &DecodeError, raw: &[u8], version: ProtocolVersion) -> Self {
        let words = decode_error(error.kind);
        let at = Place {
            error,
            raw,
            version,
        };
        Self {
            offset: error.offset,
            name: words.name,
            meaning: words.meaning,
            hint: words.hint,
            expected: at.expected(),
            found: at.found(),
            clause: fault_clause(error, version),
            answer: answer(error, version),
        }
    }
}

fn answer(error: &DecodeError, version: ProtocolVersion) -> String {
    let is_connect = error.packet == Some(ControlPacketType::Connect);
    if version != ProtocolVersion::V5_0 {
        return match error.kind {
            DecodeErrorKind::UnsupportedProtocolLevel { .. } => {
                "The broker may answer CONNACK with return code 1 before it closes the connection."
            }
            DecodeErrorKind::ClientIdMissing => {
                "The broker may answer CONNACK with return code 2 before it closes the connection."
            }
            _ => "Whoever receives it closes the connection. Before MQTT 5.0 nobody says why.",
        }
        .to_owned();
    }
    let code = error.reason_code();
    let (number, name) = (code.as_u8(), code.name());
    let packet = if is_connect { "CONNACK" } else { "DISCONNECT" };
    format!(
        "Whoever receives it closes the connection, and may send {packet} with 0x{number:02x} ({name}) \
         before."
    )
}

/// A fault with the bytes around it.
struct Place<'a> {
    error: &'a DecodeError,
    raw: &'a [u8],
    version: ProtocolVersion,
}

impl Place<'_> {
    fn expected(&self) -> String {
        use DecodeErrorKind as Kind;
        let is_v5 = self.version == ProtocolVersion::V5_0;
        let fixed = match self.error.kind {
            Kind::ReservedPacketType { .. } if is_v5 => "a packet type from 1 to 15",
            Kind::ReservedPacketType { .. } => "a packet type from 1 to 14",
            Kind::FixedHeaderFlags { expected, .. } => return format!("the flags {expected:04b}"),
            Kind::ReservedQos | Kind::ReservedWillQos | Kind::ReservedSubscriptionQos => {
                "QoS 0, 1 or 2: the bits 00, 01 or 10"
            }
            Kind::DupAtQos0 => "DUP 0, because the QoS is 0",
            Kind::VariableByteIntegerTooLong => "a fourth byte below 0x80, which ends the number",
            Kind::VariableByteIntegerNotShortest { value, .. } => {
                return format!(
                    "{}, which is {value} as short as it can be",
                    shortest(value)
                );
            }
            Kind::PacketTooLarge { limit, .. } => {
                return format!("{} at most", format::exact_bytes(u64::from(limit)));
            }
            Kind::Truncated { field, needed, .. } if field == BODY => {
                return format!(
                    "{} behind the fixed header, as the Remaining Length says",
                    format::exact_bytes(needed as u64)
                );
            }
            Kind::Truncated { field, needed, .. } => {
                return format!("{field}, of {}", format::exact_bytes(needed as u64));
            }
            Kind::TrailingBytes { .. } => "the end of the packet",
            Kind::NotUtf8 { field } => return format!("{field} as UTF-8 text"),
            Kind::NullCharacter { .. } => "any character but U+0000",
            Kind::TopicName { error, .. } => topic_name(error),
            Kind::TopicFilter(error) => topic_filter(error),
            Kind::EmptyTopicName if is_v5 => "a topic, or a Topic Alias among the properties",
            Kind::EmptyTopicName => "a topic of one character or more",
            Kind::PacketIdZero => "a number from 1 to 65535",
            Kind::UnknownProtocolName => "the name MQTT, or MQIsdp in MQTT 3.1",
            Kind::UnsupportedProtocolLevel { .. } => {
                "3 behind the name MQIsdp, 4 or 5 behind the name MQTT"
            }
            Kind::ConnectReservedFlag => "0 in the lowest bit",
            Kind::WillFlagsWithoutWill => {
                "Will QoS 0 and Will Retain 0, because the Will Flag is 0"
            }
            Kind::PasswordWithoutUserName => "a User Name Flag of 1 beside the Password Flag",
            Kind::ClientIdMissing if self.version == ProtocolVersion::V3_1 => {
                "a Client Identifier of one character or more"
            }
            Kind::ClientIdMissing => {
                "a Client Identifier of one character or more, or a Clean Session of 1"
            }
            Kind::ConnackReservedFlags { .. } => "0x00 or 0x01",
            Kind::SessionPresentWithRefusal => {
                "Session Present 0, because the connection is refused"
            }
            Kind::ReservedReturnCode { .. } => "a return code from 0 to 5",
            Kind::ReasonCodeNotAllowed { .. } => match self.error.packet {
                Some(ControlPacketType::Suback) if !is_v5 => "0x00, 0x01, 0x02 or 0x80",
                Some(packet) => {
                    return format!("a Reason Code that the standard lists for {packet}");
                }
                None => "a Reason Code of this packet",
            },
            Kind::UnknownProperty { .. } => "the number of a property that MQTT 5.0 has",
            Kind::PropertyNotAllowed(_) => match self.error.packet {
                Some(packet) => return format!("a property that {packet} can have"),
                None => "a property of this packet",
            },
            Kind::DuplicateProperty(property) => {
                return format!("no second {}", property.name());
            }
            Kind::PropertyValue { property, .. } => property_value(property),
            Kind::AuthenticationDataWithoutMethod | Kind::AuthenticationMethodMissing => {
                "an Authentication Method among the properties"
            }
            Kind::NoTopicFilter => "at least one topic filter",
            Kind::NoReasonCode => "a code for each filter of the request",
            Kind::ReservedSubscriptionOptions { .. } if is_v5 => "00 in the highest two bits",
            Kind::ReservedSubscriptionOptions { .. } => "000000 in the highest six bits",
            Kind::ReservedRetainHandling => "Retain Handling 0, 1 or 2: the bits 00, 01 or 10",
            Kind::NoLocalOnSharedSubscription => {
                "No Local 0, because the filter begins with $share"
            }
        };
        fixed.to_owned()
    }

    fn found(&self) -> String {
        use DecodeErrorKind as Kind;
        let fixed = match self.error.kind {
            Kind::ReservedPacketType { packet_type } => {
                return format!("{packet_type}, which is {packet_type:04b} in bits");
            }
            Kind::FixedHeaderFlags { flags, .. } => return format!("the flags {flags:04b}"),
            Kind::ReservedQos | Kind::ReservedWillQos | Kind::ReservedSubscriptionQos => {
                "the bits 11, which would be 3"
            }
            Kind::DupAtQos0 => "DUP 1",
            Kind::VariableByteIntegerTooLong => {
                return format!("{}, and still no end", self.bytes(4));
            }
            Kind::VariableByteIntegerNotShortest { length, .. } => {
                return self.bytes(usize::from(length));
            }
            Kind::PacketTooLarge { length, .. } => return format::exact_bytes(u64::from(length)),
            Kind::Truncated { available: 0, .. } => "nothing: the bytes are over",
            Kind::Truncated { available, .. } => {
                return format!("only {}", format::exact_bytes(available as u64));
            }
            Kind::TrailingBytes { count } => {
                return format!("{} more", format::exact_bytes(count as u64));
            }
            Kind::NullCharacter { .. } => "U+0000",
            Kind::TopicName {
                error: TopicNameError::Empty,
                ..
            }
            | Kind::TopicFilter(TopicFilterError::Empty)
            | Kind::EmptyTopicName => "a text of 0 bytes",
            Kind::TopicName {
                error: TopicNameError::TooLong { length },
                ..
            }
            | Kind::TopicFilter(TopicFilterError::TooLong { length }) => {
                return format::exact_bytes(length as u64);
            }
            Kind::TopicName { .. } | Kind::TopicFilter(_) | Kind::NotUtf8 { .. } => {
                return self.byte();
            }
            Kind::PacketIdZero => "0",
            Kind::UnknownProtocolName => return self.text(),
            Kind::UnsupportedProtocolLevel { level } => return level.to_string(),
            Kind::ConnectReservedFlag => "1",
            Kind::WillFlagsWithoutWill | Kind::PasswordWithoutUserName => {
                let flags = self.raw.get(self.error.offset).copied();
                return format!("the flags {:08b}", flags.unwrap_or_default());
            }
            Kind::ClientIdMissing => "an empty Client Identifier",
            Kind::ConnackReservedFlags { flags } => return format!("0x{flags:02x}"),
            Kind::SessionPresentWithRefusal => "Session Present 1",
            Kind::ReservedReturnCode { code } => return code.to_string(),
            Kind::ReasonCodeNotAllowed { code } => return format!("0x{code:02x}"),
            Kind::UnknownProperty { identifier } => return format!("0x{identifier:02x}"),
            Kind::PropertyNotAllowed(property) => return property.to_string(),
            Kind::DuplicateProperty(property) => return format!("another {property}"),
            Kind::PropertyValue { value, .. } => return value.to_string(),
            Kind::AuthenticationDataWithoutMethod => "Authentication Data without one",
            Kind::AuthenticationMethodMissing => "none",
            Kind::NoTopicFilter | Kind::NoReasonCode => "the end of the packet",
            Kind::ReservedSubscriptionOptions { options } => return format!("{options:08b}"),
            Kind::ReservedRetainHandling => "the bits 11, which would be 3",
            Kind::NoLocalOnSharedSubscription => "No Local 1",
        };
        fixed.to_owned()
    }

    /// The byte at the fault, with its character where it has one.
    fn byte(&self) -> String {
        match self.raw.get(self.error.offset) {
            Some(&byte @ 0x21..=0x7e) => format!("0x{byte:02x}, which is {}", char::from(byte)),
            Some(byte) => format!("0x{byte:02x}"),
            None => "the end of the text".to_owned(),
        }
    }

    /// So many bytes from the fault on.
    fn bytes(&self, count: usize) -> String {
        let from = self.raw.get(self.error.offset..).unwrap_or_default();
        hex(from.iter().take(count))
    }

    /// The text whose length stands at the fault.
    fn text(&self) -> String {
        let text = self.raw.get(self.error.offset..).and_then(|from| {
            let (length, rest) = from.split_first_chunk::<2>()?;
            rest.get(..usize::from(u16::from_be_bytes(*length)))
        });
        let text = payload::preview(text.unwrap_or_default(), TEXT_CHARACTERS);
        ["the name ", &text].concat()
    }
}

/// What the decoder calls everything behind the fixed header.
const BODY: &str = "packet body";

const fn topic_name(error: TopicNameError) -> &'static str {
    match error {
        TopicNameError::Empty => "a topic of one character or more",
        TopicNameError::TooLong { .. } => "a topic of 65,535 bytes at most",
        TopicNameError::NotUtf8 { .. } => "a topic as UTF-8 text",
        TopicNameError::NullCharacter { .. } => "any character but U+0000",
        TopicNameError::Wildcard { .. } => "a topic without + and #",
    }
}

const fn topic_filter(error: TopicFilterError) -> &'static str {
    match error {
        TopicFilterError::Empty => "a filter of one character or more",
        TopicFilterError::TooLong { .. } => "a filter of 65,535 bytes at most",
        TopicFilterError::NotUtf8 { .. } => "a filter as UTF-8 text",
        TopicFilterError::NullCharacter { .. } => "any character but U+0000",
        TopicFilterError::SingleLevelWildcardNotAlone { .. } => "+ alone in its level",
        TopicFilterError::MultiLevelWildcardNotAlone { .. } => "# alone in its level",
        TopicFilterError::MultiLevelWildcardNotLast { .. } => "# in the last level only",
        TopicFilterError::SharedGroupMissing
        | TopicFilterError::SharedGroupWildcard { .. }
        | TopicFilterError::SharedFilterMissing => {
            "$share/group/filter, with a group that is a name"
        }
    }
}

const fn property_value(property: PropertyId) -> &'static str {
    match property {
        PropertyId::TopicAlias
        | PropertyId::ReceiveMaximum
        | PropertyId::MaximumPacketSize
        | PropertyId::SubscriptionIdentifier => "a number above 0",
        _ => "0 or 1",
    }
}

fn shortest(mut value: u32) -> String {
    let mut bytes = Vec::new();
    loop {
        let digit = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            bytes.push(digit);
            return hex(bytes.iter());
        }
        bytes.push(digit | 0x80);
    }
}

fn hex<'a>(bytes: impl Iterator<Item = &'a u8>) -> String {
    let bytes: Vec<String> = bytes.map(|byte| format!("0x{byte:02x}")).collect();
    bytes.join(" ")
}
