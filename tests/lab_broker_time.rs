//! The lab's time with the lab broker: pauses, jumps, what falls due on the way, bots, and traces
//! that come out the same.

mod lab_broker_world;

use std::time::Duration;

use lab_broker_world::{World, at_secs};
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos};
use mqtt_lab::lab::bots::{BotKind, BotState};
use mqtt_lab::lab::trace::{BrokerNote, ClockChange, Note, RecordKind, SessionChange, WillChange};
use mqtt_lab::lab::{BrokerChoice, BrokerOptions, BrokerTable, Command, Fault, TimePhase, Ways};

#[test]
fn while_time_stands_still_nothing_falls_due() {
    let mut world = World::of(&["alice"]);
    world.edit("alice", |form| form.keep_alive = "10".to_owned());
    world.connect("alice");
    world.command(Command::PauseTime);
    assert_eq!(world.lab.time_facts().phase, TimePhase::Paused);
    assert_eq!(world.lab.poll_timeout(), None);
    world.pass_secs(1_000);
    assert_eq!(world.lab.now(), at_secs(0));
    assert_eq!(world.count(RecordKind::Sent), 1);
    // Messages still go through.
    world.publish("alice", "a", "1", Qos::AtLeastOnce);
    world.command(Command::RunTime);
    world.pass_secs(10);
    assert_eq!(world.lab.now(), at_secs(10));
    assert_eq!(world.status("alice"), "connected");
    let changes: Vec<_> = world
        .records()
        .filter_map(|record| match record.note() {
            Some(Note::Clock { change, .. }) => Some(change),
            _ => None,
        })
        .collect();
    assert_eq!(changes, [ClockChange::Paused, ClockChange::Runs]);
}

#[test]
fn an_hour_is_jumped_with_every_ping_at_its_own_instant() {
    let mut world = World::of(&["alice"]);
    world.connect("alice");
    world.jump_secs(3_600);
    assert_eq!(world.lab.now(), at_secs(3_600));
    assert_eq!(world.lab.time_facts().ahead, Duration::from_secs(3_600));
    assert_eq!(world.lab.time_facts().phase, TimePhase::Runs);
    assert_eq!(world.status("alice"), "connected");
    let pings: Vec<_> = world
        .records()
        .filter(|record| record.kind() == RecordKind::Sent)
        .filter(|record| record.packet_type() == Some(ControlPacketType::Pingreq))
        .map(|record| record.time())
        .collect();
    assert_eq!(pings.len(), 60);
    assert_eq!(pings.first(), Some(&at_secs(60)));
    assert_eq!(pings.last(), Some(&at_secs(3_600)));
    // A jump of a day goes on from there, in slices.
    let by = Duration::from_secs(24 * 3_600);
    let now = world.now;
    world
        .lab
        .handle_command(Command::JumpTime { by }, now)
        .unwrap();
    assert!(world.lab.has_work());
    assert!(matches!(
        world.lab.time_facts().phase,
        TimePhase::Jumps { .. }
    ));
    world.settle();
    assert_eq!(world.lab.now(), at_secs(25 * 3_600));
    // The driver's clock goes on as ever.
    world.pass_secs(60);
    assert_eq!(world.lab.now(), at_secs(25 * 3_600 + 60));
}

#[test]
fn a_will_delay_and_a_session_end_exactly_when_they_are_due() {
    let mut world = World::of(&["alice", "bob"]);
    world.connect_with("bob", ProtocolVersion::V5_0);
    world.subscribe("bob", "status/#", Qos::AtMostOnce);
    world.edit("alice", |form| {
        form.version = ProtocolVersion::V5_0;
        form.clean_session = false;
        form.session_expiry_interval = "50".to_owned();
        form.will.topic = "status/alice".to_owned();
        form.will.message = "gone".to_owned();
        form.will.delay_interval = "30".to_owned();
    });
    world.connect("alice");
    world.cut("alice");
    world.command(Command::JumpToNextTimer);
    assert_eq!(world.lab.now(), at_secs(30));
    assert_eq!(world.messages("bob"), ["gone"]);
    world.jump_secs(60);
    let notes = world.broker_notes();
    let at = |is_it: fn(&BrokerNote<'_>) -> bool| {
        let found = notes.iter().find(|(_, note)| is_it(note));
        found.map(|(at, _)| *at)
    };
    let fired = at(|note| {
        matches!(
            note,
            BrokerNote::Will {
                change: WillChange::Fired,
                ..
            }
        )
    });
    assert_eq!(fired, Some(at_secs(30)));
    let expired = at(|note| {
        matches!(
            note,
            BrokerNote::Session {
                change: SessionChange::Expired,
                ..
            }
        )
    });
    assert_eq!(expired, Some(at_secs(50)));
}

#[test]
fn a_retained_message_expires_exactly_when_it_is_due() {
    let mut world = World::of(&["alice"]);
    world.connect_with("alice", ProtocolVersion::V5_0);
    world.publish_form("alice", "a", "1", Qos::AtMostOnce, |form| {
        form.retain = true;
        form.message_expiry_interval = "20".to_owned();
    });
    let row = &world.lab.retained_rows(0..1)[0];
    assert_eq!(row.expires_in, Some(Duration::from_secs(20)));
    world.command(Command::JumpTime {
        by: Duration::from_millis(19_999),
    });
    assert_eq!(world.lab.broker_count(BrokerTable::Retained), 1);
    world.command(Command::JumpTime {
        by: Duration::from_millis(1),
    });
    assert_eq!(world.lab.broker_count(BrokerTable::Retained), 0);
}

#[test]
fn time_is_not_moved_while_somebody_else_shares_it() {
    let mut world = World::of(&["alice", "bob"]);
    world.connect("alice");
    let client = world.key("bob");
    let broker = BrokerChoice::Listed(0);
    world.command(Command::ChooseBroker { client, broker });
    world.command(Command::Connect { client });
    let by = Duration::from_secs(10);
    for command in [
        Command::PauseTime,
        Command::JumpTime { by },
        Command::JumpToNextTimer,
    ] {
        let words = world.try_command(command).unwrap_err().words();
        assert!(words.contains("disconnect bob first"), "{words}");
    }
    assert!(world.lab.time_facts().refusal.is_some());
    world.disconnect("bob");
    world.command(Command::PauseTime);
    let refusal = world.try_command(Command::Connect { client }).unwrap_err();
    assert!(refusal.words().contains("let time run first"));
    assert!(
        world
            .try_command(Command::JumpTime {
                by: Duration::from_secs(8 * 24 * 3_600)
            })
            .is_err()
    );
}

#[test]
fn every_bot_works_with_the_lab_broker() {
    for kind in BotKind::ALL {
        let mut world = World::of(&["alice"]);
        world.connect("alice");
        world.subscribe("alice", "#", Qos::AtMostOnce);
        world.command(Command::AddBot { kind });
        let bot = world.lab.bot_rows()[0].key;
        assert!(bot.is_bot());
        world.command(Command::StartBot { bot });
        world.pass_secs(30);
        let row = &world.lab.bot_rows()[0];
        assert!(matches!(row.state, BotState::Connected { .. }), "{row:?}");
        assert_eq!(row.problem, None);
        let recorded = world
            .records()
            .filter(|record| record.client() == Some(bot));
        assert!(recorded.count() > 4, "{kind:?}");
        if row.has_period {
            assert!(!world.messages("alice").is_empty(), "{kind:?}");
        }
        // Faults and cuts are for bots too; it comes back by itself.
        world.command(Command::AddFault {
            client: bot,
            fault: Fault::BlackHole { ways: Ways::Both },
        });
        world.command(Command::ClearAllFaults);
        world.command(Command::CutNow { client: bot });
        world.pass_secs(40);
        assert_eq!(world.lab.bot_rows()[0].counts.connections, 2, "{kind:?}");
        world.command(Command::StopBot { bot });
        assert_eq!(world.lab.bot_rows()[0].state, BotState::Stopped, "{kind:?}");
        world.command(Command::RemoveBot { bot });
        assert_eq!(world.lab.bot_rows(), []);
        assert_eq!(world.lab.broker_count(BrokerTable::Connections), 1);
        assert!(world.try_command(Command::StartBot { bot }).is_err());
    }
}

/// A little of everything, from one seed.
fn a_run(seed: u64) -> World {
    let mut world = World::seeded(seed);
    world.connect("alice");
    world.subscribe("alice", "#", Qos::ExactlyOnce);
    for kind in [BotKind::Fleet, BotKind::Thermometer, BotKind::Counter] {
        world.command(Command::AddBot { kind });
    }
    let bots: Vec<_> = world.lab.bot_rows().iter().map(|row| row.key).collect();
    for bot in bots.iter().copied() {
        world.command(Command::StartBot { bot });
    }
    world.command(Command::AddFault {
        client: bots[1],
        fault: Fault::Delay {
            ways: Ways::Both,
            delay: Duration::from_millis(20),
            jitter: Duration::from_millis(500),
        },
    });
    world.pass_secs(20);
    world.cut("alice");
    world.jump_secs(120);
    world.connect("alice");
    world.publish("alice", "a", "1", Qos::ExactlyOnce);
    world
}

#[test]
fn the_same_seed_gives_the_same_trace_byte_for_byte() {
    let first = a_run(1).dump();
    assert_eq!(first, a_run(1).dump());
    assert_ne!(first, a_run(2).dump());
    assert!(first.lines().count() > 100, "{}", first.lines().count());
}

#[test]
fn what_is_too_much_for_one_call_waits_for_the_next() {
    let mut world = World::of(&["alice", "bob"]);
    let options = BrokerOptions {
        maximum_queued_messages: 10_000,
        ..world.lab.broker_options()
    };
    let options = Box::new(options);
    world.command(Command::SetBrokerOptions { options });
    world.edit("bob", |form| form.clean_session = false);
    world.connect("bob");
    world.subscribe("bob", "#", Qos::AtLeastOnce);
    world.disconnect("bob");
    world.connect("alice");
    for number in 0..5_000 {
        world.publish("alice", "a", &number.to_string(), Qos::AtLeastOnce);
    }
    assert_eq!(world.lab.session_rows(1..2)[0].queued, 5_000);
    let client = world.key("bob");
    let now = world.now;
    let connect = Command::Connect { client };
    world.lab.handle_command(connect, now).unwrap();
    // All of them, and their acknowledgements, are more than one task of the page may take.
    assert!(world.lab.has_work());
    assert!(world.messages("bob").len() < 5_000);
    // Meanwhile the page does what it is asked to.
    world.publish("alice", "a", "last", Qos::AtLeastOnce);
    let messages = world.messages("bob");
    assert_eq!(messages.len(), 5_001);
    assert_eq!(
        (messages[0].as_str(), messages[5_000].as_str()),
        ("0", "last")
    );
}

#[test]
fn the_time_bar_says_what_comes_next() {
    let mut world = World::of(&["alice", "bob"]);
    let bar = |world: &World| world.lab.time_bar().unwrap();
    assert_eq!(bar(&world).next, None);
    assert_eq!(
        (bar(&world).status.as_str(), bar(&world).is_paused),
        ("runs", false)
    );
    world.edit("alice", |form| {
        form.version = ProtocolVersion::V5_0;
        form.keep_alive = "40".to_owned();
        form.clean_session = false;
        form.session_expiry_interval = "7200".to_owned();
        form.will.topic = "status/alice".to_owned();
        form.will.delay_interval = "90".to_owned();
    });
    world.connect("alice");
    let next = |world: &World| bar(world).next.unwrap_or_default();
    assert_eq!(next(&world), "in 40 s: alice sends PINGREQ");
    world.command(Command::PauseTime);
    assert_eq!(
        (bar(&world).status.as_str(), bar(&world).is_paused),
        ("paused", true)
    );
    assert!(world.lab.is_time_paused());
    world.command(Command::RunTime);
    world.fault("alice", Fault::BlackHole { ways: Ways::Both });
    world.command(Command::JumpToNextTimer);
    assert_eq!(bar(&world).ahead, "00:40 ahead");
    world.command(Command::CutNow {
        client: world.key("alice"),
    });
    assert_eq!(
        next(&world),
        "in 20 s: the broker gives alice up: 1.5 Keep Alives of silence"
    );
    world.command(Command::JumpToNextTimer);
    assert_eq!(next(&world), "in 01:30: the will of alice is published");
    world.command(Command::JumpToNextTimer);
    // Who was cut off has counted from then on, the broker from when it noticed.
    assert_eq!(next(&world), "in 1:58:10: alice forgets its session");
    world.command(Command::JumpToNextTimer);
    assert_eq!(next(&world), "in 20 s: the session of alice ends");
    world.command(Command::JumpToNextTimer);
    assert_eq!(next(&world), "");
}

#[test]
fn the_time_bar_is_there_for_those_at_the_lab_broker_alone() {
    let mut world = World::of(&["alice"]);
    assert!(world.lab.time_bar().is_some());
    assert_eq!(world.lab.time_bar().unwrap().refusal, None);
    // Its clock goes on while it is seen.
    assert_eq!(world.lab.poll_timeout(), Some(at_secs(1)));
    let client = world.key("alice");
    let broker = BrokerChoice::Custom;
    world.command(Command::ChooseBroker { client, broker });
    assert_eq!(world.lab.time_bar(), None);
    assert_eq!(world.lab.poll_timeout(), None);
    // One at a real server and one here: the bar says why it cannot be used.
    world.edit("alice", |form| {
        form.host = "localhost".to_owned();
        form.port = "9001".to_owned();
    });
    world.command(Command::Connect { client });
    assert_eq!(world.lab.time_bar(), None);
    world.command(Command::AddClient);
    let client = world.key("bob");
    let broker = BrokerChoice::LabBroker;
    world.command(Command::ChooseBroker { client, broker });
    let refusal = world.lab.time_bar().unwrap().refusal.unwrap();
    assert!(refusal.contains("alice"), "{refusal}");
}

#[test]
fn a_long_jump_says_how_far_it_has_come() {
    let mut world = World::of(&["alice"]);
    world.edit("alice", |form| form.keep_alive = "1".to_owned());
    world.connect("alice");
    let by = Duration::from_secs(3_600);
    let now = world.now;
    world
        .lab
        .handle_command(Command::JumpTime { by }, now)
        .unwrap();
    let bar = world.lab.time_bar().unwrap();
    let percent = bar.percent.unwrap();
    assert!((1..100).contains(&percent), "{percent}");
    assert_eq!(bar.status, format!("jumping, {percent} %"));
    world.settle();
    let bar = world.lab.time_bar().unwrap();
    assert_eq!((bar.percent, bar.status.as_str()), (None, "runs"));
    assert_eq!(bar.ahead, "1:00:00 ahead");
}
