//! Enhanced authentication and re-authentication (5.0, section 4.12).

mod common;

use common::*;
use mqtt_lab::client::{AuthenticateError, CloseReason, ConnectOptions, Event, Violation};

fn options() -> ConnectOptions {
    ConnectOptions {
        authentication_method: Some("m".into()),
        authentication_data: Some(vec![1]),
        ..Pair::options(V5_0)
    }
}

const CONTINUE: &str = "f0 0a 18 08 15 0001 6d 16 0001 63";
const CONNACK: &str = "2007 00 00 04 15 0001 6d";

fn challenged(pair: &mut Pair) -> bool {
    let before = pair.events.len();
    pair.events.retain(
        |e| !matches!(e, Event::AuthenticationChallenge { data: Some(data), .. } if data == b"c"),
    );
    before > pair.events.len()
}

#[test]
fn mqtt_4_12_0_3_challenges_are_answered_until_connack() {
    let mut pair = Pair::new(V5_0);
    pair.connect(options());
    pair.open();
    pair.expect_type(1);
    assert_eq!(
        pair.client.authenticate(None, pair.now),
        Err(AuthenticateError::NotAsked)
    );
    for answer in [b"x", b"y"] {
        pair.feed(CONTINUE);
        assert!(challenged(&mut pair));
        pair.expect_nothing();
        pair.client
            .authenticate(Some(answer), pair.now)
            .expect("asked");
        pair.drain();
        assert_eq!(
            to_hex(&pair.next_sent()),
            to_hex(&[&hex("f0 0a 18 08 15 0001 6d 16 0001"), &answer[..]].concat())
        );
    }
    assert!(
        pair.client.authenticate(None, pair.now).is_err(),
        "only once each"
    );
    pair.feed(CONNACK);
    assert!(pair.is_connected());
    let negotiated = pair.client.negotiated().expect("connected");
    assert_eq!(negotiated.authentication_method.as_deref(), Some("m"));
}

#[test]
fn a_challenge_has_all_the_time_that_a_person_needs() {
    let mut pair = Pair::new(V5_0);
    pair.connect(options());
    pair.open();
    pair.expect_type(1);
    pair.feed(CONTINUE);
    assert!(challenged(&mut pair));
    assert_eq!(pair.client.poll_timeout(), None);
    pair.client
        .authenticate(Some(b"x"), pair.now)
        .expect("asked");
    pair.drain();
    pair.sent.clear();
    let due = pair.client.poll_timeout().expect("CONNACK is awaited");
    assert_eq!(due, pair.now + options().connect_timeout);
    pair.feed(CONNACK);
    assert!(pair.is_connected());
}

#[test]
fn mqtt_4_12_0_5_failure_another_method_and_auth_unasked() {
    for code in [0x8c, 0x87] {
        let mut pair = Pair::new(V5_0);
        pair.connect(options());
        pair.open();
        pair.feed_bytes(&[0x20, 3, 0, code, 0]);
        assert!(matches!(pair.closed(), CloseReason::Refused { .. }));
    }
    for auth in [
        "f0 06 18 04 15 0001 6e",
        "f0 06 00 04 15 0001 6d",
        "f0 06 19 04 15 0001 6d",
    ] {
        let mut pair = Pair::new(V5_0);
        pair.connect(options());
        pair.open();
        pair.expect_type(1);
        pair.feed(auth);
        pair.expect_silent_violation();
    }
    let mut pair = Pair::new(V5_0);
    pair.connect(options());
    pair.open();
    pair.expect_type(1);
    pair.feed("2007 00 00 04 15 0001 6e");
    let violation = pair.expect_silent_violation();
    assert!(matches!(
        violation,
        Violation::AuthenticationMethodChanged { .. }
    ));
    // No method was set: any AUTH is out of place [MQTT-4.12.0-6].
    let mut pair = Pair::connected(V5_0);
    assert_eq!(
        pair.client.authenticate(None, pair.now),
        Err(AuthenticateError::NoMethod)
    );
    assert_eq!(
        pair.client.reauthenticate(None, pair.now),
        Err(AuthenticateError::NoMethod)
    );
    pair.feed("f0 06 18 04 15 0001 6d");
    assert_eq!(pair.expect_violation(0x82).clause(), "section 4.12");
}

#[test]
fn mqtt_4_12_1_1_re_authentication_beside_other_packets() {
    let mut pair = Pair::connected_by(options(), CONNACK);
    pair.client
        .reauthenticate(Some(b"a"), pair.now)
        .expect("connected");
    pair.drain();
    pair.expect("f0 0a 19 08 15 0001 6d 16 0001 61");
    assert_eq!(
        pair.client.reauthenticate(None, pair.now),
        Err(AuthenticateError::UnderWay)
    );
    pair.publish("t", b"", mqtt_lab::codec::Qos::AtMostOnce);
    pair.expect_type(3);
    pair.feed(CONTINUE);
    assert!(challenged(&mut pair));
    pair.client
        .authenticate(Some(b"b"), pair.now)
        .expect("asked");
    pair.drain();
    pair.expect("f0 0a 18 08 15 0001 6d 16 0001 62");
    pair.feed("f0 06 00 04 15 0001 6d");
    assert!(pair.events.contains(&Event::Reauthenticated { data: None }));
    // It may be done again; a failure ends the connection.
    pair.client
        .reauthenticate(None, pair.now)
        .expect("idle again");
    pair.feed("e001 87");
    assert!(matches!(pair.closed(), CloseReason::ByServer { .. }));
}

#[test]
fn mqtt_4_12_1_1_a_server_must_not_begin_a_re_authentication() {
    for auth in [CONTINUE, "f0 06 00 04 15 0001 6d"] {
        let mut pair = Pair::connected_by(options(), CONNACK);
        pair.feed(auth);
        let violation = pair.expect_violation(0x82);
        assert!(matches!(violation, Violation::UnexpectedAuth { .. }));
    }
}
