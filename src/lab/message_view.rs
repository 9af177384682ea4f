//! Rows of the message list and the facts of one message, as text that is ready to show.

use core::ops::Range;

use super::explain::{Help, help};
use super::export::IMPORTED;
use super::filter::FoundIn;
use super::list_view::ListExtent;
use super::messages::{MessageDetails, MessageProperty, MessageRow};
use super::payload::{PayloadKind, guess_kind, preview};
use super::settings::TimeView;
use super::trace::{Direction, Sequence, Trace};
use super::{ClientKey, Lab, format};
use crate::time::Instant;

/// The longest topic and the longest payload of a row, in characters; a row is one line.
const ROW_TEXT_MAXIMUM: usize = 240;

/// One row of the message list as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowView {
    /// The record, and the row's key.
    pub sequence: Sequence,
    /// Its number in the list; see [`ListExtent`](super::list_view::ListExtent).
    pub number: u64,
    /// When, to the millisecond.
    pub time: String,
    /// Topic Name, with what would be invisible made visible.
    pub topic: String,
    /// The number of the QoS.
    pub qos: u8,
    /// Whether the Retain flag was set.
    pub retain: bool,
    /// Whether the DUP flag was set.
    pub dup: bool,
    /// Whether this client sent it.
    pub is_sent: bool,
    /// The client whose will it equals.
    pub will_of: Option<String>,
    /// The colour of the subscription that it came for.
    pub colour: Option<u8>,
    /// The beginning of the payload.
    pub payload: String,
    /// Whether there is no payload.
    pub is_empty: bool,
    /// What of [`Self::topic`] is the text that the list is filtered by: byte ranges, in order.
    pub topic_matches: Vec<Range<usize>>,
    /// What of [`Self::payload`] is. The text can also stand further on in the payload, where the
    /// row does not reach.
    pub payload_matches: Vec<Range<usize>>,
}

/// One message, for the details pane. It holds its payload, so that it stays readable when the trace
/// drops the packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    /// The record.
    pub sequence: Sequence,
    /// Topic Name, exactly.
    pub topic: String,
    /// Name, value and what it means.
    pub facts: Vec<Fact>,
    /// 5.0: the properties that it carries.
    pub properties: Vec<MessageProperty>,
    /// The payload, all of it.
    pub payload: Vec<u8>,
    /// What the payload looks like.
    pub kind: PayloadKind,
}

/// A name with a value, and a sentence on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// Such as `Packet Identifier`.
    pub name: &'static str,
    /// Such as `17`.
    pub value: String,
    /// What the name means.
    pub help: &'static str,
    /// What the value tells here; empty where it speaks for itself.
    pub note: &'static str,
}

impl Lab {
    /// The rows at these positions from the top.
    pub fn message_row_views(&self, client: ClientKey, positions: Range<usize>) -> Vec<RowView> {
        self.message_row_views_in(client, self.message_extent(client), positions)
    }

    /// The rows that were at these positions from the top when the list had `extent`: what has come
    /// in above them since does not move them. Of another list, the rows that are there now.
    pub fn message_row_views_in(
        &self,
        client: ClientKey,
        extent: ListExtent,
        positions: Range<usize>,
    ) -> Vec<RowView> {
        let now = self.message_extent(client);
        let extent = if extent.list == now.list { extent } else { now };
        positions
            .filter_map(|position| {
                let number = extent.number(position)?;
                let row = self.message_row(client, now.position(number)?)?;
                Some(self.row_view(client, &row, number))
            })
            .collect()
    }

    /// Everything about one message; `None` where the trace has dropped it.
    pub fn message_facts(&self, client: ClientKey, sequence: Sequence) -> Option<MessageFacts> {
        let details = self.message_details(client, sequence)?;
        let row = &details.row;
        let fact = |name, value, subject| Fact {
            name,
            value,
            help: help(subject),
            note: "",
        };
        let bytes = |length: usize| format::exact_bytes(length as u64);
        let yes_no = |flag: bool| if flag { "1, set" } else { "0, not set" }.to_owned();
        let mut facts = vec![
            fact(
                "Time",
                self.exact_time_of(client, row.at),
                Help::MessageTime,
            ),
            fact("QoS", qos_words(row.qos.as_u8()), Help::Qos),
            Fact {
                note: details.retain_words,
                ..fact("Retain", yes_no(row.retain), Help::Retain)
            },
            fact("DUP", yes_no(row.dup), Help::Dup),
            fact(
                "Packet Identifier",
                details
                    .packet_id
                    .map_or_else(|| "none at QoS 0".to_owned(), |id| id.to_string()),
                Help::PacketIdentifier,
            ),
            fact("On the wire", bytes(row.wire_size), Help::SizeOnTheWire),
            fact("Payload", bytes(row.payload.len()), Help::Message),
            fact(
                "Direction",
                match row.direction {
                    Direction::Sent => "sent by this client",
                    Direction::Received => "received from the broker",
                }
                .to_owned(),
                Help::Direction,
            ),
        ];
        if !details.filters.is_empty() {
            facts.push(Fact {
                note: overlap_words(&details),
                ..fact("Matches now", details.filters.join(", "), Help::WhyMatch)
            });
        }
        if let Some(will) = &row.will_of {
            let value = format!("equals the will of {}", will.name);
            facts.push(fact("Will", value, Help::MatchesWill));
        }
        Some(MessageFacts {
            sequence,
            topic: row.topic.to_owned(),
            facts,
            kind: guess_kind(row.payload),
            payload: row.payload.to_vec(),
            properties: details.properties,
        })
    }

    /// The time as the settings have it, to the millisecond.
    pub fn shown_time(&self, at: Instant) -> String {
        self.time_by(self.clock(), at)
    }

    /// The same for a time in the records of `client`, which can be those of an imported file.
    pub(super) fn shown_time_of(&self, client: ClientKey, at: Instant) -> String {
        self.time_by(self.clock_of(client), at)
    }

    fn time_by(&self, clock: format::WallClock, at: Instant) -> String {
        match self.settings().time_view {
            TimeView::Clock => clock.time_of_day(at),
            TimeView::Utc => format::WallClock {
                minutes_ahead_of_utc: 0,
                ..clock
            }
            .time_of_day(at),
            TimeView::Elapsed => {
                let milliseconds = at.as_micros() / 1_000;
                format!(
                    "{}.{:03} s",
                    format::count(milliseconds / 1_000),
                    milliseconds % 1_000
                )
            }
        }
    }

    /// Date and time of day to the millisecond.
    pub fn exact_time(&self, at: Instant) -> String {
        exact_time_by(self.clock(), at)
    }

    /// The same for a time in the records of `client`.
    fn exact_time_of(&self, client: ClientKey, at: Instant) -> String {
        exact_time_by(self.clock_of(client), at)
    }

    /// `18,204 kept · 3.1 MB of 256 MB · 0 dropped`: what this list holds, shown or not, and all of the page.
    pub fn kept_words(&self, client: ClientKey) -> String {
        let show_sent = self.settings.show_sent;
        let messages = self.messages_of(client);
        let kept = messages.map_or(0, |messages| messages.base(show_sent).len()) as u64;
        let dropped = self.trace_of(client).map_or(0, |t| t.dropped().records);
        let file = self.trace_of(IMPORTED).map_or(0, Trace::bytes_used);
        let mut words = format!(
            "{} kept · {} of {} MB · {} dropped",
            format::count(kept),
            format::bytes((self.trace().bytes_used() + file) as u64),
            format::count(self.settings().trace_megabytes.into()),
            format::count(dropped),
        );
        // The trace is everybody's: what went may have been another client's.
        let own = self
            .client(client)
            .map_or(0, |client| client.messages_dropped());
        if own > 0 {
            words.push_str(&format!(", {} of this list", format::count(own)));
        }
        words
    }

    fn row_view(&self, client: ClientKey, row: &MessageRow<'_>, number: u64) -> RowView {
        let topic = preview(row.topic.as_bytes(), ROW_TEXT_MAXIMUM);
        let payload = preview(row.payload, ROW_TEXT_MAXIMUM);
        RowView {
            sequence: row.sequence,
            number,
            time: self.shown_time_of(client, row.at),
            topic_matches: self.match_spans(client, &topic, FoundIn::Topic),
            payload_matches: self.match_spans(client, &payload, FoundIn::Payload),
            topic,
            qos: row.qos.as_u8(),
            retain: row.retain,
            dup: row.dup,
            is_sent: row.direction == Direction::Sent,
            will_of: row.will_of.map(|will| will.name.to_owned()),
            colour: row.colour,
            payload,
            is_empty: row.payload.is_empty(),
        }
    }
}

fn exact_time_by(clock: format::WallClock, at: Instant) -> String {
    [clock.date(at), clock.time_of_day(at)].join(" ")
}

/// What it means that several subscriptions match.
fn overlap_words(details: &MessageDetails<'_>) -> &'static str {
    let is_received = details.row.direction == Direction::Received;
    if details.filters.len() < 2 || !is_received {
        return "";
    }
    let names_its_own = details
        .properties
        .iter()
        .any(|property| property.name == "Subscription Identifier");
    match (names_its_own, details.copies > 1) {
        (true, _) => {
            "These subscriptions overlap. The Subscription Identifier tells which of them the \
             server sent it for."
        }
        (false, true) => {
            "These subscriptions overlap, and the server sent the message several times, directly \
             one after another: a copy for each of them. No copy tells which one it is for, so each \
             counts for all that match, and has the colour of the first."
        }
        (false, false) => {
            "These subscriptions overlap, and the server sent the message once for all of them. It \
             counts for each, and has the colour of the first. Other servers send a copy for each."
        }
    }
}

fn qos_words(qos: u8) -> String {
    match qos {
        0 => "0, at most once",
        1 => "1, at least once",
        _ => "2, exactly once",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::Qos;
    use crate::lab::{Command, Environment, Settings, WillMark};

    fn lab() -> Lab {
        Lab::new(Environment {
            seed: 1,
            unix_origin_ms: 1_790_000_000_000,
            minutes_offset: 60,
            page_is_https: false,
            query: Vec::new(),
            stored: Ok(Vec::new()),
        })
    }

    #[test]
    fn a_row_is_text_with_nothing_invisible() {
        let lab = lab();
        let key = ClientKey::new(2);
        let row = MessageRow {
            sequence: Sequence::new(7),
            at: Instant::from_millis(1_234),
            topic: "a\u{200b}b/c",
            qos: Qos::AtLeastOnce,
            retain: true,
            dup: false,
            direction: Direction::Received,
            wire_size: 20,
            payload: b"line\nline",
            colour: Some(3),
            will_of: Some(WillMark {
                client: key,
                name: "bob",
            }),
        };
        let view = lab.row_view(lab.selected().unwrap().key(), &row, 5);
        assert_eq!(view.topic, "a⟨U+200B⟩b/c");
        assert_eq!(view.payload, "line↵line");
        assert_eq!(view.will_of.as_deref(), Some("bob"));
        assert!(!view.is_empty && !view.is_sent);
        assert_eq!((view.number, view.qos, view.colour), (5, 1, Some(3)));
    }

    #[test]
    fn times_follow_the_setting() {
        let mut lab = lab();
        let at = Instant::from_millis(1_234);
        let local = lab.shown_time(at);
        assert!(lab.exact_time(at).ends_with(&local), "{local}");
        for (time_view, expected) in [
            (TimeView::Elapsed, "1.234 s"),
            (TimeView::Utc, "14:13:21.234"),
        ] {
            let settings = Settings {
                time_view,
                ..lab.settings().clone()
            };
            lab.handle_command(Command::SetSettings { settings }, at)
                .unwrap();
            let shown = lab.shown_time(at);
            assert!(shown.starts_with(expected), "{shown} {local}");
            assert_ne!(shown, local);
        }
    }

    #[test]
    fn what_is_kept_and_dropped_is_said() {
        let lab = lab();
        let words = lab.kept_words(lab.selected().unwrap().key());
        assert!(words.starts_with("0 kept · "), "{words}");
        assert!(words.ends_with(" of 256 MB · 0 dropped"), "{words}");
    }

    #[test]
    fn a_message_that_is_not_there_has_no_facts() {
        let lab = lab();
        let key = lab.selected().unwrap().key();
        assert_eq!(lab.message_facts(key, Sequence::new(9)), None);
        assert_eq!(lab.message_row_views(key, 0..10), []);
    }
}
