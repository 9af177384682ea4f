//! What a person does in the lab, from connecting to reading a will, without a browser.

mod lab_world;

use std::time::Duration;

use lab_world::World;
use mqtt_lab::codec::{ConnackProperties, ProtocolVersion, Qos, ReasonCode, RetainHandling};
use mqtt_lab::lab::diagnose::Remedy;
use mqtt_lab::lab::{
    Command, ConnectionPhase, Field, HandshakeStepKind, MessageFormat, PublicationState,
    PublishForm, RetainedState, Settings, SubscribeForm, SubscriptionState,
};

const VERSIONS: [ProtocolVersion; 3] = ProtocolVersion::ALL;

fn second() -> Duration {
    Duration::from_secs(1)
}

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
        let disconnect = Command::Disconnect {
            client,
            reason_code,
        };
        world.command(disconnect.clone()).unwrap();
        let line = world.line("alice");
        assert_eq!(line.status, "disconnected");
        let closed = line.closed.unwrap();
        assert!(closed.as_asked && closed.advice.is_empty());
        assert_eq!(closed.by, "you");
        assert!(world.command(disconnect).is_err());
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
fn task_3_several_clients_talk_to_each_other() {
    let mut world = World::new();
    world.command(Command::AddClient).unwrap();
    assert_eq!(world.lab.selected().unwrap().name(), "bob");
    let (alice, bob) = (world.client("alice"), world.client("bob"));
    assert_ne!(alice.colour(), bob.colour());
    assert_ne!(
        alice.connection_form().client_id,
        bob.connection_form().client_id
    );
    world.connect("alice", ProtocolVersion::V5_0);
    world.connect("bob", ProtocolVersion::V3_1_1);
    world.subscribe_to("bob", "testtopic/#");
    world.publish_text("alice", "testtopic/1", "21.5", Qos::AtLeastOnce, false);
    assert_eq!(
        world.messages("bob"),
        [("testtopic/1".into(), "21.5".into())]
    );
    assert_eq!(world.messages("alice"), []);
    // Removing bob takes his connection along, in good order.
    let client = world.key("bob");
    world.command(Command::RemoveClient { client }).unwrap();
    assert_eq!(world.server.links.len(), 1);
    assert!(world.lab.client(client).is_none());
    assert!(world.command(Command::Connect { client }).is_err());
}

#[test]
fn task_4_subscriptions_are_granted_lowered_refused_and_ended() {
    for version in VERSIONS {
        let mut world = World::new();
        world.connect("alice", version);
        world.server.maximum_grant = Qos::AtLeastOnce;
        world.server.refused_filters.push("secret/#".to_owned());
        world.subscribe_to("alice", "a/+");
        world.subscribe_to("alice", "a/#");
        world.subscribe_to("alice", "secret/#");
        let rows = world.client("alice").subscriptions().to_vec();
        assert!(rows[0].is_granted_lower());
        assert_eq!(rows[0].granted(), Some(Qos::AtLeastOnce));
        assert_eq!([rows[0].colour, rows[1].colour, rows[2].colour], [0, 1, 2]);
        let reason_code = ReasonCode::UnspecifiedError;
        assert_eq!(rows[2].state, SubscriptionState::Refused { reason_code });
        world.publish_text("alice", "a/b", "1", Qos::AtMostOnce, false);
        world.publish_text("alice", "a/b/c", "2", Qos::AtMostOnce, false);
        let counts = world
            .client("alice")
            .subscriptions()
            .iter()
            .map(|row| row.messages);
        assert_eq!(counts.collect::<Vec<_>>(), [1, 2, 0]);
        let client = world.key("alice");
        let newest = world.lab.message_row(client, 0).unwrap();
        assert_eq!((newest.topic, newest.colour), ("a/b/c", Some(1)));
        assert_eq!(world.lab.message_row(client, 1).unwrap().colour, Some(0));
        // Clicking one filters the list, also for what still comes.
        let subscription = Some(rows[0].key);
        let filter = Command::FilterMessages {
            client,
            subscription,
        };
        world.command(filter).unwrap();
        while world.lab.work(1) {}
        world.publish_text("alice", "a/z", "3", Qos::AtMostOnce, false);
        world.publish_text("alice", "a/z/z", "4", Qos::AtMostOnce, false);
        let shown: Vec<_> = world.messages("alice").into_iter().map(|m| m.1).collect();
        assert_eq!(shown, ["3", "1"]);
        // The same filter again replaces the row.
        let form = SubscribeForm {
            filter: "a/+".to_owned(),
            qos: Qos::AtMostOnce,
            ..SubscribeForm::default()
        };
        world.subscribe("alice", form).unwrap();
        assert_eq!(world.client("alice").subscriptions().len(), 3);
        assert_eq!(
            world.client("alice").subscriptions()[0].granted(),
            Some(Qos::AtMostOnce)
        );
        // Ending one: the row goes with UNSUBACK, and the filter with the row; colours stay.
        for subscription in [rows[0].key, rows[2].key] {
            let unsubscribe = Command::Unsubscribe {
                client,
                subscription,
            };
            world.command(unsubscribe.clone()).unwrap();
            assert!(world.command(unsubscribe).is_err());
        }
        assert_eq!(world.client("alice").subscriptions().len(), 1);
        assert_eq!(world.client("alice").message_filter(), None);
        let oldest = world.lab.message_row(client, 3).unwrap();
        assert_eq!((oldest.topic, oldest.colour), ("a/b", Some(0)));
    }
}

#[test]
fn subscriptions_of_5_0_have_their_options_and_identifiers() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    let form = |filter: &str, identifier: &str, no_local| SubscribeForm {
        filter: filter.to_owned(),
        no_local,
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
        subscription_identifier: identifier.to_owned(),
        ..SubscribeForm::default()
    };
    world.subscribe("alice", form("a/#", "7", false)).unwrap();
    world.subscribe("alice", form("a/1", "8", true)).unwrap();
    let row = world.client("alice").subscriptions()[0].clone();
    assert!(row.retain_as_published && !row.no_local);
    assert_eq!(row.subscription_identifier.map(|i| i.value()), Some(7));
    // The second asked for No Local: the identifier tells that the message came for the first.
    world.publish_text("alice", "a/1", "x", Qos::AtMostOnce, false);
    let counts = world
        .client("alice")
        .subscriptions()
        .iter()
        .map(|row| row.messages);
    assert_eq!(counts.collect::<Vec<_>>(), [1, 0]);
    for (filter, identifier, no_local, field) in [
        ("a/#b", "", false, Field::Filter),
        ("$share/group", "", false, Field::Filter),
        ("$share/group/a", "", true, Field::NoLocal),
        ("a", "0", false, Field::SubscriptionIdentifier),
        ("a", "268435456", false, Field::SubscriptionIdentifier),
    ] {
        let refusal = world.subscribe("alice", form(filter, identifier, no_local));
        assert_eq!(
            refusal.unwrap_err().field,
            Some(field),
            "{filter} {identifier}"
        );
    }
}

#[test]
fn task_5_publish_shows_each_step_of_the_handshake() {
    for version in VERSIONS {
        let mut world = World::new();
        world.connect("alice", version);
        for (qos, steps, state) in [
            (Qos::AtMostOnce, vec!["PUBLISH"], PublicationState::Sent),
            (
                Qos::AtLeastOnce,
                vec!["PUBLISH", "PUBACK"],
                PublicationState::Complete {
                    reason_code: ReasonCode::Success,
                },
            ),
            (
                Qos::ExactlyOnce,
                vec!["PUBLISH", "PUBREC", "PUBREL", "PUBCOMP"],
                PublicationState::Complete {
                    reason_code: ReasonCode::Success,
                },
            ),
        ] {
            let client = world.key("alice");
            let form = PublishForm {
                message: "c3 a9".to_owned(),
                message_format: MessageFormat::Hex,
                qos,
                ..PublishForm::default()
            };
            world.publish("alice", form).unwrap();
            let size = world.lab.publish_size(client);
            let publication = world.client("alice").publications().next().unwrap();
            assert_eq!(publication.wire_size, size);
            assert_eq!((publication.payload_size, publication.state), (2, state));
            let names: Vec<_> = publication.steps.iter().map(|s| s.kind.name()).collect();
            assert_eq!(names, steps);
            assert_eq!(publication.packet_id.is_some(), qos != Qos::AtMostOnce);
        }
    }
}

#[test]
fn a_publication_that_is_not_acknowledged_is_sent_again_on_the_resumed_session() {
    let mut world = World::new();
    world.edit("alice", |form| form.clean_session = false);
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.server.acknowledges = false;
    world.publish_text("alice", "a", "1", Qos::AtLeastOnce, false);
    world.pass(second());
    let link = world.link("alice");
    world.cut(link);
    world.server.session_present = true;
    world.server.acknowledges = true;
    world.pass(second());
    world.connect("alice", ProtocolVersion::V3_1_1);
    let publication = world.client("alice").publications().next().unwrap();
    let steps: Vec<_> = publication
        .steps
        .iter()
        .map(|s| (s.kind, s.after.as_secs()))
        .collect();
    let expected = [
        (HandshakeStepKind::Publish, 0),
        (HandshakeStepKind::PublishAgain, 2),
        (HandshakeStepKind::Puback, 0),
    ];
    assert_eq!(steps, expected);
    // Without a session it would have been lost, and said so.
    world.server.acknowledges = false;
    world.publish_text("alice", "a", "2", Qos::ExactlyOnce, false);
    let link = world.link("alice");
    world.cut(link);
    world.server.session_present = false;
    world.connect("alice", ProtocolVersion::V3_1_1);
    let state = world.client("alice").publications().next().unwrap().state;
    assert_eq!(state, PublicationState::Lost);
}

#[test]
fn what_must_not_be_published_is_refused_at_its_field_and_recorded() {
    let mut world = World::new();
    let form = |topic: &str, message: &str, message_format| PublishForm {
        topic: topic.to_owned(),
        message: message.to_owned(),
        message_format,
        ..PublishForm::default()
    };
    let refusal = world
        .publish("alice", form("a", "", MessageFormat::Text))
        .unwrap_err();
    assert_eq!(
        refusal.words(),
        "This client is not connected: connect it first."
    );
    world.connect("alice", ProtocolVersion::V3_1_1);
    let long = "x".repeat(65_536);
    for (topic, message, format, field) in [
        ("a/#", "", MessageFormat::Text, Field::Topic),
        ("+", "", MessageFormat::Text, Field::Topic),
        ("", "", MessageFormat::Text, Field::Topic),
        ("a\0", "", MessageFormat::Text, Field::Topic),
        (long.as_str(), "", MessageFormat::Text, Field::Topic),
        ("a", "0", MessageFormat::Hex, Field::Message),
        ("a", "zz", MessageFormat::Hex, Field::Message),
    ] {
        let before = world.lab.trace().next();
        let refusal = world
            .publish("alice", form(topic, message, format))
            .unwrap_err();
        assert_eq!(refusal.field, Some(field));
        assert!(refusal.words().ends_with('.'));
        let key = world.key("alice");
        assert_eq!(world.lab.publish_errors(key), [refusal]);
        assert_eq!(world.lab.publish_size(key), None);
        assert_eq!(world.lab.trace().next(), before.following());
    }
}

#[test]
fn task_6_messages_newest_first_with_their_details() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    world.subscribe_to("alice", "#");
    let form = PublishForm {
        topic: "a".to_owned(),
        message: "<b>\u{7}".to_owned(),
        qos: Qos::ExactlyOnce,
        content_type: "text/html".to_owned(),
        user_properties: vec![("unit".to_owned(), "°C".to_owned())],
        ..PublishForm::default()
    };
    world.publish("alice", form).unwrap();
    world.publish_text("alice", "b", "", Qos::AtMostOnce, false);
    let client = world.key("alice");
    assert_eq!(world.messages("alice")[0], ("b".into(), String::new()));
    let row = world.lab.message_row(client, 1).unwrap();
    assert_eq!((row.payload, row.qos), (&b"<b>\x07"[..], Qos::ExactlyOnce));
    let details = world.lab.message_details(client, row.sequence).unwrap();
    assert_eq!(details.filters, ["#"]);
    assert!(details.packet_id.is_some());
    assert_eq!(details.raw.len(), row.wire_size);
    assert!(details.retain_words.contains("new subscription"));
    assert_eq!(world.lab.message_index(client, row.sequence), Some(1));
    assert_eq!(world.lab.message_row(client, 2), None);
    // Sent ones stand in the same list when they are asked for, with their properties.
    let settings = Settings {
        show_sent: true,
        ..Settings::default()
    };
    world.command(Command::SetSettings { settings }).unwrap();
    assert_eq!(world.lab.message_count(client), 4);
    let sent = world.lab.message_row(client, 3).unwrap();
    let details = world.lab.message_details(client, sent.sequence).unwrap();
    let properties: Vec<_> = details
        .properties
        .iter()
        .map(|p| (p.name, p.value.as_str()))
        .collect();
    let expected = [("Content Type", "text/html"), ("User Property", "unit: °C")];
    assert_eq!(properties, expected);
    // Nothing is erased by a disconnect; clearing is a command.
    let link = world.link("alice");
    world.cut(link);
    assert_eq!(world.client("alice").messages_received(), 2);
    let extent = world.lab.message_extent(client);
    world.command(Command::ClearMessages { client }).unwrap();
    assert_eq!(world.lab.message_count(client), 0);
    assert_eq!(world.client("alice").messages_received(), 0);
    assert_ne!(world.lab.message_extent(client).list, extent.list);
}

#[test]
fn task_7_retained_messages_are_shown_and_cleared() {
    for version in VERSIONS {
        let mut world = World::new();
        world.command(Command::AddClient).unwrap();
        world.connect("alice", version);
        world.connect("bob", version);
        world.publish_text("alice", "room/1", "20", Qos::AtLeastOnce, true);
        world.subscribe_to("bob", "room/#");
        world.publish_text("alice", "room/2", "30", Qos::AtLeastOnce, true);
        // The second came live: the flag is not set, though it was published with Retain.
        let rows: Vec<_> = world.client("bob").retained().cloned().collect();
        assert_eq!(rows.len(), 1);
        assert_eq!(
            (rows[0].topic.as_str(), rows[0].payload_size),
            ("room/1", 2)
        );
        let payload = world.lab.trace().get(rows[0].sequence).unwrap().payload();
        assert_eq!(payload, Some(&b"20"[..]));
        world.publish_text("alice", "room/1", "21", Qos::AtMostOnce, false);
        let later = world
            .client("bob")
            .retained()
            .next()
            .unwrap()
            .later
            .unwrap();
        assert!(later.may_be_retained);
        let client = world.key("bob");
        let clear = |topic: &str| Command::ClearRetained {
            client,
            topic: topic.to_owned(),
        };
        assert!(world.command(clear("room/9")).is_err());
        world.server.acknowledges = false;
        world.command(clear("room/1")).unwrap();
        let state = world.client("bob").retained().next().unwrap().state;
        assert_eq!(state, RetainedState::Clearing);
        let link = world.link("bob");
        world.cut(link);
        let state = world.client("bob").retained().next().unwrap().state;
        assert_eq!(state, RetainedState::ClearingFailed);
        world.server.acknowledges = true;
        world.connect("bob", version);
        world.command(clear("room/1")).unwrap();
        // What is left was delivered because bob has subscribed anew.
        let topics = world.client("bob").retained().map(|row| row.topic.as_str());
        assert_eq!(topics.collect::<Vec<_>>(), ["room/2"]);
        assert!(!world.server.retained.contains_key("room/1"));
    }
}

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
    let disconnect = Command::Disconnect {
        client,
        reason_code,
    };
    world.command(disconnect.clone()).unwrap();
    assert!(world.client("alice").will().unwrap().released.is_some());
    world.connect("alice", ProtocolVersion::V3_1_1);
    assert!(world.command(disconnect).is_err());
    assert_eq!(world.line("alice").status, "connected");
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

#[test]
fn a_subscription_that_still_receives_is_not_just_taken_off_the_list() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    world.subscribe_to("alice", "a");
    let client = world.key("alice");
    let subscription = world.client("alice").subscriptions()[0].key;
    let remove = Command::RemoveSubscription {
        client,
        subscription,
    };
    world.command(remove).unwrap();
    assert!(world.client("alice").subscriptions().is_empty());
    world.publish_text("alice", "a", "x", Qos::AtMostOnce, false);
    assert_eq!(world.client("alice").messages_received(), 0);
}

#[test]
fn a_sent_topic_alias_is_resolved_in_the_list_and_shows_on_the_wire() {
    let mut world = World::new();
    world.server.connack_properties = || ConnackProperties {
        topic_alias_maximum: Some(5),
        ..ConnackProperties::default()
    };
    world.edit("alice", |form| form.use_topic_aliases = true);
    world.connect("alice", ProtocolVersion::V5_0);
    world.subscribe_to("alice", "#");
    let topic = "a/rather/long/topic/name";
    for _ in 0..3 {
        world.publish_text("alice", topic, "x", Qos::AtMostOnce, false);
    }
    let settings = Settings {
        show_sent: true,
        ..Settings::default()
    };
    world.command(Command::SetSettings { settings }).unwrap();
    let messages = world.messages("alice");
    assert_eq!(messages, vec![(topic.to_owned(), "x".to_owned()); 6]);
    let sizes: Vec<_> = world
        .client("alice")
        .publications()
        .map(|p| p.wire_size.unwrap())
        .collect();
    assert!(
        sizes[0] < topic.len() && sizes[2] > topic.len(),
        "{sizes:?}"
    );
    let client = world.key("alice");
    let row = world.lab.message_row(client, 1).unwrap();
    let details = world.lab.message_details(client, row.sequence).unwrap();
    assert_eq!(details.properties[0].name, "Topic Alias");
}
