//! Connecting, what the state line says, coming back, and who is in the way.

use crate::lab_world::World;
use crate::{VERSIONS, second};
use mqtt_lab::codec::{ConnackProperties, ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::diagnose::Remedy;
use mqtt_lab::lab::{Command, ConnectionPhase, Settings, SubscriptionState};

#[test]
fn task_2_connect_watch_the_state_line_and_disconnect() {
    for version in VERSIONS {
        let mut world = World::new();
        assert_eq!(world.line("alice").status, "disconnected");
        world.connect("alice", version);
        assert_eq!(world.opened, ["ws://broker.hivemq.com:8000/mqtt"]);
        world.pass(second() * 12);
        let line = world.line("alice");
        assert!(
            line.sentence.contains("Connected for 00:12"),
            "{}",
            line.sentence
        );
        let session = match version {
            ProtocolVersion::V3_1 => "MQTT 3.1 does not tell",
            _ => "Session not present",
        };
        assert!(line.sentence.contains(session), "{}", line.sentence);
        assert!(!world.client("alice").form_is_for_next_connection());
        world.edit("alice", |form| form.keep_alive = "5".to_owned());
        assert!(world.client("alice").form_is_for_next_connection());
        let client = world.key("alice");
        let refusal = world.command(Command::Connect { client }).unwrap_err();
        assert!(!refusal.words().is_empty());
        let reason_code = ReasonCode::Success;
        let disconnect = || Command::Disconnect {
            client,
            reason_code,
        };
        world.command(disconnect()).unwrap();
        let line = world.line("alice");
        assert_eq!(line.status, "disconnected");
        let closed = line.closed.unwrap();
        assert!(closed.as_asked && closed.advice.is_empty());
        assert_eq!(closed.by, "you");
        assert!(world.command(disconnect()).is_err());
    }
}

#[test]
fn the_state_line_says_what_is_waited_for_and_the_attempt_times_out() {
    let mut world = World::new();
    let client = world.key("alice");
    world.server.opens = false;
    world.command(Command::Connect { client }).unwrap();
    let line = world.line("alice");
    assert_eq!(line.status, "connecting ...");
    assert!(
        line.sentence
            .starts_with("Opening the WebSocket ws://broker.hivemq.com:8000/mqtt")
    );
    assert!(line.sentence.contains("10 s left"), "{}", line.sentence);
    world.pass(second() * 4);
    assert!(world.line("alice").sentence.contains("6 s left"));
    world.pass(second() * 10);
    let line = world.line("alice");
    assert_eq!(line.status, "disconnected");
    let closed = line.closed.unwrap();
    assert_eq!(closed.why, "Within 10 s the WebSocket did not open.");
    assert!(!closed.advice.is_empty());

    world.server.opens = true;
    world.server.answers_connect = false;
    world.command(Command::Connect { client }).unwrap();
    let line = world.line("alice");
    assert_eq!(line.phase, ConnectionPhase::AwaitingConnack);
    assert!(line.sentence.contains("Waiting for CONNACK"));
    world.pass(second() * 11);
    assert_eq!(
        world.line("alice").closed.unwrap().why,
        "Within 10 s no CONNACK came."
    );
}

#[test]
fn a_refusal_is_said_in_words_for_every_code() {
    for code in 1..=5 {
        let mut world = World::new();
        world.server.connack_code = Some(code);
        let client = world.key("alice");
        world.command(Command::Connect { client }).unwrap();
        let closed = world.line("alice").closed.unwrap();
        assert_eq!(closed.by, "the server");
        let start = format!("CONNACK refused the connection with code {code}: ");
        assert!(closed.why.starts_with(&start), "{}", closed.why);
    }
    let mut world = World::new();
    world.server.connack_code = Some(0x86);
    world.edit("alice", |form| form.version = ProtocolVersion::V5_0);
    let client = world.key("alice");
    world.command(Command::Connect { client }).unwrap();
    let closed = world.line("alice").closed.unwrap();
    assert!(closed.why.contains("0x86"), "{}", closed.why);
}

#[test]
fn a_lost_connection_comes_back_by_itself_and_can_be_cancelled() {
    let mut world = World::new();
    world.edit("alice", |form| {
        form.reconnect = true;
        form.reconnect_period = "4".to_owned();
    });
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "a/#");
    world.pass(second() * 30);
    let link = world.link("alice");
    world.cut(link);
    assert_eq!(world.line("alice").status, "reconnecting in 4 s");
    let state = world.client("alice").subscriptions()[0].state;
    assert_eq!(state, SubscriptionState::NotActive);
    world.pass(second() * 3);
    assert_eq!(world.line("alice").status, "reconnecting in 1 s");
    world.pass(second() * 2);
    assert_eq!(world.line("alice").status, "connected");
    // Subscribed again by itself, because the server has no session; and said.
    let state = world.client("alice").subscriptions()[0].state;
    let qos = Qos::ExactlyOnce;
    assert_eq!(state, SubscriptionState::Granted { qos });
    let notices: Vec<_> = world
        .lab
        .notices()
        .iter()
        .map(|n| n.words.clone())
        .collect();
    assert!(
        notices.iter().any(|words| words.contains("made again")),
        "{notices:?}"
    );
    // What an old socket still says is not for the new connection.
    world.raw(link, b"\xe0\x00garbage");
    assert_eq!(world.line("alice").status, "connected");

    world.pass(second() * 30);
    let link = world.link("alice");
    world.cut(link);
    let client = world.key("alice");
    world.command(Command::CancelReconnect { client }).unwrap();
    assert_eq!(world.line("alice").status, "disconnected");
    assert!(world.command(Command::CancelReconnect { client }).is_err());
    world.pass(second() * 60);
    assert_eq!(world.opened.len(), 2);
}

#[test]
fn resubscribing_can_be_turned_off() {
    let mut world = World::new();
    let settings = Settings {
        resubscribe: false,
        ..Settings::default()
    };
    world.command(Command::SetSettings { settings }).unwrap();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "a/#");
    let link = world.link("alice");
    world.cut(link);
    let client = world.key("alice");
    world.command(Command::Connect { client }).unwrap();
    let row = world.client("alice").subscriptions()[0].clone();
    assert_eq!(row.state, SubscriptionState::NotActive);
    let subscription = row.key;
    world
        .command(Command::SubscribeAgain {
            client,
            subscription,
        })
        .unwrap();
    let granted = world.client("alice").subscriptions()[0].granted();
    assert_eq!(granted, Some(Qos::ExactlyOnce));
}

#[test]
fn a_session_that_the_server_has_kept_keeps_the_subscriptions() {
    let mut world = World::new();
    world.edit("alice", |form| form.clean_session = false);
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "a/#");
    let link = world.link("alice");
    world.cut(link);
    let qos = Qos::ExactlyOnce;
    let kept = SubscriptionState::KeptByServer { qos };
    assert_eq!(world.client("alice").subscriptions()[0].state, kept);
    world.server.session_present = true;
    world.connect("alice", ProtocolVersion::V3_1_1);
    assert!(world.line("alice").sentence.contains("Session present"));
    assert_eq!(world.client("alice").subscriptions()[0].state, kept);
    // A row taken off while nobody can be told is not made again later.
    let link = world.link("alice");
    world.cut(link);
    let client = world.key("alice");
    let subscription = world.client("alice").subscriptions()[0].key;
    let remove = Command::RemoveSubscription {
        client,
        subscription,
    };
    world.command(remove).unwrap();
    world.server.session_present = false;
    world.connect("alice", ProtocolVersion::V3_1_1);
    assert!(world.client("alice").subscriptions().is_empty());
    world
        .server
        .route("a/1", b"x", Qos::AtMostOnce, false, link);
    world.settle();
    assert_eq!(world.client("alice").messages_received(), 0);
}

#[test]
fn a_session_from_before_a_reload_is_taken_over_and_said() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5_0] {
        let mut world = World::new();
        world.edit("alice", |form| {
            form.clean_session = false;
            form.session_expiry_interval = "600".to_owned();
        });
        world.server.session_present = true;
        world.connect("alice", version);
        let sentence = world.line("alice").sentence;
        assert!(sentence.contains("takes it over"), "{sentence}");
        let said = |world: &World| {
            let notices = world.lab.notices();
            notices
                .iter()
                .filter(|n| n.words.contains("takes it over"))
                .count()
        };
        assert_eq!(said(&world), 1);
        // From now on it is the session of this page.
        let link = world.link("alice");
        world.cut(link);
        world.connect("alice", version);
        let sentence = world.line("alice").sentence;
        assert!(sentence.contains("had kept it."), "{sentence}");
        assert_eq!(said(&world), 1);
    }
}

#[test]
fn what_connack_said_can_be_read() {
    let mut world = World::new();
    let client = world.key("alice");
    assert_eq!(world.lab.connack_facts(client), []);
    world.server.connack_properties = || ConnackProperties {
        server_keep_alive: Some(30),
        assigned_client_identifier: Some("chosen"),
        maximum_qos: Some(Qos::AtLeastOnce),
        reason_string: Some("welcome"),
        ..ConnackProperties::default()
    };
    world.edit("alice", |form| form.client_id.clear());
    world.connect("alice", ProtocolVersion::V5_0);
    let facts = world.lab.connack_facts(client);
    let value = |name| {
        let fact = facts.iter().find(|fact| fact.name == name);
        fact.map(|fact| fact.value.as_str())
    };
    assert_eq!(value("CONNACK"), Some("0, accepted"));
    assert_eq!(value("ClientID"), Some("chosen (set by the server)"));
    assert_eq!(value("Keep Alive"), Some("30 s (set by the server)"));
    assert_eq!(value("Maximum QoS"), Some("1"));
    assert_eq!(value("Reason String"), Some("welcome"));
    assert_eq!(value("Session Present"), Some("no"));
}

#[test]
fn two_clients_under_one_client_id_are_told_so() {
    let mut world = World::new();
    world.command(Command::AddClient).unwrap();
    for name in ["alice", "bob"] {
        world.edit(name, |form| form.client_id = "same".to_owned());
    }
    world.connect("alice", ProtocolVersion::V3_1_1);
    let link = world.link("alice");
    world.pass(second() * 20);
    // The server closes the older connection before it answers the newer one.
    world.server.answers_connect = false;
    let client = world.key("bob");
    world.command(Command::Connect { client }).unwrap();
    world.cut(link);
    let closed = world.line("alice").closed.unwrap();
    let first = &closed.advice[0];
    assert!(first.contains("ClientID"), "{:?}", closed.advice);
    let client = world.key("alice");
    let remedy = closed.remedies[0].clone();
    assert_eq!(remedy, Remedy::NewClientId);
    world
        .command(Command::ApplyRemedy { client, remedy })
        .unwrap();
    assert_ne!(world.client("alice").connection_form().client_id, "same");
}
