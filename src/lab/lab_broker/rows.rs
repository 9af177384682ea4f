//! The rows of the Broker pane as words: one shape for all tables, so that they are drawn alike.

use core::ops::Range;
use core::time::Duration;

use super::marks::Change;
use super::views::{BrokerTable, Traffic, WillFate};
use crate::broker::{InflightState, InflightView, QueuedView};
use crate::lab::payload::foreign_words;
use crate::lab::refusal::as_sentence;
use crate::lab::trace::Sequence;
use crate::lab::wording::Standing;
use crate::lab::{ClientKey, Lab, explain, format};
use crate::time::Instant;

/// A row of any table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerRow {
    /// What it is called, and its key within its table.
    pub name: String,
    /// The number that tells rows with one name apart; 0 where names are enough.
    pub number: u64,
    /// Which client of the page it belongs to.
    pub client: Option<(ClientKey, String)>,
    /// How it stands, in a word or a few.
    pub state: (Standing, String),
    /// What else there is: a name and a value.
    pub facts: Vec<(&'static str, String)>,
    /// What it holds, a line each, as far as there is room.
    pub list: Vec<String>,
    /// A sentence where one is needed.
    pub note: String,
    /// What it was before its last change: `was 3 in flight`; empty where that is not known.
    pub was: String,
    /// Whether it has changed within the last two seconds.
    pub is_fresh: bool,
    /// The record that caused the last change, while the trace still has it.
    pub cause: Option<Sequence>,
    /// What a person can do to it.
    pub deed: Option<RowDeed>,
}

/// What can be done to a row at the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowDeed {
    /// End the connection: [`Command::DisconnectAtBroker`](crate::lab::Command::DisconnectAtBroker).
    Disconnect(u64),
    /// Discard the session: [`Command::DiscardSession`](crate::lab::Command::DiscardSession).
    DiscardSession(String),
    /// Forget the retained message: [`Command::ClearRetainedAtBroker`](crate::lab::Command::ClearRetainedAtBroker).
    ClearRetained(String),
}

/// How many lines of each kind a row lists.
const LINES: usize = 5;

/// How long a change is fresh.
const FRESH: Duration = Duration::from_secs(2);

impl Lab {
    /// The rows of a table in a range, as words.
    pub fn broker_rows(&self, table: BrokerTable, rows: Range<usize>) -> Vec<BrokerRow> {
        match table {
            BrokerTable::Connections => self.words_of_connections(rows),
            BrokerTable::Sessions => self.words_of_sessions(rows),
            BrokerTable::Subscriptions => self.words_of_subscriptions(rows),
            BrokerTable::Retained => self.words_of_retained(rows),
            BrokerTable::Wills => self.words_of_wills(rows),
            BrokerTable::PastWills => self.words_of_past_wills(rows),
            BrokerTable::PastConnections => self.words_of_past_connections(rows),
            BrokerTable::System => self.words_of_system(rows),
        }
    }

    /// The lab broker in one line: `2 connections · 3 sessions · 5 retained`.
    pub fn broker_line(&self) -> String {
        let number = |table, one: &str, many: &str| {
            let number = self.broker_count(table);
            let unit = if number == 1 { one } else { many };
            [&count(number), " ", unit].concat()
        };
        [
            number(BrokerTable::Connections, "connection", "connections"),
            number(BrokerTable::Sessions, "session", "sessions"),
            number(BrokerTable::Retained, "retained", "retained"),
        ]
        .join(" · ")
    }

    fn words_of_connections(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |row: super::ConnectionRow| {
            let state = if row.congested {
                (
                    Standing::UnderWay,
                    "cannot take more at the moment".to_owned(),
                )
            } else if row.version.is_some() {
                (Standing::Good, "connected".to_owned())
            } else {
                (Standing::UnderWay, "waits for CONNECT".to_owned())
            };
            let name = name_of(row.client_id, row.key);
            let mut words = self.row(name, row.client, state, row.change);
            words.number = row.key;
            words.deed = Some(RowDeed::Disconnect(row.key));
            let facts = &mut words.facts;
            if row.is_in_other_tab {
                facts.push(("From", "another tab".to_owned()));
            }
            if let Some(version) = row.version {
                facts.push(("MQTT", version.name().to_owned()));
            }
            facts.push((
                "Keep Alive",
                keep_alive(row.keep_alive, row.keep_alive_left),
            ));
            if let Some(username) = row.username {
                facts.push(("Username", username));
            }
            facts.push(("Since", self.clock().time_of_day(row.since)));
            facts.push(("In", traffic(row.received)));
            facts.push(("Out", traffic(row.sent)));
            words
        };
        self.connection_rows(rows).into_iter().map(word).collect()
    }

    fn words_of_sessions(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |row: super::SessionRow| {
            let state = if row.is_connected {
                (Standing::Good, "connected".to_owned())
            } else {
                (Standing::Idle, "absent".to_owned())
            };
            let mut words = self.row(row.client_id.clone(), row.client, state, row.change);
            let inflight = row.inflight_out + row.inflight_in;
            let exchanges = self.exchange_words(&row.client_id, inflight);
            let waiting = self.waiting_words(&row.client_id, row.queued);
            words.deed = Some(RowDeed::DiscardSession(row.client_id));
            words.facts = vec![
                ("Subscriptions", count(row.subscriptions)),
                ("In flight to client", count(row.inflight_out)),
                ("In flight from client", count(row.inflight_in)),
                (
                    "Queued",
                    queued(row.queued, row.queued_retained, row.queued_bytes),
                ),
                (
                    "Ends",
                    session_end(row.is_connected, row.expiry_interval, row.expires_in),
                ),
            ];
            words.list = [exchanges, waiting].concat();
            if row.inflight_out > 0 && !row.is_connected {
                "What is in flight is sent again, with DUP, when this client connects without Clean \
                 Session."
                    .clone_into(&mut words.note);
            }
            words
        };
        self.session_rows(rows).into_iter().map(word).collect()
    }

    fn words_of_subscriptions(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |row: super::SubscriptionTableRow| {
            let state = match &row.group {
                Some(group) => (Standing::Good, format!("shared by the group {group}")),
                None => (Standing::Good, "active".to_owned()),
            };
            let mut words = self.row(row.filter, row.client, state, row.change);
            words.facts = vec![
                ("Goes to", row.client_id),
                ("QoS granted", row.qos.as_u8().to_string()),
            ];
            let facts = &mut words.facts;
            if let Some(identifier) = row.identifier {
                facts.push(("Subscription Identifier", identifier.to_string()));
            }
            if row.no_local {
                facts.push(("No Local", "set".to_owned()));
            }
            if row.retain_as_published {
                facts.push(("Retain As Published", "set".to_owned()));
            }
            if row.group.is_some() {
                "Each message goes to one member of the group.".clone_into(&mut words.note);
            }
            words
        };
        self.subscription_rows(rows).into_iter().map(word).collect()
    }

    fn words_of_retained(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |row: super::RetainedMessageRow| {
            let state = (Standing::Good, "retained".to_owned());
            let mut words = self.row(row.topic.clone(), None, state, row.change);
            words.deed = Some(RowDeed::ClearRetained(row.topic));
            words.facts = vec![
                ("Value", row.value),
                ("Size", format::exact_bytes(row.length as u64)),
                ("QoS", row.qos.as_u8().to_string()),
                ("Age", format::duration(row.age)),
                ("Expires", row.expires_in.map_or_else(never, left)),
            ];
            words
        };
        self.retained_rows(rows).into_iter().map(word).collect()
    }

    fn words_of_wills(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |row: super::WillRow| {
            let state = match row.fires_in {
                None => (Standing::Good, "armed".to_owned()),
                Some(due) => (Standing::UnderWay, ["published ", &left(due)].concat()),
            };
            let mut words = self.row(row.client_id, row.client, state, row.change);
            words.facts = vec![
                ("Topic", row.topic),
                ("Message", row.value),
                ("QoS", row.qos.as_u8().to_string()),
                ("Retain", if row.retain { "1" } else { "0" }.to_owned()),
            ];
            if row.delay > 0 {
                words.facts.push(("Will Delay", format!("{} s", row.delay)));
            }
            words
        };
        self.will_rows(rows).into_iter().map(word).collect()
    }

    fn words_of_past_wills(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |will: super::PastWill| {
            let state = match will.fate {
                WillFate::Fired => (Standing::Bad, "published"),
                WillFate::Discarded => (Standing::Idle, "discarded"),
                WillFate::Cancelled => (Standing::Idle, "cancelled"),
            };
            let change = Change {
                changed_at: Some(will.at),
                was: None,
                cause: will.cause.or(Some(will.record)),
            };
            let note = will.words().to_owned();
            let state = (state.0, state.1.to_owned());
            let mut words = self.row(will.client_id, None, state, change);
            words.number = will.key;
            words.note = note;
            words.facts = vec![
                ("Topic", will.topic),
                ("At", self.clock().time_of_day(will.at)),
            ];
            words
        };
        self.past_wills(rows).into_iter().map(word).collect()
    }

    fn words_of_past_connections(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |past: super::PastConnection| {
            let state = match past.is_refused {
                true => (Standing::Bad, "refused".to_owned()),
                false => (Standing::Idle, "ended".to_owned()),
            };
            let change = Change {
                changed_at: Some(past.at),
                was: None,
                cause: past.cause,
            };
            let code = past.code_words();
            let name = name_of(past.client_id, past.key);
            let mut words = self.row(name, None, state, change);
            words.number = past.key;
            words.note = as_sentence(explain::connection_cause(past.word));
            words.facts = vec![("At", self.clock().time_of_day(past.at))];
            if let Some(code) = code {
                words.facts.push(("Reason Code", code));
            }
            words
        };
        self.past_connections(rows).into_iter().map(word).collect()
    }

    fn words_of_system(&self, rows: Range<usize>) -> Vec<BrokerRow> {
        let word = |row: super::SystemRow| {
            let state = (Standing::Idle, String::new());
            let mut words = self.row(row.topic, None, state, Change::default());
            words.facts = vec![("Value", row.value)];
            words
        };
        self.system_rows(rows).into_iter().map(word).collect()
    }

    /// The unfinished exchanges of a session, a line each, and how many more there are.
    fn exchange_words(&self, client_id: &str, number: usize) -> Vec<String> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let exchanges = here.broker.inflight(client_id);
        let line = |view: InflightView<'_>| {
            let state = match view.state {
                InflightState::AwaitingPuback => "awaits PUBACK",
                InflightState::AwaitingPubrec => "awaits PUBREC",
                InflightState::AwaitingPubcomp => "awaits PUBCOMP",
                InflightState::AwaitingPubrel => "from the client, awaits PUBREL",
                InflightState::Complete | InflightState::Released => "done",
            };
            let id = view.packet_id.value();
            match view.topic {
                Some(topic) => format!("in flight: {id} {state}, {}", foreign_words(topic)),
                None => format!("in flight: {id} {state}"),
            }
        };
        let mut lines: Vec<_> = exchanges.take(LINES).map(line).collect();
        lines.extend(more(number));
        lines
    }

    /// The messages that wait for a session, a line each, and how many more there are.
    fn waiting_words(&self, client_id: &str, number: usize) -> Vec<String> {
        let Some(here) = self.server.lab_broker() else {
            return Vec::new();
        };
        let queued = here.broker.queued(client_id);
        let line = |view: QueuedView<'_>| {
            let topic = foreign_words(view.message.topic());
            format!("waits: QoS {}, {topic}", view.qos.as_u8())
        };
        let mut lines: Vec<_> = queued.take(LINES).map(line).collect();
        lines.extend(more(number));
        lines
    }

    /// A row without facts yet.
    fn row(
        &self,
        name: String,
        client: Option<ClientKey>,
        state: (Standing, String),
        change: Change,
    ) -> BrokerRow {
        let is_fresh = |at: Instant| self.now().saturating_since(at) < FRESH;
        let of_page = client.and_then(|key| self.client(key));
        BrokerRow {
            name,
            number: 0,
            client: of_page
                .map(|client| (client.key(), client.name().to_owned()))
                .or(client
                    .filter(|key| key.is_bot())
                    .map(|key| (key, "a device of this page".to_owned()))),
            state,
            facts: Vec::new(),
            list: Vec::new(),
            note: String::new(),
            was: change
                .was
                .map_or_else(String::new, |was| ["was ", &was].concat()),
            is_fresh: change.changed_at.is_some_and(is_fresh),
            cause: change
                .cause
                .filter(|sequence| self.trace().get(*sequence).is_some()),
            deed: None,
        }
    }
}

fn name_of(client_id: String, connection: u64) -> String {
    if client_id.is_empty() {
        return format!("connection {connection}");
    }
    client_id
}

fn keep_alive(seconds: u16, remaining: Option<Duration>) -> String {
    match (seconds, remaining) {
        (0, _) => "0 s: off".to_owned(),
        (_, None) => format!("{seconds} s"),
        (_, Some(remaining)) => format!("{seconds} s, closed {} without a packet", left(remaining)),
    }
}

fn session_end(is_connected: bool, interval: u32, expires_in: Option<Duration>) -> String {
    match (is_connected, interval, expires_in) {
        (_, u32::MAX, _) => never(),
        (true, 0, _) => "with its connection".to_owned(),
        (true, seconds, _) => format!("{seconds} s after its connection"),
        (false, _, Some(remaining)) => left(remaining),
        (false, _, None) => never(),
    }
}

fn left(remaining: Duration) -> String {
    ["in ", &format::duration(remaining)].concat()
}

/// What is left out of a list of so many.
fn more(number: usize) -> Option<String> {
    let rest = number.checked_sub(LINES).filter(|rest| *rest > 0)?;
    Some(format!("and {} more", format::count(rest as u64)))
}

fn never() -> String {
    "never".to_owned()
}

fn count(number: usize) -> String {
    format::count(number as u64)
}

fn queued(messages: usize, retained: usize, bytes: usize) -> String {
    if messages == 0 {
        return count(0);
    }
    let retained = match retained {
        0 => String::new(),
        number => [" (", &count(number), " retained)"].concat(),
    };
    let bytes = format::bytes(bytes as u64);
    [&count(messages), &retained, ", ", &bytes].concat()
}

fn traffic(traffic: Traffic) -> String {
    let messages = format::count(traffic.messages);
    [&messages, " PUBLISH, ", &format::bytes(traffic.bytes)].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_session_is_told_in_words() {
        let minute = Some(Duration::from_secs(60));
        assert_eq!(session_end(true, 0, None), "with its connection");
        assert_eq!(session_end(true, 60, None), "60 s after its connection");
        assert_eq!(session_end(false, 60, minute), "in 01:00");
        assert_eq!(session_end(false, u32::MAX, None), "never");
    }

    #[test]
    fn what_waits_is_counted() {
        assert_eq!(queued(0, 0, 0), "0");
        assert_eq!(queued(2, 0, 14), ["2, ", &format::bytes(14)].concat());
        assert!(queued(1_000, 999, 14_000).starts_with("1,000 (999 retained), 14"));
    }

    #[test]
    fn the_keep_alive_counts_down() {
        assert_eq!(keep_alive(0, None), "0 s: off");
        let left = Some(Duration::from_secs(89));
        assert_eq!(
            keep_alive(60, left),
            "60 s, closed in 01:29 without a packet"
        );
    }
}
