//! Several Clients at once that do anything in any order: nothing breaks, nothing grows beyond its
//! limit, and who behaves is served as if they were alone.

mod broker_world;

use broker_world::{Peer, World, id};
use mqtt_lab::broker::{BrokerOptions, DropWhenFull, Memory, Overlapping};
use mqtt_lab::codec::{
    Acknowledgement, Connect, ConnectProperties, ControlPacket, Disconnect, ProtocolVersion,
    Publish, PublishProperties, Qos, ReasonCode, RetainHandling, Subscribe, Subscription,
    SubscriptionIdentifier, SubscriptionOptions, TopicFilter, TopicName, Unsubscribe,
    UserProperties, Will, WillProperties, encode,
};
use mqtt_lab::random::SplitMix64;

const TOPICS: [&str; 6] = ["a", "a/b", "a/b/c", "/", "$SYS/x", "b"];
const FILTERS: [&str; 9] = [
    "#",
    "a/#",
    "+/b",
    "a",
    "$share/g/#",
    "$share/g/a/+",
    "$share/h/#",
    "b",
    "$SYS/#",
];
const NAMES: [&str; 4] = ["one", "two", "three", ""];

fn limits() -> BrokerOptions {
    BrokerOptions {
        maximum_queued_messages: 20,
        maximum_queued_bytes: 2_000,
        maximum_sessions: 6,
        maximum_subscriptions: 5,
        maximum_retained_messages: 4,
        maximum_packet_size: 5_000,
        topic_alias_maximum: 3,
        receive_maximum: 5.try_into().unwrap(),
        queue_qos_0_for_absent: true,
        session_expiry_before_v5: 1_000,
        system_interval: std::time::Duration::from_secs(7),
        ..BrokerOptions::default()
    }
}

struct Chaos {
    world: World,
    random: SplitMix64,
    peers: Vec<(Peer, ProtocolVersion)>,
}

impl Chaos {
    fn below(&mut self, bound: u32) -> u32 {
        self.random.below(bound)
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len() as u32) as usize]
    }

    fn chance(&mut self, one_in: u32) -> bool {
        self.below(one_in) == 0
    }

    fn step(&mut self) {
        match self.below(20) {
            0 | 1 => self.connect(),
            2 => {
                let time = self.below(40_000);
                self.world.wait(time.into());
            }
            3 => self.cut(),
            4 => self.deed(),
            5 => self.noise(),
            6 => {
                if let Some((peer, _)) = self.peer() {
                    let congested = self.chance(2);
                    self.world.congest(peer, congested);
                }
            }
            7..=9 => self.subscribe(),
            10..=13 => self.publish(),
            _ => self.acknowledge(),
        }
    }

    fn peer(&mut self) -> Option<(Peer, ProtocolVersion)> {
        (!self.peers.is_empty()).then(|| {
            let index = self.below(self.peers.len() as u32) as usize;
            self.peers[index]
        })
    }

    /// Hands a packet over, whole or in two pieces, sometimes with one byte turned.
    fn send(&mut self, peer: Peer, version: ProtocolVersion, packet: &ControlPacket<'_>) {
        let mut bytes = Vec::new();
        if encode(packet, version, &mut bytes).is_err() {
            return;
        }
        // A turned byte in CONNECT may ask for another version than the answers are read in.
        if !matches!(packet, ControlPacket::Connect(_)) && self.chance(60) {
            let at = self.below(bytes.len() as u32) as usize;
            bytes[at] ^= 1 << self.below(8);
        }
        let cut = self.below(bytes.len() as u32 + 1) as usize;
        self.world.bytes(peer, &bytes[..cut]);
        self.world.bytes(peer, &bytes[cut..]);
    }

    fn connect(&mut self) {
        let version = self.pick(&ProtocolVersion::ALL);
        let peer = self.world.open(version);
        self.peers.push((peer, version));
        let is_v5 = version == ProtocolVersion::V5_0;
        let delay = self.below(30);
        let will = self.chance(2).then(|| Will {
            topic: TopicName::parse("a/b").unwrap(),
            payload: b"will",
            qos: self.pick(&Qos::ALL),
            retain: self.chance(2),
            properties: WillProperties {
                will_delay_interval: is_v5.then_some(delay),
                ..WillProperties::default()
            },
        });
        let expiry = self.below(60);
        let maximum = self.below(4) as u16;
        let size = 20 + self.below(100);
        let connect = Connect {
            protocol_version: version,
            clean_start: self.chance(2),
            keep_alive: self.below(40) as u16,
            client_id: self.pick(&NAMES),
            will,
            properties: match is_v5 {
                false => ConnectProperties::default(),
                true => ConnectProperties {
                    session_expiry_interval: Some(expiry),
                    receive_maximum: maximum.try_into().ok(),
                    maximum_packet_size: size.try_into().ok().filter(|_| self.chance(4)),
                    topic_alias_maximum: Some(maximum),
                    ..ConnectProperties::default()
                },
            },
            ..Connect::default()
        };
        self.send(peer, version, &ControlPacket::Connect(Box::new(connect)));
    }

    fn cut(&mut self) {
        let Some((peer, version)) = self.peer() else {
            return;
        };
        match self.below(3) {
            0 => {
                let leave = ControlPacket::Disconnect(Disconnect::default());
                self.send(peer, version, &leave);
            }
            1 => {
                let leave = ControlPacket::Disconnect(Disconnect {
                    reason_code: ReasonCode::DisconnectWithWillMessage,
                    session_expiry_interval: Some(20),
                    ..Disconnect::default()
                });
                self.send(peer, version, &leave);
            }
            _ => self.world.cut(peer),
        }
        self.peers.retain(|&(one, _)| one != peer);
    }

    fn deed(&mut self) {
        let now = self.world.now;
        let broker = &mut self.world.broker;
        match self.random.below(6) {
            0 => {
                broker.stop(now);
                let memory = match self.random.below(3) {
                    0 => Memory::Lost,
                    _ => Memory::Kept,
                };
                broker.start(memory, now);
            }
            1 => drop(broker.discard_session("one", now)),
            2 => drop(broker.clear_retained("a", now)),
            3 => broker.refuse_next_connect(Some(ReasonCode::ServerBusy)),
            4 => {
                let connection = broker.connections().next().map(|row| row.connection);
                if let Some(connection) = connection {
                    let reason = ReasonCode::ServerBusy;
                    broker.disconnect(connection, reason, now).unwrap();
                }
            }
            _ => {
                let options = BrokerOptions {
                    drop_when_full: match self.random.below(2) {
                        0 => DropWhenFull::Oldest,
                        _ => DropWhenFull::Newest,
                    },
                    overlapping: match self.random.below(2) {
                        0 => Overlapping::OneCopy,
                        _ => Overlapping::CopyPerSubscription,
                    },
                    ..limits()
                };
                broker.set_options(options, now).unwrap();
            }
        }
        self.world.drain();
    }

    fn noise(&mut self) {
        let Some((peer, _)) = self.peer() else {
            return;
        };
        let bytes: Vec<u8> = (0..self.below(12))
            .map(|_| self.random.next_u64() as u8)
            .collect();
        if self.chance(4) {
            self.world.bytes(peer, &bytes);
        }
    }

    fn subscribe(&mut self) {
        let Some((peer, version)) = self.peer() else {
            return;
        };
        let filter = TopicFilter::parse(self.pick(&FILTERS)).unwrap();
        if self.chance(4) {
            let unsubscribe = Unsubscribe {
                packet_id: id(1),
                user_properties: UserProperties::EMPTY,
                filters: vec![filter],
            };
            return self.send(peer, version, &ControlPacket::Unsubscribe(unsubscribe));
        }
        let is_v5 = version == ProtocolVersion::V5_0;
        let identifier = self.below(3);
        let subscribe = Subscribe {
            packet_id: id(1),
            subscription_identifier: SubscriptionIdentifier::new(identifier).filter(|_| is_v5),
            user_properties: UserProperties::EMPTY,
            subscriptions: vec![Subscription {
                filter,
                options: SubscriptionOptions {
                    qos: self.pick(&Qos::ALL),
                    no_local: is_v5 && filter.shared().is_none() && self.chance(3),
                    retain_as_published: is_v5 && self.chance(2),
                    retain_handling: match is_v5 {
                        true => self.pick(&RetainHandling::ALL),
                        false => RetainHandling::SendAtSubscribe,
                    },
                },
            }],
        };
        self.send(peer, version, &ControlPacket::Subscribe(subscribe));
    }

    fn publish(&mut self) {
        let Some((peer, version)) = self.peer() else {
            return;
        };
        let is_v5 = version == ProtocolVersion::V5_0;
        let qos = self.pick(&Qos::ALL);
        let packet_id = 1 + self.below(6) as u16;
        let length = self.below(200) as usize;
        let payload = vec![b'x'; length];
        let alias = self.below(4) as u16;
        let expiry = self.below(90);
        let publish = Publish {
            dup: qos != Qos::AtMostOnce && self.chance(5),
            qos,
            retain: self.chance(3),
            topic: TopicName::parse(self.pick(&TOPICS)).ok(),
            packet_id: (qos != Qos::AtMostOnce).then(|| id(packet_id)),
            properties: match is_v5 {
                true => PublishProperties {
                    message_expiry_interval: self.chance(2).then_some(expiry),
                    topic_alias: alias.try_into().ok(),
                    ..PublishProperties::default()
                },
                false => PublishProperties::default(),
            },
            payload: if self.chance(5) { b"" } else { &payload },
        };
        self.send(peer, version, &ControlPacket::Publish(publish));
    }

    /// Mostly what the broker waits for, sometimes anything.
    fn acknowledge(&mut self) {
        let Some((peer, version)) = self.peer() else {
            return;
        };
        let seen = self.world.raw(peer);
        if self.chance(30) {
            let packet_id = 1 + self.below(5) as u16;
            let any = Acknowledgement::success(id(packet_id));
            let packet = match self.below(4) {
                0 => ControlPacket::Puback(any),
                1 => ControlPacket::Pubrec(any),
                2 => ControlPacket::Pubrel(any),
                _ => ControlPacket::Pubcomp(any),
            };
            return self.send(peer, version, &packet);
        }
        for raw in seen {
            let packet = mqtt_lab::codec::decode(&raw, version).expect("a packet of the version");
            packet
                .check_sender(mqtt_lab::codec::Peer::Server, version)
                .expect("a packet of a Server");
            let answer = match &packet {
                ControlPacket::Publish(publish) => match (publish.qos, publish.packet_id) {
                    (Qos::AtLeastOnce, Some(id)) => {
                        ControlPacket::Puback(Acknowledgement::success(id))
                    }
                    (Qos::ExactlyOnce, Some(id)) => {
                        ControlPacket::Pubrec(Acknowledgement::success(id))
                    }
                    _ => continue,
                },
                ControlPacket::Pubrel(pubrel) => {
                    ControlPacket::Pubcomp(Acknowledgement::success(pubrel.packet_id))
                }
                ControlPacket::Pubrec(pubrec) => {
                    ControlPacket::Pubrel(Acknowledgement::success(pubrec.packet_id))
                }
                _ => continue,
            };
            self.send(peer, version, &answer);
        }
    }

    /// What must be true whenever nothing is half done.
    fn check(&self) {
        let broker = &self.world.broker;
        let options = broker.options();
        assert!(broker.sessions().count() <= options.maximum_sessions);
        assert_eq!(broker.connection_count(), broker.connections().count());
        assert_eq!(broker.session_count(), broker.sessions().count());
        assert_eq!(broker.subscription_count(), broker.subscriptions().count());
        assert_eq!(broker.retained_count(), broker.retained().count());
        assert_eq!(broker.will_count(), broker.wills().count());
        assert!(
            broker
                .retained()
                .filter(|row| !row.topic.starts_with('$'))
                .count()
                <= 4
        );
        let mut subscriptions = 0;
        for session in broker.sessions() {
            assert!(session.queued - session.queued_retained <= options.maximum_queued_messages);
            assert!(
                session.queued_bytes
                    <= options.maximum_queued_bytes + options.maximum_retained_bytes
            );
            assert!(session.subscriptions <= options.maximum_subscriptions);
            assert_eq!(session.queued, broker.queued(session.client_id).count());
            let inflight: Vec<_> = broker.inflight(session.client_id).collect();
            assert_eq!(session.inflight_out + session.inflight_in, inflight.len());
            // A session is held by a connection, or has an end to come.
            let connection = session.connection;
            assert!(connection.is_some() || session.expires_at.is_some());
            assert!(
                session.expires_at.is_none_or(|at| at > self.world.now) || connection.is_some()
            );
            subscriptions += session.subscriptions;
        }
        assert_eq!(broker.subscriptions().count(), subscriptions);
        for row in broker.connections() {
            let Some(client) = row.client else { continue };
            let session = broker.session(client.client_id).expect("a session");
            assert_eq!(session.connection, Some(row.connection));
        }
    }
}

#[test]
fn any_order_of_anything() {
    for seed in 0..80 {
        let mut chaos = Chaos {
            world: World::with(limits()),
            random: SplitMix64::new(seed),
            peers: Vec::new(),
        };
        for _ in 0..400 {
            chaos.step();
            chaos.check();
        }
        // Once all are gone and all time is over, nothing is left but what is retained.
        for (peer, _) in core::mem::take(&mut chaos.peers) {
            chaos.world.cut(peer);
        }
        chaos.world.wait(10_000_000);
        assert_eq!(chaos.world.broker.connections().count(), 0);
        assert_eq!(chaos.world.broker.sessions().count(), 0);
        assert_eq!(chaos.world.broker.subscriptions().count(), 0);
        assert_eq!(chaos.world.broker.wills().count(), 0);
    }
}

#[test]
fn the_same_inputs_give_the_same_outputs() {
    let run = || {
        let mut chaos = Chaos {
            world: World::with(limits()),
            random: SplitMix64::new(99),
            peers: Vec::new(),
        };
        for _ in 0..600 {
            chaos.step();
        }
        format!("{:?}", chaos.world.events)
    };
    assert_eq!(run(), run());
}
