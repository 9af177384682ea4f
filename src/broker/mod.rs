//! The Server as a state machine without I/O, for MQTT 3.1, 3.1.1 and 5.0.
//!
//! It opens no socket and reads no clock: whoever drives it hands in what happened and when, and
//! does what it asks for. There is no randomness in it either, but a seed, so the same inputs give
//! the same outputs, byte for byte.
//!
//! **After every call that takes `&mut self`, drain [`Broker::poll_output`] until `None`, then arm
//! one timer for [`Broker::poll_timeout`].**
//!
//! ```
//! use mqtt_lab::broker::{Broker, BrokerOptions, ConnectionId, Input, Output};
//! use mqtt_lab::time::Instant;
//!
//! let now = Instant::ORIGIN;
//! let connection = ConnectionId::new(1);
//! let options = BrokerOptions { events: false, ..BrokerOptions::default() };
//! let mut broker = Broker::new(options, 7)?;
//! broker.handle_input(Input::Opened { connection }, now);
//! let bytes = b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me";
//! broker.handle_input(Input::Received { connection, bytes }, now);
//! let connack = vec![0x20, 2, 0, 0];
//! assert_eq!(broker.poll_output(), Some(Output::Transmit { connection, bytes: connack }));
//! assert_eq!(broker.poll_output(), None);
//! # Ok::<(), mqtt_lab::broker::OptionsError>(())
//! ```
//!
//! A fault of a Client is no error of the caller: it becomes the right answer and a closed
//! connection, and an [`Event`] that says why.
//!
//! # Bounds
//!
//! Everything that is kept has a limit. Names are those of [`BrokerOptions`].
//!
//! | what | how much | beyond it |
//! |---|---|---|
//! | Clients connected | `maximum_connections` | CONNACK 0x97, before 5.0 return code 3 |
//! | Network Connections before CONNECT | [`SPARE_CONNECTIONS`](BrokerOptions::SPARE_CONNECTIONS) more than those, each for `connect_timeout` | closed at once |
//! | sessions | `maximum_sessions` | as for Clients |
//! | bytes of one packet, and of an unfinished one | `maximum_packet_size` | DISCONNECT 0x95 |
//! | subscriptions of a session | `maximum_subscriptions`, `maximum_subscription_bytes` | SUBACK 0x97, before 5.0 0x80 |
//! | subscriptions of all sessions | `maximum_subscription_bytes_in_all` | the same |
//! | messages that wait for a session | `maximum_queued_messages`, `maximum_queued_bytes` | `drop_when_full` says which goes |
//! | retained messages that a session is still to be sent | `maximum_retained_bytes`, so those of one `#` always | they wait as any message |
//! | messages in flight to a Client | its Receive Maximum, `maximum_inflight`, and `maximum_queued_bytes` again | they wait |
//! | messages in flight from a Client | `receive_maximum` in 5.0, else 65,535 identifiers of QoS 2 | DISCONNECT 0x93 |
//! | Topic Aliases from and to a Client | `topic_alias_maximum`, `outgoing_topic_aliases` | DISCONNECT 0x94; the name is sent |
//! | bytes of the Topic Names behind a Client's Topic Aliases | [`MAXIMUM_ALIAS_BYTES`](BrokerOptions::MAXIMUM_ALIAS_BYTES) | DISCONNECT 0x97 |
//! | Will Messages | one a session, in a packet's size | |
//! | retained messages | `maximum_retained_messages`, `maximum_retained_bytes` | given on, but not kept |
//! | answers to a connection that is congested | `maximum_queued_bytes` | DISCONNECT 0x97, closed |
//! | messages in the outputs that are not taken | 64 MiB | they wait in their sessions, and go on by a timeout |
//!
//! Besides, each packet of an input makes one answer, one DISCONNECT, and the events of what it did:
//! whoever hands in pieces of 64 KiB and drains between has at most some megabytes of those at once.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

mod access;
mod connect;
mod connection;
mod deeds;
mod deliver;
mod disconnect;
mod event;
mod expiry;
mod inbound;
mod input;
mod level_trie;
mod machine;
mod message;
mod options;
mod outbound;
mod outbox;
mod presets;
mod publication;
mod publish;
mod queue;
mod receive;
mod refuse;
mod retained_index;
mod session;
mod shared;
mod slab;
mod subscribe;
mod subscription_index;
mod system_topics;
mod tables;
mod timer;
mod transmit;
mod views;
mod will;

pub use access::{LoginFault, covers};
pub use event::{
    ClosedCause, DiscardCause, DropReason, Event, InflightState, RefusedCause, Violation,
    WillDiscardCause, WillFireCause,
};
pub use input::{ConnectionId, Input, Memory, Output, UnknownConnection};
pub use message::Message;
pub use options::{
    AclAction, AclEffect, AclRule, BrokerOptions, DropWhenFull, OptionsError, Overlapping, User,
};
pub use presets::Preset;
pub use retained_index::{Retained, RetainedFull, RetainedIndex, RetainedLimits};
pub use shared::Readiness;
pub use subscription_index::{GroupId, Match, Subscription, SubscriptionIndex};
pub use system_topics::{SYSTEM_TOPICS, SystemSnapshot, SystemTopics, system_values};
pub use views::{
    ConnectedView, ConnectionView, Counters, Due, InflightView, QueuedView, RetainedView,
    SessionView, SubscriptionView, WillState, WillView,
};

use crate::codec::{ControlPacketType, ReasonCode};
use crate::time::Instant;
use machine::Machine;

/// A session by its place in the broker's table. The place is given to another session only once
/// nothing of the one before is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionKey(u32);

impl SessionKey {
    /// The session at this place.
    pub const fn new(place: u32) -> Self {
        Self(place)
    }

    /// The place.
    pub const fn value(self) -> u32 {
        self.0
    }
}

/// A Server.
#[derive(Debug)]
pub struct Broker {
    machine: Machine,
}

impl Broker {
    /// A broker that runs, knows nobody and keeps nothing. `seed` decides which Client Identifiers
    /// it assigns.
    ///
    /// # Errors
    ///
    /// Where [`BrokerOptions::check`] finds one.
    pub fn new(options: BrokerOptions, seed: u64) -> Result<Self, OptionsError> {
        options.check()?;
        let machine = Machine::new(options, seed);
        Ok(Self { machine })
    }

    /// The same with the default options, which are sound.
    pub fn with_default_options(seed: u64) -> Self {
        let machine = Machine::new(BrokerOptions::default(), seed);
        Self { machine }
    }

    /// Takes in what happened, at `now`.
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        self.machine.handle_input(input, now);
    }

    /// The next thing to do; `None` once all is said.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.machine.outbox.poll()
    }

    /// When to hand in [`Input::Timeout`]; `None` where nothing is waited for. Keep Alive does not make
    /// it come early: it is the moment at which a silent Client is closed, not one at which the
    /// broker looks whether it was silent, so time may jump there.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.machine.poll_timeout()
    }

    /// What [`poll_timeout`](Self::poll_timeout) waits for, and when it comes.
    pub fn next_due(&self) -> Option<(Instant, Due<'_>)> {
        self.machine.next_due()
    }

    /// The options in force.
    pub const fn options(&self) -> &BrokerOptions {
        &self.machine.options
    }

    /// Changes the options. What exceeds a lower limit now stays until it goes by itself.
    ///
    /// # Errors
    ///
    /// Where [`BrokerOptions::check`] finds one; then nothing has changed.
    pub fn set_options(
        &mut self,
        options: BrokerOptions,
        now: Instant,
    ) -> Result<(), OptionsError> {
        options.check()?;
        self.machine.set_options(options, now);
        Ok(())
    }

    /// Stops the broker: every connection is closed, and until it starts again every new one at
    /// once. Meanwhile nothing expires and no Will Message is published: what was due is done when
    /// it starts.
    pub fn stop(&mut self, now: Instant) {
        self.machine.stop(now);
    }

    /// Starts the broker again.
    pub fn start(&mut self, memory: Memory, now: Instant) {
        self.machine.start(memory, now);
    }

    /// Whether it runs.
    pub const fn is_running(&self) -> bool {
        self.machine.is_running
    }

    /// Has the next CONNECT refused with this code, or with the Connect Return code nearest to it
    /// where the version is before 5.0; `None` has it judged as ever. A code that CONNACK cannot
    /// refuse with becomes Unspecified error.
    pub fn refuse_next_connect(&mut self, code: Option<ReasonCode>) {
        self.machine.refuse_next = code.map(|code| {
            let is_refusal = code.is_error() && code.is_allowed_in(ControlPacketType::Connack);
            match is_refusal {
                true => code,
                false => ReasonCode::UnspecifiedError,
            }
        });
    }

    /// Closes a connection, in 5.0 with a DISCONNECT that says `reason`. Its Will Message is
    /// published.
    ///
    /// # Errors
    ///
    /// Where there is no such connection.
    pub fn disconnect(
        &mut self,
        connection: ConnectionId,
        reason: ReasonCode,
        now: Instant,
    ) -> Result<(), UnknownConnection> {
        self.machine.disconnect(connection, reason, now)
    }

    /// Discards a session; its connection, if it has one, is closed first, and its Will Message is
    /// published. Whether there was one.
    pub fn discard_session(&mut self, client_id: &str, now: Instant) -> bool {
        self.machine.discard_session(client_id, now)
    }

    /// Clears a retained message. Whether there was one.
    pub fn clear_retained(&mut self, topic: &str, now: Instant) -> bool {
        self.machine.clear_retained(topic, now)
    }

    /// The Network Connections, in the order of their numbers.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionView<'_>> {
        self.machine.connection_views_from(0)
    }

    /// The sessions, in the order of their Client Identifiers.
    pub fn sessions(&self) -> impl Iterator<Item = SessionView<'_>> {
        self.machine.session_views_from(0)
    }

    /// [`connections`](Self::connections) from this row on; those before it cost next to nothing. The same holds for
    /// the other tables' `*_from`.
    pub fn connections_from(&self, row: usize) -> impl Iterator<Item = ConnectionView<'_>> {
        self.machine.connection_views_from(row)
    }

    /// [`sessions`](Self::sessions) from this row on.
    pub fn sessions_from(&self, row: usize) -> impl Iterator<Item = SessionView<'_>> {
        self.machine.session_views_from(row)
    }

    /// [`subscriptions`](Self::subscriptions) from this row on.
    pub fn subscriptions_from(&self, row: usize) -> impl Iterator<Item = SubscriptionView<'_>> {
        self.machine.subscription_views_from(row)
    }

    /// [`retained`](Self::retained) from this row on.
    pub fn retained_from(&self, row: usize) -> impl Iterator<Item = RetainedView<'_>> {
        self.machine.retained_views_from(row)
    }

    /// The session of a Client Identifier.
    pub fn session(&self, client_id: &str) -> Option<SessionView<'_>> {
        let key = self.machine.session_keys.get(client_id)?;
        self.machine.session_view(*key)
    }

    /// The unfinished exchanges of a session: those to the Client, then those from it, each in the
    /// order of their Packet Identifiers.
    pub fn inflight(&self, client_id: &str) -> impl Iterator<Item = InflightView<'_>> {
        self.machine.inflight_views(client_id)
    }

    /// The messages that wait for a session, the next one first.
    pub fn queued(&self, client_id: &str) -> impl Iterator<Item = QueuedView<'_>> {
        self.machine.queued_views(client_id)
    }

    /// The subscriptions, in the order of Client Identifiers, then of Topic Filters.
    pub fn subscriptions(&self) -> impl Iterator<Item = SubscriptionView<'_>> {
        self.machine.subscription_views_from(0)
    }

    /// The retained messages; a topic comes before the topics below it.
    pub fn retained(&self) -> impl Iterator<Item = RetainedView<'_>> {
        self.machine.retained_views_from(0)
    }

    /// The Will Messages that may still be published, in the order of the Client Identifiers.
    pub fn wills(&self) -> impl Iterator<Item = WillView<'_>> {
        self.machine.will_views()
    }

    /// How many rows [`connections`](Self::connections) has; like the other counts, at no cost.
    pub fn connection_count(&self) -> usize {
        self.machine.connection_places.len()
    }

    /// How many rows [`sessions`](Self::sessions) has.
    pub fn session_count(&self) -> usize {
        self.machine.session_keys.len()
    }

    /// How many rows [`subscriptions`](Self::subscriptions) has.
    pub const fn subscription_count(&self) -> usize {
        self.machine.subscriptions.len()
    }

    /// How many rows [`retained`](Self::retained) has.
    pub fn retained_count(&self) -> usize {
        self.machine.retained.len()
    }

    /// How many rows [`wills`](Self::wills) has.
    pub const fn will_count(&self) -> usize {
        self.machine.will_count
    }

    /// The `$SYS` topics with the values they have at `now`, whether they are published or not.
    pub fn system_topics(&self, now: Instant) -> impl Iterator<Item = (&'static str, String)> {
        self.machine.system_topic_views(now)
    }

    /// What the broker has counted.
    pub const fn counters(&self) -> &Counters {
        &self.machine.counters
    }
}
