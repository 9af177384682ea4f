//! The captures that the Wire saves, read by tshark: every packet has to be for it what it is for our decoder.
//!
//! tshark is needed: `cargo xtask test` installs it, or says how.

mod lab_broker_world;
mod tshark;

use std::num::NonZeroU32;
use std::time::Duration;

use lab_broker_world::World;
use mqtt_lab::codec::{ControlPacket, ControlPacketType, ProtocolVersion, Qos, ReasonCode, decode};
use mqtt_lab::lab::format::WallClock;
use mqtt_lab::lab::trace::{ClosedBy, Note, PacketFacts, Record, RecordKind, Trace};
use mqtt_lab::lab::wire::pcapng::PcapngWriter;
use mqtt_lab::lab::wire::save::{SaveFormat, SaveScope, Saving};
use mqtt_lab::lab::wire::{ClientChoice, PacketChoice, PacketFilterForm};
use mqtt_lab::lab::{ClientKey, Command, Environment, Fault, Packets, Ways};
use mqtt_lab::time::Instant;
use tshark::Frame;
use tshark::expected::expected;
use tshark::packets::everything;

const V3: ProtocolVersion = ProtocolVersion::V3_1_1;
const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// A capture of a world's trace, in slices as the page writes it.
fn capture(world: &World, scope: SaveScope) -> Vec<u8> {
    let mut saving = Saving::new(&world.lab, SaveFormat::Pcapng, scope);
    let mut file = Vec::new();
    while saving.work(&world.lab, 10_000) {
        file.extend(saving.take());
    }
    file.extend(saving.take());
    assert_eq!(saving.progress().size, file.len() as u64);
    file
}

/// A filter of the list of packets.
fn shown(world: &World, change: impl FnOnce(&mut PacketFilterForm)) -> SaveScope {
    let mut form = PacketFilterForm {
        clients: ClientChoice::All,
        ..PacketFilterForm::default()
    };
    change(&mut form);
    SaveScope::Shown(Box::new(world.lab.check_packet_filter(&form).unwrap()))
}

/// What the clients sent and received.
fn packets(world: &World) -> Vec<Record<'_>> {
    let is_own =
        |record: &Record<'_>| matches!(record.kind(), RecordKind::Sent | RecordKind::Received);
    world.records().filter(is_own).collect()
}

/// Holds every frame against the packet it was made of.
fn compare(world: &World, name: &str) -> Vec<Frame> {
    compare_those(world, name, SaveScope::All, |_| true)
}

/// The same where only some packets are saved.
fn compare_those(
    world: &World,
    name: &str,
    scope: SaveScope,
    is_saved: impl Fn(&Record<'_>) -> bool,
) -> Vec<Frame> {
    let frames = tshark::read(name, &capture(world, scope));
    let packets: Vec<_> = packets(world).into_iter().filter(is_saved).collect();
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

#[test]
fn tshark_reads_every_property_as_we_do() {
    let mut trace = Trace::new(1 << 20);
    let (client, mut now) = (ClientKey::new(1), Instant::ORIGIN);
    let url = "ws://localhost:8000/mqtt";
    trace.append_note(now, Some(client), &Note::LinkOpening { url });
    let mut topic = None;
    for (direction, raw) in everything() {
        now = now + Duration::from_micros(7);
        let packet = decode(&raw, V5).unwrap();
        let mut facts = PacketFacts::of(&packet, &raw, V5);
        if let ControlPacket::Publish(publish) = &packet {
            // A Topic Alias stands for the topic that came last.
            topic = facts.topic.map(str::to_owned).or(topic);
            facts.topic = topic.as_deref();
            assert_eq!(
                publish.properties.topic_alias.map(|alias| alias.get()),
                Some(3)
            );
        }
        trace.append_packet(now, client, direction, &raw, facts);
    }
    let (by, code, reason) = (ClosedBy::Server, Some(1000), "moved");
    trace.append_note(now, Some(client), &Note::LinkClose { by, code, reason });
    let mut writer = PcapngWriter::new(WallClock {
        origin_unix_milliseconds: 1,
        minutes_ahead_of_utc: 60,
    });
    let records: Vec<_> = trace.records(trace.first()..trace.next()).collect();
    for record in &records {
        writer.write(record, "a \"client\" \u{1F600}");
    }
    let frames = tshark::read("properties", &writer.take());
    let carriers: Vec<_> = frames.iter().filter(|frame| frame.has_packet()).collect();
    let packets: Vec<_> = records
        .iter()
        .filter(|record| record.kind().is_packet())
        .collect();
    assert_eq!(carriers.len(), packets.len());
    for (frame, record) in carriers.iter().zip(packets) {
        let number = frame.one("frame.number");
        assert_eq!(frame.fields(), expected(record), "frame {number}");
        assert_eq!(frame.one("frame.interface_name"), "a \"client\" \u{1F600}");
    }
    for frame in &frames {
        check_carrier(frame, "properties");
    }
    // Every type of 5.0, and every property there is.
    let types: Vec<u8> = (1..=15).collect();
    check_types(&frames, &types);
    let seen: std::collections::BTreeSet<&str> = frames
        .iter()
        .flat_map(|frame| frame.all("mqtt.property_id"))
        .map(String::as_str)
        .collect();
    assert_eq!(seen.len(), 27, "{seen:?}");
}

#[test]
fn a_part_of_the_packets_is_read_as_well() {
    for (version, name) in [(V3, "part-v3"), (V5, "part-v5")] {
        let world = play(version);
        let bob = world.key("bob");
        let scope = shown(&world, |form| {
            form.clients = ClientChoice::One(bob);
            form.packets = PacketChoice::Type(ControlPacketType::Publish);
            form.events = false;
        });
        // CONNECT is there too, for the version that it tells.
        let frames = compare_those(&world, name, scope, |record| {
            let packet_type = record.packet_type();
            let is_type = packet_type == Some(ControlPacketType::Publish)
                || packet_type == Some(ControlPacketType::Connect);
            is_type && record.client() == Some(bob)
        });
        let streams: std::collections::BTreeSet<_> =
            frames.iter().map(|frame| frame.one("tcp.stream")).collect();
        assert_eq!(streams.len(), 1, "{name}");
        // One handshake alone.
        let is_exactly_once = |record: &Record<'_>| {
            record.qos() == Some(Qos::ExactlyOnce) && record.kind() == RecordKind::Sent
        };
        let publish = packets(&world).into_iter().find(is_exactly_once).unwrap();
        let scope = shown(&world, |form| form.handshake = Some(publish.sequence()));
        let handshake = world.lab.handshake(publish.sequence()).unwrap();
        assert_eq!(handshake.packets.len(), 4);
        let frames = compare_those(&world, name, scope, |record| {
            let is_needed =
                record.packet_type() == Some(ControlPacketType::Connect) || gives_alias(record);
            is_needed && record.client() == publish.client()
                || handshake.packets.contains(&record.sequence())
        });
        assert!(frames.iter().any(|frame| frame.one("mqtt.msgtype") == "7"));
    }
}

/// What has a Topic Alias beside its topic is needed to read those that have the alias alone.
fn gives_alias(record: &Record<'_>) -> bool {
    match decode(record.raw(), record.version().unwrap()) {
        Ok(ControlPacket::Publish(publish)) => {
            publish.topic.is_some() && publish.properties.topic_alias.is_some()
        }
        _ => false,
    }
}

#[test]
fn how_a_link_ended_is_how_its_stream_ends() {
    let world = play(V3);
    let frames = tshark::read("ends", &capture(&world, SaveScope::All));
    let comments: Vec<(&str, &str)> = frames
        .iter()
        .filter(|frame| !frame.one("frame.comment").is_empty())
        .map(|frame| (frame.one("tcp.flags"), frame.one("frame.comment")))
        .collect();
    let has = |flags: u16, words: &str| {
        comments.iter().any(|(hex, comment)| {
            u16::from_str_radix(hex.trim_start_matches("0x"), 16) == Ok(flags)
                && comment.contains(words)
        })
    };
    assert!(has(0x02, "alice connects to"), "{comments:?}");
    assert!(has(0x11, "Closed by the client"), "{comments:?}");
    assert!(has(0x11, "Closed by the server"), "{comments:?}");
    assert!(has(0x14, "Cut on purpose"), "{comments:?}");
    // Each stream begins and ends once.
    let count = |flags: &[u16]| {
        let is_it = |frame: &&Frame| {
            let hex = frame.one("tcp.flags").trim_start_matches("0x");
            u16::from_str_radix(hex, 16).is_ok_and(|own| flags.contains(&own))
        };
        frames.iter().filter(is_it).count()
    };
    let links = world.count(RecordKind::LinkOpen);
    assert_eq!(count(&[0x02]), links);
    assert_eq!(count(&[0x11]) / 2 + count(&[0x14, 0x04]), links);
}

fn check_types(frames: &[Frame], types: &[u8]) {
    for packet_type in types {
        let text = packet_type.to_string();
        let is_there = frames.iter().any(|frame| frame.one("mqtt.msgtype") == text);
        assert!(is_there, "type {packet_type} did not come");
    }
}
