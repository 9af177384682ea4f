//! The byte sequences of a Client that others wrote down, sent over TCP: the broker on sockets has to answer and to
//! break off as the state machine does (`tests/broker_sequences.rs`, where the differences from the tables and their
//! reasons are listed).

mod common;
#[path = "../../tests/broker_sequence_exceptions/mod.rs"]
mod exceptions;

use std::net::SocketAddr;
use std::path::Path;

use common::{Bare, PATIENCE, publish, start};
use exceptions::exceptions;
use mqtt_lab::broker::BrokerOptions;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const SEQUENCES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../shared/conformance/sequences.json"
);

const PINGREQ: &[u8] = b"\xc0\0";
const PINGRESP: &[u8] = b"\xd0\0";

#[tokio::test]
async fn the_sequences_over_tcp() {
    if !Path::new(SEQUENCES).exists() {
        println!("skipped: {SEQUENCES} is not here");
        return;
    }
    let text = std::fs::read_to_string(SEQUENCES).expect("the file can be read");
    let all: Vec<Value> = serde_json::from_str(&text).expect("the file is JSON");
    let listed = exceptions();
    let (mut ran, mut ended_alike) = (0, 0);
    let mut wrong = Vec::new();
    for case in all.iter().filter(|case| case["iut"] == "broker") {
        ran += 1;
        let id = case["id"].as_str().expect("an id");
        let heard = hear(case).await;
        ended_alike += usize::from(heard.is_open != case["expectDisconnect"]);
        let differs = heard.differs_from(case);
        match (&differs, listed.contains(id)) {
            (None, false) | (Some(_), true) => {}
            (None, true) => wrong.push(format!("{id}: listed, but as expected")),
            (Some(what), false) => wrong.push(format!("{id}: {what} ({})", case["lastSent"])),
        }
    }
    assert_eq!(ran, 1_826, "the material has changed");
    println!("{ended_alike} of {ran} kept or ended as in the tables");
    assert!(ended_alike > 1_699, "{ended_alike}");
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// What came back, and whether the connection is open after it.
struct Heard {
    packets: Vec<Vec<u8>>,
    is_open: bool,
}

impl Heard {
    /// In what this is not as the table has it.
    fn differs_from(&self, case: &Value) -> Option<String> {
        let mut packets = self.packets.clone();
        for step in steps(case).filter(|step| step["do"] == "recv") {
            let expected = hex(&step["hex"]);
            // Nothing orders an acknowledgement and a message to the same Client.
            let kind = |bytes: &[u8]| bytes.first().map(|first| first >> 4);
            let place = packets.iter().position(|one| kind(one) == kind(&expected));
            let Some(found) = place.map(|place| packets.remove(place)) else {
                return Some(format!("{:02x?} instead of {expected:02x?}", self.packets));
            };
            // CONNACK has limits of its own for each Server: only its flags and code are compared.
            let is_connack = found.starts_with(b"\x20") && expected.starts_with(b"\x20");
            let compared = if is_connack { 2..4 } else { 0..expected.len() };
            if found.get(compared.clone()) != expected.get(compared)
                || (!is_connack && found.len() != expected.len())
            {
                return Some(format!("{found:02x?} instead of {expected:02x?}"));
            }
        }
        let ends = case["expectDisconnect"].as_bool().expect("a bool");
        (self.is_open == ends).then(|| format!("open: {}, {:02x?}", self.is_open, self.packets))
    }
}

/// Plays a case against a broker of its own.
async fn hear(case: &Value) -> Heard {
    let options = BrokerOptions {
        receive_maximum: 20.try_into().expect("not 0"),
        reason_strings: false,
        ..BrokerOptions::default()
    };
    let server = start(options).await;
    let address = server.tcp().expect("it listens");
    let mut socket = TcpStream::connect(address).await.expect("a connection");
    let mut heard = Heard {
        packets: Vec::new(),
        is_open: true,
    };
    if case["connectFirst"] == true {
        let _ = socket.write_all(&connect(case)).await;
        let connack = packet(&mut socket).await.expect("CONNACK");
        assert_eq!(connack.get(..4).map(|bytes| bytes[3]), Some(0));
    }
    let mut pings = 0;
    for step in steps(case) {
        match step["do"].as_str() {
            // Behind a broken rule the broker may have closed already.
            Some("send") => {
                let bytes = hex(&step["hex"]);
                pings += usize::from(bytes == PINGREQ);
                let _ = socket.write_all(&bytes).await;
            }
            Some("external_publish") => {
                settle(&mut socket, &mut heard, &mut pings).await;
                publish_outside(address, step).await;
            }
            _ => {}
        }
    }
    settle(&mut socket, &mut heard, &mut pings).await;
    heard
}

/// Waits until the broker has done all that was asked, which a ping behind it shows, or has ended the connection.
async fn settle(socket: &mut TcpStream, heard: &mut Heard, pings: &mut usize) {
    let _ = socket.write_all(PINGREQ).await;
    let mut awaited = *pings + 1;
    while awaited > 0 {
        let Some(packet) = packet(socket).await else {
            heard.is_open = false;
            return;
        };
        if packet == PINGRESP {
            awaited -= 1;
            if awaited == 0 {
                break;
            }
        }
        heard.packets.push(packet);
    }
    *pings = 0;
}

/// The next whole packet; `None` where the connection has ended.
async fn packet(socket: &mut TcpStream) -> Option<Vec<u8>> {
    let reading = async {
        let mut packet = vec![socket.read_u8().await.ok()?];
        let (mut length, mut shift) = (0, 0);
        loop {
            let byte = socket.read_u8().await.ok()?;
            packet.push(byte);
            length |= usize::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let mut body = vec![0; length];
        socket.read_exact(&mut body).await.ok()?;
        packet.append(&mut body);
        Some(packet)
    };
    timeout(PATIENCE, reading).await.expect("an answer in time")
}

/// CONNECT of the case's version with Clean Start and the tables' Client Identifier.
fn connect(case: &Value) -> Vec<u8> {
    let start: &[u8] = match case["protocolVersion"].as_str() {
        Some("3.1") => b"\0\x06MQIsdp\x03\x02\0\0",
        Some("3.1.1") => b"\0\x04MQTT\x04\x02\0\0",
        _ => b"\0\x04MQTT\x05\x02\0\0\0",
    };
    let body = [start, b"\0\x0cconnect-test"].concat();
    let length = u8::try_from(body.len()).expect("a short one");
    [&[0x10, length][..], &body].concat()
}

async fn publish_outside(address: SocketAddr, step: &Value) {
    let mut outside = Bare::connect(address, "outside").await;
    let topic = step["topic"].as_str().expect("a topic");
    let payload = step["payload"].as_str().expect("a payload").as_bytes();
    match step["qos"].as_u64().expect("a QoS") {
        0 => outside.send(&publish(topic, payload)).await,
        qos => {
            let bits = u8::try_from(qos << 1).expect("a QoS");
            let length = u8::try_from(4 + topic.len() + payload.len()).expect("a short one");
            let topic_length = u8::try_from(topic.len()).expect("a short one");
            let head = [0x30 | bits, length, 0, topic_length];
            let packet = [&head[..], topic.as_bytes(), &[0, 1], payload].concat();
            outside.send(&packet).await;
        }
    }
    outside.send(PINGREQ).await;
    loop {
        let answer = packet(&mut outside.0).await.expect("PINGRESP");
        if answer == PINGRESP {
            return;
        }
    }
}

fn steps(case: &Value) -> impl Iterator<Item = &Value> {
    case["steps"].as_array().expect("steps").iter()
}

fn hex(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("hex");
    let digits = (0..text.len()).step_by(2).map(|at| &text[at..at + 2]);
    digits
        .map(|pair| u8::from_str_radix(pair, 16).expect("hex"))
        .collect()
}
