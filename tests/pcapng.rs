//! The captures that the Wire saves, read by tshark: every packet has to be for it what it is for our decoder.
//!
//! tshark is needed: `cargo xtask test` installs it, or says how.

mod lab_broker_world;
mod tshark;

use std::num::NonZeroU32;
use std::time::Duration;

use lab_broker_world::World;
use mqtt_lab::codec::{ControlPacketType, ProtocolVersion, Qos, ReasonCode};
use mqtt_lab::lab::trace::{Record, RecordKind};
use mqtt_lab::lab::wire::pcapng::PcapngWriter;
use mqtt_lab::lab::{Command, Environment, Fault, Packets, Ways};
use tshark::Frame;
use tshark::expected::expected;

const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// A capture of everything in a world's trace.
fn capture(world: &World) -> Vec<u8> {
    let mut writer = PcapngWriter::new(world.lab.clock());
    for record in world.records() {
        let client = record.client().and_then(|key| world.lab.client(key));
        writer.write(&record, client.map_or("a client", |client| client.name()));
    }
    writer.take()
}

/// What the clients sent and received.
fn packets(world: &World) -> Vec<Record<'_>> {
    let is_own =
        |record: &Record<'_>| matches!(record.kind(), RecordKind::Sent | RecordKind::Received);
    world.records().filter(is_own).collect()
}

/// Holds every frame against the packet it was made of.
fn compare(world: &World, name: &str) -> Vec<Frame> {
    let frames = tshark::read(name, &capture(world));
    let packets = packets(world);
    let carriers: Vec<&Frame> = frames.iter().filter(|frame| frame.has_packet()).collect();
    assert_eq!(
        carriers.len(),
        packets.len(),
        "{name}: packets that tshark sees"
    );
    for (frame, record) in carriers.iter().zip(&packets) {
        let number = frame.one("frame.number");
        assert_eq!(frame.fields(), expected(record), "{name}: frame {number}");
        let client = record.client().and_then(|key| world.lab.client(key));
        assert_eq!(frame.one("frame.interface_name"), client.unwrap().name());
        let port = match record.kind() {
            RecordKind::Sent => "tcp.dstport",
            _ => "tcp.srcport",
        };
        assert_eq!(frame.one(port), "1883", "{name}: frame {number}");
        let micros = world.lab.clock().origin_unix_milliseconds * 1_000 + record.time().as_micros();
        let time = format!("{}.{:06}000", micros / 1_000_000, micros % 1_000_000);
        assert_eq!(
            frame.one("frame.time_epoch"),
            time,
            "{name}: frame {number}"
        );
    }
    for frame in &frames {
        check_carrier(frame, name);
    }
    frames
}

/// Nothing in a frame is wrong, and nothing makes an expert of Wireshark's look up, but that
/// connections begin and end.
fn check_carrier(frame: &Frame, name: &str) {
    let number = frame.one("frame.number");
    assert_eq!(
        frame.one("tcp.checksum.status"),
        "1",
        "{name}: frame {number}, TCP checksum"
    );
    assert_eq!(
        frame.one("ip.checksum.status"),
        "1",
        "{name}: frame {number}, IPv4 checksum"
    );
    for field in [
        "tcp.analysis.flags",
        "_ws.malformed",
        "mqtt.unknown_version",
    ] {
        assert!(
            frame.all(field).is_empty(),
            "{name}: frame {number} has {field}"
        );
    }
    for message in frame.all("_ws.expert.message") {
        // What the file itself says of a frame is told as an expert's words too.
        let is_usual = frame.all("frame.comment").contains(message)
            || message.starts_with("Connection ")
            || message.starts_with("This frame initiates the connection closing")
            || message.starts_with("This frame undergoes the connection closing");
        assert!(is_usual, "{name}: frame {number}: {message}");
    }
}

/// Every exchange there is, of two clients at the lab broker.
fn play(version: ProtocolVersion) -> World {
    let mut world = World::with(Environment {
        seed: 11,
        unix_origin_ms: 1_795_303_815_250,
        ..Environment::default()
    });
    world.command(Command::AddClient);
    for name in ["alice", "bob"] {
        world.edit(name, |form| {
            form.client_id = name.to_owned();
            form.clean_session = false;
            form.reconnect = false;
            form.session_expiry_interval = "3600".to_owned();
            form.username = format!("{name}'s user");
            form.password = "geheim!".to_owned();
            form.will.topic = format!("gone/{name}");
            form.will.message = "unexpected exit".to_owned();
            form.will.qos = Qos::AtLeastOnce;
            form.will.retain = true;
            form.will.delay_interval = "5".to_owned();
            form.will.content_type = "text/plain".to_owned();
            form.will.user_properties = vec![("will".to_owned(), "yes".to_owned())];
            form.receive_maximum = "20".to_owned();
            form.maximum_packet_size = "1000000".to_owned();
            form.topic_alias_maximum = "10".to_owned();
            form.use_topic_aliases = true;
            form.request_response_information = true;
            form.user_properties = vec![("k".to_owned(), "v".to_owned()); 2];
        });
        world.connect_with(name, version);
    }
    world.subscribe("bob", "a/#", Qos::ExactlyOnce);
    world.subscribe("bob", "größe/+", Qos::AtMostOnce);
    world.subscribe("alice", "b/+/c", Qos::AtLeastOnce);
    for qos in [Qos::AtMostOnce, Qos::AtLeastOnce, Qos::ExactlyOnce] {
        for round in 0..2 {
            world.pass(Duration::from_micros(1_234));
            world.publish_form("alice", "a/topic", &format!("value={round}"), qos, |form| {
                form.retain = round == 1;
                form.content_type = "text/plain".to_owned();
                form.message_expiry_interval = "120".to_owned();
                form.response_topic = "b/answer/c".to_owned();
                form.correlation_data = "no. 7".to_owned();
                form.payload_is_utf8 = true;
                form.user_properties = vec![("unit".to_owned(), "°C".to_owned())];
            });
        }
    }
    world.publish("bob", "b/1/c", "", Qos::AtLeastOnce);
    // Larger than a segment can be, with a length of three bytes.
    world.publish(
        "alice",
        "a/large",
        &"0123456789".repeat(20_000),
        Qos::AtLeastOnce,
    );
    world.publish("alice", "größe/1", "ü", Qos::AtMostOnce);
    let row = world.client("bob").subscriptions().last().unwrap().key;
    let client = world.key("bob");
    let subscription = row;
    world.command(Command::Unsubscribe {
        client,
        subscription,
    });
    world.pass_secs(61);
    // An acknowledgement is lost, the link too, and the message is sent again.
    let fault = Fault::Swallow {
        ways: Ways::Up,
        packets: Packets::Of(ControlPacketType::Publish),
        count: NonZeroU32::MIN,
    };
    world.fault("alice", fault);
    world.publish("alice", "a/again", "once more", Qos::AtLeastOnce);
    world.cut("alice");
    world.pass_secs(10);
    world.connect("alice");
    // Another client takes the identifier over.
    world.command(Command::AddClient);
    world.edit("carol", |form| form.client_id = "bob".to_owned());
    world.connect_with("carol", version);
    world.disconnect("carol");
    let client = world.key("alice");
    let reason_code = match version {
        V5 => ReasonCode::DisconnectWithWillMessage,
        _ => ReasonCode::Success,
    };
    world.command(Command::Disconnect {
        client,
        reason_code,
    });
    world
}

#[test]
fn tshark_reads_every_packet_of_3_1_1_as_we_do() {
    let frames = compare(&play(V3), "v3");
    check_types(&frames, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
}

#[test]
fn tshark_reads_every_packet_of_5_0_as_we_do() {
    let frames = compare(&play(V5), "v5");
    check_types(&frames, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]);
}

fn check_types(frames: &[Frame], types: &[u8]) {
    for packet_type in types {
        let text = packet_type.to_string();
        let is_there = frames.iter().any(|frame| frame.one("mqtt.msgtype") == text);
        assert!(is_there, "type {packet_type} did not come");
    }
}
