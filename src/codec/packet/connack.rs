//! CONNACK (section 3.2).

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::{FieldValue, Observer};
use crate::codec::properties::{illegal, not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    ControlPacketType, EncodeError, FieldName, PropertyId, ProtocolVersion, Qos, ReasonCode,
    UserProperties,
};

/// The Server's answer to CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connack<'a> {
    /// Whether the Server had kept a session for this Client. Always `false` with a refusal; 3.1
    /// does not define it.
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

impl<'a> Connack<'a> {
    pub(crate) fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        let start = reader.offset();
        let flags = reader.byte(FieldName::ConnackFlags)?;
        let session_present = flags & 0x01 != 0;
        let reserved = FieldValue::Number(u32::from(flags >> 1));
        let present = FieldValue::Flag(session_present);
        let observer = &mut *reader.observer;
        observer.bits(0xfe, FieldName::ConnackReserved, reserved);
        observer.bits(0x01, FieldName::SessionPresent, present);
        if flags & 0xfe != 0 {
            return Err(DecodeErrorKind::ConnackReservedFlags { flags }.at(start));
        }
        let code = ConnackCode::decode(reader, version)?;
        if session_present && !code.is_accepted() {
            return Err(DecodeErrorKind::SessionPresentWithRefusal.at(start));
        }
        let properties = match version {
            ProtocolVersion::V5_0 => ConnackProperties::decode(reader)?,
            _ => ConnackProperties::default(),
        };
        Ok(Self {
            session_present,
            code,
            properties,
        })
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        let is_v5 = version == ProtocolVersion::V5_0;
        let is_allowed = match self.code {
            ConnackCode::V3(_) => !is_v5,
            ConnackCode::V5(code) => is_v5 && code.is_allowed_in(ControlPacketType::Connack),
        };
        if !is_allowed {
            return Err(EncodeError::ReasonCodeNotAllowed {
                packet: ControlPacketType::Connack,
                code: self.code.as_u8(),
            });
        }
        if self.session_present && !self.code.is_accepted() {
            return Err(EncodeError::SessionPresentWithRefusal);
        }
        sink.byte(u8::from(self.session_present))?;
        sink.byte(self.code.as_u8())?;
        put_properties(sink, version, &self.properties)
    }
}

impl ConnackCode {
    fn decode<'a, O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        version: ProtocolVersion,
    ) -> Result<Self, Fault> {
        if version == ProtocolVersion::V5_0 {
            let name = FieldName::ConnectReasonCode;
            let code = reader.reason_code(name, ControlPacketType::Connack)?;
            return Ok(Self::V5(code));
        }
        let start = reader.offset();
        let code = reader.byte(FieldName::ConnectReturnCode)?;
        let Some(code) = ConnectReturnCode::from_u8(code) else {
            return Err(DecodeErrorKind::ReservedReturnCode { code }.at(start));
        };
        reader.observer.reading(FieldValue::ReturnCode(code));
        Ok(Self::V3(code))
    }
}

impl<'a> ConnackProperties<'a> {
    fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        use PropertyId as Id;
        let mut all = Self::default();
        all.user_properties = read_properties(reader, None, |property, reader| {
            match property {
                Id::SessionExpiryInterval => {
                    all.session_expiry_interval = reader.number_property(property)?;
                }
                Id::ReceiveMaximum => all.receive_maximum = reader.count_property(property)?,
                Id::MaximumQos => {
                    let start = reader.offset();
                    let value = reader.byte(property.field_name())?;
                    all.maximum_qos = match Qos::from_u8(value) {
                        Some(qos) if qos != Qos::ExactlyOnce => Some(qos),
                        _ => return Err(illegal(property, u32::from(value), start)),
                    };
                }
                Id::RetainAvailable => all.retain_available = reader.flag_property(property)?,
                Id::MaximumPacketSize => {
                    all.maximum_packet_size = reader.size_property(property)?;
                }
                Id::AssignedClientIdentifier => {
                    all.assigned_client_identifier = reader.text_property(property)?;
                }
                Id::TopicAliasMaximum => {
                    all.topic_alias_maximum = reader.short_property(property)?;
                }
                Id::ReasonString => all.reason_string = reader.text_property(property)?,
                Id::WildcardSubscriptionAvailable => {
                    all.wildcard_subscription_available = reader.flag_property(property)?;
                }
                Id::SubscriptionIdentifierAvailable => {
                    all.subscription_identifiers_available = reader.flag_property(property)?;
                }
                Id::SharedSubscriptionAvailable => {
                    all.shared_subscription_available = reader.flag_property(property)?;
                }
                Id::ServerKeepAlive => all.server_keep_alive = reader.short_property(property)?,
                Id::ResponseInformation => {
                    all.response_information = reader.text_property(property)?;
                }
                Id::ServerReference => all.server_reference = reader.text_property(property)?,
                Id::AuthenticationMethod => {
                    all.authentication_method = reader.text_property(property)?;
                }
                Id::AuthenticationData => {
                    all.authentication_data = reader.binary_property(property)?;
                }
                _ => return not_allowed(property, reader),
            }
            Ok(())
        })?;
        Ok(all)
    }
}

impl Properties for ConnackProperties<'_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        use PropertyId as Id;
        if self.maximum_qos == Some(Qos::ExactlyOnce) {
            let property = Id::MaximumQos;
            return Err(EncodeError::PropertyValue { property });
        }
        sink.number_property(Id::SessionExpiryInterval, self.session_expiry_interval)?;
        sink.short_property(
            Id::ReceiveMaximum,
            self.receive_maximum.map(NonZeroU16::get),
        )?;
        sink.byte_property(Id::MaximumQos, self.maximum_qos.map(Qos::as_u8))?;
        sink.flag_property(Id::RetainAvailable, self.retain_available)?;
        sink.number_property(
            Id::MaximumPacketSize,
            self.maximum_packet_size.map(NonZeroU32::get),
        )?;
        sink.text_property(
            Id::AssignedClientIdentifier,
            self.assigned_client_identifier,
        )?;
        sink.short_property(Id::TopicAliasMaximum, self.topic_alias_maximum)?;
        sink.text_property(Id::ReasonString, self.reason_string)?;
        sink.run(Id::UserProperty, &self.user_properties.0)?;
        sink.flag_property(
            Id::WildcardSubscriptionAvailable,
            self.wildcard_subscription_available,
        )?;
        sink.flag_property(
            Id::SubscriptionIdentifierAvailable,
            self.subscription_identifiers_available,
        )?;
        sink.flag_property(
            Id::SharedSubscriptionAvailable,
            self.shared_subscription_available,
        )?;
        sink.short_property(Id::ServerKeepAlive, self.server_keep_alive)?;
        sink.text_property(Id::ResponseInformation, self.response_information)?;
        sink.text_property(Id::ServerReference, self.server_reference)?;
        sink.text_property(Id::AuthenticationMethod, self.authentication_method)?;
        sink.binary_property(Id::AuthenticationData, self.authentication_data)
    }
}
