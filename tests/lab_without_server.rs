//! A lab that begins without its broker, which the page fetches: who connects to it waits, and is
//! told where it does not come.

mod lab_broker_world;

use lab_broker_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::bots::BotKind;
use mqtt_lab::lab::{
    BROKER_KEY, BrokerOptions, BrokerTable, Command, ConnectionPhase, Effect, Environment, Lab,
    LinkEvent, Memory, RefusalCause, ServerInPage,
};

fn world() -> World {
    World::without_server(Environment {
        seed: 7,
        ..Environment::default()
    })
}

fn try_to_connect(world: &mut World) {
    let client = world.key("alice");
    world.command(Command::Connect { client });
}

fn phase(world: &World) -> ConnectionPhase {
    world.client("alice").phase()
}

fn times_asked(world: &World) -> usize {
    let asks = |effect: &&Effect| **effect == Effect::FetchServer;
    world.effects.iter().filter(asks).count()
}

fn bring(world: &mut World) {
    let now = world.now;
    world.lab.handle_server(ServerInPage::new(), now);
    world.settle();
}

fn fail(world: &mut World) {
    let now = world.now;
    world.lab.handle_server_failed(now);
    world.settle();
}

#[test]
fn a_client_waits_for_the_broker_and_is_connected_when_it_comes() {
    for version in ProtocolVersion::ALL {
        let mut world = world();
        world.edit("alice", |form| form.version = version);
        assert_eq!(times_asked(&world), 0, "nobody has asked for a broker");
        try_to_connect(&mut world);
        assert_eq!(times_asked(&world), 1);
        assert_eq!(phase(&world), ConnectionPhase::Opening);
        world.pass_secs(2);
        assert_eq!(phase(&world), ConnectionPhase::Opening);
        bring(&mut world);
        assert_eq!(phase(&world), ConnectionPhase::Connected);
        world.subscribe("alice", "a/#", Qos::ExactlyOnce);
        world.publish("alice", "a/b", "1", Qos::ExactlyOnce);
        assert_eq!(world.messages("alice"), ["1"]);
        assert_eq!(times_asked(&world), 1);
    }
}

#[test]
fn who_waits_is_told_that_the_broker_does_not_come_and_can_try_again() {
    let mut world = world();
    try_to_connect(&mut world);
    fail(&mut world);
    assert_ne!(phase(&world), ConnectionPhase::Connected);
    let words: Vec<_> = world
        .lab
        .notices()
        .iter()
        .map(|notice| &notice.words)
        .collect();
    assert!(
        words
            .iter()
            .any(|words| words.contains("could not be loaded")),
        "{words:?}"
    );
    let closed = world.lab.state_line(world.key("alice")).unwrap();
    assert!(!closed.sentence.contains("stopped"), "{}", closed.sentence);
    let client = world.key("alice");
    if phase(&world) != ConnectionPhase::Disconnected {
        world.command(Command::CancelReconnect { client });
    }
    try_to_connect(&mut world);
    assert_eq!(times_asked(&world), 2, "it is asked for again");
    bring(&mut world);
    assert_eq!(phase(&world), ConnectionPhase::Connected);
}

#[test]
fn a_broker_that_nobody_waits_for_fails_without_a_word() {
    let mut world = world();
    fail(&mut world);
    assert_eq!(world.lab.notices().iter().count(), 0);
    world.command(Command::FetchServer);
    world.command(Command::FetchServer);
    assert_eq!(times_asked(&world), 1, "it is on its way");
    fail(&mut world);
    assert_eq!(world.lab.notices().iter().count(), 1, "somebody has asked");
    assert!(!world.lab.has_server());
    bring(&mut world);
    world.command(Command::FetchServer);
    assert!(world.lab.has_server());
    assert_eq!(times_asked(&world), 1, "it is there");
}

#[test]
fn who_has_given_up_waiting_is_not_connected_when_the_broker_comes() {
    let mut world = world();
    try_to_connect(&mut world);
    let client = world.key("alice");
    world.command(Command::Disconnect {
        client,
        reason_code: ReasonCode::Success,
    });
    bring(&mut world);
    assert_eq!(phase(&world), ConnectionPhase::Disconnected);
    assert_eq!(world.lab.broker_count(BrokerTable::Connections), 0);
    world.connect("alice");
}

#[test]
fn what_needs_the_broker_is_refused_until_it_is_there() {
    let mut world = world();
    let client = world.key("alice");
    let commands = || {
        [
            Command::AddBot {
                kind: BotKind::ALL[0],
            },
            Command::StopBroker,
            Command::ClearAllFaults,
            Command::CutNow { client },
            Command::StartBroker {
                memory: Memory::Lost,
            },
        ]
    };
    for command in commands() {
        let refusal = world.try_command(command).unwrap_err();
        assert_eq!(refusal.cause, RefusalCause::ServerIsMissing);
        assert!(refusal.words().contains("still being loaded"));
    }
    assert_eq!(times_asked(&world), 1);
    assert_eq!(world.lab.bot_rows(), []);
    bring(&mut world);
    for command in commands() {
        if let Err(refusal) = world.try_command(command) {
            assert_ne!(refusal.cause, RefusalCause::ServerIsMissing);
        }
    }
    assert_eq!(world.lab.bot_rows().len(), 1);
}

#[test]
fn the_options_of_an_earlier_visit_hold_when_the_broker_comes() {
    let mut world = World::new();
    let options = Box::new(BrokerOptions {
        maximum_qos: Qos::AtLeastOnce,
        ..world.lab.broker_options()
    });
    world.command(Command::SetBrokerOptions { options });
    let json = world.effects.iter().find_map(|effect| match effect {
        Effect::Store { key, value } if key == BROKER_KEY => Some(value.clone()),
        _ => None,
    });
    let stored = |json: &str| Environment {
        stored: Ok(vec![(BROKER_KEY.to_owned(), json.to_owned())]),
        ..Environment::default()
    };
    let mut world = World::without_server(stored(&json.unwrap()));
    bring(&mut world);
    assert_eq!(world.lab.broker_options().maximum_qos, Qos::AtLeastOnce);
    let mut world = World::without_server(stored("{"));
    assert_eq!(world.lab.notices().iter().count(), 0);
    bring(&mut world);
    assert_eq!(world.lab.notices().iter().count(), 1);
    assert_eq!(world.lab.broker_options(), BrokerOptions::default());
}

#[test]
fn a_second_broker_changes_nothing() {
    let mut world = world();
    bring(&mut world);
    world.connect("alice");
    bring(&mut world);
    fail(&mut world);
    assert_eq!(world.lab.notices().iter().count(), 0);
    world.subscribe("alice", "a", Qos::AtMostOnce);
    world.publish("alice", "a", "1", Qos::AtMostOnce);
    assert_eq!(world.messages("alice"), ["1"]);
}

#[test]
fn a_server_outside_the_page_needs_no_broker() {
    let mut world = world();
    world.edit("alice", |form| {
        form.lab_broker = false;
        form.host = "localhost".to_owned();
        form.port = "9001".to_owned();
    });
    try_to_connect(&mut world);
    let opened = |effect: &Effect| match effect {
        Effect::OpenLink { link, protocol, .. } => Some((*link, *protocol)),
        _ => None,
    };
    let (link, protocol) = world.effects.iter().find_map(opened).unwrap();
    let now = world.now;
    world
        .lab
        .handle_link(link, LinkEvent::Opened { protocol }, now);
    world.settle();
    let connack: &[u8] = match world.client("alice").connection_form().version {
        ProtocolVersion::V5_0 => &[0x20, 3, 0, 0, 0],
        _ => &[0x20, 2, 0, 0],
    };
    world
        .lab
        .handle_link(link, LinkEvent::Received(connack), now);
    world.settle();
    assert_eq!(phase(&world), ConnectionPhase::Connected);
    let client = world.key("alice");
    world.command(Command::Disconnect {
        client,
        reason_code: ReasonCode::Success,
    });
    assert!(world.effects.contains(&Effect::CloseLink { link }));
    assert_eq!(times_asked(&world), 0);
}

#[test]
fn it_is_the_same_lab_whenever_the_broker_comes() {
    let run = |mut lab: Lab, at_once: bool| {
        let mut world = World::without_server(Environment {
            seed: 7,
            ..Environment::default()
        });
        std::mem::swap(&mut world.lab, &mut lab);
        let client = world.key("alice");
        let broker = mqtt_lab::lab::BrokerChoice::LabBroker;
        world.command(Command::ChooseBroker { client, broker });
        world.command(Command::Connect { client });
        if !at_once {
            bring(&mut world);
        }
        world.subscribe("alice", "a/#", Qos::AtLeastOnce);
        world.publish("alice", "a/b", "1", Qos::AtLeastOnce);
        let records = world.records();
        records
            .map(|record| format!("{:?} {:?}", record.kind(), record.payload()))
            .collect::<Vec<_>>()
    };
    let environment = || Environment {
        seed: 7,
        ..Environment::default()
    };
    let at_once = run(Lab::new(environment()), true);
    assert!(at_once.len() > 8, "{at_once:?}");
    assert_eq!(at_once, run(Lab::without_server(environment()), false));
}
