//! Publishing at each QoS: the exchanges, their acknowledgements, and what is refused.

mod common;

use common::*;
use mqtt_lab::client::{Limits, Outbound, PublishError, PublishRequest, PublishState, Violation};
use mqtt_lab::codec::{
    PacketId, PayloadFormat, PublishProperties, Qos, ReasonCode, SubscriptionIdentifier,
    SubscriptionIdentifiers, TopicName, TopicNameError, UserProperties,
};

fn refused(pair: &mut Pair, request: PublishRequest<'_>) -> PublishError {
    let error = pair.client.publish(request, pair.now).expect_err("refused");
    pair.drain();
    pair.expect_nothing();
    assert!(pair.events.is_empty());
    error
}

fn request(topic: &str, qos: Qos) -> PublishRequest<'_> {
    PublishRequest {
        topic,
        qos,
        ..PublishRequest::default()
    }
}

#[test]
fn mqtt_4_3_1_1_qos_0_has_no_identifier_no_dup_and_is_done_at_once() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        for (payload, retain) in [(&b"text"[..], false), (&[0, 255, 0x80], true), (b"", true)] {
            let request = PublishRequest {
                topic: "t",
                payload,
                retain,
                ..PublishRequest::default()
            };
            let token = pair.client.publish(request, pair.now).expect("accepted");
            pair.drain();
            let expected = publish(version, u8::from(retain), "t", None, payload);
            assert_eq!(pair.next_sent(), expected);
            assert_eq!(pair.progress(token), [PublishState::Sent]);
        }
        assert_eq!(pair.client.counts().outbound, 0);
    }
}

#[test]
fn mqtt_4_3_2_1_qos_1_is_done_with_puback_and_frees_its_identifier() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let token = pair.publish("t", b"x", Qos::AtLeastOnce);
        assert_eq!(pair.next_sent(), publish(version, 2, "t", Some(1), b"x"));
        assert_eq!(pair.progress(token), [PublishState::AwaitingPuback]);
        let in_flight: Vec<_> = pair.client.in_flight().collect();
        assert_eq!(in_flight.len(), 1);
        assert_eq!(in_flight[0].state, Outbound::AwaitingPuback);
        assert_eq!(in_flight[0].packet_id.value(), 1);
        pair.advance(std::time::Duration::from_millis(300));
        pair.feed("40020001");
        let reason_code = ReasonCode::Success;
        assert_eq!(
            pair.progress(token),
            [PublishState::Complete { reason_code }]
        );
        assert_eq!(pair.client.counts().packet_ids, 0);
        assert!(pair.is_connected());
    }
}

#[test]
fn mqtt_4_3_3_1_qos_2_is_done_with_pubcomp() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let token = pair.publish("t", b"x", Qos::ExactlyOnce);
        assert_eq!(pair.next_sent(), publish(version, 4, "t", Some(1), b"x"));
        pair.feed("50020001");
        pair.expect("62020001");
        assert_eq!(
            pair.progress(token),
            [PublishState::AwaitingPubrec, PublishState::AwaitingPubcomp]
        );
        pair.feed("70020001");
        let reason_code = ReasonCode::Success;
        assert_eq!(
            pair.progress(token),
            [PublishState::Complete { reason_code }]
        );
        assert_eq!(pair.client.counts().packet_ids, 0);
    }
}

#[test]
fn mqtt_4_3_3_5_a_repeated_pubrec_is_answered_with_pubrel_again() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let token = pair.publish("t", b"x", Qos::ExactlyOnce);
        pair.expect_type(3);
        pair.feed("50020001 50020001 50020001");
        for _ in 0..3 {
            pair.expect("62020001");
        }
        assert_eq!(
            pair.progress(token),
            [PublishState::AwaitingPubrec, PublishState::AwaitingPubcomp]
        );
        pair.feed("70020001");
        assert_eq!(pair.client.counts().outbound, 0);
    }
}

#[test]
fn section_3_4_2_1_acknowledgements_of_every_length() {
    for tail in ["", "00", "0000", "00 08 1f 0000 26 0000 0000"] {
        let body = hex(&format!("0001{tail}"));
        let mut pair = Pair::connected(V5_0);
        let one = pair.publish("t", b"", Qos::AtLeastOnce);
        pair.feed_bytes(&with_header(0x40, &body));
        let two = pair.publish("t", b"", Qos::ExactlyOnce);
        let body = hex(&format!("0002{tail}"));
        pair.feed_bytes(&with_header(0x50, &body));
        pair.feed_bytes(&with_header(0x70, &body));
        for token in [one, two] {
            let reason_code = ReasonCode::Success;
            let last = pair.progress(token).pop();
            assert_eq!(last, Some(PublishState::Complete { reason_code }), "{tail}");
        }
    }
}

#[test]
fn mqtt_4_4_0_2_an_error_in_puback_or_pubrec_ends_the_exchange() {
    let mut pair = Pair::connected_with(Pair::lasting(V5_0));
    let one = pair.publish("t", b"", Qos::AtLeastOnce);
    let two = pair.publish("t", b"", Qos::ExactlyOnce);
    pair.sent.clear();
    pair.feed("40 08 0001 87 04 1f 0001 6e");
    pair.feed("50 03 0002 97");
    pair.expect_nothing();
    assert_eq!(
        pair.progress(one).pop(),
        Some(PublishState::Refused {
            reason_code: ReasonCode::NotAuthorized,
            reason_string: Some("n".into()),
        })
    );
    assert_eq!(
        pair.progress(two).pop(),
        Some(PublishState::Refused {
            reason_code: ReasonCode::QuotaExceeded,
            reason_string: None,
        })
    );
    assert_eq!(pair.client.counts().packet_ids, 0);
    assert_eq!(pair.client.counts().send_quota, u16::MAX);
    pair.cut();
    pair.establish(Pair::lasting(V5_0), &resumed(V5_0));
    pair.expect_nothing();
}

#[test]
fn section_3_4_2_1_no_matching_subscribers_is_a_success() {
    let mut pair = Pair::connected(V5_0);
    let token = pair.publish("t", b"", Qos::AtLeastOnce);
    pair.feed("40 03 0001 10");
    let reason_code = ReasonCode::NoMatchingSubscribers;
    assert_eq!(
        pair.progress(token).pop(),
        Some(PublishState::Complete { reason_code })
    );
}

#[test]
fn mqtt_2_2_1_5_acknowledgements_of_nothing_are_passed_over() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let token = pair.publish("t", b"", Qos::AtLeastOnce);
        pair.expect_type(3);
        let suback = if version == V5_0 {
            "90 04 0009 00 00"
        } else {
            "90 03 0009 00"
        };
        let unsuback = if version == V5_0 {
            "b0 04 0009 00 00"
        } else {
            "b0 02 0009"
        };
        pair.feed("40020009 70020009");
        pair.feed(suback);
        pair.feed(unsuback);
        pair.expect_nothing();
        // Only PUBREC wants an answer: the Server waits for a PUBREL.
        pair.feed("50020009");
        pair.expect(if version == V5_0 {
            "62 03 0009 92"
        } else {
            "62 02 0009"
        });
        assert_eq!(pair.progress(token), [PublishState::AwaitingPuback]);
        assert!(pair.is_connected());
    }
}

#[test]
fn mqtt_3_3_4_1_an_acknowledgement_of_the_wrong_kind_breaks_the_rules() {
    for version in ALL {
        for (qos, before, wrong) in [
            (Qos::AtLeastOnce, "", "50020001"),
            (Qos::AtLeastOnce, "", "70020001"),
            (Qos::ExactlyOnce, "", "40020001"),
            (Qos::ExactlyOnce, "", "70020001"),
            (Qos::ExactlyOnce, "50020001", "40020001"),
        ] {
            let mut pair = Pair::connected(version);
            let token = pair.publish("t", b"", qos);
            pair.feed(before);
            pair.sent.clear();
            pair.feed(wrong);
            let violation = pair.expect_violation(0x82);
            assert!(matches!(violation, Violation::WrongAcknowledgement { .. }));
            let last = pair.progress(token).pop();
            assert_eq!(last, Some(PublishState::Lost));
        }
    }
}

#[test]
fn mqtt_4_4_0_1_nothing_is_sent_twice_on_one_connection() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.publish("t", b"", Qos::AtLeastOnce);
        pair.publish("t", b"", Qos::ExactlyOnce);
        pair.sent.clear();
        for _ in 0..60 {
            pair.advance_secs(1);
            pair.feed("d000");
        }
        let publishes = pair.sent.iter().filter(|(_, p)| p[0] >> 4 == 3).count();
        assert_eq!(publishes, 0);
    }
}

#[test]
fn mqtt_2_2_1_3_identifiers_wrap_and_skip_what_is_in_use() {
    let limits = Limits {
        kept_bytes: usize::MAX,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V3_1_1, limits);
    pair.establish(Pair::options(V3_1_1), "20020000");
    pair.publish("t", b"", Qos::AtLeastOnce);
    for id in 2..=u16::MAX {
        pair.publish("t", b"", Qos::AtLeastOnce);
        let [high, low] = id.to_be_bytes();
        pair.feed_bytes(&[0x40, 2, high, low]);
    }
    pair.sent.clear();
    pair.events.clear();
    // 1 is still open.
    pair.publish("t", b"", Qos::AtLeastOnce);
    assert_eq!(publish_packet_id(&pair.next_sent()), 2);
    for _ in 3..=u16::MAX {
        pair.publish("t", b"", Qos::AtLeastOnce);
    }
    assert_eq!(pair.client.counts().packet_ids, 65_535);
    pair.sent.clear();
    // All in use: the next waits, and a request is refused.
    let waits = pair.publish("t", b"", Qos::AtLeastOnce);
    pair.expect_nothing();
    assert_eq!(pair.progress(waits), [PublishState::Waiting]);
    let subscriptions = [("t", Default::default())];
    let request = mqtt_lab::client::SubscribeRequest {
        subscriptions: &subscriptions,
        ..Default::default()
    };
    assert_eq!(
        pair.client.subscribe(request, pair.now),
        Err(mqtt_lab::client::SubscribeError::PacketIdsExhausted { in_use: 65_535 })
    );
    pair.feed("40 02 1234");
    assert_eq!(publish_packet_id(&pair.next_sent()), 0x1234);
}

#[test]
fn section_3_3_2_3_every_property_of_a_message_is_sent() {
    let mut pair = Pair::connected(V5_0);
    let user_properties = UserProperties::from_pairs([("a", "1"), ("b", "2"), ("a", "1")]);
    let request = PublishRequest {
        topic: "t",
        payload: b"p",
        qos: Qos::AtMostOnce,
        retain: false,
        properties: PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Utf8),
            message_expiry_interval: Some(7),
            response_topic: TopicName::parse("r").ok(),
            correlation_data: Some(&[1, 2]),
            user_properties: user_properties.expect("short"),
            content_type: Some("c"),
            ..PublishProperties::default()
        },
    };
    pair.client.publish(request, pair.now).expect("accepted");
    pair.drain();
    let packet = to_hex(&pair.next_sent());
    for property in [
        "0101",
        "0200000007",
        "08000172",
        "0900020102",
        "03000163",
        "26000161000131 26000162000132 26000161000131",
    ] {
        let property = to_hex(&hex(property));
        assert_eq!(
            packet.matches(&property).count(),
            1,
            "{property} in {packet}"
        );
    }
}

#[test]
fn mqtt_3_3_2_2_what_is_no_topic_name_is_refused_before_a_byte_is_sent() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let long = "x".repeat(65_536);
        for (topic, error) in [
            ("", TopicNameError::Empty),
            (
                "a/#/b",
                TopicNameError::Wildcard {
                    character: '#',
                    offset: 2,
                },
            ),
            (
                "x/+",
                TopicNameError::Wildcard {
                    character: '+',
                    offset: 2,
                },
            ),
            ("a\0", TopicNameError::NullCharacter { offset: 1 }),
            (&long, TopicNameError::TooLong { length: 65_536 }),
        ] {
            let refused = refused(&mut pair, request(topic, Qos::AtMostOnce));
            assert_eq!(refused, PublishError::Topic(error));
        }
        let longest = "x".repeat(65_535);
        pair.publish(&longest, b"", Qos::AtMostOnce);
    }
}

#[test]
fn mqtt_3_3_4_6_what_only_a_server_or_only_5_has_is_refused() {
    let mut pair = Pair::connected(V5_0);
    let mut identifiers = SubscriptionIdentifiers::EMPTY;
    identifiers.push(SubscriptionIdentifier::MIN);
    let mut with = request("t", Qos::AtMostOnce);
    with.properties.subscription_identifiers = identifiers;
    assert_eq!(
        refused(&mut pair, with),
        PublishError::SubscriptionIdentifier
    );
    let mut with = request("t", Qos::AtMostOnce);
    with.properties.topic_alias = core::num::NonZeroU16::new(1);
    assert_eq!(
        refused(&mut pair, with),
        PublishError::TopicAliasIsAutomatic
    );
    let mut pair = Pair::connected(V3_1_1);
    let mut with = request("t", Qos::AtMostOnce);
    with.properties.content_type = Some("c");
    assert_eq!(refused(&mut pair, with), PublishError::NeedsVersion5);
}

#[test]
fn mqtt_3_2_2_11_above_the_maximum_qos() {
    for (byte, maximum) in [("00", Qos::AtMostOnce), ("01", Qos::AtLeastOnce)] {
        let connack = format!("2005000002 24{byte}");
        let mut pair = Pair::connected_by(Pair::options(V5_0), &connack);
        for qos in Qos::ALL {
            if qos > maximum {
                assert_eq!(
                    refused(&mut pair, request("t", qos)),
                    PublishError::QosNotSupported { qos, maximum }
                );
            } else {
                pair.publish("t", b"", qos);
                pair.sent.clear();
                pair.events.clear();
            }
        }
    }
}

#[test]
fn mqtt_3_2_2_14_retain_where_it_is_not_available() {
    let mut pair = Pair::connected_by(Pair::options(V5_0), "2005000002 2500");
    let mut retained = request("t", Qos::AtMostOnce);
    retained.retain = true;
    assert_eq!(
        refused(&mut pair, retained),
        PublishError::RetainNotAvailable
    );
    pair.publish("t", b"", Qos::AtMostOnce);
}

#[test]
fn mqtt_3_2_2_15_the_maximum_packet_size_counts_the_whole_packet() {
    let mut pair = Pair::connected_by(Pair::options(V5_0), "2008000005 27 00000032");
    // 2 bytes of header, 3 of topic, 1 of properties.
    pair.publish("t", &[0; 44], Qos::AtMostOnce);
    assert_eq!(pair.next_sent().len(), 50);
    pair.events.clear();
    let payload = [0; 45];
    let mut larger = request("t", Qos::AtMostOnce);
    larger.payload = &payload;
    let error = refused(&mut pair, larger);
    assert_eq!(
        error,
        PublishError::PacketTooLarge {
            size: 51,
            maximum: 50
        }
    );
    assert_eq!(
        error.to_string(),
        "packet is 51 bytes; server accepts at most 50"
    );
    let mut larger = request("t", Qos::AtLeastOnce);
    larger.payload = &payload[..43];
    let error = refused(&mut pair, larger);
    assert_eq!(
        error,
        PublishError::PacketTooLarge {
            size: 51,
            maximum: 50
        }
    );
}

#[test]
fn publishing_without_a_connection_is_refused_not_queued() {
    for version in ALL {
        let mut pair = Pair::new(version);
        assert_eq!(
            refused(&mut pair, request("t", Qos::AtLeastOnce)),
            PublishError::NotConnected
        );
        pair.connect(Pair::options(version));
        pair.open();
        pair.sent.clear();
        assert_eq!(
            refused(&mut pair, request("t", Qos::AtMostOnce)),
            PublishError::NotConnected
        );
        pair.feed(&accepted(version));
        pair.expect_nothing();
        assert_eq!(pair.client.counts().waiting, 0);
    }
}

#[test]
fn a_large_message_goes_out_and_comes_in_in_pieces() {
    let payload: Vec<u8> = (0..16 * 1024 * 1024_usize)
        .map(|i| (i % 251) as u8)
        .collect();
    for version in BOTH {
        let mut pair = Pair::connected(version);
        let token = pair.publish("large", &payload, Qos::AtLeastOnce);
        let packet = pair.next_sent();
        assert_eq!(packet, publish(version, 2, "large", Some(1), &payload));
        assert_eq!(pair.progress(token).len(), 1);
        pair.feed("40020001");
        for frame in packet.chunks(64 * 1024) {
            pair.feed_bytes(frame);
        }
        assert_eq!(pair.messages.len(), 1);
        assert_eq!(pair.messages[0].payload, payload);
        pair.expect("40020001");
    }
}

#[test]
fn the_kept_bytes_are_bounded() {
    let limits = Limits {
        kept_bytes: 100,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V3_1_1, limits);
    pair.establish(Pair::options(V3_1_1), "20020000");
    let payload = [0; 50];
    pair.publish("t", &payload, Qos::AtLeastOnce);
    pair.sent.clear();
    pair.events.clear();
    let mut second = request("t", Qos::AtLeastOnce);
    second.payload = &payload;
    assert_eq!(
        refused(&mut pair, second.clone()),
        PublishError::TooManyBytes {
            bytes: 114,
            maximum: 100
        }
    );
    // QoS 0 is not kept.
    pair.publish("t", &payload, Qos::AtMostOnce);
    pair.feed("40020001");
    pair.client
        .publish(second, pair.now)
        .expect("there is room again");
    assert_eq!(PacketId::new(2).map(PacketId::value), Some(2));
}
