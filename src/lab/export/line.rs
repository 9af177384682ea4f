//! One message as a line of a file: JSON Lines, which can be read again, and CSV for tables.

use crate::codec::{ControlPacket, ProtocolVersion, PublishProperties, decode};
use crate::lab::format::WallClock;
use crate::lab::json_value::Json;
use crate::lab::trace::{Direction, Record};
use crate::time::Instant;

use super::base64;

/// The columns of a CSV file. `guarded` names the columns that have an apostrophe put before them, so
/// that no spreadsheet takes them for a formula.
pub(super) const CSV_HEAD: &str =
    "time,client,direction,topic,qos,retain,dup,packet_id,guarded,encoding,payload\r\n";

/// What a line tells beside the record.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) clock: WallClock,
    pub(super) client: &'a str,
}

/// Appends a message as one line of JSON.
pub(super) fn write_json(record: &Record<'_>, origin: Origin<'_>, out: &mut String) {
    let (encoding, payload) = payload_text(record);
    let text = |text: &str| Json::Text(text.to_owned());
    let number = |number: u64| Json::Number(number);
    let mut members = vec![
        ("time", Json::Text(utc_time(origin.clock, record.time()))),
        ("client", text(origin.client)),
        ("direction", text(direction(record))),
        ("topic", text(record.topic().unwrap_or_default())),
        ("qos", number(qos(record).into())),
        ("retain", Json::Flag(record.retain())),
        ("dup", Json::Flag(record.dup())),
    ];
    if let Some(packet_id) = record.packet_id() {
        members.push(("packet_id", number(packet_id.value().into())));
    }
    let version = record.version().unwrap_or(ProtocolVersion::V3_1_1);
    members.push(("version", text(version_name(version))));
    let packet = decode(record.raw(), version);
    if let Ok(ControlPacket::Publish(publish)) = &packet {
        let properties = properties(&publish.properties);
        if !properties.is_empty() {
            members.push(("properties", Json::Object(properties)));
        }
    }
    members.push(("encoding", text(encoding)));
    members.push(("payload", Json::Text(payload)));
    let members = members.into_iter();
    let members = members.map(|(name, value)| (name.to_owned(), value));
    Json::Object(members.collect()).write(out);
    out.push('\n');
}

/// Appends a message as one line of CSV (RFC 4180).
pub(super) fn write_csv(record: &Record<'_>, origin: Origin<'_>, out: &mut String) {
    let (encoding, payload) = payload_text(record);
    let topic = record.topic().unwrap_or_default();
    let guarded: Vec<&str> = [
        ("client", origin.client),
        ("topic", topic),
        ("payload", &payload),
    ]
    .iter()
    .filter(|(_, text)| is_like_a_formula(text))
    .map(|(name, _)| *name)
    .collect();
    out.push_str(&utc_time(origin.clock, record.time()));
    out.push(',');
    push_field(origin.client, out);
    out.push(',');
    out.push_str(direction(record));
    out.push(',');
    push_field(topic, out);
    let flag = |flag: bool| if flag { "true" } else { "false" };
    let (retain, dup) = (flag(record.retain()), flag(record.dup()));
    let packet_id = record.packet_id().map(|packet_id| packet_id.to_string());
    out.push_str(&format!(
        ",{},{retain},{dup},{},{},{encoding},",
        qos(record),
        packet_id.unwrap_or_default(),
        guarded.join(" "),
    ));
    push_field(&payload, out);
    out.push_str("\r\n");
}

pub(super) const fn version_name(version: ProtocolVersion) -> &'static str {
    match version {
        ProtocolVersion::V3_1 => "3.1",
        ProtocolVersion::V3_1_1 => "3.1.1",
        ProtocolVersion::V5_0 => "5.0",
    }
}

/// Text where the payload is UTF-8, else base64, with the name of which.
pub(in crate::lab) fn payload_text(record: &Record<'_>) -> (&'static str, String) {
    let payload = record.payload().unwrap_or_default();
    match str::from_utf8(payload) {
        Ok(text) => ("utf8", text.to_owned()),
        Err(_) => {
            let mut text = String::with_capacity(payload.len() / 3 * 4 + 4);
            base64::write(payload, &mut text);
            ("base64", text)
        }
    }
}

fn direction(record: &Record<'_>) -> &'static str {
    match record.direction() {
        Some(Direction::Sent) => "sent",
        _ => "received",
    }
}

fn qos(record: &Record<'_>) -> u8 {
    record.qos().map_or(0, |qos| qos.as_u8())
}

/// `2026-11-21T14:03:22.417000Z`.
pub(in crate::lab) fn utc_time(clock: WallClock, at: Instant) -> String {
    let utc = WallClock {
        minutes_ahead_of_utc: 0,
        ..clock
    };
    let micros = at.as_micros() % 1_000;
    format!("{}T{}{micros:03}Z", utc.date(at), utc.time_of_day(at))
}

/// What a message of 5.0 carries beside its payload, by the names of the standard.
fn properties(properties: &PublishProperties<'_>) -> Vec<(String, Json)> {
    let mut members = Vec::new();
    let mut add = |name: &str, value: Option<Json>| {
        members.extend(value.map(|value| (name.to_owned(), value)));
    };
    let text = |text: &str| Json::Text(text.to_owned());
    let format = properties.payload_format_indicator;
    add(
        "payload_format_indicator",
        format.map(|format| Json::Number(format.as_u8().into())),
    );
    let expiry = properties.message_expiry_interval;
    add(
        "message_expiry_interval",
        expiry.map(|seconds| Json::Number(seconds.into())),
    );
    let response = properties.response_topic;
    add("response_topic", response.map(|topic| text(topic.as_str())));
    add(
        "correlation_data",
        properties.correlation_data.map(|data| {
            let mut encoded = String::new();
            base64::write(data, &mut encoded);
            Json::Text(encoded)
        }),
    );
    add("content_type", properties.content_type.map(text));
    let identifiers = &properties.subscription_identifiers;
    add(
        "subscription_identifiers",
        (!identifiers.is_empty()).then(|| {
            let numbers = identifiers.iter();
            Json::List(numbers.map(|id| Json::Number(id.value().into())).collect())
        }),
    );
    let pairs = &properties.user_properties;
    add(
        "user_properties",
        (!pairs.is_empty()).then(|| {
            let pairs = pairs.iter();
            let pair = |(name, value)| Json::List(vec![text(name), text(value)]);
            Json::List(pairs.map(pair).collect())
        }),
    );
    members
}

/// Whether a spreadsheet would take a field for a formula. A plain negative number is none.
fn is_like_a_formula(text: &str) -> bool {
    let is_number = || text.parse::<f64>().is_ok_and(f64::is_finite);
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) && !is_number()
}

/// A field in quotes.
fn push_field(text: &str, out: &mut String) {
    out.push('"');
    if is_like_a_formula(text) {
        out.push('\'');
    }
    for (place, part) in text.split('"').enumerate() {
        if place > 0 {
            out.push_str("\"\"");
        }
        out.push_str(part);
    }
    out.push('"');
}
