//! What the broker allows, and how much.

use core::num::NonZeroU16;
use core::time::Duration;
use std::collections::BTreeSet;

use crate::codec::{Qos, TopicFilter, TopicFilterError};

/// How the broker behaves and where its limits are. All of it can be changed while the broker runs
/// ([`Broker::set_options`](super::Broker::set_options)); what a Client was told in its CONNACK stays
/// true for that connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerOptions {
    /// The highest QoS of a PUBLISH that is accepted, and of a subscription that is granted
    /// (section 3.2.2.3.4).
    pub maximum_qos: Qos,
    /// Whether retained messages are kept (section 3.2.2.3.5).
    pub retain_available: bool,
    /// Whether Topic Filters may hold wildcards (section 3.2.2.3.11).
    pub wildcard_subscription_available: bool,
    /// Whether there are Shared Subscriptions (section 3.2.2.3.13).
    pub shared_subscription_available: bool,
    /// Whether subscriptions may have a Subscription Identifier (section 3.2.2.3.12).
    pub subscription_identifiers_available: bool,
    /// Whether `$share/group/filter` is a Shared Subscription before 5.0 too, as most brokers have
    /// it; the standard of those versions knows nothing of it.
    pub shared_subscription_before_v5: bool,
    /// Who may connect by User Name and Password. Where it is empty, every User Name is accepted.
    pub users: Vec<User>,
    /// Whether a Client without User Name may connect although there are `users`.
    pub allow_anonymous: bool,
    /// Who may publish and subscribe where. The first rule that fits decides; where none fits, it is
    /// allowed.
    pub acl: Vec<AclRule>,
    /// How many messages wait for one session, besides those in flight.
    pub maximum_queued_messages: usize,
    /// How many bytes of topics and payloads wait for one session, besides those in flight.
    pub maximum_queued_bytes: usize,
    /// What goes when more would wait.
    pub drop_when_full: DropWhenFull,
    /// Whether messages of QoS 0 wait for a session that has no connection.
    pub queue_qos_0_for_absent: bool,
    /// What a session gets when several of its subscriptions match one message (section 3.3.4).
    pub overlapping: Overlapping,
    /// How many messages of QoS 1 and 2 one Client may have on their way to the broker
    /// (section 3.2.2.3.3). Before 5.0, the Client cannot be told and the limit is not held.
    pub receive_maximum: NonZeroU16,
    /// How many messages of QoS 1 and 2 the broker has on their way to one Client, if that allows
    /// as many (section 3.1.2.11.3). Before 5.0 a Client cannot say what it allows.
    pub maximum_inflight: NonZeroU16,
    /// The highest Topic Alias a Client may use; 0 is none (section 3.2.2.3.8).
    pub topic_alias_maximum: u16,
    /// How many Topic Aliases the broker gives out to one Client, if that allows as many.
    pub outgoing_topic_aliases: u16,
    /// The largest packet that is accepted, in bytes; at least 16 (section 3.2.2.3.6).
    pub maximum_packet_size: u32,
    /// The Keep Alive in seconds that every Client has to use instead of its own, 0 for none
    /// (section 3.2.2.3.14). Before 5.0 it is applied, but the Client cannot be told.
    pub server_keep_alive: Option<u16>,
    /// The longest Session Expiry Interval in seconds; `u32::MAX` is for ever (section 3.2.2.3.2).
    pub maximum_session_expiry: u32,
    /// How long a session of 3.1 or 3.1.1 is kept that was not begun as a clean one, in seconds;
    /// `u32::MAX` is for ever, which is what the standard says.
    pub session_expiry_before_v5: u32,
    /// How many characters a Client Identifier may have in 3.1.1 and 5.0.
    pub client_id_maximum: usize,
    /// How many characters a Client Identifier may have in 3.1, whose standard says 23.
    pub client_id_maximum_v3_1: usize,
    /// What Clients that ask for it are told to begin their Response Topics with
    /// (section 3.2.2.3.15); nothing where it is empty.
    pub response_information: String,
    /// Whether a Client is told in words why something failed, where it allows that.
    pub reason_strings: bool,
    /// How long a Client has for its CONNECT, from the moment its Network Connection is open.
    pub connect_timeout: Duration,
    /// How many Clients may be connected. As many as [`Self::SPARE_CONNECTIONS`] more Network
    /// Connections may be open, so that whoever is too much is told so in a CONNACK.
    pub maximum_connections: usize,
    /// How many sessions there may be, with and without connection.
    pub maximum_sessions: usize,
    /// How many subscriptions one session may have.
    pub maximum_subscriptions: usize,
    /// How many bytes the subscriptions of one session may take in the index, each counted as if no
    /// other filter had its levels: one of 65,535 levels takes six million.
    pub maximum_subscription_bytes: usize,
    /// How many bytes the subscriptions of all sessions together may take in the index.
    pub maximum_subscription_bytes_in_all: usize,
    /// How many retained messages there may be.
    pub maximum_retained_messages: usize,
    /// How many bytes of topics and payloads all retained messages may have together.
    pub maximum_retained_bytes: usize,
    /// How often the `$SYS` topics are published; zero for never.
    pub system_interval: Duration,
    /// Whether [`Event`](super::Event)s are made.
    pub events: bool,
}

impl Default for BrokerOptions {
    fn default() -> Self {
        Self {
            maximum_qos: Qos::ExactlyOnce,
            retain_available: true,
            wildcard_subscription_available: true,
            shared_subscription_available: true,
            subscription_identifiers_available: true,
            shared_subscription_before_v5: true,
            users: Vec::new(),
            allow_anonymous: false,
            acl: Vec::new(),
            maximum_queued_messages: 1_000,
            maximum_queued_bytes: 16 * 1024 * 1024,
            drop_when_full: DropWhenFull::Newest,
            queue_qos_0_for_absent: false,
            overlapping: Overlapping::OneCopy,
            receive_maximum: NonZeroU16::MAX,
            maximum_inflight: NonZeroU16::MAX,
            topic_alias_maximum: 10,
            outgoing_topic_aliases: 10,
            maximum_packet_size: 16 * 1024 * 1024,
            server_keep_alive: None,
            maximum_session_expiry: u32::MAX,
            session_expiry_before_v5: u32::MAX,
            client_id_maximum: 65_535,
            client_id_maximum_v3_1: 65_535,
            response_information: String::new(),
            reason_strings: true,
            connect_timeout: Duration::from_secs(10),
            maximum_connections: 100_000,
            maximum_sessions: 100_000,
            maximum_subscriptions: 100_000,
            maximum_subscription_bytes: 64 * 1024 * 1024,
            maximum_subscription_bytes_in_all: 256 * 1024 * 1024,
            maximum_retained_messages: 1_000_000,
            maximum_retained_bytes: 256 * 1024 * 1024,
            system_interval: Duration::ZERO,
            events: true,
        }
    }
}

impl BrokerOptions {
    /// The smallest [`maximum_packet_size`](Self::maximum_packet_size) there can be, in bytes.
    pub const SMALLEST_PACKET_SIZE: u32 = 16;

    /// How many bytes the Topic Names may take in memory that one Client has given to its Topic Aliases: sixteen of
    /// the longest, or thousands of usual ones.
    pub const MAXIMUM_ALIAS_BYTES: usize = 1024 * 1024;

    /// How many Network Connections there may be beyond
    /// [`maximum_connections`](Self::maximum_connections) until they have sent their CONNECT. One
    /// more than that is closed at once.
    pub const SPARE_CONNECTIONS: usize = 64;

    /// Whether these options can be had.
    ///
    /// # Errors
    ///
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), OptionsError> {
        let mut names = BTreeSet::new();
        for (index, user) in self.users.iter().enumerate() {
            if !names.insert(&user.name) {
                return Err(OptionsError::UserTwice { index });
            }
        }
        for (index, rule) in self.acl.iter().enumerate() {
            TopicFilter::parse(&rule.filter)
                .map_err(|error| OptionsError::AclFilter { index, error })?;
        }
        if self.maximum_packet_size < Self::SMALLEST_PACKET_SIZE {
            return Err(OptionsError::PacketSizeTooSmall {
                size: self.maximum_packet_size,
            });
        }
        Ok(())
    }
}

/// One who may connect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The User Name.
    pub name: String,
    /// The Password.
    pub password: String,
}

/// One rule about who may publish or subscribe where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AclRule {
    /// Whether what fits is allowed or denied.
    pub effect: AclEffect,
    /// What is allowed or denied.
    pub action: AclAction,
    /// Where: a publication fits when its Topic Name matches this Topic Filter, a subscription when
    /// every Topic Name it can match does.
    pub filter: String,
    /// Who: the User Name; `None` for everybody.
    pub user: Option<String>,
}

/// What a rule does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclEffect {
    /// What fits is allowed.
    Allow,
    /// What fits is denied.
    Deny,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AclAction {
    /// Publishing.
    Publish,
    /// Subscribing, and being sent what was published there.
    Subscribe,
    /// Subscribing to this very filter, wildcards and all; what it would match can still be had by
    /// other filters.
    SubscribeExactly,
    /// Both.
    Both,
}

/// Which message goes when a queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DropWhenFull {
    /// That which has waited longest.
    Oldest,
    /// The one that has just come.
    Newest,
}

/// What a session gets when several of its subscriptions match one message (section 3.3.4). Shared
/// Subscriptions always give a copy each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Overlapping {
    /// One copy, with the highest of the granted QoS and with every Subscription Identifier.
    OneCopy,
    /// A copy for each subscription, with its own QoS and Subscription Identifier.
    CopyPerSubscription,
}

/// Why options cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// Two users have one name.
    #[error("user number {index} has the name of one before it")]
    UserTwice {
        /// The second of them, from 0.
        index: usize,
    },
    /// An ACL rule's Topic Filter is none.
    #[error("acl rule number {index}: {error}")]
    AclFilter {
        /// The rule, from 0.
        index: usize,
        /// What is wrong with its filter.
        error: TopicFilterError,
    },
    /// No packet would fit.
    #[error("maximum packet size is {size} bytes; it must be at least 16")]
    PacketSizeTooSmall {
        /// The value in bytes.
        size: u32,
    },
}
