//! The rows of the Broker pane and the words of what caused them.

mod lab_broker_world;

use lab_broker_world::World;
use mqtt_lab::codec::{Qos, ReasonCode};
use mqtt_lab::lab::bots::BotKind;
use mqtt_lab::lab::trace::Sequence;
use mqtt_lab::lab::wording::Standing;
use mqtt_lab::lab::{BrokerTable, Command};

#[test]
fn a_session_lists_what_is_in_flight_and_what_waits() {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("bob", |form| form.clean_session = false);
    world.connect("bob");
    world.subscribe("bob", "room/#", Qos::ExactlyOnce);
    world.disconnect("bob");
    world.connect("alice");
    for number in 0..8 {
        world.publish("alice", "room/1", &number.to_string(), Qos::AtLeastOnce);
    }
    let row = &world.lab.broker_rows(BrokerTable::Sessions, 0..9)[1];
    assert_eq!(row.name, "bob");
    assert_eq!(row.was, "was 7 queued");
    assert_eq!(row.list.len(), 6, "{:?}", row.list);
    assert_eq!(row.list[0], "waits: QoS 1, room/1");
    assert_eq!(row.list[5], "and 3 more");
    // From the row one gets to the packet: the last PUBLISH.
    let cause = world.lab.record_title(row.cause.unwrap()).unwrap();
    assert!(cause.starts_with("PUBLISH"), "{cause}");
}

#[test]
fn who_was_refused_and_who_left_is_remembered_newest_first() {
    let mut world = World::of(&["alice"]);
    let code = Some(ReasonCode::BadUserNameOrPassword);
    world.command(Command::RefuseNextConnect { code });
    let client = world.key("alice");
    world.command(Command::Connect { client });
    world.connect("alice");
    world.disconnect("alice");
    let rows = world.lab.broker_rows(BrokerTable::PastConnections, 0..9);
    let words: Vec<_> = rows.iter().map(|row| row.state.clone()).collect();
    assert_eq!(
        words,
        [
            (Standing::Idle, "ended".to_owned()),
            (Standing::Bad, "refused".to_owned())
        ]
    );
    assert_eq!(rows[0].note, "The client sent DISCONNECT.");
    assert_eq!(rows[1].note, "It was told to refuse the next CONNECT.");
    let reason = rows[1].facts.iter().find(|fact| fact.0 == "Reason Code");
    assert_eq!(reason.unwrap().1, "0x86 Bad User Name or Password");
    for _ in 0..110 {
        world.connect("alice");
        world.disconnect("alice");
    }
    assert_eq!(world.lab.broker_count(BrokerTable::PastConnections), 100);
}

#[test]
fn every_record_of_the_trace_is_a_packet_or_is_told_in_words() {
    let mut world = World::of(&["alice", "bob"]);
    world.edit("bob", |form| form.clean_session = false);
    world.connect("bob");
    world.subscribe("bob", "#", Qos::ExactlyOnce);
    world.connect("alice");
    for kind in BotKind::ALL {
        world.command(Command::AddBot { kind });
    }
    for row in world.lab.bot_rows() {
        world.command(Command::StartBot { bot: row.key });
    }
    world.publish("alice", "a", "1", Qos::ExactlyOnce);
    world.pass_secs(20);
    world.cut("bob");
    world.pass_secs(20);
    let last = world.records().last().unwrap().sequence().number();
    let mut events = 0;
    for number in 0..=last {
        let sequence = Sequence::new(number);
        let event = world.lab.event_view(sequence);
        assert!(
            event.is_some() != world.lab.inspection(sequence).is_some(),
            "{number}"
        );
        if let Some(event) = event {
            events += 1;
            assert!(event.text.ends_with('.'), "{}", event.text);
        }
    }
    assert!(events > 50, "{events}");
    let bot = world.lab.bot_rows()[0].key;
    let mut of_bot = world
        .records()
        .filter(|record| record.client() == Some(bot));
    let packet = of_bot.find_map(|record| world.lab.inspection(record.sequence()));
    assert_eq!(
        packet.unwrap().record.unwrap().way,
        "from fleet-1 to the server"
    );
}
