//! What the panels say of their rows: where a publication or a subscription stands, and what was
//! typed into a form.

use super::explain::{self, Explanation};
use super::format;
use super::payload::{PayloadKind, check_json, guess_kind};
use super::{
    MessageFormat, Publication, PublicationState, PublishForm, SubscriptionRow, SubscriptionState,
};
use crate::codec::{ControlPacketType, ProtocolVersion, Qos, ReasonCode};

/// How something stands at a glance; the words say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing happens and nothing is wrong.
    Idle,
    /// Something is being waited for.
    UnderWay,
    /// As it should be.
    Good,
    /// Refused or lost.
    Bad,
}

/// Words with what they come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wording {
    /// At a glance.
    pub standing: Standing,
    /// A few words.
    pub text: String,
    /// A sentence or two on them; empty where there is nothing to add.
    pub meaning: String,
}

impl Wording {
    fn new(standing: Standing, text: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self {
            standing,
            text: text.into(),
            meaning: meaning.into(),
        }
    }
}

/// Where a publication stands.
pub fn publication(publication: &Publication) -> Wording {
    use PublicationState::{
        Abandoned, AwaitingPuback, AwaitingPubcomp, AwaitingPubrec, Complete, Lost, Queued,
        Refused, Sent,
    };
    match publication.state {
        Queued => Wording::new(
            Standing::UnderWay,
            "waits for its turn",
            "The broker takes no more messages at once, or the browser has not sent all it was given.",
        ),
        Sent => Wording::new(
            Standing::Good,
            "sent, no answer at QoS 0",
            "QoS 0 is not acknowledged: whether it arrived will not be known.",
        ),
        AwaitingPuback => Wording::new(
            Standing::UnderWay,
            "waits for PUBACK",
            "If the connection ends before it comes, the message is sent again to a session that lives on.",
        ),
        AwaitingPubrec => Wording::new(
            Standing::UnderWay,
            "waits for PUBREC",
            "With PUBREC the broker says that it has the message.",
        ),
        AwaitingPubcomp => Wording::new(
            Standing::UnderWay,
            "waits for PUBCOMP",
            "The broker has the message. PUBREL lets it forget the Packet Identifier, PUBCOMP confirms that.",
        ),
        Complete {
            reason_code: ReasonCode::Success,
        } => Wording::new(
            Standing::Good,
            "complete",
            "The broker has taken the message over.",
        ),
        Complete { reason_code: code } => {
            let words = explain::reason_code(code.as_u8(), answer_to(publication.qos));
            Wording::new(
                Standing::Good,
                with_code("complete", words, code),
                sentences(words),
            )
        }
        Refused { reason_code: code } => {
            let words = explain::reason_code(code.as_u8(), answer_to(publication.qos));
            Wording::new(
                Standing::Bad,
                with_code("refused", words, code),
                sentences(words),
            )
        }
        Abandoned => Wording::new(
            Standing::Bad,
            "not sent again",
            "The session was resumed, but the broker's limits on this connection do not allow this message.",
        ),
        Lost => Wording::new(
            Standing::Bad,
            "lost with the session",
            "The connection ended and the broker keeps no session: whether it has the message is not known, and it is not sent again.",
        ),
    }
}

/// Where a subscription stands: the refusal in words, or what was asked for and granted.
pub fn subscription(row: &SubscriptionRow, version: ProtocolVersion) -> Wording {
    use SubscriptionState::{
        Granted, KeptByServer, NotActive, Refused, Subscribing, Unsubscribing,
    };
    let asked = format!("asked QoS {}", row.requested.as_u8());
    let granted = |qos: Qos| format!("{asked} · granted {}", qos.as_u8());
    match row.state {
        Subscribing => Wording::new(
            Standing::UnderWay,
            format!("{asked} · waits for SUBACK"),
            "SUBSCRIBE is sent. With SUBACK the broker says what it grants.",
        ),
        Granted { qos } => Wording::new(Standing::Good, granted(qos), ""),
        Refused { reason_code: code } => {
            let words = if version == ProtocolVersion::V5_0 {
                explain::reason_code(code.as_u8(), ControlPacketType::Suback)
            } else {
                explain::suback_return_code(code.as_u8(), version)
            };
            Wording::new(
                Standing::Bad,
                with_code("refused", words, code),
                sentences(words),
            )
        }
        Unsubscribing => Wording::new(
            Standing::UnderWay,
            "waits for UNSUBACK",
            "UNSUBSCRIBE is sent. Messages may still come until the broker has answered.",
        ),
        NotActive => Wording::new(
            Standing::Idle,
            format!("{asked} · not active"),
            "There is no connection, and no session with this subscription at the broker.",
        ),
        KeptByServer { qos } => Wording::new(
            Standing::Idle,
            format!("{} · kept in the session", granted(qos)),
            "The broker has kept this subscription in the client's session. SUBSCRIBE was not needed again.",
        ),
    }
}

/// What is typed as a message, in a few words.
pub fn message_hint(form: &PublishForm) -> String {
    if form.message.is_empty() {
        return match form.retain {
            true => "empty with Retain: clears the topic's retained message",
            false => "empty message: that is allowed",
        }
        .to_owned();
    }
    if form.message_format == MessageFormat::Hex {
        return "bytes, typed as hexadecimal".to_owned();
    }
    let bytes = form.message.as_bytes();
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match guess_kind(bytes) {
        PayloadKind::Json => "JSON, valid".to_owned(),
        // Large ones are left to the receiver.
        _ if matches!(first, Some(b'{' | b'[')) && bytes.len() <= JSON_CHECKED => {
            match check_json(bytes) {
                Err(error) => error.to_string(),
                Ok(()) => "JSON, valid".to_owned(),
            }
        }
        _ => "plain text".to_owned(),
    }
}

/// How long a message may be, in bytes, to be checked at every key.
const JSON_CHECKED: usize = 100_000;

/// How many messages a row counts: `1 message`, `18,102 messages`.
pub fn messages(number: u64) -> String {
    let unit = if number == 1 { " message" } else { " messages" };
    format::count(number) + unit
}

/// How many topics a branch has: `1 topic`, `1,204 topics`.
pub fn topics(number: u64) -> String {
    let unit = if number == 1 { " topic" } else { " topics" };
    format::count(number) + unit
}

/// The packet in which the server tells of a refusal, or of a success.
const fn answer_to(qos: Qos) -> ControlPacketType {
    match qos {
        Qos::ExactlyOnce => ControlPacketType::Pubrec,
        Qos::AtMostOnce | Qos::AtLeastOnce => ControlPacketType::Puback,
    }
}

fn with_code(what: &str, words: Explanation, code: ReasonCode) -> String {
    format!("{what}: {} (0x{:02X})", words.name, code.as_u8())
}

fn sentences(words: Explanation) -> String {
    [words.meaning, words.hint].join(" ").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codec::RetainHandling;
    use crate::lab::{PublicationKey, SubscriptionKey};

    fn row(state: SubscriptionState) -> SubscriptionRow {
        SubscriptionRow {
            key: SubscriptionKey::new(1),
            filter: "a/#".into(),
            requested: Qos::ExactlyOnce,
            state,
            colour: 0,
            messages: 0,
            no_local: false,
            retain_as_published: false,
            retain_handling: RetainHandling::SendAtSubscribe,
            subscription_identifier: None,
            is_exact: false,
            fixed: 0..0,
        }
    }

    #[test]
    fn subscriptions_say_what_was_asked_granted_or_refused() {
        let says = |state, version| subscription(&row(state), version);
        let granted = SubscriptionState::Granted {
            qos: Qos::AtLeastOnce,
        };
        let words = says(granted, ProtocolVersion::V5_0);
        assert_eq!(words.text, "asked QoS 2 · granted 1");
        assert_eq!(words.standing, Standing::Good);
        let refused = SubscriptionState::Refused {
            reason_code: ReasonCode::NotAuthorized,
        };
        let words = says(refused, ProtocolVersion::V5_0);
        assert_eq!(words.text, "refused: Not authorized (0x87)");
        let refused = SubscriptionState::Refused {
            reason_code: ReasonCode::UnspecifiedError,
        };
        let words = says(refused, ProtocolVersion::V3_1_1);
        assert_eq!(words.text, "refused: Failure (0x80)");
        assert!(words.meaning.contains("3.1.1"), "{}", words.meaning);
        for state in [
            SubscriptionState::Subscribing,
            SubscriptionState::Unsubscribing,
            SubscriptionState::NotActive,
        ] {
            let words = says(state, ProtocolVersion::V5_0);
            assert!(!words.text.contains("granted") && words.meaning.ends_with('.'));
        }
    }

    #[test]
    fn publications_say_where_they_stand() {
        let says = |qos, state| {
            publication(&Publication {
                key: PublicationKey::new(1),
                topic: "a".into(),
                qos,
                retain: false,
                payload_size: 0,
                packet_id: None,
                form: None,
                wire_size: None,
                steps: Vec::new(),
                state,
                token: None,
            })
        };
        let none = PublicationState::Complete {
            reason_code: ReasonCode::NoMatchingSubscribers,
        };
        let words = says(Qos::AtLeastOnce, none);
        assert_eq!(words.text, "complete: No matching subscribers (0x10)");
        assert_eq!(words.standing, Standing::Good);
        let refused = PublicationState::Refused {
            reason_code: ReasonCode::QuotaExceeded,
        };
        let words = says(Qos::ExactlyOnce, refused);
        assert_eq!(words.text, "refused: Quota exceeded (0x97)");
        assert_eq!(words.standing, Standing::Bad);
        let words = says(Qos::AtMostOnce, PublicationState::Sent);
        assert!(words.text.starts_with("sent") && words.meaning.contains("not acknowledged"));
    }

    #[test]
    fn messages_are_told_by_their_look() {
        let says = |message: &str, retain| {
            message_hint(&PublishForm {
                message: message.into(),
                retain,
                ..PublishForm::default()
            })
        };
        assert_eq!(says("{\"t\": 21.5}", false), "JSON, valid");
        assert_eq!(says("21.5", false), "plain text");
        assert!(says("{\"t\": ", false).starts_with("not JSON: ends too early"));
        assert!(says("", true).contains("clears"));
        assert!(!says("", false).contains("clears"));
        let hex = PublishForm {
            message: "7b".into(),
            message_format: MessageFormat::Hex,
            ..PublishForm::default()
        };
        assert!(message_hint(&hex).contains("hexadecimal"));
    }
}
