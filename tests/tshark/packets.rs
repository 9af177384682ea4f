//! Packets of every type with every property that their type has.

use std::num::{NonZeroU16, NonZeroU32};

use mqtt_lab::codec::{
    Acknowledgement, Auth, Connack, ConnackCode, ConnackProperties, Connect, ConnectProperties,
    ControlPacket, Disconnect, PacketId, PayloadFormat, ProtocolVersion, Publish,
    PublishProperties, Qos, ReasonCode, RetainHandling, Suback, Subscribe, Subscription,
    SubscriptionIdentifier, SubscriptionIdentifiers, SubscriptionOptions, TopicFilter, TopicName,
    Unsuback, Unsubscribe, UserProperties, Will, WillProperties, encode,
};
use mqtt_lab::lab::trace::Direction;

use Direction::{Received, Sent};

const TEXT: &str = "größer ☃";

/// The packets of one connection in their order, as they would be on the wire.
pub(crate) fn everything() -> Vec<(Direction, Vec<u8>)> {
    let mut packets = vec![(Sent, ControlPacket::Connect(Box::new(connect())))];
    for (direction, reason_code) in [
        (Received, ReasonCode::ContinueAuthentication),
        (Sent, ReasonCode::ContinueAuthentication),
    ] {
        packets.push((direction, ControlPacket::Auth(auth(reason_code))));
    }
    packets.push((Received, ControlPacket::Connack(Box::new(connack()))));
    packets.push((Sent, ControlPacket::Subscribe(subscribe())));
    packets.push((
        Received,
        ControlPacket::Suback(Suback {
            packet_id: id(4_312),
            reason_string: Some(TEXT),
            user_properties: user_properties(),
            reason_codes: vec![ReasonCode::GrantedQos2, ReasonCode::NotAuthorized],
        }),
    ));
    for (direction, topic) in [(Sent, Some("a/größe")), (Sent, None), (Received, Some("b"))] {
        packets.push((direction, ControlPacket::Publish(publish(direction, topic))));
    }
    let answer = |reason_code| Acknowledgement {
        packet_id: id(65_535),
        reason_code,
        reason_string: Some(TEXT),
        user_properties: user_properties(),
    };
    packets.extend([
        (
            Received,
            ControlPacket::Puback(answer(ReasonCode::NoMatchingSubscribers)),
        ),
        (
            Received,
            ControlPacket::Pubrec(answer(ReasonCode::QuotaExceeded)),
        ),
        (
            Sent,
            ControlPacket::Pubrel(answer(ReasonCode::PacketIdentifierNotFound)),
        ),
        (
            Received,
            ControlPacket::Pubcomp(answer(ReasonCode::PacketIdentifierNotFound)),
        ),
        (Sent, ControlPacket::Puback(Acknowledgement::success(id(1)))),
        (
            Sent,
            ControlPacket::Pubrec(Acknowledgement::with_reason(
                id(2),
                ReasonCode::PayloadFormatInvalid,
            )),
        ),
        (
            Sent,
            ControlPacket::Unsubscribe(Unsubscribe {
                packet_id: id(4_313),
                user_properties: user_properties(),
                filters: ["a/#", "$share/g/b/+"]
                    .map(|text| TopicFilter::parse(text).unwrap())
                    .to_vec(),
            }),
        ),
        (
            Received,
            ControlPacket::Unsuback(Unsuback {
                packet_id: id(4_313),
                reason_string: Some(TEXT),
                user_properties: user_properties(),
                reason_codes: vec![ReasonCode::Success, ReasonCode::NoSubscriptionExisted],
            }),
        ),
        (Sent, ControlPacket::Auth(auth(ReasonCode::ReAuthenticate))),
        (Received, ControlPacket::Auth(auth(ReasonCode::Success))),
        (Sent, ControlPacket::Pingreq),
        (Received, ControlPacket::Pingresp),
        (
            Received,
            ControlPacket::Disconnect(Disconnect {
                reason_code: ReasonCode::ServerMoved,
                reason_string: Some(TEXT),
                user_properties: user_properties(),
                server_reference: Some("elsewhere.example:1883"),
                ..Disconnect::default()
            }),
        ),
    ]);
    packets
        .into_iter()
        .map(|(direction, packet)| {
            let mut raw = Vec::new();
            encode(&packet, ProtocolVersion::V5_0, &mut raw).expect("it can be written");
            (direction, raw)
        })
        .collect()
}

fn id(number: u16) -> PacketId {
    PacketId::new(number).unwrap()
}

fn user_properties() -> UserProperties<'static> {
    UserProperties::from_pairs([("k", "v"), ("k", "w"), ("", TEXT)]).unwrap()
}

fn connect() -> Connect<'static> {
    Connect {
        protocol_version: ProtocolVersion::V5_0,
        clean_start: true,
        keep_alive: u16::MAX,
        client_id: "client-1",
        will: Some(Will {
            topic: TopicName::parse("gone/client-1").unwrap(),
            payload: b"unexpected \xff exit",
            qos: Qos::ExactlyOnce,
            retain: true,
            properties: WillProperties {
                will_delay_interval: Some(u32::MAX),
                payload_format_indicator: Some(PayloadFormat::UnspecifiedBytes),
                message_expiry_interval: Some(0),
                content_type: Some("text/plain"),
                response_topic: Some(TopicName::parse("answer").unwrap()),
                correlation_data: Some(b"no. 7"),
                user_properties: user_properties(),
            },
        }),
        username: Some(TEXT),
        password: Some(b"geheim"),
        properties: ConnectProperties {
            session_expiry_interval: Some(u32::MAX),
            receive_maximum: NonZeroU16::new(u16::MAX),
            maximum_packet_size: NonZeroU32::new(u32::MAX),
            topic_alias_maximum: Some(10),
            request_response_information: Some(true),
            request_problem_information: Some(false),
            user_properties: user_properties(),
            authentication_method: Some("SCRAM-SHA-256"),
            authentication_data: Some(b"n,,n=user"),
        },
    }
}

fn connack() -> Connack<'static> {
    Connack {
        session_present: false,
        code: ConnackCode::V5(ReasonCode::Success),
        properties: ConnackProperties {
            session_expiry_interval: Some(120),
            receive_maximum: NonZeroU16::new(1),
            maximum_qos: Some(Qos::AtLeastOnce),
            retain_available: Some(false),
            maximum_packet_size: NonZeroU32::new(1_000_000),
            assigned_client_identifier: Some("auto-1"),
            topic_alias_maximum: Some(5),
            reason_string: Some(TEXT),
            user_properties: user_properties(),
            wildcard_subscription_available: Some(false),
            subscription_identifiers_available: Some(true),
            shared_subscription_available: Some(false),
            server_keep_alive: Some(30),
            response_information: Some("answers/1"),
            server_reference: Some("other.example"),
            authentication_method: Some("SCRAM-SHA-256"),
            authentication_data: Some(b"v=done"),
        },
    }
}

fn auth(reason_code: ReasonCode) -> Auth<'static> {
    Auth {
        reason_code,
        authentication_method: Some("SCRAM-SHA-256"),
        authentication_data: Some(b"r=nonce"),
        reason_string: Some(TEXT),
        user_properties: user_properties(),
    }
}

fn subscribe() -> Subscribe<'static> {
    let subscription = |filter, options| Subscription {
        filter: TopicFilter::parse(filter).unwrap(),
        options,
    };
    Subscribe {
        packet_id: id(4_312),
        subscription_identifier: SubscriptionIdentifier::new(268_435_455),
        user_properties: user_properties(),
        subscriptions: vec![
            subscription(
                "a/#",
                SubscriptionOptions {
                    qos: Qos::ExactlyOnce,
                    no_local: true,
                    retain_as_published: true,
                    retain_handling: RetainHandling::DoNotSend,
                },
            ),
            subscription("größe/+", SubscriptionOptions::with_qos(Qos::AtLeastOnce)),
        ],
    }
}

fn publish(direction: Direction, topic: Option<&'static str>) -> Publish<'static> {
    let mut subscription_identifiers = SubscriptionIdentifiers::default();
    if direction == Received {
        for number in [1, 128, 268_435_455] {
            subscription_identifiers.push(SubscriptionIdentifier::new(number).unwrap());
        }
    }
    Publish {
        dup: true,
        qos: Qos::ExactlyOnce,
        retain: true,
        topic: topic.map(|topic| TopicName::parse(topic).unwrap()),
        packet_id: PacketId::new(65_535),
        properties: PublishProperties {
            payload_format_indicator: Some(PayloadFormat::Utf8),
            message_expiry_interval: Some(u32::MAX),
            topic_alias: NonZeroU16::new(3),
            response_topic: Some(TopicName::parse("answer").unwrap()),
            correlation_data: Some(b"no. 7"),
            user_properties: user_properties(),
            subscription_identifiers,
            content_type: Some("text/plain"),
        },
        payload: "21,5 °C".as_bytes(),
    }
}
