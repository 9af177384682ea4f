//! Byte sequences of a Server that others wrote down, with what a Client has to answer and whether
//! it has to break off. They come from the test tables of another implementation and hold its own
//! choices too; each of those we do not share stands in [`EXCEPTIONS`] with the reason.

#![expect(clippy::print_stdout, reason = "a skipped test has to say so")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::*;
use mqtt_lab::client::UnsubscribeRequest;
use mqtt_lab::codec::{ProtocolVersion, Qos};
use serde_json::Value;

const SEQUENCES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/conformance/sequences.json"
);

const UNKNOWN_PUBREC: &str =
    "PUBREL for an unknown identifier says 0x92 in 5.0 (section 4.3.3); theirs says success";
const FOREIGN_PROPERTY: &str =
    "a property of another packet type is malformed, 0x81 (section 2.2.2.2); theirs says 0x82";
const CONTROL_CHARACTER: &str =
    "a control character in a string should not be there, but may (section 1.5.4)";
const TRAILING: &str = "bytes behind the last field are malformed (section 4.13.1)";
const METHOD: &str = "a Server must not send an Authentication Method nobody set [MQTT-4.12.0-6]";
const ASSIGNED: &str =
    "an Assigned Client Identifier nobody asked for is passed over; no rule forbids it";
const DUP: &str = "DUP must be 0 at QoS 0 [MQTT-3.3.1-2]";
const QOS_3: &str = "both QoS bits are malformed, 0x81 (section 3.3.1.2); theirs says 0x82";
const IDENTIFIERS: &str =
    "a Server may send several Subscription Identifiers, also equal ones (section 3.3.2.3.8)";
const NO_CODE: &str = "UNSUBACK has a Reason Code for each Topic Filter (section 3.11.3)";
const CODE_255: &str = "0xFF is no Reason Code of UNSUBACK [MQTT-3.11.3-2]";

const EXCEPTIONS: &[(&str, &str)] = &[
    ("mq-client-connack-v5-004", TRAILING),
    ("mq-client-connack-v5-059", METHOD),
    ("mq-client-connack-v5-065", ASSIGNED),
    ("mq-client-publish-v311-007", DUP),
    ("mq-client-publish-v311-018", CONTROL_CHARACTER),
    ("mq-client-publish-v311-019", CONTROL_CHARACTER),
    ("mq-client-publish-v311-020", CONTROL_CHARACTER),
    ("mq-client-publish-v311-021", CONTROL_CHARACTER),
    ("mq-client-publish-v5-008", QOS_3),
    ("mq-client-publish-v5-017", CONTROL_CHARACTER),
    ("mq-client-publish-v5-018", CONTROL_CHARACTER),
    ("mq-client-publish-v5-019", CONTROL_CHARACTER),
    ("mq-client-publish-v5-020", CONTROL_CHARACTER),
    ("mq-client-publish-v5-065", IDENTIFIERS),
    ("mq-client-publish-v5-071", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-072", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-073", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-074", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-075", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-076", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-077", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-084", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-085", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-086", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-090", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-091", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-092", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-093", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-098", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-100", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-101", FOREIGN_PROPERTY),
    ("mq-client-publish-v5-102", FOREIGN_PROPERTY),
    ("mq-client-pubrec-v5-007", UNKNOWN_PUBREC),
    ("mq-client-pubrec-v5-008", UNKNOWN_PUBREC),
    ("mq-client-pubrec-v5-010", UNKNOWN_PUBREC),
    ("mq-client-unsuback-v5-005", NO_CODE),
    ("mq-client-unsuback-v5-010", NO_CODE),
    ("mq-client-unsuback-v5-017", CODE_255),
    ("mq-client-unsuback-v5-021", NO_CODE),
    ("mq-client-unsuback-v5-026", NO_CODE),
    ("mq-client-unsuback-v5-033", CODE_255),
];

#[test]
fn the_client_half_of_the_conformance_sequences() {
    if !Path::new(SEQUENCES).exists() {
        println!("skipped: {SEQUENCES} is not here");
        return;
    }
    let text = std::fs::read_to_string(SEQUENCES).expect("the file can be read");
    let all: Vec<Value> = serde_json::from_str(&text).expect("the file is JSON");
    let exceptions: BTreeMap<&str, &str> = EXCEPTIONS.iter().copied().collect();
    let mut ran = 0;
    let mut wrong = Vec::new();
    for case in all.iter().filter(|case| case["iut"] == "client") {
        ran += 1;
        let id = case["id"].as_str().expect("an id");
        let result = run(case);
        match (result, exceptions.contains_key(id)) {
            (Ok(()), false) | (Err(_), true) => {}
            (Ok(()), true) => wrong.push(format!("{id}: listed, but as expected")),
            (Err(error), false) => wrong.push(format!("{id}: {error} ({})", case["lastSent"])),
        }
    }
    assert_eq!(ran, 1_523, "the material has changed");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

fn run(case: &Value) -> Result<(), String> {
    let version = match case["protocolVersion"].as_str() {
        Some("3.1") => V3_1,
        Some("3.1.1") => V3_1_1,
        Some("5.0") => V5_0,
        other => return Err(format!("unknown version {other:?}")),
    };
    let mut pair = Pair::new(version);
    pair.connect(Pair::options(version));
    pair.open();
    pair.expect_type(1);
    // Without `connectFirst` the Server speaks at once, and no CONNACK comes before.
    if case["connectFirst"] == true && case["connackFirst"] == true {
        pair.feed(&accepted(version));
    }
    let command = case["clientCommand"].as_str();
    match command {
        None => {}
        Some("publish-1") => drop(pair.publish("test/publish", b"message", Qos::AtLeastOnce)),
        Some("publish-2") => drop(pair.publish("test/publish", b"message", Qos::ExactlyOnce)),
        Some("unsubscribe") => {
            let filters = ["test/subscribe"];
            let request = UnsubscribeRequest {
                filters: &filters,
                ..Default::default()
            };
            pair.client
                .unsubscribe(request, pair.now)
                .map_err(|e| e.to_string())?;
            pair.drain();
        }
        Some(other) => return Err(format!("unknown command {other}")),
    }
    for step in case["steps"].as_array().expect("steps") {
        let bytes = hex(step["hex"].as_str().expect("hex"));
        if step["do"] == "send" {
            pair.feed_bytes(&bytes);
        } else {
            check_answer(&mut pair, version, command.is_some(), &bytes)?;
        }
    }
    let closes = pair.transport == Transport::Closing;
    if closes != case["expectDisconnect"].as_bool().expect("a bool") {
        let kept = if closes { "closed" } else { "kept" };
        return Err(format!("{kept}, {:?}", pair.violations));
    }
    Ok(())
}

fn check_answer(
    pair: &mut Pair,
    version: ProtocolVersion,
    command: bool,
    expected: &[u8],
) -> Result<(), String> {
    let Some((_, sent)) = pair.sent.pop_front() else {
        return Err(format!("sent nothing instead of {}", to_hex(expected)));
    };
    // What the command sends: the other implementation adds properties that are not asked for.
    let is_command = command && matches!(expected[0] >> 4, 3 | 10);
    let agrees = if is_command {
        sent[0] == expected[0] && (sent[0] >> 4 != 3 || publish_packet_id(&sent) == 1)
    } else {
        sent == expected
    };
    if agrees {
        Ok(())
    } else {
        Err(format!(
            "MQTT {version}: sent {} instead of {}",
            to_hex(&sent),
            to_hex(expected)
        ))
    }
}
