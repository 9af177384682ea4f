//! A behaviour with a client of its own.

use core::time::Duration;
use std::collections::VecDeque;

use super::behaviour::{Behaviour, Reaction};
use super::kind::BotKind;
use super::message::{Incoming, Message};
use crate::client::{
    Client, CloseReason, ConnectError, ConnectOptions, DisconnectOptions, Event, Input, Limits,
    Output, PublishError, PublishRequest, PublishState, Reconnect, StateView, SubscribeRequest,
    TransportClose,
};
use crate::codec::{ControlPacket, ProtocolVersion, PublishProperties, Qos, SubscriptionOptions};
use crate::lab::wording::Standing;
use crate::time::Instant;

/// How a bot is set up.
#[derive(Clone, PartialEq, Eq)]
pub struct BotOptions {
    /// What it is.
    pub kind: BotKind,
    /// The version it speaks.
    pub protocol_version: ProtocolVersion,
    /// Its Client Identifier.
    pub client_id: String,
    /// Put before each of its topics as it is; empty for none. On a broker that is shared with
    /// strangers, something of one's own, such as `class-7/`.
    pub topic_prefix: String,
    /// The QoS at which it publishes and subscribes.
    pub qos: Qos,
    /// How often it publishes by itself.
    pub period: Duration,
    /// Keep Alive, in seconds.
    pub keep_alive: u16,
    /// Whether every connection begins with a new session.
    pub clean_start: bool,
    /// The User Name, and the Password.
    pub user: Option<(String, Vec<u8>)>,
    /// What its readings depend on.
    pub seed: u64,
}

/// Its `Debug` says nothing of the Password.
impl core::fmt::Debug for BotOptions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Taken apart, so that a field that is added is not forgotten here.
        let Self {
            kind,
            protocol_version,
            client_id,
            topic_prefix,
            qos,
            period,
            keep_alive,
            clean_start,
            user,
            seed,
        } = self;
        f.debug_struct("BotOptions")
            .field("kind", kind)
            .field("protocol_version", protocol_version)
            .field("client_id", client_id)
            .field("topic_prefix", topic_prefix)
            .field("qos", qos)
            .field("period", period)
            .field("keep_alive", keep_alive)
            .field("clean_start", clean_start)
            .field("user", &user.as_ref().map(|(name, _)| name))
            .field("seed", seed)
            .finish()
    }
}

impl BotOptions {
    /// A bot as it is offered: QoS 0 and no prefix. A counter keeps its session, so that at QoS 1
    /// and 2 nothing is lost over a connection; the others begin anew.
    pub fn new(kind: BotKind, client_id: impl Into<String>, seed: u64) -> Self {
        Self {
            kind,
            protocol_version: ProtocolVersion::default(),
            client_id: client_id.into(),
            topic_prefix: String::new(),
            qos: Qos::AtMostOnce,
            period: kind.period(),
            keep_alive: 60,
            clean_start: kind != BotKind::Counter,
            user: None,
            seed,
        }
    }

    fn connect_options(&self, behaviour: &Behaviour) -> ConnectOptions {
        let is_v5 = self.protocol_version.has_properties();
        ConnectOptions {
            clean_start: self.clean_start,
            keep_alive: self.keep_alive,
            username: self.user.as_ref().map(|(name, _)| name.clone()),
            password: self.user.as_ref().map(|(_, password)| password.clone()),
            will: behaviour.will(self.qos),
            session_expiry_interval: (is_v5 && !self.clean_start).then_some(SESSION_EXPIRY),
            reconnect: Some(RECONNECT),
            adopt_session: true,
            ..ConnectOptions::new(self.protocol_version, self.client_id.as_str())
        }
    }
}

/// Seconds for which a 5.0 Server keeps the session of a bot that wants one.
const SESSION_EXPIRY: u32 = 3_600;

const RECONNECT: Reconnect = Reconnect {
    first_delay: Duration::from_secs(1),
    maximum_delay: Duration::from_secs(30),
};

/// What a bot may keep: it is small, and has many beside it.
const LIMITS: Limits = Limits {
    ping_timeout: Duration::from_secs(10),
    close_timeout: Duration::from_secs(3),
    maximum_packet_size: 256 * 1024,
    waiting_messages: 100,
    kept_bytes: 256 * 1024,
    burst_bytes: 64 * 1024,
    requests: 10,
    subscriptions: 10,
    outgoing_aliases: 16,
    incoming_alias_bytes: 64 * 1024,
    stable_after: Duration::from_secs(5),
    short_connections: 3,
};

/// What happens to a bot's link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotInput<'a> {
    /// The link asked for with [`BotOutput::OpenLink`] is open.
    LinkOpened,
    /// Bytes have come, in pieces of any size.
    Received(&'a [u8]),
    /// The link is closed, or could not be opened.
    LinkClosed {
        /// The WebSocket close code, where there is one.
        code: Option<u16>,
        /// Whether the other side took part in the closing.
        clean: bool,
    },
    /// Whether the link takes no more for now.
    Congested(bool),
    /// The moment told by [`Bot::poll_timeout`] has come.
    Timeout,
}

/// What a bot asks of the lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BotOutput {
    /// Open a link. There is never more than one.
    OpenLink,
    /// Send these bytes: exactly one Control Packet.
    Transmit(Vec<u8>),
    /// Close the link, after what was to be sent; answer with [`BotInput::LinkClosed`].
    CloseLink,
}

/// What a bot has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BotCounts {
    /// Messages handed to its client.
    pub published: u64,
    /// Of those at QoS 1 and 2, how many the Server has acknowledged.
    pub acknowledged: u64,
    /// Messages that it had and could not send: without a connection, or against a limit.
    pub unsent: u64,
    /// Messages that came for it.
    pub received: u64,
    /// Of those, commands and requests that it obeyed.
    pub obeyed: u64,
    /// Of those, what it did not understand or had no room for.
    pub refused: u64,
    /// How often it has connected.
    pub connections: u64,
}

/// Where a bot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BotState {
    /// Switched off.
    Stopped,
    /// On its way to a connection.
    Connecting,
    /// At work.
    Connected {
        /// Since when.
        since: Instant,
    },
    /// It lost its connection, or got none, and will try again.
    Waiting {
        /// When.
        until: Instant,
        /// Which attempt in a row that will be, from 1.
        attempt: u32,
    },
    /// Its link is being closed.
    Stopping,
    /// It has no connection and does not try again; see [`Bot::last_close`].
    GaveUp,
}

impl BotState {
    /// Whether it is at work or on its way to it, so that it can be stopped.
    pub const fn is_on(self) -> bool {
        match self {
            Self::Connecting | Self::Connected { .. } | Self::Waiting { .. } => true,
            Self::Stopped | Self::Stopping | Self::GaveUp => false,
        }
    }

    /// How that is.
    pub const fn standing(self) -> Standing {
        match self {
            Self::Stopped => Standing::Idle,
            Self::Connecting | Self::Waiting { .. } | Self::Stopping => Standing::UnderWay,
            Self::Connected { .. } => Standing::Good,
            Self::GaveUp => Standing::Bad,
        }
    }

    /// In a few words.
    pub fn words(self, now: Instant) -> String {
        match self {
            Self::Stopped => "stopped".to_owned(),
            Self::Connecting => "connecting".to_owned(),
            Self::Connected { .. } => "running".to_owned(),
            Self::Waiting { until, .. } => {
                let seconds = until.saturating_since(now).as_millis().div_ceil(1_000);
                format!("reconnecting in {seconds} s")
            }
            Self::Stopping => "stopping".to_owned(),
            Self::GaveUp => "gave up".to_owned(),
        }
    }
}

/// A simulated device with a client of its own.
///
/// **After every call that takes `&mut self`, drain [`poll_output`](Self::poll_output) until
/// `None`, then arm one timer for [`poll_timeout`](Self::poll_timeout).**
#[derive(Debug)]
pub struct Bot {
    options: BotOptions,
    behaviour: Behaviour,
    client: Client,
    is_on: bool,
    has_given_up: bool,
    counts: BotCounts,
    last_close: Option<CloseReason>,
    last_error: Option<PublishError>,
    outputs: VecDeque<BotOutput>,
}

impl Bot {
    /// A bot that is switched off.
    pub fn new(options: BotOptions) -> Self {
        let mut behaviour = Behaviour::new(options.kind, &options.topic_prefix, options.seed);
        behaviour.set_period(options.period, Instant::ORIGIN);
        Self {
            options,
            behaviour,
            client: Client::new(LIMITS),
            is_on: false,
            has_given_up: false,
            counts: BotCounts::default(),
            last_close: None,
            last_error: None,
            outputs: VecDeque::new(),
        }
    }

    /// Switches it on, or lets it try again after it gave up. Its device begins anew. Does nothing
    /// while it is at work.
    ///
    /// # Errors
    ///
    /// CONNECT would break a rule, such as that of the Client Identifier.
    pub fn start(&mut self, now: Instant) -> Result<(), ConnectError> {
        if self.is_on && !self.has_given_up {
            return Ok(());
        }
        if matches!(self.state(), BotState::Stopping) {
            // The old link is given up, so that the new one need not wait for it.
            self.client.handle_input(
                Input::TransportClosed(TransportClose {
                    code: None,
                    clean: false,
                }),
                now,
            );
            self.drain(now);
        }
        let period = self.period();
        let options = &self.options;
        let mut behaviour = Behaviour::new(options.kind, &options.topic_prefix, options.seed);
        behaviour.set_period(period.unwrap_or(options.period), now);
        behaviour.start(now);
        self.client
            .connect(options.connect_options(&behaviour), now)?;
        self.behaviour = behaviour;
        self.is_on = true;
        self.has_given_up = false;
        self.drain(now);
        Ok(())
    }

    /// Switches it off: it says what its kind says before it leaves, and disconnects.
    pub fn stop(&mut self, now: Instant) {
        if !self.is_on {
            return;
        }
        if self.is_connected()
            && let Some(message) = self.behaviour.farewell()
        {
            self.publish(&message, now);
        }
        self.switch_off();
        // The plain DISCONNECT is always allowed.
        let _ = self.client.disconnect(DisconnectOptions::default(), now);
        self.drain(now);
    }

    /// Switches it off as a power cut would: no farewell and no DISCONNECT.
    pub fn die(&mut self, now: Instant) {
        self.switch_off();
        self.client.die(now);
        self.drain(now);
    }

    /// Changes how often it publishes by itself, within [`PERIODS`](super::PERIODS).
    pub fn set_period(&mut self, period: Duration, now: Instant) {
        self.options.period = period;
        self.behaviour.set_period(period, now);
    }

    /// Changes its QoS: of what it publishes from now on, and of its subscription. That of its will
    /// changes with the next connection.
    pub fn set_qos(&mut self, qos: Qos, now: Instant) {
        if self.options.qos == qos {
            return;
        }
        self.options.qos = qos;
        if self.is_connected() {
            self.subscribe(now);
        }
        self.drain(now);
    }

    /// Takes in what happened to its link, or that time has passed.
    pub fn handle_input(&mut self, input: BotInput<'_>, now: Instant) {
        match input {
            BotInput::LinkOpened => self.client.handle_input(Input::TransportOpened, now),
            BotInput::LinkClosed { code, clean } => {
                let close = TransportClose { code, clean };
                self.client.handle_input(Input::TransportClosed(close), now);
            }
            BotInput::Congested(congested) => {
                let input = Input::TransportCongested(congested);
                self.client.handle_input(input, now);
            }
            BotInput::Timeout => self.client.handle_input(Input::Timeout, now),
            BotInput::Received(bytes) => self.receive(bytes, now),
        }
        self.drain(now);
    }

    /// The next thing to do for it, in order.
    pub fn poll_output(&mut self) -> Option<BotOutput> {
        self.outputs.pop_front()
    }

    /// When to hand in [`BotInput::Timeout`].
    pub fn poll_timeout(&self) -> Option<Instant> {
        let client = self.client.poll_timeout();
        let behaviour = match self.is_on && !self.has_given_up {
            true => self.behaviour.poll_timeout(),
            false => None,
        };
        match (client, behaviour) {
            (Some(client), Some(behaviour)) => Some(client.min(behaviour)),
            (one, other) => one.or(other),
        }
    }

    /// Where it is.
    pub fn state(&self) -> BotState {
        match self.client.state() {
            StateView::Connected { since, .. } => BotState::Connected { since },
            // Bots always send CONNECT.
            StateView::Opening { .. }
            | StateView::AwaitingConnack { .. }
            | StateView::WithoutConnect { .. } => BotState::Connecting,
            StateView::Closing { .. } => BotState::Stopping,
            StateView::ReconnectDelay { until, attempt, .. } => {
                BotState::Waiting { until, attempt }
            }
            StateView::Disconnected { .. } if self.is_on => BotState::GaveUp,
            StateView::Disconnected { .. } => BotState::Stopped,
        }
    }

    /// Whether it is switched on.
    pub const fn is_on(&self) -> bool {
        self.is_on
    }

    /// What it has done.
    pub const fn counts(&self) -> BotCounts {
        self.counts
    }

    /// How it is set up now.
    pub const fn options(&self) -> &BotOptions {
        &self.options
    }

    /// How often it publishes by itself; `None` if it only answers.
    pub fn period(&self) -> Option<Duration> {
        self.behaviour.period()
    }

    /// Its client, for panes that show what is in flight.
    pub const fn client(&self) -> &Client {
        &self.client
    }

    /// How its latest connection ended.
    pub const fn last_close(&self) -> Option<&CloseReason> {
        self.last_close.as_ref()
    }

    /// Why it could not send a message, the last time that happened.
    pub const fn last_error(&self) -> Option<&PublishError> {
        self.last_error.as_ref()
    }

    fn is_connected(&self) -> bool {
        matches!(self.client.state(), StateView::Connected { .. })
    }

    fn switch_off(&mut self) {
        self.is_on = false;
        self.has_given_up = false;
        self.behaviour.stop();
    }

    fn receive(&mut self, mut bytes: &[u8], now: Instant) {
        while let Some(received) = self.client.receive(&mut bytes, now) {
            if let Some(delivered) = received.delivered {
                let properties = match &received.packet {
                    Ok(ControlPacket::Publish(publish)) => Some(&publish.properties),
                    _ => None,
                };
                let message = Incoming::new(delivered, properties);
                self.counts.received += 1;
                match self.behaviour.handle_message(&message) {
                    Reaction::Obeyed => self.counts.obeyed += 1,
                    Reaction::Refused => self.counts.refused += 1,
                }
            }
            self.drain(now);
        }
    }

    /// Carries out what the client wants, and lets the device speak.
    fn drain(&mut self, now: Instant) {
        loop {
            while let Some(output) = self.client.poll_output() {
                match output {
                    Output::OpenTransport => self.outputs.push_back(BotOutput::OpenLink),
                    Output::Transmit(bytes) => self.outputs.push_back(BotOutput::Transmit(bytes)),
                    Output::CloseTransport => self.outputs.push_back(BotOutput::CloseLink),
                    Output::Event(event) => self.handle_event(event, now),
                }
            }
            if !self.is_on || self.has_given_up {
                return;
            }
            let Some(message) = self.behaviour.poll_publish(now) else {
                return;
            };
            self.publish(&message, now);
        }
    }

    fn handle_event(&mut self, event: Event, now: Instant) {
        match event {
            Event::Connected(_) => {
                self.counts.connections += 1;
                self.behaviour.connected();
                self.subscribe(now);
            }
            Event::Publish {
                state: PublishState::Complete { .. },
                ..
            } => self.counts.acknowledged += 1,
            Event::Closed(reason) => self.last_close = Some(reason),
            Event::ReconnectGivenUp(_) => self.has_given_up = self.is_on,
            Event::Publish { .. }
            | Event::SubscribeAnswered { .. }
            | Event::UnsubscribeAnswered { .. }
            | Event::SubscribeLost { .. }
            | Event::UnsubscribeLost { .. }
            | Event::Resubscribing { .. }
            | Event::NotResubscribed { .. }
            | Event::AuthenticationChallenge { .. }
            | Event::Reauthenticated { .. }
            | Event::SessionEnded(_)
            | Event::ReconnectScheduled { .. } => {}
        }
    }

    fn subscribe(&mut self, now: Instant) {
        let Some(filter) = self.behaviour.subscription() else {
            return;
        };
        let options = SubscriptionOptions::with_qos(self.options.qos);
        let request = SubscribeRequest {
            subscriptions: &[(filter.as_str(), options)],
            ..SubscribeRequest::default()
        };
        // A Server that allows no wildcards answers with a Reason Code; then nothing comes.
        let _ = self.client.subscribe(request, now);
    }

    fn publish(&mut self, message: &Message, now: Instant) {
        let maximum_qos = self
            .client
            .negotiated()
            .map(|agreed| agreed.server.maximum_qos);
        let properties = match self.options.protocol_version.has_properties() {
            true => message.properties(),
            false => PublishProperties::default(),
        };
        let request = PublishRequest {
            topic: &message.topic,
            payload: &message.payload,
            qos: maximum_qos.map_or(self.options.qos, |maximum| self.options.qos.min(maximum)),
            retain: message.retain,
            properties,
        };
        match self.client.publish(request, now) {
            Ok(_) => self.counts.published += 1,
            Err(error) => {
                self.counts.unsent += 1;
                self.last_error = Some(error);
            }
        }
    }
}
