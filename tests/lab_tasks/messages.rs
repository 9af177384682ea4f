//! Reading messages, retained ones among them.

use crate::VERSIONS;
use crate::lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::{Command, PublishForm, RetainedState, Settings};

#[test]
fn task_6_messages_newest_first_with_their_details() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    world.subscribe_to("alice", "#");
    let form = PublishForm {
        topic: "a".to_owned(),
        message: "<b>\u{7}".to_owned(),
        qos: Qos::ExactlyOnce,
        content_type: "text/html".to_owned(),
        user_properties: vec![("unit".to_owned(), "°C".to_owned())],
        ..PublishForm::default()
    };
    world.publish("alice", form).unwrap();
    world.publish_text("alice", "b", "", Qos::AtMostOnce, false);
    let client = world.key("alice");
    assert_eq!(world.messages("alice")[0], ("b".into(), String::new()));
    let row = world.lab.message_row(client, 1).unwrap();
    assert_eq!((row.payload, row.qos), (&b"<b>\x07"[..], Qos::ExactlyOnce));
    let details = world.lab.message_details(client, row.sequence).unwrap();
    assert_eq!(details.filters, ["#"]);
    assert!(details.packet_id.is_some());
    assert_eq!(details.raw.len(), row.wire_size);
    assert!(details.retain_words.contains("new subscription"));
    assert_eq!(world.lab.message_index(client, row.sequence), Some(1));
    assert_eq!(world.lab.message_row(client, 2), None);
    // Sent ones stand in the same list when they are asked for, with their properties.
    let settings = Settings {
        show_sent: true,
        ..Settings::default()
    };
    world.command(Command::SetSettings { settings }).unwrap();
    assert_eq!(world.lab.message_count(client), 4);
    let sent = world.lab.message_row(client, 3).unwrap();
    let details = world.lab.message_details(client, sent.sequence).unwrap();
    let properties: Vec<_> = details
        .properties
        .iter()
        .map(|p| (p.name, p.value.as_str()))
        .collect();
    let expected = [("Content Type", "text/html"), ("User Property", "unit: °C")];
    assert_eq!(properties, expected);
    // Nothing is erased by a disconnect; clearing is a command.
    let link = world.link("alice");
    world.cut(link);
    assert_eq!(world.client("alice").messages_received(), 2);
    let extent = world.lab.message_extent(client);
    world.command(Command::ClearMessages { client }).unwrap();
    assert_eq!(world.lab.message_count(client), 0);
    assert_eq!(world.client("alice").messages_received(), 0);
    assert_ne!(world.lab.message_extent(client).list, extent.list);
}

#[test]
fn task_7_retained_messages_are_shown_and_cleared() {
    for version in VERSIONS {
        let mut world = World::new();
        world.command(Command::AddClient).unwrap();
        world.connect("alice", version);
        world.connect("bob", version);
        world.publish_text("alice", "room/1", "20", Qos::AtLeastOnce, true);
        world.subscribe_to("bob", "room/#");
        world.publish_text("alice", "room/2", "30", Qos::AtLeastOnce, true);
        // The second came live: the flag is not set, though it was published with Retain.
        let rows: Vec<_> = world.client("bob").retained().cloned().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].topic.as_str(), rows[0].payload_size),
            ("room/1", 2)
        );
        let payload = world.lab.trace().get(rows[0].sequence).unwrap().payload();
        assert_eq!(payload, Some(&b"20"[..]));
        world.publish_text("alice", "room/1", "21", Qos::AtMostOnce, false);
        let later = world
            .client("bob")
            .retained()
            .next()
            .unwrap()
            .later
            .unwrap();
        assert!(later.may_be_retained);
        let client = world.key("bob");
        let clear = |topic: &str| Command::ClearRetained {
            client,
            topic: topic.to_owned(),
        };
        assert!(world.command(clear("room/9")).is_err());
        world.server.acknowledges = false;
        world.command(clear("room/1")).unwrap();
        let state = world.client("bob").retained().next().unwrap().state;
        assert_eq!(state, RetainedState::Clearing);
        let link = world.link("bob");
        world.cut(link);
        let state = world.client("bob").retained().next().unwrap().state;
        assert_eq!(state, RetainedState::ClearingFailed);
        world.server.acknowledges = true;
        world.connect("bob", version);
        world.command(clear("room/1")).unwrap();
        // What is left was delivered because bob has subscribed anew.
        let topics = world.client("bob").retained().map(|row| row.topic.as_str());
        assert_eq!(topics.collect::<Vec<_>>(), ["room/2"]);
        assert!(!world.server.retained.contains_key("room/1"));
    }
}
