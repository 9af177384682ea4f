//! What the application asks for.

use core::fmt;
use core::num::{NonZeroU16, NonZeroU32};
use core::time::Duration;

use crate::codec::{
    PayloadFormat, ProtocolVersion, PublishProperties, Qos, ReasonCode, SubscriptionIdentifier,
    SubscriptionOptions, UserProperties,
};

/// Everything CONNECT says, and how this Client goes about connecting.
///
/// Fields marked 5.0 are refused with an earlier version, never dropped.
///
/// Its `Debug` says of the Password, and of the data of enhanced authentication, how long they are
/// and no more.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectOptions {
    /// The version to speak.
    pub protocol_version: ProtocolVersion,
    /// The Client Identifier, at most 65,535 bytes. Empty asks the Server for one: not in 3.1, in
    /// 3.1.1 only with Clean Session; in 5.0 the one assigned is used from then on.
    pub client_id: String,
    /// Clean Start (5.0), Clean Session (before). It holds for every attempt, so an automatic
    /// reconnect begins a new session too.
    pub clean_start: bool,
    /// Seconds; 0 turns keep alive off. PINGREQ goes out when nothing was *sent* for this long;
    /// what comes in does not count [MQTT-3.1.2-20]. While the application keeps sending, no ping
    /// is needed, and a dead transport shows by its congestion instead.
    pub keep_alive: u16,
    /// The User Name.
    pub username: Option<String>,
    /// The Password; before 5.0 only with a User Name.
    pub password: Option<Vec<u8>>,
    /// The Will Message.
    pub will: Option<WillMessage>,
    /// 5.0: seconds the session outlives the connection; absent is 0, 0xFFFFFFFF is for ever.
    pub session_expiry_interval: Option<u32>,
    /// 5.0: how many QoS 1 and 2 messages the Server may leave unacknowledged; absent is 65,535.
    pub receive_maximum: Option<NonZeroU16>,
    /// 5.0: the largest packet, in bytes, that the Server may send; absent is no limit but
    /// [`Limits::maximum_packet_size`].
    pub maximum_packet_size: Option<NonZeroU32>,
    /// 5.0: the highest Topic Alias the Server may use; absent is 0, none.
    pub topic_alias_maximum: Option<u16>,
    /// 5.0: whether to ask for Response Information.
    pub request_response_information: Option<bool>,
    /// 5.0: whether to ask for Reason Strings and User Properties; absent is yes.
    pub request_problem_information: Option<bool>,
    /// 5.0: User Properties of CONNECT.
    pub user_properties: UserProperties<'static>,
    /// 5.0: the method of enhanced authentication.
    pub authentication_method: Option<String>,
    /// 5.0: the first data of that method.
    pub authentication_data: Option<Vec<u8>>,
    /// The time for opening the transport *and* receiving CONNACK. Default 10 s. It stands still while the
    /// application has a challenge to answer, and begins anew with the answer.
    pub connect_timeout: Duration,
    /// Whether and how to connect again by itself. Default: not.
    pub reconnect: Option<Reconnect>,
    /// Whether to subscribe again to what was subscribed when the Server has no session any more.
    pub resubscribe: bool,
    /// 5.0: whether to use Topic Aliases, as far as the Server allows.
    pub topic_aliases: bool,
    /// 5.0: whether to go on with a session the Server has kept although this Client has no state
    /// of it, as a page that was reloaded. The standard wants the connection closed then
    /// [MQTT-3.2.2-4], because what was in flight is forgotten: a QoS 2 message may be delivered
    /// twice. Before 5.0 that is left to the Client, and this one always goes on. Default: not.
    pub adopt_session: bool,
}

impl ConnectOptions {
    /// Options for a first connection: Clean Start, keep alive 60 s, nothing else.
    pub fn new(protocol_version: ProtocolVersion, client_id: impl Into<String>) -> Self {
        Self {
            protocol_version,
            client_id: client_id.into(),
            clean_start: true,
            keep_alive: 60,
            username: None,
            password: None,
            will: None,
            session_expiry_interval: None,
            receive_maximum: None,
            maximum_packet_size: None,
            topic_alias_maximum: None,
            request_response_information: None,
            request_problem_information: None,
            user_properties: UserProperties::EMPTY,
            authentication_method: None,
            authentication_data: None,
            connect_timeout: Duration::from_secs(10),
            reconnect: None,
            resubscribe: false,
            topic_aliases: false,
            adopt_session: false,
        }
    }
}

impl fmt::Debug for ConnectOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Taken apart, so that a field that is added is not forgotten here.
        let Self {
            protocol_version,
            client_id,
            clean_start,
            keep_alive,
            username,
            password,
            will,
            session_expiry_interval,
            receive_maximum,
            maximum_packet_size,
            topic_alias_maximum,
            request_response_information,
            request_problem_information,
            user_properties,
            authentication_method,
            authentication_data,
            connect_timeout,
            reconnect,
            resubscribe,
            topic_aliases,
            adopt_session,
        } = self;
        f.debug_struct("ConnectOptions")
            .field("protocol_version", protocol_version)
            .field("client_id", client_id)
            .field("clean_start", clean_start)
            .field("keep_alive", keep_alive)
            .field("username", username)
            .field("password", &password.as_deref().map(Secret))
            .field("will", will)
            .field("session_expiry_interval", session_expiry_interval)
            .field("receive_maximum", receive_maximum)
            .field("maximum_packet_size", maximum_packet_size)
            .field("topic_alias_maximum", topic_alias_maximum)
            .field("request_response_information", request_response_information)
            .field("request_problem_information", request_problem_information)
            .field("user_properties", user_properties)
            .field("authentication_method", authentication_method)
            .field(
                "authentication_data",
                &authentication_data.as_deref().map(Secret),
            )
            .field("connect_timeout", connect_timeout)
            .field("reconnect", reconnect)
            .field("resubscribe", resubscribe)
            .field("topic_aliases", topic_aliases)
            .field("adopt_session", adopt_session)
            .finish()
    }
}

/// Bytes that nobody is to read in a log.
struct Secret<'a>(&'a [u8]);

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} bytes]", self.0.len())
    }
}

/// A Will Message to register with CONNECT.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WillMessage {
    /// Where it is published.
    pub topic: String,
    /// Its payload, at most 65,535 bytes.
    pub payload: Vec<u8>,
    /// The QoS it is published with.
    pub qos: Qos,
    /// Whether it is published as a retained message.
    pub retain: bool,
    /// 5.0: seconds the Server waits before it publishes it.
    pub will_delay_interval: Option<u32>,
    /// 5.0: what the payload is.
    pub payload_format_indicator: Option<PayloadFormat>,
    /// 5.0: seconds it lives once published.
    pub message_expiry_interval: Option<u32>,
    /// 5.0: what the content is.
    pub content_type: Option<String>,
    /// 5.0: where a response should go.
    pub response_topic: Option<String>,
    /// 5.0: what ties the response to the request.
    pub correlation_data: Option<Vec<u8>>,
    /// 5.0: User Properties.
    pub user_properties: UserProperties<'static>,
}

impl WillMessage {
    /// A will at QoS 0, not retained, without properties.
    pub fn new(topic: impl Into<String>, payload: impl Into<Vec<u8>>) -> Self {
        Self {
            topic: topic.into(),
            payload: payload.into(),
            qos: Qos::AtMostOnce,
            retain: false,
            will_delay_interval: None,
            payload_format_indicator: None,
            message_expiry_interval: None,
            content_type: None,
            response_topic: None,
            correlation_data: None,
            user_properties: UserProperties::EMPTY,
        }
    }
}

/// How to connect again by itself: the first wait, doubled after each attempt that fails, up to a
/// cap. A connection that lasts ([`Limits::stable_after`]) starts over with the first wait.
///
/// There is no further attempt after a local disconnect, a breach of the protocol, a refusal that
/// names a lasting cause, or a take-over of the session ([`CloseReason::is_transient`]), nor when
/// [`Limits::short_connections`] in a row did not last.
///
/// [`CloseReason::is_transient`]: super::CloseReason::is_transient
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Reconnect {
    /// The wait before the first attempt.
    pub first_delay: Duration,
    /// No wait is longer than this.
    pub maximum_delay: Duration,
}

impl Reconnect {
    /// The wait before the given attempt, counted from 1.
    pub fn delay(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.first_delay
            .saturating_mul(1 << doublings)
            .min(self.maximum_delay)
    }
}

/// A message to publish. Everything is checked before a byte is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishRequest<'a> {
    /// Where to: what must be a Topic Name.
    pub topic: &'a str,
    /// Any bytes, also none.
    pub payload: &'a [u8],
    /// How it is delivered.
    pub qos: Qos,
    /// Whether the Server keeps it for future subscribers; with an empty payload, whether it
    /// forgets what it kept.
    pub retain: bool,
    /// 5.0: the message's properties. Topic Alias and Subscription Identifiers must be absent.
    pub properties: PublishProperties<'a>,
}

/// What to subscribe to, in one SUBSCRIBE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubscribeRequest<'a> {
    /// At least one Topic Filter with its options.
    pub subscriptions: &'a [(&'a str, SubscriptionOptions)],
    /// 5.0: a number the Server repeats with each message that matches.
    pub subscription_identifier: Option<SubscriptionIdentifier>,
    /// 5.0: User Properties.
    pub user_properties: UserProperties<'a>,
}

/// What to unsubscribe from, in one UNSUBSCRIBE.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnsubscribeRequest<'a> {
    /// At least one Topic Filter, written as it was subscribed.
    pub filters: &'a [&'a str],
    /// 5.0: User Properties.
    pub user_properties: UserProperties<'a>,
}

/// How to leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DisconnectOptions<'a> {
    /// 5.0: why. [`ReasonCode::DisconnectWithWillMessage`] has the will published.
    pub reason_code: ReasonCode,
    /// 5.0: seconds the Server keeps the session, instead of what CONNECT said; not after CONNECT
    /// said 0.
    pub session_expiry_interval: Option<u32>,
    /// 5.0: words for a human.
    pub reason_string: Option<&'a str>,
    /// 5.0: User Properties.
    pub user_properties: UserProperties<'a>,
}

/// The bounds of a Client, for its whole life. Every queue has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How long to wait for a sign of life after PINGREQ: PINGRESP, or any bytes, since it may be
    /// queued behind a large message. Longer, up to six times, while the transport is congested.
    /// Default 10 s.
    pub ping_timeout: Duration,
    /// How long to wait for the transport to close before giving it up. Default 3 s.
    pub close_timeout: Duration,
    /// The largest packet to read, in bytes. Default: what MQTT can carry, 268,435,460. A smaller
    /// value is announced to a 5.0 Server.
    pub maximum_packet_size: u32,
    /// How many publications may wait to be sent; the next is
    /// [`PublishError::TooManyWaiting`](super::PublishError::TooManyWaiting). Default 10,000.
    pub waiting_messages: usize,
    /// Bytes of all publications that wait or are in flight; beyond it
    /// [`PublishError::TooManyBytes`](super::PublishError::TooManyBytes). Default 64 MiB.
    pub kept_bytes: usize,
    /// Bytes of waiting publications handed to the transport at once. Then the Client pauses for a
    /// millisecond, so that the transport can say that it is congested again. Default 1 MiB.
    pub burst_bytes: usize,
    /// How many SUBSCRIBEs and UNSUBSCRIBEs may await their answer. Default 1,000.
    pub requests: usize,
    /// How many subscriptions to remember. Default 10,000.
    pub subscriptions: usize,
    /// How many Topic Aliases to use towards the Server, if it allows more. Default 64.
    pub outgoing_aliases: u16,
    /// Bytes that the names of the Server's Topic Aliases may take on one connection; beyond it the
    /// Client leaves with DISCONNECT 0x97, Quota exceeded. A Topic Alias Maximum of 65,535 would
    /// otherwise let a Server fill 4 GB. Default 8 MiB.
    pub incoming_alias_bytes: usize,
    /// How long a connection has to last to count as a stable one. Default 5 s.
    pub stable_after: Duration,
    /// After how many connections in a row that did not last to stop reconnecting. Default 3.
    pub short_connections: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ping_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(3),
            maximum_packet_size: LARGEST_PACKET,
            waiting_messages: 10_000,
            kept_bytes: 64 * 1024 * 1024,
            burst_bytes: 1024 * 1024,
            requests: 1_000,
            subscriptions: 10_000,
            outgoing_aliases: 64,
            incoming_alias_bytes: 8 * 1024 * 1024,
            stable_after: Duration::from_secs(5),
            short_connections: 3,
        }
    }
}

/// Fixed header and the largest Remaining Length: 1 + 4 + 268,435,455 bytes (section 2.1.4).
pub(super) const LARGEST_PACKET: u32 = 268_435_460;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_password() {
        let mut options = ConnectOptions::new(ProtocolVersion::V5_0, "c");
        assert!(format!("{options:?}").contains("password: None"));
        options.password = Some(b"geheim".to_vec());
        options.authentication_data = Some(b"token".to_vec());
        let as_numbers = |bytes: &[u8]| format!("{bytes:?}").replace(['[', ']'], "");
        for text in [format!("{options:?}"), format!("{options:#?}")] {
            let text = text.replace(['\n', ' '], "");
            assert!(text.contains("password:Some([6bytes]"), "{text}");
            for secret in [&b"geheim"[..], b"token"] {
                assert!(
                    !text.contains(&as_numbers(secret).replace(' ', "")),
                    "{text}"
                );
                assert!(
                    !text.contains(core::str::from_utf8(secret).unwrap()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn the_wait_doubles_up_to_its_cap() {
        let reconnect = Reconnect {
            first_delay: Duration::from_secs(1),
            maximum_delay: Duration::from_secs(30),
        };
        let delays: Vec<u64> = (1..=7).map(|n| reconnect.delay(n).as_secs()).collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(reconnect.delay(u32::MAX).as_secs(), 30);
        assert_eq!(reconnect.delay(0).as_secs(), 1);
    }
}
