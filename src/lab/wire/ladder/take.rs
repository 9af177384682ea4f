//! How a record becomes a row, or a part of one that is there.

use core::time::Duration;

use super::Ladder;
use super::flights::{Flight, Origin};
use super::marks::Before;
use super::row::{Fates, Row, RowKind};
use crate::lab::trace::{
    BrokerNote, ClosedBy, ConnectionChange, Direction, FaultNote, Note, Record, RecordKind,
    SessionChange, SystemChange, WillChange,
};
use crate::lab::{ClientKey, LAB_BROKER, Lab};
use crate::network::{Deed, Target, Way};

/// From how long on it is said that nothing happened.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// How many Servers have a lane of their own; what leads to others shares the last one.
const SERVERS_MAXIMUM: usize = 32;

impl Ladder {
    pub(super) fn take(&mut self, lab: &Lab, record: &Record<'_>) {
        let client = record.client();
        if client.is_some_and(|client| !self.choice.includes(client)) {
            return;
        }
        match (record.kind(), client) {
            (RecordKind::Sent, Some(client)) => self.sent(lab, client, record),
            (RecordKind::Received, Some(client)) => self.received(lab, client, record),
            (RecordKind::BrokerReceived, Some(client)) if client.is_of_other_tab() => {
                self.seen_at_broker(lab, client, record, Direction::Sent);
            }
            (RecordKind::BrokerSent, Some(client)) if client.is_of_other_tab() => {
                self.seen_at_broker(lab, client, record, Direction::Received);
            }
            (RecordKind::BrokerReceived, Some(client)) => {
                self.arrive(lab, client, record, Direction::Sent);
            }
            (RecordKind::BrokerSent, Some(client)) => {
                let number = self.depart(lab, client, record, Direction::Received);
                let track = self.tracks.entry(client).or_default();
                let flight = Flight::of(record, number);
                if track.is_closed {
                    self.mark_gone(number);
                } else if let Some(old) = track.down.fly(flight) {
                    self.mark_gone(old.row);
                }
            }
            (_, client) => self.note(lab, client, record),
        }
        self.revision += 1;
    }

    /// A packet of a client of another tab: its own end is recorded there, so the broker's stands for both.
    fn seen_at_broker(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        direction: Direction,
    ) {
        let server = self.server(LAB_BROKER);
        self.tracks.entry(client).or_default().server = Some(server);
        let number = self.push_whole(lab, client, record, direction);
        self.reach(client, record, number);
    }

    /// A packet of a client, which arrives at once unless a fault says otherwise next.
    fn sent(&mut self, lab: &Lab, client: ClientKey, record: &Record<'_>) {
        let number = self.push_whole(lab, client, record, Direction::Sent);
        let before = self.reach(client, record, number);
        let track = self.tracks.entry(client).or_default();
        track.up.send(Flight::of(record, number));
        track.before = before.map(|before| (number, before));
    }

    fn received(&mut self, lab: &Lab, client: ClientKey, record: &Record<'_>) {
        let is_expected = self
            .tracks
            .get(&client)
            .is_some_and(|track| track.down.expects(|row| self.is_doubled(row)));
        if is_expected {
            self.arrive(lab, client, record, Direction::Received);
            return;
        }
        let number = self.push_whole(lab, client, record, Direction::Received);
        self.reach(client, record, number);
    }

    /// A packet is sent, and is on its way until another record says that it has arrived.
    fn depart(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        direction: Direction,
    ) -> u64 {
        let kind = RowKind::Departure {
            direction,
            arrival: None,
        };
        self.push_packet(lab, client, record, kind)
    }

    fn push_whole(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        direction: Direction,
    ) -> u64 {
        let kind = RowKind::Whole {
            direction,
            arrived: None,
        };
        self.push_packet(lab, client, record, kind)
    }

    /// A packet's row, which belongs to a handshake.
    fn push_packet(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        kind: RowKind,
    ) -> u64 {
        let number = self.push(lab, Some(client), record, kind);
        self.join(client, record, number);
        number
    }

    /// A packet arrives where both ends are recorded.
    fn arrive(&mut self, lab: &Lab, client: ClientKey, record: &Record<'_>, direction: Direction) {
        let trace = lab.trace();
        let mut overtaken = Vec::new();
        // Taken out, so that rows can be looked at meanwhile.
        let mut track = self.tracks.remove(&client).unwrap_or_default();
        let flights = match direction {
            Direction::Sent => &mut track.up,
            Direction::Received => &mut track.down,
        };
        let is_doubled = |row| self.is_doubled(row);
        let origin = flights.land(record, trace, is_doubled, |flight| {
            overtaken.push(flight.row);
        });
        self.tracks.insert(client, track);
        for row in overtaken {
            self.mark_gone(row);
        }
        let number = match origin {
            Origin::Of(flight) => self.land(lab, client, record, direction, flight),
            Origin::CopyOf(flight) => {
                let number = self.push_arrival(lab, client, record, direction, Some(flight.row));
                self.add_fates(number, Fates::COPY);
                // The handshake has had it.
                return;
            }
            // From a link before this one, which had no faults.
            Origin::Unknown if direction == Direction::Received => {
                self.push_whole(lab, client, record, direction)
            }
            Origin::Unknown => {
                let number = self.push_arrival(lab, client, record, direction, None);
                self.join(client, record, number);
                number
            }
        };
        self.reach(client, record, number);
    }

    /// The row in which a packet arrives that was sent before.
    fn land(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        direction: Direction,
        flight: Flight,
    ) -> u64 {
        let trace = lab.trace();
        let departure = flight.record.and_then(|sequence| trace.get(sequence));
        let sent = self.row(flight.row).and_then(|row| trace.get(row.sequence));
        let is_at_once = sent.is_some_and(|sent| sent.time() == record.time());
        let is_as_sent = departure.is_none_or(|sent| sent.raw() == record.raw());
        if is_at_once
            && is_as_sent
            && let Some(row) = self.row_mut(flight.row)
        {
            row.kind = RowKind::Whole {
                direction,
                arrived: Some(record.sequence()),
            };
            if flight.record.is_none() {
                self.join(client, record, flight.row);
            }
            return flight.row;
        }
        let number = self.push_arrival(lab, client, record, direction, Some(flight.row));
        if let Some(row) = self.row_mut(flight.row)
            && !matches!(row.kind, RowKind::Arrival { .. })
        {
            row.kind = RowKind::Departure {
                direction,
                arrival: Some(number),
            };
        }
        if flight.record.is_none() {
            self.join(client, record, number);
        }
        number
    }

    /// A row for an arrival; it belongs to the handshake of the row in which the packet was sent.
    fn push_arrival(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        direction: Direction,
        departure: Option<u64>,
    ) -> u64 {
        let kind = RowKind::Arrival {
            direction,
            departure,
        };
        let number = self.push(lab, Some(client), record, kind);
        let mark = departure
            .and_then(|departure| self.row(departure))
            .and_then(|row| row.mark);
        if let Some(row) = self.row_mut(number) {
            row.mark = mark;
        }
        if let Some(mark) = mark {
            self.marks.extend(mark, number);
        }
        number
    }

    fn join(&mut self, client: ClientKey, record: &Record<'_>, number: u64) {
        let track = self.tracks.entry(client).or_default();
        let joined = self.marks.join(client, &mut track.marks, record, number);
        if let Some(joined) = joined
            && let Some(row) = self.row_mut(number)
        {
            row.mark = Some(joined.mark);
            if joined.again {
                row.fates = row.fates.with(Fates::AGAIN);
            }
        }
    }

    /// The packet of a row has arrived.
    fn reach(&mut self, client: ClientKey, record: &Record<'_>, number: u64) -> Option<Before> {
        let mark = self.row(number)?.mark?;
        let track = self.tracks.entry(client).or_default();
        self.marks.arrive(&mut track.marks, mark, record)
    }

    fn note(&mut self, lab: &Lab, client: Option<ClientKey>, record: &Record<'_>) {
        let Some(note) = record.note() else {
            return;
        };
        match (note, client) {
            (Note::LinkOpening { url }, Some(client)) => {
                self.lead(client, url);
                let track = self.tracks.entry(client).or_default();
                let mut forgotten = Vec::new();
                if track.is_over {
                    forgotten.extend(track.up.end());
                }
                forgotten.extend(track.up.begin_link());
                // Nobody is there any more to receive it.
                forgotten.extend(track.down.end());
                track.is_closed = false;
                for row in forgotten.into_iter().map(|flight| flight.row) {
                    self.mark_gone(row);
                }
                self.push_event(lab, Some(client), record);
            }
            (Note::LinkOpen { .. }, Some(client)) => {
                let is_opening = |kind| kind == RecordKind::LinkOpening;
                self.merge_or_push(lab, client, record, is_opening);
            }
            (Note::LinkClose { by, .. }, Some(client)) => {
                self.end_link(client, by);
                let is_cut = |kind| kind == RecordKind::Fault && by == ClosedBy::Fault;
                self.merge_or_push(lab, client, record, is_cut);
            }
            (Note::Fault { fault }, Some(client)) => self.fault(lab, client, record, fault),
            (Note::Broker(note), client) => self.broker(lab, client, record, &note),
            (_, client) => {
                self.push_event(lab, client, record);
            }
        }
    }

    /// A client's link leads to this Server from now on.
    fn lead(&mut self, client: ClientKey, url: &str) {
        let server = self.server(url);
        self.tracks.entry(client).or_default().server = Some(server);
    }

    pub(super) fn server(&mut self, url: &str) -> u8 {
        let known = self.servers.iter().position(|server| server == url);
        let place = known.unwrap_or_else(|| {
            if self.servers.len() < SERVERS_MAXIMUM {
                self.servers.push(url.to_owned());
            }
            self.servers.len() - 1
        });
        u8::try_from(place).unwrap_or(u8::MAX)
    }

    /// Puts a record into the row of the client before it, where that is the first part of the
    /// same event and of the same instant.
    fn merge_or_push(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        is_first_part: impl Fn(RecordKind) -> bool,
    ) {
        let trace = lab.trace();
        let last = self.rows.back().copied();
        let is_part = last.is_some_and(|row| {
            let before = trace.get(row.sequence);
            row.client == Some(client)
                && row.kind == RowKind::Event { merged: None }
                && before.is_some_and(|before| {
                    is_first_part(before.kind()) && before.time() == record.time()
                })
        });
        if is_part && let Some(row) = self.rows.back_mut() {
            row.kind = RowKind::Event {
                merged: Some(record.sequence()),
            };
        } else {
            self.push_event(lab, Some(client), record);
        }
    }

    fn end_link(&mut self, client: ClientKey, by: ClosedBy) {
        let track = self.tracks.entry(client).or_default();
        track.is_closed = true;
        let mut gone: Vec<_> = track.down.end().map(|flight| flight.row).collect();
        // What was sent before can still arrive, until there is another link.
        track.is_over = by != ClosedBy::Client;
        if by == ClosedBy::Fault {
            gone.extend(track.up.end().map(|flight| flight.row));
        }
        self.marks.end_connection(&mut track.marks);
        for row in gone {
            self.mark_gone(row);
        }
    }

    fn fault(&mut self, lab: &Lab, client: ClientKey, record: &Record<'_>, fault: FaultNote) {
        let FaultNote::Done {
            way, target, deed, ..
        } = fault
        else {
            self.push_event(lab, Some(client), record);
            return;
        };
        let track = self.tracks.entry(client).or_default();
        let server = track
            .server
            .and_then(|server| self.servers.get(usize::from(server)));
        let both_ends = server.is_some_and(|server| server == LAB_BROKER);
        let flights = match way {
            Way::Up => &mut track.up,
            Way::Down => &mut track.down,
        };
        let Some(flight) = flights.find(target) else {
            self.deed_alone(lab, client, record, way, target, deed);
            return;
        };
        let mut undone = None;
        let mut is_held = false;
        match deed {
            Deed::Lost | Deed::Swallowed => {
                flights.lose(flight);
                undone = track.before.take_if(|(row, _)| *row == flight.row);
            }
            Deed::Delayed { .. } | Deed::Throttled { .. } if way == Way::Up && both_ends => {
                is_held = flights.hold(flight);
                if is_held {
                    undone = track.before.take_if(|(row, _)| *row == flight.row);
                }
            }
            Deed::Corrupted { .. } => flights.corrupt(flight),
            Deed::Delayed { .. }
            | Deed::Throttled { .. }
            | Deed::Duplicated
            | Deed::Sliced { .. } => {}
        }
        if let Some((_, before)) = undone {
            self.marks.undo(before);
        }
        if let Some(row) = self.row_mut(flight.row) {
            row.fates = row.fates.with(Fates::of(deed));
            row.deed = Some(record.sequence());
            if let RowKind::Whole {
                direction,
                arrived: None,
            } = row.kind
                && (is_held || row.fates.is_lost())
            {
                row.kind = RowKind::Departure {
                    direction,
                    arrival: None,
                };
            }
        }
    }

    /// What a fault did to a packet that is recorded at no end yet: one from a Server outside.
    fn deed_alone(
        &mut self,
        lab: &Lab,
        client: ClientKey,
        record: &Record<'_>,
        way: Way,
        target: Target,
        deed: Deed,
    ) {
        let Target::Packet {
            packet_type,
            packet_id,
            length,
        } = target
        else {
            self.push_event(lab, Some(client), record);
            return;
        };
        let direction = match way {
            Way::Up => Direction::Sent,
            Way::Down => Direction::Received,
        };
        let kind = RowKind::Departure {
            direction,
            arrival: None,
        };
        let number = self.push(lab, Some(client), record, kind);
        self.add_fates(number, Fates::of(deed).with(Fates::UNRECORDED));
        let track = self.tracks.entry(client).or_default();
        let flight = Flight {
            row: number,
            record: None,
            packet_type: Some(packet_type),
            packet_id,
            length,
            is_corrupted: matches!(deed, Deed::Corrupted { .. }),
        };
        if way == Way::Down && !Fates::of(deed).is_lost() {
            track.down.fly(flight);
        }
    }

    fn broker(
        &mut self,
        lab: &Lab,
        client: Option<ClientKey>,
        record: &Record<'_>,
        note: &BrokerNote<'_>,
    ) {
        let is_here = self.servers.iter().any(|server| server == LAB_BROKER);
        if self.choice.broker_events && is_here && is_worth_a_row(note, client) {
            let server = self.server(LAB_BROKER);
            let number = self.push_event(lab, client, record);
            if let Some(row) = self.row_mut(number) {
                row.server = Some(server);
            }
        }
    }

    fn push_event(&mut self, lab: &Lab, client: Option<ClientKey>, record: &Record<'_>) -> u64 {
        self.push(lab, client, record, RowKind::Event { merged: None })
    }

    fn push(
        &mut self,
        lab: &Lab,
        client: Option<ClientKey>,
        record: &Record<'_>,
        kind: RowKind,
    ) -> u64 {
        let trace = lab.trace();
        let before = self.rows.back().and_then(|row| trace.get(row.sequence));
        let is_after_pause =
            before.is_some_and(|before| record.time().saturating_since(before.time()) >= IDLE);
        let server = client.and_then(|client| self.server_of(lab, client));
        let row = |kind, client, server| Row {
            sequence: record.sequence(),
            kind,
            client,
            server,
            fates: Fates::default(),
            mark: None,
            deed: None,
        };
        if is_after_pause {
            self.rows.push_back(row(RowKind::Gap, None, None));
        }
        self.rows.push_back(row(kind, client, server));
        self.end() - 1
    }

    /// Where a client's link leads. Where the trace has dropped how it was opened, it leads where
    /// the client's connection leads now.
    fn server_of(&mut self, lab: &Lab, client: ClientKey) -> Option<u8> {
        if let Some(server) = self.tracks.get(&client).and_then(|track| track.server) {
            return Some(server);
        }
        let destination = lab.client(client)?.destination()?.words();
        self.lead(client, &destination);
        self.tracks.get(&client)?.server
    }

    /// Whether a fault is known to deliver the packet of this row twice.
    fn is_doubled(&self, number: u64) -> bool {
        let row = self.row(number);
        row.is_some_and(|row| row.fates.has(Fates::DUPLICATED))
    }

    fn mark_gone(&mut self, number: u64) {
        self.add_fates(number, Fates::GONE);
    }

    fn add_fates(&mut self, number: u64, fates: Fates) {
        if let Some(row) = self.row_mut(number) {
            row.fates = row.fates.with(fates);
        }
    }
}

/// Whether what the broker did is told beside the packets: what they do not show by themselves.
fn is_worth_a_row(note: &BrokerNote<'_>, client: Option<ClientKey>) -> bool {
    match *note {
        BrokerNote::Connection { change, cause, .. } => match change {
            ConnectionChange::Accepted | ConnectionChange::AcceptedWithSession => false,
            ConnectionChange::Refused => client.is_some(),
            ConnectionChange::Closed => {
                client.is_some() && !matches!(cause, "disconnect" | "refused")
            }
        },
        BrokerNote::Session { change, cause, .. } => {
            let is_told = match change {
                SessionChange::Created => false,
                SessionChange::Resumed | SessionChange::Expired => true,
                SessionChange::Discarded => cause != "with_connection",
            };
            is_told && client.is_some()
        }
        BrokerNote::Will { change, .. } => client.is_some() && change != WillChange::Stored,
        BrokerNote::Queue { .. } => client.is_some(),
        BrokerNote::Retained { .. } => true,
        BrokerNote::System { change } => {
            !matches!(change, SystemChange::Tick | SystemChange::OptionsChanged)
        }
        BrokerNote::Subscription { .. }
        | BrokerNote::Inflight { .. }
        | BrokerNote::Published { .. } => false,
    }
}
