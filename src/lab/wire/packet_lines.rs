//! Packets as JSON Lines: an object a line, for programs of one's own.

use crate::codec::{ControlPacketType, FieldKind, FieldName, FieldValue, dissect};
use crate::lab::export::line::{payload_text, utc_time};
use crate::lab::format::WallClock;
use crate::lab::json_value::Json;
use crate::lab::trace::{Direction, Record, RecordKind};

use super::copy_as::push_hex;

/// Appends the packet of a record as one line of JSON. A record that is no packet is passed over.
///
/// - `time` (UTC), `client`, `direction` (`sent` or `received`, as the client sees it), `end` (whose end of
///   the link it was recorded at), `version`, `type`, `size` in bytes.
/// - Where the packet has them: `packet_id`; for a PUBLISH `topic` (also where a Topic Alias stands for
///   it), `qos`, `retain`, `dup`, and `payload` in the `encoding` that is named.
/// - `fields`: every field but those, in the order of the bytes, as a list of the standard's name, the value,
///   and what the value is called where it has a name. Bytes stand as hexadecimal.
/// - `fault`: what is wrong with it, where it cannot be decoded.
/// - `raw`: the whole packet as hexadecimal.
pub fn write_line(record: &Record<'_>, clock: WallClock, client: &str, out: &mut String) {
    let (Some(direction), Some(version)) = (record.direction(), record.version()) else {
        return;
    };
    let packet_type = record.packet_type();
    let is_at_server = matches!(
        record.kind(),
        RecordKind::BrokerReceived | RecordKind::BrokerSent
    );
    let direction = match direction {
        Direction::Sent => "sent",
        Direction::Received => "received",
    };
    let mut line = Line::default();
    line.text("time", &utc_time(clock, record.time()));
    line.text("client", client);
    line.text("direction", direction);
    line.text("end", if is_at_server { "server" } else { "client" });
    line.text("version", version.name());
    line.text(
        "type",
        packet_type.map_or("reserved", ControlPacketType::name),
    );
    line.number("size", record.raw().len() as u64);
    if let Some(packet_id) = record.packet_id() {
        line.number("packet_id", packet_id.value().into());
    }
    if packet_type == Some(ControlPacketType::Publish) && !record.malformed() {
        line.text("topic", record.topic().unwrap_or_default());
        line.number("qos", record.qos().map_or(0, |qos| qos.as_u8()).into());
        line.add("retain", Json::Flag(record.retain()));
        line.add("dup", Json::Flag(record.dup()));
        let (encoding, payload) = payload_text(record);
        line.text("encoding", encoding);
        line.add("payload", Json::Text(payload));
    }
    let dissection = dissect(record.raw(), version);
    let fields = dissection.fields.iter().filter_map(|field| {
        let is_elsewhere = is_told(field.name) || field.kind == FieldKind::Group;
        let value = (!is_elsewhere).then(|| json(field.value))??;
        let name = Json::Text(field.name.name().to_owned());
        let meaning = match field.value {
            FieldValue::Flag(_) => None,
            value => value.meaning(),
        };
        let meaning = meaning.map(|meaning| Json::Text(meaning.to_owned()));
        Some(Json::List(
            [name, value].into_iter().chain(meaning).collect(),
        ))
    });
    let fields: Vec<_> = fields.collect();
    if !fields.is_empty() {
        line.add("fields", Json::List(fields));
    }
    if let Some(error) = dissection.error {
        line.text("fault", &error.to_string());
    }
    let mut raw = String::with_capacity(record.raw().len() * 2);
    push_hex(record.raw(), "", &mut raw);
    line.add("raw", Json::Text(raw));
    Json::Object(line.0).write(out);
    out.push('\n');
}

/// Whether a field stands elsewhere in the line, or says only how the others are packed.
const fn is_told(name: FieldName) -> bool {
    matches!(
        name,
        FieldName::FirstByte
            | FieldName::PacketType
            | FieldName::Flags
            | FieldName::Dup
            | FieldName::Qos
            | FieldName::Retain
            | FieldName::RemainingLength
            | FieldName::PacketIdentifier
            | FieldName::PropertyLength
            | FieldName::PropertyIdentifier
            | FieldName::Payload
            | FieldName::NotDecoded
    )
}

fn json(value: FieldValue<'_>) -> Option<Json> {
    let number = |number: u32| Some(Json::Number(number.into()));
    match value {
        FieldValue::None => None,
        FieldValue::Number(value) => number(value),
        FieldValue::Flag(flag) => Some(Json::Flag(flag)),
        FieldValue::Text(text) => Some(Json::Text(text.to_owned())),
        FieldValue::Bytes(bytes) => {
            let mut text = String::with_capacity(bytes.len() * 2);
            push_hex(bytes, "", &mut text);
            Some(Json::Text(text))
        }
        FieldValue::PacketType(packet_type) => number(packet_type.as_u8().into()),
        FieldValue::PacketId(packet_id) => number(packet_id.value().into()),
        FieldValue::Version(version) => number(version.level().into()),
        FieldValue::Qos(qos) => number(qos.as_u8().into()),
        FieldValue::RetainHandling(handling) => number(handling.as_u8().into()),
        FieldValue::PayloadFormat(format) => number(format.as_u8().into()),
        FieldValue::Property(property) => number(property.as_u8().into()),
        FieldValue::ReturnCode(code) => number(code.as_u8().into()),
        FieldValue::ReasonCode(code, _) => number(code.as_u8().into()),
    }
}

#[derive(Default)]
struct Line(Vec<(String, Json)>);

impl Line {
    fn add(&mut self, name: &str, value: Json) {
        self.0.push((name.to_owned(), value));
    }

    fn text(&mut self, name: &str, text: &str) {
        self.add(name, Json::Text(text.to_owned()));
    }

    fn number(&mut self, name: &str, number: u64) {
        self.add(name, Json::Number(number));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::{ProtocolVersion, decode};
    use crate::lab::ClientKey;
    use crate::lab::trace::{PacketFacts, Trace};
    use crate::time::Instant;

    fn line(raw: &[u8], version: ProtocolVersion, is_at_server: bool) -> String {
        let mut trace = Trace::new(1 << 20);
        let mut facts = match decode(raw, version) {
            Ok(packet) => PacketFacts::of(&packet, raw, version),
            Err(_) => PacketFacts::new(version),
        };
        facts.malformed = decode(raw, version).is_err();
        let (at, client) = (Instant::from_micros(1_500), ClientKey::new(1));
        let sequence = if is_at_server {
            trace.append_broker_packet(at, client, Direction::Sent, raw, facts)
        } else {
            trace.append_packet(at, client, Direction::Sent, raw, facts)
        };
        let clock = WallClock {
            origin_unix_milliseconds: 0,
            minutes_ahead_of_utc: 120,
        };
        let mut out = String::new();
        write_line(&trace.get(sequence).unwrap(), clock, "al\"ice", &mut out);
        out
    }

    #[test]
    fn a_line_tells_everything_of_a_packet() {
        let raw = b"\x3b\x15\0\x03a/b\x10\xda\x0c\x23\0\x01\x26\0\x01k\0\x03abc2";
        assert_eq!(
            line(raw, ProtocolVersion::V5_0, false),
            "{\"time\":\"1970-01-01T00:00:00.001500Z\",\"client\":\"al\\\"ice\",\"direction\":\"sent\",\
             \"end\":\"client\",\"version\":\"5.0\",\"type\":\"PUBLISH\",\"size\":23,\"packet_id\":4314,\
             \"topic\":\"a/b\",\"qos\":1,\"retain\":true,\"dup\":true,\"encoding\":\"utf8\",\"payload\":\"2\",\
             \"fields\":[[\"Topic Name\",\"a/b\"],[\"Topic Alias\",1],[\"Name\",\"k\"],[\"Value\",\"abc\"]],\
             \"raw\":\"3b150003612f6210da0c2300012600016b000361626332\"}\n"
        );
        let suback = line(b"\x90\x03\x10\xd8\x80", ProtocolVersion::V3_1_1, true);
        assert!(suback.contains("\"end\":\"server\""), "{suback}");
        assert!(suback.contains(",128,\""), "{suback}");
    }

    #[test]
    fn what_is_malformed_is_told_with_its_fault() {
        let text = line(
            b"\x82\x0a\x10\xd8\0\x03a/b\x01\0\x09",
            ProtocolVersion::V3_1_1,
            false,
        );
        assert!(
            text.contains("\"fault\":\"SUBSCRIBE at byte 10: Topic Filter needs"),
            "{text}"
        );
        assert!(
            text.ends_with("\"raw\":\"820a10d80003612f62010009\"}\n"),
            "{text}"
        );
        let text = line(b"\x00\x00", ProtocolVersion::V5_0, false);
        assert!(text.contains("\"type\":\"reserved\""), "{text}");
    }
}
