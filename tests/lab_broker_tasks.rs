//! What a person does with the lab broker, task by task, in virtual time.

mod lab_broker_world;

use std::num::NonZeroU32;
use std::time::Duration;

use lab_broker_world::{World, at_secs};
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::trace::{
    BrokerNote, ConnectionChange, FaultNote, Note, RecordKind, SessionChange, WillChange,
};
use mqtt_lab::lab::{BrokerOptions, BrokerTable, Command, Fault, Memory, Packets, Ways, WillFate};
use mqtt_lab::network::Deed;

const VERSIONS: [ProtocolVersion; 3] = ProtocolVersion::ALL;

#[test]
fn a_client_connects_publishes_and_receives_without_any_network() {
    for version in VERSIONS {
        let mut world = World::of(&["alice", "bob"]);
        world.connect_with("alice", version);
        world.connect_with("bob", version);
        for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
            world.subscribe("bob", "room/#", qos);
            world.publish("alice", "room/1", &format!("{qos:?}"), qos);
        }
        assert_eq!(world.messages("bob").len(), 3);
        let line = world.lab.state_line(world.key("alice")).unwrap();
        assert!(
            line.sentence
                .contains("to Lab broker (in this page) as alice"),
            "{}",
            line.sentence
        );
        world
            .effects
            .retain(|effect| !matches!(effect, mqtt_lab::lab::Effect::Store { .. }));
        assert_eq!(world.effects, []);
        assert_eq!(world.lab.broker_count(BrokerTable::Connections), 2);
        assert_eq!(world.lab.broker_count(BrokerTable::Subscriptions), 1);
    }
}

#[test]
fn a_retained_message_waits_for_those_who_subscribe_later() {
    let mut world = World::of(&["alice", "bob"]);
    world.connect("alice");
    world.publish_form("alice", "room/1", "21", Qos::AtLeastOnce, |form| {
        form.retain = true
    });
    world.publish_form("alice", "room/1", "22", Qos::AtLeastOnce, |form| {
        form.retain = true
    });
    let rows = world.lab.retained_rows(0..10);
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (rows[0].value.as_str(), rows[0].qos),
        ("22", Qos::AtLeastOnce)
    );
    // It flashes, says what it was, and leads to the packet that caused it.
    assert_eq!(rows[0].change.was.as_deref(), Some("21"));
    let cause = world
        .lab
        .trace()
        .get(rows[0].change.cause.unwrap())
        .unwrap();
    assert_eq!(cause.payload(), Some(&b"22"[..]));
    assert_eq!(cause.kind(), RecordKind::Sent);
    world.connect("bob");
    world.subscribe("bob", "room/+", Qos::AtLeastOnce);
    assert_eq!(world.messages("bob"), ["22"]);
    world.command(Command::ClearRetainedAtBroker {
        topic: "room/1".to_owned(),
    });
    assert_eq!(world.lab.broker_count(BrokerTable::Retained), 0);
}

#[test]
fn a_will_is_published_when_the_connection_is_cut_and_not_after_a_disconnect() {
    for version in VERSIONS {
        let mut world = World::of(&["alice", "bob"]);
        world.connect_with("bob", version);
        world.subscribe("bob", "status/#", Qos::AtMostOnce);
        world.edit("alice", |form| {
            form.will.topic = "status/alice".to_owned();
            form.will.message = "gone".to_owned();
        });
        world.connect_with("alice", version);
        assert_eq!(world.lab.will_rows(0..9)[0].value, "gone");
        world.disconnect("alice");
        assert_eq!(world.messages("bob"), <[String; 0]>::default());
        assert_eq!(world.lab.past_wills(0..1)[0].fate, WillFate::Discarded);
        world.connect("alice");
        world.cut("alice");
        assert_eq!(world.messages("bob"), ["gone"]);
        let past = &world.lab.past_wills(0..1)[0];
        assert_eq!((past.fate, past.word), (WillFate::Fired, "netloss"));
        let line = world.lab.state_line(world.key("alice")).unwrap();
        let closed = line.closed.unwrap();
        assert_eq!(closed.by, "a fault");
        assert!(closed.why.contains("was cut"), "{}", closed.why);
    }
}

#[test]
fn a_session_goes_on_and_its_messages_wait() {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("bob", |form| form.clean_session = false);
    world.connect("bob");
    world.subscribe("bob", "room/#", Qos::AtLeastOnce);
    world.disconnect("bob");
    world.connect("alice");
    for number in 0..3 {
        world.publish("alice", "room/1", &number.to_string(), Qos::AtLeastOnce);
    }
    let session = &world.lab.session_rows(0..9)[1];
    assert_eq!((session.client_id.as_str(), session.queued), ("bob", 3));
    assert!(!session.is_connected && !session.is_clean);
    assert_eq!(session.client, Some(world.key("bob")));
    world.connect("bob");
    assert_eq!(world.messages("bob"), ["0", "1", "2"]);
    assert_eq!(world.lab.session_rows(1..2)[0].queued, 0);
    let resumed = |note: &BrokerNote<'_>| {
        matches!(
            note,
            BrokerNote::Session {
                change: SessionChange::Resumed,
                ..
            }
        )
    };
    assert!(world.broker_notes().iter().any(|(_, note)| resumed(note)));
}

#[test]
fn a_swallowed_puback_has_the_message_sent_again_with_dup() {
    let mut world = World::of(&["alice"]);
    world.edit("alice", |form| form.clean_session = false);
    world.connect("alice");
    world.fault(
        "alice",
        Fault::Swallow {
            ways: Ways::Down,
            packets: Packets::Of(ControlPacketType::Puback),
            count: NonZeroU32::MIN,
        },
    );
    world.publish("alice", "a", "1", Qos::AtLeastOnce);
    // It is used up, and the trace says what it did.
    assert_eq!(world.lab.faults(world.key("alice")), []);
    let swallowed = |note| {
        matches!(
            note,
            Some(Note::Fault {
                fault: FaultNote::Done {
                    deed: Deed::Swallowed,
                    ..
                }
            })
        )
    };
    assert_eq!(
        world
            .records()
            .filter(|record| swallowed(record.note()))
            .count(),
        1
    );
    assert_eq!(world.count(RecordKind::BrokerSent), 1);
    world.cut("alice");
    world.connect("alice");
    let again: Vec<_> = world
        .records()
        .filter(|record| record.kind() == RecordKind::Sent && record.dup())
        .collect();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].payload(), Some(&b"1"[..]));
}

#[test]
fn in_a_black_hole_both_ends_give_up_when_keep_alive_says() {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("alice", |form| {
        form.keep_alive = "10".to_owned();
        form.will.topic = "status/alice".to_owned();
        form.will.message = "gone".to_owned();
    });
    world.connect("bob");
    world.subscribe("bob", "status/#", Qos::AtMostOnce);
    world.connect("alice");
    world.fault("alice", Fault::BlackHole { ways: Ways::Both });
    world.pass(Duration::from_millis(14_999));
    assert_eq!(world.messages("bob"), <[String; 0]>::default());
    world.pass(Duration::from_millis(1));
    assert_eq!(world.messages("bob"), ["gone"]);
    let closed = world.broker_notes().into_iter().find(|(_, note)| {
        matches!(
            note,
            BrokerNote::Connection {
                change: ConnectionChange::Closed,
                cause: "keepalive",
                ..
            }
        )
    });
    assert_eq!(closed.unwrap().0, at_secs(15));
    // Nobody gets through a black hole; without it, all is well.
    world.pass_secs(30);
    assert_eq!(world.status("alice"), "disconnected");
    let client = world.key("alice");
    world.command(Command::Connect { client });
    world.pass_secs(11);
    assert_eq!(world.status("alice"), "disconnected");
    world.command(Command::ClearAllFaults);
    world.connect("alice");
}

#[test]
fn delay_duplicate_slice_corrupt_and_rate_do_what_they_say() {
    let count = NonZeroU32::MIN;
    let publish = Packets::Of(ControlPacketType::Publish);
    let mut world = World::of(&["alice", "bob"]);
    world.connect("alice");
    world.connect("bob");
    world.subscribe("bob", "#", Qos::AtMostOnce);

    let delay = Duration::from_millis(300);
    world.fault(
        "alice",
        Fault::Delay {
            ways: Ways::Up,
            delay,
            jitter: Duration::ZERO,
        },
    );
    world.publish("alice", "a", "late", Qos::AtMostOnce);
    assert_eq!(world.messages("bob").len(), 0);
    world.pass(delay);
    assert_eq!(world.messages("bob"), ["late"]);
    let arrived: Vec<_> = world
        .records()
        .filter(|record| record.kind() == RecordKind::BrokerReceived)
        .collect();
    assert_eq!(arrived.len(), 1);
    assert_eq!(arrived[0].time(), at_secs(0) + delay);
    assert_eq!(arrived[0].client(), Some(world.key("alice")));
    world.command(Command::ClearAllFaults);

    world.fault(
        "alice",
        Fault::Duplicate {
            ways: Ways::Up,
            packets: publish,
            count,
        },
    );
    world.publish("alice", "a", "twice", Qos::AtMostOnce);
    assert_eq!(world.messages("bob"), ["late", "twice", "twice"]);

    world.fault(
        "bob",
        Fault::Slice {
            ways: Ways::Down,
            bytes: count,
        },
    );
    world.publish("alice", "a", "sliced", Qos::AtMostOnce);
    assert_eq!(world.messages("bob").last().unwrap(), "sliced");
    world.command(Command::ClearAllFaults);

    world.fault(
        "bob",
        Fault::RateLimit {
            ways: Ways::Down,
            bytes_per_second: NonZeroU32::new(10).unwrap(),
        },
    );
    world.publish("alice", "a", &"x".repeat(95), Qos::AtMostOnce);
    world.pass_secs(9);
    assert_eq!(world.messages("bob").len(), 4);
    world.pass_secs(2);
    assert_eq!(world.messages("bob").len(), 5);
    world.command(Command::ClearAllFaults);

    // A byte of the topic is changed: the topic is another one.
    world.fault(
        "alice",
        Fault::Corrupt {
            ways: Ways::Up,
            packets: publish,
            offset: 4,
            mask: core::num::NonZeroU8::MIN,
            count,
        },
    );
    world.publish("alice", "a", "changed", Qos::AtMostOnce);
    let key = world.key("bob");
    assert_eq!(world.lab.message_row(key, 0).unwrap().topic, "`");
}

#[test]
fn the_broker_stops_and_starts_with_and_without_its_memory() {
    for memory in [Memory::Kept, Memory::Lost] {
        let mut world = World::of(&["alice"]);
        world.edit("alice", |form| form.clean_session = false);
        world.connect("alice");
        world.subscribe("alice", "a", Qos::AtLeastOnce);
        world.publish_form("alice", "a", "1", Qos::AtLeastOnce, |form| {
            form.retain = true
        });
        world.command(Command::StopBroker);
        assert!(world.try_command(Command::StopBroker).is_err());
        assert_eq!(world.status("alice"), "disconnected");
        let client = world.key("alice");
        world.command(Command::Connect { client });
        let line = world.lab.state_line(client).unwrap();
        assert_eq!(line.status, "disconnected");
        let advice = line.closed.unwrap().advice;
        assert!(
            advice[0].contains("Start it in the Broker pane"),
            "{advice:?}"
        );
        world.command(Command::StartBroker { memory });
        world.connect("alice");
        let kept = usize::from(memory == Memory::Kept);
        assert_eq!(world.lab.broker_count(BrokerTable::Retained), kept);
        let present = world.client("alice").negotiated().unwrap().session_present;
        assert_eq!(present, memory == Memory::Kept);
    }
}

#[test]
fn the_next_connect_is_refused_and_the_one_after_is_not() {
    for version in VERSIONS {
        let mut world = World::of(&["alice"]);
        world.edit("alice", |form| form.version = version);
        let code = Some(ReasonCode::BadUserNameOrPassword);
        world.command(Command::RefuseNextConnect { code });
        assert_eq!(world.lab.broker_facts().refuse_next, code);
        let client = world.key("alice");
        world.command(Command::Connect { client });
        let line = world.lab.state_line(client).unwrap();
        assert!(line.closed.unwrap().why.contains("CONNACK refused"));
        assert_eq!(world.lab.broker_facts().refuse_next, None);
        world.connect("alice");
    }
}

#[test]
fn a_person_at_the_broker_ends_a_connection_and_a_session() {
    let mut world = World::of(&["alice"]);
    world.connect_with("alice", ProtocolVersion::V5_0);
    let row = &world.lab.connection_rows(0..9)[0];
    assert_eq!((row.client_id.as_str(), row.keep_alive), ("alice", 60));
    assert_eq!(row.client, Some(world.key("alice")));
    assert_eq!(row.keep_alive_left, Some(Duration::from_secs(90)));
    let connection = row.key;
    let reason = ReasonCode::ServerShuttingDown;
    world.command(Command::DisconnectAtBroker { connection, reason });
    let line = world.lab.state_line(world.key("alice")).unwrap();
    assert!(line.closed.unwrap().why.contains("0x8B"));
    assert!(
        world
            .try_command(Command::DisconnectAtBroker { connection, reason })
            .is_err()
    );
    world.connect("alice");
    let client_id = "alice".to_owned();
    world.command(Command::DiscardSession { client_id });
    assert_eq!(world.status("alice"), "disconnected");
    assert_eq!(world.lab.broker_count(BrokerTable::Sessions), 0);
}

#[test]
fn options_hold_at_once_and_are_kept_for_the_next_visit() {
    let mut world = World::of(&["alice"]);
    let options = BrokerOptions {
        maximum_qos: Qos::AtLeastOnce,
        ..world.lab.broker_options()
    };
    let options = Box::new(options);
    world.command(Command::SetBrokerOptions { options });
    world.connect_with("alice", ProtocolVersion::V5_0);
    let negotiated = world.client("alice").negotiated().unwrap();
    assert_eq!(negotiated.server.maximum_qos, Qos::AtLeastOnce);
    let stored = world.effects.iter().find_map(|effect| match effect {
        mqtt_lab::lab::Effect::Store { key, value } if key == "mqtt-lab.broker" => {
            Some((key.clone(), value.clone()))
        }
        _ => None,
    });
    let again = World::with(mqtt_lab::lab::Environment {
        stored: Ok(vec![stored.unwrap()]),
        ..mqtt_lab::lab::Environment::default()
    });
    assert_eq!(again.lab.broker_options().maximum_qos, Qos::AtLeastOnce);
    world.command(Command::ApplyPreset { preset: 0 });
    assert_eq!(world.lab.broker_options(), BrokerOptions::default());
    assert!(
        world
            .try_command(Command::ApplyPreset { preset: 999 })
            .is_err()
    );
}

#[test]
fn a_delayed_will_is_cancelled_by_coming_back() {
    let mut world = World::of(&["alice"]);
    world.edit("alice", |form| {
        form.version = ProtocolVersion::V5_0;
        form.clean_session = false;
        form.session_expiry_interval = "100".to_owned();
        form.will.topic = "gone".to_owned();
        form.will.delay_interval = "30".to_owned();
    });
    world.connect("alice");
    world.cut("alice");
    assert_eq!(
        world.lab.will_rows(0..1)[0].fires_in,
        Some(Duration::from_secs(30))
    );
    world.pass_secs(29);
    world.connect("alice");
    assert_eq!(world.lab.past_wills(0..1)[0].fate, WillFate::Cancelled);
    let cancelled = |note: &BrokerNote<'_>| {
        matches!(
            note,
            BrokerNote::Will {
                change: WillChange::Cancelled,
                ..
            }
        )
    };
    assert!(world.broker_notes().iter().any(|(_, note)| cancelled(note)));
}

#[test]
fn a_lab_sheet_that_says_host_and_port_leads_out_of_the_page() {
    let mut world = World::of(&["alice"]);
    world.edit("alice", |form| form.username = "me".to_owned());
    assert!(world.client("alice").connection_form().lab_broker);
    world.edit("alice", |form| form.host = "broker.example".to_owned());
    assert!(!world.client("alice").connection_form().lab_broker);

    let client = world.key("alice");
    let broker = mqtt_lab::lab::BrokerChoice::LabBroker;
    world.command(Command::ChooseBroker { client, broker });
    world.edit("alice", |form| form.port = "9001".to_owned());
    assert!(!world.client("alice").connection_form().lab_broker);
}
