//! Why a Control Packet cannot be written.

use super::{ControlPacketType, PropertyId, ProtocolVersion, ReasonCode, TopicFilterError};

/// Why a Control Packet cannot be written. Nothing is written then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncodeError {
    /// A text does not fit its two length bytes.
    #[error("{field} is {length} bytes; at most 65535 are allowed")]
    TooLong {
        /// The field's name.
        field: &'static str,
        /// Its length in bytes.
        length: usize,
    },
    /// A text holds U+0000 [MQTT-1.5.4-2].
    #[error("{field} holds U+0000 at byte {offset}")]
    NullCharacter {
        /// The field's name.
        field: &'static str,
        /// Where, in bytes from the text's beginning.
        offset: usize,
    },
    /// The packet is larger than MQTT can say (section 2.1.4).
    #[error("packet has {length} bytes after its fixed header; at most 268435455 are allowed")]
    PacketTooLarge {
        /// What its Remaining Length would be.
        length: u64,
    },
    /// A property in a version that has none.
    #[error("property {property} does not exist in MQTT {version}")]
    PropertyNotInVersion {
        /// The property.
        property: PropertyId,
        /// The version to be written.
        version: ProtocolVersion,
    },
    /// A property has a value it cannot have.
    #[error("property {property} has a value that is not allowed")]
    PropertyValue {
        /// The property.
        property: PropertyId,
    },
    /// Something else that the version does not have.
    #[error("{what} does not exist in MQTT {version}")]
    NotInVersion {
        /// What.
        what: &'static str,
        /// The version to be written.
        version: ProtocolVersion,
    },
    /// A CONNECT that names another version than the one to be written.
    #[error("connect asks for MQTT {asked}; MQTT {version} is to be written")]
    VersionMismatch {
        /// The version in the CONNECT.
        asked: ProtocolVersion,
        /// The version to be written.
        version: ProtocolVersion,
    },
    /// A code that this packet cannot have, in this version.
    #[error("{packet} cannot carry the code 0x{code:02x}")]
    ReasonCodeNotAllowed {
        /// The packet.
        packet: ControlPacketType,
        /// The code.
        code: u8,
    },
    /// A QoS 1 or 2 PUBLISH without a Packet Identifier.
    #[error("packet identifier is missing; QoS 1 and 2 need one")]
    PacketIdMissing,
    /// A QoS 0 PUBLISH with a Packet Identifier [MQTT-2.2.1-2].
    #[error("packet identifier is present; QoS 0 has none")]
    PacketIdAtQos0,
    /// A QoS 0 PUBLISH with DUP [MQTT-3.3.1-2].
    #[error("DUP is set although the QoS is 0")]
    DupAtQos0,
    /// A PUBLISH without Topic Name for which no Topic Alias stands.
    #[error("topic name is empty and there is no topic alias")]
    TopicNameMissing,
    /// A Topic Filter that the version does not allow.
    #[error("{0}")]
    TopicFilter(TopicFilterError),
    /// SUBSCRIBE or UNSUBSCRIBE without a Topic Filter.
    #[error("there is no topic filter; at least 1 is needed")]
    NoTopicFilter,
    /// SUBACK or UNSUBACK without a Reason Code.
    #[error("there is no reason code; at least 1 is needed")]
    NoReasonCode,
    /// No Local on a Shared Subscription [MQTT-3.8.3-4].
    #[error("no local is set on a shared subscription")]
    NoLocalOnSharedSubscription,
    /// A Password without a User Name, before 5.0 (3.1.1 [MQTT-3.1.2-22]).
    #[error("there is a password but no user name")]
    PasswordWithoutUserName,
    /// An empty Client Identifier where the version does not allow it.
    #[error("client identifier is empty although the session is to be kept")]
    ClientIdMissing,
    /// Session Present in a refusal [MQTT-3.2.2-6].
    #[error("session present is set although the connection is refused")]
    SessionPresentWithRefusal,
    /// Authentication Data without an Authentication Method.
    #[error("there is authentication data but no authentication method")]
    AuthenticationDataWithoutMethod,
    /// An AUTH that says something, without an Authentication Method.
    #[error("authentication method is missing")]
    AuthenticationMethodMissing,
}

impl EncodeError {
    pub(crate) const fn reason(packet: ControlPacketType, code: ReasonCode) -> Self {
        let code = code.as_u8();
        Self::ReasonCodeNotAllowed { packet, code }
    }
}
