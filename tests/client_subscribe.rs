//! Subscribing and unsubscribing, their answers, and subscribing again.

mod common;

use common::*;
use mqtt_lab::client::{
    ConnectOptions, Event, SubscribeError, SubscribeRequest, UnsubscribeRequest, Violation,
};
use mqtt_lab::codec::{
    Qos, ReasonCode, RetainHandling, SubscriptionIdentifier, SubscriptionOptions, TopicFilterError,
    UserProperties,
};

fn options(qos: Qos) -> SubscriptionOptions {
    SubscriptionOptions::with_qos(qos)
}

fn refused(pair: &mut Pair, filter: &str, options: SubscriptionOptions) -> SubscribeError {
    let subscriptions = [(filter, options)];
    let request = SubscribeRequest {
        subscriptions: &subscriptions,
        ..SubscribeRequest::default()
    };
    let error = pair
        .client
        .subscribe(request, pair.now)
        .expect_err("refused");
    pair.drain();
    pair.expect_nothing();
    assert_eq!(pair.client.counts().packet_ids, 0);
    error
}

fn answers(pair: &mut Pair) -> Vec<Vec<ReasonCode>> {
    let mut answers = Vec::new();
    pair.events.retain(|event| match event {
        Event::SubscribeAnswered { answer, .. } | Event::UnsubscribeAnswered { answer, .. } => {
            answers.push(answer.reason_codes.clone());
            false
        }
        _ => true,
    });
    answers
}

#[test]
fn mqtt_3_8_1_1_subscribe_in_all_forms() {
    for version in ALL {
        let properties = if version == V5_0 { "00" } else { "" };
        let length = if version == V5_0 { 1 } else { 0 };
        let mut pair = Pair::connected(version);
        for (index, qos) in Qos::ALL.into_iter().enumerate() {
            pair.subscribe("a/#", qos);
            pair.expect(&format!(
                "82 {:02x} {:04x} {properties} 0003 612f23 {index:02x}",
                8 + length,
                index + 1
            ));
        }
        let three = [
            ("a", options(Qos::AtMostOnce)),
            ("+", options(Qos::AtLeastOnce)),
            ("#", options(Qos::ExactlyOnce)),
        ];
        let request = SubscribeRequest {
            subscriptions: &three,
            ..SubscribeRequest::default()
        };
        pair.client.subscribe(request, pair.now).expect("accepted");
        pair.drain();
        pair.expect(&format!(
            "82 {:02x} 0004 {properties} 000161 00 00012b 01 000123 02",
            14 + length
        ));
    }
    let mut pair = Pair::connected(V5_0);
    let all = [(
        "t",
        SubscriptionOptions {
            qos: Qos::ExactlyOnce,
            no_local: true,
            retain_as_published: true,
            retain_handling: RetainHandling::DoNotSend,
        },
    )];
    let request = SubscribeRequest {
        subscriptions: &all,
        subscription_identifier: SubscriptionIdentifier::new(200),
        user_properties: UserProperties::from_pairs([("k", "v")]).expect("short"),
    };
    pair.client.subscribe(request, pair.now).expect("accepted");
    pair.drain();
    let packet = to_hex(&pair.next_sent());
    assert!(
        packet.starts_with("821100010a") && packet.ends_with("0001742e"),
        "{packet}"
    );
    assert!(
        packet.contains("0bc801") && packet.contains("2600016b000176"),
        "{packet}"
    );
}

#[test]
fn mqtt_3_9_3_1_codes_belong_to_filters_by_position() {
    let three = [
        ("a", options(Qos::ExactlyOnce)),
        ("b", options(Qos::ExactlyOnce)),
        ("c", options(Qos::ExactlyOnce)),
    ];
    let request = SubscribeRequest {
        subscriptions: &three,
        ..SubscribeRequest::default()
    };
    for (version, suback, codes) in [
        (V3_1_1, "90 05 0001 01 80 02", [0x01, 0x80, 0x02]),
        (V5_0, "90 06 0001 00 01 87 9e", [0x01, 0x87, 0x9e]),
        (V5_0, "90 06 0001 00 8f 00 02", [0x8f, 0x00, 0x02]),
    ] {
        let mut pair = Pair::connected(version);
        pair.client
            .subscribe(request.clone(), pair.now)
            .expect("accepted");
        pair.drain();
        pair.feed(suback);
        let answers = answers(&mut pair);
        assert_eq!(
            answers,
            [codes
                .map(|c| ReasonCode::from_u8(c).expect("listed"))
                .to_vec()]
        );
        let granted = codes.iter().filter(|&&code| code < 0x80).count();
        assert_eq!(pair.client.counts().subscriptions, granted);
        assert_eq!(pair.client.counts().packet_ids, 0);
    }
}

#[test]
fn mqtt_3_8_4_6_an_answer_with_another_number_of_codes_breaks_the_rules() {
    let two = [
        ("a", options(Qos::AtMostOnce)),
        ("b", options(Qos::AtMostOnce)),
    ];
    let request = SubscribeRequest {
        subscriptions: &two,
        ..SubscribeRequest::default()
    };
    for version in BOTH {
        for codes in [1_u8, 3] {
            let mut pair = Pair::connected(version);
            pair.client
                .subscribe(request.clone(), pair.now)
                .expect("accepted");
            pair.drain();
            pair.sent.clear();
            let mut body = hex(if version == V5_0 { "0001 00" } else { "0001" });
            body.extend(std::iter::repeat_n(0, codes.into()));
            pair.feed_bytes(&with_header(0x90, &body));
            let violation = pair.expect_violation(0x82);
            assert!(matches!(
                violation,
                Violation::ReasonCodeCount { expected: 2, .. }
            ));
            assert!(
                pair.events
                    .iter()
                    .any(|e| matches!(e, Event::SubscribeLost { .. }))
            );
        }
    }
}

#[test]
fn an_answer_to_the_other_request_breaks_the_rules() {
    for (version, unsuback) in [(V3_1_1, "b0020001"), (V5_0, "b004000100 00")] {
        let mut pair = Pair::connected(version);
        pair.subscribe("a", Qos::AtMostOnce);
        pair.sent.clear();
        pair.feed(unsuback);
        let violation = pair.expect_violation(0x82);
        assert!(matches!(violation, Violation::WrongAcknowledgement { .. }));
    }
}

#[test]
fn mqtt_3_11_3_1_unsubscribe_in_all_forms() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.subscribe("a", Qos::AtMostOnce);
        pair.feed(if version == V5_0 {
            "9004000100 00"
        } else {
            "9003000100"
        });
        pair.sent.clear();
        answers(&mut pair);
        for filters in [&["a"][..], &["b", "c/#"]] {
            let request = UnsubscribeRequest {
                filters,
                ..UnsubscribeRequest::default()
            };
            pair.client
                .unsubscribe(request, pair.now)
                .expect("accepted");
            pair.drain();
        }
        let property = if version == V5_0 { "00" } else { "" };
        let length = if version == V5_0 { 1 } else { 0 };
        pair.expect(&format!("a2 {:02x} 0002 {property} 000161", 5 + length));
        pair.expect(&format!(
            "a2 {:02x} 0003 {property} 000162 0003632f23",
            10 + length
        ));
        if version == V5_0 {
            pair.feed("b0040002 00 00 b0050003 00 11 87");
            assert_eq!(
                answers(&mut pair),
                [
                    vec![ReasonCode::Success],
                    vec![ReasonCode::NoSubscriptionExisted, ReasonCode::NotAuthorized]
                ]
            );
        } else {
            pair.feed("b0020002 b0020003");
            assert_eq!(answers(&mut pair), [vec![], vec![]]);
        }
        let counts = pair.client.counts();
        assert_eq!((counts.subscriptions, counts.packet_ids), (0, 0));
    }
}

#[test]
fn mqtt_4_7_1_1_what_is_no_topic_filter_is_refused_before_a_byte_is_sent() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let long = "x".repeat(65_536);
        for filter in ["", "a/#/b", "a+", "a#", "a\0", long.as_str()] {
            let error = refused(&mut pair, filter, SubscriptionOptions::default());
            assert!(
                matches!(error, SubscribeError::TopicFilter { index: 0, .. }),
                "{error:?}"
            );
            let filters = [filter];
            let request = UnsubscribeRequest {
                filters: &filters,
                ..Default::default()
            };
            assert!(pair.client.unsubscribe(request, pair.now).is_err());
        }
        assert_eq!(
            refused(&mut pair, "", SubscriptionOptions::default()),
            SubscribeError::TopicFilter {
                index: 0,
                error: TopicFilterError::Empty
            }
        );
        let none = SubscribeRequest::default();
        assert_eq!(
            pair.client.subscribe(none, pair.now),
            Err(SubscribeError::NoTopicFilter)
        );
        let none = UnsubscribeRequest::default();
        assert_eq!(
            pair.client.unsubscribe(none, pair.now),
            Err(SubscribeError::NoTopicFilter)
        );
    }
}

#[test]
fn mqtt_3_8_3_4_shared_subscriptions() {
    let no_local = SubscriptionOptions {
        no_local: true,
        ..Default::default()
    };
    let mut pair = Pair::connected(V5_0);
    let error = refused(&mut pair, "$share/g/t", no_local);
    assert_eq!(error, SubscribeError::NoLocalOnShared { index: 0 });
    for filter in ["$share//x", "$share/g", "$share/g/", "$share/+/x"] {
        let error = refused(&mut pair, filter, Default::default());
        assert!(
            matches!(error, SubscribeError::TopicFilter { .. }),
            "{filter}: {error:?}"
        );
    }
    pair.subscribe("$share/g/t", Qos::AtMostOnce);
    // Before 5.0 it is a filter like any other.
    let mut pair = Pair::connected(V3_1_1);
    pair.subscribe("$share//x", Qos::AtMostOnce);
    let error = refused_with_request(&mut pair, "t", no_local);
    assert_eq!(error, SubscribeError::NeedsVersion5);
}

fn refused_with_request(
    pair: &mut Pair,
    filter: &str,
    options: SubscriptionOptions,
) -> SubscribeError {
    let subscriptions = [(filter, options)];
    let request = SubscribeRequest {
        subscriptions: &subscriptions,
        ..SubscribeRequest::default()
    };
    pair.client
        .subscribe(request, pair.now)
        .expect_err("refused")
}

#[test]
fn section_3_2_2_3_what_the_server_has_not_is_refused() {
    // Wildcard, Subscription Identifier and Shared Subscription Available 0.
    let mut pair = Pair::connected_by(Pair::options(V5_0), "2009 00 00 06 2800 2900 2a00");
    for filter in ["#", "a/+", "$share/g/a/#"] {
        let error = refused(&mut pair, filter, Default::default());
        assert!(
            matches!(
                error,
                SubscribeError::WildcardNotAvailable { index: 0 }
                    | SubscribeError::SharedNotAvailable { index: 0 }
            ),
            "{filter}: {error:?}"
        );
    }
    let error = refused(&mut pair, "$share/g/a", Default::default());
    assert_eq!(error, SubscribeError::SharedNotAvailable { index: 0 });
    let subscriptions = [("a", SubscriptionOptions::default())];
    let request = SubscribeRequest {
        subscriptions: &subscriptions,
        subscription_identifier: SubscriptionIdentifier::new(1),
        ..SubscribeRequest::default()
    };
    assert_eq!(
        pair.client.subscribe(request, pair.now),
        Err(SubscribeError::SubscriptionIdentifierNotAvailable)
    );
    pair.subscribe("a", Qos::AtMostOnce);
}

#[test]
fn mqtt_3_2_2_15_a_subscribe_above_the_maximum_packet_size() {
    let mut pair = Pair::connected_by(Pair::options(V5_0), "2008000005 27 0000000b");
    pair.subscribe("aaa", Qos::AtMostOnce);
    assert_eq!(pair.next_sent().len(), 11);
    pair.feed("90040001 00 00");
    let error = refused(&mut pair, "aaaa", Default::default());
    assert_eq!(
        error,
        SubscribeError::PacketTooLarge {
            size: 12,
            maximum: 11
        }
    );
}

#[test]
fn without_a_connection_a_request_is_refused() {
    let mut pair = Pair::new(V3_1_1);
    let error = refused(&mut pair, "a", Default::default());
    assert_eq!(error, SubscribeError::NotConnected);
}

#[test]
fn a_request_without_an_answer_is_reported_when_the_connection_goes() {
    for version in ALL {
        let mut pair = Pair::connected_with(Pair::lasting(version));
        let token = pair.subscribe("a", Qos::AtMostOnce);
        let filters = ["b"];
        let request = UnsubscribeRequest {
            filters: &filters,
            ..Default::default()
        };
        let other = pair
            .client
            .unsubscribe(request, pair.now)
            .expect("accepted");
        pair.drain();
        assert_eq!(pair.client.requests().count(), 2);
        pair.cut();
        assert!(pair.events.contains(&Event::SubscribeLost { token }));
        assert!(
            pair.events
                .contains(&Event::UnsubscribeLost { token: other })
        );
        assert_eq!(pair.client.counts().packet_ids, 0);
    }
}

fn resubscribing(version: mqtt_lab::codec::ProtocolVersion) -> ConnectOptions {
    ConnectOptions {
        resubscribe: true,
        ..Pair::lasting(version)
    }
}

/// Subscribes to `a` (granted), `b` (refused), and in 5.0 to `c` with an identifier.
fn with_subscriptions(version: mqtt_lab::codec::ProtocolVersion) -> Pair {
    let mut pair = Pair::connected_with(resubscribing(version));
    let two = [
        ("a", options(Qos::AtLeastOnce)),
        ("b", options(Qos::AtMostOnce)),
    ];
    let request = SubscribeRequest {
        subscriptions: &two,
        ..SubscribeRequest::default()
    };
    pair.client.subscribe(request, pair.now).expect("accepted");
    pair.drain();
    if version == V5_0 {
        pair.feed("90050001 00 01 87");
        let one = [(
            "c",
            SubscriptionOptions {
                no_local: true,
                ..options(Qos::ExactlyOnce)
            },
        )];
        let request = SubscribeRequest {
            subscriptions: &one,
            subscription_identifier: SubscriptionIdentifier::new(7),
            ..SubscribeRequest::default()
        };
        pair.client.subscribe(request, pair.now).expect("accepted");
        pair.drain();
        pair.feed("90040002 00 02");
    } else {
        pair.feed("90040001 01 80");
    }
    pair.cut();
    pair.closed();
    pair.sent.clear();
    pair.events.clear();
    pair
}

#[test]
fn mqtt_3_1_2_5_with_the_session_present_nothing_is_subscribed_again() {
    for version in BOTH {
        let mut pair = with_subscriptions(version);
        pair.establish(resubscribing(version), &resumed(version));
        pair.expect_nothing();
        assert!(pair.client.counts().subscriptions > 0);
    }
}

#[test]
fn mqtt_3_1_2_5_without_the_session_all_live_filters_are_subscribed_again_once() {
    let mut pair = with_subscriptions(V3_1_1);
    pair.establish(resubscribing(V3_1_1), "20020000");
    pair.expect("82 06 0002 000161 01");
    pair.expect_nothing();
    // 3.1 cannot tell whether it kept the session.
    let mut pair = with_subscriptions(V3_1);
    pair.establish(resubscribing(V3_1), "20020000");
    pair.expect("82 06 0002 000161 01");
    let mut pair = with_subscriptions(V5_0);
    pair.establish(resubscribing(V5_0), "2003000000");
    pair.expect("82 07 0003 00 000161 01");
    pair.expect("82 09 0004 02 0b07 000163 06");
    pair.expect_nothing();
    let filters: Vec<_> = pair
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Resubscribing { filters, .. } => Some(filters.join(",")),
            _ => None,
        })
        .collect();
    assert_eq!(filters, ["a", "c"]);
    // What was asked for again is live again only when it is granted.
    assert_eq!(pair.client.counts().subscriptions, 0);
    pair.feed("90040003 00 01 90040004 00 02");
    assert_eq!(pair.client.counts().subscriptions, 2);
}

#[test]
fn without_the_option_nothing_is_subscribed_again() {
    let mut pair = with_subscriptions(V3_1_1);
    pair.establish(Pair::lasting(V3_1_1), "20020000");
    pair.expect_nothing();
    assert_eq!(pair.client.counts().subscriptions, 0);
}

#[test]
fn what_the_new_connection_does_not_allow_is_reported() {
    let mut pair = with_subscriptions(V5_0);
    // Subscription Identifier Available 0.
    pair.establish(resubscribing(V5_0), "2005 00 00 02 2900");
    pair.expect("82 07 0003 00 000161 01");
    pair.expect_nothing();
    assert!(pair.events.contains(&Event::NotResubscribed {
        filter: "c".into(),
        error: SubscribeError::SubscriptionIdentifierNotAvailable,
    }));
}
