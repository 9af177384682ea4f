//! The ladder, over clients, the lab broker and faults, in virtual time.

mod lab_broker_world;
mod ladder_of;

use std::num::{NonZeroU8, NonZeroU32};
use std::time::Duration;

use lab_broker_world::World;
use ladder_of::{ladder_of, words};
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::trace::Sequence;
use mqtt_lab::lab::wire::ladder::{Ladder, LadderChoice, LineEnd, LineStart, Progress};
use mqtt_lab::lab::{Command, Fault, Packets, Ways};

const ONE: NonZeroU32 = NonZeroU32::MIN;

fn rows(world: &World) -> Vec<String> {
    words(world, &ladder_of(world, LadderChoice::default()))
}

/// The last rows, after the one that begins so.
fn rows_after(world: &World, beginning: &str) -> Vec<String> {
    let rows = rows(world);
    let place = rows.iter().rposition(|row| row.starts_with(beginning));
    rows[place.unwrap() + 1..].to_vec()
}

fn alice_and_bob(qos: Qos) -> World {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("alice", |form| form.clean_session = false);
    world.connect("alice");
    world.connect("bob");
    world.subscribe("bob", "t/#", qos);
    world
}

fn swallow(packet_type: ControlPacketType, ways: Ways) -> Fault {
    Fault::Swallow {
        ways,
        packets: Packets::Of(packet_type),
        count: ONE,
    }
}

#[test]
fn connecting_subscribing_and_leaving() {
    let mut world = World::of(&["alice"]);
    world.connect_with("alice", ProtocolVersion::V5_0);
    world.subscribe("alice", "t/#", Qos::AtLeastOnce);
    world.disconnect("alice");
    assert_eq!(
        rows(&world),
        [
            "alice → Lab broker: connection opened: alice opens a connection to Lab broker (in this page).",
            "alice → Lab broker: CONNECT (alice · clean) · handshake 1: Connecting, finished",
            "Lab broker → alice: CONNACK (accepted) · handshake 1: Connecting, finished",
            "alice → Lab broker: SUBSCRIBE 1 (t/# · QoS 1) · handshake 2: Subscribing, packet 1, finished",
            "Lab broker → alice: SUBACK 1 (QoS 1) · handshake 2: Subscribing, packet 1, finished",
            "alice → Lab broker: DISCONNECT",
            "alice → Lab broker: closes the connection: The client closed the connection.",
        ]
    );
}

#[test]
fn qos_0_has_no_handshake_on_either_hop() {
    let mut world = alice_and_bob(Qos::ExactlyOnce);
    world.publish("alice", "t/1", "x", Qos::AtMostOnce);
    assert_eq!(
        rows_after(&world, "Lab broker → bob: SUBACK"),
        [
            "alice → Lab broker: PUBLISH (QoS 0 · t/1)",
            "Lab broker → bob: PUBLISH (QoS 0 · t/1)",
        ]
    );
}

#[test]
fn qos_1_is_two_hops_each_with_its_own_handshake() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    let mut rows = rows_after(&world, "Lab broker → bob: SUBACK");
    rows.sort_by_key(|row| row.contains("handshake 5"));
    assert_eq!(
        rows,
        [
            "alice → Lab broker: PUBLISH 1 (QoS 1 · t/1) · handshake 4: QoS 1, at least once, packet 1, finished",
            "Lab broker → alice: PUBACK 1 · handshake 4: QoS 1, at least once, packet 1, finished",
            "Lab broker → bob: PUBLISH 1 (QoS 1 · t/1) · handshake 5: QoS 1, at least once, packet 1, finished",
            "bob → Lab broker: PUBACK 1 · handshake 5: QoS 1, at least once, packet 1, finished",
        ]
    );
}

#[test]
fn qos_2_is_two_hops_of_four_packets() {
    let mut world = alice_and_bob(Qos::ExactlyOnce);
    world.publish("alice", "t/1", "x", Qos::ExactlyOnce);
    let rows = rows_after(&world, "Lab broker → bob: SUBACK");
    for (handshake, steps) in [
        (
            "handshake 4",
            [
                "alice → Lab broker: PUBLISH 1 ",
                "Lab broker → alice: PUBREC 1 ",
                "alice → Lab broker: PUBREL 1 ",
                "Lab broker → alice: PUBCOMP 1 ",
            ],
        ),
        (
            "handshake 5",
            [
                "Lab broker → bob: PUBLISH 1 ",
                "bob → Lab broker: PUBREC 1 ",
                "Lab broker → bob: PUBREL 1 ",
                "bob → Lab broker: PUBCOMP 1 ",
            ],
        ),
    ] {
        let hop: Vec<_> = rows.iter().filter(|row| row.contains(handshake)).collect();
        assert_eq!(hop.len(), 4, "{rows:#?}");
        for (row, step) in hop.iter().zip(steps) {
            assert!(row.starts_with(step) && row.ends_with("finished"), "{row}");
        }
    }
}

#[test]
fn the_broker_stands_between_its_clients() {
    let mut world = World::of(&["alice", "bob", "carol"]);
    for name in ["alice", "bob", "carol"] {
        world.connect(name);
    }
    let ladder = ladder_of(&world, LadderChoice::default());
    let names = |ladder: &Ladder| {
        let lanes = ladder.lanes(&world.lab).into_iter();
        lanes.map(|lane| lane.name).collect::<Vec<_>>()
    };
    assert_eq!(names(&ladder), ["alice", "bob", "Lab broker", "carol"]);
    let clients = Some(vec![world.key("carol"), world.key("alice")]);
    let choice = LadderChoice {
        clients,
        ..LadderChoice::default()
    };
    assert_eq!(
        names(&ladder_of(&world, choice)),
        ["alice", "Lab broker", "carol"]
    );
}

#[test]
fn a_swallowed_puback_is_lost_and_the_publish_comes_again_in_the_same_handshake() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.fault("alice", swallow(ControlPacketType::Puback, Ways::Down));
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    let rows = rows_after(&world, "alice → Lab broker: fault in place");
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("handshake 4"))
        .collect();
    assert_eq!(
        own,
        [
            "alice → Lab broker: PUBLISH 1 (QoS 1 · t/1) · handshake 4: QoS 1, at least once, packet 1, waits for PUBACK",
            "Lab broker → alice: PUBACK 1 · swallowed (fault) · waits for PUBACK · handshake 4: QoS 1, at least once, packet 1, waits for PUBACK",
        ]
    );
    // The fault's own record is part of the arrow.
    assert!(
        !rows.iter().any(|row| row.contains("fault at work")),
        "{rows:#?}"
    );
    world.cut("alice");
    world.connect("alice");
    let ladder = ladder_of(&world, LadderChoice::default());
    let rows = words(&world, &ladder);
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("handshake 4"))
        .collect();
    assert_eq!(own.len(), 4, "{own:#?}");
    assert!(
        own[2].contains("PUBLISH 1") && own[2].contains("sent again, with DUP"),
        "{own:#?}"
    );
    assert!(
        own[3].contains("PUBACK 1 · handshake 4: QoS 1, at least once, packet 1, finished"),
        "{own:#?}"
    );
    // In between: the cut, and the session that goes on.
    assert!(
        rows.iter()
            .any(|row| row.starts_with("alice → Lab broker: connection cut (fault)"))
    );
    assert!(
        rows.iter()
            .any(|row| row.contains("CONNACK (accepted · session present)"))
    );
    assert!(
        rows.iter()
            .any(|row| row.starts_with("Lab broker: Session resumed"))
    );
    // One bracket holds all four together.
    let lanes = ladder.lanes(&world.lab);
    let extent = ladder.extent();
    let picture = ladder.picture(&world.lab, &lanes, extent.first..extent.end);
    let bracket = picture
        .brackets
        .iter()
        .find(|bracket| bracket.number == 4)
        .unwrap();
    assert_eq!((bracket.lane, bracket.progress), (0, Progress::Finished));
    let members: Vec<_> = picture
        .rows
        .iter()
        .filter(|row| row.handshake.is_some_and(|handshake| handshake.number == 4))
        .map(|row| row.number)
        .collect();
    assert_eq!(bracket.rows, (members[0], members[3]));
    let lost: Vec<_> = picture
        .lines
        .iter()
        .filter(|line| line.end == LineEnd::Cross)
        .collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].row, members[1]);
}

#[test]
fn a_swallowed_pubcomp_has_pubrel_come_again() {
    let mut world = alice_and_bob(Qos::ExactlyOnce);
    world.fault("alice", swallow(ControlPacketType::Pubcomp, Ways::Down));
    world.publish("alice", "t/1", "x", Qos::ExactlyOnce);
    world.cut("alice");
    world.connect("alice");
    let rows = rows(&world);
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("handshake 4"))
        .collect();
    let steps = [
        "PUBLISH",
        "PUBREC",
        "PUBREL",
        "PUBCOMP 1 · swallowed (fault)",
        "PUBREL 1 · sent again",
        "PUBCOMP",
    ];
    assert_eq!(own.len(), steps.len(), "{own:#?}");
    for (row, step) in own.iter().zip(steps) {
        assert!(row.contains(step) && row.ends_with("finished"), "{row}");
    }
}

#[test]
fn a_swallowed_acknowledgement_of_the_client_is_drawn_on_its_way_to_the_broker() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.fault("bob", swallow(ControlPacketType::Puback, Ways::Up));
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    let rows = rows(&world);
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("handshake 5"))
        .collect();
    assert_eq!(
        own,
        [
            "Lab broker → bob: PUBLISH 1 (QoS 1 · t/1) · handshake 5: QoS 1, at least once, packet 1, waits for PUBACK",
            "bob → Lab broker: PUBACK 1 · swallowed (fault) · waits for PUBACK · handshake 5: QoS 1, at least once, packet 1, waits for PUBACK",
        ]
    );
}

#[test]
fn a_new_session_gives_the_handshake_up() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.fault("alice", swallow(ControlPacketType::Puback, Ways::Down));
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    world.cut("alice");
    world.edit("alice", |form| form.clean_session = true);
    world.connect("alice");
    let rows = rows(&world);
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("handshake 4"))
        .collect();
    assert_eq!(own.len(), 2, "{own:#?}");
    assert!(
        own.iter()
            .all(|row| row.ends_with("never finished: the session ended")),
        "{own:#?}"
    );
}

#[test]
fn a_delay_slants_the_arrow_from_one_row_to_another() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.fault(
        "alice",
        Fault::Delay {
            ways: Ways::Both,
            delay: Duration::from_millis(300),
            jitter: Duration::ZERO,
        },
    );
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    // Before it arrives, it is on its way.
    let row = rows_after(&world, "alice → Lab broker: fault in place");
    assert_eq!(row.len(), 1);
    assert!(row[0].contains("on its way · waits for PUBACK"), "{row:#?}");
    world.pass_secs(1);
    let ladder = ladder_of(&world, LadderChoice::default());
    let rows = words(&world, &ladder);
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.contains("handshake 4"))
        .collect();
    assert_eq!(
        own,
        [
            "alice → Lab broker: PUBLISH 1 (QoS 1 · t/1) · arrives 300.0 ms later · handshake 4: QoS 1, at least once, packet 1, finished",
            "alice → Lab broker: PUBLISH 1 (QoS 1 · t/1) · arrives after 300.0 ms · handshake 4: QoS 1, at least once, packet 1, finished",
            "Lab broker → alice: PUBACK 1 · arrives 300.0 ms later · handshake 4: QoS 1, at least once, packet 1, finished",
            "Lab broker → alice: PUBACK 1 · arrives after 300.0 ms · handshake 4: QoS 1, at least once, packet 1, finished",
        ]
    );
    let lanes = ladder.lanes(&world.lab);
    let extent = ladder.extent();
    let picture = ladder.picture(&world.lab, &lanes, extent.first..extent.end);
    let slanted: Vec<_> = picture
        .lines
        .iter()
        .filter(|line| line.from.0 != line.to.0)
        .collect();
    assert_eq!(slanted.len(), 2);
    for line in slanted {
        assert!(line.from.0 < line.to.0);
        assert_eq!((line.start, line.end), (LineStart::Lane, LineEnd::Arrow));
        // It is drawn in a window that shows but one end of it.
        for row in [line.from.0, line.to.0] {
            let part = ladder.picture(&world.lab, &lanes, row..row + 1);
            assert!(part.lines.contains(line));
        }
    }
}

#[test]
fn what_arrives_twice_forks() {
    for (ways, who) in [(Ways::Up, "alice"), (Ways::Down, "bob")] {
        let mut world = alice_and_bob(Qos::AtMostOnce);
        let packets = Packets::Of(ControlPacketType::Publish);
        world.fault(
            who,
            Fault::Duplicate {
                ways,
                packets,
                count: ONE,
            },
        );
        world.publish("alice", "t/1", "x", Qos::AtMostOnce);
        world.publish("alice", "t/1", "x", Qos::AtMostOnce);
        let rows = rows(&world);
        let count = |words: &str| rows.iter().filter(|row| row.contains(words)).count();
        assert_eq!(count("delivered twice (fault)"), 1, "{rows:#?}");
        assert_eq!(count("a second time (fault)"), 1, "{rows:#?}");
        let publishes = if ways == Ways::Up {
            2 + 1 + 3
        } else {
            2 + 2 + 1
        };
        assert_eq!(count("PUBLISH ("), publishes, "{rows:#?}");
    }
}

#[test]
fn what_is_changed_on_the_way_has_two_ends() {
    for (ways, who, from) in [
        (Ways::Up, "alice", "alice → Lab broker: PUBLISH"),
        (Ways::Down, "bob", "Lab broker → bob: PUBLISH"),
    ] {
        let mut world = alice_and_bob(Qos::AtMostOnce);
        world.fault(
            who,
            Fault::Corrupt {
                ways,
                packets: Packets::Any,
                offset: 7,
                mask: NonZeroU8::MIN,
                count: ONE,
            },
        );
        world.publish("alice", "t/1", "x", Qos::AtMostOnce);
        let rows = rows(&world);
        let own: Vec<_> = rows.iter().filter(|row| row.starts_with(from)).collect();
        assert_eq!(own.len(), 2, "{rows:#?}");
        assert!(own[0].contains("changed on the way (fault)"), "{own:#?}");
        assert!(own[1].contains("arrives"), "{own:#?}");
    }
}

#[test]
fn a_black_hole_takes_what_is_sent_and_keep_alive_finds_out() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.fault("bob", Fault::BlackHole { ways: Ways::Both });
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    world.pass_secs(200);
    let rows = rows(&world);
    let lost = |beginning: &str| {
        rows.iter()
            .any(|row| row.starts_with(beginning) && row.contains("lost in a black hole"))
    };
    assert!(lost("Lab broker → bob: PUBLISH 1"), "{rows:#?}");
    assert!(lost("bob → Lab broker: PINGREQ"), "{rows:#?}");
    assert!(
        rows.iter().any(
            |row| row.starts_with("Lab broker: Connection ended") && row.contains("Keep Alive")
        ),
        "{rows:#?}"
    );
    // The ping was never answered, and its bracket says so.
    let ping = rows
        .iter()
        .find(|row| row.starts_with("bob → Lab broker: PINGREQ"))
        .unwrap();
    assert!(
        ping.ends_with("never answered: the connection ended"),
        "{ping}"
    );
}

#[test]
fn idle_time_is_one_row() {
    let mut world = World::of(&["alice"]);
    world.connect("alice");
    world.pass(Duration::from_millis(61_500));
    assert_eq!(
        rows_after(&world, "Lab broker → alice: CONNACK"),
        [
            "01:00 idle",
            "alice → Lab broker: PINGREQ · handshake 2: Ping, finished",
            "Lab broker → alice: PINGRESP · handshake 2: Ping, finished",
        ]
    );
}

#[test]
fn a_jump_of_the_clock_stands_across_all_lanes() {
    let mut world = World::of(&["alice"]);
    world.connect("alice");
    world.jump_secs(200);
    let rows = rows(&world);
    assert!(
        rows.iter().any(|row| row.starts_with("Time jumps: 03:20")),
        "{rows:#?}"
    );
    assert_eq!(
        rows.iter().filter(|row| row.ends_with("idle")).count(),
        4,
        "{rows:#?}"
    );
}

#[test]
fn a_take_over_and_a_will_are_told_at_the_broker() {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("alice", |form| form.will.topic = "status".to_owned());
    world.edit("bob", |form| form.client_id = "alice".to_owned());
    world.connect("alice");
    world.connect("bob");
    let rows = rows(&world);
    for words in [
        "Lab broker: Connection ended: The connection of alice ended: another connection took",
        "Lab broker: Will published: The will of",
        "Lab broker → alice: closes the connection",
    ] {
        assert!(
            rows.iter().any(|row| row.starts_with(words)),
            "{words}: {rows:#?}"
        );
    }
}

#[test]
fn a_refused_connect_is_drawn_with_its_code() {
    for (version, code) in [
        (ProtocolVersion::V3_1_1, "CONNACK (refused: 0x05"),
        (ProtocolVersion::V5_0, "CONNACK (refused: 0x87"),
    ] {
        let mut world = World::of(&["alice"]);
        let code_of = mqtt_lab::codec::ReasonCode::NotAuthorized;
        world.command(Command::RefuseNextConnect {
            code: Some(code_of),
        });
        world.edit("alice", |form| form.version = version);
        let client = world.key("alice");
        world.command(Command::Connect { client });
        let rows = rows(&world);
        assert!(rows.iter().any(|row| row.contains(code)), "{rows:#?}");
        assert!(
            rows.iter()
                .any(|row| row.starts_with("Lab broker: Connection refused")),
            "{rows:#?}"
        );
    }
}

#[test]
fn broker_events_can_be_left_out() {
    let mut world = World::of(&["alice"]);
    world.connect("alice");
    world.publish_form("alice", "t", "x", Qos::AtMostOnce, |form| {
        form.retain = true
    });
    let choice = LadderChoice {
        broker_events: false,
        ..LadderChoice::default()
    };
    let without = words(&world, &ladder_of(&world, choice));
    assert!(
        !without.iter().any(|row| row.starts_with("Lab broker: ")),
        "{without:#?}"
    );
    assert_eq!(rows(&world).len(), without.len() + 1);
}

#[test]
fn a_record_finds_its_row_and_a_row_its_record() {
    let mut world = alice_and_bob(Qos::AtLeastOnce);
    world.fault("alice", swallow(ControlPacketType::Puback, Ways::Down));
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    world.fault(
        "bob",
        Fault::Slice {
            ways: Ways::Down,
            bytes: ONE,
        },
    );
    world.publish("alice", "t/1", "x", Qos::AtLeastOnce);
    let ladder = ladder_of(&world, LadderChoice::default());
    let mut found = 0;
    for record in world.records().filter(|record| record.kind().is_packet()) {
        let row = ladder.row_of(&world.lab, record.sequence()).unwrap();
        let lanes = ladder.lanes(&world.lab);
        let words = ladder.words(&world.lab, &lanes, row).unwrap();
        let name = record.packet_type().unwrap().name();
        assert!(words.what.starts_with(name), "{} at {record:?}", words.what);
        found += 1;
        // Selecting the arrow selects a record of the same packet, and that leads back.
        let selected = ladder.record_of(row).unwrap();
        assert_eq!(ladder.row_of(&world.lab, selected), Some(row));
    }
    assert!(found > 12);
    assert_eq!(ladder.row_of(&world.lab, Sequence::new(1 << 40)), None);
}

#[test]
fn rows_whose_records_are_dropped_go() {
    let mut world = World::of(&["alice"]);
    let mut settings = world.lab.settings().clone();
    settings.trace_megabytes = 1;
    let is_small = world.try_command(Command::SetSettings { settings }).is_ok();
    world.connect("alice");
    let text = "x".repeat(20_000);
    let mut ladder = Ladder::new(LadderChoice::default());
    for _ in 0..if is_small { 200 } else { 2_000 } {
        world.publish("alice", "t", &text, Qos::AtLeastOnce);
        while ladder.follow(&world.lab, 50) {}
    }
    let first = world.lab.trace().first();
    assert!(first.number() > 0);
    let extent = ladder.extent();
    assert!(extent.first > 0);
    assert_eq!(ladder.left_out(&world.lab), 0);
    let lanes = ladder.lanes(&world.lab);
    let picture = ladder.picture(&world.lab, &lanes, 0..u64::MAX);
    assert_eq!(picture.rows.len() as u64, extent.end - extent.first);
    assert!(
        picture
            .rows
            .iter()
            .all(|row| row.record.is_none_or(|record| record >= first))
    );
    // One that is opened now finds the same rows, though it has not seen the connection opened.
    let late = ladder_of(&world, LadderChoice::default());
    assert_eq!(words(&world, &late).len(), words(&world, &ladder).len());
    assert_eq!(late.lanes(&world.lab), ladder.lanes(&world.lab));
}

#[test]
fn an_old_packet_is_reached_and_the_newest_again() {
    let mut world = World::of(&["alice"]);
    world.connect("alice");
    for _ in 0..20 {
        world.publish("alice", "t", "x", Qos::AtLeastOnce);
    }
    let mut ladder = ladder_of(&world, LadderChoice::default());
    let old = ladder.record_of(3).unwrap();
    ladder.reach_back(&world.lab, old);
    assert!(ladder.is_anchored() && ladder.is_empty());
    while ladder.follow(&world.lab, 5) {}
    assert!(ladder.row_of(&world.lab, old).is_some());
    ladder.to_newest();
    assert!(!ladder.is_anchored());
}
