//! The lab broker's tables as plain data.

use core::ops::Range;
use core::time::Duration;

use super::LabBroker;
use super::marks::Change;
use super::wires::link_of;
use crate::broker::{Counters, SYSTEM_TOPICS, WillState};
use crate::codec::{ProtocolVersion, Qos, ReasonCode};
use crate::lab::trace::Sequence;
use crate::lab::{ClientKey, Lab, payload};
use crate::time::Instant;

/// One table of the Broker pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BrokerTable {
    /// Network Connections: [`Lab::connection_rows`].
    Connections,
    /// Sessions: [`Lab::session_rows`].
    Sessions,
    /// Subscriptions: [`Lab::subscription_rows`].
    Subscriptions,
    /// Retained messages: [`Lab::retained_rows`].
    Retained,
    /// Wills that may still be published: [`Lab::will_rows`].
    Wills,
    /// Wills that were published, discarded or cancelled: [`Lab::past_wills`].
    PastWills,
    /// Connections that were refused or have ended: [`Lab::past_connections`].
    PastConnections,
    /// `$SYS` topics: [`Lab::system_rows`].
    System,
}

impl BrokerTable {
    /// All of them, in the order in which the pane shows them.
    pub const ALL: [Self; 8] = [
        Self::Connections,
        Self::Sessions,
        Self::Subscriptions,
        Self::Retained,
        Self::Wills,
        Self::PastWills,
        Self::PastConnections,
        Self::System,
    ];

    /// Its heading.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connections => "Connections",
            Self::Sessions => "Sessions",
            Self::Subscriptions => "Subscriptions",
            Self::Retained => "Retained",
            Self::Wills => "Wills",
            Self::PastWills => "Past wills",
            Self::PastConnections => "Past connections",
            Self::System => "$SYS",
        }
    }

    /// What would fill it, for the pane that is empty.
    pub const fn when_empty(self) -> &'static str {
        match self {
            Self::Connections => "Nobody is connected. Connect a client to the lab broker.",
            Self::Sessions => "No sessions. A client that connects begins one.",
            Self::Subscriptions => "No subscriptions. A client that subscribes makes one.",
            Self::Retained => "Nothing is retained. Publish a message with Retain.",
            Self::Wills => {
                "No wills. A client registers one when it connects with a Last-Will Topic."
            }
            Self::PastWills => "No will has been published or discarded yet.",
            Self::PastConnections => "No connection has been refused or has ended yet.",
            Self::System => "The $SYS topics are off. The options have an interval for them.",
        }
    }
}

/// What stands above the tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerFacts {
    /// Whether it runs.
    pub is_running: bool,
    /// The code with which the next CONNECT will be refused, if it will.
    pub refuse_next: Option<ReasonCode>,
    /// What it has counted since it was started without memory.
    pub counters: Counters,
    /// How many faults are in place on the links of all clients.
    pub faults: usize,
}

/// What went through a connection one way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Bytes.
    pub bytes: u64,
    /// PUBLISH packets.
    pub messages: u64,
}

/// A Network Connection at the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionRow {
    /// Its number, for keyed lists and for
    /// [`Command::DisconnectAtBroker`](crate::lab::Command::DisconnectAtBroker).
    pub key: u64,
    /// Which client of the page it is.
    pub client: Option<ClientKey>,
    /// Whether it is a client of another tab.
    pub is_in_other_tab: bool,
    /// The Client Identifier; empty before CONNECT.
    pub client_id: String,
    /// The version of MQTT; `None` before CONNECT.
    pub version: Option<ProtocolVersion>,
    /// The User Name.
    pub username: Option<String>,
    /// The Keep Alive in use, in seconds; 0 is none.
    pub keep_alive: u16,
    /// How long until it is closed if nothing comes: at most one and a half Keep Alives.
    pub keep_alive_left: Option<Duration>,
    /// When it was opened.
    pub since: Instant,
    /// From the Client.
    pub received: Traffic,
    /// To the Client.
    pub sent: Traffic,
    /// Whether more waits on the link than it takes.
    pub congested: bool,
    /// How it changed last.
    pub change: Change,
}

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionRow {
    /// The Client Identifier, which is its key.
    pub client_id: String,
    /// Which client of the page used that Client Identifier last.
    pub client: Option<ClientKey>,
    /// Whether its client is connected.
    pub is_connected: bool,
    /// Whether it ends with its connection.
    pub is_clean: bool,
    /// How many subscriptions it has.
    pub subscriptions: usize,
    /// How many exchanges of QoS 1 and 2 to the client are unfinished.
    pub inflight_out: usize,
    /// How many QoS 2 messages from the client await PUBREL.
    pub inflight_in: usize,
    /// How many messages wait.
    pub queued: usize,
    /// How many of these are retained ones that a new subscription is still to be sent.
    pub queued_retained: usize,
    /// Bytes of these.
    pub queued_bytes: usize,
    /// Seconds it outlives its connection; `u32::MAX` is for ever.
    pub expiry_interval: u32,
    /// How long it still lives, while it has no connection and does end.
    pub expires_in: Option<Duration>,
    /// How it changed last.
    pub change: Change,
}

/// A subscription. Its key is `client_id` and `filter` together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubscriptionTableRow {
    /// Who gets what matches.
    pub client_id: String,
    /// Which client of the page that is.
    pub client: Option<ClientKey>,
    /// The whole Topic Filter, with `$share/` and the group where it is shared.
    pub filter: String,
    /// The group of a Shared Subscription: one of its members gets each message.
    pub group: Option<String>,
    /// The QoS granted.
    pub qos: Qos,
    /// 5.0: whether what the client publishes itself is kept from it.
    pub no_local: bool,
    /// 5.0: whether messages keep their RETAIN flag.
    pub retain_as_published: bool,
    /// 5.0: its Subscription Identifier.
    pub identifier: Option<u32>,
    /// How it changed last.
    pub change: Change,
}

/// A retained message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetainedMessageRow {
    /// Its topic, which is its key.
    pub topic: String,
    /// The beginning of its payload, in a form that can be shown.
    pub value: String,
    /// The payload's length in bytes.
    pub length: usize,
    /// With which QoS it was published.
    pub qos: Qos,
    /// How long it has been kept.
    pub age: Duration,
    /// How long it will be kept, where it has a Message Expiry Interval.
    pub expires_in: Option<Duration>,
    /// How it changed last.
    pub change: Change,
}

/// A will that may still be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WillRow {
    /// Whose: the Client Identifier, which is its key.
    pub client_id: String,
    /// Which client of the page that is.
    pub client: Option<ClientKey>,
    /// Where it would be published.
    pub topic: String,
    /// The beginning of its payload, in a form that can be shown.
    pub value: String,
    /// With which QoS.
    pub qos: Qos,
    /// Whether it would be retained.
    pub retain: bool,
    /// The Will Delay Interval in seconds.
    pub delay: u32,
    /// How long until it is published, once the connection is lost; `None` while it is armed.
    pub fires_in: Option<Duration>,
    /// How it changed last.
    pub change: Change,
}

/// What became of a will.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WillFate {
    /// It was published.
    Fired,
    /// It was not published, and will not be.
    Discarded,
    /// It was to be published after its delay, and the client came back in time.
    Cancelled,
}

/// A will that is no more. The lab remembers the latest hundred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastWill {
    /// For keyed lists.
    pub key: u64,
    /// Whose it was.
    pub client_id: String,
    /// Its topic.
    pub topic: String,
    /// What became of it.
    pub fate: WillFate,
    /// Why, as one word of the trace: [`Self::words`] says it in a sentence.
    pub word: &'static str,
    /// When.
    pub at: Instant,
    /// The record of this in the trace.
    pub record: Sequence,
    /// The record of the packet that caused it, if one did.
    pub cause: Option<Sequence>,
}

impl PastWill {
    /// What became of it and why.
    pub fn words(&self) -> &'static str {
        match (self.fate, self.word) {
            (WillFate::Cancelled, _) => {
                "Cancelled: the client came back before the delay was over."
            }
            (WillFate::Discarded, "disconnect") => "Discarded: the client left with a DISCONNECT.",
            (WillFate::Discarded, "not_authorized") => {
                "Discarded: the client may not publish there any more."
            }
            (WillFate::Discarded, _) => "Discarded: the broker's memory of it was taken away.",
            (WillFate::Fired, "netloss") => "Published: the connection ended without a DISCONNECT.",
            (WillFate::Fired, "keepalive") => {
                "Published: nothing came for one and a half Keep Alives."
            }
            (WillFate::Fired, "protocol_error") => {
                "Published: the broker ended the connection because the client broke a rule."
            }
            (WillFate::Fired, "takeover") => {
                "Published: another connection took the Client Identifier over."
            }
            (WillFate::Fired, "dwwm") => {
                "Published: the client asked for it in its DISCONNECT (0x04)."
            }
            (WillFate::Fired, "disconnect_with_error") => {
                "Published: the client left with a DISCONNECT that names an error."
            }
            (WillFate::Fired, "stopped") => "Published: the broker was stopped.",
            (WillFate::Fired, "delay_elapsed") => "Published: the Will Delay Interval is over.",
            (WillFate::Fired, "session_end") => "Published: the session has ended.",
            (WillFate::Fired, _) => "Published: the connection was ended at the broker.",
        }
    }
}

/// A `$SYS` topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemRow {
    /// The topic, which is its key.
    pub topic: String,
    /// Its value now.
    pub value: String,
}

/// How much of a payload a row shows, in bytes.
const VALUE_BYTES: usize = 80;

impl Lab {
    /// What stands above the tables.
    pub fn broker_facts(&self) -> BrokerFacts {
        let here = self.server.lab_broker();
        BrokerFacts {
            is_running: here.is_some_and(LabBroker::is_running),
            refuse_next: here.and_then(|here| here.refuse_next),
            counters: here.map_or_else(Counters::default, |here| *here.broker.counters()),
            faults: self.fault_count(),
        }
    }

    /// How many rows a table has.
    pub fn broker_count(&self, table: BrokerTable) -> usize {
        let Some(here) = self.server.lab_broker() else {
            return 0;
        };
        let broker = &here.broker;
        match table {
            BrokerTable::Connections => broker.connection_count(),
            BrokerTable::Sessions => broker.session_count(),
            BrokerTable::Subscriptions => broker.subscription_count(),
            BrokerTable::Retained => broker.retained_count(),
            BrokerTable::Wills => broker.will_count(),
            BrokerTable::PastWills => here.past_wills.len(),
            BrokerTable::PastConnections => here.past_connections.len(),
            BrokerTable::System => SYSTEM_TOPICS,
        }
    }

    /// The Network Connections in a range of rows, oldest first.
    pub fn connection_rows(&self, rows: Range<usize>) -> Vec<ConnectionRow> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let marks = &here.marks.connections;
        let connections = here.broker.connections_from(rows.start);
        let row = |view: crate::broker::ConnectionView<'_>| {
            let key = view.connection.value();
            let client = view.client;
            let deadline = client.and_then(|client| client.keep_alive_deadline);
            let tabs = &self.server.tabs;
            ConnectionRow {
                key,
                is_in_other_tab: link_of(view.connection).is_some_and(|link| tabs.is_visitor(link)),
                client: link_of(view.connection).and_then(|_| self.wires.owner(view.connection)),
                client_id: client.map_or_else(String::new, |client| client.client_id.to_owned()),
                version: client.map(|client| client.version),
                username: client.and_then(|client| client.username).map(str::to_owned),
                keep_alive: client.map_or(0, |client| client.keep_alive),
                keep_alive_left: deadline.map(|due| due.saturating_since(self.now)),
                since: view.since,
                received: Traffic {
                    bytes: view.bytes_received,
                    messages: view.messages_received,
                },
                sent: Traffic {
                    bytes: view.bytes_sent,
                    messages: view.messages_sent,
                },
                congested: view.congested,
                change: marks
                    .find(&key)
                    .map_or_else(Change::default, |mark| mark.change(|(), ()| None)),
            }
        };
        connections.take(rows.len()).map(row).collect()
    }

    /// The sessions in a range of rows, in the order of their Client Identifiers.
    pub fn session_rows(&self, rows: Range<usize>) -> Vec<SessionRow> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let marks = &here.marks.sessions;
        let sessions = here.broker.sessions_from(rows.start);
        let row = |view: crate::broker::SessionView<'_>| SessionRow {
            client_id: view.client_id.to_owned(),
            client: self.owner_of(view.client_id),
            is_connected: view.connection.is_some(),
            is_clean: view.clean,
            subscriptions: view.subscriptions,
            inflight_out: view.inflight_out,
            inflight_in: view.inflight_in,
            queued: view.queued,
            queued_retained: view.queued_retained,
            queued_bytes: view.queued_bytes,
            expiry_interval: view.expiry_interval,
            expires_in: view.expires_at.map(|at| at.saturating_since(self.now)),
            change: marks
                .find(view.client_id)
                .map_or_else(Change::default, |mark| mark.change(|was, is| was.was(is))),
        };
        sessions.take(rows.len()).map(row).collect()
    }

    /// The subscriptions in a range of rows, in the order of Client Identifiers, then of filters.
    pub fn subscription_rows(&self, rows: Range<usize>) -> Vec<SubscriptionTableRow> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let marks = &here.marks.subscriptions;
        let subscriptions = here.broker.subscriptions_from(rows.start);
        let row = |view: crate::broker::SubscriptionView<'_>| {
            let key = (view.client_id.into(), view.filter.into());
            SubscriptionTableRow {
                client_id: view.client_id.to_owned(),
                client: self.owner_of(view.client_id),
                filter: view.filter.to_owned(),
                group: view.group.map(str::to_owned),
                qos: view.options.qos,
                no_local: view.options.no_local,
                retain_as_published: view.options.retain_as_published,
                identifier: view.identifier.map(|identifier| identifier.value()),
                change: marks.find(&key).map_or_else(Change::default, |mark| {
                    mark.change(|was, _| Some(was.clone()))
                }),
            }
        };
        subscriptions.take(rows.len()).map(row).collect()
    }

    /// The retained messages in a range of rows.
    pub fn retained_rows(&self, rows: Range<usize>) -> Vec<RetainedMessageRow> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let marks = &here.marks.retained;
        let retained = here.broker.retained_from(rows.start);
        let row = |view: crate::broker::RetainedView<'_>| RetainedMessageRow {
            topic: view.topic.to_string(),
            value: preview(view.payload),
            length: view.payload.len(),
            qos: view.qos,
            age: self.now.saturating_since(view.since),
            expires_in: view.expires_at.map(|at| at.saturating_since(self.now)),
            change: marks.find(view.topic).map_or_else(Change::default, |mark| {
                mark.change(|was, _| {
                    // The packet that carried the value before is in the trace; nothing is kept
                    // twice.
                    let record = self.trace.get((*was)?)?;
                    Some(preview(record.payload()?))
                })
            }),
        };
        retained.take(rows.len()).map(row).collect()
    }

    /// The wills that may still be published in a range of rows.
    pub fn will_rows(&self, rows: Range<usize>) -> Vec<WillRow> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let marks = &here.marks.wills;
        let wills = here.broker.wills();
        let row = |view: crate::broker::WillView<'_>| WillRow {
            client_id: view.client_id.to_owned(),
            client: self.owner_of(view.client_id),
            topic: view.topic.to_owned(),
            value: preview(view.payload),
            qos: view.qos,
            retain: view.retain,
            delay: view.delay,
            fires_in: match view.state {
                WillState::Armed => None,
                WillState::Delayed { until } => Some(until.saturating_since(self.now)),
            },
            change: marks
                .find(view.client_id)
                .map_or_else(Change::default, |mark| {
                    mark.change(|was, _| Some((*was).to_owned()))
                }),
        };
        wills.skip(rows.start).take(rows.len()).map(row).collect()
    }

    /// The latest wills that are no more, newest first.
    pub fn past_wills(&self, rows: Range<usize>) -> Vec<PastWill> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let wills = here.past_wills.iter().rev();
        wills.skip(rows.start).take(rows.len()).cloned().collect()
    }

    /// The `$SYS` topics in a range of rows.
    pub fn system_rows(&self, rows: Range<usize>) -> Vec<SystemRow> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let topics = here.broker.system_topics(self.now);
        let row = |(topic, value): (&'static str, String)| SystemRow {
            topic: topic.to_owned(),
            value,
        };
        topics.skip(rows.start).take(rows.len()).map(row).collect()
    }

    /// Which client of the page used a Client Identifier last, while it is still there.
    fn owner_of(&self, client_id: &str) -> Option<ClientKey> {
        let owner = self.server.lab_broker()?.owners.get(client_id).copied();
        owner.filter(|owner| !owner.is_of_other_tab())
    }
}

fn preview(bytes: &[u8]) -> String {
    payload::preview(bytes, VALUE_BYTES)
}
