//! Packets made by hand: bytes that a person sends on the connection, right or wrong.
//!
//! The Client lets them pass and keeps its own state true. It reserves the Packet Identifiers they
//! use, remembers which answers they may bring, so that no answer is taken for a fault of the
//! Server, and takes over what they change on both sides: a subscription, the end of the connection.
//! It does not finish for them what they begin: to the PUBREC of a PUBLISH made by hand it sends
//! nothing.
//!
//! What is needed only to send stands here and is reached only by
//! [`Client::send_by_hand`](super::Client::send_by_hand); what has to know of it when an answer
//! comes is [`ByHand`], and small.

use super::close_reason::{CloseReason, LocalClose};
use super::error::{ByHandError, ConnectError};
use super::event::{SubscribeToken, UnsubscribeToken};
use super::machine::Machine;
use super::options::ConnectOptions;
use super::requests::Request;
use super::state::State;
use super::timer::Timer;
use crate::codec::{
    ControlPacket, ControlPacketType, Disconnect, OutgoingAliases, PacketId, PacketIdSet,
    PacketIds, Publish, Qos, ReasonCode, Subscribe, Unsubscribe, decode,
};
use crate::time::Instant;

/// The most bytes that are sent by hand at once.
pub const BY_HAND_BYTES_MAXIMUM: usize = 1024 * 1024;

/// What packets made by hand have left behind.
#[derive(Clone, Debug, Default)]
pub(super) struct ByHand {
    /// Packet Identifiers that nobody else may use, until their exchange or the session ends.
    held: PacketIdSet,
    /// Those of them that take a place of the Server's Receive Maximum on this connection.
    counted: PacketIdSet,
    /// The answers that may come, by type: those of [`place`] with a Packet Identifier.
    awaited: [PacketIdSet; 5],
    /// CONNACKs and AUTHs that may come.
    connacks: u32,
    auths: u32,
}

/// Where the answers of a type stand in [`ByHand::awaited`].
const fn place(packet: ControlPacketType) -> Option<usize> {
    Some(match packet {
        ControlPacketType::Puback => 0,
        ControlPacketType::Pubrec => 1,
        ControlPacketType::Pubcomp => 2,
        ControlPacketType::Suback => 3,
        ControlPacketType::Unsuback => 4,
        _ => return None,
    })
}

impl ByHand {
    /// How many Packet Identifiers are held for messages published by hand.
    pub(super) const fn held(&self) -> usize {
        self.held.len()
    }

    /// Whether a packet with an identifier answers one made by hand. Each answers once.
    pub(super) fn takes(&mut self, packet: ControlPacketType, packet_id: PacketId) -> bool {
        place(packet)
            .and_then(|place| self.awaited.get_mut(place))
            .is_some_and(|awaited| awaited.remove(packet_id))
    }

    /// Whether a CONNACK answers a CONNECT made by hand.
    pub(super) const fn takes_connack(&mut self) -> bool {
        take_one(&mut self.connacks)
    }

    /// Whether an AUTH answers one made by hand.
    pub(super) const fn takes_auth(&mut self) -> bool {
        take_one(&mut self.auths)
    }

    /// Ends an exchange begun by hand; whether that frees a place of the Receive Maximum.
    pub(super) fn finish(&mut self, packet_id: PacketId, packet_ids: &mut PacketIds) -> bool {
        if self.held.remove(packet_id) {
            packet_ids.release(packet_id);
        }
        self.counted.remove(packet_id)
    }

    /// The connection is over: nothing is answered any more. What QoS 1 and 2 have begun stays with
    /// the session at the Server, and so do its identifiers.
    pub(super) fn end_connection(&mut self) {
        let held = core::mem::take(&mut self.held);
        *self = Self {
            held,
            ..Self::default()
        };
    }

    /// The session is over too.
    pub(super) fn end_session(&mut self, packet_ids: &mut PacketIds) {
        for packet_id in self.held.iter() {
            packet_ids.release(packet_id);
        }
        self.held.clear();
    }

    fn await_answer(&mut self, packet: ControlPacketType, packet_id: PacketId) {
        if let Some(awaited) = place(packet).and_then(|place| self.awaited.get_mut(place)) {
            awaited.insert(packet_id);
        }
    }
}

const fn take_one(count: &mut u32) -> bool {
    let is_awaited = *count > 0;
    *count = count.saturating_sub(1);
    is_awaited
}

/// Where the stream to the Server stands between two packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// All that was sent is whole packets.
    #[default]
    Whole,
    /// The Server waits for so many bytes more of a packet made by hand, and takes what is sent next
    /// for them, whatever it is.
    Missing(u32),
    /// Nobody can say where the Server takes the next packet to begin.
    Lost,
}

impl Framing {
    /// Takes in that so many bytes of whole packets have been sent.
    pub(super) fn pass(&mut self, length: usize) {
        if let Self::Missing(missing) = *self {
            *self = match u32::try_from(length).map(|length| missing.checked_sub(length)) {
                Ok(Some(0)) => Self::Whole,
                Ok(Some(left)) => Self::Missing(left),
                _ => Self::Lost,
            };
        }
    }
}

/// A piece of what is sent by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// Where it begins in all that is sent.
    pub offset: usize,
    /// What its bytes are, as their length goes.
    pub kind: PieceKind,
}

/// What a [`Piece`] is, as far as its Remaining Length tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// As long as its Remaining Length says. Its content may be wrong.
    Packet,
    /// A packet that is not whole: so many bytes are missing. Without a whole Remaining Length it is
    /// `None`.
    Unfinished(Option<u32>),
    /// What an earlier packet was missing, or a part of it.
    Continuation,
    /// No packet can begin so: the Remaining Length has more than four bytes.
    NoPacket,
}

/// Cuts bytes into packets as a Server would that stands at `framing`; and how it stands then.
pub fn pieces(bytes: &[u8], framing: Framing) -> (Vec<Piece<'_>>, Framing) {
    let mut pieces = Vec::new();
    let mut offset = 0;
    let mut framing = framing;
    while let Some(rest) = bytes.get(offset..).filter(|rest| !rest.is_empty()) {
        let (length, kind, next) = first_piece(rest, framing);
        let length = length.clamp(1, rest.len());
        pieces.push(Piece {
            bytes: rest.get(..length).unwrap_or_default(),
            offset,
            kind,
        });
        offset += length;
        framing = next;
    }
    (pieces, framing)
}

fn first_piece(rest: &[u8], framing: Framing) -> (usize, PieceKind, Framing) {
    if let Framing::Missing(missing) = framing {
        let length = rest.len().min(missing as usize);
        let mut after = framing;
        after.pass(length);
        return (length, PieceKind::Continuation, after);
    }
    if framing == Framing::Lost {
        return (rest.len(), PieceKind::NoPacket, Framing::Lost);
    }
    let mut remaining = 0_u32;
    for (place, byte) in rest.iter().skip(1).take(4).enumerate() {
        remaining |= u32::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 != 0 {
            continue;
        }
        let whole = 2 + place + remaining as usize;
        let missing = u32::try_from(whole.saturating_sub(rest.len())).unwrap_or(u32::MAX);
        return match missing {
            0 => (whole, PieceKind::Packet, Framing::Whole),
            _ => (
                rest.len(),
                PieceKind::Unfinished(Some(missing)),
                Framing::Missing(missing),
            ),
        };
    }
    if rest.len() >= 5 {
        return (rest.len(), PieceKind::NoPacket, Framing::Lost);
    }
    // How much it misses stands in bytes that are missing too.
    (rest.len(), PieceKind::Unfinished(None), Framing::Lost)
}

/// A subscription, or several, that were asked for by hand, for the application to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestByHand {
    /// SUBSCRIBE; [`Event::SubscribeAnswered`](super::Event::SubscribeAnswered) follows.
    Subscribe {
        /// Stands for it.
        token: SubscribeToken,
        /// Which packet of those that were sent, counted from 0.
        piece: usize,
    },
    /// UNSUBSCRIBE; [`Event::UnsubscribeAnswered`](super::Event::UnsubscribeAnswered) follows.
    Unsubscribe {
        /// Stands for it.
        token: UnsubscribeToken,
        /// Which packet of those that were sent, counted from 0.
        piece: usize,
    },
}

impl Machine {
    /// Opens the transport and leaves it at that.
    pub(super) fn open_without_connect(
        &mut self,
        options: ConnectOptions,
        now: Instant,
    ) -> Result<(), ConnectError> {
        if !matches!(
            self.state,
            State::Disconnected { .. } | State::ReconnectDelay { .. }
        ) {
            return Err(ConnectError::AlreadyActive);
        }
        self.options = ConnectOptions {
            reconnect: None,
            ..options
        };
        self.attempt = 0;
        self.short_connections = 0;
        self.begin_opening(Vec::new(), now);
        Ok(())
    }

    pub(super) fn send_by_hand(
        &mut self,
        bytes: &[u8],
        now: Instant,
    ) -> Result<Vec<RequestByHand>, ByHandError> {
        if bytes.is_empty() {
            return Err(ByHandError::Empty);
        }
        if bytes.len() > BY_HAND_BYTES_MAXIMUM {
            return Err(ByHandError::TooLong {
                length: bytes.len(),
                maximum: BY_HAND_BYTES_MAXIMUM,
            });
        }
        if !self.takes_by_hand() {
            return Err(ByHandError::NotConnected);
        }
        if self.congested {
            return Err(ByHandError::Congested);
        }
        let (pieces, framing) = pieces(bytes, self.outbox.framing);
        let mut requests = Vec::new();
        for (index, piece) in pieces.iter().enumerate() {
            // What is sent counts for keep alive, but only whole packets do.
            let is_whole = piece.kind == PieceKind::Packet;
            self.outbox
                .transmit_by_hand(piece.bytes.to_vec(), is_whole, now);
            if is_whole && let Ok(packet) = decode(piece.bytes, self.version()) {
                requests.extend(self.note_by_hand(&packet, index, now));
            }
        }
        self.outbox.framing = framing;
        Ok(requests)
    }

    /// Whether a packet made by hand can go out now.
    pub(super) const fn takes_by_hand(&self) -> bool {
        match &self.state {
            State::Connected(_) | State::WithoutConnect { .. } => true,
            // After a DISCONNECT made by hand the Server is to close; until then more may be tried.
            State::Closing { by_server, .. } => *by_server,
            _ => false,
        }
    }

    /// Takes over what a packet made by hand changes.
    fn note_by_hand(
        &mut self,
        packet: &ControlPacket<'_>,
        piece: usize,
        now: Instant,
    ) -> Option<RequestByHand> {
        if let (State::WithoutConnect { .. }, ControlPacket::Connect(connect)) =
            (&self.state, packet)
        {
            // What follows is read, here and there, in the version of the CONNECT.
            self.options.protocol_version = connect.protocol_version;
        }
        let State::Connected(connected) = &mut self.state else {
            return None;
        };
        let by_hand = &mut self.session.by_hand;
        match packet {
            ControlPacket::Connect(_) => by_hand.connacks = by_hand.connacks.saturating_add(1),
            ControlPacket::Auth(_) => by_hand.auths = by_hand.auths.saturating_add(1),
            ControlPacket::Publish(publish) => {
                if publish.properties.topic_alias.is_some() {
                    // The table of the Server is no longer what this Client has made it: better no
                    // alias than a message under the wrong name.
                    connected.outgoing_aliases = OutgoingAliases::new(0);
                }
                self.note_publish(publish);
            }
            ControlPacket::Pubrel(pubrel) => {
                by_hand.await_answer(ControlPacketType::Pubcomp, pubrel.packet_id);
            }
            ControlPacket::Subscribe(subscribe) => {
                let token = self.note_subscribe(subscribe)?;
                return Some(RequestByHand::Subscribe { token, piece });
            }
            ControlPacket::Unsubscribe(unsubscribe) => {
                let token = self.note_unsubscribe(unsubscribe)?;
                return Some(RequestByHand::Unsubscribe { token, piece });
            }
            ControlPacket::Disconnect(disconnect) => self.leave_to_server(disconnect, now),
            _ => {}
        }
        None
    }

    fn note_publish(&mut self, publish: &Publish<'_>) {
        let (Some(packet_id), State::Connected(connected)) = (publish.packet_id, &mut self.state)
        else {
            return;
        };
        let answer = match publish.qos {
            Qos::AtMostOnce => return,
            Qos::AtLeastOnce => ControlPacketType::Puback,
            Qos::ExactlyOnce => ControlPacketType::Pubrec,
        };
        let session = &mut self.session;
        session.by_hand.await_answer(answer, packet_id);
        if session.packet_ids.reserve(packet_id) {
            session.by_hand.held.insert(packet_id);
            if connected.quota > 0 {
                connected.quota -= 1;
                session.by_hand.counted.insert(packet_id);
            }
        }
    }

    /// Keeps the request as one of the Client's own, where its identifier is free.
    fn note_subscribe(&mut self, subscribe: &Subscribe<'_>) -> Option<SubscribeToken> {
        let packet_id = subscribe.packet_id;
        if !self.has_room_for(subscribe.subscriptions.len()) || !self.reserve_request(packet_id) {
            let answer = ControlPacketType::Suback;
            self.session.by_hand.await_answer(answer, packet_id);
            return None;
        }
        let token = SubscribeToken(self.take_token());
        let subscriptions = subscribe.subscriptions.iter();
        let filters = subscriptions.map(|own| (own.filter.as_str().to_owned(), own.options));
        let request = Request::Subscribe {
            token,
            filters: filters.collect(),
            identifier: subscribe.subscription_identifier,
        };
        self.insert_request(packet_id, request);
        Some(token)
    }

    fn note_unsubscribe(&mut self, unsubscribe: &Unsubscribe<'_>) -> Option<UnsubscribeToken> {
        let packet_id = unsubscribe.packet_id;
        if !self.reserve_request(packet_id) {
            let answer = ControlPacketType::Unsuback;
            self.session.by_hand.await_answer(answer, packet_id);
            return None;
        }
        let token = UnsubscribeToken(self.take_token());
        let filters = unsubscribe.filters.iter();
        let filters = filters.map(|filter| filter.as_str().to_owned()).collect();
        self.insert_request(packet_id, Request::Unsubscribe { token, filters });
        Some(token)
    }

    fn has_room_for(&self, subscriptions: usize) -> bool {
        let State::Connected(connected) = &self.state else {
            return false;
        };
        let known = self.subscriptions.len() + connected.requests.subscriptions();
        known + subscriptions <= self.limits.subscriptions
    }

    fn reserve_request(&mut self, packet_id: PacketId) -> bool {
        let State::Connected(connected) = &self.state else {
            return false;
        };
        connected.requests.len() < self.limits.requests
            && self.session.packet_ids.reserve(packet_id)
    }

    fn insert_request(&mut self, packet_id: PacketId, request: Request) {
        if let State::Connected(connected) = &mut self.state {
            connected.requests.insert(packet_id, request);
        }
    }

    /// After a DISCONNECT nothing is to be sent any more, and the Server closes the connection
    /// [MQTT-3.14.4-1]; how it does that is what the person wants to see. If it does not, the Client
    /// does.
    fn leave_to_server(&mut self, disconnect: &Disconnect<'_>, now: Instant) {
        let reason_code = disconnect.reason_code;
        if let Some(interval) = disconnect.session_expiry_interval {
            self.session.expiry_interval = interval;
        }
        self.end_connection(now);
        self.outbox
            .timers
            .set(Timer::Close, now + self.limits.close_timeout);
        self.state = State::Closing {
            since: now,
            reason: CloseReason::Local(LocalClose::Disconnected(reason_code)),
            reconnect: false,
            by_server: true,
        };
    }

    /// An acknowledgement that no exchange of the Client's own takes: whether it answers a packet
    /// made by hand. What follows next is the person's to send.
    pub(super) fn answers_by_hand(
        &mut self,
        packet: ControlPacketType,
        packet_id: PacketId,
        reason_code: ReasonCode,
    ) -> bool {
        let by_hand = &mut self.session.by_hand;
        if !by_hand.takes(packet, packet_id) {
            return false;
        }
        let goes_on = packet == ControlPacketType::Pubrec && !reason_code.is_error();
        if !goes_on
            && by_hand.finish(packet_id, &mut self.session.packet_ids)
            && let State::Connected(connected) = &mut self.state
        {
            connected.quota = connected.quota.saturating_add(1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(bytes: &[u8]) -> Vec<(usize, PieceKind)> {
        let (pieces, _) = pieces(bytes, Framing::Whole);
        let pieces = pieces.iter();
        pieces
            .map(|piece| (piece.bytes.len(), piece.kind))
            .collect()
    }

    #[test]
    fn bytes_are_cut_where_a_server_cuts_them() {
        use PieceKind::{NoPacket, Packet, Unfinished};
        assert_eq!(kinds(b"\xc0\0\xe0\0"), [(2, Packet), (2, Packet)]);
        // Wrong in itself, but as long as it says.
        assert_eq!(kinds(b"\x00\x01x\xc3\0"), [(3, Packet), (2, Packet)]);
        assert_eq!(
            kinds(b"\xc0\0\x30\x05\0\x01"),
            [(2, Packet), (4, Unfinished(Some(3)))]
        );
        assert_eq!(kinds(b"\x30"), [(1, Unfinished(None))]);
        assert_eq!(kinds(b"\x30\x80\x80\x80"), [(4, Unfinished(None))]);
        assert_eq!(kinds(b"\x30\x80\x80\x80\x80\x01"), [(6, NoPacket)]);
        // Longer than it had to be, but a length.
        assert_eq!(kinds(b"\xc0\x80\x80\x80\0"), [(5, Packet)]);
    }

    #[test]
    fn what_an_unfinished_packet_misses_is_taken_from_what_follows() {
        let (_, framing) = pieces(b"\x30\x05\0\x01", Framing::Whole);
        assert_eq!(framing, Framing::Missing(3));
        let (cut, framing) = pieces(b"abc\xc0\0", framing);
        assert_eq!(framing, Framing::Whole);
        assert_eq!(cut.len(), 2);
        assert_eq!(cut.first().unwrap().kind, PieceKind::Continuation);
        assert_eq!(
            (cut.last().unwrap().offset, cut.last().unwrap().bytes),
            (3, &b"\xc0\0"[..])
        );
        let mut framing = Framing::Missing(3);
        framing.pass(2);
        assert_eq!(framing, Framing::Missing(1));
        framing.pass(2);
        assert_eq!(framing, Framing::Lost);
        assert_eq!(pieces(b"\xc0\0", framing).1, Framing::Lost);
    }
}
