//! Flow: the Server's Receive Maximum, a congested transport, and queues that have a bound.

mod common;

use common::*;
use mqtt_lab::client::{Input, Limits, PublishError, PublishRequest, PublishState};
use mqtt_lab::codec::Qos;

const TWO_AT_ONCE: &str = "2006 00 00 03 21 0002";

#[test]
fn mqtt_3_3_4_7_never_more_than_the_receive_maximum_unacknowledged() {
    let mut pair = Pair::connected_by(Pair::options(V5_0), TWO_AT_ONCE);
    let tokens: Vec<_> = (0..6)
        .map(|n| {
            let qos = if n % 2 == 0 {
                Qos::AtLeastOnce
            } else {
                Qos::ExactlyOnce
            };
            pair.publish("t", &[n], qos)
        })
        .collect();
    assert_eq!(pair.sent.len(), 2);
    assert_eq!(pair.client.counts().waiting, 4);
    assert_eq!(pair.client.counts().send_quota, 0);
    assert_eq!(pair.progress(tokens[2]), [PublishState::Waiting]);
    pair.sent.clear();
    // Everything else goes on [MQTT-3.3.4-8].
    pair.publish("t", b"zero", Qos::AtMostOnce);
    pair.expect_type(3);
    pair.subscribe("t", Qos::AtMostOnce);
    pair.expect_type(8);
    pair.advance_secs(60);
    pair.expect("c000");
    pair.feed("d000");
    // PUBREC below 0x80 gives no place back, PUBCOMP does.
    pair.feed("50020002");
    pair.expect("62020002");
    pair.expect_nothing();
    pair.feed("70020002");
    assert_eq!(pair.next_sent(), publish(V5_0, 2, "t", Some(4), &[2]));
    pair.expect_nothing();
    // So does PUBACK.
    pair.feed("40020001");
    assert_eq!(pair.next_sent(), publish(V5_0, 4, "t", Some(5), &[3]));
    // And a PUBREC that refuses.
    pair.feed("5003000597");
    assert_eq!(pair.next_sent(), publish(V5_0, 2, "t", Some(6), &[4]));
    pair.feed("40020004");
    pair.expect_type(3);
    pair.expect_nothing();
    assert_eq!(pair.client.counts().waiting, 0);
}

#[test]
fn while_the_transport_is_congested_publications_wait_in_order() {
    for version in ALL {
        let mut pair = Pair::connected(version);
        pair.input(Input::TransportCongested(true));
        let mut tokens = Vec::new();
        for n in 0..6_u8 {
            let qos = Qos::from_u8(n % 3).expect("below 3");
            tokens.push(pair.publish("t", &[n], qos));
        }
        pair.expect_nothing();
        assert_eq!(pair.client.counts().waiting, 6);
        // Small packets go on.
        pair.feed_bytes(&publish(version, 2, "t", Some(9), b""));
        pair.expect("40020009");
        pair.input(Input::TransportCongested(false));
        let payloads: Vec<u8> = pair.sent.drain(..).map(|(_, p)| p[p.len() - 1]).collect();
        assert_eq!(payloads, [0, 1, 2, 3, 4, 5]);
        assert_eq!(
            pair.progress(tokens[0]),
            [PublishState::Waiting, PublishState::Sent]
        );
        assert_eq!(pair.client.counts().waiting_bytes, 0);
    }
}

#[test]
fn what_waited_is_handed_over_in_bursts() {
    let limits = Limits {
        burst_bytes: 200,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V3_1_1, limits);
    pair.establish(Pair::options(V3_1_1), "20020000");
    pair.input(Input::TransportCongested(true));
    for n in 0..7 {
        pair.publish("t", &[n; 95], Qos::AtMostOnce);
    }
    pair.input(Input::TransportCongested(false));
    assert_eq!(pair.sent.len(), 2);
    // A new one does not overtake those that still wait.
    let last = pair.publish("t", b"last", Qos::AtLeastOnce);
    assert_eq!(pair.progress(last), [PublishState::Waiting]);
    pair.advance(std::time::Duration::from_millis(1));
    assert_eq!(pair.sent.len(), 4);
    // The transport has had time to say that it is full again.
    pair.input(Input::TransportCongested(true));
    pair.advance(std::time::Duration::from_millis(10));
    assert_eq!(pair.sent.len(), 4);
    pair.input(Input::TransportCongested(false));
    pair.advance(std::time::Duration::from_millis(1));
    let order: Vec<u8> = pair.sent.iter().map(|(_, p)| p[p.len() - 1]).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5, 6, b't']);
    assert_eq!(pair.client.counts().waiting, 0);
}

#[test]
fn a_full_queue_refuses_with_its_bound() {
    let limits = Limits {
        waiting_messages: 3,
        kept_bytes: 100,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V3_1_1, limits);
    pair.establish(Pair::options(V3_1_1), "20020000");
    pair.input(Input::TransportCongested(true));
    for _ in 0..3 {
        pair.publish("t", b"", Qos::AtMostOnce);
    }
    let request = |payload| PublishRequest {
        topic: "t",
        payload,
        ..PublishRequest::default()
    };
    assert_eq!(
        pair.client.publish(request(b""), pair.now),
        Err(PublishError::TooManyWaiting {
            waiting: 3,
            maximum: 3
        })
    );
    pair.input(Input::TransportCongested(false));
    pair.input(Input::TransportCongested(true));
    pair.client
        .publish(request(&[0; 60]), pair.now)
        .expect("room");
    assert_eq!(
        pair.client.publish(request(&[0; 60]), pair.now),
        Err(PublishError::TooManyBytes {
            bytes: 130,
            maximum: 100
        })
    );
}

#[test]
fn congestion_ends_with_its_connection() {
    let options = Pair::lasting(V3_1_1);
    let mut pair = Pair::connected_with(options.clone());
    pair.input(Input::TransportCongested(true));
    let zero = pair.publish("t", b"0", Qos::AtMostOnce);
    let one = pair.publish("t", b"1", Qos::AtLeastOnce);
    pair.cut();
    // QoS 0 ends with the connection, QoS 1 with the session.
    assert_eq!(
        pair.progress(zero),
        [PublishState::Waiting, PublishState::Lost]
    );
    assert_eq!(pair.progress(one), [PublishState::Waiting]);
    pair.establish(options, "20020100");
    assert_eq!(pair.next_sent(), publish(V3_1_1, 2, "t", Some(1), b"1"));
}

#[test]
fn requests_have_a_bound_too() {
    let limits = Limits {
        requests: 2,
        subscriptions: 3,
        ..Limits::default()
    };
    let mut pair = Pair::with_limits(V3_1_1, limits);
    pair.establish(Pair::options(V3_1_1), "20020000");
    pair.subscribe("a", Qos::AtMostOnce);
    pair.subscribe("b", Qos::AtMostOnce);
    let subscribe = |pair: &mut Pair, filters: &[&'static str]| {
        let subscriptions: Vec<_> = filters.iter().map(|f| (*f, Default::default())).collect();
        let request = mqtt_lab::client::SubscribeRequest {
            subscriptions: &subscriptions,
            ..Default::default()
        };
        pair.client.subscribe(request, pair.now)
    };
    assert_eq!(
        subscribe(&mut pair, &["c"]),
        Err(mqtt_lab::client::SubscribeError::TooManyRequests {
            waiting: 2,
            maximum: 2
        })
    );
    pair.feed("9003000100 9003000200");
    assert_eq!(
        subscribe(&mut pair, &["c", "d"]),
        Err(mqtt_lab::client::SubscribeError::TooManySubscriptions {
            subscriptions: 4,
            maximum: 3
        })
    );
    // One that exists already is not one more.
    subscribe(&mut pair, &["a", "b", "c"]).expect("three");
}
