//! Messages from one Client to others: every QoS, both ways, over reconnects.

mod broker_world;

use broker_world::{Peer, V3, V5, World, id, publish};
use mqtt_lab::broker::{BrokerOptions, DropWhenFull, Event};
use mqtt_lab::codec::{
    Acknowledgement, Connect, ConnectProperties, ControlPacket, ProtocolVersion, Publish,
    PublishProperties, Qos, ReasonCode, UserProperties,
};

const Q0: Qos = Qos::AtMostOnce;
const Q1: Qos = Qos::AtLeastOnce;
const Q2: Qos = Qos::ExactlyOnce;

/// Finishes what a Client got, so that it does not come again.
fn finish(world: &mut World, peer: Peer, qos: Qos, packet_id: u16) {
    match qos {
        Q0 => {}
        Q1 => world.puback(peer, packet_id),
        Q2 => {
            world.pubrec(peer, packet_id);
            world.assert_sees(peer, &[&format!("PUBREL {packet_id} 0x00")]);
            world.pubcomp(peer, packet_id);
        }
    }
}

#[test]
fn mqtt_3_8_4_8_delivered_at_the_lower_of_both_qos_in_every_version() {
    for (from, to) in [(V3, V3), (V3, V5), (V5, V3), (V5, V5)] {
        for published in Qos::ALL {
            for subscribed in Qos::ALL {
                let mut world = World::new();
                let subscriber = world.connect(to, "sub", true);
                world.subscribe(subscriber, "t/#", subscribed);
                let publisher = world.connect(from, "pub", true);
                let packet_id = if published == Q0 { 0 } else { 9 };
                world.publish(publisher, "t/x", published, packet_id, "hello");
                match published {
                    Q0 => world.assert_sees(publisher, &[]),
                    Q1 => world.assert_sees(publisher, &["PUBACK 9 0x00"]),
                    Q2 => {
                        world.assert_sees(publisher, &["PUBREC 9 0x00"]);
                        world.pubrel(publisher, 9);
                        world.assert_sees(publisher, &["PUBCOMP 9 0x00"]);
                    }
                }
                let qos = published.min(subscribed);
                let expected = match qos {
                    Q0 => "PUBLISH t/x=hello q0".to_owned(),
                    _ => format!("PUBLISH t/x=hello q{qos} id1"),
                };
                world.assert_sees(subscriber, &[&expected]);
                finish(&mut world, subscriber, qos, 1);
                assert_eq!(world.broker.inflight("sub").count(), 0);
                assert_eq!(world.broker.inflight("pub").count(), 0);
            }
        }
    }
}

#[test]
fn mqtt_4_3_3_10_a_repeated_qos_2_publish_is_delivered_once() {
    for version in [V3, V5] {
        let unknown = if version == V5 { "0x92 words" } else { "0x00" };
        let mut world = World::new();
        let subscriber = world.connect(version, "sub", true);
        world.subscribe(subscriber, "t", Q0);
        let publisher = world.connect(version, "pub", false);
        world.publish(publisher, "t", Q2, 5, "a");
        let again = Publish {
            dup: true,
            ..publish("t", Q2, 5, "a")
        };
        world.publish_with(publisher, again.clone());
        world.assert_sees(publisher, &["PUBREC 5 0x00", "PUBREC 5 0x00"]);
        // Also over a reconnect.
        world.cut(publisher);
        let publisher = world.connect(version, "pub", false);
        world.publish_with(publisher, again);
        world.pubrel(publisher, 5);
        world.pubrel(publisher, 5);
        let last = format!("PUBCOMP 5 {unknown}");
        world.assert_sees(publisher, &["PUBREC 5 0x00", "PUBCOMP 5 0x00", &last]);
        world.publish(publisher, "t", Q2, 5, "b");
        world.assert_sees(publisher, &["PUBREC 5 0x00"]);
        world.assert_sees(subscriber, &["PUBLISH t=a q0", "PUBLISH t=b q0"]);
    }
}

#[test]
fn mqtt_4_4_0_1_what_is_in_flight_is_sent_again_in_order() {
    for version in [V3, V5] {
        let mut world = World::new();
        let publisher = world.connect(version, "pub", true);
        let subscriber = world.connect(version, "sub", false);
        world.subscribe(subscriber, "t", Q2);
        for (qos, packet_id, payload) in [(Q1, 1, "a"), (Q2, 2, "b"), (Q2, 3, "c"), (Q1, 4, "d")] {
            world.publish(publisher, "t", qos, packet_id, payload);
        }
        assert_eq!(world.see(subscriber).len(), 4);
        world.pubrec(subscriber, 3);
        world.assert_sees(subscriber, &["PUBREL 3 0x00"]);
        world.cut(subscriber);
        world.publish(publisher, "t", Q1, 5, "e");
        world.publish(publisher, "t", Q0, 0, "lost");
        let subscriber = world.connect_with(version, resuming("sub"));
        world.assert_sees(
            subscriber,
            &[
                "CONNACK 0x00 present",
                "PUBLISH t=a q1 id1 dup",
                "PUBLISH t=b q2 id2 dup",
                "PUBLISH t=d q1 id4 dup",
                "PUBREL 3 0x00",
                "PUBLISH t=e q1 id5",
            ],
        );
        // Nothing comes again by time alone.
        world.wait(100_000);
        world.assert_sees(subscriber, &[]);
        for packet_id in [1, 4, 5] {
            world.puback(subscriber, packet_id);
        }
        finish(&mut world, subscriber, Q2, 2);
        world.pubcomp(subscriber, 3);
        assert_eq!(world.broker.inflight("sub").count(), 0);
    }
}

fn resuming(client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: false,
        client_id,
        ..Connect::default()
    }
}

#[test]
fn mqtt_3_3_4_9_no_more_at_once_than_the_client_takes() {
    let mut world = World::new();
    let publisher = world.connect(V5, "pub", true);
    let connect = Connect {
        clean_start: true,
        client_id: "sub",
        properties: ConnectProperties {
            receive_maximum: 2.try_into().ok(),
            ..ConnectProperties::default()
        },
        ..Connect::default()
    };
    let subscriber = world.connect_with(V5, connect);
    world.see(subscriber);
    world.subscribe(subscriber, "t", Q2);
    for (packet_id, qos) in [(1, Q1), (2, Q2), (3, Q2), (4, Q1)] {
        world.publish(publisher, "t", qos, packet_id, "x");
    }
    world.publish(publisher, "t", Q0, 0, "y");
    world.send(subscriber, &ControlPacket::Pingreq);
    let first = ["PUBLISH t=x q1 id1", "PUBLISH t=x q2 id2"];
    let flows = ["PUBLISH t=y q0", "PINGRESP"];
    world.assert_sees(subscriber, &[first, flows].concat());
    world.puback(subscriber, 1);
    world.assert_sees(subscriber, &["PUBLISH t=x q2 id3"]);
    // PUBREC with an error ends the exchange, one without does not.
    world.pubrec(subscriber, 3);
    world.assert_sees(subscriber, &["PUBREL 3 0x00"]);
    let refused = Acknowledgement::with_reason(id(2), ReasonCode::QuotaExceeded);
    world.send(subscriber, &ControlPacket::Pubrec(refused));
    world.assert_sees(subscriber, &["PUBLISH t=x q1 id4"]);
    world.pubcomp(subscriber, 3);
    world.puback(subscriber, 4);
    assert_eq!(world.broker.inflight("sub").count(), 0);
}

#[test]
fn mqtt_3_3_4_7_more_at_once_than_the_broker_takes() {
    let options = BrokerOptions {
        receive_maximum: 2.try_into().unwrap(),
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V5, "pub", true);
    for packet_id in [1, 2, 2] {
        world.publish(publisher, "t", Q2, packet_id, "x");
    }
    assert_eq!(world.see(publisher).len(), 3);
    world.publish(publisher, "t", Q1, 3, "x");
    world.assert_sees(publisher, &["DISCONNECT 0x93", "closed"]);
}

#[test]
fn wrong_and_unknown_acknowledgements() {
    for version in [V3, V5] {
        let mut world = World::new();
        let peer = world.connect(version, "me", true);
        world.subscribe(peer, "t", Q2);
        world.puback(peer, 7);
        world.pubcomp(peer, 7);
        world.assert_sees(peer, &[]);
        world.pubrec(peer, 7);
        let pubrel = if version == V5 {
            "PUBREL 7 0x92 words"
        } else {
            "PUBREL 7 0x00"
        };
        world.assert_sees(peer, &[pubrel]);
        world.publish(peer, "t", Q2, 1, "x");
        world.see(peer);
        world.puback(peer, 1);
        match version {
            V5 => world.assert_sees(peer, &["DISCONNECT 0x82", "closed"]),
            _ => world.assert_sees(peer, &["closed"]),
        }
    }
}

#[test]
fn mqtt_4_6_0_6_messages_keep_their_order_through_a_queue() {
    let mut world = World::new();
    let publisher = world.connect(V3, "pub", true);
    let subscriber = world.connect(V3, "sub", false);
    world.subscribe(subscriber, "t", Q1);
    world.disconnect(subscriber);
    for number in 1..=100 {
        world.publish(publisher, "t", Q1, number, &number.to_string());
    }
    let subscriber = world.connect_with(V3, resuming("sub"));
    let seen = world.see(subscriber);
    let expected: Vec<String> = (1..=100)
        .map(|number| format!("PUBLISH t={number} q1 id{number}"))
        .collect();
    assert_eq!(seen[1..], expected);
}

#[test]
fn a_queue_is_bounded_and_drops_the_end_that_it_was_told() {
    for (drop_when_full, expected) in [
        (DropWhenFull::Newest, ["0", "1", "2"]),
        (DropWhenFull::Oldest, ["7", "8", "9"]),
    ] {
        let options = BrokerOptions {
            maximum_queued_messages: 3,
            drop_when_full,
            ..BrokerOptions::default()
        };
        let mut world = World::with(options);
        let publisher = world.connect(V3, "pub", true);
        let subscriber = world.connect(V3, "sub", false);
        world.subscribe(subscriber, "t", Q1);
        world.cut(subscriber);
        for number in 0..10 {
            world.publish(publisher, "t", Q1, number + 1, &number.to_string());
        }
        let queued: Vec<&[u8]> = world
            .broker
            .queued("sub")
            .map(|it| it.message.payload())
            .collect();
        assert_eq!(queued, expected.map(str::as_bytes));
        let dropped = world.told(|event| matches!(event, Event::Dropped { .. }).then_some(()));
        assert_eq!(dropped.len(), 7);
        assert_eq!(world.broker.counters().dropped, 7);
    }
}

#[test]
fn a_queue_is_bounded_in_bytes() {
    let options = BrokerOptions {
        maximum_queued_bytes: 100,
        drop_when_full: DropWhenFull::Oldest,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V3, "pub", true);
    let subscriber = world.connect(V3, "sub", false);
    world.subscribe(subscriber, "t", Q1);
    world.cut(subscriber);
    let large = "x".repeat(60);
    for packet_id in [1, 2] {
        world.publish(publisher, "t", Q1, packet_id, &large);
    }
    assert_eq!(world.broker.session("sub").unwrap().queued_bytes, 61);
    // One that can never fit drives nothing out.
    world.publish(publisher, "t", Q1, 3, &"x".repeat(100));
    assert_eq!(world.broker.session("sub").unwrap().queued, 1);
}

#[test]
fn qos_0_waits_for_the_absent_only_if_told() {
    for (queue_qos_0_for_absent, queued) in [(false, 0), (true, 1)] {
        let options = BrokerOptions {
            queue_qos_0_for_absent,
            ..BrokerOptions::default()
        };
        let mut world = World::with(options);
        let publisher = world.connect(V3, "pub", true);
        let subscriber = world.connect(V3, "sub", false);
        world.subscribe(subscriber, "t", Q1);
        world.cut(subscriber);
        world.publish(publisher, "t", Q0, 0, "x");
        assert_eq!(world.broker.queued("sub").count(), queued);
    }
}

#[test]
fn a_client_that_takes_nothing_harms_nobody() {
    let options = BrokerOptions {
        maximum_queued_messages: 2,
        maximum_queued_bytes: 1_000,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let publisher = world.connect(V3, "pub", true);
    let slow = world.connect(V5, "slow", true);
    let quick = world.connect(V3, "quick", true);
    world.subscribe(slow, "t", Q1);
    world.subscribe(quick, "t", Q1);
    world.congest(slow, true);
    for number in 0..5 {
        world.publish(publisher, "t", Q0, 0, &number.to_string());
    }
    world.assert_sees(slow, &[]);
    assert_eq!(world.see(quick).len(), 5);
    world.congest(slow, false);
    world.assert_sees(slow, &["PUBLISH t=0 q0", "PUBLISH t=1 q0"]);
    // Answers go on for a while.
    world.congest(slow, true);
    // Each takes some hundred bytes, its two on the wire among them.
    for _ in 0..10 {
        world.send(slow, &ControlPacket::Pingreq);
    }
    assert_eq!(world.see(slow).len(), 10);
    world.send(slow, &ControlPacket::Pingreq);
    world.assert_sees(slow, &["PINGRESP", "DISCONNECT 0x97", "closed"]);
}

#[test]
fn mqtt_3_3_2_5_waiting_messages_expire_and_tell_what_is_left() {
    let mut world = World::new();
    let publisher = world.connect(V5, "pub", true);
    let subscriber = world.connect(V5, "sub", false);
    world.subscribe(subscriber, "t", Q1);
    world.cut(subscriber);
    for (packet_id, seconds) in [(1, 1), (2, 100), (3, 2)] {
        let message = publish("t", Q1, packet_id, "x");
        world.publish_with(publisher, with_expiry(message, seconds));
    }
    world.wait(1_000);
    assert_eq!(world.broker.queued("sub").count(), 2);
    world.wait(1_000);
    assert_eq!(world.broker.queued("sub").count(), 1);
    let subscriber = world.connect_with(V5, resuming("sub"));
    world.assert_sees(
        subscriber,
        &["CONNACK 0x00 present", "PUBLISH t=x q1 id1 expiry98"],
    );
    // Straight through, nothing is left out.
    world.publish_with(publisher, with_expiry(publish("t", Q0, 0, "x"), 7));
    world.assert_sees(subscriber, &["PUBLISH t=x q0 expiry7"]);
    assert_eq!(world.broker.counters().expired, 2);
}

fn with_expiry(message: Publish<'_>, seconds: u32) -> Publish<'_> {
    Publish {
        properties: PublishProperties {
            message_expiry_interval: Some(seconds),
            ..PublishProperties::default()
        },
        ..message
    }
}

#[test]
fn mqtt_3_3_2_15_properties_are_forwarded_unaltered_and_left_out_before_5_0() {
    let pairs = [("b", "2"), ("a", "1"), ("b", "2")];
    let properties = PublishProperties {
        payload_format_indicator: Some(mqtt_lab::codec::PayloadFormat::Utf8),
        topic_alias: 3.try_into().ok(),
        response_topic: mqtt_lab::codec::TopicName::parse("answer").ok(),
        correlation_data: Some(b"\0\xff"),
        user_properties: UserProperties::from_pairs(pairs).unwrap(),
        content_type: Some("text/plain"),
        ..PublishProperties::default()
    };
    let mut world = World::new();
    let publisher = world.connect(V5, "pub", true);
    let old = world.connect(V3, "old", true);
    let new = world.connect(V5, "new", true);
    let late = world.connect(V5, "late", false);
    for peer in [old, new, late] {
        world.subscribe(peer, "t", Q1);
    }
    world.cut(late);
    let message = Publish {
        properties: properties.clone(),
        ..publish("t", Q1, 1, "x")
    };
    world.publish_with(publisher, message);
    let late = world.connect_with(V5, resuming("late"));
    let expected = PublishProperties {
        topic_alias: None,
        ..properties
    };
    world.assert_sees(old, &["PUBLISH t=x q1 id1"]);
    for peer in [new, late] {
        let raw = world.raw(peer);
        let Ok(ControlPacket::Publish(seen)) = mqtt_lab::codec::decode(raw.last().unwrap(), V5)
        else {
            panic!("{raw:02x?}");
        };
        assert_eq!(seen.properties, expected);
    }
}

#[test]
fn mqtt_3_3_2_12_aliases_of_the_client() {
    let mut world = World::new();
    let subscriber = world.connect(V5, "sub", true);
    world.subscribe(subscriber, "#", Q0);
    let publisher = world.connect(V5, "pub", true);
    let mut send = |topic: Option<&'static str>, alias: u16| {
        let message = Publish {
            topic: topic.and_then(|it| mqtt_lab::codec::TopicName::parse(it).ok()),
            properties: PublishProperties {
                topic_alias: alias.try_into().ok(),
                ..PublishProperties::default()
            },
            ..publish("t", Q0, 0, "x")
        };
        world.publish_with(publisher, message);
        (world.see(subscriber), world.see(publisher))
    };
    let seen = |topic: &str| (vec![format!("PUBLISH {topic}=x q0")], Vec::new());
    assert_eq!(send(Some("a"), 1), seen("a"));
    assert_eq!(send(None, 1), seen("a"));
    assert_eq!(send(Some("b"), 1), seen("b"));
    assert_eq!(send(None, 1), seen("b"));
    let ended = |code: &str| {
        let last = vec![format!("DISCONNECT {code}"), "closed".to_owned()];
        (Vec::new(), last)
    };
    assert_eq!(send(None, 2), ended("0x82"));
    let mut world = World::new();
    let publisher = world.connect(V5, "pub", true);
    let message = Publish {
        properties: PublishProperties {
            topic_alias: 11.try_into().ok(),
            ..PublishProperties::default()
        },
        ..publish("t", Q0, 0, "x")
    };
    world.publish_with(publisher, message);
    world.assert_sees(publisher, &["DISCONNECT 0x94", "closed"]);
}

#[test]
fn mqtt_3_1_2_26_aliases_for_the_client_within_its_maximum() {
    let mut world = World::new();
    let connect = Connect {
        clean_start: true,
        client_id: "sub",
        properties: ConnectProperties {
            topic_alias_maximum: Some(2),
            ..ConnectProperties::default()
        },
        ..Connect::default()
    };
    let subscriber = world.connect_with(V5, connect);
    world.see(subscriber);
    world.subscribe(subscriber, "#", Q1);
    let publisher = world.connect(V3, "pub", true);
    for topic in ["a", "b", "a", "c", "b"] {
        world.publish(publisher, topic, Q0, 0, "x");
    }
    world.publish(publisher, "a", Q1, 1, "x");
    world.assert_sees(
        subscriber,
        &[
            "PUBLISH a=x q0 alias1",
            "PUBLISH b=x q0 alias2",
            "PUBLISH =x q0 alias1",
            "PUBLISH c=x q0",
            "PUBLISH =x q0 alias2",
            "PUBLISH =x q1 id1 alias1",
        ],
    );
}

#[test]
fn mqtt_3_1_2_24_nothing_larger_than_the_client_takes() {
    let mut world = World::new();
    let publisher = world.connect(V5, "pub", true);
    let small = Connect {
        clean_start: true,
        client_id: "small",
        properties: ConnectProperties {
            maximum_packet_size: 30.try_into().ok(),
            ..ConnectProperties::default()
        },
        ..Connect::default()
    };
    let small = world.connect_with(V5, small);
    world.see(small);
    let large = world.connect(V5, "large", true);
    world.subscribe(small, "t", Q1);
    world.subscribe(large, "t", Q1);
    world.publish(publisher, "t", Q1, 1, &"x".repeat(30));
    world.publish(publisher, "t", Q1, 2, "y");
    assert_eq!(world.see(large).len(), 2);
    world.assert_sees(small, &["PUBLISH t=y q1 id2"]);
    // Words are left out where they do not fit.
    world.pubrel(small, 77);
    world.assert_sees(small, &["PUBCOMP 77 0x92"]);
}

#[test]
fn what_the_options_forbid_ends_the_connection_with_the_right_code() {
    let options = BrokerOptions {
        maximum_qos: Q1,
        retain_available: false,
        maximum_packet_size: 100,
        ..BrokerOptions::default()
    };
    let large = "x".repeat(100);
    for (message, code) in [
        (publish("t", Q2, 1, "x"), "0x9b"),
        (
            Publish {
                retain: true,
                ..publish("t", Q0, 0, "x")
            },
            "0x9a",
        ),
        (publish("t", Q0, 0, &large), "0x95"),
    ] {
        let mut world = World::with(options.clone());
        let peer = world.connect(V5, "me", true);
        world.publish_with(peer, message.clone());
        world.assert_sees(peer, &[&format!("DISCONNECT {code}"), "closed"]);
        let peer = world.connect(V3, "me", true);
        world.publish_with(peer, message);
        world.assert_sees(peer, &["closed"]);
    }
}

#[test]
fn mqtt_3_4_2_1_a_publisher_is_told_that_nobody_subscribed() {
    for (version, code) in [(V3, "0x00"), (V5, "0x10")] {
        let mut world = World::new();
        let peer = world.connect(version, "me", true);
        world.publish(peer, "t", Q1, 1, "x");
        world.publish(peer, "t", Q2, 2, "x");
        world.assert_sees(
            peer,
            &[&format!("PUBACK 1 {code}"), &format!("PUBREC 2 {code}")],
        );
    }
}

#[test]
fn mqtt_4_7_2_1_what_belongs_to_the_server_is_not_published_to() {
    let mut world = World::new();
    let watcher = world.connect(V5, "watcher", true);
    world.subscribe(watcher, "$SYS/#", Q0);
    let peer = world.connect(V5, "me", true);
    world.publish(peer, "$SYS/x", Q1, 1, "x");
    world.publish(peer, "$SYS/x", Q2, 2, "x");
    world.assert_sees(peer, &["PUBACK 1 0x87 words", "PUBREC 2 0x87 words"]);
    assert_eq!(world.broker.inflight("me").count(), 0);
    let old = world.connect(V3, "old", true);
    world.publish(old, "$SYS/x", Q1, 1, "x");
    world.publish(old, "$SYS/x", Q2, 2, "x");
    world.pubrel(old, 2);
    world.assert_sees(old, &["PUBACK 1 0x00", "PUBREC 2 0x00", "PUBCOMP 2 0x00"]);
    world.assert_sees(watcher, &[]);
}

#[test]
fn mqtt_3_1_2_29_no_words_for_a_client_that_wants_none() {
    let mut world = World::new();
    let connect = Connect {
        clean_start: true,
        client_id: "me",
        properties: ConnectProperties {
            request_problem_information: Some(false),
            ..ConnectProperties::default()
        },
        ..Connect::default()
    };
    let peer = world.connect_with(V5, connect);
    world.see(peer);
    world.publish(peer, "$SYS/x", Q1, 1, "x");
    world.pubrel(peer, 9);
    world.assert_sees(peer, &["PUBACK 1 0x87", "PUBCOMP 9 0x92"]);
}

#[test]
fn any_split_of_the_bytes_is_the_same() {
    for version in ProtocolVersion::ALL {
        let mut world = World::new();
        let peer = world.connect(version, "me", true);
        world.subscribe(peer, "t", Q0);
        let mut bytes = Vec::new();
        for payload in ["a", "b"] {
            let packet = ControlPacket::Publish(publish("t", Q0, 0, payload));
            mqtt_lab::codec::encode(&packet, version, &mut bytes).unwrap();
        }
        world.bytes(peer, &bytes);
        world.bytes(peer, &[]);
        for byte in &bytes {
            world.bytes(peer, &[*byte]);
        }
        let [a, b] = ["PUBLISH t=a q0", "PUBLISH t=b q0"];
        world.assert_sees(peer, &[a, b, a, b]);
    }
}

#[test]
fn a_message_to_many_large_ones_waits_for_the_outputs_to_be_taken() {
    let mut world = World::new();
    let publisher = world.connect(V3, "pub", true);
    let peers: Vec<Peer> = (0..40)
        .map(|number| {
            let peer = world.connect(V3, &format!("sub{number}"), true);
            world.subscribe(peer, "t", Q1);
            peer
        })
        .collect();
    let payload = "x".repeat(4 * 1024 * 1024);
    world.publish(publisher, "t", Q1, 1, &payload);
    let reached =
        |world: &mut World| -> usize { peers.iter().map(|&it| world.raw(it).len()).sum() };
    let first = reached(&mut world);
    assert!((16..=17).contains(&first), "{first}");
    world.wait(0);
    assert_eq!(first + reached(&mut world), 40);
}
