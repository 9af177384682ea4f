//! The Connection panel's form: what was typed, as it was typed.
//!
//! A form may hold anything; [`ConnectionForm::errors`] says what of it cannot be used, field by
//! field, and nothing is connected until that is empty. Fields of MQTT 5.0 are kept whatever the
//! version, and used with 5.0 alone: the screen shows them with 5.0 alone.

use super::address::PastedAddress;
use super::address::{self, Address};
use super::brokers::{BrokerList, PublicBroker, Scheme};
use super::destination::{Destination, LAB_BROKER};
use super::field::Field;
use super::refusal::{FormCause, Refusal, RefusalCause};
use crate::codec::{ProtocolVersion, Qos};

/// The names and values of User Properties, in their order; names may repeat.
pub type UserPropertyList = Vec<(String, String)>;

/// Everything the Connection panel asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionForm {
    /// Whether the broker inside the page was chosen in the `Broker` picker. Host, port, path and
    /// SSL wait then until another is.
    pub lab_broker: bool,
    /// Whether *Custom* was chosen in the `Broker` picker. Where it was not, the picker shows the
    /// public broker that host, port, path and SSL lead to
    /// ([`ConnectionForm::public_broker`]), if they lead to one.
    pub custom: bool,
    /// Host name or address, without scheme, port or path.
    pub host: String,
    /// 1 to 65,535.
    pub port: String,
    /// The path of the WebSocket endpoint; begins with a slash.
    pub path: String,
    /// Client Identifier. Empty asks the server to choose one.
    pub client_id: String,
    /// User Name; with neither it nor a password, CONNECT carries neither field.
    pub username: String,
    /// Password.
    pub password: String,
    /// Whether the password is stored with the form. Otherwise it is forgotten with the page.
    pub remember_password: bool,
    /// Keep Alive in seconds, 0 to 65,535; 0 turns it off.
    pub keep_alive: String,
    /// Whether to use `wss://` (TLS) instead of `ws://`.
    pub ssl: bool,
    /// Clean Session (3.1, 3.1.1) or Clean Start (5.0).
    pub clean_session: bool,
    /// The version of MQTT.
    pub version: ProtocolVersion,
    /// How long opening the WebSocket and waiting for CONNACK may take together, in seconds, 1 to 600.
    pub connect_timeout: String,
    /// Whether to connect again when the connection is lost.
    pub reconnect: bool,
    /// How long to wait before connecting again, in seconds, 1 to 3,600.
    pub reconnect_period: String,
    /// The Will Message; there is none while its topic is empty.
    pub will: WillForm,
    /// 5.0: Session Expiry Interval in seconds, 0 to 4,294,967,295 (never); empty leaves it out,
    /// which means 0.
    pub session_expiry_interval: String,
    /// 5.0: Receive Maximum, 1 to 65,535; empty leaves it out, which means 65,535.
    pub receive_maximum: String,
    /// 5.0: Maximum Packet Size in bytes, 1 to 4,294,967,295; empty stands for
    /// [`PACKET_MAXIMUM`](super::PACKET_MAXIMUM), which a larger one cannot exceed.
    pub maximum_packet_size: String,
    /// 5.0: Topic Alias Maximum, 0 to 65,535; empty leaves it out, which means 0.
    pub topic_alias_maximum: String,
    /// 5.0: whether to ask for Response Information in CONNACK.
    pub request_response_information: bool,
    /// 5.0: whether to let the server send Reason Strings and User Properties with failures.
    pub request_problem_information: bool,
    /// 5.0: User Properties of CONNECT.
    pub user_properties: UserPropertyList,
    /// 5.0: Authentication Method; empty leaves it out.
    pub authentication_method: String,
    /// 5.0: Authentication Data, as text; empty leaves it out.
    pub authentication_data: String,
    /// 5.0: whether to let Topic Aliases stand for topics when publishing, as far as the server
    /// allows.
    pub use_topic_aliases: bool,
}

/// An entry of the `Broker` picker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerChoice {
    /// The broker inside the page: the first entry.
    LabBroker,
    /// The public broker at this position in [`Lab::brokers`](super::Lab::brokers).
    Listed(usize),
    /// *Custom*: whatever is typed into host, port and path.
    Custom,
}

/// The Will Message as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WillForm {
    /// The Will Topic; empty: no Will Message.
    pub topic: String,
    /// The Will QoS.
    pub qos: Qos,
    /// The Will Retain flag.
    pub retain: bool,
    /// The payload, as text. May be empty.
    pub message: String,
    /// 5.0: Will Delay Interval in seconds; empty leaves it out, which means 0.
    pub delay_interval: String,
    /// 5.0: Message Expiry Interval in seconds; empty leaves it out: never.
    pub message_expiry_interval: String,
    /// 5.0: Content Type; empty leaves it out.
    pub content_type: String,
    /// 5.0: Response Topic; empty leaves it out.
    pub response_topic: String,
    /// 5.0: Correlation Data, as text; empty leaves it out.
    pub correlation_data: String,
    /// 5.0: whether to declare the payload to be UTF-8 (Payload Format Indicator 1).
    pub payload_is_utf8: bool,
    /// 5.0: User Properties.
    pub user_properties: UserPropertyList,
}

impl Default for ConnectionForm {
    /// The lab broker, which needs no network; and behind it, what lab sheets expect to find, with
    /// no Client Identifier yet.
    ///
    /// MQTT 3.1.1 is the version that printed sheets, `mosquitto_pub` and most devices speak, and
    /// its packets are the ones that the sheets' byte tables show; 5.0 is one choice away.
    fn default() -> Self {
        Self {
            lab_broker: true,
            custom: false,
            host: "broker.hivemq.com".to_owned(),
            port: "8000".to_owned(),
            path: "/mqtt".to_owned(),
            client_id: String::new(),
            username: String::new(),
            password: String::new(),
            remember_password: false,
            keep_alive: "60".to_owned(),
            ssl: false,
            clean_session: true,
            version: ProtocolVersion::V3_1_1,
            connect_timeout: "10".to_owned(),
            reconnect: false,
            reconnect_period: "5".to_owned(),
            will: WillForm::default(),
            session_expiry_interval: String::new(),
            receive_maximum: String::new(),
            maximum_packet_size: String::new(),
            topic_alias_maximum: String::new(),
            request_response_information: false,
            request_problem_information: true,
            user_properties: Vec::new(),
            authentication_method: String::new(),
            authentication_data: String::new(),
            use_topic_aliases: false,
        }
    }
}

impl ConnectionForm {
    /// Where the form leads; `None` while the port of another Server is none.
    pub fn destination(&self) -> Option<Destination> {
        if self.lab_broker {
            return Some(Destination::LabBroker);
        }
        self.address().map(Destination::Server)
    }

    /// Whether host, port, path and SSL stand in another form just as they do here.
    pub(super) fn has_same_address(&self, other: &Self) -> bool {
        (&self.host, &self.port, &self.path, self.ssl)
            == (&other.host, &other.port, &other.path, other.ssl)
    }

    /// Where host, port, path and SSL lead, whatever the picker says; `None` while the port is
    /// none.
    pub fn address(&self) -> Option<Address> {
        Some(Address {
            tls: self.ssl,
            host: self.host.trim().to_owned(),
            port: address::parse_port(&self.port).ok()?,
            path: self.path.trim().to_owned(),
        })
    }

    /// The URL that would be opened; `None` while the port is none, and for the lab broker.
    pub fn url(&self) -> Option<String> {
        Some(self.destination()?.address()?.url())
    }

    /// What the `Broker` picker shows.
    pub fn broker_choice(&self, brokers: &BrokerList) -> BrokerChoice {
        if self.lab_broker {
            return BrokerChoice::LabBroker;
        }
        self.public_broker(brokers)
            .map_or(BrokerChoice::Custom, BrokerChoice::Listed)
    }

    /// The position in `brokers` of the one this form leads to; `None` for the lab broker and for
    /// *Custom*.
    pub fn public_broker(&self, brokers: &BrokerList) -> Option<usize> {
        if self.lab_broker || self.custom {
            return None;
        }
        let address = self.address()?;
        let is_it = |broker: &PublicBroker| broker.is_at(&address);
        brokers.brokers.iter().position(is_it)
    }

    /// What a person calls the Server this form leads to: the entry of the picker, or host and
    /// port.
    pub fn broker_words(&self, brokers: &BrokerList) -> String {
        match self.broker_choice(brokers) {
            BrokerChoice::LabBroker => LAB_BROKER.to_owned(),
            BrokerChoice::Listed(place) => brokers
                .brokers
                .get(place)
                .map(|broker| broker.label.clone())
                .unwrap_or_default(),
            BrokerChoice::Custom => [&self.host, ":", &self.port].concat(),
        }
    }

    /// Follows the `Broker` picker.
    pub(super) fn choose_broker(
        &mut self,
        choice: BrokerChoice,
        brokers: &BrokerList,
    ) -> Result<(), Refusal> {
        match choice {
            BrokerChoice::LabBroker => self.lab_broker = true,
            BrokerChoice::Custom => {
                self.lab_broker = false;
                self.custom = true;
            }
            BrokerChoice::Listed(place) => {
                let Some(broker) = brokers.brokers.get(place) else {
                    return Err(Refusal::at(
                        Field::Broker,
                        RefusalCause::InForm(FormCause::UnknownBroker),
                    ));
                };
                self.lab_broker = false;
                self.custom = false;
                self.host.clone_from(&broker.host);
                self.port = broker.port.to_string();
                self.path.clone_from(&broker.path);
                self.ssl = broker.scheme == Scheme::Wss;
            }
        }
        Ok(())
    }

    /// Takes where `other` leads, without the account it has there.
    pub(super) fn lead_where(&mut self, other: &Self) {
        self.lab_broker = other.lab_broker;
        self.custom = other.custom;
        self.host.clone_from(&other.host);
        self.port.clone_from(&other.port);
        self.path.clone_from(&other.path);
        self.ssl = other.ssl;
    }
}

impl ConnectionForm {
    /// Distributes a whole address that was pasted into `host` over its fields.
    pub(super) fn fill_from_pasted(&mut self, pasted: PastedAddress) {
        if let Some(tls) = pasted.tls() {
            self.ssl = tls;
        }
        self.host = pasted.host;
        if let Some(port) = pasted.port {
            self.port = port.to_string();
        }
        if let Some(path) = pasted.path {
            self.path = path;
        }
        if let Some(username) = pasted.username {
            self.username = username;
        }
        if let Some(password) = pasted.password {
            self.password = password;
        }
    }
}
