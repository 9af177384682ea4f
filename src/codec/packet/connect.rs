//! CONNECT (section 3.1).

use core::num::{NonZeroU16, NonZeroU32};

use crate::codec::{PayloadFormat, ProtocolVersion, Qos, TopicName, UserProperties};

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
