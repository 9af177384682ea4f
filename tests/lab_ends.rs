//! What the lab says before a connection is tried and after it has ended: no more than is true, and nothing twice.

mod lab_world;

use lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, ReasonCode};
use mqtt_lab::lab::diagnose::Remedy;
use mqtt_lab::lab::{Command, Environment};

#[test]
fn a_page_on_https_says_before_trying_that_ws_cannot_be_and_offers_the_port_for_ssl() {
    let mut world = World::with(Environment {
        page_is_https: true,
        ..Environment::default()
    });
    let client = world.key("alice");
    let doubts = world.lab.doubts(client);
    assert_eq!(doubts.len(), 1);
    assert!(doubts[0].words.contains("wss://"), "{}", doubts[0].words);
    let remedy = doubts[0].remedy.clone().unwrap();
    assert!(matches!(&remedy, Remedy::UseAddress(address) if address.port == 8884));
    world
        .command(Command::ApplyRemedy { client, remedy })
        .unwrap();
    assert_eq!(world.lab.doubts(client), []);
    assert_eq!(world.lab.connection_errors(client), []);
}

#[test]
fn a_port_without_websocket_is_doubted_before_and_not_said_twice_after() {
    let mut world = World::new();
    let client = world.key("alice");
    assert_eq!(world.lab.doubts(client), []);
    world.edit("alice", |form| {
        form.host = "192.168.0.7".to_owned();
        form.port = "1883".to_owned();
    });
    assert!(world.lab.doubts(client)[0].words.contains("WebSocket"));
    world.server.opens = false;
    world.command(Command::Connect { client }).unwrap();
    assert_eq!(world.lab.doubts(client), []);
    world.pass(core::time::Duration::from_secs(11));
    let closed = world.line("alice").closed.unwrap();
    assert!(closed.advice.iter().any(|advice| advice.contains("1883")));
    assert_eq!(world.lab.doubts(client), []);
}

#[test]
fn a_refusal_explains_itself_once() {
    for version in ProtocolVersion::ALL {
        let mut world = World::new();
        let code = if version == ProtocolVersion::V5_0 {
            0x87
        } else {
            5
        };
        world.server.connack_code = Some(code);
        world.edit("alice", |form| form.version = version);
        let client = world.key("alice");
        world.command(Command::Connect { client }).unwrap();
        let closed = world.line("alice").closed.unwrap();
        assert!(
            closed.why.contains("Username and Password"),
            "{}",
            closed.why
        );
        assert!(closed.advice.is_empty(), "{:?}", closed.advice);
    }
}

#[test]
fn the_will_is_spoken_of_only_where_there_is_one() {
    let why = |delay: Option<&str>, command: fn(_) -> Command| {
        let mut world = World::new();
        if let Some(delay) = delay {
            world.edit("alice", |form| {
                form.will.topic = "status".to_owned();
                form.will.delay_interval = delay.to_owned();
            });
        }
        world.connect("alice", ProtocolVersion::V5_0);
        let client = world.key("alice");
        world.command(command(client)).unwrap();
        world.line("alice").closed.unwrap().why
    };
    let die = |client| Command::Die { client };
    let leave = |client| Command::Disconnect {
        client,
        reason_code: ReasonCode::Success,
    };
    assert!(!why(None, die).contains("will"));
    assert!(!why(None, leave).contains("will"));
    assert!(why(Some(""), die).ends_with("The server publishes the will."));
    assert!(why(Some(""), leave).ends_with("The server forgets the will."));
    assert!(why(Some("30"), die).contains("Will Delay Interval"));
}
