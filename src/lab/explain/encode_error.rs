//! Why a packet cannot be written, in words.

use super::{Explanation, decode_error, topic_filter_error};
use crate::codec::{DecodeErrorKind, EncodeError};

/// Why a packet was not sent, and what is allowed.
pub const fn encode_error(error: EncodeError) -> Explanation {
    match error {
        EncodeError::TooLong { .. } => Explanation::new(
            "Text too long",
            "A field has more than 65,535 bytes, so its length does not fit its two length bytes.",
            "Shorten it. Letters beyond a to z take two to four bytes each.",
        ),
        EncodeError::NullCharacter { .. } => Explanation::new(
            "Null character",
            "A text field has the character U+0000, which MQTT forbids.",
            "Remove it. It is invisible and often comes along when text is pasted.",
        ),
        EncodeError::PacketTooLarge { .. } => Explanation::new(
            "Packet too large",
            "A packet has at most 268,435,455 bytes after its fixed header.",
            "Send a smaller payload.",
        ),
        EncodeError::PropertyNotInVersion { .. } => Explanation::new(
            "Properties need MQTT 5.0",
            "The older versions have no properties.",
            "Leave the property empty, or choose MQTT 5.0.",
        ),
        EncodeError::PropertyValue { .. } => Explanation::new(
            "Property with a wrong value",
            "The property has a value that the standard does not allow.",
            "Choose another value.",
        ),
        EncodeError::NotInVersion { .. } => Explanation::new(
            "Not in this version",
            "The chosen version of MQTT has no such thing.",
            "Choose MQTT 5.0, or do without it.",
        ),
        EncodeError::VersionMismatch { .. } => Explanation::new(
            "Two versions at once",
            "CONNECT names another version than the one in which the packet is to be written.",
            "Disconnect and connect again with the version you want.",
        ),
        EncodeError::ReasonCodeNotAllowed { .. } => Explanation::new(
            "Reason Code does not belong here",
            "The standard lists the codes of each packet, and this one is not on the list.",
            "Choose a code from the list.",
        ),
        EncodeError::PacketIdMissing => Explanation::new(
            "Packet Identifier missing",
            "With QoS 1 and 2 a Packet Identifier ties the message to its acknowledgement.",
            "Give one from 1 to 65535.",
        ),
        EncodeError::PacketIdAtQos0 => Explanation::new(
            "Packet Identifier with QoS 0",
            "QoS 0 has no acknowledgement, so there is nothing to tie a Packet Identifier to.",
            "Leave it out, or use QoS 1 or 2.",
        ),
        EncodeError::TopicFilter(error) => topic_filter_error(error),
        EncodeError::DupAtQos0 => decode_error(DecodeErrorKind::DupAtQos0),
        EncodeError::TopicNameMissing => decode_error(DecodeErrorKind::EmptyTopicName),
        EncodeError::NoTopicFilter => decode_error(DecodeErrorKind::NoTopicFilter),
        EncodeError::NoReasonCode => decode_error(DecodeErrorKind::NoReasonCode),
        EncodeError::NoLocalOnSharedSubscription => {
            decode_error(DecodeErrorKind::NoLocalOnSharedSubscription)
        }
        EncodeError::PasswordWithoutUserName => {
            decode_error(DecodeErrorKind::PasswordWithoutUserName)
        }
        EncodeError::ClientIdMissing => decode_error(DecodeErrorKind::ClientIdMissing),
        EncodeError::SessionPresentWithRefusal => {
            decode_error(DecodeErrorKind::SessionPresentWithRefusal)
        }
        EncodeError::AuthenticationDataWithoutMethod => {
            decode_error(DecodeErrorKind::AuthenticationDataWithoutMethod)
        }
        EncodeError::AuthenticationMethodMissing => {
            decode_error(DecodeErrorKind::AuthenticationMethodMissing)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::assert_well_worded;
    use super::*;
    use crate::codec::{ControlPacketType, PropertyId, ProtocolVersion, TopicFilterError};

    #[test]
    fn every_error_has_words_and_says_what_is_allowed() {
        let version = ProtocolVersion::V3_1_1;
        let property = PropertyId::TopicAlias;
        let errors = [
            EncodeError::TooLong {
                field: "user name",
                length: 65_536,
            },
            EncodeError::NullCharacter {
                field: "user name",
                offset: 1,
            },
            EncodeError::PacketTooLarge {
                length: 268_435_456,
            },
            EncodeError::PropertyNotInVersion { property, version },
            EncodeError::PropertyValue { property },
            EncodeError::NotInVersion {
                what: "AUTH",
                version,
            },
            EncodeError::VersionMismatch {
                asked: ProtocolVersion::V5_0,
                version,
            },
            EncodeError::ReasonCodeNotAllowed {
                packet: ControlPacketType::Puback,
                code: 3,
            },
            EncodeError::PacketIdMissing,
            EncodeError::PacketIdAtQos0,
            EncodeError::DupAtQos0,
            EncodeError::TopicNameMissing,
            EncodeError::TopicFilter(TopicFilterError::Empty),
            EncodeError::NoTopicFilter,
            EncodeError::NoReasonCode,
            EncodeError::NoLocalOnSharedSubscription,
            EncodeError::PasswordWithoutUserName,
            EncodeError::ClientIdMissing,
            EncodeError::SessionPresentWithRefusal,
            EncodeError::AuthenticationDataWithoutMethod,
            EncodeError::AuthenticationMethodMissing,
        ];
        for error in errors {
            let explanation = encode_error(error);
            assert_well_worded(explanation);
            assert!(!explanation.hint.is_empty(), "{error}");
        }
    }
}
