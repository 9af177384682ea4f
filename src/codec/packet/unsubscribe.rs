//! UNSUBSCRIBE (section 3.10).

use crate::codec::{PacketId, TopicFilter, UserProperties};

/// A Client's request to end subscriptions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsubscribe<'a> {
    /// Ties it to its UNSUBACK.
    pub packet_id: PacketId,
    /// User Properties (5.0).
    pub user_properties: UserProperties<'a>,
    /// At least one [MQTT-3.10.3-2].
    pub filters: Vec<TopicFilter<'a>>,
}
