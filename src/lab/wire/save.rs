//! Packets to a file, a share of them at a time.
//!
//! The pane that saves owns a [`Saving`], has it [`work`](Saving::work) until there is no more to do, and hands the
//! parts to the browser as they come. Packets that come after it was begun are not in the file.

use std::collections::{BTreeMap, BTreeSet};

use super::packet_filter::{Exchanges, PacketFilter};
use super::packet_lines::write_line;
use super::pcapng::PcapngWriter;
use crate::codec::{ControlPacket, ControlPacketType, decode};
use crate::lab::trace::{Record, RecordKind, Sequence};
use crate::lab::{ClientKey, Lab};

/// How large the parts of a file are, in bytes, or a little larger.
const PART: usize = 256 * 1024;

/// What reading a record and passing it over costs, in bytes written.
const RECORD_COST: usize = 64;

/// The form of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SaveFormat {
    /// A capture for Wireshark.
    #[default]
    Pcapng,
    /// A JSON object a line.
    JsonLines,
}

/// Which packets go into a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SaveScope {
    /// Those that a list shows.
    Shown(Box<PacketFilter>),
    /// All that are kept, of everybody.
    All,
}

/// How far a file is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SaveProgress {
    /// How many records have been looked at.
    pub looked_at: u64,
    /// How many there are to look at, those with them.
    pub total: u64,
    /// How many packets are in the file.
    pub packets: u64,
    /// How many records went before they could be looked at, because the trace was full.
    pub lost: u64,
    /// The size of the file so far, in bytes.
    pub size: u64,
}

/// A file that is being written.
#[derive(Debug)]
pub struct Saving {
    scope: SaveScope,
    /// Where only one handshake is shown: whose it is, and its packets.
    handshake: Option<(Option<ClientKey>, BTreeSet<Sequence>)>,
    exchanges: Exchanges,
    out: Out,
    names: BTreeMap<ClientKey, String>,
    next: Sequence,
    until: Sequence,
    progress: SaveProgress,
}

#[derive(Debug)]
enum Out {
    Pcapng(Box<PcapngWriter>),
    JsonLines(String),
}

impl SaveFormat {
    /// How the names of such files end, with the full stop.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Pcapng => ".pcapng",
            Self::JsonLines => ".jsonl",
        }
    }

    /// What it is for a browser.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pcapng => "application/vnd.tcpdump.pcap",
            Self::JsonLines => "application/jsonl",
        }
    }
}

impl Saving {
    /// Begins a file of what there is now.
    pub fn new(lab: &Lab, format: SaveFormat, scope: SaveScope) -> Self {
        let trace = lab.trace();
        let shown = match &scope {
            SaveScope::Shown(filter) => filter.handshake(),
            SaveScope::All => None,
        };
        let handshake = shown.map(|packet| match lab.handshake(packet) {
            Some(handshake) => (
                Some(handshake.client),
                handshake.all().into_iter().collect(),
            ),
            None => (None, BTreeSet::new()),
        });
        Self {
            scope,
            handshake,
            exchanges: Exchanges::default(),
            out: match format {
                SaveFormat::Pcapng => Out::Pcapng(Box::new(PcapngWriter::new(lab.clock()))),
                SaveFormat::JsonLines => Out::JsonLines(String::new()),
            },
            names: BTreeMap::new(),
            next: trace.first(),
            until: trace.next(),
            progress: SaveProgress {
                total: trace.next().number() - trace.first().number(),
                ..SaveProgress::default()
            },
        }
    }

    /// Writes about `budget` bytes; whether there is more to do. It stops early where a part is full, which has to
    /// be taken then.
    pub fn work(&mut self, lab: &Lab, budget: usize) -> bool {
        let trace = lab.trace();
        let first = trace.first().min(self.until);
        if self.next < first {
            self.progress.lost += first.number() - self.next.number();
            self.progress.looked_at += first.number() - self.next.number();
            self.next = first;
        }
        let mut left = budget;
        for record in trace.records(self.next..self.until) {
            if left == 0 || self.out.len() >= PART {
                return true;
            }
            let before = self.out.len();
            self.write(lab, &record);
            self.next = record.sequence().following();
            self.progress.looked_at += 1;
            left = left.saturating_sub(RECORD_COST + self.out.len() - before);
        }
        self.next = self.until;
        false
    }

    /// What has been written since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        let part = match &mut self.out {
            Out::Pcapng(writer) => writer.take(),
            Out::JsonLines(text) => core::mem::take(text).into_bytes(),
        };
        self.progress.size += part.len() as u64;
        part
    }

    /// How far it is.
    pub fn progress(&self) -> SaveProgress {
        SaveProgress {
            size: self.progress.size + self.out.len() as u64,
            ..self.progress
        }
    }

    fn write(&mut self, lab: &Lab, record: &Record<'_>) {
        let is_shown = match (&self.handshake, &self.scope) {
            (Some((_, packets)), _) => packets.contains(&record.sequence()),
            (None, SaveScope::Shown(filter)) => filter.takes(record, &mut self.exchanges),
            (None, SaveScope::All) => true,
        };
        let is_packet = record.kind().is_packet();
        let is_wanted = match &self.out {
            Out::JsonLines(_) => is_shown && is_packet,
            // The other end of a link is another capture.
            Out::Pcapng(_) => {
                let is_end = matches!(
                    record.kind(),
                    RecordKind::BrokerReceived | RecordKind::BrokerSent
                );
                !is_end && (is_shown || self.is_frame(record))
            }
        };
        if !is_wanted {
            return;
        }
        let Some(key) = record.client() else { return };
        let name = self.names.entry(key).or_insert_with(|| name(lab, key));
        match &mut self.out {
            Out::Pcapng(writer) => writer.write(record, name),
            Out::JsonLines(text) => write_line(record, lab.clock(), name, text),
        }
        self.progress.packets += u64::from(is_packet);
    }

    /// Whether a record has to be there for the others to be read: how their link was opened and closed, the CONNECT
    /// that tells the version, and what gives a Topic Alias its topic.
    fn is_frame(&self, record: &Record<'_>) -> bool {
        let is_whose = match (&self.handshake, &self.scope) {
            (Some((client, _)), _) => record.client() == *client,
            (None, SaveScope::Shown(filter)) => filter.takes_client(record),
            (None, SaveScope::All) => true,
        };
        is_whose
            && match (record.kind(), record.packet_type()) {
                (RecordKind::LinkOpening | RecordKind::LinkOpen | RecordKind::LinkClose, _)
                | (_, Some(ControlPacketType::Connect)) => true,
                (_, Some(ControlPacketType::Publish)) => gives_alias(record),
                _ => false,
            }
    }
}

/// Whether a PUBLISH has a Topic Alias beside its topic.
fn gives_alias(record: &Record<'_>) -> bool {
    let version = record.version().filter(|version| version.has_properties());
    let packet = version.and_then(|version| decode(record.raw(), version).ok());
    matches!(
        packet,
        Some(ControlPacket::Publish(publish))
            if publish.topic.is_some() && publish.properties.topic_alias.is_some()
    )
}

impl Out {
    fn len(&self) -> usize {
        match self {
            Self::Pcapng(writer) => writer.len(),
            Self::JsonLines(text) => text.len(),
        }
    }
}

fn name(lab: &Lab, key: ClientKey) -> String {
    let client = lab.client(key).map(|client| client.name().to_owned());
    let name = client.or_else(|| lab.bot_name(key));
    name.unwrap_or_else(|| format!("{key}, which was removed"))
}

impl Lab {
    /// What a file of packets that is saved now is called.
    pub fn packet_file_name(&self, format: SaveFormat) -> String {
        let now = self.exact_time(self.now());
        let seconds = now.split('.').next().unwrap_or_default();
        let time = seconds.replace(' ', "-").replace(':', "");
        ["mqtt-lab-packets-", &time, format.ending()].concat()
    }
}
