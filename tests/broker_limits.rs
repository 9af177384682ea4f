//! What the broker keeps has an end, what it says at that end, and that nothing is lost before it.

mod broker_world;

use std::time::Duration;

use broker_world::{Peer, V3, V5, V31, World, id, publish};
use mqtt_lab::broker::{
    AclAction, AclEffect, AclRule, BrokerOptions, ClosedCause, ConnectionId, Event, Input,
    RefusedCause, WillDiscardCause,
};
use mqtt_lab::codec::{
    Connect, ConnectProperties, ControlPacket, ProtocolVersion, Publish, PublishProperties, Qos,
    Subscribe, Subscription, SubscriptionOptions, TopicFilter, TopicName, UserProperties, Will,
    WillProperties,
};

use Qos::{AtLeastOnce, AtMostOnce, ExactlyOnce};

/// SUBSCRIBE to one filter, and the code that SUBACK has for it.
fn subscribe(world: &mut World, peer: Peer, filter: &str) -> String {
    world.subscribe_with(peer, filter, SubscriptionOptions::default(), None);
    world.see(peer).join(", ")
}

#[test]
fn subscriptions_are_bounded_by_what_they_take() {
    let mut world = World::new();
    let peer = world.connect(V5, "five", true);
    let before = world.connect(V3, "three", true);
    let deep = |last: usize| format!("{}{last:03}", "/".repeat(65_000));
    let mut granted = 0;
    while granted < 100 {
        match subscribe(&mut world, peer, &deep(granted)).as_str() {
            "SUBACK 1 0x00" => granted += 1,
            "SUBACK 1 0x97" => break,
            other => panic!("{other}"),
        }
    }
    // 64 MiB, some 6 MB each.
    assert!((5..15).contains(&granted), "{granted}");
    assert_eq!(world.broker.subscriptions().count(), granted);
    // What is there can be replaced, and a small one fits still.
    assert_eq!(subscribe(&mut world, peer, &deep(0)), "SUBACK 1 0x00");
    assert_eq!(subscribe(&mut world, peer, "small"), "SUBACK 1 0x00");
    // The share of another is its own.
    assert_eq!(subscribe(&mut world, before, &deep(0)), "SUBACK 1 0x00");
    // What is ended makes room again.
    world.unsubscribe(peer, &deep(1));
    world.raw(peer);
    assert_eq!(subscribe(&mut world, peer, &deep(200)), "SUBACK 1 0x00");
    assert_eq!(subscribe(&mut world, peer, &deep(201)), "SUBACK 1 0x97");
    world.disconnect(peer);
    world.disconnect(before);
    assert_eq!(world.broker.subscriptions().count(), 0);
}

#[test]
fn the_subscriptions_of_all_together_are_bounded_too() {
    let options = BrokerOptions {
        maximum_subscription_bytes: 2_000,
        maximum_subscription_bytes_in_all: 3_000,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let mut granted = Vec::new();
    for name in ["a", "b", "c"] {
        let peer = world.connect(V3, name, true);
        let mut count = 0;
        loop {
            let filter = format!("{name}/{count}");
            match subscribe(&mut world, peer, &filter).as_str() {
                "SUBACK 1 0x00" => count += 1,
                // Before 5.0 there is one code for every refusal.
                "SUBACK 1 0x80" => break,
                other => panic!("{other}"),
            }
        }
        granted.push(count);
    }
    assert!(granted[0] == 6 && granted[1] == 6, "{granted:?}");
    assert!(granted[2] < 6, "{granted:?}");
    // Who shares the filter of somebody else needs no levels of its own.
    let peer = world.connect(V3, "d", true);
    assert_eq!(subscribe(&mut world, peer, "new/levels"), "SUBACK 1 0x80");
}

/// A PUBLISH with very many User Properties that hold nothing.
fn empty_pairs(count: usize) -> UserProperties<'static> {
    UserProperties::from_pairs(std::iter::repeat_n(("", ""), count)).unwrap()
}

#[test]
fn empty_user_properties_take_room_too() {
    let options = BrokerOptions {
        maximum_queued_bytes: 20_000,
        maximum_retained_bytes: 20_000,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let absent = world.connect(V5, "absent", false);
    world.subscribe(absent, "t", AtLeastOnce);
    world.cut(absent);
    let peer = world.connect(V5, "publisher", true);
    for number in 1..=9 {
        let properties = PublishProperties {
            user_properties: empty_pairs(1_000),
            ..PublishProperties::EMPTY
        };
        let message = publish("t", AtLeastOnce, number, "");
        let retained = format!("kept/{number}");
        world.publish_with(
            peer,
            Publish {
                properties: properties.clone(),
                ..message
            },
        );
        let message = publish(&retained, AtMostOnce, 0, "x");
        world.publish_with(
            peer,
            Publish {
                retain: true,
                properties,
                ..message
            },
        );
    }
    let session = world.broker.session("absent").unwrap();
    assert_eq!(session.queued, 3, "{session:?}");
    assert!(session.queued_bytes > 15_000, "{session:?}");
    assert_eq!(world.broker.retained().count(), 3);
}

#[test]
fn who_comes_when_all_places_are_taken_is_told_so() {
    let options = BrokerOptions {
        maximum_connections: 2,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let first = world.connect(V5, "one", true);
    let second = world.connect(V3, "two", true);
    for (version, answer) in [
        (V5, "CONNACK 0x97"),
        (V3, "CONNACK 0x03"),
        (V31, "CONNACK 0x03"),
    ] {
        world.events.clear();
        let client_id = "three";
        let peer = world.connect_with(
            version,
            Connect {
                client_id,
                clean_start: true,
                ..Connect::default()
            },
        );
        world.assert_sees(peer, &[answer, "closed"]);
        let refused = world.told(|event| match event {
            Event::ConnectionRefused { cause, .. } => Some(*cause),
            _ => None,
        });
        assert_eq!(refused, [RefusedCause::TooMany]);
    }
    // Who takes over has a place.
    let again = world.connect(V3, "two", true);
    world.assert_sees(second, &["closed"]);
    world.assert_sees(first, &[]);
    // And one who goes leaves one.
    world.cut(again);
    world.connect(V5, "three", true);
    assert_eq!(world.broker.connections().count(), 2);
}

#[test]
fn who_opens_and_says_nothing_takes_a_bounded_number_of_places() {
    let options = BrokerOptions {
        maximum_connections: 2,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let most = 2 + BrokerOptions::SPARE_CONNECTIONS;
    for _ in 0..most {
        let peer = world.open(V3);
        world.assert_sees(peer, &[]);
    }
    world.events.clear();
    let peer = world.open(V3);
    world.assert_sees(peer, &["closed"]);
    let connection = ConnectionId::new(peer.0);
    let refused = Event::ConnectionRefused {
        connection,
        client_id: None,
        cause: RefusedCause::TooMany,
        code: None,
    };
    assert_eq!(world.events, [refused]);
    assert_eq!(world.broker.connections().count(), most);
    world.broker.stop(world.now);
    world.drain();
    let closed = world.told(|event| match event {
        Event::ConnectionClosed { reason_code, .. } => Some(*reason_code),
        _ => None,
    });
    // Nobody of them was sent a DISCONNECT.
    assert_eq!(closed, vec![None; most]);
    let peer = world.open(V3);
    world.assert_sees(peer, &["closed"]);
    assert!(matches!(
        world.events[..],
        [Event::ConnectionRefused {
            cause: RefusedCause::Stopped,
            ..
        }]
    ));
}

/// A Client of 5.0 that takes no packet above this many bytes.
fn narrow(world: &mut World, client_id: &str, largest: u32, aliases: u16) -> Peer {
    let properties = ConnectProperties {
        maximum_packet_size: largest.try_into().ok(),
        topic_alias_maximum: Some(aliases),
        ..ConnectProperties::default()
    };
    world.connect_with(
        V5,
        Connect {
            client_id,
            clean_start: true,
            properties,
            ..Connect::default()
        },
    )
}

#[test]
fn nothing_comes_before_a_connack_that_does_not_fit() {
    for largest in 1..40 {
        let mut world = World::new();
        let peer = narrow(&mut world, "me", largest, 0);
        let seen = world.see(peer);
        let whole = ["CONNACK 0x00".to_owned()];
        assert!(seen == whole || seen == ["closed"], "{largest}: {seen:?}");
        if largest > 30 {
            assert_eq!(seen, whole, "{largest}");
        }
    }
}

#[test]
fn a_refusal_keeps_to_what_the_client_takes() {
    for largest in 1..60 {
        let mut world = World::new();
        let code = mqtt_lab::codec::ReasonCode::UseAnotherServer;
        world.broker.refuse_next_connect(Some(code));
        let peer = narrow(&mut world, "me", largest, 0);
        let raw = world.raw(peer);
        for packet in &raw {
            assert!(packet.len() <= largest as usize, "{largest}: {packet:02x?}");
        }
        assert_eq!(raw.len(), usize::from(largest >= 5), "{largest}");
    }
}

#[test]
fn what_fits_without_an_alias_is_not_lost_to_one() {
    // PUBLISH of QoS 0 with the topic `t`: 6 bytes and the payload.
    for length in 0..=94 {
        let mut world = World::new();
        let peer = narrow(&mut world, "me", 100, 5);
        world.raw(peer);
        world.subscribe(peer, "t", AtMostOnce);
        let other = world.connect(V3, "other", true);
        let payload = "x".repeat(length);
        for _ in 0..2 {
            world.publish(other, "t", AtMostOnce, 0, &payload);
            assert_eq!(world.raw(peer).len(), 1, "{length}");
        }
    }
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

/// What answers a Client that does not read counts with what it takes, not with its two bytes.
#[test]
fn answers_to_one_who_never_reads_are_bounded() {
    let options = BrokerOptions {
        maximum_queued_bytes: 100_000,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let peer = world.connect(V5, "me", true);
    world.congest(peer, true);
    // To be told again changes nothing.
    for _ in 0..20 {
        world.bytes(peer, &[0xc0, 0].repeat(100));
        world.congest(peer, true);
    }
    let seen = world.see(peer);
    assert_eq!(seen.last().map(String::as_str), Some("closed"));
    assert!(seen.len() < 1_100, "{}", seen.len());
    let causes = world.told(|event| match event {
        Event::ConnectionClosed { cause, .. } => Some(*cause),
        _ => None,
    });
    assert_eq!(causes, [ClosedCause::NotReading]);
}

/// SUBSCRIBE to `#`, of which the outputs are not taken.
fn subscribe_to_all(world: &mut World, peer: Peer, qos: Qos) {
    let subscribe = Subscribe {
        packet_id: id(1),
        subscription_identifier: None,
        user_properties: UserProperties::EMPTY,
        subscriptions: vec![Subscription {
            filter: TopicFilter::parse("#").unwrap(),
            options: SubscriptionOptions {
                qos,
                ..SubscriptionOptions::default()
            },
        }],
    };
    let mut bytes = Vec::new();
    let packet = ControlPacket::Subscribe(subscribe);
    mqtt_lab::codec::encode(&packet, ProtocolVersion::V3_1_1, &mut bytes).unwrap();
    let input = Input::Received {
        connection: ConnectionId::new(peer.0),
        bytes: &bytes,
    };
    world.broker.handle_input(input, world.now);
}

/// One call hands out no more than 64 MiB of messages; the rest waits.
#[test]
fn what_one_call_hands_out_is_bounded() {
    let mut world = World::new();
    let publisher = world.connect(V3, "publisher", true);
    let payload = "x".repeat(1_000_000);
    for number in 0..100 {
        world.retain(publisher, &format!("r/{number}"), &payload);
    }
    let peer = world.connect(V3, "me", true);
    subscribe_to_all(&mut world, peer, AtMostOnce);
    let session = world.broker.session("me").unwrap();
    assert_eq!(session.queued, 32, "{session:?}");
    world.drain();
    assert_eq!(world.raw(peer).len(), 69);
    // They go on as soon as the outputs are taken, and nothing is lost.
    world.wait(0);
    assert_eq!(world.raw(peer).len(), 32);
    assert_eq!(world.broker.counters().dropped, 0);
}

/// Retained messages wait where they are kept, so however many there are, a new subscription gets them all: as the
/// Client takes them, behind what waited before, and before what comes later.
#[test]
fn a_new_subscription_gets_all_retained_messages_as_it_takes_them() {
    let options = BrokerOptions {
        maximum_queued_messages: 10,
        maximum_inflight: 5.try_into().unwrap(),
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V3, "publisher", true);
    for number in 0..1_000 {
        let message = publish("", AtLeastOnce, 1, "x");
        let topic = format!("r/{number}");
        world.publish_with(
            publisher,
            Publish {
                topic: TopicName::parse(&topic).ok(),
                retain: true,
                ..message
            },
        );
    }
    let peer = world.connect(V3, "me", true);
    subscribe_to_all(&mut world, peer, AtLeastOnce);
    world.drain();
    let session = world.broker.session("me").unwrap();
    assert_eq!((session.inflight_out, session.queued), (5, 995));
    // One of them gets another value meanwhile: it comes last.
    world.publish(publisher, "r/999", AtLeastOnce, 2, "new");
    let mut got = Vec::new();
    for _ in 0..300 {
        for seen in world.see(peer) {
            if let Some(message) = seen.strip_prefix("PUBLISH ") {
                let (topic, rest) = message.split_once(' ').unwrap();
                let packet_id = rest.rsplit_once("id").unwrap().1;
                let packet_id = packet_id.split_whitespace().next().unwrap();
                got.push(topic.to_owned());
                world.puback(peer, packet_id.parse().unwrap());
            }
        }
    }
    assert_eq!(got.len(), 1_001);
    assert_eq!(got.first().map(String::as_str), Some("r/0=x"));
    let last: Vec<_> = got.iter().skip(999).map(String::as_str).collect();
    assert_eq!(last, ["r/999=x", "r/999=new"]);
    assert_eq!(world.broker.counters().dropped, 0);
    assert_eq!(world.broker.session("me").unwrap().queued, 0);
}

/// Who subscribes again and again and takes nothing is owed the retained messages once; the rest waits as any message,
/// and is dropped as that.
#[test]
fn retained_messages_that_wait_are_bounded() {
    let options = BrokerOptions {
        maximum_queued_messages: 10,
        maximum_retained_bytes: 25_000,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V3, "publisher", true);
    for number in 0..100 {
        world.retain(publisher, &format!("r/{number}"), &"x".repeat(100));
    }
    let kept = world.broker.retained_count();
    assert_eq!(kept, 100);
    let peer = world.connect(V3, "me", true);
    world.congest(peer, true);
    for _ in 0..50 {
        subscribe_to_all(&mut world, peer, AtMostOnce);
        world.drain();
    }
    let session = world.broker.session("me").unwrap();
    assert!(session.queued_bytes <= 25_000 + 10 * 110, "{session:?}");
    assert!(world.broker.counters().dropped > 0);
}

/// The Topic Names behind Topic Aliases are bounded in bytes, however many aliases there may be.
#[test]
fn the_names_of_topic_aliases_are_bounded() {
    let options = BrokerOptions {
        topic_alias_maximum: u16::MAX,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let peer = world.connect(V5, "me", true);
    let name = "n".repeat(60_000);
    let fits = BrokerOptions::MAXIMUM_ALIAS_BYTES / name.len();
    for alias in 1..=fits + 1 {
        let alias = u16::try_from(alias).unwrap();
        let properties = PublishProperties {
            topic_alias: alias.try_into().ok(),
            ..PublishProperties::EMPTY
        };
        let message = publish(&name, AtMostOnce, 0, "");
        world.publish_with(
            peer,
            Publish {
                properties,
                ..message
            },
        );
        if usize::from(alias) <= fits {
            world.assert_sees(peer, &[]);
        }
    }
    let seen = world.see(peer);
    assert!(
        seen.first()
            .is_some_and(|seen| seen.starts_with("DISCONNECT 0x97")),
        "{seen:?}"
    );
    assert_eq!(seen.last().map(String::as_str), Some("closed"));
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

/// A Packet Identifier comes back also from a message that turned out to be too large.
#[test]
fn what_is_too_large_uses_up_no_packet_identifier() {
    let options = BrokerOptions {
        events: false,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let come = |world: &mut World, largest: u32| {
        let properties = ConnectProperties {
            session_expiry_interval: Some(60),
            maximum_packet_size: largest.try_into().ok(),
            ..ConnectProperties::default()
        };
        let connect = Connect {
            client_id: "me",
            clean_start: false,
            properties,
            ..Connect::default()
        };
        let peer = world.connect_with(V5, connect);
        world.raw(peer);
        peer
    };
    let publisher = world.connect(V3, "publisher", true);
    let large = "x".repeat(100);
    let mut peer = come(&mut world, 100);
    world.subscribe(peer, "t", AtLeastOnce);
    // As often as there are identifiers: never sent, and not sent again.
    for _ in 0..65_536 {
        world.publish(publisher, "t", AtLeastOnce, 1, &large);
    }
    for _ in 0..14 {
        world.cut(peer);
        peer = come(&mut world, 1_000);
        for _ in 0..5_000 {
            world.publish(publisher, "t", AtLeastOnce, 1, &large);
        }
        assert_eq!(world.raw(peer).len(), 5_000);
        world.cut(peer);
        peer = come(&mut world, 100);
        assert_eq!(world.raw(peer).len(), 0);
    }
    world.publish(publisher, "t", AtLeastOnce, 1, "small");
    assert_eq!(world.raw(peer).len(), 1);
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

/// What is in flight counts in bytes too; what is above waits, and comes with the acknowledgements.
#[test]
fn what_is_in_flight_is_bounded_by_bytes() {
    let options = BrokerOptions {
        maximum_queued_bytes: 1_000,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V3, "publisher", true);
    let peer = world.connect(V3, "me", true);
    world.subscribe(peer, "t", AtLeastOnce);
    let payload = "x".repeat(299);
    for number in 1..=6 {
        world.publish(publisher, "t", AtLeastOnce, number, &payload);
    }
    // The fourth passes the limit.
    assert_eq!(world.raw(peer).len(), 4);
    assert_eq!(world.broker.session("me").unwrap().queued, 2);
    world.puback(peer, 1);
    assert_eq!(world.raw(peer).len(), 1);
    world.puback(peer, 2);
    assert_eq!(world.raw(peer).len(), 1);
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
