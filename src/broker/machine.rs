//! The broker's state, and what each input and deadline does to it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::SessionKey;
use super::connection::Connection;
use super::deliver::Receiver;
use super::event::{ClosedCause, DiscardCause, Event, RefusedCause};
use super::input::{ConnectionId, Input, Memory};
use super::message::Message;
use super::options::BrokerOptions;
use super::outbox::Outbox;
use super::retained_index::{RetainedIndex, RetainedLimits};
use super::session::Session;
use super::slab::Slab;
use super::subscription_index::SubscriptionIndex;
use super::system_topics::SystemTopics;
use super::timer::{Timer, Timers};
use super::views::{Counters, Due};
use crate::codec::ReasonCode;
use crate::random::SplitMix64;
use crate::time::Instant;

/// The whole state.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) options: BrokerOptions,
    pub(super) is_running: bool,
    pub(super) started_at: Instant,
    pub(super) connections: Slab<Connection>,
    /// How many of the connections have an accepted CONNECT.
    pub(super) clients: usize,
    pub(super) connection_places: BTreeMap<ConnectionId, u32>,
    pub(super) sessions: Slab<Session>,
    pub(super) session_keys: BTreeMap<Arc<str>, SessionKey>,
    pub(super) subscriptions: SubscriptionIndex,
    pub(super) retained: RetainedIndex<Arc<Message>>,
    pub(super) timers: Timers,
    pub(super) system_topics: SystemTopics,
    pub(super) outbox: Outbox,
    pub(super) counters: Counters,
    pub(super) random: SplitMix64,
    pub(super) refuse_next: Option<ReasonCode>,
    /// How many sessions have a Will Message.
    pub(super) will_count: usize,
    /// Connections that are to be closed as soon as nothing is half done.
    pub(super) doomed: Vec<(ConnectionId, ClosedCause, ReasonCode)>,
    /// Sessions that go on sending once the outputs are taken.
    pub(super) starved: VecDeque<SessionKey>,
    /// How many publications there were; marks the sessions that one has been found for.
    pub(super) publications: u64,
    /// Who gets the publication at hand; empty between two, kept for its memory.
    pub(super) receivers: Vec<Receiver>,
    /// The latest moment there was.
    pub(super) latest: Instant,
}

impl Machine {
    pub(super) fn new(options: BrokerOptions, seed: u64) -> Self {
        let outbox = Outbox::new(options.events);
        let retained = RetainedIndex::new(retained_limits(&options));
        let mut machine = Self {
            options,
            is_running: true,
            started_at: Instant::ORIGIN,
            connections: Slab::default(),
            clients: 0,
            connection_places: BTreeMap::new(),
            sessions: Slab::default(),
            session_keys: BTreeMap::new(),
            subscriptions: SubscriptionIndex::default(),
            retained,
            timers: Timers::default(),
            system_topics: SystemTopics::default(),
            outbox,
            counters: Counters::default(),
            random: SplitMix64::new(seed),
            refuse_next: None,
            will_count: 0,
            doomed: Vec::new(),
            starved: VecDeque::new(),
            publications: 0,
            receivers: Vec::new(),
            latest: Instant::ORIGIN,
        };
        let interval = machine.options.system_interval;
        machine
            .system_topics
            .set_interval(interval, Instant::ORIGIN);
        machine
    }

    pub(super) fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        self.latest = self.latest.max(now);
        match input {
            Input::Opened { connection } => self.open(connection, now),
            Input::Received { connection, bytes } => self.receive(connection, bytes, now),
            Input::Closed { connection } => {
                if let Some(&place) = self.connection_places.get(&connection) {
                    self.end_connection(place, ClosedCause::NetworkLost, None, now);
                }
            }
            Input::Congested {
                connection,
                congested,
            } => self.set_congested(connection, congested, now),
            Input::Timeout => self.handle_timeout(now),
        }
        self.settle(now);
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        self.next_due().map(|(at, _)| at)
    }

    /// What comes next by itself, and when.
    pub(super) fn next_due(&self) -> Option<(Instant, Due<'_>)> {
        if !self.is_running {
            return None;
        }
        if !self.starved.is_empty() {
            return Some((self.latest, Due::Sending));
        }
        let timer = self.timers.first();
        let timer = timer.map(|(at, timer)| (at, self.due(timer)));
        let retained = self.retained.poll_timeout();
        let system = self.system_topics.poll_timeout();
        let all = [
            timer,
            retained.map(|at| (at, Due::RetainedExpiry)),
            system.map(|at| (at, Due::SystemTopics)),
        ];
        all.into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn due(&self, timer: Timer) -> Due<'_> {
        let client_of = |place: u32| {
            let connected = self.connections.at(place)?.connected.as_deref()?;
            Some(&*connected.client_id)
        };
        let session_of = |key: SessionKey| {
            let session = self.sessions.at(key.value());
            session.map_or("", |session| &session.client_id)
        };
        match timer {
            Timer::Connect(_) => Due::Connect,
            Timer::KeepAlive(place) => Due::KeepAlive {
                client_id: client_of(place).unwrap_or_default(),
            },
            Timer::WillDelay(key) => Due::WillDelay {
                client_id: session_of(key),
            },
            Timer::SessionExpiry(key) => Due::SessionExpiry {
                client_id: session_of(key),
            },
            Timer::MessageExpiry(key) => Due::MessageExpiry {
                client_id: session_of(key),
            },
        }
    }

    /// Ends what every change may leave half done.
    pub(super) fn settle(&mut self, now: Instant) {
        while let Some((connection, cause, reason)) = self.doomed.pop() {
            if let Some(&place) = self.connection_places.get(&connection) {
                self.close(place, cause, Some(reason), now);
            }
        }
        // A packet does not move its connection's timer: it is moved when it comes first, so that
        // the next timeout told is always one at which something happens.
        while let Some((at, Timer::KeepAlive(place))) = self.timers.first() {
            let connected = self
                .connections
                .at(place)
                .and_then(|c| c.connected.as_ref());
            match connected.and_then(|connected| connected.keep_alive_deadline()) {
                Some(deadline) if deadline <= at => break,
                Some(deadline) => self.timers.set(Timer::KeepAlive(place), deadline),
                None => self.timers.stop(Timer::KeepAlive(place)),
            }
        }
    }

    pub(super) fn set_options(&mut self, options: BrokerOptions, now: Instant) {
        self.outbox.set_makes_events(options.events);
        self.retained.set_limits(retained_limits(&options));
        self.system_topics
            .set_interval(options.system_interval, now);
        self.options = options;
    }

    pub(super) fn stop(&mut self, now: Instant) {
        if !self.is_running {
            return;
        }
        let places: Vec<u32> = self.connection_places.values().copied().collect();
        for place in places {
            let reason = Some(ReasonCode::ServerShuttingDown);
            self.close(place, ClosedCause::Stopped, reason, now);
        }
        self.settle(now);
        self.is_running = false;
        self.outbox.event(|| Event::Stopped);
    }

    pub(super) fn start(&mut self, memory: Memory, now: Instant) {
        if self.is_running {
            return;
        }
        self.is_running = true;
        self.started_at = now;
        self.latest = self.latest.max(now);
        if memory == Memory::Lost {
            self.lose_memory(now);
        }
        self.outbox.event(|| Event::Started { memory });
        self.system_topics.forget(now);
        self.handle_timeout(now);
        self.settle(now);
    }

    fn lose_memory(&mut self, now: Instant) {
        let keys: Vec<SessionKey> = self.session_keys.values().copied().collect();
        for key in keys {
            self.forget_will(key);
            self.discard(key, DiscardCause::MemoryLost, now);
        }
        self.retained = RetainedIndex::new(retained_limits(&self.options));
        self.counters = Counters::default();
    }

    fn open(&mut self, id: ConnectionId, now: Instant) {
        if self.connection_places.contains_key(&id) {
            return;
        }
        let most = self.options.maximum_connections;
        let most = most.saturating_add(BrokerOptions::SPARE_CONNECTIONS);
        if !self.is_running {
            return self.refuse_to_open(id, RefusedCause::Stopped);
        }
        if self.connections.len() >= most {
            return self.refuse_to_open(id, RefusedCause::TooMany);
        }
        let connection = Connection::new(id, self.options.maximum_packet_size, now);
        let Some(place) = self.connections.insert(connection) else {
            return self.refuse_to_open(id, RefusedCause::TooMany);
        };
        self.connection_places.insert(id, place);
        let connections = self.connections.len();
        self.counters.connections_maximum = self.counters.connections_maximum.max(connections);
        let deadline = now + self.options.connect_timeout;
        self.timers.set(Timer::Connect(place), deadline);
    }

    /// Closes a Network Connection before anything was heard on it.
    fn refuse_to_open(&mut self, connection: ConnectionId, cause: RefusedCause) {
        self.outbox.event(|| Event::ConnectionRefused {
            connection,
            client_id: None,
            cause,
            code: None,
        });
        self.outbox.close(connection);
    }

    fn set_congested(&mut self, id: ConnectionId, congested: bool, now: Instant) {
        let Some(&place) = self.connection_places.get(&id) else {
            return;
        };
        let Some(connection) = self.connections.at_mut(place) else {
            return;
        };
        if connection.congested == congested {
            return;
        }
        connection.congested = congested;
        connection.unsent_bytes = 0;
        let key = connection.connected.as_ref().map(|it| it.session);
        if let Some(key) = key.filter(|_| !congested) {
            self.pump(key, now);
        }
    }

    fn handle_timeout(&mut self, now: Instant) {
        if !self.is_running {
            return;
        }
        for _ in 0..self.starved.len() {
            if let Some(key) = self.starved.pop_front() {
                self.pump_starved(key, now);
            }
        }
        loop {
            self.expire_retained(now);
            self.publish_system_topics(now);
            let Some((at, timer)) = self.timers.take_expired(now) else {
                break;
            };
            self.handle_timer(at, timer, now);
        }
    }

    fn handle_timer(&mut self, at: Instant, timer: Timer, now: Instant) {
        match timer {
            Timer::Connect(place) => self.close(place, ClosedCause::ConnectTimeout, None, now),
            Timer::KeepAlive(place) => self.handle_silence(place, now),
            Timer::WillDelay(key) => self.fire_delayed_will(key, at, now),
            Timer::SessionExpiry(key) => self.expire_session(key, now),
            Timer::MessageExpiry(key) => self.expire_queued(key, now),
        }
    }

    fn handle_silence(&mut self, place: u32, now: Instant) {
        let Some(connection) = self.connections.at(place) else {
            return;
        };
        let Some(connected) = &connection.connected else {
            return;
        };
        match connected.keep_alive_deadline() {
            Some(deadline) if deadline > now => self.timers.set(Timer::KeepAlive(place), deadline),
            Some(_) => {
                let reason = Some(ReasonCode::KeepAliveTimeout);
                self.close(place, ClosedCause::KeepAliveTimeout, reason, now);
            }
            None => {}
        }
    }
}

const fn retained_limits(options: &BrokerOptions) -> RetainedLimits {
    RetainedLimits {
        messages: options.maximum_retained_messages,
        bytes: options.maximum_retained_bytes,
    }
}
