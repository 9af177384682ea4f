//! Keep alive: when PINGREQ goes out, what happens without PINGRESP, and a page that slept.

mod common;

use std::time::Duration;

use common::*;
use mqtt_lab::client::{CloseReason, ConnectOptions, Input, Limits, StateView};
use mqtt_lab::codec::Qos;
use mqtt_lab::time::Instant;

fn options(version: mqtt_lab::codec::ProtocolVersion, keep_alive: u16) -> ConnectOptions {
    ConnectOptions {
        keep_alive,
        ..Pair::options(version)
    }
}

/// The times, in milliseconds from now on, at which PINGREQ was sent.
fn pings(pair: &mut Pair, since: Instant) -> Vec<u128> {
    let times = pair.sent.iter().filter(|(_, packet)| *packet == [0xc0, 0]);
    let times = times
        .map(|(at, _)| at.saturating_since(since).as_millis())
        .collect();
    pair.sent.clear();
    times
}

#[test]
fn mqtt_3_1_2_20_an_idle_client_pings_each_keep_alive() {
    for version in ALL {
        let mut pair = Pair::connected_with(options(version, 2));
        let start = pair.now;
        for _ in 0..3 {
            pair.advance_secs(2);
            pair.feed("d000");
        }
        assert_eq!(pings(&mut pair, start), [2_000, 4_000, 6_000]);
        assert_eq!(pair.client.ping_response_due(), None);
    }
}

#[test]
fn mqtt_3_1_2_20_incoming_packets_do_not_put_the_ping_off() {
    for version in BOTH {
        let mut pair = Pair::connected_with(options(version, 3));
        let start = pair.now;
        for _ in 0..7 {
            pair.advance_secs(1);
            pair.feed_bytes(&publish(version, 0, "t", None, b""));
            pair.feed("d000");
        }
        assert_eq!(pings(&mut pair, start), [3_000, 6_000]);
    }
}

#[test]
fn mqtt_3_1_2_20_outgoing_packets_put_the_ping_off() {
    for version in BOTH {
        let mut pair = Pair::connected_with(options(version, 3));
        let start = pair.now;
        for _ in 0..10 {
            pair.advance_secs(1);
            pair.publish("t", b"", Qos::AtMostOnce);
        }
        assert_eq!(pings(&mut pair, start), [0_u128; 0]);
        // An acknowledgement is a packet too.
        pair.advance_secs(2);
        pair.feed_bytes(&publish(version, 2, "t", Some(1), b""));
        let acknowledged = pair.now;
        pair.advance_secs(3);
        assert_eq!(pings(&mut pair, acknowledged), [3_000]);
    }
}

#[test]
fn a_server_that_does_not_answer_pings_is_given_up() {
    for version in ALL {
        let mut pair = Pair::connected_with(options(version, 60));
        pair.advance_secs(60);
        pair.expect("c000");
        assert_eq!(
            pair.client.ping_response_due(),
            Some(pair.now + Duration::from_secs(10))
        );
        pair.advance(Duration::from_millis(9_999));
        assert!(pair.is_connected());
        pair.advance(Duration::from_millis(1));
        // No DISCONNECT: the Server is to publish the will.
        pair.expect_nothing();
        let after = Duration::from_secs(10);
        assert_eq!(pair.closed(), CloseReason::KeepAliveTimeout { after });
    }
}

#[test]
fn a_slow_answer_in_a_short_keep_alive_does_not_stop_the_pings() {
    let mut pair = Pair::connected_with(options(V3_1_1, 2));
    let start = pair.now;
    pair.advance_secs(8);
    assert_eq!(pings(&mut pair, start), [2_000, 4_000, 6_000, 8_000]);
    pair.feed("d000");
    pair.advance_secs(1);
    assert!(pair.is_connected());
}

#[test]
fn a_large_message_in_front_of_the_answer_is_a_sign_of_life() {
    let mut pair = Pair::connected_with(options(V3_1_1, 60));
    pair.advance_secs(60);
    pair.expect("c000");
    let message = publish(V3_1_1, 0, "t", None, &[0; 50]);
    for byte in &message {
        pair.advance_secs(5);
        pair.feed_bytes(&[*byte]);
        assert!(pair.is_connected());
    }
    pair.feed("d000");
    assert_eq!(pair.messages.len(), 1);
    assert_eq!(pair.client.ping_response_due(), None);
}

#[test]
fn a_large_message_in_front_of_the_ping_gives_the_server_more_time() {
    let mut pair = Pair::connected_with(options(V3_1_1, 60));
    pair.input(Input::TransportCongested(true));
    pair.advance_secs(60);
    pair.expect("c000");
    pair.advance_secs(59);
    assert!(pair.is_connected());
    pair.advance_secs(1);
    assert!(matches!(
        pair.closed(),
        CloseReason::KeepAliveTimeout { .. }
    ));
}

#[test]
fn mqtt_3_1_2_21_the_keep_alive_of_the_server_counts() {
    let connack = "2006 00 00 03 13 0002";
    let mut pair = Pair::connected_by(options(V5_0, 60), connack);
    let start = pair.now;
    pair.advance_secs(2);
    assert_eq!(pings(&mut pair, start), [2_000]);
    let negotiated = pair.client.negotiated().expect("connected");
    assert_eq!(
        (negotiated.keep_alive, negotiated.keep_alive_from_server),
        (2, true)
    );
    // It may turn keep alive on, and off.
    let mut pair = Pair::connected_by(options(V5_0, 0), connack);
    pair.advance_secs(2);
    pair.expect("c000");
    let mut pair = Pair::connected_by(options(V5_0, 2), "2006 00 00 03 13 0000");
    pair.advance_secs(100);
    pair.expect_nothing();
}

#[test]
fn mqtt_3_1_2_20_keep_alive_0_is_off() {
    for version in ALL {
        let mut pair = Pair::connected_with(options(version, 0));
        assert_eq!(pair.client.poll_timeout(), None);
        assert_eq!(pair.client.next_ping(), None);
        pair.advance_secs(100_000);
        pair.expect_nothing();
        assert!(pair.is_connected());
    }
}

#[test]
fn a_page_asleep_for_an_hour_wakes_up_to_one_ping() {
    for version in ALL {
        let mut pair = Pair::connected_with(options(version, 2));
        pair.sleep_secs(3_600);
        pair.expect("c000");
        pair.expect_nothing();
        assert!(pair.is_connected());
        pair.feed("d000");
        assert!(pair.is_connected());
        // From there on all is as before.
        let awake = pair.now;
        pair.advance_secs(2);
        assert_eq!(pings(&mut pair, awake), [2_000]);
    }
}

#[test]
fn a_page_that_fell_asleep_after_its_ping_lets_the_answer_in_first() {
    let mut pair = Pair::connected_with(options(V3_1_1, 60));
    pair.advance_secs(60);
    pair.expect("c000");
    pair.sleep_secs(3_600);
    // One more ping is due as well; the answer to the first lies in the transport.
    pair.expect("c000");
    pair.expect_nothing();
    assert!(pair.is_connected());
    pair.feed("d000");
    pair.advance_secs(5);
    assert!(pair.is_connected());
}

#[test]
fn a_page_that_slept_through_a_dead_server_times_out_once() {
    let mut pair = Pair::connected_with(options(V3_1_1, 60));
    pair.advance_secs(60);
    pair.expect("c000");
    pair.sleep_secs(3_600);
    pair.sleep_secs(3_600);
    assert!(matches!(
        pair.closed(),
        CloseReason::KeepAliveTimeout { .. }
    ));
    assert!(matches!(
        pair.client.state(),
        StateView::Disconnected { .. }
    ));
    assert_eq!(pair.client.poll_timeout(), None);
}

#[test]
fn an_unasked_ping_response_is_harmless() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.feed("d000 d000");
        assert!(pair.is_connected());
    }
}

#[test]
fn the_time_allowed_for_the_answer_is_a_setting() {
    let limits = Limits {
        ping_timeout: Duration::from_secs(1),
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V3_1_1, limits);
    pair.establish(options(V3_1_1, 5), "20020000");
    pair.advance_secs(6);
    assert!(matches!(
        pair.closed(),
        CloseReason::KeepAliveTimeout { .. }
    ));
}
