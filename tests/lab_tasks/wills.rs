//! Wills: armed, released, recognised.

use crate::VERSIONS;
use crate::lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::{Command, SubscribeForm};

#[test]
fn task_8_a_will_is_armed_released_and_recognised() {
    for version in VERSIONS {
        let mut world = World::new();
        world.command(Command::AddClient).unwrap();
        world.edit("bob", |form| {
            form.will.topic = "status/bob".to_owned();
            form.will.message = "offline".to_owned();
            form.will.qos = Qos::ExactlyOnce;
        });
        world.connect("alice", version);
        let form = SubscribeForm {
            filter: "status/#".to_owned(),
            qos: Qos::AtMostOnce,
            ..SubscribeForm::default()
        };
        world.subscribe("alice", form).unwrap();
        assert!(world.client("bob").will().is_none());
        world.connect("bob", version);
        assert_eq!(world.client("bob").will().unwrap().released, None);
        // Left in good order, the will is forgotten.
        let client = world.key("bob");
        let reason_code = ReasonCode::Success;
        let disconnect = Command::Disconnect {
            client,
            reason_code,
        };
        world.command(disconnect).unwrap();
        assert!(world.client("bob").will().is_none());
        assert_eq!(world.client("alice").messages_received(), 0);
        // Dying without DISCONNECT leaves it to the server to publish it.
        world.connect("bob", version);
        world.publish_text("bob", "status/bob", "online", Qos::AtMostOnce, false);
        world.command(Command::Die { client }).unwrap();
        assert!(world.client("bob").will().unwrap().released.is_some());
        assert!(world.line("bob").closed.unwrap().why.contains("will"));
        let alice = world.key("alice");
        assert_eq!(world.messages("alice")[0].1, "offline");
        let row = world.lab.message_row(alice, 0).unwrap();
        let mark = row.will_of.unwrap();
        assert_eq!((mark.name, mark.client), ("bob", client));
        assert_eq!(row.qos, Qos::AtMostOnce);
        assert_eq!(world.lab.message_row(alice, 1).unwrap().will_of, None);
    }
}

#[test]
fn a_disconnect_with_0x04_releases_the_will() {
    let mut world = World::new();
    world.edit("alice", |form| form.will.topic = "gone".to_owned());
    world.connect("alice", ProtocolVersion::V5_0);
    let client = world.key("alice");
    let reason_code = ReasonCode::DisconnectWithWillMessage;
    let disconnect = || Command::Disconnect {
        client,
        reason_code,
    };
    world.command(disconnect()).unwrap();
    assert!(world.client("alice").will().unwrap().released.is_some());
    world.connect("alice", ProtocolVersion::V3_1_1);
    assert!(world.command(disconnect()).is_err());
    assert_eq!(world.line("alice").status, "connected");
}
