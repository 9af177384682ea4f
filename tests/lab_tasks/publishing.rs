//! Publishing, and each step of the handshake.

use crate::lab_world::World;
use crate::{VERSIONS, second};
use mqtt_lab::codec::{ConnackProperties, ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::{
    Command, Field, HandshakeStepKind, MessageFormat, PublicationState, PublishForm, Settings,
};

#[test]
fn task_5_publish_shows_each_step_of_the_handshake() {
    for version in VERSIONS {
        let mut world = World::new();
        world.connect("alice", version);
        for (qos, steps, state) in [
            (Qos::AtMostOnce, vec!["PUBLISH"], PublicationState::Sent),
            (
                Qos::AtLeastOnce,
                vec!["PUBLISH", "PUBACK"],
                PublicationState::Complete {
                    reason_code: ReasonCode::Success,
                },
            ),
            (
                Qos::ExactlyOnce,
                vec!["PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"],
                PublicationState::Complete {
                    reason_code: ReasonCode::Success,
                },
            ),
        ] {
            let client = world.key("alice");
            let form = PublishForm {
                message: "c3 a9".to_owned(),
                message_format: MessageFormat::Hex,
                qos,
                ..PublishForm::default()
            };
            world.publish("alice", form).unwrap();
            let size = world.lab.publish_size(client);
            let publication = world.client("alice").publications().next().unwrap();
            assert_eq!(publication.wire_size, size);
            assert_eq!((publication.payload_size, publication.state), (2, state));
            let names: Vec<_> = publication.steps.iter().map(|s| s.kind.name()).collect();
            assert_eq!(names, steps);
            assert_eq!(publication.packet_id.is_some(), qos != Qos::AtMostOnce);
        }
    }
}

#[test]
fn a_publication_that_is_not_acknowledged_is_sent_again_on_the_resumed_session() {
    let mut world = World::new();
    world.edit("alice", |form| form.clean_session = false);
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.server.acknowledges = false;
    world.publish_text("alice", "a", "1", Qos::AtLeastOnce, false);
    world.pass(second());
    let link = world.link("alice");
    world.cut(link);
    world.server.session_present = true;
    world.server.acknowledges = true;
    world.pass(second());
    world.connect("alice", ProtocolVersion::V3_1_1);
    let publication = world.client("alice").publications().next().unwrap();
    let steps: Vec<_> = publication
        .steps
        .iter()
        .map(|s| (s.kind, s.after.as_secs()))
        .collect();
    let expected = [
        (HandshakeStepKind::Publish, 0),
        (HandshakeStepKind::PublishAgain, 2),
        (HandshakeStepKind::Puback, 0),
    ];
    assert_eq!(steps, expected);
    // Without a session it would have been lost, and said so.
    world.server.acknowledges = false;
    world.publish_text("alice", "a", "2", Qos::ExactlyOnce, false);
    let link = world.link("alice");
    world.cut(link);
    world.server.session_present = false;
    world.connect("alice", ProtocolVersion::V3_1_1);
    let state = world.client("alice").publications().next().unwrap().state;
    assert_eq!(state, PublicationState::Lost);
}

#[test]
fn what_must_not_be_published_is_refused_at_its_field_and_recorded() {
    let mut world = World::new();
    let form = |topic: &str, message: &str, message_format| PublishForm {
        topic: topic.to_owned(),
        message: message.to_owned(),
        message_format,
        ..PublishForm::default()
    };
    let refusal = world
        .publish("alice", form("a", "", MessageFormat::Text))
        .unwrap_err();
    assert_eq!(
        refusal.words(),
        "This client is not connected: connect it first."
    );
    world.connect("alice", ProtocolVersion::V3_1_1);
    let long = "x".repeat(65_536);
    for (topic, message, format, field) in [
        ("a/#", "", MessageFormat::Text, Field::Topic),
        ("+", "", MessageFormat::Text, Field::Topic),
        ("", "", MessageFormat::Text, Field::Topic),
        ("a\0", "", MessageFormat::Text, Field::Topic),
        (long.as_str(), "", MessageFormat::Text, Field::Topic),
        ("a", "0", MessageFormat::Hex, Field::Message),
        ("a", "zz", MessageFormat::Hex, Field::Message),
    ] {
        let before = world.lab.trace().next();
        let refusal = world
            .publish("alice", form(topic, message, format))
            .unwrap_err();
        assert_eq!(refusal.field, Some(field));
        assert!(refusal.words().ends_with('.'));
        let key = world.key("alice");
        assert_eq!(world.lab.publish_errors(key), [refusal]);
        assert_eq!(world.lab.publish_size(key), None);
        assert_eq!(world.lab.trace().next(), before.following());
    }
}

#[test]
fn a_sent_topic_alias_is_resolved_in_the_list_and_shows_on_the_wire() {
    let mut world = World::new();
    world.server.connack_properties = || ConnackProperties {
        topic_alias_maximum: Some(5),
        ..ConnackProperties::default()
    };
    world.edit("alice", |form| form.use_topic_aliases = true);
    world.connect("alice", ProtocolVersion::V5_0);
    world.subscribe_to("alice", "#");
    let topic = "a/rather/long/topic/name";
    for _ in 0..3 {
        world.publish_text("alice", topic, "x", Qos::AtMostOnce, false);
    }
    let settings = Settings {
        show_sent: true,
        ..Settings::default()
    };
    world.command(Command::SetSettings { settings }).unwrap();
    let messages = world.messages("alice");
    assert_eq!(messages, vec![(topic.to_owned(), "x".to_owned()); 6]);
    let sizes: Vec<_> = world
        .client("alice")
        .publications()
        .map(|p| p.wire_size.unwrap())
        .collect();
    assert!(
        sizes[0] < topic.len() && sizes[2] > topic.len(),
        "{sizes:?}"
    );
    let client = world.key("alice");
    let row = world.lab.message_row(client, 1).unwrap();
    let details = world.lab.message_details(client, row.sequence).unwrap();
    assert_eq!(details.properties[0].name, "Topic Alias");
}
