//! The lab against what goes wrong: storage, hostile bytes, late events, removal in every state,
//! full lists; and that it is a function of its inputs.

mod lab_world;

use std::time::Duration;

use lab_world::World;
use mqtt_lab::codec::{ConnackProperties, ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::trace::{ClosedBy, Note, RecordKind, RefusalCause as Kind, Sequence};
use mqtt_lab::lab::{
    BACK_PRESSURE_BYTES, BrokerChoice, Command, ConnectionForm, Environment, Field, Lab, LinkEvent,
    LinkId, PACKET_MAXIMUM, PROFILES_KEY, ProfileCommand, PublicationState, PublishForm,
    SETTINGS_KEY, Settings, StorageError, Theme,
};
use mqtt_lab::time::Instant;

fn query(pairs: &[(&str, &str)]) -> Environment {
    let pairs = pairs
        .iter()
        .map(|(name, value)| ((*name).into(), (*value).into()));
    Environment {
        query: pairs.collect(),
        ..Environment::default()
    }
}

fn notices(lab: &Lab) -> Vec<String> {
    lab.notices()
        .iter()
        .map(|notice| notice.words.clone())
        .collect()
}

#[test]
fn the_form_begins_as_lab_sheets_say() {
    let lab = Lab::new(Environment::default());
    let client = lab.selected().unwrap();
    let form = client.connection_form();
    assert_eq!(
        (form.host.as_str(), form.port.as_str()),
        ("broker.hivemq.com", "8000")
    );
    assert_eq!(
        (form.path.as_str(), form.keep_alive.as_str()),
        ("/mqtt", "60")
    );
    assert_eq!(form.client_id.len(), "clientId-".len() + 10);
    assert!(form.client_id.starts_with("clientId-"));
    assert_eq!(client.publish_form().topic, "testtopic/1");
    assert_eq!(client.subscribe_form().filter, "testtopic/#");
    assert_eq!(client.subscribe_form().qos, Qos::ExactlyOnce);
    assert_eq!(lab.connection_errors(client.key()), []);
    assert_eq!(form.broker_choice(lab.brokers()), BrokerChoice::LabBroker);
    // What waits behind it is what the sheets say.
    let elsewhere = ConnectionForm {
        lab_broker: false,
        ..form.clone()
    };
    let shown = elsewhere.public_broker(lab.brokers()).unwrap();
    assert_eq!(lab.brokers().brokers[shown].port, 8000);
}

#[test]
fn the_pages_address_fills_the_form_and_says_what_it_could_not_use() {
    let lab = Lab::new(query(&[
        ("host", "test.mosquitto.org"),
        ("port", "8081"),
        ("username", "me"),
        ("keepAlive", "many"),
        ("colour", "red"),
    ]));
    let form = lab.selected().unwrap().connection_form();
    assert_eq!(form.url().unwrap(), "wss://test.mosquitto.org:8081/mqtt");
    assert_eq!(form.username, "me");
    assert_eq!(notices(&lab).len(), 2);
}

#[test]
fn a_whole_url_in_the_host_field_is_taken_apart() {
    let mut world = World::new();
    world.edit("alice", |form| {
        form.host = "wss://broker.emqx.io:8084/mqtt".into()
    });
    let form = world.client("alice").connection_form();
    assert_eq!(
        (form.host.as_str(), form.port.as_str()),
        ("broker.emqx.io", "8084")
    );
    assert!(form.ssl);
    let shown = form.public_broker(world.lab.brokers()).unwrap();
    let client = world.key("alice");
    world
        .command(Command::ChooseBroker {
            client,
            broker: BrokerChoice::Custom,
        })
        .unwrap();
    let form = world.client("alice").connection_form();
    assert_eq!(form.public_broker(world.lab.brokers()), None);
    let broker = BrokerChoice::Listed(shown);
    world
        .command(Command::ChooseBroker { client, broker })
        .unwrap();
    let form = world.client("alice").connection_form();
    assert_eq!(form.broker_choice(world.lab.brokers()), broker);
    let broker = BrokerChoice::Listed(999);
    assert!(
        world
            .command(Command::ChooseBroker { client, broker })
            .is_err()
    );
}

#[test]
fn a_page_on_https_refuses_ws_before_trying() {
    let mut world = World::with(Environment {
        page_is_https: true,
        ..Environment::default()
    });
    let client = world.key("alice");
    let refusal = world.command(Command::Connect { client }).unwrap_err();
    assert_eq!(refusal.field, Some(Field::Ssl));
    assert!(refusal.words().contains("8884"), "{}", refusal.words());
    assert!(world.opened.is_empty());
}

#[test]
fn settings_and_profiles_come_back_after_a_reload_and_passwords_only_if_asked() {
    let mut world = World::new();
    let settings = Settings {
        theme: Theme::Dark,
        trace_megabytes: 5,
        ..Settings::default()
    };
    world
        .command(Command::SetSettings {
            settings: settings.clone(),
        })
        .unwrap();
    world.edit("alice", |form| {
        form.password = "secret".into();
        form.username = "me".into();
    });
    let client = world.key("alice");
    let save = |name: &str| {
        ProfileCommand::Save {
            client,
            name: name.into(),
        }
        .into()
    };
    world.command(save("class")).unwrap();
    assert!(!world.stored[PROFILES_KEY].contains("secret"));
    world.edit("alice", |form| form.remember_password = true);
    world.command(save("home")).unwrap();
    assert!(world.stored[PROFILES_KEY].contains("secret"));
    assert!(world.command(save("  ")).is_err());

    let stored: Vec<_> = world.stored.clone().into_iter().collect();
    let mut world = World::with(Environment {
        stored: Ok(stored),
        ..Environment::default()
    });
    assert_eq!(*world.lab.settings(), settings);
    assert_eq!(world.lab.trace().budget(), 5_000_000);
    let passwords = world
        .lab
        .profiles()
        .iter()
        .map(|p| p.form.password.as_str());
    assert_eq!(passwords.collect::<Vec<_>>(), ["", "secret"]);
    let client = world.key("alice");
    let name = "home".to_owned();
    world
        .command(ProfileCommand::Load { client, name }.into())
        .unwrap();
    assert_eq!(world.client("alice").connection_form().username, "me");
    // Duplicate, rename, export, import, delete.
    let name = "home".to_owned();
    world
        .command(ProfileCommand::Duplicate { name }.into())
        .unwrap();
    let rename = |name: &str, new_name: &str| {
        ProfileCommand::Rename {
            name: name.into(),
            new_name: new_name.into(),
        }
        .into()
    };
    assert!(world.command(rename("home (2)", "class")).is_err());
    world.command(rename("home (2)", "lab")).unwrap();
    let json = world.lab.export_profiles();
    world
        .command(ProfileCommand::Import { json }.into())
        .unwrap();
    let names: Vec<_> = world
        .lab
        .profiles()
        .iter()
        .map(|p| p.name.clone())
        .collect();
    assert_eq!(
        names,
        ["class", "home", "lab", "class (2)", "home (2)", "lab (2)"]
    );
    let json = "not json".to_owned();
    assert!(
        world
            .command(ProfileCommand::Import { json }.into())
            .is_err()
    );
    for name in names {
        world
            .command(ProfileCommand::Delete { name }.into())
            .unwrap();
    }
    assert!(!world.stored.contains_key(PROFILES_KEY));
}

#[test]
fn a_packet_that_there_is_no_room_for_is_refused_by_its_header() {
    for version in [ProtocolVersion::V3_1_1, ProtocolVersion::V5_0] {
        let mut world = World::new();
        world.connect("alice", version);
        let link = world.link("alice");
        // The most that the Remaining Length can say, and not one byte of it.
        world.raw(link, &[0x30, 0xff, 0xff, 0xff, 0x7f]);
        let line = world.line("alice");
        assert_eq!(line.status, "disconnected");
        let why = line.closed.unwrap().why;
        let maximum = PACKET_MAXIMUM.to_string();
        assert!(why.contains("268435460") && why.contains(&maximum), "{why}");
    }
}

#[test]
fn storage_that_is_denied_full_or_unreadable_is_said_and_nothing_else() {
    for error in [StorageError::Denied, StorageError::Unreadable] {
        let world = World::with(Environment {
            stored: Err(error),
            ..Environment::default()
        });
        let said = notices(&world.lab);
        assert!(said[0].contains(&error.to_string()), "{said:?}");
    }
    let stored = [
        (SETTINGS_KEY, "{\"version\":99}"),
        (PROFILES_KEY, "{\"version\":1,\"profiles\":7}"),
        ("other", "x"),
    ];
    let stored = stored.map(|(key, value)| (key.to_owned(), value.to_owned()));
    let mut world = World::with(Environment {
        stored: Ok(stored.to_vec()),
        ..Environment::default()
    });
    assert_eq!(notices(&world.lab).len(), 2);
    world
        .lab
        .handle_stored(PROFILES_KEY, Err(StorageError::Full), world.now);
    world
        .lab
        .handle_stored(PROFILES_KEY, Err(StorageError::Full), world.now);
    world.lab.handle_stored(SETTINGS_KEY, Ok(()), world.now);
    let last = world.lab.notices().iter().next_back().unwrap();
    assert!(last.words.contains("full") && last.times == 2, "{last:?}");
    let notice = last.key;
    world.command(Command::DismissNotice { notice }).unwrap();
    assert_eq!(notices(&world.lab).len(), 2);
    world.connect("alice", ProtocolVersion::V3_1_1);
    let settings = Settings {
        trace_megabytes: 0,
        ..Settings::default()
    };
    let refusal = world
        .command(Command::SetSettings { settings })
        .unwrap_err();
    assert_eq!(refusal.field, Some(Field::TraceMegabytes));
}

#[test]
fn hostile_bytes_close_the_connection_with_words_and_lose_nothing() {
    let cases: [&[u8]; 8] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\x00",
        b"\x30\xff\xff\xff\xff\x7f",
        b"\x36\x04\x00\x01a\x00",
        b"\x30\x03\x00\x01#",
        b"\x40\x02\x00\x07\x40\x02\x00\x00",
        b"\x20\x02\x00\x00",
        b"\xd1\x00",
    ];
    for version in ProtocolVersion::ALL {
        for bytes in cases {
            for split in [false, true] {
                let mut world = World::new();
                world.connect("alice", version);
                world.subscribe_to("alice", "#");
                world.publish_text("alice", "a", "kept", Qos::AtMostOnce, false);
                let link = world.link("alice");
                if split {
                    for byte in bytes {
                        world.raw(link, &[*byte]);
                        world.raw(link, &[]);
                    }
                } else {
                    world.raw(link, bytes);
                }
                assert_eq!(
                    world.line("alice").status,
                    "disconnected",
                    "{bytes:?} {version}"
                );
                let closed = world.line("alice").closed.unwrap();
                assert_eq!(closed.by, "this client");
                assert!(closed.why.contains("broke a rule"), "{}", closed.why);
                assert_eq!(world.messages("alice").len(), 1);
            }
        }
    }
}

#[test]
fn text_frames_and_wrong_sub_protocols_are_no_mqtt() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    let link = world.link("alice");
    let text = LinkEvent::ReceivedText("hello");
    world.lab.handle_link(link, text, world.now);
    world.settle();
    let closed = world.line("alice").closed.unwrap();
    assert!(closed.why.contains("text frame"), "{}", closed.why);
    assert!(!closed.advice.is_empty());

    world.server.opens = false;
    let client = world.key("alice");
    world.command(Command::Connect { client }).unwrap();
    let opened = LinkEvent::Opened { protocol: "chat" };
    world.lab.handle_link(LinkId::new(2), opened, world.now);
    world.settle();
    let closed = world.line("alice").closed.unwrap();
    assert!(closed.why.contains("sub-protocol"), "{}", closed.why);
}

#[test]
fn a_client_can_be_removed_in_every_state() {
    let states: [fn(&mut World); 6] = [
        |_| {},
        |world| {
            world.server.opens = false;
            let client = world.key("alice");
            world.command(Command::Connect { client }).unwrap();
        },
        |world| {
            world.server.answers_connect = false;
            let client = world.key("alice");
            world.command(Command::Connect { client }).unwrap();
        },
        |world| world.connect("alice", ProtocolVersion::V5_0),
        |world| {
            world.edit("alice", |form| form.reconnect = true);
            world.connect("alice", ProtocolVersion::V3_1_1);
            let link = world.link("alice");
            world.cut(link);
            assert_eq!(world.line("alice").status, "reconnecting in 5 s");
        },
        |world| {
            world.connect("alice", ProtocolVersion::V3_1_1);
            world.subscribe_to("alice", "#");
            world.server.acknowledges = false;
            world.publish_text("alice", "a", "b", Qos::ExactlyOnce, true);
        },
    ];
    for (number, bring) in states.into_iter().enumerate() {
        let mut world = World::new();
        bring(&mut world);
        let client = world.key("alice");
        assert!(world.command(Command::RemoveClient { client }).is_err());
        world.command(Command::AddClient).unwrap();
        world.command(Command::RemoveClient { client }).unwrap();
        world.pass(Duration::from_secs(120));
        assert_eq!(world.lab.clients().len(), 1, "{number}");
        assert!(world.server.links.is_empty(), "{number}");
        assert_eq!(world.lab.poll_timeout(), None, "{number}");
    }
}

#[test]
fn back_pressure_holds_publications_back() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    let link = world.link("alice");
    let buffered = |world: &mut World, bytes| {
        world
            .lab
            .handle_link(link, LinkEvent::Buffered(bytes), world.now);
        world.settle();
    };
    buffered(&mut world, BACK_PRESSURE_BYTES + 1);
    world.publish_text("alice", "a", "b", Qos::AtLeastOnce, false);
    let state = |world: &World| world.client("alice").publications().next().unwrap().state;
    assert_eq!(state(&world), PublicationState::Queued);
    buffered(&mut world, BACK_PRESSURE_BYTES / 2 + 1);
    assert_eq!(state(&world), PublicationState::Queued);
    buffered(&mut world, 0);
    assert!(matches!(state(&world), PublicationState::Complete { .. }));
}

#[test]
fn the_servers_limits_are_said_at_the_form_before_sending() {
    let mut world = World::new();
    world.server.connack_properties = || ConnackProperties {
        maximum_qos: Some(Qos::AtMostOnce),
        retain_available: Some(false),
        maximum_packet_size: std::num::NonZeroU32::new(40),
        ..ConnackProperties::default()
    };
    world.connect("alice", ProtocolVersion::V5_0);
    let form = PublishForm {
        qos: Qos::AtLeastOnce,
        retain: true,
        message: "x".repeat(40),
        ..PublishForm::default()
    };
    assert!(world.publish("alice", form).is_err());
    let errors = world.lab.publish_errors(world.key("alice"));
    let fields: Vec<_> = errors.iter().filter_map(|error| error.field).collect();
    assert_eq!(fields, [Field::Qos, Field::Retain, Field::Message]);
}

#[test]
fn the_trace_holds_links_packets_and_refusals_in_their_order() {
    let mut world = World::new();
    let client = world.key("alice");
    world.connect("alice", ProtocolVersion::V3_1_1);
    let form = PublishForm {
        topic: "a/+".into(),
        ..PublishForm::default()
    };
    world.publish("alice", form).unwrap_err();
    let reason_code = ReasonCode::Success;
    world
        .command(Command::Disconnect {
            client,
            reason_code,
        })
        .unwrap();
    let trace = world.lab.trace();
    let records: Vec<_> = trace.records(Sequence::default()..trace.next()).collect();
    let kinds: Vec<_> = records.iter().map(|record| record.kind()).collect();
    let expected = [
        RecordKind::LinkOpening,
        RecordKind::LinkOpen,
        RecordKind::Sent,
        RecordKind::Received,
        RecordKind::Refused,
        RecordKind::Sent,
        RecordKind::LinkClose,
    ];
    assert_eq!(kinds, expected);
    assert!(matches!(
        records[4].note(),
        Some(Note::Refused {
            cause: Kind::WildcardInTopic,
            ..
        })
    ));
    assert!(matches!(
        records[6].note(),
        Some(Note::LinkClose {
            by: ClosedBy::Client,
            code: None,
            ..
        })
    ));
}

#[test]
fn old_messages_leave_with_the_trace_and_are_counted() {
    let mut world = World::new();
    let settings = Settings {
        trace_megabytes: 1,
        ..Settings::default()
    };
    world.command(Command::SetSettings { settings }).unwrap();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "#");
    let payload = vec![0; 50_000];
    let link = world.link("alice");
    for number in 0..100 {
        let topic = format!("t/{number}");
        let none = Default::default();
        world
            .server
            .deliver(link, &topic, &payload, Qos::AtMostOnce, false, none);
        world.settle();
    }
    let client = world.client("alice");
    let kept = world.lab.message_count(client.key());
    assert_eq!(client.messages_received(), 100);
    assert_eq!(client.messages_dropped() + kept as u64, 100);
    assert!((1..30).contains(&kept), "{kept}");
    let extent = world.lab.message_extent(client.key());
    assert_eq!((extent.first, extent.end), (client.messages_dropped(), 100));
    for index in 0..kept {
        assert!(world.lab.message_row(client.key(), index).is_some());
    }
}

#[test]
fn a_long_list_is_filtered_in_slices() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "odd/+");
    world.subscribe_to("alice", "even/+");
    let link = world.link("alice");
    let deliver = |world: &mut World, number: usize| {
        let topic = format!("{}/{number}", ["even", "odd"][number % 2]);
        let none = Default::default();
        world
            .server
            .deliver(link, &topic, b"x", Qos::AtMostOnce, false, none);
        world.settle();
    };
    for number in 0..1_000 {
        deliver(&mut world, number);
    }
    let client = world.key("alice");
    let subscription = Some(world.client("alice").subscriptions()[0].key);
    world
        .command(Command::FilterMessages {
            client,
            subscription,
        })
        .unwrap();
    assert!(world.lab.work(300));
    assert_eq!(world.lab.message_count(client), 150);
    // What comes in between waits for its turn and is neither lost nor shown twice.
    deliver(&mut world, 1_001);
    assert!(world.lab.is_filtering(client));
    while world.lab.work(300) {}
    assert_eq!(world.lab.message_count(client), 501);
    assert_eq!(world.lab.message_row(client, 0).unwrap().topic, "odd/1001");
    deliver(&mut world, 1_003);
    deliver(&mut world, 1_004);
    assert!(!world.lab.has_work());
    assert_eq!(world.lab.message_count(client), 502);
    let subscription = None;
    world
        .command(Command::FilterMessages {
            client,
            subscription,
        })
        .unwrap();
    assert_eq!(world.lab.message_count(client), 1_003);
}

#[test]
fn the_next_message_to_look_at_is_not_passed_over() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "a");
    let link = world.link("alice");
    let deliver = |world: &mut World| {
        let none = Default::default();
        world
            .server
            .deliver(link, "a", b"x", Qos::AtMostOnce, false, none);
        world.settle();
    };
    deliver(&mut world);
    deliver(&mut world);
    let client = world.key("alice");
    let subscription = Some(world.client("alice").subscriptions()[0].key);
    world
        .command(Command::FilterMessages {
            client,
            subscription,
        })
        .unwrap();
    assert!(world.lab.work(1));
    deliver(&mut world);
    while world.lab.work(1) {}
    assert_eq!(world.lab.message_count(client), 3);
}

#[test]
fn revision_moves_with_everything_that_is_shown() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    let before = world.lab.revision();
    world.pass(Duration::from_secs(1));
    assert!(world.lab.revision() > before, "the clock of the state line");
    let before = world.lab.revision();
    let link = world.link("alice");
    world.raw(link, &[0xd0, 0]);
    assert!(world.lab.revision() > before);
    let stale = LinkId::new(99);
    world
        .lab
        .handle_link(stale, LinkEvent::Received(b"x"), world.now);
    world.lab.handle_timeout(Instant::ORIGIN);
    assert_eq!(world.line("alice").status, "connected");
}

#[test]
fn the_same_inputs_give_the_same_trace_byte_for_byte() {
    let run = |seed| {
        let mut world = World::with(Environment {
            seed,
            ..Environment::default()
        });
        world.command(Command::AddClient).unwrap();
        world.connect("alice", ProtocolVersion::V5_0);
        world.connect("bob", ProtocolVersion::V3_1_1);
        world.subscribe_to("bob", "#");
        for number in 0..50 {
            let qos = Qos::ALL[number % 3];
            world.publish_text("alice", "a", &number.to_string(), qos, number % 5 == 0);
            world.pass(Duration::from_millis(700));
        }
        let link = world.link("alice");
        world.cut(link);
        world.pass(Duration::from_secs(70));
        let trace = world.lab.trace();
        let records = trace.records(Sequence::default()..trace.next());
        let records: Vec<_> = records
            .map(|r| (r.time(), r.kind(), r.raw().to_vec()))
            .collect();
        (records, world.sent)
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1).1, run(2).1);
}

#[test]
fn a_profile_loaded_twice_gives_two_client_ids() {
    let mut world = World::new();
    let client = world.key("alice");
    let name = "class".to_owned();
    let save = ProfileCommand::Save { client, name }.into();
    world.command(save).unwrap();
    let load = |client| {
        ProfileCommand::Load {
            client,
            name: "class".to_owned(),
        }
        .into()
    };
    let own = world.client("alice").connection_form().client_id.clone();
    world.command(load(client)).unwrap();
    assert_eq!(world.client("alice").connection_form().client_id, own);
    world.command(Command::AddClient).unwrap();
    let bob = world.key("bob");
    world.command(load(bob)).unwrap();
    assert_ne!(world.client("bob").connection_form().client_id, own);
    assert_eq!(notices(&world.lab).len(), 1);
}

#[test]
fn the_words_of_a_close_frame_are_shown() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    let closed = LinkEvent::Closed {
        code: 1008,
        reason: "no more than 10 clients",
        clean: true,
    };
    let link = world.link("alice");
    world.lab.handle_link(link, closed, world.now);
    world.settle();
    let closed = world.line("alice").closed.unwrap();
    assert_eq!(closed.by, "the server");
    assert!(
        closed
            .why
            .ends_with("The server says: no more than 10 clients"),
        "{}",
        closed.why
    );
    // Whatever the old socket still has to say is passed over.
    let received = LinkEvent::Received(&[0xd0, 0]);
    world.lab.handle_link(link, received, world.now);
    assert_eq!(world.line("alice").status, "disconnected");
}

#[test]
fn a_tab_that_slept_for_an_hour_wakes_up_to_one_ping() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.sent.clear();
    world.now = Instant::from_millis(3_600_000);
    world.lab.handle_timeout(world.now);
    world.settle();
    assert_eq!(world.sent, [0xc0, 0]);
    assert_eq!(world.line("alice").status, "connected");
    assert!(world.line("alice").sentence.contains("1:00:00"));
}

#[test]
fn a_connection_lost_without_any_network_says_so_first() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.lab.handle_online(false, world.now);
    world.cut(world.link("alice"));
    let closed = world.line("alice").closed.unwrap();
    assert!(
        closed.advice[0].contains("not connected to any network"),
        "{:?}",
        closed.advice
    );
}
