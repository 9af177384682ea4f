//! The ladder: what passes between clients and Servers as a sequence diagram, time running down.
//!
//! A view over the trace that belongs to the pane that shows it. [`Ladder::follow`] takes in a
//! bounded share of new records; what is drawn is asked for by rows ([`Ladder::picture`]), and read
//! from the trace then. Each packet on a link stands in exactly one arrow: where both ends of the
//! link are recorded, the two records are the two ends of it.
//!
//! What a row is, and what stays known of a packet on its way, is in `row`, `flights` and `marks`;
//! how that looks is in `picture`, and what it is called in `words`.

mod flights;
mod geometry;
mod lanes;
mod marks;
mod picture;
mod row;
mod take;
mod words;

use core::ops::Range;
use std::collections::{BTreeMap, VecDeque};

use flights::Flights;
use marks::{ClientMarks, Marks};
use row::{Row, RowKind};

pub use geometry::{BRACKET, Geometry, SLOT};
pub use lanes::{Lane, LaneKey};
pub use marks::{GivenUp, Progress, SLOTS};
pub use picture::{
    Bracket, HandshakeMark, Line, LineEnd, LineStart, Picture, PictureRow, Place, RemarkTone,
};
pub use row::Fates;
pub use words::LadderWords;

use crate::lab::trace::{Direction, Sequence, Trace};
use crate::lab::wire::TailExtent;
use crate::lab::{ClientKey, Lab};

/// How many rows a ladder keeps; beyond that the oldest go, which [`Ladder::left_out`] tells.
pub const ROWS_MAXIMUM: usize = 250_000;

/// How many records back a ladder begins.
const LOOK_BACK: u64 = 500_000;

/// How many records before a packet a ladder begins that is made to show it.
const CONTEXT: u64 = 20_000;

/// Who is in the ladder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LadderChoice {
    /// These clients and devices; `None` for all clients, and all devices if `bots`.
    pub clients: Option<Vec<ClientKey>>,
    /// Whether devices are in it where no choice was made.
    pub bots: bool,
    /// Whether what the lab broker does besides sending packets is in it.
    pub broker_events: bool,
}

impl Default for LadderChoice {
    fn default() -> Self {
        Self {
            clients: None,
            bots: false,
            broker_events: true,
        }
    }
}

impl LadderChoice {
    /// Whether this client is in the ladder.
    pub fn includes(&self, client: ClientKey) -> bool {
        match &self.clients {
            Some(clients) => clients.contains(&client),
            None => self.bots || !client.is_bot(),
        }
    }
}

/// The ladder. See the [module](self).
#[derive(Debug)]
pub struct Ladder {
    choice: LadderChoice,
    /// Counts how often it was begun again.
    list: u64,
    /// Where it begins, if not near the end of the trace.
    anchor: Option<Sequence>,
    /// The record to be looked at next; `None` before the first.
    next: Option<Sequence>,
    /// What is before this record is not in it.
    left_before: u64,
    rows: VecDeque<Row>,
    /// The number of the first row that is kept.
    first: u64,
    tracks: BTreeMap<ClientKey, Track>,
    marks: Marks,
    /// The Servers, as the trace names them, in the order in which they were met.
    servers: Vec<String>,
    revision: u64,
}

/// What is known of one client's link.
#[derive(Debug, Default)]
struct Track {
    /// Where it leads, or led last.
    server: Option<u8>,
    /// Whether the client has left its latest link, or lost it.
    is_closed: bool,
    /// Whether the other end had left it by then.
    is_over: bool,
    up: Flights,
    down: Flights,
    marks: ClientMarks,
    /// What the packet sent last has made of its handshake, should it turn out not to have arrived.
    before: Option<(u64, marks::Before)>,
}

impl Ladder {
    /// A ladder of these clients. It is empty until it has followed a trace.
    pub fn new(choice: LadderChoice) -> Self {
        Self {
            choice,
            list: 0,
            anchor: None,
            next: None,
            left_before: 0,
            rows: VecDeque::new(),
            first: 0,
            tracks: BTreeMap::new(),
            marks: Marks::default(),
            servers: Vec::new(),
            revision: 0,
        }
    }

    /// Who is in it.
    pub fn choice(&self) -> &LadderChoice {
        &self.choice
    }

    /// Chooses who is in it; another choice begins it again.
    pub fn choose(&mut self, choice: LadderChoice) {
        if choice != self.choice {
            self.choice = choice;
            self.begin(self.anchor);
        }
    }

    /// Begins again with the newest records.
    pub fn to_newest(&mut self) {
        if self.anchor.is_some() {
            self.begin(None);
        }
    }

    /// Whether it was begun to show an old packet, and does not grow with what is new once it is
    /// full.
    pub fn is_anchored(&self) -> bool {
        self.anchor.is_some()
    }

    /// A number that changes whenever something in the ladder has.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What it has now, for a windowed list.
    pub fn extent(&self) -> TailExtent {
        TailExtent {
            list: self.list,
            first: self.first,
            end: self.end(),
        }
    }

    /// The same without the rows from `sequence` on: the ladder as it was before that record was
    /// made.
    pub fn extent_before(&self, sequence: Sequence) -> TailExtent {
        let place = self.rows.partition_point(|row| row.sequence < sequence);
        let extent = self.extent();
        TailExtent {
            end: extent.first + place as u64,
            ..extent
        }
    }

    /// Whether it has no rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// How many records that the trace still keeps were not looked at, or have left the ladder,
    /// because it would be too long.
    pub fn left_out(&self, lab: &Lab) -> u64 {
        let kept = lab.trace().first().number();
        self.left_before.saturating_sub(kept)
    }

    /// Takes in what is new, at most so many records; `true` where there is more to do.
    pub fn follow(&mut self, lab: &Lab, limit: usize) -> bool {
        let trace = lab.trace();
        self.forget_dropped(trace);
        let end = trace.next().number();
        let mut number = match (self.next, self.anchor) {
            (Some(next), _) => next.number(),
            (None, anchor) => {
                let start = anchor.map_or(end.saturating_sub(LOOK_BACK), Sequence::number);
                self.left_before = start;
                start
            }
        };
        number = number.max(trace.first().number());
        let stop = end.min(number.saturating_add(limit as u64));
        while number < stop && !self.is_full() {
            if let Some(record) = trace.get(Sequence::new(number)) {
                self.take(lab, &record);
            }
            number += 1;
        }
        self.next = Some(Sequence::new(number));
        self.limit_rows();
        number < end && !self.is_full()
    }

    /// How far it has come through the records it is to look at, 0 to 1.
    pub fn progress(&self, lab: &Lab) -> f64 {
        let (first, end) = (lab.trace().first().number(), lab.trace().next().number());
        let start = self.rows.front().map_or(first, |row| row.sequence.number());
        let here = self.next.map_or(start, Sequence::number);
        let whole = end.saturating_sub(start).max(1);
        here.saturating_sub(start) as f64 / whole as f64
    }

    /// The row of a record: of a packet, of an event, or of what a fault did to a packet.
    pub fn row_of(&self, lab: &Lab, sequence: Sequence) -> Option<u64> {
        let after = self.rows.partition_point(|row| row.sequence <= sequence);
        let time = lab.trace().get(sequence)?.time();
        for (place, row) in self.rows.range(..after).enumerate().rev() {
            let is_it = row.kind != RowKind::Gap && row.records().contains(&Some(sequence))
                || row.deed == Some(sequence);
            if is_it {
                return Some(self.first + place as u64);
            }
            // What was merged into a row happened when that did.
            let row_time = lab.trace().get(row.sequence).map(|record| record.time());
            if row_time.is_none_or(|row_time| row_time < time) {
                break;
            }
        }
        None
    }

    /// Begins again so that a record comes into it which is older than its rows.
    pub fn reach_back(&mut self, lab: &Lab, sequence: Sequence) {
        let start = sequence.number().saturating_sub(CONTEXT);
        let start = start.max(lab.trace().first().number());
        self.begin(Some(Sequence::new(start)));
    }

    /// Whether a record is older than the rows, and [`Self::reach_back`] would bring it in.
    pub fn is_before(&self, lab: &Lab, sequence: Sequence) -> bool {
        let is_kept = lab.trace().get(sequence).is_some();
        let first = self.rows.front().map(|row| row.sequence);
        is_kept && first.is_some_and(|first| sequence < first)
    }

    /// The record that selecting a row selects: the client's own, where it has one.
    pub fn record_of(&self, number: u64) -> Option<Sequence> {
        let row = self.row(number)?;
        match row.kind {
            RowKind::Gap => None,
            RowKind::Whole {
                direction: Direction::Received,
                arrived: Some(arrived),
            } => Some(arrived),
            _ => Some(row.sequence),
        }
    }

    /// The records that a row stands for: a packet at one or both ends, or an event.
    pub fn records_of(&self, number: u64) -> impl Iterator<Item = Sequence> {
        let records = self.row(number).map_or([None, None], Row::records);
        records.into_iter().flatten()
    }

    /// The records of the two ends of the packet that arrives in a row, where both are recorded.
    pub fn ends_of(&self, number: u64) -> Option<(Sequence, Sequence)> {
        let row = self.row(number)?;
        match row.kind {
            RowKind::Whole {
                arrived: Some(arrived),
                ..
            } => Some((row.sequence, arrived)),
            RowKind::Arrival {
                departure: Some(departure),
                ..
            } => Some((self.row(departure)?.sequence, row.sequence)),
            _ => None,
        }
    }

    /// The next row before or after `from` that can be selected.
    pub fn neighbour(&self, from: u64, later: bool) -> Option<u64> {
        let mut number = from;
        loop {
            number = if later {
                number.checked_add(1)?
            } else {
                number.checked_sub(1)?
            };
            if self.row(number)?.kind != RowKind::Gap {
                return Some(number);
            }
        }
    }

    fn row(&self, number: u64) -> Option<&Row> {
        let place = number.checked_sub(self.first)?;
        self.rows.get(usize::try_from(place).ok()?)
    }

    fn row_mut(&mut self, number: u64) -> Option<&mut Row> {
        let place = number.checked_sub(self.first)?;
        self.rows.get_mut(usize::try_from(place).ok()?)
    }

    fn end(&self) -> u64 {
        self.first + self.rows.len() as u64
    }

    /// Cuts a range of rows to those that there are.
    fn cut(&self, rows: Range<u64>) -> Range<u64> {
        rows.start.max(self.first)..rows.end.min(self.end())
    }

    fn is_full(&self) -> bool {
        self.anchor.is_some() && self.rows.len() >= ROWS_MAXIMUM
    }

    fn begin(&mut self, anchor: Option<Sequence>) {
        let list = self.list + 1;
        let revision = self.revision + 1;
        let choice = self.choice.clone();
        *self = Self::new(choice);
        self.anchor = anchor;
        (self.list, self.revision) = (list, revision);
    }

    fn forget_dropped(&mut self, trace: &Trace) {
        let kept = trace.first();
        while self.rows.front().is_some_and(|row| row.sequence < kept) {
            self.drop_oldest();
        }
        self.forget_marks();
    }

    fn limit_rows(&mut self) {
        while self.rows.len() > ROWS_MAXIMUM {
            if let Some(oldest) = self.rows.front() {
                self.left_before = oldest.sequence.following().number();
            }
            self.drop_oldest();
        }
        self.forget_marks();
    }

    fn drop_oldest(&mut self) {
        if self.rows.pop_front().is_some() {
            self.first += 1;
            self.revision += 1;
        }
    }

    fn forget_marks(&mut self) {
        self.marks.forget_before(self.first);
        for track in self.tracks.values_mut() {
            self.marks.tidy(&mut track.marks);
        }
    }
}
