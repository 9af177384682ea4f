//! Our broker behind the harness: in this process, in virtual time, with its bytes cut in odd places.

use std::collections::BTreeMap;
use std::num::NonZeroU16;
use std::time::Duration;

use mqtt_lab::broker::{
    AclAction, AclEffect, AclRule, Broker, BrokerOptions, ConnectionId, DropWhenFull, Input,
    Memory, Output, Overlapping, User,
};
use mqtt_lab::codec::{Qos, ReasonCode};
use mqtt_lab::time::Instant;

use super::runner::{Read, Server};

/// How what a Client sends is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    Whole,
    /// Byte by byte.
    Bytes,
    /// After the first byte, which is the packet's type.
    AfterFirst,
    /// Before the last byte.
    BeforeLast,
    /// Into pieces of this many bytes.
    Pieces(usize),
}

impl Cut {
    pub const ALL: [Self; 6] = [
        Self::Whole,
        Self::Bytes,
        Self::AfterFirst,
        Self::BeforeLast,
        Self::Pieces(3),
        Self::Pieces(11),
    ];

    fn pieces(self, bytes: &[u8]) -> Vec<&[u8]> {
        let at = |at: usize| {
            let (left, right) = bytes.split_at(at.min(bytes.len()));
            vec![left, right]
        };
        match self {
            Self::Whole => vec![bytes],
            Self::Bytes => bytes.chunks(1).collect(),
            Self::AfterFirst => at(1),
            Self::BeforeLast => at(bytes.len().saturating_sub(1)),
            Self::Pieces(size) => bytes.chunks(size).collect(),
        }
    }
}

#[derive(Default)]
struct Connection {
    bytes: Vec<u8>,
    closed: bool,
}

pub struct Ours {
    broker: Broker,
    now: Instant,
    cut: Cut,
    connections: BTreeMap<u64, Connection>,
}

impl Ours {
    pub fn new(options: &str, cut: Cut) -> Self {
        let options = options_named(options);
        Self {
            broker: Broker::new(options, 7).expect("the options are in order"),
            now: Instant::from_millis(1_000),
            cut,
            connections: BTreeMap::new(),
        }
    }

    fn input(&mut self, input: Input<'_>) {
        self.broker.handle_input(input, self.now);
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, bytes } => {
                    let known = self.connections.get_mut(&connection.value());
                    let known = known.expect("a connection that was opened");
                    assert!(!known.closed, "sent after the end: {bytes:02x?}");
                    assert_eq!(packet_length(&bytes), bytes.len(), "not one packet");
                    known.bytes.extend(bytes);
                }
                Output::Close { connection } => {
                    let known = self.connections.get_mut(&connection.value());
                    let known = known.expect("a connection that was opened");
                    assert!(!known.closed, "closed twice");
                    known.closed = true;
                }
                Output::Event(_) => {}
            }
        }
    }
}

fn packet_length(bytes: &[u8]) -> usize {
    let mut length = 0;
    for at in 0..4 {
        let byte = bytes[1 + at];
        length |= usize::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            return 2 + at + length;
        }
    }
    usize::MAX
}

impl Server for Ours {
    fn is_ours(&self) -> bool {
        true
    }

    fn open(&mut self, connection: u64) {
        self.connections.insert(connection, Connection::default());
        let connection = ConnectionId::new(connection);
        self.input(Input::Opened { connection });
    }

    fn send(&mut self, connection: u64, bytes: &[u8]) {
        for bytes in self.cut.pieces(bytes) {
            if self.connections[&connection].closed {
                return;
            }
            let connection = ConnectionId::new(connection);
            self.input(Input::Received { connection, bytes });
        }
    }

    fn read(&mut self, connection: u64, _patient: bool) -> Read {
        let known = self.connections.get_mut(&connection).expect("opened");
        if !known.bytes.is_empty() {
            Read::Bytes(core::mem::take(&mut known.bytes))
        } else if known.closed {
            Read::Closed
        } else {
            Read::Nothing
        }
    }

    fn cut(&mut self, connection: u64) {
        if !self.connections[&connection].closed {
            let id = ConnectionId::new(connection);
            self.input(Input::Closed { connection: id });
        }
        self.connections
            .get_mut(&connection)
            .expect("opened")
            .closed = true;
    }

    fn wait(&mut self, time: Duration) {
        let target = self.now + time;
        let mut wakes = 0;
        while let Some(at) = self.broker.poll_timeout().filter(|&at| at <= target) {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
            wakes += 1;
            assert!(wakes < 100_000, "timeouts do not end");
        }
        self.now = target;
    }

    fn deed(&mut self, words: &[String]) -> Result<(), String> {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["stop"] => self.broker.stop(self.now),
            ["start", "kept"] => self.broker.start(Memory::Kept, self.now),
            ["start", "lost"] => self.broker.start(Memory::Lost, self.now),
            ["refuse", code] => {
                let code = u8::from_str_radix(code, 16)
                    .ok()
                    .and_then(ReasonCode::from_u8);
                self.broker
                    .refuse_next_connect(Some(code.ok_or("no code")?));
            }
            ["disconnect", connection, code] => {
                let code = u8::from_str_radix(code, 16)
                    .ok()
                    .and_then(ReasonCode::from_u8);
                let number = connection.parse().map_err(|_| "no connection")?;
                self.broker
                    .disconnect(ConnectionId::new(number), code.ok_or("no code")?, self.now)
                    .map_err(|error| error.to_string())?;
            }
            ["discard", client_id] => {
                if !self.broker.discard_session(client_id, self.now) {
                    return Err("no such session".to_owned());
                }
            }
            ["clear", topic] => {
                if !self.broker.clear_retained(topic, self.now) {
                    return Err("no such retained message".to_owned());
                }
            }
            ["queued", client_id, count] => {
                let queued = self.broker.session(client_id).map(|session| session.queued);
                if queued.map(|queued| queued.to_string()).as_deref() != Some(*count) {
                    return Err(format!("{queued:?} wait"));
                }
            }
            ["dropped", count] => {
                let dropped = self.broker.counters().dropped;
                if dropped.to_string() != *count {
                    return Err(format!("{dropped} were dropped"));
                }
            }
            other => return Err(format!("no such deed: {other:?}")),
        }
        self.drain();
        Ok(())
    }

    fn congest(&mut self, connection: u64, congested: bool) {
        self.input(Input::Congested {
            connection: ConnectionId::new(connection),
            congested,
        });
    }
}

/// The configurations that rows name; those of `mosquitto.rs` mean the same.
pub fn options_named(name: &str) -> BrokerOptions {
    let mut options = BrokerOptions::default();
    let two = NonZeroU16::new(2).expect("not 0");
    let rule = |effect, action, filter: &str| AclRule {
        effect,
        action,
        filter: filter.to_owned(),
        user: None,
    };
    match name {
        "default" => {}
        // What the tables' own broker tells in its CONNACK, and it says nothing in words.
        "sequences" => {
            options.receive_maximum = NonZeroU16::new(20).expect("not 0");
            options.maximum_packet_size = 2_000_000;
            options.reason_strings = false;
        }
        "users" => {
            options.users = vec![User {
                name: "ann".to_owned(),
                password: "secret".to_owned(),
            }];
        }
        "acl" => {
            options.acl = vec![
                rule(AclEffect::Allow, AclAction::Both, "open/#"),
                rule(AclEffect::Allow, AclAction::Subscribe, "read/#"),
                rule(AclEffect::Allow, AclAction::Publish, "write/#"),
                rule(AclEffect::Deny, AclAction::Both, "#"),
            ];
        }
        "system" => options.system_interval = Duration::from_secs(1),
        "qos1" => options.maximum_qos = Qos::AtLeastOnce,
        "qos0" => options.maximum_qos = Qos::AtMostOnce,
        "no-retain" => options.retain_available = false,
        "no-wildcard" => options.wildcard_subscription_available = false,
        "no-shared" => options.shared_subscription_available = false,
        "no-subid" => options.subscription_identifiers_available = false,
        "keep-alive-10" => options.server_keep_alive = Some(10),
        "packet-200" => options.maximum_packet_size = 200,
        "receive-2" => options.receive_maximum = two,
        "queue-3" => {
            options.maximum_queued_messages = 3;
            options.drop_when_full = DropWhenFull::Newest;
        }
        "queue-3-oldest" => {
            options.maximum_queued_messages = 3;
            options.drop_when_full = DropWhenFull::Oldest;
        }
        "queue-qos0" => options.queue_qos_0_for_absent = true,
        "copies" => options.overlapping = Overlapping::CopyPerSubscription,
        "alias-2" => options.topic_alias_maximum = 2,
        "no-alias" => options.topic_alias_maximum = 0,
        "connections-2" => options.maximum_connections = 2,
        "response" => options.response_information = "lab/response".to_owned(),
        "subscriptions-2" => options.maximum_subscriptions = 2,
        "id-23" => {
            options.client_id_maximum = 23;
            options.client_id_maximum_v3_1 = 23;
        }
        other => panic!("there is no configuration {other}"),
    }
    options
}
