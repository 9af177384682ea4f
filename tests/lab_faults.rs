//! Faults on the link to a server outside the page, which a small scripted server plays.

mod lab_world;

use std::num::NonZeroU32;
use std::time::Duration;

use lab_world::World;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::trace::{ClosedBy, FaultNote, Note, RecordKind};
use mqtt_lab::lab::{Command, Fault, Packets, RefusalCause, Ways};

fn connected() -> World {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "#");
    world
}

fn add(world: &mut World, fault: Fault) {
    let client = world.key("alice");
    world.command(Command::AddFault { client, fault }).unwrap();
}

#[test]
fn a_swallowed_publish_never_reaches_the_server() {
    let mut world = connected();
    let fault = Fault::Swallow {
        ways: Ways::Up,
        packets: Packets::Of(ControlPacketType::Publish),
        count: NonZeroU32::MIN,
    };
    add(&mut world, fault);
    world.publish_text("alice", "a", "lost", Qos::AtMostOnce, false);
    world.publish_text("alice", "a", "sent", Qos::AtMostOnce, false);
    assert_eq!(
        world.messages("alice"),
        [("a".to_owned(), "sent".to_owned())]
    );
    // The broker's end of a link outside the page is not ours to record.
    let trace = world.lab.trace();
    let mut records = trace.records(trace.first()..trace.next());
    assert!(records.all(|record| record.kind() != RecordKind::BrokerReceived));
}

#[test]
fn what_comes_can_be_delayed_and_keeps_its_order() {
    let mut world = connected();
    let delay = Duration::from_secs(2);
    add(
        &mut world,
        Fault::Delay {
            ways: Ways::Down,
            delay,
            jitter: Duration::ZERO,
        },
    );
    for message in ["1", "2"] {
        world.publish_text("alice", "a", message, Qos::AtMostOnce, false);
    }
    assert_eq!(world.messages("alice"), []);
    world.pass(delay);
    let topic = "a".to_owned();
    let newest_first = ["2", "1"].map(|message| (topic.clone(), message.to_owned()));
    assert_eq!(world.messages("alice"), newest_first);
    // A closing waits its turn as well.
    let link = world.link("alice");
    world.publish_text("alice", "a", "3", Qos::AtMostOnce, false);
    world.cut(link);
    assert_eq!(world.line("alice").status, "connected");
    world.pass(delay);
    assert_eq!(world.messages("alice").len(), 3);
    assert_eq!(world.line("alice").status, "disconnected");
}

#[test]
fn in_a_black_hole_the_client_gives_up_by_its_keep_alive() {
    let mut world = connected();
    add(&mut world, Fault::BlackHole { ways: Ways::Down });
    world.publish_text("alice", "a", "1", Qos::AtMostOnce, false);
    assert_eq!(world.messages("alice"), []);
    world.pass(Duration::from_secs(200));
    assert_eq!(world.line("alice").status, "disconnected");
    let client = world.key("alice");
    world.command(Command::ClearAllFaults).unwrap();
    world.command(Command::Connect { client }).unwrap();
    assert_eq!(world.line("alice").status, "connected");
}

#[test]
fn a_cut_link_says_that_it_was_cut() {
    let mut world = connected();
    let client = world.key("alice");
    world.command(Command::CutNow { client }).unwrap();
    let closed = world.line("alice").closed.unwrap();
    assert_eq!(closed.by, "a fault");
    let trace = world.lab.trace();
    let records = trace.records(trace.first()..trace.next());
    let notes: Vec<_> = records.filter_map(|record| record.note()).collect();
    let cut = Note::Fault {
        fault: FaultNote::Cut,
    };
    assert!(notes.contains(&cut));
    let by_fault = |note: &Note<'_>| {
        matches!(
            note,
            Note::LinkClose {
                by: ClosedBy::Fault,
                ..
            }
        )
    };
    assert!(notes.iter().any(by_fault));
    assert!(world.server.links.is_empty());
    let refusal = world.command(Command::CutNow { client }).unwrap_err();
    assert_eq!(refusal.cause, RefusalCause::NoLink);
}
