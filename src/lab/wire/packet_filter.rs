//! Which packets and events of the trace a list shows.

use std::collections::BTreeSet;

use crate::codec::{
    ControlPacket, ControlPacketType, PacketId, TopicFilter, TopicFilterError, decode,
};
use crate::lab::filter::{TextMatcher, topic_matches};
use crate::lab::trace::{BrokerNote, Direction, FaultNote, Note, Record, RecordKind, Sequence};
use crate::lab::{ClientKey, Lab, LabClient, Way};
use crate::network::Target;

use super::PacketFamily;

/// The longest topic, filter or text that can be looked for, in bytes.
pub const FILTER_TEXT_MAXIMUM: usize = 256;

/// Whose packets are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientChoice {
    /// Those of the client that is selected, whichever that is.
    #[default]
    Selected,
    /// Everybody's, devices with them.
    All,
    /// One client's, or one device's.
    One(ClientKey),
}

/// Which packets are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PacketChoice {
    /// All of them.
    #[default]
    Any,
    /// Those of a family.
    Family(PacketFamily),
    /// Those of a type.
    Type(ControlPacketType),
    /// Those that break the protocol.
    Malformed,
}

impl ClientChoice {
    /// A word that stands for it in a list of choices.
    pub fn value(self) -> String {
        match self {
            Self::Selected => "selected".to_owned(),
            Self::All => "all".to_owned(),
            Self::One(client) => client.number().to_string(),
        }
    }

    /// What the word stands for; the default for a word that is none.
    pub fn from_value(value: &str) -> Self {
        match value {
            "all" => Self::All,
            number => number
                .parse()
                .map_or(Self::Selected, |number| Self::One(ClientKey::new(number))),
        }
    }
}

impl PacketChoice {
    /// Every choice, in the order in which they are listed.
    pub fn all() -> impl Iterator<Item = Self> {
        let families = PacketFamily::ALL.into_iter().map(Self::Family);
        let types = ControlPacketType::ALL.into_iter().map(Self::Type);
        [Self::Any, Self::Malformed]
            .into_iter()
            .chain(families)
            .chain(types)
    }

    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Any => "all packets",
            Self::Malformed => "malformed packets",
            Self::Family(family) => family.label(),
            Self::Type(packet_type) => packet_type.name(),
        }
    }
}

/// The filter as it is chosen and typed. What is left as it is by default takes the packets of the selected
/// client, and what happened between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PacketFilterForm {
    /// Whose.
    pub clients: ClientChoice,
    /// Which.
    pub packets: PacketChoice,
    /// One direction only.
    pub direction: Option<Direction>,
    /// A Topic Filter where it has a wildcard, otherwise a part of a topic. What acknowledges such a message is
    /// taken too. Empty: no matter.
    pub topic: String,
    /// A Packet Identifier; empty: no matter.
    pub packet_id: String,
    /// Whether what is no packet is shown between them: connections opened and closed, faults at work, requests
    /// that were refused here, time that was moved.
    pub events: bool,
    /// Whether it is shown what the lab broker did.
    pub broker_notes: bool,
    /// Only the handshake that this packet belongs to; all else is ignored then.
    pub handshake: Option<Sequence>,
}

impl Default for PacketFilterForm {
    fn default() -> Self {
        Self {
            clients: ClientChoice::default(),
            packets: PacketChoice::default(),
            direction: None,
            topic: String::new(),
            packet_id: String::new(),
            events: true,
            broker_notes: false,
            handshake: None,
        }
    }
}

impl PacketFilterForm {
    /// How many conditions it sets beside whose packets are shown.
    pub fn conditions(&self) -> usize {
        [
            self.packets != PacketChoice::Any,
            self.direction.is_some(),
            !self.topic.trim().is_empty(),
            !self.packet_id.trim().is_empty(),
            !self.events,
            self.handshake.is_some(),
        ]
        .into_iter()
        .filter(|is_set| *is_set)
        .count()
    }

    /// The widest filter that shows `record`: what a jump to it falls back on.
    pub fn showing(record: &Record<'_>, lab: &Lab) -> Self {
        let selected = lab.selected().map(LabClient::key);
        let is_selected = record.client().is_none() || record.client() == selected;
        Self {
            clients: if is_selected {
                ClientChoice::Selected
            } else {
                ClientChoice::All
            },
            broker_notes: is_broker_note(record.kind()),
            ..Self::default()
        }
    }
}

/// What is wrong with a filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PacketFilterError {
    /// The topic has wildcards, and is no Topic Filter.
    #[error("this is no topic filter: {0}; without + and # it is looked for as a part of a topic")]
    Topic(TopicFilterError),
    /// The topic is too long.
    #[error("this is {length} bytes; at most {FILTER_TEXT_MAXIMUM} are allowed")]
    TopicTooLong {
        /// Its length in bytes.
        length: usize,
    },
    /// The Packet Identifier is none.
    #[error("this must be a whole number from 1 to 65535")]
    PacketId,
}

impl PacketFilterError {
    /// The same as a sentence.
    pub fn words(&self) -> String {
        crate::lab::refusal::as_sentence(&self.to_string())
    }

    /// Whether it is about the topic.
    pub const fn is_about_topic(&self) -> bool {
        matches!(self, Self::Topic(_) | Self::TopicTooLong { .. })
    }
}

/// What of a topic is looked for.
#[derive(Clone, Debug)]
enum TopicWanted {
    Any,
    Filter(String),
    Part(TextMatcher),
}

/// A filter that can be applied. Made by [`Lab::check_packet_filter`].
#[derive(Clone, Debug)]
pub struct PacketFilter {
    form: PacketFilterForm,
    /// Whose; `None`: everybody's.
    clients: Option<ClientKey>,
    /// A bit for each Control Packet type.
    types: u16,
    topic: TopicWanted,
    packet_id: Option<PacketId>,
}

/// Filters are equal where they were made of the same form for the same client.
impl PartialEq for PacketFilter {
    fn eq(&self, other: &Self) -> bool {
        self.form == other.form && self.clients == other.clients
    }
}

impl Eq for PacketFilter {}

/// Which exchanges are about a topic that is looked for, so that their acknowledgements are known as well.
#[derive(Debug, Default)]
pub(super) struct Exchanges(BTreeSet<(ClientKey, bool, u16, Exchange)>);

/// What a Packet Identifier is used for; each is a number range of its own at each end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Exchange {
    Publish,
    Subscribe,
    Unsubscribe,
}

impl Lab {
    /// Whose packets can be shown: each choice with what it is called.
    pub fn packet_clients(&self) -> Vec<(ClientChoice, String)> {
        let selected = self.selected().map_or("", LabClient::name);
        let mut choices = vec![
            (ClientChoice::Selected, ["selected: ", selected].concat()),
            (ClientChoice::All, "all clients and devices".to_owned()),
        ];
        let clients = self.clients();
        choices.extend(
            clients.map(|client| (ClientChoice::One(client.key()), client.name().to_owned())),
        );
        let bots = self.bot_rows().into_iter();
        choices.extend(bots.map(|bot| (ClientChoice::One(bot.key), bot.client_id)));
        let guests = self.guests().into_iter();
        choices.extend(
            guests.map(|(key, name)| (ClientChoice::One(key), [&name, " (other tab)"].concat())),
        );
        choices
    }

    /// What an empty list says: what there is none of, and what would fill it. `is_looking`: the list has not looked at
    /// everything yet.
    pub fn no_packets_words(
        &self,
        form: &PacketFilterForm,
        is_looking: bool,
    ) -> (&'static str, &'static str) {
        if is_looking {
            return (
                "Looking through what was recorded",
                "Packets appear here as they are found.",
            );
        }
        if form.conditions() > 0 {
            return (
                "No packet fits the filter",
                "Change the filter or clear it. New packets appear here as soon as one fits.",
            );
        }
        match form.clients {
            ClientChoice::All => (
                "No packets yet",
                "Press Connect: the first packet that a client sends is CONNECT. Every packet of every client appears here, newest last.",
            ),
            ClientChoice::Selected | ClientChoice::One(_) => (
                "No packets of this client yet",
                "Press Connect: the first packet that a client sends is CONNECT. Every packet, sent or received, appears here, newest last. Client, above, can show those of all.",
            ),
        }
    }

    /// Makes a filter of what was chosen and typed.
    ///
    /// # Errors
    ///
    /// All that is wrong with it.
    pub fn check_packet_filter(
        &self,
        form: &PacketFilterForm,
    ) -> Result<PacketFilter, Vec<PacketFilterError>> {
        let mut errors = Vec::new();
        let topic = topic_wanted(form.topic.trim()).unwrap_or_else(|error| {
            errors.push(error);
            TopicWanted::Any
        });
        let packet_id = match form.packet_id.trim() {
            "" => None,
            typed => {
                let id = typed.parse().ok().and_then(PacketId::new);
                if id.is_none() {
                    errors.push(PacketFilterError::PacketId);
                }
                id
            }
        };
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(PacketFilter {
            clients: match form.clients {
                ClientChoice::All => None,
                ClientChoice::One(client) => Some(client),
                ClientChoice::Selected => self.selected().map(LabClient::key),
            },
            types: match form.packets {
                PacketChoice::Any | PacketChoice::Malformed => u16::MAX,
                PacketChoice::Type(packet_type) => bit(packet_type),
                PacketChoice::Family(family) => family.types().map(bit).sum(),
            },
            topic,
            packet_id,
            form: form.clone(),
        })
    }
}

impl PacketFilter {
    /// What was chosen and typed.
    pub fn form(&self) -> &PacketFilterForm {
        &self.form
    }

    /// The handshake that alone is shown.
    pub fn handshake(&self) -> Option<Sequence> {
        self.form.handshake
    }

    /// Whether a record is shown. To be asked about each record of the trace in turn: what acknowledges a message
    /// is known by the message before it.
    pub(super) fn takes(&self, record: &Record<'_>, exchanges: &mut Exchanges) -> bool {
        // First, because it has to see every packet.
        if !self.takes_topic(record, exchanges) {
            return false;
        }
        let is_whose = self.takes_client(record);
        let is_id = self.packet_id.is_none() || record.packet_id() == self.packet_id;
        if !(is_whose && is_id) {
            return false;
        }
        if record.kind().is_packet() {
            self.takes_packet(record)
        } else {
            self.takes_event(record)
        }
    }

    /// Whether a record is of a client that is shown, or concerns them all.
    pub(super) fn takes_client(&self, record: &Record<'_>) -> bool {
        self.clients.is_none() || record.client().is_none() || record.client() == self.clients
    }

    fn takes_packet(&self, record: &Record<'_>) -> bool {
        let is_type = match (self.form.packets, record.packet_type()) {
            (PacketChoice::Malformed, _) => record.malformed(),
            (_, Some(packet_type)) => self.types & bit(packet_type) != 0,
            (choice, None) => choice == PacketChoice::Any,
        };
        is_type && (self.form.direction.is_none() || self.form.direction == record.direction())
    }

    fn takes_event(&self, record: &Record<'_>) -> bool {
        let is_wanted = if is_broker_note(record.kind()) {
            self.form.broker_notes
        } else {
            self.form.events
        };
        if !is_wanted {
            return false;
        }
        if self.form.packets == PacketChoice::Any && self.form.direction.is_none() {
            return true;
        }
        // A fault's deed has a packet and a way; nothing else that is no packet has any.
        let Some(Note::Fault {
            fault:
                FaultNote::Done {
                    way,
                    target: Target::Packet { packet_type, .. },
                    ..
                },
        }) = record.note()
        else {
            return false;
        };
        let direction = match way {
            Way::Up => Direction::Sent,
            Way::Down => Direction::Received,
        };
        self.form.packets != PacketChoice::Malformed
            && self.types & bit(packet_type) != 0
            && self.form.direction.is_none_or(|wanted| wanted == direction)
    }

    fn takes_topic(&self, record: &Record<'_>, exchanges: &mut Exchanges) -> bool {
        if matches!(self.topic, TopicWanted::Any) {
            return true;
        }
        let Some(packet_type) = record.packet_type() else {
            return self.is_in_note(record);
        };
        let own = match packet_type {
            ControlPacketType::Publish => record.topic().is_some_and(|topic| self.is_topic(topic)),
            ControlPacketType::Connect
            | ControlPacketType::Subscribe
            | ControlPacketType::Unsubscribe => self.is_in_packet(record),
            _ => return exchanges.answers(record, packet_type),
        };
        exchanges.note(record, packet_type, own);
        own
    }

    fn is_in_packet(&self, record: &Record<'_>) -> bool {
        let Some(version) = record.version() else {
            return false;
        };
        match decode(record.raw(), version) {
            Ok(ControlPacket::Subscribe(subscribe)) => subscribe
                .subscriptions
                .iter()
                .any(|subscription| self.is_filter(subscription.filter)),
            Ok(ControlPacket::Unsubscribe(unsubscribe)) => unsubscribe
                .filters
                .iter()
                .any(|filter| self.is_filter(*filter)),
            Ok(ControlPacket::Connect(connect)) => connect
                .will
                .is_some_and(|will| self.is_topic(will.topic.as_str())),
            _ => false,
        }
    }

    fn is_in_note(&self, record: &Record<'_>) -> bool {
        if let Some(topic) = record.topic() {
            return self.is_topic(topic);
        }
        match record.note() {
            Some(Note::Broker(BrokerNote::Subscription { filter, .. })) => {
                self.is_topic(filter) || self.is_same_filter(filter)
            }
            _ => false,
        }
    }

    fn is_filter(&self, filter: TopicFilter<'_>) -> bool {
        let text = filter.as_str();
        self.is_topic(text) || self.is_same_filter(text)
    }

    fn is_same_filter(&self, text: &str) -> bool {
        matches!(&self.topic, TopicWanted::Filter(wanted) if wanted == text)
    }

    fn is_topic(&self, topic: &str) -> bool {
        match &self.topic {
            TopicWanted::Any => true,
            TopicWanted::Filter(filter) => topic_matches(filter, topic),
            TopicWanted::Part(part) => part.is_in(topic.as_bytes()).0,
        }
    }
}

impl Exchanges {
    /// Keeps whether what this packet begins is looked for.
    fn note(&mut self, record: &Record<'_>, packet_type: ControlPacketType, is_wanted: bool) {
        let Some(key) = key(record, packet_type) else {
            return;
        };
        if is_wanted {
            self.0.insert(key);
        } else {
            self.0.remove(&key);
        }
    }

    /// Whether this packet belongs to something that is looked for.
    fn answers(&self, record: &Record<'_>, packet_type: ControlPacketType) -> bool {
        key(record, packet_type).is_some_and(|key| self.0.contains(&key))
    }
}

fn key(
    record: &Record<'_>,
    packet_type: ControlPacketType,
) -> Option<(ClientKey, bool, u16, Exchange)> {
    use ControlPacketType as Type;
    let (exchange, is_answer) = match packet_type {
        Type::Publish | Type::Pubrel => (Exchange::Publish, false),
        Type::Puback | Type::Pubrec | Type::Pubcomp => (Exchange::Publish, true),
        Type::Subscribe => (Exchange::Subscribe, false),
        Type::Suback => (Exchange::Subscribe, true),
        Type::Unsubscribe => (Exchange::Unsubscribe, false),
        Type::Unsuback => (Exchange::Unsubscribe, true),
        _ => return None,
    };
    let is_sent = record.direction()? == Direction::Sent;
    Some((
        record.client()?,
        is_sent != is_answer,
        record.packet_id()?.value(),
        exchange,
    ))
}

fn topic_wanted(typed: &str) -> Result<TopicWanted, PacketFilterError> {
    if typed.is_empty() {
        return Ok(TopicWanted::Any);
    }
    if typed.len() > FILTER_TEXT_MAXIMUM {
        let length = typed.len();
        return Err(PacketFilterError::TopicTooLong { length });
    }
    if !typed.contains(['+', '#']) {
        return Ok(TopicWanted::Part(TextMatcher::new(typed, false)));
    }
    TopicFilter::parse(typed).map_err(PacketFilterError::Topic)?;
    Ok(TopicWanted::Filter(typed.to_owned()))
}

const fn bit(packet_type: ControlPacketType) -> u16 {
    1 << packet_type.as_u8()
}

/// Whether a record tells what the lab broker did.
pub(super) const fn is_broker_note(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::BrokerConnection
            | RecordKind::BrokerSession
            | RecordKind::BrokerSubscription
            | RecordKind::BrokerRetained
            | RecordKind::BrokerQueue
            | RecordKind::BrokerInflight
            | RecordKind::BrokerWill
            | RecordKind::BrokerPublished
            | RecordKind::BrokerSystem
    )
}
