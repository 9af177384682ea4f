//! How much the broker keeps.

use crate::broker_world::{Peer, V3, V5, V31, World, id, publish};
use mqtt_lab::broker::{BrokerOptions, ClosedCause, ConnectionId, Event, Input, RefusedCause};
use mqtt_lab::codec::Qos::{AtLeastOnce, AtMostOnce};
use mqtt_lab::codec::{
    Connect, ControlPacket, ProtocolVersion, Publish, PublishProperties, Qos, Subscribe,
    Subscription, SubscriptionOptions, TopicFilter, TopicName, UserProperties,
};

/// SUBSCRIBE to one filter, and the code that SUBACK has for it.
fn subscribe(world: &mut World, peer: Peer, filter: &str) -> String {
    world.subscribe_with(peer, filter, SubscriptionOptions::default(), None);
    world.see(peer).join(", ")
}

/// A PUBLISH with very many User Properties that hold nothing.
fn empty_pairs(count: usize) -> UserProperties<'static> {
    UserProperties::from_pairs(std::iter::repeat_n(("", ""), count)).unwrap()
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
