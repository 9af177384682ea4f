//! What can be wrong with what is typed, or with what a person does before anything is connected. A page
//! that has its forms alone has no other words for refusals.

use super::as_sentence;
use crate::codec::TopicNameError;
use crate::lab::address::{HostError, PathError, PortError};
use crate::lab::client_identifier::ClientIdentifierError;
use crate::lab::explain;

/// Why the lab refuses what a form says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormCause {
    /// There is no such client (any more).
    #[error("this client does not exist any more")]
    UnknownClient,
    /// There is no such public broker.
    #[error("there is no such entry in the list of brokers")]
    UnknownBroker,
    /// The list is full.
    #[error("there are {maximum} {what} already, which is the most this page holds")]
    TooMany {
        /// What of, in the plural.
        what: &'static str,
        /// The most there can be.
        maximum: usize,
    },
    /// Nothing was typed where something is needed.
    #[error("this must not be empty")]
    Empty,
    /// Another one has this name.
    #[error("this name is taken")]
    NameTaken,
    /// A text is longer than its place in the packet or on the screen.
    #[error("this is {length} bytes; at most {maximum} are allowed")]
    TooLong {
        /// Its length in bytes of UTF-8.
        length: usize,
        /// The longest allowed.
        maximum: usize,
    },
    /// A name is longer than its place on the screen.
    #[error("this is {length} characters; at most {maximum} are allowed")]
    TooManyCharacters {
        /// How many characters it has.
        length: usize,
        /// The most allowed.
        maximum: usize,
    },
    /// A text that MQTT would carry holds U+0000 [MQTT-1.5.4-2].
    #[error("the character U+0000 at byte {offset} is not allowed")]
    NullCharacter {
        /// Where.
        offset: usize,
    },
    /// A name that would not look like what it is.
    #[error("character {position} is invisible, or changes the order of the text around it")]
    HiddenCharacter {
        /// Where, counted from 1.
        position: usize,
    },
    /// Not a whole number.
    #[error("this must be a whole number from {minimum} to {maximum}")]
    NotANumber {
        /// The lowest allowed.
        minimum: u64,
        /// The highest allowed.
        maximum: u64,
    },
    /// A whole number outside its range.
    #[error("this is {value}; it must be from {minimum} to {maximum}")]
    OutOfRange {
        /// What was typed.
        value: u64,
        /// The lowest allowed.
        minimum: u64,
        /// The highest allowed.
        maximum: u64,
    },
    /// The Host field.
    #[error("host cannot be used: {}", .0.words())]
    Host(HostError),
    /// The Port field.
    #[error("port cannot be used: {}", .0.words())]
    Port(PortError),
    /// The Path field.
    #[error("path cannot be used: {}", .0.words())]
    Path(PathError),
    /// The ClientID field.
    #[error("{0}")]
    ClientIdentifier(ClientIdentifierError),
    /// MQTT 3.1.1 has the server choose a Client Identifier only with Clean Session [MQTT-3.1.3-7].
    #[error("an empty ClientID needs Clean Session in MQTT 3.1.1")]
    EmptyNeedsCleanSession,
    /// Before 5.0, CONNECT carries a password only with a user name [MQTT-3.1.2-22].
    #[error("a password needs a user name before MQTT 5.0")]
    PasswordNeedsUsername,
    /// A page that was loaded over https cannot open `ws://`.
    #[error("this page was loaded over https, so the browser refuses ws://; switch SSL on{}",
        tls_hint(*.tls_port))]
    InsecureFromHttps {
        /// The port on which this broker is known to offer TLS.
        tls_port: Option<u16>,
    },
    /// What should be a Topic Name is none.
    #[error("{0}")]
    TopicName(TopicNameError),
    /// Not pairs of hexadecimal digits.
    #[error("character {position} is no hexadecimal digit; a byte is two of 0 to 9 and a to f")]
    NotHexadecimal {
        /// Which character, counted from 1.
        position: usize,
    },
    /// A hexadecimal digit without its partner.
    #[error("the number of hexadecimal digits is odd; a byte is two of them")]
    HalfAByte,
    /// A Will Message without a topic.
    #[error("a last-will message needs a last-will topic")]
    WillNeedsTopic,
    /// The payload is declared to be UTF-8 (Payload Format Indicator 1), and is not.
    #[error("the payload is declared to be UTF-8 text, and it is not")]
    PayloadIsNotUtf8,
    /// What the lab works with has not been fetched yet.
    #[error("this part of the page is still being loaded; try again in a moment")]
    EngineIsMissing,
}

impl FormCause {
    /// Whole sentences for the screen.
    pub(in crate::lab) fn words(&self) -> String {
        match self {
            Self::Host(error) => error.words().to_owned(),
            Self::Port(error) => error.words().to_owned(),
            Self::Path(error) => error.words().to_owned(),
            Self::TopicName(error) => super::explained(explain::topic_name_error(*error)),
            cause => as_sentence(&cause.to_string()),
        }
    }
}

fn tls_hint(port: Option<u16>) -> String {
    port.map_or_else(String::new, |port| format!(" (port {port} on this broker)"))
}
