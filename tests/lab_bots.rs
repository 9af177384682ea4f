//! Bots at work: each with a link of its own to the lab's broker, in virtual time.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::time::Duration;

use mqtt_lab::broker::{Broker, BrokerOptions, ConnectionId, Input, Memory, Output};
use mqtt_lab::codec::{Connect, PacketId, Publish, Subscribe, Subscription, SubscriptionOptions};
use mqtt_lab::codec::{
    ControlPacket, ControlPacketType, PacketSplitter, ProtocolVersion, Qos, decode, encode,
};
use mqtt_lab::codec::{PublishProperties, TopicFilter, TopicName, UserProperties};
use mqtt_lab::lab::bots::{
    Bot, BotInput, BotKind, BotOptions, BotOutput, BotState, FLEET_TOPICS, PERIODS,
};
use mqtt_lab::network::{Delivery, Fault, Link, Packets, Way, Ways};
use mqtt_lab::time::Instant;

const V3_1_1: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5_0: ProtocolVersion = ProtocolVersion::V5_0;

/// The bots, the broker, and somebody who watches everything.
struct World {
    now: Instant,
    broker: Broker,
    bots: Vec<Seat>,
    next_connection: u64,
    /// What the watcher has been sent: topic, payload, properties as text.
    seen: Vec<Seen>,
    watcher: PacketSplitter,
    /// Every packet that came out of a link, in order.
    log: Vec<(Instant, u64, Way, Vec<u8>)>,
}

struct Seat {
    bot: Bot,
    link: Link,
    connection: Option<ConnectionId>,
}

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    at: Instant,
    topic: String,
    payload: String,
    retain: bool,
    correlation_data: Option<Vec<u8>>,
    content_type: Option<String>,
}

const WATCHER: ConnectionId = ConnectionId::new(0);

impl World {
    fn new() -> Self {
        Self::with(BrokerOptions::default())
    }

    fn with(options: BrokerOptions) -> Self {
        let mut world = Self {
            now: Instant::ORIGIN,
            broker: Broker::new(options, 1).expect("good options"),
            bots: Vec::new(),
            next_connection: 1,
            seen: Vec::new(),
            watcher: PacketSplitter::new(PacketSplitter::UNLIMITED),
            log: Vec::new(),
        };
        world.connect_watcher();
        world
    }

    fn connect_watcher(&mut self) {
        let connection = WATCHER;
        self.broker
            .handle_input(Input::Opened { connection }, self.now);
        let connect = Connect {
            protocol_version: V5_0,
            client_id: "watcher",
            clean_start: true,
            ..Connect::default()
        };
        self.watcher_sends(&ControlPacket::Connect(Box::new(connect)));
        let filter = |text| TopicFilter::parse(text).expect("a Topic Filter");
        let subscriptions = [Subscription {
            filter: filter("#"),
            options: SubscriptionOptions::with_qos(Qos::AtMostOnce),
        }];
        self.watcher_sends(&ControlPacket::Subscribe(Subscribe {
            packet_id: PacketId::MIN,
            subscription_identifier: None,
            user_properties: UserProperties::EMPTY,
            subscriptions: subscriptions.to_vec(),
        }));
    }

    fn watcher_sends(&mut self, packet: &ControlPacket<'_>) {
        let mut bytes = Vec::new();
        encode(packet, V5_0, &mut bytes).expect("a good packet");
        let input = Input::Received {
            connection: WATCHER,
            bytes: &bytes,
        };
        self.broker.handle_input(input, self.now);
        self.settle();
    }

    fn publish(&mut self, topic: &str, payload: &str, properties: PublishProperties<'_>) {
        self.watcher_sends(&ControlPacket::Publish(Publish {
            topic: Some(TopicName::parse(topic).expect("a Topic Name")),
            payload: payload.as_bytes(),
            properties,
            ..Publish::default()
        }));
    }

    fn add(&mut self, options: BotOptions) -> usize {
        self.bots.push(Seat {
            bot: Bot::new(options),
            link: Link::new(self.bots.len() as u64),
            connection: None,
        });
        self.bots.len() - 1
    }

    fn started(&mut self, options: BotOptions) -> usize {
        let bot = self.add(options);
        self.with_bot(bot, |bot, now| bot.start(now).expect("good options"));
        bot
    }

    fn with_bot(&mut self, bot: usize, deed: impl FnOnce(&mut Bot, Instant)) {
        deed(&mut self.bots[bot].bot, self.now);
        self.settle();
    }

    fn fault(&mut self, bot: usize, fault: Fault) {
        let link = &mut self.bots[bot].link;
        link.add_fault(fault, self.now).expect("there is room");
    }

    /// The link of a bot breaks; the broker does not hear of it if it is a black hole.
    fn cut(&mut self, bot: usize) {
        let seat = &mut self.bots[bot];
        let Some(connection) = seat.connection.take() else {
            return;
        };
        seat.link.reset(self.now);
        let closed = BotInput::LinkClosed {
            code: Some(1006),
            clean: false,
        };
        seat.bot.handle_input(closed, self.now);
        self.broker
            .handle_input(Input::Closed { connection }, self.now);
        self.settle();
    }

    /// Lets everything happen that needs no time.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 10_000, "it does not come to rest");
            let is_at_rest = !(0..self.bots.len()).any(|index| self.carry(index));
            if is_at_rest & !self.serve() {
                return;
            }
        }
    }

    fn carry(&mut self, index: usize) -> bool {
        let (now, broker) = (self.now, &mut self.broker);
        let seat = &mut self.bots[index];
        let mut has_moved = false;
        while let Some(output) = seat.bot.poll_output() {
            has_moved = true;
            match output {
                BotOutput::OpenLink => {
                    let connection = ConnectionId::new(self.next_connection);
                    self.next_connection += 1;
                    seat.connection = Some(connection);
                    seat.link.reset(now);
                    broker.handle_input(Input::Opened { connection }, now);
                    seat.bot.handle_input(BotInput::LinkOpened, now);
                }
                BotOutput::Transmit(bytes) => {
                    seat.link.send(Way::Up, &bytes, now).expect("there is room");
                }
                BotOutput::CloseLink => {
                    seat.link.end(Way::Up, now);
                    let closed = BotInput::LinkClosed {
                        code: Some(1000),
                        clean: true,
                    };
                    seat.bot.handle_input(closed, now);
                }
            }
        }
        while let Some((way, delivery)) = seat.link.poll_delivery(now) {
            has_moved = true;
            let Some(connection) = seat.connection else {
                continue;
            };
            match (way, delivery) {
                (Way::Up, Delivery::Bytes(bytes)) => {
                    let bytes = &bytes;
                    broker.handle_input(Input::Received { connection, bytes }, now);
                    self.log.push((now, index as u64, way, bytes.clone()));
                }
                (Way::Up, Delivery::End) => {
                    broker.handle_input(Input::Closed { connection }, now);
                    seat.connection = None;
                }
                (Way::Down, Delivery::Bytes(bytes)) => {
                    seat.bot.handle_input(BotInput::Received(&bytes), now);
                    self.log.push((now, index as u64, way, bytes));
                }
                (Way::Down, Delivery::End) => {
                    let closed = BotInput::LinkClosed {
                        code: Some(1000),
                        clean: true,
                    };
                    seat.bot.handle_input(closed, now);
                    seat.connection = None;
                }
            }
        }
        has_moved
    }

    fn serve(&mut self) -> bool {
        let mut has_moved = false;
        while let Some(output) = self.broker.poll_output() {
            let (connection, bytes) = match output {
                Output::Transmit { connection, bytes } => (connection, Some(bytes)),
                Output::Close { connection } => (connection, None),
                Output::Event(_) => continue,
            };
            has_moved = true;
            if connection == WATCHER {
                if let Some(bytes) = bytes {
                    self.watch(&bytes);
                }
                continue;
            }
            let is_its = |seat: &&mut Seat| seat.connection == Some(connection);
            if let Some(seat) = self.bots.iter_mut().find(is_its) {
                match bytes {
                    Some(bytes) => {
                        let sent = seat.link.send(Way::Down, &bytes, self.now);
                        sent.expect("there is room");
                    }
                    None => seat.link.end(Way::Down, self.now),
                }
            }
        }
        has_moved
    }

    fn watch(&mut self, mut bytes: &[u8]) {
        while let Some(raw) = self.watcher.next(&mut bytes).expect("a good stream") {
            let packet = decode(raw, V5_0).expect("a good packet");
            if let ControlPacket::Publish(publish) = packet {
                let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("text");
                self.seen.push(Seen {
                    at: self.now,
                    topic: publish.topic.expect("no alias").as_str().to_owned(),
                    payload: text(publish.payload),
                    retain: publish.retain,
                    correlation_data: publish.properties.correlation_data.map(<[u8]>::to_vec),
                    content_type: publish.properties.content_type.map(str::to_owned),
                });
            }
        }
    }

    /// Lets so many seconds pass, stopping at every deadline.
    fn advance(&mut self, seconds: u64) {
        let target = self.now + Duration::from_secs(seconds);
        for wake in 0.. {
            assert!(wake < 100_000, "deadlines do not end");
            let bots = self.bots.iter();
            let due = bots
                .flat_map(|seat| [seat.bot.poll_timeout(), seat.link.poll_timeout()])
                .chain([self.broker.poll_timeout()])
                .flatten()
                .min();
            let Some(due) = due.filter(|&due| due <= target) else {
                break;
            };
            self.now = self.now.max(due);
            self.broker.handle_input(Input::Timeout, self.now);
            for seat in &mut self.bots {
                seat.bot.handle_input(BotInput::Timeout, self.now);
            }
            self.settle();
        }
        self.now = target;
    }

    fn seen(&self) -> Vec<(&str, &str)> {
        self.seen
            .iter()
            .map(|seen| (seen.topic.as_str(), seen.payload.as_str()))
            .collect()
    }

    fn payloads(&self, topic: &str) -> Vec<&str> {
        let of_topic = self.seen().into_iter().filter(|&(seen, _)| seen == topic);
        of_topic.map(|(_, payload)| payload).collect()
    }

    fn bot(&self, bot: usize) -> &Bot {
        &self.bots[bot].bot
    }

    fn retained(&self, topic: &str) -> Option<String> {
        let mut retained = self.broker.retained();
        let view = retained.find(|view| **view.topic == *topic)?;
        Some(String::from_utf8_lossy(view.payload).into_owned())
    }
}

fn options(kind: BotKind, version: ProtocolVersion, qos: Qos) -> BotOptions {
    BotOptions {
        protocol_version: version,
        qos,
        ..BotOptions::new(kind, kind.slug(), 7)
    }
}

fn swallow_down(packet_type: ControlPacketType) -> Fault {
    Fault::Swallow {
        ways: Ways::Down,
        packets: Packets::Of(packet_type),
        count: NonZeroU32::MIN,
    }
}

#[test]
fn every_kind_works_in_every_version_and_quality() {
    for kind in BotKind::ALL {
        for version in ProtocolVersion::ALL {
            for qos in Qos::ALL {
                let mut world = World::new();
                let bot = world.started(options(kind, version, qos));
                assert!(
                    matches!(world.bot(bot).state(), BotState::Connected { .. }),
                    "{kind:?} {version:?}: {:?}",
                    world.bot(bot).last_close()
                );
                world.advance(120);
                let counts = world.bot(bot).counts();
                let is_silent = kind == BotKind::Calculator;
                assert_eq!(counts.published > 0, !is_silent);
                assert_eq!(world.seen.len() as u64, counts.published);
                let acknowledged = match qos {
                    Qos::AtMostOnce => 0,
                    _ => counts.published,
                };
                assert_eq!(counts.acknowledged, acknowledged);
                assert_eq!((counts.unsent, counts.connections), (0, 1));
                world.with_bot(bot, Bot::stop);
                assert_eq!(world.bot(bot).state(), BotState::Stopped);
                // Only the end of a session that is kept is still to come.
                let expiry = world.bot(bot).client().session();
                let expiry = expiry.and_then(|session| session.expires_at);
                assert_eq!(world.bot(bot).poll_timeout(), expiry);
                assert_eq!(
                    expiry.is_some(),
                    kind == BotKind::Counter && version == V5_0
                );
                assert_eq!(world.broker.connections().count(), 1, "the watcher");
            }
        }
    }
}

#[test]
fn the_fleet_publishes_its_topics_in_rounds() {
    let mut world = World::new();
    world.started(options(BotKind::Fleet, V3_1_1, Qos::AtMostOnce));
    world.advance(5);
    let topics: Vec<&str> = world.seen().iter().map(|&(topic, _)| topic).collect();
    let round = [&FLEET_TOPICS[..], &["sensors"]].concat();
    assert_eq!(topics, [&round[..], &round].concat());
    assert_eq!(world.seen[0].at, Instant::from_millis(2_000));
    assert_eq!(world.seen[11].at, Instant::from_millis(4_000));
}

#[test]
fn rate_and_quality_change_while_it_runs() {
    let mut world = World::new();
    let counter = world.started(options(BotKind::Counter, V3_1_1, Qos::AtMostOnce));
    world.advance(3);
    world.with_bot(counter, |bot, now| {
        bot.set_period(Duration::from_millis(100), now);
    });
    world.with_bot(counter, |bot, now| bot.set_qos(Qos::AtLeastOnce, now));
    world.advance(1);
    let counts = world.bot(counter).counts();
    assert_eq!((counts.published, counts.acknowledged), (13, 10));
    world.with_bot(counter, |bot, now| bot.set_period(Duration::ZERO, now));
    assert_eq!(world.bot(counter).period(), Some(*PERIODS.start()));
    // What it listens to changes as well.
    let lamp = world.started(options(BotKind::Lamp, V5_0, Qos::AtMostOnce));
    world.with_bot(lamp, |bot, now| bot.set_qos(Qos::ExactlyOnce, now));
    let granted = world
        .broker
        .subscriptions()
        .find(|view| view.client_id == "lamp");
    assert_eq!(granted.map(|view| view.options.qos), Some(Qos::ExactlyOnce));
}

#[test]
fn a_lamp_obeys_and_its_state_is_kept() {
    let mut world = World::new();
    let lamp = world.started(options(BotKind::Lamp, V3_1_1, Qos::AtLeastOnce));
    let state = |world: &World| world.retained("home/lamp/state");
    let text =
        |on: bool, brightness: u8| Some(format!("{{\"on\":{on},\"brightness\":{brightness}}}"));
    assert_eq!(state(&world), text(false, 100));
    world.publish("home/lamp/set", "on", PublishProperties::default());
    world.publish("home/lamp/set", "30", PublishProperties::default());
    world.publish("home/lamp/set", "dance", PublishProperties::default());
    assert_eq!(state(&world), text(true, 30));
    let counts = world.bot(lamp).counts();
    assert_eq!((counts.received, counts.obeyed, counts.refused), (3, 2, 1));
}

#[test]
fn a_calculator_answers_requests_of_both_kinds() {
    let mut world = World::new();
    world.started(options(BotKind::Calculator, V5_0, Qos::AtLeastOnce));
    let topic = |text| Some(TopicName::parse(text).expect("a Topic Name"));
    for (payload, correlation_data) in [("2 + 3 * 4", b"c1"), ("1 / 8", b"c2")] {
        world.publish(
            "calculator/request",
            payload,
            PublishProperties {
                response_topic: topic("my/answers"),
                correlation_data: Some(correlation_data),
                ..PublishProperties::default()
            },
        );
    }
    let answers: Vec<_> = world
        .seen
        .iter()
        .filter(|seen| seen.topic == "my/answers")
        .map(|seen| (seen.payload.as_str(), seen.correlation_data.as_deref()))
        .collect();
    assert_eq!(
        answers,
        [("14", Some(&b"c1"[..])), ("0.125", Some(&b"c2"[..]))]
    );
    world.publish(
        "calculator/request/ann",
        "6*7",
        PublishProperties::default(),
    );
    assert_eq!(world.payloads("calculator/reply/ann"), ["42"]);
}

#[test]
fn birth_and_will_tell_whether_a_device_is_there() {
    for version in ProtocolVersion::ALL {
        let mut world = World::new();
        let gate = world.started(options(BotKind::Presence, version, Qos::AtLeastOnce));
        let status = |world: &World| world.retained("devices/gate/status");
        assert_eq!(status(&world).as_deref(), Some("online"));
        world.cut(gate);
        assert_eq!(status(&world).as_deref(), Some("offline"));
        world.advance(1);
        assert_eq!(status(&world).as_deref(), Some("online"));
        world.with_bot(gate, Bot::stop);
        assert_eq!(status(&world).as_deref(), Some("offline"));
        assert_eq!(world.broker.wills().count(), 0);
        world.with_bot(gate, |bot, now| bot.start(now).expect("good options"));
        // Without a farewell, the will speaks.
        world.with_bot(gate, Bot::die);
        assert_eq!(status(&world).as_deref(), Some("offline"));
        assert_eq!(world.bot(gate).state(), BotState::Stopped);
        assert_eq!(
            world.payloads("devices/gate/status"),
            [
                "online", "offline", "online", "offline", "online", "offline"
            ]
        );
    }
}

#[test]
fn a_black_hole_is_found_out_by_keep_alive_at_both_ends() {
    let mut world = World::new();
    let gate = world.started(BotOptions {
        keep_alive: 10,
        period: Duration::from_secs(1_000),
        ..options(BotKind::Presence, V3_1_1, Qos::AtLeastOnce)
    });
    world.fault(gate, Fault::BlackHole { ways: Ways::Both });
    world.advance(14);
    assert_eq!(world.payloads("devices/gate/status"), ["online"]);
    world.advance(1);
    // The broker, after one and a half times the Keep Alive, exactly.
    assert_eq!(world.payloads("devices/gate/status"), ["online", "offline"]);
    assert_eq!(
        world.seen.last().map(|seen| seen.at),
        Some(Instant::from_millis(15_000))
    );
    // The bot, ten seconds after the PINGREQ that was not answered.
    assert!(matches!(
        world.bot(gate).state(),
        BotState::Connected { .. }
    ));
    world.advance(5);
    assert!(matches!(world.bot(gate).state(), BotState::Waiting { .. }));
    world.bots[gate].link.clear_faults(world.now);
    world.advance(60);
    assert!(matches!(
        world.bot(gate).state(),
        BotState::Connected { .. }
    ));
}

#[test]
fn a_lost_puback_doubles_at_qos_1_and_a_lost_pubrec_does_not_at_qos_2() {
    for (qos, lost, copies) in [
        (Qos::AtLeastOnce, ControlPacketType::Puback, 2),
        (Qos::ExactlyOnce, ControlPacketType::Pubrec, 1),
        (Qos::ExactlyOnce, ControlPacketType::Pubcomp, 1),
    ] {
        for version in [V3_1_1, V5_0] {
            let mut world = World::new();
            let counter = world.started(options(BotKind::Counter, version, qos));
            world.advance(2);
            world.fault(counter, swallow_down(lost));
            world.advance(1);
            world.cut(counter);
            world.advance(3);
            let numbers = world.payloads("counter");
            let copies_of_3 = numbers.iter().filter(|&&number| number == "3").count();
            assert_eq!(copies_of_3, copies, "{qos:?} {version:?}: {numbers:?}");
            assert!(numbers.contains(&"5"), "{numbers:?}");
        }
    }
}

#[test]
fn a_counter_shows_what_was_lost_as_a_gap() {
    let mut world = World::new();
    let counter = world.started(options(BotKind::Counter, V3_1_1, Qos::AtMostOnce));
    world.advance(2);
    let hole = Fault::BlackHole { ways: Ways::Up };
    world.fault(counter, hole);
    world.advance(3);
    world.bots[counter].link.clear_faults(world.now);
    world.advance(1);
    assert_eq!(world.payloads("counter"), ["1", "2", "6"]);
}

#[test]
fn it_comes_back_when_the_broker_does_and_gives_up_when_it_is_refused() {
    let mut world = World::new();
    let fleet = world.started(options(BotKind::Fleet, V5_0, Qos::AtMostOnce));
    world.broker.stop(world.now);
    world.settle();
    assert!(matches!(world.bot(fleet).state(), BotState::Waiting { .. }));
    world.advance(20);
    assert!(matches!(
        world.bot(fleet).state(),
        BotState::Waiting { .. } | BotState::Connecting
    ));
    world.broker.start(Memory::Lost, world.now);
    world.settle();
    world.advance(40);
    assert!(matches!(
        world.bot(fleet).state(),
        BotState::Connected { .. }
    ));
    assert!(world.bot(fleet).counts().unsent > 0);

    let mut world = World::with(BrokerOptions {
        allow_anonymous: true,
        ..BrokerOptions::default()
    });
    world
        .broker
        .refuse_next_connect(Some(mqtt_lab::codec::ReasonCode::NotAuthorized));
    let lamp = world.started(options(BotKind::Lamp, V3_1_1, Qos::AtMostOnce));
    world.advance(100);
    assert_eq!(world.bot(lamp).state(), BotState::GaveUp);
    assert_eq!(world.bot(lamp).poll_timeout(), None);
    assert!(world.bot(lamp).last_close().is_some());
    world.with_bot(lamp, |bot, now| bot.start(now).expect("good options"));
    assert!(matches!(
        world.bot(lamp).state(),
        BotState::Connected { .. }
    ));
}

#[test]
fn a_bot_keeps_to_what_the_broker_allows() {
    let mut world = World::with(BrokerOptions {
        maximum_qos: Qos::AtLeastOnce,
        retain_available: false,
        ..BrokerOptions::default()
    });
    let counter = world.started(options(BotKind::Counter, V5_0, Qos::ExactlyOnce));
    let lamp = world.started(options(BotKind::Lamp, V5_0, Qos::ExactlyOnce));
    world.advance(3);
    assert_eq!(world.payloads("counter"), ["1", "2", "3"]);
    assert_eq!(world.bot(counter).counts().acknowledged, 3);
    assert_eq!(world.bot(lamp).counts().unsent, 1);
    assert_eq!(
        world.bot(lamp).last_error().map(ToString::to_string),
        Some("message is to be retained; server keeps no retained messages".to_owned())
    );
    assert!(matches!(
        world.bot(lamp).state(),
        BotState::Connected { .. }
    ));
}

#[test]
fn what_cannot_be_sent_does_not_heap_up() {
    let mut world = World::new();
    let fleet = world.started(BotOptions {
        period: *PERIODS.start(),
        ..options(BotKind::Fleet, V3_1_1, Qos::AtLeastOnce)
    });
    world.with_bot(fleet, |bot, now| {
        bot.handle_input(BotInput::Congested(true), now);
    });
    world.advance(5);
    let bot = world.bot(fleet);
    assert_eq!(bot.client().counts().waiting, 100);
    let counts = bot.counts();
    assert_eq!((counts.published, counts.unsent), (100, 6 * 500 - 100));
    world.with_bot(fleet, |bot, now| {
        bot.handle_input(BotInput::Congested(false), now);
    });
    assert_eq!(world.bot(fleet).client().counts().waiting, 0);
}

#[test]
fn the_same_seeds_give_the_same_packets_byte_for_byte() {
    let run = || {
        let mut world = World::new();
        for kind in BotKind::ALL {
            let bot = world.started(options(kind, V5_0, Qos::AtLeastOnce));
            world.fault(
                bot,
                Fault::Delay {
                    ways: Ways::Both,
                    delay: Duration::from_millis(20),
                    jitter: Duration::from_millis(200),
                },
            );
        }
        world.advance(30);
        world.cut(1);
        world.advance(30);
        world.log
    };
    let first = run();
    assert!(first.len() > 200);
    let kinds: HashMap<u64, usize> = first.iter().fold(HashMap::new(), |mut kinds, entry| {
        *kinds.entry(entry.1).or_default() += 1;
        kinds
    });
    assert_eq!(kinds.len(), BotKind::ALL.len());
    assert_eq!(first, run());
}

#[test]
fn a_client_identifier_that_is_not_allowed_is_refused_at_once() {
    let mut bot = Bot::new(BotOptions {
        client_id: String::new(),
        protocol_version: ProtocolVersion::V3_1,
        ..BotOptions::new(BotKind::Counter, "", 1)
    });
    assert!(bot.start(Instant::ORIGIN).is_err());
    assert_eq!((bot.state(), bot.is_on()), (BotState::Stopped, false));
    assert_eq!(bot.state().words(Instant::ORIGIN), "stopped");
    assert_eq!(bot.poll_output(), None);
    let options = BotOptions {
        user: Some(("ann".to_owned(), b"geheim".to_vec())),
        ..BotOptions::new(BotKind::Counter, "c", 1)
    };
    let text = format!("{options:?}");
    assert!(text.contains("ann") && !text.contains("103"), "{text}");
}
