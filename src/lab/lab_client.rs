//! One client of the page: its forms, its connection and everything it has been told.

use core::time::Duration;
use std::collections::VecDeque;

use super::ClientKey;
use super::authentication::Challenge;
use super::connection_form::ConnectionForm;
use super::destination::Destination;
use super::keys::{Counter, LinkId};
use super::messages::MessageList;
use super::publish::{Publication, PublishForm};
use super::rates::Rate;
use super::retained::{RetainedRow, RetainedTopics};
use super::state_line::{Closed, ConnectionPhase};
use super::subscription_row::SubscriptionRow;
use super::subscriptions::{SubscribeForm, Subscriptions};
use super::trace::Sequence;
use super::will::RegisteredWill;
use crate::client::{Client, CloseReason, Limits, LocalClose, Negotiated, StateView};
use crate::codec::{ControlPacketType, ProtocolVersion, Publish};
use crate::time::Instant;

/// The largest packet that a client of the page takes, in bytes: 64 MiB. MQTT allows four times as
/// much, which a browser cannot be relied on to have room for while the trace keeps it too.
pub const PACKET_MAXIMUM: u32 = 64 * 1024 * 1024;

/// A client of the page. Read by the screen, changed by commands alone.
#[derive(Debug)]
pub struct LabClient {
    pub(super) key: ClientKey,
    pub(super) name: String,
    pub(super) colour: u8,
    pub(super) form: ConnectionForm,
    /// The form that the connection there is, or was last, was made with.
    pub(super) used_form: Option<Box<ConnectionForm>>,
    pub(super) publish_form: PublishForm,
    pub(super) subscribe_form: SubscribeForm,
    pub(super) mqtt: Client,
    pub(super) link: Option<Link>,
    /// Where the latest connection leads or led.
    pub(super) destination: Option<Destination>,
    /// How the latest connection ended.
    pub(super) closed: Option<Closed>,
    /// Whether the latest connection was cut by [`Command::CutNow`](super::Command::CutNow).
    pub(super) is_cut: bool,
    /// Why the latest connection is lost, where that lies with the tabs of this browser.
    pub(super) lost_words: &'static str,
    /// The words in the close frame of the latest connection, most often none.
    pub(super) close_words: String,
    /// The latest packet sent other than PINGREQ, for reasoning about an end.
    pub(super) last_sent: Option<(ControlPacketType, Instant)>,
    /// The latest packet that was made by hand and sent on the latest connection.
    pub(super) by_hand: Option<SentByHand>,
    /// Whether what is being sent is made by hand, and whether some of it has been sent.
    pub(super) sends_by_hand: bool,
    pub(super) is_in_one_go: bool,
    /// When the stage of the connection began that it is in now.
    pub(super) stage_since: Instant,
    /// Connections in a row which the other side ended soon after accepting them.
    pub(super) short_lives: u32,
    pub(super) subscriptions: Subscriptions,
    pub(super) publications: VecDeque<Publication>,
    pub(super) publication_keys: Counter,
    /// Bytes of the PUBLISH that was sent last, until the event that tells whose it was.
    pub(super) publish_size: Option<usize>,
    /// The topics behind the Topic Aliases that were sent on this connection, that of Topic Alias 1
    /// first; empty where one has not been sent.
    pub(super) sent_aliases: Vec<String>,
    pub(super) messages: MessageList,
    pub(super) retained: RetainedTopics,
    /// What the server asks for in AUTH and was not answered yet.
    pub(super) challenge: Option<Challenge>,
    pub(super) will: Option<RegisteredWill>,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) received_rate: Rate,
    pub(super) sent_rate: Rate,
    /// Bytes of whole packets.
    pub(super) received_bytes: Rate,
    pub(super) sent_bytes: Rate,
}

/// The Network Connection of a client, as long as events may still come from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) congested: bool,
    /// Bytes of the acknowledgements that were sent since anything else was.
    pub(super) acknowledging: usize,
}

/// A packet that was made by hand and sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentByHand {
    /// The type its first byte has; `None` for a reserved one.
    pub(super) packet: Option<ControlPacketType>,
    /// The record of the first packet that was sent with it.
    pub(super) first: Sequence,
    /// When.
    pub(super) at: Instant,
}

/// An end that comes later than this after a packet made by hand has another cause, for all that
/// anybody can tell.
const BY_HAND_SECONDS: u64 = 10;

impl LabClient {
    /// What to say of the end of a connection on which something made by hand was sent just before;
    /// `None` where it has nothing to do with that.
    pub(super) fn ends_by_hand(&self, reason: &CloseReason, now: Instant) -> Option<String> {
        let sent = self.by_hand?;
        let is_own = matches!(
            reason,
            CloseReason::Local(LocalClose::Died | LocalClose::Cancelled)
        );
        if is_own || self.is_cut || now.saturating_since(sent.at).as_secs() >= BY_HAND_SECONDS {
            return None;
        }
        let packet = sent
            .packet
            .map_or("bytes that are no packet", ControlPacketType::name);
        let who = match reason {
            CloseReason::Local(_) => "The connection was ended by",
            CloseReason::ConnectTimeout { .. }
            | CloseReason::KeepAliveTimeout { .. }
            | CloseReason::ServerLimitTooLow { .. }
            | CloseReason::Violation(_) => "This client closed the connection after",
            _ => "The server closed the connection after",
        };
        Some(format!("{who} a packet made by hand ({packet}). "))
    }

    /// Takes in that a packet made by hand has been sent, in one go with those before it at the same
    /// instant.
    pub(super) fn note_by_hand(&mut self, sequence: Sequence, bytes: &[u8], now: Instant) {
        let before = self.by_hand.filter(|_| self.is_in_one_go);
        self.is_in_one_go = true;
        self.by_hand = Some(SentByHand {
            packet: bytes
                .first()
                .and_then(|first| ControlPacketType::from_u8(first >> 4)),
            first: before.map_or(sequence, |before| before.first),
            at: now,
        });
    }

    pub(super) fn new(key: ClientKey, name: String, colour: u8, form: ConnectionForm) -> Self {
        Self {
            key,
            name,
            colour,
            form,
            used_form: None,
            publish_form: PublishForm::default(),
            subscribe_form: SubscribeForm::default(),
            mqtt: Client::new(Limits {
                maximum_packet_size: PACKET_MAXIMUM,
                ..Limits::default()
            }),
            link: None,
            destination: None,
            closed: None,
            is_cut: false,
            lost_words: "",
            close_words: String::new(),
            last_sent: None,
            by_hand: None,
            sends_by_hand: false,
            is_in_one_go: false,
            stage_since: Instant::ORIGIN,
            short_lives: 0,
            subscriptions: Subscriptions::default(),
            publications: VecDeque::new(),
            publication_keys: Counter::default(),
            publish_size: None,
            sent_aliases: Vec::new(),
            messages: MessageList::default(),
            retained: RetainedTopics::default(),
            challenge: None,
            will: None,
            received: 0,
            sent: 0,
            received_rate: Rate::default(),
            sent_rate: Rate::default(),
            received_bytes: Rate::default(),
            sent_bytes: Rate::default(),
        }
    }

    /// The topic of a PUBLISH that this client sends, a Topic Alias resolved.
    pub(super) fn sent_topic(&mut self, publish: &Publish<'_>) -> Option<String> {
        let alias = publish.properties.topic_alias;
        let alias = alias.map(|alias| usize::from(alias.get()) - 1);
        match (publish.topic, alias) {
            (Some(topic), alias) => {
                if let Some(alias) = alias {
                    if self.sent_aliases.len() <= alias {
                        self.sent_aliases.resize(alias + 1, String::new());
                    }
                    if let Some(own) = self.sent_aliases.get_mut(alias) {
                        topic.as_str().clone_into(own);
                    }
                }
                Some(topic.as_str().to_owned())
            }
            (None, Some(alias)) => {
                let topic = self.sent_aliases.get(alias);
                topic.filter(|topic| !topic.is_empty()).cloned()
            }
            (None, None) => None,
        }
    }

    /// Its key.
    pub fn key(&self) -> ClientKey {
        self.key
    }

    /// Its name in this page; the server does not know it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its colour, below [`COLOURS`](super::COLOURS).
    pub fn colour(&self) -> u8 {
        self.colour
    }

    /// The Connection panel as it was typed.
    pub fn connection_form(&self) -> &ConnectionForm {
        &self.form
    }

    /// Whether the Connection panel was changed since the connection there is was made, so that
    /// it tells of the next one.
    pub fn form_is_for_next_connection(&self) -> bool {
        self.phase() != ConnectionPhase::Disconnected
            && self
                .used_form
                .as_deref()
                .is_some_and(|used| *used != self.form)
    }

    /// The Publish panel as it was typed.
    pub fn publish_form(&self) -> &PublishForm {
        &self.publish_form
    }

    /// The form for a new subscription as it was typed.
    pub fn subscribe_form(&self) -> &SubscribeForm {
        &self.subscribe_form
    }

    /// Where its connection stands.
    pub fn phase(&self) -> ConnectionPhase {
        match self.mqtt.state() {
            StateView::Disconnected { .. } => ConnectionPhase::Disconnected,
            StateView::Opening { .. } => ConnectionPhase::Opening,
            StateView::AwaitingConnack { .. } => ConnectionPhase::AwaitingConnack,
            StateView::Connected { .. } => ConnectionPhase::Connected,
            StateView::WithoutConnect { .. } => ConnectionPhase::WithoutConnect,
            StateView::Closing { .. } => ConnectionPhase::Closing,
            StateView::ReconnectDelay { .. } => ConnectionPhase::ReconnectDelay,
        }
    }

    /// Where its connection leads, or the latest one led.
    pub fn destination(&self) -> Option<&Destination> {
        self.destination.as_ref()
    }

    /// The URL of its connection, or of the latest one; for the lab broker its name.
    pub fn url(&self) -> Option<String> {
        self.destination.as_ref().map(Destination::words)
    }

    /// Whether its connection leads to the lab broker, or the latest one led there.
    pub fn is_at_lab_broker(&self) -> bool {
        let destination = self.destination.as_ref();
        destination.is_some_and(Destination::is_lab_broker)
    }

    /// Whether its connection leads to a Server outside this page; without one, whether the next
    /// would.
    pub fn leads_outside(&self) -> bool {
        match self.phase() {
            ConnectionPhase::Disconnected => !self.form.lab_broker,
            _ => !self.is_at_lab_broker(),
        }
    }

    /// The version of MQTT of its connection; without one, that of the form.
    pub fn version(&self) -> ProtocolVersion {
        if self.phase() == ConnectionPhase::Disconnected {
            self.form.version
        } else {
            self.mqtt.options().protocol_version
        }
    }

    /// What client and server have agreed on, while connected: the Client Identifier in use,
    /// whether the session was present, and the limits of both.
    pub fn negotiated(&self) -> Option<&Negotiated> {
        self.mqtt.negotiated()
    }

    /// The state machine itself, for panes that show what is in flight.
    pub fn mqtt(&self) -> &Client {
        &self.mqtt
    }

    /// The subscriptions, in the order in which they were made.
    pub fn subscriptions(&self) -> &[SubscriptionRow] {
        self.subscriptions.rows()
    }

    /// The latest publications, newest first.
    pub fn publications(&self) -> impl ExactSizeIterator<Item = &Publication> {
        self.publications.iter().rev()
    }

    /// The topics for which this client was given a retained message, in the order of the topics.
    pub fn retained(&self) -> impl ExactSizeIterator<Item = &RetainedRow> {
        self.retained.iter()
    }

    /// How many retained messages came for further topics, when there was no room for more.
    pub fn retained_left_out(&self) -> u64 {
        self.retained.left_out()
    }

    /// The will which the server holds for this client; or which it was left with when the
    /// connection was lost ([`RegisteredWill::released`]).
    pub fn will(&self) -> Option<&RegisteredWill> {
        self.will.as_ref()
    }

    /// How many messages it has been given since the list was cleared.
    pub fn messages_received(&self) -> u64 {
        self.received
    }

    /// How many messages it has sent since the list was cleared.
    pub fn messages_sent(&self) -> u64 {
        self.sent
    }

    /// How many messages the list has lost because the trace had no room for them any more.
    pub fn messages_dropped(&self) -> u64 {
        self.messages.dropped()
    }

    /// The messages of which subscription are shown; `None`: all.
    pub fn message_filter(&self) -> Option<super::SubscriptionKey> {
        self.messages.filter()
    }

    /// The newest message in its list.
    pub fn newest_message(&self) -> Option<Sequence> {
        self.messages.newest()
    }

    /// Messages received per second; ask with [`Lab::now`](super::Lab::now).
    pub fn received_rate(&self) -> &Rate {
        &self.received_rate
    }

    /// Messages sent per second.
    pub fn sent_rate(&self) -> &Rate {
        &self.sent_rate
    }

    /// Whether what is shown of it changes with time alone.
    pub(super) fn has_running_clock(&self, now: Instant) -> bool {
        !matches!(
            self.phase(),
            ConnectionPhase::Disconnected | ConnectionPhase::Closing
        ) || self.received_rate.is_moving(now)
            || self.sent_rate.is_moving(now)
            || self.received_bytes.is_moving(now)
            || self.sent_bytes.is_moving(now)
    }

    /// How long its stage has lasted.
    pub(super) fn stage_elapsed(&self, now: Instant) -> Duration {
        now.saturating_since(self.stage_since)
    }
}
