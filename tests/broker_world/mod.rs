//! A broker in virtual time with Clients that are nothing but bytes: what each is sent is read back
//! and written down in one line a packet.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::collections::BTreeMap;
use std::time::Duration;

use mqtt_lab::broker::{Broker, BrokerOptions, ConnectionId, Event, Input, Output};
use mqtt_lab::codec::{
    Acknowledgement, Connect, ConnectProperties, ControlPacket, Disconnect, PacketId,
    ProtocolVersion, Publish, PublishProperties, Qos, Subscribe, Subscription, SubscriptionOptions,
    TopicFilter, TopicName, Unsubscribe, UserProperties, decode, encode,
};
use mqtt_lab::time::Instant;

pub(crate) const V31: ProtocolVersion = ProtocolVersion::V3_1;
pub(crate) const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
pub(crate) const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// The broker, the time, and what was sent to whom.
pub(crate) struct World {
    pub(crate) broker: Broker,
    pub(crate) now: Instant,
    pub(crate) events: Vec<Event>,
    sent: BTreeMap<u64, Vec<Vec<u8>>>,
    closed: BTreeMap<u64, bool>,
    versions: BTreeMap<u64, ProtocolVersion>,
    next: u64,
}

/// One connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Peer(pub(crate) u64);

impl World {
    pub(crate) fn new() -> Self {
        Self::with(BrokerOptions::default())
    }

    pub(crate) fn with(options: BrokerOptions) -> Self {
        Self {
            broker: Broker::new(options, 7).unwrap(),
            now: Instant::ORIGIN,
            events: Vec::new(),
            sent: BTreeMap::new(),
            closed: BTreeMap::new(),
            versions: BTreeMap::new(),
            next: 0,
        }
    }

    pub(crate) fn open(&mut self, version: ProtocolVersion) -> Peer {
        self.next += 1;
        let peer = Peer(self.next);
        self.versions.insert(peer.0, version);
        self.input(Input::Opened {
            connection: ConnectionId::new(peer.0),
        });
        peer
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.broker.handle_input(input, self.now);
        self.drain();
    }

    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.broker.poll_output() {
            match output {
                Output::Transmit { connection, bytes } => {
                    let closed = self.closed.get(&connection.value());
                    assert_eq!(closed, None, "sent after the end");
                    self.sent.entry(connection.value()).or_default().push(bytes);
                }
                Output::Close { connection } => {
                    assert_eq!(self.closed.insert(connection.value(), true), None);
                }
                Output::Event(event) => self.events.push(event),
            }
        }
    }

    pub(crate) fn bytes(&mut self, peer: Peer, bytes: &[u8]) {
        self.input(Input::Received {
            connection: ConnectionId::new(peer.0),
            bytes,
        });
    }

    pub(crate) fn send(&mut self, peer: Peer, packet: &ControlPacket<'_>) {
        let mut bytes = Vec::new();
        encode(packet, self.versions[&peer.0], &mut bytes).unwrap();
        self.bytes(peer, &bytes);
    }

    /// The transport ends without DISCONNECT.
    pub(crate) fn cut(&mut self, peer: Peer) {
        self.input(Input::Closed {
            connection: ConnectionId::new(peer.0),
        });
    }

    pub(crate) fn congest(&mut self, peer: Peer, congested: bool) {
        self.input(Input::Congested {
            connection: ConnectionId::new(peer.0),
            congested,
        });
    }

    /// Lets time pass, and every deadline on the way come.
    pub(crate) fn wait(&mut self, milliseconds: u64) {
        let end = self.now + Duration::from_millis(milliseconds);
        for _ in 0..100_000 {
            match self.broker.poll_timeout() {
                Some(at) if at <= end => {
                    self.now = self.now.max(at);
                    self.input(Input::Timeout);
                }
                _ => {
                    self.now = end;
                    return;
                }
            }
        }
        panic!("the timeouts have no end");
    }

    /// Connects, and takes the CONNACK off what was sent.
    pub(crate) fn connect_with(&mut self, version: ProtocolVersion, connect: Connect<'_>) -> Peer {
        let peer = self.open(version);
        let connect = Connect {
            protocol_version: version,
            ..connect
        };
        self.send(peer, &ControlPacket::Connect(Box::new(connect)));
        peer
    }

    /// A Client with a clean session, or one that is kept for an hour.
    pub(crate) fn connect(
        &mut self,
        version: ProtocolVersion,
        client_id: &str,
        clean: bool,
    ) -> Peer {
        let kept = (version == V5 && !clean).then_some(3_600);
        let connect = Connect {
            clean_start: clean,
            client_id,
            properties: ConnectProperties {
                session_expiry_interval: kept,
                ..ConnectProperties::default()
            },
            ..Connect::default()
        };
        let peer = self.connect_with(version, connect);
        let connack = self.see(peer);
        assert!(connack[0].starts_with("CONNACK"), "{connack:?}");
        assert!(connack[0].contains("0x00"), "{connack:?}");
        self.sent.insert(peer.0, Vec::new());
        peer
    }

    pub(crate) fn subscribe(&mut self, peer: Peer, filter: &str, qos: Qos) {
        self.subscribe_with(peer, filter, SubscriptionOptions::with_qos(qos), None);
        let seen = self.raw(peer);
        let (suback, rest) = seen.split_first().unwrap();
        assert_eq!(suback[0], 0x90, "{suback:02x?}");
        assert!(suback[suback.len() - 1] < 3, "{suback:02x?}");
        self.sent.insert(peer.0, rest.to_vec());
    }

    pub(crate) fn subscribe_with(
        &mut self,
        peer: Peer,
        filter: &str,
        options: SubscriptionOptions,
        identifier: Option<u32>,
    ) {
        let subscribe = Subscribe {
            packet_id: id(1),
            subscription_identifier: identifier
                .and_then(mqtt_lab::codec::SubscriptionIdentifier::new),
            user_properties: UserProperties::EMPTY,
            subscriptions: vec![Subscription {
                filter: TopicFilter::parse_without_shared(filter).unwrap(),
                options,
            }],
        };
        self.send(peer, &ControlPacket::Subscribe(subscribe));
    }

    pub(crate) fn unsubscribe(&mut self, peer: Peer, filter: &str) {
        let unsubscribe = Unsubscribe {
            packet_id: id(2),
            user_properties: UserProperties::EMPTY,
            filters: vec![TopicFilter::parse(filter).unwrap()],
        };
        self.send(peer, &ControlPacket::Unsubscribe(unsubscribe));
    }

    pub(crate) fn publish(
        &mut self,
        peer: Peer,
        topic: &str,
        qos: Qos,
        packet_id: u16,
        payload: &str,
    ) {
        self.publish_with(peer, publish(topic, qos, packet_id, payload));
    }

    pub(crate) fn retain(&mut self, peer: Peer, topic: &str, payload: &str) {
        let message = publish(topic, Qos::AtMostOnce, 0, payload);
        self.publish_with(
            peer,
            Publish {
                retain: true,
                ..message
            },
        );
    }

    pub(crate) fn publish_with(&mut self, peer: Peer, publish: Publish<'_>) {
        self.send(peer, &ControlPacket::Publish(publish));
    }

    pub(crate) fn puback(&mut self, peer: Peer, value: u16) {
        self.send(
            peer,
            &ControlPacket::Puback(Acknowledgement::success(id(value))),
        );
    }

    pub(crate) fn pubrec(&mut self, peer: Peer, value: u16) {
        self.send(
            peer,
            &ControlPacket::Pubrec(Acknowledgement::success(id(value))),
        );
    }

    pub(crate) fn pubrel(&mut self, peer: Peer, value: u16) {
        self.send(
            peer,
            &ControlPacket::Pubrel(Acknowledgement::success(id(value))),
        );
    }

    pub(crate) fn pubcomp(&mut self, peer: Peer, value: u16) {
        self.send(
            peer,
            &ControlPacket::Pubcomp(Acknowledgement::success(id(value))),
        );
    }

    pub(crate) fn disconnect(&mut self, peer: Peer) {
        self.send(peer, &ControlPacket::Disconnect(Disconnect::default()));
    }

    /// The packets sent to a Client since the last look, as bytes.
    pub(crate) fn raw(&mut self, peer: Peer) -> Vec<Vec<u8>> {
        self.sent.remove(&peer.0).unwrap_or_default()
    }

    /// The packets sent to a Client since the last look, and `closed` where the broker has ended the
    /// connection.
    pub(crate) fn see(&mut self, peer: Peer) -> Vec<String> {
        let version = self.versions[&peer.0];
        let mut seen: Vec<String> = self
            .raw(peer)
            .iter()
            .map(|raw| describe(raw, version))
            .collect();
        if self.closed.get(&peer.0) == Some(&true) {
            self.closed.insert(peer.0, false);
            seen.push("closed".to_owned());
        }
        seen
    }

    pub(crate) fn assert_sees(&mut self, peer: Peer, expected: &[&str]) {
        assert_eq!(self.see(peer), expected);
    }

    /// The events since the last look of which `pick` makes something.
    pub(crate) fn told<T>(&mut self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        let told = self.events.iter().filter_map(pick).collect();
        self.events.clear();
        told
    }
}

pub(crate) fn id(value: u16) -> PacketId {
    PacketId::new(value).unwrap()
}

pub(crate) fn publish<'a>(
    topic: &'a str,
    qos: Qos,
    packet_id: u16,
    payload: &'a str,
) -> Publish<'a> {
    Publish {
        qos,
        topic: TopicName::parse(topic).ok(),
        packet_id: PacketId::new(packet_id),
        payload: payload.as_bytes(),
        ..Publish::default()
    }
}

/// One line for a packet: what a test of the broker's rules looks at.
pub(crate) fn describe(raw: &[u8], version: ProtocolVersion) -> String {
    let packet = decode(raw, version).unwrap_or_else(|error| panic!("{error}: {raw:02x?}"));
    packet
        .check_sender(mqtt_lab::codec::Peer::Server, version)
        .unwrap();
    let code = |code: u8| format!("0x{code:02x}");
    let acknowledgement = |name: &str, a: &Acknowledgement<'_>| {
        let words = if a.reason_string.is_some() {
            " words"
        } else {
            ""
        };
        format!(
            "{name} {} {}{words}",
            a.packet_id,
            code(a.reason_code.as_u8())
        )
    };
    match &packet {
        ControlPacket::Connack(connack) => {
            let present = if connack.session_present {
                " present"
            } else {
                ""
            };
            format!("CONNACK {}{present}", code(connack.code.as_u8()))
        }
        ControlPacket::Publish(publish) => describe_publish(publish),
        ControlPacket::Puback(a) => acknowledgement("PUBACK", a),
        ControlPacket::Pubrec(a) => acknowledgement("PUBREC", a),
        ControlPacket::Pubrel(a) => acknowledgement("PUBREL", a),
        ControlPacket::Pubcomp(a) => acknowledgement("PUBCOMP", a),
        ControlPacket::Suback(suback) => {
            let codes = suback.reason_codes.iter().map(|one| code(one.as_u8()));
            format!(
                "SUBACK {} {}",
                suback.packet_id,
                codes.collect::<Vec<_>>().join(" ")
            )
        }
        ControlPacket::Unsuback(unsuback) => {
            let codes = unsuback.reason_codes.iter().map(|one| code(one.as_u8()));
            let codes = codes.collect::<Vec<_>>().join(" ");
            format!("UNSUBACK {} {codes}", unsuback.packet_id)
                .trim_end()
                .to_owned()
        }
        ControlPacket::Disconnect(disconnect) => {
            format!("DISCONNECT {}", code(disconnect.reason_code.as_u8()))
        }
        other => other.packet_type().name().to_owned(),
    }
}

fn describe_publish(publish: &Publish<'_>) -> String {
    let mut text = format!(
        "PUBLISH {}={} q{}",
        publish.topic.map_or("", TopicName::as_str),
        String::from_utf8_lossy(publish.payload),
        publish.qos,
    );
    if let Some(packet_id) = publish.packet_id {
        text.push_str(&format!(" id{packet_id}"));
    }
    for (is_set, name) in [(publish.retain, " retain"), (publish.dup, " dup")] {
        if is_set {
            text.push_str(name);
        }
    }
    let PublishProperties {
        message_expiry_interval,
        topic_alias,
        subscription_identifiers,
        ..
    } = &publish.properties;
    if let Some(seconds) = message_expiry_interval {
        text.push_str(&format!(" expiry{seconds}"));
    }
    if let Some(alias) = topic_alias {
        text.push_str(&format!(" alias{alias}"));
    }
    for identifier in subscription_identifiers.iter() {
        text.push_str(&format!(" sub{identifier}"));
    }
    text
}
