//! Connecting and leaving: CONNECT with all its fields, the transport, DISCONNECT.

mod common;

use std::num::{NonZeroU16, NonZeroU32};
use std::time::Duration;

use common::*;
use mqtt_lab::client::{
    CloseReason, ConnectError, ConnectField, DisconnectOptions, Input, Limits, LocalClose, Phase,
    StateView, TransportClose, TransportMisuse, WillMessage,
};
use mqtt_lab::codec::{PayloadFormat, Qos, ReasonCode, TopicNameError, UserProperties};

fn connect_packet(pair: &mut Pair, options: mqtt_lab::client::ConnectOptions) -> Vec<u8> {
    pair.connect(options);
    pair.open();
    pair.next_sent()
}

#[test]
fn mqtt_3_1_0_1_minimal_connect_and_clean_disconnect() {
    for (version, connect, disconnect) in [
        (V3_1, "10 10 0006 4d5149736470 03 02 003c 0002 6d65", "e000"),
        (V3_1_1, "10 0e 0004 4d515454 04 02 003c 0002 6d65", "e000"),
        (V5_0, "10 0f 0004 4d515454 05 02 003c 00 0002 6d65", "e000"),
    ] {
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        pair.expect_nothing();
        pair.open();
        pair.expect(connect);
        pair.feed(&accepted(version));
        assert!(pair.is_connected());
        pair.client
            .disconnect(DisconnectOptions::default(), pair.now)
            .expect("allowed");
        pair.drain();
        pair.expect(disconnect);
        assert_eq!(pair.transport, Transport::Closing);
        // Nothing after DISCONNECT [MQTT-3.14.4-1], whatever still comes.
        pair.feed_bytes(&publish(version, 2, "t", Some(1), b""));
        pair.advance_secs(1);
        pair.expect_nothing();
        assert_eq!(pair.messages, []);
        assert_eq!(
            pair.closed(),
            CloseReason::Local(LocalClose::Disconnected(ReasonCode::Success))
        );
        assert!(matches!(
            pair.client.state(),
            StateView::Disconnected {
                last: Some(CloseReason::Local(_))
            }
        ));
    }
}

#[test]
fn mqtt_3_1_2_16_user_name_and_password_have_their_flags_and_order() {
    let mut options = Pair::options(V3_1_1);
    options.username = Some("u".into());
    let packet = connect_packet(&mut Pair::new(V3_1_1), options.clone());
    assert_eq!(packet[9], 0x82);
    options.password = Some(b"p".to_vec());
    let packet = connect_packet(&mut Pair::new(V3_1_1), options.clone());
    assert_eq!(packet[9], 0xc2);
    assert_eq!(packet[12..], hex("0002 6d65 0001 75 0001 70"));
    options.username = None;
    assert_eq!(
        Pair::new(V3_1_1)
            .client
            .connect(options.clone(), Pair::new(V3_1_1).now),
        Err(ConnectError::PasswordWithoutUsername)
    );
    options.protocol_version = V5_0;
    let packet = connect_packet(&mut Pair::new(V5_0), options);
    assert_eq!(packet[9], 0x42);
}

#[test]
fn mqtt_3_1_2_9_will_in_every_qos_and_retain() {
    for version in BOTH {
        for qos in Qos::ALL {
            for retain in [false, true] {
                let mut options = Pair::options(version);
                let mut will = WillMessage::new("w/ü", *b"");
                will.qos = qos;
                will.retain = retain;
                options.will = Some(will);
                options.username = Some("u".into());
                let packet = connect_packet(&mut Pair::new(version), options);
                let flags = 0x86 | qos.as_u8() << 3 | u8::from(retain) << 5;
                assert_eq!(packet[9], flags);
                let rest = if version == V5_0 {
                    hex("00 0002 6d65 00 0004 772fc3bc 0000 0001 75")
                } else {
                    hex("0002 6d65 0004 772fc3bc 0000 0001 75")
                };
                assert_eq!(packet[12..], rest);
            }
        }
    }
}

#[test]
fn section_3_1_2_11_every_property_of_connect_and_will_is_sent_once() {
    let mut options = Pair::options(V5_0);
    options.session_expiry_interval = Some(1);
    options.receive_maximum = NonZeroU16::new(2);
    options.maximum_packet_size = NonZeroU32::new(300);
    options.topic_alias_maximum = Some(4);
    options.request_response_information = Some(true);
    options.request_problem_information = Some(false);
    options.user_properties = UserProperties::from_pairs([("a", "b"), ("a", "b")])
        .expect("short")
        .into_owned();
    options.authentication_method = Some("m".into());
    options.authentication_data = Some(vec![9]);
    let mut will = WillMessage::new("w", *b"x");
    will.will_delay_interval = Some(5);
    will.payload_format_indicator = Some(PayloadFormat::Utf8);
    will.message_expiry_interval = Some(6);
    will.content_type = Some("c".into());
    will.response_topic = Some("r".into());
    will.correlation_data = Some(vec![7]);
    will.user_properties = UserProperties::from_pairs([("k", "v")])
        .expect("short")
        .into_owned();
    options.will = Some(will);
    let packet = connect_packet(&mut Pair::new(V5_0), options);
    let text = to_hex(&packet);
    for property in [
        "1100000001",
        "210002",
        "270000012c",
        "220004",
        "1901",
        "1700",
        "260001610001622600016100 0162",
        "1500016d",
        "16000109",
        "1800000005",
        "0101",
        "0200000006",
        "03000163",
        "08000172",
        "09000107",
        "2600016b000176",
    ] {
        let property = to_hex(&hex(property));
        assert_eq!(text.matches(&property).count(), 1, "{property} in {text}");
    }
}

#[test]
fn mqtt_3_1_3_7_an_empty_client_identifier() {
    for version in BOTH {
        let mut options = Pair::options(version);
        options.client_id = String::new();
        let packet = connect_packet(&mut Pair::new(version), options);
        assert_eq!(packet[packet.len() - 2..], [0, 0]);
    }
    let mut options = Pair::options(V3_1_1);
    options.client_id = String::new();
    options.clean_start = false;
    let mut pair = Pair::new(V3_1_1);
    let refused = pair.client.connect(options.clone(), pair.now);
    assert_eq!(refused, Err(ConnectError::EmptyClientIdWithoutCleanSession));
    options.protocol_version = V3_1;
    options.clean_start = true;
    let refused = pair.client.connect(options, pair.now);
    assert_eq!(refused, Err(ConnectError::EmptyClientId));
    pair.drain();
    assert_eq!(pair.opened, 0);
}

#[test]
fn the_transport_may_close_in_every_phase() {
    for code in [None, Some(1000), Some(1001), Some(1006), Some(1011)] {
        let close = TransportClose {
            code,
            clean: code == Some(1000),
        };
        for phase in [Phase::Opening, Phase::AwaitingConnack, Phase::Connected] {
            for half in [false, true] {
                let mut pair = Pair::new(V3_1_1);
                pair.connect(Pair::options(V3_1_1));
                if phase != Phase::Opening {
                    pair.open();
                    pair.feed(if half { "2002" } else { "" });
                }
                if phase == Phase::Connected {
                    pair.feed(if half { "0000" } else { "20020000" });
                    pair.feed(if half { "3005 0001" } else { "" });
                }
                pair.close_transport(code, close.clean);
                assert_eq!(pair.closed(), CloseReason::Transport { close, phase });
                assert!(matches!(
                    pair.client.state(),
                    StateView::Disconnected { .. }
                ));
                // What was left of the old stream does not leak into the next.
                pair.sent.clear();
                pair.establish(Pair::options(V3_1_1), "20020000");
            }
        }
    }
}

#[test]
fn a_transport_that_never_says_closed_is_given_up() {
    let mut pair = Pair::connected(V3_1_1);
    pair.client
        .disconnect(DisconnectOptions::default(), pair.now)
        .expect("allowed");
    pair.drain();
    assert!(matches!(pair.client.state(), StateView::Closing { .. }));
    assert!(matches!(
        pair.client.connect(Pair::options(V3_1_1), pair.now),
        Err(ConnectError::AlreadyActive)
    ));
    pair.advance_secs(3);
    assert!(matches!(
        pair.client.state(),
        StateView::Disconnected { .. }
    ));
    // A late word of the old transport changes nothing.
    pair.input(Input::TransportClosed(TransportClose::default()));
    pair.transport = Transport::None;
    pair.closed();
    assert_eq!(pair.client.poll_timeout(), None);
}

#[test]
fn mqtt_6_0_0_1_a_text_frame_ends_the_connection() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.input(Input::TransportMisused(TransportMisuse::TextFrame));
        assert_eq!(pair.expect_violation(0x82).clause(), "MQTT-6.0.0-1");
    }
}

#[test]
fn mqtt_6_0_0_4_another_subprotocol_ends_the_attempt() {
    let mut pair = Pair::new(V3_1_1);
    pair.connect(Pair::options(V3_1_1));
    pair.input(Input::TransportMisused(TransportMisuse::WrongSubprotocol));
    assert_eq!(pair.expect_silent_violation().clause(), "MQTT-6.0.0-4");
}

#[test]
fn die_closes_without_a_disconnect_and_the_will_stays_armed_until_then() {
    for version in ALL {
        let mut options = Pair::options(version);
        options.will = Some(WillMessage::new("w", *b"gone"));
        let mut pair = Pair::new(version);
        pair.connect(options);
        pair.open();
        pair.expect_type(1);
        assert_eq!(pair.client.armed_will(), None);
        pair.feed(&accepted(version));
        assert_eq!(
            pair.client.armed_will().map(|w| w.topic.as_str()),
            Some("w")
        );
        pair.client.die(pair.now);
        pair.drain();
        pair.expect_nothing();
        assert_eq!(pair.client.armed_will(), None);
        assert_eq!(pair.closed(), CloseReason::Local(LocalClose::Died));
    }
}

#[test]
fn disconnecting_before_connack_still_says_disconnect() {
    let mut pair = Pair::new(V5_0);
    pair.connect(Pair::options(V5_0));
    pair.client
        .disconnect(DisconnectOptions::default(), pair.now)
        .expect("allowed");
    pair.drain();
    assert_eq!(pair.closed(), CloseReason::Local(LocalClose::Cancelled));
    pair.connect(Pair::options(V5_0));
    pair.open();
    pair.expect_type(1);
    pair.client
        .disconnect(DisconnectOptions::default(), pair.now)
        .expect("allowed");
    pair.drain();
    pair.expect("e000");
    assert!(matches!(
        pair.closed(),
        CloseReason::Local(LocalClose::Disconnected(_))
    ));
}

#[test]
fn connect_options_are_checked_before_anything_is_opened() {
    type Change = fn(&mut mqtt_lab::client::ConnectOptions);
    let long = || "x".repeat(65_536);
    let cases: [(Change, ConnectError); 9] = [
        (
            |o| o.client_id = "x".repeat(65_536),
            ConnectError::TooLong {
                field: ConnectField::ClientId,
                length: 65_536,
                maximum: 65_535,
            },
        ),
        (
            |o| o.username = Some("a\0".into()),
            ConnectError::NullCharacter {
                field: ConnectField::Username,
                offset: 1,
            },
        ),
        (
            |o| o.will = Some(WillMessage::new("", *b"")),
            ConnectError::WillTopic(TopicNameError::Empty),
        ),
        (
            |o| o.will = Some(WillMessage::new("a/#", *b"")),
            ConnectError::WillTopic(TopicNameError::Wildcard {
                character: '#',
                offset: 2,
            }),
        ),
        (
            |o| o.will = Some(WillMessage::new("a", vec![0; 65_536])),
            ConnectError::TooLong {
                field: ConnectField::WillPayload,
                length: 65_536,
                maximum: 65_535,
            },
        ),
        (
            |o| {
                o.username = Some(String::new());
                o.password = Some(vec![0; 65_536]);
            },
            ConnectError::TooLong {
                field: ConnectField::Password,
                length: 65_536,
                maximum: 65_535,
            },
        ),
        (
            |o| o.session_expiry_interval = Some(0),
            ConnectError::NeedsVersion5 {
                field: ConnectField::SessionExpiryInterval,
            },
        ),
        (
            |o| {
                let mut will = WillMessage::new("a", *b"");
                will.will_delay_interval = Some(1);
                o.will = Some(will);
            },
            ConnectError::NeedsVersion5 {
                field: ConnectField::WillProperties,
            },
        ),
        (
            |o| {
                o.protocol_version = V5_0;
                o.authentication_data = Some(vec![1]);
            },
            ConnectError::AuthenticationDataWithoutMethod,
        ),
    ];
    assert_eq!(long().len(), 65_536);
    for (change, expected) in cases {
        let mut pair = Pair::new(V3_1_1);
        let mut options = Pair::options(V3_1_1);
        change(&mut options);
        assert_eq!(pair.client.connect(options, pair.now), Err(expected));
        pair.drain();
        assert_eq!((pair.opened, pair.events.len()), (0, 0));
    }
}

#[test]
fn a_lower_packet_limit_of_the_client_is_announced_in_5() {
    let limits = Limits {
        maximum_packet_size: 1_000,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V5_0, limits);
    let packet = connect_packet(&mut pair, Pair::options(V5_0));
    assert!(to_hex(&packet).contains("27000003e8"));
}

#[test]
fn the_state_says_since_when_and_until_when() {
    let mut pair = Pair::new(V3_1_1);
    assert!(matches!(
        pair.client.state(),
        StateView::Disconnected { last: None }
    ));
    let begin = pair.now;
    pair.connect(Pair::options(V3_1_1));
    let deadline = begin + Duration::from_secs(10);
    assert_eq!(
        pair.client.state(),
        StateView::Opening {
            since: begin,
            deadline
        }
    );
    pair.advance_secs(1);
    pair.open();
    assert_eq!(
        pair.client.state(),
        StateView::AwaitingConnack {
            since: begin,
            deadline
        }
    );
    pair.advance_secs(1);
    let accepted_at = pair.now;
    pair.feed("20020000");
    let StateView::Connected {
        since,
        session_present,
        negotiated,
    } = pair.client.state()
    else {
        panic!("not connected");
    };
    assert_eq!((since, session_present), (accepted_at, false));
    assert_eq!(negotiated.keep_alive, 60);
    assert_eq!(negotiated.server.maximum_qos, Qos::ExactlyOnce);
    assert_eq!(
        pair.client.next_ping(),
        Some(accepted_at + Duration::from_secs(60))
    );
}
