//! Holds a dissection against the decoded packet and against the bytes.

use mqtt_lab::codec::{
    Acknowledgement, Auth, Connack, ConnackCode, Connect, ControlPacket, ControlPacketType,
    Disconnect, Dissection, Field, FieldKind, FieldName as Name, FieldValue as Value,
    PropertyId as Id, ProtocolVersion, Publish, PublishProperties, Qos, ReasonCode, RetainHandling,
    Subscribe, SubscriptionOptions, UserProperties, Will,
};

const V5: ProtocolVersion = ProtocolVersion::V5_0;

/// What must hold for any bytes: the leaves tile them, inner fields stand within outer ones, and texts,
/// bytes and numbers are those of the bytes.
pub(crate) fn check_spans(dissection: &Dissection<'_>, raw: &[u8]) {
    let mut end = 0;
    for field in &dissection.fields {
        assert!(field.span.start <= field.span.end && field.span.end <= raw.len());
        if field.is_leaf() {
            assert_eq!(field.span.start, end, "{field:?}");
            end = field.span.end;
        }
        check_bytes(field, raw);
    }
    assert_eq!(end, raw.len());
    check_nesting(&dissection.fields);
}

/// A field stands within the last one before it that is a level further out.
fn check_nesting(fields: &[Field<'_>]) {
    let mut outer: Vec<&Field<'_>> = Vec::new();
    for field in fields {
        outer.truncate(usize::from(field.depth));
        assert_eq!(outer.len(), usize::from(field.depth), "{field:?}");
        if let Some(group) = outer.last() {
            let is_within =
                group.span.start <= field.span.start && field.span.end <= group.span.end;
            assert!(is_within, "{field:?} is not within {group:?}");
            let is_bits = matches!(field.kind, FieldKind::Bits(_));
            assert_eq!(
                is_bits,
                group.kind != FieldKind::Group,
                "{field:?} in {group:?}"
            );
        }
        outer.push(field);
    }
}

fn check_bytes(field: &Field<'_>, raw: &[u8]) {
    let bytes = &raw[field.span.clone()];
    let body = match field.kind {
        FieldKind::Group => {
            assert_eq!(field.value, Value::None);
            return;
        }
        FieldKind::Bits(mask) => {
            assert_eq!(bytes.len(), 1);
            let bits = u32::from((bytes[0] & mask) >> mask.trailing_zeros());
            assert_eq!(number_of(field.value), Some(bits), "{field:?}");
            return;
        }
        FieldKind::Value => bytes,
        FieldKind::LengthPrefixed => {
            let length = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
            assert_eq!(length, bytes.len() - 2);
            &bytes[2..]
        }
    };
    match field.value {
        Value::Text(text) => assert_eq!(text.as_bytes(), body),
        Value::Bytes(value) => assert_eq!(value, body),
        value => {
            let number = number_of(value);
            assert!(number.is_some(), "{field:?}");
            assert!(
                number == Some(big_endian(body)) || number == Some(variable_byte_integer(body)),
                "{field:?} of {body:02x?}"
            );
        }
    }
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u32::from(*byte))
}

fn variable_byte_integer(bytes: &[u8]) -> u32 {
    let digits = bytes.iter().rev().map(|byte| u32::from(byte & 0x7f));
    digits.fold(0, |sum, digit| sum << 7 | digit)
}

/// The number that stands for a value on the wire.
fn number_of(value: Value<'_>) -> Option<u32> {
    Some(match value {
        Value::None | Value::Text(_) | Value::Bytes(_) => return None,
        Value::Number(number) => number,
        Value::Flag(flag) => u32::from(flag),
        Value::PacketType(packet) => u32::from(packet.as_u8()),
        Value::PacketId(packet_id) => u32::from(packet_id.value()),
        Value::Version(version) => u32::from(version.level()),
        Value::Qos(qos) => u32::from(qos.as_u8()),
        Value::RetainHandling(handling) => u32::from(handling.as_u8()),
        Value::PayloadFormat(format) => u32::from(format.as_u8()),
        Value::Property(property) => u32::from(property.as_u8()),
        Value::ReturnCode(code) => u32::from(code.as_u8()),
        Value::ReasonCode(code, _) => u32::from(code.as_u8()),
    })
}

/// The fields of a packet that decodes have the decoded packet's values: each of them, as often, and in
/// the order in which they repeat.
pub(crate) fn check_values(
    dissection: &Dissection<'_>,
    packet: &ControlPacket<'_>,
    raw: &[u8],
    version: ProtocolVersion,
) {
    let mut found: Vec<(Name, Value<'_>)> = Vec::new();
    for (index, field) in dissection.fields.iter().enumerate() {
        match field.name {
            Name::PropertyLength => check_length_of_properties(dissection, index),
            Name::PropertyIdentifier => check_identifier(dissection, index),
            _ if field.kind == FieldKind::Group => {}
            name => found.push((name, field.value)),
        }
    }
    let mut expected = values_of(packet, raw, version);
    // A Reason Code of 0 may be left out.
    for name in [
        Name::ReasonCode,
        Name::DisconnectReasonCode,
        Name::AuthenticateReasonCode,
    ] {
        if !found.iter().any(|(found, _)| *found == name) {
            expected.retain(|(expected, value)| {
                *expected != name || !matches!(value, Value::ReasonCode(ReasonCode::Success, _))
            });
        }
    }
    // Stable: what repeats keeps its order.
    found.sort_by_key(|(name, _)| *name);
    expected.sort_by_key(|(name, _)| *name);
    assert_eq!(found, expected, "{raw:02x?} {version:?}");
}

/// The length is that of the heading behind it; where it is 0 there is none.
fn check_length_of_properties(dissection: &Dissection<'_>, index: usize) {
    let length = dissection.fields[index].value;
    let properties = dissection.fields.get(index + 1);
    let properties = properties.filter(|field| field.name == Name::Properties);
    let expected = properties.map_or(0, |properties| properties.span.len());
    assert_eq!(length, Value::Number(u32::try_from(expected).unwrap()));
}

/// An identifier stands behind its heading and before the value that it announces.
fn check_identifier(dissection: &Dissection<'_>, index: usize) {
    assert_eq!(dissection.fields[index - 1].name, Name::Property);
    let next = dissection.fields[index + 1].name;
    match dissection.fields[index].value {
        Value::Property(Id::UserProperty) => assert_eq!(next, Name::UserPropertyName),
        Value::Property(property) => assert_eq!(next, Name::PropertyValue(property)),
        value => panic!("{value:?} is no property"),
    }
}

type Values<'a> = Vec<(Name, Value<'a>)>;

/// Every field that the packet must have, but for lengths and identifiers of properties.
fn values_of<'a>(
    packet: &'a ControlPacket<'a>,
    raw: &[u8],
    version: ProtocolVersion,
) -> Values<'a> {
    let header = 2 + raw[1..].iter().take_while(|byte| **byte >= 0x80).count();
    let packet_type = packet.packet_type();
    let mut all = vec![
        (Name::FirstByte, Value::Number(u32::from(raw[0]))),
        (Name::PacketType, Value::PacketType(packet_type)),
        (
            Name::RemainingLength,
            Value::Number(u32::try_from(raw.len() - header).unwrap()),
        ),
    ];
    if packet_type != ControlPacketType::Publish {
        // 3.1 also allows DUP in requests, of which the decoded packet says nothing.
        all.push((Name::Flags, Value::Number(u32::from(raw[0] & 0x0f))));
    }
    match packet {
        ControlPacket::Connect(connect) => connect_values(connect, raw, header, &mut all),
        ControlPacket::Connack(connack) => connack_values(connack, &mut all),
        ControlPacket::Publish(publish) => publish_values(publish, &mut all),
        ControlPacket::Puback(body)
        | ControlPacket::Pubrec(body)
        | ControlPacket::Pubrel(body)
        | ControlPacket::Pubcomp(body) => {
            acknowledgement_values(body, packet_type, version, &mut all);
        }
        ControlPacket::Subscribe(subscribe) => subscribe_values(subscribe, version, &mut all),
        ControlPacket::Suback(suback) => {
            all.push((Name::PacketIdentifier, Value::PacketId(suback.packet_id)));
            reasons(suback.reason_string, &suback.user_properties, &mut all);
            codes(&suback.reason_codes, packet_type, &mut all);
        }
        ControlPacket::Unsubscribe(unsubscribe) => {
            all.push((
                Name::PacketIdentifier,
                Value::PacketId(unsubscribe.packet_id),
            ));
            pairs(&unsubscribe.user_properties, &mut all);
            let filters = unsubscribe.filters.iter();
            all.extend(filters.map(|filter| (Name::TopicFilter, Value::Text(filter.as_str()))));
        }
        ControlPacket::Unsuback(unsuback) => {
            all.push((Name::PacketIdentifier, Value::PacketId(unsuback.packet_id)));
            reasons(unsuback.reason_string, &unsuback.user_properties, &mut all);
            codes(&unsuback.reason_codes, packet_type, &mut all);
        }
        ControlPacket::Pingreq | ControlPacket::Pingresp => {}
        ControlPacket::Disconnect(disconnect) => disconnect_values(disconnect, version, &mut all),
        ControlPacket::Auth(auth) => auth_values(auth, &mut all),
    }
    all
}

fn connect_values<'a>(connect: &'a Connect<'a>, raw: &[u8], header: usize, all: &mut Values<'a>) {
    let version = connect.protocol_version;
    let name = version.protocol_name();
    let flags = raw[header + 2 + name.len() + 1];
    let flag = |value| Value::Flag(value);
    let clean = match version {
        V5 => Name::CleanStart,
        _ => Name::CleanSession,
    };
    let will = connect.will.as_ref();
    // In 3.1 the packet may end before what these two flags announce.
    let (has_user_name, has_password) = match version {
        ProtocolVersion::V3_1 => (flags & 0x80 != 0, flags & 0x40 != 0),
        _ => (connect.username.is_some(), connect.password.is_some()),
    };
    all.extend([
        (Name::ProtocolName, Value::Text(name)),
        (Name::ProtocolVersion, Value::Version(version)),
        (Name::ConnectFlags, Value::Number(u32::from(flags))),
        (Name::UserNameFlag, flag(has_user_name)),
        (Name::PasswordFlag, flag(has_password)),
        (Name::WillRetain, flag(will.is_some_and(|will| will.retain))),
        (
            Name::WillQos,
            Value::Qos(will.map_or(Qos::AtMostOnce, |will| will.qos)),
        ),
        (Name::WillFlag, flag(will.is_some())),
        (clean, flag(connect.clean_start)),
        (Name::ConnectReserved, flag(false)),
        (
            Name::KeepAlive,
            Value::Number(u32::from(connect.keep_alive)),
        ),
        (Name::ClientIdentifier, Value::Text(connect.client_id)),
    ]);
    let properties = &connect.properties;
    number(
        all,
        Id::SessionExpiryInterval,
        properties.session_expiry_interval,
    );
    number(
        all,
        Id::ReceiveMaximum,
        properties.receive_maximum.map(|value| value.get().into()),
    );
    number(
        all,
        Id::MaximumPacketSize,
        properties.maximum_packet_size.map(|value| value.get()),
    );
    number(
        all,
        Id::TopicAliasMaximum,
        properties.topic_alias_maximum.map(u32::from),
    );
    put(
        all,
        Id::RequestResponseInformation,
        properties.request_response_information.map(flag),
    );
    put(
        all,
        Id::RequestProblemInformation,
        properties.request_problem_information.map(flag),
    );
    pairs(&properties.user_properties, all);
    put(
        all,
        Id::AuthenticationMethod,
        properties.authentication_method.map(Value::Text),
    );
    put(
        all,
        Id::AuthenticationData,
        properties.authentication_data.map(Value::Bytes),
    );
    if let Some(will) = will {
        will_values(will, all);
    }
    all.extend(
        connect
            .username
            .map(|text| (Name::UserName, Value::Text(text))),
    );
    all.extend(
        connect
            .password
            .map(|bytes| (Name::Password, Value::Bytes(bytes))),
    );
}

fn will_values<'a>(will: &'a Will<'a>, all: &mut Values<'a>) {
    let properties = &will.properties;
    number(all, Id::WillDelayInterval, properties.will_delay_interval);
    let format = properties
        .payload_format_indicator
        .map(Value::PayloadFormat);
    put(all, Id::PayloadFormatIndicator, format);
    number(
        all,
        Id::MessageExpiryInterval,
        properties.message_expiry_interval,
    );
    put(
        all,
        Id::ContentType,
        properties.content_type.map(Value::Text),
    );
    let response = properties
        .response_topic
        .map(|topic| Value::Text(topic.as_str()));
    put(all, Id::ResponseTopic, response);
    put(
        all,
        Id::CorrelationData,
        properties.correlation_data.map(Value::Bytes),
    );
    pairs(&properties.user_properties, all);
    all.push((Name::WillTopic, Value::Text(will.topic.as_str())));
    all.push((Name::WillPayload, Value::Bytes(will.payload)));
}

fn connack_values<'a>(connack: &'a Connack<'a>, all: &mut Values<'a>) {
    let flag = |value| Value::Flag(value);
    let present = connack.session_present;
    all.extend([
        (Name::ConnackFlags, Value::Number(u32::from(present))),
        (Name::ConnackReserved, Value::Number(0)),
        (Name::SessionPresent, flag(present)),
        match connack.code {
            ConnackCode::V3(code) => (Name::ConnectReturnCode, Value::ReturnCode(code)),
            ConnackCode::V5(code) => (
                Name::ConnectReasonCode,
                Value::ReasonCode(code, ControlPacketType::Connack),
            ),
        },
    ]);
    let properties = &connack.properties;
    number(
        all,
        Id::SessionExpiryInterval,
        properties.session_expiry_interval,
    );
    number(
        all,
        Id::ReceiveMaximum,
        properties.receive_maximum.map(|value| value.get().into()),
    );
    number(
        all,
        Id::MaximumQos,
        properties.maximum_qos.map(|qos| qos.as_u8().into()),
    );
    put(
        all,
        Id::RetainAvailable,
        properties.retain_available.map(flag),
    );
    number(
        all,
        Id::MaximumPacketSize,
        properties.maximum_packet_size.map(|value| value.get()),
    );
    let assigned = properties.assigned_client_identifier;
    put(all, Id::AssignedClientIdentifier, assigned.map(Value::Text));
    number(
        all,
        Id::TopicAliasMaximum,
        properties.topic_alias_maximum.map(u32::from),
    );
    reasons(properties.reason_string, &properties.user_properties, all);
    let wildcards = properties.wildcard_subscription_available;
    put(all, Id::WildcardSubscriptionAvailable, wildcards.map(flag));
    let identifiers = properties.subscription_identifiers_available;
    put(
        all,
        Id::SubscriptionIdentifierAvailable,
        identifiers.map(flag),
    );
    let shared = properties.shared_subscription_available;
    put(all, Id::SharedSubscriptionAvailable, shared.map(flag));
    number(
        all,
        Id::ServerKeepAlive,
        properties.server_keep_alive.map(u32::from),
    );
    put(
        all,
        Id::ResponseInformation,
        properties.response_information.map(Value::Text),
    );
    put(
        all,
        Id::ServerReference,
        properties.server_reference.map(Value::Text),
    );
    put(
        all,
        Id::AuthenticationMethod,
        properties.authentication_method.map(Value::Text),
    );
    put(
        all,
        Id::AuthenticationData,
        properties.authentication_data.map(Value::Bytes),
    );
}

fn publish_values<'a>(publish: &'a Publish<'a>, all: &mut Values<'a>) {
    let topic = publish.topic.map_or("", |topic| topic.as_str());
    all.extend([
        (Name::Dup, Value::Flag(publish.dup)),
        (Name::Qos, Value::Qos(publish.qos)),
        (Name::Retain, Value::Flag(publish.retain)),
        (Name::TopicName, Value::Text(topic)),
        (Name::Payload, Value::Bytes(publish.payload)),
    ]);
    let packet_id = publish.packet_id.map(Value::PacketId);
    all.extend(packet_id.map(|value| (Name::PacketIdentifier, value)));
    let PublishProperties {
        payload_format_indicator,
        message_expiry_interval,
        topic_alias,
        response_topic,
        correlation_data,
        user_properties,
        subscription_identifiers,
        content_type,
    } = &publish.properties;
    let format = payload_format_indicator.map(Value::PayloadFormat);
    put(all, Id::PayloadFormatIndicator, format);
    number(all, Id::MessageExpiryInterval, *message_expiry_interval);
    number(
        all,
        Id::TopicAlias,
        topic_alias.map(|alias| alias.get().into()),
    );
    put(
        all,
        Id::ResponseTopic,
        response_topic.map(|topic| Value::Text(topic.as_str())),
    );
    put(all, Id::CorrelationData, correlation_data.map(Value::Bytes));
    pairs(user_properties, all);
    for identifier in subscription_identifiers.iter() {
        number(all, Id::SubscriptionIdentifier, Some(identifier.value()));
    }
    put(all, Id::ContentType, content_type.map(Value::Text));
}

fn acknowledgement_values<'a>(
    body: &'a Acknowledgement<'a>,
    packet: ControlPacketType,
    version: ProtocolVersion,
    all: &mut Values<'a>,
) {
    all.push((Name::PacketIdentifier, Value::PacketId(body.packet_id)));
    if version == V5 {
        all.push((
            Name::ReasonCode,
            Value::ReasonCode(body.reason_code, packet),
        ));
    }
    reasons(body.reason_string, &body.user_properties, all);
}

fn subscribe_values<'a>(
    subscribe: &'a Subscribe<'a>,
    version: ProtocolVersion,
    all: &mut Values<'a>,
) {
    all.push((Name::PacketIdentifier, Value::PacketId(subscribe.packet_id)));
    let identifier = subscribe.subscription_identifier;
    number(
        all,
        Id::SubscriptionIdentifier,
        identifier.map(|value| value.value()),
    );
    pairs(&subscribe.user_properties, all);
    for subscription in &subscribe.subscriptions {
        let SubscriptionOptions {
            qos,
            no_local,
            retain_as_published,
            retain_handling,
        } = subscription.options;
        let byte = u32::from(subscription.options.as_byte());
        all.extend([
            (Name::TopicFilter, Value::Text(subscription.filter.as_str())),
            (Name::SubscriptionOptions, Value::Number(byte)),
            (Name::SubscriptionReserved, Value::Number(0)),
            (Name::SubscriptionQos, Value::Qos(qos)),
        ]);
        if version == V5 {
            all.extend([
                (Name::RetainHandling, Value::RetainHandling(retain_handling)),
                (Name::RetainAsPublished, Value::Flag(retain_as_published)),
                (Name::NoLocal, Value::Flag(no_local)),
            ]);
        } else {
            assert_eq!(retain_handling, RetainHandling::SendAtSubscribe);
        }
    }
}

fn disconnect_values<'a>(
    disconnect: &'a Disconnect<'a>,
    version: ProtocolVersion,
    all: &mut Values<'a>,
) {
    if version == V5 {
        let code = Value::ReasonCode(disconnect.reason_code, ControlPacketType::Disconnect);
        all.push((Name::DisconnectReasonCode, code));
    }
    number(
        all,
        Id::SessionExpiryInterval,
        disconnect.session_expiry_interval,
    );
    reasons(disconnect.reason_string, &disconnect.user_properties, all);
    put(
        all,
        Id::ServerReference,
        disconnect.server_reference.map(Value::Text),
    );
}

fn auth_values<'a>(auth: &'a Auth<'a>, all: &mut Values<'a>) {
    let code = Value::ReasonCode(auth.reason_code, ControlPacketType::Auth);
    all.push((Name::AuthenticateReasonCode, code));
    put(
        all,
        Id::AuthenticationMethod,
        auth.authentication_method.map(Value::Text),
    );
    put(
        all,
        Id::AuthenticationData,
        auth.authentication_data.map(Value::Bytes),
    );
    reasons(auth.reason_string, &auth.user_properties, all);
}

fn reasons<'a>(
    reason_string: Option<&'a str>,
    user_properties: &'a UserProperties<'a>,
    all: &mut Values<'a>,
) {
    put(all, Id::ReasonString, reason_string.map(Value::Text));
    pairs(user_properties, all);
}

fn pairs<'a>(properties: &'a UserProperties<'a>, all: &mut Values<'a>) {
    for (name, value) in properties.iter() {
        all.push((Name::UserPropertyName, Value::Text(name)));
        all.push((Name::UserPropertyValue, Value::Text(value)));
    }
}

fn codes<'a>(codes: &[ReasonCode], packet: ControlPacketType, all: &mut Values<'a>) {
    let codes = codes.iter().map(|code| Value::ReasonCode(*code, packet));
    all.extend(codes.map(|code| (Name::ReasonCode, code)));
}

fn number(all: &mut Values<'_>, property: Id, value: Option<u32>) {
    put(all, property, value.map(Value::Number));
}

fn put<'a>(all: &mut Values<'a>, property: Id, value: Option<Value<'a>>) {
    all.extend(value.map(|value| (Name::PropertyValue(property), value)));
}
