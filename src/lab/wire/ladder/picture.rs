//! What is drawn of some rows: where each stands, the lines between the lanes, and the brackets
//! that hold a handshake together.
//!
//! Rows and lanes are counted, not measured: how high a row is, and how wide a lane, is the
//! screen's.

use core::ops::Range;
use core::time::Duration;

use super::Ladder;
use super::lanes::{Lane, LaneKey};
use super::marks::{Progress, SLOTS};
use super::row::{Fates, Row, RowKind};
use crate::lab::Lab;
use crate::lab::trace::{ClosedBy, Direction, FaultNote, Note, Record, Sequence};
use crate::lab::wire::HandshakeKind;
use crate::lab::wire::PacketFamily;
use crate::time::Instant;

/// A line that goes down over more rows than that is drawn as two ends.
const SLANT_MAXIMUM: u64 = 60;

/// What is drawn of some rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The rows, in their order.
    pub rows: Vec<PictureRow>,
    /// The lines that are seen in them, those of rows above and below as well.
    pub lines: Vec<Line>,
    /// The brackets that are seen in them.
    pub brackets: Vec<Bracket>,
}

/// A row.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureRow {
    /// Its number.
    pub number: u64,
    /// The record that selecting it selects.
    pub record: Option<Sequence>,
    /// When it happened, as the settings have it; empty for a gap.
    pub time: String,
    /// Whether that is another millisecond than in the row above.
    pub is_new_time: bool,
    /// Whether it is a packet that is lost on the way.
    pub is_lost: bool,
    /// Whether it is the far end of an arrow whose near end has a row of its own that is drawn
    /// with it, and that has the label.
    pub is_arrival: bool,
    /// Where it stands.
    pub place: Place,
    /// What it is, such as `PUBLISH 17`.
    pub name: String,
    /// What else is known of it, such as `QoS 2 · sensors/temperature`.
    pub detail: String,
    /// What became of it; empty where nothing is to be remarked.
    pub remark: String,
    /// Whether the remark tells of a loss, or of something that is still awaited.
    pub tone: RemarkTone,
    /// The hue of a packet.
    pub family: Option<PacketFamily>,
    /// The handshake it belongs to.
    pub handshake: Option<HandshakeMark>,
}

/// How a remark is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkTone {
    /// As information.
    Plain,
    /// Something is awaited, or is not as usual.
    Warn,
    /// Something was lost, refused or broken.
    Bad,
}

/// The handshake of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandshakeMark {
    /// Its number in this ladder, from 1.
    pub number: u64,
    /// What it is.
    pub kind: HandshakeKind,
    /// How far it has come by now.
    pub progress: Progress,
    /// The lane of the client whose handshake it is.
    pub lane: usize,
}

/// Where a row stands. Lanes are told by their places, from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Between two lanes, going from one to the other.
    Between {
        /// Where it comes from.
        from: usize,
        /// Where it goes.
        to: usize,
    },
    /// At one lane.
    At(usize),
    /// Between two lanes, and going nowhere: a fault of the link between them.
    On {
        /// The one.
        from: usize,
        /// The other.
        to: usize,
    },
    /// Across all of them.
    Across,
    /// Nothing happened, for so long; `None` where that is not known any more.
    Gap(Option<Duration>),
}

/// A line between two lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The row of which it is drawn.
    pub row: u64,
    /// The row and the lane where it begins.
    pub from: (u64, usize),
    /// The row and the lane where it leads.
    pub to: (u64, usize),
    /// How it begins.
    pub start: LineStart,
    /// How it ends.
    pub end: LineEnd,
    /// The hue of a packet; `None` for the opening and the end of a connection.
    pub family: Option<PacketFamily>,
    /// The handshake it belongs to.
    pub handshake: Option<u64>,
}

/// How a line begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineStart {
    /// At its lane.
    Lane,
    /// In the middle: where it was sent is not known, or far above.
    Middle,
}

/// How a line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineEnd {
    /// It arrives.
    Arrow,
    /// It is lost halfway.
    Cross,
    /// It is on its way, or arrives far below.
    Open,
    /// The connection ends: a stroke at the other lane.
    Stop,
    /// The connection is cut: strokes in the middle.
    Cut,
}

/// A bracket beside a client's lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// The number of the handshake, from 1.
    pub number: u64,
    /// The lane.
    pub lane: usize,
    /// Its place beside the lane, from 0, where brackets overlap.
    pub slot: usize,
    /// The rows of its first and its last packet so far.
    pub rows: (u64, u64),
    /// How far the handshake has come.
    pub progress: Progress,
}

impl Ladder {
    /// What is drawn of these rows.
    pub fn picture(&self, lab: &Lab, lanes: &[Lane], rows: Range<u64>) -> Picture {
        let rows = self.cut(rows);
        let mut picture = Picture::default();
        if rows.is_empty() {
            return picture;
        }
        picture.rows = rows
            .clone()
            .filter_map(|number| self.picture_row(lab, lanes, number))
            .collect();
        let around =
            rows.start.saturating_sub(SLANT_MAXIMUM)..rows.end.saturating_add(SLANT_MAXIMUM);
        for number in self.cut(around) {
            let line = self.line(lab, lanes, number);
            let is_seen = |line: &Line| {
                let (top, bottom) = (line.from.0.min(line.to.0), line.from.0.max(line.to.0));
                top < rows.end && bottom >= rows.start
            };
            picture.lines.extend(line.filter(is_seen));
        }
        for (place, lane) in lanes.iter().enumerate() {
            self.brackets(lane, place, &rows, &mut picture.brackets);
        }
        picture
    }

    fn picture_row(&self, lab: &Lab, lanes: &[Lane], number: u64) -> Option<PictureRow> {
        let row = self.row(number)?;
        let record = lab.trace().get(row.sequence)?;
        if row.kind == RowKind::Gap {
            let before = number.checked_sub(1).and_then(|before| self.row(before));
            let before = before.and_then(|before| lab.trace().get(before.sequence));
            let span = before.map(|before| record.time().saturating_since(before.time()));
            return Some(PictureRow {
                number,
                record: None,
                time: String::new(),
                is_new_time: false,
                is_lost: false,
                is_arrival: false,
                place: Place::Gap(span),
                name: String::new(),
                detail: String::new(),
                remark: String::new(),
                tone: RemarkTone::Plain,
                family: None,
                handshake: None,
            });
        }
        let (mut remark, tone) = self.remark(lab, number, row, &record);
        if self.is_slanted(number, row) && tone == RemarkTone::Plain {
            // The slant says that it arrives later, and its end when.
            remark.clear();
        }
        Some(PictureRow {
            number,
            record: self.record_of(number),
            time: lab.shown_time(record.time()),
            is_new_time: self.is_new_time(lab, number, record.time()),
            is_lost: matches!(row.kind, RowKind::Departure { .. }) && row.fates.is_lost(),
            is_arrival: self.has_label_above(number, row),
            place: place_of(row, &record, lanes),
            name: self.name(lab, row, &record),
            detail: self.detail(lab, row, &record),
            remark,
            tone,
            family: self.family(row, &record),
            handshake: row
                .mark
                .and_then(|mark| self.handshake_mark(lanes, row, mark)),
        })
    }

    /// Whether it is the near end of an arrow whose far end is drawn with it.
    fn is_slanted(&self, number: u64, row: &Row) -> bool {
        match row.kind {
            RowKind::Departure {
                arrival: Some(arrival),
                ..
            } => number.abs_diff(arrival) <= SLANT_MAXIMUM,
            _ => false,
        }
    }

    fn has_label_above(&self, number: u64, row: &Row) -> bool {
        match row.kind {
            RowKind::Arrival {
                departure: Some(departure),
                ..
            } => number.abs_diff(departure) <= SLANT_MAXIMUM && self.row(departure).is_some(),
            _ => false,
        }
    }

    fn is_new_time(&self, lab: &Lab, number: u64, time: Instant) -> bool {
        let above = number.checked_sub(1).and_then(|above| self.row(above));
        let above = above
            .filter(|above| above.kind != RowKind::Gap)
            .and_then(|above| lab.trace().get(above.sequence));
        above.is_none_or(|above| above.time().as_micros() / 1_000 != time.as_micros() / 1_000)
    }

    fn handshake_mark(&self, lanes: &[Lane], row: &Row, mark: u64) -> Option<HandshakeMark> {
        let handshake = self.marks.get(mark)?;
        Some(HandshakeMark {
            number: mark + 1,
            kind: handshake.kind,
            progress: handshake.progress,
            lane: lane_of(lanes, LaneKey::Client(row.client?))?,
        })
    }

    /// The line of a row, if it has one of its own: a packet's is drawn for the row in which it
    /// arrives, if it does.
    fn line(&self, lab: &Lab, lanes: &[Lane], number: u64) -> Option<Line> {
        let row = self.row(number)?;
        let record = lab.trace().get(row.sequence)?;
        let Place::Between { from, to } = place_of(row, &record, lanes) else {
            return None;
        };
        let line = |start_row, end_row, start, end| Line {
            row: number,
            from: (start_row, from),
            to: (end_row, to),
            start,
            end,
            family: self.family(row, &record),
            handshake: row.mark.map(|mark| mark + 1),
        };
        let here = |start, end| line(number, number, start, end);
        let is_near = |other: u64| number.abs_diff(other) <= SLANT_MAXIMUM;
        Some(match row.kind {
            RowKind::Gap => return None,
            RowKind::Whole { .. } => here(LineStart::Lane, LineEnd::Arrow),
            RowKind::Departure { .. } if row.fates.is_lost() => {
                here(LineStart::Lane, LineEnd::Cross)
            }
            RowKind::Departure {
                arrival: Some(arrival),
                ..
            } if is_near(arrival) => return None,
            RowKind::Departure { .. } => here(LineStart::Lane, LineEnd::Open),
            RowKind::Arrival {
                departure: Some(departure),
                ..
            } if is_near(departure) && self.row(departure).is_some() => {
                line(departure, number, LineStart::Lane, LineEnd::Arrow)
            }
            RowKind::Arrival { .. } => here(LineStart::Middle, LineEnd::Arrow),
            RowKind::Event { merged } => {
                let end = match record.note()? {
                    Note::LinkOpening { .. } if merged.is_none() => LineEnd::Open,
                    Note::LinkOpening { .. } | Note::LinkOpen { .. } => LineEnd::Arrow,
                    Note::LinkClose {
                        by: ClosedBy::Client | ClosedBy::Server,
                        ..
                    } => LineEnd::Stop,
                    Note::LinkClose { .. }
                    | Note::Fault {
                        fault: FaultNote::Cut,
                    } => LineEnd::Cut,
                    _ => return None,
                };
                here(LineStart::Lane, end)
            }
        })
    }

    fn brackets(&self, lane: &Lane, place: usize, rows: &Range<u64>, out: &mut Vec<Bracket>) {
        let LaneKey::Client(client) = lane.key else {
            return;
        };
        let Some(track) = self.tracks.get(&client) else {
            return;
        };
        for slot in 0..SLOTS {
            let Some(marks) = track.marks.slot(slot) else {
                continue;
            };
            let end = marks.partition_point(|&number| {
                self.marks
                    .get(number)
                    .is_none_or(|mark| mark.first < rows.end)
            });
            for &number in marks.range(..end).rev() {
                let Some(mark) = self.marks.get(number) else {
                    break;
                };
                let waits = matches!(mark.progress, Progress::Waits(_));
                if mark.last < rows.start && !waits {
                    break;
                }
                out.push(Bracket {
                    number: number + 1,
                    lane: place,
                    slot,
                    rows: (mark.first, mark.last),
                    progress: mark.progress,
                });
                if mark.first < rows.start {
                    break;
                }
            }
        }
    }

    pub(super) fn family(&self, row: &Row, record: &Record<'_>) -> Option<PacketFamily> {
        if !row.is_packet() {
            return None;
        }
        let packet_type = record.packet_type().or_else(|| unrecorded_type(record));
        packet_type.map(PacketFamily::of)
    }
}

/// The type of a packet of which only the deed of a fault is recorded.
pub(super) fn unrecorded_type(record: &Record<'_>) -> Option<crate::codec::ControlPacketType> {
    match record.note()? {
        Note::Fault {
            fault:
                FaultNote::Done {
                    target: crate::network::Target::Packet { packet_type, .. },
                    ..
                },
        } => Some(packet_type),
        _ => None,
    }
}

fn lane_of(lanes: &[Lane], key: LaneKey) -> Option<usize> {
    lanes.iter().position(|lane| lane.key == key)
}

/// Where a row stands.
pub(super) fn place_of(row: &Row, record: &Record<'_>, lanes: &[Lane]) -> Place {
    let client = row
        .client
        .and_then(|client| lane_of(lanes, LaneKey::Client(client)));
    let server = row
        .server
        .and_then(|server| lane_of(lanes, LaneKey::Server(server)));
    let between = |direction| match (client, server, direction) {
        (Some(from), Some(to), Direction::Sent) | (Some(to), Some(from), Direction::Received) => {
            Place::Between { from, to }
        }
        (Some(lane), None, _) | (None, Some(lane), _) => Place::At(lane),
        (None, None, _) => Place::Across,
    };
    let at = |lane: Option<usize>| lane.map_or(Place::Across, Place::At);
    match row.kind {
        RowKind::Gap => Place::Gap(None),
        RowKind::Whole { direction, .. }
        | RowKind::Departure { direction, .. }
        | RowKind::Arrival { direction, .. } => between(direction),
        RowKind::Event { .. } => match record.note() {
            Some(Note::LinkOpening { .. }) => between(Direction::Sent),
            Some(Note::LinkOpen { .. }) => between(Direction::Received),
            Some(Note::LinkClose { by, .. }) => between(match by {
                ClosedBy::Server => Direction::Received,
                ClosedBy::Client | ClosedBy::Network | ClosedBy::Fault => Direction::Sent,
            }),
            Some(Note::Fault {
                fault: FaultNote::Cut,
            }) => between(Direction::Sent),
            Some(Note::Fault { .. }) => match between(Direction::Sent) {
                Place::Between { from, to } => Place::On { from, to },
                place => place,
            },
            Some(Note::Broker(_)) => at(server),
            Some(Note::Refused { .. }) => at(client),
            Some(Note::Clock { .. }) | None => Place::Across,
        },
    }
}

impl Fates {
    /// Whether the packet arrived otherwise than it was sent.
    pub(super) const fn is_changed(self) -> bool {
        self.has_any(Self::CORRUPTED)
    }
}
