//! What a person types into the Connection form.

use crate::mosquitto::Mosquitto;
use crate::packet::Version;

/// A will to register.
#[derive(Debug, Clone)]
pub struct Will {
    /// Topic Name.
    pub topic: String,
    /// QoS.
    pub qos: u8,
    /// RETAIN flag.
    pub retain: bool,
    /// Payload.
    pub message: String,
}

/// What to fill into the Connection form. Fields that are `None` stay as they are.
#[derive(Debug, Clone)]
pub struct Login {
    /// `Host`
    pub host: String,
    /// `Port`
    pub port: u16,
    /// `Path`
    pub path: String,
    /// `MQTT version`
    pub version: Version,
    /// `ClientID`
    pub client_id: Option<String>,
    /// `Username`
    pub username: Option<String>,
    /// `Password`
    pub password: Option<String>,
    /// `Keep Alive`, in seconds
    pub keep_alive: Option<u16>,
    /// `Clean Session`
    pub clean_session: Option<bool>,
    /// The four `Last-Will` fields.
    pub will: Option<Will>,
}

impl Login {
    /// To a port on loopback, without encryption, everything else as the page offers it.
    pub fn to(port: u16, version: Version) -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port,
            path: "/mqtt".to_owned(),
            version,
            client_id: None,
            username: None,
            password: None,
            keep_alive: None,
            clean_session: None,
            will: None,
        }
    }

    /// To the WebSocket listener of this broker.
    pub fn to_broker(broker: &Mosquitto, version: Version) -> Self {
        Self::to(broker.websocket_port, version)
    }

    /// With this Client Identifier.
    pub fn client_id(mut self, id: &str) -> Self {
        self.client_id = Some(id.to_owned());
        self
    }

    /// With this account.
    pub fn account(mut self, user: &str, password: &str) -> Self {
        self.username = Some(user.to_owned());
        self.password = Some(password.to_owned());
        self
    }

    /// With this will.
    pub fn will(mut self, topic: &str, qos: u8, retain: bool, message: &str) -> Self {
        self.will = Some(Will {
            topic: topic.to_owned(),
            qos,
            retain,
            message: message.to_owned(),
        });
        self
    }
}
