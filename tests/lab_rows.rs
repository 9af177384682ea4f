//! What the Messages and Retained panels show of what a client was given, as text.

mod lab_world;

use lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::list_view::ListView;
use mqtt_lab::lab::payload::PayloadKind;
use mqtt_lab::lab::{Command, PublishForm, Settings};

fn publish(world: &mut World, topic: &str, message: &str, qos: Qos, retain: bool) {
    let form = PublishForm {
        topic: topic.to_owned(),
        message: message.to_owned(),
        qos,
        retain,
        ..PublishForm::default()
    };
    world.publish("alice", form).unwrap();
}

#[test]
fn rows_stand_newest_first_and_sent_ones_only_where_they_are_asked_for() {
    for version in ProtocolVersion::ALL {
        let mut world = World::new();
        world.connect("alice", version);
        world.subscribe_to("alice", "a/#");
        publish(&mut world, "a/1", "one", Qos::AtMostOnce, false);
        publish(&mut world, "a/2", "", Qos::AtLeastOnce, false);
        publish(&mut world, "b", "elsewhere", Qos::AtMostOnce, false);
        let client = world.key("alice");
        let rows = world.lab.message_row_views(client, 0..10);
        let topics: Vec<_> = rows.iter().map(|row| row.topic.as_str()).collect();
        assert_eq!(topics, ["a/2", "a/1"]);
        assert_eq!((rows[0].qos, rows[0].payload.as_str()), (1, "(empty)"));
        assert!(rows[0].is_empty && rows.iter().all(|row| !row.is_sent && row.colour.is_some()));
        assert_eq!((rows[0].number, rows[1].number), (1, 0));

        let settings = Settings {
            show_sent: true,
            ..world.lab.settings().clone()
        };
        let before = world.lab.message_extent(client);
        world.command(Command::SetSettings { settings }).unwrap();
        while world.lab.work(1_000) {}
        let after = world.lab.message_extent(client);
        assert_ne!(before.list, after.list);
        let rows = world.lab.message_row_views(client, 0..10);
        assert_eq!(rows.iter().filter(|row| row.is_sent).count(), 3);
        assert_eq!(rows.len(), after.count());
    }
}

#[test]
fn a_list_view_follows_what_the_lab_says_of_its_list() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "a");
    let client = world.key("alice");
    let mut list = ListView::default();
    list.on_resize(20.0, 100.0);
    for number in 0..50 {
        publish(&mut world, "a", &number.to_string(), Qos::AtMostOnce, false);
        list.on_extent(world.lab.message_extent(client), false);
    }
    list.on_scroll(400.0);
    publish(&mut world, "a", "late", Qos::AtMostOnce, false);
    list.on_extent(world.lab.message_extent(client), false);
    assert_eq!(list.unseen(), 1);
    let rows = world.lab.message_row_views(client, list.window().rows);
    assert!(rows.iter().any(|row| row.payload == "29"), "{rows:?}");
    // Cleared, it is another list, which begins at its top.
    world.command(Command::ClearMessages { client }).unwrap();
    publish(&mut world, "a", "first", Qos::AtMostOnce, false);
    list.on_extent(world.lab.message_extent(client), false);
    assert_eq!((list.unseen(), list.window().rows), (0, 0..1));
}

#[test]
fn the_details_of_a_message_say_everything_in_words() {
    for version in ProtocolVersion::ALL {
        let mut world = World::new();
        world.connect("alice", version);
        publish(&mut world, "kept", "{\"t\": 1}", Qos::AtLeastOnce, true);
        world.subscribe_to("alice", "kept");
        let client = world.key("alice");
        let row = world.lab.message_row_views(client, 0..1).remove(0);
        assert!(row.retain && !row.dup);
        let facts = world.lab.message_facts(client, row.sequence).unwrap();
        assert_eq!(facts.kind, PayloadKind::Json);
        assert_eq!(facts.payload, b"{\"t\": 1}");
        let value = |name| {
            let mut facts = facts.facts.iter();
            facts.find(|fact| fact.name == name).unwrap().value.clone()
        };
        assert_eq!(value("QoS"), "1, at least once");
        assert_eq!(value("Retain"), "1, set");
        assert_eq!(value("DUP"), "0, not set");
        assert_eq!(value("Payload"), "8 bytes");
        assert_eq!(value("Matches now"), "kept");
        assert_eq!(value("Direction"), "received from the broker");
        assert!(value("Packet Identifier").parse::<u16>().is_ok());
        assert!(value("Time").ends_with(&row.time));
        let retain = facts.facts.iter().find(|fact| fact.name == "Retain");
        assert!(retain.unwrap().note.contains("subscription"));

        let retained = world.lab.retained_views(client, 0..10);
        assert_eq!(world.lab.retained_count(client), 1);
        assert_eq!(retained[0].value, "{\"t\": 1}");
        assert!(world.lab.is_retained(client, "kept"));
        let topic = "kept".to_owned();
        world
            .command(Command::ClearRetained { client, topic })
            .unwrap();
        assert!(!world.lab.is_retained(client, "kept"));
    }
}

#[test]
fn rows_stay_where_they_were_drawn_while_more_come_in() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "a");
    let client = world.key("alice");
    for number in 0..50 {
        publish(&mut world, "a", &number.to_string(), Qos::AtMostOnce, false);
    }
    let drawn = world.lab.message_extent(client);
    let before = world.lab.message_row_views_in(client, drawn, 10..15);
    assert_eq!(before[0].payload, "39");
    for number in 50..80 {
        publish(&mut world, "a", &number.to_string(), Qos::AtMostOnce, false);
    }
    assert_eq!(
        world.lab.message_row_views_in(client, drawn, 10..15),
        before
    );
    assert_eq!(world.lab.message_row_views(client, 10..11)[0].payload, "69");
    // In another list the numbers mean other rows: those of now are given.
    world.command(Command::ClearMessages { client }).unwrap();
    publish(&mut world, "a", "first", Qos::AtMostOnce, false);
    let rows = world.lab.message_row_views_in(client, drawn, 0..5);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].payload, "first");
}
