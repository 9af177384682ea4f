//! CONNACK: in time and late, in all its forms, and what must not come instead of it.

mod common;

use std::time::Duration;

use common::*;
use mqtt_lab::client::{CloseReason, Event, Phase, StateView, Violation};
use mqtt_lab::codec::{ConnackCode, ConnectReturnCode, ReasonCode};

fn connect_packet(pair: &mut Pair, options: mqtt_lab::client::ConnectOptions) -> Vec<u8> {
    pair.connect(options);
    pair.open();
    pair.next_sent()
}

#[test]
fn mqtt_3_2_2_16_an_assigned_client_identifier_is_used_from_then_on() {
    let mut options = Pair::lasting(V5_0);
    options.client_id = String::new();
    let mut pair = Pair::connected_by(options.clone(), "2009000006 12 0003 616263");
    assert_eq!(
        pair.client.negotiated().map(|n| n.client_id.as_str()),
        Some("abc")
    );
    pair.cut();
    let packet = connect_packet(&mut pair, options.clone());
    assert!(to_hex(&packet).ends_with("0003616263"), "{packet:02x?}");
    // The session is still there: the identifier is the same.
    pair.feed(&resumed(V5_0));
    assert!(pair.is_connected());
    pair.cut();
    pair.client.forget_session();
    let packet = connect_packet(&mut pair, options);
    assert!(to_hex(&packet).ends_with("0000"));
}

#[test]
fn mqtt_3_2_2_7_a_refusal_ends_the_attempt_with_its_code_and_words() {
    for code in 1..=5_u8 {
        for version in [V3_1, V3_1_1] {
            let mut pair = Pair::new(version);
            pair.connect(Pair::options(version));
            pair.open();
            pair.expect_type(1);
            pair.feed_bytes(&[0x20, 2, 0, code]);
            pair.expect_nothing();
            let expected = ConnectReturnCode::from_u8(code).expect("1 to 5");
            assert!(matches!(
                pair.closed(),
                CloseReason::Refused { code: ConnackCode::V3(code), .. } if code == expected
            ));
            pair.advance_secs(3_600);
            assert_eq!(pair.opened, 1);
        }
    }
    for code in ReasonCode::ALL {
        if !code.is_error() || !code.is_allowed_in(mqtt_lab::codec::ControlPacketType::Connack) {
            continue;
        }
        let mut pair = Pair::new(V5_0);
        pair.connect(Pair::options(V5_0));
        pair.open();
        pair.expect_type(1);
        pair.feed_bytes(
            &[
                &[0x20, 8, 0, code.as_u8(), 5],
                hex("1f 0002 6e6f").as_slice(),
            ]
            .concat(),
        );
        pair.expect_nothing();
        assert_eq!(
            pair.closed(),
            CloseReason::Refused {
                code: ConnackCode::V5(code),
                reason_string: Some("no".into()),
                server_reference: None,
            }
        );
    }
}

#[test]
fn mqtt_3_2_2_6_a_refusal_with_session_present_breaks_the_rules() {
    for (version, connack) in [(V3_1_1, "20020105"), (V5_0, "2003018700")] {
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        pair.open();
        pair.expect_type(1);
        pair.feed(connack);
        pair.expect_silent_violation();
    }
}

#[test]
fn a_silent_server_is_given_up_after_the_connect_timeout() {
    for version in ALL {
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        // The limit covers the opening of the transport and the wait for CONNACK together.
        pair.advance_secs(4);
        pair.open();
        pair.expect_type(1);
        pair.advance_secs(5);
        assert!(matches!(
            pair.client.state(),
            StateView::AwaitingConnack { .. }
        ));
        pair.advance_secs(1);
        pair.expect_nothing();
        assert_eq!(
            pair.closed(),
            CloseReason::ConnectTimeout {
                phase: Phase::AwaitingConnack,
                after: Duration::from_secs(10),
            }
        );
        assert_eq!(pair.client.poll_timeout(), None);
    }
}

#[test]
fn a_transport_that_does_not_open_is_given_up_too() {
    let mut pair = Pair::new(V3_1_1);
    let mut options = Pair::options(V3_1_1);
    options.connect_timeout = Duration::from_secs(2);
    pair.connect(options);
    pair.advance_secs(2);
    assert_eq!(
        pair.closed(),
        CloseReason::ConnectTimeout {
            phase: Phase::Opening,
            after: Duration::from_secs(2),
        }
    );
}

#[test]
fn a_connack_that_comes_too_late_does_not_count() {
    for version in ALL {
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        pair.open();
        pair.expect_type(1);
        pair.advance_secs(10);
        pair.feed(&accepted(version));
        assert!(!pair.is_connected());
        assert!(matches!(pair.closed(), CloseReason::ConnectTimeout { .. }));
        assert!(!pair.events.iter().any(|e| matches!(e, Event::Connected(_))));
    }
}

#[test]
fn a_connack_just_in_time_is_in_time() {
    let mut pair = Pair::new(V3_1_1);
    pair.connect(Pair::options(V3_1_1));
    pair.open();
    pair.expect_type(1);
    pair.advance(Duration::from_millis(9_999));
    pair.feed("20020000");
    assert!(pair.is_connected());
    pair.advance_secs(30);
    assert!(pair.is_connected());
}

#[test]
fn mqtt_3_2_0_1_nothing_comes_before_connack() {
    for version in ALL {
        for packet in ["d000", "90030001 00", "40020001", "f000"] {
            let mut pair = Pair::new(version);
            pair.connect(Pair::options(version));
            pair.open();
            pair.expect_type(1);
            pair.feed(packet);
            pair.expect_silent_violation();
        }
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        pair.open();
        pair.expect_type(1);
        pair.feed_bytes(&publish(version, 0, "t", None, b"early"));
        let violation = pair.expect_silent_violation();
        assert_eq!(violation.clause(), "MQTT-3.2.0-1");
        assert_eq!(pair.messages, []);
    }
}

#[test]
fn mqtt_3_2_0_2_a_second_connack_ends_the_connection() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed(&accepted(version));
        let violation = pair.expect_violation(0x82);
        assert_eq!(violation.clause(), "MQTT-3.2.0-2");
    }
}

#[test]
fn a_malformed_connack_is_never_a_success() {
    let mut packets: Vec<(_, Vec<u8>)> = vec![
        (V3_1_1, hex("2000")),
        (V3_1_1, hex("200100")),
        (V3_1_1, hex("2003000000")),
        (V3_1_1, hex("20020006")),
        (V5_0, hex("20020000")),
        (V5_0, hex("2003000100")),
    ];
    for bit in 1..8 {
        packets.push((V3_1_1, vec![0x20, 2, 1 << bit, 0]));
        packets.push((V5_0, vec![0x20, 3, 1 << bit, 0, 0]));
    }
    for flags in 1..16 {
        packets.push((V3_1_1, vec![0x20 | flags, 2, 0, 0]));
        packets.push((V5_0, vec![0x20 | flags, 3, 0, 0, 0]));
    }
    for (version, packet) in packets {
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        pair.open();
        pair.expect_type(1);
        pair.feed_bytes(&packet);
        let violation = pair.expect_silent_violation();
        assert!(
            matches!(violation, Violation::Malformed(_)),
            "{packet:02x?}"
        );
        assert!(!pair.events.iter().any(|e| matches!(e, Event::Connected(_))));
    }
}

#[test]
fn mqtt_3_2_2_4_session_present_without_local_state() {
    let mut pair = Pair::new(V5_0);
    pair.connect(Pair::lasting(V5_0));
    pair.open();
    pair.expect_type(1);
    pair.feed(&resumed(V5_0));
    let violation = pair.expect_silent_violation();
    assert_eq!(violation, Violation::SessionPresentWithoutState);
    // Unless the application asks for it.
    let mut pair = Pair::new(V5_0);
    let mut options = Pair::lasting(V5_0);
    options.adopt_session = true;
    pair.connect(options);
    pair.open();
    pair.expect_type(1);
    pair.feed(&resumed(V5_0));
    assert!(pair.is_connected());
    assert!(pair.client.negotiated().unwrap().session_adopted);
    pair.feed("62020009");
    pair.expect("70 03 0009 92");
    // 3.1.1 leaves it to the Client, which goes on.
    let mut pair = Pair::new(V3_1_1);
    pair.connect(Pair::lasting(V3_1_1));
    pair.open();
    pair.expect_type(1);
    pair.feed(&resumed(V3_1_1));
    assert!(pair.is_connected());
    assert!(pair.client.negotiated().unwrap().session_adopted);
    // The session of the connection before is this Client's own.
    pair.cut();
    pair.connect(Pair::lasting(V3_1_1));
    pair.open();
    pair.expect_type(1);
    pair.feed(&resumed(V3_1_1));
    assert!(!pair.client.negotiated().unwrap().session_adopted);
}

#[test]
fn mqtt_3_2_2_2_session_present_after_a_clean_start() {
    for version in BOTH {
        let mut pair = Pair::new(version);
        pair.connect(Pair::options(version));
        pair.open();
        pair.expect_type(1);
        pair.feed(&resumed(version));
        let violation = pair.expect_silent_violation();
        assert_eq!(violation, Violation::SessionPresentAfterCleanStart);
    }
}

#[test]
fn mqtt_3_1_2_2_a_server_that_knows_no_5_refuses_in_either_form() {
    for (connack, code) in [
        (
            "2003008400",
            ConnackCode::V5(ReasonCode::UnsupportedProtocolVersion),
        ),
        (
            "20020001",
            ConnackCode::V3(ConnectReturnCode::UnacceptableProtocolVersion),
        ),
    ] {
        let mut pair = Pair::new(V5_0);
        pair.connect(Pair::options(V5_0));
        pair.open();
        pair.expect_type(1);
        pair.feed(connack);
        let CloseReason::Refused { code: refused, .. } = pair.closed() else {
            panic!("not refused");
        };
        assert_eq!(refused, code);
        assert_eq!(pair.violations, []);
    }
}

/// A CONNACK of 5.0 with this Maximum Packet Size.
fn with_maximum_packet_size(maximum: u8) -> String {
    format!("2008000005 27 000000{maximum:02x}")
}

#[test]
fn mqtt_3_2_2_15_a_limit_below_an_acknowledgement_ends_the_connection_and_says_so() {
    use mqtt_lab::codec::ControlPacketType::{Puback, Pubrec};
    for (publish, packet) in [("32060001610001 00", Puback), ("34060001610001 00", Pubrec)] {
        for maximum in [2, 3] {
            let options = Pair::lasting(V5_0);
            let mut pair = Pair::connected_by(options, &with_maximum_packet_size(maximum));
            pair.feed(publish);
            if maximum == 3 {
                // Implementation specific error: the one packet that still fits.
                assert_eq!(to_hex(&pair.next_sent()), "e00183");
            }
            pair.expect_nothing();
            let reason = CloseReason::ServerLimitTooLow {
                packet,
                size: 4,
                maximum: maximum.into(),
            };
            assert_eq!(pair.closed(), reason);
            assert!(!reason.is_transient());
            let words = format!(
                "{} is 4 bytes; server accepts at most {maximum}",
                packet.name()
            );
            assert_eq!(reason.to_string(), words);
            // What could not be acknowledged was not taken over either.
            assert!(pair.messages.is_empty());
        }
    }
    let mut pair = Pair::connected_by(Pair::lasting(V5_0), &with_maximum_packet_size(4));
    pair.feed("32060001610001 00");
    assert_eq!(to_hex(&pair.next_sent()), "40020001");
    assert!(pair.is_connected());
}

#[test]
fn mqtt_3_2_2_15_not_even_a_ping_or_a_goodbye_is_larger_than_the_server_accepts() {
    let mut options = Pair::options(V5_0);
    options.keep_alive = 10;
    let connected = || Pair::connected_by(options.clone(), &with_maximum_packet_size(1));
    let mut pair = connected();
    pair.advance_secs(10);
    pair.expect_nothing();
    assert!(matches!(
        pair.closed(),
        CloseReason::ServerLimitTooLow { packet, size: 2, maximum: 1 }
            if packet == mqtt_lab::codec::ControlPacketType::Pingreq
    ));

    let mut pair = connected();
    let now = pair.now;
    let left = pair.client.disconnect(Default::default(), now);
    assert_eq!(left, Ok(()));
    pair.drain();
    pair.expect_nothing();
    let died = CloseReason::Local(mqtt_lab::client::LocalClose::Died);
    assert_eq!(pair.closed(), died);

    // A breach stays the reason where the DISCONNECT that tells of it does not fit.
    let mut pair = connected();
    pair.feed("d001");
    pair.feed("00");
    assert!(matches!(
        pair.expect_silent_violation(),
        Violation::Malformed(_)
    ));
}

/// A Server must not send it unasked, but no rule has the Client give up a working connection for it.
#[test]
fn mqtt_3_1_2_28_response_information_is_taken_whether_it_was_asked_for_or_not() {
    let connack = "2008000005 1a 0002 7265";
    let mut options = Pair::options(V5_0);
    for asked in [None, Some(false), Some(true)] {
        options.request_response_information = asked;
        let pair = Pair::connected_by(options.clone(), connack);
        let negotiated = pair.client.negotiated().expect("connected");
        assert_eq!(negotiated.response_information.as_deref(), Some("re"));
    }
}
