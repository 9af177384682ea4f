//! What tshark has to say of a packet, by what our decoder says of it.

use std::collections::BTreeMap;

use mqtt_lab::codec::{
    Connack, Connect, ControlPacket, FieldName, FieldValue, PacketId, PropertyId, ProtocolVersion,
    Publish, ReasonCode, decode, dissect,
};
use mqtt_lab::lab::trace::Record;

/// The fields of tshark that are compared, each with every value it has in a packet.
pub(crate) type Fields = BTreeMap<&'static str, Vec<String>>;

/// The names of the fields. What is a byte or two of bits is compared bit by bit.
pub(crate) const FIELDS: [&str; 48] = [
    "mqtt.msgtype",
    "mqtt.len",
    "mqtt.dupflag",
    "mqtt.qos",
    "mqtt.retain",
    "mqtt.topic",
    "mqtt.msgid",
    "mqtt.msg",
    "mqtt.protoname",
    "mqtt.ver",
    "mqtt.conflag.cleansess",
    "mqtt.conflag.willflag",
    "mqtt.conflag.qos",
    "mqtt.conflag.retain",
    "mqtt.conflag.uname",
    "mqtt.conflag.passwd",
    "mqtt.kalive",
    "mqtt.clientid",
    "mqtt.willtopic",
    "mqtt.willmsg",
    "mqtt.username",
    "mqtt.passwd",
    "mqtt.conack.flags.sp",
    "mqtt.conack.val",
    "mqtt.connack.reason_code",
    "mqtt.puback.reason_code",
    "mqtt.pubrec.reason_code",
    "mqtt.pubrel.reason_code",
    "mqtt.pubcomp.reason_code",
    "mqtt.suback.reason_code",
    "mqtt.unsuback.reason_code",
    "mqtt.disconnect.reason_code",
    "mqtt.auth.reason_code",
    "mqtt.sub.qos",
    "mqtt.suback.qos",
    "mqtt.subscription_options_qos",
    "mqtt.subscription_options_nl",
    "mqtt.subscription_options_rap",
    "mqtt.subscription_options_retain",
    "mqtt.property_id",
    "mqtt.prop_number",
    "mqtt.property.max_qos",
    "mqtt.property.topic_alias",
    "mqtt.property.content_type",
    "mqtt.prop_string",
    "mqtt.prop_key",
    "mqtt.prop_value",
    "mqtt.prop_unknown",
];

/// What tshark has to say of the packet of a record. `topics` are the Topic Aliases seen so far.
pub(crate) fn expected(record: &Record<'_>) -> Fields {
    let version = record.version().expect("a packet has a version");
    let raw = record.raw();
    let packet = decode(raw, version).expect("it is well formed");
    let mut fields = Fields::new();
    let mut add = |name: &'static str, value: String| fields.entry(name).or_default().push(value);
    add("mqtt.msgtype", (raw[0] >> 4).to_string());
    let header = 1 + raw[1..].iter().take_while(|byte| **byte >= 0x80).count() + 1;
    add("mqtt.len", (raw.len() - header).to_string());
    let mut has_code = |name, code: ReasonCode| {
        // Before 5.0 there is none, and in 5.0 it is left out where nothing went wrong.
        if version.has_properties() && raw.len() > 4 || name == DISCONNECT && raw.len() > 2 {
            add(name, code.as_u8().to_string());
        }
    };
    match &packet {
        ControlPacket::Connect(connect) => add_connect(connect, &mut fields),
        ControlPacket::Connack(connack) => add_connack(connack, version, &mut fields),
        ControlPacket::Publish(publish) => add_publish(publish, record, &mut fields),
        ControlPacket::Puback(own) => has_code("mqtt.puback.reason_code", own.reason_code),
        ControlPacket::Pubrec(own) => has_code("mqtt.pubrec.reason_code", own.reason_code),
        ControlPacket::Pubrel(own) => has_code("mqtt.pubrel.reason_code", own.reason_code),
        ControlPacket::Pubcomp(own) => has_code("mqtt.pubcomp.reason_code", own.reason_code),
        ControlPacket::Disconnect(own) => has_code(DISCONNECT, own.reason_code),
        ControlPacket::Auth(own) => {
            add("mqtt.auth.reason_code", own.reason_code.as_u8().to_string())
        }
        ControlPacket::Subscribe(own) => {
            for subscription in &own.subscriptions {
                add("mqtt.topic", subscription.filter.as_str().to_owned());
                let options = subscription.options;
                if !version.has_properties() {
                    add("mqtt.sub.qos", options.qos.as_u8().to_string());
                    continue;
                }
                let flag = |flag: bool| u8::from(flag).to_string();
                add(
                    "mqtt.subscription_options_qos",
                    options.qos.as_u8().to_string(),
                );
                add("mqtt.subscription_options_nl", flag(options.no_local));
                add(
                    "mqtt.subscription_options_rap",
                    flag(options.retain_as_published),
                );
                let handling = options.retain_handling.as_u8();
                add("mqtt.subscription_options_retain", handling.to_string());
            }
        }
        ControlPacket::Suback(own) => {
            let name = match version.has_properties() {
                true => "mqtt.suback.reason_code",
                false => "mqtt.suback.qos",
            };
            for code in &own.reason_codes {
                add(name, code.as_u8().to_string());
            }
        }
        ControlPacket::Unsubscribe(own) => {
            for filter in &own.filters {
                add("mqtt.topic", filter.as_str().to_owned());
            }
        }
        ControlPacket::Unsuback(own) if version.has_properties() => {
            for code in &own.reason_codes {
                add("mqtt.unsuback.reason_code", code.as_u8().to_string());
            }
        }
        ControlPacket::Unsuback(_) | ControlPacket::Pingreq | ControlPacket::Pingresp => {}
    }
    if let Some(packet_id) = record.packet_id() {
        fields.insert("mqtt.msgid", vec![PacketId::value(packet_id).to_string()]);
    }
    add_properties(raw, version, &mut fields);
    fields
}

const DISCONNECT: &str = "mqtt.disconnect.reason_code";

fn add_connect(connect: &Connect<'_>, fields: &mut Fields) {
    let flag = |flag: bool| u8::from(flag).to_string();
    let mut add = |name: &'static str, value: String| {
        fields.insert(name, vec![value]);
    };
    add(
        "mqtt.protoname",
        connect.protocol_version.protocol_name().to_owned(),
    );
    add("mqtt.ver", connect.protocol_version.level().to_string());
    add("mqtt.conflag.cleansess", flag(connect.clean_start));
    add("mqtt.conflag.uname", flag(connect.username.is_some()));
    add("mqtt.conflag.passwd", flag(connect.password.is_some()));
    let will = connect.will.as_ref();
    add("mqtt.conflag.willflag", flag(will.is_some()));
    add(
        "mqtt.conflag.qos",
        will.map_or(0, |will| will.qos.as_u8()).to_string(),
    );
    add(
        "mqtt.conflag.retain",
        flag(will.is_some_and(|will| will.retain)),
    );
    add("mqtt.kalive", connect.keep_alive.to_string());
    add("mqtt.clientid", connect.client_id.to_owned());
    if let Some(will) = will {
        add("mqtt.willtopic", will.topic.as_str().to_owned());
        add("mqtt.willmsg", hex(will.payload));
    }
    if let Some(username) = connect.username {
        add("mqtt.username", username.to_owned());
    }
    if let Some(password) = connect.password {
        add(
            "mqtt.passwd",
            String::from_utf8_lossy(password).into_owned(),
        );
    }
}

fn add_connack(connack: &Connack<'_>, version: ProtocolVersion, fields: &mut Fields) {
    let name = match version.has_properties() {
        true => "mqtt.connack.reason_code",
        false => "mqtt.conack.val",
    };
    fields.insert(name, vec![connack.code.as_u8().to_string()]);
    let session_present = u8::from(connack.session_present).to_string();
    fields.insert("mqtt.conack.flags.sp", vec![session_present]);
}

fn add_publish(publish: &Publish<'_>, record: &Record<'_>, fields: &mut Fields) {
    let mut add = |name: &'static str, value: String| {
        fields.insert(name, vec![value]);
    };
    let flag = |flag: bool| u8::from(flag).to_string();
    add("mqtt.dupflag", flag(publish.dup));
    add("mqtt.qos", publish.qos.as_u8().to_string());
    add("mqtt.retain", flag(publish.retain));
    // A Topic Alias is resolved by both.
    add("mqtt.topic", record.topic().unwrap_or_default().to_owned());
    if !publish.payload.is_empty() {
        add("mqtt.msg", hex(publish.payload));
    }
}

/// Every property in its order: the identifiers, and the values by what tshark calls them.
fn add_properties(raw: &[u8], version: ProtocolVersion, fields: &mut Fields) {
    let dissection = dissect(raw, version);
    let mut add = |name: &'static str, value: String| fields.entry(name).or_default().push(value);
    for field in &dissection.fields {
        let text = match field.value {
            FieldValue::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            FieldValue::Flag(flag) => u8::from(flag).to_string(),
            FieldValue::Property(id) => id.as_u8().to_string(),
            value => value.to_string(),
        };
        let name = match field.name {
            FieldName::PropertyIdentifier => "mqtt.property_id",
            FieldName::UserPropertyName => "mqtt.prop_key",
            FieldName::UserPropertyValue => "mqtt.prop_value",
            FieldName::PropertyValue(PropertyId::ContentType) => "mqtt.property.content_type",
            FieldName::PropertyValue(PropertyId::MaximumQos) => "mqtt.property.max_qos",
            FieldName::PropertyValue(PropertyId::TopicAlias) => "mqtt.property.topic_alias",
            FieldName::PropertyValue(_) => match field.value {
                FieldValue::Text(_) | FieldValue::Bytes(_) => "mqtt.prop_string",
                _ => "mqtt.prop_number",
            },
            _ => continue,
        };
        add(name, text);
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
