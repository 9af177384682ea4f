//! Connecting again by itself: when, how often, and when not; and how connections end.

mod common;

use std::time::Duration;

use common::*;
use mqtt_lab::client::{
    CloseReason, ConnectOptions, DisconnectOptions, Event, GiveUp, Reconnect, StateView,
};
use mqtt_lab::codec::{ProtocolVersion, ReasonCode};

fn options(version: ProtocolVersion) -> ConnectOptions {
    ConnectOptions {
        reconnect: Some(Reconnect {
            first_delay: Duration::from_secs(1),
            maximum_delay: Duration::from_secs(8),
        }),
        ..Pair::options(version)
    }
}

fn give_ups(pair: &Pair) -> Vec<GiveUp> {
    let events = pair.events.iter();
    events
        .filter_map(|event| match event {
            Event::ReconnectGivenUp(cause) => Some(*cause),
            _ => None,
        })
        .collect()
}

/// Waits for the next attempt; how many seconds that took.
fn next_attempt(pair: &mut Pair) -> u64 {
    let opened = pair.opened;
    for second in 0..1_000 {
        if pair.opened > opened {
            return second;
        }
        pair.advance_secs(1);
    }
    panic!("no further attempt");
}

#[test]
fn the_delays_grow_up_to_the_cap_with_one_transport_at_a_time() {
    for version in ALL {
        let mut pair = Pair::new(version);
        pair.connect(options(version));
        for expected in [1, 2, 4, 8, 8] {
            pair.cut();
            pair.closed();
            assert!(matches!(
                pair.client.state(),
                StateView::ReconnectDelay { .. }
            ));
            assert_eq!(next_attempt(&mut pair), expected);
        }
        pair.accept(&accepted(version));
        assert_eq!(pair.opened, 6);
        // A connection that lasts starts over.
        pair.advance_secs(5);
        pair.cut();
        assert_eq!(next_attempt(&mut pair), 1);
    }
}

#[test]
fn a_busy_server_is_tried_again_and_a_lasting_refusal_is_not() {
    let lasting = [
        0x81, 0x82, 0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x90, 0x9c, 0x9d,
    ];
    let passing = [0x80, 0x83, 0x88, 0x89, 0x97, 0x9f];
    for code in lasting.into_iter().chain(passing) {
        let mut pair = Pair::new(V5_0);
        pair.connect(options(V5_0));
        pair.open();
        pair.feed_bytes(&[0x20, 3, 0, code, 0]);
        pair.closed();
        pair.advance_secs(1);
        let again = passing.contains(&code);
        assert_eq!(pair.opened, if again { 2 } else { 1 }, "{code:#x}");
        assert_eq!(give_ups(&pair).is_empty(), again);
    }
    for code in 1..=5_u8 {
        let mut pair = Pair::new(V3_1_1);
        pair.connect(options(V3_1_1));
        pair.open();
        pair.feed_bytes(&[0x20, 2, 0, code]);
        pair.closed();
        pair.advance_secs(1);
        assert_eq!(pair.opened, if code == 3 { 2 } else { 1 }, "{code}");
    }
}

#[test]
fn no_reconnect_after_the_application_ends_it() {
    for version in ALL {
        // While connected, by either way of leaving.
        for die in [false, true] {
            let mut pair = Pair::connected_with(options(version));
            if die {
                pair.client.die(pair.now);
            } else {
                let leave = DisconnectOptions::default();
                pair.client.disconnect(leave, pair.now).expect("allowed");
            }
            pair.drain();
            pair.closed();
            pair.advance_secs(3_600);
            assert_eq!(pair.opened, 1);
            assert_eq!(give_ups(&pair), []);
        }
        // While waiting for the next attempt.
        let mut pair = Pair::connected_with(options(version));
        pair.cut();
        pair.client
            .disconnect(DisconnectOptions::default(), pair.now)
            .expect("nothing to say");
        pair.drain();
        assert_eq!(give_ups(&pair), [GiveUp::Cancelled]);
        assert!(matches!(
            pair.client.state(),
            StateView::Disconnected { last: Some(_) }
        ));
        pair.advance_secs(3_600);
        assert_eq!(pair.opened, 1);
        // While the transport is still closing.
        let mut pair = Pair::connected_with(options(version));
        pair.advance_secs(60);
        pair.advance_secs(10);
        assert!(matches!(pair.client.state(), StateView::Closing { .. }));
        pair.client.die(pair.now);
        pair.closed();
        pair.advance_secs(3_600);
        assert_eq!(pair.opened, 1);
    }
}

#[test]
fn connecting_by_hand_replaces_the_wait() {
    let mut pair = Pair::connected_with(options(V3_1_1));
    pair.cut();
    pair.closed();
    pair.connect(options(V3_1_1));
    assert_eq!(pair.opened, 2);
    pair.accept("20020000");
    pair.advance_secs(30);
    assert_eq!(pair.opened, 2);
}

#[test]
fn keep_alive_and_connect_timeouts_are_tried_again() {
    for version in ALL {
        let mut pair = Pair::connected_with(options(version));
        pair.advance_secs(70);
        assert!(matches!(
            pair.closed(),
            CloseReason::KeepAliveTimeout { .. }
        ));
        assert_eq!(next_attempt(&mut pair), 1);
        pair.advance_secs(10);
        assert!(matches!(pair.closed(), CloseReason::ConnectTimeout { .. }));
        assert_eq!(next_attempt(&mut pair), 2);
    }
}

#[test]
fn mqtt_4_13_2_1_a_disconnect_from_the_server_says_who_and_why() {
    for (packet, code, reference) in [
        ("e000", 0x00, None),
        ("e001 8b", 0x8b, None),
        ("e001 8d", 0x8d, None),
        ("e001 8e", 0x8e, None),
        ("e007 9c 05 1c 0002 6869", 0x9c, Some("hi")),
    ] {
        let mut pair = Pair::connected(V5_0);
        pair.feed(packet);
        pair.expect_nothing();
        assert_eq!(pair.transport, Transport::Closing);
        assert_eq!(
            pair.closed(),
            CloseReason::ByServer {
                reason_code: ReasonCode::from_u8(code).expect("listed"),
                reason_string: None,
                server_reference: reference.map(str::to_owned),
            }
        );
    }
}

#[test]
fn mqtt_3_1_4_3_after_a_take_over_the_session_is_not_taken_back() {
    let mut pair = Pair::connected_with(options(V5_0));
    pair.feed("e001 8e");
    pair.closed();
    pair.advance_secs(3_600);
    assert_eq!(pair.opened, 1);
    assert_eq!(give_ups(&pair), [GiveUp::WouldRepeat]);
    // A Server that shuts down comes back.
    let mut pair = Pair::connected_with(options(V5_0));
    pair.feed("e001 8b");
    pair.closed();
    assert_eq!(next_attempt(&mut pair), 1);
}

#[test]
fn two_clients_with_one_identifier_do_not_fight_for_ever() {
    for version in ALL {
        let mut pair = Pair::connected_with(options(version));
        let mut connections = 1;
        loop {
            pair.advance(Duration::from_millis(300));
            pair.cut();
            if matches!(pair.client.state(), StateView::Disconnected { .. }) {
                break;
            }
            next_attempt(&mut pair);
            pair.accept(&accepted(version));
            connections += 1;
        }
        assert_eq!(connections, 3);
        assert_eq!(
            give_ups(&pair),
            [GiveUp::ClosedSoonAfterConnecting {
                times: 3,
                within: Duration::from_secs(5)
            }]
        );
        pair.advance_secs(3_600);
        assert_eq!(pair.opened, 3);
    }
}

#[test]
fn section_3_14_a_disconnect_from_a_server_breaks_the_rules_before_5() {
    for version in [V3_1, V3_1_1] {
        let mut pair = Pair::connected_with(options(version));
        pair.feed("e000");
        pair.expect_silent_violation();
        assert_eq!(give_ups(&pair), [GiveUp::WouldRepeat]);
    }
}

#[test]
fn mqtt_3_14_2_2_what_only_a_client_may_say_in_disconnect() {
    for packet in ["e007 00 05 11 00000001", "e001 04"] {
        let mut pair = Pair::connected(V5_0);
        pair.feed(packet);
        pair.expect_violation(0x82);
    }
}

#[test]
fn a_page_asleep_through_many_delays_makes_one_attempt() {
    let mut pair = Pair::connected_with(options(V3_1_1));
    pair.cut();
    pair.sleep_secs(3_600);
    assert_eq!(pair.opened, 2);
    assert!(matches!(pair.client.state(), StateView::Opening { .. }));
}
