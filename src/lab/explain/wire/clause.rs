//! Which rule a fault breaks, in the standard of the packet's own version.

use super::clause_of;
use crate::codec::{
    ControlPacketType, DecodeError, DecodeErrorKind, ProtocolVersion, TopicFilterError,
    TopicNameError,
};

/// The statement (`MQTT-` and its number) or else the section that the fault breaks, with the standard
/// that it is of.
pub fn fault_clause(error: &DecodeError, version: ProtocolVersion) -> String {
    let section = match version {
        ProtocolVersion::V5_0 => error.clause(),
        ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => before_5_0(error),
    };
    clause_of(version, section)
}

/// Of MQTT 3.1.1.
const fn before_5_0(error: &DecodeError) -> &'static str {
    use ControlPacketType as Type;
    use DecodeErrorKind as Kind;
    match error.kind {
        Kind::ReservedPacketType { .. } => "2.2.1",
        Kind::FixedHeaderFlags { .. } => match error.packet {
            Some(Type::Pubrel) => "MQTT-3.6.1-1",
            Some(Type::Subscribe) => "MQTT-3.8.1-1",
            Some(Type::Unsubscribe) => "MQTT-3.10.1-1",
            Some(Type::Disconnect) => "MQTT-3.14.1-1",
            _ => "MQTT-2.2.2-2",
        },
        Kind::ReservedQos => "MQTT-3.3.1-4",
        Kind::DupAtQos0 => "MQTT-3.3.1-2",
        Kind::VariableByteIntegerTooLong
        | Kind::VariableByteIntegerNotShortest { .. }
        | Kind::PacketTooLarge { .. }
        | Kind::Truncated { .. }
        | Kind::TrailingBytes { .. } => "2.2.3",
        Kind::NotUtf8 { .. } => "MQTT-1.5.3-1",
        Kind::NullCharacter { .. } => "MQTT-1.5.3-2",
        Kind::TopicName { error, .. } => match error {
            TopicNameError::Empty => "MQTT-4.7.3-1",
            TopicNameError::TooLong { .. } => "MQTT-4.7.3-3",
            TopicNameError::NotUtf8 { .. } => "MQTT-1.5.3-1",
            TopicNameError::NullCharacter { .. } => "MQTT-4.7.3-2",
            TopicNameError::Wildcard { .. } => "MQTT-3.3.2-2",
        },
        Kind::TopicFilter(error) => match error {
            TopicFilterError::Empty => "MQTT-4.7.3-1",
            TopicFilterError::TooLong { .. } => "MQTT-4.7.3-3",
            TopicFilterError::NotUtf8 { .. } => "MQTT-1.5.3-1",
            TopicFilterError::NullCharacter { .. } => "MQTT-4.7.3-2",
            TopicFilterError::SingleLevelWildcardNotAlone { .. } => "MQTT-4.7.1-3",
            TopicFilterError::MultiLevelWildcardNotAlone { .. }
            | TopicFilterError::MultiLevelWildcardNotLast { .. } => "MQTT-4.7.1-2",
            // Before 5.0 a filter that begins with $share is like any other.
            TopicFilterError::SharedGroupMissing
            | TopicFilterError::SharedGroupWildcard { .. }
            | TopicFilterError::SharedFilterMissing => "4.7",
        },
        Kind::EmptyTopicName => "MQTT-4.7.3-1",
        Kind::PacketIdZero => "MQTT-2.3.1-1",
        Kind::UnknownProtocolName => "MQTT-3.1.2-1",
        Kind::UnsupportedProtocolLevel { .. } => "MQTT-3.1.2-2",
        Kind::ConnectReservedFlag => "MQTT-3.1.2-3",
        Kind::WillFlagsWithoutWill => "MQTT-3.1.2-11",
        Kind::ReservedWillQos => "MQTT-3.1.2-14",
        Kind::PasswordWithoutUserName => "MQTT-3.1.2-22",
        Kind::ClientIdMissing => "MQTT-3.1.3-7",
        Kind::ConnackReservedFlags { .. } => "3.2.2.1",
        Kind::SessionPresentWithRefusal => "MQTT-3.2.2-4",
        Kind::ReservedReturnCode { .. } => "3.2.2.3",
        Kind::NoTopicFilter => match error.packet {
            Some(Type::Unsubscribe) => "MQTT-3.10.3-2",
            _ => "MQTT-3.8.3-3",
        },
        Kind::ReasonCodeNotAllowed { .. } => "MQTT-3.9.3-2",
        Kind::NoReasonCode => "MQTT-3.9.3-1",
        Kind::ReservedSubscriptionOptions { .. } | Kind::ReservedSubscriptionQos => "MQTT-3.8.3-4",
        // What follows needs properties or options that only 5.0 has.
        Kind::UnknownProperty { .. }
        | Kind::PropertyNotAllowed(_)
        | Kind::DuplicateProperty(_)
        | Kind::PropertyValue { .. }
        | Kind::AuthenticationDataWithoutMethod
        | Kind::AuthenticationMethodMissing
        | Kind::ReservedRetainHandling
        | Kind::NoLocalOnSharedSubscription => "2.3",
    }
}
