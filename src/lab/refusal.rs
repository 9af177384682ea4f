//! Why the lab did not do what it was asked to, in words for the person who asked.

mod form_cause;

pub use form_cause::FormCause;

use super::explain;
use super::field::Field;
use super::filter::{PatternError, TimeTextError};
use super::trace;
use crate::broker::OptionsError;
use crate::client::{
    AuthenticateError, ByHandError, ConnectError, DisconnectError, PublishError, SubscribeError,
};
use crate::codec::{TopicFilterError, TopicNameError};
use crate::network::TooManyFaults;

/// A command, or a field of a form, that the lab refuses. Nothing has been done and nothing sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{cause}")]
pub struct Refusal {
    /// The field it is about, if it is about one.
    pub field: Option<Field>,
    /// Why.
    pub cause: RefusalCause,
}

impl Refusal {
    pub(super) const fn new(cause: RefusalCause) -> Self {
        Self { field: None, cause }
    }

    pub(super) const fn at(field: Field, cause: RefusalCause) -> Self {
        Self {
            field: Some(field),
            cause,
        }
    }

    /// Whole sentences for the screen: what is wrong, what is allowed, what to do.
    pub fn words(&self) -> String {
        match &self.cause {
            RefusalCause::InForm(cause) => cause.words(),
            RefusalCause::TopicFilter(error) => explained(explain::topic_filter_error(*error)),
            RefusalCause::ListedFilter { position, error } => {
                let words = explained(explain::topic_filter_error(*error));
                format!("Topic Filter {position}: {words}")
            }
            RefusalCause::Publish(PublishError::NotConnected)
            | RefusalCause::Subscribe(SubscribeError::NotConnected) => {
                as_sentence(&RefusalCause::NotConnected.to_string())
            }
            RefusalCause::Subscribe(SubscribeError::WildcardNotAvailable { .. }) => {
                "This server allows no + and no # in subscriptions.".to_owned()
            }
            RefusalCause::Subscribe(SubscribeError::SharedNotAvailable { .. }) => {
                "This server allows no shared subscriptions ($share/...).".to_owned()
            }
            RefusalCause::Subscribe(SubscribeError::SubscriptionIdentifierNotAvailable) => {
                "This server allows no Subscription Identifiers: leave it empty.".to_owned()
            }
            RefusalCause::Connect(ConnectError::Encode(error))
            | RefusalCause::Publish(PublishError::Encode(error))
            | RefusalCause::Subscribe(SubscribeError::Encode(error)) => {
                explained(explain::encode_error(*error))
            }
            cause => as_sentence(&cause.to_string()),
        }
    }
}

/// Why the lab refuses something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RefusalCause {
    /// What a form says, as far as it is the lab's to judge.
    #[error("{0}")]
    InForm(FormCause),
    /// There is no such subscription (any more).
    #[error("this subscription does not exist any more")]
    UnknownSubscription,
    /// There is no profile of this name.
    #[error("there is no profile of this name")]
    UnknownProfile,
    /// The last client cannot be removed.
    #[error("the last client stays: add another one first")]
    LastClient,
    /// What should be a Topic Filter is none.
    #[error("{0}")]
    TopicFilter(TopicFilterError),
    /// No Local on a Shared Subscription [MQTT-3.8.3-4].
    #[error("no local is not allowed on a shared subscription")]
    NoLocalOnShared,
    /// A Reason Code that this client may not, or this version cannot, send in DISCONNECT.
    #[error("{0}")]
    Disconnect(DisconnectError),
    /// The client refuses to connect with this.
    #[error("{0}")]
    Connect(ConnectError),
    /// The client refuses to publish this.
    #[error("{0}")]
    Publish(PublishError),
    /// The client refuses to subscribe or unsubscribe so.
    #[error("{0}")]
    Subscribe(SubscribeError),
    /// The client refuses to authenticate so.
    #[error("{0}")]
    Authenticate(AuthenticateError),
    /// It needs a connection.
    #[error("this client is not connected: connect it first")]
    NotConnected,
    /// The page does this itself.
    #[error("the page does this itself")]
    NotForTheLab,
    /// It needs no connection.
    #[error("this client is connected, or about to be: disconnect it first")]
    ConnectionExists,
    /// There is no reconnect to cancel.
    #[error("there is nothing to cancel")]
    NothingToCancel,
    /// This topic is not among the retained messages.
    #[error("no retained message is known for this topic")]
    UnknownRetained,
    /// The text is not what this page exports.
    #[error("this text holds no profiles of this page: {0}")]
    NoProfiles(super::effect::StorageError),
    /// One of several Topic Filters is none.
    #[error("topic filter {position}: {error}")]
    ListedFilter {
        /// Which, counted from 1.
        position: usize,
        /// What is wrong with it.
        error: TopicFilterError,
    },
    /// What should be a regular expression is none.
    #[error("{0}")]
    Pattern(PatternError),
    /// What should be a time is none.
    #[error("{0}")]
    TimeText(TimeTextError),
    /// A span of time that ends before it begins.
    #[error("the last time is before the first")]
    TimesReversed,
    /// A filter that could take nothing.
    #[error("with no QoS chosen there is nothing to show: choose at least one")]
    NoQosChosen,
    /// The number is in the chart.
    #[error("this number is in the chart already")]
    AlreadyDrawn,
    /// There is no such line in the chart (any more).
    #[error("this line is not in the chart any more")]
    UnknownSeries,
    /// One file is written at a time.
    #[error("another export is under way: wait for it, or cancel it")]
    ExportUnderWay,
    /// There is no such level in the topic tree (any more).
    #[error("this topic is not in the tree any more")]
    UnknownTopic,
    /// The lab broker has not been fetched yet.
    #[error("the lab broker is still being loaded; try again in a moment")]
    ServerIsMissing,
    /// The lab broker does not run.
    #[error("the lab broker is stopped already")]
    BrokerIsStopped,
    /// The lab broker runs.
    #[error("the lab broker runs already")]
    BrokerRuns,
    /// The lab broker has no such connection (any more).
    #[error("the lab broker has no such connection any more")]
    UnknownConnection,
    /// The lab broker has no such session (any more).
    #[error("the lab broker has no such session any more")]
    UnknownSession,
    /// There is no preset at this position.
    #[error("there is no such preset of options")]
    UnknownPreset,
    /// Options that the lab broker cannot have.
    #[error("{0}")]
    BrokerOptions(OptionsError),
    /// This fault is used up, or was removed.
    #[error("this fault is not in place any more")]
    UnknownFault,
    /// The link has as many faults as it may have.
    #[error("{0}")]
    TooManyFaults(TooManyFaults),
    /// There is no link to cut.
    #[error("this client has no connection that could be cut")]
    NoLink,
    /// The time of a Server outside this page cannot be paused or moved.
    #[error(
        "time belongs to this page alone only while every client is at the lab broker: \
             disconnect {client} first"
    )]
    TimeIsShared {
        /// The name of a client that uses another Server.
        client: String,
    },
    /// A Server outside this page does not wait while time stands still.
    #[error("the lab's time does not run, but that of another server does: let time run first")]
    TimeDoesNotRun,
    /// Clients of other tabs are at the lab broker of this one.
    #[error(
        "time belongs to this page alone only while no other tab uses its broker: disconnect the \
             clients of {tabs} other tab(s) first"
    )]
    TimeIsOfGuests {
        /// How many tabs.
        tabs: usize,
    },
    /// The lab broker is in another tab.
    #[error(
        "time runs in the tab that hosts the lab broker, and can be paused or moved only there"
    )]
    TimeIsOfHost,
    /// The lab broker is in another tab.
    #[error("the lab broker is in another tab of this browser: do this in the tab that hosts it")]
    BrokerIsElsewhere,
    /// Nothing waits for a time.
    #[error("nothing waits for a time, so there is nothing to jump to")]
    NothingIsDue,
    /// Nothing can be sent by hand now.
    #[error("{}", by_hand_words(.0))]
    ByHand(ByHandError),
    /// Something is wrong with a packet made by hand, and it was to be sent only if nothing is.
    #[error("not sent, because of {}{first}", faults_words(*.faults))]
    PacketFaults {
        /// How many.
        faults: usize,
        /// The first, in words.
        first: String,
    },
    /// The connection form has errors; each is shown at its field.
    #[error("the connection form has {errors} fields to correct")]
    Form {
        /// How many.
        errors: usize,
    },
}

impl RefusalCause {
    /// The kind that the trace records, for lessons to look for.
    pub(super) const fn for_trace(&self) -> trace::RefusalCause {
        use trace::RefusalCause as Kind;
        match self {
            Self::InForm(FormCause::TopicName(TopicNameError::Wildcard { .. }))
            | Self::Publish(PublishError::Topic(TopicNameError::Wildcard { .. })) => {
                Kind::WildcardInTopic
            }
            Self::InForm(FormCause::TopicName(TopicNameError::TooLong { .. }))
            | Self::TopicFilter(TopicFilterError::TooLong { .. })
            | Self::InForm(FormCause::TooLong { .. })
            | Self::Publish(PublishError::PacketTooLarge { .. })
            | Self::Subscribe(SubscribeError::PacketTooLarge { .. }) => Kind::TooLong,
            Self::InForm(FormCause::TopicName(_)) | Self::Publish(PublishError::Topic(_)) => {
                Kind::InvalidTopic
            }
            Self::TopicFilter(_)
            | Self::ListedFilter { .. }
            | Self::NoLocalOnShared
            | Self::Subscribe(
                SubscribeError::TopicFilter { .. } | SubscribeError::NoLocalOnShared { .. },
            ) => Kind::InvalidFilter,
            Self::NotConnected
            | Self::ByHand(ByHandError::NotConnected)
            | Self::Publish(PublishError::NotConnected)
            | Self::Subscribe(SubscribeError::NotConnected) => Kind::NotConnected,
            Self::ConnectionExists | Self::Connect(ConnectError::AlreadyActive) => {
                Kind::AlreadyDone
            }
            Self::Publish(
                PublishError::TooManyWaiting { .. } | PublishError::TooManyBytes { .. },
            )
            | Self::Subscribe(
                SubscribeError::TooManyRequests { .. }
                | SubscribeError::TooManySubscriptions { .. }
                | SubscribeError::PacketIdsExhausted { .. },
            )
            | Self::TooManyFaults(_)
            | Self::InForm(FormCause::TooMany { .. }) => Kind::QuotaExceeded,
            Self::Publish(
                PublishError::QosNotSupported { .. } | PublishError::RetainNotAvailable,
            )
            | Self::Subscribe(
                SubscribeError::WildcardNotAvailable { .. }
                | SubscribeError::SharedNotAvailable { .. }
                | SubscribeError::SubscriptionIdentifierNotAvailable,
            ) => Kind::NotSupported,
            Self::InForm(FormCause::UnknownClient)
            | Self::InForm(FormCause::EngineIsMissing)
            | Self::ServerIsMissing
            | Self::BrokerIsStopped
            | Self::BrokerRuns
            | Self::UnknownConnection
            | Self::UnknownSession
            | Self::UnknownPreset
            | Self::UnknownFault
            | Self::NoLink
            | Self::TimeIsShared { .. }
            | Self::TimeDoesNotRun
            | Self::Authenticate(_)
            | Self::TimeIsOfGuests { .. }
            | Self::TimeIsOfHost
            | Self::BrokerIsElsewhere
            | Self::NothingIsDue
            | Self::UnknownSubscription
            | Self::UnknownProfile
            | Self::InForm(FormCause::UnknownBroker)
            | Self::UnknownRetained
            | Self::UnknownTopic
            | Self::LastClient
            | Self::NothingToCancel
            | Self::NotForTheLab
            | Self::NoProfiles(_) => Kind::Other,
            _ => Kind::InvalidField,
        }
    }
}

fn faults_words(faults: usize) -> String {
    match faults {
        1 => "a fault: ".to_owned(),
        count => format!("{count} faults, the first: "),
    }
}

fn by_hand_words(error: &ByHandError) -> String {
    match error {
        ByHandError::NotConnected => {
            "this client has no open connection: connect it first, or open the connection without \
             CONNECT"
                .to_owned()
        }
        ByHandError::Congested => {
            "more waits on this connection than it sends: try again in a moment".to_owned()
        }
        error => error.to_string(),
    }
}

/// What is wrong and what to do, as one text.
pub(super) fn explained(explanation: explain::Explanation) -> String {
    if explanation.hint.is_empty() {
        return explanation.meaning.to_owned();
    }
    [explanation.meaning, " ", explanation.hint].concat()
}

/// The words of an error, which begin with an ASCII letter, as a sentence.
pub(super) fn as_sentence(words: &str) -> String {
    let mut characters = words.chars();
    let Some(first) = characters.next() else {
        return String::new();
    };
    let mut sentence = String::from(first.to_ascii_uppercase());
    sentence.push_str(characters.as_str());
    if !sentence.ends_with(['.', '!', '?']) {
        sentence.push('.');
    }
    sentence
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_sentences() {
        let refusal = Refusal::new(RefusalCause::NotConnected);
        assert_eq!(
            refusal.words(),
            "This client is not connected: connect it first."
        );
        let cause = RefusalCause::InForm(FormCause::InsecureFromHttps {
            tls_port: Some(8884),
        });
        let words = Refusal::at(Field::Ssl, cause).words();
        assert!(words.ends_with("switch SSL on (port 8884 on this broker)."));
    }
}
