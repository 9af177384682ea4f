//! The words for causes and remedies.

use super::{Cause, CauseKind, Likelihood, Remedy};
use crate::codec::ControlPacketType;
use crate::lab::explain::{self, Explanation};

impl Cause {
    /// What it is, in words, and what to do.
    pub fn words(&self) -> Explanation {
        self.kind.words()
    }
}

impl CauseKind {
    /// What it is, in words, and what to do.
    pub fn words(self) -> Explanation {
        let (name, meaning, hint) = match self {
            Self::InsecureFromSecurePage => (
                "This page is on https",
                "A page loaded over https may open only encrypted connections (wss://).",
                "Turn on SSL and use the broker's port for it, or load this page over http.",
            ),
            Self::Offline => (
                "No network",
                "The browser says that this computer is not connected to any network.",
                "Check the cable or the wireless network.",
            ),
            Self::PlainMqttPort => (
                "Port without WebSocket",
                "On 1883 and 8883 brokers speak MQTT without WebSocket. A browser can speak it only \
                 over WebSocket.",
                "Use the port of the broker's WebSocket listener, often 8000, 8080, 8083, 8884 or \
                 9001.",
            ),
            Self::PortWithoutTls => (
                "SSL does not fit the port",
                "SSL is on, but this port is usually one for connections without it.",
                "Turn SSL off, or use the broker's port for SSL.",
            ),
            Self::PortWithTls => (
                "SSL does not fit the port",
                "SSL is off, but this port is usually one for connections with it.",
                "Turn SSL on, or use the broker's port without SSL.",
            ),
            Self::OtherPortOfBroker => (
                "This broker listens on another port",
                "The lab's list has another WebSocket port for this public broker.",
                "Use the port from the list.",
            ),
            Self::WrongPath => (
                "Wrong path",
                "A broker takes WebSockets only on one path, and turns all others down.",
                "Most use /mqtt; some use / or /ws. The broker's documentation says which.",
            ),
            Self::NothingListens => (
                "Nobody there",
                "The connection was turned down at once. Either the host does not exist, or no \
                 broker listens for WebSockets on this port: nobody does, or a broker that speaks \
                 plain MQTT there, as on 1883.",
                "Check the spelling of Host, check Port and SSL, and that the broker is running. \
                 A broker needs a listener for WebSockets, on a port of its own.",
            ),
            Self::NoAnswer => (
                "No answer",
                "Nobody answered in time. The host may be off, or a firewall may swallow what we \
                 send.",
                "Check Host and Port. In a school network, ask whether the port is blocked.",
            ),
            Self::LocalhostIsThisComputer => (
                "localhost is this computer",
                "The host names the very computer on which this page is open, so the broker must \
                 run on it too.",
                "Start the broker here, with a WebSocket listener, or type the broker's own \
                 address.",
            ),
            Self::Certificate => (
                "Certificate not accepted",
                "For SSL the broker must show a certificate that the browser trusts. A self-made \
                 one is refused without a word to the page.",
                "Open the address in a new tab to see what the browser says about it.",
            ),
            Self::Subprotocol => (
                "Sub-protocol not accepted",
                "A WebSocket for MQTT names its sub-protocol, mqtt, or mqttv3.1 for MQTT 3.1. This \
                 server does not accept it.",
                "Choose MQTT 3.1.1 or 5.0, and check that the address is that of an MQTT broker.",
            ),
            Self::CaptivePortal => (
                "The network is in the way",
                "Networks in schools and hotels may want a login first, or let no WebSockets \
                 through.",
                "Open any other page in a new tab. If a login appears, log in there and try again.",
            ),
            Self::NotAnMqttBroker => (
                "Not an MQTT broker",
                "Something takes WebSockets there, but it does not answer as an MQTT broker does.",
                "Check port and path: perhaps another service stands there.",
            ),
            Self::VersionNotSpoken => (
                "Version not spoken",
                "The broker closed the connection instead of answering. Some do so when they do not \
                 speak the chosen version of MQTT.",
                "Choose another MQTT version.",
            ),
            Self::SilentRefusal => (
                "Refused without a word",
                "The broker closed the connection instead of answering. Some do so when they do not \
                 accept the ClientID, Username or Password.",
                "Check them. The broker's log tells more.",
            ),
            Self::RefusedV3 { code } => return explain::connect_return_code(code),
            Self::RefusedV5 { code } => {
                return explain::reason_code(code, ControlPacketType::Connack);
            }
            Self::DisconnectedByServer { code } => {
                return explain::reason_code(code, ControlPacketType::Disconnect);
            }
            Self::TakenOver => (
                "ClientID taken over",
                "Another client connected with the same ClientID. A broker keeps only the newer \
                 connection and closes the older.",
                "Every client needs a ClientID of its own. Take a new one and connect again.",
            ),
            Self::LastPacketNotAllowed => (
                "The last packet was not allowed",
                "The connection ended right after this client sent a packet. Before MQTT 5.0 a \
                 broker can often refuse a packet only by closing.",
                "Check the last packet: perhaps this user may not use its topic, or it is larger \
                 than the broker takes.",
            ),
            Self::NetworkLost => (
                "Connection lost",
                "The connection broke without a goodbye: the network was interrupted, or the broker \
                 stopped.",
                "Check the network and connect again.",
            ),
            Self::ClosedByServer { code } => return explain::close_code(code),
        };
        Explanation {
            name,
            meaning,
            hint,
        }
    }
}

impl Likelihood {
    /// One word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Possible => "possible",
        }
    }
}

impl Remedy {
    /// What to write on the button that makes the change.
    pub fn label(&self) -> String {
        match self {
            Self::UseAddress(address) => {
                let ssl = if address.tls { "with" } else { "without" };
                ["Use port ", &address.port.to_string(), " ", ssl, " SSL"].concat()
            }
            Self::TurnOnTls => "Turn on SSL".to_owned(),
            Self::TurnOffTls => "Turn off SSL".to_owned(),
            Self::UsePath(path) => ["Use path ", path].concat(),
            Self::UseVersion(version) => ["Use ", version.name()].concat(),
            Self::NewClientId => "Take a new ClientID".to_owned(),
            Self::OpenInTab(_) => "Open in a new tab".to_owned(),
            Self::Retry => "Try again".to_owned(),
        }
    }
}
