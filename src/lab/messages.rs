//! The Messages panel: rows over the trace, and the details of one message.

use core::ops::Range;
use std::collections::VecDeque;
use std::sync::Arc;

use super::ClientKey;
use super::chart::Series;
use super::filter::{MessageFilter, PauseView, Search, SearchProgress, Verdicts, Wanted};
use super::history::History;
use super::keys::SubscriptionKey;
use super::list_view::ListExtent;
use super::topic_tree::TopicTree;
use super::trace::{Direction, Record, RecordList, Sequence, Trace};
use crate::codec::Qos;
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
    /// How many equal messages came directly one after another, this one among them, as far as
    /// they matter: a server may send a copy for each of several subscriptions that overlap.
    pub copies: usize,
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
    search: Option<Search>,
    history: Option<History>,
    tree: TopicTree,
    series: Vec<Series>,
    /// Which list stands still, and where.
    paused: Option<Pause>,
    /// How many lists there have been: each change of filter and each clearing makes a new one.
    generation: u64,
    /// Which messages equal whose will, in their order. Few do.
    wills: VecDeque<(Sequence, ClientKey, Arc<str>)>,
}

/// A list that stands still.
#[derive(Clone, Copy, Debug)]
struct Pause {
    /// The records from here on are not shown.
    until: Sequence,
    /// How many rows had left the list when it was stopped.
    trimmed: u64,
    /// How many rows it had then.
    rows: u64,
    /// The list it was then: in another one nothing has been lost.
    generation: u64,
}

impl MessageList {
    /// Takes in a message that has just been recorded; `first` is the oldest record that is kept.
    pub(super) fn push(
        &mut self,
        record: &Record<'_>,
        topic: &str,
        show_sent: bool,
        first: Sequence,
    ) {
        let sequence = record.sequence();
        self.with_sent.push_back(sequence);
        let is_sent = record.direction() == Some(Direction::Sent);
        if !is_sent {
            let newest = self.received.last();
            for series in &mut self.series {
                series.offer(record, topic, newest);
            }
            self.received.push_back(sequence);
            self.tree.take(record, topic, first);
        }
        if let Some(search) = &mut self.search
            && (!is_sent || show_sent || wants_sent(search))
        {
            search.offer(record, topic);
        }
        if let Some(history) = &mut self.history
            && (!is_sent || show_sent)
        {
            history.search.offer(record, topic);
        }
    }

    /// The list that is shown, with what came since it was paused.
    fn shown(&self, show_sent: bool) -> &RecordList {
        match &self.search {
            Some(search) => search.found(),
            None => self.base(show_sent),
        }
    }

    /// Received messages, with or without those that were sent.
    pub(super) fn base(&self, show_sent: bool) -> &RecordList {
        if show_sent {
            &self.with_sent
        } else {
            &self.received
        }
    }

    /// An empty list that counts its lists from `generation` on.
    pub(super) fn beginning_at(generation: u64) -> Self {
        Self {
            generation,
            ..Self::default()
        }
    }

    /// How many lists there have been.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The first row, by age, from this record on.
    pub(super) fn shown_from(&self, from: Sequence, show_sent: bool) -> Option<Sequence> {
        let list = self.shown(show_sent);
        let (Ok(place) | Err(place)) = list.position(from);
        if place < self.count(show_sent) {
            list.at(place)
        } else {
            None
        }
    }

    /// How many rows there are within a range of records.
    pub(super) fn shown_within(&self, range: Range<Sequence>, show_sent: bool) -> u64 {
        let list = self.shown(show_sent);
        let count = self.count(show_sent);
        let place = |sequence| {
            let (Ok(place) | Err(place)) = list.position(sequence);
            place.min(count)
        };
        place(range.end).saturating_sub(place(range.start)) as u64
    }

    /// What a search looks through.
    fn base_of(&self, search: &Search, show_sent: bool) -> &RecordList {
        self.base(show_sent || wants_sent(search))
    }

    /// How many rows are shown.
    pub(super) fn count(&self, show_sent: bool) -> usize {
        let list = self.shown(show_sent);
        match &self.paused {
            Some(pause) => {
                let (Ok(count) | Err(count)) = list.position(pause.until);
                count
            }
            None => list.len(),
        }
    }

    /// The row at this position from the top, the newest being 0.
    pub(super) fn row(&self, position: usize, show_sent: bool) -> Option<Sequence> {
        let place = self
            .count(show_sent)
            .checked_sub(1)?
            .checked_sub(position)?;
        self.shown(show_sent).at(place)
    }

    /// The position from the top of a message.
    pub(super) fn position(&self, sequence: Sequence, show_sent: bool) -> Option<usize> {
        let place = self.shown(show_sent).position(sequence).ok()?;
        self.count(show_sent).checked_sub(1)?.checked_sub(place)
    }

    /// The list that is shown, its rows numbered over all that it ever had.
    pub(super) fn extent(&self, show_sent: bool) -> ListExtent {
        let first = match &self.search {
            Some(search) => search.first_number(),
            None => self.base(show_sent).trimmed(),
        };
        ListExtent {
            list: self.generation * 2 + u64::from(show_sent),
            first,
            end: first + self.count(show_sent) as u64,
        }
    }

    pub(super) fn newest(&self) -> Option<Sequence> {
        self.with_sent.last()
    }

    /// The subscription whose messages alone are shown.
    pub(super) fn filter(&self) -> Option<SubscriptionKey> {
        self.search.as_ref()?.filter()?.form().subscription
    }

    pub(super) fn search(&self) -> Option<&Search> {
        self.search.as_ref()
    }

    /// Shows the messages of one subscription, or of all, and otherwise filters on as before; those
    /// there are will be found by [`Self::work`].
    pub(super) fn set_filter(&mut self, subscription: Option<(SubscriptionKey, String)>) {
        let filter = match (self.search.as_ref().and_then(Search::filter), subscription) {
            (Some(filter), subscription) => Some(filter.with_subscription(subscription)),
            (None, Some((key, text))) => Some(MessageFilter::of_subscription(key, text)),
            (None, None) => None,
        };
        self.filter_by(filter);
    }

    /// Shows what a filter takes.
    pub(super) fn filter_by(&mut self, filter: Option<MessageFilter>) {
        self.generation += 1;
        let filter = filter.filter(|filter| !filter.form().takes_all());
        self.search = filter.map(|filter| {
            let wanted = Wanted::Filter(Box::new(filter), Verdicts::default());
            Search::new(wanted, &self.with_sent)
        });
    }

    /// Begins to filter again, because the list under the filter is another one now.
    pub(super) fn filter_again(&mut self) {
        let search = self.search.take();
        self.filter_by(search.and_then(|search| match search.into_wanted() {
            Wanted::Filter(filter, _) => Some(*filter),
            Wanted::Topic(_) => None,
        }));
        if let Some(history) = self.history.take() {
            self.open_history(history.topic);
        }
    }

    /// Leaves the older messages that were not looked at yet as they are.
    pub(super) fn stop_search(&mut self, show_sent: bool) {
        if let Some(mut search) = self.search.take() {
            search.stop(self.base_of(&search, show_sent));
            self.search = Some(search);
        }
    }

    pub(super) fn search_progress(&self, show_sent: bool) -> Option<SearchProgress> {
        let search = self.search.as_ref()?;
        Some(search.progress(self.base_of(search, show_sent)))
    }

    /// Looks at older messages for the filter and the history for about `budget` steps; gives what
    /// is left of them, and whether more remain.
    pub(super) fn work(&mut self, trace: &Trace, show_sent: bool, budget: usize) -> (usize, bool) {
        let mut left = budget;
        if let Some(mut search) = self.search.take() {
            left = search.work(trace, self.base_of(&search, show_sent), left);
            self.search = Some(search);
        }
        if let Some(mut history) = self.history.take() {
            left = history.search.work(trace, self.base(show_sent), left);
            self.history = Some(history);
        }
        for series in &mut self.series {
            left = series.work(trace, &self.received, left);
        }
        left = self.tree.work(left);
        (left, self.has_work(show_sent))
    }

    /// Whether [`Self::work`] has something to do.
    pub(super) fn has_work(&self, show_sent: bool) -> bool {
        self.is_filtering(show_sent)
            || self.tree.has_work()
            || self
                .series
                .iter()
                .any(|series| series.has_work(&self.received))
            || self
                .history
                .as_ref()
                .is_some_and(|history| history.search.is_searching(self.base(show_sent)))
    }

    /// Whether older messages are still being looked at for the filter.
    pub(super) fn is_filtering(&self, show_sent: bool) -> bool {
        let search = self.search.as_ref();
        search.is_some_and(|search| search.is_searching(self.base_of(search, show_sent)))
    }

    /// Has the list stand still: rows from `next` on are counted, not shown.
    pub(super) fn pause(&mut self, next: Sequence, show_sent: bool) {
        if self.paused.is_none() {
            self.paused = Some(Pause {
                until: next,
                trimmed: self.shown(show_sent).trimmed(),
                rows: self.shown(show_sent).len() as u64,
                generation: self.generation,
            });
        }
    }

    pub(super) fn resume(&mut self) {
        self.paused = None;
    }

    pub(super) fn pause_view(&self, show_sent: bool) -> Option<PauseView> {
        let pause = self.paused.as_ref()?;
        let list = self.shown(show_sent);
        let lost = if pause.generation == self.generation {
            // What came later and went again was never on the screen.
            let gone = list.trimmed().saturating_sub(pause.trimmed);
            gone.min(pause.rows)
        } else {
            0
        };
        Some(PauseView {
            waiting: (list.len() - self.count(show_sent)) as u64,
            lost,
        })
    }

    /// Gathers the messages of one topic.
    pub(super) fn open_history(&mut self, topic: String) {
        let wanted = Wanted::Topic(topic.clone());
        let search = Search::new(wanted, &self.with_sent);
        self.generation += 1;
        self.history = Some(History {
            topic,
            search,
            list: self.generation,
        });
    }

    pub(super) fn close_history(&mut self) {
        self.history = None;
    }

    pub(super) fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    pub(super) fn series(&self) -> &[Series] {
        &self.series
    }

    pub(super) fn series_mut(&mut self) -> &mut Vec<Series> {
        &mut self.series
    }

    pub(super) fn tree(&self) -> &TopicTree {
        &self.tree
    }

    pub(super) fn tree_mut(&mut self) -> &mut TopicTree {
        &mut self.tree
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
        if let Some(search) = &mut self.search {
            search.retain_from(first);
        }
        if let Some(history) = &mut self.history {
            history.search.retain_from(first);
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
        self.paused = None;
        self.filter_again();
    }
}

fn wants_sent(search: &Search) -> bool {
    search.filter().is_some_and(MessageFilter::wants_sent)
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
