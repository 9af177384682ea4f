//! Which packets belong together: a message with its acknowledgements, a request with its answer.
//!
//! The trace keeps no such thing. It is found by looking around a packet, as far as [`LOOK`] records each way, so
//! that the cost of an answer has a bound whatever the trace holds. The packets of one end of one client's link are
//! told apart from those of the other end: where a fault has swallowed one, the two ends have seen different things.

#[cfg(test)]
mod tests;

use crate::codec::{ControlPacket, ControlPacketType, PacketId, Qos, ReasonCode, decode};
use crate::lab::trace::{Direction, Record, RecordKind, Sequence, Trace};
use crate::lab::{ClientKey, Lab};

/// How many records are looked at each way.
pub const LOOK: u64 = 10_000;

/// How many records before the beginning of a handshake are looked at for the same packet once more, which is what
/// a fault that doubles packets makes.
const LOOK_FOR_DOUBLE: u64 = 64;

/// How many pings are gone through to find out which answer belongs to which.
const PINGS: usize = 64;

/// What a handshake is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandshakeKind {
    /// CONNECT, AUTH to and fro where the method asks for it, and CONNACK.
    Connect,
    /// AUTH to and fro on a connection that stands (5.0).
    Authenticate,
    /// PUBLISH at QoS 1 and PUBACK.
    AtLeastOnce,
    /// PUBLISH at QoS 2, PUBREC, PUBREL and PUBCOMP.
    ExactlyOnce,
    /// SUBSCRIBE and SUBACK.
    Subscribe,
    /// UNSUBSCRIBE and UNSUBACK.
    Unsubscribe,
    /// PINGREQ and PINGRESP.
    Ping,
    /// A packet that nothing answers: PUBLISH at QoS 0, DISCONNECT, and one that could not be read.
    Alone,
}

impl HandshakeKind {
    /// What it is called.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Connect => "Connecting",
            Self::Authenticate => "Authenticating again",
            Self::AtLeastOnce => "QoS 1, at least once",
            Self::ExactlyOnce => "QoS 2, exactly once",
            Self::Subscribe => "Subscribing",
            Self::Unsubscribe => "Unsubscribing",
            Self::Ping => "Ping",
            Self::Alone => "No answer belongs to it",
        }
    }
}

/// Packets that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// What it is about.
    pub kind: HandshakeKind,
    /// Whose link it went over.
    pub client: ClientKey,
    /// Which way its first packet goes, or would go where that is no longer kept.
    pub begun: Direction,
    /// The Packet Identifier that its packets share.
    pub packet_id: Option<PacketId>,
    /// Its packets, in order, at the end of the link that was asked about: what the client has sent and received,
    /// or what the lab broker has.
    pub packets: Vec<Sequence>,
    /// The same at the other end, where that is recorded: only while faults are, or have been, in place on the link.
    pub other_end: Vec<Sequence>,
    /// Which of [`Self::packets`] repeat an earlier one: sent again after a reconnection, or doubled by a fault.
    pub resent: Vec<Sequence>,
    /// Whether its last packet has come.
    pub is_finished: bool,
}

impl Handshake {
    /// Whether this record is one of it, at either end.
    pub fn has(&self, sequence: Sequence) -> bool {
        self.packets.contains(&sequence) || self.other_end.contains(&sequence)
    }

    /// The packet of it before or after `sequence`, at the same end.
    pub fn neighbour(&self, sequence: Sequence, later: bool) -> Option<Sequence> {
        let list = if self.packets.contains(&sequence) {
            &self.packets
        } else {
            &self.other_end
        };
        let here = list.iter().position(|packet| *packet == sequence)?;
        let there = if later {
            here.checked_add(1)?
        } else {
            here.checked_sub(1)?
        };
        list.get(there).copied()
    }

    /// Which packet of it this is, what it is about and how it stands: `packet 2 of 4 · QoS 2, exactly once · finished`.
    pub fn words(&self, sequence: Sequence) -> String {
        if self.kind == HandshakeKind::Alone {
            return "No other packet belongs to it.".to_owned();
        }
        let (list, end) = if self.packets.contains(&sequence) {
            (&self.packets, "")
        } else {
            (&self.other_end, " at the other end of the link")
        };
        let place = list.iter().position(|packet| *packet == sequence);
        let mut words = format!(
            "packet {} of {}{end} · {}",
            place.map_or(0, |place| place + 1),
            list.len(),
            self.kind.label()
        );
        words.push_str(if self.is_finished {
            " · finished"
        } else {
            " · not finished: an answer is missing"
        });
        match self.resent.len() {
            0 => {}
            1 => words.push_str(" · 1 packet came twice"),
            many => words.push_str(&format!(" · {many} packets are repetitions")),
        }
        words
    }

    /// Every record of it, at both ends, in the order of the trace.
    pub fn all(&self) -> Vec<Sequence> {
        let mut all = [self.packets.clone(), self.other_end.clone()].concat();
        all.sort_unstable();
        all
    }
}

impl Lab {
    /// The handshake that a packet belongs to; `None` where the record is no packet, or has been dropped. What lies
    /// further than [`LOOK`] records away is not found.
    pub fn handshake(&self, sequence: Sequence) -> Option<Handshake> {
        handshake(self.trace(), sequence)
    }
}

fn handshake(trace: &Trace, sequence: Sequence) -> Option<Handshake> {
    let record = trace.get(sequence)?;
    let end = End::of(record.kind())?;
    let (client, direction) = (record.client()?, record.direction()?);
    let Some(line) = Line::of(&record) else {
        return Some(Handshake {
            kind: HandshakeKind::Alone,
            client,
            begun: direction,
            packet_id: record.packet_id(),
            packets: vec![sequence],
            other_end: twin(trace, &record, end).into_iter().collect(),
            resent: Vec::new(),
            is_finished: true,
        });
    };
    let exchange = exchange(trace, line, sequence)?;
    let request = exchange.request.and_then(|request| trace.get(request));
    let other = request
        .and_then(|request| twin(trace, &request, end))
        .and_then(|twin| {
            let line = Line::of(&trace.get(twin)?)?;
            self::exchange(trace, line, twin)
        });
    Some(Handshake {
        kind: exchange.kind,
        client,
        begun: line.begun,
        packet_id: record.packet_id(),
        other_end: other.map_or_else(Vec::new, |other| other.packets),
        packets: exchange.packets,
        resent: exchange.resent,
        is_finished: exchange.is_finished,
    })
}

/// An end of a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Client,
    Broker,
}

impl End {
    const fn of(kind: RecordKind) -> Option<Self> {
        match kind {
            RecordKind::Sent | RecordKind::Received => Some(Self::Client),
            RecordKind::BrokerReceived | RecordKind::BrokerSent => Some(Self::Broker),
            _ => None,
        }
    }
}

/// What packets have in common that may belong together: only they need to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    end: End,
    client: ClientKey,
    subject: Subject,
    /// Which way the request goes.
    begun: Direction,
    packet_id: Option<PacketId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Connection,
    Publish,
    Subscribe,
    Unsubscribe,
    Ping,
}

impl Line {
    /// `None` for a packet that belongs to nothing.
    fn of(record: &Record<'_>) -> Option<Self> {
        use ControlPacketType as Type;
        let packet_type = record.packet_type()?;
        let direction = record.direction()?;
        let (subject, is_answer, needs_id) = match packet_type {
            Type::Connect | Type::Connack | Type::Auth => (Subject::Connection, false, false),
            Type::Publish => (Subject::Publish, false, true),
            Type::Pubrel => (Subject::Publish, false, true),
            Type::Puback | Type::Pubrec | Type::Pubcomp => (Subject::Publish, true, true),
            Type::Subscribe => (Subject::Subscribe, false, true),
            Type::Suback => (Subject::Subscribe, true, true),
            Type::Unsubscribe => (Subject::Unsubscribe, false, true),
            Type::Unsuback => (Subject::Unsubscribe, true, true),
            Type::Pingreq => (Subject::Ping, false, false),
            Type::Pingresp => (Subject::Ping, true, false),
            Type::Disconnect => return None,
        };
        if needs_id && record.packet_id().is_none() {
            return None;
        }
        Some(Self {
            end: End::of(record.kind())?,
            client: record.client()?,
            subject,
            begun: match subject {
                Subject::Connection => Direction::Sent,
                _ if is_answer => opposite(direction),
                _ => direction,
            },
            packet_id: record.packet_id().filter(|_| needs_id),
        })
    }
}

const fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Sent => Direction::Received,
        Direction::Received => Direction::Sent,
    }
}

/// Some packets of one line that belong together.
#[derive(Clone, Debug)]
struct Exchange {
    kind: HandshakeKind,
    /// The packet that began it, where it is known.
    request: Option<Sequence>,
    packets: Vec<Sequence>,
    resent: Vec<Sequence>,
    types: Vec<(ControlPacketType, Direction)>,
    is_finished: bool,
    /// Whether a new connection has begun since, over which pings are not answered.
    is_over: bool,
}

/// The exchange of a packet: those of its line around it are gone through in order.
fn exchange(trace: &Trace, line: Line, sequence: Sequence) -> Option<Exchange> {
    let mut exchanges = Exchanges {
        trace,
        line,
        list: Vec::new(),
    };
    for found in around(trace, line, sequence) {
        exchanges.take(&found);
    }
    let mut list = exchanges.list.into_iter();
    list.find(|exchange| exchange.packets.contains(&sequence))
}

/// The packets of a line around one, in order, with every CONNECT of the same end among them.
fn around<'t>(trace: &'t Trace, line: Line, sequence: Sequence) -> Vec<Record<'t>> {
    let is_new_connection = |record: &Record<'_>| {
        record.packet_type() == Some(ControlPacketType::Connect)
            && End::of(record.kind()) == Some(line.end)
            && record.client() == Some(line.client)
    };
    let wanted = |record: &Record<'_>| Line::of(record) == Some(line) || is_new_connection(record);
    let number = sequence.number();
    let mut found: Vec<Record<'t>> = Vec::new();
    // What lies before the beginning: part of it only if the same beginning stands in front of that once more.
    let mut in_doubt: Vec<Record<'t>> = Vec::new();
    let first = Sequence::new(number.saturating_sub(LOOK));
    let mut beginning: Option<Record<'t>> = None;
    for record in trace.records(first..sequence.following()).rev() {
        if beginning.is_some_and(|later| !is_near(&record, &later)) {
            break;
        }
        if !wanted(&record) {
            continue;
        }
        let is_other_connection = line.subject != Subject::Connection && is_new_connection(&record);
        let is_beginning = match line.subject {
            Subject::Publish => is_fresh_publish(&record),
            Subject::Subscribe | Subject::Unsubscribe => {
                record.direction() == Some(line.begun) && !is_other_connection
            }
            Subject::Connection => is_new_connection(&record),
            Subject::Ping => is_other_connection || found.len() >= PINGS,
        };
        if let Some(later) = beginning {
            let is_double = is_beginning && later.raw() == record.raw();
            if is_other_connection || is_end(&record) || (is_beginning && !is_double) {
                break;
            }
            in_doubt.push(record);
            if is_double {
                found.append(&mut in_doubt);
                beginning = Some(record);
            }
            continue;
        }
        found.push(record);
        if is_beginning {
            if matches!(line.subject, Subject::Connection | Subject::Ping) {
                break;
            }
            beginning = Some(record);
        }
    }
    found.reverse();
    let last = Sequence::new(number.saturating_add(LOOK));
    for record in trace.records(sequence.following()..last) {
        if !wanted(&record) {
            continue;
        }
        // What follows another beginning belongs to that.
        let is_next = match line.subject {
            Subject::Publish => {
                let mut earlier = found.iter().rev();
                let before = earlier.find(|other| is_fresh_publish(other));
                is_fresh_publish(&record)
                    && before.is_none_or(|before| {
                        before.raw() != record.raw() || !is_near(before, &record)
                    })
            }
            Subject::Connection | Subject::Ping => is_new_connection(&record),
            Subject::Subscribe | Subject::Unsubscribe => false,
        };
        if is_next {
            break;
        }
        found.push(record);
        if line.subject != Subject::Publish && found.len() > 2 * PINGS {
            break;
        }
    }
    found
}

/// Whether one record follows another so closely that a fault may have made it of that.
fn is_near(earlier: &Record<'_>, later: &Record<'_>) -> bool {
    let distance = later.sequence().number() - earlier.sequence().number();
    distance <= LOOK_FOR_DOUBLE
}

/// Whether nothing more belongs to the exchange that this packet is of.
fn is_end(record: &Record<'_>) -> bool {
    use ControlPacketType as Type;
    match record.packet_type() {
        Some(Type::Puback | Type::Pubcomp | Type::Suback | Type::Unsuback) => true,
        Some(Type::Pubrec) => is_refusal(record),
        _ => false,
    }
}

fn is_fresh_publish(record: &Record<'_>) -> bool {
    record.packet_type() == Some(ControlPacketType::Publish) && !record.dup()
}

struct Exchanges<'t> {
    trace: &'t Trace,
    line: Line,
    list: Vec<Exchange>,
}

impl Exchanges<'_> {
    fn take(&mut self, record: &Record<'_>) {
        use ControlPacketType as Type;
        if Line::of(record) != Some(self.line) {
            // A CONNECT: what was begun before it is not answered after it, unless it is sent again.
            for exchange in &mut self.list {
                exchange.is_over = true;
            }
            return;
        }
        let Some(packet_type) = record.packet_type() else {
            return;
        };
        match packet_type {
            Type::Connect => self.begin(HandshakeKind::Connect, record),
            Type::Connack => self.go_on(HandshakeKind::Connect, record, true),
            Type::Auth => self.auth(record),
            Type::Publish => self.publish(record),
            Type::Puback => self.go_on(HandshakeKind::AtLeastOnce, record, true),
            Type::Pubrec => {
                self.go_on(HandshakeKind::ExactlyOnce, record, is_refusal(record));
            }
            Type::Pubrel => self.go_on(HandshakeKind::ExactlyOnce, record, false),
            Type::Pubcomp => self.go_on(HandshakeKind::ExactlyOnce, record, true),
            Type::Subscribe => self.request(HandshakeKind::Subscribe, record),
            Type::Unsubscribe => self.request(HandshakeKind::Unsubscribe, record),
            Type::Suback => self.go_on(HandshakeKind::Subscribe, record, true),
            Type::Unsuback => self.go_on(HandshakeKind::Unsubscribe, record, true),
            Type::Pingreq => self.begin(HandshakeKind::Ping, record),
            Type::Pingresp => self.ping_answer(record),
            Type::Disconnect => {}
        }
    }

    /// A new exchange, of which this is the first packet.
    fn begin(&mut self, kind: HandshakeKind, record: &Record<'_>) {
        self.list.push(Exchange {
            kind,
            request: Some(record.sequence()),
            packets: vec![record.sequence()],
            resent: Vec::new(),
            types: record
                .packet_type()
                .zip(record.direction())
                .into_iter()
                .collect(),
            is_finished: false,
            is_over: false,
        });
    }

    /// The latest exchange goes on; where there is none, its beginning is not known any more.
    fn go_on(&mut self, kind: HandshakeKind, record: &Record<'_>, is_finished: bool) {
        // Only messages go on over a new connection.
        let goes_on =
            |exchange: &Exchange| !exchange.is_over || self.line.subject == Subject::Publish;
        match self.list.last_mut() {
            Some(exchange) if goes_on(exchange) => exchange.add(record, is_finished),
            _ => {
                self.begin(kind, record);
                if let Some(exchange) = self.list.last_mut() {
                    exchange.request = None;
                    exchange.is_finished = is_finished;
                }
            }
        }
    }

    /// SUBSCRIBE or UNSUBSCRIBE. The same once more, before it is answered, has been doubled on the way.
    fn request(&mut self, kind: HandshakeKind, record: &Record<'_>) {
        let trace = self.trace;
        match self.list.last_mut() {
            Some(exchange) if exchange.is_doubled_by(trace, record) => exchange.add(record, false),
            _ => self.begin(kind, record),
        }
    }

    fn publish(&mut self, record: &Record<'_>) {
        let trace = self.trace;
        let kind = match record.qos() {
            Some(Qos::ExactlyOnce) => HandshakeKind::ExactlyOnce,
            _ => HandshakeKind::AtLeastOnce,
        };
        match self.list.last_mut() {
            Some(exchange)
                if exchange.is_resent_by(trace, record)
                    || exchange.is_doubled_by(trace, record) =>
            {
                exchange.add(record, false);
            }
            _ => self.begin(kind, record),
        }
    }

    fn auth(&mut self, record: &Record<'_>) {
        let code = auth_code(record);
        let is_new = code == Some(ReasonCode::ReAuthenticate)
            && self.list.last().is_none_or(|exchange| exchange.is_finished);
        if is_new {
            self.begin(HandshakeKind::Authenticate, record);
            return;
        }
        let is_again = self
            .list
            .last()
            .is_none_or(|exchange| exchange.kind == HandshakeKind::Authenticate);
        let is_finished = is_again && code == Some(ReasonCode::Success);
        self.go_on(HandshakeKind::Authenticate, record, is_finished);
    }

    /// Answers come in the order of the questions.
    fn ping_answer(&mut self, record: &Record<'_>) {
        let mut list = self.list.iter_mut();
        match list.find(|exchange| !(exchange.is_finished || exchange.is_over)) {
            Some(exchange) => exchange.add(record, true),
            None => {
                self.begin(HandshakeKind::Ping, record);
                if let Some(exchange) = self.list.last_mut() {
                    (exchange.request, exchange.is_finished) = (None, true);
                }
            }
        }
    }
}

impl Exchange {
    fn add(&mut self, record: &Record<'_>, is_finished: bool) {
        self.packets.push(record.sequence());
        if let Some(one) = record.packet_type().zip(record.direction()) {
            if one.0 != ControlPacketType::Auth && self.types.contains(&one) {
                self.resent.push(record.sequence());
            }
            self.types.push(one);
        }
        self.is_finished = is_finished;
    }

    /// Whether this is the request once more, byte for byte, on the same connection.
    fn is_doubled_by(&self, trace: &Trace, record: &Record<'_>) -> bool {
        let request = self.request.and_then(|request| trace.get(request));
        !(self.is_finished || self.is_over)
            && request.is_some_and(|request| request.raw() == record.raw())
    }

    /// Whether this is the same message, sent again. What was in flight is told with DUP then; its Topic Alias and
    /// its remaining lifetime may have changed.
    fn is_resent_by(&self, trace: &Trace, record: &Record<'_>) -> bool {
        if !record.dup() {
            return false;
        }
        let Some(request) = self.request.and_then(|request| trace.get(request)) else {
            // Its beginning is not known: whatever is sent again is what it is about.
            return !self.is_finished;
        };
        request.qos() == record.qos()
            && request.topic() == record.topic()
            && request.payload() == record.payload()
    }
}

/// Whether a PUBREC says that the message is not taken, which ends its exchange (5.0).
fn is_refusal(record: &Record<'_>) -> bool {
    let packet = record
        .version()
        .map(|version| decode(record.raw(), version));
    matches!(packet, Some(Ok(ControlPacket::Pubrec(answer))) if answer.reason_code.is_error())
}

fn auth_code(record: &Record<'_>) -> Option<ReasonCode> {
    match decode(record.raw(), record.version()?) {
        Ok(ControlPacket::Auth(auth)) => Some(auth.reason_code),
        _ => None,
    }
}

/// The same packet at the other end of the link, where that is recorded: later at the end that it goes to, earlier at
/// the end that it comes from.
fn twin(trace: &Trace, record: &Record<'_>, end: End) -> Option<Sequence> {
    let (client, direction) = (record.client()?, record.direction()?);
    let number = record.sequence().number();
    let is_twin = |other: &Record<'_>| {
        End::of(other.kind()).is_some_and(|other| other != end)
            && other.client() == Some(client)
            && other.direction() == Some(direction)
            && other.raw() == record.raw()
    };
    let goes_away = (end == End::Client) == (direction == Direction::Sent);
    let range = if goes_away {
        record.sequence().following()..Sequence::new(number.saturating_add(LOOK))
    } else {
        Sequence::new(number.saturating_sub(LOOK))..record.sequence()
    };
    let mut records = trace.records(range);
    let twin = if goes_away {
        records.find(is_twin)
    } else {
        records.rfind(is_twin)
    };
    twin.map(|twin| twin.sequence())
}
