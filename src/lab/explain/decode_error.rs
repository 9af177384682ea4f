//! Faults in packets, in words.

use super::{Explanation, topic_filter_error, topic_name_error};
use crate::codec::DecodeErrorKind;

/// What is wrong with a packet that could not be read, and what the rule is.
///
/// The numbers are in the error's own text; these are the words around it.
pub const fn decode_error(kind: DecodeErrorKind) -> Explanation {
    use DecodeErrorKind as Kind;
    match kind {
        Kind::ReservedPacketType { .. } => Explanation::new(
            "Unknown packet type",
            "The first four bits of a packet say what it is, and these stand for nothing.",
            "Perhaps the other side does not speak MQTT, or an earlier packet had a wrong length.",
        ),
        Kind::FixedHeaderFlags { .. } => Explanation::new(
            "Wrong flags",
            "The last four bits of the first byte are fixed for this type of packet, and these \
             differ.",
            "Only PUBLISH uses them freely. SUBSCRIBE, UNSUBSCRIBE and PUBREL have 0010, all others \
             0000.",
        ),
        Kind::ReservedQos => Explanation::new(
            "QoS 3",
            "Both QoS bits are set, which would be QoS 3. There is none.",
            "QoS is 0, 1 or 2.",
        ),
        Kind::DupAtQos0 => Explanation::new(
            "DUP with QoS 0",
            "DUP marks a packet that is sent again, but QoS 0 never sends again.",
            "DUP belongs to QoS 1 and 2.",
        ),
        Kind::VariableByteIntegerTooLong => Explanation::new(
            "Length without end",
            "A number of this kind has at most four bytes, and the fourth says that more follow.",
            "The top bit of each byte says whether another one follows.",
        ),
        Kind::VariableByteIntegerNotShortest { .. } => Explanation::new(
            "Length written too long",
            "The number is written with more bytes than it needs.",
            "A number of this kind must be written as short as it can be.",
        ),
        Kind::PacketTooLarge { .. } => Explanation::new(
            "Packet too large",
            "The packet says that it is larger than we are willing to receive, so it was not read.",
            "This page has room for 64 MiB; with MQTT 5.0 the limit is told to the broker as Maximum \
             Packet Size, and can be set lower.",
        ),
        Kind::Truncated { .. } => Explanation::new(
            "Field cut off",
            "A field should go on, but the packet is over.",
            "Either the field's length or the packet's Remaining Length is wrong.",
        ),
        Kind::TrailingBytes { .. } => Explanation::new(
            "Bytes left over",
            "The packet has more bytes than its fields.",
            "Either a field's length or the packet's Remaining Length is wrong.",
        ),
        Kind::NotUtf8 { .. } => Explanation::new(
            "Not UTF-8",
            "A text field has bytes that are not UTF-8 text.",
            "Texts in MQTT are UTF-8. Only payloads and passwords may be any bytes.",
        ),
        Kind::NullCharacter { .. } => Explanation::new(
            "Null character",
            "A text field has the character U+0000, which MQTT forbids.",
            "Every other character is allowed.",
        ),
        Kind::TopicName { error, .. } => topic_name_error(error),
        Kind::TopicFilter(error) => topic_filter_error(error),
        Kind::EmptyTopicName => Explanation::new(
            "No topic",
            "The message has neither a topic nor a Topic Alias that stands for one.",
            "Only with a Topic Alias, in MQTT 5.0, may the topic be empty.",
        ),
        Kind::PacketIdZero => Explanation::new(
            "Packet Identifier 0",
            "A Packet Identifier ties a packet to its acknowledgement, and 0 is not allowed.",
            "It goes from 1 to 65535.",
        ),
        Kind::UnknownProtocolName => Explanation::new(
            "Not MQTT",
            "CONNECT begins with the name of the protocol, and this is not MQTT's.",
            "The name is MQTT, or MQIsdp in version 3.1.",
        ),
        Kind::UnsupportedProtocolLevel { .. } => Explanation::new(
            "Unknown version",
            "CONNECT names a version of MQTT that is not known.",
            "The number is 3 for MQTT 3.1, 4 for 3.1.1 and 5 for 5.0.",
        ),
        Kind::ConnectReservedFlag => Explanation::new(
            "Reserved flag in CONNECT",
            "The lowest of the Connect Flags has no meaning and must be 0.",
            "The other seven flags say which fields follow.",
        ),
        Kind::WillFlagsWithoutWill => Explanation::new(
            "Will flags without a will",
            "A QoS or Retain is given for a will, but the Will Flag says that there is none.",
            "Without a will all of its flags are 0.",
        ),
        Kind::ReservedWillQos => Explanation::new(
            "Will QoS 3",
            "Both QoS bits of the will are set, which would be QoS 3. There is none.",
            "QoS is 0, 1 or 2.",
        ),
        Kind::PasswordWithoutUserName => Explanation::new(
            "Password without Username",
            "CONNECT has a password but no user name.",
            "Only MQTT 5.0 allows this.",
        ),
        Kind::ClientIdMissing => Explanation::new(
            "ClientID missing",
            "The ClientID is empty although the session is to be kept: the broker would not know \
             whose it is.",
            "Give a ClientID, or ask for a clean session.",
        ),
        Kind::ConnackReservedFlags { .. } => Explanation::new(
            "Reserved flags in CONNACK",
            "Of the first byte's bits only the lowest, Session Present, has a meaning.",
            "The other seven are 0.",
        ),
        Kind::SessionPresentWithRefusal => Explanation::new(
            "Session Present in a refusal",
            "CONNACK refuses the connection, yet says that there is a session.",
            "In a refusal Session Present is 0.",
        ),
        Kind::ReservedReturnCode { .. } => Explanation::new(
            "Unknown return code",
            "CONNACK has a return code that MQTT 3.1.1 does not know.",
            "It knows 0 to 5. Perhaps the broker speaks MQTT 5.0.",
        ),
        Kind::ReasonCodeNotAllowed { .. } => Explanation::new(
            "Reason Code does not belong here",
            "The standard lists the Reason Codes of each packet, and this one is not on the list.",
            "",
        ),
        Kind::UnknownProperty { .. } => Explanation::new(
            "Unknown property",
            "MQTT 5.0 knows no property with this number.",
            "An earlier field may have a wrong length, so that the number stands in its middle.",
        ),
        Kind::PropertyNotAllowed(_) => Explanation::new(
            "Property in the wrong packet",
            "The property exists, but not in this packet.",
            "",
        ),
        Kind::DuplicateProperty(_) => Explanation::new(
            "Property given twice",
            "This property may stand in a packet only once.",
            "Only User Properties may repeat, and Subscription Identifiers in a PUBLISH.",
        ),
        Kind::PropertyValue { .. } => Explanation::new(
            "Property with a wrong value",
            "The property has a value that the standard does not allow.",
            "",
        ),
        Kind::AuthenticationDataWithoutMethod => Explanation::new(
            "Authentication Data without a method",
            "There is data for signing in, but nothing says what it means.",
            "Authentication Data needs an Authentication Method beside it.",
        ),
        Kind::AuthenticationMethodMissing => Explanation::new(
            "Authentication Method missing",
            "A step of signing in does not say which method it belongs to.",
            "Every AUTH names its Authentication Method.",
        ),
        Kind::NoTopicFilter => Explanation::new(
            "No filter",
            "The packet asks for nothing: it has no topic filter.",
            "It needs at least one.",
        ),
        Kind::NoReasonCode => Explanation::new(
            "No answer inside",
            "The acknowledgement has no code.",
            "It has one for each topic filter of the request.",
        ),
        Kind::ReservedSubscriptionOptions { .. } => Explanation::new(
            "Reserved option bits",
            "Bits of the subscription's options are set that have no meaning.",
            "Before MQTT 5.0 only the two QoS bits have one.",
        ),
        Kind::ReservedSubscriptionQos => Explanation::new(
            "Subscription with QoS 3",
            "Both QoS bits are set, which would be QoS 3. There is none.",
            "QoS is 0, 1 or 2.",
        ),
        Kind::ReservedRetainHandling => Explanation::new(
            "Retain Handling 3",
            "Retain Handling has the value 3, which has no meaning.",
            "0: always, 1: only for a new subscription, 2: never.",
        ),
        Kind::NoLocalOnSharedSubscription => Explanation::new(
            "No Local on a shared subscription",
            "A group shares the messages, so it makes no sense to leave out one's own.",
            "Clear No Local, or subscribe without $share.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::assert_well_worded;
    use super::*;
    use crate::codec::{ProtocolVersion, decode};

    fn hex(text: &str) -> Vec<u8> {
        let digits = text.split_ascii_whitespace();
        digits
            .map(|byte| u8::from_str_radix(byte, 16).unwrap())
            .collect()
    }

    fn name(version: ProtocolVersion, text: &str) -> &'static str {
        let explanation = decode_error(decode(&hex(text), version).unwrap_err().kind);
        assert_well_worded(explanation);
        explanation.name
    }

    #[test]
    fn broken_packets_are_told_in_words() {
        let old = |text| name(ProtocolVersion::V3_1_1, text);
        let new = |text| name(ProtocolVersion::V5_0, text);
        assert_eq!(old("00 00"), "Unknown packet type");
        assert_eq!(old("81 02 00 01"), "Wrong flags");
        assert_eq!(old("36 03 00 01 61"), "QoS 3");
        assert_eq!(old("38 03 00 01 61"), "DUP with QoS 0");
        assert_eq!(old("30 03 00 05 61"), "Field cut off");
        assert_eq!(old("40 03 00 01 00"), "Bytes left over");
        assert_eq!(old("30 03 00 01 ff"), "Topic is not UTF-8");
        assert_eq!(old("30 03 00 01 00"), "Topic has a null character");
        assert_eq!(old("30 03 00 01 23"), "Topic has a wildcard");
        assert_eq!(old("40 02 00 00"), "Packet Identifier 0");
        assert_eq!(old("82 02 00 01"), "No filter");
        assert_eq!(old("82 06 00 01 00 01 61 03"), "Subscription with QoS 3");
        assert_eq!(old("20 02 02 00"), "Reserved flags in CONNACK");
        assert_eq!(old("20 02 00 06"), "Unknown return code");
        assert_eq!(new("40 03 00 01 03"), "Reason Code does not belong here");
        assert_eq!(new("30 04 00 00 00 61"), "No topic");
        assert_eq!(new("30 06 00 01 61 02 7e 00"), "Unknown property");
        assert_eq!(new("30 08 00 01 61 04 01 00 01 00"), "Property given twice");
        assert_eq!(
            new("30 06 00 01 61 02 01 02"),
            "Property with a wrong value"
        );
    }
}
