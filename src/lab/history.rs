//! The history of one topic: its messages, newest first, and what each has changed.
//!
//! [`Command::OpenHistory`](super::Command::OpenHistory) gathers it; older messages are found in slices while
//! [`Lab::work`] is called, newer ones as they come.

use core::ops::Range;

use super::filter::{Search, SearchProgress};
use super::list_view::ListExtent;
use super::payload::{JsonPath, Leaf, NumberAt, as_text, leaves, numbers_in, preview};
use super::trace::{Direction, Sequence};
use super::{ClientKey, Lab, format};

/// How many changes of a JSON value are told; the rest is counted.
pub const JSON_CHANGES_MAXIMUM: usize = 50;

/// The longest payload that is compared as JSON, in bytes; larger ones are compared as text.
const JSON_COMPARED_MAXIMUM: usize = 65_536;

/// The longest value of a row, in characters.
const VALUE_MAXIMUM: usize = 240;

/// The longest part of a text that is shown as taken away or put in, in characters.
const PART_MAXIMUM: usize = 120;

/// The messages of one topic.
#[derive(Debug)]
pub(super) struct History {
    pub(super) topic: String,
    pub(super) search: Search,
    /// Which list it is; another topic is another one.
    pub(super) list: u64,
}

/// One message of a topic's history.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRow {
    /// The record, and the row's key.
    pub sequence: Sequence,
    /// Its number in the list; see [`ListExtent`].
    pub number: u64,
    /// When, as the settings have it.
    pub time: String,
    /// The number of the QoS.
    pub qos: u8,
    /// Whether the Retain flag was set.
    pub retain: bool,
    /// Whether the DUP flag was set.
    pub dup: bool,
    /// Whether this client sent it.
    pub is_sent: bool,
    /// The beginning of the payload.
    pub value: String,
    /// What it has changed.
    pub difference: Difference,
}

/// How a payload differs from the one before it on its topic.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// There is none before it that is known.
    First,
    /// Byte for byte the same.
    Same,
    /// Both are numbers.
    Number {
        /// By how much it has grown; negative where it has shrunk.
        change: f64,
    },
    /// Both are JSON.
    Json {
        /// What has changed, up to [`JSON_CHANGES_MAXIMUM`].
        changes: Vec<JsonChange>,
        /// How many more changes there are.
        more: usize,
    },
    /// Both are text.
    Text {
        /// How many bytes at the beginning are the same, at a boundary of characters.
        same_before: usize,
        /// What stood between the same beginning and the same end, cut where it is long.
        removed: String,
        /// What stands there now, cut where it is long.
        added: String,
    },
    /// At least one is binary.
    Bytes {
        /// The length of the payload before, in bytes.
        length_before: usize,
        /// The length of this one.
        length: usize,
        /// The first byte that differs, from 0; the length of the shorter one where that is how
        /// the longer one begins.
        offset: usize,
    },
}

/// One value inside a JSON payload that has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonChange {
    /// Where it is.
    pub path: JsonPath,
    /// What it was, as it was written; `None` where there was none.
    pub before: Option<String>,
    /// What it is; `None` where there is none any more.
    pub after: Option<String>,
}

impl Difference {
    /// What differs between a payload and the one before it.
    pub fn between(before: &[u8], after: &[u8]) -> Self {
        if before == after {
            return Self::Same;
        }
        if let Some((old, new)) = number(before).zip(number(after)) {
            return Self::Number { change: new - old };
        }
        if before.len().max(after.len()) <= JSON_COMPARED_MAXIMUM
            && let (Ok(old), Ok(new)) = (leaves(before), leaves(after))
            && !(old.is_cut || new.is_cut)
        {
            let (changes, more) = json_changes(old.list, new.list);
            // White space, the order of members, or how a string is escaped: told as text.
            if !changes.is_empty() {
                return Self::Json { changes, more };
            }
        }
        match (as_text(before), as_text(after)) {
            (Ok(old), Ok(new)) => text_difference(old, new),
            _ => Self::Bytes {
                length_before: before.len(),
                length: after.len(),
                offset: common_prefix(before, after),
            },
        }
    }

    /// The same in words, one line.
    pub fn words(&self) -> String {
        match self {
            Self::First => "first that is known".to_owned(),
            Self::Same => "unchanged".to_owned(),
            Self::Number { change } => format!("{} {}", sign(*change), plain(change.abs())),
            Self::Json { changes, more } => {
                let shown = changes.iter().map(JsonChange::words);
                let mut words = shown.collect::<Vec<_>>().join(" · ");
                if *more > 0 {
                    words.push_str(&format!(" · {} more", format::count(*more as u64)));
                }
                words
            }
            Self::Text {
                same_before,
                removed,
                added,
            } => {
                let place = format::count(*same_before as u64);
                match (removed.is_empty(), added.is_empty()) {
                    (true, _) => format!("after {place} bytes: + {added}"),
                    (_, true) => format!("after {place} bytes: − {removed}"),
                    _ => format!("after {place} bytes: {removed} → {added}"),
                }
            }
            Self::Bytes {
                length_before,
                length,
                offset,
            } => format!(
                "{} → {}, differs from byte {} on",
                format::exact_bytes(*length_before as u64),
                format::exact_bytes(*length as u64),
                format::count(*offset as u64)
            ),
        }
    }
}

impl JsonChange {
    /// `temperature: 21.5 → 21.7`.
    pub fn words(&self) -> String {
        let path = self.path.to_string();
        let name = if path.is_empty() { "value" } else { &path };
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => format!("{name}: {before} → {after}"),
            (None, Some(after)) => format!("+ {name}: {after}"),
            (Some(before), None) => format!("− {name}: {before}"),
            (None, None) => name.to_owned(),
        }
    }
}

impl Lab {
    /// The topic whose history is gathered for a client.
    pub fn history_topic(&self, client: ClientKey) -> Option<&str> {
        Some(&self.messages_of(client)?.history()?.topic)
    }

    /// How far the search for older messages of the topic is.
    pub fn history_progress(&self, client: ClientKey) -> Option<SearchProgress> {
        let messages = self.messages_of(client)?;
        let base = messages.base(self.settings.show_sent);
        Some(messages.history()?.search.progress(base))
    }

    /// What the history has now: its rows numbered over all that it ever had.
    pub fn history_extent(&self, client: ClientKey) -> ListExtent {
        let history = self.messages_of(client).and_then(|m| m.history());
        history.map_or_else(ListExtent::default, |history| {
            let first = history.search.first_number();
            ListExtent {
                list: history.list,
                first,
                end: first + history.search.found().len() as u64,
            }
        })
    }

    /// The rows at these positions from the top, the newest being 0.
    pub fn history_rows(&self, client: ClientKey, positions: Range<usize>) -> Vec<HistoryRow> {
        let extent = self.history_extent(client);
        positions
            .filter_map(|position| self.history_row(client, &extent, position))
            .collect()
    }

    fn history_row(
        &self,
        client: ClientKey,
        extent: &ListExtent,
        position: usize,
    ) -> Option<HistoryRow> {
        let list = self.messages_of(client)?.history()?.search.found();
        let trace = self.trace_of(client)?;
        let place = list.len().checked_sub(1)?.checked_sub(position)?;
        let record = trace.get(list.at(place)?)?;
        let payload = record.payload()?;
        let before = place.checked_sub(1).and_then(|before| list.at(before));
        let before = before.and_then(|before| trace.get(before)?.payload());
        Some(HistoryRow {
            sequence: record.sequence(),
            number: extent.number(position)?,
            time: self.shown_time_of(client, record.time()),
            qos: record.qos()?.as_u8(),
            retain: record.retain(),
            dup: record.dup(),
            is_sent: record.direction() == Some(Direction::Sent),
            value: preview(payload, VALUE_MAXIMUM),
            difference: before.map_or(Difference::First, |before| {
                Difference::between(before, payload)
            }),
        })
    }
}

/// The number that a payload is, and no more than that.
fn number(payload: &[u8]) -> Option<f64> {
    match numbers_in(payload, 1).first() {
        Some(NumberAt { path: None, value }) => Some(*value),
        _ => None,
    }
}

fn sign(change: f64) -> &'static str {
    if change < 0.0 { "−" } else { "+" }
}

/// Without the noise of binary fractions: 0.1 and not 0.10000000000000142.
fn plain(number: f64) -> String {
    if number != 0.0 && !(1e-4..1e12).contains(&number) {
        return format!("{number:.4e}");
    }
    let decimals = if number >= 1_000.0 { 3 } else { 6 };
    let text = format!("{number:.decimals$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The changes that are shown, and how many more there are.
fn json_changes(
    before: Vec<(JsonPath, Leaf<'_>)>,
    after: Vec<(JsonPath, Leaf<'_>)>,
) -> (Vec<JsonChange>, usize) {
    // By path; a name that stands twice in an object is two values with one path, in their order.
    let mut old = before;
    let mut new: Vec<_> = after.into_iter().enumerate().collect();
    old.sort_by(|one, other| one.0.cmp(&other.0));
    new.sort_by(|(_, one), (_, other)| one.0.cmp(&other.0));
    let mut old = old.into_iter().peekable();
    // Those that are there stand as in the new payload, those that are gone after them.
    let mut changes: Vec<(usize, JsonChange)> = Vec::new();
    let text = |leaf: Leaf<'_>| preview(leaf.text().as_bytes(), PART_MAXIMUM);
    let gone = |(path, leaf): (JsonPath, Leaf<'_>)| {
        let before = Some(text(leaf));
        let after = None;
        (
            usize::MAX,
            JsonChange {
                path,
                before,
                after,
            },
        )
    };
    for (place, (path, leaf)) in new {
        while let Some(missing) = old.next_if(|(own, _)| *own < path) {
            changes.push(gone(missing));
        }
        let known = old.next_if(|(own, _)| *own == path);
        if known.as_ref().is_some_and(|(_, before)| *before == leaf) {
            continue;
        }
        let before = known.map(|(_, before)| text(before));
        let after = Some(text(leaf));
        changes.push((
            place,
            JsonChange {
                path,
                before,
                after,
            },
        ));
    }
    changes.extend(old.map(gone));
    changes.sort_by_key(|(place, _)| *place);
    let more = changes.len().saturating_sub(JSON_CHANGES_MAXIMUM);
    changes.truncate(JSON_CHANGES_MAXIMUM);
    (
        changes.into_iter().map(|(_, change)| change).collect(),
        more,
    )
}

fn text_difference(before: &str, after: &str) -> Difference {
    let mut start = common_prefix(before.as_bytes(), after.as_bytes());
    while !(before.is_char_boundary(start) && after.is_char_boundary(start)) {
        start -= 1;
    }
    let old = before.get(start..).unwrap_or_default();
    let new = after.get(start..).unwrap_or_default();
    let ends = old.bytes().rev().zip(new.bytes().rev());
    let mut end = ends.take_while(|(one, other)| one == other).count();
    while !(old.is_char_boundary(old.len() - end) && new.is_char_boundary(new.len() - end)) {
        end -= 1;
    }
    let part = |text: &str| match text.get(..text.len() - end) {
        None | Some("") => String::new(),
        Some(part) => preview(part.as_bytes(), PART_MAXIMUM),
    };
    Difference::Text {
        same_before: start,
        removed: part(old),
        added: part(new),
    }
}

fn common_prefix(one: &[u8], other: &[u8]) -> usize {
    one.iter().zip(other).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(before: &str, after: &str) -> String {
        Difference::between(before.as_bytes(), after.as_bytes()).words()
    }

    #[test]
    fn what_has_changed_is_said() {
        for (before, after, expected) in [
            ("21.5", "21.6", "+ 0.1"),
            ("21.5", "-3", "− 24.5"),
            ("1e20", "3e20", "+ 2.0000e20"),
            ("21.5", "21.5", "unchanged"),
            ("on", "off", "after 1 bytes: n → ff"),
            ("grüße", "grüne", "after 4 bytes: ß → n"),
            ("ab", "aab", "after 1 bytes: + a"),
            ("abc", "", "after 0 bytes: − abc"),
            (
                r#"{"t":1,"h":2}"#,
                r#"{"t":1.5,"x":"ä"}"#,
                "t: 1 → 1.5 · + x: \"ä\" · − h: 2",
            ),
            ("[1,2]", "[1,2,3]", "+ [2]: 3"),
            ("{\"a\":{}}", "{\"a\":{\"b\":1}}", "+ a.b: 1 · − a: {}"),
            ("{\"a\": 1}", "{\"a\":1}", "after 5 bytes: −  "),
        ] {
            assert_eq!(words(before, after), expected, "{before} {after}");
        }
        let bytes = Difference::between(b"\x00\x01\xff", b"\x00\x02");
        assert_eq!(bytes.words(), "3 bytes → 2 bytes, differs from byte 1 on");
    }

    #[test]
    fn many_changes_are_counted() {
        let list = |value: &str| format!("[{}{value}]", format!("{value},").repeat(99));
        let Difference::Json { changes, more } =
            Difference::between(list("1").as_bytes(), list("2").as_bytes())
        else {
            panic!("not compared as JSON");
        };
        assert_eq!((changes.len(), more), (JSON_CHANGES_MAXIMUM, 50));
        assert_eq!(changes[49].words(), "[49]: 1 → 2");
    }

    proptest! {
        #[test]
        fn a_text_is_made_of_what_stayed_and_what_changed(before in "[aü]{0,12}", after in "[aü]{0,12}") {
            match text_difference(&before, &after) {
                Difference::Text { same_before, removed, added } => {
                    let end = before.len() - same_before - removed.len();
                    prop_assert_eq!(&before[..same_before], &after[..same_before]);
                    prop_assert_eq!(&after[same_before..after.len() - end], added);
                    prop_assert_eq!(&before[before.len() - end..], &after[after.len() - end..]);
                }
                other => prop_assert!(false, "{other:?}"),
            }
        }
    }
}
