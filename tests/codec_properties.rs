//! What must hold for every packet there can be, on generated ones.

mod dissected;

use std::num::{NonZeroU16, NonZeroU32};

use mqtt_lab::codec::{
    Acknowledgement, Auth, Connack, ConnackCode, ConnackProperties, Connect, ConnectProperties,
    ConnectReturnCode, ControlPacket, ControlPacketType, DecodeError, Disconnect, PacketId,
    PacketSplitter, PayloadFormat, ProtocolVersion, Publish, PublishProperties, Qos, ReasonCode,
    RetainHandling, Suback, Subscribe, Subscription, SubscriptionIdentifier,
    SubscriptionIdentifiers, SubscriptionOptions, TopicFilter, TopicName, Unsuback, Unsubscribe,
    UserProperties, Will, WillProperties, decode, dissect, encode, encoded_len,
};
use mqtt_lab::lab::wire::build::PacketForm;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

const V5: ProtocolVersion = ProtocolVersion::V5_0;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_packet_that_is_written_is_read_back((version, packet) in any_packet()) {
        let raw = written(&packet, version);
        prop_assert_eq!(encoded_len(&packet, version), Ok(raw.len()));
        prop_assert_eq!(&decode(&raw, version), &Ok(packet));
        check_dissection(&raw, version);
    }

    /// The form for packets made by hand reads and writes by itself: a right one as the encoder does.
    #[test]
    fn a_form_gives_what_the_encoder_gives((version, packet) in any_packet()) {
        let raw = written(&packet, version);
        let form = PacketForm::read(&raw, version).expect("a right packet has a form");
        prop_assert_eq!(&form.remaining_length, &None);
        prop_assert_eq!(form.write(), Ok(raw));
    }

    #[test]
    fn what_can_be_written_at_all_can_be_read(
        (_, packet) in any_packet(),
        version in select(&ProtocolVersion::ALL[..]),
    ) {
        let mut out = b"before".to_vec();
        match encode(&packet, version, &mut out) {
            Ok(length) => {
                prop_assert_eq!(length, out.len() - 6);
                prop_assert_eq!(&decode(&out[6..], version), &Ok(packet));
            }
            Err(error) => {
                prop_assert_eq!(&out[..], b"before");
                prop_assert_eq!(encoded_len(&packet, version), Err(error));
            }
        }
    }

    #[test]
    fn any_split_of_the_stream_gives_the_same_packets(
        packets in vec(any_packet(), 1..6),
        cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let packets: Vec<_> = packets
            .iter()
            .map(|(version, packet)| written(packet, *version))
            .collect();
        let stream = packets.concat();
        let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(stream.len() + 1)).collect();
        ends.push(stream.len());
        ends.sort_unstable();
        let mut start = 0;
        let mut pieces = Vec::new();
        for end in ends {
            pieces.push(&stream[start..end]);
            start = end;
        }
        prop_assert_eq!(&split(&pieces), &packets);
        let single: Vec<_> = stream.chunks(1).collect();
        prop_assert_eq!(split(&single), packets);
    }

    #[test]
    fn a_changed_packet_never_panics_and_is_judged_the_same_by_all(
        (version, packet) in any_packet(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        reader in select(&ProtocolVersion::ALL[..]),
    ) {
        let mut raw = written(&packet, version);
        for (place, byte) in changes {
            let place = place.index(raw.len());
            raw[place] = byte;
        }
        check_any(&raw, reader);
    }

    #[test]
    fn a_packet_cut_short_is_refused(
        (version, packet) in any_packet(),
        cut in any::<prop::sample::Index>(),
    ) {
        let raw = written(&packet, version);
        let cut = &raw[..cut.index(raw.len())];
        prop_assert!(decode(cut, version).is_err());
        check_any(cut, version);
    }

    #[test]
    fn any_bytes_never_panic(raw in vec(any::<u8>(), 0..80), version in select(&ProtocolVersion::ALL[..])) {
        check_any(&raw, version);
    }

    #[test]
    fn any_body_behind_a_right_header_never_panics(
        first in any::<u8>(),
        body in vec(prop_oneof![0..4_u8, any::<u8>()], 0..60),
        version in select(&ProtocolVersion::ALL[..]),
    ) {
        let mut raw = vec![first, body.len() as u8];
        raw.extend(body);
        check_any(&raw, version);
    }
}

/// What must hold for any bytes at all.
fn check_any(raw: &[u8], version: ProtocolVersion) {
    check_dissection(raw, version);
    match decode(raw, version) {
        Ok(packet) => {
            // What is read can be written, and is the same packet then. A CONNECT is written in
            // the version that it asks for.
            let version = match &packet {
                ControlPacket::Connect(connect) => connect.protocol_version,
                _ => version,
            };
            let out = written(&packet, version);
            assert!(out.len() <= raw.len());
            assert_eq!(decode(&out, version), Ok(packet));
        }
        Err(error) => {
            assert!(error.offset <= raw.len(), "{error:?}");
            assert!(error.reason_code().is_error());
            assert!(!error.clause().is_empty());
            let text = error.to_string();
            assert!(!text.ends_with('.') && text.len() > 10, "{text}");
        }
    }
    let mut splitter = PacketSplitter::new(1 << 20);
    let mut input = raw;
    while let Ok(Some(packet)) = splitter.next(&mut input) {
        assert!(!packet.is_empty());
    }
}

/// The observed decoder says what the plain one says, its spans tile the packet, and its values are those
/// of the decoded packet.
fn check_dissection(raw: &[u8], version: ProtocolVersion) {
    let dissection = dissect(raw, version);
    dissected::check_spans(&dissection, raw);
    match decode(raw, version) {
        Ok(packet) => {
            assert_eq!(dissection.error, None);
            dissected::check_values(&dissection, &packet, raw, version);
        }
        Err(error) => assert_eq!(dissection.error, Some(error)),
    }
}

fn written(packet: &ControlPacket<'_>, version: ProtocolVersion) -> Vec<u8> {
    let mut out = Vec::new();
    let length = encode(packet, version, &mut out);
    assert_eq!(length, Ok(out.len()), "{packet:?}");
    out
}

fn split(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut splitter = PacketSplitter::new(PacketSplitter::UNLIMITED);
    let mut packets = Vec::new();
    for piece in pieces {
        let mut input = *piece;
        loop {
            let next: Result<Option<&[u8]>, DecodeError> = splitter.next(&mut input);
            match next.unwrap() {
                Some(packet) => packets.push(packet.to_vec()),
                None => break,
            }
        }
        assert!(input.is_empty());
    }
    packets
}

/// A version and a packet that is valid in it. Texts and bytes live as long as the test.
fn any_packet() -> impl Strategy<Value = (ProtocolVersion, ControlPacket<'static>)> {
    select(&ProtocolVersion::ALL[..]).prop_flat_map(|version| {
        let packet = match version {
            V5 => prop_oneof![
                4 => publish(version),
                2 => connect(version),
                2 => connack_v5(),
                2 => acknowledgement(version),
                2 => subscribe(version),
                1 => suback(version),
                1 => unsubscribe(version),
                1 => unsuback(version),
                1 => disconnect_v5(),
                1 => auth(),
                1 => bare(),
            ]
            .boxed(),
            _ => prop_oneof![
                4 => publish(version),
                2 => connect(version),
                1 => connack_v3(),
                1 => acknowledgement(version),
                2 => subscribe(version),
                1 => suback(version),
                1 => unsubscribe(version),
                1 => unsuback(version),
                1 => bare(),
            ]
            .boxed(),
        };
        packet.prop_map(move |packet| (version, packet))
    })
}

type Packets = BoxedStrategy<ControlPacket<'static>>;

fn bare() -> Packets {
    select(vec![
        ControlPacket::Pingreq,
        ControlPacket::Pingresp,
        ControlPacket::Disconnect(Disconnect::default()),
    ])
    .boxed()
}

fn publish(version: ProtocolVersion) -> Packets {
    let properties = match version {
        V5 => publish_properties().boxed(),
        _ => Just(PublishProperties::default()).boxed(),
    };
    let head = (any::<bool>(), qos(), any::<bool>(), any::<bool>());
    (head, packet_id(), topic_name(), properties, bytes())
        .prop_map(|(head, packet_id, topic, properties, payload)| {
            let (dup, qos, retain, is_aliased) = head;
            ControlPacket::Publish(Publish {
                dup: dup && qos != Qos::AtMostOnce,
                qos,
                retain,
                topic: (!is_aliased || properties.topic_alias.is_none()).then_some(topic),
                packet_id: (qos != Qos::AtMostOnce).then_some(packet_id),
                properties,
                payload,
            })
        })
        .boxed()
}

fn publish_properties() -> impl Strategy<Value = PublishProperties<'static>> {
    let identifiers = vec(subscription_identifier(), 0..4);
    (
        option::of(payload_format()),
        option::of(any::<u32>()),
        option::of(any::<NonZeroU16>()),
        option::of(topic_name()),
        option::of(bytes()),
        user_properties(),
        identifiers,
        option::of(text()),
    )
        .prop_map(|all| PublishProperties {
            payload_format_indicator: all.0,
            message_expiry_interval: all.1,
            topic_alias: all.2,
            response_topic: all.3,
            correlation_data: all.4,
            user_properties: all.5,
            subscription_identifiers: all.6.into_iter().collect::<SubscriptionIdentifiers<'_>>(),
            content_type: all.7,
        })
}

fn connect(version: ProtocolVersion) -> Packets {
    let (properties, will_properties) = match version {
        V5 => (connect_properties().boxed(), will_properties().boxed()),
        _ => (
            Just(ConnectProperties::default()).boxed(),
            Just(WillProperties::default()).boxed(),
        ),
    };
    let will = (topic_name(), bytes(), qos(), any::<bool>(), will_properties).prop_map(
        |(topic, payload, qos, retain, properties)| Will {
            topic,
            payload,
            qos,
            retain,
            properties,
        },
    );
    (
        any::<bool>(),
        any::<u16>(),
        text(),
        option::of(will),
        option::of(text()),
        option::of(bytes()),
        properties,
    )
        .prop_map(move |all| {
            let (clean_start, keep_alive, client_id, will, username, password, properties) = all;
            let is_v5 = version == V5;
            ControlPacket::Connect(Box::new(Connect {
                protocol_version: version,
                clean_start,
                keep_alive,
                client_id: match client_id {
                    "" if !is_v5 => "id",
                    client_id => client_id,
                },
                will,
                username,
                password: password.filter(|_| is_v5 || username.is_some()),
                properties,
            }))
        })
        .boxed()
}

fn connect_properties() -> impl Strategy<Value = ConnectProperties<'static>> {
    (
        option::of(any::<u32>()),
        option::of(any::<NonZeroU16>()),
        option::of(any::<NonZeroU32>()),
        option::of(any::<u16>()),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        user_properties(),
        option::of((text(), option::of(bytes()))),
    )
        .prop_map(|all| ConnectProperties {
            session_expiry_interval: all.0,
            receive_maximum: all.1,
            maximum_packet_size: all.2,
            topic_alias_maximum: all.3,
            request_response_information: all.4,
            request_problem_information: all.5,
            user_properties: all.6,
            authentication_method: all.7.map(|(method, _)| method),
            authentication_data: all.7.and_then(|(_, data)| data),
        })
}

fn will_properties() -> impl Strategy<Value = WillProperties<'static>> {
    (
        option::of(any::<u32>()),
        option::of(payload_format()),
        option::of(any::<u32>()),
        option::of(text()),
        option::of(topic_name()),
        option::of(bytes()),
        user_properties(),
    )
        .prop_map(|all| WillProperties {
            will_delay_interval: all.0,
            payload_format_indicator: all.1,
            message_expiry_interval: all.2,
            content_type: all.3,
            response_topic: all.4,
            correlation_data: all.5,
            user_properties: all.6,
        })
}

fn connack_v3() -> Packets {
    (any::<bool>(), select(&ConnectReturnCode::ALL[..]))
        .prop_map(|(session_present, code)| {
            let code = ConnackCode::V3(code);
            ControlPacket::Connack(Box::new(Connack {
                session_present: session_present && code.is_accepted(),
                code,
                properties: ConnackProperties::default(),
            }))
        })
        .boxed()
}

fn connack_v5() -> Packets {
    let numbers = (
        option::of(any::<u32>()),
        option::of(any::<NonZeroU16>()),
        option::of(select(vec![Qos::AtMostOnce, Qos::AtLeastOnce])),
        option::of(any::<NonZeroU32>()),
        option::of(any::<u16>()),
        option::of(any::<u16>()),
    );
    let flags = (
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
    );
    let texts = (
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(bytes()),
        user_properties(),
    );
    (
        any::<bool>(),
        reason_code(ControlPacketType::Connack),
        numbers,
        flags,
        texts,
    )
        .prop_map(|(session_present, code, numbers, flags, texts)| {
            let code = ConnackCode::V5(code);
            ControlPacket::Connack(Box::new(Connack {
                session_present: session_present && code.is_accepted(),
                code,
                properties: ConnackProperties {
                    session_expiry_interval: numbers.0,
                    receive_maximum: numbers.1,
                    maximum_qos: numbers.2,
                    retain_available: flags.0,
                    maximum_packet_size: numbers.3,
                    assigned_client_identifier: texts.0,
                    topic_alias_maximum: numbers.4,
                    reason_string: texts.1,
                    user_properties: texts.6,
                    wildcard_subscription_available: flags.1,
                    subscription_identifiers_available: flags.2,
                    shared_subscription_available: flags.3,
                    server_keep_alive: numbers.5,
                    response_information: texts.2,
                    server_reference: texts.3,
                    authentication_method: texts.4,
                    authentication_data: texts.5,
                },
            }))
        })
        .boxed()
}

fn acknowledgement(version: ProtocolVersion) -> Packets {
    use ControlPacketType as Type;
    let types = vec![Type::Puback, Type::Pubrec, Type::Pubrel, Type::Pubcomp];
    select(types)
        .prop_flat_map(move |packet_type| {
            let body = match version {
                V5 => (
                    packet_id(),
                    reason_code(packet_type),
                    option::of(text()),
                    user_properties(),
                )
                    .prop_map(
                        |(packet_id, reason_code, reason_string, pairs)| Acknowledgement {
                            packet_id,
                            reason_code,
                            reason_string,
                            user_properties: pairs,
                        },
                    )
                    .boxed(),
                _ => packet_id().prop_map(Acknowledgement::success).boxed(),
            };
            body.prop_map(move |body| match packet_type {
                Type::Puback => ControlPacket::Puback(body),
                Type::Pubrec => ControlPacket::Pubrec(body),
                Type::Pubrel => ControlPacket::Pubrel(body),
                _ => ControlPacket::Pubcomp(body),
            })
        })
        .boxed()
}

fn subscribe(version: ProtocolVersion) -> Packets {
    let (identifier, pairs, options) = match version {
        V5 => (
            option::of(subscription_identifier()).boxed(),
            user_properties().boxed(),
            subscription_options().boxed(),
        ),
        _ => (
            Just(None).boxed(),
            Just(UserProperties::EMPTY).boxed(),
            qos().prop_map(SubscriptionOptions::with_qos).boxed(),
        ),
    };
    let subscription = (topic_filter(), options).prop_map(|(filter, mut options)| {
        options.no_local &= filter.shared().is_none();
        Subscription { filter, options }
    });
    (packet_id(), identifier, pairs, vec(subscription, 1..5))
        .prop_map(
            |(packet_id, subscription_identifier, user_properties, subscriptions)| {
                ControlPacket::Subscribe(Subscribe {
                    packet_id,
                    subscription_identifier,
                    user_properties,
                    subscriptions,
                })
            },
        )
        .boxed()
}

fn subscription_options() -> impl Strategy<Value = SubscriptionOptions> {
    let handling = select(&RetainHandling::ALL[..]);
    (qos(), any::<bool>(), any::<bool>(), handling).prop_map(
        |(qos, no_local, retain_as_published, retain_handling)| SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            retain_handling,
        },
    )
}

fn suback(version: ProtocolVersion) -> Packets {
    let code = match version {
        V5 => reason_code(ControlPacketType::Suback).boxed(),
        _ => select(vec![
            ReasonCode::Success,
            ReasonCode::GrantedQos1,
            ReasonCode::GrantedQos2,
            ReasonCode::UnspecifiedError,
        ])
        .boxed(),
    };
    (packet_id(), reasons(version), vec(code, 1..5))
        .prop_map(|(packet_id, (reason_string, pairs), reason_codes)| {
            ControlPacket::Suback(Suback {
                packet_id,
                reason_string,
                user_properties: pairs,
                reason_codes,
            })
        })
        .boxed()
}

fn unsubscribe(version: ProtocolVersion) -> Packets {
    (packet_id(), reasons(version), vec(topic_filter(), 1..5))
        .prop_map(|(packet_id, (_, user_properties), filters)| {
            ControlPacket::Unsubscribe(Unsubscribe {
                packet_id,
                user_properties,
                filters,
            })
        })
        .boxed()
}

fn unsuback(version: ProtocolVersion) -> Packets {
    let codes = match version {
        V5 => vec(reason_code(ControlPacketType::Unsuback), 1..5).boxed(),
        _ => Just(Vec::new()).boxed(),
    };
    (packet_id(), reasons(version), codes)
        .prop_map(|(packet_id, (reason_string, pairs), reason_codes)| {
            ControlPacket::Unsuback(Unsuback {
                packet_id,
                reason_string,
                user_properties: pairs,
                reason_codes,
            })
        })
        .boxed()
}

fn disconnect_v5() -> Packets {
    (
        reason_code(ControlPacketType::Disconnect),
        option::of(any::<u32>()),
        option::of(text()),
        option::of(text()),
        user_properties(),
    )
        .prop_map(|all| {
            ControlPacket::Disconnect(Disconnect {
                reason_code: all.0,
                session_expiry_interval: all.1,
                reason_string: all.2,
                server_reference: all.3,
                user_properties: all.4,
            })
        })
        .boxed()
}

fn auth() -> Packets {
    (
        reason_code(ControlPacketType::Auth),
        text(),
        option::of(bytes()),
        option::of(text()),
        user_properties(),
    )
        .prop_map(|all| {
            ControlPacket::Auth(Auth {
                reason_code: all.0,
                authentication_method: Some(all.1),
                authentication_data: all.2,
                reason_string: all.3,
                user_properties: all.4,
            })
        })
        .boxed()
}

type Reasons = (Option<&'static str>, UserProperties<'static>);

fn reasons(version: ProtocolVersion) -> BoxedStrategy<Reasons> {
    match version {
        V5 => (option::of(text()), user_properties()).boxed(),
        _ => Just((None, UserProperties::EMPTY)).boxed(),
    }
}

fn reason_code(packet: ControlPacketType) -> impl Strategy<Value = ReasonCode> {
    let codes: Vec<_> = ReasonCode::ALL
        .into_iter()
        .filter(|code| code.is_allowed_in(packet))
        .collect();
    select(codes)
}

fn qos() -> impl Strategy<Value = Qos> {
    select(&Qos::ALL[..])
}

fn payload_format() -> impl Strategy<Value = PayloadFormat> {
    select(vec![PayloadFormat::UnspecifiedBytes, PayloadFormat::Utf8])
}

fn packet_id() -> impl Strategy<Value = PacketId> {
    any::<NonZeroU16>().prop_map(|value| PacketId::new(value.get()).unwrap())
}

fn subscription_identifier() -> impl Strategy<Value = SubscriptionIdentifier> {
    prop_oneof![1..200_u32, 1..=SubscriptionIdentifier::MAXIMUM]
        .prop_map(|value| SubscriptionIdentifier::new(value).unwrap())
}

fn user_properties() -> impl Strategy<Value = UserProperties<'static>> {
    let pairs = vec((text(), text()), 0..4);
    pairs.prop_map(|pairs| UserProperties::from_pairs(pairs).unwrap())
}

/// Texts of all kinds, but never with U+0000.
fn text() -> impl Strategy<Value = &'static str> {
    select(vec![
        "",
        "a",
        "temperature",
        "21.5 °C",
        "😀 / grüße",
        "\u{feff}with a byte order mark",
        "control \u{1} \u{7f} \u{9f}",
        "a text of more than one hundred and twenty-seven bytes, so that lengths take a second \
         byte wherever a length is written as a variable byte integer",
    ])
}

fn bytes() -> impl Strategy<Value = &'static [u8]> {
    select(vec![
        &b""[..],
        b"\0",
        b"payload",
        b"\xff\xfe\xfd",
        &[0x26; 130],
        &[0xc0; 300],
    ])
}

fn topic_name() -> impl Strategy<Value = TopicName<'static>> {
    select(vec!["a", "/", "a/b/c", "$SYS/uptime", " ", "grüße/😀"])
        .prop_map(|text| TopicName::parse(text).unwrap())
}

fn topic_filter() -> impl Strategy<Value = TopicFilter<'static>> {
    select(vec!["a", "#", "+", "a/+/#", "/", "$share/group/a/#", "é/+"])
        .prop_map(|text| TopicFilter::parse(text).unwrap())
}
