//! Why a field has its value, as far as the packet itself tells.

use super::{Entry, Inspection};
use crate::codec::{
    ControlPacketType as Type, FieldName as Name, FieldValue as Value, ProtocolVersion, Qos,
    RetainHandling, TopicFilter,
};
use crate::lab::explain::{self, Explanation};
use crate::lab::format;
use crate::lab::trace::Direction;

impl Inspection {
    /// In whole sentences; empty where there is nothing to tell.
    pub(super) fn why(&self, field: usize, entry: &Entry) -> String {
        let value = self.value(entry);
        let is_v5 = self.version == ProtocolVersion::V5_0;
        match (entry.name, value) {
            (Name::PacketType, Value::PacketType(packet)) => {
                let number = packet.as_u8();
                format!("The bits are {number:04b}, and {number} in the list of packets is {packet}.")
            }
            (Name::Flags, _) => self.why_flags(),
            (Name::Dup, Value::Flag(dup)) => self.why_dup(dup).to_owned(),
            (Name::Qos, Value::Qos(qos)) => self.why_qos(qos).to_owned(),
            (Name::Retain, Value::Flag(retain)) => self.why_retain(retain).to_owned(),
            (Name::RemainingLength, Value::Number(length)) => self.why_length(entry, length),
            (Name::PacketIdentifier, Value::PacketId(_)) => self.why_packet_id().to_owned(),
            (Name::PropertyLength, Value::Number(0)) => {
                "There are none, but the length must be there all the same.".to_owned()
            }
            (Name::PropertyLength, Value::Number(length)) => {
                let (first, end) = (entry.span.end, entry.span.end + length as usize);
                format!("They go from byte {first} to byte {}.", end - 1)
            }
            (Name::PropertyIdentifier, Value::Property(property)) => {
                let number = property.as_u8();
                format!("0x{number:02x} in the standard's list is {}.", property.name())
            }
            (Name::PropertyValue(property), value) => super::why_property(self, property, value),
            (Name::ProtocolName, Value::Text("MQIsdp")) => {
                "Only MQTT 3.1 has this name: MQ Integrator SCADA Device Protocol, as MQTT was called \
                 inside IBM."
                    .to_owned()
            }
            (Name::ProtocolName, Value::Text("MQTT")) => {
                "Since version 3.1.1 it is always these four letters.".to_owned()
            }
            (Name::ProtocolVersion, Value::Version(version)) => {
                format!("The client was told to speak MQTT {version}.")
            }
            (Name::ConnectFlags | Name::SubscriptionOptions, _) => {
                self.which_bits(field)
            }
            (Name::ConnectReserved | Name::ConnackReserved | Name::SubscriptionReserved, _) => {
                "The standard fixes this at 0, so that later versions can give it a meaning.".to_owned()
            }
            (Name::ClientIdentifier, Value::Text(client_id)) => self.why_client_id(client_id),
            (Name::KeepAlive, Value::Number(0)) => {
                "0 turns it off: the broker never asks whether the client is still there.".to_owned()
            }
            (Name::KeepAlive, Value::Number(seconds)) => {
                let half = if seconds % 2 == 0 { "" } else { ".5" };
                let patience = seconds + seconds / 2;
                format!(
                    "The broker waits one and a half times as long: after {patience}{half} s without a \
                     packet it takes the client for lost."
                )
            }
            (Name::TopicName, Value::Text("")) => {
                "Empty, because a Topic Alias stands for it.".to_owned()
            }
            (Name::TopicName | Name::WillTopic, Value::Text(topic)) => {
                levels(topic)
            }
            (Name::TopicFilter, Value::Text(filter)) => why_filter(filter, is_v5),
            (Name::Payload, Value::Bytes(bytes)) => self.why_payload(bytes.len()),
            (Name::RetainHandling, Value::RetainHandling(handling)) => match handling {
                RetainHandling::SendAtSubscribe => "Also when the subscription is only renewed.",
                RetainHandling::SendIfNew => "Not when the subscription is only renewed.",
                RetainHandling::DoNotSend => "The client wants only what is published from now on.",
            }
            .to_owned(),
            (Name::SubscriptionQos, Value::Qos(qos)) => match qos {
                Qos::AtMostOnce => "All messages come without acknowledgement.".to_owned(),
                qos => format!("Messages come with QoS {qos} at most."),
            },
            (name, Value::Flag(flag)) => self.why_flag(name, flag).to_owned(),
            (Name::WillQos, Value::Qos(_)) if !self.has_will() => NO_WILL.to_owned(),
            (_, Value::ReturnCode(code)) => {
                told(explain::connect_return_code(code.as_u8()))
            }
            (_, Value::ReasonCode(code, packet)) => told(match (packet, is_v5) {
                (Type::Suback, false) => explain::suback_return_code(code.as_u8(), self.version),
                _ => explain::reason_code(code.as_u8(), packet),
            }),
            _ => String::new(),
        }
    }

    fn why_flags(&self) -> String {
        let Some(packet) = self.packet else {
            return String::new();
        };
        let is_request = matches!(packet, Type::Pubrel | Type::Subscribe | Type::Unsubscribe);
        let bits = if is_request { "0010" } else { "0000" };
        match self.version {
            ProtocolVersion::V3_1 if is_request => {
                "In MQTT 3.1 they are DUP, QoS and RETAIN here too: the packet counts as a message of \
                 QoS 1."
                    .to_owned()
            }
            _ => format!("The standard fixes them at {bits} for {packet}."),
        }
    }

    fn why_dup(&self, dup: bool) -> &'static str {
        match (dup, self.qos()) {
            (true, _) => {
                "The sender has had no acknowledgement, so it sends the message once more. The receiver \
                 may have it already."
            }
            (false, Some(Qos::AtMostOnce)) => "A message of QoS 0 is never sent twice.",
            (false, _) => "It is sent for the first time.",
        }
    }

    fn why_qos(&self, qos: Qos) -> &'static str {
        match qos {
            Qos::AtMostOnce => {
                "No answer follows, so there is no Packet Identifier either. If the packet is lost, it is \
                 lost."
            }
            Qos::AtLeastOnce => {
                "The receiver answers with PUBACK. Without one the message is sent again after a \
                 reconnect."
            }
            Qos::ExactlyOnce => {
                "Four packets make sure of it: PUBLISH, PUBREC, PUBREL and PUBCOMP."
            }
        }
    }

    fn why_retain(&self, retain: bool) -> &'static str {
        let is_empty =
            matches!(self.value_of(Name::Payload), Some(Value::Bytes(bytes)) if bytes.is_empty());
        match (self.direction, retain) {
            (Some(Direction::Sent), true) if is_empty => {
                "With an empty payload it deletes what the broker keeps for this topic."
            }
            (Some(Direction::Sent), true) => {
                "The broker keeps it as the topic's latest message, in place of the one before."
            }
            (Some(Direction::Sent), false) => {
                "The broker passes it on, and keeps nothing for those who subscribe later."
            }
            (Some(Direction::Received), true) => {
                "The broker had kept it when the client subscribed, or the subscription asks for the flag \
                 as it was published."
            }
            (Some(Direction::Received), false) => {
                "The subscription was there when it was published: the broker clears the flag then."
            }
            (None, _) => "",
        }
    }

    fn why_length(&self, entry: &Entry, length: u32) -> String {
        let header = entry.span.end as u64;
        let whole = header + u64::from(length);
        if whole != self.bytes.len() as u64 {
            return String::new();
        }
        let length = u64::from(length);
        format!(
            "{header} bytes of fixed header and {} behind it: {} in all.",
            format::count(length),
            format::exact_bytes(whole)
        )
    }

    const fn why_packet_id(&self) -> &'static str {
        match self.packet {
            Some(Type::Publish) => {
                "The sender has chosen it: any number from 1 to 65535 that it is not using at the moment. \
                 Each direction has numbers of its own."
            }
            Some(Type::Subscribe | Type::Unsubscribe) => {
                "The client has chosen it: any number from 1 to 65535 that it is not using at the moment."
            }
            Some(Type::Suback) => "Copied from the SUBSCRIBE.",
            Some(Type::Unsuback) => "Copied from the UNSUBSCRIBE.",
            Some(Type::Puback | Type::Pubrec) => "Copied from the PUBLISH.",
            Some(Type::Pubrel | Type::Pubcomp) => {
                "Copied from the PUBLISH: all four packets of QoS 2 have the same number."
            }
            _ => "",
        }
    }

    /// Which of the bits of a byte are not 0.
    fn which_bits(&self, field: usize) -> String {
        let set = self.bits_of(field).filter_map(|bits| {
            let entry = self.entries.get(bits)?;
            let is_set = match self.value(entry) {
                Value::Flag(flag) => flag,
                Value::Number(number) => number != 0,
                Value::Qos(qos) => qos != Qos::AtMostOnce,
                Value::RetainHandling(handling) => handling != RetainHandling::SendAtSubscribe,
                _ => true,
            };
            is_set.then(|| entry.name.name_in(self.version))
        });
        match set.collect::<Vec<_>>() {
            names if names.is_empty() => "All of its bits are 0.".to_owned(),
            names => format!("Those that are 1 belong to {}.", names.join(", ")),
        }
    }

    fn why_client_id(&self, client_id: &str) -> String {
        match (client_id.len(), self.version) {
            (0, ProtocolVersion::V5_0) => {
                "Empty: the broker chooses a name and tells it in CONNACK.".to_owned()
            }
            (0, _) => {
                "Empty: the broker makes up a name that is never told. Only a clean session may do \
                 without one."
                    .to_owned()
            }
            (length @ 24.., _) => format!(
                "It has {length} bytes. Every broker takes 1 to 23 letters and digits; most take more."
            ),
            (_, _) => "Chosen by whoever set up this client.".to_owned(),
        }
    }

    fn why_payload(&self, length: usize) -> String {
        match length {
            0 => "Empty, which is allowed.".to_owned(),
            length => format!(
                "{}: what is left of the Remaining Length behind the other fields. No length stands \
                 before it.",
                format::exact_bytes(length as u64)
            ),
        }
    }

    fn has_will(&self) -> bool {
        self.value_of(Name::WillFlag) == Some(Value::Flag(true))
    }

    fn why_flag(&self, name: Name, flag: bool) -> &'static str {
        let is_refused = match self.value_of(Name::ConnectReturnCode) {
            Some(Value::ReturnCode(code)) => code.as_u8() != 0,
            _ => match self.value_of(Name::ConnectReasonCode) {
                Some(Value::ReasonCode(code, _)) => code.is_error(),
                _ => false,
            },
        };
        match (name, flag) {
            (Name::UserNameFlag, true) => "The user name stands further down in this packet.",
            (Name::UserNameFlag, false) => "The client does not say who it is.",
            (Name::PasswordFlag, true) => "The password is the last field of this packet.",
            (Name::PasswordFlag, false) => "There is none.",
            (Name::WillFlag, true) => {
                "Its topic and its payload stand further down in this packet."
            }
            (Name::WillFlag, false) => "The client leaves none.",
            (Name::WillRetain, _) if !self.has_will() => NO_WILL,
            (Name::WillRetain, true) => "Whoever subscribes later still gets it.",
            (Name::WillRetain, false) => "Only those who are subscribed at that moment get it.",
            (Name::CleanSession, true) => {
                "The broker forgets the session when the connection ends, and with it the subscriptions."
            }
            (Name::CleanSession, false) => {
                "The broker keeps the session, so that messages of QoS 1 and 2 wait for the client while \
                 it is away."
            }
            (Name::CleanStart, true) => {
                "It begins with nothing. How long the new session lives is said by the Session Expiry \
                 Interval."
            }
            (Name::CleanStart, false) => {
                "If the broker still has the session, its subscriptions and waiting messages are there \
                 again."
            }
            (Name::SessionPresent, true) => {
                "The client need not subscribe again, and unfinished exchanges go on."
            }
            (Name::SessionPresent, false) if is_refused => "In a refusal it is always 0.",
            (Name::SessionPresent, false) if self.version == ProtocolVersion::V3_1 => {
                "MQTT 3.1 does not know this bit."
            }
            (Name::SessionPresent, false) => {
                "Either the client asked for a new session, or the broker had none. It has to subscribe."
            }
            (Name::RetainAsPublished, true) => "The client wants to see who asked for Retain.",
            (Name::RetainAsPublished, false) => "RETAIN then marks only what the broker had kept.",
            (Name::NoLocal, true) => "Useful where two brokers pass messages on to each other.",
            (Name::NoLocal, false) => "A client that subscribes to its own topic hears itself.",
            _ => "",
        }
    }
}

const NO_WILL: &str = "There is no will, so the standard wants 0 here.";

fn told(words: Explanation) -> String {
    match words.hint {
        "" => words.meaning.to_owned(),
        hint => [words.meaning, " ", hint].concat(),
    }
}

fn levels(topic: &str) -> String {
    let first = match topic.starts_with('/') {
        true => ", of which the first is empty",
        false => "",
    };
    match topic.split('/').count() {
        1 => "It has one level, without a slash.".to_owned(),
        count => format!("It has {count} levels{first}, with a slash between each two."),
    }
}

fn why_filter(filter: &str, is_v5: bool) -> String {
    let shared = is_v5
        .then(|| TopicFilter::parse(filter).ok()?.shared())
        .flatten();
    if shared.is_some() {
        return explain::shared_group().to_owned();
    }
    let has_one_level = filter.split('/').any(|level| level == "+");
    let has_rest = filter.split('/').any(|level| level == "#");
    match (has_one_level, has_rest) {
        (false, false) => "Without a wildcard it stands for exactly one topic.".to_owned(),
        (true, false) => "+ takes any one level in its place, but never two.".to_owned(),
        (false, true) => "# takes this level and everything below it.".to_owned(),
        (true, true) => {
            "+ takes any one level in its place, and # everything that follows.".to_owned()
        }
    }
}
