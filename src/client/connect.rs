//! Beginning a connection: checking what was asked for, opening the transport, CONNECT.

use core::num::NonZeroU32;

use super::error::{ConnectError, ConnectField};
use super::event::SessionEnd;
use super::machine::Machine;
use super::negotiated::maximum_packet_size;
use super::options::{ConnectOptions, LARGEST_PACKET, Limits, WillMessage};
use super::session::Identity;
use super::state::State;
use super::timer::Timer;
use crate::codec::{
    Connect, ConnectProperties, ControlPacket, MAXIMUM_TEXT_LENGTH, ProtocolVersion, TopicName,
    Will, WillProperties, encode,
};
use crate::time::Instant;

impl Machine {
    pub(super) fn connect(
        &mut self,
        options: ConnectOptions,
        now: Instant,
    ) -> Result<(), ConnectError> {
        if !matches!(
            self.state,
            State::Disconnected { .. } | State::ReconnectDelay { .. }
        ) {
            return Err(ConnectError::AlreadyActive);
        }
        check(&options)?;
        let client_id = self.client_id(&options);
        let connect = encode_connect(&options, &client_id, &self.limits)?;
        self.options = options;
        self.attempt = 0;
        self.short_connections = 0;
        self.open(client_id, connect, now);
        Ok(())
    }

    /// The delay is over.
    pub(super) fn reconnect(&mut self, now: Instant) {
        let State::ReconnectDelay { last, .. } = &self.state else {
            return;
        };
        let last = Some(last.clone());
        let client_id = self.client_id(&self.options);
        match encode_connect(&self.options, &client_id, &self.limits) {
            Ok(connect) => self.open(client_id, connect, now),
            // The same options could be written before; only an assigned Client Identifier can be
            // new, and it came in a packet.
            Err(_) => self.state = State::Disconnected { last },
        }
    }

    fn client_id(&self, options: &ConnectOptions) -> String {
        let assigned = self
            .assigned_client_id
            .as_ref()
            .filter(|_| options.client_id.is_empty() && options.protocol_version.has_properties());
        assigned.unwrap_or(&options.client_id).clone()
    }

    fn open(&mut self, client_id: String, connect: Vec<u8>, now: Instant) {
        self.connecting_as = Identity {
            client_id,
            protocol_version: self.options.protocol_version,
        };
        let other = self.session.identity.as_ref() != Some(&self.connecting_as);
        if self.session.has_expired(now) {
            self.end_session(SessionEnd::Expired);
        } else if self.options.clean_start {
            self.end_session(SessionEnd::CleanStart);
        } else if other {
            self.end_session(SessionEnd::OtherIdentity);
        }
        self.begin_opening(connect, now);
    }

    /// Asks for a transport; `connect` goes out on it, unless it is empty.
    pub(super) fn begin_opening(&mut self, connect: Vec<u8>, now: Instant) {
        self.outbox.end_connection();
        self.congested = false;
        self.state = State::Opening {
            since: now,
            connect,
        };
        self.outbox
            .timers
            .set(Timer::Connect, now + self.options.connect_timeout);
        self.outbox.open_transport();
    }

    pub(super) fn forget_session(&mut self) {
        if self.state.phase().is_some() {
            return;
        }
        self.assigned_client_id = None;
        self.end_session(SessionEnd::Forgotten);
        self.subscriptions.clear();
        self.outbox.timers.stop(Timer::SessionExpiry);
    }
}

/// Checks what the codec would not name as precisely, field by field in the order of CONNECT.
fn check(options: &ConnectOptions) -> Result<(), ConnectError> {
    use ConnectField as Field;
    let version = options.protocol_version;
    check_text(Field::ClientId, &options.client_id)?;
    if options.client_id.is_empty() {
        match version {
            ProtocolVersion::V3_1 => return Err(ConnectError::EmptyClientId),
            ProtocolVersion::V3_1_1 if !options.clean_start => {
                return Err(ConnectError::EmptyClientIdWithoutCleanSession);
            }
            ProtocolVersion::V3_1_1 | ProtocolVersion::V5_0 => {}
        }
    }
    if let Some(will) = &options.will {
        check_will(will, version)?;
    }
    if let Some(username) = &options.username {
        check_text(Field::Username, username)?;
    }
    if let Some(password) = &options.password {
        check_length(Field::Password, password.len())?;
        if options.username.is_none() && !version.has_properties() {
            return Err(ConnectError::PasswordWithoutUsername);
        }
    }
    if let Some(method) = &options.authentication_method {
        check_text(Field::AuthenticationMethod, method)?;
    }
    if let Some(data) = &options.authentication_data {
        check_length(Field::AuthenticationData, data.len())?;
    }
    if !version.has_properties() {
        let only_in_5 = [
            (
                options.session_expiry_interval.is_some(),
                Field::SessionExpiryInterval,
            ),
            (options.receive_maximum.is_some(), Field::ReceiveMaximum),
            (
                options.maximum_packet_size.is_some(),
                Field::MaximumPacketSize,
            ),
            (
                options.topic_alias_maximum.is_some(),
                Field::TopicAliasMaximum,
            ),
            (
                options.request_response_information.is_some(),
                Field::RequestResponseInformation,
            ),
            (
                options.request_problem_information.is_some(),
                Field::RequestProblemInformation,
            ),
            (!options.user_properties.is_empty(), Field::UserProperties),
            (
                options.authentication_method.is_some(),
                Field::AuthenticationMethod,
            ),
            (
                options.authentication_data.is_some(),
                Field::AuthenticationData,
            ),
        ];
        if let Some(&(_, field)) = only_in_5.iter().find(|(present, _)| *present) {
            return Err(ConnectError::NeedsVersion5 { field });
        }
    }
    if options.authentication_data.is_some() && options.authentication_method.is_none() {
        return Err(ConnectError::AuthenticationDataWithoutMethod);
    }
    Ok(())
}

fn check_will(will: &WillMessage, version: ProtocolVersion) -> Result<(), ConnectError> {
    use ConnectField as Field;
    TopicName::parse(&will.topic).map_err(ConnectError::WillTopic)?;
    check_length(Field::WillPayload, will.payload.len())?;
    if let Some(content_type) = &will.content_type {
        check_text(Field::WillContentType, content_type)?;
    }
    if let Some(topic) = &will.response_topic {
        TopicName::parse(topic).map_err(ConnectError::WillResponseTopic)?;
    }
    if let Some(data) = &will.correlation_data {
        check_length(Field::WillCorrelationData, data.len())?;
    }
    let has_properties = will.will_delay_interval.is_some()
        || will.payload_format_indicator.is_some()
        || will.message_expiry_interval.is_some()
        || will.content_type.is_some()
        || will.response_topic.is_some()
        || will.correlation_data.is_some()
        || !will.user_properties.is_empty();
    if has_properties && !version.has_properties() {
        return Err(ConnectError::NeedsVersion5 {
            field: Field::WillProperties,
        });
    }
    Ok(())
}

fn check_text(field: ConnectField, text: &str) -> Result<(), ConnectError> {
    check_length(field, text.len())?;
    match text.bytes().position(|byte| byte == 0) {
        Some(offset) => Err(ConnectError::NullCharacter { field, offset }),
        None => Ok(()),
    }
}

const fn check_length(field: ConnectField, length: usize) -> Result<(), ConnectError> {
    if length > MAXIMUM_TEXT_LENGTH {
        return Err(ConnectError::TooLong {
            field,
            length,
            maximum: MAXIMUM_TEXT_LENGTH,
        });
    }
    Ok(())
}

fn encode_connect(
    options: &ConnectOptions,
    client_id: &str,
    limits: &Limits,
) -> Result<Vec<u8>, ConnectError> {
    let connect = Connect {
        protocol_version: options.protocol_version,
        clean_start: options.clean_start,
        keep_alive: options.keep_alive,
        client_id,
        will: options.will.as_ref().map(will).transpose()?,
        username: options.username.as_deref(),
        password: options.password.as_deref(),
        properties: ConnectProperties {
            session_expiry_interval: options.session_expiry_interval,
            receive_maximum: options.receive_maximum,
            maximum_packet_size: announced_packet_size(options, limits),
            topic_alias_maximum: options.topic_alias_maximum,
            request_response_information: options.request_response_information,
            request_problem_information: options.request_problem_information,
            user_properties: options.user_properties.clone(),
            authentication_method: options.authentication_method.as_deref(),
            authentication_data: options.authentication_data.as_deref(),
        },
    };
    let mut packet = Vec::new();
    let connect = ControlPacket::Connect(Box::new(connect));
    encode(&connect, options.protocol_version, &mut packet).map_err(ConnectError::Encode)?;
    Ok(packet)
}

/// What the Server is told: the application's limit, or the Client's own where that is lower.
fn announced_packet_size(options: &ConnectOptions, limits: &Limits) -> Option<NonZeroU32> {
    if options.maximum_packet_size.is_some()
        || (options.protocol_version.has_properties()
            && limits.maximum_packet_size < LARGEST_PACKET)
    {
        NonZeroU32::new(maximum_packet_size(options, limits))
    } else {
        None
    }
}

fn will(message: &WillMessage) -> Result<Will<'_>, ConnectError> {
    let response_topic = message.response_topic.as_deref().map(TopicName::parse);
    Ok(Will {
        topic: TopicName::parse(&message.topic).map_err(ConnectError::WillTopic)?,
        payload: &message.payload,
        qos: message.qos,
        retain: message.retain,
        properties: WillProperties {
            will_delay_interval: message.will_delay_interval,
            payload_format_indicator: message.payload_format_indicator,
            message_expiry_interval: message.message_expiry_interval,
            content_type: message.content_type.as_deref(),
            response_topic: response_topic
                .transpose()
                .map_err(ConnectError::WillResponseTopic)?,
            correlation_data: message.correlation_data.as_deref(),
            user_properties: message.user_properties.clone(),
        },
    })
}
