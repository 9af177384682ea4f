//! What the value of a property comes to, and what holds where it is left out.

use super::Inspection;
use crate::codec::{
    ControlPacketType as Type, FieldValue as Value, PayloadFormat, PropertyId as Id,
};
use crate::lab::format;

/// In whole sentences; empty where there is nothing to tell.
pub(super) fn why_property(inspection: &Inspection, property: Id, value: Value<'_>) -> String {
    match (property, value) {
        (Id::SessionExpiryInterval, Value::Number(0)) => {
            "0: the session ends with the connection.".to_owned()
        }
        (Id::SessionExpiryInterval, Value::Number(u32::MAX)) => {
            "0xFFFFFFFF: the session never ends by itself.".to_owned()
        }
        (
            Id::SessionExpiryInterval | Id::MessageExpiryInterval | Id::WillDelayInterval,
            Value::Number(seconds),
        ) => long_time(seconds),
        (Id::ReceiveMaximum, _) => "Where it is left out, it is 65535.".to_owned(),
        (Id::MaximumPacketSize, Value::Number(bytes)) => format!(
            "{}, fixed header included. Where it is left out, there is no limit.",
            format::exact_bytes(u64::from(bytes))
        ),
        (Id::TopicAliasMaximum, Value::Number(0)) => "0: no Topic Alias may be used.".to_owned(),
        (Id::TopicAliasMaximum, _) => {
            "Where it is left out, it is 0, and no Topic Alias may be used.".to_owned()
        }
        (Id::TopicAlias, _) => match inspection.has_topic() {
            true => "Topic and number stand together: from now on the number is enough.".to_owned(),
            false => {
                "An earlier packet on this connection said which topic it stands for.".to_owned()
            }
        },
        (Id::PayloadFormatIndicator, Value::PayloadFormat(format)) => match format {
            PayloadFormat::UnspecifiedBytes => "The payload may be anything.".to_owned(),
            PayloadFormat::Utf8 => {
                "The payload should be text; the broker may check that.".to_owned()
            }
        },
        (Id::SubscriptionIdentifier, _) if inspection.packet == Some(Type::Publish) => {
            "The client gave this number to the subscription when it subscribed.".to_owned()
        }
        (Id::SubscriptionIdentifier, _) => "The client has chosen it.".to_owned(),
        (Id::ServerKeepAlive, Value::Number(seconds)) => format!(
            "The broker is not content with what the client asked for. It has to be heard of at least \
             every {seconds} s."
        ),
        (Id::AssignedClientIdentifier, _) => {
            "The client's CONNECT had an empty Client Identifier.".to_owned()
        }
        (Id::MaximumQos, Value::Number(qos)) => {
            format!("Whoever publishes with a QoS above {qos} is disconnected.")
        }
        (Id::RequestProblemInformation, Value::Flag(false)) => {
            "Only CONNACK, DISCONNECT and PUBLISH may carry them then.".to_owned()
        }
        (property, Value::Flag(flag)) => why_flag(property, flag).to_owned(),
        _ => String::new(),
    }
}

const fn why_flag(property: Id, flag: bool) -> &'static str {
    match (property, flag) {
        (Id::RequestResponseInformation, true) => "The broker may still leave it out.",
        (Id::RequestResponseInformation, false) => "As where it is left out: none is wanted.",
        (Id::RequestProblemInformation, true) => "As where it is left out: it may.",
        (
            Id::RetainAvailable
            | Id::WildcardSubscriptionAvailable
            | Id::SubscriptionIdentifierAvailable
            | Id::SharedSubscriptionAvailable,
            true,
        ) => "As where it is left out: the broker offers this.",
        (
            Id::RetainAvailable
            | Id::WildcardSubscriptionAvailable
            | Id::SubscriptionIdentifierAvailable
            | Id::SharedSubscriptionAvailable,
            false,
        ) => "The broker does not offer this: whoever uses it all the same is refused.",
        _ => "",
    }
}

fn long_time(seconds: u32) -> String {
    let (length, unit) = match seconds {
        0..120 => return String::new(),
        120..7_200 => (60, "minutes"),
        7_200..172_800 => (3_600, "hours"),
        _ => (86_400, "days"),
    };
    let is_exact = seconds.is_multiple_of(length);
    let about = if is_exact { "" } else { "about " };
    let count = format::count(u64::from(seconds / length));
    format!("That is {about}{count} {unit}.")
}
