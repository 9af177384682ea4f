//! tshark, which reads captures as Wireshark does.

pub(crate) mod expected;
pub(crate) mod packets;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;

use expected::FIELDS;

/// What tshark says of one frame: every value of each field.
pub(crate) struct Frame(BTreeMap<String, Vec<String>>);

/// Fields of the frame and of what carries MQTT.
const CARRIER: [&str; 17] = [
    "frame.number",
    "frame.time_epoch",
    "frame.interface_name",
    "frame.comment",
    "frame.protocols",
    "tcp.stream",
    "tcp.srcport",
    "tcp.dstport",
    "tcp.flags",
    "tcp.len",
    "tcp.checksum.status",
    "ip.checksum.status",
    "tcp.analysis.flags",
    "_ws.expert.message",
    "_ws.expert.severity",
    "_ws.malformed",
    "mqtt.unknown_version",
];

/// Has tshark read a capture.
pub(crate) fn read(name: &str, capture: &[u8]) -> Vec<Frame> {
    let folder = std::env::temp_dir();
    let path = folder.join(format!("mqtt-lab-{name}-{}.pcapng", std::process::id()));
    std::fs::write(&path, capture).expect("the capture is written");
    let _removed = Removed(path.clone());
    let program = std::env::var_os("TSHARK").unwrap_or_else(|| "tshark".into());
    let mut command = Command::new(program);
    command.args(["-n", "-T", "json", "-r"]).arg(&path);
    command.args([
        "-o",
        "tcp.check_checksum:TRUE",
        "-o",
        "ip.check_checksum:TRUE",
    ]);
    for field in CARRIER.iter().chain(&FIELDS) {
        command.args(["-e", field]);
    }
    let output = command.output().unwrap_or_else(|error| {
        panic!("tshark cannot be started ({error}); `cargo xtask test` installs it, or says how")
    });
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tshark failed: {errors}");
    let json: Value = serde_json::from_slice(&output.stdout).expect("tshark writes JSON");
    let frames = json.as_array().expect("a list of frames");
    frames.iter().map(Frame::new).collect()
}

struct Removed(PathBuf);

impl Drop for Removed {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Frame {
    fn new(frame: &Value) -> Self {
        let layers = frame["_source"]["layers"].as_object().expect("fields");
        let values = |value: &Value| {
            let values = value.as_array().expect("a list of values");
            values
                .iter()
                .map(|value| value.as_str().unwrap_or_default().to_owned())
                .collect()
        };
        Self(
            layers
                .iter()
                .map(|(name, value)| (name.clone(), values(value)))
                .collect(),
        )
    }

    /// Every value of a field.
    pub(crate) fn all(&self, name: &str) -> &[String] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// The first value of a field, empty where it has none.
    pub(crate) fn one(&self, name: &str) -> &str {
        self.all(name).first().map_or("", String::as_str)
    }

    /// Whether a Control Packet ends in this frame.
    pub(crate) fn has_packet(&self) -> bool {
        !self.all("mqtt.msgtype").is_empty()
    }

    /// The fields that are compared, as numbers and texts are written here.
    pub(crate) fn fields(&self) -> expected::Fields {
        let mut fields = expected::Fields::new();
        for name in FIELDS {
            let values = self.all(name);
            // Bytes of which there are none are left out, or are marked so.
            let is_missing = matches!(values, [value] if value == "<MISSING>");
            if !values.is_empty() && !is_missing {
                fields.insert(
                    name,
                    values.iter().map(|value| plain(name, value)).collect(),
                );
            }
        }
        fields
    }
}

/// Fields that are text, whatever they look like.
const TEXTS: [&str; 12] = [
    "mqtt.topic",
    "mqtt.protoname",
    "mqtt.clientid",
    "mqtt.willtopic",
    "mqtt.username",
    "mqtt.passwd",
    "mqtt.property.content_type",
    "mqtt.prop_string",
    "mqtt.prop_key",
    "mqtt.prop_value",
    "mqtt.prop_unknown",
    "mqtt.msg_text",
];

/// A value without what differs from version to version of tshark: `0x10`, `16`, `True`, `61:62`.
fn plain(name: &str, value: &str) -> String {
    if TEXTS.contains(&name) {
        return value.to_owned();
    }
    if ["mqtt.msg", "mqtt.willmsg"].contains(&name) {
        return value.replace(':', "");
    }
    match value {
        "True" => "1".to_owned(),
        "False" => "0".to_owned(),
        _ => value
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits, 16).ok())
            .map_or_else(|| value.to_owned(), |number| number.to_string()),
    }
}
