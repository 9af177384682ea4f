//! Byte sequences of a Client that others wrote down, with what a Server has to answer and whether
//! it has to break off. They come from the test tables of another implementation and hold its own
//! choices too; each of those we do not share stands in [`broker_sequence_exceptions`] with the reason.

#![expect(clippy::print_stdout, reason = "a skipped test has to say so")]

mod broker_sequence_exceptions;
mod broker_world;

use std::path::Path;

use broker_sequence_exceptions::exceptions;
use broker_world::{Peer, V3, V5, V31, World, publish};
use mqtt_lab::broker::BrokerOptions;
use mqtt_lab::codec::{Connect, ConnectProperties, ProtocolVersion, Qos};
use serde_json::Value;

const SEQUENCES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/conformance/sequences.json"
);

#[test]
fn the_server_half_of_the_conformance_sequences() {
    if !Path::new(SEQUENCES).exists() {
        println!("skipped: {SEQUENCES} is not here");
        return;
    }
    let text = std::fs::read_to_string(SEQUENCES).expect("the file can be read");
    let all: Vec<Value> = serde_json::from_str(&text).expect("the file is JSON");
    let exceptions = exceptions();
    let mut ran = 0;
    let mut ended_alike = 0;
    let mut wrong = Vec::new();
    for case in all.iter().filter(|case| case["iut"] == "broker") {
        ran += 1;
        ended_alike += usize::from(ends_alike(case));
        let id = case["id"].as_str().expect("an id");
        match (run(case), exceptions.contains(id)) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => wrong.push(format!("{id}: listed, but as expected")),
            (Err(error), false) => wrong.push(format!("{id}: {error} ({})", case["lastSent"])),
        }
    }
    assert_eq!(ran, 1_826, "the material has changed");
    println!("{} of {ran} as in the tables", ran - exceptions.len());
    println!("{ended_alike} kept or ended as in the tables, whatever was said at that");
    // The harness of `broker_conformance.rs` counted 1,699 for mosquitto 2.0.11.
    assert!(ended_alike > 1_699, "{ended_alike}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Whether the connection is kept or ended as the tables have it.
fn ends_alike(case: &Value) -> bool {
    let version = match case["protocolVersion"].as_str() {
        Some("3.1") => V31,
        Some("3.1.1") => V3,
        _ => V5,
    };
    let mut world = World::with(options());
    let peer = match case["connectFirst"] == true {
        true => connected(&mut world, version),
        false => world.open(version),
    };
    for step in case["steps"].as_array().expect("steps") {
        match step["do"].as_str() {
            Some("send") => world.bytes(peer, &hex(&step["hex"])),
            Some("external_publish") => publish_outside(&mut world, step),
            _ => {}
        }
    }
    let mut open = world.broker.connections();
    let is_open = open.any(|row| row.connection.value() == peer.0);
    is_open != case["expectDisconnect"]
}

/// The options of the Server that the tables were written for, as far as they can be seen there.
fn options() -> BrokerOptions {
    BrokerOptions {
        receive_maximum: 20.try_into().expect("not 0"),
        reason_strings: false,
        ..BrokerOptions::default()
    }
}

fn run(case: &Value) -> Result<(), String> {
    let version = match case["protocolVersion"].as_str() {
        Some("3.1") => V31,
        Some("3.1.1") => V3,
        Some("5.0") => V5,
        other => return Err(format!("unknown version {other:?}")),
    };
    let mut world = World::with(options());
    let peer = match case["connectFirst"] == true {
        true => connected(&mut world, version),
        false => world.open(version),
    };
    let mut sent = Vec::new();
    for step in case["steps"].as_array().expect("steps") {
        match step["do"].as_str() {
            Some("send") => world.bytes(peer, &hex(&step["hex"])),
            Some("recv") => {
                sent.append(&mut world.raw(peer));
                let expected = hex(&step["hex"]);
                // Nothing orders an acknowledgement and a message to the same Client.
                let kind = |bytes: &[u8]| bytes.first().map(|first| first >> 4);
                let place = sent
                    .iter()
                    .position(|one: &Vec<u8>| kind(one) == kind(&expected));
                let Some(place) = place else {
                    return Err(format!("sent {sent:02x?} instead of {expected:02x?}"));
                };
                let first = sent.remove(place);
                if !agrees(&first, &expected) {
                    return Err(format!("sent {first:02x?} instead of {expected:02x?}"));
                }
            }
            Some("external_publish") => publish_outside(&mut world, step),
            other => return Err(format!("unknown step {other:?}")),
        }
    }
    sent.append(&mut world.raw(peer));
    let is_open = world
        .broker
        .connections()
        .any(|row| row.connection.value() == peer.0);
    if is_open == case["expectDisconnect"].as_bool().expect("a bool") {
        let kept = if is_open { "kept" } else { "closed" };
        return Err(format!("{kept}, then sent {sent:02x?}"));
    }
    Ok(())
}

fn connected(world: &mut World, version: ProtocolVersion) -> Peer {
    let connect = Connect {
        clean_start: true,
        client_id: "connect-test",
        properties: ConnectProperties::default(),
        ..Connect::default()
    };
    let peer = world.connect_with(version, connect);
    world.raw(peer);
    peer
}

fn publish_outside(world: &mut World, step: &Value) {
    let peer = world.connect(V3, "outside", true);
    let qos = step["qos"].as_u64().and_then(|qos| u8::try_from(qos).ok());
    let qos = qos.and_then(Qos::from_u8).expect("a QoS");
    let topic = step["topic"].as_str().expect("a topic");
    let payload = step["payload"].as_str().expect("a payload");
    let packet_id = u16::from(qos != Qos::AtMostOnce);
    world.publish_with(peer, publish(topic, qos, packet_id, payload));
}

/// CONNACK has limits of its own for each Server: only its flags and code are compared.
fn agrees(sent: &[u8], expected: &[u8]) -> bool {
    let is_connack = |bytes: &[u8]| bytes.first() == Some(&0x20) && bytes.len() >= 4;
    if is_connack(sent) && is_connack(expected) {
        return sent[2..4] == expected[2..4];
    }
    sent == expected
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("hex");
    let digits = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect()
}
