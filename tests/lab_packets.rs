//! The packet list of the Wire: what its rows say, and which a filter takes.

mod lab_broker_world;

use std::num::NonZeroU32;

use lab_broker_world::World;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::bots::BotKind;
use mqtt_lab::lab::trace::Direction;
use mqtt_lab::lab::wire::{
    ClientChoice, PacketChoice, PacketFamily, PacketFilterForm, PacketList, PacketRow, PartKind,
};
use mqtt_lab::lab::{Command, Fault, Packets, Ways};
use proptest::prelude::*;

fn list(world: &World, form: &PacketFilterForm) -> PacketList {
    let filter = world.lab.check_packet_filter(form).unwrap();
    let mut list = PacketList::new(filter);
    assert!(!list.follow(&world.lab, usize::MAX));
    list
}

fn rows(world: &World, form: &PacketFilterForm) -> Vec<PacketRow> {
    let list = list(world, form);
    let extent = list.extent();
    list.rows(&world.lab, extent.first..extent.end)
}

/// A row in one line: way, type with its number, fields.
fn line(row: &PacketRow) -> String {
    let mut words = vec![row.way_words, row.label];
    let id = row.packet_id.map(|id| id.to_string());
    words.extend(id.as_deref());
    words.extend(row.parts.iter().map(|part| part.text.as_str()));
    words.retain(|word| !word.is_empty());
    words.join(" ")
}

fn lines(world: &World, form: &PacketFilterForm) -> Vec<String> {
    rows(world, form).iter().map(line).collect()
}

fn packets_only() -> PacketFilterForm {
    PacketFilterForm {
        events: false,
        ..PacketFilterForm::default()
    }
}

#[test]
fn each_row_says_the_few_fields_that_matter() {
    let mut world = World::of(&["alice"]);
    world.edit("alice", |form| {
        form.username = "student".to_owned();
        form.will.topic = "status/alice".to_owned();
        form.will.message = "gone".to_owned();
        form.will.qos = Qos::AtLeastOnce;
        form.will.retain = true;
    });
    world.connect_with("alice", ProtocolVersion::V5_0);
    world.subscribe("alice", "room/#", Qos::ExactlyOnce);
    world.publish_form("alice", "room/1", "21.5", Qos::AtLeastOnce, |form| {
        form.retain = true;
    });
    world.publish("alice", "nobody", "x", Qos::AtLeastOnce);
    world.pass_secs(60);
    world.disconnect("alice");
    assert_eq!(
        lines(&world, &packets_only()),
        [
            "sent CONNECT alice MQTT 5.0 Clean Start Keep Alive 60 s user student will on status/alice QoS 1 Retain",
            "received CONNACK 0x00 Success no session present",
            "sent SUBSCRIBE 1 room/# QoS 2",
            "received SUBACK 1 0x02 Granted QoS 2",
            "sent PUBLISH 2 room/1 QoS 1 Retain 21.5",
            "received PUBACK 2",
            "received PUBLISH 1 room/1 QoS 1 21.5",
            "sent PUBACK 1",
            "sent PUBLISH 3 nobody QoS 1 x",
            "received PUBACK 3 0x10 No matching subscribers",
            "sent PINGREQ",
            "received PINGRESP",
            "sent DISCONNECT 0x00 Normal disconnection",
        ]
    );
    let rows = rows(&world, &PacketFilterForm::default());
    let events: Vec<_> = rows.iter().filter(|row| row.is_event).collect();
    let titles: Vec<_> = events.iter().map(|row| row.label).collect();
    assert_eq!(
        titles,
        [
            "Connection is opened",
            "Connection is open",
            "Connection is closed"
        ]
    );
    assert_eq!(events[2].parts[0].text, "The client closed the connection.");
    let publish = rows.iter().find(|row| row.label == "PUBLISH").unwrap();
    assert_eq!(publish.size, "17");
    assert_eq!(publish.family, Some(PacketFamily::Publish));
    assert_eq!(publish.client.as_ref().unwrap().name, "alice");
    assert!(rows.iter().all(|row| !row.is_malformed));
}

#[test]
fn refusals_and_long_lists_are_told_in_a_row() {
    let mut world = World::of(&["alice"]);
    world.connect_with("alice", ProtocolVersion::V3_1_1);
    world.subscribe("alice", "a", Qos::AtMostOnce);
    let code = Some(mqtt_lab::codec::ReasonCode::NotAuthorized);
    world.disconnect("alice");
    world.command(Command::RefuseNextConnect { code });
    let client = world.key("alice");
    world.command(Command::Connect { client });
    let rows = rows(&world, &packets_only());
    let refusal = rows.iter().rfind(|row| row.label == "CONNACK").unwrap();
    assert_eq!(line(refusal), "received CONNACK 0x05 Not authorized");
    assert_eq!(refusal.parts[0].kind, PartKind::Bad);
}

#[test]
fn a_packet_that_breaks_the_protocol_is_marked() {
    let mut world = World::of(&["alice"]);
    world.connect_with("alice", ProtocolVersion::V3_1_1);
    let fault = Fault::Corrupt {
        ways: Ways::Down,
        packets: Packets::Of(ControlPacketType::Suback),
        offset: 4,
        mask: std::num::NonZeroU8::new(0x7c).unwrap(),
        count: NonZeroU32::MIN,
    };
    world.fault("alice", fault);
    world.subscribe("alice", "a", Qos::AtMostOnce);
    let form = PacketFilterForm {
        packets: PacketChoice::Malformed,
        ..PacketFilterForm::default()
    };
    let rows = rows(&world, &form);
    assert_eq!(rows.len(), 1, "{rows:#?}");
    assert!(rows[0].is_malformed);
    assert_eq!(rows[0].label, "SUBACK");
    assert!(
        rows[0].parts[0].text.starts_with("malformed: "),
        "{:?}",
        rows[0]
    );
}

/// Alice and Bob exchange messages on two topics, a device sends its own, and one PUBACK is lost.
fn busy() -> World {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("alice", |form| {
        form.clean_session = false;
        form.session_expiry_interval = "3600".to_owned();
    });
    world.connect_with("alice", ProtocolVersion::V5_0);
    world.connect_with("bob", ProtocolVersion::V3_1_1);
    world.subscribe("bob", "room/+/temp", Qos::ExactlyOnce);
    world.subscribe("bob", "garden/#", Qos::AtLeastOnce);
    world.publish("alice", "room/1/temp", "20", Qos::ExactlyOnce);
    world.publish("alice", "garden/tree", "high", Qos::AtLeastOnce);
    world.fault(
        "alice",
        Fault::Swallow {
            ways: Ways::Down,
            packets: Packets::Of(ControlPacketType::Puback),
            count: NonZeroU32::MIN,
        },
    );
    world.publish("alice", "garden/bush", "low", Qos::AtLeastOnce);
    world.command(Command::AddBot {
        kind: BotKind::Thermometer,
    });
    let bot = world.lab.bot_rows()[0].key;
    world.command(Command::StartBot { bot });
    world.pass_secs(12);
    world
}

#[test]
fn a_filter_takes_what_it_says() {
    let world = busy();
    let (alice, bob) = (world.key("alice"), world.key("bob"));
    let all = PacketFilterForm {
        clients: ClientChoice::All,
        ..packets_only()
    };
    let everything = rows(&world, &all);
    let names: Vec<_> = everything
        .iter()
        .map(|row| row.client.as_ref().unwrap().name.clone())
        .collect();
    let bot = world.lab.bot_rows()[0].client_id.clone();
    for name in ["alice", "bob", &bot] {
        assert!(names.iter().any(|other| other == name), "{name}: {names:?}");
    }
    for (client, name) in [(alice, "alice"), (bob, "bob")] {
        let form = PacketFilterForm {
            clients: ClientChoice::One(client),
            ..packets_only()
        };
        let own = rows(&world, &form);
        assert_eq!(
            own.len(),
            names.iter().filter(|other| *other == name).count()
        );
    }
    let of_type = PacketFilterForm {
        packets: PacketChoice::Type(ControlPacketType::Suback),
        ..all.clone()
    };
    assert_eq!(
        lines(&world, &of_type),
        [
            "received SUBACK 1 0x02 Granted QoS 2",
            "received SUBACK 2 0x01 Granted QoS 1"
        ]
    );
    let of_family = PacketFilterForm {
        packets: PacketChoice::Family(PacketFamily::Subscribe),
        direction: Some(Direction::Sent),
        ..all.clone()
    };
    assert_eq!(
        lines(&world, &of_family),
        [
            "sent SUBSCRIBE 1 room/+/temp QoS 2",
            "sent SUBSCRIBE 2 garden/# QoS 1"
        ]
    );
    let of_id = PacketFilterForm {
        clients: ClientChoice::One(bob),
        packet_id: " 2 ".to_owned(),
        ..packets_only()
    };
    assert!(
        rows(&world, &of_id)
            .iter()
            .all(|row| row.packet_id == Some(2))
    );
}

#[test]
fn a_topic_brings_its_acknowledgements_along() {
    let world = busy();
    let of = |topic: &str| PacketFilterForm {
        clients: ClientChoice::One(world.key("bob")),
        topic: topic.to_owned(),
        ..packets_only()
    };
    let room = [
        "received PUBLISH 1 room/1/temp QoS 2 20",
        "sent PUBREC 1",
        "received PUBREL 1",
        "sent PUBCOMP 1",
    ];
    assert_eq!(lines(&world, &of("room/#")), room);
    assert_eq!(
        lines(&world, &of("ROOM/1")),
        room,
        "a part, whatever its case"
    );
    // The filter itself brings the subscription.
    let with_subscription = lines(&world, &of("room/+/temp"));
    assert_eq!(
        with_subscription[..2],
        [
            "sent SUBSCRIBE 1 room/+/temp QoS 2",
            "received SUBACK 1 0x02 Granted QoS 2"
        ]
    );
    assert_eq!(with_subscription[2..], room);
    assert_eq!(lines(&world, &of("nowhere/+")), Vec::<String>::new());
}

#[test]
fn events_stand_between_the_packets_that_they_are_about() {
    let world = busy();
    let alice = PacketFilterForm {
        clients: ClientChoice::One(world.key("alice")),
        ..PacketFilterForm::default()
    };
    let fault = lines(&world, &alice);
    assert!(
        fault
            .iter()
            .any(|line| line.starts_with("Fault put in place")),
        "{fault:#?}"
    );
    // A fault's deed has the type and the direction of its packet.
    let acknowledgements = PacketFilterForm {
        packets: PacketChoice::Type(ControlPacketType::Puback),
        ..alice.clone()
    };
    let labels: Vec<_> = rows(&world, &acknowledgements)
        .iter()
        .map(|row| (row.label, row.way_words))
        .collect();
    assert_eq!(
        labels,
        [
            ("PUBACK", "received"),
            ("PUBACK", "from the broker"),
            ("A fault at work", "")
        ]
    );
    let sent = PacketFilterForm {
        direction: Some(Direction::Sent),
        ..acknowledgements.clone()
    };
    assert_eq!(lines(&world, &sent), Vec::<String>::new());
    let notes = PacketFilterForm {
        broker_notes: true,
        topic: "garden/#".to_owned(),
        ..alice
    };
    assert!(
        rows(&world, &notes)
            .iter()
            .any(|row| row.label == "Published")
    );
}

#[test]
fn one_handshake_alone_grows_as_it_goes_on() {
    let mut world = busy();
    let alice = PacketFilterForm {
        clients: ClientChoice::One(world.key("alice")),
        ..packets_only()
    };
    let publish = rows(&world, &alice);
    let publish = publish
        .iter()
        .rfind(|row| row.label == "PUBLISH" && !row.is_at_broker);
    let form = PacketFilterForm {
        handshake: Some(publish.unwrap().sequence),
        ..PacketFilterForm::default()
    };
    let lost = [
        "sent PUBLISH 3 garden/bush QoS 1 low",
        "at the broker PUBLISH 3 garden/bush QoS 1 low",
        "from the broker PUBACK 3",
    ];
    let filter = world.lab.check_packet_filter(&form).unwrap();
    let mut list = PacketList::new(filter);
    list.follow(&world.lab, 10);
    let shown = |list: &PacketList, world: &World| {
        let extent = list.extent();
        let rows = list.rows(&world.lab, extent.first..extent.end);
        rows.iter().map(line).collect::<Vec<_>>()
    };
    let now = shown(&list, &world);
    assert_eq!(now, lost);
    world.cut("alice");
    world.connect("alice");
    list.follow(&world.lab, 10);
    let whole = shown(&list, &world);
    assert_eq!(whole[..3], lost);
    // The new link has no fault, so that its two ends are the same.
    assert_eq!(
        whole[3..],
        [
            "sent PUBLISH 3 garden/bush QoS 1 DUP low",
            "received PUBACK 3"
        ]
    );
}

#[test]
fn what_is_wrong_with_a_filter_is_said() {
    let world = World::new();
    let form = PacketFilterForm {
        topic: "a/#/b".to_owned(),
        packet_id: "0".to_owned(),
        ..PacketFilterForm::default()
    };
    let errors = world.lab.check_packet_filter(&form).unwrap_err();
    let words: Vec<_> = errors.iter().map(|error| error.words()).collect();
    assert_eq!(errors.len(), 2);
    assert!(errors[0].is_about_topic() && !errors[1].is_about_topic());
    assert!(
        words[0].starts_with("This is no topic filter: "),
        "{words:?}"
    );
    assert_eq!(words[1], "This must be a whole number from 1 to 65535.");
    let long = PacketFilterForm {
        topic: "x".repeat(300),
        ..PacketFilterForm::default()
    };
    let errors = world.lab.check_packet_filter(&long).unwrap_err();
    assert_eq!(
        errors[0].words(),
        "This is 300 bytes; at most 256 are allowed."
    );
}

#[test]
fn a_choice_comes_back_from_the_word_that_stands_for_it() {
    let world = busy();
    let choices = world.lab.packet_clients();
    assert_eq!(choices.len(), 2 + 2 + 1);
    for (choice, _) in choices {
        assert_eq!(ClientChoice::from_value(&choice.value()), choice);
    }
    assert_eq!(ClientChoice::from_value("?"), ClientChoice::Selected);
    assert_eq!(PacketChoice::all().count(), 2 + 4 + 15);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    /// However small the shares of the work are, the list comes to the same.
    #[test]
    fn shares_of_any_size_come_to_the_same(
        shares in proptest::collection::vec(1_usize..9, 1..20),
        choice in 0..21_usize,
        topic in prop_oneof![Just(""), Just("garden/#"), Just("temp")],
        events in any::<bool>(),
    ) {
        let world = busy();
        let form = PacketFilterForm {
            clients: ClientChoice::All,
            packets: PacketChoice::all().nth(choice).unwrap(),
            topic: topic.to_owned(),
            events,
            broker_notes: events,
            ..PacketFilterForm::default()
        };
        let at_once = rows(&world, &form);
        let mut list = PacketList::new(world.lab.check_packet_filter(&form).unwrap());
        let mut shares = shares.into_iter().cycle();
        let mut looked_at = 0;
        while list.follow(&world.lab, shares.next().unwrap()) {
            let progress = list.progress().unwrap();
            prop_assert!(progress.looked_at > looked_at && progress.looked_at < progress.total);
            looked_at = progress.looked_at;
        }
        prop_assert_eq!(list.progress(), None);
        let extent = list.extent();
        prop_assert_eq!(&list.rows(&world.lab, extent.first..extent.end), &at_once);
        for row in &at_once {
            prop_assert_eq!(list.number(row.sequence), Some(row.number));
            prop_assert_eq!(list.sequence(row.number), Some(row.sequence));
            // The list as it was before this row.
            prop_assert_eq!(list.extent_before(row.sequence).end, row.number);
        }
    }
}
