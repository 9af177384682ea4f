//! SUBACK (section 3.9) and UNSUBACK (section 3.11).

use crate::codec::{PacketId, ReasonCode, UserProperties};

/// The Server's answer to SUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suback<'a> {
    /// That of the SUBSCRIBE.
    pub packet_id: PacketId,
    /// Words for a human (5.0).
    pub reason_string: Option<&'a str>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// One for each Topic Filter, in the order of the SUBSCRIBE. Before 5.0 only granted QoS 0
    /// ([`ReasonCode::Success`]), 1 and 2, and the failure 0x80 ([`ReasonCode::UnspecifiedError`]).
    pub reason_codes: Vec<ReasonCode>,
}

/// The Server's answer to UNSUBSCRIBE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsuback<'a> {
    /// That of the UNSUBSCRIBE.
    pub packet_id: PacketId,
    /// Words for a human (5.0).
    pub reason_string: Option<&'a str>,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// One for each Topic Filter, in the order of the UNSUBSCRIBE; empty before 5.0, which has
    /// none.
    pub reason_codes: Vec<ReasonCode>,
}
