//! The model, and what each deed does to it.

#[path = "deliveries.rs"]
mod deliveries;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use crate::conformance::ours::{Cut, Ours};
use crate::conformance::packet::{Fields, Packet, Value, Version, build};
use crate::conformance::runner::{Read, Server};
use crate::deed::Deed;
use crate::{FILTERS, TOPICS};
use deliveries::matches;

/// Sees all that is published, at QoS 0, and nothing of it is ever kept for it.
const WITNESS: u64 = 0;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Message {
    topic: String,
    payload: String,
    qos: u8,
    retain: bool,
}

#[derive(Clone, Debug)]
struct Waiting {
    message: Message,
    ends_at: Option<u64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaits {
    Puback,
    Pubrec,
    Pubcomp,
}

#[derive(Clone, Debug)]
struct Exchange {
    message: Message,
    /// Known once its PUBLISH has been seen.
    id: Option<u32>,
    awaits: Awaits,
}

/// What the model says has to come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Delivery {
    Publish { message: Message, dup: bool },
    Pubrel(u32),
}

#[derive(Clone, Debug, Default)]
struct Session {
    subscriptions: BTreeMap<usize, u8>,
    exchanges: Vec<Exchange>,
    queue: VecDeque<Waiting>,
    unreleased: Vec<(u16, Vec<u8>)>,
    /// `None` is for ever.
    expiry: Option<u64>,
    /// While nobody is connected.
    ends_at: Option<u64>,
}

#[derive(Clone, Debug)]
struct Will {
    message: Message,
    delay: u64,
}

struct Link {
    connection: u64,
    version: Version,
    will: Option<Will>,
    next_id: u16,
}

pub(crate) struct World {
    server: Ours,
    now: u64,
    opened: u64,
    published: u64,
    links: BTreeMap<usize, Link>,
    sessions: BTreeMap<usize, Session>,
    retained: BTreeMap<String, Message>,
    /// Will Messages whose Clients are gone, with their time.
    delayed: BTreeMap<usize, (u64, Message)>,
    expected: BTreeMap<usize, Vec<Delivery>>,
    witnessed: Vec<Message>,
}

fn fields(pairs: &[(&str, String)]) -> Fields {
    Fields(
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone().into_bytes()))
            .collect(),
    )
}

impl World {
    pub(crate) fn new() -> Self {
        let mut world = Self {
            server: Ours::new("default", Cut::Pieces(7)),
            now: 0,
            opened: WITNESS + 1,
            published: 0,
            links: BTreeMap::new(),
            sessions: BTreeMap::new(),
            retained: BTreeMap::new(),
            delayed: BTreeMap::new(),
            expected: BTreeMap::new(),
            witnessed: Vec::new(),
        };
        world.server.open(WITNESS);
        let id = [("id", "witness".to_owned())];
        world.send(WITNESS, "connect", &fields(&id), &[], Version::V5_0);
        world.send(
            WITNESS,
            "subscribe",
            &fields(&[]),
            &["#:0,rap"],
            Version::V5_0,
        );
        let answers = world.packets(WITNESS, Version::V5_0);
        assert_eq!(answers.len(), 2);
        world
    }

    fn send(
        &mut self,
        connection: u64,
        packet: &str,
        fields: &Fields,
        filters: &[&str],
        version: Version,
    ) -> Vec<u8> {
        let filters: Vec<String> = filters.iter().map(|filter| (*filter).to_owned()).collect();
        let bytes = build(packet, fields, &filters, version).expect("a packet");
        self.server.send(connection, &bytes);
        bytes
    }

    fn packets(&mut self, connection: u64, version: Version) -> Vec<Packet> {
        let mut bytes = Vec::new();
        while let Read::Bytes(more) = self.server.read(connection, false) {
            bytes.extend(more);
        }
        let mut packets = Vec::new();
        while let Some(packet) = Packet::take(&mut bytes, version).expect("packets") {
            packets.push(packet);
        }
        assert!(bytes.is_empty(), "half a packet");
        packets
    }

    pub(crate) fn step(&mut self, deed: &Deed) {
        match *deed {
            Deed::Connect {
                client,
                five,
                clean,
                expiry,
                will,
            } => {
                self.connect(client, five, clean, expiry, will);
            }
            Deed::Subscribe {
                client,
                filter,
                qos,
            } => self.subscribe(client, filter, qos),
            Deed::Unsubscribe { client, filter } => self.unsubscribe(client, filter),
            Deed::Publish {
                client,
                topic,
                qos,
                retain,
                empty,
                expiry,
            } => {
                self.publish(client, topic, qos, retain, empty, expiry);
            }
            Deed::Repeat { client } => self.repeat(client),
            Deed::Release { client } => self.release(client),
            Deed::Acknowledge { client, which } => self.acknowledge(client, which),
            Deed::Cut { client } => {
                if let Some(link) = self.links.get(&client) {
                    self.server.cut(link.connection);
                    self.gone(client, true);
                }
            }
            Deed::Disconnect { client, with_will } => self.disconnect(client, with_will),
            Deed::Pass { seconds } => self.pass(seconds),
        }
        self.check();
    }

    fn connect(
        &mut self,
        client: usize,
        five: bool,
        clean: bool,
        expiry: u64,
        will: Option<(u8, bool, u64)>,
    ) {
        // Who is connected is taken over.
        if let Some(link) = self.links.get(&client) {
            let (connection, version) = (link.connection, link.version);
            let stays = !clean && self.sessions[&client].expiry != Some(0);
            self.gone_by(client, true, stays);
            self.connect_new(client, five, clean, expiry, will);
            let last = self.packets(connection, version);
            let told: Vec<_> = last.iter().map(|packet| packet.number("code")).collect();
            let wanted = if version.is_5() {
                vec![Some(0x8e)]
            } else {
                vec![]
            };
            assert_eq!(told, wanted, "{last:?}");
            assert_eq!(self.server.read(connection, false), Read::Closed);
        } else {
            self.connect_new(client, five, clean, expiry, will);
        }
    }

    fn connect_new(
        &mut self,
        client: usize,
        five: bool,
        clean: bool,
        expiry: u64,
        will: Option<(u8, bool, u64)>,
    ) {
        let version = if five { Version::V5_0 } else { Version::V3_1_1 };
        if clean {
            self.end_session(client);
        }
        let was_there = self.sessions.contains_key(&client);
        // Back in time.
        self.delayed.remove(&client);
        let connection = self.opened;
        self.opened += 1;
        let mut list = vec![
            ("id", format!("client{client}")),
            ("clean", u8::from(clean).to_string()),
            ("session-expiry", expiry.to_string()),
        ];
        let will = will.map(|(qos, retain, delay)| {
            self.published += 1;
            let payload = format!("will{}", self.published);
            list.push(("will", format!("w/{client}")));
            list.push(("will-payload", payload.clone()));
            list.push(("will-qos", qos.to_string()));
            list.push(("will.delay", delay.to_string()));
            if retain {
                list.push(("will-retain", String::new()));
            }
            Will {
                message: Message {
                    topic: format!("w/{client}"),
                    payload,
                    qos,
                    retain,
                },
                delay: if five { delay } else { 0 },
            }
        });
        self.server.open(connection);
        self.send(connection, "connect", &fields(&list), &[], version);
        let link = Link {
            connection,
            version,
            will,
            next_id: 0,
        };
        self.links.insert(client, link);
        let session = self.sessions.entry(client).or_default();
        session.expiry = match (five, clean) {
            (true, _) => Some(expiry),
            (false, true) => Some(0),
            (false, false) => None,
        };
        session.ends_at = None;
        // What was begun comes first and in its order, then what waits.
        let expected = self.expected.entry(client).or_default();
        for exchange in &session.exchanges {
            expected.push(match exchange.awaits {
                Awaits::Pubcomp => Delivery::Pubrel(exchange.id.expect("seen")),
                Awaits::Puback | Awaits::Pubrec => {
                    let message = exchange.message.clone();
                    Delivery::Publish { message, dup: true }
                }
            });
        }
        let queue = std::mem::take(&mut session.queue);
        for waiting in queue {
            if waiting.ends_at.is_none_or(|at| at > self.now) {
                self.deliver(client, waiting.message);
            }
        }
        let answer = self.check_client(client);
        assert_eq!(answer.len(), 1, "{answer:?}");
        assert_eq!(answer[0].name, "connack");
        assert_eq!(
            answer[0].number("present"),
            Some(u32::from(was_there)),
            "{answer:?}"
        );
    }

    fn end_session(&mut self, client: usize) {
        self.sessions.remove(&client);
        if let Some((_, message)) = self.delayed.remove(&client) {
            self.spread(&message, None);
        }
    }

    /// The connection is over.
    fn gone(&mut self, client: usize, publishes_will: bool) {
        let stays = self.sessions[&client].expiry != Some(0);
        self.gone_by(client, publishes_will, stays);
    }

    fn gone_by(&mut self, client: usize, publishes_will: bool, stays: bool) {
        let link = self.links.remove(&client).expect("connected");
        let session = self.sessions.get_mut(&client).expect("a session");
        // What was sent is known by its identifier, so nothing is left to look at.
        session.ends_at = session.expiry.map(|expiry| self.now + expiry);
        let ends_at = session.ends_at;
        if !stays {
            self.sessions.remove(&client);
        }
        if let (true, Some(will)) = (publishes_will, link.will) {
            if stays && will.delay > 0 {
                let at = (self.now + will.delay).min(ends_at.unwrap_or(u64::MAX));
                self.delayed.insert(client, (at, will.message));
            } else {
                self.spread(&will.message, None);
            }
        }
    }

    fn disconnect(&mut self, client: usize, with_will: bool) {
        let Some(link) = self.links.get(&client) else {
            return;
        };
        let (connection, version) = (link.connection, link.version);
        // Before 5.0 there is no such choice.
        let with_will = with_will && version.is_5();
        let code = if with_will { "04" } else { "00" };
        self.send(
            connection,
            "disconnect",
            &fields(&[("code", code.to_owned())]),
            &[],
            version,
        );
        assert_eq!(self.server.read(connection, false), Read::Closed);
        self.gone(client, with_will);
    }

    fn subscribe(&mut self, client: usize, filter: usize, qos: u8) {
        let Some(link) = self.links.get(&client) else {
            return;
        };
        let (connection, version) = (link.connection, link.version);
        let text = format!("{}:{qos}", FILTERS[filter]);
        self.send(
            connection,
            "subscribe",
            &fields(&[("id", "9999".to_owned())]),
            &[&text],
            version,
        );
        self.sessions
            .get_mut(&client)
            .expect("a session")
            .subscriptions
            .insert(filter, qos);
        let retained: Vec<Message> = self.retained.values().cloned().collect();
        for message in retained {
            if matches(FILTERS[filter], &message.topic) {
                let qos = qos.min(message.qos);
                self.deliver(
                    client,
                    Message {
                        qos,
                        retain: true,
                        ..message
                    },
                );
            }
        }
        let answer = self.check_sorted(client, true);
        assert_eq!(answer.len(), 1, "{answer:?}");
        assert_eq!(answer[0].fields["codes"], [Value::Number(u32::from(qos))]);
    }

    fn unsubscribe(&mut self, client: usize, filter: usize) {
        let Some(link) = self.links.get(&client) else {
            return;
        };
        let (connection, version) = (link.connection, link.version);
        let id = fields(&[("id", "9998".to_owned())]);
        self.send(connection, "unsubscribe", &id, &[FILTERS[filter]], version);
        let session = self.sessions.get_mut(&client).expect("a session");
        let was_there = session.subscriptions.remove(&filter).is_some();
        let answer = self.check_client(client);
        assert_eq!(answer.len(), 1, "{answer:?}");
        if version.is_5() {
            let code = if was_there { 0 } else { 0x11 };
            assert_eq!(answer[0].fields["codes"], [Value::Number(code)]);
        }
    }

    fn publish(
        &mut self,
        client: usize,
        topic: usize,
        qos: u8,
        retain: bool,
        empty: bool,
        expiry: Option<u64>,
    ) {
        let Some(link) = self.links.get_mut(&client) else {
            return;
        };
        let (connection, version) = (link.connection, link.version);
        let session = &self.sessions[&client];
        let taken: BTreeSet<u16> = session.unreleased.iter().map(|(id, _)| *id).collect();
        loop {
            link.next_id += 1;
            if !taken.contains(&link.next_id) {
                break;
            }
        }
        let id = link.next_id;
        self.published += 1;
        let payload = if empty {
            String::new()
        } else {
            self.published.to_string()
        };
        let mut list = vec![
            ("t", TOPICS[topic].to_owned()),
            ("p", payload.clone()),
            ("q", qos.to_string()),
            ("id", id.to_string()),
        ];
        if retain {
            list.push(("retain", String::new()));
        }
        let expiry = expiry.filter(|_| version.is_5());
        if let Some(expiry) = expiry {
            list.push(("expiry", expiry.to_string()));
        }
        let bytes = self.send(connection, "publish", &fields(&list), &[], version);
        let message = Message {
            topic: TOPICS[topic].to_owned(),
            payload,
            qos,
            retain,
        };
        self.spread(&message, expiry);
        if qos == 2 {
            let session = self.sessions.get_mut(&client).expect("a session");
            session.unreleased.push((id, bytes));
        }
        self.expect_answer(client, ["", "puback", "pubrec"][usize::from(qos)], id);
    }

    fn repeat(&mut self, client: usize) {
        let Some(link) = self.links.get(&client) else {
            return;
        };
        let connection = link.connection;
        let Some((id, mut bytes)) = self.sessions[&client].unreleased.first().cloned() else {
            return;
        };
        bytes[0] |= 8;
        // It was written in the version of its connection; the next one may speak another.
        if link.version.is_5() != bytes_are_5(&bytes) {
            return;
        }
        self.server.send(connection, &bytes);
        self.expect_answer(client, "pubrec", id);
    }

    fn release(&mut self, client: usize) {
        let Some(link) = self.links.get(&client) else {
            return;
        };
        let (connection, version) = (link.connection, link.version);
        let session = self.sessions.get_mut(&client).expect("a session");
        if session.unreleased.is_empty() {
            return;
        }
        let (id, _) = session.unreleased.remove(0);
        self.send(
            connection,
            "pubrel",
            &fields(&[("id", id.to_string())]),
            &[],
            version,
        );
        self.expect_answer(client, "pubcomp", id);
    }

    fn expect_answer(&mut self, client: usize, name: &str, id: u16) {
        let answer = self.check_client(client);
        let told: Vec<_> = answer.iter().map(|p| (p.name, p.number("id"))).collect();
        if name.is_empty() {
            assert_eq!(told, []);
        } else {
            assert_eq!(told, [(name, Some(u32::from(id)))]);
        }
    }

    fn acknowledge(&mut self, client: usize, which: usize) {
        let Some(link) = self.links.get(&client) else {
            return;
        };
        let (connection, version) = (link.connection, link.version);
        let session = self.sessions.get_mut(&client).expect("a session");
        if session.exchanges.is_empty() {
            return;
        }
        let at = which % session.exchanges.len();
        let exchange = &mut session.exchanges[at];
        let id = exchange.id.expect("its PUBLISH was seen");
        let packet = match exchange.awaits {
            Awaits::Puback => "puback",
            Awaits::Pubrec => "pubrec",
            Awaits::Pubcomp => "pubcomp",
        };
        if exchange.awaits == Awaits::Pubrec {
            // From here on its place is among the PUBRELs, in the order of the PUBRECs.
            let mut exchange = session.exchanges.remove(at);
            exchange.awaits = Awaits::Pubcomp;
            session.exchanges.push(exchange);
            self.expected
                .entry(client)
                .or_default()
                .push(Delivery::Pubrel(id));
        } else {
            session.exchanges.remove(at);
        }
        self.send(
            connection,
            packet,
            &fields(&[("id", id.to_string())]),
            &[],
            version,
        );
    }

    fn pass(&mut self, seconds: u64) {
        self.server.wait(Duration::from_secs(seconds));
        self.now += seconds;
        let now = self.now;
        let due: Vec<usize> = self
            .delayed
            .iter()
            .filter(|(_, (at, _))| *at <= now)
            .map(|(client, _)| *client)
            .collect();
        for client in due {
            if let Some((_, message)) = self.delayed.remove(&client) {
                self.spread(&message, None);
            }
        }
        self.sessions
            .retain(|_, session| session.ends_at.is_none_or(|at| at > now));
    }
}

/// Whether a PUBLISH of QoS 2 that this test has written is one of 5.0: its property length
/// stands where before 5.0 the payload begins, which here is digits.
fn bytes_are_5(bytes: &[u8]) -> bool {
    let topic = usize::from(bytes[3]);
    bytes.get(4 + topic + 2).is_some_and(|byte| *byte < b'0')
}
