//! The Messages panel: rows over the trace, and the details of one message.

use std::collections::VecDeque;
use std::sync::Arc;

use super::ClientKey;
use super::keys::SubscriptionKey;
use super::list_view::ListExtent;
use super::trace::{Direction, Record, RecordList, Sequence, Trace};
use crate::codec::{Qos, TopicFilter, TopicName, matches};
use crate::time::Instant;

/// One row of the message list. It borrows from the trace; make it for visible rows only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageRow<'a> {
    /// The record that carried it, and the row's key.
    pub sequence: Sequence,
    /// When it was received or sent.
    pub at: Instant,
    /// Topic Name, a Topic Alias resolved.
    pub topic: &'a str,
    /// The QoS with which it was delivered.
    pub qos: Qos,
    /// The Retain flag.
    pub retain: bool,
    /// The DUP flag.
    pub dup: bool,
    /// Whether this client sent or received it.
    pub direction: Direction,
    /// Bytes of the whole PUBLISH on the wire.
    pub wire_size: usize,
    /// The payload, all of it.
    pub payload: &'a [u8],
    /// The colour of the first subscription it came for.
    pub colour: Option<u8>,
    /// The client of this page whose will it equals.
    pub will_of: Option<WillMark<'a>>,
}

/// A message that equals the will of another client of this page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WillMark<'a> {
    /// That client.
    pub client: ClientKey,
    /// Its name when the message came.
    pub name: &'a str,
}

/// Everything about one message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageDetails<'a> {
    /// What its row says.
    pub row: MessageRow<'a>,
    /// Packet Identifier; none for QoS 0.
    pub packet_id: Option<u16>,
    /// The whole PUBLISH.
    pub raw: &'a [u8],
    /// The Topic Filters of this client's subscriptions that it matches now.
    pub filters: Vec<&'a str>,
    /// 5.0: the properties that it carries.
    pub properties: Vec<MessageProperty>,
    /// What the Retain flag, or its absence, tells here.
    pub retain_words: &'static str,
}

/// One property of a received or sent message, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageProperty {
    /// Its name in the standard.
    pub name: &'static str,
    /// Its value as text.
    pub value: String,
}

/// The messages of one client: sequence numbers of the trace, nothing else.
#[derive(Debug, Default)]
pub(super) struct MessageList {
    received: RecordList,
    with_sent: RecordList,
    filtered: Option<Filtered>,
    /// How many lists there have been: each change of filter and each clearing makes a new one.
    generation: u64,
    /// Which messages equal whose will, in their order. Few do.
    wills: VecDeque<(Sequence, ClientKey, Arc<str>)>,
}

/// The messages of one subscription, found in slices.
#[derive(Debug)]
struct Filtered {
    key: SubscriptionKey,
    filter: String,
    list: RecordList,
    /// The next record to look at.
    next: Sequence,
}

impl MessageList {
    /// Takes in a message that has just been recorded.
    pub(super) fn push(
        &mut self,
        sequence: Sequence,
        direction: Direction,
        topic: &str,
        show_sent: bool,
    ) {
        let newest = self.base(show_sent).last();
        self.with_sent.push_back(sequence);
        if direction == Direction::Received {
            self.received.push_back(sequence);
        } else if !show_sent {
            return;
        }
        // Where older ones are still being looked at, this one waits for its turn.
        if let Some(filtered) = &mut self.filtered
            && newest.is_none_or(|newest| newest < filtered.next)
        {
            filtered.next = sequence.following();
            if topic_matches(&filtered.filter, topic) {
                filtered.list.push_back(sequence);
            }
        }
    }

    /// The list that is shown.
    pub(super) fn shown(&self, show_sent: bool) -> &RecordList {
        match &self.filtered {
            Some(filtered) => &filtered.list,
            None => self.base(show_sent),
        }
    }

    fn base(&self, show_sent: bool) -> &RecordList {
        if show_sent {
            &self.with_sent
        } else {
            &self.received
        }
    }

    /// The list that is shown, its rows numbered over all that it ever had.
    pub(super) fn extent(&self, show_sent: bool) -> ListExtent {
        let list = self.shown(show_sent);
        let first = list.trimmed();
        ListExtent {
            list: self.generation * 2 + u64::from(show_sent),
            first,
            end: first + list.len() as u64,
        }
    }

    pub(super) fn newest(&self) -> Option<Sequence> {
        self.with_sent.last()
    }

    pub(super) fn filter(&self) -> Option<SubscriptionKey> {
        self.filtered.as_ref().map(|filtered| filtered.key)
    }

    /// Shows the messages of one subscription, or all; those there are will be found by
    /// [`Self::work`].
    pub(super) fn set_filter(&mut self, filter: Option<(SubscriptionKey, String)>) {
        self.generation += 1;
        self.filtered = filter.map(|(key, filter)| Filtered {
            key,
            filter,
            list: RecordList::new(),
            next: Sequence::default(),
        });
    }

    /// Begins to filter again, because the list under the filter is another one now.
    pub(super) fn filter_again(&mut self) {
        let filter = self.filtered.take();
        self.set_filter(filter.map(|filtered| (filtered.key, filtered.filter)));
    }

    /// Looks at up to `budget` messages for the filter; gives what is left of the budget, and
    /// whether more remain to be looked at.
    pub(super) fn work(&mut self, trace: &Trace, show_sent: bool, budget: usize) -> (usize, bool) {
        let base = if show_sent {
            &self.with_sent
        } else {
            &self.received
        };
        let Some(filtered) = &mut self.filtered else {
            return (budget, false);
        };
        let (Ok(start) | Err(start)) = base.position(filtered.next);
        let end = base.len().min(start.saturating_add(budget));
        for sequence in base.range(start..end) {
            filtered.next = sequence.following();
            let topic = trace.get(sequence).and_then(|record| record.topic());
            if topic.is_some_and(|topic| topic_matches(&filtered.filter, topic)) {
                filtered.list.push_back(sequence);
            }
        }
        (budget - (end - start.min(end)), end < base.len())
    }

    /// Whether [`Self::work`] has something to do.
    pub(super) fn has_work(&self, show_sent: bool) -> bool {
        let newest = self.base(show_sent).last();
        self.filtered
            .as_ref()
            .is_some_and(|filtered| newest.is_some_and(|newest| newest >= filtered.next))
    }

    /// Notes that the newest message equals the will of `client`.
    pub(super) fn mark_will(&mut self, sequence: Sequence, client: ClientKey, name: &str) {
        // A server can repeat a will for ever: then its marks share the name.
        let name = match self.wills.back() {
            Some((_, _, known)) if **known == *name => Arc::clone(known),
            _ => Arc::from(name),
        };
        self.wills.push_back((sequence, client, name));
    }

    pub(super) fn will_mark(&self, sequence: Sequence) -> Option<WillMark<'_>> {
        let place = self.wills.binary_search_by_key(&sequence, |(own, ..)| *own);
        let (_, client, name) = self.wills.get(place.ok()?)?;
        Some(WillMark {
            client: *client,
            name,
        })
    }

    /// Lets go of what the trace has dropped.
    pub(super) fn retain_from(&mut self, first: Sequence) {
        self.received.retain_from(first);
        self.with_sent.retain_from(first);
        if let Some(filtered) = &mut self.filtered {
            filtered.list.retain_from(first);
        }
        while let Some((oldest, ..)) = self.wills.front()
            && *oldest < first
        {
            self.wills.pop_front();
        }
    }

    /// How many received messages have gone with the trace's oldest records.
    pub(super) fn dropped(&self) -> u64 {
        self.received.trimmed()
    }

    pub(super) fn clear(&mut self) {
        self.received.clear();
        self.with_sent.clear();
        self.wills.clear();
        self.filter_again();
    }
}

/// The message list's row for a record, where it is a PUBLISH.
pub(super) fn row<'a>(
    record: &Record<'a>,
    colour: Option<u8>,
    will_of: Option<WillMark<'a>>,
) -> Option<MessageRow<'a>> {
    Some(MessageRow {
        sequence: record.sequence(),
        at: record.time(),
        topic: record.topic()?,
        qos: record.qos()?,
        retain: record.retain(),
        dup: record.dup(),
        direction: record.direction()?,
        wire_size: record.raw().len(),
        payload: record.payload()?,
        colour,
        will_of,
    })
}

fn topic_matches(filter: &str, topic: &str) -> bool {
    match (TopicFilter::parse(filter), TopicName::parse(topic)) {
        (Ok(filter), Ok(topic)) => matches(filter, topic),
        _ => false,
    }
}
