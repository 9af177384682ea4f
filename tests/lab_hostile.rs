//! The lab against a server, or another client of it, that tries to exhaust or to deceive: what it
//! can make the lab keep, do and show is bounded.

mod lab_world;

use std::time::Duration;

use lab_world::World;
use mqtt_lab::codec::{
    Acknowledgement, ConnackProperties, ControlPacket, Disconnect, ProtocolVersion, Publish,
    PublishProperties, Qos, ReasonCode, Suback, SubscriptionIdentifier, SubscriptionIdentifiers,
    TopicName, UserProperties, decode,
};
use mqtt_lab::lab::{
    ACKNOWLEDGEMENT_BYTES, Command, Effect, Environment, FormCause, LinkEvent, PROFILES_KEY,
    ProfileCommand, RefusalCause, SubscribeForm, SubscriptionState,
};

const OVERRIDE: &str = "left\u{202e}right";

fn message(properties: PublishProperties<'_>) -> ControlPacket<'_> {
    ControlPacket::Publish(Publish {
        dup: false,
        qos: Qos::AtMostOnce,
        retain: false,
        topic: TopicName::parse("a").ok(),
        packet_id: None,
        properties,
        payload: b"x",
    })
}

fn many_user_properties(count: usize) -> UserProperties<'static> {
    let mut all = UserProperties::EMPTY;
    for _ in 0..count {
        all.push(OVERRIDE, OVERRIDE).unwrap();
    }
    all
}

#[test]
fn a_server_that_repeats_pubrec_for_ever_fills_no_memory() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    world.server.acknowledges = false;
    world.publish_text("alice", "a", "x", Qos::ExactlyOnce, false);
    let publication = world.client("alice").publications().next().unwrap();
    let packet_id = publication.packet_id.unwrap();
    let link = world.link("alice");
    for _ in 0..1_000 {
        world.pass(Duration::from_millis(1));
        let pubrec = ControlPacket::Pubrec(Acknowledgement::success(packet_id));
        world.server.send(link, &pubrec);
        world.settle();
    }
    let publication = world.client("alice").publications().next().unwrap();
    let steps = &publication.steps;
    assert!(steps.len() <= 32, "{} steps", steps.len());
    // The latest repetition is the one that is told.
    assert_eq!(steps.last().unwrap().at, world.now);
}

#[test]
fn identifiers_beyond_all_subscriptions_are_not_looked_at() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    let form = SubscribeForm {
        filter: "a".into(),
        subscription_identifier: "7".into(),
        ..SubscribeForm::default()
    };
    world.subscribe("alice", form).unwrap();
    let mut identifiers = SubscriptionIdentifiers::EMPTY;
    for number in 0..2_000 {
        let identifier = SubscriptionIdentifier::new(1_000 + number).unwrap();
        identifiers.push(identifier);
    }
    identifiers.push(SubscriptionIdentifier::new(7).unwrap());
    let link = world.link("alice");
    let properties = PublishProperties {
        subscription_identifiers: identifiers,
        ..PublishProperties::default()
    };
    world.server.send(link, &message(properties));
    world.settle();
    // By its topic it belongs to the subscription all the same.
    assert_eq!(world.client("alice").subscriptions()[0].messages, 1);
    let client = world.key("alice");
    let newest = world.client("alice").newest_message().unwrap();
    let facts = world.lab.message_facts(client, newest).unwrap();
    assert!(facts.properties.len() <= 202, "{}", facts.properties.len());
    let last = facts.properties.last().unwrap();
    assert!(last.value.contains("1,901 more"), "{last:?}");
}

#[test]
fn a_hundred_thousand_user_properties_become_a_few_rows_that_hide_nothing() {
    let mut world = World::new();
    world.server.connack_properties = || ConnackProperties {
        user_properties: many_user_properties(20_000),
        reason_string: Some(OVERRIDE),
        ..ConnackProperties::default()
    };
    world.connect("alice", ProtocolVersion::V5_0);
    world.subscribe_to("alice", "#");
    let link = world.link("alice");
    let properties = PublishProperties {
        user_properties: many_user_properties(20_000),
        content_type: Some(OVERRIDE),
        ..PublishProperties::default()
    };
    world.server.send(link, &message(properties));
    world.settle();
    let client = world.key("alice");
    let newest = world.client("alice").newest_message().unwrap();
    let facts = world.lab.message_facts(client, newest).unwrap();
    assert!(facts.properties.len() <= 202, "{}", facts.properties.len());
    for property in &facts.properties {
        assert!(!property.value.contains('\u{202e}'), "{property:?}");
    }
    let connack = world.lab.connack_facts(client);
    assert!(connack.len() <= 140, "{}", connack.len());
    for fact in &connack {
        assert!(!fact.value.contains('\u{202e}'), "{}", fact.value);
    }
    let shown: Vec<_> = connack.iter().map(|fact| fact.value.as_str()).collect();
    assert!(shown.contains(&"left⟨U+202E⟩right"), "{shown:?}");
}

#[test]
fn words_of_the_server_are_short_and_cannot_rearrange_the_page() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V5_0);
    let client = world.key("alice");
    let link = world.link("alice");
    let form = SubscribeForm::default();
    let edit = Command::EditSubscribe {
        client,
        form: Box::new(form),
    };
    world.lab.handle_command(edit, world.now).unwrap();
    let subscribe = Command::Subscribe { client };
    world.lab.handle_command(subscribe, world.now).unwrap();
    let mut packet_id = None;
    while let Some(effect) = world.lab.poll_effect() {
        if let Effect::Send { bytes, .. } = effect
            && let Ok(ControlPacket::Subscribe(subscribe)) = decode(&bytes, ProtocolVersion::V5_0)
        {
            packet_id = Some(subscribe.packet_id);
        }
    }
    let packet_id = packet_id.unwrap();
    let long = [OVERRIDE, &"w".repeat(60_000)].concat();
    let suback = ControlPacket::Suback(Suback {
        packet_id,
        reason_string: Some(&long),
        user_properties: UserProperties::EMPTY,
        reason_codes: vec![ReasonCode::NotAuthorized],
    });
    world.server.send(link, &suback);
    world.settle();
    let notice = world.lab.notices().iter().next_back().unwrap();
    assert!(
        notice.words.contains("left⟨U+202E⟩right"),
        "{}",
        notice.words
    );
    assert!(notice.words.len() < 5_000, "{}", notice.words.len());

    let disconnect = ControlPacket::Disconnect(Disconnect {
        reason_code: ReasonCode::ServerShuttingDown,
        reason_string: Some(&long),
        server_reference: Some(&long),
        ..Disconnect::default()
    });
    world.server.send(link, &disconnect);
    world.settle();
    let why = world.line("alice").closed.unwrap().why;
    assert!(why.contains("left⟨U+202E⟩right"), "{why}");
    assert!(
        !why.contains('\u{202e}') && why.len() < 10_000,
        "{}",
        why.len()
    );
}

#[test]
fn in_3_1_a_session_that_the_server_keeps_keeps_its_subscriptions() {
    let mut world = World::new();
    let mut settings = world.lab.settings().clone();
    settings.resubscribe = false;
    world.command(Command::SetSettings { settings }).unwrap();
    world.edit("alice", |form| form.clean_session = false);
    world.connect("alice", ProtocolVersion::V3_1);
    world.subscribe_to("alice", "a");
    let link = world.link("alice");
    world.cut(link);
    world.connect("alice", ProtocolVersion::V3_1);
    let row = &world.client("alice").subscriptions()[0];
    assert!(
        matches!(row.state, SubscriptionState::KeptByServer { .. }),
        "{:?}",
        row.state
    );
    let link = world.link("alice");
    let publish = b"\x30\x04\x00\x01ax";
    world
        .lab
        .handle_link(link, LinkEvent::Received(publish), world.now);
    world.settle();
    assert_eq!(world.client("alice").subscriptions()[0].messages, 1);
}

#[test]
fn profiles_saved_in_another_tab_are_not_lost_by_saving_here() {
    let (mut here, mut there) = (World::new(), World::new());
    let save = |world: &mut World, name: &str| {
        let client = world.key("alice");
        let name = name.to_owned();
        world
            .command(ProfileCommand::Save { client, name }.into())
            .unwrap();
        world.stored[PROFILES_KEY].clone()
    };
    here.edit("alice", |form| form.password = "secret".into());
    let stored = save(&mut here, "mine");
    let now = there.now;
    there
        .lab
        .handle_stored_elsewhere(PROFILES_KEY, Some(&stored), now);
    let stored = save(&mut there, "theirs");
    let before = here.lab.revision();
    here.lab
        .handle_stored_elsewhere(PROFILES_KEY, Some(&stored), now);
    assert_ne!(here.lab.revision(), before);
    let names = |world: &World| {
        let names = world.lab.profiles().iter();
        names
            .map(|profile| profile.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&here), ["mine", "theirs"]);
    // A password that is not stored stays where it was typed, and goes to no other host.
    assert_eq!(here.lab.profiles()[0].form.password, "secret");
    assert!(!stored.contains("secret"));
    let elsewhere = stored.replace("broker.hivemq.com", "elsewhere.example");
    here.lab
        .handle_stored_elsewhere(PROFILES_KEY, Some(&elsewhere), now);
    assert_eq!(here.lab.profiles()[0].form.password, "");

    for unusable in ["", "{", "{\"version\":99}"] {
        here.lab
            .handle_stored_elsewhere(PROFILES_KEY, Some(unusable), now);
        assert_eq!(names(&here), ["mine", "theirs"]);
    }
    here.lab
        .handle_stored_elsewhere("other-page", Some("x"), now);
    here.lab.handle_stored_elsewhere(PROFILES_KEY, None, now);
    assert!(here.lab.profiles().is_empty());
}

#[test]
fn names_from_a_file_or_an_address_are_what_they_look_like() {
    let mut world = World::with(Environment {
        query: vec![([OVERRIDE, &"n".repeat(100_000)].concat(), "x".to_owned())],
        ..Environment::default()
    });
    let said = world.lab.notices().iter().next().unwrap().words.clone();
    assert!(said.contains("left⟨U+202E⟩right"), "{said}");
    assert!(said.len() < 2_000, "{}", said.len());

    let client = world.key("alice");
    let name = "class".to_owned();
    world
        .command(ProfileCommand::Save { client, name }.into())
        .unwrap();
    let json = world.lab.export_profiles();
    for (name, position) in [(OVERRIDE, 5), ("class\\u200b", 6), ("a\\nb", 2)] {
        let json = json.replace("\"class\"", &format!("\"{name}\""));
        let refusal = world
            .command(ProfileCommand::Import { json }.into())
            .unwrap_err();
        assert_eq!(
            refusal.cause,
            RefusalCause::InForm(FormCause::HiddenCharacter { position })
        );
    }
    assert_eq!(world.lab.profiles().len(), 1);
    // What joins letters and emoji belongs to the name.
    let name = "👩\u{200d}🏫 نمی\u{200c}خواهم".to_owned();
    world
        .command(Command::RenameClient { client, name })
        .unwrap();
}

#[test]
fn a_server_that_floods_and_never_reads_is_left() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.subscribe_to("alice", "#");
    let link = world.link("alice");
    let mut messages = Vec::new();
    for number in 0..300_000_u32 {
        let packet_id = (number % 65_535 + 1) as u16;
        messages.extend([0x32, 5, 0, 1, b'a']);
        messages.extend(packet_id.to_be_bytes());
    }
    world.raw(link, &messages);
    world.settle();
    assert_eq!(world.client("alice").messages_received(), 300_000);
    // Some wait behind something large that a person has sent: that is no fault of the server's.
    let now = world.now;
    let waits = LinkEvent::Buffered(ACKNOWLEDGEMENT_BYTES);
    world.lab.handle_link(link, waits, now);
    world.settle();
    assert!(world.line("alice").phase.is_connected());
    let waits = LinkEvent::Buffered(ACKNOWLEDGEMENT_BYTES + 1);
    world.lab.handle_link(link, waits, now);
    world.settle();
    let line = world.line("alice");
    assert!(!line.phase.is_connected());
    let closed = format!("{line:?}");
    assert!(closed.contains("does not read"), "{closed}");
}

#[test]
fn acknowledgements_ahead_of_a_large_message_do_not_count_against_the_server() {
    let mut world = World::new();
    world.connect("alice", ProtocolVersion::V3_1_1);
    world.publish_text("alice", "a", &"x".repeat(4_000_000), Qos::AtMostOnce, false);
    let link = world.link("alice");
    let now = world.now;
    let waits = LinkEvent::Buffered(3_900_000);
    world.lab.handle_link(link, waits, now);
    world.settle();
    assert!(world.line("alice").phase.is_connected());
}
