//! This project's codec.

use std::hint::black_box;

use mqtt_lab::codec::{
    ControlPacket, PacketId, PacketSplitter, ProtocolVersion, Publish, PublishProperties, Qos,
    TopicName, UserProperties, decode,
};
use mqtt_lab_bench::{BATCH, Contestant, timed};

use crate::{PACKET_ID, PAYLOAD, TOPIC, Task, USER_PROPERTIES};

pub(crate) fn raw(task: Task) -> Vec<u8> {
    let mut out = Vec::new();
    packet(task).encode(version(task), &mut out).unwrap();
    out
}

/// The same, handed one packet after the other, as those are who do not cut the stream themselves.
pub(crate) fn contestant_without_framing(task: Task, raw: &[u8]) -> Contestant {
    let version = version(task);
    let length = raw.len();
    let stream = raw.repeat(BATCH);
    Contestant {
        name: "mqtt-lab, framing given",
        decode: Box::new(move || {
            timed(|| {
                for raw in black_box(&stream).chunks_exact(length) {
                    assert!(black_box(&decode(raw, version)).is_ok());
                }
            })
        }),
        encode: None,
    }
}

pub(crate) fn contestant(task: Task, raw: &[u8]) -> Contestant {
    let version = version(task);
    let packet = packet(task);
    let mut out = Vec::new();
    let read = decode(raw, version);
    assert_eq!(read, Ok(ControlPacket::Publish(packet.clone())));
    let stream = raw.repeat(BATCH);
    Contestant {
        name: "mqtt-lab",
        encode: Some(Box::new(move || {
            timed(|| {
                for _ in 0..BATCH {
                    out.clear();
                    black_box(&packet).encode(version, &mut out).unwrap();
                    black_box(&out);
                }
            })
        })),
        decode: Box::new(move || {
            let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
            let mut input = &stream[..];
            timed(|| {
                for _ in 0..BATCH {
                    let raw = splitter.next(black_box(&mut input)).unwrap().unwrap();
                    assert!(black_box(&decode(raw, version)).is_ok());
                }
            })
        }),
    }
}

fn version(task: Task) -> ProtocolVersion {
    match task.is_v5 {
        true => ProtocolVersion::V5_0,
        false => ProtocolVersion::V3_1_1,
    }
}

fn packet(task: Task) -> Publish<'static> {
    let pairs = match task.has_properties {
        true => &USER_PROPERTIES[..],
        false => &[],
    };
    Publish {
        qos: Qos::from_u8(task.qos).unwrap(),
        topic: Some(TopicName::parse(TOPIC).unwrap()),
        packet_id: PacketId::new(PACKET_ID).filter(|_| task.qos > 0),
        properties: PublishProperties {
            user_properties: UserProperties::from_pairs(pairs.iter().copied()).unwrap(),
            ..PublishProperties::default()
        },
        payload: PAYLOAD,
        ..Publish::default()
    }
}
