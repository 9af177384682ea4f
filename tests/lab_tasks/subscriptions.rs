//! Subscribing, and what the subscriptions then say.

use crate::VERSIONS;
use crate::lab_world::World;
use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode, RetainHandling};
use mqtt_lab::lab::{Command, Field, SubscribeForm, SubscriptionState};

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
            let unsubscribe = || Command::Unsubscribe {
                client,
                subscription,
            };
            world.command(unsubscribe()).unwrap();
            assert!(world.command(unsubscribe()).is_err());
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
