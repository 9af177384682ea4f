//! Every invalid packet of the conformance material that a Server could send: the connection ends,
//! nothing is delivered, and the next connection works.

#![expect(clippy::print_stdout, reason = "a skipped test has to say so")]

mod common;

use std::path::Path;

use common::*;
use mqtt_lab::codec::ReasonCode;
use serde_json::Value;

const VECTORS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/conformance/vectors.json"
);

#[test]
fn mqtt_4_13_1_1_every_invalid_packet_of_a_server_ends_the_connection() {
    if !Path::new(VECTORS).exists() {
        println!("skipped: {VECTORS} is not here");
        return;
    }
    let text = std::fs::read_to_string(VECTORS).expect("the file can be read");
    let all: Vec<Value> = serde_json::from_str(&text).expect("the file is JSON");
    let mut ran = 0;
    let mut wrong = Vec::new();
    for vector in &all {
        if vector["valid"] == true || vector["sentBy"] == "client" {
            continue;
        }
        ran += 1;
        let version = match vector["protocolVersion"].as_str() {
            Some("3.1.1") => V3_1_1,
            Some("5.0") => V5_0,
            other => panic!("unknown version {other:?}"),
        };
        let bytes = hex(vector["hex"].as_str().expect("hex"));
        let mut pair = Pair::connected(version);
        pair.feed_bytes(&bytes);
        // A packet that is cut off is no fault as long as the rest may come.
        let whole = pair.transport == Transport::Closing;
        let disconnect = pair.sent.pop_front().map(|(_, packet)| packet);
        let told = match (version, &disconnect) {
            (V5_0, Some(packet)) => {
                packet[0] == 0xe0
                    && packet.len() == 3
                    && ReasonCode::from_u8(packet[2]).is_some_and(ReasonCode::is_error)
            }
            (_, None) => version != V5_0,
            _ => false,
        };
        if !(whole && told && pair.messages.is_empty()) {
            wrong.push(format!(
                "{} {}: {}",
                vector["id"], vector["hex"], vector["reason"]
            ));
            continue;
        }
        pair.closed();
        pair.sent.clear();
        pair.establish(Pair::options(version), &accepted(version));
    }
    assert!(ran > 300, "{ran}");
    assert!(
        wrong.is_empty(),
        "{} of {ran} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
