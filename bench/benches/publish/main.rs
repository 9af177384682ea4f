//! PUBLISH written and read by this codec and by others: `cargo bench -p mqtt-lab-bench`.
//!
//! Written: from a packet value that is ready to bytes, appended to a buffer that is used again
//! (where the codec has no such way, to bytes of its own). Read: from a stream of packets, one
//! after the other to a packet value, which is dropped at once. Most cut the stream themselves; to
//! mqttrs and mqtt-protocol-core, marked with a star, each packet is handed by itself. Before anything is
//! measured, each codec must write and read the very same bytes.

mod others;
mod ours;

use mqtt_lab_bench::Table;

/// A topic of 20 bytes.
const TOPIC: &str = "site/7/room/21/valve";

/// A payload of 40 bytes.
const PAYLOAD: &[u8] = br#"{"temperature":21.50,"humidity":48.2}..."#;

/// What a gateway may say of itself.
const USER_PROPERTIES: [(&str, &str); 3] = [
    ("gateway", "gw-17"),
    ("firmware", "2.4.1"),
    ("trace", "8f14e45fceea167a"),
];

/// One kind of PUBLISH.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Task {
    is_v5: bool,
    qos: u8,
    has_properties: bool,
}

/// The Packet Identifier at QoS 1.
const PACKET_ID: u16 = 4_314;

fn main() {
    let tasks = [
        ("MQTT 3.1.1, QoS 0", false, 0, false),
        ("MQTT 3.1.1, QoS 1", false, 1, false),
        ("MQTT 5.0, QoS 0, no properties", true, 0, false),
        ("MQTT 5.0, QoS 1, three User Properties", true, 1, true),
    ];
    let rounds = 201;
    println!("PUBLISH: 20-byte topic, 40-byte payload; median of {rounds} runs, per packet");
    for (title, is_v5, qos, has_properties) in tasks {
        let task = Task {
            is_v5,
            qos,
            has_properties,
        };
        let raw = ours::raw(task);
        let mut contestants = vec![
            ours::contestant(task, &raw),
            ours::contestant_without_framing(task, &raw),
        ];
        contestants.extend(others::contestants(task, &raw));
        let title = format!("{title} ({} bytes)", raw.len());
        Table::measure(&title, contestants, rounds).print();
    }
}
