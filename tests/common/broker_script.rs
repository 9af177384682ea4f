//! Any bytes as the script of what hostile Clients do to the broker, beside two Clients who behave.
//! After each step, what must always hold is checked: the two are served as if they were alone,
//! everything stays within its limit, and what is sent can be read. The property test and the fuzz
//! target run the same scripts.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mqtt_lab::broker::{
    AclAction, AclEffect, AclRule, Broker, BrokerOptions, ConnectionId, Input, Memory, Output, User,
};
use mqtt_lab::codec::{ControlPacket, Peer, ProtocolVersion, Qos, ReasonCode, decode};
use mqtt_lab::time::Instant;

const CONNECTIONS: usize = 8;
const SESSIONS: usize = 8;
const QUEUED: usize = 6;
const QUEUED_BYTES: usize = 1_500;
const SUBSCRIPTIONS: usize = 5;
const FILTER_BYTES: usize = 1_200;
const RETAINED: usize = 4;
const RETAINED_BYTES: usize = 1_000;
const PACKET: u32 = 2_000;

/// The two who behave: one publishes, the other has subscribed.
const PUBLISHER: u64 = 0;
const SUBSCRIBER: u64 = 1;

/// Hostile connections at a time.
const SLOTS: usize = 4;

/// Runs a script to its end; everything the broker sent.
pub fn run(script: &[u8]) -> Vec<Output> {
    let mut world = World::new();
    let mut script = Script(script);
    while !script.0.is_empty() {
        world.step(&mut script);
        world.check();
    }
    world.publish(1);
    world.publish(2);
    world.check();
    world.transcript
}

fn options() -> BrokerOptions {
    let rule = |effect, filter: &str, user: Option<&str>| AclRule {
        effect,
        action: AclAction::Both,
        filter: filter.to_owned(),
        user: user.map(str::to_owned),
    };
    BrokerOptions {
        users: vec![User {
            name: "good".to_owned(),
            password: "a password that no script holds".to_owned(),
        }],
        allow_anonymous: true,
        acl: vec![
            rule(AclEffect::Allow, "good/#", Some("good")),
            rule(AclEffect::Deny, "good/#", None),
        ],
        maximum_connections: CONNECTIONS,
        maximum_sessions: SESSIONS,
        maximum_queued_messages: QUEUED,
        maximum_queued_bytes: QUEUED_BYTES,
        maximum_subscriptions: SUBSCRIPTIONS,
        maximum_subscription_bytes: FILTER_BYTES,
        maximum_retained_messages: RETAINED,
        maximum_retained_bytes: RETAINED_BYTES,
        maximum_packet_size: PACKET,
        queue_qos_0_for_absent: true,
        topic_alias_maximum: 3,
        receive_maximum: 5.try_into().expect("not 0"),
        session_expiry_before_v5: 1_000,
        maximum_session_expiry: 1_000,
        system_interval: Duration::from_secs(60),
        ..BrokerOptions::default()
    }
}

struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    fn next(&mut self) -> u8 {
        self.0.split_first().map_or(0, |(&first, rest)| {
            self.0 = rest;
            first
        })
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

struct World {
    broker: Broker,
    now: Instant,
    next: u64,
    /// Open connections, with the version they turned out to speak.
    open: BTreeMap<u64, Option<ProtocolVersion>>,
    slots: [Option<u64>; SLOTS],
    /// Payloads that the subscriber has still to get.
    owed: VecDeque<(u8, u32)>,
    published: u32,
    packet_id: u16,
    to_answer: Vec<(u64, Vec<u8>)>,
    transcript: Vec<Output>,
}

impl World {
    fn new() -> Self {
        let mut world = Self {
            broker: Broker::new(options(), 7).expect("the options are in order"),
            now: Instant::from_millis(1_000),
            next: 2,
            open: BTreeMap::new(),
            slots: [None; SLOTS],
            owed: VecDeque::new(),
            published: 0,
            packet_id: 0,
            to_answer: Vec::new(),
            transcript: Vec::new(),
        };
        for connection in [PUBLISHER, SUBSCRIBER] {
            world.open(connection);
            let mut body = b"\0\x04MQTT\x05\xc2\0\0\0\0\x10".to_vec();
            body.extend(format!("good client {connection} xx").as_bytes());
            for text in ["good", "a password that no script holds"] {
                body.extend([0, text.len() as u8]);
                body.extend(text.as_bytes());
            }
            let mut packet = vec![0x10, body.len() as u8];
            packet.extend(body);
            world.receive(connection, &packet);
        }
        world.receive(SUBSCRIBER, b"\x82\x0c\0\x01\0\0\x06good/#\x02");
        assert_eq!(world.open.len(), 2, "both are accepted");
        world
    }

    fn step(&mut self, script: &mut Script<'_>) {
        let slot = usize::from(script.next()) % SLOTS;
        let choice = script.next();
        let detail = script.next();
        match choice % 20 {
            0 | 1 => self.connect(slot, detail, script.next()),
            2 | 3 => self.subscribe(slot, detail),
            4..=6 => self.hostile_publish(slot, detail, script.next()),
            7 | 8 => self.acknowledge(slot, detail, script.next()),
            9..=11 => {
                let bytes = script.take(usize::from(detail));
                if let Some(connection) = self.slots[slot] {
                    self.receive(connection, bytes);
                }
            }
            12 => {
                self.renew(slot);
            }
            13 => self.pass(Duration::from_millis(u64::from(detail) * 100)),
            14 => self.pass(Duration::from_secs(u64::from(detail) * 10)),
            15 => {
                if let Some(connection) = self.slots[slot] {
                    self.input(Input::Congested {
                        connection: ConnectionId::new(connection),
                        congested: detail & 1 == 1,
                    });
                }
            }
            16 => {
                if let Some(connection) = self.slots[slot] {
                    self.receive(connection, &[0xe0, 0]);
                }
            }
            17 => self.deed(slot, detail),
            _ => self.publish(detail % 3),
        }
    }

    fn open(&mut self, connection: u64) {
        self.open.insert(connection, None);
        self.input(Input::Opened {
            connection: ConnectionId::new(connection),
        });
    }

    /// A new connection in place of the old one, which is cut.
    fn renew(&mut self, slot: usize) -> u64 {
        if let Some(old) = self.slots[slot]
            && self.open.remove(&old).is_some()
        {
            self.input(Input::Closed {
                connection: ConnectionId::new(old),
            });
        }
        let connection = self.next;
        self.next += 1;
        self.slots[slot] = Some(connection);
        self.open(connection);
        connection
    }

    fn version(&self, slot: usize) -> Option<ProtocolVersion> {
        *self.open.get(&self.slots[slot]?)?
    }

    fn connect(&mut self, slot: usize, choice: u8, more: u8) {
        let connection = self.renew(slot);
        let five = choice & 1 == 1;
        let will = choice & 4 != 0;
        let mut flags = choice & 2;
        if will {
            flags |= 4 | (more & 1) << 3 | (more & 2) << 4;
        }
        let mut body = b"\0\x04MQTT".to_vec();
        body.extend([4 + u8::from(five), flags, 0, (choice >> 3 & 1) * 20]);
        if five {
            let mut properties = vec![0x11, 0, 0, 0, more & 0x7c];
            if choice & 16 != 0 {
                properties.extend([0x21, 0, 1 + (more & 3)]);
            }
            if choice & 32 != 0 {
                properties.extend([0x22, 0, more & 3]);
            }
            if choice & 64 != 0 {
                properties.extend([0x27, 0, 0, 0, 16 + (more & 0x3f)]);
            }
            body.push(properties.len() as u8);
            body.extend(properties);
        }
        body.extend([0, 1, b'a' + (more >> 6)]);
        if will {
            if five {
                body.extend([5, 0x18, 0, 0, 0, more & 15]);
            }
            // It would like to speak for those who behave.
            let topic: &[u8] = if more & 4 == 0 { b"good/x" } else { b"w" };
            body.extend([0, topic.len() as u8]);
            body.extend(topic);
            body.extend([0, 1, b'w']);
        }
        let mut packet = vec![0x10, body.len() as u8];
        packet.extend(body);
        self.receive(connection, &packet);
    }

    fn subscribe(&mut self, slot: usize, choice: u8) {
        let (Some(connection), Some(version)) = (self.slots[slot], self.version(slot)) else {
            return;
        };
        let filters: [&[u8]; 8] = [
            b"#",
            b"good/#",
            b"+/b",
            b"a/#",
            b"$share/g/#",
            b"$share/g/good/x",
            b"w",
            b"$SYS/#",
        ];
        let filter = filters[usize::from(choice & 7)];
        let mut body = vec![0, 9];
        if version == ProtocolVersion::V5_0 {
            body.push(0);
        }
        body.extend([0, filter.len() as u8]);
        body.extend(filter);
        body.push(choice >> 3 & 3);
        let kind = if choice & 64 == 0 { 0x82 } else { 0xa2 };
        if kind == 0xa2 {
            body.pop();
        }
        let mut packet = vec![kind, body.len() as u8];
        packet.extend(body);
        self.receive(connection, &packet);
    }

    fn hostile_publish(&mut self, slot: usize, choice: u8, more: u8) {
        let (Some(connection), Some(version)) = (self.slots[slot], self.version(slot)) else {
            return;
        };
        let topics: [&[u8]; 6] = [b"a/b", b"good/x", b"w", b"$SYS/x", b"", b"a"];
        let topic = topics[usize::from(more & 7) % topics.len()];
        let qos = choice & 3;
        let mut body = vec![0, topic.len() as u8];
        body.extend(topic);
        if qos > 0 {
            body.extend([0, more >> 3 & 7]);
        }
        if version == ProtocolVersion::V5_0 {
            match choice >> 2 & 3 {
                0 => body.extend([3, 0x23, 0, more & 3]),
                1 => body.extend([5, 0x02, 0, 0, 0, more & 7]),
                _ => body.push(0),
            }
        }
        body.resize(body.len() + usize::from(choice >> 4) * 6, b'x');
        let mut packet = vec![0x30 | (choice & 8) | qos << 1 | more >> 7, body.len() as u8];
        packet.extend(body);
        self.receive(connection, &packet);
    }

    fn acknowledge(&mut self, slot: usize, choice: u8, id: u8) {
        if let Some(connection) = self.slots[slot] {
            let kind = 4 + choice % 4;
            let flags = if kind == 6 { 2 } else { 0 };
            self.receive(connection, &[kind << 4 | flags, 2, 0, id & 15]);
        }
    }

    fn deed(&mut self, slot: usize, detail: u8) {
        match detail % 6 {
            0 => {
                self.broker.clear_retained("a/b", self.now);
            }
            1 => {
                self.broker.discard_session("a", self.now);
            }
            2 => self
                .broker
                .refuse_next_connect(Some(ReasonCode::ServerBusy)),
            3 => {
                if let Some(connection) = self.slots[slot] {
                    let id = ConnectionId::new(connection);
                    let reason = ReasonCode::AdministrativeAction;
                    let _ = self.broker.disconnect(id, reason, self.now);
                }
            }
            4 => {
                let options = options();
                self.broker
                    .set_options(options, self.now)
                    .expect("in order");
            }
            _ => {
                // Running already, so nothing happens.
                self.broker.start(Memory::Lost, self.now);
            }
        }
        self.drain();
    }

    /// The one who behaves publishes, and sees it through.
    fn publish(&mut self, qos: u8) {
        self.published += 1;
        self.packet_id = self.packet_id % 60_000 + 1;
        let mut body = b"\0\x06good/x".to_vec();
        if qos > 0 {
            body.extend(self.packet_id.to_be_bytes());
        }
        body.push(0);
        body.extend(self.published.to_be_bytes());
        let mut packet = vec![0x30 | qos << 1, body.len() as u8];
        packet.extend(body);
        self.owed.push_back((qos, self.published));
        self.receive(PUBLISHER, &packet);
        assert_eq!(self.owed, [], "a message is missing");
    }

    fn receive(&mut self, connection: u64, bytes: &[u8]) {
        self.input(Input::Received {
            connection: ConnectionId::new(connection),
            bytes,
        });
        while let Some((connection, answer)) = self.to_answer.pop() {
            self.input(Input::Received {
                connection: ConnectionId::new(connection),
                bytes: &answer,
            });
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.broker.handle_input(input, self.now);
        self.drain();
    }

    fn pass(&mut self, duration: Duration) {
        let target = self.now + duration;
        let mut wakes = 0;
        while let Some(at) = self.broker.poll_timeout().filter(|&at| at <= target) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
            wakes += 1;
            assert!(wakes < 10_000, "timeouts do not end");
        }
        self.now = target;
    }

    fn drain(&mut self) {
        let mut bytes = 0;
        while let Some(output) = self.broker.poll_output() {
            if let Output::Transmit { bytes: packet, .. } = &output {
                bytes += packet.len();
            }
            // A step is short: some packets, each of which goes to everybody at most.
            assert!(bytes <= 255 * SESSIONS * PACKET as usize, "{bytes} at once");
            match &output {
                Output::Transmit { connection, bytes } => self.sent(connection.value(), bytes),
                Output::Close { connection } => {
                    let connection = connection.value();
                    assert!(connection > SUBSCRIBER, "who behaves is not closed");
                    assert!(self.open.remove(&connection).is_some(), "closed twice");
                }
                Output::Event(_) => {}
            }
            self.transcript.push(output);
        }
    }

    /// What is sent can be read, by a Client that is there, and the good get nothing but theirs.
    fn sent(&mut self, connection: u64, bytes: &[u8]) {
        let version = self.open.get_mut(&connection).expect("an open connection");
        if version.is_none() {
            // Its length tells: before 5.0 there are no properties.
            let five = bytes.len() > 4;
            *version = Some(if five {
                ProtocolVersion::V5_0
            } else {
                ProtocolVersion::V3_1_1
            });
        }
        let version = version.expect("set");
        let packet = decode(bytes, version).expect("the broker sends what can be read");
        packet
            .check_sender(Peer::Server, version)
            .expect("the broker sends what a Server may");
        if connection > SUBSCRIBER {
            return;
        }
        let id = |id: Option<mqtt_lab::codec::PacketId>| {
            id.expect("an identifier").value().to_be_bytes()
        };
        match packet {
            ControlPacket::Publish(publish) => {
                assert_eq!(connection, SUBSCRIBER, "the publisher has no subscription");
                let (qos, number) = self.owed.pop_front().expect("a message that is owed");
                assert_eq!(publish.payload, number.to_be_bytes());
                assert_eq!(publish.qos.as_u8(), qos);
                assert!(!publish.dup && !publish.retain);
                let kind = match publish.qos {
                    Qos::AtMostOnce => return,
                    Qos::AtLeastOnce => 0x40,
                    Qos::ExactlyOnce => 0x50,
                };
                let [high, low] = id(publish.packet_id);
                self.to_answer.push((connection, vec![kind, 2, high, low]));
            }
            ControlPacket::Pubrec(pubrec) => {
                assert!(!pubrec.reason_code.is_error());
                let [high, low] = id(Some(pubrec.packet_id));
                self.to_answer.push((connection, vec![0x62, 2, high, low]));
            }
            ControlPacket::Pubrel(pubrel) => {
                let [high, low] = id(Some(pubrel.packet_id));
                self.to_answer.push((connection, vec![0x70, 2, high, low]));
            }
            ControlPacket::Puback(answer) | ControlPacket::Pubcomp(answer) => {
                assert!(!answer.reason_code.is_error());
            }
            ControlPacket::Connack(_) | ControlPacket::Suback(_) => {}
            other => panic!("the good are sent {other:?}"),
        }
    }

    /// Nothing has grown beyond its limit.
    fn check(&self) {
        let mut connected = 0;
        let mut open = 0;
        for row in self.broker.connections() {
            open += 1;
            connected += usize::from(row.client.is_some());
        }
        assert!(connected <= CONNECTIONS);
        assert!(open <= CONNECTIONS + BrokerOptions::SPARE_CONNECTIONS);
        assert_eq!(self.broker.connections().count(), self.open.len());
        // What a subscription takes at least, by the broker's own account.
        let mut filters = BTreeMap::new();
        for row in self.broker.subscriptions() {
            let levels = row.filter.split('/').count();
            *filters.entry(row.client_id.to_owned()).or_insert(0) += levels * 96 + 128;
        }
        assert!(filters.values().all(|&bytes| bytes <= FILTER_BYTES));
        let mut sessions = 0;
        for session in self.broker.sessions() {
            sessions += 1;
            // Retained messages that a new subscription is owed are kept in any case, and bounded besides.
            let messages = session.queued - session.queued_retained;
            assert!(messages <= QUEUED, "{session:?}");
            let bytes = session.queued_bytes;
            assert!(bytes <= QUEUED_BYTES + RETAINED_BYTES, "{session:?}");
            assert!(session.subscriptions <= SUBSCRIPTIONS, "{session:?}");
            assert!(session.inflight_in <= 5 || session.expiry_interval > 0);
        }
        assert!(sessions <= SESSIONS);
        let mut retained = 0;
        let mut bytes = 0;
        for row in self.broker.retained() {
            retained += 1;
            bytes += row.message.size();
        }
        assert!(retained <= RETAINED && bytes <= RETAINED_BYTES);
        if let Some(at) = self.broker.poll_timeout() {
            assert!(at > self.now || self.broker.is_running());
        }
    }
}
