//! One sentence or two for every control and column of the screen.

use crate::codec::ProtocolVersion;
use crate::lab::Field;

/// Something on the screen that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Help {
    /// The picker `Broker`.
    Broker,
    /// The field `Host`.
    Host,
    /// The field `Port`.
    Port,
    /// The field `Path`.
    Path,
    /// The box `SSL`.
    Ssl,
    /// The field `ClientID`.
    ClientId,
    /// The field `Username`.
    Username,
    /// The field `Password`.
    Password,
    /// The box that keeps the password.
    RememberPassword,
    /// The field `Keep Alive`.
    KeepAlive,
    /// The box `Clean Session` of MQTT 3.1 and 3.1.1.
    CleanSession,
    /// The box `Clean Session` when it means Clean Start of MQTT 5.0.
    CleanStart,
    /// The list `MQTT version`.
    Version,
    /// The connect timeout.
    ConnectTimeout,
    /// The box that connects again by itself.
    Reconnect,
    /// The time between attempts.
    ReconnectPeriod,
    /// The field `Last-Will Topic`.
    WillTopic,
    /// The list `Last-Will QoS`.
    WillQos,
    /// The box `Last-Will Retain`.
    WillRetain,
    /// The field `Last-Will Message`.
    WillMessage,
    /// The will's delay, 5.0.
    WillDelayInterval,
    /// The armed will that is shown with its connection.
    ArmedWill,
    /// `Session Expiry Interval`, 5.0.
    SessionExpiryInterval,
    /// `Receive Maximum`, 5.0.
    ReceiveMaximum,
    /// `Maximum Packet Size`, 5.0.
    MaximumPacketSize,
    /// `Topic Alias Maximum`, 5.0.
    TopicAliasMaximum,
    /// `Request Response Information`, 5.0.
    RequestResponseInformation,
    /// `Request Problem Information`, 5.0.
    RequestProblemInformation,
    /// `User Properties`, 5.0.
    UserProperties,
    /// `Authentication Method`, 5.0.
    AuthenticationMethod,
    /// `Authentication Data`, 5.0.
    AuthenticationData,
    /// `Assigned Client Identifier` in CONNACK, 5.0.
    AssignedClientIdentifier,
    /// `Server Keep Alive` in CONNACK, 5.0.
    ServerKeepAlive,
    /// `Maximum QoS` in CONNACK, 5.0.
    MaximumQos,
    /// `Retain Available` in CONNACK, 5.0.
    RetainAvailable,
    /// `Wildcard Subscription Available` in CONNACK, 5.0.
    WildcardSubscriptionAvailable,
    /// `Subscription Identifiers Available` in CONNACK, 5.0.
    SubscriptionIdentifiersAvailable,
    /// `Shared Subscription Available` in CONNACK, 5.0.
    SharedSubscriptionAvailable,
    /// `Response Information` in CONNACK, 5.0.
    ResponseInformation,
    /// `Server Reference` in CONNACK and DISCONNECT, 5.0.
    ServerReference,
    /// `Reason String`, 5.0.
    ReasonString,
    /// The Session Present flag of CONNACK.
    SessionPresent,
    /// The Reason Code or return code.
    ReasonCode,
    /// The state line.
    State,
    /// The button `Connect`.
    Connect,
    /// The button `Disconnect`.
    Disconnect,
    /// The button `Die without DISCONNECT`.
    Die,
    /// The field `Topic` of the Publish panel.
    Topic,
    /// A QoS, wherever one is chosen or shown without its value.
    Qos,
    /// QoS 0.
    QosAtMostOnce,
    /// QoS 1.
    QosAtLeastOnce,
    /// QoS 2.
    QosExactlyOnce,
    /// The box `Retain` of the Publish panel.
    Retain,
    /// What an empty payload with Retain does.
    RetainEmpty,
    /// The field `Message`.
    Message,
    /// The size on the wire.
    SizeOnTheWire,
    /// The state of the handshake after publishing.
    Handshake,
    /// `Payload Format Indicator`, 5.0.
    PayloadFormatIndicator,
    /// `Message Expiry Interval`, 5.0.
    MessageExpiryInterval,
    /// `Content Type`, 5.0.
    ContentType,
    /// `Response Topic`, 5.0.
    ResponseTopic,
    /// `Correlation Data`, 5.0.
    CorrelationData,
    /// `Topic Alias`, 5.0.
    TopicAlias,
    /// The field `Topic` of a subscription.
    Filter,
    /// The list `QoS` of a subscription.
    SubscriptionQos,
    /// The `Color` of a subscription.
    Color,
    /// Requested against granted QoS.
    GrantedQos,
    /// `No Local`, 5.0.
    NoLocal,
    /// `Retain As Published`, 5.0.
    RetainAsPublished,
    /// `Retain Handling`, 5.0.
    RetainHandling,
    /// `Subscription Identifier`, 5.0.
    SubscriptionIdentifier,
    /// The button `Unsubscribe`.
    Unsubscribe,
    /// The box *Why does it match?*.
    WhyMatch,
    /// The column with a message's time.
    MessageTime,
    /// The mark `Retained` on a message.
    Retained,
    /// The absence of that mark.
    NotRetained,
    /// The DUP flag.
    Dup,
    /// The Packet Identifier.
    PacketIdentifier,
    /// The column with a packet's or payload's size.
    Size,
    /// The direction of a packet or message.
    Direction,
    /// The mark of a message that equals a client's will.
    MatchesWill,
    /// The view of retained topics.
    RetainedView,
    /// The button `Clear retained`.
    ClearRetained,
    /// The drawer `Wire`.
    Wire,
    /// The name of a client in this page.
    Name,
    /// A saved connection.
    Profile,
    /// The setting `Trace budget`.
    TraceBudget,
    /// The setting that shows sent messages.
    ShowSent,
    /// The setting that subscribes again.
    Resubscribe,
    /// The choice of a payload's view.
    PayloadView,
    /// The choice of how times are shown.
    TimeView,
    /// The choice of colours.
    Theme,
    /// The Topic Filters of the message filter.
    FilterTopics,
    /// The text of the message filter.
    FilterText,
    /// The times of the message filter.
    FilterTimes,
}

impl Help {
    /// The help for a field of a form; with MQTT 5.0 `Clean Session` means Clean Start.
    pub const fn for_field(field: Field, version: ProtocolVersion) -> Self {
        match field {
            Field::Broker => Self::Broker,
            Field::Host => Self::Host,
            Field::Port => Self::Port,
            Field::Path => Self::Path,
            Field::ClientId => Self::ClientId,
            Field::Username => Self::Username,
            Field::Password => Self::Password,
            Field::KeepAlive => Self::KeepAlive,
            Field::Ssl => Self::Ssl,
            Field::CleanSession => match version {
                ProtocolVersion::V5_0 => Self::CleanStart,
                ProtocolVersion::V3_1 | ProtocolVersion::V3_1_1 => Self::CleanSession,
            },
            Field::Version => Self::Version,
            Field::ConnectTimeout => Self::ConnectTimeout,
            Field::ReconnectPeriod => Self::ReconnectPeriod,
            Field::SessionExpiryInterval => Self::SessionExpiryInterval,
            Field::ReceiveMaximum => Self::ReceiveMaximum,
            Field::MaximumPacketSize => Self::MaximumPacketSize,
            Field::TopicAliasMaximum => Self::TopicAliasMaximum,
            Field::RequestResponseInformation => Self::RequestResponseInformation,
            Field::RequestProblemInformation => Self::RequestProblemInformation,
            Field::AuthenticationMethod => Self::AuthenticationMethod,
            Field::AuthenticationData => Self::AuthenticationData,
            Field::UserProperties | Field::WillUserProperties => Self::UserProperties,
            Field::WillTopic => Self::WillTopic,
            Field::WillQos => Self::WillQos,
            Field::WillRetain => Self::WillRetain,
            Field::WillMessage => Self::WillMessage,
            Field::WillDelayInterval => Self::WillDelayInterval,
            Field::WillMessageExpiryInterval | Field::MessageExpiryInterval => {
                Self::MessageExpiryInterval
            }
            Field::WillContentType | Field::ContentType => Self::ContentType,
            Field::WillResponseTopic | Field::ResponseTopic => Self::ResponseTopic,
            Field::WillCorrelationData | Field::CorrelationData => Self::CorrelationData,
            Field::Topic => Self::Topic,
            Field::Qos => Self::Qos,
            Field::Retain => Self::Retain,
            Field::Message => Self::Message,
            Field::TopicAlias => Self::TopicAlias,
            Field::Filter => Self::Filter,
            Field::SubscriptionQos => Self::SubscriptionQos,
            Field::NoLocal => Self::NoLocal,
            Field::RetainAsPublished => Self::RetainAsPublished,
            Field::RetainHandling => Self::RetainHandling,
            Field::SubscriptionIdentifier => Self::SubscriptionIdentifier,
            Field::Name => Self::Name,
            Field::TraceMegabytes => Self::TraceBudget,
            Field::FilterInclude | Field::FilterExclude => Self::FilterTopics,
            Field::FilterText => Self::FilterText,
            Field::FilterQos => Self::Qos,
            Field::FilterFrom | Field::FilterTo => Self::FilterTimes,
        }
    }
}

/// What to say about it, in a teacher's words.
pub const fn help(subject: Help) -> &'static str {
    match subject {
        Help::Broker => {
            "The broker is the server in the middle: every message goes to it and from it. Choose a \
             public one, or Custom for your own."
        }
        Help::Host => "The name or IP address of the computer on which the broker runs.",
        Help::Port => {
            "The number of the broker's WebSocket listener, 1 to 65535. It is not 1883, where \
             brokers speak MQTT without WebSocket."
        }
        Help::Path => "The path of the WebSocket on the broker. Most brokers use /mqtt.",
        Help::Ssl => {
            "Encrypts the connection (wss://). A page that was itself loaded over https can \
             connect only with it."
        }
        Help::ClientId => {
            "The name by which the broker knows this client. No two connected clients of a broker \
             can share one: the newer takes the older's place."
        }
        Help::Username => "The user to sign in as. Leave it empty where the broker needs none.",
        Help::Password => {
            "The password of that user. Without SSL, everyone on the way can read it."
        }
        Help::RememberPassword => {
            "Keeps the password in this browser, unencrypted. Leave it off on shared computers."
        }
        Help::KeepAlive => {
            "The longest silence, in seconds, before the client shows with a PINGREQ that it is \
             still there. After one and a half times this the broker takes it for lost; 0 turns it \
             off."
        }
        Help::CleanSession => {
            "On: the broker forgets everything about this client when it connects and when it \
             leaves. Off: it keeps subscriptions and waiting messages (QoS 1 and 2) for next time."
        }
        Help::CleanStart => {
            "On: the broker forgets any older session of this client and begins a new one. How long \
             the session is kept afterwards is up to the Session Expiry Interval."
        }
        Help::Version => {
            "The version of MQTT to speak. 3.1.1 is the most common; 5.0 adds reasons, expiry, \
             properties and more; 3.1 is the old one."
        }
        Help::ConnectTimeout => {
            "How many seconds opening the WebSocket and waiting for CONNACK may take together."
        }
        Help::Reconnect => "Connects again by itself when the connection is lost.",
        Help::ReconnectPeriod => "How many seconds to wait before each new attempt to connect.",
        Help::WillTopic => {
            "The topic to which the broker publishes the will if this client is lost without \
             saying goodbye. Empty means no will."
        }
        Help::WillQos => "The quality of service with which the broker publishes the will.",
        Help::WillRetain => {
            "Whether the broker keeps the will as the topic's retained message, so that those who \
             subscribe later see it too."
        }
        Help::WillMessage => {
            "What the broker says on this client's behalf once it is lost, for example: offline."
        }
        Help::WillDelayInterval => {
            "How many seconds the broker waits before it publishes the will. If the client is back \
             in time, the will is not sent."
        }
        Help::ArmedWill => {
            "The broker holds this will for as long as the connection lasts. It is thrown away by \
             a DISCONNECT, and published when the connection ends without one."
        }
        Help::SessionExpiryInterval => {
            "How many seconds the broker keeps the session after the connection ends. Empty or 0: \
             not at all; 4294967295: for ever."
        }
        Help::ReceiveMaximum => {
            "How many QoS 1 and QoS 2 messages the other side may have under way to us at once. \
             Empty means 65535."
        }
        Help::MaximumPacketSize => {
            "The largest packet, in bytes, that we are willing to receive. The broker drops \
             messages for us that are larger. Empty means what this page has room for, 64 MiB."
        }
        Help::TopicAliasMaximum => {
            "How many topics the broker may shorten to a number when sending to us. Empty or 0: \
             none."
        }
        Help::RequestResponseInformation => {
            "Asks the broker for a piece of text from which to build Response Topics."
        }
        Help::RequestProblemInformation => {
            "Allows the broker to add words (Reason String, User Properties) to its answers when \
             something fails."
        }
        Help::UserProperties => {
            "Pairs of name and value that travel with the packet. Their meaning is up to you; a name \
             may come more than once."
        }
        Help::AuthenticationMethod => {
            "The name of a way to sign in that takes several steps, such as SCRAM-SHA-256. The \
             broker must support it."
        }
        Help::AuthenticationData => {
            "What this step of signing in carries. The Authentication Method says what it means."
        }
        Help::AssignedClientIdentifier => {
            "The name that the broker chose, because the client came with an empty ClientID."
        }
        Help::ServerKeepAlive => {
            "The Keep Alive that the broker wants. It counts instead of the one we asked for."
        }
        Help::MaximumQos => "The highest QoS that this broker accepts from us.",
        Help::RetainAvailable => "Whether this broker keeps retained messages.",
        Help::WildcardSubscriptionAvailable => {
            "Whether this broker allows + and # in subscriptions."
        }
        Help::SubscriptionIdentifiersAvailable => {
            "Whether this broker accepts Subscription Identifiers."
        }
        Help::SharedSubscriptionAvailable => {
            "Whether this broker offers shared subscriptions ($share/group/filter)."
        }
        Help::ResponseInformation => {
            "A piece of text from the broker from which to build Response Topics."
        }
        Help::ServerReference => "Another server that the broker asks us to use.",
        Help::ReasonString => {
            "The other side's explanation in words, meant for people and for logs."
        }
        Help::SessionPresent => {
            "Whether the broker still had a session of this client. If so, its subscriptions go on \
             and waiting messages are delivered."
        }
        Help::ReasonCode => {
            "The other side's answer as a number. From 128 (0x80) on it means that something \
             failed."
        }
        Help::State => "Where the connection stands; when it is closed, who closed it and why.",
        Help::Connect => "Opens the WebSocket and sends CONNECT. The broker answers with CONNACK.",
        Help::Disconnect => {
            "Sends DISCONNECT and closes the connection in good order. The broker throws the will \
             away."
        }
        Help::Die => {
            "Closes the connection without DISCONNECT, as a crash or a pulled plug would. This is \
             when the broker publishes the will."
        }
        Help::Topic => {
            "Where the message goes: levels separated by /, without wildcards. Capital and small \
             letters count. A topic needs no creating."
        }
        Help::Qos => {
            "Quality of service: what is promised about delivery, between one client and the \
             broker. 0: at most once, 1: at least once, 2: exactly once."
        }
        Help::QosAtMostOnce => {
            "QoS 0, at most once: sent and forgotten. It may be lost, and never comes twice."
        }
        Help::QosAtLeastOnce => {
            "QoS 1, at least once: sent again after a reconnect until PUBACK confirms it. It is \
             not lost, but may come twice."
        }
        Help::QosExactlyOnce => {
            "QoS 2, exactly once: PUBLISH, PUBREC, PUBREL, PUBCOMP. It is neither lost nor doubled, \
             and costs four packets."
        }
        Help::Retain => {
            "Asks the broker to keep this message as the last known value of its topic. Whoever \
             subscribes later gets it at once."
        }
        Help::RetainEmpty => {
            "An empty message with Retain clears the topic: the broker forgets its retained message \
             and keeps nothing instead."
        }
        Help::Message => {
            "The payload: any bytes, also none. MQTT does not look into it; the receivers must know \
             what it means."
        }
        Help::SizeOnTheWire => {
            "How many bytes the whole packet has, header and topic included, before WebSocket and \
             TLS add theirs."
        }
        Help::Handshake => {
            "How far the delivery to the broker has come: sent, then PUBACK for QoS 1, or PUBREC, \
             PUBREL and PUBCOMP for QoS 2."
        }
        Help::PayloadFormatIndicator => {
            "Declares that the payload is UTF-8 text. A broker may check it."
        }
        Help::MessageExpiryInterval => {
            "After how many seconds the message is too old to be delivered. Empty means never."
        }
        Help::ContentType => {
            "What kind of data the payload is, for example application/json. For the receivers; the \
             broker only passes it on."
        }
        Help::ResponseTopic => "The topic to which the receiver is asked to send its answer.",
        Help::CorrelationData => {
            "Bytes that the receiver copies into its answer, so that the asker knows which question \
             it belongs to."
        }
        Help::TopicAlias => {
            "A number that stands for the topic in later packets of this connection, which makes \
             them smaller."
        }
        Help::Filter => {
            "Which topics to receive. + stands for one level, # at the end for all that are left. \
             $share/group/filter divides the messages among the clients of a group."
        }
        Help::SubscriptionQos => {
            "The highest QoS at which the broker delivers to us. A message comes with the lower of \
             this and the QoS it was published with."
        }
        Help::Color => "The colour of the bar on messages that this subscription received.",
        Help::GrantedQos => {
            "The QoS that was asked for, and the one that the broker granted, which may be lower."
        }
        Help::NoLocal => "Keeps messages that this very client published from coming back to it.",
        Help::RetainAsPublished => {
            "Passes the Retain flag on as the publisher set it. Without this it is set only on \
             messages that were kept from before you subscribed."
        }
        Help::RetainHandling => {
            "When to send the retained messages: at every subscribing, only if the subscription is \
             new, or never."
        }
        Help::SubscriptionIdentifier => {
            "A number that the broker writes on every message it delivers for this subscription, so \
             that one knows why it came."
        }
        Help::Unsubscribe => {
            "Ends the subscription. Messages that have already come stay in the list."
        }
        Help::WhyMatch => {
            "Type a topic to see, level by level, which of the filters match it and why."
        }
        Help::MessageTime => "When the message arrived here, by this computer's clock.",
        Help::Retained => {
            "The broker had kept this message from before, and sent it because of a new \
             subscription. It may be old."
        }
        Help::NotRetained => {
            "The Retain flag is set only when the broker delivers a kept message because of a new \
             subscription. To those already subscribed the same message comes without it."
        }
        Help::Dup => {
            "The sender may have sent this packet before. The flag is about this one transfer, not \
             about the message."
        }
        Help::PacketIdentifier => {
            "The number, 1 to 65535, that ties a packet to its acknowledgements. It is free again \
             when the exchange is over. QoS 0 needs none."
        }
        Help::Size => "The number of bytes.",
        Help::Direction => "Whether the client sent it to the broker or received it from there.",
        Help::MatchesWill => {
            "Topic and payload equal the will of that client. MQTT does not mark wills, so this is \
             the lab's observation."
        }
        Help::RetainedView => {
            "The topics for which this client was given a retained message, with the last value of \
             each."
        }
        Help::ClearRetained => {
            "Publishes an empty message with Retain to the topic, so that the broker forgets the \
             retained one. This is for everyone, not only for this client."
        }
        Help::Wire => "Every packet that this page sent and received, in order, down to each byte.",
        Help::Name => {
            "A name for this client in this page. The broker never sees it; to the broker, the ClientID is the name."
        }
        Help::Profile => {
            "A connection's fields saved under a name in this browser, to be loaded again later."
        }
        Help::TraceBudget => {
            "How many megabytes of packets the page remembers, those of a file that is opened with them. When it is full, the oldest go, and the page says how many."
        }
        Help::ShowSent => "Also lists the messages that this client has sent, marked as sent.",
        Help::Resubscribe => {
            "Subscribes again by itself after a reconnect, when the broker has forgotten the subscriptions."
        }
        Help::PayloadView => {
            "How to look at the payload: as text, as indented JSON, or as hexadecimal bytes. The bytes themselves never change."
        }
        Help::TimeView => "Whether times are local, in UTC, or seconds since the page was opened.",
        Help::FilterTopics => {
            "Topic Filters, with + and # as in a subscription, separated by commas."
        }
        Help::FilterText => "Found in topics and payloads. Case does not matter unless you say so.",
        Help::FilterTimes => "As the list shows times: 14:03, 14:03:22.5 or 2026-11-21 14:03.",
        Help::Theme => "Dark on light, light on dark, or as the system says.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_sentences_of_bearable_length() {
        // The enum is fieldless and begins at 0; the last variant is named here.
        assert_eq!(ALL.len(), Help::Theme as usize + 1);
        let mut seen = std::collections::HashSet::new();
        for subject in ALL {
            let words = help(subject);
            assert!(words.ends_with('.'), "{words}");
            assert!(!words.contains("  ") && words.len() <= 260, "{words}");
            assert!(seen.insert(words), "said twice: {words}");
        }
    }

    #[test]
    fn the_box_changes_its_meaning_with_the_version() {
        let help_for = |version| Help::for_field(Field::CleanSession, version);
        assert_eq!(help_for(ProtocolVersion::V3_1_1), Help::CleanSession);
        assert_eq!(help_for(ProtocolVersion::V5_0), Help::CleanStart);
    }

    const ALL: [Help; 92] = [
        Help::Broker,
        Help::Host,
        Help::Port,
        Help::Path,
        Help::Ssl,
        Help::ClientId,
        Help::Username,
        Help::Password,
        Help::RememberPassword,
        Help::KeepAlive,
        Help::CleanSession,
        Help::CleanStart,
        Help::Version,
        Help::ConnectTimeout,
        Help::Reconnect,
        Help::ReconnectPeriod,
        Help::WillTopic,
        Help::WillQos,
        Help::WillRetain,
        Help::WillMessage,
        Help::WillDelayInterval,
        Help::ArmedWill,
        Help::SessionExpiryInterval,
        Help::ReceiveMaximum,
        Help::MaximumPacketSize,
        Help::TopicAliasMaximum,
        Help::RequestResponseInformation,
        Help::RequestProblemInformation,
        Help::UserProperties,
        Help::AuthenticationMethod,
        Help::AuthenticationData,
        Help::AssignedClientIdentifier,
        Help::ServerKeepAlive,
        Help::MaximumQos,
        Help::RetainAvailable,
        Help::WildcardSubscriptionAvailable,
        Help::SubscriptionIdentifiersAvailable,
        Help::SharedSubscriptionAvailable,
        Help::ResponseInformation,
        Help::ServerReference,
        Help::ReasonString,
        Help::SessionPresent,
        Help::ReasonCode,
        Help::State,
        Help::Connect,
        Help::Disconnect,
        Help::Die,
        Help::Topic,
        Help::Qos,
        Help::QosAtMostOnce,
        Help::QosAtLeastOnce,
        Help::QosExactlyOnce,
        Help::Retain,
        Help::RetainEmpty,
        Help::Message,
        Help::SizeOnTheWire,
        Help::Handshake,
        Help::PayloadFormatIndicator,
        Help::MessageExpiryInterval,
        Help::ContentType,
        Help::ResponseTopic,
        Help::CorrelationData,
        Help::TopicAlias,
        Help::Filter,
        Help::SubscriptionQos,
        Help::Color,
        Help::GrantedQos,
        Help::NoLocal,
        Help::RetainAsPublished,
        Help::RetainHandling,
        Help::SubscriptionIdentifier,
        Help::Unsubscribe,
        Help::WhyMatch,
        Help::MessageTime,
        Help::Retained,
        Help::NotRetained,
        Help::Dup,
        Help::PacketIdentifier,
        Help::Size,
        Help::Direction,
        Help::MatchesWill,
        Help::RetainedView,
        Help::ClearRetained,
        Help::Wire,
        Help::Name,
        Help::Profile,
        Help::TraceBudget,
        Help::ShowSent,
        Help::Resubscribe,
        Help::PayloadView,
        Help::TimeView,
        Help::Theme,
    ];
}
