//! The handshakes of the ladder's rows: which packets belong together, and what is still awaited.
//!
//! A handshake is followed as the side sees it that began it: what that side sends counts at once,
//! what it is answered when it arrives. So one whose last answer is lost still waits.

use std::collections::{BTreeMap, VecDeque};

use crate::codec::{ControlPacket, ControlPacketType, PacketId, ProtocolVersion, decode};
use crate::lab::ClientKey;
use crate::lab::trace::{Direction, Record};
use crate::lab::wire::HandshakeKind;
use crate::lab::wire::exchange::{Part, asks_for_more, part_of, refuses};

/// How many handshakes of one client can have a bracket of their own beside one another.
pub const SLOTS: usize = 5;

/// How far a handshake has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This packet is awaited.
    Waits(ControlPacketType),
    /// It is over, as it should be.
    Finished,
    /// It is over, and was not finished.
    GivenUp(GivenUp),
}

/// Why a handshake was not finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GivenUp {
    /// The connection ended.
    ConnectionEnded,
    /// The next connection began without the session.
    SessionEnded,
    /// Another one has its Packet Identifier.
    Replaced,
}

/// One handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) client: ClientKey,
    pub(super) kind: HandshakeKind,
    pub(super) initiator: Direction,
    pub(super) packet_id: Option<PacketId>,
    /// The rows of its first and its latest packet.
    pub(super) first: u64,
    pub(super) last: u64,
    /// How far it has come: which of its steps is done.
    stage: usize,
    pub(super) progress: Progress,
    pub(super) slot: Option<usize>,
}

/// What joining a handshake came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    pub(super) mark: u64,
    /// Whether the handshake has had this packet before.
    pub(super) again: bool,
}

/// The handshake as it was before a packet arrived, should that turn out not to have arrived.
#[derive(Clone, Copy, Debug)]
pub(super) struct Before {
    mark: u64,
    stage: usize,
    progress: Progress,
}

/// What the handshakes of one client are found by.
#[derive(Debug, Default)]
pub(super) struct ClientMarks {
    /// The latest handshake of each kind, initiator and Packet Identifier.
    known: BTreeMap<Key, u64>,
    slots: [VecDeque<u64>; SLOTS],
}

/// What it is about, whether the client begins it, and the Packet Identifier.
type Key = (u8, bool, u16);

impl ClientMarks {
    /// The handshakes of a slot, oldest first; they do not overlap.
    pub(super) fn slot(&self, slot: usize) -> Option<&VecDeque<u64>> {
        self.slots.get(slot)
    }
}

/// All handshakes.
#[derive(Debug, Default)]
pub(super) struct Marks {
    list: VecDeque<Mark>,
    /// The number of the first one in the list.
    first: u64,
}

impl Marks {
    pub(super) fn get(&self, number: u64) -> Option<&Mark> {
        let place = number.checked_sub(self.first)?;
        self.list.get(usize::try_from(place).ok()?)
    }

    fn get_mut(&mut self, number: u64) -> Option<&mut Mark> {
        let place = number.checked_sub(self.first)?;
        self.list.get_mut(usize::try_from(place).ok()?)
    }

    /// A packet was sent, in `row`.
    pub(super) fn join(
        &mut self,
        client: ClientKey,
        own: &mut ClientMarks,
        record: &Record<'_>,
        row: u64,
    ) -> Option<Joined> {
        let part = part_of(record)?;
        let number = self
            .find(own, part)
            .filter(|&number| self.takes(number, part, record));
        let number = match number {
            Some(number) => number,
            // An answer to what is not known is no handshake.
            None if part.step > 0 && part.kind != HandshakeKind::ExactlyOnce => return None,
            None => self.open(client, own, part, row),
        };
        let mark = self.get_mut(number)?;
        let again = mark.first != row && part.step <= mark.stage;
        mark.last = row;
        if part.is_by_initiator() {
            mark.reach(part.step);
        }
        Some(Joined {
            mark: number,
            again,
        })
    }

    /// The handshake has a row more: the arrival of one of its packets.
    pub(super) fn extend(&mut self, number: u64, row: u64) {
        if let Some(mark) = self.get_mut(number) {
            mark.last = row;
        }
    }

    /// A packet has arrived. The handshake as it was before.
    pub(super) fn arrive(
        &mut self,
        own: &mut ClientMarks,
        number: u64,
        record: &Record<'_>,
    ) -> Option<Before> {
        let part = part_of(record)?;
        let mark = self.get_mut(number)?;
        let before = Before {
            mark: number,
            stage: mark.stage,
            progress: mark.progress,
        };
        let is_mere_part = record.packet_type() == Some(ControlPacketType::Auth)
            && (mark.kind == HandshakeKind::Connect || asks_for_more(record));
        if part.is_by_initiator() || is_mere_part || mark.progress == Progress::Finished {
            return Some(before);
        }
        mark.reach(part.step);
        if refuses(record) {
            mark.progress = Progress::Finished;
        }
        if record.packet_type() == Some(ControlPacketType::Connack) && has_no_session(record) {
            self.end_where(own, GivenUp::SessionEnded, |mark, other| {
                other != number && mark.kind.outlives_connection()
            });
        }
        Some(before)
    }

    /// A packet that was taken to have arrived has not.
    pub(super) fn undo(&mut self, before: Before) {
        if let Some(mark) = self.get_mut(before.mark) {
            mark.stage = before.stage;
            mark.progress = before.progress;
        }
    }

    /// A connection has ended.
    pub(super) fn end_connection(&mut self, own: &mut ClientMarks) {
        self.end_where(own, GivenUp::ConnectionEnded, |mark, _| {
            !mark.kind.outlives_connection()
        });
    }

    /// Forgets the handshakes whose last row is before `first`.
    pub(super) fn forget_before(&mut self, first: u64) {
        while self.list.front().is_some_and(|mark| mark.last < first) {
            self.list.pop_front();
            self.first += 1;
        }
    }

    /// Forgets what is known of a client's handshakes that are forgotten.
    pub(super) fn tidy(&self, own: &mut ClientMarks) {
        for slot in &mut own.slots {
            while slot.front().is_some_and(|&number| number < self.first) {
                slot.pop_front();
            }
        }
    }

    fn end_where(
        &mut self,
        own: &mut ClientMarks,
        why: GivenUp,
        ends: impl Fn(&Mark, u64) -> bool,
    ) {
        own.known.retain(|_, &mut number| {
            let Some(mark) = self.get_mut(number) else {
                return false;
            };
            if !ends(mark, number) {
                return true;
            }
            if matches!(mark.progress, Progress::Waits(_)) {
                mark.progress = Progress::GivenUp(why);
            }
            // Whatever comes with this Packet Identifier from now on is another handshake.
            false
        });
    }

    fn find(&self, own: &ClientMarks, part: Part) -> Option<u64> {
        let known = |kind| own.known.get(&key(kind, part)).copied();
        let is_open = |&number: &u64| {
            self.get(number)
                .is_some_and(|mark| matches!(mark.progress, Progress::Waits(_)))
        };
        if part.kind == HandshakeKind::Authenticate {
            // While connecting, AUTH belongs to that.
            let connecting = own
                .known
                .get(&(HandshakeKind::Connect as u8, true, 0))
                .copied();
            if let Some(number) = connecting.filter(is_open) {
                return Some(number);
            }
        }
        known(part.kind)
    }

    /// Whether a packet belongs to the latest handshake of its name, rather than to a new one.
    fn takes(&self, number: u64, part: Part, record: &Record<'_>) -> bool {
        let Some(mark) = self.get(number) else {
            return false;
        };
        let is_open = matches!(mark.progress, Progress::Waits(_));
        if part.step > 0 {
            // An acknowledgement that comes again belongs where the first did.
            let is_over = mark.progress == Progress::Finished;
            return is_open || is_over && part.kind.outlives_connection();
        }
        match part.kind {
            HandshakeKind::AtLeastOnce | HandshakeKind::ExactlyOnce => {
                // What came twice without the sender's doing has no DUP, but the same row.
                is_open && record.dup()
            }
            HandshakeKind::Connect => is_open && mark.kind != part.kind,
            HandshakeKind::Authenticate => is_open,
            HandshakeKind::Subscribe
            | HandshakeKind::Unsubscribe
            | HandshakeKind::Ping
            | HandshakeKind::Alone => false,
        }
    }

    fn open(&mut self, client: ClientKey, own: &mut ClientMarks, part: Part, row: u64) -> u64 {
        let number = self.first + self.list.len() as u64;
        if let Some(&before) = own.known.get(&key(part.kind, part))
            && let Some(mark) = self.get_mut(before)
            && matches!(mark.progress, Progress::Waits(_))
        {
            mark.progress = Progress::GivenUp(GivenUp::Replaced);
        }
        own.known.insert(key(part.kind, part), number);
        let is_free = |slot: &VecDeque<u64>| {
            slot.back()
                .and_then(|&last| self.get(last))
                .is_none_or(|mark| !matches!(mark.progress, Progress::Waits(_)) && mark.last < row)
        };
        let slot = own.slots.iter().position(is_free);
        if let Some(slot) = slot.and_then(|slot| own.slots.get_mut(slot)) {
            slot.push_back(number);
        }
        let mut mark = Mark {
            client,
            kind: part.kind,
            initiator: part.initiator,
            packet_id: part.packet_id,
            first: row,
            last: row,
            stage: 0,
            progress: Progress::Finished,
            slot,
        };
        mark.wait();
        self.list.push_back(mark);
        number
    }
}

impl Mark {
    /// One of its steps is done.
    fn reach(&mut self, step: usize) {
        // A refused one is over, whatever is sent again.
        if matches!(self.progress, Progress::GivenUp(_)) {
            return;
        }
        self.stage = self.stage.max(step);
        self.wait();
    }

    fn wait(&mut self) {
        let next = self.kind.steps().get(self.stage + 1);
        self.progress = next.map_or(Progress::Finished, |&next| Progress::Waits(next));
    }
}

fn key(kind: HandshakeKind, part: Part) -> Key {
    let is_sent = part.initiator == Direction::Sent;
    (
        kind as u8,
        is_sent,
        part.packet_id.map_or(0, PacketId::value),
    )
}

/// Whether a CONNACK accepts and says that there was no session. 3.1 does not tell.
fn has_no_session(record: &Record<'_>) -> bool {
    match record.version() {
        None | Some(ProtocolVersion::V3_1) => false,
        Some(version) => match decode(record.raw(), version) {
            Ok(ControlPacket::Connack(connack)) => {
                connack.code.is_accepted() && !connack.session_present
            }
            _ => false,
        },
    }
}
