//! The versions of the protocol.

use core::fmt;

/// A version of MQTT.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProtocolVersion {
    /// MQTT 3.1: Protocol Name `MQIsdp`, Protocol Level 3.
    V3_1,
    /// MQTT 3.1.1: Protocol Name `MQTT`, Protocol Level 4.
    #[default]
    V3_1_1,
    /// MQTT 5.0: Protocol Name `MQTT`, Protocol Version 5.
    V5_0,
}

impl ProtocolVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::V3_1, Self::V3_1_1, Self::V5_0];

    /// The version as people write it: `3.1`, `3.1.1` or `5.0`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3_1 => "3.1",
            Self::V3_1_1 => "3.1.1",
            Self::V5_0 => "5.0",
        }
    }

    /// The Protocol Name that CONNECT carries [MQTT-3.1.2-1].
    pub const fn protocol_name(self) -> &'static str {
        match self {
            Self::V3_1 => "MQIsdp",
            Self::V3_1_1 | Self::V5_0 => "MQTT",
        }
    }

    /// The Protocol Level (Protocol Version in 5.0) byte that CONNECT carries.
    pub const fn level(self) -> u8 {
        match self {
            Self::V3_1 => 3,
            Self::V3_1_1 => 4,
            Self::V5_0 => 5,
        }
    }

    /// The WebSocket sub-protocol to ask for [MQTT-6.0.0-3].
    pub const fn websocket_subprotocol(self) -> &'static str {
        match self {
            Self::V3_1 => "mqttv3.1",
            Self::V3_1_1 | Self::V5_0 => "mqtt",
        }
    }

    /// Whether packets of this version carry properties and Reason Codes.
    pub const fn has_properties(self) -> bool {
        matches!(self, Self::V5_0)
    }
}

impl fmt::Display for ProtocolVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
