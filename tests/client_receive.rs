//! Receiving: each QoS, duplicates, limits of the Client, and every way to cut the stream.

mod common;

use std::num::{NonZeroU16, NonZeroU32};

use common::*;
use mqtt_lab::client::Violation;
use mqtt_lab::codec::{ControlPacket, Qos, ReasonCode};

#[test]
fn mqtt_3_3_4_1_qos_0_is_delivered_without_an_answer() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed_bytes(&publish(version, 0, "a/b", None, b"x"));
        pair.feed_bytes(&publish(version, 1, "a/b", None, b""));
        pair.expect_nothing();
        let seen: Vec<_> = pair
            .messages
            .iter()
            .map(|m| (m.payload.len(), m.retain))
            .collect();
        assert_eq!(seen, [(1, false), (0, true)]);
        assert_eq!(pair.messages[0].topic, "a/b");
    }
}

#[test]
fn mqtt_4_3_2_5_qos_1_is_acknowledged_each_time_and_delivered_each_time() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed_bytes(&publish(version, 2, "t", Some(123), b"x"));
        pair.expect("4002007b");
        pair.feed_bytes(&publish(version, 10, "t", Some(123), b"x"));
        pair.expect("4002007b");
        assert_eq!(pair.messages.len(), 2);
        assert!(!pair.messages[0].dup && pair.messages[1].dup);
        assert_eq!(pair.messages[0].packet_id, Some(123));
    }
}

#[test]
fn mqtt_4_3_3_8_qos_2_is_delivered_once() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed_bytes(&publish(version, 4, "t", Some(7), b"x"));
        pair.expect("50020007");
        assert_eq!(pair.messages.len(), 1);
        let waiting: Vec<_> = pair.client.awaiting_pubrel().map(|id| id.value()).collect();
        assert_eq!(waiting, [7]);
        pair.feed("62020007");
        pair.expect("70020007");
        assert_eq!(pair.messages.len(), 1);
        assert_eq!(pair.client.counts().inbound, 0);
    }
}

#[test]
fn mqtt_4_3_3_10_a_repeated_qos_2_publish_is_acknowledged_not_delivered() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed_bytes(&publish(version, 4, "t", Some(7), b"x"));
        pair.feed_bytes(&publish(version, 12, "t", Some(7), b"x"));
        pair.expect("50020007");
        pair.expect("50020007");
        pair.feed("62020007");
        pair.expect("70020007");
        assert_eq!(pair.messages.len(), 1);
        // After PUBCOMP the identifier means a new message [MQTT-4.3.3-12].
        pair.feed_bytes(&publish(version, 4, "t", Some(7), b"y"));
        pair.expect("50020007");
        assert_eq!(pair.messages.len(), 2);
    }
}

#[test]
fn mqtt_4_3_3_11_every_pubrel_is_answered() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed_bytes(&publish(version, 4, "t", Some(7), b"x"));
        pair.feed("62020007 62020007 62020009");
        pair.expect("50020007");
        pair.expect("70020007");
        if version == V5_0 {
            pair.expect("70 03 0007 92");
            pair.expect("70 03 0009 92");
        } else {
            pair.expect("70020007");
            pair.expect("70020009");
        }
        assert_eq!(pair.messages.len(), 1);
        assert!(pair.is_connected());
    }
}

#[test]
fn section_3_6_2_1_pubrel_of_every_length() {
    for pubrel in [
        "62020007",
        "6203000700",
        "6203000792",
        "620400070000",
        "6207 0007 00 03 1f 0000",
    ] {
        let mut pair = Pair::connected(V5_0);
        pair.feed_bytes(&publish(V5_0, 4, "t", Some(7), b"x"));
        pair.expect("50020007");
        pair.feed(pubrel);
        pair.expect("70020007");
    }
}

#[test]
fn mqtt_4_6_0_2_acknowledgements_in_the_order_of_the_messages() {
    for version in BOTH {
        for (flags, first) in [(2, 0x40), (4, 0x50)] {
            let mut pair = Pair::connected(version);
            let ids = [5, 3, 9, 1, 4];
            let all: Vec<u8> = ids
                .iter()
                .flat_map(|&id| publish(version, flags, "t", Some(id), b""))
                .collect();
            pair.feed_bytes(&all);
            for id in ids {
                let [high, low] = id.to_be_bytes();
                assert_eq!(pair.next_sent(), [first, 2, high, low]);
            }
        }
    }
}

#[test]
fn section_3_8_4_a_message_may_come_before_suback() {
    for version in BOTH {
        let mut pair = Pair::connected(version);
        pair.subscribe("t", Qos::AtLeastOnce);
        pair.expect_type(8);
        pair.feed_bytes(&publish(version, 2, "t", Some(1), b"x"));
        pair.expect("40020001");
        assert_eq!(pair.messages.len(), 1);
    }
}

#[test]
fn section_3_3_4_the_receive_maximum_of_the_client() {
    let mut options = Pair::options(V5_0);
    options.receive_maximum = NonZeroU16::new(2);
    let mut pair = Pair::connected_with(options.clone());
    for id in 1..=2 {
        pair.feed_bytes(&publish(V5_0, 4, "t", Some(id), b""));
        pair.expect_type(5);
    }
    // A repetition is not one more.
    pair.feed_bytes(&publish(V5_0, 12, "t", Some(2), b""));
    pair.expect_type(5);
    assert!(pair.is_connected());
    pair.feed_bytes(&publish(V5_0, 4, "t", Some(3), b""));
    let violation = pair.expect_violation(0x93);
    assert_eq!(
        violation,
        Violation::ReceiveMaximumExceeded {
            received: 3,
            maximum: 2
        }
    );
    assert_eq!(pair.messages.len(), 2);
    // QoS 1 counts too, but is done at once; PUBCOMP makes room again.
    let mut pair = Pair::connected_with(options);
    pair.feed_bytes(&publish(V5_0, 4, "t", Some(1), b""));
    for id in 10..20 {
        pair.feed_bytes(&publish(V5_0, 2, "t", Some(id), b""));
    }
    pair.feed_bytes(&publish(V5_0, 4, "t", Some(2), b""));
    pair.feed("62020001");
    pair.feed_bytes(&publish(V5_0, 4, "t", Some(3), b""));
    assert!(pair.is_connected());
    pair.sent.clear();
    pair.feed_bytes(&publish(V5_0, 2, "t", Some(4), b""));
    pair.expect_violation(0x93);
}

#[test]
fn section_3_1_2_11_4_a_packet_above_the_maximum_is_refused_from_its_header() {
    let mut options = Pair::options(V5_0);
    options.maximum_packet_size = NonZeroU32::new(50);
    let mut pair = Pair::connected_with(options.clone());
    pair.feed_bytes(&publish(V5_0, 0, "t", None, &[0; 44]));
    assert_eq!(pair.messages.len(), 1);
    // Only the fixed header of a 51-byte packet: nothing is waited for.
    pair.feed("30 31");
    let violation = pair.expect_violation(0x95);
    assert_eq!(violation.reason_code(), ReasonCode::PacketTooLarge);
    let mut pair = Pair::connected_with(options);
    pair.feed("30 ffffff7f");
    pair.expect_violation(0x95);
}

#[test]
fn section_3_3_2_every_property_of_a_message_is_handed_over_in_order() {
    let mut pair = Pair::connected(V5_0);
    let properties = hex(
        "0101 0200000007 08000172 0900020102 03000163 26000161000131 26000162000132 \
         26000161000131 0b05 0b8001 0b05",
    );
    let mut body = hex("0001 74");
    body.push(u8::try_from(properties.len()).expect("short"));
    body.extend(&properties);
    body.extend(b"p");
    let packet = with_header(0x30, &body);
    let mut bytes = packet.as_slice();
    let received = pair
        .client
        .receive(&mut bytes, pair.now)
        .expect("one packet");
    assert!(received.delivered.is_some());
    let Ok(ControlPacket::Publish(publish)) = received.packet else {
        panic!("no PUBLISH");
    };
    let identifiers: Vec<_> = publish
        .properties
        .subscription_identifiers
        .iter()
        .map(|identifier| identifier.value())
        .collect();
    assert_eq!(identifiers, [5, 128, 5]);
    let users: Vec<_> = publish.properties.user_properties.iter().collect();
    assert_eq!(users, [("a", "1"), ("b", "2"), ("a", "1")]);
    assert_eq!(publish.properties.content_type, Some("c"));
    assert_eq!(publish.properties.message_expiry_interval, Some(7));
}

#[test]
fn section_4_10_a_response_carries_the_correlation_data_of_its_request() {
    let mut pair = Pair::connected(V5_0);
    let request = mqtt_lab::client::PublishRequest {
        topic: "ask",
        properties: mqtt_lab::codec::PublishProperties {
            response_topic: mqtt_lab::codec::TopicName::parse("answer").ok(),
            correlation_data: Some(b"42"),
            ..Default::default()
        },
        ..Default::default()
    };
    pair.client.publish(request, pair.now).expect("accepted");
    pair.drain();
    assert!(to_hex(&pair.next_sent()).contains(&to_hex(&hex("09 0002 3432"))));
    let response = hex("30 0e 0006 616e73776572 05 09 0002 3432");
    let mut bytes = response.as_slice();
    let received = pair
        .client
        .receive(&mut bytes, pair.now)
        .expect("one packet");
    assert_eq!(
        received.delivered.map(|d| d.topic.as_str().to_owned()),
        Some("answer".into())
    );
    let Ok(ControlPacket::Publish(publish)) = received.packet else {
        panic!("no PUBLISH");
    };
    assert_eq!(publish.properties.correlation_data, Some(&b"42"[..]));
}

#[test]
fn mqtt_6_0_0_2_any_cut_of_the_stream_gives_the_same_messages() {
    for version in ALL {
        let mut stream = hex("d000");
        stream.extend(publish(version, 0, "a", None, b"one"));
        stream.extend(publish(version, 2, "b", Some(1), b""));
        stream.extend(publish(version, 4, "c", Some(2), &[7; 200]));
        stream.extend(hex("62020002 d000"));
        stream.extend(publish(version, 1, "d", None, b"last"));
        let run = |frames: &mut dyn Iterator<Item = &[u8]>| {
            let mut pair = Pair::connected(version);
            for frame in frames {
                pair.feed_bytes(frame);
                pair.feed_bytes(&[]);
            }
            assert!(pair.is_connected());
            let sent: Vec<_> = pair.sent.into_iter().map(|(_, packet)| packet).collect();
            (pair.messages, sent)
        };
        let whole = run(&mut std::iter::once(stream.as_slice()));
        assert_eq!((whole.0.len(), whole.1.len()), (4, 3));
        assert_eq!(run(&mut stream.chunks(1)), whole);
        for at in 0..=stream.len() {
            let (first, second) = stream.split_at(at);
            assert_eq!(run(&mut [first, second].into_iter()), whole);
        }
    }
}

#[test]
fn mqtt_1_5_4_3_unusual_characters_pass_unchanged() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        for topic in ["😀/x", "\u{feff}a", "e\u{301}", "é", "a b"] {
            pair.feed_bytes(&publish(version, 0, topic, None, b""));
            assert_eq!(pair.messages.last().map(|m| m.topic.as_str()), Some(topic));
            pair.publish(topic, b"", Qos::AtMostOnce);
            assert_eq!(pair.next_sent(), publish(version, 0, topic, None, b""));
        }
        pair.feed_bytes(&publish(version, 0, "a\0", None, b""));
        let code = pair.violations[0].reason_code().as_u8();
        pair.expect_violation(code);
        // A surrogate is no character.
        let mut pair = Pair::connected(version);
        let mut packet = publish(version, 0, "xxx", None, b"");
        packet[4..7].copy_from_slice(&[0xed, 0xa0, 0x80]);
        pair.feed_bytes(&packet);
        pair.expect_violation(0x81);
        assert_eq!(pair.messages, []);
    }
}

#[test]
fn mqtt_3_3_4_5_copies_for_overlapping_subscriptions_are_all_delivered() {
    for version in BOTH {
        let mut pair = Pair::connected(version);
        for id in [1, 2] {
            pair.feed_bytes(&publish(version, 2, "t", Some(id), b"same"));
        }
        pair.expect("40020001");
        pair.expect("40020002");
        assert_eq!(pair.messages.len(), 2);
    }
}

#[test]
fn section_2_1_2_packets_only_a_client_sends() {
    for version in ALL {
        let connect = match version {
            V3_1 => "10 0f 0006 4d5149736470 03 02 000a 0001 70",
            V3_1_1 => "10 0d 0004 4d515454 04 02 000a 0001 70",
            V5_0 => "10 0e 0004 4d515454 05 02 000a 00 0001 70",
        };
        let property = if version == V5_0 { "00" } else { "" };
        let length = if version == V5_0 { 7 } else { 6 };
        for packet in [
            connect.to_owned(),
            format!("82 {length:02x} 0001 {property} 0001 74 00"),
            format!("a2 {:02x} 0001 {property} 0001 74", length - 1),
            "c000".to_owned(),
        ] {
            let mut pair = Pair::connected(version);
            pair.feed(&packet);
            let violation = pair.expect_violation(0x82);
            assert!(
                matches!(violation, Violation::Direction(_)),
                "{packet}: {violation:?}"
            );
        }
    }
}

#[test]
fn mqtt_3_14_2_1_a_fault_that_has_no_code_in_disconnect_is_a_protocol_error() {
    // A CONNECT of version 9: 0x84, which only CONNACK may say.
    let mut pair = Pair::connected(V5_0);
    pair.feed("10 0e 0004 4d515454 09 02 000a 00 0001 70");
    pair.expect_violation(0x82);
    // A CONNECT whose Client Identifier is not valid: 0x85.
    let mut pair = Pair::connected(V3_1_1);
    pair.feed("10 0c 0004 4d515454 04 00 000a 0000");
    pair.expect_violation(0x82);
}

#[test]
fn nothing_after_the_fault_in_a_frame_counts() {
    for version in BOTH {
        let mut pair = Pair::connected(version);
        let mut frame = publish(version, 0, "a", None, b"");
        frame.extend(hex("c000"));
        frame.extend(publish(version, 2, "b", Some(1), b""));
        pair.feed_bytes(&frame);
        pair.expect_violation(0x82);
        assert_eq!(pair.messages.len(), 1);
        // The next connection works.
        pair.establish(Pair::options(version), &accepted(version));
    }
}

#[test]
fn section_3_1_2_11_7_explanations_nobody_asked_for() {
    let mut options = Pair::options(V5_0);
    options.request_problem_information = Some(false);
    for packet in [
        "40 08 0001 00 04 1f 0001 6e",
        "40 0b 0001 00 07 26 0001 61 0001 62",
        "90 08 0001 04 1f 0001 6e 00",
        "62 08 0001 00 04 1f 0001 6e",
    ] {
        let mut pair = Pair::connected_with(options.clone());
        pair.feed(packet);
        let violation = pair.expect_violation(0x82);
        assert_eq!(violation.clause(), "MQTT-3.1.2-29");
    }
    // PUBLISH and DISCONNECT may.
    let mut pair = Pair::connected_with(options);
    pair.feed("30 0b 0001 74 07 26 0001 61 0001 62");
    pair.feed("e0 06 8b 04 1f 0001 6e");
    assert!(matches!(
        pair.closed(),
        mqtt_lab::client::CloseReason::ByServer { .. }
    ));
}
