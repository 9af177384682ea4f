//! What a Client says that it takes.

use crate::broker_world::{Peer, V3, V5, World};
use mqtt_lab::broker::BrokerOptions;
use mqtt_lab::codec::Qos::{AtLeastOnce, AtMostOnce};
use mqtt_lab::codec::{Connect, ConnectProperties};

/// A Client of 5.0 that takes no packet above this many bytes.
fn narrow(world: &mut World, client_id: &str, largest: u32, aliases: u16) -> Peer {
    let properties = ConnectProperties {
        maximum_packet_size: largest.try_into().ok(),
        topic_alias_maximum: Some(aliases),
        ..ConnectProperties::default()
    };
    world.connect_with(
        V5,
        Connect {
            client_id,
            clean_start: true,
            properties,
            ..Connect::default()
        },
    )
}

#[test]
fn nothing_comes_before_a_connack_that_does_not_fit() {
    for largest in 1..40 {
        let mut world = World::new();
        let peer = narrow(&mut world, "me", largest, 0);
        let seen = world.see(peer);
        let whole = ["CONNACK 0x00".to_owned()];
        assert!(seen == whole || seen == ["closed"], "{largest}: {seen:?}");
        if largest > 30 {
            assert_eq!(seen, whole, "{largest}");
        }
    }
}

#[test]
fn a_refusal_keeps_to_what_the_client_takes() {
    for largest in 1..60 {
        let mut world = World::new();
        let code = mqtt_lab::codec::ReasonCode::UseAnotherServer;
        world.broker.refuse_next_connect(Some(code));
        let peer = narrow(&mut world, "me", largest, 0);
        let raw = world.raw(peer);
        for packet in &raw {
            assert!(packet.len() <= largest as usize, "{largest}: {packet:02x?}");
        }
        assert_eq!(raw.len(), usize::from(largest >= 5), "{largest}");
    }
}

#[test]
fn what_fits_without_an_alias_is_not_lost_to_one() {
    // PUBLISH of QoS 0 with the topic `t`: 6 bytes and the payload.
    for length in 0..=94 {
        let mut world = World::new();
        let peer = narrow(&mut world, "me", 100, 5);
        world.raw(peer);
        world.subscribe(peer, "t", AtMostOnce);
        let other = world.connect(V3, "other", true);
        let payload = "x".repeat(length);
        for _ in 0..2 {
            world.publish(other, "t", AtMostOnce, 0, &payload);
            assert_eq!(world.raw(peer).len(), 1, "{length}");
        }
    }
}

/// A Packet Identifier comes back also from a message that turned out to be too large.
#[test]
fn what_is_too_large_uses_up_no_packet_identifier() {
    let options = BrokerOptions {
        events: false,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let come = |world: &mut World, largest: u32| {
        let properties = ConnectProperties {
            session_expiry_interval: Some(60),
            maximum_packet_size: largest.try_into().ok(),
            ..ConnectProperties::default()
        };
        let connect = Connect {
            client_id: "me",
            clean_start: false,
            properties,
            ..Connect::default()
        };
        let peer = world.connect_with(V5, connect);
        world.raw(peer);
        peer
    };
    let publisher = world.connect(V3, "publisher", true);
    let large = "x".repeat(100);
    let mut peer = come(&mut world, 100);
    world.subscribe(peer, "t", AtLeastOnce);
    // As often as there are identifiers: never sent, and not sent again.
    for _ in 0..65_536 {
        world.publish(publisher, "t", AtLeastOnce, 1, &large);
    }
    for _ in 0..14 {
        world.cut(peer);
        peer = come(&mut world, 1_000);
        for _ in 0..5_000 {
            world.publish(publisher, "t", AtLeastOnce, 1, &large);
        }
        assert_eq!(world.raw(peer).len(), 5_000);
        world.cut(peer);
        peer = come(&mut world, 100);
        assert_eq!(world.raw(peer).len(), 0);
    }
    world.publish(publisher, "t", AtLeastOnce, 1, "small");
    assert_eq!(world.raw(peer).len(), 1);
}
