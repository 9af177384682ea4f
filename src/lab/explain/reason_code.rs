//! Reason Codes of MQTT 5.0 and return codes of 3.1 and 3.1.1 in words.

use super::Explanation;
use crate::codec::{ControlPacketType, ProtocolVersion, ReasonCode};

/// A Reason Code of MQTT 5.0, by its number, in the packet that carried it.
pub fn reason_code(code: u8, packet: ControlPacketType) -> Explanation {
    let Some(known) = ReasonCode::from_u8(code) else {
        return Explanation::new(
            "Unknown code",
            "MQTT 5.0 gives this number no meaning.",
            "The other side breaks the standard here, or speaks a newer version of it.",
        );
    };
    let (meaning, hint) = words(known, packet);
    Explanation::new(known.name_in(packet), meaning, hint)
}

/// The return code of a CONNACK of MQTT 3.1 or 3.1.1, by its number.
pub fn connect_return_code(code: u8) -> Explanation {
    match code {
        0 => Explanation::new(
            "Connection accepted",
            "The broker accepted the connection.",
            "",
        ),
        1 => Explanation::new(
            "Unacceptable protocol version",
            "The broker does not speak the chosen version of MQTT.",
            "Choose another MQTT version and connect again.",
        ),
        2 => Explanation::new(
            "Identifier rejected",
            "The broker does not accept this ClientID.",
            "Try a ClientID of 1 to 23 letters and digits. An empty one needs Clean Session.",
        ),
        3 => Explanation::new(
            "Server unavailable",
            "The connection was made, but the broker cannot serve MQTT now.",
            "Try again in a moment, or choose another broker.",
        ),
        4 => Explanation::new(
            "Bad user name or password",
            "The broker does not accept this Username and Password.",
            "Check both, also for spaces at the end and for capital letters.",
        ),
        5 => Explanation::new(
            "Not authorized",
            "The broker does not let this client connect.",
            "Many brokers say so when a Username and Password are missing or wrong. Fill them in, \
             or ask who runs the broker.",
        ),
        _ => Explanation::new(
            "Unknown return code",
            "MQTT 3.1.1 knows only the codes 0 to 5 here.",
            "Perhaps the broker speaks another version. Try MQTT 5.0.",
        ),
    }
}

/// One return code of a SUBACK of MQTT 3.1 or 3.1.1, by its number.
pub fn suback_return_code(code: u8, version: ProtocolVersion) -> Explanation {
    match code {
        0 => Explanation::new(
            "Granted QoS 0",
            "Subscribed. Messages arrive at most once.",
            "",
        ),
        1 => Explanation::new(
            "Granted QoS 1",
            "Subscribed. Messages arrive at least once, with QoS 1 at most.",
            "",
        ),
        2 => Explanation::new(
            "Granted QoS 2",
            "Subscribed. Messages arrive with the QoS they were published with.",
            "",
        ),
        0x80 => match version {
            ProtocolVersion::V3_1 => Explanation::new(
                "Failure",
                "The broker refused this subscription, with a code that MQTT 3.1 does not know.",
                REFUSED_SUBSCRIPTION_HINT,
            ),
            ProtocolVersion::V3_1_1 | ProtocolVersion::V5_0 => Explanation::new(
                "Failure",
                "The broker refused this subscription. MQTT 3.1.1 has no way to say why.",
                REFUSED_SUBSCRIPTION_HINT,
            ),
        },
        _ => Explanation::new(
            "Unknown return code",
            "MQTT 3.1.1 knows only 0, 1, 2 and 0x80 here.",
            "The broker breaks the standard. Take the subscription as refused.",
        ),
    }
}

const REFUSED_SUBSCRIPTION_HINT: &str =
    "Often the user may not read this topic, or the broker does not allow a filter as wide as #.";

/// Meaning and hint.
fn words(code: ReasonCode, packet: ControlPacketType) -> (&'static str, &'static str) {
    use ReasonCode as Code;
    match code {
        Code::Success => (success(packet), ""),
        Code::GrantedQos1 => (
            "Subscribed. Messages arrive at least once, with QoS 1 at most.",
            "",
        ),
        Code::GrantedQos2 => (
            "Subscribed. Messages arrive with the QoS they were published with.",
            "",
        ),
        Code::DisconnectWithWillMessage => (
            "The client leaves in good order, but asks the broker to publish its will all the same.",
            "",
        ),
        Code::NoMatchingSubscribers => (
            "The broker took the message, but nobody is subscribed to its topic at the moment.",
            "Subscribe to the topic first to see messages arrive. Check the spelling of both.",
        ),
        Code::NoSubscriptionExisted => (
            "There was nothing to unsubscribe: the broker knows no such subscription of this client.",
            "The filter must be written exactly as it was when subscribing.",
        ),
        Code::ContinueAuthentication => (
            "Signing in takes another step: the other side is to answer with AUTH.",
            "",
        ),
        Code::ReAuthenticate => ("The client signs in again on the open connection.", ""),
        Code::UnspecifiedError => (
            "It did not work, and the other side does not say why.",
            "Look at the Reason String, if there is one, or at the broker's log.",
        ),
        Code::MalformedPacket => (
            "A packet could not be read: its bytes do not follow the rules of MQTT.",
            "Look at the last packet that was sent. Bytes may have been changed on the way, or by \
             hand.",
        ),
        Code::ProtocolError => (
            "A packet was readable, but must not be sent like this or at this moment.",
            "Look at the last packet that was sent, and at what went before it.",
        ),
        Code::ImplementationSpecificError => (
            "The packet follows the standard, but this broker does not accept it.",
            "Look at the Reason String, if there is one, or at the broker's documentation.",
        ),
        Code::UnsupportedProtocolVersion => (
            "The broker does not speak the chosen version of MQTT.",
            "Choose another MQTT version and connect again.",
        ),
        Code::ClientIdentifierNotValid => (
            "The broker does not accept this ClientID.",
            "Try a ClientID of 1 to 23 letters and digits.",
        ),
        Code::BadUserNameOrPassword => (
            "The broker does not accept this Username and Password.",
            "Check both, also for spaces at the end and for capital letters.",
        ),
        Code::NotAuthorized => not_authorized(packet),
        Code::ServerUnavailable => (
            "The broker cannot serve MQTT now.",
            "Try again in a moment, or choose another broker.",
        ),
        Code::ServerBusy => (
            "The broker has too much to do.",
            "Wait a little and try again.",
        ),
        Code::Banned => (
            "Whoever runs the broker has shut this client out.",
            "Ask them. On a public broker, a new ClientID may help.",
        ),
        Code::ServerShuttingDown => (
            "The broker is being shut down.",
            "Connect again when it is back, or choose another broker.",
        ),
        Code::BadAuthenticationMethod => (
            "The way of signing in is not supported, or is not the one agreed on.",
            "Check the Authentication Method, or sign in with Username and Password.",
        ),
        Code::KeepAliveTimeout => (
            "The broker heard nothing for one and a half times the Keep Alive, so it takes the \
             client for lost.",
            "Was the computer asleep or the network gone? A longer Keep Alive is more patient.",
        ),
        Code::SessionTakenOver => (
            "Another client connected with the same ClientID. A broker keeps only the newer one.",
            "Every client needs a ClientID of its own. Take a new one and connect again.",
        ),
        Code::TopicFilterInvalid => (
            "The filter is written correctly, but the broker does not accept it.",
            "Some brokers forbid certain topics or limit the number of levels. Try another filter.",
        ),
        Code::TopicNameInvalid => (
            "The topic is written correctly, but the broker does not accept it.",
            "Some brokers forbid certain topics, such as those beginning with $. Try another one.",
        ),
        Code::PacketIdentifierInUse => (
            "The broker still holds an unfinished exchange under this Packet Identifier, so the \
             two sides disagree about the session.",
            "Connect once with Clean Start to begin afresh.",
        ),
        Code::PacketIdentifierNotFound => (
            "The other side knows no unfinished exchange under this Packet Identifier.",
            "Nothing is lost: after a reconnect this means that the exchange was already over.",
        ),
        Code::ReceiveMaximumExceeded => (
            "More QoS 1 and QoS 2 messages were under way at once than the other side allows.",
            "Send fewer at a time, or wait for acknowledgements in between.",
        ),
        Code::TopicAliasInvalid => (
            "A Topic Alias was 0 or above the maximum that the other side allows.",
            "Use aliases from 1 to the Topic Alias Maximum in CONNACK.",
        ),
        Code::PacketTooLarge => (
            "A packet was larger than the receiver accepts.",
            "Send a smaller payload. The limit is the Maximum Packet Size in CONNECT or CONNACK.",
        ),
        Code::MessageRateTooHigh => (
            "Messages come faster than the broker accepts.",
            "Publish more slowly.",
        ),
        Code::QuotaExceeded => (
            "A limit of the broker is used up, for example on messages, bytes or subscriptions.",
            "Wait, or ask who runs the broker which limits it sets.",
        ),
        Code::AdministrativeAction => (
            "Whoever runs the broker closed the connection.",
            "Ask them before connecting again.",
        ),
        Code::PayloadFormatInvalid => (
            "The message was declared to be text, but its bytes are not UTF-8.",
            "Clear the Payload Format Indicator, or send text.",
        ),
        Code::RetainNotSupported => (
            "This broker keeps no retained messages.",
            "Publish, or set the will, without Retain.",
        ),
        Code::QosNotSupported => (
            "This broker does not offer the QoS that was used.",
            "Use a lower QoS, at most the Maximum QoS in CONNACK.",
        ),
        Code::UseAnotherServer => (
            "The broker asks you to use another server for now.",
            "The Server Reference, if there is one, says which.",
        ),
        Code::ServerMoved => (
            "The broker has moved for good.",
            "The Server Reference, if there is one, says where. Change Host to it.",
        ),
        Code::SharedSubscriptionsNotSupported => (
            "This broker offers no shared subscriptions ($share/...).",
            "Subscribe to the filter without $share/ and the group.",
        ),
        Code::ConnectionRateExceeded => (
            "Too many connections were opened in a short time.",
            "Wait a little before connecting again.",
        ),
        Code::MaximumConnectTime => (
            "The time that the broker allows for one connection is over.",
            "Connect again.",
        ),
        Code::SubscriptionIdentifiersNotSupported => (
            "This broker offers no Subscription Identifiers.",
            "Leave the Subscription Identifier empty.",
        ),
        Code::WildcardSubscriptionsNotSupported => (
            "This broker does not allow + and # in filters.",
            "Subscribe to each topic by its full name.",
        ),
    }
}

/// What went well depends on what was asked.
const fn success(packet: ControlPacketType) -> &'static str {
    use ControlPacketType as Type;
    match packet {
        Type::Connack => "The broker accepted the connection.",
        Type::Puback => "The message has arrived at the other side: QoS 1 is fulfilled.",
        Type::Pubrec => "The message has arrived at the other side: half of QoS 2.",
        Type::Pubrel => "The sender lets go of the message, so that it cannot be delivered twice.",
        Type::Pubcomp => "The exchange is over: the message was delivered exactly once.",
        Type::Suback => "Subscribed. Messages arrive at most once.",
        Type::Unsuback => "The subscription is gone. No more messages arrive for it.",
        Type::Disconnect => "The connection was closed in good order. A client's will is not sent.",
        Type::Auth => "Signing in is complete.",
        Type::Connect
        | Type::Publish
        | Type::Subscribe
        | Type::Unsubscribe
        | Type::Pingreq
        | Type::Pingresp => "It worked.",
    }
}

/// What is not allowed depends on what was asked.
const fn not_authorized(packet: ControlPacketType) -> (&'static str, &'static str) {
    use ControlPacketType as Type;
    match packet {
        Type::Connack => (
            "The broker does not let this client connect.",
            "Many brokers say so when a Username and Password are missing or wrong. Fill them in, \
             or ask who runs the broker.",
        ),
        Type::Puback | Type::Pubrec => (
            "This client may not publish to this topic.",
            "Try another topic, or ask who runs the broker for the right to write there.",
        ),
        Type::Suback => (
            "This client may not subscribe to this filter.",
            "Try a narrower filter, or ask who runs the broker for the right to read there.",
        ),
        Type::Connect
        | Type::Publish
        | Type::Pubrel
        | Type::Pubcomp
        | Type::Subscribe
        | Type::Unsubscribe
        | Type::Unsuback
        | Type::Pingreq
        | Type::Pingresp
        | Type::Disconnect
        | Type::Auth => (
            "This client may not do what it asked for.",
            "Ask who runs the broker for the right to do so.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::assert_well_worded;
    use super::*;

    fn packets() -> impl Iterator<Item = ControlPacketType> {
        (1..=15).filter_map(ControlPacketType::from_u8)
    }

    #[test]
    fn every_number_in_every_packet_has_words() {
        for code in 0..=u8::MAX {
            for packet in packets() {
                let explanation = reason_code(code, packet);
                assert_well_worded(explanation);
                let is_known = ReasonCode::from_u8(code).is_some();
                assert_eq!(explanation.name != "Unknown code", is_known);
                if code >= 0x80 {
                    assert!(!explanation.hint.is_empty(), "{code:#x}");
                }
            }
            assert_well_worded(connect_return_code(code));
            for version in ProtocolVersion::ALL {
                assert_well_worded(suback_return_code(code, version));
            }
        }
    }

    #[test]
    fn the_standards_names_are_used() {
        let name = |code, packet| reason_code(code, packet).name;
        assert_eq!(name(0x00, ControlPacketType::Connack), "Success");
        assert_eq!(name(0x00, ControlPacketType::Suback), "Granted QoS 0");
        assert_eq!(
            name(0x00, ControlPacketType::Disconnect),
            "Normal disconnection"
        );
        assert_eq!(
            name(0x8e, ControlPacketType::Disconnect),
            "Session taken over"
        );
        assert_eq!(
            name(0xa2, ControlPacketType::Suback),
            "Wildcard Subscriptions not supported"
        );
        assert_eq!(name(0x03, ControlPacketType::Suback), "Unknown code");
    }

    #[test]
    fn no_two_errors_have_the_same_meaning() {
        let meanings: std::collections::HashSet<_> = ReasonCode::ALL
            .iter()
            .map(|code| reason_code(code.as_u8(), ControlPacketType::Disconnect).meaning)
            .collect();
        assert_eq!(meanings.len(), ReasonCode::ALL.len());
    }
}
