//! Which packets belong together: with the lab broker, over reconnections, under faults, in virtual time.

mod lab_broker_world;

use std::num::NonZeroU32;
use std::time::Duration;

use lab_broker_world::World;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::trace::{Direction, RecordKind, Sequence};
use mqtt_lab::lab::wire::{Handshake, HandshakeKind};
use mqtt_lab::lab::{Command, Fault, Packets, PublishForm, SubscribeForm, Ways};
use proptest::prelude::*;

/// The packets of this type at this end, in order.
fn packets(world: &World, name: &str, kind: RecordKind, of: ControlPacketType) -> Vec<Sequence> {
    let client = Some(world.key(name));
    let records = world.records().filter(|record| {
        record.client() == client && record.kind() == kind && record.packet_type() == Some(of)
    });
    records.map(|record| record.sequence()).collect()
}

fn handshake(world: &World, sequence: Sequence) -> Handshake {
    world.lab.handshake(sequence).unwrap()
}

/// Types of some packets, in order, with the DUP flag where it is set.
fn types(world: &World, list: &[Sequence]) -> Vec<String> {
    let name = |sequence: &Sequence| {
        let record = world.lab.trace().get(*sequence).unwrap();
        let name = record.packet_type().unwrap().name().to_owned();
        if record.dup() { name + " DUP" } else { name }
    };
    list.iter().map(name).collect()
}

fn swallow(ways: Ways, packet_type: ControlPacketType) -> Fault {
    Fault::Swallow {
        ways,
        packets: Packets::Of(packet_type),
        count: NonZeroU32::MIN,
    }
}

fn connected(version: ProtocolVersion) -> World {
    let mut world = World::of(&["alice", "bob"]);
    for name in ["alice", "bob"] {
        world.edit(name, |form| {
            form.clean_session = false;
            if version == ProtocolVersion::V5_0 {
                form.session_expiry_interval = "3600".to_owned();
            }
        });
        world.connect_with(name, version);
    }
    world
}

#[test]
fn each_handshake_has_its_packets_both_ways() {
    for version in ProtocolVersion::ALL {
        let mut world = connected(version);
        world.subscribe("bob", "room/#", Qos::ExactlyOnce);
        world.publish("alice", "room/1", "once", Qos::AtLeastOnce);
        world.publish("alice", "room/1", "twice", Qos::ExactlyOnce);
        world.publish("alice", "room/1", "loose", Qos::AtMostOnce);
        world.pass_secs(61);
        world.disconnect("bob");

        let sent = packets(
            &world,
            "alice",
            RecordKind::Sent,
            ControlPacketType::Publish,
        );
        let expected: [(HandshakeKind, &[&str]); 3] = [
            (HandshakeKind::AtLeastOnce, &["PUBLISH", "PUBACK"]),
            (
                HandshakeKind::ExactlyOnce,
                &["PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"],
            ),
            (HandshakeKind::Alone, &["PUBLISH"]),
        ];
        let received = packets(
            &world,
            "bob",
            RecordKind::Received,
            ControlPacketType::Publish,
        );
        for (list, begun) in [(sent, Direction::Sent), (received, Direction::Received)] {
            for (sequence, (kind, names)) in list.into_iter().zip(expected) {
                let found = handshake(&world, sequence);
                assert_eq!((found.kind, found.begun), (kind, begun));
                assert_eq!(types(&world, &found.packets), names);
                assert!(found.is_finished && found.resent.is_empty());
                assert_eq!(found.other_end, []);
                for packet in &found.packets {
                    assert_eq!(
                        handshake(&world, *packet),
                        found,
                        "from each of its packets"
                    );
                }
            }
        }
        for (first, kind, names) in [
            (
                ControlPacketType::Connect,
                HandshakeKind::Connect,
                ["CONNECT", "CONNACK"].as_slice(),
            ),
            (
                ControlPacketType::Subscribe,
                HandshakeKind::Subscribe,
                &["SUBSCRIBE", "SUBACK"],
            ),
            (
                ControlPacketType::Pingreq,
                HandshakeKind::Ping,
                &["PINGREQ", "PINGRESP"],
            ),
            (
                ControlPacketType::Disconnect,
                HandshakeKind::Alone,
                &["DISCONNECT"],
            ),
        ] {
            let found = handshake(&world, packets(&world, "bob", RecordKind::Sent, first)[0]);
            assert_eq!((found.kind, found.is_finished), (kind, true));
            assert_eq!(types(&world, &found.packets), names);
        }
    }
}

#[test]
fn a_lost_acknowledgement_is_made_good_after_a_reconnection() {
    for version in ProtocolVersion::ALL {
        let mut world = connected(version);
        world.fault("alice", swallow(Ways::Down, ControlPacketType::Puback));
        world.publish("alice", "a", "kept", Qos::AtLeastOnce);
        let sent = packets(
            &world,
            "alice",
            RecordKind::Sent,
            ControlPacketType::Publish,
        )[0];
        let lost = handshake(&world, sent);
        assert!(!lost.is_finished, "no PUBACK has come");
        assert_eq!(types(&world, &lost.packets), ["PUBLISH"]);
        assert_eq!(types(&world, &lost.other_end), ["PUBLISH", "PUBACK"]);
        // The broker's end has seen it whole.
        let at_broker = handshake(&world, lost.other_end[0]);
        assert!(at_broker.is_finished);
        assert_eq!(at_broker.packets, lost.other_end);
        assert_eq!(at_broker.other_end, lost.packets);

        world.cut("alice");
        if world.status("alice") != "connected" {
            world.pass_secs(30);
        }
        if world.status("alice") != "connected" {
            world.connect("alice");
        }
        let whole = handshake(&world, sent);
        assert_eq!(
            types(&world, &whole.packets),
            ["PUBLISH", "PUBLISH DUP", "PUBACK"]
        );
        assert!(whole.is_finished);
        assert_eq!(whole.resent, [whole.packets[1]]);
        assert_eq!(handshake(&world, whole.packets[2]), whole);
    }
}

#[test]
fn qos_2_goes_on_where_it_was() {
    let mut world = connected(ProtocolVersion::V3_1_1);
    world.fault("alice", swallow(Ways::Up, ControlPacketType::Pubrel));
    world.publish("alice", "a", "kept", Qos::ExactlyOnce);
    world.cut("alice");
    world.pass_secs(30);
    if world.status("alice") != "connected" {
        world.connect("alice");
    }
    let sent = packets(
        &world,
        "alice",
        RecordKind::Sent,
        ControlPacketType::Publish,
    )[0];
    let found = handshake(&world, sent);
    assert_eq!(
        types(&world, &found.packets),
        ["PUBLISH", "PUBREC", "PUBREL", "PUBREL", "PUBCOMP"]
    );
    assert_eq!(found.resent, [found.packets[3]]);
    assert!(found.is_finished);
}

#[test]
fn what_a_fault_doubles_is_one_handshake() {
    let mut world = connected(ProtocolVersion::V5_0);
    let fault = Fault::Duplicate {
        ways: Ways::Up,
        packets: Packets::Of(ControlPacketType::Publish),
        count: NonZeroU32::MIN,
    };
    world.fault("alice", fault);
    world.publish("alice", "a", "double", Qos::AtLeastOnce);
    let at_broker = packets(
        &world,
        "alice",
        RecordKind::BrokerReceived,
        ControlPacketType::Publish,
    );
    assert_eq!(at_broker.len(), 2);
    let found = handshake(&world, at_broker[1]);
    assert!(
        at_broker.iter().all(|one| found.packets.contains(one)),
        "{found:?}"
    );
    assert!(found.resent.contains(&at_broker[1]));
}

#[test]
fn a_message_doubled_behind_its_pubrec_is_one_handshake_from_each_of_its_packets() {
    let mut world = connected(ProtocolVersion::V3_1_1);
    world.subscribe("bob", "room/#", Qos::ExactlyOnce);
    let fault = Fault::Duplicate {
        ways: Ways::Down,
        packets: Packets::Of(ControlPacketType::Publish),
        count: NonZeroU32::MIN,
    };
    world.fault("bob", fault);
    world.publish("alice", "room/1", "double", Qos::ExactlyOnce);
    let received = packets(
        &world,
        "bob",
        RecordKind::Received,
        ControlPacketType::Publish,
    );
    assert_eq!(received.len(), 2);
    let found = handshake(&world, received[1]);
    assert_eq!(found.packets[0], received[0]);
    for sequence in &found.packets {
        assert_eq!(handshake(&world, *sequence).packets, found.packets);
    }
}

#[test]
fn the_same_number_used_again_is_another_handshake() {
    let mut world = connected(ProtocolVersion::V3_1_1);
    world.subscribe("bob", "room/#", Qos::AtLeastOnce);
    // The broker numbers its messages to bob by itself; the same payload each time.
    for _ in 0..5 {
        world.publish("alice", "room/1", "same", Qos::AtLeastOnce);
    }
    let received = packets(
        &world,
        "bob",
        RecordKind::Received,
        ControlPacketType::Publish,
    );
    assert_eq!(received.len(), 5);
    for sequence in received {
        let found = handshake(&world, sequence);
        assert_eq!(types(&world, &found.packets), ["PUBLISH", "PUBACK"]);
    }
}

#[test]
fn late_answers_to_pings_are_told_apart() {
    let mut world = connected(ProtocolVersion::V3_1_1);
    let delay = Duration::from_secs(5);
    world.fault(
        "alice",
        Fault::Delay {
            ways: Ways::Down,
            delay,
            jitter: Duration::ZERO,
        },
    );
    world.pass_secs(200);
    let asked = packets(
        &world,
        "alice",
        RecordKind::Sent,
        ControlPacketType::Pingreq,
    );
    let answers = packets(
        &world,
        "alice",
        RecordKind::Received,
        ControlPacketType::Pingresp,
    );
    assert!(
        asked.len() > 1 && !answers.is_empty(),
        "{asked:?} {answers:?}"
    );
    for (asked, answer) in asked.iter().zip(&answers) {
        assert_eq!(handshake(&world, *asked).packets, [*asked, *answer]);
    }
}

#[test]
fn an_event_has_no_handshake_and_what_is_gone_neither() {
    let world = connected(ProtocolVersion::V3_1_1);
    let opened = world.records().find(|record| !record.kind().is_packet());
    assert_eq!(world.lab.handshake(opened.unwrap().sequence()), None);
    assert_eq!(world.lab.handshake(world.lab.trace().next()), None);
}

/// What a person does, by a number.
fn act(world: &mut World, step: u8, value: u8) {
    let name = if value.is_multiple_of(2) {
        "alice"
    } else {
        "bob"
    };
    let client = world.key(name);
    let qos = [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce][usize::from(value / 2 % 3)];
    let types = [
        ControlPacketType::Publish,
        ControlPacketType::Puback,
        ControlPacketType::Pubrec,
        ControlPacketType::Pubrel,
        ControlPacketType::Pubcomp,
        ControlPacketType::Suback,
        ControlPacketType::Pingresp,
    ];
    let packets = Packets::Of(types[usize::from(value / 4) % types.len()]);
    let ways = if (value / 32).is_multiple_of(2) {
        Ways::Up
    } else {
        Ways::Down
    };
    let count = NonZeroU32::MIN;
    let fault = match value % 3 {
        0 => Fault::Swallow {
            ways,
            packets,
            count,
        },
        1 => Fault::Duplicate {
            ways,
            packets,
            count,
        },
        _ => Fault::Delay {
            ways,
            delay: Duration::from_millis(u64::from(value) * 10),
            jitter: Duration::from_millis(20),
        },
    };
    // What is refused is done by nobody.
    let _ = match step {
        0 => world.try_command(Command::Connect { client }),
        1 => world.try_command(Command::CutNow { client }),
        2 => world.try_command(Command::AddFault { client, fault }),
        3 => world.try_command(Command::ClearAllFaults),
        4 => {
            world.pass_secs(u64::from(value));
            Ok(())
        }
        5 => {
            world.edit(name, |form| {
                form.clean_session = (value / 8).is_multiple_of(2)
            });
            Ok(())
        }
        6 => {
            let form = SubscribeForm {
                filter: "room/#".to_owned(),
                qos,
                ..SubscribeForm::default()
            };
            let form = Box::new(form);
            let _ = world.try_command(Command::EditSubscribe { client, form });
            world.try_command(Command::Subscribe { client })
        }
        _ => {
            let form = PublishForm {
                topic: "room/1".to_owned(),
                message: if value < 128 { "x" } else { "y" }.to_owned(),
                qos,
                ..PublishForm::default()
            };
            let form = Box::new(form);
            let _ = world.try_command(Command::EditPublish { client, form });
            world.try_command(Command::Publish { client })
        }
    };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    /// Whatever happens, packets that belong together do so seen from each of them, each packet belongs to one
    /// handshake, and what begins it comes first.
    #[test]
    fn every_packet_belongs_to_exactly_one_handshake(
        version in 0..3_usize,
        steps in proptest::collection::vec((0_u8..12, any::<u8>()), 1..40),
    ) {
        let mut world = connected(ProtocolVersion::ALL[version]);
        for (step, value) in steps {
            act(&mut world, step, value);
        }
        let all: Vec<_> = world
            .records()
            .filter(|record| record.kind().is_packet())
            .map(|record| record.sequence())
            .collect();
        for sequence in all {
            let found = handshake(&world, sequence);
            prop_assert!(found.packets.contains(&sequence));
            prop_assert!(found.packets.is_sorted());
            let first = world.lab.trace().get(found.packets[0]).unwrap();
            for other in &found.packets {
                let same = handshake(&world, *other);
                prop_assert_eq!(&same.packets, &found.packets, "from {} and {}", sequence, other);
                prop_assert_eq!(same.is_finished, found.is_finished);
                let record = world.lab.trace().get(*other).unwrap();
                prop_assert_eq!(record.client(), first.client());
                prop_assert_eq!(record.packet_id(), first.packet_id());
            }
            let begins = first.direction() == Some(found.begun);
            let has_request = matches!(
                first.packet_type(),
                Some(ControlPacketType::Publish | ControlPacketType::Subscribe)
            );
            prop_assert!(begins || !has_request);
        }
    }
}
