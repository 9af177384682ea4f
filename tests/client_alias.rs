//! Topic Aliases in both directions (5.0).

mod common;

use common::*;
use mqtt_lab::client::{ConnectOptions, Limits, Violation};
use mqtt_lab::codec::Qos;

/// CONNACK with Topic Alias Maximum 2.
const TWO_ALIASES: &str = "2006 00 00 03 22 0002";

fn outgoing() -> ConnectOptions {
    ConnectOptions {
        topic_aliases: true,
        ..Pair::lasting(V5_0)
    }
}

fn incoming(maximum: u16) -> ConnectOptions {
    ConnectOptions {
        topic_alias_maximum: Some(maximum),
        ..Pair::options(V5_0)
    }
}

fn publish_all(pair: &mut Pair, topics: &[&str]) -> Vec<String> {
    for topic in topics {
        pair.publish(topic, b"", Qos::AtMostOnce);
    }
    pair.sent.drain(..).map(|(_, p)| to_hex(&p)).collect()
}

#[test]
fn mqtt_3_3_2_9_outgoing_aliases_stay_within_the_maximum_of_the_server() {
    let mut pair = Pair::connected_by(outgoing(), TWO_ALIASES);
    assert_eq!(
        publish_all(&mut pair, &["a", "b", "c", "a", "b", "c"]),
        [
            "3007000161".to_owned() + "03230001",
            "3007000162".to_owned() + "03230002",
            "3004000163".to_owned() + "00",
            "30060000".to_owned() + "03230001",
            "30060000".to_owned() + "03230002",
            "3004000163".to_owned() + "00",
        ]
    );
    assert_eq!(pair.client.counts().outgoing_aliases, 2);
}

#[test]
fn mqtt_3_3_2_7_aliases_end_with_their_connection_and_resends_have_full_names() {
    let mut pair = Pair::connected_by(outgoing(), TWO_ALIASES);
    assert_eq!(publish_all(&mut pair, &["a"]), ["300700016103230001"]);
    pair.publish("a", b"", Qos::AtLeastOnce);
    pair.expect("3208 0000 0001 03230001");
    pair.cut();
    pair.closed();
    pair.establish(outgoing(), "2006 01 00 03 22 0002");
    // The message is sent again with its name and without an alias.
    pair.expect("3a06 0001 61 0001 00");
    assert_eq!(publish_all(&mut pair, &["a"]), ["300700016103230001"]);
}

#[test]
fn mqtt_3_2_2_18_no_alias_without_a_maximum_or_without_the_option() {
    let mut pair = Pair::connected_with(outgoing());
    assert_eq!(
        publish_all(&mut pair, &["a", "a"]),
        ["300400016100", "300400016100"]
    );
    let mut pair = Pair::connected_by(Pair::options(V5_0), TWO_ALIASES);
    assert_eq!(
        publish_all(&mut pair, &["a", "a"]),
        ["300400016100", "300400016100"]
    );
    let limits = Limits {
        outgoing_aliases: 1,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V5_0, limits);
    pair.establish(outgoing(), TWO_ALIASES);
    assert_eq!(
        publish_all(&mut pair, &["a", "b"]),
        ["300700016103230001", "300400016200"]
    );
}

#[test]
fn mqtt_3_2_2_15_an_alias_that_would_make_the_packet_too_large_is_left_out() {
    // Maximum Packet Size 8, Topic Alias Maximum 2: with its alias the first message has 11 bytes.
    let mut pair = Pair::connected_by(outgoing(), "200b 00 00 08 27 00000008 22 0002");
    assert_eq!(publish_all(&mut pair, &["aaa"]), ["3006000361616100"]);
    pair.events.clear();
}

#[test]
fn mqtt_3_3_2_10_incoming_aliases_are_resolved_and_mapped_anew() {
    let mut pair = Pair::connected_with(incoming(3));
    pair.feed("3007 0001 61 03230001");
    pair.feed("3006 0000 03230001");
    pair.feed("3007 0001 62 03230001");
    pair.feed("3006 0000 03230001");
    pair.feed("3209 0001 63 0005 03230003");
    pair.feed("3408 0000 0006 03230003");
    let topics: Vec<_> = pair.messages.iter().map(|m| m.topic.as_str()).collect();
    assert_eq!(topics, ["a", "a", "b", "b", "c", "c"]);
    pair.expect("40020005");
    pair.expect("50020006");
}

#[test]
fn mqtt_3_3_2_8_bad_incoming_aliases() {
    for (maximum, packet, code) in [
        (3, "3007 0001 61 03230000", 0x94),
        (3, "3007 0001 61 03230004", 0x94),
        (3, "3006 0000 03230002", 0x82),
        (0, "3007 0001 61 03230001", 0x94),
    ] {
        let mut pair = Pair::connected_with(incoming(maximum));
        pair.feed(packet);
        pair.expect_violation(code);
        assert_eq!(pair.messages, []);
    }
    let mut pair = Pair::connected(V5_0);
    pair.feed("3007 0001 61 03230001");
    assert_eq!(
        pair.expect_violation(0x94),
        Violation::TopicAliasTooLarge {
            alias: 1,
            maximum: 0
        }
    );
}

#[test]
fn mqtt_3_3_2_7_incoming_aliases_end_with_their_connection() {
    let mut pair = Pair::connected_with(incoming(3));
    pair.feed("3007 0001 61 03230001");
    pair.cut();
    pair.closed();
    pair.establish(incoming(3), "2003000000");
    pair.feed("3006 0000 03230001");
    assert_eq!(
        pair.expect_violation(0x82),
        Violation::TopicAliasUnknown { alias: 1 }
    );
}

#[test]
fn names_of_aliases_that_would_fill_the_memory_end_the_connection() {
    let limits = Limits {
        incoming_alias_bytes: 200_000,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V5_0, limits);
    pair.establish(incoming(u16::MAX), "2003000000");
    let publish = |alias: u16, name: &str| {
        let mut body = (name.len() as u16).to_be_bytes().to_vec();
        body.extend(name.as_bytes());
        body.extend([3, 0x23]);
        body.extend(alias.to_be_bytes());
        let mut packet = vec![0x30];
        let mut length = body.len();
        loop {
            let more = if length > 127 { 0x80 } else { 0 };
            packet.push((length % 128) as u8 | more);
            length /= 128;
            if length == 0 {
                break;
            }
        }
        packet.extend(body);
        packet
    };
    let long = "x".repeat(65_535);
    for alias in 1..=3 {
        pair.feed_bytes(&publish(alias, &long));
    }
    // An alias that is given a short name gives its room back.
    pair.feed_bytes(&publish(3, "short"));
    pair.feed_bytes(&publish(4, &long));
    assert_eq!(pair.messages.len(), 5);
    pair.feed_bytes(&publish(5, &long));
    let violation = pair.expect_violation(0x97);
    assert!(
        matches!(violation, Violation::TopicAliasBytes { bytes, maximum: 200_000 } if bytes > 200_000),
        "{violation}"
    );
    assert_eq!(pair.messages.len(), 5, "what was too much is not delivered");
}
