//! PUBACK, PUBREC, PUBREL and PUBCOMP (sections 3.4 to 3.7): one shape.

use crate::codec::{PacketId, ReasonCode, UserProperties};

/// The body of PUBACK, PUBREC, PUBREL and PUBCOMP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledgement<'a> {
    /// The Packet Identifier of the PUBLISH this belongs to.
    pub packet_id: PacketId,
    /// The result; always [`ReasonCode::Success`] before 5.0.
    pub reason_code: ReasonCode,
    /// Words for a human (5.0).
    pub reason_string: Option<&'a str>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
}

impl Acknowledgement<'_> {
    /// A plain success, valid in every version.
    pub const fn success(packet_id: PacketId) -> Self {
        Self::with_reason(packet_id, ReasonCode::Success)
    }

    /// An acknowledgement with this Reason Code and no properties.
    pub const fn with_reason(packet_id: PacketId, reason_code: ReasonCode) -> Self {
        Self {
            packet_id,
            reason_code,
            reason_string: None,
            user_properties: UserProperties::EMPTY,
        }
    }
}
