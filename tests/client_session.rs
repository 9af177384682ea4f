//! The session: what is sent again after a reconnect and what is not, and when it ends.

mod common;

use common::*;
use mqtt_lab::client::{
    ConnectOptions, DisconnectError, DisconnectOptions, Event, PublishError, PublishState,
    SessionEnd,
};
use mqtt_lab::codec::{ProtocolVersion, Qos, ReasonCode};

/// Loses the connection and connects again with the same options.
fn reconnect(pair: &mut Pair, options: &ConnectOptions, connack: &str) {
    pair.cut();
    pair.closed();
    pair.sent.clear();
    pair.establish(options.clone(), connack);
}

fn with_dup(version: ProtocolVersion, qos: u8, topic: &str, id: u16, payload: &[u8]) -> Vec<u8> {
    publish(version, 8 | qos << 1, topic, Some(id), payload)
}

fn session_ends(pair: &mut Pair) -> Vec<SessionEnd> {
    let mut ends = Vec::new();
    pair.events.retain(|event| match event {
        Event::SessionEnded(end) => {
            ends.push(*end);
            false
        }
        _ => true,
    });
    ends
}

#[test]
fn mqtt_4_4_0_1_an_unacknowledged_qos_1_publish_is_sent_again_with_dup() {
    for version in ALL {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        let token = pair.publish("a/b", b"x", Qos::AtLeastOnce);
        reconnect(&mut pair, &options, &resumed(version));
        assert_eq!(pair.next_sent(), with_dup(version, 1, "a/b", 1, b"x"));
        pair.expect_nothing();
        // The identifier is still in use.
        pair.publish("t", b"", Qos::AtLeastOnce);
        assert_eq!(publish_packet_id(&pair.next_sent()), 2);
        pair.feed("40020001");
        let reason_code = ReasonCode::Success;
        assert_eq!(
            pair.progress(token),
            [
                PublishState::AwaitingPuback,
                PublishState::Complete { reason_code }
            ]
        );
    }
}

#[test]
fn mqtt_4_4_0_1_qos_2_before_pubrec_sends_publish_again() {
    for version in ALL {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        pair.publish("t", b"x", Qos::ExactlyOnce);
        reconnect(&mut pair, &options, &resumed(version));
        assert_eq!(pair.next_sent(), with_dup(version, 2, "t", 1, b"x"));
        pair.feed("50020001");
        pair.expect("62020001");
        pair.feed("70020001");
        assert_eq!(pair.client.counts().outbound, 0);
    }
}

#[test]
fn mqtt_4_3_3_6_qos_2_after_pubrec_sends_only_pubrel_again() {
    for version in ALL {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        pair.publish("t", b"x", Qos::ExactlyOnce);
        pair.feed("50020001");
        reconnect(&mut pair, &options, &resumed(version));
        pair.expect("62020001");
        pair.expect_nothing();
        // A Server that has forgotten it says so; that ends it too.
        pair.feed(if version == V5_0 {
            "7003000192"
        } else {
            "70020001"
        });
        assert_eq!(pair.client.counts().outbound, 0);
        assert!(pair.is_connected());
    }
}

#[test]
fn mqtt_4_6_0_1_sent_again_in_the_original_order() {
    for version in ALL {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        // 65,535 first, so that the order is not that of the identifiers.
        for _ in 1..65_535_u32 {
            pair.publish("t", b"", Qos::AtLeastOnce);
            let id = publish_packet_id(&pair.next_sent());
            let [high, low] = id.to_be_bytes();
            pair.feed_bytes(&[0x40, 2, high, low]);
        }
        for (topic, qos) in [
            ("a", Qos::AtLeastOnce),
            ("b", Qos::ExactlyOnce),
            ("c", Qos::ExactlyOnce),
            ("d", Qos::AtLeastOnce),
            ("e", Qos::ExactlyOnce),
        ] {
            pair.publish(topic, b"", qos);
        }
        // PUBREC for e before that for c.
        pair.feed("50020004 50020002");
        reconnect(&mut pair, &options, &resumed(version));
        pair.expect("62020004");
        pair.expect("62020002");
        assert_eq!(pair.next_sent(), with_dup(version, 1, "a", 65_535, b""));
        assert_eq!(pair.next_sent(), with_dup(version, 2, "b", 1, b""));
        assert_eq!(pair.next_sent(), with_dup(version, 1, "d", 3, b""));
        pair.expect_nothing();
    }
}

#[test]
fn mqtt_3_2_2_5_without_the_session_at_the_server_all_of_it_is_lost() {
    for version in BOTH {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        let one = pair.publish("t", b"", Qos::AtLeastOnce);
        let two = pair.publish("t", b"", Qos::ExactlyOnce);
        pair.feed("50020002");
        pair.feed_bytes(&publish(version, 4, "t", Some(9), b"x"));
        reconnect(&mut pair, &options, &accepted(version));
        pair.expect_nothing();
        assert_eq!(pair.progress(one).pop(), Some(PublishState::Lost));
        assert_eq!(pair.progress(two).pop(), Some(PublishState::Lost));
        assert_eq!(session_ends(&mut pair), [SessionEnd::AbsentAtServer]);
        let counts = pair.client.counts();
        assert_eq!(
            (counts.outbound, counts.inbound, counts.packet_ids),
            (0, 0, 0)
        );
        // The received identifier means a new message now.
        pair.feed_bytes(&publish(version, 4, "t", Some(9), b"x"));
        assert_eq!(pair.messages.len(), 2);
    }
}

#[test]
fn mqtt_3_1_2_4_a_clean_start_drops_the_session_before_it_connects() {
    for version in ALL {
        let mut options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        let token = pair.publish("t", b"", Qos::AtLeastOnce);
        pair.cut();
        assert!(pair.client.session().is_some());
        options.clean_start = true;
        pair.connect(options);
        assert_eq!(pair.progress(token).pop(), Some(PublishState::Lost));
        assert_eq!(session_ends(&mut pair), [SessionEnd::CleanStart]);
        assert_eq!(pair.client.session(), None);
    }
}

#[test]
fn mqtt_3_1_2_6_without_a_lasting_session_all_is_lost_with_the_connection() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let token = pair.publish("t", b"", Qos::AtLeastOnce);
        pair.cut();
        assert_eq!(pair.progress(token).pop(), Some(PublishState::Lost));
        assert_eq!(session_ends(&mut pair), [SessionEnd::WithConnection]);
        assert_eq!(pair.client.counts().packet_ids, 0);
    }
}

#[test]
fn mqtt_3_1_3_2_another_client_identifier_has_another_session() {
    for version in BOTH {
        let mut options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        let token = pair.publish("t", b"", Qos::AtLeastOnce);
        pair.cut();
        options.client_id = "other".into();
        pair.connect(options);
        assert_eq!(pair.progress(token).pop(), Some(PublishState::Lost));
        assert_eq!(session_ends(&mut pair), [SessionEnd::OtherIdentity]);
    }
}

#[test]
fn mqtt_4_3_3_10_a_received_qos_2_message_is_known_across_a_reconnect() {
    for version in ALL {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        pair.feed_bytes(&publish(version, 4, "t", Some(7), b"x"));
        reconnect(&mut pair, &options, &resumed(version));
        pair.feed_bytes(&publish(version, 12, "t", Some(7), b"x"));
        pair.expect("50020007");
        pair.feed("62020007");
        pair.expect("70020007");
        assert_eq!(pair.messages.len(), 1);
    }
}

#[test]
fn mqtt_3_1_2_23_the_session_ends_when_its_expiry_interval_has_passed() {
    let mut options = Pair::lasting(V5_0);
    options.session_expiry_interval = Some(60);
    // CONNACK overrides the 60 seconds with 10.
    let connack = "2008 00 00 05 11 0000000a";
    let mut pair = Pair::connected_by(options.clone(), connack);
    let token = pair.publish("t", b"", Qos::AtLeastOnce);
    pair.cut();
    let session = pair.client.session().expect("kept");
    assert_eq!(session.expiry_interval, 10);
    assert_eq!(session.outbound, 1);
    pair.advance_secs(9);
    assert!(pair.client.session().is_some());
    pair.advance_secs(1);
    assert_eq!(pair.client.session(), None);
    assert_eq!(pair.progress(token).pop(), Some(PublishState::Lost));
    assert_eq!(session_ends(&mut pair), [SessionEnd::Expired]);
    assert_eq!(pair.client.poll_timeout(), None);
}

#[test]
fn mqtt_3_1_2_23_a_session_that_expired_unnoticed_is_not_gone_on_with() {
    let mut options = Pair::lasting(V5_0);
    options.session_expiry_interval = Some(10);
    let mut pair = Pair::connected_with(options.clone());
    pair.publish("t", b"", Qos::AtLeastOnce);
    pair.cut();
    pair.now = pair.now + std::time::Duration::from_secs(10);
    pair.connect(options);
    assert_eq!(session_ends(&mut pair), [SessionEnd::Expired]);
    pair.sent.clear();
    pair.open();
    pair.expect_type(1);
    pair.feed(&accepted(V5_0));
    pair.expect_nothing();
}

#[test]
fn section_3_1_2_11_2_expiry_for_ever_and_3_1_1_never_end_by_time() {
    let mut forever = Pair::lasting(V5_0);
    forever.session_expiry_interval = Some(u32::MAX);
    for options in [forever, Pair::lasting(V3_1_1)] {
        let version = options.protocol_version;
        let mut pair = Pair::connected_with(options.clone());
        pair.publish("t", b"", Qos::AtLeastOnce);
        pair.cut();
        assert_eq!(pair.client.poll_timeout(), None);
        pair.advance_secs(1_000_000_000);
        pair.closed();
        pair.sent.clear();
        pair.establish(options, &resumed(version));
        assert_eq!(pair.next_sent(), with_dup(version, 1, "t", 1, b""));
    }
}

#[test]
fn section_3_14_2_2_2_disconnect_changes_the_expiry_but_not_from_zero() {
    let leave = |interval| DisconnectOptions {
        session_expiry_interval: Some(interval),
        ..DisconnectOptions::default()
    };
    let mut pair = Pair::connected_with(Pair::lasting(V5_0));
    pair.client.disconnect(leave(5), pair.now).expect("allowed");
    pair.drain();
    pair.expect("e0 07 00 05 11 00000005");
    pair.closed();
    assert_eq!(pair.client.session().map(|s| s.expiry_interval), Some(5));
    let mut pair = Pair::connected_with(Pair::lasting(V5_0));
    pair.client.disconnect(leave(0), pair.now).expect("allowed");
    pair.drain();
    assert_eq!(pair.client.session(), None);
    let mut pair = Pair::connected(V5_0);
    assert_eq!(
        pair.client.disconnect(leave(60), pair.now),
        Err(DisconnectError::SessionExpiryFromZero { requested: 60 })
    );
    pair.drain();
    pair.expect_nothing();
    assert!(pair.is_connected());
    pair.client
        .disconnect(leave(0), pair.now)
        .expect("0 stays 0");
}

#[test]
fn mqtt_3_14_2_1_what_a_client_may_not_say_in_disconnect() {
    for code in ReasonCode::ALL {
        let allowed = [
            0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
        ];
        let mut pair = Pair::connected(V5_0);
        let options = DisconnectOptions {
            reason_code: code,
            ..DisconnectOptions::default()
        };
        let result = pair.client.disconnect(options, pair.now);
        pair.drain();
        assert_eq!(result.is_ok(), allowed.contains(&code.as_u8()), "{code}");
        assert_eq!(pair.is_connected(), result.is_err());
    }
    let mut pair = Pair::connected(V3_1_1);
    let options = DisconnectOptions {
        reason_code: ReasonCode::DisconnectWithWillMessage,
        ..DisconnectOptions::default()
    };
    assert_eq!(
        pair.client.disconnect(options, pair.now),
        Err(DisconnectError::NeedsVersion5)
    );
}

#[test]
fn mqtt_3_14_2_3_words_are_left_out_where_they_do_not_fit() {
    let mut pair = Pair::connected_by(Pair::options(V5_0), "2008000005 27 0000000a");
    let options = DisconnectOptions {
        reason_code: ReasonCode::DisconnectWithWillMessage,
        reason_string: Some("a long story"),
        ..DisconnectOptions::default()
    };
    pair.client.disconnect(options, pair.now).expect("allowed");
    pair.drain();
    pair.expect("e00104");
}

#[test]
fn mqtt_3_3_4_7_resending_keeps_to_the_receive_maximum_of_the_new_connection() {
    let options = Pair::lasting(V5_0);
    let mut pair = Pair::connected_with(options.clone());
    for topic in ["a", "b", "c"] {
        pair.publish(topic, b"", Qos::AtLeastOnce);
    }
    reconnect(&mut pair, &options, "2006 01 00 03 21 0001");
    let new = pair.publish("new", b"", Qos::AtLeastOnce);
    for (id, topic) in [(1, "a"), (2, "b"), (3, "c")] {
        assert_eq!(pair.next_sent(), with_dup(V5_0, 1, topic, id, b""));
        pair.expect_nothing();
        assert!(!pair.progress(new).contains(&PublishState::AwaitingPuback));
        pair.feed_bytes(&[0x40, 2, 0, id as u8]);
    }
    assert_eq!(pair.next_sent(), publish(V5_0, 2, "new", Some(4), b""));
}

#[test]
fn mqtt_4_3_3_6_what_is_acknowledged_before_it_was_sent_again_is_not_sent_again() {
    let options = Pair::lasting(V5_0);
    let mut pair = Pair::connected_with(options.clone());
    for qos in [Qos::AtLeastOnce, Qos::ExactlyOnce, Qos::AtLeastOnce] {
        pair.publish("t", b"", qos);
    }
    reconnect(&mut pair, &options, "2006 01 00 03 21 0001");
    assert_eq!(pair.next_sent(), with_dup(V5_0, 1, "t", 1, b""));
    // The Server had them all; its acknowledgements were lost, and come of their own accord.
    pair.feed("50020002 40020003");
    pair.expect("62020002");
    pair.feed("40020001 70020002");
    pair.expect_nothing();
    let counts = pair.client.counts();
    assert_eq!((counts.outbound, counts.packet_ids), (0, 0));
    assert_eq!(counts.send_quota, 1);
}

#[test]
fn mqtt_3_2_2_15_what_the_new_connection_does_not_take_is_not_sent_again() {
    let options = Pair::lasting(V5_0);
    let mut pair = Pair::connected_with(options.clone());
    let large = pair.publish("a", &[0; 100], Qos::AtLeastOnce);
    let qos2 = pair.publish("b", b"", Qos::ExactlyOnce);
    let small = pair.publish("c", b"", Qos::AtLeastOnce);
    // Maximum QoS 1, Maximum Packet Size 50.
    reconnect(&mut pair, &options, "200a 01 00 07 2401 27 00000032");
    assert_eq!(pair.next_sent(), with_dup(V5_0, 1, "c", 3, b""));
    pair.expect_nothing();
    assert!(matches!(
        pair.progress(large).pop(),
        Some(PublishState::Abandoned(PublishError::PacketTooLarge {
            size: 108,
            maximum: 50
        }))
    ));
    assert!(matches!(
        pair.progress(qos2).pop(),
        Some(PublishState::Abandoned(
            PublishError::QosNotSupported { .. }
        ))
    ));
    assert!(!pair.progress(small).iter().any(PublishState::is_final));
    assert_eq!(pair.client.counts().packet_ids, 1);
}

#[test]
fn what_waited_for_the_receive_maximum_waits_in_the_session_too() {
    let options = Pair::lasting(V5_0);
    let mut pair = Pair::connected_by(options.clone(), "2006 00 00 03 21 0001");
    pair.publish("a", b"", Qos::AtLeastOnce);
    let waits = pair.publish("b", b"", Qos::AtLeastOnce);
    assert_eq!(pair.progress(waits), [PublishState::Waiting]);
    reconnect(&mut pair, &options, &resumed(V5_0));
    assert_eq!(pair.next_sent(), with_dup(V5_0, 1, "a", 1, b""));
    assert_eq!(pair.next_sent(), publish(V5_0, 2, "b", Some(2), b""));
}

#[test]
fn an_attempt_that_fails_keeps_the_session() {
    for version in ALL {
        let options = Pair::lasting(version);
        let mut pair = Pair::connected_with(options.clone());
        pair.publish("t", b"", Qos::AtLeastOnce);
        pair.cut();
        pair.closed();
        pair.connect(options.clone());
        pair.cut();
        pair.closed();
        pair.sent.clear();
        pair.establish(options, &resumed(version));
        assert_eq!(pair.next_sent(), with_dup(version, 1, "t", 1, b""));
    }
}

#[test]
fn forgetting_the_session_reports_what_was_in_it() {
    let mut pair = Pair::connected_with(Pair::lasting(V3_1_1));
    let token = pair.publish("t", b"", Qos::AtLeastOnce);
    pair.client.forget_session();
    assert!(pair.client.session().is_some(), "not while connected");
    pair.cut();
    pair.client.forget_session();
    pair.drain();
    assert_eq!(pair.progress(token).pop(), Some(PublishState::Lost));
    assert_eq!(session_ends(&mut pair), [SessionEnd::Forgotten]);
}
