//! The codecs of others, each used as its own project uses it.

use std::hint::black_box;
use std::num::NonZeroU16;
use std::sync::Arc;

use bytes::BytesMut;
use mqtt_lab_bench::{BATCH, Contestant, timed};
use ntex_codec::{Decoder as _, Encoder as _};

use crate::{PACKET_ID, PAYLOAD, TOPIC, Task, USER_PROPERTIES};

const LIMIT: usize = 1 << 20;

pub(crate) fn contestants(task: Task, raw: &[u8]) -> Vec<Contestant> {
    let mut all = match task.is_v5 {
        true => vec![
            rumqttc_v5(task, raw),
            mqttbytes_v5(task, raw),
            ntex_v5(task, raw),
            protocol_core_v5(task, raw),
        ],
        false => vec![
            rumqttc_v4(task, raw),
            mqttbytes_v4(task, raw),
            mqttrs(task, raw),
            ntex_v3(task, raw),
            protocol_core_v3(task, raw),
        ],
    };
    for contestant in &mut all {
        // Both ways once, so that whoever fails does so before anything is printed.
        if let Some(encode) = &mut contestant.encode {
            encode();
        }
        (contestant.decode)();
    }
    all
}

/// Those who write to and read from `BytesMut`.
macro_rules! bytes_mut_contestant {
    ($name:literal, $packet:ident, $raw:ident, $read:expr) => {{
        let mut out = BytesMut::new();
        $packet.write(&mut out).unwrap();
        assert_eq!(&out[..], $raw);
        let stream = $raw.repeat(BATCH);
        Contestant {
            name: $name,
            encode: Some(Box::new(move || {
                timed(|| {
                    for _ in 0..BATCH {
                        out.clear();
                        black_box(&$packet).write(&mut out).unwrap();
                        black_box(&out);
                    }
                })
            })),
            decode: Box::new(move || {
                let mut input = BytesMut::from(&stream[..]);
                timed(|| {
                    for _ in 0..BATCH {
                        assert!(black_box(&$read(&mut input)).is_ok());
                    }
                })
            }),
        }
    }};
}

fn rumqttc_v4(task: Task, raw: &[u8]) -> Contestant {
    let qos = rumqttc::mqttbytes::qos(task.qos).unwrap();
    let mut packet = rumqttc::mqttbytes::v4::Publish::new(TOPIC, qos, PAYLOAD);
    packet.pkid = PACKET_ID;
    bytes_mut_contestant!("rumqttc 0.25 (v4)", packet, raw, |input| {
        rumqttc::mqttbytes::v4::Packet::read(input, LIMIT)
    })
}

fn rumqttc_v5(task: Task, raw: &[u8]) -> Contestant {
    use rumqttc::v5::mqttbytes::v5::{Packet, Publish, PublishProperties};
    let qos = match task.qos {
        0 => rumqttc::v5::mqttbytes::QoS::AtMostOnce,
        _ => rumqttc::v5::mqttbytes::QoS::AtLeastOnce,
    };
    let properties = task.has_properties.then(|| PublishProperties {
        user_properties: owned_pairs(),
        ..PublishProperties::default()
    });
    let mut packet = Publish::new(TOPIC, qos, PAYLOAD, properties);
    packet.pkid = PACKET_ID;
    bytes_mut_contestant!("rumqttc 0.25 (v5)", packet, raw, |input| {
        Packet::read(input, Some(LIMIT as u32))
    })
}

fn mqttbytes_v4(task: Task, raw: &[u8]) -> Contestant {
    let qos = mqttbytes::qos(task.qos).unwrap();
    let mut packet = mqttbytes::v4::Publish::new(TOPIC, qos, PAYLOAD);
    packet.pkid = PACKET_ID;
    bytes_mut_contestant!("mqttbytes 0.6 (v4)", packet, raw, |input| {
        mqttbytes::v4::read(input, LIMIT)
    })
}

fn mqttbytes_v5(task: Task, raw: &[u8]) -> Contestant {
    use mqttbytes::v5::{Publish, PublishProperties};
    let qos = mqttbytes::qos(task.qos).unwrap();
    let mut packet = Publish::new(TOPIC, qos, PAYLOAD);
    packet.pkid = PACKET_ID;
    packet.properties = task.has_properties.then(|| PublishProperties {
        payload_format_indicator: None,
        message_expiry_interval: None,
        topic_alias: None,
        response_topic: None,
        correlation_data: None,
        user_properties: owned_pairs(),
        subscription_identifiers: Vec::new(),
        content_type: None,
    });
    bytes_mut_contestant!("mqttbytes 0.6 (v5)", packet, raw, |input| {
        mqttbytes::v5::read(input, LIMIT)
    })
}

fn mqttrs(task: Task, raw: &[u8]) -> Contestant {
    let qospid = match task.qos {
        0 => mqttrs::QosPid::AtMostOnce,
        _ => mqttrs::QosPid::AtLeastOnce(mqttrs::Pid::try_from(PACKET_ID).unwrap()),
    };
    let packet = mqttrs::Packet::Publish(mqttrs::Publish {
        dup: false,
        qospid,
        retain: false,
        topic_name: TOPIC,
        payload: PAYLOAD,
    });
    let mut out = [0; 256];
    let length = mqttrs::encode_slice(&packet, &mut out).unwrap();
    assert_eq!(&out[..length], raw);
    let length = raw.len();
    let stream = raw.repeat(BATCH);
    Contestant {
        name: "mqttrs 0.4 *",
        encode: Some(Box::new(move || {
            timed(|| {
                for _ in 0..BATCH {
                    mqttrs::encode_slice(black_box(&packet), &mut out).unwrap();
                    black_box(&out);
                }
            })
        })),
        decode: Box::new(move || {
            timed(|| {
                for raw in black_box(&stream).chunks_exact(length) {
                    assert!(matches!(black_box(&mqttrs::decode_slice(raw)), Ok(Some(_))));
                }
            })
        }),
    }
}

/// ntex takes the packets it writes: they are made ready before.
macro_rules! ntex_contestant {
    ($version:ident, $name:literal, $packet:ident, $raw:ident) => {{
        use ntex_mqtt::$version::codec::{Codec, Encoded};
        let payload = ntex_bytes::Bytes::from_static(PAYLOAD);
        let codec = Codec::new();
        let mut pages = ntex_bytes::BytePages::default();
        let item = Encoded::Publish($packet, Some(payload));
        codec.encodev(item.clone(), &mut pages).unwrap();
        assert_eq!(&pages.freeze()[..], $raw);
        let stream = $raw.repeat(BATCH);
        Contestant {
            name: $name,
            encode: Some(Box::new(move || {
                let codec = Codec::new();
                let items = vec![item.clone(); BATCH];
                let mut pages = ntex_bytes::BytePages::default();
                timed(|| {
                    for item in items {
                        codec.encodev(item, &mut pages).unwrap();
                        black_box(&pages);
                    }
                })
            })),
            decode: Box::new(move || {
                let mut input = ntex_bytes::BytesMut::copy_from_slice(&stream);
                timed(|| {
                    for _ in 0..BATCH {
                        assert!(matches!(black_box(&codec.decode(&mut input)), Ok(Some(_))));
                    }
                })
            }),
        }
    }};
}

fn ntex_v3(task: Task, raw: &[u8]) -> Contestant {
    let packet = ntex_mqtt::v3::codec::Publish {
        dup: false,
        retain: false,
        qos: ntex_qos(task),
        topic: ntex_bytes::ByteString::from_static(TOPIC),
        packet_id: NonZeroU16::new(PACKET_ID).filter(|_| task.qos > 0),
        payload_size: PAYLOAD.len() as u32,
    };
    ntex_contestant!(v3, "ntex-mqtt 8.2 (v3)", packet, raw)
}

fn ntex_v5(task: Task, raw: &[u8]) -> Contestant {
    let mut packet = ntex_mqtt::v5::codec::Publish {
        dup: false,
        retain: false,
        qos: ntex_qos(task),
        topic: ntex_bytes::ByteString::from_static(TOPIC),
        packet_id: NonZeroU16::new(PACKET_ID).filter(|_| task.qos > 0),
        payload_size: PAYLOAD.len() as u32,
        properties: Default::default(),
    };
    if task.has_properties {
        packet.properties.user_properties = USER_PROPERTIES
            .iter()
            .map(|&(name, value)| (name.into(), value.into()))
            .collect();
    }
    ntex_contestant!(v5, "ntex-mqtt 8.2 (v5)", packet, raw)
}

fn ntex_qos(task: Task) -> ntex_mqtt::QoS {
    match task.qos {
        0 => ntex_mqtt::QoS::AtMostOnce,
        _ => ntex_mqtt::QoS::AtLeastOnce,
    }
}

/// mqtt-protocol-core writes to bytes of its own, and reads from shared ones, which its own
/// framing makes for each packet.
macro_rules! protocol_core_contestant {
    ($version:ident, $name:literal, $packet:ident, $raw:ident) => {{
        use mqtt_protocol_core::mqtt::packet::$version::Publish;
        assert_eq!($packet.to_continuous_buffer(), $raw);
        let length = $raw.len();
        let stream = $raw.repeat(BATCH);
        Contestant {
            name: $name,
            encode: Some(Box::new(move || {
                timed(|| {
                    for _ in 0..BATCH {
                        black_box(black_box(&$packet).to_continuous_buffer());
                    }
                })
            })),
            decode: Box::new(move || {
                timed(|| {
                    for raw in black_box(&stream).chunks_exact(length) {
                        // All packets measured have a Remaining Length of one byte.
                        let body: Arc<[u8]> = Arc::from(&raw[2..]);
                        assert!(black_box(&Publish::parse(raw[0] & 0x0f, body)).is_ok());
                    }
                })
            }),
        }
    }};
}

fn protocol_core_v3(task: Task, raw: &[u8]) -> Contestant {
    let mut builder = mqtt_protocol_core::mqtt::packet::v3_1_1::Publish::builder()
        .topic_name(TOPIC)
        .unwrap()
        .qos(protocol_core_qos(task))
        .payload(PAYLOAD);
    if task.qos > 0 {
        builder = builder.packet_id(PACKET_ID);
    }
    let packet = builder.build().unwrap();
    protocol_core_contestant!(v3_1_1, "mqtt-protocol-core 0.7 *", packet, raw)
}

fn protocol_core_v5(task: Task, raw: &[u8]) -> Contestant {
    use mqtt_protocol_core::mqtt::packet::{Property, UserProperty};
    let mut builder = mqtt_protocol_core::mqtt::packet::v5_0::Publish::builder()
        .topic_name(TOPIC)
        .unwrap()
        .qos(protocol_core_qos(task))
        .payload(PAYLOAD);
    if task.qos > 0 {
        builder = builder.packet_id(PACKET_ID);
    }
    if task.has_properties {
        let pairs = USER_PROPERTIES.iter();
        let properties: Vec<Property> = pairs
            .map(|(name, value)| Property::UserProperty(UserProperty::new(*name, *value).unwrap()))
            .collect();
        builder = builder.props(properties);
    }
    let packet = builder.build().unwrap();
    protocol_core_contestant!(v5_0, "mqtt-protocol-core 0.7 *", packet, raw)
}

fn protocol_core_qos(task: Task) -> mqtt_protocol_core::mqtt::packet::Qos {
    use mqtt_protocol_core::mqtt::packet::Qos;
    match task.qos {
        0 => Qos::AtMostOnce,
        _ => Qos::AtLeastOnce,
    }
}

fn owned_pairs() -> Vec<(String, String)> {
    USER_PROPERTIES
        .iter()
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
