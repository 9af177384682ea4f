//! What the screen reads beside the plain accessors.

use super::export::{IMPORTED, Imported};
use super::format;
use super::format::WallClock;
use super::list_view::ListExtent;
use super::messages::{self, MessageDetails, MessageList, MessageProperty, MessageRow};
use super::payload::foreign_words;
use super::trace::{Direction, Record, Sequence, Trace};
use super::{ClientKey, Lab, LabClient, Refusal, SubscriptionKey};
use crate::codec::{
    ControlPacket, PacketId, PublishProperties, TopicFilter, TopicName, decode, matches,
};

impl Lab {
    /// How many rows the message list of a client has, as it is filtered now.
    pub fn message_count(&self, client: ClientKey) -> usize {
        let show_sent = self.settings.show_sent;
        self.messages_of(client)
            .map_or(0, |messages| messages.count(show_sent))
    }

    /// What the message list of a client has now, as it is filtered: its rows numbered over all
    /// that it ever had, which it takes to see how many came in since. Another filter, another
    /// choice of what is shown, or clearing makes another list with another number.
    pub fn message_extent(&self, client: ClientKey) -> ListExtent {
        let show_sent = self.settings.show_sent;
        self.messages_of(client)
            .map_or_else(ListExtent::default, |messages| messages.extent(show_sent))
    }

    /// The subscription whose messages alone the list shows, if it is filtered.
    pub fn message_filter(&self, client: ClientKey) -> Option<SubscriptionKey> {
        self.client(client)?.messages.filter()
    }

    /// Whether older messages are still being looked at for the filter; [`Lab::work`] goes on.
    pub fn is_filtering(&self, client: ClientKey) -> bool {
        let show_sent = self.settings.show_sent;
        self.messages_of(client)
            .is_some_and(|messages| messages.is_filtering(show_sent))
    }

    /// A row of the message list, 0 being the newest.
    pub fn message_row(&self, client: ClientKey, index: usize) -> Option<MessageRow<'_>> {
        let messages = self.messages_of(client)?;
        let sequence = messages.row(index, self.settings.show_sent)?;
        let record = self.trace_of(client)?.get(sequence)?;
        self.row_of(client, &record)
    }

    /// Where a message stands in the list now, 0 being the newest.
    pub fn message_index(&self, client: ClientKey, sequence: Sequence) -> Option<usize> {
        let messages = self.messages_of(client)?;
        messages.position(sequence, self.settings.show_sent)
    }

    /// Everything about one message of a client; `None` where the trace has dropped it.
    pub fn message_details(
        &self,
        client: ClientKey,
        sequence: Sequence,
    ) -> Option<MessageDetails<'_>> {
        let record = self.trace_of(client)?.get(sequence)?;
        if record.client() != Some(client) {
            return None;
        }
        let row = self.row_of(client, &record)?;
        let topic = TopicName::parse(row.topic).ok()?;
        let takes =
            |filter: &&str| TopicFilter::parse(filter).is_ok_and(|filter| matches(filter, topic));
        let client_key = client;
        let client = self.client(client);
        let rows = client.map_or(&[][..], LabClient::subscriptions).iter();
        Some(MessageDetails {
            packet_id: record.packet_id().map(PacketId::value),
            raw: record.raw(),
            filters: rows.map(|row| row.filter.as_str()).filter(takes).collect(),
            copies: self.copies(client_key, &record),
            properties: properties(&record),
            retain_words: retain_words(client, &record, &row),
            row,
        })
    }

    /// What of a client's connection form cannot be used; empty where it can be connected with.
    pub fn connection_errors(&self, client: ClientKey) -> Vec<Refusal> {
        self.client(client).map_or_else(Vec::new, |client| {
            client.form.errors(self.page_is_https, &self.brokers)
        })
    }

    /// What of the Publish panel cannot be published, by the rules of MQTT and by what the server
    /// allows. Not being connected is no error of the form.
    pub fn publish_errors(&self, client: ClientKey) -> Vec<Refusal> {
        let Some(client) = self.client(client) else {
            return Vec::new();
        };
        let form = &client.publish_form;
        let mut errors = form.check(client.version()).err().unwrap_or_default();
        if let Some(negotiated) = client.negotiated() {
            errors.extend(form.against(&negotiated.server, client.version()));
        }
        errors
    }

    /// How many bytes the PUBLISH of what the Publish panel holds has on the wire, in the version
    /// that the client speaks or would speak; `None` where it cannot be published.
    pub fn publish_size(&self, client: ClientKey) -> Option<usize> {
        let client = self.client(client)?;
        client.publish_form.wire_size(client.version())
    }

    /// What of the subscription form cannot be subscribed to.
    pub fn subscribe_errors(&self, client: ClientKey) -> Vec<Refusal> {
        let Some(client) = self.client(client) else {
            return Vec::new();
        };
        let form = &client.subscribe_form;
        let mut errors = form.check(client.version()).err().unwrap_or_default();
        if let Some(negotiated) = client.negotiated() {
            errors.extend(form.against(&negotiated.server));
        }
        errors
    }

    /// Does at most `budget` steps of long work.
    pub(super) fn work_here(&mut self, budget: usize) {
        if self.is_behind() || self.wires.has_parcels() {
            self.catch_up();
            self.pump();
        }
        let show_sent = self.settings.show_sent;
        let mut left = budget;
        for client in self.roster.iter_mut() {
            if !client.messages.has_work(show_sent) {
                continue;
            }
            self.revision += 1;
            let (rest, _) = client.messages.work(&self.trace, show_sent, left);
            left = rest;
        }
        if let Some(imported) = &mut self.imported
            && imported.messages.has_work(show_sent)
        {
            self.revision += 1;
            let (rest, _) = imported.messages.work(&imported.trace, show_sent, left);
            left = rest;
        }
        self.work_on_export(left);
    }

    pub(super) fn has_work_here(&self) -> bool {
        let show_sent = self.settings.show_sent;
        let mut clients = self.roster.iter();
        let imported = self.imported.as_ref();
        self.is_behind()
            || self.wires.has_parcels()
            || clients.any(|client| client.messages.has_work(show_sent))
            || imported.is_some_and(|imported| imported.messages.has_work(show_sent))
            || self.export_has_work()
    }

    /// The messages of a client of the page, or of the file that was read.
    pub(super) fn messages_of(&self, client: ClientKey) -> Option<&MessageList> {
        if client == IMPORTED {
            return Some(&self.imported.as_ref()?.messages);
        }
        Some(&self.client(client)?.messages)
    }

    /// The same, to change how they are shown.
    pub(super) fn messages_mut(&mut self, client: ClientKey) -> Result<&mut MessageList, Refusal> {
        if client == IMPORTED
            && let Some(imported) = &mut self.imported
        {
            return Ok(&mut imported.messages);
        }
        Ok(&mut self.roster.find_mut(client)?.messages)
    }

    /// Where the records of a client stand.
    pub(super) fn trace_of(&self, client: ClientKey) -> Option<&Trace> {
        if client == IMPORTED {
            return Some(&self.imported.as_ref()?.trace);
        }
        self.client(client).map(|_| &self.trace)
    }

    /// What turns the times of a client's records into those on the wall.
    pub(super) fn clock_of(&self, client: ClientKey) -> WallClock {
        if client == IMPORTED {
            return Imported::clock(self.clock.minutes_ahead_of_utc);
        }
        self.clock
    }

    /// How many equal messages came to `client` directly one after another, with `record` among
    /// them; those that were sent again are none of them.
    fn copies(&self, client: ClientKey, record: &Record<'_>) -> usize {
        let number = record.sequence().number();
        let later = (1..=COPIES_WITHIN).map_while(|step| number.checked_add(step));
        let earlier = (1..=COPIES_WITHIN).map_while(|step| number.checked_sub(step));
        1 + self.copies_among(client, record, later) + self.copies_among(client, record, earlier)
    }

    fn copies_among(
        &self,
        client: ClientKey,
        record: &Record<'_>,
        numbers: impl Iterator<Item = u64>,
    ) -> usize {
        let Some(trace) = self.trace_of(client) else {
            return 0;
        };
        numbers
            .map_while(|number| trace.get(Sequence::new(number)))
            .filter(|other| other.client() == Some(client) && other.delivered())
            .take_while(|other| {
                other.topic_id() == record.topic_id()
                    && !other.dup()
                    && other.payload() == record.payload()
            })
            .count()
    }

    fn row_of<'a>(&'a self, client: ClientKey, record: &Record<'a>) -> Option<MessageRow<'a>> {
        let colour = record
            .subscription()
            .zip(self.client(client))
            .and_then(|(key, client)| client.subscriptions.colour(key));
        let will_of = self.messages_of(client)?.will_mark(record.sequence());
        messages::row(record, colour, will_of)
    }
}

/// How many records on either side of a message are looked at for copies of it.
const COPIES_WITHIN: u64 = 100;

/// The properties of a recorded PUBLISH, by decoding it again.
fn properties(record: &Record<'_>) -> Vec<MessageProperty> {
    let packet = record
        .version()
        .and_then(|version| decode(record.raw(), version).ok());
    match packet {
        Some(ControlPacket::Publish(publish)) => property_list(&publish.properties),
        _ => Vec::new(),
    }
}

fn property_list(properties: &PublishProperties<'_>) -> Vec<MessageProperty> {
    let mut list = Vec::new();
    let mut add = |name, value: Option<String>| {
        list.extend(value.map(|value| MessageProperty { name, value }));
    };
    let format = properties.payload_format_indicator;
    add(
        "Payload Format Indicator",
        format.map(|format| match format.as_u8() {
            1 => "1, UTF-8 text".to_owned(),
            number => format!("{number}, unspecified bytes"),
        }),
    );
    let expiry = properties.message_expiry_interval;
    add(
        "Message Expiry Interval",
        expiry.map(|seconds| format!("{seconds} s")),
    );
    add(
        "Topic Alias",
        properties.topic_alias.map(|alias| alias.to_string()),
    );
    add(
        "Response Topic",
        properties.response_topic.map(|t| foreign_words(t.as_str())),
    );
    add(
        "Correlation Data",
        properties.correlation_data.map(text_or_hexadecimal),
    );
    add("Content Type", properties.content_type.map(foreign_words));
    let identifiers = &properties.subscription_identifiers;
    let pairs = &properties.user_properties;
    for identifier in identifiers.iter().take(REPEATED_MAXIMUM) {
        let number = identifier.value().to_string();
        add("Subscription Identifier", Some(number));
    }
    for (name, value) in pairs.iter().take(REPEATED_MAXIMUM) {
        let words = foreign_words(&format!("{name}: {value}"));
        add("User Property", Some(words));
    }
    for (name, count) in [
        ("Subscription Identifier", identifiers.iter().count()),
        ("User Property", pairs.iter().count()),
    ] {
        add(name, more_words(count));
    }
    list
}

/// How many of the properties that may repeat a list shows: whoever sends a packet can have put a
/// million into it, and the page would stand still over them.
pub(super) const REPEATED_MAXIMUM: usize = 100;

/// What to say of those that a list does not show; `None` where it shows them all.
pub(super) fn more_words(count: usize) -> Option<String> {
    let more = count
        .checked_sub(REPEATED_MAXIMUM)
        .filter(|&more| more > 0)?;
    Some(format!("{} more, not shown", format::count(more as u64)))
}

pub(super) fn text_or_hexadecimal(bytes: &[u8]) -> String {
    match core::str::from_utf8(bytes) {
        Ok(text) if !text.contains(char::is_control) => foreign_words(text),
        _ => {
            let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            pairs.join(" ")
        }
    }
}

/// What the Retain flag, or its absence, tells: the rule that trips everyone.
fn retain_words(
    client: Option<&LabClient>,
    record: &Record<'_>,
    row: &MessageRow<'_>,
) -> &'static str {
    let subscription = record
        .subscription()
        .zip(client)
        .and_then(|(key, client)| client.subscriptions.find(SubscriptionKey::new(key.into())));
    let as_published = subscription.is_some_and(|row| row.retain_as_published);
    match (row.direction, row.retain) {
        (Direction::Sent, true) if row.payload.is_empty() => {
            "Sent with Retain and without a payload: the server forgets the retained message of \
             this topic."
        }
        (Direction::Sent, true) => {
            "Sent with Retain: the server keeps this message as the topic's retained message and \
             gives it to everyone who subscribes later."
        }
        (Direction::Sent, false) => {
            "Sent without Retain: the server delivers this message and does not keep it. A \
             retained message that the topic has stays as it is."
        }
        (Direction::Received, true) if as_published => {
            "The Retain flag is set as it was published, because the subscription asked for \
             Retain As Published: the server keeps this message."
        }
        (Direction::Received, true) => {
            "The Retain flag is set: the server had kept this message and delivered it because \
             of a new subscription. It may be old."
        }
        (Direction::Received, false) if as_published => {
            "The Retain flag is not set, and the subscription asked for Retain As Published: the \
             message was published without Retain."
        }
        (Direction::Received, false) => {
            "The Retain flag is not set: the message was delivered when it was published. Even if \
             it was published with Retain, the flag is set only when the server delivers it \
             because of a new subscription."
        }
    }
}
