//! What both sides have agreed on for one connection.

use super::options::{ConnectOptions, LARGEST_PACKET, Limits};
use crate::codec::{Connack, ProtocolVersion, Qos, UserProperties};

/// What CONNECT and CONNACK together say about a connection. Before 5.0 most of it is the
/// standard's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Negotiated {
    /// The version spoken.
    pub protocol_version: ProtocolVersion,
    /// The Client Identifier in use.
    pub client_id: String,
    /// Whether the Server chose it.
    pub client_id_assigned: bool,
    /// Whether the Server had kept the session, as CONNACK says; `false` in 3.1, whose CONNACK
    /// does not say.
    pub session_present: bool,
    /// Whether that session is one of which this Client has no state, as after a page was
    /// reloaded: the Server may hold subscriptions and messages that nobody here knows of.
    pub session_adopted: bool,
    /// Seconds; 0 is off. The Server's, where it gave one [MQTT-3.1.2-21].
    pub keep_alive: u16,
    /// Whether the Server gave the keep alive.
    pub keep_alive_from_server: bool,
    /// What the session outlives the connection by: seconds, 0 and for ever included. Before 5.0
    /// Clean Session is 0 and its absence for ever.
    pub session_expiry_interval: u32,
    /// What the Server allows this Client.
    pub server: ServerLimits,
    /// What this Client allows the Server.
    pub client: ClientLimits,
    /// CONNACK's words for a human.
    pub reason_string: Option<String>,
    /// CONNACK's User Properties.
    pub user_properties: UserProperties<'static>,
    /// The base of a Response Topic.
    pub response_information: Option<String>,
    /// Another Server to use.
    pub server_reference: Option<String>,
    /// The Authentication Method.
    pub authentication_method: Option<String>,
    /// Its last data.
    pub authentication_data: Option<Vec<u8>>,
}

/// What the Server allows (section 3.2.2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// How many QoS 1 and 2 messages may be unacknowledged.
    pub receive_maximum: u16,
    /// The highest QoS of a message.
    pub maximum_qos: Qos,
    /// Whether retained messages are kept.
    pub retain_available: bool,
    /// The largest packet in bytes; `None` where the Server set no limit.
    pub maximum_packet_size: Option<u32>,
    /// The highest Topic Alias; 0 is none.
    pub topic_alias_maximum: u16,
    /// Whether wildcards may be subscribed to.
    pub wildcard_subscription_available: bool,
    /// Whether Subscription Identifiers may be used.
    pub subscription_identifiers_available: bool,
    /// Whether Shared Subscriptions may be used.
    pub shared_subscription_available: bool,
}

impl ServerLimits {
    /// The largest packet to send, in bytes, with or without a limit of the Server.
    pub fn largest_packet(&self) -> usize {
        self.maximum_packet_size
            .unwrap_or(LARGEST_PACKET)
            .min(LARGEST_PACKET) as usize
    }
}

/// What this Client allows (section 3.1.2.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientLimits {
    /// How many QoS 1 and 2 messages may be unacknowledged.
    pub receive_maximum: u16,
    /// The largest packet in bytes.
    pub maximum_packet_size: u32,
    /// The highest Topic Alias; 0 is none.
    pub topic_alias_maximum: u16,
    /// Whether Reason Strings and User Properties may explain failures.
    pub problem_information: bool,
}

impl ClientLimits {
    pub(super) fn new(options: &ConnectOptions, limits: &Limits) -> Self {
        Self {
            receive_maximum: options.receive_maximum.map_or(u16::MAX, Into::into),
            maximum_packet_size: maximum_packet_size(options, limits),
            topic_alias_maximum: options.topic_alias_maximum.unwrap_or(0),
            problem_information: options.request_problem_information.unwrap_or(true),
        }
    }
}

/// The largest packet to take: the application's limit, or the Client's own if that is lower.
pub(super) fn maximum_packet_size(options: &ConnectOptions, limits: &Limits) -> u32 {
    options
        .maximum_packet_size
        .map_or(limits.maximum_packet_size, |maximum| {
            maximum.get().min(limits.maximum_packet_size)
        })
}

/// The Session Expiry Interval CONNECT asks for, in 5.0's terms.
pub(super) fn requested_session_expiry(options: &ConnectOptions) -> u32 {
    if options.protocol_version.has_properties() {
        options.session_expiry_interval.unwrap_or(0)
    } else if options.clean_start {
        0
    } else {
        u32::MAX
    }
}

impl Negotiated {
    /// Puts together what was asked for and what `connack` answers, to a Client that has state of
    /// a session or not.
    pub(super) fn new(
        options: &ConnectOptions,
        limits: &Limits,
        client_id: &str,
        has_session: bool,
        connack: &Connack<'_>,
    ) -> Self {
        let properties = &connack.properties;
        // Only a Client that left it to the Server takes another identifier than its own.
        let assigned = properties
            .assigned_client_identifier
            .filter(|_| client_id.is_empty());
        Self {
            protocol_version: options.protocol_version,
            client_id: assigned.unwrap_or(client_id).to_owned(),
            client_id_assigned: assigned.is_some(),
            session_present: connack.session_present,
            session_adopted: connack.session_present && !has_session,
            keep_alive: properties.server_keep_alive.unwrap_or(options.keep_alive),
            keep_alive_from_server: properties.server_keep_alive.is_some(),
            session_expiry_interval: properties
                .session_expiry_interval
                .unwrap_or_else(|| requested_session_expiry(options)),
            server: ServerLimits {
                receive_maximum: properties.receive_maximum.map_or(u16::MAX, Into::into),
                maximum_qos: properties.maximum_qos.unwrap_or(Qos::ExactlyOnce),
                retain_available: properties.retain_available.unwrap_or(true),
                maximum_packet_size: properties.maximum_packet_size.map(Into::into),
                topic_alias_maximum: properties.topic_alias_maximum.unwrap_or(0),
                wildcard_subscription_available: properties
                    .wildcard_subscription_available
                    .unwrap_or(true),
                subscription_identifiers_available: properties
                    .subscription_identifiers_available
                    .unwrap_or(true),
                shared_subscription_available: properties
                    .shared_subscription_available
                    .unwrap_or(true),
            },
            client: ClientLimits::new(options, limits),
            reason_string: properties.reason_string.map(str::to_owned),
            user_properties: properties.user_properties.clone().into_owned(),
            response_information: properties.response_information.map(str::to_owned),
            server_reference: properties.server_reference.map(str::to_owned),
            authentication_method: properties.authentication_method.map(str::to_owned),
            authentication_data: properties.authentication_data.map(<[u8]>::to_vec),
        }
    }
}
