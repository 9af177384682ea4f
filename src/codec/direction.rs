//! Which end of a Network Connection may send what.

use super::packet::ControlPacket;
use super::{ControlPacketType, ProtocolVersion, ReasonCode};

/// One end of a Network Connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Peer {
    /// The Client.
    Client,
    /// The Server.
    Server,
}

/// A packet that is well formed, but not for its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DirectionError {
    /// This end does not send packets of this type.
    #[error("{packet} is not sent by this end in MQTT {version}")]
    PacketType {
        /// The type.
        packet: ControlPacketType,
        /// The version in use.
        version: ProtocolVersion,
    },
    /// This end does not send this Reason Code in this packet.
    #[error("{packet} with reason code {reason_code} is not sent by this end")]
    ReasonCode {
        /// The packet.
        packet: ControlPacketType,
        /// Its code.
        reason_code: ReasonCode,
    },
    /// A Server's DISCONNECT holds a Session Expiry Interval.
    #[error("disconnect of a server holds a session expiry interval")]
    SessionExpiryInterval,
    /// A Client's PUBLISH holds a Subscription Identifier.
    #[error("publish of a client holds a subscription identifier")]
    SubscriptionIdentifier,
}

impl DirectionError {
    /// The Reason Code of 5.0 to answer with: always Protocol Error.
    pub const fn reason_code(&self) -> ReasonCode {
        ReasonCode::ProtocolError
    }

    /// The statement or section of MQTT 5.0 that is broken.
    pub const fn clause(&self) -> &'static str {
        match self {
            Self::PacketType { .. } => "2.1.2",
            Self::ReasonCode {
                packet: ControlPacketType::Auth,
                ..
            } => "MQTT-3.15.2-1",
            Self::ReasonCode { .. } => "MQTT-3.14.2-1",
            Self::SessionExpiryInterval => "MQTT-3.14.2-2",
            Self::SubscriptionIdentifier => "MQTT-3.3.4-6",
        }
    }
}

impl ControlPacket<'_> {
    /// Checks that `sender` may send this packet.
    ///
    /// # Errors
    ///
    /// What in it only the other end sends.
    #[inline]
    pub fn check_sender(
        &self,
        sender: Peer,
        version: ProtocolVersion,
    ) -> Result<(), DirectionError> {
        let packet = self.packet_type();
        let may_send = match sender {
            Peer::Client => packet.sent_by_client(),
            // Before 5.0 only the Client says that it goes.
            Peer::Server if packet == ControlPacketType::Disconnect => version.has_properties(),
            Peer::Server => packet.sent_by_server(),
        };
        if !may_send || (packet == ControlPacketType::Auth && !version.has_properties()) {
            return Err(DirectionError::PacketType { packet, version });
        }
        let reason_code = match self {
            Self::Publish(publish)
                if sender == Peer::Client
                    && !publish.properties.subscription_identifiers.is_empty() =>
            {
                return Err(DirectionError::SubscriptionIdentifier);
            }
            Self::Disconnect(disconnect) => {
                if sender == Peer::Server && disconnect.session_expiry_interval.is_some() {
                    return Err(DirectionError::SessionExpiryInterval);
                }
                disconnect.reason_code
            }
            Self::Auth(auth) => auth.reason_code,
            _ => return Ok(()),
        };
        match reason_code.is_sent_by(sender, packet) {
            true => Ok(()),
            false => Err(DirectionError::ReasonCode {
                packet,
                reason_code,
            }),
        }
    }
}

impl ReasonCode {
    /// Whether `sender` may use this code in DISCONNECT (table 3-10) or AUTH (table 3-11). Says
    /// nothing about other packets, where the packet's type alone decides.
    fn is_sent_by(self, sender: Peer, packet: ControlPacketType) -> bool {
        match (packet, sender) {
            (ControlPacketType::Disconnect, Peer::Client) => matches!(
                self,
                Self::Success
                    | Self::DisconnectWithWillMessage
                    | Self::UnspecifiedError
                    | Self::MalformedPacket
                    | Self::ProtocolError
                    | Self::ImplementationSpecificError
                    | Self::BadAuthenticationMethod
                    | Self::TopicNameInvalid
                    | Self::ReceiveMaximumExceeded
                    | Self::TopicAliasInvalid
                    | Self::PacketTooLarge
                    | Self::MessageRateTooHigh
                    | Self::QuotaExceeded
                    | Self::AdministrativeAction
                    | Self::PayloadFormatInvalid
            ),
            (ControlPacketType::Disconnect, Peer::Server) => {
                self != Self::DisconnectWithWillMessage
            }
            (ControlPacketType::Auth, Peer::Client) => self != Self::Success,
            (ControlPacketType::Auth, Peer::Server) => self != Self::ReAuthenticate,
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::decode;

    const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
    const V5: ProtocolVersion = ProtocolVersion::V5_0;

    fn error(raw: &[u8], sender: Peer, version: ProtocolVersion) -> Option<DirectionError> {
        decode(raw, version)
            .unwrap()
            .check_sender(sender, version)
            .err()
    }

    #[test]
    fn each_end_has_its_own_packets() {
        let connect = b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c\0\0";
        assert_eq!(error(connect, Peer::Client, V3), None);
        let packet = ControlPacketType::Connect;
        let version = V3;
        assert_eq!(
            error(connect, Peer::Server, V3),
            Some(DirectionError::PacketType { packet, version })
        );
        assert_eq!(error(b"\xe0\0", Peer::Client, V3), None);
        assert!(error(b"\xe0\0", Peer::Server, V3).is_some());
        assert_eq!(error(b"\xe0\0", Peer::Server, V5), None);
    }

    #[test]
    fn mqtt_3_14_2_1_disconnect_codes_have_their_sender() {
        assert_eq!(error(b"\xe0\x01\x04", Peer::Client, V5), None);
        assert!(error(b"\xe0\x01\x04", Peer::Server, V5).is_some());
        assert!(error(b"\xe0\x01\x8b", Peer::Client, V5).is_some());
        assert_eq!(error(b"\xe0\x01\x8b", Peer::Server, V5), None);
    }

    #[test]
    fn mqtt_3_15_2_1_auth_codes_have_their_sender() {
        assert!(error(b"\xf0\0", Peer::Client, V5).is_some());
        assert_eq!(error(b"\xf0\0", Peer::Server, V5), None);
        assert_eq!(
            error(b"\xf0\x06\x19\x04\x15\0\x01x", Peer::Client, V5),
            None
        );
        assert!(error(b"\xf0\x06\x19\x04\x15\0\x01x", Peer::Server, V5).is_some());
    }

    #[test]
    fn mqtt_3_14_2_2_and_3_3_4_6_properties_of_one_end() {
        let disconnect = b"\xe0\x07\0\x05\x11\0\0\0\0";
        assert_eq!(error(disconnect, Peer::Client, V5), None);
        assert_eq!(
            error(disconnect, Peer::Server, V5),
            Some(DirectionError::SessionExpiryInterval)
        );
        let publish = b"\x30\x06\0\x01t\x02\x0b\x01";
        assert_eq!(error(publish, Peer::Server, V5), None);
        assert_eq!(
            error(publish, Peer::Client, V5),
            Some(DirectionError::SubscriptionIdentifier)
        );
    }
}
