//! Subscriptions that overlap: what the details of a message say about them.

mod lab_broker_world;

use lab_broker_world::World;
use mqtt_lab::broker::{BrokerOptions, Overlapping};
use mqtt_lab::codec::{ProtocolVersion, Qos};
use mqtt_lab::lab::{Command, Fact};

fn matches_now(world: &World) -> Fact {
    let client = world.key("alice");
    let newest = world.lab.message_row(client, 0).unwrap().sequence;
    let facts = world.lab.message_facts(client, newest).unwrap().facts;
    let mut facts = facts.into_iter();
    facts.find(|fact| fact.name == "Matches now").unwrap()
}

#[test]
fn it_is_said_whether_the_server_sent_one_copy_or_several() {
    for version in ProtocolVersion::ALL {
        for (overlapping, copies, words) in [
            (Overlapping::OneCopy, 1, "once for all of them"),
            (Overlapping::CopyPerSubscription, 2, "several times"),
        ] {
            let mut world = World::new();
            let options = Box::new(BrokerOptions {
                overlapping,
                ..world.lab.broker_options().clone()
            });
            world.command(Command::SetBrokerOptions { options });
            world.connect_with("alice", version);
            world.subscribe("alice", "sensors/#", Qos::AtMostOnce);
            world.publish("alice", "sensors/b", "alone", Qos::AtMostOnce);
            assert_eq!(matches_now(&world).note, "", "nothing overlaps");
            world.subscribe("alice", "sensors/+/temperature", Qos::AtLeastOnce);
            world.publish("alice", "sensors/a/temperature", "21", Qos::AtMostOnce);
            let fact = matches_now(&world);
            assert_eq!(fact.value, "sensors/#, sensors/+/temperature");
            assert!(fact.note.contains(words), "{version:?} {}", fact.note);
            assert_eq!(world.messages("alice").len(), 1 + copies);
        }
    }
}
