//! What stays true at the limits.

use std::time::Duration;

use crate::broker_world::{Peer, V5, World, publish};
use mqtt_lab::broker::{AclAction, AclEffect, AclRule, BrokerOptions, Event, WillDiscardCause};
use mqtt_lab::codec::Qos::{AtLeastOnce, AtMostOnce, ExactlyOnce};
use mqtt_lab::codec::{
    Connect, ConnectProperties, Publish, PublishProperties, SubscriptionOptions, TopicName, Will,
    WillProperties,
};

/// A PUBLISH that lives for two seconds.
fn brief(world: &mut World, peer: Peer, topic: &str, packet_id: u16, retain: bool) {
    let qos = match packet_id {
        0 => AtMostOnce,
        _ => AtLeastOnce,
    };
    let message = publish(topic, qos, packet_id, "brief");
    let properties = PublishProperties {
        message_expiry_interval: Some(2),
        ..PublishProperties::EMPTY
    };
    world.publish_with(
        peer,
        Publish {
            retain,
            properties,
            ..message
        },
    );
}

#[test]
fn a_share_of_a_group_gives_nothing_that_the_rules_deny() {
    let rule = |effect, filter: &str, user: Option<&str>| AclRule {
        effect,
        action: AclAction::Both,
        filter: filter.to_owned(),
        user: user.map(str::to_owned),
    };
    let options = BrokerOptions {
        acl: vec![
            rule(AclEffect::Allow, "secret/#", Some("ann")),
            rule(AclEffect::Deny, "secret/#", None),
        ],
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let mut member = |username: Option<&'static str>, client_id| {
        let peer = world.connect_with(
            V5,
            Connect {
                client_id,
                username,
                clean_start: true,
                ..Connect::default()
            },
        );
        world.raw(peer);
        world.subscribe(peer, "$share/g/#", AtMostOnce);
        peer
    };
    let eve = member(None, "eve");
    let ann = member(Some("ann"), "ann");
    for _ in 0..4 {
        world.publish(ann, "secret/plan", AtMostOnce, 0, "x");
    }
    world.assert_sees(eve, &[]);
    // It goes to a member who may have it, each time.
    assert_eq!(world.see(ann).len(), 4);
    world.disconnect(ann);
    world.publish(eve, "open", AtMostOnce, 0, "y");
    world.assert_sees(eve, &["PUBLISH open=y q0"]);
}

#[test]
fn what_connack_said_stays_true_for_the_connection() {
    let mut world = World::new();
    let peer = world.connect(V5, "me", true);
    let lower = BrokerOptions {
        maximum_qos: AtMostOnce,
        retain_available: false,
        wildcard_subscription_available: false,
        shared_subscription_available: false,
        subscription_identifiers_available: false,
        ..BrokerOptions::default()
    };
    world.broker.set_options(lower, world.now).unwrap();
    world.subscribe_with(peer, "a/#", SubscriptionOptions::default(), Some(7));
    world.assert_sees(peer, &["SUBACK 1 0x00"]);
    world.subscribe_with(peer, "$share/g/b", SubscriptionOptions::default(), None);
    world.assert_sees(peer, &["SUBACK 1 0x00"]);
    let message = publish("a/b", ExactlyOnce, 1, "x");
    world.publish_with(
        peer,
        Publish {
            retain: true,
            ..message
        },
    );
    world.assert_sees(peer, &["PUBREC 1 0x00", "PUBLISH a/b=x q0 sub7"]);
    assert_eq!(world.broker.retained().count(), 0);
    // Another Client is told otherwise, and held to it, whatever is allowed later.
    let other = world.connect(V5, "other", true);
    let options = BrokerOptions::default();
    world.broker.set_options(options, world.now).unwrap();
    world.publish(other, "a/b", AtLeastOnce, 1, "x");
    world.assert_sees(other, &["DISCONNECT 0x9b", "closed"]);
}

/// The driver's timer may be late: what has expired is not sent all the same [MQTT-3.3.2-5].
#[test]
fn what_has_expired_is_not_sent_even_if_the_timer_is_late() {
    for late in [1_999, 2_000, 60_000] {
        let mut world = World::new();
        let publisher = world.connect(V5, "publisher", true);
        let absent = world.connect(V5, "absent", false);
        world.subscribe(absent, "t", AtLeastOnce);
        world.cut(absent);
        let slow = world.connect(V5, "slow", true);
        world.subscribe(slow, "t", AtLeastOnce);
        world.congest(slow, true);
        brief(&mut world, publisher, "t", 1, false);
        brief(&mut world, publisher, "kept", 0, true);
        let is_there = late < 2_000;
        world.now = world.now + Duration::from_millis(late);

        let sees = |all: &[&str]| -> Vec<String> {
            let all = all.iter().map(|text| (*text).to_owned());
            all.filter(|_| is_there).collect()
        };
        world.congest(slow, false);
        assert_eq!(world.see(slow), sees(&["PUBLISH t=brief q1 id1 expiry1"]));
        let connect = Connect {
            client_id: "absent",
            clean_start: false,
            ..Connect::default()
        };
        let back = world.connect_with(V5, connect);
        let mut expected = vec!["CONNACK 0x00 present".to_owned()];
        expected.extend(sees(&["PUBLISH t=brief q1 id1 expiry1"]));
        assert_eq!(world.see(back), expected);
        let new = world.connect(V5, "new", true);
        world.subscribe(new, "kept", AtMostOnce);
        let expected = sees(&["PUBLISH kept=brief q0 retain expiry1"]);
        assert_eq!(world.see(new), expected);
    }
}

/// The end of an exchange of the connection before makes no room on this one [MQTT-3.3.4-9].
#[test]
fn a_pubrel_that_is_sent_again_gives_back_no_room() {
    let mut world = World::new();
    let publisher = world.connect(V5, "publisher", true);
    let come = |world: &mut World, clean_start| {
        let properties = ConnectProperties {
            session_expiry_interval: Some(60),
            receive_maximum: 1.try_into().ok(),
            ..ConnectProperties::default()
        };
        let connect = Connect {
            client_id: "me",
            clean_start,
            properties,
            ..Connect::default()
        };
        world.connect_with(V5, connect)
    };
    let peer = come(&mut world, true);
    world.raw(peer);
    world.subscribe(peer, "t", ExactlyOnce);
    for number in 1..=3 {
        world.publish(publisher, "t", ExactlyOnce, number, &number.to_string());
    }
    world.assert_sees(peer, &["PUBLISH t=1 q2 id1"]);
    world.pubrec(peer, 1);
    world.assert_sees(peer, &["PUBREL 1 0x00"]);
    world.cut(peer);
    let peer = come(&mut world, false);
    let seen = [
        "CONNACK 0x00 present",
        "PUBREL 1 0x00",
        "PUBLISH t=2 q2 id2",
    ];
    world.assert_sees(peer, &seen);
    world.pubcomp(peer, 1);
    world.assert_sees(peer, &[]);
    world.pubrec(peer, 2);
    world.pubcomp(peer, 2);
    world.assert_sees(peer, &["PUBREL 2 0x00", "PUBLISH t=3 q2 id3"]);
}

/// Messages of one QoS come in their order, also where one of another QoS holds them up.
#[test]
fn a_message_of_qos_0_does_not_pass_one_that_waits() {
    let mut world = World::new();
    let publisher = world.connect(V5, "publisher", true);
    let properties = ConnectProperties {
        receive_maximum: 1.try_into().ok(),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        client_id: "me",
        clean_start: true,
        properties,
        ..Connect::default()
    };
    let peer = world.connect_with(V5, connect);
    world.raw(peer);
    world.subscribe(peer, "t", AtLeastOnce);
    world.publish(publisher, "t", AtLeastOnce, 1, "1");
    world.assert_sees(peer, &["PUBLISH t=1 q1 id1"]);
    world.congest(peer, true);
    world.publish(publisher, "t", AtLeastOnce, 2, "2");
    world.publish(publisher, "t", AtMostOnce, 0, "3");
    world.congest(peer, false);
    world.publish(publisher, "t", AtMostOnce, 0, "4");
    world.assert_sees(peer, &[]);
    world.puback(peer, 1);
    let seen = ["PUBLISH t=2 q1 id2", "PUBLISH t=3 q0", "PUBLISH t=4 q0"];
    world.assert_sees(peer, &seen);
}

/// Rules that changed after CONNECT hold for its Will Message too.
#[test]
fn a_will_that_is_no_longer_allowed_is_not_published() {
    let mut world = World::new();
    let watcher = world.connect(V5, "watcher", true);
    world.subscribe(watcher, "#", AtMostOnce);
    let will = Will {
        topic: TopicName::parse("w").unwrap(),
        payload: b"gone",
        qos: AtMostOnce,
        retain: false,
        properties: WillProperties::default(),
    };
    let connect = Connect {
        client_id: "me",
        clean_start: true,
        will: Some(will),
        ..Connect::default()
    };
    let peer = world.connect_with(V5, connect);
    let options = BrokerOptions {
        acl: vec![AclRule {
            effect: AclEffect::Deny,
            action: AclAction::Publish,
            filter: "w".to_owned(),
            user: None,
        }],
        ..BrokerOptions::default()
    };
    world.broker.set_options(options, world.now).unwrap();
    world.events.clear();
    world.cut(peer);
    world.assert_sees(watcher, &[]);
    let causes = world.told(|event| match event {
        Event::WillDiscarded { cause, .. } => Some(*cause),
        _ => None,
    });
    assert_eq!(causes, [WillDiscardCause::NotAuthorized]);
}

/// A session that has its connection back has no end in sight.
#[test]
fn a_session_that_goes_on_does_not_end() {
    let mut world = World::new();
    let peer = world.connect(V5, "me", false);
    world.cut(peer);
    assert!(world.broker.session("me").unwrap().expires_at.is_some());
    world.connect(V5, "me", false);
    assert_eq!(world.broker.session("me").unwrap().expires_at, None);
    world.wait(7_200_000);
    assert!(world.broker.session("me").is_some());
}

/// The Will Message at the end of a session does not get lost in that session's share of a group.
#[test]
fn the_will_of_a_session_that_ends_goes_to_the_others_of_its_group() {
    let mut world = World::new();
    let will = Will {
        topic: TopicName::parse("w").unwrap(),
        payload: b"gone",
        qos: AtLeastOnce,
        retain: false,
        properties: WillProperties {
            will_delay_interval: Some(60),
            ..WillProperties::default()
        },
    };
    let properties = ConnectProperties {
        session_expiry_interval: Some(10),
        ..ConnectProperties::default()
    };
    let connect = Connect {
        client_id: "me",
        clean_start: true,
        will: Some(will),
        properties,
        ..Connect::default()
    };
    let peer = world.connect_with(V5, connect);
    world.raw(peer);
    world.subscribe(peer, "$share/g/w", AtLeastOnce);
    let other = world.connect(V5, "other", false);
    world.subscribe(other, "$share/g/w", AtLeastOnce);
    world.cut(other);
    world.cut(peer);
    // Somebody ends the session before the delay is over.
    assert!(world.broker.discard_session("me", world.now));
    world.drain();
    assert_eq!(world.broker.session("other").unwrap().queued, 1);
}
