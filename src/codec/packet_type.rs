//! The kinds of MQTT Control Packet.

use core::fmt;

/// The type of a Control Packet: the high four bits of its first byte (section 2.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum ControlPacketType {
    /// Connection request.
    Connect = 1,
    /// Answer to CONNECT.
    Connack = 2,
    /// An Application Message.
    Publish = 3,
    /// Answer to a QoS 1 PUBLISH.
    Puback = 4,
    /// First answer to a QoS 2 PUBLISH.
    Pubrec = 5,
    /// Answer to PUBREC.
    Pubrel = 6,
    /// Answer to PUBREL; ends the QoS 2 exchange.
    Pubcomp = 7,
    /// Subscription request.
    Subscribe = 8,
    /// Answer to SUBSCRIBE.
    Suback = 9,
    /// Request to end subscriptions.
    Unsubscribe = 10,
    /// Answer to UNSUBSCRIBE.
    Unsuback = 11,
    /// "Are you there?"
    Pingreq = 12,
    /// Answer to PINGREQ.
    Pingresp = 13,
    /// The last packet of a Network Connection.
    Disconnect = 14,
    /// Enhanced authentication (5.0 only).
    Auth = 15,
}

impl ControlPacketType {
    /// Every type, in the order of their numbers.
    pub const ALL: [Self; 15] = [
        Self::Connect,
        Self::Connack,
        Self::Publish,
        Self::Puback,
        Self::Pubrec,
        Self::Pubrel,
        Self::Pubcomp,
        Self::Subscribe,
        Self::Suback,
        Self::Unsubscribe,
        Self::Unsuback,
        Self::Pingreq,
        Self::Pingresp,
        Self::Disconnect,
        Self::Auth,
    ];

    /// The type with this number; `None` for 0, which is reserved, and above 15.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            1 => Self::Connect,
            2 => Self::Connack,
            3 => Self::Publish,
            4 => Self::Puback,
            5 => Self::Pubrec,
            6 => Self::Pubrel,
            7 => Self::Pubcomp,
            8 => Self::Subscribe,
            9 => Self::Suback,
            10 => Self::Unsubscribe,
            11 => Self::Unsuback,
            12 => Self::Pingreq,
            13 => Self::Pingresp,
            14 => Self::Disconnect,
            15 => Self::Auth,
            _ => return None,
        })
    }

    /// 1 to 15.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The name in the specification's capitals, such as `CONNECT`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connect => "CONNECT",
            Self::Connack => "CONNACK",
            Self::Publish => "PUBLISH",
            Self::Puback => "PUBACK",
            Self::Pubrec => "PUBREC",
            Self::Pubrel => "PUBREL",
            Self::Pubcomp => "PUBCOMP",
            Self::Subscribe => "SUBSCRIBE",
            Self::Suback => "SUBACK",
            Self::Unsubscribe => "UNSUBSCRIBE",
            Self::Unsuback => "UNSUBACK",
            Self::Pingreq => "PINGREQ",
            Self::Pingresp => "PINGRESP",
            Self::Disconnect => "DISCONNECT",
            Self::Auth => "AUTH",
        }
    }

    /// The low four bits of the first byte, for all types but PUBLISH (table 2-2).
    pub(crate) const fn fixed_flags(self) -> u8 {
        match self {
            Self::Pubrel | Self::Subscribe | Self::Unsubscribe => 0x02,
            _ => 0x00,
        }
    }

    /// Whether a Client may send this type. A Server that receives any other closes the Network
    /// Connection. (DISCONNECT by a Server and AUTH exist only in 5.0.)
    pub const fn sent_by_client(self) -> bool {
        !matches!(
            self,
            Self::Connack | Self::Suback | Self::Unsuback | Self::Pingresp
        )
    }

    /// Whether a Server may send this type, in 5.0. Before 5.0 a Server sends no DISCONNECT and
    /// nobody sends AUTH.
    pub const fn sent_by_server(self) -> bool {
        !matches!(
            self,
            Self::Connect | Self::Subscribe | Self::Unsubscribe | Self::Pingreq
        )
    }
}

impl fmt::Display for ControlPacketType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
