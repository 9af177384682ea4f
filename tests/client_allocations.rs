//! The hot path: what receiving a message costs in allocations.

mod common;

use allocation_counter::measure;
use common::*;
use mqtt_lab::client::{Client, ConnectOptions};
use mqtt_lab::codec::ProtocolVersion;

/// Warm tables and queues, then the allocations of `count` more packets.
fn allocations(version: ProtocolVersion, packet: &[u8], count: u64) -> u64 {
    let mut pair = Pair::connected_with(ConnectOptions {
        topic_alias_maximum: (version == V5_0).then_some(4),
        ..Pair::options(version)
    });
    let now = pair.now;
    let receive = |client: &mut Client, count: u64| {
        for _ in 0..count {
            let mut bytes = packet;
            let received = client.receive(&mut bytes, now).expect("one packet");
            assert!(received.packet.is_ok());
            while client.poll_output().is_some() {}
        }
    };
    receive(&mut pair.client, 10);
    measure(|| receive(&mut pair.client, count)).count_total
}

#[test]
fn a_qos_0_message_costs_no_allocation() {
    for version in ALL {
        let plain = publish(version, 0, "a/b/c", None, &[7; 40]);
        assert_eq!(allocations(version, &plain, 1_000), 0);
    }
    // With Topic Alias, User Properties and a Subscription Identifier.
    for packet in [
        "30 16 0001 61 11 23 0001 0b05 26 0001 61 0001 62 26 0000 0000 70",
        "30 07 0001 61 03 23 0001",
    ] {
        assert_eq!(allocations(V5_0, &hex(packet), 1_000), 0, "{packet}");
    }
}

#[test]
fn a_qos_1_or_2_message_costs_the_bytes_of_its_acknowledgement() {
    for version in ALL {
        for flags in [2, 4] {
            let packet = publish(version, flags, "a/b/c", Some(5), &[7; 40]);
            assert_eq!(allocations(version, &packet, 1_000), 1_000);
        }
    }
}
