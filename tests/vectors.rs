//! The packets of `../shared/conformance/vectors.json`, which nobody wrote with this codec in mind.

use std::fs;
use std::path::Path;

use mqtt_lab::codec::{
    Acknowledgement, Connack, ConnackCode, ConnackProperties, Connect, ConnectProperties,
    ControlPacket, PayloadFormat, Peer, ProtocolVersion, Publish, PublishProperties, Qos,
    ReasonCode, UserProperties, WillProperties, decode, encode,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Valid packets that the codec refuses, and why it may.
const REFUSED: [(&str, &str); 1] = [(
    "v5-auth-ok-003",
    "mayReject: AUTH with a Reason Code but neither Property Length nor Authentication Method",
)];

/// Valid packets that are not in the form the codec writes, and what it writes otherwise.
const NOT_CANONICAL: [(&str, &str); 15] = [
    (
        "v5-connack-ok-040",
        "the Receive Maximum comes first, as in section 3.2.2.3",
    ),
    (
        "v5-publish-ok-082",
        "User Properties come before the Content Type, as in section 3.3.2.3",
    ),
    (
        "v5-publish-ok-090",
        "User Properties come before the Content Type, as in section 3.3.2.3",
    ),
    (
        "v5-puback-ok-010",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    (
        "v5-puback-ok-012",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    ("v5-puback-ok-013", "the empty Property Length is left out"),
    (
        "v5-pubrec-ok-008",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    (
        "v5-pubrec-ok-009",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    ("v5-pubrec-ok-010", "the empty Property Length is left out"),
    (
        "v5-pubrel-ok-003",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    (
        "v5-pubrel-ok-004",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    ("v5-pubrel-ok-009", "the empty Property Length is left out"),
    (
        "v5-pubcomp-ok-004",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    (
        "v5-pubcomp-ok-006",
        "Reason Code 0 and an empty Property Length are left out",
    ),
    (
        "v5-disconnect-ok-033",
        "the empty Property Length is left out",
    ),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vector {
    id: String,
    protocol_version: String,
    sent_by: Option<String>,
    hex: String,
    valid: bool,
    kind: String,
    fields: Option<Value>,
    #[serde(default)]
    may_reject: Vec<String>,
    reason: Option<String>,
    #[serde(default)]
    expect: Expectation,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Expectation {
    #[serde(default)]
    reason_codes: Vec<String>,
}

impl Vector {
    fn version(&self) -> ProtocolVersion {
        ProtocolVersion::ALL
            .into_iter()
            .find(|version| version.name() == self.protocol_version)
            .unwrap()
    }

    fn raw(&self) -> Vec<u8> {
        (0..self.hex.len() / 2)
            .map(|index| u8::from_str_radix(&self.hex[2 * index..2 * index + 2], 16).unwrap())
            .collect()
    }

    fn sender(&self) -> Option<Peer> {
        match self.sent_by.as_deref() {
            Some("client") => Some(Peer::Client),
            Some("server") => Some(Peer::Server),
            _ => None,
        }
    }
}

/// The vectors; `None`, said aloud, where the folder is absent.
#[expect(clippy::print_stderr, reason = "a skipped test must say so")]
fn vectors() -> Option<Vec<Vector>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/conformance/vectors.json");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: there is no ../shared/conformance/vectors.json");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

#[test]
fn every_valid_packet_decodes_to_its_fields_and_back() {
    let Some(vectors) = vectors() else { return };
    let mut faults = Vec::new();
    let mut checked = 0;
    for vector in vectors.iter().filter(|vector| vector.valid) {
        checked += 1;
        let raw = vector.raw();
        let version = vector.version();
        let is_refused = REFUSED.iter().any(|(id, _)| *id == vector.id);
        let packet = match decode(&raw, version) {
            Ok(packet) => packet,
            Err(_) if is_refused && !vector.may_reject.is_empty() => continue,
            Err(error) => {
                faults.push(format!("{} {}: {error}", vector.id, vector.hex));
                continue;
            }
        };
        if is_refused {
            faults.push(format!("{} is listed as refused, but is not", vector.id));
        }
        let kind = packet.packet_type().name().to_lowercase();
        assert_eq!(kind, vector.kind, "{}", vector.id);
        let fields = fields(&packet, version);
        if Some(&fields) != vector.fields.as_ref() {
            let expected = vector.fields.as_ref().unwrap();
            faults.push(format!("{}:\n  {fields}\n  {expected}", vector.id));
        }
        if let Some(sender) = vector.sender()
            && let Err(error) = packet.check_sender(sender, version)
        {
            faults.push(format!("{}: {error}", vector.id));
        }
        let mut out = Vec::new();
        let length = encode(&packet, version, &mut out).unwrap();
        assert_eq!(length, out.len());
        assert_eq!(decode(&out, version).as_ref(), Ok(&packet), "{}", vector.id);
        let is_canonical = !NOT_CANONICAL.iter().any(|(id, _)| *id == vector.id);
        if (out == raw) != is_canonical {
            let written: String = out.iter().map(|byte| format!("{byte:02x}")).collect();
            faults.push(format!(
                "{} canonical: {is_canonical}\n  {}\n  {written}",
                vector.id, vector.hex
            ));
        }
    }
    assert!(checked > 400, "only {checked} valid vectors");
    assert!(
        faults.is_empty(),
        "{} of {checked}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn every_invalid_packet_is_refused_with_an_acceptable_reason_code() {
    let Some(vectors) = vectors() else { return };
    let mut faults = Vec::new();
    let mut checked = 0;
    for vector in vectors.iter().filter(|vector| !vector.valid) {
        checked += 1;
        let raw = vector.raw();
        let version = vector.version();
        let what = format!("{} {} {:?}", vector.id, vector.hex, vector.reason);
        let reason_code = match decode(&raw, version) {
            Err(error) => {
                assert!(error.offset <= raw.len(), "{what}: {error:?}");
                error.reason_code()
            }
            Ok(packet) => {
                let sender = vector.sender();
                match sender.map(|sender| packet.check_sender(sender, version)) {
                    Some(Err(error)) => error.reason_code(),
                    _ => {
                        faults.push(format!("{what}: accepted"));
                        continue;
                    }
                }
            }
        };
        let code = format!("0x{:02X}", reason_code.as_u8());
        let accepted = &vector.expect.reason_codes;
        if version == ProtocolVersion::V5_0 && !accepted.is_empty() && !accepted.contains(&code) {
            faults.push(format!("{what}: {code}, not one of {accepted:?}"));
        }
    }
    assert!(checked > 700, "only {checked} invalid vectors");
    assert!(
        faults.is_empty(),
        "{} of {checked}:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// The packet in the vectors' own words.
fn fields(packet: &ControlPacket<'_>, version: ProtocolVersion) -> Value {
    let is_v5 = version == ProtocolVersion::V5_0;
    let mut all = match packet {
        ControlPacket::Connect(connect) => connect_fields(connect),
        ControlPacket::Connack(connack) => connack_fields(connack),
        ControlPacket::Publish(publish) => publish_fields(publish),
        ControlPacket::Puback(acknowledgement)
        | ControlPacket::Pubrec(acknowledgement)
        | ControlPacket::Pubrel(acknowledgement)
        | ControlPacket::Pubcomp(acknowledgement) => {
            let mut all = acknowledgement_fields(acknowledgement);
            if !is_v5 {
                all.remove("reasonCode");
            }
            all
        }
        ControlPacket::Subscribe(subscribe) => {
            let mut properties = user_properties(&subscribe.user_properties);
            if let Some(identifier) = subscribe.subscription_identifier {
                properties.insert(
                    "subscriptionIdentifiers".into(),
                    json!([identifier.value()]),
                );
            }
            let subscriptions: Vec<_> = subscribe
                .subscriptions
                .iter()
                .map(|subscription| {
                    let options = subscription.options;
                    let filter = subscription.filter.as_str();
                    let qos = options.qos.as_u8();
                    if !is_v5 {
                        return json!({ "filter": filter, "qos": qos });
                    }
                    json!({
                        "filter": filter,
                        "qos": qos,
                        "noLocal": options.no_local,
                        "retainAsPublished": options.retain_as_published,
                        "retainHandling": options.retain_handling.as_u8(),
                    })
                })
                .collect();
            map(json!({
                "packetId": subscribe.packet_id.value(),
                "properties": properties,
                "subscriptions": subscriptions,
            }))
        }
        ControlPacket::Suback(suback) => map(json!({
            "packetId": suback.packet_id.value(),
            "properties": reasons(suback.reason_string, &suback.user_properties),
            "reasonCodes": codes(&suback.reason_codes),
        })),
        ControlPacket::Unsubscribe(unsubscribe) => map(json!({
            "packetId": unsubscribe.packet_id.value(),
            "properties": user_properties(&unsubscribe.user_properties),
            "filters": unsubscribe.filters.iter().map(|filter| filter.as_str()).collect::<Vec<_>>(),
        })),
        ControlPacket::Unsuback(unsuback) => {
            let mut all = map(json!({
                "packetId": unsuback.packet_id.value(),
                "properties": reasons(unsuback.reason_string, &unsuback.user_properties),
            }));
            if is_v5 {
                all.insert("reasonCodes".into(), json!(codes(&unsuback.reason_codes)));
            }
            all
        }
        ControlPacket::Pingreq | ControlPacket::Pingresp => return json!({}),
        ControlPacket::Disconnect(disconnect) => {
            let mut properties = reasons(disconnect.reason_string, &disconnect.user_properties);
            put(
                &mut properties,
                "sessionExpiryInterval",
                disconnect.session_expiry_interval,
            );
            put(
                &mut properties,
                "serverReference",
                disconnect.server_reference,
            );
            map(json!({
                "reasonCode": disconnect.reason_code.as_u8(),
                "properties": properties,
            }))
        }
        ControlPacket::Auth(auth) => {
            let mut properties = reasons(auth.reason_string, &auth.user_properties);
            put(
                &mut properties,
                "authenticationMethod",
                auth.authentication_method,
            );
            put(
                &mut properties,
                "authenticationData",
                auth.authentication_data.map(hex),
            );
            map(json!({ "reasonCode": auth.reason_code.as_u8(), "properties": properties }))
        }
    };
    if !is_v5 {
        all.remove("properties");
        if let Some(Value::Object(will)) = all.get_mut("will") {
            will.remove("properties");
        }
    }
    Value::Object(all)
}

fn connect_fields(connect: &Connect<'_>) -> Map<String, Value> {
    let will = connect.will.as_ref().map(|will| {
        json!({
            "qos": will.qos.as_u8(),
            "retain": will.retain,
            "topic": will.topic.as_str(),
            "payloadHex": hex(will.payload),
            "properties": will_properties(&will.properties),
        })
    });
    map(json!({
        "protocolName": connect.protocol_version.protocol_name(),
        "protocolLevel": connect.protocol_version.level(),
        "cleanStart": connect.clean_start,
        "keepAlive": connect.keep_alive,
        "properties": connect_properties(&connect.properties),
        "clientId": connect.client_id,
        "will": will,
        "username": connect.username,
        "passwordHex": connect.password.map(hex),
    }))
}

fn connect_properties(properties: &ConnectProperties<'_>) -> Map<String, Value> {
    let mut all = user_properties(&properties.user_properties);
    put(
        &mut all,
        "sessionExpiryInterval",
        properties.session_expiry_interval,
    );
    put(&mut all, "receiveMaximum", properties.receive_maximum);
    put(
        &mut all,
        "maximumPacketSize",
        properties.maximum_packet_size,
    );
    put(
        &mut all,
        "topicAliasMaximum",
        properties.topic_alias_maximum,
    );
    put(
        &mut all,
        "requestResponseInformation",
        properties.request_response_information.map(u8::from),
    );
    put(
        &mut all,
        "requestProblemInformation",
        properties.request_problem_information.map(u8::from),
    );
    put(
        &mut all,
        "authenticationMethod",
        properties.authentication_method,
    );
    put(
        &mut all,
        "authenticationData",
        properties.authentication_data.map(hex),
    );
    all
}

fn will_properties(properties: &WillProperties<'_>) -> Map<String, Value> {
    let mut all = user_properties(&properties.user_properties);
    put(
        &mut all,
        "willDelayInterval",
        properties.will_delay_interval,
    );
    let format = properties
        .payload_format_indicator
        .map(PayloadFormat::as_u8);
    put(&mut all, "payloadFormatIndicator", format);
    put(
        &mut all,
        "messageExpiryInterval",
        properties.message_expiry_interval,
    );
    put(&mut all, "contentType", properties.content_type);
    put(
        &mut all,
        "responseTopic",
        properties.response_topic.map(|topic| topic.as_str()),
    );
    put(
        &mut all,
        "correlationData",
        properties.correlation_data.map(hex),
    );
    all
}

fn connack_fields(connack: &Connack<'_>) -> Map<String, Value> {
    let code = match connack.code {
        ConnackCode::V3(code) => code.as_u8(),
        ConnackCode::V5(code) => code.as_u8(),
    };
    map(json!({
        "sessionPresent": connack.session_present,
        "reasonCode": code,
        "properties": connack_properties(&connack.properties),
    }))
}

fn connack_properties(properties: &ConnackProperties<'_>) -> Map<String, Value> {
    let mut all = reasons(properties.reason_string, &properties.user_properties);
    put(
        &mut all,
        "sessionExpiryInterval",
        properties.session_expiry_interval,
    );
    put(&mut all, "receiveMaximum", properties.receive_maximum);
    put(
        &mut all,
        "maximumQoS",
        properties.maximum_qos.map(Qos::as_u8),
    );
    put(
        &mut all,
        "retainAvailable",
        properties.retain_available.map(u8::from),
    );
    put(
        &mut all,
        "maximumPacketSize",
        properties.maximum_packet_size,
    );
    put(
        &mut all,
        "assignedClientIdentifier",
        properties.assigned_client_identifier,
    );
    put(
        &mut all,
        "topicAliasMaximum",
        properties.topic_alias_maximum,
    );
    put(
        &mut all,
        "wildcardSubscriptionAvailable",
        properties.wildcard_subscription_available.map(u8::from),
    );
    put(
        &mut all,
        "subscriptionIdentifiersAvailable",
        properties.subscription_identifiers_available.map(u8::from),
    );
    put(
        &mut all,
        "sharedSubscriptionAvailable",
        properties.shared_subscription_available.map(u8::from),
    );
    put(&mut all, "serverKeepAlive", properties.server_keep_alive);
    put(
        &mut all,
        "responseInformation",
        properties.response_information,
    );
    put(&mut all, "serverReference", properties.server_reference);
    put(
        &mut all,
        "authenticationMethod",
        properties.authentication_method,
    );
    put(
        &mut all,
        "authenticationData",
        properties.authentication_data.map(hex),
    );
    all
}

fn publish_fields(publish: &Publish<'_>) -> Map<String, Value> {
    map(json!({
        "dup": publish.dup,
        "qos": publish.qos.as_u8(),
        "retain": publish.retain,
        "topic": publish.topic.map_or("", |topic| topic.as_str()),
        "packetId": publish.packet_id.map(|packet_id| packet_id.value()),
        "properties": publish_properties(&publish.properties),
        "payloadHex": hex(publish.payload),
    }))
}

fn publish_properties(properties: &PublishProperties<'_>) -> Map<String, Value> {
    let mut all = user_properties(&properties.user_properties);
    let format = properties
        .payload_format_indicator
        .map(PayloadFormat::as_u8);
    put(&mut all, "payloadFormatIndicator", format);
    put(
        &mut all,
        "messageExpiryInterval",
        properties.message_expiry_interval,
    );
    put(&mut all, "topicAlias", properties.topic_alias);
    put(
        &mut all,
        "responseTopic",
        properties.response_topic.map(|topic| topic.as_str()),
    );
    put(
        &mut all,
        "correlationData",
        properties.correlation_data.map(hex),
    );
    let identifiers = properties.subscription_identifiers.iter();
    let identifiers: Vec<_> = identifiers.map(|identifier| identifier.value()).collect();
    if !identifiers.is_empty() {
        all.insert("subscriptionIdentifiers".into(), json!(identifiers));
    }
    put(&mut all, "contentType", properties.content_type);
    all
}

fn acknowledgement_fields(acknowledgement: &Acknowledgement<'_>) -> Map<String, Value> {
    map(json!({
        "packetId": acknowledgement.packet_id.value(),
        "reasonCode": acknowledgement.reason_code.as_u8(),
        "properties": reasons(acknowledgement.reason_string, &acknowledgement.user_properties),
    }))
}

fn reasons(reason_string: Option<&str>, pairs: &UserProperties<'_>) -> Map<String, Value> {
    let mut all = user_properties(pairs);
    put(&mut all, "reasonString", reason_string);
    all
}

fn user_properties(properties: &UserProperties<'_>) -> Map<String, Value> {
    let mut all = Map::new();
    if !properties.is_empty() {
        let pairs: Vec<_> = properties.iter().collect();
        all.insert("userProperties".into(), json!(pairs));
    }
    all
}

fn put<T: serde::Serialize>(all: &mut Map<String, Value>, name: &str, value: Option<T>) {
    if let Some(value) = value {
        all.insert(name.into(), json!(value));
    }
}

fn codes(codes: &[ReasonCode]) -> Vec<u8> {
    codes.iter().map(|code| code.as_u8()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => unreachable!("an object literal"),
    }
}
