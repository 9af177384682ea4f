//! CONNECT (section 3.1).

use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::decode_error::{DecodeErrorKind, Fault};
use crate::codec::field::{FieldValue, Observer};
use crate::codec::properties::{not_allowed, read_properties};
use crate::codec::reader::Reader;
use crate::codec::sink::{Properties, Sink, Written, put_properties};
use crate::codec::{
    EncodeError, FieldName, PayloadFormat, PropertyId, ProtocolVersion, Qos, TopicName,
    UserProperties,
};

/// A Client's request for a connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version asked for, from Protocol Name and Protocol Level.
    pub protocol_version: ProtocolVersion,
    /// Clean Start: begin a new session. Before 5.0 this is Clean Session, which also ends the
    /// session with the connection.
    pub clean_start: bool,
    /// Seconds without a packet from the Client after which the Server may close the connection
    /// (at one and a half times this value); 0 turns it off.
    pub keep_alive: u16,
    /// The Client Identifier; empty asks the Server to choose one.
    pub client_id: &'a str,
    /// The message to publish if the Client goes without a DISCONNECT.
    pub will: Option<Will<'a>>,
    /// The User Name.
    pub username: Option<&'a str>,
    /// The Password. Before 5.0 only with a User Name [MQTT-3.1.2-22].
    pub password: Option<&'a [u8]>,
    /// Properties (5.0).
    pub properties: ConnectProperties<'a>,
}

/// The properties of CONNECT (section 3.1.2.11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConnectProperties<'a> {
    /// Seconds the session outlives the connection; absent is 0, 0xFFFFFFFF is for ever.
    pub session_expiry_interval: Option<u32>,
    /// How many QoS 1 and 2 messages the Client takes at once; absent is 65,535.
    pub receive_maximum: Option<NonZeroU16>,
    /// The largest packet, in bytes, that the Client accepts; absent is no limit.
    pub maximum_packet_size: Option<NonZeroU32>,
    /// The highest Topic Alias the Client accepts; absent is 0, none.
    pub topic_alias_maximum: Option<u16>,
    /// Whether the Server may send Response Information; absent is no.
    pub request_response_information: Option<bool>,
    /// Whether the Server may send Reason Strings and User Properties with failures; absent is yes.
    pub request_problem_information: Option<bool>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
    /// The method of enhanced authentication.
    pub authentication_method: Option<&'a str>,
    /// Data of that method; only with a method.
    pub authentication_data: Option<&'a [u8]>,
}

/// A Will Message: what the Server publishes when the Client is gone without a DISCONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Will<'a> {
    /// Where it is published.
    pub topic: TopicName<'a>,
    /// Its payload, at most 65,535 bytes.
    pub payload: &'a [u8],
    /// The QoS it is published with.
    pub qos: Qos,
    /// Whether it is published as a retained message.
    pub retain: bool,
    /// Properties (5.0).
    pub properties: WillProperties<'a>,
}

/// The properties of a Will Message (section 3.1.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WillProperties<'a> {
    /// Seconds the Server waits before it publishes the Will Message; absent is 0.
    pub will_delay_interval: Option<u32>,
    /// What the payload is.
    pub payload_format_indicator: Option<PayloadFormat>,
    /// Seconds the message lives once it is published; absent is for ever.
    pub message_expiry_interval: Option<u32>,
    /// What the content is, in words the applications agree on (often a MIME type).
    pub content_type: Option<&'a str>,
    /// Where a response should go.
    pub response_topic: Option<TopicName<'a>>,
    /// What ties the response to the request.
    pub correlation_data: Option<&'a [u8]>,
    /// User Properties.
    pub user_properties: UserProperties<'a>,
}

const WILL_FLAG: u8 = 0x04;
const WILL_QOS: u8 = 0x18;
const WILL_RETAIN: u8 = 0x20;
const CLEAN_START: u8 = 0x02;
const PASSWORD_FLAG: u8 = 0x40;
const USER_NAME_FLAG: u8 = 0x80;

impl<'a> Connect<'a> {
    pub(crate) fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        let version = read_version(reader)?;
        let is_v5 = version == ProtocolVersion::V5_0;
        let flags_offset = reader.offset();
        let flags = reader.byte(FieldName::ConnectFlags)?;
        report_flags(flags, is_v5, reader.observer);
        let will_qos = check_flags(flags, version).map_err(|kind| kind.at(flags_offset))?;
        let clean_start = flags & CLEAN_START != 0;
        let keep_alive = reader.two_bytes(FieldName::KeepAlive)?;
        let properties = match is_v5 {
            true => ConnectProperties::decode(reader)?,
            false => ConnectProperties::default(),
        };
        let start = reader.offset();
        let client_id = reader.text(FieldName::ClientIdentifier)?;
        if client_id.is_empty() && !may_be_empty(version, clean_start) {
            return Err(DecodeErrorKind::ClientIdMissing.at(start));
        }
        let will = match flags & WILL_FLAG {
            0 => None,
            _ => Some(Will::decode(
                reader,
                will_qos,
                flags & WILL_RETAIN != 0,
                is_v5,
            )?),
        };
        // In 3.1 the end of the packet goes before these two flags.
        let may_end = version == ProtocolVersion::V3_1;
        let mut username = None;
        if flags & USER_NAME_FLAG != 0 && !(may_end && reader.is_empty()) {
            username = Some(reader.text(FieldName::UserName)?);
        }
        let mut password = None;
        if flags & PASSWORD_FLAG != 0 && !(may_end && reader.is_empty()) {
            password = Some(reader.binary(FieldName::Password)?);
        }
        Ok(Self {
            protocol_version: version,
            clean_start,
            keep_alive,
            client_id,
            will,
            username,
            password,
            properties,
        })
    }

    pub(crate) fn put(&self, sink: &mut (impl Sink + ?Sized), version: ProtocolVersion) -> Written {
        if self.protocol_version != version {
            let asked = self.protocol_version;
            return Err(EncodeError::VersionMismatch { asked, version });
        }
        let has_password_alone = self.password.is_some() && self.username.is_none();
        if version != ProtocolVersion::V5_0 && has_password_alone {
            return Err(EncodeError::PasswordWithoutUserName);
        }
        if self.client_id.is_empty() && !may_be_empty(version, self.clean_start) {
            return Err(EncodeError::ClientIdMissing);
        }
        sink.binary("Protocol Name", version.protocol_name().as_bytes())?;
        sink.byte(version.level())?;
        sink.byte(self.flags())?;
        sink.two_bytes(self.keep_alive)?;
        put_properties(sink, version, &self.properties)?;
        sink.text("Client Identifier", self.client_id)?;
        if let Some(will) = &self.will {
            put_properties(sink, version, &will.properties)?;
            sink.binary("Will Topic", will.topic.as_str().as_bytes())?;
            sink.binary("Will Payload", will.payload)?;
        }
        if let Some(username) = self.username {
            sink.text("User Name", username)?;
        }
        if let Some(password) = self.password {
            sink.binary("Password", password)?;
        }
        Ok(())
    }

    fn flags(&self) -> u8 {
        let flag = |is_set, bit| if is_set { bit } else { 0 };
        let will = self.will.as_ref().map_or(0, |will| {
            WILL_FLAG | will.qos.as_u8() << 3 | flag(will.retain, WILL_RETAIN)
        });
        will | flag(self.clean_start, CLEAN_START)
            | flag(self.username.is_some(), USER_NAME_FLAG)
            | flag(self.password.is_some(), PASSWORD_FLAG)
    }
}

/// Whether the Client Identifier may be empty. 3.1 asks for a character; 3.1.1 allows none only
/// where no session is kept (3.1.1 [MQTT-3.1.3-7]).
const fn may_be_empty(version: ProtocolVersion, clean_start: bool) -> bool {
    match version {
        ProtocolVersion::V3_1 => false,
        ProtocolVersion::V3_1_1 => clean_start,
        ProtocolVersion::V5_0 => true,
    }
}

fn read_version<'a, O: Observer<'a>>(
    reader: &mut Reader<'a, '_, O>,
) -> Result<ProtocolVersion, Fault> {
    let start = reader.offset();
    let name = reader.text(FieldName::ProtocolName)?;
    if !matches!(name, "MQTT" | "MQIsdp") {
        return Err(DecodeErrorKind::UnknownProtocolName.at(start));
    }
    let start = reader.offset();
    let level = reader.byte(FieldName::ProtocolVersion)?;
    let version = ProtocolVersion::ALL
        .into_iter()
        .find(|version| version.protocol_name() == name && version.level() == level);
    let Some(version) = version else {
        return Err(DecodeErrorKind::UnsupportedProtocolLevel { level }.at(start));
    };
    reader.observer.reading(FieldValue::Version(version));
    Ok(version)
}

/// Checks the Connect Flags and returns the Will QoS.
fn check_flags(flags: u8, version: ProtocolVersion) -> Result<Qos, DecodeErrorKind> {
    if flags & 0x01 != 0 {
        return Err(DecodeErrorKind::ConnectReservedFlag);
    }
    if flags & WILL_FLAG == 0 && flags & (WILL_QOS | WILL_RETAIN) != 0 {
        return Err(DecodeErrorKind::WillFlagsWithoutWill);
    }
    let has_password_alone = flags & (USER_NAME_FLAG | PASSWORD_FLAG) == PASSWORD_FLAG;
    if version != ProtocolVersion::V5_0 && has_password_alone {
        return Err(DecodeErrorKind::PasswordWithoutUserName);
    }
    Qos::from_u8((flags & WILL_QOS) >> 3).ok_or(DecodeErrorKind::ReservedWillQos)
}

fn report_flags<'a>(flags: u8, is_v5: bool, observer: &mut impl Observer<'a>) {
    use FieldName as Name;
    let flag = |mask| FieldValue::Flag(flags & mask != 0);
    let clean = match is_v5 {
        true => Name::CleanStart,
        false => Name::CleanSession,
    };
    let will_qos = match Qos::from_u8((flags & WILL_QOS) >> 3) {
        Some(qos) => FieldValue::Qos(qos),
        None => FieldValue::Number(3),
    };
    for (mask, name, value) in [
        (USER_NAME_FLAG, Name::UserNameFlag, flag(USER_NAME_FLAG)),
        (PASSWORD_FLAG, Name::PasswordFlag, flag(PASSWORD_FLAG)),
        (WILL_RETAIN, Name::WillRetain, flag(WILL_RETAIN)),
        (WILL_QOS, Name::WillQos, will_qos),
        (WILL_FLAG, Name::WillFlag, flag(WILL_FLAG)),
        (CLEAN_START, clean, flag(CLEAN_START)),
        (0x01, Name::ConnectReserved, flag(0x01)),
    ] {
        observer.bits(mask, name, value);
    }
}

impl<'a> Will<'a> {
    fn decode<O: Observer<'a>>(
        reader: &mut Reader<'a, '_, O>,
        qos: Qos,
        retain: bool,
        is_v5: bool,
    ) -> Result<Self, Fault> {
        const WILL: FieldName = FieldName::WillMessage;
        let start = reader.offset();
        reader.observer.open(start, WILL);
        let properties = match is_v5 {
            true => WillProperties::decode(reader)?,
            false => WillProperties::default(),
        };
        let topic = reader.topic_name(FieldName::WillTopic)?;
        let payload = reader.binary(FieldName::WillPayload)?;
        let end = reader.offset();
        reader.observer.close(end);
        Ok(Self {
            topic,
            payload,
            qos,
            retain,
            properties,
        })
    }
}

impl<'a> ConnectProperties<'a> {
    fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        use PropertyId as Id;
        let mut all = Self::default();
        let start = reader.offset();
        all.user_properties = read_properties(reader, None, |property, reader| {
            match property {
                Id::SessionExpiryInterval => {
                    all.session_expiry_interval = reader.number_property(property)?;
                }
                Id::ReceiveMaximum => all.receive_maximum = reader.count_property(property)?,
                Id::MaximumPacketSize => {
                    all.maximum_packet_size = reader.size_property(property)?;
                }
                Id::TopicAliasMaximum => {
                    all.topic_alias_maximum = reader.short_property(property)?;
                }
                Id::RequestResponseInformation => {
                    all.request_response_information = reader.flag_property(property)?;
                }
                Id::RequestProblemInformation => {
                    all.request_problem_information = reader.flag_property(property)?;
                }
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
        if all.authentication_data.is_some() && all.authentication_method.is_none() {
            return Err(DecodeErrorKind::AuthenticationDataWithoutMethod.at(start));
        }
        Ok(all)
    }
}

impl Properties for ConnectProperties<'_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        use PropertyId as Id;
        if self.authentication_data.is_some() && self.authentication_method.is_none() {
            return Err(EncodeError::AuthenticationDataWithoutMethod);
        }
        sink.number_property(Id::SessionExpiryInterval, self.session_expiry_interval)?;
        sink.short_property(
            Id::ReceiveMaximum,
            self.receive_maximum.map(NonZeroU16::get),
        )?;
        sink.number_property(
            Id::MaximumPacketSize,
            self.maximum_packet_size.map(NonZeroU32::get),
        )?;
        sink.short_property(Id::TopicAliasMaximum, self.topic_alias_maximum)?;
        sink.flag_property(
            Id::RequestResponseInformation,
            self.request_response_information,
        )?;
        sink.flag_property(
            Id::RequestProblemInformation,
            self.request_problem_information,
        )?;
        sink.run(Id::UserProperty, &self.user_properties.0)?;
        sink.text_property(Id::AuthenticationMethod, self.authentication_method)?;
        sink.binary_property(Id::AuthenticationData, self.authentication_data)
    }
}

impl<'a> WillProperties<'a> {
    fn decode<O: Observer<'a>>(reader: &mut Reader<'a, '_, O>) -> Result<Self, Fault> {
        use PropertyId as Id;
        let mut all = Self::default();
        all.user_properties = read_properties(reader, None, |property, reader| {
            match property {
                Id::WillDelayInterval => {
                    all.will_delay_interval = reader.number_property(property)?;
                }
                Id::PayloadFormatIndicator => {
                    all.payload_format_indicator = reader.payload_format()?;
                }
                Id::MessageExpiryInterval => {
                    all.message_expiry_interval = reader.number_property(property)?;
                }
                Id::ContentType => all.content_type = reader.text_property(property)?,
                Id::ResponseTopic => all.response_topic = reader.response_topic()?,
                Id::CorrelationData => all.correlation_data = reader.binary_property(property)?,
                _ => return not_allowed(property, reader),
            }
            Ok(())
        })?;
        Ok(all)
    }
}

impl Properties for WillProperties<'_> {
    fn put(&self, sink: &mut (impl Sink + ?Sized)) -> Written {
        use PropertyId as Id;
        let format = self.payload_format_indicator.map(PayloadFormat::as_u8);
        sink.number_property(Id::WillDelayInterval, self.will_delay_interval)?;
        sink.byte_property(Id::PayloadFormatIndicator, format)?;
        sink.number_property(Id::MessageExpiryInterval, self.message_expiry_interval)?;
        sink.text_property(Id::ContentType, self.content_type)?;
        let response_topic = self.response_topic.map(TopicName::as_str);
        sink.text_property(Id::ResponseTopic, response_topic)?;
        sink.binary_property(Id::CorrelationData, self.correlation_data)?;
        sink.run(Id::UserProperty, &self.user_properties.0)
    }
}
