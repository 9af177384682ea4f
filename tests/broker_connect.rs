//! Who is let in, who is not, and how a connection ends.

mod broker_world;

use broker_world::{V3, V5, V31, World, publish};
use mqtt_lab::broker::{BrokerOptions, ClosedCause, Event, User};
use mqtt_lab::codec::{
    Connect, ConnectProperties, ControlPacket, Disconnect, ProtocolVersion, Qos, ReasonCode,
};

fn client(client_id: &str) -> Connect<'_> {
    Connect {
        clean_start: true,
        client_id,
        ..Connect::default()
    }
}

#[test]
fn every_version_is_answered_in_its_own_form_and_pinged() {
    for version in ProtocolVersion::ALL {
        let mut world = World::new();
        let peer = world.connect_with(version, client("me"));
        world.assert_sees(peer, &["CONNACK 0x00"]);
        world.send(peer, &ControlPacket::Pingreq);
        world.assert_sees(peer, &["PINGRESP"]);
        world.disconnect(peer);
        world.assert_sees(peer, &["closed"]);
        assert_eq!(world.broker.connections().count(), 0);
        assert_eq!(world.broker.sessions().count(), 0);
    }
}

#[test]
fn mqtt_3_1_0_1_the_first_packet_is_connect() {
    for first in [
        &b"\x30\x03\0\x01t"[..],
        b"\xc0\0",
        b"\xe0\0",
        b"\xf0\0",
        b"\xff\0",
    ] {
        let mut world = World::new();
        let peer = world.open(V5);
        world.bytes(peer, first);
        world.assert_sees(peer, &["closed"]);
    }
}

#[test]
fn mqtt_3_1_0_2_a_second_connect_ends_the_connection() {
    let mut world = World::new();
    let old = world.connect(V3, "old", true);
    world.send(old, &ControlPacket::Connect(Box::new(client("old"))));
    world.assert_sees(old, &["closed"]);
    let new = world.connect(V5, "new", true);
    world.bytes(new, b"\x10\x0f\0\x04MQTT\x05\x02\0\0\0\0\x02me");
    world.assert_sees(new, &["DISCONNECT 0x82", "closed"]);
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    let mut world = World::new();
    let peer = world.open(V3);
    world.bytes(peer, b"\x10");
    world.wait(9_999);
    world.assert_sees(peer, &[]);
    world.wait(1);
    world.assert_sees(peer, &["closed"]);
    let causes = world.told(|event| match event {
        Event::ConnectionClosed { cause, .. } => Some(*cause),
        _ => None,
    });
    assert_eq!(causes, [ClosedCause::ConnectTimeout]);
}

#[test]
fn mqtt_3_1_2_2_other_levels_are_refused_in_a_form_they_know() {
    for (level, expected) in [
        (0, b"\x20\x02\0\x01".to_vec()),
        (3, b"\x20\x02\0\x01".to_vec()),
        (6, b"\x20\x03\0\x84\0".to_vec()),
    ] {
        let options = BrokerOptions {
            reason_strings: false,
            ..BrokerOptions::default()
        };
        let mut world = World::with(options);
        let peer = world.open(V3);
        let mut connect = b"\x10\x0e\0\x04MQTT\x04\x02\0\0\0\x02me".to_vec();
        connect[8] = level;
        world.bytes(peer, &connect);
        assert_eq!(world.raw(peer), [expected]);
        world.assert_sees(peer, &["closed"]);
    }
}

#[test]
fn a_broken_connect_is_answered_in_5_0_alone() {
    for (version, connect, expected) in [
        (V3, &b"\x10\x0e\0\x04MQTT\x04\x03\0\0\0\x02me"[..], &[][..]),
        (
            V5,
            b"\x10\x0f\0\x04MQTT\x05\x03\0\0\0\0\x02me",
            &["CONNACK 0x81"],
        ),
        (V3, b"\x10\x0e\0\x04MQTX\x04\x02\0\0\0\x02me", &[]),
    ] {
        let mut world = World::new();
        let peer = world.open(version);
        world.bytes(peer, connect);
        let mut expected = expected.to_vec();
        expected.push("closed");
        world.assert_sees(peer, &expected);
    }
}

#[test]
fn mqtt_3_1_3_8_client_identifiers_by_version() {
    let empty = |clean_start| Connect {
        clean_start,
        ..client("")
    };
    let mut world = World::new();
    let peer = world.connect_with(V5, empty(false));
    let connack = world.raw(peer);
    assert!(String::from_utf8_lossy(&connack[0]).contains("auto-"));
    let peer = world.connect_with(V3, empty(true));
    world.assert_sees(peer, &["CONNACK 0x00"]);
    let ids: Vec<String> = world
        .broker
        .sessions()
        .map(|it| it.client_id.to_owned())
        .collect();
    assert_eq!(ids.len(), 2);
    // The codec writes no such packet.
    let peer = world.open(V3);
    world.bytes(peer, b"\x10\x0c\0\x04MQTT\x04\0\0\0\0\0");
    world.assert_sees(peer, &["CONNACK 0x02", "closed"]);
    let peer = world.open(V31);
    world.bytes(peer, b"\x10\x0e\0\x06MQIsdp\x03\x02\0\0\0\0");
    world.assert_sees(peer, &["CONNACK 0x02", "closed"]);
}

#[test]
fn the_longest_client_identifier_is_an_option() {
    let options = BrokerOptions {
        client_id_maximum: 5,
        client_id_maximum_v3_1: 3,
        ..BrokerOptions::default()
    };
    for (version, client_id, expected) in [
        (V31, "äöü", "CONNACK 0x00"),
        (V31, "four", "CONNACK 0x02"),
        (V3, "sixsix", "CONNACK 0x02"),
        (V5, "sixsix", "CONNACK 0x85"),
        (V5, "fives", "CONNACK 0x00"),
    ] {
        let mut world = World::with(options.clone());
        let peer = world.connect_with(version, client(client_id));
        assert_eq!(world.see(peer)[0], expected);
    }
}

#[test]
fn mqtt_3_1_4_2_users_are_checked() {
    let options = BrokerOptions {
        users: vec![User {
            name: "ann".into(),
            password: "secret".into(),
        }],
        ..BrokerOptions::default()
    };
    for (username, password, v3, v5) in [
        (Some("ann"), Some(&b"secret"[..]), "0x00", "0x00"),
        (Some("ann"), Some(&b"Secret"[..]), "0x04", "0x86"),
        (Some("bob"), Some(&b"secret"[..]), "0x04", "0x86"),
        (None, None, "0x05", "0x87"),
    ] {
        for (version, code) in [(V3, v3), (V5, v5)] {
            let mut world = World::with(options.clone());
            let connect = Connect {
                username,
                password,
                ..client("me")
            };
            let peer = world.connect_with(version, connect);
            assert_eq!(world.see(peer)[0], format!("CONNACK {code}"));
        }
    }
}

#[test]
fn mqtt_4_12_0_1_enhanced_authentication_is_refused() {
    let mut world = World::new();
    let connect = Connect {
        properties: ConnectProperties {
            authentication_method: Some("SCRAM-SHA-1"),
            ..ConnectProperties::default()
        },
        ..client("me")
    };
    let peer = world.connect_with(V5, connect);
    world.assert_sees(peer, &["CONNACK 0x8c", "closed"]);
    let peer = world.connect(V5, "me", true);
    world.bytes(peer, b"\xf0\x06\x19\x04\x15\0\x01x");
    world.assert_sees(peer, &["DISCONNECT 0x82", "closed"]);
}

#[test]
fn mqtt_3_1_4_3_the_newcomer_takes_over() {
    let mut world = World::new();
    let first = world.connect(V5, "me", false);
    world.subscribe(first, "t", Qos::AtLeastOnce);
    let second = world.connect_with(
        V3,
        Connect {
            clean_start: false,
            ..client("me")
        },
    );
    world.assert_sees(first, &["DISCONNECT 0x8e", "closed"]);
    world.assert_sees(second, &["CONNACK 0x00 present"]);
    // What the old one still sends is nobody's.
    world.publish_with(first, publish("t", Qos::AtMostOnce, 0, "ghost"));
    world.assert_sees(second, &[]);
    let third = world.connect_with(V3, client("me"));
    world.assert_sees(second, &["closed"]);
    world.assert_sees(third, &["CONNACK 0x00"]);
    assert_eq!(world.broker.subscriptions().count(), 0);
}

#[test]
fn mqtt_3_1_2_22_silence_of_one_and_a_half_keep_alives() {
    let mut world = World::new();
    let connect = |keep_alive| Connect {
        keep_alive,
        ..client("me")
    };
    let peer = world.connect_with(V5, connect(10));
    world.see(peer);
    world.wait(14_000);
    world.send(peer, &ControlPacket::Pingreq);
    world.assert_sees(peer, &["PINGRESP"]);
    world.wait(14_999);
    world.assert_sees(peer, &[]);
    world.wait(1);
    world.assert_sees(peer, &["DISCONNECT 0x8d", "closed"]);
    let peer = world.connect_with(V5, connect(0));
    world.see(peer);
    assert_eq!(world.broker.poll_timeout(), None);
    world.wait(1_000_000_000);
    world.assert_sees(peer, &[]);
}

#[test]
fn mqtt_3_2_2_21_the_servers_keep_alive_is_told_and_held() {
    let options = BrokerOptions {
        server_keep_alive: Some(2),
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    let peer = world.connect_with(
        V5,
        Connect {
            keep_alive: 60,
            ..client("me")
        },
    );
    let raw = world.raw(peer);
    assert!(
        raw[0].windows(3).any(|it| it == b"\x13\0\x02"),
        "{raw:02x?}"
    );
    world.wait(3_000);
    world.assert_sees(peer, &["DISCONNECT 0x8d", "closed"]);
}

#[test]
fn connack_tells_every_limit_and_nothing_else() {
    let plain = BrokerOptions {
        maximum_packet_size: u32::MAX,
        topic_alias_maximum: 0,
        ..BrokerOptions::default()
    };
    let mut world = World::with(plain);
    let peer = world.connect_with(V5, client("me"));
    assert_eq!(world.raw(peer), [b"\x20\x03\0\0\0"]);
    let limited = BrokerOptions {
        maximum_qos: Qos::AtLeastOnce,
        retain_available: false,
        wildcard_subscription_available: false,
        shared_subscription_available: false,
        subscription_identifiers_available: false,
        receive_maximum: 20.try_into().unwrap(),
        topic_alias_maximum: 5,
        maximum_packet_size: 1_000,
        maximum_session_expiry: 9,
        response_information: "answers".into(),
        ..BrokerOptions::default()
    };
    let mut world = World::with(limited);
    let connect = Connect {
        properties: ConnectProperties {
            session_expiry_interval: Some(10),
            request_response_information: Some(true),
            ..ConnectProperties::default()
        },
        ..client("me")
    };
    let peer = world.connect_with(V5, connect);
    let raw = world.raw(peer);
    let Ok(ControlPacket::Connack(connack)) = mqtt_lab::codec::decode(&raw[0], V5) else {
        panic!("{raw:02x?}");
    };
    let told = connack.properties;
    assert_eq!(told.session_expiry_interval, Some(9));
    assert_eq!(told.receive_maximum.map(|it| it.get()), Some(20));
    assert_eq!(told.maximum_qos, Some(Qos::AtLeastOnce));
    assert_eq!(told.retain_available, Some(false));
    assert_eq!(told.maximum_packet_size.map(|it| it.get()), Some(1_000));
    assert_eq!(told.topic_alias_maximum, Some(5));
    assert_eq!(told.wildcard_subscription_available, Some(false));
    assert_eq!(told.subscription_identifiers_available, Some(false));
    assert_eq!(told.shared_subscription_available, Some(false));
    assert_eq!(told.response_information, Some("answers"));
    assert_eq!(told.assigned_client_identifier, None);
    assert_eq!(told.server_keep_alive, None);
}

#[test]
fn the_next_connect_is_refused_as_told_and_only_that() {
    let mut world = World::new();
    world.broker.refuse_next_connect(Some(ReasonCode::Banned));
    let peer = world.connect_with(V3, client("me"));
    world.assert_sees(peer, &["CONNACK 0x05", "closed"]);
    world
        .broker
        .refuse_next_connect(Some(ReasonCode::ServerMoved));
    let peer = world.connect_with(V5, client("me"));
    world.assert_sees(peer, &["CONNACK 0x9d", "closed"]);
    let peer = world.connect_with(V5, client("me"));
    world.assert_sees(peer, &["CONNACK 0x00"]);
}

#[test]
fn a_person_at_the_broker_disconnects_stops_and_starts() {
    let mut world = World::new();
    let peer = world.connect(V5, "me", false);
    let connection = world.broker.connections().next().unwrap().connection;
    let reason = ReasonCode::AdministrativeAction;
    let now = world.now;
    assert!(world.broker.disconnect(connection, reason, now).is_ok());
    world.drain();
    world.assert_sees(peer, &["DISCONNECT 0x98", "closed"]);
    assert!(world.broker.disconnect(connection, reason, now).is_err());

    let peer = world.connect(V5, "me", false);
    world.broker.stop(now);
    world.drain();
    world.assert_sees(peer, &["DISCONNECT 0x8b", "closed"]);
    assert!(!world.broker.is_running());
    let peer = world.open(V5);
    world.assert_sees(peer, &["closed"]);
    world.broker.start(mqtt_lab::broker::Memory::Kept, now);
    world.drain();
    assert_eq!(world.broker.sessions().count(), 1);
    world.broker.stop(now);
    world.broker.start(mqtt_lab::broker::Memory::Lost, now);
    world.drain();
    assert_eq!(world.broker.sessions().count(), 0);
}

#[test]
fn mqtt_3_14_a_client_may_change_its_session_expiry_when_it_leaves() {
    let mut world = World::new();
    let leave = |seconds| {
        ControlPacket::Disconnect(Disconnect {
            session_expiry_interval: Some(seconds),
            ..Disconnect::default()
        })
    };
    let peer = world.connect(V5, "me", false);
    world.send(peer, &leave(2));
    world.wait(1_999);
    assert_eq!(world.broker.sessions().count(), 1);
    world.wait(1);
    assert_eq!(world.broker.sessions().count(), 0);
    // From nothing to something is an error of the protocol.
    let peer = world.connect(V5, "me", true);
    world.send(peer, &leave(2));
    world.assert_sees(peer, &["DISCONNECT 0x82", "closed"]);
    assert_eq!(world.broker.sessions().count(), 0);
}

#[test]
fn there_may_be_only_so_many_sessions() {
    let options = BrokerOptions {
        maximum_sessions: 1,
        ..BrokerOptions::default()
    };
    let mut world = World::with(options);
    world.connect(V5, "one", true);
    let peer = world.connect_with(V5, client("two"));
    world.assert_sees(peer, &["CONNACK 0x97", "closed"]);
}
