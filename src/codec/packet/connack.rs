//! CONNACK (section 3.2).

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::{Qos, ReasonCode, UserProperties};

/// The Server's answer to CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connack<'a> {
    /// Whether the Server had kept a session for this Client. Always `false` in 3.1 and with a
    /// refusal.
    pub session_present: bool,
    /// Accepted, or why not.
    pub code: ConnackCode,
    /// Properties (5.0).
    pub properties: ConnackProperties<'a>,
}

/// The result in a CONNACK, which has another table before 5.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnackCode {
    /// A Connect Return code of 3.1 or 3.1.1.
    V3(ConnectReturnCode),
    /// A Reason Code of 5.0.
    V5(ReasonCode),
}

impl ConnackCode {
    /// Whether the connection is accepted.
    pub const fn is_accepted(self) -> bool {
        self.as_u8() == 0
    }

    /// The byte on the wire.
    pub const fn as_u8(self) -> u8 {
        match self {
            Self::V3(code) => code.as_u8(),
            Self::V5(code) => code.as_u8(),
        }
    }

    /// The standard's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V3(code) => code.name(),
            Self::V5(code) => code.name(),
        }
    }
}

impl fmt::Display for ConnackCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (0x{:02x})", self.name(), self.as_u8())
    }
}

/// The Connect Return codes of 3.1 and 3.1.1 (3.1.1 table 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ConnectReturnCode {
    /// The connection is accepted.
    Accepted = 0,
    /// The Server does not speak the version asked for.
    UnacceptableProtocolVersion = 1,
    /// The Client Identifier is not allowed.
    IdentifierRejected = 2,
    /// The MQTT service is not available.
    ServerUnavailable = 3,
    /// User Name or Password are not accepted.
    BadUserNameOrPassword = 4,
    /// The Client may not connect.
    NotAuthorized = 5,
}

impl ConnectReturnCode {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Accepted,
        Self::UnacceptableProtocolVersion,
        Self::IdentifierRejected,
        Self::ServerUnavailable,
        Self::BadUserNameOrPassword,
        Self::NotAuthorized,
    ];

    /// The code with this number; `None` above 5, which are reserved.
    pub const fn from_u8(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::Accepted,
            1 => Self::UnacceptableProtocolVersion,
            2 => Self::IdentifierRejected,
            3 => Self::ServerUnavailable,
            4 => Self::BadUserNameOrPassword,
            5 => Self::NotAuthorized,
            _ => return None,
        })
    }

    /// The byte on the wire.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// The name of the code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Accepted => "Connection accepted",
            Self::UnacceptableProtocolVersion => "Unacceptable protocol version",
            Self::IdentifierRejected => "Identifier rejected",
            Self::ServerUnavailable => "Server unavailable",
            Self::BadUserNameOrPassword => "Bad user name or password",
            Self::NotAuthorized => "Not authorized",
        }
    }
}

/// The properties of CONNACK (section 3.2.2.3).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnackProperties<'a> {
    /// The Session Expiry Interval in seconds that the Server uses instead of the Client's.
    pub session_expiry_interval: Option<u32>,
    /// How many QoS 1 and 2 messages the Server takes at once; absent is 65,535.
    pub receive_maximum: Option<NonZeroU16>,
    /// The highest QoS the Server supports, 0 or 1; absent is 2.
    pub maximum_qos: Option<Qos>,
    /// Whether the Server keeps retained messages; absent is yes.
    pub retain_available: Option<bool>,
    /// The largest packet, in bytes, that the Server accepts; absent is no limit.
    pub maximum_packet_size: Option<NonZeroU32>,
    /// The Client Identifier the Server chose for a Client that gave none.
    pub assigned_client_identifier: Option<&'a str>,
    /// The highest Topic Alias the Server accepts; absent is 0, none.
    pub topic_alias_maximum: Option<u16>,
    /// Words for a human.
    pub reason_string: Option<&'a str>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// Whether wildcards may be subscribed to; absent is yes.
    pub wildcard_subscription_available: Option<bool>,
    /// Whether Subscription Identifiers may be used; absent is yes.
    pub subscription_identifiers_available: Option<bool>,
    /// Whether Shared Subscriptions may be used; absent is yes.
    pub shared_subscription_available: Option<bool>,
    /// The Keep Alive in seconds that the Client must use instead of its own.
    pub server_keep_alive: Option<u16>,
    /// The base of a Response Topic.
    pub response_information: Option<&'a str>,
    /// Another Server to use.
    pub server_reference: Option<&'a str>,
    /// The method of enhanced authentication.
    pub authentication_method: Option<&'a str>,
    /// Data of that method.
    pub authentication_data: Option<&'a [u8]>,
}
