//! Packets made by hand, sent to the lab broker: what it does with them, and what is told of it.

mod lab_broker_world;

use ProtocolVersion::{V3_1_1, V5_0};
use lab_broker_world::World;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::trace::{Record, RecordKind, Sequence};
use mqtt_lab::lab::wire::build::{ByHand, PacketFaultKind, Preset, read_hex};
use mqtt_lab::lab::{Command, ConnectionPhase, Fault, Packets, Refusal, SubscriptionState, Ways};

fn send(world: &mut World, name: &str, bytes: &[u8], is_strict: bool) -> Result<(), Refusal> {
    let by_hand = ByHand::send(world.key(name), bytes.to_vec(), is_strict);
    world.try_command(Command::ByHand(by_hand))
}

fn send_anyway(world: &mut World, name: &str, hex: &str) {
    send(world, name, &read_hex(hex).unwrap(), false).unwrap();
}

fn open_without_connect(world: &mut World, name: &str) {
    let by_hand = ByHand::open_without_connect(world.key(name));
    world.command(Command::ByHand(by_hand));
}

fn connected(version: ProtocolVersion) -> World {
    let mut world = World::of(&["alice", "bob"]);
    world.connect_with("alice", version);
    world
}

/// What came of the latest packets made by hand, in words, without what was sent.
fn came(world: &World, name: &str) -> Vec<String> {
    let key = world.key(name);
    let first = world.lab.sent_by_hand(key).expect("something was sent");
    let outcome = world.lab.outcome(key, first);
    let rows = outcome.rows.into_iter().filter(|row| !row.is_sent);
    rows.map(|row| row.words).collect()
}

fn faults(world: &World, name: &str, bytes: &[u8]) -> Vec<(PacketFaultKind, &'static str)> {
    let faults = world.lab.packet_faults(world.key(name), bytes, V3_1_1);
    for fault in &faults {
        assert!(fault.words.ends_with('.'), "{fault:?}");
        assert!(fault.byte.is_none_or(|byte| byte <= bytes.len()));
    }
    faults
        .iter()
        .map(|fault| (fault.kind, fault.clause))
        .collect()
}

#[test]
fn a_valid_publish_arrives_and_is_marked() {
    for version in ProtocolVersion::ALL {
        let mut world = connected(version);
        world.connect_with("bob", version);
        world.subscribe("bob", "testtopic/#", Qos::AtLeastOnce);
        let bytes = Preset::ValidPublish.bytes(version);
        assert_eq!(faults(&world, "alice", &bytes), []);
        send(&mut world, "alice", &bytes, true).unwrap();
        assert_eq!(world.messages("bob"), ["hello"], "{version}");
        assert_eq!(
            came(&world, "alice"),
            ["PUBACK, packet 1000, Success (0x00)"]
        );
        let by_hand: Vec<Record<'_>> = world.records().filter(|record| record.by_hand()).collect();
        assert_eq!(by_hand.len(), 1);
        assert_eq!(by_hand[0].kind(), RecordKind::Sent);
        assert_eq!(by_hand[0].raw(), bytes);
        assert!(!by_hand[0].malformed());
        // The exchange is over, and the identifier free.
        assert_eq!(faults(&world, "alice", &bytes), []);
    }
}

#[test]
fn the_three_steps_of_qos_2_by_hand() {
    for version in ProtocolVersion::ALL {
        let mut world = connected(version);
        world.connect_with("bob", version);
        world.subscribe("bob", "#", Qos::ExactlyOnce);
        let publish = Preset::ValidPublishQos2.bytes(version);
        send(&mut world, "alice", &publish, true).unwrap();
        assert_eq!(
            came(&world, "alice"),
            ["PUBREC, packet 1000, Success (0x00)"]
        );
        let in_use = [(PacketFaultKind::Session, "MQTT-2.2.1-3")];
        assert_eq!(faults(&world, "alice", &publish), in_use);
        let pubrel = Preset::PubrelOfIt.bytes(version);
        assert_eq!(faults(&world, "alice", &pubrel), []);
        send(&mut world, "alice", &pubrel, true).unwrap();
        assert_eq!(
            came(&world, "alice"),
            ["PUBCOMP, packet 1000, Success (0x00)"]
        );
        assert_eq!(world.messages("bob").len(), 1);
        // What the client itself does goes on.
        world.publish("alice", "own", "x", Qos::ExactlyOnce);
        assert_eq!(world.messages("bob").len(), 2);
        assert_eq!(world.status("alice"), "connected");
    }
}

#[test]
fn strict_sends_nothing_that_is_wrong() {
    for version in BOTH {
        let mut world = connected(version);
        let before = world.count(RecordKind::Sent);
        for preset in Preset::ALL
            .into_iter()
            .filter(|preset| preset.is_of(version))
        {
            let bytes = preset.bytes(version);
            let faults = faults(&world, "alice", &bytes);
            let is_right = matches!(
                preset,
                Preset::ValidPublish
                    | Preset::ValidPublishQos2
                    | Preset::ValidSubscribe
                    | Preset::ValidPingreq
                    | Preset::ValidDisconnect
                    | Preset::TwoPackets
            );
            assert_eq!(
                faults.is_empty(),
                is_right,
                "{preset:?} {version}: {faults:?}"
            );
            if !is_right {
                let refusal = send(&mut world, "alice", &bytes, true).unwrap_err();
                assert!(
                    refusal.words().starts_with("Not sent, because of "),
                    "{}",
                    refusal.words()
                );
            }
        }
        assert_eq!(world.count(RecordKind::Sent), before);
        assert_eq!(world.status("alice"), "connected");
    }
}

const BOTH: [ProtocolVersion; 2] = [V3_1_1, V5_0];

/// What the lab broker does with each preset, as the preset says.
#[test]
fn each_preset_is_answered_as_it_says() {
    for version in ProtocolVersion::ALL {
        for preset in Preset::ALL
            .into_iter()
            .filter(|preset| preset.is_of(version))
        {
            let mut world = connected(version);
            let bytes = preset.bytes(version);
            send(&mut world, "alice", &bytes, false).unwrap();
            let key = world.key("alice");
            let first = world.lab.sent_by_hand(key).unwrap();
            let answer = preset.answer(version);
            let received: Vec<_> = world
                .records()
                .filter(|record| record.sequence() > first)
                .filter(|record| record.kind() == RecordKind::Received)
                .map(|record| record.packet_type().unwrap())
                .collect();
            let is_over = world.status("alice") == "disconnected";
            let says_it_ends =
                answer.contains("end of the connection") || answer.contains("DISCONNECT 0x");
            let is_answered = |packet: ControlPacketType| {
                assert_eq!(received, [packet], "{preset:?} {version}");
                assert!(!is_over, "{preset:?} {version}");
            };
            match preset {
                Preset::ValidPublish => is_answered(ControlPacketType::Puback),
                Preset::ValidPublishQos2 => is_answered(ControlPacketType::Pubrec),
                Preset::PubrelOfIt | Preset::UnknownPubrel => {
                    is_answered(ControlPacketType::Pubcomp);
                }
                Preset::ValidSubscribe => is_answered(ControlPacketType::Suback),
                Preset::ValidPingreq => is_answered(ControlPacketType::Pingresp),
                Preset::TwoPackets => {
                    assert_eq!(received, [ControlPacketType::Pingresp; 2]);
                }
                Preset::ValidDisconnect => {
                    assert!(is_over && received.is_empty(), "{version}");
                    let closed = world.lab.state_line(key).unwrap().closed.unwrap();
                    assert!(closed.as_asked, "{closed:?}");
                    assert!(closed.why.contains("made by hand"), "{closed:?}");
                }
                Preset::LengthTooLong => {
                    assert!(!is_over && received.is_empty(), "{version}");
                    world.pass_secs(200);
                    assert_eq!(world.status("alice"), "disconnected");
                }
                // The flags of a CONNECT alone do not make it wrong.
                Preset::FirstConnect => assert!(is_over, "it is a second one here"),
                _ => {
                    assert!(says_it_ends, "{preset:?}: {answer}");
                    assert!(is_over, "{preset:?} {version}");
                    let closed = world.lab.state_line(key).unwrap().closed.unwrap();
                    assert!(
                        closed.why.contains(
                            "The server closed the connection after a packet made by hand"
                        ),
                        "{preset:?}: {closed:?}"
                    );
                    assert_eq!(closed.advice, Vec::<String>::new());
                    let end = came(&world, "alice");
                    assert!(
                        end.last()
                            .unwrap()
                            .starts_with("Connection closed by the server")
                    );
                    if version == V5_0 {
                        assert_eq!(received, [ControlPacketType::Disconnect], "{preset:?}");
                    } else {
                        assert_eq!(received, [], "{preset:?}");
                    }
                }
            }
            // And then all is as before.
            if world.status("alice") == "disconnected" {
                world.connect("alice");
            }
            world.publish("alice", "own", "x", Qos::AtLeastOnce);
        }
    }
}

#[test]
fn a_subscription_by_hand_stands_in_the_panel() {
    for version in BOTH {
        let mut world = connected(version);
        let bytes = Preset::ValidSubscribe.bytes(version);
        send(&mut world, "alice", &bytes, true).unwrap();
        let rows = world.client("alice").subscriptions();
        let rows: Vec<_> = rows
            .iter()
            .map(|row| (row.filter.as_str(), row.state))
            .collect();
        let granted = |qos| SubscriptionState::Granted { qos };
        assert_eq!(
            rows,
            [
                ("testtopic/1", granted(Qos::AtLeastOnce)),
                ("testtopic/#", granted(Qos::AtMostOnce))
            ]
        );
        world.publish("alice", "testtopic/1", "x", Qos::AtMostOnce);
        assert!(!world.messages("alice").is_empty());
        let unsubscribe = match version {
            V5_0 => "a2 16 03 e9 00 00 07 75 6e 6b 6e 6f 77 6e 00 08 74 65 73 74 74 6f 70 69",
            _ => "a2 18 03 e9 00 07 75 6e 6b 6e 6f 77 6e 00 0b 74 65 73 74 74 6f 70 69 63 2f 31",
        };
        let mut bytes = read_hex(unsubscribe).unwrap();
        if version == V5_0 {
            // The second filter in full.
            bytes.truncate(14);
            bytes.extend(b"\0\x0btesttopic/1");
        }
        let length = u8::try_from(bytes.len() - 2).unwrap();
        bytes[1] = length;
        send(&mut world, "alice", &bytes, true).unwrap();
        let rows = world.client("alice").subscriptions();
        let rows: Vec<_> = rows.iter().map(|row| row.filter.as_str()).collect();
        assert_eq!(rows, ["testtopic/#"], "{version}");
    }
}

#[test]
fn a_first_packet_that_is_no_connect() {
    for version in ProtocolVersion::ALL {
        let mut world = World::of(&["alice"]);
        world.edit("alice", |form| form.version = version);
        let publish = Preset::ValidPublish.bytes(version);
        let refusal = send(&mut world, "alice", &publish, false).unwrap_err();
        assert!(
            refusal.words().contains("connect it first"),
            "{}",
            refusal.words()
        );
        open_without_connect(&mut world, "alice");
        assert_eq!(world.status("alice"), "open without CONNECT");
        let phase = world.client("alice").phase();
        assert_eq!(phase, ConnectionPhase::WithoutConnect);
        assert!(phase.can_disconnect() && !phase.can_connect() && !phase.is_connected());
        assert_eq!(
            faults(&world, "alice", &publish),
            [(PacketFaultKind::Session, "MQTT-3.1.0-1")]
        );
        assert!(send(&mut world, "alice", &publish, true).is_err());
        send(&mut world, "alice", &publish, false).unwrap();
        assert_eq!(world.status("alice"), "disconnected", "{version}");
        let closed = world
            .lab
            .state_line(world.key("alice"))
            .unwrap()
            .closed
            .unwrap();
        assert!(closed.why.contains("made by hand (PUBLISH)"), "{closed:?}");
        assert!(closed.why.contains("without CONNECT"), "{closed:?}");
        world.connect("alice");
    }
}

#[test]
fn a_whole_connection_by_hand() {
    for version in ProtocolVersion::ALL {
        let mut world = World::of(&["alice", "bob"]);
        world.connect_with("bob", version);
        world.subscribe("bob", "#", Qos::AtMostOnce);
        // The form may say another version than the CONNECT.
        world.edit("alice", |form| form.version = V3_1_1);
        open_without_connect(&mut world, "alice");
        let connect = Preset::FirstConnect.bytes(version);
        assert_eq!(faults(&world, "alice", &connect), []);
        send(&mut world, "alice", &connect, true).unwrap();
        let answer = came(&world, "alice");
        assert!(answer[0].starts_with("CONNACK, "), "{answer:?}");
        assert!(answer[0].contains("(0x00)"), "{answer:?}");
        send(
            &mut world,
            "alice",
            &Preset::ValidPublish.bytes(version),
            true,
        )
        .unwrap();
        assert_eq!(world.messages("bob"), ["hello"]);
        // It is still the person's: the client takes nothing over.
        assert_eq!(world.status("alice"), "open without CONNECT");
        let closed = |world: &World| world.status("alice") == "disconnected";
        send(
            &mut world,
            "alice",
            &Preset::ValidDisconnect.bytes(version),
            true,
        )
        .unwrap();
        assert!(closed(&world), "{version}");
    }
}

#[test]
fn the_open_link_is_closed_on_demand_and_by_the_broker_in_time() {
    let mut world = World::of(&["alice"]);
    open_without_connect(&mut world, "alice");
    let again = Command::ByHand(ByHand::open_without_connect(world.key("alice")));
    assert!(world.try_command(again).is_err());
    world.disconnect("alice");
    assert_eq!(world.status("alice"), "disconnected");
    open_without_connect(&mut world, "alice");
    world.pass_secs(600);
    assert_eq!(world.status("alice"), "disconnected");
    let closed = world
        .lab
        .state_line(world.key("alice"))
        .unwrap()
        .closed
        .unwrap();
    assert!(
        !closed.why.contains("made by hand"),
        "nothing was sent: {closed:?}"
    );
}

#[test]
fn the_limits_of_the_server_are_held_against_it() {
    let mut world = World::of(&["alice"]);
    let mut options = world.lab.broker_options();
    options.maximum_qos = Qos::AtMostOnce;
    options.retain_available = false;
    options.topic_alias_maximum = 2;
    options.maximum_packet_size = 64;
    options.wildcard_subscription_available = false;
    let options = Box::new(options);
    world.command(Command::SetBrokerOptions { options });
    world.connect_with("alice", V5_0);
    for (hex, clauses) in [
        (
            "33 06 00 01 61 00 01 00",
            vec!["MQTT-3.2.2-11", "MQTT-3.2.2-14"],
        ),
        ("30 07 00 01 61 03 23 00 03", vec!["MQTT-3.2.2-17"]),
        ("30 06 00 00 03 23 00 02", vec!["3.3.2.3.4"]),
        ("82 07 00 01 00 00 01 23 00", vec!["3.2.2.3.11"]),
        ("e0 07 00 05 11 00 00 00 01", vec!["3.14.2.2.2"]),
        ("40 02 00 01", vec!["4.3"]),
        ("50 02 00 01", vec!["4.3.3"]),
        ("62 02 00 01", vec!["4.3.3"]),
        ("f0 06 19 04 15 00 01 6d", vec!["MQTT-4.12.0-7"]),
        ("30 07 00 01 61 02 0b 05 00", vec!["MQTT-3.3.4-6"]),
        ("20 03 00 00 00", vec!["2.1.2"]),
        (
            "80 06 00 00 00 00 01 61",
            vec!["MQTT-3.8.1-1", "MQTT-2.2.1-3"],
        ),
        ("c0 00 30 05 00 01 61", vec!["2.1.4"]),
        ("c0 00 c1 00", vec!["MQTT-2.1.3-1"]),
    ] {
        let own: Vec<_> = faults(&world, "alice", &read_hex(hex).unwrap());
        let own: Vec<_> = own.into_iter().map(|(_, clause)| clause).collect();
        assert_eq!(own, clauses, "{hex}");
    }
    let mut long = read_hex("30 46 00 01 61 00").unwrap();
    long.resize(72, 7);
    assert_eq!(
        faults(&world, "alice", &long),
        [(PacketFaultKind::Limit, "MQTT-3.2.2-15")]
    );
    // A known alias may stand alone.
    send_anyway(&mut world, "alice", "30 07 00 01 61 03 23 00 02");
    let alone = read_hex("30 06 00 00 03 23 00 02").unwrap();
    assert_eq!(faults(&world, "alice", &alone), []);
}

#[test]
fn missing_bytes_are_taken_from_what_follows() {
    let mut world = connected(V3_1_1);
    world.connect_with("bob", V3_1_1);
    world.subscribe("bob", "#", Qos::AtMostOnce);
    send_anyway(&mut world, "alice", "30 05 00 01 61");
    assert_eq!(world.messages("bob"), Vec::<String>::new());
    let words = world.lab.framing_words(world.key("alice")).unwrap();
    assert!(words.contains("waits for 2 more bytes"), "{words}");
    let rest = b"hi\xc0\0";
    assert_eq!(faults(&world, "alice", rest), []);
    send(&mut world, "alice", rest, true).unwrap();
    assert_eq!(world.messages("bob"), ["hi"]);
    assert_eq!(world.lab.framing_words(world.key("alice")), None);
    assert_eq!(came(&world, "alice").last().unwrap(), "PINGRESP, 2 bytes");
}

#[test]
fn it_passes_a_link_with_faults() {
    let mut world = connected(V5_0);
    world.fault(
        "alice",
        Fault::Swallow {
            ways: Ways::Up,
            packets: Packets::Of(ControlPacketType::Pingreq),
            count: core::num::NonZeroU32::MIN,
        },
    );
    send_anyway(&mut world, "alice", "c0 00 c0 00");
    assert_eq!(came(&world, "alice"), ["PINGRESP, 2 bytes"]);
}

#[test]
fn too_much_at_once_is_refused() {
    let mut world = connected(V5_0);
    let refusal = send(&mut world, "alice", &vec![0xc0; 1_048_577], false).unwrap_err();
    assert_eq!(
        refusal.words(),
        "This is 1048577 bytes; at most 1048576 are sent at once."
    );
    assert!(send(&mut world, "alice", b"", false).is_err());
    assert_eq!(world.lab.sent_by_hand(world.key("alice")), None);
    assert_eq!(world.status("alice"), "connected");
}

#[test]
fn what_came_of_it_is_bounded() {
    let mut world = connected(V3_1_1);
    send(&mut world, "alice", &[0xc0, 0].repeat(500), true).unwrap();
    let key = world.key("alice");
    let first = world.lab.sent_by_hand(key).unwrap();
    let outcome = world.lab.outcome(key, first);
    assert!(outcome.has_more && outcome.rows.len() == 12);
    assert_eq!(world.lab.outcome(key, Sequence::new(1 << 40)).rows, []);
}
