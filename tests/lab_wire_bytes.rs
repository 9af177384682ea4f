//! The byte meter and the files of the Wire, with clients at the lab broker.

mod lab_broker_world;

use lab_broker_world::World;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::trace::{Direction, RecordKind, Sequence};
use mqtt_lab::lab::wire::PacketFilterForm;
use mqtt_lab::lab::wire::meter::{Carrier, Cost, Meter, PacketCost};
use mqtt_lab::lab::wire::paste::paste;
use mqtt_lab::lab::wire::save::{SaveFormat, SaveScope, Saving};
use mqtt_lab::lab::{Command, Settings};

const CARRIERS: [Carrier; 2] = [Carrier::WebSocket, Carrier::Tcp];

fn followed(world: &World, carrier: Carrier) -> Meter {
    let mut meter = Meter::new(carrier);
    assert!(!meter.follow(&world.lab, usize::MAX));
    meter
}

#[test]
fn ten_messages_at_each_qos_cost_what_was_worked_out_by_hand() {
    for (qos, expected) in [
        (Qos::AtMostOnce, [2_465, 1_501]),
        (Qos::AtLeastOnce, [2_945, 1_961]),
        (Qos::ExactlyOnce, [3_905, 2_841]),
    ] {
        let mut world = World::of(&["alice"]);
        world.edit("alice", |form| {
            form.client_id = "clientId-abcdefghijklmn".to_owned()
        });
        let version = ProtocolVersion::V3_1_1;
        world.connect_with("alice", version);
        for number in 0..10 {
            world.publish("alice", "/assign1-temp", &format!("value={number:02}"), qos);
        }
        world.disconnect("alice");
        for (carrier, expected) in CARRIERS.into_iter().zip(expected) {
            let meter = followed(&world, carrier);
            let client = meter.client(world.key("alice")).unwrap();
            assert_eq!(client.total().total(), expected, "{qos:?} {carrier:?}");
            assert!(!client.is_partial && !client.is_open);
            // Each figure in its sentence.
            let figures = client.figures(carrier);
            let sum: u64 = figures.iter().map(|figure| figure.bytes).sum();
            assert_eq!(sum, expected);
            assert!(figures.iter().all(|figure| !figure.words.is_empty()));
            assert_eq!(
                figures.map(|figure| figure.is_measured),
                [true, false, false]
            );
            assert_eq!(client.total().shares().iter().sum::<u64>(), 100);
        }
    }
}

#[test]
fn totals_are_the_sums_of_the_packets_and_in_any_slices() {
    let mut world = World::of(&["alice", "bob"]);
    for name in ["alice", "bob"] {
        world.connect_with(name, ProtocolVersion::V5_0);
    }
    world.subscribe("bob", "a/#", Qos::ExactlyOnce);
    for length in [0, 100, 200, 5_000, 70_000] {
        world.publish("alice", "a/b", &"x".repeat(length), Qos::ExactlyOnce);
    }
    world.pass_secs(61);
    let meter = followed(&world, Carrier::WebSocket);
    let mut sliced = Meter::new(Carrier::WebSocket);
    while sliced.follow(&world.lab, 3) {}
    assert_eq!(meter.clients(), sliced.clients());
    for name in ["alice", "bob"] {
        let key = world.key(name);
        let client = meter.client(key).unwrap();
        for direction in [Direction::Sent, Direction::Received] {
            let own = world.records().filter(|record| {
                let is_packet = matches!(record.kind(), RecordKind::Sent | RecordKind::Received);
                is_packet && record.client() == Some(key) && record.direction() == Some(direction)
            });
            let costs: Vec<Cost> = own
                .map(|record| PacketCost::of(&record, Carrier::WebSocket).unwrap().cost())
                .collect();
            assert_eq!(client.way(direction), costs.iter().copied().sum(), "{name}");
            let rows = client.rows();
            let by_type: Cost = rows
                .iter()
                .map(|row| match direction {
                    Direction::Sent => row.sent,
                    Direction::Received => row.received,
                })
                .sum();
            assert_eq!(by_type, client.way(direction), "{name}");
        }
        let types: Vec<_> = client
            .rows()
            .iter()
            .filter_map(|row| row.packet_type)
            .collect();
        assert!(types.contains(&ControlPacketType::Pingreq), "{types:?}");
        assert!(types.is_sorted());
    }
    // The next connection is counted anew.
    world.disconnect("alice");
    world.connect("alice");
    let client = followed(&world, Carrier::WebSocket);
    let client = client.client(world.key("alice")).unwrap();
    assert_eq!(client.rows().len(), 2, "CONNECT and CONNACK");
    assert!(
        client.is_open
            && world
                .lab
                .meter_title(client)
                .starts_with("alice, since its")
    );
}

#[test]
fn what_was_read_stays_counted_and_what_was_not_is_told() {
    let mut world = World::of(&["alice"]);
    let settings = Settings {
        trace_megabytes: Settings::TRACE_MEGABYTES_MINIMUM,
        ..world.lab.settings().clone()
    };
    world.command(Command::SetSettings { settings });
    world.connect("alice");
    let key = world.key("alice");
    let mut meter = Meter::new(Carrier::WebSocket);
    let text = "x".repeat(500_000);
    let mut expected = 0;
    while world.lab.trace().dropped().records == 0 {
        world.publish("alice", "a", &text, Qos::AtMostOnce);
        expected += 1;
        meter.follow(&world.lab, usize::MAX);
    }
    let client = meter.client(key).unwrap();
    let publish = client
        .rows()
        .into_iter()
        .find(|row| row.packet_type == Some(ControlPacketType::Publish))
        .unwrap();
    assert_eq!(publish.sent.packets, expected);
    assert!(!client.is_partial);
    // One that comes late has not seen the beginning.
    let late = followed(&world, Carrier::WebSocket);
    let late = late.client(key).unwrap();
    assert!(late.is_partial && late.is_open);
    assert!(
        world
            .lab
            .meter_title(late)
            .contains("of the packets kept since")
    );
    assert_eq!(late.opening, Cost::default());
    // And one that has fallen behind says so as well.
    let mut behind = Meter::new(Carrier::WebSocket);
    let mut world = World::of(&["alice"]);
    let settings = Settings {
        trace_megabytes: Settings::TRACE_MEGABYTES_MINIMUM,
        ..world.lab.settings().clone()
    };
    world.command(Command::SetSettings { settings });
    world.connect("alice");
    behind.follow(&world.lab, usize::MAX);
    while world.lab.trace().first() <= Sequence::new(20) {
        world.publish("alice", "a", &text, Qos::AtMostOnce);
    }
    behind.follow(&world.lab, usize::MAX);
    assert!(behind.client(world.key("alice")).unwrap().is_partial);
}

#[test]
fn one_message_is_compared_at_each_qos() {
    let mut world = World::of(&["alice"]);
    world.connect_with("alice", ProtocolVersion::V3_1_1);
    for (place, qos) in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce]
        .into_iter()
        .enumerate()
    {
        world.publish("alice", "/assign1-temp", "value=24", qos);
        let meter = followed(&world, Carrier::Tcp);
        let latest = meter
            .client(world.key("alice"))
            .unwrap()
            .latest_publish
            .unwrap();
        let handshake = world.lab.handshake(latest).unwrap();
        assert_eq!(handshake.packets.len(), [1, 2, 4][place]);
        for (carrier, expected) in [
            (Carrier::Tcp, [105, 151, 239]),
            (Carrier::WebSocket, [111, 159, 255]),
        ] {
            let compared = world.lab.compare_qos(&handshake.packets, carrier).unwrap();
            assert_eq!(
                compared.columns.each_ref().map(|one| one.cost.total()),
                expected
            );
            assert_eq!(compared.payload, 8);
            let measured = compared.columns.each_ref().map(|one| one.is_measured);
            assert_eq!(measured.iter().position(|own| *own), Some(place));
            assert_eq!(measured.iter().filter(|own| **own).count(), 1);
        }
    }
    let connect = world
        .records()
        .find(|record| record.kind() == RecordKind::Sent)
        .unwrap();
    assert_eq!(
        world.lab.compare_qos(&[connect.sequence()], Carrier::Tcp),
        None
    );
}

fn saved(world: &World, scope: SaveScope, format: SaveFormat, budget: usize) -> (Vec<u8>, u64) {
    let mut saving = Saving::new(&world.lab, format, scope);
    let mut file = Vec::new();
    while saving.work(&world.lab, budget) {
        file.extend(saving.take());
    }
    file.extend(saving.take());
    let progress = saving.progress();
    assert_eq!(progress.looked_at, progress.total);
    assert_eq!((progress.size, progress.lost), (file.len() as u64, 0));
    (file, progress.packets)
}

#[test]
fn saved_lines_can_be_pasted_again() {
    let mut world = World::of(&["alice", "bob"]);
    for name in ["alice", "bob"] {
        world.connect_with(name, ProtocolVersion::V5_0);
    }
    world.subscribe("bob", "a/+", Qos::ExactlyOnce);
    for _ in 0..20 {
        world.publish("alice", "a/b", &"ü".repeat(300), Qos::ExactlyOnce);
    }
    let (file, packets) = saved(&world, SaveScope::All, SaveFormat::JsonLines, 1);
    let all: Vec<u8> = world
        .records()
        .filter(|record| record.kind().is_packet())
        .flat_map(|record| record.raw().to_vec())
        .collect();
    let text = String::from_utf8(file.clone()).unwrap();
    assert_eq!(text.lines().count() as u64, packets);
    let pasted = paste(&text, None, None, ProtocolVersion::V3_1_1).unwrap();
    assert_eq!(pasted.bytes, all);
    assert!(pasted.packets.iter().all(|packet| packet.fault.is_none()));
    // In one go it is the same file.
    assert_eq!(
        saved(&world, SaveScope::All, SaveFormat::JsonLines, usize::MAX).0,
        file
    );
    // Of the selected client only.
    let filter = world
        .lab
        .check_packet_filter(&PacketFilterForm::default())
        .unwrap();
    let scope = SaveScope::Shown(Box::new(filter));
    let (part, _) = saved(&world, scope, SaveFormat::JsonLines, 100);
    let selected = world.lab.selected().unwrap().name().to_owned();
    let part = String::from_utf8(part).unwrap();
    assert!(
        part.lines()
            .all(|line| line.contains(&format!("\"client\":\"{selected}\"")))
    );
    assert!(part.len() < file.len());
    let name = world.lab.packet_file_name(SaveFormat::Pcapng);
    assert_eq!(name, "mqtt-lab-packets-1970-01-01-000000.pcapng");
}

#[test]
fn records_that_go_while_a_file_is_written_are_told() {
    let mut world = World::of(&["alice"]);
    let settings = Settings {
        trace_megabytes: Settings::TRACE_MEGABYTES_MINIMUM,
        ..world.lab.settings().clone()
    };
    world.command(Command::SetSettings { settings });
    world.connect("alice");
    let mut saving = Saving::new(&world.lab, SaveFormat::Pcapng, SaveScope::All);
    assert!(saving.work(&world.lab, 1));
    let before = saving.progress();
    let text = "x".repeat(500_000);
    while world.lab.trace().first() <= Sequence::new(before.total) {
        world.publish("alice", "a", &text, Qos::AtMostOnce);
    }
    assert!(!saving.work(&world.lab, usize::MAX));
    let after = saving.progress();
    assert_eq!(after.lost, before.total - before.looked_at);
    assert_eq!(after.looked_at, after.total);
}
