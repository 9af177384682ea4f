//! What the rows are called: the labels of the diagram, and the sentences of its table.

use core::fmt::Write as _;

use super::lanes::Lane;
use super::marks::{GivenUp, Progress};
use super::picture::{Place, RemarkTone, place_of, unrecorded_type};
use super::row::{Fates, Row, RowKind};
use super::{Ladder, LaneKey};
use crate::codec::{ConnackCode, ControlPacket, PacketId, Qos, ReasonCode, decode};
use crate::lab::explain::{self, fault_deed, fault_line};
use crate::lab::payload::foreign_words;
use crate::lab::trace::{BrokerNote, ClosedBy, FaultNote, Note, Record, RecordKind};
use crate::lab::{Lab, format};
use crate::network::Target;

/// A row in words, for a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LadderWords {
    /// When, on the clock.
    pub time: String,
    /// Who sent it, or to whom it happened.
    pub from: String,
    /// To whom it was sent; empty for what was not sent.
    pub to: String,
    /// What it is.
    pub what: String,
    /// The handshake it belongs to, and how far that has come.
    pub handshake: String,
    /// What became of it.
    pub remark: String,
}

impl LadderWords {
    /// All of it as one line.
    pub fn sentence(&self) -> String {
        let mut text = String::new();
        let way = match (self.from.as_str(), self.to.as_str()) {
            ("", _) => String::new(),
            (from, "") => format!("{from}: "),
            (from, to) => format!("{from} → {to}: "),
        };
        if !self.time.is_empty() {
            let _ = write!(text, "{}  ", self.time);
        }
        text.push_str(&way);
        text.push_str(&self.what);
        for part in [&self.remark, &self.handshake] {
            if !part.is_empty() {
                let _ = write!(text, " · {part}");
            }
        }
        text
    }
}

impl Ladder {
    /// A row in words.
    pub fn words(&self, lab: &Lab, lanes: &[Lane], number: u64) -> Option<LadderWords> {
        let row = self.row(number)?;
        let record = lab.trace().get(row.sequence)?;
        if row.kind == RowKind::Gap {
            let rows = self.picture(lab, lanes, number..number + 1).rows;
            let Some(Place::Gap(span)) = rows.first().map(|row| row.place) else {
                return None;
            };
            return Some(LadderWords {
                what: gap(span),
                ..LadderWords::default()
            });
        }
        let name_of = |place: usize| lanes.get(place).map_or_else(String::new, lane_words);
        let (from, to) = match place_of(row, &record, lanes) {
            Place::Between { from, to } | Place::On { from, to } => (name_of(from), name_of(to)),
            Place::At(lane) => (name_of(lane), String::new()),
            Place::Across | Place::Gap(_) => (String::new(), String::new()),
        };
        let mut what = self.name(lab, row, &record);
        let detail = self.detail(lab, row, &record);
        if row.is_packet() {
            if !detail.is_empty() {
                let _ = write!(what, " ({detail})");
            }
        } else if let Some(event) = event_text(lab, &record) {
            let _ = write!(what, ": {event}");
        }
        Some(LadderWords {
            time: lab.shown_time(record.time()),
            from,
            to,
            what,
            handshake: row
                .mark
                .map_or_else(String::new, |mark| self.handshake_words(mark)),
            remark: self.remark(lab, number, row, &record).0,
        })
    }

    fn handshake_words(&self, number: u64) -> String {
        let Some(mark) = self.marks.get(number) else {
            return String::new();
        };
        let id = mark
            .packet_id
            .map_or_else(String::new, |id| format!(", packet {}", id.value()));
        let progress = progress_words(mark.progress);
        format!(
            "handshake {}: {}{id}, {progress}",
            number + 1,
            mark.kind.label()
        )
    }

    /// What a row is: `PUBLISH 17`, `Will published`.
    pub(super) fn name(&self, lab: &Lab, row: &Row, record: &Record<'_>) -> String {
        if !row.is_packet() {
            return event_name(lab, row, record);
        }
        if row.fates.has(Fates::UNRECORDED)
            && let Some(packet_type) = unrecorded_type(record)
        {
            let id = unrecorded_id(record);
            return with_id(packet_type.name(), id);
        }
        let name = record
            .packet_type()
            .map_or("packet of a reserved type", |packet_type| {
                packet_type.name()
            });
        with_id(name, record.packet_id())
    }

    /// What else is known of a row.
    pub(super) fn detail(&self, lab: &Lab, row: &Row, record: &Record<'_>) -> String {
        if row.is_packet() {
            return packet_detail(record);
        }
        match record.note() {
            Some(Note::Fault {
                fault: FaultNote::Added(fault) | FaultNote::Removed(fault),
            }) => fault_line(fault),
            Some(Note::Broker(note)) => broker_detail(lab, record, &note),
            Some(Note::LinkClose {
                code: Some(code), ..
            }) => format!("WebSocket code {code}"),
            _ => String::new(),
        }
    }

    /// What became of a row, and how that is meant.
    pub(super) fn remark(
        &self,
        lab: &Lab,
        number: u64,
        row: &Row,
        record: &Record<'_>,
    ) -> (String, RemarkTone) {
        let mut parts: Vec<String> = Vec::new();
        let mut tone = RemarkTone::Plain;
        let fates = row.fates;
        if record.malformed() {
            parts.push("malformed".to_owned());
            tone = RemarkTone::Bad;
        }
        if record.dup() || fates.has(Fates::AGAIN) {
            parts.push(
                match (record.dup(), fates.has(Fates::AGAIN)) {
                    (true, true) => "sent again, with DUP",
                    (true, false) => "DUP: sent before",
                    _ => "sent again",
                }
                .to_owned(),
            );
            tone = RemarkTone::Warn;
        }
        if let Some(loss) = loss(fates) {
            parts.push(loss.to_owned());
            tone = RemarkTone::Bad;
        }
        self.travel(lab, row, record, &mut parts);
        if fates.is_changed() || fates.has(Fates::COPY) {
            tone = RemarkTone::Bad;
        }
        if is_known_already(record) {
            parts.push("known already: not given to the application again".to_owned());
        }
        if let Some(mark) = row.mark.and_then(|mark| self.marks.get(mark))
            && mark.last == number
            && mark.progress != Progress::Finished
        {
            parts.push(progress_words(mark.progress));
            if tone == RemarkTone::Plain {
                tone = RemarkTone::Warn;
            }
        }
        if row.kind != RowKind::Gap && !row.is_packet() {
            tone = event_tone(record);
        }
        (parts.join(" · "), tone)
    }

    /// When a packet arrives, and what faults did to it on the way.
    fn travel(&self, lab: &Lab, row: &Row, record: &Record<'_>, parts: &mut Vec<String>) {
        let time_of = |number: u64| {
            let row = self.row(number)?;
            Some(lab.trace().get(row.sequence)?.time())
        };
        match row.kind {
            RowKind::Departure {
                arrival: Some(arrival),
                ..
            } => {
                if let Some(time) = time_of(arrival).filter(|&time| time > record.time()) {
                    let span = time.saturating_since(record.time());
                    parts.push(format!("arrives {} later", format::short_duration(span)));
                }
            }
            RowKind::Departure { arrival: None, .. } if !row.fates.is_lost() => {
                parts.push("on its way".to_owned());
            }
            RowKind::Arrival { departure, .. } => {
                let sent = departure.and_then(time_of);
                match sent.map(|sent| record.time().saturating_since(sent)) {
                    Some(span) if !span.is_zero() => {
                        parts.push(format!("arrives after {}", format::short_duration(span)));
                    }
                    Some(_) => parts.push("arrives".to_owned()),
                    None => parts.push("arrives; where it was sent is not recorded".to_owned()),
                }
            }
            _ => {}
        }
        let fates = row.fates;
        if fates.has(Fates::COPY) {
            parts.push("a second time (fault)".to_owned());
        }
        if fates.has(Fates::CORRUPTED) {
            parts.push("changed on the way (fault)".to_owned());
        }
        if fates.has(Fates::DUPLICATED) {
            parts.push("delivered twice (fault)".to_owned());
        }
        if fates.has(Fates::SLICED) {
            parts.push("in slices (fault)".to_owned());
        }
        let is_alone = matches!(row.kind, RowKind::Whole { .. });
        if is_alone && fates.has_any(Fates::DELAYED.with(Fates::THROTTLED)) {
            parts.push("held back (fault)".to_owned());
        }
    }
}

/// A gap in words.
pub(super) fn gap(span: Option<core::time::Duration>) -> String {
    span.map_or_else(
        || "idle".to_owned(),
        |span| format!("{} idle", format::short_duration(span)),
    )
}

fn loss(fates: Fates) -> Option<&'static str> {
    if fates.has(Fates::SWALLOWED) {
        Some("swallowed (fault)")
    } else if fates.has(Fates::LOST) {
        Some("lost in a black hole")
    } else if fates.has(Fates::GONE) {
        Some("lost: the connection ended first")
    } else {
        None
    }
}

/// How far a handshake has come, in words.
pub(super) fn progress_words(progress: Progress) -> String {
    match progress {
        Progress::Waits(packet_type) => format!("waits for {packet_type}"),
        Progress::Finished => "finished".to_owned(),
        Progress::GivenUp(GivenUp::ConnectionEnded) => {
            "never answered: the connection ended".to_owned()
        }
        Progress::GivenUp(GivenUp::SessionEnded) => "never finished: the session ended".to_owned(),
        Progress::GivenUp(GivenUp::Replaced) => {
            "never finished: its number was used again".to_owned()
        }
    }
}

/// Whether the client had this QoS 2 message before, and so did not give it on.
fn is_known_already(record: &Record<'_>) -> bool {
    record.kind() == RecordKind::Received
        && record.qos() == Some(Qos::ExactlyOnce)
        && !record.delivered()
        && !record.malformed()
}

fn with_id(name: &str, packet_id: Option<PacketId>) -> String {
    packet_id.map_or_else(|| name.to_owned(), |id| format!("{name} {}", id.value()))
}

fn unrecorded_id(record: &Record<'_>) -> Option<PacketId> {
    match record.note()? {
        Note::Fault {
            fault:
                FaultNote::Done {
                    target: Target::Packet { packet_id, .. },
                    ..
                },
        } => packet_id,
        _ => None,
    }
}

fn lane_words(lane: &Lane) -> String {
    match lane.key {
        LaneKey::Client(_) | LaneKey::Server(_) => lane.name.clone(),
    }
}

/// The few fields of a packet that matter in a diagram.
fn packet_detail(record: &Record<'_>) -> String {
    let Some(version) = record.version() else {
        return String::new();
    };
    let Ok(packet) = decode(record.raw(), version) else {
        return String::new();
    };
    let refusal = |code: ReasonCode, packet_type| {
        if code.as_u8() == 0 {
            String::new()
        } else {
            format!("0x{:02x} {}", code.as_u8(), code.name_in(packet_type))
        }
    };
    match &packet {
        ControlPacket::Publish(publish) => {
            let mut text = format!("QoS {}", publish.qos.as_u8());
            if publish.retain {
                text.push_str(" · retain");
            }
            if let Some(topic) = record.topic() {
                let _ = write!(text, " · {}", foreign_words(topic));
            }
            text
        }
        ControlPacket::Connect(connect) => {
            let clean = if connect.clean_start { " · clean" } else { "" };
            let will = if connect.will.is_some() {
                " · will"
            } else {
                ""
            };
            let id = foreign_words(connect.client_id);
            format!("{id}{clean}{will}")
        }
        ControlPacket::Connack(connack) => {
            let code = match connack.code {
                ConnackCode::V3(code) => code.name(),
                ConnackCode::V5(code) => code.name_in(packet.packet_type()),
            };
            match (connack.code.is_accepted(), connack.session_present) {
                (true, true) => "accepted · session present".to_owned(),
                (true, false) => "accepted".to_owned(),
                (false, _) => format!("refused: 0x{:02x} {code}", connack.code.as_u8()),
            }
        }
        ControlPacket::Puback(ack)
        | ControlPacket::Pubrec(ack)
        | ControlPacket::Pubrel(ack)
        | ControlPacket::Pubcomp(ack) => refusal(ack.reason_code, packet.packet_type()),
        ControlPacket::Subscribe(subscribe) => {
            let Some(first) = subscribe.subscriptions.first() else {
                return String::new();
            };
            let filter = foreign_words(first.filter.as_str());
            let qos = first.options.qos.as_u8();
            format!(
                "{filter} · QoS {qos}{}",
                and_more(subscribe.subscriptions.len())
            )
        }
        ControlPacket::Unsubscribe(unsubscribe) => {
            let first = unsubscribe.filters.first();
            let first = first.map_or_else(String::new, |filter| foreign_words(filter.as_str()));
            format!("{first}{}", and_more(unsubscribe.filters.len()))
        }
        ControlPacket::Suback(suback) => {
            let codes = suback.reason_codes.iter().map(|code| match code.as_u8() {
                granted @ 0..=2 => format!("QoS {granted}"),
                code => format!("refused 0x{code:02x}"),
            });
            codes.collect::<Vec<_>>().join(", ")
        }
        ControlPacket::Unsuback(unsuback) => {
            let codes = unsuback.reason_codes.iter();
            let refused = codes.filter(|code| code.is_error());
            refused
                .map(|code| format!("refused 0x{:02x}", code.as_u8()))
                .collect::<Vec<_>>()
                .join(", ")
        }
        ControlPacket::Disconnect(disconnect) => {
            refusal(disconnect.reason_code, packet.packet_type())
        }
        ControlPacket::Auth(auth) => refusal(auth.reason_code, packet.packet_type()),
        ControlPacket::Pingreq | ControlPacket::Pingresp => String::new(),
    }
}

fn and_more(count: usize) -> String {
    match count.saturating_sub(1) {
        0 => String::new(),
        more => format!(" and {more} more"),
    }
}

fn event_name(lab: &Lab, row: &Row, record: &Record<'_>) -> String {
    let is_merged = matches!(row.kind, RowKind::Event { merged: Some(_) });
    match record.note() {
        Some(Note::LinkOpening { .. }) if is_merged => "connection opened".to_owned(),
        Some(Note::LinkOpening { .. }) => "opens a connection".to_owned(),
        Some(Note::LinkOpen { .. }) => "connection open".to_owned(),
        Some(Note::LinkClose { by, .. }) => match by {
            ClosedBy::Client | ClosedBy::Server => "closes the connection",
            ClosedBy::Network => "connection lost",
            ClosedBy::Fault => "connection cut",
        }
        .to_owned(),
        Some(Note::Fault {
            fault: FaultNote::Cut,
        }) => "connection cut (fault)".to_owned(),
        Some(Note::Fault {
            fault: FaultNote::Added(_),
        }) => "fault in place".to_owned(),
        Some(Note::Fault {
            fault: FaultNote::Removed(_),
        }) => "fault taken away".to_owned(),
        Some(Note::Fault {
            fault: FaultNote::Done {
                way, target, deed, ..
            },
        }) => fault_deed(way, target, deed),
        Some(Note::Clock { jump, .. }) if !jump.is_zero() => {
            let title = event_title(lab, record);
            format!("{title}: {}", format::duration(jump))
        }
        _ => event_title(lab, record),
    }
}

fn event_title(lab: &Lab, record: &Record<'_>) -> String {
    lab.event_view(record.sequence())
        .map_or_else(String::new, |event| event.title.to_owned())
}

/// The whole sentence of an event.
fn event_text(lab: &Lab, record: &Record<'_>) -> Option<String> {
    lab.event_view(record.sequence()).map(|event| event.text)
}

fn broker_detail(lab: &Lab, record: &Record<'_>, note: &BrokerNote<'_>) -> String {
    let name = record.client().and_then(|client| lab.client(client));
    let name = name.map_or("", |client| client.name());
    match *note {
        BrokerNote::Connection { cause, .. } => {
            format!("{name}: {}", explain::connection_cause(cause))
        }
        BrokerNote::Retained { .. } => record.topic().unwrap_or_default().to_owned(),
        BrokerNote::Queue { .. } | BrokerNote::Will { .. } => {
            format!("{name}: {}", record.topic().unwrap_or_default())
        }
        _ => name.to_owned(),
    }
}

fn event_tone(record: &Record<'_>) -> RemarkTone {
    match record.note() {
        Some(
            Note::Fault { .. }
            | Note::Refused { .. }
            | Note::LinkClose {
                by: ClosedBy::Network | ClosedBy::Fault,
                ..
            },
        ) => RemarkTone::Bad,
        Some(Note::Broker(_) | Note::Clock { .. }) => RemarkTone::Warn,
        _ => RemarkTone::Plain,
    }
}
