//! Packets made by hand: the Client lets them pass, its own state stays true, and no answer to them
//! is taken for a fault of the Server.

mod common;

use common::*;
use mqtt_lab::client::{
    ByHandError, CloseReason, ConnectError, Event, Framing, Input, LocalClose, Phase, PublishState,
    RequestByHand, StateView, TransportClose,
};
use mqtt_lab::codec::{Peer, Qos, ReasonCode, decode};

/// A connection on which these bytes have just been sent by hand, each packet by itself.
fn by_hand(pair: &mut Pair, bytes: &[u8]) -> Vec<RequestByHand> {
    let requests = pair
        .client
        .send_by_hand(bytes, pair.now)
        .expect("connected");
    pair.drain();
    requests
}

fn id(value: u16) -> mqtt_lab::codec::PacketId {
    mqtt_lab::codec::PacketId::new(value).expect("not zero")
}

#[test]
fn what_is_made_by_hand_is_sent_as_it_is() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        let bytes = hex("c000 3f03 0001 23 c3 01 00 30 05 0001 61");
        by_hand(&mut pair, &bytes);
        for packet in ["c000", "3f03 0001 23", "c30100", "3005 000161"] {
            pair.expect(packet);
        }
        assert_eq!(pair.client.framing(), Framing::Missing(2));
        assert!(pair.is_connected());
        // The Client's own packets are what the Server takes for the missing bytes.
        pair.client
            .send_by_hand(b"xy", pair.now)
            .expect("connected");
        pair.drain();
        pair.expect("7879");
        assert_eq!(pair.client.framing(), Framing::Whole);
    }
}

#[test]
fn a_ping_goes_where_bytes_are_missing_and_that_is_known() {
    let mut options = Pair::options(V3_1_1);
    options.keep_alive = 10;
    let mut pair = Pair::connected_with(options);
    by_hand(&mut pair, &hex("30 06 0001 61"));
    pair.expect("3006 000161");
    // What is no packet does not put the ping off.
    pair.sleep_secs(10);
    pair.expect("c000");
    assert_eq!(pair.client.framing(), Framing::Missing(1));
}

#[test]
fn it_needs_a_connection_that_takes_it() {
    let mut pair = Pair::new(V5_0);
    let send = |pair: &mut Pair, bytes: &[u8]| pair.client.send_by_hand(bytes, pair.now).err();
    assert_eq!(send(&mut pair, b"\xc0\0"), Some(ByHandError::NotConnected));
    pair.connect(Pair::options(V5_0));
    pair.open();
    assert_eq!(send(&mut pair, b"\xc0\0"), Some(ByHandError::NotConnected));
    pair.feed(&accepted(V5_0));
    assert_eq!(send(&mut pair, b""), Some(ByHandError::Empty));
    let (length, maximum) = (1_048_577, 1_048_576);
    let long = vec![0; length];
    assert_eq!(
        send(&mut pair, &long),
        Some(ByHandError::TooLong { length, maximum })
    );
    pair.input(Input::TransportCongested(true));
    assert_eq!(send(&mut pair, b"\xc0\0"), Some(ByHandError::Congested));
    pair.input(Input::TransportCongested(false));
    assert_eq!(send(&mut pair, b"\xc0\0"), None);
}

#[test]
fn identifiers_used_by_hand_are_not_given_out() {
    for version in ALL {
        for (qos, answers) in [(1, vec!["4002 0001"]), (2, vec!["5002 0001", "7002 0001"])] {
            let mut pair = Pair::connected(version);
            by_hand(&mut pair, &publish(version, qos << 1, "a", Some(1), b"x"));
            pair.sent.clear();
            assert!(pair.client.uses_packet_id(id(1)));
            pair.publish("b", b"", Qos::AtLeastOnce);
            assert_eq!(publish_packet_id(&pair.next_sent()), 2);
            for answer in &answers {
                if *answer == "7002 0001" {
                    by_hand(&mut pair, &hex("6202 0001"));
                    pair.expect("6202 0001");
                }
                assert!(pair.client.uses_packet_id(id(1)));
                pair.feed(answer);
                // The person goes on with what the person has begun.
                pair.expect_nothing();
            }
            assert!(!pair.client.uses_packet_id(id(1)));
            assert!(pair.is_connected());
        }
    }
}

#[test]
fn they_stay_reserved_as_long_as_the_session_lives() {
    for version in BOTH {
        let mut pair = Pair::connected_with(Pair::lasting(version));
        by_hand(&mut pair, &publish(version, 4, "a", Some(1), b"x"));
        pair.close_transport(None, false);
        assert!(pair.client.uses_packet_id(id(1)));
        pair.events.clear();
        pair.sent.clear();
        pair.establish(Pair::lasting(version), &resumed(version));
        pair.expect_nothing();
        pair.publish("b", b"", Qos::AtLeastOnce);
        assert_eq!(publish_packet_id(&pair.next_sent()), 2);
        pair.close_transport(None, false);
        pair.events.clear();
        pair.sent.clear();
        pair.establish(Pair::lasting(version), &accepted(version));
        assert!(!pair.client.uses_packet_id(id(1)));
    }
}

#[test]
fn a_message_by_hand_takes_a_place_of_the_receive_maximum() {
    let mut pair = Pair::connected_by(Pair::options(V5_0), "2006 00 00 03 21 0002");
    by_hand(&mut pair, &publish(V5_0, 2, "a", Some(9), b"x"));
    assert_eq!(pair.client.counts().send_quota, 1);
    pair.publish("b", b"", Qos::AtLeastOnce);
    let token = pair.publish("c", b"", Qos::AtLeastOnce);
    assert_eq!(pair.progress(token), [PublishState::Waiting]);
    pair.feed("4002 0009");
    assert_eq!(pair.progress(token), [PublishState::AwaitingPuback]);
    // A refusal frees it too.
    by_hand(&mut pair, &publish(V5_0, 4, "a", Some(9), b"x"));
    pair.feed("5003 0009 87");
    assert!(!pair.client.uses_packet_id(id(9)));
}

#[test]
fn an_identifier_in_use_twice_is_no_fault_of_the_server() {
    for version in BOTH {
        let mut pair = Pair::connected(version);
        let token = pair.publish("b", b"", Qos::ExactlyOnce);
        // QoS 1 under the identifier of a QoS 2 message: the PUBACK is the person's.
        by_hand(&mut pair, &publish(version, 2, "a", Some(1), b"x"));
        pair.feed("4002 0001");
        assert!(pair.is_connected());
        pair.feed("5002 0001");
        pair.feed("7002 0001");
        assert!(matches!(
            pair.progress(token).last(),
            Some(PublishState::Complete { .. })
        ));
        assert!(!pair.client.uses_packet_id(id(1)));
        // Once more of it was not asked for.
        let token = pair.publish("b", b"", Qos::ExactlyOnce);
        assert!(!pair.progress(token).is_empty());
        pair.sent.clear();
        pair.feed("4002 0002");
        assert!(!pair.is_connected());
    }
}

#[test]
fn a_pubrel_for_nothing_is_answered_by_a_pubcomp_for_nothing() {
    let mut pair = Pair::connected(V5_0);
    by_hand(&mut pair, &hex("6202 0fff"));
    pair.expect("6202 0fff");
    pair.feed("7003 0fff 92");
    pair.expect_nothing();
    assert!(pair.is_connected());
}

#[test]
fn a_subscription_by_hand_is_one_of_the_clients_own() {
    for version in BOTH {
        let mut pair = Pair::connected(version);
        let subscribe = match version {
            V5_0 => hex("8207 0007 00 0001 68 01"),
            _ => hex("8206 0007 0001 68 01"),
        };
        let requests = by_hand(&mut pair, &subscribe);
        let [RequestByHand::Subscribe { token, piece: 0 }] = requests[..] else {
            panic!("{requests:?}");
        };
        assert!(pair.client.uses_packet_id(id(7)));
        pair.feed(match version {
            V5_0 => "9004 0007 00 01",
            _ => "9003 0007 01",
        });
        assert!(pair.events.iter().any(
            |event| matches!(event, Event::SubscribeAnswered { token: t, .. } if *t == token)
        ));
        assert_eq!(pair.client.counts().subscriptions, 1);
        assert!(!pair.client.uses_packet_id(id(7)));
        let unsubscribe = match version {
            V5_0 => hex("a206 0008 00 0001 68"),
            _ => hex("a205 0008 0001 68"),
        };
        let requests = by_hand(&mut pair, &unsubscribe);
        assert!(matches!(
            requests[..],
            [RequestByHand::Unsubscribe { piece: 0, .. }]
        ));
        pair.feed(match version {
            V5_0 => "b004 0008 00 00",
            _ => "b002 0008",
        });
        assert_eq!(pair.client.counts().subscriptions, 0);
        assert_eq!(pair.client.counts().packet_ids, 0);
    }
}

#[test]
fn an_answer_to_a_request_under_a_taken_identifier_is_passed_over() {
    let mut pair = Pair::connected(V3_1_1);
    pair.subscribe("a", Qos::AtLeastOnce);
    // Two filters under the identifier of a request with one.
    let requests = by_hand(&mut pair, &hex("820a 0001 0001 68 01 0001 69 01"));
    assert_eq!(requests, []);
    pair.feed("9004 0001 0101");
    assert!(pair.is_connected());
    pair.feed("9003 0001 01");
    assert_eq!(pair.client.counts().subscriptions, 1);
    assert_eq!(pair.client.counts().packet_ids, 0);
}

#[test]
fn a_connack_and_an_auth_that_were_asked_for_are_taken() {
    let mut pair = Pair::connected(V5_0);
    by_hand(&mut pair, b"\x10\x0e\0\x04MQTT\x05\x02\0\x0a\0\0\x01x");
    pair.feed("2003 00 00 00");
    assert!(pair.is_connected());
    by_hand(&mut pair, &hex("f006 19 04 15 0001 6d"));
    pair.feed("f006 18 04 15 0001 6d");
    assert!(pair.is_connected());
    // Another one was not asked for.
    pair.sent.clear();
    pair.feed("2003 00 00 00");
    pair.expect_violation(0x82);
}

#[test]
fn a_topic_alias_by_hand_ends_the_clients_own() {
    let mut options = Pair::options(V5_0);
    options.topic_aliases = true;
    let mut pair = Pair::connected_by(options, "2006 00 00 03 22 0009");
    pair.publish("a", b"", Qos::AtMostOnce);
    pair.publish("a", b"", Qos::AtMostOnce);
    pair.sent.clear();
    by_hand(&mut pair, &hex("3007 0001 62 03 23 0001"));
    pair.sent.clear();
    pair.publish("a", b"", Qos::AtMostOnce);
    pair.expect("3004 0001 61 00");
}

#[test]
fn after_a_disconnect_by_hand_the_server_closes() {
    for version in BOTH {
        let mut pair = Pair::connected(version);
        by_hand(&mut pair, &hex("e000"));
        pair.expect("e000");
        assert!(matches!(pair.client.state(), StateView::Closing { .. }));
        assert_eq!(pair.transport, Transport::Open, "it is the server's turn");
        // Nothing of its own follows a DISCONNECT, but more may be tried by hand.
        pair.advance_secs(2);
        pair.expect_nothing();
        by_hand(&mut pair, &hex("c000"));
        pair.expect("c000");
        pair.close_transport(None, true);
        let said = LocalClose::Disconnected(ReasonCode::Success);
        assert_eq!(pair.closed(), CloseReason::Local(said));
    }
}

#[test]
fn a_server_that_stays_after_a_disconnect_by_hand_is_left() {
    let mut pair = Pair::connected(V3_1_1);
    by_hand(&mut pair, &hex("e000"));
    pair.advance_secs(4);
    assert_eq!(pair.transport, Transport::Closing);
    pair.advance_secs(4);
    assert!(matches!(
        pair.client.state(),
        StateView::Disconnected { .. }
    ));
}

#[test]
fn a_link_without_connect_lets_everything_pass() {
    for version in ALL {
        let mut pair = Pair::new(version);
        let options = Pair::options(version);
        pair.client
            .open_without_connect(options.clone(), pair.now)
            .expect("idle");
        pair.drain();
        assert_eq!(
            pair.client.open_without_connect(options, pair.now),
            Err(ConnectError::AlreadyActive)
        );
        pair.open();
        pair.expect_nothing();
        assert!(matches!(
            pair.client.state(),
            StateView::WithoutConnect { .. }
        ));
        by_hand(&mut pair, &publish(version, 2, "a", Some(1), b"x"));
        pair.sent.clear();
        // Nothing that comes is answered, and nothing is a fault.
        pair.feed("4002 0001 2002 0001 d000");
        pair.feed_bytes(&publish(version, 2, "a", Some(1), b"x"));
        pair.feed("9001 00");
        pair.expect_nothing();
        pair.advance_secs(1_000);
        assert_eq!(pair.violations, []);
        assert_eq!(pair.messages, []);
        pair.close_transport(Some(1006), false);
        assert_eq!(
            pair.closed(),
            CloseReason::Transport {
                close: TransportClose {
                    code: Some(1006),
                    clean: false
                },
                phase: Phase::WithoutConnect
            }
        );
        assert_eq!(pair.client.counts().packet_ids, 0);
        pair.establish(Pair::options(version), &accepted(version));
        assert!(pair.is_connected());
    }
}

#[test]
fn a_connect_by_hand_says_which_version_is_spoken() {
    let mut pair = Pair::new(V3_1_1);
    let options = Pair::options(V3_1_1);
    pair.client
        .open_without_connect(options, pair.now)
        .expect("idle");
    pair.drain();
    pair.open();
    let connect = b"\x10\x0e\0\x04MQTT\x05\x02\0\x0a\0\0\x01x";
    by_hand(&mut pair, connect);
    assert_eq!(pair.client.options().protocol_version, V5_0);
    let sent = pair.next_sent();
    let packet = decode(&sent, V5_0).expect("a CONNECT");
    assert_eq!(packet.check_sender(Peer::Client, V5_0), Ok(()));
    // A DISCONNECT of the Server is told as such.
    pair.feed("e001 82");
    assert!(matches!(
        pair.closed(),
        CloseReason::ByServer {
            reason_code: ReasonCode::ProtocolError,
            ..
        }
    ));
}

#[test]
fn an_open_link_is_closed_without_a_word() {
    let mut pair = Pair::new(V3_1_1);
    pair.client
        .open_without_connect(Pair::options(V3_1_1), pair.now)
        .expect("idle");
    pair.drain();
    pair.open();
    pair.client
        .disconnect(Default::default(), pair.now)
        .expect("allowed");
    pair.drain();
    pair.expect_nothing();
    assert_eq!(pair.closed(), CloseReason::Local(LocalClose::Died));
}
