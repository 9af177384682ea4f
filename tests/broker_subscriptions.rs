//! Subscriptions and retained messages: who gets what, how often and how marked.

mod broker_world;

use broker_world::{V3, V5, World, id, publish};
use mqtt_lab::broker::{
    AclAction, AclEffect, AclRule, BrokerOptions, Event, Overlapping, RetainedView,
};
use mqtt_lab::codec::{
    ControlPacket, Publish, PublishProperties, Qos, RetainHandling, Subscribe, Subscription,
    SubscriptionOptions, TopicFilter, UserProperties,
};

const Q0: Qos = Qos::AtMostOnce;
const Q1: Qos = Qos::AtLeastOnce;
const Q2: Qos = Qos::ExactlyOnce;

fn options() -> SubscriptionOptions {
    SubscriptionOptions::default()
}

#[test]
fn mqtt_3_8_4_6_one_suback_with_a_code_for_each_filter() {
    let options = BrokerOptions {
        maximum_qos: Q1,
        maximum_subscriptions: 2,
        ..BrokerOptions::default()
    };
    for (version, refused) in [(V3, "0x80"), (V5, "0x97")] {
        let mut world = World::with(options.clone());
        let peer = world.connect(version, "me", true);
        let subscriptions = [("a", Q0), ("b", Q2), ("c", Q0), ("a", Q1)];
        let subscribe = Subscribe {
            packet_id: id(77),
            subscription_identifier: None,
            user_properties: UserProperties::EMPTY,
            subscriptions: subscriptions
                .map(|(filter, qos)| Subscription {
                    filter: TopicFilter::parse(filter).unwrap(),
                    options: SubscriptionOptions::with_qos(qos),
                })
                .to_vec(),
        };
        world.send(peer, &ControlPacket::Subscribe(subscribe));
        world.assert_sees(peer, &[&format!("SUBACK 77 0x00 0x01 {refused} 0x01")]);
        let rows: Vec<(String, Qos)> = world
            .broker
            .subscriptions()
            .map(|row| (row.filter.to_owned(), row.options.qos))
            .collect();
        assert_eq!(rows, [("a".to_owned(), Q1), ("b".to_owned(), Q1)]);
    }
}

#[test]
fn mqtt_3_10_4_1_unsubscribing() {
    for (version, first, second) in [
        (V3, "UNSUBACK 2", "UNSUBACK 2"),
        (V5, "UNSUBACK 2 0x00", "UNSUBACK 2 0x11"),
    ] {
        let mut world = World::new();
        let peer = world.connect(version, "me", true);
        world.subscribe(peer, "t/+", Q0);
        world.unsubscribe(peer, "t/+");
        world.unsubscribe(peer, "t/+");
        world.publish(peer, "t/x", Q0, 0, "x");
        world.assert_sees(peer, &[first, second]);
    }
}

#[test]
fn mqtt_3_3_4_2_overlapping_subscriptions() {
    for (overlapping, expected) in [
        (
            Overlapping::OneCopy,
            &["PUBLISH a/b=x q2 id1 sub7 sub9"][..],
        ),
        (
            Overlapping::CopyPerSubscription,
            &["PUBLISH a/b=x q2 id1 sub9", "PUBLISH a/b=x q1 id2 sub7"],
        ),
    ] {
        let options = BrokerOptions {
            overlapping,
            ..BrokerOptions::default()
        };
        let mut world = World::with(options);
        let peer = world.connect(V5, "me", true);
        for (filter, qos, identifier) in [("a/+", Q1, 7), ("a/#", Q2, 9), ("b", Q2, 5)] {
            let options = SubscriptionOptions::with_qos(qos);
            world.subscribe_with(peer, filter, options, Some(identifier));
        }
        world.see(peer);
        let publisher = world.connect(V3, "pub", true);
        world.publish(publisher, "a/b", Q2, 1, "x");
        let mut seen = world.see(peer);
        seen.sort();
        let mut expected: Vec<String> = expected.iter().map(|it| (*it).to_owned()).collect();
        // The order of the copies and of the identifiers is the broker's.
        expected.sort();
        let plain = |lines: &[String]| -> Vec<Vec<String>> {
            let words = |line: &String| -> Vec<String> {
                let mut words: Vec<String> = line
                    .split(' ')
                    .filter(|word| !word.starts_with("id"))
                    .map(str::to_owned)
                    .collect();
                words.sort();
                words
            };
            let mut lines: Vec<Vec<String>> = lines.iter().map(words).collect();
            lines.sort();
            lines
        };
        assert_eq!(plain(&seen), plain(&expected));
    }
}

#[test]
fn mqtt_3_8_4_3_a_subscription_is_replaced() {
    let mut world = World::new();
    let peer = world.connect(V5, "me", true);
    world.subscribe_with(peer, "t", SubscriptionOptions::with_qos(Q2), Some(1));
    world.subscribe_with(peer, "t", SubscriptionOptions::with_qos(Q0), Some(2));
    world.see(peer);
    world.publish(peer, "t", Q0, 0, "x");
    world.assert_sees(peer, &["PUBLISH t=x q0 sub2"]);
    let replaced = world.told(|event| match event {
        Event::Subscribed { replaced, .. } => Some(*replaced),
        _ => None,
    });
    assert_eq!(replaced, [false, true]);
}

#[test]
fn mqtt_3_8_3_3_no_local() {
    let mut world = World::new();
    let me = world.connect(V5, "me", false);
    let other = world.connect(V5, "other", true);
    let no_local = SubscriptionOptions {
        no_local: true,
        ..options()
    };
    world.subscribe_with(me, "t", no_local, None);
    world.subscribe_with(other, "t", no_local, None);
    world.see(me);
    world.see(other);
    world.publish(me, "t", Q0, 0, "x");
    world.assert_sees(me, &[]);
    world.assert_sees(other, &["PUBLISH t=x q0"]);
    world.publish(other, "t", Q0, 0, "y");
    world.assert_sees(me, &["PUBLISH t=y q0"]);
}

#[test]
fn mqtt_3_3_1_5_retained_set_replaced_cleared() {
    for version in [V3, V5] {
        let mut world = World::new();
        let publisher = world.connect(version, "pub", true);
        let live = world.connect(version, "live", true);
        world.subscribe(live, "t/#", Q1);
        world.retain(publisher, "t/1", "a");
        world.retain(publisher, "t/1", "b");
        world.assert_sees(live, &["PUBLISH t/1=a q0", "PUBLISH t/1=b q0"]);
        world.disconnect(publisher);
        let late = world.connect(version, "late", true);
        world.subscribe(late, "+/1", Q1);
        world.assert_sees(late, &["PUBLISH t/1=b q0 retain"]);
        world.retain(late, "t/1", "");
        world.assert_sees(live, &["PUBLISH t/1= q0"]);
        world.see(late);
        world.subscribe(late, "+/1", Q1);
        world.assert_sees(late, &[]);
        assert_eq!(world.broker.retained().count(), 0);
    }
}

#[test]
fn mqtt_3_3_1_9_retain_handling_and_3_3_1_13_retain_as_published() {
    let mut world = World::new();
    let publisher = world.connect(V3, "pub", true);
    world.retain(publisher, "t", "kept");
    for (retain_handling, first, second) in [
        (RetainHandling::SendAtSubscribe, 1, 1),
        (RetainHandling::SendIfNew, 1, 0),
        (RetainHandling::DoNotSend, 0, 0),
    ] {
        let peer = world.connect(V5, "me", true);
        let options = SubscriptionOptions {
            retain_handling,
            ..options()
        };
        for count in [first, second] {
            world.subscribe_with(peer, "t", options, Some(3));
            let mut expected = vec!["SUBACK 1 0x00"];
            expected.resize(1 + count, "PUBLISH t=kept q0 retain sub3");
            world.assert_sees(peer, &expected);
        }
    }
    let peer = world.connect(V5, "me", true);
    let as_published = SubscriptionOptions {
        retain_as_published: true,
        retain_handling: RetainHandling::DoNotSend,
        ..options()
    };
    world.subscribe_with(peer, "t", as_published, None);
    world.see(peer);
    world.retain(publisher, "t", "new");
    world.publish(publisher, "t", Q0, 0, "plain");
    world.assert_sees(peer, &["PUBLISH t=new q0 retain", "PUBLISH t=plain q0"]);
}

#[test]
fn retained_messages_have_the_lower_qos_and_their_own_expiry() {
    let mut world = World::new();
    let publisher = world.connect(V5, "pub", true);
    for (topic, qos, packet_id) in [("r/0", Q0, 0), ("r/1", Q1, 1), ("r/2", Q2, 2)] {
        let message = Publish {
            retain: true,
            properties: PublishProperties {
                message_expiry_interval: (qos == Q2).then_some(3),
                ..PublishProperties::default()
            },
            ..publish(topic, qos, packet_id, "x")
        };
        world.publish_with(publisher, message);
    }
    world.wait(1_000);
    let peer = world.connect(V5, "me", true);
    world.subscribe(peer, "r/+", Q1);
    let mut seen = world.see(peer);
    seen.sort();
    let count = seen.iter().filter(|it| it.contains("retain")).count();
    assert_eq!(count, 3);
    assert!(seen[2].contains("r/2=x q1") && seen[2].contains("expiry2"));
    world.wait(2_000);
    let topics: Vec<String> = world
        .broker
        .retained()
        .map(|row: RetainedView<'_>| row.topic.to_string())
        .collect();
    assert_eq!(topics, ["r/0", "r/1"]);
    assert!(world.broker.clear_retained("r/0", world.now));
    assert!(!world.broker.clear_retained("r/0", world.now));
}

#[test]
fn there_may_be_only_so_many_retained_messages() {
    let options = BrokerOptions {
        maximum_retained_messages: 1,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V3, "pub", true);
    world.retain(publisher, "a", "1");
    world.retain(publisher, "b", "2");
    world.retain(publisher, "a", "3");
    let payloads: Vec<&[u8]> = world.broker.retained().map(|row| row.payload).collect();
    assert_eq!(payloads, [b"3"]);
}

#[test]
fn mqtt_4_8_2_each_message_goes_to_one_of_a_group() {
    for version in [V3, V5] {
        let mut world = World::new();
        let publisher = world.connect(version, "pub", true);
        let members = ["one", "two"].map(|name| world.connect(version, name, true));
        let alone = world.connect(version, "alone", true);
        world.retain(publisher, "t", "kept");
        for member in members {
            world.subscribe(member, "$share/g/t", Q1);
        }
        world.subscribe(members[0], "$share/h/t", Q1);
        world.subscribe(alone, "t", Q0);
        world.assert_sees(alone, &["PUBLISH t=kept q0 retain"]);
        for member in members {
            world.assert_sees(member, &[]);
        }
        for _ in 0..4 {
            world.publish(publisher, "t", Q0, 0, "x");
        }
        assert_eq!(world.see(members[0]).len(), 2 + 4);
        assert_eq!(world.see(members[1]).len(), 2);
        assert_eq!(world.see(alone).len(), 4);
        world.cut(members[0]);
        world.publish(publisher, "t", Q0, 0, "x");
        assert_eq!(world.see(members[1]).len(), 1);
    }
}

#[test]
fn what_the_options_forbid_is_an_error_of_the_protocol_in_5_0() {
    let options = BrokerOptions {
        wildcard_subscription_available: false,
        shared_subscription_available: false,
        subscription_identifiers_available: false,
        ..BrokerOptions::default()
    };
    for (filter, identifier, code) in [
        ("a/+", None, "0xa2"),
        ("$share/g/a", None, "0x9e"),
        ("a", Some(1), "0xa1"),
    ] {
        let mut world = World::with(options.clone());
        let peer = world.connect(V5, "me", true);
        world.subscribe_with(peer, filter, SubscriptionOptions::default(), identifier);
        world.assert_sees(peer, &[&format!("DISCONNECT {code}"), "closed"]);
    }
    let mut world = World::with(options);
    let peer = world.connect(V3, "me", true);
    world.subscribe_with(peer, "a/+", SubscriptionOptions::default(), None);
    world.assert_sees(peer, &["SUBACK 1 0x80"]);
}

#[test]
fn rules_are_held_when_subscribing_publishing_and_delivering() {
    let rule = |effect, action, filter: &str| AclRule {
        effect,
        action,
        filter: filter.to_owned(),
        user: None,
    };
    let options = BrokerOptions {
        acl: vec![
            rule(AclEffect::Deny, AclAction::Subscribe, "secret/#"),
            rule(AclEffect::Deny, AclAction::Publish, "read/only"),
        ],
        ..BrokerOptions::default()
    };
    for (version, refused) in [(V3, "0x80"), (V5, "0x87")] {
        let mut world = World::with(options.clone());
        let peer = world.connect(version, "me", true);
        world.subscribe_with(peer, "secret/x", SubscriptionOptions::default(), None);
        world.assert_sees(peer, &[&format!("SUBACK 1 {refused}")]);
        world.retain(peer, "secret/x", "kept");
        // A wider filter is granted, and gets nothing of it.
        world.subscribe(peer, "#", Q0);
        world.publish(peer, "secret/x", Q0, 0, "x");
        world.publish(peer, "read/only", Q0, 0, "x");
        world.publish(peer, "open", Q0, 0, "x");
        world.assert_sees(peer, &["PUBLISH open=x q0"]);
    }
}

#[test]
fn system_topics_are_published_and_readable() {
    let options = BrokerOptions {
        system_interval: std::time::Duration::from_secs(10),
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let peer = world.connect(V3, "me", true);
    world.subscribe(peer, "#", Q0);
    world.subscribe(peer, "$SYS/broker/clients/connected", Q0);
    world.see(peer);
    world.wait(10_000);
    world.assert_sees(peer, &["PUBLISH $SYS/broker/clients/connected=1 q0"]);
    let ticks = world.told(|event| matches!(event, Event::SystemTick).then_some(()));
    assert!(!ticks.is_empty());
    let now = world.now;
    let connected = "$SYS/broker/clients/connected";
    let value = world
        .broker
        .system_topics(now)
        .find(|(topic, _)| *topic == connected);
    assert_eq!(value.map(|(_, value)| value).as_deref(), Some("1"));
}
