//! The project's own golden vectors: packets worked out by hand, checked in both directions.

mod golden_words;

use std::num::NonZeroU16;

use mqtt_lab::codec::{
    Acknowledgement, Connack, ConnackCode, ConnackProperties, Connect, ConnectProperties,
    ConnectReturnCode, ControlPacket, Disconnect, PacketId, PacketSplitter, ProtocolVersion,
    Publish, PublishProperties, Qos, ReasonCode, Suback, Subscribe, Subscription,
    SubscriptionOptions, TopicFilter, TopicName, Unsuback, Unsubscribe, UserProperties, Will,
    WillProperties, decode, encode, encoded_len,
};

const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5: ProtocolVersion = ProtocolVersion::V5_0;

#[test]
fn v1_connect_with_everything() {
    let packet = Connect {
        clean_start: true,
        keep_alive: 60,
        client_id: "client-1",
        will: Some(Will {
            topic: name("/hans/will"),
            payload: b"unexpected exit",
            qos: Qos::ExactlyOnce,
            retain: false,
            properties: WillProperties::default(),
        }),
        username: Some("hans"),
        password: Some(b"letmein"),
        ..Connect::default()
    };
    check(
        V3,
        ControlPacket::Connect(Box::new(packet)),
        "10 40 00 04 4d 51 54 54 04 d6 00 3c 00 08 63 6c 69 65 6e 74 2d 31 00 0a 2f 68 61 6e 73 \
         2f 77 69 6c 6c 00 0f 75 6e 65 78 70 65 63 74 65 64 20 65 78 69 74 00 04 68 61 6e 73 00 \
         07 6c 65 74 6d 65 69 6e",
        66,
    );
}

#[test]
fn v2_shortest_connect() {
    let packet = Connect {
        clean_start: true,
        keep_alive: 60,
        ..Connect::default()
    };
    check(
        V3,
        ControlPacket::Connect(Box::new(packet)),
        "10 0c 00 04 4d 51 54 54 04 02 00 3c 00 00",
        14,
    );
}

#[test]
fn v3_connack() {
    for (session_present, code, hex) in [
        (false, ConnectReturnCode::Accepted, "20 02 00 00"),
        (true, ConnectReturnCode::Accepted, "20 02 01 00"),
        (false, ConnectReturnCode::NotAuthorized, "20 02 00 05"),
    ] {
        let packet = Connack {
            session_present,
            code: ConnackCode::V3(code),
            properties: ConnackProperties::default(),
        };
        check(V3, ControlPacket::Connack(Box::new(packet)), hex, 4);
    }
}

#[test]
fn v4_and_v5_publish_at_qos_1_and_0() {
    let at_qos_0 = Publish {
        topic: Some(name("topic/1")),
        payload: b"temperature:32.5",
        ..Publish::default()
    };
    let at_qos_1 = Publish {
        qos: Qos::AtLeastOnce,
        packet_id: PacketId::new(4314),
        ..at_qos_0.clone()
    };
    check(
        V3,
        ControlPacket::Publish(at_qos_1),
        "32 1b 00 07 74 6f 70 69 63 2f 31 10 da 74 65 6d 70 65 72 61 74 75 72 65 3a 33 32 2e 35",
        29,
    );
    check(
        V3,
        ControlPacket::Publish(at_qos_0),
        "30 19 00 07 74 6f 70 69 63 2f 31 74 65 6d 70 65 72 61 74 75 72 65 3a 33 32 2e 35",
        27,
    );
}

#[test]
fn v6_and_v7_subscribe_and_suback() {
    let subscription = |text, qos| Subscription {
        filter: filter(text),
        options: SubscriptionOptions::with_qos(qos),
    };
    let packet = Subscribe {
        packet_id: id(4312),
        subscription_identifier: None,
        user_properties: UserProperties::EMPTY,
        subscriptions: vec![
            subscription("topic/1", Qos::AtLeastOnce),
            subscription("topic/2", Qos::AtMostOnce),
        ],
    };
    check(
        V3,
        ControlPacket::Subscribe(packet),
        "82 16 10 d8 00 07 74 6f 70 69 63 2f 31 01 00 07 74 6f 70 69 63 2f 32 00",
        24,
    );
    for (codes, hex, length) in [
        (
            vec![ReasonCode::GrantedQos1, ReasonCode::Success],
            "90 04 10 d8 01 00",
            6,
        ),
        (vec![ReasonCode::UnspecifiedError], "90 03 10 d8 80", 5),
    ] {
        let packet = Suback {
            packet_id: id(4312),
            reason_string: None,
            user_properties: UserProperties::EMPTY,
            reason_codes: codes,
        };
        check(V3, ControlPacket::Suback(packet), hex, length);
    }
}

#[test]
fn v8_acknowledgements() {
    let body = Acknowledgement::success(id(4314));
    for version in ProtocolVersion::ALL {
        let body = body.clone();
        check(
            version,
            ControlPacket::Puback(body.clone()),
            "40 02 10 da",
            4,
        );
        check(
            version,
            ControlPacket::Pubrec(body.clone()),
            "50 02 10 da",
            4,
        );
        check(
            version,
            ControlPacket::Pubrel(body.clone()),
            "62 02 10 da",
            4,
        );
        check(version, ControlPacket::Pubcomp(body), "70 02 10 da", 4);
    }
}

#[test]
fn v9_unsubscribe_and_unsuback() {
    let unsubscribe = Unsubscribe {
        packet_id: id(4313),
        user_properties: UserProperties::EMPTY,
        filters: vec![filter("topic/1")],
    };
    let unsuback = Unsuback {
        packet_id: id(4313),
        reason_string: None,
        user_properties: UserProperties::EMPTY,
        reason_codes: vec![],
    };
    check(
        V3,
        ControlPacket::Unsubscribe(unsubscribe),
        "a2 0b 10 d9 00 07 74 6f 70 69 63 2f 31",
        13,
    );
    check(V3, ControlPacket::Unsuback(unsuback), "b0 02 10 d9", 4);
}

#[test]
fn v10_the_packets_of_two_bytes() {
    for version in ProtocolVersion::ALL {
        check(version, ControlPacket::Pingreq, "c0 00", 2);
        check(version, ControlPacket::Pingresp, "d0 00", 2);
        let disconnect = ControlPacket::Disconnect(Disconnect::default());
        check(version, disconnect, "e0 00", 2);
    }
}

#[test]
fn v11_and_v12_publish_and_clear_retained() {
    let packet = Publish {
        topic: Some(name("/assign1-temp")),
        payload: b"value=40",
        ..Publish::default()
    };
    check(
        V3,
        ControlPacket::Publish(packet),
        "30 17 00 0d 2f 61 73 73 69 67 6e 31 2d 74 65 6d 70 76 61 6c 75 65 3d 34 30",
        25,
    );
    let packet = Publish {
        retain: true,
        topic: Some(name("room/temp")),
        ..Publish::default()
    };
    check(
        V3,
        ControlPacket::Publish(packet),
        "31 0b 00 09 72 6f 6f 6d 2f 74 65 6d 70",
        13,
    );
}

#[test]
fn v13_remaining_lengths() {
    for (remaining, hex) in [
        (127, "7f"),
        (128, "80 01"),
        (321, "c1 02"),
        (16_383, "ff 7f"),
        (16_384, "80 80 01"),
        (2_097_151, "ff ff 7f"),
        (2_097_152, "80 80 80 01"),
        (268_435_455, "ff ff ff 7f"),
    ] {
        let header = bytes(hex);
        let payload = vec![0x2a; remaining - 3];
        let packet = ControlPacket::Publish(Publish {
            topic: Some(name("t")),
            payload: &payload,
            ..Publish::default()
        });
        let whole = 1 + header.len() + remaining;
        assert_eq!(encoded_len(&packet, V3), Ok(whole));
        let mut out = Vec::new();
        assert_eq!(encode(&packet, V3, &mut out), Ok(whole));
        assert_eq!(out.len(), whole);
        assert_eq!(out[1..1 + header.len()], header, "{remaining}");
        // Longer ones differ from these in nothing but their length, and take their time.
        if remaining <= 2_097_152 {
            golden_words::note(V3, &out);
        }
        let mut input = &out[..];
        let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
        assert_eq!(splitter.next(&mut input), Ok(Some(&out[..])));
        assert_eq!(decode(&out, V3), Ok(packet));
    }
}

#[test]
fn v14_v5_connect_with_empty_user_name_and_password() {
    let packet = Connect {
        protocol_version: V5,
        clean_start: true,
        keep_alive: 60,
        client_id: "client-1",
        will: Some(Will {
            topic: name("status/offline"),
            payload: b"unexpected exit",
            qos: Qos::ExactlyOnce,
            retain: false,
            properties: WillProperties::default(),
        }),
        username: Some(""),
        password: Some(b""),
        properties: ConnectProperties {
            session_expiry_interval: Some(120),
            ..ConnectProperties::default()
        },
    };
    check(
        V5,
        ControlPacket::Connect(Box::new(packet)),
        "10 40 00 04 4d 51 54 54 05 d6 00 3c 05 11 00 00 00 78 00 08 63 6c 69 65 6e 74 2d 31 00 \
         00 0e 73 74 61 74 75 73 2f 6f 66 66 6c 69 6e 65 00 0f 75 6e 65 78 70 65 63 74 65 64 20 \
         65 78 69 74 00 00 00 00",
        66,
    );
}

#[test]
fn v15_v5_publish_with_message_expiry() {
    let packet = Publish {
        qos: Qos::AtLeastOnce,
        retain: true,
        topic: Some(name("topic/1")),
        packet_id: PacketId::new(4314),
        payload: b"temperature:22.5",
        properties: PublishProperties {
            message_expiry_interval: Some(120),
            ..PublishProperties::default()
        },
        ..Publish::default()
    };
    check(
        V5,
        ControlPacket::Publish(packet),
        "33 21 00 07 74 6f 70 69 63 2f 31 10 da 05 02 00 00 00 78 74 65 6d 70 65 72 61 74 75 72 \
         65 3a 32 32 2e 35",
        35,
    );
}

#[test]
fn v16_v5_topic_alias() {
    let topic = "sensors/floor3/temperature/AC1";
    let hex_of_topic: String = topic.bytes().map(|byte| format!("{byte:02x} ")).collect();
    let first = Publish {
        topic: Some(name(topic)),
        payload: b"21.5",
        properties: PublishProperties {
            topic_alias: NonZeroU16::new(1),
            ..PublishProperties::default()
        },
        ..Publish::default()
    };
    let second = Publish {
        topic: None,
        ..first.clone()
    };
    let plain = Publish {
        properties: PublishProperties::default(),
        ..first.clone()
    };
    check(
        V5,
        ControlPacket::Publish(first),
        &format!("30 28 00 1e {hex_of_topic} 03 23 00 01 32 31 2e 35"),
        42,
    );
    check(
        V5,
        ControlPacket::Publish(second),
        "30 0a 00 00 03 23 00 01 32 31 2e 35",
        12,
    );
    note_written(&ControlPacket::Publish(plain), V5, 39);
}

#[test]
fn v17_v5_request() {
    let packet = Publish {
        topic: Some(name("room/temp/get")),
        properties: PublishProperties {
            response_topic: Some(name("reply/s12")),
            correlation_data: Some(&[0x00, 0x2a]),
            ..PublishProperties::default()
        },
        ..Publish::default()
    };
    check(
        V5,
        ControlPacket::Publish(packet),
        "30 21 00 0d 72 6f 6f 6d 2f 74 65 6d 70 2f 67 65 74 11 08 00 09 72 65 70 6c 79 2f 73 31 \
         32 09 00 02 00 2a",
        35,
    );
}

#[test]
fn v18_sizes_of_a_sensor_that_talks_much() {
    let topic = "x".repeat(46);
    for (payload, length) in [
        (r#"{"temperature": 0}"#, 68),
        (r#"{"temperature": -10}"#, 70),
        (r#"{"temperature": 30}"#, 69),
    ] {
        let packet = ControlPacket::Publish(Publish {
            topic: Some(name(&topic)),
            payload: payload.as_bytes(),
            ..Publish::default()
        });
        note_written(&packet, V3, length);
    }
    let client_id = "c".repeat(43);
    let connect = ControlPacket::Connect(Box::new(Connect {
        clean_start: true,
        client_id: &client_id,
        ..Connect::default()
    }));
    note_written(&connect, V3, 57);
}

#[test]
fn every_golden_vector_is_told_in_the_words_that_stand_in_the_file() {
    golden_words::check(&[
        ("V1: connect with everything", v1_connect_with_everything),
        ("V2: shortest connect", v2_shortest_connect),
        ("V3: connack", v3_connack),
        (
            "V4 and V5: publish at qos 1 and 0",
            v4_and_v5_publish_at_qos_1_and_0,
        ),
        (
            "V6 and V7: subscribe and suback",
            v6_and_v7_subscribe_and_suback,
        ),
        ("V8: acknowledgements", v8_acknowledgements),
        ("V9: unsubscribe and unsuback", v9_unsubscribe_and_unsuback),
        (
            "V10: the packets of two bytes",
            v10_the_packets_of_two_bytes,
        ),
        (
            "V11 and V12: publish and clear retained",
            v11_and_v12_publish_and_clear_retained,
        ),
        ("V13: remaining lengths", v13_remaining_lengths),
        (
            "V14: 5.0: connect with empty user name and password",
            v14_v5_connect_with_empty_user_name_and_password,
        ),
        (
            "V15: 5.0: publish with message expiry",
            v15_v5_publish_with_message_expiry,
        ),
        ("V16: 5.0: topic alias", v16_v5_topic_alias),
        ("V17: 5.0: request", v17_v5_request),
        (
            "V18: sizes of a sensor that talks much",
            v18_sizes_of_a_sensor_that_talks_much,
        ),
    ]);
}

/// Holds the length of a packet against what is known of it, where nothing else is.
fn note_written(packet: &ControlPacket<'_>, version: ProtocolVersion, length: usize) {
    let mut out = Vec::new();
    assert_eq!(encode(packet, version, &mut out), Ok(length));
    assert_eq!(encoded_len(packet, version), Ok(length));
    golden_words::note(version, &out);
}

/// Holds one packet against its bytes, both ways, and its stream against every split.
fn check(version: ProtocolVersion, packet: ControlPacket<'_>, hex: &str, length: usize) {
    let raw = bytes(hex);
    assert_eq!(raw.len(), length, "the vector itself");
    assert_eq!(decode(&raw, version).as_ref(), Ok(&packet));
    let mut out = b"before".to_vec();
    assert_eq!(encode(&packet, version, &mut out), Ok(length));
    assert_eq!(out, [b"before", &raw[..]].concat());
    assert_eq!(encoded_len(&packet, version), Ok(length));
    golden_words::note(version, &raw);
    for end in 0..raw.len() {
        assert!(decode(&raw[..end], version).is_err(), "cut at {end}");
    }
    let longer = [&raw[..], &[0]].concat();
    assert!(decode(&longer, version).is_err(), "a byte too much");
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.split_whitespace()
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn name(text: &str) -> TopicName<'_> {
    TopicName::parse(text).unwrap()
}

fn filter(text: &str) -> TopicFilter<'_> {
    TopicFilter::parse(text).unwrap()
}

fn id(value: u16) -> PacketId {
    PacketId::new(value).unwrap()
}
