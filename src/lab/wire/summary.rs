//! The few fields of a packet that matter most, for its row.

use super::packet_row::{PartKind, RowPart};
use crate::codec::{
    Auth, Connack, ConnackCode, Connect, ControlPacket, ControlPacketType, Disconnect,
    ProtocolVersion, Qos, ReasonCode, RetainHandling, Subscription, decode,
};
use crate::lab::format;
use crate::lab::payload::preview;
use crate::lab::trace::Record;

/// The longest topic, filter or name of a row, in characters.
const TEXT_MAXIMUM: usize = 160;
/// The longest beginning of a payload, in characters.
const PAYLOAD_MAXIMUM: usize = 80;
/// How many filters or codes a row shows.
const LIST_MAXIMUM: usize = 3;

/// The fields of a packet, and whether the packet could be read to its end.
pub(super) fn summary(record: &Record<'_>) -> (Vec<RowPart>, bool) {
    let Some(version) = record.version() else {
        return (Vec::new(), true);
    };
    let mut parts = Parts(Vec::new());
    let packet = match decode(record.raw(), version) {
        Ok(packet) => packet,
        Err(error) => {
            parts.add(PartKind::Bad, &["malformed: ", &error.to_string()].concat());
            return (parts.0, false);
        }
    };
    match &packet {
        ControlPacket::Connect(connect) => parts.connect(connect),
        ControlPacket::Connack(connack) => parts.connack(connack),
        ControlPacket::Publish(publish) => {
            let topic = record.topic().or(publish.topic.map(|topic| topic.as_str()));
            match topic {
                Some(topic) => parts.code(topic),
                None => parts.add(PartKind::Quiet, "unknown topic"),
            }
            if let Some(alias) = publish.properties.topic_alias {
                parts.word(&format!("alias {alias}"));
            }
            parts.qos(publish.qos);
            for (is_set, name) in [(publish.dup, "DUP"), (publish.retain, "Retain")] {
                if is_set {
                    parts.add(PartKind::Flag, name);
                }
            }
            parts.add(PartKind::Quiet, &preview(publish.payload, PAYLOAD_MAXIMUM));
        }
        ControlPacket::Puback(answer)
        | ControlPacket::Pubrec(answer)
        | ControlPacket::Pubrel(answer)
        | ControlPacket::Pubcomp(answer) => {
            if answer.reason_code != ReasonCode::Success {
                parts.reason(answer.reason_code, packet.packet_type());
            }
            parts.words_of_server(answer.reason_string);
        }
        ControlPacket::Subscribe(subscribe) => {
            parts.list(&subscribe.subscriptions, Parts::subscription);
        }
        ControlPacket::Suback(suback) => {
            parts.list(&suback.reason_codes, |parts, code| {
                parts.answer(*code, ControlPacketType::Suback, version);
            });
            parts.words_of_server(suback.reason_string);
        }
        ControlPacket::Unsubscribe(unsubscribe) => {
            parts.list(&unsubscribe.filters, |parts, filter| {
                parts.code(filter.as_str())
            });
        }
        ControlPacket::Unsuback(unsuback) => {
            parts.list(&unsuback.reason_codes, |parts, code| {
                parts.answer(*code, ControlPacketType::Unsuback, version);
            });
            parts.words_of_server(unsuback.reason_string);
        }
        ControlPacket::Pingreq | ControlPacket::Pingresp => {}
        ControlPacket::Disconnect(disconnect) => parts.disconnect(disconnect, version),
        ControlPacket::Auth(auth) => parts.auth(auth),
    }
    (parts.0, true)
}

struct Parts(Vec<RowPart>);

impl Parts {
    fn add(&mut self, kind: PartKind, text: &str) {
        self.0.push(RowPart {
            kind,
            text: text.to_owned(),
        });
    }

    fn code(&mut self, text: &str) {
        self.add(PartKind::Code, &preview(text.as_bytes(), TEXT_MAXIMUM));
    }

    fn word(&mut self, text: &str) {
        self.add(PartKind::Word, text);
    }

    fn qos(&mut self, qos: Qos) {
        self.word(&format!("QoS {}", qos.as_u8()));
    }

    /// The first few of a list, and how many more there are.
    fn list<Item>(&mut self, items: &[Item], mut add: impl FnMut(&mut Self, &Item)) {
        for item in items.iter().take(LIST_MAXIMUM) {
            add(self, item);
        }
        if let Some(more) = items
            .len()
            .checked_sub(LIST_MAXIMUM)
            .filter(|more| *more > 0)
        {
            self.word(&format!("and {} more", format::count(more as u64)));
        }
    }

    fn reason(&mut self, code: ReasonCode, packet: ControlPacketType) {
        let kind = if code.is_error() {
            PartKind::Bad
        } else {
            PartKind::Good
        };
        self.add(kind, &code_words(code.as_u8(), code.name_in(packet)));
    }

    /// A code of SUBACK or UNSUBACK; before 5.0 there is one failure, without a reason.
    fn answer(&mut self, code: ReasonCode, packet: ControlPacketType, version: ProtocolVersion) {
        if code.is_error() && version != ProtocolVersion::V5_0 {
            self.add(PartKind::Bad, &code_words(code.as_u8(), "Failure"));
        } else {
            self.reason(code, packet);
        }
    }

    fn words_of_server(&mut self, reason: Option<&str>) {
        if let Some(reason) = reason {
            let reason = preview(reason.as_bytes(), TEXT_MAXIMUM);
            self.add(PartKind::Quiet, &format!("“{reason}”"));
        }
    }

    fn connect(&mut self, connect: &Connect<'_>) {
        if connect.client_id.is_empty() {
            self.word("empty Client Identifier");
        } else {
            self.code(connect.client_id);
        }
        self.word(["MQTT ", connect.protocol_version.name()].concat().as_str());
        if connect.clean_start {
            let is_v5 = connect.protocol_version == ProtocolVersion::V5_0;
            self.add(
                PartKind::Flag,
                if is_v5 {
                    "Clean Start"
                } else {
                    "Clean Session"
                },
            );
        }
        self.word(&match connect.keep_alive {
            0 => "Keep Alive off".to_owned(),
            seconds => format!("Keep Alive {seconds} s"),
        });
        if let Some(interval) = connect.properties.session_expiry_interval {
            self.word(&expiry(interval));
        }
        if let Some(name) = connect.username {
            let name = preview(name.as_bytes(), TEXT_MAXIMUM);
            self.word(&format!("user {name}"));
        }
        if let Some(will) = &connect.will {
            self.word("will on");
            self.code(will.topic.as_str());
            self.qos(will.qos);
            if will.retain {
                self.add(PartKind::Flag, "Retain");
            }
        }
        if let Some(method) = connect.properties.authentication_method {
            self.word("authentication");
            self.code(method);
        }
    }

    fn connack(&mut self, connack: &Connack<'_>) {
        let kind = if connack.code.is_accepted() {
            PartKind::Good
        } else {
            PartKind::Bad
        };
        let name = match connack.code {
            ConnackCode::V3(code) => code.name(),
            ConnackCode::V5(code) => code.name_in(ControlPacketType::Connack),
        };
        self.add(kind, &code_words(connack.code.as_u8(), name));
        if connack.code.is_accepted() {
            self.word(if connack.session_present {
                "Session Present"
            } else {
                "no session present"
            });
        }
        let properties = &connack.properties;
        if let Some(client_id) = properties.assigned_client_identifier {
            self.word("you are");
            self.code(client_id);
        }
        if let Some(seconds) = properties.server_keep_alive {
            self.word(&format!("Keep Alive {seconds} s"));
        }
        self.words_of_server(properties.reason_string);
    }

    fn subscription(&mut self, subscription: &Subscription<'_>) {
        let options = subscription.options;
        self.code(subscription.filter.as_str());
        self.qos(options.qos);
        if options.no_local {
            self.add(PartKind::Flag, "No Local");
        }
        if options.retain_as_published {
            self.add(PartKind::Flag, "Retain As Published");
        }
        match options.retain_handling {
            RetainHandling::SendAtSubscribe => {}
            RetainHandling::SendIfNew => self.add(PartKind::Flag, "retained if new"),
            RetainHandling::DoNotSend => self.add(PartKind::Flag, "no retained"),
        }
    }

    fn disconnect(&mut self, disconnect: &Disconnect<'_>, version: ProtocolVersion) {
        if version == ProtocolVersion::V5_0 {
            self.reason(disconnect.reason_code, ControlPacketType::Disconnect);
        }
        if let Some(interval) = disconnect.session_expiry_interval {
            self.word(&expiry(interval));
        }
        self.words_of_server(disconnect.reason_string);
    }

    fn auth(&mut self, auth: &Auth<'_>) {
        self.reason(auth.reason_code, ControlPacketType::Auth);
        if let Some(method) = auth.authentication_method {
            self.code(method);
        }
        self.words_of_server(auth.reason_string);
    }
}

fn code_words(code: u8, name: &str) -> String {
    format!("0x{code:02X} {name}")
}

fn expiry(interval: u32) -> String {
    match interval {
        u32::MAX => "Session Expiry never".to_owned(),
        seconds => format!("Session Expiry {seconds} s"),
    }
}
