//! Bytes to MQTT Control Packets and back, for MQTT 3.1, 3.1.1 and 5.0.
//!
//! There is one packet model for all versions; [`ProtocolVersion`] is an argument. What a version
//! does not have is an error when written, never dropped. Packets borrow from the bytes they were
//! read from: whoever must keep one keeps its bytes.
//!
//! Readers and writers of single fields are inlined into every packet that has such a field, but
//! not in the page: there it made the download 5 KB larger, and what the browser does with a
//! message takes far longer than reading it.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod decode;
mod decode_error;
mod direction;
mod dissect;
mod encode;
mod encode_error;
mod field;
mod field_name;
mod packet;
mod packet_id;
mod packet_ids;
mod packet_type;
mod properties;
mod qos;
mod reader;
mod reason_code;
mod sink;
mod splitter;
mod topic_alias;
mod topic_filter;
mod topic_match;
mod topic_name;
mod utf8_field;
mod version;

pub use decode::decode;
pub(crate) use decode::read_fixed_header;
pub use decode_error::{DecodeError, DecodeErrorKind};
pub use direction::{DirectionError, Peer};
pub use dissect::{Dissection, Field, FieldKind, MAXIMUM_FIELDS, dissect};
pub use encode::{encode, encoded_len};
pub use encode_error::EncodeError;
pub use field::FieldValue;
pub use field_name::FieldName;
pub use packet::{
    Acknowledgement, Auth, Connack, ConnackCode, ConnackProperties, Connect, ConnectProperties,
    ConnectReturnCode, ControlPacket, Disconnect, Publish, PublishProperties, RetainHandling,
    Suback, Subscribe, Subscription, SubscriptionOptions, Unsuback, Unsubscribe, Will,
    WillProperties,
};
pub use packet_id::PacketId;
pub(crate) use packet_ids::{PacketIdSet, PacketIds};
pub use packet_type::ControlPacketType;
pub use properties::{
    PayloadFormat, PropertyId, SubscriptionIdentifier, SubscriptionIdentifiers, UserProperties,
    UserPropertyError,
};
pub use qos::Qos;
pub use reason_code::ReasonCode;
pub use splitter::PacketSplitter;
pub(crate) use topic_alias::{AliasUse, IncomingAliases, OutgoingAliases};
pub use topic_filter::{TopicFilter, TopicFilterError};
pub use topic_match::{
    LevelExplanation, LevelVerdict, MatchExplanation, MatchVerdict, explain, matches,
};
pub use topic_name::{TopicName, TopicNameError};
pub use utf8_field::MAXIMUM_TEXT_LENGTH;
pub use version::ProtocolVersion;
